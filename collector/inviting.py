"""Inviting: participations with codes, one by one or from a list; and a new code for one that was lost.

A code is in clear in what these functions return, and nowhere else.
"""

from __future__ import annotations

import dataclasses
import functools
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TypeVar

from collector import participations
from collector.lists import Row
from collector.participations import InviteError, refuse_unlikely, written
from collector.settings import Keys
from collector.stores import Store
from survey import codes, locales, records
from survey.frozen import dataclass
from survey.marking import _
from survey.model import Group, Library, Service
from survey.phrases import Words, said
from survey.records import Participation

T = TypeVar("T")
COLUMNS = ("service", "group", "start", "end", "person", "language", "reference")
"""Of a list of people to invite. `language` is that of the slip and the link, and `reference` the area's own: they are
handed back beside the code and not stored."""

LISTED_IN = ("fi", "sv", "en")
NONE = ("-", "–", "—")
"""What people write into the column of groups where there is none."""

NO_SERVICE = _("There is no service '{service}'. The services are: {services}.")
SEVERAL_SERVICES = _("Several services are called '{service}'. Write which one: {services}.")
WHICH_SERVICE = _("The row names no service. Fill it in, or give one for all rows.")
OPEN = _("Service '{service}' is open: anybody may answer about it, and no codes are needed.")
NO_GROUP = _("Service '{service}' has no group '{group}'. Its groups are: {groups}.")
NO_GROUPS = _("Service '{service}' has no group '{group}'. It has no groups: leave the group out.")
WHICH_GROUP = _("Service '{service}' has several groups. Choose one of them: {groups}.")
IN_ORDER = _("The end {end} comes before the start {start}. Look at both dates.")
NO_PSEUDONYM = _("'{person}' was not made by 'mittari pseudonym'. Never store a client number.")
TWICE = _("The same person stands in row {row} too, for the same service and group. Leave one of the two out.")
THERE_ALREADY = _(
    "Already invited to the same service and group, and not ended: row {rows}. Invite them again only if that is meant."
)
NO_LANGUAGE = _("The site has no language '{language}'. It has: {languages}.")
IN_ROW = _("Row {row}: {problem}")
REVOKED = _("The invitation of {number} was taken back. Invite the person anew.")


@dataclass(frozen=True, kw_only=True)
class Invited:
    """A participation with its code in clear: the only time that it is seen."""

    participation: Participation
    code: str
    language: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Whom an invitation is for: dates are settled."""

    service: Service
    group: str | None
    start: date
    end: date
    person: str | None = None
    language: str = ""
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
    chosen = Names(library).service(service)
    return _dated(chosen, _group(chosen, group), start=start, end=end, today=today)


class Names:
    """The services of a library by all that they go by: id, number prefix, and title in every language; and the
    languages of its site, likewise."""

    def __init__(self, library: Library) -> None:
        self.languages = library.site.languages
        self._tags = {plainly(name): tag for tag in self.languages for name in _names_of(tag, library)}
        self.services = library.services.services
        self.by_name: dict[str, list[Service]] = {}
        for one in self.services:
            for name in {plainly(name) for name in (one.id, one.number_prefix, *one.title.values())}:
                self.by_name.setdefault(name, []).append(one)

    def service(self, named: str) -> Service:
        """The service with a name, however its letters are typed. Raises InviteError where there is none to invite
        to."""
        found = [one for one in self.services if one.id == named] or self.by_name.get(plainly(named), [])
        if not found:
            raise InviteError(said(NO_SERVICE, service=named, services=tuple(one.id for one in self.services)))
        if len(found) > 1:
            raise InviteError(said(SEVERAL_SERVICES, service=named, services=tuple(one.id for one in found)))
        if found[0].open:
            raise InviteError(said(OPEN, service=found[0].id))
        return found[0]

    def of_group(self, group: str) -> Service | None:
        """The only service that has a group with this id; None where there is none or are several."""
        found = [one for one in self.services if any(plainly(each.id) == plainly(group) for each in one.groups)]
        return found[0] if len(found) == 1 else None

    def language(self, named: str) -> str:
        """The tag of a language of the site, by its tag or a name of it. Raises InviteError where the site has none."""
        try:
            return self._tags[plainly(named)]
        except KeyError:
            raise InviteError(said(NO_LANGUAGE, language=named, languages=tuple(self.languages))) from None


def _names_of(tag: str, library: Library) -> Iterator[str]:
    """What a language is called: by its tag, by itself, and in the languages in which staff write lists."""
    yield tag
    yield library.site.language_names.get(tag, tag)
    if "-" not in tag:
        # Easy Finnish is a language of the site's own, and Finnish to others.
        yield from (locales.language_name(tag, language) for language in LISTED_IN)


def plainly(text: str) -> str:
    """A text without its capital letters and its spaces at the ends and twice."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _dated(service: Service, group: Group | None, *, start: date | None, end: date | None, today: date) -> Plan:
    first = start or (date.fromisoformat(group.start) if group else today)
    last = end or (date.fromisoformat(group.end) if group else first + timedelta(days=service.length_days))
    for day in (first, last):
        refuse_unlikely(day)
    if last < first:
        raise InviteError(said(IN_ORDER, end=written(last), start=written(first)))
    return Plan(service=service, group=group.id if group else None, start=first, end=last)


