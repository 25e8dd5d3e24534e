"""Codes in life: lists, exits, other dates, new codes, revoking, reminders, response rates, pseudonyms, key rotation."""

from __future__ import annotations

import csv
import dataclasses
import io
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from collector import counting, inviting, lists, participations
from collector.bundle import Bundle
from collector.inviting import Invited
from collector.lists import Row
from collector.participations import InviteError
from collector.settings import Keys, SettingsError, read_keys, retired, rotated
from collector.stores import StoreTrouble
from collector.stores.sqlite import SQLiteStore
from survey import codes, records, redaction
from survey.model import Library
from survey.records import Submission
from tests.collector.forms import ID, OTHER_ID, body, fields
from tests.conftest import NOON, Client, Clock, Run

FORM = "application/x-www-form-urlencoded"
TODAY = NOON.date()
Invite = Callable[..., Invited]


def rows(text: str, *columns: str) -> list[Row]:
    return lists.known_columns(lists.read(text.encode()), columns or inviting.COLUMNS)


# --- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"service,group,start\ntyohonvalmennus,,2026-11-30\n",
        "\ufeffPalvelu;Ryhmä;Alku\r\ntyohonvalmennus;;30.11.2026\r\n;;\r\n".encode(),
        "palvelu\tryhmä\talku\ntyohonvalmennus\t\t30.11.2026".encode("cp1252"),
    ],
)
def test_a_list_is_read_however_it_was_saved(data: bytes) -> None:
    """Commas, semicolons or tabs; UTF-8 with a mark or as Excel writes; Finnish headings and dates; empty rows."""
    (row,) = lists.known_columns(lists.read(data), inviting.COLUMNS)
    assert (row.line, row.text("service"), row.text("group"), row.day("start")) == (
        2, "tyohonvalmennus", "", date(2026, 11, 30)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The list is empty. Its first row has the headings of the columns."),
        ("service\n", "The list has headings and no row below them."),
        ("service,group\na,b,c\n", "Row 2: more cells than headings. Put text with ',' in quotes."),
        ("service,Kunta,Lisätieto\na,b,c\n",
         "Columns that are not known: Kunta, Lisätieto. A list has service, group, start, end, person, language, reference. "
         "Leave names and other columns out: who somebody is stays in your own list."),
        ("service,Asiakkaan nimi,Puhelin,client_name\na,b,c,d\n",
         "Columns that tell who somebody is: Asiakkaan nimi, Puhelin, client_name. Take them out of the list: who "
         "somebody is stays in the area's own key list."),
        ("service,service\na,b\n",
         "Columns that are not known: service (2). A list has service, group, start, end, person, language, reference. Leave "
         "names and other columns out: who somebody is stays in your own list."),
        ("tyohonvalmennus,1.12.2026\ntyohonvalmennus,2.12.2026\n",
         "The list has no headings. Write above its columns what they are: service, group, start, end, person, language, "
         "reference."),
        ("service,palvelu\na,b\n", "Two columns have the same heading. Leave one out."),
        ("service,reference\na,131052-308T\nb,x\nc,re 131052-308t\n",
         "Personal identity codes stand in row 2, 4. Take them out: who somebody is stays in the area's own key list."),
        ("service\0",
         "The file is no list that can be read. Save it in Excel as a workbook (.xlsx) or as CSV UTF-8."),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_used(text: str, sentence: str) -> None:
    """Each as one sentence with what to do. What only looks like an identity code is none."""
    with pytest.raises(InviteError) as error:
        rows(text)
    assert str(error.value) == sentence
    assert rows("service,reference\na,131052-308A\n")


def test_dates_of_lists() -> None:
    """As staff write them, as spreadsheets do, with a time that is midnight; a year may have two digits."""
    for text in (
        "1.3.2027",
        "01.03.2027",
        "1. 3. 2027",
        "1.3.27",
        "2027-03-01",
        "2027-03-01 00:00:00",
        "1.3.2027 0.00",
    ):
        assert lists.day_of(text) == date(2027, 3, 1), text
    for text in ("1.3.", "31.2.2027", "1.3.127", "2027-03-01 12:00", "46000", "soon"):
        with pytest.raises(InviteError):
            lists.day_of(text)


def test_identity_codes_are_found_however_they_are_written() -> None:
    """With dashes of Word and Excel, spaces, small letters, the separators of every century and without any; not
    without the right check sign, and where that is a figure not without a separator: such are client numbers."""
    for text in ("131052-308T", "131052\u2013308t", "131052 - 308T", "x 131052A308T.", "010594Y9032", "131052308T",
                 "131052 308t"):  # fmt: skip
        assert lists.holds_identity_code(text), text
    for text in ("131052-308A", "131052308A", "0105949032", "1131052-308T", "1131052308T", "JT-2026-001", "991399111T"):
        assert not lists.holds_identity_code(text), text


def test_words_of_the_site_are_no_names(library: Library) -> None:
    """No title of a service, provider, municipality or group is taken for a person's name, in any language."""
    known = redaction.known(library)
    services = library.services
    texts = [text for one in services.services for text in (*one.title.values(), one.municipality, one.buyer)]
    texts += [one.name for one in services.providers.values()]
    texts += [group.id for one in services.services for group in one.groups]
    assert len(texts) > 50
    assert [text for text in texts if lists.names_somebody(text, known)] == []


@given(st.one_of(st.binary(), st.text().map(str.encode), st.binary().map(lambda some: b"PK\x03\x04" + some)))
def test_any_bytes_are_a_list_or_are_refused(data: bytes) -> None:
    """Whatever somebody chooses as a file, there is a table with its headings, or a sentence."""
    try:
        table = lists.read(data)
        lists.refuse_people(table)
    except InviteError as error:
        assert error.sentences
    else:
        assert table.rows and len(set(table.headings)) == len(table.headings)
        assert all(set(row.cells) <= set(table.headings) for row in table.rows)


def test_nobody_is_invited_where_a_row_has_a_problem(library: Library) -> None:
    """Every row's problem at once, by its row."""
    text = (
        "service,group,start,end,person,reference\n"
        "tyohonvalmennus,,30.2.2027,,,1\n"
        "tyohonvalmenus,,,,,2\n"
        "tyohonvalmennus,,2026-12-01,2026-11-01,,3\n"
        "tyohonvalmennus,,,,123456,4\n"
        ",,,,,5\n"
    )
    with pytest.raises(InviteError) as error:
        inviting.planned(library, rows(text), service=None, today=TODAY)
    known = ", ".join(service.id for service in library.services.services)
    assert str(error.value).splitlines() == [
        "Row 2: '30.2.2027' is no date. Write 31.3.2026 or 2026-03-31.",
        f"Row 3: There is no service 'tyohonvalmenus'. The services are: {known}.",
        "Row 4: The end 1.11.2026 comes before the start 1.12.2026. Look at both dates.",
        "Row 5: '123456' was not made by 'mittari pseudonym'. Never store a client number.",
        "Row 6: The row names no service. Fill it in, or give one for all rows.",
        "Nobody was invited. Mend these rows and try again.",
    ]
    person = codes.person(b"k" * 32, "1")
    with pytest.raises(InviteError, match="Row 3: The same person stands in row 2 too, for the same service"):
        inviting.planned(library, rows(f"person\n{person}\n{person}\n"), service="tyohonvalmennus", today=TODAY)


def test_inviting_from_a_list(run: Run, store: SQLiteStore) -> None:
    """The area's own reference comes back beside the code and is stored nowhere; the person's pseudonym is stored; a
    formula in a reference is text."""
    assert run("keys", "--person", MITTARI_PERSON_KEY="key.json").exit_code == 0
    Path("clients.csv").write_text(
        "asiakas;palvelu;viite\n 00123 ;tyohonvalmennus;=A1\n00124;tyohonvalmennus;kirje 2\n"
    )
    made = run("pseudonym", "clients.csv", "--column", "asiakas", "--output", "list.csv", MITTARI_PERSON_KEY="key.json")
    assert made.stdout == "2 rows, 2 people in list.csv. Other columns were not looked at for names.\n"
    assert "00123" not in Path("list.csv").read_text() and Path("list.csv").read_text().startswith(
        "person;palvelu;viite"
    )
    invited = run("invite", "--from", "list.csv")
    assert invited.exit_code == 0, invited.output
    found = list(csv.DictReader(io.StringIO(invited.stdout)))
    assert [one["reference"] for one in found] == ["'=A1", "kirje 2"]
    people = list(participations.everyone(store))
    assert all(codes.is_person(one.person or "") for one in people) and len({one.person for one in people}) == 2
    everything = b"".join(store.read(key) or b"" for key in store.scan(""))
    assert b"kirje 2" not in everything and b"00124" not in everything
    both = run("invite", "--from", "list.csv", "--count", 3)
    assert (both.exit_code, both.stderr) == (
        2, "With --from each row has its own group and dates. Leave --count, --group, --start and --end out.\n"
    )  # fmt: skip


def test_somebody_in_two_services_and_there_already(run: Run, store: SQLiteStore) -> None:
    """One list invites to both; who is in one of them already is warned of, and invited all the same."""
    person = codes.person(b"k" * 32, "1")
    Path("both.csv").write_text(f"palvelu;ryhmä;henkilö\nJT;;{person}\nUV;uv-2;{person}\n")
    first = run("invite", "--from", "both.csv")
    assert first.exit_code == 0 and "Already" not in first.stderr, first.output
    Path("more.csv").write_text(f"palvelu;ryhmä;henkilö\nUV;uv-3;{person}\nUV;uv-2;{person}\n")
    second = run("invite", "--from", "more.csv", "--sheet", "more.html")
    assert second.exit_code == 0 and second.stderr.splitlines()[0] == (
        "Warning: Already invited to the same service and group, and not ended: row 3. Invite them again only if that is "
        "meant."
    )
    assert len(list(participations.everyone(store))) == 4


def test_inviting_from_a_workbook(run: Run, store: SQLiteStore) -> None:
    """A file of Excel as it is: its dates are dates, and services may stand by their titles."""
    book = Workbook()
    for row in (["Palvelu", "Ryhmä", "Alku"], ["Työhönvalmennus", None, date(2026, 12, 1)], ["UV", "UV-2", None]):
        book.active.append(row)
    book.save("people.xlsx")
    invited = run("invite", "--from", "people.xlsx")
    assert invited.exit_code == 0, invited.output
    found = {(one.service, one.group, one.start) for one in participations.everyone(store)}
    assert found == {("tyohonvalmennus", None, "2026-12-01"), ("uravalmennus", "uv-2", "2026-11-02")}
    Path("old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert run("invite", "--from", "old.xls").stderr == (
        "The file is in the old format of Excel (.xls). Open it in Excel, save it as .xlsx and send that.\n"
    )
    Path("names.csv").write_text("palvelu;viite\nJT;Matti Virtanen\n")
    assert run("invite", "--from", "names.csv").stderr == (
        "What looks like names of persons stands in row 2. Take them out: who somebody is stays in the area's own key "
        "list. If they are no names, write a number in their place.\n"
    )


def test_links_to_a_wave(run: Run, bundle: Bundle) -> None:
    """Straight to its questionnaire in the language, with the code; a wave that the service does not ask is refused
    before anybody is invited."""
    made = run("invite", "--service", "tyohonvalmennus", "--count", 1, "--wave", "end", "--language", "sv")
    assert made.exit_code == 0, made.output
    (row,) = csv.DictReader(io.StringIO(made.stdout))
    path, _, code = row["link"].removeprefix("https://kysely.example.fi/").partition("#")
    assert code == row["code"] and path.startswith("sv/") and "-end." in path
    refused = run("invite", "--service", "tyohonvalmennus", "--count", 1, "--wave", "never")
    assert refused.exit_code == 2 and refused.stderr.startswith(
        "There is no wave 'never'. The waves of site.yaml are start,"
    )


# --- exits, dates, codes --------------------------------------------------------------------------


def test_an_exit_opens_what_is_asked_at_the_end(invite: Invite, store: SQLiteStore, client: Client) -> None:
    """Weeks before the planned end nothing of the end is due; from the exit on it is."""
    one = invite(start=TODAY - timedelta(60), end=TODAY + timedelta(60))
    send = {"_code": one.code, "_language": "en"}
    before = client.post("/-/enter", data=send, headers={"Accept": "application/json"}, content_type=FORM)
    left = participations.exit(one.participation, day=TODAY, reason="work", today=TODAY)
    now = participations.amended(store, left.participation, end=left.end, exit_reason=left.reason)
    assert (now.end, now.exit_reason, now.code) == (TODAY.isoformat(), "work", one.participation.code)
    after = client.post("/-/enter", data=send, headers={"Accept": "application/json"}, content_type=FORM)
    assert "-end." in after.json["path"] and "-end." not in before.text


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (TODAY + timedelta(1),
         "{number}: the exit 25.11.2026 has not come yet. Tell of an exit when it has happened; until then, change the "
         "planned end."),
        (TODAY - timedelta(1),
         "{number}: the exit 23.11.2026 comes before the start 24.11.2026. Look at the dates; where somebody never began, "
         "take the invitation back."),
    ],
)  # fmt: skip
def test_an_exit_that_cannot_be(invite: Invite, day: date, sentence: str) -> None:
    """Not in the future, not before the start."""
    one = invite()
    with pytest.raises(InviteError) as error:
        participations.exit(one.participation, day=day, reason="other", today=TODAY)
    assert str(error.value) == sentence.format(number=one.participation.number)


