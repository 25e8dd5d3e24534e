"""Pages of the shared Chromium, and the real application served on loopback with a clock of our own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from collector.app import Collector
from collector.serving import served
from tests.browser import chromium

PHONE = {"width": 320, "height": 640}
# Best-practice rules too.
AXE_OPTIONS = {"resultTypes": ["violations"]}


@pytest.fixture
def address(app: Collector) -> Iterator[str]:
    """Where the application is served, ending in a slash."""
    with served(app) as there:
        yield there


@pytest.fixture
def without_script(browser: Browser) -> Iterator[Page]:
    """A page in a 320 px wide browser with JavaScript off."""
    with _context(browser, java_script_enabled=False) as context:
        yield context.new_page()


@pytest.fixture
def with_script(browser: Browser, address: str) -> Iterator[Page]:
    """A page in a 320 px wide browser as it comes, closed before the server that it may still ask for something."""
    with _context(browser) as context:
        page = context.new_page()
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        yield page
        # A 4xx answer, and that a shared device was cleared, is told on the console by Chromium itself.
        told = ("the server responded with a status", 'Cleared data types: "cache"')
        assert [line for line in said if not any(words in line for words in told)] == []


@pytest.fixture
def caching(browser: Browser) -> Iterator[Browser]:
    """Chromium with its back/forward cache, which Playwright turns off."""
    opened = browser.browser_type.launch(
        executable_path=chromium.found(),
        args=list(chromium.ARGUMENTS),
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield opened
    opened.close()


class _context:
    def __init__(self, browser: Browser, **options: object) -> None:
        self._context: BrowserContext = browser.new_context(viewport=PHONE, **options)  # type: ignore[arg-type]

    def __enter__(self) -> BrowserContext:
        return self._context

    def __exit__(self, *_: object) -> None:
        self._context.close()


def violations(browser: Browser, html: str, address: str) -> list[str]:
    """What axe-core finds in a page that another browser without a script was shown, in one line each.

    axe needs a script, so the same HTML is opened at the same address in a context of its own that ignores the
    page's policy for it.
    """
    context = browser.new_context(viewport=PHONE, bypass_csp=True)
    page = context.new_page()
    page.route(address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(address)
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    context.close()
    return [f"{v['id']}: {v['help']} ({'; '.join(str(n['target']) for n in v['nodes'][:3])})" for v in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
