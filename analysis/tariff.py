"""What a shadow tariff would have paid for contracts, and how far such a figure can be leaned on. It never pays.

Never a ranking: contracts come in the order in which the tariff names them. Figures are in the tariff's currency, in
full precision, and protected by nobody here: a contract may be a handful of people.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis import AnalysisError, pairing
from analysis.change import FEW_GROUPS, ONE_GROUP, Grouped, Moments, ReliableBasis, reliable_basis, uncertainty
from analysis.dataset import Dataset
from analysis.meaningful import Direction, error_from_reliability
from analysis.outcomes import outcome_items, reached
from analysis.providers import CaseMixUnit, UnitEffects, case_mix, unit_effects
from analysis.scores import Floats, Measure, cronbach_alpha, item_parts, items_of, measures, score_column
from survey.marking import _

if TYPE_CHECKING:
    # It reads YAML, which the analysis is not to load: whoever has a tariff has loaded it.
    from survey.tariff import Result, Tariff

METHOD = (
    "what the tariff's file says, participation by participation; interval of the mean result of a participation by "
    "CR2 variance and Satterthwaite degrees of freedom, clustered by group (Pustejovsky & Tipton 2018), through the "
    "contract's caps"
)
EXPECTED_OUTCOME = "indirect standardisation: price times what a logistic regression over all clients expects"
EXPECTED_CHANGE = (
    "mean of a normal distribution cut off at floor and cap, about the end score that the mixed model of all units "
    "predicts from the start"
)
BY_ERROR = (
    "mean of a normal distribution cut off at floor and cap, with no true change: the error of a difference is "
    "sqrt(2) SEM (Jacobson & Truax 1991), adjusted for the start SEM sqrt(1 + reliability) (Hsu 1989)"
)
WRONG_ANSWERS = "share corrected for sensitivity and specificity (Rogan & Gladen 1978)"

COLUMNS = ("contract", "service", "provider", "group", "started", "ended")
"""What a table of participations has, besides a column for each result of the tariff."""

SHADOW = _("This is what the tariff would have paid. Nothing is paid by it.")
NO_RANKING = _("Contracts serve different people, so their payments are no ranking of them.")
NOBODY = _("No participation here falls into the window of the tariff.")
NO_SPREAD = _("All participations earned the same, so they do not show how much chance there is in it.")
ONE_ALONE = _("One participation alone gives no interval.")
NO_ANSWERS = _("Nobody's result is known.")
NO_BACKGROUND = _("No background of the clients is given, so what is expected is the average of all clients.")
SOME_BACKGROUND = _("The background of some clients is not known: they count as the average of all clients.")
NO_REFERENCE = _("The reliability of this dimension is not known, so what error alone would be paid cannot be told.")
PROVISIONAL = _("The reliability is estimated from these answers, so what error alone would be paid is known roughly.")
NO_ACCURACY = _("This rests on people's own word, and the tariff does not say how often that is right.")
IMPOSSIBLE = _("Fewer or more say they reached it than can be: the accuracy given does not fit these answers.")
CAPPED = _("A cap of the tariff has cut the payment: what was reached beyond it earned nothing more.")
NOT_ADJUSTED = _("A change is to be adjusted for the start and cannot be, so nothing is paid for it here.")


@dataclass(frozen=True, kw_only=True)
class Points:
    """What a dimension's scores are: their range, which end is better, and how reliable they are if that is known."""

    range: tuple[float, float]
    higher_is: Direction
    basis: ReliableBasis | None = None


@dataclass(frozen=True, kw_only=True)
class WrongAnswers:
    """What wrong answers cost where an outcome is people's own word, before caps: `truly` is how many of the people who
    answered are expected to have reached it, `overpaid` what is paid for the others, `unpaid` what is not for them."""

    truly: float
    overpaid: float
    unpaid: float
    method: str = WRONG_ANSWERS


