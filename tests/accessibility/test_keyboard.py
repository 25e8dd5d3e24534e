"""By keyboard alone: every page has a way through it, and a questionnaire is answered from the start to the thank-you."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from preview import filling
from survey import codes
from survey.model import Library
from tests.accessibility.checks import Looker
from tests.accessibility.states import Shown
from tests.accessibility.test_matrix import LANGUAGES
from tests.conftest import Clock, Invite

pytestmark = pytest.mark.slow

# What can have focus by the Tab key: of a group of radio buttons one.
REACHABLE = """() => { const groups = new Set(); return [...document.querySelectorAll(
  'a[href],input:not([type=hidden]),select,textarea,button,audio')].filter(e => e.checkVisibility()).filter(e => {
    if (e.type !== 'radio') return true;
    const group = [...document.querySelectorAll(`input[type=radio][name="${CSS.escape(e.name)}"]`)];
    return (group.find(one => one.checked) || group[0]) === e; }).map(e => e.outerHTML.slice(0, 22)); }"""
HERE = """() => { const e = document.activeElement; return e === document.body ? null : {
  html: e.outerHTML.slice(0, 22), outline: getComputedStyle(e).outlineStyle, at: [...document.querySelectorAll('*')].indexOf(e),
  seen: e.getBoundingClientRect().bottom > 0 && e.getBoundingClientRect().top < innerHeight }; }"""
PLAYER = 8
"""At most so often focus stops within a browser's own player: it has several buttons."""


def tour(page: Page) -> list[str]:
    """Everything that is wrong on a walk through a page with the Tab key: what it passes by, where it stays, where
    focus cannot be seen, where it goes backwards."""
    reachable, reached, faults, before = page.evaluate(REACHABLE), [], [], -1
    # From the top, whatever had focus when the page opened; that this skips to main is a check of its own.
    page.evaluate("document.querySelector('a[href],button').focus({focusVisible: true})")
    stops = 0
    for _ in range(len(reachable) + 2 + PLAYER * sum(html.startswith("<audio") for html in reachable)):
        here = page.evaluate(HERE)
        if here is None or here["at"] < before:
            break
        stops = stops + 1 if here["at"] == before else 0
        if stops and stops < PLAYER and here["html"].startswith("<audio"):
            page.keyboard.press("Tab")
            continue
        if stops:
            return [f"the Tab key does not leave: {here['html']}"]
        if here["outline"] == "none" or not here["seen"]:
            faults.append(f"focus cannot be seen: {here['html']}")
        before = here["at"]
        reached.append(here["html"])
        page.keyboard.press("Tab")
    left = list(reachable)
    for html in reached:
        if html in left:
            left.remove(html)
    return [*faults, *(f"not reached by the Tab key: {html}" for html in left)]


@pytest.mark.accessibility
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_way_through(language: str, shown: list[Shown], looker: Looker) -> None:
    """The Tab key reaches all that can be used, in order, with its focus in sight, and leaves the page at the end."""
    faults = []
    for one in shown:
        if one.language == language:
            faults += [f"{one.name}: {line}" for line in tour(looker.show(one))]
    assert faults == []


@pytest.mark.parametrize("language", ["fi", "ar"])
def test_from_start_to_thank_you(
    language: str, without_script: Page, address: str, library: Library, invite: Invite, clock: Clock
) -> None:
    """With Tab, the arrows, Space and Enter alone: language, code, every question, sending, mending, the thank-you."""
    page, today = without_script, clock().date()
    one = invite(start=today - timedelta(days=90), end=today)
    page.goto(address)
    tab_to(page, f'nav a[hreflang="{language}"]')
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", language)
    tab_to(page, "#i-_code")
    page.keyboard.type(codes.shown(one.code))
    page.keyboard.press("Enter")
    expect(page.locator("[name=_wave]")).to_have_value("end")
    instrument = library.instruments["tyohonvalmennus@1"]
    fill(page, filling.plausible(instrument, "end", words="Kahvi", today=today).fields | {"hours": ["200"]})
    send(page)
    expect(page.locator(".summary")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".summary a").first).to_be_focused()
    page.keyboard.press("Enter")
    # The link leads to the field: the next Tab goes on from there, so Shift+Tab comes back to it.
    expect(page.locator("#i-hours")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("20")
    send(page)
    expect(page.locator(".receipt")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Presses Tab until the element has focus, which has to be seen."""
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    raise AssertionError(f"the Tab key does not reach {selector}")


def send(page: Page) -> None:
    tab_to(page, "button.send")
    page.keyboard.press("Enter")


def fill(page: Page, fields: dict[str, list[str]]) -> None:
    """Answers in the order of the page, as it is met: what an answer opens comes next."""
    for name, (value,) in fields.items():
        field = page.locator(f'[name="{name}"]').first
        kind = field.evaluate("e => e.matches('select') ? 'select' : e.type")
        tab_to(page, f'[name="{name}"]')
        if kind == "radio":
            page.keyboard.press("Space")
            for _ in range(30):
                if page.evaluate("document.activeElement.value") == value:
                    break
                page.keyboard.press("ArrowDown")
        elif kind == "checkbox":
            page.keyboard.press("Space")
        elif kind == "select":
            page.keyboard.press("ArrowDown")
        else:
            page.keyboard.type(value)
