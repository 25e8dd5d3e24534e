"""What is PostgreSQL's own: connections that are lost, servers that go and come back, and databases of others."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from collector import create_app
from collector.settings import Keys, Settings
from collector.stores import StoreTrouble, open_store
from collector.stores.postgresql import PostgreSQLStore
from survey.model import Library
from tests.collector.forms import OTHER_ID, Page, fields
from tests.conftest import Client, Clock, Invite
from tests.lines import Line
from tests.stores.postgresql import Server


@pytest.fixture
def store(database: str) -> Iterator[PostgreSQLStore]:
    opened = PostgreSQLStore(database)
    yield opened
    opened.close()


def told(address: str) -> str:
    with pytest.raises(StoreTrouble) as error:
        open_store(address).close()
    return str(error.value)


def run(address: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address, autocommit=True) as connection:
        done = connection.execute(statement.encode())
        return done.fetchall() if done.description else []


OTHERS = """select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()"""


# --- connections ----------------------------------------------------------------------------------


def test_one_connection(store: PostgreSQLStore, database: str) -> None:
    """However many threads: a function instance has no more, and a database does not run out."""
    threads = [threading.Thread(target=lambda n=n: store.create(f"k/{n}", b"x")) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(list(store.scan("k/"))) == 30
    assert run(database, "select count(*) from pg_stat_activity where application_name = 'mittari'") == [(1,)]


def test_a_connection_that_the_server_ended(store: PostgreSQLStore, database: str) -> None:
    """The next call notices, connects again and does its work: nobody else is told."""
    store.create("a/1", b"x")
    run(database, OTHERS)
    assert store.read("a/1") == b"x"
    run(database, OTHERS)
    assert store.create("a/2", b"y") is True
    run(database, OTHERS)
    assert list(store.scan("a/")) == ["a/1", "a/2"]
    run(database, OTHERS)
    store.remove("a/1")
    assert list(store.scan("a/")) == ["a/2"]


def test_a_server_that_goes_and_comes_back(store: PostgreSQLStore, server: Server) -> None:
    """While it is away there is trouble in one sentence; then the same store goes on, with all that was acknowledged."""
    assert store.create("a/1", b"x") is True
    server.stop()
    for call in (lambda: store.create("a/2", b"y"), lambda: store.read("a/1"), lambda: list(store.scan("a/"))):
        with pytest.raises(
            StoreTrouble, match=r"^(The record could not be stored|The store cannot be read): .*\.$"
        ) as e:
            call()
        assert "\n" not in str(e.value)
    server.start()
    assert (store.read("a/1"), store.read("a/2"), store.create("a/2", b"y")) == (b"x", None, True)


def test_a_server_that_is_killed(store: PostgreSQLStore, server: Server) -> None:
    """Acknowledged is stored: all of it is there when the server has recovered."""
    acknowledged = [key for n in range(50) if store.create(key := f"k/{n:02}", b"x")]
    server.kill()
    server.start()
    assert list(store.scan("k/")) == acknowledged == [f"k/{n:02}" for n in range(50)]


def test_an_answer_that_is_lost_after_the_commit(database: str, server: Server, tmp_path: Path) -> None:
    """The record is there and nobody said so. It is ours, so the answer is yes; of another's with the key it is no."""
    # A path to a socket may have a hundred characters.
    name = ".s.PGSQL.5432"
    with tempfile.TemporaryDirectory() as short, Line(server.folder / name, at=Path(short, name)) as between:
        store = PostgreSQLStore(database.replace(str(server.folder), short))
        assert store.create("a/taken", b"theirs") is True
        between.lose_next(b"SELECT 1")
        assert store.create("a/1", b"ours") is True and len(between.lost) == 1
        between.lose_next(b"SELECT 0")
        assert store.create("a/taken", b"ours") is False and len(between.lost) == 2
        assert (store.read("a/1"), store.read("a/taken")) == (b"ours", b"theirs")
        between.lose_next(b"SELECT 2")
        assert store.create_in_order(("b/1", b"ours"), ("b/2", b"ours")) == 2 and len(between.lost) == 3
        between.lose_next(b"SELECT 1")
        assert store.create_in_order(("b/3", b"ours"), ("a/taken", b"ours"), ("b/4", b"ours")) == 1
        assert len(between.lost) == 4 and list(store.scan("b/")) == ["b/1", "b/2", "b/3"]
        # The first is of another with the same bytes, as the receipt of a form that came twice.
        assert store.create("c/1", b"same") is True
        between.lose_next(b"SELECT 0")
        assert store.create_in_order(("c/1", b"same"), ("c/2", b"ours")) == 2
        assert len(between.lost) == 5 and store.read("c/2") == b"ours"
        store.close()


