"""How often, over which stores, and the table at the end."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import build as publishing
from collector.settings import Keys, write_keys
from collector.stores import open_store
from survey.model import Library
from tests.crash import judging
from tests.crash.judging import Verdict, judge
from tests.crash.load import Collector, Forms, Load
from tests.crash.powercut import Recorder, compiled

# The fixtures of servers, which are those of the stores' own tests.
from tests.stores.conftest import (  # noqa: F401
    azure_environment,
    azure_server,
    bucket,
    container,
    database,
    s3_environment,
    s3_port,
    s3_server,
    server,
)

KILLS = int(os.environ.get("KILLS", "3"))
"""How often the collector is killed, for each store; servers of stores a tenth of it."""
CUTS = int(os.environ.get("CUTS", "30"))
"""At how many moments the power is cut, for each store."""
STORES = {"sqlite": "sqlite:{}/a/store.sqlite", "folder": "folder:{}/a/store"}
"""Those on a disk of the collector's machine, below a folder."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if judging.ROWS:
        terminalreporter.section("acknowledged means stored")
        for line in judging.table():
            terminalreporter.write_line(line)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """The same in each run of a test, and another for each test."""
    return random.Random(request.node.nodeid)


@pytest.fixture
def secrets(tmp_path: Path, keys: Keys) -> Path:
    write_keys(tmp_path / "keys.json", keys)
    return tmp_path / "keys.json"


Begin = Callable[..., Collector]


@pytest.fixture
def begin(built: publishing.Built, secrets: Path) -> Iterator[Begin]:
    """Starts a collector over a store; whatever was started is ended with the test."""
    begun: list[Collector] = []

    def start(store: str, **more: object) -> Collector:
        begun.append(Collector(store, bundle=built.bundle, secrets=secrets, **more))  # type: ignore[arg-type]
        begun[-1].start()
        return begun[-1]

    yield start
    for collector in begun:
        collector.kill()


@pytest.fixture
def forms(library: Library, chance: random.Random) -> Forms:
    return Forms(library, seed=chance.getrandbits(32))


Judged = Callable[[str, Load], Verdict]


@pytest.fixture
def judged(keys: Keys) -> Judged:
    """Looks at a store after a load."""

    def look(address: str, load: Load) -> Verdict:
        store = open_store(address)
        try:
            return judge(store, keys, acknowledged=list(load.acknowledged.values()), begun=load.begun)
        finally:
            store.close()

    return look


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def recorder(shim: Path, tmp_path: Path) -> Recorder:
    """Writes down what a collector does to the files below a folder, and makes its writes fail."""
    (tmp_path / "disk").mkdir()
    return Recorder(shim, root=tmp_path / "disk", beside=tmp_path)
