"""A proxy on a socket before PostgreSQL that can lose what the server answers, as a network does."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path


class Losing:
    """Passes bytes both ways. With `lose` set, the next answer that holds it is not passed on: the client's connection
    ends, when the server has done what was asked."""

    def __init__(self, listening: socket.socket, server: Path) -> None:
        self.lose: bytes | None = None
        self.lost = 0
        self._listening, self._server = listening, str(server)
        self._sockets: list[socket.socket] = []

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                self._sockets += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(one, other, one is server), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if answers and self.lose is not None and self.lose in data:
                    self.lose, self.lost = None, self.lost + 1
                    break
                other.sendall(data)
        for each in (one, other):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for each in (self._listening, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextlib.contextmanager
def before(server: Path, folder: Path) -> Iterator[Losing]:
    """A proxy in a folder, under the name that clients look for there."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(folder / server.name))
    listening.listen()
    proxy = Losing(listening, server)
    thread = threading.Thread(target=proxy.accept, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
