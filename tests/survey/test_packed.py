"""Values as few bytes, and mappings that make their values when asked."""

from __future__ import annotations

import os
import pickle
import zlib
from pathlib import Path

import pytest

from survey import files, reading
from survey.model import Library
from survey.packed import OnDemand, packed, unpacked
from tests.survey.test_reading import INSTRUMENT, SERVICES, SITE


def test_an_instrument_comes_back(library: Library) -> None:
    """Equal, and of far fewer bytes than it takes."""
    for instrument in library.instruments.values():
        data = packed(instrument)
        assert unpacked(data) == instrument and len(data) < 40_000


def test_nothing_is_run() -> None:
    """What is no value of ours is refused, also where it looks harmless."""
    with pytest.raises(pickle.UnpicklingError, match="posixpath.join is no value of ours"):
        unpacked(zlib.compress(pickle.dumps(os.path.join)))


def test_values_on_demand() -> None:
    """Each is made when it is asked for; asking whether there is one makes none."""
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    mapping = OnDemand(["a", "b"], make)
    assert len(mapping) == 2 and list(mapping) == ["a", "b"] and "a" in mapping and "c" not in mapping
    assert made == []
    assert mapping["a"] == "A" and made == ["a"] and mapping == {"a": "A", "b": "B"}
    with pytest.raises(KeyError, match="c"):
        mapping["c"]


@pytest.mark.parametrize("extends", [False, True])
def test_many_instruments_are_held_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extends: bool) -> None:
    """So that memory does not follow their number; what is read is the same as of few."""
    (tmp_path / "site.yaml").write_text(SITE, encoding="utf-8")
    (tmp_path / "services.yaml").write_text(SERVICES, encoding="utf-8")
    (tmp_path / "koe.yaml").write_text(INSTRUMENT, encoding="utf-8")
    for name in ("toinen", "kolmas"):
        text = INSTRUMENT.replace("instrument: koe", f"instrument: {name}")
        if extends:
            text = (
                f"instrument: {name}\nversion: 1\nextends: koe@1\nlanguages: [fi, sv]\nwaves: [start]\n"
                "title: {fi: Oma, sv: Egen}\n"
            )
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    few = reading.read_library(tmp_path)
    monkeypatch.setattr(files, "MANY", 3)
    monkeypatch.setattr(reading, "MANY", 3)
    many = reading.read_library(tmp_path)
    assert many == few and few.library is not None and many.library is not None
    assert isinstance(many.library.instruments, OnDemand) and isinstance(few.library.instruments, dict)
    held = [version.filed for version in many.versions.values()]
    assert len(held) == 3 and all(filed is not None and isinstance(filed.whole, bytes) for filed in held)
