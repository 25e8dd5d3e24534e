"""The course of scores over three waves or more, by a linear mixed model: who misses a wave still counts at others."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.scores import Floats
from analysis.standardised import spread
from survey.marking import _

METHOD = (
    "linear mixed model with random intercepts, REML (Laird & Ware 1982; Pinheiro & Bates 2000, section 2.2); "
    "intervals from t with as many degrees of freedom as participations, or groups where they are in the model, less "
    "one; holds where what is missing depends on what was observed (missing at random)"
)
FEWEST_WAVES = 3
FEWEST_PEOPLE = 10
"""A variance between people that rests on fewer is no more than a guess."""
ALIKE = 1e-3
"""A standard deviation between people that is this small a part of that within them is at its limit, zero."""

TOO_FEW_WAVES = _("A trajectory takes scores at three waves at least.")
NO_START = _("There are no scores at the first wave to compare the others with.")
ONE_GROUP_ONLY = _("All scores come from one group, so the model can have no part for groups: leave it out.")
TOO_FEW_PEOPLE = _("A trajectory takes ten people with scores at two waves at least.")
COLLINEAR = _("Waves and days tell the same, so their parts cannot be told apart: leave out the days.")
NO_SPREAD = _("The scores do not vary within the waves, so there is nothing to model.")
NOT_CONVERGED = _("The model was not solved: the scores are too few or too much alike to part the kinds of variation.")
NOT_BETWEEN = _("People differ no more from each other than their own scores do between waves.")
GROUPS_ALIKE = _("The model takes all groups to change alike; where they do not, the intervals are too narrow.")


# --- the model -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class MixedModel:
    """Fixed effects with their covariance, and the standard deviations of the random parts, in points."""

    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    participation_sd: float
    group_sd: float | None
    residual_sd: float

    def combined(self, weights: npt.ArrayLike) -> tuple[float, float]:
        """A weighted sum of the coefficients, and its standard error."""
        w = np.asarray(weights, dtype="float64")
        variance = float(w @ np.asarray(self.covariance) @ w)
        # Where all change alike, what subtraction leaves of zero may lie below it.
        return float(w @ self.coefficients), math.sqrt(max(variance, 0.0))


def random_intercepts(
    score: npt.ArrayLike, design: npt.ArrayLike, participation: npt.ArrayLike, group: npt.ArrayLike | None = None
) -> MixedModel | str:
    """The REML fit of score = design × coefficients + the participation's own level (+ its group's) + error, or the
    reason why there is none.

    `design` is rows × coefficients; all values are there and finite. Participations belong to one group each.
    Source: statsmodels' MixedLM (Lindstrom and Bates 1988).
    """
    y, x = np.asarray(score, dtype="float64"), np.asarray(design, dtype="float64")
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return COLLINEAR
    scale = spread(y - x @ np.linalg.lstsq(x, y, rcond=None)[0], among=y)
    if scale == 0:
        return NO_SPREAD
    # In units of the residual spread, so that the optimiser's tolerances mean the same for every range of scores.
    frame = pd.DataFrame(x, columns=[f"x{n}" for n in range(x.shape[1])]).assign(y=y / scale)
    frame["p"] = pd.factorize(np.asarray(participation, dtype=object))[0]
    frame["g"] = 0 if group is None else pd.factorize(np.asarray(group, dtype=object))[0]
    fitted = _fitted(frame, x.shape[1], nested=group is not None)
    if fitted is None:
        return NOT_CONVERGED
    covariance = np.asarray(fitted.cov_params())[: x.shape[1], : x.shape[1]] * scale**2
    own = float(np.asarray(fitted.cov_re)[0, 0])
    within = own if group is None else float(fitted.vcomp[0])
    if not (np.isfinite(covariance).all() and min(own, within) >= 0):
        return NOT_CONVERGED
    return MixedModel(
        coefficients=tuple(float(one) * scale for one in fitted.fe_params),
        covariance=tuple(tuple(float(one) for one in row) for row in covariance),
        participation_sd=math.sqrt(within) * scale,
        group_sd=None if group is None else math.sqrt(own) * scale,
        residual_sd=math.sqrt(float(fitted.scale)) * scale,
    )


def _fitted(frame: pd.DataFrame, coefficients: int, *, nested: bool) -> Any:
    """statsmodels' result, or None where it was not solved."""
    import statsmodels.formula.api as smf  # slow to load

    formula = "y ~ 0 + " + " + ".join(f"x{n}" for n in range(coefficients))
    within = {"re_formula": "1", "vc_formula": {"p": "0 + C(p)"}} if nested else {}
    model = smf.mixedlm(formula, frame, groups="g" if nested else "p", **within)
    with warnings.catch_warnings():
        # A variance at zero, or a solver that gave up, is said in words by those who asked.
        warnings.simplefilter("ignore")
        try:
            fitted = model.fit(reml=True, method=["bfgs", "lbfgs", "powell"])
        except (np.linalg.LinAlgError, ValueError):
            return None
    return fitted if fitted.converged else None


