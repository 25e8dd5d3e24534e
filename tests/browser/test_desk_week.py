"""A planner's first weeks, played in a real browser without a script: from a list in Excel to the report, with the
real desk beside the real survey site, over one store and one clock."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from collector import audit, create_app
from collector.desk.app import create_desk
from collector.desk.login import chosen
from collector.serving import served
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from commands.desk_demo import people
from survey import records
from tests.conftest import ROOT, Clock

pytestmark = pytest.mark.slow
BEGIN = datetime(2026, 12, 7, 8, 0, tzinfo=UTC)
DESK = {"width": 1280, "height": 900}
TABLET = {"width": 800, "height": 1100}
GROUPS = {"uv-2": ("Työnhaku- ja uravalmennus", 14), "tv-2": ("Kone- ja metallialan työvoimakoulutus", 16)}


class Week:
    """The two addresses, the planner's page and the clock that both servers go by."""

    def __init__(self, page: Page, desk: str, site: str, clock: Clock, store: SQLiteStore) -> None:
        self.page, self.desk, self.site, self.clock, self.store = page, desk, site, clock, store

    def open(self, path: str) -> None:
        self.page.goto(f"{self.desk}en/{path}")

    def press(self, name: str | re.Pattern[str]) -> None:
        self.page.locator("main").get_by_role("button", name=name).first.click()

    def told(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.locator(".done")).to_contain_text(text)

    def be(self, who: str) -> None:
        """Somebody else sits down at the desk."""
        self.open("")
        self.page.locator("header").get_by_role("button", name=who).click()

    def be_at(self, path: str, who: str, *, status: int) -> None:
        """Somebody else opens a page."""
        self.be(who)
        answer = self.page.goto(f"{self.desk}en/{path}")
        assert answer is not None and answer.status == status


@pytest.fixture
def week(settings: Settings, store: SQLiteStore, clock: Clock, browser: Browser, tmp_path: Path) -> Iterator[Week]:
    clock.now = BEGIN
    site = create_app(settings, store=store, clock=clock)
    with served(site) as address:
        at_site = Settings(**{**vars_of(settings), "address": address})
        desk = create_desk(
            at_site,
            works=works(at_site, ROOT / "instruments", tmp_path / "desk"),
            messages=messages(),
            identify=chosen(people(), "planner"),
            people=people(),
            store=store,
            clock=clock,
        )
        context = browser.new_context(viewport=DESK, java_script_enabled=False)  # type: ignore[arg-type]
        with served(desk) as there:
            yield Week(context.new_page(), there, address, clock, store)
            context.close()
        desk.jobs.end()


