"""Units that serve clients (providers, services, coaches) beside each other, as far as chance and case mix allow.

Never a ranking: units come in the order in which they are given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special, stats

from analysis import AnalysisError
from analysis.attrition import logit, numeric
from analysis.outcomes import Split
from analysis.scores import Floats
from survey.marking import _

EFFECTS = (
    "random-intercept model of the end score on the start score by REML (Patterson & Thompson 1971); empirical-Bayes "
    "estimates (Robinson 1991) with comparative and diagnostic standard errors (Goldstein 2011, appendix 2.2)"
)
FUNNEL = (
    "exact binomial funnel limits, interpolated (Spiegelhalter 2005, appendix A.1.1); over-dispersion by z scores "
    "winsorised at 10 % and 90 %, multiplicative and additive (Spiegelhalter 2005, section 4)"
)
CASE_MIX = (
    "observed to expected by a logistic regression over all units (indirect standardisation), and the share carried "
    "over to all clients (direct); exact interval by the Poisson-binomial distribution (Clopper & Pearson 1934; Hong "
    "2013), what is expected being taken as known"
)
LEVELS = (0.95, 0.998)
"""The limits of a funnel: about two and three standard deviations."""
WINSORISED = 0.1
EXACT_FIT = 1e-12
"""What is left of a sum of squares is zero where it is this small a part of it."""

NOBODY = _("Nobody has both scores and a unit.")
NOBODY_SERVED = _("There are no clients to compare units by.")
ONE_UNIT = _("There is one unit only, so there is nothing to compare it with.")
ONE_EACH = _(
    "No unit has more than one client, so what differs between units cannot be told from what differs in them."
)
TOO_FEW = _("There are too few units or clients to tell units apart.")
SAME_START = _("All start scores are the same, so the end scores cannot be adjusted for them.")
NO_ERROR = _("The start score and the unit give every end score exactly, so there is no chance to allow for.")
NO_BETWEEN = _("The units do not differ by more than chance alone would make them differ, so none stands out.")
ALL_ALIKE = _("All clients of all units have the same outcome, so no unit can stand out.")
NO_OVERDISPERSION = _("The units do not spread more than chance alone makes them, so the limits need not be wider.")


# --- units adjusted for the start ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class UnitEffect:
    """How far a unit's clients end above (or below) what their start scores predict, shrunken towards 0, in points.

    `comparative_se` is the standard deviation of the true effect about the estimate, with the model's coefficients and
    variances known; `prediction_se` adds that the coefficients are estimated, and `interval` is by it. `diagnostic_se`
    is the standard deviation of the estimate itself, to look for odd units.
    """

    unit: str
    n: int
    estimate: float
    comparative_se: float
    diagnostic_se: float
    prediction_se: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class UnitEffects:
    """All units' effects, in the order in which the units first appear, and the model they come from.

    `intercept` and `slope` of the end score on the start score with their standard errors; `between` is the variance
    between units, `within` that of clients of a unit. `left_out` lack a score or a unit.
    """

    n: int
    left_out: int
    intercept: float | None = None
    slope: float | None = None
    se: tuple[float, float] | None = None
    between: float | None = None
    within: float | None = None
    units: tuple[UnitEffect, ...] = ()
    method: str = EFFECTS
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Sums:
    """Clients' numbers and sums by unit, about the means of all: cross-products of (1, start, end)."""

    names: tuple[str, ...]
    n: Floats
    totals: Floats
    products: Floats
    means: tuple[float, float]

    @classmethod
    def of(cls, start: Floats, end: Floats, unit: pd.Series[str]) -> _Sums:
        codes, names = pd.factorize(unit)
        means = float(start.mean()), float(end.mean())
        rows = np.column_stack([np.ones(len(start)), start - means[0], end - means[1]])
        totals = np.array([np.bincount(codes, column, len(names)) for column in rows.T], dtype=np.float64).T
        return cls(
            names=tuple(str(name) for name in names),
            n=totals[:, 0],
            totals=totals,
            products=rows.T @ rows,
            means=means,
        )


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """Generalised least squares at a ratio of the variances between and within units.

    `bread` is the inverse of X' V^-1 X and `squares` the residuals' r' V^-1 r, both with V in units of the variance
    within; `residuals` are the sums of y - X b by unit.
    """

    beta: Floats
    bread: Floats
    squares: float
    residuals: Floats


