"""What analysts are told besides: each figure is that of its estimator on the same rows, and none tells of too few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis import pairing
from analysis.attrition import Linkage
from analysis.change import GIVES_AWAY, ChangeSummary, Grouped, mean_change
from analysis.dataset import Dataset
from analysis.disclosure import TOO_FEW_BEHIND, Policy, Release, ReleasedRow, ReleasedSheet
from analysis.findings import MeasureTable, Tables
from analysis.flows import UNANSWERED, flow_of
from analysis.measure_sheets import SEED, step
from analysis.multiplicity import holm
from analysis.paired_tests import sign_flip_test
from analysis.scores import Measure, cronbach_alpha, item_parts, measures
from analysis.standardised import standardised_change
from analysis.statistic import Sheet, Statistic
from analysis.suppression import Place
from analysis.tables import tables
from survey.records import extent_of
from survey.schedule import window_between

Rows = dict[tuple[str, str], ReleasedRow]


@pytest.fixture(scope="module")
def deep(dataset: Dataset) -> Tables:
    return tables(dataset, Release(), in_depth=True)


def measured(deep: Tables, dimension: str) -> MeasureTable:
    return next(table for table in deep.clients.measures if table.measure.dimension == dimension)


def rows_of(sheets: tuple[ReleasedSheet, ...]) -> Rows:
    return {(row.name, row.about): row for sheet in sheets for row in sheet.rows}


def of(deep: Tables, dimension: str) -> Rows:
    depth = measured(deep, dimension).depth
    assert depth is not None
    return rows_of(depth.sheets)


def value(row: ReleasedRow) -> float:
    assert row.cell.figures is not None and row.cell.figures.value is not None, row
    return row.cell.figures.value


def pairs_of(dataset: Dataset, measure: Measure) -> pd.DataFrame:
    """The pairs of the intervention, straight from the rows in time."""
    found = pairing.pair(pairing.scored(measure, dataset.responses[pairing.timely(dataset)]), "start", "end")
    frame = pd.DataFrame({"service": found.service, "cluster": found.cluster, "start": found.start, "end": found.end})
    return frame[frame["service"] != "verrokki"]


# --- of a measure ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", ["job_search", "wellbeing", "strain", "circumstances", "working_life"])
def test_size_is_that_of_the_pairs_in_the_change(dataset: Dataset, deep: Tables, dimension: str) -> None:
    """Standardised change, clusters and the test are of the very pairs whose mean change is shown."""
    rows, measure = of(deep, dimension), measured(deep, dimension).measure
    pairs = pairs_of(dataset, measure)
    for name, by in (("by_baseline_sd", "baseline"), ("by_change_sd", "change"), ("by_average_sd", "average")):
        expected = standardised_change(pairs["start"], pairs["end"], by=by)  # type: ignore[arg-type]
        assert value(rows[name, ""]) == pytest.approx(expected.corrected, abs=0.00501)
    flips = sign_flip_test(
        (pairs["end"] - pairs["start"]).to_numpy(), pairs["cluster"].to_numpy(), generator=np.random.default_rng(SEED)
    )
    figures = rows["sign_flip", ""].cell.figures
    assert figures is not None and figures.p == pytest.approx(flips.p, abs=0.000501) and figures.n == len(pairs)
    clusters = int((pairs["cluster"] == "").sum()) + pairs.loc[pairs["cluster"] != "", "cluster"].nunique()
    assert value(rows["clusters", ""]) == clusters


def test_tests_of_all_dimensions_are_one_family(deep: Tables) -> None:
    """Holm's adjustment is over the dimensions, for each kind of test."""
    found = [of(deep, table.measure.dimension)["sign_flip", ""].cell.figures for table in deep.clients.measures]
    raw = [figures.p for figures in found if figures is not None and figures.p is not None]
    assert len(raw) == len(deep.clients.measures) == 5
    adjusted = [figures.adjusted for figures in found if figures is not None]
    assert adjusted == pytest.approx(list(holm(raw).p), abs=0.0051)


