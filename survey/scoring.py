"""Scores of dimensions: compiled once to a key, applied to one person here and to columns in `analysis.scores`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from survey.model import Instrument


@dataclass(frozen=True)
class ItemScore:
    """One item's part: its answer x counts as `(x - low) / (high - low)`, or one minus that where it is reversed."""

    item: str
    low: float
    high: float
    reverse: bool


@dataclass(frozen=True)
class DimensionKey:
    """How one dimension is scored: the mean of the answered items, on `range`, if at least `minimum_answered`."""

    dimension: str
    items: tuple[ItemScore, ...]
    minimum_answered: int
    range: tuple[float, float]


ScoringKey = tuple[DimensionKey, ...]


def scoring_key(instrument: Instrument) -> ScoringKey:
    """The key of every dimension of an instrument. An item's ends are those of its options that are answers."""
    return tuple(
        DimensionKey(
            dimension=id,
            items=tuple(_item_score(instrument, item) for item in dimension.items),
            minimum_answered=dimension.minimum_answered,
            range=dimension.range,
        )
        for id, dimension in instrument.dimensions.items()
    )


def _item_score(instrument: Instrument, id: str) -> ItemScore:
    item = instrument.item(id)
    values = [float(option.value) for option in instrument.options(item) if option.missing is None]
    return ItemScore(item=id, low=min(values), high=max(values), reverse=item.reverse)


def score(key: DimensionKey, answers: Mapping[str, object]) -> float | None:
    """One person's score on a dimension, or None where too few items were answered."""
    parts = []
    for item in key.items:
        answer = answers.get(item.item)
        if isinstance(answer, int | float):
            part = (answer - item.low) / (item.high - item.low)
            parts.append(1 - part if item.reverse else part)
    if len(parts) < key.minimum_answered:
        return None
    low, high = key.range
    return low + (high - low) * sum(parts) / len(parts)
