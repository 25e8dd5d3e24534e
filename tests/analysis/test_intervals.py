"""Differences and ratios of shares: published worked examples, another implementation, and what must always hold."""

from __future__ import annotations

from collections.abc import Callable

import causaldata
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.intervals import (
    ALL_REACHED,
    NO_RATIO,
    NO_RATIO_INTERVAL,
    NOBODY_TO_COMPARE,
    share_difference,
    share_ratio,
)
from analysis.outcomes import Split

Load = Callable[[str], dict]  # type: ignore[type-arg]

SPLITS = st.builds(Split, yes=st.integers(0, 300), no=st.integers(0, 300)).filter(lambda s: s.yes + s.no > 0)


@pytest.mark.parametrize(
    ("one", "other", "interval"),
    [
        (Split(yes=56, no=14), Split(yes=48, no=32), (0.0524, 0.3339)),
        (Split(yes=9, no=1), Split(yes=3, no=7), (0.1705, 0.8090)),
        (Split(yes=6, no=1), Split(yes=2, no=5), (0.0582, 0.8062)),
        (Split(yes=5, no=51), Split(yes=0, no=29), (-0.0381, 0.1926)),
        (Split(yes=0, no=10), Split(yes=0, no=20), (-0.1611, 0.2775)),
        (Split(yes=0, no=10), Split(yes=0, no=10), (-0.2775, 0.2775)),
        (Split(yes=10, no=0), Split(yes=0, no=20), (0.6791, 1.0)),
        (Split(yes=10, no=0), Split(yes=0, no=10), (0.6075, 1.0)),
    ],
)
def test_the_worked_examples_of_newcombe(one: Split, other: Split, interval: tuple[float, float]) -> None:
    """Newcombe (1998), table II, method 10, which prints four decimals."""
    assert share_difference(one, other).interval == pytest.approx(interval, abs=5.1e-5)


def test_employment_after_the_work_programme(reference: Load) -> None:
    """LaLonde's trainees and controls in 1978: tests/reference/nsw.json."""
    expected = reference("nsw")["nsw_employed78"]
    people = causaldata.nsw_mixtape.load_pandas().data
    treated, others = (Split.of(people.loc[people["treat"] == arm, "re78"] > 0) for arm in (1, 0))
    difference, ratio = share_difference(treated, others), share_ratio(treated, others)
    assert difference.n == ratio.n == (expected["n1"], expected["n0"])
    assert difference.shares == pytest.approx((expected["p1"], expected["p0"]), rel=1e-8)
    assert difference.estimate == pytest.approx(expected["rd"], rel=1e-8)
    assert ratio.estimate == pytest.approx(expected["rr"], rel=1e-8)


@given(SPLITS, SPLITS, st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_equal_those_of_statsmodels(one: Split, other: Split, confidence: float) -> None:
    """Its `newcomb` and its uncorrected `log`, wherever that one is defined."""
    counts = (one.yes, one.yes + one.no, other.yes, other.yes + other.no)
    expected = confint_proportions_2indep(*counts, method="newcomb", compare="diff", alpha=1 - confidence)
    # Where everybody or nobody did, it leaves the last bits of a limit beyond the share.
    assert share_difference(one, other, confidence=confidence).interval == pytest.approx(expected, rel=1e-8, abs=1e-7)
    if one.yes and other.yes and (one.no or other.no):
        expected = confint_proportions_2indep(*counts, method="log", compare="ratio", alpha=1 - confidence)
        assert share_ratio(one, other, confidence=confidence).interval == pytest.approx(expected, rel=1e-8)


@given(SPLITS, SPLITS)
def test_swapping_the_groups_turns_the_sign_and_the_ratio(one: Split, other: Split) -> None:
    """And the interval holds the estimate, within what the scale allows."""
    forth, back = share_difference(one, other), share_difference(other, one)
    assert forth.estimate is not None and forth.interval is not None and back.interval is not None
    assert (-back.interval[1], -back.interval[0]) == pytest.approx(forth.interval, abs=1e-12)
    assert -1 - 1e-12 <= forth.interval[0] <= forth.estimate <= forth.interval[1] <= 1 + 1e-12
    ratio, turned = share_ratio(one, other), share_ratio(other, one)
    if ratio.interval is not None:
        assert ratio.estimate is not None and turned.interval is not None
        assert ratio.interval[0] < ratio.estimate < ratio.interval[1]
        assert (1 / turned.interval[1], 1 / turned.interval[0]) == pytest.approx(ratio.interval, rel=1e-12)


def test_why_there_is_no_ratio_or_no_interval() -> None:
    """Cells of nobody have a plain reason, and nothing is added to them."""
    some, none, every, nobody = Split(yes=3, no=4), Split(yes=0, no=5), Split(yes=6, no=0), Split()
    for compare in (share_difference, share_ratio):
        for pair in ((some, nobody), (nobody, some), (nobody, nobody)):
            empty = compare(*pair)
            assert (empty.estimate, empty.interval, empty.reasons) == (None, None, (NOBODY_TO_COMPARE,))
    for one in (some, none):
        without = share_ratio(one, none)
        assert (without.estimate, without.interval, without.reasons) == (None, None, (NO_RATIO,))
    zero = share_ratio(none, some)
    assert (zero.estimate, zero.interval, zero.reasons) == (0.0, None, (NO_RATIO_INTERVAL,))
    full = share_ratio(every, every)
    assert (full.estimate, full.interval, full.reasons) == (1.0, None, (ALL_REACHED,))


def test_two_people_are_enough() -> None:
    """The fewest there can be: one in each group, whose Wilson limits are z² ÷ (1 + z²) from their shares."""
    z2 = stats.chi2.ppf(0.95, 1)
    expected = 1 - 2**0.5 * z2 / (1 + z2), 1.0
    assert share_difference(Split(yes=1), Split(no=1)).interval == pytest.approx(expected, rel=1e-8)
