"""Durable submissions a second over each kind of store, beside the same server judging the same forms and storing
nothing, and beside one commit a request.

    .venv/bin/python benchmarks/collector.py [--rounds 3] [--seconds 3] [--only sqlite,postgresql] [--server waitress]

Complete forms of 35 questions, each with a code of its own, are prepared, and participations for them stored. Each
variant is a server process of its own over a store of its own: SQLite and the folder on this disk (TMPDIR says which),
PostgreSQL of the machine over a socket, S3 by SeaweedFS over loopback. In each round every variant is loaded once at 32
and once at 128 connections, in turn, by `benchmarks/load.py` in another process, while the others are idle. After each
load the records of the store are counted and must be exactly what was acknowledged.

`--server` names another than ours; gunicorn and granian are installed by hand for that.

Printed are medians over the rounds, and as a ratio the median of what each round's rate was of the rate of judging
alone in that round. Goals: SQLite at least 0.8, PostgreSQL at least 0.6, and p99 at most 3 times p50.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from collector.settings import Settings, make_keys, write_keys  # noqa: E402 - a script finds them only now
from collector.stores import Record, Store, StoreTrouble, open_store  # noqa: E402

CONNECTIONS = (32, 128)
JUDGED, INSTANTLY = "judged", "instantly"
EACH = "-each"
"""Ends the names of variants with one commit a request."""
GOALS = {"sqlite": 0.8, "postgresql": 0.6}
TAIL = 3.0
S3 = {"AWS_ACCESS_KEY_ID": "bench-key", "AWS_SECRET_ACCESS_KEY": "bench-secret", "AWS_REGION": "us-east-1"}
MOST = {"sqlite": 2500, "postgresql": 2000, "folder": 600, "s3": 400}
"""Forms a second that are prepared for each kind of store; where all are sent, a load ends sooner."""
MOST_OF_ALL = 5000
WORDS = "Aamuisin on vaikea päästä bussilla töihin, ja iltavuorosta ei pääse kotiin. " * 2


# --- what is served -------------------------------------------------------------------------------


def application() -> Any:
    """The application of one variant, as the environment names it: for any server that calls a factory."""
    from werkzeug.wrappers import Response

    from collector import app as collecting
    from collector import create_app
    from collector import receive as receiving
    from collector.receive import Accepted
    from collector.web import Request
    from survey import answers
    from survey.pages import Form

    settings = replace(Settings.from_environ(os.environ), drafts=True)
    variant = os.environ["BENCHMARK_VARIANT"]
    store: Any = open_store(settings.store)
    if variant.endswith(EACH):
        together = store.create_all
        store.create_all = lambda chains: [together([chain])[0] for chain in chains]
    app = create_app(settings, store=store)
    if variant != JUDGED:
        return app

    def judge(request: Request) -> Response:
        service = app.service
        fields = collecting._read_form(request)
        address = receiving._addressed(fields, service.bundle)
        answers.check_fields(address.instrument, address.wave, fields)
        today = receiving.local_day(service.bundle, service.clock())
        judged = answers.judge(address.instrument, address.wave, fields, today=today)
        form = Form.sent(fields, judged, id=answers.first(fields, "_id"))
        assert not judged.problems
        accepted = Accepted(
            receipt=service.keys.receipt(form.id), language=address.language, code=form.code, more=False, shared=False
        )
        return collecting.thanks(request, service.bundle, accepted)

    app.views["submit"] = judge
    return app


def serve(server: str) -> None:
    """Serves the variant of the environment by a server until it is told to end; prints the port when it listens."""
    threads = int(os.environ.get("BENCHMARK_THREADS", "64"))
    if server == "instantly":
        return _serve_instantly()
    if server == "ours":
        from collector import serving

        listening = serving.listen("127.0.0.1", 0)
        print(listening.getsockname()[1], flush=True)
        return serving.serve(application(), listening)
    if server == "waitress":
        import waitress

        from collector import serving

        listening = serving.listen("127.0.0.1", 0)
        print(listening.getsockname()[1], flush=True)
        options = {"threads": threads, "connection_limit": 1000, "asyncore_use_poll": True}
        return waitress.serve(application(), sockets=[listening], **options)
    from tests.stores.object_servers import free_ports

    (port,) = free_ports(1)
    os.chdir(ROOT)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    print(port, flush=True)
    python = Path(sys.executable)
    if server == "gunicorn":
        os.execv(python, [str(python), "-m", "gunicorn", "-k", "gthread", "-w", "1", "--threads", str(threads),
                          "--worker-connections", "1000", "-b", f"127.0.0.1:{port}", "--log-level", "error",
                          "--keep-alive", "30", "benchmarks.collector:application()"])  # fmt: skip
    if server == "granian":
        os.execv(python, [str(python), "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads",
                          str(threads), "--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level",
                          "error", "--backpressure", "256",
                          "--factory", "benchmarks.collector:application"])  # fmt: skip
    raise SystemExit(f"The server '{server}' is not known.")


def _serve_instantly() -> None:
    """A server that answers each form at once: what the load itself can do."""
    import asyncio

    class Answer(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport, self.received = transport, b""

        def data_received(self, data: bytes) -> None:
            self.received += data
            head, separator, body = self.received.partition(b"\r\n\r\n")
            if separator and len(body) == int(head.rpartition(b"Content-Length: ")[2].partition(b"\r\n")[0]):
                self.received = b""
                self.transport.write(b"HTTP/1.1 201 CREATED\r\nContent-Length: 4000\r\n\r\n" + b"x" * 4000)

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    asyncio.run(run())


# --- what is sent ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Forms in a file, and the records that must be there before they come."""

    settings: Settings
    forms: Path
    records: list[tuple[Record, Record]]


