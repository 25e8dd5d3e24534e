"""Who answered at the start and not at the end: how many, how they differ, and what change would be if all had stayed.

Everything here looks at one row per participation, all of them at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special, stats

from analysis import AnalysisError
from analysis.change import (
    CANCELLED,
    FEW_GROUPS,
    FEWEST_CLUSTERS,
    FEWEST_DEGREES,
    ONE_GROUP,
    UNDER_EIGHT,
    ChangeSummary,
    MeanChange,
    mean_change,
)
from analysis.outcomes import Split, wilson
from analysis.scores import Floats
from survey.marking import _
from survey.records import ExitReason

Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

SHARE = "share with the score interval (Wilson 1927)"
RR1 = "response rate 1 (AAPOR 2023, Standard Definitions, 10th edition)"
RR2 = "response rate 2 (AAPOR 2023, Standard Definitions, 10th edition)"
SMD = "difference of means in pooled standard deviations, the root of the mean of both variances (Austin 2009)"
LOGIT = (
    "logistic regression by maximum likelihood; Wald intervals by CR1 variance, clustered by group (Liang & Zeger 1986)"
)
WEIGHTED = (
    "mean change weighted by stabilised inverse probabilities of staying (Robins, Hernán & Brumback 2000); CR2-like "
    "variance of the linearised mean, the weights being estimated (Lunceford & Davidian 2004), clustered by group"
)
TRUNCATE = (1.0, 99.0)
SAME = 1e-12
"""Values whose spread is this small a part of their mean are equal."""

NOBODY = _("Nobody is in this count, so there is no share of them.")
TOO_FEW_TO_COMPARE = _("There are fewer than two people with a value on one of the sides.")
NO_SPREAD = _("All values are the same on each side, so there is no standard deviation to compare by.")
ONE_SIDE = _("There must be people on both sides to tell what it hangs on.")
COLLINEAR = _("One of the background variables does not vary or follows from the others. Leave it out.")
SEPARATED = _(
    "The background variables part the two sides completely, at least for some people, so odds cannot be estimated. "
    "Leave one out, or join rare answers."
)
NOBODY_STAYED = _("Nobody answered both at the start and at the end, so there is no change.")


# --- how many stayed and answered ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Share:
    """`yes` of `n` people, as a share between 0 and 1 with its interval; None where there is nobody."""

    n: int
    yes: int
    estimate: float | None
    interval: tuple[float, float] | None
    method: str
    reasons: tuple[str, ...] = ()


def share(yes: int, n: int, *, method: str = SHARE, confidence: float = 0.95) -> Share:
    """A share with Wilson's interval, or the reason why there is none."""
    if n == 0:
        return Share(n=0, yes=0, estimate=None, interval=None, method=method, reasons=(NOBODY,))
    return Share(n=n, yes=yes, estimate=yes / n, interval=wilson(yes, n, confidence=confidence), method=method)


@dataclass(frozen=True, kw_only=True)
class Linkage:
    """Participations by whether they answered at the start and at the end."""

    both: int = 0
    start_only: int = 0
    end_only: int = 0
    neither: int = 0

    @classmethod
    def of(cls, start: pd.Series[bool], end: pd.Series[bool]) -> Linkage:
        """The counts of participations, row by row: whether each answered then."""
        return cls(
            both=int((start & end).sum()),
            start_only=int((start & ~end).sum()),
            end_only=int((~start & end).sum()),
            neither=int((~start & ~end).sum()),
        )

    def merge(self, other: Linkage) -> Linkage:
        return Linkage(
            both=self.both + other.both,
            start_only=self.start_only + other.start_only,
            end_only=self.end_only + other.end_only,
            neither=self.neither + other.neither,
        )

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.both, self.start_only, self.end_only, self.neither)

    @property
    def retention(self) -> Share:
        """Of those who answered at the start, the share that answered at the end too."""
        return share(self.both, self.both + self.start_only)

    @property
    def linkage(self) -> Share:
        """Of those who answered at the end, the share that has a start to compare with."""
        return share(self.both, self.both + self.end_only)


