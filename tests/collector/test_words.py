"""Open answers: which wait, who decides, and that nothing of one is left where it was erased, corrected or is too old."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pyrage
import pytest

from collector import audit, correcting, erasing, inviting, participations, purging, words
from collector.audit import Log
from collector.backups import back_up, restore
from collector.erasing import Eraser
from collector.opening import opened
from collector.participations import InviteError
from collector.sealing import OpenedStore, sealed, to_open
from collector.settings import Keys
from collector.stores import Around, Store, StoreTrouble, open_store
from collector.stores.sqlite import SQLiteStore
from collector.words import (
    Queue,
    Waiting,
    every_released,
    fit,
    named_role,
    open_questions,
    queue,
    release,
    take_back,
    withhold,
)
from survey import codes, records, redaction
from survey.answers import Judged, in_words
from survey.model import Item, Library, Option, OwnRetention, Retention, Section
from survey.records import Released, SealedRecord, Submission, UnreadableRecord
from tests.conftest import NOON

TODAY = date(2026, 11, 28)
"""The group uv-1 ended on 28 October, so its time to answer on 27 November."""
CAME = "2026-11-02T10:00:00.000Z"
TEXTS = ("Ryhmä oli hyvä.", "Ohjaaja Kaisa auttoi.", "Kahvi", "Sain CV:n kuntoon.", "Hyvä tila")
ROLE = "laatukoordinaattori"
MOMENT = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)
Write = Callable[..., list[Submission]]


@pytest.fixture
def log(store: SQLiteStore) -> Log:
    return Log(store=store, actor="planner", random=random.Random(2).randbytes)


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Stores what people of a service wrote: each text is another participation's."""

    store: Store
    library: Library
    keys: Keys
    chance: random.Random

    def __call__(
        self,
        texts: Sequence[str],
        *,
        service: str = "uravalmennus",
        group: str | None = "uv-1",
        start: date | None = None,
        item: str = "best",
        person: str | None = None,
        came: str = CAME,
    ) -> list[Submission]:
        plan = inviting.plan(self.library, service=service, group=group, start=start, end=None, today=date(2026, 9, 1))
        plan = replace(plan, person=person)
        invited = inviting.invite(self.store, self.keys, [plan] * len(texts), moment=NOON, random=self.chance.randbytes)
        return [
            self.stored(text, item=item, came=came, participation=one.participation.id, service=service)
            for text, one in zip(texts, invited, strict=True)
        ]

    def stored(self, text: str, *, item: str, came: str, participation: str | None, service: str) -> Submission:
        submission = Submission(
            id=codes.new_id(self.chance.randbytes), participation=participation, service=service,
            instrument="palvelupalaute", version=1, meaning="", wave="end", language="fi", channel="own_device",
            helper="none", received=came, answers={item: text, "overall": 4},
        )  # fmt: skip
        submission = replace(submission, digest=records.digest(submission, self.keys.digest_key))
        key = records.submission_key(submission.owner, "palvelupalaute", "end", 1)
        assert self.store.create(key, records.encode(submission))
        receipt = self.keys.receipt(submission.id)
        self.store.create(
            records.receipt_key(self.keys.receipt_hash(receipt)), records.encode_link(submission=key, id=submission.id)
        )
        return submission


@pytest.fixture
def write(store: SQLiteStore, library: Library, keys: Keys) -> Writing:
    return Writing(store=store, library=library, keys=keys, chance=random.Random(5))


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Store]:
    place = open_store(f"folder:{tmp_path / 'erasures'}")
    yield place
    place.close()


def looked(store: Store, library: Library, day: date = TODAY) -> Queue:
    return queue(store, library, keys=list(store.scan("submission/")), today=day)


def first(store: Store, library: Library, text: str = "Kahvi") -> Waiting:
    return next(one for one in looked(store, library).waiting if one.text == text)


def texts(found: Queue) -> set[str]:
    return {one.text for one in found.waiting}


def held(store: Store) -> list[str]:
    return list(store.scan("words/"))


# --- what waits -----------------------------------------------------------------------------------


