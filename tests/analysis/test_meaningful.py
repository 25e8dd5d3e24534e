"""What a change means: against Jacobson and Truax's own figures, closed forms, and simulations with a known truth."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.change import FEW_GROUPS, ONE_GROUP, ONE_PAIR, ReliableBasis, ReliableSummary, reliable_change_index
from analysis.meaningful import (
    ANCHOR_TURNED,
    EQUAL_REPEATED,
    NO_ANCHOR_VARIANCE,
    RATES_THE_PRESENT,
    SEPARATED,
    TOO_COARSE,
    TOO_FEW_A_LITTLE_BETTER,
    TOO_FEW_ON_A_SIDE,
    TOO_FEW_REPEATED,
    UNEVEN,
    WEAK_ANCHOR,
    AnchorBased,
    ClinicalSummary,
    Norm,
    anchor_based,
    cutoffs,
    error_from_agreement,
    error_from_reliability,
    has_room,
    regression_to_mean,
    share_by_error,
)
from analysis.standardised import NO_CHANGES

Load = Callable[[str], dict]  # type: ignore[type-arg]

# Jacobson and Truax (1991), table 2: 30 couples' marital satisfaction (Dyadic Adjustment Scale) before and after.
DAS_START = [90.5, 74, 97, 73.5, 61, 66.5, 68.5, 86.5, 88.5, 68.5, 98, 80.5, 89.5, 91.5, 83.5]
DAS_START += [60.5, 83, 88, 98.5, 78.5, 99.5, 79.5, 84.5, 92.5, 93, 85, 64, 61, 80, 82.5]
DAS_END = [97, 124, 97.5, 88, 96.5, 62.5, 112.5, 103.5, 90, 82.5, 105, 99.5, 112.5, 101, 99.5]
DAS_END += [79.5, 88, 100.5, 119, 116, 116, 129, 113, 118, 92, 114, 68, 52, 60.5, 104.5]


def basis(sd: float, reliability: float) -> ReliableBasis:
    return ReliableBasis(sd=sd, reliability=reliability, source="", provisional=False)


# --- cut-offs and clinically significant change ----------------------------------------------------------------------


def test_the_30_couples(reference: Load) -> None:
    """Every index, and the counts by the index alone and with cut-off a, tests/reference/small.json."""
    das = reference("small")["das"]
    start, end = np.array(DAS_START), np.array(DAS_END)
    assert start.mean() == pytest.approx(das["pre_mean"], rel=1e-8)
    assert start.std(ddof=1) == pytest.approx(das["pre_sd"], rel=1e-8)
    by = basis(float(start.std(ddof=1)), das["reliability"])
    assert by.difference_sd == pytest.approx(das["S_diff"], rel=1e-8)
    np.testing.assert_allclose(reliable_change_index(pd.Series(end - start), by), das["rci"], rtol=1e-8)
    counts = das["rci_counts"]
    expected = (counts["improved"], counts["no_reliable_change"], counts["deteriorated"])
    assert ReliableSummary.of(pd.Series(end - start), by, "better").counts == expected
    cut = cutoffs(Norm(mean=das["pre_mean"], sd=das["pre_sd"]), higher_is="better")
    assert cut.a == pytest.approx(das["criterion_A"], rel=1e-8)
    counts = das["jt_counts_A"]
    found = ClinicalSummary.of(start, end, by, cutoff=cut.a, higher_is="better")
    assert found.counts == (counts["recovered"], counts["improved"], counts["unchanged"], counts["deteriorated"])
    turned = ClinicalSummary.of(-start, -end, by, cutoff=-cut.a, higher_is="worse")
    assert turned == found
    halves = ClinicalSummary.of(start[:11], end[:11], by, cutoff=cut.a, higher_is="better").merge(
        ClinicalSummary.of(start[11:], end[11:], by, cutoff=cut.a, higher_is="better")
    )
    assert halves == found


def test_who_was_beyond_the_cutoff_before_does_not_recover() -> None:
    """Recovery is reliable and crosses the cut-off; a pair without an end is not counted."""
    start, end = [40.0, 40.0, 61.0, 59.0, 80.0, 40.0], [80.0, 55.0, 90.0, 61.0, 40.0, np.nan]
    found = ClinicalSummary.of(start, end, basis(10, 0.84), cutoff=60, higher_is="better")
    assert found.counts == (1, 2, 1, 1)


def test_the_papers_worked_example(reference: Load) -> None:
    """Cut-offs a 55, b 45, c 50; standard error 3.35; RC 3.16 for 32.5 to 47.5."""
    example = reference("small")["jt1991_hypothetical"]
    service, others = Norm(mean=example["M1"], sd=example["S"]), Norm(mean=example["M0"], sd=example["S"])
    cut = cutoffs(service, others, higher_is="better")
    assert (cut.a, cut.b, cut.c) == pytest.approx((example["cut_a"], example["cut_b"], example["cut_c"]), rel=1e-8)
    by = basis(example["S"], example["rxx"])
    assert error_from_reliability(by).sem == pytest.approx(example["SE"], rel=1e-8)
    assert by.difference_sd == pytest.approx(example["S_diff"], rel=1e-8)
    change = pd.Series([example["post"] - example["pre"]])
    assert reliable_change_index(change, by)[0] == pytest.approx(example["RC"], rel=1e-8)


@given(st.floats(0, 50), st.floats(1, 50), st.floats(1, 20), st.floats(1, 20))
def test_c_is_as_far_from_both(mean: float, apart: float, sd_service: float, sd_others: float) -> None:
    """Cut-off c is as many SD from either mean, between them; a turned score turns all three."""
    service, others = Norm(mean=mean, sd=sd_service), Norm(mean=mean + apart, sd=sd_others)
    cut = cutoffs(service, others, higher_is="better")
    assert cut.b is not None and cut.c is not None
    assert (cut.c - service.mean) / service.sd == pytest.approx((others.mean - cut.c) / others.sd)
    turned = cutoffs(Norm(mean=-service.mean, sd=sd_service), Norm(mean=-others.mean, sd=sd_others), higher_is="worse")
    assert (turned.a, turned.b, turned.c) == pytest.approx((-cut.a, -cut.b, -cut.c))


def test_norms_that_cannot_be() -> None:
    """Without others there is only a; others who score worse, and a norm without a spread, are refused."""
    alone = cutoffs(Norm(mean=40, sd=5), higher_is="worse")
    assert (alone.a, alone.b, alone.c) == (30, None, None)
    with pytest.raises(
        ValueError, match="^Others must score better than those in the service: check the means and which"
    ):
        cutoffs(Norm(mean=40, sd=5), Norm(mean=60, sd=5), higher_is="worse")
    for sd in (0, -1, np.nan):
        with pytest.raises(ValueError, match="^A norm takes a mean and a standard deviation above 0: give both in"):
            Norm(mean=40, sd=sd)


# --- error of measurement --------------------------------------------------------------------------------------------


def test_error_from_agreement(reference: Load) -> None:
    """psychTools::epiR: SEM = SD of change / sqrt 2 and SDC, from pairs with its n, mean and SD of change."""
    epi = reference("epir")
    raw = np.random.default_rng(1).normal(size=epi["n"])
    change = (raw - raw.mean()) / raw.std(ddof=1) * epi["sd_change"] + epi["mean_change"]
    found = error_from_agreement(np.zeros(epi["n"]), change)
    assert found.sem == pytest.approx(epi["SEM_agreement_sdchange_over_sqrt2"], rel=1e-8)
    assert found.sdc == pytest.approx(epi["SDC"], rel=1e-8)
    assert found.n == epi["n"]
    assert found.interval is not None
    assert found.interval[0] < found.sem < found.interval[1]


def test_error_from_reliability(reference: Load) -> None:
    """The couples' SEM; the epiR figure from its test-retest correlation; SDC is the threshold of reliable change."""
    das, epi = reference("small")["das"], reference("epir")
    found = error_from_reliability(basis(das["pre_sd"], das["reliability"]))
    assert found.sem == pytest.approx(das["SEM"], rel=1e-8)
    assert found.sdc == pytest.approx(1.96 * math.sqrt(2) * das["SEM"], rel=1e-8)
    # Its SD is not in the file: the formula is turned round.
    sd = epi["SEM_from_r"] / math.sqrt(1 - epi["r_test_retest"])
    assert error_from_reliability(basis(sd, epi["r_test_retest"])).sem == pytest.approx(epi["SEM_from_r"], rel=1e-8)


