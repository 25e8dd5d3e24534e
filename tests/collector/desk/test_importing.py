"""Lists of people and of exits: read, matched, looked through, mended and sent once; and what is never taken."""

from __future__ import annotations

import gc
import html
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import werkzeug.test
from openpyxl import Workbook, load_workbook

from collector import audit, lists, participations
from collector.desk.columns import COLUMNS, KINDS, guessed
from collector.desk.participations import REASONS
from collector.desk.rows import UnderWay
from collector.desk.visit import LANGUAGES, Desk
from collector.inviting import Names
from collector.leaving import reason_of
from collector.participations import InviteError
from collector.stores import Record, StoreTrouble
from collector.stores.sqlite import SQLiteStore
from survey import codes, redaction
from survey.model import Library
from survey.records import Participation
from tests.collector.desk.conftest import Visit, Visitor, path_of, text_of
from tests.collector.desk.test_participations import Silent
from tests.conftest import NOON, Clock, Invite

TODAY = NOON.date()
PERSON = codes.person(b"k" * 32, "1")
FINNISH = "Palvelu;Ryhmä;Oma alku;Oma viite\r\nUravalmennus;UV-2;1.12.2026;7\r\nTyöhönvalmennus;;;8\r\n"


def shown(response: werkzeug.test.TestResponse) -> str:
    """What a page says, as it is read."""
    return html.unescape(text_of(response))


def workbook(*rows: Sequence[object], title: str = "Taul1") -> bytes:
    """A workbook as Excel saves it."""
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def brought(
    here: Visitor, content: bytes | str, *, name: str = "people.csv", **fields: Any
) -> werkzeug.test.TestResponse:
    """Sends a list: bytes as a file, a text as what was pasted."""
    given = {"pasted": content} if isinstance(content, str) else {"file": (io.BytesIO(content), name)}
    return here.post("import", **{"kind": "people", **given, **fields})


def matched(here: Visitor, content: bytes | str, **fields: Any) -> tuple[str, werkzeug.test.TestResponse]:
    """Sends a list and takes the columns as they were guessed: the path of its rows, and their page."""
    sent = brought(here, content, **fields)
    assert sent.status_code == 303, shown(sent)
    path = path_of(sent)
    chosen = dict(re.findall(r'<select id="f-(\w+)".*?<option value="([^"]*)" selected', here.get(path).text, re.S))
    response = here.post(path, **chosen)
    assert response.status_code == 303, shown(response)
    return path_of(response), here.get(path_of(response))


def send(here: Visitor, path: str) -> werkzeug.test.TestResponse:
    """Presses the last button."""
    return here.post(path.removesuffix("/check") + "/send")


def everyone(store: SQLiteStore) -> list[Participation]:
    return sorted(participations.everyone(store), key=lambda one: one.number)


def under_way(desk: Desk) -> list[UnderWay]:
    return desk.memory.every("planner", UnderWay)


# --- from a list to codes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        FINNISH,
        FINNISH.replace(";", "\t"),
        FINNISH.encode("utf-8-sig"),
        FINNISH.encode("cp1252"),
        FINNISH.replace(";", "\t").encode("utf-16"),
        workbook(["Palvelu", "Ryhmä", "Oma alku", "Oma viite"], ["uravalmennus", "uv-2", datetime(2026, 12, 1), 7.0],
                 ["JT", None, None, 8]),
        workbook(["Kutsuttavat 1.12. alkaen"], [], ["Palvelu", "Ryhmä", "Oma alku", "Oma viite"],
                 ["uravalmennus", "uv-2", date(2026, 12, 1), "7"], ["Job coaching", "-", "", "8"]),
    ],
    ids=["pasted with semicolons", "pasted with tabs", "utf-8", "cp1252", "utf-16", "workbook", "with a title"],
)  # fmt: skip
def test_a_list_becomes_codes(visitor: Visit, store: SQLiteStore, library: Library, content: bytes | str) -> None:
    """However it was saved: services by title, prefix or id, groups in any case, dates of Excel; own dates hold, and
    where there are none the group's, which is said."""
    here = visitor("planner")
    path, page = matched(here, content)
    assert "Rows in order: 2" in shown(page) and "Invite 2 people" in shown(page)
    group = library.services.service("uravalmennus").groups[1]
    end = participations.written(date.fromisoformat(group.end))
    assert f"uv-2 1.12.2026 {end} (the group's) 7" in shown(page)
    assert "24.11.2026 (today)" in shown(page) and "(by the length of the service) 8" in shown(page)
    assert list(store.scan("participation/")) == []
    codes_page = here.get(send(here, path).headers["Location"])
    assert "Invited: 2." in shown(codes_page)
    coming, own = everyone(store)
    assert (coming.service, coming.group, own.service, own.group, own.start) == (
        "tyohonvalmennus", None, "uravalmennus", "uv-2", "2026-12-01"
    )  # fmt: skip
    entries = {one.about: dict(one.details) for one in audit.entries(store) if one.action == "invite"}
    assert entries == {
        "tyohonvalmennus": {"desk": "planner", "count": 1},
        "uravalmennus": {"desk": "planner", "count": 1},
    }


def test_one_service_and_group_for_all_rows(visitor: Visit, store: SQLiteStore) -> None:
    """A list of own references alone: what they are invited to is chosen on the page, first or second."""
    here = visitor("planner")
    path = path_of(brought(here, "viite\n1\n2\n"))
    response = here.post(path, c0="reference")
    assert response.status_code == 422
    assert "The list has no column of services or groups. Choose here what they are invited to." in shown(response)
    path, _page = matched(here, "viite\n1\n2\n", place="uravalmennus/uv-3")
    send(here, path)
    assert {(one.service, one.group) for one in everyone(store)} == {("uravalmennus", "uv-3")}


def test_a_group_says_its_service(visitor: Visit, store: SQLiteStore) -> None:
    """Where one service alone has it."""
    here = visitor("planner")
    path, _page = matched(here, "ryhmä\nuv-2\nrk-2\n")
    send(here, path)
    assert {(one.service, one.group) for one in everyone(store)} == {
        ("uravalmennus", "uv-2"), ("rekrykoulutus-puu", "rk-2")
    }  # fmt: skip


