"""Open answers at the desk: who reads them, one after another, and that nothing unread is released."""

from __future__ import annotations

import html
import random
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pyrage
import pytest
import werkzeug.test

from collector import audit, correcting, inviting, participations
from collector.desk import words as desk_words
from collector.desk.people import Person
from collector.desk.visit import Desk
from collector.erasing import Eraser
from collector.sealing import sealed
from collector.settings import Keys
from collector.stores import open_store
from collector.stores.sqlite import SQLiteStore
from collector.words import every_released
from survey import codes, records
from survey.answers import Judged
from survey.model import Library
from survey.records import Submission
from survey.staff import Role
from tests.collector.desk.conftest import PEOPLE, Visit, Visitor, path_of, text_of
from tests.conftest import NOON, Clock

TODAY = datetime(2026, 12, 5, 10, 0, tzinfo=UTC)
"""The group uv-1 ended on 28 October, so its time to answer on 27 November."""
PLAIN, NAMED, CODE = (
    "Ryhmä oli hyvä.",
    "Opettaja Kaisa auttoi, numero 040 123 4567.\nMasennukseni helpotti.",
    "Hetu 131052-308T",
)
TEXTS = (PLAIN, NAMED, "<b>kahvi</b> & pulla", "Hyvä tila", CODE)
SUGGESTED = "Opettaja […] auttoi, numero […].\nMasennukseni helpotti."
ROLE = "laatuvastaava"


@pytest.fixture(autouse=True)
def written(library: Library, store: SQLiteStore, keys: Keys, clock: Clock) -> dict[str, Submission]:
    """What five clients of a group wrote, one who still can answer, and one alone."""
    clock.now = TODAY
    chance = random.Random(5).randbytes
    found = {}
    for service, group, wrote in (
        ("uravalmennus", "uv-1", TEXTS), ("uravalmennus", "uv-2", ["Auki"]), ("tyohonvalmennus", None, ["Yksin"])
    ):  # fmt: skip
        start = None if group else date(2026, 7, 1)
        plan = inviting.plan(library, service=service, group=group, start=start, end=None, today=date(2026, 9, 1))
        invited = inviting.invite(store, keys, [plan] * len(wrote), moment=NOON, random=chance)
        for text, one in zip(wrote, invited, strict=True):
            submission = Submission(
                id=codes.new_id(chance), participation=one.participation.id, service=service,
                instrument="palvelupalaute", version=1, meaning="", wave="end", language="fi", channel="own_device",
                helper="none", received="2026-11-02T10:00:00.000Z", answers={"best": text},
            )  # fmt: skip
            key = records.submission_key(submission.owner, submission.instrument, submission.wave, 1)
            assert store.create(key, records.encode(submission))
            receipt = records.receipt_key(keys.receipt_hash(keys.receipt(submission.id)))
            assert store.create(receipt, records.encode_link(submission=key, id=submission.id))
            found[text] = submission
    return found


@pytest.fixture
def reader(visitor: Visit) -> Visitor:
    return visitor("reader")