@dataclass(frozen=True, kw_only=True)
class ResultPayment:
    """What one result of the tariff is worth in one contract, before the caps of participations and contracts.

    `known` of the participations have an answer; `reached` of them reached the outcome, or their change towards the
    better end is `points` on average. `expected` is what the same clients would have earned with an average provider;
    `shrunken` the same with this contract's own change once chance is taken out of it (empirical Bayes). `by_error` is
    what these clients would have earned had nobody truly changed. `case_mix` is in people.
    """

    key: str
    known: int
    paid: float
    reached: int | None = None
    points: float | None = None
    expected: float | None = None
    shrunken: float | None = None
    by_error: float | None = None
    case_mix: CaseMixUnit | None = None
    wrong_answers: WrongAnswers | None = None
    method: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What hangs on answers that are not there: the payment if all `n` such results were the worst (`low`) or the best
    (`high`) that they can be. Without any, both are the payment."""

    n: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share (0 to 1) of the highest payment that hangs on them."""
        return (self.high - self.low) / self.high if self.high > 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class Payment:
    """What the tariff would have paid for one contract (or service), and what stands beside it.

    `payment` is `fixed` and `for_results`, after all caps; `cut` is what these took away. `interval` is where the
    payment for as many participations lies if chance fell out otherwise. `expected` is the payment with an average
    provider, before the caps of participations and contracts: set it beside `before_caps`.
    """

    contract: str
    providers: tuple[str, ...]
    n: int
    clusters: int
    fixed: float
    for_results: float
    before_caps: float
    interval: tuple[float, float] | None
    results: tuple[ResultPayment, ...]
    expected: float | None
    missing: Missing
    method: str = METHOD
    reasons: tuple[str, ...] = ()

    @property
    def payment(self) -> float:
        return self.fixed + self.for_results

    @property
    def cut(self) -> float:
        return self.before_caps - self.payment

    @property
    def share_of_results(self) -> float | None:
        """The share (0 to 1) of the payment that is for results; None where nothing is paid."""
        return self.for_results / self.payment if self.payment > 0 else None


@dataclass(frozen=True, kw_only=True)
class Shadow:
    """What a tariff (`key` is `name@version`) would have paid, in the order in which it names contracts or services."""

    key: str
    currency: str
    contracts: tuple[Payment, ...]
    words: tuple[str, ...] = (SHADOW, NO_RANKING)


def shadow(
    participations: pd.DataFrame,
    tariff: Tariff,
    *,
    points: Mapping[str, Points],
    covariates: pd.DataFrame | None = None,
    confidence: float = 0.95,
) -> Shadow:
    """What a tariff would have paid.

    `participations` has a row for each, of all contracts that are to count as average, with `COLUMNS` and for each
    result of the tariff `<outcome>.<wave>` (Boolean, missing where not known) or `<dimension>.start` and
    `<dimension>.end` (scores, NaN where there is none). A missing result earns nothing. `points` says what the scores
    of each dimension are; `covariates` has columns of numbers in the same rows, known at the start. Clients of one
    group are not taken as independent. Raises AnalysisError for what is not there.
    """
    _check(participations, tariff, points, covariates)
    rows = participations.reset_index(drop=True)
    background = None if covariates is None else covariates.reset_index(drop=True)
    unit = rows["contract" if tariff.contracts else "service"].astype("string")
    names = tariff.contracts or tariff.services
    counted = _in_window(rows, tariff) & unit.isin(names).to_numpy(dtype=bool)
    earnings = [
        _Outcome(result, rows, unit, counted, background)
        if result.change is None
        else _Change(result, rows, unit, counted, points[result.change])
        for result in tariff.results
    ]
    contracts = []
    for name in names:
        own = counted & (unit == name).to_numpy(dtype=bool, na_value=False)
        contracts.append(_payment(name, rows, own, tariff, earnings, confidence))
    return Shadow(key=tariff.key, currency=tariff.currency, contracts=tuple(contracts))


def _check(rows: pd.DataFrame, tariff: Tariff, points: Mapping[str, Points], covariates: pd.DataFrame | None) -> None:
    needed = [*COLUMNS]
    for result in tariff.results:
        needed += [result.key] if result.change is None else [f"{result.change}.start", f"{result.change}.end"]
        if result.change is not None and result.change not in points:
            raise AnalysisError(f"Nothing says what the scores of '{result.change}' are. Give its range in 'points'.")
    if lacking := [name for name in needed if name not in rows.columns]:
        raise AnalysisError(
            f"The table of participations has no column '{lacking[0]}'. A tariff with these results needs "
            f"{', '.join(needed)}."
        )
    if covariates is not None and not covariates.index.equals(rows.index):
        raise AnalysisError(
            "The background is not of the same people: give a row for each participation, in their order."
        )


