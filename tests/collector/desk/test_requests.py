"""What a person asks for, at the desk: their own answers, erasing, answering again; and what is kept too long."""

from __future__ import annotations

import dataclasses
import html
import json
import random
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
import werkzeug.test

import build as publishing
from collector import audit, participations, results
from collector.desk import retention
from collector.desk.log import ACTIONS
from collector.desk.visit import Desk
from collector.inviting import Invited
from collector.sealing import sealed
from collector.settings import Settings
from collector.stores import open_store
from collector.stores.sqlite import SQLiteStore
from survey import answers, codes, records
from survey.model import Library
from survey.records import Submission
from tests.collector.desk import conftest
from tests.collector.desk.conftest import Visit, Visitor, path_of
from tests.collector.forms import ID, OTHER_ID, body, fields
from tests.collector.test_receive import Failing
from tests.conftest import Client, Clock, Invite

FORM = "application/x-www-form-urlencoded"
WORDS = "omin sanoin 5512"
LATER = datetime(2027, 11, 25, 10, 0, tzinfo=UTC)
"""A year and a day after the answers came: own words are kept for 12 months."""
START, END = (
    "Client change measure for job coaching – At the start of the service",
    "Feedback on the service – At the end of the service",
)
SURE = "Tick this if you are sure."
STALE = "Somebody else changed this meanwhile: look and send once more."
GONE = "The receipt is no longer here"

Answer = Callable[..., str]


@pytest.fixture
def planner(visitor: Visit) -> Visitor:
    return visitor("planner")


@pytest.fixture
def officer(visitor: Visit) -> Visitor:
    return visitor("officer")


@pytest.fixture
def one(invite: Invite) -> Invited:
    return invite()


@pytest.fixture
def number(one: Invited) -> str:
    return one.participation.number


@pytest.fixture
def answer(client: Client, library: Library) -> Answer:
    """Sends a form of the site, and gives its receipt; the status where there is none."""

    def send(code: str, *, id: str = ID, wave: str = "start") -> str:
        if wave == "start":
            sent = fields(library, code, id=id, wb1="4")
        else:
            sent = fields(library, code, id=id, instrument="palvelupalaute", wave=wave, best=WORDS, overall="5")
        return receipt_of(client.post("/-/submit", data=body(sent), content_type=FORM))

    return send


def receipt_of(page: werkzeug.test.TestResponse) -> str:
    found = re.search(r'class="receipt"><bdi>([^<]+)', page.text)
    return found[1] if page.status_code == 201 and found else str(page.status_code)


def text_of(response: werkzeug.test.TestResponse) -> str:
    """What a page says, with quotation marks as they are read."""
    return html.unescape(conftest.text_of(response))


def hidden(response: werkzeug.test.TestResponse, name: str) -> str:
    """What a form of a page carries."""
    found = re.search(rf'name="{name}" value="([^"]*)"', response.text)
    assert found, response.text
    return found[1]


def typed(here: Visitor, text: str) -> str:
    """The path of the page that a number or a receipt leads to."""
    return path_of(here.post("requests", what=text))


def erased(here: Visitor, path: str) -> werkzeug.test.TestResponse:
    """Goes through both pages, and to the one that says what was done."""
    return here.done(f"{path}/erase", seen=hidden(here.get(f"{path}/erase"), "seen"), sure="1")


def logged(store: SQLiteStore) -> list[tuple[str, str, str, Mapping[str, str | int]]]:
    """What is in the log but for looking: who, action, what on, details beside the role."""
    return [
        (one.actor, one.action, one.about, {name: value for name, value in one.details.items() if name != "desk"})
        for one in audit.entries(store)
        if one.action != "look"
    ]


def submissions(store: SQLiteStore) -> list[str]:
    return list(store.scan("submission/"))


# --- the first page -------------------------------------------------------------------------------


def test_the_first_page_says_what_the_law_gives(planner: Visitor, officer: Visitor) -> None:
    """In plain words, with the time limit and whom to be sure of; nothing is kept too long, and it says so."""
    for here in (planner, officer):
        page = text_of(here.get("requests"))
        for sentence in (
            "Answer within a month (GDPR, Article 12(3)), also where you do not do what is asked. It costs the person "
            "nothing.",
            "See first that it is the person who asks. A slip can be in other hands: look in the area's own list whose "
            "number it is, and ask who they are. The receipt was given to the person alone. A coach or a relative needs "
            "the person's own authorisation.",
            "Answers are handled for a task in the public interest, so the law lets the area weigh what is asked. But the "
            "area promises in its privacy notice that answers are erased when the person asks. So do it: find the number "
            "or the receipt here.",
            "Nothing is kept too long. Look again in a month. For how long what is kept",
        ):
            assert sentence in page
        for article in ("To see it (Article 15)", "To correct it (Article 16)", "To object (Article 21)"):
            assert article in page
    assert 'href="https://kysely.example.fi/">The survey site</a>' in planner.get("requests").text


