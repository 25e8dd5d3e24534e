"""Participations: finding them, inviting to them, and what happens on the way: exits, other dates, lost codes."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from werkzeug.wrappers import Response

from collector import counting, inviting, leaving, participations
from collector.desk import handing
from collector.desk.keying import IS_CODE
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.inviting import Invited
from collector.participations import Exit, InviteError, written
from collector.receive import local_day
from survey import codes, schedule
from survey.frozen import dataclass
from survey.marking import _
from survey.model import Group, Service
from survey.phrases import Phrase, said
from survey.records import Participation

NO_GROUP = "-"
"""Stands in an address for those of a service who are in no group. No group can be called so."""
PER_PAGE = 50
MOST = 200
"""People who are invited at once by a number; more come from a list."""
SOON = timedelta(days=14)
State = Literal["coming", "running", "ended", "revoked"]
STATE_NAMES: Mapping[State, str] = {
    "coming": _("Not begun"),
    "running": _("Running"),
    "ended": _("Ended"),
    "revoked": _("Taken back"),
}
FILTERS: Mapping[str, str] = {
    "running": _("Running"),
    "soon": _("Begin within 14 days"),
    "coming": _("Not begun"),
    "ended": _("Ended"),
    "untold": _("Ended, exit not told"),
    "revoked": _("Taken back"),
    "overlapping": _("The same person in two at once"),
}
REASONS: Mapping[str, str] = {
    "completed": _("Completed the service"),
    "work": _("Got work"),
    "education": _("Began education"),
    "illness": _("Illness"),
    "transfer": _("Moved to another service or provider"),
    "other": _("Another reason"),
}
TASK_NAMES: Mapping[str, str] = {
    "later": _("Not open yet"),
    "open": _("Open"),
    "answered": _("Answered"),
    "closed": _("Closed, not answered"),
}

TITLE = _("Participations")
INVITE = _("Invite people")
COMPLETED = _("Completed as planned")
EXIT, CHANGE, REPLACE, REVOKE = (
    _("Tell of an exit"),
    _("Change dates or group"),
    _("Make a new code"),
    _("Take the invitation back"),
)
NO_SUCH = _("There is no such participation")
WAS_REVOKED = _("The invitation was taken back")
WAS_REVOKED_TEXT = _("Nothing is asked of {number} any more, so there is nothing to change. Invite the person anew.")
PLACE = _("{service}: {group} ({start}–{end})")
PLACE_ENDED = _("{service}: {group} ({start}–{end}, ended)")
GROUP = _("{group} ({start}–{end})")
GROUP_UNLISTED = _("{group} (no longer in services.yaml)")
WITHOUT_GROUP = _("Without a group")
OLD_PAGE = _("This page is older than an hour. Look through what you typed and send it again.")
NOT_YET = _("This day has not come yet. Tell of an exit when it has happened; until then, change the planned end.")
BEFORE_START = _("This is before the start, {start}. If the person never began, take the invitation back instead.")
END_BEFORE_START = _("The end {end} comes before the start {start}.")
AFTER_EXIT = _("The person has left already on {day}. The start cannot come after it.")
NOTHING_NEW = _("Nothing would change. Type what is different, or go back.")
TICK = _("Tick this if you are sure.")
STALE = _("Somebody else changed this meanwhile: look and send once more.")
WHO_COMPLETED = _("Tick those who completed the service on their planned end.")
COMPLETED_OF = _("{number}, planned end {day}")
EXITS_STORED = _("Exits stored: {count}. What is asked at the end goes by the planned end of each.")
EXIT_DONE = _("Stored: {number} left on {day}. What is asked at the end now goes by this day.")
EXIT_UNDONE = _("Stored: {number} has not left. What is asked at the end goes by the planned end again.")
CHANGED = _("Stored: {number} is from {start} to {end}. What is asked when now goes by these days.")
CHANGED_GROUP = _("Stored: {number} is in the group {group}, from {start} to {end}.")
REPLACED = _("A new code was made for {number}. The old one opens nothing any more.")
REVOKED = _("The invitation of {number} was taken back. Its code opens nothing any more.")


# --- what there is --------------------------------------------------------------------------------


def state_of(participation: Participation, today: date) -> State:
    """How a participation stands on a day."""
    if participation.revoked:
        return "revoked"
    if participation.end is not None or participation.end_date < today:
        return "ended"
    return "coming" if participation.start_date > today else "running"


def overlapping(every: Iterable[Participation]) -> dict[str, list[Participation]]:
    """By id, the other participations of the same person that run at the same time. Those taken back do not count."""
    persons: defaultdict[str, list[Participation]] = defaultdict(list)
    for one in every:
        if one.person and not one.revoked:
            persons[one.person].append(one)
    found: defaultdict[str, list[Participation]] = defaultdict(list)
    for own in persons.values():
        for one in own:
            for other in own:
                if other is not one and one.start <= _end(other) and other.start <= _end(one):
                    found[one.id].append(other)
    return dict(found)


def _end(participation: Participation) -> str:
    return participation.end_date.isoformat()


@dataclass(frozen=True, kw_only=True)
class Line:
    """A participation as a list shows it, in words."""

    number: str
    service: str
    group: str
    start: str
    end: str
    reason: str
    state: State
    state_name: str
    overlaps: bool


def line(visit: Visit, participation: Participation, *, overlaps: bool) -> Line:
    """A participation as a list shows it. The end is the planned one until there is an exit."""
    state = state_of(participation, visit.today)
    return Line(
        number=participation.number,
        service=visit.service_title(participation.service),
        group=participation.group or "",
        start=written(participation.start_date),
        end=written(participation.end_date),
        reason=visit.say(REASONS[participation.exit_reason]) if participation.exit_reason else "",
        state=state,
        state_name=visit.say(STATE_NAMES[state]),
        overlaps=overlaps,
    )


# --- the list -------------------------------------------------------------------------------------


def listed(visit: Visit) -> Response:
    """Everybody who was invited, newest first, or those that were looked for."""
    form = Typed({name: [value] for name, value in visit.asked.items()})
    if codes.normalised(form.value("q")):
        # A code is for its person's eyes, and stays in no address of a link.
        return visit.go("participations", None, wrong="code", **_chosen(visit, "service", "group", "state"))
    if form.value("wrong") == "code" and not form.value("q"):
        form.wrong("q", said(IS_CODE))
    every = list(participations.everyone(visit.store))
    twice = overlapping(every)
    found = [one for one in every if _wanted(form, one)]
    chosen = [one for one in found if _in_state(form.value("state"), one, visit.today, twice)]
    # Numbers of one moment grow in length: JT-2026-1000 comes after JT-2026-999.
    chosen.sort(key=lambda one: (one.invited, len(one.number), one.number), reverse=True)
    pages = max(1, -(-len(chosen) // PER_PAGE))
    page = min(max(int(text) if (text := form.value("page")).isdecimal() and len(text) < 6 else 1, 1), pages)
    shown = chosen[(page - 1) * PER_PAGE : page * PER_PAGE]
    services = visit.bundle.library.services.services
    counts = Counter(state_of(one, visit.today) for one in found)
    return visit.page(
        "participations.html.j2",
        title=visit.say(TITLE),
        status=200 if form.ok else 422,
        form=form,
        any=bool(every),
        lines=[line(visit, one, overlaps=one.id in twice) for one in shown],
        count=len(chosen),
        first=(page - 1) * PER_PAGE + 1,
        last=(page - 1) * PER_PAGE + len(shown),
        before=_page(visit, page - 1) if page > 1 else "",
        after=_page(visit, page + 1) if page < pages else "",
        figures=[(visit.say(STATE_NAMES[state]), counts[state]) for state in get_args(State)],
        services=[(one.id, visit.text(one.title)) for one in services if not one.open],
        groups=_groups_to_choose(visit, [one for one in every if form.value("service") in ("", one.service)]),
        states=[(id, visit.say(name)) for id, name in FILTERS.items()],
    )


def _wanted(form: Typed, one: Participation) -> bool:
    """Whether a participation has the number, service and group that were looked for."""
    return (
        form.text("q").upper() in one.number
        and form.value("service") in ("", one.service)
        and form.value("group") in ("", one.group or NO_GROUP)
    )


def _groups_to_choose(visit: Visit, people: Iterable[Participation]) -> list[tuple[str, str]]:
    found = sorted({one.group or "" for one in people})
    named = [(id, id) for id in found if id]
    return [*named, (NO_GROUP, visit.say(WITHOUT_GROUP))] if named and "" in found else named


def _in_state(wanted: str, one: Participation, today: date, twice: Collection[str]) -> bool:
    match wanted:
        case "soon":
            return state_of(one, today) == "coming" and one.start_date <= today + SOON
        case "untold":
            return counting.is_without_exit(one, today=today)
        case "overlapping":
            return one.id in twice
        case _:
            return wanted not in get_args(State) or state_of(one, today) == wanted


def _page(visit: Visit, page: int) -> str:
    return visit.to("participations", page=page, **_chosen(visit, "q", "service", "group", "state"))


def _chosen(visit: Visit, *names: str) -> dict[str, str]:
    """What was chosen in the form above the list."""
    return {name: visit.asked.get(name, "") for name in names}


# --- inviting -------------------------------------------------------------------------------------


class Once:
    """One sending of a form: whoever presses twice is led where the first time led."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.led = ""


