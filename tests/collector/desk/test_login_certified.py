"""Logging in at a login service that its makers had certified and that is not of our making: oidc-provider. It holds to
the specifications where others are lenient, so what works there works by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from collector.app import utc_now
from collector.desk.app import create_desk
from collector.desk.openid_login import OpenIDLogin
from collector.serving import served
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from tests.collector.desk.certified import CLIENT, Browsing, Certified, certified, main_of
from tests.collector.desk.test_login import PEOPLE, done, staff_of
from tests.conftest import ROOT
from tests.stores.object_servers import free_ports

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    """At `localhost`, where the desk is at 127.0.0.1: to a browser two sites."""
    (port,) = free_ports(1)
    made = Certified(
        f"http://127.0.0.1:{port}", back="/-/login/return", left="/-/logout", folder=tmp_path_factory.mktemp("service")
    )
    with certified(made) as running:
        yield running


@pytest.fixture
def begin(
    desk_settings: Settings, store: SQLiteStore, service: Certified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], OpenIDLogin]:
    """What leads to the service, with a secret."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    text = f"desk: 1\nlogin: {{way: oidc, issuer: '{service.issuer}', client: {CLIENT}, scopes: [email, groups]}}\n{PEOPLE}"
    return lambda secret: OpenIDLogin(lambda: staff_of(text), address=f"{service.desk}/", secret=secret)


@pytest.fixture
def at(
    request: pytest.FixtureRequest, begin: Callable[[str], OpenIDLogin], desk_settings: Settings, store: SQLiteStore,
    service: Certified, tmp_path: Path,
) -> Iterator[str]:  # fmt: skip
    """The address of a desk that tells the time as the service does."""
    desk = create_desk(
        desk_settings,
        works=works(desk_settings, ROOT / "instruments", tmp_path / "desk"),
        messages=messages(),
        identify=begin(getattr(request, "param", service.secret)),
        store=store,
        clock=utc_now,
    )
    with served(desk, int(service.desk.rpartition(":")[2])):
        yield f"{service.desk}/en/"


@pytest.fixture
def somebody(at: str, service: Certified) -> Browsing:
    return Browsing(service)


def test_by_name(somebody: Browsing, at: str, store: SQLiteStore) -> None:
    """To the page that was asked for. Neither e-mail address nor groups are in the token of a service that holds to the
    letter: it is asked for them."""
    page = somebody.log_in(f"{at}log?actor=x", "planner")
    assert (page.status_code, page.url) == (200, f"{at}log?actor=x")
    assert "<p>planner@example.fi</p>" in page.text
    assert somebody.open(at).url == at
    assert done(store) == [("log in", "planner@example.fi", "planner")]


def test_by_group(somebody: Browsing, at: str, store: SQLiteStore) -> None:
    """Whose group the staff file names, and nobody else of it."""
    assert somebody.log_in(f"{at}results", "analyst").status_code == 200
    assert somebody.open(f"{at}participations").status_code == 403
    assert done(store) == [("log in", "new@example.fi", "analyst")]


def test_without_a_role(somebody: Browsing, at: str, store: SQLiteStore) -> None:
    """Somebody whom the service knows, and the staff file does not."""
    page = somebody.log_in(at, "guest")
    assert page.status_code == 403 and main_of(page) == (
        "You have no role at this desk You are logged in as guest@example.fi. Ask whoever looks after Mittari in your area "
        "to write you into the staff file (desk.yaml)."
    )
    assert done(store) == [("refused", "guest@example.fi", "")]


def test_an_address_that_is_not_verified(somebody: Browsing, at: str, store: SQLiteStore) -> None:
    """Whoever wrote a planner's e-mail address into an account of their own is not the planner."""
    page = somebody.log_in(at, "unverified")
    assert page.status_code == 403 and main_of(page) == (
        "The login did not succeed The login service has not verified your e-mail address. Ask whoever looks after your "
        "logins to do that. Log in"
    )
    assert somebody.open(at).url != at and done(store) == []


def test_without_an_address(somebody: Browsing, at: str, caplog: pytest.LogCaptureFixture) -> None:
    """Of whom the service says no e-mail address, nothing is known."""
    page = somebody.log_in(at, "nameless")
    assert page.status_code == 403 and "The answer of the login service does not hold." in main_of(page)
    assert caplog.messages == ["login refused: the login service gave no email that can be a login"]


def test_cancelled(somebody: Browsing, at: str, caplog: pytest.LogCaptureFixture) -> None:
    """Before the password, and where the service asks whether the desk may know who it is."""
    told = "The login did not succeed The login service did not let you in. Begin again, or ask whoever looks after your logins. Log in"
    page = somebody.send(somebody.open(at), "cancel")
    assert (page.status_code, main_of(page)) == (403, told)
    sign_in = somebody.open(at)
    asked = somebody.send(sign_in, name="planner", password=somebody.password)
    assert "May it know who you are?" in asked.text
    page = somebody.send(asked, "cancel")
    assert (page.status_code, main_of(page)) == (403, told)
    assert set(caplog.messages) == {"login refused: the login service let nobody in"}
    page = somebody.agree(somebody.open(at))
    assert page.status_code == 200 and "<p>planner@example.fi</p>" in page.text


@pytest.mark.parametrize("at", ["another secret"], indirect=True)
def test_a_secret_that_is_another(somebody: Browsing, at: str, caplog: pytest.LogCaptureFixture) -> None:
    """The service tells the desk nothing then. With the right one, which has signs that OAuth encodes, all tests here
    come in."""
    assert somebody.log_in(at, "planner").status_code == 403
    assert caplog.messages == ["login refused: the login service took no code (invalid_client)"]


def test_new_keys(somebody: Browsing, at: str, service: Certified) -> None:
    """A service that signs with another key than a moment ago is believed without waiting."""
    assert somebody.log_in(at, "planner").status_code == 200
    service.kill()
    service.start()
    other = Browsing(service)
    page = other.log_in(at, "analyst")
    assert page.status_code == 200 and "<p>new@example.fi</p>" in page.text


@pytest.fixture(params=[True, False], ids=["with a script", "without one"])
def page(request: pytest.FixtureRequest, browser: Browser, at: str) -> Iterator[Page]:
    """A page that is closed before the desk."""
    context = browser.new_context(java_script_enabled=request.param, viewport={"width": 320, "height": 640})
    yield context.new_page()
    context.close()


def test_in_and_out_in_a_browser(page: Page, at: str, service: Certified) -> None:
    """By the form of the service to the page that was asked for; out of the desk and of the service; and in again only by
    the form."""
    page.goto(f"{at}log?actor=x")
    _sign_in(page, service)
    page.get_by_role("button", name="Yes").click()
    expect(page).to_have_url(f"{at}log?actor=x")
    expect(page.get_by_text("planner@example.fi", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    # The desk keeps no token that would prove whose login it is, so the service asks.
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    page.get_by_role("button", name="Yes").click()
    expect(page).to_have_url(f"{service.desk}/-/logout")
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    assert page.context.cookies(service.desk) == []
    page.get_by_role("link", name="Log in").click()
    _sign_in(page, service)


def _sign_in(page: Page, service: Certified) -> None:
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Name").fill("planner")
    page.get_by_label("Password").fill(service.password)
    page.get_by_role("button", name="Sign in").click()
