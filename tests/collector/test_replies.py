"""Replies to alarms: each is kept, a later one amends, and what is not to be stored is refused."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from collector import purging
from collector.backups import back_up, restore
from collector.opening import opened
from collector.participations import InviteError
from collector.replies import LONGEST, every_reply, record_reply
from collector.sealing import to_open
from collector.settings import Keys
from collector.stores import Around, StoreTrouble
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library, Retention
from survey.records import Reply, UnreadableRecord
from tests.conftest import NOON

ALARM = "7K3M-9QX2"


def said(store: Any, **more: Any) -> Reply:
    whole = {
        "alarm": ALARM, "by": "provider", "organisation": "Valmennus Oy", "text": "Kiitos palautteesta.",
        "action": "Pienemmät ryhmät.", "done": date(2027, 1, 31), "moment": NOON, **more,
    }  # fmt: skip
    return record_reply(store, **whole)


def test_a_reply_is_kept_as_it_was_said(store: SQLiteStore) -> None:
    """Under the alarm's id and a number, as JSON that can be read without this code."""
    assert said(store) == Reply(
        alarm=ALARM, n=1, by="provider", organisation="Valmennus Oy", text="Kiitos palautteesta.",
        action="Pienemmät ryhmät.", done="2027-01-31", moment="2026-11-24T10:00:00.000Z",
    )  # fmt: skip
    assert (
        store.read("reply/7K3M-9QX2/0001")
        == (
            '{"action":"Pienemmät ryhmät.","alarm":"7K3M-9QX2","by":"provider","done":"2027-01-31",'
            '"moment":"2026-11-24T10:00:00.000Z","n":1,"organisation":"Valmennus Oy","record":2,'
            '"text":"Kiitos palautteesta."}'
        ).encode()
    )


def test_a_later_reply_amends_and_nothing_is_overwritten(store: SQLiteStore) -> None:
    """Every one is there in its order, also after the ninth; another alarm's count by themselves."""
    for n in range(12):
        assert said(store, text=f"Vastaus {n}").n == n + 1
    assert said(store, alarm="AAAA-AAAA", action="", done=None).n == 1
    found = list(every_reply(store))
    assert [(one.alarm, one.n) for one in found] == [*((ALARM, n) for n in range(1, 13)), ("AAAA-AAAA", 1)]
    assert [one.text for one in found[:12]] == [f"Vastaus {n}" for n in range(12)]
    assert (found[-1].action, found[-1].done) == ("", None)


def test_the_same_once_more_is_nothing_new(store: SQLiteStore) -> None:
    """A command that was run twice; but what was said before something else, and is said again, amends."""
    first = said(store)
    assert said(store, moment=NOON + timedelta(hours=1)) == first
    assert said(store, by="buyer", organisation="Jämsä").n == 2
    assert said(store).n == 3


def test_two_at_once_are_both_kept(store: SQLiteStore) -> None:
    """Who comes second is stored after who came first; where others are always first, it is said."""

    class Busy(Around):
        """Somebody else replies just before, so many times."""

        def __init__(self, times: int) -> None:
            super().__init__(store)
            self.times = times

        def create(self, key: str, body: bytes) -> bool:
            if self.times:
                self.times -= 1
                said(store, text=f"Toinen {self.times}")
            return super().create(key, body)

    assert said(Busy(2)).n == 3
    with pytest.raises(StoreTrouble) as error:
        said(Busy(9), text="Kolmas")
    assert str(error.value) == "Somebody else is replying to 7K3M-9QX2. Try again."
    assert [one.n for one in every_reply(store)] == list(range(1, 9))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"text": " \n\t"}, "The reply is empty. Write what you answer."),
        ({"text": "a" * (LONGEST + 1)}, "The reply has 4001 letters, and 4000 are kept. Say it in fewer words."),
        ({"action": "a" * (LONGEST + 1)}, "What is done about it has 4001 letters, and 4000 are kept. Say it in fewer words."),
        ({"text": "Asiakas 131052-308T sanoi"},
         "A personal identity code stands in the reply. Take it out: they are not stored here."),
        ({"action": "soitetaan: 131052-308t."},
         "A personal identity code stands in what is done about it. Take it out: they are not stored here."),
        ({"text": "131052\u200b-308T"}, "A personal identity code stands in the reply. Take it out: they are not stored here."),
        ({"done": date(1926, 1, 1)}, "The date 1.1.1926 cannot be right. Give one from 1.1.2000 to 31.12.2100."),
    ],
)  # fmt: skip
def test_what_is_refused(store: SQLiteStore, given: dict[str, Any], sentence: str) -> None:
    """Each as one sentence with what to do, and nothing is stored."""
    with pytest.raises(InviteError) as error:
        said(store, **given)
    assert str(error.value) == sentence
    assert list(store.scan("")) == []


def test_words_as_they_come_from_other_programs(store: SQLiteStore) -> None:
    """Ends of lines, marks that cannot be seen and letters in parts are made plain; what only looks like an identity
    code stays."""
    kept = said(store, text="\ufeffA\u0308la\u0308 \u202eka\r\ntoinen\rrivi\x07\tja 131052-308A \n").text
    assert kept == "Älä ka\ntoinen\nrivi ja 131052-308A"


def test_replies_go_with_other_answers(store: SQLiteStore, library: Library, keys: Keys) -> None:
    """Kept as long as answers; on the day before, nothing is removed, and a later reply stays until its own time."""
    kept = dataclasses.replace(library, site=dataclasses.replace(library.site, retention=Retention(answers=6)))
    said(store)
    said(store, text="Lisää", moment=NOON + timedelta(days=10))

    def purged(day: date) -> list[tuple[str, str]]:
        found = list(purging.overdue(store, kept, keys=[], today=day))
        for one in found:
            purging.remove(store, kept, keys, one)
        return [(one.kind, one.key) for one in found]

    assert purged(date(2027, 5, 24)) == []
    assert purged(date(2027, 5, 25)) == [("replies", "reply/7K3M-9QX2/0001")]
    assert [one.n for one in every_reply(store)] == [2]
    assert said(store, text="Vielä").n == 3
    assert purged(date(2027, 6, 5)) == [("replies", "reply/7K3M-9QX2/0002"), ("replies", "reply/7K3M-9QX2/0003")]


def test_replies_are_in_a_backup_and_go_to_the_analyst(store: SQLiteStore, tmp_path: Path) -> None:
    """They come back as they were, and stand among what is opened where answers are sealed."""
    said(store)
    assert back_up(store, tmp_path / "b.sqlite").records == 1
    source, new = SQLiteStore(tmp_path / "b.sqlite"), opened(f"sqlite:{tmp_path / 'new.sqlite'}")
    assert restore(source, new, tombstones=[]) == (1, 0)
    assert list(every_reply(new)) == list(every_reply(store))
    assert list(to_open(new)) == ["reply/7K3M-9QX2/0001"]
    source.close()
    new.close()


def test_a_record_that_is_no_reply(store: SQLiteStore) -> None:
    """It is named, with what to do."""
    store.create(records.reply_key(ALARM, 1), b'{"record":2,"alarm":"x"}')
    with pytest.raises(UnreadableRecord) as error:
        list(every_reply(store))
    assert str(error.value).startswith("the record 'reply/7K3M-9QX2/0001' cannot be read (")
    assert str(error.value).endswith("Restore it from a backup.")
