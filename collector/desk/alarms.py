"""Alarms and thanks: what clients' answers have raised, what organisations replied, and a form to reply."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector import replies
from collector.desk.jobs import Progress
from collector.desk.looking import apart, is_quick, no_progress
from collector.desk.people import Person
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.desk.works import File, Found, Raised
from collector.participations import InviteError, refuse_unlikely
from survey.locales import format_time
from survey.marking import _
from survey.phrases import said
from survey.records import Role

AT_ONCE = 3_000
"""Submissions that are gone through while somebody waits for the page; more are for work of its own."""
TITLE = _("Alarms and thanks")
LOOKING = _("Looking for alarms and thanks")
GOING_THROUGH = _("Answers gone through: {count} of {of}.")
"""Told meanwhile by whatever goes through them."""
NOT_THERE = _("There is no such alarm")
NOT_THERE_TEXT = _(
    "It may be raised no more, or it is about services that are not yours. Look at the list of alarms and thanks."
)
FOR_PLANNERS = _("This is for the area's planners")
FOR_PLANNERS_TEXT = _(
    "The area's planners send messages and save lists. What concerns your services stands in the list of alarms and "
    "thanks."
)
ONCE_A_DAY = _("Your list of alarms and thanks is renewed by itself once a day.")
GOING_ON = _("Going through the answers. This may take some minutes.")
"""Told to coaches, who are not told how many have answered."""
NOT_YET = _("Your reply is not stored yet")
STORED = _("The reply is stored. It stands in the next report.")
IN_TIME = _("The reply came in time: on {day}. It was due by {due}.")
LATE = _("The reply came late: on {day}. It was due by {due}. Days over: {days}.")
WE_REPLY = _("What we as the employment area and the buyer say")
"""Where both are the same organisation."""
WHO_REPLIES: Mapping[Role, str] = {
    "area": _("What we as the employment area say"),
    "buyer": _("What we as the buyer say"),
    "provider": _("What the provider has sent to us, in their own words"),
}
"""For the area's own staff, the likeliest first."""
AWAITED: Mapping[Role, str] = {
    "area": _("The area's reply is still awaited."),
    "buyer": _("The buyer's reply is still awaited."),
    "provider": _("The provider's reply is still awaited."),
}
"""Told beside what others have replied."""


# --- the list -------------------------------------------------------------------------------------


def alarms(visit: Visit) -> Response:
    """What waits for a reply, by when; then thanks, then what was answered."""
    found = _found(visit)
    if found is None:
        return _begin(visit)
    typed = Typed({name: [value] for name, value in visit.asked.items()})
    own = [one for one in found.rows if may_see(visit.person, one)]
    rows, moment = _asked_for(own, typed), found.moment.astimezone(ZoneInfo(visit.bundle.library.site.time_zone))
    return visit.page(
        "alarms.html.j2",
        title=visit.say(TITLE),
        status=200 if typed.ok else 422,
        form=typed,
        summary=found.summary if visit.person.of_area else (),
        some=bool(own),
        waiting=[one for one in rows if one.waits],
        thanks=[one for one in rows if one.state == "told"],
        answered=[one for one in rows if one.state == "answered"],
        services=[(id, visit.service_title(id)) for id in dict.fromkeys(one.service for one in own)],
        kept=kept_to_time(rows) if visit.person.of_area else [],
        timing={one.id: timing(visit, one) for one in rows},
        awaited=awaited(visit, rows),
        stood=(visit.day(moment.date()), format_time(moment.time(), visit.language)),
    )


def may_see(person: Person, one: Raised) -> bool:
    """Whether an alarm is for somebody's eyes: a provider's coach sees those that their own provider is told of."""
    return person.of_area or (one.provider == person.provider and "provider" in one.told)


def awaited(visit: Visit, rows: Sequence[Raised]) -> Mapping[str, str]:
    """By id, whose reply is still awaited of those to which others have replied."""
    return {one.id: visit.say(AWAITED[one.answering]) for one in rows if one.waits and one.replies and one.answering}


def _found(visit: Visit, *, old_will_do: bool = False) -> Found | None:
    """What is raised: looked up at once where that takes a moment; else as it was when it was last looked. None where
    it must be looked first, as work of its own."""
    works = visit.desk.works.alarms
    if _is_due(visit):
        if is_quick(visit.store, AT_ONCE):
            daily = not visit.person.of_area
            works.look(visit.store, visit.bundle, moment=visit.moment, tell=no_progress, daily=daily, wait=False)
        elif not visit.person.of_area and not old_will_do:
            return None
    return works.found(visit.store, visit.bundle, language=visit.language, moment=visit.moment)


