"""What becomes of a posted form. One function decides; views only render what it says.

Exactly once: a submission's key is its participation, instrument, wave and 1, and `create` never overwrites. A retry
with the same id finds its own record and gets the same receipt, and where the content is another, is told that what
was sent first is kept; any other id gets one plain refusal. The record of the receipt, which holds no answers, is
written first: so the submission is the last write, and whatever fails before it leaves nothing stored
(docs/decisions/0004-receipt-first.md).
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from zoneinfo import ZoneInfo

from collector import correcting, erasing, participations, results
from collector.bundle import Bundle
from collector.settings import Keys
from collector.stores import Store, StoreTrouble
from collector.stores.ahead import LookingAhead
from survey import answers, codes, pages, records, schedule
from survey.answers import AnswerProblem, Fields, Judged, MalformedForm, first
from survey.frozen import dataclass
from survey.marking import _
from survey.model import CHANNELS, HELPERS, Instrument, Service, is_open, meaning
from survey.pages import Form
from survey.records import Participation, Submission
from survey.result import OwnResult, offered, own_result

OWN_FIELDS = frozenset(
    {"_id", "_instrument", "_version", "_meaning", "_wave", "_language", "_channel", "_service", "_code", "_helper"}
    | {"_asked", "_result", "_earlier", "_receipt", "_end"}
)


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The answers are on stable storage, once. `more` says that another questionnaire is open under the code; `result`
    is what the person asked to see, and `compared` says whether the earlier receipt, if one was given, was of use."""

    receipt: str
    language: str
    code: str
    more: bool
    shared: bool
    """Whether several people answer on the device."""
    changed: bool = False
    """Whether these answers are those that the same form was sent with before, and what came now is not stored."""
    result: OwnResult | None = None
    compared: bool = True


@dataclass(frozen=True, kw_only=True)
class Address:
    """Which questionnaire a form belongs to, in which language; `service` where the page is one service's own."""

    instrument: Instrument
    wave: str
    language: str
    service: Service | None

    @property
    def is_open(self) -> bool:
        """Whether it is answered without a code."""
        return self.service is not None and is_open(self.service, self.instrument)


