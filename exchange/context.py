"""What importers and exporters are given beside the form itself. Reading and writing files is up to the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from survey.model import Library


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an export may need: the library that the instrument is of, the pictures that it names, and the day.

    `images` has the content of each picture by the name that options use ("images/happy.svg"); `made` is ISO text.
    `words` gives the pages' own sentences in a language, by the English ones.
    """

    library: Library
    made: str
    images: Mapping[str, bytes] = field(default_factory=dict)
    words: Callable[[str], Mapping[str, str]] = lambda language: {}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to import, and what the instrument made of it has to fit into.

    `name` is the file's own, `instrument` the id to give. `library` is the folder that the instrument is to stand in:
    its waves and languages are those that there can be, and its items' ids are taken. `beside` gives the content of a
    file that lies beside the source (a picture), or None.
    """

    name: str
    data: bytes
    instrument: str
    library: Library | None = None
    beside: Callable[[str], bytes | None] = lambda name: None
