"""The collector behind its real server, over real sockets: once, whole, or not at all."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from werkzeug.wrappers import Response

from collector import serving
from collector.app import Collector
from collector.aside import apart
from collector.serving import PortBusy, listen, served
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from survey.model import Library
from tests.collector.forms import ID, OTHER_ID, Page, body, fields
from tests.conftest import ROOT, Invite

HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def post(address: str, data: bytes, **headers: str) -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("POST", "/-/submit", data, {**HEADERS, **headers})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def stored(store: SQLiteStore) -> list[str]:
    return list(store.scan("submission/"))


def test_twice_and_twenty_times_at_once(app: Collector, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """The same id and content over HTTP: one record, one receipt. Another id under the code: refused, the first kept."""
    code = invite().code
    form = body(fields(library, code, wb1="4"))
    with served(app) as address:
        answers = [post(address, form), post(address, form)]
        with ThreadPoolExecutor(20) as pool:
            answers += list(pool.map(lambda _: post(address, form), range(20)))
        other = post(address, body(fields(library, code, id=OTHER_ID, wb1="5")))
    assert {status for status, _ in answers} == {201} and len({Page(html).texts["receipt"] for _, html in answers}) == 1
    assert other[0] == 409 and Page(other[1]).texts["h1"] == "Tähän kyselyyn on jo vastattu"
    (key,) = stored(store)
    assert ID.encode() in (store.read(key) or b"") and b'"wb1":4' in (store.read(key) or b"")


def test_twenty_at_once_from_the_first(app: Collector, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """Nobody is first by a head start."""
    form = body(fields(library, invite().code, wb1="4"))
    with served(app) as address, ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post(address, form), range(20)))
    assert {status for status, _ in answers} == {201} and len({html for _, html in answers}) == 1
    assert len(stored(store)) == 1


@pytest.mark.parametrize("cut", [1, 40, 200])
def test_a_body_that_was_cut_on_the_way(
    app: Collector, store: SQLiteStore, library: Library, invite: Invite, cut: int
) -> None:
    """The line breaks before the last bytes: nothing is stored. A proxy that closes the gap: refused with a sentence."""
    form = body(fields(library, invite().code, wb1="4"))
    with served(app) as address:
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as line:
            head = f"POST /-/submit HTTP/1.1\r\nHost: x\r\nContent-Type: {HEADERS['Content-Type']}\r\n"
            line.sendall(f"{head}Content-Length: {len(form)}\r\n\r\n".encode() + form[:-cut])
            line.shutdown(socket.SHUT_WR)
            assert b" 201 " not in line.recv(65536)
        status, html = post(address, form[:-cut])
    assert status == 400 and "<h1>Vastauksia ei tallennettu</h1>" in html
    assert stored(store) == []


def test_a_chunked_body_is_taken_and_counted(
    app: Collector, store: SQLiteStore, library: Library, invite: Invite
) -> None:
    """Without a Content-Length a whole form is stored, and one over the limit is refused with our own sentence."""
    form = body(fields(library, invite().code, wb1="4"))
    with served(app) as address:
        parts = urlsplit(address)
        found = []
        for content in (form, b"best=" + b"x" * 400_000):
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
            connection.request("POST", "/-/submit", iter([content[:30], content[30:]]), HEADERS, encode_chunked=True)
            answer = connection.getresponse()
            found.append((answer.status, answer.read().decode()))
            connection.close()
    assert found[0][0] == 201
    assert found[1][0] == 413 and "suurempi kuin mikään kysely" in found[1][1]
    assert len(stored(store)) == 1


@pytest.mark.slow
def test_a_silent_line_is_given_up(app: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a request, in its head and in its body; not one that comes slowly, nor one whose answer takes its time."""
    monkeypatch.setattr(serving, "SILENCE", 4)
    app.add("/-/slow", lambda _: apart(lambda: threading.Event().wait(7)) or Response("late"), name="slow")
    begun = [b"", b"GET / HTTP/1.1\r\nHo", b"POST /-/submit HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n_id="]
    with served(app) as address, contextlib.ExitStack() as opened:
        place = ("127.0.0.1", urlsplit(address).port or 0)
        silent = [opened.enter_context(socket.create_connection(place, timeout=30)) for _ in begun]
        slow, waiting = (opened.enter_context(socket.create_connection(place, timeout=30)) for _ in range(2))
        for line, part in zip(silent, begun, strict=True):
            line.sendall(part)
        waiting.sendall(b"GET /-/slow HTTP/1.1\r\nHost: x\r\n\r\n")
        for byte in (b"GET /", b"-/healthz", b" HTTP/1.1\r\n", b"Host: x\r\n", b"\r\n"):
            threading.Event().wait(1.5)
            slow.sendall(byte)
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
        assert waiting.recv(4096).startswith(b"HTTP/1.1 200")
        assert [line.recv(4096) for line in silent] == [b"", b"", b""]


def test_a_busy_port_is_one_sentence() -> None:
    """With the machine's reason and what to do."""
    with listen("127.0.0.1", 0) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(PortBusy) as error:
            listen("127.0.0.1", port)
    assert str(error.value) == (
        f"Nothing can be served at 127.0.0.1:{port} (Address already in use). "
        "Choose another port: mittari serve --port 8010, or make demo PORT=8010."
    )


SLOW = """
import sys, threading
import collector.app
receive = collector.app.receive
begun = threading.Semaphore(0)

def slowly(*arguments, **options):
    # Each answer waits until another one has begun, or a moment: some are under way whenever the signal comes.
    begun.release()
    begun.acquire(timeout=0.2)
    return receive(*arguments, **options)

collector.app.receive = slowly
from mittari import main
sys.argv = ["mittari", *sys.argv[1:]]
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_under_load(
    settings: Settings, store: SQLiteStore, library: Library, invite: Invite, how: signal.Signals
) -> None:
    """Every request that was sent is answered, what was acknowledged is stored and nothing else; then nobody listens,
    and the process ends without a complaint."""
    forms = [body(fields(library, invite().code, wb1="4", id=f"{n:026}")) for n in range(600)]
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "MITTARI_BUNDLE": str(settings.bundle),
        "MITTARI_SITE": str(settings.site),
        "MITTARI_STORE": settings.store,
        "MITTARI_SECRETS": str(settings.secrets),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, "serve", "--drafts", "--port", "0"],
        cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    port = int(re.findall(r":(\d+)/", process.stderr.readline())[0])
    answered: list[int] = []
    enough = threading.Event()

    def send(part: list[bytes]) -> int:
        """Sends forms over one connection until the server says that it is the last; how many were not answered."""
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for form in part:
            line.request("POST", "/-/submit", form, HEADERS)
            try:
                answer = line.getresponse()
            except (http.client.HTTPException, OSError):
                return 1
            answer.read()
            answered.append(answer.status)
            if len(answered) >= 60:
                enough.set()
            if answer.will_close:
                return 0
        raise AssertionError("the server did not stop")

    with ThreadPoolExecutor(12) as pool:
        lost = [pool.submit(send, forms[n::12]) for n in range(12)]
        enough.wait(60)
        process.send_signal(how)
        assert sum(each.result() for each in lost) == 0
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "") and err.endswith("Stopped.\n")
    assert err.count("submit accepted 201 ") == len(answered) == len(stored(store)) and set(answered) == {201}
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