def test_changes_at_the_same_moment_are_both_kept(invite: Invite, store: SQLiteStore) -> None:
    """Each takes the record after the last: neither overwrites the other's field, and a race that is lost is run again."""
    one = invite()

    class Racing(SQLiteStore):
        raced = False

        def create(self, key: str, body: bytes) -> bool:
            if not Racing.raced:
                Racing.raced = True
                participations.amended(store, one.participation, group="other")
            return super().create(key, body)

    racing = Racing(store._path)
    now = participations.amended(racing, one.participation, end="2026-11-30")
    racing.close()
    assert (now.group, now.end) == ("other", "2026-11-30") and participations.read(store, now.id) == now

    class Lost(SQLiteStore):
        def create(self, key: str, body: bytes) -> bool:
            return False

    lost = Lost(store._path)
    with pytest.raises(StoreTrouble, match="is being changed by somebody else. Try again.$"):
        participations.amended(lost, one.participation, end="2026-12-01")
    lost.close()


def test_a_replaced_code(invite: Invite, store: SQLiteStore, keys: Keys, client: Client, library: Library) -> None:
    """The new one opens the same participation, with what it has answered; the old one gets the text of every bad
    code; and a third replaces the second."""
    one = invite()
    assert client.post("/-/submit", data=body(fields(library, one.code, wb1="4")), content_type=FORM).status_code == 201
    new = inviting.replaced(store, keys, one.participation, random=random.Random(5).randbytes)
    newest = inviting.replaced(store, keys, new.participation, random=random.Random(6).randbytes)
    assert participations.by_code(store, keys, newest.code) == newest.participation
    unknown = codes.new_code(random.Random(77).randbytes)
    texts = {
        client.post("/-/submit", data=body(fields(library, code, id=OTHER_ID, wb1="4")), content_type=FORM)
        .text.replace(code, "").replace(codes.shown(code), "")
        for code in (one.code, new.code, unknown, "ABC", one.code[:-1])
    }  # fmt: skip
    assert len(texts) == 1
    again = client.post("/-/submit", data=body(fields(library, newest.code, id=OTHER_ID, wb1="4")), content_type=FORM)
    assert again.status_code == 409
    assert len(list(store.scan("code/"))) == 1