def test_a_list_without_headings_loses_nobody(visitor: Visit, store: SQLiteStore) -> None:
    """Rows that were copied without their headings: the first is a person too."""
    here = visitor("planner")
    sent = brought(here, "Uravalmennus\tuv-2\t1.12.2026\nUravalmennus\tuv-2\t2.12.2026\n")
    page = here.get(path_of(sent))
    assert "The list has no headings: its first row is a row like the others." in shown(page)
    path, page = matched(here, "Uravalmennus\tuv-2\t1.12.2026\nUravalmennus\tuv-2\t2.12.2026\n")
    assert "Invite 2 people" in shown(page)
    send(here, path)
    assert [one.start for one in everyone(store)] == ["2026-12-01", "2026-12-02"]


def test_everybody_gets_a_slip_in_their_own_language(visitor: Visit, store: SQLiteStore) -> None:
    """By its name in whatever language the list is, or its tag; a language that the site has not is mended like the
    rest. Nothing of it is stored."""
    here = visitor("planner")
    rows = ("arabia", "ukrainska", "en", "selkosuomi", "", "klingon", "klingon")
    path, page = matched(here, "palvelu;ryhmä;äidinkieli\n" + "".join(f"Uravalmennus;uv-2;{row}\n" for row in rows))
    assert "Row 7: The site is not in “klingon”. Choose a language that the person reads." in shown(page)
    page = here.done(path, **{"r7-language": "so", "r7-language-same": "1"})
    assert "العربية" in shown(page) and "Invite 7 people" in shown(page)
    handed = path_of(send(here, path))
    said = html.unescape(shown(here.get(handed)))
    assert "Those whose language stands in the list get theirs; this one holds for the others." in said
    sheet = here.get(f"{handed}/slips?language=fi").text
    assert re.findall(r'<li(?: lang="([\w-]+)" dir="(\w+)")?>', sheet) == [
        ("ar", "rtl"), ("uk", "ltr"), ("en", "ltr"), ("fi-simple", "ltr"), ("", ""), ("so", "ltr"), ("so", "ltr")
    ]  # fmt: skip
    assert "Your code" in sheet and sheet.count("Koodisi") == 2 and sheet.count("<h1>") == 1
    lines = [line.split(";") for line in here.get(f"{handed}/codes?language=sv").data.decode("utf-8-sig").splitlines()]
    assert lines[0] == ["number", "service", "group", "start", "end", "code", "link", "language"]
    tags = ["ar", "uk", "en", "fi-simple", "sv", "so", "so"]
    assert [line[7] for line in lines[1:]] == tags
    assert [line[6].split("/")[3] for line in lines[1:]] == tags
    assert not any(b"language" in (store.read(key) or b"") for key in store.scan("participation/"))


def test_a_pseudonym_is_stored(visitor: Visit, store: SQLiteStore) -> None:
    """And the same person twice for one service is a row to mend, or to leave out."""
    here = visitor("planner")
    path, page = matched(here, f"palvelu;henkilö\nJT;{PERSON}\nJT;{PERSON}\n")
    assert (
        "Row 3: The same person stands in row 2 too, for the same service and group. Leave one of the two out."
    ) in shown(page)
    page = here.done(path, **{"r3-person": PERSON, "r3-out": "1"})
    assert "Left out: row 3." in shown(page) and "Invite one person" in shown(page)
    assert "Row 3" in shown(here.post(path, back="1"))
    here.done(path, **{"r3-out": "1"})
    send(here, path)
    assert [one.person for one in everyone(store)] == [PERSON]


def test_one_person_in_two_services(visitor: Visit, store: SQLiteStore) -> None:
    """People attend two at once: another service, or another group of one, is no mistake; the same group is."""
    here = visitor("planner")
    rows = f"uravalmennus;uv-2;{PERSON}\ntyohonvalmennus;;{PERSON}\nuravalmennus;uv-3;{PERSON}\n"
    path, page = matched(here, f"palvelu;ryhmä;henkilö\n{rows}UV;UV-2;{PERSON}\n")
    assert (
        "Row 5: The same person stands in row 2 too, for the same service and group. Leave one of the two out."
    ) in shown(page) and "Rows to mend: 1" in shown(page)
    page = here.done(path, **{"r5-out": "1"})
    assert "Invite 3 people" in shown(page)
    send(here, path)
    assert {(one.person, one.service, one.group) for one in everyone(store)} == {
        (PERSON, "tyohonvalmennus", None), (PERSON, "uravalmennus", "uv-2"), (PERSON, "uravalmennus", "uv-3")
    }  # fmt: skip


def test_somebody_who_is_there_already(visitor: Visit, store: SQLiteStore) -> None:
    """A caution, with a button that leaves them out; none for who has ended, was taken back or is elsewhere."""
    here = visitor("planner")
    others = [codes.person(b"k" * 32, str(n)) for n in range(2, 6)]
    content = "palvelu;ryhmä;henkilö\n" + "".join(f"UV;uv-2;{one}\n" for one in (PERSON, *others))
    path, page = matched(here, content)
    assert "Already invited" not in shown(page)
    send(here, path)
    there = {one.person: one for one in everyone(store)}
    participations.amended(store, there[others[0]], end="2026-11-23", exit_reason="work")
    participations.revoked(store, there[others[1]], moment=NOON)
    participations.amended(store, there[others[2]], planned_end="2026-11-23")
    participations.amended(store, there[others[3]], group="uv-3")
    path, page = matched(here, content + "JT;;" + PERSON + "\nUV;uv-3;" + PERSON + "\n")
    assert (
        "Already invited to the same service and group, and not ended: row 2. Invite them again only if that is meant."
    ) in shown(page)
    assert "Invite 7 people" in shown(page)
    page = here.done(path, again="1")
    assert "Already invited" not in shown(page) and "Left out: row 2." in shown(page)
    assert "Invite 6 people" in shown(page)
    page = here.done(path, back="1")
    assert "Already invited" in shown(page)
    send(here, path)
    assert len(everyone(store)) == 12


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Palvelun nimi;Ryhmän tunnus;Aloituspäivä;Päättymispäivä;Viite\nUravalmennus;uv-2;1.12.2026;2.2.2027;1\n",
         ["service", "group", "start", "end", "reference"]),
        ("Tjänst;Grupp;Börjar;Slutar;Referens\nKarriärträning;uv-2;1.12.2026;2.2.2027;1\n",
         ["service", "group", "start", "end", "reference"]),
        ("a;b;c;d\n1.12.2026;UV-2;5.12.2026;JT\n", ["start", "group", "end", "service"]),
        ("Asiakasnumero;Huom;Palvelu\n00123;tulee myöhemmin;JT\n", ["reference", "", "service"]),
        ("Äidinkieli;Palvelu\nvenäjä;JT\nsomali;JT\n", ["language", "service"]),
        ("x;y\nrussian;JT\n", ["language", "service"]),
        ("Palvelu;Ryhmä;Kielitaso\nJT;;A2.1\nJT;;B1.1\n", ["service", "group", ""]),
        (f"henkilö;x\n1234;{PERSON}\n", ["person", ""]),
        (f"Tunniste;x\n1234;{PERSON}\n", ["", "person"]),
    ],
)  # fmt: skip
def test_columns_are_guessed(library: Library, text: str, expected: list[str]) -> None:
    """By headings in Finnish and Swedish, and by what stands in them; what is neither is not brought in."""
    assert guessed(lists.pasted(text), "people", Names(library)) == expected


