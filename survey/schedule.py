"""When a measurement is due: calendar rules over a participation's own dates. The day is always an argument."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterator
from datetime import date, timedelta

from survey.frozen import dataclass
from survey.model import Library, Respondent, Wave
from survey.records import Participation


def add_months(day: date, months: int) -> date:
    """The same day some months on, or the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, order=True)
class Window:
    """The first and the last day on which a wave is open."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def window(participation: Participation, wave: Wave) -> Window:
    """The days on which a wave is open for a participation. An actual end moves what hangs on the end."""
    return window_between(participation.start_date, participation.end_date, wave)


def window_between(start: date, end: date, wave: Wave) -> Window:
    """The same for whoever begins and ends on these days."""
    due = add_months(start if wave.anchor == "start" else end, wave.months)
    return Window(due + timedelta(days=wave.open[0]), due + timedelta(days=wave.open[1]))


def is_asked(start: date, end: date, wave: Wave) -> bool:
    """Whether a wave is asked of whoever begins and ends on these days: a question halfway through the service is none
    for those who left before."""
    return not wave.in_service or window_between(start, end, wave).first <= end


@dataclass(frozen=True)
class Task:
    """One questionnaire about a participation, which its respondent is asked to answer."""

    instrument: str
    wave: str
    window: Window


def tasks(library: Library, participation: Participation, respondent: Respondent = "client") -> Iterator[Task]:
    """Every questionnaire that a respondent is asked about a participation: by wave as in site.yaml, then as the
    service lists instruments."""
    service = library.services.service(participation.service)
    start, end = participation.start_date, participation.end_date
    for wave_id, wave in library.site.waves.items():
        open = window_between(start, end, wave)
        for key in service.instruments if is_asked(start, end, wave) else ():
            instrument = library.instruments[key]
            if instrument.respondent == respondent and wave_id in instrument.waves:
                yield Task(key, wave_id, open)


Answered = Collection[tuple[str, str]]
"""Pairs of instrument id and wave."""


def open_tasks(library: Library, participation: Participation, answered: Answered, day: date) -> list[Task]:
    """What the client can answer on a day and has not answered, in the order of asking."""
    return [task for task in _unanswered(library, participation, answered) if day in task.window]


def next_opening(library: Library, participation: Participation, answered: Answered, day: date) -> date | None:
    """The next day on which something opens that the client has not answered, or None."""
    coming = [t.window.first for t in _unanswered(library, participation, answered) if t.window.first > day]
    return min(coming, default=None)


def all_answered(library: Library, participation: Participation, answered: Answered) -> bool:
    """Whether nothing is left that the client has not answered, now or later."""
    return next(_unanswered(library, participation, answered), None) is None


def _unanswered(library: Library, participation: Participation, answered: Answered) -> Iterator[Task]:
    for task in tasks(library, participation):
        if (library.instruments[task.instrument].instrument, task.wave) not in answered:
            yield task
