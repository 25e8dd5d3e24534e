"""Plans: against R, statsmodels, the project's own estimators on data, and simulated rounds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from analysis.change import ChangeSummary, Grouped, MeanChange, mean_change, uncertainty
from analysis.disclosure import Policy
from analysis.multiplicity import holm
from analysis.planning import (
    BEYOND,
    FEW_GROUPS,
    LOSS,
    NO_EFFECT,
    NO_FREEDOM,
    NOT_RANDOM,
    NOT_SHOWN,
    RARE,
    SHOWN_CLUSTERS,
    SHOWN_MEAN,
    STRICTEST,
    UNREACHABLE,
    Aim,
    Arm,
    Figure,
    Outlook,
    Side,
    Sides,
    adjusted_sd,
    change_sd,
    expected_spread,
    needed,
    noncentrality_of,
    observed_correlation,
    outlook,
    share_sd,
    t_power,
)
from analysis.regression import Estimate, ols

SD, R = 20.0, 0.6


def alone(people: int) -> Sides:
    return Sides(intervention=Side(groups=people))


# --- power and numbers -----------------------------------------------------------------------------------------------


def test_numbers_equal_r() -> None:
    """R's power.t.test, its help page's examples and a paired one: n = 20, d = 1: 0.8689528; power 0.9, d = 1: 22.02;
    paired, d = 0.5, power 0.8: 33.37, so 34 pairs. R leaves the far tail out."""
    two = outlook(Aim(figure="shares", sds=(1.0, 1.0), size=1.0), (Arm(groups=20), Arm(groups=20)))
    assert two.power == pytest.approx(0.8689528, abs=3e-7)
    each = needed(
        Aim(figure="shares", sds=(1.0, 1.0), size=1.0, power=0.9), Sides(intervention=Side(), comparison=Side())
    )
    assert each.steps == 23
    paired = needed(Aim(figure="change", sds=(1.0,), size=0.5), Sides(intervention=Side()))
    assert paired.steps == 34
    assert t_power(0.5 * math.sqrt(33.36713), 32.36713, 0.05) == pytest.approx(0.8, abs=1e-7)


@pytest.mark.parametrize("n", [3, 8, 30, 60])
@pytest.mark.parametrize("d", [0.05, 0.4, 0.7])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_power_equals_statsmodels(n: int, d: float, alpha: float) -> None:
    """Of people who come alone and all answer: one sample, and two of unequal size."""
    one = outlook(Aim(figure="change", sds=(SD,), size=d * SD, alpha=alpha), (Arm(groups=n),))
    assert one.power == pytest.approx(TTestPower().power(d, n, alpha), rel=1e-8)
    two = outlook(Aim(figure="shares", sds=(SD, SD), size=d * SD, alpha=alpha), (Arm(groups=n), Arm(groups=2 * n)))
    assert two.power == pytest.approx(TTestIndPower().power(d, n, alpha, ratio=2), rel=1e-8)


@pytest.mark.parametrize(("groups", "size", "icc"), [(5, 12, 0.1), (12, 8, 0.05), (30, 20, 0.3), (8, 4, 0.0)])
def test_groups_of_one_size_are_tested_by_their_means(groups: int, size: int, icc: float) -> None:
    """Their means are independent with the variance sd^2 (ICC + (1 - ICC)/n): the power is that of so many values."""
    arm = Arm(groups=groups, size=size, icc=icc)
    found = outlook(Aim(figure="change", sds=(SD,), size=6.0), (arm,))
    spread = SD * math.sqrt(icc + (1 - icc) / size)
    assert found.power == pytest.approx(TTestPower().power(6 / spread, groups, 0.05), rel=1e-8)
    assert found.df == pytest.approx(groups - 1)
    assert found.se == pytest.approx(spread / math.sqrt(groups))


def test_no_true_figure_is_told_as_often_as_the_level_says() -> None:
    """At 0 exactly, and next to it."""
    for df in (1.0, 7.3, 200.0):
        assert t_power(0.0, df, 0.05) == 0.05
        assert t_power(1e-4, df, 0.05) == pytest.approx(0.05, abs=1e-6)


@given(st.floats(1, 1e4), st.floats(0.001, 0.2), st.floats(0.5, 0.999))
def test_a_noncentrality_has_the_power_it_is_asked_for(df: float, alpha: float, power: float) -> None:
    """And a larger one has more; both tails are in it, as scipy's noncentral t has them."""
    far = noncentrality_of(power, df, alpha)
    limit = stats.t.ppf(1 - alpha / 2, df)
    assert t_power(far, df, alpha) == pytest.approx(power, abs=1e-9)
    assert t_power(far * 1.1, df, alpha) > power
    if far < 5:
        # Farther out scipy may give no number for the other tail.
        tails = stats.nct.sf(limit, df, far) + stats.nct.cdf(-limit, df, far)
        assert tails == pytest.approx(power, abs=1e-6)


