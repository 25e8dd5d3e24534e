"""The rows of a list that somebody is looking through: each as it would be stored, or with what is wrong in it, to be
mended on the page."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from collector import inviting, leaving, lists
from collector.desk.columns import CHOSEN, COLUMNS, Kind
from collector.desk.handing import language_name
from collector.desk.participations import REASONS
from collector.desk.typed import Typed
from collector.desk.visit import Visit
from collector.inviting import NO_GROUP, NO_GROUPS, NO_LANGUAGE, NO_SERVICE, SEVERAL_SERVICES, WHICH_GROUP, Names, Plan
from collector.leaving import NO_REASON, WHICH_REASON
from collector.lists import Row, Table
from collector.participations import Exit, InviteError, written
from survey.frozen import dataclass
from survey.marking import _
from survey.model import Group
from survey.phrases import Phrase, Words, said
from survey.redaction import Known

GROUP = _("{group} ({start}–{end})")
NO_GROUP_NAME = _("No group")
FROM_GROUP = _("{day} (the group's)")
ON_THIS_DAY = _("{day} (today)")
BY_LENGTH = _("{day} (by the length of the service)")
LEFT_ALREADY = _("{reason} (stored before: {day})")
EXAMPLE = _("Example: leave this row out")
EXAMPLE_ROW = _("This is the example row of the template. Leave it out.")
SHORTER: Mapping[str, str] = {
    NO_SERVICE: _("There is no service “{service}”. Choose which one is meant."),
    SEVERAL_SERVICES: _("Several services are called “{service}”. Choose which one is meant."),
    NO_GROUP: _("The service has no group “{group}”. Choose which one is meant."),
    NO_GROUPS: _("The service has no groups, and here stands “{group}”."),
    WHICH_GROUP: _("The service has several groups. Choose one."),
    NO_LANGUAGE: _("The site is not in “{language}”. Choose a language that the person reads."),
    NO_REASON: _("“{reason}” is no reason that is known. Choose one."),
    WHICH_REASON: _("The reason is missing. Choose one."),
}
"""Problems beside a list to choose from need not name all that it has."""


class UnderWay:
    """A list that somebody is looking through: what came, what its columns are, and what was mended. It is used once,
    and holds no rows from then on."""

    def __init__(self, *, kind: Kind, name: str, table: Table, place: str, came: datetime) -> None:
        self.lock = threading.Lock()
        self.kind = kind
        self.name = name
        self.came = came
        self.as_it_came = table
        self.table = table
        """The list, with its first row as a row like the others where somebody said so."""
        self.place = place
        """The service, or service/group, of rows that name none."""
        self.meanings: tuple[str, ...] = ()
        """For each column the id of ours; empty where it is not brought in."""
        self.mended: dict[int, dict[str, str]] = {}
        self.left_out: set[int] = set()
        self.same = hash(tuple(tuple(row.cells.items()) for row in table.rows))
        """The same for lists with the same rows."""
        self.led = ""
        """The path to which sending it led, below the language's own; empty before."""
        self.at: datetime | None = None

    def rows(self) -> list[Row]:
        """The rows with the columns that are brought in, as they were mended; without those that were left out."""
        meant = [(heading, id) for heading, id in zip(self.table.headings, self.meanings, strict=True) if id]
        found = []
        for row in self.table.rows:
            if row.line not in self.left_out:
                cells = {id: row.cells.get(heading, "") for heading, id in meant}
                found.append(Row(line=row.line, cells={**cells, **self.mended.get(row.line, {})}))
        return found

    def taken(self, *, first: bool) -> Table:
        """The list with its first row as one like the others, or as it came."""
        return lists.unheaded(self.as_it_came) if first and self.as_it_came.headed else self.as_it_came

    def used(self, led: str, *, at: datetime) -> None:
        """Marks it as used and forgets its rows."""
        self.led, self.at = led, at
        self.table = self.as_it_came = Table(headings=(), rows=(), delimiter="")
        self.meanings, self.mended, self.left_out = (), {}, set()


@dataclass(frozen=True, kw_only=True)
class Field:
    """A cell with a problem, to be mended: in a list to choose from where there are `options`. `others` are the rows
    with the same text in it, which can be mended the same way."""

    name: str
    column: str
    label: str
    text: str
    problem: Words
    options: Sequence[tuple[str, str]] = ()
    others: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row as it would be stored, by column; with fields where it has problems."""

    number: int
    cells: Mapping[str, str]
    fields: Sequence[Field] = ()


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A list that was looked through: its lines in the order of the file, and what would be stored."""

    lines: Sequence[Line]
    plans: Mapping[int, Plan] = dataclasses.field(default_factory=dict)
    exits: Sequence[Exit] = ()

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.fields]

    @property
    def right(self) -> list[Line]:
        return [line for line in self.lines if not line.fields]


def look_through(visit: Visit, under: UnderWay) -> Looked:
    """Every row as it would be stored, or with what is wrong."""
    return _people(visit, under) if under.kind == "people" else _exits(visit, under)


def _people(visit: Visit, under: UnderWay) -> Looked:
    library = visit.bundle.library
    service, _slash, group = under.place.partition("/")
    found = inviting.looked_through(
        library, under.rows(), service=service or None, group=group or None, today=visit.today
    )
    examples = {visit.desk.messages[language][EXAMPLE] for language in visit.desk.messages}
    names = Names(library)
    problems = {
        one.row.line: {
            **one.problems,
            **({"reference": said(EXAMPLE_ROW)} if one.row.text("reference") in examples else {}),
        }
        for one in found
    }
    groups = {one.row.line: _groups(visit, names, one.row, service) for one in found if "group" in one.problems}
    services = [(one.id, visit.text(one.title)) for one in names.services if not one.open]
    languages = [(tag, language_name(visit, tag)) for tag in names.languages]
    fields = _fields(
        visit, under, problems, [one.row for one in found], {"service": services, "language": languages}, groups
    )
    lines = [
        Line(number=one.row.line, cells=_planned(visit, one), fields=fields.get(one.row.line, ())) for one in found
    ]
    return Looked(lines=lines, plans=inviting.plans_of(found))


