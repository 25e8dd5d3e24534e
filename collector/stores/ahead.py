"""A store for one request: the first look at a participation brings along what is looked at next."""

from __future__ import annotations

from collections.abc import Iterator

from collector.stores import Around, Record, Store

_BELOW = ("participation/{}/", "submission/{}/", "tombstone/{}")
"""What there is of one participation."""


class LookingAhead(Around):
    """Another store, of which all there is of one participation is looked up together and remembered until something is
    written: its own records, and the keys of the others.

    Each look costs a round trip. For one request.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._below: tuple[str, ...] = ()
        self._seen: dict[str, bytes | None] = {}

    def scan(self, prefix: str) -> Iterator[str]:
        if not prefix.startswith(self._below):
            owner = prefix.partition("/")[2].partition("/")[0]
            below = tuple(each.format(owner) for each in _BELOW)
            if not owner or not prefix.startswith(below):
                return self._store.scan(prefix)
            self._seen, self._below = self._store.below(*below), below
        return (key for key in self._seen if key.startswith(prefix))

    def read(self, key: str) -> bytes | None:
        if not key.startswith(self._below):
            return self._store.read(key)
        return (self._seen[key] or self._store.read(key)) if key in self._seen else None

    def _forget(self) -> None:
        self._below, self._seen = (), {}

    def create(self, key: str, body: bytes) -> bool:
        self._forget()
        return self._store.create(key, body)

    def create_in_order(self, *chain: Record) -> int:
        self._forget()
        return self._store.create_in_order(*chain)

    def remove(self, key: str) -> None:
        self._forget()
        self._store.remove(key)
