"""`mittari` with faults planted, so that tests can show that they notice them: planted.py FAULT … serve …

Nothing of it is in the product: each fault replaces a part of it in this process alone.
"""

from __future__ import annotations

import io
import queue
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref import simple_server

from collector import app as application
from collector import opening, receive, serving, stores
from collector.app import Collector
from collector.stores import folder, sqlite

Environ = dict[str, Any]


def synchronous(mode: str) -> None:
    """SQLite syncs less than it must."""
    connect = sqlite.SQLiteStore._connect

    def connected(self: sqlite.SQLiteStore) -> object:
        connection = connect(self)
        connection.execute(f"pragma synchronous = {mode}")
        return connection

    sqlite.SQLiteStore._connect = connected  # type: ignore[assignment,method-assign]


def unsynced_file() -> None:
    """The folder store syncs no record before it names it."""

    def write(path: Path, body: bytes) -> None:
        path.write_bytes(body)

    folder._write = write


def unsynced_folder() -> None:
    """The folder store never syncs a folder."""
    folder.sync_folder = lambda path: None


class _Late:
    """A store that says "stored" and stores later."""

    def __init__(self, store: stores.Store) -> None:
        self._store, self._pending = store, dict[str, bytes]()
        self._line, self._queue = threading.Lock(), queue.SimpleQueue[str]()
        threading.Thread(target=self._write, daemon=True).start()

    def create(self, key: str, body: bytes) -> bool:
        with self._line:
            if self.read(key) is not None:
                return False
            self._pending[key] = body
        self._queue.put(key)
        return True

    def create_in_order(self, *chain: stores.Record) -> int:
        return stores.one_by_one(self.create, chain)

    def create_all(self, chains: Sequence[stores.Chain]) -> list[int]:
        return [self.create_in_order(*chain) for chain in chains]

    def read(self, key: str) -> bytes | None:
        return self._pending.get(key) or self._store.read(key)

    def _write(self) -> None:
        while True:
            # All that come in while one is written wait: there is always somebody who was told too early.
            key = self._queue.get()
            self._store.create(key, self._pending[key])
            time.sleep(0.005)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def early_acknowledgement() -> None:
    """Acknowledged before it is committed, whatever the store."""
    opened = opening.opened

    def late(address: str, *, make: bool = True) -> Any:
        return _Late(opened(address, make=make))

    opening.opened = late


def short_bodies() -> None:
    """No fault of ours: a server that hands a body on also where it ended before its announced length, as some do."""

    class Handler(simple_server.WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingMixIn, simple_server.WSGIServer):
        daemon_threads = True

    def serve(app: Collector, listening: socket.socket) -> None:
        host, port = listening.getsockname()[:2]
        server = Server((host, port), Handler, bind_and_activate=False)
        server.socket.close()
        server.socket, server.server_name, server.server_port = listening, host, port
        server.setup_environ()
        server.set_app(lambda environ, start: app(_as_it_came(environ), start))
        server.serve_forever()

    serving.serve = serve


def _as_it_came(environ: Environ) -> Environ:
    """With what came of the body, and the length that was announced."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return {**environ, "wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}


def no_length() -> None:
    """The announced length is not compared with what came."""
    inner = Collector.__call__

    def believing(self: Collector, environ: Environ, start: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        return inner(self, {**environ, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}, start)

    Collector.__call__ = believing  # type: ignore[method-assign]


def no_end() -> None:
    """The last field of a form is not asked for."""
    addressed = receive._addressed

    def forgiving(fields: dict[str, list[str]], *rest: Any) -> Any:
        whole = {name: values for name, values in fields.items() if name != "_end"} | {"_end": ["1"]}
        return addressed(whole, *rest)

    receive._addressed = forgiving


def clock(file: str) -> None:
    """No fault of ours: the clock is as many seconds off as a file says, at each moment."""
    create, now = application.create_app, application.utc_now

    def moved(*arguments: Any, **options: Any) -> Collector:
        return create(*arguments, clock=lambda: now() + timedelta(seconds=float(Path(file).read_text())), **options)

    import collector

    collector.create_app = moved


FAULTS: dict[str, Callable[..., None]] = {
    "synchronous": synchronous,
    "unsynced-file": unsynced_file,
    "unsynced-folder": unsynced_folder,
    "early-acknowledgement": early_acknowledgement,
    "short-bodies": short_bodies,
    "no-length": no_length,
    "no-end": no_end,
    "clock": clock,
}


def main(arguments: list[str]) -> None:
    """Plants what is named before `serve`, and runs the command."""
    at = arguments.index("serve")
    for name, _, value in (argument.partition("=") for argument in arguments[:at]):
        FAULTS[name](*([value] if value else []))
    import mittari

    mittari.main(arguments[at:])


if __name__ == "__main__":
    main(sys.argv[1:])
