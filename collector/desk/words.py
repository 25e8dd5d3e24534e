"""Open answers: what waits to be read, each text with what somebody decides on it, and what is released.

Whoever opens one does so in the role that the area has named for this: nobody else gets a text, nor a page with one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector import words
from collector.desk.jobs import Progress
from collector.desk.looking import apart, is_quick
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.participations import InviteError
from collector.words import CHOICES, Choice, Queue, Waiting
from survey import records, redaction
from survey.frozen import dataclass
from survey.locales import format_time
from survey.marking import _
from survey.phrases import said
from survey.records import Released

AT_ONCE = 20_000
"""Submissions that are gone through while somebody waits for the page; more are for work of its own."""
RENEWED_AFTER = timedelta(minutes=20)
"""A list that somebody reads from is kept in mind anew, so that it lasts for as long as they go on."""
SHOWN = 50

TITLE = _("Open answers")
READ_TITLE = _("Text {number} of {count}")
RELEASED_TITLE = _("Open answers that are released")
LOOKING = _("Looking for open answers")
GOING_THROUGH = _("Answers to go through: {count}.")
THROUGH = _("That was the last one of the list.")
OLD_LIST = _("The list was too old to go on with. Here is how it stands now; what was decided before stands.")
FORGOTTEN = _("The list was too old to go on with. Nothing was stored: begin from the list again.")
NOT_STORED = _("Nothing was stored")
DONE: Mapping[Choice, str] = {
    "release": _("Released as it is."),
    "suggested": _("Released with the suggestions taken out."),
    "edited": _("Released as you edited it."),
    "withhold": _("Withheld. Nobody else reads it."),
}
STILL_IN_IT = _("Something that may tell who wrote it is still in the text. Take it out, or tick that it may stay.")
TAKEN_BACK = _("Taken back. It stands in no export or report from now on; those that were made before still have it.")


# --- in which role, and which list -----------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What waited at a moment; `kept` is when it was last put into mind, under `token`."""

    queue: Queue
    moment: datetime
    kept: datetime


def role_of(visit: Visit) -> str:
    """The named role in which somebody reads; empty where they have not said it yet. Raises InviteError."""
    if visit.person.releases:
        return words.named_role(visit.person.releases)
    asked = visit.typed.value("role") or visit.asked.get("role", "")
    return words.named_role(asked) if asked.strip() else ""


def _asking(visit: Visit, role: str, **query: object) -> dict[str, object]:
    """What an address of these pages asks; a role that somebody has said goes along."""
    return query if visit.person.releases else {"role": role, **query}


def _path(visit: Visit, path: str, role: str, **query: object) -> str:
    """The whole of it, as other pages are led back by."""
    asked = urlencode(_asking(visit, role, **query))
    return f"{path}?{asked}" if asked else path


LISTS = 5
"""How many lists of texts are kept for a person: each holds them all."""


def _keep(visit: Visit, looked: Looked) -> str:
    """Keeps a list in mind, and gives its token."""
    return visit.desk.memory.put(visit.person.login, looked, most=LISTS)


def _renewed(visit: Visit, looked: Looked, token: str) -> str:
    """The token of a list that somebody goes on with: it must not be forgotten under their hands."""
    if visit.moment - looked.kept < RENEWED_AFTER:
        return token
    return _keep(visit, Looked(queue=looked.queue, moment=looked.moment, kept=visit.moment))


def _kept(visit: Visit, token: str) -> Looked | None:
    return visit.desk.memory.get(visit.person.login, token, Looked)


def _look(visit: Visit) -> Looked:
    """What waits now."""
    today = visit.today
    queue = words.queue(visit.store, visit.bundle.library, keys=list(visit.store.scan("submission/")), today=today)
    return Looked(queue=queue, moment=visit.moment, kept=visit.moment)


# --- how many wait --------------------------------------------------------------------------------


def count(visit: Visit) -> Response:
    """How many texts wait, by service, questionnaire and wave, and what became of the others."""
    try:
        role = role_of(visit)
    except InviteError as error:
        form = Typed({"role": [visit.asked.get("role", "")]})
        form.wrong("role", error.sentences[0])
        return _which_role(visit, form)
    if not role:
        return _which_role(visit, Typed())
    looked = _look(visit) if is_quick(visit.store, AT_ONCE) else _kept(visit, visit.asked.get("list", ""))
    if looked is None:
        return _look_apart(visit, role)
    waiting = [one for one in looked.queue.waiting if words.still_waits(visit.store, one)]
    moment = looked.moment.astimezone(ZoneInfo(visit.bundle.library.site.time_zone))
    return visit.page(
        "words.html.j2",
        title=visit.say(TITLE),
        role=role,
        queue=looked.queue,
        minimum=words.MINIMUM,
        waiting=len(waiting),
        rows=_by_questionnaire(visit, waiting),
        begin=visit.to("words/read", **_asking(visit, role, list=_keep(visit, looked), at=1)),
        released=visit.to("words/released", **_asking(visit, role)),
        again=visit.to("words", **_asking(visit, role)),
        stood=(visit.day(moment.date()), format_time(moment.time(), visit.language)),
    )