def vars_of(settings: Settings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


def the_list() -> bytes:
    """Thirty people of two groups, as a planner has them in Excel."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Palvelu", "Ryhmä", "Viite"])
    for group, (service, number) in GROUPS.items():
        for n in range(number):
            sheet.append([service, group, f"{group}/{n + 1}"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_the_first_weeks(week: Week, browser: Browser, tmp_path: Path) -> None:
    """Import, slips, a shared tablet, paper, an interview, an exit, reminders, the end of a group, alarm, report."""
    codes_of = invited_from_excel(week)
    slips_are_printed(week, codes_of)
    group = [number for number in codes_of if number.startswith("UV-")]
    on_a_shared_tablet(week, browser, [codes_of[number] for number in group[:3]])
    keyed_in(week, group[3], paper=True)
    keyed_in(week, group[4], paper=False)
    one_interrupts(week, group[5])
    reminded(week, answered=group[:5], others=group[5:])
    the_group_closes(week)
    the_alarm_is_answered(week)
    the_report_is_made_and_given(week)
    done = {entry.action for entry in audit.entries(week.store)}
    assert {"invite", "key in", "exit", "remind", "reply", "make report"} <= done


def invited_from_excel(week: Week) -> dict[str, str]:
    """The list is read, its columns matched, every row shown, and thirty people invited. Their codes by number."""
    week.open("import")
    week.page.locator("#f-file").set_input_files(
        {"name": "ryhmat.xlsx", "mimeType": "application/octet-stream", "buffer": the_list()}
    )
    week.press("Read the list")
    expect(week.page.locator("h1")).to_have_text("What are the columns?")
    assert not list(week.store.scan("participation/"))
    week.press("Look through the rows")
    expect(week.page.locator("main")).to_contain_text("Rows in order: 30")
    assert not list(week.store.scan("participation/"))
    week.press("Invite 30 people")
    expect(week.page.locator("main")).to_contain_text("30")
    assert len({key.split("/")[1] for key in week.store.scan("participation/")}) == 30
    with week.page.expect_download() as download:
        week.press("Save the codes (CSV)")
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 31
    found = dict(re.findall(r"^(\w\w-2026-\d{3})[,;].*?([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5})", "\n".join(lines), re.M))
    assert len(found) == 30
    return found


def slips_are_printed(week: Week, codes_of: dict[str, str]) -> None:
    """A slip for each, with its number and code, and one square for the group's device."""
    with week.page.expect_popup() as popup:
        week.press("Open the slips in a new tab")
    slips = popup.value
    for number, code in codes_of.items():
        expect(slips.get_by_text(number).first).to_be_visible()
        expect(slips.get_by_text(code).first).to_be_visible()
    slips.close()
    week.open("groups/uravalmennus/uv-2/device?language=fi")
    expect(week.page.locator("main")).to_contain_text("-/shared/")


def on_a_shared_tablet(week: Week, browser: Browser, people: list[str]) -> None:
    """Three people answer one after another, each both questionnaires that are due, and poorly."""
    address = week.page.locator("a[href*='-/shared/']").first.get_attribute("href")
    assert address
    context = browser.new_context(viewport=TABLET)  # type: ignore[arg-type]
    tablet = context.new_page()
    for code in people:
        tablet.goto(address)
        for instrument in ("tyonhakuvalmennus", "palvelupalaute"):
            if instrument == "palvelupalaute":
                tablet.goto(address)
            tablet.locator("#i-_code").fill(code)
            tablet.locator("button.send").click()
            expect(tablet.locator('input[name="_instrument"]')).to_have_value(instrument)
            filled(tablet)
            tablet.locator("button.send").click()
            expect(tablet.locator("h1")).to_have_text(re.compile("^(Kiitos|Valmis)"))
    context.close()
    channels = [one.channel for one in submissions(week.store)]
    assert channels == ["shared_device"] * 6


def filled(page: Page) -> None:
    """The lowest step of every scale that is shown, also what stands open."""
    for name in page.evaluate(
        "[...new Set([...document.querySelectorAll('input[type=radio]')].filter(i => i.offsetParent"
        " && !i.name.startsWith('_')).map(i => i.name))]"
    ):
        page.locator(f'input[name="{name}"]').first.check()


def submissions(store: SQLiteStore) -> list[records.Submission]:
    found = (store.read(key) for key in store.scan("submission/"))
    return [records.decode(records.Submission, body) for body in found if body]


def keyed_in(week: Week, number: str, *, paper: bool) -> None:
    """A paper form, or an interview, of both questionnaires of the wave."""
    for instrument in ("tyonhakuvalmennus@1/end", "palvelupalaute@1/end"):
        week.open("keying")
        week.page.locator("#f-number").fill(number.lower())
        week.press("Go on")
        week.page.locator(f'input[name="what"][value="{instrument}"]').check()
        week.page.locator("#f-language").select_option("fi")
        week.press("To the questions")
        week.page.locator("#f-_day").fill("7.12.2026")
        week.page.locator(f'input[name="_channel"][value="{"paper_keyed" if paper else "interview"}"]').check()
        for name in dict.fromkeys(
            radio.get_attribute("name") or "" for radio in week.page.locator(".asked input[type=radio]").all()
        ):
            first = week.page.locator(f'.asked input[name="{name}"]').first
            if first.is_visible():
                first.check()
        week.page.locator('input[name="_helper"][value="none"]').check()
        week.press("Store")
        week.told(f"Stored: {number}")
    channel = "paper_keyed" if paper else "interview"
    assert sum(one.channel == channel for one in submissions(week.store)) == 2


def one_interrupts(week: Week, number: str) -> None:
    """Somebody has found work: the exit is told, with its reason."""
    week.open(f"participations/{number}")
    expect(week.page.locator("h1")).to_contain_text(number)
    week.page.locator("main").get_by_role("link", name=re.compile("exit|left", re.I)).first.click()
    week.page.locator("#f-day").fill("4.12.2026")
    week.page.locator('input[name="reason"][value="work"]').check()
    week.press("Store the exit")
    week.open(f"participations/{number}")
    expect(week.page.locator("main")).to_contain_text(re.compile("work", re.I))


def reminded(week: Week, *, answered: list[str], others: list[str]) -> None:
    """The list has the numbers of those who have not answered their feedback, and no code."""
    week.open("reminders?group=uravalmennus/uv-2&wave=end")
    main = week.page.locator("main").inner_text()
    assert all(number in main for number in others)
    # They were asked for ideas too, and have not given them.
    rows = [line for line in main.splitlines() if "Palaute palvelusta" in line]
    assert not any(number in row for number in answered for row in rows)
    assert not re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}", main)


