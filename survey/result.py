"""What one person's own answers say, for that person alone: each dimension by itself, without bands or norms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from survey.frozen import dataclass
from survey.model import Dimension, Instrument, Item, Text
from survey.scoring import DimensionKey, option_scores, score, scoring_key


@dataclass(frozen=True, kw_only=True)
class Part:
    """One dimension. Scores are on its range; None where too few of its items were answered."""

    title: Text
    range: tuple[float, float]
    score: float | None
    near: Text | None = None
    """The option that the answers are nearest to on average, where all are on one scale."""
    before: float | None = None
    """The score of the earlier time."""


@dataclass(frozen=True, kw_only=True)
class OwnResult:
    """The dimensions that a person answered about. `support` says that the area's support contacts belong beside it."""

    parts: tuple[Part, ...]
    support: bool
    since: str = ""
    """When the earlier answers were received: UTC, as in records; empty where there are none to compare with."""


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """Answers that the same person gave before, by a receipt."""

    instrument: Instrument
    answers: Mapping[str, object]
    received: str


def offered(instrument: Instrument, wave: str) -> bool:
    """Whether somebody who answers at a wave can be shown a result."""
    return instrument.own_result and instrument.respondent == "client" and bool(_asked(instrument, wave))


def own_result(
    instrument: Instrument, wave: str, answers: Mapping[str, object], earlier: Earlier | None = None
) -> OwnResult:
    """The result of answers at a wave; compared with earlier ones in the dimensions that are scored alike in both."""
    before = _earlier_scores(instrument, earlier) if earlier else {}
    parts, support = [], False
    for key, dimension in _asked(instrument, wave):
        value = score(key, answers)
        low = dimension.support_below
        support = support or (value is not None and low is not None and value < low)
        parts.append(
            Part(
                title=dimension.title,
                range=dimension.range,
                score=value,
                near=_near(instrument, key, value),
                before=before.get(key.dimension) if value is not None else None,
            )
        )
    compared = any(part.before is not None for part in parts)
    return OwnResult(parts=tuple(parts), support=support, since=earlier.received if earlier and compared else "")


def _asked(instrument: Instrument, wave: str) -> Sequence[tuple[DimensionKey, Dimension]]:
    """The dimensions whose items are asked at a wave. What is remembered of the time before is no result."""
    now = {item.id for item in instrument.items(wave) if not item.then}
    keys = [(key, instrument.dimensions[key.dimension]) for key in scoring_key(instrument)]
    return [(key, dimension) for key, dimension in keys if now.issuperset(dimension.items)]


def _earlier_scores(instrument: Instrument, earlier: Earlier) -> Mapping[str, float]:
    old, now = earlier.instrument, {key.dimension: key for key in scoring_key(instrument)}
    found = {}
    for key in scoring_key(old):
        alike = now.get(key.dimension) == key and _origin(old, key) == _origin(instrument, key)
        value = score(key, earlier.answers) if alike else None
        if value is not None:
            found[key.dimension] = value
    return found


def _origin(instrument: Instrument, key: DimensionKey) -> str:
    return instrument.dimensions[key.dimension].origin or instrument.instrument


def _near(instrument: Instrument, key: DimensionKey, value: float | None) -> Text | None:
    items: list[Item] = [instrument.item(part.item) for part in key.items]
    scales = {item.scale for item in items}
    if value is None or len(scales) != 1 or None in scales or any(item.reverse for item in items):
        return None
    scores, part = option_scores(instrument, items[0]), key.items[0]
    low, high = key.range
    raw = part.low + (value - low) / (high - low) * (part.high - part.low)
    labels = {option.value: option.label for option in instrument.options(items[0])}
    return labels[min(scores, key=lambda each: abs(scores[each] - raw))]
