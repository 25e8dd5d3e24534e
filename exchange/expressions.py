"""Expressions of other tools as our conditions, rules and calculations.

A tool's own syntax is parsed elsewhere (`exchange.xpath`) into the few kinds of nodes below. What they mean is decided
here, with what is known of the questions asked so far. Where our language cannot say it, `Untranslatable` tells why.

In forms an unanswered question counts as an empty text, which `!=` and `not` are true of; our `not (a == 1)` is too,
and our `a != 1` is not.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from exchange.loss import told, told_by
from survey import calculation, logic
from survey.calculation import Calculation
from survey.logic import All, AnyOf, Comparison, Condition, Not, Other
from survey.marking import _
from survey.model import Limit, Value


class Untranslatable(ValueError):
    """Our language cannot say it; the message is a clause that says why."""


# --- what a tool's expression is parsed into ------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """The answer to a question, by its name in the form; "." is the question's own."""

    name: str


@dataclass(frozen=True)
class Literal:
    value: str | int | float


@dataclass(frozen=True)
class Call:
    """A function, or an operator: `and` `or` `not` `=` `!=` `<` `<=` `>` `>=` `+` `-` `*` `div`, and `selected`."""

    name: str
    parts: tuple[Expression, ...] = ()


Expression = Name | Literal | Call
ORDERS = ("<", "<=", ">", ">=")
COMPARISONS = ("=", "!=", *ORDERS)
_FLIPPED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_UNWRAPPED = ("number", "string", "boolean", "once", "trim", "normalize-space")
"""Functions of one part that change nothing for us."""


@dataclass(frozen=True)
class Asked:
    """A question that an expression can name, as it came over.

    `kind` is how its answer is compared; `values` are its options by their names in the form, where there are any;
    `conditional` says that it is not asked of everybody.
    """

    id: str
    kind: str  # "choice", "several", "number", "text", "date", "month", "year", "time", "ticked", "answered"
    values: Mapping[str, Value] = field(default_factory=dict)
    conditional: bool = False
    numeric: bool = False
    minimum: Limit | None = None
    maximum: Limit | None = None
    """What bounds the answers, where it is the same every day."""
    whole: bool = False


@dataclass(frozen=True)
class Cases:
    """A calculation that gives one of some texts: the first whose condition holds, as (condition, text)."""

    cases: tuple[tuple[Condition | bool, str], ...]


