"""Open answers on their way to other readers: which wait to be read, and what the area's named role decided on each.

Nothing that somebody wrote goes to others before a person has read and released it. A text waits from the day after its
group's time to answer was over, and where enough people wrote to the same question of the same service: the only
text would be known by its writer. A decision is about the text that was read: corrected, it waits again.
"""

from __future__ import annotations

import dataclasses
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Literal, get_args
from zoneinfo import ZoneInfo

from collector import participations
from collector.audit import Log
from collector.participations import InviteError
from collector.stores import Store
from survey import records, schedule
from survey.answers import OTHER
from survey.frozen import dataclass
from survey.marking import _
from survey.model import CONTACT, WORDS, Instrument, Library, Text
from survey.phrases import said
from survey.records import Participation, Released, Submission, SubmissionKey

if TYPE_CHECKING:
    from survey.redaction import Known

MINIMUM = 5
"""People who must have written to a question of a service at a wave before anybody reads what they wrote."""
LONGEST = 20_000
"""Letters of a text that is released."""
LONGEST_ROLE = 60
Choice = Literal["release", "suggested", "edited", "withhold"]
"""What somebody decides on a text: as it is, with what is suggested taken out, as they edited it, or not at all."""
CHOICES: tuple[Choice, ...] = get_args(Choice)

