"""What a report may show: every protected table of a dataset, and what each is about. `analysis.tables` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from analysis.alarms import AlarmTable
from analysis.disclosure import (
    BasisFigures,
    ChangeFigures,
    ChoiceFigures,
    ChoiceRows,
    CountFigures,
    MeanFigures,
    Parts,
    Protected,
    Release,
    ReleasedFlow,
    ReleasedSheet,
    ReliableFigures,
    ScoreFigures,
    ShareFigures,
)
from analysis.outcomes import OutcomeItem
from analysis.scores import Measure
from analysis.suppression import Place
from analysis.words import WordsTable
from survey.model import Library, Option, Respondent, Text

Rows = Mapping[Place, Protected[ShareFigures]]
Numbers = Mapping[Place, Protected[CountFigures]]
Strata = Mapping[str, Mapping[Place, Protected[ChangeFigures]]]
"""Changes by `language`, `channel` and `helper`, and `unassisted` (`kept` and `left_out`): each with all of them as
`Place()` and the strata as kinds."""

REACHED, NOT_REACHED, OTHERWISE = "reached", "not_reached", "otherwise"
"""Statuses of flows: of an outcome question; by a register, who is neither in work nor in education."""
AT_START = "start"
"""The time of the own start, in a register's flow."""
UNKNOWN = "unknown"
CHANGED = "changed"
"""Strata: who answered at the start in another language, or by another channel, than at the end."""


@dataclass(frozen=True, kw_only=True)
class MeasureDepth:
    """What is told of one measure beside its change. `reworded` are its items whose words differ between versions
    that are pooled."""

    sheets: tuple[ReleasedSheet, ...]
    strata: Strata
    reworded: Mapping[str, Text]


@dataclass(frozen=True, kw_only=True)
class Answering:
    """Who answered, beside the waves: sheets, and who answered at the end by why they left (`unknown` where nobody
    said)."""

    sheets: tuple[ReleasedSheet, ...]
    exits: Mapping[str, Protected[ShareFigures]]


@dataclass(frozen=True, kw_only=True)
class WaveTable:
    """Of those who were asked at a wave and can answer no more: who answered in its window; and how many others
    answered outside it."""

    wave: str
    answered: Rows
    outside: Numbers


