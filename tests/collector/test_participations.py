"""Participations in life: numbers, codes, dates, counts; and codes in clear nowhere but where they are shown."""

from __future__ import annotations

import dataclasses
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import segno

from collector import counting, inviting, participations, slips
from collector.bundle import Bundle
from collector.participations import InviteError
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey import codes, records
from survey.model import Library
from tests.conftest import NOON, Clock, Invite

TODAY = date(2026, 11, 24)


def plan(library: Library, **given: object) -> inviting.Plan:
    return inviting.plan(library, **{"group": None, "start": None, "end": None, "today": TODAY, **given})  # type: ignore[arg-type]


def test_dates_come_from_the_group_else_from_today(library: Library) -> None:
    """The group's own dates; else today and the length; own dates override both."""
    group = library.services.service("uravalmennus").groups[1]
    made = plan(library, service="uravalmennus", group=group.id)
    assert (made.start.isoformat(), made.end.isoformat(), made.group) == (group.start, group.end, group.id)
    service = library.services.service("tyohonvalmennus")
    alone = plan(library, service="tyohonvalmennus")
    assert (alone.start, alone.end, alone.group) == (TODAY, TODAY + timedelta(days=service.length_days), None)
    late = plan(library, service="uravalmennus", group=group.id, start=date(2026, 12, 1))
    assert (late.start, late.end.isoformat()) == (date(2026, 12, 1), group.end)
    own = plan(library, service="uravalmennus", group=group.id, start=TODAY, end=date(2027, 1, 1))
    assert (own.start, own.end) == (TODAY, date(2027, 1, 1))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"service": "olematon"}, "There is no service 'olematon'. The services are: tyovoimakoulutus-kone, "),
        ({"service": "uravalmennus", "group": "x"}, "Service 'uravalmennus' has no group 'x'. Its groups are: uv-1, "),
        ({"service": "tyohonvalmennus", "group": "x"}, "has no group 'x'. It has no groups: leave the group out."),
        ({"service": "uravalmennus"}, "Service 'uravalmennus' has several groups. Choose one of them: uv-1 ("),
        (
            {"service": "tyohonvalmennus", "start": TODAY, "end": date(2026, 1, 1)},
            "The end 1.1.2026 comes before the start 24.11.2026. Look at both dates.",
        ),
        (
            {"service": "tyohonvalmennus", "end": date(9999, 12, 31)},
            "The date 31.12.9999 cannot be right. Give one from 1.1.2000 to 31.12.2100.",
        ),
    ],
)
def test_what_is_left_open_is_asked(library: Library, given: dict[str, object], sentence: str) -> None:
    """The sentence lists what to choose from."""
    with pytest.raises(InviteError) as error:
        plan(library, **given)
    assert sentence in str(error.value)


def test_numbers_go_on_from_the_last(store: SQLiteStore, keys: Keys, library: Library) -> None:
    """JT-2026-001, -002, and so on over invitations; the next year begins anew."""
    chance = random.Random(1).randbytes

    def numbers(count: int, moment=NOON) -> list[str]:  # type: ignore[no-untyped-def]
        made = plan(library, service="tyohonvalmennus")
        invited = inviting.invite(store, keys, [made] * count, moment=moment, random=chance)
        return [one.participation.number for one in invited]

    assert numbers(2) == ["JT-2026-001", "JT-2026-002"]
    assert numbers(1) == ["JT-2026-003"]
    assert numbers(1, NOON + timedelta(days=60)) == ["JT-2027-001"]


def test_two_who_invite_at_once_get_different_numbers(store: SQLiteStore, keys: Keys, library: Library) -> None:
    """The store decides who is first."""
    made = plan(library, service="tyohonvalmennus")

    def numbers(seed: int) -> list[str]:
        chance = random.Random(seed).randbytes
        return [
            one.participation.number for one in inviting.invite(store, keys, [made] * 10, moment=NOON, random=chance)
        ]

    with ThreadPoolExecutor(4) as pool:
        given = [number for batch in pool.map(numbers, range(4)) for number in batch]
    assert len(set(given)) == 40


