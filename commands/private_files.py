"""Files that hold codes in clear, for their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

import click

from commands.failures import Failure, WrongCommand, os_sentence


def refuse_existing(*paths: Path | None) -> None:
    """Codes are shown once: a file that may hold some is never written over."""
    for path in paths:
        if path is not None and path.is_file():
            raise WrongCommand(f"The file '{path}' exists already and may hold codes. Choose another name.")


def free_name(folder: Path, name: str) -> Path:
    """A name for a sheet that is not taken: another store may have had the same numbers."""
    path, n = folder / f"{name}.html", 1
    while path.exists():
        n += 1
        path = folder / f"{name}-{n}.html"
    return path


def hand_over(text: str, path: Path | None) -> None:
    """The codes to a file or the screen; where the file cannot be written, to the screen all the same."""
    if path is not None:
        try:
            write_private(path, text)
        except OSError as error:
            click.echo(text, nl=False)
            raise Failure(
                f"{os_sentence(error)} The codes are above: copy them now, they are shown nowhere else."
            ) from error
        click.echo(f"Codes: {path}", err=True)
    else:
        click.echo(text, nl=False)


def write_private(path: Path, text: str) -> None:
    """Writes a file that its owner alone may read: it holds codes in clear."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8", newline=""
    ) as file:
        file.write(text)
