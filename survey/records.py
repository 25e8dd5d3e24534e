"""What is stored, and under which keys. Every record is JSON bytes under a key; none is ever overwritten.

| key | record |
|---|---|
| `participation/<id>/<n>` | one person's spell in one service; the highest n holds |
| `number/<number>` | which participation a printed number belongs to |
| `code/<keyed hash>` | which participation a code opens |
| `submission/<participation, or o_<id>>/<instrument>/<wave>/<n>` | answers; n = 1 by code, n + 1 by receipt |
| `receipt/<keyed hash>` | which submission a receipt belongs to |
| `tombstone/<participation, or o_<id>>[/<instrument>/<wave>[/<id>]]` | that these were erased |
| `audit/<time>/<id>` | what staff did |
| `reply/<alarm>/<n>` | what an organisation answered to an alarm or to thanks; a later n amends |
| `words/<submission's id>/<item>/<n>` | what became of an open answer: released, or not; a later n holds |

Records of an earlier format are read as they would have been written today; those of a later one are refused.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar

from survey.frozen import dataclass
from survey.model import as_data, canonical, from_data

FORMAT = 2
"""2: digests are keyed, a participation knows its code, answers may be sealed."""
Answer = int | float | str | list[int | str]
Extent = Literal["complete", "partial", "break_off"]
COMPLETE, PARTIAL = 0.8, 0.5
"""Shares of the items shown that AAPOR (Standard Definitions, 10th edition) suggests: above the first a submission is
complete, from the second on partial, below it a break-off."""
ExitReason = Literal["completed", "work", "education", "illness", "transfer", "other"]
Role = Literal["buyer", "provider", "area"]


PURGED = "purged"
"""The reason of an absence: the answer was removed when its time was over."""


class UnreadableRecord(ValueError):
    """A stored record is not of a format that this version reads."""


class LaterFormat(UnreadableRecord):
    """A record of a later Mittari."""

    def __init__(self) -> None:
        super().__init__("The store was written by a later Mittari. Update Mittari first.")


class SealedRecord(UnreadableRecord):
    """The answers of a record are sealed, and only the holder of a key can read them."""

    def __init__(self) -> None:
        super().__init__("The answers are sealed. Open the store where a key is: mittari unseal")


@dataclass(frozen=True, kw_only=True)
class Participation:
    """One person's spell in one service: the unit that waves link. Dates are ISO text; `person` is a pseudonym.

    `code` is the keyed hash of the one code that opens it; empty where none does, None in records from before it was
    kept, which have one code. `revoked` is when it was found that the person is not to be asked.
    """

    id: str
    number: str
    service: str
    group: str | None = None
    start: str
    planned_end: str
    end: str | None = None
    exit_reason: ExitReason | None = None
    person: str | None = None
    invited: str
    code: str | None = None
    revoked: str | None = None

    @property
    def start_date(self) -> date:
        return date.fromisoformat(self.start)

    @property
    def end_date(self) -> date:
        """The actual end if there is one, else the planned."""
        return date.fromisoformat(self.end or self.planned_end)


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One respondent's answers to one instrument at one wave.

    Each item asked at the wave is in exactly one of `answers` and `absent` (`not_shown`, `skipped`, or the option's
    reason). `digest` covers what was sent; empty in records from before it was keyed. `revisions` counts corrections.
    """

    id: str
    digest: str = ""
    participation: str | None
    service: str
    instrument: str
    version: int
    meaning: str
    wave: str
    language: str
    channel: str
    helper: str
    received: str = ""
    revisions: int = 0
    answers: Mapping[str, Answer] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The participation, or `o_<id>` for an open survey: the first part of the key."""
        return self.participation or f"o_{self.id}"


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """What is readable of every submission, sealed or not."""

    id: str
    digest: str
    participation: str | None
    service: str
    instrument: str
    version: int
    wave: str
    received: str
    revisions: int = 0


@dataclass(frozen=True, kw_only=True)
class SealedSubmission(Envelope):
    """A submission whose answers only the holder of a key can read. `sealed` has the parts, base64 of age files."""

    sealed: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What an organisation, never a person, answered to an alarm or to thanks: the n-th reply, which amends those
    before it. `action` is what it has done or will do, `done` the ISO day by when."""

    alarm: str
    n: int
    by: Role
    organisation: str
    text: str
    action: str = ""
    done: str | None = None
    moment: str


@dataclass(frozen=True, kw_only=True)
class Released:
    """What the area's named `role` decided on an open answer: its `text` as others may read it, or None where it is
    withheld. `digest` is of the answer that was read, and `owner` the first part of its submission's key.
    """

    submission: str
    item: str
    n: int
    digest: str
    owner: str
    service: str
    instrument: str
    wave: str
    text: str | None
    role: str
    moment: str

    @property
    def id(self) -> str:
        """What the answer is called, whatever is decided on it."""
        return f"{self.submission}/{self.item}"


def without_words(submission: Submission, words: Collection[str]) -> Submission:
    """A submission without what was answered in words: each such item is absent, since it was purged; words beside an
    option are gone without a trace."""
    items = {item for item in words if "." not in item}
    return dataclasses.replace(
        submission,
        answers={item: answer for item, answer in submission.answers.items() if item not in words},
        absent={**submission.absent, **dict.fromkeys(sorted(items), PURGED)},
    )


