"""The XPath of XLSForms, both ways: parsed into nodes of `exchange.expressions`, and our conditions written in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange.expressions import Call, Expression, Literal, Name, Untranslatable
from exchange.infix import tokens
from exchange.loss import told
from survey import calculation, logic
from survey.calculation import Calculation
from survey.logic import All, AnyOf, Comparison, Condition, Not, Other
from survey.marking import _
from survey.model import TICKED, Instrument, Item, Value

_TRUTHS = {"yes": "true", "true": "true", "true()": "true", "no": "false", "false": "false", "false()": "false"}
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<reference>\$\{\s*[^{}]+?\s*\})
    | (?P<text>'[^']*'|"[^"]*"|[‘’][^‘’]*[‘’]|[“”][^“”]*[“”])
    | (?P<number>\d+(?:\.\d+)?|\.\d+)
    | (?P<path>(?:\.\.?/|/)[\w./*@-]+(?:\[[^\]]*\])?|[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?(?:/[\w./*@-]+)?)
    | (?P<sign><=|>=|!=|=|<|>|\+|-|\*|\(|\)|,|\||\.\.|\.)
    )""",
    re.VERBOSE,
)
_LEVELS: tuple[tuple[str, ...], ...] = (
    ("or",),
    ("and",),
    ("=", "!="),
    ("<", "<=", ">", ">="),
    ("+", "-"),
    ("*", "div", "mod"),
    ("|",),
)
_DEEPEST = 60


def parse(text: str) -> Expression:
    """The nodes of an expression. Raises Untranslatable where it is no XPath that we know."""
    bare = text.strip().replace("\xa0", " ")
    if bare.lower() in _TRUTHS:
        return Call(_TRUTHS[bare.lower()])
    parser = _Parser(list(tokens(bare, _TOKEN)))
    found = parser.level(0, 0)
    if parser.ahead:
        raise Untranslatable(told(_("'{words}' is not understood there"), words=parser.ahead[1]))
    return found


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens

    @property
    def ahead(self) -> tuple[str, str] | None:
        return self.tokens[0] if self.tokens else None

    def take(self) -> tuple[str, str]:
        if not self.tokens:
            raise Untranslatable(told(_("it ends too early")))
        return self.tokens.pop(0)

    def expect(self, sign: str) -> None:
        _kind, text = self.take()
        if text != sign:
            raise Untranslatable(told(_("'{text}' stands where '{sign}' was expected"), text=text, sign=sign))

    def level(self, level: int, depth: int) -> Expression:
        """The operators of one level and all that bind tighter; those of one level go from left to right."""
        if depth > _DEEPEST:
            raise Untranslatable(told(_("its brackets are too deep")))
        if level == len(_LEVELS):
            return self.single(depth)
        found = self.level(level + 1, depth)
        while self.ahead and self.ahead[0] in ("sign", "path") and self.ahead[1] in _LEVELS[level]:
            name = self.take()[1]
            right = self.level(level + 1, depth)
            same = isinstance(found, Call) and found.name == name and name in ("and", "or", "|")
            found = Call(name, (*found.parts, right) if same and isinstance(found, Call) else (found, right))
        return found

    def single(self, depth: int) -> Expression:
        kind, text = self.take()
        if kind == "reference":
            name = text[2:-1].strip()
            if "#" in name:
                raise Untranslatable(told(_("it uses an answer of an earlier form")))
            return Name(name)
        if kind == "text":
            return Literal(text[1:-1])
        if kind == "number":
            return Literal(float(text) if "." in text else int(text))
        if kind == "path":
            return self.named(text, depth)
        if text == "(":
            found = self.level(0, depth + 1)
            self.expect(")")
            return found
        if text == "-":
            part = self.single(depth + 1)
            return (
                Literal(-part.value) if isinstance(part, Literal) and not isinstance(part.value, str) else _minus(part)
            )
        if text == ".":
            return Name(".")
        raise Untranslatable(told(_("'{text}' is not understood there"), text=text))

    def named(self, text: str, depth: int) -> Expression:
        """A function with its parts, or the last name of a path."""
        if self.ahead == ("sign", "("):
            self.take()
            parts: list[Expression] = []
            if self.ahead == ("sign", ")"):
                self.take()
                return Call(text)
            while True:
                parts.append(self.level(0, depth + 1))
                sign = self.take()[1]
                if sign == ")":
                    return Call(text, tuple(parts))
                if sign != ",":
                    raise Untranslatable(told(_("'{sign}' stands where ',' was expected"), sign=sign))
        if text.lower() in ("true", "false"):
            return Call(text.lower())
        last = re.split(r"/", text)[-1]
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", last):
            raise Untranslatable(told(_("it looks at '{text}'"), text=text))
        return Name(last)


def _minus(part: Expression) -> Expression:
    return Call("-", (part,))


# --- writing --------------------------------------------------------------------------------------


class Unsayable(ValueError):
    """XPath cannot say it; the message is a clause that says why."""


