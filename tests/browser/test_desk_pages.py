"""Every page of the desk, by whatever links lead to it: nothing that axe-core finds, no sideways scroll, no dead link,
for each role, on a phone and on a desk."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
import werkzeug.test
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from playwright.sync_api import Browser, Dialog, Page, expect

import build as publishing
import mittari
from collector.desk.app import PLACES, create_desk
from collector.desk.login import COOKIE, chosen
from collector.desk.visit import LANGUAGES, Desk
from collector.serving import served
from collector.settings import Keys, Settings, write_keys
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from commands.desk_demo import people
from survey.model import Library
from tests.accessibility.checks import WAYS, Looker, Way
from tests.browser.conftest import AXE_OPTIONS
from tests.collector.desk.answering import TODAY, Answering
from tests.conftest import ROOT, Clock

pytestmark = pytest.mark.slow
WIDTHS = (320, 1280)
BEHIND_FORMS = {
    "planner": (
        "keying/papers?service=tyohonvalmennus",
        "keying/paper?service=tyohonvalmennus&what=palvelupalaute%401%2Fend&kind=paper&language=fi",
        "keying/number/UV-2026-003",
        "reminders/csv?service=uravalmennus",
        "participations/completed?service=uravalmennus",
    ),
}
"""What forms that change nothing lead to."""
ON_PAPER = ("/shelf/codebook/", "/keying/paper?", "/participations/sheet", "/slips")
"""In addresses of pages that are made to be printed on A4."""
BY_FORM = (
    "handed/",
    "import/<token>",
    "under-way/",
    "words/read",
    "keying/number/",
    "keying/conditions",
    "shelf/compared/",
    "requests/receipt/",
)
"""Beginnings of places that a form leads to, or other material: the tests of these look at them."""


@pytest.fixture(scope="module")
def area(built: publishing.Built, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An area whose clients have answered until the day that the clock shows."""
    folder = tmp_path_factory.mktemp("area")
    write_keys(folder / "keys.json", keys)
    settings = Settings(
        bundle=built.bundle,
        site=built.site,
        store=f"sqlite:{folder / 'store.sqlite'}",
        secrets=folder / "keys.json",
        erasures=f"folder:{folder / 'erasures'}",
        address="https://kysely.example.fi/",
        drafts=True,
    )
    options = {name: getattr(settings, name) for name in ("store", "bundle", "site", "secrets")}
    told = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    until = Clock().now.date().isoformat()
    run = CliRunner().invoke(mittari.main, ["simulate", "--count", "120", "--until", until, *told])
    assert run.exit_code == 0, run.output
    return settings


@pytest.fixture(scope="module")
def desk(
    area: Settings, library: Library, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Desk, str]]:
    """The desk of it on a day on which an alarm waits, and a report has been given to the providers."""
    store, clock = SQLiteStore(Path(area.store.removeprefix("sqlite:"))), Clock()
    Answering(store, library, keys)("uravalmennus", "uv-1", [2] * 9 + [4] * 8)
    clock.now = TODAY
    app = create_desk(
        area,
        works=works(area, ROOT / "instruments", tmp_path_factory.mktemp("desk")),
        messages=messages(),
        identify=chosen(people(), "planner"),
        people=people(),
        store=store,
        clock=clock,
        random=random.Random(5).randbytes,
    )
    made_and_given(app)
    with served(app) as address:
        yield app, address
    app.jobs.end()
    store.close()


def made_and_given(app: Desk) -> None:
    """A report and an export, as the planner and the analyst make them."""
    for who, path, fields in (
        ("planner", "results/new", {"language": "fi", "for_provider": "1", "for_manager": "1"}),
        ("analyst", "results/exports/dataset", {"sure_dataset": "1"}),
    ):
        client = werkzeug.test.Client(app)
        client.set_cookie(COOKIE, who)
        token = {"_token": app.token(people()[who])}
        begun = client.post(f"/fi/{path}", data={**token, **fields}, buffered=True)
        assert begun.status_code == 303, begun.text
        work = begun.headers["Location"]
        app.jobs.end()
        made = client.get(work, buffered=True).headers["Location"]
        if who == "planner":
            given = client.post(f"{made.partition('?')[0]}/give", data=token, buffered=True)
            assert given.status_code == 303, given.text


NOT_OURS = ("language", "state", "structure", "names", "print")
"""What only public pages have: their languages, their states, one heading in each place, and all of it on paper."""
EVERY_WAY: Mapping[str, Way] = {
    name: replace(way, checks=tuple(check for check in way.checks if check not in NOT_OURS))
    for name, way in WAYS.items()
    if name != "print"
}
SOON = ("320 px", "1280 px")
"""The ways that are looked at each time, at one page of each kind; `make accessibility` looks at all, and at two of each
kind: a participation that runs, and one that has ended."""


