"""The tables as a workbook of Excel. Whatever people wrote stays text: nothing of it can run as a formula."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from analysis import AnalysisError
from analysis.files.delimited import is_formula, tables
from analysis.files.variables import Material, Note
from survey.marking import _

XLSX = "answers.xlsx"
ROWS, COLUMNS, LETTERS = 1_048_576, 16_384, 32_767
"""What a sheet holds, and a cell."""
TOO_LONG = _("Texts of the sheet {sheet} that were longer than {letters} letters and were cut: {count}.")
UNSEEN = _("Texts of the sheet {sheet} with control characters, which became the sign \ufffd: {count}.")
_WIDTHS = (9, 60)
_FORMATS: Mapping[type, str] = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd"}
_BOLD = Font(bold=True)


def write(folder: Path, material: Material, dictionary: pd.DataFrame) -> tuple[Note, ...]:
    """Writes `answers.xlsx` with a sheet for each table and one for the dictionary; what was changed is told.

    Raises AnalysisError where a table is larger than a sheet.
    """
    book = Workbook(write_only=True)
    notes: list[Note] = []
    for name, frame in {**tables(material), "dictionary": dictionary}.items():
        sheet = _Sheet(book, name, frame)
        sheet.write()
        notes += sheet.notes()
    book.save(folder / XLSX)
    return tuple(notes)


class _Sheet:
    def __init__(self, book: Workbook, name: str, frame: pd.DataFrame) -> None:
        if len(frame) >= ROWS or len(frame.columns) > COLUMNS:
            raise AnalysisError(
                f"The table '{name}' has {len(frame)} rows and {len(frame.columns)} columns; a sheet of Excel holds "
                f"{ROWS - 1} and {COLUMNS}. Leave xlsx out and take another format: --format parquet"
            )
        self._sheet: WriteOnlyWorksheet = book.create_sheet(name)
        self._name, self._frame = name, frame
        self._cut = self._unseen = 0

    def write(self) -> None:
        sheet, frame = self._sheet, self._frame
        sheet.freeze_panes = "B2"
        columns = [self._values(frame[name]) for name in frame.columns]
        for number, (name, values) in enumerate(zip(frame.columns, columns, strict=True), 1):
            sheet.column_dimensions[get_column_letter(number)].width = _width(str(name), values)
        sheet.append([self._text(str(name), bold=True) for name in frame.columns])
        for row in zip(*columns, strict=True):
            sheet.append([self._cell(value) for value in row])
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(frame) + 1}"

    def notes(self) -> Iterator[Note]:
        if self._cut:
            yield Note(message=TOO_LONG, values={"sheet": self._name, "letters": LETTERS, "count": self._cut})
        if self._unseen:
            yield Note(message=UNSEEN, values={"sheet": self._name, "count": self._unseen})

    @staticmethod
    def _values(column: pd.Series[str]) -> Sequence[object]:
        """The values of a column as Python has them; None where there is none. Excel knows no time zones."""
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            moments = pd.to_datetime(column).dt.tz_localize(None)
            return [None if pd.isna(moment) else moment.to_pydatetime() for moment in moments]
        return [None if pd.isna(value) else value for value in column.astype(object)]

    def _cell(self, value: object) -> object:
        if isinstance(value, str):
            return self._text(value)
        if type(value) in _FORMATS:
            cell = WriteOnlyCell(self._sheet, value)
            cell.number_format = _FORMATS[type(value)]
            return cell
        return value

    def _text(self, text: str, *, bold: bool = False) -> WriteOnlyCell:
        # XML has one sort of line break; what is made of another depends on which library is there.
        text = text.replace("\r\n", "\n")
        seen = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)
        self._unseen += seen != text
        self._cut += len(seen) > LETTERS
        cell = WriteOnlyCell(self._sheet, seen[:LETTERS])
        # openpyxl takes "=1+1" for a formula, and "#N/A" for an error.
        cell.data_type = "s"
        if is_formula(seen):
            # What Excel itself keeps with text typed after an apostrophe: it stays text when the cell is edited.
            cell.quotePrefix = True
        if bold:
            cell.font = _BOLD
        return cell


def _width(name: str, values: Iterable[object]) -> int:
    longest = max([len(name) + 4, *(len(str(value)) for value in values if value is not None)])
    return max(_WIDTHS[0], min(_WIDTHS[1], longest + 1))
