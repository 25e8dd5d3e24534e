"""A store for one request: the first look at a participation brings along what is looked at next."""

from __future__ import annotations

from collections.abc import Iterator

from collector.stores import Around, Record, Store

_BELOW = ("participation/{}/", "submission/{}/", "tombstone/{}")
"""What there is of one participation."""


class LookingAhead(Around):
    """Another store, whose keys of one participation are looked up together and remembered until something is written.

    Each look costs a round trip, and in many threads a wait for the interpreter. For one thread.
    """

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self._seen: dict[str, list[str]] = {}
        """The keys below each prefix that was looked at."""

    def scan(self, prefix: str) -> Iterator[str]:
        kind, _, rest = prefix.partition("/")
        owner = rest.partition("/")[0]
        below = [each.format(owner) for each in _BELOW]
        if not owner or not any(each.startswith(f"{kind}/") and prefix.startswith(each) for each in below):
            return self._store.scan(prefix)
        if below[0] not in self._seen:
            found = self._store.keys(*below)
            self._seen = {each: [key for key in found if key.startswith(each)] for each in below}
        seen = next(keys for each, keys in self._seen.items() if prefix.startswith(each))
        return (key for key in seen if key.startswith(prefix))

    def read(self, key: str) -> bytes | None:
        known = next((keys for prefix, keys in self._seen.items() if key.startswith(prefix)), None)
        return None if known is not None and key not in known else self._store.read(key)

    def create(self, key: str, body: bytes) -> bool:
        self._seen = {}
        return self._store.create(key, body)

    def create_in_order(self, *chain: Record) -> int:
        self._seen = {}
        return self._store.create_in_order(*chain)

    def remove(self, key: str) -> None:
        self._seen = {}
        self._store.remove(key)
