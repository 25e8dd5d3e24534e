"""Answers as JSON: what a program sends, turned into the fields that a page would send, and the schema that says how.

Only the kind of a value is looked at here: whether an answer is right is `survey.answers`' to judge, as for a page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from survey.answers import OTHER, PARTS, SHORT_TEXT_LIMIT, TEXT_LIMIT, Fields
from survey.model import TYPED_NUMBERS, Instrument, Item, Option, Value

Schema = dict[str, Any]
FORMS = {"date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "month": r"[0-9]{4}-[0-9]{2}"}
WORDS = ("text", "long_text", "email", "phone", "time", "consent", "hidden")


class NotOfItsKind(ValueError):
    """Answers that the questionnaire does not have, or that are of another kind than their questions: `names`."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


def fields(instrument: Instrument, wave: str, answers: Mapping[str, Any]) -> Fields:
    """The fields of a page that was filled in with these answers. Raises NotOfItsKind, which names every wrong one.

    Options by their values as the instrument has them, also those that mean no answer; several as a list without
    repetition; an order as a list from the first; numbers as numbers; dates as `2026-03-31` or `2026-03`; anything else
    as text. The words beside an option stand under `<item>.other_text`.
    """
    found: dict[str, list[str]] = {}
    known = {name: turn for item in instrument.items(wave) for name, turn in _members(instrument, item)}
    wrong = []
    for name, answer in answers.items():
        turned = known[name](answer) if name in known else None
        if turned is None:
            wrong.append(name)
        else:
            found |= {field: [text] for field, text in turned.items()}
    if wrong:
        raise NotOfItsKind(wrong)
    return found


Turn = Callable[[Any], dict[str, str] | None]
"""An answer in the fields of a page; None where it is of another kind."""


def _members(instrument: Instrument, item: Item) -> Iterator[tuple[str, Turn]]:
    options = instrument.options(item)
    if item.type == "calculated":
        return
    if item.type == "multiple":
        yield item.id, lambda answer: _ticked(item, options, answer)
    elif item.type == "rank":
        yield item.id, lambda answer: _ordered(item, options, answer)
    elif item.type in PARTS:
        yield item.id, lambda answer: _parts(item, answer)
    elif item.type in TYPED_NUMBERS:
        yield item.id, lambda answer: {item.id: _digits(answer)} if _is_number(answer) else None
    elif item.type in WORDS:
        yield item.id, lambda answer: _words(item.id, answer)
    else:
        yield item.id, lambda answer: {item.id: str(answer)} if _among(options, answer) else None
    if any(option.other for option in options):
        yield f"{item.id}.{OTHER}", lambda answer: _words(f"{item.id}.{OTHER}", answer)


def _among(options: Sequence[Option], answer: Any) -> bool:
    """Whether an answer is an option's value, and not only looks like it: true is not 1."""
    return any(type(answer) is type(option.value) and answer == option.value for option in options)


def _listed(options: Sequence[Option], answer: Any) -> bool:
    return isinstance(answer, list) and all(_among(options, one) for one in answer) and len({*answer}) == len(answer)


def _ticked(item: Item, options: Sequence[Option], answer: Any) -> dict[str, str] | None:
    return {f"{item.id}.{one}": str(one) for one in answer} if _listed(options, answer) else None


def _ordered(item: Item, options: Sequence[Option], answer: Any) -> dict[str, str] | None:
    if not _listed(options, answer) or len(answer) > (item.at_most or len(options)):
        return None
    return {f"{item.id}.{one}": str(place) for place, one in enumerate(answer, 1)}


def _parts(item: Item, answer: Any) -> dict[str, str] | None:
    if not isinstance(answer, str) or not re.fullmatch(FORMS[item.type], answer):
        return None
    return {f"{item.id}.{part}": text for part, text in zip(reversed(PARTS[item.type]), answer.split("-"), strict=True)}


def _words(name: str, answer: Any) -> dict[str, str] | None:
    return {name: answer} if isinstance(answer, str) else None


def _is_number(answer: Any) -> bool:
    return isinstance(answer, int | float) and not isinstance(answer, bool)


def _digits(number: int | float) -> str:
    """A number as nobody can take it for another: a last 0 keeps `1.234` from being a thousand."""
    return str(number) if isinstance(number, int) else f"{Decimal(repr(number)):f}0"


# --- the schema -----------------------------------------------------------------------------------


def schema(instrument: Instrument, wave: str) -> Schema:
    """What the answers to an instrument at a wave may be, as a JSON Schema of draft 2020-12, with the limits that are
    judged afterwards. What hangs on another answer, only the collector judges."""
    items = list(instrument.items(wave))
    return {
        "type": "object",
        "properties": {name: found for item in items for name, found in _schemas(instrument, item)},
        "required": [item.id for item in items if item.required == "hard" and item.show_if is None],
        "additionalProperties": False,
    }


def _schemas(instrument: Instrument, item: Item) -> Iterator[tuple[str, Schema]]:
    options = instrument.options(item)
    if item.type != "calculated":
        yield item.id, _schema(item, [option.value for option in options])
    if any(option.other for option in options):
        yield f"{item.id}.{OTHER}", {"type": "string", "maxLength": SHORT_TEXT_LIMIT}


def _schema(item: Item, values: list[Value]) -> Schema:
    limits = {"minimum": item.minimum, "maximum": item.maximum}
    if item.type in ("multiple", "rank"):
        most = {"maxItems": item.at_most} if item.at_most else {}
        return {"type": "array", "items": {"enum": values}, "uniqueItems": True, **most}
    if item.type in TYPED_NUMBERS:
        numeric = {key: limit for key, limit in limits.items() if isinstance(limit, int | float)}
        return {"type": "number" if item.type == "decimal" else "integer", **numeric}
    if item.type in FORMS:
        return {"type": "string", "pattern": f"^{FORMS[item.type]}$"}
    if item.type == "time":
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
    if item.type == "consent":
        return {"enum": ["yes"]}
    if item.type == "hidden":
        return {"enum": [item.value, *(str(value) for value in values)]}
    if item.type in WORDS:
        limit = item.max_length or (TEXT_LIMIT if item.type == "long_text" else SHORT_TEXT_LIMIT)
        return {"type": "string", "maxLength": limit}
    return {"enum": values}
