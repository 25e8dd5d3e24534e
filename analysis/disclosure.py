"""What may leave the analyst's machine. `Release` alone makes `Protected` values, and renderers take nothing else.

A cell too small climbs: the row of a service shows the figure of its kind, or that of all services, or none, and
says so. Rounding is done here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from analysis.change import ChangeSummary, Mergeable, Moments, ReliableBasis, ReliableSummary, mean_change, merged
from analysis.outcomes import Count, Split, wilson
from analysis.suppression import Place, showable, with_parents
from survey.marking import _

CLIMBED_TO_KIND = _(
    "Too few to show alone, or a small figure could be worked out from it: figures of the kind of service."
)
CLIMBED_TO_ALL = _("Too few to show alone, or a small figure could be worked out from it: figures of all services.")
WITHHELD = _("Withheld: too few, even for all services together.")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The thresholds: people in each count shown, and people behind a mean. Decimals are fixed in the figures."""

    minimum_count: int = 5
    minimum_mean: int = 10


# --- figures: rounded ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ChangeFigures:
    """A mean change, rounded: points to one decimal, the standardised change to two."""

    n_pairs: int
    mean_start: float
    mean_end: float
    change: float
    interval: tuple[float, float] | None
    df: float | None
    clusters: int
    standardised: float | None
    method: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ReliableFigures:
    """Whole percentages of those who changed reliably, or not."""

    n: int
    better: int
    same: int
    worse: int


@dataclass(frozen=True, kw_only=True)
class ShareFigures:
    """A share in whole per cent, with its interval."""

    n: int
    yes: int
    percent: int
    interval: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class MeanFigures:
    """A mean at one wave, to one decimal."""

    n: int
    mean: float


@dataclass(frozen=True, kw_only=True)
class CountFigures:
    """A number of people."""

    n: int


@dataclass(frozen=True, kw_only=True)
class BasisFigures:
    """What reliable change is judged by: points to one decimal, the reliability to two."""

    sd: float
    reliability: float
    threshold: float
    source: str
    provisional: bool
    interval: tuple[float, float] | None


# --- release ---------------------------------------------------------------------------------------------------------

S = TypeVar("S", bound=Mergeable)
T = TypeVar("T", ChangeFigures, ReliableFigures, ShareFigures, MeanFigures, CountFigures, BasisFigures)
_SEAL = object()


class Protected(Generic[T]):
    """A figure that may be shown: for the row of `place`, that of `shown` (itself or wider), or None with a reason."""

    __slots__ = ("figures", "place", "reason", "shown")

    place: Place
    shown: Place | None
    figures: T | None
    reason: str | None

    def __init__(
        self, *, seal: object, place: Place, shown: Place | None, figures: T | None, reason: str | None
    ) -> None:
        if seal is not _SEAL:
            raise TypeError("only Release makes protected figures")
        self.place, self.shown, self.figures, self.reason = place, shown, figures, reason


@dataclass(frozen=True, kw_only=True)
class Release:
    """Makes protected tables: one row for each service given, each of their kinds, and all of an arm."""

    policy: Policy = Policy()

    def changes(self, cells: Mapping[Place, ChangeSummary]) -> Mapping[Place, Protected[ChangeFigures]]:
        """Mean changes: a mean needs more people than a count."""
        return _protect(cells, self.policy.minimum_mean, _change_figures)

    def reliable(self, cells: Mapping[Place, ReliableSummary]) -> Mapping[Place, Protected[ReliableFigures]]:
        """Reliable change: each of the three groups must be large enough."""
        return _protect(cells, self.policy.minimum_count, _reliable_figures)

    def shares(self, cells: Mapping[Place, Split]) -> Mapping[Place, Protected[ShareFigures]]:
        """Shares: both those of whom it holds and the others must be enough."""
        return _protect(cells, self.policy.minimum_count, _share_figures)

    def means(self, cells: Mapping[Place, Moments]) -> Mapping[Place, Protected[MeanFigures]]:
        """Means at one wave."""
        return _protect(cells, self.policy.minimum_mean, _mean_figures)

    def basis(self, basis: ReliableBasis | str) -> Protected[BasisFigures]:
        """A reference is public; a provisional basis rests on 100 people or more. A reason stands for none."""
        if isinstance(basis, str):
            return Protected(seal=_SEAL, place=Place(), shown=None, figures=None, reason=basis)
        figures = BasisFigures(
            sd=_tidy(basis.sd, 1),
            reliability=_tidy(basis.reliability, 2),
            threshold=_tidy(basis.threshold, 1),
            source=basis.source,
            provisional=basis.provisional,
            interval=None if basis.interval is None else (_tidy(basis.interval[0], 2), _tidy(basis.interval[1], 2)),
        )
        return Protected(seal=_SEAL, place=Place(), shown=Place(), figures=figures, reason=None)

    def numbers(self, cells: Mapping[Place, Count]) -> Mapping[Place, Protected[CountFigures]]:
        """Plain numbers of people."""
        return _protect(cells, self.policy.minimum_count, _count_figures)


def _protect(cells: Mapping[Place, S], minimum: int, finish: Callable[[S], T]) -> Mapping[Place, Protected[T]]:
    shown = showable({place: summary.counts for place, summary in cells.items()}, minimum)
    figures = {p: finish(merged(s for service, s in cells.items() if p.holds(service))) for p in shown}
    return {place: _row(place, figures) for place in with_parents(cells)}


def _row(place: Place, figures: Mapping[Place, T]) -> Protected[T]:
    shown = next((p for p in (place, *place.parents) if p in figures), None)
    if shown is None:
        return Protected(seal=_SEAL, place=place, shown=None, figures=None, reason=WITHHELD)
    reason = None if shown == place else CLIMBED_TO_KIND if shown.level == "kind" else CLIMBED_TO_ALL
    return Protected(seal=_SEAL, place=place, shown=shown, figures=figures[shown], reason=reason)


def _change_figures(summary: ChangeSummary) -> ChangeFigures:
    change = mean_change(summary)
    interval = change.interval
    return ChangeFigures(
        n_pairs=change.n,
        mean_start=_tidy(change.mean_start, 1),
        mean_end=_tidy(change.mean_end, 1),
        change=_tidy(change.change, 1),
        interval=None if interval is None else (_tidy(interval[0], 1), _tidy(interval[1], 1)),
        df=None if change.df is None else _tidy(change.df, 1),
        clusters=change.clusters,
        standardised=None if change.standardised is None else _tidy(change.standardised, 2),
        method=change.method,
        reason=change.reason,
    )


def _reliable_figures(summary: ReliableSummary) -> ReliableFigures:
    n = sum(summary.counts)
    better, same, worse = (_percent(count / n) for count in summary.counts)
    return ReliableFigures(n=n, better=better, same=same, worse=worse)


def _share_figures(split: Split) -> ShareFigures:
    n = split.yes + split.no
    low, high = wilson(split.yes, n)
    return ShareFigures(n=n, yes=split.yes, percent=_percent(split.yes / n), interval=(_percent(low), _percent(high)))


def _mean_figures(moments: Moments) -> MeanFigures:
    return MeanFigures(n=moments.n, mean=_tidy(moments.mean, 1))


def _count_figures(count: Count) -> CountFigures:
    return CountFigures(n=count.n)


def _percent(share: float) -> int:
    return round(100 * share)


def _tidy(value: float, decimals: int) -> float:
    """Rounded, and without a minus before zero."""
    return round(value, decimals) + 0.0
