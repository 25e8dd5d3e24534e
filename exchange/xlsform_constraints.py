"""The constraint of a question of an XLSForm: what of it is a limit, a number of choices, a length or a rule."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange import expressions
from exchange.expressions import COMPARISONS, Call, Expression, Literal, Name, Scope, Untranslatable, unwrapped
from exchange.loss import told, told_by
from survey.logic import Condition
from survey.marking import _
from survey.model import Limit

EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
PHONE = r"^\+?[0-9 ()-]{5,25}$"
"""The patterns that our own e-mail addresses and telephone numbers are written with, and known by."""
_OWN = Name(".")
_NEGATED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


@dataclass
class Found:
    """What a constraint came to: fields of the item, rules, options to choose alone, and sentences on the rest."""

    fields: dict[str, Any] = field(default_factory=dict)
    rules: list[Condition | bool] = field(default_factory=list)
    exclusive: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def rule(self) -> str | None:
        tree = expressions.joined("and", self.rules)
        return None if tree is True else expressions.written(tree)


def constraint(expression: Expression, type: str, scope: Scope) -> Found:
    """What becomes of the constraint of a question of one of our types. `scope` has the question itself as "."."""
    found = Found()
    parts = [
        part
        for part in _parts(expression)
        if not (_limit(part, type, found) or _count(part, type, found) or _exclusive(part, type, found))
    ]
    bounds = {key: limit for key, limit in found.fields.items() if key in ("minimum", "maximum") and limit != "today"}
    own = scope.asked["."]
    within = scope.within(dict.fromkeys(scope.names_of(own.id), dataclasses.replace(own, **bounds)))
    for part in parts:
        _rule(part, within, found)
    scope.used |= within.used
    return found


def _parts(expression: Expression) -> Iterator[Expression]:
    """What must hold together. A part that need not hold while something is unanswered stands without that."""
    match unwrapped(expression):
        case Call("and", parts):
            for part in parts:
                yield from _parts(part)
        case Call("or", parts):
            kept = [part for part in parts if not _is_empty(part)]
            if len(kept) == 1 < len(parts):
                yield from _parts(kept[0])
            else:
                yield Call("or", tuple(kept))
        case Call("not", (Call(name, (left, right)),)) if name in COMPARISONS:
            yield Call(_NEGATED[name], (left, right))
        case other:
            yield other


def _is_empty(expression: Expression) -> bool:
    match expression:
        case Call("=", (Name(), Literal(""))):
            return True
    return False


# --- limits ---------------------------------------------------------------------------------------


def _limit(part: Expression, type: str, found: Found) -> bool:
    """Takes a comparison of the answer with something fixed as `minimum` or `maximum`, where it is one."""
    match part:
        case Call(operator, (left, right)) if operator in ("<", "<=", ">", ">="):
            if unwrapped(right) == _OWN or _moment(right) == _OWN:
                return _limit(Call(_FLIPPED[operator], (right, left)), type, found)
            if unwrapped(left) != _OWN and _moment(left) != _OWN:
                return False
            try:
                limit = _bound(operator, unwrapped(right), type, found)
            except Untranslatable:
                return False
            if limit is None:
                return False
            key = "minimum" if operator in (">", ">=") else "maximum"
            found.fields[key] = _tighter(key, found.fields.get(key), limit)
            return True
    return False


def _moment(expression: Expression) -> Expression | None:
    match expression:
        case Call("decimal-time" | "decimal-date-time" | "date", (part,)):
            return part
    return None


def _bound(operator: str, value: Expression, type: str, found: Found) -> Limit | None:
    if type in ("integer", "decimal", "scale"):
        return _number_bound(operator, value, type) if type != "scale" else None
    if type in ("date", "month", "year"):
        return _date_bound(operator, value, type, found)
    match type, value:
        case "time", (Literal(str(text)) | Call("decimal-time", (Literal(str(text)),))) if operator in ("<=", ">="):
            return text[:5] if len(text) >= 5 and text[2] == ":" else None
    return None


def _number_bound(operator: str, value: Expression, type: str) -> Limit | None:
    if not isinstance(value, Literal):
        return None
    number = value.value if not isinstance(value.value, str) else expressions.number(value.value)
    if type == "integer":
        below = math.ceil(number) - 1 if operator == "<" else math.floor(number)
        above = math.floor(number) + 1 if operator == ">" else math.ceil(number)
        return below if operator in ("<", "<=") else above
    return number if operator in ("<=", ">=") else None


def _date_bound(operator: str, value: Expression, type: str, found: Found) -> Limit | None:
    """`today`, or a date cut to what the type has. A limit that is left out itself moves by a day, except today."""
    match value:
        case Call("today" | "now", ()) | Call("number", (Call("format-date", (Call("today", ()), _)),)):
            if operator in ("<", ">"):
                found.notes.append(told(_("The day of answering itself is allowed too.")))
            return "today"
        case Call("format-date", (Call("today", ()), _)):
            return "today"
        case Literal(str(text)) | Call("date", (Literal(str(text)),)):
            iso = text[:10]
        case Call("date", (Call("date", (Literal(str(text)),)),)):
            iso = text[:10]
        case Literal(int(year)) if type == "year":
            return year + (operator == ">") - (operator == "<")
        case _:
            return None
    try:
        day = expressions.next_day(iso, (operator == ">") - (operator == "<"))
    except ValueError:
        return None
    return {"date": day, "month": day[:7]}.get(type) or int(day[:4])


def _tighter(key: str, known: Limit | None, limit: Limit) -> Limit:
    if known is None or type(known) is not type(limit) or "today" in (known, limit):
        return limit
    return max(known, limit) if key == "minimum" else min(known, limit)


# --- counts, lengths and patterns -----------------------------------------------------------------


def _count(part: Expression, type: str, found: Found) -> bool:
    """Takes how many may be chosen, or how long a text may be."""
    match part:
        case Call("regex", (Name("."), Literal(str(pattern)))) if type == "text":
            contact = "email" if "@" in pattern else "phone" if pattern == PHONE else None
            if contact is not None:
                found.fields["type"] = contact
                if pattern not in (EMAIL, PHONE):
                    found.notes.append(told(_("Mittari looks at e-mail addresses in its own way.")))
            return contact is not None
        case Call(operator, (Literal() as limit, Call() as counted)) if operator in COMPARISONS:
            return _count(Call(_FLIPPED[operator], (counted, limit)), type, found)
        case Call(operator, (Call("string-length", (Name("."),)), Literal(int(limit)))) if type in (
            "text",
            "long_text",
        ):
            if operator in ("<", "<="):
                found.fields["max_length"] = limit - (operator == "<")
            return operator in ("<", "<=")
        case Call(operator, (Call("count-selected", (Name("."),)), Literal(int(limit)))) if type == "multiple":
            if operator in ("<", "<=", "="):
                found.fields["at_most"] = limit - (operator == "<")
            if operator in (">", ">=", "="):
                found.fields["at_least"] = limit + (operator == ">")
            return operator != "!="
    return False


def _exclusive(part: Expression, type: str, found: Found) -> bool:
    """Takes an option that must be chosen alone: `not(selected(., 'x') and count-selected(.) > 1)`."""
    if type != "multiple":
        return False
    match part:
        case Call("not", (Call("and", (Call("selected", (Name("."), Literal(value))), many)),)):
            alone = _is_many(many)
        case Call("not", (Call("and", (many, Call("selected", (Name("."), Literal(value))))),)):
            alone = _is_many(many)
        case Call("or", (Call("not", (Call("selected", (Name("."), Literal(value))),)), one)):
            alone = _is_one(one)
        case Call("or", (one, Call("not", (Call("selected", (Name("."), Literal(value))),)))):
            alone = _is_one(one)
        case Call("if", (Call("selected", (Name("."), Literal(value))), one, Call("true", ()))):
            alone = _is_one(one)
        case _:
            return False
    if alone:
        found.exclusive.append(str(value))
    return alone


_MANY: Mapping[str, int] = {">": 1, ">=": 2}
_ONE: Mapping[str, int] = {"=": 1, "<": 2, "<=": 1}


def _is_many(expression: Expression) -> bool:
    match expression:
        case Call(operator, (Call("count-selected", (Name("."),)), Literal(limit))):
            return _MANY.get(operator) == limit
    return False


def _is_one(expression: Expression) -> bool:
    match expression:
        case Call(operator, (Call("count-selected", (Name("."),)), Literal(limit))):
            return _ONE.get(operator) == limit
    return False


def _rule(part: Expression, scope: Scope, found: Found) -> None:
    try:
        translated = expressions.condition(part, scope, rule=True)
    except Untranslatable as error:
        found.notes.append(told(_("A part of its constraint was left out, since {reason}."), reason=told_by(error)))
        return
    if translated.tree is False:
        found.notes.append(told(_("A part of its constraint was left out, since no answer could meet it.")))
        return
    found.rules.append(translated.tree)
    found.notes += translated.notes