def _fit(sums: _Sums, ratio: float) -> _Fit:
    shrunk = ratio / (1 + sums.n * ratio)
    products = sums.products - sums.totals.T @ (sums.totals * shrunk[:, None])
    bread = np.asarray(np.linalg.inv(products[:2, :2]), dtype=np.float64)
    beta = bread @ products[:2, 2]
    return _Fit(
        beta=beta,
        bread=bread,
        squares=float(products[2, 2] - beta @ products[:2, 2]),
        residuals=sums.totals[:, 2] - sums.totals[:, :2] @ beta,
    )


def _criterion(sums: _Sums, ratio: float) -> float:
    """-2 times the restricted log-likelihood but for a constant, profiled over all else than the ratio."""
    fit = _fit(sums, ratio)
    determinants = np.log1p(sums.n * ratio).sum() - np.linalg.slogdet(fit.bread)[1]
    return float((sums.n.sum() - 2) * math.log(fit.squares) + determinants)


def _slope(sums: _Sums, ratio: float) -> float:
    """The derivative of the criterion in the ratio, by which its root is found to all digits."""
    fit = _fit(sums, ratio)
    factor = 1 + sums.n * ratio
    scaled = sums.totals[:, :2] / factor[:, None]
    squares = float(np.square(fit.residuals / factor).sum())
    change = (sums.n / factor).sum() - np.trace(fit.bread @ (scaled.T @ scaled))
    return float(change - (sums.n.sum() - 2) * squares / fit.squares)


def _best_ratio(sums: _Sums) -> float:
    """The ratio of the variances that minimises the criterion; infinite where there is no end to it."""
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e6, 49)])
    at = int(np.argmin([_criterion(sums, ratio) for ratio in grid]))
    if at == len(grid) - 1:
        return math.inf
    low, high = float(grid[max(at - 1, 0)]), float(grid[at + 1])
    # Where the criterion is flat, rounding alone chose the place.
    if _slope(sums, low) >= 0:
        return low
    if _slope(sums, high) <= 0:
        return float(grid[at])
    return float(optimize.brentq(lambda ratio: _slope(sums, ratio), low, high, xtol=1e-15, rtol=1e-14))


def unit_effects(
    start: pd.Series[float], end: pd.Series[float], unit: pd.Series[str], *, confidence: float = 0.95
) -> UnitEffects:
    """Baseline-adjusted empirical-Bayes estimates of units.

    Row by row of clients: start and end score, and the unit that served them. end = b0 + b1 start + u + e, where u has
    one value for each unit and e one for each client, both normal. The ratio r of their variances maximises the
    restricted likelihood; u is estimated by n r / (1 + n r) times the mean residual of the unit's n clients. Clients of
    a unit are taken as independent but for u. Where nothing can be told, `reasons` say why.
    """
    known = (start.notna() & end.notna() & unit.notna()).to_numpy(dtype=bool)
    plain = UnitEffects(n=int(known.sum()), left_out=int((~known).sum()))
    if plain.n == 0:
        return replace(plain, reasons=(NOBODY,))
    x, y = (np.asarray(column[known].to_numpy(dtype="float64"), dtype=np.float64) for column in (start, end))
    sums = _Sums.of(x, y, unit[known])
    reason = _unfit(sums, float(np.square(x).sum()), float(np.square(y).sum()))
    ratio = 0.0 if reason else _best_ratio(sums)
    if reason or math.isinf(ratio):
        return replace(plain, reasons=(reason or NO_ERROR,))
    fit = _fit(sums, ratio)
    within = fit.squares / (plain.n - 2)
    # The model is about the means; its constant moves back to a start score of 0.
    back = np.array([[1.0, -sums.means[0]], [0.0, 1.0]])
    se = np.sqrt(within * np.diag(back @ fit.bread @ back.T))
    return replace(
        plain,
        intercept=float(fit.beta[0] + sums.means[1] - fit.beta[1] * sums.means[0]),
        slope=float(fit.beta[1]),
        se=(float(se[0]), float(se[1])),
        between=ratio * within,
        within=within,
        units=_estimates(sums, fit, ratio, within, float(stats.norm.ppf((1 + confidence) / 2))),
        reasons=() if ratio else (NO_BETWEEN,),
    )


