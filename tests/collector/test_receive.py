"""What becomes of a form: stored once, sent back with every answer, or refused in words; and nothing in between."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from collector.bundle import Bundle
from collector.receive import ALREADY, CUT_SHORT, MALFORMED, NO_LONGER, Accepted, Invalid, Refused, receive
from collector.settings import Keys
from collector.stores import Around, Record, StoreTrouble
from collector.stores.sqlite import SQLiteStore
from survey import answers, pages, records
from survey.model import Library
from tests.collector.forms import ID, OTHER_ID, answered_by, fields, lists
from tests.conftest import Clock, Invite

Outcome = Accepted | Invalid | Refused


class Desk:
    """Calls `receive` with what the fixtures hold."""

    def __init__(self, bundle: Bundle, store: SQLiteStore, keys: Keys, clock: Clock) -> None:
        self.bundle, self.store, self.keys, self.clock = bundle, store, keys, clock

    def __call__(self, form: dict[str, str], store: object = None) -> Outcome:
        return receive(
            lists(form),
            bundle=self.bundle,
            store=store or self.store,  # type: ignore[arg-type]
            keys=self.keys,
            moment=self.clock(),
            random=random.Random(1).randbytes,
        )

    @property
    def submissions(self) -> list[records.Submission]:
        found = [self.store.read(key) for key in self.store.scan("submission/")]
        return [records.decode(records.Submission, body) for body in found if body]


@pytest.fixture
def desk(bundle: Bundle, store: SQLiteStore, keys: Keys, clock: Clock) -> Desk:
    return Desk(bundle, store, keys, clock)


def test_a_good_form_is_stored_with_all_that_the_design_names(desk: Desk, library: Library, invite: Invite) -> None:
    """The record, its key, its receipt and nothing else."""
    one = invite()
    form = fields(library, one.code, wb1="4", wb2="2")
    outcome = desk(form)
    assert isinstance(outcome, Accepted)
    (stored,) = desk.submissions
    assert (stored.id, stored.participation, stored.service) == (ID, one.participation.id, "tyohonvalmennus")
    assert (stored.instrument, stored.version, stored.wave, stored.language) == ("tyohonvalmennus", 1, "start", "fi")
    assert stored.meaning == form["_meaning"] and stored.received == "2026-11-24T10:00:00.000Z"
    assert stored.answers == {"wb1": 4, "wb2": 2}
    asked = [item.id for item in library.instruments["tyohonvalmennus@1"].items("start")]
    assert sorted([*stored.answers, *stored.absent]) == sorted(asked)
    assert list(desk.store.scan("submission/")) == [f"submission/{one.participation.id}/tyohonvalmennus/start/1"]
    (receipt_key,) = desk.store.scan("receipt/")
    assert receipt_key == records.receipt_key(desk.keys.receipt_hash(outcome.receipt))
    assert outcome.receipt not in receipt_key


def test_the_same_again_gives_the_same_receipt(desk: Desk, library: Library, invite: Invite, clock: Clock) -> None:
    """A retry, minutes later, is one record and one receipt."""
    form = fields(library, invite().code, wb1="4")
    first = desk(form)
    clock.advance(minutes=7)
    assert desk(form) == first
    assert len(desk.submissions) == 1 and len(list(desk.store.scan("receipt/"))) == 1


def test_twenty_at_once_are_one_record(desk: Desk, library: Library, invite: Invite) -> None:
    """An impatient browser on a bad line."""
    form = fields(library, invite().code, wb1="4")
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(desk, [form] * 20))
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert len({outcome.receipt for outcome in outcomes if isinstance(outcome, Accepted)}) == 1
    assert len(desk.submissions) == 1


def test_of_two_ids_at_once_one_is_kept(desk: Desk, library: Library, invite: Invite) -> None:
    """Two people with one slip: one is stored, the other is told."""
    code = invite().code
    forms = [fields(library, code, id=id, wb1="4") for id in (ID, OTHER_ID)] * 8
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(desk, forms))
    (stored,) = desk.submissions
    for form, outcome in zip(forms, outcomes, strict=True):
        assert isinstance(outcome, Accepted if form["_id"] == stored.id else Refused)


@pytest.mark.parametrize("change", [{"id": OTHER_ID}, {"id": ""}, {"id": "", "wb1": "5"}, {"id": OTHER_ID, "wb1": "5"}])
def test_a_used_code_is_refused_whatever_comes(
    desk: Desk, library: Library, invite: Invite, change: dict[str, str]
) -> None:
    """Another id or none, with the same answers or others: one plain refusal without a receipt, and the first stays."""
    code = invite().code
    desk(fields(library, code, wb1="4"))
    outcome = desk(fields(library, code, **{"wb1": "4", **change}))
    assert isinstance(outcome, Refused) and (outcome.status, outcome.title) == (409, ALREADY)
    assert [stored.answers["wb1"] for stored in desk.submissions] == [4]


@pytest.mark.parametrize(
    "change", [{"wb1": "5"}, {"wb2": "1"}, {"language": "sv"}, {"wave": "start", "wb3": "3", "wb1": ""}]
)
def test_the_same_form_with_another_answer_gets_the_receipt_of_the_first(
    desk: Desk, library: Library, invite: Invite, change: dict[str, str]
) -> None:
    """Same id and same code, as when the first acknowledgement was lost: what was stored stays as it was, nothing is
    stored beside it, and the sender is told so with the receipt."""
    code = invite().code
    first = desk(fields(library, code, wb1="4"))
    before = {key: desk.store.read(key) for key in desk.store.scan("")}
    outcome = desk(fields(library, code, **{"wb1": "4", **change}))
    assert isinstance(first, Accepted) and isinstance(outcome, Accepted)
    assert (first.changed, outcome.changed) == (False, True) and outcome.receipt == first.receipt
    assert {key: desk.store.read(key) for key in desk.store.scan("")} == before


@pytest.mark.parametrize(
    "change", [{"hours": "900", "work_now": "employed"}, {"_meaning": "0" * 16}, {"_result": "1", "wb1": "5"}]
)
def test_a_change_is_told_before_all_else(desk: Desk, library: Library, invite: Invite, change: dict[str, str]) -> None:
    """Also where the change would not be right, or comes from an older page: mending it would help nobody. No result
    is shown of answers that do not count."""
    form = fields(library, invite().code, wave="end", wb1="4")
    desk(form)
    outcome = desk({**{name: value for name, value in form.items() if name != "_end"}, **change, "_end": "1"})
    assert isinstance(outcome, Accepted) and outcome.changed and outcome.result is None
    assert [stored.answers for stored in desk.submissions] == [{"wb1": 4}]


def test_neither_half_of_the_proof_gives_the_receipt(desk: Desk, library: Library, invite: Invite) -> None:
    """The id with another's code, the code with another id, the code of the right person at another questionnaire."""
    one, other = invite().code, invite().code
    desk(fields(library, one, wb1="4"))
    for form in (
        fields(library, other, wb1="5"),
        fields(library, other, wb1="4"),
        fields(library, one, id=OTHER_ID, wb1="4"),
        fields(library, one, wave="end", wb1="5"),
        fields(library, "", wb1="5"),
        fields(library, "0000000000000", wb1="5"),
    ):
        assert isinstance(desk(form), Invalid | Refused), form
    assert len(desk.submissions) == 1


