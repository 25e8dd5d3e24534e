"""Keying in through the desk: from the number on the slip to what is stored and logged, and a second time."""

from __future__ import annotations

import dataclasses
import html
import json
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyrage
import pytest
import werkzeug.test

from analysis import dataset, pairing
from collector import audit, erasing, participations
from collector.bundle import Bundle
from collector.desk.visit import Desk
from collector.inviting import Invited
from collector.receive import Accepted, receive
from collector.stores import open_store
from collector.stores.sqlite import SQLiteStore
from survey import codes, logic, records
from survey.model import Library
from survey.records import Submission
from tests.collector.desk import conftest
from tests.collector.desk.conftest import Visit, Visitor, path_of
from tests.collector.forms import Page, fields, lists
from tests.collector.test_receive import Failing
from tests.conftest import Clock, Invite, Run

END = "tyohonvalmennus@1/end"


@pytest.fixture
def planner(visitor: Visit) -> Visitor:
    return visitor("planner")


@pytest.fixture
def one(invite: Invite, clock: Clock) -> Invited:
    """Somebody whose service ends today."""
    return invite(start=clock().date() - timedelta(days=90), end=clock().date())


@pytest.fixture
def number(one: Invited) -> str:
    return one.participation.number


def text_of(response: werkzeug.test.TestResponse) -> str:
    """What a page says, with quotation marks as they are read."""
    return html.unescape(conftest.text_of(response))


def form_of(response: werkzeug.test.TestResponse) -> dict[str, str]:
    """What a browser would send of the page's form, blank fields too."""
    page = Page(response.text)
    values = {name: value or page.texts.get(name, "").removeprefix("\n") for name, value in page.values.items()}
    return {name: value for name, value in values.items() if name != "_token"}


def filled(form: dict[str, str], **answers: str) -> dict[str, str]:
    """The form with some answers, `_end` last; a name with `__` is one with a point."""
    end = form["_end"]
    given = {name.replace("__", "."): value for name, value in answers.items()}
    return {"_helper": "none", **{name: value for name, value in form.items() if name != "_end"}, **given, "_end": end}


Key = Callable[..., werkzeug.test.TestResponse]


@pytest.fixture
def key(planner: Visitor, number: str) -> Key:
    """Keys a questionnaire in: `key(END, wb1="4")`."""

    def keyed(
        what: str = END, *, number: str = number, by: Visitor = planner, language: str = "fi", **answers: str
    ) -> werkzeug.test.TestResponse:
        path = f"keying/number/{number}/form"
        page = by.get(f"{path}?what={what}&language={language}")
        assert page.status_code == 200, page.text
        return by.post(path, **filled(form_of(page), **{"_day": "20.11.2026", **answers}))

    return keyed


def stored(store: SQLiteStore) -> list[Submission]:
    bodies = (store.read(key) for key in store.scan("submission/"))
    return [records.decode(Submission, body) for body in bodies if body]


def actions(store: SQLiteStore, *names: str) -> list[audit.Entry]:
    return [entry for entry in audit.entries(store) if not names or entry.action in names]


# --- finding a number -----------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["JT-2026-001", "jt 2026 1", " Jt2026001 "])
def test_a_number_leads_to_its_questionnaires(planner: Visitor, one: Invited, store: SQLiteStore, typed: str) -> None:
    """However it is typed; looking at what somebody has answered is in the log, once."""
    answer = planner.post("keying", number=typed)
    assert answer.status_code == 303
    page = text_of(planner.get(answer.headers["Location"]))
    assert page.startswith("JT-2026-001 Job coaching, 26.8.2026–24.11.2026")
    assert "Client change measure for job coaching – At the end of the service Open until 24.12.2026" in page
    assert (
        "Client change measure for job coaching – At the start of the service Could be answered 12.8.2026–9.9.2026"
        in page
    )
    planner.get(answer.headers["Location"])
    (entry,) = actions(store)
    assert (entry.actor, entry.action, entry.about) == ("planner", "look", "JT-2026-001")
    assert entry.details == {"desk": "planner"}


def test_who_goes_to_a_number_by_its_address_is_logged_too(planner: Visitor, number: str, store: SQLiteStore) -> None:
    """A bookmark is a look as well, and another number's token is none."""
    first = planner.post("keying", number=number).headers["Location"]
    planner.get(f"keying/number/{number}")
    assert [entry.action for entry in actions(store)] == ["look", "look"]
    assert planner.get(first).status_code == 200 and len(actions(store)) == 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Fill this in."),
        ("017", "“017” is no number of a slip. It looks like this: JT-2026-017."),
        ("JT-2026-999", "There is no participation 'JT-2026-999'. Look at the number on the slip or in your own list."),
    ],
)
def test_a_wrong_number_is_told_and_kept(planner: Visitor, one: Invited, typed: str, sentence: str) -> None:
    """Beside its field, with what to do."""
    page = planner.post("keying", number=typed)
    assert page.status_code == 422 and text_of(page).count(sentence) == 2
    assert form_of(page)["number"] == typed and "<title>Error: Keying in" in page.text


def test_a_code_in_place_of_the_number_is_not_repeated(planner: Visitor, one: Invited, store: SQLiteStore) -> None:
    """It is said what to type, the field is empty, and no code is logged."""
    page = planner.post("keying", number=codes.shown(one.code))
    assert page.status_code == 422
    assert "That is a code. Type the number, which stands on the slip too: it looks like JT-2026-017." in text_of(page)
    assert codes.shown(one.code) not in page.text and one.code not in page.text
    assert actions(store) == []


def test_an_erased_number_takes_nothing(
    planner: Visitor, one: Invited, number: str, key: Key, desk: Desk, store: SQLiteStore, clock: Clock, tmp_path: Path
) -> None:
    """Neither when it is typed, nor with a form that was opened before."""
    form = filled(form_of(planner.get(f"keying/number/{number}/form?what={END}&language=fi")), _day="20.11.2026")
    second = open_store(f"folder:{tmp_path / 'erasures'}")
    erasing.Eraser(store=store, second=second, keys=desk.keys, moment=clock()).participation(one.participation)
    page = planner.post("keying", number=number)
    assert page.status_code == 422 and "There is no participation 'JT-2026-001'. It was erased." in text_of(page)
    answer = planner.post(f"keying/number/{number}/form", **form)
    assert answer.status_code == 422 and "It was erased." in text_of(answer)
    assert stored(store) == []