def test_columns_of_exits_are_guessed(library: Library) -> None:
    """A client number is never taken for the number of a slip."""
    text = "Asiakasnumero;Osallistumisen numero;Lopetti;Miksi\n123;JT-2026-001;1.11.2026;työllistyi\n"
    assert guessed(lists.pasted(text), "exits", Names(library)) == ["", "number", "end", "reason"]
    bare = "JT-2026-001;1.11.2026;work\n"
    assert guessed(lists.pasted(bare), "exits", Names(library)) == ["number", "end", "reason"]


def test_columns_that_cannot_be(visitor: Visit, desk: Desk) -> None:
    """Two that are the same, and client numbers in place of pseudonyms, each beside its column."""
    here = visitor("planner")
    path = path_of(brought(here, "a;b\nJT;123\nJT;124\n"))
    response = here.post(path, c0="service", c1="service")
    assert response.status_code == 422 and "<title>Error: " in response.text
    assert "Two columns are chosen to be “Service”. Choose one of them, and “not brought in” for the other." in (
        shown(response)
    )
    response = here.post(path, c0="service", c1="person")
    assert (
        "These were not made by 'mittari pseudonym': row 2, 3. Choose “not brought in”, or make pseudonyms of them first. "
        "A client number is never stored."
    ) in shown(response)
    path = path_of(brought(here, "a;b\nJT-2026-001;työ\n", kind="exits"))
    response = here.post(path, c0="number", c1="")
    assert "No column is chosen to be “Reason”. Choose which one it is." in shown(response)


def test_the_first_row_may_be_a_person(visitor: Visit, store: SQLiteStore) -> None:
    """Marks of the area's own, pasted without a heading: the page says so, and one tick takes the first as a row."""
    here = visitor("planner")
    path = path_of(brought(here, "A12\nA13\nA14\n", place="uravalmennus/uv-2"))
    page = here.get(path)
    assert (
        "No heading is one that lists have. Look whether the first row is a person too: then the box below must be ticked."
    ) in shown(page)
    assert re.search(r'name="first" value="1" checked', page.text)
    assert "The first row is a row like the others, not headings" in shown(page)
    page = here.done(path, c0="reference", place="uravalmennus/uv-2", first="1")
    assert "Invite 3 people" in shown(page) and re.search(r"\b1 .*A12 2 .*A13 3 .*A14", shown(page))
    page = here.get(path)
    assert "Column “(A)”" in shown(page) and re.search(r'name="first" value="1" checked', page.text)
    page = here.done(path, c0="reference", place="uravalmennus/uv-2")
    assert "Invite 2 people" in shown(page)
    page = here.done(path, c0="reference", place="uravalmennus/uv-2", first="1")
    send(here, path)
    assert len(everyone(store)) == 3


def test_a_first_row_that_is_taken_as_one_is_looked_through(visitor: Visit, desk: Desk) -> None:
    """Its cells stand in their columns, empty ones between them too, and its number is that of the file."""
    here = visitor("planner")
    text = "Lista\n\nkone;;soita;;3b\nkone;;;;4b\n;;;;5b\n"
    path = path_of(brought(here, text, place="uravalmennus/uv-2"))
    assert 'name="first" value="1" checked' in here.get(path).text
    here.post(path, c0="", c1="", c2="reference", place="uravalmennus/uv-2", first="1")
    (under,) = under_way(desk)
    assert under.table.headings == ["(A)", "(C)", "(E)"]
    assert [(row.line, dict(row.cells)) for row in under.table.rows] == [
        (3, {"(A)": "kone", "(C)": "soita", "(E)": "3b"}),
        (4, {"(A)": "kone", "(C)": "", "(E)": "4b"}),
        (5, {"(A)": "", "(C)": "", "(E)": "5b"}),
    ]


@pytest.mark.parametrize(
    ("text", "asked", "ticked"),
    [
        ("viite\nA12\n", False, False),
        ("Aloituspvm;x\n1.12.2026;2\n", False, False),
        ("a;b\n1.12.2026;JT\n", True, False),
        ("a;a\n1;2\n", True, False),
        ("1\n2\n", True, True),
        ("JT;5\nJT;6\n", False, False),
    ],
)
def test_when_the_first_row_is_in_doubt(visitor: Visit, text: str, asked: bool, ticked: bool) -> None:
    """Only where no heading is like ours, and the first row is not a person for sure; ticked where it has a figure."""
    here = visitor("planner")
    page = here.get(path_of(brought(here, text))).text
    assert ('name="first"' in page, 'name="first" value="1" checked' in page) == (asked, ticked)


# --- rows that are mended -------------------------------------------------------------------------


WRONG = "palvelu;ryhmä;alku;loppu;viite\n" + "\n".join(
    ["Uravalmennus;uv-2;;;1", "Uravalmenus;uv-2;;;2", "Uravalmennus;uv-9;;;3", "JT;;30.2.2027;1.3.2027;4", "JT;;;;5"]
)


