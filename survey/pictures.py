"""What a file beside an option must be: a picture of the kind that its name says, and nothing but a picture.

Respondents' browsers show them as `<img>`, which runs and loads nothing; a file can still be opened by itself, so what
could run or load is refused here already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.parsers import expat

from survey.frozen import dataclass

SIZE_LIMIT = 60_000
"""Bytes: some seconds on a slow connection."""
KINDS: Mapping[str, str] = {"svg": "SVG", "png": "PNG", "jpg": "JPEG", "webp": "WebP"}
_BEGINS = {"png": rb"\x89PNG\r\n\x1a\n", "jpg": rb"\xff\xd8\xff", "webp": rb"RIFF....WEBP"}
_REFUSED_ELEMENTS = ("script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "listener")
_INLINE = re.compile(r"data:image/(png|jpeg|webp|gif)[;,]")
_LOADS = re.compile(r"url\(\s*[\"']?(?![\s\"'#])([^)]*)\)?|@import\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class Picture:
    """What a file is: its size in bytes, whether it is of the kind that its name says, and the first thing in it that
    could run or load something, as it stands there."""

    size: int
    is_kind: bool
    unsafe: str | None = None


class _Refused(Exception):
    def __init__(self, found: str) -> None:
        super().__init__(found)
        self.found = found


def picture(ending: str, data: bytes) -> Picture:
    """What the bytes of a file with one of the endings of KINDS are."""
    if ending in _BEGINS:
        return Picture(len(data), re.match(_BEGINS[ending], data, re.DOTALL) is not None)
    try:
        return Picture(len(data), _parsed(data) == "svg")
    except _Refused as refused:
        return Picture(len(data), True, refused.found)
    except expat.ExpatError:
        return Picture(len(data), False)


def _parsed(data: bytes) -> str:
    """The name of the outermost element of a drawing. Raises _Refused and ExpatError."""
    parser = expat.ParserCreate(namespace_separator=" ")
    names: list[str] = []
    text: list[str] = []

    def began(name: str, attributes: dict[str, str]) -> None:
        names.append(_local(name))
        text.clear()
        _judge_element(_local(name), {_local(key): value for key, value in attributes.items()})

    def ended(name: str) -> None:
        _judge_style("".join(text) if _local(name) == "style" else "")
        text.clear()

    parser.StartElementHandler = began
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = text.append
    # Entities are declared in the document type, so nothing is read beyond it.
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.ProcessingInstructionHandler = _no_instruction
    parser.Parse(data, True)
    return names[0]


def _local(name: str) -> str:
    """The name of an element or an attribute without its namespace."""
    return name.rpartition(" ")[2]


def _no_doctype(*_declared: object) -> None:
    raise _Refused("<!DOCTYPE")


def _no_instruction(target: str, _data: str) -> None:
    raise _Refused(f"<?{target}")


def _judge_element(name: str, attributes: Mapping[str, str]) -> None:
    if name.lower() in _REFUSED_ELEMENTS:
        raise _Refused(f"<{name}>")
    for key, value in attributes.items():
        if key.lower().startswith("on"):
            raise _Refused(key)
        if key.lower() in ("href", "src") and not value.strip().startswith("#") and not _INLINE.match(value.strip()):
            raise _Refused(_short(f"{key}={value.strip()}"))
        # An animation could put a link or a handler where there was none.
        if key == "attributeName" and re.match(r"(xlink:)?(href$|on)", value.strip(), re.IGNORECASE):
            raise _Refused(f"{key}={value.strip()}")
        _judge_style(value)


def _judge_style(text: str) -> None:
    """Style sheets, `style` and the attributes that can paint with something may name only parts of the picture."""
    for found in _LOADS.finditer(text):
        if not _INLINE.match((found[1] or "").strip()):
            raise _Refused(_short(found[0]))


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
