"""Groups: who is in one, what is open now, and what its meeting needs: a sheet for the coach, the start of a shared
device, new codes for those who have lost theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from markupsafe import Markup
from werkzeug.wrappers import Response

from collector import participations, slips
from collector.desk import handing
from collector.desk.participations import NO_GROUP, STATE_NAMES, State, line, overlapping, replaced, state_of
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.participations import written
from survey import pages, schedule
from survey.frozen import dataclass
from survey.marking import _
from survey.model import Group, Service
from survey.phrases import Phrase, said
from survey.records import Participation

TITLE = _("Groups")
IN_GROUP = _("{service}: {group}")
SPELL = _("{start}–{end}")
RUNNING_NOW = _("Those in the service now")
SINCE = _("Those who began in {month}/{year}")
NO_SUCH = _("There is no such group")
NO_SUCH_TEXT = _("Groups are written into services.yaml. Look at the list of groups.")
SHEET = _("Sheet for the meeting")
DEVICE = _("Start of a shared device")
CODES = _("New codes for lost slips")
CHOOSE = _("Tick those who need a new slip.")
REPLACED = _("New codes were made: {count}. The old ones of these people open nothing any more.")
NOBODY = _("Nobody is in the group yet, so there is nothing to write down.")


@dataclass(frozen=True, kw_only=True)
class Circle:
    """People who are looked at together: a group, or those of a service who are in none, of a month or as of now."""

    service: Service
    group: Group | None
    month: str
    everybody: tuple[Participation, ...]
    """Also those of other months, newest first."""
    members: tuple[Participation, ...]
    """By number."""

    @property
    def path(self) -> str:
        return f"groups/{self.service.id}/{self.group.id if self.group else NO_GROUP}"

    @property
    def place(self) -> str:
        """What the page of inviting calls it."""
        return f"{self.service.id}/{self.group.id}" if self.group else self.service.id


def _circle(visit: Visit, service: str, group: str) -> Circle | None:
    """Those whom an address names; None where there is no such service or group."""
    found = next((one for one in visit.bundle.library.services.services if one.id == service and not one.open), None)
    known = {one.id: one for one in found.groups} if found else {}
    if found is None or group not in {NO_GROUP, *known}:
        return None
    every = [one for one in participations.everyone(visit.store) if one.service == service]
    in_it = [one for one in every if (one.group if one.group in known else NO_GROUP) == group]
    in_it.sort(key=lambda one: (one.start, one.number), reverse=True)
    asked = visit.asked.get("month", "") if group == NO_GROUP else ""
    month = asked if asked in {one.start[:7] for one in in_it} else ""
    members = [one for one in in_it if group != NO_GROUP or _in_month(one, month, visit.today)]
    return Circle(
        service=found,
        group=known.get(group),
        month=month,
        everybody=tuple(in_it),
        members=tuple(sorted(members, key=lambda one: one.number)),
    )


def _in_month(one: Participation, month: str, today: date) -> bool:
    """Whether somebody began in a month, `2026-11`; without one, whether they are in the service now or soon."""
    return one.start.startswith(month) if month else state_of(one, today) in ("running", "coming")


def _of(view: Callable[[Visit, Circle], Response]) -> Callable[..., Response]:
    """A view of a group, found by its address."""

    def found(visit: Visit, service: str, group: str = NO_GROUP) -> Response:
        circle = _circle(visit, service, group)
        if circle is None:
            return visit.message(404, said(NO_SUCH), said(NO_SUCH_TEXT), back="groups")
        return view(visit, circle)

    return found


def _name(visit: Visit, circle: Circle) -> str:
    title = visit.text(circle.service.title)
    return visit.say(IN_GROUP, service=title, group=circle.group.id) if circle.group else title


def _when(circle: Circle) -> Phrase:
    """From when to when a group is, or of which month its people are."""
    if circle.group:
        start, end = (written(date.fromisoformat(day)) for day in (circle.group.start, circle.group.end))
        return said(SPELL, start=start, end=end)
    return _month(circle.month) if circle.month else said(RUNNING_NOW)


def _month(month: str) -> Phrase:
    year, _hyphen, number = month.partition("-")
    return said(SINCE, month=number.lstrip("0"), year=year)


# --- all of them ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A group of the list: its name and address, its dates, how it stands, and how many are in it."""

    name: str
    path: str
    when: str
    state: State
    state_name: str
    count: int


