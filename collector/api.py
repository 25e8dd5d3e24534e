"""The interface for programs that send answers: JSON in and out, problems as RFC 9457 has them.

What a program sends becomes the fields that a page would send, and `receive` judges and stores them. What may come in
and what is told stands in `collector.openapi`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from collector.bundle import Bundle
from collector.due import NothingOpen, language_met
from collector.due import due as due_now
from collector.openapi import CODE, KINDS, SUBMISSION, problem_body, wrong
from collector.receive import Accepted, Address, Invalid, Refused, local_day, receive
from collector.settings import Keys
from collector.stores import Store, StoreTrouble
from survey import codes, json_answers, pages
from survey.answers import OTHER, AnswerProblem, Fields
from survey.frozen import dataclass
from survey.model import as_data, meaning
from survey.records import UnreadableRecord


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a program is told. `trouble` is what went wrong on our side, for the log."""

    status: int
    body: Mapping[str, Any]
    trouble: Exception | None = None


_OF_STATUS = {400: "shape", 404: "not-found", 405: "method", 413: "too-large", 415: "media-type", 503: "store"}


def failed(status: int) -> Reply:
    """The problem that a bare status stands for."""
    return _problem(_OF_STATUS.get(status, "fault" if status >= 500 else "shape"), status=status)


def _problem(name: str, *, status: int = 0, errors: Mapping[tuple[str, ...], str] | None = None, **more: str) -> Reply:
    status = status or KINDS[name].status
    return Reply(status=status, body=problem_body(name, status=status, errors=errors or {}, **more))


# --- what is asked of us --------------------------------------------------------------------------


def submit(
    sent: Mapping[str, Any], *, bundle: Bundle, store: Store, keys: Keys, moment: datetime, random: codes.Random
) -> Reply:
    """Answers from a program: judged and stored as those of a page are."""
    if faults := wrong(SUBMISSION, sent):
        return _problem("shape", errors=faults)
    instrument = bundle.library.instruments.get(f"{sent['instrument']}@{sent['version']}")
    answers: Fields = {}
    if instrument is not None:
        try:
            answers = json_answers.fields(instrument, sent["wave"], sent.get("answers", {}))
        except json_answers.NotOfItsKind as error:
            told = "The questionnaire has no such question, or no such answer to it."
            return _problem("questionnaire", errors={("answers", name): told for name in error.names})
    outcome = receive(_fields(sent, answers), bundle=bundle, store=store, keys=keys, moment=moment, random=random)
    match outcome:
        case Accepted(changed=True):
            return _problem("differs", receipt=codes.receipt_shown(outcome.receipt))
        case Accepted():
            return Reply(status=201, body={"receipt": codes.receipt_shown(outcome.receipt), "more": outcome.more})
        case Refused(status=409, language=language, text=text):
            return _problem("answered", message=bundle.page(language).say(text))
        case Refused(language=language, text=text):
            return _problem("questionnaire", message=bundle.page(language).say(text))
        case Invalid():
            return _invalid(outcome, bundle)


def _fields(sent: Mapping[str, Any], answers: Fields) -> Fields:
    """What a page would send. JSON that ends is whole, which a page says with `_end`."""
    own = ("id", "instrument", "version", "meaning", "wave", "language", "channel", "service", "code", "helper")
    whole = {f"_{name}": [str(sent[name])] for name in own if name in sent}
    if sent.get("asked"):
        whole["_asked"] = ["1"]
    return {**whole, **answers, "_end": ["1"]}


def _invalid(invalid: Invalid, bundle: Bundle) -> Reply:
    form, at = invalid.form, invalid.address
    if form.notice == pages.TROUBLE:
        return dataclasses.replace(_problem("store"), trouble=invalid.trouble)
    if form.notice == pages.CHANGED:
        return _problem("worded-anew")
    if form.notice == pages.CONFIRM:
        return _problem("id-used")
    problems = (*form.problems, *form.reminders)
    is_code = any(problem.name == "_code" for problem in problems)
    return _problem("code" if is_code else "answers", errors=_said(problems, at, bundle))


def _said(problems: Sequence[AnswerProblem], at: Address, bundle: Bundle) -> Mapping[tuple[str, ...], str]:
    page = bundle.question_page(at.instrument, at.wave, at.language, at.service)
    said: dict[tuple[str, ...], str] = {}
    for problem in problems:
        name = problem.control.removeprefix("i-") if problem.control.endswith(f".{OTHER}") else problem.name
        said[("code",) if name == "_code" else ("answers", name)] = pages.problem_text(page, problem)
    return said


def due(sent: Mapping[str, Any], *, bundle: Bundle, store: Store, keys: Keys, moment: datetime) -> Reply:
    """What is due under a code."""
    if faults := wrong(CODE, sent):
        return _problem("shape", errors=faults)
    language = bundle.language(sent.get("language", ""))
    try:
        found = due_now(sent["code"], bundle=bundle, store=store, keys=keys, today=local_day(bundle, moment))
    except (StoreTrouble, UnreadableRecord) as trouble:
        return dataclasses.replace(_problem("store"), trouble=trouble)
    if found is None:
        message = pages.CODE_WRONG if sent["code"].strip() else pages.CODE_MISSING
        return _problem("code", errors={("code",): bundle.page(language).say(message)})
    if isinstance(found, NothingOpen):
        if found.opens is not None:
            return Reply(status=200, body={"state": "later", "opens": found.opens.isoformat()})
        return Reply(status=200, body={"state": "done" if found.done else "over"})
    instrument = found.instrument
    language = language_met(instrument, language, bundle)
    own = {"service": found.service.id} if instrument.by_service else {}
    return Reply(
        status=200,
        body={
            "state": "due",
            "instrument": instrument.instrument,
            "version": instrument.version,
            "wave": found.wave,
            "language": language,
            "page": pages.questionnaire_path(instrument, found.wave, language, found.service),
            **own,
        },
    )


def instrument(key: str, *, bundle: Bundle) -> Reply:
    """A questionnaire, with what an answer to it may be."""
    found = bundle.library.instruments.get(key)
    if found is None:
        return failed(404)
    languages = [tag for tag in found.languages if tag in bundle.messages]
    return Reply(
        status=200,
        body={
            "instrument": as_data(found),
            "meaning": {tag: meaning(found, tag) for tag in languages},
            "answers": {wave: json_answers.schema(found, wave) for wave in found.waves},
        },
    )
