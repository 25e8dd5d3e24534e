"""Groups on the desk: who is in one, what is open, and what its meeting needs."""

from __future__ import annotations

import io
import re
from datetime import date

import openpyxl
import pytest

from collector import audit, participations, slips
from collector.desk.visit import Desk
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library
from tests.collector.desk.conftest import Visit, Visitor
from tests.collector.desk.test_handing import Failing, once, shown_codes, words_of
from tests.collector.desk.test_participations import days, logged, numbers
from tests.conftest import NOON, Invite

HERE = "groups/uravalmennus/uv-2"


def group_of(here: Visitor, count: int = 3, place: str = "uravalmennus/uv-2") -> list[str]:
    """Invites a group, and gives its codes."""
    return shown_codes(here.done("participations/invite", place=place, count=str(count), once=once(here)))


def on_page(here: Visitor) -> list[str]:
    """Whom the page of lost slips shows, as its form carries them."""
    return re.findall(r'name="shown" value="([^"]+)"', here.get(f"{HERE}/codes").text)


def test_every_service_is_listed_with_its_groups(visitor: Visit, library: Library) -> None:
    """Dates, how many were invited, and how the group stands; a service without groups has one line for all."""
    here = visitor("planner")
    group_of(here)
    page = here.get("groups")
    text = words_of(page)
    assert (
        "uv-1 14.9.2026–28.10.2026 0 Ended uv-2 2.11.2026–16.12.2026 3 Running uv-3 25.1.2027–10.3.2027 0 Not begun"
        in text
    )
    assert "Job coaching Group Dates People invited State Without a group 0 Running" in text
    links = re.findall(r'href="/en/(groups/[^"]+)"', page.text)
    groups = sum(len(one.groups) or 1 for one in library.services.services)
    assert len(links) == groups and all(here.get(link).status_code == 200 for link in links)


def test_the_page_of_a_group(visitor: Visit, store: SQLiteStore) -> None:
    """Its dates and provider, its people by number, and how many can answer what: never who has."""
    here = visitor("planner")
    group_of(here)
    first = participations.by_number(store, "UV-2026-001")
    store.create(records.submission_key(first.id, "tyonhakuvalmennus", "start", 1), b"not even opened")
    participations.amended(store, participations.by_number(store, "UV-2026-002"), start="2026-11-20")
    page = here.get(HERE)
    text = words_of(page)
    assert text.startswith(
        "Job-search and career coaching: uv-2 2.11.2026–16.12.2026 Service provider: Järviseudun Valmennus (esimerkki)"
    )
    # The day is the 24th: the start closed on the 16th, but not for who began later.
    questionnaire = "Client change measure for job-search and career coaching"
    assert f"At the start of the service {questionnaire} 19.10.2026–16.11.2026 1 1 3" in text
    assert f"At the end of the service {questionnaire} 2.12.2026–15.1.2027 0 0 3" in text
    assert numbers(here, HERE) == ["UV-2026-001", "UV-2026-002", "UV-2026-003"]
    assert not logged(store)[1:]


def test_an_empty_group_says_what_to_do(visitor: Visit) -> None:
    """The way leads to inviting with the group chosen."""
    here = visitor("planner")
    page = here.get(HERE)
    assert (
        "Nobody has been invited to this group yet. Invite its people: each gets a number and a code of their own."
    ) in words_of(page)
    (way,) = re.findall(r'href="(/en/participations/invite[^"]*)">Invite people<', page.text)
    assert re.search(r'<option value="uravalmennus/uv-2" selected>', here.get(way).text)


def test_a_service_without_groups_is_looked_at_as_of_now_or_by_month(
    visitor: Visit, store: SQLiteStore, invite: Invite
) -> None:
    """Those in it now, or those who began in a month; a month that nobody began in is as none."""
    old = invite(start=date(2026, 7, 6), end=date(2026, 8, 30)).participation
    now, coming = invite().participation, invite(start=days(20)).participation
    here, path = visitor("planner"), "groups/tyohonvalmennus"
    assert numbers(here, path) == [now.number, coming.number] == numbers(here, f"{path}?month=2001-01")
    assert numbers(here, f"{path}?month=2026-07") == [old.number]
    page = here.get(f"{path}?month=2026-07")
    assert '<option value="2026-07" selected>Those who began in 7/2026</option>' in page.text
    for what in ("sheet", "codes", "keys"):
        assert f'href="/en/groups/tyohonvalmennus/-/{what}?month=2026-07"' in page.text
    sheet = words_of(here.get(f"{path}/-/sheet?month=2026-07"))
    assert old.number in sheet and now.number not in sheet