class Walk:
    """Follows every link from the first page, and looks at so many pages of each kind, in some ways of showing them."""

    def __init__(
        self, app: Desk, address: str, page: Page, language: str, looker: Looker, ways: Mapping[str, Way],
        of_each: int,
    ) -> None:  # fmt: skip
        self.app, self.page, self.looker, self.ways, self.of_each = app, page, looker, ways, of_each
        self.below = f"{address}{language}/"
        self.waiting = deque([self.below])
        self.seen: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.faults: list[str] = []

    def kind(self, address: str) -> str:
        """The name of the place that an address leads to."""
        name, _parts = self.app.rules.bind("localhost").match(urlsplit(address).path, method="GET")
        return str(name)

    def on(self) -> None:
        while self.waiting:
            address = urldefrag(self.waiting.popleft()).url
            if address in self.seen or not address.startswith(self.below):
                continue
            self.seen.add(address)
            kind = self.kind(address)
            if self.kinds[kind] < self.of_each:
                self.kinds[kind] += 1
                self.look(address)

    def look(self, address: str) -> None:
        answer = self.page.request.get(address)
        if answer.status >= 400:
            self.faults.append(f"{address}: {answer.status}")
        if answer.status >= 400 or "attachment" in answer.headers.get("content-disposition", ""):
            return
        self.page.goto(address)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0 and not any(name in address for name in ON_PAPER):
                self.faults.append(f"{address}: {wide} px too wide at {width}")
        html = "text/html" in answer.headers["content-type"]
        if html and "<main" in self.page.content() and "/desk.css" in self.page.content():
            expected: Mapping[str, object] = {"lang": "fi", "dir": "", "names": {}, "outlined": True}
            found = self.looker.faults_of(self.page, expected, self.ways)
            # A line to write on is as long as the paper; where there is less room it is cut.
            self.faults += [f"{address}: {line}" for line in found if "………" not in line]
        else:
            found = [one["id"] for one in Axe().run(self.page, options=AXE_OPTIONS).response["violations"]]
            self.faults += [f"{address}: {line}" for line in found]
        links = self.page.locator("a[href]").evaluate_all("links => links.map(link => link.getAttribute('href'))")
        self.waiting.extend(urljoin(address, link) for link in links if not link.startswith(("mailto:", "#")))


def test_every_page_of_every_role(desk: tuple[Desk, str], browser: Browser, library: Library) -> None:
    """In Finnish, from the first page of each on; between them they reach every address that there is."""
    walked(desk, browser, library, {name: EVERY_WAY[name] for name in SOON}, of_each=1)


@pytest.mark.accessibility
def test_every_page_in_every_way(desk: tuple[Desk, str], browser: Browser, library: Library) -> None:
    """The same in dark and forced colours, with little motion, with letters apart, and on a tablet."""
    walked(desk, browser, library, EVERY_WAY, of_each=2)


def walked(
    desk: tuple[Desk, str], browser: Browser, library: Library, ways: Mapping[str, Way], *, of_each: int
) -> None:
    app, address = desk
    reached: set[str] = set()
    faults: list[str] = []
    looker = Looker(browser, library)
    for who in people():
        context = browser.new_context(bypass_csp=True)
        context.add_cookies([{"name": COOKIE, "value": who, "url": address}])
        walk = Walk(app, address, context.new_page(), "fi", looker, ways, of_each)
        walk.waiting.extend(f"{address}fi/{path}" for path in BEHIND_FORMS.get(who, ()))
        walk.on()
        context.close()
        reached |= set(walk.kinds)
        faults += [f"{who}: {fault}" for fault in walk.faults]
    looker.close()
    assert faults == []
    known = {place.path for place in PLACES if place.method == "GET" and not place.path.startswith(BY_FORM)}
    assert {path for path in known if f"GET {path}" not in reached} == set()


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "fi"])
def test_the_first_pages_in_other_languages(language: str, desk: tuple[Desk, str], browser: Browser) -> None:
    """All that the way around leads to, said in the language of the page."""
    _app, address = desk
    page = browser.new_page()
    page.goto(f"{address}{language}/")
    assert page.locator("html").get_attribute("lang") == language
    links = page.locator("nav a").evaluate_all("links => links.map(link => link.href)")
    for link in links:
        answer = page.goto(link)
        assert answer is not None and answer.status == 200, link
        found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
        assert [one["id"] for one in found] == [], link
    page.close()


@pytest.mark.parametrize("leave", ["another language", "the way around", "another form"])
def test_what_was_typed_is_not_left_unasked(leave: str, desk: tuple[Desk, str], browser: Browser) -> None:
    """The browser asks before a form that was typed into is left, and not before one that was not, or that is sent."""
    _app, address = desk
    page = browser.new_page()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    role = {"another language": "link", "the way around": "link", "another form": "button"}[leave]
    name = {"another language": "svenska", "the way around": "Kyselyt", "another form": "Analyytikko"}[leave]
    link = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]
    here = f"{address}fi/participations/invite"
    page.goto(here)
    page.get_by_label("Kuinka monta").fill("3")
    with page.expect_event("dialog"):
        link.click(no_wait_after=True)
    expect(page.get_by_label("Kuinka monta")).to_have_value("3")
    assert asked == ["beforeunload"] and page.url == here
    page.locator("main form[method=post] button").first.click()
    expect(page.locator(".summary")).to_be_visible()
    assert asked == ["beforeunload"]
    page.close(run_before_unload=False)
    clean = browser.new_page()
    clean.on("dialog", stay)
    clean.goto(here)
    clean.get_by_role("link", name="svenska", exact=True).click()
    expect(clean).to_have_url(here.replace("/fi/", "/sv/"))
    # Rows to mend are shown, and nothing of them was typed here.
    clean.goto(f"{address}fi/import")
    clean.locator("[name=pasted]").fill("palvelu\nUravalmenus\n")
    for _step in ("columns", "rows"):
        clean.locator("main form[method=post] button").first.click()
    expect(clean.locator(".summary")).to_be_visible()
    clean.get_by_role("link", name="Kyselyt", exact=True).click()
    expect(clean).to_have_url(f"{address}fi/shelf")
    assert asked == ["beforeunload"]
    clean.close()
