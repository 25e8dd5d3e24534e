"""Every shipped page once, in a real browser: no rule broken, no sideways scroll, nothing asked from elsewhere."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.conftest import AXE_OPTIONS, PHONE, overflow

pytestmark = pytest.mark.slow


LONG = "kyselykokeiluasiakasmuutosmittaristokehittämistyöryhmä"


@pytest.mark.parametrize("part", ["nav a", "h1", "li", "legend", "label span", ".send"])
def test_a_word_longer_than_a_line(browser: Browser, built, part: str) -> None:  # type: ignore[no-untyped-def]
    """It breaks, and the page gets no wider."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto((built.site / "fi" / "palvelupalaute-v1-end.html").as_uri())
    page.locator(part).first.evaluate("(element, word) => { element.textContent = word; }", LONG)
    wider = overflow(page)
    context.close()
    assert wider == 0


@pytest.mark.parametrize("languages", [("ar",), pytest.param((), marks=pytest.mark.accessibility, id="every language")])
def test_every_page_at_320_pixels(browser: Browser, built, languages: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    """All instruments, waves and languages, notices and front pages are narrow enough. axe, which takes half a second
    a page, looks here at the one that is written from the right, and at all of them in make accessibility."""
    context = browser.new_context(viewport=PHONE, bypass_csp=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    axe = Axe()
    wrong = []
    for path in sorted(built.site.rglob("*.html")):
        page.goto(path.as_uri())
        name = path.relative_to(built.site)
        if overflow(page) > 0:
            wrong.append(f"{name}: {overflow(page)} px too wide")
        if languages and name.parts[0] not in languages:
            continue
        wrong += [
            f"{name}: {v['id']} {v['nodes'][0]['html'][:100]}"
            for v in axe.run(page, options=AXE_OPTIONS).response["violations"]
        ]
    context.close()
    assert wrong == []
    assert {url.partition(":")[0] for url in asked} == {"file"}


def test_a_page_allows_its_own_style_and_no_other(browser: Browser, address: str) -> None:
    """The policies of header and page together: the style of the page holds, one that somebody smuggles in does not."""
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{address}/fi/palvelupalaute-v1-end.html")
    assert page.evaluate("getComputedStyle(document.body).margin") == "0px" and refused == []
    page.evaluate(
        "document.head.append(Object.assign(document.createElement('style'), {textContent: 'body{margin:9px}'}))"
    )
    page.evaluate("document.body.setAttribute('style', 'padding:9px')")
    shown = page.evaluate("[getComputedStyle(document.body).margin, getComputedStyle(document.body).padding]")
    context.close()
    assert shown == ["0px", "0px"]
    assert len(refused) == 2 and all("'sha256-" in line for line in refused)
