"""What a posted form says: fields judged against an instrument, into answers and absences, or problems to mend.

The collector alone judges answers; pages only help. Sentences are gettext messages, filled in by the page.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, time
from typing import cast

from survey import logic
from survey.frozen import dataclass
from survey.marking import _
from survey.model import WORDS, Instrument, Item, Limit, Option, Text
from survey.records import Answer

TEXT_LIMIT = 2000
SHORT_TEXT_LIMIT = 200
Fields = Mapping[str, Sequence[str]]
"""Every name in a posted form with the values that came under it."""


def first(fields: Fields, name: str) -> str:
    """What came under a name, or nothing."""
    return next(iter(fields.get(name, ())), "")


Shown = int | float | str | time | Text
"""What fills a gap of a message. The page writes it as its language does."""


@dataclass(frozen=True)
class AnswerProblem:
    """What is wrong with one field: a message with its placeholders, and the control to go to. `own` is the wording of
    the instrument itself, where it has one, by language."""

    name: str
    control: str
    message: str
    values: Mapping[str, Shown] = field(default_factory=dict)
    own: Text | None = None


@dataclass(frozen=True)
class Judged:
    """The outcome for one form: answers and absences are whole only where there are no problems. `reminders` are
    questions that should be answered, and need not be."""

    answers: Mapping[str, Answer]
    absent: Mapping[str, str]
    problems: tuple[AnswerProblem, ...]
    reminders: tuple[AnswerProblem, ...] = ()


class MalformedForm(ValueError):
    """Fields that no page of ours could have sent; the message is a plain sentence."""


CHOOSE = _("Choose an answer to this question.")
WRITE = _("Write an answer to this question.")
REMIND = _("You have not answered this question.")
WHOLE_NUMBER = _("Write a whole number, for example {example}.")
NUMBER = _("Write a number, for example {example}.")
TWO_WAYS = _("“{typed}” can mean two numbers. Write either {whole} or {decimal}.")
DECIMALS = _("Decimals: at most {decimals}.")
BETWEEN = _("Write a number from {minimum} to {maximum}.")
AT_LEAST = _("Write a number that is at least {minimum}.")
AT_MOST = _("Write a number that is at most {maximum}.")
DATE = _("Write the day, the month and the year with numbers, for example {example}.")
MONTH = _("Write the month and the year with numbers, for example {example}.")
YEAR = _("Write the year with four numbers, for example {example}.")
TIME = _("Write the time with hours and minutes, for example {example}.")
NOT_BEFORE = _("Write a time that is not before {minimum}.")
NOT_AFTER = _("Write a time that is not after {maximum}.")
EMAIL = _("Write the e-mail address in full, for example {example}.")
PHONE = _("Write the telephone number with numbers only, for example {example}.")
EXCLUSIVE = _("You chose “{option}” and something else too. Take one of them away.")
CHOOSE_AT_LEAST = _("Choose at least {number}.")
CHOOSE_AT_MOST = _("Choose at most {number}.")
RANK_ONCE = _("Give each number to one thing only.")
RANK_GAP = _("Begin with number 1 and leave no number out.")
OTHER_UNCHOSEN = _("You wrote something here. Choose “{option}” too, or take the text away.")
UNKNOWN_FIELD = _("The form has a field that this questionnaire does not have. Open the questionnaire again.")
REPEATED_FIELD = _("The form has the same field twice. Open the questionnaire again.")
UNKNOWN_ANSWER = _("The form has an answer that this questionnaire does not have. Open the questionnaire again.")
SHORTEN = _("The text is {length} characters long. Shorten it to at most {limit}.")

OTHER = "other_text"
"""What an item's id is followed by, after a point, where words go with an option."""
PARTS: Mapping[str, tuple[str, ...]] = {"date": ("day", "month", "year"), "month": ("month", "year")}
"""The fields that a date is typed in, in their order on the page."""


def in_words(instrument: Instrument) -> frozenset[str]:
    """What is answered in own words: the ids of items, and the names of the words that go with an option."""
    items = {item.id for item in instrument.items() if item.type in WORDS}
    beside = (item.id for item in instrument.items() if any(option.other for option in instrument.options(item)))
    return frozenset(items | {f"{id}.{OTHER}" for id in beside})


# --- fields ---------------------------------------------------------------------------------------


