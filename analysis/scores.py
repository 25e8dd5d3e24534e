"""Scores of dimensions as columns, and how reliable they are.

A measure is a dimension as it is scored: instruments that extend another carry its dimensions on under the same
origin, so their answers are one measure. A version that scores a dimension otherwise makes another measure; so does
another respondent (a coach's answers are never averaged with the client's own), and so do memories of the time before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from survey.model import Dimension, Instrument, Respondent, waves_of
from survey.scoring import DimensionKey, ItemScore, scoring_key

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A dimension of one origin under one scoring key, as one sort of respondent answers it, over every instrument
    version that carries it.

    `sources` are `id@version`; `waves` those at which enough of its items are asked to score it. `then`: its items ask
    about the time before the service, so that it is no measured start.
    """

    respondent: Respondent
    then: bool
    origin: str
    dimension: str
    key: DimensionKey
    definition: Dimension
    sources: tuple[str, ...]
    waves: tuple[str, ...]


def measures(instruments: Mapping[str, Instrument]) -> tuple[Measure, ...]:
    """Every measure of these instruments (by `id@version`), in the order of the instruments and their dimensions.

    Titles and the reference come from the newest version of the origin, or of what carries the dimension.
    """
    found: dict[tuple[Respondent, bool, str, DimensionKey], list[Instrument]] = {}
    for instrument in sorted(instruments.values(), key=lambda i: (i.extends is not None, i.instrument, -i.version)):
        for key in scoring_key(instrument):
            then = any(instrument.item(part.item).then for part in key.items)
            sort = (instrument.respondent, then, _origin(instrument, key.dimension), key)
            found.setdefault(sort, []).append(instrument)
    return tuple(_measure(*sort, carriers) for sort, carriers in found.items())


def _origin(instrument: Instrument, dimension: str) -> str:
    return instrument.dimensions[dimension].origin or instrument.instrument


def _measure(respondent: Respondent, then: bool, origin: str, key: DimensionKey, carriers: list[Instrument]) -> Measure:
    waves = {wave: None for instrument in carriers for wave in instrument.waves if _is_scored(instrument, key, wave)}
    return Measure(
        respondent=respondent,
        then=then,
        origin=origin,
        dimension=key.dimension,
        key=key,
        definition=carriers[0].dimensions[key.dimension],
        sources=tuple(sorted(instrument.key for instrument in carriers)),
        waves=tuple(waves),
    )


def _is_scored(instrument: Instrument, key: DimensionKey, wave: str) -> bool:
    asked = [part.item for part in key.items if wave in waves_of(instrument.item(part.item), instrument)]
    return len(asked) >= key.minimum_answered


def items_of(key: DimensionKey) -> list[str]:
    """The items that a score is made of: the columns that it needs."""
    return [part.item for part in key.items]


def score_column(key: DimensionKey, responses: pd.DataFrame) -> pd.Series[float]:
    """The score of each row on one dimension (on the key's range), NaN where too few items were answered.

    The columns' counterpart of `survey.scoring.score`; `responses` has a column for each of the key's items, numeric
    or, where options have scores, with the options' values.
    """
    parts = item_parts(key, responses)
    answered = np.isfinite(parts)
    enough = answered.sum(axis=1) >= key.minimum_answered
    low, high = key.range
    total = np.where(answered, parts, 0.0).sum(axis=1) / np.maximum(answered.sum(axis=1), 1)
    return pd.Series(np.where(enough, low + (high - low) * total, np.nan), index=responses.index, dtype="float64")


def item_parts(key: DimensionKey, responses: pd.DataFrame) -> Floats:
    """Rows × items: each answer between 0 and 1, turned where the item is reversed, NaN where there is none."""
    columns = []
    for item in key.items:
        values = _numbers(item, responses[item.item])
        part = (values - item.low) / (item.high - item.low)
        columns.append(1 - part if item.reverse else part)
    return np.column_stack(columns)


def _numbers(item: ItemScore, column: pd.Series[float]) -> Floats:
    """What each answer counts for: itself, or the score of the option that it is."""
    if item.scores:
        scores = {str(value): number for value, number in item.scores}
        column = column.astype("string").map(scores).astype("Float64")
    return np.asarray(numbers(column).to_numpy(dtype="float64", na_value=np.nan), dtype="float64")


def numbers(column: pd.Series[float]) -> pd.Series[float]:
    """A column of whole options or numbers as numbers: where another version has words in it, it holds text."""
    return pd.to_numeric(column, errors="coerce").astype("Float64")


@dataclass(frozen=True, kw_only=True)
class Alpha:
    """Cronbach's alpha with its 95 % interval; `n` complete cases of `items` items."""

    value: float
    interval: tuple[float, float]
    n: int
    items: int


def cronbach_alpha(parts: Floats, *, confidence: float = 0.95) -> Alpha | None:
    """Cronbach's (1951) raw alpha over complete cases, with the interval of Feldt, Woodruff and Salih (1987).

    `parts` is cases × items, NaN where unanswered. None with fewer than two items or three complete cases, and where
    the sum of the items does not vary.
    """
    complete = parts[np.isfinite(parts).all(axis=1)]
    n, items = complete.shape
    if items < 2 or n < 3:
        return None
    spread = float(complete.sum(axis=1).var(ddof=1))
    if math.isclose(spread, 0, abs_tol=1e-12):
        return None
    value = items / (items - 1) * (1 - float(complete.var(axis=0, ddof=1).sum()) / spread)
    tail, degrees = (1 - confidence) / 2, (n - 1, (n - 1) * (items - 1))
    low, high = (1 - (1 - value) * float(stats.f.ppf(p, *degrees)) for p in (1 - tail, tail))
    return Alpha(value=value, interval=(low, high), n=n, items=items)