def test_quality_is_of_first_answers_at_the_start(dataset: Dataset, deep: Tables) -> None:
    """Alpha is that of everyone's first start answers, comparison included: they measure alike."""
    measure = measured(deep, "wellbeing").measure
    rows = dataset.responses[pairing.timely(dataset)]
    start = rows[
        (rows["wave"] == "start") & (rows["instrument"] + "@" + rows["version"].astype(str)).isin(measure.sources)
    ]
    alpha = cronbach_alpha(item_parts(measure.key, start))
    assert alpha is not None
    assert value(of(deep, "wellbeing")["alpha", ""]) == pytest.approx(alpha.value, abs=0.00501)


def test_a_formative_measure_has_no_alpha(deep: Tables) -> None:
    """Its items need not go together; the ends of its range are told."""
    rows = of(deep, "circumstances")
    figures = rows["alpha", ""].cell.figures
    assert figures is not None and figures.value is None and len(figures.reasons) == 1
    assert ("floor", "") in rows and ("omega_of_observed", "") not in rows


def test_all_who_stayed_are_in_the_weighted_change(dataset: Dataset, deep: Tables) -> None:
    """The complete-case change is the change of the report: nobody is left out for a covariate."""
    for table in deep.clients.measures:
        shown = table.changes[Place()].figures
        row = of(deep, table.measure.dimension)["complete_case", ""].cell.figures
        assert shown is not None and row is not None
        assert (row.n, row.value) == (shown.n_pairs, shown.change)


def test_strata_add_up_to_all(dataset: Dataset, deep: Tables) -> None:
    """Everybody is in one stratum of each sort, and all answered in Finnish on their own device without help."""
    table = measured(deep, "wellbeing")
    assert table.depth is not None
    whole = table.changes[Place()].figures
    assert whole is not None
    for by, only in (("language", "fi"), ("channel", "own_device"), ("helper", "none"), ("unassisted", "kept")):
        cells = table.depth.strata[by]
        assert {place.kind for place in cells} == {None, only}
        assert {cell.figures.n_pairs for cell in cells.values() if cell.figures} == {whole.n_pairs}


def test_help_and_another_channel_are_left_out(dataset: Dataset) -> None:
    """A version without pairs that somebody helped with, or that came by another channel at the end."""
    responses = dataset.responses.copy()
    people = sorted(responses["participation"].dropna().unique())
    helped, moved = people[:60], people[60:120]
    end = responses["wave"] == "end"
    responses.loc[end & responses["participation"].isin(helped), "helper"] = "coach"
    responses.loc[end & responses["participation"].isin(moved), "channel"] = "interview"
    found = tables(replace(dataset, responses=responses), Release(), in_depth=True)
    table = measured(found, "wellbeing")
    assert table.depth is not None
    kept = table.depth.strata["unassisted"][Place(kind="kept")].figures
    pairs = pairs_of(dataset, table.measure)
    expected = pairs[~pairs.index.isin([*helped, *moved])]
    assert kept is not None and kept.n_pairs == len(expected) < len(pairs)
    change = mean_change(ChangeSummary.of(expected["start"], expected["end"], expected["cluster"])).change
    assert kept.change == pytest.approx(change, abs=0.0501)
    assert table.depth.strata["helper"][Place(kind="coach")].figures is not None


def test_a_reworded_item_is_named(dataset: Dataset) -> None:
    """Versions that are pooled although an item's words differ: the reader is told which."""
    library = dataset.library
    core = library.instruments["asiakasmuutosmittari@3"]
    item = core.item("wb1")
    other = replace(item, text={**item.text, "fi": "Toisin sanottu"})
    sections = tuple(
        replace(s, items=tuple(other if one.id == "wb1" else one for one in s.items)) for s in core.sections
    )
    newer = replace(core, version=4, sections=sections)
    changed = replace(library, instruments={**library.instruments, newer.key: newer})
    found = tables(replace(dataset, library=changed), Release(), in_depth=True)
    depth = measured(found, "wellbeing").depth
    assert depth is not None and list(depth.reworded) == ["wb1"]
    quiet = measured(found, "job_search").depth
    assert quiet is not None and not quiet.reworded


