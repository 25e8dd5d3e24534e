"""From a dataset to protected tables: score, pair, estimate, protect. A report may show what leaves here, no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import pandas as pd

from analysis import pairing
from analysis.change import ChangeSummary, Moments, ReliableBasis, ReliableSummary, reliable_basis
from analysis.dataset import Dataset
from analysis.disclosure import (
    BasisFigures,
    ChangeFigures,
    CountFigures,
    MeanFigures,
    Protected,
    Release,
    ReliableFigures,
    ShareFigures,
)
from analysis.outcomes import Count, OutcomeItem, Split, outcome_items, reached
from analysis.scores import Measure, cronbach_alpha, item_parts, measures, score_column
from analysis.suppression import Place
from survey.model import Library, Service, Text

Rows = Mapping[Place, Protected[ShareFigures]]
Numbers = Mapping[Place, Protected[CountFigures]]
S = TypeVar("S")


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
class FeedbackTable:
    """Means of a dimension or a question that is asked at one wave only."""

    instrument: str
    wave: str
    id: str
    versions: tuple[str, ...]
    title: Text
    range: tuple[float, float]
    means: Mapping[Place, Protected[MeanFigures]]


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Every protected table of a dataset, with the library that names things."""

    library: Library
    made: str
    release: Release
    invited: Numbers
    waves: tuple[WaveTable, ...]
    measures: tuple[MeasureTable, ...]
    outcomes: tuple[OutcomeTable, ...]
    feedback: tuple[FeedbackTable, ...]


@dataclass(frozen=True, kw_only=True)
class _Work:
    """A dataset with what every table needs: which answers are timely, who was due when, where services lie."""

    dataset: Dataset
    release: Release
    timely: pd.DataFrame
    counted: pd.DataFrame
    due: Mapping[str, pd.DataFrame]
    places: Mapping[str, Place]

    def cells(
        self, rows: pd.DataFrame, summary: Callable[[pd.DataFrame], S], asking: Collection[str]
    ) -> dict[Place, S]:
        """A summary for each service that is in the rows, or asked and therefore not to be passed over."""
        parts = dict(iter(rows.groupby("service", sort=True)))
        return {
            self.places[service]: summary(parts.get(service, rows.iloc[:0]))
            for service in sorted({str(s) for s in parts} | set(asking))
        }

    def asked(self, wave: str, sources: Collection[str] | None = None) -> set[str]:
        """The services that have asked by now at a wave: anything, or one of some instruments (`id@version`)."""
        ids = None if sources is None else {source.split("@")[0] for source in sources}
        due = {str(service) for service in self.due[wave]["service"]}
        return {s for s in due if ids is None or ids & {k.split("@")[0] for k in self._service(s).instruments}}

    def _service(self, id: str) -> Service:
        return self.dataset.library.services.service(id)


def tables(dataset: Dataset, release: Release, *, day: date | None = None) -> Tables:
    """Every protected table. `day` decides which waves have opened; without it, the day of the export."""
    library = dataset.library
    work = _work(dataset, release, day or _day(dataset))
    known = measures(library.instruments)
    return Tables(
        library=library,
        made=dataset.made,
        release=release,
        invited=release.numbers(work.cells(dataset.participations, _count, ())),
        waves=tuple(_wave(work, wave) for wave in library.site.waves if len(work.due[wave])),
        measures=tuple(_measures(work, known)),
        outcomes=tuple(_outcomes(work)),
        feedback=tuple(_feedback(work, known)),
    )


def _day(dataset: Dataset) -> date:
    return datetime.fromisoformat(dataset.made).astimezone(ZoneInfo(dataset.library.site.time_zone)).date()


def _work(dataset: Dataset, release: Release, day: date) -> _Work:
    responses, people = dataset.responses, dataset.participations
    inside = pairing.timely(dataset)
    services = dataset.library.services.services
    return _Work(
        dataset=dataset,
        release=release,
        timely=responses[inside],
        counted=responses[inside | responses["participation"].isna()],
        due={wave: people[pairing.due(dataset, wave, day)] for wave in dataset.library.site.waves},
        places={s.id: Place(arm=s.arm, kind=s.kind, service=s.id) for s in services},
    )


def _wave(work: _Work, wave: str) -> WaveTable:
    due = work.due[wave]
    responses = work.dataset.responses
    in_time = due["id"].isin(work.timely.loc[work.timely["wave"] == wave, "participation"])
    at_all = due["id"].isin(responses.loc[responses["wave"] == wave, "participation"])
    return WaveTable(
        wave=wave,
        answered=work.release.answers(work.cells(due.assign(holds=in_time), _split, ())),
        outside=work.release.numbers(work.cells(due[at_all & ~in_time], _count, work.asked(wave))),
    )


def _count(rows: pd.DataFrame) -> Count:
    return Count(n=len(rows))


def _split(rows: pd.DataFrame) -> Split:
    return Split.of(rows["holds"])


# --- change ----------------------------------------------------------------------------------------------------------


def _measures(work: _Work, known: tuple[Measure, ...]) -> Iterator[MeasureTable]:
    site = work.dataset.library.site
    start, end = pairing.wave_at(site, "start"), pairing.wave_at(site, "end")
    for measure in known:
        if start in measure.waves and end in measure.waves and start is not None and end is not None:
            yield _measure(work, measure, start, end, _versions(measure, known))


