"""One device, several people, one after another: with and without a script, with and without the browser's page cache."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import segno
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

import build as publishing
from collector import slips
from collector.app import Collector
from collector.bundle import read_bundle
from collector.inviting import Invited
from collector.serving import served
from collector.stores.sqlite import SQLiteStore
from survey import codes
from tests.browser.conftest import PHONE, overflow, violations
from tests.browser.test_answering import stored
from tests.conftest import NOON, Invite

pytestmark = pytest.mark.slow
DONE = "Done. Hand the device to the next person."
START = "-/shared/en/index.html"
SWITCH = "Several people answer on this device, one after another"


@pytest.fixture
def page(with_script: Page) -> Page:
    return with_script


def answered(page: Page, code: str) -> None:
    """The questionnaire that came is answered and sent."""
    expect(page.locator("#i-_code")).to_have_value(codes.shown(code))
    page.locator('input[name="wb1"][value="2"]').check()
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text(DONE)


def entered(page: Page, address: str, code: str) -> None:
    """From the front page with the switch on to the questionnaire."""
    page.goto(f"{address}en/index.html")
    page.get_by_label(SWITCH).check()
    page.locator("#i-_code").fill(code)
    page.locator("button.send").click()
    expect(page.locator('input[name="_channel"]')).to_have_value("shared_device")


def back(page: Page) -> bool:
    """Presses Back, and says whether a page of ours came. One that came by posting is not kept: Chromium asks whether to
    send the form again."""
    try:
        page.go_back()
        return True
    except Error as error:
        assert "net::ERR_CACHE_MISS" in str(error)
        page.wait_for_url("chrome-error://chromewebdata/")
        return False


def addresses(page: Page) -> str:
    """Every address in the history of the tab."""
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    return " ".join(entry["url"] for entry in history["entries"])


def shows_nothing(page: Page, code: str) -> None:
    """Neither the code nor an answer stands on the page, in text or in a field."""
    content = page.content()
    assert code not in content and codes.shown(code) not in content
    assert (
        page.evaluate("[...document.querySelectorAll('input')].filter(i => i.name == 'wb1' && i.checked).length") == 0
    )
    assert page.evaluate("[...document.querySelectorAll('input.code')].map(i => i.value).join('')") == ""


def test_a_group_link_with_a_script(page: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """`?shared` leads to pages for a shared device; the code leaves address and history; Back shows nothing."""
    one = invite()
    page.goto(f"{address}en/index.html?shared#{codes.shown(one.code)}")
    page.wait_for_url(f"{address}-/shared/en/tyohonvalmennus-v1-start.html")
    expect(page.get_by_text("Nothing is kept on this device.")).to_be_visible()
    expect(page.locator("#draft")).to_be_hidden()
    expect(page.locator('input[name="_channel"]')).to_have_value("shared_device")
    answered(page, one.code)
    assert codes.shown(one.code) not in addresses(page)
    (submission,) = stored(store)
    assert submission.channel == "shared_device" and submission.answers == {"wb1": 2}
    page.go_back()
    shows_nothing(page, one.code)
    assert page.evaluate("localStorage.length") == 0


def test_the_switch_with_a_script(page: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """The code is typed; the next person begins on an empty page with the switch on, and is stored apart."""
    first, second = invite(), invite()
    entered(page, address, first.code)
    answered(page, first.code)
    page.get_by_role("link", name="Start for the next person").click()
    page.wait_for_url(f"{address}{START}")
    expect(page.get_by_label(SWITCH)).to_be_checked()
    shows_nothing(page, first.code)
    page.locator("#i-_code").fill(second.code)
    page.locator("button.send").click()
    answered(page, second.code)
    assert {submission.participation for submission in stored(store)} == {
        first.participation.id,
        second.participation.id,
    }


def test_another_language_stays_shared(page: Page, address: str) -> None:
    """On the front page before the code, and on the questionnaire."""
    page.goto(f"{address}en/index.html?shared")
    page.get_by_role("link", name="Suomi", exact=True).click()
    page.wait_for_url(f"{address}-/shared/fi/index.html")
    page.goto(f"{address}-/shared/fi")
    page.get_by_role("link", name="Svenska").click()
    page.wait_for_url(f"{address}-/shared/sv/index.html")
    page.goto(f"{address}en/tyohonvalmennus-v1-start.html?shared")
    page.get_by_role("link", name="Svenska").click()
    page.wait_for_url(f"{address}-/shared/sv/tyohonvalmennus-v1-start.html")
    expect(page.locator('input[name="_channel"]')).to_have_value("shared_device")


def test_the_whole_way_without_a_script(
    browser: Browser, without_script: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """The switch, the receipt behind a heading that opens, the next person's empty start; Back shows nothing."""
    one, page = invite(), without_script
    entered(page, address, one.code)
    expect(page.locator("main form").last).to_have_attribute("autocomplete", "off")
    expect(page.get_by_text("Nothing is kept on this device.")).to_be_visible()
    answered(page, one.code)
    assert violations(browser, page.content(), page.url) == []
    expect(page.locator(".receipt")).to_be_hidden()
    page.locator("summary").click()
    expect(page.locator(".receipt")).to_be_visible()
    for part in ("#soon", "#stay"):
        expect(page.locator(part)).to_be_hidden()
    page.get_by_role("link", name="Start for the next person").click()
    expect(page.locator("#i-_code")).to_have_value("")
    expect(page.get_by_label(SWITCH)).to_be_checked()
    assert not back(page)
    assert [submission.channel for submission in stored(store)] == ["shared_device"]


