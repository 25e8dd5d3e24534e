"""The intervention beside the comparison, as sheets: every estimator with its estimand, and what the design carries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import AnalysisError
from analysis.balancing import standardised_differences
from analysis.change import Grouped
from analysis.comparison import (
    ANCOVA,
    ARMS,
    BALANCED,
    CHANGES,
    MATCHED,
    MEANS,
    TOLERATED,
    WEIGHTED,
    Comparison,
    Difference,
    EValue,
    compare,
    e_value,
)
from analysis.intervals import ShareComparison, share_difference, share_ratio
from analysis.outcomes import Split
from analysis.statistic import Sheet, Statistic, Unit
from analysis.stay_sheets import covariates
from survey.marking import _
from survey.model import Text

BESIDE = _("Beside the comparison")
SHARES = _("Beside the comparison: shares")
START = _("How the two arms differ at the start")

NO_PEOPLE = _("An arm has nobody with the answers that the comparison takes.")
ESTIMANDS = _(
    "One difference by several ways of making the arms alike, side by side. They answer somewhat different questions, "
    "which each row names. Where they disagree, none of them is to be leaned on."
)
IMBALANCE = _("At least one start value still differs by more than 0.1 standard deviations.")


@dataclass(frozen=True, kw_only=True)
class Sides:
    """Participations of both arms, indexed by id: `outcome`, `arm`, `cluster`, `person` ("" where unknown); `starts`
    are their start values, columns of numbers, with `titles`. `baseline` names the one that is the outcome's own."""

    rows: pd.DataFrame
    starts: pd.DataFrame
    titles: Mapping[str, Text]
    baseline: str | None
    randomised: bool


def compared(sides: Sides) -> Comparison | str:
    """The comparison, or why there is none."""
    own, starts = sides.baseline, sides.starts
    others = covariates(starts, () if own is None else [own]).drop(columns=[] if own is None else [own])
    groups = sides.rows["cluster"]
    try:
        return compare(
            sides.rows["outcome"],
            sides.rows["arm"],
            randomised=sides.randomised,
            baseline=None if own is None else sides.starts[own],
            covariates=others if len(others.columns) else None,
            group=groups if (groups != "").any() else None,
            person=sides.rows["person"] if (sides.rows["person"] != "").any() else None,
        )
    except AnalysisError:
        return NO_PEOPLE


def arms_sheet(sides: Sides, *, unit: Unit) -> Sheet:
    """Every estimator of the difference between the arms in the outcome's unit, and what the design can carry.

    Of shares, those of whom the outcome holds and the others must be enough in both arms.
    """
    held = [sides.rows.loc[sides.rows["arm"] == arm, "outcome"].dropna() for arm in ARMS]
    counts = tuple(int(n) for one in held for n in ((one == 1).sum(), (one == 0).sum()))
    found = compared(sides)
    if isinstance(found, str):
        empty = Statistic(name="difference", title=MEANS, unit=unit, n=0, value=None, reasons=(found,))
        return Sheet(id="arms", title=BESIDE, rows=(empty,))
    points = (IN_PERCENTAGE_POINTS,) if unit == "share" else ()
    groups = {arm: _grouped(sides, arm) for arm in ARMS}
    rows = [_difference(one, unit, groups, counts if unit == "share" else ()) for one in found.differences]
    rows += [row for one in found.differences for row in _balance(one, counts if unit == "share" else ())]
    if unit == "points":
        rows += _strength(sides, found)
    return Sheet(id="arms", title=BESIDE, words=(found.carries, ESTIMANDS, *points, *_left_out(found)), rows=rows)


def _left_out(found: Comparison) -> tuple[str, ...]:
    """Sentences without the numbers, which may be small."""
    return (*((CROSSED,) if found.crossovers else ()), *((SOME_INCOMPLETE,) if found.incomplete else ()))


IN_PERCENTAGE_POINTS = _("Differences are in percentage points.")
CROSSED = _("People who took part in both the intervention and the comparison are left out.")
SOME_INCOMPLETE = _("Participations without an answer that the comparison takes are left out.")


def _balance(one: Difference, counts: tuple[int, ...]) -> Iterator[Statistic]:
    """What weighting or matching leaves: people, and the largest difference at the start."""
    if one.estimate is None or one.effective is None or one.name not in (WEIGHTED, BALANCED, MATCHED):
        return
    common = METHOD_NAMES[one.name]
    yield Statistic(
        name="imbalance", title=_("largest difference of a start value that is left"), unit="sd", n=one.n[0],
        beside=one.n[1], value=one.imbalance, counts=counts, under=one.name, about=common,
        method=IN_SD,
    )  # fmt: skip
    yield Statistic(
        name="effective_n", title=_("effective number of people in the smaller arm"), unit="count", n=one.n[0],
        beside=one.n[1], value=min(one.effective), counts=counts, under=one.name, about=common, method="Kish (1965)",
    )  # fmt: skip


def _strength(sides: Sides, found: Comparison) -> Iterator[Statistic]:
    """The E-value of the difference at equal start values, by an approximate risk ratio of its size in SD."""
    adjusted = next((one for one in found.differences if one.name == ANCOVA), None)
    spread = float(sides.rows["outcome"].std())
    if adjusted is None or adjusted.estimate is None or adjusted.se is None or not spread > 0:
        return
    d, se = adjusted.estimate / spread, adjusted.se / spread
    ratio = math.exp(0.91 * d)
    needed = e_value(ratio, (math.exp(0.91 * d - 1.78 * se), math.exp(0.91 * d + 1.78 * se)))
    yield _e_value(needed, adjusted.n, (), method=BY_SIZE)


