"""LimeSurvey's Expression Manager: its language parsed, and its names found among what came over.

A name is a question's code, with `_` and the code of a subquestion where it has those (`Q1_SQ001`), or the older
numbers of survey, group and question (`12345X6X78SQ001`). What follows a point says what of it is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange import infix
from exchange.expressions import COMPARISONS, Call, Expression, Literal, Name, Untranslatable
from exchange.loss import told
from survey.marking import _

_DIALECT = infix.Dialect(
    token=re.compile(
        r"""\s*(?:
          (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
        | (?P<name>(?:INSERTANS:)?\d+X\d+X\d+[\w\#]*(?:\.[A-Za-z]+)?
            |(?:TOKEN:)?[A-Za-z_][\w\#]*(?:\.[\w\#]+)*(?::\w+)*)
        | (?P<number>\d+(?:\.\d+)?|\.\d+)
        | (?P<sign>&&|\|\||===?|!==?|<=|>=|<>|[-+*/%<>!=(),\[\]])
        )""",
        re.VERBOSE | re.ASCII,
    ),
    levels=(
        {"or": "or", "||": "or"},
        {"and": "and", "&&": "and"},
        {"==": "=", "eq": "=", "===": "=", "!=": "!=", "ne": "!=", "!==": "!="},
        {
            **{sign: sign for sign in ("<", "<=", ">", ">=")},
            **{"lt": "<", "le": "<=", "gt": ">", "ge": ">="},
        },
        {"+": "+", "-": "-"},
        {"*": "*", "/": "div", "%": "mod"},
    ),
    negations=("!", "not"),
    after={},
    words={"true": Call("true"), "false": Call("false")},
)
_AS_IT_IS = ("", "NAOK", "code", "valueNAOK", "value")
"""What may follow the point of a name and means the answer itself."""
_NOT_THE_ANSWER = ("shown", "relevanceStatus", "question", "type", "qid", "gid", "sgqa", "mandatory", "relevance")


@dataclass
class Variables:
    """What names stand for: another name that `expressions.Scope` knows, or one option of it.

    `plain` gives the scope's name for a variable; `ticked` the scope's name and the option for a box to tick; `members`
    the variables of a question that has several; `scored` are those whose `.value` is not their code.
    """

    plain: dict[str, str] = field(default_factory=dict)
    ticked: dict[str, tuple[str, str]] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    scored: set[str] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    """The older numbers of variables."""

    def add(self, name: str, scope_name: str, *, old: str = "") -> None:
        self.plain[name] = scope_name
        self._also(name, old)

    def tick(self, name: str, scope_name: str, option: str, *, old: str = "") -> None:
        self.ticked[name] = (scope_name, option)
        self._also(name, old)

    def _also(self, name: str, old: str) -> None:
        if old:
            self.aliases[old] = name

    def known(self, name: str, own: str) -> list[str]:
        """The variables that a name without its point stands for; `own` is the question that the expression is of."""
        whole = re.fullmatch(r"(?:that|self)\.?(\w*)", name)
        if name in ("this", "self"):
            name = own
        elif whole:
            name = whole[1]
        name = self.aliases.get(name, name)
        if name in self.members and (whole or name not in self.plain):
            return list(self.members[name])
        return [name]


def parse(text: str) -> Expression:
    """The nodes of an expression. Raises Untranslatable."""
    return infix.parse(re.sub(r"\s+", " ", text).strip(), _DIALECT)


def resolved(expression: Expression, variables: Variables, own: str = "") -> Expression:
    """An expression with the names of the scope, and boxes as tests of options. Raises Untranslatable."""
    return _Resolver(variables, own).expression(expression)


class _Resolver:
    def __init__(self, variables: Variables, own: str) -> None:
        self.variables = variables
        self.own = own

    def expression(self, one: Expression) -> Expression:
        match one:
            case Name(name):
                return self._each("or", self._names(name))
            case Call("and" | "or" | "not" as name, parts):
                return Call(name, tuple(self.expression(part) for part in parts))
            case Call("is_empty" | "empty", (part,)):
                return Call("not", (self._answered(part),))
            case Call("count", parts):
                return self._count(parts, ">", 0)
            case Call(operator, (Call("count", parts), Literal(value))) if operator in COMPARISONS:
                return self._count(parts, operator, value)
            case Call("=" | "!=" as operator, (left, right)):
                return self._equal(operator, left, right)
            case Call("sum" | "min" | "max" | "list" as name, parts):
                return Call(name, tuple(self._value(found) for part in parts for found in self._spread(part)))
            case Call("mean" | "avg" | "average", parts):
                return Call("mean", tuple(self._value(found) for part in parts for found in self._spread(part)))
            case Call("if", (test, then, otherwise)):
                return Call("if", (self.expression(test), self.expression(then), self.expression(otherwise)))
            case Call(name, parts):
                return Call(name, tuple(self._side(part) for part in parts))
            case _:
                return one

    def _side(self, part: Expression) -> Expression:
        """A part of an operator: a variable as itself, all else resolved."""
        return self._variable(part.name) if isinstance(part, Name) else self.expression(part)

    def _equal(self, operator: str, left: Expression, right: Expression) -> Expression:
        if isinstance(left, Literal) and isinstance(right, Name):
            left, right = right, left
        if isinstance(left, Name) and isinstance(right, Literal) and (own := self._own_box(left, right)):
            return own if operator == "=" else Call("not", (own,))
        box = self._box(left) if isinstance(left, Name) else None
        if box is None or not isinstance(right, Literal):
            return Call(operator, (self._side(left), self._side(right)))
        if str(right.value) not in ("Y", "1", ""):
            raise Untranslatable(told(_("a box to tick is compared with '{value}'"), value=right.value))
        ticked = (str(right.value) != "") == (operator == "=")
        return box if ticked else Call("not", (box,))

    def _names(self, name: str) -> list[str]:
        base, point, what = name.rpartition(".")
        if not point or what not in (*_AS_IT_IS, *_NOT_THE_ANSWER):
            base, what = name, ""
        found = self.variables.known(base, self.own)
        if what not in _AS_IT_IS:
            raise Untranslatable(told(_("it uses '{name}', which is not the answer itself"), name=name))
        if what in ("value", "valueNAOK") and self.variables.scored & set(found):
            raise Untranslatable(told(_("it uses '{name}', the points of an answer"), name=name))
        return found

    def _each(self, name: str, names: Sequence[str]) -> Expression:
        parts = tuple(self._test(one) for one in names)
        return parts[0] if len(parts) == 1 else Call(name, parts)

    def _test(self, name: str) -> Expression:
        """A variable, or its box."""
        if name in self.variables.ticked:
            question, option = self.variables.ticked[name]
            return Call("selected", (Name(question), Literal(option)))
        return Name(self.variables.plain.get(name, name))

    def _box(self, name: Name) -> Expression | None:
        names = self._names(name.name)
        return self._test(names[0]) if len(names) == 1 and names[0] in self.variables.ticked else None

    def _own_box(self, name: Name, option: Literal) -> Expression | None:
        """The box of a question where several can be chosen, which the older conditions name as its answer."""
        names = self._names(name.name)
        boxes = [one for one in names if self.variables.ticked.get(one, ("", ""))[1] == option.value]
        return self._test(boxes[0]) if len(names) > 1 and len(boxes) == 1 else None

    def _variable(self, name: str) -> Expression:
        names = self._names(name)
        if len(names) != 1:
            raise Untranslatable(told(_("'{name}' stands for several answers"), name=name))
        return self._test(names[0])

    def _answered(self, part: Expression) -> Expression:
        if not isinstance(part, Name):
            raise Untranslatable(told(_("it asks whether something worked out is empty")))
        return self._each("or", self._names(part.name))

    def _spread(self, part: Expression) -> list[Expression]:
        if isinstance(part, Name):
            return [Name(name) for name in self._names(part.name)]
        return [part]

    def _value(self, part: Expression) -> Expression:
        if isinstance(part, Name):
            return Name(self.variables.plain.get(part.name, part.name))
        return self.expression(part)

    def _count(self, parts: Sequence[Expression], operator: str, value: object) -> Expression:
        names = [name for part in parts for name in self._counted(part)]
        some = (operator, value) in ((">", 0), (">=", 1), ("!=", 0))
        none = (operator, value) in (("=", 0), ("<", 1), ("<=", 0))
        every = (operator, value) in (("=", len(names)), (">=", len(names)))
        if some or none:
            found = self._each("or", names)
            return found if some else Call("not", (found,))
        if every:
            return self._each("and", names)
        raise Untranslatable(told(_("it counts what was chosen or written")))

    def _counted(self, part: Expression) -> list[str]:
        if not isinstance(part, Name):
            raise Untranslatable(told(_("it counts something worked out")))
        return self._names(part.name)
