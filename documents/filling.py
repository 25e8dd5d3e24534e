"""Filling a document: its template with what the area's files say, and at its head what the area still has to do."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import jinja2
from markupsafe import Markup

from documents.facts import Staff, facts_of
from survey.model import Library
from survey.pages import TEMPLATES

FOLDER = TEMPLATES / "documents"
TO_FILL = "☐"
"""How the boxes begin that the area fills in."""
AND = {"fi": " ja ", "sv": " och "}


@dataclass(frozen=True, kw_only=True)
class Document:
    """A filled document in Markdown. `boxes` are the titles of what the area fills in or decides, in their order."""

    name: str
    language: str
    title: str
    organisation: str
    made: date
    markdown: str
    boxes: tuple[str, ...]


def filled(library: Library, name: str, language: str, *, made: date, version: str, staff: Staff) -> Document:
    """A document by its name, in a language. `version` is Mittari's own. A gap that nothing fills is an error of the
    template: jinja2.UndefinedError."""
    facts = facts_of(library, language, made=made, version=version, staff=staff)
    boxes: list[str] = []
    values = {
        **{field.name: getattr(facts, field.name) for field in dataclasses.fields(facts)},
        "facts": facts,
        "fill": functools.partial(_box, boxes),
        "all_of": lambda texts: _all_of(texts, AND[language]),
    }
    body = _environment().get_template(f"{name}.{language}.md.j2").render(values)
    # The head lists the boxes, so it comes after them.
    title, _newline, rest = body.lstrip().partition("\n")
    shown = title.removeprefix("# ").strip()
    head = _environment().get_template(f"head.{language}.md.j2").render({**values, "title": shown, "boxes": boxes})
    return Document(
        name=name,
        language=language,
        title=shown,
        organisation=facts.organisation,
        made=made,
        markdown=_tidy(f"{head}\n\n{rest}"),
        boxes=tuple(boxes),
    )


def _box(boxes: list[str], title: str, *, caller: Callable[[], str]) -> Markup:
    """A box that the area fills in, numbered through the document."""
    boxes.append(title)
    text = f"{TO_FILL} **{len(boxes)}. {escaped(title)}**\n\n{caller().strip()}\n\n{'…' * 40}"
    lines = [f"> {line}".rstrip() for line in text.splitlines()]
    # Jinja takes the end of the line after a block away.
    return Markup("\n".join(["", *lines, "", ""]))


def _all_of(texts: Sequence[str], last: str) -> Markup:
    """A list in words; where a part has a comma itself, parted by semicolons."""
    marked = [escaped(text) for text in texts]
    if any("," in text for text in marked):
        return Markup("; ".join(marked))
    return Markup(last.join([part for part in (", ".join(marked[:-1]), *marked[-1:]) if part]))


def _tidy(text: str) -> str:
    """One empty line between parts, none at an end."""
    return re.sub(r"\n[ \t]*(?:\n[ \t]*)+\n", "\n\n", text.strip()) + "\n"


_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_BEGINNING = re.compile(r"^(?:([#+=-])|(\d{1,9})([.)])(?=\s|$))")


def escaped(value: object) -> Markup:
    """A text of the area's as Markdown that shows it as it is, in one line. Markdown of ours stays."""
    if isinstance(value, Markup):
        return value
    text = _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", str(value)))
    return Markup(_BEGINNING.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", text))


def _code(value: object) -> Markup:
    return Markup(f"`{' '.join(str(value).replace('`', chr(39)).split())}`")


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        # What is filled in is made Markdown by `finalize`; nothing is left to be escaped as HTML.
        autoescape=True,
        finalize=escaped,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(code=_code, markdown=Markup)
    return environment
