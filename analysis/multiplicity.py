"""Several tests at once: p-values adjusted so that chance findings stay rare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

HOLM = "step-down Bonferroni (Holm 1979): the chance of any false finding among all tests"
BENJAMINI_HOCHBERG = (
    "step-up (Benjamini & Hochberg 1995): the expected share of false findings among the findings, for tests that "
    "are independent or positively dependent"
)


@dataclass(frozen=True, kw_only=True)
class AdjustedP:
    """The adjusted p-values of `n` tests, in their order."""

    n: int
    p: tuple[float, ...]
    method: str


def holm(p: Sequence[float]) -> AdjustedP:
    """Holm's adjusted p-values: the largest of (n - j + 1) p(j) up to each one's place, at most 1.

    Raises ValueError where a p-value is missing or not between 0 and 1.
    """
    values = _checked(p)
    order = np.argsort(values, kind="stable")
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1)), 1)
    return AdjustedP(n=len(values), p=tuple(adjusted.tolist()), method=HOLM)


def benjamini_hochberg(p: Sequence[float]) -> AdjustedP:
    """Benjamini and Hochberg's adjusted p-values: the least of n p(j)/j from each one's place on, at most 1.

    Raises ValueError where a p-value is missing or not between 0 and 1.
    """
    values = _checked(p)
    adjusted = stats.false_discovery_control(values, method="bh") if len(values) else values
    return AdjustedP(n=len(values), p=tuple(float(value) for value in adjusted), method=BENJAMINI_HOCHBERG)


def _checked(p: Sequence[float]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.asarray(p, dtype="float64").reshape(-1)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("Every p-value must be a number from 0 to 1: leave out the tests that gave none.")
    return values
