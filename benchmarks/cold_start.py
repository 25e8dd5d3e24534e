"""From the start of a process to its first answer, beside a bare Flask application on the same server.

    .venv/bin/python benchmarks/cold_start.py [--rounds 15] [--only sqlite,postgresql,s3]

Two ways: over HTTP, where `mittari serve` is started and asked as soon as it listens, beside waitress with a Flask
application of one line; and as a function instance does it, where a fresh Python makes the application, which opens its
store when it is asked for, and calls it once through WSGI. Asked is for a page (`GET /en/`) and with a whole form
(`POST /-/submit`, 201, stored); the bare application says one word to either. The shipped instruments, built;
PostgreSQL and S3 run beside. In each round every variant is started once, in turn. Printed are medians in
milliseconds, and the median of each round's ratio to the bare application. Goals: at most 1.1 with SQLite, 1.3 with
another store.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.collector import addresses  # noqa: E402 - a script finds them only now

FORM = "application/x-www-form-urlencoded"
GOALS = {"sqlite": 1.1, "postgresql": 1.3, "s3": 1.3}
BARE_APP = """
import flask
app = flask.Flask("bare", static_folder=None)
@app.route("/", defaults={"path": ""}, methods=["GET", "POST"])
@app.route("/<path:path>", methods=["GET", "POST"])
def say(path):
    flask.request.get_data()
    return "hello", 201 if flask.request.method == "POST" else 200
"""
BARE_SERVER = """
import socket, sys
from waitress.server import create_server
listening = socket.create_server(("127.0.0.1", 0))
server = create_server(app, sockets=[listening], threads=32)
print(f"Serving http://127.0.0.1:{listening.getsockname()[1]}/", file=sys.stderr, flush=True)
server.run()
"""
OUR_SERVER = """
import sys
from mittari import main
sys.argv = ["mittari", "serve", "--drafts", "--port", "0"]
main()
"""
OUR_APP = """
import dataclasses, os
from collector import create_app
from collector.serverless import StoreWhenAsked
from collector.settings import Settings
settings = dataclasses.replace(Settings.from_environ(os.environ), drafts=True)
app = create_app(settings, store=StoreWhenAsked(settings.store))
"""
CALL = """
import io, sys
body = sys.stdin.buffer.read()
environ = {"REQUEST_METHOD": "POST" if body else "GET", "PATH_INFO": "/-/submit" if body else "/en/", "SCRIPT_NAME": "",
           "QUERY_STRING": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
           "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
           "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http", "wsgi.version": (1, 0),
           "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": True}