def item_fields(instrument: Instrument, item: Item) -> tuple[str, ...]:
    """Every field name that a page can send for an item, in the order of the page."""
    options = instrument.options(item)
    other = (f"{item.id}.{OTHER}",) if any(option.other for option in options) else ()
    if item.type in ("multiple", "rank"):
        return (*(f"{item.id}.{option.value}" for option in options), *other)
    if item.type in PARTS:
        return tuple(f"{item.id}.{part}" for part in PARTS[item.type])
    if item.type == "calculated":
        return ()
    return (item.id, *other)


def field_names(instrument: Instrument, wave: str) -> frozenset[str]:
    """Every field name that a page of this instrument can send, without our own `_` fields."""
    return frozenset(name for item in instrument.items(wave) for name in item_fields(instrument, item))


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


def control(instrument: Instrument, item: Item) -> str:
    """The HTML id of an item's first control: no suffix, so that a link to the item lands on it."""
    return f"i-{item.id}"


# --- judging --------------------------------------------------------------------------------------


def judge(instrument: Instrument, wave: str, fields: Fields, *, today: date) -> Judged:
    """Every item asked at the wave, in answers or in absences; problems in the order of the page.

    `today` is the day in the site's time zone, for dates that must not lie ahead. The words that go with an option
    stand in the answers as `<item>.other_text`.
    """
    form = _Form(instrument, fields, today)
    read = {item.id: found for item in instrument.items(wave) if (found := form.read(item)) is not None}
    given = {id: a for id, a in read.items() if not isinstance(a, Option | AnswerProblem)}
    shown = logic.asked(instrument, wave, given)
    answers: dict[str, Answer] = {}
    absent: dict[str, str] = {}
    problems: list[AnswerProblem] = []
    reminders: list[AnswerProblem] = []
    for item in instrument.items(wave):
        answer = read.get(item.id)
        if item.id not in shown:
            absent[item.id] = "not_shown"
        elif isinstance(answer, AnswerProblem):
            problems.append(answer)
        elif isinstance(answer, Option):
            absent[item.id] = str(answer.missing)
        elif shown[item.id] is not None:
            answers[item.id] = cast(Answer, shown[item.id])
            problems.extend(form.other(item, answers))
            problems.extend(form.broken(item, shown))
        else:
            absent[item.id] = "skipped"
            problems.extend(form.unchosen(item))
            message = CHOOSE if instrument.options(item) else WRITE
            if item.required == "hard":
                problems.append(form.problem(item, message))
            elif item.required == "soft":
                reminders.append(form.problem(item, REMIND))
    return Judged(answers, absent, tuple(problems), tuple(reminders))


Found = Answer | Option | AnswerProblem | None
"""One item's answer, its option with a reason to be absent, its problem, or None where nothing was given."""


