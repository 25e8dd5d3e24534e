"""A map of somebody else's file of answers: which column is what. Staff edit it, so it is read as strictly as
instruments, and every key is a field of the classes below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal

from survey import problems as p
from survey.frozen import dataclass
from survey.located import Read
from survey.model import Reference
from survey.problems import Problem
from survey.values import read_whole

MARK = "responses"


def _form(name: str, **default: Any) -> Any:
    return field(metadata={"form": name}, **default)


@dataclass(frozen=True, kw_only=True)
class Coded:
    """A column whose cells stand for something: `values` says for what. Without it a cell stands for itself."""

    column: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question. `column` has its answers (or `columns`, one for each wave, where a row is a participation).

    Answers are numbers from `minimum` to `maximum`; `values` says which number stands for which words. With
    `categories` the words stand for themselves. `outcome` makes it a question about work or education, which
    `achieved` says to be reached by these cells. `missing` are cells that are no answer.
    """

    column: str | None = None
    columns: Mapping[str, str] = _form("item", default_factory=dict)
    text: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    reverse: bool = False
    categories: bool = False
    outcome: Literal["employment", "education"] | None = None
    achieved: tuple[str, ...] = ()

    @property
    def ends(self) -> tuple[float, float] | None:
        """The lowest and the highest number that could be answered: as they are said, else of the words' numbers; None
        where they are not known, or the one is not below the other."""
        numbers = self.values.values()
        least = min(numbers, default=None) if self.minimum is None else self.minimum
        most = max(numbers, default=None) if self.maximum is None else self.maximum
        return (least, most) if least is not None and most is not None and least < most else None


@dataclass(frozen=True, kw_only=True)
class Scored:
    """One dimension: scored from `items`, or there already as a score in `column` (or `columns`) on `range`."""

    title: str
    items: tuple[str, ...] = ()
    column: str | None = None
    columns: Mapping[str, str] = _form("item", default_factory=dict)
    missing: tuple[str, ...] = ()
    minimum_answered: int | None = None
    range: tuple[float, float] = (0, 100)
    higher_is: Literal["better", "worse"] = "better"
    measurement: Literal["reflective", "formative"] = "reflective"
    reference: Reference | None = None


@dataclass(frozen=True, kw_only=True)
class ColumnMap:
    """Which column is what. `responses` says what the answers are.

    `wave` is a column, where a row is a participation at a wave; without it a row is a participation, and questions
    name a column for each wave. `waves` are in their order: the first is at the start of the service. `instrument`
    names one of ours (`id@version`) that was asked elsewhere; then `items` says only where its answers stand.
    """

    responses: str
    language: str = _form("language", default="fi")
    sheet: str | None = None
    separator: str | None = None
    participation: str
    wave: Coded | None = None
    waves: tuple[str, ...] = _form("item", default=("start", "end"))
    service: Coded | None = None
    group: str | None = None
    arm: Coded | None = None
    person: str | None = None
    received: str | None = None
    answered_in: Coded | None = None
    channel: Coded | None = None
    helper: Coded | None = None
    missing: tuple[str, ...] = ()
    instrument: str | None = _form("pinned", default=None)
    items: Mapping[str, Question] = _form("item", default_factory=dict)
    dimensions: Mapping[str, Scored] = _form("item", default_factory=dict)

    @property
    def wide(self) -> bool:
        """Whether a row has all waves of a participation."""
        return self.wave is None

    def columns(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every column that the map names, with the keys that lead to it in the file."""
        for name in ("participation", "group", "person", "received"):
            if getattr(self, name) is not None:
                yield (name,), getattr(self, name)
        for name in ("wave", "service", "arm", "answered_in", "channel", "helper"):
            coded = getattr(self, name)
            if coded is not None:
                yield (name, "column"), coded.column
        for kind in ("items", "dimensions"):
            for id, one in getattr(self, kind).items():
                if one.column is not None:
                    yield (kind, id, "column"), one.column
                for wave, column in one.columns.items():
                    yield (kind, id, "columns", wave), column


def read(data: bytes, *, file: str) -> tuple[Read[ColumnMap] | None, tuple[Problem, ...]]:
    """The map in a file, None where it cannot be used, and every problem of it, sorted."""
    return read_whole(ColumnMap, data, file=file, mark=MARK, unknown=p.map_unknown, disagreements=_disagreements)


def _disagreements(read: Read[ColumnMap]) -> Iterator[Problem]:
    """What the values must agree on among themselves."""
    map = read.value
    for path, one in _answered(map):
        given = set(one.columns)
        if map.wide and one.column is not None and len(map.waves) > 1:
            yield p.map_column_of_wave(read.place(*path), name=path[-1], waves=map.waves)
        elif not map.wide and given:
            yield p.map_column_of_all(read.place(*path), name=path[-1])
        elif one.column is None and not given and not (isinstance(one, Scored) and one.items):
            yield p.map_column_none(read.place(*path), name=path[-1])
        for wave in sorted(given - {*map.waves}):
            yield p.map_wave_unknown(read.place(*path, "columns", wave), wave=wave, known=map.waves)
    for cell, wave in (map.wave.values if map.wave else {}).items():
        if wave not in map.waves:
            yield p.map_wave_unknown(read.place("wave", "values", cell), wave=wave, known=map.waves)
    for id, question in map.items.items():
        if map.instrument is None:
            yield from _limits(read, id, question)
    for id, dimension in map.dimensions.items():
        known = sorted(map.items)
        for item in dimension.items:
            if item not in map.items:
                yield p.map_item_unknown(read.place("dimensions", id), dimension=id, item=item, known=known)
    if map.instrument is not None and map.dimensions:
        yield p.map_dimensions_twice(read.place("dimensions"), instrument=map.instrument)
    if map.arm is not None:
        arms = ("intervention", "comparison")
        for cell, arm in map.arm.values.items():
            if arm not in arms:
                yield p.value_unknown(read.place("arm", "values", cell), key=f"arm.{cell}", value=arm, known=arms)


def _answered(map: ColumnMap) -> Iterator[tuple[tuple[str, str], Question | Scored]]:
    yield from ((("items", id), question) for id, question in map.items.items())
    yield from ((("dimensions", id), dimension) for id, dimension in map.dimensions.items())


def _limits(read: Read[ColumnMap], id: str, question: Question) -> Iterator[Problem]:
    """Numbers that count for a dimension need their ends: nobody can tell from answers which there could have been."""
    counted = {item for dimension in read.value.dimensions.values() for item in dimension.items}
    both = question.minimum is not None and question.maximum is not None
    if question.ends is None and (id in counted or both):
        yield p.map_limits_missing(read.place("items", id), item=id)
    if question.outcome is not None and not question.achieved:
        yield p.map_achieved_missing(read.place("items", id), item=id)


def slug(text: str, taken: set[str], *, otherwise: str) -> str:
    """An id for a word of somebody's file, unlike those that are taken, which it joins."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower().translate(str.maketrans("åäöéü", "aaoeu"))).strip("_")[:30]
    if not re.match("[a-z]", plain):
        plain = f"{otherwise}_{plain}".rstrip("_")
    id, n = plain, 1
    while id in taken:
        n += 1
        id = f"{plain}_{n}"
    taken.add(id)
    return id
