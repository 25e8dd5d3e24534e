"""What a change means: against error of measurement, against regression to the mean, and against what people say.

Improvement is change towards the better end, whichever end that is. Nothing is rounded here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.change import (
    CRITICAL,
    FEW_GROUPS,
    ONE_GROUP,
    ONE_PAIR,
    Grouped,
    ReliableBasis,
    ReliableSummary,
    reliable_change_index,
    uncertainty,
)
from analysis.scores import Floats
from analysis.standardised import NO_CHANGES, complete_pairs, spread
from survey.marking import _

Direction = Literal["better", "worse"]

FEWEST_RATED = 10
"""So many people at least on each side of what is compared, as for an event per variable in a logistic regression."""
RELATED = 0.3
"""The least correlation of a usable anchor with change (Revicki et al. 2008)."""
PRESENT_STATE = 0.5
"""An anchor that goes with the start as with the end, at least half as much, rates how things are (Guyatt et al. 2002
ask for opposite signs and about equal sizes; the half is ours)."""
EVEN = (0.3, 0.7)
"""Shares of improved people between which the predictive threshold is little biased (Terluin et al. 2017)."""

TOO_FEW_REPEATED = _("The error of measurement from agreement takes two people at least who were measured twice.")
EQUAL_REPEATED = _("All repeated measurements differ by the same amount, so no error of measurement can be seen.")
TOO_COARSE = _("The score moves in steps too coarse beside its error to say how often error alone makes one.")
NO_ANCHOR_VARIANCE = _("All ratings are equal, or all changes are, so the ratings cannot say which change matters.")
WEAK_ANCHOR = _("The rating of change hardly goes with the change of the score (correlation below 0.3).")
ANCHOR_TURNED = _("The rating of change goes against the change of the score: check which end of each is better.")
RATES_THE_PRESENT = _(
    "The rating goes with the start score as with the end score: it rates how things are, not change."
)
TOO_FEW_A_LITTLE_BETTER = _("Fewer than ten people rated themselves a little better.")
TOO_FEW_ON_A_SIDE = _("Fewer than ten people rated themselves better, or fewer than ten did not.")
SEPARATED = _("Some change parts all who rated themselves better from all who did not: the model has no solution.")
NO_SLOPE = _("Larger changes do not go with being rated better, so no change can be called the threshold.")
UNEVEN = _("Far more or far fewer than half are rated better, which pulls the predictive threshold from the true one.")


# --- cut-offs and clinically significant change ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Norm:
    """The mean and the standard deviation of the scores of some people. Raises ValueError without a spread."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and 0 < self.sd < math.inf):
            raise ValueError("A norm takes a mean and a standard deviation above 0: give both in the score's points.")


@dataclass(frozen=True, kw_only=True)
class Cutoffs:
    """Scores beyond which a person is no longer like those in the service (a), is like others (b), or is nearer to
    the others (c). Without figures of others there is only a."""

    a: float
    b: float | None
    c: float | None
    method: str = "cut-offs a, b and c (Jacobson & Truax 1991, p. 13)"


def cutoffs(service: Norm, others: Norm | None = None, *, higher_is: Direction) -> Cutoffs:
    """a is two SD from the service's mean towards the better end, b two SD from the others' mean towards the worse
    end, c the point as many SD from one mean as from the other: (S0 M1 + S1 M0)/(S0 + S1).

    Raises ValueError where others do not score better than those in the service.
    """
    better = 1 if higher_is == "better" else -1
    a = service.mean + better * 2 * service.sd
    if others is None:
        return Cutoffs(a=a, b=None, c=None)
    if better * (others.mean - service.mean) <= 0:
        raise ValueError("Others must score better than those in the service: check the means and which end is better.")
    c = (others.sd * service.mean + service.sd * others.mean) / (others.sd + service.sd)
    return Cutoffs(a=a, b=others.mean - better * 2 * others.sd, c=c)


