"""Summaries of a dataset in constant memory: the folder is read a chunk at a time, here or by workers of a cluster.

A chunk holds all rows of its participations: `analysis.dataset.write` sorts both by participation.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import AnalysisError
from analysis.dataset import (
    OPEN_PART,
    RESPONSE_FIELDS,
    Dataset,
    DatasetError,
    Outline,
    outline,
    participation_schema,
)
from analysis.finishing import finished
from analysis.summaries import Plan, Summaries
from analysis.tallies import PEOPLE, Chunk, Tally, columns_of, tallied, tally
from survey.codes import ALPHABET

MANY = 500_000
"""Answers from which a report is streamed: what needs every row of so many takes 2.5 GiB and several minutes."""
ROWS = 65_536
"""Answers in a chunk at most: enough that the work on a chunk is small beside its rows."""
PEOPLE_ROWS = 32_768
"""Participations in a chunk, about."""
FEWEST = 1_024
PATIENCE = 10.0
"""Seconds to wait for a cluster."""
WORDS = ("service", "group", "instrument", "wave", "language")
"""Columns of few words, which are read as codes."""

T = TypeVar("T")
Watched = Callable[[Sequence[T]], AbstractContextManager[Iterable[T]]]
"""Shows how far a sequence has come, as a bar on a terminal does."""


def is_large(folder: Path) -> bool:
    """Whether the dataset in a folder is better streamed than read. Raises DatasetError as `dataset.read` does."""
    return outline(folder).responses >= MANY


class ClusterError(AnalysisError):
    """The cluster cannot do the work. The message says in plain words what to do."""


def summarised(dataset: Dataset, *, day: date) -> Summaries:
    """The summaries of a dataset in memory."""
    plan = Plan(library=dataset.library, day=day)
    return finished(tally(chunk_of(dataset, plan), plan), plan, dataset.made)


def chunk_of(dataset: Dataset, plan: Plan) -> Chunk:
    """All rows of a dataset in memory as one chunk."""
    return Chunk(
        participations=_batch(dataset.participations[[*PEOPLE]], participation_schema()),
        responses=_batch(dataset.responses[[*columns_of(plan)]], pa.schema([*RESPONSE_FIELDS])),
        submissions=lambda: _batch(dataset.responses[["submission"]], pa.schema([*RESPONSE_FIELDS])).column(0),
    )


def _batch(frame: pd.DataFrame, schema: pa.Schema) -> pa.RecordBatch:
    """A frame's columns; the schema has the types of those that may be empty or hold objects."""
    fixed = dict(zip(schema.names, schema.types, strict=True))
    columns = []
    for name in frame.columns:
        column = pa.array(frame[name], from_pandas=True)
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        kind = fixed.get(name, pa.string() if pa.types.is_null(whole.type) else whole.type)
        columns.append(whole if whole.type == kind else whole.cast(kind))
    return pa.RecordBatch.from_arrays(columns, names=[*frame.columns])


# --- the folder, in pieces -------------------------------------------------------------------------------------------

PIECES = (*ALPHABET.lower(), OPEN_PART)
"""Symbols that ids of participations begin with, and the answers of open surveys: parts that can be read alone."""


def streamed(folder: Path, *, day: date, watched: Watched[str] = nullcontext) -> Summaries:
    """The summaries of the dataset in a folder, read a chunk at a time. Raises DatasetError as `dataset.read` does.

    `watched` goes over the pieces that the folder is read in.
    """
    about = outline(folder)
    plan = Plan(library=about.library, day=day)
    with watched(PIECES) as pieces:
        found = tallied(_gathered(chunk for piece in pieces for chunk in _whole_chunks(folder, piece, plan)), plan)
    return _summaries(folder, about, plan, found)


def piece_tallied(folder: Path, day: date, made: str, piece: str) -> Tally:
    """The sums over one piece of a folder that was made at a time; what a worker does."""
    plan = _plan(folder, day, made)
    return tallied(_gathered(_whole_chunks(folder, piece, plan)), plan)


@lru_cache(maxsize=1)
def _plan(folder: Path, day: date, made: str) -> Plan:
    """Once for all pieces that a worker gets."""
    return Plan(library=outline(folder).library, day=day)


def _gathered(found: Iterable[Chunk]) -> Iterator[Chunk]:
    """Chunks with small ones together, as each takes a moment, whatever its size."""
    small: list[Chunk] = []
    for chunk in found:
        if len(chunk.responses) + len(chunk.participations) > ROWS // 4:
            yield chunk
            continue
        small.append(chunk)
        if sum(len(one.responses) + len(one.participations) for one in small) > ROWS // 2:
            yield _as_one(small)
            small = []
    if small:
        yield _as_one(small)


