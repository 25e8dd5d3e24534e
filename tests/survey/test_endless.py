"""Texts that are short to send and long to work on: each is cut down before the work whose time grows with its square.

No time is measured: where one of these is not cut down, the test ends after minutes, if it ends.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.bodies import BODY_LIMIT
from survey import answers, codes
from survey.answers import MARKS_LIMIT, MalformedForm, _tidy
from survey.reading import read_library
from tests.conftest import ROOT

LONG = BODY_LIMIT // 2
TURNED = "\u0315" * (LONG // 2) + "\u0300" * (LONG // 2)
"""Marks in the order that is slowest to sort: 38 seconds by Python's own normalising, with every other thread waiting."""


@pytest.mark.parametrize("marks", [TURNED, "\u0315\u0300" * (LONG // 2), "\u0f73" * LONG, "\u0344" * LONG])
def test_marks_without_end_are_cut_before_they_are_sorted(marks: str) -> None:
    """No more than Unicode's own measure of writing (UAX 15, stream-safe text) stand on one letter, also those that are
    two in one."""
    text = _tidy(f"a{marks}b{marks[:10]}", lines=False)
    assert text[0] in "aàáä" and len(text) <= 2 * MARKS_LIMIT + 20 + 10 and "b" in text


@given(st.text(st.characters(codec="utf-8") | st.sampled_from("a\u0308\u0301\u05b4\u0f73\u3099"), max_size=40))
def test_writing_is_normalised_as_ever(text: str) -> None:
    """What has no more marks than that is in NFC, and nothing of it is lost."""
    found = _tidy(f"x{text}x", lines=True)
    plain = "".join(
        c for c in text.replace("\r\n", "\n").replace("\r", "\n") if c == "\n" or unicodedata.category(c) != "Cc"
    )
    marks = sum(unicodedata.combining(c) > 0 for c in unicodedata.normalize("NFD", text))
    if marks <= MARKS_LIMIT and "\r" not in text and not any(unicodedata.category(c) == "Cc" for c in text):
        assert found == unicodedata.normalize("NFC", f"x{plain}x")


@pytest.mark.parametrize("typed", [TURNED, "\ufdfa" * LONG, "A" * LONG, "\u200b" * LONG, "\u200b" * LONG + "0" * 13])
def test_what_is_far_too_long_for_a_code_is_none(typed: str) -> None:
    """It is not normalised at all; neither as a code nor as a receipt."""
    assert codes.normalised(typed) is None and codes.normalised_receipt(typed) is None


def test_outer_marks_of_direction_without_end() -> None:
    """They are left out at once, not one after another."""
    assert _tidy("\u200b" * LONG + " a\u200bb " + "\u200f" * LONG, lines=True) == "a\u200bb"
    assert _tidy(" \u200b" * LONG, lines=True) == ""


@pytest.mark.parametrize("text", ["1" * 5000, "9" * LONG, "0" * 5000 + "1", "٣" * 5000])
def test_digits_without_end_are_no_number(text: str) -> None:
    """Python reads no more than 4,300 digits and raises beyond: each type of question says so itself, or that no page of
    ours sends it; nothing else is raised."""
    read = read_library(ROOT / "docs" / "examples").library
    assert read is not None
    instrument = read.instruments["kentat@1"]
    for item in instrument.items("end"):
        for name in answers.item_fields(instrument, item):
            try:
                judged = answers.judge(instrument, "end", {"single": ["full"], name: [text]}, today=date(2026, 11, 24))
            except MalformedForm:
                continue
            wrong = {problem.name for problem in judged.problems}
            assert item.id in wrong or judged.absent.get(item.id) == "not_shown" or item.type == "calculated", name