def test_answers_that_were_taken_back_are_not_keyed_in_again(
    key: Key, planner: Visitor, number: str, one: Invited, desk: Desk, store: SQLiteStore, clock: Clock, tmp_path: Path
) -> None:
    """A tombstone of one questionnaire refuses it, also to a form that was opened before."""
    form = filled(form_of(planner.get(f"keying/number/{number}/form?what={END}&language=fi")), _day="20.11.2026")
    receipt = _answered(desk, one, store, clock).receipt
    second = open_store(f"folder:{tmp_path / 'erasures'}")
    erasing.Eraser(store=store, second=second, keys=desk.keys, moment=clock()).receipt(receipt)
    answer = planner.post(f"keying/number/{number}/form", **form)
    assert answer.status_code == 409 and "is answered, or the answers were erased." in text_of(answer)
    assert form_of(answer) == form and stored(store) == []


def test_an_invitation_that_was_taken_back_says_so(
    planner: Visitor, one: Invited, number: str, store: SQLiteStore, clock: Clock
) -> None:
    """At the number, and at every page of it."""
    participations.revoked(store, one.participation, moment=clock())
    sentence = "JT-2026-001: the invitation was taken back, so nothing is keyed in for it."
    assert sentence in text_of(planner.post("keying", number=number))
    for path in ("", f"/form?what={END}&language=fi", f"/second?what={END}"):
        answer = planner.get(f"keying/number/{number}{path}")
        assert answer.status_code == 409 and sentence in text_of(answer)


@pytest.mark.parametrize("who", ["provider", "other", "analyst", "officer", "nobody"])
def test_only_planners_key_in(visitor: Visit, number: str, key: Key, store: SQLiteStore, who: str) -> None:
    """Every address refuses everybody else, also with the number of an own service."""
    key(wb1="4")
    before = list(store.scan(""))
    here = visitor(who)
    at = f"keying/number/{number}"
    for path in (
        "keying",
        "keying/papers?service=tyohonvalmennus",
        at,
        f"{at}/form?what={END}",
        f"{at}/second?what={END}",
    ):
        assert here.get(path).status_code == 403
    for path in ("keying", "keying/receipt", f"{at}/form", f"{at}/second", f"{at}/compare"):
        assert here.post(path, number=number, _what=END).status_code == 403
    assert list(store.scan("")) == before


# --- the questions --------------------------------------------------------------------------------


def test_the_form_is_blank_and_asks_for_no_code(planner: Visitor, number: str, library: Library) -> None:
    """The same fields as the public page, numbered as on the paper, with an id of its own."""
    page = planner.get(f"keying/number/{number}/form?what={END}&language=fi")
    form = form_of(page)
    assert "_code" not in form and codes.is_id(form["_id"])
    assert (form["_instrument"], form["_version"], form["_wave"], form["_language"]) == (
        "tyohonvalmennus", "1", "end", "fi",
    )  # fmt: skip
    asked = [item.id for item in library.instruments["tyohonvalmennus@1"].items("end")]
    assert asked and all(f'name="{id}"' in page.text for id in asked)
    assert "1. Minulla on riittävästi voimia päivän tehtäviin." in page.text
    assert form["_channel"] == "paper_keyed" and "_helper" not in form and form["hours"] == ""
    other = form_of(planner.get(f"keying/number/{number}/form?what={END}&language=fi"))
    assert other["_id"] != form["_id"]


def test_questions_of_nobody_are_hidden_as_on_the_public_page(planner: Visitor, number: str, library: Library) -> None:
    """The page links the very rules that the build makes of the conditions."""
    page = planner.get(f"keying/number/{number}/form?what={END}&language=fi")
    (link,) = re.findall(r'<link rel="stylesheet" href="(/en/[^"]+)"', page.text)
    rules = planner.get(link)
    assert rules.mimetype == "text/css"
    assert rules.text == logic.css(library.instruments["tyohonvalmennus@1"]) and "#q-hours" in rules.text


def test_a_paper_in_a_language_that_the_keyer_does_not_read(planner: Visitor, number: str, key: Key) -> None:
    """Arabic runs from the right, has the values of the paper beside its options, and what is wrong is told in the
    language of the desk."""
    answer = key("tyohonvalmennus@1/end", language="ar", work_now="employed", hours="900")
    assert answer.status_code == 422
    assert '<div class="asked" lang="ar" dir="rtl">' in answer.text and "(employed)" in answer.text
    assert '<span lang="en" dir="ltr">Write a number from 1 to 60.</span>' in answer.text
    assert "– Write a number from 1 to 60." in text_of(answer)
    here = planner.get(f"/fi/keying/number/{number}/form?what={END}&language=fi")
    assert "(employed)" not in here.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (f"what={END}&language=xx", "JT-2026-001 is not asked this questionnaire in this language. Choose again."),
        ("what=kotokoulutus@1/end&language=fi", "Choose one of what is offered."),
        ("language=fi", "Fill this in."),
        ("", "Fill this in."),
    ],
)
def test_what_is_not_asked_of_a_number_is_not_shown(planner: Visitor, number: str, query: str, sentence: str) -> None:
    """The choice comes back."""
    page = planner.get(f"keying/number/{number}/form?{query}")
    assert page.status_code == 422 and sentence in text_of(page) and "Which questionnaire came?" in text_of(page)


# --- storing --------------------------------------------------------------------------------------


def test_keyed_answers_are_stored_and_logged(
    planner: Visitor, number: str, one: Invited, key: Key, store: SQLiteStore
) -> None:
    """The record, its key, and the entry: who, in which role, what of which number, and no answer."""
    answer = key(wb1="4", work_now="employed", hours="30", _helper="interpreter")
    assert answer.status_code == 303 and path_of(answer) == "/en/keying"
    assert "Stored: JT-2026-001, 3 of 25 questions answered." in text_of(planner.get(answer.headers["Location"]))
    (kept,) = stored(store)
    assert list(store.scan("submission/")) == [f"submission/{one.participation.id}/tyohonvalmennus/end/1"]
    assert kept.answers == {"wb1": 4, "work_now": "employed", "hours": 30}
    assert (kept.channel, kept.helper, kept.language) == ("paper_keyed", "interpreter", "fi")
    assert kept.received == "2026-11-20T10:00:00.000Z"
    (entry,) = actions(store, "key in")
    assert (entry.actor, entry.about, entry.at) == ("planner", number, "2026-11-24T10:00:00.000Z")
    assert entry.details == {
        "desk": "planner",
        "questionnaire": "tyohonvalmennus@1",
        "wave": "end",
        "channel": "paper_keyed",
        "language": "fi",
        "answered": "2026-11-20",
    }