def test_a_number_is_found_however_it_is_typed(planner: Visitor, number: str, store: SQLiteStore) -> None:
    """And the log says once that somebody has looked."""
    page = planner.post("requests", what=number.lower().replace("-", " "))
    assert path_of(page) == f"/en/requests/number/{number}"
    assert planner.get(page.headers["Location"]).status_code == 200
    assert [(one.action, one.about) for one in audit.entries(store)] == [("look", number)]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("", "Fill this in."),
        (
            "Matti",
            "This is neither a number nor a receipt. A number looks like JT-2026-017. A receipt has 20 letters and digits "
            "in four groups.",
        ),
        (
            "TV-2026-999",
            "There is no participation 'TV-2026-999'. Look at the number on the slip or in your own list.",
        ),
        (
            "ABCDE-FGHJK-MNPQR-STVWX",
            "There are no answers with this receipt. It has 20 letters and digits in four groups.",
        ),
    ],
)
def test_what_cannot_be_found_is_told_beside_the_field(
    what: str, sentence: str, planner: Visitor, number: str, store: SQLiteStore
) -> None:
    """With what to type; nothing is looked at, so nothing is logged."""
    page = planner.post("requests", what=what)
    assert page.status_code == 422
    assert f"Mend these first {sentence} Number of the slip, or the receipt" in text_of(page)
    assert "<title>Error: What a person asks for" in page.text
    assert list(audit.entries(store)) == []


def test_a_code_is_not_to_be_typed_here(planner: Visitor, one: Invited) -> None:
    """It is for its person's eyes: it is not shown again."""
    page = planner.post("requests", what=codes.shown(one.code))
    assert page.status_code == 422 and one.code[:4] not in page.text
    assert "That is a code. Type the number, which stands on the slip too: it looks like JT-2026-017." in text_of(page)


# --- the page of a number -------------------------------------------------------------------------


def test_a_number_shows_which_questionnaires_and_never_answers(
    officer: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore
) -> None:
    """Service, group, dates, and what was answered when; the participation's page is for planners alone."""
    answer(one.code)
    answer(one.code, id=OTHER_ID, wave="end")
    page = officer.get(f"requests/number/{number}")
    text = text_of(page)
    assert (
        f"{number} Job coaching Group No group Start 24.11.2026 End 22.2.2027 Invited on 24.11.2026 What has been answered"
        in text
    )
    assert f"{END} Answered on 24.11.2026 {START} Answered on 24.11.2026 What you can do" in text
    assert WORDS not in page.text and f'href="/en/participations/{number}"' not in page.text
    assert [(each.actor, each.action, each.about) for each in audit.entries(store)] == [("officer", "look", number)]


def test_who_has_not_answered_can_still_be_erased(planner: Visitor, number: str) -> None:
    """There is nothing to answer again, and the pages say so."""
    page = planner.get(f"requests/number/{number}")
    assert "No answers are stored under this number." in text_of(page)
    assert f'href="/en/requests/number/{number}/reset"' not in page.text
    assert f'href="/en/participations/{number}">The participation with its dates</a>' in page.text
    assert "Nothing is answered under this number, so there is nothing to answer again. Go back" in text_of(
        planner.get(f"requests/number/{number}/reset")
    )
    assert "Questionnaires that were answered: 0." in text_of(erased(planner, f"requests/number/{number}"))


def test_the_participation_leads_here(planner: Visitor, number: str) -> None:
    """Who looks at the one finds the other."""
    page = planner.get(f"participations/{number}")
    assert "When the person asks to see or erase their answers Or when somebody else has used the slip." in text_of(
        page
    )
    assert f'href="/en/requests/number/{number}">What the person can ask for</a>' in page.text


def test_nobody_is_found_under_other_numbers(planner: Visitor, number: str) -> None:
    """Each address of one says so with a way back, whatever is sent to it."""
    for path in ("", "/erase", "/reset"):
        page = planner.get(f"requests/number/TV-2026-999{path}")
        assert page.status_code == 404 and text_of(page) == (
            "There is no such participation There is no participation 'TV-2026-999'. Look at the number on the slip or in "
            "your own list. Go on"
        )
    for path in ("/answers", "/erase", "/reset"):
        assert planner.post(f"requests/number/TV-2026-999{path}", sure="1").status_code == 404


# --- their own answers ----------------------------------------------------------------------------


def test_their_answers_are_a_page_to_save(
    officer: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore, tmp_path: Path
) -> None:
    """The page that the command writes, in memory: no file of it is left anywhere."""
    answer(one.code, wave="end")
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    page = officer.post(f"requests/number/{number}/answers")
    assert page.status_code == 200 and page.mimetype == "text/html"
    assert page.headers["Content-Disposition"] == f"attachment; filename=own-answers-{number}.html"
    assert page.headers["Cache-Control"] == "no-store"
    assert WORDS in page.text and number in page.text and "Omat vastauksesi" in page.text and one.code not in page.text
    assert {path for path in tmp_path.rglob("*") if path.is_file()} - before == set()
    assert logged(store) == [("officer", "access", number, {"questionnaires": 1})]


