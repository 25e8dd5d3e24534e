"""The first page: what an ordinary working day asks for, by who one is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal, get_args

from werkzeug.wrappers import Response

from collector import counting
from collector.counting import DueRow
from collector.desk.alarms import may_see
from collector.desk.participations import NO_GROUP
from collector.desk.people import Area
from collector.desk.visit import Place, Visit
from collector.participations import everyone, written
from survey import pages, schedule, timetable
from survey.frozen import dataclass
from survey.marking import _
from survey.model import Respondent, Service
from survey.records import Participation
from survey.schedule import Window

TITLE = _("Today")
CLOSING, COMING, LATER, PAST = (timedelta(days=days) for days in (7, 14, 120, 90))
REMIND = _("Remind ({count})")
INVITED = _("Invited: {count}")
NOBODY_INVITED = _("Nobody is invited yet")
TO_TELL = _("Exits to tell: {count}")
ANSWERED = _("{answered} of {asked}")
PERCENT = _("{percent} %")
ALARMS = _("Alarms that wait for a reply: {count}, of them late: {late}.")
TO_ALARMS = _("To the alarms")
BEGINS, ENDS = _("Begins"), _("Ends")
OWN_DATES = _("Each by their own dates")
RESPONDENTS: Mapping[Respondent, str] = {"client": _("Client"), "coach": _("Coach"), "employer": _("Employer")}
ELSEWHERE: tuple[tuple[Area, str, str, str], ...] = (
    ("alarms", "alarms", _("Alarms and thanks"), _("What clients' answers have raised, and what has been replied.")),
    ("keying", "keying", _("Keying in"), _("Questionnaires that came back on paper.")),
    ("words", "words", _("Open answers"), _("Answers in own words that wait to be read before others see them.")),
    ("rates", "rates", _("Response rates"), _("How many have answered, by service and wave.")),
    ("reports", "results", _("Results"), _("Reports of what has changed.")),
    ("papers", "papers", _("Papers"), _("Instructions and documents to print.")),
    ("requests", "requests", _("What a person asks for"), _("Their own answers, erasing, and what is kept too long.")),
    ("log", "log", _("Log"), _("Who did what at this desk.")),
)
Cell = str | tuple[str, str]


def today(visit: Visit) -> Response:
    """What is due today, for the first of the person's roles that has work of a day."""
    if visit.person.of_area:
        return _planners(visit)
    if "analyst" in visit.person.roles:
        return _analysts(visit)
    if "provider" in visit.person.roles:
        return _coaches(visit)
    return visit.page("today-links.html.j2", title=visit.say(TITLE), day=visit.day(visit.today), links=_links(visit))


def _links(visit: Visit) -> list[tuple[str, str, str]]:
    """What else there is for this person: address, name, and what is found there."""
    return [
        (visit.to(path), visit.say(name), visit.say(about))
        for area, path, name, about in ELSEWHERE
        if visit.person.may(area)
    ]


def _alarms(visit: Visit) -> tuple[str, str, str] | None:
    """How many alarms wait for a reply, with the way to them, as it is known already; None where none is known of."""
    works = visit.desk.works.alarms
    found = works.found(visit.store, visit.bundle, language=visit.language, moment=visit.moment)
    waiting = [one for one in found.rows if one.waits and may_see(visit.person, one)] if found else []
    if not waiting:
        return None
    late = sum(one.state == "overdue" for one in waiting)
    return visit.say(ALARMS, count=len(waiting), late=late), visit.to("alarms"), visit.say(TO_ALARMS)


# --- rows -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Together:
    """A questionnaire of people of a service and group, whatever days each of them has: the first and the last on which
    it opens, and on which it closes, for somebody."""

    service: str
    group: str | None
    instrument: str
    wave: str
    opens: Window
    closes: Window
    asked: int
    answered: int


def _together(rows: Iterable[DueRow], *, by_group: bool = True) -> list[Together]:
    """Rows of the same questionnaire as one."""
    found: dict[tuple[str, str | None, str, str], list[DueRow]] = {}
    for row in rows:
        found.setdefault((row.service, row.group if by_group else None, row.wave, row.instrument), []).append(row)
    return [
        Together(
            service=service,
            group=group,
            instrument=instrument,
            wave=wave,
            opens=Window(min(row.window.first for row in same), max(row.window.first for row in same)),
            closes=Window(min(row.window.last for row in same), max(row.window.last for row in same)),
            asked=sum(row.asked for row in same),
            answered=sum(row.answered for row in same),
        )
        for (service, group, wave, instrument), same in found.items()
    ]


def _days(days: Window) -> str:
    return written(days.first) if days.first == days.last else f"{written(days.first)} – {written(days.last)}"


def _asked_cells(visit: Visit, row: DueRow | Together) -> list[str]:
    return [
        visit.service_title(row.service),
        row.group or "",
        visit.wave_title(row.wave),
        visit.instrument_title(row.instrument),
    ]


