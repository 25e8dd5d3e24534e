"""Scripts that load the answers with their labels: for SPSS (and PSPP) from coded numbers, for R from the CSV files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from analysis.files.coded import Coded, CodedVariable
from analysis.files.delimited import MACHINE, tables, write_table
from analysis.files.spss import title
from analysis.files.variables import Column, Material, Note
from survey.marking import _

CODED_CSV, SPS, R = "responses_coded.csv", "responses.sps", "read.R"
ONE_LINE = _("Texts of {name} whose line breaks became spaces in {file}, as SPSS reads line by line: {count}.")
_PIECE = 100
"""Bytes of a text on one line: SPSS reads no more than about 250."""
_BREAKS = re.compile(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")


# --- SPSS ------------------------------------------------------------------------------------------------------------


def write_spss(folder: Path, coded: Coded, material: Material) -> tuple[Note, ...]:
    """Writes `responses_coded.csv` and `responses.sps`, which loads it; what was changed is told."""
    frame, notes = _in_lines(coded)
    write_table(folder / CODED_CSV, frame, MACHINE)
    lines = spss_syntax(coded, title(material))
    (folder / SPS).write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig", newline="")
    return notes


def _in_lines(coded: Coded) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    frame, notes = coded.frame.copy(), []
    for variable in coded.variables:
        if variable.is_text:
            column = frame[variable.name]
            broken = column.map(lambda text: bool(_BREAKS.search(text)))
            if count := int(broken.sum()):
                frame[variable.name] = column.map(lambda text: _BREAKS.sub(" ", text))
                values = {"name": variable.name, "file": CODED_CSV, "count": count}
                notes.append(Note(message=ONE_LINE, values=values))
    return frame, tuple(notes)


def spss_syntax(coded: Coded, file_label: str) -> Iterator[str]:
    """The lines of the syntax."""
    yield "* Encoding: UTF-8."
    yield f"* Reads {CODED_CSV}. Where SPSS looks elsewhere, name the folder first: CD 'C:\\folder'."
    yield "SET DECIMAL=DOT."
    yield f"GET DATA /TYPE=TXT /FILE='{CODED_CSV}' /ENCODING='UTF8' /ARRANGEMENT=DELIMITED /DELCASE=LINE"
    yield "  /DELIMITERS=',' /QUALIFIER='\"' /FIRSTCASE=2 /VARIABLES="
    yield from (f"  {one.name} {one.format if one.is_text else 'F20.6'}" for one in coded.variables)
    yield "."
    yield f"FILE LABEL {_literal(file_label[:60])}."
    for one in coded.variables:
        yield from _described(one)
    yield "EXECUTE."


def _described(one: CodedVariable) -> Iterator[str]:
    if not one.is_text:
        yield f"FORMATS {one.name} ({one.format})."
    yield f"VARIABLE LABELS {one.name} {_literal(one.label)}."
    labels = [(_literal(text), label) for text, label in one.texts.items()]
    labels += [(f"{code}", label) for code, label in sorted(one.values.items())]
    if labels:
        yield f"VALUE LABELS {one.name}"
        yield from (f"  {value} {_literal(label)}" for value, label in labels)
        yield "  ."
    if one.missing:
        yield f"MISSING VALUES {one.name} ({one.missing[0]} THRU {one.missing[1]})."
    yield f"VARIABLE LEVEL {one.name} ({one.measure.upper()})."


def _literal(text: str) -> str:
    """A text of SPSS syntax, in pieces where it is long."""
    pieces, piece = [], ""
    for letter in _BREAKS.sub(" ", text):
        if len((piece + letter).encode()) > _PIECE:
            pieces.append(piece)
            piece = ""
        piece += letter
    return " +\r\n    ".join("'" + one.replace("'", "''") + "'" for one in [*pieces, piece])


# --- R ---------------------------------------------------------------------------------------------------------------

_HEAD = """\
# Reads the CSV files beside this script into data frames, with base R alone:
#   source("read.R", encoding = "UTF-8", chdir = TRUE)
# responses           values as they were stored; what was not answered is NA, and absences says why
# responses_labelled  the same, where every column with labelled values is a factor
# Labels of columns: attr(responses$js1, "label")

