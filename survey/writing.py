"""A value of the model as the YAML that a person would have written: the inverse of `survey.reading`.

Keys stand in the order of the model's fields, and what is at its default is left out. Texts have a language a line.
Quotes stand only where some reader of YAML would otherwise take the text for something else.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from survey.model import Instrument, Services, Site

MODELINE = "# yaml-language-server: $schema=schema.json"
"""The first line of a file: editors check and complete the rest by it."""

_LOOKALIKE = re.compile(
    r"(?i)yes|no|on|off|y|n|true|false|null|~"
    r"|[-+]?(0x[0-9a-f_]+|0o?[0-7_]+|[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|\.[0-9_]+(e[-+]?[0-9]+)?|\.inf)|\.nan"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
)
"""What some reader of YAML takes for a number, a truth value, nothing, or minutes."""
_PLAIN = re.compile(r"[\w(“”«¿¡…‘’\u200e\u200f][^\n]*")
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]")
"""Characters that break lines, turn the direction of the rest of the line, or cannot stand in a file."""


def written(value: Instrument | Services | Site) -> str:
    """The whole text of a file. Parts that an instrument has from another are written as if they were its own."""
    lines = [MODELINE]
    for name, entry in _entries(value):
        if _is_block(entry):
            lines.append("")
        lines += _keyed(name, entry)
    return "\n".join(lines) + "\n"


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """The keys of an object with what they are set to."""
    for f in dataclasses.fields(value):
        default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
        entry = getattr(value, f.name)
        if not f.metadata.get("derived") and entry != default:
            yield f.name, entry


def _is_block(entry: object) -> bool:
    """Whether an entry holds objects, and is set apart at the top of a file."""
    within = list(entry.values()) if isinstance(entry, Mapping) else entry
    return isinstance(within, Sequence) and any(dataclasses.is_dataclass(one) for one in within)


def _keyed(name: str, entry: Any) -> list[str]:
    """The lines of a key with its value, without indent."""
    key = f"{_scalar(name)}:"
    if isinstance(entry, str) and _fits_block(entry):
        chomp, text = ("", entry[:-1]) if entry.endswith("\n") else ("-", entry)
        return [f"{key} |{chomp}", *(f"  {line}" if line else "" for line in text.split("\n"))]
    if dataclasses.is_dataclass(entry):
        entry = dict(_entries(entry))
    if isinstance(entry, Mapping):
        if not entry:
            return [f"{key} {{}}"]
        return [key, *(f"  {line}" if line else "" for k, one in entry.items() for line in _keyed(k, one))]
    if isinstance(entry, Sequence) and not isinstance(entry, str):
        if _is_block(entry):
            return [key, *(line for one in entry for line in _listed(one))]
        return [f"{key} [{', '.join(_scalar(one, flow=True) for one in entry)}]"]
    return [f"{key} {_scalar(entry)}"]


def _listed(value: Any) -> list[str]:
    """The lines of an object in a list, indented below its key."""
    lines = [line for name, entry in _entries(value) for line in _keyed(name, entry)]
    return [f"  - {lines[0]}", *(f"    {line}" if line else "" for line in lines[1:])]


# --- scalars --------------------------------------------------------------------------------------


def _scalar(value: bool | int | float | str, *, flow: bool = False) -> str:
    """A value on one line; `flow` is within brackets."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    return value if _is_plain(value, flow=flow) else _quoted(value)


def _number(value: float) -> str:
    """A number with a point and without an exponent, which the reader knows as the same."""
    if value.is_integer():
        return str(int(value))
    return f"{value:.18f}".rstrip("0") if "e" in repr(value) else repr(value)


def _is_plain(text: str, *, flow: bool) -> bool:
    """Whether a text can stand without quotes."""
    if not _PLAIN.fullmatch(text) or text != text.strip() or _ESCAPED.search(text) or _LOOKALIKE.fullmatch(text):
        return False
    if any(sign in text for sign in (": ", " #", "\t", '"', "'")) or text.endswith(":"):
        return False
    return not flow or not re.search(r"[,\[\]{}:]", text)


def _quoted(text: str) -> str:
    if '"' in text and "'" not in text and not re.search(r"[\n\t]", text) and not _ESCAPED.search(text):
        return f"'{text}'"
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{_ESCAPED.sub(lambda match: _code(match.group()), text)}"'


def _code(character: str) -> str:
    number = ord(character)
    return f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}"


def _fits_block(text: str) -> bool:
    """Whether a text of several lines can stand under a `|` as it is."""
    body = text[:-1] if text.endswith("\n") else text
    lines = body.split("\n")
    if "\n" not in text or not body.strip() or _ESCAPED.search(text) or "\t" in text:
        return False
    if not lines[0] or not lines[-1] or lines[0].startswith(" "):
        return False
    return all(line == line.rstrip() for line in lines)
