"""A person's own answers again, by the receipt that only that person got."""

from __future__ import annotations

from collector.bundle import Bundle
from collector.settings import Keys
from collector.stores import Store
from survey import codes, records
from survey.records import Envelope, Participation, Submission, SubmissionKey
from survey.result import Earlier, OwnResult, offered, own_result


def by_receipt(store: Store, keys: Keys, typed: str) -> Submission | None:
    """The submission that a typed receipt opens, as it was last corrected; None for any bad receipt. Raises
    SealedRecord where its answers are sealed."""
    body = _body(store, keys, typed)
    return records.decode(Submission, body) if body else None


def by_receipt_envelope(store: Store, keys: Keys, typed: str) -> Envelope | None:
    """What is readable of it, also where its answers are sealed."""
    body = _body(store, keys, typed)
    return records.envelope(body) if body else None


def receipt_key(keys: Keys, typed: str) -> str:
    """The key of the record of a receipt; empty for what can be none."""
    receipt = codes.normalised_receipt(typed)
    return records.receipt_key(keys.receipt_hash(receipt)) if receipt else ""


def place(store: Store, keys: Keys, typed: str) -> SubmissionKey | None:
    """The key of the record that holds now, in its parts; None for any bad receipt."""
    key = receipt_key(keys, typed)
    link = store.read(key) if key else None
    # The receipt's record is written first: the submission may not have followed.
    return _last(store, records.decode_link(link)["submission"]) if link else None


def _body(store: Store, keys: Keys, typed: str) -> bytes | None:
    found = place(store, keys, typed)
    return store.read(found.key) if found else None


def _last(store: Store, key: str) -> SubmissionKey | None:
    below = (records.parse_submission_key(each) for each in store.scan(key.rpartition("/")[0] + "/"))
    return max(below, key=lambda each: each.n, default=None)


def first(store: Store, key: str) -> bytes | None:
    """The record of a submission's key, or where that was purged, the one that holds now; None where there is none.

    Keys are listed before anything is read: what a store finds by its name and does not list is not to be
    acknowledged.
    """
    listed = list(store.scan(key.rpartition("/")[0] + "/"))
    if key in listed:
        return store.read(key)
    return now(store, key) if listed else None


def of_participation(store: Store, participation: Participation) -> list[tuple[str, bytes]]:
    """The records that hold now of all that a participation has answered, with their keys, in the order in which the
    answers came."""
    places = dict.fromkeys(key.rpartition("/")[0] for key in store.scan(f"submission/{participation.id}/"))
    found = [last for place in places if (last := _last(store, f"{place}/1"))]
    kept = [(each.key, body) for each in found if (body := store.read(each.key))]
    return sorted(kept, key=lambda each: records.envelope(each[1], key=each[0]).received)


def now(store: Store, key: str) -> bytes | None:
    """The record that holds now of those with a submission's key, whatever its n; None where there is none."""
    last = _last(store, key)
    return store.read(last.key) if last else None


def earlier(bundle: Bundle, store: Store, keys: Keys, typed: str, *, but: str = "") -> Earlier | None:
    """The answers of an earlier receipt, to compare with those of the submission `but`."""
    found = by_receipt(store, keys, typed) if typed.strip() else None
    if found is None or found.id == but:
        return None
    instrument = bundle.library.instruments.get(f"{found.instrument}@{found.version}")
    return Earlier(instrument=instrument, answers=found.answers, received=found.received) if instrument else None


def result(bundle: Bundle, store: Store, keys: Keys, typed: str, before: str) -> OwnResult | None:
    """What the answers of a receipt say, compared with those of an earlier one where that is given; None where the
    receipt is not right, or its questionnaire has no such result."""
    found = by_receipt(store, keys, typed)
    instrument = bundle.library.instruments.get(f"{found.instrument}@{found.version}") if found else None
    if found is None or instrument is None or not offered(instrument, found.wave):
        return None
    compared = earlier(bundle, store, keys, before, but=found.id)
    if compared is not None and compared.received > found.received:
        # Given in the other order: what came first is the earlier one.
        return result(bundle, store, keys, before, typed)
    return own_result(instrument, found.wave, found.answers, compared)
