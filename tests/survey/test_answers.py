"""Judging a form: every item is in answers or absences, every bad field has its problem, nothing else is let in."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey import answers
from survey.answers import AnswerProblem, MalformedForm
from survey.model import Item, Option
from tests.survey.test_logic import HOURS, KINDS, WORK, instrument

TEXT = Item(id="words", type="long_text", text={"fi": "Sanoja"}, max_length=10)
COUNT = Item(id="count", type="integer", text={"fi": "Montako"}, minimum=1, maximum=60)
TODAY = date(2026, 11, 24)
ASKED = instrument(WORK, HOURS, KINDS, COUNT, TEXT)


def judge(**fields: str) -> answers.Judged:
    return answers.judge(
        ASKED, "start", {name.replace("__", "."): [value] for name, value in fields.items()}, today=TODAY
    )


def test_an_empty_form_is_all_absences() -> None:
    """Nothing is required, so nothing is a problem."""
    judged = judge()
    assert judged.problems == () and judged.answers == {}
    assert judged.absent == {
        "work": "skipped", "hours": "not_shown", "kinds": "skipped", "count": "skipped", "words": "skipped",
    }  # fmt: skip


def test_a_full_form() -> None:
    """Option codes as in the YAML, multiples sorted, numbers as numbers, text in NFC without outer space."""
    judged = judge(work="yes", hours=" 38 ", kinds__b="b", kinds__a="a", count="60", words=" Ka\u0308si \r\n ")
    assert judged.answers == {"work": "yes", "hours": 38, "kinds": ["a", "b"], "count": 60, "words": "Käsi"}
    assert judged.absent == {} and judged.problems == ()


def test_a_reason_to_be_absent_is_no_answer() -> None:
    """The option's own reason is kept; real ticks win over it."""
    assert judge(work="na").absent["work"] == "not_applicable"
    assert judge(kinds__none="none").absent["kinds"] == "not_applicable"
    assert judge(kinds__none="none", kinds__a="a").answers["kinds"] == ["a"]


def test_a_hidden_answer_is_not_shown_whatever_it_says() -> None:
    """An impossible number left in a hidden question is neither an answer nor a problem."""
    judged = judge(work="no", hours="many")
    assert judged.absent["hours"] == "not_shown" and judged.problems == ()


@pytest.mark.parametrize(
    ("given", "message", "values"),
    [
        ("many", answers.WHOLE_NUMBER, {"example": 1}),
        ("1.5", answers.WHOLE_NUMBER, {"example": 1}),
        ("9" * 400, answers.WHOLE_NUMBER, {"example": 1}),
        ("0", answers.BETWEEN, {"minimum": 1, "maximum": 60}),
        ("61", answers.BETWEEN, {"minimum": 1, "maximum": 60}),
    ],
)
def test_bad_numbers(given: str, message: str, values: dict[str, int]) -> None:
    """Each kind of bad number has its message with its limits."""
    assert judge(count=given).problems == (AnswerProblem("count", "i-count", message, values),)


def test_one_limit_alone() -> None:
    """Where only one limit stands, the message names it alone."""
    low = instrument(dataclasses.replace(COUNT, maximum=None))
    high = instrument(dataclasses.replace(COUNT, minimum=None))
    assert answers.judge(low, "start", {"count": ["0"]}, today=TODAY).problems[0].message == answers.AT_LEAST
    assert answers.judge(high, "start", {"count": ["99"]}, today=TODAY).problems[0].message == answers.AT_MOST


def test_digits_of_other_scripts_are_numbers() -> None:
    """A phone with an Arabic keyboard types ٣٨."""
    assert judge(count="٣٨").answers["count"] == 38
    assert judge(count="−5").problems[0].message == answers.BETWEEN


@pytest.mark.parametrize("nothing", ["\u200b", " \u2066\u2069 ", "\u00a0\u202e\n", "\u200f"])
def test_invisible_characters_are_no_answer(nothing: str) -> None:
    """A text that shows nothing says nothing; a number keeps only its digits."""
    assert judge(words=nothing).absent["words"] == "skipped"
    assert judge(words=f"{nothing}sana{nothing}").answers["words"] == "sana"
    assert judge(count=f"20{nothing}").answers["count"] == 20


def test_a_text_over_its_length() -> None:
    """The problem says how long it is and how long it may be."""
    assert judge(words="x" * 11).problems == (
        AnswerProblem("words", "i-words", answers.SHORTEN, {"length": 11, "limit": 10}),
    )


def test_a_required_item() -> None:
    """Only a shown item can be required, and the message fits what there is to do."""
    asked = instrument(dataclasses.replace(WORK, required="hard"), dataclasses.replace(HOURS, required="hard"))
    assert [p.message for p in answers.judge(asked, "start", {}, today=TODAY).problems] == [answers.CHOOSE]
    assert [p.message for p in answers.judge(asked, "start", {"work": ["yes"]}, today=TODAY).problems] == [
        answers.WRITE
    ]


@pytest.mark.parametrize("fields", [{"work": ["maybe"]}, {"kinds.a": ["on"]}])
def test_answers_that_no_page_sends(fields: dict[str, list[str]]) -> None:
    """An option that is not there is a malformed form, not a question to the respondent."""
    with pytest.raises(MalformedForm):
        answers.judge(ASKED, "start", fields, today=TODAY)


def test_fields_that_no_page_sends() -> None:
    """Unknown and repeated names are refused; our own are not this module's business."""
    answers.check_fields(ASKED, "start", {"work": ["yes"], "kinds.a": ["a"], "_code": ["x"]})
    with pytest.raises(MalformedForm, match="a field that this questionnaire does not have"):
        answers.check_fields(ASKED, "start", {"wrok": ["yes"]})
    with pytest.raises(MalformedForm, match="the same field twice"):
        answers.check_fields(ASKED, "start", {"work": ["yes", "no"]})


fields = st.fixed_dictionaries(
    {},
    optional={
        "work": st.sampled_from(["yes", "no", "na", ""]),
        "kinds.a": st.just("a"),
        "kinds.none": st.just("none"),
        "hours": st.text(max_size=5),
        "count": st.text(max_size=5) | st.integers(-5, 70).map(str),
        "words": st.text(max_size=15),
    },
)


@given(fields)
def test_each_item_is_in_exactly_one_place(form: dict[str, str]) -> None:
    """Answers, absences and problems share out the items between them."""
    judged = answers.judge(ASKED, "start", {name: [value] for name, value in form.items()}, today=TODAY)
    places = [*judged.answers, *judged.absent, *(problem.name for problem in judged.problems)]
    assert sorted(places) == sorted(item.id for item in ASKED.items())


def test_numeric_options_sort_as_numbers() -> None:
    """Ten comes after nine."""
    many = Item(id="many", type="multiple", text={"fi": "x"}, options=tuple(
        Option(value=n, label={"fi": str(n)}) for n in (9, 10)
    ))  # fmt: skip
    judged = answers.judge(instrument(many), "start", {"many.10": ["10"], "many.9": ["9"]}, today=TODAY)
    assert judged.answers["many"] == [9, 10]