said = []
answer = b"".join(app(environ, lambda status, headers, error=None: said.append(status)))
print(said[0][:3], flush=True)
"""


@dataclass
class Place:
    """A store with its environment, and forms that it has not had yet."""

    name: str
    environment: Mapping[str, str]
    forms: list[bytes]
    took: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def measure(self, way: str, method: str) -> None:
        """Starts a process and asks it once. SystemExit where it does not answer as it should."""
        form = self.forms.pop() if method == "POST" else b""
        began = time.perf_counter()
        status = (self._over_http if way == "HTTP" else self._in_process)(form)
        self.took.setdefault((way, method), []).append(1000 * (time.perf_counter() - began))
        if status != (201 if form else 200):
            raise SystemExit(f"{self.name}: the first answer to {method} over {way} had status {status}")

    def _start(self, code: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", code]
        return subprocess.Popen(command, cwd=ROOT, env=dict(self.environment), stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip

    def _over_http(self, form: bytes) -> int:
        process = self._start(OUR_SERVER if self.name != "bare" else BARE_APP + BARE_SERVER)
        try:
            assert process.stderr
            found = re.search(rb":(\d+)/", line := process.stderr.readline())
            if found is None:
                raise SystemExit(f"{self.name} did not start: {(line + process.stderr.read()).decode()}")
            connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
            if form:
                connection.request("POST", "/-/submit", form, {"Content-Type": FORM})
            else:
                connection.request("GET", "/en/")
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            process.kill()
            process.communicate()

    def _in_process(self, form: bytes) -> int:
        process = self._start((OUR_APP if self.name != "bare" else BARE_APP) + CALL)
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(form)
        process.stdin.close()
        status = process.stdout.readline()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        if not status:
            raise SystemExit(f"{self.name} did not answer: {process.stderr.read().decode()}")
        return int(status)


def place(name: str, address: str, work: Path, built: object, forms: int) -> Place:
    """A store with a participation and a whole form for each POST."""
    import build as publishing
    from collector import inviting
    from collector.bundle import read_bundle
    from collector.settings import read_keys
    from collector.stores import open_store
    from preview import filling
    from survey import codes
    from survey.model import meaning

    assert isinstance(built, publishing.Built)
    # Installed programs are compiled once. Packages are here, whatever the environment says about our own.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPATH": str(ROOT), "MITTARI_BUNDLE": str(built.bundle),
                   "MITTARI_SITE": str(built.site), "MITTARI_STORE": address,
                   "MITTARI_SECRETS": str(work / "keys.json")}  # fmt: skip
    if name == "bare":
        return Place(name=name, environment=environment, forms=[b"_end=1"] * forms)
    library, moment, chance = read_bundle(built.bundle).library, datetime.now(UTC), random.Random(name)
    store, keys = open_store(address), read_keys(work / "keys.json")
    plan = inviting.plan(library, service="tyohonvalmennus", group=None, start=moment.date(), end=None,
                         today=moment.date())  # fmt: skip
    invited = inviting.invite(store, keys, [plan] * forms, moment=moment, random=chance.randbytes)
    instrument = library.instruments["tyohonvalmennus@1"]
    given = filling.plausible(instrument, "start", words="Aamuisin on vaikeaa.", today=moment.date()).fields
    made = []
    for one in invited:
        own = {"_id": codes.new_id(chance.randbytes), "_instrument": "tyohonvalmennus", "_version": "1",
               "_meaning": meaning(instrument, "en"), "_wave": "start", "_language": "en", "_channel": "own_device",
               "_code": one.code}  # fmt: skip
        answers = {each: values[0] for each, values in given.items()}
        made.append(urlencode({**own, **answers, "_helper": "none", "_end": "1"}).encode())
    store.close()
    return Place(name=name, environment=environment, forms=made)


def main() -> None:
    import build as publishing
    from collector.settings import make_keys, write_keys

    # Whoever ends this ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--only", default="sqlite,postgresql,s3")
    given = arguments.parse_args()
    names = given.only.split(",")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        work = Path(folder)
        built = publishing.build(ROOT / "instruments", work / "built", drafts=True)
        write_keys(work / "keys.json", make_keys(random.Random(1).randbytes))
        found = running.enter_context(addresses(names, work))
        places = [place(name, found.get(name, ""), work, built, 2 * given.rounds + 2) for name in ("bare", *names)]
        ways = [(way, method) for way in ("HTTP", "WSGI") for method in ("GET", "POST")]
        for number in range(given.rounds + 1):
            for way, method in ways:
                for each in places[number % len(places) :] + places[: number % len(places)]:
                    each.measure(way, method)
        print(f"{os.cpu_count()} processors, {given.rounds} rounds; milliseconds to the first answer")
        print(f"{'':12}" + "".join(f"{f'{way} {method}':>20}" for way, method in ways))
        for each in places:
            cells = []
            for way in ways:
                # The first round fills the caches of the disk.
                own, bare = each.took[way][1:], places[0].took[way][1:]
                ratio = statistics.median(one / other for one, other in zip(own, bare, strict=True))
                missed = "!" if ratio > GOALS.get(each.name, 1) else " "
                cells.append(f"{statistics.median(own):12.0f} {ratio:6.2f}{missed}")
            print(f"{each.name:12}" + "".join(cells))
        print("! is above the goal.")


if __name__ == "__main__":
    main()
