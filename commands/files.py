"""What analysts use in other programs: the answers as files of SPSS, Excel, R, Power BI and archives."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.failures import Command
from commands.options import LANGUAGES
from commands.terminal import progress_of

if TYPE_CHECKING:
    from analysis.files import Written

FORMATS = ("sav", "sps", "xlsx", "csv", "csv-excel", "r", "parquet", "ddi", "dictionary", "star")


@click.command(cls=Command)
@click.option("--dataset", "folder", required=True, type=click.Path(path_type=Path), help="A dataset folder.")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder of files to write.")
@click.option("--format", "formats", multiple=True, type=click.Choice(FORMATS), help="Which, again for each; else all.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of the labels.")
def files(folder: Path, output: Path, formats: tuple[str, ...], language: str) -> None:
    """Write the answers as files for SPSS, Excel, R, Power BI and archives: personal data, unprotected."""
    from collector.app import utc_now

    chosen = formats or FORMATS
    with progress_of(len(chosen), "Writing files") as done:
        written = files_of(
            folder,
            output,
            formats=chosen,
            language=language,
            moment=utc_now(),
            progress=lambda name: done(1) if name in chosen else None,
        )
    for note in written.notes:
        click.echo(f"- {note}")
    click.echo(
        f"{len(written.files)} files in {output}, described in README.txt there. "
        "They hold people's answers, unprotected: keep them where they are safe."
    )


def files_of(
    folder: Path,
    output: Path,
    *,
    formats: Collection[str],
    language: str,
    moment: datetime,
    progress: Callable[[str], None],
) -> Written:
    """Writes the answers of a dataset folder in some formats. `progress` hears of each format when it is done."""
    from analysis import dataset
    from analysis.files import write_files
    from build import read_messages
    from survey import records

    return write_files(
        dataset.read(folder),
        output,
        formats=formats,
        language=language,
        messages=read_messages(language, catalogue="report"),
        made=records.timestamp(moment),
        progress=progress,
    )


COMMANDS = (files,)
