"""The shipped files for nginx and Caddy before the staff desk, in the real servers, before the real desk. What stands for
oauth2-proxy says, by a cookie, who has logged in; whoever only says so themselves is not believed."""

from __future__ import annotations

import contextlib
import dataclasses
import http.cookies
import os
import pwd
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from collector import participations
from collector.desk.app import create_desk
from collector.desk.login import Proxy
from collector.serving import served
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from survey import staff_file
from tests.collector.forms import Page
from tests.conftest import ROOT, Clock, Invite
from tests.deploy import debian
from tests.deploy.places import running
from tests.deploy.test_web_servers import NOBODY, WebServer, certify, changed, unprivileged, wait_for
from tests.stores.object_servers import free_ports

pytestmark = pytest.mark.slow
PROXY_SECRET = "0123456789abcdef0123456789abcdef"
STAFF = """\
desk: 1
login: {way: proxy, header: X-Forwarded-Email, groups_header: X-Forwarded-Groups, logout: /oauth2/sign_out}
people:
  - {login: planner@example.fi, roles: [planner]}
groups:
  - {group: analysts, roles: [analyst]}
"""
PRETENDED = {
    "X-Forwarded-Email": "planner@example.fi", "X_Forwarded_Email": "planner@example.fi", "X-Forwarded-Groups": "analysts",
    "X_Forwarded_Groups": "analysts", "X-Auth-Request-Email": "planner@example.fi", "X-Mittari-Proxy": PROXY_SECRET,
    "X_Mittari_Proxy": PROXY_SECRET, "Remote-User": "planner@example.fi",
}  # fmt: skip
"""What somebody sends who has read all about it, and has even the secret."""


