"""Sums by service and group over any part of a dataset's rows, and their merging.

A tally is made of tables of sums, each by whole-number keys. Tallies of any parts merge to the same: counts exactly,
sums within rounding error. Rows come as columns of Arrow, as they lie in files, with all rows of a participation in one
part. `analysis.streaming` brings them; `analysis.finishing` makes summaries of tallies.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.dataset import DatasetError
from analysis.outcomes import OutcomeItem
from analysis.pairing import Whole, Windows, days_of
from analysis.scores import Floats, Measure, Scored, answer_numbers, scored
from analysis.summaries import (
    Asked,
    Averaged,
    Chosen,
    Plan,
)
from survey.model import Respondent
from survey.scoring import DimensionKey

SIZES = 1e9
"""Into how many steps the range of a dimension is cut to count changes of equal size: far more than scores have, and
so few that sums of fractions that should be equal are."""
HALF = 2**31
MOST = 2e9
"""Answers from elsewhere may lie outside their range. A change of twice the range is as good as any larger."""
WIDE = 2**32
"""Keys are a service's code times this, and a group's code or the size of a change."""

TOGETHER = 8
"""Tallies that are merged at once."""
MANY_KEYS = 2**18
"""Up to so many keys of sizes and services are counted one by one; of more, only those that there are."""
MANY_GROUPS = 2**13
"""The same of groups and services."""

Name = tuple[str | int, ...]
Row = Sequence[float]
Mask = NDArray[np.bool_]
Sizes = dict[Name, tuple[int, Whole]]
"""Of each measure into how many steps its range is cut, and how many changed by how many of them, by service."""
Base = Literal["timely", "pooled", "counted"]
RESPONSES = ("participation", "service", "group", "instrument", "version", "wave", "received")
PEOPLE = ("id", "service", "start", "planned_end", "end")


@dataclass(frozen=True, kw_only=True, eq=False)
class Chunk:
    """Some participations and every answer about them, or answers of open surveys, with the columns that a plan needs
    (`columns_of`). `submissions` gives the ids of the answers, which decide in the rare case that two came at once."""

    participations: pa.RecordBatch
    responses: pa.RecordBatch
    submissions: Callable[[], pa.Array]


def columns_of(plan: Plan) -> tuple[str, ...]:
    """The columns of `responses` that a tally needs."""
    language = ("language",) if plan.review else ()
    return tuple(dict.fromkeys((*RESPONSES, *language, *(name for asked in plan.asked for name in asked.columns))))


# --- sums ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class Sums:
    """A row of sums for each of `keys`, in any order; the first is the number of rows that were summed up."""

    keys: Whole
    values: Floats

    @classmethod
    def merged(cls, parts: Sequence[Sums]) -> Sums:
        keys = np.concatenate([part.keys for part in parts])
        values = np.concatenate([part.values for part in parts])
        place, found = pd.factorize(keys)
        summed = [np.bincount(place, weights=column, minlength=len(found)) for column in values.T]
        return cls(keys=np.asarray(found), values=np.column_stack(summed))

    @classmethod
    def by(cls, codes: Whole, size: int, *columns: Floats) -> Sums:
        """Sums of some columns by a code under `size`."""
        n = np.bincount(codes, minlength=size)
        there = np.flatnonzero(n)
        summed = [np.bincount(codes, weights=column, minlength=size)[there] for column in columns]
        return cls(keys=there, values=np.column_stack([n[there].astype("float64"), *summed]))

    @classmethod
    def counted(cls, keys: Whole) -> Sums:
        """How often each of any keys occurs."""
        place, found = pd.factorize(keys)
        n = np.bincount(place, minlength=len(found))
        return cls(keys=np.asarray(found), values=n.astype("float64")[:, np.newaxis])

    def with_keys(self, keys: Whole) -> Sums:
        """With other keys in place of each."""
        return Sums(keys=keys[self.keys], values=self.values)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tally:
    """Tables of sums. `groups` are the names that keys by group hang on, the empty one for who came without one."""

    groups: tuple[str, ...]
    tables: Mapping[Name, Sums]

    @classmethod
    def merged(cls, tallies: Sequence[Tally]) -> Tally:
        """One of all. Raises ValueError for none."""
        groups = sorted({name for tally in tallies for name in tally.groups})
        place = {name: n for n, name in enumerate(groups)}
        tables: dict[Name, list[Sums]] = {}
        for tally in tallies:
            codes = np.array([place[name] for name in tally.groups], dtype="int64")
            for name, sums in tally.tables.items():
                tables.setdefault(name, []).append(_regrouped(sums, codes) if name[0] in BY_GROUP else sums)
        return cls(groups=tuple(groups), tables={name: Sums.merged(parts) for name, parts in tables.items()})

    def rows(self, *name: str | int) -> Iterator[tuple[int, Row]]:
        """The key and the sums of each row of a table, by key."""
        if name in self.tables:
            order = np.argsort(self.tables[name].keys)
            yield from zip(
                self.tables[name].keys[order].tolist(), self.tables[name].values[order].tolist(), strict=True
            )


BY_GROUP = ("change", "memory")


def _regrouped(sums: Sums, codes: Whole) -> Sums:
    """With other codes of groups."""
    return Sums(keys=sums.keys // WIDE * WIDE + codes[sums.keys % WIDE], values=sums.values)


# --- a part of the rows ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False)
class _Selection:
    """Some rows, in their order, with whom they are about. `single`: one row for each participation."""

    rows: Whole
    person: Whole
    single: bool
    _row_of: dict[int, Whole] = field(default_factory=dict)

    def row_of(self, people: int) -> Whole:
        """The row about each of so many participations, where there is one for each: the same for all measures."""
        if people not in self._row_of:
            rows = np.zeros(people, dtype="int64")
            rows[self.person] = self.rows
            self._row_of[people] = rows
        return self._row_of[people]


def tally(chunk: Chunk, plan: Plan) -> Tally:
    """The sums over one chunk."""
    return tallied([chunk], plan)


def tallied(chunks: Iterable[Chunk], plan: Plan) -> Tally:
    """The sums over chunks, one after the other, none of which is kept."""
    sizes: Sizes = {}
    found, windows, left = Tally(groups=(), tables={}), Windows(plan.library.site), iter(chunks)
    while some := [_Tallied(chunk, plan, windows, sizes).tally() for chunk in islice(left, TOGETHER)]:
        found = Tally.merged([found, *some])
    tables = {name: _size_sums(counts, steps, len(plan.services)) for name, (steps, counts) in sizes.items()}
    return Tally.merged([found, Tally(groups=(), tables=tables)])


class _Tallied:
    """A chunk as numbers: codes of services, groups, questionnaires and waves, row by row, and whom it is about."""

    def __init__(self, chunk: Chunk, plan: Plan, windows: Windows, sizes: Sizes) -> None:
        self._chunk, self._plan, self._sizes_so_far = chunk, plan, sizes
        self._people = chunk.participations.num_rows
        self._services = {id: n for n, id in enumerate(plan.services)}
        self._waves = {id: n for n, id in enumerate(plan.waves)}
        self._sources = {key: n for n, key in enumerate(plan.library.instruments)}
        self._taken: dict[tuple[tuple[str, ...], str], Sums] = {}
        self._selected: dict[tuple[tuple[str, ...], str, Base], _Selection] = {}
        own = chunk.participations
        self._of_person = _services(own.column("service"), self._services)
        ends = pc.coalesce(own.column("end"), own.column("planned_end"))
        self._opened = windows.of(days_of(own.column("start")), days_of(ends))

    def tally(self) -> Tally:
        tables: dict[Name, Sums] = {("invited",): Sums.by(self._of_person, len(self._services))}
        for wave in self._plan.waves:
            tables |= self._wave(wave)
        if self._plan.review:
            tables["left_out",] = self._left_out()
        for asked in self._plan.asked:
            tables |= self._asked(asked)
        return Tally(groups=self._groups, tables={name: sums for name, sums in tables.items() if len(sums.keys)})

    def _asked(self, asked: Asked) -> dict[Name, Sums]:
        tables: dict[Name, Sums] = {}
        who = asked.respondent
        for n, (measure, _versions) in enumerate(asked.measures):
            tables |= self._measure(measure, (who, n))
        for n, one in enumerate(asked.memories):
            tables["memory", who, n] = self._memory(one)
        for n, (outcome, wave) in enumerate(asked.outcomes):
            tables["outcome", who, n] = self._outcome(outcome, wave)
        for n, one in enumerate(asked.feedback):
            tables["feedback", who, n] = self._mean(one)
        for n, chosen in enumerate(asked.choices):
            tables["choice", who, n] = self._choice(chosen)
        return tables

    # --- rows ------------------------------------------------------------------------------------------------------

    def _column(self, name: str) -> pa.Array:
        return self._chunk.responses.column(name)

    @cached_property
    def _person(self) -> Whole:
        """The place of each row's participation, -1 where there is none."""
        return _places(self._column("participation"), self._chunk.participations.column("id"))

    @cached_property
    def _service(self) -> Whole:
        return _services(self._column("service"), self._services)

    @cached_property
    def _wave_of(self) -> Whole:
        return _codes(self._column("wave"), self._waves)

    @cached_property
    def _grouped(self) -> tuple[tuple[str, ...], Whole, Whole]:
        """The names of groups, the keys of those that there are in services, and the place among them of each row's."""
        coded = _coded(self._column("group"))
        names = ["", *coded.dictionary.cast(pa.string()).to_pylist()]
        group = np.append(np.arange(1, len(names)), 0)[_indices(coded)]
        if len(names) * len(self._services) <= MANY_GROUPS:
            keys = np.arange(len(self._services))[:, np.newaxis] * WIDE + np.arange(len(names))
            return tuple(names), keys.ravel(), self._service * len(names) + group
        place, found = pd.factorize(self._service * WIDE + group)
        return tuple(names), np.asarray(found), place

    @property
    def _groups(self) -> tuple[str, ...]:
        return self._grouped[0]

    @cached_property
    def _source(self) -> Whole:
        """The questionnaire of each row, by its place in the library; the last place for others."""
        coded = _coded(self._column("instrument"))
        names = coded.dictionary.cast(pa.string()).to_pylist()
        versions: Whole = self._column("version").cast(pa.int64()).to_numpy(zero_copy_only=False)
        if not len(versions):
            return versions
        if (versions == versions[0]).all():
            known = [self._sources.get(f"{name}@{versions[0]}", len(self._sources)) for name in names]
            return np.array([*known, len(self._sources)], dtype="int64")[_indices(coded)]
        both, found = pd.factorize(_indices(coded) * HALF + versions)
        pairs = [divmod(int(key), HALF) for key in found]
        named = dict(enumerate(names))
        known = [self._sources.get(f"{named.get(at)}@{version}", len(self._sources)) for at, version in pairs]
        return np.array(known, dtype="int64")[both]

    @cached_property
    def _received(self) -> Whole:
        moments = self._column("received").cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64())
        return np.asarray(moments.to_numpy(zero_copy_only=False), dtype="int64")

    @cached_property
    def _bases(self) -> Mapping[Base, Mask]:
        """Which rows count: those inside their window; of these, those in reviewed words; these, and those of open
        surveys, which have no window."""
        timely = np.zeros(len(self._person), dtype=bool)
        if self._people and len(self._person):
            at = self._opened.spell[self._person] * len(self._waves) + self._wave_of
            first, after = self._opened.first.ravel(), self._opened.after.ravel()
            timely = (first[at] <= self._received) & (self._received < after[at])
            timely &= (self._person >= 0) & (self._wave_of >= 0)
        open = self._column("participation")
        counted = timely | np.asarray(open.is_null()) if open.null_count else timely
        if not self._plan.review:
            return {"timely": timely, "pooled": timely, "counted": counted}
        return {"timely": timely, "pooled": timely & ~self._waiting, "counted": counted & ~self._waiting}

    @cached_property
    def _waiting(self) -> Mask:
        """Which rows are in words that no native speaker has reviewed yet."""
        found = np.zeros(len(self._person), dtype=bool)
        for key, languages in self._plan.review.items():
            waiting = _codes(self._column("language"), dict.fromkeys(languages, 0)) == 0
            found |= waiting & (self._source == self._sources[key])
        return found

    def _from(self, sources: Collection[str]) -> Mask:
        own = np.zeros(len(self._sources) + 1, dtype=bool)
        own[[self._sources[source] for source in sources]] = True
        return np.asarray(own[self._source])

    def _at(self, sources: tuple[str, ...], wave: str, base: Base) -> _Selection:
        """The rows that count, of some questionnaires at a wave."""
        # Where no words await a review, these are the same.
        key = (sources, wave, "timely" if base == "pooled" and not self._plan.review else base)
        if key not in self._selected:
            there = self._bases[base] & (self._wave_of == self._waves[wave])
            if len(sources) < len(self._sources):
                there &= self._from(sources)
            rows = np.flatnonzero(there)
            person = self._person[rows]
            single = bool((person[1:] > person[:-1]).all()) and bool((person[:1] >= 0).all())
            self._selected[key] = _Selection(rows=rows, person=person, single=single)
        return self._selected[key]

    def _first(self, selection: _Selection, values: Mask) -> Whole:
        """The first received of the rows with a value, of each participation; and all those of none."""
        rows = selection.rows[np.flatnonzero(values)]
        return rows if selection.single else self._firsts(rows)

    def _firsts(self, rows: Whole) -> Whole:
        if not len(rows):
            return rows
        person = self._person[rows]
        order = np.lexsort((self._received[rows], person))
        ranked, moment = person[order], self._received[rows][order]
        if ((ranked[1:] == ranked[:-1]) & (moment[1:] == moment[:-1]) & (ranked[1:] >= 0)).any():
            ids = self._chunk.submissions().take(pa.array(rows))
            rank = np.argsort(np.asarray(pc.sort_indices(ids)))
            order = np.lexsort((rank, self._received[rows], person))
            ranked = person[order]
        first = np.concatenate([[True], ranked[1:] != ranked[:-1]]) | (ranked < 0)
        return np.sort(rows[order[first]])

    # --- tables ----------------------------------------------------------------------------------------------------

    def _by_service(self, rows: Whole, *columns: Floats) -> Sums:
        return Sums.by(self._service[rows], len(self._services), *columns)

    def _by_group(self, place: Whole, *columns: Floats) -> Sums:
        _names, keys, _rows = self._grouped
        return Sums.by(place, len(keys), *columns).with_keys(keys)

    def _wave(self, wave: str) -> dict[Name, Sums]:
        """Who was due, by sort of respondent; and of the clients who can answer no more, who answered in time, and who
        at another time. That a coach has answered about somebody does not make them one who answered."""
        opened, over = (self._since(days[:, self._waves[wave]]) for days in (self._opened.day, self._opened.over))
        found: dict[Name, Sums] = {}
        for asked in self._plan.asked:
            who = asked.respondent
            asks = np.zeros(len(self._services), dtype=bool)
            asks[[self._services[id] for id in self._plan.asks[who, wave]]] = True
            due = np.flatnonzero(opened & asks[self._of_person])
            found["due", who, wave] = Sums.by(self._of_person[due], len(self._services))
            if who == "client":
                judged = np.flatnonzero(over & asks[self._of_person])
                answers = self._answered(who, wave, judged)
                found["over", wave] = Sums.by(self._of_person[judged], len(self._services), *answers)
        return found

    def _since(self, first: Whole) -> Mask:
        """Whether a day that each spell has is there, of each person."""
        day = first[self._opened.spell] if self._people else np.zeros(0, dtype=int)
        return np.asarray(day <= self._plan.day.toordinal())

    def _answered(self, who: Respondent, wave: str, judged: Whole) -> tuple[Floats, Floats]:
        sources = tuple(sorted(key for key, i in self._plan.library.instruments.items() if i.respondent == who))
        late = (self._wave_of == self._waves[wave]) & ~self._bases["timely"] & (self._person >= 0)
        if len(sources) < len(self._sources):
            late &= self._from(sources)
        in_time, outside = np.zeros(self._people, dtype=bool), np.zeros(self._people, dtype=bool)
        in_time[self._at(sources, wave, "timely").person] = True
        outside[self._person[np.flatnonzero(late)]] = True
        return in_time[judged].astype("float64"), (outside & ~in_time)[judged].astype("float64")

    def _left_out(self) -> Sums:
        """Submissions that wait for a review by language, and of how many people: who answered in several of them
        counts in the first."""
        languages = {tag: n for n, tag in enumerate(self._plan.library.site.languages)}
        timely = self._bases["timely"]
        open = np.asarray(self._column("participation").is_null())
        rows = np.flatnonzero((timely | open) & self._waiting)
        first = np.isin(rows, self._firsts(rows)).astype("float64")
        codes = _codes(self._column("language"), languages)[rows]
        return Sums.by(codes[codes >= 0], len(languages), first[codes >= 0])

    def _scored(self, key: DimensionKey) -> Scored:
        return scored(key, self._column)

    def _measure(self, measure: Measure, name: tuple[str, int]) -> dict[Name, Sums]:
        found: dict[Name, Sums] = {}
        for wave in measure.waves:
            found["answered", *name, wave] = self._took_part(measure.sources, wave)
        start, end = (self._at(measure.sources, str(wave), "pooled") for wave in (self._plan.start, self._plan.end))
        if not len(start.rows):
            return found
        scored = self._scored(measure.key)
        before, first = self._dense(scored, start)
        after, _rows = self._dense(scored, end)
        measured = np.isfinite(before)
        pairs = np.flatnonzero(measured & np.isfinite(after))
        columns = [before[pairs], after[pairs]]
        columns.append(columns[1] - columns[0])
        rows = first[pairs]
        found["change", *name] = self._by_group(self._grouped[2][rows], *columns, *(c * c for c in columns))
        found |= self._sizes(("sizes", *name), columns[2], self._service[rows], scored, measure.key)
        found["start", *name] = self._start(scored, first[np.flatnonzero(measured)], measure.key)
        return found

    def _took_part(self, sources: tuple[str, ...], wave: str) -> Sums:
        """Who answered one of some questionnaires in time, in whatever language: most measures have the same."""
        if (sources, wave) not in self._taken:
            own = self._at(sources, wave, "timely")
            rows = own.rows if own.single else own.rows[np.unique(own.person, return_index=True)[1]]
            self._taken[sources, wave] = self._by_service(rows)
        return self._taken[sources, wave]

    def _dense(self, scored: Scored, own: _Selection) -> tuple[Floats, Whole]:
        """The first score of each participation (NaN where there is none), and its row."""
        scores = np.full(self._people, np.nan)
        if own.single:
            scores[own.person] = scored.scores[own.rows]
            return scores, own.row_of(self._people)
        first = self._first(own, np.isfinite(scored.scores[own.rows]))
        scores[self._person[first]] = scored.scores[first]
        rows = np.zeros(self._people, dtype="int64")
        rows[self._person[first]] = first
        return scores, rows

    def _sizes(self, of: Name, change: Floats, service: Whole, scored: Scored, key: DimensionKey) -> dict[Name, Sums]:
        """How many changed by how much, in each service. Scores of whole numbers differ by few sums only: these are
        counted one by one over all chunks, which is many times faster."""
        low, high = key.range
        steps = _steps_of(scored, key)
        size = (2 * steps + 1) * len(self._services)
        strange = bool((np.abs(change) > (high - low) * (1 + 1e-9)).any())
        if strange or size > MANY_KEYS:
            sizes = np.rint(np.clip(change * (SIZES / (high - low)), -MOST, MOST)).astype("int64")
            return {of: Sums.counted(service * WIDE + (sizes + HALF))}
        places = np.rint(change * (steps / (high - low)) + steps).astype("int64")
        places += service * (2 * steps + 1)
        _steps, counts = self._sizes_so_far.setdefault(of, (steps, np.zeros(size, dtype="int64")))
        counts += np.bincount(places, minlength=size)
        return {}

    def _start(self, scored: Scored, rows: Whole, key: DimensionKey) -> Sums:
        """Of the start scores: number, sum and squares; of complete cases the same of each item and of their sums."""
        scores = scored.scores[rows]
        complete = np.flatnonzero(scored.answered[rows] == len(scored.items))
        at = rows[complete]
        found = [float(scores.sum()), float(np.square(scores).sum()), float(len(complete))]
        for item in scored.items:
            own = item[at]
            whole = own.dtype == np.int8
            squares = np.multiply(own, own, dtype=np.int16 if whole else np.float64)
            kind = np.int64 if whole else np.float64
            found += [float(own.sum(dtype=kind)) / scored.span, float(squares.sum(dtype=kind)) / scored.span**2]
        low, high = key.range
        sums = (scores[complete] - low) * (len(scored.items) / (high - low))
        found += [float(sums.sum()), float(np.square(sums).sum())]
        n = len(rows)
        return Sums(keys=np.zeros(min(n, 1), dtype="int64"), values=np.array([[float(n), *found]])[: min(n, 1)])

    def _values(self, one: Averaged) -> Floats:
        return answer_numbers(self._column(one.question.id)) if one.key is None else self._scored(one.key).scores

    def _mean(self, one: Averaged) -> Sums:
        own = self._at(one.question.sources, one.question.wave, "counted").rows
        values = self._values(one)[own] if len(own) else np.zeros(0)
        there = np.flatnonzero(np.isfinite(values))
        return self._by_service(own[there], values[there], values[there] ** 2)

    def _memory(self, one: Averaged) -> Sums:
        own = self._at(one.question.sources, one.question.wave, "counted")
        values = self._values(one) if len(own.rows) else np.zeros(0)
        rows = self._first(own, np.isfinite(values[own.rows]))
        return self._by_group(self._grouped[2][rows], values[rows], values[rows] ** 2)

    def _outcome(self, outcome: OutcomeItem, wave: str) -> Sums:
        own = self._at(outcome.sources, wave, "pooled")
        answers = _coded(self._column(outcome.item.id))
        rows = self._first(own, np.asarray(answers.is_valid())[own.rows] if len(own.rows) else np.zeros(0, dtype=bool))
        return self._by_service(rows, _is_one_of(answers, outcome.achieved)[rows].astype("float64"))

    def _choice(self, one: Chosen) -> Sums:
        """Who answered, and how many chose each answer. Of a ranking, what was put first."""
        own = self._at(one.question.sources, one.question.wave, "counted").rows
        columns = [self._column(name) for name in one.columns]
        if one.sort == "one":
            coded = _coded(columns[0])
            rows = own[np.flatnonzero(np.asarray(coded.is_valid())[own])]
            chosen = [_is_one_of(coded, [option.value])[rows] for option in one.options]
        else:
            rows = own[np.flatnonzero(np.any([np.asarray(column.is_valid())[own] for column in columns], axis=0))]
            chosen = [answer_numbers(_as_numbers(column))[rows] == 1 for column in columns]
        return self._by_service(rows, *(column.astype("float64") for column in chosen))