def test_a_wrong_code_keeps_the_switch(without_script: Page, address: str) -> None:
    """The front page that comes back has it on; what only says something leads back to an empty start."""
    page = without_script
    page.goto(f"{address}-/shared/en")
    page.locator("#i-_code").fill("ABCD")
    page.locator("button.send").click()
    expect(page.locator(".error").first).to_contain_text("The code is not right.")
    expect(page.get_by_label(SWITCH)).to_be_checked()


def test_who_has_answered_leads_the_next_to_an_empty_start(without_script: Page, address: str, invite: Invite) -> None:
    """“Nothing to answer just now” is the end for this person too."""
    one, page = invite(), without_script
    entered(page, address, one.code)
    answered(page, one.code)
    page.goto(f"{address}-/shared/en")
    page.locator("#i-_code").fill(one.code)
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text("Nothing to answer just now")
    page.get_by_role("link", name="To the front page").click()
    expect(page.get_by_label(SWITCH)).to_be_checked()


@pytest.mark.parametrize("start", ["-/shared/en", "en/index.html"])
@pytest.mark.parametrize("scripts", [True, False])
def test_the_browsers_page_cache_shows_nothing(
    scripts: bool, start: str, caching: Browser, address: str, invite: Invite
) -> None:
    """Back from the next person's start, through the thank-you and the questionnaire to the page with the typed code."""
    one = invite()
    context: BrowserContext = caching.new_context(viewport=PHONE, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(address + start)
    page.get_by_label(SWITCH).check()
    page.locator("#i-_code").fill(one.code)
    page.locator("button.send").click()
    answered(page, one.code)
    # Two steps at once, past the questionnaire, which came by posting.
    tab = context.new_cdp_session(page)
    (first,) = [
        entry["id"] for entry in tab.send("Page.getNavigationHistory")["entries"] if entry["url"] == address + start
    ]
    tab.send("Page.navigateToHistoryEntry", {"entryId": first})
    page.wait_for_url(lambda url: url != f"{address}-/submit", wait_until="commit")
    expect(page.locator("#i-_code")).to_have_value("")
    context.close()


def test_a_page_from_the_cache_begins_anew(caching: Browser, address: str) -> None:
    """A static page comes back from Chromium's cache as it was left: the script goes to an empty start instead."""
    context = caching.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{address}en/index.html")
    page.get_by_label(SWITCH).check()
    page.locator("#i-_code").fill("ABCD")
    page.get_by_role("link", name="Accessibility").click()
    page.wait_for_url(f"{address}-/shared/en/accessibility.html")
    page.go_back(wait_until="commit")
    page.wait_for_url(f"{address}{START}")
    expect(page.locator("#i-_code")).to_have_value("")
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_back_after_the_thank_you_asks_anew(scripts: bool, caching: Browser, address: str, invite: Invite) -> None:
    """A questionnaire that was opened by its address and sent comes back empty, with another id."""
    one = invite()
    context = caching.new_context(viewport=PHONE, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{address}-/shared/en/tyohonvalmennus-v1-start.html")
    id = page.locator('input[name="_id"]').get_attribute("value")
    page.locator("#i-_code").fill(one.code)
    page.locator('input[name="wb1"][value="2"]').check()
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text(DONE)
    page.go_back(wait_until="commit")
    expect(page.locator("#i-_code")).to_have_value("")
    expect(page.locator('input[name="wb1"]:checked')).to_have_count(0)
    assert page.locator('input[name="_id"]').get_attribute("value") != id
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_who_stops_half_way_leaves_nothing(scripts: bool, caching: Browser, address: str) -> None:
    """“Clear everything and start again” does what it says, also against Back."""
    context = caching.new_context(viewport=PHONE, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{address}-/shared/en/tyohonvalmennus-v1-start.html")
    page.locator("#i-_code").fill("ABCD")
    page.locator('input[name="wb1"][value="2"]').check()
    page.get_by_role("link", name="Clear everything and start again").click()
    page.wait_for_url(f"{address}{START}")
    page.go_back(wait_until="commit")
    expect(page.locator("#i-_code")).to_have_value("")
    expect(page.locator('input[name="wb1"]:checked')).to_have_count(0)
    context.close()


# --- everywhere, with and without a script ----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Somebody at the device of a group, where one service is open to all. `been` is filled with every address."""

    page: Page
    address: str
    been: list[str]

    def link(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def at_the_start(self) -> None:
        """The front page for a shared device, with nothing in it."""
        expect(self.page.get_by_label(SWITCH)).to_be_checked()
        expect(self.page.locator("#i-_code")).to_have_value("")
        assert self.page.url == f"{self.address}{START}"

    def shows(self, heading: str) -> None:
        expect(self.page.locator("h1")).to_have_text(heading)

    def asks(self, heading: str) -> None:
        """A questionnaire, which will say that it was answered on a shared device."""
        self.shows(heading)
        expect(self.page.locator('input[name="_channel"]')).to_have_value("shared_device")
        expect(self.page.get_by_text("Nothing is kept on this device.")).to_be_visible()


@pytest.fixture(params=[False, True], ids=["without a script", "with a script"])
def walk(request: pytest.FixtureRequest, browser: Browser, open_app: Collector) -> Iterator[Walk]:
    with served(open_app) as address:
        context = browser.new_context(viewport=PHONE, java_script_enabled=request.param)
        page = context.new_page()
        been: list[str] = []
        page.on("framenavigated", lambda frame: been.append(frame.url))
        yield Walk(page=page, address=address, been=been)
        context.close()


def test_shared_mode_is_never_left(walk: Walk, opened: publishing.Built, store: SQLiteStore, invite: Invite) -> None:
    """From the group's square through notices, a questionnaire by code, an open one, errors, other languages and an own
    result, each time to an empty start: no address is outside the pages for a shared device, and none has a code."""
    one, page = invite("kotokoulutus"), walk.page
    page.goto(_group_address(opened, one, walk.address))
    expect(page.get_by_label(SWITCH)).to_be_checked()
    _notices(walk)
    _by_code(walk, one.code)
    receipt = _open(walk)
    _own_result(walk, receipt)
    assert [submission.channel for submission in stored(store)] == ["shared_device"] * 2
    kind = re.compile(re.escape(walk.address) + r"-/(shared/(en|sv)(/[\w-]+\.html)?|enter|submit|language|result)")
    assert len(walk.been) > 20 and [there for there in walk.been if not kind.fullmatch(there)] == []
    assert one.code not in " ".join(walk.been).upper().replace("-", "")


def _group_address(opened: publishing.Built, one: Invited, address: str) -> str:
    """Where the square of a group's sheet of slips leads."""
    bundle = read_bundle(opened.bundle)
    sheet = slips.sheet(bundle, [one], address="https://area.fi/", language="en", shared_device=True)
    (there,) = re.findall(r"or open area\.fi/(\S+)\. Then", sheet)
    assert segno.make(f"https://area.fi/{there}", error="m").svg_inline(border=2, omitsize=True) in sheet
    return f"{address}{there}"


def _notices(walk: Walk) -> None:
    """Both, one of them in another language, and back."""
    for name in ("Privacy notice", "Accessibility statement"):
        walk.link(name)
        walk.shows(name)
        walk.link("Svenska")
        expect(walk.page.locator("html")).to_have_attribute("lang", "sv")
        walk.link("English")
        walk.link("To the front page")
        walk.at_the_start()


def _by_code(walk: Walk, code: str) -> None:
    """A wrong code, a notice from there, the right one; sent without it; in another language; sent."""
    page = walk.page
    page.locator("#i-_code").fill("ABCD")
    walk.press("Go to the questions")
    expect(page.locator(".error").first).to_contain_text("The code is not right.")
    walk.link("Privacy notice")
    walk.link("To the front page")
    walk.at_the_start()
    page.locator("#i-_code").fill(code)
    walk.press("Go to the questions")
    walk.asks("Survey on your situation in integration training")
    page.locator("#i-_code").fill("")
    page.locator("form#answers input[type=radio]").first.check()
    walk.press("Send answers")
    expect(page.locator(".summary")).to_contain_text("Type the code that you were given.")
    page.locator("#i-_code").fill(code)
    walk.press("Svenska")
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    walk.press("English")
    expect(page.locator("#i-_code")).to_have_value(codes.shown(code))
    walk.press("Send answers")
    _handed_on(walk)


def _open(walk: Walk) -> str:
    """One without a code, in another language and back, with an error; its receipt."""
    page = walk.page
    # Its waves have one title.
    page.locator("main a[href$='/tyohonvalmennus-v1-end--tyohonvalmennus.html']").click()
    walk.asks("Client change measure for job coaching")
    walk.link("Svenska")
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    walk.link("English")
    walk.asks("Client change measure for job coaching")
    page.locator('input[name="work_now"][value="employed"]').check()
    page.locator("#i-hours").fill("900")
    walk.press("Send answers")
    expect(page.locator(".summary")).to_be_visible()
    walk.asks("Client change measure for job coaching")
    page.locator("#i-hours").fill("20")
    walk.press("Send answers")
    walk.shows(DONE)
    page.locator("summary").click()
    receipt = page.locator(".receipt").inner_text()
    _handed_on(walk)
    return receipt


def _own_result(walk: Walk, receipt: str) -> None:
    """A wrong receipt, the right one, and back."""
    page = walk.page
    for typed in (f"0{receipt[1:]}", receipt):
        if not page.locator("#i-_receipt").is_visible():
            page.get_by_text("Do you have a receipt?").click()
        page.locator("#i-_receipt").fill(typed)
        walk.press("Show what my answers say")
        if typed != receipt:
            expect(page.locator(".error").first).to_contain_text("The receipt is not right.")
            expect(page.get_by_label(SWITCH)).to_be_checked()
    walk.shows("What your answers say")
    walk.link("To the front page")
    walk.at_the_start()
    assert receipt not in page.content()


def _handed_on(walk: Walk) -> None:
    walk.shows(DONE)
    walk.link("Start for the next person")
    walk.at_the_start()


def test_the_switch_of_a_static_page_goes_along(page: Page, address: str) -> None:
    """With a script, to whatever the front page leads to, and to the own result and its errors."""
    page.goto(f"{address}en/index.html")
    page.get_by_label(SWITCH).check()
    page.get_by_role("link", name="Privacy notice").click()
    page.wait_for_url(f"{address}-/shared/en/privacy.html")
    page.goto(f"{address}en/index.html")
    page.get_by_label(SWITCH).check()
    page.get_by_text("Do you have a receipt?").click()
    page.locator("#i-_receipt").fill("ABCD")
    page.get_by_role("button", name="Show what my answers say").click()
    expect(page.locator(".error").first).to_contain_text("The receipt is not right.")
    expect(page.get_by_label(SWITCH)).to_be_checked()


@pytest.mark.parametrize("path", ["", "en/", "en/index.html", "en/privacy.html"])
def test_shared_in_the_address_of_any_page(path: str, page: Page, address: str) -> None:
    """With a script, `?shared` leads to the page for a shared device; a notice has no script, and stays as it is."""
    page.goto(f"{address}{path}?shared")
    if path.endswith("privacy.html"):
        assert page.url == f"{address}{path}?shared"
        return
    page.wait_for_url(f"{address}-/shared/{path}?shared")
    expect(page.locator("input[name=_shared][type=checkbox]")).to_be_checked()


def test_an_open_questionnaire_from_a_static_page_without_a_script(without_script: Page, open_app: Collector) -> None:
    """The switch goes along with a code alone, so beside the open ones a link leads to the start of a shared device."""
    page = without_script
    with served(open_app) as address:
        page.goto(f"{address}en/index.html")
        page.get_by_role("link", name=SWITCH).click()
        assert page.url == f"{address}{START}"
        expect(page.get_by_label(SWITCH)).to_be_checked()
        expect(page.get_by_role("link", name=SWITCH)).to_have_count(0)


# --- the thank-you ----------------------------------------------------------------------------------


def test_the_thank_you_returns_by_itself(page: Page, address: str, invite: Invite) -> None:
    """After the minute that it names."""
    page.clock.install()
    one = invite()
    entered(page, address, one.code)
    answered(page, one.code)
    expect(page.locator("#soon")).to_contain_text("This page goes back to the start by itself in one minute.")
    assert overflow(page) <= 0
    page.clock.fast_forward(59_000)
    assert page.url == f"{address}-/submit"
    page.clock.fast_forward(1000)
    page.wait_for_url(f"{address}{START}")
    expect(page.get_by_label(SWITCH)).to_be_checked()


@pytest.mark.parametrize("by", ["#stay", "summary"])
def test_the_return_can_be_stopped(by: str, page: Page, address: str, invite: Invite) -> None:
    """By its button, and by opening the receipt."""
    page.clock.install()
    one = invite()
    entered(page, address, one.code)
    answered(page, one.code)
    page.locator(by).click()
    expect(page.locator("#soon")).to_be_hidden()
    page.clock.fast_forward(600_000)
    expect(page.locator("h1")).to_have_text(DONE)
    assert page.url == f"{address}-/submit"


def test_a_second_questionnaire_belongs_to_the_same_person(
    without_script: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """The device is handed on after the last one."""
    one, page = invite(start=NOON.date() - timedelta(days=90), end=NOON.date()), without_script
    entered(page, address, one.code)
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text("Thank you")
    page.get_by_role("button", name="Go to the questions").click()
    expect(page.locator('input[name="_channel"]')).to_have_value("shared_device")
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text(DONE)
    assert len(stored(store)) == 2


def test_an_own_result_does_not_run_away(page: Page, address: str, invite: Invite) -> None:
    """Who asked to see it by a tick has the time to read it."""
    one = invite()
    entered(page, address, one.code)
    page.locator("#i-_result").check()
    for name in ("wb1", "wb2", "wb3"):
        page.locator(f'input[name="{name}"][value="3"]').check()
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text(DONE)
    expect(page.get_by_role("heading", name="What your answers say")).to_be_visible()
    expect(page.locator("#soon")).to_have_count(0)