def _unfit(sums: _Sums, x_squares: float, y_squares: float) -> str | None:
    """Why the model cannot be fitted."""
    units = len(sums.names)
    if units == 1:
        return ONE_UNIT
    if (sums.n == 1).all():
        return ONE_EACH
    if sums.n.sum() < units + 2:
        return TOO_FEW
    if sums.products[1, 1] <= EXACT_FIT * x_squares:
        return SAME_START
    inside = sums.products - sums.totals.T @ (sums.totals / sums.n[:, None])
    varies = inside[1, 1] > EXACT_FIT * x_squares
    if units == 2 and not varies:
        # The slope takes all that the two units differ by.
        return TOO_FEW
    explained = inside[1, 2] ** 2 / inside[1, 1] if varies else 0.0
    return NO_ERROR if inside[2, 2] - explained <= EXACT_FIT * y_squares else None


def _estimates(sums: _Sums, fit: _Fit, ratio: float, within: float, z: float) -> tuple[UnitEffect, ...]:
    shrunk = ratio / (1 + sums.n * ratio)
    comparative = within * shrunk
    loads = sums.totals[:, :2] * shrunk[:, None]
    prediction = np.sqrt(comparative + within * np.einsum("ij,jk,ik->i", loads, fit.bread, loads))
    diagnostic = np.sqrt(within * ratio * sums.n * shrunk)
    return tuple(
        UnitEffect(
            unit=name,
            n=int(n),
            estimate=float(u),
            comparative_se=float(c),
            diagnostic_se=float(d),
            prediction_se=float(p),
            interval=(float(u - z * p), float(u + z * p)) if ratio else None,
        )
        for name, n, u, c, d, p in zip(
            sums.names, sums.n, shrunk * fit.residuals, np.sqrt(comparative), diagnostic, prediction, strict=True
        )
    )


# --- funnel ----------------------------------------------------------------------------------------------------------

Allowing = Literal["chance", "multiplicative", "additive"]
"""What the limits allow for: chance alone, or an over-dispersion that multiplies or adds to its variance."""
_Bands = Mapping[Allowing, Mapping[float, tuple[Floats, Floats]]]


@dataclass(frozen=True, kw_only=True)
class FunnelUnit:
    """A unit's share (0 to 1) of `n` clients, how far it is from that of all in standard deviations (`z`), and the
    limits inside which a unit of its number of clients lies with each of `LEVELS`.

    Exact limits are interpolated between counts, so that those of few clients may lie below 0: no share does then. By
    interpolation an upper limit may cut off a count that is likelier than its level says; `tail` is the exact
    probability of a share as far on its side of that of all, or further, and is what to go by with few clients.
    """

    unit: str
    n: int
    share: float
    z: float
    tail: float
    limits: Mapping[Allowing, Mapping[float, tuple[float, float]]]

    def outside(self, level: float, allowing: Allowing = "chance") -> bool:
        """Whether the share lies outside the limits of one of `LEVELS`."""
        low, high = self.limits[allowing][level]
        return not low <= self.share <= high


@dataclass(frozen=True, kw_only=True)
class Funnel:
    """Units' shares about that of all, in the order given.

    `estimate` is the share of all clients. `phi` is the mean of the winsorised squared z scores, `tau2` the variance
    between units (squared shares) that it stands for; limits are never narrower than by chance alone.
    """

    n: int
    estimate: float | None = None
    phi: float | None = None
    tau2: float | None = None
    units: tuple[FunnelUnit, ...] = ()
    method: str = FUNNEL
    reasons: tuple[str, ...] = ()