def the_group_closes(week: Week) -> None:
    """Six weeks on the time of the group is over."""
    week.clock.advance(days=45)
    week.open("")
    expect(week.page.locator("h1")).to_be_visible()
    week.open("rates?level=group")
    expect(week.page.locator("main")).to_contain_text("uv-2")


def the_alarm_is_answered(week: Week) -> None:
    """Five found the service poor: an alarm to the buyer and the provider, whose coach replies."""
    week.be("Provider's coach")
    week.open("alarms")
    waited(week)
    expect(week.page.locator("main")).to_contain_text("Waiting for a reply: 1")
    for path in ("participations", "reminders", "keying", "words", "log"):
        assert week.page.goto(f"{week.desk}en/{path}").status == 403  # type: ignore[union-attr]
    week.open("alarms")
    week.page.locator("main article a, main li a, main h3 a").first.click()
    week.page.locator("#f-text").fill("We looked at it together with the group's coaches.")
    week.page.locator("#f-action").fill("Two coaches lead each group from February on.")
    week.press(re.compile("reply|Reply|Send"))
    expect(week.page.locator("main")).to_contain_text("Two coaches lead each group")
    week.be("Planner of the area")
    week.open("alarms")
    expect(week.page.locator("main")).to_contain_text("Replied to: 1")


def waited(week: Week) -> None:
    """Looks how far a piece of work is until it has led on."""
    for _look in range(600):
        if "/under-way/" not in week.page.url:
            return
        week.page.wait_for_timeout(200)
        week.page.reload()
    raise AssertionError(week.page.locator("main").inner_text())


def the_report_is_made_and_given(week: Week) -> None:
    """In Finnish, for all readers; the planner opens the manager's page, and gives the report to the providers, whose
    coach sees one page of it."""
    week.open("results/new")
    week.page.locator('input[name="language"][value="fi"]').check()
    week.press("Make the report")
    waited(week)
    report = urlsplit(week.page.url).path.removeprefix("/en/")
    week.page.locator("main").get_by_role("link", name="Managers’ page", exact=True).click()
    expect(week.page.locator("h1")).to_have_text("Mitä asiakkailla muuttui, lyhyesti")
    week.be_at(report, "Provider's coach", status=404)
    week.be_at(report, "Planner of the area", status=200)
    week.press("Give it to the providers")
    week.be_at(report, "Provider's coach", status=200)
    pages = week.page.locator(".pages li")
    expect(pages).to_have_count(1)
    pages.locator("a").first.click()
    expect(week.page.locator("h1")).to_contain_text("Järviseudun Valmennus")
