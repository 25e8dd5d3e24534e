"""How many were invited, are due, have answered and to what extent: counts, and the numbers of slips to remind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Literal

from collector.participations import everyone
from collector.stores import Store
from survey import records, schedule
from survey.frozen import dataclass
from survey.model import Library
from survey.records import Extent, Participation, Submission

OPEN = "(open)"
"""Stands for the services that anybody may answer about."""


@dataclass(frozen=True, kw_only=True)
class StatusRow:
    """Counts of one service, group and wave of one instrument. `due` are open now and not yet answered."""

    service: str
    group: str | None
    instrument: str
    wave: str
    invited: int
    due: int
    answered: int


def status(store: Store, library: Library, *, today: date) -> list[StatusRow]:
    """Counts per service, group, wave and instrument, in the order of services.yaml and site.yaml; open ones last."""
    done = Counter((key.owner, key.instrument, key.wave) for key in _submission_keys(store))
    counts: dict[tuple[str, str | None, str, str], list[int]] = {}
    order = {service.id: n for n, service in enumerate(library.services.services)}
    for participation, task in _asked(store, library):
        instrument = library.instruments[task.instrument].instrument
        row = counts.setdefault((participation.service, participation.group, task.wave, instrument), [0, 0, 0])
        has_answered = (participation.id, instrument, task.wave) in done
        row[0] += 1
        row[1] += today in task.window and not has_answered
        row[2] += has_answered
    # An open answer's key names no service: it is counted by questionnaire alone.
    for (owner, instrument, wave), answers in done.items():
        if owner.startswith("o_"):
            counts.setdefault((OPEN, None, wave, instrument), [0, 0, 0])[2] += answers
    order[OPEN] = len(order)
    rows = [
        StatusRow(
            service=service, group=group, wave=wave, instrument=instrument, invited=row[0], due=row[1], answered=row[2]
        )
        for (service, group, wave, instrument), row in counts.items()
    ]
    waves = {wave: n for n, wave in enumerate(library.site.waves)}
    return sorted(rows, key=lambda row: (order[row.service], row.group or "", waves.get(row.wave, 99), row.instrument))


def _submission_keys(store: Store) -> Iterator[records.SubmissionKey]:
    """The key of each questionnaire answered, once however often it was corrected."""
    seen: set[tuple[str, str, str]] = set()
    for key in map(records.parse_submission_key, store.scan("submission/")):
        place = (key.owner, key.instrument, key.wave)
        if place not in seen:
            seen.add(place)
            yield key


def _asked(store: Store, library: Library) -> Iterator[tuple[Participation, schedule.Task]]:
    """Every questionnaire that somebody is asked, of those who are to be asked in services that are listed."""
    services = {service.id for service in library.services.services}
    for participation in everyone(store):
        if participation.service in services and not participation.revoked:
            for task in schedule.tasks(library, participation):
                yield participation, task


# --- reminders ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, order=True)
class Reminder:
    """A questionnaire that is open and not answered. The number is what the area's own list knows somebody by."""

    closes: date
    service: str
    number: str
    group: str | None
    wave: str
    instrument: str


def reminders(
    store: Store, library: Library, *, today: date, service: str | None, group: str | None, wave: str | None
) -> list[Reminder]:
    """Whom to remind, those whose time ends first at the top. For the area's own staff: a provider is never shown who
    has answered."""
    done = {(key.owner, key.instrument, key.wave) for key in _submission_keys(store)}
    found = []
    for participation, task in _asked(store, library):
        instrument = library.instruments[task.instrument].instrument
        if (
            today in task.window
            and (participation.id, instrument, task.wave) not in done
            and service in (None, participation.service)
            and group in (None, participation.group)
            and wave in (None, task.wave)
        ):
            found.append(
                Reminder(
                    closes=task.window.last,
                    service=participation.service,
                    number=participation.number,
                    group=participation.group,
                    wave=task.wave,
                    instrument=instrument,
                )
            )
    return sorted(found, key=lambda one: (one.closes, one.service, one.group or "", one.number, one.wave))


# --- response rates -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RateRow:
    """Final dispositions of one service, group and wave of one instrument, of those whose window has closed.

    Everybody invited is known and eligible, so unknown eligibility is 0 and RR1 = RR3 = RR5, RR2 = RR4 = RR6. Those
    revoked are not eligible. `still_open` can yet answer and are in no rate. A sealed submission counts as `partial`.
    """

    service: str
    group: str | None
    instrument: str
    wave: str
    complete: int = 0
    partial: int = 0
    break_off: int = 0
    silent: int = 0
    still_open: int = 0

    @property
    def eligible(self) -> int:
        return self.complete + self.partial + self.break_off + self.silent

    @property
    def rr1(self) -> float | None:
        """Complete ÷ eligible; None where nobody is."""
        return self.complete / self.eligible if self.eligible else None

    @property
    def rr2(self) -> float | None:
        """Complete and partial ÷ eligible."""
        return (self.complete + self.partial) / self.eligible if self.eligible else None


def extent(submission: Submission) -> Extent:
    """How much of what was shown is answered. A reason that the form offered, like "does not concern me", answers."""
    left_out = sum(reason == "skipped" for reason in submission.absent.values())
    offered = sum(reason not in ("skipped", "not_shown") for reason in submission.absent.values())
    answered = sum("." not in item for item in submission.answers) + offered
    return records.extent_of(answered=answered, shown=answered + left_out)


def response_rates(store: Store, library: Library, *, keys: Iterable[str], today: date) -> list[RateRow]:
    """One row per service, group, wave and instrument that anybody was asked. Reads every submission; `keys` are
    theirs."""
    extents = dict(_extents(store, keys))
    counts: dict[tuple[str, str | None, str, str], Counter[str]] = {}
    for participation, task in _asked(store, library):
        instrument = library.instruments[task.instrument].instrument
        row = counts.setdefault((participation.service, participation.group, task.wave, instrument), Counter())
        found = extents.get((participation.id, instrument, task.wave))
        if found is None and today <= task.window.last:
            row["still_open"] += today in task.window
        else:
            row["silent" if found is None else "partial" if found == "sealed" else found] += 1
    rows = [
        RateRow(service=service, group=group, wave=wave, instrument=instrument, **row)
        for (service, group, wave, instrument), row in counts.items()
    ]
    services = {service.id: n for n, service in enumerate(library.services.services)}
    waves = {wave: n for n, wave in enumerate(library.site.waves)}
    rows = [row for row in rows if row.eligible or row.still_open]
    return sorted(rows, key=lambda row: (services[row.service], row.group or "", waves[row.wave], row.instrument))


def _extents(store: Store, keys: Iterable[str]) -> Iterator[tuple[tuple[str, str, str], Extent | Literal["sealed"]]]:
    """How much was answered of each questionnaire, as last corrected: the highest n, which need not come last."""
    latest: dict[tuple[str, str, str], int] = {}
    for name in keys:
        key = records.parse_submission_key(name)
        place = (key.owner, key.instrument, key.wave)
        if key.n < latest.get(place, 0) or (body := store.read(name)) is None:
            continue
        latest[place] = key.n
        yield place, "sealed" if records.is_sealed(body) else extent(records.decode(Submission, body, key=name))
