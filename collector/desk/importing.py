"""Bringing in lists: people to invite, and exits. A list is read, its columns are matched, every row is looked through,
and what is wrong is mended on the page. Nothing is stored before all rows are in order and the last button is pressed.

What is under way is kept in mind under a token in the address, for an hour and for whoever brought it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from collector import inviting, lists, participations
from collector.desk import columns, handing, rows
from collector.desk.columns import COLUMNS, KINDS, NEEDED, Kind
from collector.desk.handing import language_name
from collector.desk.participations import REASONS, leave
from collector.desk.rows import EXAMPLE, Line, Looked, UnderWay, look_through, spelled
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.desk.works import File
from collector.inviting import IN_ROW, Names
from collector.lists import Table
from collector.participations import Exit, InviteError
from survey import codes, redaction
from survey.locales import format_time
from survey.marking import _
from survey.model import Service
from survey.phrases import Phrase, Words, said

FIRST_VALUES = 3
LONGEST_VALUE = 40
AT_ONCE = 50
"""Rows with problems that are mended on one page."""
PER_PAGE = 200
"""Rows in order that are shown on one page."""
LISTED = 10
"""Problems that the top of the page names."""

TITLE = _("Bring in a list")
MATCH = _("What are the columns?")
CHECK = _("Look through the rows")
PLACE = _("{service}: {group} ({start}–{end})")
NOTHING_GIVEN = _("Choose a file, or paste the rows below.")
BOTH_GIVEN = _("A file was chosen and rows were pasted. Give one of them.")
NOT_TAKEN = _("The list was not taken, and nothing of it was kept. Mend it and send it again.")
TWICE_CHOSEN = _("Two columns are chosen to be “{column}”. Choose one of them, and “not brought in” for the other.")
COLUMN_NEEDED = _("No column is chosen to be “{column}”. Choose which one it is.")
WHICH_PLACE = _("The list has no column of services or groups. Choose here what they are invited to.")
NO_PSEUDONYMS = _(
    "These were not made by 'mittari pseudonym': row {rows}. Choose “not brought in”, or make pseudonyms of them "
    "first. A client number is never stored."
)
SENT = _("A list with the same rows was sent at {time} already. Send this one only if it is of other people.")
SENT_BY_ANOTHER = _(
    "A list with the same rows was sent by somebody else at this desk at {time}. Send this one only if it is of other "
    "people."
)
WITH_ANOTHER = _(
    "A list with the same rows was brought in by somebody else at this desk at {time}, and is not sent yet. Agree who "
    "sends it."
)
IN_ORDER = _("All rows are in order.")
STORED = _("Exits stored: {count}. What is asked at the end is open to them from now on.")
GONE = _("This list is no longer known")
GONE_TEXT = _("Lists are kept in mind for an hour and stored nowhere. Nothing was done. Bring the list in once more.")
USED = _("This list was sent already")
USED_TEXT = _("What it asked for was done once, and is not done again. Bring in another list for other people.")
FILES: Mapping[Kind, str] = {"people": _("people-to-invite"), "exits": _("exits")}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# --- the list comes -------------------------------------------------------------------------------


def first(visit: Visit, form: Typed | None = None, refusals: Sequence[Words] = ()) -> Response:
    """Where a list is given: a file, or rows that were copied from a spreadsheet."""
    form = form or Typed({name: [value] for name, value in visit.asked.items()})
    services = [one for one in visit.bundle.library.services.services if not one.open]
    about = {"reasons": tuple(said(name) for name in REASONS.values()), **_example_place(visit, services)}
    return visit.page(
        "import.html.j2",
        title=visit.say(TITLE),
        status=200 if form.ok else 422,
        form=form,
        refusals=refusals,
        places=_places(visit),
        columns={
            kind: [(visit.say(one.name), visit.say(one.help, **about)) for one in COLUMNS[kind]] for kind in KINDS
        },
    )


def _example_place(visit: Visit, services: Sequence[Service]) -> dict[str, str]:
    """A service, a group and a language of the area's own, for help and templates."""
    language = language_name(visit, visit.bundle.library.site.languages[-1])
    grouped = [one for one in services if one.groups] or services
    if not grouped:
        return {"service": "–", "prefix": "–", "group": "–", "language": language}
    one = grouped[0]
    group = one.groups[-1].id if one.groups else ""
    title = visit.text(one.title)
    return {"service": title, "prefix": one.number_prefix, "group": group or "–", "language": language}