@dataclass(frozen=True, kw_only=True)
class ClinicalSummary:
    """How many became reliably better and crossed a cut-off (`recovered`), became reliably better without crossing it
    (`improved`), stayed the same within error, became reliably worse."""

    recovered: int = 0
    improved: int = 0
    same: int = 0
    worse: int = 0

    @classmethod
    def of(
        cls, start: npt.ArrayLike, end: npt.ArrayLike, basis: ReliableBasis, *, cutoff: float, higher_is: Direction
    ) -> ClinicalSummary:
        """The counts of some pairs (Jacobson and Truax 1991); pairs that lack a score are left out."""
        better = 1 if higher_is == "better" else -1
        first, last = complete_pairs(start, end)
        index = reliable_change_index(pd.Series(better * (last - first)), basis).to_numpy()
        crossed = (better * (first - cutoff) <= 0) & (better * (last - cutoff) > 0)
        gained, worse = index > CRITICAL, int((index < -CRITICAL).sum())
        recovered = int((gained & crossed).sum())
        improved = int(gained.sum()) - recovered
        return cls(recovered=recovered, improved=improved, same=len(index) - recovered - improved - worse, worse=worse)

    def merge(self, other: ClinicalSummary) -> ClinicalSummary:
        return ClinicalSummary(
            recovered=self.recovered + other.recovered,
            improved=self.improved + other.improved,
            same=self.same + other.same,
            worse=self.worse + other.worse,
        )

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.recovered, self.improved, self.same, self.worse)


# --- error of measurement --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class MeasurementError:
    """The standard error of a score and the smallest detectable change, 1.96 sqrt(2) SEM, in points.

    `interval` is that of the SEM. `n` people stand behind it, None where it follows from a reliability.
    """

    n: int | None
    sem: float | None
    sdc: float | None
    interval: tuple[float, float] | None
    method: str
    reasons: tuple[str, ...] = ()


def error_from_reliability(basis: ReliableBasis) -> MeasurementError:
    """SEM = SD sqrt(1 - reliability) (Jacobson and Truax 1991, p. 14); the smallest detectable change is the basis's
    threshold of reliable change."""
    return MeasurementError(
        n=None,
        sem=basis.difference_sd / math.sqrt(2),
        sdc=basis.threshold,
        interval=None,
        method="SEM from a reliability: SD sqrt(1 - reliability) (Jacobson & Truax 1991)",
    )


def error_from_agreement(first: npt.ArrayLike, second: npt.ArrayLike, *, confidence: float = 0.95) -> MeasurementError:
    """SEM = SD of change / sqrt(2) of people who did not change between two measurements (two columns, row by row).

    The interval takes differences as normal (chi-squared). Source: de Vet et al. (2006), SEM of consistency, and for
    the smallest detectable change 1.96 sqrt(2) SEM. Raises ValueError where the lengths differ.
    """
    one, two = complete_pairs(first, second)
    n, method = len(one), "SEM from agreement: SD of change / sqrt(2) (de Vet et al. 2006)"
    sd = spread(two - one, among=np.concatenate([one, two])) if n > 1 else 0.0
    if sd == 0:
        reason = TOO_FEW_REPEATED if n < 2 else EQUAL_REPEATED
        return MeasurementError(n=n, sem=None, sdc=None, interval=None, method=method, reasons=(reason,))
    sem, tail = sd / math.sqrt(2), (1 - confidence) / 2
    low, high = (sem * math.sqrt((n - 1) / float(stats.chi2.ppf(p, n - 1))) for p in (1 - tail, tail))
    return MeasurementError(n=n, sem=sem, sdc=CRITICAL * sd, interval=(low, high), method=method)


@dataclass(frozen=True, kw_only=True)
class ErrorShare:
    """The share of unchanged people who would be called reliably better by error alone; as many are called worse.

    `least` is the smallest change that is called reliable, in points. `reasons` say why the share cannot be told.
    """

    share: float | None
    least: float
    method: str
    reasons: tuple[str, ...] = ()


def share_by_error(basis: ReliableBasis, *, step: float | None = None) -> ErrorShare:
    """What error alone makes of unchanged people, with normal errors: P(Z > 1.96), 2.5 %, on each side.

    A score that moves in steps (`step` points) exceeds the threshold only from the next step on, so that other than
    2.5 % do: P(Z > (least - step/2) / sqrt(S_diff^2 - step^2/12)), half a step for continuity and Sheppard's (1898)
    correction of the variance. It is that away from the ends of the range. Raises ValueError where the step is not
    above 0.
    """
    if step is None:
        share = float(stats.norm.sf(CRITICAL))
        return ErrorShare(share=share, least=basis.threshold, method="normal errors, two-sided, critical value 1.96")
    if not step > 0:
        raise ValueError("A score's step must be above 0: give the smallest difference between two scores in points.")
    # A step that equals the threshold does not exceed it, whatever the division rounds to.
    least = (math.floor(basis.threshold / step * (1 + 1e-12)) + 1) * step
    smooth = basis.difference_sd**2 - step**2 / 12
    return ErrorShare(
        share=float(stats.norm.sf((least - step / 2) / math.sqrt(smooth))) if smooth > 0 else None,
        least=least,
        method="normal errors on the score's steps, half a step for continuity, variance as in Sheppard (1898)",
        reasons=() if smooth > 0 else (TOO_COARSE,),
    )


