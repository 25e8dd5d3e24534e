"""Two arms side by side: every estimator's figure, who is left out, and what the design is said to carry."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.balancing import FEW_PERSONS, NO_WEIGHTS, SEPARATED
from analysis.change import FEW_GROUPS
from analysis.comparison import (
    ADJUSTED,
    ADJUSTED_FEW_GROUPS,
    ANCOVA,
    AT_EQUAL_STARTS,
    ATE,
    ATO,
    ATT,
    BALANCED,
    CHANGES,
    FEW_PAIRS,
    LITTLE_OVERLAP,
    MATCHED,
    MEANS,
    NO_BASELINE,
    NOTHING_AT_START,
    OBSERVED,
    ONE_GROUP_IN_ARM,
    SOME_UNMATCHED,
    TRIAL,
    TRIAL_FEW_GROUPS,
    UNBALANCED,
    UNKNOWN_START,
    UNLIKE_PAIRS,
    UNMEASURED,
    WEIGHTED,
    Comparison,
    Difference,
    compare,
    e_value,
)
from analysis.regression import ALONE, NO_SPREAD, ols
from tests.analysis.test_balancing import MAIN
from tests.analysis.test_regression import Load, beside_cps, experiment


def _arm(treated: Any) -> pd.Series:  # type: ignore[type-arg]
    return pd.Series(np.where(np.asarray(treated, dtype=bool), "intervention", "comparison"))


def row(found: Comparison, name: str) -> Difference:
    (one,) = (difference for difference in found.differences if difference.name == name)
    return one


def people(n: int = 200, *, seed: int = 1, lean: float = 0.5) -> dict[str, Any]:
    """Scores at the start and end, two more start values, groups of ten within an arm; the arm adds 5 points.

    `lean` says how much the start score decides the arm.
    """
    random = np.random.default_rng(seed)
    start = random.normal(50, 15, n)
    treated = random.random(n) < 1 / (1 + np.exp(-lean * (start - 50) / 15))
    index = [f"p_{k:04}" for k in range(n)]
    number = np.where(treated, np.cumsum(treated), np.cumsum(~treated)) // 10
    columns = {
        "outcome": 20 + 0.6 * start + 5 * treated + random.normal(0, 8, n),
        "baseline": start,
        "arm": np.where(treated, "intervention", "comparison"),
        "group": [f"{'i' if one else 'c'}{k}" for one, k in zip(treated, number, strict=True)],
    }
    covariates = pd.DataFrame({"age": random.integers(18, 64, n), "woman": random.random(n) < 0.5}, index=index)
    return {name: pd.Series(values, index=index) for name, values in columns.items()} | {"covariates": covariates}


def without(case: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: values for name, values in case.items() if name not in names}


# --- figures ---------------------------------------------------------------------------------------------------------


def test_the_rows_equal_r(reference: Load) -> None:
    """The programme beside the survey: naive, of changes, overlap weights, entropy balancing, tests/reference/nsw.json."""
    data, expected = beside_cps(), reference("nsw")
    covariates = data[[name for name in MAIN if name != "re75"]]
    found = compare(data["re78"], _arm(data["treat"]), randomised=False, baseline=data["re75"], covariates=covariates)
    assert (found.n, found.groups, found.incomplete, found.redundant) == ((185, 15992), None, 0, ())
    for name, key in ((MEANS, expected["obs_naive_CPS"]["HC2"]), (CHANGES, expected["obs_did_7578"])):
        assert row(found, name).estimate == pytest.approx(key["est"], rel=1e-8)
        assert row(found, name).interval == pytest.approx(key["ci"], rel=1e-8)
    weighted, even = row(found, WEIGHTED), row(found, BALANCED)
    assert weighted.estimate == pytest.approx(expected["overlap_ATO_main"]["est"], rel=1e-8)
    assert weighted.imbalance < 1e-13  # type: ignore[operator]
    assert even.estimate == pytest.approx(expected["entropy_balance_ATT"]["est"], rel=1e-8)
    assert even.effective == pytest.approx((185, expected["entropy_balance_ATT"]["ess_c"]), rel=1e-8)
    assert row(found, MATCHED).n == (185, 185)
    assert found.carries == ADJUSTED


def test_a_trial_equals_r(reference: Load) -> None:
    """The experiment: what the programme did to earnings, and to having any (risk ratio and E-value)."""
    data, expected = experiment(), reference("nsw")
    found = compare(data["re78"], _arm(data["treat"]), randomised=True)
    assert row(found, MEANS).estimate == pytest.approx(expected["experimental_DW445"]["HC2"]["est"], rel=1e-8)
    assert row(found, MEANS).interval == pytest.approx(expected["experimental_DW445"]["HC2"]["ci"], rel=1e-8)
    assert (found.carries, found.e_value) == (TRIAL, None)
    earns, figures = (data["re78"] > 0) * 1, expected["nsw_employed78"]
    work = compare(earns, _arm(data["treat"]), randomised=True)
    assert row(work, MEANS).estimate == pytest.approx(figures["rd"], rel=1e-8)
    assert work.e_value is not None
    assert work.e_value.ratio == pytest.approx(figures["rr"], rel=1e-8)
    assert work.e_value.estimate == pytest.approx(figures["E_value"], rel=1e-8)


def test_e_values_of_the_paper() -> None:
    """VanderWeele and Ding (2017): a risk ratio of 3.9 (1.8 to 8.7) has 7.26 and 3.0."""
    found = e_value(3.9, (1.8, 8.7))
    assert found.estimate == pytest.approx(7.26, abs=0.005)
    assert found.limit == pytest.approx(3.0, abs=0.005)
    assert e_value(1.2, (0.9, 1.6)).limit == 1
    assert e_value(1).estimate == 1
    with pytest.raises(ValueError, match="above 0"):
        e_value(0)


@given(st.floats(0.01, 100), st.floats(1.001, 5))
def test_e_values_do_not_care_which_arm_is_first(ratio: float, width: float) -> None:
    """A ratio and its inverse have one E-value, and so have the ends of their intervals; the end never has more."""
    one = e_value(ratio, (ratio / width, ratio * width))
    other = e_value(1 / ratio, (1 / ratio / width, 1 / ratio * width))
    assert one.estimate == pytest.approx(other.estimate)
    assert one.limit == pytest.approx(other.limit)
    assert one.estimate >= one.limit >= 1  # type: ignore[operator]


def test_groups_make_the_variance() -> None:
    """With groups, least squares has CR2, weights sum by group, and matched pairs have CR2 too."""
    case = people()
    found = compare(**case, randomised=False)
    design = np.column_stack(
        [np.ones(200), case["baseline"], case["covariates"].astype(float), case["arm"] == "intervention"]
    )
    expected = ols(case["outcome"], design, [*"abcde"], variance="CR2", cluster=case["group"]).coefficients["e"]
    ancova = row(found, ANCOVA)
    assert (ancova.estimate, ancova.se, ancova.df) == pytest.approx((expected.estimate, expected.se, expected.df))
    assert row(found, WEIGHTED).df == sum(found.groups or ()) - 2
    assert "CR2" in row(found, MATCHED).method
    alone = compare(**without(case, "group"), randomised=False)
    for one, other in zip(found.differences, alone.differences, strict=True):
        assert one.estimate == pytest.approx(other.estimate)
        assert one.se != pytest.approx(other.se, rel=1e-6)
    assert alone.groups is None
    assert "HC2" in row(alone, ANCOVA).method


def test_estimands_are_named() -> None:
    """Only a trial gives the average over everybody by plain differences."""
    case = without(people(), "group")
    plain, trial = (compare(**case, randomised=randomised) for randomised in (False, True))
    assert [one.estimand for one in plain.differences] == [OBSERVED, AT_EQUAL_STARTS, ATT, ATO, ATT, ATT]
    assert [one.estimand for one in trial.differences] == [ATE, ATE, ATE, ATO, ATT, ATT]
    assert [one.name for one in plain.differences] == [MEANS, ANCOVA, CHANGES, WEIGHTED, BALANCED, MATCHED]


def test_every_estimator_finds_what_was_put_in() -> None:
    """Five points, within three standard errors, where the start is taken into account; plain means are far off."""
    found = compare(**without(people(2000, lean=1.5), "group"), randomised=False)
    assert row(found, MEANS).interval[0] > 5  # type: ignore[index]
    for name in (ANCOVA, WEIGHTED, BALANCED):
        one = row(found, name)
        assert one.estimate == pytest.approx(5, abs=3 * one.se)  # type: ignore[operator]
    assert row(found, MATCHED).reason == UNLIKE_PAIRS


def test_order_and_units_do_not_matter() -> None:
    """Rows in any order and outcome on any scale, ties among propensities and all."""
    case = people()
    case["covariates"] = case["covariates"][["woman"]]
    case["baseline"] = case["baseline"].round(-1)
    order = np.random.default_rng(2).permutation(200)
    moved = {name: values.iloc[order] for name, values in case.items()}
    one, other = compare(**case, randomised=False), compare(**moved, randomised=False)
    for plain, shuffled in zip(one.differences, other.differences, strict=True):
        assert shuffled.estimate == pytest.approx(plain.estimate, rel=1e-9)
        assert shuffled.se == pytest.approx(plain.se, rel=1e-9)
        assert shuffled.reason == plain.reason
    doubled = compare(**{**case, "outcome": -2 * case["outcome"]}, randomised=False)
    for name in (MEANS, ANCOVA, WEIGHTED, BALANCED, MATCHED):
        assert row(doubled, name).estimate == pytest.approx(-2 * row(one, name).estimate)  # type: ignore[operator]


def test_nothing_given_is_changed() -> None:
    """The columns are as they were."""
    case = people(60)
    before = {name: values.copy() for name, values in case.items()}
    compare(**case, randomised=False)
    for name, values in before.items():
        assert case[name].equals(values)


# --- who is left out -------------------------------------------------------------------------------------------------


def test_persons_in_both_arms_are_left_out() -> None:
    """All their participations, by id and number; who comes twice in one arm stays, as one cluster."""
    case = without(people(), "group")
    person = pd.Series([f"k_{n:04}" for n in range(200)], index=case["arm"].index)
    first = {arm: case["arm"].index[case["arm"] == arm] for arm in ("intervention", "comparison")}
    person[first["intervention"][0]] = person[first["comparison"][0]] = "k_both"
    person[first["intervention"][1]] = person[first["comparison"][1]] = "k_again"
    person[first["intervention"][2]] = person[first["intervention"][3]] = "k_twice"
    found = compare(**case, randomised=False, person=person)
    assert found.crossovers == ("k_again", "k_both")
    assert sum(found.n) == 196
    stayed = {name: values[~person.isin(found.crossovers)] for name, values in case.items()}
    alone = compare(**stayed, randomised=False)
    assert row(found, MEANS).estimate == pytest.approx(row(alone, MEANS).estimate)
    assert "CR2" in row(found, MEANS).method
    assert "HC2" in row(alone, MEANS).method
    assert found.groups is None
    nobody = compare(**case, randomised=False, person=pd.Series("", index=person.index))
    assert nobody.crossovers == ()
    assert sum(nobody.n) == 200


def test_rows_that_lack_something_are_left_out_of_every_estimator() -> None:
    """An outcome, a baseline or a covariate; the number is told."""
    case = without(people(), "group")
    case["outcome"].iloc[0] = np.nan
    case["baseline"].iloc[1] = np.nan
    case["covariates"] = case["covariates"].astype("Float64")
    case["covariates"].iloc[2, 0] = pd.NA
    found = compare(**case, randomised=False)
    assert found.incomplete == 3
    assert sum(found.n) == 197
    assert all(one.n == found.n for one in found.differences if one.name != MATCHED)
    dropped = compare(**{name: values.iloc[3:] for name, values in case.items()}, randomised=False)
    assert row(found, ANCOVA).estimate == pytest.approx(row(dropped, ANCOVA).estimate)


def test_start_values_that_say_nothing_more_are_left_out() -> None:
    """Constants and mixes of others: named, and the figures are those without them."""
    case = without(people(), "group")
    more = case["covariates"].assign(man=~case["covariates"]["woman"], here=1, twice=2 * case["baseline"] + 1)
    found = compare(**{**case, "covariates": more}, randomised=False)
    assert found.redundant == ("man", "here", "twice")
    plain = compare(**case, randomised=False)
    assert dataclasses.replace(found, redundant=()) == plain


def test_material_that_cannot_be_compared() -> None:
    """An arm of another name, none, nobody in an arm, words for numbers."""
    case = without(people(20), "group")
    with pytest.raises(
        AnalysisError, match="^The arm is 'intervention' or 'comparison', not 'control'. Say which one it is.$"
    ):
        compare(**{**case, "arm": case["arm"].replace("comparison", "control")}, randomised=False)
    with pytest.raises(AnalysisError, match="not 'nan'"):
        compare(**{**case, "arm": case["arm"].where(case["arm"] == "comparison")}, randomised=False)
    only = case["outcome"].where(case["arm"] == "comparison")
    with pytest.raises(AnalysisError, match="^Nobody in the intervention arm has an outcome and all start values. "):
        compare(**{**case, "outcome": only}, randomised=False)
    with pytest.raises(AnalysisError, match="^'town' holds words. Make a column of 0 and 1 for each of its values.$"):
        compare(**{**case, "covariates": case["covariates"].assign(town="here")}, randomised=False)
    with pytest.raises(AnalysisError, match="Nobody in the intervention arm"):
        compare(pd.Series([], dtype=float), pd.Series([], dtype=str), randomised=False)


# --- reasons ---------------------------------------------------------------------------------------------------------


def test_without_start_values_the_means_alone_are_there() -> None:
    """Each other estimator says why it is not."""
    found = compare(**without(people(), "group", "baseline", "covariates"), randomised=False)
    assert [one.reason for one in found.differences] == [None, NOTHING_AT_START, NO_BASELINE, *[NOTHING_AT_START] * 3]
    assert [one.estimate is None for one in found.differences] == [False, *[True] * 5]
    assert row(found, MEANS).imbalance is None


def test_separated_arms() -> None:
    """Nobody is like those in the other arm: no propensity, no pairs, no weights; the plain figures remain."""
    case = without(people(), "group", "covariates")
    case["arm"] = pd.Series(np.where(case["baseline"] > 50, "intervention", "comparison"), index=case["arm"].index)
    found = compare(**case, randomised=False)
    reasons = [row(found, name).reason for name in (WEIGHTED, BALANCED, MATCHED)]
    assert reasons == [SEPARATED, NO_WEIGHTS, SEPARATED]
    assert row(found, ANCOVA).estimate is not None
    assert found.carries == UNBALANCED
    itself = case["arm"].to_frame("arm") == "intervention"
    assert row(compare(**case, covariates=itself, randomised=False), ANCOVA).reason == SEPARATED


@pytest.mark.parametrize("each", [1, 2, 3, 10])
@pytest.mark.parametrize("outcome", [[3.0], [0.0, 1.0, 1.0], [1.0, 5.0]])
def test_few_persons_give_reasons_and_no_warnings(each: int, outcome: list[float]) -> None:
    """One, two, three, ten in each arm; equal outcomes; nothing is ever NaN or infinite."""
    start = pd.Series(np.tile([1.0, 2, 2, 5, 3, 1], each)[: 2 * each])
    arm = pd.Series(np.tile(["intervention", "comparison"], each))
    found = compare(pd.Series(np.resize(outcome, 2 * each)), arm, randomised=False, baseline=start)
    for one in found.differences:
        assert one.estimate is not None or one.reason
        assert one.interval is not None or one.reason
        values = [one.estimate, one.se, one.df, one.imbalance, *(one.interval or ()), *(one.effective or ())]
        assert all(np.isfinite(value) for value in values if value is not None)
    if outcome == [3.0]:
        assert row(found, MEANS).reason == (ALONE if each == 1 else NO_SPREAD)
        assert found.e_value is None


def test_cautions_come_with_the_figure() -> None:
    """Few pairs, intervention persons without a pair, few persons behind weights, few groups."""
    few = compare(
        pd.Series([3, 1, 4, 1, 5, 9]), _arm([1, 0] * 3), randomised=False, baseline=pd.Series([1, 1, 2, 2, 6, 6])
    )
    assert (row(few, MATCHED).imbalance, row(few, MATCHED).reason) == (0, FEW_PAIRS)
    assert row(few, WEIGHTED).reason == FEW_PERSONS
    arm, start = _arm([1] * 30 + [0] * 27), pd.Series(np.tile([1.0, 2, 3], 19))
    outcome = pd.Series(np.random.default_rng(1).normal(size=57))
    found = compare(outcome, arm, randomised=False, baseline=start)
    assert (found.n, row(found, MATCHED).n) == ((30, 27), (27, 27))
    assert row(found, MATCHED).reason == SOME_UNMATCHED
    grouped = compare(**people(60), randomised=False)
    assert {one.reason for one in grouped.differences if one.name != MATCHED} == {FEW_GROUPS}


def test_risk_ratios_need_both_shares() -> None:
    """Nobody employed in an arm: no ratio; an outcome that is not 0 or 1: none either."""
    arm = _arm([1, 1, 1, 0, 0, 0])
    assert compare(pd.Series([1, 0, 1, 0, 0, 0]), arm, randomised=False).e_value is None
    assert compare(pd.Series([1, 0, 2, 0, 1, 0]), arm, randomised=False).e_value is None
    found = compare(pd.Series([1, 0, 1, 0, 1, 0]), arm, randomised=False).e_value
    assert found is not None
    assert found.ratio == pytest.approx(2)


# --- what the design carries -----------------------------------------------------------------------------------------


def test_what_the_design_carries() -> None:
    """Allocation, groups, baseline, balance and overlap, the first that fails deciding."""
    many, some = people(600), people(120)
    assert compare(**many, randomised=True).carries == TRIAL
    assert compare(**some, randomised=True).carries == TRIAL_FEW_GROUPS
    assert compare(**many, randomised=False).carries == ADJUSTED
    assert compare(**some, randomised=False).carries == ADJUSTED_FEW_GROUPS
    assert compare(**without(some, "group"), randomised=False).carries == ADJUSTED
    assert compare(**without(many, "baseline"), randomised=False).carries == UNMEASURED
    assert compare(**without(people(40), "group"), randomised=False).carries == LITTLE_OVERLAP
    nobody_works = {**without(many, "covariates"), "baseline": 0 * many["baseline"]}
    assert compare(**nobody_works, randomised=False).carries == UNKNOWN_START
    one = some["group"].where(some["arm"] == "comparison", "only")
    for randomised in (True, False):
        found = compare(**{**some, "group": one}, randomised=randomised)
        assert found.carries == ONE_GROUP_IN_ARM
        assert found.groups is not None
        assert found.groups[0] == 1
        assert {difference.interval for difference in found.differences} == {None}


def test_only_what_carries_it_claims_an_effect() -> None:
    """Every other sentence says that the difference is none, or that it can hardly be told."""
    for sentence in (ONE_GROUP_IN_ARM, UNMEASURED, UNKNOWN_START, UNBALANCED, LITTLE_OVERLAP):
        assert "is not" in sentence
    for sentence in (TRIAL_FEW_GROUPS, ADJUSTED_FEW_GROUPS):
        assert "hardly" in sentence
    assert "only if" in ADJUSTED
