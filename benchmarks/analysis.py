"""What it takes to sum up a dataset, beside reading its columns, pandas and DuckDB.

    .venv/bin/python benchmarks/analysis.py [--people 100000 1000000] [--only ours,read,…] [--rounds 3] [--keep FOLDER]

Makes datasets of so many participations, with two waves of 30 questions on five steps in six dimensions, in 1,920
groups of 160 services, as `mittari export` writes them. Each way runs in a process of its own on the same files, one
after the other, and says its CPU seconds (user and system, all threads), wall seconds and peak memory, all without what
the imports took; `base` is the memory of a process with the same imports. The ways:

`read`    the columns that the tables need, with pyarrow, in the same pieces, and nothing else
`ours`    `analysis.streaming`: everything that a report's tables are made of
`workers` the same over two worker processes of Dask (needs `pip install "mittari[cluster]"`)
`pandas`  the change of six dimensions, straightforwardly: scores, first answers, pairs, group sums, frequencies
`duckdb`  the same in SQL

`pandas` and `duckdb` do less than ours: no windows, no shares, no reliability. Goals: at most 2 times the CPU of
`read`, less than 400 MiB at any size.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 - a script outside the packages finds them only now
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from analysis import dataset as datasets  # noqa: E402
from survey.model import (  # noqa: E402
    Dimension,
    Group,
    Instrument,
    Item,
    Library,
    Notice,
    Option,
    Organisation,
    Provider,
    Scale,
    Section,
    Service,
    Services,
    Site,
    Text,
    Wave,
    with_origin,
)

SYMBOLS = "0123456789abcdefghjkmnpqrstvwxyz"
SERVICES, GROUPS, DIMENSIONS, ITEMS = 160, 12, 6, 5
KINDS = ("training", "coaching", "job_coaching", "rehabilitation")
MADE = "2027-06-01T06:00:00.000Z"
FIRST = date(2026, 1, 12)
LENGTH = 90


def _same(words: str) -> Text:
    return {"fi": words}


def library() -> Library:
    """A site of 160 services in 1,920 groups with one instrument of 30 items."""
    options = tuple(Option(value=value, label=_same(str(value))) for value in range(1, 6))
    names = [[f"d{d}_{n}" for n in range(1, ITEMS + 1)] for d in range(DIMENSIONS)]
    items = [
        Item(id=id, type="likert", scale="agree", text=_same(id), reverse=id.endswith("_5"))
        for own in names
        for id in own
    ]
    instrument = Instrument(
        instrument="mittari",
        version=1,
        languages=("fi",),
        title=_same("Mittari"),
        waves=("start", "end"),
        scales={"agree": Scale(options=options)},
        sections=(Section(items=tuple(items)),),
        dimensions={
            f"d{d}": Dimension(title=_same(f"D{d}"), items=tuple(own), minimum_answered=3)
            for d, own in enumerate(names)
        },
    )
    notice = Notice(title=_same("-"), updated="2026-01-01", sections=())
    site = Site(
        organisation=Organisation(name=_same("Alue"), email="x@example.org"),
        title=_same("Mittari"),
        welcome=_same("-"),
        languages=("fi",),
        required_languages=("fi",),
        language_names={"fi": "suomi"},
        address="https://example.org",
        time_zone="Europe/Helsinki",
        waves={
            "start": Wave(title=_same("Alku"), at="start", open=(-14, 14)),
            "end": Wave(title=_same("Loppu"), at="end", open=(-14, 30)),
        },
        who_sees=_same("-"),
        notices={"privacy": notice, "accessibility": notice},
    )
    services = Services(
        kinds={kind: _same(kind) for kind in KINDS},
        providers={"one": Provider(name="One")},
        services=tuple(_service(n) for n in range(SERVICES)),
    )
    return Library(site=site, services=services, instruments={"mittari@1": with_origin(instrument)})


def _service(n: int) -> Service:
    return Service(
        id=f"service{n:03d}",
        title=_same(f"Service {n}"),
        kind=KINDS[n % len(KINDS)],
        provider="one",
        sourcing="bought",
        buyer="Area",
        municipality="Area",
        arm="comparison" if n % 8 == 7 else "intervention",
        length_days=LENGTH,
        number_prefix="X",
        instruments=("mittari@1",),
        groups=tuple(
            Group(id=f"g{g:02d}", start=str(_began(g)), end=str(_began(g) + timedelta(days=LENGTH)))
            for g in range(GROUPS)
        ),
    )


def _began(group: int) -> date:
    return FIRST + timedelta(days=14 * group)


# --- making a dataset ------------------------------------------------------------------------------------------------


def make(folder: Path, people: int) -> None:
    """Writes a dataset as `analysis.dataset.write` does, from columns in place of records."""
    known = library()
    schema = datasets.response_schema(known)
    rng = np.random.default_rng(people)
    datasets.write(folder, library=known, participations=(), submissions=(), made=MADE)
    shutil.rmtree(folder / "responses")
    with pq.ParquetWriter(folder / "participations.parquet", datasets.participation_schema()) as writer:
        for n, part in enumerate(SYMBOLS):
            size = people * (n + 1) // 32 - people * n // 32
            path = folder / "responses" / f"part={part}" / "0.parquet"
            path.parent.mkdir(parents=True)
            with pq.ParquetWriter(path, schema) as responses:
                # As much at a time as a row group has.
                for begin in range(0, size, datasets.PEOPLE_TOGETHER):
                    own = min(datasets.PEOPLE_TOGETHER, size - begin)
                    spells, answers = _rows(part, begin, own, rng, schema)
                    writer.write_table(spells, row_group_size=datasets.PEOPLE_TOGETHER)
                    responses.write_table(answers, row_group_size=datasets.ROWS_TOGETHER)


def _rows(part: str, begin: int, n: int, rng: np.random.Generator, schema: pa.Schema) -> tuple[pa.Table, pa.Table]:
    letters = np.array(list(SYMBOLS))[rng.integers(0, 32, (n, 17))].view("U17").ravel()
    ids = np.char.add(np.char.add(f"p_{part}", np.char.zfill((begin + np.arange(n)).astype(str), 8)), letters)
    service, group = rng.integers(0, SERVICES, n), rng.integers(0, GROUPS, n)
    alone = rng.random(n) < 0.05
    began = np.datetime64(FIRST) + 14 * group
    names = np.array([f"service{s:03d}" for s in range(SERVICES)])
    groups = np.array([f"g{g:02d}" for g in range(GROUPS)])
    spells = {
        "id": pa.array(ids),
        "service": pa.array(names[service]),
        "group": pa.array(groups[group], mask=alone),
        "start": pa.array(began),
        "planned_end": pa.array(began + LENGTH),
        "invited": pa.array(began),
    }
    answers = _answers(ids, names[service], pa.array(groups[group], mask=alone), began, rng)
    return _table(spells, datasets.participation_schema(), n), _table(answers, schema, 2 * n)


def _answers(
    ids: np.ndarray, service: np.ndarray, group: pa.Array, began: np.ndarray, rng: np.random.Generator
) -> dict[str, pa.Array]:
    """Two rows for each participation, the end before the start as keys are sorted."""
    n = len(ids)
    twice = np.repeat(np.arange(n), 2)
    end = np.tile([True, False], n)
    days = np.where(end, LENGTH + rng.integers(-16, 34, 2 * n), rng.integers(-16, 18, 2 * n))
    moment = (began[twice] + days).astype("datetime64[ms]") + rng.integers(0, 86_400_000, 2 * n)
    person = rng.normal(0, 1, n)
    level = person[twice] + np.where(end, 0.35, 0.0)
    found = {
        "submission": pa.array(np.char.add(ids[twice], np.where(end, "e", "s"))),
        "participation": pa.array(ids[twice]),
        "service": pa.array(service[twice]),
        "group": group.take(pa.array(twice)),
        "instrument": pa.array(["mittari"] * (2 * n)),
        "version": pa.array(np.ones(2 * n, dtype="int64")),
        "meaning": pa.array(["0" * 16] * (2 * n)),
        "wave": pa.array(np.where(end, "end", "start")),
        "language": pa.array(["fi"] * (2 * n)),
        "channel": pa.array(["own_device"] * (2 * n)),
        "helper": pa.array(["none"] * (2 * n)),
        "received": pa.array(moment).cast(pa.timestamp("ms", tz="UTC")),
        "revisions": pa.array(np.zeros(2 * n, dtype="int64")),
    }
    for d in range(DIMENSIONS):
        for number in range(1, ITEMS + 1):
            latent = level + rng.normal(0, 1, 2 * n)
            steps = np.searchsorted([-1.5, -0.5, 0.5, 1.5], latent) + 1
            turned = 6 - steps if number == 5 else steps
            found[f"d{d}_{number}"] = pa.array(turned.astype("int64"), mask=rng.random(2 * n) < 0.03)
    return found


def _table(columns: dict[str, pa.Array], schema: pa.Schema, n: int) -> pa.Table:
    return pa.table(
        [columns[f.name].cast(f.type) if f.name in columns else pa.nulls(n, f.type) for f in schema], schema=schema
    )


# --- ways ------------------------------------------------------------------------------------------------------------

DAY = date(2027, 6, 1)
NAMES = [[f"d{d}_{n}" for n in range(1, ITEMS + 1)] for d in range(DIMENSIONS)]
KEYS = ["participation", "service", "group", "wave"]


def read(folder: Path) -> int:
    """The columns that tables need, in the same pieces."""
    from analysis import streaming
    from analysis.summaries import Plan
    from analysis.tallies import columns_of

    columns = columns_of(Plan(library=datasets.outline(folder).library, day=DAY))
    return sum(len(c.responses) for piece in streaming.PIECES for c in streaming.chunks(folder, piece, columns))


def ours(folder: Path) -> int:
    """Everything that a report's tables are made of."""
    from analysis.streaming import streamed

    found = streamed(folder, day=DAY)
    return sum(cell.start.n for cell in found.clients.measures[0].changes.values())