def _as_one(small: Sequence[Chunk]) -> Chunk:
    return Chunk(
        participations=pa.concat_batches([chunk.participations for chunk in small]),
        responses=pa.concat_batches([chunk.responses for chunk in small]),
        submissions=lambda: pa.concat_arrays([chunk.submissions() for chunk in small]),
    )


def _summaries(folder: Path, about: Outline, plan: Plan, found: Tally) -> Summaries:
    summed = sum(int(values[0]) for _key, values in found.rows("invited"))
    if summed != about.participations:
        raise DatasetError(
            f"In the dataset in {folder}, {about.participations - summed} participations have ids that no export "
            "makes. Export the dataset again with: mittari export"
        )
    return finished(found, plan, about.made)


def _whole_chunks(folder: Path, piece: str, plan: Plan) -> Iterator[Chunk]:
    try:
        yield from chunks(folder, piece, columns_of(plan))
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise DatasetError(
            f"The dataset in {folder} is damaged or incomplete ({error}). Export it again with: mittari export"
        ) from error


# --- chunks ----------------------------------------------------------------------------------------------------------


def chunks(folder: Path, piece: str, columns: Sequence[str]) -> Iterator[Chunk]:
    """A piece in chunks, with some columns of its answers. Each participation is in one chunk, with all its answers."""
    files = sorted((folder / "responses" / f"part={piece}").glob("*.parquet"))
    people = _People(folder / "participations.parquet", f"p_{piece}")
    if piece == OPEN_PART:
        for batch, ids in _batches(files, columns, ROWS):
            yield Chunk(participations=people.none, responses=batch, submissions=ids)
        return
    # Where few answer, a chunk of many answers would be about a great many people.
    rows = sum(pq.read_metadata(file).num_rows for file in files)
    size = min(max(PEOPLE_ROWS * rows // max(people.count, 1), FEWEST), ROWS)
    yield from _aligned(people, _batches(files, columns, size), rows)
    while (rest := people.next(PEOPLE_ROWS)) is not None:
        yield Chunk(participations=rest, responses=_none(columns, folder), submissions=_no_ids)


_Ids = Callable[[], pa.Array]
_Batches = Iterator[tuple[pa.RecordBatch, _Ids]]


def _aligned(people: _People, batches: _Batches, rows: int) -> Iterator[Chunk]:
    """What is between the first and the last participation of a batch, which others may continue; then all of these.
    `rows` is how many there are in all batches."""
    torn: list[tuple[pa.RecordBatch, _Ids]] = []
    shared: list[pa.RecordBatch] = []
    before: str | None = None
    for batch, ids in batches:
        owner = batch.column("participation")
        _check_order(owner)
        last = owner[len(owner) - 1].as_py()
        begin = _run(owner, range(len(owner))) if owner[0].as_py() == before else 0
        rows -= len(owner)
        end = max(len(owner) - _run(owner, range(len(owner) - 1, -1, -1)), begin) if rows else len(owner)
        torn += [(_copied(batch, at, n), _sliced(ids, at, n)) for at, n in ((0, begin), (end, len(owner) - end)) if n]
        # Nothing comes between an id and itself with the least of characters after it.
        whole = people.before(last if rows else f"{last}\0")
        yield Chunk(
            participations=whole,
            responses=batch.slice(begin, end - begin),
            submissions=_sliced(ids, begin, end - begin),
        )
        if rows and last != before:
            shared.append(people.exactly(last))
        before = last
    if torn:
        yield Chunk(
            participations=pa.concat_batches(shared),
            responses=pa.concat_batches([batch for batch, _ids in torn]),
            submissions=lambda: pa.concat_arrays([ids() for _batch, ids in torn]),
        )


def _run(owner: pa.Array, places: range) -> int:
    """How many of some rows, from the first, are about the same participation."""
    first = owner[places[0]].as_py()
    return next((n for n, at in enumerate(places) if owner[at].as_py() != first), len(places))


def _copied(batch: pa.RecordBatch, begin: int, n: int) -> pa.RecordBatch:
    """Some rows by themselves: a slice would hold on to all."""
    return batch.take(pa.array(range(begin, begin + n), pa.int64()))


def _sliced(ids: _Ids, begin: int, n: int) -> _Ids:
    return lambda: ids().slice(begin, n)


def _no_ids() -> pa.Array:
    return pa.array([], pa.string())


def _check_order(ids: pa.Array) -> None:
    if not pc.all(pc.less_equal(ids.slice(0, len(ids) - 1), ids.slice(1)), min_count=0).as_py() or ids.null_count:
        raise DatasetError(
            "The dataset is not in the order of its participations. Export it again with: mittari export"
        )


def _batches(files: Sequence[Path], columns: Sequence[str], size: int) -> _Batches:
    """Batches with at least a row, and for each how to read the ids of its answers."""
    for file in files:
        words = [column for column in columns if column in WORDS]
        with pq.ParquetFile(file, read_dictionary=words) as opened:
            found = opened.iter_batches(size, columns=[*columns], use_threads=False)
            for n, batch in enumerate(found):
                if len(batch):
                    yield batch, _submissions(file, size, n)


def _submissions(file: Path, size: int, n: int) -> _Ids:
    def read() -> pa.Array:
        with pq.ParquetFile(file) as opened:
            batch = next(islice(opened.iter_batches(size, columns=["submission"], use_threads=False), n, None))
            return batch.column("submission")

    return read


def _none(columns: Sequence[str], folder: Path) -> pa.RecordBatch:
    """No answers."""
    return _empty(pq.read_schema(next((folder / "responses").rglob("*.parquet"))), columns)


def _empty(schema: pa.Schema, columns: Sequence[str]) -> pa.RecordBatch:
    """No rows, of the types in which columns are read."""
    word = pa.dictionary(pa.int32(), pa.string())
    kinds = {name: word if name in WORDS else schema.field(name).type for name in columns}
    return pa.RecordBatch.from_arrays([pa.array([], kind) for kind in kinds.values()], names=[*kinds])


class _People:
    """The participations whose ids begin alike, in their order, as they are asked for."""

    def __init__(self, file: Path, prefix: str) -> None:
        self._prefix = prefix
        self._file = file
        with pq.ParquetFile(file) as opened:
            about = opened.metadata
            schema = opened.schema_arrow
            place = schema.names.index("id")
            own = [n for n in range(about.num_row_groups) if self._within(about.row_group(n).column(place).statistics)]
            self.count = sum(about.row_group(n).num_rows for n in own)
            groups = [about.row_group(n).column(place).statistics for n in own]
        # Row groups of `dataset.write` hold participations of one piece, so that nothing is to be sorted out.
        self._all = all(g is not None and g.has_min_max and g.min[:3] == g.max[:3] == prefix for g in groups)
        self.none = _empty(schema, PEOPLE)
        self._left = self._read(own)
        self._held = self.none

    def _within(self, statistics: pq.Statistics | None) -> bool:
        if statistics is None or not statistics.has_min_max:
            return True
        width = len(self._prefix)
        return bool(statistics.min[:width] <= self._prefix <= statistics.max[:width])

    def _read(self, row_groups: Sequence[int]) -> Iterator[pa.RecordBatch]:
        if not row_groups:
            return
        with pq.ParquetFile(self._file, read_dictionary=["service"]) as opened:
            for batch in opened.iter_batches(
                PEOPLE_ROWS, row_groups=[*row_groups], columns=[*PEOPLE], use_threads=False
            ):
                own = batch if self._all else batch.filter(pc.starts_with(batch.column("id"), self._prefix))
                if len(own):
                    _check_order(own.column("id"))
                    yield own

    def before(self, id: str) -> pa.RecordBatch:
        """Those not yet given whose ids come before one."""
        found = []
        while True:
            ids = self._held.column("id")
            at = bisect_left(range(len(ids)), id, key=lambda n: ids[n].as_py())
            found.append(self._held.slice(0, at))
            self._held = self._held.slice(at)
            if len(self._held) or (more := next(self._left, None)) is None:
                break
            self._held = more
        some = [batch for batch in found if len(batch)]
        return some[0] if len(some) == 1 else pa.concat_batches(some) if some else self.none

    def exactly(self, id: str) -> pa.RecordBatch:
        """The one with this id, if it is there."""
        n = int(len(self._held) > 0 and self._held.column("id")[0].as_py() == id)
        found, self._held = _copied(self._held, 0, n), self._held.slice(n)
        return found

    def next(self, most: int) -> pa.RecordBatch | None:
        """The next ones of those that are left."""
        if not len(self._held):
            self._held = next(self._left, self.none)
        found, self._held = self._held.slice(0, most), self._held.slice(most)
        return found if len(found) else None


# --- on a cluster ----------------------------------------------------------------------------------------------------


def on_cluster(folder: Path, *, day: date, address: str) -> Summaries:
    """The same, by the workers of a Dask cluster that see the folder under the same path and have this program.

    Raises ClusterError where Dask is not installed or nobody answers at `address`.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError('Dask is not installed. Install it with: pip install "mittari[cluster]"') from error
    about = outline(folder)
    try:
        client = Client(address, timeout=PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TimeoutError) as error:
        raise ClusterError(
            f"No Dask scheduler answers at {address} ({error}). Start one with: dask scheduler"
        ) from error
    with client:
        task = partial(client.submit, piece_tallied, folder.resolve(), day, about.made, pure=False)
        parts = [task(piece) for piece in PIECES]
        # Two and more at a time on the workers: what comes back is the last.
        while len(parts) > 1:
            parts = [client.submit(Tally.merged, parts[n : n + 8], pure=False) for n in range(0, len(parts), 8)]
        found: Tally = parts[0].result()
    return _summaries(folder, about, Plan(library=about.library, day=day), found)
