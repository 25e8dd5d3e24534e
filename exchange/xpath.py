"""The XPath of XLSForms, both ways: parsed into nodes of `exchange.expressions`, and our conditions written in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from exchange.expressions import Call, Expression, Literal, Name, Untranslatable

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
    parser = _Parser(list(_tokens(bare)))
    found = parser.level(0, 0)
    if parser.ahead:
        raise Untranslatable(f"'{parser.ahead[1]}' is not understood there")
    return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise Untranslatable(f"'{text[position:].strip()[:20]}' is not understood")
        position = match.end()
        yield str(match.lastgroup), match.group().strip()


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = tokens

    @property
    def ahead(self) -> tuple[str, str] | None:
        return self.tokens[0] if self.tokens else None

    def take(self) -> tuple[str, str]:
        if not self.tokens:
            raise Untranslatable("it ends too early")
        return self.tokens.pop(0)

    def expect(self, sign: str) -> None:
        _kind, text = self.take()
        if text != sign:
            raise Untranslatable(f"'{text}' stands where '{sign}' was expected")

    def level(self, level: int, depth: int) -> Expression:
        """The operators of one level and all that bind tighter; those of one level go from left to right."""
        if depth > _DEEPEST:
            raise Untranslatable("its brackets are too deep")
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
                raise Untranslatable("it uses an answer of an earlier form")
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
        raise Untranslatable(f"'{text}' is not understood there")

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
                    raise Untranslatable(f"'{sign}' stands where ',' was expected")
        if text.lower() in ("true", "false"):
            return Call(text.lower())
        last = re.split(r"/", text)[-1]
        if not re.fullmatch(r"[A-Za-z_][\w.-]*", last):
            raise Untranslatable(f"it looks at '{text}'")
        return Name(last)


def _minus(part: Expression) -> Expression:
    return Call("-", (part,))
