"""Scores of dimensions as columns, and how reliable they are.

A measure is a dimension as it is scored: instruments that extend another carry its dimensions on under the same
origin, so their answers are one measure. A version that scores a dimension otherwise makes another measure; so does
another respondent (a coach's answers are never averaged with the client's own), and so do memories of the time before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy import stats

from survey.model import Dimension, Instrument, Respondent, Value, waves_of
from survey.scoring import DimensionKey, ItemScore, scoring_key

Floats = NDArray[np.float64]
CANCELLED = 1e-11
"""A sum of squares about the mean that is this small a part of the sum of squares is zero."""


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
    found = scored(key, lambda item: pa.Array.from_pandas(responses[item]))
    return pd.Series(found.scores, index=responses.index, dtype="float64")


def item_parts(key: DimensionKey, responses: pd.DataFrame) -> Floats:
    """Rows × items: each answer between 0 and 1, turned where the item is reversed, NaN where there is none."""
    return np.column_stack([_part(item, pa.Array.from_pandas(responses[item.item])) for item in key.items])


def numbers(column: pd.Series[float]) -> pd.Series[float]:
    """A column of whole options or numbers as numbers: where another version has words in it, it holds text."""
    return pd.to_numeric(column, errors="coerce").astype("Float64")


# --- from columns as they lie in files -------------------------------------------------------------------------------

STEPS = 60
"""Whole numbers up to here, and as far below zero, are summed up in a byte each, many times faster than others."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Scored:
    """The scores of some rows (NaN where too few items were answered), and what they were made from: how many items
    each row answered, and for each item what its answers count for, in parts of `span` (0 where there is none)."""

    scores: Floats
    answered: NDArray[np.int8]
    items: Sequence[NDArray[np.int8] | Floats]
    span: float


def scored(key: DimensionKey, column: Callable[[str], pa.Array]) -> Scored:
    """The scores of a dimension, from the column of each of its items."""
    arrays = [column(item.item) for item in key.items]
    answered = np.zeros(len(arrays[0]), dtype=np.int8)
    found = _in_steps(key, arrays, answered)
    if found is None:
        answered[:] = 0
        found = _in_parts(key, arrays, answered)
    items, total, span = found
    low, high = key.range
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = total / answered
    scores *= (high - low) / span
    scores += low
    scores[answered < key.minimum_answered] = np.nan
    return Scored(scores=scores, answered=answered, items=items, span=span)


_Summed = tuple[Sequence[NDArray[np.int8] | Floats], NDArray[np.int16] | Floats, float]
"""The items, their sum row by row, and the span."""


def _in_steps(key: DimensionKey, arrays: Sequence[pa.Array], answered: NDArray[np.int8]) -> _Summed | None:
    """None where answers are not all whole numbers of one span, as those of one response scale are."""
    spans = {item.high - item.low for item in key.items}
    ends = [end for item in key.items for end in (item.low, item.high)]
    if len(spans) > 1 or any(item.scores for item in key.items) or any(e != int(e) or abs(e) > STEPS for e in ends):
        return None
    total = np.zeros(len(answered), dtype=np.int16)
    items = []
    for item, array in zip(key.items, arrays, strict=True):
        found = _whole(array)
        if found is None:
            return None
        steps, there = found
        steps = np.int8(item.high) - steps if item.reverse else steps - np.int8(item.low)
        steps *= there
        total += steps
        answered += there
        items.append(steps)
    return items, total, spans.pop()


def _whole(array: pa.Array) -> tuple[NDArray[np.int8], NDArray[np.int8]] | None:
    """A column of small whole numbers (anything where there is none), and 1 where there is one, else 0."""
    if not pa.types.is_int64(array.type):
        return None
    there = validity(array)
    values = np.frombuffer(array.buffers()[1], dtype=np.int64, count=len(array), offset=8 * array.offset)
    # What lies in the gaps is nobody's answer.
    if len(values) and (values.max() > STEPS or values.min() < -STEPS) and (abs(values * there) > STEPS).any():
        return None
    return values.astype(np.int8), there


