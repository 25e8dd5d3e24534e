"""Making two arms alike at the start: weights and matched pairs, and how alike they become.

`intervention` says of each row whether it is in the intervention arm. Weights sum to one in each arm. Nothing random:
the same rows in the same order give the same figures.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from analysis.change import FEW_GROUPS, FEWEST_CLUSTERS
from analysis.regression import ALONE, NO_SPREAD, ROUNDING, Estimate, check_columns, cluster_codes
from analysis.scores import Floats
from survey.marking import _

Bools = NDArray[np.bool_]
Pairs = NDArray[np.int64]

IPW = (
    "weights by the odds of the intervention from a logit, normalised in each arm (Hajek 1971; "
    "Hirano, Imbens & Ridder 2003)"
)
OVERLAP = "overlap weights from a logit (Li, Morgan & Zaslavsky 2018)"
ENTROPY = "entropy balancing of means (Hainmueller 2012)"
MATCHING = (
    "1:1 nearest neighbour on the propensity score, without replacement, largest score first (Rubin 1973; Stuart 2010)"
)
SANDWICH = "variance by estimating equations that know the weights are estimated (Lunceford & Davidian 2004)"
INTERCEPT = "(Intercept)"

STEPS = 100
CONVERGED = 1e-6
"""A last Newton step that moves no log odds further than this: one where the arms come apart moves some by 1."""
BALANCED = 1e-12
"""Means this many standard deviations apart are equal."""

FEWEST_EFFECTIVE = 30
"""With a smaller effective number in an arm its weighted mean hangs on a few persons; a convention of this project."""

FEW_PERSONS = _("The weights rest on few persons: the interval is rough.")
SEPARATED = _("What was known at the start all but tells the arms apart: nobody is like those in the other arm.")
NO_WEIGHTS = _("No weights give the comparison arm the means that the intervention arm had at the start.")


# --- propensity ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class Propensity:
    """How likely each row was to be in the intervention arm, by a logit of what was known at the start.

    `coefficients` are log odds per unit of each column; `design` is the columns in standard deviations from their
    mean, behind a column of ones; `log_odds` and `scores` (between 0 and 1) are by row.
    """

    coefficients: Mapping[str, float]
    design: Floats
    log_odds: Floats
    scores: Floats


def propensity(intervention: Bools, x: Floats, names: Sequence[str]) -> Propensity | str:
    """The logit of being in the intervention arm on x (rows × columns, no intercept), or the reason why there is none.

    Rosenbaum and Rubin (1983), maximum likelihood. There is none where a mix of columns tells the arms apart (Albert
    and Anderson 1984). Raises AnalysisError for missing values and for columns that are a mix of others.
    """
    from statsmodels.discrete.discrete_model import Logit

    ones = np.ones((len(x), 1))
    check_columns(np.column_stack([ones, x]), [INTERCEPT, *names])
    middle, spread = x.mean(axis=0), x.std(axis=0)
    design = np.column_stack([ones, (x - middle) / spread])
    model = Logit(intervention.astype("float64"), design)
    # Where the arms come apart, statsmodels warns in several ways; what tells is whether the steps still go anywhere.
    options = {"method": "newton", "maxiter": STEPS, "tol": 1e-12, "ridge_factor": 0.0}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = model.fit(**options, disp=False, skip_hessian=True, callback=lambda _: None).params
            step = np.linalg.solve(model.hessian(found), model.score(found))
        except np.linalg.LinAlgError:
            return SEPARATED
    if not np.abs(design @ step).max() < CONVERGED:
        return SEPARATED
    slopes = found[1:] / spread
    log_odds = design @ found
    return Propensity(
        coefficients=dict(
            zip([INTERCEPT, *names], [float(found[0] - slopes @ middle), *map(float, slopes)], strict=True)
        ),
        design=design,
        log_odds=log_odds,
        scores=special.expit(log_odds),
    )


# --- weights ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class Weighting:
    """Weights by row that sum to one in each arm, and how they hang on what they were estimated from.

    Rows × parameters: `slopes` is how a row's weight (before each arm is brought to sum one, then divided by the same
    sum) moves with each parameter, `influence` how much a row moves the parameter.
    """

    weights: Floats
    slopes: Floats
    influence: Floats


def att_weights(scores: Propensity, intervention: Bools) -> Weighting:
    """Weights for the average over the intervention arm: 1 there, the odds e/(1-e) in the comparison arm.

    Normalised in each arm (Hájek 1971; Hirano, Imbens and Ridder 2003).
    """
    odds = np.exp(scores.log_odds)
    return _weighting(scores, intervention, np.where(intervention, 1.0, odds), np.where(intervention, 0.0, odds))


def overlap_weights(scores: Propensity, intervention: Bools) -> Weighting:
    """Weights for the average over those who might be in either arm: 1 - e in the intervention arm, else e.

    Li, Morgan and Zaslavsky (2018): the means of all columns of the logit become exactly equal (theorem 3).
    """
    other = np.where(intervention, special.expit(-scores.log_odds), scores.scores)
    both = scores.scores * special.expit(-scores.log_odds)
    return _weighting(scores, intervention, other, np.where(intervention, -both, both))


def _weighting(scores: Propensity, intervention: Bools, weights: Floats, slopes: Floats) -> Weighting:
    arm = np.where(intervention, weights[intervention].sum(), weights[~intervention].sum())
    both = scores.scores * special.expit(-scores.log_odds)
    information = (scores.design * both[:, None]).T @ scores.design
    surprise = scores.design * (intervention - scores.scores)[:, None]
    return Weighting(
        weights=weights / arm,
        slopes=scores.design * (slopes / arm)[:, None],
        influence=np.linalg.solve(information, surprise.T).T,
    )


def entropy_weights(intervention: Bools, x: Floats, names: Sequence[str]) -> Weighting | str:
    """Weights that give the comparison arm the intervention arm's means of x, as even as that allows.

    For the average over the intervention arm, whose weights are even. x is rows × columns without an intercept.
    Hainmueller (2012, eq. 7-8): the convex dual by Newton steps with line search. Returns the reason where the means
    cannot be met. Raises AnalysisError for missing values and for columns that are a mix of others.
    """
    check_columns(np.column_stack([np.ones(len(x)), x]), [INTERCEPT, *names])
    apart = (x - x[intervention].mean(axis=0)) / x.std(axis=0)
    tilted = _tilted(apart[~intervention])
    if tilted is None:
        return NO_WEIGHTS
    count = int(intervention.sum())
    weights, slopes, surprise = np.full(len(x), 1 / count), np.zeros_like(apart), apart / -count
    weights[~intervention] = tilted
    slopes[~intervention] = surprise[~intervention] = apart[~intervention] * tilted[:, None]
    # lstsq: where a column's weights are all but zero, so is its part of the information.
    influence = -np.linalg.lstsq(slopes.T @ apart, surprise.T, rcond=None)[0].T
    return Weighting(weights=weights, slopes=slopes, influence=influence)


def _tilted(apart: Floats) -> Floats | None:
    """The most even weights with mean zero of each column, or None."""
    tilt = np.zeros(apart.shape[1])
    for _step in range(STEPS):
        weights = special.softmax(apart @ tilt)
        gradient = weights @ apart
        if np.abs(gradient).max(initial=0.0) <= BALANCED:
            return np.asarray(weights)
        curvature = (apart * weights[:, None]).T @ apart - np.outer(gradient, gradient)
        step = -np.linalg.lstsq(curvature, gradient, rcond=None)[0]
        length = _length(apart, tilt, step, float(gradient @ step))
        if length is None:
            return None
        tilt = tilt + length * step
    return None


def _length(apart: Floats, tilt: Floats, step: Floats, slope: float) -> float | None:
    """How much of a Newton step to take: halved until the dual falls enough (Armijo 1966)."""
    here = float(special.logsumexp(apart @ tilt))
    for halvings in range(40):
        length = 0.5**halvings
        fall = float(special.logsumexp(apart @ (tilt + length * step))) - here
        # Close to the end the fall is lost in rounding.
        if fall <= 1e-4 * length * slope + 1e-14 * max(1.0, abs(here)):
            return length
    return None


def weighted_difference(
    y: Floats,
    intervention: Bools,
    weighting: Weighting,
    *,
    cluster: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Estimate:
    """The weighted mean of y in the intervention arm less that in the comparison arm, in y's units.

    The variance is the empirical one of the estimating equations of both means and of what the weights were estimated
    from (Lunceford and Davidian 2004, eq. 17-20), summed by cluster, times G/(G-2) for the two means, with G-2
    degrees of freedom; without clusters every row is one.
    """
    w, arms = weighting.weights, (intervention, ~intervention)
    means = [float(w[arm] @ y[arm]) for arm in arms]
    own = np.where(intervention, 1.0, -1.0) * w * (y - np.where(intervention, *means))
    pull = (np.where(intervention, 1.0, -1.0) * (y - np.where(intervention, *means))) @ weighting.slopes
    codes = np.arange(len(y)) if cluster is None else cluster_codes(cluster)
    sums = np.bincount(codes, weights=own + weighting.influence @ pull)
    difference, clusters = means[0] - means[1], len(sums)
    if any(np.bincount(codes[arm], weights=w[arm]).max() > 1 - ROUNDING for arm in arms):
        return Estimate(estimate=difference, reason=ALONE)
    df, reason = clusters - 2, None
    if cluster is not None and clusters < FEWEST_CLUSTERS:
        reason = FEW_GROUPS
    elif min(effective_n(w[arm]) for arm in arms) < FEWEST_EFFECTIVE:
        reason = FEW_PERSONS
    se = math.sqrt(float(np.square(sums).sum()) * clusters / df)
    if se <= ROUNDING * 1e-2 * math.sqrt(float(np.square(w * y).sum())):
        return Estimate(estimate=difference, reason=NO_SPREAD)
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * se
    interval = (difference - reach, difference + reach)
    return Estimate(estimate=difference, se=se, df=float(df), interval=interval, reason=reason)


# --- pairs -----------------------------------------------------------------------------------------------------------


def nearest_pairs(scores: Floats, intervention: Bools) -> Pairs:
    """1:1 matching without replacement: pairs × 2, the rows of the intervention arm and of their comparisons.

    The largest score chooses first, each the nearest that is left; of equals the first row. Where the comparison arm
    is smaller, those with the smallest scores stay without a pair. Rubin (1973); Stuart (2010, section 3.1).
    """
    # Equal start values may have scores that differ by rounding, which must not decide.
    scores = scores.round(12)
    rows, others = np.flatnonzero(intervention), np.flatnonzero(~intervention)
    order = rows[np.argsort(-scores[rows], kind="stable")][: len(others)]
    left = scores[others]
    pairs = np.empty((len(order), 2), dtype="int64")
    for n, row in enumerate(order):
        nearest = int(np.abs(left - scores[row]).argmin())
        pairs[n] = row, others[nearest]
        left[nearest] = np.inf
    return pairs


# --- how alike -------------------------------------------------------------------------------------------------------


def effective_n(weights: Floats) -> float:
    """How many evenly weighted rows would tell as much: (sum w)^2 / sum w^2 (Kish 1965, section 11.7). 0 for none."""
    squares = float(np.square(weights).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def standardised_differences(x: Floats, intervention: Bools, weights: Floats | None = None) -> Floats:
    """The mean of each column of x (rows × columns) in the intervention arm less that in the comparison arm.

    In standard deviations (n - 1) of the intervention arm, unweighted, also after weighting, so that both can be
    compared (Stuart 2010, section 4.1). Where a column does not vary in that arm, those of everybody; 0 where it does
    not vary at all. Without `weights`, plain means.
    """
    w = np.ones(len(x)) if weights is None else weights
    means = [np.average(x[arm], axis=0, weights=w[arm]) for arm in (intervention, ~intervention)]
    one, everybody = (_spread(rows) for rows in (x[intervention], x))
    spread = np.where(one > 0, one, everybody)
    return np.asarray(np.where(spread > 0, (means[0] - means[1]) / np.where(spread > 0, spread, 1.0), 0.0))


def _spread(x: Floats) -> Floats:
    """The standard deviation (n - 1) of each column, 0 for one row and where it does not vary."""
    varies = np.ptp(x, axis=0) > 0
    return np.where(varies, np.std(x, axis=0, ddof=1), 0.0) if len(x) > 1 else np.zeros(x.shape[1])
