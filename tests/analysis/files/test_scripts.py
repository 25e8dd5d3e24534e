"""The script for R, run by R; what it made is written out again and compared. That of SPSS is in test_spss.py."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pandas as pd
import pytest

from analysis.files import Written
from analysis.files.scripts import unlike
from analysis.files.variables import Material
from tests.analysis.files.programs import r

WRITE = 'write.csv({}, "{}", row.names = FALSE, na = "<NA>", fileEncoding = "UTF-8")'


@pytest.fixture(scope="module")
def from_r(folder: tuple[Path, Written], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """What R made of the files, and what it printed."""
    place = tmp_path_factory.mktemp("r") / "csv"
    shutil.copytree(folder[0] / "csv", place)
    printed = r(
        place,
        'source("read.R", encoding = "UTF-8", chdir = TRUE)',
        WRITE.format("responses", "values.csv"),
        WRITE.format("responses_labelled", "labels.csv"),
        WRITE.format("absences", "absences_again.csv"),
        'cat(attr(responses$stem, "label"), "\\n")',
        "cat(sapply(list(responses$degrees, responses$share, responses$seen, responses$story2), function(x) class(x)[1]), "
        '"\\n")',
        'cat(class(responses$received)[1], format(max(responses$received), "%Y-%m-%d %H:%M:%OS3", tz = "UTC"), "\\n")',
        'cat(class(responses_labelled$stem), class(responses_labelled$work), levels(responses_labelled$which), "\\n")',
        'cat(nrow(participations), nrow(services), class(participations$start), "\\n")',
    )
    return place, printed


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_r_reads_every_value(from_r: tuple[Path, str], hard_material: Material) -> None:
    """Texts, numbers, truths and dates are in R what they are in the dataset, and NA where there is none."""
    frame = hard_material.responses
    rows = _rows(from_r[0] / "values.csv")
    assert list(rows[0]) == list(frame.columns)
    for row, (_, wanted) in zip(rows, frame.astype(object).iterrows(), strict=True):
        for name, value in wanted.items():
            if pd.isna(value):
                assert row[name] == "<NA>", name
            elif isinstance(value, bool):
                assert row[name] == str(value).upper(), name
            elif isinstance(value, int | float):
                assert float(row[name]) == value, name
            elif name != "received":
                # R reads every line break as one sign.
                assert row[name] == str(value).replace("\r\n", "\n"), name


def test_r_knows_labels_and_kinds(from_r: tuple[Path, str], hard_material: Material) -> None:
    """Labels of columns, classes, ordered factors of steps, and labels that are alike told apart by their values."""
    label, *lines = from_r[1].splitlines()
    (stem,) = [column.label for column in hard_material.columns if column.name == "stem"]
    assert label.strip() == stem
    people = len(hard_material.dataset.participations)
    last = hard_material.responses["received"].max()
    assert [line.strip() for line in lines] == [
        "integer numeric Date character",
        f"POSIXct {last:%Y-%m-%d %H:%M:%S}.000",
        "ordered factor factor Viisi Aa (a) Aa (b)",
        f"{people} 7 Date",
    ]


def test_every_value_has_its_label_in_r(from_r: tuple[Path, str], hard_material: Material) -> None:
    """A column with labelled values is a factor that has the label of each; none was lost."""
    rows = _rows(from_r[0] / "labels.csv")
    for column in hard_material.columns:
        if column.categories:
            values = [value for value, _ in column.categories]
            labels = dict(
                zip(
                    map(str, values),
                    unlike([label for _, label in column.categories], [*map(str, values)]),
                    strict=True,
                )
            )
            for row, value in zip(rows, hard_material.responses[column.name].astype(object), strict=True):
                key = str(int(value)) if isinstance(value, bool) else str(value)
                assert row[column.name] == ("<NA>" if pd.isna(value) else labels[key]), column.name


def test_r_knows_why_there_is_no_answer(from_r: tuple[Path, str], hard_material: Material) -> None:
    """The absences are there, one for one."""
    rows = [tuple(row.values()) for row in _rows(from_r[0] / "absences_again.csv")]
    assert rows == list(hard_material.dataset.absences.itertuples(index=False, name=None))
