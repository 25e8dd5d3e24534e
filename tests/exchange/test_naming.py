"""Ids and values that our files allow, made of names that they do not."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from exchange import naming
from survey.instrument_checks import RESPONSE_COLUMNS
from survey.model import FORMS


def test_ids() -> None:
    """A name that is allowed stays as it is; others become the nearest that is free."""
    names = naming.Names(["taken"])
    given_names = ["wb1", "a__b", "Q1", "q1", "Työ-tilanne", "1x", "_x", "group", "taken", "", "…", "x" * 50, "x" * 50]
    assert [names.take(name) for name in given_names] == [
        "wb1", "a__b", "q1", "q1_2", "tyo_tilanne", "q_1x", "x", "q_group", "taken_2", "q", "q_2", "x" * 40,
        "x" * 38 + "_2",
    ]  # fmt: skip
    assert naming.Names().take("Oma-kysely 2", hyphens=True) == "oma-kysely_2"


def test_names_that_are_alike_are_numbered_on() -> None:
    """Long names count as alike by the part that an id keeps; numbers that are taken are passed over."""
    names = naming.Names(["q_2", "q_4"])
    assert [names.take("q") for _ in range(3)] == ["q", "q_3", "q_5"]
    long = [names.take("x" * 45 + end) for end in ("a", "b", "c")]
    assert long == ["x" * 40, "x" * 38 + "_2", "x" * 38 + "_3"]


@given(st.lists(st.text(max_size=60), max_size=8))
def test_ids_are_always_allowed_and_each_once(names: list[str]) -> None:
    """Whatever a form calls its questions."""
    made = naming.Names()
    ids = [made.take(name) for name in names]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(FORMS["item"][0], id) and id not in RESPONSE_COLUMNS for id in ids)


def test_values() -> None:
    """Whole numbers are numbers, small letters stay, the rest becomes the nearest that is free."""
    given_names = ["1", "-2", "01", "yes", "Yes", "1.5", "Å b", "", "1", "1.0", "70+"]
    assert naming.values(given_names) == [1, -2, "01", "yes", "yes_2", "1_5", "a_b", "option", "1_2", "1_0", 70]


@given(st.lists(st.text(max_size=60), max_size=8))
def test_values_are_always_allowed_and_each_once(names: list[str]) -> None:
    """Whatever a form calls its choices."""
    values = naming.values(names)
    assert len({str(value) for value in values}) == len(names)
    assert all(isinstance(value, int) or re.fullmatch(FORMS["value"][0], value) for value in values)
