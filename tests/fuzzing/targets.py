"""What must hold for any bytes: functions that take a body and raise where it does not. Atheris and hypothesis share
them."""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from collector import bodies, inviting
from collector.bodies import FIELD_LIMIT, BadBody
from collector.bundle import Bundle
from collector.receive import Accepted, Invalid, Refused, receive
from collector.settings import Keys, make_keys
from collector.stores import Record, below_each, one_by_one
from survey import answers, json_answers, records
from survey.answers import OTHER, Fields, MalformedForm
from survey.json_answers import NotOfItsKind
from survey.model import Instrument, Library, meaning
from survey.notices import SharedNotices
from survey.pages import Assets
from survey.reading import read_library
from survey.records import Submission

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LONGEST_TEXT, LARGEST = 20_000, 10**15


def fields(body: bytes) -> None:
    """A form is read or refused; what is read has text that can be stored, under no more names than allowed."""
    try:
        found = bodies.fields(body)
    except BadBody as bad:
        assert bad.status == 400
        return
    assert sum(map(len, found.values())) <= FIELD_LIMIT and all(found.values())
    for name, values in found.items():
        "".join((name, *values)).encode()


def members(body: bytes) -> None:
    """JSON is an object that can be written again, or is refused."""
    try:
        found = bodies.members(body)
    except BadBody as bad:
        assert bad.status == 400
        return
    text = json.dumps(found, allow_nan=False, ensure_ascii=False)
    text.encode()
    assert json.loads(text) == found


def judged(body: bytes) -> None:
    """A form is malformed, or every question of it is answered, absent or a problem, and what is answered is plain data
    within bounds."""
    try:
        form = bodies.fields(body)
    except BadBody:
        return
    for instrument, wave in asked():
        _judged(instrument, wave, form)


def judged_json(body: bytes) -> None:
    """The same of answers that come as JSON: nothing that is of its kind is malformed."""
    try:
        sent = bodies.members(body)
    except BadBody:
        return
    for instrument, wave in asked():
        try:
            form = json_answers.fields(instrument, wave, sent)
        except NotOfItsKind as error:
            assert error.names and set(error.names) <= set(sent)
            continue
        answers.check_fields(instrument, wave, form)
        _judged(instrument, wave, form)


def _judged(instrument: Instrument, wave: str, form: Fields) -> None:
    try:
        answers.check_fields(instrument, wave, form)
        found = answers.judge(instrument, wave, form, today=NOON.date())
    except MalformedForm:
        return
    items = {item.id for item in instrument.items(wave)}
    answered = {name.removesuffix(f".{OTHER}") for name in found.answers}
    wrong = {problem.name for problem in found.problems}
    assert not answered & set(found.absent)
    assert answered | set(found.absent) | wrong == items
    assert {name for name in found.answers if not name.endswith(f".{OTHER}")} == answered
    json.dumps(found.answers, allow_nan=False, ensure_ascii=False).encode()
    for answer in found.answers.values():
        for one in answer if isinstance(answer, list) else [answer]:
            assert len(one) <= LONGEST_TEXT if isinstance(one, str) else abs(one) < LARGEST
    for problem in (*found.problems, *found.reminders):
        assert problem.control.startswith("i-") and problem.name in items


def received(body: bytes) -> None:
    """Whatever is sent is accepted, comes back or is refused, and nothing goes wrong; what is accepted is stored as it
    was judged, and what is not, is not."""
    try:
        form = bodies.fields(body)
    except BadBody:
        return
    keys, code, invited = _invited()
    store, bundle = Memory(invited), _bundle()
    instrument = bundle.library.instruments["tyohonvalmennus@1"]
    own = {
        "_id": ["0123456789abcdefghjkmnpqrs"],
        "_instrument": [instrument.instrument],
        "_version": ["1"],
        "_meaning": [meaning(instrument, "fi")],
        "_wave": ["end"],
        "_language": ["fi"],
        "_channel": ["own_device"],
        "_code": [code],
        "_asked": ["1"],
    }
    whole = {**own, **form}
    whole["_end"] = whole.pop("_end", ["1"])
    outcome = receive(whole, bundle=bundle, store=store, keys=keys, moment=NOON, random=random.Random(1).randbytes)
    stored = [key for key in store.records if key.startswith("submission/")]
    match outcome:
        case Accepted():
            (key,) = stored
            kept = records.decode(Submission, store.records[key])
            assert kept.absent.keys() | {n.removesuffix(f".{OTHER}") for n in kept.answers} == {
                item.id for item in bundle.library.instruments[f"{kept.instrument}@{kept.version}"].items(kept.wave)
            }
        case Invalid(trouble=trouble):
            assert trouble is None and not stored, trouble
        case Refused(status=status):
            assert status == 400 and not stored


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (fields, members, judged, judged_json, received)
}


# --- where a look begins --------------------------------------------------------------------------

