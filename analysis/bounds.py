"""How far known sums leave open whole numbers that nobody told: what an attacker does with a released table.

The ends of what a number can be are found by linear programming (HiGHS; Huangfu and Hall 2018). That a number is open
is only believed where whole numbers are found that fit every known sum and make it so; where the corners of the linear
program are not whole, by integer programming.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import LinearConstraint, linprog, milp

from analysis.scores import Floats

Chosen = NDArray[np.bool_]
NEAR = 1e-6
"""How far from a whole number the solver's answer may be."""
SEED = 7
FEW = 8
"""So many open questions are asked one by one."""
GUESSES = (-1.0, *(1.0,) * 24)
"""First all targets are made small, then large."""


class DoNotFitError(ValueError):
    """No whole numbers that are not negative have these sums."""


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Sums of numbers that are whole and not negative: row by row `low <= matrix @ numbers <= high`.

    `matrix` is sums × numbers, of 0, 1 and -1; `high` may be infinite.
    """

    matrix: sparse.csr_array
    low: Floats
    high: Floats


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A target that is known too well: two ends that its value is proved to lie between, if not nearer ones,
    and the sums that prove it."""

    target: int
    low: int
    high: int
    sums: tuple[int, ...]


@dataclass
class Attack:
    """Tries to work the targets out: sums of the same numbers, a row each (targets × numbers, of 0 and 1).

    A target is safe if its value may differ by `width`, or is `enough` at least. What was found open stays open
    when fewer sums are known, so sums may be taken away between two calls of `closed`, and none be added. `start` are
    numbers that fit, where they are known.
    """

    sums: Sums
    targets: sparse.csr_array
    width: int
    enough: float = np.inf
    start: Floats | None = None
    _least: Floats = field(init=False)
    _most: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._least = np.full(self.targets.shape[0], np.inf)
        self._most = np.full(self.targets.shape[0], -np.inf)
        if self.start is not None:
            self._see(self.start)

    def closed(self, known: Chosen, asked: Chosen) -> Iterator[Closed]:
        """Those of the `asked` targets that are not safe from who knows the `known` sums.

        Raises DoNotFitError where no numbers have these sums.
        """
        system = _System.of(self.sums, known, self.width)
        if self.start is None:
            self.start = system.whole_corner(np.zeros(system.left.shape[1]), np.arange(system.left.shape[1]))
            self._see(self.start)
        asked = asked & ~self._hold_enough(known)
        self._guess(system, asked)
        for target in np.flatnonzero(asked & ~self._open):
            if not self._open[target] and (found := self._work_out(system, int(target))) is not None:
                yield found

    def _hold_enough(self, known: Chosen) -> Chosen:
        """The targets that hold all of some known sum which is enough."""
        signed = np.diff(sparse.csr_array(self.sums.matrix < 0).indptr) > 0
        enough = self.sums.matrix[known & ~signed & (self.sums.low >= self.enough)]
        shared = sparse.csr_array(self.targets @ enough.T)
        inside = shared.data == np.diff(enough.indptr)[shared.indices]
        found = np.zeros(self.targets.shape[0], dtype=bool)
        found[np.repeat(np.arange(len(found)), np.diff(shared.indptr))[inside]] = True
        return found

    @property
    def _open(self) -> Chosen:
        open: Chosen = self._most - self._least >= self.width
        return open

    def _see(self, numbers: Floats) -> None:
        values = self.targets @ numbers
        np.minimum(self._least, values, out=self._least)
        np.maximum(self._most, values, out=self._most)

    def _see_part(self, numbers: Floats | None, columns: NDArray[np.intp]) -> None:
        """What one part may be besides, all others being as at the start."""
        if numbers is not None and self.start is not None:
            whole = self.start.copy()
            whole[columns] = numbers
            self._see(whole)

    def _guess(self, system: _System, asked: Chosen) -> None:
        """Numbers that fit and make many targets large or small at once: most are found open by a few of them."""
        rng = np.random.default_rng(SEED)
        columns = np.arange(system.left.shape[1])
        undecided = np.flatnonzero(asked & ~self._open)
        for sign in GUESSES if len(undecided) > FEW else ():
            weights = np.zeros(len(asked))
            weights[undecided] = sign * rng.uniform(0.5, 1, len(undecided))
            self._see_part(system.corner(self.targets.T @ weights, columns).whole, columns)
            before, undecided = len(undecided), np.flatnonzero(asked & ~self._open)
            if len(undecided) <= FEW or (sign > 0 and before - len(undecided) < before / 20):
                return

    def _work_out(self, system: _System, target: int) -> Closed | None:
        aim = self.targets[[target]].toarray()[0].astype("float64")
        columns = system.touched(np.flatnonzero(aim))
        ends = []
        for sign in (1.0, -1.0):
            corner = system.corner(sign * aim[columns], columns)
            self._see_part(corner.whole, columns)
            if self._open[target]:
                return None
            ends.append(corner)
        low, high = math.ceil(-ends[1].value - NEAR), math.floor(ends[0].value + NEAR)
        if low < self.enough and high - low >= self.width:
            # Corners that are not whole lie further apart than whole numbers may.
            low, high = self._whole_ends(system, target, aim[columns], columns, (low, high))
        elif low < self.enough <= self._least[target]:
            self._see_part(system.whole_corner(-aim[columns], columns), columns)
            low = int(self._least[target])
        if low >= self.enough or high - low >= self.width:
            return None
        return Closed(target=target, low=low, high=high, sums=tuple(sorted({*ends[0].sums, *ends[1].sums})))

    def _whole_ends(
        self, system: _System, target: int, aim: Floats, columns: NDArray[np.intp], ends: tuple[int, int]
    ) -> tuple[int, int]:
        """The ends that whole numbers reach, or two that lie far enough apart."""
        start = self._least[target] if self.start is None else self.start[columns]
        for value in (min(ends[0], self._least[target]), ends[0] + self.width):
            if not self._least[target] <= value <= self._most[target]:
                self._see_part(system.near(start, aim, value, columns), columns)
        if not self._open[target]:
            for sign in (1.0, -1.0):
                self._see_part(system.whole_corner(sign * aim, columns), columns)
        return int(self._least[target]), int(self._most[target])


