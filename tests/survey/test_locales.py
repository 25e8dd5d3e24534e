"""Numbers, dates and times as each language of the site writes them, held against CLDR."""

from __future__ import annotations

import re
from datetime import date, time

import pytest

from build import read_messages
from survey import answers, locales
from survey.answers import PARTS, AnswerProblem, judge
from survey.model import Instrument, Item, Library
from survey.pages import Assets, QuestionPage, in_words, problem_text
from tests.survey.test_logic import instrument

TODAY = date(2026, 11, 24)
LANGUAGES = ("fi", "sv", "en", "fi-simple", "uk", "ru", "ar", "so")
DIGITS = str.maketrans(dict(zip("0123456789", "٠١٢٣٤٥٦٧٨٩", strict=True)))


def page(library: Library, asked: Instrument, language: str) -> QuestionPage:
    assets = Assets(style="", script="")
    messages = read_messages(language)
    return QuestionPage(
        library=library, language=language, messages=messages, assets=assets, instrument=asked, wave="start"
    )


def item(type: str, **keys: object) -> Item:
    return Item(id="it", type=type, text=dict.fromkeys(LANGUAGES, "Palkka"), **keys)  # type: ignore[arg-type]


def said(library: Library, language: str, asked: Item, typed: str) -> str:
    """What a page says of a number that was typed."""
    one = instrument(asked)
    (problem,) = judge(one, "start", {"it": [typed]}, today=TODAY).problems
    return problem_text(page(library, one, language), problem)


def test_the_languages_here_are_those_of_the_site(library: Library) -> None:
    """A language that is added to the site is held against CLDR here."""
    assert set(library.site.languages) == set(LANGUAGES)


def order(pattern: str) -> tuple[str, ...]:
    """Day, month and year in the order of a pattern of CLDR, whose quoted words are no letters of fields."""
    names = {"d": "day", "M": "month", "L": "month", "y": "year"}
    return tuple(dict.fromkeys(names[letter] for letter in re.sub(r"'[^']*'", "", pattern) if letter in names))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fields_of_a_date_stand_in_the_order_of_the_language(language: str) -> None:
    """The day first, as in CLDR's dates of middle length in Finland. Its shortest put the year first in Swedish, and its
    longest the month first in Somali: people in Finland meet the day first in both."""
    assert order(str(locales.in_finland(language).date_formats["medium"])) == PARTS["date"]


@pytest.mark.parametrize("language", ["hu", "zh", "ja"])
def test_a_language_that_begins_with_the_year_is_noticed(language: str) -> None:
    """The test before this one would stop a language whose dates the page does not ask for in its order."""
    assert order(str(locales.in_finland(language).date_formats["medium"]))[0] == "year"


@pytest.mark.parametrize(
    ("language", "numbers"),
    [
        ("fi", ["2026", "12345", "1,5", "1234567,25", "-5", "-0,5"]),
        ("fi-simple", ["2026", "12345", "1,5", "1234567,25", "-5", "-0,5"]),
        ("sv", ["2026", "12345", "1,5", "1234567,25", "-5", "-0,5"]),
        ("en", ["2026", "12345", "1.5", "1234567.25", "-5", "-0.5"]),
        ("uk", ["2026", "12345", "1,5", "1234567,25", "-5", "-0,5"]),
        ("ru", ["2026", "12345", "1,5", "1234567,25", "-5", "-0,5"]),
        ("ar", ["2026", "12345", "1.5", "1234567.25", "-5", "-0.5"]),
        ("so", ["2026", "12345", "1.5", "1234567.25", "-5", "-0.5"]),
    ],
)
def test_a_number(language: str, numbers: list[str]) -> None:
    """The separator of CLDR's language and Western digits, which are its default in Arabic; thousands not parted."""
    shown = [locales.format_number(n, language) for n in (2026, 12345, 1.5, 1234567.25, -5, -0.5)]
    assert shown == numbers


