"""Items that work otherwise for some: found where planted, not where there are none, and not tested on few."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from analysis.item_functioning import (
    ALONE,
    NO_SPREAD,
    SEPARATED,
    SMALL_GROUPS,
    DifferentialItemFunctioning,
    _CumulativeLogit,
    _proportional_odds,
    differential_item_functioning,
)


def answered(
    seed: int, *, shift: float = 0.0, tilt: float = 0.0, n: int = 900, groups: int = 2
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """An item of five answers by proportional odds of the score, with this much more in group 1, and by its slope."""
    rng = np.random.default_rng(seed)
    score, group = rng.normal(size=n), np.arange(n) % groups
    member = (group == 1).astype(float)
    latent = score * (1.5 + tilt * member) + shift * member + rng.logistic(size=n)
    answers = np.digitize(latent, [-2.5, -1, 0.5, 2]).astype(float)
    return pd.Series(answers), pd.Series(score), pd.Series([f"g{g}" for g in group], dtype="string")


def p_values(found: DifferentialItemFunctioning) -> tuple[float, float, float]:
    """The three p of uniform, non-uniform and either."""
    assert found.reason is None
    assert found.uniform is not None
    assert found.nonuniform is not None
    assert found.either is not None
    return found.uniform.p, found.nonuniform.p, found.either.p


def test_planted_uniform_dif_is_found_as_such() -> None:
    """An item easier by 0.8 logits in one group."""
    found = differential_item_functioning(*answered(1, shift=0.8))
    uniform, nonuniform, either = p_values(found)
    assert uniform < 1e-6
    assert nonuniform > 0.05
    assert either < 1e-6
    assert found.uniform is not None
    assert 0.005 < found.uniform.r2_change < 0.1


def test_planted_nonuniform_dif_is_found_as_such() -> None:
    """An item that tells people apart twice as well in one group, no easier in the middle."""
    found = differential_item_functioning(*answered(2, tilt=1.5))
    uniform, nonuniform, either = p_values(found)
    assert nonuniform < 1e-6
    assert uniform > 0.01
    assert either < 1e-6


@pytest.mark.slow
def test_no_dif_is_not_found() -> None:
    """Of 100 samples without any, p is below .05 in about five, and not tiny in any (fixed seeds)."""
    ps = np.array([p_values(differential_item_functioning(*answered(seed, n=500))) for seed in range(100, 200)])
    # Four standard errors of a share of 100 at .05.
    assert ((ps < 0.05).mean(axis=0) <= 0.05 + 4 * 0.022).all()
    assert ps.min() > 1e-4
    assert ps.mean(axis=0) == pytest.approx([0.5] * 3, abs=4 * np.sqrt(1 / 1200))


def test_no_dif_has_no_tiny_p() -> None:
    """In eight samples without any (fixed seeds)."""
    assert min(p for seed in range(20, 28) for p in p_values(differential_item_functioning(*answered(seed)))) > 0.003


def test_groups_of_another_level_are_no_dif() -> None:
    """A group that is better off altogether answers higher, and as its score says."""
    answers, score, group = answered(4, n=1200)
    keep = (group == "g0") | (score > -0.3)
    uniform, nonuniform, _ = p_values(differential_item_functioning(answers[keep], score[keep], group[keep]))
    assert min(uniform, nonuniform) > 0.01


def test_the_models_equal_statsmodels() -> None:
    """Log likelihoods and so the tests, of the three models by OrderedModel, with three groups."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    answers, score, group = answered(6, shift=0.4, groups=3)
    found = differential_item_functioning(answers, score, group)
    members = np.column_stack([group == "g1", group == "g2"]).astype(float)
    own = score.to_numpy()[:, None]
    nested = (own, np.hstack([own, members]), np.hstack([own, members, own * members]))
    fits = [
        OrderedModel(answers.to_numpy(), x, distr="logit").fit(method="bfgs", disp=False, gtol=1e-6).llf for x in nested
    ]
    assert found.uniform is not None
    assert found.nonuniform is not None
    assert found.either is not None
    assert (found.uniform.df, found.nonuniform.df, found.either.df) == (2, 2, 4)
    # Differences of log likelihoods of a thousand, where their optimiser stops.
    assert found.uniform.statistic == pytest.approx(2 * (fits[1] - fits[0]), abs=1e-5)
    assert found.nonuniform.statistic == pytest.approx(2 * (fits[2] - fits[1]), abs=1e-5)
    n, nothing = 900, float(np.sum([k * np.log(k / 900) for k in answers.value_counts()]))
    r2 = [(1 - np.exp(2 * (nothing - fit) / n)) / (1 - np.exp(2 * nothing / n)) for fit in fits]
    assert found.uniform.r2_change == pytest.approx(r2[1] - r2[0], abs=1e-7)
    assert found.either.r2_change == pytest.approx(r2[2] - r2[0], abs=1e-7)
    assert found.either.p == pytest.approx(float(stats.chi2.sf(found.either.statistic, 4)), rel=1e-12)