def test_the_smallest_size_has_the_power_of_the_aim() -> None:
    """What is told with 90 % is told in 90 of 100 rounds; with more figures tested it must be larger."""
    arms = (Arm(groups=9, size=11, kept=0.7, icc=0.04),)
    smallest = outlook(Aim(figure="change", sds=(SD,), power=0.9), arms).smallest
    assert smallest is not None
    assert outlook(Aim(figure="change", sds=(SD,), size=smallest), arms).power == pytest.approx(0.9)
    of_four = outlook(Aim(figure="change", sds=(SD,), power=0.9, tests=4), arms)
    assert of_four.smallest is not None and of_four.smallest > smallest
    one_level = outlook(Aim(figure="change", sds=(SD,), power=0.9, alpha=0.0125), arms)
    assert of_four.smallest == pytest.approx(one_level.smallest)
    assert of_four.half_width == outlook(Aim(figure="change", sds=(SD,), power=0.9), arms).half_width


# --- degrees of freedom and sizes of groups, beside those of the estimators -------------------------------------------


def test_degrees_of_freedom_are_those_of_the_mean_change() -> None:
    """Equal groups: those of CR2 exactly. Sizes that vary: nearly the average over many draws."""
    values, labels = np.arange(60.0), np.repeat(np.arange(6), 10).astype(str)
    found = uncertainty(Grouped.of(pd.Series(values), pd.Series(labels)), float(values.mean()))
    assert found is not None and found.df == pytest.approx(Arm(groups=6, size=10).df)
    rng, drawn = np.random.default_rng(3), []
    for _ in range(200):
        sizes = rng.binomial(np.maximum(np.round(rng.gamma(4, 3, 15)).astype(int), 1), 0.7)
        names = pd.Series(np.repeat(np.arange(15), sizes).astype(str))
        one = uncertainty(Grouped.of(pd.Series(rng.normal(size=len(names))), names), 0.0)
        drawn.append(np.nan if one is None else one.df)
    assert Arm(groups=15, size=12, kept=0.7, variation=0.5).df == pytest.approx(np.mean(drawn), rel=0.05)


@pytest.mark.parametrize("arms", [(6, 10, 6, 10), (8, 5, 4, 12), (5, 9, 40, 1)])
def test_degrees_of_freedom_are_those_of_the_difference(arms: tuple[int, int, int, int]) -> None:
    """Groups in both arms or in one: those of CR2 on the arm, exactly where all have one size."""
    k1, n1, k2, n2 = arms
    cluster = np.concatenate([np.repeat(np.arange(k1), n1), k1 + np.repeat(np.arange(k2), n2)]).astype(str)
    arm = np.repeat([1.0, 0.0], [k1 * n1, k2 * n2])
    y = np.random.default_rng(1).normal(size=len(arm))
    fit = ols(y, np.column_stack([np.ones(len(arm)), arm]), ["", "arm"], variance="CR2", cluster=cluster)
    planned = outlook(Aim(figure="difference", sds=(1.0, 1.0)), (Arm(groups=k1, size=n1), Arm(groups=k2, size=n2)))
    assert planned.df == pytest.approx(fit.coefficients["arm"].df, rel=1e-8)