def test_a_code_opens_each_instrument_and_wave_once(desk: Desk, library: Library, invite: Invite) -> None:
    """Start, end and feedback are three submissions of one participation."""
    code = invite().code
    asked = (("tyohonvalmennus", "start"), ("tyohonvalmennus", "end"), ("palvelupalaute", "end"))
    for n, (instrument, wave) in enumerate(asked):
        assert isinstance(desk(fields(library, code, instrument=instrument, wave=wave, id=f"{n}{ID[1:]}")), Accepted)
    assert len(desk.submissions) == 3


def test_more_is_said_when_another_questionnaire_is_open(
    desk: Desk, library: Library, invite: Invite, clock: Clock
) -> None:
    """At the end there are two: after the first there is more, after the second there is not."""
    today = clock().date()
    code = invite(start=today - timedelta(days=90), end=today).code
    first = desk(fields(library, code, wave="end"))
    second = desk(fields(library, code, instrument="palvelupalaute", wave="end", id=OTHER_ID))
    assert isinstance(first, Accepted) and first.more is True
    assert isinstance(second, Accepted) and second.more is False


def test_a_coach_answers_with_the_code_and_is_not_led_on(
    bundle: Bundle, store: SQLiteStore, keys: Keys, clock: Clock, invite: Invite
) -> None:
    """Once for each instrument and wave; the client's own questions stay open, and the coach is not sent to them."""
    changed = answered_by(bundle.library, "palvelupalaute@1", "coach")
    desk = Desk(dataclasses.replace(bundle, library=changed), store, keys, clock)
    today = clock().date()
    code = invite(start=today - timedelta(days=90), end=today).code
    coach = desk(fields(changed, code, instrument="palvelupalaute", wave="end"))
    assert isinstance(coach, Accepted) and coach.more is False
    again = desk(fields(changed, code, instrument="palvelupalaute", wave="end", id=OTHER_ID))
    assert isinstance(again, Refused) and again.title == ALREADY
    client = desk(fields(changed, code, wave="end", id=OTHER_ID))
    assert isinstance(client, Accepted) and client.more is False
    assert [submission.instrument for submission in desk.submissions] == ["palvelupalaute", "tyohonvalmennus"]