def test_a_planner_does_not_open_what_one_person_answered(
    planner: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore
) -> None:
    """They know whose number it is. With the receipt, which the person alone has, it is the person's word."""
    receipt = answer(one.code, wave="end")
    page = planner.get(f"requests/number/{number}")
    assert "/answers" not in page.text and (
        "The data protection officer gives people their own answers: tell them the number. With the receipt you can do it "
        "yourself."
    ) in text_of(page)
    refused = planner.post(f"requests/number/{number}/answers")
    assert (
        refused.status_code == 403
        and WORDS not in refused.text
        and text_of(refused)
        == (
            "The data protection officer gives people their own answers A planner knows whose number it is, and does not see "
            f"what one person answered. Ask the officer, with the number {number}; or ask the person for the receipt. Go on"
        )
    )
    assert logged(store) == []
    given = planner.post(f"{typed(planner, receipt)}/answers")
    assert given.status_code == 200 and WORDS in given.text


def test_answers_to_what_is_not_in_the_build_any_more_are_told(
    officer: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore
) -> None:
    """Without the questionnaire there are no words for what was asked: the page says what to do."""
    answer(one.code)
    (key,) = submissions(store)
    kept = records.decode(Submission, store.read(key) or b"")
    store.remove(key)
    store.create(key, records.encode(dataclasses.replace(kept, version=7)))
    page = officer.post(f"requests/number/{number}/answers")
    assert page.status_code == 409 and text_of(page) == (
        "The page was not made The page cannot be made: “tyohonvalmennus@7” is no longer in the build of the site, so what "
        "was asked has no words there. Whoever looks after Mittari brings its file back and builds the site anew. Go on"
    )
    assert logged(store) == []


# --- erasing --------------------------------------------------------------------------------------


def test_everything_of_a_number_is_erased_after_asking_twice(
    officer: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore, desk: Desk, invite: Invite
) -> None:
    """What goes and what stays is said first; then it is gone, with a tombstone in two places, and another's stays."""
    receipt = answer(one.code)
    other = invite()
    answer(other.code, id=OTHER_ID)
    path = f"requests/number/{number}"
    page = officer.get(f"{path}/erase")
    for sentence in (
        f"The answers to these questionnaires, with what was released of their open answers: {START}, answered on 24.11.2026",
        "The receipts of these answers.",
        "The code: it opens nothing any more, and nothing is asked.",
        f"The service, group and dates of {number}. The number is given to nobody else.",
        "Reports that were made. They show numbers of groups, and nobody in them.",
        "Two marks that something was erased, one in the store and one apart from it. They hold no answers. By them no "
        "backup brings the answers back.",
        "Files that an analyst has exported before still hold the answers. Ask for them to be removed and made anew.",
        "This cannot be undone, by anybody.",
    ):
        assert sentence in text_of(page)
    assert "Marks of earlier erasures" not in page.text
    seen = hidden(page, "seen")
    unsure = officer.post(f"{path}/erase", seen=seen)
    assert unsure.status_code == 422 and f"Mend these first {SURE}" in text_of(unsure)
    assert len(submissions(store)) == 2 and logged(store) == []
    done = officer.done(f"{path}/erase", seen=seen, sure="1")
    assert text_of(done).startswith(
        f"Erased for good: everything of {number}. Questionnaires that were answered: 1. What a person asks for"
    )
    assert logged(store) == [("officer", "erase", number, {"questionnaires": 1})]
    (left,) = submissions(store)
    assert other.participation.id in left and results.by_receipt(store, desk.keys, receipt) is None
    tombstone = records.tombstone_key(one.participation.id)
    second = open_store(desk.settings.erasures)
    assert store.read(tombstone) == second.read(tombstone) is not None
    second.close()
    gone = officer.get(path)
    assert gone.status_code == 404 and f"There is no participation '{number}'. It was erased." in text_of(gone)
    assert f"There is no participation '{number}'. It was erased." in text_of(officer.post("requests", what=number))


def test_what_was_answered_meanwhile_is_shown_before_it_is_erased(
    planner: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore
) -> None:
    """A form that is older than what it is about does nothing, and shows how it stands."""
    path = f"requests/number/{number}/erase"
    seen = hidden(planner.get(path), "seen")
    answer(one.code)
    page = planner.post(path, seen=seen, sure="1")
    assert page.status_code == 422 and f"Mend these first {STALE}" in text_of(page) and START in text_of(page)
    assert len(submissions(store)) == 1 and logged(store) == []


