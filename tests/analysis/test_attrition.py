"""Who stayed: counts, differences at the start, odds, and change weighted to stand for all who started."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import causaldata
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from analysis import AnalysisError
from analysis.attrition import (
    COLLINEAR,
    NO_SPREAD,
    NOBODY,
    NOBODY_STAYED,
    ONE_SIDE,
    RR1,
    RR2,
    SEPARATED,
    TOO_FEW_TO_COMPARE,
    Dispositions,
    Linkage,
    answered_by_exit,
    baseline_differences,
    logit,
    share,
    staying,
    weighted_change,
)
from analysis.change import FEW_GROUPS, ONE_GROUP, UNDER_EIGHT, ChangeSummary, Grouped, mean_change, uncertainty
from analysis.outcomes import Split, wilson

Load = Callable[[str], dict]  # type: ignore[type-arg]

COUNTS = st.integers(0, 50)


def floats(*values: float) -> pd.Series:  # type: ignore[type-arg]
    return pd.Series([*values], dtype="float64")


# --- counts ----------------------------------------------------------------------------------------------------------


def test_retention_and_linkage_are_shares_of_the_start_and_of_the_end() -> None:
    """Three answered twice, two at the start only, one at the end only, one never."""
    start = pd.Series([True, True, True, True, True, False, False])
    end = pd.Series([True, True, True, False, False, True, False])
    found = Linkage.of(start, end)
    assert found.counts == (3, 2, 1, 1)
    assert (found.retention.yes, found.retention.n, found.retention.estimate) == (3, 5, 0.6)
    assert (found.linkage.yes, found.linkage.n, found.linkage.estimate) == (3, 4, 0.75)
    assert found.retention.interval == wilson(3, 5)


def test_the_response_rates_of_aapor() -> None:
    """RR1 counts complete answers, RR2 partial ones too; a break-off is no answer, and nobody's eligibility is unknown."""
    found = Dispositions(complete=60, partial=15, break_off=5, silent=20)
    assert (found.rr1.estimate, found.rr1.n, found.rr1.method) == (0.6, 100, RR1)
    assert (found.rr2.estimate, found.rr2.n, found.rr2.method) == (0.75, 100, RR2)
    assert found.rr2.interval == wilson(75, 100)


def test_nobody_has_no_share() -> None:
    """With its reason; never a division by zero."""
    for found in (share(0, 0), Linkage().retention, Linkage(neither=4).linkage, Dispositions().rr1, Dispositions().rr2):
        assert (found.n, found.estimate, found.interval, found.reasons) == (0, None, None, (NOBODY,))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30), st.integers(0, 30))
def test_merged_parts_equal_the_whole(rows: list[tuple[bool, bool]], cut: int) -> None:
    """Wherever the rows are cut."""
    frame = pd.DataFrame(rows, columns=["start", "end"], dtype=bool)
    whole, one, other = (Linkage.of(part["start"], part["end"]) for part in (frame, frame[:cut], frame[cut:]))
    assert one.merge(other) == whole
    assert sum(whole.counts) == len(rows)


@given(*[st.tuples(COUNTS, COUNTS, COUNTS, COUNTS)] * 2)
def test_merged_dispositions_add_up(one: tuple[int, ...], other: tuple[int, ...]) -> None:
    """Count by count."""
    names = ("complete", "partial", "break_off", "silent")
    parts = [Dispositions(**dict(zip(names, counts, strict=True))) for counts in (one, other)]
    assert parts[0].merge(parts[1]).counts == tuple(a + b for a, b in zip(one, other, strict=True))


def test_answers_by_exit_reason() -> None:
    """Those who leave for work are counted by themselves; reasons nobody has are there too, and no reason is one."""
    reasons = pd.Series(["work", "work", "completed", None, "work", "completed"], dtype="string")
    answered = pd.Series([False, True, True, True, False, True])
    found = answered_by_exit(reasons, answered)
    assert [*found] == ["completed", "work", "education", "illness", "transfer", "other", None]
    assert found["work"] == Split(yes=1, no=2)
    assert found["completed"] == Split(yes=2, no=0)
    assert found[None] == Split(yes=1, no=0)
    assert found["illness"] == Split()