@dataclass
class Scope:
    """What an expression can name: questions asked so far, calculations that stand for a condition, and names that
    did not come over, with the reason. Questions are added by `ask` alone."""

    asked: MutableMapping[str, Asked] = field(default_factory=dict)
    cases: dict[str, Cases] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Names of calculations that stood for a condition somewhere."""
    names: list[str] = field(default_factory=list, init=False)
    """Every name of a question that expressions could name at some time, in the order of asking."""
    _of_items: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False)
    """The names that each item has had, by its id."""
    _around: Scope | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        for name, one in self.asked.items():
            self._learn(name, one)

    def ask(self, name: str, asked: Asked) -> None:
        """Lets expressions name a question from now on."""
        self.asked[name] = asked
        self._learn(name, asked)

    def _learn(self, name: str, asked: Asked) -> None:
        self.names.append(name)
        self._of_items.setdefault(asked.id, []).append(name)

    def within(self, asked: Mapping[str, Asked]) -> Scope:
        """A scope for one expression, in which some names mean something else; nothing is copied."""
        inner = Scope(cases=self.cases, lost=self.lost)
        for name, one in asked.items():
            inner.ask(name, one)
        inner.asked = ChainMap(inner.asked, self.asked)
        inner._around = self
        return inner

    def names_of(self, id: str) -> list[str]:
        """The names of an item that can be asked for."""
        around = self._around.names_of(id) if self._around else ()
        names = dict.fromkeys((*self._of_items.get(id, ()), *around))
        return [name for name in names if name in self.asked and self.asked[name].id == id]

    def conditional(self, ids: Iterable[str]) -> set[str]:
        """Those of some items that are not asked of everybody."""
        return {id for id in ids if any(self.asked[name].conditional for name in self.names_of(id))}

    def find(self, name: str) -> Asked:
        if name in self.asked:
            return self.asked[name]
        raise Untranslatable(self.lost.get(name, told(_("'{name}' is not asked before"), name=name)))


# --- conditions -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Translated:
    """A condition, or whether it always or never holds; `notes` are whole sentences on what is not quite the same."""

    tree: Condition | bool
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """The condition as it stands in a file; None where it always holds."""
        return None if self.tree is True else written(self.tree)


def condition(expression: Expression, scope: Scope, *, rule: bool = False) -> Translated:
    """An expression as a condition, or as the rule of a constraint. Raises Untranslatable."""
    notes: list[str] = []
    tree = _Conditions(scope, notes, rule).condition(expression)
    if not isinstance(tree, bool):
        try:
            logic.parse(written(tree), rule=rule)
        except logic.ConditionError as error:
            raise Untranslatable(told(_("it is too long or too deep ({reason})"), reason=told_by(error))) from error
        if not rule and holds_unasked(tree, scope.conditional(logic.named(tree))):
            notes.append(told(_("It is asked only where the questions that its condition names are asked too.")))
    return Translated(tree, tuple(dict.fromkeys(notes)))


def holds_unasked(tree: Condition, conditional: Collection[str]) -> bool:
    """Whether a condition could hold of somebody who was not asked all of the `conditional` items that it names."""
    unasked = {id for id in logic.named(tree) if id in conditional}
    return bool(unasked) and _possible(tree, unasked, wanted=True)


def _possible(tree: Condition, unasked: set[str], *, wanted: bool) -> bool:
    """Whether a condition can come out as wanted where the `unasked` have no answer."""
    match tree:
        case Comparison(item):
            return not wanted if item in unasked else True
        case Not(part):
            return _possible(part, unasked, wanted=not wanted)
        case All(parts):
            return (all if wanted else any)(_possible(part, unasked, wanted=wanted) for part in parts)
        case AnyOf(parts):
            return (any if wanted else all)(_possible(part, unasked, wanted=wanted) for part in parts)


class _Conditions:
    def __init__(self, scope: Scope, notes: list[str], rule: bool) -> None:
        self.scope = scope
        self.notes = notes
        self.rule = rule

    def condition(self, expression: Expression) -> Condition | bool:
        expression = unwrapped(expression)
        match expression:
            case Literal(value):
                return value not in ("", 0, "0", "false", "False")
            case Name(name):
                if name in self.scope.cases:
                    return self._cases(name, lambda text: text not in ("", "0", "false"))
                return self._answered(self.scope.find(name))
            case Call("true", ()):
                return True
            case Call("false", ()):
                return False
            case Call("and" | "or" as name, parts):
                return joined(name, [self.condition(part) for part in parts])
            case Call("not", (part,)):
                return negated(self.condition(part))
            case Call("selected", (Name(name), Literal(value))):
                return self._compared(name, "=", str(value), selected=True)
            case Call("if", (test, then, otherwise)):
                held = self.condition(test)
                yes, no = self.condition(then), self.condition(otherwise)
                return joined("or", [joined("and", [held, yes]), joined("and", [negated(held), no])])
            case Call(name, (left, right)) if name in COMPARISONS:
                return self._comparison(name, left, right)
            case Call(name):
                raise Untranslatable(told(_("it uses '{name}'"), name=name))

    def _comparison(self, operator: str, left: Expression, right: Expression) -> Condition | bool:
        left, right = unwrapped(left), unwrapped(right)
        if isinstance(left, Literal) and not isinstance(right, Literal):
            return self._comparison(_FLIPPED[operator], right, left)
        match left, right:
            case Literal(a), Literal(b):
                if operator not in ("=", "!="):
                    raise Untranslatable(told(_("it compares two fixed values")))
                return (str(a) == str(b)) == (operator == "=")
            case Call("count-selected" | "string-length" | "count-non-empty", (Name(name),)), Literal(value):
                return self._counted(name, operator, value)
            case (Call("true", ()) | Call("false", ())) as truth, other:
                return self._truth(operator, other, truth.name == "true")
            case other, (Call("true", ()) | Call("false", ())) as truth:
                return self._truth(operator, other, truth.name == "true")
            case Name(name), Literal(value):
                return self._compared(name, operator, value)
            case Name(name), Call("date" | "date-time" | "decimal-time" | "decimal-date-time", (Literal(value),)):
                return self._compared(name, operator, value)
            case Call("decimal-time" | "decimal-date-time" | "date" | "int" | "floor", (Name(name),)), other:
                return self._comparison(operator, Name(name), other)
            case Name(name), Call("today" | "now", ()):
                raise Untranslatable(told(_("it compares with the day of answering")))
            case Name(name), Name(other):
                return self._two(name, operator, other)
            case Name(), Call("decimal-time" | "date", (Name() as other,)):
                return self._comparison(operator, left, other)
        for side in (left, right):
            if isinstance(side, Call) and side.name not in ("and", "or", "not", *COMPARISONS):
                raise Untranslatable(told(_("it uses '{name}'"), name=side.name))
        raise Untranslatable(told(_("it compares what only the other tool can work out")))

    def _truth(self, operator: str, other: Expression, truth: bool) -> Condition | bool:
        held = self.condition(other)
        return held if truth == (operator == "=") else negated(held)

    def _counted(self, name: str, operator: str, value: object) -> Condition | bool:
        if (operator, value) in ((">", 0), (">=", 1), ("!=", 0)):
            return self._answered(self.scope.find(name))
        if (operator, value) in (("=", 0), ("<", 1), ("<=", 0)):
            return negated(self._answered(self.scope.find(name)))
        raise Untranslatable(told(_("it counts what was chosen or written")))

    def _answered(self, asked: Asked) -> Condition:
        return Comparison(asked.id, "answered")

    def _cases(self, name: str, fits: Callable[[str], bool]) -> Condition | bool:
        """Where a calculation gives a text that fits: its case holds, and none before it."""
        self.scope.used.add(name)
        found: list[Condition | bool] = []
        before: list[Condition | bool] = []
        for held, text in self.scope.cases[name].cases:
            if fits(text):
                found.append(joined("and", [*before, held]))
            before.append(negated(held))
        return joined("or", found)

    def _compared(self, name: str, operator: str, value: object, *, selected: bool = False) -> Condition | bool:
        if name in self.scope.cases:
            if operator not in ("=", "!="):
                raise Untranslatable(told(_("it compares '{name}', which is worked out, by size"), name=name))
            return self._cases(name, lambda text: (text == str(value)) == (operator == "="))
        asked = self.scope.find(name)
        if value == "" or (value == "NaN" and asked.kind == "number"):
            if operator not in ("=", "!="):
                raise Untranslatable(told(_("it compares an empty text by size")))
            answered = self._answered(asked)
            return negated(answered) if operator == "=" else answered
        if asked.kind == "several" and operator in ORDERS:
            raise Untranslatable(told(_("it compares '{name}', where several can be chosen, by size"), name=name))
        literal = self._literal(asked, operator, value)
        if literal is None or _is_beyond(asked, operator, literal):
            if literal is not None:
                self.notes.append(
                    told(
                        _("No answer to '{id}' can be {operator} {literal}."),
                        id=asked.id,
                        operator=operator,
                        literal=literal,
                    )
                )
            return operator == "!="
        if asked.kind == "several" and not selected and not self.rule:
            self.notes.append(
                told(_("The condition asks whether the option is among those ticked in '{id}'."), id=asked.id)
            )
        if operator in ("=", "!="):
            equal = Comparison(asked.id, "==", (literal,))
            return equal if operator == "=" else Not(equal)
        return self._ordered(asked, operator, literal)

    def _ordered(self, asked: Asked, operator: str, literal: Value | float) -> Condition | bool:
        test = Comparison(asked.id, operator, (literal,))  # type: ignore[arg-type]
        options = list(asked.values.values())
        if options and not any(logic.holds(test, {asked.id: option}) for option in options):
            self.notes.append(
                told(_("No option of '{id}' is {operator} {literal}."), id=asked.id, operator=operator, literal=literal)
            )
            return False
        return test

    def _literal(self, asked: Asked, operator: str, value: object) -> Value | float | None:
        """A fixed value as the answers to a question are stored; None where no answer can be equal to it."""
        text = str(value)
        if asked.kind in ("choice", "several"):
            return self._option(asked, operator, text)
        if asked.kind == "ticked":
            if operator in ORDERS:
                raise Untranslatable(told(_("it compares words by size")))
            return "yes" if text in ("OK", "yes", "true") else None
        if asked.kind in ("number", "year"):
            year = re.match(r"(\d{4})-\d\d-\d\d", text) if asked.kind == "year" else None
            found = number(year.group(1) if year else text)
            if asked.values and operator in ("=", "!=") and found not in asked.values.values():
                self.notes.append(
                    told(_("'{text}' is no answer to '{id}', so nobody can have given it."), text=text, id=asked.id)
                )
                return None
            return found
        if asked.kind in ("date", "month", "time"):
            form = {"date": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "time": r"\d\d:\d\d"}[asked.kind]
            match = re.match(form, text)
            if match is None or not _exists(match.group()):
                raise Untranslatable(told(_("'{text}' is no {kind}"), text=text, kind=asked.kind))
            return match.group()
        if asked.kind == "answered":
            raise Untranslatable(told(_("an answer to '{id}' cannot be compared here"), id=asked.id))
        if operator in ORDERS:
            raise Untranslatable(told(_("it compares words by size")))
        if "'" in text and '"' in text:
            raise Untranslatable(told(_("it compares with a text that has both kinds of quotes")))
        return text

    def _option(self, asked: Asked, operator: str, text: str) -> Value | float | None:
        if operator in ORDERS:
            if not all(isinstance(option, int) for option in asked.values.values()):
                raise Untranslatable(told(_("it compares words by size")))
            return number(text)
        if text in asked.values:
            return asked.values[text]
        self.notes.append(
            told(_("'{text}' is no option of '{id}', so nobody can have chosen it."), text=text, id=asked.id)
        )
        return None

    def _two(self, name: str, operator: str, other: str) -> Condition | bool:
        """Two answers compared: only the rule of a constraint can."""
        if not self.rule:
            raise Untranslatable(told(_("it compares two answers with each other")))
        if name in self.scope.cases or other in self.scope.cases:
            raise Untranslatable(told(_("it compares what is worked out")))
        first, second = self.scope.find(name), self.scope.find(other)
        numbers = first.numeric and second.numeric
        alike = first.kind == second.kind and first.numeric == second.numeric
        if not (alike or numbers) or first.kind in ("several", "answered"):
            raise Untranslatable(told(_("it compares answers of different kinds")))
        if first.kind in ("choice", "text", "ticked") and not numbers and operator in ORDERS:
            raise Untranslatable(told(_("it compares answers of different kinds")))
        sign = "==" if operator in ("=", "!=") else operator
        test = Comparison(first.id, sign, (Other(second.id),))  # type: ignore[arg-type]
        return Not(test) if operator == "!=" else test


def unwrapped(expression: Expression) -> Expression:
    """Without the functions that change nothing for us."""
    while isinstance(expression, Call) and expression.name in _UNWRAPPED and len(expression.parts) == 1:
        expression = expression.parts[0]
    return expression


def _exists(iso: str) -> bool:
    """Whether a date, a month or a time is one."""
    try:
        if ":" in iso:
            time.fromisoformat(iso)
        else:
            date.fromisoformat(f"{iso}-01" if len(iso) == 7 else iso)
    except ValueError:
        return False
    return True


def _is_beyond(asked: Asked, operator: str, literal: Value | float) -> bool:
    """Whether no answer within the question's bounds compares so."""
    if operator in ("=", "!=") and asked.whole and isinstance(literal, float) and not literal.is_integer():
        return True
    low, high = asked.minimum, asked.maximum
    below, above = _is_less(literal, low), _is_less(high, literal)
    if operator in ("<", "<="):
        return below or (operator == "<" and literal == low)
    if operator in (">", ">="):
        return above or (operator == ">" and literal == high)
    return below or above


