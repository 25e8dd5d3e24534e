"""How well a measure measures: its consistency, its items, the ends of its range and careless answers.

Matrices are cases × items, NaN where unanswered. A case is one submission: those who call choose one of each
participation, as several of the same person are not independent. Nothing is rounded here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from analysis.change import FORMATIVE, Moments
from analysis.outcomes import wilson
from analysis.scores import Alpha, Floats, cronbach_alpha
from survey.marking import _

CONSISTENCY_METHOD = (
    "Alpha of complete cases (Cronbach 1951) with its interval (Feldt, Woodruff & Salih 1987); of correlations; "
    "of pairwise covariances"
)
OMEGA_METHOD = (
    "Omega total of a one-factor model (McDonald 1999, chapter 6) by maximum likelihood (Jöreskog 1967) over complete "
    "cases; interval by the delta method (Raykov 2002) on the logit"
)
ITEM_METHOD = "Correlation with the sum of the other items over complete cases (Nunnally & Bernstein 1994, chapter 8)"
EXTREMES_METHOD = (
    "Share at the ends of the possible range, with 15 % as the limit (Terwee et al. 2007); Wilson interval"
)
STRAIGHT_METHOD = (
    "Simple non-differentiation (Kim et al. 2019) where a scale has items of both directions; Wilson interval"
)

LEAST_UNIQUE = 0.005
"""The smallest part of an item's variance that the factor may leave it; at it, the solution is a Heywood case."""
LEAST_COMMON = 0.001
"""Unless three items have more than this part of their variances in common, no one factor is told from many."""
TOO_MANY = 0.15
"""Floor and ceiling effects begin above this share (Terwee et al. 2007)."""
FEWEST_ANSWERED = 4
"""With fewer items of a scale the same answer to all is no sign of carelessness."""

SAME = 1e-9
"""Sums of answers between 0 and 1 that differ by less are equal."""
SINGULAR = 1e10
"""A matrix with a condition number above this has no inverse to lean on."""
STATIONARY = 1e-8
"""A gradient this near zero, per case, is zero."""

ONE_ITEM = _("This dimension has one item only, and consistency is between items.")
FEW_COMPLETE = _("Too few people answered every item of this dimension.")
SAME_SUM = _("Everyone's answers to this dimension add up to the same.")
SAME_ANSWER = _("Everyone gave the same answer to an item, or the others add up to the same.")
TWO_ITEMS = _("A one-factor model takes three items or more.")
DEPENDENT = _("An item follows wholly from the others, so that no one-factor model can be fitted.")
HEYWOOD = _("The one-factor model leaves an item next to no variance of its own, so its omega is not to be trusted.")
NO_FACTOR = _("The items have too little in common for a one-factor model.")
NOT_CONVERGED = _("The estimation did not arrive at an answer.")
NO_SCORES = _("No one has a score.")
FLOOR = _("More than 15 in 100 have the lowest possible score: a lower one cannot show in them.")
CEILING = _("More than 15 in 100 have the highest possible score: a higher one cannot show in them.")
ONE_DIRECTION = _("The items of this scale all point one way, so the same answer to all of them may be meant.")
FEW_ANSWERED = _("No one answered four items of this scale or more, of both directions.")


# --- internal consistency --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class InternalConsistency:
    """Alpha of complete cases; standardised, from their correlations; pairwise, from each covariance of the cases that
    have both items, `fewest` at least. `reason` says why there is no alpha of complete cases."""

    alpha: Alpha | None
    standardised: float | None
    pairwise: float | None
    fewest: int
    method: str = CONSISTENCY_METHOD
    reason: str | None = None


def internal_consistency(parts: Floats) -> InternalConsistency:
    """Alpha in three ways, each None where it has no meaning. Nothing is raised.

    Sources: Cronbach (1951); Feldt, Woodruff and Salih (1987) for the interval.
    """
    complete = _complete(parts)
    alpha = cronbach_alpha(parts)
    every = alpha is not None and bool((np.ptp(complete, axis=0) > SAME).all())
    answered = np.isfinite(parts).astype(int)
    return InternalConsistency(
        alpha=alpha,
        standardised=_alpha(_correlations(complete)) if every else None,
        pairwise=_alpha(pd.DataFrame(parts).cov(min_periods=2).to_numpy()),
        fewest=int((answered.T @ answered).min(initial=len(parts))),
        reason=None if alpha is not None else _no_alpha(complete),
    )


