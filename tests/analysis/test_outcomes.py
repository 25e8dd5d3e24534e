"""Shares and their intervals, and who reached an outcome."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.dataset import Dataset
from analysis.outcomes import outcome_items, reached, wilson


@given(st.integers(1, 500), st.data())
def test_wilson_equals_scipy(n: int, data: st.DataObject) -> None:
    """Against scipy's binomial test, for any share."""
    yes = data.draw(st.integers(0, n))
    expected = stats.binomtest(yes, n).proportion_ci(method="wilson")
    assert wilson(yes, n) == pytest.approx((expected.low, expected.high), rel=1e-8, abs=1e-12)


def test_wilson_of_nobody_is_an_error() -> None:
    """No share, no interval."""
    with pytest.raises(ValueError, match="no one"):
        wilson(0, 0)


def test_outcomes_pool_over_the_instruments_that_carry_them(dataset: Dataset) -> None:
    """One item of each outcome, over both questionnaires, at the waves that ask it."""
    found = {
        (o.outcome, o.item.id): (o.sources, o.waves, o.achieved) for o in outcome_items(dataset.library.instruments)
    }
    both = ("asiakasmuutosmittari@3", "tyohonvalmennus@1")
    assert found == {
        ("employment", "work"): (both, ("end", "followup_6"), ("employed",)),
        ("education", "study"): (both, ("end", "followup_6"), ("studying",)),
    }


def test_only_those_who_answered_count(dataset: Dataset) -> None:
    """Whoever skipped the question is in neither part."""
    outcome = outcome_items(dataset.library.instruments)[0]
    rows = reached(outcome, dataset.responses, "end")
    at_end = dataset.responses[dataset.responses["wave"] == "end"]
    answered = at_end[at_end["work"].notna()]
    assert len(rows) == len(answered) < len(at_end[at_end["instrument"] != "palvelupalaute"])
    assert rows["reached"].sum() == (answered["work"] == "employed").sum()
