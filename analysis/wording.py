"""Words and numbers in the report's language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from survey.marking import _
from survey.model import Text

SOURCE_LANGUAGE = "en"
FROM_TO = _("{low} to {high}")


class UntranslatedError(ValueError):
    """A message has no translation in the report's language."""


class Words:
    """Messages, numbers and dates in one language. English messages are their own translations."""

    def __init__(self, language: str, messages: Mapping[str, str]) -> None:
        self.language = language
        self._messages = messages
        self._locale = Locale.parse(language.split("-", maxsplit=1)[0])

    def __call__(self, message: str, **values: object) -> str:
        """The message in the language, `{name}` filled in. Raises UntranslatedError."""
        found = self._messages.get(message)
        if not found and self.language != SOURCE_LANGUAGE:
            raise UntranslatedError(f"The message '{message}' is not translated to '{self.language}'.")
        words = found or message
        return words.format(**values)

    def text(self, text: Text) -> str:
        """A text of the library; one that lacks the language is given in its first."""
        return text.get(self.language) or next(iter(text.values()))

    def language_name(self, tag: str, own: str) -> str:
        """The name of a language; where the report's language has none for it, `own`, which it has in itself."""
        return str(self._locale.languages.get(tag, own))

    def number(self, value: float, decimals: int = 0, *, sign: bool = False) -> str:
        """A number with the language's separators and a true minus; with `sign` also a plus."""
        shown = format_decimal(value, format="#,##0" + ("." + "0" * decimals if decimals else ""), locale=self._locale)
        shown = re.sub("[-\u2212]", "\u2212", shown)
        return f"+{shown}" if sign and value > 0 else shown

    def percent(self, percent: int) -> str:
        return format_percent(percent / 100, locale=self._locale)

    def interval(self, interval: tuple[float, float], decimals: int = 1) -> str:
        """Both ends in words, as a dash between signed numbers is hard to read."""
        low, high = (self.number(end, decimals) for end in interval)
        return self(FROM_TO, low=low, high=high)

    def percent_interval(self, interval: tuple[int, int]) -> str:
        return self(FROM_TO, low=self.number(interval[0]), high=self.percent(interval[1]))

    def date(self, moment: str, time_zone: str) -> str:
        """The calendar date of an ISO moment in a time zone, written out."""
        day = datetime.fromisoformat(moment).astimezone(ZoneInfo(time_zone)).date()
        return format_date(day, format="long", locale=self._locale)