def test_a_yes_or_no_item_is_logistic_regression() -> None:
    """With two answers the model is the binary one, fitted by statsmodels to the last digits."""
    from statsmodels.discrete.discrete_model import Logit

    answers, score, _ = answered(8)
    yes = (answers >= 2).to_numpy()
    theirs = Logit(yes.astype(float), np.column_stack([np.ones(900), score])).fit(disp=False)
    assert _proportional_odds(yes.astype("int64"), score.to_numpy()[:, None]) == pytest.approx(theirs.llf, rel=1e-10)


def test_slope_and_curvature_are_the_derivatives() -> None:
    """The likelihood's derivatives against differences of itself."""
    answers, score, group = answered(9, n=60)
    model = _CumulativeLogit(answers.to_numpy(dtype="int64"), np.column_stack([score, (group == "g1").astype(float)]))
    x = np.array([-2, -1, 0.3, 1.8, 0.7, -0.4])
    assert model.slope(x) == pytest.approx(optimize.approx_fprime(x, model.loss, 1e-7), rel=1e-4, abs=1e-4)
    rows = [optimize.approx_fprime(x, lambda v, i=i: model.slope(v)[i], 1e-7) for i in range(6)]
    np.testing.assert_allclose(model.curvature(x), rows, rtol=1e-5, atol=1e-5)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.floats(-40, 40), st.floats(0.01, 90))
def test_dif_knows_no_order_names_or_units(seed: int, zero: float, unit: float) -> None:
    """Rows in another order, groups by other names, scores in another unit, answers turned: the same tests."""
    answers, score, group = answered(seed, shift=0.3, n=450)
    rows = np.random.default_rng(seed).permutation(450)
    other = differential_item_functioning(
        10 - 3 * answers.iloc[rows], zero + unit * score.iloc[rows], group.iloc[rows].map({"g0": "z", "g1": "a"})
    )
    one = differential_item_functioning(answers, score, group)
    assert other.sizes == {"a": 225, "z": 225}
    for name in ("uniform", "nonuniform", "either"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.statistic == pytest.approx(theirs.statistic, rel=1e-6, abs=1e-8)
        assert mine.r2_change == pytest.approx(theirs.r2_change, rel=1e-6, abs=1e-10)


def test_small_groups_are_not_p_values() -> None:
    """199 complete cases in one group: the sizes, and why not. Who has no group, score or answer is in none."""
    answers, score, group = answered(10, n=403)
    answers[1] = score[3] = np.nan
    group[0], group[2] = "", pd.NA
    found = differential_item_functioning(answers, score, group)
    assert found == DifferentialItemFunctioning(n=399, sizes={"g0": 200, "g1": 199}, reason=SMALL_GROUPS)


def test_what_cannot_be_tested_says_why() -> None:
    """No one, one group, no spread of answers or scores, a group that always says the most."""
    answers, score, group = answered(11)
    nobody = differential_item_functioning(answers[:0], score[:0], group[:0])
    assert (nobody.n, nobody.sizes, nobody.reason) == (0, {}, ALONE)
    assert differential_item_functioning(answers, score, group.str[:1]).reason == ALONE
    assert differential_item_functioning(answers * 0, score, group).reason == NO_SPREAD
    assert differential_item_functioning(answers, score * 0, group).reason == NO_SPREAD
    always = answers.where(group == "g0", 4.0)
    assert differential_item_functioning(always, score, group).reason == SEPARATED
    told = pd.Series(np.digitize(score, [-1, 0, 1]).astype(float))
    assert differential_item_functioning(told, score, group).reason == SEPARATED
    with pytest.raises(ValueError, match="the answers, the scores and the groups are not of the same people"):
        differential_item_functioning(answers, score[:5], group)
