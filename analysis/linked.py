"""Which figures of linked tables may be shown, so that no small number can be worked out from all of them together.

Tables are linked where they tell sums of the same people: a service by language and by exit reason, under its kind and
under its provider. `analysis.suppression` does it for services in kinds alone. Everything here is sums of *cells*,
numbers of people that no two overlap: a table, its margins and a second hierarchy are all figures that tell some.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from analysis.bounds import Attack, Chosen, Closed, Sums

METHOD = (
    "secondary suppression by Gaussian elimination (Langsrud 2024), then by the bounds of linear and integer programs "
    "(Fischetti & Salazar 2001): a figure is hidden until every hidden number may differ by the threshold, or is "
    "known to be above it"
)
PRIME = 1_048_573
"""Sums are told apart modulo it: without rounding, and products of rows stay within 64 bits. That two that differ look
alike would hide more, never less."""

C = TypeVar("C", bound=Hashable)
F = TypeVar("F", bound=Hashable)
U = TypeVar("U", bound=Hashable)
Whole = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Choice(Generic[C, F]):
    """The figures that may be shown; those that fail by a number under the threshold, and those hidden beside them.

    `given_away` are sets of cells too small that what is known elsewhere tells, whatever is hidden here.
    """

    shown: frozenset[F]
    failing: frozenset[F]
    beside: frozenset[F]
    given_away: tuple[frozenset[C], ...] = ()
    method: str = METHOD


def crossed(
    counts: Mapping[U, tuple[int, ...]], figures: Mapping[F, Collection[U]]
) -> tuple[Mapping[tuple[U, int], int], Mapping[F, Sequence[frozenset[tuple[U, int]]]]]:
    """Cells and figures for `choose` of a table that tells several numbers in each row, all or none: those of whom
    something holds and the others, say. `counts` holds the numbers of each unit, `figures` the units of each row."""
    cells = {(unit, n): count for unit, numbers in counts.items() for n, count in enumerate(numbers)}
    width = len(next(iter(counts.values()), ()))
    rows = {f: [frozenset((unit, n) for unit in units) for n in range(width)] for f, units in figures.items()}
    return cells, rows


def choose(
    cells: Mapping[C, int],
    figures: Mapping[F, Sequence[Collection[C]]],
    minimum: int,
    *,
    prefer: Callable[[F], float] = lambda _: 0.0,
    known: Iterable[Collection[C]] = (),
    protect: Iterable[Collection[C]] = (),
    same: Iterable[tuple[Collection[C], Collection[C]]] = (),
    secondary: bool = True,
) -> Choice[C, F]:
    """The figures that may be shown.

    `cells` are numbers of people; a figure tells the sum of each of its sets of cells, all or none, and each must
    reach `minimum` (a zero does not: leave out cells that nobody can be in). Safe is who is not told, and can only be
    placed in an interval at least `minimum` wide or wholly at or above it: the sets of all figures, and all cells that
    the figures tell apart. Where figures must go, those that fewer `prefer`, then smaller ones go first.

    `known` are sets of cells whose sums are told elsewhere: in another table, in an earlier release. `protect` are sets
    that must be safe though no figure tells them: who has come since, say. `same` are pairs of sets that count the same
    people by different cells. Who knows besides which numbers are under the threshold cannot tell one exactly either.
    Who knows that larger figures are kept and learns from that is not reckoned with: `prefer` can say what goes first.

    With `secondary` off only failing figures are hidden: for tests, which must notice. Raises ValueError for a negative
    cell, a cell that there is not, and pairs whose sums differ.
    """
    sets = [frozenset(one) for one in known], [frozenset(one) for one in protect]
    table = _Table.of(cells, figures, *sets, [*same], minimum, prefer)
    failing = frozenset(table.names[n] for n in np.flatnonzero(~table.passing))
    if not secondary:
        return Choice(shown=frozenset(table.names) - failing, failing=failing, beside=frozenset())
    shown = _eliminated(table)
    shown, given_away = _attacked(table, shown)
    shown = _regained(table, shown)
    kept = frozenset(table.names[n] for n in np.flatnonzero(shown))
    return Choice(
        shown=kept,
        failing=failing,
        beside=frozenset(table.names) - failing - kept,
        given_away=tuple(table.members(n) for n in given_away),
    )


# --- the table as a matrix -------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Table(Generic[C, F]):
    """Sets × cells, after cells that no set tells apart are made one.

    The figures stand in the order in which they are kept, `tells` are their sets. The sets are those of the figures,
    what is `known` and what is `guarded`, then pairs that are the same (a plus and a minus half), then each cell.
    """

    minimum: int
    names: list[F]
    tells: list[list[int]]
    passing: Chosen
    matrix: sparse.csr_array
    totals: Whole
    numbers: Whole
    known: NDArray[np.intp]
    guarded: list[int]
    plain: int
    pairs: int
    cells: list[list[C]]

    @classmethod
    def of(
        cls,
        cells: Mapping[C, int],
        figures: Mapping[F, Sequence[Collection[C]]],
        known: Collection[frozenset[C]],
        protect: Collection[frozenset[C]],
        same: Collection[tuple[Collection[C], Collection[C]]],
        minimum: int,
        prefer: Callable[[F], float],
    ) -> _Table[C, F]:
        _check(cells, figures, [*known, *protect], same)

        def size(sets: Iterable[Collection[C]]) -> int:
            return sum(cells[cell] for one in sets for cell in one)

        names = sorted(figures, key=lambda f: (-prefer(f), -size(figures[f]), -sum(map(len, figures[f])), repr(f)))
        place: dict[frozenset[C], int] = {}
        tells = [[place.setdefault(frozenset(one), len(place)) for one in figures[f] if one] for f in names]
        told, guarded = (
            [place.setdefault(one, len(place)) for one in sorted(sets, key=lambda one: sorted(map(repr, one))) if one]
            for sets in (known, protect)
        )
        alike = _alike(cells, [*place, *(frozenset(half) for pair in same for half in pair)])
        matrix = _matrix([*place], same, alike)
        numbers = np.array([sum(cells[cell] for cell in group) for group in alike], dtype="int64")
        totals = matrix @ numbers
        return cls(
            minimum=minimum,
            names=names,
            tells=tells,
            passing=np.array([all(size([one]) >= minimum for one in figures[f]) for f in names], dtype=bool),
            matrix=matrix,
            totals=totals,
            numbers=numbers,
            known=np.array(sorted(set(told)), dtype=np.intp),
            guarded=guarded,
            plain=len(place),
            pairs=len(same),
            cells=alike,
        )

    def told(self, shown: Chosen) -> Chosen:
        """Which sets are told by the shown figures, elsewhere, or are the same."""
        told = np.zeros(len(self.totals), dtype=bool)
        told[self.known] = True
        told[self.plain : self.plain + self.pairs] = True
        told[[n for figure in np.flatnonzero(shown) for n in self.tells[figure]]] = True
        return told

    def targets(self) -> NDArray[np.intp]:
        """The sets that must be safe, each once: those of figures, and cells. Those under the threshold come first."""
        ours = (
            {n for sets in self.tells for n in sets}
            | {*self.guarded}
            | {*range(self.plain + self.pairs, len(self.totals))}
        )
        first: dict[tuple[int, ...], int] = {}
        for n in sorted(ours):
            first.setdefault(tuple(sorted(self._columns(n).tolist())), n)
        found = np.array(sorted(first.values()), dtype=np.intp)
        return found[np.argsort(self.totals[found] >= self.minimum, kind="stable")]

    def members(self, n: int) -> frozenset[C]:
        return frozenset(cell for column in self._columns(n) for cell in self.cells[column])

    def _columns(self, n: int) -> NDArray[np.intp]:
        columns: NDArray[np.intp] = self.matrix.indices[self.matrix.indptr[n] : self.matrix.indptr[n + 1]]
        return columns


def _check(
    cells: Mapping[C, int],
    figures: Mapping[F, Sequence[Collection[C]]],
    known: Iterable[Collection[C]],
    same: Iterable[tuple[Collection[C], Collection[C]]],
) -> None:
    negative = next((cell for cell, n in cells.items() if n < 0), None)
    if negative is not None:
        raise ValueError(f"Cell {negative!r} is negative. Give a number of people.")
    sets = [one for sets in figures.values() for one in sets] + [*known] + [half for pair in same for half in pair]
    strange = next((cell for one in sets for cell in one if cell not in cells), None)
    if strange is not None:
        raise ValueError(f"There is no cell {strange!r}. Give its number, or leave it out of what figures tell.")
    for one, other in same:
        if sum(cells[c] for c in one) != sum(cells[c] for c in other):
            raise ValueError(
                f"The cells of {sorted(map(repr, one))[0]} and {sorted(map(repr, other))[0]} do not count the same "
                "people: their sums differ. Leave the pair out of `same`."
            )


def _alike(cells: Iterable[C], sets: Sequence[frozenset[C]]) -> list[list[C]]:
    """The cells that no set tells apart, together; those in no set are left out."""
    within: dict[C, list[int]] = {}
    for n, one in enumerate(sets):
        for cell in one:
            within.setdefault(cell, []).append(n)
    groups: dict[tuple[int, ...], list[C]] = {}
    for cell in sorted(within, key=repr):
        groups.setdefault(tuple(within[cell]), []).append(cell)
    return [*groups.values()]


def _matrix(
    sets: Sequence[frozenset[C]], same: Iterable[tuple[Collection[C], Collection[C]]], alike: Sequence[Sequence[C]]
) -> sparse.csr_array:
    """The sets, then the pairs, then each of the cells that are alike."""
    column = {cell: n for n, group in enumerate(alike) for cell in group}
    rows = [
        *({column[cell]: 1 for cell in one} for one in sets),
        *({column[c]: 1 for c in one} | {column[c]: -1 for c in other} for one, other in same),
        *({n: 1} for n in range(len(alike))),
    ]
    at = [(n, there, sign) for n, row in enumerate(rows) for there, sign in sorted(row.items())]
    places, columns, signs = (np.array(values, dtype="int64") for values in zip(*at, strict=True)) if at else [[]] * 3
    return sparse.csr_array((signs, (places, columns)), shape=(len(rows), len(alike)), dtype="int64")


# --- what could be computed exactly ----------------------------------------------------------------------------------


def _eliminated(table: _Table[C, F]) -> Chosen:
    """The figures that can be shown, one after the other, so that no number under the threshold is a sum of theirs."""
    targets = table.targets()
    parts = _Parts.of(table, targets[table.totals[targets] < table.minimum])
    # What others give away anyway is left for the attack to find.
    parts.take(np.flatnonzero(table.told(np.zeros(len(table.names), dtype=bool))).tolist(), force=True)
    shown = table.passing.copy()
    for figure in np.flatnonzero(table.passing):
        shown[figure] = parts.take(table.tells[figure])
    return shown


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """A span for each part of the sets that has no cell in common with others."""

    table: sparse.csr_array
    part: NDArray[np.intp]
    place: NDArray[np.intp]
    spans: list[_Span]

    @classmethod
    def of(cls, table: _Table[C, F], targets: NDArray[np.intp]) -> _Parts:
        used = table.matrix[: table.plain + table.pairs]
        graph = (abs(used).T @ abs(used)).astype(bool)
        count, part = sparse.csgraph.connected_components(graph, directed=False)
        place = np.zeros(len(part), dtype=np.intp)
        spans = []
        for n in range(count):
            columns = np.flatnonzero(part == n)
            place[columns] = np.arange(len(columns))
            inside = [t for t in targets if part[table.matrix.indices[table.matrix.indptr[t]]] == n]
            spans.append(_Span(table.matrix[inside][:, columns].toarray() % PRIME))
        return cls(table=table.matrix, part=part, place=place, spans=spans)

    def take(self, rows: Iterable[int], *, force: bool = False) -> bool:
        """Adds sums, all or none: none if a target would be known then."""
        spans: list[_Span] = []
        for row in rows:
            span, sums = self._of(row)
            if not span.take(sums, force=force):
                for taken in reversed(spans):
                    taken.put_back()
                return False
            spans.append(span)
        for taken in spans:
            taken.keep()
        return True

    def tells(self, row: int) -> bool:
        """Whether a sum follows from those added."""
        span, sums = self._of(row)
        return not span.left_of(sums).any()

    def _of(self, row: int) -> tuple[_Span, Whole]:
        at = slice(self.table.indptr[row], self.table.indptr[row + 1])
        columns = self.table.indices[at]
        span = self.spans[self.part[columns[0]]]
        sums = np.zeros(span.width, dtype="int64")
        sums[self.place[columns]] = self.table.data[at] % PRIME
        return span, sums


class _Span:
    """What can be computed from some sums, and what that leaves of the targets (Langsrud 2024): reduced rows, modulo a
    prime. A target of which nothing is left is known."""

    def __init__(self, targets: Whole) -> None:
        self.width = targets.shape[1]
        self._targets = targets
        self._rows = np.zeros((self.width, self.width), dtype="int64")
        self._pivots: list[int] = []
        self._before: list[tuple[tuple[Whole, Whole], tuple[Whole, Whole]] | None] = []

    def take(self, sums: Whole, *, force: bool = False) -> bool:
        """Adds a sum, unless a target would be known then."""
        rank, left = len(self._pivots), self.left_of(sums)
        if not left.any():
            self._before.append(None)
            return True
        open = np.flatnonzero(left)
        # Where few targets have anything there is little to do, and little to fill in.
        pivot = int(open[np.argmin(np.count_nonzero(self._targets[:, open], axis=0))])
        left = left * pow(int(left[pivot]), -1, PRIME) % PRIME
        targets, rows = np.flatnonzero(self._targets[:, pivot]), np.flatnonzero(self._rows[:rank, pivot])
        reduced = (self._targets[targets] - np.outer(self._targets[targets, pivot], left)) % PRIME
        if not force and not reduced.any(axis=1).all():
            return False
        self._before.append(((targets, self._targets[targets]), (rows, self._rows[rows])))
        self._targets[targets] = reduced
        self._rows[rows] = (self._rows[rows] - np.outer(self._rows[rows, pivot], left)) % PRIME
        self._rows[rank] = left
        self._pivots.append(pivot)
        return True

    def left_of(self, sums: Whole) -> Whole:
        """What a sum adds to those there."""
        weights = sums[self._pivots]
        used = np.flatnonzero(weights)
        left: Whole = (sums - weights[used] @ self._rows[used]) % PRIME
        return left

    def put_back(self) -> None:
        """Takes the last sum out again."""
        before = self._before.pop()
        if before is not None:
            (targets, their), (rows, its) = before
            self._targets[targets], self._rows[rows] = their, its
            self._pivots.pop()

    def keep(self) -> None:
        """What was added stays."""
        self._before.clear()


# --- what could be told nearly ---------------------------------------------------------------------------------------


def _attacked(table: _Table[C, F], shown: Chosen) -> tuple[Chosen, list[int]]:
    """Hides more figures until attacks find every target safe; and the targets that nothing hidden makes so."""
    targets = table.targets()
    totals = table.totals.astype("float64")
    exactly = Sums(matrix=table.matrix, low=totals, high=totals)
    small = totals < table.minimum
    statuses = Sums(
        matrix=sparse.vstack([table.matrix, table.matrix[: table.plain]], format="csr"),
        low=np.concatenate([totals, np.where(small, 0, table.minimum)[: table.plain]]),
        high=np.concatenate([totals, np.where(small, table.minimum - 1, np.inf)[: table.plain]]),
    )
    reader = Attack(
        sums=exactly,
        targets=table.matrix[targets],
        width=table.minimum,
        enough=table.minimum,
        start=table.numbers.astype("float64"),
    )
    # That a figure is hidden tells who knows the rule something: at most, whether it is under the threshold.
    knowing = Attack(sums=statuses, targets=table.matrix[targets], width=1, start=table.numbers.astype("float64"))
    shown, lost = shown.copy(), set[int]()
    few = small[targets]
    # Numbers that are not small can only be mistaken for such: they come last, when little is left to hide.
    for attack, asked in ((reader, few), (knowing, few & (table.minimum > 1)), (reader, ~few)):
        while (found := _first(attack, table, shown, targets, asked, lost)) is not None:
            figures = _hideable(table, shown, found)
            if figures:
                shown[figures] = False
            else:
                lost.add(found.target)
    return shown, [int(targets[n]) for n in sorted(lost)]


def _regained(table: _Table[C, F], shown: Chosen) -> Chosen:
    """With the figures that were hidden for nothing: what others still tell exactly."""
    parts = _Parts.of(table, np.zeros(0, dtype=np.intp))
    told = np.flatnonzero(table.told(shown))
    parts.take(told.tolist())
    regained = shown.copy()
    for figure in np.flatnonzero(table.passing & ~shown):
        regained[figure] = all(parts.tells(row) for row in table.tells[figure])
    more = [row for figure in np.flatnonzero(regained & ~shown) for row in table.tells[figure]]
    if more:
        # Here two sums that only look alike modulo the prime would do harm.
        known, sums = table.matrix[told].toarray().T.astype("float64"), table.matrix[more].toarray().T
        weights = np.linalg.lstsq(known, sums, rcond=None)[0]
        return regained if np.allclose(known @ weights, sums, atol=1e-6) else shown
    return regained


def _first(
    attack: Attack, table: _Table[C, F], shown: Chosen, targets: NDArray[np.intp], asked: Chosen, lost: set[int]
) -> Closed | None:
    told = table.told(shown)
    open = asked & ~(told[targets] & (table.totals[targets] >= table.minimum))
    open[[*lost]] = False
    statuses = ~told[: len(attack.sums.low) - len(told)]
    return next(attack.closed(np.concatenate([told, statuses]), open), None)


def _hideable(table: _Table[C, F], shown: Chosen, found: Closed) -> list[int]:
    """The figures that tell the one sum, of those that give a target away, that one would miss least."""
    tellers = {row: list(_tellers(table, shown, row)) for row in found.sums if row not in table.known}
    tellers = {row: figures for row, figures in tellers.items() if figures}
    return max(tellers.values(), key=lambda figures: figures[0], default=[])


def _tellers(table: _Table[C, F], shown: Chosen, row: int) -> Iterator[int]:
    return (int(figure) for figure in np.flatnonzero(shown) if row in table.tells[figure])