_FORMS = (
    b"likert=3&single=something&single.other_text=Opiskelen&multiple.group=group&multiple.coach=coach&_end=1",
    b"rank.time=1&rank.place=2&yes_no=no&scale=0&integer=1%20234&decimal=12,50&date.day=31.&date.month=3&date.year=2026",
    b"single=full&time=8.30&month.month=2&month.year=2026&year=%D9%A1%D9%A9%D9%A8%D9%A0&text=%E2%80%8F%20a%CC%88&email=a@b.fi",
    b"single=full&decimal=1.234&integer=-%E2%88%921&phone=%2B358%2040%20(123)&consent=yes&long_text=a%0D%0Ab%00",
    b"wb1=4&work_now=employed&hours=%EF%BC%93%EF%BC%97&_helper=coach&_channel=shared_device&_result=1&_earlier=x",
    b"a=1;b=2&a=%FF&=&&c",
    b"single=full&rank.time=" + b"1" * 5000,
)
_JSON = (
    b'{"a": 1}',
    b'{"a": [true, -0.5, null], "b": {"c": "d"}}',
    b'{"likert": 3, "single": "something", "single.other_text": "a", "multiple": ["coach", "group"], "integer": 12}',
    b'{"rank": ["time", "place"], "decimal": 1.234, "date": "2026-03-31", "month": "2026-03", "time": "08:30"}',
    b'{"year": 1980, "text": "\\u00e4\\ud83d\\ude00", "email": "a@b.fi", "scale": 10.0, "consent": "yes"}',
    b'{"a": [[{"b": NaN}]], "a": 1e999, "c": "\\ud800"}',
)
SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "fields": _FORMS,
    "judged": _FORMS,
    "received": _FORMS,
    "members": _JSON,
    "judged_json": _JSON,
}
"""Bodies to vary. What a look has found is added here once it is mended."""


def words() -> Iterator[str]:
    """What a look puts together: names and values that the questionnaires know, and what takes forms and JSON apart."""
    yield from ("&", "=", "%", "+", ";", "%00", "%C3%A4", "%D9%A1", "%E2%80%8F", "%E2%88%92", "_end=1", "_asked=1")
    yield from ('{"', '":', '",', "[", "]", "}", "\\u", "\\ud83d\\ude00", "e999", "-0.0", "true", "null", "NaN")
    yield from (
        ".day",
        ".month",
        ".year",
        f".{OTHER}",
        "2026",
        "1899",
        "31",
        "0x",
        "1.234,5",
        "1 234",
        "00",
        "99999999999",
    )
    for instrument, wave in asked():
        for item in instrument.items(wave):
            yield from answers.item_fields(instrument, item)
            yield from (str(option.value) for option in instrument.options(item))


# --- what they ask --------------------------------------------------------------------------------


@functools.cache
def library(folder: str) -> Library:
    read = read_library(ROOT / folder)
    assert read.library is not None, read.problems
    return read.library


@functools.cache
def asked() -> tuple[tuple[Instrument, str], ...]:
    """Every type of question, with every limit that the guide shows; and a shipped questionnaire."""
    examples, shipped = library("docs/examples"), library("instruments")
    found = [(each, wave) for each in examples.instruments.values() for wave in each.waves]
    return (*found, (shipped.instruments["tyohonvalmennus@1"], "end"))


@functools.cache
def _bundle() -> Bundle:
    shipped = library("instruments")
    return Bundle(
        build="fuzz",
        library=shipped,
        messages={language: {} for language in shipped.site.languages},
        assets=Assets(style="", script=""),
        notices=cast(SharedNotices, None),  # no page is rendered here
    )


@functools.cache
def _invited() -> tuple[Keys, str, Mapping[str, bytes]]:
    """Keys, a code that somebody is invited under, and the records of a store that knows it."""
    keys, store, shipped = make_keys(random.Random(1).randbytes), Memory({}), library("instruments")
    plan = inviting.plan(shipped, service="tyohonvalmennus", group=None, start=NOON.date(), end=None, today=NOON.date())
    (one,) = inviting.invite(store, keys, [plan], moment=NOON, random=random.Random(3).randbytes)
    return keys, one.code, store.records


class Memory:
    """A store that is a dict."""

    def __init__(self, records: Mapping[str, bytes]) -> None:
        self.records = dict(records)

    def create(self, key: str, body: bytes) -> bool:
        if key in self.records:
            return False
        self.records[key] = body
        return True

    def create_in_order(self, *chain: Record) -> int:
        return one_by_one(self.create, chain)

    def read(self, key: str) -> bytes | None:
        return self.records.get(key)

    def scan(self, prefix: str) -> Iterator[str]:
        return iter(sorted(key for key in self.records if key.startswith(prefix)))

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        return below_each(self, whole, others)

    def remove(self, key: str) -> None:
        self.records.pop(key, None)

    def close(self) -> None:
        pass
