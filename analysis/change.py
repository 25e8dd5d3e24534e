"""Change within participations: its mean with an interval, standardised change, and reliable change.

What is summed up is `Mergeable`: a summary of any part of the pairs, merged with others in any order, finishes to the
same figures. Nothing is rounded here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal, Protocol, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.scores import CANCELLED as CANCELLED
from analysis.scores import Alpha, Floats
from survey.marking import _
from survey.model import Reference

METHOD = "CR2 variance and Satterthwaite degrees of freedom, clustered by group (Pustejovsky & Tipton 2018)"
STANDARDISED = "change in baseline standard deviations"
STANDARDISED_ESTIMATOR = "standardised mean change with raw-score standardisation (Becker 1988), uncorrected"
CRITICAL = 1.96
"""Jacobson and Truax's own figure: a change is reliable where it is further than this from zero."""
ENOUGH_FOR_PROVISIONAL = 100
FEWEST_CLUSTERS = 8
"""With fewer clusters an interval hangs on how few groups happened to be, whatever its degrees of freedom."""
FEWEST_DEGREES = 4
"""With fewer degrees of freedom the t approximation is itself rough (Pustejovsky and Tipton 2018, section 4)."""

ONE_PAIR = _("One pair alone gives no interval.")
ONE_GROUP = _("All pairs come from one group: no interval, as one group cannot show how much groups differ.")
GIVES_AWAY = _("No interval is shown: with so few groups it could give away the figures of one of them.")
UNDER_EIGHT = _("Fewer than eight groups: take the interval with care.")
FEW_GROUPS = _("Few or very unequal groups: the interval is rough.")
NO_REFERENCE = _("There is no reference for this dimension, and fewer than 100 start scores to estimate one from.")
NO_RELIABILITY = _("The items of this dimension do not hang together well enough to say which change is reliable.")
FORMATIVE = _("The items of this dimension are not meant to measure one thing, so there is no reliability to go by.")


class Mergeable(Protocol):
    """A summary of some rows that can be merged with the summary of others."""

    def merge(self, other: Self) -> Self: ...

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of people behind the figures: none may be too small to show."""
        ...


M = TypeVar("M", bound=Mergeable)


def merged(summaries: Iterable[M]) -> M:
    """One summary of all the rows behind several. Raises TypeError for none."""
    return reduce(lambda one, other: one.merge(other), summaries)


# --- mean change -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Moments:
    """The number, sum and sum of squares of some values."""

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    def merge(self, other: Moments) -> Moments:
        return Moments(n=self.n + other.n, total=self.total + other.total, squares=self.squares + other.squares)

    @classmethod
    def of(cls, values: pd.Series[float]) -> Moments:
        numbers = values.to_numpy(dtype="float64")
        return cls(n=len(numbers), total=float(numbers.sum()), squares=float(np.square(numbers).sum()))

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.n,)

    @property
    def mean(self) -> float:
        return self.total / self.n

    @property
    def sd(self) -> float | None:
        """The standard deviation (n - 1), or None where it cannot be told."""
        if self.n < 2:
            return None
        excess = self.squares - self.n * self.mean**2
        # What is left of equal values is the error of the subtraction.
        return math.sqrt(excess / (self.n - 1)) if excess > CANCELLED * self.squares else 0.0


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Some values, summed up by group. Those without a group are clusters of their own, so their moments do."""

    alone: Moments = Moments()
    groups: Mapping[str, Moments] = field(default_factory=dict)

    @classmethod
    def of(cls, values: pd.Series[float], cluster: pd.Series[str]) -> Grouped:
        """The summary of values, row by row; `cluster` names the group or is empty."""
        grouped = values[cluster != ""].groupby(cluster[cluster != ""])
        return cls(
            alone=Moments.of(values[cluster == ""]),
            groups={str(group): Moments.of(part) for group, part in grouped},
        )

    def merge(self, other: Grouped) -> Grouped:
        groups = dict(self.groups)
        for group, moments in other.groups.items():
            groups[group] = groups[group].merge(moments) if group in groups else moments
        return Grouped(alone=self.alone.merge(other.alone), groups=groups)

    @property
    def n(self) -> int:
        return self.alone.n + sum(moments.n for moments in self.groups.values())

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.n,)

    @property
    def mean(self) -> float:
        return (self.alone.total + sum(moments.total for moments in self.groups.values())) / self.n

    @property
    def clusters(self) -> int:
        return len(self.groups) + self.alone.n

    @property
    def outside_largest(self) -> int:
        """How many values there are outside the largest group; who came alone is in none."""
        return self.n - max((moments.n for moments in self.groups.values()), default=0)