NOT_RELEASED = _("No text '{id}' is released. Look at the list of what is released.")
DECIDED_MEANWHILE = _("The text was decided on by somebody else meanwhile. Nothing was stored: look at the list again.")
CORRECTED_MEANWHILE = _("The text was corrected or erased meanwhile. Nothing was stored: look at the list again.")
NOTHING_LEFT = _("Nothing is left of the text. Withhold it instead.")
TOO_LONG = _("The text has {count} letters, and {most} are kept. Shorten it.")
IDENTITY_CODE = _("A personal identity code stands in the text. Take it out: it is not released.")
NO_ROLE = _(
    "'{role}' names no role. Write the role that the area has named for this in small letters, like 'quality lead', "
    "and never a person's name."
)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """An open answer that nobody has decided on as it stands now. `item` is `<item>.other_text` where the words stand
    beside an option; `place` is the key of its submission's record."""

    submission: str
    item: str
    service: str
    instrument: str
    version: int
    wave: str
    language: str
    text: str
    place: SubmissionKey

    @property
    def id(self) -> str:
        """What it is called in commands and lists."""
        return f"{self.submission}/{self.item}"

    @property
    def digest(self) -> str:
        return records.words_digest(self.submission, self.item, self.text)


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What waits, by service, questionnaire, wave and question, within one in an order that tells nothing.

    Of the others: how many are of groups that can still answer, how many stand with fewer than five to a question, how
    many are released, and how many are withheld.
    """

    waiting: tuple[Waiting, ...]
    not_closed: int
    too_few: int
    released: int
    withheld: int


# --- what waits -----------------------------------------------------------------------------------


def queue(store: Store, library: Library, *, keys: Iterable[str], today: date) -> Queue:
    """Every open answer that may be read on a day and was not decided on. `keys` are those of every submission.

    Raises SealedRecord where answers are sealed, and UnreadableRecord.
    """
    people = {one.id: one for one in participations.everyone(store)}
    closing = _Closing(library, people)
    closed: dict[tuple[str, ...], list[tuple[str, Waiting]]] = defaultdict(list)
    not_closed = 0
    for submission, text in _texts(store, library, keys):
        if closing.last(submission) >= today:
            not_closed += 1
        else:
            question = (text.service, text.instrument, text.wave, text.item)
            closed[question].append((_writer(submission, people), text))
    enough = {question: found for question, found in closed.items() if len({who for who, _ in found}) >= MINIMUM}
    texts = [text for _question, found in sorted(enough.items()) for _who, text in sorted(found, key=_by_digest)]
    decided = {one.id: one for one in _last_decisions(store)}
    standing = [one for text in texts if (one := decided.get(text.id)) and one.digest == text.digest]
    known = {one.id for one in standing}
    return Queue(
        waiting=tuple(text for text in texts if text.id not in known),
        not_closed=not_closed,
        too_few=sum(len(found) for question, found in closed.items() if question not in enough),
        released=sum(one.text is not None for one in standing),
        withheld=sum(one.text is None for one in standing),
    )


def _by_digest(found: tuple[str, Waiting]) -> str:
    return found[1].digest


def open_questions(instrument: Instrument) -> tuple[str, ...]:
    """What is answered in own words and may be released: items, and words beside an option.

    Never contact details; nor what is sensitive, since its ground covers asking and not quoting; nor what coaches
    write, since it is about one client.
    """
    if instrument.respondent == "coach":
        return ()
    asked = [item for item in instrument.items() if not item.sensitive and item.type not in CONTACT]
    beside = (f"{item.id}.{OTHER}" for item in asked if any(option.other for option in instrument.options(item)))
    return (*(item.id for item in asked if item.type in WORDS), *beside)


def _texts(store: Store, library: Library, keys: Iterable[str]) -> Iterator[tuple[Submission, Waiting]]:
    """Every open answer of the services that are listed, as it was last corrected."""
    questions = {key: open_questions(instrument) for key, instrument in library.instruments.items()}
    asking = {key.partition("@")[0] for key, found in questions.items() if found}
    services = {service.id for service in library.services.services}
    for place in _latest(keys, asking):
        body = store.read(place.key)
        if body is None:
            continue
        one = records.decode(Submission, body, key=place.key)
        for item in questions.get(f"{one.instrument}@{one.version}", ()) if one.service in services else ():
            text = one.answers.get(item)
            if isinstance(text, str) and text.strip():
                yield one, _waiting(one, item, text, place)


def _waiting(one: Submission, item: str, text: str, place: SubmissionKey) -> Waiting:
    return Waiting(
        submission=one.id,
        item=item,
        service=one.service,
        instrument=one.instrument,
        version=one.version,
        wave=one.wave,
        language=one.language,
        text=text,
        place=place,
    )


def _latest(keys: Iterable[str], instruments: set[str]) -> Iterable[SubmissionKey]:
    """Of each questionnaire of some instruments the record that holds: the highest n, which need not come last."""
    latest: dict[tuple[str, str, str], SubmissionKey] = {}
    for key in keys:
        place = records.parse_submission_key(key)
        of = (place.owner, place.instrument, place.wave)
        if place.instrument in instruments and (of not in latest or latest[of].n < place.n):
            latest[of] = place
    return latest.values()


def _writer(submission: Submission, people: Mapping[str, Participation]) -> str:
    """Who wrote, so that a person who took part twice is counted once."""
    one = people.get(submission.participation or "")
    return (one.person if one else None) or submission.owner


def asked(library: Library, waiting: Waiting) -> Text:
    """The question that was answered in own words, or beside an option of which the words stand."""
    return library.instruments[f"{waiting.instrument}@{waiting.version}"].item(waiting.item.partition(".")[0]).text


class _Closing:
    """Until when those can answer whose texts are read together: a group, or a month's people without one."""

    def __init__(self, library: Library, people: Mapping[str, Participation]) -> None:
        self._site = library.site
        self._people = people
        self._groups: dict[tuple[str, str, str], date] = {}
        # Few participations differ in their dates, and a calendar rule is slow.
        self._window = cache(lambda start, end, wave: schedule.window_between(start, end, self._site.waves[wave]).last)
        for one in people.values():
            for wave in self._site.waves if one.group and not one.revoked else ():
                unit = (one.service, one.group or "", wave)
                last = self._window(one.start_date, one.end_date, wave)
                self._groups[unit] = max(self._groups.get(unit, last), last)

    def last(self, submission: Submission) -> date:
        """The last day on which anybody of those can answer."""
        one, wave = self._people.get(submission.participation or ""), submission.wave
        if one is None or wave not in self._site.waves:
            received = datetime.fromisoformat(submission.received).astimezone(ZoneInfo(self._site.time_zone))
            return _end_of_month(received.date())
        own = self._window(one.start_date, one.end_date, wave)
        return self._groups.get((one.service, one.group, wave), own) if one.group else _end_of_month(own)


