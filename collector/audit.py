"""What staff did: entries that are never changed, and go when they are out of date (`collector/purging.py`). They hold
no answers, codes or receipts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime

from collector.stores import Store, StoreTrouble
from survey import codes, records
from survey.frozen import dataclass
from survey.model import as_data, canonical


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One action: when (UTC), by whom, what, on what (a number, a service, a file's name), and counts."""

    at: str
    actor: str
    action: str
    about: str = ""
    details: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Log:
    """Where entries go, and who acts."""

    store: Store
    actor: str
    random: codes.Random

    def add(
        self, action: str, about: str = "", *, moment: datetime, details: Mapping[str, str | int] | None = None
    ) -> None:
        """Stores an entry before it returns. Raises StoreTrouble."""
        entry = Entry(at=records.timestamp(moment), actor=self.actor, action=action, about=about, details=details or {})
        key = records.audit_key(entry.at, codes.new_id(self.random))
        if not self.store.create(key, canonical({"record": records.FORMAT, **as_data(entry)})):
            raise StoreTrouble("The entry of the audit log could not be stored.")


def entries(store: Store) -> Iterator[Entry]:
    """Every entry, oldest first. Raises UnreadableRecord."""
    yield from _read(store, store.scan("audit/"))


def newest(store: Store) -> Iterator[Entry]:
    """Every entry, newest first: whoever stops early has read few. Raises UnreadableRecord."""
    yield from _read(store, reversed(list(store.scan("audit/"))))


def _read(store: Store, keys: Iterable[str]) -> Iterator[Entry]:
    for key in keys:
        body = store.read(key)
        if body is not None:
            data = json.loads(body)
            data.pop("record", None)
            try:
                yield Entry(**data)
            except TypeError as error:
                raise records.UnreadableRecord(f"the record '{key}' cannot be read ({error}).") from error