@dataclass(frozen=True, kw_only=True)
class Dispositions:
    """Invited participations by what came of one questionnaire at one wave, in the words of the collector's counts.

    `complete`, `partial` and `break_off` by the share of what was shown that is answered, `silent` without any answer.
    All invited are known and eligible, so that unknown eligibility is 0 and RR1 = RR3 = RR5, RR2 = RR4 = RR6. Whose
    window is still open, or who was revoked, is in none of the counts.
    """

    complete: int = 0
    partial: int = 0
    break_off: int = 0
    silent: int = 0

    def merge(self, other: Dispositions) -> Dispositions:
        return Dispositions(
            complete=self.complete + other.complete,
            partial=self.partial + other.partial,
            break_off=self.break_off + other.break_off,
            silent=self.silent + other.silent,
        )

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.complete, self.partial, self.break_off, self.silent)

    @property
    def eligible(self) -> int:
        return sum(self.counts)

    @property
    def rr1(self) -> Share:
        """Complete ÷ eligible."""
        return share(self.complete, self.eligible, method=RR1)

    @property
    def rr2(self) -> Share:
        """Complete and partial ÷ eligible."""
        return share(self.complete + self.partial, self.eligible, method=RR2)


def answered_by_exit(exit_reason: pd.Series[str], answered: pd.Series[bool]) -> dict[ExitReason | None, Split]:
    """How many answered the end wave and how many did not, by why they left; None where no reason is recorded.

    Row by row of participations; every reason is there, in the order of the records, with counts of 0 too. Those who
    leave for work often skip the end wave: their row says how often.
    """
    known: tuple[ExitReason, ...] = get_args(ExitReason)
    given = exit_reason.astype("object")
    strange = sorted({str(reason) for reason in given.dropna()} - {*known})
    if strange:
        raise AnalysisError(f"'{strange[0]}' is not an exit reason. Use one of: {', '.join(known)}.")
    found: dict[ExitReason | None, Split] = {reason: Split.of(answered[given == reason]) for reason in known}
    found[None] = Split.of(answered[given.isna()])
    return found


# --- how they differ at the start ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class BaselineDifference:
    """How far those who stayed are from those who left in one covariate at the start.

    `n` is the number of people with a value among those who stayed and those who left, `means` are theirs in the
    covariate's own units. `estimate` is the difference of the means in pooled standard deviations.
    """

    covariate: str
    n: tuple[int, int]
    means: tuple[float | None, float | None]
    estimate: float | None
    interval: tuple[float, float] | None
    method: str = SMD
    reasons: tuple[str, ...] = ()


def baseline_differences(
    covariates: pd.DataFrame, stayed: pd.Series[bool], *, confidence: float = 0.95
) -> tuple[BaselineDifference, ...]:
    """One difference for each column of numbers (or bool), in their order; missing values are left out by column.

    Estimate: (mean of stayed - mean of left) / sqrt((s1² + s0²) / 2), variances with n - 1 (Austin 2009). Interval: the
    normal one with the variance 1/n1 + 1/n0 + d²/(2(n1 + n0)) (Hedges and Olkin 1985, ch. 5, eq. 14), which takes
    people as independent. Raises AnalysisError for a column that holds words: make each answer a column of its own.
    """
    values = numeric(covariates)
    kept = stayed.to_numpy(dtype=bool)
    return tuple(
        _difference(str(name), values[kept, column], values[~kept, column], confidence)
        for column, name in enumerate(covariates.columns)
    )


def numeric(covariates: pd.DataFrame) -> Floats:
    """Rows × columns of numbers, NaN where there is none. Raises AnalysisError for a column that holds words."""
    for name in covariates.columns:
        if not pd.api.types.is_numeric_dtype(covariates[name]):
            raise AnalysisError(f"'{name}' holds words, not numbers. Make each of its answers a column of its own.")
    return covariates.to_numpy(dtype="float64", na_value=np.nan)


def _known(values: Floats) -> Bools:
    """Which rows have every value."""
    return np.asarray(np.isfinite(values).all(axis=1))


def _difference(name: str, stayed: Floats, left: Floats, confidence: float) -> BaselineDifference:
    one, other = stayed[np.isfinite(stayed)], left[np.isfinite(left)]
    n = len(one), len(other)
    means = float(one.mean()) if n[0] else None, float(other.mean()) if n[1] else None
    spread = 0.0
    if min(n) >= 2:
        spread = math.sqrt((_variance(one) + _variance(other)) / 2)
    if spread == 0 or means[0] is None or means[1] is None:
        reason = TOO_FEW_TO_COMPARE if min(n) < 2 else NO_SPREAD
        return BaselineDifference(covariate=name, n=n, means=means, estimate=None, interval=None, reasons=(reason,))
    estimate = (means[0] - means[1]) / spread
    se = math.sqrt(1 / n[0] + 1 / n[1] + estimate**2 / (2 * sum(n)))
    reach = float(stats.norm.ppf((1 + confidence) / 2)) * se
    return BaselineDifference(
        covariate=name, n=n, means=means, estimate=estimate, interval=(estimate - reach, estimate + reach)
    )


