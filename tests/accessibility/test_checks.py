"""Each check finds the fault that it is there for: one is planted in a page that is otherwise without."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import build as publishing
from collector.bundle import Bundle
from preview import filling
from survey.pages import questionnaire
from tests.accessibility import checks
from tests.accessibility.checks import WAYS, Looker
from tests.accessibility.states import Shown
from tests.accessibility.test_keyboard import tour
from tests.conftest import NOON

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(built: publishing.Built, bundle: Bundle) -> Shown:
    """A questionnaire that comes back with a summary of what is wrong."""
    instrument = bundle.library.instruments["tyohonvalmennus@1"]
    form = filling.wrong(instrument, "end", code=True, today=NOON.date())
    html = questionnaire(bundle.question_page(instrument, "end", "fi"), form)
    path = "fi/tyohonvalmennus-v1-end.html"
    return Shown(kind="questionnaire", language="fi", state="errors", path=path, html=html, site=built.site)


def planted(page: Shown, what: str, instead: str) -> Shown:
    """The page with something in it replaced, or with a style at the end of its head."""
    if what == "style":
        what, instead = "</head>", f"<style>{instead}</style></head>"
    assert what in page.html, what
    return dataclasses.replace(page, html=page.html.replace(what, instead, 1))


def test_a_page_without_faults(page: Shown, looker: Looker) -> None:
    """What faults are planted in has none of its own."""
    assert looker.faults(page) == []


@pytest.mark.parametrize(
    ("fault", "what", "instead"),
    [
        ("320 px: axe image-alt", "</h1>", '</h1><img src="../assets/icon.svg">'),
        ("320 px: axe list", "</h1>", "</h1><ul><p>x</p></ul>"),
        ("320 px: structure: 2 × h1, not 1", "</h1>", "</h1><h1>Toinen</h1>"),
        ("320 px: structure: a heading of level 4 after one of 1", "</h1>", "</h1><h4>Ohi</h4>"),
        ("320 px: structure: viewport", "initial-scale=1", "initial-scale=1, maximum-scale=1"),
        ("320 px: structure: the first thing to reach by keyboard does not skip to main", 'href="#main"', 'href="#q-wb1"'),
        ("320 px: language: the page says lang", '<html lang="fi"', '<html lang="en"'),
        ("320 px: language: the page says dir", 'dir="ltr"', 'dir="rtl"'),
        ("320 px: language: “Svenska” is not in lang", "</h1>", "</h1><p>Svenska</p>"),
        ("320 px: language: letters of \"ar\" in lang", "</h1>", "</h1><p>العربية</p>"),
        ("320 px: references: aria-describedby=\"nowhere\" leads nowhere", 'aria-describedby="h-_code', 'aria-describedby="nowhere h-_code'),
        ("320 px: references: id=\"main\" stands twice", "</h1>", '</h1><p id="main"></p>'),
        ("320 px: references: a link leads nowhere", "</h1>", '</h1><p><a href="#nowhere">Alas tästä</a></p>'),
        ("320 px: names: named “lähetä”", '<button class="send">', '<button class="send" aria-label="lähetä">'),
        ("320 px: names: no label that can be seen", "</h1>", '</h1><input aria-label="Jotain">'),
        ("320 px: state: what the page has to say has no focus", " autofocus", ""),
        ("320 px: state: the title does not say that something is wrong", "<title>Virhe: ", "<title>"),
        ("320 px: state: the summary does not lead to a control", 'href="#i-_code"', 'href="#main"'),
        ("320 px: state: invalid without its error", 'aria-describedby="h-_code e-_code"', 'aria-describedby="h-_code"'),
        ("320 px: sideways", "style", "h1{inline-size:30rem}"),
        ("320 px: clipped: cut below", "style", "legend{block-size:1rem;overflow:hidden}"),
        ("320 px: clipped: text outside the window", "style", "h1{text-indent:-40px}"),
        ("320 px: targets: a control of", "style", ".list label,.steps label{min-block-size:0!important;block-size:20px;padding:0!important}"),
        ("320 px: targets: a link of", "style", "footer a{padding:0!important}"),
        ("320 px: contrast: text of", "style", ".hint{color:#888}"),
        ("320 px: contrast: an edge of", "style", "input{border-color:#ccc!important}"),
        ("320 px: contrast: a button that does not stand out", "style", ".send{background:#fff!important;color:#000!important}"),
        ("320 px: contrast: a mark that is hardly seen", "style", ".bad{border-color:#fcc!important}"),
        ("320 px: focus: focus cannot be seen", "style", "a:focus-visible{outline:none}"),
        ("320 px: focus: focus of", "style", "input:focus-visible{outline-color:#eee}"),
        ("320 px: fixed: covers what has focus", "style", "header{position:sticky;top:0}"),
        ("dark: contrast: text of", "style", "@media (prefers-color-scheme:dark){.hint{color:#444}}"),
        ("dark: focus: focus of", "style", "@media (prefers-color-scheme:dark){:focus-visible{outline-color:#222!important}}"),
        ("forced colours: forced: keeps its own colours", "style", ".notice,.summary{forced-color-adjust:none}"),
        ("forced colours: forced: no edge where colours are forced", "style", ".send{border:0!important}"),
        ("forced colours: forced: a state that forced colours may hide", "style", "input[type=radio]{appearance:none}"),
        ("forced colours: forced: focus cannot be seen", "style", "a:focus-visible{outline:none;background:#ff0}"),
        ("reduced motion: motion: moves", "style", ".send{transition:all 1s}"),
        ("text spacing: clipped: cut", "style", "legend{max-block-size:3.2rem;overflow:hidden}"),
        ("text spacing: sideways", "style", ".send{white-space:nowrap;inline-size:max-content;padding-inline:4.4rem!important}"),
        ("print: print: not on paper", "style", "@media print{#q-hours{display:none!important}}"),
        ("print: print: of no use on paper", "style", "@media print{.send{display:inline!important}}"),
        ("768 px: focus: focus cannot be seen", "style", "@media (min-width:700px){a:focus-visible{outline:none}}"),
        ("1280 px: sideways", "style", "@media (min-width:1000px){h1{min-inline-size:1400px}}"),
        ("lost at 320 px: ", "style", "@media (max-width:20rem){.hint{display:none}}"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(fault: str, what: str, instead: str, page: Shown, looker: Looker) -> None:
    """The fault is told, in the way of showing that has it."""
    of_axe = ": axe " in fault
    wanted = {name: dataclasses.replace(way, axe=of_axe) for name, way in WAYS.items() if fault.startswith(f"{name}:")}
    found = looker.faults(planted(page, what, instead), wanted)
    assert [line for line in found if line.startswith(fault)], found


def test_a_trap_is_found(page: Shown, looker: Looker, tmp_path: Path) -> None:
    """A field that keeps the Tab key for itself, and one that the Tab key passes by, are told by the tour of the keyboard."""
    trapped = planted(
        page, "</h1>", "</h1><input id=trap onkeydown=\"if (event.key == 'Tab') event.preventDefault()\">"
    )
    assert tour(looker.show(trapped)) == ['the Tab key does not leave: <input id="trap" onkey']
    passed = planted(page, '<button class="send">', '<button class="send" tabindex="-1">')
    assert tour(looker.show(passed)) == ['not reached by the Tab key: <button class="send" t']


def test_the_way_of_showing_is_as_it_says(page: Shown, looker: Looker) -> None:
    """Each way changes what the page believes of its medium, and leaves nothing behind for the next: one style, that of the page."""
    looker.faults(page)
    asked = "[matchMedia('print').matches, matchMedia('(prefers-color-scheme: dark)').matches, document.head.querySelectorAll('style').length]"
    assert looker.page.evaluate(asked) == [False, False, 1]


@pytest.mark.accessibility
def test_the_nu_html_checker_finds_an_error(page: Shown, tmp_path: Path) -> None:
    """An element where none may stand, told with the page that has it."""
    (error,) = checks.nu_errors([page, planted(page, "</h1>", "<p></p></h1>")], tmp_path)[:1]
    assert error.startswith(f"{page.name}: Element “p” not allowed as child of element “h1” in this context.")


def test_every_check_is_used() -> None:
    """No check of checks.js is left out of the ways of showing."""
    used = {name for way in WAYS.values() for name in way.checks}
    lines = checks.SCRIPT.splitlines()
    there = {
        line.strip().removesuffix("() {")
        for line in lines
        if line.startswith("    ") and line.endswith("() {") and line[4] != " "
    }
    assert there - {"words"} == used
