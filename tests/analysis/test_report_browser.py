"""The report in a real browser: no rule of axe broken, and no sideways scroll on the narrowest screen."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from analysis.dataset import Dataset
from analysis.report import write_report

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

BESIDE = """
[...document.querySelectorAll('.beside')].filter(part => {
  const [plot, table] = [part.querySelector('figure'), part.querySelector('.whole .scroll')];
  return plot.getBoundingClientRect().right > table.getBoundingClientRect().left
    || Math.abs(plot.getBoundingClientRect().top - table.getBoundingClientRect().top) > 40
    || table.scrollWidth > table.clientWidth;
}).map(part => part.parentElement.id)
"""
"""The dimensions whose plot has not the table of its figures beside it, whole, on a wide screen."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def addresses(
    dataset: Dataset, shared: Dataset, whole: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """A usual report, one with every section, and pages for every reader."""
    opinion = dataclasses.replace(whole.library.instruments["mielipide@1"], review={"sv": "needed"})
    library = dataclasses.replace(whole.library, instruments={**whole.library.instruments, opinion.key: opinion})
    found = {}
    for name, data in {"usual": dataset, "whole": dataclasses.replace(whole, library=library)}.items():
        folder: Path = tmp_path_factory.mktemp("report") / name
        write_report(data, folder, language="en", messages={}, made="2026-12-16T07:00:00.000Z")
        found[name] = (folder / "index.html").as_uri()
    others: Path = tmp_path_factory.mktemp("readers") / "report"
    made = "2026-12-16T07:00:00.000Z"
    write_report(shared, others, language="en", messages={}, made=made, since=date(2026, 4, 1))
    return found | {name: (others / f"{name}.html").as_uri() for name in ("index", *OTHER_READERS)}


OTHER_READERS = ("manager", "clients", "provider-beeta", "contract-s-alfa")


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        *(("usual", 320, "light"), ("whole", 320, "dark"), ("index", 1280, "dark")),
        *((name, 320, "light") for name in OTHER_READERS),
        *((name, 1280, "dark") for name in OTHER_READERS),
        # The long pages take half a minute each: their other ways are looked at by make accessibility.
        pytest.param("usual", 1280, "light", marks=pytest.mark.accessibility),
        pytest.param("usual", 1280, "dark", marks=pytest.mark.accessibility),
        pytest.param("index", 320, "light", marks=pytest.mark.accessibility),
    ],
)
def test_the_report_in_a_browser(
    browser: Browser, addresses: dict[str, str], name: str, width: int, scheme: str
) -> None:
    """Narrow and wide, light and dark; tables scroll within their own region."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(addresses[name])
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1280:
        assert page.evaluate(BESIDE) == []
    violations = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in violations] == []
    page.close()
