"""What a tariff would have paid: by hand, by the estimators that it rests on, and by simulation."""

from __future__ import annotations

import dataclasses
import itertools
import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import integrate, special, stats

from analysis import AnalysisError, pairing
from analysis.change import FEW_GROUPS, ONE_GROUP, ReliableBasis
from analysis.dataset import Dataset
from analysis.outcomes import outcome_items, reached
from analysis.providers import NO_BETWEEN, ONE_UNIT, unit_effects
from analysis.scores import measures
from analysis.tariff import (
    CAPPED,
    IMPOSSIBLE,
    NO_ACCURACY,
    NO_ANSWERS,
    NO_BACKGROUND,
    NO_RANKING,
    NO_REFERENCE,
    NO_SPREAD,
    NOBODY,
    NOT_ADJUSTED,
    ONE_ALONE,
    PROVISIONAL,
    SHADOW,
    SOME_BACKGROUND,
    Payment,
    Points,
    mean_within,
    participations_of,
    shadow,
)
from survey.tariff import Accuracy, Cap, Result, Tariff, Window

BASIS = ReliableBasis(sd=21.0, reliability=0.84, source="Made up for tests", provisional=False)
POINTS = {"job_search": Points(range=(0, 100), higher_is="better", basis=BASIS)}
WORK = Result(outcome="employment", at="end", price=1200.0, verified="register")
SEARCH = Result(change="job_search", per_point=25.0, cap=500.0)
NO_CAP = Cap()
YEAR = Window(first="2027-01-01", last="2027-12-31")


def tariff(*results: Result, contracts: tuple[str, ...] = ("A", "B"), fee: float = 900.0, cap: Cap = NO_CAP) -> Tariff:
    return Tariff(tariff="t", version=1, contracts=contracts, fixed_fee=fee, results=results, cap=cap, window=YEAR)


def table(**columns: object) -> pd.DataFrame:
    """Participations of the year; what is not said is the same for all."""
    frame = pd.DataFrame(columns)
    plain = {
        "service": frame["contract"].str.lower(),
        "provider": "taito",
        "group": None,
        "started": date(2027, 3, 1),
        "ended": date(2027, 6, 1),
    }
    frame = frame.assign(**{name: value for name, value in plain.items() if name not in frame})
    return frame.astype({"employment.end": "boolean"}) if "employment.end" in frame else frame


def few() -> pd.DataFrame:
    """Four participations of A, whose results by hand are 1450, 0, 500 and 1200, and four of B."""
    return table(
        **{
            "contract": ["A"] * 4 + ["B"] * 4,
            "employment.end": [True, False, None, True, False, True, False, False],
            "job_search.start": [40.0, 50, 60, np.nan, 40, 50, 60, 70],
            "job_search.end": [50.0, 45, 90, 80, 44, 57, 61, 71],
        }
    )


def paid(frame: pd.DataFrame, *results: Result, cap: Cap = NO_CAP, fee: float = 900.0) -> Payment:
    return shadow(frame, tariff(*results, cap=cap, fee=fee), points=POINTS).contracts[0]


# --- what is paid ----------------------------------------------------------------------------------------------------


def test_a_payment_by_hand() -> None:
    """4 × 900; 2 × 1200; 10 points at 25, a fall that earns nothing, 30 points cut off at 500, one without a start."""
    found = paid(few(), WORK, SEARCH)
    assert (found.contract, found.providers, found.n, found.clusters) == ("A", ("taito",), 4, 4)
    assert (found.fixed, found.for_results, found.payment, found.cut) == (3600, 3150, 6750, 0)
    assert found.share_of_results == pytest.approx(3150 / 6750)
    work, search = found.results
    assert (work.key, work.known, work.reached, work.paid) == ("employment.end", 3, 2, 2400)
    assert (search.key, search.known, search.paid) == ("job_search", 3, 750)
    assert search.points == pytest.approx(35 / 3)