def test_pressing_twice_stores_once(planner: Visitor, number: str, store: SQLiteStore) -> None:
    """The same form again: one record, one receipt, and both times it is said that it is stored."""
    path = f"keying/number/{number}/form"
    form = filled(form_of(planner.get(f"{path}?what={END}&language=fi")), _day="20.11.2026", wb1="4")
    for answer in (planner.post(path, **form), planner.post(path, **form)):
        assert "Stored: JT-2026-001, 1 of 24 questions answered." in text_of(planner.get(answer.headers["Location"]))
    assert len(stored(store)) == 1 and len(list(store.scan("receipt/"))) == 1
    assert sorted(entry.details.get("again", 0) for entry in actions(store, "key in")) == [0, 1]


def test_what_was_changed_after_the_first_press_is_not_stored_and_said(
    planner: Visitor, number: str, store: SQLiteStore
) -> None:
    """As on the public page: what came first stays."""
    path = f"keying/number/{number}/form"
    form = filled(form_of(planner.get(f"{path}?what={END}&language=fi")), _day="20.11.2026", wb1="4")
    planner.post(path, **form)
    answer = planner.done(path, **filled(form, wb1="5"))
    assert (
        "JT-2026-001 was stored when you pressed the button the first time. What you changed after that is not stored: "
        "key the paper in a second time to mend it."
    ) in text_of(answer)
    assert [kept.answers for kept in stored(store)] == [{"wb1": 4}]


def test_what_is_answered_is_refused_and_nothing_is_stored(
    planner: Visitor, number: str, one: Invited, key: Key, desk: Desk, store: SQLiteStore, clock: Clock
) -> None:
    """Before the questions are shown, and of a form that was open meanwhile; the numbers page says so."""
    path = f"keying/number/{number}/form"
    form = filled(form_of(planner.get(f"{path}?what={END}&language=fi")), _day="20.11.2026", wb1="1")
    _answered(desk, one, store, clock)
    before = [(key, store.read(key)) for key in store.scan("submission/")]
    for answer in (planner.get(f"{path}?what={END}&language=fi"), planner.post(path, **form)):
        assert answer.status_code == 409
        assert (
            "JT-2026-001: “Client change measure for job coaching – At the end of the service” is answered, or the answers were "
            "erased. A questionnaire is answered once, so nothing was stored. Check the number on the paper."
        ) in text_of(answer)
    # What was keyed is still there: the number may have been another's.
    assert form_of(answer) == form
    assert [(key, store.read(key)) for key in store.scan("submission/")] == before
    page = text_of(planner.get(f"keying/number/{number}"))
    assert "Answered already Client change measure for job coaching – At the end of the service" in page
    assert "The person sent these answers. Nobody else changes them: the person can, with the receipt." in page
    assert "Key the paper in a second time" not in page


def test_who_keys_the_same_paper_in_a_moment_later_goes_on_to_the_second_keying(
    planner: Visitor, visitor: Visit, number: str, store: SQLiteStore
) -> None:
    """Two people took the same paper: what the second has keyed is kept, nothing of the first is shown, and one press
    compares the two."""
    path, reader = f"keying/number/{number}/form", visitor("reader")
    opened = form_of(reader.get(f"{path}?what={END}&language=sv&channel=interview"))
    first = form_of(planner.get(f"{path}?what={END}&language=fi"))
    planner.done(path, **filled(first, _day="20.11.2026", wb1="4", wb2="1", work_now="employed", hours="37"))
    keyed = filled(opened, _day="20.11.2026", _helper="coach", wb1="5", wb2="1", work_now="employed", hours="30")
    page = reader.post(path, **keyed)
    assert page.status_code == 409
    assert (
        "This paper was keyed in already, so nothing was stored now. All that you keyed is on this page. Press “Compare”: it "
        "then counts as the second keying."
    ) in text_of(page)
    assert f'action="/en/keying/number/{number}/second"' in page.text
    kept = form_of(page)
    assert {name: kept[name] for name in ("_day", "_helper", "wb1", "wb2", "work_now", "hours")} == {
        "_day": "20.11.2026", "_helper": "coach", "wb1": "5", "wb2": "1", "work_now": "employed", "hours": "30",
    }  # fmt: skip
    assert "37" not in kept.values() and len(stored(store)) == 1
    compared = reader.post(f"keying/number/{number}/second", **kept)
    assert compared.status_code == 200 and text_of(compared).startswith("Where the two keyings differ")
    assert {name for name in form_of(compared) if name.startswith("_right.")} == set()
    for name in ("_helper", "wb1", "hours"):
        assert f'name="_right.{name}"' in compared.text
    assert 'name="_right.wb2"' not in compared.text


def test_wrong_answers_come_back_with_all_that_was_keyed(key: Key, store: SQLiteStore) -> None:
    """The field is marked, the summary leads to it, and the same id is sent the next time."""
    answer = key(wb1="4", work_now="employed", hours="900", _helper="coach", _channel="interview")
    assert answer.status_code == 422 and "<title>Error: " in answer.text
    form = form_of(answer)
    assert (form["wb1"], form["work_now"], form["hours"]) == ("4", "employed", "900")
    assert (form["_helper"], form["_channel"], form["_day"]) == ("coach", "interview", "20.11.2026")
    assert '<a href="#i-hours">' in answer.text and 'id="e-hours"' in answer.text
    assert "23. Kuinka monta tuntia teet töitä tavallisessa viikossa? – Write a number from 1 to 60." in text_of(answer)
    assert "Nothing was lost: all that you keyed is still on this page." in text_of(answer)
    assert stored(store) == [] and actions(store, "key in") == []