def test_nobody_now_leads_to_the_months(visitor: Visit, invite: Invite) -> None:
    """Where all have left."""
    invite(start=date(2026, 7, 6), end=date(2026, 8, 30))
    text = words_of(visitor("planner").get("groups/tyohonvalmennus"))
    assert ("Nobody is in this service now. Choose a month above to see those of that time, or invite people.") in text


@pytest.mark.parametrize("path", ["groups/olematon", "groups/uravalmennus/rk-1", "groups/x/x/sheet"])
def test_a_group_that_is_not_there_is_told(visitor: Visit, path: str) -> None:
    """With the way to those that are."""
    response = visitor("planner").get(path)
    assert response.status_code == 404
    assert words_of(response) == (
        "There is no such group Groups are written into services.yaml. Look at the list of groups. Go on"
    )


# --- what a meeting needs -------------------------------------------------------------------------


def test_the_sheet_for_the_meeting(visitor: Visit, store: SQLiteStore) -> None:
    """Numbers with room for names, how the meeting goes, and no code nor who has answered."""
    here = visitor("planner")
    given = group_of(here)
    first = participations.by_number(store, "UV-2026-001")
    store.create(records.submission_key(first.id, "tyonhakuvalmennus", "start", 1), b"not even opened")
    participations.revoked(store, participations.by_number(store, "UV-2026-003"), moment=NOON)
    participations.amended(store, participations.by_number(store, "UV-2026-002"), start="2026-11-20")
    page = here.get(f"{HERE}/sheet")
    text = words_of(page)
    for sentence in (
        "Say that answering is voluntary. It does not affect benefits or the service. Nobody has to say why they do not "
        "answer.",
        "Give each person their own slip by its number. Do not open, copy or photograph the codes.",
        "Do not explain how a question should be understood, and do not choose for anybody: each person's own assessment "
        "is what is measured.",
        "Names are written by hand only. Give this sheet and the slips that were left over back to the employment area, "
        "which keeps them locked, apart from everything else. The service provider keeps no copy.",
        "With it they can see, correct or erase their answers.",
        "What is answered At the start of the service: Client change measure for job-search and career coaching",
    ):
        assert sentence in text
    assert re.findall(r"UV-2026-\d+", text) == ["UV-2026-001", "UV-2026-002"]
    second = participations.by_number(store, "UV-2026-002")
    for questionnaire in ("tyonhakuvalmennus", "asiakasmuutosmittari"):
        store.create(records.submission_key(second.id, questionnaire, "start", 1), b"not even opened")
    assert words_of(here.get(f"{HERE}/sheet")) == text, "it tells that the last has answered"
    assert ("group sheet", "uravalmennus/uv-2") in [(one.action, one.about) for one in audit.entries(store)]
    assert not shown_codes(page) and not any(code in page.text for code in given)
    assert "Answered" not in text


def test_a_shared_device_begins_at_its_own_page(visitor: Visit) -> None:
    """A square and an address, in any language of the site, with how to begin and end."""
    here = visitor("planner")
    page = here.get(f"{HERE}/device?language=so")
    assert slips.square("https://kysely.example.fi/-/shared/so") in page.text
    assert (
        '<a href="https://kysely.example.fi/-/shared/so">kysely.example.fi/<wbr>-/<wbr>shared/<wbr>so</a>' in page.text
    )
    assert '<option value="so" selected>Soomaali</option>' in page.text
    text = words_of(page)
    assert (
        "To begin Point the camera of the shared device at the square, or type the address into its browser. Each person "
        "types the code on their own slip, one after another, and answers in peace. When the page says that it is done, "
        "the next person presses “Start for the next person”. Nothing of the one before is left on the device. To end "
        "Look that the page is at its start again: an empty field for a code."
    ) in text
    assert "-/shared/fi" in here.get(f"{HERE}/device?language=xx").text