def test_without_groups_they_are_rows_less_coefficients() -> None:
    """As HC2 takes them: intercept, arm and the start score."""
    arms = (Arm(groups=30), Arm(groups=40))
    assert outlook(Aim(figure="difference", sds=(1.0, 1.0)), arms).df == 67
    assert outlook(Aim(figure="shares", sds=(0.5, 0.5)), arms).df == 68


def test_company_is_what_random_loss_leaves() -> None:
    """E sum(m^2) / E sum(m) over groups of which each person stays with probability 0.6, worked out from the binomial."""
    sizes = np.array([4, 9, 11, 20])
    arm = Arm(groups=4, size=float(sizes.mean()), kept=0.6, variation=float(sizes.std() / sizes.mean()))
    squares = sum(float(stats.binom.expect(lambda m: m**2, args=(n, 0.6))) for n in sizes)
    assert arm.company == pytest.approx(squares / (0.6 * sizes.sum()), rel=1e-10)
    assert arm.answered == pytest.approx(0.6 * 44)
    assert arm.design_effect == 1 + (arm.company - 1) * arm.icc == 1.0


def test_who_comes_alone_has_no_design_effect() -> None:
    """However alike people of a group are; the degrees of freedom are those who answer less one."""
    arm = Arm(groups=80, kept=0.5, icc=0.3)
    assert (arm.design_effect, arm.df, arm.grouped) == (1.0, 39.0, False)


# --- spreads ---------------------------------------------------------------------------------------------------------


def test_error_of_measurement_lowers_the_correlation_and_widens_change() -> None:
    """200,000 people whose true scores correlate 0.75, measured with reliability 0.8: within four standard errors."""
    rng, n = np.random.default_rng(8), 200_000
    true = SD * math.sqrt(0.8) * rng.multivariate_normal([0, 0], [[1, 0.75], [0.75, 1]], n)
    start, end = (true + SD * math.sqrt(0.2) * rng.normal(size=(n, 2))).T
    r = observed_correlation(0.75, 0.8)
    assert np.corrcoef(start, end)[0, 1] == pytest.approx(r, abs=4 * (1 - r**2) / math.sqrt(n))
    assert (end - start).std() == pytest.approx(change_sd(SD, r), rel=4 / math.sqrt(2 * n))
    left = end - np.polyval(np.polyfit(start, end, 1), start)
    assert left.std() == pytest.approx(adjusted_sd(SD, r), rel=4 / math.sqrt(2 * n))
    assert change_sd(SD, observed_correlation(0.75, 0.6)) > change_sd(SD, r)
    assert share_sd(0.2) == pytest.approx(0.4)


def test_an_estimated_spread_is_a_little_small() -> None:
    """The mean of chi by the root of its degrees of freedom."""
    for df in (1.0, 4.5, 60.0):
        assert expected_spread(df) == pytest.approx(stats.chi.mean(df) / math.sqrt(df), rel=1e-10)


# --- how many are needed ---------------------------------------------------------------------------------------------

ICCS = st.floats(0, 0.4)
KEPT = st.floats(0.2, 1)


@settings(max_examples=40)
@given(st.integers(1, 30), ICCS, KEPT, st.floats(2, 15), st.floats(0.3, 3))
def test_one_group_less_is_not_enough(size: int, icc: float, kept: float, points: float, ratio: float) -> None:
    """The number of groups that is needed reaches the power, and one less does not; the same of the interval."""
    side = Side(size=size, kept=kept, icc=icc)
    plans: tuple[tuple[Sides, Figure, tuple[float, ...]], ...] = (
        (Sides(intervention=side), "change", (SD,)),
        (Sides(intervention=side, comparison=side, ratio=ratio), "difference", (SD, SD)),
    )
    for sides, figure, sds in plans:
        powerful = needed(Aim(figure=figure, sds=sds, size=points), sides)
        assert powerful.steps is not None and powerful.outlook.power is not None and powerful.outlook.power >= 0.8
        fewer = outlook(Aim(figure=figure, sds=sds, size=points), sides.steps(powerful.steps - 1))
        assert fewer.power is None or fewer.power < 0.8
        narrow = needed(Aim(figure=figure, sds=sds, half_width=points), sides)
        assert narrow.steps is not None and narrow.outlook.half_width is not None
        assert narrow.outlook.half_width <= points
        wider = outlook(Aim(figure=figure, sds=sds), sides.steps(narrow.steps - 1)).half_width
        assert wider is None or wider > points