def test_the_comparison_is_beside(deep: Tables) -> None:
    """Every estimator is there with what it is the difference of; change itself is not called an effect."""
    names = {about for name, about in of(deep, "wellbeing") if name == "difference"}
    assert names == {"means", "ancova", "changes", "overlap", "entropy", "matched"}
    depth = measured(deep, "wellbeing").depth
    assert depth is not None
    sheet = next(sheet for sheet in depth.sheets if sheet.id == "arms")
    assert all(row.of for row in sheet.rows if row.name == "difference")
    assert sheet.words[0].startswith("Allocation was not random")


# --- who answered ----------------------------------------------------------------------------------------------------


def test_retention_and_linkage_are_counted(dataset: Dataset, deep: Tables) -> None:
    """Of those who have been asked at the end, by whether they answered in time then and at the start."""
    assert deep.answering is not None
    rows = rows_of(deep.answering.sheets)
    timely = dataset.responses[pairing.timely(dataset)]
    over = pairing.over(dataset, "end", pd.Timestamp("2026-12-15").date())
    people = dataset.participations[over & (dataset.participations["service"] != "verrokki")]["id"]
    there = {w: people.isin(timely.loc[timely["wave"] == w, "participation"]) for w in ("start", "end")}
    linkage = Linkage.of(there["start"], there["end"])
    assert value(rows["retention", ""]) == pytest.approx(
        linkage.both / (linkage.both + linkage.start_only), abs=0.00501
    )
    assert value(rows["linkage", ""]) == pytest.approx(linkage.both / (linkage.both + linkage.end_only), abs=0.00501)


def test_the_first_weeks_of_a_measurement(dataset: Dataset) -> None:
    """Where no wave but the first is open to anybody yet, there are rates of it and none of the others."""
    first = dataset.participations["start"].min()
    early = dataset.responses[(dataset.responses["wave"] == "start")]
    young = replace(dataset, responses=early, made=f"{first}T23:00:00.000Z")
    found = tables(young, Release(), in_depth=True, since=date(2020, 1, 1))
    assert found.answering is not None and found.trends is not None


def test_rates_count_who_could_answer(dataset: Dataset, deep: Tables) -> None:
    """RR2 of the start is who answered more than half, late ones too, of all asked whose window is over."""
    assert deep.answering is not None
    rows = rows_of(deep.answering.sheets)
    row = rows["rr2", "tyohonvalmennus start"]
    people = dataset.participations[dataset.participations["service"].isin(["valmennus", "tuettu"])]
    answered = dataset.responses[
        (dataset.responses["wave"] == "start") & (dataset.responses["instrument"] == "tyohonvalmennus")
    ]
    skipped = dataset.absences[dataset.absences["reason"] == "skipped"].groupby("submission").size()
    shown = len([*dataset.library.instruments["tyohonvalmennus@1"].items("start")])
    enough = answered["submission"].map(skipped).fillna(0) <= shown / 2
    assert row.cell.figures is not None and row.cell.figures.n == len(people)
    told = answered["participation"].isin(people["id"])
    assert value(row) == pytest.approx((enough & told).sum() / len(people), abs=0.00501)


def test_whoever_can_still_answer_is_in_no_rate(dataset: Dataset) -> None:
    """In the middle of a measurement shares are of those whose time is over, also where others have answered already."""
    day = date(2026, 2, 5)
    wave = dataset.library.site.waves["start"]
    people = dataset.participations[dataset.participations["service"] != "verrokki"]
    over = people[[window_between(start, start, wave).last < day for start in people["start"]]]
    responses = dataset.responses[
        (dataset.responses["wave"] == "start") & (dataset.responses["received"] < "2026-02-05")
    ]
    young = replace(dataset, responses=responses, made=f"{day}T10:00:00.000Z")
    told = responses[pairing.timely(young)[responses.index]]["participation"]
    assert not over["id"].isin(told).all() and told.isin(people["id"]).sum() > over["id"].isin(told).sum()
    found = tables(young, Release(), in_depth=True, since=date(2020, 1, 1))
    assert [one.wave for one in found.waves] == ["start"]
    whole = found.waves[0].answered[Place()].figures
    assert whole is not None and (whole.n, whole.yes) == (len(over), over["id"].isin(told).sum())
    assert found.answering is not None and found.trends is not None
    rr2 = rows_of(found.answering.sheets)["rr2", "asiakasmuutosmittari start"].cell.figures
    assert rr2 is not None and rr2.n <= len(over)
    (quarters,) = (one for one in found.trends.responses if one.wave == "start")
    assert sum(cell.figures.n for cell in quarters.rows.values() if cell.figures is not None) <= len(over)