def _steps_of(scored: Scored, key: DimensionKey) -> int:
    """Into how many steps the range of a dimension is cut by all scores that there can be, or more than can be counted:
    the mean of n whole numbers is a sum of so many steps of a span, by n."""
    whole = all(item.dtype == np.int8 for item in scored.items)
    return math.lcm(*range(key.minimum_answered, len(key.items) + 1)) * int(scored.span) if whole else MANY_KEYS


def _size_sums(counts: Whole, steps: int, services: int) -> Sums:
    """The sums of how many changed by how many steps, from a fall by all to a rise by all, in each service."""
    sizes = np.rint(np.arange(-steps, steps + 1) * (SIZES / steps)).astype("int64") + HALF
    keys = (np.arange(services)[:, np.newaxis] * WIDE + sizes).ravel()
    there = np.flatnonzero(counts)
    return Sums(keys=keys[there], values=counts[there].astype("float64")[:, np.newaxis])


def _as_numbers(column: pa.Array) -> pa.Array:
    return column.cast(pa.int64()) if pa.types.is_boolean(column.type) else column


def _coded(column: pa.Array) -> pa.DictionaryArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _indices(coded: pa.DictionaryArray) -> Whole:
    """The place in the dictionary of each row; one past its end where there is nothing."""
    if not coded.indices.null_count:
        return np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype="int64")
    return np.asarray(coded.indices.cast(pa.int64()).fill_null(len(coded.dictionary)).to_numpy(zero_copy_only=False))


