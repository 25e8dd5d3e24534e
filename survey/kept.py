"""What files of a folder held when they were last read, kept so that of many only the edited ones are read again.

One file beside what is built holds it, and can be removed at any time. It is believed for a file whose every byte, the
site and the code that read it are the same. Nothing but values of this room is ever loaded from it.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from survey.model import as_data, canonical
from survey.packed import Values, packed, unpacked
from survey.strict_yaml import PARSER

_FORMAT = 2


class Kept:
    """The entries of one file, by the name of what was read: a digest, and the value as bytes."""

    def __init__(self, path: Path, site: object) -> None:
        self._path = path
        self._common = _digest_of_code() + canonical(as_data(site))
        self._before = _entries(path)
        self._now: dict[str, tuple[str, bytes]] = {}

    def get(self, path: Path) -> Any:
        """What a file held, if it is still the same; else None."""
        digest, data = self._before.get(str(path), ("", b""))
        if not digest or digest != self._digest(path):
            return None
        try:
            value = unpacked(data)
        except Exception:  # a damaged entry can fail in any way, and only means that the file is read again
            return None
        self._now[str(path)] = (digest, data)
        return value

    def put(self, path: Path, value: object) -> None:
        """Keeps what a file holds."""
        self._now[str(path)] = (self._digest(path), packed(value))

    def save(self) -> None:
        """Writes what was kept, where it is not what was there. A disk that refuses costs time only."""
        if self._now == self._before:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_name(f"{self._path.name}.new")
            with new.open("wb") as file:
                pickle.dump((_FORMAT, self._now), file, pickle.HIGHEST_PROTOCOL)
            new.replace(self._path)
        except OSError:
            return

    def _digest(self, path: Path) -> str:
        try:
            return hashlib.sha256(self._common + b"\0" + path.read_bytes()).hexdigest()
        except OSError:
            return ""


def _entries(path: Path) -> Mapping[str, tuple[str, bytes]]:
    try:
        with path.open("rb") as file:
            format, entries = Values(file).load()
        return dict(entries) if format == _FORMAT else {}
    except Exception:  # there is none, or it is damaged: everything is read
        return {}


def _digest_of_code() -> bytes:
    """Of everything that decides what a file holds: this room, Python and the parser."""
    digest = hashlib.sha256(f"{sys.version} {PARSER}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.digest()
