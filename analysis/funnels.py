"""A funnel of released shares: what may be shown of units is all that it is made of."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.disclosure import ShareFigures
from analysis.outcomes import Split
from analysis.providers import Funnel, FunnelUnit, funnel

CERTAIN = 0.998
"""Of units that are like all others, so many lie inside the limits."""


def funnel_of(shown: Mapping[str, ShareFigures]) -> Funnel:
    """The funnel of units by name, about their share together (see `analysis.providers.funnel`)."""
    return funnel({name: Split(yes=own.yes, no=own.n - own.yes) for name, own in shown.items()})


def stands_out(unit: FunnelUnit) -> bool:
    """Whether a unit is further from all than chance makes, by its exact tail, and than units differ anyway."""
    return unit.tail < (1 - CERTAIN) / 2 and unit.outside(CERTAIN, "additive")
