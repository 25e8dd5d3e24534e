"""Serving the application on one machine: waitress, many threads, no access log."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask

from collector.bodies import BODY_LIMIT

THREADS = 32
LAST_REQUESTS = 20
"""Seconds after which a server that stops no longer waits for a request: as long as a slow line is waited for."""
BREATH = 0.002
"""Seconds that the loop over the connections rests each time while several requests are worked on: else it looks at all
of them whenever one of the threads waits, and takes a quarter of the processor from them."""
QUIET = 0.4
"""Seconds without a request before it closes connections: on one that is kept open the next may be on its way."""


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


# A queue is ordinary when many answer at once; the log is for what an operator must act on.
logging.getLogger("waitress.queue").setLevel(logging.ERROR)


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


def _server(app: Flask, listening: socket.socket, sockets: dict[int, Any]) -> Any:
    server = create_server(
        app,
        map=sockets,
        sockets=[listening],
        threads=THREADS,
        # Room for our own limit, so that its sentence is what a person sees.
        max_request_body_size=BODY_LIMIT * 4,
        # As nginx has it, where the proxy lets more through.
        max_request_header_size=32_768,
        ident=None,
        # A class with a few connections each must not keep the next person waiting.
        connection_limit=1000,
        asyncore_use_poll=True,
        channel_timeout=20,
        cleanup_interval=5,
    )
    server.channel_class = _Channel
    server.stopping = False
    return server


def serve(app: Flask, listening: socket.socket) -> None:
    """Serves on a socket of `listen` until the process is interrupted or told to end (SIGINT, SIGTERM). Then nothing
    new is taken, and every request that has begun is answered."""
    sockets: dict[int, Any] = {}
    server = _server(app, listening, sockets)
    # Outcomes, one line each; service managers put the time before it.
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("collector").setLevel(logging.INFO)

    def stop(*_: object) -> None:
        server.stopping = True
        # Who cannot wait asks twice.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        server.pull_trigger()

    before = {which: signal.signal(which, stop) for which in (signal.SIGINT, signal.SIGTERM)}
    try:
        while not server.stopping:
            wasyncore.poll2(timeout=1, map=sockets)
            if server.task_dispatcher.active_count > 1:
                time.sleep(BREATH)
        _finish(server, sockets)
    except KeyboardInterrupt:
        pass
    finally:
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets, ignore_all=True)
        for which, handler in before.items():
            signal.signal(which, handler)


def _finish(server: Any, sockets: dict[int, Any]) -> None:
    """Takes whoever has come, closes what listens, and goes on until nothing is under way, or for as long as a request
    may take."""
    known = 0
    while len(sockets) > known:
        known = len(sockets)
        server.handle_accept()
    wasyncore.dispatcher.close(server)
    now = busy = time.monotonic()
    give_up = now + LAST_REQUESTS
    while now < min(give_up, busy + QUIET):
        wasyncore.poll2(timeout=QUIET / 4, map=sockets)
        now = time.monotonic()
        if any(isinstance(each, _Channel) and each.busy for each in sockets.values()):
            busy = now


@contextlib.contextmanager
def served(app: Flask, port: int = 0) -> Iterator[str]:
    """Serves on loopback for as long as the block lasts, and gives the address, such as `http://127.0.0.1:40123/`."""
    sockets: dict[int, Any] = {}
    server = _server(app, listen("127.0.0.1", port), sockets)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/"
    finally:
        # First the workers, who still use the sockets; then the loop, which ends when it has none left and whose own
        # thread closes them.
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets, ignore_all=True))
        thread.join()
