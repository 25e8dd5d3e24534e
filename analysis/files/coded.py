"""Answers as SPSS has them: legal names, numbers for options, and a number for each reason why there is no answer.

| column | in the file |
|---|---|
| options, ticks, ranks, numbers | a number; options that are words are numbered, `no` and `yes` are 0 and 1 |
| dates, months, times, moments | a number of seconds with a format |
| words | text, and beside it `<name>.absent`: user-missing values of long texts are not read everywhere |

What was never asked is empty (system-missing). What was asked and not answered has one of five numbers below every
possible answer, `-91` to `-95` where that is low enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from analysis.files.variables import REASONS, Column, Material, Measure, Note, Reason
from analysis.scores import Floats
from survey.marking import _
from survey.model import NO, YES, Value

NAME_BYTES, LABEL_BYTES, VALUE_LABEL_BYTES, TEXT_BYTES = 64, 255, 120, 32_767
"""What SPSS takes; PSPP takes a byte less of a label than the 256 of SPSS."""
RESERVED = frozenset(["ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"])
ABSENT = "absent"
EPOCH = date(1582, 10, 14)
"""The day from which SPSS counts seconds."""
DAY = 86_400
LABEL_CUT = _("The label of {name} was longer than {bytes} bytes and was cut.")
VALUE_LABEL_CUT = _("The label of the value {value} of {name} was longer than {bytes} bytes and was cut.")
TEXT_CUT = _("Texts of {name} that were longer than {bytes} bytes and were cut: {count}.")
RENAMED = _("The column {name} is called {other} in SPSS.")
NOT_KNOWN = _("Values of {name} that no version of the instrument has: {values}.")
WHY_NO_TEXT = _("Why there is no text: {label}")
_ILLEGAL = re.compile(r"[^\w.@#$]")


@dataclass(frozen=True, kw_only=True)
class CodedVariable:
    """A variable of the coded file.

    `format` is that of SPSS (`F8.0`, `EDATE10`, `A120`); `values` label numbers, those of `missing` (the lowest and the
    highest of the numbers that are no answer) too; `texts` label texts. `codes` gives the number that stands for a
    value of the dataset, where it is another, and `reasons` what numbers say of why there is no answer.
    """

    name: str
    label: str
    measure: Measure
    format: str
    column: Column
    values: Mapping[int, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[int, int] | None = None
    reasons: Mapping[int, Reason] = field(default_factory=dict)

    @property
    def is_text(self) -> bool:
        return self.format.startswith("A")


@dataclass(frozen=True, kw_only=True)
class Coded:
    """The coded answers: a column of float64 or of text for each variable, in order, and what was changed."""

    variables: tuple[CodedVariable, ...]
    frame: pd.DataFrame
    notes: tuple[Note, ...]


def coded(material: Material) -> Coded:
    """The answers of a material, coded. Rows stay in their order."""
    notes: list[Note] = []
    wanted = [name for column in material.columns for name in _names_of(column)]
    names = legal_names(wanted)
    notes += [Note(message=RENAMED, values={"name": old, "other": new}) for old, new in names.items() if old != new]
    variables, columns = [], {}
    for column in material.columns:
        for variable, values in _coded(column, material, names, notes):
            variables.append(variable)
            columns[variable.name] = values
    frame = pd.DataFrame(columns, index=material.responses.index)
    return Coded(variables=tuple(variables), frame=frame, notes=tuple(notes))


def _names_of(column: Column) -> tuple[str, ...]:
    return (column.name, f"{column.name}.{ABSENT}") if _has_reasons_beside(column) else (column.name,)


def _has_reasons_beside(column: Column) -> bool:
    return _is_text(column) and bool(column.missing)


def _is_text(column: Column) -> bool:
    coded_words = column.item and column.categories
    return column.storage == "string" and not coded_words and column.type not in ("month", "time")


# --- names and labels ------------------------------------------------------------------------------------------------


def legal_names(names: Iterable[str]) -> Mapping[str, str]:
    """A name that SPSS takes for each: at most 64 bytes, a letter first, no dot last, no word of its language, and no
    two alike when upper and lower case are one."""
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name in names:
        stem = _ILLEGAL.sub("_", name)
        if not stem[:1].isalpha() or stem.upper() in RESERVED:
            stem = f"v_{stem}"
        legal, number = _fitting(stem, ""), 1
        while legal.casefold() in taken:
            number += 1
            legal = _fitting(stem, f"_{number}")
        taken.add(legal.casefold())
        found[name] = legal
    return found


def _fitting(stem: str, end: str) -> str:
    return cut(stem, NAME_BYTES - len(end)).rstrip(".") + end


def cut(text: str, limit: int) -> str:
    """The beginning of a text that has at most `limit` bytes in UTF-8, with no character in two."""
    return text.encode()[:limit].decode(errors="ignore")


class _Labels:
    """Labels cut to what SPSS takes, with a note for each that was."""

    def __init__(self, name: str, notes: list[Note]) -> None:
        self._name, self._notes = name, notes

    def variable(self, label: str) -> str:
        return self._cut(label, LABEL_BYTES, LABEL_CUT)

    def values(self, labels: Mapping[int, str]) -> Mapping[int, str]:
        return {code: self._cut(label, VALUE_LABEL_BYTES, VALUE_LABEL_CUT, code) for code, label in labels.items()}

    def texts(self, labels: Sequence[tuple[Value, str]]) -> Mapping[str, str]:
        return {str(value): self._cut(text, VALUE_LABEL_BYTES, VALUE_LABEL_CUT, value) for value, text in labels}

    def _cut(self, label: str, limit: int, message: str, value: Value = "") -> str:
        found = cut(label, limit)
        if found != label:
            values = {"name": self._name, "value": value, "bytes": limit}
            self._notes.append(Note(message=message, values=values))
        return found


# --- variables -------------------------------------------------------------------------------------------------------

Made = tuple[CodedVariable, "pd.Series[float] | pd.Series[str]"]


def _coded(column: Column, material: Material, names: Mapping[str, str], notes: list[Note]) -> Iterator[Made]:
    answers, name = material.responses[column.name], names[column.name]
    labels = _Labels(name, notes)
    if not _is_text(column):
        reasons = material.reasons(column)
        yield _number(column, name, answers, reasons, labels, notes)
        return
    texts = _texts(answers, name, notes)
    every = [*texts.unique(), *(str(value) for value, _ in column.categories)]
    width = max([1, *(len(text.encode()) for text in every)])
    yield (
        CodedVariable(
            name=name,
            label=labels.variable(column.label),
            measure="nominal",
            format=f"A{width}",
            column=column,
            texts=labels.texts(column.categories),
        ),
        texts,
    )
    if _has_reasons_beside(column):
        beside = _reason_codes(-1)
        reasons = material.reasons(column)
        yield (
            CodedVariable(
                name=names[f"{column.name}.{ABSENT}"],
                label=labels.variable(material.words(WHY_NO_TEXT, label=column.label)),
                measure="nominal",
                format="F4.0",
                column=column,
                values=labels.values({beside[reason]: label for reason, label in column.missing.items()}),
                reasons={beside[reason]: reason for reason in column.missing},
            ),
            reasons.map(beside).astype("float64"),
        )


def _texts(answers: pd.Series[str], name: str, notes: list[Note]) -> pd.Series[str]:
    """The texts as SPSS takes them, empty where there is none."""
    texts = answers.astype("string").fillna("").astype(object)
    lengths = texts.map(lambda text: len(text.encode()))
    if too_long := int((lengths > TEXT_BYTES).sum()):
        notes.append(Note(message=TEXT_CUT, values={"name": name, "bytes": TEXT_BYTES, "count": too_long}))
        texts = texts.map(lambda text: cut(text, TEXT_BYTES))
    return texts


def _number(
    column: Column,
    name: str,
    answers: pd.Series[str],
    reasons: pd.Series[str],
    labels: _Labels,
    notes: list[Note],
) -> Made:
    codes = _codes(column, answers, name, notes)
    numbers = _as_numbers(column, answers, codes)
    labelled = {codes.get(str(value), value): text for value, text in column.categories}
    values = {int(code): text for code, text in labelled.items()}
    values |= {code: word for word, code in codes.items() if code not in values}
    lowest = min([*values, *([column.lowest] if column.lowest is not None else []), *_least(numbers)], default=0.0)
    missing = _reason_codes(lowest) if column.missing else {}
    values |= {missing[reason]: label for reason, label in column.missing.items()}
    if missing:
        numbers = numbers.where(numbers.notna(), reasons.map(missing).astype("float64"))
    ends = (min(missing.values()), max(missing.values())) if missing else None
    variable = CodedVariable(
        name=name,
        label=labels.variable(column.label),
        measure=column.measure,
        format=_format(column),
        column=column,
        values=labels.values(values),
        codes=codes,
        missing=ends,
        reasons={missing[reason]: reason for reason in column.missing},
    )
    return variable, numbers


def _least(numbers: pd.Series[float]) -> list[float]:
    return [float(numbers.min())] if numbers.notna().any() else []


def _reason_codes(lowest: float) -> dict[Reason, int]:
    """Numbers for the reasons, below the lowest possible answer: -91 to -95, else -991 to -995, and so on."""
    size = 100
    while lowest <= -size + 9:
        size *= 10
    return {reason: -(size - 10) - n for n, reason in enumerate(REASONS, 1)}


def _codes(column: Column, answers: pd.Series[str], name: str, notes: list[Note]) -> Mapping[str, int]:
    """The number of each option that is a word; a whole number keeps itself. Empty where there are no words."""
    if column.storage != "string" or not column.categories:
        return {}
    known = [value for value, _label in column.categories]
    seen = sorted(set(answers.dropna().astype(str)) - {str(value) for value in known})
    if seen:
        notes.append(Note(message=NOT_KNOWN, values={"name": name, "values": ", ".join(seen)}))
    every = [*known, *seen]
    if {YES, NO} >= {str(value) for value in every}:
        return {str(value): int(value == YES) for value in every}
    codes = {str(value): int(value) for value in every if isinstance(value, int) or value.isdecimal()}
    free = (number for number in range(1, len(every) + len(codes) + 1) if number not in codes.values())
    return {str(value): codes[str(value)] if str(value) in codes else next(free) for value in every}


def _as_numbers(column: Column, answers: pd.Series[str], codes: Mapping[str, int]) -> pd.Series[float]:
    if codes:
        return answers.astype("string").map(codes).astype("float64")
    if column.type == "month":
        return _seconds(pd.to_datetime(answers.astype("string") + "-01", format="%Y-%m-%d"))
    if column.type == "time":
        return pd.to_timedelta(answers.astype("string") + ":00").dt.total_seconds().astype("float64")
    if column.storage == "date":
        return _seconds(pd.to_datetime(answers))
    if column.storage == "datetime":
        return _seconds(pd.to_datetime(answers).dt.tz_localize(None))
    numbers: Floats = pd.to_numeric(answers).to_numpy(dtype="float64", na_value=np.nan)
    return pd.Series(numbers, index=answers.index)


def _seconds(moments: pd.Series[pd.Timestamp]) -> pd.Series[float]:
    """Seconds since SPSS began to count."""
    since = moments.astype("datetime64[ms]") - np.datetime64("1970-01-01", "ms")
    before = (date(1970, 1, 1) - EPOCH).days * DAY
    return since.dt.total_seconds().astype("float64") + before


def _format(column: Column) -> str:
    kinds = {"month": "MOYR8", "time": "TIME5"}
    if column.type in kinds:
        return kinds[column.type]
    if column.storage in ("date", "datetime"):
        return {"date": "EDATE10", "datetime": "DATETIME20"}[column.storage]
    return f"F12.{column.decimals}" if column.decimals else "F8.0"
