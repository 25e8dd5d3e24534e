"""Shares: who reached an outcome, who answered, who answered outside the window, and means at one wave."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from scipy import stats

from analysis.pairing import first_of, rows_of
from survey.model import Instrument, Item, waves_of


@dataclass(frozen=True, kw_only=True)
class Split:
    """People parted in two: those of whom something holds, and the others."""

    yes: int = 0
    no: int = 0

    @classmethod
    def of(cls, holds: pd.Series[bool]) -> Split:
        yes = int(holds.sum())
        return cls(yes=yes, no=len(holds) - yes)

    def merge(self, other: Split) -> Split:
        return Split(yes=self.yes + other.yes, no=self.no + other.no)

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.yes, self.no)


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many people there are."""

    n: int = 0

    def merge(self, other: Count) -> Count:
        return Count(n=self.n + other.n)

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.n,)


def wilson(yes: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), each end between 0 and 1. Raises ValueError where n is 0."""
    if n == 0:
        raise ValueError("no one to take a share of")
    z = float(stats.norm.ppf((1 + confidence) / 2))
    share = yes / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)


@dataclass(frozen=True, kw_only=True)
class OutcomeItem:
    """A question whose answers say whether an outcome was reached, over every instrument version that carries it."""

    origin: str
    item: Item
    outcome: Literal["employment", "education"]
    sources: tuple[str, ...]
    waves: tuple[str, ...]
    achieved: tuple[int | str, ...]


def outcome_items(instruments: Mapping[str, Instrument]) -> tuple[OutcomeItem, ...]:
    """Every outcome question of these instruments; the text is that of the newest version of the origin."""
    found: dict[tuple[str, str, tuple[int | str, ...]], OutcomeItem] = {}
    for instrument in sorted(instruments.values(), key=lambda i: (i.extends is not None, i.instrument, -i.version)):
        for one in _own_outcome_items(instrument):
            key = (one.origin, one.item.id, one.achieved)
            found[key] = _joined(found[key], one) if key in found else one
    return tuple(found.values())


def _own_outcome_items(instrument: Instrument) -> Iterator[OutcomeItem]:
    for item in instrument.items():
        if item.outcome is not None:
            yield OutcomeItem(
                origin=item.origin or instrument.instrument,
                item=item,
                outcome=item.outcome,
                sources=(instrument.key,),
                waves=tuple(waves_of(item, instrument)),
                achieved=tuple(option.value for option in instrument.options(item) if option.achieved),
            )


def _joined(one: OutcomeItem, other: OutcomeItem) -> OutcomeItem:
    waves = tuple(dict.fromkeys((*one.waves, *other.waves)))
    return dataclasses.replace(one, sources=tuple(sorted((*one.sources, *other.sources))), waves=waves)


def reached(outcome: OutcomeItem, responses: pd.DataFrame, wave: str) -> pd.DataFrame:
    """Columns `participation, service, reached` (bool) of those who answered an outcome question at a wave."""
    rows = rows_of(outcome.sources, responses[responses["wave"] == wave])
    answers = rows[outcome.item.id]
    found = first_of(rows[answers.notna()])
    holds = answers[found.index].isin(outcome.achieved).astype(bool)
    return found[["participation", "service"]].assign(reached=holds)