@dataclass(frozen=True)
class _Form:
    """A posted form beside its instrument."""

    instrument: Instrument
    fields: Fields
    today: date

    def problem(self, item: Item, message: str, **values: Shown) -> AnswerProblem:
        return AnswerProblem(item.id, control(self.instrument, item), message, values)

    def typed(self, name: str, *, lines: bool = False) -> str:
        """What came under a name, tidied; empty where nothing did."""
        return _tidy(self.fields[name][0], lines=lines) if name in self.fields else ""

    def read(self, item: Item) -> Found:
        readers: Mapping[str, Callable[[Item], Found]] = {
            "multiple": self._multiple,
            "rank": self._rank,
            "date": self._date,
            "month": self._date,
            "calculated": lambda item: None,
        }
        if item.type in readers:
            return readers[item.type](item)
        text = self.typed(item.id, lines=item.type == "long_text")
        return self._single(item, text) if text else None

    def _single(self, item: Item, text: str) -> Found:
        readers: Mapping[str, Callable[[Item, str], Found]] = {
            "integer": self._number,
            "decimal": self._number,
            "year": self._year,
            "time": self._time,
            "email": self._email,
            "phone": self._phone,
            "consent": self._fixed,
            "hidden": self._fixed,
            "text": self._text,
            "long_text": self._text,
        }
        return readers.get(item.type, self._choice)(item, text)

    # --- choices

    def _choice(self, item: Item, text: str) -> Found:
        for option in self.instrument.options(item):
            if str(option.value) == text:
                return option if option.missing else option.value
        raise MalformedForm(UNKNOWN_ANSWER)

    def _fixed(self, item: Item, text: str) -> Found:
        known = {"yes"} if item.type == "consent" else {item.value, *(str(o.value) for o in item.options)}
        if text not in known:
            raise MalformedForm(UNKNOWN_ANSWER)
        return text

    def _multiple(self, item: Item) -> Found:
        ticked = []
        for option in self.instrument.options(item):
            values = self.fields.get(f"{item.id}.{option.value}")
            if values is None:
                continue
            if values[0] != str(option.value):
                raise MalformedForm(UNKNOWN_ANSWER)
            ticked.append(option)
        alone = next((option for option in ticked if option.exclusive), None)
        if alone is not None and len(ticked) > 1:
            return self.problem(item, EXCLUSIVE, option=alone.label)
        real = [option.value for option in ticked if option.missing is None]
        if not real:
            return ticked[0] if ticked else None
        if alone is None and item.at_least is not None and len(real) < item.at_least:
            return self.problem(item, CHOOSE_AT_LEAST, number=item.at_least)
        if item.at_most is not None and len(real) > item.at_most:
            return self.problem(item, CHOOSE_AT_MOST, number=item.at_most)
        return sorted(real, key=lambda value: (isinstance(value, str), value))

    def _rank(self, item: Item) -> Found:
        options = self.instrument.options(item)
        most = item.at_most or len(options)
        places: dict[int, int | str] = {}
        for option in options:
            text = self.typed(f"{item.id}.{option.value}")
            if not text:
                continue
            if not (re.fullmatch("[0-9]{1,3}", text) and 1 <= int(text) <= most):
                raise MalformedForm(UNKNOWN_ANSWER)
            if int(text) in places:
                return self.problem(item, RANK_ONCE)
            places[int(text)] = option.value
        if not places:
            return None
        if max(places) > len(places):
            return self.problem(item, RANK_GAP)
        if item.at_least is not None and len(places) < item.at_least:
            return self.problem(item, CHOOSE_AT_LEAST, number=item.at_least)
        return [places[place] for place in sorted(places)]

    def other(self, item: Item, answers: dict[str, Answer]) -> Iterator[AnswerProblem]:
        """The words that go with an option: into the answers where it is chosen, else a problem."""
        option = next((o for o in self.instrument.options(item) if o.other), None)
        name = f"{item.id}.{OTHER}"
        text = self.typed(name) if option else ""
        if not text or option is None:
            return
        answer = answers[item.id]
        if option.value != answer and not (isinstance(answer, list) and option.value in answer):
            yield self._other_unchosen(item, option)
        elif len(text) > SHORT_TEXT_LIMIT:
            yield AnswerProblem(item.id, f"i-{name}", SHORTEN, {"length": len(text), "limit": SHORT_TEXT_LIMIT})
        else:
            answers[name] = text

    def unchosen(self, item: Item) -> Iterator[AnswerProblem]:
        """Words without the option that they go with."""
        option = next((o for o in self.instrument.options(item) if o.other), None)
        if option and self.typed(f"{item.id}.{OTHER}"):
            yield self._other_unchosen(item, option)

    def _other_unchosen(self, item: Item, option: Option) -> AnswerProblem:
        return AnswerProblem(item.id, f"i-{item.id}.{OTHER}", OTHER_UNCHOSEN, {"option": option.label})

    def broken(self, item: Item, shown: Mapping[str, object]) -> Iterator[AnswerProblem]:
        """The constraints of an item that do not hold, of those whose items are all answered."""
        for constraint in item.constraints:
            rule = logic.parse(constraint.rule, rule=True)
            answered = all(shown.get(id) is not None for id in logic.named(rule))
            if answered and not logic.holds(rule, shown):
                yield AnswerProblem(item.id, control(self.instrument, item), "", own=constraint.message)

    # --- words

    def _text(self, item: Item, text: str) -> Found:
        limit = item.max_length or (TEXT_LIMIT if item.type == "long_text" else SHORT_TEXT_LIMIT)
        if len(text) > limit:
            return self.problem(item, SHORTEN, length=len(text), limit=limit)
        return text

    def _email(self, item: Item, text: str) -> Found:
        if len(text) > SHORT_TEXT_LIMIT or not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", text):
            return self.problem(item, EMAIL, example="nimi@example.fi")
        return text

    def _phone(self, item: Item, text: str) -> Found:
        digits = "".join(c for c in _visible(text) if c not in " ()/" and unicodedata.category(c) != "Pd")
        if not re.fullmatch(r"\+?[0-9]{5,15}", digits):
            return self.problem(item, PHONE, example="040 123 4567")
        return digits

    # --- numbers and times

    def _number(self, item: Item, text: str) -> Found:
        whole, limit = item.type == "integer", item.decimals or 2
        found = _NUMBER.fullmatch(_visible(text))
        if found is None or (whole and found["decimals"]):
            example = item.minimum if isinstance(item.minimum, int | float) else 10
            return self.problem(item, WHOLE_NUMBER if whole else NUMBER, example=example)
        digits, decimals = re.sub(r"[^-0-9]", "", found["whole"]), found["decimals"] or ""
        if found["unclear"] and (whole or limit < 3):
            return self._two_ways(item, text, int(digits))
        if found["unclear"]:
            digits, decimals = digits[:-3], digits[-3:]
        if len(decimals.rstrip("0")) > limit:
            return self.problem(item, DECIMALS, decimals=limit)
        number = int(digits) if whole else _whole_if_so(float(f"{digits}.{decimals or 0}"))
        return self._outside(item, number, item.minimum, item.maximum) or number

    def _two_ways(self, item: Item, text: str, thousands: int) -> AnswerProblem:
        """One point or comma before three digits: thousands to some and decimals to others, so nobody guesses."""
        if item.type == "integer":
            return self.problem(item, WHOLE_NUMBER, example=thousands)
        decimal = _whole_if_so(round(thousands / 1000, item.decimals or 2))
        return self.problem(item, TWO_WAYS, typed=text, whole=thousands, decimal=decimal)

    def _outside(self, item: Item, number: float, low: Limit | None, high: Limit | None) -> AnswerProblem | None:
        low = low if isinstance(low, int | float) else None
        high = high if isinstance(high, int | float) else None
        if low is not None and high is not None and not low <= number <= high:
            return self.problem(item, BETWEEN, minimum=low, maximum=high)
        if low is not None and number < low:
            return self.problem(item, AT_LEAST, minimum=low)
        if high is not None and number > high:
            return self.problem(item, AT_MOST, maximum=high)
        return None

    def _year(self, item: Item, text: str) -> Found:
        digits = _visible(text)
        if not re.fullmatch(_PART_FORMS["year"], digits) or _of_another_calendar(item, digits):
            return self.problem(item, YEAR, example=self.today.year)
        ends = [self.today.year if limit == "today" else limit for limit in (item.minimum, item.maximum)]
        return self._outside(item, int(digits), ends[0], ends[1]) or int(digits)

    def _time(self, item: Item, text: str) -> Found:
        found = re.fullmatch(r"([0-9]{1,2})[.:, ]?([0-9]{2})", _visible(text))
        if found is None or int(found[1]) > 23 or int(found[2]) > 59:
            return self.problem(item, TIME, example=time(8, 30))
        return self._beyond(item, f"{int(found[1]):02}:{found[2]}", time.fromisoformat)

    def _date(self, item: Item) -> Found:
        parts = PARTS[item.type]
        # A full stop belongs to an ordinal number in Finnish: 31.
        typed = {part: _visible(self.typed(f"{item.id}.{part}")).removesuffix(".") for part in parts}
        if not any(typed.values()):
            return None
        wrong = next((part for part in parts if not re.fullmatch(_PART_FORMS[part], typed[part])), None)
        if wrong is None and _of_another_calendar(item, typed["year"]):
            wrong = "year"
        if wrong is None:
            year, month, day = (int(typed.get(part, "1")) for part in ("year", "month", "day"))
            try:
                iso = date(year, month, day).isoformat()
            except ValueError:
                wrong = parts[0]
            else:
                return self._beyond(item, iso if item.type == "date" else iso[:7], day_first)
        shown = day_first(self.today.isoformat() if item.type == "date" else self.today.isoformat()[:7])
        found = self.problem(item, DATE if item.type == "date" else MONTH, example=shown)
        suffix = "" if wrong == parts[0] else f".{wrong}"
        return AnswerProblem(found.name, f"{found.control}{suffix}", found.message, found.values)

    def _beyond(self, item: Item, iso: str, shown: Callable[[str], Shown]) -> Found:
        low, high = (
            self.today.isoformat()[: len(iso)] if limit == "today" else limit for limit in (item.minimum, item.maximum)
        )
        if isinstance(low, str) and iso < low:
            return self.problem(item, NOT_BEFORE, minimum=shown(low))
        if isinstance(high, str) and iso > high:
            return self.problem(item, NOT_AFTER, maximum=shown(high))
        return iso