def _which_role(visit: Visit, form: Typed) -> Response:
    """Asks somebody alone at a machine of their own in which role they read."""
    status = 200 if form.ok else 422
    return visit.page("words-role.html.j2", title=visit.say(TITLE), status=status, form=form)


def _by_questionnaire(visit: Visit, waiting: Sequence[Waiting]) -> list[tuple[str, str, str, int]]:
    counts = Counter((one.service, one.instrument, one.wave) for one in waiting)
    return [
        (visit.service_title(service), visit.instrument_title(instrument), visit.wave_title(wave), number)
        for (service, instrument, wave), number in counts.items()
    ]


def _look_apart(visit: Visit, role: str) -> Response:
    """Looks for them as work of its own, and leads on to how many there are."""
    store, library, today, moment = visit.store, visit.bundle.library, visit.today, visit.moment
    login, memory = visit.person.login, visit.desk.memory

    def work(tell: Progress) -> str:
        keys = list(store.scan("submission/"))
        tell(said(GOING_THROUGH, count=len(keys)), 0.1)
        queue = words.queue(store, library, keys=keys, today=today)
        token = memory.put(login, Looked(queue=queue, moment=moment, kept=moment))
        return _path(visit, "words", role, list=token)

    return apart(visit, said(LOOKING), work)


# --- one text after another -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A text of a list that somebody reads from; `at` counts from 1."""

    one: Waiting
    at: int
    looked: Looked
    token: str
    role: str


def read(visit: Visit) -> Response:
    """The next text of a list that still waits as it was looked up, from a place on."""
    role, token = role_of(visit), visit.asked.get("list", "")
    looked = _kept(visit, token)
    if looked is None or not role:
        return visit.go("words", said(OLD_LIST) if role else None, **_asking(visit, role))
    waiting, first = looked.queue.waiting, _number(visit.asked.get("at", ""))
    for at, one in enumerate(waiting[first - 1 :], first):
        if words.still_waits(visit.store, one):
            reading = Reading(one=one, at=at, looked=looked, token=_renewed(visit, looked, token), role=role)
            return _page(visit, reading, Typed())
    return visit.go("words", said(THROUGH) if waiting else None, **_asking(visit, role, list=token))


def _number(text: str) -> int:
    """A place in a list, from 1 on; 1 for what is none."""
    return max(int(text), 1) if text.isdecimal() and len(text) < 10 else 1


def _page(visit: Visit, reading: Reading, form: Typed, still: Sequence[tuple[str, str]] = ()) -> Response:
    """One text with what is suggested about it, and what can be decided."""
    one, library = reading.one, visit.bundle.library
    known = redaction.known(library)
    found = redaction.suggestions(one.text, known)
    suggested = redaction.without(one.text, found)
    visit.log("read words", one.service, **_about(one), role=reading.role)
    return visit.page(
        "words-read.html.j2",
        title=visit.say(READ_TITLE, number=reading.at, count=len(reading.looked.queue.waiting)),
        status=200 if form.ok else 422,
        form=form,
        one=one,
        reading=reading,
        question=visit.text(words.asked(library, one)),
        beside="." in one.item,
        language_name=library.site.language_names.get(one.language, one.language),
        pieces=[(piece, _mark(suggestion)) for piece, suggestion in redaction.passages(one.text, found)],
        notes=_notes(visit, one.text, found),
        suggested=suggested if suggested != one.text else None,
        still=still,
        tick=_tick(one, still),
        later=visit.to("words/read", **_asking(visit, reading.role, list=reading.token, at=reading.at + 1)),
        stop=visit.to("words", **_asking(visit, reading.role, list=reading.token)),
    )


def _about(one: Waiting | Released) -> dict[str, str]:
    """What the log has of a text: neither whose it is nor what stands in it."""
    return {"questionnaire": one.instrument, "wave": one.wave, "question": one.item}


def _mark(suggestion: redaction.Suggestion | None) -> str:
    """The class of a mark: what is suggested to be taken out, and what is only warned of."""
    if suggestion is None:
        return ""
    return "out" if suggestion.taken_out else "warned"


def _notes(visit: Visit, text: str, found: Sequence[redaction.Suggestion]) -> list[tuple[str, str]]:
    return [(passage, visit.phrase(reason)) for passage, reason in redaction.noted(text, found)]