def prepare(work: Path, count: int) -> Prepared:
    """Builds the pages, and makes keys, participations with codes, and a whole form for each."""
    import build as publishing
    from collector.inviting import Plan
    from preview import filling
    from survey import codes, records
    from survey.model import meaning

    built = publishing.build(ROOT / "benchmarks" / "instruments", work / "built", drafts=True)
    library = publishing.read_checked(ROOT / "benchmarks" / "instruments", "en")
    chance, moment = random.Random(1), datetime.now(UTC)
    keys = make_keys(chance.randbytes)
    write_keys(work / "keys.json", keys)
    instrument = library.instruments["vertailu@1"]
    form = filling.plausible(instrument, "start", words=WORDS, today=moment.date())
    answered = [(name, value) for name, values in form.fields.items() for value in values]
    assert len(answered) == 35, len(answered)
    named = {"_instrument": "vertailu", "_version": 1, "_meaning": meaning(instrument, "en"), "_wave": "start"}
    plan = Plan(service=library.services.services[0], group=None, start=moment.date(), end=moment.date())
    made = []
    # As a page sends it, with a code and an id of its own.
    shape = urlencode(
        [("_id", "{id}"), *named.items(), ("_language", "en"), ("_channel", "own_device"), ("_code", "{code}"),
         *answered, ("_helper", "none"), ("_end", "1")], safe="{}",
    )  # fmt: skip
    with (work / "forms").open("w") as file:
        for n in range(count):
            id, code = codes.new_participation_id(chance.randbytes), codes.new_code(chance.randbytes)
            hashed = keys.code_hashes(code)[0]
            participation = records.Participation(
                id=id, number=f"VP-2026-{n:06}", service=plan.service.id, start=plan.start.isoformat(),
                planned_end=plan.end.isoformat(), invited=records.timestamp(moment), code=hashed,
            )  # fmt: skip
            link = records.encode_link(participation=id, key=keys.current_code_key)
            made.append(
                ((records.participation_key(id, 1), records.encode(participation)), (records.code_key(hashed), link))
            )
            file.write(shape.format(id=codes.new_id(chance.randbytes), code=code) + "\n")
    settings = Settings(bundle=built.bundle, site=built.site, secrets=work / "keys.json", drafts=True)
    return Prepared(settings=settings, forms=work / "forms", records=made)