# --- regression to the mean ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RegressionToMean:
    """The mean change (end minus start), what of it unchanged people would show (`expected`), and what is left
    (`adjusted`), with the interval of the last.

    `reliable` counts those further from what was expected of them than an error of prediction explains.
    """

    n: int
    change: float | None
    expected: float | None
    adjusted: float | None
    interval: tuple[float, float] | None
    reliable: ReliableSummary
    method: str = (
        "start scores shrunken to Kelley's (1947) estimated true scores; change adjusted as in McNemar (1940) and "
        "Davis (1976), each person's as in Hsu (1989); interval CR2 by group, mean and reliability taken as known"
    )
    reasons: tuple[str, ...] = ()


def regression_to_mean(
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    *,
    mean: float,
    basis: ReliableBasis,
    higher_is: Direction,
    confidence: float = 0.95,
) -> RegressionToMean:
    """How far the change of people who were chosen by, or came at, a low or high start goes beyond regression.

    With reliability r and the `mean` of all whom the start scores come from, an unchanged person who started at x is
    expected at mean + r (x - mean), a change of (1 - r)(mean - x). A person's own error of prediction has the SD
    S sqrt(1 - r^2). `cluster` names each one's group or is "". Raises ValueError where the lengths differ or the
    reliability is not between 0 and 1.
    """
    if not (0 < basis.reliability < 1 and basis.sd > 0):
        raise ValueError("Regression to the mean takes a reliability between 0 and 1 and a standard deviation above 0.")
    first, last, groups = _clustered_pairs(start, end, cluster)
    if len(first) == 0:
        return RegressionToMean(
            n=0,
            change=None,
            expected=None,
            adjusted=None,
            interval=None,
            reliable=ReliableSummary(),
            reasons=(NO_CHANGES,),
        )
    expected = (1 - basis.reliability) * (mean - first)
    beyond = last - first - expected
    interval, reasons = _interval(beyond, groups, float(beyond.mean()), confidence)
    index = beyond * (1 if higher_is == "better" else -1) / (basis.sd * math.sqrt(1 - basis.reliability**2))
    better, worse = int((index > CRITICAL).sum()), int((index < -CRITICAL).sum())
    return RegressionToMean(
        n=len(first),
        change=float((last - first).mean()),
        expected=float(expected.mean()),
        adjusted=float(beyond.mean()),
        interval=interval,
        reliable=ReliableSummary(better=better, same=len(index) - better - worse, worse=worse),
        reasons=reasons,
    )


def has_room(start: npt.ArrayLike, *, threshold: float, best: float, higher_is: Direction) -> npt.NDArray[np.bool_]:
    """Who can become better by `threshold` points before the range ends at its `best` score; not who has no start."""
    room = (best - np.asarray(start, dtype="float64")) * (1 if higher_is == "better" else -1)
    return np.asarray(room >= threshold, dtype=bool)


def _clustered_pairs(
    start: npt.ArrayLike, end: npt.ArrayLike, cluster: npt.ArrayLike | None
) -> tuple[Floats, Floats, pd.Series[str]]:
    first, last = np.asarray(start, dtype="float64"), np.asarray(end, dtype="float64")
    names = np.full(first.shape, "", dtype=object) if cluster is None else np.asarray(cluster, dtype=object)
    if not (first.shape == last.shape == names.shape and first.ndim == 1):
        raise ValueError("Start, end and groups must be columns of one length: give a row for each pair.")
    both = np.isfinite(first) & np.isfinite(last)
    return first[both], last[both], pd.Series(names[both], dtype="str").fillna("")