def decide(visit: Visit) -> Response:
    """Stores what was decided on the text that was read, and goes on to the next."""
    role, typed, known = role_of(visit), visit.typed, redaction.known(visit.bundle.library)
    if not role:
        return visit.go("words")
    try:
        reading = _decided_on(visit, role)
    except InviteError as error:
        return visit.message(409, said(NOT_STORED), error.say(visit.messages), back=_path(visit, "words", role))
    choice = next((each for each in CHOICES if each == typed.choice("decision", CHOICES)), None)
    if choice is None:
        return _page(visit, reading, typed)
    try:
        text = words.chosen(reading.one, choice, edited=typed.value("text"), known=known)
    except InviteError as error:
        typed.wrong("text" if choice == "edited" else "decision", error.sentences[0])
        return _page(visit, reading, typed)
    still = _still_in(visit, text, known) if choice == "edited" and text else []
    if still and _tick(reading.one, still) not in typed.values("anyway"):
        typed.wrong("anyway", said(STILL_IN_IT))
        return _page(visit, reading, typed, still)
    return _stored(visit, reading, choice, text)


def _stored(visit: Visit, reading: Reading, choice: Choice, text: str | None) -> Response:
    after = {"list": reading.token, "at": reading.at + 1}
    log = visit.audit()
    try:
        words.decide(visit.store, reading.one, text, role=reading.role, moment=visit.moment, log=log)
    except InviteError as error:
        back = _path(visit, "words/read", reading.role, **after)
        return visit.message(409, said(NOT_STORED), error.say(visit.messages), back=back)
    return visit.go("words/read", said(DONE[choice]), **_asking(visit, reading.role, **after))


def _decided_on(visit: Visit, role: str) -> Reading:
    """The text that a form is about, as it was read. Raises InviteError where that stands no more, or the list is
    forgotten and takes long to make."""
    token, about = visit.typed.value("list"), (visit.typed.value("id"), visit.typed.value("digest"))
    looked = _kept(visit, token)
    if looked is None and is_quick(visit.store, AT_ONCE):
        looked = _look(visit)
        token = _keep(visit, looked)
    if looked is None:
        raise InviteError(said(FORGOTTEN))
    for at, one in enumerate(looked.queue.waiting, 1):
        if (one.id, one.digest) == about:
            return Reading(one=one, at=at, looked=looked, token=_renewed(visit, looked, token), role=role)
    raise InviteError(said(words.CORRECTED_MEANWHILE))


def _still_in(visit: Visit, text: str, known: redaction.Known) -> list[tuple[str, str]]:
    """What may tell who wrote it, in a text that somebody edited."""
    return _notes(visit, text, [one for one in redaction.suggestions(text, known) if one.taken_out])


def _tick(one: Waiting, still: Sequence[tuple[str, str]]) -> str:
    """What the tick sends that lets some passages stay: these, and no others that come in later."""
    return records.words_digest(one.submission, one.item, "\n".join(passage for passage, _reason in still))


# --- what is released -----------------------------------------------------------------------------


def released(visit: Visit) -> Response:
    """Every text that is released, by service and question; those with some words in them where these are asked for."""
    role = role_of(visit)
    if not role:
        return visit.go("words")
    typed = Typed({name: [value] for name, value in visit.asked.items()})
    wanted, service = typed.text("text").casefold(), typed.text("service")
    every = sorted(words.every_released(visit.store), key=lambda one: (one.service, one.instrument, one.item, one.id))
    found = [one for one in every if service in ("", one.service) and wanted in (one.text or "").casefold()]
    first = _number(visit.asked.get("first", ""))
    shown = found[first - 1 : first - 1 + SHOWN]
    visit.log("read released words", service, count=len(shown), role=role)
    return visit.page(
        "words-released.html.j2",
        title=visit.say(RELEASED_TITLE),
        form=typed,
        role=role,
        rows=[(one, _question(visit, one)) for one in shown],
        count=len(found),
        some=bool(every),
        first=first,
        services=[(id, visit.service_title(id)) for id in dict.fromkeys(one.service for one in every)],
        pages=[
            (visit.to("words/released", **_asking(visit, role, text=wanted, service=service, first=at)), at)
            for at in range(1, len(found) + 1, SHOWN)
        ],
        most=SHOWN,
        back=visit.to("words", **_asking(visit, role)),
    )


def _question(visit: Visit, one: Released) -> str:
    """The question that was answered, in the latest version that has it; its id where none has."""
    asked, known = one.item.partition(".")[0], visit.bundle.library.instruments
    versions = sorted(
        (known[key] for key in known if key.startswith(f"{one.instrument}@")), key=lambda each: each.version
    )
    for instrument in reversed(versions):
        for item in instrument.items():
            if item.id == asked:
                return visit.text(item.text)
    return one.item


def take_back(visit: Visit) -> Response:
    """Withholds a text that was released."""
    role = role_of(visit)
    if not role:
        return visit.go("words")
    words.take_back(visit.store, visit.typed.value("id"), role=role, moment=visit.moment, log=visit.audit())
    return visit.go("words/released", said(TAKEN_BACK), **_asking(visit, role))


PLACES = (
    Place(path="words", view=count, area="words"),
    Place(path="words/read", view=read, area="words"),
    Place(path="words/decide", view=decide, area="words", method="POST"),
    Place(path="words/released", view=released, area="words"),
    Place(path="words/back", view=take_back, area="words", method="POST"),
)
