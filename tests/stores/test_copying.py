"""From one kind of store to another and back: every record, nothing overwritten, and what differs is told."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.opening import all_keys
from collector.stores import open_store
from mittari import main

RECORDS = {f"n/{n:04}": b"\0\xff%d" % n for n in range(1500)} | {"a": b"", "z/ä".encode().hex(): b"x" * 70_000}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["store", "copy", *arguments], catch_exceptions=False)


def filled(address: str, records: dict[str, bytes]) -> str:
    store = open_store(address)
    assert all(store.create(key, body) for key, body in records.items())
    store.close()
    return address


def held(address: str) -> dict[str, bytes | None]:
    store = open_store(address)
    found = {key: store.read(key) for key in all_keys(store)}
    store.close()
    return found


def addresses(folder: Path, names: Sequence[str]) -> list[str]:
    return [f"sqlite:{folder / name}.sqlite" for name in names]


def test_there_and_back(tmp_path: Path, database: str) -> None:
    """SQLite to PostgreSQL to a folder to another SQLite: the same bytes everywhere."""
    first, last = addresses(tmp_path, ["first", "last"])
    way = [filled(first, RECORDS), database, f"folder:{tmp_path / 'records'}", last]
    said = f"{len(RECORDS)} records are in both and the same, {len(RECORDS)} of them new.\n"
    for source, target in itertools.pairwise(way):
        done = run(source, target)
        assert (done.exit_code, done.output) == (0, said)
    assert [held(address) for address in way] == [RECORDS] * 4


def test_again_after_it_was_broken_off(tmp_path: Path) -> None:
    """What is there and the same is left; what is new is added; what only the target has is counted."""
    source, target = addresses(tmp_path, ["source", "target"])
    filled(source, {"a": b"1", "b": b"2", "c": b"3"})
    filled(target, {"a": b"1", "d": b"4"})
    done = run(source, target)
    assert done.output == "3 records are in both and the same, 2 of them new. The target has 1 more.\n"
    assert held(target) == {"a": b"1", "b": b"2", "c": b"3", "d": b"4"}


def test_another_record_is_not_overwritten(tmp_path: Path) -> None:
    """The first that differs ends the command, by its key."""
    source, target = addresses(tmp_path, ["source", "target"])
    filled(source, {"a": b"1", "b": b"2"})
    filled(target, {"b": b"other"})
    done = run(source, target)
    assert done.exit_code == 1 and done.output == (
        "The store that is copied to has another record under 'b'. Nothing was overwritten. Copy to an empty store.\n"
    )
    assert held(target) == {"a": b"1", "b": b"other"}


def test_what_comes_meanwhile_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A collector that was not stopped: the command says so rather than that all is well."""
    from collector.stores import copying

    source, target = addresses(tmp_path, ["source", "target"])
    filled(source, {"a": b"1"})
    really = copying.unlike

    def while_somebody_sends(*arguments):  # type: ignore[no-untyped-def]
        filled(source, {"late": b"2"})
        return really(*arguments)

    monkeypatch.setattr(copying, "unlike", while_somebody_sends)
    done = run(source, target)
    assert done.exit_code == 1 and done.output == (
        "1 records are not the same in both: the source was written to meanwhile. Stop the collector and run the command "
        "again.\n"
    )


def test_wrong_addresses(tmp_path: Path) -> None:
    """The same store twice; one that is not there, which is not made; one of no known kind."""
    source, target = addresses(tmp_path, ["source", "target"])
    assert run(source, source).exit_code == 2
    done = run(source, target)
    assert done.exit_code == 1 and done.output.startswith(f"There is no store at '{tmp_path / 'source.sqlite'}'.")
    done = run(f"folder:{tmp_path / 'records'}", target)
    assert done.exit_code == 1 and done.output.startswith(f"There is no store at '{tmp_path / 'records'}'.")
    assert list(tmp_path.iterdir()) == []
    filled(source, {})
    assert run(source, "mysql://x/y").exit_code == 1
