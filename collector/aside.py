"""A server of one thread, and what it waits for: requests stand still in greenlets while threads do what takes long.

One thread works on all requests, each for as long as it has something to work on. What waits for a disk or a line is
done aside, in another thread. So no request waits for the interpreter while another one uses it, and what several wait
for at a store is done at once: many submissions, one commit.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar, cast

from greenlet import getcurrent, greenlet

from collector.stores import Around, Distant, Record, Sharing, Store, StoreTrouble

THREADS = 32
"""How many things are done aside at once: as many requests wait for a disk or a line."""
T = TypeVar("T")
A = TypeVar("A")
R = TypeVar("R")


class Request(greenlet):
    """Work on one request, in the thread of a server."""

    def __init__(self, work: Callable[[], object], turns: Turns) -> None:
        super().__init__(work)
        self.turns = turns


class Turns:
    """Whose turn it is: requests that begin, and those that have what they waited for."""

    def __init__(self, wake: Callable[[], object]) -> None:
        """`wake` is called, from any thread, when there is something to go on with."""
        self._wake: Callable[[], object] | None = wake
        self._line = threading.Lock()
        self._next: deque[Request] = deque()
        self._last: list[Callable[[], None]] = []

    def begin(self, work: Callable[[], object]) -> None:
        """Takes a request, whose turn comes."""
        self._next.append(Request(work, self))

    def resume(self, *requests: Request) -> None:
        """From any thread: these go on."""
        self._next.extend(requests)
        with self._line:
            if self._wake is not None:
                self._wake()

    def end(self) -> None:
        """Nobody takes turns any more, and nobody is woken."""
        with self._line:
            self._wake = None

    def finally_do(self, deed: Callable[[], None]) -> None:
        """Does something at the end of the round."""
        self._last.append(deed)

    def take(self) -> None:
        """A round: works on each whose turn it is until it ends or waits, and then does what they wait for together."""
        for _ in range(len(self._next)):
            self._next.popleft().switch()
        while self._last:
            self._last.pop()()

    def __bool__(self) -> bool:
        """Whether it is somebody's turn."""
        return bool(self._next)


def _wait(request: Request) -> None:
    """Stands still until the request is resumed; others have their turns meanwhile."""
    parent = request.parent
    assert parent is not None
    parent.switch()


_POOL = ThreadPoolExecutor(THREADS, thread_name_prefix="aside")


def apart(deed: Callable[[], T]) -> T:
    """Does in another thread what may take long; outside of requests, here and now."""
    request = getcurrent()
    if not isinstance(request, Request):
        return deed()
    doing: Future[T] = _POOL.submit(deed)
    doing.add_done_callback(lambda _doing: request.turns.resume(request))
    _wait(request)
    return doing.result()


class _Asked(Generic[A, R]):
    """What one request asks for, and then what came of it."""

    def __init__(self, argument: A, request: Request) -> None:
        self.argument, self.request = argument, request
        self.result: R | None = None
        self.trouble: BaseException | None = None


class _Together(Generic[A, R]):
    """What several requests ask for meanwhile, done by one call after the one before."""

    def __init__(self, thread: ThreadPoolExecutor | None, deed: Callable[[Sequence[A]], Sequence[R]]) -> None:
        """Without a thread it is done between the rounds of the server."""
        self._thread, self._deed = thread, deed
        self._line = threading.Lock()
        self._waiting: list[_Asked[A, R]] = []
        self._busy = False

    def ask(self, request: Request, argument: A) -> R:
        asked = _Asked[A, R](argument, request)
        with self._line:
            self._waiting.append(asked)
            begins, self._busy = not self._busy, True
        if begins:
            self._begin(request.turns)
        _wait(request)
        if isinstance(asked.trouble, StoreTrouble):
            # One for each who waited: an error that is raised several times would gather the traces of all.
            raise StoreTrouble(str(asked.trouble)) from asked.trouble
        if asked.trouble is not None:
            raise asked.trouble
        return cast("R", asked.result)

    def _begin(self, turns: Turns) -> None:
        if self._thread is None:
            turns.finally_do(self._do)
        else:
            self._thread.submit(self._do)

    def _do(self) -> None:
        with self._line:
            batch, self._waiting = self._waiting, []
        try:
            for asked, result in zip(batch, self._deed([asked.argument for asked in batch]), strict=True):
                asked.result = result
        except BaseException as trouble:  # whatever it is, nobody may wait for ever
            for asked in batch:
                asked.trouble = trouble
        batch[0].request.turns.resume(*(asked.request for asked in batch))
        with self._line:
            self._busy = bool(self._waiting)
            if self._busy:
                # Behind what else waits for the thread.
                self._begin(batch[0].request.turns)


class Aside(Around):
    """Another store, whose calls do not hold up the thread of a server. Outside of requests it is that store itself."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        # What a file of this machine does takes less time than going aside.
        self._near = isinstance(store, Sharing) and not isinstance(store, Distant)
        # One thread has the line, and does one thing after the other.
        self._one = ThreadPoolExecutor(1, thread_name_prefix="store")
        thread = None if self._near else self._one
        self._creates = _Together(thread, store.create_all) if isinstance(store, Sharing) else None
        self._reads = _Together(self._one, store.read_all) if isinstance(store, Distant) else None
        self._looks = _Together(self._one, store.below_all) if isinstance(store, Distant) else None

    def create(self, key: str, body: bytes) -> bool:
        return self.create_in_order((key, body)) == 1

    def create_in_order(self, *chain: Record) -> int:
        request = getcurrent()
        if self._creates is not None and isinstance(request, Request):
            return self._creates.ask(request, chain)
        return apart(lambda: self._store.create_in_order(*chain))

    def read(self, key: str) -> bytes | None:
        request = getcurrent()
        if self._reads is not None and isinstance(request, Request):
            return self._reads.ask(request, key)
        return self._read(lambda: self._store.read(key))

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        request = getcurrent()
        if self._looks is not None and isinstance(request, Request):
            return self._looks.ask(request, (whole, *others))
        return self._read(lambda: self._store.below(whole, *others))

    def scan(self, prefix: str) -> Iterator[str]:
        return iter(self._read(lambda: list(self._store.scan(prefix))))

    def _read(self, deed: Callable[[], T]) -> T:
        return deed() if self._near else apart(deed)

    def remove(self, key: str) -> None:
        apart(lambda: self._store.remove(key))

    def close(self) -> None:
        self.end()
        self._store.close()

    def end(self) -> None:
        """Lets go of its thread, and not of the store."""
        self._one.shutdown()
