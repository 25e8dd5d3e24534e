"""Elements of DDI Codebook 2.5, of which codebooks of instruments and of files of answers are made."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from survey.model import Text

NAMESPACE = "ddi:codebook:2_5"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def codebook() -> ET.Element:
    """The element that a codebook is."""
    return ET.Element("codeBook", {"version": "2.5", "xmlns": NAMESPACE})


def written(root: ET.Element) -> bytes:
    """The file of a codebook."""
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def add(
    parent: ET.Element, tag: str, text: str | None = None, /, *, language: str = "", **attributes: str
) -> ET.Element:
    """A new element at the end of another, with text in a language."""
    element = ET.SubElement(parent, tag, attributes)
    element.text = text
    if language:
        element.set(_LANG, language)
    return element


def add_texts(parent: ET.Element, tag: str, text: Text | None, /, **attributes: str) -> None:
    """An element for each language of a text."""
    for language, words in (text or {}).items():
        add(parent, tag, words, language=language, **attributes)


def identifier(name: str) -> str:
    """The identifier of a variable in the file."""
    return f"V_{name}"
