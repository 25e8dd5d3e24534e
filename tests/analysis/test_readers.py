"""Pages by reader: each holds what its reader needs, from protected figures alone, and names no other unit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from analysis.change import ChangeSummary, mean_change
from analysis.dataset import Dataset
from analysis.disclosure import Release, ShareFigures
from analysis.findings import Tables
from analysis.funnels import funnel_of, stands_out
from analysis.page_readers import READERS, ReaderWriter
from analysis.report import render_all, units_of, write_report
from analysis.suppression import Place
from analysis.tables import tables
from analysis.trends import EARLIER
from analysis.wording import Words
from tests.analysis.test_depth import measured, pairs_of
from tests.analysis.test_report import MADE, Outline, messages


@pytest.fixture(scope="module")
def told(shared: Dataset) -> Tables:
    release = Release(units=units_of(shared.library))
    return tables(shared, release, in_depth=True, since=date(2026, 4, 15))


@pytest.fixture(scope="module")
def pages(told: Tables) -> Mapping[str, str]:
    return {page.name: page.html for page in render_all(told, Words("en", {}), MADE, READERS)}


def test_every_reader_has_a_page(pages: Mapping[str, str]) -> None:
    """Everything, the manager's, the clients', and one for each contract and provider of the intervention."""
    assert set(pages) == {
        "index.html", "manager.html", "clients.html", "contract-s-alfa.html", "contract-s-beeta.html",
        "contract-s-gamma.html", "provider-alfa.html", "provider-beeta.html", "provider-gamma.html",
    }  # fmt: skip


def test_the_first_page_that_is_asked_for_is_the_index(told: Tables) -> None:
    """And only it links to the others: a provider's page is handed over by itself."""
    made = list(render_all(told, Words("en", {}), MADE, ("manager", "provider")))
    few = {page.name: page.html for page in made}
    assert list(few) == ["index.html", "provider-alfa.html", "provider-beeta.html", "provider-gamma.html"]
    assert few["index.html"].count('href="provider-') == 3
    assert "href=" not in few["provider-alfa.html"].replace('href="#main"', "").partition("<main")[2].replace(
        "xlink:href=", ""
    )


def test_each_page_says_whose_it_is(told: Tables) -> None:
    """By the id of its provider, or its contract; and no page of a provider leads to those of others, not the first."""
    made = list(render_all(told, Words("en", {}), MADE, ("provider",)))
    assert [(page.name, page.reader, page.unit) for page in made] == [
        ("index.html", "provider", "alfa"),
        ("provider-beeta.html", "provider", "beeta"),
        ("provider-gamma.html", "provider", "gamma"),
    ]
    assert not any("provider-" in page.html for page in made)


def test_contracts_whose_names_differ_in_signs_alone_have_a_page_each(told: Tables) -> None:
    """The name of a file has fewer signs than that of a contract."""
    names = {"S-alfa": "S 1/2026", "S-beeta": "S-1-2026"}
    invited = {
        replace(place, contract=names.get(str(place.contract), place.contract)): cell
        for place, cell in told.invited.items()
    }
    writer = ReaderWriter(replace(told, invited=invited), Words("en", {}), MADE)
    assert [(name, unit) for name, unit, _page in writer.units("contract")] == [
        ("contract-s-1-2026.html", "S 1/2026"),
        ("contract-s-1-2026-2.html", "S-1-2026"),
        ("contract-s-gamma.html", "S-gamma"),
    ]


def test_a_page_of_a_provider_names_no_other(pages: Mapping[str, str]) -> None:
    """Neither by name nor by service: its readers are the provider's own."""
    page = pages["provider-beeta.html"]
    assert "Beeta Oy" in page and "Alfa Oy" not in page and "Gamma Oy" not in page
    assert "Machine operators" in page and "Welding course" not in page and "Supported work" not in page


def test_a_page_of_a_provider_does_not_tell_how_many_answered(told: Tables, pages: Mapping[str, str]) -> None:
    """Whom it is for knows who was invited, and two reports would tell who answered between them. A buyer is told."""
    writer = ReaderWriter(told, Words("en", {}), MADE)
    (own,) = (page for _name, unit, page in writer.units("provider") if unit == "beeta")
    (bought,) = (page for _name, unit, page in writer.units("contract") if unit == "S-beeta")
    assert [label for _number, label in own.numbers] == ["invited"] and len(bought.numbers) > 1
    assert own.answered is None and bought.answered is not None and own.change is not None
    assert own.change.columns == ("Change", "All services, without the comparison: Change")
    assert bought.change is not None and bought.change.columns[0] == "Pairs"
    assert [row.cells for row in own.change.rows] == [row.cells[1::2] for row in bought.change.rows]
    assert own.steps and all("Answered" not in one.table.columns for one in own.steps)
    assert "How many have answered is not told on this page" in pages["provider-beeta.html"]
    assert not re.search(r"<th[^>]*>[^<]*(?:Answered|Pairs)", pages["provider-beeta.html"])
    assert "How many have answered is not told" not in pages["contract-s-beeta.html"]