def test_answers_outside_the_window_are_kept(desk: Desk, library: Library, invite: Invite, clock: Clock) -> None:
    """A page posts its own wave whatever the date."""
    code = invite().code
    clock.advance(days=400)
    assert isinstance(desk(fields(library, code, wb1="4")), Accepted)


def test_a_form_without_an_id_is_sent_back_to_confirm(desk: Desk, library: Library, invite: Invite) -> None:
    """Nothing is stored; the page comes back with an id, and sending that stores it."""
    form = fields(library, invite().code, id="", wb1="4")
    outcome = desk(form)
    assert isinstance(outcome, Invalid) and (outcome.status, outcome.form.notice) == (200, pages.CONFIRM)
    assert outcome.form.value("wb1") == "4" and desk.submissions == []
    assert isinstance(desk({**form, "_id": outcome.form.id}), Accepted)


def test_bad_answers_come_back_with_everything(desk: Desk, library: Library, invite: Invite) -> None:
    """422 with the problem, every answer, the id and the code."""
    form = fields(library, invite().code, wave="end", wb1="4", work_now="employed", hours="90")
    outcome = desk(form)
    assert isinstance(outcome, Invalid) and outcome.status == 422
    assert [(p.name, p.message) for p in outcome.form.problems] == [("hours", answers.BETWEEN)]
    assert outcome.form.value("wb1") == "4" and outcome.form.value("hours") == "90"
    assert outcome.form.id == ID and outcome.form.code == form["_code"]
    assert desk.submissions == []


@pytest.mark.parametrize(
    ("code", "message"),
    [("", pages.CODE_MISSING), ("ABCD", pages.CODE_WRONG), ("0000000000000", pages.CODE_WRONG)],
)
def test_bad_codes(desk: Desk, library: Library, code: str, message: str) -> None:
    """One sentence for every bad code; the answers stay on the page. 13 zeros are a whole code that nobody has."""
    outcome = desk(fields(library, code, wb1="4"))
    assert isinstance(outcome, Invalid) and outcome.status == 422
    assert [(p.name, p.message) for p in outcome.form.problems] == [("_code", message)]
    assert outcome.form.value("wb1") == "4"


def test_a_code_of_another_service_is_a_bad_code(desk: Desk, library: Library, invite: Invite) -> None:
    """Nothing tells whether the code exists."""
    outcome = desk(fields(library, invite("kotokoulutus").code, wb1="4"))
    assert isinstance(outcome, Invalid) and outcome.form.problems[0].message == pages.CODE_WRONG


def test_a_changed_questionnaire_comes_back_to_look_over(desk: Desk, library: Library, invite: Invite) -> None:
    """A page that stood open while the wording changed is not stored under the new meaning unseen."""
    outcome = desk({**fields(library, invite().code, wb1="4"), "_meaning": "0" * 16})
    assert isinstance(outcome, Invalid) and (outcome.status, outcome.form.notice) == (422, pages.CHANGED)
    assert desk.submissions == []


