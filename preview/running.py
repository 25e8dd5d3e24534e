"""Running the preview on this machine: one thread serves, the other watches the folder until Ctrl-C."""

from __future__ import annotations

import contextlib
import errno
import logging
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from build import read_messages
from preview.app import create_app
from preview.material import Preview
from preview.watching import OF_TEMPLATES, Watch, stamps
from survey.marking import _
from survey.pages import TEMPLATES

HOST = "127.0.0.1"
LOOK_EVERY = 0.3
"""Seconds between two looks at the folder."""
LOOK_AGAIN = 0.15
"""The same after a change, to see that it rests."""
THREADS = 32
"""Each window of a browser keeps one waiting."""
Wait = Callable[[float], bool]
"""Waits for some seconds. Whether the preview is to end."""

SHOWN = _("Preview of {folder}: {address} – stop with Ctrl-C.")
ENDED = _("The preview has ended.")

# That several windows wait, and are let go at the end, is ordinary.
for _name in ("waitress", "waitress.queue"):
    logging.getLogger(_name).setLevel(logging.ERROR)


class PreviewError(Exception):
    """The preview cannot be shown; the message says what to do."""


def run(folder: Path, *, port: int, language: str, say: Callable[[str], None], wait: Wait | None = None) -> None:
    """Shows the preview of a folder until the process is interrupted, or `wait` says that it is to end.

    `say` gets lines to print, `language` is that of the catalogue `preview`. Raises PreviewError.
    """
    words = read_messages(language, catalogue="preview")
    preview = Preview(folder, mark=f"{secrets.token_hex(4)}-")
    app = create_app(preview, language=language, random=secrets.token_bytes)
    watch = Watch(lambda: {**stamps(folder), **stamps(TEMPLATES, OF_TEMPLATES)})
    # With a limit, since an endless wait cannot be interrupted on every system.
    wait = wait or threading.Event().wait
    with _served(app, _listen(port), preview.end) as address:
        say(words[SHOWN].format(folder=folder, address=address))
        with contextlib.suppress(KeyboardInterrupt):
            follow(preview, watch, wait)
    say(words[ENDED])


def follow(preview: Preview, watch: Watch, wait: Wait) -> None:
    """Reads the folder again whenever it or a template has changed, until `wait` says that it is over."""
    while not wait(LOOK_AGAIN if watch.expects else LOOK_EVERY):
        if watch.changed():
            preview.refresh()


def _listen(port: int) -> socket.socket:
    """A socket on this machine alone."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        reason = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
        raise PreviewError(
            f"The preview cannot be shown at {HOST}:{port}: {reason}. Choose another port: mittari preview --port 8101"
        ) from error


@contextlib.contextmanager
def _served(app: Flask, listening: socket.socket, end: Callable[[], None]) -> Iterator[str]:
    """Serves for as long as the block lasts, and gives the address. `end` lets requests go that wait."""
    sockets: dict[int, Any] = {}
    server = create_server(app, map=sockets, sockets=[listening], threads=THREADS, ident=None, asyncore_use_poll=True)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://{HOST}:{server.effective_port}/"
    finally:
        end()
        # First the workers, who still use the sockets; then the loop, which ends when it has none left to look at. They
        # are closed when it has ended: whoever wakes it writes to one of them.
        server.task_dispatcher.shutdown()
        left: dict[int, Any] = {}

        def let_go() -> None:
            left.update(sockets)
            sockets.clear()

        server.trigger.pull_trigger(let_go)
        thread.join()
        wasyncore.close_all(left, ignore_all=True)
