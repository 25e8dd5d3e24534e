"""Nothing is lost on the respondent's side: what browsers, phones and networks do to a form, with the script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from collector.app import Collector
from collector.serving import served
from collector.stores.sqlite import SQLiteStore
from survey import codes
from tests.browser.conftest import AXE_OPTIONS, PHONE, overflow
from tests.browser.test_answering import stored
from tests.browser.test_reading_aloud import SPEECH
from tests.conftest import Clock, Invite

pytestmark = pytest.mark.slow
FORM = "en/tyohonvalmennus-v1-start.html"
SUBMIT = "**/-/submit"
FAILED = "The answers could not be sent yet. They are still on this page. Keep it open: it tries again by itself."
BACK = "The answers that you gave earlier on this phone are here again."
DAY = 24 * 3600


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A phone's browser."""
    opened = browser.new_context(viewport=PHONE)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of it. No error of the script passes."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert errors == []


def fill(page: Page, address: str, code: str) -> None:
    """A form with a code and an answer, not sent yet."""
    page.goto(address + FORM)
    page.locator("#i-_code").fill(code)
    page.locator('input[name="wb1"][value="2"]').check()


def send(page: Page) -> None:
    page.locator("button.send").click()


def thanked(page: Page) -> str:
    """Waits for the thank-you, and gives the receipt."""
    expect(page.locator("h1")).to_have_text("Thank you")
    return page.locator(".receipt").inner_text()


def answers(store: SQLiteStore) -> list[dict[str, object]]:
    return [dict(submission.answers) for submission in stored(store)]


def kept(page: Page) -> list[str]:
    """What the device keeps of ours."""
    found: list[str] = page.evaluate("Object.values(localStorage)")
    return found


def posts(page: Page) -> list[Request]:
    """Filled with each form that the script delivers from now on."""
    found: list[Request] = []
    page.on("request", lambda r: found.append(r) if r.method == "POST" and r.resource_type == "fetch" else None)
    return found


# --- a press of the button ------------------------------------------------------------------------


