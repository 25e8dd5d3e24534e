"""Going through every answer: at once where there are few, else as work of its own."""

from __future__ import annotations

from itertools import islice

from werkzeug.wrappers import Response

from collector.desk.jobs import Work
from collector.desk.visit import Visit
from collector.stores import Store
from survey.phrases import Phrase


def is_quick(store: Store, most: int) -> bool:
    """Whether there are so few submissions that a page can go through all of them while somebody waits."""
    return sum(1 for _key in islice(store.scan("submission/"), most + 1)) <= most


def apart(visit: Visit, title: Phrase, work: Work) -> Response:
    """Begins the work, and leads to the page that says how far it is."""
    job = visit.desk.jobs.begin(visit.person.login, title, work, back=visit.area)
    return visit.go(f"under-way/{job.id}")


def no_progress(told: object, share: float) -> None:
    """For whoever waits for the page itself."""