@dataclass(frozen=True)
class Writer:
    """Our conditions and calculations in XPath: `names` are the form's names of items, `own` the item whose constraint
    it is, which is written as `.`."""

    instrument: Instrument
    names: Mapping[str, str]
    own: str = ""

    def reference(self, id: str) -> str:
        return "." if id == self.own else f"${{{self.names[id]}}}"

    def condition(self, tree: Condition) -> str:
        """A condition; raises Unsayable."""
        match tree:
            case Comparison():
                return self._comparison(tree)
            case Not(part):
                return f"not({self.condition(part)})"
            case All(parts):
                return " and ".join(self._within(part, AnyOf) for part in parts)
            case AnyOf(parts):
                return " or ".join(self._within(part, All) for part in parts)

    def rule(self, tree: Condition) -> str:
        """The rule of a constraint, which need not hold where an item that it names is not answered."""
        empty = [test for id in logic.named(tree) for test in self._empty(id)]
        text = self.condition(tree)
        return f"({' or '.join([*empty, f'({text})'])})" if empty else f"({text})"

    def _empty(self, id: str) -> list[str]:
        """Tests of which one holds where an item counts as not answered. Constraints look at given answers only."""
        tests = [] if id == self.own else [f"{self.reference(id)} = ''"]
        return tests + [self._equal(self.instrument.item(id), value) for value in self._absent(id)]

    def _absent(self, id: str) -> list[Value]:
        item = self.instrument.item(id)
        if item.type not in TICKED or item.type == "scale":
            return []
        return [option.value for option in self.instrument.options(item) if option.missing]

    def _within(self, part: Condition, other: type) -> str:
        text = self.condition(part)
        compound = isinstance(part, other) or (isinstance(part, Comparison) and (" and " in text or " or " in text))
        return f"({text})" if compound else text

    def _comparison(self, test: Comparison) -> str:
        item = self.instrument.item(test.item)
        if test.operator == "answered":
            return " and ".join(self._given(item))
        if item.type == "rank":
            raise Unsayable(f"the order of '{item.id}' cannot be compared")
        if test.operator in ("==", "in"):
            return " or ".join(self._equal(item, value) for value in test.values)
        value = test.values[0]
        if test.operator == "!=":
            equal = self._equal(item, value)
            other = f"not({equal})" if equal.startswith("selected(") else equal.replace(" = ", " != ", 1)
            return " and ".join([*self._given(item), other])
        absent = [one for one in self._absent(item.id) if logic.holds(test, {item.id: one})]
        return " and ".join([self._ordered(item, test.operator, value), *(self._unequal(item, one) for one in absent)])

    def _given(self, item: Item) -> list[str]:
        """Tests that hold together where an item is answered."""
        reference = self.reference(item.id)
        tests = [f"{reference} != ''", *(self._unequal(item, value) for value in self._absent(item.id))]
        return [*tests, f"string({reference}) != 'NaN'"] if item.type == "calculated" else tests

    def _unequal(self, item: Item, value: logic.Value) -> str:
        equal = self._equal(item, value)
        return f"not({equal})" if equal.startswith("selected(") else equal.replace(" = ", " != ", 1)

    def _equal(self, item: Item, value: logic.Value) -> str:
        reference = self.reference(item.id)
        if isinstance(value, Other):
            return self._ordered(item, "=", value)
        if item.type == "multiple":
            return f"selected({reference}, {_quoted(str(value))})"
        if item.type == "consent":
            return f"{reference} = 'OK'"
        if item.type in _NUMBERS:
            return f"{reference} = {value}"
        if item.type == "time":
            return self._ordered(item, "=", value)
        day = {"month": f"{value}-01", "year": f"{value}-01-01"}.get(item.type, str(value))
        return f"{reference} = {_quoted(day)}"

    def _ordered(self, item: Item, operator: str, value: logic.Value) -> str:
        reference = self.reference(item.id)
        if isinstance(value, Other):
            other = self.reference(value.item)
            if item.type == "time":
                return f"decimal-time({reference}) {operator} decimal-time({other})"
            return f"{reference} {operator} {other}"
        if item.type == "time":
            return f"decimal-time({reference}) {operator} decimal-time({_quoted(str(value))})"
        return f"{reference} {operator} {limit(item.type, value)}"

    def calculation(self, tree: Calculation) -> str:
        """A calculation; raises Unsayable."""
        match tree:
            case calculation.Number(value):
                return str(value)
            case calculation.Answer(item):
                return self.reference(item)
            case calculation.Call("/", (left, right)):
                return f"({self.calculation(left)} div {self.calculation(right)})"
            case calculation.Call("+" | "-" | "*" as name, (left, right)):
                return f"({self.calculation(left)} {name} {self.calculation(right)})"
            case calculation.Call("-", (part,)):
                return f"-{self.calculation(part)}"
            case calculation.Call("round", (part,)):
                return f"round({self.calculation(part)})"
            case calculation.Call("min" | "max" as name, parts):
                return f"{name}({', '.join(self.calculation(part) for part in parts)})"
            case calculation.Call("sum" | "mean", (part,)):
                return self.calculation(part)
            case calculation.Call("sum", parts):
                return self._sum(parts)
            case calculation.Call("mean", parts):
                return f"({self._sum(parts)} div {self._count(parts)})"
            case calculation.Call("count", parts):
                return self._count(parts)
        raise Unsayable(f"it uses {tree.name}")

    def _sum(self, parts: Sequence[Calculation]) -> str:
        return f"({' + '.join(f'coalesce({self.calculation(part)}, 0)' for part in parts)})"

    def _count(self, parts: Sequence[Calculation]) -> str:
        if not all(isinstance(part, calculation.Answer) for part in parts):
            raise Unsayable("it counts what is worked out")
        ones = [f"if({self.calculation(part)} != '', 1, 0)" for part in parts]
        return f"({' + '.join(ones)})"


_NUMBERS = ("integer", "decimal", "scale", "calculated")


def limit(type: str, value: object) -> str:
    """A fixed value as forms compare the answer to a question of this type with it by size."""
    if value == "today":
        return "today()"
    if type in ("date", "month", "year"):
        day = {"month": f"{value}-01", "year": f"{value}-01-01"}.get(type, str(value))
        return f"date('{day}')"
    return str(value) if not isinstance(value, str) else _quoted(value)


def _quoted(text: str) -> str:
    if "'" in text and '"' in text:
        raise Unsayable("a text has both kinds of quotes")
    return f'"{text}"' if "'" in text else f"'{text}'"
