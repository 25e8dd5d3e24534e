"""The folder: what is in it, for whom, in which language, and what becomes of what was there."""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis import dataset as datasets
from analysis.dataset import Dataset
from analysis.files import FORMATS, FilesError, Written, write_files
from analysis.files.coded import Coded
from analysis.files.delimited import tables
from analysis.files.variables import Material
from commands import files as commands
from survey.folders import NotOursError
from survey.model import Library
from tests.analysis.files.conftest import MADE, Echo, told


def test_everything_is_for_its_owner_alone(folder: tuple[Path, Written]) -> None:
    """Answers are personal data: nobody else can read a file or list a folder."""
    place, written = folder
    for path in [place, *place.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    found = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    assert found == {*written.files, "files.json"}


def test_the_readme_says_what_is_there(folder: tuple[Path, Written]) -> None:
    """Each file or its folder is named, that they are personal data, and every note."""
    place, written = folder
    text = (place / "README.txt").read_bytes().decode("utf-8-sig")
    assert "\r\n" in text and "They are personal data." in text
    for name in written.files:
        folders = name.partition("/")[0] + "/"
        assert name in text or folders in text or name == "README.txt", name
    unwrapped = " ".join(text.split())
    for note in told(written):
        assert " ".join(note.split()) in unwrapped


def test_the_mark_says_from_what_the_files_were_made(folder: tuple[Path, Written], hard_dataset: Dataset) -> None:
    """The dataset's time, the language, the formats and the notes."""
    head = json.loads((folder[0] / "files.json").read_text(encoding="utf-8"))
    assert (head["format"], head["made"], head["dataset_made"], head["language"]) == (1, MADE, hard_dataset.made, "fi")
    assert head["formats"] == list(FORMATS) and head["notes"] == told(folder[1])


def test_the_dictionary_has_every_column_and_value(
    folder: tuple[Path, Written], hard_material: Material, hard_coded: Coded
) -> None:
    """A row for each column of each table, and for each value and reason of each column of the answers."""
    found = [_rows(folder[0] / name) for name in ("dictionary.csv", "dictionary_values.csv")]
    columns = [(table, name) for table, frame in tables(hard_material).items() for name in frame.columns]
    assert sorted((row["Table"], row["Column"]) for row in found[0]) == sorted(columns)
    assert [row for row in found[0] if not row["Label"]] == []
    told = [
        (row["In SPSS"], row["Number in SPSS"] or row["Value"].lstrip("'"), row["Label"].lstrip("'"))
        for row in found[1]
    ]
    wanted = [
        (one.name, str(value), label) for one in hard_coded.variables for value, label in [*one.texts.items(), *one.values.items()]
    ]  # fmt: skip
    assert told == wanted
    (which,) = [row for row in found[1] if row["In SPSS"] == "which" and row["Number in SPSS"] == "2"]
    assert (which["Value"], which["Label"]) == ("b", "Aa")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_some_formats_bring_what_they_read(dataset: Dataset, tmp_path: Path) -> None:
    """The script for R comes with the CSV files that it reads, and the codebook with the file that it describes."""
    done: list[str] = []
    written = write_files(
        dataset, tmp_path / "files", formats=("ddi", "r"), language="en", messages={}, made=MADE, progress=done.append
    )
    assert done == ["sav", "csv", "r", "ddi"]
    assert {name.partition("/")[0] for name in written.files} == {"README.txt", "csv", "spss"}


def test_files_are_replaced_and_others_left_alone(dataset: Dataset, tmp_path: Path) -> None:
    """Ours go as a whole; a folder with anything else is not touched."""
    output = tmp_path / "files"
    write_files(dataset, output, formats=("csv",), language="en", messages={}, made=MADE)
    write_files(dataset, output, formats=("parquet",), language="en", messages={}, made=MADE)
    assert sorted(path.name for path in output.iterdir()) == ["README.txt", "files.json", "parquet"]
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "letter.txt").write_text("x")
    with pytest.raises(NotOursError):
        write_files(dataset, tmp_path / "theirs", formats=("csv",), language="en", messages={}, made=MADE)
    assert [path.name for path in (tmp_path / "theirs").iterdir()] == ["letter.txt"]


