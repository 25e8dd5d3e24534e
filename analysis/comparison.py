"""An intervention arm beside a comparison arm: the same difference by several estimators, and what the design carries.

One row per participation. An estimator that cannot be had is there with its reason, so that nobody wonders which were
tried. All of them see the same rows: those with an outcome and every start value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import AnalysisError
from analysis.balancing import (
    ENTROPY,
    FEWEST_EFFECTIVE,
    MATCHING,
    OVERLAP,
    SANDWICH,
    SEPARATED,
    Bools,
    Propensity,
    Weighting,
    effective_n,
    entropy_weights,
    nearest_pairs,
    overlap_weights,
    propensity,
    standardised_differences,
    weighted_difference,
)
from analysis.change import FEW_GROUPS, FEWEST_CLUSTERS
from analysis.regression import ALONE, METHODS, Estimate, Variance, cluster_codes, independent, ols
from analysis.scores import Floats
from survey.marking import _

ARMS = ("intervention", "comparison")

ADJUSTING = "analysis of covariance on the baseline and covariates (Vickers & Altman 2001)"
DIFFERENCING = "difference-in-differences, the change on the arm (Angrist & Pischke 2009, section 5.2)"

TOLERATED = 0.1
"""Standardised differences beyond this are read as imbalance (Austin 2009; Stuart 2010, section 4.1)."""

MEANS = _("Difference of means")
ANCOVA = _("Difference at equal start values")
CHANGES = _("Difference of changes")
WEIGHTED = _("Overlap weighting")
BALANCED = _("Entropy balancing")
MATCHED = _("Matched pairs")

OBSERVED = _("The difference between the arms as they are.")
AT_EQUAL_STARTS = _("The difference between persons with equal start values, if it is the same for everybody.")
ATE = _("The average over everybody in the trial (ATE).")
ATT = _("The average over those in the intervention arm (ATT).")
ATO = _("The average over those who might have been in either arm (ATO).")

NO_BASELINE = _("The outcome was not measured at the start, so there is no change.")
NOTHING_AT_START = _("Nothing is known of the start that the arms could be made alike in.")
FEW_PAIRS = _("Few pairs: the interval is rough.")
UNLIKE_PAIRS = _("The pairs still differ at the start, so their difference says little.")
SOME_UNMATCHED = _("The comparison arm is smaller: some of the intervention arm have no pair and are left out.")

TRIAL = _(
    "Allocation was random: the difference is the effect of the service, within its interval and as far as those who "
    "answered stand for all who were allocated."
)
TRIAL_FEW_GROUPS = _(
    "Allocation was random, but an arm has fewer than eight groups: the effect of the service can hardly be told from "
    "what single groups did."
)
ONE_GROUP_IN_ARM = _(
    "An arm is one group: what that group and its coach did cannot be told from what the service did, so the "
    "difference is not its effect."
)
UNMEASURED = _(
    "Allocation was not random and the outcome was not measured at the start: the difference describes the two arms "
    "and is not the effect of the service."
)
UNKNOWN_START = _(
    "Allocation was not random and nothing is known of the start in which persons differ: the difference describes the "
    "two arms and is not the effect of the service."
)
UNBALANCED = _(
    "Allocation was not random and no weighting makes the arms alike at the start: the difference describes the two "
    "arms and is not the effect of the service."
)
LITTLE_OVERLAP = _(
    "Allocation was not random and too few persons are alike across the arms: the difference hangs on a handful of "
    "them and is not the effect of the service."
)
ADJUSTED_FEW_GROUPS = _(
    "Allocation was not random and an arm has fewer than eight groups: the arms can be made alike in what was measured "
    "at the start, but the effect of the service can hardly be told from what single groups did."
)
ADJUSTED = _(
    "Allocation was not random: the arms can be made alike in what was measured at the start, and the difference is "
    "the effect of the service only if they are alike in everything else that matters."
)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The intervention arm less the comparison arm by one estimator, in the outcome's units.

    Pairs of numbers are intervention arm, comparison arm. `effective` are the effective numbers (Kish 1965);
    `imbalance` is the largest standardised difference of a start value that is left, without its sign, None where
    nothing is known of the start. `reason` says why there is no figure or interval, or why to take it with care.
    """

    name: str
    estimand: str
    method: str
    n: tuple[int, int]
    effective: tuple[float, float] | None = None
    imbalance: float | None = None
    estimate: float | None = None
    se: float | None = None
    df: float | None = None
    interval: tuple[float, float] | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class EValue:
    """How strongly something unmeasured would have to go with both the arm and the outcome, as risk ratios, to
    account for a risk ratio (`estimate`) and for the end of its interval that is nearer to 1 (`limit`)."""

    ratio: float
    estimate: float
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two arms side by side.

    `n` and `groups` (None where no groups are given) are by arm. Left out: `incomplete` rows without an outcome or a
    start value, `crossovers`, the persons who appear in both arms (all their rows), and `redundant` start values,
    which say nothing beyond the others. `e_value` is that of the plain risk ratio of an outcome that is 0 or 1, else
    None. `carries` says what the design can carry.
    """

    differences: tuple[Difference, ...]
    n: tuple[int, int]
    groups: tuple[int, int] | None
    incomplete: int
    crossovers: tuple[str, ...]
    redundant: tuple[str, ...]
    e_value: EValue | None
    carries: str


def compare(
    outcome: pd.Series[float],
    arm: pd.Series[str],
    *,
    randomised: bool,
    baseline: pd.Series[float] | None = None,
    covariates: pd.DataFrame | None = None,
    group: pd.Series[str] | None = None,
    person: pd.Series[str] | None = None,
    confidence: float = 0.95,
) -> Comparison:
    """The comparison of two arms, from columns with a row per participation and one index.

    `outcome` is any number, 0 and 1 among them; `baseline` is the same measured at the start; `covariates` are other
    numbers known at the start. `group` is the cluster, `person` links participations; both may be empty text. A
    person's participations outside groups are one cluster. Rows are taken in the order of the index, which decides
    between equally near pairs. Raises AnalysisError where an arm has nobody or another name, and for words in
    covariates.
    """
    labels = _labels(arm, group, person)
    crossovers = _crossovers(labels)
    stayed = labels[~labels["person"].isin(crossovers)].sort_index(kind="stable")
    starts = [] if baseline is None else [baseline.rename("baseline")]
    starts += [] if covariates is None else [column for _name, column in covariates.items()]
    numbers = _numbers([outcome.rename("outcome"), *starts], stayed.index)
    complete = np.isfinite(numbers).all(axis=1)
    names = [str(column.name) for column in starts]
    sample, redundant = _sample(
        numbers[complete], stayed.iloc[np.flatnonzero(complete)], names, baseline is not None, confidence
    )
    groups = None if group is None else sample.clusters
    differences = _differences(sample, randomised=randomised)
    return Comparison(
        differences=differences,
        n=sample.n,
        groups=groups,
        incomplete=int((~complete).sum()),
        crossovers=crossovers,
        redundant=redundant,
        e_value=_plain_e_value(sample),
        carries=_carries(differences, randomised=randomised, groups=groups, measured=baseline is not None),
    )


# --- rows ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sample:
    """The rows that every estimator sees. `x` holds the start values that are no mix of others, the baseline first;
    `cluster` is None where every row is on its own."""

    y: Floats
    intervention: Bools
    baseline: Floats | None
    x: Floats
    names: tuple[str, ...]
    cluster: NDArray[np.str_] | None
    confidence: float

    @property
    def n(self) -> tuple[int, int]:
        return int(self.intervention.sum()), int((~self.intervention).sum())

    @property
    def variance(self) -> Variance:
        """That of a regression on these rows."""
        return "HC2" if self.cluster is None else "CR2"

    @property
    def clusters(self) -> tuple[int, int]:
        """How many clusters there are in each arm."""
        codes = np.arange(len(self.y)) if self.cluster is None else cluster_codes(self.cluster)
        return len(np.unique(codes[self.intervention])), len(np.unique(codes[~self.intervention]))


def _labels(arm: pd.Series[str], group: pd.Series[str] | None, person: pd.Series[str] | None) -> pd.DataFrame:
    unknown = sorted({str(name) for name in arm[~arm.isin(ARMS)]})
    if unknown:
        raise AnalysisError(f"The arm is 'intervention' or 'comparison', not '{unknown[0]}'. Say which one it is.")
    nobody = pd.Series("", index=arm.index)
    labels = {"arm": arm, "group": nobody if group is None else group, "person": nobody if person is None else person}
    return pd.DataFrame(labels).fillna("").astype(str)


def _crossovers(labels: pd.DataFrame) -> tuple[str, ...]:
    """The persons who appear in both arms, in order."""
    arms = labels[labels["person"] != ""].groupby("person")["arm"].nunique()
    return tuple(sorted(arms.index[arms > 1]))


def _numbers(columns: Sequence[pd.Series[float]], index: pd.Index[str]) -> Floats:
    """Rows × columns, NaN where a value is missing."""
    for column in columns:
        if not pd.api.types.is_numeric_dtype(column):
            raise AnalysisError(f"'{column.name}' holds words. Make a column of 0 and 1 for each of its values.")
    found = [column.reindex(index).astype("Float64").to_numpy(dtype="float64", na_value=np.nan) for column in columns]
    return np.column_stack(found)


def _sample(
    numbers: Floats, labels: pd.DataFrame, names: Sequence[str], measured: bool, confidence: float
) -> tuple[_Sample, tuple[str, ...]]:
    """The sample, and the start values that say nothing beyond the others."""
    for arm in ARMS:
        if not (labels["arm"] == arm).any():
            raise AnalysisError(
                f"Nobody in the {arm} arm has an outcome and all start values. "
                "Leave out a start value that many lack, or choose another comparison."
            )
    group, person = (labels[name].to_numpy(dtype=str) for name in ("group", "person"))
    repeated = labels.loc[labels["person"] != "", "person"].duplicated().any()
    own = np.where(person == "", "", np.char.add("person ", person))
    cluster = np.where(group == "", own, np.char.add("group ", group))
    x = numbers[:, 1:]
    kept = [n - 1 for n in independent(np.column_stack([np.ones(len(x)), x])) if n > 0]
    sample = _Sample(
        y=numbers[:, 0],
        intervention=(labels["arm"] == "intervention").to_numpy(),
        baseline=x[:, 0] if measured else None,
        x=x[:, kept],
        names=tuple(names[n] for n in kept),
        cluster=cluster if repeated or (group != "").any() else None,
        confidence=confidence,
    )
    return sample, tuple(name for n, name in enumerate(names) if n not in kept)


# --- estimators ------------------------------------------------------------------------------------------------------


def _differences(sample: _Sample, *, randomised: bool) -> tuple[Difference, ...]:
    plain = METHODS[sample.variance]
    means = _row(sample, _on_arm(sample, sample.y), name=MEANS, estimand=OBSERVED, method=plain)
    adjusted = _on_arm(sample, sample.y, sample.x) if sample.names else NOTHING_AT_START
    ancova = _row(sample, adjusted, name=ANCOVA, estimand=AT_EQUAL_STARTS, method=f"{ADJUSTING}; {plain}")
    gained = NO_BASELINE if sample.baseline is None else _on_arm(sample, sample.y - sample.baseline)
    changes = _row(sample, gained, name=CHANGES, estimand=ATT, method=f"{DIFFERENCING}; {plain}")
    plainly = (replace(row, estimand=ATE) if randomised else row for row in (means, ancova, changes))
    scores = propensity(sample.intervention, sample.x, sample.names) if sample.names else NOTHING_AT_START
    overlap = scores if isinstance(scores, str) else overlap_weights(scores, sample.intervention)
    even = entropy_weights(sample.intervention, sample.x, sample.names) if sample.names else NOTHING_AT_START
    return (
        *plainly,
        _weighted(sample, overlap, name=WEIGHTED, estimand=ATO, method=f"{OVERLAP}; {SANDWICH}"),
        _weighted(sample, even, name=BALANCED, estimand=ATT, method=f"{ENTROPY}; {SANDWICH}"),
        _matched(sample, scores),
    )


def _row(
    sample: _Sample,
    found: Estimate | str,
    *,
    name: str,
    estimand: str,
    method: str,
    weights: Floats | None = None,
) -> Difference:
    """An estimate, or the reason why there is none, as a row. Rows without weight are not counted."""
    if isinstance(found, str):
        return Difference(name=name, estimand=estimand, method=method, n=sample.n, reason=found)
    w = np.ones(len(sample.y)) if weights is None else weights
    arms = (w[sample.intervention], w[~sample.intervention])
    left = np.abs(standardised_differences(sample.x, sample.intervention, w))
    return Difference(
        name=name,
        estimand=estimand,
        method=method,
        n=(int((arms[0] > 0).sum()), int((arms[1] > 0).sum())),
        effective=(effective_n(arms[0]), effective_n(arms[1])),
        imbalance=float(left.max()) if sample.names else None,
        estimate=found.estimate,
        se=found.se,
        df=found.df,
        interval=found.interval,
        reason=found.reason,
    )


def _on_arm(sample: _Sample, y: Floats, x: Floats | None = None) -> Estimate | str:
    """The coefficient of the arm, beside x where it is given."""
    columns = np.empty((len(y), 0)) if x is None else x
    design = np.column_stack([np.ones(len(y)), columns, sample.intervention])
    if len(independent(design)) < design.shape[1]:
        return SEPARATED
    names = [str(n) for n in range(design.shape[1])]
    found = ols(y, design, names, variance=sample.variance, cluster=sample.cluster, confidence=sample.confidence)
    return found.coefficients[names[-1]]


def _weighted(sample: _Sample, weighting: Weighting | str, *, name: str, estimand: str, method: str) -> Difference:
    if isinstance(weighting, str):
        return _row(sample, weighting, name=name, estimand=estimand, method=method)
    found = weighted_difference(
        sample.y, sample.intervention, weighting, cluster=sample.cluster, confidence=sample.confidence
    )
    return _row(sample, found, name=name, estimand=estimand, method=method, weights=weighting.weights)


def _matched(sample: _Sample, scores: Propensity | str) -> Difference:
    """By group where there are groups: a pair that spans two groups is then no cluster, which errs to the wide side."""
    variance: Variance = "CR1" if sample.cluster is None else "CR2"
    method = f"{MATCHING}; {METHODS[variance]}" + (", each pair a cluster" if sample.cluster is None else "")
    if isinstance(scores, str):
        return _row(sample, scores, name=MATCHED, estimand=ATT, method=method)
    pairs = nearest_pairs(scores.scores, sample.intervention)
    rows, count = pairs.T.ravel(), len(pairs)
    cluster = np.tile(np.arange(count), 2) if sample.cluster is None else sample.cluster[rows]
    arm = np.repeat([1.0, 0.0], count)
    design = np.column_stack([np.ones(2 * count), arm])
    fit = ols(sample.y[rows], design, ["", "arm"], variance=variance, cluster=cluster, confidence=sample.confidence)
    weights = np.zeros(len(sample.y))
    weights[rows] = 1.0
    row = _row(sample, fit.coefficients["arm"], name=MATCHED, estimand=ATT, method=method, weights=weights)
    return replace(row, reason=_of_pairs(row, sample))


def _of_pairs(row: Difference, sample: _Sample) -> str | None:
    """The reason of a row of pairs, in words that fit pairs."""
    if row.n[0] == 1:
        return ALONE
    if row.interval is None:
        return row.reason
    if row.imbalance is not None and row.imbalance > TOLERATED:
        return UNLIKE_PAIRS
    if row.reason == FEW_GROUPS and sample.cluster is None:
        return FEW_PAIRS
    return row.reason or (SOME_UNMATCHED if row.n[0] < sample.n[0] else None)


# --- how far it carries ----------------------------------------------------------------------------------------------


def e_value(ratio: float, interval: tuple[float, float] | None = None) -> EValue:
    """The E-value of a risk ratio above 0: RR + sqrt(RR (RR - 1)), the ratio turned over where it is below 1.

    VanderWeele and Ding (2017, table 1). That of an interval is 1 where it holds 1.
    """
    limit = None
    if interval is not None:
        low, high = interval
        limit = 1.0 if low <= 1 <= high else _needed(low if ratio > 1 else high)
    return EValue(ratio=ratio, estimate=_needed(ratio), limit=limit)


def _needed(ratio: float) -> float:
    if ratio <= 0:
        raise ValueError("a risk ratio is above 0")
    turned = max(ratio, 1 / ratio)
    return turned + math.sqrt(turned * (turned - 1))


def _plain_e_value(sample: _Sample) -> EValue | None:
    if not np.isin(sample.y, (0, 1)).all():
        return None
    shares = [float(sample.y[arm].mean()) for arm in (sample.intervention, ~sample.intervention)]
    return e_value(shares[0] / shares[1]) if min(shares) > 0 else None


def _carries(
    differences: Sequence[Difference], *, randomised: bool, groups: tuple[int, int] | None, measured: bool
) -> str:
    """The sentence for the first thing that limits the design, worst first."""
    few = groups is not None and min(groups) < FEWEST_CLUSTERS
    if groups is not None and min(groups) == 1:
        return ONE_GROUP_IN_ARM
    if randomised:
        return TRIAL_FEW_GROUPS if few else TRIAL
    if not measured:
        return UNMEASURED
    if all(row.imbalance is None for row in differences):
        return UNKNOWN_START
    weighted = [row for row in differences if row.name in (WEIGHTED, BALANCED, MATCHED)]
    alike = [
        row.effective for row in weighted if row.effective and row.imbalance is not None and row.imbalance <= TOLERATED
    ]
    if not alike:
        return UNBALANCED
    if max(min(effective) for effective in alike) < FEWEST_EFFECTIVE:
        return LITTLE_OVERLAP
    return ADJUSTED_FEW_GROUPS if few else ADJUSTED
