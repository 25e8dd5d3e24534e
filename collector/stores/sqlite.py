"""Records in one SQLite file: write-ahead log, a full sync before every acknowledgement."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from collector.stores import Chain, Record, StoreTrouble, after_prefix, one_by_one
from collector.stores.disk import sync_folder

FORMAT = 1
APPLICATION_ID = 0x4D697431
_BATCH = 1000


class SQLiteStore:
    """One table in one file. One connection writes; each thread that reads has one of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._line = threading.Lock()
        self._writing = threading.Lock()
        try:
            _make(path)
            self._writer = self._connect()
            self._file = _identity(path)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise StoreTrouble(f"The store '{path}' cannot be opened: {_reason(error)}.") from error

    def _connect(self) -> sqlite3.Connection:
        # Never made anew by a connection: if the file is moved away, that is trouble and not an empty store.
        address = f"file:{quote(str(self._path.resolve()))}?mode=rw"
        connection = sqlite3.connect(address, uri=True, timeout=30, isolation_level=None, check_same_thread=False)
        connection.execute("pragma journal_mode = wal")
        # NORMAL lost acknowledged commits in an emulated power cut; FULL lost none.
        connection.execute("pragma synchronous = full")
        connection.execute("pragma secure_delete = on")
        with self._line:
            self._opened.append(connection)
        return connection

    def _prepare(self) -> None:
        (application,) = self._writer.execute("pragma application_id").fetchone()
        (version,) = self._writer.execute("pragma user_version").fetchone()
        (tables,) = self._writer.execute("select count(*) from sqlite_schema").fetchone()
        if tables and application != APPLICATION_ID:
            raise StoreTrouble(f"The file '{self._path}' is a database of another program. Choose another file.")
        if version > FORMAT:
            raise StoreTrouble(f"The store '{self._path}' was written by a later Mittari. Update Mittari first.")
        if not tables:
            self._writer.execute("begin immediate")
            self._writer.execute("create table if not exists record (key text primary key, body blob not null) strict")
            self._writer.execute(f"pragma application_id = {APPLICATION_ID}")
            self._writer.execute(f"pragma user_version = {FORMAT}")
            self._writer.execute("commit")

    def create(self, key: str, body: bytes) -> bool:
        return self.create_all([[(key, body)]]) == [1]

    def create_in_order(self, *chain: Record) -> int:
        return self.create_all([chain])[0]

    def create_all(self, chains: Sequence[Chain]) -> list[int]:
        with self._writing:
            try:
                self._look_for_file()
                self._writer.execute("begin immediate")
                outcomes = self._insert_all(chains) or [one_by_one(self._insert, chain) for chain in chains]
                self._writer.execute("commit")
            except sqlite3.Error as error:
                with contextlib.suppress(sqlite3.Error):
                    self._writer.execute("rollback")
                raise StoreTrouble(f"The record could not be stored: {_reason(error)}.") from error
            return outcomes

    def _insert_all(self, chains: Sequence[Chain]) -> list[int] | None:
        """Inserts in few statements, which is what happens nearly always; None, and nothing is, where a key is taken.

        With many statements the thread that all wait for would stand in line for the interpreter after each.
        """
        records = [record for chain in chains for record in chain]
        self._writer.execute("savepoint all_of_them")
        try:
            for start in range(0, len(records), _BATCH):
                part = records[start : start + _BATCH]
                places = ", ".join(["(?, ?)"] * len(part))
                values = [value for record in part for value in record]
                self._writer.execute(f"insert into record (key, body) values {places}", values)
        except sqlite3.IntegrityError:
            self._writer.execute("rollback to all_of_them")
            return None
        return [len(chain) for chain in chains]

    def _insert(self, key: str, body: bytes) -> bool:
        statement = "insert into record (key, body) values (?, ?) on conflict do nothing"
        return self._writer.execute(statement, (key, body)).rowcount == 1

    def read(self, key: str) -> bytes | None:
        row = self._query("select body from record where key = ?", key)
        return bytes(row[0][0]) if row else None

    def scan(self, prefix: str) -> Iterator[str]:
        # In pages, so that no read stays open while the caller works.
        after, end = prefix, after_prefix(prefix)
        rows = self._query("select key from record where key >= ? and key < ? order by key limit ?", after, end, _BATCH)
        while rows:
            yield from (key for (key,) in rows)
            if len(rows) < _BATCH:
                return
            after = rows[-1][0]
            rows = self._query(
                "select key from record where key > ? and key < ? order by key limit ?", after, end, _BATCH
            )

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        parts = ["select key, body from record where key >= ? and key < ?"]
        parts += ["select key, null from record where key >= ? and key < ?"] * len(others)
        bounds = [bound for prefix in (whole, *others) for bound in (prefix, after_prefix(prefix))]
        return dict(sorted(self._query(" union all ".join(parts), *bounds)))

    def remove(self, key: str) -> None:
        with self._writing:
            try:
                self._look_for_file()
                self._writer.execute("delete from record where key = ?", (key,))
            except sqlite3.Error as error:
                raise StoreTrouble(f"The record could not be removed: {_reason(error)}.") from error

    def _query(self, statement: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            self._look_for_file()
            if self._writing.acquire(blocking=False):
                # What this connection has written it need not read again.
                try:
                    return list(self._writer.execute(statement, values))
                finally:
                    self._writing.release()
            if not hasattr(self._readers, "connection"):
                self._readers.connection = self._connect()
            return list(self._readers.connection.execute(statement, values))
        except sqlite3.Error as error:
            raise StoreTrouble(f"The store cannot be read: {_reason(error)}.") from error

    def _look_for_file(self) -> None:
        """What is written to a file that is gone, or that another has taken the place of, is written to nowhere."""
        if _identity(self._path) != self._file:
            raise sqlite3.OperationalError("its file was moved away or replaced; start the collector again")

    def close(self) -> None:
        with self._writing, self._line:
            for connection in self._opened:
                connection.close()
            self._opened.clear()


def _make(path: Path) -> None:
    """The file, if it is not there yet, and the folders above it; a power cut takes no name of them away."""
    made = [folder for folder in path.absolute().parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Answers are personal data: the file is for its owner alone from its first moment.
    opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if hasattr(os, "fchmod"):
        os.fchmod(opened, 0o600)
    os.close(opened)
    # SQLite syncs the file's own folder, and none above it. Also where they are there: whoever made them may not have
    # come to this.
    for folder in {path.absolute().parent, *made}:
        with contextlib.suppress(PermissionError):
            sync_folder(folder.parent)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file a path leads to."""
    try:
        found = os.stat(path)  # noqa: PTH116 - at every look and every commit, and in half the time
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
