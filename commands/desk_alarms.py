"""Alarms and thanks for the desk."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from collector.bundle import Bundle
from collector.desk.alarms import GOING_THROUGH
from collector.desk.jobs import Progress
from collector.desk.works import File, Found, Raised, Replied
from collector.stores import Store
from commands.desk_reports import work_folder
from survey.phrases import said

if TYPE_CHECKING:
    from analysis.alarms import AlarmRow, AlarmTable
    from analysis.wording import Words
    from survey.records import Reply

PLAIN, CSV = "text/plain", "text/csv"


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Kept:
    """What was found at a moment. `seen` tells whether there is anything else to find since."""

    seen: str
    build: str
    moment: datetime
    table: AlarmTable


class DeskAlarms:
    """Finds them with what the commands 'alarms' and 'reply' call."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._kept: _Kept | None = None
        self._looking = threading.Lock()

    def look(
        self,
        store: Store,
        bundle: Bundle,
        *,
        moment: datetime,
        tell: Progress,
        daily: bool = False,
        wait: bool = True,
    ) -> None:
        """Goes through every answer, where there are others than the last time or it is another day; with `daily` only
        where it is another day. Without `wait` nothing is done where it is being looked already."""
        if not self._looking.acquire(blocking=wait):
            return
        try:
            looked = self.looked(bundle)
            if daily and looked is not None and _day(bundle, looked) == _day(bundle, moment):
                return
            seen = _seen(store, bundle, moment)
            if self._kept is None or self._kept.seen != seen:
                with work_folder(self._output, moment) as folder:
                    table = _table_now(store, folder / "dataset", bundle, moment, tell)
                self._kept = _Kept(seen=seen, build=bundle.build, moment=moment, table=table)
            else:
                self._kept = dataclasses.replace(self._kept, moment=moment)
        finally:
            self._looking.release()

    def looked(self, bundle: Bundle) -> datetime | None:
        """When it was last looked; None where it was not."""
        kept = self._kept
        return kept.moment if kept is not None and kept.build == bundle.build else None

    def found(self, store: Store, bundle: Bundle, *, language: str, moment: datetime) -> Found | None:
        """What was found, as it stands at a moment with the replies that there are; None where it was not looked."""
        kept, table = self._kept, self._table(store, bundle, moment)
        if kept is None or table is None:
            return None
        from analysis import alarm_words
        from analysis.disclosure import Policy

        words = _words(language)
        return Found(
            moment=kept.moment,
            summary=tuple(alarm_words.summary(table, Policy().minimum_count, words)),
            rows=tuple(_raised(row, table, words) for row in table.rows),
        )

    def letter(
        self, id: str, role: str, *, store: Store, bundle: Bundle, language: str, moment: datetime
    ) -> File | None:
        """The message to one who is told of an alarm or thanks that waits or asks for no answer; None for others."""
        from analysis import alarm_words
        from commands.alarms import letter_name, recipients

        table, words = self._table(store, bundle, moment), _words(language)
        for row in table.rows if table else ():
            for recipient in recipients(row):
                if table and (row.alarm.id, recipient) == (id, role):
                    text = alarm_words.letter(row, table, recipient, words)
                    return File(name=letter_name(row, recipient, words), mimetype=PLAIN, content=text.encode())
        return None

    def listed(self, *, store: Store, bundle: Bundle, language: str, moment: datetime) -> File | None:
        """All that was found as CSV, as Excel opens it; None where it was not looked."""
        from commands.alarms import as_csv

        table = self._table(store, bundle, moment)
        if table is None:
            return None
        name = f"mittari-alarms-{table.day}.csv"
        # With the mark by which a spreadsheet sees that it is UTF-8.
        text = f"\ufeff{as_csv(table.rows, _words(language), delimiter=';')}"
        return File(name=name, mimetype=CSV, content=text.encode())

    def _table(self, store: Store, bundle: Bundle, moment: datetime) -> AlarmTable | None:
        """What was found, with the replies that there are by now."""
        kept = self._kept
        if kept is None or kept.build != bundle.build:
            return None
        from analysis.alarms import with_replies
        from collector.replies import every_reply

        return with_replies(kept.table, every_reply(store), day=_day(bundle, moment))


def _table_now(store: Store, folder: Path, bundle: Bundle, moment: datetime, tell: Progress) -> AlarmTable:
    """What the answers raise as they are now, by way of a dataset in a folder that is not there yet."""
    from commands.analysts import export_dataset

    @contextmanager
    def watched(keys: Sequence[str]) -> Iterator[Iterable[str]]:
        yield _telling(keys, tell)

    export_dataset(store, folder, bundle=bundle, moment=moment, watched=watched)
    return raised_in_dataset(folder, moment)


def raised_in_dataset(folder: Path, moment: datetime) -> AlarmTable:
    """What a dataset raises."""
    from commands.alarms import raised_in

    return raised_in(folder, moment=moment)


def _telling(keys: Sequence[str], tell: Progress) -> Iterator[str]:
    """The keys one after another. Reading them takes most of the time that all of it takes."""
    for n, key in enumerate(keys):
        if n % 500 == 0:
            tell(said(GOING_THROUGH, count=n, of=len(keys)), 0.9 * n / len(keys))
        yield key


def _seen(store: Store, bundle: Bundle, moment: datetime) -> str:
    """What tells one state of the store from another: of these records none is ever written over."""
    found = hashlib.sha256(f"{bundle.build} {_day(bundle, moment)}".encode())
    for prefix in ("participation/", "submission/"):
        for key in store.scan(prefix):
            found.update(f"{key}\n".encode())
    return found.hexdigest()


def _day(bundle: Bundle, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(bundle.library.site.time_zone)).date()


@functools.cache
def _words(language: str) -> Words:
    from analysis.wording import Words
    from build import read_messages

    return Words(language, read_messages(language, catalogue="report"))


def _raised(row: AlarmRow, table: AlarmTable, words: Words) -> Raised:
    """An alarm or thanks in words, as the command shows it."""
    from analysis import alarm_words

    alarm, first = row.alarm, _words_of_the_site(table)
    return Raised(
        id=alarm.id,
        sort=alarm.sort,
        state=row.state,
        title=words(alarm_words.TITLES[alarm.sort]),
        standing=alarm_words.standing(row, words),
        about=(*alarm_words.about(alarm, table, words), alarm_words.told_to(alarm, table, words)),
        service=alarm.service.id,
        provider=alarm.service.provider,
        closed=alarm.closed,
        told={role: alarm_words.named(alarm, table, role, words) for role in alarm.rule.to},
        organisations={
            role: alarm_words.organisation(alarm, table, role, first) for role in ("provider", "buyer", "area")
        },
        answering=alarm.answering,
        answer_by=alarm.answer_by,
        replies=tuple(_replied(reply, table, words) for reply in row.replies),
    )


def _replied(reply: Reply, table: AlarmTable, words: Words) -> Replied:
    from analysis import alarm_words

    moment = datetime.fromisoformat(reply.moment).astimezone(ZoneInfo(table.library.site.time_zone))
    return Replied(
        by=reply.by,
        who=f"{reply.organisation} ({words(alarm_words.ROLES[reply.by])})",
        day=moment.date(),
        text=reply.text,
        does=alarm_words.does(reply, words) if reply.action else "",
    )


def _words_of_the_site(table: AlarmTable) -> Words:
    """Names are kept as the area writes them, in its first language."""
    from analysis.wording import Words

    return Words(table.library.site.languages[0], {})
