"""A value with the file that it was read from, so that a problem can name the line."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Generic, TypeVar

from survey import strict_yaml
from survey.frozen import dataclass
from survey.model import Instrument, Item, Section
from survey.problems import Place

T = TypeVar("T")
Path = tuple[str | int, ...]
"""Keys and positions that lead from the root of a file to a value."""


@dataclass(frozen=True)
class Read(Generic[T]):
    """A value with the file that it came from, so that a problem can name the line."""

    value: T
    file: str
    root: strict_yaml.Mapping
    lost: set[str] = field(default_factory=set)
    base: Any = None

    def place(self, *path: str | int) -> Place:
        """The line of the value at a path of keys and positions, or of the nearest thing above it that exists."""
        node: strict_yaml.Node = self.root
        line = 1
        for step in path:
            below: strict_yaml.Node | None = None
            if isinstance(node, strict_yaml.Mapping) and isinstance(step, str):
                below = node.entries.get(step)
                line = node.keys[step].line if step in node.keys else line
            elif isinstance(node, strict_yaml.Sequence) and isinstance(step, int) and step < len(node.entries):
                below = node.entries[step]
                line = below.line
            if below is None:
                break
            node = below
        return Place(self.file, line)

    def node(self, *path: str | int) -> strict_yaml.Node | None:
        """What the file has at a path, whether or not it could be read."""
        node: strict_yaml.Node | None = self.root
        for step in path:
            if isinstance(node, strict_yaml.Mapping) and isinstance(step, str):
                node = node.entries.get(step)
            elif isinstance(node, strict_yaml.Sequence) and isinstance(step, int) and step < len(node.entries):
                node = node.entries[step]
            else:
                return None
        return node

    def keys(self, *path: str | int) -> Sequence[str]:
        """The keys of what the file has at a path."""
        node = self.node(*path)
        return tuple(node.keys) if isinstance(node, strict_yaml.Mapping) else ()

    def has(self, *path: str | int) -> bool:
        """Whether the file has something at a path, whether or not it could be read. An empty list is nothing."""
        node = self.node(*path)
        return node is not None and node != strict_yaml.Sequence(node.line, ())

    def count(self, *path: str | int) -> int | None:
        """How many entries the list at a path has, whether or not they could be read; None where there is no list."""
        node = self.node(*path)
        return len(node.entries) if isinstance(node, strict_yaml.Sequence) else None

    @functools.cached_property
    def scalars(self) -> Sequence[tuple[str, strict_yaml.Scalar]]:
        """Every single value of the file, each with the key that it or its list stands under, in no order."""
        return tuple(scalars(self.root))

    @functools.cached_property
    def item_paths(self) -> Mapping[str, Sequence[Path]]:
        """Where each item and each row of a grid stands in the file, by its id, in the order of the file."""
        found: dict[str, list[Path]] = {}
        for id, path in _ids(self.root):
            found.setdefault(id, []).append(path)
        return found


def scalars(node: strict_yaml.Node, key: str = "") -> Iterator[tuple[str, strict_yaml.Scalar]]:
    """Every single value below a node, each with the key that it or its list stands under."""
    stack = [(key, node)]
    while stack:
        key, node = stack.pop()
        if isinstance(node, strict_yaml.Scalar):
            yield key, node
        elif isinstance(node, strict_yaml.Sequence):
            stack += [(key, entry) for entry in node.entries]
        else:
            stack += node.entries.items()


def own_items(read: Read[Instrument]) -> Iterator[tuple[Section, Item, Path]]:
    """The items of the file, with their sections and where they stand; none that a base brought."""
    times: dict[str, int] = {}
    for section in read.value.sections:
        for item in section.items:
            if not item.origin:
                nth = times.get(item.id, 0)
                times[item.id] = nth + 1
                yield section, item, item_path(read, item.id, nth=nth)


def texts(read: Read[Instrument], *, accepted: str) -> Iterator[Mapping[str, strict_yaml.Scalar]]:
    """Every text of a file, by language. What has the code of a problem under `accepted` is left out with all that it
    holds."""
    languages = frozenset(read.value.languages)
    stack: list[strict_yaml.Node] = [read.root]
    while stack:
        node = stack.pop()
        if isinstance(node, strict_yaml.Sequence):
            stack += node.entries
        elif isinstance(node, strict_yaml.Mapping) and not _accepts(node, accepted):
            if node.entries.keys() <= languages:
                yield {key: entry for key, entry in node.entries.items() if isinstance(entry, strict_yaml.Scalar)}
            else:
                stack += [entry for entry in node.entries.values() if not isinstance(entry, strict_yaml.Scalar)]


def _accepts(node: strict_yaml.Mapping, code: str) -> bool:
    codes = node.entries.get("accepted")
    entries = codes.entries if isinstance(codes, strict_yaml.Sequence) else ()
    return any(isinstance(entry, strict_yaml.Scalar) and entry.text == code for entry in entries)


def item_path(read: Read[Instrument], id: str, *, nth: int = 0) -> Path:
    """Where an item or the row of a grid stands in the file: entries that could not be read are missing from the value,
    so by its id."""
    found = read.item_paths.get(id)
    return found[min(nth, len(found) - 1)] if found else ("sections",)


def _ids(root: strict_yaml.Mapping) -> Iterator[tuple[str, Path]]:
    for s, section in _entries(root, "sections"):
        for n, item in _entries(section, "items"):
            path = ("sections", s, "items", n)
            if (id := _id(item)) is not None:
                yield id, path
            for r, row in _entries(item, "rows"):
                if (id := _id(row)) is not None:
                    yield id, (*path, "rows", r)


def _entries(node: strict_yaml.Node, key: str) -> Iterator[tuple[int, strict_yaml.Node]]:
    below = node.entries.get(key) if isinstance(node, strict_yaml.Mapping) else None
    return enumerate(below.entries if isinstance(below, strict_yaml.Sequence) else ())


def _id(node: strict_yaml.Node) -> str | None:
    own = node.entries.get("id") if isinstance(node, strict_yaml.Mapping) else None
    return own.text if isinstance(own, strict_yaml.Scalar) else None


def outline(root: strict_yaml.Mapping) -> strict_yaml.Mapping:
    """The root of an instrument's file without what it says: enough to name the lines of its parts, and little to send
    from one process to another."""
    return strict_yaml.Mapping(root.line, root.keys, {key: _outlined(key, node) for key, node in root.entries.items()})


def _outlined(key: str, node: strict_yaml.Node) -> strict_yaml.Node:
    if key in ("sections", "items", "rows") and isinstance(node, strict_yaml.Sequence):
        return strict_yaml.Sequence(node.line, tuple(_outlined("", entry) for entry in node.entries))
    if not isinstance(node, strict_yaml.Mapping):
        return node
    if key in ("scales", "dimensions"):
        kept = {name: _bare(entry) for name, entry in node.entries.items()}
    else:
        kept = {name: _outlined(name, node.entries[name]) for name in _KEPT if name in node.entries}
    return strict_yaml.Mapping(node.line, node.keys, kept)


_KEPT = ("id", "items", "rows")
"""What of sections, items and rows is looked for by its value."""


def _bare(node: strict_yaml.Node) -> strict_yaml.Node:
    return strict_yaml.Mapping(node.line, node.keys, {}) if isinstance(node, strict_yaml.Mapping) else node