def _complete(parts: Floats) -> Floats:
    return parts[np.isfinite(parts).all(axis=1)]


def _correlations(complete: Floats) -> Floats:
    return np.asarray(np.corrcoef(complete, rowvar=False), dtype="float64")


def _alpha(matrix: Floats) -> float | None:
    """Alpha of a matrix of covariances or correlations."""
    items, total = len(matrix), float(matrix.sum())
    if items < 2 or not total > SAME:
        return None
    return items / (items - 1) * (1 - float(np.trace(matrix)) / total)


def _no_alpha(complete: Floats) -> str:
    if complete.shape[1] < 2:
        return ONE_ITEM
    return FEW_COMPLETE if len(complete) < 3 else SAME_SUM


# --- omega -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Omega:
    """The part of a sum score's variance that one common factor makes.

    `value`, with its interval: over the variance of the sum that the model implies. `of_observed`: over the sample
    variance of the sum, which differs from it as far as the model does not fit. `standardised`: as `value`, for the
    sum of standardised items. `loadings` are those of standardised items, one for each.
    """

    n: int
    value: float
    interval: tuple[float, float]
    of_observed: float
    standardised: float
    loadings: tuple[float, ...]
    method: str = OMEGA_METHOD


def omega(parts: Floats) -> Omega | str:
    """Omega total of the complete cases, or the reason why there is none. Nothing is raised.

    With loadings l and unique variances u: sum(l)^2 / (sum(l)^2 + sum(u)) (McDonald 1999, chapter 6). Maximum
    likelihood gives the same model for covariances and correlations, so one fit serves all three figures.
    """
    complete = _complete(parts)
    if (reason := _unfit(complete)) is not None:
        return reason
    correlations = _correlations(complete)
    unique = _unique_variances(correlations)
    if isinstance(unique, str):
        return unique
    loadings = _loadings(correlations, unique)[0]
    spread = complete.std(axis=0, ddof=1)
    value = _omega(loadings * spread, unique * spread**2)
    se = _omega_se(loadings, unique, spread, len(complete))
    if se is None or value < SAME:
        return NO_FACTOR
    reach = float(stats.norm.ppf(0.975)) * se / (value * (1 - value))
    middle = float(special.logit(value))
    return Omega(
        n=len(complete),
        value=value,
        interval=(float(special.expit(middle - reach)), float(special.expit(middle + reach))),
        of_observed=float((loadings @ spread) ** 2 / complete.sum(axis=1).var(ddof=1)),
        standardised=_omega(loadings, unique),
        loadings=tuple(loadings.tolist()),
    )


def _unfit(complete: Floats) -> str | None:
    n, items = complete.shape
    if items < 3:
        return TWO_ITEMS
    if n <= items:
        return FEW_COMPLETE
    if (np.ptp(complete, axis=0) <= SAME).any():
        return SAME_ANSWER
    return DEPENDENT if np.linalg.cond(_correlations(complete)) > SINGULAR else None


def _omega(loadings: Floats, unique: Floats) -> float:
    common = float(loadings.sum()) ** 2
    return common / (common + float(unique.sum()))


def _loadings(correlations: Floats, unique: Floats) -> tuple[Floats, Floats]:
    """The best loadings for some unique variances, and the eigenvalues, rising, of what is scaled by these."""
    scale = np.sqrt(unique)
    values, vectors = np.linalg.eigh(correlations / np.outer(scale, scale))
    loadings = scale * vectors[:, -1] * math.sqrt(max(float(values[-1]) - 1, 0.0))
    return (loadings if loadings.sum() >= 0 else -loadings), values


def _discrepancy(log_unique: Floats, correlations: Floats) -> tuple[float, Floats]:
    """The likelihood's discrepancy at the best loadings, and its gradient (Jöreskog 1967)."""
    unique = np.exp(log_unique)
    loadings, values = _loadings(correlations, unique)
    rest = values[:-1]
    return float((rest - np.log(rest) - 1).sum()), (loadings**2 + unique - 1) / unique


