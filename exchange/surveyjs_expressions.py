"""SurveyJS's expressions: the language parsed, and its names found among what came over.

A name stands in braces (`{q1}`, `{matrix.row}`), a text in quotes or as a bare word. Comparisons are written as signs
or words (`=`, `notempty`, `anyof`).
"""

from __future__ import annotations

import heapq
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from exchange import infix
from exchange.expressions import Call, Expression, Literal, Name, Scope, Untranslatable
from exchange.loss import told
from survey.marking import _

_COMPARISONS = {
    **dict.fromkeys(("=", "==", "===", "equal", "equals"), "="),
    **dict.fromkeys(("<>", "!=", "!==", "notequal", "notequals"), "!="),
    **dict.fromkeys((">", "greater"), ">"),
    **dict.fromkeys(("<", "less"), "<"),
    **dict.fromkeys((">=", "=>", "greaterorequal"), ">="),
    **dict.fromkeys(("<=", "=<", "lessorequal"), "<="),
    **dict.fromkeys(("contains", "contain", "*="), "contains"),
    **dict.fromkeys(("notcontains", "notcontain"), "notcontains"),
    **{word: word for word in ("anyof", "allof", "noneof")},
}
_ALONE = ("and", "or", "empty", "notempty", "power", "negate", "not")
_WORDS = "|".join(sorted((word for word in (*_COMPARISONS, *_ALONE) if word.isalpha()), reverse=True))
_DIALECT = infix.Dialect(
    token=re.compile(
        rf"""\s*(?:
          (?P<brace>\{{\#?[^{{}}]+\}})
        | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
        | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?![\w.]))
        | (?P<sign>(?:{_WORDS})(?![\w-])|&&|\|\||===?|!==?|<=|>=|=<|=>|<>|\*=|[-+*/%^<>!=(),\[\]])
        | (?P<name>[A-Za-z0-9_.$@:][\w.$@:-]*)
        )""",
        re.VERBOSE | re.IGNORECASE,
    ),
    levels=(
        {"or": "or", "||": "or"},
        {"and": "and", "&&": "and"},
        _COMPARISONS,
        {"+": "+", "-": "-"},
        {"*": "*", "/": "div", "%": "mod"},
        {"^": "power", "power": "power"},
    ),
    negations=("!", "not", "negate"),
    after={"empty": "empty", "notempty": "notempty"},
    words={
        "true": Call("true"),
        "false": Call("false"),
        **dict.fromkeys(("undefined", "null"), Literal("")),
    },
    name=Literal,
)
_FUNCTIONS = {"iif": "if", "avg": "mean", "average": "mean"}
_MOST = 50
"""So many times an expression may name what the form works out by itself, and what that names in turn."""


def parse(text: str) -> Expression:
    """The nodes of an expression. Raises Untranslatable."""
    return infix.parse(text, _DIALECT)


@dataclass
class Known:
    """What a form has beside questions: `macros` are expressions of values that it works out by itself, which stand
    where one is named; `silent` are choices, by question and value, that count as no answer."""

    macros: dict[str, str] = field(default_factory=dict)
    silent: set[tuple[str, str]] = field(default_factory=set)


def resolved(expression: Expression, scope: Scope, known: Known) -> Expression:
    """An expression with the names of the scope, and its own comparisons as those that `expressions` knows. Raises
    Untranslatable."""
    return _Resolver(scope, known).condition(expression)