def _group(service: Service, group: str | None) -> Group | None:
    groups = {plainly(each.id): each for each in service.groups}
    if group is not None:
        found = groups.get(plainly(group))
        if found is None:
            refusal = NO_GROUP if groups else NO_GROUPS
            listed = tuple(each.id for each in service.groups)
            raise InviteError(said(refusal, service=service.id, group=group, groups=listed))
        return found
    if len(groups) > 1:
        raise InviteError(said(WHICH_GROUP, service=service.id, groups=tuple(map(_spell, service.groups))))
    return next(iter(groups.values()), None)


def _spell(group: Group) -> str:
    first, last = (written(date.fromisoformat(day)) for day in (group.start, group.end))
    return f"{group.id} ({first}–{last})"


# --- lists ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A row of a list with the plan that it makes; none where it has problems, each by its column."""

    row: Row
    plan: Plan | None
    problems: Mapping[str, Words]


def planned(library: Library, rows: Sequence[Row], *, service: str | None, today: date) -> dict[int, Plan]:
    """A plan for each row of a list, by its line; `service` holds where a row names none. Raises InviteError with the
    problem of every row at once."""
    found = looked_through(library, rows, service=service, group=None, today=today)
    wrong = [said(IN_ROW, row=one.row.line, problem=each) for one in found for each in one.problems.values()]
    if wrong:
        raise InviteError(*wrong, said(_("Nobody was invited. Mend these rows and try again.")))
    return plans_of(found)


def plans_of(looked: Sequence[Looked]) -> dict[int, Plan]:
    """The plans of rows without problems, by their lines."""
    return {one.row.line: one.plan for one in looked if one.plan is not None}


def there_already(plans: Mapping[int, Plan], known: Iterable[Participation], *, today: date) -> list[int]:
    """The lines whose person is in the same service and group already: invited, and neither taken back nor ended.
    Where no plan has a person, what is known is not looked at."""
    if not any(plan.person for plan in plans.values()):
        return []
    there = {
        (one.person, one.service, one.group)
        for one in known
        if one.revoked is None and one.end is None and today <= one.end_date
    }
    return [line for line, plan in plans.items() if plan.person and _spell_of(plan) in there]


def _spell_of(plan: Plan) -> tuple[str | None, str, str | None]:
    return plan.person, plan.service.id, plan.group


def looked_through(
    library: Library, rows: Sequence[Row], *, service: str | None, group: str | None, today: date
) -> list[Looked]:
    """Each row of a list with its plan or its problems. `service`, and within it `group`, hold where a row names
    none."""
    names = Names(library)
    found: list[Looked] = []
    spells: dict[tuple[str | None, str, str | None], int] = {}
    for row in rows:
        looking = _Looking(names, row, service, group, today)
        plan = looking.plan()
        person = looking.at("person", functools.partial(_person, row))
        if person is not None and plan is not None:
            spell = _spell_of(dataclasses.replace(plan, person=person))
            first = spells.setdefault(spell, row.line)
            if first != row.line:
                looking.problems["person"] = said(TWICE, row=first)
        language = looking.at("language", functools.partial(_language, names, row))
        if looking.problems or plan is None:
            found.append(Looked(row=row, plan=None, problems=looking.problems))
        else:
            whole = dataclasses.replace(plan, person=person, language=language or "", reference=row.text("reference"))
            found.append(Looked(row=row, plan=whole, problems={}))
    return found