def workers(folder: Path) -> int:
    """The same over two worker processes."""
    from distributed import LocalCluster

    from analysis.streaming import on_cluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", host="127.0.0.1"
    ) as cluster:
        found = on_cluster(folder, day=DAY, address=cluster.scheduler_address)
    return sum(cell.start.n for cell in found.clients.measures[0].changes.values())


def in_pandas(folder: Path) -> int:
    """Scores, pairs, sums by group and frequencies of changes by service, without windows."""
    import pandas as pd

    items = [id for own in NAMES for id in own]
    rows = pd.read_parquet(folder / "responses", columns=[*KEYS, *items])
    for d, own in enumerate(NAMES):
        answers = rows[own].astype("float64")
        answers[own[-1]] = 6 - answers[own[-1]]
        rows[f"d{d}"] = ((answers.mean(axis=1) - 1) * 25).where(answers.notna().sum(axis=1) >= 3)
    scores = [f"d{d}" for d in range(DIMENSIONS)]
    wanted = [*KEYS[1:3], *scores]
    start, end = (rows[rows["wave"] == wave].set_index("participation")[wanted] for wave in ("start", "end"))
    pairs = start.join(end[scores], how="inner", rsuffix="_end")
    n = 0
    for score in scores:
        own = pairs.dropna(subset=[score, f"{score}_end"])
        own = own.assign(change=own[f"{score}_end"] - own[score])
        squares = own.assign(**{f"{c}2": own[c] ** 2 for c in (score, f"{score}_end", "change")})
        named = [score, f"{score}_end", "change", f"{score}2", f"{score}_end2", "change2"]
        squares.groupby(["service", "group"], dropna=False)[named].sum()
        own.groupby(["service", own["change"].round(6)]).size()
        n = n or len(own)
    return n