def _unique_variances(correlations: Floats) -> Floats | str:
    """The unique variances of standardised items, or the reason why there are none."""
    start = np.log((1 - 0.5 / len(correlations)) / np.diag(np.linalg.inv(correlations)))
    lowest = math.log(LEAST_UNIQUE)
    near = optimize.minimize(
        _discrepancy,
        np.maximum(start, lowest),
        args=(correlations,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(lowest, None)] * len(start),
    )
    if near.x.min() <= lowest + STATIONARY:
        return HEYWOOD
    if np.sort(near.x)[2] > math.log(1 - LEAST_COMMON):
        return NO_FACTOR
    # The minimum is flat: a search by its height stops a millionth too early, its slope tells it to the last digits.
    found = optimize.root(lambda x: _discrepancy(x, correlations)[1], near.x, tol=1e-13)
    if np.abs(found.fun).max() > STATIONARY or np.abs(found.x - near.x).max() > 0.1:
        return NOT_CONVERGED
    return np.asarray(np.exp(found.x), dtype="float64")


def _omega_se(loadings: Floats, unique: Floats, spread: Floats, n: int) -> float | None:
    """The standard error of omega from the expected information, or None where this has no inverse.

    Of loadings l and unique variances u in S = l l' + diag(u), with A the inverse of S, the information per case has
    the blocks l'Al A + Al(Al)', A * Al and A * A / 2, products by element.
    """
    inverse = np.linalg.inv(np.outer(loadings, loadings) + np.diag(unique))
    pull = inverse @ loadings
    across = inverse * pull
    own = (loadings @ pull) * inverse + np.outer(pull, pull)
    information = (n - 1) * np.block([[own, across], [across.T, inverse**2 / 2]])
    if np.linalg.cond(information) > SINGULAR:
        return None
    common, rest = float(loadings @ spread), float(unique @ spread**2)
    slope = np.concatenate([2 * common * rest * spread, -(common**2) * spread**2]) / (common**2 + rest) ** 2
    return math.sqrt(float(slope @ np.linalg.solve(information, slope)))


# --- items -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ItemTotal:
    """How an item goes with the others: its correlation with their sum, and alpha without it (None where two items or
    fewer would be left, or these do not vary). `reason` says why there is no correlation."""

    n: int
    correlation: float | None
    alpha_if_dropped: float | None
    method: str = ITEM_METHOD
    reason: str | None = None


def item_totals(parts: Floats) -> tuple[ItemTotal, ...]:
    """The corrected item-total correlation of each item, in the order of the columns. Nothing is raised.

    All figures are of the cases that are complete over all items. Source: Nunnally and Bernstein (1994, chapter 8).
    """
    complete = _complete(parts)
    return tuple(_item_total(complete, column) for column in range(complete.shape[1]))


def _item_total(complete: Floats, column: int) -> ItemTotal:
    item, others = complete[:, column], np.delete(complete, column, axis=1)
    reason = _no_correlation(item, others)
    dropped = cronbach_alpha(others)
    return ItemTotal(
        n=len(complete),
        correlation=float(np.corrcoef(item, others.sum(axis=1))[0, 1]) if reason is None else None,
        alpha_if_dropped=None if dropped is None else dropped.value,
        reason=reason,
    )


def _no_correlation(item: Floats, others: Floats) -> str | None:
    if others.shape[1] == 0:
        return ONE_ITEM
    if len(item) < 3:
        return FEW_COMPLETE
    return SAME_ANSWER if min(np.ptp(item), np.ptp(others.sum(axis=1))) <= SAME else None


# --- floor and ceiling -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Share:
    """So many of `n` people, as a share with its 95 % interval."""

    yes: int
    n: int
    share: float
    interval: tuple[float, float]

    @classmethod
    def of(cls, yes: int, n: int) -> Share:
        return cls(yes=yes, n=n, share=yes / n, interval=wilson(yes, n))


@dataclass(frozen=True, kw_only=True)
class Extremes:
    """The shares of people with the lowest and the highest possible score; `cautions` where these are above 15 %."""

    floor: Share
    ceiling: Share
    cautions: tuple[str, ...]
    method: str = EXTREMES_METHOD


