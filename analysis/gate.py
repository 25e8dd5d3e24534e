"""The gate before a release: attacks what is to leave, together with what has left before, and refuses what gives way.

It knows no more than a reader: the released numbers, that people are whole, and which rows lie in which. So it does not
rest on how cells were hidden, and an earlier release needs nothing but its `results.json`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from analysis import AnalysisError
from analysis.bounds import Attack, Closed, DoNotFitError, Sums, least

METHOD = (
    "interval attack by linear and integer programs (Fischetti & Salazar 2001) on all rows of linked tables and of "
    "earlier releases (differencing)"
)
SAID = 5
"""A refusal names so many numbers; the rest are counted."""

Between = tuple[int, int]
"""The least and the greatest number of people that a released figure may stand for."""
Parts = frozenset[str]


class ReleaseRefused(AnalysisError):
    """Something small can be worked out. The message says what, where, and what to do."""

    def __init__(self, attacked: Attacked) -> None:
        self.attacked = attacked
        more = len(attacked.recovered) - SAID
        said = [found.sentence for found in attacked.recovered[:SAID]]
        super().__init__("\n".join(["Not released.", *said, *([f"And {more} more."] if more > 0 else []), TO_DO]))


TO_DO = (
    "Hide one of the rows that each follows from, or show wider places only. Where it is who has come since an earlier "
    "release, wait until enough people have, or show the earlier figures again."
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """The people of some units (services, say), as a table tells them.

    `told` holds numbers of people by the parts that they fall into, `parts` of the table; parts that it does not tell
    are hidden. `where` names the row in a message, and is the same in all releases.
    """

    where: str
    units: frozenset[str]
    told: Mapping[Parts, Between] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A released table: each person of a unit is in one of its `parts`.

    Tables with the same `population` count the same people, each by parts of its own. A name stands for the same
    numbers in all releases. Rows that are hidden belong here too, without numbers: they are what is attacked.
    """

    name: str
    rows: tuple[Row, ...]
    parts: tuple[str, ...] = ("people",)
    population: str | None = None

    @property
    def units(self) -> frozenset[str]:
        return frozenset(unit for row in self.rows for unit in row.units)


@dataclass(frozen=True, kw_only=True)
class Released:
    """Tables that leave, or have left, together. `made` is when."""

    made: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """A number that can be worked out: that of a part of a row, or of those who have come into it after a release
    (`since`); between what it lies, and the rows that it follows from."""

    table: str
    where: str
    part: str
    since: str | None
    low: int
    high: int
    follows_from: tuple[str, ...]

    @property
    def sentence(self) -> str:
        number = f"is {self.low}" if self.low == self.high else f"is between {self.low} and {self.high}"
        added = "" if self.since is None else f", of those who have come since the release of {self.since},"
        what = f"the number of '{self.part}' in {self.where}{added} {number}"
        return f"Table '{self.table}': {what}. It follows from: {'; '.join(self.follows_from)}."


@dataclass(frozen=True, kw_only=True)
class Attacked:
    """What an attack found: how many numbers it asked after (`n`), and those that can be worked out."""

    n: int
    minimum: int
    recovered: tuple[Recovered, ...]
    method: str = METHOD


def check(release: Released, earlier: Sequence[Released] = (), *, minimum: int = 5) -> Attacked:
    """What `attack` found, which is nothing. Raises ReleaseRefused otherwise, and AnalysisError as `attack` does."""
    attacked = attack(release, earlier, minimum=minimum)
    if attacked.recovered:
        raise ReleaseRefused(attacked)
    return attacked


def attack(release: Released, earlier: Sequence[Released] = (), *, minimum: int = 5) -> Attacked:
    """Tries to work out every number of every row and unit of a release, and of who came since `earlier` ones (oldest
    first, of the same people and those who came later).

    Recovered is what lies in an interval less than `minimum` wide that begins below it. Nobody having come at all
    between two releases is not: then nothing new is told. Raises AnalysisError where the rows of a table contradict
    each other.
    """
    n, recovered = 0, list[Recovered]()
    for group in _groups(release):
        asked, found = _attacked(group, [*earlier, release], minimum)
        n += asked
        recovered += found
    return Attacked(n=n, minimum=minimum, recovered=tuple(recovered))


