"""Sentences with gaps, as problems and reports have them: a message with what fills it, said in any language.

Messages are those of a catalogue in `site_templates/messages/`. The English wording is the message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from survey.frozen import dataclass

_LONGEST = 300
"""Letters of what a file says that a sentence repeats."""
_GAP = re.compile(r"\{(\w+)\}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class _English(dict[str, str]):
    """The messages are English, so each is its own translation."""

    def __missing__(self, message: str) -> str:
        return message


ENGLISH: Mapping[str, str] = _English()


@dataclass(frozen=True)
class Phrase:
    """A message with what fills its `{gaps}`: texts, numbers, phrases, or tuples of these, which are said as lists.

    Messages are plain literals marked with `_`. Phrases are sorted by their English wording.
    """

    message: str
    values: tuple[tuple[str, object], ...] = ()

    def say(self, messages: Mapping[str, str]) -> str:
        """The phrase in one language. `messages` has the translation of each message. Raises KeyError."""
        values = dict(self.values)
        return _GAP.sub(lambda gap: _spoken(values[gap[1]], messages), messages[self.message])

    def __str__(self) -> str:
        return self.say(ENGLISH)

    def __lt__(self, other: Phrase) -> bool:
        return str(self) < str(other)


Words = str | Phrase
"""Ids, keys and codes are the same in every language; other words are phrases."""


def said(message: str, **values: object) -> Phrase:
    """A phrase: `said(_("item '{item}' has no limit."), item=item.id)`."""
    return Phrase(message, tuple(values.items()))


def _spoken(value: object, messages: Mapping[str, str]) -> str:
    if isinstance(value, Phrase):
        return value.say(messages)
    if isinstance(value, tuple):
        return ", ".join(_spoken(each, messages) for each in value)
    # As numbers stand in the files: a point for decimals, and nothing between thousands.
    text = f"{value:.12g}" if isinstance(value, float) else in_a_line(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def in_a_line(text: str) -> str:
    """A text of a file with its line breaks and other control characters as `\\n`, since a problem is one line."""
    return _CONTROL.sub(lambda control: repr(control[0])[1:-1], text)