@pytest.mark.parametrize(
    ("cap", "fixed", "results"),
    [
        (Cap(per_participation=2000), 3600, 1100 + 0 + 500 + 1100),
        (Cap(share_of_results=0.4), 3600, 2400),
        (Cap(share_of_results=1), 3600, 3150),
        (Cap(per_contract=5000), 3600, 1400),
        (Cap(per_contract=3000), 3000, 0),
        (Cap(per_participation=2000, share_of_results=0.4, per_contract=5900), 3600, 2300),
        (Cap(per_participation=1000, share_of_results=0.4, per_contract=5900), 3600, 300),
    ],
)
def test_caps_by_hand(cap: Cap, fixed: float, results: float) -> None:
    """Of a participation, then of the share of results, then of the contract; fees give way last."""
    found = paid(few(), WORK, SEARCH, cap=cap)
    assert (found.fixed, found.for_results) == pytest.approx((fixed, results))
    assert found.before_caps == 6750 and found.cut == pytest.approx(6750 - fixed - results)
    assert (CAPPED in found.reasons) == (found.cut > 0)


def test_a_floor_below_zero_takes_away() -> None:
    """A fall of 5 points costs 125, and no more than the floor."""
    one = dataclasses.replace(SEARCH, floor=-200.0)
    assert paid(few(), one).for_results == 250 - 125 + 500
    assert paid(few(), dataclasses.replace(one, floor=-100.0)).for_results == 250 - 100 + 500


def test_where_lower_is_better_a_fall_is_paid() -> None:
    """The same scores with the range turned round earn the same."""
    points = {"job_search": dataclasses.replace(POINTS["job_search"], higher_is="worse")}
    frame = few()
    turned = frame.assign(**{f"job_search.{wave}": 100 - frame[f"job_search.{wave}"] for wave in ("start", "end")})
    adjusted = dataclasses.replace(SEARCH, adjusted=True)
    for result in (SEARCH, adjusted):
        one, other = paid(frame, result), shadow(turned, tariff(result), points=points).contracts[0]
        for name in ("paid", "points", "expected", "shrunken", "by_error"):
            assert getattr(other.results[0], name) == pytest.approx(getattr(one.results[0], name), rel=1e-9)
        assert (other.missing.low, other.missing.high) == pytest.approx((one.missing.low, one.missing.high))


def test_what_counts_is_what_falls_into_the_window() -> None:
    """By the start or by the end, first and last day included; who has not ended has not ended in it."""
    days = [date(2026, 12, 31), date(2027, 1, 1), date(2027, 12, 31), date(2028, 1, 1), None]
    frame = table(
        contract=["A"] * 5,
        started=[*days[:4], date(2027, 5, 1)],
        ended=[*days[1:], None],
        **{"employment.end": [True] * 5},
    )
    started = tariff(WORK, contracts=("A",))
    ended = dataclasses.replace(started, window=dataclasses.replace(YEAR, counts="ended"))
    assert shadow(frame, started, points={}).contracts[0].n == 3
    assert shadow(frame, ended, points={}).contracts[0].n == 2


def test_contracts_keep_the_order_of_the_tariff() -> None:
    """Never a ranking: in whatever order they are named, they come back so, with the same figures."""
    one = shadow(few(), tariff(WORK, SEARCH), points=POINTS)
    other = shadow(few(), tariff(WORK, SEARCH, contracts=("B", "A")), points=POINTS)
    assert [c.contract for c in one.contracts] == ["A", "B"] and [c.contract for c in other.contracts] == ["B", "A"]
    assert other.contracts[::-1] == one.contracts
    assert (one.key, one.currency, one.words) == ("t@1", "EUR", (SHADOW, NO_RANKING))


def test_services_can_stand_for_contracts() -> None:
    """A tariff that names services pays each by itself."""
    one = dataclasses.replace(tariff(WORK, SEARCH), contracts=(), services=("b", "a"))
    found = shadow(few(), one, points=POINTS).contracts
    expected = shadow(few(), tariff(WORK, SEARCH), points=POINTS).contracts
    assert [c.payment for c in found] == [c.payment for c in expected[::-1]]


# --- adjusted for the start ------------------------------------------------------------------------------------------


