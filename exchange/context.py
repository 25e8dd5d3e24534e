"""What importers and exporters are given beside the form itself. Reading and writing files is up to the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from survey.model import Library


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an export may need: the library that the instrument is of, the files that it names, and the day.

    `images` has the content of each picture by the name that options use ("images/happy.svg"), `recordings` that of
    what questions are heard from ("audio/js1.fi.mp3"); `made` is ISO text.
    `words` gives the pages' own sentences in a language by the English ones, `papers` those of paper forms, interviews
    and codebooks; nothing at all in a language that has none. `languages` and `waves` choose among the instrument's
    (all where none is named), `service` names the service that is asked about, and `large` asks for large print.
    `by_number` makes papers for the staff desk: they ask for the number on the slip, which opens nothing, and for the
    day, in place of the code.
    """

    library: Library
    made: str
    images: Mapping[str, bytes] = field(default_factory=dict)
    recordings: Mapping[str, bytes] = field(default_factory=dict)
    words: Callable[[str], Mapping[str, str]] = lambda language: {}
    papers: Callable[[str], Mapping[str, str]] = lambda language: {}
    languages: tuple[str, ...] = ()
    waves: tuple[str, ...] = ()
    service: str | None = None
    large: bool = False
    by_number: bool = False


@dataclass(frozen=True, kw_only=True)
class Source:
    """A file to import, and what the instrument made of it has to fit into.

    `name` is the file's own; `instrument` is the id to give, or "" for the form's own, or else the file's. `library` is
    the folder that the instrument is to stand in: its languages are those that there can be. `waves` are the waves to
    ask at; without them, the site's first. `taken` are ids that items cannot have. `beside` gives the content of a file
    that lies beside the source (a picture, a recording), or None.
    """

    name: str
    data: bytes
    instrument: str = ""
    library: Library | None = None
    waves: tuple[str, ...] = ()
    taken: frozenset[str] = frozenset()
    beside: Callable[[str], bytes | None] = lambda name: None
