"""How many to invite: the power, the smallest change that can be told from chance, and the width of the interval.

Pure arithmetic of the designs that `analysis.change.mean_change` and `analysis.regression.ols` analyse: people come in
groups, some do not answer. Nothing is rounded here. Units: points of a score, or shares between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from scipy import optimize, special, stats

from analysis.change import FEWEST_CLUSTERS
from survey.marking import _

Figure = Literal["change", "difference", "share", "shares"]
"""A mean change; the difference of two arms' end scores at equal start; one share; the difference of two shares."""

DESIGN = (
    "exact power of the two-sided t test from the noncentral distribution (Cohen 1988), variance times the design "
    "effect 1 + (n0 - 1) ICC (Kish 1965; Eldridge, Ashby & Kerry 2006)"
)
METHODS: dict[Figure, str] = {
    "change": f"mean change of pairs, {DESIGN}, N/n0 - 1 degrees of freedom",
    "difference": f"difference at equal start (analysis of covariance, Borm, Fransen & Lemmens 2007), {DESIGN}, "
    "Satterthwaite's degrees of freedom over the arms' groups",
    "share": f"one share, {DESIGN}, N/n0 - 1 degrees of freedom",
    "shares": f"difference of two shares, {DESIGN}, Satterthwaite's degrees of freedom over the arms' groups",
}
MOST = 1_000_000
"""People in a group, or groups, beyond which nobody plans."""
FEWEST_DEGREES = 1.0
"""With fewer there are hardly two groups in which somebody answers."""
ENOUGH_ON_A_SIDE = 10
"""With fewer people who did or did not reach an outcome a share is not near enough to normal."""
SHOWN_MEAN, SHOWN_CLUSTERS = 10, 3
"""What the report's protection asks of a mean and of its interval, as `analysis.disclosure.Policy` has it."""

NO_EFFECT = _(
    "A change within one arm is not the effect of the service: people change without a service too, and those who "
    "begin at a low point rise by regression to the mean."
)
NOT_RANDOM = _(
    "The difference is the effect of the service only where chance decided who came into which arm. Where it did not, "
    "more people make the interval narrower but not the comparison fairer."
)
FEW_GROUPS = _(
    "There are fewer than eight groups in an arm: one unusual group can decide the result. More groups help more than "
    "larger groups."
)
UNREACHABLE = _(
    "With so few groups no number of people in each group is enough, because people of one group are alike. Plan for "
    "more groups."
)
BEYOND = _("More than a million people or groups would be needed. Plan for something that is easier to tell.")
NO_FREEDOM = _("So few groups or people answer that nothing can be said about chance.")
NOT_SHOWN = _(
    "The report shows no mean of fewer than ten people, and no interval with fewer than three groups or fewer than ten "
    "people outside the largest group."
)
LOSS = _(
    "Those who do not answer are taken to be like those who do. Where they are not, inviting more people does not mend "
    "it."
)
STRICTEST = _(
    "Power is that of the strictest step of Holm's adjustment, as if only this finding were real. Where others are "
    "real too, it is higher."
)
RARE = _("Fewer than ten people are expected on one side of the share, so its figures are rough.")


# --- spreads ---------------------------------------------------------------------------------------------------------


def observed_correlation(true_correlation: float, reliability: float) -> float:
    """The correlation of two measurements whose true values correlate so, each measured with this reliability.

    Spearman (1904): r = rho sqrt(reliability at the start * reliability at the end), here taken as equal.
    """
    return true_correlation * reliability


def change_sd(sd: float, correlation: float) -> float:
    """The standard deviation of change, in points, where scores spread alike at start and end: sd sqrt(2 (1 - r))."""
    return sd * math.sqrt(2 * (1 - correlation))


def adjusted_sd(sd: float, correlation: float) -> float:
    """The standard deviation of end scores among people with equal start scores, in points: sd sqrt(1 - r^2)."""
    return sd * math.sqrt(1 - correlation**2)