def _open_row(visit: Visit, row: Together) -> list[Cell]:
    answered = visit.say(ANSWERED, answered=row.answered, asked=row.asked)
    return [*_asked_cells(visit, row), _days(row.closes), answered]


# --- the planner ----------------------------------------------------------------------------------


def _planners(visit: Visit) -> Response:
    """Who is where, what closes and opens, and what waits to be told."""
    people = [one for one in everyone(visit.store) if not one.revoked]
    if not people:
        return visit.page("today-first.html.j2", title=visit.say(TITLE), day=visit.day(visit.today))
    now, library = visit.today, visit.bundle.library
    rows = counting.due(people, library, done=counting.settled(visit.store), since=now, until=now + COMING)
    open_now = [row for row in rows if now in row.window]
    closing = [row for row in open_now if row.unanswered and row.window.last <= now + CLOSING]
    opening = sorted(_together(row for row in rows if row.window.first > now), key=lambda row: row.opens)
    exits = counting.without_exit(people, today=now)
    return visit.page(
        "today.html.j2",
        title=visit.say(TITLE),
        day=visit.day(now),
        running=sum(one.start_date <= now <= one.end_date for one in people),
        open_count=sum(row.asked for row in open_now),
        unanswered=sum(row.unanswered for row in open_now),
        closing_count=sum(row.unanswered for row in closing),
        exit_count=sum(exits.values()),
        exits=[_exit_row(visit, service, group, count) for (service, group), count in sorted(exits.items(), key=str)],
        closing=[_closing_row(visit, row) for row in closing],
        groups=[row for _day, row in sorted(_group_rows(visit, people))],
        opening=[_opening_row(visit, row) for row in opening],
        open_now=[_open_row(visit, one) for one in _together(open_now)],
        drafts=len(library.drafts),
        alarms=_alarms(visit),
        links=_links(visit),
    )


def _closing_row(visit: Visit, row: DueRow) -> list[Cell]:
    group = f"{row.service}/{row.group}" if row.group else ""
    there = visit.to("reminders", service=row.service, group=group, wave=row.wave)
    return [
        *_asked_cells(visit, row),
        written(row.window.last),
        (visit.say(REMIND, count=row.unanswered), there),
    ]


def _opening_row(visit: Visit, row: Together) -> list[Cell]:
    return [*_asked_cells(visit, row), _days(row.opens), str(row.asked)]


def _exit_row(visit: Visit, service: str, group: str | None, count: int) -> list[Cell]:
    there = visit.to("participations", service=service, group=group or NO_GROUP, state="untold")
    return [visit.service_title(service), group or "", (visit.say(TO_TELL, count=count), there)]


def _group_rows(visit: Visit, people: Sequence[Participation]) -> Iterator[tuple[tuple[str, ...], list[Cell]]]:
    """Groups that begin or end within two weeks, by day."""
    for service in visit.bundle.library.services.services:
        for group in service.groups if not service.open else ():
            count = sum(one.service == service.id and one.group == group.id for one in people)
            invited = visit.say(INVITED, count=count) if count else visit.say(NOBODY_INVITED)
            for what, day in ((BEGINS, group.start), (ENDS, group.end)):
                if visit.today <= date.fromisoformat(day) <= visit.today + COMING:
                    there = visit.to(f"groups/{service.id}/{group.id}")
                    title = visit.text(service.title)
                    when = written(date.fromisoformat(day))
                    yield (day, what, group.id), [(group.id, there), title, visit.say(what), when, invited]


# --- the analyst ----------------------------------------------------------------------------------


def _analysts(visit: Visit) -> Response:
    """What is open, and how many have answered of those whose time ended lately: by service."""
    people, now = list(everyone(visit.store)), visit.today
    rows = counting.due(people, visit.bundle.library, done=counting.settled(visit.store), since=now - PAST, until=now)
    ended = sorted(
        _together((row for row in rows if row.window.last < now), by_group=False), key=lambda row: _place(visit, row)
    )
    return visit.page(
        "today-analyst.html.j2",
        title=visit.say(TITLE),
        day=visit.day(now),
        open_now=[_service_row(visit, one) for one in _together((r for r in rows if now in r.window), by_group=False)],
        ended=[_ended_row(visit, one) for one in ended],
        links=_links(visit),
    )


def _place(visit: Visit, row: Together) -> tuple[int, int, str]:
    """Where a row stands by the order of services.yaml and site.yaml."""
    services = [one.id for one in visit.bundle.library.services.services]
    return services.index(row.service), list(visit.bundle.library.site.waves).index(row.wave), row.instrument


def _service_row(visit: Visit, row: Together) -> list[Cell]:
    service, _group, *rest = _open_row(visit, row)
    return [service, *rest]


def _ended_row(visit: Visit, row: Together) -> list[Cell]:
    service, _group, wave, instrument = _asked_cells(visit, row)
    percent = visit.say(PERCENT, percent=f"{100 * row.answered / row.asked:.0f}")
    return [service, wave, instrument, str(row.asked), str(row.answered), percent]