def funnel(units: Mapping[str, Split]) -> Funnel:
    """How each unit's share lies in the funnel of chance, and in that widened by what units differ anyway.

    Raises AnalysisError for a unit without clients.
    """
    empty = [name for name, split in units.items() if split.yes + split.no == 0]
    if empty:
        raise AnalysisError(f"Unit '{empty[0]}' has no clients. Leave it out.")
    yes = np.array([split.yes for split in units.values()], dtype=np.float64)
    n = np.array([split.yes + split.no for split in units.values()], dtype=np.float64)
    plain = Funnel(n=int(n.sum()))
    if len(units) < 2:
        return replace(plain, reasons=(ONE_UNIT if units else NOBODY_SERVED,))
    share = float(yes.sum() / n.sum())
    if share in (0, 1):
        return replace(plain, estimate=share, reasons=(ALL_ALIKE,))
    z = (yes / n - share) / np.sqrt(share * (1 - share) / n)
    phi = float(np.square(np.clip(z, *np.quantile(z, [WINSORISED, 1 - WINSORISED]))).mean())
    tau2 = _additive(phi, n / (share * (1 - share)))
    bands: _Bands = {
        "chance": {level: exact_limits(share, n, level) for level in LEVELS},
        "multiplicative": {level: normal_limits(share, n, level, phi=max(phi, 1.0)) for level in LEVELS},
        "additive": {level: normal_limits(share, n, level, tau2=tau2) for level in LEVELS},
    }
    tail = np.where(z > 0, stats.binom.sf(yes - 1, n, share), stats.binom.cdf(yes, n, share))
    found = tuple(
        FunnelUnit(
            unit=name,
            n=int(n[k]),
            share=float(yes[k] / n[k]),
            z=float(z[k]),
            tail=float(tail[k]),
            limits=_limits_of(k, bands),
        )
        for k, name in enumerate(units)
    )
    reasons = () if phi > 1 else (NO_OVERDISPERSION,)
    return replace(plain, estimate=share, phi=phi, tau2=tau2, units=found, reasons=reasons)


def _limits_of(k: int, bands: _Bands) -> dict[Allowing, dict[float, tuple[float, float]]]:
    return {
        allowing: {level: (float(low[k]), float(high[k])) for level, (low, high) in band.items()}
        for allowing, band in bands.items()
    }


def _additive(phi: float, weight: Floats) -> float:
    """DerSimonian and Laird's variance between units, from the winsorised squares (Spiegelhalter 2005, section 4.2)."""
    excess = len(weight) * phi - (len(weight) - 1)
    return max(float(excess / (weight.sum() - np.square(weight).sum() / weight.sum())), 0.0)


def exact_limits(share: float, n: Floats, level: float) -> tuple[Floats, Floats]:
    """Lower and upper binomial limits of shares of `n` clients each, where that of all is `share` (between 0 and 1).

    With r the smallest count whose cumulative probability F reaches p: (r - (F(r) - p) / (F(r) - F(r - 1))) / n, at
    p = (1 - level) / 2 and (1 + level) / 2 (Spiegelhalter 2005, appendix A.1.1).
    """

    def limit(p: float) -> Floats:
        r = stats.binom.ppf(p, n, share)
        reached = stats.binom.cdf(r, n, share)
        return np.asarray((r - (reached - p) / stats.binom.pmf(r, n, share)) / n)

    return limit((1 - level) / 2), limit((1 + level) / 2)


def normal_limits(
    share: float, n: Floats, level: float, *, phi: float = 1.0, tau2: float = 0.0
) -> tuple[Floats, Floats]:
    """Approximate limits of shares of `n` clients each: share ± z sqrt(phi share (1 - share) / n + tau2)
    (Spiegelhalter 2005, sections 3 and 4)."""
    reach = float(stats.norm.ppf((1 + level) / 2)) * np.sqrt(phi * share * (1 - share) / n + tau2)
    return np.asarray(share - reach), np.asarray(share + reach)


# --- case mix --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CaseMixUnit:
    """How many of a unit's `n` clients reached the outcome, beside how many of all units' clients like them would.

    `ratio` is observed ÷ expected. `standardised` is the share (0 to 1) of the clients of all units that would reach
    it, were everybody's odds multiplied as those of this unit's clients.
    """

    unit: str
    n: int
    observed: int
    expected: float
    ratio: float
    ratio_interval: tuple[float, float]
    standardised: float
    standardised_interval: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class CaseMix:
    """Units allowing for whom they serve, in the order in which they first appear. `estimate` is the share of all `n`
    clients; `left_out` lack a covariate or a unit."""

    n: int
    left_out: int
    estimate: float | None = None
    units: tuple[CaseMixUnit, ...] = ()
    method: str = CASE_MIX
    reasons: tuple[str, ...] = ()


