"""What a `calculated` item is worked out from: a small closed language of arithmetic, compiled to a tree.

    sum      = product {("+" | "-") product};  product = factor {("*" | "/") factor}
    factor   = number | item | "-" factor | "(" sum ")" | function "(" sum {"," sum} ")"
    function = "sum" | "mean" | "min" | "max" | "count" | "round"

An absent answer makes what it stands in absent too, except inside the functions, which take the answers there are.
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import Phrase, said
from survey.tokens import Tokens


class CalculationError(ValueError):
    """A calculation that cannot be read; `found` says what was found."""

    def __init__(self, found: Phrase) -> None:
        super().__init__(str(found))
        self.found = found


@dataclass(frozen=True)
class Number:
    value: int | float


@dataclass(frozen=True)
class Answer:
    """The answer to an item."""

    item: str


@dataclass(frozen=True)
class Call:
    """An operator or a function with its parts."""

    name: str
    parts: tuple[Calculation, ...]


Calculation = Number | Answer | Call
FUNCTIONS: Mapping[str, Callable[[Sequence[float]], float | None]] = {
    "sum": lambda given: sum(given) if given else None,
    "mean": lambda given: sum(given) / len(given) if given else None,
    "min": lambda given: min(given, default=None),
    "max": lambda given: max(given, default=None),
    "count": lambda given: len(given),
    "round": lambda given: math.floor(given[0] + 0.5) if given else None,
}
_OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
_TOKEN = re.compile(r"\s*((?:\d+(?:\.\d+)?)(?![\w.])|[A-Za-z_]\w*|[-+*/(),])")
_DEEPEST = 20
_LONGEST = 400


@functools.lru_cache(maxsize=1024)
def parse(text: str) -> Calculation:
    """The tree of a calculation. Raises CalculationError."""
    tokens = Tokens(text, _TOKEN, CalculationError)
    if len(tokens) > _LONGEST:
        raise CalculationError(said(_("it is too long")))
    tree = _Parser(tokens).sum(0)
    tokens.end()
    return tree


def named(tree: Calculation) -> tuple[str, ...]:
    """The ids of the items in a calculation, each once."""
    match tree:
        case Number():
            return ()
        case Answer(item):
            return (item,)
        case Call(_, parts):
            return tuple(dict.fromkeys(item for part in parts for item in named(part)))


def value(tree: Calculation, answers: Mapping[str, object]) -> int | float | None:
    """The number that a calculation gives, to six decimals; whole numbers as int. None where it has none: an answer is
    absent or no number, a division is by nothing, or the number is beyond 10**15."""
    found = _value(tree, answers)
    if found is None or not math.isfinite(found) or abs(found) > 1e15:
        return None
    rounded = round(found, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _value(tree: Calculation, answers: Mapping[str, object]) -> float | None:
    match tree:
        case Number(number):
            return number
        case Answer(item):
            answer = answers.get(item)
            return answer if isinstance(answer, int | float) else None
        case Call(name, parts):
            values = [_value(part, answers) for part in parts]
            if name in FUNCTIONS:
                return FUNCTIONS[name]([one for one in values if one is not None])
            if None in values:
                return None
            return _operated(name, [one for one in values if one is not None])


def _operated(name: str, values: Sequence[float]) -> float | None:
    if len(values) == 1:
        return -values[0]
    if name == "/" and values[1] == 0:
        return None
    return _OPERATORS[name](values[0], values[1])


class _Parser:
    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.take = tokens.take

    def sum(self, depth: int) -> Calculation:
        tree = self.product(depth)
        while self.tokens.ahead in ("+", "-"):
            tree = Call(self.take(), (tree, self.product(depth)))
        return tree

    def product(self, depth: int) -> Calculation:
        tree = self.factor(depth)
        while self.tokens.ahead in ("*", "/"):
            tree = Call(self.take(), (tree, self.factor(depth)))
        return tree

    def factor(self, depth: int) -> Calculation:
        if depth > _DEEPEST:
            raise CalculationError(said(_("its brackets are too deep")))
        token = self.take()
        if token == "-":
            return Call("-", (self.factor(depth + 1),))
        if token == "(":
            tree = self.sum(depth + 1)
            self.take(")")
            return tree
        if token[0].isdigit():
            return Number(float(token) if "." in token else int(token))
        if not re.fullmatch(r"[A-Za-z_]\w*", token):
            raise CalculationError(
                said(_("'{token}' stands where a number or the id of an item was expected"), token=token)
            )
        if self.tokens.ahead != "(":
            return Answer(token)
        if token not in FUNCTIONS:
            raise CalculationError(said(_("'{token}' is none of {known}"), token=token, known=tuple(FUNCTIONS)))
        return Call(token, self.parts(depth))

    def parts(self, depth: int) -> tuple[Calculation, ...]:
        self.take("(")
        found = [self.sum(depth + 1)]
        while self.take(",", ")") == ",":
            found.append(self.sum(depth + 1))
        return tuple(found)