def test_an_unknown_exit_reason_is_an_error() -> None:
    """The whole sentence."""
    sentence = "^'moved' is not an exit reason. Use one of: completed, work, education, illness, transfer, other.$"
    with pytest.raises(AnalysisError, match=sentence):
        answered_by_exit(pd.Series(["moved"]), pd.Series([True]))


# --- differences at the start ----------------------------------------------------------------------------------------


def test_a_difference_is_in_pooled_standard_deviations() -> None:
    """By hand: means 5 and 2, variances 4 and 1."""
    values = pd.DataFrame({"age": [3.0, 5.0, 7.0, 1.0, 2.0, 3.0, np.nan]})
    (found,) = baseline_differences(values, pd.Series([True, True, True, False, False, False, False]))
    assert (found.covariate, found.n, found.means) == ("age", (3, 3), (5.0, 2.0))
    assert found.estimate == pytest.approx(3 / 2.5**0.5, rel=1e-12)
    se = (1 / 3 + 1 / 3 + 3.6 / 12) ** 0.5
    assert found.interval == pytest.approx((found.estimate - 1.959963985 * se, found.estimate + 1.959963985 * se))


VALUES = st.lists(st.tuples(st.floats(-50, 50).map(lambda x: round(x, 3)), st.booleans()), min_size=2, max_size=30)


@given(VALUES, st.floats(0.1, 10), st.floats(-100, 100), st.randoms(use_true_random=False))
def test_differences_hang_neither_on_units_nor_on_order(rows, scale, shift, random) -> None:  # type: ignore[no-untyped-def]
    """Another unit, another zero, another order: the same. Turned sides or turned scale: the other sign."""

    def of(rows, factor=1.0, add=0.0, turn=False):  # type: ignore[no-untyped-def]
        value = pd.DataFrame({"x": [factor * x + add for x, _ in rows]}, dtype="float64")
        return baseline_differences(value, pd.Series([kept != turn for _, kept in rows]))[0]

    plain = of(rows)
    if plain.estimate is None:
        assert plain.interval is None and plain.reasons
        return
    near = pytest.approx(plain.estimate, rel=1e-6, abs=1e-9)
    assert of(random.sample(rows, len(rows))).estimate == near
    assert of(rows, scale, shift).estimate == near
    assert -of(rows, turn=True).estimate == near
    assert -of(rows, -scale).estimate == near
    assert plain.interval[0] < plain.estimate < plain.interval[1]


def test_why_there_is_no_difference() -> None:
    """One person on a side, nobody, or no spread; bool columns and missing values are fine; words are an error."""
    stayed = pd.Series([True, True, True, False])
    one = baseline_differences(pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0]}), stayed)[0]
    assert (one.n, one.means, one.estimate, one.reasons) == ((3, 1), (2.0, 4.0), None, (TOO_FEW_TO_COMPARE,))
    none = baseline_differences(pd.DataFrame({"x": [1.0, 2.0, 3.0, np.nan]}), stayed)[0]
    assert (none.n, none.means, none.reasons) == ((3, 0), (2.0, None), (TOO_FEW_TO_COMPARE,))
    same = baseline_differences(pd.DataFrame({"x": [0.1, 0.1, 0.1, 0.7, 0.7]}), pd.Series([True] * 3 + [False] * 2))[0]
    assert (same.estimate, same.reasons) == (None, (NO_SPREAD,))
    women = pd.DataFrame({"woman": pd.array([True, False, True, False, None], dtype="boolean")})
    (found,) = baseline_differences(women, pd.Series([True, True, False, False, False]))
    assert (found.n, found.estimate) == ((2, 2), 0.0)
    with pytest.raises(
        AnalysisError, match=r"^'sex' holds words, not numbers. Make each of its answers a column of its own.$"
    ):
        baseline_differences(pd.DataFrame({"sex": ["a", "b"]}), pd.Series([True, False]))


