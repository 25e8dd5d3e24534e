"""The tokens of a text in one of the small languages (conditions, calculations), taken one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from survey.marking import _
from survey.problems import Phrase, said


class Tokens:
    """What is left of a text. What cannot be read is raised as `error` of what was found."""

    def __init__(self, text: str, pattern: re.Pattern[str], error: Callable[[Phrase], ValueError]) -> None:
        """`pattern` matches one token, and white space before it."""
        self._error = error
        self._found = list(self._split(text, pattern))
        self._at = 0

    def __len__(self) -> int:
        return len(self._found) - self._at

    @property
    def ahead(self) -> str:
        """The next token; empty at the end."""
        return self._found[self._at] if len(self) else ""

    def take(self, *expected: str) -> str:
        """The next token, which must be one of those expected, if any are named."""
        if not len(self):
            raise self._error(said(_("it ends too early")))
        token = self.ahead
        if expected and token not in expected:
            raise self.unlike(_("'{token}' stands where '{expected}' was expected"), token, expected=expected[0])
        self._at += 1
        return token

    def end(self) -> None:
        """Nothing may be left."""
        if len(self):
            raise self.unlike(_("'{token}' is not expected there"), self.ahead)

    def unlike(self, message: str, token: str, **values: str) -> ValueError:
        """The error for a token that is none that can stand there."""
        return self._error(said(message, token=token, **values))

    def _split(self, text: str, pattern: re.Pattern[str]) -> Iterator[str]:
        position, end = 0, len(text.rstrip())
        while position < end:
            match = pattern.match(text, position)
            if match is None:
                raise self._error(said(_("'{text}' is not understood"), text=text[position:].strip()[:20]))
            position = match.end()
            yield match.group().strip()