def test_what_cannot_be_written_is_said(dataset: Dataset, tmp_path: Path) -> None:
    """An unknown format, and a sentence without a translation; nothing is left behind."""
    with pytest.raises(FilesError) as unknown:
        write_files(dataset, tmp_path / "x", formats=("sas",), language="en", messages={}, made=MADE)
    assert str(unknown.value) == f"There is no format 'sas'. There are: {', '.join(FORMATS)}."
    with pytest.raises(FilesError) as lacking:
        write_files(dataset, tmp_path / "x", formats=("csv",), language="fi", messages={}, made=MADE)
    assert str(lacking.value).endswith("Add it to site_templates/messages/report.fi.po.")
    assert list(tmp_path.iterdir()) == []


def test_equal_datasets_make_equal_files(dataset: Dataset, tmp_path: Path) -> None:
    """What has no time of writing inside is the same, byte by byte."""
    kinds = ("csv", "csv-excel", "r", "sps", "parquet", "ddi", "dictionary", "star")
    for name in ("one", "two"):
        write_files(dataset, tmp_path / name, formats=kinds, language="en", messages={}, made=MADE)
    for path in (tmp_path / "one").rglob("*.*"):
        if path.suffix != ".sav":
            assert path.read_bytes() == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes(), path


def test_messages_are_asked_for_in_the_language(dataset: Dataset, tmp_path: Path) -> None:
    """Every sentence of every file goes through the catalogue: none stands there in English of its own."""

    class Finnish(Echo):
        def get(self, key: str, default: object = None) -> str:  # type: ignore[override]
            return f"«{key}»"

    write_files(
        dataset, tmp_path / "files", formats=("dictionary", "ddi"), language="fi", messages=Finnish(), made=MADE
    )
    rows = (tmp_path / "files" / "dictionary.csv").read_text(encoding="utf-8-sig").splitlines()
    assert all(cell.startswith("«") for cell in rows[0].split(";"))
    assert "«Wave»" in rows[9] and "Alku" in rows[9]
    readme = (tmp_path / "files" / "README.txt").read_text(encoding="utf-8-sig").splitlines()
    blocks = [line for before, line in itertools.pairwise(readme) if not before]
    assert all(line.startswith(("«", "spss/")) for line in blocks)


def test_the_command_writes_files(library: Library, tmp_path: Path) -> None:
    """It names the formats that there are, tells what it wrote, and how to keep it."""
    assert commands.FORMATS == FORMATS
    source = tmp_path / "dataset"
    datasets.write(source, library=library, participations=[], submissions=[], made=MADE)
    arguments = ["--dataset", str(source), "--output", str(tmp_path / "out"), "--format", "csv", "--language", "en"]
    run = CliRunner().invoke(commands.files, arguments)
    assert run.output == (
        f"5 files in {tmp_path / 'out'}, described in README.txt there. "
        "They hold people's answers, unprotected: keep them where they are safe.\n"
    )
    assert run.exit_code == 0
    wrong = CliRunner().invoke(commands.files, ["--dataset", str(tmp_path), "--output", str(tmp_path / "out2")])
    assert wrong.exit_code == 1 and wrong.output.startswith(f"There is no dataset in {tmp_path}")


def test_a_note_tells_of_each_difference(folder: tuple[Path, Written], dataset: Dataset, tmp_path: Path) -> None:
    """Nothing is changed in silence, and where nothing is, nothing is told."""
    assert len(told(folder[1])) == 12
    short = dataclasses.replace(dataset, responses=dataset.responses[:20])
    assert write_files(short, tmp_path / "files", language="en", messages={}, made=MADE).notes == ()