# --- a variant ------------------------------------------------------------------------------------


@dataclass
class Variant:
    """A server process over a store, and what was seen of it."""

    name: str
    process: subprocess.Popen[str]
    port: int
    store: Store | None = None
    most: int = MOST_OF_ALL
    sent: int = 0
    acknowledged: int = 0
    loads: dict[int, list[Mapping[str, Any]]] = field(default_factory=lambda: {n: [] for n in CONNECTIONS})

    def load(self, prepared: Prepared, connections: int, seconds: float) -> None:
        """One load, and the count of records after it. SystemExit where anything is not as it must be."""
        count = int(self.most * seconds)
        command = [sys.executable, str(ROOT / "benchmarks" / "load.py"), str(self.port), str(prepared.forms)]
        command += [str(self.sent), str(count), str(connections), str(seconds)]
        before = _processor(self.process.pid)
        seen = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        self.sent += count
        if set(seen["statuses"]) != {"201"} or seen["unanswered"]:
            raise SystemExit(f"{self.name}: not every form was acknowledged: {seen}")
        self.acknowledged += seen["statuses"]["201"]
        self.loads[connections].append(
            {**seen, "processor": 1000 * (_processor(self.process.pid) - before) / seen["sent"]}
        )
        if self.store is not None and self.stored != self.acknowledged:
            raise SystemExit(f"{self.name}: {self.acknowledged} acknowledged and {self.stored} records")

    @property
    def stored(self) -> int:
        assert self.store is not None
        return sum(1 for _key in self.store.scan("submission/"))

    def rates(self, connections: int) -> list[float]:
        return [seen["sent"] / seen["seconds"] for seen in self.loads[connections]]


