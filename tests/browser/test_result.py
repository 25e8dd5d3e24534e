"""Another language in the middle of answering, and the own result, in a real browser with and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from survey import codes
from tests.browser.conftest import overflow, violations
from tests.conftest import Clock, Invite

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("script", [False, True])
def test_another_language_keeps_the_answers(
    script: bool, with_script: Page, without_script: Page, address: str, invite: Invite
) -> None:
    """From the published page to Arabic and on to Swedish; then sent."""
    page = with_script if script else without_script
    page.goto(f"{address}fi/tyohonvalmennus-v1-start.html")
    page.locator("#i-_code").fill(codes.shown(invite().code))
    page.locator("input[name=wb1][value='4']").check()
    (page.locator("nav a[lang=ar]") if script else page.locator("noscript button[value=ar]")).click()
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("input[name=wb1][value='4']")).to_be_checked()
    assert overflow(page) == 0
    page.locator("header button[value=sv]").click()
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    expect(page.locator("input[name=wb1][value='4']")).to_be_checked()
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text("Tack")


def test_a_blank_page_in_another_language_is_the_published_one(with_script: Page, address: str) -> None:
    """Where nothing was answered the link leads there as before."""
    with_script.goto(f"{address}fi/tyohonvalmennus-v1-start.html")
    with_script.locator("nav a[lang=sv]").click()
    expect(with_script).to_have_url(f"{address}sv/tyohonvalmennus-v1-start.html")


@pytest.mark.parametrize("language", ["fi", "ar"])
def test_the_own_result(
    language: str, browser: Browser, with_script: Page, address: str, invite: Invite, clock: Clock
) -> None:
    """The tick opens the field for the earlier receipt; the result breaks no rule, with the change and the support."""
    page, code = with_script, invite().code

    def answer(wave: str, value: str) -> None:
        page.goto(f"{address}{language}/tyohonvalmennus-v1-{wave}.html#{code}")
        for item in ("wb1", "wb2", "wb3", "el1", "el2"):
            page.locator(f"input[name={item}][value='{value}']").check()
        expect(page.locator("#i-_earlier")).to_be_hidden()
        page.locator("#i-_result").check()
        expect(page.locator("#i-_earlier")).to_be_visible()

    answer("start", "3")
    page.locator("button.send").click()
    receipt = page.locator(".receipt").inner_text()
    expect(page.locator(".part svg").first).to_be_visible()
    expect(page.locator(".support")).to_have_count(0)
    clock.advance(days=90)
    answer("end", "1")
    page.locator("#i-_earlier").fill(receipt)
    page.locator("button.send").click()
    expect(page.locator(".part .then").first).to_be_visible()
    expect(page.locator(".support")).to_contain_text("112")
    assert overflow(page) == 0
    assert violations(browser, page.content(), page.url) == []
    later = page.locator(".receipt").inner_text()
    page.goto(f"{address}{language}/index.html")
    page.locator("summary").click()
    page.locator("#i-_receipt").fill(later)
    page.locator("details button").first.click()
    expect(page.locator("h1")).to_have_text({"fi": "Mitä vastauksesi kertovat", "ar": "ماذا تقول إجاباتك"}[language])
    assert violations(browser, page.content(), page.url) == []
