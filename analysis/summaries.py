"""Everything that tables are made from, as summaries by service: what there is to sum up, and what came of it.

`Plan` says what a library asks, `analysis.tallies` sums it up over any part of the rows, and `analysis.tables` protects
the summaries. However the rows were parted, these are the same: counts exactly, figures within rounding error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Literal, TypeVar

from analysis.change import ChangeFrequencies, ChangeSummary, Grouped, Moments, ReliableBasis, ReliableSummary
from analysis.change import reliable_basis as basis_of
from analysis.findings import Question
from analysis.outcomes import Choices, Count, OutcomeItem, Split, Submitted, outcome_items
from analysis.pairing import RESPONDENTS, asking, wave_at
from analysis.scores import ItemSums, Measure, alpha_of, items_of, measures
from analysis.suppression import Place
from survey.model import Instrument, Item, Library, Option, Respondent, structure, waves_of
from survey.scoring import DimensionKey

Sort = Literal["one", "several", "first"]
S = TypeVar("S")
Cells = Mapping[Place, S]

# --- what there is to sum up -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Averaged:
    """A question with a mean: of the scores of a dimension (`key`), or of the item's own numbers."""

    question: Question
    key: DimensionKey | None = None
    higher_is: Literal["better", "worse"] | None = None

    @property
    def columns(self) -> list[str]:
        return [self.question.id] if self.key is None else items_of(self.key)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A question with shares of its answers."""

    question: Question
    sort: Sort
    item: Item
    options: tuple[Option, ...]

    @property
    def columns(self) -> list[str]:
        one = self.sort == "one"
        return [self.item.id] if one else [f"{self.item.id}.{option.value}" for option in self.options]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one sort of respondent is asked: measures with a start and an end (each with the versions that score it so,
    where others score it otherwise), memories, outcomes at each wave, feedback, and choices."""

    respondent: Respondent
    measures: tuple[tuple[Measure, tuple[str, ...]], ...]
    memories: tuple[Averaged, ...]
    outcomes: tuple[tuple[OutcomeItem, str], ...]
    feedback: tuple[Averaged, ...]
    choices: tuple[Chosen, ...]

    @property
    def columns(self) -> Iterator[str]:
        """The columns of answers that are needed."""
        for measure, _versions in self.measures:
            yield from items_of(measure.key)
        for outcome, _wave in self.outcomes:
            yield outcome.item.id
        for averaged in (*self.memories, *self.feedback):
            yield from averaged.columns
        for chosen in self.choices:
            yield from chosen.columns


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What there is to sum up by a day: waves whose window has not opened by then have nobody due."""

    library: Library
    day: date

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        known = measures(self.library.instruments)
        return tuple(_asked(self.library, respondent, known) for respondent in RESPONDENTS)

    @cached_property
    def waves(self) -> tuple[str, ...]:
        return tuple(self.library.site.waves)

    @cached_property
    def start(self) -> str | None:
        return wave_at(self.library.site, "start")

    @cached_property
    def end(self) -> str | None:
        return wave_at(self.library.site, "end")

    @cached_property
    def services(self) -> tuple[str, ...]:
        """In their order: that of the codes in a tally."""
        return tuple(sorted(service.id for service in self.library.services.services))

    @cached_property
    def places(self) -> Mapping[str, Place]:
        services = self.library.services.services
        return {s.id: Place(arm=s.arm, kind=s.kind, service=s.id) for s in services}

    @cached_property
    def review(self) -> Mapping[str, Collection[str]]:
        """Which languages of which instruments (`id@version`) await a native speaker's review."""
        return {key: (*i.review,) for key, i in self.library.instruments.items() if i.review}

    @cached_property
    def asks(self) -> Mapping[tuple[Respondent, str], Collection[str]]:
        """The services that ask a sort of respondent something at a wave."""
        return {(who, wave): asking(self.library, who, wave) for who in RESPONDENTS for wave in self.waves}

    @cached_property
    def _carried(self) -> Mapping[str, Collection[str]]:
        services = self.library.services.services
        return {service.id: {key.partition("@")[0] for key in service.instruments} for service in services}

    def carries(self, service: str, sources: Collection[str]) -> bool:
        """Whether a service asks one of some instruments, in whatever version."""
        return any(source.partition("@")[0] in self._carried[service] for source in sources)


def _asked(library: Library, respondent: Respondent, known: tuple[Measure, ...]) -> Asked:
    own = tuple(measure for measure in known if measure.respondent == respondent)
    questions = tuple(_questions(library, respondent))
    start, end = wave_at(library.site, "start"), wave_at(library.site, "end")
    # Change is from a measured start. A memory of the time before is none, and is told apart.
    changing = [m for m in own if start in m.waves and end in m.waves and not m.then]
    return Asked(
        respondent=respondent,
        measures=tuple((measure, _versions(measure, own)) for measure in changing),
        memories=tuple(_memories(own, questions)),
        outcomes=tuple(_outcomes(library, respondent)),
        feedback=tuple(_feedback(own, questions)),
        choices=tuple(_choices(questions)),
    )