class _Looking:
    """A row being looked through. Each problem is kept under the column where it can be mended."""

    def __init__(self, names: Names, row: Row, service: str | None, group: str | None, today: date) -> None:
        self.problems: dict[str, Words] = {}
        self._names, self._row, self._today = names, row, today
        self._service, self._group = service, group

    def at(self, column: str, work: Callable[[], T]) -> T | None:
        """What a column gives; None where it has a problem."""
        try:
            return work()
        except InviteError as error:
            self.problems[column] = error.sentences[0]
            return None

    def plan(self) -> Plan | None:
        """Service, group and dates, as far as they have no problems."""
        start, end = (self.at(column, functools.partial(self._day, column)) for column in ("start", "end"))
        service = self.at("service", self._service_of)
        if service is None:
            return None
        group = self.at("group", lambda: _group(service, self._group_named(service)))
        if self.problems:
            return None
        # Where the list gives no end, its start is what can be mended.
        column = "end" if self._row.text("end") or not self._row.text("start") else "start"
        return self.at(column, lambda: _dated(service, group, start=start, end=end, today=self._today))

    def _day(self, column: str) -> date | None:
        day = self._row.day(column)
        if day is not None:
            refuse_unlikely(day)
        return day

    def _service_of(self) -> Service:
        named = self._row.text("service") or self._service
        service = self._names.service(named) if named else self._names.of_group(self._row.text("group"))
        if service is None:
            raise InviteError(said(WHICH_SERVICE))
        return service

    def _group_named(self, service: Service) -> str | None:
        named = self._row.text("group")
        if named in NONE:
            return None
        given = self._group if self._service == service.id or not self._row.text("service") else None
        return named or given


def _language(names: Names, row: Row) -> str:
    named = row.text("language")
    return names.language(named) if named else ""


def _person(row: Row) -> str | None:
    person = row.text("person") or None
    if person is not None and not codes.is_person(person):
        raise InviteError(said(NO_PSEUDONYM, person=person))
    return person


# --- storing --------------------------------------------------------------------------------------


def invite(
    store: Store, keys: Keys, plans: Sequence[Plan], *, moment: datetime, random: codes.Random
) -> Iterator[Invited]:
    """Stores new participations one after another, each with a number and a code, and yields them."""
    free: dict[str, int] = {}
    for one in plans:
        prefix = one.service.number_prefix
        if prefix not in free:
            free[prefix] = _free_number(store, prefix, moment.year)
        code = codes.new_code(random)
        new = functools.partial(
            one.participation,
            id=codes.new_participation_id(random),
            invited=records.timestamp(moment),
            code=keys.code_hashes(code)[0],
        )
        # Somebody else may have taken the number meanwhile.
        while not _is_stored(store, keys, made := new(number=f"{prefix}-{moment.year}-{free[prefix]:03d}")):
            free[prefix] += 1
        yield Invited(participation=made, code=code, language=one.language, reference=one.reference)


def _is_stored(store: Store, keys: Keys, new: Participation) -> bool:
    """Stores a participation with its number and its code, in one turn of the store; False where the number is
    taken."""
    stored = store.create_in_order(
        (records.number_key(new.number), records.encode_link(participation=new.id)),
        (records.participation_key(new.id, 1), records.encode(new)),
        (records.code_key(new.code or ""), records.encode_link(participation=new.id, key=keys.current_code_key)),
    )
    return stored > 0


def replaced(store: Store, keys: Keys, participation: Participation, *, random: codes.Random) -> Invited:
    """Stores a new code for a participation; the one before opens nothing any more."""
    if participation.revoked:
        raise InviteError(said(REVOKED, number=participation.number))
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