read_table <- function(name, classes) {
  table <- read.csv(paste0(name, ".csv"), colClasses = classes, na.strings = "", quote = "\\"", comment.char = "",
                    check.names = FALSE, fileEncoding = "UTF-8", strip.white = FALSE)
  stopifnot(identical(names(table), names(classes)))
  table
}
labelled <- function(table, values) {
  for (name in names(values)) {
    one <- values[[name]]
    cells <- as.character(table[[name]])
    table[[name]] <- factor(cells, levels = one$values, labels = one$labels, ordered = one$ordered)
  }
  table
}
"""


def write_r(folder: Path, material: Material) -> None:
    """Writes `read.R`, which reads the CSV files in the same folder."""
    (folder / R).write_text("\n".join(r_script(material)) + "\n", encoding="utf-8")


def r_script(material: Material) -> Iterator[str]:
    """The lines of the script."""
    yield f"# {title(material)}"
    yield _HEAD
    columns = {column.name: column for column in material.columns}
    for name, frame in tables(material).items():
        yield f"{name} <- read_table({_quoted(name)}, c("
        yield _listed(
            f"  {_quoted(column)} = {_quoted(_class(frame[column], columns.get(column)))}" for column in frame.columns
        )
        yield "))"
    yield 'responses$received <- as.POSIXct(responses$received, format = "%Y-%m-%dT%H:%M:%OSZ", tz = "UTC")'
    yield "labels <- c("
    yield _listed(f"  {_quoted(column.name)} = {_quoted(column.label)}" for column in material.columns)
    yield ")"
    yield 'for (name in names(labels)) attr(responses[[name]], "label") <- labels[[name]]'
    yield "values <- list("
    yield _listed(_values(column) for column in material.columns if column.categories)
    yield ")"
    yield "responses_labelled <- labelled(responses, values)"


def _class(column: pd.Series[str], described: Column | None) -> str:
    """The class of R that a column is read as. Whole numbers too large for R's are numeric."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return "character"
    if pd.api.types.is_bool_dtype(column.dtype):
        return "logical"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "numeric" if pd.to_numeric(column).abs().gt(2**31 - 1).any() else "integer"
    if pd.api.types.is_float_dtype(column.dtype):
        return "numeric"
    days = column.dropna().astype(object).head(1).tolist()
    dated = described.storage == "date" if described else bool(days) and not isinstance(days[0], str)
    return "Date" if dated else "character"


def _values(column: Column) -> str:
    pairs = [(_r_value(column, value), label) for value, label in column.categories]
    labels = unlike([label for _, label in pairs], [value for value, _ in pairs])
    ordered = "TRUE" if column.measure == "ordinal" else "FALSE"
    values, words = (", ".join(map(_quoted, texts)) for texts in ([value for value, _ in pairs], labels))
    return f"  {_quoted(column.name)} = list(values = c({values}),\n    labels = c({words}), ordered = {ordered})"


def _r_value(column: Column, value: object) -> str:
    return {"1": "TRUE", "0": "FALSE"}[str(value)] if column.storage == "boolean" else str(value)


def unlike(labels: list[str], values: list[str]) -> list[str]:
    """Labels of which no two are alike: R takes values with one label for one."""
    return [
        f"{label} ({value})" if labels.count(label) > 1 else label for label, value in zip(labels, values, strict=True)
    ]


def _listed(lines: Iterable[str]) -> str:
    return ",\n".join(lines)


_ESCAPES: Mapping[int, str] = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


def _quoted(text: str) -> str:
    return '"' + text.translate(_ESCAPES) + '"'