# --- the coach ------------------------------------------------------------------------------------

When = Literal["open", "coming", "later"]
WHEN: tuple[When, ...] = get_args(When)


def _coaches(visit: Visit) -> Response:
    """Which group answers what, from when until when, in the services of the coach's own provider. There is nothing in
    it of who has answered."""
    library = visit.bundle.library
    own = [one for one in library.services.services if visit.person.sees_provider(one.provider) and not one.open]
    lines = sorted((*_of_groups(visit, own), *_of_own_dates(visit, own)), key=lambda line: line.order)
    provider = library.services.providers.get(visit.person.provider or "")
    return visit.page(
        "today-coach.html.j2",
        title=visit.say(TITLE),
        day=visit.day(visit.today),
        provider=provider.name if provider else "",
        any=bool(own),
        alarms=_alarms(visit),
        calendar={
            when: [row for line in lines if line.when == when for row in _line_rows(visit, line)] for when in WHEN
        },
        links=_links(visit),
    )


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a group answers at a wave, and the days on which it opens and closes; for those who are in none (`group` is
    empty), the first and the last of their days."""

    service: str
    group: str
    wave: str
    respondent: Respondent
    instruments: tuple[str, ...]
    opens: Window
    closes: Window
    when: When

    @property
    def order(self) -> tuple[Window, Window, str, str, str, Respondent]:
        return self.opens, self.closes, self.service, self.group, self.wave, self.respondent


def _line_rows(visit: Visit, line: Line) -> list[list[Cell]]:
    """A line as one row; what coaches answer themselves each as a row of its own, with its page on the site."""
    if line.respondent == "coach":
        asked: list[Cell] = [(visit.instrument_title(key), _address(visit, line, key)) for key in line.instruments]
    else:
        asked = ["; ".join(visit.instrument_title(key) for key in line.instruments)]
    return [
        [
            line.group or visit.say(OWN_DATES),
            visit.service_title(line.service),
            visit.wave_title(line.wave),
            each,
            visit.say(RESPONDENTS[line.respondent]),
            _days(line.opens),
            _days(line.closes),
        ]
        for each in asked
    ]


def _address(visit: Visit, line: Line, key: str) -> str:
    """Where a questionnaire is answered: in the language of the page, else in the first that it is published in."""
    library = visit.bundle.library
    instrument, services = library.instruments[key], library.services.services
    there = [language for language in library.site.languages if language in instrument.languages]
    language = visit.language if visit.language in there else there[0]
    service = next(one for one in services if one.id == line.service)
    return f"{visit.desk.address}{pages.questionnaire_path(instrument, line.wave, language, service)}"


def _when(window: Window, now: date) -> When | None:
    """How near it is; None where it is over or too far away to plan for."""
    if now in window:
        return "open"
    if window.last < now or window.first > now + LATER:
        return None
    return "coming" if window.first <= now + COMING else "later"


def _of_groups(visit: Visit, services: Sequence[Service]) -> Iterator[Line]:
    """By the dates of groups, whoever is in them."""
    known = {one.id for one in services}
    for listed in timetable.listed(visit.bundle.library, today=visit.today, address=visit.desk.address):
        for spell in listed.spells if listed.service.id in known else ():
            for due in spell.waves if spell.group else ():
                keys = [asked.instrument for asked in due.asked]
                yield from _lines(visit, listed.service.id, spell.group or "", due.wave, {due.window: keys})


def _of_own_dates(visit: Visit, services: Sequence[Service]) -> Iterator[Line]:
    """By the dates of people who are in no group, those of a wave together."""
    known = {one.id for one in services}
    found: dict[tuple[str, str], dict[Window, list[str]]] = {}
    for one in everyone(visit.store):
        if one.service in known and not one.group and not one.revoked:
            for respondent in RESPONDENTS:
                for task in schedule.tasks(visit.bundle.library, one, respondent):
                    windows = found.setdefault((one.service, task.wave), {})
                    windows.setdefault(task.window, []).append(task.instrument)
    for (service, wave), windows in found.items():
        yield from _lines(visit, service, "", wave, windows)


def _lines(
    visit: Visit, service: str, group: str, wave: str, windows: Mapping[Window, Sequence[str]]
) -> Iterator[Line]:
    """What is asked at a wave as lines: by how near it is and who answers, whatever window it has."""
    instruments = visit.bundle.library.instruments
    for when in WHEN:
        near = [window for window in windows if _when(window, visit.today) == when]
        for respondent in RESPONDENTS if near else ():
            keys = dict.fromkeys(
                key for window in near for key in windows[window] if instruments[key].respondent == respondent
            )
            if keys:
                yield Line(
                    service=service,
                    group=group,
                    wave=wave,
                    respondent=respondent,
                    instruments=tuple(keys),
                    opens=Window(min(each.first for each in near), max(each.first for each in near)),
                    closes=Window(min(each.last for each in near), max(each.last for each in near)),
                    when=when,
                )


PLACES = (Place(path="", view=today, area="today"),)