def test_a_double_click_sends_once(page: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """The second press of two finds the first under way."""
    fill(page, address, invite().code)
    sent = posts(page)
    page.locator("button.send").dblclick()
    thanked(page)
    assert len(sent) == 1 and answers(store) == [{"wb1": 2}]


def test_what_the_collector_answers_is_shown_by_the_browser(page: Page, address: str, invite: Invite) -> None:
    """A wrong answer comes back as a page of its own: title, summary, answers, and one step in the history."""
    page.goto(address + FORM)
    page.locator('input[name="wb1"][value="2"]').check()
    before = page.evaluate("history.length")
    send(page)
    expect(page.locator(".summary")).to_contain_text("Type the code that you were given.")
    assert page.title().startswith("Error: ") and page.url == f"{address}-/submit"
    assert page.locator('input[name="wb1"]:checked').get_attribute("value") == "2"
    assert page.evaluate("history.length") == before + 1


def test_back_keeps_the_answers_and_sending_again_stores_nothing_new(
    page: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """After the thank-you, Back shows the answers; the same form again gets the same receipt."""
    one = invite()
    fill(page, address, one.code)
    send(page)
    receipt = thanked(page)
    page.go_back()
    assert page.locator('input[name="wb1"]:checked').get_attribute("value") == "2"
    page.locator("#i-_code").fill(one.code)
    send(page)
    assert thanked(page) == receipt and answers(store) == [{"wb1": 2}]


def test_reloading_the_thank_you_shows_the_same_receipt(
    page: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """The browser posts the same form again."""
    fill(page, address, invite().code)
    send(page)
    receipt = thanked(page)
    page.reload()
    assert thanked(page) == receipt and len(stored(store)) == 1


# --- a draft --------------------------------------------------------------------------------------


def test_nothing_is_kept_unless_somebody_asks(page: Page, address: str, invite: Invite) -> None:
    """The box is not ticked, and neither typing nor sending leaves anything on the device."""
    fill(page, address, invite().code)
    expect(page.locator("#keep")).not_to_be_checked()
    assert kept(page) == []
    page.reload()
    assert page.locator('input[name="wb1"]:checked').count() == 0


def test_without_a_script_no_draft_is_offered(without_script: Page, address: str) -> None:
    """The box, the buttons and the words of the script do not show."""
    without_script.goto(address + FORM)
    for part in ("#draft", "#now", "#shared", ".read"):
        expect(without_script.locator(part)).to_be_hidden()


def test_a_draft_survives_a_reload_and_goes_on_sending(
    page: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """Answers come back, the code does not; the acknowledged sending empties the device."""
    one = invite()
    fill(page, address, one.code)
    page.locator("#keep").check()
    page.locator('input[name="wb2"][value="3"]').check()
    (draft,) = kept(page)
    assert one.code not in draft and codes.shown(one.code) not in draft
    page.reload()
    expect(page.locator("#told")).to_have_text(BACK)
    expect(page.locator("#keep")).to_be_checked()
    assert page.locator('input[name="wb1"]:checked').get_attribute("value") == "2"
    assert page.locator('input[name="wb2"]:checked').get_attribute("value") == "3"
    expect(page.locator("#i-_code")).to_have_value("")
    page.locator("#i-_code").fill(one.code)
    send(page)
    thanked(page)
    assert answers(store) == [{"wb1": 2, "wb2": 3}] and kept(page) == []


def test_every_kind_of_field_comes_back(page: Page, address: str) -> None:
    """Choices, words over several lines, ticks."""
    page.goto(f"{address}en/palvelupalaute-v1-end.html")
    page.locator("#keep").check()
    page.locator("textarea").first.fill("one\ntwo")
    page.locator("input[type=radio]").first.check()
    for tick in page.locator("form input[type=checkbox]:visible").all():
        tick.check()
    before = page.evaluate("Array.from(new FormData(document.querySelector('main form')))")
    page.reload()
    assert page.evaluate("Array.from(new FormData(document.querySelector('main form')))") == before


def test_a_draft_can_be_removed(page: Page, address: str, invite: Invite) -> None:
    """By its button: the page is blank but for the code, and the focus stays where it was."""
    fill(page, address, invite().code)
    page.locator("#keep").check()
    page.reload()
    page.locator("#i-_code").fill("ABCD")
    page.locator("#drop").click()
    expect(page.locator("#told")).to_have_text("The answers were removed from this phone.")
    expect(page.locator("#keep")).to_be_focused()
    expect(page.locator("#keep")).not_to_be_checked()
    expect(page.locator("#drop")).to_be_hidden()
    assert kept(page) == [] and page.locator('input[name="wb1"]:checked').count() == 0
    expect(page.locator("#i-_code")).to_have_value("ABCD")


def test_unticking_removes_the_draft(page: Page, address: str, invite: Invite) -> None:
    """The answers stay on the page."""
    fill(page, address, invite().code)
    page.locator("#keep").check()
    page.locator("#keep").uncheck()
    page.locator('input[name="wb2"][value="3"]').check()
    assert kept(page) == [] and page.locator('input[name="wb1"]:checked').count() == 1


@pytest.mark.parametrize("opened", [FORM, "en/index.html"])
@pytest.mark.parametrize(("days", "left"), [(6, 1), (8, 0)])
def test_a_draft_goes_after_a_week(days: int, left: int, opened: str, page: Page, address: str, invite: Invite) -> None:
    """Also when another page of the site is opened."""
    page.clock.install()
    fill(page, address, invite().code)
    page.locator("#keep").check()
    page.goto("about:blank")
    page.clock.fast_forward(days * DAY * 1000)
    page.goto(address + opened)
    assert len(kept(page)) == left
    if opened == FORM:
        assert page.locator('input[name="wb1"]:checked').count() == left


def test_a_full_device_says_so(page: Page, address: str, invite: Invite) -> None:
    """The box is not left ticked over nothing."""
    page.add_init_script("Storage.prototype.setItem = (put => function (key, value) {"
                         "  if (value) throw new DOMException('full', 'QuotaExceededError'); put.call(this, key, value);"
                         "})(Storage.prototype.setItem)")  # fmt: skip
    fill(page, address, invite().code)
    page.locator("#keep").click()
    expect(page.locator("#told")).to_have_text("This phone could not keep the answers. They are on this page only.")
    expect(page.locator("#keep")).not_to_be_checked()


def test_a_device_without_a_store_is_not_offered_a_draft(
    page: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """Some private modes: the rest works."""
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no'); }})")
    fill(page, address, invite().code)
    expect(page.locator("#draft")).to_be_hidden()
    send(page)
    thanked(page)
    assert len(stored(store)) == 1


def test_two_tabs(page: Page, context: BrowserContext, address: str, store: SQLiteStore, invite: Invite) -> None:
    """The second tab has the draft and its id; once it is sent there, the first keeps none and stores nothing new."""
    one = invite()
    fill(page, address, one.code)
    page.locator("#keep").check()
    other = context.new_page()
    other.goto(address + FORM)
    expect(other.locator("#told")).to_have_text(BACK)
    other.locator("#i-_code").fill(one.code)
    send(other)
    receipt = thanked(other)
    expect(page.locator("#keep")).not_to_be_checked()
    send(page)
    assert thanked(page) == receipt and answers(store) == [{"wb1": 2}] and kept(page) == []


def test_a_browser_restored_after_a_crash(
    browser: Browser, page: Page, context: BrowserContext, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """It crashes after the answers are stored and before that is known: the draft has the id, so nothing doubles."""
    one = invite()
    fill(page, address, one.code)
    page.locator("#keep").check()

    def drop(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(SUBMIT, drop)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    assert answers(store) == [{"wb1": 2}]
    left = context.storage_state()
    context.close()
    again = browser.new_context(viewport=PHONE, storage_state=left)
    back = again.new_page()
    back.goto(address + FORM)
    expect(back.locator("#told")).to_have_text(BACK)
    back.locator("#i-_code").fill(one.code)
    send(back)
    thanked(back)
    assert answers(store) == [{"wb1": 2}] and kept(back) == []
    again.close()


# --- failed sends ---------------------------------------------------------------------------------


def test_a_server_that_stops_and_starts(page: Page, app: Collector, store: SQLiteStore, invite: Invite) -> None:
    """The page keeps everything, says so, and “Try now” delivers it."""
    with served(app) as address:
        fill(page, address, invite().code)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    assert page.locator('input[name="wb1"]:checked').get_attribute("value") == "2" and stored(store) == []
    with served(app, port=urlsplit(address).port or 0):
        page.locator("#now").click()
        thanked(page)
    assert answers(store) == [{"wb1": 2}]


def test_an_answer_that_is_lost_after_the_commit(page: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """The same form goes again by itself, and is stored once."""
    page.clock.install()
    fill(page, address, invite().code)
    sent = posts(page)

    def drop(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    page.route(SUBMIT, drop, times=1)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    page.clock.fast_forward(2000)
    thanked(page)
    assert len(sent) == 2 and sent[0].post_data == sent[1].post_data and answers(store) == [{"wb1": 2}]


@pytest.mark.parametrize("shared", [False, True])
def test_a_change_after_an_answer_that_was_lost(
    shared: bool, page: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """The first answers were stored and nobody learnt it; then one is changed and sent: the person is told which answers
    count and gets their receipt, the device keeps no draft, and nothing is stored twice."""
    if shared:
        page.goto(f"{address}-/shared/{FORM}")
        page.locator("#i-_code").fill(invite().code)
        page.locator('input[name="wb1"][value="2"]').check()
    else:
        fill(page, address, invite().code)
        page.locator("#keep").check()

    receipts: list[str] = []

    def drop(route: Route) -> None:
        receipts.extend(re.findall(r'class="receipt"><bdi>([^<]+)<', route.fetch().text()))
        route.abort("connectionreset")

    page.route(SUBMIT, drop, times=1)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    page.locator('input[name="wb1"][value="4"]').check()
    expect(page.locator("#said")).to_have_text("You changed an answer. Press “Send answers” again.")
    send(page)
    expect(page.locator("h1")).to_have_text("The answers that you sent first are stored")
    expect(page.locator("main")).to_contain_text(
        "They arrived, but this page could not tell you. What you changed after that is not stored."
    )
    if shared:
        page.locator("summary").click()
    assert [page.locator(".receipt").inner_text()] == receipts
    assert answers(store) == [{"wb1": 2}] and kept(page) == [] and overflow(page) <= 0
    page.reload()
    expect(page.locator("h1")).to_have_text("The answers that you sent first are stored")
    assert answers(store) == [{"wb1": 2}]
    if shared:
        page.get_by_role("link", name="Start for the next person").click()
        page.wait_for_url(f"{address}-/shared/en/index.html")


def test_a_refusal_keeps_the_draft(page: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """A code that somebody has answered with is no acknowledgement: it may have been the wrong slip."""
    one = invite()
    fill(page, address, one.code)
    send(page)
    thanked(page)
    page.goto("about:blank")
    fill(page, address, one.code)
    page.locator("#keep").check()
    page.locator('input[name="wb1"][value="4"]').check()
    send(page)
    expect(page.locator("h1")).to_have_text("This questionnaire has been answered already")
    expect(page.locator(".receipt")).to_have_count(0)
    assert len(kept(page)) == 1 and answers(store) == [{"wb1": 2}]


OURS = '<!doctype html><meta name="generator" content="Mittari">'
BAD: dict[str, Callable[[Route], None]] = {
    "no connection": lambda route: route.abort("connectionrefused"),
    "the store is out of order": lambda route: route.fulfill(status=503, body=f"{OURS}</html>"),
    "another's page": lambda route: route.fulfill(status=200, body="<!doctype html><title>Log in</title></html>"),
    "half a page": lambda route: route.fulfill(status=201, body=f"{OURS}<h1>Thank"),
    "another's refusal": lambda route: route.fulfill(status=403, body="<!doctype html><p>Blocked</html>"),
    "too many": lambda route: route.fulfill(status=429, body=f"{OURS}</html>"),
    "led elsewhere": lambda route: route.fulfill(status=302, headers={"Location": "http://portal.test/"}),
}


@pytest.mark.parametrize("what", BAD)
def test_whatever_is_no_page_of_ours_keeps_the_answers(
    what: str, page: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """It is said, with a button, and the same form is sent again."""
    fill(page, address, invite().code)
    page.route(SUBMIT, BAD[what], times=1)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    expect(page.locator("#said")).to_have_attribute("role", "status")
    assert page.url == address + FORM and stored(store) == []
    page.locator("#now").click()
    thanked(page)
    assert answers(store) == [{"wb1": 2}]


def test_an_answer_that_never_comes(page: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """After half a minute it counts as failed."""
    page.clock.install()
    fill(page, address, invite().code)
    page.route(SUBMIT, lambda route: None, times=1)
    with page.expect_request(SUBMIT):
        send(page)
    page.clock.fast_forward(29_000)
    expect(page.locator("#said")).to_have_text("Sending …")
    page.clock.fast_forward(1000)
    expect(page.locator("#said")).to_have_text(FAILED)
    page.locator("#now").click()
    thanked(page)
    assert len(stored(store)) == 1


def test_the_pauses_grow_and_end_at_a_minute(page: Page, address: str, invite: Invite) -> None:
    """2, 5, 10 and 30 seconds, then every minute; what is said is said once."""
    page.add_init_script("window.tries = 0; window.fetch = () => { tries++; return Promise.reject(new TypeError()); }")
    page.clock.install()
    fill(page, address, invite().code)
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    for n, pause in enumerate((2, 5, 10, 30, 60, 60, 60), start=1):
        page.clock.run_for(pause * 1000 - 1)
        assert page.evaluate("tries") == n, pause
        page.clock.run_for(1)
        assert page.evaluate("tries") == n + 1, pause


def test_the_connection_comes_back(
    page: Page, context: BrowserContext, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """`online` does not wait for the pause."""
    page.clock.install()
    fill(page, address, invite().code)
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    context.set_offline(True)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    context.set_offline(False)
    thanked(page)
    assert len(stored(store)) == 1


def test_a_locked_phone(page: Page, context: BrowserContext, address: str, store: SQLiteStore, invite: Invite) -> None:
    """The page is frozen while a sending waits; it goes as soon as the page is seen again."""
    page.clock.install()
    fill(page, address, invite().code)
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))
    page.route(SUBMIT, BAD["no connection"], times=1)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    phone = context.new_cdp_session(page)
    phone.send("Page.setWebLifecycleState", {"state": "frozen"})
    phone.send("Page.setWebLifecycleState", {"state": "active"})
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    thanked(page)
    assert len(stored(store)) == 1


def test_a_page_left_open_for_a_day(page: Page, address: str, store: SQLiteStore, invite: Invite, clock: Clock) -> None:
    """The answers stay, and are stored with the day on which they come."""
    page.clock.install()
    fill(page, address, invite().code)
    page.clock.fast_forward(DAY * 1000)
    clock.advance(days=1)
    send(page)
    thanked(page)
    (submission,) = stored(store)
    assert submission.answers == {"wb1": 2} and submission.received.startswith("2026-11-25T10:00")


def test_an_answer_changed_meanwhile_waits_for_the_button(
    page: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """Nothing is sent that the person has not sent: trying again stops, and the next press sends what stands there."""
    page.clock.install()
    fill(page, address, invite().code)
    sent = posts(page)
    page.route(SUBMIT, BAD["no connection"], times=1)
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    page.locator('input[name="wb1"][value="4"]').check()
    expect(page.locator("#said")).to_have_text("You changed an answer. Press “Send answers” again.")
    expect(page.locator("#now")).to_be_hidden()
    page.clock.fast_forward(120_000)
    assert len(sent) == 1
    send(page)
    thanked(page)
    ids = [parse_qs(request.post_data or "")["_id"] for request in sent]
    assert answers(store) == [{"wb1": 4}] and ids[0] == ids[1]


def test_the_browser_asks_before_unsent_answers_are_closed(page: Page, address: str, invite: Invite) -> None:
    """While a sending waits, and only then."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    fill(page, address, invite().code)
    page.reload()
    assert asked == []
    page.locator('input[name="wb1"][value="2"]').check()
    page.route(SUBMIT, BAD["no connection"])
    send(page)
    expect(page.locator("#said")).to_have_text(FAILED)
    page.reload()
    assert asked == ["beforeunload"]


def test_a_draft_is_json_of_its_own(page: Page, address: str, invite: Invite) -> None:
    """What another script left under our mark is taken away, what is another's stays."""
    page.goto(address + FORM)
    page.evaluate("localStorage.setItem('mittari x', '{'); localStorage.setItem('theirs', '1')")
    fill(page, address, invite().code)
    page.locator("#keep").check()
    theirs, ours = sorted(kept(page), key=len)
    assert theirs == "1"
    assert ["wb1", "2"] in json.loads(ours)["fields"]


@pytest.mark.parametrize("script", [True, False])
def test_enter_in_a_field_sends(
    script: bool, with_script: Page, without_script: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """On a page that came back too, where the buttons of the other languages stand first."""
    page = with_script if script else without_script
    page.goto(address + FORM)
    page.locator('input[name="wb1"][value="2"]').check()
    send(page)
    expect(page.locator("#i-_code")).to_have_attribute("aria-invalid", "true")
    page.locator("#i-_code").fill(invite().code)
    page.locator("#i-_code").press("Enter")
    thanked(page)
    assert answers(store) == [{"wb1": 2}]


def test_back_from_another_language_still_sends(
    caching: Browser, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """Chromium brings the page as it was left; the form goes where it went before."""
    context = caching.new_context(viewport=PHONE)
    page = context.new_page()
    fill(page, address, invite().code)
    page.locator("nav a[lang=sv]").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.go_back(wait_until="commit")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    send(page)
    thanked(page)
    assert answers(store) == [{"wb1": 2}]
    context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_the_script_adds_breaks_no_rule(language: str, browser: Browser, address: str, invite: Invite) -> None:
    """A draft that came back, a sending that failed and the buttons that read aloud: axe, targets, 320 px."""
    context = browser.new_context(viewport=PHONE, bypass_csp=True)
    page = context.new_page()
    page.add_init_script(SPEECH % f'[{{lang: "{language}", localService: true}}]')
    page.goto(f"{address}{language}/tyohonvalmennus-v1-start.html")
    page.locator("#keep").check()
    page.reload()
    page.route(SUBMIT, BAD["no connection"])
    send(page)
    for part in ("#told", "#drop", "#said", "#now", ".read >> nth=0"):
        expect(page.locator(part)).to_be_visible()
    assert Axe().run(page, options=AXE_OPTIONS).response["violations"] == []
    assert overflow(page) <= 0
    low = (
        "[...document.querySelectorAll('main button:not([hidden])')].filter(b => b.getBoundingClientRect().height < 44)"
    )
    assert page.evaluate(f"{low}.length") == 0
    context.close()