def test_replacing_that_was_broken_off(invite: Invite, store: SQLiteStore, keys: Keys) -> None:
    """Where the participation could not be written, the old code still opens and the new one does not."""
    one = invite()

    class Failing(SQLiteStore):
        def create(self, key: str, body: bytes) -> bool:
            if key.startswith("participation/"):
                raise StoreTrouble("planted")
            return super().create(key, body)

    failing = Failing(store._path)
    chance = random.Random(5)
    with pytest.raises(StoreTrouble):
        inviting.replaced(failing, keys, one.participation, random=chance.randbytes)
    failing.close()
    assert participations.by_code(store, keys, codes.new_code(random.Random(5).randbytes)) is None
    assert participations.by_code(store, keys, one.code) is not None


def test_staff_commands(run: Run, invite: Invite, store: SQLiteStore, keys: Keys, clock: Clock) -> None:
    """Replace, change, exit and revoke by the number of the slip; wrong numbers, groups and reasons are told."""
    one, other = invite(), invite()
    number = one.participation.number
    got = run("replace", number.lower(), "--sheet", "s.html")
    assert got.exit_code == 0 and got.stderr == "Slips to print: s.html\n"
    (row,) = csv.DictReader(io.StringIO(got.stdout))
    assert row["number"] == number and participations.by_code(store, keys, row["code"]) is not None
    changed = run("change", number, "--end", "2027-03-31")
    assert changed.stdout == f"{number}: {one.participation.start} to 2027-03-31.\n"
    left = run("exit", number, "--reason", "work", "--date", "2026-11-25")
    assert left.stdout == "1 exits stored.\n"
    assert run("revoke", other.participation.number).stdout == "1 invitations taken back.\n"
    assert participations.by_code(store, keys, other.code) is None
    assert run("replace", other.participation.number).stderr == (
        f"The invitation of {other.participation.number} was taken back. Invite the person anew.\n"
    )
    assert run("change", number).stderr == "Give what is to change: --start, --end or --group.\n"
    assert run("change", number, "--group", "x").stderr == "Service 'tyohonvalmennus' has no group 'x'. It has none.\n"
    assert run("exit", number).stderr == "Give the number and --reason, or a list with --from.\n"
    missing = run("exit", "JT-1999-001", "--reason", "work")
    assert (missing.exit_code, missing.stderr) == (
        2, "There is no participation 'JT-1999-001'. Look at the number on the slip or in your own list.\n"
    )  # fmt: skip
    Path("exits.csv").write_text(f"numero;loppu;syy\n{number};26.11.2026;education\nJT-1;;holiday\n")
    wrong = run("exit", "--from", "exits.csv")
    assert wrong.exit_code == 2 and wrong.stderr.splitlines() == [
        "Row 3: There is no participation 'JT-1'. Look at the number on the slip or in your own list.",
        "Row 3: 'holiday' is no reason. The reasons are completed, work, education, illness, transfer, other.",
        "Nothing was stored. Mend these rows and try again.",
    ]
    Path("exits.csv").write_text(f"numero;loppu;syy\n{number.replace('-0', ' ').lower()};26.11.2026;Education\n")
    assert run("exit", "--from", "exits.csv").stdout == "1 exits stored.\n"
    now = participations.by_number(store, number)
    assert (now.end, now.exit_reason, now.planned_end) == ("2026-11-26", "education", "2027-03-31")
    log = [line.split()[2] for line in run("audit").stdout.splitlines()[1:]]
    assert log == ["replace", "change", "exit", "revoke", "exit"]


