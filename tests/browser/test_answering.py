"""Answering in a real browser: without a script from the first question to the thank-you, and with one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from collector.stores.sqlite import SQLiteStore
from survey import codes, records
from survey.model import Library
from tests.browser.conftest import overflow, violations
from tests.conftest import Clock, Invite

pytestmark = pytest.mark.slow
THANKS = {"fi": "Kiitos", "ar": "شكرًا لك"}
ERROR = {"fi": "Virhe: ", "ar": "خطأ: "}


def stored(store: SQLiteStore) -> list[records.Submission]:
    return [records.decode(records.Submission, store.read(key) or b"") for key in store.scan("submission/")]


def measured(browser: Browser, page: Page, html: str) -> list[str]:
    """Whether a page that was shown without a script breaks a rule or scrolls sideways at 320 px."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, bypass_csp=True)
    other = context.new_page()
    other.route(page.url, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    other.goto(page.url)
    wide = overflow(other)
    context.close()
    return violations(browser, html, page.url) + ([f"{wide} px too wide"] if wide > 0 else [])


@pytest.mark.parametrize("language", ["fi", "ar"])
def test_the_whole_way_without_a_script(
    language: str,
    browser: Browser,
    without_script: Page,
    address: str,
    store: SQLiteStore,
    library: Library,
    invite: Invite,
    clock: Clock,
) -> None:
    """Open the built page, type the code, answer, get one error with every answer kept, mend it, be thanked."""
    today = clock().date()
    one = invite(start=today - timedelta(days=90), end=today)
    instrument = library.instruments["tyohonvalmennus@1"]
    page = without_script
    page.goto(f"{address}{language}/tyohonvalmennus-v1-end.html")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    assert measured(browser, page, page.content()) == []

    expect(page.locator("#q-hours")).to_be_hidden()
    page.locator("#i-_code").fill(codes.shown(one.code).lower())
    for item in instrument.items("end"):
        if item.type == "likert":
            page.locator(f'input[name="{item.id}"][value="4"]').check()
    page.locator('input[name="work_now"][value="employed"]').check()
    expect(page.locator("#q-hours")).to_be_visible()
    page.locator("#i-hours").fill("200")
    page.locator('input[name="_helper"][value="interpreter"]').check()
    page.locator("button.send").click()

    expect(page.locator(".summary")).to_be_visible()
    assert page.title().startswith(ERROR[language])
    assert page.locator("#i-hours").input_value() == "200"
    assert page.locator("#i-hours").get_attribute("aria-invalid") == "true"
    assert page.locator('input[value="4"]:checked').count() == sum(
        item.type == "likert" for item in instrument.items("end")
    )
    assert page.locator("#i-_code").input_value() == codes.shown(one.code)
    assert instrument.item("hours").text[language] in page.locator(".summary a").inner_text()
    assert page.locator('input[name="_helper"]:checked').get_attribute("value") == "interpreter"
    assert measured(browser, page, page.content()) == []
    assert stored(store) == []

    page.locator(".summary a").click()
    expect(page.locator("#i-hours")).to_be_in_viewport()
    page.locator("#i-hours").fill("20")
    page.locator("button.send").click()

    expect(page.locator("h1")).to_have_text(THANKS[language])
    assert measured(browser, page, page.content()) == []
    (submission,) = stored(store)
    assert submission.participation == one.participation.id and submission.language == language
    assert submission.answers["hours"] == 20 and submission.answers["work_now"] == "employed"
    assert submission.helper == "interpreter" and "study_now" in submission.absent
    receipt = page.locator(".receipt").inner_text()

    page.reload()
    assert page.locator(".receipt").inner_text() == receipt
    assert len(stored(store)) == 1

    page.locator("button.send").click()
    expect(page.locator('input[name="_instrument"]')).to_have_value("palvelupalaute")
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text(THANKS[language])
    assert len(stored(store)) == 2


def test_a_static_page_asks_to_confirm(without_script: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """Without a script there is no id yet: the page comes back to look over, and the second press stores."""
    page = without_script
    page.goto(f"{address}en/tyohonvalmennus-v1-start.html")
    page.locator("#i-_code").fill(invite().code)
    page.locator('input[name="wb1"][value="2"]').check()
    page.locator("button.send").click()
    expect(page.locator(".notice[role=status]")).to_contain_text("Your answers are not sent yet.")
    assert page.locator('input[name="wb1"]:checked').get_attribute("value") == "2" and stored(store) == []
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text("Thank you")
    assert [submission.answers for submission in stored(store)] == [{"wb1": 2}]


def test_the_front_page_without_a_script(
    without_script: Page, address: str, store: SQLiteStore, invite: Invite
) -> None:
    """Choose a language, type the code, land on the due questionnaire with the code filled in."""
    one = invite()
    page = without_script
    page.goto(address)
    page.get_by_role("link", name="Svenska").click()
    page.locator("#i-_code").fill("ABCD")
    page.locator("button.send").click()
    expect(page.locator(".error").first).to_contain_text("Koden är inte rätt.")
    page.locator("#i-_code").fill(one.code)
    page.locator("button.send").click()
    expect(page.locator("#i-_code")).to_have_value(codes.shown(one.code))
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#i-_code")).to_have_value(codes.shown(one.code))
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text("Thank you")
    assert len(stored(store)) == 1


def test_a_slip_with_a_script(with_script: Page, address: str, store: SQLiteStore, invite: Invite) -> None:
    """The QR code's address goes straight to the due page; the code is filled in and leaves the address."""
    one = invite()
    page = with_script
    page.goto(f"{address}fi/index.html#{codes.shown(one.code)}")
    page.wait_for_url(f"{address}fi/tyohonvalmennus-v1-start.html*")
    expect(page.locator("#i-_code")).to_have_value(codes.shown(one.code))
    assert "#" not in page.evaluate("location.href")
    assert codes.is_id(page.locator('input[name="_id"]').input_value())
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text("Kiitos")
    assert len(stored(store)) == 1


def test_another_language_keeps_the_code(with_script: Page, address: str, invite: Invite) -> None:
    """From easy Finnish to ordinary Finnish, as who comes in Finnish may want; also a code that was typed by hand."""
    one, page = invite("kotokoulutus"), with_script
    page.goto(f"{address}fi/index.html#{codes.shown(one.code)}")
    page.wait_for_url(f"{address}fi-simple/kotokoulutus-v1-start.html*")
    for language in ("fi", "ar"):
        page.locator(f'nav a[hreflang="{language}"]').click()
        page.wait_for_url(f"{address}{language}/kotokoulutus-v1-start.html*")
        expect(page.locator("#i-_code")).to_have_value(codes.shown(one.code))
        assert "#" not in page.evaluate("location.href")


def test_a_link_for_a_known_wave_with_a_script(with_script: Page, address: str, invite: Invite) -> None:
    """A reminder points at the page itself; the script fills the code in."""
    one = invite()
    with_script.goto(f"{address}ar/tyohonvalmennus-v1-end.html#{codes.shown(one.code)}")
    expect(with_script.locator("#i-_code")).to_have_value(codes.shown(one.code))
    assert codes.shown(one.code) not in with_script.evaluate("location.href")


def test_a_broken_address_does_not_stop_the_script(with_script: Page, address: str) -> None:
    """What follows # may be anything: the form still gets its id, and no code is made up."""
    with_script.goto(f"{address}fi/tyohonvalmennus-v1-start.html#%E0%A4%A")
    assert codes.is_id(with_script.locator('input[name="_id"]').input_value())
    expect(with_script.locator("#i-_code")).to_have_value("")


def test_a_bad_slip_with_a_script(with_script: Page, address: str) -> None:
    """The script hands over to the form, which says what is wrong."""
    with_script.goto(f"{address}fi/index.html#ABCD-EFGH-JKMNP")
    expect(with_script.locator(".error").first).to_contain_text("Koodi ei ole oikein.")


def test_the_site_works_under_a_sub_path(browser: Browser, address: str, invite: Invite, store: SQLiteStore) -> None:
    """`https://area.fi/kysely/`: pages, assets, entering and sending all stay below the path."""
    one = invite()
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    asked: list[str] = []

    def forward(route) -> None:  # type: ignore[no-untyped-def]
        asked.append(route.request.url)
        inner = route.request.url.replace("http://area.test/kysely/", address)
        assert inner.startswith(address), route.request.url
        route.fulfill(response=route.fetch(url=inner))

    page.route("http://area.test/**", forward)
    page.goto(f"http://area.test/kysely/fi/index.html#{codes.shown(one.code)}")
    page.wait_for_url("http://area.test/kysely/fi/tyohonvalmennus-v1-start.html*")
    page.locator("button.send").click()
    expect(page.locator("h1")).to_have_text("Kiitos")
    page.wait_for_load_state("networkidle")
    page.unroute_all(behavior="wait")
    context.close()
    assert len(stored(store)) == 1 and all(url.startswith("http://area.test/kysely/") for url in asked)


def test_the_site_opens_from_a_folder(browser: Browser, built) -> None:  # type: ignore[no-untyped-def]
    """Double-clicked on a desk: styled, and links lead on."""
    context = browser.new_context()
    page = context.new_page()
    page.goto((built.site / "index.html").as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('.send')).backgroundColor") == "rgb(20, 83, 45)"
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    context.close()
