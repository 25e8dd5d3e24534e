"""Tables that are saved from the desk."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from collector import slips
from collector.desk.works import File


def table_file(name: str, heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> File:
    """A table as CSV that a spreadsheet opens as it stands, and takes no cell of for a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    for row in (heads, *rows):
        writer.writerow([slips.plain(cell) if isinstance(cell, str) else cell for cell in row])
    return File(name=name, mimetype="text/csv", content=text.getvalue().encode("utf-8-sig"))