def _interval(
    values: Floats, groups: pd.Series[str], middle: float, confidence: float
) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """The CR2 interval about a mean (see `analysis.change.uncertainty`), or why there is none or it is rough."""
    found = uncertainty(
        Grouped.of(pd.Series(values, index=groups.index), groups), float(values.mean()), confidence=confidence
    )
    if found is None:
        return None, (ONE_PAIR if len(values) == 1 else ONE_GROUP,)
    reach = found.interval[1] - float(values.mean())
    return (middle - reach, middle + reach), (FEW_GROUPS,) if found.rough else ()


# --- meaningful change by an anchor ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class MeaningfulChange:
    """An improvement that matters to those who had it, in points towards the better end. `n` people stand behind it."""

    n: int
    estimate: float | None
    interval: tuple[float, float] | None
    method: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RocThreshold(MeaningfulChange):
    """The improvement from which on people are best told apart: `sensitivity` of those rated better reach it,
    `specificity` of the others do not. `auc` is the chance that one rated better improved more than one who is not."""

    auc: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None


@dataclass(frozen=True, kw_only=True)
class AnchorBased:
    """Meaningful change by an anchor, three ways, where the anchor is fit for it; else `reasons` say why it is not.

    The correlations (Spearman) are the anchor's with improvement, start and end, each turned so that higher is better.
    """

    n: int
    with_change: float | None
    with_start: float | None
    with_end: float | None
    mean_a_little_better: MeaningfulChange | None
    roc: RocThreshold | None
    predictive: MeaningfulChange | None
    reasons: tuple[str, ...] = ()


A_LITTLE_BETTER = "mean improvement of those who rate themselves a little better (Jaeschke et al. 1989); CR2 by group"
ROC = "improvement with the largest sum of sensitivity and specificity (Youden 1950)"
PREDICTIVE = (
    "improvement at which a logistic regression gives the chance of being rated better that all have before anything "
    "is known of them (Terluin et al. 2015); CR2 by group of its influence values"
)


def anchor_based(
    start: npt.ArrayLike,
    end: npt.ArrayLike,
    anchor: npt.ArrayLike,
    cluster: npt.ArrayLike | None = None,
    *,
    a_little_better: float,
    higher_is: Direction,
    confidence: float = 0.95,
) -> AnchorBased:
    """The meaningful change of a score by people's own rating of their change.

    A row for each person; those who lack a score or a rating are left out. `anchor` is a number that grows from worse
    to better, `a_little_better` its value for just that. `cluster` names each one's group or is "". The anchor must go
    with change by 0.3 at least (Revicki et al. 2008), and not with the start as it does with the end (Guyatt et al.
    2002). Raises ValueError where the lengths differ.
    """
    ratings = np.asarray(anchor, dtype="float64")
    if ratings.shape != np.shape(start):
        raise ValueError("Scores and ratings must be columns of one length: give a row for each person.")
    rated = np.where(np.isfinite(ratings), np.asarray(start, dtype="float64"), np.nan)
    kept = np.isfinite(rated) & np.isfinite(np.asarray(end, dtype="float64"))
    first, last, groups = _clustered_pairs(rated, end, cluster)
    better, rating = 1 if higher_is == "better" else -1, ratings[kept]
    improvement = better * (last - first)
    related = [_spearman(rating, score) for score in (improvement, better * first, better * last)]
    reasons = _unfit(*related)
    fit = not reasons
    return AnchorBased(
        n=len(rating),
        with_change=related[0],
        with_start=related[1],
        with_end=related[2],
        mean_a_little_better=_mean_of(improvement, groups, rating == a_little_better, confidence) if fit else None,
        roc=_youden(improvement, rating >= a_little_better) if fit else None,
        predictive=_predictive(improvement, groups, rating >= a_little_better, confidence) if fit else None,
        reasons=reasons,
    )


def _spearman(rating: Floats, score: Floats) -> float | None:
    if len(rating) < 3 or np.ptp(rating) == 0 or spread(score, among=score) == 0:
        return None
    return float(stats.spearmanr(rating, score).statistic)


def _unfit(change: float | None, start: float | None, end: float | None) -> tuple[str, ...]:
    if change is None:
        return (NO_ANCHOR_VARIANCE,)
    if abs(change) < RELATED:
        return (WEAK_ANCHOR,)
    if change < 0:
        return (ANCHOR_TURNED,)
    present = start is not None and end is not None and start * end > 0 and abs(start) >= PRESENT_STATE * abs(end)
    return (RATES_THE_PRESENT,) if present else ()


