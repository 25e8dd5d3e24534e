"""Serving the application on one machine: waitress reads and writes, one thread works, no access log.

Waitress takes requests apart and holds their limits; what it would give to threads of its own is worked on in the
thread of its loop, as `collector.aside` has it (docs/decisions/0025-one-thread.md).
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

from collector.app import Collector
from collector.aside import Aside, Turns, apart
from collector.stores import Store
from collector.web import Application

SILENCE = 20
"""Seconds after which a line is given up on which nothing comes, or on which nobody takes what is sent."""
LAST_REQUESTS = SILENCE
"""Seconds after which a server that stops no longer waits for a request."""
QUIET = 0.4
"""Seconds without a request before it closes connections: on one that is kept open the next may be on its way."""
CONNECTIONS = 1000
NEVER = 1 << 62
"""Bytes that never wait to be sent."""


# Windows has the older one alone, which takes 512 connections there.
_poll = wasyncore.poll2 if hasattr(select, "poll") else wasyncore.poll


class PortBusy(Exception):
    """The address cannot be listened on; the message says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address. Raises PortBusy."""
    if not host:
        raise PortBusy(
            "The host is empty. Give an address such as 127.0.0.1, or 0.0.0.0 for every one of this machine."
        )
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise PortBusy(
            f"Nothing can be served at {host}:{port} ({reason}). "
            "Choose another port: mittari serve --port 8010, or make demo PORT=8010."
        ) from error


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """A request under way. While the server stops, its connection takes no further one."""

    def build_response_header(self) -> Any:
        if self.channel.server.stopping:
            self.set_close_on_finish()
        return super().build_response_header()


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task

    @property
    def busy(self) -> bool:
        """Whether a request has begun to come, waits, is worked on or is being answered."""
        return bool(self.requests or self.request is not None or self.total_outbufs_len)


class _Turns(Turns):
    """In the place of waitress's threads."""

    def add_task(self, channel: _Channel) -> None:
        self.begin(channel.service)

    def set_thread_count(self, count: int) -> None:
        """There is one, and it has begun already."""

    def shutdown(self) -> None:
        """Nobody works but whoever calls this."""


class _Loop:
    """A server over a socket, in the thread that runs it."""

    def __init__(self, app: Application, listening: socket.socket) -> None:
        self._sockets: dict[int, Any] = {}
        self._turns = _Turns(lambda: self.server.trigger.pull_trigger())
        self.server = create_server(
            app,
            map=self._sockets,
            sockets=[listening],
            _dispatcher=self._turns,
            # Room for our own limit, so that its sentence is what a person sees.
            max_request_body_size=app.body_limit * 4,
            # As nginx has it, where the proxy lets more through.
            max_request_header_size=32_768,
            # Waitress would wait here for its other thread to send.
            outbuf_high_watermark=NEVER,
            **({"inbuf_overflow": NEVER, "outbuf_overflow": NEVER} if app.in_memory else {}),
            ident=None,
            # A class with a few connections each must not keep the next person waiting.
            connection_limit=CONNECTIONS,
            channel_timeout=SILENCE,
            cleanup_interval=SILENCE // 4,
        )
        self.server.channel_class = _Channel
        self.server.stopping = False
        # The loop looks at every connection after each round anyway.
        self.server.pull_trigger = lambda: None
        self._accept_one, self.server.handle_accept = self.server.handle_accept, self._accept
        self._aside: Aside | None = None
        if isinstance(app, Collector):
            app.service.serve_by(self._around, apart)

    def _around(self, store: Store) -> Store:
        self._aside = Aside(store)
        return self._aside

    def run(self, *, quiet: float = QUIET) -> None:
        """Until it is told to stop; then until all that has begun is answered and for some seconds nothing begins, or
        for as long as a request may take."""
        while not self.server.stopping:
            self._once(1)
        self._accept()
        wasyncore.dispatcher.close(self.server)
        now = busy = time.monotonic()
        give_up = now + LAST_REQUESTS
        while now < give_up and now - busy <= quiet:
            self._once(QUIET / 4 if quiet else 0)
            now = time.monotonic()
            if any(isinstance(each, _Channel) and each.busy for each in self._sockets.values()):
                busy = now

    def _once(self, patience: float) -> None:
        _poll(timeout=0 if self._turns else patience, map=self._sockets)
        self._turns.take()

    def _accept(self) -> None:
        """Takes all who have come: one in each round, where rounds are long, would keep the last waiting."""
        known = -1
        while known < len(self._sockets) < CONNECTIONS:
            known = len(self._sockets)
            self._accept_one()

    def stop(self) -> None:
        """From any thread, or a signal: `run` is to end."""
        self.server.stopping = True
        self.server.trigger.pull_trigger()

    def close(self) -> None:
        """After `run`. Whoever still waits for something is let go."""
        self._turns.end()
        wasyncore.close_all(self._sockets, ignore_all=True)
        if self._aside is not None:
            self._aside.end()


def serve(app: Application, listening: socket.socket) -> None:
    """Serves on a socket of `listen` until the process is interrupted or told to end (SIGINT, SIGTERM). Then nothing
    new is taken, and every request that has begun is answered."""
    loop = _Loop(app, listening)
    # Outcomes, one line each; service managers put the time before it.
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("collector").setLevel(logging.INFO)

    def stop(*_: object) -> None:
        # Who cannot wait asks twice.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        loop.stop()

    before = {which: signal.signal(which, stop) for which in (signal.SIGINT, signal.SIGTERM)}
    # What was read to begin with stays: it need not be looked through again and again.
    gc.freeze()
    try:
        loop.run()
    except KeyboardInterrupt:
        pass
    finally:
        loop.close()
        for which, handler in before.items():
            signal.signal(which, handler)


@contextlib.contextmanager
def served(app: Application, port: int = 0) -> Iterator[str]:
    """Serves on loopback for as long as the block lasts, and gives the address, such as `http://127.0.0.1:40123/`."""
    loop = _Loop(app, listen("127.0.0.1", port))
    thread = threading.Thread(target=loop.run, kwargs={"quiet": 0})
    thread.start()
    try:
        yield f"http://127.0.0.1:{loop.server.effective_port}/"
    finally:
        loop.stop()
        thread.join()
        loop.close()