def test_a_server_that_does_not_answer(store: PostgreSQLStore, database: str) -> None:
    """A lock that somebody holds is waited for no longer than a respondent waits, and nothing is stored."""
    with psycopg.connect(database) as holder:
        holder.execute("lock table record in access exclusive mode")
        run_on = store._connection
        assert run_on is not None
        run_on.execute("set statement_timeout = 200")
        with pytest.raises(StoreTrouble) as error:
            store.create("a/1", b"x")
        assert str(error.value) == ("The record could not be stored: canceling statement due to statement timeout.")
    assert store.read("a/1") is None and store.create("a/1", b"x") is True


# --- databases ------------------------------------------------------------------------------------


def test_several_that_begin_at_once_make_the_tables_once(database: str) -> None:
    """As instances of a function do at the first answers."""
    opened: list[PostgreSQLStore] = []
    gate = threading.Barrier(8)

    def begin() -> None:
        gate.wait()
        opened.append(PostgreSQLStore(database))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.create("a/1", b"x") for store in opened].count(True) == 1 and len(opened) == 8
    for store in opened:
        store.close()


def test_a_database_that_may_lose_answers_is_refused(database: str) -> None:
    """It would acknowledge what a power cut takes away."""
    run(database, f"alter database {database.partition('@/')[2].partition('?')[0]} set synchronous_commit = off")
    assert told(database) == (
        "The database has 'synchronous_commit' off and would lose answers that it said it has. Set it on."
    )


def test_tables_of_another_program_are_left_alone(database: str) -> None:
    """Nothing is made beside them."""
    run(database, "create table record (id integer)")
    assert told(database) == "The database has a table 'record' of another program. Make a database of its own."
    assert run(database, "select to_regclass('mittari')") == [(None,)]


def test_reading_makes_no_store(database: str) -> None:
    """A command that only reads, at a database that was mistyped."""
    with pytest.raises(StoreTrouble) as error:
        open_store(database, make=False)
    assert str(error.value) == "There is no store in this database. The first invitation makes it: mittari invite"
    assert run(database, "select to_regclass('mittari'), to_regclass('record')") == [(None, None)]
    open_store(database).close()
    open_store(database, make=False).close()


def test_a_store_of_a_later_mittari_is_refused(database: str) -> None:
    """What is there may mean something else."""
    open_store(database).close()
    run(database, "update mittari set format = 2")
    assert told(database) == "The store was written by a later Mittari. Update Mittari first."


def test_a_database_that_is_not_there(server: Server) -> None:
    """One line, and no password in it."""
    assert 'database "nothing" does not exist' in told(server.address("nothing"))
    said = told("postgresql://mittari:secret@127.0.0.1:1/mittari")
    assert said.startswith("The store cannot be opened: ") and "secret" not in said and "\n" not in said


def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes as an extra: the sentence says which."""
    monkeypatch.delitem(sys.modules, "collector.stores.postgresql")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert told("postgresql://x/y") == (
        "The driver of PostgreSQL is not installed. Install it: deploy/checkout/set-up stores"
    )


# --- the application ------------------------------------------------------------------------------


def test_the_collector_over_it(
    store: PostgreSQLStore,
    server: Server,
    settings: Settings,
    keys: Keys,
    clock: Clock,
    library: Library,
    invite: Invite,
) -> None:
    """Stored once, a retry gets the same receipt; while the server is away the page keeps the answers, and says so."""
    client: Client = Client(create_app(settings, store=store, clock=clock))
    first = fields(library, invite().code, language="en", wb1="3")
    thanks, again = (client.post("/-/submit", data=first) for _ in range(2))
    assert (thanks.status_code, again.status_code) == (201, 201)
    assert Page(thanks.text).texts["receipt"] == Page(again.text).texts["receipt"]
    second = fields(library, invite().code, language="en", id=OTHER_ID, wb1="4")
    server.stop()
    away = client.post("/-/submit", data=second)
    assert away.status_code == 503 and "The answers could not be stored just now." in away.text
    assert Page(away.text).values["wb1"] == "4" and Page(away.text).values["_id"] == OTHER_ID
    server.start()
    assert client.post("/-/submit", data=second).status_code == 201
    assert len(list(store.scan("submission/"))) == 2
