"""Providers beside each other, as sheets: what their clients gained beyond where they started, and what they reached
beyond what such clients reach. Never a list by rank."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
from scipy import stats

from analysis.multiplicity import benjamini_hochberg
from analysis.providers import case_mix, unit_effects
from analysis.statistic import Sheet, Statistic
from survey.marking import _
from survey.model import Text

GAINED = _("By provider: change beyond where clients started")
REACHED = _("By provider: reached beside what such clients reach")

WORDS_OF_GAINED = _(
    "How far the clients of a provider end above or below what their start scores predict, drawn towards nought where "
    "there are few of them (empirical Bayes). In the order of names: with such intervals no order by size would hold, "
    "and clients differ in what was not measured."
)
WORDS_OF_REACHED = _(
    "Observed divided by what a model expects of clients with such start scores, over all providers. Above 1: more "
    "than expected. In the order of names: it is no ranking."
)
NOT_TOLD = (0,)
"""A number of people that no policy lets out."""
FEWEST = 2
"""Providers without whom there is nothing to hold beside each other."""


def gained_sheet(
    pairs: pd.DataFrame, provider: pd.Series[str], names: Mapping[str, Text], *, told: Collection[str]
) -> Sheet | None:
    """Baseline-adjusted estimates by provider, row by row of pairs (`start`, `end`), or None for one provider.

    Those of providers whose own change is not `told` are withheld.
    """
    order = sorted(set(provider), key=lambda one: str(names.get(one, {"": one})))
    if len(order) < FEWEST:
        return None
    rows = pairs.assign(unit=provider).sort_values("unit", key=lambda column: column.map(order.index))
    found = unit_effects(rows["start"], rows["end"], rows["unit"])
    units = found.units
    tests = [float(2 * stats.norm.sf(abs(u.estimate) / u.diagnostic_se)) if u.diagnostic_se else 1.0 for u in units]
    adjusted = benjamini_hochberg(tests).p
    title = _("Points above or below what is expected")
    rows_told = [
        Statistic(
            name="provider_gained", title=title, unit="points", n=unit.n, value=unit.estimate, interval=unit.interval,
            counts=() if unit.unit in told else NOT_TOLD, p=p, adjusted=q, subject=names.get(unit.unit),
            about=unit.unit, method=found.method, reasons=found.reasons,
        )
        for unit, p, q in zip(units, tests, adjusted, strict=True)
    ]  # fmt: skip
    if not rows_told:
        rows_told = [Statistic(name="provider_gained", title=title, unit="points", n=found.n, reasons=found.reasons)]
    return Sheet(id="gained", title=GAINED, words=(WORDS_OF_GAINED,), rows=rows_told)


def reached_sheet(
    reached: pd.Series[bool],
    covariates: pd.DataFrame,
    provider: pd.Series[str],
    names: Mapping[str, Text],
    *,
    told: Collection[str],
) -> Sheet | None:
    """Observed to expected by provider, row by row of those who answered, or None for one provider.

    Those of providers whose own share is not `told` are withheld.
    """
    order = sorted(set(provider), key=lambda one: str(names.get(one, {"": one})))
    if len(order) < FEWEST or not len(covariates.columns):
        return None
    place = provider.map(order.index).sort_values(kind="stable").index
    found = case_mix(reached[place], covariates.loc[place], provider[place])
    title = _("Observed to expected")
    rows_told = [
        Statistic(
            name="provider_reached", title=title, unit="ratio", n=unit.n, value=unit.ratio,
            interval=unit.ratio_interval, needs="count",
            counts=(unit.observed, unit.n - unit.observed) if unit.unit in told else NOT_TOLD,
            subject=names.get(unit.unit), about=unit.unit, method=found.method, reasons=found.reasons,
        )
        for unit in found.units
    ]  # fmt: skip
    if not rows_told:
        rows_told = [Statistic(name="provider_reached", title=title, unit="ratio", n=found.n, reasons=found.reasons)]
    return Sheet(id="reached", title=REACHED, words=(WORDS_OF_REACHED,), rows=rows_told)