# --- counting -------------------------------------------------------------------------------------


def test_reminders_are_numbers(invite: Invite, store: SQLiteStore, library: Library, client: Client) -> None:
    """Who has not answered what is open, those whose time ends first at the top; not who has, nor who was revoked."""
    late, early, done, gone = (invite(start=TODAY - timedelta(days)) for days in (1, 9, 1, 1))
    client.post("/-/submit", data=body(fields(library, done.code, wb1="4")), content_type=FORM)
    participations.revoked(store, gone.participation, moment=NOON)
    found = counting.reminders(store, library, today=TODAY, service=None, group=None, wave="start")
    numbers = [one.number for one in found if one.instrument == "tyohonvalmennus"]
    assert numbers == [early.participation.number, late.participation.number]
    assert {one.wave for one in found} == {"start"}
    assert counting.reminders(store, library, today=TODAY, service="x", group=None, wave=None) == []


@pytest.mark.parametrize(
    ("answered", "skipped", "extent"),
    [
        (5, 0, "complete"),
        (9, 2, "complete"),
        (8, 2, "partial"),
        (5, 5, "partial"),
        (4, 5, "break_off"),
        (0, 3, "break_off"),
    ],
)
def test_extents_are_those_of_aapor(answered: int, skipped: int, extent: str) -> None:
    """More than 80 % of what was shown is complete, 50 to 80 % partial, less a break-off (Standard Definitions). What was
    not shown counts for nothing, and a reason that the form offers is an answer."""
    one = Submission(
        id=ID, participation="p", service="s", instrument="k", version=1, meaning="m", wave="start", language="fi",
        channel="own_device", helper="none",
        answers={**{f"a{n}": 1 for n in range(max(answered - 1, 0))}, "a0.other_text": "x"} if answered else {},
        absent={**{f"s{n}": "skipped" for n in range(skipped)}, "n": "not_shown",
                **({"r": "not_applicable"} if answered else {})},
    )  # fmt: skip
    assert counting.extent(one) == extent