def _is_due(visit: Visit) -> bool:
    """Whether to look again. Coaches see what was found when it was first looked on a day, or by a planner: who sits
    beside clients must not see a figure move when one of them has sent their answers."""
    looked = visit.desk.works.alarms.looked(visit.bundle)
    if visit.person.of_area or looked is None:
        return True
    return looked.astimezone(ZoneInfo(visit.bundle.library.site.time_zone)).date() != visit.today


def _begin(visit: Visit) -> Response:
    """Looks for alarms as work of its own, and leads to the page that says how far it is: to planners in numbers."""
    works, store, bundle, moment = visit.desk.works.alarms, visit.store, visit.bundle, visit.moment
    of_area = visit.person.of_area

    def work(tell: Progress) -> str:
        if not of_area:
            tell(said(GOING_ON), 0)
        works.look(store, bundle, moment=moment, tell=tell if of_area else no_progress, daily=not of_area)
        return "alarms"

    return apart(visit, said(LOOKING), work)


def look(visit: Visit) -> Response:
    """Looks once more, since answers have come or were corrected."""
    if not visit.person.of_area:
        return visit.message(403, said(FOR_PLANNERS), said(ONCE_A_DAY), back="alarms")
    visit.log("look for alarms")
    return _begin(visit)


def _asked_for(rows: Sequence[Raised], typed: Typed) -> list[Raised]:
    """Those of a service, or of groups that closed on a day or later, where these are asked for."""
    service, since = typed.text("service"), typed.day("since")
    return [one for one in rows if service in ("", one.service) and (since is None or one.closed >= since)]


def kept_to_time(rows: Sequence[Raised]) -> list[tuple[str, int, int, int, int]]:
    """How each provider that is to reply by a day has kept to it: replies in time and late, and those that are not
    there, after the day and before it."""
    own = [one for one in rows if one.answering == "provider" and one.answer_by is not None]
    of: dict[str, list[Raised]] = {}
    for one in own:
        of.setdefault(one.organisations["provider"], []).append(one)
    return [
        (
            provider,
            sum(one.state == "answered" and not days_late(one) for one in found),
            sum(one.state == "answered" and days_late(one) > 0 for one in found),
            sum(one.state == "overdue" for one in found),
            sum(one.state == "open" for one in found),
        )
        for provider, found in sorted(of.items())
    ]


def days_late(one: Raised) -> int:
    """By how many days the first reply came late; 0 where it came in time, or no day was set."""
    if one.answered_on is None or one.answer_by is None:
        return 0
    return max((one.answered_on - one.answer_by).days, 0)


def timing(visit: Visit, one: Raised) -> str:
    """Whether who was to answer did so in time, for the area's own staff; else empty, also where no day was set."""
    if one.answered_on is None or one.answer_by is None or not visit.person.of_area:
        return ""
    days, on, due = days_late(one), visit.day(one.answered_on), visit.day(one.answer_by)
    return visit.say(LATE, day=on, due=due, days=days) if days else visit.say(IN_TIME, day=on, due=due)


# --- one of them ----------------------------------------------------------------------------------


def alarm(visit: Visit, id: str) -> Response:
    """All of one alarm, what was replied, and a form to reply."""
    found = _found(visit)
    if found is None:
        return _begin(visit)
    one = _seen(visit, found, id)
    return _not_there(visit) if one is None else _page(visit, one, Typed())


def _seen(visit: Visit, found: Found, id: str) -> Raised | None:
    one = found.get(id)
    return one if one is not None and may_see(visit.person, one) else None


def _not_there(visit: Visit) -> Response:
    """The same for what is not raised and for what is not theirs."""
    return visit.message(404, said(NOT_THERE), said(NOT_THERE_TEXT), back="alarms")


def _page(visit: Visit, one: Raised, form: Typed) -> Response:
    voices = _voices(visit.person, one)
    return visit.page(
        "alarms-one.html.j2",
        title=one.title,
        status=200 if form.ok else 422,
        form=form,
        one=one,
        timing=timing(visit, one),
        awaited=awaited(visit, [one]),
        voices=[(role, one.organisations[role], visit.say(words)) for role, words in voices.items()],
        voice=one.answering if one.answering in ("area", "buyer") else next(iter(voices)),
        letters=[(role, one.told[role]) for role in one.told]
        if visit.person.of_area and one.state != "answered"
        else [],
    )