def _variance(values: Floats) -> float:
    """The variance (n - 1); what rounding leaves of equal values is 0."""
    found = float(values.var(ddof=1))
    return found if found > CANCELLED * float(np.square(values).mean()) else 0.0


# --- who stayed ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class LogitFit:
    """A fitted logistic regression of people (rows).

    `design` is a column of ones and the covariates in standard deviations from their means (`spread` in their own
    units); `coefficients` are the log odds of its columns, `information` the inverse of their covariance under the
    model.
    """

    design: Floats
    spread: Floats
    coefficients: Floats
    probabilities: Floats

    @property
    def information(self) -> Floats:
        weight = self.probabilities * (1 - self.probabilities)
        return np.asarray(self.design.T @ (self.design * weight[:, None]))


def logit(covariates: Floats, outcome: Bools) -> LogitFit | str:
    """A logistic regression of people (rows) on covariates (columns) by maximum likelihood, or why there is none.

    That estimates exist is settled beforehand: by the rank of the design, and by a linear program that finds complete
    and quasi-complete separation (Albert and Anderson 1984; Konis 2007).
    """
    if outcome.all() or not outcome.any():
        return ONE_SIDE
    middle, spread = covariates.mean(axis=0), covariates.std(axis=0)
    if (spread <= SAME * np.abs(middle)).any():
        return COLLINEAR
    # In standard deviations, so that no covariate's unit decides about rank, separation or convergence.
    design = np.column_stack([np.ones(len(outcome)), (covariates - middle) / spread])
    if np.linalg.matrix_rank(design, tol=1e-8 * math.sqrt(len(outcome))) < design.shape[1]:
        return COLLINEAR
    found = None if _separated(design, outcome) else _maximum(design, outcome)
    if found is None:
        return SEPARATED
    probabilities = np.asarray(special.expit(design @ found))
    return LogitFit(design=design, spread=spread, coefficients=found, probabilities=probabilities)


def _separated(design: Floats, outcome: Bools) -> bool:
    """Whether some direction has nobody on the wrong side of 0 and somebody beyond it. If so, it is as long as allowed;
    if not, only 0 itself has nobody on the wrong side."""
    signed = np.where(outcome, 1.0, -1.0)[:, None] * design
    found = optimize.linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return bool(np.abs(found.x).max() > 0.5)


def _maximum(design: Floats, outcome: Bools) -> Floats | None:
    import statsmodels.api as sm  # It takes seconds to load.

    model = sm.Logit(outcome.astype(np.float64), design)
    try:
        # Steps far out overflow where people are all but separated; then it does not converge.
        with np.errstate(all="ignore"):
            found = model.fit(disp=0, tol=1e-10, maxiter=100, warn_convergence=False)
    except np.linalg.LinAlgError:
        return None
    coefficients = np.asarray(found.params, dtype=np.float64)
    return coefficients if found.mle_retvals["converged"] and np.isfinite(coefficients).all() else None


@dataclass(frozen=True, kw_only=True)
class OddsRatio:
    """By what the odds of staying are multiplied when a covariate is one higher and the others are the same."""

    covariate: str
    estimate: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Staying:
    """What staying hangs on. `n` people with all covariates, `stayed` of them; `left_out` lack one."""

    n: int
    stayed: int
    left_out: int
    clusters: int
    estimates: tuple[OddsRatio, ...] = ()
    method: str = LOGIT
    reasons: tuple[str, ...] = ()


def staying(
    covariates: pd.DataFrame, stayed: pd.Series[bool], cluster: pd.Series[str], *, confidence: float = 0.95
) -> Staying:
    """A logistic regression of staying on covariates (columns of numbers), with an odds ratio for each.

    Row by row of those who answered at the start; `cluster` names the group or is empty. Intervals: t with clusters - 1
    degrees of freedom on the sandwich variance times G / (G - 1) (Liang and Zeger 1986). No estimates where staying
    cannot be modelled (`reasons`). Raises AnalysisError for a column that holds words.
    """
    values = numeric(covariates)
    complete = _known(values)
    outcome = stayed.to_numpy(dtype=bool)[complete]
    codes, clusters = _codes(cluster[complete])
    fit = logit(values[complete], outcome)
    names = [str(name) for name in covariates.columns]
    return Staying(
        n=len(outcome),
        stayed=int(outcome.sum()),
        left_out=int((~complete).sum()),
        clusters=clusters,
        estimates=() if isinstance(fit, str) else _odds(fit, outcome, codes, names, confidence),
        reasons=(fit,) if isinstance(fit, str) else _cautions(clusters, clusters - 1),
    )


