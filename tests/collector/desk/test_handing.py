"""Codes that were just made: shown to whoever made them, for an hour, and stored nowhere."""

from __future__ import annotations

import csv
import dataclasses
import html
import io
import re
from collections.abc import Callable
from datetime import date

import openpyxl
import pytest
import werkzeug.test

from collector import audit, inviting, participations, slips
from collector.desk import handing
from collector.desk.memory import KEPT_FOR
from collector.desk.visit import Desk
from collector.settings import Keys
from collector.stores import StoreTrouble
from collector.stores.sqlite import SQLiteStore
from survey import codes
from survey.model import Library
from tests.collector.desk.conftest import Visit, Visitor, path_of, text_of
from tests.conftest import NOON, Clock

GONE = (
    "These codes are shown no more Codes are shown for an hour to whoever made them, and are stored nowhere. If a slip "
    "was not printed in time, open the group or the participation and make a new code. The one before then opens "
    "nothing. Go on"
)
Given = Callable[..., str]


def invited_at(here: Visitor, place: str = "uravalmennus/uv-2", count: int = 3) -> str:
    """Invites on the page for it, and gives the path of the codes."""
    return path_of(here.post("participations/invite", place=place, count=str(count), once=once(here)))


def once(here: Visitor) -> str:
    """What the page of inviting carries, so that one sending invites once."""
    (found,) = re.findall(r'name="once" value="([^"]+)"', here.get("participations/invite").text)
    return str(found)


def words_of(page: werkzeug.test.TestResponse) -> str:
    """What a page says, with its apostrophes."""
    return html.unescape(text_of(page))


def shown_codes(page: werkzeug.test.TestResponse) -> list[str]:
    """Every code that a page shows, in order."""
    return re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{5}\b", page.text)


@pytest.fixture
def handed(desk: Desk, store: SQLiteStore, keys: Keys, library: Library, clock: Clock) -> Given:
    """Codes in the planner's mind, one for each own reference, as a list that was brought in leaves them."""

    def given(*references: str) -> str:
        plan = inviting.plan(library, service="tyohonvalmennus", group=None, start=None, end=None, today=clock().date())
        plans = [dataclasses.replace(plan, reference=reference) for reference in references]
        invited = inviting.invite(store, keys, plans, moment=clock(), random=desk.random)
        kept = handing.Handed(invited=tuple(invited), until=clock() + KEPT_FOR)
        return f"handed/{desk.memory.put('planner', kept)}"

    return given


def test_the_page_says_how_many_and_until_when(visitor: Visit) -> None:
    """The codes are shown here, for an hour by the site's clock, with what to do in order."""
    here = visitor("planner")
    text = words_of(here.get(invited_at(here)))
    assert (
        "The codes are shown only here, only to you, and until 13.00. They are stored nowhere in clear. Print or save "
        "them now, before you close the desk."
    ) in text
    assert "Codes 3 Service Job-search and career coaching Numbers UV-2026-001 – UV-2026-003" in text
    order = ("Choose what the slips say", "Print the slips", "Or send them", "Write down who got which number")
    assert sorted(order, key=text.index) == list(order)


def test_slips_have_exactly_the_codes(visitor: Visit, store: SQLiteStore, keys: Keys) -> None:
    """Each participation has one slip, and its code opens that participation and no other."""
    here = visitor("planner")
    path = invited_at(here)
    sheet = here.get(f"{path}/slips?language=sv")
    found = shown_codes(sheet)
    numbers = re.findall(r"UV-2026-\d{3}", sheet.text)
    assert len(found) == 3 and numbers == ["UV-2026-001", "UV-2026-002", "UV-2026-003"]
    opened = [participations.by_code(store, keys, code) for code in found]
    assert [one.number for one in opened if one] == numbers
    assert 'lang="sv"' in sheet.text and sheet.text.count("<svg") == 3
    assert "Det är frivilligt att svara. Det påverkar varken dina förmåner eller den tjänst som du får." in sheet.text


def test_slips_are_a_page_with_a_policy_of_their_own(visitor: Visit) -> None:
    """Their style stands inside and is allowed; no script, picture or frame is."""
    here = visitor("planner")
    headers = here.get(f"{invited_at(here)}/slips").headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["Cache-Control"] == "no-store"


def test_a_shared_device_has_one_square_for_all(visitor: Visit) -> None:
    """Slips have a code to type, and the square leads to the page for a device that goes round."""
    here = visitor("planner")
    sheet = here.get(f"{invited_at(here)}/slips?language=en&shared=1")
    assert len(shown_codes(sheet)) == 3 and sheet.text.count("<svg") == 1
    assert slips.square("https://kysely.example.fi/-/shared/en") in sheet.text
    assert "open kysely.example.fi/-/shared/en. Then each person types the code on their own slip." in sheet.text


