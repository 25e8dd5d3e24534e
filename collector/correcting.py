"""Correcting one's own answers, by the receipt that only the person got: what was sent is shown again, and what is sent
then is stored beside it and holds from then on.

A correction has the id of what it corrects, since the receipt belongs to both. Sent again, it is known by its content.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Literal

from collector import erasing, results, words
from collector.bundle import Bundle
from collector.settings import Keys
from collector.stores import Store, StoreTrouble
from survey import answers, codes, json_answers, pages, records
from survey.answers import Judged
from survey.frozen import dataclass
from survey.model import Instrument, Service, is_open
from survey.pages import Form
from survey.records import Submission, SubmissionKey

_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A questionnaire with what somebody answered, to be corrected."""

    instrument: Instrument
    wave: str
    language: str
    service: Service | None
    form: Form


class NoLonger(Exception):
    """The questionnaire is no longer on the site."""


def begun(bundle: Bundle, store: Store, keys: Keys, typed: str, *, shared: bool, random: codes.Random) -> Begun | None:
    """The answers of a receipt as a form; None for any bad receipt. Raises NoLonger, and SealedRecord where nobody here
    can read them."""
    found = results.by_receipt(store, keys, typed)
    if found is None:
        return None
    instrument = bundle.library.instruments.get(f"{found.instrument}@{found.version}")
    service = {service.id: service for service in bundle.library.services.services}.get(found.service)
    if instrument is None or service is None or found.language not in bundle.messages:
        raise NoLonger
    own = is_open(service, instrument) or instrument.by_service
    return Begun(
        instrument=instrument,
        wave=found.wave,
        language=found.language,
        service=service if own else None,
        form=Form(
            fields=fields(instrument, found),
            id=codes.new_id(random),
            helper=found.helper or "none",
            channel="shared_device" if shared else "own_device",
            receipt=typed,
            notice=pages.CORRECTING,
        ),
    )


def fields(instrument: Instrument, submission: Submission) -> answers.Fields:
    """What a page would have sent: answers, and options that say why there is none."""
    given = {name: answer for name, answer in submission.answers.items() if _is_asked(instrument, name)}
    found = dict(json_answers.fields(instrument, submission.wave, given))
    for item in instrument.items(submission.wave):
        reason = submission.absent.get(item.id)
        for option in instrument.options(item):
            if reason and option.missing == reason:
                name = f"{item.id}.{option.value}" if item.type == "multiple" else item.id
                found[name] = [str(option.value)]
                break
    return found


def _is_asked(instrument: Instrument, name: str) -> bool:
    return instrument.item(name.partition(".")[0]).type != "calculated"


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """What became of a correction. `taken_back` says that the answers were erased meanwhile."""

    receipt: str
    taken_back: bool = False


def correct(
    submission: Submission, judged: Judged, typed: str, *, store: Store, keys: Keys, moment: datetime
) -> Corrected | None:
    """Stores a correction before it returns. None for a receipt that is not of this questionnaire.

    `submission` has what was sent; whose it is, and its service, come from what it corrects.
    """
    receipt = codes.normalised_receipt(typed)
    for _ in range(_TRIES):
        found = results.by_receipt_envelope(store, keys, typed)
        place = results.place(store, keys, typed)
        if receipt is None or found is None or place is None:
            return None
        if (found.instrument, found.wave) != (submission.instrument, submission.wave):
            return None
        now = dataclasses.replace(
            submission, id=found.id, participation=found.participation, service=found.service, answers=judged.answers
        )
        now = dataclasses.replace(now, digest=records.digest(now, keys.digest_key))
        if now.digest == found.digest:
            return Corrected(receipt=receipt)
        kept = dataclasses.replace(now, received=records.timestamp(moment), revisions=found.revisions + 1)
        stored = keep(store, kept, place)
        if stored != "meanwhile":
            return Corrected(receipt=receipt, taken_back=stored == "taken back")
    raise StoreTrouble("The answers are being corrected by somebody else at the same moment.")


def keep(store: Store, kept: Submission, place: SubmissionKey) -> Literal["stored", "taken back", "meanwhile"]:
    """Stores a correction beside what stands at a place. It is taken back at once where the answers were erased, and
    not stored where somebody else corrected them meanwhile."""
    key = records.submission_key(place.owner, place.instrument, place.wave, place.n + 1)
    if not store.create(key, records.encode(kept)):
        return "meanwhile"
    if erasing.is_buried(store, place.owner, place.instrument, place.wave):
        store.remove(key)
        return "taken back"
    words.forget_corrected(store, kept)
    return "stored"
