"""Standardised change and the likeness of groups: against R, published figures, matrices and simulation."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.standardised import (
    EQUAL_CHANGES,
    EQUAL_SCORES,
    EQUAL_STARTS,
    FEW_CLUSTERS,
    NO_CHANGES,
    NO_CORRECTION,
    NO_VARIANCE,
    NOT_ALIKE,
    NOTHING_SHARED,
    ONE_CLUSTER,
    TOO_FEW_PAIRS,
    ClusteredChange,
    Standardiser,
    clustered_change,
    hedges_factor,
    noncentrality_interval,
    standardised_change,
)
from analysis.trajectory import MixedModel, random_intercepts

Load = Callable[[str], dict]  # type: ignore[type-arg]
NAMES: tuple[Standardiser, ...] = ("baseline", "change", "average")


def with_moments(n: int, means: tuple[float, float], sds: tuple[float, float], correlation: float) -> np.ndarray:
    """Pairs (n × 2) that have exactly these moments."""
    raw = np.random.default_rng(1).normal(size=(n, 2))
    orthonormal = np.linalg.qr(raw - raw.mean(axis=0))[0] * math.sqrt(n - 1)
    second = correlation * orthonormal[:, 0] + math.sqrt(1 - correlation**2) * orthonormal[:, 1]
    return np.column_stack([orthonormal[:, 0], second]) * sds + means


def test_change_by_its_own_spread_equals_effectsize(reference: Load) -> None:
    """Student's sleep data: d_z, Hedges' correction, t and the interval, tests/reference/small.json."""
    sleep = reference("small")["sleep"]
    found = standardised_change([0] * 10, sleep["diff"], by="change")
    assert found.estimate == pytest.approx(sleep["cohens_d_z"]["Cohens_d"], rel=1e-8)
    assert found.corrected == pytest.approx(sleep["hedges_g_z"]["Hedges_g"], rel=1e-8)
    assert found.sd == pytest.approx(sleep["sd"], rel=1e-8)
    assert found.estimate * math.sqrt(10) == pytest.approx(sleep["t"], rel=1e-8)
    # R's effectsize searches the limits with optim() and stops at about seven figures; ours are held to the
    # distribution below.
    expected = [sleep["cohens_d_z"]["CI_low"], sleep["cohens_d_z"]["CI_high"]]
    assert found.interval == pytest.approx(expected, rel=1e-6)
    corrected = [sleep["hedges_g_z"]["CI_low"], sleep["hedges_g_z"]["CI_high"]]
    assert found.corrected_interval == pytest.approx(corrected, rel=1e-6)
    assert found.interval is not None
    tails = [float(stats.nct.cdf(sleep["t"], 9, end * math.sqrt(10))) for end in found.interval]
    assert tails == pytest.approx([0.975, 0.025], rel=1e-10)


@pytest.mark.parametrize(
    ("by", "estimate", "interval"),
    [
        ("average", -0.5550319, (-0.8705732, -0.2394905)),
        ("baseline", -0.5424837, (-0.8591158, -0.2258515)),
    ],
)
def test_bonetts_intervals(by: Standardiser, estimate: float, interval: tuple[float, float]) -> None:
    """The example of ci.stdmean.ps in R's statpsych, by Bonett, given to seven figures; its difference is start - end."""
    pairs = with_moments(25, (110.4, 102.1), (15.3, 14.6), 0.75)
    found = standardised_change(pairs[:, 0], pairs[:, 1], by=by)
    assert found.estimate == pytest.approx(estimate, abs=5e-8)
    assert found.interval == pytest.approx(interval, abs=5e-8)


@pytest.mark.parametrize("df", [2, 3, 9, 50, 1000])
def test_hedges_factor_takes_out_the_bias(df: int) -> None:
    """The factor is one over the expectation of sigma/s, found here by integration."""
    expectation = stats.chi(df).expect(lambda x: math.sqrt(df) / x)
    assert hedges_factor(df) * expectation == pytest.approx(1, rel=1e-6)
    assert hedges_factor(df) == pytest.approx(1 - 3 / (4 * df - 1), abs=0.04)


def test_hedges_factor_takes_two_degrees() -> None:
    """With one, the mean over the SD has no expectation to correct."""
    with pytest.raises(ValueError, match="^Hedges' correction takes two degrees of freedom at least.$"):
        hedges_factor(1)


