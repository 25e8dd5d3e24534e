"""Removing what has been kept long enough, by the times in site.yaml. What is found is shown before it is done."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal, get_args

from collector import participations, replies
from collector.erasing import free_number
from collector.settings import Keys
from collector.stores import Store
from collector.words import forget
from survey import answers, records, schedule
from survey.frozen import dataclass
from survey.model import Library
from survey.records import Participation, SealedSubmission, Submission

Kind = Literal["codes", "words", "answers", "participations", "replies", "log"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SEALED_WORDS = "words"


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """One thing whose time is over: a record's key, or a participation's id."""

    kind: Kind
    key: str


def overdue(store: Store, library: Library, *, keys: Iterable[str], today: date) -> Iterator[Overdue]:
    """What is to be removed on a day, one after another. `keys` are those of every submission; each is read once.

    Codes go when the last questionnaire of a participation has been closed for so many months; own words, with what was
    released of them, and other answers so many months after they came; a participation when its code and all its
    answers are gone, and answers that it might have given would be too; replies to alarms as many months after they
    came as answers; entries of the log so many months after what they tell of.
    """
    answering: set[str] = set()
    for key in keys:
        body = store.read(key)
        if body is None:
            continue
        place = records.parse_submission_key(key)
        received = date.fromisoformat(records.envelope(body, key=key).received[:10])
        words, all_answers = _months(library, place.instrument)
        if schedule.add_months(received, all_answers) < today:
            yield Overdue(kind="answers", key=key)
            continue
        answering.add(place.owner)
        if schedule.add_months(received, words) < today and _has_words(library, body, key):
            yield Overdue(kind="words", key=key)
    for one in participations.everyone(store):
        closed = _closed(library, one)
        if closed is None:
            continue
        longest = max([library.site.retention.answers, *(_months(library, i)[1] for i in _instruments(library, one))])
        if one.id not in answering and schedule.add_months(closed, longest) < today:
            yield Overdue(kind="participations", key=one.id)
        elif one.code != "" and schedule.add_months(closed, library.site.retention.codes) < today:
            yield Overdue(kind="codes", key=one.id)
    for reply in replies.every_reply(store):
        said = date.fromisoformat(reply.moment[:10])
        if schedule.add_months(said, library.site.retention.answers) < today:
            yield Overdue(kind="replies", key=records.reply_key(reply.alarm, reply.n))
    for key in store.scan("audit/"):
        if schedule.add_months(records.audit_day(key), library.site.retention.log) >= today:
            # They come in the order of time.
            break
        yield Overdue(kind="log", key=key)


def _months(library: Library, instrument: str) -> tuple[int, int]:
    """For how long own words and other answers to an instrument are kept."""
    kept = library.site.retention
    own = kept.instruments.get(instrument)
    words = own.words if own and own.words is not None else kept.words
    whole = own.answers if own and own.answers is not None else kept.answers
    return words, whole


def _instruments(library: Library, participation: Participation) -> Iterator[str]:
    for task in schedule.tasks(library, participation):
        yield library.instruments[task.instrument].instrument


def _closed(library: Library, participation: Participation) -> date | None:
    """The last day on which anything can be answered about a participation; None where its service is not listed."""
    if participation.service not in {service.id for service in library.services.services}:
        return None
    days = [participation.end_date]
    for respondent in ("client", "coach", "employer"):
        days += [task.window.last for task in schedule.tasks(library, participation, respondent)]
    return max(days)


def _has_words(library: Library, body: bytes, key: str) -> bool:
    if records.is_sealed(body):
        return SEALED_WORDS in records.decode(SealedSubmission, body, key=key).sealed
    submission = records.decode(Submission, body, key=key)
    return bool(_words(library, submission))


def _words(library: Library, submission: Submission) -> list[str]:
    """What a submission holds in own words. An instrument that is gone is taken to be in words where it is text."""
    instrument = library.instruments.get(f"{submission.instrument}@{submission.version}")
    known = answers.in_words(instrument) if instrument else frozenset()
    return [item for item in submission.answers if item in known]


def remove(store: Store, library: Library, keys: Keys, found: Overdue) -> None:
    """Removes one thing that `overdue` found. Doing it again does nothing more."""
    if found.kind == "answers":
        _remove_answers(store, keys, found.key)
    elif found.kind == "words":
        _remove_words(store, library, found.key)
    elif found.kind in ("replies", "log"):
        store.remove(found.key)
    else:
        one = participations.read(store, found.key)
        if one is not None:
            _remove_code(store, one) if found.kind == "codes" else _remove_participation(store, one)


def _remove_answers(store: Store, keys: Keys, key: str) -> None:
    body = store.read(key)
    if body is not None:
        # What corrects it has the same receipt.
        if sum(1 for _ in store.scan(key.rpartition("/")[0] + "/")) == 1:
            id = records.envelope(body, key=key).id
            store.remove(records.receipt_key(keys.receipt_hash(keys.receipt(id))))
            forget(store, id)
        store.remove(key)


def _remove_words(store: Store, library: Library, key: str) -> None:
    """Stores the submission without words as the next of its records, then removes this one: at every moment there
    is one, so that nobody can answer once more meanwhile."""
    body = store.read(key)
    if body is None:
        return
    without: Submission | SealedSubmission
    if records.is_sealed(body):
        kept = records.decode(SealedSubmission, body, key=key)
        parts = {name: part for name, part in kept.sealed.items() if name != SEALED_WORDS}
        without = dataclasses.replace(kept, sealed=parts)
    else:
        submission = records.decode(Submission, body, key=key)
        without = records.without_words(submission, _words(library, submission))
    place = records.parse_submission_key(key)
    prefix = key.rpartition("/")[0]
    last = max(records.parse_submission_key(each).n for each in store.scan(f"{prefix}/"))
    if place.n < last:
        # An answer that was corrected: what holds came after it.
        store.remove(key)
        return
    new = records.submission_key(place.owner, place.instrument, place.wave, last + 1)
    # Before, since the words would not be found once more; and after, whatever was released of them meanwhile.
    forget(store, without.id)
    if store.create(new, records.encode(without)) or store.read(new) is not None:
        forget(store, without.id)
        store.remove(key)


def _remove_code(store: Store, participation: Participation) -> None:
    participations.amended(store, participation, code="")
    if participation.code:
        store.remove(records.code_key(participation.code))


def _remove_participation(store: Store, participation: Participation) -> None:
    if participation.code:
        store.remove(records.code_key(participation.code))
    for key in list(store.scan(f"participation/{participation.id}/")):
        store.remove(key)
    free_number(store, participation.number)
