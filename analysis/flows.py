"""Who was where at each of several times: statuses over waves, for pictures of how people moved."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

UNANSWERED = "unanswered"
"""The status of who is not known at a time: they are drawn too, as leaving them out would make the others look more."""

Path = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """How many people went which way: `paths` has the number of each combination of statuses, one for each of `times`,
    those that nobody took too. `statuses` are in their order. `told` are sets of paths whose sum other tables tell."""

    times: tuple[str, ...]
    statuses: tuple[str, ...]
    paths: Mapping[Path, int]
    told: tuple[frozenset[Path], ...] = ()

    def at(self, time: int, *statuses: str) -> frozenset[Path]:
        """The paths that have one of some statuses at a time, by its place."""
        return frozenset(path for path in self.paths if path[time] in statuses)

    def step(self, time: int, start: str, end: str) -> frozenset[Path]:
        """The paths that go from one status at a time to another at the next."""
        return frozenset(path for path in self.paths if path[time] == start and path[time + 1] == end)


def flow_of(statuses: pd.DataFrame, order: Sequence[str]) -> Flow:
    """The flow of people (rows) over times (columns, in their order); missing is `unanswered`.

    Statuses that nobody has at any time are left out. `order` is that of the statuses.
    """
    filled = statuses.fillna(UNANSWERED).astype(str)
    there = [{*filled[time]} for time in filled.columns]
    known = [status for status in (*order, UNANSWERED) if any(status in found for found in there)]
    taken = Counter(tuple(row) for row in filled.itertuples(index=False, name=None))
    every = itertools.product(*([status for status in known if status in found] for found in there))
    return Flow(
        times=tuple(map(str, filled.columns)),
        statuses=tuple(known),
        paths={path: taken[path] for path in every},
    )