def test_an_earlier_version_that_is_still_in_the_field(desk: Desk, library: Library, invite: Invite) -> None:
    """A page of version 1 that stood open when the service went over to version 2 is stored as version 1."""
    whole = desk.bundle.library
    newer = dataclasses.replace(whole.instruments["tyohonvalmennus@1"], version=2)
    services = tuple(
        dataclasses.replace(
            s, instruments=tuple(k.replace("tyohonvalmennus@1", "tyohonvalmennus@2") for k in s.instruments)
        )
        for s in whole.services.services
    )
    both = dataclasses.replace(
        whole,
        instruments={**whole.instruments, newer.key: newer},
        services=dataclasses.replace(whole.services, services=services),
    )
    form = fields(library, invite().code, wb1="4")
    desk.bundle = dataclasses.replace(desk.bundle, library=both)
    assert isinstance(desk(form), Accepted)
    assert [stored.version for stored in desk.submissions] == [1]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"_end": ""}, CUT_SHORT),
        ({"_version": "2"}, NO_LONGER),
        ({"_instrument": "muu"}, NO_LONGER),
        ({"_wave": "middle"}, MALFORMED),
        ({"_language": "de"}, MALFORMED),
        ({"_channel": "pigeon"}, MALFORMED),
        ({"_helper": "dog"}, MALFORMED),
        ({"_id": "short"}, MALFORMED),
        ({"_id": "U" * 26}, MALFORMED),
        ({"wb1": "7"}, answers.UNKNOWN_ANSWER),
    ],
)
def test_what_no_page_sends_is_refused(
    desk: Desk, library: Library, invite: Invite, change: dict[str, str], text: str
) -> None:
    """Each has its sentence; nothing is stored."""
    outcome = desk({**fields(library, invite().code, wb1="4"), **change})
    assert isinstance(outcome, Refused) and (outcome.status, outcome.text) == (400, text)
    assert desk.submissions == []


def test_an_id_that_has_stored_another_is_not_used_again(desk: Desk, library: Library, invite: Invite) -> None:
    """Back on a shared tablet, the next person's code: a fresh id first, or one receipt would open both."""
    desk(fields(library, invite().code, wb1="4"))
    form = fields(library, invite().code, wb1="2")
    outcome = desk(form)
    assert isinstance(outcome, Invalid) and (outcome.status, outcome.form.notice) == (200, pages.CONFIRM)
    assert outcome.form.id != ID and len(desk.submissions) == 1
    accepted = desk({**form, "_id": outcome.form.id})
    assert isinstance(accepted, Accepted) and len(desk.submissions) == 2


@pytest.mark.parametrize("extra", ["_service", "_x", "unknown", "wb9"])
def test_unknown_fields_are_refused(desk: Desk, library: Library, invite: Invite, extra: str) -> None:
    """Ours and the questionnaire's alike."""
    form = fields(library, invite().code)
    outcome = desk({extra: "1", **form})
    assert isinstance(outcome, Refused) and outcome.status == 400


@pytest.mark.parametrize("name", ["_code", "_id", "wb1"])
def test_repeated_fields_are_refused(desk: Desk, library: Library, invite: Invite, name: str) -> None:
    """A name that came twice is nobody's answer."""
    form = lists(fields(library, invite().code, wb1="4"))
    form[name] = form[name] * 2
    outcome = receive(
        form, bundle=desk.bundle, store=desk.store, keys=desk.keys, moment=desk.clock(), random=random.randbytes
    )
    assert isinstance(outcome, Refused) and outcome.status == 400


def test_a_field_after_the_end_is_refused(desk: Desk, library: Library, invite: Invite) -> None:
    """`_end` is last, or the body did not come as it was sent."""
    form = fields(library, invite().code)
    outcome = desk({**{k: v for k, v in form.items() if k != "wb1"}, "wb1": "4"})
    assert isinstance(outcome, Refused) and outcome.text == CUT_SHORT


class Counting:
    """A store that notes which of its verbs are called."""

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        self.calls.append(name)
        return getattr(self._store, name)


def test_a_submission_asks_little_of_the_store(desk: Desk, library: Library, invite: Invite) -> None:
    """Each look is a round trip to a database: two before the one commit, and one after it."""
    store = Counting(desk.store)
    assert isinstance(desk(fields(library, invite().code, wb1="4"), store=store), Accepted)
    assert store.calls == ["read", "below", "create_in_order", "below"]


