"""Lines that cut, lose, delay and trickle, before the collector and between it and its store, on every request."""

from __future__ import annotations

import random
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests import lines
from tests.crash.conftest import KILLS, Begin, Judged
from tests.crash.judging import Verdict, report
from tests.crash.load import Forms, Load
from tests.lines import Line
from tests.stores.postgresql import Server

pytestmark = pytest.mark.slow

FORMS = 60 + 2 * KILLS
"""How many forms must come through."""
NOT_STORED = frozenset({400, 503})


def faulty(request: bytes, *, chance: random.Random) -> Iterator[bytes]:
    """One of the things that may happen to a request on its way."""
    changes: list[lines.Change] = [
        lines.unchanged,
        partial(lines.cut, keep=chance.random()),
        partial(lines.cut, keep=chance.random(), mended=True),
        # Into the last field, which shows that the body is whole.
        partial(lines.cut, keep=1 - 1 / len(request), mended=True),
        partial(lines.trickled, piece=max(len(request) // 20, 1), pause=0.01),
        partial(late, pause=chance.random() / 5),
    ]
    return chance.choices(changes, weights=[8, 2, 2, 1, 1, 1])[0](request)


def late(request: bytes, *, pause: float) -> Iterator[bytes]:
    """It arrives when its sender has given up, and may have sent it again."""
    yield lines.HANG_UP
    threading.Event().wait(pause)
    yield request


Sending = Callable[..., tuple[Load, Verdict]]


@pytest.fixture
def sending(tmp_path: Path, begin: Begin, forms: Forms, judged: Judged, chance: random.Random) -> Sending:
    """Sends forms through a faulty line to a collector that has some plants."""

    def send(*, count: int, plants: Sequence[str] = (), again: frozenset[int] = NOT_STORED) -> tuple[Load, Verdict]:
        collector = begin(f"sqlite:{tmp_path / 'store.sqlite'}", plants=plants)
        with Line(
            ("127.0.0.1", collector.port),
            http=True,
            change=partial(faulty, chance=chance),
            lose=lambda request, answer: chance.random() < 0.2,
        ) as line:
            load = Load(forms, lambda: line.port, again=again, deaf_is_down=False)
            with load:
                load.more(count)
            assert line.lost
        return load, judged(collector.store, load)

    return send


@pytest.mark.parametrize("plants", [[], ["short-bodies"]], ids=["our server", "a server that hands short bodies on"])
def test_a_faulty_line_before_the_collector(plants: list[str], sending: Sending) -> None:
    """Bodies cut short, with their length mended or not, answers lost after the commit, and what arrives when its
    sender has sent it again: each form ends in one whole record."""
    load, verdict = sending(count=FORMS, plants=plants)
    said = "faulty line to the collector" + (", short bodies handed on" if plants else "")
    assert report(said, load.unanswered + load.refused, verdict).sound, verdict
    assert load.unanswered and load.refused and load.acknowledged.keys() == load.begun.keys()


def test_a_body_that_is_not_judged_by_its_length_is_found_partial(sending: Sending) -> None:
    """The same with a collector that compares no length and asks for no last field: the harness must say so."""
    load, verdict = sending(
        count=30, plants=["short-bodies", "no-length", "no-end"], again=NOT_STORED | {200, 409, 422}
    )
    report("no length check", load.unanswered + load.refused, verdict, planted=True)
    assert verdict.partial


def test_a_faulty_line_to_postgresql(
    database: str, server: Server, begin: Begin, forms: Forms, judged: Judged, chance: random.Random
) -> None:
    """Answers of the database are lost, also that a commit was done: what nobody knows is looked up."""
    name = ".s.PGSQL.5432"
    with (
        # A path to a socket may have a hundred characters.
        tempfile.TemporaryDirectory() as short,
        Line(
            server.folder / name,
            at=Path(short, name),
            lose=lambda request, answer: b"insert into record" in request and chance.random() < 0.3,
        ) as line,
    ):
        collector = begin(database.replace(str(server.folder), short))
        load = Load(forms, lambda: collector.port)
        with load:
            load.listening()
            load.more(FORMS)
        collector.stop()
    verdict = report("faulty line to PostgreSQL", len(line.lost), judged(database, load))
    assert verdict.sound and line.lost and load.acknowledged.keys() == load.begun.keys(), verdict


def test_a_faulty_line_to_an_object_store(
    bucket: str, s3_port: int, begin: Begin, forms: Forms, judged: Judged, chance: random.Random
) -> None:
    """Likewise, and the client, which asks again by itself, meets its own object there."""
    with Line(
        ("127.0.0.1", s3_port),
        http=True,
        lose=lambda request, answer: request.startswith(b"PUT") and chance.random() < 0.3,
    ) as line:
        collector = begin(bucket, environ={"AWS_ENDPOINT_URL": f"http://127.0.0.1:{line.port}"})
        load = Load(forms, lambda: collector.port)
        with load:
            load.listening()
            load.more(FORMS)
        collector.stop()
    verdict = report("faulty line to the S3 server", len(line.lost), judged(bucket, load))
    assert verdict.sound and line.lost and load.acknowledged.keys() == load.begun.keys(), verdict
