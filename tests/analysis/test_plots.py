"""Plots: equal bytes, rows that may be shown only, labels that fit."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser

from analysis.change import ChangeSummary
from analysis.disclosure import ChangeFigures, Protected, Release
from analysis.plots import Axis, Caption, ChangeRow, change_plot, start_end_plot
from analysis.suppression import Place
from tests.conftest import ROOT

CAPTION = Caption(id="p", title="Change & more", description="One row: +3.0.")
AXIS = Axis(title="points", number=lambda value, decimals: f"{value:.{decimals}f}")


def _cell(people: int) -> Protected[ChangeFigures]:
    start = pd.Series(np.linspace(20, 60, people))
    end = start + np.linspace(1, 5, people)
    summary = ChangeSummary.of(start, end, pd.Series([""] * people, dtype="str"))
    return Release().changes({Place(kind="x", service="a"): summary})[Place()]


def _row(label: str, people: int = 20) -> ChangeRow:
    return ChangeRow(label=label, figures=_cell(people), words="+3.0 (2.4 to 3.6)", verdict="better")


def _texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]+)<", svg)


def test_equal_rows_give_equal_bytes() -> None:
    """No date, no random ids."""
    for plot in (change_plot, start_end_plot):
        one, two = plot([_row("A")], CAPTION, AXIS), plot([_row("A")], CAPTION, AXIS)
        assert one == two
        assert "dc:date" not in one


def test_a_plot_is_named_for_those_who_do_not_see_it() -> None:
    """Role, title and description, escaped; ids carry the plot's own."""
    svg = change_plot([_row("A")], CAPTION, AXIS)
    assert svg.startswith('<svg class="plot" role="img" aria-labelledby="p-title p-desc"')
    assert '<title id="p-title">Change &amp; more</title><desc id="p-desc">One row: +3.0.</desc>' in svg
    assert all(id.startswith("p-") for id in re.findall(r' id="([^"]+)"', svg))
    assert "<style" not in svg


def test_rows_without_figures_are_not_drawn() -> None:
    """A withheld figure leaves no mark and no label."""
    texts = _texts(change_plot([_row("Shown"), _row("Withheld", people=5)], CAPTION, AXIS))
    assert "Shown" in texts
    assert "Withheld" not in texts


def test_long_labels_are_cut_and_numbers_move_below() -> None:
    """The label stays on one line; the whole of it stands in the table."""
    svg = change_plot([_row("A service with a name that goes on and on and on, far beyond the plot")], CAPTION, AXIS)
    label = next(text for text in _texts(svg) if text.startswith("A service"))
    assert label.endswith("…")
    assert len(label) <= 52
    heights = [
        float(re.findall(r'viewBox="0 0 [\d.]+ ([\d.]+)"', plot)[0])
        for plot in (svg, change_plot([_row("A")], CAPTION, AXIS))
    ]
    assert heights[0] > heights[1]


def test_colours_are_the_pages_variables() -> None:
    """Dark mode and print follow; no stand-in is left."""
    svg = change_plot([_row("A")], CAPTION, AXIS)
    assert "var(--accent, #0b5c7a)" in svg
    assert "#0102" not in svg


@pytest.mark.parametrize(
    ("limits", "expected"),
    [((-6.0, 7.0), {"-5", "0", "5"}), ((-1.2, 1.3), {"-1.0", "-0.5", "0.5"}), ((0.0, 100.0), {"0", "20", "100"})],
)
def test_ticks_say_where_they_stand(limits: tuple[float, float], expected: set[str]) -> None:
    """Whole numbers, or decimals on all of them where one is not whole: no 2 at 2.5."""
    axis = Axis(title="points", number=AXIS.number, limits=limits)
    texts = _texts(change_plot([_row("A")], CAPTION, axis))
    assert expected <= {text.replace("\u2212", "-") for text in texts}
    ticks = [text for text in texts if re.fullmatch(r"-?[\d.]+", text)]
    assert len(set(np.diff([float(tick) for tick in ticks]).round(6))) == 1


def test_words_and_labels_never_meet(browser: Browser) -> None:
    """Whatever the length of a label, in the page's own font: they stand on one line only where both fit."""
    words = "Name what was asked, and when, and of whom we asked it"
    rows = [replace(_row(words[:n].strip()), words="+11,7 (7,8 … 15,6)") for n in range(8, 52)]
    plots = [change_plot([row], CAPTION, AXIS) for row in rows]
    style = (ROOT / "site_templates" / "report.css").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 700, "height": 800})
    page.set_content(f"<style>{style}</style>{''.join(plots)}")
    meeting = page.evaluate(MEETING)
    page.close()
    assert meeting == []


MEETING = """() => [...document.querySelectorAll('svg.plot')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
  return texts.flatMap(([a, one], n) => texts.slice(n + 1).filter(([, other]) =>
    one.left < other.right + 4 && other.left < one.right + 4 && one.top < other.bottom - 3 && other.top < one.bottom - 3)
    .map(([b]) => `${a} / ${b}`)); })"""
