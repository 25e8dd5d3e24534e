"""Least squares with standard errors that hold where spreads differ, or where people come in groups.

Nothing here is as large as rows × rows: a cluster enters by its principal directions, at most as many as there are
coefficients, so that a person alone costs one row and a group of thousands costs a few.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, stats
from scipy.linalg import solve_triangular

from analysis import AnalysisError
from analysis.change import FEW_GROUPS, FEWEST_CLUSTERS, FEWEST_DEGREES
from analysis.scores import Floats
from survey.marking import _

Codes = NDArray[np.int64]
Variance = Literal["HC2", "HC3", "CR1", "CR2"]

METHODS: Mapping[Variance, str] = {
    "HC2": "least squares, HC2 variance and t with n - k degrees of freedom (MacKinnon & White 1985)",
    "HC3": "least squares, HC3 variance and t with n - k degrees of freedom (MacKinnon & White 1985)",
    "CR1": "least squares, CR1 variance by cluster and t with clusters - 1 degrees of freedom (Liang & Zeger 1986)",
    "CR2": "least squares, CR2 variance by cluster and Satterthwaite degrees of freedom "
    "(Bell & McCaffrey 2002; Pustejovsky & Tipton 2018)",
}

DEPENDENT = 1e-9
"""A column of which no more than this part is left is a mix of those before it."""
DECIDED = 1e-10
"""A direction of a cluster's rows with no more than this left for residuals is fitted exactly."""
ROUNDING = 1e-8
"""What is this small beside its whole comes of rounding."""

ONE_CLUSTER = _("Everyone comes from one group: no interval, as one group cannot show how much groups differ.")
ALONE = _("One person or one group alone decides this figure: no interval, as nothing shows how others would differ.")
NO_SPREAD = _("The outcome does not vary beside this figure, so there is no interval.")


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure with its standard error, degrees of freedom and interval, in the outcome's units.

    `reason` says why there is no interval, or why to take it with care.
    """

    estimate: float
    se: float | None = None
    df: float | None = None
    interval: tuple[float, float] | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Regression:
    """The coefficients of a regression by name, from `n` rows; `clusters` is None where rows are on their own."""

    n: int
    clusters: int | None
    coefficients: Mapping[str, Estimate]
    method: str


def ols(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    *,
    variance: Variance = "HC2",
    cluster: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Regression:
    """The least squares fit of y (rows) on x (rows × coefficients, the intercept among them where there is one).

    HC2 and HC3: MacKinnon and White (1985). CR1: with the factor G/(G-1) (N-1)/(N-k), as in Stata. CR2: Bell and
    McCaffrey (2002), the degrees of freedom as in Pustejovsky and Tipton (2018, eq. 11), working model independent
    with equal variances. `cluster` is for CR1 and CR2: see `cluster_codes`. A coefficient that one cluster (HC: one
    row) alone decides has no interval: its residuals are zero whatever happened. Raises AnalysisError for missing
    values and for columns that are a mix of others.
    """
    y, x = np.asarray(y, dtype="float64"), np.asarray(x, dtype="float64")
    if (cluster is not None) != (variance in ("CR1", "CR2")):
        raise ValueError("CR1 and CR2 need clusters, HC2 and HC3 take none")
    check_columns(x, names, y)
    codes = np.arange(len(y)) if cluster is None else cluster_codes(cluster)
    basis, triangle = np.linalg.qr(x)
    loads = solve_triangular(triangle, np.eye(len(names)))
    fitted = basis.T @ y
    pieces = _pieces(basis, y - basis @ fitted, codes)
    found = _uncertainty(variance, pieces, loads, rows=len(y))
    scale = math.sqrt(float(np.square(y).sum()))
    return Regression(
        n=len(y),
        clusters=None if cluster is None else pieces.clusters,
        coefficients={
            name: _estimate(
                float(loads[n] @ fitted),
                found.variance[n],
                found.df[n],
                floor=ROUNDING * 1e-2 * float(np.linalg.norm(loads[n])) * scale,
                clusters=None if cluster is None else pieces.clusters,
                alone=bool(found.alone[n]),
                confidence=confidence,
            )
            for n, name in enumerate(names)
        },
        method=METHODS[variance],
    )


def check_columns(x: Floats, names: Sequence[str], *others: Floats) -> None:
    """Raises AnalysisError where values are missing or a column is a mix of those before it."""
    if not all(np.isfinite(values).all() for values in (x, *others)):
        raise AnalysisError("Some values are missing. Leave out the rows that lack one, and say how many they are.")
    kept = independent(x)
    if len(kept) < len(names):
        mixed = ", ".join(name for n, name in enumerate(names) if n not in kept)
        raise AnalysisError(f"These columns say nothing beyond those before them: {mixed}. Leave them out.")


def independent(x: Floats) -> list[int]:
    """The columns of x (rows × columns) that are no mix of those before them: what a regression can tell apart."""
    kept: list[int] = []
    basis = np.empty((len(x), 0))
    for n, column in enumerate(x.T):
        left = column - basis @ (basis.T @ column)
        # Once more, as the first time leaves rounding of the size of the column.
        left = left - basis @ (basis.T @ left)
        size = float(np.linalg.norm(left))
        if size > DEPENDENT * float(np.linalg.norm(column)):
            kept.append(n)
            basis = np.column_stack([basis, left / size])
    return kept


def cluster_codes(cluster: ArrayLike) -> Codes:
    """The number of each row's cluster, from 0. Rows whose label is empty text are clusters of their own."""
    labels = np.asarray(cluster).astype(str)
    alone = labels == ""
    names, codes = np.unique(labels[~alone], return_inverse=True)
    numbers = np.empty(len(labels), dtype="int64")
    numbers[~alone] = codes
    numbers[alone] = len(names) + np.arange(alone.sum())
    return numbers


