"""The papers that an area needs, for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from collector.desk.works import File, Filled, Paper
from commands import papers
from survey.model import Library

if TYPE_CHECKING:
    from documents.filling import Document

TYPES = {
    "html": "text/html",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown",
}


class DeskDocuments:
    """Fills them as the command 'papers' does: from the folder as it is now, else from what was published."""

    languages: Sequence[str] = papers.LANGUAGES
    forms: Sequence[str] = ("docx", "html", "md")

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def listed(self) -> Sequence[Paper]:
        from documents.known import KNOWN

        return [Paper(name=one.name, title=one.title, purpose=one.purpose, reader=one.reader) for one in KNOWN]

    def filled(self, name: str, language: str, *, published: Library, made: date) -> Filled:
        from documents.page import body

        document, is_published = self._document(name, language, published, made)
        return Filled(title=document.title, body=body(document), boxes=len(document.boxes), published=is_published)

    def file(self, name: str, language: str, form: str, *, published: Library, made: date) -> File:
        document, _is_published = self._document(name, language, published, made)
        return File(
            name=papers.file_name(document, form),
            mimetype=TYPES[form],
            content=papers.content_of(document, form),
        )

    def _document(self, name: str, language: str, published: Library, made: date) -> tuple[Document, bool]:
        """The document, and whether it had to be filled from what was published."""
        from build import BuildError, read_checked

        try:
            library, is_published = read_checked(self._folder, "en"), False
        except BuildError:
            library, is_published = published, True
        return papers.filled(library, name, language, made=made), is_published
