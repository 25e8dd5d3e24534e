"""Participations in life: inviting with codes, finding what is due, counting. The day and randomness are arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from collector.settings import Keys
from collector.stores import Store
from survey import codes, records, schedule
from survey.model import Group, Library, Service
from survey.records import Participation

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


class InviteError(Exception):
    """The invitation names something that does not exist, or leaves something open; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A new participation with its code in clear: the only time that it is seen."""

    participation: Participation
    code: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Whom an invitation is for: dates are settled."""

    service: Service
    group: str | None
    start: date
    end: date


def plan(
    library: Library, *, service: str, group: str | None, start: date | None, end: date | None, today: date
) -> Plan:
    """The service, group and dates of an invitation. Dates come from the group, else today and `length_days`."""
    known = {each.id: each for each in library.services.services}
    if service not in known:
        raise InviteError(f"There is no service '{service}'. The services are: {', '.join(known)}.")
    chosen = known[service]
    if chosen.open:
        raise InviteError(f"Service '{service}' is open: anybody may answer about it, and no codes are needed.")
    member = _group(chosen, group)
    first = start or (date.fromisoformat(member.start) if member else today)
    last = end or (date.fromisoformat(member.end) if member else first + timedelta(days=chosen.length_days))
    for day in (first, last):
        if not EARLIEST <= day <= LATEST:
            raise InviteError(f"The date {day} cannot be right. Give one from {EARLIEST} to {LATEST}.")
    if last < first:
        raise InviteError(f"The end {last} comes before the start {first}. Give --start and --end in order.")
    return Plan(service=chosen, group=member.id if member else None, start=first, end=last)


def _group(service: Service, group: str | None) -> Group | None:
    groups = {each.id: each for each in service.groups}
    if group is not None:
        if group not in groups:
            known = f"Its groups are: {', '.join(groups)}." if groups else "It has no groups: leave --group out."
            raise InviteError(f"Service '{service.id}' has no group '{group}'. {known}")
        return groups[group]
    if len(groups) > 1:
        listed = ", ".join(f"{each.id} ({each.start} to {each.end})" for each in groups.values())
        raise InviteError(f"Service '{service.id}' has several groups. Choose one with --group: {listed}.")
    return next(iter(groups.values()), None)


def invite(
    store: Store, keys: Keys, plan: Plan, *, count: int, moment: datetime, random: codes.Random
) -> Iterator[Invited]:
    """Stores new participations one after another, each with a number and a code, and yields them."""
    next_number = _free_number(store, plan.service.number_prefix, moment.year)
    for _ in range(count):
        id = codes.new_participation_id(random)
        while not store.create(
            records.number_key(number := f"{plan.service.number_prefix}-{moment.year}-{next_number:03d}"),
            records.encode_link(participation=id),
        ):
            next_number += 1
        participation = Participation(
            id=id,
            number=number,
            service=plan.service.id,
            group=plan.group,
            start=plan.start.isoformat(),
            planned_end=plan.end.isoformat(),
            invited=records.timestamp(moment),
        )
        code = codes.new_code(random)
        store.create(records.participation_key(id, 1), records.encode(participation))
        hashed = keys.code_hashes(code)[0]
        store.create(records.code_key(hashed), records.encode_link(participation=id, key=keys.current_code_key))
        yield Invited(participation=participation, code=code)


def _free_number(store: Store, prefix: str, year: int) -> int:
    """One more than the highest number in use."""
    start = records.number_key(f"{prefix}-{year}-")
    used = [int(key.removeprefix(start)) for key in store.scan(start) if key.removeprefix(start).isdigit()]
    return max(used, default=0) + 1


# --- finding --------------------------------------------------------------------------------------


def by_code(store: Store, keys: Keys, typed: str) -> Participation | None:
    """The participation that a typed code opens, or None for any bad code."""
    code = codes.normalised(typed)
    for hashed in keys.code_hashes(code) if code else ():
        body = store.read(records.code_key(hashed))
        if body is not None:
            return read(store, records.decode_link(body)["participation"])
    return None


def read(store: Store, id: str) -> Participation | None:
    """A participation as it stands now: the last of its records."""
    last = None
    for key in store.scan(f"participation/{id}/"):
        last = key
    body = store.read(last) if last else None
    return records.decode(Participation, body) if body else None


def everyone(store: Store) -> Iterator[Participation]:
    """Every participation as it stands now, in the order of ids."""
    last: dict[str, str] = {}
    for key in store.scan("participation/"):
        last[key.split("/")[1]] = key
    for key in last.values():
        body = store.read(key)
        if body is not None:
            yield records.decode(Participation, body, key=key)


def answered(store: Store, participation: Participation) -> set[tuple[str, str]]:
    """The pairs of instrument and wave that a participation has answered. Reads keys only."""
    found = (records.parse_submission_key(key) for key in store.scan(f"submission/{participation.id}/"))
    return {(key.instrument, key.wave) for key in found}


@dataclass(frozen=True, kw_only=True)
class InUse:
    """The services that somebody was invited to, and those that have answers."""

    invited: frozenset[str]
    answered: frozenset[str]


def services_in_use(store: Store) -> InUse:
    """Which services the store knows. Reads every participation, and of answers only those without one."""
    services = {participation.id: participation.service for participation in everyone(store)}
    answered: set[str] = set()
    for key in store.scan("submission/"):
        owner = records.parse_submission_key(key).owner
        if owner in services:
            answered.add(services[owner])
        elif body := store.read(key):
            answered.add(records.decode(records.Submission, body, key=key).service)
    return InUse(invited=frozenset(services.values()), answered=frozenset(answered))


def answered_instruments(store: Store) -> frozenset[str]:
    """The ids of the instruments that somebody has answered. Reads keys alone."""
    return frozenset(records.parse_submission_key(key).instrument for key in store.scan("submission/"))


def answered_versions(store: Store, keys: Collection[str]) -> Iterator[str]:
    """Those of some versions, `id@version`, that somebody has answered, each once. Reads every answer to their
    instruments until it knows."""
    instruments, found = {key.partition("@")[0] for key in keys}, set[str]()
    for key in store.scan("submission/"):
        if records.parse_submission_key(key).instrument in instruments and (body := store.read(key)):
            submission = records.decode(records.Submission, body, key=key)
            one = f"{submission.instrument}@{submission.version}"
            if one in keys and one not in found:
                found.add(one)
                yield one


# --- counting -------------------------------------------------------------------------------------


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
    done = Counter(
        (key.owner, key.instrument, key.wave) for key in map(records.parse_submission_key, store.scan("submission/"))
    )
    counts: dict[tuple[str, str | None, str, str], list[int]] = {}
    order = {service.id: n for n, service in enumerate(library.services.services)}
    for participation in everyone(store):
        if participation.service not in order:
            continue
        for task in schedule.tasks(library, participation):
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