def _end_of_month(day: date) -> date:
    return schedule.add_months(day.replace(day=1), 1) - timedelta(days=1)


# --- deciding -------------------------------------------------------------------------------------


def still_waits(store: Store, waiting: Waiting) -> bool:
    """Whether a text that was looked up a while ago stands as it did, and nobody has decided on it since."""
    body = store.read(waiting.place.key) if _stands(store, waiting.place) else None
    if body is None or _digest(records.decode(Submission, body), waiting.item) != waiting.digest:
        return False
    last = _last(store, waiting.submission, waiting.item)
    return last is None or last.digest != waiting.digest


def decide(store: Store, waiting: Waiting, text: str | None, *, role: str, moment: datetime, log: Log) -> Released:
    """Stores what others may read of an answer, or with None that it is withheld. Raises InviteError as `release`."""
    if text is None:
        return withhold(store, waiting, role=role, moment=moment, log=log)
    return release(store, waiting, text, role=role, moment=moment, log=log)


def chosen(waiting: Waiting, choice: Choice, *, edited: str, known: Known) -> str | None:
    """What others may read of an answer by a choice; None where it is withheld. Raises InviteError as `fit` does."""
    if choice == "withhold":
        return None
    return fit({"release": waiting.text, "suggested": suggested(waiting.text, known), "edited": edited}[choice])


def suggested(text: str, known: Known) -> str:
    """A text without what is suggested to be taken out."""
    from survey import redaction

    return redaction.without(text, redaction.suggestions(text, known))


def release(store: Store, waiting: Waiting, text: str, *, role: str, moment: datetime, log: Log) -> Released:
    """Stores what others may read of an answer: `text`, which somebody in a named role has read.

    Raises InviteError where it cannot be stored as it is, and where the answer was decided on, corrected or erased
    meanwhile; StoreTrouble.
    """
    return _decided(store, waiting, fit(text), role=role, moment=moment, log=log)


def withhold(store: Store, waiting: Waiting, *, role: str, moment: datetime, log: Log) -> Released:
    """Stores that nothing of an answer is released. Raises InviteError as `release` does."""
    return _decided(store, waiting, None, role=role, moment=moment, log=log)


def take_back(store: Store, id: str, *, role: str, moment: datetime, log: Log) -> Released:
    """Withholds an answer that was released: from the next export on nobody reads it. Raises InviteError."""
    submission, _, item = id.partition("/")
    last = _last(store, submission, item)
    if last is None or last.text is None:
        raise InviteError(said(NOT_RELEASED, id=id))
    now = dataclasses.replace(last, text=None, role=named_role(role), moment=records.timestamp(moment))
    kept = _stored(store, now, last)
    _log(log, kept, moment)
    return kept


def _decided(store: Store, waiting: Waiting, text: str | None, *, role: str, moment: datetime, log: Log) -> Released:
    decision = Released(
        submission=waiting.submission,
        item=waiting.item,
        n=0,
        digest=waiting.digest,
        owner=waiting.place.owner,
        service=waiting.service,
        instrument=waiting.instrument,
        wave=waiting.wave,
        text=text,
        role=named_role(role),
        moment=records.timestamp(moment),
    )
    last = _last(store, waiting.submission, waiting.item)
    if last is not None and last.digest == decision.digest:
        if dataclasses.replace(decision, n=last.n, moment=last.moment) == last:
            return last
        raise InviteError(said(DECIDED_MEANWHILE))
    kept = _stored(store, decision, last, waiting.place)
    _log(log, kept, moment)
    return kept


def _stored(store: Store, decision: Released, last: Released | None, place: SubmissionKey | None = None) -> Released:
    """Stores a decision after the last, and then removes those before it: what was taken back is not kept. `place` is
    of the answer that was read."""
    kept = dataclasses.replace(decision, n=last.n + 1 if last else 1)
    new = records.words_key(kept.submission, kept.item, kept.n)
    if not store.create(new, records.encode(kept)):
        raise InviteError(said(DECIDED_MEANWHILE))
    # Whoever erases or corrects meanwhile has the last word.
    if _is_buried(store, kept) or (place is not None and not _stands(store, place)):
        store.remove(new)
        raise InviteError(said(CORRECTED_MEANWHILE))
    for key in list(store.scan(f"words/{kept.id}/")):
        if key < new:
            store.remove(key)
    return kept


