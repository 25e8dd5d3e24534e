"""Every sheet of a dataset, and the change by language, channel and help: from rows to what `Release` lets out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd

from analysis import pairing
from analysis.arm_sheets import arms_sheet, shares_sheet, sides_of, start_sheet
from analysis.attrition import answered_by_exit
from analysis.change import ChangeSummary, ReliableBasis
from analysis.dataset import Dataset
from analysis.disclosure import ChangeFigures, Protected, ReleasedSheet, ShareFigures
from analysis.findings import (
    CHANGED,
    NOT_REACHED,
    REACHED,
    UNKNOWN,
    Answering,
    FeedbackTable,
    Findings,
    FlowTable,
    MeasureDepth,
    OutcomeTable,
    RegisterFindings,
    StepsTable,
    Strata,
)
from analysis.flows import flow_of
from analysis.measure_sheets import Material, family, sheets
from analysis.outcome_sheets import once_sheet
from analysis.outcomes import Choices, OutcomeItem, Split, chosen, outcome_items, reached
from analysis.payment_sheets import question_sheet, tariff_sheets
from analysis.register import Register
from analysis.register_depth import RegisterDepth
from analysis.scores import Measure, item_parts, items_of, numbers, score_column
from analysis.statistic import Sheet
from analysis.stay_sheets import (
    Rates,
    Started,
    both,
    covariates,
    dispositions,
    kept_sheet,
    rates_sheet,
    weighed_sheet,
    who_sheet,
)
from analysis.suppression import Place
from analysis.unit_sheets import gained_sheet, reached_sheet
from analysis.work import Work
from survey.model import CONTACT, Instrument, Item, Text
from survey.records import extent_of

if TYPE_CHECKING:
    # It brings YAML, which a report without a tariff does without.
    from survey.tariff import Tariff


T = TypeVar("T", ChangeFigures, ShareFigures)
STATUSES = {True: REACHED, False: NOT_REACHED}


@dataclass(frozen=True, kw_only=True, eq=False)
class Depth:
    """Makes everything that stands beside the change of clients. `measures` are theirs with a start and an end, with
    the basis of reliable change of each."""

    work: Work
    start: str
    end: str
    measures: Sequence[tuple[Measure, ReliableBasis | str]]

    def of_measures(self, changes: Sequence[Mapping[Place, Protected[ChangeFigures]]]) -> tuple[MeasureDepth, ...]:
        """One for each measure, in their order, as are their released changes."""
        made = [
            list(self._sheets(measure, basis, _units_told(own)))
            for (measure, basis), own in zip(self.measures, changes, strict=True)
        ]
        # Tests of several dimensions are one family.
        tested = iter(family([sheet for one in made for sheet in one]))
        return tuple(
            MeasureDepth(
                sheets=tuple(self.work.release.sheet(next(tested)) for _sheet in one),
                strata=self._strata(measure),
                reworded=self._reworded(measure),
            )
            for one, (measure, _basis) in zip(made, self.measures, strict=True)
        )

    def answering(self) -> Answering:
        """Who answered and who stayed."""
        sheets = tuple(self.work.release.sheet(sheet) for sheet in (*self._answering(), self._questions()))
        return Answering(sheets=sheets, exits=self._exits())

    def outcome(self, table: OutcomeTable) -> tuple[ReleasedSheet, ...]:
        """An outcome with each person once, and beside the comparison, where there are such."""
        rows = self._reached(table.outcome, table.wave)
        people = self._people.loc[self._people.index.intersection(rows.index)]
        held = rows[people.index]
        own = people["arm"] == "intervention"
        once = once_sheet(held[own].astype(bool), people["person"][own])
        starts = covariates(self._starts.loc[people.index[own]])
        provider, told = people["service"][own].map(self._provider), _units_told(table.reached)
        units = reached_sheet(held[own].astype(bool), starts, provider, self._names, told=told)
        first = tuple(self.work.release.sheet(sheet) for sheet in (once, units) if sheet is not None)
        arms = [Split.of(held[people["arm"] == arm]) for arm in ("intervention", "comparison")]
        if not all(sum(arm.counts) for arm in arms):
            return first
        frame = people.assign(outcome=held.astype("float64"))
        sides = sides_of(frame, self._starts.reindex(frame.index), self._titles, None)
        found = (shares_sheet(*arms), arms_sheet(sides, unit="share"))
        return (*first, *(self.work.release.sheet(sheet) for sheet in found))

    def _reached(self, outcome: OutcomeItem, wave: str) -> pd.Series[bool]:
        """Of each participation that answered an outcome question at a wave, whether it was reached."""
        return reached(outcome, self.work.pooled, wave).set_index("participation")["reached"].astype(bool)

    def flows(self) -> Iterator[FlowTable]:
        """Who had reached an outcome at each of several waves, and who not."""
        for outcome in outcome_items(self.work.library.instruments):
            waves = [wave for wave in self.work.library.site.waves if wave in outcome.waves]
            answers = {wave: self._reached(outcome, wave) for wave in waves}
            answers = {wave: found for wave, found in answers.items() if len(found)}
            if outcome.respondent == "client" and len(answers) > 1:
                yield self._flow(outcome, answers)

    def _flow(self, outcome: OutcomeItem, answers: Mapping[str, pd.Series[bool]]) -> FlowTable:
        """Whether it was reached and not which answer was given: with more statuses most numbers are too small."""
        own = self._people.index[self._people["arm"] == "intervention"]
        held = pd.DataFrame({wave: found.reindex(own).map(STATUSES) for wave, found in answers.items()})
        flow = flow_of(held.dropna(how="all"), (REACHED, NOT_REACHED))
        # The tables of outcomes tell at each wave how many of those who answered reached it, and how many did not.
        told = [flow.at(time, status) for time in range(len(flow.times)) for status in (REACHED, NOT_REACHED)]
        return FlowTable(outcome=outcome, flow=self.work.release.flow(replace(flow, told=tuple(filter(None, told)))))

    def steps(self, feedback: Sequence[FeedbackTable]) -> Iterator[StepsTable]:
        """The shares of every step of the questions of feedback that have a mean."""
        for table in feedback:
            question = table.question
            if question.of == "item":
                carrier = self.work.library.instruments[question.sources[0]]
                item = carrier.item(question.id)
                options = tuple(option for option in carrier.options(item) if option.missing is None)
                rows = pairing.rows_of(question.sources, self.work.counted)
                rows = rows[rows["wave"] == question.wave]
                answers = chosen(item, options, rows)
                cells = {
                    self.work.places[str(service)]: Choices.of(part, one=True)
                    for service, part in answers.groupby(rows.loc[answers.index, "service"], sort=True)
                }
                yield StepsTable(question=question, options=options, shares=self.work.release.steps(cells))

    def register(self, register: Register) -> RegisterFindings:
        """What a register tells."""
        return RegisterDepth(work=self.work, register=register, starts=self._starts).findings()

    # --- rows ------------------------------------------------------------------------------------------------------

    @cached_property
    def _people(self) -> pd.DataFrame:
        """Participations by id, with their arm, cluster, person and dates."""
        people = self.work.dataset.participations.set_index("id")
        services = {service: place.arm for service, place in self.work.places.items()}
        return people.assign(
            arm=people["service"].map(services),
            cluster=(people["service"] + "/" + people["group"]).fillna(""),
            person=people["person"].fillna(""),
            left=people["end"].fillna(people["planned_end"]),
        )

    @cached_property
    def _provider(self) -> Mapping[str, str]:
        """Who provides each service."""
        return {service.id: service.provider for service in self.work.library.services.services}

    @cached_property
    def _names(self) -> Mapping[str, Text]:
        """What providers are called, in every language."""
        providers = self.work.library.services.providers
        return {id: dict.fromkeys(self.work.library.site.languages, one.name) for id, one in providers.items()}

    @cached_property
    def _starts(self) -> pd.DataFrame:
        """Start scores by participation, a column for each measure."""
        columns = {}
        for measure, _basis in self.measures:
            rows = self._answers(measure)
            first = rows[rows["wave"] == self.start]
            columns[_name(measure)] = first.set_index("participation")["score"].astype("float64")
        return pd.DataFrame(columns, index=self._people.index)

    @cached_property
    def _titles(self) -> Mapping[str, Text]:
        return {_name(measure): measure.definition.title for measure, _basis in self.measures}

    def _answers(self, measure: Measure) -> pd.DataFrame:
        """The first answers that score of each participation and wave, with the language, channel and helper."""
        return _scored(measure, self.work.pooled)

    def pairs(self, measure: Measure) -> pd.DataFrame:
        """Pairs by participation with everything that stands beside them, of both arms."""
        rows = self._answers(measure)
        beside = ["language", "channel", "helper", "received", "score"]
        start = rows[rows["wave"] == self.start].set_index("participation")[beside].add_suffix("_start")
        end = rows[rows["wave"] == self.end].set_index("participation")[beside].add_suffix("_end")
        people = self._people[["service", "arm", "cluster", "start", "left"]].rename(columns={"start": "began"})
        pairs = start.join(end, how="inner").join(people, how="inner").sort_index()
        zone = self.work.library.site.time_zone
        days = {
            f"days_{at}": _days(pairs[f"received_{at}"].dt.tz_convert(zone), pairs[since])
            for at, since in (("start", "began"), ("end", "left"))
        }
        scores = {at: pairs[f"score_{at}"].astype("float64") for at in ("start", "end")}
        return pairs.assign(**scores, **days, anchor=self._ratings(measure).reindex(pairs.index))

    def _ratings(self, measure: Measure) -> pd.Series[float]:
        """How people rate their change as a whole at the end, by participation."""
        anchor = self._anchor(measure)
        if anchor is None:
            return pd.Series(dtype="float64")
        rows = pairing.rows_of(measure.sources, self.work.pooled, [*pairing.KEYS, anchor.id])
        rows = pairing.first_of(rows[(rows["wave"] == self.end) & rows["participation"].notna()])
        return numbers(rows.set_index("participation")[anchor.id]).astype("float64")

    def _anchor(self, measure: Measure) -> Item | None:
        carriers = [self.work.library.instruments[key] for key in measure.sources]
        return next((item for one in carriers for item in one.items() if item.anchor), None)

    # --- sheets of a measure -----------------------------------------------------------------------------------------

    def _sheets(self, measure: Measure, basis: ReliableBasis | str, told: Collection[str]) -> Iterator[Sheet]:
        pairs = self.pairs(measure)
        own = pairs[pairs["arm"] == "intervention"]
        yield from sheets(self._material(measure, basis, own))
        started = self._started
        if len(started.rows) and len(own):
            yield weighed_sheet(started, _name(measure), own["end"])
        gained = gained_sheet(own, own["service"].map(self._provider), self._names, told=told)
        if gained is not None:
            yield gained
        if (pairs["arm"] == "comparison").any() and len(own):
            frame = pairs.assign(outcome=pairs["end"], person=self._people.loc[pairs.index, "person"])
            sides = sides_of(frame, self._starts.reindex(frame.index), self._titles, _name(measure))
            yield arms_sheet(sides, unit="points")

    def _material(self, measure: Measure, basis: ReliableBasis | str, pairs: pd.DataFrame) -> Material:
        rows = self._answers(measure)
        intervention = rows["participation"].map(self._people["arm"]) == "intervention"
        first = rows[rows["wave"] == self.start]
        scores = rows[intervention].rename(columns={"cluster": "group"})
        asked = [wave for wave in self.work.library.site.waves if (scores["wave"] == wave).any()]
        return Material(
            measure=measure,
            pairs=pairs,
            scores=scores[["participation", "wave", "score", "group"]],
            waves=asked,
            wave_titles={wave: one.title for wave, one in self.work.library.site.waves.items()},
            parts=item_parts(measure.key, first),
            raw=_raw(measure, first),
            starts=first["score"].astype("float64"),
            language=first["language"].fillna(""),
            items=_texts(measure, self.work.library.instruments),
            a_little_better=_a_little_better(self._anchor(measure), measure, self.work.library.instruments),
            basis=basis,
        )

    def _strata(self, measure: Measure) -> Strata:
        """Of the intervention. Whoever answered otherwise at the end than at the start is a stratum of their own."""
        pairs = self.pairs(measure)
        own = pairs[pairs["arm"] == "intervention"]
        helped = (own[["helper_start", "helper_end"]].fillna("none") != "none").any(axis=1)
        changed = _at_both(own, "channel") == CHANGED
        found = {
            "language": _at_both(own, "language"),
            "channel": _at_both(own, "channel"),
            "helper": own["helper_end"].where(own["helper_end"].fillna("none") != "none", own["helper_start"]),
            "unassisted": pd.Series(np.where(helped | changed, "left_out", "kept"), index=own.index),
        }
        return {by: self._changes(own, column.fillna(UNKNOWN)) for by, column in found.items()}

    def _changes(self, pairs: pd.DataFrame, stratum: pd.Series[str]) -> Mapping[Place, Protected[ChangeFigures]]:
        parts = pairs.groupby(stratum, sort=True)
        return self.work.release.changes(
            {Place(kind=str(name)): ChangeSummary.of(p["start"], p["end"], p["cluster"]) for name, p in parts}
        )

    def _reworded(self, measure: Measure) -> Mapping[str, Text]:
        """Items whose words differ between versions that are pooled: judged comparable when they were locked, but it
        is for the reader to know."""
        carriers = [self.work.library.instruments[key] for key in measure.sources]
        found = {}
        for id in items_of(measure.key):
            texts = [one.item(id).text for one in carriers]
            if any(t.get(tag) != text.get(tag) for t in texts for text in texts for tag in {*t} & {*text}):
                found[id] = texts[-1]
        return found

    def _questions(self) -> Sheet:
        """By the measure that most people have a start score on."""
        scores = self._starts.notna().sum()
        measure = next((m for m, _b in self.measures if _name(m) == scores.idxmax()), None) if len(scores) else None
        return question_sheet(self.work.dataset, measure, self._names)

    def tariff(self, tariff: Tariff, clients: Findings) -> Mapping[str, ReleasedSheet]:
        """What it would have paid for each contract (or service) that it names: of those whose own shares and changes
        behind it are shown, as a payment tells them."""
        sheets = tariff_sheets(self.work.dataset, tariff, is_told=lambda name: _told_by(tariff, name, clients))
        return {name: self.work.release.sheet(sheet) for name, sheet in sheets.items()}

    # --- who answered ------------------------------------------------------------------------------------------------

    def _answering(self) -> Iterator[Sheet]:
        # Without reasons for what is absent, as in answers from elsewhere, nobody knows how complete an answer is.
        if len(self.work.dataset.absences):
            yield rates_sheet([*self._rates()])
        if len(self._started.rows):
            yield kept_sheet(self._started)
            if len(self._starts.columns):
                yield who_sheet(self._started)
        pairs = self._people[self._people["arm"].notna()]
        if len(self._starts.columns) and (pairs["arm"] == "comparison").any():
            frame = pairs.assign(outcome=np.nan)
            yield start_sheet(sides_of(frame, self._starts.reindex(frame.index), self._titles, None))

    @cached_property
    def _started(self) -> Started:
        """Of the intervention, those who were asked at the end and can answer no more."""
        over = self.work.over[self.end]["id"]
        people = self._people.loc[self._people.index.isin(over)]
        people = people[people["arm"] == "intervention"]
        timely = pairing.answered_by("client", self.work.dataset, self.work.timely)
        answered = {
            f"answered_{at}": people.index.isin(timely.loc[timely["wave"] == wave, "participation"].dropna())
            for at, wave in (("start", self.start), ("end", self.end))
        }
        rows = people[["cluster", "exit_reason"]].assign(**answered)
        return Started(rows=rows, scores=self._starts.loc[rows.index], titles=self._titles)

    def _exits(self) -> Mapping[str, Protected[ShareFigures]]:
        """Who answered at the end, by why they left. Those who find work may skip it."""
        rows = self._started.rows
        if not len(rows):
            return {}
        found = answered_by_exit(rows["exit_reason"], rows["answered_end"])
        cells = {Place(kind=reason or UNKNOWN): split for reason, split in found.items() if sum(split.counts)}
        shares = self.work.release.answers(cells)
        return {place.kind: cell for place, cell in shares.items() if place.kind is not None}

    def _rates(self) -> Iterator[Rates]:
        """Of each client questionnaire at each wave, of those whose window has closed."""
        library, dataset = self.work.library, self.work.dataset
        extents = _extents(dataset)
        for wave, declared in library.site.waves.items():
            over = self.work.of_intervention(self.work.over[wave]).set_index("id")
            for id, carriers in _by_id(library.instruments.values(), wave).items():
                asking = {s.id for s in library.services.services if {c.key for c in carriers} & {*s.instruments}}
                rows = over[over["service"].isin(asking)]
                found = extents[(extents["instrument"] == id) & (extents["wave"] == wave)]
                extent = found.drop_duplicates("participation").set_index("participation")["extent"]
                judged = rows.assign(extent=extent.reindex(rows.index))
                if len(judged):
                    subject = both(declared.title, carriers[0].title)
                    yield Rates(wave=wave, instrument=id, subject=subject, dispositions=dispositions(judged))


def _told_by(tariff: Tariff, name: str, clients: Findings) -> bool:
    """Whether everything that a payment is made of is shown of a contract or service itself."""

    outcomes = {(result.outcome, result.at) for result in tariff.results if result.outcome is not None}
    changes = {result.change for result in tariff.results if result.change is not None}
    behind: list[Mapping[Place, Protected[ShareFigures]] | Mapping[Place, Protected[ChangeFigures]]] = []
    behind += [one.reached for one in clients.outcomes if (one.outcome.outcome, one.wave) in outcomes]
    behind += [table.changes for table in clients.measures if table.measure.dimension in changes]
    own = [c for cells in behind for place, c in cells.items() if name in (place.contract, place.service)]
    return all(cell.shown == cell.place for cell in own)


def _units_told(cells: Mapping[Place, Protected[T]]) -> set[str]:
    """The providers whose own figures are shown: what is made of the same people may be shown of no others."""
    return {place.provider for place, cell in cells.items() if place.provider is not None and cell.shown == place}


def _name(measure: Measure) -> str:
    return f"{measure.origin}.{measure.dimension}"


def _scored(measure: Measure, responses: pd.DataFrame) -> pd.DataFrame:
    beside = ["language", "channel", "helper"]
    rows = pairing.rows_of(measure.sources, responses, [*pairing.KEYS, *beside, *items_of(measure.key)])
    rows = rows.assign(
        score=score_column(measure.key, rows), cluster=(rows["service"] + "/" + rows["group"]).fillna("")
    )
    return pairing.first_of(rows[rows["score"].notna() & rows["participation"].notna()])


def _days(moment: pd.Series[pd.Timestamp], day: pd.Series[pd.Timestamp]) -> pd.Series[float]:
    """Days from a date to a moment's date, on the site's calendar."""
    return (moment.dt.tz_localize(None).dt.normalize() - pd.to_datetime(day)).dt.days.astype("float64")


def _at_both(pairs: pd.DataFrame, name: str) -> pd.Series[str]:
    start, end = pairs[f"{name}_start"].fillna(UNKNOWN), pairs[f"{name}_end"].fillna(UNKNOWN)
    return end.where(start == end, CHANGED)


def _raw(measure: Measure, rows: pd.DataFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None:
    """Answers as given, where all items have one response scale."""
    scales = {(part.low, part.high, bool(part.scores)) for part in measure.key.items}
    if len(scales) != 1 or next(iter(scales))[2]:
        return None
    columns = [numbers(rows[id]).to_numpy(dtype="float64", na_value=np.nan) for id in items_of(measure.key)]
    return np.column_stack(columns)


def _texts(measure: Measure, instruments: Mapping[str, Instrument]) -> Mapping[str, Text]:
    newest = max((instruments[key] for key in measure.sources), key=lambda one: one.version)
    return {id: newest.item(id).text for id in items_of(measure.key)}


def _a_little_better(anchor: Item | None, measure: Measure, instruments: Mapping[str, Instrument]) -> float | None:
    """The first step above the middle of a rating that goes from worse to better."""
    if anchor is None:
        return None
    carrier = next(i for key in measure.sources if anchor in (i := instruments[key]).items())
    values = [option.value for option in carrier.options(anchor) if option.missing is None]
    steps = sorted(value for value in values if isinstance(value, int))
    return float(steps[(len(steps) + 1) // 2]) if len(steps) > 1 else None


def _by_id(instruments: Collection[Instrument], wave: str) -> Mapping[str, list[Instrument]]:
    """The client questionnaires of a wave with their versions, the newest first."""
    found: dict[str, list[Instrument]] = {}
    for one in sorted(instruments, key=lambda one: (one.instrument, -one.version)):
        if one.respondent == "client" and wave in one.waves:
            found.setdefault(one.instrument, []).append(one)
    return found


def _extents(dataset: Dataset) -> pd.DataFrame:
    """How much of each submission of a participation is answered: `participation, instrument, wave, extent`."""
    asked = _asked(dataset.library.instruments)
    reasons = dataset.absences.groupby("submission")["reason"]
    skipped = reasons.agg(lambda found: int((found == "skipped").sum()))
    hidden = reasons.agg(lambda found: int((found == "not_shown").sum()))
    rows = dataset.responses[["submission", "participation", "instrument", "version", "wave"]]
    rows = rows[rows["participation"].notna()]
    total = [asked[one] for one in zip(rows["instrument"], rows["version"], rows["wave"], strict=True)]
    left = rows["submission"].map(skipped).fillna(0).astype(int)
    shown = np.array(total) - rows["submission"].map(hidden).fillna(0).astype(int)
    return rows.assign(extent=[extent_of(answered=s - k, shown=s) for s, k in zip(shown, left, strict=True)])


def _asked(instruments: Mapping[str, Instrument]) -> Mapping[tuple[str, int, str], int]:
    """How many items each version asks at a wave that a dataset knows of."""
    return {
        (one.instrument, one.version, wave): sum(item.type not in CONTACT for item in one.items(wave))
        for one in instruments.values()
        for wave in one.waves
    }
