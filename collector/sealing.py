"""Sealed answers: whoever holds the server and its store cannot read them, only the holder of one of several keys.

A store that seals wraps another. Of a submission the envelope stays readable; everything that somebody said is
encrypted with age (age-encryption.org/v1, X25519) to every recipient, in two parts, so that words can be removed when
their time is over without a key. Each part is padded, so that its length tells little of what is inside.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from collector.settings import SettingsError
from collector.stores import Around, Record, Store, StoreTrouble
from survey import records
from survey.model import canonical
from survey.records import Envelope, SealedSubmission, Submission

try:
    import pyrage
except ImportError:
    raise StoreTrouble("What seals answers is not installed. Install it: deploy/checkout/set-up stores") from None

ANSWERS, WORDS = "answers", "words"
_SMALLEST = 1024
"""Bytes of the smallest part; a larger one has the next power of two."""
_ENVELOPE = {field.name for field in dataclasses.fields(Envelope)}


class SealingStore(Around):
    """A store that seals what somebody answered on its way in, and gives back what is stored, as it is stored."""

    def __init__(self, store: Store, recipients: Sequence[str], words: Mapping[str, frozenset[str]]) -> None:
        """`recipients` are age public keys; `words` has, by `instrument@version`, the items answered in words. Raises
        StoreTrouble where a key is none."""
        super().__init__(store)
        self._words = words
        self._recipients = [_recipient(text) for text in recipients]

    def create(self, key: str, body: bytes) -> bool:
        return self._store.create(key, self._sealed(key, body))

    def create_in_order(self, *chain: Record) -> int:
        return self._store.create_in_order(*((key, self._sealed(key, body)) for key, body in chain))

    def _sealed(self, key: str, body: bytes) -> bytes:
        if not key.startswith("submission/") or records.is_sealed(body):
            # What is sealed already comes back without its words, when their time is over.
            return body
        submission = records.decode(Submission, body)
        words = self._words[f"{submission.instrument}@{submission.version}"]
        return records.encode(sealed(submission, self._recipients, words))


class OpenedStore(Around):
    """A store whose sealed submissions come out readable, for whoever holds a key. Nothing is written through it."""

    def __init__(self, store: Store, identities: Sequence[pyrage.x25519.Identity]) -> None:
        super().__init__(store)
        self._identities = list(identities)

    def read(self, key: str) -> bytes | None:
        body = self._store.read(key)
        if body is None or not key.startswith("submission/") or not records.is_sealed(body):
            return body
        return records.encode(opened(records.decode(SealedSubmission, body, key=key), self._identities, key=key))

    def create(self, key: str, body: bytes) -> bool:
        raise StoreTrouble("A store that is being opened is not written to.")

    def create_in_order(self, *chain: Record) -> int:
        raise StoreTrouble("A store that is being opened is not written to.")

    def remove(self, key: str) -> None:
        raise StoreTrouble("A store that is being opened is not written to.")


def sealed(
    submission: Submission, recipients: Sequence[pyrage.x25519.Recipient], words: frozenset[str]
) -> SealedSubmission:
    """A submission with everything that somebody said in two sealed parts: what was written in words, and the rest."""
    content = {name: value for name, value in dataclasses.asdict(submission).items() if name not in _ENVELOPE}
    answers = content.pop("answers")
    written = {item: answers.pop(item) for item in [*answers] if item in words}
    parts = {ANSWERS: {**content, "answers": answers, "written": [*written]}, WORDS: written}
    return SealedSubmission(
        **{name: getattr(submission, name) for name in _ENVELOPE},
        sealed={name: _encrypted(part, recipients) for name, part in parts.items()},
    )


def opened(record: SealedSubmission, identities: Sequence[pyrage.x25519.Identity], *, key: str = "") -> Submission:
    """The submission that was sealed. Raises StoreTrouble where none of the identities opens it."""
    try:
        answers = _decrypted(record.sealed[ANSWERS], identities)
        words = _decrypted(record.sealed[WORDS], identities) if WORDS in record.sealed else None
    except pyrage.DecryptError:
        raise StoreTrouble(
            f"This key does not open the record '{key}'. Give the identity of somebody whom answers were sealed to "
            "when it was received."
        ) from None
    written = answers.pop("written")
    submission = Submission(**{name: getattr(record, name) for name in _ENVELOPE}, **answers)
    if words is None:
        return records.without_words(submission, written)
    return dataclasses.replace(submission, answers={**submission.answers, **words})


def _encrypted(part: object, recipients: Sequence[pyrage.x25519.Recipient]) -> str:
    data = canonical(part)
    size = max(_SMALLEST, 1 << (len(data) - 1).bit_length())
    # Spaces after JSON mean nothing.
    return base64.b64encode(pyrage.encrypt(data.ljust(size), list(recipients))).decode("ascii")


def _decrypted(text: str, identities: Sequence[pyrage.x25519.Identity]) -> dict[str, Any]:
    found = json.loads(pyrage.decrypt(base64.b64decode(text), list(identities)))
    assert isinstance(found, dict)
    return found


def to_open(store: Store) -> Iterator[str]:
    """The keys of what an analyst needs: participations with their numbers, submissions, replies to alarms, and what
    was released of open answers."""
    for prefix in ("number/", "participation/", "reply/", "submission/", "words/"):
        yield from store.scan(prefix)


# --- keys -----------------------------------------------------------------------------------------


def _recipient(text: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise StoreTrouble(
            f"'{text}' in 'sealed_to' of site.yaml is no public key of age. Make one with: mittari keys --identity FILE"
        ) from None


def new_identity() -> tuple[str, str]:
    """A fresh identity, which opens what is sealed to it, and its public key."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def read_identities(path: Path) -> list[pyrage.x25519.Identity]:
    """The identities in a file as `mittari keys --identity` and `age-keygen` write it. Raises SettingsError."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except OSError as error:
        raise SettingsError(f"The identity at '{path}' cannot be read: {(error.strerror or '').lower()}.") from error
    except (ValueError, pyrage.IdentityError):
        found = []
    if not found:
        raise SettingsError(f"The file '{path}' holds no identity. Make one with: mittari keys --identity FILE")
    return found