def _in_window(rows: pd.DataFrame, tariff: Tariff) -> npt.NDArray[np.bool_]:
    first, last = (pd.Timestamp(day) for day in tariff.window.days)
    days = pd.to_datetime(rows[tariff.window.counts])
    return days.between(first, last).to_numpy(dtype=bool)


# --- what each result is worth ---------------------------------------------------------------------------------------


def mean_within(mean: Floats | float, sd: float, floor: float, cap: float | None) -> Floats:
    """The mean of a normal variable that is set to `floor` below it and to `cap` above it (None: to no cap).

    With G(z) = z Phi(z) + phi(z): floor + sd (G((mean - floor) / sd) - G((mean - cap) / sd)), the integral of the
    probability to be above each point between the two. Raises ValueError where sd is not above 0.
    """
    if not sd > 0:
        raise ValueError("A normal distribution takes a standard deviation above 0.")

    def above(point: float) -> Floats:
        z = (np.asarray(mean, dtype=np.float64) - point) / sd
        return np.asarray(sd * (z * stats.norm.cdf(z) + stats.norm.pdf(z)), dtype=np.float64)

    return floor + above(floor) - (0.0 if cap is None else above(cap))


class _Outcome:
    """What an outcome earns each participation (`amounts`, NaN where it is not known), at least and at most."""

    def __init__(
        self,
        result: Result,
        rows: pd.DataFrame,
        unit: pd.Series[str],
        counted: npt.NDArray[np.bool_],
        covariates: pd.DataFrame | None,
    ) -> None:
        self.result, self.price = result, float(result.price or 0)
        self._reached = rows[result.key].astype("boolean").to_numpy(dtype="float64", na_value=np.nan)
        self.amounts = self.price * self._reached
        self.least = np.zeros(len(rows))
        self.most = np.full(len(rows), self.price)
        known = np.isfinite(self.amounts)
        background = pd.DataFrame(index=rows.index) if covariates is None else covariates
        self._plain = covariates is None
        # Who is not paid for is no client of a unit here, but one of those who are average.
        labels = unit.where(pd.Series(counted), "").astype("string")
        self._mix = case_mix(
            rows.loc[known, result.key].astype(bool), background[known], labels[known].fillna("").astype("string")
        )

    def line(self, name: str, own: npt.NDArray[np.bool_]) -> ResultPayment:
        answers = self._reached[own & np.isfinite(self._reached)]
        known, reached = len(answers), int(answers.sum())
        line = ResultPayment(
            key=self.result.key, known=known, reached=reached, paid=self.price * reached, method=EXPECTED_OUTCOME
        )
        if known == 0:
            return replace(line, reasons=(NO_ANSWERS,))
        mix = next((one for one in self._mix.units if one.unit == name), None)
        expected, reasons = self._expected(known, mix)
        wrong, more = self._wrong_answers(known, reached)
        return replace(line, case_mix=mix, expected=expected, wrong_answers=wrong, reasons=(*reasons, *more))

    def _expected(self, known: int, mix: CaseMixUnit | None) -> tuple[float | None, tuple[str, ...]]:
        if self._mix.reasons or self._mix.estimate is None:
            return None, self._mix.reasons
        unknown = known - (0 if mix is None else mix.n)
        people = unknown * self._mix.estimate + (0.0 if mix is None else mix.expected)
        reasons = (NO_BACKGROUND,) if self._plain else (SOME_BACKGROUND,) if unknown else ()
        return self.price * people, reasons

    def _wrong_answers(self, n: int, yes: int) -> tuple[WrongAnswers | None, tuple[str, ...]]:
        accuracy = self.result.accuracy
        if self.result.verified == "register":
            return None, ()
        if accuracy is None:
            return None, (NO_ACCURACY,)
        wrong = 1 - accuracy.specificity
        share = (yes / n - wrong) / (accuracy.sensitivity - wrong)
        truly = n * min(max(share, 0.0), 1.0)
        found = WrongAnswers(
            truly=truly,
            overpaid=self.price * min((n - truly) * wrong, yes),
            unpaid=self.price * min(truly * (1 - accuracy.sensitivity), n - yes),
        )
        return found, (IMPOSSIBLE,) if not 0 <= share <= 1 else ()