def _is_less(one: object, other: object) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one < other
    return isinstance(one, str) and isinstance(other, str) and one < other


def number(text: str) -> int | float:
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    if re.fullmatch(r"-?\d{0,15}\.\d{1,15}", text):
        return float(text)
    raise Untranslatable(told(_("'{text}' is no number"), text=text))


# --- trees ----------------------------------------------------------------------------------------


def negated(tree: Condition | bool) -> Condition | bool:
    if isinstance(tree, bool):
        return not tree
    return tree.part if isinstance(tree, Not) else Not(tree)


def joined(name: str, parts: Sequence[Condition | bool]) -> Condition | bool:
    """Parts under `and` or `or`: what always or never holds is worked out, and what is said twice stands once."""
    both = name == "and"
    found: list[Condition] = []
    for part in parts:
        if isinstance(part, bool):
            if part != both:
                return part
            continue
        same = part.parts if isinstance(part, All if both else AnyOf) else (part,)
        found += [one for one in same if one not in found]
    found = _without_needless(found) if both else _in_lists(found)
    if len(found) < 2:
        return found[0] if found else both
    return All(tuple(found)) if both else AnyOf(tuple(found))


def _in_lists(parts: Sequence[Condition]) -> list[Condition]:
    """`a == 1 or a == 2` is `a in [1, 2]`."""
    found: list[Condition] = []
    values: dict[str, tuple[logic.Value, ...]] = {}
    for part in parts:
        match part:
            case Comparison(item, "==" | "in", given) if not any(isinstance(value, Other) for value in given):
                if item not in values:
                    found.append(part)
                values[item] = tuple(dict.fromkeys([*values.get(item, ()), *given]))
            case _:
                found.append(part)
    return [
        Comparison(part.item, "in", values[part.item])
        if isinstance(part, Comparison) and part.operator in ("==", "in") and len(values.get(part.item, ())) > 1
        else part
        for part in found
    ]


