"""A value with the file that it was read from, so that a problem can name the line."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from survey import strict_yaml
from survey.model import Instrument
from survey.problems import Place

T = TypeVar("T")


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


def item_path(read: Read[Instrument], id: str, *, nth: int = 0) -> tuple[str | int, ...]:
    """Where an item or the row of a grid stands in the file: entries that could not be read are missing from the value,
    so by its id."""
    found: list[tuple[str | int, ...]] = []
    for s, section in _entries(read.root, "sections"):
        for n, item in _entries(section, "items"):
            if _id(item) == id:
                found.append(("sections", s, "items", n))
            found += [("sections", s, "items", n, "rows", r) for r, row in _entries(item, "rows") if _id(row) == id]
    return found[min(nth, len(found) - 1)] if found else ("sections",)


def _entries(node: strict_yaml.Node, key: str) -> list[tuple[int, strict_yaml.Node]]:
    below = node.entries.get(key) if isinstance(node, strict_yaml.Mapping) else None
    return list(enumerate(below.entries)) if isinstance(below, strict_yaml.Sequence) else []


def _id(node: strict_yaml.Node) -> str | None:
    own = node.entries.get("id") if isinstance(node, strict_yaml.Mapping) else None
    return own.text if isinstance(own, strict_yaml.Scalar) else None