def test_a_form_that_came_back_is_stored_when_it_is_mended(key: Key, planner: Visitor, number: str, store: SQLiteStore) -> None:  # fmt: skip
    """With the id that it had."""
    form = form_of(key(wb1="4", work_now="employed", hours="900"))
    planner.done(f"keying/number/{number}/form", **filled(form, hours="9"))
    (kept,) = stored(store)
    assert kept.id == form["_id"] and kept.answers == {"wb1": 4, "work_now": "employed", "hours": 9}


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("", "Fill this in."),
        ("eilen", "“eilen” is no date. Write it like 31.3.2026."),
        ("25.11.2026", "25.11.2026 has not come yet. Write the day on which it was answered."),
    ],
)
def test_a_wrong_day_is_told_and_nothing_is_lost(key: Key, store: SQLiteStore, day: str, sentence: str) -> None:
    """Beside wrong answers, all at once."""
    answer = key(_day=day, work_now="employed", hours="900", wb1="4")
    assert answer.status_code == 422 and sentence in text_of(answer)
    assert "Write a number from 1 to 60." in text_of(answer)
    assert (form_of(answer)["wb1"], form_of(answer)["_day"]) == ("4", day) and stored(store) == []


def test_a_day_outside_the_time_to_answer_is_asked_for_twice(
    key: Key, planner: Visitor, number: str, store: SQLiteStore
) -> None:
    """It may be mistyped; pressed once more it is stored, on that day. Another such day is asked for again."""
    answer = key(_day="20.10.2026", wb1="4")
    assert answer.status_code == 422
    assert (
        "20.10.2026 is not between 10.11.2026 and 24.12.2026, when this could be answered. Check the day. If the paper "
        "says so, press the button once more: the answers are kept, but no change is counted from them."
    ) in text_of(answer)
    path = f"keying/number/{number}/form"
    again = planner.post(path, **filled(form_of(answer), _day="20.9.2026"))
    assert again.status_code == 422 and "20.9.2026 is not between" in text_of(again)
    planner.done(path, **form_of(again))
    assert [kept.received for kept in stored(store)] == ["2026-09-20T09:00:00.000Z"]


def test_a_mistyped_year_is_refused(key: Key, planner: Visitor, number: str, store: SQLiteStore) -> None:
    """However often it is sent: what was answered long ago would be removed with what is out of date."""
    answer = key(_day="20.11.2006", wb1="4")
    for _time in range(2):
        assert answer.status_code == 422 and (
            "20.11.2006 is long before 10.11.2026, when the first of this could be answered. Check the day and the year."
        ) in text_of(answer)
        assert form_of(answer)["wb1"] == "4"
        answer = planner.post(f"keying/number/{number}/form", **form_of(answer))
    assert stored(store) == []


def test_a_paper_that_lay_on_a_desk_is_in_time_for_the_analysis(
    key: Key, planner: Visitor, run: Run, clock: Clock, tmp_path: Path
) -> None:
    """Filled in on the last day and keyed in weeks later it counts in every figure of change; one of the day after does
    not."""
    clock.advance(days=60)
    key(_day="24.12.2026", wb1="4")
    late = form_of(key("tyohonvalmennus@1/start", _day="10.9.2026", wb1="4"))
    planner.done("keying/number/JT-2026-001/form", **late)
    exported = run("export", "--output", tmp_path / "dataset")
    assert exported.exit_code == 0, exported.output
    found = dataset.read(tmp_path / "dataset")
    assert dict(zip(found.responses["wave"], pairing.timely(found), strict=True)) == {"end": True, "start": False}


def test_who_does_not_say_how_answers_were_given_loses_nothing(key: Key, store: SQLiteStore) -> None:
    """A browser sends nothing where nothing is chosen."""
    answer = key(_channel="", wb1="4")
    assert answer.status_code == 422 and "Fill this in." in text_of(answer)
    assert form_of(answer)["wb1"] == "4" and stored(store) == []


@pytest.mark.parametrize(("verb", "at"), [("scan", 4), ("scan", 5), ("create_in_order", 1)])
def test_store_trouble_keeps_every_answer_on_the_page(
    planner: Visitor, number: str, desk: Desk, store: SQLiteStore, verb: str, at: int
) -> None:
    """503 and the page as it was, with the same id: the next try is stored."""
    path = f"keying/number/{number}/form"
    form = filled(form_of(planner.get(f"{path}?what={END}&language=fi")), _day="20.11.2026", wb1="4")
    desk.store = Failing(store, verb, at)
    answer = planner.post(path, **form)
    assert answer.status_code == 503 and form_of(answer) == form
    assert (
        "Nothing can be stored just now: the store cannot be reached. All that you keyed is on this page. Wait a "
        "moment and press the button again."
    ) in text_of(answer)
    assert stored(store) == []
    desk.store = store
    planner.done(path, **form)
    assert len(stored(store)) == 1


@pytest.mark.parametrize("path", ["form", "second", "compare"])
def test_trouble_before_anything_is_known_keeps_every_field(
    planner: Visitor, number: str, key: Key, second: Key, desk: Desk, store: SQLiteStore, path: str
) -> None:
    """Not even the number can be looked up: a page keeps all that came, and its button sends it once more."""
    if path == "form":
        form = filled(form_of(planner.get(f"keying/number/{number}/form?what={END}&language=fi")), wb1="4")
        form |= {"_day": "20.11.2026"}
    elif key(wb1="4") and path == "second":
        form = filled(form_of(planner.get(f"keying/number/{number}/second?what={END}")), _day="20.11.2026", wb1="4")
    else:
        form = {**form_of(second(wb1="5")), "_right.wb1": "second"}
    at = f"keying/number/{number}/{path}"
    desk.store = Failing(store, "read", 1)
    answer = planner.post(at, **form)
    assert answer.status_code == 503 and text_of(answer).startswith("Not stored yet Nothing can be stored just now")
    assert list(form_of(answer).items()) == list(form.items())
    desk.store = store
    planner.done(at, **form_of(answer))


def test_a_log_that_cannot_be_written_is_written_by_the_next_press(
    planner: Visitor, number: str, desk: Desk, store: SQLiteStore
) -> None:
    """Nothing is called done before the log has it."""
    path = f"keying/number/{number}/form"
    form = filled(form_of(planner.get(f"{path}?what={END}&language=fi")), _day="20.11.2026", wb1="4")
    desk.store = Failing(store, "create", 1)
    answer = planner.post(path, **form)
    assert answer.status_code == 503 and form_of(answer) == form and actions(store, "key in") == []
    desk.store = store
    planner.done(path, **form)
    assert len(stored(store)) == 1 and len(actions(store, "key in")) == 1


