"""Tests of change that take no distribution for granted: sign flips for the mean, signed ranks for the middle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from analysis.scores import Floats
from analysis.standardised import NO_CHANGES, changes_of_clusters
from survey.marking import _

ZeroRule = Literal["wilcox", "pratt"]

EXACT_FLIPS = "sign-flip test of the mean change over all sign patterns (Fisher 1935); {flipped}"
DRAWN_FLIPS = (
    "sign-flip test of the mean change over {draws} drawn sign patterns, p = (b + 1)/(m + 1) (Phipson & Smyth 2010); "
    "{flipped}"
)
ALONE = "every person flips alone"
TOGETHER = "people of one group flip together (Winkler et al. 2015)"
RANKED = "signed-rank test, {zeros}, {distribution} (Hollander, Wolfe & Chicken 2014, section 3.1)"
ZEROS: dict[ZeroRule, str] = {
    "wilcox": "zero changes left out before ranking (Wilcoxon 1945)",
    "pratt": "zero changes ranked and then left out (Pratt 1959)",
}
EXACT_RANKS = "exact distribution of the mid-ranks under sign flips"
NORMAL_RANKS = "normal approximation with the variance of the mid-ranks"
FLIPPED_EXACTLY = 20
"""Up to so many clusters that do not sum to zero, all 2^n sign patterns are gone through."""
RANKED_EXACTLY = 200
"""Up to so many changes other than zero, the distribution of the signed ranks is exact."""
DRAWS = 9999
CHUNK = 2**22
"""How many signs are drawn at once: 32 MiB of numbers."""
ROUNDING = 1e-10
"""Changes that differ by this small a part of the largest are equal: scores are sums of fractions."""

TOO_FEW_TO_FLIP = _("With fewer than six people or groups that changed, no result can have a p-value below 0.05.")
ONE_CLUSTER_FLIPS = _("All changes come from one group, which flips as a whole, so this test cannot tell anything.")
ALL_ZERO = _("No one's score changed, so there is nothing to rank.")


@dataclass(frozen=True, kw_only=True)
class SignFlipTest:
    """A two-sided test that changes are symmetric about zero, by the mean change.

    `flips` is the number of sign patterns gone through (`exact`) or drawn.
    """

    n: int
    clusters: int
    estimate: float | None
    p: float | None
    exact: bool
    flips: int
    method: str
    reasons: tuple[str, ...] = ()


def sign_flip_test(
    change: npt.ArrayLike, groups: npt.ArrayLike | None = None, *, generator: np.random.Generator, draws: int = DRAWS
) -> SignFlipTest:
    """How often the mean change is at least as far from zero when signs are flipped at random.

    `change` has a row for each person (those without a number are left out); `groups` names each one's group, which
    flips as a whole, and who has none ("") flips alone. Exact up to 20 clusters whose changes do not sum to zero (the
    others do not matter); beyond, `draws` patterns come from the generator. Source: Winkler et al. (2015), Multi-level
    block permutation, whole-block sign flips. Raises ValueError where the lengths differ or nothing is to be drawn.
    """
    if draws < 1:
        raise ValueError("Draw one sign pattern at least: 9999 give a p-value that is good to two figures.")
    alone = np.full(np.asarray(change).shape, "", dtype=object)
    values, labels = changes_of_clusters(change, alone if groups is None else groups)
    n, sums = len(values), np.bincount(labels, weights=values).astype("float64")
    clusters, flipped = len(sums), ALONE if len(sums) == n else TOGETHER
    # Rounding errors must neither make a sum of zero count nor keep a pattern as far from zero from counting.
    slack = ROUNDING * float(np.abs(values).sum())
    sums = sums[np.abs(sums) > slack]
    reach, exact = abs(float(sums.sum())) - slack, len(sums) <= FLIPPED_EXACTLY
    reason = _why_no_flips(n, clusters)
    p = None
    if reason is None:
        p = _share_of_all(sums, reach) if exact else _share_of_drawn(sums, reach, draws, generator)
        reason = TOO_FEW_TO_FLIP if len(sums) < 6 else None
    return SignFlipTest(
        n=n,
        clusters=clusters,
        estimate=float(values.mean()) if n else None,
        p=p,
        exact=exact,
        flips=2 ** len(sums) if exact else draws,
        method=(EXACT_FLIPS if exact else DRAWN_FLIPS).format(flipped=flipped, draws=draws),
        reasons=() if reason is None else (reason,),
    )


def _why_no_flips(n: int, clusters: int) -> str | None:
    if n == 0:
        return NO_CHANGES
    return ONE_CLUSTER_FLIPS if clusters == 1 and n > 1 else None


def _share_of_all(sums: Floats, reach: float) -> float:
    totals = np.zeros(1)
    for one in sums:
        totals = np.concatenate([totals + one, totals - one])
    return float((np.abs(totals) >= reach).mean())


def _share_of_drawn(sums: Floats, reach: float, draws: int, generator: np.random.Generator) -> float:
    beyond, left, at_once = 0, draws, max(CHUNK // len(sums), 1)
    while left:
        rows = min(at_once, left)
        signs = generator.integers(0, 2, size=(rows, len(sums)), dtype=np.int8)
        beyond += int((np.abs((2.0 * signs - 1) @ sums) >= reach).sum())
        left -= rows
    return (beyond + 1) / (draws + 1)


# --- signed ranks ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class SignedRankTest:
    """A two-sided test that changes are symmetric about zero, by the ranks of their sizes.

    `statistic` is the sum of the ranks of the rises. `rank_biserial` is what rises have more than falls of all ranks,
    from -1 to 1 (Kerby 2014). `nonzero` of the `n` changes are not zero.
    """

    n: int
    nonzero: int
    statistic: float | None
    rank_biserial: float | None
    p: float | None
    exact: bool
    method: str
    reasons: tuple[str, ...] = ()


def signed_rank_test(change: npt.ArrayLike, *, zeros: ZeroRule) -> SignedRankTest:
    """The Wilcoxon signed-rank test of changes, a row for each person; those without a number are left out.

    Ties have mid-ranks, and up to 200 changes other than zero the distribution under sign flips is exact with them
    too. `zeros`: leave zero changes out before ranking ("wilcox") or after it ("pratt"). People are taken as
    independent of each other. Source: Wilcoxon (1945); Pratt (1959).
    """
    values = _without_rounding(np.asarray(change, dtype="float64").reshape(-1))
    n = len(values)
    ranked = values if zeros == "pratt" else values[values != 0]
    ranks = stats.rankdata(np.abs(ranked))[ranked != 0] if len(ranked) else ranked
    nonzero = len(ranks)
    exact = nonzero <= RANKED_EXACTLY
    method = RANKED.format(zeros=ZEROS[zeros], distribution=EXACT_RANKS if exact else NORMAL_RANKS)
    if nonzero == 0:
        reason = ALL_ZERO if n else NO_CHANGES
        return SignedRankTest(
            n=n,
            nonzero=0,
            statistic=None,
            rank_biserial=None,
            p=None,
            exact=exact,
            method=method,
            reasons=(reason,),
        )
    statistic, total = float(ranks[values[values != 0] > 0].sum()), float(ranks.sum())
    return SignedRankTest(
        n=n,
        nonzero=nonzero,
        statistic=statistic,
        rank_biserial=2 * statistic / total - 1,
        p=_exact_rank_p(ranks, statistic) if exact else _normal_rank_p(ranks, statistic),
        exact=exact,
        method=method,
        reasons=(TOO_FEW_TO_FLIP,) if nonzero < 6 else (),
    )


def _without_rounding(values: Floats) -> Floats:
    """The finite values on a grid so fine that only rounding errors differ: the same change must have the same rank."""
    finite = values[np.isfinite(values)]
    largest = float(np.abs(finite).max()) if len(finite) else 0.0
    return np.asarray(np.round(finite / largest / ROUNDING), dtype="float64") if largest else finite


def _exact_rank_p(ranks: Floats, statistic: float) -> float:
    """P(the sum of randomly chosen ranks is at least as far from its middle), by adding rank after rank.

    Doubled mid-ranks are whole numbers, so the sums are places in an array.
    """
    doubled = np.rint(2 * ranks).astype(int)
    chances = np.zeros(int(doubled.sum()) + 1)
    chances[0] = 1.0
    for rank in doubled:
        moved = np.zeros_like(chances)
        moved[rank:] = chances[:-rank]
        chances = (chances + moved) / 2
    least = min(round(2 * statistic), len(chances) - 1 - round(2 * statistic))
    return min(2 * float(chances[: least + 1].sum()), 1.0)


def _normal_rank_p(ranks: Floats, statistic: float) -> float:
    z = (statistic - float(ranks.sum()) / 2) / (float((ranks**2).sum()) / 4) ** 0.5
    return 2 * float(stats.norm.sf(abs(z)))
