"""What a report may show: every protected table of a dataset, and what each is about. `analysis.tables` makes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.disclosure import (
    BasisFigures,
    ChangeFigures,
    ChoiceRows,
    CountFigures,
    MeanFigures,
    Parts,
    Protected,
    Release,
    ReliableFigures,
    ScoreFigures,
    ShareFigures,
)
from analysis.outcomes import OutcomeItem
from analysis.scores import Measure
from analysis.suppression import Place
from survey.model import Library, Option, Respondent, Text

Rows = Mapping[Place, Protected[ShareFigures]]
Numbers = Mapping[Place, Protected[CountFigures]]


@dataclass(frozen=True, kw_only=True)
class WaveTable:
    """Of those whom a wave has reached: who answered in its window; and how many others answered outside it."""

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


@dataclass(frozen=True, kw_only=True)
class OutcomeTable:
    """Who reached an outcome, of those who answered the question at a wave."""

    outcome: OutcomeItem
    wave: str
    reached: Rows


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

    @property
    def everyone(self) -> tuple[Findings, ...]:
        return (self.clients, *self.others)
