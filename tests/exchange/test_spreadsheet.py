"""Spreadsheets: what is refused before it is unpacked, what cells mean, and files that are the same every time."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from openpyxl import Workbook

from exchange import spreadsheet
from exchange.loss import ExchangeError
from tests.exchange.forms import workbook


def packed(parts: dict[str, bytes]) -> bytes:
    """A zip archive with these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            b"",
            "The file is no .xlsx spreadsheet. Export the form as XLSForm (.xlsx) from the tool that made it.",
        ),
        (
            b"type,name,label\n",
            "The file is no .xlsx spreadsheet. Export the form as XLSForm (.xlsx) from the tool that made it.",
        ),
        (
            OLE,
            "The file is in the old format .xls. Open it in a spreadsheet program, save it as .xlsx and import that.",
        ),
        (
            OLE + "EncryptedPackage".encode("utf-16-le"),
            "The file is protected with a password. Save it without one and import that.",
        ),
        (
            packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
            "The file is an OpenDocument spreadsheet. Save it as .xlsx in a spreadsheet program and import that.",
        ),
        (packed({"word/document.xml": b"<x/>"}), "The file is no .xlsx spreadsheet, but another kind of packed file."),
        (
            packed({"xl/workbook.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}),
            "The file holds declarations that no spreadsheet program writes; it was not read.",
        ),
        (
            packed({"xl/workbook.xml": b"<x/>"}),
            "The file cannot be read as a spreadsheet: it may be damaged. Open it in a spreadsheet program and save it "
            "again as .xlsx. (The reader says: KeyError.)",
        ),
        (
            b"\0" * 10_000_001,
            "The file has 10.0 MB; at most 10 MB are read. A form needs far less: take out pictures and sheets that are "
            "no part of it.",
        ),
    ],
)
def test_what_is_refused(data: bytes, sentence: str) -> None:
    """What is no .xlsx, too large or not safe is refused with a sentence that says what to do."""
    with pytest.raises(ExchangeError) as refused:
        spreadsheet.read(data)
    assert str(refused.value) == sentence


def test_a_bomb_is_not_unpacked() -> None:
    """A file that would unpack to far more than a form needs is refused by the sizes in its directory."""
    with pytest.raises(ExchangeError) as refused:
        spreadsheet.read(packed({f"xl/media/{n}.xml": b"\0" * 30_000_000 for n in range(4)}))
    assert str(refused.value) == (
        "The file would unpack to 120 MB in 4 parts, far more than a form needs, so it was not unpacked."
    )


def test_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sheet with far more cells than a form has is refused, not read for minutes."""
    monkeypatch.setattr(spreadsheet, "CELLS_LIMIT", 10)
    with pytest.raises(ExchangeError) as refused:
        spreadsheet.read(workbook(survey=[["a", "b"]] * 9))
    assert str(refused.value) == (
        "The sheet 'survey' has more than 0 million cells, more than any form. Copy the form's rows into a new file and "
        "import that."
    )


def test_cells_as_a_form_means_them() -> None:
    """Whole numbers have no point, truths are true and false, dates are ISO; empty rows are not there."""
    (sheet,) = spreadsheet.read(
        workbook(
            survey=[
                ["type", "x", "y"],
                [1.0, 2.5, True],
                [],
                [dt.datetime(2026, 11, 24), dt.datetime(2026, 11, 24, 9, 30), dt.time(8, 30)],
                [" a ", "b\r\nc", "_x000D_"],
                ["ä🙂", "\u202bعربي", False],
            ]
        )
    )
    assert sheet.columns == ("type", "x", "y")
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (2, ("1", "2.5", "true")),
        (4, ("2026-11-24", "2026-11-24T09:30:00", "08:30")),
        (5, ("a", "b\nc", "")),
        (6, ("ä🙂", "\u202bعربي", "false")),
    ]


def test_formulas_without_a_value_are_told() -> None:
    """A formula that no program has worked out is no empty cell."""
    book = Workbook()
    assert book.active is not None
    book.active.append(["type", "name"])
    book.active.append(["text", '=CONCAT("a", 1)'])
    made = io.BytesIO()
    book.save(made)
    (sheet,) = spreadsheet.read(made.getvalue())
    assert sheet.uncomputed == ("B2",)


def test_written_files_are_the_same_every_time() -> None:
    """No moment of writing is in a file, a text that begins with '=' is a text, and what is written is read."""
    table = {"survey": (["type", "label::Suomi (fi)"], [{"type": "note", "label::Suomi (fi)": "=1+1\x07"}, {}])}
    data = spreadsheet.write(table)
    assert data == spreadsheet.write(table)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b"2000-01-01T00:00:00Z") == 2
    (sheet,) = spreadsheet.read(data)
    assert (sheet.columns, sheet.uncomputed) == (("type", "label::Suomi (fi)"), ())
    assert [row.cells for row in sheet.rows] == [("note", "=1+1")]


def test_a_text_that_no_cell_takes() -> None:
    """Spreadsheet programs cut long texts without a word; here it is refused."""
    with pytest.raises(ExchangeError) as refused:
        spreadsheet.write({"survey": (["type"], [{"type": "x" * 32_768}])})
    assert str(refused.value) == f"A text is too long for a spreadsheet: '{'x' * 60}…'. Shorten it."