@dataclass(frozen=True, kw_only=True)
class ChangeSummary:
    """Pairs of scores: those at the start, those at the end, and their changes by group."""

    start: Moments = Moments()
    end: Moments = Moments()
    change: Grouped = Grouped()

    @classmethod
    def of(cls, start: pd.Series[float], end: pd.Series[float], cluster: pd.Series[str]) -> ChangeSummary:
        """The summary of pairs, row by row; `cluster` names the group or is empty."""
        return cls(start=Moments.of(start), end=Moments.of(end), change=Grouped.of(end - start, cluster))

    def merge(self, other: ChangeSummary) -> ChangeSummary:
        return ChangeSummary(
            start=self.start.merge(other.start),
            end=self.end.merge(other.end),
            change=self.change.merge(other.change),
        )

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.start.n,)


@dataclass(frozen=True, kw_only=True)
class Uncertainty:
    """The standard error of a mean, its degrees of freedom, and the interval that follows."""

    se: float
    df: float
    interval: tuple[float, float]

    @property
    def rough(self) -> bool:
        """Whether there are too few degrees of freedom to lean on the interval."""
        return self.df < FEWEST_DEGREES


def uncertainty(values: Grouped, mean: float, *, confidence: float = 0.95) -> Uncertainty | None:
    """How sure a mean of grouped values is, or None where there is one cluster only.

    The CR2 variance and its Satterthwaite degrees of freedom (working model: independent, equal variances) have a
    closed form for a mean. With cluster sizes n_g, N their sum, and s_g the cluster's sum of residuals:
    V = sum(s_g^2 / (1 - n_g/N)) / N^2, and with u_g = n_g^2 / (1 - n_g/N):
    df = N^4 / (N^2 sum(n_g^2) + sum(u_g)^2 - sum(u_g^2)). Source: Pustejovsky and Tipton (2018), eq. 6-11.
    """
    if values.clusters < 2:
        return None
    variance, df = _cr2(values, mean)
    se = math.sqrt(variance)
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * se
    return Uncertainty(se=se, df=df, interval=(mean - reach, mean + reach))


def _cr2(values: Grouped, mean: float) -> tuple[float, float]:
    total = values.n
    alone, groups = values.alone, list(values.groups.values())
    sizes = np.array([g.n for g in groups], dtype="float64")
    residuals = np.array([g.total for g in groups], dtype="float64") - sizes * mean
    leverage = 1 - sizes / total
    u = sizes**2 / leverage
    own = max(alone.squares - 2 * mean * alone.total + alone.n * mean**2, 0.0) / (1 - 1 / total)
    variance = (float((residuals**2 / leverage).sum()) + own) / total**2
    u_alone = 1 / (1 - 1 / total)
    u_sum, u_squares = float(u.sum()) + alone.n * u_alone, float((u**2).sum()) + alone.n * u_alone**2
    squares = float((sizes**2).sum()) + alone.n
    return variance, total**4 / (total**2 * squares + u_sum**2 - u_squares)


@dataclass(frozen=True, kw_only=True)
class MeanChange:
    """A mean change from start to end, in points of the dimension's range.

    `reason` says why there is no interval, or why to take it with care.
    """

    n: int
    mean_start: float
    mean_end: float
    change: float
    interval: tuple[float, float] | None
    se: float | None
    df: float | None
    clusters: int
    standardised: float | None
    method: str = METHOD
    reason: str | None = None

    @property
    def rough(self) -> bool:
        """Whether there is an interval with too few degrees of freedom to lean on."""
        return self.df is not None and self.df < FEWEST_DEGREES


