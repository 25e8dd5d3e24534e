"""Logging in and out in a real browser, at a real login service on another host: what redirects, cookies and policies do
there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from collector.desk.openid_login import OpenIDLogin
from collector.serving import served
from tests.collector.desk.provider import CLIENT, SECRET, LoginService, running
from tests.collector.desk.test_login import PEOPLE, PLANNER, Make, make, staff_of
from tests.conftest import Clock
from tests.stores.object_servers import free_ports

__all__ = ["make"]
pytestmark = pytest.mark.slow


@pytest.fixture
def service(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoginService]:
    """At `localhost`, where the desk is at 127.0.0.1: to a browser two sites."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    (port,) = free_ports(1)
    with running(LoginService(clock=clock, back=f"http://127.0.0.1:{port}/-/login/return", person=PLANNER)) as service:
        yield service


@pytest.fixture
def address(make: Make, service: LoginService) -> Iterator[str]:
    desk = service.back.removesuffix("-/login/return")
    text = f"desk: 1\nlogin: {{way: oidc, issuer: '{service.address}', client: {CLIENT}}}\n{PEOPLE}"
    app = make(OpenIDLogin(lambda: staff_of(text), address=desk, secret=SECRET))
    with served(app, int(desk.split(":")[2].strip("/"))):
        yield desk


@pytest.fixture(params=[True, False], ids=["with a script", "without one"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """A page that is closed before the desk."""
    context = browser.new_context(java_script_enabled=request.param, viewport={"width": 320, "height": 640})
    yield context.new_page()
    context.close()


def test_in_and_out(page: Page, address: str, service: LoginService) -> None:
    """To the page that was asked for, out of the desk and of the service, and in again only by the service."""
    page.goto(f"{address}en/log?actor=x")
    expect(page).to_have_url(f"{address}en/log?actor=x")
    expect(page.get_by_text("planner@example.fi", exact=True).first).to_be_visible()
    (cookie,) = page.context.cookies(address)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Lax", -1)
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_url(f"{address}-/logout")
    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()
    assert service.person is None and page.context.cookies(address) == []
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_text("The login service did not let you in.")).to_be_visible()
    service.person = PLANNER
    page.get_by_role("link", name="Log in").click()
    expect(page).to_have_url(f"{address}en/")


def test_what_was_typed_outlives_the_login(page: Page, address: str, clock: Clock) -> None:
    """The form comes back, somebody logs in beside it, and it is sent."""
    page.goto(f"{address}en/participations/invite")
    typed = page.locator("main input[type=text]").first
    name = typed.get_attribute("name") or ""
    typed.fill("99.99.2026")
    clock.advance(hours=2)
    page.locator("main form button").first.click()
    expect(page.get_by_role("heading", name="Your login has ended")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Log in (opens a new tab)").click()
    expect(opened.value).to_have_url(f"{address}en/")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("Mend these first")).to_be_visible()
    assert page.locator(f"[name={name}]").input_value() == "99.99.2026"


@pytest.mark.parametrize("state", ["logged in", "nobody", "logged out", "ended", "failed"])
def test_pages_of_the_login_are_accessible(
    browser: Browser, address: str, service: LoginService, clock: Clock, state: str
) -> None:
    """axe-core finds nothing, best practice included; nothing is wider than a phone; targets are large enough."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 320, "height": 640}, locale="fi-FI")
    page = context.new_page()
    _reach(page, address, service, clock, state)
    found: Any = Axe().run(page, options={"resultTypes": ["violations"]})
    assert [violation["id"] for violation in found.response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    for target in page.locator("main a, main button, .who a, .who button").all():
        box = target.bounding_box()
        assert box and box["height"] >= 44, target.inner_text()
    assert not re.search(r"\b(?:Log|You|The)\b", page.locator("main").inner_text())
    context.close()


def _reach(page: Page, address: str, service: LoginService, clock: Clock, state: str) -> None:
    if state == "nobody":
        service.person = {"email": "kuka.lie@example.fi"}
    if state == "failed":
        service.person = None
    page.goto(f"{address}fi/participations/invite" if state == "ended" else f"{address}fi/log")
    if state == "logged out":
        page.get_by_role("button", name="Kirjaudu ulos").click()
        expect(page).to_have_url(f"{address}-/logout")
    if state == "ended":
        clock.advance(hours=2)
        page.locator("main form button").first.click()
