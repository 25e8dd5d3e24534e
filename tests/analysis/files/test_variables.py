"""What is said of each column: in the chosen language, by the newest version, with what older ones said."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from analysis.dataset import RESPONSE_FIELDS, Dataset, response_schema
from analysis.files.variables import LABELS, Material, joined, material
from analysis.wording import UntranslatedError, Words
from survey.model import Text
from tests.analysis.files.conftest import STEM, Echo

STORED = {"string": "string", "int64": "Int64", "double": "Float64", "bool": "boolean", "date32[day]": "date"}


def test_every_column_is_described(hard_dataset: Dataset, hard_material: Material) -> None:
    """The columns are those of the dataset, with those of participation and service between, each with a label."""
    schema = response_schema(hard_dataset.library)
    names = [column.name for column in hard_material.columns]
    assert [name for name in names if not name.startswith(("participation.", "service."))] == schema.names
    assert names == list(hard_material.responses.columns)
    assert {name for name in names if name in LABELS} == set(LABELS) >= {name for name, _ in RESPONSE_FIELDS}
    assert all(column.label for column in hard_material.columns)
    storages = {column.name: column.storage for column in hard_material.columns}
    for field in schema:
        assert storages[field.name] == STORED.get(str(field.type), "datetime"), field.name


def test_rows_have_their_participation_and_service(hard_dataset: Dataset, hard_material: Material) -> None:
    """Each row has the dates of its participation and the arm of its service; without a code it has the service alone."""
    people = hard_dataset.participations.set_index("id")
    services = hard_dataset.services.set_index("id")
    assert hard_material.responses["submission"].tolist() == hard_dataset.responses["submission"].tolist()
    for _, row in hard_material.responses.iterrows():
        assert row["service.arm"] == services.loc[row["service"], "arm"]
        if pd.isna(row["participation"]):
            assert pd.isna(row["participation.start"])
        else:
            assert row["participation.start"] == people.loc[row["participation"], "start"]
    assert (hard_material.responses["participation.exit_reason"].dropna() == "work").all()


def test_frames_of_the_dataset_are_left_alone(hard_dataset: Dataset) -> None:
    """Joining makes a new frame."""
    before = list(hard_dataset.responses.columns)
    assert joined(hard_dataset) is not hard_dataset.responses
    assert list(hard_dataset.responses.columns) == before


def test_labels_are_in_the_language(dataset: Dataset) -> None:
    """The question, its options and the columns of every row are in the language asked for."""
    in_swedish = {c.name: c for c in material(dataset, Words("sv", Echo())).columns}
    assert in_swedish["work"].label == "Arbetar du?"
    assert dict(in_swedish["service"].categories)["hitsaus"] == "Svetsarutbildning"
    assert dict(in_swedish["wave"].categories)["end"] == "Slut"
    with pytest.raises(UntranslatedError):
        material(dataset, Words("sv", {}))


def test_a_language_that_an_instrument_lacks_is_said(hard_material: Material, whole: Dataset) -> None:
    """Labels then stand in the first language of the instrument, and a note tells which."""
    told = [str(note) for note in hard_material.notes]
    assert told == ["Texts of vaikea@2 stand in the language sv: it has none in fi."]
    in_english = material(whole, Words("en", {}))
    assert [str(note) for note in in_english.notes] == [
        "Texts of tyonantaja@1 stand in the language fi: it has none in en."
    ]
    assert {c.name: c for c in in_english.columns}["fit"].label == "Kysymys fit"


def test_the_newest_version_gives_the_label_and_others_are_told(hard_material: Material) -> None:
    """What an older version asked in other words is a note of the column."""
    (column,) = [one for one in hard_material.columns if one.name == "stem"]
    assert column.label == (STEM + "uusi").strip()
    assert column.instruments == ("vaikea@1", "vaikea@2")
    assert [str(note) for note in column.notes] == [f"vaikea@1 asked: {STEM.strip()}"]


def test_labels_of_options_that_were_changed_are_told(dataset: Dataset) -> None:
    """A value that another version called otherwise keeps the newest label, and a note has the other."""
    old = dataset.library.instruments["palvelupalaute@2"]
    relabelled = tuple(
        dataclasses.replace(option, label=_renamed(option.label)) if option.value == 1 else option
        for option in old.scales["agree"].options
    )
    scale = dataclasses.replace(old.scales["agree"], options=relabelled)
    new = dataclasses.replace(old, version=3, scales={"agree": scale})
    library = dataclasses.replace(
        dataset.library, instruments={**dataset.library.instruments, new.key: new}
    )  # fmt: skip
    found = material(dataclasses.replace(dataset, library=library), Words("en", {}))
    (column,) = [one for one in found.columns if one.name == "fb1"]
    assert dict(column.categories)[1] == "lowest"
    assert [str(note) for note in column.notes] == ["In palvelupalaute@2 the value 1 was called: 1"]


def _renamed(label: Text) -> Text:
    return dict.fromkeys(label, "lowest")


def test_reasons_are_those_of_the_absences(whole: Dataset) -> None:
    """Each absence is found in every column of its item but that of words beside an option, and is among its reasons."""
    found = material(whole, Words("en", {}))
    counts = whole.absences["item"].value_counts()
    for column in found.columns:
        reasons = found.reasons(column)
        wanted = 0 if column.words or not column.item else int(counts.get(column.item, 0))
        assert int(reasons.notna().sum()) == wanted, column.name
        assert set(reasons.dropna()) <= set(column.missing), column.name
        assert found.responses[column.name][reasons.notna()].isna().all(), column.name
