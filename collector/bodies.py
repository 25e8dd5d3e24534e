"""What comes in the body of a request: bytes counted, then read as the fields of a form or as JSON.

Bodies are counted here, since Werkzeug's limits cover multipart bodies only; and the length that was announced is
compared with what came, since servers pass short bodies on. Nothing here knows what a field means.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import parse_qsl

from collector.receive import CUT_SHORT, MALFORMED
from survey.answers import Fields
from survey.marking import _

BODY_LIMIT = 262_144
FIELD_LIMIT = 1000
DEPTH_LIMIT = 8
"""How deep brackets may stand in JSON; ours need four."""
FORM_TYPE = "application/x-www-form-urlencoded"
JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"

TOO_LONG = _("The form is larger than any questionnaire here. Shorten the open answers and send it again.")


class BadBody(Exception):
    """A body that cannot be one of ours: the status to answer with, and a message."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def read(stream: IO[bytes], announced: int | None) -> bytes:
    """The bytes of a body, no more than BODY_LIMIT. `announced` is what Content-Length says. Raises BadBody."""
    if announced is not None and announced > BODY_LIMIT:
        raise BadBody(413, TOO_LONG)
    body = bytearray()
    # A server may hand over a body in pieces, as it comes in.
    while len(body) <= BODY_LIMIT and (piece := stream.read(BODY_LIMIT + 1 - len(body))):
        body += piece
    if len(body) > BODY_LIMIT:
        raise BadBody(413, TOO_LONG)
    if announced is not None and len(body) < announced:
        raise BadBody(400, CUT_SHORT)
    return bytes(body)


def fields(body: bytes) -> Fields:
    """The fields of an urlencoded body. Raises BadBody for what no browser sends: a name without a value, an escape
    that is no UTF-8, more than FIELD_LIMIT fields, bytes that are not ASCII."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=FIELD_LIMIT,
        )
    except ValueError:
        raise BadBody(400, MALFORMED) from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def members(body: bytes) -> Mapping[str, Any]:
    """The object in a body of JSON. Raises BadBody for anything else, and for what programs understand differently: a
    name twice, numbers beyond what a double holds, half of a surrogate pair, deep nesting."""
    try:
        text = body.decode("utf-8")
        if _depth(text) > DEPTH_LIMIT:
            raise ValueError("nested too deeply")
        found = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number, parse_float=_number)
        if not isinstance(found, dict):
            raise ValueError("no object")
        # Escapes can spell what UTF-8 cannot.
        json.dumps(found, ensure_ascii=False).encode()
    except ValueError:
        raise BadBody(400, MALFORMED) from None
    return found


_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?$)|[\[{]|[\]}]', re.DOTALL)
"""A text, whole or cut off, or a bracket: each character is looked at once."""


def _depth(text: str) -> int:
    deepest = depth = 0
    for found in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        deepest = max(deepest, depth)
    return deepest


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number in JSON")


def _number(text: str) -> int | float:
    """A number with a point or an exponent; to JSON, 1.0 and 1 are the same."""
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number beyond what a double holds")
    return int(number) if number.is_integer() else number