@pytest.mark.parametrize("df", [1, 2, 9, 100, 10_000, 100_000])
@pytest.mark.parametrize("t", [0.0, 0.1, 1.0, 5.0, 50.0, 1000.0, 1e4, 1.0001e4, 1e7])
def test_the_noncentral_interval_always_ends(t: float, df: int) -> None:
    """Any t has finite limits, mirrored with its sign; both sides of where the limit takes over agree."""
    low, high = noncentrality_interval(t, df)
    assert low < high
    assert noncentrality_interval(-t, df) == pytest.approx((-high, -low), rel=1e-9)
    assert math.isfinite(low) and math.isfinite(high)
    if t <= 1e4:
        assert stats.nct.cdf(t, df, high) == pytest.approx(0.025, abs=1e-8)
        assert stats.nct.cdf(t, df, low) == pytest.approx(0.975, abs=1e-8)
    exact, limit = np.array(noncentrality_interval(1e4, df)), np.array(noncentrality_interval(1e4 + 1e-6, df))
    assert np.abs(exact - limit).max() < 0.002 * np.ptp(exact)


PAIRS = st.lists(st.tuples(st.integers(0, 48), st.integers(0, 48)), min_size=2, max_size=25)


@given(PAIRS, st.floats(-1000, 1000), st.floats(0.01, 100), st.randoms(use_true_random=False), st.sampled_from(NAMES))
def test_invariances(pairs, shift, scale, random, by) -> None:  # type: ignore[no-untyped-def]
    """Neither the order nor the unit nor the zero of scores matters; turned scores turn the sign; the sign is kept."""
    start, end = np.array(pairs, dtype=float).T
    found = standardised_change(start, end, by=by)
    mixed = np.array(random.sample(pairs, len(pairs)), dtype=float).T * scale + shift
    other, turned = standardised_change(*mixed, by=by), standardised_change(-start, -end, by=by)
    if found.estimate is None:
        assert other.reasons == turned.reasons == found.reasons
        return
    assert other.estimate == pytest.approx(found.estimate, rel=1e-6, abs=1e-6)
    assert other.interval == pytest.approx(found.interval, rel=1e-6, abs=1e-6)
    assert turned.estimate == pytest.approx(-found.estimate, rel=1e-9, abs=1e-12)
    assert found.interval is not None
    assert turned.interval == pytest.approx((-found.interval[1], -found.interval[0]), rel=1e-6, abs=1e-9)
    assert np.sign(found.estimate) == np.sign((end - start).mean())
    if found.df > 2 or by != "change":
        assert found.interval[0] <= found.estimate <= found.interval[1]


@pytest.mark.parametrize("by", NAMES)
def test_intervals_cover(by: Standardiser) -> None:
    """Of 1000 samples of 60 normal pairs, about 95 % of the intervals hold the true value."""
    generator = np.random.default_rng(7)
    true = 4 / {"baseline": 10, "change": math.sqrt(100 + 64 - 2 * 48), "average": math.sqrt(82)}[by]
    held = 0
    for _n in range(1000):
        start, end = generator.multivariate_normal([50, 54], [[100, 48], [48, 64]], size=60).T
        low, high = standardised_change(start, end, by=by).interval or (0.0, 0.0)
        held += low < true < high
    assert 930 <= held <= 970


def test_what_cannot_be_told() -> None:
    """No pair, one pair; equal starts, changes, scores; each has its sentence."""
    assert standardised_change([], []).reasons == (TOO_FEW_PAIRS,)
    one = standardised_change([1, np.nan, 3], [2, 2, np.nan])
    assert (one.n, one.estimate, one.interval, one.reasons) == (1, None, None, (TOO_FEW_PAIRS,))
    third = 100 / 3
    assert standardised_change([third] * 9, np.arange(9.0)).reasons == (EQUAL_STARTS,)
    starts = np.arange(9.0) * third
    assert standardised_change(starts, starts + third, by="change").reasons == (EQUAL_CHANGES,)
    assert standardised_change([third] * 9, [2 * third] * 9, by="average").reasons == (EQUAL_SCORES,)
    assert standardised_change([third] * 9, np.arange(9.0), by="average").estimate is not None
    with pytest.raises(
        ValueError, match="^Start and end must be two columns of one length: give a row for each pair.$"
    ):
        standardised_change([1, 2], [1])


def test_two_pairs_have_no_correction() -> None:
    """Two pairs give an estimate and an interval; the correction is said to be missing."""
    two = standardised_change([0, 2], [1, 5], by="baseline")
    assert two.estimate == pytest.approx(math.sqrt(2))
    assert (two.corrected, two.corrected_interval, two.reasons) == (None, None, (NO_CORRECTION,))


