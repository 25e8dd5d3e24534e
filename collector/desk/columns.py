"""What the columns of a list may be, and what those of one that came are likely to be: by their headings, and by what
stands in them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, get_args

from collector import inviting, leaving, lists
from collector.inviting import Names, plainly
from collector.lists import Table
from collector.participations import InviteError, number_typed
from survey import codes
from survey.frozen import dataclass
from survey.marking import _

Kind = Literal["people", "exits"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Holds = Callable[[str], bool]
"""Whether a cell can stand in a column."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column that is brought in: our id, its name and what it is for, in words."""

    id: str
    name: str
    help: str


COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    "people": (
        Column(
            id="service",
            name=_("Service"),
            help=_("The title of the service, or the letters with which its numbers begin: {service}, or {prefix}."),
        ),
        Column(
            id="group",
            name=_("Group"),
            help=_("The id of the group, such as {group}. Empty where the service has no groups."),
        ),
        Column(
            id="start",
            name=_("Own start"),
            help=_("Where somebody begins on another day than the group. Else empty: the group's start holds."),
        ),
        Column(
            id="end",
            name=_("Planned end"),
            help=_("Where somebody ends on another day than the group. Else empty: the group's end holds."),
        ),
        Column(
            id="person",
            name=_("Pseudonym of the person"),
            help=_(
                "It joins the services of one person. It is made of client numbers on a machine of the area's own, "
                "with 'mittari pseudonym'. Leave the column out if you have none. Client numbers never stand in it."
            ),
        ),
        Column(
            id="language",
            name=_("Language of the slip"),
            help=_(
                "In which somebody is handed their slip and link, like {language}. Empty means the one that you choose "
                "when you print. It is stored nowhere, and everybody can change it when they answer."
            ),
        ),
        Column(
            id="reference",
            name=_("Own reference"),
            help=_(
                "A mark of your own, such as the number of the row in your key list. You get it back beside the code. "
                "It is stored nowhere."
            ),
        ),
    ),
    "exits": (
        Column(id="number", name=_("Number"), help=_("It stands on the slip, like JT-2026-017.")),
        Column(
            id="end",
            name=_("Day of the exit"),
            help=_("The last day in the service, like 31.3.2026. Empty means today."),
        ),
        Column(id="reason", name=_("Reason"), help=_("One of these: {reasons}.")),
    ),
}
"""The columns of a list of people to invite, and of one of exits."""
NEEDED: Mapping[Kind, tuple[str, ...]] = {"people": (), "exits": ("number", "reason")}
CHOSEN = ("service", "group", "language", "reason")
"""Columns of which the desk knows what may stand in them."""

_HEADINGS: Sequence[tuple[str, re.Pattern[str]]] = (
    ("reference", re.compile(r"viite|referens|reference|asiakasn|klientn|client")),
    ("reason", re.compile(r"\bsyy|\w+syy|orsak|reason|varför|miksi")),
    ("language", re.compile(r"kieli|kielen|språk|language")),
    ("start", re.compile(r"alku|alka|aloit|börj|start|inled|begin")),
    ("end", re.compile(r"loppu|pääty|päätt|slut|\bend|avslut|poistu|left|exit")),
    ("person", re.compile(r"henkilö|pseudonyym|peite|tunniste|pseudonym|person")),
    ("group", re.compile(r"ryhm|grupp|group")),
    ("service", re.compile(r"palvel|tjänst|service")),
    ("number", re.compile(r"numero|nummer|number|\bnro|osallistum|deltagan|participation")),
)
"""What headings have in them, the surest first."""
_SURE = ("person", "number", "reason", "language")
"""Columns that are never guessed by their heading alone."""


def columns(kind: Kind) -> tuple[str, ...]:
    """The ids of the columns of a kind of list."""
    return inviting.COLUMNS if kind == "people" else leaving.COLUMNS


def guessed(table: Table, kind: Kind, names: Names) -> list[str]:
    """For each column of a list the id of ours that it is likely to be, each once; empty for those that are none."""
    holds = _holds(kind, names)
    likely = [_likely(table, heading, kind, holds) for heading in table.headings]
    taken: set[str] = set()
    found = [""] * len(likely)
    # What heading and content agree on comes first, whichever column stands first.
    for sure in (True, False):
        for at, (candidates, agreed) in enumerate(likely):
            free = [one for one in candidates if one not in taken]
            if agreed == sure and not found[at] and free:
                found[at] = free[0]
                taken.add(free[0])
    return found


def _likely(table: Table, heading: str, kind: Kind, holds: Mapping[str, Holds]) -> tuple[list[str], bool]:
    """What a column may be, the likeliest first, and whether its heading and what stands in it agree."""
    cells = [cell for row in table.rows if (cell := row.text(heading))]
    content = [id for id, can in holds.items() if cells and sum(map(can, cells)) * 2 >= len(cells)]
    plain = heading.lower()
    known = lists.ALIASES.get(plain, plain)
    by_heading = [id for id, pattern in _HEADINGS if pattern.search(plain) and id in columns(kind)]
    by_heading = ([known] if known in columns(kind) else []) + by_heading
    agreed = [id for id in by_heading if id in content or (id == "reference" and not content) or not cells]
    others = [id for id in by_heading if id not in agreed and (id not in _SURE or known == id)]
    return [*agreed, *content, *others], bool(agreed)


def _holds(kind: Kind, names: Names) -> Mapping[str, Holds]:
    """What can stand in each column, as far as a cell tells."""
    groups = {plainly(group.id) for service in names.services for group in service.groups}
    can: Mapping[str, Holds] = {
        "service": lambda cell: plainly(cell) in names.by_name,
        "group": lambda cell: plainly(cell) in groups,
        "start": _is_day,
        "end": _is_day,
        "person": codes.is_person,
        "language": functools.partial(_is_language, names),
        "number": lambda cell: number_typed(cell) is not None,
        "reason": _is_reason,
    }
    return {id: one for id, one in can.items() if id in columns(kind)}


def _is_day(cell: str) -> bool:
    try:
        lists.day_of(cell)
    except InviteError:
        return False
    return True


def _is_language(names: Names, cell: str) -> bool:
    try:
        names.language(cell)
    except InviteError:
        return False
    return True


def _is_reason(cell: str) -> bool:
    try:
        leaving.reason_of(cell)
    except InviteError:
        return False
    return True


def is_in_doubt(table: Table) -> bool:
    """Whether the first row of a list may be a person: no heading of it is like one of ours."""
    return table.headed and not any(_is_heading(cell) for cell in table.above[-1][1])


def is_likely_a_row(table: Table) -> bool:
    """Whether a first row that is in doubt is likely to be a person: headings have no figures."""
    return any(sign.isdigit() for cell in table.above[-1][1] for sign in cell)


def _is_heading(cell: str) -> bool:
    plain = " ".join(cell.split()).lower()
    return plain in lists.ALIASES or any(plain == id or pattern.search(plain) for id, pattern in _HEADINGS)


def values(names: Names) -> frozenset[str]:
    """Texts in small letters that stand in lists and are no headings: what services and groups go by."""
    groups = {group.id.lower() for service in names.services for group in service.groups}
    return frozenset(names.by_name) | groups
