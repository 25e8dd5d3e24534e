"""People of a group who answer how the service was as a whole: what alarms and thanks are raised by."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

from collector import inviting
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey import codes, records
from survey.model import Library
from survey.records import Submission
from tests.conftest import NOON

TODAY = datetime(2026, 12, 5, 10, 0, tzinfo=UTC)
"""The group uv-1 ended on 28 October, so its time to answer on 27 November; a reply is due by 11 December."""


class Answering:
    """Lets people of a group answer how the service was as a whole."""

    def __init__(self, store: SQLiteStore, library: Library, keys: Keys) -> None:
        self._store, self._library, self._keys = store, library, keys
        self._chance = random.Random(5).randbytes

    def __call__(self, service: str, group: str, answers: list[int], came: str = "2026-11-02T10:00:00.000Z") -> None:
        plan = inviting.plan(self._library, service=service, group=group, start=None, end=None, today=date(2026, 9, 1))
        invited = inviting.invite(self._store, self._keys, [plan] * len(answers), moment=NOON, random=self._chance)
        for answer, one in zip(answers, invited, strict=True):
            submission = Submission(
                id=codes.new_id(self._chance), participation=one.participation.id, service=service,
                instrument="palvelupalaute", version=1, meaning="", wave="end", language="fi", channel="own_device",
                helper="none", received=came, answers={"overall": answer},
            )  # fmt: skip
            key = records.submission_key(submission.owner, submission.instrument, submission.wave, 1)
            assert self._store.create(key, records.encode(submission))
