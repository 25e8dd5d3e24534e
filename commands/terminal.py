"""What a terminal shows: progress there and nothing elsewhere, and text for other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import click


def utf8(text: str) -> bytes:
    """Text for other programs, whatever encoding the terminal has. Names of files may hold bytes that are no text."""
    return text.encode(errors="replace")


_LONG = 100
"""Files that take a moment to read."""


@contextmanager
def reading_bar() -> Iterator[Callable[[int, int], None]]:
    """A progress bar for each folder that takes a moment to read, on a terminal; nothing elsewhere."""
    bar: Any = None
    shown = 0

    def progress(done: int, of: int) -> None:
        nonlocal bar, shown
        if of < _LONG or not sys.stderr.isatty():
            return
        if bar is None or done < shown:
            stack.close()
            bar = stack.enter_context(click.progressbar(length=of, label="Reading files", file=sys.stderr))
            shown = 0
        bar.update(done - shown)
        shown = done

    with ExitStack() as stack:
        yield progress


@contextmanager
def bar(items: Any, label: str, length: int | None = None) -> Iterator[Any]:
    """A progress bar on a terminal; elsewhere the items alone."""
    if not sys.stderr.isatty():
        yield items
        return
    with click.progressbar(items, label=label, length=length, file=sys.stderr) as bar:
        yield bar


@contextmanager
def progress_of(length: int, label: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal that is told how many more are done; nothing elsewhere."""
    with bar(None, label, length) as shown:
        yield (lambda done: None) if shown is None else shown.update


@contextmanager
def counting(label: str) -> Iterator[Callable[[str], None]]:
    """A count that goes up, on a terminal; nothing elsewhere."""
    seen = 0

    def progress(name: str) -> None:
        nonlocal seen
        seen += 1
        if sys.stderr.isatty():
            click.echo(f"\r{label}: {seen}", nl=False, err=True)

    yield progress
    if sys.stderr.isatty():
        click.echo(err=True)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns under their headings; numbers stand to the right."""
    every = [tuple(heads), *map(tuple, rows)]
    widths = [max(len(row[n]) for row in every) for n in range(len(heads))]
    right = [all(row[n].replace(".", "", 1).isdigit() or not row[n] for row in rows) for n in range(len(heads))]
    lines = []
    for row in every:
        cells = [
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