def cohort(seed: int = 3, n: int = 400, *, gain: float = 6.0, low: float = 12.0) -> pd.DataFrame:
    """Two contracts with the same true gain, measured with error; B takes those who score low at the moment."""
    rng = np.random.default_rng(seed)
    true = 50 + 10 * rng.normal(size=n)
    start = true + 6 * rng.normal(size=n)
    b = start < np.quantile(start, 0.5) + low * (rng.random(n) - 0.5)
    return table(
        **{
            "contract": np.where(b, "B", "A"),
            "group": [f"g{k % 20}" for k in range(n)],
            "employment.end": rng.random(n) < special.expit((true - 50) / 10),
            "job_search.start": start,
            "job_search.end": true + gain + 6 * rng.normal(size=n),
        }
    )


def test_adjusted_change_is_that_of_the_mean_start() -> None:
    """Points of change less (slope - 1) times how far the start is from the mean, slope of the model of all units."""
    frame = cohort()
    start, end = frame["job_search.start"], frame["job_search.end"]
    slope = unit_effects(start, end, frame["contract"]).slope
    assert slope is not None and 0.4 < slope < 0.9
    improvement = end - start - (slope - 1) * (start - start.mean())
    own = frame["contract"] == "A"
    found = paid(frame, dataclasses.replace(SEARCH, adjusted=True))
    assert found.results[0].points == pytest.approx(improvement[own].mean(), rel=1e-9)
    assert found.results[0].paid == pytest.approx((25 * improvement[own]).clip(0, 500).sum(), rel=1e-9)


def test_adjusting_takes_away_what_a_low_start_earns_by_itself() -> None:
    """Whoever picks people on a bad day is paid for the days after; adjusted, the two contracts earn about the same."""
    frame = cohort(n=4000)

    def ratio(result: Result) -> float:
        a, b = (c.results[0] for c in shadow(frame, tariff(result), points=POINTS).contracts)
        return (b.paid / b.known) / (a.paid / a.known)

    assert ratio(SEARCH) > 1.5
    assert ratio(dataclasses.replace(SEARCH, adjusted=True)) == pytest.approx(1, abs=0.06)


def test_where_nothing_can_be_adjusted_nothing_is_paid() -> None:
    """With one unit alone there is no model; it is said, of the change and of what is expected."""
    adjusted = dataclasses.replace(SEARCH, adjusted=True)
    frame = few().iloc[:4]
    found = shadow(frame, tariff(adjusted, contracts=("A",)), points=POINTS).contracts[0]
    assert (found.for_results, found.results[0].reasons) == (0, (NOT_ADJUSTED, ONE_UNIT))
    plain = shadow(frame, tariff(SEARCH, contracts=("A",)), points=POINTS).contracts[0]
    assert (plain.for_results, plain.expected, plain.results[0].reasons) == (750, None, (ONE_UNIT,))


# --- beside it: case mix, error, wrong answers, missing answers ------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "sd", "floor", "cap"), [(0, 1, 0, None), (10, 12, 0, 500), (-3, 2, 0, 1), (4, 9, -6, 7), (900, 1, 0, 500)]
)
def test_the_mean_of_what_is_cut_off_is_its_integral(mean: float, sd: float, floor: float, cap: float | None) -> None:
    """Numerically; and by hand sd / sqrt(2 pi) about a floor at the mean."""
    most = math.inf if cap is None else cap
    ends = (mean - 12 * sd, mean + 12 * sd)
    inner = sorted({min(max(point, ends[0]), ends[1]) for point in (floor, most, *ends)})
    expected = sum(
        integrate.quad(lambda x: float(np.clip(x, floor, most)) * stats.norm.pdf(x, mean, sd), *pair)[0]
        for pair in itertools.pairwise(inner)
    )
    assert float(mean_within(mean, sd, floor, cap)) == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert float(mean_within(0, sd, 0, None)) == pytest.approx(sd / math.sqrt(2 * math.pi), rel=1e-12)
    with pytest.raises(ValueError, match="standard deviation above 0"):
        mean_within(0, 0, 0, None)


def test_what_error_alone_earns_by_hand() -> None:
    """SEM 21 sqrt(.16) = 8.4, a difference's 11.88 points: 25 × 11.88 / sqrt(2 pi) = 118.48 for each who changed not at
    all; adjusted 8.4 sqrt(1.84) = 11.39."""
    free = dataclasses.replace(SEARCH, cap=None)
    assert paid(few(), free).results[0].by_error == pytest.approx(3 * 118.478, rel=1e-4)
    adjusted = paid(few(), dataclasses.replace(free, adjusted=True)).results[0]
    assert adjusted.by_error == pytest.approx(3 * 25 * 8.4 * math.sqrt(1.84) / math.sqrt(2 * math.pi), rel=1e-12)


