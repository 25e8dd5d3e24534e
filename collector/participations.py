"""Participations in life: finding them, changing them, and what has been answered. The day is an argument."""

from __future__ import annotations

import dataclasses
import hmac
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any, get_args

from collector.settings import Keys
from collector.stores import Store, StoreTrouble
from survey import codes, records
from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import Phrase, Words, said
from survey.records import ExitReason, Participation

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
EXIT_REASONS: tuple[ExitReason, ...] = get_args(ExitReason)
_TRIES = 5
_BETWEEN = ("Zs", "Cc", "Cf", "Pd")
"""Spaces and hyphens, which stand between the parts of a number."""

UNKNOWN = _("There is no participation '{number}'. Look at the number on the slip or in your own list.")
ERASED = _("There is no participation '{number}'. It was erased.")
UNLIKELY = _("The date {day} cannot be right. Give one from {first} to {last}.")
NOT_YET = _(
    "{number}: the exit {day} has not come yet. Tell of an exit when it has happened; until then, change the planned "
    "end."
)
NEVER_BEGAN = _(
    "{number}: the exit {day} comes before the start {start}. Look at the dates; where somebody never began, take the "
    "invitation back."
)


class InviteError(Exception):
    """What was asked for names something that does not exist, or leaves something open; the message says what to do.

    It is made of sentences, one a line, so that it can be said in any language of the desk. A text that is no phrase is
    said as it is."""

    def __init__(self, *sentences: Words) -> None:
        super().__init__("\n".join(map(str, sentences)))
        self.sentences = sentences

    def say(self, messages: Mapping[str, str]) -> str:
        """The message in one language; `messages` are those of the desk."""
        return "\n".join(one.say(messages) if isinstance(one, Phrase) else one for one in self.sentences)


def written(day: date) -> str:
    """A date as staff write it, in every language: 31.3.2026."""
    return f"{day.day}.{day.month}.{day.year}"


def refuse_unlikely(day: date) -> None:
    """Raises InviteError where a date was mistyped for sure."""
    if not EARLIEST <= day <= LATEST:
        raise InviteError(said(UNLIKELY, day=written(day), first=written(EARLIEST), last=written(LATEST)))


# --- finding --------------------------------------------------------------------------------------


def by_code(store: Store, keys: Keys, typed: str) -> Participation | None:
    """The participation that a typed code opens, or None for any bad code: mistyped, unknown, replaced or revoked."""
    code = codes.normalised(typed)
    for hashed in keys.code_hashes(code) if code else ():
        body = store.read(records.code_key(hashed))
        found = read(store, records.decode_link(body)["participation"]) if body is not None else None
        if found is not None and (found.code is None or hmac.compare_digest(found.code, hashed)):
            return found
    return None


def number_typed(typed: str) -> str | None:
    """The number of a slip as it is stored, however it was typed: `jt 2026 17` is `JT-2026-017`. None for anything
    else."""
    seen = unicodedata.normalize("NFKC", typed[:100]).upper()
    apart = "".join(" " if unicodedata.category(c) in _BETWEEN or c in "._/\u2212" else c for c in seen)
    found = re.fullmatch(r" *([A-Z]{1,4}) *(20[0-9]{2}) *([0-9]{1,6}) *", apart)
    return f"{found[1]}-{found[2]}-{int(found[3]):03d}" if found else None


def by_number(store: Store, number: str) -> Participation:
    """The participation with a printed number, however it is typed. Raises InviteError."""
    body = store.read(records.number_key(number_typed(number) or number.strip().upper()))
    id = records.decode_link(body)["participation"] if body is not None else ""
    found = read(store, id) if id else None
    if found is None:
        raise InviteError(said(ERASED if body is not None else UNKNOWN, number=number))
    return found


def read(store: Store, id: str) -> Participation | None:
    """A participation as it stands now: the last of its records."""
    last = None
    for key in store.scan(f"participation/{id}/"):
        last = key
    body = store.read(last) if last else None
    return records.decode(Participation, body, key=last or "") if body else None


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
    """The pairs of instrument and wave that a participation has answered, also where that was taken back. Reads keys
    only."""
    found = (records.parse_submission_key(key) for key in store.scan(f"submission/{participation.id}/"))
    erased = (key.split("/") for key in store.scan(f"tombstone/{participation.id}/"))
    return {(key.instrument, key.wave) for key in found} | {(key[2], key[3]) for key in erased if len(key) == 4}


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
            answered.add(records.envelope(body, key=key).service)
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
            submission = records.envelope(body, key=key)
            one = f"{submission.instrument}@{submission.version}"
            if one in keys and one not in found:
                found.add(one)
                yield one


# --- changing -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Exit:
    """That somebody has left the service: what is asked at the end is open from then on."""

    participation: Participation
    end: str
    reason: str


def exit(participation: Participation, *, day: date, reason: str, today: date) -> Exit:
    """An exit that may be stored. Raises InviteError."""
    if day > today:
        raise InviteError(said(NOT_YET, number=participation.number, day=written(day)))
    if day < participation.start_date:
        start = written(participation.start_date)
        raise InviteError(said(NEVER_BEGAN, number=participation.number, day=written(day), start=start))
    return Exit(participation=participation, end=day.isoformat(), reason=reason)


def dated(
    store: Store, participation: Participation, *, start: date | None, end: date | None, group: str | None
) -> Participation:
    """Stores own dates, or another group. What is None stays as it is. The end is the planned one."""
    first = start or participation.start_date
    last = end or date.fromisoformat(participation.planned_end)
    for day in (first, last):
        refuse_unlikely(day)
    about = {"number": participation.number, "start": written(first)}
    if last < first:
        raise InviteError(
            said(_("{number}: the end {end} comes before the start {start}."), end=written(last), **about)
        )
    if participation.end is not None and (left := date.fromisoformat(participation.end)) < first:
        raise InviteError(
            said(_("{number}: the exit {day} comes before the start {start}."), day=written(left), **about)
        )
    return amended(
        store,
        participation,
        start=first.isoformat(),
        planned_end=last.isoformat(),
        group=group or participation.group,
    )


def revoked(store: Store, participation: Participation, *, moment: datetime) -> Participation:
    """Stores that the person is not to be asked: no code opens the participation, and it is counted nowhere as
    unanswered. Answers that were given stay."""
    code = participation.code
    now = amended(store, participation, code="", revoked=records.timestamp(moment))
    if code:
        store.remove(records.code_key(code))
    return now


def amended(store: Store, participation: Participation, **changes: Any) -> Participation:
    """Stores a participation with some fields changed, as the next of its records. Raises StoreTrouble."""
    for _try in range(_TRIES):
        last = max((int(key.rpartition("/")[2]) for key in store.scan(f"participation/{participation.id}/")), default=0)
        body = store.read(records.participation_key(participation.id, last)) if last else None
        if body is None:
            raise InviteError(said(ERASED, number=participation.number))
        now = dataclasses.replace(records.decode(Participation, body), **changes)
        if store.create(records.participation_key(participation.id, last + 1), records.encode(now)):
            return now
    raise StoreTrouble(f"Participation {participation.number} is being changed by somebody else. Try again.")
