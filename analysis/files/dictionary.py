"""The dictionary of the data: what every column of every table is, and what its values mean."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from analysis.files.coded import Coded, CodedVariable
from analysis.files.delimited import EXCEL, GUARDED, tables, write_table
from analysis.files.variables import LABELS, Column, Material, Note
from survey.marking import _

VARIABLES, VALUES = "dictionary.csv", "dictionary_values.csv"
HEADS = {
    "table": _("Table"),
    "column": _("Column"),
    "spss": _("In SPSS"),
    "label": _("Label"),
    "storage": _("Type"),
    "measure": _("Level of measurement"),
    "kind": _("Kind of question"),
    "values": _("Values"),
    "missing": _("Why there is no answer"),
    "instruments": _("Instruments"),
    "notes": _("Notes"),
    "value": _("Value"),
    "code": _("Number in SPSS"),
    "reason": _("No answer"),
}
STORAGES = {
    "string": _("Text"),
    "Int64": _("Whole number"),
    "Float64": _("Number"),
    "boolean": _("True or false"),
    "date": _("Date"),
    "datetime": _("Time"),
}
MEASURES = {"nominal": _("Nominal"), "ordinal": _("Ordinal"), "scale": _("Numeric (scale)")}
ITEM, REASON = _("Item that was asked"), _("Why there is no answer")
GROUPS = _("Groups of the service")
BESIDE = _("Why there is no text: {name}.")
GUARD = _("In csv-excel an apostrophe stands before a text that would run as a formula.")


def variables(material: Material, coded: Coded) -> pd.DataFrame:
    """A row for each column of each table, under headings in the language; all cells are text."""
    rows = [_row(material, coded, "responses", column) for column in material.columns]
    described = {column.name: column for column in material.columns}
    for table, frame in tables(material).items():
        if table != "responses":
            rows += [_of_table(material, table, name, described) for name in frame.columns]
    return pd.DataFrame(rows, dtype="string").rename(columns=_heads(material))


def values(material: Material, coded: Coded) -> pd.DataFrame:
    """A row for each value, and each reason why there is none, of each column of the answers."""
    rows = [row for variable in coded.variables for row in _value_rows(variable)]
    found = pd.DataFrame(rows, columns=["column", "spss", "value", "code", "label", "reason"], dtype="string")
    # A text that begins with a minus would get an apostrophe.
    return found.astype({"code": "Int64"}).rename(columns=_heads(material))


def write(folder: Path, material: Material, coded: Coded) -> tuple[Note, ...]:
    """Writes `dictionary.csv` and `dictionary_values.csv`, to be opened with Excel; what was changed is told."""
    notes = []
    for name, frame in ((VARIABLES, variables(material, coded)), (VALUES, values(material, coded))):
        if guarded := write_table(folder / name, frame, EXCEL):
            notes.append(Note(message=GUARDED, values={"table": name, "count": guarded}))
    return tuple(notes)


def _heads(material: Material) -> dict[str, str]:
    return {name: material.words(head) for name, head in HEADS.items()}


def _row(material: Material, coded: Coded, table: str, column: Column) -> dict[str, str]:
    say = material.words
    own = [variable for variable in coded.variables if variable.column is column]
    beside = [say(BESIDE, name=variable.name) for variable in own[1:]]
    if own[0].is_text and column.item:
        beside.append(say(GUARD))
    return {
        "table": table,
        "column": column.name,
        "spss": own[0].name,
        "label": column.label,
        "storage": say(STORAGES[column.storage]),
        "measure": say(MEASURES[column.measure]),
        "kind": column.type,
        "values": "; ".join(f"{value} = {label}" for value, label in column.categories),
        "missing": "; ".join(f"{reason} = {label}" for reason, label in column.missing.items()),
        "instruments": ", ".join(column.instruments),
        "notes": " ".join([*beside, *(note.say(say) for note in column.notes)]),
    }


def _of_table(material: Material, table: str, name: str, described: dict[str, Column]) -> dict[str, str]:
    """A column of another table: most stand among the answers too, under their table's name."""
    found = described.get(f"{table.removesuffix('s')}.{name}") or described.get(name)
    own = {"item": ITEM, "reason": REASON, "groups": GROUPS}
    label = LABELS[table.removesuffix("s")] if name == "id" else own.get(name, "")
    storage = found.storage if found else "string"
    measure = found.measure if found else "nominal"
    return {
        "table": table,
        "column": name,
        "label": material.words(label) if label else found.label if found else "",
        "storage": material.words(STORAGES[storage]),
        "measure": material.words(MEASURES[measure]),
        "values": "; ".join(f"{value} = {text}" for value, text in found.categories) if found else "",
    }


def _value_rows(variable: CodedVariable) -> Iterator[dict[str, str]]:
    words = {code: word for word, code in variable.codes.items()}
    name = {"column": variable.column.name, "spss": variable.name}
    for text, label in variable.texts.items():
        yield name | {"value": text, "label": label}
    for code, label in variable.values.items():
        reason = variable.reasons.get(code, "")
        yield name | {
            "value": "" if reason else words.get(code, str(code)),
            "code": str(code),
            "label": label,
            "reason": reason,
        }