# --- the logit -------------------------------------------------------------------------------------------------------


def test_the_propensities_of_the_work_programme(reference: Load) -> None:
    """R's glm on the trainees against the CPS, whose covariates reach from 0/1 to age³: tests/reference/nsw.json."""
    expected = reference("nsw")["ps_coef"]
    data = (causaldata.nsw_mixtape.load_pandas().data.query("treat == 1"), causaldata.cps_mixtape.load_pandas().data)
    people = pd.concat(data).drop(columns="data_id").astype("float64")
    columns = {name: people[name] for name in expected if name in people}
    columns |= {f"I({name}^{k})": people[name] ** k for name, k in (("age", 2), ("age", 3), ("educ", 2))}
    columns |= {f"u{year}": people[f"re{year}"] == 0 for year in (74, 75)}
    columns["I(educ * re74)"] = people["educ"] * people["re74"]
    names = [name for name in expected if name != "(Intercept)"]
    fit = logit(pd.DataFrame(columns)[names].to_numpy(dtype=float), people["treat"].to_numpy() == 1)
    assert not isinstance(fit, str)
    # In standard deviations: R's glm stops a few 1e-9 of them before the maximum.
    standard = np.array([expected[name] for name in names]) * fit.spread
    assert fit.coefficients[1:] == pytest.approx(standard, rel=1e-8, abs=1e-8)
    score = fit.design.T @ ((people["treat"].to_numpy() == 1) - fit.probabilities)
    assert np.abs(score).max() < 1e-8


def test_odds_ratios_equal_a_clustered_glm() -> None:
    """Statsmodels' GLM with clustered covariance, which has the same G / (G - 1) once its (n - 1) / (n - p) is undone."""
    rng = np.random.default_rng(11)
    n = 300
    frame = pd.DataFrame({"age": rng.normal(40, 10, n), "woman": rng.random(n) < 0.5})
    group = pd.Series([f"g{k}" for k in rng.integers(0, 20, n)])
    stayed = pd.Series(rng.random(n) < special.expit(0.05 * (frame["age"] - 40) + 0.5 * frame["woman"]))
    found = staying(frame, stayed, group)
    design = sm.add_constant(frame.astype(float))
    glm = sm.GLM(stayed.astype(float), design, family=sm.families.Binomial())
    plain = glm.fit(tol=1e-14, cov_type="cluster", cov_kwds={"groups": group, "use_correction": False})
    se = plain.bse * (20 / 19) ** 0.5
    reach = stats.t.ppf(0.975, 19) * se
    for odds in found.estimates:
        middle = plain.params[odds.covariate]
        assert odds.estimate == pytest.approx(np.exp(middle), rel=1e-8)
        expected = np.exp([middle - reach[odds.covariate], middle + reach[odds.covariate]])
        assert odds.interval == pytest.approx(tuple(expected), rel=1e-8)
    assert (found.n, found.stayed, found.left_out, found.clusters) == (n, stayed.sum(), 0, 20)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=25), st.sampled_from([0.001, 1.0, 1e5])
)
@settings(deadline=None)
def test_separation_is_told_exactly(rows: list[tuple[int, bool]], unit: float) -> None:
    """With one covariate: separated where no value of one side lies strictly inside the range of the other and back."""
    x, y = np.array([x for x, _ in rows], dtype=float), np.array([y for _, y in rows])
    found = logit(x[:, None] * unit, y)
    if y.all() or not y.any():
        assert found == ONE_SIDE
    elif len(set(x)) == 1:
        assert found == COLLINEAR
    elif x[y].min() >= x[~y].max() or x[~y].min() >= x[y].max():
        assert found == SEPARATED
    else:
        assert not isinstance(found, str)
        assert found.probabilities.sum() == pytest.approx(y.sum(), rel=1e-8)