def invite_page(visit: Visit, form: Typed | None = None) -> Response:
    """Whom to invite: service and group, how many, and dates where they are not the group's."""
    form = form or Typed({name: [value] for name, value in visit.asked.items()})
    return visit.page(
        "participation-invite.html.j2",
        title=visit.say(INVITE),
        status=200 if form.ok else 422,
        form=form,
        places=_places(visit),
        most=MOST,
        once=visit.desk.memory.put(visit.person.login, Once()),
    )


def invite(visit: Visit) -> Response:
    """Invites so many to one service or group, and leads on to their codes."""
    form = visit.typed
    place = form.choice("place", [id for id, _label in _places(visit)])
    count = form.number("count", low=1, high=MOST)
    start, end = (_likely(form, name) for name in ("start", "end"))
    once = visit.desk.memory.get(visit.person.login, form.value("once"), Once)
    if once is None:
        form.wrong("place", said(OLD_PAGE))
    if not form.ok or once is None or count is None:
        return invite_page(visit, form)
    service, _slash, group = place.partition("/")
    try:
        plan = inviting.plan(
            visit.bundle.library, service=service, group=group or None, start=start, end=end, today=visit.today
        )
    except InviteError as error:
        form.wrong("end" if end else "start", error.sentences[0])
        return invite_page(visit, form)
    with once.lock:
        if not once.led:
            once.led = handing.invite(visit, [plan] * count).headers["Location"]
    return Response(status=303, headers={"Location": once.led})