def test_response_rates(invite: Invite, store: SQLiteStore, library: Library, client: Client) -> None:
    """Of four whose time is over: one complete, one break-off, one silent; one revoked is not eligible. RR1 1/3, RR2 1/3.
    One whose time is not over stands apart."""
    service = library.services.service("tyohonvalmennus")
    instrument = library.instruments[next(key for key in service.instruments if key.startswith("tyohonvalmennus@"))]
    items = [item.id for item in instrument.items("start") if item.type == "likert"]
    people = [invite(start=TODAY - timedelta(3)) for _ in range(4)]
    whole = fields(library, people[0].code, **dict.fromkeys(items, "4"))
    little = fields(library, people[1].code, id=OTHER_ID, wb1="4")
    assert {client.post("/-/submit", data=body(sent), content_type=FORM).status_code for sent in (whole, little)} == {
        201
    }
    participations.revoked(store, people[3].participation, moment=NOON)
    invite(start=TODAY + timedelta(50))
    later = TODAY + timedelta(40)
    keys = list(store.scan("submission/"))
    found = counting.response_rates(store, library, keys=keys, today=later)
    (row,) = [one for one in found if one.wave == "start" and one.instrument == "tyohonvalmennus"]
    assert (row.complete, row.partial, row.break_off, row.silent, row.still_open) == (1, 0, 1, 1, 1)
    assert row.rr1 == row.rr2 == pytest.approx(1 / 3)
    assert dataclasses.replace(row, complete=0, break_off=0, silent=0).rr1 is None