def test_the_key_list_of_a_group(visitor: Visit) -> None:
    """Later too, since it needs no codes; without anybody there is none."""
    here = visitor("planner")
    response = here.get(f"{HERE}/keys")
    assert response.status_code == 404
    assert words_of(response) == "Groups Nobody is in the group yet, so there is nothing to write down. Go on"
    group_of(here)
    rows = list(openpyxl.load_workbook(io.BytesIO(here.get(f"{HERE}/keys").data)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[2:]] == ["UV-2026-001", "UV-2026-002", "UV-2026-003"]


# --- lost slips -----------------------------------------------------------------------------------


def test_those_who_were_ticked_get_new_codes(visitor: Visit, store: SQLiteStore, keys: Keys) -> None:
    """Theirs alone: the others' codes still open."""
    here = visitor("planner")
    old = group_of(here)
    assert "A slip cannot be printed a second time, since nobody knows its code any more." in words_of(
        here.get(f"{HERE}/codes")
    )
    page = here.done(f"{HERE}/codes", number=["UV-2026-001", "UV-2026-003", "RK-2026-001"])
    assert "New codes were made: 2. The old ones of these people open nothing any more." in words_of(page)
    new = shown_codes(page)
    opened = [participations.by_code(store, keys, code) for code in (*new, *old)]
    assert [one and one.number for one in opened] == ["UV-2026-001", "UV-2026-003", None, "UV-2026-002", None]
    assert sorted(logged(store)) == [
        ("invite", "uravalmennus", {"count": 3}),
        ("replace", "UV-2026-001", {}),
        ("replace", "UV-2026-003", {}),
    ]


def test_everybody_gets_new_codes_by_one_tick(visitor: Visit, store: SQLiteStore) -> None:
    """But for those whose invitation was taken back."""
    here = visitor("planner")
    group_of(here)
    participations.revoked(store, participations.by_number(store, "UV-2026-002"), moment=NOON)
    page = here.done(f"{HERE}/codes", everybody="1", shown=on_page(here))
    assert len(shown_codes(page)) == 2 and "UV-2026-002" not in page.text


def test_who_joined_after_the_page_was_shown_keeps_their_code(visitor: Visit, store: SQLiteStore, keys: Keys) -> None:
    """“Everybody on this page” is whom the page showed, not whom the group has by now."""
    here = visitor("planner")
    group_of(here, 2)
    shown = on_page(here)
    (late,) = group_of(here, 1)
    assert len(shown_codes(here.done(f"{HERE}/codes", everybody="1", shown=shown))) == 2
    opened = participations.by_code(store, keys, late)
    assert opened and opened.number == "UV-2026-003"
    response = here.post(f"{HERE}/codes", everybody="1")
    assert response.status_code == 422 and participations.by_code(store, keys, late)


def test_without_a_tick_nothing_is_made(visitor: Visit, store: SQLiteStore, keys: Keys) -> None:
    """The page says what to do, and every code still opens."""
    here = visitor("planner")
    old = group_of(here)
    response = here.post(f"{HERE}/codes")
    assert response.status_code == 422
    assert '<li><a href="#f-number">Tick those who need a new slip.</a></li>' in response.text
    assert all(participations.by_code(store, keys, code) for code in old)


def test_new_codes_made_before_the_store_gave_up_are_handed_over(
    visitor: Visit, desk: Desk, store: SQLiteStore, keys: Keys
) -> None:
    """The rest keep their old ones."""
    here = visitor("planner")
    old = group_of(here)
    desk.store = Failing(store, after=1)  # type: ignore[assignment]
    page = here.done(f"{HERE}/codes", everybody="1", shown=on_page(here))
    assert (
        "The store gave up on the way: 1 of 3 were made, and their codes are here. Do the rest again later."
    ) in words_of(page)
    (new,) = shown_codes(page)
    opened = [participations.by_code(store, keys, code) for code in (new, *old)]
    assert [one and one.number for one in opened] == ["UV-2026-001", None, "UV-2026-002", "UV-2026-003"]


@pytest.mark.parametrize("what", ["", "/sheet", "/device", "/keys", "/codes"])
def test_a_provider_has_nothing_here(visitor: Visit, what: str) -> None:
    """Whatever the group: these pages are the area's."""
    for who in ("provider", "other"):
        assert visitor(who).get(f"{HERE}{what}").status_code == 403