@settings(max_examples=60)
@given(st.integers(2, 40), ICCS, KEPT, st.floats(2, 15))
def test_a_number_of_groups_is_enough_or_said_not_to_be(groups: int, icc: float, kept: float, points: float) -> None:
    """One in each group less is not enough; where none is, not even a million, and one group less than said neither."""
    aim, sides = (
        Aim(figure="change", sds=(SD,), size=points),
        Sides(intervention=Side(groups=groups, kept=kept, icc=icc)),
    )
    found = needed(aim, sides)
    if found.steps is not None:
        assert found.outlook.power is not None and found.outlook.power >= 0.8
        fewer = outlook(aim, sides.steps(found.steps - 1)).power if found.steps > 1 else None
        assert fewer is None or fewer < 0.8
        return
    assert found.reasons[0] == UNREACHABLE and found.groups is not None and found.groups > groups
    assert found.outlook.power is None or found.outlook.power < 0.8
    for number, enough in ((found.groups, True), (found.groups - 1, False)):
        many = outlook(aim, (Arm(groups=number, size=1e6, kept=kept, icc=icc),)).power
        assert (many is not None and many >= 0.8) == enough


def test_people_who_change_as_one_need_as_many_groups_as_people() -> None:
    """ICC 1: a group counts as one person, so 34 groups for half a standard deviation, whatever their size."""
    found = needed(Aim(figure="change", sds=(1.0,), size=0.5), Sides(intervention=Side(groups=10, icc=1.0)))
    assert (found.steps, found.groups, found.reasons[:2]) == (None, 34, (UNREACHABLE, NO_EFFECT))
    two = Sides(intervention=Side(groups=10, icc=1.0), comparison=Side(groups=5, icc=1.0))
    both = needed(Aim(figure="shares", sds=(1.0, 1.0), size=1.0), two)
    assert both.steps is None and both.groups is not None
    arms = (Arm(groups=both.groups, size=1e6, icc=1.0), Arm(groups=math.ceil(both.groups / 2), size=1e6, icc=1.0))
    power = outlook(Aim(figure="shares", sds=(1.0, 1.0), size=1.0), arms).power
    assert power is not None and 0.8 <= power < 0.87


def test_a_comparison_follows_its_ratio() -> None:
    """Two to the comparison for each one to the intervention, in whole groups of no more than their size."""
    sides = Sides(intervention=Side(size=12), comparison=Side(size=10), ratio=2.0)
    first, second = sides.steps(7)
    assert (first.groups, first.invited) == (7, 84)
    assert (second.groups, second.invited) == (17, 168)
    assert 9 < second.size <= 10
    fixed = Sides(intervention=Side(groups=6), comparison=Side(groups=3), ratio=0.5).steps(8)
    assert [(arm.groups, arm.size) for arm in fixed] == [(6, 8), (3, 8)]


def test_what_nobody_plans_is_said() -> None:
    """More than a million groups."""
    found = needed(Aim(figure="change", sds=(SD,), size=0.001), Sides(intervention=Side(size=12)))
    assert (found.steps, found.groups, found.reasons[0]) == (None, None, BEYOND)