@pytest.mark.parametrize("adjusted", [False, True])
def test_what_error_alone_earns_as_simulated(adjusted: bool) -> None:
    """Nobody truly changes: what is paid is what error alone was said to earn."""
    frame = cohort(n=20_000, gain=0)
    points = {"job_search": Points(range=(0, 100), higher_is="better", basis=dataclasses.replace(
        BASIS, sd=math.sqrt(136), reliability=100 / 136))}  # fmt: skip
    result = dataclasses.replace(SEARCH, adjusted=adjusted, cap=200.0)
    found = shadow(frame, tariff(result), points=points).contracts
    by_error = sum(c.results[0].by_error or 0 for c in found)
    assert sum(c.for_results for c in found) == pytest.approx(by_error, rel=0.02)


def test_expected_of_an_outcome_is_that_of_a_logit_over_all() -> None:
    """Price times the sum of the clients' probabilities; without background, times the share of all."""
    frame = cohort()
    x = frame[["job_search.start"]]
    p = sm.Logit(frame["employment.end"].astype(float), sm.add_constant(x)).fit(disp=0, tol=1e-12).predict()
    one, other = shadow(frame, tariff(WORK), points={}, covariates=x).contracts
    own = (frame["contract"] == "A").to_numpy()
    assert one.results[0].expected == pytest.approx(1200 * p[own].sum(), rel=1e-8)
    assert one.expected == pytest.approx(900 * own.sum() + 1200 * p[own].sum(), rel=1e-8)
    assert other.results[0].expected == pytest.approx(1200 * p[~own].sum(), rel=1e-8)
    assert one.results[0].case_mix is not None and one.results[0].case_mix.n == own.sum()
    assert one.results[0].reasons == ()
    plain = shadow(frame, tariff(WORK), points={}).contracts[0].results[0]
    assert plain.expected == pytest.approx(1200 * own.sum() * frame["employment.end"].mean(), rel=1e-8)
    assert plain.reasons == (NO_BACKGROUND,)


def test_whose_background_is_not_known_counts_as_the_average() -> None:
    """And it is said; so too where it is known of nobody in the contract."""
    frame = cohort()
    x = frame[["job_search.start"]].copy()
    own = (frame["contract"] == "A").to_numpy()
    x.iloc[np.flatnonzero(own)[:10]] = np.nan
    found = shadow(frame, tariff(WORK), points={}, covariates=x).contracts[0].results[0]
    known = x["job_search.start"].notna()
    fit = sm.Logit(frame.loc[known, "employment.end"].astype(float), sm.add_constant(x[known])).fit(disp=0, tol=1e-12)
    expected = fit.predict()[own[known]].sum() + 10 * frame.loc[known, "employment.end"].mean()
    assert found.expected == pytest.approx(1200 * expected, rel=1e-8)
    assert found.reasons == (SOME_BACKGROUND,)
    three = frame.assign(contract=frame["contract"].mask(~own & (frame.index % 2 == 0), "C"))
    nobody = shadow(three, tariff(WORK), points={}, covariates=x.where(~own[:, None])).contracts[0].results[0]
    assert nobody.expected == pytest.approx(1200 * own.sum() * frame.loc[~own, "employment.end"].mean(), rel=1e-8)
    assert (nobody.case_mix, nobody.reasons) == (None, (SOME_BACKGROUND,))


