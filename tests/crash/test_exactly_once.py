"""Exactly once, over real connections: answers that never come, two tabs, clocks that jump, bodies that are slow."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from collector.aside import THREADS
from collector.settings import Keys
from collector.stores import open_store
from survey import codes
from tests.crash.conftest import Begin
from tests.crash.load import DEAF, Answer, Forms, Sent, post
from tests.lines import Line

pytestmark = pytest.mark.slow


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'store.sqlite'}"


def sent(port: int, *forms: Sent) -> list[Answer]:
    """Sends forms on a connection each, all at the same moment, and gives what came back in their order."""
    gate, answers = threading.Barrier(len(forms)), dict[int, Answer]()

    def send(n: int, form: Sent) -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        gate.wait()
        answers[n] = post(line, form.body)
        line.close()

    threads = [threading.Thread(target=send, args=each) for each in enumerate(forms)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[n] for n in range(len(forms))]


def stored(address: str) -> list[str]:
    store = open_store(address)
    keys = list(store.scan("submission/"))
    store.close()
    return keys


def test_an_answer_that_never_came_and_the_retry(address: str, begin: Begin, forms: Forms) -> None:
    """The first is stored and nobody was told; the second gets the receipt, and so does a third."""
    collector, form = begin(address), forms.one()
    with Line(("127.0.0.1", collector.port), http=True) as line:
        line.lose_next(b"HTTP/1.1 201")
        with pytest.raises(DEAF):
            post(http.client.HTTPConnection("127.0.0.1", line.port, timeout=60), form.body)
        assert stored(address) == [form.key] and line.lost == [b"POST /-/submit HTTP/1.1"]
        (second,), (third,) = sent(line.port, form), sent(line.port, form)
    assert second.status == third.status == 201 and second.receipt == third.receipt != ""
    assert stored(address) == [form.key]


def test_two_tabs_at_once_with_one_code(address: str, begin: Begin, forms: Forms, keys: Keys) -> None:
    """Each with an id of its own: one is stored and told so, the other is refused, and no two are led to one receipt."""
    invited = forms.invite(address, keys, count=20)
    collector = begin(address)
    for n, (participation, code) in enumerate(invited):
        ids = [codes.new_id(lambda size, tab=tab, n=n: bytes([n, tab] * size)[:size]) for tab in (1, 2)]
        tabs = [forms.by_code(id, participation, code) for id in ids]
        answers = sent(collector.port, *tabs)
        assert sorted(answer.status for answer in answers) == [201, 409]
        first, second = sorted(answers, key=lambda answer: answer.status)
        assert first.receipt and not second.receipt
        winner = tabs[answers.index(first)]
        (again,) = sent(collector.port, winner)
        assert (again.status, again.receipt) == (201, first.receipt)
    assert len(stored(address)) == 20


def test_a_clock_that_jumps(address: str, begin: Begin, forms: Forms, keys: Keys, tmp_path: Path) -> None:
    """Back by a year and ahead by ten, under a running collector: a retry is a retry, and what is new is stored."""
    forms.invite(address, keys, count=10)
    (tmp_path / "clock").write_text("0")
    collector = begin(address, plants=[f"clock={tmp_path / 'clock'}"])
    known: dict[str, tuple[Sent, str]] = {}
    for jump in (0, -366 * 86_400, 3653 * 86_400, 1):
        (tmp_path / "clock").write_text(str(jump))
        for form, receipt in known.values():
            (again,) = sent(collector.port, form)
            assert (again.status, again.receipt) == (201, receipt)
        for form in [forms.one() for _ in range(5)]:
            (new,) = sent(collector.port, form)
            assert new.status == 201
            known[form.id] = form, new.receipt
    assert sorted(stored(address)) == sorted(form.key for form, _ in known.values())


def test_slow_bodies_keep_nobody_waiting(address: str, begin: Begin, forms: Forms) -> None:
    """More of them than there are threads stop in the middle; others are answered meanwhile, and then they are too."""
    collector, go_on = begin(address), threading.Event()
    halfway = threading.Semaphore(0)

    def slow(request: bytes) -> Iterator[bytes]:
        yield request[: len(request) // 2]
        halfway.release()
        go_on.wait(60)
        yield request[len(request) // 2 :]

    def statuses(answers: Sequence[Answer]) -> set[int]:
        return {answer.status for answer in answers}

    slow_forms, others = [forms.one() for _ in range(THREADS + 8)], [forms.one() for _ in range(8)]
    with Line(("127.0.0.1", collector.port), http=True, change=slow) as line:
        answers: list[Answer] = []
        waiting = threading.Thread(target=lambda: answers.extend(sent(line.port, *slow_forms)))
        waiting.start()
        for _ in slow_forms:
            assert halfway.acquire(timeout=60)
        assert statuses(sent(collector.port, *others)) == {201}
        assert len(stored(address)) == len(others)
        go_on.set()
        waiting.join()
    assert statuses(answers) == {201} and len(answers) == len(slow_forms)
    assert len(stored(address)) == len(slow_forms) + len(others)