# --- cautions and errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aim", "arms", "reasons"),
    [
        (Aim(figure="change", sds=(SD,)), (Arm(groups=8, size=12),), (NO_EFFECT,)),
        (Aim(figure="change", sds=(SD,), tests=3), (Arm(groups=7, size=12, kept=0.9),), (NO_EFFECT, FEW_GROUPS, LOSS, STRICTEST)),
        (Aim(figure="change", sds=(SD,)), (Arm(groups=9),), (NO_EFFECT, NOT_SHOWN)),
        (Aim(figure="change", sds=(SD,)), (Arm(groups=2, size=40),), (NO_EFFECT, FEW_GROUPS, NOT_SHOWN)),
        (Aim(figure="change", sds=(SD,)), (Arm(groups=4, size=3),), (NO_EFFECT, FEW_GROUPS, NOT_SHOWN)),
        (Aim(figure="change", sds=(SD,)), (Arm(groups=1, size=40),), (NO_FREEDOM, NO_EFFECT, FEW_GROUPS, NOT_SHOWN)),
        (Aim(figure="difference", sds=(SD, SD)), (Arm(groups=9, size=4), Arm(groups=30)), (NOT_RANDOM,)),
        (Aim(figure="share", sds=(share_sd(0.9),)), (Arm(groups=80),), (RARE,)),
        (Aim(figure="share", sds=(share_sd(0.3),)), (Arm(groups=80),), ()),
        (Aim(figure="shares", sds=(share_sd(0.3), share_sd(0.1))), (Arm(groups=80), Arm(groups=80)), (NOT_RANDOM, RARE)),
    ],
)  # fmt: skip
def test_cautions(aim: Aim, arms: tuple[Arm, ...], reasons: tuple[str, ...]) -> None:
    """Each where it is due and nowhere else."""
    assert outlook(aim, arms).reasons == reasons


def test_one_group_tells_nothing() -> None:
    """No power, no interval, no size; a lone share has no size to tell either."""
    one = outlook(Aim(figure="change", sds=(SD,), size=5.0), (Arm(groups=1, size=40),))
    assert (one.power, one.smallest, one.half_width) == (None, None, None)
    two = outlook(Aim(figure="difference", sds=(SD, SD), size=5.0), (Arm(groups=1, size=40), Arm(groups=9, size=40)))
    assert (two.power, two.df) == (None, 0.0)
    share = outlook(Aim(figure="share", sds=(0.5,)), (Arm(groups=100),))
    assert share.smallest is None and share.half_width == pytest.approx(1.984217 * 0.05 * expected_spread(99), rel=1e-6)


def test_what_the_report_hides_is_what_its_policy_hides() -> None:
    """The numbers in the sentence are those of the policy."""
    policy = Policy()
    assert (policy.minimum_mean, policy.minimum_clusters) == (SHOWN_MEAN, SHOWN_CLUSTERS) == (10, 3)


def test_an_aim_that_cannot_be() -> None:
    """Each with what to mend."""
    for wrong, sentence in (
        ({"power": 0.05}, "Power must be above alpha, both between 0 and 1, and tests one or more: mend the aim."),
        ({"tests": 0}, "Power must be above alpha, both between 0 and 1, and tests one or more: mend the aim."),
        ({"sds": (1.0, 1.0)}, "Give a standard deviation above 0 for each arm."),
        ({"sds": (0.0,)}, "Give a standard deviation above 0 for each arm."),
        ({"size": -1.0}, "A size and a half-width are above 0: leave the sign out."),
    ):
        with pytest.raises(ValueError, match=f"^{sentence}$"):
            Aim(**{"figure": "change", "sds": (1.0,), **wrong})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="^Give a size to tell or a half-width to reach, so that there is something"):
        needed(Aim(figure="change", sds=(1.0,)), alone(10))


# --- checked by simulation -------------------------------------------------------------------------------------------

Round = Callable[[np.random.Generator], Estimate | MeanChange]


def drawn(arm: Arm, rng: np.random.Generator) -> np.ndarray:
    """The group of each person who answers: sizes by gamma where they vary, each person kept by chance."""
    sizes = np.full(arm.groups, round(arm.size))
    if arm.variation:
        sizes = np.maximum(np.round(rng.gamma(arm.variation**-2, arm.size * arm.variation**2, arm.groups)), 1).astype(
            int
        )
    everyone = np.repeat(np.arange(arm.groups), sizes)
    return everyone[rng.random(len(everyone)) < arm.kept]


def alike(group: np.ndarray, arm: Arm, sd: float, rng: np.random.Generator) -> np.ndarray:
    """Values with this standard deviation, of which the part `icc` of the variance is shared by a group."""
    shared = math.sqrt(arm.icc) * rng.normal(size=arm.groups)[group]
    return np.asarray(sd * (shared + math.sqrt(1 - arm.icc) * rng.normal(size=len(group))))


