"""Calendar rules: windows hang on a person's own dates, and what is due comes earliest wave first."""

from __future__ import annotations

import dataclasses
from datetime import date

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
    """Start and end around the dates, both ends included; the follow-up six months after the end."""
    waves = library.site.waves
    assert schedule.window(JOB, waves["start"]) == schedule.Window(date(2026, 8, 17), date(2026, 9, 14))
    assert schedule.window(JOB, waves["end"]) == schedule.Window(date(2026, 11, 16), date(2026, 12, 30))
    assert schedule.window(JOB, waves["followup_6"]).first == date(2027, 4, 30)
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


def test_a_clients_code_opens_only_the_clients_own(library: Library) -> None:
    """A coach's or an employer's questionnaire is never due, never opens next, and never leaves something to answer."""
    day = date(2026, 11, 20)
    for respondent in ("coach", "employer"):
        feedback = dataclasses.replace(library.instruments["palvelupalaute@1"], respondent=respondent)
        changed = dataclasses.replace(library, instruments={**library.instruments, feedback.key: feedback})
        assert feedback.key not in {task.instrument for task in schedule.open_tasks(changed, JOB, set(), day)}
        own = {(library.instruments[task.instrument].instrument, task.wave) for task in schedule.tasks(changed, JOB)}
        assert ("palvelupalaute", "end") not in own
        assert schedule.all_answered(changed, JOB, own)
        assert schedule.next_opening(changed, JOB, own, date(2026, 1, 1)) is None
        theirs = schedule.tasks(changed, JOB, feedback.respondent)
        assert [(task.instrument, task.wave) for task in theirs] == [("palvelupalaute@1", "end")]
