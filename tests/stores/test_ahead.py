"""A store that looks ahead says what the store itself would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.stores.ahead import LookingAhead
from collector.stores.sqlite import SQLiteStore

KEYS = [
    "participation/p_1/0001", "participation/p_1/0002", "participation/p_2/0001", "submission/p_1/a/start/1",
    "submission/p_1/a/start/2", "submission/p_1/b/end/1", "submission/p_2/a/start/1", "tombstone/p_1/a/start",
    "tombstone/p_2", "code/1",
]  # fmt: skip
PREFIXES = [
    "participation/p_1/", "submission/p_1/", "submission/p_1/a/start/", "submission/p_1/c/", "tombstone/p_1",
    "tombstone/p_1/a", "participation/p_2/", "tombstone/p_2", "participation/p_3/", "submission/", "", "code/", "part",
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(tmp_path / "s.sqlite")
    for key in KEYS:
        opened.create(key, key.encode())
    yield opened
    opened.close()


@pytest.mark.parametrize("order", [PREFIXES, PREFIXES[::-1]])
def test_every_look_is_that_of_the_store(store: SQLiteStore, order: list[str]) -> None:
    """Whatever was looked at before, of one participation or another, and of what there is nothing."""
    ahead = LookingAhead(store)
    for prefix in order:
        assert list(ahead.scan(prefix)) == list(store.scan(prefix)), prefix
        for key in [*KEYS, "participation/p_1/0003", "submission/p_1/a/start/3", "tombstone/p_1", "code/2"]:
            assert ahead.read(key) == store.read(key), (prefix, key)


def test_what_is_written_through_it_is_seen(store: SQLiteStore) -> None:
    """Nothing is remembered over a write, whoever else wrote meanwhile."""
    ahead = LookingAhead(store)
    assert list(ahead.scan("tombstone/p_1/a/end")) == []
    store.create("tombstone/p_1/a/end", b"x")
    assert ahead.create("submission/p_1/a/end/1", b"x") is True
    assert list(ahead.scan("tombstone/p_1/a/end")) == ["tombstone/p_1/a/end"]
    assert ahead.create_in_order(("receipt/1", b"x"), ("submission/p_1/a/end/2", b"x")) == 2
    assert list(ahead.scan("submission/p_1/a/end/")) == ["submission/p_1/a/end/1", "submission/p_1/a/end/2"]
    ahead.remove("submission/p_1/a/end/1")
    assert list(ahead.scan("submission/p_1/a/end/")) == ["submission/p_1/a/end/2"]