def _mean_of(
    improvement: Floats, groups: pd.Series[str], little: npt.NDArray[np.bool_], confidence: float
) -> MeaningfulChange:
    n = int(little.sum())
    if n < FEWEST_RATED:
        reasons: tuple[str, ...] = (TOO_FEW_A_LITTLE_BETTER,)
        return MeaningfulChange(n=n, estimate=None, interval=None, method=A_LITTLE_BETTER, reasons=reasons)
    estimate = float(improvement[little].mean())
    interval, reasons = _interval(improvement[little], groups[little], estimate, confidence)
    return MeaningfulChange(n=n, estimate=estimate, interval=interval, method=A_LITTLE_BETTER, reasons=reasons)


def _youden(improvement: Floats, better: npt.NDArray[np.bool_]) -> RocThreshold:
    """Cuts lie midway between neighbouring changes; of equally good ones, that with the most even error counts."""
    n, rated_better = len(better), int(better.sum())
    if min(rated_better, n - rated_better) < FEWEST_RATED:
        return RocThreshold(n=n, estimate=None, interval=None, method=ROC, reasons=(TOO_FEW_ON_A_SIDE,))
    values = np.unique(improvement)
    cuts = (values[1:] + values[:-1]) / 2
    gained, others = np.sort(improvement[better]), np.sort(improvement[~better])
    sensitivity = 1 - np.searchsorted(gained, cuts) / len(gained)
    specificity = np.searchsorted(others, cuts) / len(others)
    youden = sensitivity + specificity
    best = np.flatnonzero(np.isclose(youden, youden.max(), rtol=0, atol=1e-12))
    chosen = best[np.argmin(np.abs(sensitivity - specificity)[best])]
    wins = float(stats.rankdata(improvement)[better].sum()) - rated_better * (rated_better + 1) / 2
    return RocThreshold(
        n=n,
        estimate=float(cuts[chosen]),
        interval=None,
        method=ROC,
        auc=wins / (rated_better * (n - rated_better)),
        sensitivity=float(sensitivity[chosen]),
        specificity=float(specificity[chosen]),
    )


def _predictive(
    improvement: Floats, groups: pd.Series[str], better: npt.NDArray[np.bool_], confidence: float
) -> MeaningfulChange:
    """(logit(share rated better) - intercept) / slope; its influence values are those of all three."""
    n, share = len(better), float(better.mean())
    reason = _why_no_model(improvement, better)
    slope = 0.0
    if reason is None:
        sd = float(improvement.std(ddof=1))
        design = np.column_stack([np.ones(n), improvement / sd])
        coefficients, chance = _logistic(design, better)
        intercept, slope = (float(one) for one in coefficients)
        reason = NO_SLOPE if slope <= 0 else None
    if reason is not None:
        return MeaningfulChange(n=n, estimate=None, interval=None, method=PREDICTIVE, reasons=(reason,))
    threshold = (math.log(share / (1 - share)) - intercept) / slope
    information = (design * (chance * (1 - chance))[:, None]).T @ design / n
    moved = np.linalg.solve(information, (design * (better - chance)[:, None]).T)
    influence = ((better - share) / (share * (1 - share)) - moved[0] - threshold * moved[1]) / slope
    interval, reasons = _interval(influence * sd, groups, threshold * sd, confidence)
    if not EVEN[0] <= share <= EVEN[1]:
        reasons = (*reasons, UNEVEN)
    return MeaningfulChange(n=n, estimate=threshold * sd, interval=interval, method=PREDICTIVE, reasons=reasons)


def _why_no_model(improvement: Floats, better: npt.NDArray[np.bool_]) -> str | None:
    if min(int(better.sum()), int((~better).sum())) < FEWEST_RATED:
        return TOO_FEW_ON_A_SIDE
    gained, others = improvement[better], improvement[~better]
    return SEPARATED if gained.min() >= others.max() or gained.max() <= others.min() else None


def _logistic(design: Floats, better: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The coefficients and everyone's chance. With an overlap of the two sides the maximum exists and is found."""
    import statsmodels.api as sm  # slow to load

    fitted = sm.Logit(better.astype("float64"), design).fit(disp=0, maxiter=100, tol=1e-12)
    return fitted.params, fitted.predict()