@pytest.mark.parametrize(
    "answered, shown, extent",
    [
        (10, 10, "complete"),
        (9, 10, "complete"),
        (8, 10, "partial"),
        (5, 10, "partial"),
        (4, 10, "break_off"),
        (0, 0, "complete"),
    ],
)
def test_extents(answered: int, shown: int, extent: str) -> None:
    """More than 80 in 100 are complete, 50 or more partial; who was shown nothing has answered it all."""
    assert extent_of(answered=answered, shown=shown) == extent


def test_exits_stand_beside_the_answers(dataset: Dataset) -> None:
    """Each reason has a row of its own; one of too few is not told, nor what the others would leave over."""
    people = dataset.participations.copy()
    people["exit_reason"] = ["work" if n % 3 == 0 else "completed" for n in range(len(people))]
    found = tables(replace(dataset, participations=people), Release(), in_depth=True).answering
    assert found is not None and set(found.exits) == {"work", "completed"}
    for cell in found.exits.values():
        assert cell.shown == cell.place and cell.figures is not None and cell.figures.n > 50
    # Three who fell ill: not told, nor what all the others leave over.
    people.loc[people.index[1:4], "exit_reason"] = "illness"
    few = tables(replace(dataset, participations=people), Release(), in_depth=True).answering
    assert few is not None
    own = {reason for reason, cell in few.exits.items() if cell.shown == cell.place}
    assert own == {"completed"}


# --- release ---------------------------------------------------------------------------------------------------------


def released(**given: Any) -> ReleasedRow:
    row = Statistic(**{"name": "x", "title": "X", "unit": "points", "n": 20, "value": 1.26, **given})
    return Release().sheet(Sheet(id="s", title="S", rows=(row,))).rows[0]


@pytest.mark.parametrize(
    "given",
    [
        {"n": 9},
        {"beside": 9},
        {"counts": (40, 4)},
        {"rest": 9},
        {"n": 4, "needs": "count"},
        {"n": 40, "rest": 1},
    ],
)
def test_a_figure_of_too_few_is_withheld(given: dict[str, Any]) -> None:
    """Too few people, on one side, or left over beside a figure that is shown elsewhere."""
    cell = released(**given).cell
    assert cell.figures is None and cell.shown is None and cell.reason == TOO_FEW_BEHIND


@pytest.mark.parametrize("given", [{}, {"beside": 10}, {"counts": (5, 5)}, {"rest": 10}, {"n": 5, "needs": "count"}])
def test_a_figure_of_enough_is_shown_rounded(given: dict[str, Any]) -> None:
    """To the decimals of its unit."""
    figures = released(**given).cell.figures
    assert figures is not None and figures.value == 1.3


def test_an_interval_that_gives_a_group_away_is_not_shown() -> None:
    """As that of a mean change: with two groups it tells the mean of each."""
    values = pd.Series(np.arange(30.0))
    two = Grouped.of(values, pd.Series(["a"] * 15 + ["b"] * 15))
    figures = released(n=30, interval=(0.0, 2.0), groups=two).cell.figures
    assert figures is not None and figures.interval is None and figures.reasons == (GIVES_AWAY,)
    many = Grouped.of(values, pd.Series([f"g{n % 6}" for n in range(30)]))
    shown = released(n=30, interval=(0.0, 2.0), groups=many).cell.figures
    assert shown is not None and shown.interval == (0.0, 2.0)