def test_own_figures_are_those_of_the_unit(shared: Dataset, told: Tables) -> None:
    """The change of a provider is that of the pairs in its services, of the intervention."""
    table = measured(told, "wellbeing")
    pairs = pairs_of(shared, table.measure)
    own = pairs[pairs["service"].isin(["kone", "ura", "tyonhaku"])]
    figures = table.changes[Place(provider="beeta")].figures
    expected = mean_change(ChangeSummary.of(own["start"], own["end"], own["cluster"]))
    assert figures is not None and figures.n_pairs == len(own)
    assert figures.change == pytest.approx(expected.change, abs=0.0501)
    assert table.changes[Place(contract="S-beeta")].figures == figures


def test_pages_are_whole_in_every_language(told: Tables) -> None:
    """No message is missing, no id stands twice, and every region has a name that is there."""
    for language in ("fi", "sv"):
        for page in render_all(told, Words(language, messages(language)), MADE, READERS):
            name, outline = page.name, Outline(page.html)
            ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
            assert len(ids) == len(set(ids)), (name, [i for i in ids if ids.count(i) > 1])
            for _, attributes in outline.elements:
                for named in str(attributes.get("aria-labelledby") or "").split():
                    assert named in ids, (name, named)


def test_quarters_of_nobody(shared: Dataset) -> None:
    """An area's first month: invited, one questionnaire answered at the start, and no end yet."""
    first = shared.responses[shared.responses["wave"] == "start"].iloc[:1]
    absent = shared.absences[shared.absences["submission"].isin(first["submission"])]
    one = replace(shared, responses=first, absences=absent)
    found = tables(one, Release(units=units_of(one.library)), in_depth=True, since=date(2026, 1, 1)).trends
    assert found is not None and found.changes
    assert not any(trend.rows for trend in found.changes) and found.feedback == ()


def test_nothing_is_ordered_by_size(told: Tables) -> None:
    """Providers stand in the order of their names, whatever they gained."""
    depth = measured(told, "wellbeing").depth
    assert depth is not None
    gained = next(sheet for sheet in depth.sheets if sheet.id == "gained")
    assert [row.about for row in gained.rows] == ["alfa", "beeta", "gamma"]
    funnels = ReaderWriter(told, Words("en", {}), MADE).funnels()
    assert funnels
    for funnel in funnels:
        names = [row.title for row in funnel.table.rows]
        assert names == sorted(names)


def test_what_is_withheld_of_a_provider_is_withheld_in_its_sheets(shared: Dataset) -> None:
    """Estimates by provider are of those whose own figures are shown: without units, of nobody."""
    found = tables(shared, Release(), in_depth=True)
    depth = measured(found, "wellbeing").depth
    assert depth is not None
    gained = next(sheet for sheet in depth.sheets if sheet.id == "gained")
    assert all(row.cell.figures is None for row in gained.rows)


def test_who_stands_out_is_told_beside_chance_and_beside_how_units_differ() -> None:
    """Nobody where all are alike; one far from many alike; nobody where all differ as much as that."""

    def named(*counts: int) -> list[str]:
        shown = {f"p{k}": ShareFigures(n=100, yes=yes, percent=yes, interval=(0, 100)) for k, yes in enumerate(counts)}
        return [unit.unit for unit in funnel_of(shown).units if stands_out(unit)]

    assert named(50, 52, 48, 51) == []
    assert named(*[50] * 20, 80) == ["p20"]
    assert named(20, 80, 25, 75, 30, 70, 22, 78) == []


# --- trends ----------------------------------------------------------------------------------------------------------


def test_quarters_add_up_to_all(shared: Dataset, told: Tables) -> None:
    """Shown quarters, from the first asked for; what is before is no row, and hides with the others."""
    assert told.trends is not None and told.trends.since == "2026-Q2"
    change = next(one for one in told.trends.changes if one.measure.dimension == "wellbeing")
    assert EARLIER not in change.rows and list(change.rows) == sorted(change.rows)
    whole = measured(told, "wellbeing").changes[Place()].figures
    shown = [cell.figures.n_pairs for cell in change.rows.values() if cell.figures and cell.shown == cell.place]
    assert whole is not None and 0 < sum(shown) <= whole.n_pairs


def test_trends_are_pictures_with_tables(pages: Mapping[str, str]) -> None:
    """On the analysts' page and the manager's."""
    for name in ("index.html", "manager.html"):
        assert re.search(r'id="plot-trend-answered-\w+-title">By quarter: Answered', pages[name])


def test_steps_are_whole_or_not_there(told: Tables) -> None:
    """Beside a mean, two steps told as one could be told apart: all steps have five people or none is told."""
    assert told.steps
    for table in told.steps:
        for cell in table.shares.values():
            if cell.figures is not None:
                assert len(cell.figures.chosen) == len(table.options) and min(cell.figures.chosen) >= 5


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_report_of_one_reader(shared: Dataset, tmp_path: Path) -> None:
    """One page and the data."""
    steps: list[str] = []
    (page,) = write_report(
        shared, tmp_path / "r", language="en", messages={}, made=MADE, readers=("clients",), told=steps.append
    )
    assert (page.name, page.reader, page.unit, page.title) == ("index.html", "clients", "", "What you said")
    assert steps == ["computing", "checking", "writing"]
    assert sorted(p.name for p in (tmp_path / "r").iterdir()) == ["index.html", "results.json"]
    assert page.html == (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
    assert "<h1>What you said</h1>" in page.html