@pytest.mark.parametrize("adjusted", [False, True])
def test_expected_of_a_change_is_that_of_the_model_drawn(adjusted: bool) -> None:
    """End scores drawn from the mixed model: with an average unit, and with the contract's own shrunken estimate."""
    rng = np.random.default_rng(5)
    frame = cohort()
    unit = frame["contract"].where(frame.index % 4 > 1, "C")
    gain = unit.map({"A": 5.0, "B": -5.0, "C": 0.0})
    frame = frame.assign(contract=unit, **{"job_search.end": frame["job_search.end"] + gain})
    start = frame["job_search.start"]
    model = unit_effects(start, frame["job_search.end"], unit)
    assert model.intercept is not None and model.slope is not None and model.within is not None
    found = paid(frame, dataclasses.replace(SEARCH, adjusted=adjusted, cap=300.0)).results[0]
    own = start[unit == "A"].to_numpy()
    u = next(one.estimate for one in model.units if one.unit == "A")
    for effect, figure in ((0.0, found.expected), (u, found.shrunken)):
        drawn = (
            model.intercept + effect + model.slope * own + math.sqrt(model.within) * rng.normal(size=(4000, len(own)))
        )
        change = drawn - own - (model.slope - 1) * (own - start.mean()) * adjusted
        assert figure == pytest.approx((25 * change).clip(0, 300).sum(axis=1).mean(), rel=0.005)
    assert found.shrunken is not None and found.expected is not None and found.shrunken > 1.1 * found.expected


def test_the_cost_of_wrong_answers_by_hand() -> None:
    """39 of 100 say so. With 90 % and 95 % right, 40 truly did: 3 are paid for wrongly, 4 are not paid for."""
    frame = table(
        contract=["A"] * 100 + ["B"] * 10, **{"employment.end": [True] * 39 + [False] * 61 + [True, False] * 5}
    )
    accuracy = Accuracy(sensitivity=0.9, specificity=0.95, source="Made up for tests")
    word = dataclasses.replace(WORK, verified="self_report", accuracy=accuracy)
    found = paid(frame, word).results[0].wrong_answers
    assert found is not None
    assert (found.truly, found.overpaid, found.unpaid) == pytest.approx((40, 3 * 1200, 4 * 1200))
    none = paid(frame.assign(**{"employment.end": False}), word).results[0]
    assert none.wrong_answers is not None and none.wrong_answers.truly == none.wrong_answers.overpaid == 0
    assert IMPOSSIBLE in none.reasons
    unsaid = paid(frame, dataclasses.replace(word, accuracy=None)).results[0]
    assert unsaid.wrong_answers is None and NO_ACCURACY in unsaid.reasons
    assert paid(frame, WORK).results[0].wrong_answers is None


def test_what_hangs_on_missing_answers_by_hand() -> None:
    """One outcome (1200) and one start (its end is 80, so the rise may be 80 points: 500). Without, all is known."""
    found = paid(few(), WORK, SEARCH).missing
    assert (found.n, found.low, found.high) == (2, 6750, 6750 + 1200 + 500)
    assert found.share == pytest.approx(1700 / 8450)
    floor = paid(few(), WORK, dataclasses.replace(SEARCH, floor=-100.0)).missing
    # The start may have been 100: 20 points down.
    assert (floor.low, floor.high) == (6750 - 100 - 100, 8450 - 100)
    other = shadow(few(), tariff(WORK, SEARCH), points=POINTS).contracts[1]
    assert (other.missing.n, other.missing.share) == (0, 0) and other.missing.low == other.missing.high == other.payment
    capped = paid(few(), WORK, SEARCH, cap=Cap(per_contract=7000)).missing
    assert (capped.low, capped.high) == (6750, 7000)


def test_missing_answers_of_an_adjusted_change_stay_within_their_bounds() -> None:
    """Whatever the scores were, what is paid lies between them."""
    rng = np.random.default_rng(8)
    frame = cohort(n=60)
    result = dataclasses.replace(SEARCH, adjusted=True, floor=-300.0)
    holed = frame.copy()
    holed.loc[rng.random(60) < 0.3, "job_search.end"] = np.nan
    holed.loc[rng.random(60) < 0.2, "job_search.start"] = np.nan
    found = paid(holed, result)
    both = holed["job_search.start"].notna() & holed["job_search.end"].notna()
    slope = unit_effects(holed["job_search.start"], holed["job_search.end"], holed["contract"]).slope
    middle = holed.loc[both, "job_search.start"].mean()
    assert slope is not None
    for _ in range(200):
        filled = holed.apply(
            lambda c: c.fillna(pd.Series(rng.choice([0, 100, 50], 60))) if "job_" in str(c.name) else c
        )
        start, end = filled["job_search.start"].astype(float), filled["job_search.end"].astype(float)
        worth = (25 * (end - start - (slope - 1) * (start - middle))).clip(-300, 500)[frame["contract"] == "A"].sum()
        assert found.missing.low - 1e-6 <= found.fixed + worth <= found.missing.high + 1e-6
    assert found.missing.low < found.payment < found.missing.high


