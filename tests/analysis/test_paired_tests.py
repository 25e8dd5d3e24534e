"""Sign flips and signed ranks: against R, scipy and going through every pattern one by one."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import paired_tests
from analysis.paired_tests import (
    ALL_ZERO,
    ALONE,
    ONE_CLUSTER_FLIPS,
    TOGETHER,
    TOO_FEW_TO_FLIP,
    ZeroRule,
    sign_flip_test,
    signed_rank_test,
)
from analysis.standardised import NO_CHANGES

Load = Callable[[str], dict]  # type: ignore[type-arg]
CHANGES = st.lists(st.integers(-4, 4), min_size=2, max_size=9)


def drawn() -> np.random.Generator:
    return np.random.default_rng(5)


def test_sleep_by_sign_flips(reference: Load) -> None:
    """Student's sleep data: all rise but one zero, so 2 of 2^9 patterns, tests/reference/small.json."""
    sleep = reference("small")["sleep"]
    found = sign_flip_test(sleep["diff"], generator=drawn())
    assert found.p == sleep["signflip_exact_p"]
    assert found.estimate == pytest.approx(sleep["mean"], rel=1e-8)
    assert (found.n, found.clusters, found.exact, found.flips, found.reasons) == (10, 10, True, 512, ())
    assert found.method.endswith(ALONE)


@given(CHANGES)
def test_flips_equal_scipy(change: list[int]) -> None:
    """scipy's permutation test of one sample, which goes through all patterns of sign."""
    expected = stats.permutation_test(
        (np.array(change, dtype=float),), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=False
    )
    assert sign_flip_test(change, generator=drawn()).p == pytest.approx(expected.pvalue, abs=1e-12)


@given(st.lists(st.tuples(st.integers(-4, 4), st.sampled_from(["", "a", "b", "c"])), min_size=2, max_size=9))
def test_groups_flip_as_a_whole(rows: list[tuple[int, str]]) -> None:
    """Every pattern in which a group has one sign, one by one; shifted units and order change nothing."""
    names = [name or f"alone {n}" for n, (_change, name) in enumerate(rows)]
    change, groups = np.array([one for one, _name in rows], dtype=float), [name for _change, name in rows]
    places = sorted(set(names))
    found = sign_flip_test(change, groups, generator=drawn())
    if len(places) == 1:
        assert (found.p, found.reasons) == (None, (ONE_CLUSTER_FLIPS,))
        return
    signs = [dict(zip(places, pattern, strict=True)) for pattern in itertools.product([1, -1], repeat=len(places))]
    totals = [abs(sum(sign[name] * one for name, one in zip(names, change, strict=True))) for sign in signs]
    assert found.p == pytest.approx(np.mean([total >= abs(change.sum()) for total in totals]))
    assert found.clusters == len(places)
    again = sign_flip_test(-change[::-1] * 100 / 3, groups[::-1], generator=drawn())
    assert again.p == pytest.approx(found.p)


def test_drawn_flips_come_near_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same 16 changes, exact and drawn in small chunks: within four standard errors; the same seed, the same p."""
    change = np.random.default_rng(2).normal(0.4, 1, 16)
    exact = sign_flip_test(change, generator=drawn())
    monkeypatch.setattr(paired_tests, "FLIPPED_EXACTLY", 0)
    monkeypatch.setattr(paired_tests, "CHUNK", 1000)
    found = sign_flip_test(change, generator=drawn())
    assert exact.p is not None and found.p is not None
    assert abs(found.p - exact.p) < 4 * np.sqrt(exact.p * (1 - exact.p) / 9999)
    assert (exact.exact, exact.flips, found.exact, found.flips) == (True, 2**16, False, 9999)
    assert sign_flip_test(change, generator=drawn()) == found


def test_a_drawn_p_is_never_zero() -> None:
    """(b + 1)/(m + 1): thirty equal rises are never matched in 99 draws."""
    found = sign_flip_test([1.0] * 30, generator=drawn(), draws=99)
    assert found.p == pytest.approx(0.01)
    with pytest.raises(ValueError, match="^Draw one sign pattern at least: 9999 give a p-value that is good to two"):
        sign_flip_test([1.0] * 30, generator=drawn(), draws=0)


def test_the_twentieth_cluster_is_still_exact() -> None:
    """2^20 patterns; twenty equal rises are matched by two of them. A zero more does not count."""
    found = sign_flip_test([2.5] * 20 + [0.0], generator=drawn())
    assert (found.exact, found.flips, found.p) == (True, 2**20, 2 / 2**20)


def test_groups_that_differ_are_no_finding() -> None:
    """Without change on average but with groups that differ, 5 % are findings by groups, far more one by one."""
    generator, labels = np.random.default_rng(11), np.repeat(np.arange(8), 10)
    by_group = alone = 0
    for _n in range(300):
        change = generator.normal(size=8)[labels] + generator.normal(size=80)
        by_group += sign_flip_test(change, labels.astype(str), generator=generator).p <= 0.05  # type: ignore[operator]
        alone += sign_flip_test(change, generator=generator, draws=199).p <= 0.05  # type: ignore[operator]
    assert by_group <= 27
    assert alone > 100


def test_why_flips_tell_nothing() -> None:
    """No one, one group, few people; people of one group are said to flip together."""
    none = sign_flip_test([np.nan], generator=drawn())
    assert (none.n, none.estimate, none.p, none.reasons) == (0, None, None, (NO_CHANGES,))
    one = sign_flip_test([3.0], generator=drawn())
    assert (one.p, one.reasons) == (1.0, (TOO_FEW_TO_FLIP,))
    five = sign_flip_test([1.0] * 5, generator=drawn())
    assert (five.p, five.reasons) == (0.0625, (TOO_FEW_TO_FLIP,))
    still = sign_flip_test([0.0] * 7, generator=drawn())
    assert (still.p, still.reasons) == (1.0, (TOO_FEW_TO_FLIP,))
    assert sign_flip_test([1, 2, 3], ["a", "a", ""], generator=drawn()).method.endswith(TOGETHER)


# --- signed ranks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("zeros", "figure"), [("wilcox", "Wilcoxon"), ("pratt", "Pratt")])
def test_sleep_by_signed_ranks(reference: Load, zeros: ZeroRule, figure: str) -> None:
    """R's coin::wilcoxsign_test, exact, with a zero and ties, by both rules of zeros."""
    sleep = reference("small")["sleep"]
    found = signed_rank_test(sleep["diff"], zeros=zeros)
    assert found.p == pytest.approx(sleep[f"coin_exact_wilcoxsign_zero_{figure}"], rel=1e-8)
    assert (found.n, found.nonzero, found.exact, found.rank_biserial, found.reasons) == (10, 9, True, 1, ())