class _Logins(BaseHTTPRequestHandler):
    """Answers as oauth2-proxy does below /oauth2/: whoever has a cookie is who it says."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie", "")).get("_oauth2_proxy")
        path = urlsplit(self.path).path
        if path == "/oauth2/auth":
            self.send_response_only(202 if cookie else 401)
            email, _, groups = (cookie.value if cookie else "").partition("|")
            for name, value in (("X-Auth-Request-Email", email), ("X-Auth-Request-Groups", groups)):
                if value:
                    self.send_header(name, value)
        elif path == "/oauth2/start":
            self.send_response_only(302)
            self.send_header("Location", f"https://login.example.fi/?to={self.headers['X-Auth-Request-Redirect']}")
        else:
            self.send_response_only(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def logins() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Logins)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def desk(settings: Settings, store: SQLiteStore, clock: Clock, tmp_path: Path) -> Iterator[str]:
    """The desk at a port of its own, as `mittari desk --staff` has it."""
    read, problems = staff_file.read(STAFF.encode(), file="desk.yaml")
    assert read is not None, problems
    settings = dataclasses.replace(settings, address="https://kysely.example.fi/")
    app = create_desk(
        settings,
        works=works(settings, ROOT / "instruments", tmp_path / "desk"),
        messages=messages(),
        identify=Proxy(lambda: read.value, secret=PROXY_SECRET),
        store=store,
        clock=clock,
    )
    with served(app) as address:
        yield address


@contextlib.contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """A folder that an unprivileged server may read and write."""
    folder = Path(tempfile.mkdtemp(prefix="mittari-desk-"))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam(NOBODY).pw_uid, pwd.getpwnam(NOBODY).pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def folder() -> Iterator[Path]:
    with folder_of_nobody() as folder:
        yield folder


@contextlib.contextmanager
def run_nginx(folder: Path, desk: str, logins: str, **changes: str) -> Iterator[WebServer]:
    program = debian.program("nginx")
    plain, port = free_ports(2)
    text = changed((ROOT / "deploy" / "nginx" / "desk.conf").read_text(), {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "/etc/ssl/desk.example.fi.pem": f"{folder}/kysely.pem",
        "/etc/ssl/private/desk.example.fi.key": f"{folder}/kysely.key",
        "/var/log/nginx/": f"{folder}/",
        "http://127.0.0.1:4180": f"http://{logins}",
        "http://127.0.0.1:8200": desk.rstrip("/"),
        **changes,
    })  # fmt: skip
    (folder / "desk.conf").write_text(text)
    (folder / "mittari-desk-secret.conf").write_text(f'proxy_set_header X-Mittari-Proxy "{PROXY_SECRET}";\n')
    temporary = "".join(f"{kind}_temp_path {folder}/temp-{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
    # Headers with underscores come through here: the file must not need that they do not.
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/main.log; events {{ worker_connections 256; }}\n"
        f"http {{ underscores_in_headers on; {temporary} include desk.conf; }}\n"
    )
    certify(folder)
    start = [str(program), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "main.log")]
    with running(start, folder, {}, folder / "said.log", **unprivileged()) as process:
        server = WebServer(port, folder, tls=True, process=process)
        wait_for(server)
        yield server


@contextlib.contextmanager
def run_caddy(folder: Path, desk: str, logins: str) -> Iterator[WebServer]:
    (port,) = free_ports(1)
    shutil.copy(ROOT / "deploy" / "caddy" / "desk.Caddyfile", folder)
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\nimport desk.Caddyfile\n")
    given = {
        "DESK_NAME": f"http://127.0.0.1:{port}",
        "DESK": urlsplit(desk).netloc,
        "OAUTH2_PROXY": logins,
        "MITTARI_DESK_SECRET": PROXY_SECRET,
        **dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder)),
    }
    command = [str(debian.program("caddy")), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    with running(command, folder, given, folder / "said.log", **unprivileged()) as process:
        server = WebServer(port, folder, tls=False, process=process)
        wait_for(server)
        yield server


@pytest.fixture(params=["nginx", "caddy"])
def server(request: pytest.FixtureRequest, folder: Path, desk: str, logins: str) -> Iterator[WebServer]:
    with (run_nginx if request.param == "nginx" else run_caddy)(folder, desk, logins) as running_server:
        yield running_server


def as_somebody(cookie: str) -> dict[str, str]:
    return {"Cookie": f'_oauth2_proxy="{cookie}"'}


def test_who_has_logged_in_is_let_in(server: WebServer) -> None:
    """By name and by group, with the headers of the desk once each."""
    page = server.ask("GET", "/en/", headers=as_somebody("Planner@example.fi"))
    assert page.status == 200 and "<p>planner@example.fi</p>" in page.body.decode()
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert (
        page.headers["cache-control"] == "no-store" and "default-src 'none'" in page.headers["content-security-policy"]
    )
    assert server.ask("GET", "/en/shelf", headers=as_somebody("new@example.fi|x,analysts")).status == 200


def test_who_has_not_is_led_to_the_login(server: WebServer) -> None:
    """Whatever they say of themselves; after the login they go back to where they wanted."""
    for headers in ({}, PRETENDED):
        answer = server.ask("GET", "/en/log?actor=a&about=b", headers=headers)
        assert answer.status == 302
        assert answer.headers["location"] == "https://login.example.fi/?to=/en/log?actor=a&about=b"


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PAPER = {"Content-Type": "multipart/form-data; boundary=x"}


def test_a_form_outlives_the_login(server: WebServer, store: SQLiteStore, invite: Invite) -> None:
    """Sent after the login has ended it comes back from the desk with every field, as nobody's and whatever it pretends;
    nothing of it is stored. Sent again after logging in it is taken."""
    one = invite(start=date(2026, 8, 3), end=date(2026, 10, 30)).participation
    path = "/en/participations/completed?service=tyohonvalmennus"
    planner = as_somebody("planner@example.fi")
    fields = Page(server.ask("GET", path, headers=planner).body.decode()).values
    assert fields["one"] == f"{one.number} 2026-10-30"
    before = list(store.scan(""))
    for headers in ({}, PRETENDED):
        page = server.ask("POST", path, urlencode(fields).encode(), headers={**FORM, **headers})
        text = page.body.decode()
        assert page.status == 401 and "Your login has ended" in text and "planner@" not in text
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        assert re.findall(r'<form method="post" action="(.*?)">', text) == [path]
        assert Page(text).values == fields
    assert list(store.scan("")) == before
    sent = server.ask("POST", path, urlencode(fields).encode(), headers={**FORM, **planner})
    assert sent.status == 303 and participations.by_number(store, one.number).end == "2026-10-30"


def test_a_long_form_outlives_the_login(server: WebServer) -> None:
    """Longer than any buffer that a server begins with, with a file too, which cannot be kept; another site's is shown
    to nobody, and what is too long is refused."""
    words = "x" * 900_000
    body = f'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\n{words}\r\n'
    body += '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nsecret\r\n--x--\r\n'
    page = server.ask("POST", "/en/import", body.encode(), headers=PAPER)
    text = page.body.decode()
    assert page.status == 401 and Page(text).values == {"words": words}
    assert "A file cannot be kept." in text and "secret" not in text
    foreign = server.ask("POST", "/en/import", b"a=pasted", headers={**FORM, "Origin": "https://elsewhere.example"})
    assert foreign.status == 403 and "pasted" not in foreign.body.decode()
    assert server.ask("POST", "/en/import", b"a=" + b"x" * 5_400_000, headers=FORM).status == 413


@pytest.mark.parametrize("cookie", ["guest@example.fi", "guest@example.fi|nobodies"])
def test_who_pretends_to_be_another_is_still_themselves(server: WebServer, cookie: str) -> None:
    """Somebody with a login and no role sends everything that the proxy would send."""
    page = server.ask("GET", "/en/", headers={**as_somebody(cookie), **PRETENDED})
    assert page.status == 403 and "You are logged in as guest@example.fi." in page.body.decode()


def test_a_login_without_a_name_is_nobodys(server: WebServer) -> None:
    """Where the login says nothing, what the browser sends does not take its place."""
    for headers in ({}, PRETENDED):
        page = server.ask("GET", "/en/", headers={**as_somebody("|analysts"), **headers})
        assert page.status == 403 and "Come in by the login" in page.body.decode()


def test_who_reaches_the_port_of_the_desk_is_refused(desk: str) -> None:
    """Without the proxy nobody is anybody, but with its secret. Names with underscores are none."""
    here = WebServer(urlsplit(desk).port or 0, Path(), tls=False)
    without = {name: value for name, value in PRETENDED.items() if name != "X-Mittari-Proxy"}
    for headers in ({}, without):
        page = here.ask("GET", "/en/", headers=headers)
        assert page.status == 403 and "Come in by the login" in page.body.decode()
    assert (
        here.ask(
            "GET", "/en/", headers={name: PRETENDED[name] for name in ("X-Mittari-Proxy", "X-Forwarded-Email")}
        ).status
        == 200
    )


def test_forms_and_files_come_through(server: WebServer, desk: str) -> None:
    """A form of the desk's own page is taken as such, and what is just too long the desk refuses in its own words."""
    planner = as_somebody("planner@example.fi")
    token = re.findall(r'name="_token" value="(\w+)"', server.ask("GET", "/en/", headers=planner).body.decode())[0]
    host = f"{'https' if server.tls else 'http'}://127.0.0.1:{server.port}"
    for origin, status in ((host, 200), ("https://elsewhere.example", 403)):
        left = server.ask("POST", "/-/logout", f"_token={token}".encode(), headers={**planner, "Origin": origin})
        assert left.status == status
        if status == 200:
            assert left.headers["refresh"] == "0;url=/oauth2/sign_out"
    body = b"_token=" + token.encode() + b"&a=" + b"x" * 5_400_000
    long = server.ask("POST", "/en/import", body, headers={**planner, "Origin": host})
    assert long.status == 413 and "The file has more than 5 MB." in long.body.decode()


