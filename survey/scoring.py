"""Scores of dimensions: compiled once to a key, applied to one person here and to columns in `analysis.scores`."""

from __future__ import annotations

from collections.abc import Mapping

from survey.frozen import dataclass
from survey.model import Instrument, Item, Value


@dataclass(frozen=True)
class ItemScore:
    """One item's part: its answer x counts as `(x - low) / (high - low)`, or one minus that where it is reversed.

    `scores` are pairs of an option's value and the number that counts in its place, where options have scores.
    """

    item: str
    low: float
    high: float
    reverse: bool
    scores: tuple[tuple[Value, float], ...] = ()


@dataclass(frozen=True)
class DimensionKey:
    """How one dimension is scored: the mean of the answered items, on `range`, if at least `minimum_answered`."""

    dimension: str
    items: tuple[ItemScore, ...]
    minimum_answered: int
    range: tuple[float, float]


ScoringKey = tuple[DimensionKey, ...]


def scoring_key(instrument: Instrument) -> ScoringKey:
    """The key of every dimension of an instrument. An item's ends are those of its options that are answers, or the
    limits of a number to type."""
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
    scores = option_scores(instrument, item)
    numbers = list(scores.values()) if scores else [float(item.minimum or 0), float(item.maximum or 0)]
    own = tuple(scores.items()) if any(value != number for value, number in scores.items()) else ()
    return ItemScore(item=id, low=min(numbers), high=max(numbers), reverse=item.reverse, scores=own)


def option_scores(instrument: Instrument, item: Item) -> Mapping[Value, float]:
    """What each option that is an answer counts for; nothing at all where one has neither a score nor a number."""
    scores: dict[Value, float] = {}
    for option in instrument.options(item):
        if option.missing is None and option.score is not None:
            scores[option.value] = option.score
        elif option.missing is None and isinstance(option.value, int):
            scores[option.value] = float(option.value)
        elif option.missing is None:
            return {}
    return scores


def score(key: DimensionKey, answers: Mapping[str, object]) -> float | None:
    """One person's score on a dimension, or None where too few items were answered."""
    parts = []
    for item in key.items:
        answer = answers.get(item.item)
        if item.scores and isinstance(answer, int | str):
            answer = dict(item.scores).get(answer)
        if isinstance(answer, int | float):
            part = (answer - item.low) / (item.high - item.low)
            parts.append(1 - part if item.reverse else part)
    if len(parts) < key.minimum_answered:
        return None
    low, high = key.range
    return low + (high - low) * sum(parts) / len(parts)