def test_why_staying_cannot_be_modelled() -> None:
    """Each with its own reason and no estimates; missing values are left out and counted."""
    x = pd.DataFrame({"x": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.nan]})
    mixed, alone = pd.Series([True, False, True, True, False, False, True]), pd.Series([""] * 7)
    fine = staying(x, mixed, alone)
    assert (fine.n, fine.stayed, fine.left_out, fine.clusters, fine.reasons) == (6, 3, 1, 6, (UNDER_EIGHT,))
    for frame, stayed, reason in (
        (x, x["x"] > 3, SEPARATED),
        (x, x["x"] > 0, ONE_SIDE),
        (x[:0], mixed[:0], ONE_SIDE),
        (x.assign(y=1.0), mixed, COLLINEAR),
        (x.assign(y=2 * x["x"] + 3), mixed, COLLINEAR),
        (x.assign(**{f"x{k}": x["x"] ** (k + 2) for k in range(6)}), mixed, COLLINEAR),
    ):
        found = staying(frame, stayed, alone[: len(frame)])
        assert (found.estimates, found.reasons) == ((), (reason,))
    one_group = staying(x, mixed, pd.Series(["a"] * 7))
    assert (one_group.estimates[0].interval, one_group.reasons) == (None, (ONE_GROUP,))
    few = staying(x, mixed, pd.Series(["a", "b", "c"] * 2 + ["a"]))
    assert few.estimates[0].interval is not None
    assert few.reasons == (FEW_GROUPS,)


# --- the weighted change ---------------------------------------------------------------------------------------------