@contextlib.contextmanager
def variant(name: str, address: str, prepared: Prepared, server: str, forms: int) -> Iterator[Variant]:
    """A server of a variant over the store at an address, with as many participations as there are forms for it."""
    store = None if name in (JUDGED, INSTANTLY) else open_store(address)
    if store is not None:
        with ThreadPoolExecutor(64) as pool:
            assert all(pool.map(lambda pair: store.create_in_order(*pair) == 2, prepared.records[:forms]))
    settings = prepared.settings
    environment = {**os.environ, "MITTARI_BUNDLE": str(settings.bundle), "MITTARI_SECRETS": str(settings.secrets),
                   "MITTARI_SITE": "", "MITTARI_STORE": address, "BENCHMARK_VARIANT": name}  # fmt: skip
    command = [sys.executable, str(Path(__file__)), "--serve", server]
    with prepared.forms.with_name(f"{name}.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, cwd=ROOT)
    try:
        assert process.stdout
        port = int(process.stdout.readline())
        _wait_for(port, process)
        kind = name.partition("-")[0]
        yield Variant(name=name, process=process, port=port, store=store, most=MOST.get(kind, MOST_OF_ALL))
    finally:
        process.terminate()
        process.wait(60)
        if store is not None:
            store.close()


def _processor(process: int) -> float:
    """Seconds of processor that a process and its children have used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_processor(int(child)) for child in children)


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    """Until a server that has said its port listens there."""
    import socket
    import time

    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60):
            return
        time.sleep(0.05)
    raise SystemExit("A server did not start.")


@contextlib.contextmanager
def addresses(names: list[str], work: Path) -> Iterator[Mapping[str, str]]:
    """The address of an empty store for each variant, with the servers that they need."""
    import psycopg

    from tests.stores import postgresql
    from tests.stores.object_servers import seaweedfs

    found = {name: f"{name.partition('-')[0]}:{work / name}" for name in names}
    found[JUDGED] = found[INSTANTLY] = f"folder:{work / 'nothing'}"
    with contextlib.ExitStack() as servers:
        if databases := [name for name in names if name.startswith("postgresql")]:
            server = servers.enter_context(postgresql.running())
            for name in databases:
                with psycopg.connect(server.address(), autocommit=True) as connection:
                    connection.execute(f'create database "{name}"'.encode())
                found[name] = server.address(name)
        if "s3" in names:
            (work / "s3").mkdir()
            objects = servers.enter_context(
                seaweedfs(work / "s3", key=S3["AWS_ACCESS_KEY_ID"], secret=S3["AWS_SECRET_ACCESS_KEY"])
            )
            os.environ |= {**S3, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{objects.port}", "AWS_ALLOW_HTTP": "true"}
            found["s3"] = "s3://records/bench"
            # The first write makes the bucket and its volumes; the server says that it is up before it can.
            for left in reversed(range(10)):
                try:
                    open_store("s3://records/first").create("first", b"x")
                    break
                except StoreTrouble:
                    if not left:
                        raise
        yield found


# --- all of it ------------------------------------------------------------------------------------


def report(variants: list[Variant]) -> None:
    """One line for each variant and number of connections."""
    by_name = {each.name: each for each in variants}
    print(
        f"{'':18}{'at once':>8}{'a second':>10}{'of judged':>11}{'p50 ms':>9}{'p99 ms':>9}{'p99/p50':>9}{'CPU ms':>8}"
    )
    for each in variants:
        for connections in CONNECTIONS:
            loads, rates = each.loads[connections], each.rates(connections)
            shares = [own / judged for own, judged in zip(rates, by_name[JUDGED].rates(connections), strict=True)]
            p50, p99 = (statistics.median(seen[name] for seen in loads) for name in ("p50", "p99"))
            tail = statistics.median(seen["p99"] / seen["p50"] for seen in loads)
            share, processor = statistics.median(shares), statistics.median(seen["processor"] for seen in loads)
            goal = GOALS.get(each.name, 0)
            missed = [f"below {goal}"] * (share < goal) + [f"p99 above {TAIL:.0f} p50"] * (goal > 0 and tail > TAIL)
            print(f"{each.name:18}{connections:8}{statistics.median(rates):10,.0f}{share:11.2f}{p50:9.1f}{p99:9.1f}"
                  f"{tail:9.1f}{processor:8.2f}  {', '.join(missed)}".rstrip())  # fmt: skip
    for each in variants:
        if each.store is not None:
            print(f"{each.name}: {each.acknowledged:,} acknowledged, {each.stored:,} records")


def main() -> None:
    # Whoever ends this ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=3)
    arguments.add_argument("--only", default="sqlite,sqlite-each,postgresql,postgresql-each,folder,s3")
    arguments.add_argument("--server", default="ours", choices=("ours", "waitress", "gunicorn", "granian"))
    arguments.add_argument("--serve", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        return serve(given.serve)
    names = [INSTANTLY, JUDGED, *filter(None, given.only.split(","))]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as running:
        work = Path(folder)
        forms = {
            name: int(MOST.get(name.partition("-")[0], MOST_OF_ALL) * given.seconds) * given.rounds * len(CONNECTIONS)
            for name in names
        }
        prepared = prepare(work, max(forms.values()))
        places = running.enter_context(addresses(names, work))
        variants = []
        for name in names:
            server = INSTANTLY if name == INSTANTLY else given.server
            variants.append(running.enter_context(variant(name, places[name], prepared, server, forms[name])))
        for number in range(given.rounds):
            for connections in CONNECTIONS:
                for each in variants[number % len(variants) :] + variants[: number % len(variants)]:
                    each.load(prepared, connections, given.seconds)
        print(f"{os.cpu_count()} processors, {given.rounds} rounds of {given.seconds:.0f} s, server: {given.server}")
        report(variants)


if __name__ == "__main__":
    main()