def test_what_cannot_be_told_is_said() -> None:
    """Nobody in the window, nobody's result, no reliability, one that is provisional, a dimension without error."""
    assert paid(few().assign(started=date(2029, 1, 1)), WORK).reasons == (NOBODY,)
    empty = paid(few().assign(**{"employment.end": pd.Series([pd.NA] * 8, dtype="boolean")}), WORK)
    assert (empty.payment, empty.results[0].reasons, empty.expected) == (3600, (NO_ANSWERS,), 3600)
    for basis, reason in ((None, NO_REFERENCE), (dataclasses.replace(BASIS, provisional=True), PROVISIONAL)):
        points = {"job_search": Points(range=(0, 100), higher_is="better", basis=basis)}
        line = shadow(few(), tariff(SEARCH), points=points).contracts[0].results[0]
        assert reason in line.reasons and (line.by_error is None) == (basis is None)
    alike = cohort()
    alike = pd.concat([alike.assign(contract="A"), alike.assign(contract="B")], ignore_index=True)
    assert NO_BETWEEN in paid(alike, SEARCH).results[0].reasons


def test_errors_say_what_is_lacking() -> None:
    """A column, a dimension's points, the background's rows."""
    with pytest.raises(
        AnalysisError, match="has no column 'employment.end'. A tariff with these results needs contract"
    ):
        shadow(few().drop(columns="employment.end"), tariff(WORK), points=POINTS)
    with pytest.raises(AnalysisError, match="Nothing says what the scores of 'job_search' are. Give its range"):
        shadow(few(), tariff(SEARCH), points={})
    with pytest.raises(AnalysisError, match="The background is not of the same people: give a row for each"):
        shadow(few(), tariff(WORK), points={}, covariates=few()[["job_search.start"]].iloc[:3])


# --- the interval ----------------------------------------------------------------------------------------------------


def test_the_interval_of_equal_groups_is_that_of_their_means() -> None:
    """CR2 of groups of one size is the t interval of the groups' means, times the participations, and the fees."""
    rng = np.random.default_rng(6)
    frame = table(
        **{
            "contract": ["A"] * 40 + ["B"] * 40,
            "group": [f"g{k % 5}" for k in range(80)],
            "employment.end": rng.random(80) < 0.4,
        }
    )
    found = paid(frame, WORK)
    means = 1200 * frame[frame["contract"] == "A"].groupby("group")["employment.end"].mean().astype(float)
    low, high = stats.t.interval(0.95, 4, means.mean(), stats.sem(means))
    assert found.clusters == 5 and found.interval is not None
    assert found.interval == pytest.approx((36000 + 40 * low, 36000 + 40 * high), rel=1e-9)
    capped = paid(frame, WORK, cap=Cap(per_contract=found.payment)).interval
    assert capped == pytest.approx((36000 + 40 * low, found.payment))


def test_an_interval_stays_between_what_can_be_paid() -> None:
    """Not below the fees where results have no floor below 0, nor above the price for everybody."""
    frame = table(
        **{
            "contract": ["A"] * 12 + ["B"] * 2,
            "group": ["x"] * 4 + ["y"] * 4 + ["z"] * 4 + ["x", "y"],
            "employment.end": [True] * 4 + [False] * 8 + [True, False],
        }
    )
    found = paid(frame, WORK)
    assert found.interval == (12 * 900, 12 * (900 + 1200))
    assert FEW_GROUPS in found.reasons


def test_why_there_is_no_interval() -> None:
    """One participation, one group, no spread."""
    frame = few()
    assert paid(frame.iloc[[0, 4, 5]], WORK).reasons == (ONE_ALONE,)
    assert paid(frame.assign(group=""), WORK).clusters == 4
    one = paid(frame.assign(group="x"), WORK)
    assert (one.interval, one.clusters, one.reasons) == (None, 1, (ONE_GROUP,))
    same = paid(
        frame.assign(**{"employment.end": [True] * 4 + [False] * 4}).astype({"employment.end": "boolean"}), WORK
    )
    assert (same.interval, same.reasons) == (None, (NO_SPREAD,))


