"""A server of one thread: while a request waits, others have their turns, and what several wait for is done at once."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.wrappers import Response

from collector import create_app
from collector.aside import Aside, Turns, apart
from collector.serving import served
from collector.settings import Settings
from collector.stores import Around, Chain, Distant, Sharing, Store, StoreTrouble
from collector.stores.copying import copied
from collector.stores.folder import FolderStore
from collector.stores.sqlite import SQLiteStore
from collector.web import Application
from survey.model import Library
from tests.collector.forms import Page, body, fields
from tests.conftest import Invite

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Noting(Around):
    """A store that notes what is done at once, and in which thread."""

    def __init__(self, store: SQLiteStore) -> None:
        super().__init__(store)
        self._all = store
        self.done: list[tuple[str, int, str]] = []

    def create_all(self, chains: Sequence[Chain]) -> list[int]:
        self.done.append(("create", len(chains), threading.current_thread().name))
        return self._all.create_all(chains)


class Far(Noting):
    """The same, as if it were reached over a line."""

    def read_all(self, keys: Sequence[str]) -> list[bytes | None]:
        self.done.append(("read", len(keys), threading.current_thread().name))
        return [self._all.read(key) for key in keys]

    def below_all(self, several: Sequence[Sequence[str]]) -> list[dict[str, bytes | None]]:
        self.done.append(("below", len(several), threading.current_thread().name))
        return [self._all.below(*prefixes) for prefixes in several]


class Rounds:
    """Turns that are taken until everybody is done."""

    def __init__(self) -> None:
        self._woken = threading.Semaphore(0)
        self.turns = Turns(self._woken.release)
        self._left = 0

    def begin(self, *works: object) -> None:
        for work in works:
            self._left += 1
            self.turns.begin(lambda work=work: self._do(work))  # type: ignore[misc]

    def _do(self, work) -> None:  # type: ignore[no-untyped-def]
        try:
            work()
        finally:
            self._left -= 1

    def all(self) -> None:
        while self._left:
            if not self.turns:
                assert self._woken.acquire(timeout=30), "nobody is woken"
            self.turns.take()


@pytest.fixture
def rounds() -> Rounds:
    return Rounds()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[SQLiteStore]:
    store = SQLiteStore(tmp_path / "s.sqlite")
    yield store
    store.close()


def test_kinds_of_stores(kept: SQLiteStore) -> None:
    """What the tests below stand on."""
    assert isinstance(kept, Sharing) and not isinstance(kept, Distant)
    assert isinstance(Far(kept), Distant)


def test_others_have_their_turns_while_one_waits(rounds: Rounds) -> None:
    """Whoever waits goes on when what it waits for is there, with its result."""
    said: list[object] = []
    go_on = threading.Event()

    def slow() -> None:
        said.append("waits")
        said.append(apart(lambda: go_on.wait(30) and threading.current_thread().name))

    rounds.begin(slow, lambda: said.append("is quick"), go_on.set)
    rounds.all()
    assert said[:2] == ["waits", "is quick"] and str(said[2]).startswith("aside")


def test_what_goes_wrong_apart_goes_wrong_for_who_waits(rounds: Rounds) -> None:
    """And for nobody else."""

    def wrong() -> None:
        with pytest.raises(ZeroDivisionError):
            apart(lambda: 1 // 0)
        said.append("told")

    said: list[str] = []
    rounds.begin(wrong, wrong)
    rounds.all()
    assert said == ["told", "told"]


def test_outside_of_requests_it_is_here_and_now(kept: SQLiteStore) -> None:
    """As in commands, and in functions that have threads of their own."""
    here = threading.current_thread().name
    assert apart(lambda: threading.current_thread().name) == here
    far = Far(kept)
    aside = Aside(far)
    assert aside.create("a/1", b"x") and aside.read("a/1") == b"x" and aside.below("a/") == {"a/1": b"x"}
    assert list(aside.scan("a")) == ["a/1"] and far.done == []
    aside.remove("a/1")
    assert kept.read("a/1") is None
    aside.end()


def test_one_commit_for_all_of_a_round(rounds: Rounds, kept: SQLiteStore) -> None:
    """Of a store on this machine, in the server's own thread; each is told what became of its own."""
    noting = Noting(kept)
    aside = Aside(noting)
    told: dict[int, bool] = {}

    def store(n: int) -> None:
        told[n] = aside.create(f"a/{n // 2}", b"%d" % n)

    rounds.begin(*(lambda n=n: store(n) for n in range(20)))  # type: ignore[misc]
    rounds.all()
    assert noting.done == [("create", 20, threading.current_thread().name)]
    assert told == {n: n % 2 == 0 for n in range(20)}
    assert aside.read("a/3") == b"6"
    aside.end()


