"""The registry: which file is read how, and ids that would mean two things."""

from __future__ import annotations

import dataclasses

import pytest

from exchange import formats
from exchange.context import Context, Source
from exchange.loss import ExchangeError
from survey.model import Item, Library, Section
from tests.exchange import exporting
from tests.exchange.forms import CHOICES, workbook


def test_a_file_of_no_known_kind() -> None:
    """The message names the formats that there are."""
    with pytest.raises(ExchangeError) as refused:
        formats.read(Source(name="lomake.docx", data=b""))
    assert str(refused.value).startswith("'lomake.docx' is no file that can be imported. Those are: an XLSForm (.xlsx)")


def test_files_of_one_ending_are_told_apart_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first format that fits the end of the name and the content reads the file."""
    seen: list[str] = []

    def one(name: str, mark: bytes) -> formats.Import:
        def read(source: Source) -> formats.Imported:
            seen.append(name)
            raise ExchangeError(name)

        return formats.Import(says=name, endings=(".json",), read=read, fits=lambda data: mark in data)

    monkeypatch.setattr(formats, "IMPORTS", {"a": one("a", b"pages"), "b": one("b", b"groups")})
    for data in (b"{groups}", b"{pages}"):
        with pytest.raises(ExchangeError):
            formats.read(Source(name="X.JSON", data=data))
    assert seen == ["b", "a"]


def test_an_id_that_means_another_question_in_the_folder_is_not_given(library: Library) -> None:
    """Instruments of a folder share one table of answers: the same question shares its column, another does not."""
    shared = library.instruments["palvelupalaute@1"].item("fu1")
    same = dict(shared.text)
    survey = [
        ["type", "name", *(f"label::{tag}" for tag in same), "relevant"],
        ["text", "fu1", *(["Aivan muu kysymys"] * len(same)), ""],
        ["text", "oma", *(["Oma kysymys"] * len(same)), "${fu1} = 'x'"],
    ]
    found = formats.read(Source(name="uusi.xlsx", data=workbook(survey=survey, choices=CHOICES), library=library))
    assert [(item.id, item.show_if) for item in found.instrument.items()] == [
        ("fu1_2", None),
        ("oma", "fu1_2 == 'x'"),
    ]
    (loss,) = [one for one in found.losses if one.where == "survey, row 2"]
    assert (loss.kind, loss.why) == (
        "changed",
        "Its id is 'fu1_2': another question of the folder is called 'fu1'. Conditions follow.",
    )


def test_the_same_question_keeps_its_id(library: Library) -> None:
    """A question that the folder asks in the same words has the column that it has there."""
    instrument = library.instruments["valipalaute@1"]
    words = Item(id="oma_sana", type="text", text=dict.fromkeys(instrument.languages, "Sana?"), origin="valipalaute")
    other = dataclasses.replace(
        instrument, instrument="toinen", sections=(*instrument.sections, Section(items=(words,)))
    )
    with_other = dataclasses.replace(library, instruments={**library.instruments, other.key: other})
    form = formats.EXPORTS["xlsform"].write(other, Context(library=with_other, made="2026-11-24")).files["toinen.xlsx"]
    found = formats.read(Source(name="x.xlsx", data=form, instrument="uusi", library=with_other))
    assert "oma_sana" in [item.id for item in found.instrument.items()]


@pytest.mark.parametrize("name", sorted(formats.EXPORTS))
def test_every_export_writes_every_instrument(name: str) -> None:
    """Each format takes each shipped instrument and says what became of its parts."""
    for id in exporting.INSTRUMENTS:
        converted = formats.EXPORTS[name].write(exporting.instrument(id), exporting.context(id))
        assert converted.files and converted.losses
        assert all(name and not name.startswith("/") and ".." not in name for name in converted.files)


def test_every_format_is_documented() -> None:
    """docs/exchange.md has each name that `--to` takes, and each ending that `mittari import` knows, in its table."""
    page = (exporting.ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")
    table = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    assert [name for name in formats.EXPORTS if f"`{name}`" not in table] == []
    assert [known.says for known in formats.IMPORTS.values() if f"`{known.endings[0]}`" not in table] == []


@pytest.mark.parametrize("format", sorted({*formats.EXPORTS} - {"xlsform"}))
def test_recordings_that_a_format_does_not_carry_are_told(format: str) -> None:
    """Of a question and of a row of a grid; nothing of them is in the files."""
    converted = formats.EXPORTS[format].write(exporting.instrument("kentat"), exporting.context("kentat"))
    told = {loss.what for loss in converted.losses if "Recordings of it are left out; its words stand." in loss.why}
    assert told == {"likert likert", "row grid_mood"}
    assert not any(b"audio/likert" in data for data in converted.files.values())