@dataclass(frozen=True, kw_only=True)
class Invalid:
    """Nothing was stored; the page comes back with every answer kept, also where somebody only changed its language."""

    status: int
    address: Address
    form: Form
    trouble: Exception | None = None
    """What went wrong on our side, for the log."""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Nothing was stored, and sending the same again would not help. `title` and `text` are messages."""

    status: int
    language: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form as it came: which questionnaire it belongs to, and how its answers were judged."""

    fields: Fields
    address: Address
    judged: Judged
    form: Form

    @property
    def ready(self) -> bool:
        """Whether nothing is left to mend, nor to remind of."""
        return not self.judged.problems and not self.form.reminders

    def invalid(self, status: int, notice: str = "", *problems: AnswerProblem, id: str = "") -> Invalid:
        """The form as it comes back."""
        every = (*problems, *self.form.problems)
        returned = dataclasses.replace(self.form, id=id or self.form.id, notice=notice, problems=every)
        return Invalid(status=status, address=self.address, form=returned)

    def trouble(self, trouble: Exception) -> Invalid:
        """The form as it comes back where something went wrong on our side."""
        return dataclasses.replace(self.invalid(503, pages.TROUBLE), trouble=trouble)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The answers are on stable storage. `again` says that the same form had stored them before; `changed` that it was
    sent with others then, and what came now is not stored."""

    submission: Submission
    again: bool
    changed: bool


ALREADY = _("This questionnaire has been answered already")
ALREADY_TEXT = _(
    "Your code has been used for this questionnaire, and it is answered once. These answers were not stored. "
    "If you did not answer, tell the employment services."
)
NOT_CHANGED = _("The language was not changed")
NOT_JUDGED = Judged({}, {}, ())
NOT_STORED = _("The answers were not stored")
MALFORMED = _("The form did not come as this site sends it. Open the questionnaire again from the front page.")
CUT_SHORT = _("The form did not arrive complete. Go back to the page and send it again.")
NO_LONGER = _("This questionnaire is no longer in use. Open the questionnaire again from the front page.")


def receive(
    fields: Fields, *, bundle: Bundle, store: Store, keys: Keys, moment: datetime, random: codes.Random
) -> Accepted | Invalid | Refused:
    """Judges a posted form and, if it is whole and right, stores it before it returns Accepted.

    `moment` carries a time zone. Nothing is raised for anything that a browser could send.
    """
    store = LookingAhead(store)
    sent = judged(fields, bundle=bundle, moment=moment, random=random)
    if not isinstance(sent, Sent):
        return sent
    address, form = sent.address, sent.form
    try:
        if form.receipt:
            return _corrected(sent, store, keys, moment)
        open_service = address.service if address.is_open else None
        participation = None if open_service else participations.by_code(store, keys, form.code)
        service = open_service or _service(bundle, participation)
        if service is None or not asks(service, address.instrument):
            problem = pages.CODE_WRONG if form.code.strip() else pages.CODE_MISSING
            return sent.invalid(422, "", AnswerProblem("_code", "i-_code", problem))
        outcome = keep(sent, participation, service, store=store, keys=keys, moment=moment, random=random)
        if not isinstance(outcome, Kept):
            return outcome
        # A coach who has answered about a client is not led on to the client's own questions.
        theirs = address.instrument.respondent == "client"
        more = theirs and participation is not None and _more(bundle, store, participation, moment)
        accepted = Accepted(
            receipt=keys.receipt(outcome.submission.id),
            language=address.language,
            code=form.code,
            more=more,
            shared=form.shared,
            changed=outcome.changed,
        )
        if accepted.changed:
            return accepted
        return _with_result(accepted, address, outcome.submission, form, bundle, store, keys)
    except Exception as trouble:  # a fault of ours must not cost a person their answers
        return sent.trouble(trouble)


def judged(fields: Fields, *, bundle: Bundle, moment: datetime, random: codes.Random) -> Sent | Invalid | Refused:
    """A form with its answers judged; Refused where no page of ours sends it, Invalid where judging failed."""
    try:
        address = _addressed(fields, bundle)
        answers.check_fields(address.instrument, address.wave, fields)
        id = first(fields, "_id") or codes.new_id(random)
        try:
            found = answers.judge(address.instrument, address.wave, fields, today=local_day(bundle, moment))
        except MalformedForm:
            raise
        except Exception as trouble:  # likewise
            begun = Form.sent(fields, NOT_JUDGED, id=id)
            return Sent(fields=fields, address=address, judged=NOT_JUDGED, form=begun).trouble(trouble)
    except MalformedForm as malformed:
        language = bundle.language(first(fields, "_language"))
        return Refused(status=400, language=language, title=NOT_STORED, text=str(malformed))
    return Sent(fields=fields, address=address, judged=found, form=Form.sent(fields, found, id=id))


def keep(
    sent: Sent,
    participation: Participation | None,
    service: Service,
    *,
    store: Store,
    keys: Keys,
    moment: datetime,
    random: codes.Random,
) -> Kept | Invalid | Refused:
    """Stores what was sent, once, unless something of it is to be mended or it was answered before. Whose it is, the
    caller has made sure of. Raises StoreTrouble."""
    address = sent.address
    already = Refused(status=409, language=address.language, title=ALREADY, text=ALREADY_TEXT)
    submission = _submission(sent, participation, service, keys)
    earlier = results.first(store, _key(submission))
    if earlier is None:
        if _is_buried(store, submission):
            return already
        if not sent.ready:
            return sent.invalid(422)
        if address.service is not None and address.service.id != service.id:
            # The words named another service than the code's: the person sees theirs before anything is stored.
            address = dataclasses.replace(address, service=service)
            return dataclasses.replace(sent, address=address).invalid(422, pages.CHANGED)
        if submission.meaning != meaning(address.instrument, address.language):
            return sent.invalid(422, pages.CHANGED)
        if not first(sent.fields, "_id"):
            return sent.invalid(200, pages.CONFIRM)
        try:
            earlier = _create(store, submission, keys.receipt_hash(keys.receipt(submission.id)), moment)
        except _IdTaken:
            return sent.invalid(200, pages.CONFIRM, id=codes.new_id(random))
        if earlier is None:
            gone = _erased_meanwhile(store, submission)
            return already if gone else Kept(submission=submission, again=False, changed=False)
    first_stored = records.envelope(earlier)
    # An id is random, made for one form and shown nowhere: who sends it again, under the same code where one is
    # needed, is who sent it first.
    if first_stored.id != submission.id:
        return already
    changed = bool(first_stored.digest) and first_stored.digest != submission.digest
    return Kept(submission=submission, again=True, changed=changed)


def _corrected(sent: Sent, store: Store, keys: Keys, moment: datetime) -> Accepted | Invalid | Refused:
    """What becomes of answers that come with the receipt of earlier ones."""
    address, form = sent.address, sent.form
    language = address.language
    if not sent.ready:
        return sent.invalid(422)
    if first(sent.fields, "_meaning") != meaning(address.instrument, language):
        return sent.invalid(422, pages.CHANGED)
    # Whose they are is written there.
    bare = _submission(sent, None, None, keys)
    done = correcting.correct(bare, sent.judged, form.receipt, store=store, keys=keys, moment=moment)
    if done is None or done.taken_back:
        return Refused(status=422, language=language, title=NOT_STORED, text=pages.RECEIPT_WRONG)
    return Accepted(receipt=done.receipt, language=language, code="", more=False, shared=form.shared)


def in_language(fields: Fields, *, bundle: Bundle, random: codes.Random) -> Invalid | Refused:
    """The form that somebody has begun, with every answer, in the language that the field `_chosen` names."""
    chosen = first(fields, "_chosen")
    begun = {name: values for name, values in fields.items() if name != "_chosen"}
    try:
        address = _addressed(begun, bundle)
        answers.check_fields(address.instrument, address.wave, begun)
        if chosen not in address.instrument.languages or chosen not in bundle.messages:
            raise MalformedForm(MALFORMED)
    except MalformedForm as malformed:
        language = bundle.language(first(fields, "_language"))
        return Refused(status=400, language=language, title=NOT_CHANGED, text=str(malformed))
    form = Form.sent(begun, NOT_JUDGED, id=first(begun, "_id") or codes.new_id(random))
    return Invalid(status=200, address=dataclasses.replace(address, language=chosen), form=form)


class _IdTaken(Exception):
    """The id has stored another submission: a page that was sent once and then again with another code."""


def _addressed(fields: Fields, bundle: Bundle) -> Address:
    """What a form names. Raises MalformedForm for anything that no page of ours sends."""
    if first(fields, "_end") != "1" or list(fields)[-1] != "_end":
        raise MalformedForm(CUT_SHORT)
    own = {name: values for name, values in fields.items() if name.startswith("_")}
    if not OWN_FIELDS.issuperset(own) or any(len(values) > 1 for values in own.values()):
        raise MalformedForm(MALFORMED)
    instrument = bundle.library.instruments.get(f"{first(fields, '_instrument')}@{first(fields, '_version')}")
    if instrument is None:
        raise MalformedForm(NO_LONGER)
    service = _listed(bundle, first(fields, "_service"), instrument)
    wave, id = first(fields, "_wave"), first(fields, "_id")
    if (
        wave not in instrument.waves
        or first(fields, "_language") not in {*instrument.languages} & {*bundle.messages}
        or first(fields, "_channel") not in CHANNELS
        or first(fields, "_helper") not in ("", *HELPERS)
        or (id and not codes.is_id(id))
        or ("_service" in fields and service is None)
        or ("_code" in fields and service is not None and is_open(service, instrument))
    ):
        raise MalformedForm(MALFORMED)
    return Address(instrument=instrument, wave=wave, language=first(fields, "_language"), service=service)


def _listed(bundle: Bundle, id: str, instrument: Instrument) -> Service | None:
    """The service of this id, if it asks the instrument on a page of its own."""
    service = {service.id: service for service in bundle.library.services.services}.get(id)
    if service is None or not asks(service, instrument):
        return None
    return service if is_open(service, instrument) or instrument.by_service else None


def asks(service: Service, instrument: Instrument) -> bool:
    """Whether a service asks an instrument, in this version or another: pages of an earlier one may stand open."""
    return instrument.instrument in {key.partition("@")[0] for key in service.instruments}


def _service(bundle: Bundle, participation: Participation | None) -> Service | None:
    """The service of a participation; None where there is neither, or the service is no longer listed."""
    services = {service.id: service for service in bundle.library.services.services}
    return services.get(participation.service) if participation else None


def _submission(sent: Sent, participation: Participation | None, service: Service | None, keys: Keys) -> Submission:
    fields, instrument = sent.fields, sent.address.instrument
    bare = Submission(
        id=first(fields, "_id"),
        participation=participation.id if participation else None,
        service=service.id if service else "",
        instrument=instrument.instrument,
        version=instrument.version,
        # As the page said it, so that a retry is the same even where the wording has changed meanwhile.
        meaning=first(fields, "_meaning"),
        wave=first(fields, "_wave"),
        language=first(fields, "_language"),
        channel=sent.form.channel,
        helper=sent.form.helper,
        answers=sent.judged.answers,
        absent=sent.judged.absent,
    )
    return dataclasses.replace(bare, digest=records.digest(bare, keys.digest_key))


def _is_buried(store: Store, submission: Submission) -> bool:
    return erasing.is_buried(store, submission.owner, submission.instrument, submission.wave)


def _erased_meanwhile(store: Store, submission: Submission) -> bool:
    """Whether a tombstone came while answers did: it has the last word. Answers are stored: trouble in looking must not
    deny it."""
    try:
        buried = _is_buried(store, submission)
    except StoreTrouble:
        return False
    if buried:
        store.remove(_key(submission))
    return buried


def _key(submission: Submission) -> str:
    return records.submission_key(submission.owner, submission.instrument, submission.wave, 1)


def _create(store: Store, submission: Submission, receipt_hash: str, moment: datetime) -> bytes | None:
    """Stores a submission. None if this call stored it, else the record that was there first. Raises _IdTaken."""
    key, receipt = _key(submission), records.receipt_key(receipt_hash)
    body = records.encode(dataclasses.replace(submission, received=records.timestamp(moment)))
    link = records.encode_link(submission=key, id=submission.id)
    stored = store.create_in_order((receipt, link), (key, body))
    if stored == 0:
        there = store.read(receipt)
        # A receipt opens one submission: the next person at a shared device must not get the last one's.
        if there is not None and records.decode_link(there)["submission"] != key:
            raise _IdTaken
        # It was left by a try that failed, or the same form came twice at this moment.
        stored = 1 + store.create(key, body)
    if stored == 2:
        return None
    earlier = store.read(key)
    if earlier is None:
        raise StoreTrouble("The submission exists and cannot be read back.")
    return earlier


def _more(bundle: Bundle, store: Store, participation: Participation, moment: datetime) -> bool:
    """Whether another questionnaire is open to the client. Answers are stored: nothing here may prevent saying so."""
    try:
        done = participations.answered(store, participation)
        return bool(schedule.open_tasks(bundle.library, participation, done, local_day(bundle, moment)))
    except Exception:
        return False


def _with_result(
    accepted: Accepted, address: Address, submission: Submission, form: Form, bundle: Bundle, store: Store, keys: Keys
) -> Accepted:
    """With the own result, where it was asked for. Answers are stored: nothing here may prevent saying so."""
    if not form.result or not offered(address.instrument, address.wave):
        return accepted
    try:
        earlier = results.earlier(bundle, store, keys, form.earlier, but=submission.id)
        found = own_result(address.instrument, address.wave, submission.answers, earlier)
    except Exception:
        return accepted
    return dataclasses.replace(accepted, result=found, compared=bool(found.since) or not form.earlier.strip())


def local_day(bundle: Bundle, moment: datetime) -> date:
    """The calendar day of a moment in the site's time zone."""
    return moment.astimezone(ZoneInfo(bundle.library.site.time_zone)).date()