@pytest.mark.slow
def test_the_interval_covers() -> None:
    """Twelve groups of 6 to 14 with effects of their own, 400 times: about 95 % hold what is paid on average."""
    sizes = np.array([6, 8, 10, 12, 14, 9, 7, 11, 13, 10, 8, 12])

    def draw(rng: np.random.Generator, sizes: np.ndarray) -> pd.DataFrame:
        own = np.repeat(rng.normal(size=len(sizes)), sizes)
        n = len(own)
        start = 50 + 15 * rng.normal(size=n)
        return table(
            **{
                "contract": np.where(np.arange(n) < n - 10, "A", "B"),
                "group": np.repeat([f"g{k}" for k in range(len(sizes))], sizes),
                "employment.end": rng.random(n) < special.expit(-0.5 + 0.6 * own),
                "job_search.start": start,
                "job_search.end": start + 5 + 3 * own + 12 * rng.normal(size=n),
            }
        )

    both = tariff(WORK, SEARCH, cap=Cap(per_participation=2300), contracts=("A",))
    big = draw(np.random.default_rng(1), np.full(20_000, 10))
    worth = 1200 * big["employment.end"].astype(float) + (25 * (big["job_search.end"] - big["job_search.start"])).clip(
        0, 500
    )
    true = float(worth.clip(upper=1400).mean())
    rng, hits = np.random.default_rng(2), []
    for _ in range(400):
        found = shadow(draw(rng, np.append(sizes, 10)), both, points=POINTS).contracts[0]
        assert found.interval is not None
        hits.append(found.interval[0] <= found.n * (900 + true) <= found.interval[1])
    assert 0.925 <= np.mean(hits) <= 0.975


# --- from a dataset --------------------------------------------------------------------------------------------------


def test_a_dataset_can_be_paid_for(dataset: Dataset) -> None:
    """Outcomes and changes are those of the report's own functions; every participation has a row."""
    half = Result(outcome="education", at="followup_6", price=500.0)
    services = ("valmennus", "ura", "hitsaus")
    window = Window(first="2026-01-01", last="2026-12-31")
    one = Tariff(
        tariff="t", version=1, services=services, fixed_fee=100.0,
        results=(dataclasses.replace(WORK, at="end"), half, SEARCH), window=window,
    )  # fmt: skip
    frame, points = participations_of(dataset, one)
    assert frame.index.tolist() == dataset.participations["id"].tolist()
    assert points["job_search"].basis is not None and points["job_search"].basis.sd == 21
    found = shadow(frame, one, points=points)
    answers = dataset.responses[pairing.timely(dataset)]
    item = next(i for i in outcome_items(dataset.library.instruments) if i.outcome == "employment")
    counted = reached(item, answers, "end").groupby("service")["reached"].agg(["sum", "size"])
    measure = next(m for m in measures(dataset.library.instruments) if m.dimension == "job_search")
    pairs = pairing.pair(pairing.scored(measure, answers), "start", "end")
    for contract in found.contracts:
        work, _study, search = contract.results
        assert (work.reached, work.known) == tuple(counted.loc[contract.contract])
        own = pairs.service == contract.contract
        assert search.known == own.sum()
        assert search.points == pytest.approx((pairs.end - pairs.start)[own].mean(), rel=1e-9)
        assert contract.n == (dataset.participations["service"] == contract.contract).sum()
        assert contract.interval is not None and contract.interval[0] < contract.payment < contract.interval[1]
        assert contract.missing.low == pytest.approx(contract.payment) and contract.missing.high > contract.payment


def test_a_dimension_that_is_no_one_measure_has_no_price(dataset: Dataset) -> None:
    """None is called so, or several are scored otherwise."""
    one = dataclasses.replace(tariff(dataclasses.replace(SEARCH, change="nothing")))
    with pytest.raises(AnalysisError, match="There are 0 measures called 'nothing' in this dataset"):
        participations_of(dataset, one)