def mean_change(summary: ChangeSummary, *, confidence: float = 0.95) -> MeanChange:
    """The mean change with its interval (see `uncertainty`). Raises ValueError where there are no pairs.

    The standardised change divides by the paired start scores' SD (Becker 1988, no small-sample correction).
    """
    n = summary.start.n
    if n == 0:
        raise ValueError("no pairs, so no change")
    change = summary.end.mean - summary.start.mean
    spread = summary.start.sd
    clusters = summary.change.clusters
    found = uncertainty(summary.change, change, confidence=confidence)
    return MeanChange(
        n=n,
        mean_start=summary.start.mean,
        mean_end=summary.end.mean,
        change=change,
        interval=None if found is None else found.interval,
        se=None if found is None else found.se,
        df=None if found is None else found.df,
        clusters=clusters,
        standardised=change / spread if spread else None,
        reason=_caution(n, clusters, found),
    )


def _caution(n: int, clusters: int, found: Uncertainty | None) -> str | None:
    if clusters == 1:
        return ONE_PAIR if n == 1 else ONE_GROUP
    if found is not None and found.rough:
        return FEW_GROUPS
    return UNDER_EIGHT if clusters < FEWEST_CLUSTERS else None


# --- reliable change -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ReliableBasis:
    """What reliable change is judged by: a spread at the start and a reliability, and where they come from.

    `interval` is that of the reliability, where it is estimated from this data (`provisional`).
    """

    sd: float
    reliability: float
    source: str
    provisional: bool
    interval: tuple[float, float] | None = None

    @property
    def difference_sd(self) -> float:
        """The standard deviation of the difference of two scores of an unchanged person (S_diff)."""
        return math.sqrt(2) * self.sd * math.sqrt(1 - self.reliability)

    @property
    def threshold(self) -> float:
        """The change in points beyond which it is reliable."""
        return CRITICAL * self.difference_sd


def reliable_basis(
    reference: Reference | None, start: Moments, alpha: Alpha | None, measurement: Literal["reflective", "formative"]
) -> ReliableBasis | str:
    """The basis for reliable change, or the reason why there is none.

    The dimension's own `reference`; without one, provisionally, the pooled start scores' SD and alpha of this data,
    where there are 100 of both.
    """
    if reference is not None:
        return ReliableBasis(
            sd=reference.sd, reliability=reference.reliability, source=reference.source, provisional=False
        )
    if measurement == "formative":
        return FORMATIVE
    if start.sd is None or alpha is None or min(start.n, alpha.n) < ENOUGH_FOR_PROVISIONAL:
        return NO_REFERENCE
    if not 0 < alpha.value < 1:
        return NO_RELIABILITY
    return ReliableBasis(sd=start.sd, reliability=alpha.value, source="", provisional=True, interval=alpha.interval)


def reliable_change_index(change: pd.Series[float], basis: ReliableBasis) -> pd.Series[float]:
    """Each change in standard deviations of the difference (Jacobson and Truax 1991, eq. 3)."""
    return change / basis.difference_sd


@dataclass(frozen=True, kw_only=True)
class ReliableSummary:
    """How many became reliably better, stayed the same within error, became reliably worse."""

    better: int = 0
    same: int = 0
    worse: int = 0

    @classmethod
    def of(
        cls, change: pd.Series[float], basis: ReliableBasis, higher_is: Literal["better", "worse"]
    ) -> ReliableSummary:
        """The counts of some changes; where a higher score is worse, a fall is better."""
        index = reliable_change_index(change if higher_is == "better" else -change, basis)
        better, worse = int((index > CRITICAL).sum()), int((index < -CRITICAL).sum())
        return cls(better=better, same=len(index) - better - worse, worse=worse)

    def merge(self, other: ReliableSummary) -> ReliableSummary:
        return ReliableSummary(
            better=self.better + other.better, same=self.same + other.same, worse=self.worse + other.worse
        )

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.better, self.same, self.worse)


@dataclass(frozen=True, kw_only=True, eq=False)
class ChangeFrequencies:
    """How many changed by how much (points, rising), so that reliable change can be judged when it is known by what:
    the basis may hang on all people, of whom these are some."""

    changes: Floats
    counts: NDArray[np.int64]

    def judged(self, basis: ReliableBasis, higher_is: Literal["better", "worse"]) -> ReliableSummary:
        """As `ReliableSummary.of` judges each change."""
        index = self.changes / basis.difference_sd * (1 if higher_is == "better" else -1)
        better, worse = (int(self.counts[beyond].sum()) for beyond in (index > CRITICAL, index < -CRITICAL))
        return ReliableSummary(better=better, same=int(self.counts.sum()) - better - worse, worse=worse)
