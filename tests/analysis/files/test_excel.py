"""The workbook, read as what it is: XML in a zip."""

from __future__ import annotations

import dataclasses
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import openpyxl
import pandas as pd
import pytest
from defusedxml.ElementTree import fromstring

from analysis import AnalysisError
from analysis.dataset import Dataset
from analysis.files import Written, excel, write_files
from analysis.files.delimited import tables
from analysis.files.variables import Material
from tests.analysis.files.conftest import FORMULA, LONGER, told

NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEETS = ("responses", "absences", "participations", "services", "dictionary")
Cells = list[list[object]]


def sheets(path: Path) -> Mapping[str, Element]:
    """The XML of each sheet by its name."""
    with zipfile.ZipFile(path) as book:
        names = [one.attrib["name"] for one in fromstring(book.read("xl/workbook.xml")).iter(f"{NS}sheet")]
        return {name: fromstring(book.read(f"xl/worksheets/sheet{n}.xml")) for n, name in enumerate(names, 1)}


def cells(path: Path, sheet: str) -> Cells:
    """The values of a sheet, row by row: numbers as float, texts, truths, None where there is none."""
    found: Cells = []
    for row in sheets(path)[sheet].iter(f"{NS}row"):
        line: dict[int, object] = {}
        for cell in row.iter(f"{NS}c"):
            letters = re.match(r"[A-Z]+", cell.attrib["r"])
            assert letters is not None
            line[_number(letters[0])] = _value(cell)
        found.append([line.get(n) for n in range(1, max(line) + 1)])
    return found


def _value(cell: Element) -> object:
    kind, value = cell.attrib.get("t", "n"), cell.findtext(f"{NS}v")
    if kind == "inlineStr":
        return _text(cell)
    if value is None:
        return None
    # A date is a number with a format; nothing is shared, and there are no errors.
    return {"b": lambda: value == "1", "n": lambda: float(value)}[kind]()


