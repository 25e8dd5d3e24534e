"""Two groups' shares beside each other: their difference and their ratio, each with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from analysis.outcomes import Split, wilson
from survey.marking import _

NEWCOMBE = "difference of two shares with the hybrid score interval (Newcombe 1998, method 10)"
KATZ = "ratio of two shares with the log interval (Katz, Baptista, Azen and Pike 1978, method C)"

NOBODY_TO_COMPARE = _("One of the two groups has nobody in it, so there is nothing to compare.")
NO_RATIO = _("Nobody in the group compared with reached it, so there is no ratio.")
NO_RATIO_INTERVAL = _("Nobody in the group reached it, so the ratio has no interval.")
ALL_REACHED = _("Everybody in both groups reached it, so the ratio has no interval.")


@dataclass(frozen=True, kw_only=True)
class ShareComparison:
    """Two shares beside each other: `estimate` is their difference or their ratio, the first to the second.

    `n` is the number of people in each group. Shares lie between 0 and 1. Where there is no estimate or no interval,
    `reasons` say why.
    """

    n: tuple[int, int]
    shares: tuple[float, float] | None
    estimate: float | None
    interval: tuple[float, float] | None
    method: str
    reasons: tuple[str, ...] = ()


def share_difference(one: Split, other: Split, *, confidence: float = 0.95) -> ShareComparison:
    """The share of `one` less the share of `other`, between -1 and 1, with Newcombe's (1998) interval of method 10.

    Each group's Wilson limits are as far from its share as the difference's limits are in that direction: squared and
    added. No continuity correction.
    """
    shares = _shares(one, other)
    if shares is None:
        return _nothing(one, other, NEWCOMBE, NOBODY_TO_COMPARE)
    p, q = shares
    (p_low, p_high), (q_low, q_high) = (wilson(s.yes, s.yes + s.no, confidence=confidence) for s in (one, other))
    difference = p - q
    interval = difference - math.hypot(p - p_low, q_high - q), difference + math.hypot(p_high - p, q - q_low)
    return ShareComparison(n=_sizes(one, other), shares=shares, estimate=difference, interval=interval, method=NEWCOMBE)


def share_ratio(one: Split, other: Split, *, confidence: float = 0.95) -> ShareComparison:
    """The share of `one` divided by the share of `other` (relative risk), with the log interval of Katz et al. (1978).

    The log ratio's variance is 1/a - 1/m + 1/b - 1/n, where a of m people and b of n reached it. There is no interval
    where a or b is 0, or where a = m and b = n: the formula has none, and nothing is added to the counts to make one.
    """
    shares = _shares(one, other)
    if shares is None:
        return _nothing(one, other, KATZ, NOBODY_TO_COMPARE)
    if other.yes == 0:
        return _nothing(one, other, KATZ, NO_RATIO)
    ratio = shares[0] / shares[1]
    reason = NO_RATIO_INTERVAL if one.yes == 0 else ALL_REACHED if one.no == other.no == 0 else None
    interval = None
    if reason is None:
        # 1/a - 1/m, without the cancellation.
        variance = sum(split.no / (split.yes * (split.yes + split.no)) for split in (one, other))
        factor = math.exp(float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(variance))
        interval = ratio / factor, ratio * factor
    return ShareComparison(
        n=_sizes(one, other),
        shares=shares,
        estimate=ratio,
        interval=interval,
        method=KATZ,
        reasons=() if reason is None else (reason,),
    )


def _sizes(one: Split, other: Split) -> tuple[int, int]:
    return one.yes + one.no, other.yes + other.no


def _shares(one: Split, other: Split) -> tuple[float, float] | None:
    m, n = _sizes(one, other)
    return (one.yes / m, other.yes / n) if m and n else None


def _nothing(one: Split, other: Split, method: str, reason: str) -> ShareComparison:
    return ShareComparison(
        n=_sizes(one, other),
        shares=_shares(one, other),
        estimate=None,
        interval=None,
        method=method,
        reasons=(reason,),
    )