def test_what_was_keyed_can_be_read_where_it_is_not_taken(planner: Visitor, number: str) -> None:
    """Also what is no answer, such as “Cannot say”, and the places of an order, each with what stands there."""
    fields = {"_instrument": "kehitysideat", "ki_evening": "9", "ki_best.remote": "1", "ki_best.evening": "2"}
    answer = planner.post(f"keying/number/{number}/form", **fields)
    assert answer.status_code in (400, 409) and (
        "What you keyed Question Answer Meetings in the evenings too Cannot say Which three ideas matter most to you? Remote "
        "meetings: 1 Which three ideas matter most to you? Meetings in the evenings too: 2"
    ) in text_of(answer)


def test_a_form_of_another_questionnaire_stores_nothing(
    planner: Visitor, number: str, store: SQLiteStore, library: Library
) -> None:
    """What the service does not ask, an unknown field, a cut form, a worded-anew questionnaire: each in plain words."""
    path = f"keying/number/{number}/form"
    form = filled(form_of(planner.get(f"{path}?what={END}&language=fi")), _day="20.11.2026", wb1="4")
    for wrong in (
        {**form, "_instrument": "kotokoulutus"},
        filled(form, wb99="1"),
        {name: value for name, value in form.items() if name != "_end"},
        filled(form, _language="xx"),
    ):
        answer = planner.post(path, **wrong)
        assert answer.status_code in (400, 409)
        assert text_of(answer).startswith(
            "Nothing was stored The questionnaire was renewed since you opened it, or the form did not arrive whole. All "
            "that you keyed is on this page. Try again; if that does not help, open the questionnaire anew in another tab "
            "and key it in from here. Try again What you keyed Question Answer I have enough energy for my daily tasks. "
            "Mostly true"
        )
        assert form_of(answer) == wrong
    answer = planner.post(path, **filled(form, _meaning="0" * 16))
    assert answer.status_code == 422 and form_of(answer)["wb1"] == "4"
    assert "The questionnaire was worded anew since you opened it." in text_of(answer)
    assert stored(store) == []


# --- a pile ---------------------------------------------------------------------------------------


def test_the_next_paper_of_a_pile_is_one_number_away(
    planner: Visitor, key: Key, invite: Invite, clock: Clock, store: SQLiteStore
) -> None:
    """What the last had is kept: questionnaire, wave, language, channel and day; the next number leads to the blank
    questions at once."""
    next_one = invite(start=clock().date() - timedelta(days=90), end=clock().date()).participation.number
    page = planner.get(key(language="sv", wb1="4").headers["Location"])
    assert (
        "The next paper of the pile Client change measure for job coaching – At the end of the service Job coaching Svenska "
        "A paper form Number on the slip"
    ) in text_of(page)
    answer = planner.post("keying", **{**form_of(page), "number": next_one})
    assert path_of(answer) == f"/en/keying/number/{next_one}/form"
    form = form_of(planner.get(answer.headers["Location"]))
    assert (form["_language"], form["_wave"], form["_channel"], form["_day"]) == (
        "sv",
        "end",
        "paper_keyed",
        "20.11.2026",
    )
    assert form.get("wb1", "") == "" and "is of another service or group" not in answer.text
    assert [entry.about for entry in actions(store, "look")] == [next_one]


def test_a_number_of_another_group_is_asked_about(planner: Visitor, key: Key, invite: Invite) -> None:
    """A number has no check digit: a mistyped one would give somebody the answers of another."""
    other = invite("uravalmennus", start=date(2026, 9, 14)).participation.number
    page = planner.get(key().headers["Location"])
    answer = planner.post("keying", **{**form_of(page), "number": other})
    assert path_of(answer) == f"/en/keying/number/{other}"
    shown = text_of(planner.get(answer.headers["Location"]))
    assert f"{other} is of another service or group than the paper before. Check the number." in shown


def test_the_next_number_that_has_answered_is_not_led_on(planner: Visitor, key: Key, number: str) -> None:
    """The same number twice: its page says what is answered."""
    page = planner.get(key().headers["Location"])
    answer = planner.post("keying", **{**form_of(page), "number": number})
    assert path_of(answer) == f"/en/keying/number/{number}"


def test_a_wrong_number_in_a_pile_keeps_the_pile(planner: Visitor, key: Key) -> None:
    """Nothing of what the papers have in common is lost."""
    page = planner.get(key().headers["Location"])
    again = planner.post("keying", **{**form_of(page), "number": "7"})
    assert again.status_code == 422 and "The next paper of the pile" in text_of(again)
    assert {**form_of(again), "number": ""} == {**form_of(page), "number": ""}


# --- receipts -------------------------------------------------------------------------------------


def test_the_receipt_of_an_interview_is_shown_for_the_person(
    planner: Visitor, key: Key, number: str, desk: Desk, store: SQLiteStore
) -> None:
    """On request, in the language of the interview, and the log says that it was shown; it opens the answers."""
    page = planner.get(key(_channel="interview", language="ar", wb1="4").headers["Location"])
    assert "Is the person there? With a receipt people can look at, correct and erase their answers." in text_of(page)
    token = form_of(page)["receipt"]
    (kept,) = stored(store)
    receipt = codes.receipt_shown(desk.keys.receipt(kept.id))
    assert kept.channel == "interview" and receipt not in page.text
    shown = planner.post("keying/receipt", receipt=token)
    assert shown.status_code == 200 and receipt in text_of(shown) and 'lang="ar" dir="rtl"' in shown.text
    assert "https://kysely.example.fi/" in text_of(shown)
    (entry,) = actions(store, "show receipt")
    assert (entry.about, entry.details) == (number, {"desk": "planner"})


def test_a_receipt_is_there_for_who_keyed_it_in_and_for_an_hour(
    planner: Visitor, visitor: Visit, key: Key, clock: Clock, store: SQLiteStore
) -> None:
    """Nobody else gets it by its token, and nobody later."""
    token = form_of(planner.get(key(_channel="interview").headers["Location"]))["receipt"]
    answer = visitor("reader").post("keying/receipt", receipt=token)
    assert answer.status_code == 404 and text_of(answer).startswith("The receipt is no longer here")
    clock.advance(minutes=61)
    assert planner.post("keying/receipt", receipt=token).status_code == 404
    assert actions(store, "show receipt") == []