def _groups(release: Released) -> list[set[str]]:
    """The names of tables that have people in common, together."""
    groups: dict[str, set[str]] = {}
    for table in release.tables:
        key = f"table {table.name}" if table.population is None else f"population {table.population}"
        groups.setdefault(key, set()).add(table.name)
    return [*groups.values()]


# --- the numbers that nobody told ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Target:
    """A set of numbers that must not be worked out, and its name; `whole` is the same people in all parts, where those
    who have come `since` an earlier release are meant."""

    table: str
    where: str
    part: str
    numbers: frozenset[int]
    since: str | None = None
    whole: frozenset[int] = frozenset()


class _Linked:
    """The tables of a group in all releases, as sums of numbers that nobody told: of a table, a unit and a part, those
    whom all releases count from one to another.

    People come between releases and stay; with `leaving`, they may leave as well, as few as can be.
    """

    def __init__(self, names: set[str], releases: Sequence[Released], *, leaving: bool) -> None:
        self.releases = [(r.made, [t for t in r.tables if t.name in names]) for r in releases]
        self._last = len(releases) - 1
        self._by: dict[tuple[str, str, str], list[int]] = {}
        self._spans: list[tuple[int, int]] = []
        self.labels: list[str] = []
        self._rows: list[Mapping[int, int]] = []
        self._between: list[tuple[float, float]] = []
        for at, (_made, tables) in enumerate(self.releases):
            for table in tables:
                self._add_numbers(table, at, leaving=leaving)
        for at, (made, tables) in enumerate(self.releases):
            for table in tables:
                self._add_table(table, at, made)
            self._add_links(tables, at)

    def _add_numbers(self, table: Table, at: int, *, leaving: bool) -> None:
        for unit in sorted(table.units):
            for part in table.parts:
                for end in range(at, self._last + 1) if leaving else (self._last,):
                    self._by.setdefault((table.name, unit, part), []).append(len(self._spans))
                    self._spans.append((at, end))

    def numbers(
        self, table: str, units: Iterable[str], parts: Iterable[str], at: int, after: int = -1
    ) -> frozenset[int]:
        """The numbers that a release counts, of those who came after another."""
        return frozenset(
            n
            for unit in units
            for part in parts
            for n in self._by.get((table, unit, part), ())
            if after < self._spans[n][0] <= at <= self._spans[n][1]
        )

    def _add_table(self, table: Table, at: int, made: str) -> None:
        for row in table.rows:
            for parts, between in row.told.items():
                told = " and ".join(part for part in table.parts if part in parts)
                label = row.where if len(table.parts) == 1 else f"{told} in {row.where}"
                self.labels.append(label if at == self._last else f"{label} in the release of {made}")
                self._rows.append(dict.fromkeys(self.numbers(table.name, row.units, parts, at), 1))
                self._between.append(between)

    def _add_links(self, tables: Sequence[Table], at: int) -> None:
        """Tables of one population have as many people in each unit."""
        for one, other in itertools.pairwise(tables):
            for unit in sorted(one.units & other.units):
                self.labels.append(f"that '{one.name}' and '{other.name}' count the same people")
                halves = [self.numbers(table.name, [unit], table.parts, at) for table in (one, other)]
                self._rows.append(dict.fromkeys(halves[0], 1) | dict.fromkeys(halves[1], -1))
                self._between.append((0, 0))

    def sums(self) -> Sums:
        low, high = np.array(self._between, dtype="float64").reshape(-1, 2).T
        return Sums(matrix=_matrix(self._rows, len(self._spans)), low=low, high=high)

    def let_few_leave(self) -> None:
        """As few as can be have left before the last release. Raises DoNotFitError where that does not help either."""
        left = [n for n, (_start, end) in enumerate(self._spans) if end < self._last]
        weights = np.zeros(len(self._spans))
        weights[left] = 1
        fewest = least(self.sums(), weights)
        self.labels.append("that few have left")
        self._rows.append(dict.fromkeys(left, 1))
        self._between.append((fewest, fewest))

    def targets(self) -> Iterator[_Target]:
        """Rows of the last release, then who came to them after each earlier one, then each unit and time."""
        tables = self.releases[-1][1]
        for table in tables:
            for row, part in itertools.product(table.rows, table.parts):
                numbers = self.numbers(table.name, row.units, [part], self._last)
                yield _Target(table=table.name, where=row.where, part=part, numbers=numbers)
        for table in tables:
            yield from self._come(table)
        for table in tables:
            yield from self._each(table)

    def _come(self, table: Table) -> Iterator[_Target]:
        """Who came to rows that are told now and were told in an earlier release."""
        for after, (made, tables) in enumerate(self.releases[:-1]):
            before = {row.where for t in tables if t.name == table.name for row in t.rows if row.told}
            rows = [row for row in table.rows if row.told and row.where in before]
            for row, part in itertools.product(rows, table.parts):
                yield _Target(
                    table=table.name,
                    where=row.where,
                    part=part,
                    since=made,
                    numbers=self.numbers(table.name, row.units, [part], self._last, after),
                    whole=self.numbers(table.name, row.units, table.parts, self._last, after),
                )

    def _each(self, table: Table) -> Iterator[_Target]:
        for unit, part in itertools.product(sorted(table.units), table.parts):
            for start in range(self._last + 1):
                numbers = self._came(table.name, unit, [part], start)
                yield _Target(
                    table=table.name,
                    where=f"'{unit}'",
                    part=part,
                    since=self.releases[start - 1][0] if start else None,
                    numbers=numbers,
                    whole=self._came(table.name, unit, table.parts, start) if start else frozenset(),
                )

    def _came(self, table: str, unit: str, parts: Iterable[str], start: int) -> frozenset[int]:
        """The numbers of those still there who are first counted by a release."""
        there = self.numbers(table, [unit], parts, self._last, start - 1)
        return frozenset(n for n in there if self._spans[n][0] == start)


