"""Answers as JSON: each is judged as the same answer on a page is, and whatever is of another kind is named."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey import answers, json_answers
from survey.json_answers import NotOfItsKind, fields, schema
from survey.model import Instrument
from survey.reading import read_library
from tests.collector.sending import answers_of
from tests.conftest import ROOT

TODAY = date(2026, 11, 24)


def every(folder: str) -> list[tuple[Instrument, str]]:
    library = read_library(ROOT / folder).library
    assert library is not None
    return [(instrument, wave) for instrument in library.instruments.values() for wave in instrument.waves]


SHIPPED = every("instruments")
EXAMPLES = every("docs/examples")
KENTAT = next(one for one in EXAMPLES if one[0].instrument == "kentat")


@given(st.sampled_from(SHIPPED + EXAMPLES).flatmap(lambda one: st.tuples(st.just(one), answers_of(schema(*one)))))
def test_what_the_schema_allows_is_judged_as_a_page_is(case: tuple[tuple[Instrument, str], dict[str, Any]]) -> None:
    """The fields are a page's, nothing is malformed, and what is accepted is what was sent."""
    (instrument, wave), sent = case
    form = fields(instrument, wave, json.loads(json.dumps(sent)))
    answers.check_fields(instrument, wave, form)
    judged = answers.judge(instrument, wave, form, today=TODAY)
    asked = [item for item in instrument.items(wave) if item.type != "calculated"]
    wrong = {problem.name for problem in judged.problems}
    for item in asked:
        reasons = {option.value: option.missing for option in instrument.options(item) if option.missing}
        given = sent.get(item.id)
        if item.id in wrong or judged.absent.get(item.id) == "not_shown":
            continue
        if isinstance(given, int | float) and item.id in judged.answers:
            assert judged.answers[item.id] == pytest.approx(given, abs=1e-12, rel=0)
        elif item.type in ("text", "long_text", "email", "phone"):
            assert (item.id in judged.answers) <= bool(given)
        elif isinstance(given, list):
            real = [value for value in given if value not in reasons]
            found = judged.answers.get(item.id, [])
            assert found == real if item.type == "rank" else sorted(map(str, found)) == sorted(map(str, real))
        elif given in reasons:
            assert judged.absent[item.id] == reasons[given]
        else:
            assert judged.answers.get(item.id) == given


@pytest.mark.parametrize("one", SHIPPED + EXAMPLES, ids=lambda one: f"{one[0].key}-{one[1]}")
def test_every_schema_is_one(one: tuple[Instrument, str]) -> None:
    """JSON Schema 2020-12, with a property for every question that a page has a field for."""
    found = schema(*one)
    jsonschema.Draft202012Validator.check_schema(found)
    asked = {item.id for item in one[0].items(one[1]) if item.type != "calculated"}
    assert asked == {name for name in found["properties"] if "." not in name}
    assert set(found["required"]) <= asked


@given(
    st.sampled_from(sorted(schema(*KENTAT)["properties"])),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    ),
)
def test_another_kind_of_value_is_named(name: str, value: Any) -> None:
    """What is no text, number or list where the schema has one is refused by name; limits are left to judging."""
    found = schema(*KENTAT)["properties"][name]
    bare = {key: entry for key, entry in found.items() if key in ("type", "enum", "items", "uniqueItems", "pattern")}
    if KENTAT[0].item(name.partition(".")[0]).type in ("time", "consent", "hidden"):
        bare = {"type": "string"}
    is_kind = jsonschema.Draft202012Validator(bare | ({"maxItems": found["maxItems"]} if "maxItems" in found else {}))
    try:
        fields(*KENTAT, {name: value})
        taken = True
    except NotOfItsKind as error:
        taken = False
        assert error.names == (name,)
    if not taken or not isinstance(value, float):
        assert taken == (is_kind.is_valid(value) and not (isinstance(value, float) and value.is_integer()))


def test_every_wrong_answer_is_named_at_once() -> None:
    """Unknown questions and wrong kinds together; what is not 1 only looks like it."""
    one = next(each for each in SHIPPED if each[0].instrument == "asiakasmuutosmittari")
    with pytest.raises(NotOfItsKind) as error:
        fields(*one, {"none": 1, "wb1": "4", "wb2": True, "wb3": 4, "_code": "x", "wb4": 4.0})
    assert error.value.names == ("none", "wb1", "wb2", "_code", "wb4")


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1"), (-3, "-3"), (1.234, "1.2340"), (1e-7, "0.00000010"), (2.5, "2.50")]
)
def test_a_number_is_never_taken_for_another(number: float, text: str) -> None:
    """1.234 is no thousand; nothing comes in powers of ten."""
    assert json_answers._digits(number) == text
