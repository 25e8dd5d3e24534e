"""What sums leave open: against every table of whole numbers that fits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from analysis.bounds import Attack, DoNotFitError, Sums, least

Rows = Sequence[Sequence[int]]
Ints = NDArray[np.int64]


def sums_of(rows: Rows, between: Sequence[tuple[float, float]]) -> Sums:
    low, high = np.array(between, dtype="float64").reshape(-1, 2).T
    return Sums(matrix=sparse.csr_array(np.array(rows, dtype="float64")), low=low, high=high)


def told(n: int) -> NDArray[np.bool_]:
    return np.ones(n, dtype=bool)


@st.composite
def systems(draw: st.DrawFn) -> tuple[Rows, list[tuple[int, int]]]:
    """Three or four numbers up to three, with their sum and up to four more sums, some of them rounded, some signed."""
    width = draw(st.integers(3, 4))
    numbers = draw(st.lists(st.integers(0, 3), min_size=width, max_size=width))
    sign = st.sampled_from([0, 0, 1, 1, 1, -1])
    rows = [[1] * width, *draw(st.lists(st.lists(sign, min_size=width, max_size=width), max_size=4))]
    rounded = draw(st.lists(st.integers(0, 1), min_size=len(rows), max_size=len(rows)))
    totals = [sum(a * b for a, b in zip(row, numbers, strict=True)) for row in rows]
    return rows, [(t - r, t + r) for t, r in zip(totals, rounded, strict=True)]


def fitting(rows: Rows, between: Sequence[tuple[int, int]]) -> Ints:
    """Every table of whole numbers that fits, a row each."""
    low, high = np.array(between).T
    every = np.stack(np.meshgrid(*[np.arange(high[0] + 1)] * len(rows[0]), indexing="ij"), axis=-1)
    numbers = every.reshape(-1, len(rows[0]))
    sums = numbers @ np.array(rows).T
    return numbers[((sums >= low) & (sums <= high)).all(axis=1)]


@settings(max_examples=80, deadline=None)
@given(systems(), st.integers(1, 4))
def test_the_ends_are_those_of_all_whole_numbers_that_fit(
    system: tuple[Rows, list[tuple[int, int]]], width: int
) -> None:
    """Nothing less is found closed, nothing more, and no fitting number lies outside the ends."""
    rows, between = system
    every = fitting(rows, between)
    n = len(rows[0])
    targets = np.vstack([np.eye(n), np.eye(n) + np.roll(np.eye(n), 1, axis=1)])
    attack = Attack(sums=sums_of(rows, between), targets=sparse.csr_array(targets), width=width, enough=3)
    found = {one.target: (one.low, one.high) for one in attack.closed(told(len(rows)), told(2 * n))}
    expected = {}
    for at, target in enumerate(targets):
        values = every @ target
        if np.ptp(values) < width and values.min() < 3:
            expected[at] = (int(values.min()), int(values.max()))
    assert found.keys() == expected.keys()
    for at, (low, high) in found.items():
        assert low <= expected[at][0] <= expected[at][1] <= high < low + width


def test_whole_numbers_leave_less_than_halves_do() -> None:
    """a + b = 1 = b + c and a + c at most 1: a is 0, or one half for a linear program. Two such are 0, or 1."""
    triangle = np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    rows = np.kron(np.eye(2, dtype=int), triangle).tolist()
    sums = sums_of(rows, [(1, 1), (1, 1), (0, 1)] * 2)
    both = np.array([1.0, 0, 0, 1.0, 0, 0])
    halves = linprog(-both, A_ub=rows, b_ub=[1] * 6, A_eq=[rows[n] for n in (0, 1, 3, 4)], b_eq=[1] * 4)
    assert -halves.fun == pytest.approx(1)
    attack = Attack(sums=sums, targets=sparse.csr_array([both]), width=1)
    assert [(one.low, one.high) for one in attack.closed(told(6), told(1))] == [(0, 0)]


def test_who_is_closed_is_told_by_what() -> None:
    """All and one kind give the other kind, not the service that has nothing to do with it."""
    rows = [[1, 1, 1], [1, 1, 0], [1, 0, 0]]
    attack = Attack(
        sums=sums_of(rows, [(30, 30), (27, 27), (20, 20)]), targets=sparse.csr_array([[0, 0, 1.0]]), width=5
    )
    (one,) = attack.closed(told(3), told(1))
    assert (one.low, one.high, one.sums) == (3, 3, (0, 1))
    assert list(attack.closed(np.array([True, False, True]), told(1))) == []


def test_numbers_that_cannot_be_are_told_so() -> None:
    """A part larger than the whole; and sums that only halves have."""
    target = sparse.csr_array([[1.0, 0, 0]])
    for rows, between in (
        ([[1, 1, 1], [1, 1, 0]], [(3, 3), (4, 4)]),
        ([[1, 1, 0], [0, 1, 1], [1, 0, 1]], [(1, 1)] * 3),
    ):
        with pytest.raises(DoNotFitError, match="No whole numbers have these sums."):
            list(Attack(sums=sums_of(rows, between), targets=target, width=1).closed(told(len(rows)), told(1)))


def test_the_least_that_a_sum_can_be() -> None:
    """Of two that make five, of which one is three at most."""
    sums = sums_of([[1, 1], [1, 0]], [(5, 5), (0, 3)])
    assert least(sums, np.array([0.0, 1.0])) == 2
