"""What a posted form says: fields judged against an instrument, into answers and absences, or problems to mend.

The collector alone judges answers; pages only help. Sentences are gettext messages, filled in by the page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from survey import logic
from survey.marking import _
from survey.model import Instrument, Item, Option
from survey.records import Answer

TEXT_LIMIT = 2000
SHORT_TEXT_LIMIT = 200
Fields = Mapping[str, Sequence[str]]
"""Every name in a posted form with the values that came under it."""


@dataclass(frozen=True)
class AnswerProblem:
    """What is wrong with one field: a message with its placeholders, and the control to go to."""

    name: str
    control: str
    message: str
    values: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """The outcome for one form: answers and absences are whole only where there are no problems."""

    answers: Mapping[str, Answer]
    absent: Mapping[str, str]
    problems: tuple[AnswerProblem, ...]


class MalformedForm(ValueError):
    """Fields that no page of ours could have sent; the message is a plain sentence."""


CHOOSE = _("Choose an answer to this question.")
WRITE = _("Write an answer to this question.")
WHOLE_NUMBER = _("Write a whole number, for example {example}.")
BETWEEN = _("Write a number from {minimum} to {maximum}.")
AT_LEAST = _("Write a number that is at least {minimum}.")
AT_MOST = _("Write a number that is at most {maximum}.")
UNKNOWN_FIELD = _("The form has a field that this questionnaire does not have. Open the questionnaire again.")
REPEATED_FIELD = _("The form has the same field twice. Open the questionnaire again.")
UNKNOWN_ANSWER = _("The form has an answer that this questionnaire does not have. Open the questionnaire again.")
SHORTEN = _("The text is {length} characters long. Shorten it to at most {limit}.")


def field_names(instrument: Instrument, wave: str) -> frozenset[str]:
    """Every field name that a page of this instrument can send, without our own `_` fields."""
    names: set[str] = set()
    for item in instrument.items(wave):
        if item.type == "multiple":
            names.update(f"{item.id}.{option.value}" for option in instrument.options(item))
        else:
            names.add(item.id)
    return frozenset(names)


def check_fields(instrument: Instrument, wave: str, fields: Fields) -> None:
    """Raises MalformedForm for a name that the page does not have, or a name that came twice."""
    known = field_names(instrument, wave)
    for name, values in fields.items():
        if name.startswith("_"):
            continue
        if name not in known:
            raise MalformedForm(UNKNOWN_FIELD)
        if len(values) > 1:
            raise MalformedForm(REPEATED_FIELD)


def judge(instrument: Instrument, wave: str, fields: Fields) -> Judged:
    """Every item asked at the wave, in answers or in absences; problems in the order of the page."""
    read: dict[str, Answer | Option | AnswerProblem] = {}
    for item in instrument.items(wave):
        answer = _read(instrument, item, fields)
        if answer is not None:
            read[item.id] = answer
    given = {id: a for id, a in read.items() if not isinstance(a, Option | AnswerProblem)}
    shown = logic.shown(instrument, wave, given)
    answers: dict[str, Answer] = {}
    absent: dict[str, str] = {}
    problems: list[AnswerProblem] = []
    for item in instrument.items(wave):
        answer = read.get(item.id)
        if item.id not in shown:
            absent[item.id] = "not_shown"
        elif isinstance(answer, AnswerProblem):
            problems.append(answer)
        elif isinstance(answer, Option):
            absent[item.id] = str(answer.missing)
        elif answer is not None:
            answers[item.id] = answer
        elif item.required == "hard":
            message = CHOOSE if instrument.options(item) else WRITE
            problems.append(AnswerProblem(item.id, control(instrument, item), message))
        else:
            absent[item.id] = "skipped"
    return Judged(answers, absent, tuple(problems))


def control(instrument: Instrument, item: Item) -> str:
    """The HTML id of an item's first control: no suffix, so that a link to the item lands on it."""
    return f"i-{item.id}"


def _read(instrument: Instrument, item: Item, fields: Fields) -> Answer | Option | AnswerProblem | None:
    """One item's answer, its option with a reason to be absent, its problem, or None where nothing was given."""
    if item.type == "multiple":
        return _read_multiple(instrument, item, fields)
    text = _tidy(fields[item.id][0], lines=item.type == "long_text") if item.id in fields else ""
    if not text:
        return None
    if item.type in ("likert", "single"):
        return _read_choice(instrument, item, text)
    if item.type == "integer":
        return _read_integer(instrument, item, text)
    limit = item.max_length or (TEXT_LIMIT if item.type == "long_text" else SHORT_TEXT_LIMIT)
    if len(text) > limit:
        return AnswerProblem(item.id, control(instrument, item), SHORTEN, {"length": len(text), "limit": limit})
    return text


def _read_choice(instrument: Instrument, item: Item, text: str) -> Answer | Option:
    for option in instrument.options(item):
        if str(option.value) == text:
            return option if option.missing else option.value
    raise MalformedForm(UNKNOWN_ANSWER)


def _read_multiple(instrument: Instrument, item: Item, fields: Fields) -> Answer | Option | None:
    ticked = []
    for option in instrument.options(item):
        values = fields.get(f"{item.id}.{option.value}")
        if values is None:
            continue
        if values[0] != str(option.value):
            raise MalformedForm(UNKNOWN_ANSWER)
        ticked.append(option)
    real = [option.value for option in ticked if option.missing is None]
    if real:
        return sorted(real, key=lambda value: (isinstance(value, str), value))
    return ticked[0] if ticked else None


def _read_integer(instrument: Instrument, item: Item, text: str) -> Answer | AnswerProblem:
    def problem(message: str, **values: int) -> AnswerProblem:
        return AnswerProblem(item.id, control(instrument, item), message, values)

    low, high = item.minimum, item.maximum
    # The typed digits may be Arabic; a minus may be typographic.
    digits = "".join(c for c in text.replace("\u2212", "-") if unicodedata.category(c) not in ("Zs", "Cf"))
    if len(digits) > 12 or not digits.removeprefix("-").isdecimal():
        return problem(WHOLE_NUMBER, example=low if low is not None else 10)
    number = int(digits)
    if low is not None and high is not None and not low <= number <= high:
        return problem(BETWEEN, minimum=low, maximum=high)
    if low is not None and number < low:
        return problem(AT_LEAST, minimum=low)
    if high is not None and number > high:
        return problem(AT_MOST, maximum=high)
    return number


def _tidy(text: str, *, lines: bool) -> str:
    """NFC, line ends as `\\n`, without control characters and outer space."""
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = text.replace("\n", " ")
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) != "Cc").strip()
    # Marks of direction and joiners belong inside a text; alone or around it they are nothing that was written.
    while text and unicodedata.category(text[0]) in ("Cf", "Zs"):
        text = text[1:]
    while text and unicodedata.category(text[-1]) in ("Cf", "Zs"):
        text = text[:-1]
    return text.strip()
