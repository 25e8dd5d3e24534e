"""What somebody typed into a form: read field by field, with a problem beside each that cannot be used."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from survey.marking import _
from survey.phrases import Words, said

NEEDED = _("Fill this in.")
NO_DATE = _("“{text}” is no date. Write it like 31.3.2026.")
NOT_OFFERED = _("Choose one of what is offered.")
NO_NUMBER = _("“{text}” is no number. Write a whole number from {low} to {high}.")
TOO_LONG = _("This has {count} letters, and there is room for {most}. Say it in fewer words.")


class Typed:
    """The fields of a form and what is wrong with them. A field that has a problem gives None or nothing."""

    def __init__(self, fields: Mapping[str, Sequence[str]] | None = None) -> None:
        self.fields: dict[str, list[str]] = {name: list(values) for name, values in (fields or {}).items()}
        self.problems: dict[str, Words] = {}

    @property
    def ok(self) -> bool:
        return not self.problems

    def value(self, name: str, otherwise: str = "") -> str:
        """What stands in a field, as it was typed; `otherwise` where the form had no such field."""
        return self.fields[name][0] if self.fields.get(name) else otherwise

    def values(self, name: str) -> list[str]:
        """All that was chosen under a name."""
        return self.fields.get(name, [])

    def wrong(self, name: str, problem: Words) -> None:
        """Marks a field, keeping the first problem."""
        self.problems.setdefault(name, problem)

    def text(self, name: str, *, needed: bool = False, most: int = 4000) -> str:
        """A text without outer space."""
        found = self.value(name).strip()
        if needed and not found:
            self.wrong(name, said(NEEDED))
        if len(found) > most:
            self.wrong(name, said(TOO_LONG, count=len(found), most=most))
        return found

    def day(self, name: str, *, needed: bool = False) -> date | None:
        """A date, as 31.3.2026 or 2026-03-31."""
        text = self.text(name, needed=needed)
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
        try:
            return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
        except ValueError:
            self.wrong(name, said(NO_DATE, text=text))
            return None

    def choice(self, name: str, options: Collection[str], *, needed: bool = True) -> str:
        """One of some options; empty where none was chosen."""
        found = self.value(name)
        if not found and not needed:
            return ""
        if found not in options:
            self.wrong(name, said(NEEDED) if not found else said(NOT_OFFERED))
            return ""
        return found

    def number(self, name: str, *, low: int, high: int) -> int | None:
        """A whole number."""
        text = self.text(name, needed=True)
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
            self.wrong(name, said(NO_NUMBER, text=text, low=low, high=high))
            return None
        return int(text)
