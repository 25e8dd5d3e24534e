"""How many were invited, are due, have answered and to what extent: counts, and the numbers of slips to remind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Literal

from collector.participations import everyone
from collector.stores import Store
from survey import records, schedule
from survey.frozen import dataclass
from survey.model import Library
from survey.records import Extent, Participation, Submission

OPEN = "(open)"
"""Stands for the services that anybody may answer about."""
Place = tuple[str, str, str]
"""A participation's id, an instrument's id and a wave: one questionnaire of one person."""


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
    over = settled(store)
    counts: dict[tuple[str, str | None, str, str], list[int]] = {}
    order = {service.id: n for n, service in enumerate(library.services.services)}
    for participation, task in _asked(everyone(store), library):
        instrument = library.instruments[task.instrument].instrument
        row = counts.setdefault((participation.service, participation.group, task.wave, instrument), [0, 0, 0])
        place = (participation.id, instrument, task.wave)
        row[0] += 1
        row[1] += today in task.window and place not in over
        row[2] += place in done
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


def settled(store: Store) -> set[Place]:
    """Every questionnaire that is answered, or whose answers the respondent has taken back: nobody answers it any
    more."""
    taken_back = (key.split("/")[1:] for key in store.scan("tombstone/"))
    return {(key.owner, key.instrument, key.wave) for key in _submission_keys(store)} | {
        (place[0], place[1], place[2]) for place in taken_back if len(place) == 3
    }


def _asked(people: Iterable[Participation], library: Library) -> Iterator[tuple[Participation, schedule.Task]]:
    """Every questionnaire that somebody is asked, of those who are to be asked in services that are listed."""
    services = {service.id for service in library.services.services}
    for participation in people:
        if participation.service in services and not participation.revoked:
            for task in schedule.tasks(library, participation):
                yield participation, task


# --- what is due ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class DueRow:
    """A questionnaire that people of one service and group are asked on the same days: how many, and how many have
    answered. Whoever has taken their answers back counts as answered."""

    service: str
    group: str | None
    instrument: str
    wave: str
    window: schedule.Window
    asked: int
    answered: int

    @property
    def unanswered(self) -> int:
        return self.asked - self.answered


def due(
    people: Iterable[Participation], library: Library, *, done: set[Place], since: date, until: date
) -> list[DueRow]:
    """What is open on some day from `since` to `until`, what closes first at the top. `done` is from `settled`."""
    counts: dict[tuple[schedule.Window, str, str | None, str, str], list[int]] = {}
    waves = {wave: n for n, wave in enumerate(library.site.waves)}
    for participation, task in _asked(people, library):
        if task.window.last < since or task.window.first > until:
            continue
        instrument = library.instruments[task.instrument].instrument
        place = (task.window, participation.service, participation.group, task.wave, instrument)
        row = counts.setdefault(place, [0, 0])
        row[0] += 1
        row[1] += (participation.id, instrument, task.wave) in done
    rows = [
        DueRow(service=service, group=group, wave=wave, instrument=instrument, window=window, asked=n, answered=done_n)
        for (window, service, group, wave, instrument), (n, done_n) in counts.items()
    ]
    return sorted(
        rows,
        key=lambda row: (row.window.last, row.service, row.group or "", waves[row.wave], row.instrument, row.window),
    )


def without_exit(people: Iterable[Participation], *, today: date) -> Counter[tuple[str, str | None]]:
    """How many in each service and group ought to have left, since their planned end is past, and no exit is stored."""
    return Counter((one.service, one.group) for one in people if is_without_exit(one, today=today))


def is_without_exit(participation: Participation, *, today: date) -> bool:
    """Whether somebody ought to have left, and no exit is stored."""
    if participation.end is not None or participation.revoked:
        return False
    return date.fromisoformat(participation.planned_end) < today


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
    """Whom to remind, those whose time ends first at the top; nobody who has taken their answers back, since they
    cannot answer again. For the area's own staff: a provider is never shown who has answered."""
    done = settled(store)
    found = []
    for participation, task in _asked(everyone(store), library):
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