def extremes(scores: pd.Series[float], *, range: tuple[float, float]) -> Extremes | str:
    """Floor and ceiling of scores (NaN where there is none) on a range, or the reason why there are none.

    Raises ValueError where the range is empty or a score lies outside it. Source: Terwee et al. (2007).
    """
    low, high = range
    if not low < high:
        raise ValueError("give the range's lower end first, and a higher one after it")
    place = (_known(scores) - low) / (high - low)
    if len(place) == 0:
        return NO_SCORES
    if place.min() < -SAME or place.max() > 1 + SAME:
        raise ValueError("a score lies outside the range: give the range that the scores are on")
    floor, ceiling = (Share.of(int((np.abs(place - end) <= SAME).sum()), len(place)) for end in (0, 1))
    return Extremes(
        floor=floor,
        ceiling=ceiling,
        cautions=tuple(c for end, c in ((floor, FLOOR), (ceiling, CEILING)) if end.share > TOO_MANY),
    )


def _known(scores: pd.Series[float]) -> Floats:
    return np.asarray(scores.dropna(), dtype="float64")


# --- straight-lining -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class StraightLining:
    """The share of people who gave one and the same answer to every item of a scale that they answered."""

    share: Share
    method: str = STRAIGHT_METHOD


def straight_lining(answers: Floats, *, reverse: Sequence[bool]) -> StraightLining | str:
    """How many answered the items of one response scale all alike, or the reason why that cannot be told.

    `answers` is persons × items as they were given, before any is turned; `reverse` tells which items are reversed.
    Counted are those who answered four or more, reversed ones and others among them, so that the same answer to all
    contradicts itself; only the middle of the scale does not. Raises ValueError where `reverse` has another length.
    """
    turned = np.asarray(reverse, dtype=bool)
    if answers.shape[1] != len(turned):
        raise ValueError("say of each item, by its place, whether it is reversed")
    if turned.all() or not turned.any():
        return ONE_DIRECTION
    given = np.isfinite(answers)
    both = given[:, turned].any(axis=1) & given[:, ~turned].any(axis=1)
    counted = both & (given.sum(axis=1) >= FEWEST_ANSWERED)
    n = int(counted.sum())
    if n == 0:
        return FEW_ANSWERED
    rows = answers[counted]
    alike = np.nanmax(rows, axis=1) == np.nanmin(rows, axis=1)
    return StraightLining(share=Share.of(int(alike.sum()), n))


# --- strata and the whole --------------------------------------------------------------------------------------------


def by_stratum(scores: pd.Series[float], stratum: pd.Series[str]) -> Mapping[str, Moments]:
    """The number, mean and standard deviation of scores in each stratum (a language, a channel, a helper), by its name
    in order. Row by row of both; rows without a score or without a stratum (empty or missing) are in none.

    Raises ValueError where the columns differ in length.
    """
    if len(scores) != len(stratum):
        raise ValueError("the scores and the strata are not of the same people")
    rows = pd.DataFrame({"score": numbers_by_place(scores), "stratum": names_by_place(stratum)}).dropna()
    return {str(name): Moments.of(part) for name, part in rows.groupby("stratum")["score"]}


def numbers_by_place(column: pd.Series[float]) -> pd.Series[float]:
    """A column as numbers, NaN where there is none, by the places of its rows."""
    return pd.Series(column.to_numpy(dtype="float64", na_value=np.nan))


def names_by_place(column: pd.Series[str]) -> pd.Series[str]:
    """The names that are known, by their places."""
    names = column.astype("string").reset_index(drop=True).dropna()
    return names[names != ""]


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How well one measure measures. What cannot be told is the reason why, a sentence; a formative measure has the
    ends of its range only, as its items need not go together."""

    measurement: Literal["reflective", "formative"]
    consistency: InternalConsistency | str
    omega: Omega | str
    items: tuple[ItemTotal, ...] | str
    extremes: Extremes | str


def quality(
    parts: Floats,
    scores: pd.Series[float],
    *,
    range: tuple[float, float],
    measurement: Literal["reflective", "formative"],
) -> Quality:
    """The quality of a measure by its `analysis.scores.item_parts` and its scores on a range. Raises as `extremes`."""
    ends = extremes(scores, range=range)
    if measurement == "formative":
        return Quality(measurement=measurement, consistency=FORMATIVE, omega=FORMATIVE, items=FORMATIVE, extremes=ends)
    return Quality(
        measurement=measurement,
        consistency=internal_consistency(parts),
        omega=omega(parts),
        items=item_totals(parts),
        extremes=ends,
    )
