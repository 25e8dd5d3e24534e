"""CSV files, read by the reader of the standard library as RFC 4180 has it, and as Excel does."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from analysis.files import Written
from analysis.files.delimited import is_formula, tables
from analysis.files.variables import Material
from tests.analysis.files.conftest import FORMULA, WORDS, told

TABLES = ("responses", "absences", "participations", "services")


def read(path: Path, separator: str, encoding: str = "utf-8") -> tuple[Sequence[str], list[list[str]]]:
    with path.open(encoding=encoding, newline="") as file:
        names, *rows = list(csv.reader(file, delimiter=separator, strict=True))
    return names, rows


def _machine(value: object) -> str:
    """How a value stands in the CSV for programs."""
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
    return value.isoformat() if isinstance(value, date) else str(value)


@pytest.mark.parametrize("table", TABLES)
def test_every_cell_of_the_csv_for_programs_is_read_back(
    folder: tuple[Path, Written], hard_material: Material, table: str
) -> None:
    """Texts are as they were written, to the last sign; numbers have points, dates and times are ISO."""
    frame = tables(hard_material)[table]
    names, rows = read(folder[0] / "csv" / f"{table}.csv", ",")
    assert names == list(frame.columns)
    for row, (_, wanted) in zip(rows, frame.astype(object).iterrows(), strict=True):
        for name, cell, value in zip(names, row, wanted, strict=True):
            same = cell == _machine(value)
            assert same or (isinstance(value, float) and float(cell) == value), (name, cell, value)


def test_lines_end_as_the_standard_wants(folder: tuple[Path, Written]) -> None:
    """CR LF after each record, the last too, and no byte order mark."""
    data = (folder[0] / "csv" / "services.csv").read_bytes()
    assert data.count(b"\r\n") == data.count(b"\n") == 8
    assert data.endswith(b"\r\n") and data.startswith(b"id,title,")


def test_excel_opens_the_other_csv(folder: tuple[Path, Written], hard_material: Material) -> None:
    """A byte order mark, semicolons, decimal commas, 0 and 1, and texts that would run behind an apostrophe."""
    path = folder[0] / "csv-excel" / "responses.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbfsubmission;participation;")
    names, rows = read(path, ";", "utf-8-sig")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    answers = hard_material.responses
    shares = answers["share"].dropna()
    assert {cell for cell in columns["share"] if cell} == {str(value).replace(".", ",") for value in shares}
    ticked = next(name for name in names if name.endswith("c" * 40))
    assert set(columns[ticked]) == {"", "1"} and set(columns[f"{ticked[:-1]}d"]) == {"", "0", "1"}
    words = {cell for cell in columns["story2"] if cell}
    guarded = {"'" + text for text in (FORMULA, "+358 40 1234567", "-91", "@SUM(A1)", "  =1+1")}
    assert words == guarded | {text for text in WORDS if f"'{text}" not in guarded}
    assert "-380" in columns["degrees"]
    assert "Texts of responses that would have run as formulas, and have an apostrophe before them: 5." in told(
        folder[1]
    )


def test_no_text_of_the_csv_for_excel_runs(folder: tuple[Path, Written]) -> None:
    """No cell of any column of text begins as a formula; the CSV for programs, unguarded, has such."""
    numbers = {"degrees", "share"}
    for kind, separator, runs in (("csv-excel", ";", False), ("csv", ",", True)):
        names, rows = read(folder[0] / kind / "responses.csv", separator, "utf-8-sig")
        cells = [cell for row in rows for name, cell in zip(names, row, strict=True) if name not in numbers]
        assert any(map(is_formula, cells)) == runs


@pytest.mark.parametrize(
    ("text", "runs"),
    [("=1", True), ("\t=1", True), ("\r=1", True), (" +1", True), ("＝1", True), ("@x", True), ("-", True), ("a=1", False),
     ("'=1", False), ("", False), ("1-2", False)],
)  # fmt: skip
def test_what_a_spreadsheet_takes_for_a_formula(text: str, runs: bool) -> None:
    """What begins with one of the signs, also behind spaces, tabs or line breaks, or with a wide one."""
    assert is_formula(text) == runs