BY_SIZE = (
    "VanderWeele & Ding (2017, table 2), of the difference at equal start values: risk ratio exp(0.91 d); the lower "
    "end is that of the interval"
)
IN_SD = "difference of means in standard deviations of the intervention arm (Stuart 2010, section 4.1)"
METHOD_NAMES = {
    MEANS: "means", ANCOVA: "ancova", CHANGES: "changes", WEIGHTED: "overlap", BALANCED: "entropy", MATCHED: "matched",
}  # fmt: skip
"""What the estimators are called in data."""


def _grouped(sides: Sides, arm: str) -> Grouped:
    rows = sides.rows[(sides.rows["arm"] == arm) & sides.rows["outcome"].notna()]
    return Grouped.of(rows["outcome"], rows["cluster"])


def _difference(one: Difference, unit: Unit, groups: Mapping[str, Grouped], counts: tuple[int, ...]) -> Statistic:
    # At equal start values nothing is left to differ.
    unlike = one.imbalance is not None and one.imbalance > TOLERATED and one.name != ANCOVA
    apart = (IMBALANCE,) if unlike else ()
    smaller = min(groups.values(), key=lambda values: (values.outside_largest, values.clusters))
    return Statistic(
        name="difference",
        title=one.name,
        unit=unit,
        n=one.n[0],
        beside=one.n[1],
        value=one.estimate,
        interval=one.interval,
        groups=smaller,
        counts=counts,
        of=one.estimand,
        about=METHOD_NAMES[one.name],
        method=one.method,
        reasons=(*((one.reason,) if one.reason else ()), *apart),
    )


def start_sheet(sides: Sides) -> Sheet:
    """The standardised difference of each start value between the arms, before anything is made alike."""
    rows = []
    arm = (sides.rows["arm"] == "intervention").to_numpy(dtype=bool)
    for name, column in sides.starts.items():
        values = column.to_numpy(dtype="float64", na_value=np.nan)
        known = np.isfinite(values)
        sizes = (int((known & arm).sum()), int((known & ~arm).sum()))
        enough = min(sizes) >= 2
        value = float(standardised_differences(values[known][:, None], arm[known])[0]) if enough else None
        if value is None or not np.isfinite(value):
            continue
        rows.append(
            Statistic(
                name="start_smd",
                title=_("Intervention less comparison at the start"),
                unit="sd",
                n=sizes[0],
                beside=sizes[1],
                value=value,
                subject=sides.titles.get(str(name)),
                about=str(name),
                method=IN_SD,
            )
        )
    return Sheet(id="start", title=START, rows=rows)


# --- outcomes --------------------------------------------------------------------------------------------------------


AS_THEY_ARE = "VanderWeele & Ding (2017); the lower end is that of the interval"


def shares_sheet(intervention: Split, comparison: Split) -> Sheet:
    """The shares of both arms, their difference and ratio as they are, and how strong something unmeasured would have
    to be to account for it."""
    counts = (*intervention.counts, *comparison.counts)
    difference, ratio = share_difference(intervention, comparison), share_ratio(intervention, comparison)
    rows = [
        _of_shares(
            "share_difference",
            _("Difference of the shares as they are, in percentage points"),
            "share",
            difference,
            counts,
        ),
        _of_shares("share_ratio", _("Ratio of the shares, as they are"), "ratio", ratio, counts),
    ]
    if ratio.estimate:
        rows.append(_e_value(e_value(ratio.estimate, ratio.interval), ratio.n, counts))
    return Sheet(id="shares", title=SHARES, words=(WORDS_OF_SHARES,), rows=rows)


WORDS_OF_SHARES = _(
    "Intervention less comparison, of those who answered. The intervals take people as independent. Nothing is made "
    "alike here: see below."
)


def _of_shares(name: str, title: str, unit: Unit, found: ShareComparison, counts: Sequence[int]) -> Statistic:
    return Statistic(
        name=name, title=title, unit=unit, n=found.n[0], beside=found.n[1], value=found.estimate,
        interval=found.interval, counts=tuple(counts), needs="count", method=found.method, reasons=found.reasons,
    )  # fmt: skip


def _e_value(found: EValue, n: tuple[int, int], counts: Sequence[int], *, method: str = AS_THEY_ARE) -> Statistic:
    return Statistic(
        name="e_value",
        title=_("How strongly something unmeasured would have to go with both (E-value)"),
        unit="ratio",
        n=n[0],
        beside=n[1],
        value=found.estimate,
        interval=None if found.limit is None else (min(found.limit, found.estimate), max(found.limit, found.estimate)),
        counts=tuple(counts),
        needs="count" if counts else "mean",
        method=method,
    )


def sides_of(rows: pd.DataFrame, starts: pd.DataFrame, titles: Mapping[str, Text], baseline: str | None) -> Sides:
    """Both arms, not allocated at random: nothing in a dataset can say that it was."""
    return Sides(rows=rows, starts=starts, titles=titles, baseline=baseline, randomised=False)
