"""What importers of survey tools share when they make items: values, ids, texts put together, conditions told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from exchange import expressions
from exchange.expressions import Expression, Scope, Untranslatable
from exchange.loss import Element
from exchange.naming import Names, values
from survey.answers import OTHER
from survey.model import Option, Value

COMMENT: Mapping[str, str] = {
    "fi": "Kommentti",
    "sv": "Kommentar",
    "en": "Comment",
    "uk": "Коментар",
    "ru": "Комментарий",
    "ar": "تعليق",
    "so": "Faallo",
}
"""The label of a field for words that a form adds by itself."""
MOST_FIELDS = 60
"""So many fields an array is split into at most."""


class Left(Exception):
    """The question cannot be asked here; the message is the reason, in a whole sentence."""


def values_of(codes: Sequence[str]) -> list[Value]:
    """Values of options for their codes: whole numbers only where all are."""
    found = values(codes)
    if not all(isinstance(value, int) for value in found):
        found = [str(value) if isinstance(value, int) and value >= 0 else value for value in found]
    return [f"{value}_2" if value == OTHER else value for value in found]


def tell_value(element: Element, code: str, value: Value) -> None:
    """Tells that a code is another than it was, not only in small letters."""
    if str(value) != code.lower():
        element.change(f"Its value is '{value}'.")


def told_id(names: Names, name: str, element: Element) -> str:
    """An id for a name; that it is another than the name in small letters is told."""
    id = names.take(name)
    if id != name.lower():
        element.change(f"Its id is '{id}'.")
    return id


def joined(*texts: Mapping[str, str] | None) -> dict[str, str]:
    """Texts one after the other, in every language."""
    given = [text for text in texts if text]
    return {tag: " – ".join(text[tag] for text in given) for tag in given[0]}


def numbered(languages: Sequence[str], first: int, last: int, step: int = 1) -> tuple[Option, ...]:
    """Options for the numbers from the first to the last."""
    numbers = range(first, last + 1, step)
    return tuple(Option(value=n, label=dict.fromkeys(languages, str(n))) for n in numbers)


def number(text: str) -> int | float | None:
    """A number that a limit can be; None where it is worked out, or too large."""
    bare = text.strip().replace(",", ".")
    if re.fullmatch(r"-?\d{1,12}", bare):
        return int(bare)
    return float(bare) if re.fullmatch(r"-?\d{0,9}\.\d{1,6}", bare) else None


def chosen(id: str, value: Value) -> str:
    """The condition that an option is chosen."""
    return f"{id} == {value}" if isinstance(value, int) else f"{id} == '{value}'"


def both(first: str | None, second: str | None) -> str | None:
    """Two conditions that must both hold."""
    return f"({first}) and ({second})" if first and second else first or second


def told_condition(find: Callable[[], Expression], scope: Scope, element: Element) -> tuple[str | None, bool]:
    """A condition as text, and whether it never holds. What became of it is told of the element; one that cannot be
    said here is left, so that everybody is asked."""
    try:
        translated = expressions.condition(find(), scope)
    except Untranslatable as error:
        element.leave(f"It cannot be said here, since {error}. So it is asked of everybody.")
        return None, False
    element.change(*translated.notes)
    if translated.tree is False:
        element.change("It never holds.")
        return None, True
    if translated.tree is True:
        element.change("It always holds, so it is not needed.")
    return translated.text, False