def test_both_errors_are_one_for_parallel_measurements() -> None:
    """Simulated parallel scores: agreement finds what SD and reliability say, and the interval covers it."""
    generator, held = np.random.default_rng(4), 0
    for _n in range(400):
        true = generator.normal(50, 8, 40)
        found = error_from_agreement(true + generator.normal(0, 6, 40), true + generator.normal(0, 6, 40))
        assert found.interval is not None
        held += found.interval[0] < error_from_reliability(basis(10, 0.64)).sem < found.interval[1]  # type: ignore[operator]
    assert 365 <= held <= 394


def test_why_there_is_no_error() -> None:
    """One person; the same difference for all."""
    assert error_from_agreement([1.0, 2.0], [1.0, np.nan]).reasons == (TOO_FEW_REPEATED,)
    third = np.arange(5.0) / 3
    assert error_from_agreement(third, third + 100 / 3).reasons == (EQUAL_REPEATED,)


def test_error_alone() -> None:
    """2.5 % on each side; on steps, from the first step beyond the threshold."""
    by = basis(10, 0.75)  # S_diff 7.071, threshold 13.859
    assert share_by_error(by).share == pytest.approx(0.0249979, abs=1e-7)
    assert share_by_error(by).least == by.threshold
    steps = share_by_error(by, step=5)
    assert steps.least == 15
    assert steps.share == pytest.approx(stats.norm.sf(12.5 / math.sqrt(50 - 25 / 12)))
    assert share_by_error(by, step=by.threshold).least == pytest.approx(2 * by.threshold)
    assert share_by_error(by, step=1e-6).share == pytest.approx(0.0249979, abs=1e-6)
    coarse = share_by_error(by, step=25)
    assert (coarse.share, coarse.least, coarse.reasons) == (None, 25, (TOO_COARSE,))
    with pytest.raises(ValueError, match="^A score's step must be above 0: give the smallest difference between two"):
        share_by_error(by, step=0)