Result = Extent | Literal["silent", "still_open", "early"]
"""What came of a questionnaire: while its time is not over, `early` if it is answered, else `still_open`."""
Level = Literal["provider", "service", "group"]
Span = Literal["month", "quarter"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One questionnaire that somebody was asked, the last day on which they could answer, and what came of it."""

    service: str
    group: str | None
    instrument: str
    wave: str
    closes: date
    result: Result


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Final dispositions, of those whose time is over.

    Everybody invited is known and eligible, so unknown eligibility is 0 and RR1 = RR3 = RR5, RR2 = RR4 = RR6. Those
    revoked are not eligible. `still_open` can yet answer, `early` have answered before their time is over, and both are
    in no rate: else those who answer at once would be counted before those who never do. A sealed submission counts as
    `partial`.
    """

    complete: int = 0
    partial: int = 0
    break_off: int = 0
    silent: int = 0
    still_open: int = 0
    early: int = 0

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


@dataclass(frozen=True, kw_only=True)
class RateRow(Counts):
    """Counts of one instrument and wave, of a group of a service, a whole service, or (`service` is empty) all services
    of a provider."""

    provider: str
    service: str
    group: str | None
    instrument: str
    wave: str


@dataclass(frozen=True, kw_only=True)
class TrendRow(Counts):
    """Counts of those whose time ended in one month or quarter, by its first and last day."""

    first: date
    last: date


def extent(submission: Submission) -> Extent:
    """How much of what was shown is answered. A reason that the form offered, like "does not concern me", answers."""
    left_out = sum(reason == "skipped" for reason in submission.absent.values())
    offered = sum(reason not in ("skipped", "not_shown") for reason in submission.absent.values())
    answered = sum("." not in item for item in submission.answers) + offered
    return records.extent_of(answered=answered, shown=answered + left_out)


def response_rates(store: Store, library: Library, *, keys: Iterable[str], today: date) -> list[RateRow]:
    """One row per service, group, wave and instrument that anybody was asked. Reads every submission; `keys` are
    theirs."""
    return by_level(cases(store, library, keys=keys, today=today), library, level="group")


def cases(store: Store, library: Library, *, keys: Iterable[str], today: date) -> Iterator[Case]:
    """Every questionnaire that somebody was asked and could have answered by now. Reads every submission; `keys` are
    theirs. Those so old that answers to them are no longer kept are left out."""
    extents = dict(_extents(store, keys))
    done = settled(store)
    for participation, task in _asked(everyone(store), library):
        instrument = library.instruments[task.instrument].instrument
        place = (participation.id, instrument, task.wave)
        if _is_forgotten(library, instrument, task.window, today):
            continue
        result = _result(extents.get(place), task.window, today, settled=place in done)
        if result is not None:
            yield Case(
                service=participation.service,
                group=participation.group,
                instrument=instrument,
                wave=task.wave,
                closes=task.window.last,
                result=result,
            )


def _result(
    found: Extent | Literal["sealed"] | None, window: schedule.Window, today: date, *, settled: bool
) -> Result | None:
    if today <= window.last:
        return "early" if settled else "still_open" if today in window else None
    return "silent" if found is None else "partial" if found == "sealed" else found


def _is_forgotten(library: Library, instrument: str, window: schedule.Window, today: date) -> bool:
    """Whether the first answers to a questionnaire have been kept long enough: without them the others would be taken
    for all."""
    kept = library.site.retention
    own = kept.instruments.get(instrument)
    months = own.answers if own and own.answers is not None else kept.answers
    return schedule.add_months(window.first, months) < today


def by_level(found: Iterable[Case], library: Library, *, level: Level) -> list[RateRow]:
    """One row per wave and instrument of each group, service or provider, in the order of services.yaml and
    site.yaml."""
    providers = {service.id: service.provider for service in library.services.services}
    counts: dict[tuple[str, str, str | None, str, str], Counter[str]] = {}
    for case in found:
        place = (*_unit(case, providers, level), case.wave, case.instrument)
        counts.setdefault(place, Counter())[case.result] += 1
    rows = [
        RateRow(provider=provider, service=service, group=group, wave=wave, instrument=instrument, **row)
        for (provider, service, group, wave, instrument), row in counts.items()
    ]
    waves = {wave: n for n, wave in enumerate(library.site.waves)}
    return sorted(rows, key=lambda row: (_order(row, library), waves[row.wave], row.instrument))


def whole_units(found: Iterable[Case], library: Library, *, level: Level) -> list[RateRow]:
    """One row for each group, service or provider, of all its waves and instruments, which are empty in it."""
    providers = {service.id: service.provider for service in library.services.services}
    counts: dict[tuple[str, str, str | None], Counter[str]] = {}
    for case in found:
        counts.setdefault(_unit(case, providers, level), Counter())[case.result] += 1
    rows = [
        RateRow(provider=provider, service=service, group=group, wave="", instrument="", **row)
        for (provider, service, group), row in counts.items()
    ]
    return sorted(rows, key=lambda row: _order(row, library))


def _unit(case: Case, providers: Mapping[str, str], level: Level) -> tuple[str, str, str | None]:
    """What a case is counted with: provider, service and group, as far as the level goes."""
    return (
        providers[case.service],
        case.service if level != "provider" else "",
        case.group if level == "group" else None,
    )


def _order(row: RateRow, library: Library) -> tuple[int, str]:
    if row.service:
        return [service.id for service in library.services.services].index(row.service), row.group or ""
    return list(library.services.providers).index(row.provider), ""


def trend(found: Iterable[Case], *, span: Span) -> list[TrendRow]:
    """Those whose time is over by the month or quarter in which it ended: every one from the first to the last, also
    where nobody's time ended in it."""
    counts: dict[date, Counter[str]] = {}
    for case in found:
        if case.result not in ("still_open", "early"):
            counts.setdefault(span_of(case.closes, span).first, Counter())[case.result] += 1
    rows = []
    day = min(counts, default=None)
    while day is not None and day <= max(counts):
        days = span_of(day, span)
        rows.append(TrendRow(first=days.first, last=days.last, **counts.get(day, Counter())))
        day = days.last + timedelta(days=1)
    return rows


def span_of(day: date, span: Span) -> schedule.Window:
    """The month or quarter that a day is in."""
    months = 1 if span == "month" else 3
    first = date(day.year, day.month - (day.month - 1) % months, 1)
    return schedule.Window(first, schedule.add_months(first, months) - timedelta(days=1))


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
