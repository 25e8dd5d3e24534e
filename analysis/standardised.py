"""Change in standard deviations, by the name of the deviation, and how alike the changes of a group are.

The sign is always that of end minus start. Nothing is rounded here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special, stats

from analysis.change import FEWEST_CLUSTERS
from analysis.scores import Floats
from survey.marking import _

Standardiser = Literal["baseline", "change", "average"]

METHODS: dict[Standardiser, str] = {
    "baseline": "mean change by the standard deviation at the start (Becker 1988); interval of Bonett (2008), single "
    "standard deviation, as if every pair were independent",
    "change": "d_z, the standardised response mean: mean change by the standard deviation of change (Cohen 1988); "
    "interval from the noncentral t distribution (Steiger & Fouladi 1997), as if every pair were independent",
    "average": "d_av: mean change by the root of the mean of both variances (Cumming 2012, chapter 11); interval of "
    "Bonett (2008), unequal variances, as if every pair were independent",
}
ICC_METHOD = (
    "one-way analysis of variance estimator with n0 for unequal sizes (Donner 1986), interval from F (Searle 1971) "
    "with n0, design effect 1 + (sum(n^2)/N - 1) ICC (Kish 1965)"
)
EQUAL = 1e-10
"""A standard deviation that is this small a part of the largest value is what subtraction leaves of equal values."""
LARGEST_T = 1e4
"""Beyond it scipy's noncentral t may give no number; the limit used there differs by less than 0.2 % of the width."""

TOO_FEW_PAIRS = _("A standardised change takes two pairs at least.")
EQUAL_STARTS = _("All scores at the start are equal, so there is no spread to measure the change by.")
EQUAL_CHANGES = _("All changes are equal, so there is no spread to measure the change by.")
EQUAL_SCORES = _("All scores are equal at the start, and all are at the end, so there is no spread to measure by.")
NO_CORRECTION = _("The correction for small samples takes three pairs at least.")
NOTHING_SHARED = _("No group has two people with a change, so it cannot be told how alike they are.")
NO_VARIANCE = _("All changes are equal, so it cannot be told how alike those of a group are.")
NOT_ALIKE = _("People of one group are no more alike than people of different groups: the estimate is set to 0.")
FEW_CLUSTERS = _("There are fewer than eight groups: how alike their people are is known only roughly.")
ONE_CLUSTER = _("All changes come from one group, so it cannot be told how alike those of a group are.")
NO_CHANGES = _("There are no changes.")