def _places(visit: Visit) -> list[tuple[str, str]]:
    """What rows that name no service are invited to: `service/group`, or `service` where that has no groups."""
    found: list[tuple[str, str]] = []
    for service in visit.bundle.library.services.services:
        title = visit.text(service.title)
        if not service.groups and not service.open:
            found.append((service.id, title))
        for group in service.groups if not service.open else ():
            found.append((f"{service.id}/{group.id}", visit.say(PLACE, service=title, **spelled(group))))
    return found


def take(visit: Visit) -> Response:
    """Reads a list. One that cannot be used, or tells who somebody is, is not kept."""
    form = visit.typed
    kind = next((one for one in KINDS if one == form.choice("kind", KINDS)), KINDS[0])
    place = form.choice("place", [id for id, _label in _places(visit)], needed=False)
    upload, text = visit.request.files.get("file"), form.value("pasted")
    name = upload.filename or "" if upload is not None else ""
    if name and text.strip():
        form.wrong("pasted", said(BOTH_GIVEN))
    elif not name and not text.strip():
        form.wrong("file", said(NOTHING_GIVEN))
    if not form.ok:
        return first(visit, form)
    library = visit.bundle.library
    values = columns.values(Names(library))
    try:
        given = upload.read() if upload is not None and name else None
        table = lists.pasted(text, values=values) if given is None else lists.read(given, values=values)
        lists.refuse_people(table, redaction.known(library))
    except InviteError as error:
        form.wrong("file" if name else "pasted", said(NOT_TAKEN))
        return first(visit, form, error.sentences)
    under = UnderWay(kind=kind, name=name, table=table, place=place, came=visit.moment)
    token = visit.desk.memory.put(visit.person.login, under)
    visit.log("list", kind, rows=len(table.rows))
    return visit.go(f"import/{token}")


def _of(view: Callable[[Visit, str, UnderWay], Response]) -> Callable[..., Response]:
    """A view of a list under way. One that was sent already is not opened again."""

    def found(visit: Visit, token: str) -> Response:
        # Looking through a list does nothing yet: its log is written when it comes, and when it is sent.
        visit.logged = True
        under = visit.desk.memory.get(visit.person.login, token, UnderWay)
        if under is None:
            return visit.message(410, said(GONE), said(GONE_TEXT), back="import")
        if under.led and view is not send:
            return visit.message(409, said(USED), said(USED_TEXT), back=under.led)
        return view(visit, token, under)

    return found


# --- its columns ----------------------------------------------------------------------------------


def match_page(visit: Visit, token: str, under: UnderWay, form: Typed | None = None) -> Response:
    """Each column with its first values, and what it is taken for."""
    meanings = under.meanings or columns.guessed(under.table, under.kind, Names(visit.bundle.library))
    known = {f"c{at}": [meaning] for at, meaning in enumerate(meanings)}
    in_doubt = columns.is_in_doubt(under.as_it_came)
    if in_doubt and (not under.table.headed or (not under.meanings and columns.is_likely_a_row(under.as_it_came))):
        known["first"] = ["1"]
    form = form or Typed({**known, "place": [under.place]})
    return visit.page(
        "import-match.html.j2",
        title=visit.say(MATCH),
        status=200 if form.ok else 422,
        form=form,
        under=under,
        heads=[
            (f"c{at}", heading, _first_values(under.table, heading)) for at, heading in enumerate(under.table.headings)
        ],
        options=[(one.id, visit.say(one.name)) for one in COLUMNS[under.kind]],
        places=_places(visit),
        count=len(under.table.rows),
        in_doubt=in_doubt,
    )


