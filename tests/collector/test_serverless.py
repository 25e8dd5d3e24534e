"""A function's store: opened when it is needed, and again where that did not succeed."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.opening import opened
from collector.serverless import StoreWhenAsked
from collector.stores import StoreTrouble


def test_nothing_is_opened_before_it_is_needed(tmp_path: Path) -> None:
    """Then it is the store at the address, whole."""
    store = StoreWhenAsked(f"sqlite:{tmp_path / 'store.sqlite'}")
    assert not (tmp_path / "store.sqlite").exists()
    assert store.create("a", b"1") and not store.create("a", b"2")
    assert store.create_in_order(("b", b"3"), ("a", b"4"), ("c", b"5")) == 1
    assert list(store.scan("")) == ["a", "b", *opened(f"sqlite:{tmp_path / 'store.sqlite'}").scan("format/")]
    assert store.below("b", "c") == {"b": b"3"}
    store.remove("b")
    assert (store.read("a"), store.read("b")) == (b"1", None)
    store.close()


def test_what_could_not_be_opened_is_tried_again(tmp_path: Path) -> None:
    """A request that comes later finds it, in the same instance."""
    (tmp_path / "var").write_text("a file where the folder should be")
    store = StoreWhenAsked(f"sqlite:{tmp_path / 'var' / 'store.sqlite'}")
    for _ in range(2):
        with pytest.raises(StoreTrouble):
            store.read("a")
    (tmp_path / "var").unlink()
    assert store.create("a", b"1")
    store.close()
