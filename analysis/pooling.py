"""Regional and national figures of the files that areas hand over (`analysis.federated`), and what each file lacks."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

from analysis.change import ChangeSummary, Grouped, Mergeable, Moments, ReliableSummary
from analysis.disclosure import Policy
from analysis.federated import FORMAT, SORT, FederationError, measure_key, outcome_key, question_key
from analysis.outcomes import Choices, Count, Split, Submitted
from analysis.scores import ItemSums, Measure
from analysis.summaries import Asked, Averaged, Cells, Chosen, MeasureSums, Plan, RespondentSums, Summaries, WaveSums
from analysis.suppression import Place
from analysis.wording import Words
from survey.marking import _
from survey.model import (
    Instrument,
    Library,
    Option,
    Organisation,
    Provider,
    Service,
    Services,
    Site,
    Text,
    Wave,
    canonical,
    from_data,
    meaning,
)

SEVERAL = "several_kinds"
SEVERAL_KINDS = {"fi": "Useita palvelulajeja", "sv": "Flera slags tjänster", "en": "Several kinds of service"}
OTHER_ANSWERS = {"fi": "Muut vastaukset", "sv": "Övriga svar", "en": "Other answers"}
OTHERS = "other_answers"

NOT_HANDED_OVER = _("{area} hands over nothing of {subjects}: a number behind it is too small.")
PARTLY = _("{area} hands over a part of {subjects}: a number behind the rest is too small.")
JOINED = _(
    "{area} joins groups of fewer than {mean} people with others ({n} in all). Intervals are right, but somewhat wider."
)
UNJUDGED = _(
    "{area} hands over no reliable change of {subjects}: without a reference it can be judged only where every change "
    "is known."
)
NOT_JUDGED = _("Reliable change of {subjects} is not shown: not every area could hand over all of it.")
FEWER_ANSWERS = _("Of {subjects}, only the answers that every area tells apart are told apart.")
NOT_ASKED = _("{area} does not ask {subjects}.")
IN_NO_FILE = _(
    "Figures in depth, trends, providers and registers need every person's answers: they are in no file of summaries."
)
INVITED, ANSWERED, LATE, LEFT_OUT = (
    {"fi": "kutsutut", "sv": "inbjudna", "en": "those invited"},
    {"fi": "vastanneet", "sv": "svarande", "en": "who answered"},
    {"fi": "määräajan ulkopuolella vastanneet", "sv": "svar utanför tiden", "en": "who answered outside the window"},
    {"fi": "tarkistamattomat kielet", "sv": "ogranskade språk", "en": "languages under review"},
)

S = TypeVar("S", bound=Mergeable)
Json = dict[str, Any]
Key = tuple[object, ...]


@dataclass(frozen=True, kw_only=True)
class Lack:
    """What is not in a file, as a marked sentence with its gaps: `subjects` are what it is about."""

    sentence: str
    area: Text | None = None
    subjects: tuple[Text, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)

    def say(self, words: Words) -> str:
        area = "" if self.area is None else words.text(self.area)
        subjects = ", ".join(dict.fromkeys(words.text(subject) for subject in self.subjects))
        return words(self.sentence, area=area, subjects=subjects, **self.numbers)


@dataclass(frozen=True, kw_only=True)
class Area:
    """A file of summaries that has been read."""

    file: str
    id: str
    name: Text
    made: str
    policy: Policy
    site: Mapping[str, Any]
    kinds: Mapping[str, Text]
    services: Mapping[str, Mapping[str, Any]]
    instruments: Mapping[str, Instrument]
    tables: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """The summaries of several areas, and what each of their files lacks."""

    summaries: Summaries
    lacking: tuple[Lack, ...]


def read_area(path: Path) -> Area:
    """A file that `handed_over` made. Raises FederationError for any other."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        sort, found = data["sort"], data["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FederationError(
            f"{path} is not a file of summaries. An area makes one with: mittari report --summaries-out FILE"
        ) from error
    if sort != SORT or found != FORMAT:
        raise FederationError(
            f"{path} is of sort {sort} and format {found}; this version of Mittari reads {SORT} of format {FORMAT}. "
            "Update Mittari, or ask for a file made with this version."
        )
    try:
        return _area(path, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FederationError(f"{path} is damaged ({error}). Ask the area for it again.") from error


def _area(path: Path, data: Json) -> Area:
    library = data["library"]
    if hashlib.sha256(canonical(library)).hexdigest() != data["digest"]:
        raise ValueError("its questionnaires have been changed by hand")
    instruments = [from_data(Instrument, one) for one in library["instruments"]]
    name: Text = library["site"]["name"]
    return Area(
        file=path.name,
        id=_slug(next(iter(name.values()))),
        name=name,
        made=str(data["dataset_made"]),
        policy=from_data(Policy, data["policy"]),
        site=library["site"],
        kinds=library["kinds"],
        services={one["id"]: one for one in library["services"]},
        instruments={one.key: one for one in instruments},
        tables=data["tables"],
    )


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "_", plain).strip("_")