def test_erasing_that_the_store_breaks_off_is_finished_by_doing_it_again(
    planner: Visitor, one: Invited, number: str, answer: Answer, desk: Desk, store: SQLiteStore
) -> None:
    """The page says that nothing comes back and to do it again, which leaves nothing."""
    answer(one.code)
    path = f"requests/number/{number}"
    seen = hidden(planner.get(f"{path}/erase"), "seen")
    desk.store = Failing(store, "remove", 2)
    page = planner.post(f"{path}/erase", seen=seen, sure="1")
    assert page.status_code == 503 and text_of(page) == (
        "Erasing was broken off Some of it may be removed, and nothing comes back. Wait a moment and do it again: that "
        "removes what is left. If it stays so, tell whoever looks after Mittari what the machine says, in English: planted "
        "Go on"
    )
    assert f'href="/en/{path}/erase">Go on' in page.text
    desk.store = store
    erased(planner, path)
    assert {key.partition("/")[0] for key in store.scan("")} == {"audit", "number", "tombstone"}


def test_nothing_is_erased_that_cannot_be_logged(
    planner: Visitor, one: Invited, number: str, answer: Answer, desk: Desk, store: SQLiteStore
) -> None:
    """The entry comes first."""
    answer(one.code)
    path = f"requests/number/{number}/erase"
    seen = hidden(planner.get(path), "seen")
    desk.store = Failing(store, "create", 1)
    assert planner.post(path, seen=seen, sure="1").status_code == 503
    assert len(submissions(store)) == 1 and list(store.scan("tombstone/")) == []


# --- the second place of tombstones ---------------------------------------------------------------


def test_without_a_second_place_nothing_is_erased(
    planner: Visitor, one: Invited, number: str, answer: Answer, desk: Desk, store: SQLiteStore, tmp_path: Path
) -> None:
    """Said before anything is asked or removed, with what to do; also where the place is lost between the two pages, and
    where it is the store itself."""
    answer(one.code)
    path = f"requests/number/{number}"
    asked = {name: hidden(planner.get(f"{path}/{name}"), "seen") for name in ("erase", "reset")}
    (tmp_path / "file").write_text("")
    nowhere = f"folder:{tmp_path / 'file' / 'erasures'}"
    for place, reason in (
        (nowhere, f"The store '{tmp_path / 'file' / 'erasures'}' cannot be opened: not a directory."),
        (desk.settings.store, "MITTARI_ERASURES names the store itself."),
    ):
        desk.settings = dataclasses.replace(desk.settings, erasures=place)
        for name, seen in asked.items():
            sent = planner.post(f"{path}/{name}", seen=seen, sure="1", what="tyohonvalmennus/start")
            for page in (planner.get(f"{path}/{name}"), sent):
                assert page.status_code == 503 and text_of(page) == (
                    "Nothing can be erased just now Nothing was removed. Before anything is erased, a mark is stored in a "
                    "second place, so that no backup brings the answers back, and that place cannot be used. Tell whoever "
                    "looks after Mittari: MITTARI_ERASURES must name a place apart from the store that the desk can write "
                    f"to. The machine says, in English: {reason} Then come back here: the person has to have an answer "
                    "within a month. Go on"
                )
    assert len(submissions(store)) == 1 and list(store.scan("tombstone/")) == [] and logged(store) == []


def test_a_second_place_that_takes_nothing_keeps_everything(
    planner: Visitor, one: Invited, number: str, answer: Answer, desk: Desk, store: SQLiteStore
) -> None:
    """It opens and cannot be written to: nothing is removed."""
    answer(one.code)
    path = f"requests/number/{number}/erase"
    seen = hidden(planner.get(path), "seen")
    place = Path(desk.settings.erasures.removeprefix("folder:"))
    (place / "tombstone").write_text("a file where a folder should be")
    page = planner.post(path, seen=seen, sure="1")
    assert page.status_code == 503 and "Nothing can be erased just now Nothing was removed." in text_of(page)
    assert len(submissions(store)) == 1 and list(store.scan("tombstone/")) == []


def test_a_second_place_that_knows_less_is_a_warning(
    planner: Visitor, invite: Invite, desk: Desk, tmp_path: Path, store: SQLiteStore
) -> None:
    """A disk that is not there is an empty folder: whoever erases asks first."""
    first, then = (invite().participation.number for _each in range(2))
    erased(planner, f"requests/number/{first}")
    desk.settings = dataclasses.replace(desk.settings, erasures=f"folder:{tmp_path / 'other'}")
    assert (
        "Marks of earlier erasures that are not in the second place: 1. It may be the wrong place, or an empty disk. Ask "
        "whoever looks after Mittari (mittari doctor) before you go on: without these marks a backup could bring back what "
        "was erased."
    ) in text_of(planner.get(f"requests/number/{then}/erase"))


# --- answering again ------------------------------------------------------------------------------