# --- by cluster ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pieces:
    """The principal directions of each cluster's rows of an orthonormal basis Q.

    With Q_g = U S V' the rows of cluster g: `directions` are the columns of V, `leverage` is S^2 (what of the
    direction the fit takes up) and `residual` is S U' e_g. `owners` is clusters × directions, one where it is theirs.
    """

    owners: Any
    directions: Floats
    leverage: Floats
    residual: Floats

    @property
    def clusters(self) -> int:
        return int(self.owners.shape[0])


def _pieces(basis: Floats, residuals: Floats, codes: Codes) -> _Pieces:
    sizes = np.bincount(codes)
    single = sizes[codes] == 1
    size = np.sqrt(np.square(basis[single]).sum(axis=1))
    owners, directions = [codes[single]], [basis[single] / np.where(size > 0, size, 1.0)[:, None]]
    leverage, along = [size**2], [size * residuals[single]]
    order, ends = np.argsort(codes, kind="stable"), np.cumsum(sizes)
    for code in np.flatnonzero(sizes > 1):
        rows = order[ends[code] - sizes[code] : ends[code]]
        left, values, right = np.linalg.svd(basis[rows], full_matrices=False)
        owners.append(np.full(len(values), code))
        directions.append(right)
        leverage.append(values**2)
        along.append(values * (left.T @ residuals[rows]))
    owner = np.concatenate(owners)
    ones = (np.ones(len(owner)), (owner, np.arange(len(owner))))
    return _Pieces(
        owners=sparse.csr_array(ones, shape=(len(sizes), len(owner))),
        directions=np.concatenate(directions),
        leverage=np.concatenate(leverage),
        residual=np.concatenate(along),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Uncertainty:
    """For each coefficient: its variance, degrees of freedom, and whether one cluster alone decides it."""

    variance: Floats
    df: Floats
    alone: NDArray[np.bool_]


def _uncertainty(variance: Variance, pieces: _Pieces, loads: Floats, *, rows: int) -> _Uncertainty:
    left = 1 - pieces.leverage
    decided = left <= DECIDED
    power = {"HC2": -0.5, "HC3": -1.0, "CR1": 0.0, "CR2": -0.5}[variance]
    inflated = np.where(decided, 0.0, np.where(decided, 1.0, left) ** power)
    shares = pieces.directions @ loads.T
    sums = pieces.owners @ (shares * (inflated * pieces.residual)[:, None])
    found = np.square(sums).sum(axis=0)
    coefficients, clusters = len(loads), pieces.clusters
    df = np.full(coefficients, float(rows - coefficients))
    if variance == "CR1":
        found = found * clusters / max(clusters - 1, 1) * (rows - 1) / max(rows - coefficients, 1)
        df = np.full(coefficients, float(clusters - 1))
    if variance == "CR2":
        df = np.array([_satterthwaite(pieces, inflated, shares[:, n]) for n in range(coefficients)])
    largest = np.abs(shares[decided]).max(axis=0, initial=0.0)
    return _Uncertainty(variance=found, df=df, alone=largest > ROUNDING * np.linalg.norm(loads, axis=1))


def _satterthwaite(pieces: _Pieces, inflated: Floats, shares: Floats) -> float:
    """trace(P)^2 / trace(P^2), P = diag(d) - C C' being clusters × clusters and C clusters × coefficients.

    P holds the products of the vectors (I - H)_g' A_g X_g (X'X)^-1; its traces need d and C alone.
    """
    own = pieces.owners @ (pieces.leverage * np.square(inflated * shares))
    taken = pieces.owners @ ((pieces.leverage * inflated * shares)[:, None] * pieces.directions)
    both = np.square(taken).sum(axis=1)
    trace = float((own - both).sum())
    squares = float((own**2 - 2 * own * both).sum() + np.square(taken.T @ taken).sum())
    return trace**2 / squares if squares > 0 else 0.0


def _estimate(
    estimate: float,
    variance: float,
    df: float,
    *,
    floor: float,
    clusters: int | None,
    alone: bool,
    confidence: float,
) -> Estimate:
    """An estimate with its interval, or the reason why there is none. `floor` is a standard error of rounding."""
    se = math.sqrt(variance)
    if clusters == 1:
        return Estimate(estimate=estimate, reason=ONE_CLUSTER)
    if alone or df <= 0:
        return Estimate(estimate=estimate, reason=ALONE)
    if se <= floor:
        return Estimate(estimate=estimate, reason=NO_SPREAD)
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * se
    rough = clusters is not None and (clusters < FEWEST_CLUSTERS or df < FEWEST_DEGREES)
    interval = (estimate - reach, estimate + reach)
    return Estimate(estimate=estimate, se=se, df=float(df), interval=interval, reason=FEW_GROUPS if rough else None)