_PART_FORMS = {"day": r"0?[1-9]|[12][0-9]|3[01]", "month": r"0?[1-9]|1[0-2]", "year": r"[12][0-9]{3}"}


def day_first(iso: str) -> str:
    """`31.3.2026` or `3/2026`: the order in which the page asks for the parts."""
    parts = [str(int(part)) for part in reversed(iso.split("-"))]
    return ".".join(parts) if len(parts) == 3 else "/".join(parts)


def _whole_if_so(number: float) -> int | float:
    return int(number) if number == int(number) else number


_NUMBER = re.compile(
    # Thousands in groups of three, parted by spaces, by points, by commas or in Arabic; or digits without a break.
    r"(?P<whole>-?(?:(?P<unclear>[1-9][0-9]{0,2}[.,][0-9]{3}$)|[1-9][0-9]{0,2}(?P<group>[ .,\u066c])[0-9]{3}"
    r"(?:(?P=group)[0-9]{3}){0,2}|[0-9]{1,12}))"
    # Then a sign that parted no thousands, and decimals.
    r"(?:(?!(?P=group))[.,\u066b](?P<decimals>[0-9]{1,12}))?"
)
_SIGNS = str.maketrans(
    {
        "\u2212": "-",
        "\u2013": "-",
        "\uff0d": "-",
        "\uff0b": "+",
        "\u060c": ",",
        "\uff0c": ",",
        "\uff0e": ".",
        "\uff1a": ":",
    }
)
"""Minuses and plus, commas, point and colon of other keyboards."""