def _codes(column: pa.Array, known: Mapping[str, int]) -> Whole:
    """The code of each row's word, -1 for others."""
    coded = _coded(column)
    codes = [known.get(word, -1) for word in coded.dictionary.cast(pa.string()).to_pylist()]
    return np.array([*codes, -1], dtype="int64")[_indices(coded)]


def _services(column: pa.Array, known: Mapping[str, int]) -> Whole:
    codes = _codes(column, known)
    if (codes < 0).any():
        unknown = sorted({str(id) for id in pc.unique(column.filter(pa.array(codes < 0))).to_pylist()})
        raise DatasetError(
            f"There are participations or answers in {', '.join(unknown)}, which services.json does not name. "
            "Export the dataset again with: mittari export"
        )
    return codes


def _places(ids: pa.Array, among: pa.Array) -> Whole:
    """The place of each id among others, -1 where it is not there. Rows of one participation mostly stand together."""
    if not len(ids):
        return np.zeros(0, dtype="int64")
    changed = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)).fill_null(True)
    begins = np.concatenate([[True], np.asarray(changed, dtype=bool)])
    heads, run = ids.take(pa.array(np.flatnonzero(begins))), np.cumsum(begins) - 1
    if heads.equals(among):
        return run
    found = pc.index_in(heads, value_set=among.cast(heads.type)).fill_null(-1)
    places: Whole = np.asarray(found, dtype="int64")[run]
    return places


def _is_one_of(answers: pa.DictionaryArray, values: Collection[int | str]) -> Mask:
    """Whether each answer is one of some options. A column holds text where not all options are whole numbers."""
    wanted = {str(value) for value in values}
    words = answers.dictionary.cast(pa.string()).to_pylist()
    return np.array([*(word in wanted for word in words), False], dtype=bool)[_indices(answers)]
