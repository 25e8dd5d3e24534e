"""The tokens of a text in one of the small languages (conditions, calculations), taken one after the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from survey.marking import _
from survey.phrases import Phrase, said


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
            raise self._error(self.instead(token, expected[0]))
        self._at += 1
        return token

    def end(self) -> None:
        """Nothing may be left."""
        if len(self):
            raise self._error(self.needless(self.ahead))

    # What is said of a token that cannot stand there; a language may know better what was meant.

    def instead(self, token: str, expected: str) -> Phrase:
        return said(_("'{token}' stands where '{expected}' was expected"), token=token, expected=expected)

    def needless(self, token: str) -> Phrase:
        return said(_("'{token}' is not expected there"), token=token)

    def unread(self, text: str) -> Phrase:
        """Of what is no token at all; `text` begins with it."""
        return said(_("'{text}' is not understood"), text=text)

    def _split(self, text: str, pattern: re.Pattern[str]) -> Iterator[str]:
        position, end = 0, len(text.rstrip())
        while position < end:
            match = pattern.match(text, position)
            if match is None:
                raise self._error(self.unread(text[position:].strip()[:20]))
            position = match.end()
            yield match.group().strip()
