"""Alarms and thanks: the rules of the instruments, run on each group when its time to answer is over.

People whose answers are looked at together are a *unit*: a group of a service at a wave. Those who came without a
group are a unit by the calendar month in which their time to answer ends, answers without a code by the month in which
they came: a month on its own is over when it ends, whoever joins later. What was answered leaves here protected, and
what is raised hangs on the calendar and the answers alone, never on who looks when.
"""

from __future__ import annotations

import calendar
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

import pandas as pd

from analysis import pairing
from analysis.dataset import Dataset
from analysis.disclosure import Protected, Release, ShareFigures
from analysis.outcomes import Split
from analysis.scores import numbers
from analysis.suppression import Place
from analysis.work import day_of
from survey import codes
from survey.model import Alarm as Rule
from survey.model import Instrument, Item, Library, Option, Service, canonical, structure, waves_of
from survey.records import Reply, Role, timestamp
from survey.schedule import Window, add_months, window_between

Sort = Literal["alarm", "thanks"]
State = Literal["overdue", "open", "told", "answered"]
"""An answer is late, or awaited; none is asked for; or it is there."""
_STATES: tuple[State, ...] = ("overdue", "open", "told", "answered")
_COUNTED_ELSEWHERE = frozenset(["single", "dropdown", "yes_no", "multiple", "rank"])
"""Of these questions a report counts the answers of whole services: with the numbers of a group, those of the others
would follow."""