@pytest.mark.parametrize(
    ("language", "written"),
    [("fi", "8.05"), ("fi-simple", "8.05"), ("sv", "08.05"), ("en", "8.05"), ("uk", "08:05"), ("ru", "08:05"),
     ("ar", "08:05"), ("so", "08:05")],
)  # fmt: skip
def test_a_time(language: str, written: str) -> None:
    """By the 24-hour clock of CLDR in Finland."""
    assert locales.format_time(time(8, 5), language) == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_shown_can_be_typed(language: str) -> None:
    """Numbers and times that a page gives as examples or limits are understood when they are typed as they stand, and so
    are they in Arabic digits."""
    asked = instrument(item("decimal"))
    for number in (0.5, 12, 1500, 1234.25, -2.5):
        shown = locales.format_number(number, language)
        for typed in (shown, shown.translate(DIGITS)):
            assert judge(asked, "start", {"it": [typed]}, today=TODAY).answers == {"it": number}, typed
    clock = locales.format_time(time(8, 5), language)
    assert judge(instrument(item("time")), "start", {"it": [clock]}, today=TODAY).answers == {"it": "08:05"}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "”1.500” voi tarkoittaa kahta lukua. Kirjoita joko 1500 tai 1,5."),
        ("fi-simple", "”1.500” voi olla kaksi eri lukua. Kirjoita 1500 tai 1,5."),
        ("sv", "”1.500” kan betyda två olika tal. Skriv antingen 1500 eller 1,5."),
        ("en", "“1.500” can mean two numbers. Write either 1500 or 1.5."),
        ("uk", "«1.500» може означати два різні числа. Напишіть або 1500, або 1,5."),
        ("ru", "«1.500» может означать два разных числа. Напишите либо 1500, либо 1,5."),
        ("ar", "يمكن أن يعني «\u20661.500\u2069» عددين مختلفين. يُرجى كتابة 1500 أو \u20661.5\u2069."),
        ("so", "“1.500” waxay noqon kartaa laba tiro oo kala duwan. Qor 1500 ama 1.5."),
    ],
)
def test_thousands_or_decimals_is_asked(library: Library, language: str, sentence: str) -> None:
    """Whatever the language of the page: who reads it may have learnt numbers in another."""
    assert said(library, language, item("decimal"), "1.500") == sentence


def test_limits_have_the_separator_of_the_language(library: Library) -> None:
    """Also where a number is large or negative, and where writing runs from the right."""
    asked = item("decimal", minimum=-0.5, maximum=1000000.5)
    assert said(library, "fi", asked, "-1") == "Kirjoita luku väliltä -0,5–1000000,5."
    assert said(library, "en", asked, "-1") == "Write a number from -0.5 to 1000000.5."
    assert said(library, "ar", asked, "-1") == "يُرجى كتابة عدد من \u2066-0.5\u2069 إلى \u20661000000.5\u2069."
    assert said(library, "ru", item("time"), "noon") == "Напишите время в часах и минутах, например 08:30."


def test_a_condition_has_them_too(library: Library) -> None:
    """Numbers, dates and times that an answer is compared with."""
    kinds = {"it": item("decimal"), "on": item("date"), "at": item("time")}
    asked = instrument(*(Item(id=id, type=one.type, text=one.text) for id, one in kinds.items()))
    shown = page(library, asked, "uk")
    assert in_words(shown, "it > 1.5") == "Ваша відповідь на запитання «Palkka» — більше ніж 1,5"
    assert in_words(shown, "at > '08:30'") == "Ваша відповідь на запитання «Palkka» — більше ніж 08:30"
    assert "\u206631.3.2026\u2069" in in_words(page(library, asked, "ar"), "on > '2026-03-31'")


def test_decimals_that_were_asked_for_are_no_thousands() -> None:
    """Where three decimals can be written, three digits after a point or comma are decimals."""
    asked = instrument(item("decimal", decimals=3))
    assert judge(asked, "start", {"it": ["1,500"]}, today=TODAY).answers == {"it": 1.5}
    assert judge(asked, "start", {"it": ["-1.234"]}, today=TODAY).answers == {"it": -1.234}


@pytest.mark.parametrize("year", ["1403", "1446", "١٤٤٦"])
def test_a_year_of_another_calendar_is_not_taken(year: str) -> None:
    """The calendars of Iran and of Arabia have years that look like ours; the example shows which is meant. An item
    whose minimum is earlier takes them."""
    problem = AnswerProblem("it", "i-it", answers.YEAR, {"example": 2026})
    assert judge(instrument(item("year")), "start", {"it": [year]}, today=TODAY).problems == (problem,)
    dated = {"it.day": ["1"], "it.month": ["1"], "it.year": [year]}
    (problem,) = judge(instrument(item("date")), "start", dated, today=TODAY).problems
    assert (problem.control, problem.message) == ("i-it.year", answers.DATE)
    old = instrument(item("year", minimum=1400))
    assert judge(old, "start", {"it": ["1446"]}, today=TODAY).answers == {"it": 1446}