def in_duckdb(folder: Path) -> int:
    """The same in SQL."""
    import duckdb

    def score(own: list[str]) -> str:
        parts = [f"(6 - {id})" if id == own[-1] else id for id in own]
        total = " + ".join(f"coalesce({part} - 1, 0)" for part in parts)
        count = " + ".join(f"({id} is not null)::int" for id in own)
        return f"case when {count} >= 3 then 25.0 * ({total}) / ({count}) end"

    columns = ", ".join(f"{score(own)} as d{d}" for d, own in enumerate(NAMES))
    changes = ", ".join(f"s.d{d}, e.d{d} as e{d}, e.d{d} - s.d{d} as c{d}" for d in range(DIMENSIONS))
    paired = [(f"{x}{d}", f"filter (c{d} is not null)") for d in range(DIMENSIONS) for x in "dec"]
    sums = ", ".join(f"count({x}) {where}, sum({x}) {where}, sum({x} * {x}) {where}" for x, where in paired)
    connection = duckdb.connect()
    connection.execute(
        f'create temp table pairs as with rows as (select participation, service, "group", wave, {columns} '
        f"from read_parquet('{folder}/responses/*/*.parquet', hive_partitioning = false)) "
        f'select s.service, s."group", {changes} from rows s join rows e using (participation) '
        "where s.wave = 'start' and e.wave = 'end'"
    )
    connection.execute(f'select service, "group", {sums} from pairs group by all').fetchall()
    for d in range(DIMENSIONS):
        counted = f"select service, round(c{d}, 6), count(*) from pairs where c{d} is not null group by all"
        connection.execute(counted).fetchall()
    (found,) = connection.execute("select count(c0) from pairs").fetchone() or (0,)
    return int(found)