@dataclass(frozen=True, kw_only=True, order=True)
class Unit:
    """People whose answers are looked at together: those of a `group`, or those without one of a `month` (2027-01)."""

    service: str
    wave: str
    group: str = ""
    month: str = ""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A rule that has been reached by a unit whose time to answer is over: at least `least` of its answers lie beyond
    the limit. `closed` is the last day on which they could come.

    `told` has the numbers where they may be shown; where it or its figures are None no more than `least` may be said.
    """

    id: str
    sort: Sort
    rule: Rule
    instrument: Instrument
    unit: Unit
    service: Service
    provider: str
    closed: date
    least: int
    told: Protected[ShareFigures] | None

    @property
    def item(self) -> Item:
        return self.instrument.item(self.rule.item)

    @property
    def answer_by(self) -> date | None:
        days = self.rule.answer_within_days
        return None if days is None else self.closed + timedelta(days=days)

    @property
    def answering(self) -> Role | None:
        """Who is to answer: the provider where it is told, else who is named first. None where no answer is asked."""
        if self.sort == "thanks" and self.rule.answer_within_days is None:
            return None
        return "provider" if "provider" in self.rule.to else self.rule.to[0]

    @property
    def options(self) -> tuple[Option, ...]:
        """The answers beyond the limit, where they were given to choose from."""
        return tuple(o for o in _numbered(self.instrument, self.item) if is_beyond(self.rule, float(o.value)))


@dataclass(frozen=True, kw_only=True)
class AlarmRow:
    """An alarm or thanks with what was replied, the oldest first, and how it stands. `days` are left, or over where it
    is overdue."""

    alarm: Alarm
    replies: tuple[Reply, ...]
    state: State
    days: int | None


@dataclass(frozen=True, kw_only=True)
class AlarmTable:
    """Everything raised by a day: what is overdue, open, told, answered, each by when an answer is or was due.

    `looked_at`: how many questionnaires of units with rules had closed and had answers; of `too_few` of them fewer came
    than may be told of. `without_alarm` are replies to what is not raised any more.
    """

    day: date
    library: Library
    looked_at: int
    too_few: int
    rows: tuple[AlarmRow, ...]
    without_alarm: tuple[Reply, ...]

    @property
    def open(self) -> tuple[AlarmRow, ...]:
        """Those that wait for an answer."""
        return tuple(row for row in self.rows if row.state in ("overdue", "open"))


def alarm_table(dataset: Dataset, release: Release, *, day: date | None = None) -> AlarmTable:
    """What the answers of a dataset raise by a day; without one, the day of its export.

    A unit that closes after the export is not looked at, whatever the day; nor one whose first answers may have been
    removed by their age since, as it would shrink from day to day and tell whose went. Only answers in time, in
    languages that are reviewed, count, and of each person the first.
    """
    today = day or day_of(dataset)
    whole_until = min(today, day_of(dataset))
    spans, unit_of = _spans(dataset)
    alarms: list[Alarm] = []
    looked_at = too_few = 0
    for unit, instrument, rows in _by_unit(dataset, spans, unit_of):
        span = spans[unit]
        if span.last >= whole_until or _ages(dataset.library, instrument, span) < today:
            continue
        looked_at += 1
        too_few += len(rows) < release.policy.minimum_count
        alarms += _raised(dataset.library, release, unit, span.last, rows)
    return _table(dataset.library, alarms, _replies(dataset), day=today, looked_at=looked_at, too_few=too_few)


def with_replies(table: AlarmTable, replies: Iterable[Reply], *, day: date) -> AlarmTable:
    """What was raised, as it stands on a day with the replies that there are by then."""
    alarms = [row.alarm for row in table.rows]
    return _table(table.library, alarms, replies, day=day, looked_at=table.looked_at, too_few=table.too_few)


def alarm_id(typed: str) -> str:
    """The id that somebody meant: its case and spaces do not matter, O is 0, I and L are 1."""
    symbols = "".join(typed.upper().replace("-", "").split()).translate(str.maketrans("OIL", "011"))
    return f"{symbols[:4]}-{symbols[4:]}"


def is_beyond(rule: Rule, value: float) -> bool:
    """Whether an answer is under the lower or over the upper limit of a rule."""
    return (rule.below is not None and value < rule.below) or (rule.above is not None and value > rule.above)


# --- units -----------------------------------------------------------------------------------------------------------


def _spans(dataset: Dataset) -> tuple[dict[Unit, Window], Mapping[tuple[str, str], Unit]]:
    """From the first to the last day on which anything of a unit can be answered; and the unit of each participation
    at each wave."""
    waves = dataset.library.site.waves
    # Few participations differ in their dates, and a calendar rule is slow.
    window = cache(lambda start, end, wave: window_between(start, end, waves[wave]))
    spans: dict[Unit, Window] = {}
    unit_of: dict[tuple[str, str], Unit] = {}
    people = dataset.participations
    columns = (people[name] for name in ("id", "service", "group", "start", "planned_end", "end"))
    for id, service, group, start, planned, end in zip(*columns, strict=True):
        for wave in waves:
            days = window(start, planned if pd.isna(end) else end, wave)
            if pd.isna(group):
                unit = Unit(service=service, wave=wave, month=f"{days.last:%Y-%m}")
                days = Window(days.first, _month(days.last).last)
            else:
                unit = Unit(service=service, wave=wave, group=group)
            known = spans.get(unit, days)
            spans[unit] = Window(min(known.first, days.first), max(known.last, days.last))
            unit_of[id, wave] = unit
    return spans, unit_of


def _month(day: date) -> Window:
    return Window(day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1]))


def _by_unit(
    dataset: Dataset, spans: dict[Unit, Window], unit_of: Mapping[tuple[str, str], Unit]
) -> Iterator[tuple[Unit, str, pd.DataFrame]]:
    """The answers of each unit to each instrument with rules, oldest first; months of answers without a code are added
    to `spans`."""
    ruled = {i.instrument for i in dataset.library.instruments.values() if i.alarms or i.thanks}
    responses = dataset.responses
    counts = (pairing.timely(dataset) | responses["participation"].isna()) & ~pairing.under_review(dataset)
    rows = responses[counts & responses["instrument"].isin(ruled)].sort_values(["received", "submission"])
    places: dict[tuple[Unit, str], list[int]] = {}
    columns = (rows[name] for name in ("participation", "service", "wave", "instrument"))
    days = rows["received"].dt.tz_convert(dataset.library.site.time_zone).dt.date
    for at, (participation, service, wave, instrument, day) in enumerate(zip(*columns, days, strict=True)):
        if pd.isna(participation):
            unit = Unit(service=service, wave=wave, month=f"{day:%Y-%m}")
            spans.setdefault(unit, _month(day))
        else:
            unit = unit_of[participation, wave]
        places.setdefault((unit, instrument), []).append(at)
    for (unit, instrument), found in sorted(places.items()):
        yield unit, instrument, rows.iloc[found]


def _ages(library: Library, instrument: str, span: Window) -> date:
    """The last day on which no answer of a unit has been kept for longer than it may be."""
    own = library.site.retention.instruments.get(instrument)
    months = own.answers if own and own.answers is not None else library.site.retention.answers
    return add_months(span.first, months)


# --- rules -----------------------------------------------------------------------------------------------------------


def _raised(library: Library, release: Release, unit: Unit, closed: date, rows: pd.DataFrame) -> Iterator[Alarm]:
    """The rules of the version that the unit was asked last, on the answers to all versions that ask the same."""
    name = str(rows["instrument"].iloc[0])
    instrument = library.instruments[f"{name}@{rows['version'].max()}"]
    service = library.services.service(unit.service)
    provider = library.services.providers.get(service.provider)
    for item, rules in _by_item(instrument).items():
        if unit.wave not in waves_of(instrument.item(item), instrument):
            continue
        values = _values(library, instrument, instrument.item(item), rows)
        found = [(id, sort, rule) for id, sort, rule in rules if _holds(rule, values, release)]
        apart = _may_be_told(instrument, item, [rule for *_, rule in found], values, release)
        for id, sort, rule in found:
            split = Split.of(pd.Series([is_beyond(rule, value) for value in values], dtype=bool))
            yield Alarm(
                id=_id(*id, unit),
                sort=sort,
                rule=rule,
                instrument=instrument,
                unit=unit,
                service=service,
                provider=provider.name if provider else service.provider,
                closed=closed,
                least=_least(rule, release),
                told=release.shares({Place(): split})[Place()] if apart else None,
            )


def _by_item(instrument: Instrument) -> Mapping[str, list[tuple[tuple[object, ...], Sort, Rule]]]:
    """The rules of an instrument by the question that they are about, each with what it is known by: not its place
    among the others, which may move."""
    found: dict[str, list[tuple[tuple[object, ...], Sort, Rule]]] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    sorts: Sequence[tuple[Sort, Sequence[Rule]]] = (("alarm", instrument.alarms), ("thanks", instrument.thanks))
    for sort, rules in sorts:
        for rule in rules:
            limits = [None if limit is None else float(limit) for limit in (rule.below, rule.above)]
            known = (instrument.instrument, instrument.version, sort, rule.item, *limits)
            found.setdefault(rule.item, []).append(((*known, seen[known]), sort, rule))
            seen[known] += 1
    return found


def _id(*parts: object) -> str:
    """Eight symbols that are the same whenever the same rule is reached by the same unit."""
    *rule, unit = parts
    assert isinstance(unit, Unit)
    covered = [*rule, unit.service, unit.wave, unit.group, unit.month]
    number = int.from_bytes(hashlib.sha256(canonical(covered)).digest()[:5])
    symbols = "".join(codes.ALPHABET[number >> (5 * place) & 31] for place in reversed(range(8)))
    return f"{symbols[:4]}-{symbols[4:]}"


def _values(library: Library, instrument: Instrument, item: Item, rows: pd.DataFrame) -> list[float]:
    """What each person first answered to a question, in versions that ask it alike."""
    alike = [
        other.version
        for other in library.instruments.values()
        if other.instrument == instrument.instrument
        and any(one.id == item.id and structure(other, one) == structure(instrument, item) for one in other.items())
    ]
    values = numbers(rows.loc[rows["version"].isin(alike), item.id]).dropna()
    people = rows["person"].fillna(rows["participation"]).fillna(rows["submission"])
    return [float(value) for value in values[~people.loc[values.index].duplicated()]]


def _least(rule: Rule, release: Release) -> int:
    """How many must have answered beyond the limit: as the rule says, and never fewer than may be told of."""
    return max(rule.at_least, release.policy.minimum_count)


def _holds(rule: Rule, values: Sequence[float], release: Release) -> bool:
    return sum(is_beyond(rule, value) for value in values) >= _least(rule, release)


# --- protection ------------------------------------------------------------------------------------------------------


def _may_be_told(
    instrument: Instrument, item: str, rules: Sequence[Rule], values: Sequence[float], release: Release
) -> bool:
    """Whether the numbers of all rules that a unit has reached on one question may be told together: enough people in
    every part that the limits cut the answers into."""
    if instrument.item(item).type in _COUNTED_ELSEWHERE:
        return False
    parts = Counter(_part(rules, value) for value in values)
    possible = {_part(rules, value) for value in _possible(instrument, instrument.item(item), rules)}
    return all(parts[part] >= release.policy.minimum_count for part in possible)


def _part(rules: Sequence[Rule], value: float) -> tuple[bool, ...]:
    return tuple(is_beyond(rule, value) for rule in rules)


def _possible(instrument: Instrument, item: Item, rules: Sequence[Rule]) -> list[float]:
    """A value in every part that the limits cut the possible answers into."""
    options = _numbered(instrument, item)
    if options:
        return [float(option.value) for option in options]
    limits = [limit for rule in rules for limit in (rule.below, rule.above) if limit is not None]
    return [
        near for limit in limits for near in (math.nextafter(limit, -math.inf), limit, math.nextafter(limit, math.inf))
    ]


def _numbered(instrument: Instrument, item: Item) -> tuple[Option, ...]:
    """The options of a question that are answers; they are numbers where a rule is about it."""
    options = instrument.options(item)
    return tuple(option for option in options if option.missing is None and not isinstance(option.value, str))


# --- the table -------------------------------------------------------------------------------------------------------


def _table(
    library: Library, alarms: Sequence[Alarm], replies: Iterable[Reply], *, day: date, looked_at: int, too_few: int
) -> AlarmTable:
    found: dict[str, list[Reply]] = {}
    for reply in replies:
        found.setdefault(reply.alarm, []).append(reply)
    rows = [_row(alarm, tuple(found.pop(alarm.id, ())), day) for alarm in alarms]
    return AlarmTable(
        day=day,
        library=library,
        looked_at=looked_at,
        too_few=too_few,
        rows=tuple(sorted(rows, key=_place)),
        without_alarm=tuple(reply for left in found.values() for reply in left),
    )


def _row(alarm: Alarm, replies: tuple[Reply, ...], today: date) -> AlarmRow:
    """A reply of who is to answer settles it; what others say stands beside."""
    due = alarm.answer_by
    state: State = "open"
    if any(reply.by == alarm.answering for reply in replies):
        state = "answered"
    elif alarm.answering is None:
        state = "told"
    elif due is not None and due < today:
        state = "overdue"
    days = None if due is None or state not in ("overdue", "open") else abs((due - today).days)
    return AlarmRow(alarm=alarm, replies=replies, state=state, days=days)


def _place(row: AlarmRow) -> tuple[object, ...]:
    alarm = row.alarm
    return (_STATES.index(row.state), alarm.answer_by or date.max, alarm.closed, alarm.unit, alarm.id)


def _replies(dataset: Dataset) -> Iterator[Reply]:
    for row in dataset.replies.sort_values(["alarm", "n"]).to_dict("records"):
        yield Reply(
            alarm=row["alarm"],
            n=int(row["n"]),
            by=row["by"],
            organisation=row["organisation"],
            text=row["text"],
            action=row["action"],
            done=None if pd.isna(row["done"]) else row["done"].isoformat(),
            moment=timestamp(row["moment"].to_pydatetime()),
        )