class Failing:
    """A store that fails from its n-th call to one of its verbs on."""

    def __init__(self, store: SQLiteStore, verb: str, at: int) -> None:
        self._store, self._verb, self._left = store, verb, at

    def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
        verb = getattr(self._store, name)

        def called(*arguments):  # type: ignore[no-untyped-def]
            if name == self._verb:
                self._left -= 1
                if self._left <= 0:
                    raise StoreTrouble("planted")
            return verb(*arguments)

        return called


@pytest.mark.parametrize(("verb", "at"), [("read", 1), ("below", 1), ("create_in_order", 1)])
def test_trouble_before_the_commit_stores_nothing(
    desk: Desk, library: Library, invite: Invite, verb: str, at: int
) -> None:
    """Whatever fails on the way: 503, every answer kept, nothing stored, and the retry is stored."""
    form = fields(library, invite().code, wb1="4")
    outcome = desk(form, store=Failing(desk.store, verb, at))
    assert isinstance(outcome, Invalid) and (outcome.status, outcome.form.notice) == (503, pages.TROUBLE)
    assert outcome.form.value("wb1") == "4" and outcome.form.id == ID
    assert desk.submissions == []
    assert isinstance(desk(form), Accepted)


def test_a_fault_in_judging_costs_nobody_their_answers(
    desk: Desk, library: Library, invite: Invite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, the page with every answer, and the fault for the log; the retry is stored."""
    form = fields(library, invite().code, wb1="4")
    with monkeypatch.context() as patched:
        patched.setattr(answers, "judge", lambda *arguments, **options: 1 // 0)
        outcome = desk(form)
    assert isinstance(outcome, Invalid) and (outcome.status, outcome.form.notice) == (503, pages.TROUBLE)
    assert outcome.form.value("wb1") == "4" and outcome.form.id == ID
    assert isinstance(outcome.trouble, ZeroDivisionError)
    assert isinstance(desk(form), Accepted)


class Hiding(Around):
    """A store that finds a submission by its name and does not list it, until it is created again."""

    shown = False

    def scan(self, prefix: str) -> Iterator[str]:
        return (key for key in super().scan(prefix) if self.shown or not key.startswith("submission/"))

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        found = super().below(whole, *others)
        return {key: body for key, body in found.items() if self.shown or not key.startswith("submission/")}

    def create(self, key: str, body: bytes) -> bool:
        self.shown = self.shown or key.startswith("submission/")
        return super().create(key, body)


def test_what_is_only_found_by_its_name_is_not_acknowledged_for_that(
    desk: Desk, library: Library, invite: Invite
) -> None:
    """A retry finds it, and stands on what creating it again says: the store makes sure of it then."""
    form = fields(library, invite().code, wb1="4")
    first = desk(form)
    store = Hiding(desk.store)
    again = desk(form, store=store)
    assert isinstance(first, Accepted) and isinstance(again, Accepted) and again.receipt == first.receipt
    assert store.shown and len(desk.submissions) == 1


class Dying:
    """A store that stores the first record of a chain, and no more."""

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store
        self.read, self.below, self.create = store.read, store.below, store.create

    def create_in_order(self, *chain: Record) -> int:
        self._store.create(*chain[0])
        raise StoreTrouble("planted")


def test_trouble_between_the_receipt_and_the_submission(desk: Desk, library: Library, invite: Invite) -> None:
    """As in a store that has single records only: nothing of the answers is stored, and the retry finishes it."""
    form = fields(library, invite().code, wb1="4")
    outcome = desk(form, store=Dying(desk.store))
    assert isinstance(outcome, Invalid) and (outcome.status, outcome.form.notice) == (503, pages.TROUBLE)
    assert len(list(desk.store.scan("receipt/"))) == 1 and desk.submissions == []
    assert isinstance(desk(form), Accepted)
    assert len(list(desk.store.scan("receipt/"))) == 1 and len(desk.submissions) == 1


def test_trouble_after_the_commit_is_still_an_acknowledgement(desk: Desk, library: Library, invite: Invite) -> None:
    """Looking for more questionnaires fails, but the answers are stored and the respondent is told so."""
    outcome = desk(fields(library, invite().code, wb1="4"), store=Failing(desk.store, "below", 2))
    assert isinstance(outcome, Accepted) and outcome.more is False
    assert len(desk.submissions) == 1