@pytest.mark.parametrize("language", ["fi", "sv", "en", "fi-simple", "uk", "ru", "ar", "so"])
def test_the_receipt_speaks_every_language(planner: Visitor, key: Key, language: str, bundle: Bundle) -> None:
    """In the words of the public site."""
    token = form_of(planner.get(key(_channel="interview", language=language).headers["Location"]))["receipt"]
    shown = text_of(planner.post("keying/receipt", receipt=token))
    for sentence in ("Your receipt", "To correct your answers: type the receipt on the front page."):
        assert bundle.messages[language][sentence] in shown


def test_the_receipt_of_a_paper_is_shown_to_nobody(planner: Visitor, key: Key, desk: Desk, store: SQLiteStore) -> None:
    """Whoever has it reads the answers and changes them, and the person is not there."""
    answer = key(wb1="4")
    (kept,) = stored(store)
    page = planner.get(answer.headers["Location"])
    assert "receipt" not in form_of(page) and "receipt" not in text_of(page).lower()
    assert codes.receipt_shown(desk.keys.receipt(kept.id)) not in page.text


# --- a second time --------------------------------------------------------------------------------


@pytest.fixture
def second(visitor: Visit, number: str) -> Key:
    """Keys END in a second time, as somebody else."""

    def keyed(
        by: Visitor | None = None, *, what: str = END, _day: str = "20.11.2026", **answers: str
    ) -> werkzeug.test.TestResponse:
        here = by or visitor("reader")
        path = f"keying/number/{number}/second"
        page = here.get(f"{path}?what={what}")
        assert page.status_code == 200, page.text
        return here.post(path, **filled(form_of(page), _day=_day, **answers))

    return keyed


def test_the_second_keying_is_blank(planner: Visitor, visitor: Visit, number: str, key: Key) -> None:
    """It shows nothing of the first; who keyed that in is warned, somebody else is told."""
    key(wb1="4", hours="30", work_now="employed", language="sv")
    page = visitor("reader").get(f"keying/number/{number}/second?what={END}")
    form = form_of(page)
    assert "wb1" not in form and form["hours"] == "" and form["_language"] == "sv"
    assert "Whoever keyed it in the first time should not do it the second time." in text_of(page)
    own = text_of(planner.get(f"keying/number/{number}/second?what={END}"))
    assert (
        "You keyed this paper in the first time. Let somebody else do it the second time: people make the same mistake "
        "twice."
    ) in own


def test_two_keyings_that_are_the_same_are_logged(visitor: Visit, key: Key, second: Key, store: SQLiteStore) -> None:
    """It is said, nothing is stored beside the first."""
    key(wb1="4", work_now="employed", hours="30")
    answer = second(wb1="4", work_now="employed", hours="30")
    page = visitor("reader").get(answer.headers["Location"])
    assert "JT-2026-001: both keyings are the same. Nothing had to be corrected." in text_of(page)
    (entry,) = actions(store, "key in twice")
    assert (entry.actor, entry.about) == ("reader", "JT-2026-001")
    assert entry.details == {
        "desk": "planner", "questionnaire": "tyohonvalmennus@1", "wave": "end", "differences": 0, "corrected": 0,
    }  # fmt: skip
    assert len(stored(store)) == 1


def test_differences_stand_beside_each_other_and_nothing_else(key: Key, second: Key) -> None:
    """Field by field, in the order of the paper, in the words of the paper; what is the same in both is not shown."""
    key(wb1="4", wb2="1", work_now="employed", hours="30")
    page = second(wb1="5", wb2="1", work_now="not_working", _helper="coach", _day="19.11.2026")
    said = text_of(page)
    assert (
        "1. Minulla on riittävästi voimia päivän tehtäviin. Keyed first Pitää suurimmaksi osaksi paikkansa (4) "
        "Keyed now Pitää täysin paikkansa (5) Neither: I key in what the paper says"
    ) in said
    assert (
        "22. Mikä on työtilanteesi nyt? Keyed first Olen palkkatyössä ilman palkkatukea (employed) Keyed now En ole "
        "työssä (not_working)"
    ) in said
    assert "23. Kuinka monta tuntia teet töitä tavallisessa viikossa? Keyed first 30 Keyed now left empty" in said
    assert "Day of answering Keyed first 20.11.2026 Keyed now 19.11.2026" in said
    assert "Did somebody help the person to answer? Keyed first Nobody Keyed now A coach or a trainer" in said
    assert [name for name in form_fields(page) if name.startswith("_right.")] == [
        "_right.wb1", "_right.work_now", "_right.hours", "_right._day", "_right._helper",
    ]  # fmt: skip
    assert "Teen joka viikko" not in said


def form_fields(page: werkzeug.test.TestResponse) -> list[str]:
    """The names of a page's fields, each once, in order."""
    return list(dict.fromkeys(re.findall(r'name="([^"]+)"', page.text)))


def test_what_is_right_holds_as_a_revision(
    visitor: Visit, number: str, one: Invited, key: Key, second: Key, desk: Desk, store: SQLiteStore, clock: Clock
) -> None:
    """The first, the second or what neither had; the first record stays, the day of answering too, and the log has how
    many differed and how many were wrong."""
    key(wb1="4", wb2="1", work_now="employed", hours="30")
    page = second(wb1="5", wb2="2", work_now="employed", hours="13")
    clock.advance(days=30)
    right = {"_right.wb1": "first", "_right.wb2": "second", "_right.hours": "third", "hours": "33"}
    answer = visitor("reader").done(f"keying/number/{number}/compare", **{**form_of(page), **right})
    assert "JT-2026-001: 3 fields differed, 2 of them were corrected." in text_of(answer)
    before, now = stored(store)
    assert before.answers == {"wb1": 4, "wb2": 1, "work_now": "employed", "hours": 30}
    assert now.answers == {"wb1": 4, "wb2": 2, "work_now": "employed", "hours": 33}
    assert [key.rpartition("/")[2] for key in store.scan("submission/")] == ["1", "2"]
    assert (now.id, now.revisions, now.channel, now.received) == (before.id, 1, "paper_keyed", before.received)
    assert now.digest == records.digest(now, desk.keys.digest_key) != before.digest
    (entry,) = actions(store, "key in twice")
    assert (entry.details["differences"], entry.details["corrected"]) == (3, 2)
    assert "33" not in json.dumps(dict(entry.details))