def _visible(text: str) -> str:
    """What is seen of typed numbers, in digits and signs of ASCII: they may be Arabic, Persian or of full width. Marks
    of direction are left out, and every space is the same."""
    seen = (" " if unicodedata.category(c) == "Zs" else c for c in text if unicodedata.category(c) != "Cf")
    digits = "".join(str(unicodedata.decimal(c, c)) for c in seen)
    return re.sub(r"^- ", "-", digits.translate(_SIGNS).strip())


_EARLIEST = 1900


def _of_another_calendar(item: Item, year: str) -> bool:
    """Whether a year is too early to be meant: 1403 and 1446 are the years of Iran and of Arabia."""
    return int(year) < _EARLIEST and item.minimum is None


MARKS_LIMIT = 30
"""How many marks a letter can carry: Unicode's own measure (UAX 15, stream-safe text), far beyond any writing."""


@functools.lru_cache(4096)
def _is_mark(character: str) -> bool:
    # Some marks are two in one and say so only once they are taken apart.
    return unicodedata.combining(unicodedata.normalize("NFD", character)[0]) > 0


def _normal(text: str) -> str:
    """NFC. Marks are sorted on the way, in a time that grows with the square of their number: those that no letter can
    carry are left out first."""
    if any(map(_is_mark, set(text))):
        kept, marks = [], 0
        for character in text:
            marks = marks + 1 if _is_mark(character) else 0
            if marks <= MARKS_LIMIT:
                kept.append(character)
        text = "".join(kept)
    return unicodedata.normalize("NFC", text)


def _tidy(text: str, *, lines: bool) -> str:
    """NFC, line ends as `\\n`, without control characters and outer space."""
    if text.isascii() and text.isprintable():
        return text.strip()
    text = _normal(text).replace("\r\n", "\n").replace("\r", "\n")
    if not lines:
        text = text.replace("\n", " ")
    kinds = {character: unicodedata.category(character) for character in set(text)}
    text = text.translate({ord(c): None for c, kind in kinds.items() if kind == "Cc" and c != "\n"})
    # Marks of direction and joiners belong inside a text; alone or around it they are nothing that was written.
    return text.strip("".join(c for c, kind in kinds.items() if kind in ("Cf", "Zs") or c.isspace()))