def _matrix(rows: Sequence[Mapping[int, int]], width: int) -> sparse.csr_array:
    places = [n for n, row in enumerate(rows) for _ in row]
    columns = [column for row in rows for column in row]
    values = [float(sign) for row in rows for sign in row.values()]
    return sparse.csr_array((values, (places, columns)), shape=(len(rows), width))


# --- the attack ------------------------------------------------------------------------------------------------------


def _attacked(names: set[str], releases: Sequence[Released], minimum: int) -> tuple[int, list[Recovered]]:
    """How many numbers of a group of tables were asked after, and those found."""
    linked = _Linked(names, releases, leaving=False)
    try:
        return _found(linked, minimum)
    except DoNotFitError:
        linked = _Linked(names, releases, leaving=True)
    try:
        linked.let_few_leave()
        return _found(linked, minimum)
    except DoNotFitError as error:
        listed = ", ".join(f"'{name}'" for name in sorted(names))
        raise AnalysisError(
            f"The rows of {listed} contradict each other: no numbers of people have these sums. Check "
            "that all rows, and all earlier releases, are of the same people."
        ) from error


def _found(linked: _Linked, minimum: int) -> tuple[int, list[Recovered]]:
    named: dict[frozenset[int], _Target] = {}
    for target in linked.targets():
        if target.numbers:
            named.setdefault(target.numbers, target)
    asked = [*dict.fromkeys([*named, *(target.whole for target in named.values() if target.whole)])]
    if not asked:
        return 0, []
    sums = linked.sums()
    matrix = _matrix([dict.fromkeys(sorted(numbers), 1) for numbers in asked], sums.matrix.shape[1])
    attack = Attack(sums=sums, targets=matrix, width=minimum, enough=minimum)
    known, all = np.ones(len(sums.low), dtype=bool), np.ones(len(asked), dtype=bool)
    closed = {asked[one.target]: one for one in attack.closed(known, all)}
    nobody = {numbers for numbers, one in closed.items() if one.high == 0}
    return len(named), [
        _recovered(linked, target, closed[numbers])
        for numbers, target in named.items()
        if numbers in closed and target.whole not in nobody
    ]


def _recovered(linked: _Linked, target: _Target, closed: Closed) -> Recovered:
    return Recovered(
        table=target.table,
        where=target.where,
        part=target.part,
        since=target.since,
        low=closed.low,
        high=closed.high,
        follows_from=tuple(dict.fromkeys(linked.labels[n] for n in closed.sums)),
    )
