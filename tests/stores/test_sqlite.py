"""What is SQLite's own: the file, its guards, and how trouble is said."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from collector.stores import StoreTrouble
from collector.stores.sqlite import SQLiteStore


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Answers are personal data from the first moment."""
    SQLiteStore(tmp_path / "new" / "s.sqlite").close()
    assert (tmp_path / "new" / "s.sqlite").stat().st_mode & 0o077 == 0


def test_commits_are_synced_whole(tmp_path: Path) -> None:
    """Every connection is in WAL with FULL: with NORMAL a power cut loses acknowledged answers."""
    store = SQLiteStore(tmp_path / "s.sqlite")
    store.create("a", b"x")
    store.read("a")
    for connection in store._opened:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
        assert connection.execute("pragma synchronous").fetchone() == (2,)
        assert connection.execute("pragma secure_delete").fetchone() == (1,)
    store.close()


def test_the_folders_above_it_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each into the one above it, also where they were there before: a power cut must not take the store's folder."""
    synced: list[int] = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(os.fstat(file).st_ino), fsync(file)))
    path = tmp_path / "a" / "b" / "s.sqlite"
    SQLiteStore(path).close()
    assert {(tmp_path / name).stat().st_ino for name in ("", "a")} <= set(synced)
    synced.clear()
    SQLiteStore(path).close()
    assert (tmp_path / "a").stat().st_ino in synced


def test_the_table_is_strict(tmp_path: Path) -> None:
    """A value of another type is refused by the file itself."""
    store = SQLiteStore(tmp_path / "s.sqlite")
    with pytest.raises(sqlite3.IntegrityError):
        store._writer.execute("insert into record values ('a', 'text, not bytes')")
    store.close()


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Neither a foreign database nor a text file is touched."""
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("create table t (x)")
    other.close()
    with pytest.raises(StoreTrouble, match="is a database of another program. Choose another file."):
        SQLiteStore(path)
    text = tmp_path / "notes.txt"
    text.write_text("not a database " * 100)
    with pytest.raises(StoreTrouble, match="cannot be opened: file is not a database."):
        SQLiteStore(text)
    assert text.read_text().startswith("not a database")


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    """An older Mittari does not guess at what a later one wrote."""
    path = tmp_path / "s.sqlite"
    store = SQLiteStore(path)
    store._writer.execute("pragma user_version = 99")
    store.close()
    with pytest.raises(StoreTrouble, match="was written by a later Mittari. Update Mittari first."):
        SQLiteStore(path)


def test_trouble_on_writing_stores_nothing_and_passes(tmp_path: Path) -> None:
    """A database that cannot be written raises for those who wait, and works again afterwards."""
    store = SQLiteStore(tmp_path / "s.sqlite")
    store._writer.execute("pragma query_only = on")
    with pytest.raises(StoreTrouble, match="The record could not be stored: attempt to write a readonly database."):
        store.create("a", b"x")
    store._writer.execute("pragma query_only = off")
    assert store.read("a") is None
    assert store.create("a", b"x") is True
    store.close()


def test_a_file_that_is_moved_away_is_not_made_anew(tmp_path: Path) -> None:
    """Whoever reads or writes from then on finds trouble, and what was acknowledged is whole in the moved file."""
    path = tmp_path / "s.sqlite"
    store = SQLiteStore(path)
    store.create("a", b"x")
    path.rename(tmp_path / "moved.sqlite")
    with pytest.raises(StoreTrouble, match="The store cannot be read"):
        store.read("a")
    with pytest.raises(StoreTrouble, match="its file was moved away or replaced; start the collector again"):
        store.create("b", b"x")
    assert not path.exists()
    store.close()
    (tmp_path / "s.sqlite-wal").rename(tmp_path / "moved.sqlite-wal")
    again = SQLiteStore(tmp_path / "moved.sqlite")
    assert again.read("a") == b"x" and again.read("b") is None
    again.close()


def test_a_file_that_another_takes_the_place_of_is_noticed(tmp_path: Path) -> None:
    """As by restoring a backup under a running collector: what it wrote would be in no file that anybody opens."""
    path = tmp_path / "s.sqlite"
    store, other = SQLiteStore(path), SQLiteStore(tmp_path / "other.sqlite")
    other.close()
    (tmp_path / "other.sqlite").replace(path)
    with pytest.raises(StoreTrouble, match="The record could not be stored: its file was moved away or replaced"):
        store.create("a", b"x")
    store.close()


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a folder should be is said in words."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreTrouble, match=r"cannot be opened: .*\."):
        SQLiteStore(tmp_path / "file" / "s.sqlite")