def share_sd(share: float) -> float:
    """The standard deviation of an outcome that this share reaches, as 0 or 1."""
    return math.sqrt(share * (1 - share))


# --- who is asked ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Arm:
    """`groups` groups of `size` invited people each on average; people who come alone are groups of one.

    `kept` is the share of them whose answers count (who answered at both times), each with the same chance.
    `variation` is the standard deviation of the groups' sizes by their mean, `icc` the intraclass correlation of what
    is averaged.
    """

    groups: int
    size: float = 1.0
    kept: float = 1.0
    variation: float = 0.0
    icc: float = 0.0

    @property
    def invited(self) -> float:
        return self.groups * self.size

    @property
    def answered(self) -> float:
        """The expected number whose answers count."""
        return self.invited * self.kept

    @property
    def grouped(self) -> bool:
        return self.size > 1

    @property
    def company(self) -> float:
        """n0: of how many people, themselves among them, the group of an average person who answered consists.

        It is sum(n^2)/sum(n) over the groups' sizes. Each of the others stays with the probability `kept`, which makes
        sizes differ even where those invited do not.
        """
        return 1 + self.kept * max(self.size * (1 + self.variation**2) - 1, 0.0)

    @property
    def design_effect(self) -> float:
        """How many times larger the variance of the mean is than of independent people."""
        return 1 + (self.company - 1) * self.icc

    @property
    def df(self) -> float:
        """Satterthwaite's degrees of freedom of the arm's mean, nearly: for equal sizes groups - 1, as CR2 has them."""
        return self.answered / self.company - 1


@dataclass(frozen=True, kw_only=True)
class Side:
    """An arm before its number is known: any number of groups of `size`, or, where `groups` is given, so many groups
    of any size."""

    size: float = 1.0
    groups: int | None = None
    kept: float = 1.0
    variation: float = 0.0
    icc: float = 0.0

    @property
    def step(self) -> float:
        """The number of people by which it grows: a group more, or one more in each group."""
        return self.size if self.groups is None else self.groups

    def inviting(self, people: float) -> Arm:
        """The arm with so many invited; sizes are as given or a little less, so that groups are whole."""
        groups = max(math.ceil(people / self.size - 1e-9), 1) if self.groups is None else self.groups
        size = people / groups
        return Arm(groups=groups, size=size, kept=self.kept, variation=self.variation, icc=self.icc)


@dataclass(frozen=True, kw_only=True)
class Sides:
    """The arms of a plan; `ratio` people are invited to the comparison for each one to the intervention."""

    intervention: Side
    comparison: Side | None = None
    ratio: float = 1.0

    def inviting(self, people: float) -> tuple[Arm, ...]:
        """The arms, with so many people invited to the intervention."""
        first = self.intervention.inviting(people)
        return (first,) if self.comparison is None else (first, self.comparison.inviting(self.ratio * people))

    def steps(self, number: int) -> tuple[Arm, ...]:
        """The arms with so many groups in the intervention, or people in each of them where groups are given."""
        return self.inviting(number * self.intervention.step)