def test_rates_and_reminders_as_tables(run: Run, invite: Invite, library: Library, client: Client) -> None:
    """On the screen or as CSV; before anybody was invited, plain sentences."""
    run("invite", "--service", "tyohonvalmennus", "--count", 1)
    listed = run("remind", "--wave", "start", "--csv", "r.csv")
    assert listed.exit_code == 0 and listed.stdout.endswith("rows in r.csv.\n")
    first = next(csv.DictReader(io.StringIO(Path("r.csv").read_text())))
    assert set(first) == {"number", "service", "group", "wave", "questionnaire", "closes"}
    assert run("remind", "--service", "x").exit_code == 2
    shown = run("rates")
    assert shown.stdout.splitlines()[0].split() == [
        "service", "group", "wave", "questionnaire", "eligible", "complete", "partial", "break-off", "silent", "open",
        "RR1", "RR2",
    ]  # fmt: skip


# --- keys and pseudonyms --------------------------------------------------------------------------


def test_pseudonyms() -> None:
    """The same client number is the same person however it is spaced, and another key gives another; zeros count."""
    key = bytes(range(32))
    one = codes.person(key, "00123 a")
    assert codes.is_person(one) and one == codes.person(key, "00123A ")
    assert len({one, codes.person(key, "123A"), codes.person(b"x" * 32, "00123A")}) == 3
    assert not codes.is_person("123456") and not codes.is_person("h_")