# --- how alike the changes of a group are ----------------------------------------------------------------------------

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])


def test_shrout_and_fleiss() -> None:
    """Shrout and Fleiss (1979), tables 2 and 4: mean squares 11.24 and 6.26, ICC(1,1) .17; psych::ICC's limit .7226."""
    groups = np.repeat(list("abcdef"), 4)
    found = clustered_change(SHROUT_FLEISS.ravel(), groups)
    assert found.icc == pytest.approx(0.1657, abs=5e-5)
    assert found.interval == pytest.approx((0, 0.7226), abs=5e-4)
    assert found.average_size == pytest.approx(4)
    assert found.design_effect == pytest.approx(1 + 3 * found.icc)
    assert (found.n, found.clusters, found.reasons) == (24, 6, (FEW_CLUSTERS,))


def test_equal_sizes_give_the_reml_estimate() -> None:
    """With groups of one size and a positive estimate, analysis of variance and REML are one."""
    generator = np.random.default_rng(3)
    groups = np.repeat(np.arange(12), 7)
    change = generator.normal(size=12)[groups] * 2 + generator.normal(size=84) * 3
    found = clustered_change(change, groups.astype(str))
    model = random_intercepts(change, np.ones((84, 1)), groups)
    assert isinstance(model, MixedModel)
    between = model.participation_sd**2
    # As near as the optimiser comes.
    assert found.icc == pytest.approx(between / (between + model.residual_sd**2), rel=1e-4)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=8).filter(lambda sizes: max(sizes) > 1))
def test_n0_is_what_the_expectation_of_the_mean_square_has(sizes: list[int]) -> None:
    """E(MSB) = within + n0 × between: n0 by the trace of matrices, for groups of any sizes."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    found = clustered_change(np.random.default_rng(0).normal(size=len(labels)), labels.astype(str))
    member = np.eye(len(sizes))[labels]
    project = member @ np.linalg.inv(member.T @ member) @ member.T - 1 / len(labels)
    assert found.average_size == pytest.approx(np.trace(project @ member @ member.T) / (len(sizes) - 1))


GROUPED = st.lists(st.tuples(st.integers(-30, 30), st.sampled_from(["", "a", "b", "c"])), min_size=4, max_size=25)


@given(GROUPED, st.floats(0.1, 50), st.randoms(use_true_random=False))
def test_the_order_and_the_unit_do_not_matter(rows, scale, random) -> None:  # type: ignore[no-untyped-def]
    """ICC is a share between 0 and 1 in its interval, and the design effect at least 1."""
    change, groups = zip(*rows, strict=True)
    found = clustered_change(change, groups)
    change, groups = zip(*random.sample(rows, len(rows)), strict=True)
    other = clustered_change(np.array(change) * scale, groups)
    assert (other.n, other.clusters) == (found.n, found.clusters)
    if found.icc is None:
        assert other.reasons == found.reasons
        return
    assert other.icc == pytest.approx(found.icc, abs=1e-9)
    assert found.interval is not None and found.design_effect is not None
    assert 0 <= found.interval[0] <= found.icc + 1e-12 <= found.interval[1] + 2e-12 <= 1 + 1e-9
    assert found.design_effect >= 1


def test_why_likeness_cannot_be_told() -> None:
    """No change, everybody alone, one group, no variance; less alike than strangers is said."""
    assert clustered_change([np.nan], ["a"]).reasons == (NO_CHANGES,)
    assert clustered_change([1, 2, 3], ["", "", None]).reasons == (NOTHING_SHARED,)
    assert clustered_change([1, 2, 3], ["a"] * 3).reasons == (ONE_CLUSTER,)
    assert clustered_change([100 / 3] * 4, ["a", "a", "b", "b"]).reasons == (NO_VARIANCE,)
    apart = clustered_change([-1, 1, -1, 1], ["a", "a", "b", "b"])
    assert (apart.icc, apart.design_effect, apart.reasons) == (0, 1, (NOT_ALIKE, FEW_CLUSTERS))
    same: ClusteredChange = clustered_change([1, 1, 2, 2], ["a", "a", "b", "b"])
    assert (same.icc, same.interval, same.design_effect) == (1, (1, 1), 2)
    with pytest.raises(ValueError, match="^Changes and groups must be two columns of one length: give a row for each"):
        clustered_change([1, 2], ["a"])
