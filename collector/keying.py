"""What becomes of answers that staff key in: from paper, or as somebody says them in an interview.

They are judged and stored as those that a person sends, under the same key, so that each questionnaire is answered once
whoever sends it. What differs is the proof: no code, but somebody of the area who is named in the log.

A record's `received` is the day on which somebody answered on paper, not the moment of keying: every figure asks
whether answers came inside the wave's window, and a paper filled in on its last day must not be late because it lay on
a desk. When it was keyed, and by whom, the log says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from collector import correcting, participations, receive
from collector.bundle import Bundle
from collector.receive import MALFORMED, NOT_STORED, Invalid, Kept, Refused, Sent, local_day
from collector.settings import Keys
from collector.stores import Store
from survey import answers, codes, records, schedule
from survey.answers import OTHER, Fields, Judged
from survey.frozen import dataclass
from survey.model import Instrument, Item, Service, is_open, meaning
from survey.records import Answer, Participation, Submission, SubmissionKey
from survey.schedule import Window

CHANNELS = ("paper_keyed", "interview")
DAY, HELPER = "_day", "_helper"
NOT_ON_PAPER = ("calculated", "hidden")
EMPTY = ("not_shown", "skipped")
"""Reasons of an absence that are not on the paper: nothing is."""


# --- what can be keyed ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A questionnaire that clients are asked at a wave, and whether this one has answered it."""

    instrument: Instrument
    wave: str
    window: Window
    answered: bool

    @property
    def what(self) -> str:
        """Its name in addresses: `tyohonvalmennus@1/start`."""
        return f"{self.instrument.key}/{self.wave}"


def service_of(bundle: Bundle, participation: Participation) -> Service | None:
    """The service of a participation; None where it is no longer listed."""
    return {service.id: service for service in bundle.library.services.services}.get(participation.service)


def asked(bundle: Bundle, store: Store, participation: Participation, today: date) -> list[Asked]:
    """What a participation's client is asked with a code: first what is open and unanswered, then what is over, then
    what is to come, then what was answered. Earlier versions follow the one in use: their papers may still come in."""
    service = service_of(bundle, participation)
    if service is None:
        return []
    done = participations.answered(store, participation)
    found = [
        Asked(instrument=one, wave=task.wave, window=task.window, answered=(one.instrument, task.wave) in done)
        for task in schedule.tasks(bundle.library, participation)
        for one in _versions(bundle, task.instrument, task.wave)
        if not is_open(service, one)
    ]
    return sorted(found, key=lambda one: (one.answered, today not in one.window, one.window.first > today))


def _versions(bundle: Bundle, key: str, wave: str) -> Iterator[Instrument]:
    """A version of an instrument, then the others that are published, newest first."""
    known = bundle.library.instruments
    yield known[key]
    id = key.partition("@")[0]
    others = (other for other in known if other.partition("@")[0] == id and other != key)
    for other in sorted(others, key=lambda each: -int(each.partition("@")[2])):
        if wave in known[other].waves:
            yield known[other]


def moment_of(day: date, bundle: Bundle, now: datetime) -> datetime:
    """When answers of a day count as received: now, if it is today, else at noon of that day."""
    if day == local_day(bundle, now):
        return now
    return datetime.combine(day, time(12), tzinfo=ZoneInfo(bundle.library.site.time_zone))


