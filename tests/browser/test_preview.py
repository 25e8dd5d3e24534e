"""The preview in a real browser: saves that show by themselves, problems in their place, pickers, and sending."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, expect

from preview import running
from tests.browser.conftest import AXE_OPTIONS, overflow
from tests.preview.conftest import ROOT, line_of

pytestmark = pytest.mark.slow
Edit = Callable[[str, str, str], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped instruments to edit."""
    return Path(shutil.copytree(ROOT / "instruments", tmp_path / "instruments"))


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Saves a file of the folder with the first of a text replaced."""

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


class Running:
    """The preview in a thread of its own, until `end`."""

    def __init__(self, folder: Path, language: str = "en") -> None:
        self._over, ready, said = threading.Event(), threading.Event(), []

        def say(line: str) -> None:
            said.append(line)
            ready.set()

        def run() -> None:
            running.run(folder, port=0, language=language, say=say, wait=lambda seconds: self._over.wait(seconds / 6))

        self._thread = threading.Thread(target=run)
        self._thread.start()
        assert ready.wait(60)
        (self.address,) = re.findall(r"http://\S+/", said[0])

    def end(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.fixture
def shown(folder: Path) -> Iterator[Running]:
    one = Running(folder)
    yield one
    one.end()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a wide window; whatever is wrong in its scripts fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    # Autofocus gives way where the frame has the focus already.
    told = (
        "server responded with a status|ERR_CONNECTION|frame is sandboxed and the 'allow-scripts' permission is not set"
        "|Autofocus processing was blocked"
    )
    assert [line for line in said if not re.search(told, line)] == []


def inside(page: Page) -> FrameLocator:
    """The page that is looked at."""
    return page.frame_locator("#around iframe")


def opened(page: Page, shown: Running, query: str = "instrument=palvelupalaute&width=360") -> FrameLocator:
    page.goto(f"{shown.address}?{query}")
    expect(inside(page).locator("h1")).to_be_visible()
    return inside(page)


def top(page: Page) -> int:
    return int(page.evaluate("document.querySelector('iframe').contentWindow.scrollY"))


# --- following ------------------------------------------------------------------------------------


def test_a_save_shows_by_itself(page: Page, shown: Running, edit: Edit) -> None:
    """The new words are there without a touch; scrolled as before, with what was typed, and the pickers as they were."""
    looked = opened(page, shown, "instrument=palvelupalaute&language=sv&width=320")
    looked.locator("[name=fu1][value='4']").check()
    looked.locator("#i-best").fill("Kaffet")
    page.evaluate("document.querySelector('iframe').contentWindow.scrollTo(0, 900)")
    edit("palvelupalaute.yaml", "sv: Jag hade nytta av tjänsten.", "sv: Tjänsten var till nytta.")
    expect(looked.locator("#q-fu1 legend")).to_have_text("Tjänsten var till nytta.")
    expect(looked.locator("[name=fu1][value='4']")).to_be_checked()
    expect(looked.locator("#i-best")).to_have_value("Kaffet")
    assert abs(top(page) - 900) < 5
    expect(page.locator("#c-language")).to_have_value("sv")
    expect(page.locator("[name=width][value='320']")).to_be_checked()


def test_a_mistake_and_its_mending(page: Page, shown: Running, folder: Path, edit: Edit) -> None:
    """The sentence with file and line stands above the page of before, which says that it is; mended, it is gone, and
    the warnings that were unfolded stay so."""
    looked = opened(page, shown)
    expect(page.locator("#status")).to_have_text("No problems to mend here.")
    edit("palvelupalaute.yaml", "fi: Palvelusta oli minulle hyötyä.", "fi: Palvelu hyödytti minua.")
    expect(looked.locator("#q-fu1 legend")).to_have_text("Palvelu hyödytti minua.")
    edit("palvelupalaute.yaml", "type: long_text", "type: longtext")
    problem = page.locator("#panel li.error")
    line = line_of(folder / "palvelupalaute.yaml", "longtext")
    sentence = "'type' cannot be 'longtext'. Did you mean 'long_text'?"
    expect(problem).to_contain_text(f"palvelupalaute.yaml, line {line}: {sentence}")
    expect(problem.locator("mark")).to_have_text("longtext")
    expect(page.locator("#status")).to_have_text("Problems to mend: 1")
    expect(page.locator("#stale")).to_be_visible()
    expect(looked.locator("#q-fu1 legend")).to_have_text("Palvelu hyödytti minua.")
    # The page of another questionnaire is not hidden by it.
    page.select_option("#c-instrument", "tyohonvalmennus")
    expect(page.locator("#panel summary").last).to_contain_text("In other questionnaires: problems 1, warnings ")
    expect(page.locator("#stale")).to_be_hidden()
    page.select_option("#c-instrument", "palvelupalaute")
    page.locator("#warnings summary").click()
    edit("palvelupalaute.yaml", "type: longtext", "type: long_text")
    expect(page.locator("#panel .bad")).to_have_count(0)
    expect(page.locator("#warnings ol")).to_be_visible()
    expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator("#status")).to_have_text("No problems to mend here.")


def test_several_windows_at_once(page: Page, shown: Running, edit: Edit) -> None:
    """Each shows the save, in its own language."""
    other = page.context.new_page()
    first, second = opened(page, shown), opened(other, shown, "instrument=palvelupalaute&language=en&width=360")
    edit("palvelupalaute.yaml", "fi: Palvelusta oli minulle hyötyä.", "fi: Palvelu hyödytti minua.")
    edit("palvelupalaute.yaml", "en: The service was useful to me.", "en: The service helped me.")
    expect(first.locator("#q-fu1 legend")).to_have_text("Palvelu hyödytti minua.")
    expect(second.locator("#q-fu1 legend")).to_have_text("The service helped me.")


def test_when_it_has_ended(page: Page, folder: Path) -> None:
    """The page says so in place of standing still."""
    one = Running(folder, "fi")
    opened(page, one)
    one.end()
    expect(page.locator("#status")).to_have_text("Esikatselu on päättynyt. Käynnistä se uudelleen: mittari preview")


# --- looking --------------------------------------------------------------------------------------


def test_wave_language_and_state(page: Page, shown: Running) -> None:
    """Each picker shows another page; a link inside the page moves the pickers along."""
    looked = opened(page, shown, "instrument=tyohonvalmennus&width=360")
    expect(looked.locator(".wave")).to_have_text("Palvelun alussa")
    page.select_option("#c-wave", "end")
    expect(looked.locator(".wave")).to_have_text("Palvelun lopussa")
    page.select_option("#c-language", "ar")
    expect(looked.locator("html")).to_have_attribute("dir", "rtl")
    page.select_option("#c-state", "wrong")
    expect(looked.locator(".summary")).to_be_visible()
    page.select_option("#c-state", "filled")
    expect(looked.locator("#q-wb1 :checked")).to_have_count(1)
    page.select_option("#c-state", "thanks")
    expect(looked.locator(".receipt")).to_be_visible()
    page.select_option("#c-state", "privacy")
    looked.get_by_role("link", name="English").click()
    expect(page.locator("#c-language")).to_have_value("en")
    expect(page.locator("#c-state")).to_have_value("privacy")
    page.select_option("#c-state", "blank")
    expect(looked.locator(".wave")).to_have_text("At the end of the service")
    looked.get_by_role("link", name="Suomi", exact=True).click()
    expect(page.locator("#c-language")).to_have_value("fi")
    page.reload()
    expect(looked.locator(".wave")).to_have_text("Palvelun lopussa")
    page.locator("#overview a[href*=palvelupalaute]").first.click()
    expect(looked.locator("h1")).to_have_text("Palaute palvelusta")


def test_a_service_is_chosen_where_the_words_name_it(page: Page, shown: Running, edit: Edit) -> None:
    """The picker is there for these questionnaires only, and the words follow."""
    opened(page, shown)
    expect(page.locator("#c-service")).to_be_hidden()
    edit("palvelupalaute.yaml", "fi: Palvelusta oli minulle hyötyä.", "fi: Palvelusta {service} oli hyötyä.")
    expect(inside(page).locator("#q-fu1 legend")).to_have_text(
        "Palvelusta Kone- ja metallialan työvoimakoulutus oli hyötyä."
    )
    page.select_option("#c-service", "kotokoulutus")
    expect(inside(page).locator("#q-fu1 legend")).to_have_text("Palvelusta Kotokoulutus, jatkavat ryhmät oli hyötyä.")


def test_as_somebody_else_sees_it(page: Page, shown: Running) -> None:
    """Widths, large text, dark, without a script, and as a browser that cannot hide questions."""
    looked = opened(page, shown, "instrument=tyohonvalmennus&wave=end&width=360")
    for width in (320, 768, 360):
        page.locator(f"[name=width][value='{width}']").check()
        assert page.evaluate("document.querySelector('iframe').contentWindow.innerWidth") == width
    ground = looked.locator("html")
    expect(ground).to_have_css("background-color", "rgb(255, 255, 255)")
    page.get_by_label("Dark colours").check()
    expect(ground).to_have_css("background-color", "rgb(20, 24, 26)")
    page.get_by_label("Text twice as large").check()
    expect(ground).to_have_css("font-size", "36px")
    expect(looked.locator("#q-hours")).to_be_hidden()
    page.get_by_label("Every question shown").check()
    expect(looked.locator("#q-hours")).to_be_visible()
    expect(looked.locator("#q-hours .when")).to_be_visible()
    page.get_by_label("Every question shown").uncheck()
    expect(looked.locator("#q-hours")).to_be_hidden()
    assert looked.locator("[name=_id]").input_value() != ""
    page.get_by_label("Without JavaScript").check()
    expect(page.locator("#around iframe")).to_have_attribute("sandbox", "allow-same-origin allow-forms")
    expect(looked.locator("[name=_id]")).to_have_value("")
    looked.locator("button.send").click()
    expect(looked.locator(".notice[role=status]")).to_be_visible()


# --- sending --------------------------------------------------------------------------------------


def test_sending_a_form(page: Page, shown: Running, edit: Edit) -> None:
    """First its problem, which after a save is that of the new version; then what would be stored, which stays as it was
    sent: a save sends nothing again. And back, to the new version with the same answers."""
    looked = opened(page, shown, "instrument=tyohonvalmennus&wave=end&width=360")
    looked.locator("[name=wb1][value='4']").check()
    looked.locator("[name=work_now][value=employed]").check()
    looked.locator("#i-hours").fill("200")
    looked.locator("button.send").click()
    expect(looked.locator("#e-hours")).to_contain_text("Kirjoita luku väliltä 1–")
    edit("asiakasmuutosmittari.yaml", "fi: Kuinka monta tuntia teet", "fi: Montako tuntia teet")
    expect(looked.locator("#q-hours label")).to_contain_text("Montako tuntia teet")
    expect(looked.locator("#e-hours")).to_be_visible()
    looked.locator("#i-hours").fill("20")
    looked.locator("button.send").click()
    expect(looked.locator(".notice[role=status]")).to_have_text("This is the preview: nothing was stored.")
    stored = page.locator("#stored")
    expect(stored.get_by_role("row", name=re.compile("^hours "))).to_contain_text("20")
    expect(stored.get_by_role("row", name=re.compile("^wb1 "))).to_contain_text("4 – ")
    expect(stored.get_by_role("row", name=re.compile("^wb2 "))).to_contain_text("Left unanswered")
    expect(stored.get_by_role("table", name="Scores")).to_be_visible()
    expect(looked.locator("#mittari-stored")).to_be_hidden()
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    with page.expect_request(re.compile("/-/preview/after/")):
        edit("asiakasmuutosmittari.yaml", "fi: Montako tuntia teet", "fi: Kuinka monta tuntia teet")
    looked.get_by_role("button", name="Back to the questions with these answers").click()
    expect(looked.locator("#i-hours")).to_have_value("20")
    expect(looked.locator("#q-hours label")).to_contain_text("Kuinka monta tuntia teet")
    expect(stored).to_be_empty()
    assert [url.removeprefix(shown.address) for url in posts] == ["-/submit"]


def test_after_the_thanks_another_questionnaire_can_be_chosen(page: Page, shown: Running) -> None:
    """Only a save leaves the page where it is; a pick opens what was picked."""
    looked = opened(page, shown, "instrument=palvelupalaute&language=sv&width=360&state=filled")
    looked.locator("button.send").click()
    expect(page.locator("#stored table").first).to_be_visible()
    page.locator("#c-language").select_option("fi")
    expect(looked.locator("html")).to_have_attribute("lang", "fi")
    expect(looked.locator("button.send")).to_be_visible()
    expect(page.locator("#stored")).to_be_empty()


# --- for everybody --------------------------------------------------------------------------------


def broken_rules(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_is_broken(width: int, scheme: str, browser: Browser, shown: Running, edit: Edit) -> None:
    """axe-core with best practices on the frame: fine, with problems, with what would be stored; no sideways scroll."""
    context = browser.new_context(viewport={"width": width, "height": 844}, bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    looked = opened(page, shown, "instrument=palvelupalaute&width=360&state=filled")
    assert broken_rules(page) == [] and overflow(page) <= 0
    looked.locator("button.send").click()
    expect(page.locator("#stored table").first).to_be_visible()
    assert broken_rules(page) == [] and overflow(page) <= 0
    edit("tyohonvalmennus.yaml", "type: likert", "type: likkert")
    edit("palvelupalaute.yaml", "type: long_text", "type: longtext")
    expect(page.locator("#panel li.error").first).to_be_visible()
    for folded in page.locator("#panel summary").all():
        folded.click()
    assert broken_rules(page) == [] and overflow(page) <= 0
    context.close()


def test_the_result_in_a_window_of_its_own(browser: Browser, shown: Running) -> None:
    """Without the frame the page itself has the tables; axe-core finds nothing there either."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{shown.address}fi/palvelupalaute-v1-end.html?state=filled")
    page.locator("button.send").click()
    expect(page.locator("#mittari-stored table").first).to_be_visible()
    assert broken_rules(page) == [] and overflow(page) <= 0
    context.close()


