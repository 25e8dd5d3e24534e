"""The shipped file for Apache with mod_auth_openidc before the staff desk, in the real Apache, before the real desk, at a
real login service that is none of theirs. Nothing here stands for anything else."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from collector.desk.app import create_desk
from collector.desk.login import Proxy
from collector.serving import served
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from survey import staff_file
from tests.collector.desk.certified import CLIENT, Browsing, Certified, certified, main_of
from tests.conftest import ROOT, Clock
from tests.deploy import debian
from tests.deploy.places import running
from tests.deploy.test_desk_servers import PRETENDED, PROXY_SECRET, STAFF, folder_of_nobody
from tests.deploy.test_web_servers import WebServer, certify, changed, unprivileged, wait_for
from tests.stores.object_servers import free_ports

pytestmark = pytest.mark.slow
MODULES = (
    "mpm_event", "authn_core", "authz_core", "authz_user", "alias", "deflate", "env", "filter", "headers", "proxy", "proxy_http",
    "reqtimeout", "rewrite", "setenvif", "ssl", "auth_openidc",
)  # fmt: skip
"""Those of Debian's that are on from the start and matter here, and those that the file wants."""
AROUND = """\
ServerRoot {folder}
DefaultRuntimeDir {folder}
PidFile {folder}/pid
ServerName main
ErrorLog {folder}/main.log
LogFormat "%v %a %u %r %s %{{Referer}}i %{{Cookie}}i" everything
CustomLog {folder}/access.log everything
Listen 127.0.0.1:{plain}
Listen 127.0.0.1:{port}
{modules}
Include desk.conf
"""
"""As Debian's own files have it, with a log of all hosts that have none of their own."""


@contextlib.contextmanager
def run_apache(folder: Path, port: int, desk: int, service: Certified, **changes: str) -> Iterator[WebServer]:
    program = debian.program("apache2")
    (plain,) = free_ports(1)
    text = changed((ROOT / "deploy" / "apache" / "desk.conf").read_text(), {
        "<VirtualHost *:80>": f"<VirtualHost 127.0.0.1:{plain}>",
        "<VirtualHost *:443>": f"<VirtualHost 127.0.0.1:{port}>",
        "Define MITTARI_DESK desk.example.fi": f"Define MITTARI_DESK 127.0.0.1:{port}",
        "https://login.example.fi/realms/area": service.issuer,
        "/etc/ssl/desk.example.fi.pem": f"{folder}/kysely.pem",
        "/etc/ssl/private/desk.example.fi.key": f"{folder}/kysely.key",
        '"openid email"': '"openid email groups"',
        "/var/log/apache2/": f"{folder}/",
        "http://127.0.0.1:8200/": f"http://127.0.0.1:{desk}/",
        **changes,
    })  # fmt: skip
    (folder / "desk.conf").write_text(text)
    (folder / "mittari-desk-secret.conf").write_text(
        f'RequestHeader set X-Mittari-Proxy "{PROXY_SECRET}"\nOIDCClientSecret "{service.secret}"\n'
        'OIDCCryptoPassphrase "one of its own"\n'
    )
    modules = "\n".join(
        f"LoadModule {name}_module {program.parents[1]}/lib/apache2/modules/mod_{name}.so" for name in MODULES
    )
    (folder / "apache2.conf").write_text(AROUND.format(folder=folder, plain=plain, port=port, modules=modules))
    certify(folder)
    command = [str(program), "-f", str(folder / "apache2.conf"), "-D", "FOREGROUND"]
    with running(command, folder, debian.libraries(program), folder / "said.log", **unprivileged()) as process:
        server = WebServer(port, folder, tls=True, process=process)
        wait_for(server)
        yield server


@dataclasses.dataclass(frozen=True)
class Ports:
    """What stays where it is for all tests: Apache, one whose file has a fault, and the desk behind them."""

    apache: int
    faulty: int
    desk: int


@pytest.fixture(scope="module")
def ports() -> Ports:
    return Ports(*free_ports(3))