class _Resolver:
    def __init__(self, scope: Scope, known: Known) -> None:
        self.scope = scope
        self.macros = known.macros
        self.silent = known.silent
        self.within: list[str] = []
        self.named = 0

    def condition(self, one: Expression) -> Expression:
        """A node where a truth is asked for."""
        match one:
            case Name(name):
                known = self._found(name)
                if known is not None:
                    return known
                return self._is_true(name)
            case Call("and" | "or" | "not" as name, parts):
                return Call(name, tuple(self.condition(part) for part in parts))
            case Call("notempty", (part,)):
                return self._given(part)
            case Call("empty", (part,)):
                return Call("not", (self._given(part),))
            case Call("notcontains", parts):
                return Call("not", (self.condition(Call("contains", parts)),))
            case Call("noneof", parts):
                return Call("not", (self.condition(Call("anyof", parts)),))
            case Call("contains" | "anyof" | "allof" as name, (left, right)):
                return self._among(name, left, right)
            case Call("=" | "!=" as operator, (left, right)):
                return Call(operator, self._sides(left, right))
            case Call("iif", (test, then, otherwise)):
                return Call("if", (self.condition(test), self.value(then), self.value(otherwise)))
            case Call(name, parts):
                return Call(_FUNCTIONS.get(name, name), tuple(self.value(part) for part in parts))
            case _:
                return one

    def value(self, one: Expression) -> Expression:
        """A node where an answer or a number is asked for."""
        if isinstance(one, Name):
            found = self._found(one.name)
            return one if found is None else found
        return self.condition(one) if isinstance(one, Call) else one

    def _found(self, name: str) -> Expression | None:
        """What a name stands for that is no question."""
        if name in self.scope.asked or name in self.scope.cases or name not in self.macros:
            return None
        self.named += 1
        if name in self.within or self.named > _MOST:
            raise Untranslatable(told(_("'{name}' is worked out from itself, or from too much"), name=name))
        self.within.append(name)
        found = self.condition(parse(self.macros[name]))
        self.within.pop()
        return found

    def _is_true(self, name: str) -> Expression:
        asked = self.scope.asked.get(name)
        if asked is not None and set(asked.values) == {"true", "false"}:
            return Call("=", (Name(name), Literal("true")))
        return Name(name)

    def _given(self, part: Expression) -> Expression:
        if not isinstance(part, Name):
            raise Untranslatable(told(_("it asks whether something worked out is empty")))
        found = self._found(part.name)
        return part if found is None else found

    def _sides(self, left: Expression, right: Expression) -> tuple[Expression, Expression]:
        """Both sides of a comparison; a truth beside an answer is the value that stands for it."""
        if isinstance(left, Name) and isinstance(right, Call) and right.name in ("true", "false"):
            return self.value(left), Literal(right.name)
        if isinstance(right, Name) and isinstance(left, Call) and left.name in ("true", "false"):
            return self.value(right), Literal(left.name)
        if any(isinstance(side, Call) and side.name == infix.LIST for side in (left, right)):
            raise Untranslatable(told(_("it compares with several values at once")))
        for name, value in ((left, right), (right, left)):
            if isinstance(name, Name) and isinstance(value, Literal):
                self._refuse_silent(name.name, str(value.value))
        return self.value(left), self.value(right)

    def _refuse_silent(self, name: str, code: str) -> None:
        if (name, code) in self.silent:
            raise Untranslatable(told(_("it asks for '{code}', which counts as no answer here"), code=code))

    def _among(self, name: str, left: Expression, right: Expression) -> Expression:
        """Whether one of some values is chosen, or all of them."""
        if not isinstance(left, Name):
            raise Untranslatable(told(_("it uses '{name}' of something worked out"), name=name))
        values = list(right.parts) if isinstance(right, Call) and right.name == infix.LIST else [right]
        asked = self.scope.find(left.name)
        if asked.kind not in ("several", "choice"):
            raise Untranslatable(
                told(_("it looks for words within a text"))
                if name == "contains"
                else told(_("it uses '{name}'"), name=name)
            )
        tests = []
        for value in values:
            literal = Literal(value.name) if isinstance(value, Call) and value.name in ("true", "false") else value
            if not isinstance(literal, Literal):
                raise Untranslatable(told(_("it compares two answers with each other")))
            text = str(literal.value)
            if name == "contains" and asked.kind == "choice" and text not in asked.values:
                tests += [self._test(left, code) for code in asked.values if text in code]
            else:
                tests.append(self._test(left, text))
        if not tests:
            return Call("false")
        every = name == "allof" or (name == "contains" and asked.kind == "several")
        return tests[0] if len(tests) == 1 else Call("and" if every else "or", tuple(tests))

    def _test(self, name: Name, code: str) -> Expression:
        self._refuse_silent(name.name, code)
        several = self.scope.asked[name.name].kind == "several"
        return Call("selected" if several else "=", (name, Literal(code)))


class Calculations:
    """What a form works out by itself, in order, and which of it is worth a try: a calculation is tried once, and again
    only when something that it names has come over."""

    def __init__(self, macros: Mapping[str, str]) -> None:
        """`macros` are the expressions by their names, of which some name others."""
        self._places = {name: place for place, name in enumerate(macros)}
        self._names = list(macros)
        self._users: dict[str, list[int]] = {}
        for name, place in self._places.items():
            for other in _named(name, macros):
                self._users.setdefault(other, []).append(place)
        self._waiting = set(self._places.values())
        self._later = set(self._waiting)
        self._now: list[int] = []
        self._at = -1
        self._known = 0

    def due(self, scope: Scope) -> Iterator[str]:
        """What to try now, in order. What is `done` meanwhile lets those behind it be tried too, and those before it
        the next time."""
        places = self._later.union(*(self._users.get(name, ()) for name in scope.names[self._known :]))
        self._known, self._later = len(scope.names), set()
        self._now = sorted(places & self._waiting)
        while self._now:
            place = heapq.heappop(self._now)
            if place != self._at:
                self._at = place
                yield self._names[place]
        self._at = -1

    def done(self, name: str) -> None:
        """It has been worked out."""
        self._waiting.discard(self._places[name])
        for place in self._users.get(name, ()):
            if place not in self._waiting:
                continue
            if place > self._at:
                heapq.heappush(self._now, place)
            else:
                self._later.add(place)


def _named(name: str, macros: Mapping[str, str]) -> Iterable[str]:
    """All names in an expression and in those that it names in turn, as many as `_Resolver` follows."""
    found: dict[str, None] = {}
    ahead = deque([macros[name]])
    followed = 0
    while ahead:
        for one in re.findall(r"\{\s*#?([^{}]+?)\s*\}", ahead.popleft()):
            if one not in found:
                found[one] = None
                if one in macros and followed <= _MOST:
                    followed += 1
                    ahead.append(macros[one])
    return found