def _codes(cluster: pd.Series[str]) -> tuple[Codes, int]:
    """A number for each row's cluster, and how many there are; who came alone is a cluster."""
    codes, names = pd.factorize(cluster.mask(cluster == ""))
    alone = codes < 0
    found = np.where(alone, len(names) + np.cumsum(alone) - 1, codes)
    return found.astype(np.int64), len(names) + int(alone.sum())


def _sums(codes: Codes, values: Floats, clusters: int) -> Floats:
    """The sum of the values in each cluster."""
    return np.asarray(np.bincount(codes, values, clusters), dtype=np.float64)


def _cautions(clusters: int, df: float) -> tuple[str, ...]:
    if clusters == 1:
        return (ONE_GROUP,)
    # Five equal clusters have four degrees of freedom but for rounding.
    if df + 1e-9 < FEWEST_DEGREES:
        return (FEW_GROUPS,)
    return (UNDER_EIGHT,) if clusters < FEWEST_CLUSTERS else ()


def _odds(fit: LogitFit, outcome: Bools, codes: Codes, names: list[str], confidence: float) -> tuple[OddsRatio, ...]:
    clusters = int(codes.max()) + 1
    slopes, reach = fit.coefficients[1:] / fit.spread, None
    if clusters > 1:
        scores = [_sums(codes, column * (outcome - fit.probabilities), clusters) for column in fit.design.T]
        spread = np.linalg.solve(fit.information, np.array(scores))
        se = np.sqrt(np.square(spread).sum(axis=1) * clusters / (clusters - 1))[1:] / fit.spread
        reach = float(stats.t.ppf((1 + confidence) / 2, clusters - 1)) * se
    return tuple(
        OddsRatio(
            covariate=name,
            estimate=_odds_of(slopes[n]),
            interval=None if reach is None else (_odds_of(slopes[n] - reach[n]), _odds_of(slopes[n] + reach[n])),
        )
        for n, name in enumerate(names)
    )


def _odds_of(log_odds: float) -> float:
    """Held inside what a float can say: one unit of a covariate that varies by little may be beyond it."""
    return math.exp(min(max(float(log_odds), -700.0), 700.0))


# --- change, were all to have stayed ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class WeightedChange:
    """The mean change of those who stayed (`complete`), and the same weighted to stand for all who started.

    `n` people who started and have all covariates; `left_out` lack one, or a start score. In points of the dimension's
    range. `effective_n` is what the weights leave of those who stayed (Kish 1965), `largest_weight` the most that one
    of them counts for, `truncated` the percentiles beyond which weights were set to them.
    """

    n: int
    left_out: int
    complete: MeanChange | None
    truncated: tuple[float, float]
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    se: float | None = None
    df: float | None = None
    effective_n: float | None = None
    largest_weight: float | None = None
    method: str = WEIGHTED
    reasons: tuple[str, ...] = ()


def weighted_change(
    start: pd.Series[float],
    end: pd.Series[float],
    covariates: pd.DataFrame,
    cluster: pd.Series[str],
    *,
    truncate: tuple[float, float] = TRUNCATE,
    confidence: float = 0.95,
) -> WeightedChange:
    """The mean change, each who stayed weighted by P(staying) / P(staying | covariates), beside the unweighted one.

    Row by row of participations; `end` is NaN for who left, `cluster` names the group or is empty. The covariates are
    columns of numbers known at the start: put the start score among them. Weights beyond the percentiles `truncate`
    (of the weights of those who stayed; 0 and 100 truncate none) are set to them (Cole and Hernán 2008), which trades a
    little bias for less variance. For the interval see `_linearised`.

    It is right only where staying hangs on nothing but these covariates (missing at random). Raises AnalysisError for
    a column that holds words, ValueError for percentiles out of order.
    """
    if not 0 <= truncate[0] < truncate[1] <= 100:
        raise ValueError("truncate takes two percentiles between 0 and 100, the lower one first")
    values = numeric(covariates)
    known = _known(values) & start.notna().to_numpy()
    change = np.asarray((end - start)[known].to_numpy(dtype="float64", na_value=np.nan), dtype=np.float64)
    stayed = np.isfinite(change)
    # Where everybody stayed, there is nothing to fit and all weights are 1.
    fit = None if stayed.all() else logit(values[known], stayed)
    plain = WeightedChange(
        n=len(change),
        left_out=int((~known).sum()),
        complete=_complete(start[known][stayed], end[known][stayed], cluster[known][stayed], confidence),
        truncated=truncate,
    )
    if plain.complete is None:
        return replace(plain, reasons=(NOBODY_STAYED,))
    if isinstance(fit, str):
        return replace(plain, reasons=(fit,))
    return _weighted(plain, fit, change, _codes(cluster[known])[0], confidence)


