"""Intervals cover the truth as often as they say, over 1,000 simulated cohorts with groups of unequal size."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.change import ChangeSummary, MeanChange, mean_change
from analysis.cohort import Design, Scores, expected_change, simulate

SEEDS = 1000
DESIGN = Design(groups=(5, 8, 8, 10, 12, 15, 22, 30), group_change_sd=0.35)
TOLERANCE = 3 * math.sqrt(0.95 * 0.05 / SEEDS)


def _change(scores: Scores, *, clustered: bool) -> MeanChange:
    group = scores.group.astype(str) if clustered else np.full(len(scores.group), "")
    return mean_change(ChangeSummary.of(pd.Series(scores.start), pd.Series(scores.end), pd.Series(group)))


def _coverage(design: Design, *, clustered: bool = True) -> float:
    truth = expected_change(design, "any")
    intervals = [_change(simulate(design, "any", seed), clustered=clustered).interval for seed in range(SEEDS)]
    return float(np.mean([i is not None and i[0] <= truth <= i[1] for i in intervals]))


def test_intervals_cover_the_true_change() -> None:
    """With groups, unequal sizes and dropout independent of change, within three Monte Carlo standard errors."""
    coverage = _coverage(DESIGN)
    assert abs(coverage - 0.95) <= TOLERANCE, coverage


ALONE = 60
MIXED = Design(groups=(15,) * 4 + (1,) * ALONE, group_change_sd=0.35)


def test_groups_and_many_people_alone() -> None:
    """Four groups beside 60 people alone: the interval covers a little too rarely, yet nine times in ten."""
    truth = expected_change(MIXED, "any")
    covered = 0
    for seed in range(SEEDS):
        scores = simulate(MIXED, "any", seed)
        cluster = np.where(scores.group < len(MIXED.groups) - ALONE, scores.group.astype(str), "")
        change = mean_change(ChangeSummary.of(pd.Series(scores.start), pd.Series(scores.end), pd.Series(cluster)))
        covered += change.interval is not None and change.interval[0] <= truth <= change.interval[1]
    assert covered / SEEDS >= 0.90, covered / SEEDS


def test_an_interval_that_ignores_groups_does_not_cover() -> None:
    """The test above can fail: taken as independent, the same answers cover too rarely."""
    coverage = _coverage(DESIGN, clustered=False)
    assert coverage < 0.95 - TOLERANCE, coverage


def test_dropout_that_depends_on_change_biases_the_mean() -> None:
    """Where those who gained less leave, intervals miss the truth: attrition is reported for that reason."""
    coverage = _coverage(Design(groups=DESIGN.groups, attrition={"start": 0.0, "end": 0.4}, attrition_by_change=2.5))
    assert coverage < 0.95 - TOLERANCE, coverage


@pytest.mark.parametrize("change", [-0.5, 0.0, 0.3, 1.2])
def test_expected_change_is_what_a_large_cohort_shows(change: float) -> None:
    """The closed form against 200,000 simulated persons, within four standard errors."""
    design = Design(groups=(50,) * 4000, change={"any": change}, attrition={"start": 0.0, "end": 0.0})
    scores = simulate(design, "any", 7)
    observed = _change(scores, clustered=True)
    assert observed.se is not None
    assert abs(observed.change - expected_change(design, "any")) < 4 * observed.se
