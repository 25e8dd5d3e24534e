"""The papers that let an area start, filled from its files: impact assessment, terms, instructions and the like."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import IN_FOLDER
from commands.terminal import table, utf8

if TYPE_CHECKING:
    from documents.facts import Staff
    from documents.filling import Document
    from survey.model import Library

FORMS = ("html", "docx", "md")
OUTPUT = Path("var/papers")
LANGUAGES = ("fi", "sv")


@click.command(cls=Command)
@click.argument("name", required=False)
@click.option(
    "--all", "every", is_flag=True, help="Every paper, in both languages and all formats unless some are named."
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    help="The whole in Finnish (fi, if not said), a summary in Swedish (sv).",
)
@click.option("--format", "form", type=click.Choice(FORMS), help="To print (html, if not said), for Word, or as text.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write; with --all the folder. Else below var/papers.",
)
@IN_FOLDER
def papers(
    name: str | None, every: bool, language: str | None, form: str | None, output: Path | None, folder: Path
) -> None:
    """List the papers that an area needs before it starts, or write one of them, filled from site.yaml.

    Each is a model for your own lawyer and data protection officer to confirm. What the area has to fill in itself
    stands in boxes, which are listed at the head.
    """
    from documents.known import BY_NAME

    if name and every:
        raise WrongCommand("Give the name of a paper, or --all, one of the two.")
    if name and name not in BY_NAME:
        raise WrongCommand(f"There is no paper '{name}'. The papers are: {', '.join(BY_NAME)}.")
    if not name and not every:
        _list(language or LANGUAGES[0])
        return
    library = _library(folder)
    today = date.today()
    if name:
        document = filled(library, name, language or LANGUAGES[0], made=today)
        wanted = form or FORMS[0]
        files = {output or OUTPUT / file_name(document, wanted): content_of(document, wanted)}
        _write(files)
        boxes = len(document.boxes)
        click.echo(
            f"Written: {next(iter(files))}. Boxes for the area to fill in: {boxes}. Have your own lawyer confirm it."
        )
        return
    files = dict(_everything(library, output or OUTPUT, language, form, today))
    _write(files)
    click.echo(f"{len(files)} papers in {output or OUTPUT}. Have your own lawyer confirm each.")


def _library(folder: Path) -> Library:
    from build import BuildError, read_checked

    try:
        return read_checked(folder, "en")
    except BuildError as error:
        raise Failure(
            f"The folder '{folder}' cannot be read. Mend first what 'mittari check {folder}' says."
        ) from error


def _list(language: str) -> None:
    from documents.known import KNOWN

    rows = [(one.name, one.title[language], one.reader[language]) for one in KNOWN]
    click.echo(utf8(table(("name", "title", "for"), rows)))
    click.echo("Write one with: mittari papers NAME. All of them with: mittari papers --all", err=True)


def _everything(
    library: Library, folder: Path, language: str | None, form: str | None, today: date
) -> Iterator[tuple[Path, bytes]]:
    from documents.known import KNOWN

    for one in KNOWN:
        for tag in [language] if language else LANGUAGES:
            document = filled(library, one.name, tag, made=today)
            for wanted in [form] if form else FORMS:
                yield folder / file_name(document, wanted), content_of(document, wanted)


def _write(files: dict[Path, bytes]) -> None:
    """Writes all or none: in a file that is there somebody may have written on."""
    for path in files:
        if path.exists():
            raise WrongCommand(
                f"The file '{path}' exists already and was left alone: somebody may have written in it. "
                "Choose another place with --output."
            )
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


# --- for the desk too -----------------------------------------------------------------------------


def filled(library: Library, name: str, language: str, *, made: date) -> Document:
    """A document, filled for this version of Mittari and its desk."""
    from documents import filling

    return filling.filled(library, name, language, made=made, version=_version(), staff=staff(language))


def file_name(document: Document, form: str) -> str:
    return f"{document.name}.{document.language}.{form}"


def content_of(document: Document, form: str) -> bytes:
    """The bytes of a document in one of the forms."""
    if form == "docx":
        from documents.word import word

        return word(document)
    if form == "html":
        from documents.page import page

        return page(document).encode()
    return document.markdown.encode()


@functools.cache
def staff(language: str) -> Staff:
    """The desk's roles and pages as documents name them, by the table that the desk itself goes by."""
    from build import read_messages
    from collector.desk.people import AREAS, MENU, ROLE_NAMES
    from documents.facts import Staff

    words = read_messages(language, catalogue="desk")
    return Staff(
        roles={str(role): words[name] for role, name in ROLE_NAMES.items()},
        pages={str(area): words[label] for area, _path, label in MENU},
        may={str(area): frozenset(map(str, roles)) for area, roles in AREAS.items()},
    )


def _version() -> str:
    """Mittari's own; empty where it runs without having been installed."""
    from importlib import metadata

    try:
        return metadata.version("mittari")
    except metadata.PackageNotFoundError:
        return ""


COMMANDS = (papers,)