def test_where_the_first_was_right_nothing_is_stored(
    visitor: Visit, number: str, key: Key, second: Key, store: SQLiteStore
) -> None:
    """And it is said."""
    key(wb1="4")
    page = second(wb1="5")
    answer = visitor("reader").done(f"keying/number/{number}/compare", **form_of(page), **{"_right.wb1": "first"})
    assert "JT-2026-001: 1 fields differed, 0 of them were corrected." in text_of(answer)
    assert len(stored(store)) == 1


def test_a_wrong_day_and_helper_are_corrected(
    visitor: Visit, number: str, key: Key, second: Key, store: SQLiteStore
) -> None:
    """The day decides about the window, so it is compared too."""
    key(wb1="4")
    page = second(wb1="4", _day="19.11.2026", _helper="coach")
    right = {"_right._day": "third", "_day": "18.11.2026", "_right._helper": "second"}
    visitor("reader").done(f"keying/number/{number}/compare", **{**form_of(page), **right})
    now = stored(store)[-1]
    assert (now.received, now.helper, now.answers) == ("2026-11-18T10:00:00.000Z", "coach", {"wb1": 4})


def test_pressing_twice_settles_once(visitor: Visit, number: str, key: Key, second: Key, store: SQLiteStore) -> None:
    """The same choice again is known by what stands."""
    key(wb1="4", wb2="1")
    page = second(wb1="5", wb2="2")
    here, path = visitor("reader"), f"keying/number/{number}/compare"
    form = {**form_of(page), "_right.wb1": "first", "_right.wb2": "second"}
    assert "2 fields differed, 1 of them were corrected." in text_of(here.done(path, **form))
    assert "JT-2026-001: what you chose is stored." in text_of(here.done(path, **form))
    assert len(stored(store)) == 2


def test_what_is_not_chosen_is_asked_for(
    visitor: Visit, number: str, key: Key, second: Key, store: SQLiteStore
) -> None:
    """Each by its question; what was chosen and keyed stays."""
    key(wb1="4", wb2="1", work_now="employed", hours="30")
    page = second(wb1="5", wb2="2", work_now="employed", hours="13")
    here, path = visitor("reader"), f"keying/number/{number}/compare"
    answer = here.post(path, **{**form_of(page), "_right.wb1": "first", "_right.hours": "third", "hours": "99"})
    said = text_of(answer)
    assert answer.status_code == 422
    assert "2. Teen joka viikko jotain, mikä tuo minulle iloa. – Choose which is right." in said
    assert "23. Kuinka monta tuntia teet töitä tavallisessa viikossa? – Write a number from 1 to 60." in said
    form = form_of(answer)
    assert (form["_right.wb1"], form["_right.hours"], form["hours"]) == ("first", "third", "99")
    assert len(stored(store)) == 1
    here.done(path, **{**form, "_right.wb2": "second", "hours": "9"})
    assert stored(store)[-1].answers == {"wb1": 4, "wb2": 2, "work_now": "employed", "hours": 9}


def test_what_is_asked_only_after_a_choice_is_asked(
    visitor: Visit, number: str, key: Key, second: Key, store: SQLiteStore
) -> None:
    """Neither keying had somebody at work: the paper does, and then the hours are asked."""
    key(work_now="not_working")
    page = second(work_now="other")
    here, path = visitor("reader"), f"keying/number/{number}/compare"
    answer = here.post(path, **{**form_of(page), "_right.work_now": "third", "work_now": "employed"})
    assert answer.status_code == 422
    assert "After what you chose, more questions are asked. Key in what the paper says." in text_of(answer)
    assert "Asked as well 23. Kuinka monta tuntia" in text_of(answer) and len(stored(store)) == 1
    here.done(path, **{**form_of(answer), "hours": "20"})
    assert stored(store)[-1].answers == {"work_now": "employed", "hours": 20}


def test_a_wrong_second_keying_comes_back(key: Key, second: Key, store: SQLiteStore) -> None:
    """As the first does, before anything is compared."""
    key(wb1="4")
    answer = second(wb1="5", work_now="employed", hours="900")
    assert answer.status_code == 422 and "Write a number from 1 to 60." in text_of(answer)
    assert form_of(answer)["wb1"] == "5" and "Keyed first" not in text_of(answer)
    assert actions(store, "key in twice") == []


def test_answers_of_the_person_are_not_keyed_again(
    planner: Visitor, number: str, one: Invited, desk: Desk, store: SQLiteStore, clock: Clock
) -> None:
    """Nobody compares with what somebody sent, and nothing of it is shown."""
    _answered(desk, one, store, clock)
    at = f"keying/number/{number}"
    for answer in (planner.get(f"{at}/second?what={END}"), planner.post(f"{at}/second", _what=END, wb1="1", _end="1")):
        assert answer.status_code == 409
        assert "The person sent these answers. Nobody else changes them: the person can, with the receipt." in text_of(
            answer
        )
    assert planner.post(f"{at}/compare", _what=END).status_code == 409 and len(stored(store)) == 1


def test_answers_that_the_person_corrected_are_not_keyed_again(
    planner: Visitor, number: str, key: Key, desk: Desk, store: SQLiteStore, clock: Clock, bundle: Bundle
) -> None:
    """After an interview the person has the receipt, and has the last word."""
    key(_channel="interview", wb1="4")
    (kept,) = stored(store)
    receipt = desk.keys.receipt(kept.id)
    form = fields(bundle.library, "", wave="end", id=kept.id, wb1="2")
    del form["_code"]
    sent = {**{name: value for name, value in form.items() if name != "_end"}, "_receipt": receipt, "_end": "1"}
    done = receive(lists(sent), bundle=bundle, store=store, keys=desk.keys, moment=clock(), random=desk.random)
    assert isinstance(done, Accepted) and len(stored(store)) == 2
    assert planner.get(f"keying/number/{number}/second?what={END}").status_code == 409


def test_a_correction_meanwhile_is_not_overwritten(
    visitor: Visit, number: str, key: Key, second: Key, store: SQLiteStore
) -> None:
    """Two who settle the same paper at once: the later one is told."""
    key(wb1="4")
    one_page, other_page = second(wb1="5"), second(wb1="3")
    here, path = visitor("reader"), f"keying/number/{number}/compare"
    here.done(path, **form_of(one_page), **{"_right.wb1": "second"})
    late = here.post(path, **form_of(other_page), **{"_right.wb1": "second"})
    assert late.status_code == 409 and text_of(late).startswith("The answers were corrected or erased meanwhile")
    assert [kept.answers for kept in stored(store)] == [{"wb1": 4}, {"wb1": 5}]