def change_of(arm: Arm, points: float) -> Round:
    """A round with a true mean change, as the report analyses it."""

    def one(rng: np.random.Generator) -> MeanChange:
        group = drawn(arm, rng)
        change = points + alike(group, arm, change_sd(SD, R), rng)
        start = 50 + SD * rng.normal(size=len(group))
        return mean_change(ChangeSummary.of(pd.Series(start), pd.Series(start + change), pd.Series(group).astype(str)))

    return one


def difference_of(arms: Sequence[Arm], points: float) -> Round:
    """A round of two arms that differ at equal start, analysed by covariance with CR2, without groups with HC2."""

    def one(rng: np.random.Generator) -> Estimate:
        groups = [drawn(arm, rng) for arm in arms]
        start = [alike(group, arm, SD, rng) for group, arm in zip(groups, arms, strict=True)]
        end = [
            R * x + alike(group, arm, adjusted_sd(SD, R), rng)
            for x, group, arm in zip(start, groups, arms, strict=True)
        ]
        end[0] = end[0] + points
        return fitted(np.concatenate(end), groups, arms, np.concatenate(start))

    return one


def shares_of(arms: Sequence[Arm], shares: tuple[float, float]) -> Round:
    """A round of two arms whose groups' own shares are beta with the ICC."""

    def one(rng: np.random.Generator) -> Estimate:
        groups, reached = [drawn(arm, rng) for arm in arms], []
        for group, arm, share in zip(groups, arms, shares, strict=True):
            weight = (1 - arm.icc) / arm.icc
            own = rng.beta(share * weight, (1 - share) * weight, arm.groups)
            reached.append((rng.random(len(group)) < own[group]).astype(float))
        return fitted(np.concatenate(reached), groups, arms)

    return one


def fitted(y: np.ndarray, groups: Sequence[np.ndarray], arms: Sequence[Arm], *start: np.ndarray) -> Estimate:
    arm = np.repeat([1.0, 0.0], [len(group) for group in groups])
    cluster = np.concatenate([groups[0], arms[0].groups + groups[1]]).astype(str)
    design = np.column_stack([np.ones(len(y)), *start, arm])
    names = [str(n) for n in range(design.shape[1])]
    in_groups = any(one.grouped for one in arms)
    fit = ols(y, design, names, variance="CR2", cluster=cluster) if in_groups else ols(y, design, names)
    return fit.coefficients[names[-1]]


def simulated(one: Round, rounds: int, seed: int) -> tuple[float, float]:
    """How often a round tells its figure from 0, and how far its interval reaches on average."""
    rng = np.random.default_rng(seed)
    intervals = np.array([one(rng).interval for _ in range(rounds)], dtype=float)
    told = (intervals[:, 0] > 0) | (intervals[:, 1] < 0)
    return float(told.mean()), float((intervals[:, 1] - intervals[:, 0]).mean() / 2)


def agrees(plan: Outlook, told: float, rounds: int) -> bool:
    """Whether a simulated power is the planned one, within three Monte Carlo standard errors."""
    assert plan.power is not None
    return abs(told - plan.power) <= 3 * math.sqrt(plan.power * (1 - plan.power) / rounds)


GROUPS = Arm(groups=10, size=12, kept=0.7, icc=0.1)


def planned_change(arm: Arm, points: float) -> Outlook:
    return outlook(Aim(figure="change", sds=(change_sd(SD, R),), size=points), (arm,))


def test_simulated_rounds_have_the_planned_power() -> None:
    """Ten groups, losses, 600 rounds by the report's own mean change; the interval is as wide as planned."""
    plan = planned_change(GROUPS, 8.0)
    told, reach = simulated(change_of(GROUPS, 8.0), 600, seed=5)
    assert agrees(plan, told, 600), (plan.power, told)
    assert plan.half_width == pytest.approx(reach, rel=0.03)


