"""What a person asks for: their own answers as a page, erasing, and answering a questionnaire again that
somebody else answered with their slip.

Nobody sees an answer here: the page of them is made in memory, and handed over. A receipt opens answers to whoever has
it, so it is kept in mind under a key of its own, and stands in no address, title or entry of the log.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime

from werkzeug.wrappers import Response

from collector import erasing, participations, results
from collector.desk import retention
from collector.desk.keying import IS_CODE, Looked
from collector.desk.participations import NO_SUCH, STALE, TICK, seen
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.desk.works import NotMade
from collector.erasing import Eraser, NoSecondPlace
from collector.participations import InviteError, written
from collector.receive import local_day
from collector.stores import StoreTrouble
from collector.web import log_by_place
from survey import codes, records
from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import said
from survey.records import Participation, Submission

TITLE = _("What a person asks for")
OF_RECEIPT = _("What the receipt opens")
ERASE, RESET = _("Erase everything"), _("Let a questionnaire be answered again")
ERASE_ONE = _("Erase this questionnaire")
BY_RECEIPT = "by receipt"
"""What the log says in place of a receipt, as for the commands."""
NEITHER = _(
    "This is neither a number nor a receipt. A number looks like JT-2026-017. A receipt has 20 letters and digits in "
    "four groups."
)
GONE = _("The receipt is no longer here")
GONE_TEXT = _("It is kept for an hour, for whoever typed it, and stored nowhere. Type it again.")
NOTHING_LEFT = _("Nothing stands under this receipt any more")
NOTHING_LEFT_TEXT = _("The answers were erased, or had been kept long enough.")
NOT_YOURS = _("The data protection officer gives people their own answers")
NOT_YOURS_TEXT = _(
    "A planner knows whose number it is, and does not see what one person answered. Ask the officer, with the number "
    "{number}; or ask the person for the receipt."
)
NOT_MADE = _("The page was not made")
SEALED = _("The answers are sealed")
SEALED_TEXT = _(
    "Only the holder of a key can open them, and no key is here. Ask them to write the page where the key is, with "
    "this command: {command}"
)
NO_SECOND = _("Nothing can be erased just now")
NO_SECOND_TEXT = _(
    "Nothing was removed. Before anything is erased, a mark is stored in a second place, so that no backup brings the "
    "answers back, and that place cannot be used. Tell whoever looks after Mittari: MITTARI_ERASURES must name a place "
    "apart from the store that the desk can write to. The machine says, in English: {reason} Then come back here: the "
    "person has to have an answer within a month."
)
SAME_PLACE = "MITTARI_ERASURES names the store itself."
BROKEN_OFF = _("Erasing was broken off")
BROKEN_OFF_TEXT = _(
    "Some of it may be removed, and nothing comes back. Wait a moment and do it again: that removes what is left. If "
    "it stays so, tell whoever looks after Mittari what the machine says, in English: {reason}"
)
ERASED = _("Erased for good: everything of {number}. Questionnaires that were answered: {count}.")
ERASED_ONE = _("Erased for good: the answers under the receipt.")
CAN_ANSWER = _("Erased: {questionnaire}, answered under {number}. It can be answered again with the slip.")
NAME = _("{questionnaire} – {wave}")
ANSWERED_ON = _("Answered on {day}")


@dataclass(frozen=True)
class Receipt:
    """A receipt that somebody typed, of a person who asks."""

    typed: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A questionnaire that was answered: where it is stored, what it is called, and when the answers came."""

    key: str
    id: str
    service: str
    instrument: str
    wave: str
    name: str
    day: str
    sealed: bool

    @property
    def what(self) -> str:
        """What a form sends of it."""
        return f"{self.instrument}/{self.wave}"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody asks about: a number with all that is stored of it, or a receipt with its questionnaire. `path` is
    that of its page."""

    path: str
    participation: Participation | None
    receipt: str
    answered: tuple[Answered, ...]

    @property
    def number(self) -> str:
        """The number; empty for a receipt."""
        return self.participation.number if self.participation else ""

    @property
    def about(self) -> str:
        """What the log has of it."""
        return self.number or BY_RECEIPT

    @property
    def sealed(self) -> bool:
        """Whether only the holder of a key can open some of the answers."""
        return any(one.sealed for one in self.answered)

    @property
    def command(self) -> str:
        """How the holder of a key writes the page."""
        return f"mittari access {self.number or '--receipt …'} --identity … --output own.html"

    @property
    def shown(self) -> str:
        """What a form was made of: sent along, it tells whether anything changed meanwhile."""
        stands = [seen(self.participation)] if self.participation else []
        return " ".join([*stands, *(f"{one.key} {one.id}" for one in self.answered)])


# --- the first page -------------------------------------------------------------------------------


def first(visit: Visit, form: Typed | None = None) -> Response:
    """Where a number or a receipt is typed, what the law gives, and what is kept too long."""
    old = retention.at_once(visit)
    return visit.page(
        "requests.html.j2",
        title=visit.say(TITLE),
        status=422 if form else 200,
        form=form or Typed(),
        site=visit.desk.address,
        sealed=bool(visit.bundle.library.site.sealed_to),
        looked=old is not None,
        old=retention.figures(visit, old or ()),
    )


def find(visit: Visit) -> Response:
    """Goes on to a number or a receipt."""
    form = visit.typed
    text = form.text("what", needed=True)
    number = participations.number_typed(text)
    if codes.normalised(text):
        # A code is for its person's eyes, and not to be sent twice.
        form.fields["what"] = [""]
        form.wrong("what", said(IS_CODE))
    elif number is not None:
        return _find_number(visit, form, number)
    elif codes.normalised_receipt(text):
        return _find_receipt(visit, form, text)
    elif text:
        form.wrong("what", said(NEITHER))
    return first(visit, form)


def _find_number(visit: Visit, form: Typed, number: str) -> Response:
    try:
        one = participations.by_number(visit.store, number)
    except InviteError as error:
        form.wrong("what", error.sentences[0])
        return first(visit, form)
    visit.log("look", one.number)
    looked = visit.desk.memory.put(visit.person.login, Looked(one.number))
    return visit.go(f"requests/number/{one.number}", None, seen=looked)


def _find_receipt(visit: Visit, form: Typed, typed: str) -> Response:
    if results.place(visit.store, visit.desk.keys, typed) is None:
        form.wrong("what", said(erasing.NO_ANSWERS))
        return first(visit, form)
    visit.log("look", BY_RECEIPT)
    token = visit.desk.memory.put(visit.person.login, Receipt(typed))
    return visit.go(f"requests/receipt/{token}")


# --- what is asked about --------------------------------------------------------------------------

View = Callable[[Visit, Asked], Response]


def _of_number(view: View) -> Callable[..., Response]:
    """A view of what a number has, found by it."""

    def found(visit: Visit, number: str) -> Response:
        try:
            one = participations.by_number(visit.store, number)
        except InviteError as error:
            return visit.message(404, said(NO_SUCH), error.say(visit.messages), back="requests")
        kept = results.of_participation(visit.store, one)
        answered = tuple(_answered(visit, key, body) for key, body in kept)
        path = f"requests/number/{one.number}"
        return view(visit, Asked(path=path, participation=one, receipt="", answered=answered))

    return found


def _of_receipt(view: View) -> Callable[..., Response]:
    """A view of what a receipt opens, for whoever typed it."""

    def found(visit: Visit, token: str) -> Response:
        receipt = visit.desk.memory.get(visit.person.login, token, Receipt)
        if receipt is None:
            return visit.message(410, said(GONE), said(GONE_TEXT), back="requests")
        place = results.place(visit.store, visit.desk.keys, receipt.typed)
        body = visit.store.read(place.key) if place else None
        if place is None or body is None:
            return visit.message(404, said(NOTHING_LEFT), said(NOTHING_LEFT_TEXT), back="requests")
        answered = (_answered(visit, place.key, body),)
        path = f"requests/receipt/{token}"
        return view(visit, Asked(path=path, participation=None, receipt=receipt.typed, answered=answered))

    return found


def _answered(visit: Visit, key: str, body: bytes) -> Answered:
    """What is known of answers without a look at them."""
    one = records.envelope(body, key=key)
    title = visit.instrument_title(f"{one.instrument}@{one.version}")
    day = local_day(visit.bundle, datetime.fromisoformat(one.received))
    return Answered(
        key=key,
        id=one.id,
        service=one.service,
        instrument=one.instrument,
        wave=one.wave,
        name=visit.say(NAME, questionnaire=title, wave=visit.wave_title(one.wave)),
        day=written(day),
        sealed=records.is_sealed(body),
    )


def page(visit: Visit, asked: Asked) -> Response:
    """What is stored, never what was answered, and what can be done."""
    looked = visit.desk.memory.get(visit.person.login, visit.asked.get("seen", ""), Looked)
    if asked.participation and (looked is None or looked.number != asked.number):
        visit.log("look", asked.number)
    return visit.page(
        "requests-one.html.j2",
        title=asked.number or visit.say(OF_RECEIPT),
        asked=asked,
        one=asked.participation,
        may_open=_may_open(visit, asked),
        facts=_facts(visit, asked.participation) if asked.participation else {},
        service=visit.service_title(asked.participation.service if asked.participation else asked.answered[0].service),
    )


def _facts(visit: Visit, one: Participation) -> dict[str, str]:
    return {
        "start": written(one.start_date),
        "end": written(one.end_date),
        "invited": written(local_day(visit.bundle, datetime.fromisoformat(one.invited))),
        "revoked": written(local_day(visit.bundle, datetime.fromisoformat(one.revoked))) if one.revoked else "",
    }


# --- their own answers ----------------------------------------------------------------------------


def _may_open(visit: Visit, asked: Asked) -> bool:
    """Whoever was given the receipt by the person has their word for it; for a number alone it takes the officer."""
    return bool(asked.receipt) or visit.person.opens_answers


def access(visit: Visit, asked: Asked) -> Response:
    """The person's own answers as a page to save. It is kept nowhere here."""
    if not _may_open(visit, asked):
        return visit.message(403, said(NOT_YOURS), said(NOT_YOURS_TEXT, number=asked.number), back=asked.path)
    if asked.sealed:
        return visit.message(409, said(SEALED), said(SEALED_TEXT, command=asked.command), back=asked.path)
    bodies = ((one.key, visit.store.read(one.key)) for one in asked.answered)
    kept = [records.decode(Submission, body, key=key) for key, body in bodies if body]
    try:
        made = visit.desk.works.answers.page(kept, asked.participation, bundle=visit.bundle, moment=visit.moment)
    except NotMade as error:
        return visit.message(409, said(NOT_MADE), error.told, back=asked.path)
    visit.log("access", asked.about, questionnaires=len(kept))
    return visit.file(made)