def test_a_questionnaire_can_be_answered_again(
    officer: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore
) -> None:
    """Of those that were answered one is chosen; it is gone, the other stays, and the code opens it once more."""
    answer(one.code)
    answer(one.code, id=OTHER_ID, wave="end")
    path = f"requests/number/{number}/reset"
    page = officer.get(path)
    assert f"{END} Answered on 24.11.2026 {START} Answered on 24.11.2026" in text_of(page)
    seen = hidden(page, "seen")
    nothing = officer.post(path, seen=seen)
    assert nothing.status_code == 422 and f"Mend these first Fill this in. {SURE}" in text_of(nothing)
    other = officer.post(path, seen=seen, sure="1", what="palvelupalaute/start")
    assert other.status_code == 422 and "Choose one of what is offered." in text_of(other)
    assert len(submissions(store)) == 2
    done = officer.done(path, seen=seen, sure="1", what="tyohonvalmennus/start")
    assert text_of(done).startswith(
        f"Erased: {START}, answered under {number}. It can be answered again with the slip. {number}"
    )
    assert logged(store) == [("officer", "reset", number, {"questionnaire": "tyohonvalmennus", "wave": "start"})]
    (left,) = submissions(store)
    assert left.endswith("/palvelupalaute/end/1")
    assert len(answer(one.code, id="y123456789abcdefghjkmnpqrs")) == 23


def test_an_old_form_does_not_erase_what_the_right_person_answered(
    planner: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore
) -> None:
    """Two of the staff had the page open; the second one's form is about answers that are gone."""
    answer(one.code)
    path = f"requests/number/{number}/reset"
    sent = {"seen": hidden(planner.get(path), "seen"), "sure": "1", "what": "tyohonvalmennus/start"}
    planner.done(path, **sent)
    answer(one.code, id=OTHER_ID)
    page = planner.post(path, **sent)
    assert page.status_code == 422 and f"Mend these first {STALE}" in text_of(page)
    assert len(submissions(store)) == 1


def test_nothing_is_answered_again_where_the_invitation_was_taken_back(
    planner: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore, clock: Clock
) -> None:
    """The page says that what was answered is still stored, and offers to show and to erase it."""
    answer(one.code)
    participations.revoked(store, one.participation, moment=clock())
    page = planner.get(f"requests/number/{number}")
    assert (
        "The invitation was taken back on 24.11.2026. What was answered before is still stored." in text_of(page)
        and "Let it be answered again" not in page.text
        and "Erase everything …" in text_of(page)
    )


# --- receipts -------------------------------------------------------------------------------------


def test_a_receipt_leads_to_its_questionnaire_alone(
    officer: Visitor, one: Invited, number: str, answer: Answer, store: SQLiteStore
) -> None:
    """Which questionnaire and when; not whose it is. Given as a page, and erased; the other questionnaire stays."""
    receipt = answer(one.code)
    answer(one.code, id=OTHER_ID, wave="end")
    path = typed(officer, receipt.lower().replace("-", " "))
    page = officer.get(path)
    assert "What the receipt opens Job coaching What has been answered" in text_of(page)
    assert f"{START} Answered on 24.11.2026 What you can do" in text_of(page)
    assert number not in page.text and END not in page.text and "answered again" not in page.text
    own = officer.post(f"{path}/answers")
    assert own.headers["Content-Disposition"] == "attachment; filename=own-answers.html" and WORDS not in own.text
    asking = officer.get(f"{path}/erase")
    assert (
        "The questionnaire cannot be answered again with the slip: a slip must not be enough to speak for somebody who has "
        "taken their answers back. Other questionnaires stay as they are."
    ) in text_of(asking)
    assert "The receipt: it opens nothing any more." in text_of(asking)
    done = erased(officer, path)
    assert text_of(done).startswith("Erased for good: the answers under the receipt. What a person asks for")
    (left,) = submissions(store)
    assert left.endswith("/palvelupalaute/end/1")
    assert sorted(logged(store), key=str) == [
        ("officer", "access", "by receipt", {"questionnaires": 1}),
        ("officer", "erase", "by receipt", {"questionnaires": 1}),
    ]
    assert answer(one.code, id="y123456789abcdefghjkmnpqrs") == "409"
    assert GONE in text_of(officer.get(path))
    again = officer.post("requests", what=receipt)
    assert "There are no answers with this receipt. It has 20 letters and digits in four groups." in text_of(again)


def test_a_receipt_stands_nowhere_but_in_the_field(
    officer: Visitor, one: Invited, answer: Answer, store: SQLiteStore, desk: Desk
) -> None:
    """In no address, title, page or entry of the log, as it was typed or in other letters; nor in the store."""
    receipt = answer(one.code)
    met: list[str] = []
    begun = officer.post("requests", what=receipt)
    path = path_of(begun)
    met += [begun.headers["Location"], begun.text]
    for page in (officer.get(path), officer.post(f"{path}/answers"), officer.get(f"{path}/erase")):
        assert page.status_code == 200
        met += [page.text, str(page.headers)]
    unsure = officer.post(f"{path}/erase", seen="")
    done = officer.post(f"{path}/erase", seen=hidden(officer.get(f"{path}/erase"), "seen"), sure="1")
    met += [unsure.text, done.headers["Location"], officer.get(done.headers["Location"]).text, officer.get("log").text]
    plain = receipt.replace("-", "")
    kept = " ".join(f"{key} {store.read(key)!r}" for key in store.scan(""))
    for form in (receipt, plain, receipt.lower(), plain.lower()):
        assert not any(form in each for each in met) and form not in kept