def test_links_lead_to_what_is_due_or_to_one_wave(visitor: Visit) -> None:
    """The waves to choose from are those at which everybody is asked something; another choice is as none."""
    here = visitor("planner")
    path = invited_at(here)
    page = here.get(path).text
    assert re.findall(r'<option value="(\w+)">', page.partition('name="wave"')[2]) == [
        "start",
        "end",
        "followup_3",
        "followup_6",
        "followup_12",
    ]
    for query, there in (("wave=end", "tyonhakuvalmennus-v1-end"), ("wave=middle", "index"), ("", "index")):
        links = here.get(f"{path}/codes?language=sv&{query}").text
        assert links.count("https://kysely.example.fi/sv/") == 3
        assert links.count(f"https://kysely.example.fi/sv/{there}") == 3, query


def test_a_wave_that_not_everybody_is_asked_is_not_offered(
    visitor: Visit, desk: Desk, store: SQLiteStore, keys: Keys, library: Library, clock: Clock
) -> None:
    """Who leaves before it opens is not asked half-way: the others' links lead to whatever is due."""
    today, start = clock().date(), date(2027, 2, 1)
    ends = (date(2027, 2, 20), date(2027, 6, 30))
    plans = [
        inviting.plan(library, service="kotokoulutus", group="kk-2", start=start, end=end, today=today) for end in ends
    ]
    for some in (plans, plans[::-1], plans[1:]):
        invited = inviting.invite(store, keys, some, moment=clock(), random=desk.random)
        kept = handing.Handed(invited=tuple(invited), until=clock() + KEPT_FOR)
        path = f"handed/{desk.memory.put('planner', kept)}"
        here = visitor("planner")
        assert ('<option value="middle">' in here.get(path).text) == (some == plans[1:])
        links = here.get(f"{path}/codes?language=fi&wave=middle")
        assert links.status_code == 200 and links.text.count("/fi/index.html#") == (0 if some == plans[1:] else 2)


def test_the_csv_opens_in_excel_and_runs_nothing(visitor: Visit, handed: Given) -> None:
    """Cells are parted as a Finnish Excel parts them, and a reference that looks like a formula is guarded."""
    path = handed("=1+1", "  @SUM(A1)", "plain;text")
    response = visitor("planner").get(f"{path}/codes?language=fi")
    assert response.headers["Content-Disposition"] == "attachment; filename=codes-JT-2026-001.csv"
    assert response.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["number", "service", "group", "start", "end", "code", "link", "reference"]
    assert [row[-1] for row in rows[1:]] == ["'=1+1", "'  @SUM(A1)", "plain;text"]
    assert [row[0] for row in rows[1:]] == ["JT-2026-001", "JT-2026-002", "JT-2026-003"]
    assert all(codes.normalised(row[5]) for row in rows[1:])


def test_the_key_list_has_numbers_and_no_codes(visitor: Visit, handed: Given) -> None:
    """A workbook to fill in, which says where it belongs; nothing in it is a formula."""
    here = visitor("planner")
    path = handed("=1+1", "A-17")
    data = here.get(f"{path}/keys").data
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == (
        "This list stays outside Mittari. Keep it locked, apart from codes and answers: it says who a number is."
    )
    assert rows[1] == ("Number", "Group", "Start", "End", "Own reference", "Name", "Contact", "Notes")
    assert [row[0] for row in rows[2:]] == ["JT-2026-001", "JT-2026-002"]
    assert rows[2][2].date() == date(2026, 11, 24) and rows[2][4:] == ("=1+1", None, None, None)
    assert not [cell for line in sheet.iter_rows() for cell in line if cell.data_type == "f"]
    everything = " ".join(str(cell) for row in rows for cell in row)
    given = shown_codes(here.get(path))
    assert len(given) == 2 and not any(code in everything or code.replace("-", "") in everything for code in given)