# --- erasing --------------------------------------------------------------------------------------


def erase_page(visit: Visit, asked: Asked, form: Typed | None = None) -> Response:
    """What is removed and what stays, before it is done."""
    return _with_second_place(
        visit,
        asked,
        lambda unknown: visit.page(
            "requests-erase.html.j2",
            title=visit.say(ERASE if asked.number else ERASE_ONE),
            status=422 if form else 200,
            form=form or Typed(),
            asked=asked,
            seen=_seen(visit, asked),
            unknown=unknown,
        ),
    )


def erase(visit: Visit, asked: Asked) -> Response:
    """Erases everything of a number, or the questionnaire of a receipt, where that was confirmed."""
    if wrong := _not_sure(visit, asked):
        return erase_page(visit, asked, wrong)
    participation = asked.participation

    def work(eraser: Eraser) -> Response:
        visit.log("erase", asked.about, questionnaires=len(asked.answered))
        if participation is not None:
            erased = eraser.participation(participation)
            return visit.go("requests", said(ERASED, number=asked.number, count=erased.questionnaires))
        eraser.receipt(asked.receipt)
        visit.desk.memory.forget(asked.path.rpartition("/")[2])
        return visit.go("requests", said(ERASED_ONE))

    return _erasing(visit, asked, work, back=f"{asked.path}/erase")