def validity(array: pa.Array) -> NDArray[np.int8]:
    """1 where a column has a value, else 0."""
    bits = array.buffers()[0]
    if bits is None or array.null_count == 0:
        return np.ones(len(array), dtype=np.int8)
    first = array.offset // 8
    raw = np.frombuffer(bits, dtype=np.uint8, offset=first, count=(array.offset + len(array) + 7) // 8 - first)
    begin = array.offset - 8 * first
    there: NDArray[np.int8] = np.unpackbits(raw, bitorder="little")[begin : begin + len(array)].view(np.int8)
    return there


def _in_parts(key: DimensionKey, arrays: Sequence[pa.Array], answered: NDArray[np.int8]) -> _Summed:
    items = []
    for item, array in zip(key.items, arrays, strict=True):
        part = _part(item, array)
        there = np.isfinite(part)
        answered += there
        items.append(np.where(there, part, 0.0))
    return items, np.sum(items, axis=0), 1.0


def _part(item: ItemScore, array: pa.Array) -> Floats:
    """What each answer counts for, between 0 and 1, turned where the item is reversed; NaN where there is none."""
    part: Floats = (answer_numbers(array, item.scores) - item.low) / (item.high - item.low)
    return 1 - part if item.reverse else part


def answer_numbers(array: pa.Array, scores: Sequence[tuple[Value, float]] = ()) -> Floats:
    """A column of answers as numbers: themselves, or the scores of the options that they are; NaN where there is none,
    and for words that are no number."""
    if pa.types.is_floating(array.type) or (pa.types.is_integer(array.type) and not scores):
        values = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return _replaced(values, {float(v): n for v, n in scores if not isinstance(v, str)}) if scores else values
    if pa.types.is_null(array.type) or not len(array):
        return np.full(len(array), np.nan)
    coded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    words = coded.dictionary.cast(pa.string()).to_pandas()
    own = words.map({str(value): number for value, number in scores}) if scores else words
    known = np.append(pd.to_numeric(own, errors="coerce").to_numpy(dtype="float64", na_value=np.nan), np.nan)
    return np.asarray(known[coded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)], dtype="float64")


def _replaced(values: Floats, scores: Mapping[float, float]) -> Floats:
    found = np.full(len(values), np.nan)
    for value, number in scores.items():
        found[values == value] = number
    return found


# --- reliability -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ItemSums:
    """Sums of answers over complete cases, which Cronbach's alpha is made from: of each item and its squares, and of
    the cases' own sums and their squares. Mergeable."""

    n: int = 0
    totals: tuple[float, ...] = ()
    squares: tuple[float, ...] = ()
    total: float = 0.0
    total_squares: float = 0.0

    @classmethod
    def of(cls, parts: Floats) -> ItemSums:
        """Of cases × items, NaN where unanswered."""
        complete = parts[np.isfinite(parts).all(axis=1)]
        sums = complete.sum(axis=1)
        return cls(
            n=len(complete),
            totals=tuple(map(float, complete.sum(axis=0))),
            squares=tuple(map(float, np.square(complete).sum(axis=0))),
            total=float(sums.sum()),
            total_squares=float(np.square(sums).sum()),
        )

    def merge(self, other: ItemSums) -> ItemSums:
        if not self.n or not other.n:
            return self if self.n else other
        return ItemSums(
            n=self.n + other.n,
            totals=tuple(map(sum, zip(self.totals, other.totals, strict=True))),
            squares=tuple(map(sum, zip(self.squares, other.squares, strict=True))),
            total=self.total + other.total,
            total_squares=self.total_squares + other.total_squares,
        )

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.n,)


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
    # About the middle of each item, so that little is lost where answers lie far from zero.
    middle = np.nan_to_num(parts[:1]) if len(parts) else 0.0
    return alpha_of(ItemSums.of(parts - middle), confidence=confidence)


def alpha_of(sums: ItemSums, *, confidence: float = 0.95) -> Alpha | None:
    """The same from sums, however they came together."""
    n, items = sums.n, len(sums.totals)
    if items < 2 or n < 3:
        return None
    within, spread = _excess(sums.totals, sums.squares, n), _excess([sums.total], [sums.total_squares], n)
    if math.isclose(spread, 0, abs_tol=1e-12 * (n - 1)):
        return None
    value = items / (items - 1) * (1 - within / spread)
    tail, degrees = (1 - confidence) / 2, (n - 1, (n - 1) * (items - 1))
    low, high = (1 - (1 - value) * float(stats.f.ppf(p, *degrees)) for p in (1 - tail, tail))
    return Alpha(value=value, interval=(low, high), n=n, items=items)


def _excess(totals: Sequence[float], squares: Sequence[float], n: int) -> float:
    """The sum of squares about the means. What is left of equal values is the error of the subtraction."""
    found = ((square - total**2 / n, square) for total, square in zip(totals, squares, strict=True))
    return sum(excess for excess, square in found if excess > CANCELLED * square)
