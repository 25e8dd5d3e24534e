"""From a dataset to protected tables: score, pair, estimate, protect. A report may show what leaves here, no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import pandas as pd

from analysis import pairing
from analysis.change import ChangeSummary, Grouped, Moments, ReliableBasis, ReliableSummary, reliable_basis
from analysis.dataset import Dataset
from analysis.disclosure import Parts, Release
from analysis.findings import (
    ChoiceTable,
    FeedbackTable,
    Findings,
    MeasureTable,
    MemoryTable,
    Numbers,
    OutcomeTable,
    Question,
    Tables,
    WaveTable,
)
from analysis.outcomes import Choices, Count, Split, Submitted, chosen, outcome_items, reached
from analysis.scores import Measure, cronbach_alpha, item_parts, items_of, measures, numbers, score_column
from analysis.suppression import Place
from survey.model import Instrument, Item, Library, Option, Respondent, Service, structure, waves_of

RESPONDENTS: tuple[Respondent, ...] = ("client", "coach", "employer")
S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class _Work:
    """A dataset with what every table needs: which answers are timely, who was due when, where services lie.

    `timely` are the answers inside their window; `pooled` those of them in reviewed words; `counted` these and the
    answers of open surveys, which have no window; `left_out` what would be counted but for its language.
    """

    dataset: Dataset
    release: Release
    timely: pd.DataFrame
    pooled: pd.DataFrame
    counted: pd.DataFrame
    left_out: pd.DataFrame
    due: Mapping[tuple[Respondent, str], pd.DataFrame]
    places: Mapping[str, Place]

    @property
    def library(self) -> Library:
        return self.dataset.library

    def cells(
        self, rows: pd.DataFrame, summary: Callable[[pd.DataFrame], S], asking: Collection[str]
    ) -> dict[Place, S]:
        """A summary for each service that is in the rows, or asked and therefore not to be passed over."""
        parts = dict(iter(rows.groupby("service", sort=True)))
        return {
            self.places[service]: summary(parts.get(service, rows.iloc[:0]))
            for service in sorted({str(s) for s in parts} | set(asking))
        }

    def asked(self, respondent: Respondent, wave: str, sources: Collection[str] | None = None) -> set[str]:
        """The services that have asked by now at a wave: anything, or one of some instruments (`id@version`)."""
        ids = None if sources is None else {source.split("@")[0] for source in sources}
        due = {str(service) for service in self.due[respondent, wave]["service"]}
        return {s for s in due if ids is None or ids & {k.split("@")[0] for k in self._service(s).instruments}}

    def _service(self, id: str) -> Service:
        return self.library.services.service(id)


def tables(dataset: Dataset, release: Release, *, day: date | None = None) -> Tables:
    """Every protected table. `day` decides which waves have opened; without it, the day of the export."""
    library = dataset.library
    work = _work(dataset, release, day or _day(dataset))
    known = measures(library.instruments)
    clients, *others = (_findings(work, respondent, known) for respondent in RESPONDENTS)
    return Tables(
        library=library,
        made=dataset.made,
        release=release,
        invited=release.numbers(work.cells(dataset.participations, _count, ())),
        waves=tuple(_wave(work, wave) for wave in library.site.waves if len(work.due["client", wave])),
        clients=clients,
        others=tuple(findings for findings in others if not findings.empty),
        left_out=_left_out(work),
    )


def _findings(work: _Work, respondent: Respondent, known: tuple[Measure, ...]) -> Findings:
    own = tuple(measure for measure in known if measure.respondent == respondent)
    questions = tuple(_questions(work, respondent))
    return Findings(
        respondent=respondent,
        measures=tuple(_measures(work, own)),
        memories=tuple(_memories(work, own, questions)),
        outcomes=tuple(_outcomes(work, respondent)),
        feedback=tuple(_feedback(work, own, questions)),
        choices=tuple(_choices(work, questions)),
    )


def _day(dataset: Dataset) -> date:
    return datetime.fromisoformat(dataset.made).astimezone(ZoneInfo(dataset.library.site.time_zone)).date()


def _work(dataset: Dataset, release: Release, day: date) -> _Work:
    responses, people = dataset.responses, dataset.participations
    inside, waiting = pairing.timely(dataset), pairing.under_review(dataset)
    counted = inside | responses["participation"].isna()
    services = dataset.library.services.services
    return _Work(
        dataset=dataset,
        release=release,
        timely=responses[inside],
        pooled=responses[inside & ~waiting],
        counted=responses[counted & ~waiting],
        left_out=responses[counted & waiting],
        due={
            (respondent, wave): people[pairing.due(dataset, wave, day, respondent)]
            for respondent in RESPONDENTS
            for wave in dataset.library.site.waves
        },
        places={s.id: Place(arm=s.arm, kind=s.kind, service=s.id) for s in services},
    )


def _wave(work: _Work, wave: str) -> WaveTable:
    """Of the clients alone: that a coach has answered about somebody does not make them one who answered."""
    due = work.due["client", wave]
    timely, responses = (
        pairing.answered_by("client", work.dataset, rows) for rows in (work.timely, work.dataset.responses)
    )
    in_time = due["id"].isin(timely.loc[timely["wave"] == wave, "participation"])
    at_all = due["id"].isin(responses.loc[responses["wave"] == wave, "participation"])
    return WaveTable(
        wave=wave,
        answered=work.release.answers(work.cells(due.assign(holds=in_time), _split, ())),
        outside=work.release.numbers(work.cells(due[at_all & ~in_time], _count, work.asked("client", wave))),
    )


def _left_out(work: _Work) -> Parts | None:
    """The submissions in languages under review. Who answered in several of them counts as a person in the first."""
    library = work.library
    waiting = {tag for instrument in library.instruments.values() for tag in instrument.review}
    rows = work.left_out.sort_values(["received", "submission"])
    people = rows[~rows["participation"].duplicated() | rows["participation"].isna()]
    if not waiting:
        return None
    cells = {
        tag: Submitted(n=int((rows["language"] == tag).sum()), people=int((people["language"] == tag).sum()))
        for tag in library.site.languages
        if tag in waiting
    }
    return work.release.parts(cells)


def _count(rows: pd.DataFrame) -> Count:
    return Count(n=len(rows))


def _split(rows: pd.DataFrame) -> Split:
    return Split.of(rows["holds"])


# --- change ----------------------------------------------------------------------------------------------------------


def _measures(work: _Work, own: tuple[Measure, ...]) -> Iterator[MeasureTable]:
    """Change from a measured start. A memory of the time before is none, and is told apart."""
    site = work.library.site
    start, end = pairing.wave_at(site, "start"), pairing.wave_at(site, "end")
    for measure in own:
        both = start in measure.waves and end in measure.waves
        if both and start is not None and end is not None and not measure.then:
            yield _measure(work, measure, start, end, _versions(measure, own))


def _versions(measure: Measure, known: Collection[Measure]) -> tuple[str, ...]:
    """The versions that score a dimension as this measure does, where others score it otherwise: those of its origin,
    else of what carries it (`id@version`)."""
    alike = [m for m in known if (m.origin, m.dimension) == (measure.origin, measure.dimension)]
    own = tuple(source.split("@")[1] for source in measure.sources if source.split("@")[0] == measure.origin)
    return (own or measure.sources) if len(alike) > 1 else ()


def _measure(work: _Work, measure: Measure, start: str, end: str, versions: tuple[str, ...]) -> MeasureTable:
    scores = pairing.scored(measure, work.pooled)
    pairs = pairing.pair(scores, start, end)
    rows = pd.DataFrame({"service": pairs.service, "cluster": pairs.cluster, "start": pairs.start, "end": pairs.end})
    asked = work.asked(measure.respondent, end, measure.sources)
    basis = _basis(work, measure, start)
    reliable = {} if isinstance(basis, str) else work.cells(rows, _reliable(basis, measure), asked)
    opened = [wave for wave in measure.waves if len(work.due[measure.respondent, wave])]
    return MeasureTable(
        measure=measure,
        versions=versions,
        answered={wave: _answered(work, measure, wave) for wave in opened},
        changes=work.release.changes(work.cells(rows, _change, asked)),
        basis=work.release.basis(basis),
        reliable=work.release.reliable(reliable),
    )


def _basis(work: _Work, measure: Measure, start: str) -> ReliableBasis | str:
    """From the same rows as the start scores: one for each participation."""
    rows = pairing.rows_of(measure.sources, work.pooled, [*pairing.KEYS, *items_of(measure.key)])
    rows = rows[rows["wave"] == start]
    scores = score_column(measure.key, rows)
    scoring = pairing.first_of(rows[scores.notna()])
    return reliable_basis(
        measure.definition.reference,
        Moments.of(scores[scoring.index]),
        cronbach_alpha(item_parts(measure.key, scoring)),
        measure.definition.measurement,
    )


def _answered(work: _Work, measure: Measure, wave: str) -> Numbers:
    """Who answered in time, in whatever language: that they answered is no less true."""
    rows = pairing.rows_of(measure.sources, work.timely, ["participation", "service", "wave"])
    rows = rows[rows["wave"] == wave]
    asked = work.asked(measure.respondent, wave, measure.sources)
    return work.release.numbers(work.cells(rows.drop_duplicates("participation"), _count, asked))


def _change(pairs: pd.DataFrame) -> ChangeSummary:
    return ChangeSummary.of(pairs["start"], pairs["end"], pairs["cluster"])


def _reliable(basis: ReliableBasis, measure: Measure) -> Callable[[pd.DataFrame], ReliableSummary]:
    return lambda pairs: ReliableSummary.of(pairs["end"] - pairs["start"], basis, measure.definition.higher_is)


# --- outcomes --------------------------------------------------------------------------------------------------------


def _outcomes(work: _Work, respondent: Respondent) -> Iterator[OutcomeTable]:
    for outcome in outcome_items(work.library.instruments):
        for wave in work.library.site.waves if outcome.respondent == respondent else ():
            asked = work.asked(respondent, wave, outcome.sources)
            if wave in outcome.waves and asked:
                rows = reached(outcome, work.pooled, wave).rename(columns={"reached": "holds"})
                cells = work.cells(rows, _split, asked)
                yield OutcomeTable(outcome=outcome, wave=wave, reached=work.release.shares(cells))


# --- feedback and memories -------------------------------------------------------------------------------------------

_SORTS: Mapping[str, Literal["one", "several", "first"]] = {
    "single": "one",
    "dropdown": "one",
    "yes_no": "one",
    "multiple": "several",
    "rank": "first",
}


def _questions(work: _Work, respondent: Respondent) -> Iterator[tuple[Question, Instrument, Item]]:
    """The items of questionnaires that are feedback: asked at one wave only, or without any dimension. Each at each of
    its waves, with the newest version that asks it so; versions with other options are another question."""
    found: dict[tuple[str, str], dict[str, list[tuple[Instrument, Item]]]] = {}
    for instrument in sorted(work.library.instruments.values(), key=lambda i: (i.instrument, -i.version)):
        if instrument.respondent == respondent and (len(instrument.waves) == 1 or not instrument.dimensions):
            for item in instrument.items():
                alike = found.setdefault((instrument.instrument, item.id), {})
                alike.setdefault(repr([structure(instrument, item), item.then]), []).append((instrument, item))
    for versions in found.values():
        for carriers in versions.values():
            instrument, item = carriers[0]
            numbered = tuple(str(one.version) for one, _ in carriers) if len(versions) > 1 else ()
            for wave in dict.fromkeys(wave for one, asked in carriers for wave in waves_of(asked, one)):
                yield _of_item(instrument, item, wave, [one.key for one, _ in carriers], numbered), instrument, item


def _of_item(
    instrument: Instrument, item: Item, wave: str, sources: Collection[str], versions: tuple[str, ...]
) -> Question:
    return Question(
        respondent=instrument.respondent,
        instrument=instrument.instrument,
        sources=tuple(sources),
        wave=wave,
        id=item.id,
        of="item",
        title=item.text,
        versions=versions,
        then=item.then,
    )


def _options(instrument: Instrument, item: Item) -> tuple[Option, ...]:
    """The options that are answers."""
    return tuple(option for option in instrument.options(item) if option.missing is None)


def _steps(questions: Collection[tuple[Question, Instrument, Item]]) -> Iterator[Question]:
    """The questions on steps or a scale of whole numbers, with the ends of these."""
    for question, instrument, item in questions:
        values = [option.value for option in _options(instrument, item)]
        whole = [value for value in values if isinstance(value, int)]
        if item.type in ("likert", "scale") and whole and len(whole) == len(values):
            yield replace(question, range=(min(whole), max(whole)))


def _of_dimension(measure: Measure, wave: str, known: Collection[Measure]) -> Question:
    return Question(
        respondent=measure.respondent,
        instrument=measure.origin,
        sources=measure.sources,
        wave=wave,
        id=measure.dimension,
        of="dimension",
        title=measure.definition.title,
        range=measure.key.range,
        versions=_versions(measure, known),
        then=measure.then,
    )


def _feedback(
    work: _Work, own: tuple[Measure, ...], questions: Collection[tuple[Question, Instrument, Item]]
) -> Iterator[FeedbackTable]:
    for measure in own:
        if len(measure.waves) == 1 and not measure.then:
            question = _of_dimension(measure, measure.waves[0], own)
            rows = _rows(work, question, items_of(measure.key))
            yield _means(work, question, rows, score_column(measure.key, rows))
    for question in _steps(questions):
        if not question.then:
            rows = _rows(work, question, [question.id])
            yield _means(work, question, rows, numbers(rows[question.id]))


def _rows(work: _Work, question: Question, columns: Collection[str]) -> pd.DataFrame:
    """Who answered at a question's wave, with some columns of answers."""
    rows = pairing.rows_of(question.sources, work.counted, [*pairing.KEYS, *columns])
    return rows[rows["wave"] == question.wave]