WAYS: dict[str, Callable[[Path], int]] = {
    "read": read,
    "ours": ours,
    "workers": workers,
    "pandas": in_pandas,
    "duckdb": in_duckdb,
}
IMPORTS = {"read": "analysis.streaming", "ours": "analysis.streaming", "workers": "distributed", "pandas": "pandas",
           "duckdb": "duckdb"}  # fmt: skip


def measured(way: str, folder: Path) -> dict[str, float]:
    """CPU and wall seconds, and memory at most and before (MiB), of one way in this process and those it starts."""
    importlib.import_module(IMPORTS[way])
    importlib.import_module("analysis.streaming")

    def used() -> tuple[float, float]:
        own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = sum(one.ru_utime + one.ru_stime for one in (own, others))
        return cpu, max(own.ru_maxrss, others.ru_maxrss) / 1024

    (cpu, base), began = used(), time.perf_counter()
    n = WAYS[way](folder)
    wall = time.perf_counter() - began
    after, peak = used()
    return {"n": n, "cpu": after - cpu, "wall": wall, "peak": peak, "base": base}


def told(way: str, folder: Path) -> dict[str, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--one", way, str(folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{way} failed:\n{run.stderr}")
    return dict(json.loads(run.stdout.splitlines()[-1]))


def rows_of(size: int, ways: list[str], rounds: int, folder: Path) -> Iterator[str]:
    """A line for each way, in turn in each round; medians."""
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            found[way].append(told(way, folder))
    medians = {way: {k: statistics.median(run[k] for run in runs) for k in runs[0]} for way, runs in found.items()}
    reading = medians.get("read", {}).get("cpu")
    for way, one in medians.items():
        ratio = f"{one['cpu'] / reading:6.2f}" if reading else "     -"
        late = " !" if way == "ours" and ((reading and one["cpu"] > 2 * reading) or one["peak"] >= 400) else ""
        figures = f"{one['cpu']:8.2f} {ratio} {one['wall']:8.2f} {one['peak']:8.0f} {one['base']:6.0f}"
        yield f"{size:>11,}  {way:8} {figures}{late}"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--people", type=int, nargs="*", default=[100_000, 1_000_000])
    arguments.add_argument("--only", default=",".join(WAYS))
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--keep", type=Path, help="Where datasets are made, and left for the next time.")
    arguments.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.one:
        print(json.dumps(measured(given.one[0], Path(given.one[1]))))
        return
    with tempfile.TemporaryDirectory() as work:
        print(f"{os.cpu_count()} processors, medians of {given.rounds}; ! is above a goal")
        print(f"{'people':>11}  {'way':8} {'CPU s':>8} {'÷read':>6} {'wall s':>8} {'MiB':>8} {'base':>6}")
        for size in given.people:
            folder = (given.keep or Path(work)) / str(size)
            if not folder.exists():
                make(folder, size)
            for line in rows_of(size, given.only.split(","), given.rounds, folder):
                print(line, flush=True)


if __name__ == "__main__":
    main()