def _log(log: Log, kept: Released, moment: datetime) -> None:
    log.add(
        "withhold words" if kept.text is None else "release words",
        kept.service,
        moment=moment,
        details={"questionnaire": kept.instrument, "wave": kept.wave, "question": kept.item, "role": kept.role},
    )


def _stands(store: Store, place: SubmissionKey) -> bool:
    """Whether a record is still the one that holds."""
    prefix = place.key.rpartition("/")[0] + "/"
    return max((records.parse_submission_key(key).n for key in store.scan(prefix)), default=0) == place.n


def _is_buried(store: Store, one: Released) -> bool:
    below = (one.instrument, one.wave)
    buried = {records.tombstone_key(one.owner, *more) for more in ((), below, (*below, one.submission))}
    return any(key in buried for key in store.scan(f"tombstone/{one.owner}"))


def fit(text: str) -> str:
    """A text as it is released, with plain ends of lines and without what cannot be seen. Raises InviteError where it
    is not released whatever a person decides."""
    # The collector waits for neither when it starts.
    from collector.lists import holds_identity_code

    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = "".join(sign for sign in lines if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf")).strip()
    if not kept:
        raise InviteError(said(NOTHING_LEFT))
    if len(kept) > LONGEST:
        raise InviteError(said(TOO_LONG, count=len(kept), most=LONGEST))
    if holds_identity_code(kept):
        raise InviteError(said(IDENTITY_CODE))
    return kept


def named_role(role: str) -> str:
    """The name of a role as it is kept. Raises InviteError where it may name a person."""
    from survey.redaction import may_name_somebody

    kept = " ".join(unicodedata.normalize("NFC", role).split())
    if not kept or len(kept) > LONGEST_ROLE or "@" in kept or may_name_somebody(kept):
        raise InviteError(said(NO_ROLE, role=kept))
    return kept


# --- what was decided -----------------------------------------------------------------------------


def every_released(store: Store) -> Iterator[Released]:
    """Every text that is released and is about an answer as it stands now, by submission and item.

    Raises SealedRecord where answers are sealed, and UnreadableRecord.
    """
    for one in _last_decisions(store):
        if one.text is not None and one.digest == _digest_now(store, one):
            yield one


def _digest_now(store: Store, one: Released) -> str | None:
    """The digest of an answer as it stands; None where there is none any more."""
    places = map(records.parse_submission_key, store.scan(f"submission/{one.owner}/{one.instrument}/{one.wave}/"))
    last = max(places, key=lambda place: place.n, default=None)
    body = store.read(last.key) if last else None
    return _digest(records.decode(Submission, body), one.item) if body else None


def _digest(submission: Submission, item: str) -> str | None:
    answer = submission.answers.get(item)
    return records.words_digest(submission.id, item, answer) if isinstance(answer, str) else None


def _last_decisions(store: Store) -> Iterator[Released]:
    """The decision that holds on each answer."""
    for _of, keys in groupby(store.scan("words/"), key=lambda key: key.rpartition("/")[0]):
        last = max(keys)
        if body := store.read(last):
            yield records.decode(Released, body, key=last)


def _last(store: Store, submission: str, item: str) -> Released | None:
    last = max(store.scan(f"words/{submission}/{item}/"), default=None)
    body = store.read(last) if last else None
    return records.decode(Released, body, key=last or "") if body else None


def forget(store: Store, submission: str) -> None:
    """Removes whatever was decided on the answers of a submission."""
    for key in list(store.scan(f"words/{submission}/")):
        store.remove(key)


def forget_corrected(store: Store, now: Submission) -> None:
    """Removes whatever was decided on those answers of a submission that stand no longer as they were read."""
    for key in list(store.scan(f"words/{now.id}/")):
        body = store.read(key)
        if body and (one := records.decode(Released, body, key=key)).digest != _digest(now, one.item):
            store.remove(key)