# --- keying in ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """The answers are on stable storage. `again` says that the same form had stored them before, and `changed` that it
    held others then, which stay. `filled` of `shown` questions have an answer, or a reason why there is none."""

    receipt: str
    again: bool
    changed: bool
    filled: int
    shown: int


def key_in(
    fields: Fields,
    participation: Participation,
    *,
    day: date | None,
    bundle: Bundle,
    store: Store,
    keys: Keys,
    moment: datetime,
    random: codes.Random,
) -> Keyed | Invalid | Refused:
    """Judges what was keyed and, if it is whole and right, stores it before it returns Keyed.

    `day` is when it was answered; without one nothing is stored. Nothing is raised for what a browser could send.
    """
    answered = moment_of(day, bundle, moment) if day else moment
    sent = judged(fields, participation, bundle=bundle, moment=answered, random=random)
    service = service_of(bundle, participation)
    if not isinstance(sent, Sent):
        return sent
    if day is None or service is None:
        return sent.invalid(422)
    try:
        kept = receive.keep(sent, participation, service, store=store, keys=keys, moment=answered, random=random)
    except Exception as trouble:  # a fault of ours must not cost anybody what they have keyed
        return sent.trouble(trouble)
    if not isinstance(kept, Kept):
        return kept
    shown = [item for item in _on_paper(sent.address.instrument, sent.address.wave) if _is_shown(item, sent.judged)]
    return Keyed(
        receipt=keys.receipt(kept.submission.id),
        again=kept.again,
        changed=kept.changed,
        filled=sum(sent.judged.absent.get(item.id) not in EMPTY for item in shown),
        shown=len(shown),
    )


def judged(
    fields: Fields, participation: Participation, *, bundle: Bundle, moment: datetime, random: codes.Random
) -> Sent | Invalid | Refused:
    """What was keyed, judged; Refused where no page of the desk sends it."""
    # What is left out on paper stays out: nobody is there to be reminded.
    whole = {"_asked": ["1"], **{name: values for name, values in fields.items() if name != "_asked"}}
    sent = receive.judged(whole, bundle=bundle, moment=moment, random=random)
    if isinstance(sent, Sent) and not _is_keyed(sent, participation, bundle):
        return Refused(status=400, language=sent.address.language, title=NOT_STORED, text=MALFORMED)
    return sent


def _is_keyed(sent: Sent, participation: Participation, bundle: Bundle) -> bool:
    """Whether a form is one that the desk gives for a participation."""
    service, instrument = service_of(bundle, participation), sent.address.instrument
    return (
        service is not None
        and participation.revoked is None
        and instrument.respondent == "client"
        and not is_open(service, instrument)
        and receive.asks(service, instrument)
        and sent.form.channel in CHANNELS
        and not {"_service", "_code", "_receipt"} & {*sent.fields}
    )


def _on_paper(instrument: Instrument, wave: str) -> list[Item]:
    return [item for item in instrument.items(wave) if item.type not in NOT_ON_PAPER]


def _is_shown(item: Item, found: Judged) -> bool:
    return found.absent.get(item.id) != "not_shown"


# --- keying a second time -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Answers that were keyed, as they stand now."""

    place: SubmissionKey
    submission: Submission
    instrument: Instrument
    day: date
    """When they were answered."""


NotAgain = Literal["unanswered", "own", "gone", "changed"]
"""Why answers are not keyed a second time: there are none; the person sent them; the questionnaire is no longer
published, or is worded otherwise now."""


def standing(
    bundle: Bundle, store: Store, participation: Participation, instrument: str, wave: str
) -> Standing | NotAgain:
    """What was keyed, to be compared. Raises SealedRecord where nobody here can read it."""
    below = list(store.scan(f"submission/{participation.id}/{instrument}/{wave}/"))
    place = max(map(records.parse_submission_key, below), key=lambda each: each.n, default=None)
    body = store.read(place.key) if place else None
    if place is None or body is None:
        return "unanswered"
    found = records.decode(Submission, body, key=place.key)
    if found.channel not in CHANNELS:
        return "own"
    known = bundle.library.instruments.get(f"{found.instrument}@{found.version}")
    if known is None or wave not in known.waves or found.language not in {*known.languages} & {*bundle.messages}:
        return "gone"
    if meaning(known, found.language) != found.meaning:
        return "changed"
    day = local_day(bundle, datetime.fromisoformat(found.received))
    return Standing(place=place, submission=found, instrument=known, day=day)


