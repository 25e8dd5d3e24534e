"""Counts against counts by hand: what is due, response rates by level and over time."""

from __future__ import annotations

import dataclasses
from collections import Counter
from datetime import date, timedelta

import pytest

from collector import counting, participations
from collector.counting import Case, Level, Result
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library
from survey.records import Submission
from survey.schedule import Window
from tests.conftest import NOON, Invite

TODAY = date(2026, 11, 24)


def case(service: str, result: Result, *, group: str | None = None, wave: str = "start", closes: date = TODAY) -> Case:
    return Case(service=service, group=group, instrument="i", wave=wave, closes=closes, result=result)


def sent(store: SQLiteStore, owner: str, *, wave: str = "start", answered: int = 5, skipped: int = 0) -> None:
    """Stores a submission to the job coaching's questionnaire, of which so much is answered."""
    one = Submission(
        id=f"{owner[:20]}{wave}", participation=owner, service="tyohonvalmennus", instrument="tyohonvalmennus",
        version=1, meaning="m", wave=wave, language="fi", channel="own_device", helper="none",
        received="2026-11-24T08:00:00.000Z", answers={f"a{n}": 1 for n in range(answered)},
        absent={f"s{n}": "skipped" for n in range(skipped)},
    )  # fmt: skip
    store.create(records.submission_key(owner, "tyohonvalmennus", wave, 1), records.encode(one))


def rows_of(
    store: SQLiteStore, library: Library, today: date, wave: str = "start", instrument: str = "tyohonvalmennus"
) -> list[counting.RateRow]:
    found = counting.response_rates(store, library, keys=store.scan("submission/"), today=today)
    return [row for row in found if (row.wave, row.instrument) == (wave, instrument)]


# --- what is due ----------------------------------------------------------------------------------


def test_what_is_due(invite: Invite, store: SQLiteStore, library: Library) -> None:
    """Two who began on the same day are one row, of whom one has answered; one whose time opens in ten days another."""
    first, second = invite(), invite()
    third = invite(start=TODAY + timedelta(24))
    sent(store, first.participation.id)
    people = list(participations.everyone(store))
    done = counting.settled(store)
    rows = counting.due(people, library, done=done, since=TODAY, until=TODAY + timedelta(14))
    assert [(r.window, r.wave, r.instrument, r.asked, r.answered, r.unanswered) for r in rows] == [
        (Window(TODAY - timedelta(14), TODAY + timedelta(14)), "start", "tyohonvalmennus", 2, 1, 1),
        (Window(TODAY + timedelta(10), TODAY + timedelta(38)), "start", "tyohonvalmennus", 1, 0, 1),
    ]
    assert len({one.participation.id for one in (first, second, third)}) == 3
    near = counting.due(people, library, done=done, since=TODAY, until=TODAY + timedelta(9))
    assert [r.asked for r in near] == [2]


def test_nobody_is_reminded_of_answers_taken_back(invite: Invite, store: SQLiteStore, library: Library) -> None:
    """Nobody can answer them again with the code; but after a reset by the area, they can."""
    back, reset = invite().participation, invite().participation
    store.create(records.tombstone_key(back.id, "tyohonvalmennus", "start"), b"{}")
    store.create(records.tombstone_key(reset.id, "tyohonvalmennus", "start", "s1"), b"{}")
    found = counting.reminders(store, library, today=TODAY, service=None, group=None, wave=None)
    assert [one.number for one in found] == [reset.number]
    (row,) = [row for row in counting.status(store, library, today=TODAY) if row.wave == "start"]
    assert (row.invited, row.due, row.answered) == (2, 1, 0)


def test_exits_that_are_not_told(invite: Invite, store: SQLiteStore) -> None:
    """Whose planned end is past without an exit; not those who left, were taken back, or end today."""
    past, gone, back, _today = (
        invite(start=TODAY - timedelta(90), end=end).participation for end in (*[TODAY - timedelta(1)] * 3, TODAY)
    )
    participations.amended(store, gone, end=past.planned_end, exit_reason="work")
    participations.revoked(store, back, moment=NOON)
    found = counting.without_exit(participations.everyone(store), today=TODAY)
    assert found == Counter({("tyohonvalmennus", None): 1})


# --- response rates -------------------------------------------------------------------------------


def test_who_answers_early_is_in_no_rate_yet(invite: Invite, store: SQLiteStore, library: Library) -> None:
    """Of three whose time is open one has answered: no rate. When it is over, one of three."""
    first, _second, _third = invite(), invite(), invite()
    sent(store, first.participation.id)
    (row,) = rows_of(store, library, TODAY)
    assert (row.eligible, row.early, row.still_open, row.rr2) == (0, 1, 2, None)
    (row,) = rows_of(store, library, TODAY + timedelta(15))
    assert (row.complete, row.silent, row.early, row.still_open) == (1, 2, 0, 0)
    assert row.rr1 == row.rr2 == pytest.approx(1 / 3)


def test_answers_taken_back_are_silence(invite: Invite, store: SQLiteStore, library: Library) -> None:
    """Nothing is left of them, and they are not still to come."""
    store.create(records.tombstone_key(invite().participation.id, "tyohonvalmennus", "start"), b"{}")
    (row,) = rows_of(store, library, TODAY)
    assert (row.early, row.still_open) == (1, 0)
    (row,) = rows_of(store, library, TODAY + timedelta(15))
    assert (row.silent, row.eligible) == (1, 1)


def test_partial_and_break_off(invite: Invite, store: SQLiteStore, library: Library) -> None:
    """Nine of ten is complete, six partial, four a break-off: RR1 1/4, RR2 2/4 with one silent."""
    for answered in (9, 6, 4):
        sent(store, invite().participation.id, answered=answered, skipped=10 - answered)
    invite()
    (row,) = rows_of(store, library, TODAY + timedelta(15))
    assert (row.complete, row.partial, row.break_off, row.silent) == (1, 1, 1, 1)
    assert (row.rr1, row.rr2) == (0.25, 0.5)


