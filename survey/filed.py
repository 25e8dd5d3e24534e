"""Instruments as the files of a folder hold them: whole where they are few, packed where they are many."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from survey.frozen import dataclass
from survey.located import Read
from survey.model import Instrument, Item, canonical, structure
from survey.packed import last_unpacked, packed


@dataclass(frozen=True, kw_only=True, eq=False)
class Filed:
    """An instrument of a file. What is asked of every instrument of a folder stands here; the rest is in `read()`."""

    file: str
    key: str
    extends: str | None
    images: frozenset[str]
    """The pictures of its options, also of those that its base brings."""
    recordings: frozenset[str]
    """The files that its questions are heard from, likewise."""
    digest: str
    """Of the bytes of its file, and of all that it extends: the same digest, the same instrument."""
    lost: bool
    """Whether something in the file could not be read."""
    asked: str
    """A line for each item that can be compared: its id, and a digest of all that `survey.checks` compares of it."""
    whole: Read[Instrument] | bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filed) and (self.file, self.key, self.digest) == (other.file, other.key, other.digest)

    def __hash__(self) -> int:
        return hash((self.file, self.digest))

    @property
    def name(self) -> str:
        """The id of the instrument, without its version."""
        return self.key.partition("@")[0]

    def read(self) -> Read[Instrument]:
        """The instrument with its file."""
        if isinstance(self.whole, Read):
            return self.whole
        found: Read[Instrument] = last_unpacked(self.whole)
        return found

    def away(self) -> Filed:
        """The same, packed."""
        return replace(self, whole=packed(self.whole)) if isinstance(self.whole, Read) else self


def filed(read: Read[Instrument], *, digest: str, images: frozenset[str], recordings: frozenset[str]) -> Filed:
    """An instrument of a file, with what a folder asks of it."""
    instrument = read.value
    return Filed(
        file=read.file,
        key=instrument.key,
        extends=instrument.extends,
        images=images,
        recordings=recordings,
        digest=digest,
        lost=bool(read.lost),
        asked="\n".join(f"{id} {asked}" for id, asked in _asked(instrument)),
        whole=read,
    )


def joined_digest(*digests: str) -> str:
    """One digest of several."""
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()


def _asked(instrument: Instrument) -> list[tuple[str, str]]:
    found: dict[str, Item] = {}
    for item in instrument.items():
        found.setdefault(item.id, item)
    labels: dict[str, list[object]] = {}
    return [
        (item.id, hashlib.blake2b(canonical(_content(instrument, item, labels)), digest_size=8).hexdigest())
        for item in found.values()
        if not item.scale or item.scale in instrument.scales
    ]


def _content(instrument: Instrument, item: Item, labels: dict[str, list[object]]) -> list[object]:
    """Structure and words. Those of a scale are the same for each of its items."""
    own = item.scale or ""
    if not own or own not in labels:
        _type, values = structure(instrument, item)
        options = [values, [option.label for option in instrument.options(item)]]
        if not own:
            return [_words(instrument, item), item.type, options]
        labels[own] = options
    return [_words(instrument, item), item.type, labels[own]]


def _words(instrument: Instrument, item: Item) -> list[Mapping[str, str]]:
    return [item.text, instrument.grid(item.grid).text if item.grid else {}]
