"""Each type of question in a real browser, by its named example, blank, answered and wrong, in two directions of writing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

import build as publishing
from collector.bundle import Bundle, read_bundle
from survey.answers import judge
from survey.pages import Form, questionnaire
from tests.browser.conftest import AXE_OPTIONS, overflow
from tests.survey.test_fields import EXAMPLES, TODAY

pytestmark = pytest.mark.slow
LANGUAGES = ("fi", "ar")
WORK = {"single": "full"}
ANSWERED = WORK | {
    "likert": "2", "dropdown": "elsewhere", "dropdown.other_text": "Turku", "multiple.own": "own",
    "multiple.other_text": "Kahvi", "scale": "7", "grid_mood": "3", "rank.pay": "1", "integer": "30", "date.day": "1",
    "date.month": "2", "date.year": "2026", "month.month": "3", "month.year": "2027", "time": "8.00", "text": "Sana",
    "consent": "yes", "email": "a@example.fi",
}  # fmt: skip
WRONG = {
    "multiple.coach": "coach", "multiple.nothing": "nothing", "rank.pay": "2", "integer": "sata", "decimal": "x",
    "date.day": "31", "date.month": "2", "date.year": "2026", "month.year": "26", "year": "99", "time": "25", "time_end": "1",
    "text": "x" * 99, "consent": "yes", "email": "minä", "phone": "soita", "dropdown.other_text": "Turku",
}  # fmt: skip
STATES = {"blank": {}, "answered": ANSWERED, "wrong": {**WRONG, "single": "full"}, "reminded": WORK}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> publishing.Built:
    return publishing.build(EXAMPLES, tmp_path_factory.mktemp("examples"), drafts=True)


@pytest.fixture(scope="module")
def bundle(site: publishing.Built) -> Bundle:
    return read_bundle(site.bundle)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def shown(page: Page, site: publishing.Built, bundle: Bundle, language: str, state: str) -> None:
    """The questionnaire as the collector would render it in a state, at its own address."""
    instrument = bundle.library.instruments["kentat@1"]
    fields = {name: [value] for name, value in STATES[state].items()}
    judged = judge(instrument, "end", fields, today=TODAY)
    problems = judged.problems if state == "wrong" else ()
    reminders = judged.reminders if state == "reminded" else ()
    (service,) = bundle.library.services.services
    form = Form(fields=fields, problems=problems, reminders=reminders, asked=bool(reminders))
    html = questionnaire(bundle.question_page(instrument, "end", language, service), form)
    (path,) = site.site.glob(f"{language}/kentat-v1-end--*.html")
    page.unroute_all()
    page.route(path.as_uri(), lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(path.as_uri())


@pytest.mark.parametrize("width", [320, 1000])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_rule_is_broken(
    language: str, state: str, width: int, page: Page, site: publishing.Built, bundle: Bundle
) -> None:
    """axe-core with best practices, no sideways scroll, every described-by leads somewhere, targets are large enough."""
    page.set_viewport_size({"width": width, "height": 800})
    shown(page, site, bundle, language, state)
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    assert [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found] == []
    assert overflow(page) <= 0
    assert page.evaluate(DANGLING) == [] and page.evaluate(SMALL) == []


DANGLING = """() => [...document.querySelectorAll('[aria-describedby],[aria-labelledby]')].flatMap(e =>
  ['aria-describedby', 'aria-labelledby'].flatMap(a => (e.getAttribute(a) || '').split(' ').filter(
    id => id && !document.getElementById(id))))"""
# Controls with their labels: whoever cannot aim well needs 44 × 44 px.
SMALL = """() => [...document.querySelectorAll('main input:not([type=hidden]),main select,main textarea,main button')]
  .filter(e => e.checkVisibility()).map(e => (e.matches('[type=radio],[type=checkbox]') ? e.closest('label') : e))
  .filter(e => { const r = e.getBoundingClientRect(); return r.width < 44 || r.height < 44; }).map(e => e.outerHTML)"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_type_as_a_screen_reader_has_it(language: str, page: Page, site: publishing.Built, bundle: Bundle) -> None:
    """Roles, names and descriptions of every field, against a snapshot that people have read."""
    page.set_viewport_size({"width": 1000, "height": 800})
    shown(page, site, bundle, language, "wrong")
    snapshot = page.locator("form").aria_snapshot()
    path = Path(__file__).parent / "snapshots" / f"fields.{language}.yaml"
    assert snapshot == path.read_text(encoding="utf-8").rstrip("\n"), (
        f"The tree has changed. Read it; if it is right, write it to {path.name}."
    )


def test_a_grid_is_one_fieldset_a_row(page: Page, site: publishing.Built, bundle: Bundle) -> None:
    """At every width each row is a group with its own name inside the grid's, and each choice has its own name; when
    wide, the choices stand in columns under their heads."""
    for width, columns in ((320, 1), (1000, 4)):
        page.set_viewport_size({"width": width, "height": 800})
        shown(page, site, bundle, "en" if width == 320 else "fi", "blank")
        row = page.locator("#q-grid").get_by_role("group")
        expect(row).to_have_count(2)
        expect(row.first.get_by_role("radio")).to_have_count(4)
        lefts = row.first.get_by_role("radio").evaluate_all("all => all.map(e => e.getBoundingClientRect().left)")
        assert len(set(lefts)) == columns
    heads = page.locator("#q-grid .heads span").evaluate_all("all => all.map(e => e.getBoundingClientRect())")
    middles = [head["left"] + head["width"] / 2 for head in heads[1:]]
    radios = row.first.get_by_role("radio").evaluate_all("all => all.map(e => e.getBoundingClientRect())")
    assert all(abs(m - r["left"] - r["width"] / 2) < 4 for m, r in zip(middles, radios, strict=True))


def test_words_go_with_their_option(page: Page, site: publishing.Built, bundle: Bundle) -> None:
    """The field for words shows when its option is chosen, and stays while something stands in it."""
    shown(page, site, bundle, "fi", "blank")
    words = page.locator("#i-single\\.other_text")
    expect(words).to_be_hidden()
    page.locator("[name=single][value=something]").check()
    words.fill("Opiskelen")
    page.locator("[name=single][value=full]").check()
    expect(words).to_be_visible()
    words.fill("")
    expect(words).to_be_hidden()
    page.locator("#i-dropdown").select_option("elsewhere")
    expect(page.locator("#i-dropdown\\.other_text")).to_be_visible()


def test_a_link_gives_a_hidden_field_what_the_instrument_knows(
    page: Page, site: publishing.Built, bundle: Bundle
) -> None:
    """`?hidden=sms` is taken, anything else is not."""
    (path,) = site.site.glob("fi/kentat-v1-end--*.html")
    page.unroute_all()
    for wanted, value in (("sms", "sms"), ("flyer", "paper"), ("", "paper")):
        page.goto(f"{path.as_uri()}?hidden={wanted}")
        expect(page.locator("[name=hidden]")).to_have_value(value)
