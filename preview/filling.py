"""Forms to look at: answered as somebody could answer, and wrong in every field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date

from survey import answers
from survey.answers import CHOOSE, OTHER, PARTS, REMIND, WRITE, AnswerProblem, control, judge
from survey.logic import comparisons, parse, shown
from survey.model import ONE_OF, Instrument, Item, Option
from survey.pages import CODE_WRONG, Form

CODE = "ABCD-EFGH-JKMNP"
"""A code as it looks; it opens nothing."""


def plausible(instrument: Instrument, wave: str, *, words: str, today: date) -> Form:
    """Every question that is shown has an answer without a problem; what cannot be guessed stays empty. `words` stand
    where people write."""
    fields: dict[str, list[str]] = {}
    for n, item in enumerate(instrument.items(wave)):
        given = judge(instrument, wave, fields, today=today).answers
        if item.id in shown(instrument, wave, given):
            fields.update({name: [value] for name, value in _answer(instrument, item, n, words, today)})
    for problem in judge(instrument, wave, fields, today=today).problems:
        for name in answers.item_fields(instrument, instrument.item(problem.name)):
            fields.pop(name, None)
    return Form(fields=fields)


def _answer(instrument: Instrument, item: Item, n: int, words: str, today: date) -> Iterator[tuple[str, str]]:
    options = [o for o in instrument.options(item) if not (o.missing or o.other or o.exclusive)]
    if item.type in ONE_OF and options:
        # Varied a little where there are steps; else the first, which more often has questions that follow.
        at = (len(options) // 2 + n % 2) % len(options) if item.type in ("likert", "scale") else 0
        yield item.id, str(options[at].value)
    elif item.type == "multiple":
        count = item.at_least or min(2, item.at_most or 2)
        yield from ((f"{item.id}.{option.value}", str(option.value)) for option in options[:count])
    elif item.type == "rank":
        places = enumerate(options[: item.at_most], 1)
        yield from ((f"{item.id}.{option.value}", str(place)) for place, option in places)
    elif item.type in ("date", "month"):
        parts = reversed(_day(item, today).split("-"))
        yield from ((f"{item.id}.{part}", str(int(text))) for part, text in zip(PARTS[item.type], parts, strict=True))
    else:
        typed = _typed(item, n, words, today)
        if typed:
            yield item.id, typed


def _typed(item: Item, n: int, words: str, today: date) -> str:
    """What somebody would type or tick for an item without options; empty where nothing is."""
    if item.type in ("integer", "decimal"):
        return str(_number(item))
    if item.type == "year":
        return _day(item, today)
    fixed = {
        "time": _time(item, n),
        "text": words[: item.max_length],
        "long_text": words[: item.max_length],
        "email": "nimi@example.fi",
        "phone": "040 123 4567",
        "consent": "yes",
        "hidden": str(item.value),
    }
    return fixed.get(item.type, "")


def _number(item: Item) -> int:
    low = item.minimum if isinstance(item.minimum, int | float) else None
    high = item.maximum if isinstance(item.maximum, int | float) else None
    if low is not None and high is not None:
        return round((low + high) / 2)
    return round(low + 5 if low is not None else high - 5 if high is not None else 10)


def _time(item: Item, n: int) -> str:
    """Later for later questions, since a time of ending follows one of beginning."""
    minutes = min(8 * 60 + 10 * n, 20 * 60)
    time = max(f"{minutes // 60:02}:{minutes % 60:02}", str(item.minimum or ""))
    return min(time, str(item.maximum or "99")).replace(":", ".")


def _day(item: Item, today: date) -> str:
    """A date, month or year within the item's limits, as ISO text: today if it can be."""
    length = {"date": 10, "month": 7, "year": 4}[item.type]
    now = today.isoformat()[:length]
    low, high = (now if limit == "today" else str(limit or "") for limit in (item.minimum, item.maximum))
    if low and now < low:
        return low
    return high if high and now > high else now


