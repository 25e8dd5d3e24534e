"""The mistake behind a line of YAML that cannot be read: the parser stumbles over it later, or says what it expected;
an author wants to know which line to mend, and how."""

from __future__ import annotations

import re
from collections.abc import Sequence

from survey.marking import _
from survey.phrases import Phrase, said

_KEY = re.compile(r"\s*(?:- +)*[A-Za-z_][\w-]*:(?= |$)")
"""A line that begins with a key."""
_CLOSE_KEY = re.compile(r"\s*(?:- +)*[A-Za-z_][\w-]*:(?!//)[^\s:]")
_CLOSE_DASH = re.compile(r"\s*-[A-Za-z_][\w-]*: ")
_QUOTED = re.compile(r"""\s*(?:- +)*[A-Za-z_][\w-]*: +(["']).*\1""")
_BRACED = re.compile(r"\s*(?:- +)*[A-Za-z_][\w-]*: +[{\[].*[}\]]")
_MARK = re.compile(r"(?:<{7}|={7}|>{7})(?: |$)")
_SPACES = re.compile("^[ \t]*\N{NO-BREAK SPACE}|:\N{NO-BREAK SPACE}")
_UNEVEN = ("did not find expected key", "did not find expected '-' indicator")


def merge_mark(lines: Sequence[str]) -> int | None:
    """The line, from 0, where a version control tool left two versions side by side."""
    return next((n for n, line in enumerate(lines) if _MARK.match(line)), None)


def strange_space(lines: Sequence[str], line: int) -> int | None:
    """The line at or above a line, from 0, that has a no-break space where YAML wants a plain one."""
    return next((n for n in _at_and_above(lines, line) if _SPACES.search(lines[n])), None)


def mistake(lines: Sequence[str], line: int, column: int, found: str) -> tuple[int, Phrase] | None:
    """The line to mend, from 0, and what is wrong there; None where nothing better is known than what the parser found
    at `line` and `column`."""
    if not 0 <= line < len(lines):
        return None
    for at in _at_and_above(lines, line):
        if _CLOSE_DASH.match(lines[at]):
            return at, said(_("a space is missing after the dash that begins an entry"))
        if _CLOSE_KEY.match(lines[at]) and not _KEY.match(lines[at]):
            return at, said(_("a space is missing after the colon of a key"))
    if found in _UNEVEN:
        return _uneven(lines, line, column)
    if found == "mapping values are not allowed in this context":
        return _second_colon(lines, line, column)
    return None


def _uneven(lines: Sequence[str], line: int, column: int) -> tuple[int, Phrase] | None:
    begun = _QUOTED.match(lines[line][:column].rstrip())
    if begun and lines[line][column:].strip():
        words = _(
            "a text in quotes ends at the second quote and goes on after it; put the whole text in quotes of the other "
            "kind"
        )
        return line, said(words)
    if _BRACED.match(lines[line][:column].rstrip()) and lines[line][column:].strip():
        return line, said(_("a text that begins with { or [ needs quotes"))
    at_key = column <= _content(lines[line])
    if at_key and _KEY.match(lines[line]) and _indent(lines[line]) not in _open_indents(lines, line):
        return line, said(_("its indent is that of no line above that it could belong to"))
    return None


def _second_colon(lines: Sequence[str], line: int, column: int) -> tuple[int, Phrase]:
    key = _KEY.match(lines[line])
    if key and key.end() - 1 == column and (above := _above(lines, line)) is not None:
        if _indent(lines[line]) > _content(lines[above]):
            return line, said(_("it is indented deeper than the line that it belongs beside"))
        if not _KEY.match(lines[above]):
            return above, said(_("a colon is missing after a key"))
    return line, said(_("a colon stands in a text; put the text in quotes"))


def _above(lines: Sequence[str], line: int) -> int | None:
    """The nearest line above with something on it that is no comment."""
    return next((n for n in range(line - 1, -1, -1) if lines[n].strip() and lines[n].strip()[0] != "#"), None)


def _at_and_above(lines: Sequence[str], line: int) -> list[int]:
    above = _above(lines, line)
    return [n for n in (line, above) if n is not None and 0 <= n < len(lines)]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _content(line: str) -> int:
    """Where the words of a line begin: after the dash, if there is one."""
    return len(line) - len(line.lstrip(" -")) if line.lstrip(" ").startswith("- ") else _indent(line)


def _open_indents(lines: Sequence[str], line: int) -> set[int]:
    """The indents of what is still open above a line."""
    found: set[int] = set()
    for row in reversed(lines[:line]):
        if row.strip() and row.strip()[0] != "#":
            for indent in (_content(row), _indent(row)):
                if not found or indent < min(found):
                    found.add(indent)
    return found
