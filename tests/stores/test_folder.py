"""What is the folder's own: names, rights, syncing, and what a power cut may leave."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from collector.stores import StoreTrouble
from collector.stores.folder import FolderStore

ROOT = Path(__file__).parent.parent.parent
RACER = """
import sys
from pathlib import Path
from collector.stores.folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
print(*(n for n in range(300) if store.create(f"k{n % 7}/{n}", sys.argv[2].encode())))
"""


def test_files_and_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Answers are personal data, also where the folder was there before."""
    (tmp_path / "s").mkdir(mode=0o755)
    FolderStore(tmp_path / "s").create("a/b/1", b"x")
    modes = {path.relative_to(tmp_path).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {"s": 0o700, "s/a": 0o700, "s/a/b": 0o700, "s/a/b/1.record": 0o600}


def test_every_file_and_folder_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file before it gets its name; each new folder into the one above; the name into its folder."""
    synced: list[int] = []
    fsync, link = os.fsync, os.link

    def observed(file: int) -> None:
        synced.append(os.fstat(file).st_ino)
        fsync(file)

    def linked(new: Path, final: Path) -> None:
        assert synced[-1] == new.stat().st_ino
        synced.clear()
        link(new, final)

    monkeypatch.setattr(os, "fsync", observed)
    store = FolderStore(tmp_path / "s")
    assert synced == [tmp_path.stat().st_ino]
    store._make(tmp_path / "s" / "a" / "b")
    assert synced[1:] == [(tmp_path / name).stat().st_ino for name in ("s", "s/a")]
    monkeypatch.setattr(os, "link", linked)
    assert store.create("a/b/1", b"x") is True
    assert synced == [(tmp_path / "s/a/b").stat().st_ino]
    assert store.create("a/b/1", b"y") is False
    assert synced == [(tmp_path / "s/a/b").stat().st_ino]
    synced.clear()
    FolderStore(tmp_path / "s").create("a/b/2", b"x")
    assert synced == [(tmp_path / "s/a/b").stat().st_ino]
    synced.clear()
    store.remove("a/b/1")
    assert synced == [(tmp_path / "s/a/b").stat().st_ino]


def test_a_record_that_is_seen_before_its_folder_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it syncs first: a retry may be told that the answers are stored."""
    store, synced = FolderStore(tmp_path / "s"), []
    store.create("a", b"x")
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_ino))
    assert store.read("a") == b"x" and synced == []
    os.link(tmp_path / "s" / "a.record", tmp_path / "s" / ".a.record.0.new")
    assert store.read("a") == b"x" and synced == [(tmp_path / "s").stat().st_ino]


def test_what_is_half_written_is_never_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while it is written nor where a power cut left it; and erasing takes it away."""
    store, seen = FolderStore(tmp_path / "s"), []
    link = os.link

    def cut(new: Path, final: Path) -> None:
        seen.append((new.exists(), list(store.scan("")), store.read("a")))
        link(new, tmp_path / "s" / ".a.record.0.new")
        link(new, final)

    monkeypatch.setattr(os, "link", cut)
    assert store.create("a", b"x") is True
    assert seen == [(True, [], None)]
    assert list(store.scan("")) == ["a"]
    store.remove("a")
    assert list((tmp_path / "s").iterdir()) == []


def test_a_name_that_cannot_be_synced_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not acknowledged is not there, and nothing is left."""
    store = FolderStore(tmp_path / "s")
    fsync = os.fsync

    def broken(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(5, "Input/output error")
        fsync(file)

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StoreTrouble) as error:
        store.create("a", b"x")
    assert str(error.value) == "The record could not be stored: input/output error."
    assert list((tmp_path / "s").iterdir()) == []


def test_keys_stay_inside_the_folder(tmp_path: Path) -> None:
    """No text of a key leads elsewhere, and no two keys are one file where letters' case does not count."""
    store = FolderStore(tmp_path / "in" / "s")
    keys = sorted(["../x", "/x", "a//b", ".", "..", "A", "a", "a.record", "a.record/b", "%41", "ä", "a\\b", "", "a/"])
    for key in keys:
        assert store.create(key, key.encode()) is True
    assert list(store.scan("")) == keys
    assert [store.read(key) for key in keys] == [key.encode() for key in keys]
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["s"]
    names = [path.as_posix() for path in tmp_path.rglob("*.record")]
    assert len({name.lower() for name in names}) == len(keys)


def test_of_two_processes_one_is_first(tmp_path: Path) -> None:
    """Each key is won by one of them, whose bytes are what is stored."""
    command = [sys.executable, "-c", RACER, str(tmp_path / "s")]
    racers = {
        name: subprocess.Popen([*command, name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    }
    for racer in racers.values():
        assert racer.stdout and racer.stdout.readline() == "ready\n"
    for racer in racers.values():
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = {name: set(map(int, racer.communicate()[0].split())) for name, racer in racers.items()}
    assert won["one"] | won["two"] == set(range(300)) and not won["one"] & won["two"]
    store = FolderStore(tmp_path / "s")
    for name, numbers in won.items():
        assert {store.read(f"k{n % 7}/{n}") for n in numbers} <= {name.encode()}
    assert len(list(store.scan("k"))) == 300


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder should be is said in words."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreTrouble) as error:
        FolderStore(tmp_path / "file" / "s")
    assert str(error.value) == f"The store '{tmp_path / 'file' / 's'}' cannot be opened: not a directory."