# --- waves -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An estimate of the model, in points (per day for days). `n` people stand behind it."""

    n: int
    estimate: float
    se: float
    interval: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Trajectory:
    """The mean of each wave, the change of each later wave from the first, and what a day more goes with.

    `n` participations with `observations` scores. `icc` is the share of the variance within waves that lies between
    people (and groups). `reasons` say why there is no model, or why to take it with care.
    """

    n: int
    observations: int
    means: Mapping[str, Estimate] = field(default_factory=dict)
    changes: Mapping[str, Estimate] = field(default_factory=dict)
    per_day: Mapping[str, Estimate] = field(default_factory=dict)
    model: MixedModel | None = None
    icc: float | None = None
    df: int | None = None
    method: str = METHOD
    reasons: tuple[str, ...] = ()


def trajectory(
    scores: pd.DataFrame,
    waves: Sequence[str],
    *,
    by_group: bool = False,
    days: Sequence[str] = (),
    confidence: float = 0.95,
) -> Trajectory:
    """The course over `waves`, the first of which is what later ones are compared with.

    `scores` has a row for each participation and wave: `participation`, `wave`, `score`, `group` where `by_group` (""
    for none) and the columns named in `days`, such as days since the start. Rows that lack a number are left out.
    Days count from the average of their wave, so that means and changes are those of its average day. Raises
    ValueError where a participation has two rows at one wave.
    """
    rows = scores[scores["wave"].isin(list(waves))]
    rows = rows[np.isfinite(rows[["score", *days]].to_numpy(dtype="float64", na_value=np.nan)).all(axis=1)]
    if rows.duplicated(["participation", "wave"]).any():
        raise ValueError("A participation has two scores at one wave: keep one of them.")
    groups = _groups(rows) if by_group else None
    n, observations = int(rows["participation"].nunique()), len(rows)
    model = _why_no_model(rows, waves, groups) or random_intercepts(
        rows["score"], _design(rows, waves, days), rows["participation"], groups
    )
    if isinstance(model, str):
        return Trajectory(n=n, observations=observations, reasons=(model,))
    df = (n if groups is None else len(set(groups))) - 1
    between = model.participation_sd**2 + (model.group_sd or 0) ** 2
    cautions = ((GROUPS_ALIKE, by_group), (NOT_BETWEEN, model.participation_sd < ALIKE * model.residual_sd))
    return Trajectory(
        n=n,
        observations=observations,
        **_estimates(model, rows, waves, days, float(stats.t.ppf((1 + confidence) / 2, df))),
        model=model,
        icc=between / (between + model.residual_sd**2),
        df=df,
        reasons=tuple(reason for reason, holds in cautions if holds),
    )


def _groups(rows: pd.DataFrame) -> list[str]:
    """The group of each row; who has none is a group of their own."""
    named = zip(rows["group"].fillna(""), rows["participation"], strict=True)
    return [f"g {group}" if group else f"p {participation}" for group, participation in named]


def _why_no_model(rows: pd.DataFrame, waves: Sequence[str], groups: list[str] | None) -> str | None:
    if rows["wave"].nunique() < FEWEST_WAVES:
        return TOO_FEW_WAVES
    if not (rows["wave"] == waves[0]).any():
        return NO_START
    if int((rows["participation"].value_counts() > 1).sum()) < FEWEST_PEOPLE:
        return TOO_FEW_PEOPLE
    return ONE_GROUP_ONLY if groups is not None and len(set(groups)) < 2 else None


def _design(rows: pd.DataFrame, waves: Sequence[str], days: Sequence[str]) -> Floats:
    """A column for each wave, whose coefficient is its mean, and one for each sort of days from its wave's average."""
    asked = [rows["wave"] == wave for wave in _asked(rows, waves)]
    centred = [rows[name] - rows.groupby("wave")[name].transform("mean") for name in days]
    return np.column_stack([*asked, *centred]).astype("float64")


def _asked(rows: pd.DataFrame, waves: Sequence[str]) -> list[str]:
    there = set(rows["wave"])
    return [wave for wave in waves if wave in there]


class _Estimates(TypedDict):
    means: Mapping[str, Estimate]
    changes: Mapping[str, Estimate]
    per_day: Mapping[str, Estimate]


def _estimates(
    model: MixedModel, rows: pd.DataFrame, waves: Sequence[str], days: Sequence[str], critical: float
) -> _Estimates:
    asked = _asked(rows, waves)
    unit = np.eye(len(model.coefficients))
    people = {wave: set(rows.loc[rows["wave"] == wave, "participation"]) for wave in asked}

    def estimate(weights: Floats, n: int) -> Estimate:
        value, se = model.combined(weights)
        return Estimate(n=n, estimate=value, se=se, interval=(value - critical * se, value + critical * se))

    first = people[asked[0]]
    return {
        "means": {wave: estimate(unit[n], len(people[wave])) for n, wave in enumerate(asked)},
        "changes": {
            wave: estimate(unit[n] - unit[0], len(first & people[wave])) for n, wave in enumerate(asked) if n > 0
        },
        "per_day": {
            name: estimate(unit[n], int(rows["participation"].nunique())) for n, name in enumerate(days, len(asked))
        },
    }
