"""What the sheets of a measure work out themselves: gains held meaningful, those with room, and change by days."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.change import ReliableBasis
from analysis.dataset import Dataset
from analysis.measure_sheets import NO_TIMES, Material, meaning_sheet, timing_sheet
from analysis.scores import measures
from analysis.statistic import Statistic

BASIS = ReliableBasis(sd=10, reliability=0.8, source="made up", provisional=False)
"""A change beyond 12.4 points is reliable."""


@pytest.fixture
def material(dataset: Dataset) -> Material:
    """A measure that holds 8 points meaningful, and eight pairs: two start too high for a reliable gain."""
    measure = next(one for one in measures(dataset.library.instruments) if one.definition.meaningful_change == 8)
    start, gain = [20, 30, 40, 50, 60, 70, 90, 95], [8, 7.9, 20, -8, 13, 0, 8, 5]
    pairs = pd.DataFrame({"start": start, "end": np.add(start, gain)}, dtype="float64")
    pairs = pairs.assign(cluster="", anchor=np.nan, days_start=0.0, days_end=0.0)
    nothing = pd.Series(dtype="str")
    return Material(
        measure=measure, pairs=pairs, scores=pd.DataFrame(), waves=("start", "end"), wave_titles={},
        parts=np.empty((0, 4)), raw=None, starts=pairs["start"], language=nothing, items={}, a_little_better=None,
        basis=BASIS,
    )  # fmt: skip


def rows(sheet_rows: list[Statistic] | tuple[Statistic, ...]) -> dict[str, Statistic]:
    return {row.name: row for row in sheet_rows}


def test_a_gain_held_meaningful_is_counted(material: Material) -> None:
    """8 points count, 7.9 do not, and a fall of 8 does where a lower score is better."""
    found = rows(tuple(meaning_sheet(material).rows))["meaningful"]
    assert (found.value, found.n, found.counts) == (0.5, 8, (4, 4))
    definition = replace(material.measure.definition, higher_is="worse")
    turned = replace(material, measure=replace(material.measure, definition=definition))
    assert rows(tuple(meaning_sheet(turned).rows))["meaningful"].counts == (1, 7)
    unnamed = replace(material.measure.definition, meaningful_change=None)
    silent = replace(material, measure=replace(material.measure, definition=unnamed))
    assert "meaningful" not in rows(tuple(meaning_sheet(silent).rows))


def test_those_with_room_are_judged_by_themselves(material: Material) -> None:
    """Six of eight can gain 12.4 points on a range up to 100, and of these two did."""
    found = rows(tuple(meaning_sheet(material).rows))
    assert (found["room"].value, found["room"].n) == (0.75, 8)
    assert found["room_better"].value == pytest.approx(2 / 6)
    assert found["room_better"].n == 6


def test_change_by_days_is_that_of_a_regression(material: Material) -> None:
    """Both numbers of days in one regression, for 30 days; equal days tell nothing, and say so."""
    days = {"days_start": [0, 5, -3, 9, 14, 2, 7, 1], "days_end": [3, 0, 11, 20, -6, 4, 8, 2]}
    pairs = material.pairs.assign(**{name: np.array(values, dtype="float64") for name, values in days.items()})
    found = rows(tuple(timing_sheet(replace(material, pairs=pairs)).rows))
    x = sm.add_constant(pairs[["days_start", "days_end"]] / 30)
    expected = sm.OLS(pairs["end"] - pairs["start"], x).fit().params
    for name in days:
        assert found[name].value == pytest.approx(expected[name])
        interval = found[name].interval
        assert interval is not None and interval[0] < expected[name] < interval[1]
    untold = rows(tuple(timing_sheet(material).rows))
    assert [row.reasons for row in untold.values()] == [(NO_TIMES,)] * 2