def index(visit: Visit) -> Response:
    """Every service with its groups, and how many are in each."""
    every = [one for one in participations.everyone(visit.store) if not one.revoked]
    services = [one for one in visit.bundle.library.services.services if not one.open]
    listed = [(visit.text(one.title), list(_listed(visit, one, every))) for one in services]
    return visit.page("groups.html.j2", title=visit.say(TITLE), services=listed)


def _listed(visit: Visit, service: Service, every: list[Participation]) -> Iterator[Listed]:
    own = [one for one in every if one.service == service.id]
    for group in service.groups:
        start, end = date.fromisoformat(group.start), date.fromisoformat(group.end)
        state: State = "coming" if visit.today < start else "ended" if end < visit.today else "running"
        yield Listed(
            name=group.id,
            path=f"groups/{service.id}/{group.id}",
            when=visit.say(SPELL, start=written(start), end=written(end)),
            state=state,
            state_name=visit.say(STATE_NAMES[state]),
            count=sum(one.group == group.id for one in own),
        )
    others = [one for one in own if one.group not in {group.id for group in service.groups}]
    if others or not service.groups:
        now = [one for one in others if state_of(one, visit.today) in ("running", "coming")]
        state = "running" if now or not others else "ended"
        yield Listed(
            name=visit.say(_("Without a group")),
            path=f"groups/{service.id}",
            when="",
            state=state,
            state_name=visit.say(STATE_NAMES[state]),
            count=len(others),
        )


# --- one of them ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Counted:
    """A questionnaire of a wave: how many are asked it, can answer it now, and have answered."""

    wave: str
    questionnaire: str
    when: str
    asked: int
    open: int
    answered: int


def shown(visit: Visit, circle: Circle) -> Response:
    """The people of a group by their numbers, what is open, and what can be printed."""
    twice = overlapping(participations.everyone(visit.store))
    months = sorted({one.start[:7] for one in circle.everybody}, reverse=True)
    return visit.page(
        "group.html.j2",
        title=_name(visit, circle),
        form=Typed({"month": [circle.month]}),
        circle=circle,
        when=visit.phrase(_when(circle)),
        provider=visit.bundle.library.services.providers[circle.service.provider].name,
        months=[(month, visit.phrase(_month(month))) for month in months],
        counted=_counted(visit, circle),
        lines=[line(visit, one, overlaps=one.id in twice) for one in circle.members],
    )


def _counted(visit: Visit, circle: Circle) -> list[Counted]:
    """How it stands with each questionnaire, of those who are to be asked. Only numbers: nobody is named."""
    library = visit.bundle.library
    counts: dict[tuple[str, str], list[int]] = {}
    for one in circle.members:
        if one.revoked:
            continue
        done = participations.answered(visit.store, one)
        for task in schedule.tasks(library, one):
            row = counts.setdefault((task.wave, task.instrument), [0, 0, 0])
            has_answered = (library.instruments[task.instrument].instrument, task.wave) in done
            row[0] += 1
            row[1] += visit.today in task.window and not has_answered
            row[2] += has_answered
    return [
        Counted(
            wave=visit.wave_title(wave),
            questionnaire=visit.instrument_title(instrument),
            when=_window(visit, circle, wave),
            asked=asked,
            open=open,
            answered=answered,
        )
        for (wave, instrument), (asked, open, answered) in counts.items()
    ]


def _window(visit: Visit, circle: Circle, wave: str) -> str:
    """On which days a wave is open by the dates of a group."""
    if circle.group is None:
        return ""
    start, end = date.fromisoformat(circle.group.start), date.fromisoformat(circle.group.end)
    window = schedule.window_between(start, end, visit.bundle.library.site.waves[wave])
    return visit.say(SPELL, start=written(window.first), end=written(window.last))