def _without_needless(parts: Sequence[Condition]) -> list[Condition]:
    """`answered(a) and not (a == 1)` is `a != 1`; `answered(a)` beside another test of a says nothing new."""
    answered = {part.item for part in parts if isinstance(part, Comparison) and part.operator == "answered"}
    found: list[Condition] = []
    spoken = set()
    for part in parts:
        match part:
            case Not(Comparison(item, "==", values)) if item in answered and item not in spoken:
                spoken.add(item)
                found.append(Comparison(item, "!=", values))
            case Comparison(item, operator) if operator != "answered":
                spoken.add(item)
                found.append(part)
            case _:
                found.append(part)
    return [
        part
        for part in found
        if not (isinstance(part, Comparison) and part.operator == "answered" and part.item in spoken)
    ]


def written(tree: Condition | bool) -> str:
    """A tree as the text of a condition, with no more brackets than it needs."""
    match tree:
        case bool():
            raise ValueError("a condition that always or never holds has no text")
        case Comparison(item, "answered"):
            return f"answered({item})"
        case Comparison(item, "in", values):
            return f"{item} in [{', '.join(_literal_text(value) for value in values)}]"
        case Comparison(item, operator, values):
            return f"{item} {operator} {_literal_text(values[0])}"
        case Not(Comparison(item, "in", values)):
            return f"{item} not in [{', '.join(_literal_text(value) for value in values)}]"
        case Not(part):
            return f"not ({written(part)})"
        case All(parts):
            return " and ".join(f"({written(part)})" if isinstance(part, AnyOf) else written(part) for part in parts)
        case AnyOf(parts):
            return " or ".join(f"({written(part)})" if isinstance(part, All) else written(part) for part in parts)