def test_a_text_waits_from_the_day_after_its_group_has_closed(
    write: Writing, store: SQLiteStore, library: Library
) -> None:
    """On the last day somebody could still answer; on the next all of the group may be read."""
    write(TEXTS)
    assert looked(store, library, date(2026, 11, 27)) == Queue(
        waiting=(), not_closed=5, too_few=0, released=0, withheld=0
    )
    found = looked(store, library)
    assert texts(found) == set(TEXTS)
    assert (found.not_closed, found.too_few) == (0, 0)
    one = found.waiting[0]
    assert (one.service, one.instrument, one.version, one.wave, one.item, one.language) == (
        "uravalmennus", "palvelupalaute", 1, "end", "best", "fi"
    )  # fmt: skip


def test_a_group_waits_for_whoever_ends_later(write: Writing, store: SQLiteStore, library: Library) -> None:
    """One of the group has a later end: nobody of it is read before; one who was revoked holds nobody up."""
    first_of = write(TEXTS)[0]
    one = participations.read(store, first_of.participation or "")
    assert one is not None
    later = participations.dated(store, one, start=None, end=date(2026, 11, 30), group=None)
    assert looked(store, library, date(2026, 12, 30)).not_closed == 5
    assert len(looked(store, library, date(2026, 12, 31)).waiting) == 5
    participations.revoked(store, later, moment=NOON)
    assert len(looked(store, library).waiting) == 5


def test_without_a_group_a_month_must_be_over(write: Writing, store: SQLiteStore, library: Library) -> None:
    """By the end of the month in which the time to answer ends; without a code, of the month in which it came."""
    write(TEXTS, service="tyohonvalmennus", group=None, start=date(2026, 8, 1))
    assert looked(store, library, date(2026, 11, 30)).not_closed == 5
    assert len(looked(store, library, date(2026, 12, 1)).waiting) == 5
    # In Finland it was December already.
    late = "2026-11-30T22:30:00.000Z"
    write.stored("Avoin", item="best", came=late, participation=None, service="tyohonvalmennus")
    assert looked(store, library, date(2026, 12, 31)).not_closed == 1
    assert "Avoin" in texts(looked(store, library, date(2027, 1, 1)))


def test_fewer_than_five_people_are_not_read(write: Writing, store: SQLiteStore, library: Library) -> None:
    """Of one question; those of groups that can still answer do not count; a person who took part twice is one."""
    write(TEXTS[:4])
    assert (looked(store, library).waiting, looked(store, library).too_few) == ((), 4)
    write(["Muuta"], item="change_wish")
    write(["Vielä auki"], group="uv-2")
    assert (looked(store, library).too_few, looked(store, library).not_closed) == (5, 1)
    write(["Toinen", "Toinen kerta"], person="h_" + "0" * 26)
    assert len(looked(store, library).waiting) == 6
    write(["Sama"], person="h_" + "0" * 26, item="change_wish")
    write(["a", "b", "c"], item="change_wish")
    assert len(looked(store, library).waiting) == 11


def test_four_and_one_person_twice_are_four(write: Writing, store: SQLiteStore, library: Library) -> None:
    """Two texts of one person and three of others stay unread."""
    write(["Minä", "Taas minä"], person="h_" + "0" * 26)
    write(TEXTS[:3])
    assert looked(store, library).too_few == 5


def test_the_order_tells_nothing(write: Writing, store: SQLiteStore, library: Library) -> None:
    """Neither that of coming nor that of participations, and the same on every look."""
    written = write([f"Teksti {n}" for n in range(12)])
    found = [one.submission for one in looked(store, library).waiting]
    assert found == [one.submission for one in looked(store, library).waiting]
    assert found not in ([one.id for one in written], sorted(one.id for one in written))
    owners = [one.place.owner for one in looked(store, library).waiting]
    assert owners != sorted(owners)


