"""How long it takes until people find work, when some had not yet when last heard of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis import AnalysisError
from analysis.scores import Floats
from survey.marking import _

METHOD = (
    "product-limit estimate (Kaplan & Meier 1958) with Greenwood's variance on the log-log scale (Kalbfleisch & "
    "Prentice 2002, section 1.4); interval of the median by Brookmeyer & Crowley (1982); people taken as independent"
)
HALF = 1e-12
"""A product of shares this near to one half is one half."""

NOBODY = _("Nobody's days are known, so nothing can be told of how long it takes.")
NOT_HALF = _("Fewer than half are estimated to have found work while they were followed, so there is no median.")
NO_MEDIAN_INTERVAL = _("Too few days are known on which people found work, so the median has no interval.")
NO_EVENT_YET = _("Nobody had found work by this day, so the share has no interval.")
ALL_FOUND = _("Everybody still followed had found work by this day, so the share has no interval.")
BEYOND = _("Nobody was followed as long as this, so it cannot be told.")


@dataclass(frozen=True, kw_only=True)
class Survival:
    """The share of people not yet in work after a day, between 0 and 1.

    `n_at_risk` are those followed until that day and without work until the day before; `events` found it that day.
    """

    day: float
    n_at_risk: int
    events: int
    estimate: float | None
    interval: tuple[float, float] | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TimeToEmployment:
    """Days from the start to work. `n` people, of whom `events` found work; the others are censored at last contact.

    `median` is the first day after which at most half are without work; the upper end of its interval is None where the
    days followed do not reach it. `curve` has a step for each day on which somebody found work, `at` one for each day
    asked for. `left_out` lack their days.
    """

    n: int
    left_out: int
    events: int
    median: float | None
    interval: tuple[float, float | None] | None
    curve: tuple[Survival, ...]
    at: tuple[Survival, ...]
    method: str = METHOD
    reasons: tuple[str, ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.events, self.n - self.events)


def days_to_employment(
    start: pd.Series[pd.Timestamp], employed: pd.Series[pd.Timestamp], last_contact: pd.Series[pd.Timestamp]
) -> pd.DataFrame:
    """Columns `days` (float) and `employed` (bool) for `time_to_employment`, row by row of dates.

    `employed` is the day work began, missing for who had none when last heard of, on `last_contact`. `days` is NaN
    where the start, or both other dates, are missing. Raises AnalysisError where a date is before the start.
    """
    found = employed.notna()
    days = (employed.where(found, last_contact) - start).dt.days.astype("float64")
    if (days < 0).any():
        raise AnalysisError("Somebody found work, or was last heard of, before the start. Correct the dates.")
    return pd.DataFrame({"days": days, "employed": found})


def time_to_employment(
    days: pd.Series[float], employed: pd.Series[bool], *, at: Sequence[float] = (), confidence: float = 0.95
) -> TimeToEmployment:
    """The Kaplan-Meier estimate of days until work, with its median, and the shares not yet in work at given days.

    Row by row of people: `days` from the start until work (`employed`) or last contact, NaN where unknown. Who was last
    heard of on a day when somebody found work counts as followed on it. Leaving for another reason than work must not
    hang on how near work is, or the estimate is off. Raises AnalysisError for days below 0.
    """
    known = days.notna()
    length = np.asarray(days[known].to_numpy(dtype="float64"), dtype=np.float64)
    found = employed[known].to_numpy(dtype=bool)
    if (length < 0).any():
        raise AnalysisError("Days until work must be 0 or more. Count them from the start.")
    z = float(stats.norm.ppf((1 + confidence) / 2))
    curve = _curve(length, found, z)
    median, interval = _median(curve)
    return TimeToEmployment(
        n=len(length),
        left_out=int((~known).sum()),
        events=int(found.sum()),
        median=median,
        interval=interval,
        curve=curve,
        at=tuple(_at(float(day), curve, length, found) for day in at),
        reasons=_reasons(len(length), median, interval),
    )


def _reasons(n: int, median: float | None, interval: tuple[float, float | None] | None) -> tuple[str, ...]:
    if n == 0:
        return (NOBODY,)
    if median is None:
        return (NOT_HALF,)
    return (NO_MEDIAN_INTERVAL,) if interval is None else ()


def _curve(length: Floats, found: NDArray[np.bool_], z: float) -> tuple[Survival, ...]:
    """A step for each day with an event. By hand: statsmodels and scipy warn, or give NaN, where nobody is left."""
    days, events = np.unique(length[found], return_counts=True)
    at_risk = len(length) - np.searchsorted(np.sort(length), days, side="left")
    surviving = np.cumprod(1 - events / at_risk)
    left = at_risk - events
    # Greenwood's sum; on the last day of all, when nobody is left, it has no end.
    greenwood = np.cumsum(events / np.where(left > 0, at_risk * left, 1))
    return tuple(
        Survival(
            day=float(day),
            n_at_risk=int(n),
            events=int(d),
            estimate=float(s),
            interval=_log_log(float(s), float(g), z) if rest else None,
            reasons=() if rest else (ALL_FOUND,),
        )
        for day, n, d, s, g, rest in zip(days, at_risk, events, surviving, greenwood, left, strict=True)
    )


def _log_log(share: float, greenwood: float, z: float) -> tuple[float, float]:
    """The interval of log(-log S), turned back: S to the power exp(±z sqrt(greenwood) / log S)."""
    reach = z * math.sqrt(greenwood) / -math.log(share)
    return share ** math.exp(reach), share ** math.exp(-reach)


def _median(curve: tuple[Survival, ...]) -> tuple[float | None, tuple[float, float | None] | None]:
    """The first day with a share of at most one half, and those from which either end of its interval is that low."""
    low = _first([(step.day, step.interval[0]) for step in curve if step.interval])
    high = _first([(step.day, step.interval[1]) for step in curve if step.interval])
    return _first([(step.day, step.estimate) for step in curve]), None if low is None else (low, high)


def _first(shares: list[tuple[float, float | None]]) -> float | None:
    return next((day for day, share in shares if share is not None and share <= 0.5 + HALF), None)


def _at(day: float, curve: tuple[Survival, ...], length: Floats, found: NDArray[np.bool_]) -> Survival:
    at_risk, events = int((length >= day).sum()), int((length[found] == day).sum())
    last = next((step for step in reversed(curve) if step.day <= day), None)
    if at_risk == 0 and (last is None or last.estimate):
        return Survival(day=day, n_at_risk=0, events=0, estimate=None, interval=None, reasons=(BEYOND,))
    if last is None:
        return Survival(day=day, n_at_risk=at_risk, events=0, estimate=1.0, interval=None, reasons=(NO_EVENT_YET,))
    return replace(last, day=day, n_at_risk=at_risk, events=events)