def test_three_wrong_rows_are_mended_on_the_page(visitor: Visit, store: SQLiteStore) -> None:
    """They stand first with what is wrong beside them, and nobody is invited before all are in order."""
    here = visitor("planner")
    path, page = matched(here, WRONG)
    said = shown(page)
    assert "Rows to mend: 3" in said and "Rows in order: 2" in said and "Invite 2" not in said
    for sentence in (
        "Row 3: There is no service “Uravalmenus”. Choose which one is meant.",
        "Row 4: The service has no group “uv-9”. Choose which one is meant.",
        "Row 5: '30.2.2027' is no date. Write 31.3.2026 or 2026-03-31.",
    ):
        assert sentence in said
    assert "<title>Error: " in page.text and said.index("Rows to mend") < said.index("Rows in order")
    assert send(here, path).status_code == 422 and everyone(store) == []

    response = here.post(path, **{"r3-service": "uravalmennus", "r4-group": "", "r5-start": "2.3.2027"})
    assert response.status_code == 422
    said = shown(response)
    assert "Rows to mend: 2" in said and "Row 5: The end 1.3.2027 comes before the start 2.3.2027." in said
    assert everyone(store) == []

    page = here.done(path, **{"r4-group": "uv-3", "r5-end": "31.3.2027"})
    assert "All rows are in order." in shown(page) and "Invite 5 people" in shown(page)
    send(here, path)
    assert [(one.number, one.group, one.start, one.planned_end) for one in everyone(store)][:2] == [
        ("JT-2026-001", None, "2027-03-02", "2027-03-31"),
        ("JT-2026-002", None, "2026-11-24", "2027-02-22"),
    ]
    assert [one.group for one in everyone(store)][2:] == ["uv-2", "uv-2", "uv-3"]


def test_the_same_mistake_is_mended_once(visitor: Visit, store: SQLiteStore) -> None:
    """One choice for all rows with the same text, unless a row has a choice of its own."""
    here = visitor("planner")
    path, page = matched(here, "palvelu;viite\n" + "".join(f"Valmennus;{n}\n" for n in range(30)))
    assert "The same in the 29 other rows with “Valmennus”" in shown(page)
    page = here.done(path, **{"r2-service": "tyohonvalmennus", "r2-service-same": "1", "r5-service": "tyohonvalmennus"})
    assert "Invite 30 people" in shown(page)
    again, _page = matched(here, "palvelu;viite\nValmennus;a\nValmennus;b\n")
    alone = here.post(again, **{"r2-service": "tyohonvalmennus"})
    assert alone.status_code == 422 and "Rows to mend: 1" in shown(alone)
    send(here, path)
    assert len(everyone(store)) == 30


def test_a_group_where_there_are_none(visitor: Visit, store: SQLiteStore) -> None:
    """The service has no groups: the only choice is none."""
    here = visitor("planner")
    path, page = matched(here, "palvelu;ryhmä\nJT;a\n")
    assert "The service has no groups, and here stands “a”." in shown(page)
    here.done(path, **{"r2-group": "-"})
    send(here, path)
    assert [one.group for one in everyone(store)] == [None]


def test_what_is_typed_must_not_tell_who_somebody_is(visitor: Visit, desk: Desk) -> None:
    """A name in a field is not taken, and is not kept."""
    here = visitor("planner")
    path, _page = matched(here, "palvelu;alku\nJT;huomenna\n")
    for typed in ("Matti Virtanen", "131052-308T", "040 123 4567"):
        response = here.post(path, **{"r2-start": typed})
        said = shown(response)
        assert "This tells who somebody is. It is not taken: that stays in the area's own key list." in said
        assert typed not in response.text and typed not in str(under_way(desk)[0].mended)


# --- who somebody is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("palvelu;x\nJT;131052-308T\n",
         "Personal identity codes stand in row 2. Take them out: who somebody is stays in the area's own key list."),
        ("palvelu;Etunimi;Sukunimi\nJT;a;b\n",
         "Columns that tell who somebody is: Etunimi, Sukunimi. Take them out of the list: who somebody is stays in "
         "the area's own key list."),
        ("tjänst;Klientens namn\nJT;a\n",
         "Columns that tell who somebody is: Klientens namn. Take them out of the list: who somebody is stays in the "
         "area's own key list."),
        ("palvelu;viite\nJT;1\nJT;Matti Virtanen\nJT;soita Liisalle\n",
         "What looks like names of persons stands in row 3, 4. Take them out: who somebody is stays in the area's own key "
         "list. If they are no names, write a number in their place."),
        ("palvelu;viite\nJT;Zubair Khan\nJT;Teuvo Meikäläinen\nJT;Nguyen Thi Hoa\n",
         "What looks like names of persons stands in row 2, 3, 4. Take them out: who somebody is stays in the area's own "
         "key list. If they are no names, write a number in their place."),
        ("palvelu;x\nJT;asiakas@example.com\nJT;+358 40 123 4567\n",
         "E-mail addresses or phone numbers stand in row 2, 3. Take them out: they stay in the area's own key list."),
        ("palvelu;131052-308T\nJT;1\n",
         "Personal identity codes stand in row 1. Take them out: who somebody is stays in the area's own key list."),
        ("131052-308T\npalvelu;viite\nJT;1\n",
         "Personal identity codes stand in row 1. Take them out: who somebody is stays in the area's own key list."),
        ("Ryhmä, soita 040 123 4567\n\npalvelu;viite\nJT;1\n",
         "E-mail addresses or phone numbers stand in row 1. Take them out: they stay in the area's own key list."),
        ("Lähetti Matti Virtanen\npalvelu;viite\nJT;1\n",
         "What looks like names of persons stands in row 1. Take them out: who somebody is stays in the area's own key "
         "list. If they are no names, write a number in their place."),
        ("palvelu;Matti Virtanen\nJT;1\n",
         "What looks like names of persons stands in row 1. Take them out: who somebody is stays in the area's own key "
         "list. If they are no names, write a number in their place."),
        ("palvelu;Asiakas;Yhteystieto\nJT;a;b\n",
         "Columns that tell who somebody is: Yhteystieto. Take them out of the list: who somebody is stays in the area's "
         "own key list."),
        ("palvelu;Asiakas;Yhteystieto\nJT;a;b\n",
         "Columns that seem to name people: Asiakas. Take names out. If one holds numbers of your own alone, write “Own "
         "reference” above it."),
        ("palvelu;viite\nJT;1\nJT;401234567\n",
         "Numbers like phone numbers without a zero or plus before them stand in row 3. Take phone numbers out. If they "
         "are numbers of your own, write a letter before each, like A401234567."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_file", [True, False])
def test_a_list_that_tells_who_somebody_is(
    visitor: Visit, desk: Desk, store: SQLiteStore, text: str, sentence: str, as_file: bool
) -> None:
    """Nothing of it is kept: neither in the store nor in mind."""
    before = list(store.scan(""))
    response = brought(visitor("planner"), text.encode() if as_file else text)
    assert response.status_code == 422 and "<title>Error: " in response.text
    assert sentence in shown(response)
    assert list(store.scan("")) == before and under_way(desk) == []
    del response
    gc.collect()
    assert not [one for one in gc.get_objects() if isinstance(one, lists.Table | lists.Row)]


@pytest.mark.parametrize(
    "cell",
    [
        "0401234567", "040 1234567", "050 123 45 67", "045.123.4567", "(040) 1234567", "044/1234567", "soita 044 123 4567",
        "014 123 4567", "09-1234567", "(09) 123 4567", "03 123 45 67", "00358401234567", "+46 (0)70 123 45 67",
        "358401234567", "358 40 123 4567", "401234567", "501234567", "gsm 451234567", "a@b.fi", "a(at)b.fi", "a [at] b.fi",
    ],
)  # fmt: skip
def test_contacts_are_known_however_they_are_written(cell: str) -> None:
    """As people write phone numbers and addresses of e-mail, and as Excel leaves them."""
    with pytest.raises(InviteError, match="phone numbers"):
        lists.refuse_people(lists.pasted(f'ryhmä;viite\nuv-2;17\nuv-2;"{cell}"\n'))
    with pytest.raises(InviteError, match="This tells who somebody is"):
        lists.refuse_person(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "1", "00123", "0012345", "12345", "123456", "1234567", "12345678", "40123456", "4012345678", "301234567", "591234567",
        "A401234567", "asiakas-401234567", "401234567-8", "2026-0417", "02-2026-15", "03/1999-15", "01.12.2026", "01-12-2026", "01/12/2026",
        "1.12.2026 klo 9.00", "2026-12-01", "JT-2026-017", "JT 2026 0401234", PERSON, "kohta (a) 1.12", "UV-2 / 45",
        "123e4567-e89b-0401-2345-678901234567", "40100", "1 401 234", "0045001234", "0046000123", "0047123456",
        "ryhmä(a) 2.kerta", "131052-308A", "131052308A", "991399123M",
    ],
)  # fmt: skip
def test_usual_references_are_taken(cell: str) -> None:
    """Numbers of rows and of clients, dates and marks are neither phone numbers nor identity codes."""
    lists.refuse_people(lists.pasted(f"ryhmä;viite\nuv-2;{cell}\n"))
    lists.refuse_person(cell)


