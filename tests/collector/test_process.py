"""The real server, as an operator starts it: what it logs of people, which is nothing, and where one request ends."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import quote, urlencode, urlsplit

import pytest

from collector import inviting
from collector.app import Collector
from collector.serving import served
from collector.settings import Keys, Settings
from collector.stores.sqlite import SQLiteStore
from survey import codes
from survey.model import Library
from tests.collector.forms import ID, OTHER_ID, Page, fields
from tests.collector.sending import submission
from tests.conftest import ROOT

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
CANARY = "kanarialintu"
FAULTY = """
import sys
import collector.results
collector.results.result = lambda *arguments: {}[arguments[3]]
from mittari import main
sys.argv = ["mittari", *sys.argv[1:]]
main()
"""
"""The collector with a defect of the kind whose message would hold what somebody typed."""


class Server:
    """A process that serves, and what it has said by the time that it has ended."""

    def __init__(self, settings: Settings) -> None:
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "MITTARI_BUNDLE": str(settings.bundle),
            "MITTARI_SITE": str(settings.site),
            "MITTARI_STORE": settings.store,
            "MITTARI_SECRETS": str(settings.secrets),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", FAULTY, "serve", "--drafts", "--port", "0"],
            cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stderr is not None
        self.first = self._process.stderr.readline()
        self.port = int(re.findall(r":(\d+)/", self.first)[0])

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as line:
            line.request(method, path, body, headers or {})
            answer = line.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")

    def say(self, raw: bytes) -> bytes:
        return say(self.port, raw)

    def stop(self) -> str:
        self._process.send_signal(signal.SIGTERM)
        out, err = self._process.communicate(timeout=60)
        return out + self.first + err


def say(port: int, raw: bytes) -> bytes:
    """Everything that comes back for some bytes, until the server has nothing more to say."""
    found = b""
    # A server that has seen enough does not wait for the rest.
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line, contextlib.suppress(ConnectionError):
        line.sendall(raw)
        line.shutdown(socket.SHUT_WR)
        while piece := line.recv(65536):
            found += piece
    return found


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    started = Server(settings)
    yield started
    started._process.kill()
    started._process.communicate()


@pytest.mark.slow
def test_nothing_of_anybody_is_logged(
    server: Server, settings: Settings, store: SQLiteStore, library: Library, keys: Keys
) -> None:
    """Not an answer, a code, a receipt, a path, a query or a header, from any address, well or badly asked, while all is
    well, while the store fails and while the program has a defect; and the log says that these two were."""
    today = datetime.now(UTC)
    plan = inviting.plan(
        library, service="tyohonvalmennus", group=None, start=today.date(), end=today.date(), today=today.date()
    )
    one, other = inviting.invite(store, keys, [plan, plan], moment=today, random=random.Random(9).randbytes)
    form = fields(library, codes.shown(one.code), instrument="palvelupalaute", wave="end", best=f"{CANARY} {CANARY}")
    status, html = server.ask("POST", "/-/submit", urlencode(form).encode(), FORM)
    receipt = Page(html).texts["receipt"]
    assert status == 201
    sent = submission(library, other.code, instrument="palvelupalaute", wave="end", id=OTHER_ID, best=CANARY)
    status, answer = server.ask("POST", "/-/api/submissions", json.dumps(sent).encode(), JSON)
    assert status == 201
    secrets = [
        CANARY,
        one.code,
        codes.shown(one.code),
        other.code,
        receipt,
        json.loads(answer)["receipt"],
        ID,
        OTHER_ID,
    ]
    _ask_everything(server, form, sent, receipt)
    assert server.ask("POST", "/-/result", urlencode({"_receipt": receipt}).encode(), FORM)[0] == 500
    with closing(sqlite3.connect(settings.store.removeprefix("sqlite:"))) as connection:
        connection.execute("alter table record rename to gone")
        assert server.ask("POST", "/-/submit", urlencode(form).encode(), FORM)[0] == 503
        _ask_everything(server, form, sent, receipt)
    said = server.stop()
    assert "KeyError in result" in said and "answers were not stored: " in said and "a program was not answered" in said
    assert "no such table" in said and said.endswith("Stopped.\n")
    for secret in secrets:
        for written in (secret, secret.lower(), secret.replace("-", ""), quote(secret), quote(secret).lower()):
            assert written not in said.lower() and written not in said, said


def _ask_everything(server: Server, form: dict[str, str], sent: dict[str, object], receipt: str) -> None:
    """Every address by every method with every kind of body, and lines that are no HTTP; a canary in each place."""
    told = {"User-Agent": CANARY, "Referer": f"https://x/{CANARY}", "Cookie": f"a={CANARY}", "X-Forwarded-For": CANARY}
    code = form["_code"]
    paths = ["/", "/-/submit", "/-/enter", "/-/result", "/-/correct", "/-/erase", "/-/language", "/-/api/submissions", "/-/api/due", "/-/clear",
             "/-/healthz", "/-/readyz", f"/-/shared/{CANARY}", f"/-/k/{code}", f"/-/k/{CANARY}", f"/-/api/instruments/{CANARY}@1", f"/{CANARY}",
             f"/-/{CANARY}", f"/-/api/{CANARY}", f"/fi/{CANARY}.html", f"/%00{CANARY}", f"//{CANARY}", f"/assets/{CANARY}"]  # fmt: skip
    typed = {**form, "_receipt": receipt, "_earlier": receipt, "_chosen": CANARY, CANARY: CANARY}
    bodies = [(urlencode(form).encode(), FORM), (urlencode(typed).encode(), FORM), (urlencode(form).encode()[:-9], FORM),
              (json.dumps(sent).encode(), JSON), (json.dumps({"code": code}).encode(), JSON), (json.dumps({CANARY: CANARY}).encode(), JSON),
              (f'{{"{CANARY}'.encode(), JSON), (CANARY.encode() * 30_000, FORM), (CANARY.encode(), {"Content-Type": f"text/{CANARY}"})]  # fmt: skip
    for path in paths:
        for query in ("", f"?{CANARY}={CANARY}&shared"):
            server.ask("GET", path + query, headers=told)
        for body, kind in bodies:
            server.ask("POST", f"{path}?{CANARY}", body, {**told, **kind})
        for method in ("PUT", "TRACE", CANARY.upper()):
            server.ask(method, path, headers=told)
    head = f"POST /-/submit HTTP/1.1\r\nHost: {CANARY}\r\nContent-Type: {FORM['Content-Type']}\r\n"
    for raw in (f"{CANARY}\r\n\r\n", f"GET /{CANARY} HTTP/9.9\r\n\r\n", f"GET /{CANARY} HTTP/1.1\r\n{CANARY}\r\n\r\n",
                f"{head}Content-Length: {CANARY}\r\n\r\n", f"{head}Content-Length: 500\r\n\r\n_code={CANARY}",
                f"{head}Transfer-Encoding: {CANARY}\r\n\r\n", f"{head}Transfer-Encoding: chunked\r\n\r\n{CANARY}\r\n",
                f"{head}X: {CANARY * 9000}\r\n\r\n", f"GET /-/k/{code} HTTP/1.1\r\nHost: a\x00{CANARY}\r\n\r\n"):  # fmt: skip
        server.say(raw.encode())


SECOND = b"GET /-/healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: {0}\r\nContent-Length: 6",
        "Content-Length: 6\r\nContent-Length: {0}",
        "Content-Length: {0}, 6",
        "Content-Length: +{0}",
        "Content-Length: -6",
        "Content-Length: 0x6",
        "Content-Length: 1_0",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding:\x0bchunked",
        "Content-Length : {0}",
        "X: a\nContent-Length: 6",
        "X: a\x00b\r\nContent-Length: {0}",
    ],
)
def test_it_is_never_in_doubt_where_a_request_ends(app: Collector, store: SQLiteStore, head: str) -> None:
    """Where a proxy could see another end than the server does, the server answers once, with an error, or takes the
    chunks alone; what stands behind is never a request of its own."""
    body = b"6\r\n_end=1\r\n0\r\n\r\n" + SECOND
    start = f"POST /-/submit HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\n"
    with served(app) as address:
        found = say(urlsplit(address).port or 0, f"{start}{head.format(len(body))}\r\n\r\n".encode("latin-1") + body)
    statuses = re.findall(rb"^HTTP/1\.[01] (\d+)", found, re.MULTILINE)
    assert len(statuses) <= 1 and statuses[0:1] != [b"201"] and b"ok\n" not in found, found
    assert list(store.scan("submission/")) == []


@pytest.mark.parametrize("order", [0, 1])
def test_of_two_ways_to_say_the_length_chunks_count(app: Collector, order: int) -> None:
    """As RFC 9112 has it: with chunks, a Content-Length says nothing, so what stands behind them is a request."""
    body = b"6\r\n_end=1\r\n0\r\n\r\n" + SECOND
    lengths = ["Transfer-Encoding: chunked", f"Content-Length: {len(body)}"]
    start = f"POST /-/submit HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM['Content-Type']}\r\n"
    head = "\r\n".join(lengths[:: (-1) ** order])
    with served(app) as address:
        found = say(urlsplit(address).port or 0, f"{start}{head}\r\n\r\n".encode() + body)
    assert re.findall(rb"^HTTP/1\.[01] (\d+)", found, re.MULTILINE) == [b"400", b"200"]


def test_headers_have_a_limit(app: Collector) -> None:
    """Long lines are refused before anybody reads them; ordinary ones pass."""
    with served(app) as address:
        port = urlsplit(address).port or 0
        for length, status in ((20_000, b"200"), (40_000, b"431")):
            found = say(port, f"GET /-/healthz HTTP/1.1\r\nHost: x\r\nX: {'a' * length}\r\n\r\n".encode())
            assert re.findall(rb"^HTTP/1\.[01] (\d+)", found, re.MULTILINE) == [status]