def reset_page(visit: Visit, asked: Asked, form: Typed | None = None) -> Response:
    """Which questionnaire is to be answered again, before its answers are erased."""
    return _with_second_place(
        visit,
        asked,
        lambda unknown: visit.page(
            "requests-reset.html.j2",
            title=visit.say(RESET),
            status=422 if form else 200,
            form=form or Typed(),
            asked=asked,
            seen=_seen(visit, asked),
            unknown=unknown,
            questionnaires=[(one.what, one.name, visit.say(ANSWERED_ON, day=one.day)) for one in asked.answered],
        ),
    )


def reset(visit: Visit, asked: Asked) -> Response:
    """Erases one questionnaire of a number so that it can be answered again, where that was confirmed."""
    form = visit.typed
    chosen = form.choice("what", [one.what for one in asked.answered])
    if wrong := _not_sure(visit, asked):
        return reset_page(visit, asked, wrong)
    one = next(each for each in asked.answered if each.what == chosen)
    participation = asked.participation
    assert participation

    def work(eraser: Eraser) -> Response:
        visit.log("reset", asked.number, questionnaire=one.instrument, wave=one.wave)
        eraser.reset(participation, one.instrument, one.wave)
        return visit.go(asked.path, said(CAN_ANSWER, questionnaire=one.name, number=asked.number))

    return _erasing(visit, asked, work, back=f"{asked.path}/reset")