def test_why_there_is_none_is_told_without_numbers() -> None:
    """A reason is no figure: it stands, but not of how few people."""
    figures = released(n=3, value=None, reasons=("Because.",)).cell.figures
    assert figures is not None and figures.n is None and figures.reasons == ("Because.",)


def every_row(deep: Tables) -> Iterator[ReleasedRow]:
    for table in deep.clients.measures:
        yield from (row for sheet in (table.depth.sheets if table.depth else ()) for row in sheet.rows)
    yield from (row for one in deep.clients.outcomes for sheet in one.sheets for row in sheet.rows)
    yield from (row for sheet in (deep.answering.sheets if deep.answering else ()) for row in sheet.rows)


def test_no_row_rests_on_too_few(deep: Tables) -> None:
    """Whatever is told of means rests on ten people, and of shares on five."""
    policy = Policy()
    told = [row for row in every_row(deep) if row.cell.figures is not None and row.cell.figures.value is not None]
    assert len(told) > 100
    for row in told:
        assert row.cell.figures is not None and row.cell.figures.n is not None
        assert row.cell.figures.n >= (policy.minimum_count if row.unit in ("share", "ratio") else policy.minimum_mean)


# --- flows -----------------------------------------------------------------------------------------------------------


def moved(*counts: tuple[str, str, int]) -> pd.DataFrame:
    rows = [(start, end) for start, end, n in counts for _ in range(n)]
    return pd.DataFrame(rows, columns=["one", "two"])


def test_a_flow_has_every_way_and_who_did_not_answer() -> None:
    """Nobody is left out: a missing answer is a status."""
    frame = moved(("a", "b", 7), ("b", "a", 6))
    frame.loc[0, "two"] = None
    flow = flow_of(frame, ("a", "b"))
    assert flow.statuses == ("a", "b", UNANSWERED)
    assert flow.paths == {
        ("a", "a"): 0, ("a", "b"): 6, ("a", UNANSWERED): 1, ("b", "a"): 6, ("b", "b"): 0, ("b", UNANSWERED): 0,
    }  # fmt: skip


def test_no_step_of_too_few_is_told_or_left_over() -> None:
    """Twenty less nineteen would be the one who went the other way: the step is hidden with it."""
    flow = flow_of(moved(("a", "a", 19), ("a", "b", 1), ("b", "a", 12), ("b", "b", 14)), ("a", "b"))
    found = Release().flow(flow)
    assert {key: cell.figures.n for key, cell in found.at.items() if cell.figures} == {
        (0, "a"): 20, (0, "b"): 26, (1, "a"): 31, (1, "b"): 15,
    }  # fmt: skip
    assert all(cell.figures is None for cell in found.steps.values())
    open_ = Release().flow(flow_of(moved(("a", "a", 19), ("a", "b", 8), ("b", "a", 12), ("b", "b", 14)), ("a", "b")))
    assert {key[1:]: cell.figures.n for key, cell in open_.steps.items() if cell.figures} == {
        ("a", "a"): 19, ("a", "b"): 8, ("b", "a"): 12, ("b", "b"): 14,
    }  # fmt: skip


def test_flows_and_outcomes_tell_the_same(deep: Tables) -> None:
    """At each wave those who reached it are as many as in the table of the outcome."""
    assert deep.flows
    for table in deep.flows:
        for time, wave in enumerate(table.flow.times):
            one = next(o for o in deep.clients.outcomes if o.outcome == table.outcome and o.wave == wave)
            shown, cell = one.reached[Place()], table.flow.at.get((time, "reached"))
            if shown.figures is not None and cell is not None and cell.figures is not None:
                assert cell.figures.n == shown.figures.yes


def test_known_measures_have_a_step(dataset: Dataset) -> None:
    """Four items of five steps on 0 to 100: the least rise of a full score is 6.25 points; two such items, 12.5."""
    found = {measure.dimension: step(measure.key) for measure in measures(dataset.library.instruments)}
    assert found["wellbeing"] == pytest.approx(6.25) and found["working_life"] == pytest.approx(12.5)
