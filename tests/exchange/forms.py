"""Small forms for tests, written as they look: a sheet is lines of cells parted by bars."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from exchange.context import Source
from exchange.loss import Imported
from exchange.xlsform_import import imported
from survey import reading, writing
from survey.model import Instrument, Item, Library
from survey.problems import Problem

CHOICES = """
list_name | name | label::Suomi (fi) | label::Svenska (sv)
yn        | yes  | Kyllä             | Ja
yn        | no   | Ei                | Nej
ab        | a    | Aa                | A
ab        | b    | Bee               | B
ab        | c    | See               | C
agree     | 1    | Ei                | Nej
agree     | 2    | Osin              | Delvis
agree     | 3    | Joo               | Jo
"""


def cells(sheet: str) -> list[list[str]]:
    """The cells of a sheet: lines at bars, without the space around."""
    return [[cell.strip() for cell in line.split("|")] for line in sheet.strip("\n").split("\n")]


def workbook(**sheets: str | list[list[Any]]) -> bytes:
    """An .xlsx file of sheets."""
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, sheet in sheets.items():
        made = book.create_sheet(name)
        for row in cells(sheet) if isinstance(sheet, str) else sheet:
            made.append([cell if cell != "" else None for cell in row])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def import_form(
    survey: str | list[list[Any]], *, library: Library | None = None, choices: str = CHOICES, **sheets: Any
) -> Imported:
    """What an XLSForm with these sheets becomes."""
    source_only = {key: sheets.pop(key) for key in ("beside", "instrument", "waves", "name") if key in sheets}
    data = workbook(survey=survey, **({"choices": choices} if choices else {}), **sheets)
    return imported(Source(**{"name": "lomake.xlsx", "data": data, "library": library, **source_only}))


def item(found: Imported, id: str) -> Item:
    """An item as it stands in the file, grids and notes too."""
    return next(one for section in found.instrument.sections for one in section.items if one.id == id)


def why(found: Imported, where: str) -> tuple[str, str]:
    """What became of the element at a place, and why."""
    (loss,) = [one for one in found.losses if one.where == where]
    return loss.kind, loss.why


def problems(instrument: Instrument, folder: Path, root: Path) -> list[Problem]:
    """What the reader says of an instrument in a folder with the shipped site."""
    for name in ("site.yaml", "services.yaml"):
        (folder / name).write_bytes((root / name).read_bytes())
    path = folder / f"{instrument.instrument}.yaml"
    path.write_text(writing.written(instrument), encoding="utf-8")
    return list(reading.check([path]))