def test_what_is_older_than_answers_are_kept_is_not_counted(
    invite: Invite, store: SQLiteStore, library: Library
) -> None:
    """36 months after the time opened the first answers may be gone, so that nobody would seem to have answered."""
    sent(store, invite().participation.id)
    opened = TODAY - timedelta(14)
    last = date(opened.year + 3, opened.month, opened.day)
    assert [row.complete for row in rows_of(store, library, last)] == [1]
    assert rows_of(store, library, last + timedelta(1)) == []
    kept = dataclasses.replace(library.site.retention, answers=48)
    longer = dataclasses.replace(library, site=dataclasses.replace(library.site, retention=kept))
    assert [row.complete for row in rows_of(store, longer, last + timedelta(1))] == [1]


CASES = [
    case("uravalmennus", "complete", group="uv-1"),
    case("uravalmennus", "partial", group="uv-1"),
    case("uravalmennus", "silent", group="uv-2"),
    case("uravalmennus", "silent", group="uv-2", wave="end"),
    case("tyohonvalmennus", "break_off"),
    case("tyohonvalmennus", "complete"),
    case("rekrykoulutus-puu", "early", group="rk-1"),
]
"""Two services of one provider, and one of another. By hand: uv-1 2 of 2, uv-2 0 of 1, the service 2 of 3 at the start;
the other service 1 of 2; the provider 3 of 5 at the start."""


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (
            "group",
            [
                ("rekrykoulutus-puu", "rk-1", "start", 0, None),
                ("uravalmennus", "uv-1", "start", 2, 1.0),
                ("uravalmennus", "uv-2", "start", 1, 0.0),
                ("uravalmennus", "uv-2", "end", 1, 0.0),
                ("tyohonvalmennus", None, "start", 2, 0.5),
            ],
        ),
        (
            "service",
            [
                ("rekrykoulutus-puu", None, "start", 0, None),
                ("uravalmennus", None, "start", 3, 2 / 3),
                ("uravalmennus", None, "end", 1, 0.0),
                ("tyohonvalmennus", None, "start", 2, 0.5),
            ],
        ),
        (
            "provider",
            [("", None, "start", 0, None), ("", None, "start", 5, 0.6), ("", None, "end", 1, 0.0)],
        ),
    ],
)
def test_levels_by_hand(library: Library, level: Level, expected: list[tuple[object, ...]]) -> None:
    """In the order of services.yaml and site.yaml."""
    rows = counting.by_level(CASES, library, level=level)
    assert [(r.service, r.group, r.wave, r.eligible, r.rr2) for r in rows] == expected
    assert {r.provider for r in rows} == {"koulutus", "valmennus"}


@pytest.mark.parametrize("level", ["group", "service", "provider"])
def test_every_level_has_everybody_once(library: Library, level: Level) -> None:
    """Whatever the level, the counts of all rows add up to the cases."""
    for rows in (
        counting.by_level(CASES, library, level=level),
        counting.whole_units(CASES, library, level=level),
    ):
        counts: Counter[str] = Counter()
        for row in rows:
            for name in ("complete", "partial", "break_off", "silent", "still_open", "early"):
                counts[name] += getattr(row, name)
        assert +counts == Counter(one.result for one in CASES)


def test_whole_units_by_hand(library: Library) -> None:
    """The provider of two services: 3 of 6 over both waves; the other has nobody whose time is over."""
    rows = counting.whole_units(CASES, library, level="provider")
    assert [(r.provider, r.eligible, r.rr2, r.early) for r in rows] == [
        ("koulutus", 0, None, 1),
        ("valmennus", 6, 0.5, 0),
    ]


def test_the_trend_by_hand() -> None:
    """By quarter 1 of 2, nobody, 2 of 3; who can still answer is in none. By month each stands in its own."""
    found = [
        case("s", "complete", closes=date(2026, 1, 1)),
        case("s", "silent", closes=date(2026, 3, 31)),
        case("s", "partial", closes=date(2026, 9, 30)),
        case("s", "complete", closes=date(2026, 7, 1)),
        case("s", "break_off", closes=date(2026, 8, 2)),
        case("s", "early", closes=date(2026, 12, 1)),
        case("s", "still_open", closes=date(2026, 12, 1)),
    ]
    quarters = counting.trend(found, span="quarter")
    assert [(r.first, r.last, r.eligible, r.rr2) for r in quarters] == [
        (date(2026, 1, 1), date(2026, 3, 31), 2, 0.5),
        (date(2026, 4, 1), date(2026, 6, 30), 0, None),
        (date(2026, 7, 1), date(2026, 9, 30), 3, pytest.approx(2 / 3)),
    ]
    months = counting.trend(found, span="month")
    assert [(r.first.month, r.eligible) for r in months] == [
        (1, 1), (2, 0), (3, 1), (4, 0), (5, 0), (6, 0), (7, 1), (8, 1), (9, 1),
    ]  # fmt: skip
    assert counting.trend(found[-2:], span="month") == []


def test_months_and_quarters_over_the_year() -> None:
    """The last of December and the first of January are in different ones, and February ends when it ends."""
    assert counting.span_of(date(2026, 12, 31), "quarter") == Window(date(2026, 10, 1), date(2026, 12, 31))
    assert counting.span_of(date(2027, 1, 1), "quarter") == Window(date(2027, 1, 1), date(2027, 3, 31))
    assert counting.span_of(date(2028, 2, 3), "month") == Window(date(2028, 2, 1), date(2028, 2, 29))
