"""Records in one table of PostgreSQL, over one connection: a function instance needs no more, and a server does what
several wait for at once. A connection that was lost is made anew, and what was under way is done again."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from collector.stores import NONE_YET, Chain, Record, StoreTrouble, after_prefix

try:
    import psycopg
except ImportError as error:
    raise StoreTrouble(
        "The driver of PostgreSQL is not installed. Install it: deploy/checkout/set-up stores"
    ) from error

FORMAT = 1
_BATCH = 1000
_ALL = 1_000_000_000
"""As a limit, none."""
_LOCK = 0x4D697431
"""Of the database, while tables are made: "Mit1"."""
_STATEMENT = 10_000
"""Milliseconds that a statement may take."""
T = TypeVar("T")
Connection = psycopg.Connection[tuple[object, ...]]


class PostgreSQLStore:
    """One table, one connection. Every statement is a transaction of its own, whatever it does for how many."""

    def __init__(self, address: str, *, make: bool = True) -> None:
        """Opens the store at an address of libpq. Where there are no tables it makes them, or without `make` that is
        trouble. Raises StoreTrouble."""
        self._address = address
        self._connection: Connection | None = None
        self._closed = False
        self._using = threading.Lock()
        """Held by whoever has the connection for themselves."""
        try:
            with self._using:
                self._again(lambda connection: _prepare(connection, make=make), "The store cannot be opened")
        except BaseException:
            self.close()
            raise

    # --- the protocol

    def create(self, key: str, body: bytes) -> bool:
        return self.create_all([[(key, body)]]) == [1]

    def create_in_order(self, *chain: Record) -> int:
        return self.create_all([chain])[0]

    def create_all(self, chains: Sequence[Chain]) -> list[int]:
        tries: list[None] = []

        def store(connection: Connection) -> list[int]:
            tries.append(None)
            stored = _insert(connection, chains)
            if len(tries) > 1 and stored != [len(chain) for chain in chains]:
                # The connection was lost at the first try, and nobody said whether it was committed.
                stored = _stored_before(connection, chains, stored)
                rest = _insert(connection, [chain[count:] for chain, count in zip(chains, stored, strict=True)])
                stored = [count + more for count, more in zip(stored, rest, strict=True)]
            return stored

        return self._again(store, "The record could not be stored")

    def read(self, key: str) -> bytes | None:
        return self.read_all([key])[0]

    def read_all(self, keys: Sequence[str]) -> list[bytes | None]:
        rows = self._query("select key, body from record where key = any(%s)", list(keys))
        found = {str(key): bytes(body) for key, body in rows}  # type: ignore[call-overload]  # bytea comes as bytes
        return [found.get(key) for key in keys]

    def scan(self, prefix: str) -> Iterator[str]:
        # In pages, so that nothing is held while the caller works.
        after, end = prefix, after_prefix(prefix)
        rows = self._query(
            "select key from record where key >= %s and key < %s order by key limit %s", after, end, _BATCH
        )
        while rows:
            yield from (str(key) for (key,) in rows)
            if len(rows) < _BATCH:
                return
            after = str(rows[-1][0])
            rows = self._query(
                "select key from record where key > %s and key < %s order by key limit %s", after, end, _BATCH
            )

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        return self.below_all([(whole, *others)])[0]

    def below_all(self, several: Sequence[Sequence[str]]) -> list[dict[str, bytes | None]]:
        asked = [(n, prefix) for n, prefixes in enumerate(several) for prefix in prefixes]
        rows = self._query(
            "select n, key, body "
            "from unnest(%s::int[], %s::text[], %s::text[], %s::bool[]) as asked(n, first, after, whole) "
            # The order keeps it a walk along the index for each, also where statistics are old.
            "cross join lateral (select key, case when whole then body end as body from record "
            "where key >= first and key < after order by key limit %s) found",
            [n for n, _prefix in asked], [prefix for _n, prefix in asked],
            [after_prefix(prefix) for _n, prefix in asked], [prefix == several[n][0] for n, prefix in asked], _ALL,
        )  # fmt: skip
        found: list[list[tuple[str, bytes | None]]] = [[] for _ in several]
        for n, key, body in rows:
            found[n].append((str(key), body))  # type: ignore[call-overload]  # as the table has it
        return [dict(sorted(each)) for each in found]

    def time_of(self, key: str) -> datetime:
        """What the server's clock says."""
        ((moment,),) = self._query("select now()")
        assert isinstance(moment, datetime)
        return moment

    def remove(self, key: str) -> None:
        with self._using:
            self._again(
                lambda connection: connection.execute("delete from record where key = %s", (key,)),
                "The record could not be removed",
            )

    def close(self) -> None:
        with self._using:
            self._closed = True
            self._drop()

    # --- over the connection, which whoever calls these has for themselves

    def _query(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        with self._using:
            return self._again(
                # Its text is ours, whole.
                lambda connection: connection.execute(statement.encode(), values).fetchall(),
                "The store cannot be read",
            )

    def _again(self, work: Callable[[Connection], T], trouble: str) -> T:
        """Does work, and once more over a new connection where the old one was lost."""
        for last in (False, True):
            try:
                if self._connection is None:
                    self._connection = self._connect()
                return work(self._connection)
            except psycopg.Error as error:
                lost = self._connection is None or self._connection.closed
                if lost:
                    self._drop()
                if last or not lost:
                    raise StoreTrouble(f"{trouble}: {_reason(error)}.") from error
        raise AssertionError("the second try returns or raises")

    def _connect(self) -> Connection:
        if self._closed:
            raise StoreTrouble("The store is closed.")
        # Without prepared statements, which a pooler between may not keep.
        connection = psycopg.connect(
            self._address,
            autocommit=True,
            prepare_threshold=None,
            application_name="mittari",
            # Whoever answers waits for this: a server that does not answer is trouble that can be told.
            connect_timeout=5,
            tcp_user_timeout=10_000,
            keepalives_idle=30,
            keepalives_interval=5,
            keepalives_count=2,
        )
        try:
            connection.execute(f"set statement_timeout = {_STATEMENT}".encode())
            for setting in ("fsync", "synchronous_commit"):
                (value,) = connection.execute("select current_setting(%s)", (setting,)).fetchone() or ("off",)
                if value == "off":
                    raise StoreTrouble(
                        f"The database has '{setting}' off and would lose answers that it said it has. Set it on."
                    )
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _insert(connection: Connection, batch: Sequence[Chain]) -> list[int]:
    """How many records of each chain were stored: in one statement, so all of it or nothing. In each chain a record
    follows those that were stored, and of several that want a key the first has it."""
    parts, values, places = list[str](), list[Sequence[object]](), range(max(map(len, batch), default=0))
    for place in places:
        numbers = [n for n, chain in enumerate(batch) if len(chain) > place]
        values += [numbers, [batch[n][place][0] for n in numbers], [batch[n][place][1] for n in numbers]]
        follows = f"where n in (select n from won_{place - 1})" if place else ""
        parts += [
            f"given_{place} as (select * from unnest(%s::int[], %s::text[], %s::bytea[]) as _(n, key, body) {follows})",
            f"stored_{place} as (insert into record (key, body) select key, body from given_{place} order by n "
            "on conflict do nothing returning key)",
            f"won_{place} as (select min(n) as n from given_{place} join stored_{place} using (key) group by key)",
        ]
    if not places:
        return [0] * len(batch)
    won = " union all ".join(f"select n from won_{place}" for place in places)
    counts = Counter(n for (n,) in connection.execute(f"with {', '.join(parts)} {won}".encode(), values))
    return [counts[n] for n in range(len(batch))]


def _stored_before(connection: Connection, batch: Sequence[Chain], stored: Sequence[int]) -> list[int]:
    """How many records of each chain are there. No two records of the collector have the same bytes unless they mean
    the same, so what is there with ours was stored by us."""
    asked = [key for chain, count in zip(batch, stored, strict=True) for key, _body in chain[count:]]
    found = connection.execute("select key, body from record where key = any(%s)", (asked,))
    there = {str(key): body for key, body in found}
    counts = []
    for chain, count in zip(batch, stored, strict=True):
        while count < len(chain) and there.get(chain[count][0]) == chain[count][1]:
            count += 1
        counts.append(count)
    return counts


def _prepare(connection: Connection, *, make: bool) -> None:
    """Makes the tables where there are none. Raises StoreTrouble where they are another program's or a later
    Mittari's."""
    if _format(connection) is None:
        if not make:
            raise StoreTrouble(f"There is no store in this database. {NONE_YET}")
        with connection.transaction():
            # Of several that begin at once, one makes them.
            connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
            if _format(connection) is None:
                connection.execute('create table record (key text collate "C" primary key, body bytea not null)')
                connection.execute("create table mittari (format integer not null)")
                connection.execute("insert into mittari values (%s)", (FORMAT,))
    if (_format(connection) or 0) > FORMAT:
        raise StoreTrouble("The store was written by a later Mittari. Update Mittari first.")


def _format(connection: Connection) -> int | None:
    """The format of the tables; None where there are none. Raises StoreTrouble where `record` is another program's."""
    # One look at both, since another who begins may make them at this moment.
    seen = connection.execute(
        "select relname from pg_class where relname in ('mittari', 'record') and pg_table_is_visible(oid)"
    )
    names = {name for (name,) in seen}
    if names == {"record"}:
        raise StoreTrouble("The database has a table 'record' of another program. Make a database of its own.")
    if not names:
        return None
    (version,) = connection.execute("select max(format) from mittari").fetchone() or (None,)
    return int(str(version))


def _reason(error: Exception) -> str:
    """What the database said, in one line: further lines may hold keys."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].removesuffix(".")