@pytest.mark.parametrize("heading", ["Asiakas", "asiakkaat", "Opiskelija", "Klient", "Studerande", "Client", "Student"])
def test_headings_that_seem_to_name_people(heading: str) -> None:
    """The word alone; a number of theirs is a reference."""
    with pytest.raises(InviteError, match=f"Columns that seem to name people: {heading}. "):
        lists.refuse_people(lists.pasted(f"ryhmä;{heading}\nuv-2;1\n"))
    for own in ("numero", "nro", "nummer", "number", "id"):
        lists.refuse_people(lists.pasted(f"ryhmä;{heading} {own}\nuv-2;1\n"))


@pytest.mark.parametrize(
    "heading", ["Yhteystieto", "Yhteystiedot", "Kontaktuppgift", "Kontaktuppgifter", "Contact details"]
)
def test_headings_of_contacts(heading: str) -> None:
    """Whatever stands below them."""
    with pytest.raises(InviteError, match=f"Columns that tell who somebody is: {heading}. "):
        lists.refuse_people(lists.pasted(f"ryhmä;{heading}\nuv-2;1\n"))


def test_headings_and_titles_that_tell_nobody(library: Library) -> None:
    """Those that lists have, in three languages, and names of services, places and files above them."""
    known = redaction.known(library)
    usual = [
        *lists.ALIASES, *lists.ALIASES.values(), "Asiakasnumero", "Klientnummer", "Client number", "Kunta", "Huom", "Tila",
        "Lähettävä taho", "Aloituspäivä", "Äidinkieli", "Kurssin nimi", "Palveluntuottaja", "Vastuuyksikkö", "Lisätietoja",
    ]  # fmt: skip
    for heading in usual:
        lists.refuse_people(lists.pasted(f"x;{heading}\nuv-2;1\n"), known)
    for title in ("Kutsuttavat 1.12.2026 alkaen", "Uravalmennus UV-2, Jämsä", "Lista 2026-12-01 (versio 2)", "sep=;"):
        lists.refuse_people(lists.pasted(f"{title}\nryhmä;viite\nuv-2;1\n"), known)


@pytest.mark.parametrize("column", ["Kieli", "Äidinkieli"])
def test_languages_are_no_names(library: Library, column: str) -> None:
    """Those that people speak, whether the site has them or not."""
    spoken = (
        "suomi ruotsi englanti viro venäjä ukraina arabia somali persia farsi dari kurdi sorani thai vietnam tigrinja"
    )
    rows = "".join(
        f"JT;{one}\nJT;{one.capitalize()}\n" for one in [*spoken.split(), *library.site.language_names.values()]
    )
    lists.refuse_people(lists.pasted(f"palvelu;{column}\n{rows}"), redaction.known(library))


def test_what_is_no_name(library: Library, visitor: Visit) -> None:
    """Titles of services, towns of the site and plain notes are no names of persons."""
    here = visitor("planner")
    text = (
        "palvelun nimi;kunta;huomautus;viite\nTyöhönvalmennus;Jämsä;aloittaa joulukuussa;0012345\n"
        "Puualan rekrykoulutus;Keuruu;Kone- ja metalliala;kansio A3\n"
    )
    assert brought(here, text).status_code == 303


# --- files that are no lists ----------------------------------------------------------------------


