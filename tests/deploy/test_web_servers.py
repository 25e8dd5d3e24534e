"""The shipped files for nginx and Caddy, in the real servers, before the real collector. What they may say is held by
tests/test_deploy.py; here is what they do."""

from __future__ import annotations

import contextlib
import http.client
import os
import pwd
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from build import Built
from collector.app import Collector
from collector.headers import CACHE_HASHED, CACHE_OTHER, HEADERS, STRICT_TRANSPORT_SECURITY
from collector.serving import served
from survey.model import Library
from tests.collector.forms import Page, body, fields
from tests.conftest import Invite
from tests.deploy import debian
from tests.deploy.places import ROOT, SECONDS, Answer, running
from tests.stores.object_servers import free_ports

pytestmark = pytest.mark.slow
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NOBODY = "nobody"
CLASS = 30
WELL_KNOWN = ".well-known/security.txt"


@dataclass
class WebServer:
    """A web server on loopback, with its folder. Requests come from whichever address of loopback is asked for."""

    port: int
    folder: Path
    tls: bool
    process: subprocess.Popen[bytes] | None = None

    def connect(self, source: str = "127.0.0.1") -> http.client.HTTPConnection:
        if self.tls:
            context = ssl.create_default_context(cafile=str(self.folder / "kysely.pem"))
            context.check_hostname = False
            return http.client.HTTPSConnection(
                "127.0.0.1", self.port, timeout=SECONDS, source_address=(source, 0), context=context
            )
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS, source_address=(source, 0))

    def ask(
        self, method: str, path: str, data: bytes = b"", *, source: str = "127.0.0.1", headers: Mapping[str, str] = {}
    ) -> Answer:
        line = self.connect(source)
        try:
            line.request(method, path, data or None, {**(FORM if data else {}), **headers})
            answer = line.getresponse()
            found: dict[str, str] = {}
            for name, value in answer.getheaders():
                # Both may say that compression was asked about.
                assert name.lower() not in found or name == "Vary", f"{name} is there twice"
                found[name.lower()] = value
            return Answer(answer.status, found, answer.read())
        finally:
            line.close()

    def logs(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.folder.rglob("*log"))


