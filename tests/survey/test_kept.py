"""What files held when they were last read: believed where nothing has changed, and never anything but values."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from survey import files, reading
from survey.kept import Kept
from tests.survey.test_reading import INSTRUMENT, SERVICES, SITE


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """More instruments than are read without help."""
    monkeypatch.setattr(files, "MANY", 3)
    monkeypatch.setattr(reading, "MANY", 3)
    where = tmp_path / "in"
    where.mkdir()
    (where / "site.yaml").write_text(SITE, encoding="utf-8")
    (where / "services.yaml").write_text(SERVICES, encoding="utf-8")
    for name in ("koe", "toinen", "kolmas", "neljas"):
        (where / f"{name}.yaml").write_text(
            INSTRUMENT.replace("instrument: koe", f"instrument: {name}"), encoding="utf-8"
        )
    return where


def read_again(folder: Path, keep: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[reading.Reading, list[str]]:
    """What a folder holds, and the names of the files that were really read for it."""
    opened: list[str] = []
    really = files._gathered

    def noted(path: Path) -> files.Gathered:
        opened.append(path.name)
        return really(path)

    monkeypatch.setattr(files, "_gathered", noted)
    monkeypatch.setattr(files, "cpu_count", lambda: 1)
    found = reading.read_library(folder, keep=keep)
    monkeypatch.setattr(files, "_gathered", really)
    return found, opened


def test_only_what_was_edited_is_read_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the result is that of reading everything, problems too."""
    keep = tmp_path / "kept"
    first, opened = read_again(folder, keep, monkeypatch)
    assert {"koe.yaml", "toinen.yaml", "kolmas.yaml", "neljas.yaml"} <= set(opened)
    again, opened = read_again(folder, keep, monkeypatch)
    assert opened == ["services.yaml"] and again == first
    path = folder / "toinen.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("scale: agree", "scale: agre", 1), encoding="utf-8")
    edited, opened = read_again(folder, keep, monkeypatch)
    assert sorted(opened) == ["services.yaml", "toinen.yaml"]
    assert edited == reading.read_library(folder) and [p.code for p in edited.errors] == ["SCALE-UNKNOWN"]


def test_another_site_means_reading_everything(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instruments are judged by it."""
    keep = tmp_path / "kept"
    read_again(folder, keep, monkeypatch)
    site = folder / "site.yaml"
    site.write_text(
        site.read_text(encoding="utf-8").replace("required_languages: [fi]", "required_languages: [fi, sv]")
    )
    _, opened = read_again(folder, keep, monkeypatch)
    assert len(opened) == 5


class Planted:
    """What somebody could write into the file to have it run."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (exec, ("raise SystemExit('it ran')",))


@pytest.mark.parametrize("what", ["code", "bytes", "nothing"])
def test_a_planted_or_damaged_file_is_not_believed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Nothing in it is run; everything is read."""
    keep = tmp_path / "kept"
    first, _ = read_again(folder, keep, monkeypatch)
    keep.write_bytes({"code": pickle.dumps((1, {"x": Planted()})), "bytes": b"\x80\x05garbage", "nothing": b""}[what])
    again, opened = read_again(folder, keep, monkeypatch)
    assert len(opened) == 5 and again == first


def test_a_planted_entry_is_not_believed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the file is whole and its digests are right."""
    keep = tmp_path / "kept"
    first, _ = read_again(folder, keep, monkeypatch)
    site = first.library.site if first.library else None
    kept = Kept(keep, site)
    kept.put(folder / "koe.yaml", Planted())
    kept.save()
    again, opened = read_again(folder, keep, monkeypatch)
    assert "koe.yaml" in opened and again == first