class _Change:
    """The same of the change of a dimension."""

    def __init__(
        self, result: Result, rows: pd.DataFrame, unit: pd.Series[str], counted: npt.NDArray[np.bool_], points: Points
    ) -> None:
        self.result, self.points, self.per_point = result, points, float(result.per_point or 0)
        start, end = (rows[f"{result.change}.{wave}"].astype("float64") for wave in ("start", "end"))
        self._start, self._end = (np.asarray(scores, dtype=np.float64) for scores in (start, end))
        self._model: UnitEffects = unit_effects(start, end, unit)
        both = (start.notna() & end.notna() & unit.notna()).to_numpy(dtype=bool)
        self._middle = float(self._start[both].mean()) if both.any() else math.nan
        self._better = 1 if points.higher_is == "better" else -1
        self.amounts = self._worth(self._improvement(self._start, self._end))
        corners = np.stack([self._improvement(x, y) for x in self._ends(self._start) for y in self._ends(self._end)])
        self.least, self.most = self._worth(corners.min(axis=0)), self._worth(corners.max(axis=0))

    @property
    def _shift(self) -> float:
        """How much of a change follows from each point of a start above the mean."""
        if not self.result.adjusted:
            return 0.0
        return math.nan if self._model.slope is None else self._model.slope - 1

    def _improvement(self, start: Floats, end: Floats) -> Floats:
        # Where no slope can be told, no change can be adjusted for the start, and none is known.
        shift = self._shift * (start - self._middle) if self.result.adjusted else 0.0
        return np.asarray(self._better * (end - start - shift))

    def _worth(self, improvement: Floats) -> Floats:
        most = math.inf if self.result.cap is None else self.result.cap
        return np.asarray(np.clip(self.per_point * improvement, self.result.floor, most))

    def _ends(self, scores: Floats) -> tuple[Floats, ...]:
        """The scores, and in the place of those that are not known one end of the range and the other."""
        return tuple(np.where(np.isfinite(scores), scores, end) for end in self.points.range)

    def line(self, name: str, own: npt.NDArray[np.bool_]) -> ResultPayment:
        known = own & np.isfinite(self.amounts)
        n = int(known.sum())
        line = ResultPayment(
            key=self.result.key, known=n, paid=float(self.amounts[known].sum()), method=f"{EXPECTED_CHANGE}; {BY_ERROR}"
        )
        if n == 0:
            pairs = np.isfinite(self._start[own] + self._end[own]).any()
            return replace(line, reasons=(NOT_ADJUSTED, *self._model.reasons) if pairs else (NO_ANSWERS,))
        own_effect = next((one.estimate for one in self._model.units if one.unit == name), None)
        by_error, reasons = self._by_error(n)
        return replace(
            line,
            points=float(self._improvement(self._start[known], self._end[known]).mean()),
            expected=self._expected(self._start[known], 0.0),
            shrunken=None if own_effect is None else self._expected(self._start[known], own_effect),
            by_error=by_error,
            reasons=(*self._model.reasons, *reasons),
        )

    def _expected(self, start: Floats, effect: float) -> float | None:
        model = self._model
        if model.intercept is None or model.slope is None or model.within is None:
            return None
        improvement = self._improvement(start, model.intercept + effect + model.slope * start)
        return float(self._mean_worth(improvement, math.sqrt(model.within)).sum())

    def _by_error(self, n: int) -> tuple[float | None, tuple[str, ...]]:
        basis = self.points.basis
        error = None if basis is None else error_from_reliability(basis).sem
        if basis is None or not error:
            return None, (NO_REFERENCE,)
        sd = error * math.sqrt(1 + basis.reliability if self.result.adjusted else 2)
        return n * float(self._mean_worth(np.zeros(1), sd)[0]), (PROVISIONAL,) if basis.provisional else ()

    def _mean_worth(self, improvement: Floats, sd: float) -> Floats:
        if self.per_point == 0:
            return np.zeros(len(improvement))
        return mean_within(self.per_point * improvement, self.per_point * sd, self.result.floor, self.result.cap)


