"""Streaming: the same as in memory, whatever the chunks, with nobody's answers torn apart; and on a real cluster."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from analysis import dataset as datasets
from analysis import streaming
from analysis.cohort import Design
from analysis.dataset import Dataset, DatasetError
from analysis.streaming import ClusterError, on_cluster, streamed, summarised
from analysis.summaries import Plan
from analysis.tallies import columns_of
from survey.model import Library
from survey.records import Participation
from tests.analysis.conftest import MADE, submissions
from tests.analysis.test_summaries import same

DAY = date(2026, 12, 15)


@pytest.fixture(scope="module")
def folder(whole_library: Library, people: list[Participation], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with everything in it, a third in a language under review, one in nine invited having never answered."""
    instruments = {
        key: dataclasses.replace(instrument, review={"sv": "needed"} if key == "mielipide@1" else {})
        for key, instrument in whole_library.instruments.items()
    }
    library = dataclasses.replace(whole_library, instruments=instruments)
    made = tmp_path_factory.mktemp("streamed") / "d"
    some = [person for n, person in enumerate(people) if n % 9]
    answered = submissions(library, some, Design(), languages=("fi", "sv", "fi"))
    datasets.write(made, library=library, participations=people, submissions=answered, made=MADE)
    return made


@pytest.fixture(scope="module")
def in_memory(folder: Path) -> Dataset:
    return datasets.read(folder)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 131_072])
def test_streamed_is_as_in_memory(folder: Path, in_memory: Dataset, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However few rows are read at a time: counts exactly, sums to 1e-12."""
    monkeypatch.setattr(streaming, "ROWS", size)
    monkeypatch.setattr(streaming, "FEWEST", 1)
    monkeypatch.setattr(streaming, "PEOPLE_ROWS", max(size // 2, 1))
    same(streamed(folder, day=DAY), summarised(in_memory, day=DAY))


@pytest.mark.parametrize("size", [1, 3, 10, 131_072])
def test_nobody_is_torn_apart(folder: Path, in_memory: Dataset, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each participation is in one chunk, with all its answers; no chunk is larger than it may be but those of who is
    between two."""
    monkeypatch.setattr(streaming, "ROWS", size)
    monkeypatch.setattr(streaming, "FEWEST", 1)
    columns = columns_of(Plan(library=in_memory.library, day=DAY))
    owners: list[str] = []
    people: list[str] = []
    rows = 0
    for piece in streaming.PIECES:
        for chunk in streaming.chunks(folder, piece, columns):
            owners += [id for id in pc.unique(chunk.responses.column("participation")).to_pylist() if id]
            people += chunk.participations.column("id").to_pylist()
            rows += len(chunk.responses)
            ids = chunk.submissions()
            assert len(ids) == len(chunk.responses)
    assert len(owners) == len(set(owners))
    assert sorted(people) == sorted(in_memory.participations["id"])
    assert rows == len(in_memory.responses)


def test_ids_of_answers_are_read_when_they_are_needed(folder: Path, in_memory: Dataset) -> None:
    """Those of the same rows."""
    columns = (*columns_of(Plan(library=in_memory.library, day=DAY)), "submission")
    for piece in ("3", "o"):
        for chunk in streaming.chunks(folder, piece, columns):
            assert chunk.submissions().equals(chunk.responses.column("submission"))


def test_progress_goes_over_the_pieces(folder: Path) -> None:
    """All of them, once."""
    seen: list[str] = []

    class Bar:
        def __init__(self, items: object) -> None:
            self.items = items

        def __enter__(self) -> Iterator[str]:
            for item in self.items:  # type: ignore[attr-defined]
                seen.append(item)
                yield item

        def __exit__(self, *_: object) -> None:
            pass

    streamed(folder, day=DAY, watched=Bar)  # type: ignore[arg-type]
    assert seen == [*streaming.PIECES]


# --- what is no dataset of ours --------------------------------------------------------------------------------------


def rewritten(folder: Path, tmp_path: Path, name: str, change) -> Path:  # type: ignore[no-untyped-def]
    """A copy with one file changed."""
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    pq.write_table(change(pq.read_table(copy / name, partitioning=None)), copy / name)
    return copy


def test_rows_out_of_order_are_told(folder: Path, tmp_path: Path) -> None:
    """Answers and participations that are not sorted would be torn apart."""
    turned = lambda table: table.take(pa.array(range(len(table) - 1, -1, -1)))  # noqa: E731
    for n, name in enumerate(("responses/part=3/0.parquet", "participations.parquet")):
        with pytest.raises(DatasetError, match="is not in the order of its participations. Export it again with"):
            streamed(rewritten(folder, tmp_path / str(n), name, turned), day=DAY)


def test_ids_that_no_export_makes_are_told(folder: Path, tmp_path: Path) -> None:
    """Nobody is passed over in silence."""

    def strange(table: pa.Table) -> pa.Table:
        ids = table.column("id").to_pylist()
        return table.set_column(0, "id", pa.array([f"q{id}" if n < 3 else id for n, id in enumerate(ids)]))

    with pytest.raises(DatasetError, match="3 participations have ids that no export makes"):
        streamed(rewritten(folder, tmp_path, "participations.parquet", strange), day=DAY)


def test_a_damaged_part_is_told(folder: Path, tmp_path: Path) -> None:
    """As `dataset.read` tells it."""
    copy = rewritten(folder, tmp_path, "participations.parquet", lambda table: table)
    (copy / "responses" / "part=3" / "0.parquet").write_bytes(b"PAR1")
    with pytest.raises(DatasetError, match="is damaged or incomplete"):
        streamed(copy, day=DAY)


def test_old_files_without_row_groups_of_their_own_are_read(folder: Path, tmp_path: Path) -> None:
    """All participations in one row group, as they were written before."""
    same(
        streamed(rewritten(folder, tmp_path, "participations.parquet", lambda table: table), day=DAY),
        streamed(folder, day=DAY),
    )


def test_an_empty_dataset_has_nobody(library: Library, tmp_path: Path) -> None:
    """No rows, no sums, no error."""
    datasets.write(tmp_path / "d", library=library, participations=[], submissions=[], made=MADE)
    assert dict(streamed(tmp_path / "d", day=DAY).invited) == {}
    same(streamed(tmp_path / "d", day=DAY), summarised(datasets.read(tmp_path / "d"), day=DAY))


# --- on a cluster ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_cluster_gives_the_same(folder: Path) -> None:
    """Two worker processes on this machine: counts exactly, sums to 1e-12."""
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as cluster:
        same(on_cluster(folder, day=DAY, address=cluster.scheduler_address), streamed(folder, day=DAY))


def test_nobody_at_the_address_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setattr(streaming, "PATIENCE", 0.2)
    with pytest.raises(ClusterError, match="No Dask scheduler answers at tcp://127.0.0.1:1 .*Start one with"):
        on_cluster(folder, day=DAY, address="tcp://127.0.0.1:1")