def _zipped(**parts: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The list is empty. Its first row has the headings of the columns."),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 99,
         "The file is in the old format of Excel (.xls). Open it in Excel, save it as .xlsx and send that."),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
         "The file is protected with a password. Save a copy without a password and send that."),
        (b"%PDF-1.7", "The file is no list that can be read. Save it in Excel as a workbook (.xlsx) or as CSV UTF-8."),
        (b"<html><table>", "The file is no list that can be read. Save it in Excel as a workbook (.xlsx) or as CSV UTF-8."),
        (_zipped(mimetype=b"x", **{"content.xml": b"y"}),
         "The file is an OpenDocument spreadsheet. Save it as .xlsx and send that."),
        (_zipped(word__document=b"x"),
         "The file is no list that can be read. Save it in Excel as a workbook (.xlsx) or as CSV UTF-8."),
        (_zipped(xl__workbook=b"<!DOCTYPE x>"),
         "The file cannot be read; it may be damaged. Open it in Excel, save it again as .xlsx and send that."),
        (_zipped(xl__workbook=b"x"),
         "The file cannot be read; it may be damaged. Open it in Excel, save it again as .xlsx and send that."),
        (_zipped(xl__bomb=b"0" * 70_000_000),
         "The file would unpack to far more than any list has, so it was not read. Copy the rows into a new file."),
        (workbook(), "The list is empty. Its first row has the headings of the columns."),
        (workbook(["palvelu"]), "The list has headings and no row below them."),
        (("viite\n" + "1\n" * 10_001).encode(), "The list has more than 10000 rows. Part it into several."),
        (b'palvelu\n"' + b"x" * 200_000, "The file is no list that can be read. Save it in Excel as a workbook (.xlsx) or as CSV UTF-8."),
    ],
)  # fmt: skip
def test_a_file_that_is_no_list(visitor: Visit, desk: Desk, content: bytes, sentence: str) -> None:
    """Each with what to do; what could do harm is not unpacked."""
    response = brought(visitor("planner"), content, name="x.xlsx")
    assert response.status_code == 422 and sentence in shown(response)
    assert under_way(desk) == []


def test_a_sheet_that_is_formatted_to_its_last_row(visitor: Visit) -> None:
    """A million rows with nothing in them are no list of a million."""
    book = Workbook()
    for row in (["palvelu", "viite"], ["JT", 1]):
        book.active.append(row)
    book.active.cell(row=1_048_576, column=1).number_format = "d.m.yyyy"
    packed = io.BytesIO()
    book.save(packed)
    _path, page = matched(visitor("planner"), packed.getvalue())
    assert "Invite one person" in shown(page)


def test_formulas_without_a_value(visitor: Visit, desk: Desk) -> None:
    """A program other than Excel wrote them, so nobody knows the date: read as empty, the group's would hold."""
    day = "=DATE(2026,12,1)"
    content = workbook(
        ["Ryhmä", "Alku", "Viite"], ["uv-2", datetime(2026, 12, 1), 1], ["uv-2", day, 2], ["uv-2", day, 3]
    )
    response = brought(visitor("planner"), content, name="x.xlsx")
    assert response.status_code == 422 and under_way(desk) == []
    assert (
        "A formula without a value stands in row 3, 4. Open the file in Excel, save it, and send it again."
    ) in shown(response)


def test_formulas_with_a_value() -> None:
    """As Excel saves them: what was worked out is read, and that may be nothing."""
    plain = workbook(["Ryhmä", "Alku", "Viite"], ["uv-2", "=FIRST", "=SECOND"])
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.infolist():
            text = old.read(part).decode()
            text = text.replace('<c r="B2"><f>FIRST</f><v></v></c>', '<c r="B2"><f>FIRST</f><v>46357</v></c>')
            text = text.replace('<c r="C2"><f>SECOND</f><v></v></c>', '<c r="C2" t="str"><f>SECOND</f><v></v></c>')
            new.writestr(part, text)
    table = lists.read(content.getvalue())
    assert [dict(row.cells) for row in table.rows] == [{"Ryhmä": "uv-2", "Alku": "46357", "Viite": ""}]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("Ryhmä uv-2, syksy, kone\nryhmä;viite\nuv-2;1\nuv-2;2\n", ";"),
        ("Ryhmä uv-2; syksy\nryhmä,viite\nuv-2,1\nuv-2,2\n", ","),
        ("Ryhmä uv-2, syksy; kone\nryhmä\tviite\nuv-2\ta, b\nuv-2\tc, d\n", "\t"),
        ("ryhmä;viite\nuv-2;a, b, c\nuv-2;d, e, f\n", ";"),
        ("ryhmä,viite\nuv-2,a;b\nuv-2,c;d\n", ","),
        ('ryhmä,viite\nuv-2,"a\nb; c; d"\n', ","),
        ("hinta;viite\n1,5;2,5\n1,6;2,6\n", ";"),
        ("viite\n1\n2\n", ";"),
        ("Palvelu;Ryhmä;viite\nKoto, jatko;kk-1\nKoto, jatko;kk-1\nKoto, jatko;kk-2;7\n", ";"),
    ],
)
def test_what_parts_the_cells(text: str, delimiter: str) -> None:
    """The sign by which most lines have the same number of cells, whatever stands in a title above or in a cell."""
    table = lists.pasted(text)
    assert table.delimiter == delimiter
    assert table.headings[-1] == "viite"


def test_something_must_be_given(visitor: Visit) -> None:
    """A file or rows, and not both; what was pasted is still there."""
    here = visitor("planner")
    assert "Choose a file, or paste the rows below." in shown(here.post("import", kind="people", pasted=" "))
    both = here.post("import", kind="people", pasted="viite", file=(io.BytesIO(b"x"), "x.csv"))
    assert (
        "A file was chosen and rows were pasted. Give one of them." in shown(both) and ">viite</textarea>" in both.text
    )
    assert "Choose one of what is offered." in shown(here.post("import", kind="x", pasted="viite\n1"))


# --- sent once ------------------------------------------------------------------------------------


def test_a_list_is_sent_once(visitor: Visit, store: SQLiteStore, desk: Desk) -> None:
    """A double click leads to the same codes; Back says that it was sent, and leads to them too."""
    here = visitor("planner")
    path, _page = matched(here, FINNISH)
    first, second = send(here, path), send(here, path)
    assert first.headers["Location"] == second.headers["Location"] and len(everyone(store)) == 2
    for back in (path, path.removesuffix("/check")):
        page = here.get(back)
        assert page.status_code == 409 and "This list was sent already" in shown(page)
        assert first.headers["Location"].replace("&", "&amp;") in page.text
        assert here.post(back, c0="service").status_code == 409
    assert len(everyone(store)) == 2 and [one for one in audit.entries(store) if one.action == "invite"]
    assert under_way(desk)[0].table.rows == ()


def test_two_clicks_at_the_same_moment(visitor: Visit, store: SQLiteStore) -> None:
    """The second waits for the first, and leads where it led."""
    from concurrent.futures import ThreadPoolExecutor

    path, _page = matched(visitor("planner"), FINNISH)
    with ThreadPoolExecutor(4) as pool:
        led = set(pool.map(lambda _n: send(visitor("planner"), path).headers["Location"], range(4)))
    assert len(led) == 1 and len(everyone(store)) == 2


