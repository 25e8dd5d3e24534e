"""The collector is killed under load, again and again: what was acknowledged is stored, once and whole."""

from __future__ import annotations

import random

import obstore
import pytest
from obstore import exceptions
from obstore.store import S3Store

from collector.settings import Keys
from tests.crash.conftest import KILLS, Begin, Judged
from tests.crash.judging import report
from tests.crash.load import Collector, Forms, Load, Sent
from tests.stores.object_servers import SeaweedFS
from tests.stores.postgresql import Server
from tests.stores.test_contract import ADDRESSES

pytestmark = pytest.mark.slow


def killed(collector: Collector, load: Load, chance: random.Random, times: int) -> None:
    """Kills a collector so often, each time after some more acknowledgements, while others are under way."""
    with load:
        load.listening()
        for _ in range(times):
            load.more(chance.randint(1, 60))
            collector.kill()
            collector.start()
            load.listening()
        load.more(20)


@pytest.mark.parametrize("kind", ADDRESSES)
def test_kill_of_the_collector(
    kind: str, request: pytest.FixtureRequest, begin: Begin, forms: Forms, keys: Keys, judged: Judged,
    chance: random.Random,
) -> None:  # fmt: skip
    """Whatever was not acknowledged is sent again with the same id, and ends in one record."""
    address = ADDRESSES[kind](request, request.getfixturevalue("tmp_path"))
    forms.invite(address, keys, count=5 * KILLS)
    collector = begin(address)
    load = Load(forms, lambda: collector.port)
    killed(collector, load, chance, KILLS)
    verdict = report(f"kill -9 of the collector, {kind}", KILLS, judged(address, load))
    assert verdict.sound, verdict
    assert load.acknowledged.keys() == load.begun.keys() and load.unanswered >= KILLS and not load.wrong


def store_killed(load: Load, server: Server | SeaweedFS, chance: random.Random, times: int) -> None:
    """Kills the server of a store so often; the collector lives on. Until it is there again, forms are refused."""
    with load:
        load.listening()
        for _ in range(times):
            load.more(chance.randint(10, 60))
            server.kill()
            load.trouble(1)
            server.start()
        load.more(20)


STORE_KILLS = max(KILLS // 10, 1)


def test_kill_of_postgresql(
    database: str, server: Server, begin: Begin, forms: Forms, judged: Judged, chance: random.Random
) -> None:
    """The database's own process is killed and started again: the collector connects again by itself."""
    collector = begin(database)
    load = Load(forms, lambda: collector.port)
    store_killed(load, server, chance, STORE_KILLS)
    verdict = report("kill -9 of PostgreSQL", STORE_KILLS, judged(database, load))
    assert verdict.sound and load.acknowledged.keys() == load.begun.keys(), verdict


class Witness:
    """Reads each submission by a client of its own at the moment of its acknowledgement, in one try."""

    def __init__(self, address: str) -> None:
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        self._client = S3Store(
            bucket, prefix=prefix, client_options={"allow_http": True}, retry_config={"max_retries": 0}
        )
        self.seen: set[str] = set()
        self.missing: set[str] = set()
        """Acknowledged, and the server said that it has none."""

    def look(self, sent: Sent) -> None:
        """Where the server is down at this moment, nothing is known."""
        try:
            obstore.get(self._client, f"{sent.key}.record").bytes()
        except FileNotFoundError:
            self.missing.add(sent.key)
        except (exceptions.BaseError, OSError):
            return
        else:
            self.seen.add(sent.key)


def test_kill_of_an_s3_server(
    bucket: str, s3_server: SeaweedFS, begin: Begin, forms: Forms, judged: Judged, chance: random.Random
) -> None:
    """Likewise; no answer within the time that a respondent waits is a refusal too."""
    collector = begin(bucket)
    witness = Witness(bucket)
    load = Load(forms, lambda: collector.port, on_acknowledged=witness.look)
    store_killed(load, s3_server, chance, STORE_KILLS)
    verdict = report("kill -9 of the S3 server", STORE_KILLS, judged(bucket, load))
    assert verdict.sound and load.acknowledged.keys() == load.begun.keys(), verdict
    assert witness.seen and not witness.missing, witness.missing


def test_what_is_not_there_when_it_is_acknowledged_is_seen(bucket: str, begin: Begin, forms: Forms) -> None:
    """By the witness, where a collector acknowledges before it stores."""
    collector = begin(bucket, plants=["early-acknowledgement"])
    witness = Witness(bucket)
    with Load(forms, lambda: collector.port, on_acknowledged=witness.look) as load:
        load.listening()
        load.more(20)
    assert witness.missing


@pytest.mark.parametrize("kind", ["sqlite", "folder"])
def test_what_is_acknowledged_too_early_is_found_lost(
    kind: str, request: pytest.FixtureRequest, begin: Begin, forms: Forms, judged: Judged, chance: random.Random
) -> None:
    """The same with a collector that acknowledges before it commits: the harness must say so."""
    address = ADDRESSES[kind](request, request.getfixturevalue("tmp_path"))
    collector = begin(address, plants=["early-acknowledgement"])
    load = Load(forms, lambda: collector.port)
    killed(collector, load, chance, 3)
    verdict = report(f"acknowledged before the commit, {kind}", 3, judged(address, load), planted=True)
    assert verdict.lost and not verdict.doubled