def digest(submission: Submission, key: bytes) -> str:
    """HMAC-SHA-256 in hex over what was sent. Without the key nobody can try out which answers have this digest."""
    content = _full(submission) | {"digest": "", "received": "", "revisions": 0}
    return hmac.digest(key, b"digest:" + canonical(content), "sha256").hex()


def words_digest(submission: str, item: str, text: str) -> str:
    """SHA-256 in hex over an open answer. Whoever knows it can try out what an answer was, and needs all of it."""
    return hashlib.sha256(canonical([submission, item, text])).hexdigest()


# --- keys -----------------------------------------------------------------------------------------


def participation_key(id: str, n: int) -> str:
    return f"participation/{id}/{n:04d}"


def number_key(number: str) -> str:
    return f"number/{number}"


def code_key(hashed: str) -> str:
    return f"code/{hashed}"


def receipt_key(hashed: str) -> str:
    return f"receipt/{hashed}"


def submission_key(owner: str, instrument: str, wave: str, n: int) -> str:
    return f"submission/{owner}/{instrument}/{wave}/{n}"


@dataclass(frozen=True)
class SubmissionKey:
    """A submission's key in its parts: enough to count by, without opening a record."""

    owner: str
    instrument: str
    wave: str
    n: int

    @property
    def key(self) -> str:
        return submission_key(self.owner, self.instrument, self.wave, self.n)


def tombstone_key(owner: str, *below: str) -> str:
    """Of everything of an owner; with instrument and wave of one questionnaire; with an id of what was sent once."""
    return "/".join(("tombstone", owner, *below))


def audit_key(at: str, id: str) -> str:
    return f"audit/{at}/{id}"


def audit_day(key: str) -> date:
    """The day, UTC, of what an entry of the audit log tells, by its key."""
    return date.fromisoformat(key.split("/")[1][:10])


def reply_key(alarm: str, n: int) -> str:
    return f"reply/{alarm}/{n:04d}"


def words_key(submission: str, item: str, n: int) -> str:
    return f"words/{submission}/{item}/{n:04d}"


def parse_submission_key(key: str) -> SubmissionKey:
    """The parts of a key that `submission_key` made. Raises UnreadableRecord for any other."""
    parts = key.split("/")
    if len(parts) != 5 or parts[0] != "submission" or not parts[4].isdigit():
        raise UnreadableRecord(f"'{key}' is not the key of a submission")
    return SubmissionKey(parts[1], parts[2], parts[3], int(parts[4]))


# --- bodies ---------------------------------------------------------------------------------------

T = TypeVar("T", Participation, Submission, SealedSubmission, Reply, Released)


def _full(record: object) -> dict[str, Any]:
    """Every field, also those at their default, so that a record can be read without this code."""
    return {f.name: as_data(getattr(record, f.name)) for f in dataclasses.fields(record)}  # type: ignore[arg-type]


def encode(record: Participation | Submission | SealedSubmission | Reply | Released) -> bytes:
    """The bytes to store."""
    return canonical({"record": FORMAT, **_full(record)})


def decode(cls: type[T], body: bytes, *, key: str = "") -> T:
    """The record in these bytes. Raises UnreadableRecord, which names the key, for anything `encode` did not write, and
    SealedRecord where the answers of a submission are asked for and sealed."""
    with _unreadable(key):
        data = _migrated(json.loads(body), cls)
        if "sealed" in data and cls is Submission:
            raise SealedRecord
        return from_data(cls, data)


def envelope(body: bytes, *, key: str = "") -> Envelope:
    """What is readable of a submission. Raises UnreadableRecord."""
    with _unreadable(key):
        data = _migrated(json.loads(body), Submission)
        return from_data(Envelope, {f.name: data[f.name] for f in dataclasses.fields(Envelope)})


def is_sealed(body: bytes) -> bool:
    """Whether the answers of a submission are sealed."""
    return b'"sealed":' in body and "sealed" in json.loads(body)


def _migrated(data: dict[str, Any], cls: type) -> dict[str, Any]:
    """The fields of a record as this version would have written them."""
    format = data.pop("record")
    if format not in (1, FORMAT):
        raise LaterFormat
    if format == 1 and cls is Submission:
        data |= {"digest": "", "revisions": 0}
    return data


@contextmanager
def _unreadable(key: str) -> Iterator[None]:
    """What goes wrong inside as UnreadableRecord, with the key."""
    try:
        yield
    except (LaterFormat, SealedRecord):
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        name = f"the record '{key}'" if key else "a stored record"
        raise UnreadableRecord(f"{name} cannot be read ({error}). Restore it from a backup.") from error


def encode_link(**fields: str) -> bytes:
    """The bytes of a record that only points: a number, a code or a receipt."""
    return canonical({"record": FORMAT, **fields})


def decode_link(body: bytes) -> Mapping[str, str]:
    """The fields of a record that only points. Raises UnreadableRecord."""
    with _unreadable(""):
        return {str(key): str(value) for key, value in _migrated(json.loads(body), dict).items()}


def timestamp(moment: datetime) -> str:
    """UTC in milliseconds, `2026-03-31T08:15:30.123Z`. The moment must carry a time zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def extent_of(*, answered: int, shown: int) -> Extent:
    """How much of a questionnaire was answered, by the numbers of its items."""
    share = answered / shown if shown else 1.0
    return "complete" if share > COMPLETE else "partial" if share >= PARTIAL else "break_off"
