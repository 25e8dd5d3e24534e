"""Calendar rules: windows hang on a person's own dates, and what is due comes earliest wave first."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest

from survey import schedule
from survey.model import Library
from survey.records import Participation

JOB = Participation(
    id="p_x", number="JT-1", service="tyohonvalmennus", start="2026-08-31", planned_end="2026-11-30", invited=""
)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 31), 12, date(2027, 1, 31)),
    ],
)
def test_months_end_where_the_month_ends(day: date, months: int, then: date) -> None:
    """The last of a shorter month stands for a day that it does not have."""
    assert schedule.add_months(day, months) == then


def test_windows_hang_on_own_dates(library: Library) -> None:
    """Start and end around the dates, both ends included; midway two months after the start, follow-ups after the end."""
    waves = library.site.waves
    assert schedule.window(JOB, waves["start"]) == schedule.Window(date(2026, 8, 17), date(2026, 9, 14))
    assert schedule.window(JOB, waves["end"]) == schedule.Window(date(2026, 11, 16), date(2026, 12, 30))
    assert schedule.window(JOB, waves["middle"]) == schedule.Window(date(2026, 10, 1), date(2026, 11, 15))
    assert schedule.window(JOB, waves["followup_3"]) == schedule.Window(date(2027, 1, 29), date(2027, 3, 30))
    assert schedule.window(JOB, waves["followup_6"]).first == date(2027, 4, 30)
    assert schedule.window(JOB, waves["followup_12"]) == schedule.Window(date(2027, 10, 31), date(2027, 12, 30))
    assert date(2026, 9, 14) in schedule.window(JOB, waves["start"])
    assert date(2026, 9, 15) not in schedule.window(JOB, waves["start"])


def test_an_exit_opens_the_end_wave(library: Library) -> None:
    """Who leaves early is asked then, and the follow-up moves along."""
    left = dataclasses.replace(JOB, end="2026-10-01", exit_reason="work")
    assert schedule.window(left, library.site.waves["end"]).first == date(2026, 9, 17)
    assert schedule.window(left, library.site.waves["followup_6"]).first == date(2027, 3, 2)


def test_what_is_due(library: Library) -> None:
    """Earliest wave first, then as the service lists; answered ones are left out; then when it opens next."""
    day = date(2026, 11, 20)
    due = schedule.open_tasks(library, JOB, set(), day)
    assert [(task.instrument, task.wave) for task in due] == [("tyohonvalmennus@1", "end"), ("palvelupalaute@1", "end")]
    done = {("tyohonvalmennus", "end")}
    assert [task.instrument for task in schedule.open_tasks(library, JOB, done, day)] == ["palvelupalaute@1"]
    assert schedule.next_opening(library, JOB, set(), date(2026, 9, 20)) == date(2026, 11, 16)
    assert schedule.next_opening(library, JOB, set(), date(2028, 1, 1)) is None


def test_half_way_is_open_in_the_middle(library: Library) -> None:
    """Where a service asks half-way, the middle of its length is in the window."""
    asking = [s for s in library.services.services if "valipalaute@1" in s.instruments]
    assert asking
    for service in asking:
        start = date(2026, 8, 31)
        spell = dataclasses.replace(JOB, service=service.id, start=start.isoformat(), planned_end="2027-02-28")
        middle = start + timedelta(days=service.length_days // 2)
        assert middle in schedule.window(spell, library.site.waves["middle"]), service.id


def test_nobody_who_has_left_is_asked_half_way(library: Library) -> None:
    """Who left before it opens is not asked it, by an exit or by a short service; who was there then is."""
    waves = {
        **library.site.waves,
        "year": dataclasses.replace(library.site.waves["middle"], months=12, in_service=False),
    }
    site = dataclasses.replace(library.site, waves=waves)
    asking = dataclasses.replace(library.instruments["palvelupalaute@1"], waves=("middle", "year"))
    library = dataclasses.replace(library, site=site, instruments={**library.instruments, "palvelupalaute@1": asking})
    for changes, asked in (
        ({}, ["middle", "year"]),
        ({"end": "2026-10-01"}, ["middle", "year"]),
        ({"end": "2026-09-30"}, ["year"]),
        ({"planned_end": "2026-09-20"}, ["year"]),
    ):
        one = dataclasses.replace(JOB, **changes)
        assert [each.wave for each in schedule.tasks(library, one) if each.instrument == "palvelupalaute@1"] == asked


def test_a_client_is_not_asked_what_others_are(library: Library) -> None:
    """The coach's assessment and the employer's form are never due, never open next, and leave nothing to answer."""
    asked = {library.instruments[key].respondent for s in library.services.services for key in s.instruments}
    assert asked == {"client", "coach", "employer"}
    for service in library.services.services:
        spell = dataclasses.replace(JOB, service=service.id)
        tasks = list(schedule.tasks(library, spell))
        assert tasks and {library.instruments[task.instrument].respondent for task in tasks} == {"client"}
        for day in {task.window.first for respondent in asked for task in schedule.tasks(library, spell, respondent)}:
            assert set(schedule.open_tasks(library, spell, set(), day)) <= set(tasks)
        own = {(library.instruments[task.instrument].instrument, task.wave) for task in tasks}
        assert schedule.all_answered(library, spell, own)
        assert schedule.next_opening(library, spell, own, date(2000, 1, 1)) is None


def test_a_coach_has_tasks_of_their_own(library: Library) -> None:
    """About the same participation, in the same windows."""
    tasks = list(schedule.tasks(library, JOB, "coach"))
    assert [(task.instrument, task.wave) for task in tasks] == [
        ("valmentajan-arvio@1", "start"),
        ("valmentajan-arvio@1", "end"),
    ]
    assert tasks[0].window == schedule.window(JOB, library.site.waves["start"])