def pooled(areas: Sequence[Area], *, day: date) -> Pooled:
    """All areas together. Raises FederationError where a questionnaire or a wave does not mean the same in all of them,
    or where two files are of one area."""
    _check_alike(areas)
    ordered = sorted(areas, key=lambda area: area.id)
    return _Pool(areas=ordered, day=day).pooled()


def _check_alike(areas: Sequence[Area]) -> None:
    seen: dict[object, tuple[Area, object]] = {}
    for area in areas:
        if area.id in seen:
            raise FederationError(
                f"{seen[area.id][0].file} and {area.file} are both of {next(iter(area.name.values()))}: its people "
                "would count twice. Leave one of them out."
            )
        seen[area.id] = (area, None)
        for what, content in _meanings(area):
            other, theirs = seen.setdefault(what, (area, content))
            if theirs != content:
                raise FederationError(
                    f"{what} does not mean the same in {other.file} and {area.file}: answers to different questions "
                    "cannot be pooled. Leave one of them out, or pool files made with the same version."
                )


def _meanings(area: Area) -> Iterator[tuple[str, object]]:
    for key, instrument in area.instruments.items():
        for language in instrument.languages:
            yield f"{key} ({language})", meaning(instrument, language)
    for id, wave in area.site["waves"].items():
        yield f"The wave '{id}'", {name: value for name, value in wave.items() if name != "title"}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pool:
    areas: Sequence[Area]
    day: date

    def pooled(self) -> Pooled:
        plan = Plan(library=self._library(), day=self.day)
        respondents = tuple(self._respondent(asked) for asked in plan.asked)
        summaries = Summaries(
            library=plan.library,
            made=min(area.made for area in self.areas),
            invited=self._cells(("invited",), Count),
            waves=tuple(
                WaveSums(
                    wave=wave,
                    answered=self._cells(("answered", wave), Split),
                    outside=self._cells(("late", wave), Count),
                )
                for wave in plan.waves
                if self._tables(("answered", wave))
            ),
            respondents=respondents,
            left_out=self._left_out(),
        )
        return Pooled(summaries=summaries, lacking=tuple(self._lacking(plan)))

    # --- tables ----------------------------------------------------------------------------------------------------

    def _tables(self, of: Key, sources: Collection[str] | None = None) -> list[tuple[Area, Mapping[str, Any]]]:
        """The tables of one thing in all files that have it."""
        return [
            (area, table)
            for area in self.areas
            for table in area.tables
            if tuple(table["table"]) == of and (sources is None or set(table["sources"]) <= set(sources))
        ]

    def _cells(self, of: Key, kind: type[S], sources: Collection[str] | None = None) -> Cells[S]:
        found: dict[Place, S] = {}
        for area, table in self._tables(of, sources):
            for row in table["rows"]:
                place = self._place(area, row)
                cell = _named(from_data(kind, row["cell"]), str(place.service))
                found[place] = found[place].merge(cell) if place in found else cell
        return dict(sorted(found.items()))

    def _place(self, area: Area, row: Mapping[str, Any]) -> Place:
        kind = row["kind"] or SEVERAL
        return Place(arm=row["arm"], kind=kind, service=self._id(area, row))

    def _id(self, area: Area, row: Mapping[str, Any]) -> str:
        """Of several services as one too: tables part services otherwise, and only the same people have one id."""
        return f"{area.id}-{'+'.join(sorted(row['services']))}"

    def _left_out(self) -> Mapping[str, Submitted] | None:
        tables = self._tables(("left_out",))
        if not tables:
            return None
        found: dict[str, Submitted] = {}
        for _area, table in tables:
            for row in table["rows"]:
                cell = from_data(Submitted, row["cell"])
                found[row["language"]] = found.get(row["language"], Submitted()).merge(cell)
        return found

    def _respondent(self, asked: Asked) -> RespondentSums:
        who = asked.respondent
        return RespondentSums(
            respondent=who,
            measures=tuple(self._measure(measure, versions, who) for measure, versions in asked.measures),
            memories=tuple((one, self._of_question("memory", who, one, Grouped)) for one in asked.memories),
            outcomes=tuple(
                (one, wave, self._cells(("outcome", who, *outcome_key(one), wave), Split, one.sources))
                for one, wave in asked.outcomes
                if self._tables(("outcome", who, *outcome_key(one), wave), one.sources)
            ),
            feedback=tuple((one, self._of_question("feedback", who, one, Moments)) for one in asked.feedback),
            choices=tuple(self._choice(one, who) for one in asked.choices),
        )

    def _of_question(self, sort: str, who: str, one: Averaged, kind: type[S]) -> Cells[S]:
        return self._cells((sort, who, *question_key(one.question)), kind, one.question.sources)

    def _measure(self, measure: Measure, versions: tuple[str, ...], who: str) -> MeasureSums:
        of = (who, *measure_key(measure))
        waves = [wave for wave in measure.waves if self._tables(("took_part", *of, wave), measure.sources)]
        return HandedMeasure(
            measure=measure,
            versions=versions,
            answered={wave: self._cells(("took_part", *of, wave), Count, measure.sources) for wave in waves},
            changes=self._cells(("change", *of), ChangeSummary, measure.sources),
            frequencies={},
            start=Moments(),
            items=ItemSums(),
            judged=self._judged(of, measure),
        )

    def _judged(self, of: Key, measure: Measure) -> Cells[ReliableSummary]:
        """Reliable change of the arms where it is that of all whose change is known: else the two would not agree."""
        judged = self._cells(("reliable", *of), ReliableSummary, measure.sources)
        changes = self._cells(("change", *of), ChangeSummary, measure.sources)
        people: dict[tuple[str, str | None], int] = {}
        for place, cell in changes.items():
            people[place.arm, place.kind] = people.get((place.arm, place.kind), 0) + cell.start.n
        for place, found in judged.items():
            people[place.arm, place.kind] = people.get((place.arm, place.kind), 0) - sum(found.counts)
        unlike = {arm for (arm, _kind), n in people.items() if n}
        return {place: found for place, found in judged.items() if place.arm not in unlike}

    def _choice(self, one: Chosen, who: str) -> tuple[Chosen, Cells[Choices]]:
        """Of the answers that every area tells apart; where everybody chose one, all others are one answer."""
        single = one.sort != "several"
        tables = self._tables(("choice", who, *question_key(one.question)), one.question.sources)
        tables = [(area, table) for area, table in tables if table["rows"]]
        told = [o for o in one.options if all(o.value in table["answers"] for _area, table in tables)]
        cells: dict[Place, Choices] = {}
        for area, table in tables:
            at = [table["answers"].index(option.value) for option in told]
            for row in table["rows"]:
                cell = from_data(Choices, row["cell"])
                chosen = [cell.chosen[n] for n in at]
                rest = [cell.n - sum(chosen)] if single else []
                cells[self._place(area, row)] = Choices(one=single, n=cell.n, chosen=(*chosen, *rest))
        if single and not any(cell.chosen[-1] for cell in cells.values()):
            cells = {place: replace(cell, chosen=cell.chosen[:-1]) for place, cell in cells.items()}
            return replace(one, options=tuple(told)), cells
        others = (Option(value=OTHERS, label=OTHER_ANSWERS),) if single else ()
        return replace(one, options=(*told, *others)), dict(sorted(cells.items()))

    # --- the library -----------------------------------------------------------------------------------------------

    def _library(self) -> Library:
        first = self.areas[0]
        kinds = {id: title for area in reversed(self.areas) for id, title in area.kinds.items()}
        languages = list(first.site["languages"])
        services = [service for area in self.areas for service in self._services(area)]
        waves = {id: wave for area in reversed(self.areas) for id, wave in area.site["waves"].items()}
        name = {tag: ", ".join(_said(area.name, tag) for area in self.areas) for tag in languages}
        return Library(
            site=Site(
                organisation=Organisation(name=name, email=""),
                title=name,
                welcome={},
                languages=tuple(languages),
                required_languages=tuple(languages),
                language_names={t: n for area in reversed(self.areas) for t, n in area.site["language_names"].items()},
                address="",
                time_zone=first.site["time_zone"],
                waves={id: from_data(Wave, waves[id]) for area in self.areas for id in area.site["waves"]},
                who_sees={},
                notices={},
            ),
            services=Services(
                kinds=kinds | ({SEVERAL: SEVERAL_KINDS} if any(s.kind == SEVERAL for s in services) else {}),
                providers={area.id: Provider(name=_said(area.name, languages[0])) for area in self.areas},
                services=tuple(services),
            ),
            instruments={key: one for area in reversed(self.areas) for key, one in area.instruments.items()},
        )

    def _services(self, area: Area) -> Iterator[Service]:
        """One for each row that there is in any table: a service, or several as one."""
        rows = {self._id(area, row): row for t in area.tables for row in t["rows"] if "services" in row}
        for id, row in sorted(rows.items()):
            own = [area.services[one] for one in sorted(row["services"])]
            yield Service(
                id=id,
                title={t: f"{_said(area.name, t)}: {', '.join(_said(o['title'], t) for o in own)}" for t in area.name},
                kind=row["kind"] or SEVERAL,
                provider=area.id,
                sourcing="own",
                buyer=_said(area.name, ""),
                municipality=_said(area.name, ""),
                arm=row["arm"],
                length_days=1,
                number_prefix="",
                instruments=tuple(sorted({key for one in own for key in one["instruments"]})),
            )

    # --- what is lacking -------------------------------------------------------------------------------------------

    def _lacking(self, plan: Plan) -> Iterator[Lack]:
        names = dict(self._subjects(plan))
        for area in self.areas:
            sorts: dict[str, list[Text]] = {}
            for table in area.tables:
                of, title = tuple(table["table"]), names.get(_subject(table["table"]))
                if title is None:
                    continue
                if of[0] == "unjudged":
                    sorts.setdefault(UNJUDGED, []).append(title)
                elif table["lacking"]:
                    sorts.setdefault(PARTLY if table["rows"] else NOT_HANDED_OVER, []).append(title)
            there = {_subject(table["table"]) for table in area.tables}
            sorts[NOT_ASKED] = [title for of, title in names.items() if of not in there and of[0] == "change"]
            for sentence in (NOT_HANDED_OVER, PARTLY, UNJUDGED, NOT_ASKED):
                if sorts.get(sentence):
                    yield Lack(sentence=sentence, area=area.name, subjects=tuple(sorts[sentence]))
            # Measures have the same groups.
            if n := max((sum(row.get("joined", 0) for row in t["rows"]) for t in area.tables), default=0):
                yield Lack(sentence=JOINED, area=area.name, numbers={"mean": area.policy.minimum_mean, "n": n})
        if missing := tuple(self._not_judged(plan)):
            yield Lack(sentence=NOT_JUDGED, subjects=missing)
        if fewer := tuple(title for of, title in names.items() if of[0] == "choice" and self._differ(of)):
            yield Lack(sentence=FEWER_ANSWERS, subjects=fewer)
        yield Lack(sentence=IN_NO_FILE)

    def _not_judged(self, plan: Plan) -> Iterator[Text]:
        for asked in plan.asked:
            for measure, _versions in asked.measures:
                of = (asked.respondent, *measure_key(measure))
                handed = self._cells(("reliable", *of), ReliableSummary, measure.sources)
                if len(handed) > len(self._judged(of, measure)):
                    yield measure.definition.title

    def _differ(self, of: Key) -> bool:
        """Whether areas tell different answers of a question apart."""
        return len({tuple(table["answers"]) for _area, table in self._tables(of) if table["rows"]}) > 1

    def _subjects(self, plan: Plan) -> Iterator[tuple[Key, Text]]:
        yield ("invited",), INVITED
        yield ("left_out",), LEFT_OUT
        yield ("answered",), ANSWERED
        yield ("late",), LATE
        for asked in plan.asked:
            who = asked.respondent
            for measure, _versions in asked.measures:
                yield ("change", who, *measure_key(measure)), measure.definition.title
            for one in asked.memories:
                yield ("memory", who, *question_key(one.question)), one.question.title
            for outcome, wave in asked.outcomes:
                yield ("outcome", who, *outcome_key(outcome), wave), outcome.item.text
            for one in asked.feedback:
                yield ("feedback", who, *question_key(one.question)), one.question.title
            for chosen in asked.choices:
                yield ("choice", who, *question_key(chosen.question)), chosen.question.title


def _subject(of: Sequence[object]) -> Key:
    """What a table is about: of a measure its change and who took part are one."""
    sort, *rest = of
    if sort in ("answered", "late"):
        return (sort,)
    return ("change", *rest[:3]) if sort in ("took_part", "reliable", "unjudged") else (sort, *rest)


@dataclass(frozen=True, kw_only=True)
class HandedMeasure(MeasureSums):
    """A measure as it was handed over: judged where it was asked, by a reference."""

    judged: Cells[ReliableSummary]

    @property
    def reliable(self) -> Cells[ReliableSummary]:
        return {} if isinstance(self.basis, str) else self.judged


def _named(cell: S, service: str) -> S:
    """With names of groups that no other service has."""
    if isinstance(cell, ChangeSummary):
        return cast(S, replace(cell, change=_named(cell.change, service)))
    if isinstance(cell, Grouped):
        return cast(S, replace(cell, groups={f"{service}/{name}": part for name, part in cell.groups.items()}))
    return cell


def _said(text: Text, language: str) -> str:
    return text.get(language) or next(iter(text.values()))