def test_a_receipt_is_kept_for_an_hour_for_who_typed_it(
    officer: Visitor, planner: Visitor, one: Invited, answer: Answer, clock: Clock, store: SQLiteStore
) -> None:
    """For others it is as if it were gone, and so it is for everybody after an hour."""
    path = typed(officer, answer(one.code))
    sentence = "The receipt is no longer here It is kept for an hour, for whoever typed it, and stored nowhere. Type it again. Go on"
    for each in (planner.get(path), planner.post(f"{path}/answers"), planner.post(f"{path}/erase", sure="1")):
        assert (each.status_code, text_of(each)) == (410, sentence)
    assert officer.get(path).status_code == 200
    clock.advance(hours=1)
    assert text_of(officer.get(path)) == sentence
    assert len(submissions(store)) == 1


def test_answers_that_are_erased_meanwhile_are_told_as_gone(
    officer: Visitor, planner: Visitor, one: Invited, number: str, answer: Answer
) -> None:
    """By the person, or by somebody else of the staff."""
    path = typed(officer, answer(one.code))
    erased(planner, f"requests/number/{number}")
    page = officer.get(path)
    assert page.status_code == 404 and text_of(page) == (
        "Nothing stands under this receipt any more The answers were erased, or had been kept long enough. Go on"
    )


@pytest.mark.parametrize("at", [1, 2])
def test_erasing_by_receipt_that_was_broken_off_is_finished(
    at: int, planner: Visitor, one: Invited, answer: Answer, desk: Desk, store: SQLiteStore
) -> None:
    """As long as an answer is left the receipt finds it; then no answer is left."""
    path = typed(planner, answer(one.code))
    seen = hidden(planner.get(f"{path}/erase"), "seen")
    desk.store = Failing(store, "remove", at)
    page = planner.post(f"{path}/erase", seen=seen, sure="1")
    assert page.status_code == 503 and text_of(page).startswith("Erasing was broken off")
    desk.store = store
    if submissions(store):
        erased(planner, path)
    assert submissions(store) == []
    assert planner.get(path).status_code in (404, 410)


def test_an_open_survey_is_asked_about_by_its_receipt(
    settings: Settings, opened: publishing.Built, open_client: Client, desk: Desk, officer: Visitor, library: Library,
    store: SQLiteStore,
) -> None:  # fmt: skip
    """There is no number: the receipt opens the answers of one sending, which are given and erased."""
    sent = fields(library, "", instrument="palvelupalaute", wave="end", best=WORDS)
    del sent["_code"]
    sent = {"_service": "tyohonvalmennus", **sent}
    receipt = receipt_of(open_client.post("/-/submit", data=body(sent), content_type=FORM))
    _use(desk, opened.bundle)
    path = typed(officer, receipt)
    assert "What the receipt opens Job coaching What has been answered" in text_of(officer.get(path))
    assert WORDS in officer.post(f"{path}/answers").text
    erased(officer, path)
    assert submissions(store) == [] and f"tombstone/o_{ID}" in store.scan("tombstone/")
    assert open_client.post("/-/submit", data=body(sent), content_type=FORM).status_code == 409
    assert [entry[2] for entry in logged(store)] == ["by receipt"] * 2


def _use(desk: Desk, folder: Path) -> None:
    """Lets the desk use another build."""
    desk.settings = dataclasses.replace(desk.settings, bundle=folder)
    desk._made = None


# --- sealed answers -------------------------------------------------------------------------------


@pytest.fixture
def seal(store: SQLiteStore, library: Library) -> Callable[[], None]:
    """Seals every answer that there is, as a site that seals would have stored it."""
    recipient = pyrage.x25519.Identity.generate().to_public()

    def seal() -> None:
        for key in submissions(store):
            kept = records.decode(Submission, store.read(key) or b"")
            words = answers.in_words(library.instruments[f"{kept.instrument}@{kept.version}"])
            store.remove(key)
            assert store.create(key, records.encode(sealed(kept, [recipient], words)))

    return seal


