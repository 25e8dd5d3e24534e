"""Disks that are full, read-only or broken under a collector: it refuses, loses nothing, and goes on without a restart."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.crash.conftest import STORES, Begin, Judged
from tests.crash.judging import report
from tests.crash.load import Collector, Forms, Load
from tests.crash.powercut import Recorder
from tests.crash.small_disk import SmallDisk

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path / "small", size="1m")
    yield made
    made.close()


def through(
    collector: Collector,
    forms: Forms,
    *,
    break_it: Callable[[], object],
    mend: Callable[[], object],
    after: Load | None = None,
) -> Load:
    """A load while a disk breaks, until some were refused, and on after it was mended. `after` is one before it over the
    same store, whose forms are counted with its own."""
    load = Load(forms, lambda: collector.port)
    if after:
        load.begun, load.acknowledged = after.begun, after.acknowledged
    before = len(load.acknowledged)
    with load:
        load.listening()
        # In all, not more from now on: a small disk may be full before this line is reached.
        load.reach(before + 5)
        break_it()
        load.trouble(20)
        mend()
        load.more(20)
    assert load.acknowledged.keys() == load.begun.keys() and load.unanswered == 0
    return load


@pytest.mark.parametrize("kind", STORES)
def test_a_full_disk(kind: str, disk: SmallDisk, begin: Begin, forms: Forms, judged: Judged, tmp_path: Path) -> None:
    """Filled by answers alone; when there is room again, what was refused is sent again and stored."""
    collector = begin(STORES[kind].format(disk.folder), before=disk.enter)
    load = through(collector, forms, break_it=lambda: None, mend=lambda: disk.remount("size=32m"))
    verdict = report(
        f"disk of 1 MB filled, {kind}", load.refused, judged(STORES[kind].format(kept(collector, disk, tmp_path)), load)
    )
    assert verdict.sound, verdict
    assert any("disk is full" in line or "no space left" in line for line in collector.said)


def test_a_read_only_file_system(disk: SmallDisk, begin: Begin, forms: Forms, judged: Judged, tmp_path: Path) -> None:
    """As a kernel makes it of a disk that has errors. Under SQLite, which holds its files open, see the next test."""
    disk.remount("size=32m")
    collector = begin(STORES["folder"].format(disk.folder), before=disk.enter)
    load = through(
        collector,
        forms,
        # A file that is open for writing at this moment forbids it.
        break_it=lambda: until(lambda: disk.remount("ro")),
        mend=lambda: disk.remount("rw"),
    )
    verdict = report(
        "remounted read-only, folder",
        load.refused,
        judged(STORES["folder"].format(kept(collector, disk, tmp_path)), load),
    )
    assert verdict.sound, verdict


FAULTS = {
    "read-only": {"writes": errno.EROFS},
    "full": {"writes": errno.ENOSPC},
    "I/O error": {"writes": errno.EIO},
    "I/O error in syncs": {"syncs": errno.EIO},
}


@pytest.mark.parametrize("kind", STORES)
def test_writes_that_fail(kind: str, recorder: Recorder, begin: Begin, forms: Forms, judged: Judged) -> None:
    """Every write or every sync fails with an error of the kernel, in the middle of whatever is under way: one after the
    other, under one collector that lives through all of it."""
    collector = begin(STORES[kind].format(recorder.root), environ=recorder.environ)
    load = None
    for fault, codes in FAULTS.items():
        load = through(collector, forms, break_it=partial(recorder.fail, **codes), mend=recorder.fail, after=load)
        verdict = report(f"writes fail, {fault}, {kind}", load.refused, judged(collector.store, load))
        assert verdict.sound, verdict


def kept(collector: Collector, disk: SmallDisk, folder: Path) -> Path:
    """A copy of what is on a small disk, when the collector has ended: SQLite takes no path through a namespace."""
    collector.stop()
    return Path(shutil.copytree(disk.outside, folder / "kept"))


def until(done: Callable[[], None]) -> None:
    """Tries until it succeeds."""
    for _ in range(1000):
        try:
            return done()
        except subprocess.CalledProcessError:
            continue
    raise AssertionError("it was never possible")
