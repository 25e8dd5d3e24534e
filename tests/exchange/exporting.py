"""What the tests of exports share: every instrument that there is, and what an export is given."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import build as publishing
from exchange.context import Context
from exchange.elements import elements
from exchange.loss import Converted, counts
from survey.model import Instrument, Library
from survey.reading import read_library

ROOT = Path(__file__).parent.parent.parent
SHIPPED, EXAMPLES = ROOT / "instruments", ROOT / "docs" / "examples"
INSTRUMENTS = [
    *sorted(path.stem for path in SHIPPED.glob("*.yaml") if path.stem not in ("site", "services")),
    "kentat",
]


@functools.cache
def library(folder: Path) -> Library:
    """The instruments of a folder, read."""
    read = read_library(folder)
    assert read.library is not None, read.problems
    return read.library


def instrument(id: str) -> Instrument:
    """The one version of an instrument that is shipped, or that of the examples."""
    (found,) = [i for i in library(_folder(id)).instruments.values() if i.instrument == id]
    return found


def _folder(id: str) -> Path:
    return EXAMPLES if id == "kentat" else SHIPPED


def words(language: str, catalogue: str = "pages") -> Mapping[str, str]:
    """The messages in a language; none where there is no catalogue of it."""
    try:
        return publishing.read_messages(language, catalogue=catalogue)
    except publishing.BuildError:
        return {}


def context(id: str, **chosen: Any) -> Context:
    """What exports of an instrument are given."""
    folder = _folder(id)
    return Context(
        library=library(folder),
        made="2026-11-24T10:00:00.000Z",
        images={f"images/{path.name}": path.read_bytes() for path in (folder / "images").iterdir()},
        recordings={f"audio/{path.name}": path.read_bytes() for path in (EXAMPLES / "audio").iterdir()},
        words=words,
        papers=lambda language: words(language, "papers"),
        **chosen,
    )


def languages(id: str, every: bool) -> tuple[str, ...]:
    """The first language of an instrument, or all of them."""
    return instrument(id).languages if every else instrument(id).languages[:1]


def check_losses(id: str, converted: Converted) -> None:
    """Each element of an instrument has one entry, and whatever did not come over says why in whole sentences."""
    assert [(loss.where, loss.what) for loss in converted.losses] == [
        (element.where, element.what) for element in elements(instrument(id))
    ]
    assert sum(counts(converted.losses).values()) == len(converted.losses)
    for loss in converted.losses:
        assert (loss.kind == "came") == (loss.why == "")
        assert not loss.why or (loss.why[0].isupper() and loss.why.endswith(".")), loss


@functools.cache
def entries(write: Any, id: str) -> Mapping[str, tuple[str, str]]:
    """What became of each element of an instrument, by its name."""
    written: Converted = write(instrument(id), context(id, languages=instrument(id).languages[:1]))
    return {loss.what: (loss.kind, loss.why) for loss in written.losses}
