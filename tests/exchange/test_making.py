"""What importers share: values, ids, limits, and options that several items have."""

from __future__ import annotations

import pytest

from exchange import making
from exchange.loss import Ledger
from exchange.naming import Names
from survey.model import Item, Option, Section


@pytest.mark.parametrize(
    ("codes", "values"),
    [
        (["1", "2", "-1"], [1, 2, -1]),
        (["1", "A"], ["1", "a"]),
        (["a", "A", "Ä"], ["a", "a_2", "a_3"]),
        (["other_text"], ["other_text_2"]),
        (["", "?"], ["option", "option_2"]),
    ],
)
def test_values_of_codes(codes: list[str], values: list[int | str]) -> None:
    """Whole numbers only where all are; no value is one that our own field has."""
    assert making.values_of(codes) == values


def test_an_id_that_is_another_is_told() -> None:
    """Small letters are a rule; what else changes is told."""
    names, element = Names(["q"]), Ledger().add("question", "q")
    assert making.told_id(names, "Abc", element) == "abc"
    assert element.kind == "came"
    assert making.told_id(names, "Q", element) == "q_2"
    assert element.reasons == ["Its id is 'q_2'. Conditions follow."]


@pytest.mark.parametrize(
    ("given", "file", "id"), [("oma", "x.lss", "oma"), ("", "Kysely 1.lss", "kysely_1"), ("", "2.json", "form_2")]
)
def test_the_id_of_an_instrument(given: str, file: str, id: str) -> None:
    """The one asked for, or one after the file."""
    assert making.instrument_id(given, file) == id


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("-2,5", -2.5), (".5", 0.5), ("a", None), ("1e9", None), ("9" * 13, None), ("", None), ("inf", None)],
)
def test_a_limit_is_a_number(text: str, number: float | None) -> None:
    """What is worked out, or beyond what a field can hold, is none."""
    assert making.number(text) == number


@pytest.mark.parametrize(
    ("type", "text", "found"),
    [
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "2026-02-30", None),
        ("month", "2026-13", None),
        ("month", "2026-12", "2026-12"),
        ("time", "23:59", "23:59"),
        ("time", "24:00", None),
        ("text", "2026-02-28", None),
    ],
)
def test_days_and_times(type: str, text: str, found: str | None) -> None:
    """Only what exists can be a limit."""
    assert making.iso(type, text) == found


def test_limits_the_wrong_way_round() -> None:
    """Neither is kept, and the element says so; today is on either side."""
    element = Ledger().add("question", "q")
    assert making.in_order({"minimum": 1, "maximum": 1}, element) == {"minimum": 1, "maximum": 1}
    assert making.in_order({"minimum": "today", "maximum": "2020-01-01"}, element) != {}
    assert element.kind == "came"
    assert making.in_order({"minimum": 2, "maximum": 1}, element) == {}
    assert element.reasons == ["Its limits were the wrong way round, so neither is kept."]


def test_options_that_several_items_have_are_a_scale() -> None:
    """Those with a field for words stay with their item, and those of one item too."""

    def item(id: str, *values: int, other: bool = False) -> Item:
        options = tuple(Option(value=value, label={"fi": str(value)}, other=other) for value in values)
        return Item(id=id, type="single", text={"fi": "x"}, options=options)

    items = (
        item("a", 1, 2),
        item("b", 1, 2),
        item("c", 1, 3),
        item("d", 4, 5, other=True),
        item("e", 4, 5, other=True),
    )
    scales, (section,) = making.shared_scales([Section(items=items)])
    assert {name: [option.value for option in scale.options] for name, scale in scales.items()} == {"a_scale": [1, 2]}
    assert [(one.id, one.scale, len(one.options)) for one in section.items] == [
        ("a", "a_scale", 0),
        ("b", "a_scale", 0),
        ("c", None, 2),
        ("d", None, 2),
        ("e", None, 2),
    ]


def test_two_conditions() -> None:
    """Each stands in brackets of its own."""
    assert making.both("a == 1 or b == 2", "c == 3") == "(a == 1 or b == 2) and (c == 3)"
    assert (making.both("a == 1", None), making.both(None, "a == 1"), making.both(None, None)) == (
        "a == 1",
        "a == 1",
        None,
    )