def test_a_key_list_without_references_has_no_column_for_them(visitor: Visit) -> None:
    """What nobody gave is not asked for."""
    here = visitor("planner")
    sheet = openpyxl.load_workbook(io.BytesIO(here.get(f"{invited_at(here)}/keys").data)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[1] == ("Number", "Group", "Start", "End", "Name", "Contact", "Notes")
    assert rows[2][:2] == ("UV-2026-001", "uv-2") and len(rows) == 5


def test_no_code_is_stored_in_clear(visitor: Visit, store: SQLiteStore) -> None:
    """Neither in a participation nor in the log, whatever was opened."""
    here = visitor("planner")
    path = invited_at(here)
    found = shown_codes(here.get(path))
    for what in ("slips", "slips?shared=1", "codes", "keys"):
        assert here.get(f"{path}/{what}").status_code == 200
    everything = "".join(f"{key} {store.read(key)!r}" for key in store.scan(""))
    assert len(found) == 3
    assert not [code for code in found if code in everything or code.replace("-", "") in everything]


def test_codes_of_others_are_as_if_gone(visitor: Visit) -> None:
    """Who knows the address but did not make the codes gets the same page as for one that never was."""
    path = invited_at(visitor("planner"))
    other = visitor("reader")
    for what in ("", "/slips", "/codes", "/keys"):
        response = other.get(f"{path}{what}")
        assert response.status_code == 410 and words_of(response) == GONE and not shown_codes(response)
        never = other.get(f"handed/never{what}")
        assert response.text.replace(path.rpartition("/")[2], "never") == never.text and never.status_code == 410
    assert other.post(f"{path}/forget").status_code == 410
    assert shown_codes(visitor("planner").get(path))


def test_codes_are_gone_after_an_hour(visitor: Visit, clock: Clock) -> None:
    """By the desk's clock, wherever they were shown."""
    here = visitor("planner")
    path = invited_at(here)
    clock.advance(minutes=59)
    assert len(shown_codes(here.get(path))) == 3
    clock.advance(minutes=1)
    for what in ("", "/slips", "/codes", "/keys"):
        response = here.get(f"{path}{what}")
        assert response.status_code == 410 and words_of(response) == GONE


def test_codes_can_be_forgotten_at_once(visitor: Visit) -> None:
    """For a computer that others use too."""
    here = visitor("planner")
    path = invited_at(here)
    text = words_of(here.done(f"{path}/forget"))
    assert "The codes were forgotten. Whoever loses theirs gets a new one from here." in text
    assert here.get(path).status_code == 410


def test_nobody_loses_codes_to_what_others_do(visitor: Visit, desk: Desk) -> None:
    """However much somebody else keeps in mind."""
    here = visitor("planner")
    path = invited_at(here)
    for number in range(600):
        desk.memory.put("analyst", number)
    assert len(shown_codes(here.get(path))) == 3


def test_what_was_taken_along_is_in_the_log(visitor: Visit, store: SQLiteStore) -> None:
    """Inviting, slips and the file of codes, with their number and nobody's code."""
    here = visitor("planner")
    path = invited_at(here)
    for what in ("slips", "codes"):
        here.get(f"{path}/{what}")
    assert sorted((one.action, one.about, one.details["count"]) for one in audit.entries(store)) == [
        ("codes", "UV-2026-001", 3),
        ("invite", "uravalmennus", 3),
        ("slips", "UV-2026-001", 3),
    ]


def test_codes_that_open_nothing_any_more_are_left_out(visitor: Visit, store: SQLiteStore, keys: Keys) -> None:
    """Wherever the codes are shown; the page says how many are. Where none is left, the page is gone."""
    here = visitor("planner")
    path = invited_at(here)
    dead = set(shown_codes(here.get(path))[1:])
    page = here.done("participations/UV-2026-002/replace")
    participations.revoked(store, participations.by_number(store, "UV-2026-003"), moment=NOON)
    (new,) = shown_codes(page)
    left = here.get(path)
    assert (
        "Codes left out of here: 2. A newer code was made for these people, the invitation was taken back, or they were "
        "erased, so these codes open nothing any more. Codes 1 "
    ) in words_of(left)
    for what in ("", "/slips", "/codes"):
        (code,) = set(shown_codes(here.get(f"{path}{what}")))
        opened = participations.by_code(store, keys, code)
        assert code not in {*dead, new} and opened and opened.number == "UV-2026-001"
    rows = openpyxl.load_workbook(io.BytesIO(here.get(f"{path}/keys").data)).active.iter_rows(values_only=True)
    assert [row[0] for row in list(rows)[2:]] == ["UV-2026-001"]
    here.done("participations/UV-2026-001/replace")
    for what in ("", "/slips", "/codes", "/keys"):
        response = here.get(f"{path}{what}")
        assert response.status_code == 410 and words_of(response) == GONE


class Failing:
    """A store that gives up after so many codes were stored."""

    def __init__(self, store: SQLiteStore, after: int) -> None:
        self._store, self._left = store, after

    def create(self, key: str, body: bytes) -> bool:
        return self.create_in_order((key, body)) == 1

    def create_in_order(self, *chain: tuple[str, bytes]) -> int:
        codes_in_it = sum(key.startswith("code/") for key, _body in chain)
        if codes_in_it > self._left:
            raise StoreTrouble("The disk is full.")
        stored = self._store.create_in_order(*chain)
        self._left -= codes_in_it if stored else 0
        return stored

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def test_codes_made_before_the_store_gave_up_are_handed_over(visitor: Visit, desk: Desk, store: SQLiteStore) -> None:
    """They are shown this once, so they must not be lost with the rest."""
    desk.store = Failing(store, after=2)  # type: ignore[assignment]
    here = visitor("planner")
    page = here.done("participations/invite", place="uravalmennus/uv-2", count="5", once=once(here))
    assert (
        "The store gave up on the way: 2 of 5 were made, and their codes are here. Do the rest again later."
    ) in words_of(page)
    assert len(shown_codes(page)) == 2


def test_where_no_code_could_be_made_the_store_is_to_blame(visitor: Visit, desk: Desk, store: SQLiteStore) -> None:
    """Then there is nothing to hand over, and the page says why."""
    desk.store = Failing(store, after=0)  # type: ignore[assignment]
    here = visitor("planner")
    response = here.post("participations/invite", place="uravalmennus/uv-2", count="5", once=once(here))
    assert response.status_code == 503
    assert words_of(response) == (
        "The store cannot be reached Wait a moment and try again. If it stays so, tell whoever looks after Mittari what "
        "the machine says, in English: The disk is full. Go on"
    )