def _voices(person: Person, one: Raised) -> Mapping[Role, str]:
    """As whom somebody can reply: a coach for their provider, a planner for their own side, and with what a provider
    sent. An area that buys for itself speaks once, as the one who is to answer."""
    if not person.of_area:
        return {"provider": WHO_REPLIES["provider"]}
    if one.organisations["area"] != one.organisations["buyer"]:
        return WHO_REPLIES
    ours: Role = "buyer" if one.answering == "buyer" else "area"
    return {ours: WE_REPLY, "provider": WHO_REPLIES["provider"]}


def reply(visit: Visit, id: str) -> Response:
    """Stores a reply. One that came before stays, and this amends it."""
    found = _found(visit, old_will_do=True)
    if found is None:
        return _once_more(visit)
    one = _seen(visit, found, id)
    if one is None:
        return _not_there(visit)
    typed, voices = visit.typed, _voices(visit.person, one)
    chosen = typed.choice("by", voices) if visit.person.of_area else "provider"
    by = next((role for role in voices if role == chosen), None)
    done = typed.day("done")
    _check(typed, "text", lambda: replies.fit(typed.value("text"), "text"))
    _check(typed, "action", lambda: replies.fit(typed.value("action"), "action"))
    if done is not None:
        _check(typed, "done", functools.partial(refuse_unlikely, done))
    if by is None or not typed.ok:
        return _page(visit, one, typed)
    kept = replies.record_reply(
        visit.store,
        alarm=one.id,
        by=by,
        organisation=one.organisations[by],
        text=typed.value("text"),
        action=typed.value("action"),
        done=done,
        moment=visit.moment,
    )
    visit.log("reply", kept.alarm, by=kept.by, n=kept.n)
    return visit.go(f"alarms/{one.id}", said(STORED))


def _once_more(visit: Visit) -> Response:
    """Where the desk was begun anew under an open form: looks for alarms, and keeps what was typed meanwhile."""
    _begin(visit)
    typed = [(name, visit.typed.value(name)) for name in ("by", "text", "action", "done")]
    return visit.page(
        "alarms-again.html.j2", title=visit.say(NOT_YET), status=422, typed=typed, action=visit.request.path
    )


def _check(typed: Typed, name: str, check: Callable[[], object]) -> None:
    """Marks a field with what is wrong with it."""
    try:
        check()
    except InviteError as error:
        for sentence in error.sentences:
            typed.wrong(name, sentence)


# --- messages and lists ---------------------------------------------------------------------------


def letter(visit: Visit, id: str, role: str) -> Response:
    """The message to one who is told, to be sent on."""
    if not visit.person.of_area:
        return _for_planners(visit)
    file = visit.desk.works.alarms.letter(
        id, role, store=visit.store, bundle=visit.bundle, language=visit.language, moment=visit.moment
    )
    return _handed(visit, file, "alarm letter", id)


def listed(visit: Visit) -> Response:
    """All of them, for a spreadsheet."""
    if not visit.person.of_area:
        return _for_planners(visit)
    file = visit.desk.works.alarms.listed(
        store=visit.store, bundle=visit.bundle, language=visit.language, moment=visit.moment
    )
    return _handed(visit, file, "alarm list", "")


def _handed(visit: Visit, file: File | None, action: str, about: str) -> Response:
    """The file; where it is not there (any more), the list."""
    if file is None:
        return visit.go("alarms")
    visit.log(action, about)
    return visit.file(file)


def _for_planners(visit: Visit) -> Response:
    return visit.message(403, said(FOR_PLANNERS), said(FOR_PLANNERS_TEXT), back="alarms")


PLACES = (
    Place(path="alarms", view=alarms, area="alarms"),
    Place(path="alarms/look", view=look, area="alarms", method="POST"),
    Place(path="alarms/list", view=listed, area="alarms"),
    Place(path="alarms/<id>", view=alarm, area="alarms"),
    Place(path="alarms/<id>/reply", view=reply, area="alarms", method="POST"),
    Place(path="alarms/<id>/letter/<role>", view=letter, area="alarms"),
)