def _asked(work: _Work, question: Question) -> set[str]:
    return work.asked(question.respondent, question.wave, question.sources)


def _means(work: _Work, question: Question, rows: pd.DataFrame, values: pd.Series[float]) -> FeedbackTable:
    answered = rows[["service"]].assign(value=values).dropna(subset=["value"])
    cells = work.cells(answered, lambda part: Moments.of(part["value"]), _asked(work, question))
    return FeedbackTable(question=question, means=work.release.means(cells))


def _memories(
    work: _Work, own: tuple[Measure, ...], questions: Collection[tuple[Question, Instrument, Item]]
) -> Iterator[MemoryTable]:
    """Dimensions of items that ask about the time before, at each of their waves; and such questions of feedback."""
    for measure in own:
        for wave in measure.waves if measure.then else ():
            question = _of_dimension(measure, wave, own)
            rows = _rows(work, question, items_of(measure.key))
            yield _memory(work, question, rows, score_column(measure.key, rows), measure.definition.higher_is)
    for question in _steps(questions):
        if question.then:
            rows = _rows(work, question, [question.id])
            yield _memory(work, question, rows, numbers(rows[question.id]))


def _memory(
    work: _Work,
    question: Question,
    rows: pd.DataFrame,
    values: pd.Series[float],
    higher_is: Literal["better", "worse"] | None = None,
) -> MemoryTable:
    scores = pairing.clustered(rows, values)
    cells = work.cells(scores, lambda part: Grouped.of(part["score"], part["cluster"]), _asked(work, question))
    return MemoryTable(question=question, higher_is=higher_is, means=work.release.scores(cells))


def _choices(work: _Work, questions: Collection[tuple[Question, Instrument, Item]]) -> Iterator[ChoiceTable]:
    """Shares of answers. What is an outcome or counts for a dimension has its own figures: two tables of one question
    could give away what each hides."""
    for question, instrument, item in questions:
        scored = any(item.id in dimension.items for dimension in instrument.dimensions.values())
        if item.type in _SORTS and not scored and (item.outcome is None or item.then):
            yield _choice(work, question, item, _options(instrument, item))


def _choice(work: _Work, question: Question, item: Item, options: tuple[Option, ...]) -> ChoiceTable:
    sort = _SORTS[item.type]
    ticked = [f"{item.id}.{option.value}" for option in options]
    rows = _rows(work, question, [item.id] if sort == "one" else ticked)
    answers = chosen(item, options, rows)

    def summary(part: pd.DataFrame) -> Choices:
        return Choices.of(answers.loc[part.index], one=sort != "several")

    cells = work.cells(rows.loc[answers.index, ["service"]], summary, _asked(work, question))
    return ChoiceTable(question=question, sort=sort, options=options, shares=work.release.choices(cells))
