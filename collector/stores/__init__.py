"""Stores of records: bytes under keys. One file per backend behind one Protocol; one contract suite for all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable


class StoreTrouble(Exception):
    """The store could not do what was asked, and nothing of it was stored. The message is a plain sentence."""


Record = tuple[str, bytes]
"""A key and its bytes."""
Chain = Sequence[Record]
"""Records that are stored in order, up to the first whose key is taken."""


class Store(Protocol):
    """What the collector needs of a store. Every call may raise StoreTrouble."""

    def create(self, key: str, body: bytes) -> bool:
        """Stores a record on stable storage and returns True; False, and nothing changes, where the key exists."""

    def create_in_order(self, *chain: Record) -> int:
        """Stores records one after another up to the first whose key exists, and returns how many it stored.

        None is on stable storage before those that come before it are. After StoreTrouble, or a crash, some of the
        first may be stored.
        """

    def read(self, key: str) -> bytes | None:
        """The record's bytes, or None."""

    def scan(self, prefix: str) -> Iterator[str]:
        """The keys that begin with a prefix, in the order of their bytes."""

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        """The keys that begin with one of some prefixes, in the order of their bytes, and the records of those that
        begin with the first. None of the prefixes begins with another. All at one look, so for a few keys."""

    def remove(self, key: str) -> None:
        """Removes a record, if it is there."""

    def close(self) -> None:
        """Lets go of files and connections."""


@runtime_checkable
class Sharing(Store, Protocol):
    """A store that stores for several at once about as fast as for one."""

    def create_all(self, chains: Sequence[Chain]) -> Sequence[int]:
        """`create_in_order` for each of some chains, all of it or nothing."""


@runtime_checkable
class Distant(Sharing, Protocol):
    """One that is reached over a line, and reads for several at once too."""

    def read_all(self, keys: Sequence[str]) -> Sequence[bytes | None]:
        """`read` for each of some keys."""

    def below_all(self, several: Sequence[Sequence[str]]) -> Sequence[dict[str, bytes | None]]:
        """`below` for each of some groups of prefixes."""


class Around:
    """A store around another: it passes on whatever a kind of it does not do otherwise."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, key: str, body: bytes) -> bool:
        return self._store.create(key, body)

    def create_in_order(self, *chain: Record) -> int:
        return self._store.create_in_order(*chain)

    def read(self, key: str) -> bytes | None:
        return self._store.read(key)

    def scan(self, prefix: str) -> Iterator[str]:
        return self._store.scan(prefix)

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        return self._store.below(whole, *others)

    def remove(self, key: str) -> None:
        self._store.remove(key)

    def close(self) -> None:
        self._store.close()


NONE_YET = "The first invitation makes it: mittari invite"


def open_store(address: str, *, make: bool = True) -> Store:
    """The store at an address such as `sqlite:var/store.sqlite`. Raises StoreTrouble with what to write instead.

    Without `make` a store that is not there yet is trouble: reading from a mistyped place must not make one there. A
    bucket is never made.
    """
    kind, _, rest = address.partition(":")
    if kind in ("sqlite", "folder") and rest and not make and not Path(rest).exists():
        raise StoreTrouble(f"There is no store at '{rest}'. {NONE_YET}")
    if kind == "sqlite" and rest:
        from collector.stores.sqlite import SQLiteStore

        return SQLiteStore(Path(rest))
    if kind in ("postgresql", "postgres") and rest.startswith("//"):
        from collector.stores.postgresql import PostgreSQLStore

        return PostgreSQLStore(address, make=make)
    if kind == "folder" and rest:
        from collector.stores.folder import FolderStore

        return FolderStore(Path(rest))
    if kind in ("s3", "azure", "az", "gs") and rest.startswith("//") and rest[2:].partition("/")[0]:
        from collector.stores.objects import ObjectsStore

        return ObjectsStore(address, os.environ)
    raise StoreTrouble(
        f"The store address '{_without_password(address)}' is not known. Write it like sqlite:var/store.sqlite, "
        "postgresql://mittari@db.example.fi/mittari, folder:/var/lib/mittari/records, s3://bucket/mittari, "
        "azure://container/mittari or gs://bucket/mittari."
    )


def one_by_one(create: Callable[[str, bytes], bool], chain: Sequence[Record]) -> int:
    """How a store that has only single creates does `create_in_order`."""
    for stored, (key, body) in enumerate(chain):
        if not create(key, body):
            return stored
    return len(chain)


def below_each(store: Store, whole: str, others: Sequence[str]) -> dict[str, bytes | None]:
    """How a store that scans one prefix at a time does `below`."""
    records = {key: store.read(key) for key in store.scan(whole)}
    keys = dict.fromkeys(key for prefix in others for key in store.scan(prefix))
    return dict(sorted({**records, **keys}.items()))


def _without_password(address: str) -> str:
    return re.sub(r"(?<=//)([^:/@]*):[^@]*@", r"\1:…@", address)


def after_prefix(prefix: str) -> str:
    """The first text after every text that begins with a prefix, in the order of bytes; keys are ASCII."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else "\U0010ffff"