@pytest.mark.parametrize("step", [2.0, 5.0, 25 / 3])
def test_error_alone_as_simulated(step: float) -> None:
    """Unchanged people whose scores are rounded to steps: as many are called better as is said, within 0.2 %."""
    generator = np.random.default_rng(8)
    true = generator.normal(50, 10, 400_000)
    one, two = (np.round((true + generator.normal(0, 5, true.size)) / step) * step for _n in range(2))
    by = basis(float(np.std(two - one)) / math.sqrt(2 * 0.25), 0.75)
    observed = ReliableSummary.of(pd.Series(two - one), by, "better")
    said = share_by_error(by, step=step)
    assert observed.better / true.size == pytest.approx(said.share, abs=0.002)
    assert observed.worse / true.size == pytest.approx(said.share, abs=0.002)


# --- regression to the mean ------------------------------------------------------------------------------------------


def selected(reliability: float, cut: float, gain: float, n: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Start and end of those of N(50, 10) who start below a cut and truly gain."""
    generator = np.random.default_rng(6)
    true = generator.normal(50, 10 * math.sqrt(reliability), n)
    start, end = (true + generator.normal(0, 10 * math.sqrt(1 - reliability), n) for _n in range(2))
    chosen = start < cut
    return start[chosen], end[chosen] + gain


def test_who_starts_low_rises_by_regression_alone() -> None:
    """Davis (1976): those below a cut rise by (1 - r) sigma phi(z)/Phi(z); what is left is the true gain, here 3."""
    start, end = selected(0.7, 45, gain=3)
    found = regression_to_mean(start, end, mean=50, basis=basis(10, 0.7), higher_is="better")
    z = (45 - 50) / 10
    # Both are means of some 6000 sampled people.
    assert found.expected == pytest.approx(0.3 * 10 * stats.norm.pdf(z) / stats.norm.cdf(z), rel=0.02)
    assert found.adjusted == pytest.approx(3, abs=0.3)
    assert found.change == pytest.approx(found.expected + found.adjusted)  # type: ignore[operator]
    assert found.interval is not None
    assert found.interval[0] < 3 < found.interval[1]
    assert found.reasons == ()


def test_unchanged_people_are_seldom_called_better_after_adjustment() -> None:
    """Of unchanged people chosen for a low start, the plain index calls more than 2.5 % better, the adjusted does not."""
    start, end = selected(0.7, 40, gain=0)
    by = basis(10, 0.7)
    plain = ReliableSummary.of(pd.Series(end - start), by, "better")
    found = regression_to_mean(start, end, mean=50, basis=by, higher_is="better").reliable
    assert plain.better / len(start) > 0.04
    assert found.better / len(start) == pytest.approx(0.025, abs=0.008)
    assert found.worse / len(start) == pytest.approx(0.025, abs=0.008)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=20), st.integers(0, 100))
def test_turned_scores_turn_the_adjustment(pairs: list[tuple[int, int]], mean: int) -> None:
    """A score with the better end below gives the same people, better and worse."""
    start, end = np.array(pairs, dtype=float).T
    found = regression_to_mean(start, end, mean=mean, basis=basis(20, 0.8), higher_is="better")
    turned = regression_to_mean(-start, -end, mean=-mean, basis=basis(20, 0.8), higher_is="worse")
    assert turned.reliable == found.reliable
    assert sum(found.reliable.counts) == found.n == len(pairs)
    assert turned.adjusted == pytest.approx(-found.adjusted)  # type: ignore[operator]


def test_who_starts_at_the_mean_of_all_needs_no_adjustment() -> None:
    """Where the mean of all is the mean of these, the mean change stays as it is; groups make the interval."""
    start, end = np.array([30.0, 50.0, 70.0, 50.0]), np.array([40.0, 55.0, 75.0, np.nan])
    found = regression_to_mean(start, end, ["a", "a", "a", "b"], mean=50, basis=basis(20, 0.8), higher_is="better")
    assert (found.n, found.interval, found.reasons) == (3, None, (ONE_GROUP,))
    assert found.adjusted == pytest.approx(20 / 3)
    few = regression_to_mean(start, end, ["a", None, "b", "b"], mean=50, basis=basis(20, 0.8), higher_is="better")
    assert few.interval is not None
    assert few.reasons == (FEW_GROUPS,)
    one = regression_to_mean(start[:1], end[:1], mean=50, basis=basis(20, 0.8), higher_is="better")
    assert (one.interval, one.reasons) == (None, (ONE_PAIR,))
    none = regression_to_mean([], [], mean=50, basis=basis(20, 0.8), higher_is="better")
    assert (none.n, none.adjusted, none.reasons) == (0, None, (NO_CHANGES,))
    for reliability in (0, 1):
        with pytest.raises(
            ValueError, match="^Regression to the mean takes a reliability between 0 and 1 and a standard"
        ):
            regression_to_mean(start, end, mean=50, basis=basis(20, reliability), higher_is="better")
    with pytest.raises(
        ValueError, match="^Start, end and groups must be columns of one length: give a row for each pair"
    ):
        regression_to_mean(start, end, ["a"], mean=50, basis=basis(20, 0.8), higher_is="better")


def test_room_to_improve() -> None:
    """One threshold at least below the best score, whichever end that is; without a start there is none."""
    start = [0.0, 80.0, 80.1, 100.0, np.nan]
    assert has_room(start, threshold=20, best=100, higher_is="better").tolist() == [True, True, False, False, False]
    assert has_room(start, threshold=20, best=0, higher_is="worse").tolist() == [False, True, True, True, False]


# --- meaningful change by an anchor ----------------------------------------------------------------------------------


def rated(n: int, *, threshold: float = 5, gain: float = 5, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People who call a true change beyond their own threshold (mean `threshold`) a little or much better."""
    generator = np.random.default_rng(seed)
    start, true = generator.normal(50, 10, n), generator.normal(gain, 8, n)
    over = true - generator.normal(threshold, 3, n)
    anchor = np.select([over > 8, over > 0, over > -8], [2.0, 1.0, 0.0], -1.0)
    return start, start + true + generator.normal(0, 4, n), anchor


def by_anchor(*columns: np.ndarray, **more) -> AnchorBased:  # type: ignore[no-untyped-def]
    return anchor_based(*columns, a_little_better=1, **{"higher_is": "better", **more})


def test_the_threshold_that_people_have_is_found() -> None:
    """Half are better and the true threshold is 5: the predictive threshold has it, and the ROC comes near."""
    found = by_anchor(*rated(4000))
    assert found.reasons == ()
    assert found.predictive is not None and found.predictive.interval is not None and found.roc is not None
    assert found.predictive.interval[0] < 5 < found.predictive.interval[1]
    assert np.ptp(found.predictive.interval) < 1
    assert found.roc.estimate == pytest.approx(5, abs=2)
    assert found.mean_a_little_better is not None and found.mean_a_little_better.estimate is not None
    assert found.mean_a_little_better.estimate > found.predictive.estimate


def test_the_predictive_interval_covers() -> None:
    """Of 150 samples of 200, about 95 % of the intervals hold 5, although it is estimated by three figures."""
    held = 0
    for seed in range(150):
        found = by_anchor(*rated(200, seed=seed)).predictive
        assert found is not None and found.interval is not None
        held += found.interval[0] < 5 < found.interval[1]
    assert held >= 135


def test_the_predictive_interval_is_the_jackknifes() -> None:
    """Leaving out each of 150 people in turn gives about the same standard error, also where shares are uneven."""
    columns = rated(150, gain=9, seed=4)
    found = by_anchor(*columns).predictive
    assert found is not None and found.interval is not None
    without = [by_anchor(*(np.delete(column, n) for column in columns)).predictive for n in range(150)]
    estimates = np.array([one.estimate for one in without if one is not None], dtype=float)
    se = math.sqrt(149 / 150 * ((estimates - estimates.mean()) ** 2).sum())
    assert np.ptp(found.interval) == pytest.approx(2 * stats.t.ppf(0.975, 149) * se, rel=0.05)


def test_the_roc_is_mann_whitneys() -> None:
    """The area by scipy's U; sensitivity and specificity by counting; no cut does better."""
    start, end, anchor = rated(300, seed=3)
    found, improvement, better = by_anchor(start, end, anchor).roc, end - start, anchor >= 1
    assert found is not None and found.sensitivity is not None and found.specificity is not None
    u = stats.mannwhitneyu(improvement[better], improvement[~better]).statistic
    assert found.auc == pytest.approx(u / (better.sum() * (~better).sum()))
    assert found.sensitivity == pytest.approx((improvement[better] >= found.estimate).mean())
    assert found.specificity == pytest.approx((improvement[~better] < found.estimate).mean())
    best = max((improvement[better] >= cut).mean() + (improvement[~better] < cut).mean() for cut in improvement)
    assert found.sensitivity + found.specificity == pytest.approx(best)


def test_the_predictive_threshold_is_where_a_rating_says_nothing_new() -> None:
    """At it, the modelled chance of being rated better is the share rated better, by statsmodels with a formula."""
    import statsmodels.formula.api as smf

    start, end, anchor = rated(300, seed=3)
    frame = pd.DataFrame({"better": (anchor >= 1).astype(int), "improvement": end - start})
    model = smf.logit("better ~ improvement", frame).fit(disp=0)
    found = by_anchor(start, end, anchor).predictive
    assert found is not None
    chance = model.predict(pd.DataFrame({"improvement": [found.estimate]}))[0]
    # Newton's steps end at about eight figures.
    assert chance == pytest.approx(frame["better"].mean(), rel=1e-6)


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_unit_direction_and_order_do_not_matter(scale: float) -> None:
    """Turned and rescaled scores in another order: the same improvement in their unit."""
    start, end, anchor = rated(250, seed=5)
    found, places = by_anchor(start, end, anchor), np.random.default_rng(1).permutation(250)
    turned = by_anchor(-scale * start[places], -scale * end[places], anchor[places], higher_is="worse")
    for name in ("mean_a_little_better", "roc", "predictive"):
        one, other = getattr(found, name), getattr(turned, name)
        assert other.estimate == pytest.approx(scale * one.estimate, rel=1e-6)
        assert other.n == one.n
    assert turned.with_change == pytest.approx(found.with_change)
    assert turned.with_start == pytest.approx(found.with_start)


def test_groups_and_missing_values() -> None:
    """Groups that share their luck widen the interval; who lacks a score or a rating is left out."""
    start, end, anchor = rated(400, seed=7)
    groups = np.repeat(np.arange(20), 20).astype(str)
    luck = np.random.default_rng(2).normal(0, 6, 20)[groups.astype(int)]
    alone, together = by_anchor(start, end + luck, anchor), by_anchor(start, end + luck, anchor, groups)
    assert alone.predictive is not None and together.predictive is not None
    assert together.predictive.estimate == alone.predictive.estimate
    assert np.ptp(together.predictive.interval) > 1.2 * np.ptp(alone.predictive.interval)  # type: ignore[arg-type]
    one_group = by_anchor(start, end, anchor, np.full(400, "a")).predictive
    assert one_group is not None
    assert (one_group.interval, one_group.reasons) == (None, (ONE_GROUP,))
    holes = [column.copy() for column in (start, end, anchor)]
    for n, column in enumerate(holes):
        column[n] = np.nan
    assert by_anchor(*holes) == by_anchor(start[3:], end[3:], anchor[3:])
    with pytest.raises(
        ValueError, match="^Scores and ratings must be columns of one length: give a row for each person.$"
    ):
        by_anchor(start, end, anchor[:5])


def test_anchors_that_are_not_fit() -> None:
    """Equal ratings, ratings that have nothing to do with change, go against it, or rate how things are."""
    start, end, anchor = rated(300)
    noise = np.random.default_rng(9).permutation(anchor)
    state = np.digitize(end, [45, 52, 60]).astype(float) - 1
    for rating, reason in (
        (np.ones(300), NO_ANCHOR_VARIANCE),
        (noise, WEAK_ANCHOR),
        (-anchor, ANCHOR_TURNED),
    ):
        found = by_anchor(start, end, rating)
        assert (found.reasons, found.roc, found.predictive, found.mean_a_little_better) == ((reason,), None, None, None)
    found = by_anchor(start, end, state)
    assert found.with_change is not None and found.with_start is not None and found.with_end is not None
    assert found.with_change > 0.3
    assert found.with_start > 0.5 * found.with_end
    assert found.reasons == (RATES_THE_PRESENT,)
    assert by_anchor(np.array([]), np.array([]), np.array([])).reasons == (NO_ANCHOR_VARIANCE,)
    assert by_anchor(start[:2], end[:2], anchor[:2]).reasons == (NO_ANCHOR_VARIANCE,)


def test_a_rating_of_change_goes_with_start_and_end_in_opposite_ways() -> None:
    """Guyatt et al. (2002): about minus as much with the start as with the end, which makes it fit."""
    generator = np.random.default_rng(10)
    start, end = generator.multivariate_normal([50, 55], [[100, 50], [50, 100]], size=500).T
    found = by_anchor(start, end, np.digitize(end - start + generator.normal(0, 5, 500), [-5, 5, 15]) - 1.0)
    assert found.with_start is not None and found.with_end is not None
    assert found.with_start == pytest.approx(-found.with_end, abs=0.1)
    assert found.with_start < -0.3
    assert found.reasons == ()


def test_equal_starts_do_not_stand_in_the_way() -> None:
    """Without a spread at the start there is no correlation with it, and the rest stands."""
    _start, end, anchor = rated(300)
    start, change = np.full(300, 100 / 3), end - _start
    found = by_anchor(start, start + change, anchor)
    assert (found.with_start, found.reasons) == (None, ())


def test_too_few_or_too_clear_ratings() -> None:
    """Nine a little better; nine on a side; sides that some change parts; far from even shares."""
    start, end, anchor = rated(300)
    nine = anchor.copy()
    nine[np.flatnonzero(anchor == 1)[9:]] = 2
    found = by_anchor(start, end, nine)
    assert found.mean_a_little_better is not None
    assert (found.mean_a_little_better.n, found.mean_a_little_better.reasons) == (9, (TOO_FEW_A_LITTLE_BETTER,))
    kept = np.concatenate([np.flatnonzero(anchor >= 1)[:9], np.flatnonzero(anchor < 1)])
    small = by_anchor(start[kept], end[kept], anchor[kept])
    assert small.roc is not None and small.predictive is not None
    assert small.roc.reasons == small.predictive.reasons == (TOO_FEW_ON_A_SIDE,)
    parted = by_anchor(start, end, (end - start > 5).astype(float))
    assert parted.roc is not None and parted.predictive is not None
    assert (parted.roc.auc, parted.roc.sensitivity, parted.roc.specificity) == (1, 1, 1)
    assert (parted.predictive.estimate, parted.predictive.reasons) == (None, (SEPARATED,))
    uneven = by_anchor(*rated(300, gain=13)).predictive
    assert uneven is not None
    assert uneven.estimate is not None
    assert uneven.reasons == (UNEVEN,)