def test_sleep_by_the_normal_approximation(reference: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """R's wilcox.test without continuity correction, as for many people."""
    sleep = reference("small")["sleep"]
    monkeypatch.setattr(paired_tests, "RANKED_EXACTLY", 8)
    found = signed_rank_test(sleep["diff"], zeros="wilcox")
    assert found.statistic == sleep["wilcox_V"]
    assert found.p == pytest.approx(sleep["wilcox_p_nocorr"], rel=1e-8)
    assert not found.exact


@given(
    st.lists(
        st.floats(-100, 100).filter(lambda x: abs(x) > 1e-3),
        min_size=1,
        max_size=40,
        unique_by=lambda x: round(abs(x), 4),
    )
)
def test_ranks_without_ties_equal_scipy(change: list[float]) -> None:
    """scipy's exact distribution of untied ranks."""
    expected = stats.wilcoxon(change, method="exact")
    found = signed_rank_test(change, zeros="wilcox")
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    assert min(found.statistic, len(change) * (len(change) + 1) / 2 - found.statistic) == expected.statistic  # type: ignore[operator, type-var]


@given(CHANGES, st.sampled_from(["wilcox", "pratt"]))
def test_tied_ranks_equal_every_pattern(change: list[int], zeros: ZeroRule) -> None:
    """The mid-ranks under all patterns of sign, one by one; order, unit and rounding errors change nothing."""
    found = signed_rank_test(change, zeros=zeros)
    kept = np.array([one for one in change if one != 0 or zeros == "pratt"], dtype=float)
    if not kept.any():
        assert (found.p, found.reasons) == (None, (ALL_ZERO,))
        return
    ranks = stats.rankdata(np.abs(kept))[kept != 0]
    signs = np.array(list(itertools.product([1, -1], repeat=len(ranks))))
    observed = abs(ranks @ np.sign(kept[kept != 0]))
    assert found.p == pytest.approx(float((np.abs(signs @ ranks) >= observed - 1e-9).mean()), rel=1e-9)
    start = np.arange(len(change)) * 7 / 3
    fractions = (start + np.array(change[::-1]) / 3) - start
    again = signed_rank_test(-fractions, zeros=zeros)
    assert again.p == pytest.approx(found.p)
    assert again.rank_biserial == pytest.approx(-found.rank_biserial)  # type: ignore[operator]


def test_many_people_are_approximated_well() -> None:
    """Beyond 200 changes: scipy's normal approximation for ties, and near the exact distribution below it."""
    change = np.random.default_rng(3).integers(-4, 6, 400).astype(float)
    found = signed_rank_test(change, zeros="wilcox")
    expected = stats.wilcoxon(change, zero_method="wilcox", correction=False, method="asymptotic")
    assert not found.exact
    assert found.p == pytest.approx(expected.pvalue, rel=1e-9)
    fewer = signed_rank_test(change[:150], zeros="wilcox")
    approximate = stats.wilcoxon(change[:150], zero_method="wilcox", correction=False, method="asymptotic")
    assert fewer.exact
    assert fewer.p == pytest.approx(approximate.pvalue, rel=0.05, abs=0.002)


def test_why_ranks_tell_nothing() -> None:
    """No one, no one changed, few people."""
    assert signed_rank_test([], zeros="pratt").reasons == (NO_CHANGES,)
    assert signed_rank_test([np.nan, 0.0], zeros="wilcox").reasons == (ALL_ZERO,)
    one = signed_rank_test([-3.0], zeros="pratt")
    assert (one.p, one.rank_biserial, one.reasons) == (1.0, -1.0, (TOO_FEW_TO_FLIP,))