def test_the_same_rows_brought_in_again_are_told(visitor: Visit, store: SQLiteStore) -> None:
    """They may be other people, so it is a caution; another list has none."""
    here = visitor("planner")
    path, page = matched(here, FINNISH)
    assert "already" not in shown(page)
    send(here, path)
    _path, page = matched(here, FINNISH)
    assert "A list with the same rows was sent at 12.00 already. Send this one only if it is of other people." in (
        shown(page)
    )
    _path, page = matched(here, FINNISH + "JT;;;9\n")
    assert "already" not in shown(page)


def test_two_planners_with_the_same_list(visitor: Visit, store: SQLiteStore, clock: Clock) -> None:
    """Whoever comes second is told, before and after the first has sent it, and not by whom."""
    first, second = visitor("planner"), visitor("reader")
    path, page = matched(first, FINNISH)
    clock.advance(minutes=5)
    theirs, page = matched(second, FINNISH)
    assert (
        "A list with the same rows was brought in by somebody else at this desk at 12.00, and is not sent yet. Agree who "
        "sends it."
    ) in shown(page)
    assert "12.05, and is not sent yet" in shown(first.get(path))
    send(first, path)
    page = second.get(theirs)
    assert (
        "A list with the same rows was sent by somebody else at this desk at 12.05. Send this one only if it is of other "
        "people."
    ) in shown(page) and "not sent yet" not in shown(page)
    assert "planner" not in shown(page)
    assert "was sent" in shown(matched(second, FINNISH, kind="people")[1])
    assert "at this desk" not in shown(matched(second, FINNISH + "JT;;;9\n")[1])


def test_a_list_that_was_brought_in_twice_by_one_person(visitor: Visit) -> None:
    """Whoever brings in a mended file again is not told of their own."""
    here = visitor("planner")
    matched(here, FINNISH)
    assert "at this desk" not in shown(matched(here, FINNISH)[1])


def test_a_list_is_for_whoever_brought_it_and_for_an_hour(visitor: Visit, store: SQLiteStore, clock: Clock) -> None:
    """Nobody else sees it, and afterwards nothing can be sent."""
    here = visitor("planner")
    path, _page = matched(here, FINNISH)
    for other in ("reader",):
        assert visitor(other).get(path).status_code == 410 and send(visitor(other), path).status_code == 410
    clock.advance(minutes=61)
    gone = send(here, path)
    assert gone.status_code == 410 and everyone(store) == []
    assert "Lists are kept in mind for an hour and stored nowhere. Nothing was done. Bring the list in once more." in (
        shown(gone)
    )


@pytest.mark.parametrize("who", ["provider", "analyst", "officer"])
def test_lists_are_for_planners(visitor: Visit, store: SQLiteStore, who: str) -> None:
    """Neither a provider's coach nor others bring in lists, or send those of others."""
    path, _page = matched(visitor("planner"), FINNISH)
    for response in (visitor(who).get("import"), brought(visitor(who), FINNISH), send(visitor(who), path)):
        assert response.status_code == 403 and "not for your role" in shown(response)
    assert everyone(store) == []