def _first_values(table: Table, heading: str) -> list[str]:
    values = list(dict.fromkeys(text for row in table.rows if (text := " ".join(row.text(heading).split()))))
    return [text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…" for text in values[:FIRST_VALUES]]


def match(visit: Visit, token: str, under: UnderWay) -> Response:
    """Takes down what the columns are."""
    form = visit.typed
    known = columns.columns(under.kind)
    table = under.taken(first=bool(form.value("first")) and columns.is_in_doubt(under.as_it_came))
    meanings = tuple(form.choice(f"c{at}", known, needed=False) for at in range(len(table.headings)))
    place = form.choice("place", [id for id, _label in _places(visit)], needed=False)
    _refuse_meanings(form, under.kind, table, meanings, place)
    if not form.ok:
        return match_page(visit, token, under, form)
    with under.lock:
        if meanings != under.meanings or table.headed != under.table.headed:
            under.mended, under.left_out = {}, set()
        under.table, under.meanings, under.place = table, meanings, place
    return visit.go(f"import/{token}/check")


def _refuse_meanings(form: Typed, kind: Kind, table: Table, meanings: Sequence[str], place: str) -> None:
    names = {one.id: said(one.name) for one in COLUMNS[kind]}
    for at, meaning in enumerate(meanings):
        if meaning and meaning in meanings[:at]:
            form.wrong(f"c{at}", said(TWICE_CHOSEN, column=names[meaning]))
    for id in NEEDED[kind]:
        if id not in meanings:
            form.wrong("c0", said(COLUMN_NEEDED, column=names[id]))
    if kind == "people" and not place and not {"service", "group"} & set(meanings):
        form.wrong("place", said(WHICH_PLACE))
    if "person" in meanings:
        at = meanings.index("person")
        filled = [row for row in table.rows if row.text(table.headings[at])]
        if filled and not any(codes.is_person(row.text(table.headings[at])) for row in filled):
            form.wrong(f"c{at}", said(NO_PSEUDONYMS, rows=lists.first_of([row.line for row in filled])))


# --- its rows -------------------------------------------------------------------------------------


def check_page(
    visit: Visit, token: str, under: UnderWay, *, status: int = 200, refused: Mapping[str, Words] | None = None
) -> Response:
    """Every row as it would be stored; those with problems first, each to be mended here."""
    if not under.meanings:
        return visit.go(f"import/{token}")
    looked = look_through(visit, under)
    wrong, right = looked.wrong, looked.right
    form, listed = _forms(wrong[:AT_ONCE], refused or {})
    shown = _shown_columns(under)
    pages = max(1, -(-len(right) // PER_PAGE))
    page = min(max(int(text) if re.fullmatch(r"\d{1,5}", text := visit.asked.get("page", "")) else 1, 1), pages)
    names = {one.id: visit.say(one.name) for one in COLUMNS[under.kind]}
    names["service"] = visit.say(_("Service"))
    return visit.page(
        "import-check.html.j2",
        title=visit.say(CHECK),
        status=status,
        form=form,
        listed=listed,
        under=under,
        token_of_list=token,
        wrong=wrong[:AT_ONCE],
        wrong_count=len(wrong),
        count=len(looked.lines),
        heads=[visit.say(_("Row")), *(names[id] for id in shown)],
        rows=[
            [str(line.number), *(line.cells[id] for id in shown)]
            for line in right[(page - 1) * PER_PAGE : page * PER_PAGE]
        ],
        names={id: names[id] for id in shown},
        right_count=len(right),
        before=page - 1,
        after=page + 1 if page < pages else 0,
        left_out=sorted(under.left_out),
        earlier=_earlier(visit, under),
        again=said(inviting.THERE_ALREADY, rows=lists.first_of(again)) if (again := _again(visit, looked)) else None,
    )


def _forms(wrong: Sequence[Line], refused: Mapping[str, Words]) -> tuple[Typed, Typed]:
    """The form of the rows to mend, and what the top of the page lists of it, by rows."""
    form, listed = Typed(), Typed()
    for line in wrong:
        for field in line.fields:
            problem = refused.get(field.name, field.problem)
            form.wrong(field.name, problem)
            form.fields[field.name] = ["" if field.name in refused else field.text]
            form.fields[f"{field.name}-same"] = ["1"]
            if len(listed.problems) < LISTED:
                listed.wrong(field.name, said(IN_ROW, row=line.number, problem=problem))
    return form, listed


def _shown_columns(under: UnderWay) -> list[str]:
    """The columns that a page of rows has: those that were brought in, and those that get a value anyway."""
    if under.kind == "exits":
        return ["number", "service", "end", "reason"]
    return [id for id in inviting.COLUMNS if id in under.meanings or id in ("service", "group", "start", "end")]


def _earlier(visit: Visit, under: UnderWay) -> Phrase | None:
    """That a list with the same rows was sent from this desk in the last hour, or is being looked through by somebody
    else. It is not said by whom."""
    zone = ZoneInfo(visit.bundle.library.site.time_zone)
    memory, login = visit.desk.memory, visit.person.login
    own, others = memory.every(login, UnderWay), memory.others(login, UnderWay)
    for caution, known, sent in ((SENT, own, True), (SENT_BY_ANOTHER, others, True), (WITH_ANOTHER, others, False)):
        for other in known:
            if other.same == under.same and other.kind == under.kind and (other.at is not None) == sent:
                moment = other.at or other.came
                return said(caution, time=format_time(moment.astimezone(zone).time(), visit.language))
    return None


def _again(visit: Visit, looked: Looked) -> list[int]:
    """The rows whose person was invited to the same before and is there still."""
    return inviting.there_already(looked.plans, participations.everyone(visit.store), today=visit.today)


def mend(visit: Visit, token: str, under: UnderWay) -> Response:
    """Takes down what was mended on the page, and looks through the rows again."""
    if not under.meanings:
        return visit.go(f"import/{token}")
    form, refused = visit.typed, dict[str, Words]()
    with under.lock:
        if form.value("back"):
            under.left_out.clear()
        fields = [field for line in look_through(visit, under).wrong for field in line.fields]
        known = redaction.known(visit.bundle.library)
        done: set[str] = set()
        for field in fields:
            rows.mend(form, under, field, known, done, refused)
        under.left_out |= {row.line for row in under.table.rows if form.value(f"r{row.line}-out")}
        if form.value("again"):
            under.left_out |= {*_again(visit, look_through(visit, under))}
    looked = look_through(visit, under)
    if looked.wrong:
        return check_page(visit, token, under, status=422, refused=refused)
    return visit.go(f"import/{token}/check", said(IN_ORDER))


# --- sent -----------------------------------------------------------------------------------------


def send(visit: Visit, token: str, under: UnderWay) -> Response:
    """Invites everybody on a list, or stores its exits: once, however often it is sent."""
    if not under.led and not under.meanings:
        return visit.go(f"import/{token}")
    with under.lock:
        if not under.led:
            looked = look_through(visit, under)
            if looked.wrong or not looked.lines:
                return check_page(visit, token, under, status=422)
            visit.logged = False
            response = (
                handing.invite(visit, [*looked.plans.values()])
                if under.kind == "people"
                else _leave(visit, looked.exits)
            )
            led = response.headers["Location"].removeprefix(f"/{visit.language}/")
            under.used(led, at=visit.moment)
    return Response(status=303, headers={"Location": visit.to(under.led)})


def _leave(visit: Visit, exits: Sequence[Exit]) -> Response:
    leave(visit, exits)
    return visit.go("participations", said(STORED, count=len(exits)))


# --- templates ------------------------------------------------------------------------------------


def template(visit: Visit, name: str) -> Response:
    """A list to fill in, with headings in the language of the page and an example row."""
    stem, _dot, ending = name.partition(".")
    kind = next((one for one in KINDS if one == stem), None)
    if kind is None or ending not in ("xlsx", "csv"):
        raise NotFound
    lines: list[list[str | date]] = [[visit.say(one.name) for one in COLUMNS[kind]], _example(visit, kind)]
    title = visit.say(FILES[kind])
    content = lists.as_csv(lines) if ending == "csv" else lists.as_workbook(title, lines)
    mimetype = "text/csv" if ending == "csv" else XLSX
    return visit.file(File(name=f"{title}.{ending}", mimetype=mimetype, content=content))


def _example(visit: Visit, kind: Kind) -> list[str | date]:
    if kind == "exits":
        prefixes = [one.number_prefix for one in visit.bundle.library.services.services] or ["JT"]
        return [f"{prefixes[0]}-{visit.today.year}-000", visit.today, visit.say(REASONS["work"])]
    services = [one for one in visit.bundle.library.services.services if not one.open]
    service = next((one for one in services if one.groups), services[0] if services else None)
    if service is None:
        return ["", "", "", "", "", "", visit.say(EXAMPLE)]
    if not service.groups:
        return [visit.text(service.title), "", visit.today, "", "", "", visit.say(EXAMPLE)]
    group = service.groups[-1]
    days = [date.fromisoformat(day) for day in (group.start, group.end)]
    return [visit.text(service.title), group.id, *days, "", "", visit.say(EXAMPLE)]


PLACES = (
    Place(path="import", view=first, area="participations"),
    Place(path="import", view=take, area="participations", method="POST"),
    Place(path="import/template/<name>", view=template, area="participations"),
    Place(path="import/<token>", view=_of(match_page), area="participations"),
    Place(path="import/<token>", view=_of(match), area="participations", method="POST"),
    Place(path="import/<token>/check", view=_of(check_page), area="participations"),
    Place(path="import/<token>/check", view=_of(mend), area="participations", method="POST"),
    Place(path="import/<token>/send", view=_of(send), area="participations", method="POST"),
)