def test_nothing_of_anybody_is_in_a_log(server: WebServer) -> None:
    """Neither who it is nor what they look at."""
    server.ask("GET", "/en/participations/JT-2026-017", headers=as_somebody("planner@example.fi"))
    server.ask("GET", "/en/participations/JT-2026-017", headers=PRETENDED)
    server.ask("POST", "/en/keying/number/JT-2026-017/form", b"wb1=typed-in", headers=FORM)
    for word in ("planner", "JT-2026", "typed-in", PROXY_SECRET, "oauth2_proxy"):
        assert word not in server.logs(), server.logs()[-2000:]


def test_without_the_header_set_somebody_could_pretend(folder: Path, desk: str, logins: str) -> None:
    """The tests above can fail: the same file without these lines believes the browser."""
    lines = ("Email $desk_login", "Groups $desk_groups", 'Email ""', 'Groups ""')
    without = {f"proxy_set_header X-Forwarded-{line};": "" for line in lines}
    with run_nginx(folder, desk, logins, **without) as server:
        pretended = {**as_somebody("guest@example.fi"), "X-Forwarded-Email": "planner@example.fi"}
        page = server.ask("GET", "/en/", headers=pretended)
        assert page.status == 200 and "<p>planner@example.fi</p>" in page.body.decode()
        ended = server.ask("POST", "/en/import", b"a=1", headers={**FORM, "X-Forwarded-Email": "planner@example.fi"})
        assert ended.status == 403 and "Your login has ended" not in ended.body.decode()


def test_without_the_login_asked_for_nobody_comes_in(folder: Path, desk: str, logins: str) -> None:
    """A file that lost the line which asks for the login lets in nobody rather than everybody."""
    with run_nginx(folder, desk, logins, **{"auth_request /oauth2/auth;": ""}) as server:
        assert server.ask("GET", "/en/", headers=PRETENDED).status == 403
