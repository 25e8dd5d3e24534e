"""What is stored, and under which keys. Every record is JSON bytes under a key; none is ever overwritten.

| key | record |
|---|---|
| `participation/<id>/<n>` | one person's spell in one service; the highest n holds |
| `number/<number>` | which participation a printed number belongs to |
| `code/<keyed hash>` | which participation a code opens |
| `submission/<participation, or o_<id>>/<instrument>/<wave>/<n>` | answers; n = 1 by code, n + 1 by receipt |
| `receipt/<keyed hash>` | which submission a receipt belongs to |
| `tombstone/<participation, or o_<id>>` | that these were erased |
| `audit/<time>/<id>` | what staff did |
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeVar

from survey.model import as_data, canonical, from_data

FORMAT = 1
Answer = int | float | str | list[int | str]
ExitReason = Literal["completed", "work", "education", "illness", "transfer", "other"]


class UnreadableRecord(ValueError):
    """A stored record is not of a format that this version reads."""


@dataclass(frozen=True, kw_only=True)
class Participation:
    """One person's spell in one service: the unit that waves link. Dates are ISO text; `person` is a pseudonym."""

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
    reason). `digest` covers the content without the time of receipt.
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
    answers: Mapping[str, Answer] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The participation, or `o_<id>` for an open survey: the first part of the key."""
        return self.participation or f"o_{self.id}"


def digest(submission: Submission) -> str:
    """SHA-256 in hex over the content of a submission, whenever it was received."""
    content = _full(dataclasses.replace(submission, digest="", received=""))
    return hashlib.sha256(canonical(content)).hexdigest()


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


def parse_submission_key(key: str) -> SubmissionKey:
    """The parts of a key that `submission_key` made. Raises UnreadableRecord for any other."""
    parts = key.split("/")
    if len(parts) != 5 or parts[0] != "submission" or not parts[4].isdigit():
        raise UnreadableRecord(f"'{key}' is not the key of a submission")
    return SubmissionKey(parts[1], parts[2], parts[3], int(parts[4]))


# --- bodies ---------------------------------------------------------------------------------------

T = TypeVar("T", Participation, Submission)


def _full(record: object) -> dict[str, Any]:
    """Every field, also those at their default, so that a record can be read without this code."""
    return {f.name: as_data(getattr(record, f.name)) for f in dataclasses.fields(record)}  # type: ignore[arg-type]


def encode(record: Participation | Submission) -> bytes:
    """The bytes to store."""
    return canonical({"record": FORMAT, **_full(record)})


def decode(cls: type[T], body: bytes, *, key: str = "") -> T:
    """The record in these bytes. Raises UnreadableRecord, which names the key, for anything `encode` did not write."""
    try:
        data = json.loads(body)
        if data.pop("record") != FORMAT:
            raise UnreadableRecord("the record is of a later format than this version of Mittari reads")
        return from_data(cls, data)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        name = f"the record '{key}'" if key else "a stored record"
        raise UnreadableRecord(f"{name} cannot be read ({error}). Restore it from a backup.") from error


def encode_link(**fields: str) -> bytes:
    """The bytes of a record that only points: a number, a code or a receipt."""
    return canonical({"record": FORMAT, **fields})


def decode_link(body: bytes) -> Mapping[str, str]:
    """The fields of a record that only points. Raises UnreadableRecord."""
    try:
        data = json.loads(body)
        if data.pop("record") != FORMAT:
            raise UnreadableRecord("the record is of a later format than this version of Mittari reads")
        return {str(key): str(value) for key, value in data.items()}
    except (ValueError, KeyError, AttributeError) as error:
        raise UnreadableRecord(f"a stored record cannot be read: {error}") from error


def timestamp(moment: datetime) -> str:
    """UTC in milliseconds, `2026-03-31T08:15:30.123Z`. The moment must carry a time zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
