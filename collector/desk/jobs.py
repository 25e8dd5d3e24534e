"""Work that takes longer than a page may: done one after another by a thread of its own, and looked at meanwhile."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import traceback
from collections.abc import Callable
from typing import Literal

from survey.marking import _
from survey.phrases import Phrase, Words, said

LOG = logging.getLogger("collector")
MOST = 100
State = Literal["waits", "runs", "done", "failed"]
Progress = Callable[[Words, float], None]
"""Tells what is being done, and which share of all is behind (0 to 1)."""
Work = Callable[[Progress], str]
"""Does it, and gives the path of the page to go on to, below the language's own."""
FAULT = _(
    "Something failed that was not foreseen. What was there before is untouched. Tell whoever runs Mittari: the log "
    "says more."
)
WAITS = _("Waits for its turn.")


class Job:
    """One piece of work. `login` is who asked for it: nobody else looks at it."""

    def __init__(self, *, id: str, login: str, title: Phrase, back: str) -> None:
        self.id = id
        self.login = login
        self.title = title
        self.state: State = "waits"
        self.told: Words = said(WAITS)
        self.share = 0.0
        self.back = back
        self.path = ""
        """Of the page to go on to, once it is done."""


class Jobs:
    """The work that was asked for, newest last."""

    def __init__(self, *, expected: Callable[[Exception], Words | None]) -> None:
        """`expected` gives the sentence of an error that somebody can mend, and None for a fault of ours."""
        self._expected = expected
        self._jobs: dict[str, Job] = {}
        self._waiting: queue.Queue[tuple[Job, Work] | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def begin(self, login: str, title: Phrase, work: Work, *, back: str = "") -> Job:
        """Lines up a piece of work. `back` is the path of the page to go on to where it fails."""
        job = Job(id=secrets.token_urlsafe(9), login=login, title=title, back=back)
        self._jobs[job.id] = job
        for old in [id for id, one in self._jobs.items() if one.state in ("done", "failed")][:-MOST]:
            del self._jobs[old]
        self._waiting.put((job, work))
        if self._thread is None:
            # A desk that ends must not wait for half a report: nothing is left half-written, as each is put into
            # place whole.
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        return job

    def get(self, login: str, id: str) -> Job | None:
        """A piece of work, for whoever asked for it."""
        job = self._jobs.get(id)
        return job if job is not None and job.login == login else None

    def under_way(self, login: str) -> list[Job]:
        """What somebody asked for that is not done yet, in the order in which it is done."""
        return [job for job in list(self._jobs.values()) if job.login == login and job.state in ("waits", "runs")]

    def end(self) -> None:
        """Waits for what runs, and takes nothing new."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (next_one := self._waiting.get()) is not None:
            job, work = next_one
            job.state = "runs"

            def tell(told: Words, share: float, job: Job = job) -> None:
                job.told, job.share = told, min(max(share, 0.0), 1.0)

            try:
                job.path = work(tell)
                job.share, job.state = 1.0, "done"
            except Exception as error:
                sentence = self._expected(error)
                if sentence is None:
                    # The message of an error could hold an answer.
                    LOG.error("%s in work\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
                job.told = said(FAULT) if sentence is None else sentence
                job.state = "failed"