def least(sums: Sums, weights: Floats) -> int:
    """The least that a weighted sum of the numbers can be. Raises DoNotFitError where no numbers have these sums."""
    system = _System.of(sums, np.ones(len(sums.low), dtype=bool), 0)
    found = system.whole_corner(-weights, np.arange(len(weights)))
    return round(float(weights @ found))


# --- what is known, made small ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Corner:
    """Numbers that make an aim as large as it can be: what it is then, they themselves where they are whole, and the
    sums that hold it there."""

    value: float
    whole: Floats | None
    sums: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class _System:
    """Known sums, each without the known sums inside it: what is left falls into parts with nothing in common.

    `steps @ sums` (of those known) are the sums `left`; `part` is that of each number. `reach` is more than any number
    need be to show a target open.
    """

    known: NDArray[np.intp]
    steps: sparse.csr_array
    left: sparse.csr_array
    low: Floats
    high: Floats
    part: NDArray[np.intp]
    reach: float

    @classmethod
    def of(cls, sums: Sums, known: Chosen, width: int) -> _System:
        rows = np.flatnonzero(known)
        matrix, low, high = sums.matrix[rows], sums.low[rows], sums.high[rows]
        exact = low == high
        steps = _remainders(matrix, exact)
        left = sparse.csr_array(steps @ matrix)
        left.eliminate_zeros()
        # Only sums known exactly are taken out of others, so both ends move alike.
        exactly = np.where(exact, low, 0.0)
        moved = steps @ exactly - exactly
        numbers = left.shape[1]
        graph = sparse.coo_array(
            (np.ones(left.nnz), (left.tocoo().coords[0] + numbers, left.indices)), shape=(numbers + len(rows),) * 2
        )
        part = sparse.csgraph.connected_components(graph, directed=False)[1][:numbers]
        reach = 2.0 * width + float(np.abs(low).sum() + np.abs(high[np.isfinite(high)]).sum())
        return cls(known=rows, steps=steps, left=left, low=low + moved, high=high + moved, part=part, reach=reach)

    def touched(self, columns: NDArray[np.intp]) -> NDArray[np.intp]:
        """The numbers in the same parts as these."""
        return np.flatnonzero(np.isin(self.part, self.part[columns]))

    def _within(self, columns: NDArray[np.intp]) -> tuple[NDArray[np.intp], sparse.csr_array]:
        """The sums of these numbers, by their places and as a matrix. Sums of none are met by all numbers."""
        if len(columns) == self.left.shape[1]:
            return np.arange(self.left.shape[0]), self.left
        inside = self.left[:, columns]
        rows = np.flatnonzero(np.diff(inside.indptr))
        return rows, inside[rows]

    def corner(self, aim: Floats, columns: NDArray[np.intp]) -> _Corner:
        """Where an aim over whole parts is greatest."""
        rows, inside = self._within(columns)
        low, high = self.low[rows], self.high[rows]
        exact, above, below = low == high, (low != high) & np.isfinite(high), (low != high) & (low > 0)
        found = linprog(
            -aim,
            A_eq=inside[exact],
            b_eq=low[exact],
            A_ub=sparse.vstack([inside[above], -inside[below]], format="csr"),
            b_ub=np.concatenate([high[above], -low[below]]),
            bounds=(0, self.reach),
            method="highs-ds",
        )
        if found.status == 2:
            raise DoNotFitError("No whole numbers have these sums.")
        if found.status != 0:
            raise ArithmeticError(f"The linear program was not solved: {found.message}")
        weights = np.zeros(len(self.known))
        weights[rows[exact]] = found.eqlin.marginals
        for side, part in zip((above, below), np.split(found.ineqlin.marginals, [int(above.sum())]), strict=True):
            weights[rows[side]] += part
        holding = self.known[np.abs(self.steps.T @ weights) > NEAR]
        return _Corner(value=float(-found.fun), whole=self._whole(found.x, rows, inside), sums=tuple(holding.tolist()))

    def near(self, start: Floats, aim: Floats, value: float, columns: NDArray[np.intp]) -> Floats | None:
        """Numbers as near as can be to some that fit, with an aim over whole parts at a value; None if not whole.

        They differ by few steps round the sums, which mostly are whole where a corner is not.
        """
        rows, inside = self._within(columns)
        moves = sparse.hstack([inside, -inside], format="csr")
        low, high = self.low[rows] - inside @ start, self.high[rows] - inside @ start
        exact, above, below = low == high, (low != high) & np.isfinite(high), (low != high) & np.isfinite(low)
        found = linprog(
            np.ones(2 * len(start)),
            A_eq=sparse.vstack([moves[exact], sparse.csr_array([[*aim, *-aim]])], format="csr"),
            b_eq=[*low[exact], value - aim @ start],
            A_ub=sparse.vstack([moves[above], -moves[below]], format="csr"),
            b_ub=np.concatenate([high[above], -low[below]]),
            bounds=[*((0, self.reach) for _ in start), *((0, at) for at in start)],
            method="highs-ds",
        )
        up, down = np.split(found.x, 2) if found.status == 0 else (np.nan, np.nan)
        return self._whole(start + up - down, rows, inside) if found.status == 0 else None

    def _whole(self, numbers: Floats, rows: NDArray[np.intp], inside: sparse.csr_array) -> Floats | None:
        """The numbers without the solver's tolerance, if they were whole but for it and fit."""
        whole: Floats = np.round(numbers)
        sums = inside @ whole
        fits = np.all(sums >= self.low[rows]) and np.all(sums <= self.high[rows])
        return whole if fits and np.all(np.abs(numbers - whole) < NEAR) else None

    def whole_corner(self, aim: Floats, columns: NDArray[np.intp]) -> Floats:
        """Whole numbers that make an aim over whole parts greatest. Raises DoNotFitError where there are none."""
        rows, inside = self._within(columns)
        constraints = [LinearConstraint(inside, self.low[rows], self.high[rows])] if len(rows) else []
        found = milp(-aim, integrality=np.ones(len(columns)), bounds=(0, self.reach), constraints=constraints)
        whole = None if found.x is None else self._whole(found.x, rows, inside)
        if found.status == 2:
            raise DoNotFitError("No whole numbers have these sums.")
        if found.status != 0 or whole is None:
            raise ArithmeticError(f"The integer program was not solved: {found.message}")
        return whole