def _versions(measure: Measure, known: Collection[Measure]) -> tuple[str, ...]:
    """The versions that score a dimension as this measure does, where others score it otherwise: those of its origin,
    else of what carries it (`id@version`)."""
    alike = [m for m in known if (m.origin, m.dimension) == (measure.origin, measure.dimension)]
    own = tuple(source.split("@")[1] for source in measure.sources if source.split("@")[0] == measure.origin)
    return (own or measure.sources) if len(alike) > 1 else ()


def _outcomes(library: Library, respondent: Respondent) -> Iterator[tuple[OutcomeItem, str]]:
    for outcome in outcome_items(library.instruments):
        if outcome.respondent == respondent:
            yield from ((outcome, wave) for wave in library.site.waves if wave in outcome.waves)


_Asking = Collection[tuple[Question, Instrument, Item]]
SORTS: Mapping[str, Sort] = {
    "single": "one",
    "dropdown": "one",
    "yes_no": "one",
    "multiple": "several",
    "rank": "first",
}


def _questions(library: Library, respondent: Respondent) -> Iterator[tuple[Question, Instrument, Item]]:
    """The items of questionnaires that are feedback: asked at one wave only, or without any dimension. Each at each of
    its waves, with the newest version that asks it so; versions with other options are another question."""
    found: dict[tuple[str, str], dict[str, list[tuple[Instrument, Item]]]] = {}
    for instrument in sorted(library.instruments.values(), key=lambda i: (i.instrument, -i.version)):
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


def _steps(questions: _Asking) -> Iterator[Question]:
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


def _feedback(own: tuple[Measure, ...], questions: _Asking) -> Iterator[Averaged]:
    for measure in own:
        if len(measure.waves) == 1 and not measure.then:
            yield Averaged(question=_of_dimension(measure, measure.waves[0], own), key=measure.key)
    yield from (Averaged(question=question) for question in _steps(questions) if not question.then)


def _memories(own: tuple[Measure, ...], questions: _Asking) -> Iterator[Averaged]:
    """Dimensions of items that ask about the time before, at each of their waves; and such questions of feedback."""
    for measure in own:
        for wave in measure.waves if measure.then else ():
            question = _of_dimension(measure, wave, own)
            yield Averaged(question=question, key=measure.key, higher_is=measure.definition.higher_is)
    yield from (Averaged(question=question) for question in _steps(questions) if question.then)


def _choices(questions: _Asking) -> Iterator[Chosen]:
    """Shares of answers. What is an outcome or counts for a dimension has its own figures: two tables of one question
    could give away what each hides."""
    for question, instrument, item in questions:
        scored = any(item.id in dimension.items for dimension in instrument.dimensions.values())
        if item.type in SORTS and not scored and (item.outcome is None or item.then):
            yield Chosen(question=question, sort=SORTS[item.type], item=item, options=_options(instrument, item))


# --- what came of it -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WaveSums:
    """Of those whom a wave has reached: who answered in its window; and how many others answered outside it."""

    wave: str
    answered: Cells[Split]
    outside: Cells[Count]


@dataclass(frozen=True, kw_only=True)
class MeasureSums:
    """A measure: who answered at each wave that has opened, and how people changed. `frequencies` are those of the
    changes. Reliable change is judged by a reference, or by the start scores (`start`) and the complete cases of items
    at the start (`items`, answers in parts of their range) of all services."""

    measure: Measure
    versions: tuple[str, ...]
    answered: Mapping[str, Cells[Count]]
    changes: Cells[ChangeSummary]
    frequencies: Cells[ChangeFrequencies]
    start: Moments
    items: ItemSums

    @property
    def basis(self) -> ReliableBasis | str:
        definition = self.measure.definition
        return basis_of(definition.reference, self.start, alpha_of(self.items), definition.measurement)

    @property
    def reliable(self) -> Cells[ReliableSummary]:
        """Nothing where there is no basis."""
        basis, higher_is = self.basis, self.measure.definition.higher_is
        if isinstance(basis, str):
            return {}
        return {place: cell.judged(basis, higher_is) for place, cell in self.frequencies.items()}


@dataclass(frozen=True, kw_only=True)
class RespondentSums:
    """What one sort of respondent said, in the order of `Asked`."""

    respondent: Respondent
    measures: tuple[MeasureSums, ...]
    memories: tuple[tuple[Averaged, Cells[Grouped]], ...]
    outcomes: tuple[tuple[OutcomeItem, str, Cells[Split]], ...]
    feedback: tuple[tuple[Averaged, Cells[Moments]], ...]
    choices: tuple[tuple[Chosen, Cells[Choices]], ...]


@dataclass(frozen=True, kw_only=True)
class Summaries:
    """Everything that the tables of some participations are made from, by service.

    `left_out` has the submissions in languages whose texts await a review; None where no language awaits one.
    """

    library: Library
    made: str
    invited: Cells[Count]
    waves: tuple[WaveSums, ...]
    respondents: tuple[RespondentSums, ...]
    left_out: Mapping[str, Submitted] | None

    @property
    def clients(self) -> RespondentSums:
        return self.respondents[0]