def people(seed: int, n: int = 400, groups: int = 40) -> tuple[pd.DataFrame, float]:
    """Who scores low at the start gains more and stays less; groups share some of the change. Mean gain of all: 5."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    start = 50 + 15 * rng.normal(size=n)
    gain = 5 - 0.4 * (start - 50) + 3 * rng.normal(size=groups)[group] + 8 * rng.normal(size=n)
    stays = rng.random(n) < special.expit(0.6 + 0.07 * (start - 50))
    frame = pd.DataFrame({"start": start, "end": np.where(stays, start + gain, np.nan)})
    return frame.assign(group=[f"g{k}" for k in group]), 5.0


def weighted(frame: pd.DataFrame, **more):  # type: ignore[no-untyped-def]
    return weighted_change(frame["start"], frame["end"], frame[["start"]], frame["group"], **more)


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.integers(-30, 30), st.sampled_from(["", "a", "b", "c"])),
        min_size=2,
        max_size=20,
    )
)
def test_where_all_stay_it_is_the_plain_mean_change(rows: list[tuple[int, int, str]]) -> None:
    """Equal weights give the estimate, standard error and degrees of freedom of `mean_change`."""
    frame = pd.DataFrame(rows, columns=["start", "gain", "group"])
    frame = frame.astype({"start": "float64"}).assign(end=frame["start"] + frame["gain"] * 1.0)
    found, plain = weighted(frame), mean_change(ChangeSummary.of(frame["start"], frame["end"], frame["group"]))
    assert found.complete == plain
    assert found.estimate == pytest.approx(plain.change, abs=1e-9)
    assert found.reasons == (() if plain.reason is None else (plain.reason,))
    assert (found.effective_n, found.largest_weight) == pytest.approx((len(rows), 1.0))
    if plain.se is not None:
        assert found.se == pytest.approx(plain.se, rel=1e-6, abs=1e-6)
        assert found.df == pytest.approx(plain.df, rel=1e-8)


def test_staying_by_chance_leaves_equal_weights() -> None:
    """Without covariates everybody has the same probability: the complete-case CR2 again, leavers or not."""
    frame, _ = people(3)
    found = weighted_change(frame["start"], frame["end"], frame[[]], frame["group"])
    kept = frame.dropna()
    plain = uncertainty(Grouped.of(kept["end"] - kept["start"], kept["group"]), found.complete.change)
    assert found.estimate == pytest.approx(found.complete.change, rel=1e-10)
    assert (found.se, found.df) == pytest.approx((plain.se, plain.df), rel=1e-8)
    assert found.effective_n == pytest.approx(len(kept))


def _case_weighted(frame: pd.DataFrame, case: np.ndarray) -> float:
    """The weighted change where each person counts `case` times: the same estimator, from scratch."""
    x = np.column_stack([np.ones(len(frame)), (frame["start"] - 50) / 15])
    stays = frame["end"].notna().to_numpy()
    beta = np.zeros(2)
    for _ in range(30):
        p = special.expit(x @ beta)
        beta += np.linalg.solve(x.T @ (x * (case * p * (1 - p))[:, None]), x.T @ (case * (stays - p)))
    weight = (case / special.expit(x @ beta))[stays]
    gain = (frame["end"] - frame["start"]).to_numpy()[stays]
    return float((weight * gain).sum() / weight.sum())


def test_the_variance_is_that_of_the_estimator_with_its_weights_estimated() -> None:
    """Each cluster's part by counting it a little more and a little less (the infinitesimal jackknife), and the small
    sample factor and degrees of freedom by matrices."""
    frame, _ = people(5, n=60, groups=9)
    found = weighted(frame, truncate=(0, 100))
    ones = np.ones(len(frame))
    assert found.estimate == pytest.approx(_case_weighted(frame, ones), rel=1e-10)
    stays = frame["end"].notna().to_numpy()
    x = np.column_stack([np.ones(len(frame)), frame["start"]])
    p = sm.Logit(stays.astype(float), x).fit(disp=0, tol=1e-12).predict()
    q = (1 / p[stays]) / (1 / p[stays]).sum()
    maker = np.eye(stays.sum()) - np.outer(np.ones(stays.sum()), q)
    parts, loads = [], []
    for name in sorted(set(frame["group"])):
        inside = (frame["group"] == name).to_numpy()
        step = 1e-4 * inside
        slope = (_case_weighted(frame, ones + step) - _case_weighted(frame, ones - step)) / 2e-4
        own = q * inside[stays]
        load = own @ maker
        factor = (own @ own) / (load @ load) if own.any() else 1.0
        parts.append(factor * slope**2)
        loads.append(factor**0.5 * load)
    inner = np.array(loads) @ np.array(loads).T
    # The derivative is numerical.
    assert found.se == pytest.approx(sum(parts) ** 0.5, rel=1e-6)
    assert found.df == pytest.approx(np.trace(inner) ** 2 / np.sum(inner**2), rel=1e-8)


def test_truncation_bounds_the_weights() -> None:
    """At the percentiles named, of those who stayed; a tighter one leaves a larger effective n."""
    frame, _ = people(8)
    p = sm.Logit(frame["end"].notna().astype(float), sm.add_constant(frame[["start"]])).fit(disp=0).predict()
    full = (frame["end"].notna().mean() / p)[frame["end"].notna()]
    whole, tight = weighted(frame, truncate=(0, 100)), weighted(frame, truncate=(5, 95))
    assert whole.largest_weight == pytest.approx(full.max(), rel=1e-6)
    assert tight.largest_weight == pytest.approx(np.percentile(full, 95), rel=1e-6)
    kept = np.clip(full, *np.percentile(full, [5, 95]))
    assert tight.effective_n == pytest.approx(kept.sum() ** 2 / (kept**2).sum(), rel=1e-6)
    assert whole.effective_n < tight.effective_n < len(full)
    assert tight.truncated == (5, 95)
    for wrong in ((99, 1), (-1, 99), (1, 101), (50, 50)):
        with pytest.raises(ValueError, match="^truncate takes two percentiles between 0 and 100, the lower one first$"):
            weighted(frame, truncate=wrong)


def test_neither_order_nor_units_matter() -> None:
    """Rows in another order; covariates in other units; change in other points."""
    frame, _ = people(9, n=100, groups=12)
    plain = weighted(frame)
    mixed = weighted(frame.sample(frac=1, random_state=1))
    units = weighted_change(frame["start"], frame["end"], frame[["start"]] * 1e4 + 7, frame["group"])
    points = weighted_change(frame["start"] / 10, frame["end"] / 10, frame[["start"]], frame["group"])
    assert plain.interval[0] < plain.estimate < plain.interval[1]
    for other, factor in ((mixed, 1), (units, 1), (points, 10)):
        assert other.estimate * factor == pytest.approx(plain.estimate, rel=1e-8)
        assert other.se * factor == pytest.approx(plain.se, rel=1e-8)
        assert other.df == pytest.approx(plain.df, rel=1e-8)


def test_why_there_is_no_weighted_change() -> None:
    """Nobody stayed; staying separated; nobody at all. What can be told of the complete cases is told."""
    start, group = floats(1, 2, 3, 4, 5), pd.Series(["a", "a", "b", "b", ""])
    frame = pd.DataFrame({"start": start, "end": floats(2, 3, 4, np.nan, np.nan), "group": group})
    apart = weighted(frame)
    assert (apart.estimate, apart.interval, apart.reasons) == (None, None, (SEPARATED,))
    assert apart.complete is not None and apart.complete.change == 1
    gone = weighted(frame.assign(end=np.nan))
    assert (gone.n, gone.complete, gone.estimate, gone.reasons) == (5, None, None, (NOBODY_STAYED,))
    nobody = weighted(frame[:0])
    assert (nobody.n, nobody.complete, nobody.reasons) == (0, None, (NOBODY_STAYED,))
    without_start = weighted(frame.assign(end=start + 1, start=[1.0, np.nan, 3.0, 4.0, 5.0]))
    assert (without_start.n, without_start.left_out) == (4, 1)


def test_those_who_stayed_of_one_group_have_no_interval() -> None:
    """Even where others left from other groups."""
    frame = pd.DataFrame(
        {
            "start": floats(1, 2, 3, 4, 2, 3, 9),
            "end": floats(2, 4, np.nan, 5, np.nan, np.nan, np.nan),
            "group": ["a", "a", "b", "a", "b", "c", "c"],
        }
    )
    found = weighted(frame)
    assert found.estimate is not None
    assert (found.interval, found.se, found.df, found.reasons) == (None, None, None, (ONE_GROUP,))


@pytest.mark.slow
def test_weighting_undoes_attrition_that_hangs_on_the_start() -> None:
    """600 surveys with a known mean gain: the weighted estimate is nearer on average, and its interval covers the truth
    in about 95 % of them; that of the complete cases seldom does."""
    runs = [(weighted(frame), truth) for frame, truth in (people(seed) for seed in range(1000, 1600))]
    bias = np.mean([run.estimate - truth for run, truth in runs])
    plain_bias = np.mean([run.complete.change - truth for run, truth in runs])
    # What is left is the price of truncation, which 600 surveys show.
    assert abs(bias) < 0.35 < 1.8 < abs(plain_bias)
    covered = np.mean([run.interval[0] <= truth <= run.interval[1] for run, truth in runs])
    plain = np.mean([run.complete.interval[0] <= truth <= run.complete.interval[1] for run, truth in runs])
    # Three standard errors of a share of 600 are 0.027.
    assert 0.923 <= covered <= 0.977
    assert plain < 0.5
    nearer = np.mean([abs(run.estimate - truth) < abs(run.complete.change - truth) for run, truth in runs])
    assert nearer > 0.9
    spread = np.std([run.estimate for run, _ in runs], ddof=1)
    assert np.mean([run.se for run, _ in runs]) == pytest.approx(spread, rel=0.08)


def test_no_case_warns_or_gives_nan() -> None:
    """Odd shapes of data, with warnings as errors."""
    rng = np.random.default_rng(4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in (*range(1, 12), 30):
            frame, _ = people(int(rng.integers(1000)), n=n, groups=3)
            for found in (weighted(frame), weighted(frame, truncate=(0, 100))):
                for value in (found.estimate, found.se, found.df, found.effective_n):
                    assert value is None or np.isfinite(value)
                assert found.estimate is not None or found.reasons