@dataclass(frozen=True, kw_only=True)
class Value:
    """What stands on the paper for a question: an answer, the reason that an option gives for none, and the words
    beside an option; nothing of these where it was left out."""

    answer: Answer | None = None
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Where two keyings differ: the id of an item, or DAY or HELPER."""

    name: str
    first: Value
    second: Value


def differences(standing: Standing, second: Judged, *, day: date, helper: str) -> list[Difference]:
    """Every difference, in the order of the page."""
    one = _values(standing, standing.submission.answers, standing.submission.absent)
    two = _values(standing, second.answers, second.absent)
    one |= {DAY: Value(answer=standing.day.isoformat()), HELPER: Value(answer=standing.submission.helper)}
    two |= {DAY: Value(answer=day.isoformat()), HELPER: Value(answer=helper)}
    return [Difference(name=name, first=one[name], second=two[name]) for name in one if one[name] != two[name]]


def _values(standing: Standing, given: Mapping[str, Answer], absent: Mapping[str, str]) -> dict[str, Value]:
    found = {}
    for item in _on_paper(standing.instrument, standing.submission.wave):
        reason = absent.get(item.id, "")
        found[item.id] = Value(
            answer=given.get(item.id),
            reason="" if reason in EMPTY else reason,
            words=str(given.get(f"{item.id}.{OTHER}", "")),
        )
    return found


Source = Literal["first", "second", "third"]


def names(standing: Standing) -> list[str]:
    """The ids of the questions on the paper."""
    return [item.id for item in _on_paper(standing.instrument, standing.submission.wave)]


def field_names(standing: Standing, right: Mapping[str, Source]) -> frozenset[str]:
    """The fields in which something is typed in place of both keyings."""
    items = (standing.instrument.item(id) for id in names(standing) if right.get(id) == "third")
    return frozenset(name for item in items for name in answers.item_fields(standing.instrument, item))


def settled(standing: Standing, sources: Mapping[Source, Fields], right: Mapping[str, Source]) -> Fields:
    """The fields of a form that holds what is right of each difference, and else what stands. `sources` are the fields
    that were keyed the second time, and those that were typed in place of both."""
    first = correcting.fields(standing.instrument, standing.submission)
    found: dict[str, Sequence[str]] = {}
    for item in standing.instrument.items(standing.submission.wave):
        source = right.get(item.id, "first")
        fields = first if source == "first" else sources[source]
        names = answers.item_fields(standing.instrument, item)
        found |= {name: fields[name] for name in names if name in fields}
    return found


def judge(standing: Standing, fields: Fields, *, day: date) -> Judged:
    """What such a form says, by the day of answering."""
    return answers.judge(standing.instrument, standing.submission.wave, fields, today=day)


def newly_asked(standing: Standing, second: Judged, settled: Judged) -> list[str]:
    """The questions that are asked after differences were settled, and were not in either keying."""
    first = standing.submission.absent
    return [
        item.id
        for item in _on_paper(standing.instrument, standing.submission.wave)
        if first.get(item.id) == second.absent.get(item.id) == "not_shown" and _is_shown(item, settled)
    ]


@dataclass(frozen=True, kw_only=True)
class Revised:
    """What a comparison led to. `corrected` counts the fields in which the first keying was wrong; `again` says that
    the same had been stored already."""

    corrected: int
    again: bool = False


def revise(
    standing: Standing,
    judged: Judged,
    *,
    day: date,
    helper: str,
    n: int,
    bundle: Bundle,
    store: Store,
    keys: Keys,
    moment: datetime,
) -> Revised | None:
    """Stores what is right beside what stands, where something of it was wrong. `n` is of the record that was compared.
    None where the answers were corrected or erased since."""
    stands = standing.submission
    received = stands.received if day == standing.day else records.timestamp(moment_of(day, bundle, moment))
    now = dataclasses.replace(
        stands, answers=judged.answers, absent=judged.absent, helper=helper, received=received, digest=""
    )
    now = dataclasses.replace(now, digest=records.digest(now, keys.digest_key))
    wrong = differences(standing, judged, day=day, helper=helper)
    if not wrong:
        return Revised(corrected=0, again=standing.place.n != n)
    if standing.place.n != n:
        return None
    kept = dataclasses.replace(now, revisions=stands.revisions + 1)
    return Revised(corrected=len(wrong)) if correcting.keep(store, kept, standing.place) == "stored" else None