def _literal_text(value: logic.Value) -> str:
    if isinstance(value, Other):
        return value.item
    if isinstance(value, str):
        return f'"{value}"' if "'" in value else f"'{value}'"
    return f"{value:.15f}".rstrip("0") if isinstance(value, float) and not value.is_integer() else str(int(value))


# --- what a calculation gives ---------------------------------------------------------------------


def cases(expression: Expression, scope: Scope) -> Cases:
    """A calculation that gives fixed texts by conditions, `if(a, 'x', 'y')`, or a truth. Raises Untranslatable."""
    translate = _Conditions(scope, [], False)

    def found(expression: Expression, held: Condition | bool) -> list[tuple[Condition | bool, str]]:
        match unwrapped(expression):
            case Call("if", (test, then, otherwise)):
                own = translate.condition(test)
                return [*found(then, joined("and", [held, own])), *found(otherwise, held)]
            case Literal(value):
                return [(held, str(value))]
            case Name(name) if name in scope.cases:
                scope.used.add(name)
                return [(joined("and", [held, test]), text) for test, text in scope.cases[name].cases]
            case Call(name) as test if name in (*COMPARISONS, "and", "or", "not", "selected", "true", "false"):
                own = translate.condition(test)
                return [(joined("and", [held, own]), "true"), (held, "false")]
            case Call(name):
                raise Untranslatable(told(_("it uses '{name}'"), name=name))
            case _:
                raise Untranslatable(told(_("it is no number, and no condition either")))

    return Cases(tuple(found(expression, True)))


def calculated(expression: Expression, scope: Scope) -> str:
    """An expression as a calculation with numbers. Raises Untranslatable."""
    text = _sum(_calculation(expression, scope))
    try:
        tree = calculation.parse(text)
    except calculation.CalculationError as error:
        raise Untranslatable(told(_("it is too long or too deep ({reason})"), reason=told_by(error))) from error
    if not calculation.named(tree):
        raise Untranslatable(told(_("it does not depend on any answer")))
    return text


