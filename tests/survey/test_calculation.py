"""Arithmetic of calculated items: read strictly, absent where something is missing, never a traceback."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey import calculation
from survey.calculation import CalculationError


@pytest.mark.parametrize(
    ("text", "answers", "number"),
    [
        ("1 + 2 * 3", {}, 7),
        ("(1 + 2) * 3", {}, 9),
        ("10 - 4 - 3", {}, 3),
        ("12 / 4 / 3", {}, 1),
        ("-a + 1", {"a": 3}, -2),
        ("2 * -a", {"a": 3}, -6),
        ("a * b", {"a": 10, "b": 12.5}, 125),
        ("a / b", {"a": 1, "b": 3}, 0.333333),
        ("a + b", {"a": 1}, None),
        ("a / b", {"a": 1, "b": 0}, None),
        ("a", {"a": "sata"}, None),
        ("sum(a, b, c)", {"a": 1, "c": 2}, 3),
        ("mean(a, b, c)", {"a": 1, "c": 2}, 1.5),
        ("mean(a, b)", {}, None),
        ("min(a, b) + max(a, b)", {"a": 4, "b": 9}, 13),
        ("count(a, b, c)", {"a": 1, "c": 2}, 2),
        ("count(a)", {}, 0),
        ("round(a)", {"a": 2.5}, 3),
        ("round(a)", {"a": -2.5}, -2),
        ("sum(a * 2, b) / 2", {"a": 3, "b": 4}, 5),
        ("a * 1000000 * 1000000", {"a": 10_000}, None),
    ],
)
def test_values(text: str, answers: dict[str, object], number: float | None) -> None:
    """Products before sums, from left to right; functions take the answers that there are."""
    assert calculation.value(calculation.parse(text), answers) == number


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "it ends too early"),
        ("a +", "it ends too early"),
        ("a b", "'b' is not expected there"),
        ("a ** 2", "'*' stands where a number or the id of an item was expected"),
        ("a % 2", "'% 2' is not understood"),
        ("1.2.3", "'1.2.3' is not understood"),
        ("(a", "it ends too early"),
        ("median(a)", "'median' is none of sum, mean, min, max, count, round"),
        ("mean()", "')' stands where a number or the id of an item was expected"),
        ("__import__('os')", "''os')' is not understood"),
        ("(" * 30 + "1" + ")" * 30, "its brackets are too deep"),
    ],
)
def test_what_is_no_calculation_is_said(text: str, found: str) -> None:
    """The message names what stands there."""
    with pytest.raises(CalculationError) as error:
        calculation.parse(text)
    assert str(error.value) == found


def test_the_items_that_are_named() -> None:
    """Each once, in the order of reading."""
    assert calculation.named(calculation.parse("sum(b, a) + b * 2")) == ("b", "a")


@given(
    text=st.text("ab12.+-*/(), meansum", max_size=30),
    a=st.one_of(st.none(), st.integers(-(10**6), 10**6), st.floats(allow_nan=False, allow_infinity=False)),
)
def test_nothing_ends_in_a_traceback(text: str, a: float | None) -> None:
    """Any text is a calculation or is refused; any answers give a finite number or none."""
    try:
        tree = calculation.parse(text)
    except CalculationError:
        return
    number = calculation.value(tree, {"a": a, "b": 2})
    assert number is None or math.isfinite(number)