def _likely(form: Typed, name: str) -> date | None:
    """A date that may stay empty, and was not mistyped by a century."""
    day = form.day(name)
    if day is not None:
        try:
            participations.refuse_unlikely(day)
        except InviteError as error:
            form.wrong(name, error.sentences[0])
    return day


def _places(visit: Visit) -> list[tuple[str, str]]:
    """Where people can be invited to, `service/group` or `service`: what has ended comes last."""
    now: list[tuple[str, str]] = []
    ended: list[tuple[str, str]] = []
    for service in visit.bundle.library.services.services:
        title = visit.text(service.title)
        if not service.groups and not service.open:
            now.append((service.id, title))
        for group in service.groups if not service.open else ():
            over = date.fromisoformat(group.end) < visit.today
            label = visit.say(PLACE_ENDED if over else PLACE, service=title, **_spell(group))
            (ended if over else now).append((f"{service.id}/{group.id}", label))
    return now + ended


def _spell(group: Group) -> dict[str, str]:
    start, end = (written(date.fromisoformat(day)) for day in (group.start, group.end))
    return {"group": group.id, "start": start, "end": end}


# --- one participation ----------------------------------------------------------------------------


def _of(view: Callable[[Visit, Participation], Response], *, live: bool = True) -> Callable[..., Response]:
    """A view of one participation, found by its number; `live` where nothing may be changed once it is taken back."""

    def found(visit: Visit, number: str) -> Response:
        try:
            one = participations.by_number(visit.store, number)
        except InviteError as error:
            return visit.message(404, said(NO_SUCH), error.say(visit.messages), back="participations")
        if live and one.revoked:
            text = said(WAS_REVOKED_TEXT, number=one.number)
            return visit.message(409, said(WAS_REVOKED), text, back=f"participations/{one.number}")
        return view(visit, one)

    return found


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A questionnaire of a wave, and how it stands with one participation."""

    wave: str
    questionnaire: str
    first: str
    last: str
    state: str
    state_name: str


def facts(visit: Visit, participation: Participation) -> Response:
    """What is known of a participation, what is asked of it when, and what can be done."""
    every = list(participations.everyone(visit.store))
    twice = overlapping(every).get(participation.id, [])
    others = [
        other
        for other in every
        if participation.person and other.person == participation.person and other.id != participation.id
    ]
    visit.log("look", participation.number)
    return visit.page(
        "participation.html.j2",
        title=participation.number,
        one=participation,
        line=line(visit, participation, overlaps=bool(twice)),
        planned_end=written(date.fromisoformat(participation.planned_end)),
        left=written(participation.end_date) if participation.end else "",
        invited=_local_day(visit, participation.invited),
        revoked=_local_day(visit, participation.revoked) if participation.revoked else "",
        group=group_path(visit, participation),
        twice=[_linked(visit, other) for other in twice],
        others=[_linked(visit, other) for other in others if other not in twice],
        asked=list(_timeline(visit, participation)),
    )


def _local_day(visit: Visit, moment: str) -> str:
    return written(local_day(visit.bundle, datetime.fromisoformat(moment)))


def group_path(visit: Visit, participation: Participation) -> str:
    """The page of the group that a participation is in; empty where it is in none that is listed."""
    listed = {group.id for group in _groups(visit, participation)}
    return f"groups/{participation.service}/{participation.group}" if participation.group in listed else ""


def _service(visit: Visit, participation: Participation) -> Service | None:
    """The service, where it is still listed."""
    services = visit.bundle.library.services.services
    return next((each for each in services if each.id == participation.service), None)


def _linked(visit: Visit, other: Participation) -> tuple[str, str, str]:
    title = visit.service_title(other.service)
    return other.number, visit.to(f"participations/{other.number}"), title


def _timeline(visit: Visit, participation: Participation) -> Iterator[Asked]:
    """Every questionnaire of a participation, by when it opens. Nothing is asked of whom an invitation was taken back,
    nor in a service that is listed no more."""
    library = visit.bundle.library
    if _service(visit, participation) is None or participation.revoked:
        return
    answered = participations.answered(visit.store, participation)
    for task in sorted(schedule.tasks(library, participation), key=lambda each: each.window.first):
        done = (library.instruments[task.instrument].instrument, task.wave) in answered
        state = (
            "answered"
            if done
            else "open"
            if visit.today in task.window
            else "later"
            if visit.today < task.window.first
            else "closed"
        )
        yield Asked(
            wave=visit.wave_title(task.wave),
            questionnaire=visit.instrument_title(task.instrument),
            first=written(task.window.first),
            last=written(task.window.last),
            state=state,
            state_name=visit.say(TASK_NAMES[state]),
        )


def seen(one: Participation) -> str:
    """What the forms of a participation show of it: sent along, it tells whether somebody changed it meanwhile."""
    return " ".join(each or "-" for each in (one.start, one.planned_end, one.end, one.exit_reason, one.group))


def _stale(visit: Visit, one: Participation, field: str) -> Typed | None:
    """The problem of a form that was made before somebody else changed the participation; None where nobody did."""
    if visit.typed.value("seen") == seen(one):
        return None
    found = Typed()
    found.wrong(field, said(STALE))
    return found


# --- exits ----------------------------------------------------------------------------------------


def exit_page(visit: Visit, one: Participation, form: Typed | None = None) -> Response:
    """When somebody left, and why."""
    form = form or Typed()
    day = written(one.end_date if one.end else visit.today)
    form.fields = {"day": [day], "reason": [one.exit_reason or ""], **form.fields}
    return visit.page(
        "participation-exit.html.j2",
        title=visit.say(EXIT),
        status=200 if form.ok else 422,
        form=form,
        one=one,
        seen=seen(one),
        left=written(one.end_date) if one.end else "",
        planned_end=written(date.fromisoformat(one.planned_end)),
        reasons=[(id, visit.say(name), "") for id, name in REASONS.items()],
    )


def exit(visit: Visit, one: Participation) -> Response:
    """Stores an exit; or that there was none after all."""
    form = visit.typed
    path = f"participations/{one.number}"
    if stale := _stale(visit, one, "day"):
        return exit_page(visit, one, stale)
    if form.value("undo"):
        visit.log("exit", one.number, end="", reason="")
        participations.amended(visit.store, one, end=None, exit_reason=None)
        return visit.go(path, said(EXIT_UNDONE, number=one.number))
    day = form.day("day", needed=True)
    reason = form.choice("reason", REASONS)
    if day is not None and day > visit.today:
        form.wrong("day", said(NOT_YET))
    elif day is not None and day < one.start_date:
        form.wrong("day", said(BEFORE_START, start=written(one.start_date)))
    if not form.ok or day is None:
        return exit_page(visit, one, form)
    leave(visit, [participations.exit(one, day=day, reason=reason, today=visit.today)])
    return visit.go(path, said(EXIT_DONE, number=one.number, day=written(day)))


def leave(visit: Visit, exits: Iterable[Exit]) -> None:
    """Stores exits, each after it is in the log."""
    for one in exits:
        visit.log("exit", one.participation.number, end=one.end, reason=one.reason)
        list(leaving.stored(visit.store, [one]))


def completed_page(visit: Visit, form: Typed | None = None) -> Response:
    """Those of a service and group whose planned end is past without an exit: all ticked, to take some out."""
    untold = _untold(visit)
    form = form or Typed()
    form.fields = {"one": [_planned(one) for one in untold], **form.fields}
    service, group = (visit.asked.get(name, "") for name in ("service", "group"))
    return visit.page(
        "participation-completed.html.j2",
        title=visit.say(COMPLETED),
        status=200 if form.ok else 422,
        form=form,
        where=", ".join(filter(None, (visit.service_title(service), "" if group == NO_GROUP else group))),
        back=visit.to("participations", service=service, group=group, state="untold"),
        people=[
            (_planned(one), visit.say(COMPLETED_OF, number=one.number, day=written(one.end_date))) for one in untold
        ],
    )


def completed(visit: Visit) -> Response:
    """Stores for those who were ticked that they completed the service on their planned end."""
    untold = {_planned(one): one for one in _untold(visit)}
    ticked = visit.typed.values("one")
    form = Typed()
    if not ticked:
        form.fields["one"] = []
        form.wrong("one", said(WHO_COMPLETED))
    elif not untold.keys() >= set(ticked):
        form.fields["one"] = [each for each in ticked if each in untold]
        form.wrong("one", said(STALE))
    if not form.ok:
        return completed_page(visit, form)
    chosen = [one for planned, one in untold.items() if planned in ticked]
    leave(visit, [participations.exit(one, day=one.end_date, reason="completed", today=visit.today) for one in chosen])
    told = said(EXITS_STORED, count=len(chosen))
    return visit.go("participations", told, state="untold", **_chosen(visit, "service", "group"))


def _untold(visit: Visit) -> list[Participation]:
    """Those whose exit is to be told of the service and group that the address names, by number."""
    service, group = visit.asked.get("service", ""), visit.asked.get("group", "")
    found = [
        one
        for one in participations.everyone(visit.store)
        if one.service == service
        and group in ("", one.group or NO_GROUP)
        and counting.is_without_exit(one, today=visit.today)
    ]
    return sorted(found, key=lambda one: (len(one.number), one.number))


def _planned(one: Participation) -> str:
    return f"{one.number} {one.planned_end}"


# --- other dates ----------------------------------------------------------------------------------


def change_page(visit: Visit, one: Participation, form: Typed | None = None) -> Response:
    """Own dates and the group."""
    form = form or Typed()
    days = {"start": one.start_date, "end": date.fromisoformat(one.planned_end)}
    known = {"group": [one.group or ""], **{name: [written(day)] for name, day in days.items()}}
    form.fields = {**known, **form.fields}
    return visit.page(
        "participation-change.html.j2",
        title=visit.say(CHANGE),
        status=200 if form.ok else 422,
        form=form,
        one=one,
        seen=seen(one),
        left=written(one.end_date) if one.end else "",
        groups=_group_choices(visit, one),
    )


def _group_choices(visit: Visit, one: Participation) -> list[tuple[str, str]]:
    """The groups of the service, and first the person's own where services.yaml has it no more: it stays unless another
    is chosen."""
    groups = _groups(visit, one)
    own = [(one.group, visit.say(GROUP_UNLISTED, group=one.group))] if one.group and groups else []
    listed = [(group.id, visit.say(GROUP, **_spell(group))) for group in groups]
    return listed if one.group in dict(listed) else [*own, *listed]


def change(visit: Visit, one: Participation) -> Response:
    """Stores another start, planned end or group."""
    if stale := _stale(visit, one, "start"):
        return change_page(visit, one, stale)
    form = visit.typed
    start, end = _likely(form, "start"), _likely(form, "end")
    groups = {group.id: group for group in _groups(visit, one)}
    group = groups.get(form.choice("group", dict(_group_choices(visit, one)), needed=False)) if groups else None
    if group is not None and form.value("dates"):
        start, end = date.fromisoformat(group.start), date.fromisoformat(group.end)
    _refuse_dates(form, one, start, end)
    if form.ok and _same(one, start, end, group):
        form.wrong("start", said(NOTHING_NEW))
    if not form.ok:
        return change_page(visit, one, form)
    start, end = start or one.start_date, end or date.fromisoformat(one.planned_end)
    named = group.id if group else one.group
    visit.log("change", one.number, start=start.isoformat(), end=end.isoformat(), group=named or "")
    now = participations.dated(visit.store, one, start=start, end=end, group=named)
    return visit.go(f"participations/{now.number}", _changed(one, now))


def _groups(visit: Visit, one: Participation) -> Sequence[Group]:
    service = _service(visit, one)
    return service.groups if service else ()


def _refuse_dates(form: Typed, one: Participation, start: date | None, end: date | None) -> None:
    first, last = start or one.start_date, end or date.fromisoformat(one.planned_end)
    if last < first:
        form.wrong("end", said(END_BEFORE_START, end=written(last), start=written(first)))
    elif one.end is not None and date.fromisoformat(one.end) < first:
        form.wrong("start", said(AFTER_EXIT, day=written(one.end_date)))


def _same(one: Participation, start: date | None, end: date | None, group: Group | None) -> bool:
    known = (one.start_date, date.fromisoformat(one.planned_end), one.group)
    return known == (start or known[0], end or known[1], group.id if group else one.group)


def _changed(before: Participation, now: Participation) -> Phrase:
    start, end = written(now.start_date), written(date.fromisoformat(now.planned_end))
    if now.group != before.group:
        return said(CHANGED_GROUP, number=now.number, group=now.group, start=start, end=end)
    return said(CHANGED, number=now.number, start=start, end=end)


# --- lost codes, and invitations taken back -------------------------------------------------------


def replace_page(visit: Visit, one: Participation) -> Response:
    """What a new code means, before there is one."""
    return visit.page("participation-replace.html.j2", title=visit.say(REPLACE), one=one)


def replace(visit: Visit, one: Participation) -> Response:
    """Makes a new code, and leads on to it."""
    return handing.over(visit, replaced(visit, [one]), wanted=1, told=said(REPLACED, number=one.number))


def replaced(visit: Visit, each: Iterable[Participation]) -> Iterator[Invited]:
    """A new code for each of these. What is done is in the log before the code is known to anybody."""
    for one in each:
        visit.log("replace", one.number)
        yield inviting.replaced(visit.store, visit.desk.keys, one, random=visit.desk.random)


def revoke_page(visit: Visit, one: Participation, form: Typed | None = None) -> Response:
    """What taking back means, before it is done."""
    form = form or Typed()
    return visit.page(
        "participation-revoke.html.j2",
        title=visit.say(REVOKE),
        status=200 if form.ok else 422,
        form=form,
        one=one,
        answered=len(participations.answered(visit.store, one)),
    )


def revoke(visit: Visit, one: Participation) -> Response:
    """Takes an invitation back, where that was confirmed."""
    if not visit.typed.value("sure"):
        visit.typed.wrong("sure", said(TICK))
        return revoke_page(visit, one, visit.typed)
    visit.log("revoke", one.number)
    participations.revoked(visit.store, one, moment=visit.moment)
    return visit.go(f"participations/{one.number}", said(REVOKED, number=one.number))


def _places_of(name: str, page: Callable[..., Response], done: Callable[..., Response]) -> Iterator[Place]:
    path = f"participations/<number>/{name}"
    yield Place(path=path, view=_of(page), area="participations")
    yield Place(path=path, view=_of(done), area="participations", method="POST")


PLACES = (
    Place(path="participations", view=listed, area="participations"),
    Place(path="participations/invite", view=invite_page, area="participations"),
    Place(path="participations/invite", view=invite, area="participations", method="POST"),
    Place(path="participations/completed", view=completed_page, area="participations"),
    Place(path="participations/completed", view=completed, area="participations", method="POST"),
    Place(path="participations/<number>", view=_of(facts, live=False), area="participations"),
    *_places_of("exit", exit_page, exit),
    *_places_of("change", change_page, change),
    *_places_of("replace", replace_page, replace),
    *_places_of("revoke", revoke_page, revoke),
)
