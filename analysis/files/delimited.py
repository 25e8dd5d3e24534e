"""The tables as CSV: for programs (RFC 4180, UTF-8), and as Excel opens it where commas are decimal."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.files.variables import Material, Note
from survey.marking import _

GUARDED = _("Texts of {table} that would have run as formulas, and have an apostrophe before them: {count}.")
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, also as wide characters of East Asian keyboards."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How cells are written. `truth` are the words for false and true; `guards` puts an apostrophe before formulas."""

    separator: str
    decimal: str
    encoding: str
    truth: tuple[str, str]
    guards: bool


MACHINE = Dialect(separator=",", decimal=".", encoding="utf-8", truth=("false", "true"), guards=False)
EXCEL = Dialect(separator=";", decimal=",", encoding="utf-8-sig", truth=("0", "1"), guards=True)


def tables(material: Material) -> Mapping[str, pd.DataFrame]:
    """The tables of a dataset by name, the answers with the columns of their participation and service."""
    dataset = material.dataset
    return {
        "responses": material.responses,
        "absences": dataset.absences,
        "participations": dataset.participations,
        "services": dataset.services,
    }


def write(folder: Path, material: Material, dialect: Dialect) -> tuple[Note, ...]:
    """Writes a file for each table, with a row of names first; what was changed is told."""
    notes = []
    for name, frame in tables(material).items():
        guarded = write_table(folder / f"{name}.csv", frame, dialect)
        if guarded:
            notes.append(Note(message=GUARDED, values={"table": name, "count": guarded}))
    return tuple(notes)


def write_table(path: Path, frame: pd.DataFrame, dialect: Dialect) -> int:
    """Writes a table and gives the number of texts that got an apostrophe. Cells without a value are empty."""
    texts, guarded = {}, 0
    for name in frame.columns:
        column = frame[name]
        cells = cells_of(column, dialect)
        if dialect.guards and _holds_text(column):
            runs = cells.map(is_formula)
            cells = cells.where(~runs, "'" + cells)
            guarded += int(runs.sum())
        texts[name] = cells
    pd.DataFrame(texts, index=frame.index).to_csv(
        path,
        sep=dialect.separator,
        index=False,
        encoding=dialect.encoding,
        lineterminator="\r\n",
        quoting=csv.QUOTE_MINIMAL,
    )
    return guarded


def is_formula(text: str) -> bool:
    """Whether a spreadsheet that opens a CSV could take a cell for a formula; spaces and tabs before it do not help."""
    return text.strip("\ufeff \t\r\n\u00a0").startswith(FORMULA_STARTS) or text.startswith(("\t", "\r"))


def cells_of(column: pd.Series[str], dialect: Dialect) -> pd.Series[str]:
    """The cells of a column as text, "" where there is no value."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        texts = column.map(_moment, na_action="ignore")
    elif pd.api.types.is_bool_dtype(column.dtype):
        texts = column.astype(object).map(dict(enumerate(dialect.truth)), na_action="ignore")
    elif pd.api.types.is_float_dtype(column.dtype):
        texts = column.astype(object).map(_number, na_action="ignore")
        texts = texts.str.replace(".", dialect.decimal, regex=False) if texts.notna().any() else texts
    else:
        texts = column.astype(object).map(str, na_action="ignore")
    return texts.astype(object).fillna("")


def _moment(moment: pd.Timestamp) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number(value: object) -> str:
    """A number with every digit that it has, and without those that say nothing."""
    number = float(str(value))
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _holds_text(column: pd.Series[str]) -> bool:
    return pd.api.types.is_string_dtype(column.dtype)
