"""Serving the application on one machine: waitress, many threads, no access log."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from collector.bodies import BODY_LIMIT

THREADS = 32


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


def _server(app: Flask, listening: socket.socket, sockets: dict[int, Any] | None = None) -> Any:
    return create_server(
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


def serve(app: Flask, listening: socket.socket) -> None:
    """Serves on a socket of `listen` until the process is interrupted or told to end (SIGINT, SIGTERM)."""
    server = _server(app, listening)
    # Service managers and containers send SIGTERM: requests under way are finished, as on Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.run()
    finally:
        server.close()


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
