"""Inviting: participations with codes, one by one or from a list; and a new code for one that was lost.

A code is in clear in what these functions return, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from collector import participations
from collector.lists import Row
from collector.participations import EARLIEST, LATEST, InviteError
from collector.settings import Keys
from collector.stores import Store
from survey import codes, records
from survey.frozen import dataclass
from survey.model import Group, Library, Service
from survey.records import Participation

COLUMNS = ("service", "group", "start", "end", "person", "reference")
"""Of a list of people to invite. `reference` is the area's own: it is handed back beside the code and not stored."""


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A participation with its code in clear: the only time that it is seen."""

    participation: Participation
    code: str
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Whom an invitation is for: dates are settled."""

    service: Service
    group: str | None
    start: date
    end: date
    person: str | None = None
    reference: str = ""

    def participation(self, *, id: str, number: str, invited: str, code: str) -> Participation:
        """The participation as it is stored."""
        return Participation(
            id=id,
            number=number,
            service=self.service.id,
            group=self.group,
            start=self.start.isoformat(),
            planned_end=self.end.isoformat(),
            person=self.person,
            invited=invited,
            code=code,
        )


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


def planned(library: Library, rows: Sequence[Row], *, service: str | None, today: date) -> list[Plan]:
    """A plan for each row of a list; `service` holds where a row names none. Raises InviteError with the problem of
    every row at once."""
    plans, wrong = [], []
    persons: dict[str, int] = {}
    for row in rows:
        try:
            plans.append(_planned(library, row, service, today))
            twice = persons.setdefault(plans[-1].person or f"row {row.line}", row.line)
            if twice != row.line:
                raise InviteError(f"the same person stands in row {twice} too. Leave one of the two out.")
        except InviteError as error:
            wrong.append(f"Row {row.line}: {error}")
    if wrong:
        raise InviteError("\n".join([*wrong, "Nobody was invited. Mend these rows and run the command again."]))
    return plans


def _planned(library: Library, row: Row, service: str | None, today: date) -> Plan:
    named = row.text("service") or service
    if not named:
        raise InviteError("no service. Fill in the column 'service', or give one for all with --service.")
    settled = plan(
        library,
        service=named,
        group=row.text("group") or None,
        start=row.day("start"),
        end=row.day("end"),
        today=today,
    )
    person = row.text("person") or None
    if person is not None and not codes.is_person(person):
        raise InviteError(
            f"'{person}' in the column 'person' was not made by 'mittari pseudonym'. Never store a client number."
        )
    return Plan(
        service=settled.service,
        group=settled.group,
        start=settled.start,
        end=settled.end,
        person=person,
        reference=row.text("reference"),
    )


def invite(
    store: Store, keys: Keys, plans: Sequence[Plan], *, moment: datetime, random: codes.Random
) -> Iterator[Invited]:
    """Stores new participations one after another, each with a number and a code, and yields them."""
    free: dict[str, int] = {}
    for one in plans:
        prefix = one.service.number_prefix
        if prefix not in free:
            free[prefix] = _free_number(store, prefix, moment.year)
        id = codes.new_participation_id(random)
        while not store.create(
            records.number_key(number := f"{prefix}-{moment.year}-{free[prefix]:03d}"),
            records.encode_link(participation=id),
        ):
            free[prefix] += 1
        code = codes.new_code(random)
        hashed = keys.code_hashes(code)[0]
        participation = one.participation(id=id, number=number, invited=records.timestamp(moment), code=hashed)
        store.create(records.participation_key(id, 1), records.encode(participation))
        store.create(records.code_key(hashed), records.encode_link(participation=id, key=keys.current_code_key))
        yield Invited(participation=participation, code=code, reference=one.reference)


def replaced(store: Store, keys: Keys, participation: Participation, *, random: codes.Random) -> Invited:
    """Stores a new code for a participation; the one before opens nothing any more."""
    if participation.revoked:
        raise InviteError(f"Participation {participation.number} was revoked. Invite the person anew: mittari invite")
    code = codes.new_code(random)
    hashed = keys.code_hashes(code)[0]
    link = records.encode_link(participation=participation.id, key=keys.current_code_key)
    store.create(records.code_key(hashed), link)
    # From here on the new code holds and no other: whatever fails after it leaves only a link that opens nothing.
    now = participations.amended(store, participation, code=hashed)
    if participation.code:
        store.remove(records.code_key(participation.code))
    return Invited(participation=now, code=code)


def _free_number(store: Store, prefix: str, year: int) -> int:
    """One more than the highest number in use."""
    start = records.number_key(f"{prefix}-{year}-")
    used = [int(key.removeprefix(start)) for key in store.scan(start) if key.removeprefix(start).isdigit()]
    return max(used, default=0) + 1