def _groups(visit: Visit, names: Names, row: Row, given: str) -> list[tuple[str, str]]:
    """The groups to choose from in a row whose service is known."""
    named = row.text("service") or given
    service = names.service(named) if named else names.of_group(row.text("group"))
    listed = [(each.id, visit.say(GROUP, **spelled(each))) for each in service.groups] if service else []
    return listed or [(inviting.NONE[0], visit.say(NO_GROUP_NAME))]


def _planned(visit: Visit, one: inviting.Looked) -> dict[str, str]:
    """The cells of a row as they would be stored, else as they came."""
    if one.plan is None:
        return {id: one.row.text(id) for id in inviting.COLUMNS}
    plan, row = one.plan, one.row
    start = FROM_GROUP if plan.group else ON_THIS_DAY
    end = FROM_GROUP if plan.group else BY_LENGTH
    return {
        "service": visit.text(plan.service.title),
        "group": plan.group or "",
        "start": written(plan.start) if row.text("start") else visit.say(start, day=written(plan.start)),
        "end": written(plan.end) if row.text("end") else visit.say(end, day=written(plan.end)),
        "person": plan.person or "",
        "language": language_name(visit, plan.language) if plan.language else "",
        "reference": plan.reference,
    }


def _exits(visit: Visit, under: UnderWay) -> Looked:
    found = leaving.looked_through(visit.store, under.rows(), today=visit.today)
    reasons = [(id, visit.say(name)) for id, name in REASONS.items()]
    problems = {one.row.line: one.problems for one in found}
    fields = _fields(visit, under, problems, [one.row for one in found], {"reason": reasons}, {})
    lines = [Line(number=one.row.line, cells=_left(visit, one), fields=fields.get(one.row.line, ())) for one in found]
    return Looked(lines=lines, exits=[one.exit for one in found if one.exit is not None])


def _left(visit: Visit, one: leaving.Looked) -> dict[str, str]:
    who = one.participation
    cells = {id: one.row.text(id) for id in leaving.COLUMNS}
    cells["service"] = visit.service_title(who.service) if who is not None else ""
    if one.exit is None or who is None:
        return cells
    day = written(date.fromisoformat(one.exit.end))
    reason = visit.say(REASONS[one.exit.reason])
    cells["number"] = who.number
    cells["end"] = day if one.row.text("end") else visit.say(ON_THIS_DAY, day=day)
    cells["reason"] = visit.say(LEFT_ALREADY, reason=reason, day=written(who.end_date)) if who.end else reason
    return cells


def _fields(
    visit: Visit,
    under: UnderWay,
    problems: Mapping[int, Mapping[str, Words]],
    rows: Sequence[Row],
    options: Mapping[str, Sequence[tuple[str, str]]],
    groups: Mapping[int, Sequence[tuple[str, str]]],
) -> dict[int, list[Field]]:
    """The fields of rows with problems, by row, in the order of the columns."""
    labels = {one.id: visit.say(one.name) for one in COLUMNS[under.kind]}
    same: dict[tuple[str, str, str], list[int]] = {}
    for row in rows:
        for id in problems[row.line]:
            if id in CHOSEN:
                same.setdefault(_sameness(row, id), []).append(row.line)
    found: dict[int, list[Field]] = {}
    for row in rows:
        for id in (id for id in labels if id in problems[row.line]):
            alike = same.get(_sameness(row, id), [])
            field = Field(
                name=f"r{row.line}-{id}",
                column=id,
                label=labels[id],
                text=row.text(id),
                problem=_shorter(problems[row.line][id]),
                options=groups.get(row.line, ()) if id == "group" else options.get(id, ()),
                others=alike[1:] if alike and alike[0] == row.line else (),
            )
            found.setdefault(row.line, []).append(field)
    return found


def _sameness(row: Row, id: str) -> tuple[str, str, str]:
    """The same for rows whose problem in a column is the same."""
    return id, row.text(id), row.text("service") if id == "group" else ""


def _shorter(problem: Words) -> Words:
    if isinstance(problem, Phrase) and problem.message in SHORTER:
        return said(SHORTER[problem.message], **dict(problem.values))
    return problem


def spelled(group: Group) -> dict[str, str]:
    """What a phrase says of a group."""
    start, end = (written(date.fromisoformat(day)) for day in (group.start, group.end))
    return {"group": group.id, "start": start, "end": end}


def mend(form: Typed, under: UnderWay, field: Field, known: Known, done: set[str], refused: dict[str, Words]) -> None:
    """Mends a cell, and those with the same text that were not mended by themselves."""
    text = form.value(field.name, field.text).strip()
    if field.name in done or text == field.text or (field.options and not text):
        return
    try:
        lists.refuse_person(text, known)
    except InviteError as error:
        refused[field.name] = error.sentences[0]
        return
    lines = [int(field.name[1:].partition("-")[0])]
    if form.value(f"{field.name}-same"):
        lines += [
            line for line in field.others if form.value(f"r{line}-{field.column}", field.text) in ("", field.text)
        ]
    for line in lines:
        under.mended.setdefault(line, {})[field.column] = text
        done.add(f"r{line}-{field.column}")