def met(instrument: Instrument, wave: str, form: Form) -> Form:
    """A form in which what conditions ask for is chosen, so that the questions that rest on it are shown."""
    fields = dict(form.fields)
    conditions = [*(section.show_if for section in instrument.sections), *(i.show_if for i in instrument.items(wave))]
    for one in (one for text in conditions if text for one in comparisons(parse(text))):
        if one.operator in ("==", "in"):
            many = instrument.item(one.item).type == "multiple"
            fields[f"{one.item}.{one.values[0]}" if many else one.item] = [str(one.values[0])]
    return dataclasses.replace(form, fields=fields)


# --- wrong ----------------------------------------------------------------------------------------


def wrong(instrument: Instrument, wave: str, *, code: bool, today: date) -> Form:
    """Every question has its problem: the one that its wrong answer gets, else that of a question that must be
    answered. What conditions ask for is chosen all the same, so that each is seen. With `code`, the code is
    wrong too."""
    # Without conditions, since what is not shown is not judged.
    bare = _unconditional(instrument)
    fields = {name: [value] for item in bare.items(wave) for name, value in _mistake(bare, item)}
    judged = {problem.name: problem for problem in judge(bare, wave, fields, today=today).problems}
    problems = [AnswerProblem("_code", "i-_code", CODE_WRONG)] if code else []
    for item in instrument.items(wave):
        if item.type not in ("hidden", "calculated", "consent"):
            problems.append(judged.get(item.id) or _unanswered(instrument, item))
    return met(instrument, wave, Form(fields=fields, problems=tuple(problems), code=CODE if code else ""))


def _unanswered(instrument: Instrument, item: Item) -> AnswerProblem:
    return AnswerProblem(item.id, control(instrument, item), CHOOSE if instrument.options(item) else WRITE)


def _unconditional(instrument: Instrument) -> Instrument:
    sections = tuple(
        dataclasses.replace(
            section, show_if=None, items=tuple(dataclasses.replace(item, show_if=None) for item in section.items)
        )
        for section in instrument.sections
    )
    return dataclasses.replace(instrument, sections=sections)


def _mistake(instrument: Instrument, item: Item) -> Iterator[tuple[str, str]]:
    options = instrument.options(item)
    if any(option.other for option in options):
        yield f"{item.id}.{OTHER}", "…"
    if item.type == "multiple":
        yield from ((f"{item.id}.{option.value}", str(option.value)) for option in _too_many(item, options))
    elif item.type == "rank":
        yield from ((f"{item.id}.{option.value}", "1") for option in options[:2])
    elif item.type in ("date", "month"):
        impossible = {"day": "31", "month": "13" if item.type == "month" else "2", "year": str(2026)}
        yield from ((f"{item.id}.{part}", impossible[part]) for part in PARTS[item.type])
    elif item.type in ("text", "long_text"):
        limit = item.max_length or (answers.TEXT_LIMIT if item.type == "long_text" else answers.SHORT_TEXT_LIMIT)
        yield item.id, "abcd " * (limit // 5) + "abcdef"
    else:
        typed = {"integer": "1a", "decimal": "1,a", "year": "26", "time": "25.00", "email": "nimi", "phone": "1a",
                 "hidden": str(item.value)}  # fmt: skip
        if item.type in typed:
            yield item.id, typed[item.type]


def _too_many(item: Item, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Choices that do not go together, or are more or fewer than may be; none where any will do."""
    alone = [option for option in options if option.exclusive]
    if alone and len(options) > 1:
        return (*alone[:1], *(option for option in options if not option.exclusive))[:2]
    if item.at_most is not None and item.at_most < len(options):
        return options[: item.at_most + 1]
    return options[:1] if (item.at_least or 1) > 1 else ()


def reminded(instrument: Instrument, wave: str) -> Form:
    """The questions that are asked once more when they were left out."""
    reminders = tuple(
        AnswerProblem(item.id, control(instrument, item), REMIND)
        for item in instrument.items(wave)
        if item.required == "soft"
    )
    return Form(reminders=reminders, asked=True)


def reminds(instrument: Instrument, wave: str) -> bool:
    """Whether any question is asked once more."""
    return any(item.required == "soft" for item in instrument.items(wave))
