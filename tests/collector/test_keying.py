"""What becomes of keyed answers: the same as of sent ones, but for how they came and when they were given."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector import keying, participations, receive
from collector.bundle import Bundle
from collector.keying import Keyed
from collector.participations import number_typed
from collector.receive import Accepted, Invalid, Refused
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey import codes, json_answers, numbering, pages, records, schedule
from survey.answers import Fields
from survey.model import Instrument, meaning
from survey.records import Participation, Submission
from tests.collector.forms import ID
from tests.collector.sending import answers_of
from tests.conftest import Clock, Invite

Asked = tuple[str, Instrument, str]
"""A service, with an instrument that it asks clients and a wave."""
KeyIn = Callable[..., Keyed | Invalid | Refused]
IDS = itertools.count(1)


def fields(bundle: Bundle, instrument: Instrument, wave: str, given: Fields, **more: str) -> dict[str, list[str]]:
    """A whole form, as the desk's page sends it without the desk's own fields."""
    language = more.pop("_language", instrument.languages[0])
    own = {
        "_id": ID,
        "_instrument": instrument.instrument,
        "_version": str(instrument.version),
        "_meaning": meaning(instrument, language),
        "_wave": wave,
        "_language": language,
        "_channel": "paper_keyed",
        "_helper": "none",
        **more,
    }
    return {**{name: [text] for name, text in own.items()}, **{n: list(v) for n, v in given.items()}, "_end": ["1"]}


@pytest.fixture
def asked(bundle: Bundle) -> list[Asked]:
    """Everything that any service asks its clients."""
    library = bundle.library
    return [
        (service.id, library.instruments[key], wave)
        for service in library.services.services
        for key in service.instruments
        for wave in library.instruments[key].waves
        if library.instruments[key].respondent == "client"
    ]


@pytest.fixture
def tyohonvalmennus(bundle: Bundle) -> Instrument:
    return bundle.library.instruments["tyohonvalmennus@1"]


@pytest.fixture
def key_in(bundle: Bundle, store: SQLiteStore, keys: Keys, clock: Clock) -> KeyIn:
    """Keys a form in today."""

    def keyed(form: Fields, participation: Participation, day: date | None = None) -> Keyed | Invalid | Refused:
        return keying.key_in(
            form, participation, day=day or clock().date(), bundle=bundle, store=store, keys=keys, moment=clock(),
            random=random.Random(1).randbytes,
        )  # fmt: skip

    return keyed


def stored(store: SQLiteStore, participation: Participation) -> list[Submission]:
    bodies = (store.read(key) for key in store.scan(f"submission/{participation.id}/"))
    return [records.decode(Submission, body) for body in bodies if body]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_what_is_keyed_is_what_the_public_form_would_have_stored(
    data: st.DataObject, asked: list[Asked], bundle: Bundle, store: SQLiteStore, keys: Keys, clock: Clock,
    invite: Invite, key_in: KeyIn,
) -> None:  # fmt: skip
    """Of any questionnaire, in any language, with any answers that its schema allows: the same record but for the
    channel, or the same problems."""
    service, instrument, wave = data.draw(st.sampled_from(asked))
    answers = data.draw(answers_of(json_answers.schema(instrument, wave)))
    helper = data.draw(st.sampled_from(["none", "interpreter", "coach"]))
    language = data.draw(st.sampled_from(instrument.languages))
    filled = json_answers.fields(instrument, wave, answers)
    own = {"_helper": helper, "_language": language}
    groups = bundle.library.services.service(service).groups
    start = date.fromisoformat(groups[0].start) if groups else None
    sender, keyed = invite(service, start=start), invite(service, start=start)
    chance = random.Random(next(IDS)).randbytes
    there = fields(bundle, instrument, wave, filled, **own, _id=codes.new_id(chance), _channel="own_device",
                   _code=sender.code, _asked="1", **({"_service": service} if instrument.by_service else {}))  # fmt: skip
    here = fields(bundle, instrument, wave, filled, **own, _id=codes.new_id(chance))
    sent = receive.receive(there, bundle=bundle, store=store, keys=keys, moment=clock(), random=chance)
    outcome = key_in(here, keyed.participation)
    if isinstance(sent, Invalid):
        assert isinstance(outcome, Invalid) and outcome.form.problems == sent.form.problems
        assert stored(store, keyed.participation) == []
        return
    assert isinstance(sent, Accepted) and isinstance(outcome, Keyed)
    (one,), (two,) = stored(store, sender.participation), stored(store, keyed.participation)
    assert two.channel == "paper_keyed" and two.participation == keyed.participation.id
    same = dataclasses.replace(two, id=one.id, digest=one.digest, participation=one.participation, channel=one.channel)
    assert same == one
    key = f"submission/{keyed.participation.id}/{instrument.instrument}/{wave}/1"
    receipt = store.read(records.receipt_key(keys.receipt_hash(outcome.receipt)))
    assert list(store.scan(f"submission/{keyed.participation.id}/")) == [key]
    assert receipt is not None and records.decode_link(receipt) == {"submission": key, "id": two.id}


def test_a_paper_counts_on_the_day_on_which_it_was_filled_in(
    bundle: Bundle, store: SQLiteStore, clock: Clock, invite: Invite, tyohonvalmennus: Instrument, key_in: KeyIn,
) -> None:  # fmt: skip
    """Filled in on the last day of its window and keyed in three weeks later, it is inside, as analysis will judge it
    by `received`."""
    one = invite().participation
    window = schedule.window(one, bundle.library.site.waves["start"])
    clock.advance(days=(window.last - clock().date()).days + 21)
    outcome = key_in(fields(bundle, tyohonvalmennus, "start", {"wb1": ["4"]}), one, day=window.last)
    assert isinstance(outcome, Keyed)
    (kept,) = stored(store, one)
    received = datetime.fromisoformat(kept.received)
    assert receive.local_day(bundle, received) == window.last and window.last in window
    assert clock().date() not in window


def test_today_is_now(bundle: Bundle, clock: Clock) -> None:
    """What was answered today is received at the moment, so that it stands in its order; any other day at its noon."""
    assert keying.moment_of(clock().date(), bundle, clock()) == clock()
    noon = keying.moment_of(clock().date() - timedelta(days=1), bundle, clock())
    assert noon.isoformat() == "2026-11-23T12:00:00+02:00"


@pytest.mark.parametrize(
    "change",
    [
        {"_channel": "own_device"},
        {"_channel": "shared_device"},
        {"_code": "0000-0000-00000"},
        {"_receipt": "x"},
        {"_service": "tyohonvalmennus"},
        {"_instrument": "kotokoulutus"},
        {"_instrument": "valmentajan-arvio"},
        {"_wave": "followup_3"},
        {"_language": "xx", "_meaning": ""},
        {"wb9": "1"},
        {"wb1": "77"},
    ],
)
def test_what_no_page_of_the_desk_sends_stores_nothing(
    change: dict[str, str], bundle: Bundle, store: SQLiteStore, invite: Invite, tyohonvalmennus: Instrument, key_in: KeyIn,
) -> None:  # fmt: skip
    """Another channel, a code or a receipt, what the service does not ask clients, unknown fields and answers."""
    one = invite().participation
    form = fields(bundle, tyohonvalmennus, "start", {})
    end = form.pop("_end")
    outcome = key_in({**form, **{name: [text] for name, text in change.items()}, "_end": end}, one)
    assert isinstance(outcome, Refused) and outcome.status == 400
    assert stored(store, one) == [] and list(store.scan("receipt/")) == []


def test_a_form_that_was_cut_short_stores_nothing(
    bundle: Bundle, store: SQLiteStore, invite: Invite, tyohonvalmennus: Instrument, key_in: KeyIn,
) -> None:  # fmt: skip
    """`_end` comes last, here too."""
    one = invite().participation
    form = fields(bundle, tyohonvalmennus, "start", {"wb1": ["4"]})
    del form["_end"]
    outcome = key_in(form, one)
    assert isinstance(outcome, Refused) and outcome.text == receive.CUT_SHORT and stored(store, one) == []


def test_an_invitation_that_was_taken_back_takes_nothing(
    bundle: Bundle, store: SQLiteStore, invite: Invite, clock: Clock, tyohonvalmennus: Instrument, key_in: KeyIn,
) -> None:  # fmt: skip
    """As no code opens it."""
    one = participations.revoked(store, invite().participation, moment=clock())
    outcome = key_in(fields(bundle, tyohonvalmennus, "start", {"wb1": ["4"]}), one)
    assert isinstance(outcome, Refused) and stored(store, one) == []


def test_what_is_due_comes_first(
    bundle: Bundle, store: SQLiteStore, clock: Clock, invite: Invite, tyohonvalmennus: Instrument, key_in: KeyIn,
) -> None:  # fmt: skip
    """Then what is over, then what is to come, then what is answered; only what clients are asked."""
    today = clock().date()
    one = invite(start=today - timedelta(days=90), end=today).participation
    key_in(fields(bundle, tyohonvalmennus, "end", {"wb1": ["4"]}), one)
    found = keying.asked(bundle, store, one, today)
    assert [(each.what, each.answered) for each in found] == [
        ("palvelupalaute@1/end", False),
        ("tyohonvalmennus@1/start", False),
        ("tyohonvalmennus@1/followup_6", False),
        ("tyohonvalmennus@1/end", True),
    ]


def test_a_service_without_codes_has_nothing_to_key_in(
    bundle: Bundle, store: SQLiteStore, clock: Clock, invite: Invite
) -> None:
    """What is answered without a code belongs to no number."""
    one = invite().participation
    services = tuple(dataclasses.replace(service, open=True) for service in bundle.library.services.services)
    library = dataclasses.replace(
        bundle.library, services=dataclasses.replace(bundle.library.services, services=services)
    )
    assert keying.asked(dataclasses.replace(bundle, library=library), store, one, clock().date()) == []


def test_papers_of_an_earlier_version_can_be_keyed_in(
    bundle: Bundle, store: SQLiteStore, clock: Clock, invite: Invite, tyohonvalmennus: Instrument
) -> None:
    """The version in use first, then the others that are published: a pile may come in late."""
    later = dataclasses.replace(tyohonvalmennus, version=2)
    services = tuple(
        dataclasses.replace(
            service, instruments=tuple(key.replace("tyohonvalmennus@1", later.key) for key in service.instruments)
        )
        for service in bundle.library.services.services
    )
    library = dataclasses.replace(
        bundle.library,
        instruments={**bundle.library.instruments, later.key: later},
        services=dataclasses.replace(bundle.library.services, services=services),
    )
    found = keying.asked(dataclasses.replace(bundle, library=library), store, invite().participation, clock().date())
    assert [each.what for each in found if each.wave == "start"] == [
        "tyohonvalmennus@2/start", "tyohonvalmennus@1/start",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("JT-2026-017", "JT-2026-017"),
        (" jt 2026 17 ", "JT-2026-017"),
        ("jt2026017", "JT-2026-017"),
        ("JT–2026–017", "JT-2026-017"),
        ("ＪＴ−2026/17", "JT-2026-017"),
        ("JT-2026-1017", "JT-2026-1017"),
        ("017", None),
        ("ÄJT-2026-017", None),
        ("JT-26-017", None),
        ("", None),
        ("JT-2026-017 " * 50, None),
    ],
)
def test_a_number_is_known_however_it_is_typed(typed: str, number: str | None) -> None:
    """Small letters, spaces, other hyphens, missing zeros; nothing is guessed."""
    assert number_typed(typed) == number


# --- beside the paper -----------------------------------------------------------------------------


def every(bundle: Bundle) -> Iterator[tuple[Instrument, str]]:
    for instrument in bundle.library.instruments.values():
        for wave in instrument.waves:
            yield instrument, wave


def test_the_questions_at_the_desk_are_those_of_the_public_page(bundle: Bundle) -> None:
    """The same fields in the same order, to the byte: they stand in the public page."""
    for instrument, wave in every(bundle):
        service = bundle.library.services.services[0] if instrument.by_service else None
        page = bundle.question_page(instrument, wave, instrument.languages[0], service)
        questions = str(pages.questions(page, pages.Form()))
        assert questions and questions in pages.questionnaire(page), instrument.key


def test_questions_carry_the_numbers_of_the_paper_and_no_pictures(bundle: Bundle) -> None:
    """Numbers, and with `values` what stands beside each box; what is asked stays: ids, types, conditions, values."""
    for instrument, wave in every(bundle):
        for values in (False, True):
            marked = numbering.for_keying(instrument, wave, values=values)
            numbers = numbering.numbers(instrument, wave)
            assert not marked.images and not marked.recordings
            for item in marked.items(wave):
                before = instrument.item(item.id)
                assert (item.id, item.type, item.show_if) == (before.id, before.type, before.show_if)
                if item.id in numbers:
                    assert item.text["fi"] == f"{numbers[item.id]}. {before.text['fi']}"
                for one, other in zip(marked.options(item), instrument.options(before), strict=True):
                    shown = f"{other.label['fi']} ({other.value})" if values else other.label["fi"]
                    assert one.value == other.value
                    assert one.label["fi"] == (other.label["fi"] if _is_number(other.label["fi"]) else shown)


def _is_number(label: str) -> bool:
    """The numbers of a scale are their labels."""
    return label.isdecimal()
