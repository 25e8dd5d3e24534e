"""A line between a client and a server, over TCP or a socket in a folder, that does to both what networks do to them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

Address = tuple[str, int] | Path
Change = Callable[[bytes], Iterator[bytes]]
"""What is passed on of a request, piece by piece; an empty piece ends the sending, and nothing of it comes after. HANG_UP
in their place ends the client's connection; what follows is passed on all the same, and its answer is nobody's."""
HANG_UP = b"hang up"
Lose = Callable[[bytes, bytes], bool]
"""Of a request and a part of its answer: whether the client's connection ends instead of it."""


class Line:
    """Passes bytes both ways between whoever connects to `port`, or to a socket at `at`, and a server.

    With `http`, what the client sends is passed on a whole request at a time. `change` and `lose` may be set at any
    moment; `lost` has the first lines of the requests whose answers were lost.
    """

    def __init__(
        self, server: Address, *, at: Address = ("127.0.0.1", 0), http: bool = False, change: Change | None = None,
        lose: Lose | None = None,
    ) -> None:  # fmt: skip
        self.change: Change = change or unchanged
        self.lose: Lose = lose or (lambda request, answer: False)
        self.lost: list[bytes] = []
        self._server, self._whole = server, _is_whole if http else lambda data: True
        self._listening = socket.socket(_family(at))
        self._listening.bind(_plain(at))
        self._listening.listen()
        self.port = 0 if isinstance(at, Path) else int(self._listening.getsockname()[1])
        self._sockets = [self._listening]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def lose_next(self, marked: bytes) -> None:
        """Loses the next answer that holds these bytes, and no other."""

        def lose(request: bytes, answer: bytes) -> bool:
            found = marked in answer
            if found:
                self.lose = lambda request, answer: False
            return found

        self.lose = lose

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends every connection."""
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(_family(self._server))
                try:
                    server.connect(_plain(self._server))
                except OSError:
                    # Nobody listens there: the client is to see the same.
                    for each in (client, server):
                        each.close()
                    continue
                self._sockets += [client, server]
                self._threads.append(threading.Thread(target=_Pair(self, client, server).serve))
                self._threads[-1].start()


class _Pair:
    """One client's connection and that to the server for it."""

    def __init__(self, line: Line, client: socket.socket, server: socket.socket) -> None:
        self._line, self._client, self._server = line, client, server
        self._request = b""

    def serve(self) -> None:
        asking = threading.Thread(target=self._ask)
        asking.start()
        self._answer()
        asking.join()
        for each in (self._client, self._server):
            each.close()

    def _ask(self) -> None:
        waiting = b""
        with contextlib.suppress(OSError):
            while data := self._client.recv(65536):
                waiting += data
                if not self._line._whole(waiting):
                    continue
                self._request, waiting = waiting, b""
                for piece in self._line.change(self._request):
                    if piece is HANG_UP:
                        self._client.shutdown(socket.SHUT_RDWR)
                        continue
                    if not piece:
                        self._server.shutdown(socket.SHUT_WR)
                        return
                    self._server.sendall(piece)
            self._server.shutdown(socket.SHUT_WR)

    def _answer(self) -> None:
        with contextlib.suppress(OSError):
            while data := self._server.recv(65536):
                if self._line.lose(self._request, data):
                    self._line.lost.append(self._request.partition(b"\r\n")[0])
                    break
                self._client.sendall(data)
        for each in (self._client, self._server):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _family(address: Address) -> socket.AddressFamily:
    return socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET


def _plain(address: Address) -> tuple[str, int] | str:
    return str(address) if isinstance(address, Path) else address


# --- what happens to requests ---------------------------------------------------------------------


def unchanged(request: bytes) -> Iterator[bytes]:
    """All of it."""
    yield request


def cut(request: bytes, *, keep: float, mended: bool = False) -> Iterator[bytes]:
    """A part of the body. `mended`, as by a line that buffers: the announced length is that of the part."""
    head, _, body = request.partition(b"\r\n\r\n")
    part = body[: int(len(body) * keep)]
    if mended:
        head = head.replace(b"ength: %d" % len(body), b"ength: %d" % len(part))
    yield head + b"\r\n\r\n" + part
    if not mended:
        yield b""


def trickled(request: bytes, *, piece: int, pause: float) -> Iterator[bytes]:
    """All of it, a few bytes at a time."""
    waiting = threading.Event()
    for at in range(0, len(request), piece):
        yield request[at : at + piece]
        waiting.wait(pause)


def _is_whole(data: bytes) -> bool:
    """Whether these bytes are a request of HTTP with all of its body."""
    head, end, body = data.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(end) and len(body) >= (int(lengths[0]) if lengths else 0)
