"""Respondents who send whole forms to a real collector until each is acknowledged, whatever happens to it meanwhile."""

from __future__ import annotations

import dataclasses
import http.client
import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlencode

from collector import inviting
from collector.settings import Keys
from collector.stores import open_store
from survey import codes, records
from survey.model import Library, meaning

ROOT = Path(__file__).parent.parent.parent
CONNECTIONS = 8
PATIENCE = 120
"""Seconds after which something that should have happened is an error."""
PAUSE = 0.05
"""Seconds before what was refused is sent again: more than a person takes, and room for others."""
LAST_TRIES = 50
SERVING = re.compile(r"Serving http://[\d.]+:(\d+)/")
RECEIPT = re.compile(r"\b(?:[0-9A-Z]{5}-){3}[0-9A-Z]{5}\b")
DEAF = (OSError, http.client.HTTPException)
"""What a line raises whose answer did not come."""
Deed = Callable[[], object]


class Collector:
    """A `mittari serve` of this tree over one store: started, killed and started again, by its own pid."""

    def __init__(
        self, store: str, *, bundle: Path, secrets: Path, plants: Sequence[str] = (),
        environ: Mapping[str, str] | None = None, before: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """`plants` are faults of `planted.py`; `before` is a command that runs the one that follows it."""
        program = [str(ROOT / "tests/crash/planted.py"), *plants] if plants else [str(ROOT / "mittari.py")]
        self._command = [*before, sys.executable, *program, "serve", "--drafts", "--port", "0", "--store", store]
        self._command += ["--bundle", str(bundle), "--secrets", str(secrets)]
        self._environ = {**os.environ, **(environ or {}), "PYTHONPATH": str(ROOT), "MITTARI_SITE": ""}
        self._process: subprocess.Popen[str] | None = None
        self.store = store
        self.port = 0
        self.said: list[str] = []
        """What it wrote, of all its lives."""

    def start(self) -> None:
        """Starts it and waits until it listens."""
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, env=self._environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        listening = threading.Event()
        threading.Thread(target=self._listen, args=(self._process, listening), daemon=True).start()
        assert listening.wait(PATIENCE) and self.port, f"The collector did not start: {''.join(self.said[-20:])}"

    def _listen(self, process: subprocess.Popen[str], listening: threading.Event) -> None:
        assert process.stderr is not None
        with process.stderr as said:
            for line in said:
                self.said.append(line)
                if found := SERVING.search(line):
                    self.port = int(found[1])
                    listening.set()
        listening.set()

    def kill(self) -> None:
        """kill -9, as it stands."""
        self._end(lambda process: process.kill())

    def stop(self) -> None:
        """Asks it to end, as a service manager does."""
        self._end(lambda process: process.terminate())

    def _end(self, how: Callable[[subprocess.Popen[str]], None]) -> None:
        process, self._process, self.port = self._process, None, 0
        if process is not None:
            how(process)
            process.wait(PATIENCE)


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form that is sent, and what must be stored of it."""

    id: str
    key: str
    body: bytes
    answers: Mapping[str, records.Answer]


class Forms:
    """Makes forms that are whole and right, no two alike: of an open survey, and of one with codes while codes last."""

    def __init__(self, library: Library, *, seed: int) -> None:
        self._library, self._chance, self._line = library, random.Random(seed), threading.Lock()
        self._codes: list[tuple[str, str]] = []

    def invite(self, store: str, keys: Keys, *, count: int) -> list[tuple[str, str]]:
        """Makes participations in a store, whose codes are used first. Gives each one's id and code."""
        today = date(2026, 11, 24)
        plan = inviting.plan(self._library, service="tyohonvalmennus", group=None, start=today, end=None, today=today)
        opened, moment = open_store(store), datetime(2026, 11, 24, 10, tzinfo=UTC)
        invited = inviting.invite(opened, keys, [plan] * count, moment=moment, random=self._chance.randbytes)
        self._codes += [(one.participation.id, one.code) for one in invited]
        opened.close()
        return list(self._codes)

    def one(self) -> Sent:
        """The next form."""
        with self._line:
            id = codes.new_id(self._chance.randbytes)
            if self._codes and self._chance.random() < 0.5:
                participation, code = self._codes.pop()
                return self.by_code(id, participation, code)
            return self._open(id)

    def by_code(self, id: str, participation: str, code: str) -> Sent:
        """Feedback on a service, under a code."""
        whole = self._library.instruments["palvelupalaute@1"]
        answers: dict[str, records.Answer] = {
            item.id: self._chance.randint(1, 5) for item in whole.items("end") if item.type == "likert"
        }
        answers |= {"best": self._words(2000), "change_wish": self._words(200)}
        own = {"_code": code, "_asked": "1"}
        key = records.submission_key(participation, "palvelupalaute", "end", 1)
        return self._sent(id, key, "palvelupalaute", own, answers)

    def _open(self, id: str) -> Sent:
        """An employer's feedback, which needs no code."""
        chance = self._chance
        answers: dict[str, records.Answer] = {name: chance.randint(1, 5) for name in ("em_need", "em_ready")}
        answers |= {"em_hired": "yes", "em_hired_number": chance.randint(1, 200), "em_comment": self._words(2000)}
        key = records.submission_key(f"o_{id}", "tyonantajapalaute", "end", 1)
        return self._sent(id, key, "tyonantajapalaute", {"_service": "rekrykoulutus-puu", "_asked": "1"}, answers)

    def _sent(
        self, id: str, key: str, instrument: str, own: Mapping[str, str], answers: Mapping[str, records.Answer]
    ) -> Sent:
        said = meaning(self._library.instruments[f"{instrument}@1"], "fi")
        form = {"_id": id, "_instrument": instrument, "_version": "1", "_meaning": said, "_wave": "end"}
        form |= {"_language": "fi", "_channel": "own_device", **own}
        form |= {name: str(value) for name, value in answers.items()}
        body = urlencode({**form, "_helper": "none", "_end": "1"}).encode()
        return Sent(id=id, key=key, body=body, answers=answers)

    def _words(self, most: int) -> str:
        """A text that is like no other, up to a length, of letters that take more than a byte too."""
        return "".join(self._chance.choices("abcdefghijklmnopqrstuvwxyzäöåж日", k=self._chance.randint(20, most)))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back for one post."""

    status: int
    receipt: str
    text: str


def post(line: http.client.HTTPConnection, body: bytes) -> Answer:
    """Sends a form and waits for what comes back. Raises one of DEAF where nothing does."""
    _ask(line, body)
    return _answer(line)


def _ask(line: http.client.HTTPConnection, body: bytes) -> None:
    line.request("POST", "/-/submit", body, {"Content-Type": "application/x-www-form-urlencoded"})


def _answer(line: http.client.HTTPConnection) -> Answer:
    response = line.getresponse()
    text = response.read().decode()
    if not text.rstrip().endswith("</html>"):
        # The line broke in the middle, and a server that sends no length first would not show it.
        raise http.client.IncompleteRead(text.encode())
    found = RECEIPT.search(text)
    return Answer(status=response.status, receipt=found[0] if found else "", text=text)


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A form, and the receipt that its sender got."""

    sent: Sent
    receipt: str


@dataclass
class Load:
    """Several respondents at once. Each sends a form until it is acknowledged, then the next; every tenth form is sent
    twice at the same moment, as by a double click. Where nobody listens, they wait until told that somebody does."""

    forms: Forms
    port: Callable[[], int]
    on_acknowledged: Callable[[Sent], None] = lambda sent: None
    again: frozenset[int] = frozenset({503})
    """Answers that say that nothing was stored, and that the same may be sent again."""
    deaf_is_down: bool = True
    """Whether no answer means that nobody listens; else the form is sent again at once, on another line."""
    acknowledged: dict[str, Acknowledged] = dataclasses.field(default_factory=dict)
    begun: dict[str, Sent] = dataclasses.field(default_factory=dict)
    """Every form that was ever sent, by its id."""
    refused: int = 0
    """How often something was answered that says so."""
    unanswered: int = 0
    wrong: list[str] = dataclasses.field(default_factory=list)
    """Answers that no whole form may get."""

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._lives, self._ending = 0, False
        self._threads = [threading.Thread(target=self._respond, args=(n,)) for n in range(CONNECTIONS)]

    # --- for the test

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Lets everybody finish their form; what is not acknowledged by then stays so."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def listening(self) -> None:
        """Tells that there is a collector, or one again."""
        with self._changed:
            self._lives += 1
            self._changed.notify_all()

    def more(self, count: int) -> None:
        """Waits until so many more forms are acknowledged."""
        self.reach(len(self.acknowledged) + count)

    def reach(self, total: int) -> None:
        """Waits until so many forms are acknowledged in all: for what may have come while nobody counted."""
        self._until(lambda: len(self.acknowledged) >= total, "acknowledged")

    def trouble(self, count: int) -> None:
        """Waits until so many more forms are refused for trouble with the store."""
        goal = self.refused + count
        self._until(lambda: self.refused >= goal, "refused")

    def _until(self, reached: Callable[[], bool], what: str) -> None:
        with self._changed:
            done = self._changed.wait_for(lambda: reached() or self.wrong, PATIENCE)
        assert not self.wrong, self.wrong[:3]
        assert done, f"nothing more is {what}: {len(self.acknowledged)} acknowledged, {self.refused} refused"

    # --- the respondents

    def _respond(self, number: int) -> None:
        for at, sent in enumerate(self._own()):
            self._send(sent, twice=at % 10 == number)

    def _own(self) -> Iterator[Sent]:
        while not self._ending:
            sent = self.forms.one()
            self.begun[sent.id] = sent
            yield sent

    def _send(self, sent: Sent, *, twice: bool) -> None:
        """Until it is acknowledged; when all is to end, some more times."""
        left = LAST_TRIES
        while True:
            lives = self._lives
            try:
                answers = self._once(sent, lines=2 if twice else 1)
            except DEAF:
                self.unanswered += 1
                if self.deaf_is_down:
                    if not self._wait(lives):
                        return
                    continue
            else:
                if self._settle(sent, answers):
                    return
            with self._changed:
                self._changed.wait(PAUSE)
                left -= self._ending
                if not left or self.wrong:
                    return

    def _once(self, sent: Sent, *, lines: int) -> list[Answer]:
        held = [http.client.HTTPConnection("127.0.0.1", self.port(), timeout=PATIENCE) for _ in range(lines)]
        try:
            for line in held:
                _ask(line, sent.body)
            return [_answer(line) for line in held]
        finally:
            for line in held:
                line.close()

    def _settle(self, sent: Sent, answers: Sequence[Answer]) -> bool:
        """Writes down what came back; says whether the form is done with."""
        receipts = {answer.receipt for answer in answers if answer.status == 201}
        strange = [answer for answer in answers if answer.status not in {201, *self.again}]
        if receipts:
            self.on_acknowledged(sent)
        with self._changed:
            self.refused += sum(answer.status in self.again for answer in answers)
            if strange or len(receipts) > 1 or "" in receipts:
                self.wrong.append(f"{[answer.status for answer in answers]} {receipts} {strange[:1]}")
            elif receipts:
                self.acknowledged[sent.id] = Acknowledged(sent=sent, receipt=receipts.pop())
            self._changed.notify_all()
        return sent.id in self.acknowledged or bool(self.wrong)

    def _wait(self, lives: int) -> bool:
        """Until there is another life of the collector than one that did not answer. False where none will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._lives > lives or self._ending, PATIENCE)
            return self._lives > lives