@pytest.fixture
def alone(visitor: Visit, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody at a machine of their own, who says in which role they read."""
    roles: frozenset[Role] = frozenset({"planner", "analyst", "officer"})
    monkeypatch.setitem(PEOPLE, "alone", Person(login="alone", roles=roles, chooses_role=True))
    return visitor("alone")


Page = werkzeug.test.TestResponse


def first(here: Visitor, path: str = "words") -> Page:
    """The first text, as the button of the first page leads to it."""
    return here.get(link(here.get(path), "words/read"))


def link(page: Page, to: str) -> str:
    """Where a link of the page itself leads whose address begins so."""
    found = re.search(rf'href="(/en/{to}[^"]*)"', page.text.partition("<main")[2])
    assert found, page.text
    return html.unescape(found[1])


def shown(page: Page) -> str:
    """The text on a page, without its marks."""
    found = re.search(r"<blockquote[^>]*autofocus>(.*?)</blockquote>", page.text, re.DOTALL)
    assert found, text_of(page)
    return html.unescape(re.sub("<[^>]+>", "", found[1]))


def fields(page: Page) -> dict[str, str]:
    """The hidden fields of the form of a text, and the text as it can be edited."""
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text))
    hidden.pop("_token")
    area = re.search(r'<textarea id="f-text"[^>]*>(.*?)</textarea>', page.text, re.DOTALL)
    assert area
    return {"text": html.unescape(area[1]), **hidden}


def until(here: Visitor, text: str, path: str = "words") -> Page:
    """The page of one text, with those before it left for later."""
    page = first(here, path)
    while shown(page) != text:
        page = here.get(link(page, r"words/read[^\"]*at=\d+"))
    return page


def decide(here: Visitor, page: Page, decision: str, **changed: str) -> Page:
    return here.post("words/decide", **{**fields(page), "decision": decision, **changed})


def texts(store: SQLiteStore) -> list[str]:
    return sorted(str(one.text) for one in every_released(store))


# --- who may --------------------------------------------------------------------------------------


def test_nobody_else_gets_a_text(visitor: Visit, reader: Visitor, store: SQLiteStore) -> None:
    """By no page and with no message, also not with the fields of one who may."""
    page = until(reader, PLAIN)
    address, form = link(page, r"words/read[^\"]*at=\d+"), fields(page)
    before = list(store.scan("words/"))
    for who in ("planner", "provider", "other", "analyst", "officer", "nobody"):
        here = visitor(who)
        for answer in (
            here.get("words"), here.get(address), here.get("words/released"),
            here.post("words/decide", **form, decision="release"), here.post("words/back", id=form["id"]),
        ):  # fmt: skip
            assert answer.status_code == 403
            assert not any(html.escape(text) in answer.text or text in answer.text for text in TEXTS)
    assert list(store.scan("words/")) == before


def test_a_list_is_for_who_looked_it_up(visitor: Visit, reader: Visitor, alone: Visitor) -> None:
    """Its address opens nothing for another reader."""
    address = link(reader.get("words"), "words/read")
    answer = alone.get(f"{address}&role={ROLE}")
    assert path_of(answer) == "/en/words"


def test_who_is_alone_says_the_role_first(alone: Visitor, store: SQLiteStore) -> None:
    """A person's name is refused; the role goes along, and stands with the decision."""
    asked = alone.get("words")
    assert "In which role do you read them?" in text_of(asked) and "Texts that wait" not in text_of(asked)
    refused = alone.get("words?role=Kaisa")
    assert refused.status_code == 422 and 'value="Kaisa"' in refused.text
    assert (
        "&#39;Kaisa&#39; names no role. Write the role that the area has named for this in small letters, like "
        "&#39;quality lead&#39;, and never a person&#39;s name." in text_of(refused)
    )
    page = until(alone, PLAIN, "words?role=laatuvastaava")
    assert fields(page)["role"] == ROLE
    assert path_of(decide(alone, page, "release", role="")) == "/en/words"
    assert texts(store) == []
    assert decide(alone, page, "release").status_code == 303
    assert [(one.text, one.role) for one in every_released(store)] == [(PLAIN, ROLE)]
    for path in ("words/read", "words/released"):
        assert path_of(alone.get(path)) == "/en/words"


def test_the_role_of_others_is_the_areas(reader: Visitor, store: SQLiteStore) -> None:
    """Whatever a browser is made to send."""
    assert "You read in the role: laatuvastaava." in text_of(reader.get("words?role=pomo"))
    decide(reader, until(reader, PLAIN), "release", role="pomo")
    assert [one.role for one in every_released(store)] == [ROLE]


# --- how many wait ----------------------------------------------------------------------------------


def test_how_many_wait(reader: Visitor) -> None:
    """As the command counts; no text."""
    page = reader.get("words")
    assert "Texts that wait to be read: 5." in text_of(page)
    assert "Job-search and career coaching Feedback on the service At the end of the service 5" in text_of(page)
    assert (
        "Of groups that can still answer 1 To questions that fewer than 5 people wrote to 1 Released 0 Withheld 0"
        in text_of(page)
    )
    assert not any(html.escape(text) in page.text for text in TEXTS)


def test_nothing_waits(reader: Visitor, clock: Clock) -> None:
    """It is said when a text waits."""
    clock.now = NOON
    assert (
        "No text waits to be read. A text waits from the day after the time to answer of its group was over, where 5 "
        "people or more wrote to the question." in text_of(reader.get("words"))
    )


def test_many_answers_are_work_of_their_own(reader: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page does not wait; the list that was found is read from, and counts what is left of it."""
    monkeypatch.setattr(desk_words, "AT_ONCE", 3)
    begun = reader.get("words")
    assert begun.status_code == 303 and path_of(begun).startswith("/en/under-way/")
    desk.jobs.end()
    done = reader.get(begun.headers["Location"])
    listed = done.headers["Location"]
    assert "Texts that wait to be read: 5." in text_of(reader.get(listed))
    decide(reader, first(reader, listed), "withhold")
    assert "Texts that wait to be read: 4." in text_of(reader.get(listed))


# --- one after another ------------------------------------------------------------------------------


def test_a_text_with_what_is_suggested(reader: Visitor, store: SQLiteStore) -> None:
    """Where it comes from, the passages marked, why each, how it would read; and the log, without what it says."""
    page = until(reader, NAMED)
    assert re.search(r"Text \d of 5", text_of(page))
    assert (
        "Service Job-search and career coaching Questionnaire Feedback on the service · At the end of the service "
        "Language Suomi Question What was good about the service?" in text_of(page)
    )
    assert (
        'Opettaja <mark class="out">Kaisa</mark> auttoi, numero <mark class="out">040 123 4567</mark>.\n'
        '<mark class="warned">Masennukseni</mark> helpotti.' in page.text
    )
    for note in (
        "Kaisa : It may be the name of somebody on the staff.",
        "040 123 4567 : It looks like a phone number.",
        "Masennukseni : It may tell of somebody&#39;s health. It is not taken out: decide yourself.",
        f"With the suggestions taken out it would read {SUGGESTED}".replace("\n", " "),
    ):
        assert note in text_of(page)
    assert fields(page)["text"] == SUGGESTED
    opened = [one for one in audit.entries(store) if one.action == "read words"]
    assert (opened[-1].actor, opened[-1].about) == ("reader", "uravalmennus")
    assert {"questionnaire": "palvelupalaute", "wave": "end", "question": "best", "role": ROLE}.items() <= dict(
        opened[-1].details
    ).items()
    assert not any("Kaisa" in repr(one) or fields(page)["id"][:8] in repr(one) for one in audit.entries(store))


def test_what_somebody_wrote_is_never_a_page(reader: Visitor) -> None:
    """Marks of HTML are shown as they were typed."""
    page = until(reader, "<b>kahvi</b> & pulla")
    assert "&lt;b&gt;kahvi&lt;/b&gt; &amp; pulla" in page.text and "<b>kahvi" not in page.text
    assert "Software suggests nothing to take out. It misses some: read every word." in text_of(page)
    assert "Release with the suggestions" not in text_of(page)


def test_each_choice_does_what_it_says(reader: Visitor, store: SQLiteStore) -> None:
    """One after another to the end of the list; then what became of them is counted."""
    choices = {
        PLAIN: ("release", "Released as it is."), NAMED: ("suggested", "Released with the suggestions taken out."),
        "<b>kahvi</b> & pulla": ("edited", "Released as you edited it."),
        "Hyvä tila": ("withhold", "Withheld. Nobody else reads it."), CODE: ("withhold", "Withheld. Nobody else reads it."),
    }  # fmt: skip
    page = first(reader)
    for number in range(1, 6):
        assert f"Text {number} of 5" in text_of(page)
        decision, told = choices[shown(page)]
        changed = {"text": "Kahvi\r\n "} if decision == "edited" else {}
        done = decide(reader, page, decision, **changed)
        assert done.status_code == 303, text_of(done)
        page = reader.get(done.headers["Location"])
        if number < 5:
            assert told in text_of(page)
    assert path_of(page) == "/en/words"
    end = text_of(reader.get(page.headers["Location"]))
    assert "That was the last one of the list." in end and "No text waits to be read." in end
    assert "Released 3 Withheld 2" in end
    assert texts(store) == ["Kahvi", SUGGESTED, PLAIN]
    decided = [one for one in audit.entries(store) if one.action in ("release words", "withhold words")]
    assert [(one.actor, one.about, one.details["role"]) for one in decided] == [("reader", "uravalmennus", ROLE)] * 5


def test_later_and_stopping_decide_nothing(reader: Visitor, store: SQLiteStore) -> None:
    """What is left waits."""
    page = first(reader)
    for _number in range(4):
        page = reader.get(link(page, r"words/read[^\"]*at=\d+"))
    assert path_of(reader.get(link(page, r"words/read[^\"]*at=6"))) == "/en/words"
    assert "Texts that wait to be read: 5." in text_of(reader.get(link(page, r"words\?")))
    assert list(store.scan("words/")) == []


def test_a_button_pressed_twice(reader: Visitor, store: SQLiteStore) -> None:
    """The second time nothing new is stored, and it goes on."""
    page = until(reader, PLAIN)
    assert [decide(reader, page, "release").status_code for _time in range(2)] == [303, 303]
    assert len(list(store.scan("words/"))) == 1


def test_what_is_edited_is_looked_at_again(reader: Visitor, store: SQLiteStore) -> None:
    """A name that was left in comes back with the text as it was typed; a tick lets these stay, and no others."""
    page = until(reader, NAMED)
    back = decide(reader, page, "edited", text="Kiitos Kaisa & muut")
    assert back.status_code == 422 and fields(back)["text"] == "Kiitos Kaisa & muut"
    assert (
        "Something that may tell who wrote it is still in the text. Take it out, or tick that it may stay."
        in text_of(back)
    )
    assert "Still in it: Kaisa : It may be the name of a person, a place or a workplace." in text_of(back)
    tick = re.search(r'name="anyway" value="(\w+)"', back.text)
    assert tick
    again = decide(reader, back, "edited", text="Kiitos Kaisa, Maija & muut", anyway=tick[1])
    assert again.status_code == 422 and "Maija :" in text_of(again)
    assert texts(store) == []
    assert decide(reader, back, "edited", anyway=tick[1]).status_code == 303
    assert texts(store) == ["Kiitos Kaisa & muut"]


@pytest.mark.parametrize(
    ("text", "decision", "given", "sentence"),
    [
        (CODE, "release", "", "A personal identity code stands in the text. Take it out: it is not released."),
        (PLAIN, "edited", "Olen 131052\u200b-308T",
         "A personal identity code stands in the text. Take it out: it is not released."),
        (PLAIN, "edited", " \n", "Nothing is left of the text. Withhold it instead."),
        (PLAIN, "edited", "a" * 20_001, "The text has 20001 letters, and 20000 are kept. Shorten it."),
        (PLAIN, "", "", "Fill this in."),
        (PLAIN, "publish", "", "Choose one of what is offered."),
    ],
)  # fmt: skip
def test_what_is_not_released(
    reader: Visitor, store: SQLiteStore, text: str, decision: str, given: str, sentence: str
) -> None:
    """The sentence stands above and at its place; what was typed is kept, and nothing is stored."""
    refused = decide(reader, until(reader, text), decision, text=given)
    assert refused.status_code == 422 and text_of(refused).count(sentence) == 2
    assert html.unescape(refused.text).count(given.strip() or "<textarea") >= 1
    assert list(store.scan("words/")) == []


# --- what happens meanwhile -------------------------------------------------------------------------

MEANWHILE = "Nothing was stored The text was {} meanwhile. Nothing was stored: look at the list again. Go on"


def corrected(store: SQLiteStore, keys: Keys, one: Submission, text: str) -> None:
    judged = Judged(answers={"best": text}, absent={}, problems=())
    assert correcting.correct(one, judged, keys.receipt(one.id), store=store, keys=keys, moment=TODAY) is not None


def test_a_text_corrected_meanwhile_is_not_released_unread(
    reader: Visitor, store: SQLiteStore, keys: Keys, written: dict[str, Submission]
) -> None:
    """Neither the old one nor the new; the way leads on, and the new one waits in the next list."""
    page = until(reader, PLAIN)
    corrected(store, keys, written[PLAIN], "Ihan toinen juttu")
    refused = decide(reader, page, "release")
    assert (refused.status_code, text_of(refused)) == (409, MEANWHILE.format("corrected or erased"))
    assert texts(store) == [] and list(store.scan("words/")) == []
    ahead = reader.get(link(refused, "words/read"))
    assert ahead.status_code == 303 or shown(ahead) not in (PLAIN, "Ihan toinen juttu")
    assert decide(reader, until(reader, "Ihan toinen juttu"), "release").status_code == 303
    assert texts(store) == ["Ihan toinen juttu"]


def test_a_text_corrected_before_it_is_opened_is_passed_over(
    reader: Visitor, store: SQLiteStore, keys: Keys, written: dict[str, Submission]
) -> None:
    """The list was looked up before: what stands in it no more is not shown."""
    address = link(reader.get("words"), "words/read")
    for text in TEXTS[:4]:
        corrected(store, keys, written[text], f"{text} Lisäys.")
    assert shown(reader.get(address)) == CODE


def test_a_digest_that_was_made_up(reader: Visitor, store: SQLiteStore) -> None:
    """Only what stood on the page is decided on."""
    page = until(reader, PLAIN)
    refused = decide(reader, page, "release", digest="0" * 64)
    assert (refused.status_code, text_of(refused)) == (409, MEANWHILE.format("corrected or erased"))
    assert list(store.scan("words/")) == []


def test_a_text_that_another_decided_on(reader: Visitor, alone: Visitor, store: SQLiteStore) -> None:
    """The first decision stands, and the second reader is told."""
    page, other = until(reader, PLAIN), until(alone, PLAIN, f"words?role={ROLE}")
    decide(alone, other, "withhold")
    refused = decide(reader, page, "release")
    assert (refused.status_code, text_of(refused)) == (409, MEANWHILE.format("decided on by somebody else"))
    assert texts(store) == []


def test_a_text_erased_meanwhile(
    reader: Visitor, store: SQLiteStore, keys: Keys, written: dict[str, Submission], tmp_path: Path
) -> None:
    """Nothing of it is stored, shown or left."""
    page = until(reader, PLAIN)
    second = open_store(f"folder:{tmp_path / 'second'}")
    one = participations.read(store, written[PLAIN].participation or "")
    assert one is not None
    Eraser(store=store, second=second, keys=keys, moment=TODAY).participation(one)
    refused = decide(reader, page, "release")
    assert (refused.status_code, text_of(refused)) == (409, MEANWHILE.format("corrected or erased"))
    assert PLAIN not in refused.text and list(store.scan("words/")) == []
    second.close()


def test_a_list_that_is_long_past(
    reader: Visitor, store: SQLiteStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few answers: the decision is stored all the same. Many: it is said, and nothing is stored."""
    page, other = until(reader, PLAIN), until(reader, "Hyvä tila")
    clock.advance(hours=2)
    assert path_of(reader.get(link(page, r"words/read[^\"]*at=\d+"))) == "/en/words"
    assert decide(reader, page, "release").status_code == 303
    assert texts(store) == [PLAIN]
    monkeypatch.setattr(desk_words, "AT_ONCE", 3)
    refused = decide(reader, other, "release")
    assert (refused.status_code, text_of(refused)) == (
        409,
        "Nothing was stored The list was too old to go on with. Nothing was stored: begin from the list again. Go on",
    )
    assert texts(store) == [PLAIN]


def test_a_list_lasts_while_somebody_goes_on(reader: Visitor, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour for each text, and the list is still there at the last."""
    address = link(reader.get("words"), "words/read")
    monkeypatch.setattr(desk_words, "AT_ONCE", 3)
    page = reader.get(address)
    for _number in range(4):
        clock.advance(minutes=30)
        page = reader.get(decide(reader, page, "withhold").headers["Location"])
    assert "Text 5 of 5" in text_of(page)


def test_sealed_answers(reader: Visitor, store: SQLiteStore, written: dict[str, Submission]) -> None:
    """Whoever has no key is told where they are read."""
    identity = pyrage.x25519.Identity.generate()
    for one in written.values():
        key = records.submission_key(one.owner, one.instrument, one.wave, 1)
        store.remove(key)
        assert store.create(key, records.encode(sealed(one, [identity.to_public()], frozenset(["best"]))))
    page = reader.get("words")
    assert (page.status_code, text_of(page)) == (
        409,
        "Answers are sealed Only the holder of a key can read them. Open the store where a key is (mittari unseal), and "
        "begin the desk there. Go on",
    )


# --- what is released -------------------------------------------------------------------------------


@pytest.fixture
def some(reader: Visitor) -> None:
    for text, decision in ((PLAIN, "release"), (NAMED, "suggested"), ("Hyvä tila", "release")):
        assert decide(reader, until(reader, text), decision).status_code == 303


def test_what_is_released_can_be_looked_through(reader: Visitor, some: None, store: SQLiteStore) -> None:
    """All of it, or what has some words in it; the looking is in the log."""
    page = text_of(reader.get("words/released"))
    assert "Texts: 3. Shown: 1–3." in page and SUGGESTED.replace("\n", " ") in page and "Kaisa" not in page
    assert (
        "Job-search and career coaching · Feedback on the service · At the end of the service · What was good" in page
    )
    part = text_of(reader.get("words/released?text=HYVÄ+t"))
    assert "Texts: 1. Shown: 1–1." in part and "Hyvä tila" in part and PLAIN not in part
    assert "No released text has these words." in text_of(reader.get("words/released?text=zzz"))
    looked = [one for one in audit.entries(store) if one.action == "read released words"]
    assert sorted(one.details["count"] for one in looked) == [0, 1, 3]
    assert all("HYVÄ" not in repr(one) for one in looked)


def test_nothing_released(reader: Visitor) -> None:
    """It is said what to do."""
    page = text_of(reader.get("words/released"))
    assert "Nothing is released yet. Read what waits, and release what others may read. Go to what waits" in page


def test_many_released_texts_are_shown_in_parts(reader: Visitor, some: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """With links to the others."""
    monkeypatch.setattr(desk_words, "SHOWN", 2)
    page = reader.get("words/released")
    assert "Texts: 3. Shown: 1–2." in text_of(page)
    rest = reader.get(link(page, r"words/released\?first=3"))
    assert "Texts: 3. Shown: 3–3." in text_of(rest)


def test_a_release_is_taken_back(reader: Visitor, some: None, store: SQLiteStore) -> None:
    """It is gone from the list; once more there is nothing to take back."""
    page = reader.get("words/released?text=tila")
    assert "It does not come back into the queue." in text_of(page)
    (id,) = re.findall(r'name="id" value="([^"]+)"', page.text)
    done = text_of(reader.done("words/back", id=id))
    assert (
        "Taken back. It stands in no export or report from now on; those that were made before still have it." in done
    )
    assert texts(store) == [SUGGESTED, PLAIN] and "Hyvä tila" not in done
    again = reader.post("words/back", id=id)
    assert again.status_code == 422
    assert f"No text &#39;{id}&#39; is released. Look at the list of what is released." in text_of(again)
