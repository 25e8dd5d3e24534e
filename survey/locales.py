"""How dates, times and numbers are written in a language, by CLDR.

Babel is slow to import and few answers of the collector hold such a value: the functions import it when they need it.
"""

from __future__ import annotations

import functools
from datetime import date, time
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

TERRITORY = "FI"
"""Where the readers live: 3/4 is the third of April to them in English too."""


def format_date(day: date, language: str) -> str:
    """A calendar date in words, such as `31. maaliskuuta 2026`."""
    import babel.dates

    return str(babel.dates.format_date(day, format="long", locale=in_finland(language)))


def format_time(clock: time, language: str) -> str:
    """A time of day by the 24-hour clock, which is what is asked for: `8.30` or `08:30`."""
    import babel.dates

    return str(babel.dates.format_skeleton("Hm", clock, locale=in_finland(language)))


def format_number(number: int | float, language: str) -> str:
    """A number in Western digits with the language's own decimal separator. Thousands stand together: in each language
    that can be typed as it is shown, and no year is torn."""
    if isinstance(number, int) and number >= 0:
        return str(number)
    import babel.numbers

    exact = Decimal(repr(number))
    # English in Finland has a decimal comma in CLDR, and a point in what is written in English in Finland.
    return str(
        babel.numbers.format_decimal(
            exact, locale=_locale(language), decimal_quantization=False, group_separator=False, numbering_system="latn"
        )
    )


def language_name(tag: str, language: str) -> str:
    """What a language is called in another, such as `arabia`; its tag where CLDR does not know."""
    return str(_locale(language).languages.get(tag, tag))


@functools.cache
def _locale(language: str) -> Locale:
    """The locale of a tag of ours: easy Finnish is Finnish."""
    import babel

    return babel.Locale.parse(language.split("-")[0])


@functools.cache
def in_finland(language: str) -> Locale:
    """The same as it is used in Finland, where CLDR knows the difference."""
    import babel

    try:
        return babel.Locale.parse(f"{language.split('-')[0]}_{TERRITORY}")
    except babel.UnknownLocaleError:
        return _locale(language)
