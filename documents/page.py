"""A document as a page to read and print, and as a part of another page."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import jinja2
from markupsafe import Markup

from documents.filling import FOLDER, Document
from documents.marks import Heading, Part, parts_of, plain
from survey.pages import TEMPLATES

STYLES = (TEMPLATES / "papers.css", FOLDER / "documents.css")


def page(document: Document) -> str:
    """A page of its own, with its style inside."""
    style = "".join(path.read_text(encoding="utf-8") for path in STYLES)
    template = _environment().get_template("page.html.j2")
    body = _html(parts_of(document), deeper=0)
    return template.render(document=document, body=body, style=Markup(style))


def body(document: Document) -> Markup:
    """All of it below its title, for a page that shows the title itself as a heading of the second level."""
    first, *rest = parts_of(document)
    assert isinstance(first, Heading) and first.level == 1
    return _html(rest, deeper=1)


def _html(parts: Sequence[Part], *, deeper: int) -> Markup:
    return Markup(_environment().get_template("blocks.html.j2").render(parts=parts, deeper=deeper))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(plain=plain, kind=lambda part: type(part).__name__)
    return environment