def test_sealed_answers_are_given_where_the_key_is(
    officer: Visitor, one: Invited, number: str, answer: Answer, seal: Callable[[], None], store: SQLiteStore
) -> None:
    """The page names the command, without the receipt, and erasing works all the same."""
    receipt = answer(one.code)
    answer(one.code, id=OTHER_ID, wave="end")
    seal()
    by_receipt = typed(officer, receipt)
    for path, command in (
        (f"requests/number/{number}", f"mittari access {number} --identity … --output own.html"),
        (by_receipt, "mittari access --receipt … --identity … --output own.html"),
    ):
        page = officer.get(path)
        assert (
            "The answers are sealed: only the holder of a key can open them. Ask them to write the page where the key is, "
            f"with this command: {command}"
        ) in text_of(page)
        assert "/answers" not in page.text
        refused = officer.post(f"{path}/answers")
        assert refused.status_code == 409 and text_of(refused) == (
            "The answers are sealed Only the holder of a key can open them, and no key is here. Ask them to write the page "
            f"where the key is, with this command: {command} Go on"
        )
    assert logged(store) == []
    erased(officer, by_receipt)
    assert len(submissions(store)) == 1
    erased(officer, f"requests/number/{number}")
    assert submissions(store) == []


def test_a_site_that_seals_says_that_nobody_can_correct(desk: Desk, planner: Visitor, tmp_path: Path) -> None:
    """What a receipt cannot do there is not promised."""
    _seal_site(desk, tmp_path)
    assert "The answers are sealed, so nobody can correct them here." in text_of(planner.get("requests"))


def _seal_site(desk: Desk, tmp_path: Path) -> None:
    recipients = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    folder = tmp_path / "sealed"
    shutil.copytree(desk.settings.bundle, folder)
    site = json.loads((folder / "site.json").read_text())
    (folder / "site.json").write_text(json.dumps({**site, "sealed_to": recipients}))
    _use(desk, folder)


def test_sealed_words_are_removed_in_their_time(
    desk: Desk, planner: Visitor, one: Invited, answer: Answer, seal: Callable[[], None], store: SQLiteStore,
    clock: Clock, tmp_path: Path,
) -> None:  # fmt: skip
    """Without a key, and what is left stays sealed as it was."""
    answer(one.code, wave="end")
    seal()
    _seal_site(desk, tmp_path)
    clock.now = LATER
    assert "Removed for good: 1." in text_of(removed(desk, planner))
    (key,) = submissions(store)
    kept = records.decode(records.SealedSubmission, store.read(key) or b"")
    assert key.endswith("/2") and list(kept.sealed) == ["answers"]


# --- what is kept too long ------------------------------------------------------------------------


def removed(desk: Desk, here: Visitor) -> werkzeug.test.TestResponse:
    """Goes through the page, waits for the work, and follows to the page that says what was done."""
    begun = here.post("requests/retention", list=hidden(here.get("requests/retention"), "list"), sure="1")
    assert path_of(begun).startswith("/en/under-way/")
    desk.jobs.end()
    return here.get(here.get(begun.headers["Location"]).headers["Location"])


def test_what_is_kept_too_long_is_shown_and_removed(
    desk: Desk, officer: Visitor, one: Invited, answer: Answer, store: SQLiteStore, clock: Clock
) -> None:
    """By kind, with the times of site.yaml in words; after a tick, with an entry in the log."""
    answer(one.code, wave="end")
    clock.now = LATER
    assert "By the times in site.yaml, this is to be removed now: Answers in own words 1 Look and remove" in text_of(
        officer.get("requests")
    )
    page = officer.get("requests/retention")
    assert (
        "What is kept For how long it is kept Kept too long now "
        "Codes of slips 3 months after the last questionnaire has closed 0 "
        "Answers in own words 12 months after they came 1 "
        "Other answers 36 months after they came 0 "
        "Participations until the code and all answers are gone 0 "
        "Replies to alarms 36 months after they came 0 Entries of the log 60 months after they came 0 "
        "As it stood on 25 November 2027 at 12.00."
    ) in text_of(page)
    unsure = officer.post("requests/retention", list=hidden(page, "list"))
    assert unsure.status_code == 422 and f"Mend these first {SURE}" in text_of(unsure)
    assert submissions(store)[0].endswith("/1")
    done = removed(desk, officer)
    assert "Removed for good: 1. Reports and tables that were made stay." in text_of(done)
    assert "Nothing is kept too long. Look again in a month." in text_of(done)
    assert WORDS not in "".join(str(store.read(key)) for key in store.scan(""))
    assert logged(store) == [("officer", "purge", "", {"words": 1})]


def test_questionnaires_with_times_of_their_own_are_named(desk: Desk, planner: Visitor, tmp_path: Path) -> None:
    """Beside the area's times, one month in the singular."""
    folder = tmp_path / "own"
    shutil.copytree(desk.settings.bundle, folder)
    site = json.loads((folder / "site.json").read_text())
    site["retention"] = {"codes": 1, "words": 12, "answers": 36, "instruments": {"palvelupalaute": {"words": 1}}}
    (folder / "site.json").write_text(json.dumps(site))
    _use(desk, folder)
    page = text_of(planner.get("requests/retention"))
    assert "Codes of slips 1 month after the last questionnaire has closed 0" in page
    assert "Answers in own words 12 months after they came; Feedback on the service: 1 month 0" in page
    assert "Other answers 36 months after they came 0" in page


