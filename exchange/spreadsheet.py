"""Spreadsheets (.xlsx) as plain text, in and out. A file that could do harm is refused before it is unpacked."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from exchange.loss import ExchangeError, told
from survey.marking import _

SIZE_LIMIT = 10_000_000
UNPACKED_LIMIT = 100_000_000
PARTS_LIMIT = 2_000
CELLS_LIMIT = 20_000_000
"""Cells of a sheet, empty ones too: a sheet whose last row is formatted has a million rows."""

CELL_LIMIT = 32_767
"""Characters of a cell that spreadsheet programs take."""

_OLE = b"\xd0\xcf\x11\xe0"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Row:
    """A row with content: its number as the spreadsheet shows it, and the text of each cell, "" for an empty one."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A sheet: the texts of its first row, and the rows below that have content. `uncomputed` are the cells with a
    formula that no program has worked out."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    uncomputed: tuple[str, ...] = ()


def read(data: bytes) -> tuple[Sheet, ...]:
    """The sheets of an .xlsx file. Raises ExchangeError where it is none, too large, or not safe to unpack."""
    _refuse_unsafe(data)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # They are about colours and lists to choose from, never about what stands in a cell.
            warnings.simplefilter("ignore")
            return tuple(_sheets(load_workbook(io.BytesIO(data), read_only=True, data_only=True), _formulas(data)))
    except ExchangeError:
        raise
    except Exception as error:
        # The library raises whatever it stumbles over: KeyError, ValueError, ParseError, OSError.
        raise ExchangeError(
            told(
                _(
                    "The file cannot be read as a spreadsheet: it may be damaged. Open it in a spreadsheet program "
                    "and save it again as .xlsx. (The reader says: {name}.)"
                ),
                name=type(error).__name__,
            )
        ) from error


def _refuse_unsafe(data: bytes) -> None:
    if len(data) > SIZE_LIMIT:
        raise ExchangeError(
            told(
                _(
                    "The file has {words} MB; at most {words2} MB are read. A form needs far less: take out "
                    "pictures and sheets that are no part of it."
                ),
                words=f"{len(data) / 1000000.0:.1f}",
                words2=SIZE_LIMIT // 10**6,
            )
        )
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ExchangeError(told(_("The file is protected with a password. Save it without one and import that.")))
        raise ExchangeError(
            told(
                _(
                    "The file is in the old format .xls. Open it in a spreadsheet program, save it as .xlsx and "
                    "import that."
                )
            )
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_archive(archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise ExchangeError(
            told(_("The file is no .xlsx spreadsheet. Export the form as XLSForm (.xlsx) from the tool that made it."))
        ) from error


def _refuse_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "content.xml" in names and "mimetype" in names:
        raise ExchangeError(
            told(
                _("The file is an OpenDocument spreadsheet. Save it as .xlsx in a spreadsheet program and import that.")
            )
        )
    if not any(name.startswith("xl/") for name in names):
        raise ExchangeError(told(_("The file is no .xlsx spreadsheet, but another kind of packed file.")))
    unpacked = sum(part.file_size for part in parts)
    if unpacked > UNPACKED_LIMIT or len(parts) > PARTS_LIMIT:
        raise ExchangeError(
            told(
                _(
                    "The file would unpack to {words} MB in {words2} parts, far more than a form needs, so it was "
                    "not unpacked."
                ),
                words=f"{unpacked / 1000000.0:.0f}",
                words2=len(parts),
            )
        )
    for part in parts:
        with archive.open(part) as content:
            if re.search(rb"(?i)<!(DOCTYPE|ENTITY)", content.read(4096)):
                raise ExchangeError(
                    told(_("The file holds declarations that no spreadsheet program writes; it was not read."))
                )


def _formulas(data: bytes) -> Mapping[str, Mapping[tuple[int, int], str]]:
    """The formulas of each sheet by row and column, where there are any at all."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [part for part in archive.infolist() if part.filename.startswith("xl/worksheets/sheet")]
        if not any(re.search(rb"<f[ >/]", archive.read(part)) for part in sheets):
            return {}
    from openpyxl import load_workbook

    found: dict[str, dict[tuple[int, int], str]] = {}
    for sheet in load_workbook(io.BytesIO(data), read_only=True).worksheets:
        sheet.reset_dimensions()
        found[sheet.title] = {
            (number, at): str(value)
            for number, values in _rows(sheet)
            for at, value in enumerate(values)
            if isinstance(value, str) and value.startswith("=")
        }
    return found


def _sheets(book: Any, formulas: Mapping[str, Mapping[tuple[int, int], str]]) -> Iterator[Sheet]:
    for sheet in book.worksheets:
        sheet.reset_dimensions()
        known = formulas.get(sheet.title, {})
        columns: tuple[str, ...] = ()
        rows = []
        uncomputed = []
        for number, values in _rows(sheet):
            cells = tuple(_text(value) for value in values)
            empty = [at for at, cell in enumerate(cells) if not cell and (number, at) in known]
            uncomputed += [f"{_letters(at)}{number}" for at in empty]
            if number == 1:
                columns = cells
            elif any(cells):
                rows.append(Row(number, cells + ("",) * (len(columns) - len(cells))))
        yield Sheet(sheet.title, columns, tuple(rows), tuple(uncomputed))


def _rows(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """The rows of a sheet with their numbers, those with no cell at all too."""
    cells = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        cells += 1 + len(values)
        if cells > CELLS_LIMIT:
            raise ExchangeError(
                told(
                    _(
                        "The sheet '{title}' has more than {words} million cells, more than any form. Copy the "
                        "form's rows into a new file and import that."
                    ),
                    title=sheet.title,
                    words=CELLS_LIMIT // 10**6,
                )
            )
        if values:
            yield number, values


def _text(value: object) -> str:
    """What stands in a cell, as a form means it: 1.0 is 1, TRUE is true, and a date is ISO text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat(timespec="minutes")
    text = str(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).strip()


def _letters(column: int) -> str:
    """The letters of a column, counted from 0: A, B, … AA."""
    found = ""
    while column >= 0:
        found = chr(ord("A") + column % 26) + found
        column = column // 26 - 1
    return found


# --- writing --------------------------------------------------------------------------------------


def write(sheets: Mapping[str, tuple[Sequence[str], Iterable[Mapping[str, str]]]]) -> bytes:
    """An .xlsx file of sheets, each with its columns and rows. The same content gives the same bytes."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    book.remove(book.active)
    for name, (columns, rows) in sheets.items():
        sheet = book.create_sheet(name)
        for row, cells in enumerate([dict(zip(columns, columns, strict=True)), *rows], 1):
            for at, column in enumerate(columns, 1):
                if len(cells.get(column, "")) > CELL_LIMIT:
                    raise ExchangeError(
                        told(
                            _("A text is too long for a spreadsheet: '{words}…'. Shorten it."), words=cells[column][:60]
                        )
                    )
                if cells.get(column):
                    cell = sheet.cell(row, at, _CONTROL.sub("", cells[column]))
                    # A text that begins with '=' is no formula.
                    cell.data_type = "s"
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
                    cell.font = Font(bold=row == 1)
        for at, column in enumerate(columns):
            sheet.column_dimensions[_letters(at)].width = 40 if "::" in column else 18
        sheet.freeze_panes = "A2"
    packed = io.BytesIO()
    book.save(packed)
    return _timeless(packed.getvalue())


def _timeless(data: bytes) -> bytes:
    """The same file without the moment at which it was written."""
    timeless = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2000-01-01T00:00:00Z", content)
            info = zipfile.ZipInfo(part.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return timeless.getvalue()
