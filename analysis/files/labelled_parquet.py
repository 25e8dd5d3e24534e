"""The tables as Parquet, with what each column is in its metadata, as JSON.

A column of the answers has the keys `label`, `measure`, `values` (label by value), `missing` (label by reason) where
it has them. The file has the same for all its columns under `mittari.columns`, for readers that do not look at the
metadata of Arrow, and under `mittari` where it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.files.delimited import tables
from analysis.files.spss import title
from analysis.files.variables import Column, Material


def write(folder: Path, material: Material) -> None:
    """Writes a file for each table."""
    columns = {column.name: metadata(column) for column in material.columns}
    source = {"title": title(material), "made": material.dataset.made, "language": material.words.language}
    for name, frame in tables(material).items():
        described = columns if name == "responses" else {}
        write_table(folder / f"{name}.parquet", frame, described, source)


def write_table(
    path: Path, frame: pd.DataFrame, described: Mapping[str, Mapping[str, object]], source: Mapping[str, object]
) -> None:
    """Writes a table with what is said of its columns (by name) and of all of it."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    fields = [
        field.with_metadata({"label": str(described[field.name]["label"]), "mittari": _json(described[field.name])})
        if field.name in described
        else field
        for field in table.schema
    ]
    whole = {"mittari": _json(source), "mittari.columns": _json(described)}
    schema = pa.schema(fields, metadata={**(table.schema.metadata or {}), **_bytes(whole)})
    pq.write_table(table.cast(schema), path)


def metadata(column: Column) -> Mapping[str, object]:
    """What is said of a column of the answers."""
    said: dict[str, object] = {"label": column.label, "measure": column.measure}
    if column.categories:
        said["values"] = {str(value): label for value, label in column.categories}
    if column.missing:
        said["missing"] = dict(column.missing)
    return said


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _bytes(texts: Mapping[str, str]) -> Mapping[bytes, bytes]:
    return {name.encode(): text.encode() for name, text in texts.items()}
