"""Stores on other machines tell their time, for the doctor."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, datetime

import pytest

from collector.doctor import TellsTime, Visit, storing
from collector.settings import Settings
from collector.stores import open_store
from collector.stores.folder import FolderStore
from collector.stores.sqlite import SQLiteStore


@pytest.mark.slow
@pytest.mark.parametrize("place", ["database", "bucket"])
def test_the_server_tells_its_time(request: pytest.FixtureRequest, place: str) -> None:
    """It is that of this machine here; the doctor asks while its record is there."""
    address = str(request.getfixturevalue(place))
    store = open_store(address)
    settings = dataclasses.replace(Settings(), store=address)
    now = datetime.now(UTC)
    visit = Visit(settings=settings, bundle=None, store=store, now=now, random=random.Random(4).randbytes)
    assert [finding.sentence for finding in storing(visit)] == [
        "The store keeps a record, overwrites nothing, and removes what it is told.",
        "The clock agrees with that of the store's machine.",
    ]
    assert list(store.scan("")) == []
    store.close()


def test_stores_on_this_machine_tell_none() -> None:
    """They would only repeat what the machine says."""
    assert not issubclass(SQLiteStore, TellsTime) and not issubclass(FolderStore, TellsTime)