def _calculation(expression: Expression, scope: Scope) -> Calculation:
    def inner(one: Expression) -> Calculation:
        return _calculation(one, scope)

    match unwrapped(expression):
        case Literal(value) if not isinstance(value, str):
            return calculation.Number(value)
        case Literal(str(value)) if re.fullmatch(r"-?\d+(\.\d+)?", value):
            return calculation.Number(number(value))
        case Name(name):
            asked = scope.find(name)
            if not asked.numeric:
                raise Untranslatable(told(_("the answers to '{name}' are no numbers"), name=name))
            return calculation.Answer(asked.id)
        case Call("+" | "-" | "*" as name, parts):
            return _series(expression, scope) or calculation.Call(name, tuple(inner(part) for part in parts))
        case Call("div", (left, right)):
            return _mean(left, right, scope) or calculation.Call("/", (inner(left), inner(right)))
        case Call("sum" | "min" | "max" | "mean" as name, parts):
            return calculation.Call(name, tuple(inner(part) for part in parts))
        case Call("round", (part,)) | Call("round", (part, Literal(0 | "0"))):
            return calculation.Call("round", (inner(part),))
        case Call("round", (part, Literal(int(digits)))) if 0 < digits <= 6:
            factor = calculation.Number(10**digits)
            rounded = calculation.Call("round", (calculation.Call("*", (inner(part), factor)),))
            return calculation.Call("/", (rounded, factor))
        case Call("coalesce", (part, Literal(0 | "0"))):
            return calculation.Call("sum", (inner(part), calculation.Number(0)))
        case Call("if", (Call("!=", (Name(name), Literal(""))), Literal(1), Literal(0))):
            return calculation.Call("count", (calculation.Answer(scope.find(name).id),))
        case Call(name):
            raise Untranslatable(told(_("it uses '{name}'"), name=name))
        case _:
            raise Untranslatable(told(_("it is no calculation with numbers")))


def _terms(expression: Expression) -> list[Expression]:
    """The terms of a sum."""
    if isinstance(expression, Call) and expression.name == "+":
        return [term for part in expression.parts for term in _terms(part)]
    return [expression]


def _series(expression: Expression, scope: Scope) -> Calculation | None:
    """`coalesce(a, 0) + coalesce(b, 0)` is the sum of the answers there are, and the same with 1 and 0 their count."""
    terms = _terms(expression)
    given = [term.parts[0] for term in terms if isinstance(term, Call) and term.name == "coalesce"]
    if len(given) == len(terms) > 1 and all(len(t.parts) == 2 and t.parts[1] == Literal(0) for t in terms):  # type: ignore[union-attr]
        return calculation.Call("sum", tuple(_calculation(one, scope) for one in given))
    counted = [_calculation(term, scope) for term in terms if isinstance(term, Call) and term.name == "if"]
    if len(counted) == len(terms) > 1:
        parts = [part for one in counted if isinstance(one, calculation.Call) for part in one.parts]
        return calculation.Call("count", tuple(parts))
    return None


def _mean(left: Expression, right: Expression, scope: Scope) -> Calculation | None:
    """The sum of the answers there are divided by their count is their mean."""
    if not (isinstance(left, Call) and isinstance(right, Call) and left.name == right.name == "+"):
        return None
    above, below = _series(left, scope), _series(right, scope)
    match above, below:
        case calculation.Call("sum", parts), calculation.Call("count", counted) if parts == counted:
            return calculation.Call("mean", parts)
    return None


def _sum(tree: Calculation) -> str:
    match tree:
        case calculation.Call("+" | "-" as name, (left, right)):
            after = f"({_sum(right)})" if isinstance(right, calculation.Call) and right.name in "+-" else _sum(right)
            return f"{_sum(left)} {name} {after}"
        case _:
            return _product(tree)


def _product(tree: Calculation) -> str:
    match tree:
        case calculation.Call("*" | "/" as name, (left, right)):
            first = _product(left) if not _is_sum(left) else f"({_sum(left)})"
            return f"{first} {name} {_factor(right)}"
        case _:
            return _factor(tree)


def _is_sum(tree: Calculation) -> bool:
    return isinstance(tree, calculation.Call) and tree.name in ("+", "-") and len(tree.parts) == 2


def _factor(tree: Calculation) -> str:
    match tree:
        case calculation.Number(value):
            text = f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
            return f"({text})" if value < 0 else text
        case calculation.Answer(item):
            return item
        case calculation.Call(name, parts) if name in calculation.FUNCTIONS:
            return f"{name}({', '.join(_sum(part) for part in parts)})"
        case calculation.Call("-", (part,)):
            return f"-{_factor(part)}"
        case _:
            return f"({_sum(tree)})"


def next_day(iso: str, days: int) -> str:
    """The date some days after another, both ISO text."""
    return (date.fromisoformat(iso) + timedelta(days=days)).isoformat()
