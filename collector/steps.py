"""How many have answered, as a provider's coach may see it: in steps, so that nobody's answering or not is told.

A coach knows who was invited, and when somebody came, left or was helped with a phone. What is shown here must not turn
that into who has answered:

- only where five people or more were invited, and as a step that more than one number of answers would give;
- each questionnaire of each person is in one row alone: there is no total, since a total and its parts tell more;
- only when the time of everybody in a row is over, and answers that came later change nothing: what a row says today it
  says tomorrow, so that nobody can watch it move.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from collector.counting import span_of
from collector.participations import everyone
from collector.stores import Store
from survey import records, schedule
from survey.frozen import dataclass
from survey.model import Library
from survey.records import Participation

FEWEST = 5
"""People invited to a row that says anything."""
MOST, HALF = (4, 5), (1, 2)
"""The shares where the steps begin."""
SHOWN_MONTHS = 12
"""How long a row is shown after its time."""
Step = Literal["under_half", "half", "most", "under_most"]
"""The share that answered: under 50 %, 50 to 79 %, 80 % or more. With five invited the second would be three people
exactly, so there it is only told whether it is under 80 %."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """One questionnaire that somebody was asked, the days on which they could answer, and whether they did so then."""

    service: str
    group: str | None
    instrument: str
    wave: str
    window: schedule.Window
    answered: bool


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """People of a group whose time for a questionnaire ends in the same month; without a group, in the same quarter.

    `step` is None while it is not told: until the last of `days` is over, and where fewer than FEWEST were invited.
    """

    service: str
    group: str | None
    instrument: str
    wave: str
    days: schedule.Window
    invited: int
    step: Step | None

    @property
    def shown_from(self) -> date:
        """The first day on which the step of a row can be told."""
        return self.days.last + timedelta(days=1)


def step(answered: int, invited: int) -> Step:
    """The step of a share."""
    if answered * MOST[1] >= invited * MOST[0]:
        return "most"
    middle = [n for n in range(invited) if invited * HALF[0] <= n * HALF[1] and n * MOST[1] < invited * MOST[0]]
    if len(middle) < 2:
        return "under_most"
    return "half" if answered in middle else "under_half"


def step_rows(found: Iterable[Invited], library: Library, *, today: date) -> list[StepRow]:
    """What may be shown on a day: what ended last at the top, else in the order of services.yaml and site.yaml."""
    rows: dict[tuple[str, str | None, str, str, schedule.Window], list[Invited]] = {}
    for one in found:
        days = span_of(one.window.last, "month" if one.group else "quarter")
        rows.setdefault((one.service, one.group, one.instrument, one.wave, days), []).append(one)
    services = {service.id: n for n, service in enumerate(library.services.services)}
    waves = {wave: n for n, wave in enumerate(library.site.waves)}
    return sorted(
        (
            StepRow(
                service=service,
                group=group,
                instrument=instrument,
                wave=wave,
                days=days,
                invited=len(people),
                step=_shown(people, days, today),
            )
            for (service, group, instrument, wave, days), people in rows.items()
            if any(one.window.first <= today for one in people)
            and today <= schedule.add_months(days.last, SHOWN_MONTHS)
        ),
        key=lambda row: (
            -row.days.last.toordinal(),
            services[row.service],
            row.group or "",
            waves[row.wave],
            row.instrument,
        ),
    )


def _shown(people: list[Invited], days: schedule.Window, today: date) -> Step | None:
    if today <= days.last or len(people) < FEWEST:
        return None
    return step(sum(one.answered for one in people), len(people))


# --- what is counted ------------------------------------------------------------------------------


def invited(store: Store, library: Library, *, provider: str) -> Iterator[Invited]:
    """Every questionnaire that clients of a provider's services are or were asked. Reads no answers, only when they
    first came."""
    services = {service.id for service in library.services.services if service.provider == provider}
    for participation in everyone(store):
        if participation.service in services:
            first = dict(_first_answers(store, library, participation))
            for task in schedule.tasks(library, participation):
                instrument = library.instruments[task.instrument].instrument
                answered = first.get((instrument, task.wave))
                if _was_asked(library, participation, task.window):
                    yield Invited(
                        service=participation.service,
                        group=participation.group,
                        instrument=instrument,
                        wave=task.wave,
                        window=task.window,
                        answered=answered is not None and answered <= task.window.last,
                    )


def _was_asked(library: Library, participation: Participation, window: schedule.Window) -> bool:
    """Whether somebody was invited before a time was over, and not uninvited in it: what staff do later changes no
    row."""
    revoked = participation.revoked and _day(library, participation.revoked)
    return _day(library, participation.invited) <= window.last and not (revoked and revoked <= window.last)


def _first_answers(
    store: Store, library: Library, participation: Participation
) -> Iterator[tuple[tuple[str, str], date]]:
    """The day on which each questionnaire, by instrument and wave, was first answered; also where that was taken back,
    which must not be seen either."""
    for parts in (key.split("/") for key in store.scan(f"tombstone/{participation.id}/")):
        if len(parts) == 4:
            yield (parts[2], parts[3]), date.min
    first: dict[tuple[str, str], records.SubmissionKey] = {}
    for key in map(records.parse_submission_key, store.scan(f"submission/{participation.id}/")):
        place = (key.instrument, key.wave)
        first[place] = min(key, first.get(place, key), key=lambda one: one.n)
    for place, key in first.items():
        if body := store.read(key.key):
            yield place, _day(library, records.envelope(body, key=key.key).received)


def _day(library: Library, moment: str) -> date:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo(library.site.time_zone)).date()