# --- what can be told ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What is asked of the data: to tell a figure of true size `size` from none with `power`, or an interval that
    reaches no further than `half_width` to each side.

    `sds` are the standard deviations of what is averaged, one for each arm, in points (see `change_sd`, `adjusted_sd`,
    `share_sd`). `tests` is the number of figures tested by Holm's method, of which the strictest step is taken:
    `alpha` by their number. Intervals are of 1 - `alpha`. Raises ValueError where a number is out of its range.
    """

    figure: Figure
    sds: tuple[float, ...]
    size: float | None = None
    half_width: float | None = None
    power: float = 0.8
    alpha: float = 0.05
    tests: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.alpha < self.power < 1 or self.tests < 1:
            raise ValueError("Power must be above alpha, both between 0 and 1, and tests one or more: mend the aim.")
        if len(self.sds) != (2 if self.figure in ("difference", "shares") else 1) or min(self.sds) <= 0:
            raise ValueError("Give a standard deviation above 0 for each arm.")
        if any(value is not None and value <= 0 for value in (self.size, self.half_width)):
            raise ValueError("A size and a half-width are above 0: leave the sign out.")

    @property
    def strictest(self) -> float:
        """The level that a single figure's p-value must fall below."""
        return self.alpha / self.tests


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What these arms can tell. `n` is the expected number of people behind the figure in each arm.

    `power` is that of the aim's size, `smallest` the size that is told with the aim's power, `half_width` how far the
    interval reaches to each side on average. `reasons` say what is not to be had, or is to be taken with care.
    """

    arms: tuple[Arm, ...]
    n: tuple[float, ...]
    design_effects: tuple[float, ...]
    se: float
    df: float
    power: float | None
    smallest: float | None
    half_width: float | None
    method: str
    reasons: tuple[str, ...] = ()

    @property
    def invited(self) -> float:
        return sum(arm.invited for arm in self.arms)


def outlook(aim: Aim, arms: Sequence[Arm]) -> Outlook:
    """What so many invited people can tell. Raises ValueError unless there is one arm for each standard deviation.

    The standard error is sqrt(sum(sd^2 design effect / N)) over the arms; power is P(|T| > t(1 - alpha/2, df)) for T of
    the noncentral t distribution with noncentrality size/se.
    """
    se = math.sqrt(sum(sd**2 * arm.design_effect / arm.answered for sd, arm in zip(aim.sds, arms, strict=True)))
    df = _degrees(aim.figure, arms)
    told = df >= FEWEST_DEGREES
    power = None if aim.size is None or not told else t_power(aim.size / se, df, aim.strictest)
    half_width = float(stats.t.ppf(1 - aim.alpha / 2, df)) * expected_spread(df) * se if told else None
    smallest = noncentrality_of(aim.power, df, aim.strictest) * se if told and aim.figure != "share" else None
    return Outlook(
        arms=tuple(arms),
        n=tuple(arm.answered for arm in arms),
        design_effects=tuple(arm.design_effect for arm in arms),
        se=se,
        df=df,
        power=power,
        smallest=smallest,
        half_width=half_width,
        method=METHODS[aim.figure],
        reasons=_cautions(aim, arms, df),
    )


def _degrees(figure: Figure, arms: Sequence[Arm]) -> float:
    """Those that the project's own analysis of such data will have."""
    if len(arms) == 1:
        return arms[0].df
    if not any(arm.grouped for arm in arms):
        # Nobody is in a group, so that least squares take rows less coefficients: intercept, arm, start score.
        return sum(arm.answered for arm in arms) - (3 if figure == "difference" else 2)
    if any(arm.df <= 0 for arm in arms):
        return 0.0
    # CR2 takes all people as equally spread and independent when it counts degrees of freedom.
    variances = [1 / arm.answered for arm in arms]
    return sum(variances) ** 2 / sum(v**2 / arm.df for v, arm in zip(variances, arms, strict=True))


def t_power(noncentrality: float, df: float, alpha: float) -> float:
    """The power of the two-sided t test: P(|T| > t(1 - alpha/2, df)), T noncentral, by way of F = T^2."""
    if noncentrality == 0:
        # scipy's noncentral F has no such case.
        return alpha
    limit = float(stats.t.ppf(1 - alpha / 2, df))
    return float(stats.ncf.sf(limit**2, 1, df, noncentrality**2))


def expected_spread(df: float) -> float:
    """The mean of an estimated standard error by the true one: sqrt(2/df) gamma((df + 1)/2) / gamma(df/2)."""
    return math.sqrt(2 / df) * math.exp(float(special.gammaln((df + 1) / 2) - special.gammaln(df / 2)))


@lru_cache(maxsize=1024)
def noncentrality_of(power: float, df: float, alpha: float) -> float:
    """How many standard errors a true figure must lie from 0 for this power, which must be above alpha."""
    high = 4.0
    while t_power(high, df, alpha) < power:
        high *= 2
    return float(optimize.brentq(lambda far: t_power(far, df, alpha) - power, 0.0, high, xtol=1e-12, rtol=1e-13))