def _complete(
    start: pd.Series[float], end: pd.Series[float], cluster: pd.Series[str], confidence: float
) -> MeanChange | None:
    return mean_change(ChangeSummary.of(start, end, cluster), confidence=confidence) if len(start) else None


def _weighted(
    plain: WeightedChange, fit: LogitFit | None, change: Floats, codes: Codes, confidence: float
) -> WeightedChange:
    stayed = np.isfinite(change)
    full = stayed.mean() / fit.probabilities if fit else np.ones(len(change))
    weight = np.clip(full, *np.percentile(full[stayed], plain.truncated)) * stayed
    moved = np.where(stayed, change, 0.0)
    estimate = float((weight * moved).sum() / weight.sum())
    parts = _Parts(share=weight / weight.sum(), residual=(moved - estimate) * stayed, bends=(weight == full))
    found = _linearised(parts, fit, stayed, codes)
    reach = None if found is None else float(stats.t.ppf((1 + confidence) / 2, found[1])) * found[0]
    return replace(
        plain,
        estimate=estimate,
        interval=None if reach is None else (estimate - reach, estimate + reach),
        se=None if found is None else found[0],
        df=None if found is None else found[1],
        effective_n=float(weight.sum() ** 2 / np.square(weight).sum()),
        largest_weight=float(weight.max()),
        reasons=(ONE_GROUP,) if found is None else _cautions(len(np.unique(codes[stayed])), found[1]),
    )


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """A weighted mean, person by person: shares of the weight, residuals, and whose weight is not truncated."""

    share: Floats
    residual: Floats
    bends: Bools


def _linearised(parts: _Parts, fit: LogitFit | None, stayed: Bools, codes: Codes) -> tuple[float, float] | None:
    """Standard error and degrees of freedom of a weighted mean whose weights are estimated; None of one cluster only.

    Each person's part in the mean is q r + D' I^-1 x (S - p): its share of the weight times its residual, and what it
    moves the mean by through the weights, D being the mean's slope in the logit's coefficients and I their information
    (stacked estimating equations: Lunceford and Davidian 2004, section 3). Truncated weights are taken as fixed.
    Parts are summed by cluster; the square of each sum is divided by what it would fall short of on average, were the
    weights known and the changes independent with equal variances, and the degrees of freedom are Satterthwaite's under
    that model. So with equal weights it is the CR2 of `analysis.change.uncertainty`.
    """
    q, r = parts.share, parts.residual
    clusters = int(codes.max()) + 1
    a, b = _sums(codes, q, clusters), _sums(codes, q**2, clusters)
    if (a > 0).sum() < 2:
        return None
    influence = q * r
    if fit is not None:
        slope = -(fit.design * (q * r * (1 - fit.probabilities) * parts.bends)[:, None]).sum(axis=0)
        influence = influence + fit.design @ np.linalg.solve(fit.information, slope) * (stayed - fit.probabilities)
    total = b.sum()
    # A cluster's sum of q r has the variance b (1 - 2a) + a² total where each change has 1; it stands for b.
    expected = b * (1 - 2 * a) + a**2 * total
    factor = np.where(a > 0, b / np.where(a > 0, expected, 1), 1.0)
    variance = float((factor * _sums(codes, influence, clusters) ** 2).sum())
    return math.sqrt(variance), _satterthwaite(a, b, factor)


def _satterthwaite(a: Floats, b: Floats, factor: Floats) -> float:
    """(trace of the covariance of the clusters' scaled sums)² ÷ the sum of its squares.

    Two clusters' sums have the covariance -a b' - b a' + a a' total, which is of rank two: no matrix of all pairs of
    clusters is needed.
    """
    total = b.sum()
    root = np.sqrt(factor)
    both = np.column_stack([root * a, root * b])
    middle = np.array([[total, -1.0], [-1.0, 0.0]]) @ (both.T @ both)
    own = factor * (a**2 * total - 2 * a * b)
    squares = float(np.trace(middle @ middle) - np.square(own).sum() + np.square(b).sum())
    return float(total) ** 2 / squares