def test_only_what_may_be_quoted_is_asked_for(library: Library) -> None:
    """Texts and words beside an option; no contact details, nothing sensitive, nothing that coaches write."""
    feedback = library.instruments["palvelupalaute@1"]
    assert open_questions(feedback) == ("best", "change_wish")

    def item(id: str, type: str, **more: object) -> Item:
        return Item(id=id, type=type, text={"fi": id}, **more)  # type: ignore[arg-type]

    other = (Option(value="a", label={"fi": "A"}), Option(value="muu", label={"fi": "Muu"}, other=True))
    every = (
        item("words", "text"), item("long", "long_text"), item("mail", "email"), item("tel", "phone"),
        item("ill", "long_text", sensitive=True), item("why", "single", options=other),
        item("whose", "single", options=other, sensitive=True), item("n", "integer"),
    )  # fmt: skip
    whole = replace(feedback, sections=(Section(items=every),))
    assert open_questions(whole) == ("words", "long", "why.other_text")
    assert set(open_questions(whole)) < in_words(whole)
    assert open_questions(replace(whole, respondent="employer")) == open_questions(whole)
    assert open_questions(replace(whole, respondent="coach")) == ()


def test_sealed_answers_say_where_they_can_be_read(write: Writing, store: SQLiteStore, library: Library) -> None:
    """Whoever has no key is told; with one the same texts wait, and decisions stand in the sealed store."""
    identity = pyrage.x25519.Identity.generate()
    for one in write(TEXTS):
        key = records.submission_key(one.owner, "palvelupalaute", "end", 1)
        store.remove(key)
        store.create(key, records.encode(sealed(one, [identity.to_public()], frozenset(["best"]))))
    with pytest.raises(SealedRecord) as error:
        looked(store, library)
    assert str(error.value) == "The answers are sealed. Open the store where a key is: mittari unseal"
    readable = OpenedStore(store, [identity])
    read = next(each for each in looked(readable, library).waiting if each.text == "Kahvi")
    log = Log(store=store, actor="planner", random=random.Random(2).randbytes)
    release(store, read, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert [each.text for each in every_released(readable)] == ["Kahvi"]
    assert looked(readable, library).released == 1
    assert held(store)[0] in to_open(store)


# --- deciding -------------------------------------------------------------------------------------


def test_what_is_released_is_kept_as_it_was_decided(
    write: Writing, store: SQLiteStore, library: Library, log: Log
) -> None:
    """Under the submission and the item, with the digest of what was read and the role, and nowhere who it was."""
    write(TEXTS)
    one = first(store, library, "Ohjaaja Kaisa auttoi.")
    kept = release(store, one, "Ohjaaja […] auttoi.\r\n", role=" laatukoordinaattori ", moment=MOMENT, log=log)
    assert kept == Released(
        submission=one.submission, item="best", n=1, digest=one.digest, owner=one.place.owner, service="uravalmennus",
        instrument="palvelupalaute", wave="end", text="Ohjaaja […] auttoi.", role=ROLE, moment="2026-11-28T08:00:00.000Z",
    )  # fmt: skip
    body = store.read(f"words/{one.submission}/best/0001")
    assert body == records.encode(kept) and "Kaisa" not in body.decode()
    assert list(every_released(store)) == [kept]
    found = looked(store, library)
    assert (one.text not in texts(found), len(found.waiting), found.released) == (True, 4, 1)


def test_what_is_withheld_leaves_no_text(write: Writing, store: SQLiteStore, library: Library, log: Log) -> None:
    """It waits no longer, and is nowhere shown."""
    write(TEXTS)
    one = first(store, library)
    assert withhold(store, one, role=ROLE, moment=MOMENT, log=log).text is None
    assert list(every_released(store)) == []
    found = looked(store, library)
    assert (len(found.waiting), found.withheld, found.released) == (4, 1, 0)
    assert b"Kahvi" not in (store.read(held(store)[0]) or b"")


def test_decisions_are_logged_without_what_was_written(
    write: Writing, store: SQLiteStore, library: Library, log: Log
) -> None:
    """Who, what, of which service and question, in which role; not whose text it was."""
    write(TEXTS)
    one = first(store, library)
    release(store, one, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    take_back(store, one.id, role="tietosuojavastaava", moment=MOMENT, log=log)
    logged = sorted(audit.entries(store), key=lambda each: each.action)
    about = {"questionnaire": "palvelupalaute", "wave": "end", "question": "best"}
    assert [(each.actor, each.action, each.about, dict(each.details)) for each in logged] == [
        ("planner", "release words", "uravalmennus", {**about, "role": ROLE}),
        ("planner", "withhold words", "uravalmennus", {**about, "role": "tietosuojavastaava"}),
    ]
    assert not any("Kahvi" in repr(each) or one.submission in repr(each) for each in logged)


def test_the_same_once_more_is_nothing_new(write: Writing, store: SQLiteStore, library: Library, log: Log) -> None:
    """A button pressed twice; but another decision on what was decided is refused."""
    write(TEXTS)
    one = first(store, library)
    kept = release(store, one, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert release(store, one, "Kahvi", role=ROLE, moment=NOON, log=log) == kept
    with pytest.raises(InviteError) as error:
        withhold(store, one, role=ROLE, moment=MOMENT, log=log)
    assert str(error.value) == (
        "The text was decided on by somebody else meanwhile. Nothing was stored: look at the list again."
    )
    assert len(held(store)) == len(list(store.scan("audit/"))) == 1


def test_a_release_is_taken_back(write: Writing, store: SQLiteStore, library: Library, log: Log) -> None:
    """The text is gone from the store too; what is not released cannot be taken back."""
    write(TEXTS)
    one = first(store, library)
    release(store, one, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    take_back(store, one.id, role=ROLE, moment=MOMENT, log=log)
    assert list(every_released(store)) == [] and held(store) == [f"words/{one.id}/0002"]
    assert b"Kahvi" not in (store.read(held(store)[0]) or b"")
    for id in (one.id, "nonsense", "a/b/c", ""):
        with pytest.raises(InviteError) as error:
            take_back(store, id, role=ROLE, moment=MOMENT, log=log)
        assert str(error.value) == f"No text '{id}' is released. Look at the list of what is released."


def test_what_was_read_still_waits_or_not(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """As long as it stands as it was read and nobody has decided on it; what others decided on others does not count."""
    by_text = {str(each.answers["best"]): each for each in write(TEXTS)}
    read = {text: first(store, library, text) for text in TEXTS}
    assert all(words.still_waits(store, one) for one in read.values())
    withhold(store, read["Kahvi"], role=ROLE, moment=MOMENT, log=log)
    corrected(store, keys, by_text["Hyvä tila"], "Toinen")
    assert [text for text in TEXTS if not words.still_waits(store, read[text])] == ["Kahvi", "Hyvä tila"]
    corrected(store, keys, replace(by_text["Kahvi"], language="sv"), "Kahvi")
    assert not words.still_waits(store, read["Kahvi"])


def test_what_others_read_by_each_choice(write: Writing, store: SQLiteStore, library: Library) -> None:
    """The text as it is, as it is suggested, as it was edited, or nothing."""
    write(TEXTS)
    one, known = first(store, library, "Ohjaaja Kaisa auttoi."), redaction.known(library)
    made = {choice: words.chosen(one, choice, edited=" Auttoi. ", known=known) for choice in words.CHOICES}
    assert made == {
        "release": "Ohjaaja Kaisa auttoi.", "suggested": "Ohjaaja […] auttoi.", "edited": "Auttoi.", "withhold": None
    }  # fmt: skip


def test_two_at_once_decide_once(write: Writing, store: SQLiteStore, library: Library, log: Log) -> None:
    """Who comes second is told, and the first decision stands."""
    write(TEXTS)
    one = first(store, library)

    class Busy(Around):
        """Somebody else withholds it just before."""

        def create(self, key: str, body: bytes) -> bool:
            if key.startswith("words/"):
                withhold(store, one, role=ROLE, moment=MOMENT, log=log)
            return super().create(key, body)

    with pytest.raises(InviteError, match="decided on by somebody else"):
        release(Busy(store), one, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert list(every_released(store)) == [] and len(held(store)) == 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n\u200b", "Nothing is left of the text. Withhold it instead."),
        ("a" * 20_001, "The text has 20001 letters, and 20000 are kept. Shorten it."),
        ("Olen 131052\u200b-308T", "A personal identity code stands in the text. Take it out: it is not released."),
    ],
)
def test_texts_that_are_not_released(
    write: Writing, store: SQLiteStore, library: Library, log: Log, text: str, sentence: str
) -> None:
    """Whatever a person decides: nothing is stored."""
    write(TEXTS)
    with pytest.raises(InviteError) as error:
        release(store, first(store, library), text, role=ROLE, moment=MOMENT, log=log)
    assert str(error.value) == sentence
    assert held(store) == [] == list(store.scan("audit/"))


def test_what_cannot_be_seen_is_left_out() -> None:
    """Ends of lines are plain, letters whole, and marks that turn the direction are gone."""
    assert fit("\ufeffA\u0308la\u0308 \u202eka\r\ntoinen\rrivi\x07\tja ") == "Älä ka\ntoinen\nrivi ja"


@pytest.mark.parametrize("role", ["", "  ", "Kaisa", "laatukoordinaattori Nisula", "a@example.fi", "x" * 61])
def test_a_role_that_is_none(role: str) -> None:
    """A person's name has no place in what is stored."""
    with pytest.raises(InviteError) as error:
        named_role(role)
    assert str(error.value) == (
        f"'{role.strip()}' names no role. Write the role that the area has named for this in small letters, like "
        "'quality lead', and never a person's name."
    )


# --- what goes with its answer --------------------------------------------------------------------


def corrected(store: Store, keys: Keys, one: Submission, text: str) -> None:
    judged = Judged(answers={"best": text, "overall": 4}, absent={}, problems=())
    done = correcting.correct(one, judged, keys.receipt(one.id), store=store, keys=keys, moment=NOON)
    assert done is not None and not done.taken_back


def test_a_corrected_text_is_read_anew(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """What was released of it is gone at once; where the text is as it was, the decision stands."""
    written = write(TEXTS)
    for text in ("Kahvi", "Hyvä tila"):
        release(store, first(store, library, text), text, role=ROLE, moment=MOMENT, log=log)
    by_text = {str(one.answers["best"]): one for one in written}
    corrected(store, keys, replace(by_text["Kahvi"], language="sv"), "Kahvi")
    assert sorted(str(one.text) for one in every_released(store)) == ["Hyvä tila", "Kahvi"]
    corrected(store, keys, by_text["Kahvi"], "Kahvi ja Kaisa")
    assert [one.text for one in every_released(store)] == ["Hyvä tila"] and len(held(store)) == 1
    again = first(store, library, "Kahvi ja Kaisa")
    assert release(store, again, "Kahvi", role=ROLE, moment=MOMENT, log=log).n == 1


def test_a_correction_that_was_broken_off_shows_nothing(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest alone keeps an old text back, and the next decision removes it."""
    one = {str(each.answers["best"]): each for each in write(TEXTS)}["Kahvi"]
    release(store, first(store, library), "Kahvi", role=ROLE, moment=MOMENT, log=log)
    monkeypatch.setattr(words, "forget_corrected", lambda store, now: None)
    corrected(store, keys, one, "Toinen")
    assert len(held(store)) == 1 and list(every_released(store)) == []
    assert looked(store, library).released == 0
    release(store, first(store, library, "Toinen"), "Toinen", role=ROLE, moment=MOMENT, log=log)
    assert held(store) == [f"words/{one.id}/best/0002"]


def test_what_was_read_before_a_correction_is_not_released(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """Somebody reads, the respondent corrects, and then the decision comes: it is refused."""
    one = {str(each.answers["best"]): each for each in write(TEXTS)}["Kahvi"]
    read = first(store, library)
    corrected(store, keys, one, "Toinen")
    with pytest.raises(InviteError) as error:
        release(store, read, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert str(error.value) == (
        "The text was corrected or erased meanwhile. Nothing was stored: look at the list again."
    )
    assert held(store) == []
    again = release(store, first(store, library, "Toinen"), "Toinen", role=ROLE, moment=MOMENT, log=log)
    with pytest.raises(InviteError, match="corrected or erased"):
        release(store, read, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert list(every_released(store)) == [again], "what somebody else has decided since stays"
    assert len(list(store.scan("audit/"))) == 1


@pytest.mark.parametrize("how", ["participation", "receipt", "reset"])
def test_erasing_takes_what_was_released(
    write: Writing, store: SQLiteStore, second: Store, library: Library, log: Log, keys: Keys, how: str, tmp_path: Path
) -> None:
    """In each way of erasing; of others it stays; and no backup from before brings it back."""
    one = {str(each.answers["best"]): each for each in write(TEXTS)}["Kahvi"]
    for text in ("Kahvi", "Hyvä tila"):
        release(store, first(store, library, text), text, role=ROLE, moment=MOMENT, log=log)
    back_up(store, tmp_path / "b.sqlite")
    eraser = Eraser(store=store, second=second, keys=keys, moment=NOON)
    participation = participations.read(store, one.participation or "")
    assert participation is not None
    if how == "participation":
        eraser.participation(participation)
    elif how == "receipt":
        eraser.receipt(keys.receipt(one.id))
    else:
        eraser.reset(participation, "palvelupalaute", "end")
    assert [each.text for each in every_released(store)] == ["Hyvä tila"]
    assert not any(one.id in key for key in held(store))
    source, new = SQLiteStore(tmp_path / "b.sqlite"), opened(f"sqlite:{tmp_path / 'new.sqlite'}")
    restore(source, new, tombstones=list(second.scan("tombstone/")))
    assert [each.text for each in every_released(new)] == ["Hyvä tila"]
    assert held(new) == held(store)
    source.close()
    new.close()


def test_erasing_meanwhile_has_the_last_word(
    write: Writing, store: SQLiteStore, second: Store, library: Library, log: Log, keys: Keys
) -> None:
    """The tombstone stands and what was released is removed; only then a decision arrives: nothing of it is left."""
    one = {str(each.answers["best"]): each for each in write(TEXTS)}["Kahvi"]
    read = first(store, library)

    class Slow(Around):
        """Erasing has got as far as its tombstone when the decision is stored."""

        def create(self, key: str, body: bytes) -> bool:
            if key.startswith("words/"):
                store.create(records.tombstone_key(one.owner, "palvelupalaute", "end", one.id), b'{"record":2}')
            return super().create(key, body)

    with pytest.raises(InviteError, match="corrected or erased meanwhile"):
        release(Slow(store), read, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert held(store) == []


def test_erasing_that_was_broken_off_is_finished_by_doing_it_again(
    write: Writing, store: SQLiteStore, second: Store, library: Library, log: Log, keys: Keys
) -> None:
    """Whichever removal fails, the second time leaves nothing of what was released."""
    one = {str(each.answers["best"]): each for each in write(TEXTS)}["Kahvi"]
    release(store, first(store, library), "Kahvi", role=ROLE, moment=MOMENT, log=log)

    class Failing(Around):
        left = 0

        def remove(self, key: str) -> None:
            if Failing.left == 0:
                raise StoreTrouble("planted")
            Failing.left -= 1
            super().remove(key)

    participation = participations.read(store, one.participation or "")
    assert participation is not None
    for n in range(3):
        Failing.left = n
        with pytest.raises(StoreTrouble):
            Eraser(store=Failing(store), second=second, keys=keys, moment=NOON).participation(participation)
    Eraser(store=store, second=second, keys=keys, moment=NOON).participation(participation)
    assert held(store) == []


def purged(store: Store, library: Library, keys: Keys, day: date) -> list[str]:
    found = list(purging.overdue(store, library, keys=list(store.scan("submission/")), today=day))
    for one in found:
        purging.remove(store, library, keys, one)
    return [one.kind for one in found if one.kind in ("words", "answers")]


def kept_for(library: Library, retention: Retention) -> Library:
    return dataclasses.replace(library, site=dataclasses.replace(library.site, retention=retention))


def test_released_words_go_with_own_words(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """When the time of own words is over, what was released or withheld of them goes too; not a day before."""
    ours = kept_for(library, Retention(words=12, answers=36))
    write(TEXTS)
    release(store, first(store, ours), "Kahvi", role=ROLE, moment=MOMENT, log=log)
    withhold(store, first(store, ours, "Hyvä tila"), role=ROLE, moment=MOMENT, log=log)
    assert purged(store, ours, keys, date(2027, 11, 2)) == [] and len(held(store)) == 2
    assert purged(store, ours, keys, date(2027, 11, 3)) == ["words"] * 5
    assert held(store) == [] == list(every_released(store))
    assert len(list(store.scan("submission/"))) == 5
    assert looked(store, ours, date(2027, 11, 3)) == Queue(waiting=(), not_closed=0, too_few=0, released=0, withheld=0)


def test_released_words_go_with_the_answers(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """Where an instrument's answers are kept for less than its words."""
    ours = kept_for(library, Retention(instruments={"palvelupalaute": OwnRetention(words=12, answers=6)}))
    write(TEXTS)
    release(store, first(store, ours), "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert purged(store, ours, keys, date(2027, 5, 3)) == ["answers"] * 5
    assert held(store) == []


def test_sealed_words_go_without_a_key(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """Purging needs no key, also for what was released."""
    identity = pyrage.x25519.Identity.generate()
    for each in write(TEXTS):
        key = records.submission_key(each.owner, "palvelupalaute", "end", 1)
        store.remove(key)
        store.create(key, records.encode(sealed(each, [identity.to_public()], frozenset(["best"]))))
    one = looked(OpenedStore(store, [identity]), library).waiting[0]
    release(store, one, "Sana", role=ROLE, moment=MOMENT, log=log)
    assert purged(store, kept_for(library, Retention(words=1)), keys, date(2027, 1, 1)) == ["words"] * 5
    assert held(store) == []


def test_a_purge_meanwhile_has_the_last_word(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """A text is read, its time is over, and then the decision comes: nothing is stored."""
    write(TEXTS)
    read = first(store, library)
    purged(store, kept_for(library, Retention(words=0)), keys, date(2027, 1, 1))
    with pytest.raises(InviteError, match="corrected or erased meanwhile"):
        release(store, read, "Kahvi", role=ROLE, moment=MOMENT, log=log)
    assert held(store) == []


def test_a_purge_that_was_broken_off_is_finished_by_doing_it_again(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """Whichever step fails, the next purge leaves nothing of what was released."""
    ours = kept_for(library, Retention(words=0))

    class Failing(Around):
        left = 0

        def _step(self) -> None:
            Failing.left -= 1
            if Failing.left < 0:
                raise StoreTrouble("planted")

        def create(self, key: str, body: bytes) -> bool:
            self._step()
            return super().create(key, body)

        def remove(self, key: str) -> None:
            self._step()
            super().remove(key)

    for n in range(3):
        one = {str(each.answers["best"]): each for each in write(TEXTS)}["Kahvi"]
        release(store, first(store, library), "Kahvi", role=ROLE, moment=MOMENT, log=log)
        Failing.left = n
        key = records.submission_key(one.owner, "palvelupalaute", "end", 1)
        with pytest.raises(StoreTrouble, match="planted"):
            purging.remove(Failing(store), ours, keys, purging.Overdue(kind="words", key=key))
        purged(store, ours, keys, date(2027, 1, 1))
        assert held(store) == []


def test_a_release_during_a_purge_goes_too(
    write: Writing, store: SQLiteStore, library: Library, log: Log, keys: Keys
) -> None:
    """Between the purge's first look and its last the text is still there, and somebody releases it."""
    one = {str(each.answers["best"]): each for each in write(TEXTS)}["Kahvi"]
    read = first(store, library)

    class Slow(Around):
        def create(self, key: str, body: bytes) -> bool:
            release(store, read, "Kahvi", role=ROLE, moment=MOMENT, log=log)
            return super().create(key, body)

    key = records.submission_key(one.owner, "palvelupalaute", "end", 1)
    purging.remove(Slow(store), library, keys, purging.Overdue(kind="words", key=key))
    assert held(store) == []


def test_a_record_that_is_no_decision(store: SQLiteStore) -> None:
    """It is named, with what to do."""
    store.create("words/a/b/0001", b'{"record":2,"item":"x"}')
    with pytest.raises(UnreadableRecord) as error:
        list(every_released(store))
    assert str(error.value).startswith("the record 'words/a/b/0001' cannot be read (")


def test_backups_know_whose_words_they_are() -> None:
    """By the owner, the questionnaire, or the submission, as its tombstone says."""
    one = Released(
        submission="s", item="best", n=1, digest="", owner="p_1", service="a", instrument="i", wave="end", text="x",
        role=ROLE, moment=CAME,
    )  # fmt: skip
    body = records.encode(one)
    for tombstone in ("tombstone/p_1", "tombstone/p_1/i/end", "tombstone/p_1/i/end/s"):
        assert erasing.erased_since([tombstone])("words/s/best/0001", body)
    for tombstone in ("tombstone/p_2", "tombstone/p_1/i/start", "tombstone/p_1/i/end/t"):
        assert not erasing.erased_since([tombstone])("words/s/best/0001", body)