def test_a_store_that_fails_invites_nobody_twice(
    visitor: Visit, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing could be stored, the list is still there and is sent once more."""
    here = visitor("planner")
    path, _page = matched(here, FINNISH)

    def failing(self: SQLiteStore, *chain: Record) -> int:
        raise StoreTrouble("planted")

    monkeypatch.setattr(SQLiteStore, "create_in_order", failing)
    assert send(here, path).status_code == 503 and everyone(store) == []
    monkeypatch.undo()
    assert send(here, path).status_code == 303 and len(everyone(store)) == 2


def test_two_thousand_rows(visitor: Visit, store: SQLiteStore) -> None:
    """They are looked through in pages, mended with one choice, and invited."""
    here = visitor("planner")
    rows = "".join(f"{'Uravalmenus' if n < 100 else 'Uravalmennus'};uv-2;{n}\n" for n in range(2_000))
    path, page = matched(here, f"palvelu;ryhmä;viite\n{rows}")
    assert "Rows to mend: 100" in shown(page) and "Here are the first 50." in shown(page)
    page = here.done(path, **{"r2-service": "uravalmennus", "r2-service-same": "1"})
    assert "Invite 2000 people" in shown(page) and 'page=2#right"' in page.text
    last = here.get(f"{path}?page=10")
    assert ">2001<" in last.text and 'rel="next"' not in last.text
    send(here, path)
    assert len(everyone(store)) == 2_000


# --- exits ----------------------------------------------------------------------------------------


def test_exits_come_in_a_list(visitor: Visit, store: SQLiteStore, invite: Invite) -> None:
    """Reasons in words of three languages or as codes; an empty day is today; each is in the log."""
    numbers = [invite(start=TODAY - timedelta(60)).participation.number for _ in range(5)]
    here = visitor("planner")
    words = ["Työllistyi", "utbildning", "Illness", "completed", "Siirtyi toiseen palveluun tai toiselle tuottajalle"]
    rows = "".join(
        f"{number.lower()};{'20.11.2026' if at else ''};{word}\n"
        for at, (number, word) in enumerate(zip(numbers, words, strict=True))
    )
    path, page = matched(here, f"Numero;Päättymispäivä;Syy\n{rows}", kind="exits")
    assert f"{numbers[0]} Job coaching 24.11.2026 (today) Got work" in shown(page)
    done = here.get(send(here, path).headers["Location"])
    assert "Exits stored: 5. What is asked at the end is open to them from now on." in shown(done)
    assert [(one.end, one.exit_reason) for one in everyone(store)] == [
        ("2026-11-24", "work"), ("2026-11-20", "education"), ("2026-11-20", "illness"), ("2026-11-20", "completed"),
        ("2026-11-20", "transfer"),
    ]  # fmt: skip
    entries = [one for one in audit.entries(store) if one.action == "exit"]
    assert sorted(one.about for one in entries) == numbers and entries[0].details["desk"] == "planner"
    assert send(here, path).status_code == 303
    assert len([one for one in audit.entries(store) if one.action == "exit"]) == 5


def test_numbers_of_exits_are_known_however_they_are_typed(
    visitor: Visit, store: SQLiteStore, library: Library, invite: Invite
) -> None:
    """As at keying: without zeros, with spaces or a dash of Word; the column is found by them, and rows need no
    headings."""
    numbers = [invite(start=TODAY - timedelta(60)).participation.number for _ in range(3)]
    assert numbers == ["JT-2026-001", "JT-2026-002", "JT-2026-003"]
    rows = "JT-2026-1;työ\njt 2026 002;työ\nJT–2026–003;työ\n"
    assert guessed(lists.pasted(f"a;b\n{rows}"), "exits", Names(library)) == ["number", "reason"]
    here = visitor("planner")
    path, page = matched(here, rows, kind="exits")
    assert "Store 3 exits" in shown(page) and "JT-2026-001 Job coaching" in shown(page)
    _path, twice = matched(here, rows + "JT/2026/3;työ\n", kind="exits")
    assert "Row 4: JT-2026-003 stands in row 3 too. Leave one of the two out." in shown(twice)
    send(here, path)
    assert [one.exit_reason for one in everyone(store)] == ["work"] * 3


def test_exits_that_cannot_be_logged_are_not_stored(
    visitor: Visit, desk: Desk, store: SQLiteStore, invite: Invite
) -> None:
    """The log comes first."""
    number = invite(start=TODAY - timedelta(60)).participation.number
    here = visitor("planner")
    path, _page = matched(here, f"Numero;Päättymispäivä;Syy\n{number};20.11.2026;Työllistyi\n", kind="exits")
    desk.store = Silent(store)  # type: ignore[assignment]
    assert send(here, path).status_code == 503
    assert [one.end for one in everyone(store)] == [None]


def test_exits_that_cannot_be(visitor: Visit, store: SQLiteStore, invite: Invite) -> None:
    """Unknown numbers, twice the same, a day to come or before the start, an unknown reason, one that was taken back:
    each beside its row, and nothing is stored before all are in order."""
    one, other, gone = (invite(start=TODAY - timedelta(9)).participation for _ in range(3))
    participations.revoked(store, gone, moment=NOON)
    here = visitor("planner")
    path, page = matched(
        here,
        "numero;loppu;syy\n"
        f"{one.number};;work\nJT-1999-001;;work\n{one.number};;work\n{other.number};25.11.2026;loma\n{gone.number};;\n;;work\n",
        kind="exits",
    )
    said = shown(page)
    for sentence in (
        "Row 3: There is no participation 'JT-1999-001'. Look at the number on the slip or in your own list.",
        f"Row 4: {one.number} stands in row 2 too. Leave one of the two out.",
        f"Row 5: {other.number}: the exit 25.11.2026 has not come yet. Tell of an exit when it has happened; until then, "
        "change the planned end.",
        "Row 5: “loma” is no reason that is known. Choose one.",
        f"Row 6: The invitation of {gone.number} was taken back, so nothing is asked at its end. Leave the row out.",
        "Row 6: The reason is missing. Choose one.",
        "Row 7: The row has no number. It stands on the slip, like JT-2026-017.",
    ):
        assert sentence in said
    assert send(here, path).status_code == 422
    left_out = {f"r{row}-out": "1" for row in (3, 4, 6, 7)}
    page = here.done(path, **left_out, **{"r5-end": "23.11.2026", "r5-reason": "other"})
    assert "Store 2 exits" in shown(page)
    send(here, path)
    assert [(each.end, each.exit_reason) for each in everyone(store)] == [
        ("2026-11-24", "work"), ("2026-11-23", "other"), (None, None)
    ]  # fmt: skip


def test_an_exit_that_is_told_anew_is_marked(visitor: Visit, store: SQLiteStore, invite: Invite) -> None:
    """What was stored before is said beside it."""
    one = invite(start=TODAY - timedelta(9)).participation
    participations.amended(store, one, end="2026-11-20", exit_reason="other")
    _path, page = matched(visitor("planner"), f"numero;loppu;syy\n{one.number};21.11.2026;work\n", kind="exits")
    assert "Got work (stored before: 20.11.2026)" in shown(page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_the_desk_are_known_in_lists(desk: Desk, language: str) -> None:
    """Whoever types a reason as the desk says it, or takes its headings, is understood."""
    labels = {id: desk.messages[language][label] for id, label in REASONS.items()}
    assert {id: reason_of(label) for id, label in labels.items()} == {id: id for id in REASONS}
    lists.refuse_people(lists.pasted("reason\n" + "\n".join(labels.values())))
    for kind in KINDS:
        for column in COLUMNS[kind]:
            heading = desk.messages[language][column.name].lower()
            assert lists.ALIASES.get(heading, heading) == column.id, heading


# --- templates ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_template_is_a_list(
    visitor: Visit, desk: Desk, store: SQLiteStore, library: Library, language: str, ending: str
) -> None:
    """Its headings are those of the page, each is known again, and its example row invites nobody."""
    here = visitor("planner")
    response = here.get(f"/{language}/import/template/people.{ending}")
    assert response.status_code == 200 and response.headers["Content-Disposition"].endswith(f".{ending}")
    table = lists.read(response.data)
    assert list(table.headings) == [desk.messages[language][one.name] for one in COLUMNS["people"]]
    assert guessed(table, "people", Names(library)) == [one.id for one in COLUMNS["people"]]
    path, page = matched(here, response.data, name=f"x.{ending}")
    assert "Row 2: This is the example row of the template. Leave it out." in shown(page)
    here.done(path, **{"r2-out": "1"})
    assert "Every row was left out, so there is nothing to send." in shown(here.get(path))
    assert send(here, path).status_code == 422 and everyone(store) == []


def test_the_template_of_exits(visitor: Visit, library: Library) -> None:
    """Its dates are dates in Excel, and its number is no slip's."""
    here = visitor("planner")
    response = here.get("/fi/import/template/exits.xlsx")
    sheet = load_workbook(io.BytesIO(response.data)).active
    assert [cell.value for cell in sheet[2]][1:] == [datetime(2026, 11, 24), "Sai työtä"]
    assert sheet["B2"].number_format == "d.m.yyyy"
    _path, page = matched(here, response.data, name="x.xlsx", kind="exits")
    assert "There is no participation 'TV-2026-000'." in shown(page)
    assert here.get("import/template/x.xlsx").status_code == 404
    assert here.get("import/template/people.exe").status_code == 404
