"""The file of SPSS and the syntax, read by PSPP."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from analysis.files import Written
from analysis.files.coded import Coded
from tests.analysis.files.conftest import told
from tests.analysis.files.programs import pspp


@pytest.fixture(scope="module")
def spss(folder: tuple[Path, Written], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder of SPSS, where PSPP has written what it read: of the .sav, and by the syntax."""
    place = tmp_path_factory.mktemp("pspp") / "spss"
    shutil.copytree(folder[0] / "spss", place)
    pspp(
        place,
        "GET FILE='responses.sav'.",
        "SAVE OUTFILE='of_sav.sav'.",
        "SAVE TRANSLATE /OUTFILE='of_sav.csv' /TYPE=CSV /FIELDNAMES /CELLS=VALUES /TEXTOPTIONS DELIMITER=',' FORMAT=PLAIN.",
        "INSERT FILE='responses.sps'.",
        "SAVE OUTFILE='of_syntax.sav'.",
    )
    return place


def test_pspp_reads_every_cell_of_the_file(spss: Path, hard_coded: Coded) -> None:
    """Each number and each text comes out of PSPP as it went in, without a warning."""
    with (spss / "of_sav.csv").open(encoding="utf-8", newline="") as file:
        names, *rows = list(csv.reader(file))
    assert names == [one.name for one in hard_coded.variables]
    frame = hard_coded.frame
    assert len(rows) == len(frame) > 150
    for one, cells in zip(hard_coded.variables, zip(*rows, strict=True), strict=True):
        for was, cell in zip(frame[one.name], cells, strict=True):
            if one.is_text:
                # PSPP writes every line break of a CSV alike.
                assert cell == was.rstrip(" ").replace("\r\n", "\n"), one.name
            elif one.format[0] == "F":
                assert cell.strip() == "" if pd.isna(was) else float(cell) == pytest.approx(was, abs=1e-9), one.name


def test_pspp_finds_labels_levels_and_missing_values(spss: Path, hard_coded: Coded) -> None:
    """What PSPP saves again has every label, every level, every format and every range of missing values."""
    for name in ("of_sav.sav", "of_syntax.sav"):
        _, found = pyreadstat.read_sav(spss / name, metadataonly=True, user_missing=True)
        for one in hard_coded.variables:
            assert found.column_names_to_labels[one.name] == one.label
            assert found.variable_measure[one.name] == one.measure
            assert found.original_variable_types[one.name] == one.format
            labels = found.variable_value_labels.get(one.name, {})
            wanted = {**one.texts, **one.values}
            assert labels == (wanted if one.is_text else {float(code): label for code, label in wanted.items()})
            ranges = found.missing_ranges.get(one.name, [])
            assert len(ranges) == (one.missing is not None), one.name
            if one.missing and one.format[0] == "F":
                assert ranges == [{"lo": one.missing[0], "hi": one.missing[1]}]


def test_the_syntax_makes_the_same_file(spss: Path, folder: tuple[Path, Written]) -> None:
    """The CSV read by the syntax is the .sav, cell by cell, but for line breaks, which were told."""
    of_syntax, _ = pyreadstat.read_sav(spss / "of_syntax.sav", user_missing=True, disable_datetime_conversion=True)
    ours, _ = pyreadstat.read_sav(
        folder[0] / "spss" / "responses.sav", user_missing=True, disable_datetime_conversion=True
    )
    broken = ours["story2"].str.contains("[\n\r\x0b]", regex=True)
    assert broken.sum() == 2
    assert (
        "Texts of story2 whose line breaks became spaces in responses_coded.csv, as SPSS reads line by line: 2."
        in told(folder[1])
    )
    ours["story2"] = ours["story2"].str.replace("[\n\r\x0b]+", " ", regex=True).str.strip(" ")
    of_syntax["story2"] = of_syntax["story2"].str.strip(" ")
    pd.testing.assert_frame_equal(of_syntax, ours, check_exact=False, rtol=0, atol=1e-6)


def test_pspp_counts_reasons_as_missing(spss: Path, hard_coded: Coded) -> None:
    """The mean that PSPP computes leaves them out: it is that of the answers."""
    (one,) = [one for one in hard_coded.variables if one.name == "degrees"]
    answers = hard_coded.frame["degrees"]
    assert one.missing and (answers <= one.missing[1]).any()
    printed = pspp(spss, "GET FILE='responses.sav'.", "DESCRIPTIVES degrees /STATISTICS=MEAN MINIMUM.")
    mean = answers[answers > one.missing[1]].mean()
    assert f"{mean:.2f}" in printed and "-99" not in printed


def test_what_pspp_cannot_read_is_noticed(spss: Path) -> None:
    """A value that a numeric variable cannot hold, and a missing value that is no number, fail these tests."""
    syntax = (spss / "responses.sps").read_text(encoding="utf-8-sig")
    (spss / "broken.sps").write_text(syntax.replace("  story2 A", "  story2 F"), encoding="utf-8")
    with pytest.raises(AssertionError):
        pspp(spss, "INSERT FILE='broken.sps'.")
    with pytest.raises(AssertionError):
        pspp(spss, "GET FILE='responses.sav'.", "MISSING VALUES degrees (a).")


def test_lines_of_the_syntax_are_short_enough(folder: tuple[Path, Written]) -> None:
    """SPSS cuts lines of more than 251 bytes."""
    syntax = (folder[0] / "spss" / "responses.sps").read_bytes()
    assert max(len(line) for line in syntax.split(b"\r\n")) <= 251
    assert syntax.startswith("\ufeff".encode())
