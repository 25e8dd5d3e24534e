"""Erasing what somebody answered, for good: a tombstone in two places, then everything of theirs removed.

The tombstone comes first. From then on nothing of the same is accepted, and no backup brings it back: its second place
is kept apart from the store and its backups. Whatever is broken off is finished by doing it again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime

from collector import results, words
from collector.participations import InviteError
from collector.settings import Keys
from collector.stores import Store, StoreTrouble, open_store
from survey import records
from survey.frozen import dataclass
from survey.marking import _
from survey.model import canonical
from survey.phrases import said
from survey.records import Envelope, Participation, Released

NO_ANSWERS = _("There are no answers with this receipt. It has 20 letters and digits in four groups.")
NOT_ANSWERED = _("{number} has not answered '{instrument}' at '{wave}'.")


class NoSecondPlace(StoreTrouble):
    """The second place of tombstones cannot be used, so nothing was removed."""


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was erased: of whom (a participation's id, or `o_<id>`), and how many questionnaires."""

    owner: str
    questionnaires: int


@dataclass(frozen=True, kw_only=True)
class Eraser:
    """Erases from a store; `second` is the other place of tombstones."""

    store: Store
    second: Store
    keys: Keys
    moment: datetime

    def participation(self, participation: Participation) -> Erased:
        """Everything of a participation: answers, receipts, codes, dates. Its number is never given to another."""
        self._bury(records.tombstone_key(participation.id))
        questionnaires = self._submissions(f"submission/{participation.id}/")
        for key in list(self.store.scan(f"participation/{participation.id}/")):
            self._code(key)
        for key in list(self.store.scan(f"participation/{participation.id}/")):
            self.store.remove(key)
        free_number(self.store, participation.number)
        return Erased(owner=participation.id, questionnaires=questionnaires)

    def receipt(self, typed: str) -> Erased:
        """The questionnaire that a receipt belongs to. Nobody answers it again with the code: a slip must not be
        enough to speak for somebody who has taken their answers back. Raises InviteError."""
        found = results.place(self.store, self.keys, typed)
        if found is None:
            raise InviteError(said(NO_ANSWERS))
        below = () if found.owner.startswith("o_") else (found.instrument, found.wave)
        self._bury(records.tombstone_key(found.owner, *below))
        prefix = f"submission/{found.owner}/{found.instrument}/{found.wave}/"
        # The receipt last: where this is broken off, it still finds what is left.
        questionnaires = self._submissions(prefix, receipts=False)
        self.store.remove(results.receipt_key(self.keys, typed))
        return Erased(owner=found.owner, questionnaires=questionnaires)

    def reset(self, participation: Participation, instrument: str, wave: str) -> Erased:
        """One questionnaire of a participation, which can then be answered again. Raises InviteError."""
        prefix = f"submission/{participation.id}/{instrument}/{wave}/"
        kept = list(self._envelopes(prefix))
        if not kept:
            raise InviteError(said(NOT_ANSWERED, number=participation.number, instrument=instrument, wave=wave))
        for _key, one in kept:
            self._bury(records.tombstone_key(participation.id, instrument, wave, one.id))
        return Erased(owner=participation.id, questionnaires=self._submissions(prefix))

    def _bury(self, key: str) -> None:
        body = canonical({"record": records.FORMAT, "erased": records.timestamp(self.moment)})
        try:
            self.second.create(key, body)
        except StoreTrouble as error:
            raise NoSecondPlace(str(error)) from error
        self.store.create(key, body)

    def _submissions(self, prefix: str, *, receipts: bool = True) -> int:
        questionnaires = set()
        for key, one in list(self._envelopes(prefix)):
            # The receipt and what was released first: without the submission nothing would tell which they were.
            if receipts:
                self.store.remove(results.receipt_key(self.keys, self.keys.receipt(one.id)))
            words.forget(self.store, one.id)
            self.store.remove(key)
            questionnaires.add(key.rpartition("/")[0])
        return len(questionnaires)

    def _envelopes(self, prefix: str) -> Iterator[tuple[str, Envelope]]:
        for key in self.store.scan(prefix):
            if body := self.store.read(key):
                yield key, records.envelope(body, key=key)

    def _code(self, key: str) -> None:
        body = self.store.read(key)
        code = records.decode(Participation, body, key=key).code if body else None
        if code:
            self.store.remove(records.code_key(code))


@contextlib.contextmanager
def opened_eraser(store: Store, second: str, *, keys: Keys, moment: datetime) -> Iterator[Eraser]:
    """Erases from a store while the second place of tombstones, at an address, is open. Raises NoSecondPlace."""
    try:
        place = open_store(second)
    except StoreTrouble as error:
        raise NoSecondPlace(str(error)) from error
    with contextlib.closing(place):
        yield Eraser(store=store, second=place, keys=keys, moment=moment)


def unknown_to(second: Store, store: Store) -> list[str]:
    """The tombstones of a store that the second place has not. Raises NoSecondPlace."""
    try:
        there = set(second.scan("tombstone/"))
    except StoreTrouble as error:
        raise NoSecondPlace(str(error)) from error
    return [key for key in store.scan("tombstone/") if key not in there]


def free_number(store: Store, number: str) -> None:
    """Parts a number from its participation. The number stays used: nobody else gets it."""
    key = records.number_key(number)
    store.remove(key)
    store.create(key, records.encode_link(participation=""))


def is_buried(store: Store, owner: str, instrument: str, wave: str) -> bool:
    """Whether answers to a questionnaire were erased, so that none are to come any more."""
    buried = {records.tombstone_key(owner), records.tombstone_key(owner, instrument, wave)}
    return any(key in buried for key in store.scan(f"tombstone/{owner}"))


# --- restoring ------------------------------------------------------------------------------------


def erased_since(tombstones: Iterator[str] | list[str]) -> Callable[[str, bytes], bool]:
    """Says of each record of a backup whether it was erased, by the keys of tombstones."""
    owners: set[str] = set()
    prefixes: set[str] = set()
    ids: set[str] = set()
    for key in tombstones:
        parts = key.split("/")
        if len(parts) not in (2, 4, 5) or parts[0] != "tombstone":
            raise StoreTrouble(f"'{key}' is no tombstone. Give the place that MITTARI_ERASURES names.")
        if len(parts) == 2:
            owners.add(parts[1])
        elif len(parts) == 4:
            prefixes.add(f"submission/{parts[1]}/{parts[2]}/{parts[3]}/")
        else:
            ids.add(parts[4])

    def erased(key: str, body: bytes) -> bool:
        kind, _, rest = key.partition("/")
        owner = rest.partition("/")[0]
        if kind == "submission":
            gone = owner in owners or key.rpartition("/")[0] + "/" in prefixes
            return gone or (bool(ids) and records.envelope(body, key=key).id in ids)
        if kind == "participation":
            return owner in owners
        if kind == "words":
            one = records.decode(Released, body, key=key)
            gone = one.owner in owners or f"submission/{one.owner}/{one.instrument}/{one.wave}/" in prefixes
            return gone or one.submission in ids
        if kind in ("code", "number", "receipt"):
            link = records.decode_link(body)
            of = link.get("participation") or link.get("submission", "//").split("/")[1]
            gone = of in owners or link.get("id") in ids
            return gone or link.get("submission", "").rpartition("/")[0] + "/" in prefixes
        return False

    return erased