@pytest.fixture(scope="module")
def service(ports: Ports, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    made = Certified(
        f"https://127.0.0.1:{ports.apache}", back="/oidc/return", left="/-/logout",
        folder=tmp_path_factory.mktemp("service"), others=(f"https://127.0.0.1:{ports.faulty}",),
    )  # fmt: skip
    with certified(made) as running_service:
        yield running_service


@pytest.fixture(scope="module")
def server(ports: Ports, service: Certified) -> Iterator[WebServer]:
    with folder_of_nobody() as folder, run_apache(folder, ports.apache, ports.desk, service) as running_server:
        yield running_server


Start = Callable[[], contextlib.AbstractContextManager[str]]


@pytest.fixture
def start(settings: Settings, store: SQLiteStore, clock: Clock, tmp_path: Path, ports: Ports) -> Start:
    """Begins the desk at its port, as `mittari desk --staff` has it."""
    text = STAFF.replace("/oauth2/sign_out", "'/oidc/return?logout='")
    read, problems = staff_file.read(text.encode(), file="desk.yaml")
    assert read is not None, problems
    app = create_desk(
        dataclasses.replace(settings, address="https://kysely.example.fi/"),
        works=works(settings, ROOT / "instruments", tmp_path / "desk"),
        messages=messages(),
        identify=Proxy(lambda: read.value, secret=PROXY_SECRET),
        store=store,
        clock=clock,
    )
    return lambda: served(app, ports.desk)


@pytest.fixture
def desk(start: Start) -> Iterator[None]:
    with start():
        yield


@pytest.fixture
def somebody(server: WebServer, service: Certified, desk: None) -> Browsing:
    return Browsing(service, trusts=server.folder / "kysely.pem")


def at(server: WebServer, path: str = "/en/") -> str:
    return f"https://127.0.0.1:{server.port}{path}"


def test_who_has_logged_in_is_let_in(server: WebServer, service: Certified, somebody: Browsing) -> None:
    """By name and by group, to the page first asked for, with the headers of the desk once each; the cookie is no
    script's and no other host's."""
    address = at(server, "/en/log?actor=a&about=b")
    page = somebody.log_in(address, "planner")
    assert (page.status_code, page.url) == (200, address) and "<p>planner@example.fi</p>" in page.text
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    other = Browsing(service, trusts=server.folder / "kysely.pem")
    page = other.log_in(at(server, "/en/shelf"), "analyst")
    assert page.status_code == 200 and "<p>new@example.fi</p>" in page.text
    assert other.open(at(server, "/en/participations")).status_code == 403
    (cookie,) = [each for each in other.session.cookies if each.domain == "127.0.0.1"]
    assert (cookie.name, cookie.secure, cookie.path, cookie.expires) == ("__Host-mittari-desk", True, "/", None)
    assert {name.lower() for name in cookie._rest} == {"httponly", "samesite"}  # type: ignore[attr-defined]


PRETENDED_TO_APACHE = {
    **PRETENDED, "OIDC_CLAIM_email": "planner@example.fi", "OIDC-CLAIM-email": "planner@example.fi",
    "OIDC_CLAIM_groups": "analysts", "OIDC_CLAIM_email_verified": "1",
}  # fmt: skip
"""What somebody sends who has read about mod_auth_openidc too."""


def test_who_has_not_is_led_to_the_login(server: WebServer, service: Certified, desk: None) -> None:
    """Whatever they send, nothing of it comes to the desk; what a script asks for is refused. A form comes back with all
    that was typed, as nobody's, whoever they pretend to be."""
    for headers in ({}, PRETENDED_TO_APACHE):
        answer = server.ask("GET", "/en/import", headers={"Accept": "*/*", **headers})
        assert answer.status == 302
        there = urlsplit(answer.headers["location"])
        asked = parse_qs(there.query)
        assert f"{there.scheme}://{there.netloc}" == service.issuer
        assert (asked["client_id"], asked["code_challenge_method"]) == ([CLIENT], ["S256"])
        assert asked["redirect_uri"] == [at(server, "/oidc/return")]
        assert re.fullmatch(
            r"__Host-mittari-desk-state-[\w-]+=[^;]+; Path=/; Secure; HttpOnly; SameSite=Lax",
            answer.headers["set-cookie"],
        )
        form = server.ask("POST", "/en/keying/number/JT-2026-001/form?a=b", b"wb1=4&words=%C3%A4", headers=headers)
        page = form.body.decode()
        assert form.status == 401 and 'action="/en/keying/number/JT-2026-001/form?a=b"' in page
        assert 'name="wb1" value="4"' in page and 'name="words" value="\u00e4"' in page
    script = {"Accept": "*/*", "Sec-Fetch-Mode": "cors"}
    assert server.ask("GET", "/en/", headers={**script, **PRETENDED_TO_APACHE}).status == 401


@pytest.mark.parametrize("name", ["guest", "newcomer"])
def test_who_pretends_to_be_another_is_still_themselves(server: WebServer, somebody: Browsing, name: str) -> None:
    """Somebody with a login and no role, in other groups or in none, sends everything that Apache would send."""
    somebody.log_in(at(server), name)
    page = somebody.open(at(server), headers=PRETENDED_TO_APACHE)
    assert page.status_code == 403 and f"You are logged in as {name}@example.fi." in page.text


@pytest.mark.parametrize("name", ["nameless", "unverified"])
def test_a_login_without_an_address_is_nobodys(server: WebServer, somebody: Browsing, name: str) -> None:
    """Where the service gives no e-mail address, or has not verified it, what the browser sends does not take its place,
    and neither do groups."""
    assert "Come in by the login" in somebody.log_in(at(server), name).text
    for headers in ({}, PRETENDED_TO_APACHE):
        page = somebody.open(at(server), headers=headers)
        assert page.status_code == 403 and main_of(page).startswith("Come in by the login ")


def test_who_has_apache_drop_what_it_adds_is_nobody(server: WebServer, somebody: Browsing) -> None:
    """A header that a browser calls one of this connection is not passed on: no more than that is won by it."""
    somebody.log_in(at(server), "planner")
    for dropped in ("X-Forwarded-Email", "X-Mittari-Proxy"):
        page = somebody.open(at(server), headers={**PRETENDED, "Connection": f"close, {dropped}"})
        assert page.status_code == 403 and main_of(page).startswith("Come in by the login ")


def test_without_a_login(server: WebServer, service: Certified, somebody: Browsing) -> None:
    """Whoever cancels, takes too long or comes back by a page of before sees so on a page of the desk, and is led to the
    login again."""
    told = "The login did not succeed The login service did not let you in. Begin again, or ask whoever looks after your logins. Log in"
    page = somebody.send(somebody.open(at(server)), "cancel")
    assert (page.status_code, page.url, main_of(page)) == (403, at(server, "/-/login/denied"), told)
    for query in ("code=x&state=y", "error=access_denied", f"error=x&state=y&iss={service.issuer}"):
        page = somebody.open(at(server, f"/oidc/return?{query}"))
        assert (page.status_code, page.url, main_of(page)) == (403, at(server, "/-/login/denied"), told)
    assert somebody.open(at(server)).url.startswith(f"{service.issuer}/sign-in/")


def test_logging_out(server: WebServer, service: Certified, somebody: Browsing) -> None:
    """Of the desk, of Apache, which then takes a copy of the cookie no more, and of the service, which asks for the login
    when somebody comes back."""
    page = somebody.log_in(at(server), "planner")
    copy = somebody.session.cookies.get("__Host-mittari-desk")
    left = somebody.post(at(server, "/-/logout"), _token=token_in(page.text))
    assert left.status_code == 200 and left.headers["refresh"] == "0;url=/oidc/return?logout="
    asked = somebody.open(at(server, "/oidc/return?logout="))
    assert "Sign out?" in asked.text
    page = somebody.send(asked, "logout")
    assert page.url == at(server, "/-/logout") and main_of(page).startswith("You are logged out ")
    assert somebody.open(at(server, "/desk.css")).headers["content-type"].startswith("text/css")
    for cookie in ({}, {"__Host-mittari-desk": copy}):
        page = somebody.open(at(server), cookies=cookie)
        assert page.url.startswith(f"{service.issuer}/sign-in/")


def test_in_and_out_in_a_browser(server: WebServer, service: Certified, browser: Browser, desk: None) -> None:
    """What policies, redirects and cookies let a real browser do: in, on, out of all three, and in again by the form."""
    context = browser.new_context(ignore_https_errors=True, locale="en-GB")
    page = context.new_page()
    page.goto(at(server, "/en/log?actor=x"))
    page.get_by_label("Name").fill("planner")
    page.get_by_label("Password").fill(service.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Yes").click()
    expect(page).to_have_url(at(server, "/en/log?actor=x"))
    page.get_by_role("link", name="Today").click()
    expect(page).to_have_url(at(server, "/en/"))
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    expect(page).to_have_url(at(server, "/-/logout"))
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


def token_in(page: str) -> str:
    (token, *_more) = re.findall(r'name="_token" value="(\w+)"', page)
    return str(token)


def test_forms_and_files_come_through(server: WebServer, somebody: Browsing) -> None:
    """A form of the desk's own page is taken as such; what is just too long the desk refuses in its own words, what is
    much too long Apache does."""
    token = token_in(somebody.log_in(at(server), "planner").text)
    for origin, status in ((at(server, ""), 422), ("https://elsewhere.example", 403)):
        sent = somebody.post(at(server, "/en/import"), headers={"Origin": origin}, _token=token)
        assert sent.status_code == status, sent.text
    long = somebody.post(at(server, "/en/import"), _token=token, a="x" * 5_400_000)
    assert long.status_code == 413 and "The file has more than 5 MB." in long.text
    longer = somebody.post(at(server, "/en/import"), _token=token, a="x" * 6_400_000)
    assert longer.status_code == 413 and "Mittari" not in longer.text


@pytest.mark.parametrize("head", ["Content-Length: 4900000", "Transfer-Encoding: chunked"])
def test_a_list_is_never_on_the_disk(server: WebServer, somebody: Browsing, head: str) -> None:
    """While it comes, in either way of sending, no process of Apache has a file open that was not there before."""
    somebody.log_in(at(server), "planner")
    assert opened_by_a_list(server, somebody, head) == set()


def opened_by_a_list(server: WebServer, somebody: Browsing, head: str) -> set[str]:
    """What Apache opens while somebody sends a list, of which the end is still to come for half a second."""
    before = open_files(server)
    line = server.connect()
    line.putrequest("POST", "/en/import")
    line.putheader("Cookie", f"__Host-mittari-desk={somebody.session.cookies.get('__Host-mittari-desk')}")
    line.putheader(*head.split(": "))
    line.endheaders((b"%x\r\n" % 4_900_000 if "chunked" in head else b"") + b"x" * 4_800_000)
    found: set[str] = set()
    deadline = time.monotonic() + 0.5
    while not found and time.monotonic() < deadline:
        threading.Event().wait(0.01)
        found = open_files(server) - before
    line.send(b"x" * 100_000 + (b"\r\n0\r\n\r\n" if "chunked" in head else b""))
    assert line.getresponse().status == 403
    line.close()
    return found


def open_files(server: WebServer) -> set[str]:
    """What the processes of a server have open, but for connections."""
    assert server.process
    group = os.getpgid(server.process.pid)
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            if os.getpgid(int(folder.name)) == group:
                found |= {str(link.readlink()) for link in (folder / "fd").iterdir()}
    return {name for name in found if name.startswith("/")}


def test_a_desk_that_was_away_is_found_at_once(server: WebServer, service: Certified, start: Start) -> None:
    """While it is begun anew, whoever asks is told so; nobody waits longer than that takes."""
    somebody = Browsing(service, trusts=server.folder / "kysely.pem")
    assert somebody.log_in(at(server), "planner").status_code == 503
    with start():
        assert somebody.open(at(server)).status_code == 200


def test_nothing_of_anybody_is_in_a_log(server: WebServer, somebody: Browsing) -> None:
    """Neither who it is, nor from where, nor what they look at, whatever goes wrong."""
    somebody.log_in(at(server, "/en/participations/JT-2026-017"), "planner")
    somebody.open(at(server, "/en/participations/JT-2026-017"), headers=PRETENDED)
    somebody.open(at(server, "/oidc/return?error=JT-2026-017&state=JT-2026-017"))
    assert logged(server) == []


def logged(server: WebServer) -> list[str]:
    """What there should be nothing of in the logs of a server."""
    words = ("planner", "JT-2026", PROXY_SECRET, "__Host", "client 127.")
    return [word for word in words if word in server.logs()]


def test_plain_http_leads_to_tls(server: WebServer) -> None:
    """With the whole address, and without a line in any log."""
    (plain,) = re.findall(r"Listen 127\.0\.0\.1:(\d+)\n", (server.folder / "apache2.conf").read_text())[:1]
    answer = WebServer(int(plain), server.folder, tls=False).ask("GET", "/en/participations/JT-2026-018?x=1")
    assert (answer.status, answer.headers["location"]) == (301, at(server, "/en/participations/JT-2026-018?x=1"))
    assert "JT-2026-018" not in server.logs()


# --- what the tests above would find ----------------------------------------------------------------------------------------


UNSET = {"RequestHeader unset X-Forwarded-Email\n": "\n"}
SET = {"RequestHeader set X-Forwarded-Email ": "RequestHeader set X-Elsewhere "}


@contextlib.contextmanager
def faulty(ports: Ports, service: Certified, **changes: str) -> Iterator[tuple[WebServer, Browsing]]:
    """An Apache whose file has lost something, and somebody there."""
    with folder_of_nobody() as folder, run_apache(folder, ports.faulty, ports.desk, service, **changes) as server:
        yield server, Browsing(service, trusts=folder / "kysely.pem")


@pytest.mark.parametrize(("name", "lost"), [("nameless", UNSET), ("guest", {**UNSET, **SET})])
def test_without_the_lines_for_headers_somebody_could_pretend(
    ports: Ports, service: Certified, desk: None, name: str, lost: dict[str, str]
) -> None:
    """The same file believes a browser, where the login says nothing or even where it does."""
    with faulty(ports, service, **lost) as (server, somebody):
        somebody.log_in(at(server), name)
        page = somebody.open(at(server), headers=PRETENDED)
        assert page.status_code == 200 and "<p>planner@example.fi</p>" in page.text


def test_without_the_login_asked_for_nobody_comes_in(ports: Ports, service: Certified, desk: None) -> None:
    """A file that lost the lines which ask for the login lets in nobody rather than everybody."""
    lost = {"AuthType openid-connect": "", "Require valid-user": "Require all granted"}
    with faulty(ports, service, **lost) as (server, somebody):
        page = somebody.open(at(server), headers=PRETENDED_TO_APACHE)
        assert page.status_code == 403 and "Come in by the login" in page.text


def test_without_a_log_of_its_own_others_would_have_it(ports: Ports, service: Certified, desk: None) -> None:
    """What Debian sets for every host would write down who looks at what."""
    with faulty(ports, service, **{'CustomLog /dev/null "-"': ""}) as (server, somebody):
        somebody.log_in(at(server, "/en/participations/JT-2026-017"), "planner")
        assert {"JT-2026", "__Host"} <= set(logged(server))


def test_a_body_that_is_kept_until_it_is_whole_would_be_on_the_disk(
    ports: Ports, service: Certified, desk: None
) -> None:
    """As other settings of Apache's have it."""
    with faulty(ports, service, **{"ProxyPreserveHost On": "ProxyPreserveHost On\nSetEnv proxy-sendcl 1"}) as (
        server,
        somebody,
    ):
        somebody.log_in(at(server), "planner")
        assert opened_by_a_list(server, somebody, "Transfer-Encoding: chunked")


def test_where_the_desk_asks_the_login_service_itself(ports: Ports, service: Certified, desk: None) -> None:
    """What is left of the file passes requests on, with their host, and says nothing of anybody: this desk, which waits
    for a proxy's word, lets nobody in."""
    whole = (ROOT / "deploy" / "apache" / "desk.conf").read_text()
    (_before, taken, _after) = re.split(r"    # (?:who it is|to the desk)\n", whole)
    with faulty(ports, service, **{taken: ""}) as (server, somebody):
        page = somebody.open(at(server, "/fi/"))
        assert page.status_code == 403 and main_of(page).startswith("Kirjaudu organisaatiosi kautta ")