def test_a_plan_that_forgets_what_groups_share_is_seen() -> None:
    """The check above can fail: planned without the design effect, or with people as the degrees of freedom."""
    told, reach = simulated(change_of(GROUPS, 8.0), 600, seed=5)
    people = Arm(groups=10 * 12, kept=0.7)
    for wrong in (Arm(groups=10, size=12, kept=0.7), people, Arm(groups=10, size=12, icc=0.1)):
        plan = planned_change(wrong, 8.0)
        assert not agrees(plan, told, 600)
        assert plan.half_width is not None and plan.half_width < 0.95 * reach


def test_power_of_one_of_several_is_at_least_the_strictest_steps() -> None:
    """Four true changes by Holm, 2,000 rounds: each is told at least as often as planned; where one alone is true, as
    often and no more."""
    rng, n, rounds = np.random.default_rng(2), 40, 2000
    plan = outlook(Aim(figure="change", sds=(1.0,), size=0.55, tests=4), (Arm(groups=n),))
    assert plan.power is not None
    for true, most in (((0.55,) * 4, 1.0), ((0.55, 0.0, 0.0, 0.0), plan.power + 0.03)):
        values = rng.normal(size=(rounds, 4, n)) + np.array(true)[:, None]
        p = stats.ttest_1samp(values, 0, axis=2).pvalue
        told = float(np.mean([holm(row.tolist()).p[0] < 0.05 for row in p]))
        assert plan.power - 0.03 <= told <= most, (plan.power, told)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arm",
    [
        Arm(groups=20, size=12, kept=0.56, icc=0.05),
        Arm(groups=12, size=10, kept=0.8, icc=0.1, variation=0.5),
        Arm(groups=6, size=15, icc=0.2),
        Arm(groups=60, kept=0.6),
    ],
    ids=["usual", "unequal", "few", "alone"],
)
def test_changes_are_told_as_often_as_planned(arm: Arm) -> None:
    """2,000 rounds each, at the size that is to be told in 80 of 100."""
    smallest = outlook(Aim(figure="change", sds=(change_sd(SD, R),)), (arm,)).smallest
    assert smallest is not None
    told, _reach = simulated(change_of(arm, smallest), 2000, seed=11)
    assert agrees(planned_change(arm, smallest), told, 2000), told


@pytest.mark.slow
@pytest.mark.parametrize(
    "arms",
    [
        (Arm(groups=10, size=10, kept=0.7, icc=0.1), Arm(groups=5, size=20, kept=0.7, icc=0.1)),
        (Arm(groups=10, size=10, kept=0.7, icc=0.1), Arm(groups=150, kept=0.7)),
        (Arm(groups=50, kept=0.7), Arm(groups=80, kept=0.7)),
    ],
    ids=["groups", "one arm in groups", "alone"],
)
def test_differences_are_told_as_often_as_planned(arms: tuple[Arm, Arm]) -> None:
    """1,000 rounds each of an analysis of covariance; without the design effect the plan would promise too much."""
    sds = (adjusted_sd(SD, R),) * 2
    smallest = outlook(Aim(figure="difference", sds=sds), arms).smallest
    assert smallest is not None
    aim = Aim(figure="difference", sds=sds, size=smallest)
    told, reach = simulated(difference_of(arms, smallest), 1000, seed=12)
    plan = outlook(aim, arms)
    assert agrees(plan, told, 1000), told
    assert plan.half_width == pytest.approx(reach, rel=0.03)
    forgetting = tuple(Arm(groups=arm.groups, size=arm.size, kept=arm.kept) for arm in arms)
    assert agrees(outlook(aim, forgetting), told, 1000) == (arms[0].icc == 0)


@pytest.mark.slow
def test_shares_are_told_as_often_as_planned() -> None:
    """1,000 rounds of 16 groups in each arm, 55 % beside 35 %."""
    arms = (Arm(groups=16, size=10, kept=0.8, icc=0.05),) * 2
    plan = outlook(Aim(figure="shares", sds=(share_sd(0.55), share_sd(0.35)), size=0.2), arms)
    told, reach = simulated(shares_of(arms, (0.55, 0.35)), 1000, seed=13)
    assert agrees(plan, told, 1000), (plan.power, told)
    assert plan.half_width == pytest.approx(reach, rel=0.03)
