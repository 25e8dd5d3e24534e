"""Expressions with operators between their parts, parsed into nodes of `exchange.expressions`.

LimeSurvey's and SurveyJS's languages differ in their signs and words only, which a Dialect names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from exchange.expressions import Call, Expression, Literal, Name, Untranslatable
from exchange.loss import told
from survey.marking import _

LIST = "list"
"""The name of the call that several values in square brackets become."""
_DEEPEST = 40
_LONGEST = 20_000


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """The signs and words of a language.

    `token` matches one token in one of the groups text, number, brace, name and sign; a sign may be a word, and what
    stands in braces is a name. `levels` are the operators that bind loosest first, each with the node that it becomes;
    `after` are those that follow their only part; `negations` those before it. `name` makes a node of a word without
    braces, `words` of one that stands for a value.
    """

    token: re.Pattern[str]
    levels: tuple[Mapping[str, str], ...]
    negations: tuple[str, ...]
    after: Mapping[str, str]
    words: Mapping[str, Expression]
    name: Callable[[str], Expression] = Name


def parse(text: str, dialect: Dialect) -> Expression:
    """The nodes of an expression. Raises Untranslatable."""
    if len(text) > _LONGEST:
        raise Untranslatable(told(_("it is too long")))
    parser = _Parser(list(tokens(text, dialect.token)), dialect)
    found = parser.level(0, 0)
    if parser.ahead:
        raise Untranslatable(told(_("'{words}' is not understood there"), words=parser.ahead[:20]))
    return found


def tokens(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
    """Each token with the name of the group that it matches in. Raises Untranslatable."""
    position, end = 0, len(text.rstrip())
    while position < end:
        match = pattern.match(text, position)
        if match is None or match.end() == position:
            raise Untranslatable(told(_("'{words}' is not understood"), words=text[position:].strip()[:20]))
        position = match.end()
        yield str(match.lastgroup), match.group().strip()


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], dialect: Dialect) -> None:
        self.tokens = tokens
        self.at = 0
        self.dialect = dialect

    @property
    def ahead(self) -> str:
        """The next token in small letters, or nothing; texts keep their quotes."""
        return self.tokens[self.at][1].lower() if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> tuple[str, str]:
        if self.at == len(self.tokens):
            raise Untranslatable(told(_("it ends too early")))
        kind, token = self.tokens[self.at]
        if expected is not None and token != expected:
            raise Untranslatable(
                told(_("'{words}' stands where '{expected}' was expected"), words=token[:20], expected=expected)
            )
        self.at += 1
        return kind, token

    def level(self, level: int, depth: int) -> Expression:
        """The operators of one level and all that bind tighter; those of one level go from left to right."""
        if depth > _DEEPEST:
            raise Untranslatable(told(_("its brackets are too deep")))
        if level == len(self.dialect.levels):
            return self.negation(depth)
        operators = self.dialect.levels[level]
        found = self.level(level + 1, depth)
        while self.ahead in operators:
            name = operators[self.take()[1].lower()]
            right = self.level(level + 1, depth)
            if isinstance(found, Call) and found.name == name and name in ("and", "or"):
                found = Call(name, (*found.parts, right))
            else:
                found = Call(name, (found, right))
        return found

    def negation(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise Untranslatable(told(_("its brackets are too deep")))
        if self.ahead in self.dialect.negations:
            self.take()
            return Call("not", (self.negation(depth + 1),))
        if self.ahead == "-":
            self.take()
            part = self.negation(depth + 1)
            if isinstance(part, Literal) and not isinstance(part.value, str):
                return Literal(-part.value)
            return Call("-", (Literal(0), part))
        found = self.single(depth)
        while self.ahead in self.dialect.after:
            found = Call(self.dialect.after[self.take()[1].lower()], (found,))
        return found

    def single(self, depth: int) -> Expression:
        kind, token = self.take()
        if kind == "text":
            return Literal(re.sub(r"\\(.)", r"\1", token[1:-1]))
        if kind == "number":
            return Literal(float(token) if "." in token else int(token))
        if token == "(":
            found = self.level(0, depth + 1)
            self.take(")")
            return found
        if token == "[":
            return Call(LIST, self.parts("]", depth))
        if kind == "brace":
            return Name(token[1:-1].strip().removeprefix("#"))
        if kind == "name":
            if self.ahead == "(":
                self.take()
                return Call(token, self.parts(")", depth))
            return self.dialect.words.get(token.lower()) or self.dialect.name(token)
        raise Untranslatable(told(_("'{token}' is not understood there"), token=token))

    def parts(self, end: str, depth: int) -> tuple[Expression, ...]:
        """What stands between commas up to the closing bracket."""
        found: list[Expression] = []
        while self.ahead != end:
            found.append(self.level(0, depth + 1))
            if self.ahead != end:
                self.take(",")
        self.take(end)
        return tuple(found)