_Earnings = _Outcome | _Change


# --- a contract ------------------------------------------------------------------------------------------------------


def _payment(
    name: str,
    rows: pd.DataFrame,
    own: npt.NDArray[np.bool_],
    tariff: Tariff,
    earnings: Sequence[_Earnings],
    confidence: float,
) -> Payment:
    n = int(own.sum())
    lines = tuple(one.line(name, own) for one in earnings)
    earned = _table([np.nan_to_num(one.amounts[own]) for one in earnings], n)
    each = _per_participation(tariff, earned)
    fixed, for_results = _per_contract(tariff, n, float(each.sum()))
    interval, clusters, reasons = _interval(tariff, rows[own], each, confidence)
    expected = [line.expected for line in lines if line.known]
    fee = n * tariff.fixed_fee
    before = fee + float(earned.sum())
    return Payment(
        contract=name,
        providers=tuple(str(one) for one in pd.unique(rows.loc[own, "provider"].dropna())),
        n=n,
        clusters=clusters,
        fixed=fixed,
        for_results=for_results,
        before_caps=before,
        interval=interval,
        results=lines,
        expected=fee + math.fsum(one for one in expected if one is not None) if None not in expected and n else None,
        missing=_missing(tariff, own, earnings),
        reasons=(*reasons, *((CAPPED,) if before > fixed + for_results else ())),
    )


def _table(columns: Sequence[Floats], n: int) -> Floats:
    return np.column_stack(columns) if columns else np.zeros((n, 0))


def _per_participation(tariff: Tariff, earned: Floats) -> Floats:
    """The results of each participation (row), no more than its cap leaves beside the fixed fee."""
    most = tariff.cap.per_participation
    room = math.inf if most is None else max(most - tariff.fixed_fee, 0.0)
    return np.asarray(np.minimum(earned.sum(axis=1), room))


def _per_contract(tariff: Tariff, n: int, results: float) -> tuple[float, float]:
    """The fees and the results of a contract of `n` participations after its caps: first that of the share of results,
    then that of all, which results give way to."""
    fixed, cap = n * tariff.fixed_fee, tariff.cap
    if cap.share_of_results is not None and cap.share_of_results < 1:
        results = min(results, fixed * cap.share_of_results / (1 - cap.share_of_results))
    if cap.per_contract is not None:
        fixed = min(fixed, cap.per_contract)
        results = min(results, cap.per_contract - fixed)
    return fixed, results


def _interval(
    tariff: Tariff, rows: pd.DataFrame, each: Floats, confidence: float
) -> tuple[tuple[float, float] | None, int, tuple[str, ...]]:
    n = len(each)
    if n == 0:
        return None, 0, (NOBODY,)
    group = rows["group"].astype("string")
    cluster = (rows["service"].astype("string") + "/" + group).mask(group == "").fillna("").astype("string")
    values = Grouped.of(pd.Series(each, index=rows.index), cluster)
    found = uncertainty(values, values.mean, confidence=confidence)
    if found is None:
        return None, values.clusters, (ONE_ALONE if n == 1 else ONE_GROUP,)
    if np.ptp(each) == 0:
        return None, values.clusters, (NO_SPREAD,)
    # A participation earns no more than its caps, and no less than its floors.
    limits = _limits(tariff)
    low, high = (sum(_per_contract(tariff, n, n * float(np.clip(end, *limits)))) for end in found.interval)
    return (low, high), values.clusters, (FEW_GROUPS,) if found.rough else ()


def _limits(tariff: Tariff) -> tuple[float, float]:
    """What a participation earns for results at least and at most."""
    least = sum(result.floor for result in tariff.results if result.change is not None)
    most = sum(
        (result.price or 0.0) if result.change is None else math.inf if result.cap is None else result.cap
        for result in tariff.results
    )
    return least, float(_per_participation(tariff, np.array([[most]]))[0])