def test_a_registers_extract(run: Run) -> None:
    """Column by column as it was, the client number turned into the person of the dataset; what is wrong is told."""
    run("keys", "--person")
    assert run("keys", "--person").stderr == (
        "The key in 'var/person-key.json' exists already and was kept: with another the same client is another person.\n"
    )
    Path("r.csv").write_text('no,began,"what, where"\n17,2026-12-01,"a, b"\n18,,\n')
    assert run("pseudonym", "r.csv", "--column", "no", "--output", "out.csv").exit_code == 0
    found = list(csv.DictReader(io.StringIO(Path("out.csv").read_text())))
    assert found[0]["what, where"] == "a, b" and found[1]["began"] == "" and codes.is_person(found[0]["person"])
    assert run("pseudonym", "r.csv", "--column", "nro", "--output", "o.csv").stderr == (
        "There is no column 'nro'. The columns are: no, began, what, where.\n"
    )
    Path("r.csv").write_text("no,x\n131052-308T,131052-308T\n")
    assert run("pseudonym", "r.csv", "--column", "no", "--output", "o.csv").stderr == (
        "Personal identity codes stand in row 2. Take them out: who somebody is stays in the area's own key list.\n"
    )
    Path("r.csv").write_text("no,x\n,1\n")
    assert run("pseudonym", "r.csv", "--column", "no", "--output", "o.csv").stderr == (
        "No client number in row 2. Fill it in or leave the row out.\n"
    )
    assert run("pseudonym", "r.csv", "--column", "no", "--output", "o.csv", MITTARI_PERSON_KEY="x").stderr == (
        "There is no key at 'x'. Make it once, with: mittari keys --person\n"
    )


def test_code_keys_rotate(run: Run, invite: Invite, store: SQLiteStore, keys: Keys, tmp_path: Path) -> None:
    """New codes are under the new key, old ones still open; a key is retired only when no code is under it."""
    one = invite()
    made = run("keys", "--rotate")
    assert made.stdout == (
        "New codes have the key 'c2'; earlier ones still work. Keep a new copy in the safe and restart the collector.\n"
    )
    path = tmp_path / "keys.json"
    assert path.stat().st_mode & 0o777 == 0o600 and not path.with_name("keys.json.new").exists()
    new = read_keys(path)
    assert (new.current_code_key, sorted(new.code_keys)) == ("c2", ["c1", "c2"])
    assert participations.by_code(store, new, one.code) == one.participation
    late = csv.DictReader(io.StringIO(run("invite", "--service", "tyohonvalmennus", "--count", 1).stdout))
    code = next(late)["code"]
    assert participations.by_code(store, new, code) is not None and participations.by_code(store, keys, code) is None
    assert run("keys", "--retire", "c1").stderr == (
        "1 codes are still under 'c1', and would stop working. Nothing was changed.\n"
    )
    inviting.replaced(store, new, one.participation, random=random.Random(5).randbytes)
    assert run("keys", "--retire", "c1").exit_code == 0 and sorted(read_keys(path).code_keys) == ["c2"]
    with pytest.raises(SettingsError) as error:
        retired(new, "c2")
    assert str(error.value) == "'c2' is the key of new codes. Make another first: mittari keys --rotate"
    assert rotated(new, random.Random(1).randbytes).current_code_key == "c3"
    assert run("keys", "--rotate", "--person").stderr == (
        "Do one thing at a time: --person, --identity, --rotate or --retire.\n"
    )


def test_links_of_codes_hold_no_code(invite: Invite, store: SQLiteStore) -> None:
    """A participation knows the hash of its code, and neither the code nor a part of it is stored."""
    one = invite()
    body = b"".join(store.read(key) or b"" for key in store.scan(""))
    assert one.code.encode() not in body and codes.shown(one.code).encode() not in body
    assert one.participation.code is not None and records.code_key(one.participation.code) in store.scan("code/")
