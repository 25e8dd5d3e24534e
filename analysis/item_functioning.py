"""Whether an item works alike for everyone, or people of different groups with the same score answer it differently."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special, stats

from analysis.quality import NOT_CONVERGED, SAME, STATIONARY, names_by_place, numbers_by_place
from analysis.scores import Floats
from survey.marking import _

DIF_METHOD = (
    "Ordinal logistic regression on the matching score, the group, and both multiplied (Zumbo 1999), by likelihood "
    "ratios of independent cases; change of R² (Nagelkerke 1991)"
)

FEWEST_IN_GROUP = 200
"""The rule of thumb for each group in a test of differential item functioning (Zumbo 1999)."""
BOUNDLESS = 15.0
"""A log odds ratio per standard deviation beyond this grows without end: the groups or scores separate the answers."""

ALONE = _("Not tested: there is one group only.")
SMALL_GROUPS = _("Not tested: a group has fewer than 200 people who answered.")
NO_SPREAD = _("Not tested: everyone gave the same answer or has the same score.")
SEPARATED = _("Not tested: the score or the group alone tells the answer, which leaves nothing to estimate.")


@dataclass(frozen=True, kw_only=True)
class LikelihoodRatio:
    """A test of one model within another: chi-square, its degrees of freedom, p, and the gain in R² (Nagelkerke)."""

    statistic: float
    df: int
    p: float
    r2_change: float


@dataclass(frozen=True, kw_only=True)
class DifferentialItemFunctioning:
    """Whether people with the same score but of different groups answer an item differently.

    `uniform`: by as much at all scores; `nonuniform`: by more at some scores than at others; `either`: the
    one or the other, tested at once. All None, with the reason, where it was not tested. `sizes` are the groups'
    complete cases.
    """

    n: int
    sizes: Mapping[str, int]
    uniform: LikelihoodRatio | None = None
    nonuniform: LikelihoodRatio | None = None
    either: LikelihoodRatio | None = None
    method: str = DIF_METHOD
    reason: str | None = None


def differential_item_functioning(
    answers: pd.Series[float], matching: pd.Series[float], group: pd.Series[str]
) -> DifferentialItemFunctioning:
    """Tests of one item between groups, by the places of the rows of three columns of one length, or ValueError.

    `answers` are the item's, in any ordered numbers, NaN where there is none; `matching` is the score that makes
    people comparable: that of the other items, or the dimension's; `group` is empty or missing where it is not known.
    Proportional odds of the answer by the score, then the group, then both multiplied; likelihood ratios between
    these. p takes people as independent of each other. Sources: Zumbo (1999); Crane et al. (2006).
    """
    if not len(answers) == len(matching) == len(group):
        raise ValueError("the answers, the scores and the groups are not of the same people")
    rows = pd.DataFrame(
        {"answer": numbers_by_place(answers), "score": numbers_by_place(matching), "group": names_by_place(group)}
    ).dropna()
    sizes = {str(name): int(n) for name, n in rows["group"].value_counts().sort_index().items()}
    reason = _untested(rows, sizes)
    fits = _nested_fits(rows) if reason is None else reason
    if isinstance(fits, str):
        return DifferentialItemFunctioning(n=len(rows), sizes=sizes, reason=fits)
    by_score, by_group, by_both = fits
    counts, df = np.asarray(rows["answer"].value_counts(), dtype="float64"), len(sizes) - 1
    return DifferentialItemFunctioning(
        n=len(rows),
        sizes=sizes,
        uniform=_likelihood_ratio(by_score, by_group, df, counts),
        nonuniform=_likelihood_ratio(by_group, by_both, df, counts),
        either=_likelihood_ratio(by_score, by_both, 2 * df, counts),
    )


def _untested(rows: pd.DataFrame, sizes: Mapping[str, int]) -> str | None:
    if len(sizes) < 2:
        return ALONE
    if min(sizes.values()) < FEWEST_IN_GROUP:
        return SMALL_GROUPS
    flat = rows["answer"].nunique() < 2 or np.ptp(rows["score"].to_numpy()) <= SAME
    return NO_SPREAD if flat else None


def _nested_fits(rows: pd.DataFrame) -> list[float] | str:
    """The log likelihoods by the score; and the group; and both multiplied; or the reason why one has none."""
    answers = np.asarray(pd.factorize(rows["answer"], sort=True)[0], dtype="int64")
    score = stats.zscore(rows["score"].to_numpy())[:, None]
    # The largest group is what the others are held against, which keeps the estimates apart.
    names = rows["group"].value_counts().index[1:]
    groups = (rows["group"].to_numpy()[:, None] == names.to_numpy()[None, :]).astype("float64")
    fits = []
    for predictors in (score, np.hstack([score, groups]), np.hstack([score, groups, score * groups])):
        fit = _proportional_odds(answers, predictors)
        if isinstance(fit, str):
            return fit
        fits.append(fit)
    return fits


def _likelihood_ratio(smaller: float, larger: float, df: int, counts: Floats) -> LikelihoodRatio:
    statistic = max(2 * (larger - smaller), 0.0)
    n = float(counts.sum())
    nothing = float((counts * np.log(counts / n)).sum())
    gain = math.exp(2 * (nothing - smaller) / n) * -math.expm1(-statistic / n)
    most = -math.expm1(2 * nothing / n)
    return LikelihoodRatio(statistic=statistic, df=df, p=float(stats.chi2.sf(statistic, df)), r2_change=gain / most)


def _proportional_odds(answers: NDArray[np.int64], predictors: Floats) -> float | str:
    """The log likelihood of answers 0, 1, … by cumulative logits (McCullagh 1980), or the reason for none."""
    limits = int(answers.max())
    model = _CumulativeLogit(answers, predictors)
    below = np.cumsum(np.bincount(answers))[:-1] / len(answers)
    start = np.concatenate([special.logit(below), np.zeros(predictors.shape[1])])
    tolerance = STATIONARY * len(answers)
    found = optimize.minimize(
        model.loss, start, jac=model.slope, hess=model.curvature, method="trust-exact", options={"gtol": tolerance}
    )
    if np.abs(found.x[limits:]).max() > BOUNDLESS:
        return SEPARATED
    return -float(found.fun) if np.abs(model.slope(found.x)).max() <= tolerance else NOT_CONVERGED


class _CumulativeLogit:
    """The negative log likelihood of limits between answers, rising, and slopes, with its derivatives.

    An answer lies between two limits, u above and l below it, as far as the predictors are from them, with the
    probability p = F(u) - F(l) = F(u) F(-l) (1 - exp(l - u)), which keeps its digits where both are large.
    """

    def __init__(self, answers: NDArray[np.int64], predictors: Floats) -> None:
        self.limits = limits = int(answers.max())
        place = answers[:, None] - np.arange(limits)
        self.upper = np.hstack([place == 0, -predictors * (answers < limits)[:, None]])
        self.lower = np.hstack([place == 1, -predictors * (answers > 0)[:, None]])
        self.last, self.first = answers == limits, answers == 0

    def _ends(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        u = np.where(self.last, np.inf, self.upper @ x)
        low = np.where(self.first, -np.inf, self.lower @ x)
        return u, low, special.expit(u) * special.expit(-low) * -np.expm1(low - u)

    def loss(self, x: Floats) -> float:
        if (np.diff(x[: self.limits]) <= 0).any():
            return math.inf
        p = self._ends(x)[2]
        return -float(np.log(p).sum()) if p.min() > 0 else math.inf

    def _rows(self, x: Floats) -> Floats:
        u, low, p = self._ends(x)
        return (self.upper * (_density(u) / p)[:, None]) - self.lower * (_density(low) / p)[:, None]

    def slope(self, x: Floats) -> Floats:
        return np.asarray(-self._rows(x).sum(axis=0), dtype="float64")

    def curvature(self, x: Floats) -> Floats:
        u, low, p = self._ends(x)
        rows = self._rows(x)
        above, below = (_density(end) * (1 - 2 * special.expit(end)) / p for end in (u, low))
        bend = self.upper.T @ (self.upper * above[:, None]) - self.lower.T @ (self.lower * below[:, None])
        return np.asarray(rows.T @ rows - bend, dtype="float64")


def _density(z: Floats) -> Floats:
    return np.asarray(special.expit(z) * special.expit(-z), dtype="float64")