# --- what a meeting needs -------------------------------------------------------------------------


def sheet(visit: Visit, circle: Circle) -> Response:
    """For whoever leads the meeting, to print: numbers with a line for a name, and how it goes."""
    members = [one for one in circle.members if not one.revoked]
    # What is in its window, answered or not: the sheet tells its reader nothing of who has answered.
    tasks = [
        task for one in members for task in schedule.tasks(visit.bundle.library, one) if visit.today in task.window
    ]
    asked = dict.fromkeys((task.wave, task.instrument) for task in tasks)
    visit.log("group sheet", circle.place, count=len(members))
    return visit.page(
        "group-sheet.html.j2",
        title=visit.say(SHEET),
        name=_name(visit, circle),
        when=visit.phrase(_when(circle)),
        circle=circle,
        numbers=[one.number for one in members],
        open_now=[(visit.wave_title(wave), visit.instrument_title(key)) for wave, key in asked],
        sealed=bool(visit.bundle.library.site.sealed_to),
    )


def device(visit: Visit, circle: Circle) -> Response:
    """Where a device begins that goes from one to the next: a square that fills the screen or a sheet of paper."""
    site = visit.bundle.library.site
    language = visit.bundle.language(visit.asked.get("language", visit.language))
    there = f"{visit.desk.address}{pages.shared_path(language)}"
    return visit.page(
        "group-device.html.j2",
        title=visit.say(DEVICE),
        name=_name(visit, circle),
        circle=circle,
        chosen=language,
        chosen_name=handing.language_name(visit, language),
        languages=[(tag, handing.language_name(visit, tag)) for tag in site.languages],
        square=Markup(slips.square(there)),
        address=there,
        shown=there.removeprefix("https://"),
    )


def keys(visit: Visit, circle: Circle) -> Response:
    """The area's own key list of a group, to be filled in: numbers and no codes."""
    members = [(one, "") for one in circle.members if not one.revoked]
    if not members:
        return visit.message(404, said(TITLE), said(NOBODY), back=circle.path)
    visit.log("key list", circle.place, count=len(members))
    return visit.file(handing.key_list(visit, members))


# --- lost slips -----------------------------------------------------------------------------------


def codes_page(visit: Visit, circle: Circle, form: Typed | None = None) -> Response:
    """Whose slips are lost. Those of the others cannot be printed again, since nobody knows their codes."""
    form = form or Typed()
    return visit.page(
        "group-codes.html.j2",
        title=visit.say(CODES),
        status=200 if form.ok else 422,
        name=_name(visit, circle),
        form=form,
        circle=circle,
        numbers=[one.number for one in circle.members if not one.revoked],
    )


def codes(visit: Visit, circle: Circle) -> Response:
    """Makes new codes for those who were ticked, and leads on to them. Who joined after the page was shown keeps their
    code."""
    form = visit.typed
    wanted = form.values("shown" if form.value("everybody") else "number")
    chosen = [one for one in circle.members if not one.revoked and one.number in wanted]
    if not chosen:
        form.fields.pop("everybody", None)
        form.wrong("number", said(CHOOSE))
        return codes_page(visit, circle, form)
    told = said(REPLACED, count=len(chosen))
    return handing.over(visit, replaced(visit, chosen), wanted=len(chosen), told=told)


PLACES = (
    Place(path="groups", view=index, area="participations"),
    Place(path="groups/<service>", view=_of(shown), area="participations"),
    Place(path="groups/<service>/<group>", view=_of(shown), area="participations"),
    Place(path="groups/<service>/<group>/sheet", view=_of(sheet), area="participations"),
    Place(path="groups/<service>/<group>/device", view=_of(device), area="participations"),
    Place(path="groups/<service>/<group>/keys", view=_of(keys), area="participations"),
    Place(path="groups/<service>/<group>/codes", view=_of(codes_page), area="participations"),
    Place(path="groups/<service>/<group>/codes", view=_of(codes), area="participations", method="POST"),
)