def _versions(measure: Measure, known: Collection[Measure]) -> tuple[str, ...]:
    """The versions that score a dimension as this measure does, where others score it otherwise: those of its origin,
    else of what carries it (`id@version`)."""
    alike = [m for m in known if (m.origin, m.dimension) == (measure.origin, measure.dimension)]
    own = tuple(source.split("@")[1] for source in measure.sources if source.split("@")[0] == measure.origin)
    return (own or measure.sources) if len(alike) > 1 else ()


def _measure(work: _Work, measure: Measure, start: str, end: str, versions: tuple[str, ...]) -> MeasureTable:
    scores = pairing.scored(measure, work.timely)
    pairs = pairing.pair(scores, start, end)
    rows = pd.DataFrame({"service": pairs.service, "cluster": pairs.cluster, "start": pairs.start, "end": pairs.end})
    asked = work.asked(end, measure.sources)
    basis = _basis(work, measure, start)
    reliable = {} if isinstance(basis, str) else work.cells(rows, _reliable(basis, measure), asked)
    return MeasureTable(
        measure=measure,
        versions=versions,
        answered={wave: _answered(work, measure, wave) for wave in measure.waves if len(work.due[wave])},
        changes=work.release.changes(work.cells(rows, _change, asked)),
        basis=work.release.basis(basis),
        reliable=work.release.reliable(reliable),
    )


def _basis(work: _Work, measure: Measure, start: str) -> ReliableBasis | str:
    """From the same rows as the start scores: one for each participation."""
    rows = pairing.rows_of(measure.sources, work.timely[work.timely["wave"] == start])
    scores = score_column(measure.key, rows)
    scoring = pairing.first_of(rows[scores.notna()])
    return reliable_basis(
        measure.definition.reference,
        Moments.of(scores[scoring.index]),
        cronbach_alpha(item_parts(measure.key, scoring)),
        measure.definition.measurement,
    )


def _answered(work: _Work, measure: Measure, wave: str) -> Numbers:
    rows = pairing.rows_of(measure.sources, work.timely[work.timely["wave"] == wave])
    cells = work.cells(rows.drop_duplicates("participation"), _count, work.asked(wave, measure.sources))
    return work.release.numbers(cells)


def _change(pairs: pd.DataFrame) -> ChangeSummary:
    return ChangeSummary.of(pairs["start"], pairs["end"], pairs["cluster"])


def _reliable(basis: ReliableBasis, measure: Measure) -> Callable[[pd.DataFrame], ReliableSummary]:
    return lambda pairs: ReliableSummary.of(pairs["end"] - pairs["start"], basis, measure.definition.higher_is)


# --- outcomes and feedback -------------------------------------------------------------------------------------------


def _outcomes(work: _Work) -> Iterator[OutcomeTable]:
    for outcome in outcome_items(work.dataset.library.instruments):
        for wave in work.dataset.library.site.waves:
            asked = work.asked(wave, outcome.sources)
            if wave in outcome.waves and asked:
                rows = reached(outcome, work.timely, wave).rename(columns={"reached": "holds"})
                cells = work.cells(rows, _split, asked)
                yield OutcomeTable(outcome=outcome, wave=wave, reached=work.release.shares(cells))


@dataclass(frozen=True, kw_only=True)
class _Question:
    """Something asked at one wave only: a dimension or an item, with the instruments (`id@version`) that ask it."""

    instrument: str
    sources: tuple[str, ...]
    wave: str
    id: str
    title: Text
    range: tuple[float, float]
    versions: tuple[str, ...] = ()


def _feedback(work: _Work, known: tuple[Measure, ...]) -> Iterator[FeedbackTable]:
    for measure in known:
        if len(measure.waves) == 1:
            question = _Question(
                instrument=measure.origin,
                sources=measure.sources,
                wave=measure.waves[0],
                id=measure.dimension,
                title=measure.definition.title,
                range=measure.key.range,
                versions=_versions(measure, known),
            )
            yield _means(work, question, lambda rows, key=measure.key: score_column(key, rows))  # type: ignore[misc]
    for question in _item_questions(work.dataset.library):
        yield _means(work, question, lambda rows, id=question.id: rows[id])  # type: ignore[misc]


def _item_questions(library: Library) -> Iterator[_Question]:
    newest = {i.instrument: i for i in sorted(library.instruments.values(), key=lambda i: i.version)}
    for id, instrument in sorted(newest.items()):
        for item in instrument.items():
            numbers = [o.value for o in instrument.options(item) if o.missing is None and isinstance(o.value, int)]
            if item.type == "likert" and len(instrument.waves) == 1 and numbers:
                yield _Question(
                    instrument=id,
                    sources=tuple(key for key, other in library.instruments.items() if other.instrument == id),
                    wave=instrument.waves[0],
                    id=item.id,
                    title=item.text,
                    range=(min(numbers), max(numbers)),
                )


def _means(work: _Work, question: _Question, values: Callable[[pd.DataFrame], pd.Series[float]]) -> FeedbackTable:
    rows = pairing.rows_of(question.sources, work.counted)
    answered = rows[["service"]].assign(value=values(rows)).dropna(subset=["value"])
    cells = work.cells(answered, lambda part: Moments.of(part["value"]), work.asked(question.wave, question.sources))
    return FeedbackTable(
        instrument=question.instrument,
        wave=question.wave,
        id=question.id,
        versions=question.versions,
        title=question.title,
        range=question.range,
        means=work.release.means(cells),
    )