@dataclass(frozen=True, kw_only=True)
class MeasureTable:
    """Change on one measure; `reliable` is empty where `basis` holds only a reason. `answered` says for each wave that
    has opened who answered an instrument that carries the measure; `versions` which versions score it in this way, and
    nothing where all do."""

    measure: Measure
    versions: tuple[str, ...]
    answered: Mapping[str, Numbers]
    changes: Mapping[Place, Protected[ChangeFigures]]
    basis: Protected[BasisFigures]
    reliable: Mapping[Place, Protected[ReliableFigures]]
    depth: MeasureDepth | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomeTable:
    """Who reached an outcome, of those who answered the question at a wave; `sheets` beside the comparison."""

    outcome: OutcomeItem
    wave: str
    reached: Rows
    sheets: tuple[ReleasedSheet, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegisterTable:
    """Who had reached an outcome by a register at a wave, of those whom it knows."""

    outcome: Literal["employment", "education"]
    wave: str
    reached: Rows
    sheets: tuple[ReleasedSheet, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RegisterFindings:
    """What a register tells, up to its last day (`until`): of how many participations (`known`), outcomes, time to
    work, and how people moved between statuses."""

    until: str
    known: Numbers
    reached: tuple[RegisterTable, ...]
    sheets: tuple[ReleasedSheet, ...]
    flow: ReleasedFlow


@dataclass(frozen=True, kw_only=True)
class FlowTable:
    """Who had reached an outcome at each of several waves, who not, and who did not answer."""

    outcome: OutcomeItem
    flow: ReleasedFlow


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something asked at a wave: a dimension or an item, with the instruments (`id@version`) that ask it.

    `range` has the ends of its values; `versions` says which versions score a dimension in this way, and nothing where
    all do; `then`: it asks about the time before the service.
    """

    respondent: Respondent
    instrument: str
    sources: tuple[str, ...]
    wave: str
    id: str
    of: Literal["dimension", "item"]
    title: Text
    range: tuple[float, float] = (0, 0)
    versions: tuple[str, ...] = ()
    then: bool = False


@dataclass(frozen=True, kw_only=True)
class FeedbackTable:
    """Means of a dimension that is asked at one wave only, or of a question of feedback."""

    question: Question
    means: Mapping[Place, Protected[MeanFigures]]


@dataclass(frozen=True, kw_only=True)
class MemoryTable:
    """Means, with intervals, of what people remember of the time before. No measured start, and no change from one."""

    question: Question
    higher_is: Literal["better", "worse"] | None
    means: Mapping[Place, Protected[ScoreFigures]]


@dataclass(frozen=True, kw_only=True)
class ChoiceTable:
    """Shares of the answers of a question of feedback: of those `options` that `shares` tells apart. `sort`: one was
    chosen, several could be, or things were ranked and these were put first."""

    question: Question
    sort: Literal["one", "several", "first"]
    options: tuple[Option, ...]
    shares: ChoiceRows


@dataclass(frozen=True, kw_only=True)
class StepsTable:
    """Shares of every step of a question of feedback on steps, where all steps have enough people."""

    question: Question
    options: tuple[Option, ...]
    shares: Mapping[Place, Protected[ChoiceFigures]]


@dataclass(frozen=True, kw_only=True)
class ChangeTrend:
    """Change on a measure by the quarter (`2026-Q3`) of the last answer, of all services."""

    measure: Measure
    versions: tuple[str, ...]
    rows: Mapping[str, Protected[ChangeFigures]]


@dataclass(frozen=True, kw_only=True)
class ResponseTrend:
    """Who answered in time at a wave, by the quarter in which it was due, of all services."""

    wave: str
    rows: Mapping[str, Protected[ShareFigures]]


@dataclass(frozen=True, kw_only=True)
class FeedbackTrend:
    """Means of a question of feedback by the quarter of the answer, of all services."""

    question: Question
    rows: Mapping[str, Protected[MeanFigures]]


@dataclass(frozen=True, kw_only=True)
class Trends:
    """Everything by quarters, from the first one asked for."""

    since: str
    changes: tuple[ChangeTrend, ...]
    responses: tuple[ResponseTrend, ...]
    feedback: tuple[FeedbackTrend, ...]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What one sort of respondent said."""

    respondent: Respondent
    measures: tuple[MeasureTable, ...]
    memories: tuple[MemoryTable, ...]
    outcomes: tuple[OutcomeTable, ...]
    feedback: tuple[FeedbackTable, ...]
    choices: tuple[ChoiceTable, ...]

    @property
    def empty(self) -> bool:
        return not (self.measures or self.memories or self.outcomes or self.feedback or self.choices)


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Every protected table of a dataset, with the library that names things. `others` are coaches and employers: what
    they say is never averaged with what the clients say.

    `left_out` has the submissions in each language whose texts await a native speaker's review: they are in `waves` and
    in who answered a measure, and in no other table. None where no language awaits one.
    """

    library: Library
    made: str
    release: Release
    invited: Numbers
    waves: tuple[WaveTable, ...]
    clients: Findings
    others: tuple[Findings, ...]
    left_out: Parts | None
    answering: Answering | None = None
    flows: tuple[FlowTable, ...] = ()
    steps: tuple[StepsTable, ...] = ()
    trends: Trends | None = None
    tariff: Mapping[str, ReleasedSheet] = field(default_factory=dict)
    """What a tariff would have paid, by contract or service."""
    alarms: AlarmTable | None = None
    words: WordsTable | None = None
    register: RegisterFindings | None = None

    @property
    def everyone(self) -> tuple[Findings, ...]:
        return (self.clients, *self.others)