# --- how many are needed ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Need:
    """The fewest that reach an aim: `steps` groups in the intervention, or people in each of its groups where these are
    given, and what they can tell.

    Where no number is enough, `steps` is None, `outlook` that of very many, `groups` how many groups of very many would
    be the fewest (None where only more than a million are), and the first of `reasons` says why.
    """

    steps: int | None
    outlook: Outlook
    groups: int | None = None
    reasons: tuple[str, ...] = ()


def needed(aim: Aim, sides: Sides) -> Need:
    """How many to invite. Raises ValueError where the aim has neither a size nor a half-width."""
    if aim.size is None and aim.half_width is None:
        raise ValueError("Give a size to tell or a half-width to reach, so that there is something to plan for.")
    steps = _fewest(lambda number: _reached(aim, sides.steps(number)))
    found = outlook(aim, sides.steps(MOST if steps is None else steps))
    if steps is not None:
        return Need(steps=steps, outlook=found, reasons=found.reasons)
    if sides.intervention.groups is None:
        return Need(steps=None, outlook=found, reasons=(BEYOND, *found.reasons))
    groups = _fewest(lambda number: _reached(aim, _with_groups(sides, number).steps(MOST)))
    return Need(steps=None, outlook=found, groups=groups, reasons=(UNREACHABLE, *found.reasons))


def _with_groups(sides: Sides, number: int) -> Sides:
    """The same with so many groups in the intervention, and as many more in the comparison where its are given."""
    comparison, before = sides.comparison, sides.intervention.groups
    if comparison is not None and comparison.groups is not None and before is not None:
        comparison = replace(comparison, groups=math.ceil(comparison.groups * number / before))
    return replace(sides, intervention=replace(sides.intervention, groups=number), comparison=comparison)


def _reached(aim: Aim, arms: Sequence[Arm]) -> bool:
    found = outlook(aim, arms)
    strong = aim.size is None or (found.power is not None and found.power >= aim.power)
    narrow = aim.half_width is None or (found.half_width is not None and found.half_width <= aim.half_width)
    return strong and narrow


def _fewest(reached: Callable[[int], bool]) -> int | None:
    """The first number that reaches it, up to MOST: it is taken that what is reached stays so."""
    low, high = 0, 1
    while not reached(high):
        if high == MOST:
            return None
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def _cautions(aim: Aim, arms: Sequence[Arm], df: float) -> tuple[str, ...]:
    clusters = sum(arm.groups for arm in arms)
    outside = sum(arm.answered for arm in arms) - max(arm.answered / arm.groups for arm in arms)
    sides = [arm.answered * rare for arm, rare in zip(arms, _rarer(aim), strict=True)]
    hidden = (
        min(arm.answered for arm in arms) < SHOWN_MEAN
        or clusters < SHOWN_CLUSTERS
        or (any(arm.grouped for arm in arms) and outside < SHOWN_MEAN)
    )
    found = (
        (NO_FREEDOM, df < FEWEST_DEGREES),
        (NO_EFFECT, aim.figure == "change"),
        (NOT_RANDOM, len(arms) == 2),
        (FEW_GROUPS, any(arm.grouped and arm.groups < FEWEST_CLUSTERS for arm in arms)),
        (NOT_SHOWN, hidden),
        (RARE, aim.figure in ("share", "shares") and min(sides) < ENOUGH_ON_A_SIDE),
        (LOSS, min(arm.kept for arm in arms) < 1),
        (STRICTEST, aim.tests > 1),
    )
    return tuple(reason for reason, holds in found if holds)


def _rarer(aim: Aim) -> list[float]:
    """Of each arm the share that is on the rarer side, from its variance p (1 - p)."""
    return [(1 - math.sqrt(max(1 - 4 * sd**2, 0.0))) / 2 for sd in aim.sds]
