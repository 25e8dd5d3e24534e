"""The whole matrix: every page × language × state, in every way of showing it. `make accessibility` runs it."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser

from collector import app
from survey import answers, pages
from survey.model import Library
from tests.accessibility.checks import ZOOMED, Looker, nu_errors
from tests.accessibility.conftest import Found
from tests.accessibility.states import Shown
from tests.conftest import ROOT

pytestmark = pytest.mark.accessibility
LANGUAGES = yaml.safe_load((ROOT / "instruments" / "site.yaml").read_text(encoding="utf-8"))["languages"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state(
    language: str, shown: list[Shown], looker: Looker, found: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    """No page of a language has a fault in any state: axe-core with best practices, and every check of checks.js."""
    kinds = defaultdict(list)
    for one in shown:
        if one.language == language:
            kinds[one.kind].append(one)
    faults = []
    with capsys.disabled():
        for kind, pages in kinds.items():
            print(f"\n  {language} {kind}: {len(pages)} states ", end="", flush=True)
            for n, one in enumerate(pages):
                here = looker.faults(one)
                faults += [f"{one.name}: {line}" for line in here]
                cell = found[kind, language]
                cell[0] += 1
                cell[1] += len(here)
                print("x" if here else "." if n % 10 == 0 else "", end="", flush=True)
    assert faults == []


def test_the_nu_html_checker(shown: list[Shown], tmp_path: Path) -> None:
    """No page in any state has an error of HTML."""
    assert nu_errors(shown, tmp_path) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_hundred_per_cent(language: str, shown: list[Shown], browser: Browser, library: Library) -> None:
    """A window of 1280 px at 400 %: no page of any sort scrolls sideways, and all that can be used comes into sight."""
    looker = Looker(browser, library, zoom=ZOOMED)
    wrong = []
    for one in {(each.kind, each.state): each for each in shown if each.language == language}.values():
        page = looker.show(one, width=1280 // ZOOMED, height=1024 // ZOOMED)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{one.name}: {wide} px too wide"] if wide > 0 else []
        wrong += [f"{one.name}: cannot be brought into sight whole: {line}" for line in page.evaluate(OUT_OF_SIGHT)]
    looker.close()
    assert wrong == []


OUT_OF_SIGHT = """() => [...document.querySelectorAll('input:not([type=hidden]),select,button,a[href]')]
  .filter(e => e.checkVisibility()).filter(e => { e.focus(); e.scrollIntoView({block: 'center'});
    const r = e.getBoundingClientRect(); return r.left < -1 || r.right > innerWidth + 1 || (r.top < -1 && r.bottom > innerHeight + 1); })
  .map(e => e.outerHTML.slice(0, 100))"""


def test_every_conditional_question_is_met_both_ways(shown: list[Shown], looker: Looker, library: Library) -> None:
    """Each question that rests on another, and that a style sheet can hide, was looked at shown and hidden."""
    seen: dict[str, set[bool]] = defaultdict(set)
    for one in shown:
        if (
            one.language == "fi"
            and one.kind == "questionnaire"
            and one.state in ("blank", "answered", "conditional shown")
        ):
            looker.show(one)
            for id, visible in looker.page.evaluate(CONDITIONAL):
                seen[f"{one.path} {id}"].add(visible)
    # A wave that asks the same as another was looked at as blank alone.
    by_instrument: dict[str, set[bool]] = defaultdict(set)
    for name, ways in seen.items():
        by_instrument[re.sub(r"-v\d+-\S+", "", name)] |= ways
    assert by_instrument
    assert sorted(name for name, ways in by_instrument.items() if ways != {True, False}) == []


# Those whose sentence is hidden are hidden by the style sheet; the others always show, with their sentence.
CONDITIONAL = """() => [...document.querySelectorAll('.q')].filter(q => { const w = q.querySelector(':scope > .when');
  return w && getComputedStyle(w).display === 'none'; }).map(q => [q.id, q.checkVisibility()])"""


# Sentences that stand elsewhere than on a page of a respondent, or that only an unforeseen fault brings.
ELSEWHERE = {
    "Slips with codes",
    "Print, cut and hand out one slip to each person. Keep the sheet locked away: the codes are shown nowhere else.",
    "Point the camera of your phone at the square, or open {address} and type the code. The same code works every time we ask.",
    "Point the camera of the shared device at the square, or open {address}. Then each person types the code on their own slip.",
    "Type this code on the device that your group shares. The same code works every time we ask.",
    app.AGAIN,
    # No shipped questionnaire that clients may answer without a code.
    "Questionnaires without a code",
    # Of a question that no questionnaire in English has.
    "You can choose several.",
    # A word of a longer sentence, which conditions of the instruments in use do not have.
    *pages._SENTENCES.values(),
    "not ({condition})",
}
# What is wrong with an answer stands in the same place whatever it says: tests/survey/test_fields.py has each sentence.
JUDGED = {value for value in vars(answers).values() if isinstance(value, str)}


def test_every_message_is_met(shown: list[Shown]) -> None:
    """Each message of the interface was shown on some page in English: so a page or state that is new is looked at."""
    catalogue = (ROOT / "site_templates" / "messages" / "pages.pot").read_text(encoding="utf-8")
    messages = [
        "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', entry)).replace('\\"', '"')
        for entry in re.findall(r'^msgid ((?:".*"\n)+)', catalogue, re.M)
    ]
    met = html.unescape(" ".join(one.html for one in shown if one.language == "en"))
    missing = []
    for message in filter(None, messages):
        pattern = re.sub(r"\\\{\w+\\\}", ".*?", re.escape(message))
        if message not in ELSEWHERE | JUDGED and not re.search(pattern, met):
            missing.append(message)
    assert missing == []