def _remainders(matrix: sparse.csr_array, exact: Chosen) -> sparse.csr_array:
    """The steps that take out of each sum the largest sums inside it that are known exactly and do not overlap.

    Wider sums lose narrower ones only, so no information is lost. Of a sum with minus signs both halves lose them.
    """
    sizes = np.diff(matrix.indptr)
    signed = np.diff(sparse.csr_array(matrix < 0).indptr) > 0
    plain = exact & ~signed & (sizes > 0)
    rank = np.argsort(np.argsort(np.where(plain, sizes, sizes.max(initial=0) + 1), kind="stable"), kind="stable")
    rows: list[int] = []
    columns: list[int] = []
    steps: list[float] = []
    inner = np.flatnonzero(plain)
    for sign in (1, -1):
        half = (matrix == sign).astype(np.int64)
        overlap = sparse.csr_array(half @ matrix[inner].T)
        for row in np.flatnonzero((np.diff(half.indptr) > 1) | (signed & (np.diff(half.indptr) > 0))):
            at = slice(overlap.indptr[row], overlap.indptr[row + 1])
            others = inner[overlap.indices[at]]
            inside = others[(overlap.data[at] == sizes[others]) & (rank[others] < rank[row])]
            rest = set(half.indices[half.indptr[row] : half.indptr[row + 1]].tolist())
            for other in inside[np.lexsort((rank[inside], -sizes[inside]))]:
                its = matrix.indices[matrix.indptr[other] : matrix.indptr[other + 1]].tolist()
                if rest.issuperset(its):
                    rest.difference_update(its)
                    rows.append(int(row))
                    columns.append(int(other))
                    steps.append(-float(sign))
    shape = (len(sizes), len(sizes))
    return sparse.csr_array(sparse.eye_array(len(sizes)) + sparse.coo_array((steps, (rows, columns)), shape=shape))