def test_over_a_line_everything_is_done_together(rounds: Rounds, kept: SQLiteStore) -> None:
    """In one thread beside the server's; what comes meanwhile is done together after it."""
    far = Far(kept)
    aside = Aside(far)
    told: list[object] = []

    def whole(n: int) -> None:
        told.append((aside.read(f"a/{n}"), aside.create(f"a/{n}", b"x"), aside.below(f"a/{n}")))

    rounds.begin(*(lambda n=n: whole(n) for n in range(10, 30)))  # type: ignore[misc]
    rounds.all()
    assert sorted(map(str, told)) == [str((None, True, {f"a/{n}": b"x"})) for n in range(10, 30)]
    assert {thread for *_rest, thread in far.done} == {"store_0"}
    for verb in ("read", "create", "below"):
        assert sum(count for what, count, _thread in far.done if what == verb) == 20
    assert len(far.done) < 30
    aside.end()


def test_trouble_is_told_to_everybody_who_waits(rounds: Rounds, kept: SQLiteStore) -> None:
    """With an error of their own; and the next is stored."""
    kept._writer.execute("pragma query_only = on")
    aside = Aside(kept)
    troubles: list[StoreTrouble] = []

    def store(n: int) -> None:
        with pytest.raises(StoreTrouble, match="attempt to write a readonly database") as raised:
            aside.create(f"a/{n}", b"x")
        troubles.append(raised.value)

    rounds.begin(*(lambda n=n: store(n) for n in range(3)))  # type: ignore[misc]
    rounds.all()
    assert len({id(trouble) for trouble in troubles}) == 3
    kept._writer.execute("pragma query_only = off")
    rounds.begin(lambda: aside.create("a/1", b"x"))
    rounds.all()
    assert kept.read("a/1") == b"x"
    aside.end()


def test_nobody_is_woken_after_the_end(rounds: Rounds) -> None:
    """What woke them may be another file by then."""
    woken: list[str] = []
    turns = Turns(lambda: woken.append("woken"))
    turns.resume()
    turns.end()
    turns.resume()
    assert woken == ["woken"]


class Holding(Around):
    """A store of files that holds each writing until it is let go."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.held, self.go_on = threading.Semaphore(0), threading.Event()

    def create_in_order(self, *chain: tuple[str, bytes]) -> int:
        self.held.release()
        assert self.go_on.wait(30)
        return super().create_in_order(*chain)


def test_a_store_that_holds_some_holds_nobody_else(
    settings: Settings, store: SQLiteStore, library: Library, invite: Invite, tmp_path: Path
) -> None:
    """Five wait for it, and pages, monitors and wrong codes are answered meanwhile."""
    forms = [body(fields(library, invite().code, wb1="4", id=f"{n:026}")) for n in range(5)]
    folder = FolderStore(tmp_path / "folder")
    assert all(copied(store, folder, list(store.scan(""))))
    holding = Holding(folder)
    with served(create_app(settings, store=holding)) as address, contextlib.ExitStack() as lines:
        asked = [post(address, form, lines) for form in forms]
        for _ in forms:
            assert holding.held.acquire(timeout=30)
        assert post(address, body(fields(library, "", wb1="4")), lines).getresponse().status == 422
        for path in ("/-/healthz", "/-/readyz", "/"):
            assert get(address, path, lines).getresponse().status == 200, path
        holding.go_on.set()
        answers = [line.getresponse() for line in asked]
        assert {answer.status for answer in answers} == {201}
        assert len({Page(answer.read().decode()).texts["receipt"] for answer in answers}) == 5


def connected(address: str, lines: contextlib.ExitStack) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    lines.callback(line.close)
    return line


def get(address: str, path: str, lines: contextlib.ExitStack) -> http.client.HTTPConnection:
    line = connected(address, lines)
    line.request("GET", path)
    return line


def post(address: str, form: bytes, lines: contextlib.ExitStack) -> http.client.HTTPConnection:
    line = connected(address, lines)
    line.request("POST", "/-/submit", form, FORM)
    return line


@pytest.mark.slow
def test_more_than_a_line_takes_at_once_is_sent_whole() -> None:
    """To somebody who reads slowly, while somebody else is answered."""
    app, piece = Application(lambda *_: Response(status=500)), bytes(range(256)) * 4096
    app.add("/large", lambda _: Response(piece for _ in range(24)), name="large")
    app.add("/small", lambda _: Response("small"), name="small")
    with served(app) as address, contextlib.ExitStack() as lines:
        answer = get(address, "/large", lines).getresponse()
        assert get(address, "/small", lines).getresponse().read() == b"small"
        assert answer.read() == piece * 24
