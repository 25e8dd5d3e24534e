"""What a page says in each language, as strings."""

from __future__ import annotations

from datetime import date

import pytest

from survey.pages import format_date


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fi", "31. maaliskuuta 2027"),
        ("sv", "31 mars 2027"),
        ("en", "March 31, 2027"),
        ("fi-simple", "31. maaliskuuta 2027"),
        ("uk", "31 березня 2027\u202fр."),
        ("ru", "31 марта 2027\u202fг."),
        ("ar", "31 مارس 2027"),
        ("so", "Maarso 31, 2027"),
    ],
)
def test_a_date_in_words(language: str, written: str) -> None:
    """As CLDR writes long dates; easy Finnish as Finnish. In Ukrainian and Russian a narrow space and an abbreviation
    of 'year' follow."""
    assert format_date(date(2027, 3, 31), language) == written