def _text(element: Element) -> str:
    found = "".join(one.text or "" for one in element.iter(f"{NS}t"))
    return re.sub(r"_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), found)


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number


def formulas(path: Path) -> list[str]:
    """Every formula of a workbook."""
    return [one.text or "" for sheet in sheets(path).values() for one in sheet.iter(f"{NS}f")]


@pytest.fixture(scope="module")
def book(folder: tuple[Path, Written]) -> Path:
    return folder[0] / "answers.xlsx"


def test_no_answer_is_a_formula(book: Path, tmp_path: Path) -> None:
    """The workbook has no formula, and the text of one is text; a workbook written carelessly is caught."""
    assert formulas(book) == []
    assert FORMULA in {value for row in cells(book, "responses") for value in row}
    careless = openpyxl.Workbook()
    careless.worksheets[0].append([FORMULA])
    careless.save(tmp_path / "careless.xlsx")
    assert formulas(tmp_path / "careless.xlsx") == [FORMULA[1:]]


def test_texts_that_look_like_formulas_stay_texts_when_edited(book: Path) -> None:
    """Their cells have the mark that Excel keeps for text typed after an apostrophe; others do not."""
    marked = _marked(book)
    wanted = {FORMULA, "+358 40 1234567", "-91", "@SUM(A1)", "  =1+1", "tab\tulaattori"} - {"tab\tulaattori"}
    assert marked == wanted


def _marked(path: Path) -> set[object]:
    """The texts of the answers' sheet with that mark."""
    with zipfile.ZipFile(path) as book:
        styles = fromstring(book.read("xl/styles.xml")).find(f"{NS}cellXfs")
    assert styles is not None
    quoted = {n for n, style in enumerate(styles) if style.attrib.get("quotePrefix") in ("1", "true")}
    read = cells(path, "responses")
    found = set()
    for line, row in zip(read, sheets(path)["responses"].iter(f"{NS}row"), strict=True):
        for cell in row.iter(f"{NS}c"):
            letters = re.match(r"[A-Z]+", cell.attrib["r"])
            if int(cell.attrib.get("s", "0")) in quoted and letters is not None:
                found.add(line[_number(letters[0]) - 1])
    return found


@pytest.mark.parametrize("sheet", ["responses", "absences", "participations", "services"])
def test_every_cell_is_read_back(book: Path, hard_material: Material, sheet: str) -> None:
    """Names stand first; each value is what the dataset has: dates as Excel counts days, times in UTC."""
    frame = tables(hard_material)[sheet]
    names, *rows = cells(book, sheet)
    assert names == list(frame.columns)
    assert len(rows) == len(frame)
    for row, (_, wanted) in zip(rows, frame.iterrows(), strict=True):
        padded = [*row, *[None] * (len(names) - len(row))]
        for name, value, was in zip(names, padded, wanted, strict=True):
            assert _same(value, was), (name, value, was)


def _same(value: object, was: object) -> bool:
    if pd.isna(was):  # type: ignore[call-overload]
        return value is None
    if isinstance(was, str):
        # XML has one sort of line break.
        return value == was.replace("\x0b", "\ufffd").replace("\r\n", "\n")[:32_767]
    if isinstance(was, datetime | date):
        naive = was.replace(tzinfo=None) if isinstance(was, datetime) else datetime(was.year, was.month, was.day)
        assert isinstance(value, float)
        return abs(datetime(1899, 12, 30) + timedelta(days=value) - naive) < timedelta(milliseconds=1)
    return value == was


def test_sheets_are_easy_to_read(book: Path) -> None:
    """Five sheets, the names frozen and in sight, columns between narrow and wide, dates shown as such."""
    found = sheets(book)
    assert tuple(found) == SHEETS
    for name, sheet in found.items():
        pane = sheet.find(f".//{NS}pane")
        assert pane is not None and (pane.attrib["ySplit"], pane.attrib["state"]) == ("1", "frozen"), name
        widths = [float(one.attrib["width"]) for one in sheet.iter(f"{NS}col")]
        assert widths and all(9 <= width <= 60 for width in widths), name
    opened = openpyxl.load_workbook(book)
    start = next(cell for cell in opened["responses"][1] if cell.value == "participation.start")
    values = [cell.value for cell in opened["responses"][start.column_letter][1:]]
    assert {type(value) for value in values if value is not None} == {datetime}
    assert opened["responses"].cell(2, start.column).number_format == "yyyy-mm-dd"


def test_what_a_cell_cannot_hold_is_told(folder: tuple[Path, Written]) -> None:
    """A text that is longer than a cell, and one with a sign that XML has not."""
    assert len(LONGER) > excel.LETTERS
    assert "Texts of the sheet responses that were longer than 32767 letters and were cut: 1." in told(folder[1])
    assert "Texts of the sheet responses with control characters, which became the sign \ufffd: 1." in told(folder[1])


def test_a_table_larger_than_a_sheet_is_refused(
    hard_material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says how large it is and which format has no such limit."""
    monkeypatch.setattr(excel, "ROWS", 100)
    with pytest.raises(AnalysisError) as told:
        excel.write(tmp_path, hard_material, pd.DataFrame())
    rows, columns = hard_material.responses.shape
    assert str(told.value) == (
        f"The table 'responses' has {rows} rows and {columns} columns; a sheet of Excel holds 99 and 16384. "
        "Leave xlsx out and take another format: --format parquet"
    )


def test_an_empty_dataset_makes_a_workbook(dataset: Dataset, tmp_path: Path) -> None:
    """Sheets with names alone, where nobody has answered yet."""
    nobody = dataclasses.replace(
        dataset,
        responses=dataset.responses[:0],
        absences=dataset.absences[:0],
        participations=dataset.participations[:0],
    )
    write_files(nobody, tmp_path / "files", language="en", messages={}, made="2026-12-15T06:00:00.000Z")
    names, *rows = cells(tmp_path / "files" / "answers.xlsx", "responses")
    assert names[0] == "submission" and rows == []