def test_what_is_not_to_go_any_more_stays(
    desk: Desk, planner: Visitor, one: Invited, answer: Answer, store: SQLiteStore, clock: Clock
) -> None:
    """A code was found too old; then the service of its person went on. Nothing else than what was shown is removed."""
    clock.now = LATER.replace(year=2028)
    page = planner.get("requests/retention")
    assert "Codes of slips 3 months after the last questionnaire has closed 1" in text_of(page)
    participations.amended(store, one.participation, planned_end="2028-11-01")
    begun = planner.post("requests/retention", list=hidden(page, "list"), sure="1")
    desk.jobs.end()
    told = planner.get(planner.get(begun.headers["Location"]).headers["Location"])
    assert "Nothing of what you saw had to be removed any more." in text_of(told)
    assert len(list(store.scan("code/"))) == 1 and logged(store) == []


def test_a_page_older_than_an_hour_removes_nothing(
    planner: Visitor, one: Invited, answer: Answer, store: SQLiteStore, clock: Clock
) -> None:
    """It is shown how it stands now."""
    answer(one.code, wave="end")
    clock.now = LATER
    old = hidden(planner.get("requests/retention"), "list")
    clock.advance(hours=1)
    page = planner.post("requests/retention", list=old, sure="1")
    assert page.status_code == 422 and (
        "Mend these first This page is older than an hour. Here is how it stands now: look and send once more."
        in text_of(page)
    )
    assert submissions(store)[0].endswith("/1")


def test_removing_that_was_broken_off_goes_on(
    desk: Desk, planner: Visitor, invite: Invite, answer: Answer, store: SQLiteStore, clock: Clock
) -> None:
    """What was removed is in the log, what is left is found again, and nothing else is lost."""
    for n in range(3):
        answer(invite().code, id=codes.new_id(random.Random(n).randbytes), wave="end")
    clock.now = LATER
    token = hidden(planner.get("requests/retention"), "list")
    desk.store = Failing(store, "remove", 2)
    begun = planner.post("requests/retention", list=token, sure="1")
    desk.jobs.end()
    page = planner.get(begun.headers["Location"])
    assert "tell whoever looks after Mittari what the machine says, in English: planted" in text_of(page)
    desk.store = store
    assert logged(store) == [("planner", "purge", "", {"words": 1})]
    assert "Answers in own words 2" in text_of(planner.get("requests"))
    assert "Removed for good: 2." in text_of(removed(desk, planner))
    assert sorted(key[-1] for key in submissions(store)) == ["2", "2", "2"]


def test_with_many_answers_looking_is_work_of_its_own(
    desk: Desk, planner: Visitor, one: Invited, answer: Answer, store: SQLiteStore, clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """The first page says so and waits for nothing; what was looked up is removed like any other."""
    answer(one.code, wave="end")
    clock.now = LATER
    monkeypatch.setattr(retention, "AT_ONCE", 0)
    page = planner.get("requests")
    assert "There are so many answers that looking takes a while. Look what is kept too long" in text_of(page)
    begun = planner.get("requests/retention")
    assert path_of(begun).startswith("/en/under-way/")
    desk.jobs.end()
    found = planner.get(planner.get(begun.headers["Location"]).headers["Location"])
    assert "Answers in own words 12 months after they came 1" in text_of(found)
    asked = planner.post("requests/retention", list=hidden(found, "list"), sure="1")
    desk.jobs.end()
    told = planner.get(planner.get(asked.headers["Location"]).headers["Location"])
    assert "Removed for good: 1." in text_of(told)


# --- who may --------------------------------------------------------------------------------------


def test_coaches_and_analysts_see_none_of_it(visitor: Visit, number: str, store: SQLiteStore) -> None:
    """Neither the pages nor a link to them."""
    for who in ("provider", "analyst"):
        here = visitor(who)
        assert "What a person asks for" not in here.get("").text
        for path in ("requests", f"requests/number/{number}", "requests/retention"):
            page = here.get(path)
            assert page.status_code == 403 and "This page is not for your role" in text_of(page)
        assert here.post(f"requests/number/{number}/answers").status_code == 403
    assert list(audit.entries(store)) == []


def test_the_log_says_it_in_words(officer: Visitor, one: Invited, number: str, answer: Answer) -> None:
    """As the commands are logged."""
    answer(one.code)
    path = f"requests/number/{number}"
    officer.post(f"{path}/answers")
    seen = hidden(officer.get(f"{path}/reset"), "seen")
    officer.done(f"{path}/reset", seen=seen, sure="1", what="tyohonvalmennus/start")
    erased(officer, path)
    page = text_of(officer.get("log"))
    for action in ("access", "reset", "erase"):
        assert f"{ACTIONS[action]} {number} role: Data protection officer, questionnaire" in page