@pytest.mark.parametrize("path", ["second", "compare"])
def test_trouble_keeps_the_second_keying_on_the_page(
    visitor: Visit, number: str, key: Key, second: Key, desk: Desk, store: SQLiteStore, path: str
) -> None:
    """503, every field as it was, and the next try goes through."""
    key(wb1="4")
    here, at = visitor("reader"), f"keying/number/{number}/{path}"
    if path == "second":
        form = filled(form_of(here.get(f"{at}?what={END}")), _day="20.11.2026", wb1="4")
    else:
        form = {**form_of(second(wb1="5")), "_right.wb1": "second"}
    desk.store = Failing(store, "create", 1)
    answer = here.post(at, **form)
    assert answer.status_code == 503 and form_of(answer) == form
    assert "All that you keyed is on this page." in text_of(answer)
    desk.store = store
    here.done(at, **form)
    assert len(actions(store, "key in twice")) == 1


def test_a_second_keying_of_another_questionnaire_is_kept(
    visitor: Visit, number: str, key: Key, second: Key, store: SQLiteStore
) -> None:
    """A form that was cut, or is of another version: all that came is on the page, and nothing is stored."""
    key(wb1="4", work_now="employed", hours="30")
    reader = visitor("reader")
    form = filled(form_of(reader.get(f"keying/number/{number}/second?what={END}")), _day="20.11.2026", wb1="5")
    compared = {**form_of(second(wb1="5")), "_right.wb1": "second"}
    older = compared["_second"].replace('["_version", ["1"]]', '["_version", ["9"]]')
    for path, wrong, readable in (
        ("second", {**form, "_version": "9"}, True),
        ("compare", {**compared, "_second": older}, True),
        ("compare", {**compared, "_second": "9"}, False),
    ):
        answer = reader.post(f"keying/number/{number}/{path}", **wrong)
        assert answer.status_code == 409 and text_of(answer).startswith("Nothing was stored ")
        assert form_of(answer) == wrong
        assert ("I have enough energy for my daily tasks. Completely true" in text_of(answer)) is readable, text_of(
            answer
        )
    assert len(stored(store)) == 1


def test_sealed_answers_cannot_be_compared(
    planner: Visitor, number: str, key: Key, desk: Desk, tmp_path: Path, store: SQLiteStore
) -> None:
    """They are stored as everywhere, and the pages say plainly that nobody here can look at them."""
    recipients = [str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2)]
    folder = tmp_path / "sealed"
    shutil.copytree(desk.settings.bundle, folder)
    site = json.loads((folder / "site.json").read_text())
    (folder / "site.json").write_text(json.dumps({**site, "sealed_to": recipients}))
    _use(desk, folder)
    planner.done(f"keying/number/{number}/form", **filled(
        form_of(planner.get(f"keying/number/{number}/form?what={END}&language=fi")), _day="20.11.2026", wb1="4",
    ))  # fmt: skip
    (body,) = [store.read(key) for key in store.scan("submission/")]
    assert body and records.is_sealed(body)
    sentence = (
        "Answers are sealed here when they are stored, and the desk cannot open them. So two keyings cannot be "
        "compared. Let two people look at each paper before it is stored."
    )
    assert sentence in text_of(planner.get(f"keying/number/{number}"))
    answer = planner.get(f"keying/number/{number}/second?what={END}")
    assert answer.status_code == 409 and sentence in text_of(answer)


def _use(desk: Desk, folder: Path) -> None:
    """Puts another bundle in place of the desk's, as a build does."""
    desk.settings = dataclasses.replace(desk.settings, bundle=folder)
    desk._made = None


# --- printing -------------------------------------------------------------------------------------


def test_a_paper_form_is_printed_from_here(planner: Visitor, number: str) -> None:
    """As a page of its own whose very style is allowed and nothing else; it has room for the number, and no code."""
    page = text_of(planner.get("keying"))
    assert "Print papers" in page and "Job coaching" in page
    choice = planner.get("keying/papers?service=tyohonvalmennus")
    assert "Client change measure for job coaching – At the end of the service" in text_of(choice)
    answer = planner.get(f"keying/paper?service=tyohonvalmennus&what={END}&kind=paper&language=fi")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<b>Lapun numero</b>" in answer.text and "Vastauspäivä" in answer.text and "Koodisi" not in answer.text
    assert "Työllisyyspalvelujen työntekijä tallentaa vastauksesi tästä paperista." in answer.text
    assert "· Työhönvalmennus" in answer.text and '<body class="large">' not in answer.text
    large = planner.get(f"keying/paper?service=tyohonvalmennus&what={END}&kind=paper&language=fi&large=1")
    assert '<body class="large">' in large.text


def test_an_interview_script_is_printed_from_here(planner: Visitor) -> None:
    """With its cards, the number in place of the code, and where to key it in."""
    answer = planner.get(f"keying/paper?service=tyohonvalmennus&what={END}&kind=interview&language=sv")
    assert "Numret på lappen" in answer.text and "Kort 1" in answer.text
    assert "Mata in svaren på personalens skrivbord under ”Inmatning” med numret på lappen." in answer.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("what=kotokoulutus@1/end&kind=paper&language=fi", "Choose one of what is offered."),
        (f"what={END}&kind=paper&language=xx", "Choose one of what is offered."),
        (f"what={END}&kind=poster&language=fi", "Choose one of what is offered."),
        ("", "Fill this in."),
    ],
)
def test_what_cannot_be_printed_is_asked_for_again(planner: Visitor, query: str, sentence: str) -> None:
    """The choice comes back with what is wrong."""
    answer = planner.get(f"keying/paper?service=tyohonvalmennus&{query}")
    assert answer.status_code == 422 and sentence in text_of(answer)


def test_papers_of_no_service_lead_back(planner: Visitor) -> None:
    """To where a service is chosen."""
    for path in ("keying/papers", "keying/paper?service=x"):
        assert path_of(planner.get(path)) == "/en/keying"


def _answered(desk: Desk, one: Invited, store: SQLiteStore, clock: Clock) -> Accepted:
    """What the person answered on their own phone."""
    form = fields(desk.bundle.library, one.code, wave="end", wb1="4")
    done = receive(lists(form), bundle=desk.bundle, store=store, keys=desk.keys, moment=clock(), random=desk.random)
    assert isinstance(done, Accepted)
    return done
