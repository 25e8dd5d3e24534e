"""The power goes at any moment, and only what was synced is there again: all that was acknowledged, once and whole."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.settings import Keys
from collector.stores import StoreTrouble, open_store
from tests.crash.conftest import CUTS, STORES, Begin
from tests.crash.judging import NOTHING, Verdict, judge, report, unreadable
from tests.crash.load import Acknowledged, Collector, Forms, Load, post
from tests.crash.powercut import Disk, Recorder

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Recorded:
    """A load over a collector whose deeds are written down."""

    recorder: Recorder
    load: Load

    def cuts(self, chance: random.Random, count: int, folder: Path) -> Iterator[tuple[Path, set[str]]]:
        """So many disks after a cut, each with the ids acknowledged by then: every second one right after an
        acknowledgement, the others anywhere; every second one strict, the others torn."""
        entries = list(self.recorder.entries())
        acknowledged = [at for at, entry in enumerate(entries) if entry.kind == "a"]
        moments = sorted(chance.choice(acknowledged) if n % 2 else chance.randrange(len(entries)) for n in range(count))
        disk, done, told = Disk(self.recorder), 0, set[str]()
        for n, moment in enumerate(moments):
            for entry in entries[done : moment + 1]:
                disk.do(entry)
                told |= {entry.path} if entry.kind == "a" else set()
            done = moment + 1
            disk.cut(folder / f"{n}", torn=chance if n % 4 > 1 else None)
            yield folder / f"{n}", set(told)
            shutil.rmtree(folder / f"{n}")
        for entry in entries[done:]:
            disk.do(entry)
        # The log tells the whole story: nothing was done to the files that it does not know of.
        root = self.recorder.root
        there = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
        assert disk.seen() == {name: path.read_bytes() for name, path in there.items() if not name.endswith("-shm")}


Record = Callable[..., Recorded]


@pytest.fixture
def record(recorder: Recorder, begin: Begin, forms: Forms) -> Record:
    """Lets a collector have two lives under load, each ended in order, and writes down what it did."""

    def lived(kind: str, *, each: int, plants: Sequence[str] = ()) -> Recorded:
        address = STORES[kind].format(recorder.root)
        collector: Collector = begin(address, plants=plants, environ=recorder.environ)
        load = Load(forms, lambda: collector.port, on_acknowledged=lambda sent: recorder.acknowledged(sent.id))
        with load:
            load.listening()
            load.more(each)
            collector.stop()
            collector.start()
            load.listening()
            load.more(each)
        collector.stop()
        assert not load.wrong
        return Recorded(recorder, load)

    return lived


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: hundreds of disks are written there and thrown away."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


Judge = Callable[[str, Recorded, int], Verdict]


@pytest.fixture
def judge_cuts(keys: Keys, chance: random.Random, quick: Path) -> Judge:
    """Opens the store from each disk and looks."""

    def look(kind: str, recorded: Recorded, count: int) -> Verdict:
        whole = NOTHING
        for disk, told in recorded.cuts(chance, count, quick):
            acknowledged = [recorded.load.acknowledged[id] for id in sorted(told)]
            try:
                store = open_store(STORES[kind].format(disk))
            except StoreTrouble as trouble:
                whole += unreadable(len(acknowledged), trouble)
                continue
            whole += judge(store, keys, acknowledged=acknowledged, begun=recorded.load.begun)
            store.close()
        return whole

    return look


@pytest.mark.parametrize("kind", STORES)
def test_power_cut(kind: str, record: Record, judge_cuts: Judge) -> None:
    """Nothing that was acknowledged before the cut is lost, wherever it comes; also in the store's first moments."""
    verdict = report(f"power cut, {kind}", CUTS, judge_cuts(kind, record(kind, each=60 + CUTS // 10), CUTS))
    assert verdict.acknowledged and verdict.sound, verdict


@pytest.mark.parametrize(
    ("kind", "plant"),
    [
        ("sqlite", "synchronous=off"),
        ("sqlite", "synchronous=normal"),
        ("folder", "unsynced-file"),
        ("folder", "unsynced-folder"),
    ],
)
def test_what_is_not_synced_is_found_lost(kind: str, plant: str, record: Record, judge_cuts: Judge) -> None:
    """The same with a collector that syncs less: the harness must say so."""
    recorded = record(kind, each=30, plants=[plant])
    verdict = report(f"power cut, {kind}, {plant}", 20, judge_cuts(kind, recorded, 20), planted=True)
    assert verdict.lost, verdict


@pytest.mark.parametrize("kind", STORES)
def test_after_a_power_cut_the_service_goes_on(
    kind: str, record: Record, begin: Begin, keys: Keys, chance: random.Random, tmp_path: Path
) -> None:
    """Over what the disk has: everybody sends again what they sent, and each gets their receipt and one record."""
    recorded = record(kind, each=30)
    disk, _told = next(recorded.cuts(chance, 1, tmp_path))
    collector = begin(STORES[kind].format(disk))
    line = http.client.HTTPConnection("127.0.0.1", collector.port)
    answers = {sent.id: post(line, sent.body) for sent in recorded.load.begun.values()}
    line.close()
    collector.stop()
    assert {answer.status for answer in answers.values()} == {201}
    assert all(answers[id].receipt == one.receipt for id, one in recorded.load.acknowledged.items())
    acknowledged = [Acknowledged(sent=sent, receipt=answers[id].receipt) for id, sent in recorded.load.begun.items()]
    store = open_store(collector.store)
    verdict = judge(store, keys, acknowledged=acknowledged, begun=recorded.load.begun)
    store.close()
    assert report(f"all sent again after a power cut, {kind}", 1, verdict).sound, verdict