def complete_pairs(start: npt.ArrayLike, end: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The pairs of which both scores are finite numbers. Raises ValueError where the lengths differ."""
    first, last = np.asarray(start, dtype="float64"), np.asarray(end, dtype="float64")
    if first.shape != last.shape or first.ndim != 1:
        raise ValueError("Start and end must be two columns of one length: give a row for each pair.")
    both = np.isfinite(first) & np.isfinite(last)
    return first[both], last[both]


def spread(values: Floats, *, among: Floats) -> float:
    """The standard deviation (n - 1), 0 where it is but the rounding error of numbers as large as those `among`."""
    found = float(values.std(ddof=1))
    return found if found > EQUAL * float(np.abs(among).max()) else 0.0


# --- standardised change ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class StandardisedChange:
    """A mean change divided by a standard deviation, with its sign.

    `corrected` and its interval are multiplied by Hedges' exact factor for `df` degrees of freedom. `reasons` say what
    cannot be told.
    """

    by: Standardiser
    n: int
    estimate: float | None
    interval: tuple[float, float] | None
    corrected: float | None
    corrected_interval: tuple[float, float] | None
    sd: float | None
    df: int
    method: str
    reasons: tuple[str, ...] = ()


def standardised_change(
    start: npt.ArrayLike, end: npt.ArrayLike, *, by: Standardiser = "baseline", confidence: float = 0.95
) -> StandardisedChange:
    """The standardised mean change of pairs (two columns, row by row; pairs that lack a score are left out).

    With m the mean change, S1 and S2 the standard deviations, C their covariance, SD that of change, f = n - 1:
    `baseline` is d = m/S1 with variance d^2/(2f) + SD^2/(f S1^2); `average` is d = m/S, S^2 = (S1^2 + S2^2)/2, with
    variance d^2 (S1^4 + S2^4 + 2 C^2)/(8 f S^4) + SD^2/(f S^2), both with normal limits (Bonett 2008); `change` is
    m/SD, its limits those of the noncentrality of t = sqrt(n) m/SD, by sqrt(n) (Steiger and Fouladi 1997).
    Hedges' (1981) factor takes f degrees of freedom in all three. Raises ValueError where the lengths differ.
    """
    first, last = complete_pairs(start, end)
    n = len(first)
    if n < 2:
        return _untold(by, n, TOO_FEW_PAIRS)
    change, among = last - first, np.concatenate([first, last])
    sd_start, sd_end, sd_change = (spread(values, among=among) for values in (first, last, change))
    sd = {"baseline": sd_start, "change": sd_change, "average": math.hypot(sd_start, sd_end) / math.sqrt(2)}[by]
    if sd == 0:
        return _untold(by, n, {"baseline": EQUAL_STARTS, "change": EQUAL_CHANGES, "average": EQUAL_SCORES}[by])
    df, estimate = n - 1, float(change.mean()) / sd
    if by == "change":
        ends = noncentrality_interval(estimate * math.sqrt(n), df, confidence=confidence)
        interval = (ends[0] / math.sqrt(n), ends[1] / math.sqrt(n))
    else:
        own = 1 / (2 * df)
        if by == "average":
            shared = float(np.cov(first, last)[0, 1])
            own = (sd_start**4 + sd_end**4 + 2 * shared**2) / (8 * df * sd**4)
        reach = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(estimate**2 * own + (sd_change / sd) ** 2 / df)
        interval = (estimate - reach, estimate + reach)
    factor = hedges_factor(df) if df > 1 else None
    return StandardisedChange(
        by=by,
        n=n,
        estimate=estimate,
        interval=interval,
        corrected=None if factor is None else factor * estimate,
        corrected_interval=None if factor is None else (factor * interval[0], factor * interval[1]),
        sd=sd,
        df=df,
        method=METHODS[by],
        reasons=() if factor is not None else (NO_CORRECTION,),
    )


def _untold(by: Standardiser, n: int, reason: str) -> StandardisedChange:
    return StandardisedChange(
        by=by,
        n=n,
        estimate=None,
        interval=None,
        corrected=None,
        corrected_interval=None,
        sd=None,
        df=max(n - 1, 0),
        method=METHODS[by],
        reasons=(reason,),
    )


def hedges_factor(df: int) -> float:
    """gamma(df/2) / (sqrt(df/2) gamma((df - 1)/2)), which takes out the bias of a mean by an SD of `df` degrees of
    freedom (Hedges 1981, eq. 6e). Raises ValueError below two degrees of freedom, where there is no expectation.
    """
    if df < 2:
        raise ValueError("Hedges' correction takes two degrees of freedom at least.")
    return math.exp(float(special.gammaln(df / 2) - special.gammaln((df - 1) / 2))) / math.sqrt(df / 2)


def noncentrality_interval(t: float, df: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The noncentralities under which t is the upper and the lower limit (Steiger and Fouladi 1997).

    Beyond |t| = 10 000 the limit t sqrt(chi2/df) stands for them, where the normal part no longer shows.
    """
    tail, size = (1 - confidence) / 2, abs(t)
    if size > LARGEST_T:
        low, high = (size * math.sqrt(float(stats.chi2.ppf(p, df)) / df) for p in (tail, 1 - tail))
    else:
        reach = float(stats.norm.ppf(1 - tail)) * math.sqrt(1 + size**2 / (2 * df))
        low, high = _noncentrality(size, df, 1 - tail, reach), _noncentrality(size, df, tail, reach)
    return (low, high) if t >= 0 else (-high, -low)


def _noncentrality(t: float, df: int, p: float, reach: float) -> float:
    """The noncentrality at which P(T <= t) is p; it falls as the noncentrality grows, so the bracket does close."""

    def excess(noncentrality: float) -> float:
        return float(stats.nct.cdf(t, df, noncentrality)) - p

    # Only a t below the central limit has a negative one; far below zero scipy's distribution gives no number.
    low, high = 0.0 if excess(0.0) >= 0 else t - reach, t + reach
    while excess(low) < 0:
        low -= reach
    while excess(high) > 0:
        high += reach
    return float(optimize.brentq(excess, low, high, xtol=1e-12, rtol=1e-13))


# --- how alike the changes of a group are ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ClusteredChange:
    """The share of the variance of change that lies between groups (`icc`, never below 0), and what it costs.

    `design_effect` is how many times larger the variance of the mean is than if all were independent. `average_size`
    is n0. `clusters` counts those without a group one by one. `reasons` say what cannot be told or is rough.
    """

    n: int
    clusters: int
    average_size: float | None
    icc: float | None
    interval: tuple[float, float] | None
    design_effect: float | None
    method: str = ICC_METHOD
    reasons: tuple[str, ...] = ()


def clustered_change(change: npt.ArrayLike, groups: npt.ArrayLike, *, confidence: float = 0.95) -> ClusteredChange:
    """The intraclass correlation of changes within groups. Rows without a change are left out.

    `groups` names the group of each row; who has none ("") is a cluster of their own. With k clusters of sizes n_g, N
    their sum: n0 = (N - sum(n_g^2)/N)/(k - 1), ICC = (MSB - MSW)/(MSB + (n0 - 1) MSW). Raises ValueError where the
    lengths differ.
    """
    values, labels = changes_of_clusters(change, groups)
    n = len(values)
    sizes = np.bincount(labels).astype("float64")
    clusters = len(sizes)
    reason = _why_no_icc(values, clusters)
    if reason is not None:
        return ClusteredChange(
            n=n, clusters=clusters, average_size=None, icc=None, interval=None, design_effect=None, reasons=(reason,)
        )
    means = np.bincount(labels, weights=values) / sizes
    between = float((sizes * (means - values.mean()) ** 2).sum()) / (clusters - 1)
    within = float(((values - means[labels]) ** 2).sum()) / (n - clusters)
    size = (n - float((sizes**2).sum()) / n) / (clusters - 1)

    def share(of_between: float) -> float:
        return (of_between - within) / (of_between + (size - 1) * within)

    tail = (1 - confidence) / 2
    low, high = (share(between / float(stats.f.ppf(p, clusters - 1, n - clusters))) for p in (1 - tail, tail))
    estimate = share(between)
    icc = max(estimate, 0.0)
    cautions = ((NOT_ALIKE, estimate < 0), (FEW_CLUSTERS, clusters < FEWEST_CLUSTERS))
    return ClusteredChange(
        n=n,
        clusters=clusters,
        average_size=size,
        icc=icc,
        interval=(max(low, 0.0), max(high, 0.0)),
        design_effect=1 + (float((sizes**2).sum()) / n - 1) * icc,
        reasons=tuple(reason for reason, holds in cautions if holds),
    )


def changes_of_clusters(change: npt.ArrayLike, groups: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.intp]]:
    """The finite changes, and the number of each one's cluster from 0 on; who has no group ("") is one alone.

    Raises ValueError where the lengths differ.
    """
    values = np.asarray(change, dtype="float64")
    names = np.asarray(pd.Series(np.asarray(groups, dtype=object), dtype="str").fillna(""), dtype=object)
    if values.shape != names.shape or values.ndim != 1:
        raise ValueError("Changes and groups must be two columns of one length: give a row for each person.")
    there = np.isfinite(values)
    names = names[there]
    alone = [(name, row if name == "" else -1) for row, name in enumerate(names)]
    labels, _kinds = pd.factorize(pd.MultiIndex.from_tuples(alone) if alone else np.array([], dtype=object))
    return values[there], labels


def _why_no_icc(values: Floats, clusters: int) -> str | None:
    if len(values) == clusters:
        return NOTHING_SHARED if clusters else NO_CHANGES
    if clusters == 1:
        return ONE_CLUSTER
    return NO_VARIANCE if spread(values, among=values) == 0 else None
