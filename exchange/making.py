"""What importers of survey tools share when they make items: values, ids, texts put together, conditions told."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from exchange import expressions
from exchange.expressions import Asked, Expression, Scope, Untranslatable
from exchange.loss import Element, told, told_by
from exchange.naming import Names, values
from survey.answers import OTHER
from survey.marking import _
from survey.model import Item, Limit, Option, Row, Scale, Section, Value

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


def leave_parts(elements: Iterable[Element]) -> None:
    """What a question that is left was made of: whatever was said of it before no longer matters."""
    for element in elements:
        element.kind = "came"
        element.leave(told(_("Its question did not come over.")))


def values_of(codes: Sequence[str]) -> list[Value]:
    """Values of options for their codes: whole numbers only where all are."""
    found = values(codes)
    if not all(isinstance(value, int) for value in found):
        found = [str(value) if isinstance(value, int) and value >= 0 else value for value in found]
    return [f"{value}_2" if value == OTHER else value for value in found]


def tell_value(element: Element, code: str, value: Value) -> None:
    """Tells that a code is another than it was, not only in small letters."""
    if str(value) != code.lower():
        element.change(told(_("Its value is '{value}'."), value=value))


def told_id(names: Names, name: str, element: Element) -> str:
    """An id for a name; that it is another than the name in small letters is told."""
    id = names.take(name)
    if id != name.lower():
        element.change(told(_("Its id is '{id}'. Conditions follow."), id=id))
    return id


def instrument_id(given: str, file: str) -> str:
    """The id that an instrument is to have, or one after the name of its file."""
    return given or Names().take(re.sub(r"\.[^.]*$", "", file), otherwise="form", hyphens=True)


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


def iso(type: str, text: str) -> str | None:
    """A day, month or time of day as ISO text; None where there is no such."""
    pattern = {"date": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "time": r"([01]\d|2[0-3]):[0-5]\d"}.get(type)
    if pattern is None or not re.fullmatch(pattern, text):
        return None
    try:
        date.fromisoformat(text if type == "date" else f"{text}-01" if type == "month" else "2000-01-01")
    except ValueError:
        return None
    return text


def in_order(limits: dict[str, Limit], element: Element) -> dict[str, Limit]:
    """Limits by key, unless they are the wrong way round, which is told."""
    low, high = limits.get("minimum"), limits.get("maximum")
    if None in (low, high) or "today" in (low, high):
        return limits
    if low > high:  # type: ignore[operator]
        element.change(told(_("Its limits were the wrong way round, so neither is kept.")))
        return {}
    return limits


def choosable(options: Sequence[Option]) -> int:
    """How many options can be chosen together."""
    return sum(option.missing is None and not option.exclusive for option in options)


def chosen(id: str, value: Value) -> str:
    """The condition that an option is chosen."""
    return f"{id} == {value}" if isinstance(value, int) else f"{id} == '{value}'"


def asked(item: Item | Row, kind: str, values: Mapping[str, Value], *, conditional: bool) -> Asked:
    """What expressions can know of an item: how it is answered, its values by the form's own, and its bounds."""
    whole_values = [isinstance(value, int) for value in values.values()]
    numeric = kind == "number" or (kind != "several" and bool(values) and all(whole_values))
    low, high = (None, None) if isinstance(item, Row) or item.type == "scale" else (item.minimum, item.maximum)
    bounds = [None if limit == "today" else limit for limit in (low, high)]
    whole = isinstance(item, Item) and item.type in ("integer", "year")
    return Asked(item.id, kind, values, conditional, numeric, bounds[0], bounds[1], whole)


def both(first: str | None, second: str | None) -> str | None:
    """Two conditions that must both hold."""
    return f"({first}) and ({second})" if first and second else first or second


def told_condition(find: Callable[[], Expression], scope: Scope, element: Element) -> tuple[str | None, bool]:
    """A condition as text, and whether it never holds. What became of it is told of the element; one that cannot be
    said here is left, so that everybody is asked."""
    try:
        translated = expressions.condition(find(), scope)
    except Untranslatable as error:
        element.leave(
            told(_("It cannot be said here, since {reason}. So it is asked of everybody."), reason=told_by(error))
        )
        return None, False
    element.change(*translated.notes)
    if translated.tree is False:
        element.change(told(_("It never holds.")))
        return None, True
    if translated.tree is True:
        element.change(told(_("It always holds, so it is not needed.")))
    return translated.text, False


_ON_SCALES = ("likert", "grid", "single", "dropdown")


def shared_scales(sections: Sequence[Section]) -> tuple[dict[str, Scale], tuple[Section, ...]]:
    """Options that several items have become scales, each named after the first of them; the items refer to them."""
    users: dict[tuple[object, ...], list[str]] = {}
    for section in sections:
        for item in section.items:
            if item.type in _ON_SCALES and len(item.options) > 1 and not any(option.other for option in item.options):
                users.setdefault(_hashable(item.options), []).append(item.id)
    names = Names()
    called = {options: names.take(f"{ids[0][:33]}_scale") for options, ids in users.items() if len(ids) > 1}
    scales: dict[str, Scale] = {}

    def on_scale(item: Item) -> Item:
        name = called.get(_hashable(item.options)) if item.type in _ON_SCALES else None
        if name is None:
            return item
        scales.setdefault(name, Scale(options=item.options))
        return dataclasses.replace(item, options=(), scale=name)

    found = [dataclasses.replace(one, items=tuple(on_scale(item) for item in one.items)) for one in sections]
    return scales, tuple(found)


def _hashable(options: Sequence[Option]) -> tuple[object, ...]:
    return tuple((o.value, o.missing, o.score, o.exclusive, tuple(o.label.items())) for o in options)