def _seen(visit: Visit, asked: Asked) -> str:
    """What a form shows of it, without ids of answers."""
    return codes.keyed_hash(visit.desk.keys.digest_key, "requests", asked.shown)


def _not_sure(visit: Visit, asked: Asked) -> Typed | None:
    """The problems of a form that was not confirmed, or that is about what stands so no more; None where it is as it
    should be."""
    form = visit.typed
    if form.value("seen") != _seen(visit, asked):
        found = Typed()
        found.wrong("sure", said(STALE))
        return found
    if not form.value("sure"):
        form.wrong("sure", said(TICK))
    return None if form.ok else form


# --- the second place of tombstones ---------------------------------------------------------------


def _with_second_place(visit: Visit, asked: Asked, page: Callable[[int], Response]) -> Response:
    """A page that asks whether to erase; it is given how many tombstones of the store the second place has not. Another
    page where that place cannot be used: then nothing would be erased."""
    try:
        with _opened(visit) as eraser:
            return page(len(erasing.unknown_to(eraser.second, visit.store)))
    except NoSecondPlace as error:
        return _no_second_place(visit, asked, error)


def _erasing(visit: Visit, asked: Asked, work: Callable[[Eraser], Response], *, back: str) -> Response:
    """Does it; whatever the store refuses on the way, it can be done again."""
    try:
        with _opened(visit) as eraser:
            return work(eraser)
    except NoSecondPlace as error:
        return _no_second_place(visit, asked, error)
    except StoreTrouble as error:
        log_by_place("requests", error)
        return visit.message(503, said(BROKEN_OFF), said(BROKEN_OFF_TEXT, reason=str(error)), back=back)


@contextlib.contextmanager
def _opened(visit: Visit) -> Iterator[Eraser]:
    """Raises NoSecondPlace."""
    settings, keys = visit.desk.settings, visit.desk.keys
    if settings.erasures == settings.store:
        raise NoSecondPlace(SAME_PLACE)
    with erasing.opened_eraser(visit.store, settings.erasures, keys=keys, moment=visit.moment) as eraser:
        yield eraser


def _no_second_place(visit: Visit, asked: Asked, error: NoSecondPlace) -> Response:
    log_by_place("requests", error)
    return visit.message(503, said(NO_SECOND), said(NO_SECOND_TEXT, reason=str(error)), back=asked.path)


def _places_of(path: str, of: Callable[[View], Callable[..., Response]]) -> Iterator[Place]:
    yield Place(path=path, view=of(page), area="requests")
    yield Place(path=f"{path}/answers", view=of(access), area="requests", method="POST")
    yield Place(path=f"{path}/erase", view=of(erase_page), area="requests")
    yield Place(path=f"{path}/erase", view=of(erase), area="requests", method="POST")


PLACES = (
    Place(path="requests", view=first, area="requests"),
    Place(path="requests", view=find, area="requests", method="POST"),
    *_places_of("requests/number/<number>", _of_number),
    Place(path="requests/number/<number>/reset", view=_of_number(reset_page), area="requests"),
    Place(path="requests/number/<number>/reset", view=_of_number(reset), area="requests", method="POST"),
    *_places_of("requests/receipt/<token>", _of_receipt),
)