def test_a_code_is_in_clear_nowhere_in_the_store(store: SQLiteStore, keys: Keys, invite: Invite) -> None:
    """Only its keyed hash leads to the participation, and only under the right key."""
    one = invite()
    everything = "".join(f"{key} {store.read(key)!r}" for key in store.scan(""))
    assert one.code not in everything and codes.shown(one.code) not in everything
    assert participations.by_code(store, keys, codes.shown(one.code)) == one.participation
    other = Keys(code_keys={"c1": b"x" * 32}, current_code_key="c1", receipt_key=b"y" * 32)
    assert participations.by_code(store, other, one.code) is None
    rotated = Keys(code_keys={**keys.code_keys, "c2": b"z" * 32}, current_code_key="c2", receipt_key=keys.receipt_key)
    assert participations.by_code(store, rotated, one.code) == one.participation


def test_the_last_record_of_a_participation_holds(store: SQLiteStore, invite: Invite) -> None:
    """An exit is a further record, and nothing is overwritten."""
    import dataclasses

    person = invite().participation
    left = dataclasses.replace(person, end="2026-12-01", exit_reason="work")
    store.create(records.participation_key(person.id, 2), records.encode(left))
    assert participations.read(store, person.id) == left
    assert list(participations.everyone(store)) == [left]


def test_status_counts(store: SQLiteStore, keys: Keys, library: Library, invite: Invite, clock: Clock) -> None:
    """Invited, due and answered per service, group and wave, by keys alone."""
    first, second = invite().participation, invite().participation
    store.create(records.submission_key(first.id, "tyohonvalmennus", "start", 1), b"not even opened")
    rows = counting.status(store, library, today=TODAY)
    assert [(r.wave, r.instrument, r.invited, r.due, r.answered) for r in rows] == [
        ("start", "tyohonvalmennus", 2, 1, 1),
        ("end", "palvelupalaute", 2, 0, 0),
        ("end", "tyohonvalmennus", 2, 0, 0),
        ("followup_6", "tyohonvalmennus", 2, 0, 0),
    ]
    assert second.id != first.id


def test_the_csv_and_the_slips(bundle: Bundle, invite: Invite) -> None:
    """Number, dates, code and link; a slip has the code, the QR and that answering is voluntary."""
    one = invite()
    text = slips.codes_csv([one], address="https://area.fi/kysely/", language="sv")
    assert text.splitlines() == [
        "number,service,group,start,end,code,link",
        f"JT-2026-001,tyohonvalmennus,,2026-11-24,{one.participation.planned_end},{codes.shown(one.code)},"
        f"https://area.fi/kysely/sv/index.html#{codes.shown(one.code)}",
    ]
    sheet = slips.sheet(bundle, [one], address="https://area.fi/kysely/", language="sv")
    assert 'lang="sv"' in sheet and codes.shown(one.code) in sheet and "<svg" in sheet
    assert "Det är frivilligt att svara." in sheet and "area.fi/kysely" in sheet


def test_own_languages_stand_before_the_chosen_one(bundle: Bundle, invite: Invite) -> None:
    """The slip, the square and the link of each; a column says which."""
    one, other = dataclasses.replace(invite(), language="ar"), invite()
    text = slips.codes_csv([one, other], address="https://area.fi/kysely/", language="sv")
    assert [line.split(",")[6].split("/")[4] for line in text.splitlines()[1:]] == ["ar", "sv"]
    assert [line.split(",")[7] for line in text.splitlines()] == ["language", "ar", "sv"]
    sheet = slips.sheet(bundle, [one, other], address="https://area.fi/kysely/", language="sv")
    assert slips.square(slips.link("https://area.fi/kysely/", "ar", one.code)) in sheet
    assert slips.square(slips.link("https://area.fi/kysely/", "sv", other.code)) in sheet
    assert sheet.count('lang="ar" dir="rtl"') == 1 and sheet.count("Det är frivilligt att svara.") == 1


def test_slips_for_a_shared_device(bundle: Bundle, invite: Invite) -> None:
    """One QR code leads to the front page, without a code; each slip has its own code to type."""
    group = [invite(), invite()]
    sheet = slips.sheet(bundle, group, address="https://area.fi/kysely/", language="en", shared_device=True)
    square = segno.make("https://area.fi/kysely/-/shared/en", error="m").svg_inline(border=2, omitsize=True)
    assert sheet.count("<svg") == 1 and square in sheet
    assert all(codes.shown(one.code) in sheet for one in group)
    assert (
        "Point the camera of the shared device at the square, or open area.fi/kysely/-/shared/en. "
        "Then each person types the code on their own slip." in sheet
    )
    assert sheet.count("Type this code on the device that your group shares.") == 2