def test_by_keyboard_alone(page: Page, shown: Running) -> None:
    """From the first picker into the page and to its button, with nothing but Tab, arrows and Enter."""
    looked = opened(page, shown, "instrument=palvelupalaute&width=360")
    page.locator("#c-instrument").focus()
    page.keyboard.press("Home")
    expect(page.locator("#c-instrument")).to_have_value("asiakasmuutosmittari")
    expect(looked.locator("h1")).to_have_text("Asiakasmuutosmittari")
    focused = "document.activeElement.tagName + '.' + (document.activeElement.name || document.activeElement.id)"
    seen = [page.evaluate(focused)]
    while seen[-1] != "IFRAME." and len(seen) < 40:
        page.keyboard.press("Tab")
        seen.append(page.evaluate(focused))
    named = ["SELECT.wave", "SELECT.language", "SELECT.state", "INPUT.width", "INPUT.large", "INPUT.dark",
             "INPUT.plain", "INPUT.all"]  # fmt: skip
    assert [one for one in seen if one in named] == named and seen[-1] == "IFRAME."
    page.keyboard.press("Tab")
    expect(looked.locator("main")).not_to_be_focused()
    looked.locator("button.send").focus()
    page.keyboard.press("Enter")
    expect(looked.locator(".notice[role=status]")).to_have_text("This is the preview: nothing was stored.")