def case_mix(
    reached: pd.Series[bool], covariates: pd.DataFrame, unit: pd.Series[str], *, confidence: float = 0.95
) -> CaseMix:
    """Who reached an outcome, by unit, observed and expected from the clients' covariates (columns of numbers).

    Row by row of clients. Each client's probability comes from a logistic regression over all units. A unit multiplies
    the odds of all its clients by one factor: its estimate makes the expected number the observed one, and its limits
    make the observed number, or more (or fewer), as unlikely as (1 - confidence) / 2 by the Poisson-binomial
    distribution. The ratio and the standardised share follow from the factor. Clients are taken as independent.
    Raises AnalysisError for a column that holds words.
    """
    values = numeric(covariates)
    known = np.asarray(np.isfinite(values).all(axis=1) & unit.notna().to_numpy(dtype=bool))
    outcome = reached.to_numpy(dtype=bool)[known]
    plain = CaseMix(n=len(outcome), left_out=int((~known).sum()))
    if not len(outcome):
        return replace(plain, reasons=(NOBODY_SERVED,))
    plain = replace(plain, estimate=float(outcome.mean()))
    codes, names = pd.factorize(unit[known])
    if len(names) == 1:
        return replace(plain, reasons=(ONE_UNIT,))
    fit = logit(values[known], outcome)
    if isinstance(fit, str):
        return replace(plain, reasons=(fit,))
    odds = fit.design @ fit.coefficients
    tail = (1 - confidence) / 2
    units = [_case_mix(str(name), odds[codes == k], outcome[codes == k], odds, tail) for k, name in enumerate(names)]
    return replace(plain, units=tuple(units))


def _case_mix(name: str, own: Floats, outcome: NDArray[np.bool_], everybody: Floats, tail: float) -> CaseMixUnit:
    observed, expected = int(outcome.sum()), float(special.expit(own).sum())
    low, high = _factor_limits(own, observed, tail)

    def ratio(factor: float) -> float:
        return float(special.expit(own + factor).sum()) / expected

    def share(factor: float) -> float:
        return float(special.expit(everybody + factor).mean())

    return CaseMixUnit(
        unit=name,
        n=len(own),
        observed=observed,
        expected=expected,
        ratio=observed / expected,
        ratio_interval=(ratio(low), ratio(high)),
        standardised=share(_factor(own, observed)),
        standardised_interval=(share(low), share(high)),
    )


def _factor(own: Floats, observed: int) -> float:
    """The logarithm of what multiplies all odds so that as many are expected as are observed."""
    if observed in (0, len(own)):
        return -math.inf if observed == 0 else math.inf
    return _root(own, lambda factor: float(special.expit(own + factor).sum()) - observed)


def _factor_limits(own: Floats, observed: int, tail: float) -> tuple[float, float]:
    def fewer(factor: float, than: int) -> float:
        return float(poisson_binomial(special.expit(own + factor))[:than].sum())

    low = -math.inf if observed == 0 else _root(own, lambda factor: 1 - fewer(factor, observed) - tail)
    high = math.inf if observed == len(own) else _root(own, lambda factor: tail - fewer(factor, observed + 1))
    return low, high


def _root(own: Floats, rising: Callable[[float], float]) -> float:
    """Where a function of the factor is 0, between factors by which everybody surely fails and surely succeeds."""
    return float(optimize.brentq(rising, -float(own.max()) - 50, -float(own.min()) + 50, xtol=1e-12, rtol=1e-14))


def poisson_binomial(probabilities: Floats) -> Floats:
    """The probabilities of 0 to n successes of n independent trials, each with its own probability.

    The trials' generating functions are multiplied in pairs, all pairs at once, by Fourier transforms. (Scipy's
    distribution of that name takes every trial as an argument of its own, which is slow for a unit of some hundreds.)
    """
    rows = np.column_stack([1 - probabilities, probabilities])
    while len(rows) > 1:
        if len(rows) % 2:
            rows = np.vstack([rows, np.eye(1, rows.shape[1])])
        size = 2 * rows.shape[1] - 1
        rows = np.fft.irfft(np.fft.rfft(rows[::2], size) * np.fft.rfft(rows[1::2], size), size)
    return np.asarray(rows[0, : len(probabilities) + 1])