def wait_for(server: WebServer) -> None:
    """Asks until there is an answer; each question is answered or refused at once."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and (server.process is None or server.process.poll() is None):
        try:
            server.ask("GET", "/assets/icon.svg", source="127.0.0.9")
            return
        except (OSError, http.client.HTTPException):
            threading.Event().wait(0.05)
    raise AssertionError(server.logs()[-3000:])


@pytest.fixture(scope="module")
def folder(built: Built) -> Iterator[Path]:
    """A folder that an unprivileged server may read and write, with the pages in it."""
    folder = Path(tempfile.mkdtemp(prefix="mittari-web-"))
    shutil.copytree(built.site, folder / "site")
    if os.geteuid() == 0:
        group = pwd.getpwnam(NOBODY).pw_gid
        for path in (folder, *folder.rglob("*")):
            os.chown(path, pwd.getpwnam(NOBODY).pw_uid, group)
    yield folder
    shutil.rmtree(folder)


def unprivileged() -> dict[str, object]:
    """How a process is started, so that it has no rights where the tests have them all."""
    if os.geteuid():
        return {}
    return {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": []}


def changed(text: str, changes: Mapping[str, str]) -> str:
    """The shipped text with what an operator changes, and what a port of the tests needs. Each is there."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def certify(folder: Path) -> None:
    """Makes the certificate of a server in its folder, where there is none, and its key."""
    if (folder / "kysely.pem").exists():
        return
    command = [str(debian.program("openssl")), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=kysely"]
    command += ["-days", "2", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "kysely.key", "-out", "kysely.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    (folder / "kysely.key").chmod(0o644)


@contextlib.contextmanager
def run_nginx(folder: Path, collector: str, **changes: str) -> Iterator[WebServer]:
    program = debian.program("nginx")
    plain, port = free_ports(2)
    shipped = (ROOT / "deploy" / "nginx" / "mittari.conf").read_text()
    text = changed(shipped, {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/kysely.example.fi.pem": f"{folder}/kysely.pem",
        "/etc/ssl/private/kysely.example.fi.key": f"{folder}/kysely.key",
        "/var/log/nginx/": f"{folder}/",
        "/var/lib/mittari/build/site": f"{folder}/site",
        "http://127.0.0.1:8000": collector.rstrip("/"),
        **changes,
    })  # fmt: skip
    (folder / "mittari.conf").write_text(text)
    shutil.copy(ROOT / "deploy" / "nginx" / "headers.conf", folder / "mittari-headers.conf")
    shutil.copy(debian.mime_types(program), folder / "mime.types")
    temporary = "".join(f"{kind}_temp_path {folder}/temp-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/main.log; worker_processes 2;\n"
        f"events {{ worker_connections 768; }}\n"
        f"http {{ include mime.types; default_type application/octet-stream; {temporary} include mittari.conf; }}\n"
    )
    certify(folder)
    start = [str(program), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "main.log")]
    with running(start, folder, {}, folder / "said.log", **unprivileged()) as process:
        server = WebServer(port, folder, tls=True, process=process)
        wait_for(server)
        yield server


@contextlib.contextmanager
def run_caddy(folder: Path, collector: str) -> Iterator[WebServer]:
    (port,) = free_ports(1)
    given = {
        "SITE_NAME": f"http://127.0.0.1:{port}",
        "SITE_FOLDER": f"{folder}/site",
        "COLLECTOR": collector.removeprefix("http://").rstrip("/"),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    # Without its port for administration, which the tests of others could want too.
    text = changed(
        (ROOT / "deploy" / "caddy" / "Caddyfile").read_text(), {"\n{\n\tservers {": "\n{\n\tadmin off\n\tservers {"}
    )
    (folder / "Caddyfile").write_text(text)
    command = [str(debian.program("caddy")), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    with running(command, folder, given, folder / "said.log", **unprivileged()) as process:
        server = WebServer(port, folder, tls=False, process=process)
        wait_for(server)
        yield server


@pytest.fixture
def collector(app: Collector) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture
def nginx(folder: Path, collector: str) -> Iterator[WebServer]:
    with run_nginx(folder, collector) as running_nginx:
        yield running_nginx


@pytest.fixture(params=["nginx", "caddy"])
def server(request: pytest.FixtureRequest, folder: Path, collector: str) -> Iterator[WebServer]:
    with (run_nginx if request.param == "nginx" else run_caddy)(folder, collector) as running_server:
        yield running_server


def test_pages_files_and_answers(server: WebServer, built: Built, library: Library, invite: Invite) -> None:
    """From the disk and from the collector, with every header once; compressed where it is asked for; kept as long as
    each may be; and neither codes nor addresses in any log."""
    for path, name in (("/", "index.html"), ("/fi/index.html", "fi/index.html"), (f"/{WELL_KNOWN}", WELL_KNOWN)):
        plain = server.ask("GET", path)
        assert (plain.status, plain.body) == (200, (built.site / name).read_bytes()), path
        assert {header: plain.headers[header.lower()] for header in HEADERS} == HEADERS
        assert plain.headers["strict-transport-security"] == STRICT_TRANSPORT_SECURITY
        assert plain.headers["cache-control"] == CACHE_OTHER
        assert (
            plain.headers["content-type"].lower()
            == ("text/plain" if name.endswith("txt") else "text/html") + "; charset=utf-8"
        )
    packed = server.ask("GET", "/fi/index.html", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.body == (built.site / "fi" / "index.html.gz").read_bytes()
    script = re.findall(rb'src="(assets/[^"]+\.js)"', server.ask("GET", "/").body)[0].decode()
    assert server.ask("GET", f"/{script}").headers["cache-control"] == CACHE_HASHED
    missing = server.ask("GET", "/ei-ole", headers={"Accept-Language": "sv"})
    assert missing.status == 404 and "Mittari" in missing.body.decode()
    assert server.ask("GET", "/fi/index.html.gz").status == 404
    code = invite().code
    entered = server.ask("GET", f"/-/k/{code}?{code}", headers={"Referer": f"https://x/{code}"})
    assert entered.status == 200 and entered.headers["cache-control"] == "no-store"
    assert {header: entered.headers[header.lower()] for header in HEADERS} == HEADERS
    assert entered.headers["strict-transport-security"] == STRICT_TRANSPORT_SECURITY
    sent = server.ask("POST", "/-/submit", body(fields(library, code, wb1="4")))
    assert sent.status == 201 and "receipt" in Page(sent.body.decode()).texts
    assert code not in server.logs() and code.replace("-", "") not in server.logs()
    assert not re.search(r"127\.0\.0\.[19]\b(?!:\d)", server.logs()), server.logs()[-2000:]


def test_bodies_have_a_limit(server: WebServer) -> None:
    """What is just too long the collector answers in its own words, what is much too long the server refuses."""
    ours = server.ask("POST", "/-/submit", b"a=" + b"x" * 300_000)
    assert ours.status == 413 and "Mittari" in ours.body.decode()
    line = server.connect()
    try:
        line.putrequest("POST", "/-/submit")
        line.putheader("Content-Type", FORM["Content-Type"])
        line.putheader("Content-Length", "5000000")
        line.endheaders(b"a=1")
        if server.tls:
            assert line.getresponse().status == 413
    finally:
        line.close()


def test_a_class_enters_together_and_a_flood_does_not(nginx: WebServer, library: Library, invite: Invite) -> None:
    """Thirty people behind one address open the page, enter and send, all at once, and nobody is refused. What floods
    from one address is told to wait, in three languages; others go on meanwhile, and the address again when it is calm."""
    invited = [invite().code for _ in range(CLASS)]
    forms = [body(fields(library, code, wb1="4", id=f"{n:026d}".replace("0", "a"))) for n, code in enumerate(invited)]
    with ThreadPoolExecutor(CLASS) as people:
        seen = list(people.map(lambda _: nginx.ask("GET", "/").status, invited))
        entered = list(people.map(lambda code: nginx.ask("POST", "/-/enter", b"_language=fi&_code=" + code.encode()).status, invited))  # fmt: skip
        sent = list(people.map(lambda form: nginx.ask("POST", "/-/submit", form).status, forms))
    assert (set(seen), set(entered), set(sent)) == ({200}, {200}, {201})
    with ThreadPoolExecutor(CLASS) as flood:
        answers = list(flood.map(lambda _: nginx.ask("GET", "/-/healthz", source="127.0.0.2"), range(150)))
    refused = [answer for answer in answers if answer.status == 429]
    assert len(refused) > 50 and {answer.status for answer in answers} == {200, 429}
    assert refused[0].headers["retry-after"] == "10" and refused[0].headers["cache-control"] == "no-store"
    assert refused[0].headers["content-type"] == "text/html; charset=utf-8"
    assert all(word in refused[0].body.decode() for word in ("Odota hetki", "Vänta en stund", "Wait a moment"))
    assert nginx.ask("GET", "/-/healthz", source="127.0.0.3").status == 200, "others wait too"
    assert nginx.ask("GET", "/", source="127.0.0.2").status == 200, "pages are from the disk, and have no limit"
    deadline = time.monotonic() + SECONDS
    while (status := nginx.ask("GET", "/-/healthz", source="127.0.0.2").status) == 429 and time.monotonic() < deadline:
        threading.Event().wait(0.1)
    assert status == 200


def test_without_the_limit_a_flood_goes_through(folder: Path, collector: str) -> None:
    """The test above can fail: the same flood, with the limit taken out of the file."""
    without = {"limit_req zone=mittari burst=60 nodelay;": ""}
    with run_nginx(folder, collector, **without) as server, ThreadPoolExecutor(CLASS) as flood:
        asked = flood.map(lambda _: server.ask("GET", "/-/healthz", source="127.0.0.4").status, range(150))
        assert set(asked) == {200}


def test_who_stops_sending_is_let_go(folder: Path, collector: str) -> None:
    """A body that does not go on ends after the time that the file allows, here a second, and the collector hears nothing
    of it: nginx hands whole bodies on."""
    with run_nginx(folder, collector, **{"client_body_timeout 20s": "client_body_timeout 1s"}) as nginx:
        line = nginx.connect()
        line.connect()
        assert isinstance(line.sock, ssl.SSLSocket)
        head = "POST /-/submit HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 900\r\n\r\na=1"
        line.sock.sendall(head.encode())
        try:
            # The end of the line, or a word that it took too long.
            said = line.sock.recv(4096)
        except (ssl.SSLError, ConnectionError):
            said = b""
        line.close()
        assert said == b"" or said.startswith(b"HTTP/1.1 408")


def test_plain_http_leads_to_tls(nginx: WebServer) -> None:
    """With the whole address; a program that would send in clear is refused."""
    (port,) = re.findall(r"listen 127\.0\.0\.1:(\d+);", (nginx.folder / "mittari.conf").read_text())
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
    line.request("GET", "/fi/?x=1", headers={"Host": "kysely.example.fi"})
    answer = line.getresponse()
    assert (answer.status, answer.getheader("Location")) == (301, "https://kysely.example.fi/fi/?x=1")
    line.close()
    line.request("POST", "/-/api/submissions", "{}", {"Host": "kysely.example.fi"})
    assert line.getresponse().status == 403
    line.close()


def test_caddy_takes_the_shipped_file() -> None:
    """As it is, with nothing set around it, Caddy's own check has nothing to say against it."""
    command = [str(debian.program("caddy")), "validate", "--adapter", "caddyfile", "--config", "Caddyfile"]
    environ = {"PATH": os.environ["PATH"], "HOME": tempfile.gettempdir()}
    done = subprocess.run(
        command, cwd=ROOT / "deploy" / "caddy", env=environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0 and "Valid configuration" in done.stdout, done.stderr