def _missing(tariff: Tariff, own: npt.NDArray[np.bool_], earnings: Sequence[_Earnings]) -> Missing:
    n = int(own.sum())

    def payment(ends: Sequence[Floats]) -> float:
        filled = [
            np.where(np.isfinite(one.amounts), one.amounts, end)[own] for one, end in zip(earnings, ends, strict=True)
        ]
        each = _per_participation(tariff, np.nan_to_num(_table(filled, n)))
        return sum(_per_contract(tariff, n, float(each.sum())))

    return Missing(
        n=sum(int((~np.isfinite(one.amounts[own])).sum()) for one in earnings),
        low=payment([one.least for one in earnings]),
        high=payment([one.most for one in earnings]),
    )


# --- from a dataset --------------------------------------------------------------------------------------------------


def participations_of(dataset: Dataset, tariff: Tariff) -> tuple[pd.DataFrame, Mapping[str, Points]]:
    """The table and the points that `shadow` takes, from a dataset: all participations, and of their answers those of
    clients, in time and in reviewed words. An outcome that several questionnaires ask at a wave is reached in any.

    A result whose wave has not come is missing like one that nobody answered.
    """
    services = dataset.services.set_index("id")
    people = dataset.participations.set_index("id")
    table = pd.DataFrame(
        {
            "contract": people["service"].map(services["contract"]).astype("string"),
            "service": people["service"],
            "provider": people["service"].map(services["provider"]).astype("string"),
            "group": people["group"],
            "started": people["start"],
            "ended": people["end"],
            "exit_reason": people["exit_reason"],
        },
        index=people.index,
    )
    answers = dataset.responses[pairing.timely(dataset) & ~pairing.under_review(dataset)]
    points: dict[str, Points] = {}
    for result in tariff.results:
        if result.change is None:
            table[result.key] = _reached(dataset, answers, result).reindex(table.index).astype("boolean")
        else:
            scores, points[result.change] = _scored(dataset, answers, result.change)
            for wave, column in scores.items():
                table[f"{result.change}.{wave}"] = column.reindex(table.index).astype("float64")
    return table, points


def _reached(dataset: Dataset, answers: pd.DataFrame, result: Result) -> pd.Series[bool]:
    """By participation, of those who answered."""
    asked = [
        reached(item, answers, str(result.at))
        for item in outcome_items(dataset.library.instruments)
        if item.outcome == result.outcome and item.respondent == "client" and result.at in item.waves
    ]
    if not asked:
        return pd.Series(dtype="boolean")
    return pd.concat(asked).groupby("participation")["reached"].any()


def _scored(dataset: Dataset, answers: pd.DataFrame, dimension: str) -> tuple[dict[str, pd.Series[float]], Points]:
    """Scores at the start and at the end by participation. Raises AnalysisError where they cannot be of one measure."""
    site = dataset.library.site
    waves = {"start": pairing.wave_at(site, "start"), "end": pairing.wave_at(site, "end")}
    own = [
        measure
        for measure in measures(dataset.library.instruments)
        if measure.dimension == dimension and measure.respondent == "client" and not measure.then
    ]
    if len(own) != 1:
        raise AnalysisError(
            f"There are {len(own)} measures called '{dimension}' in this dataset, and a tariff takes exactly one: they "
            "are scored otherwise, so their points cannot have one price."
        )
    scores = pairing.scored(own[0], answers).dropna(subset=["participation"])
    found = {name: scores[scores["wave"] == wave].set_index("participation")["score"] for name, wave in waves.items()}
    return found, _points(own[0], answers, waves["start"])


def _points(measure: Measure, answers: pd.DataFrame, start: str | None) -> Points:
    rows = pairing.rows_of(measure.sources, answers, [*pairing.KEYS, *items_of(measure.key)])
    rows = rows[rows["wave"] == start]
    scores = score_column(measure.key, rows)
    first = pairing.first_of(rows[scores.notna()])
    basis = reliable_basis(
        measure.definition.reference,
        Moments.of(scores[first.index]),
        cronbach_alpha(item_parts(measure.key, first)),
        measure.definition.measurement,
    )
    return Points(
        range=measure.definition.range,
        higher_is=measure.definition.higher_is,
        basis=basis if isinstance(basis, ReliableBasis) else None,
    )
