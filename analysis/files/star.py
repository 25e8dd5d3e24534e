"""A star of tidy tables for Power BI and other tools that relate tables by keys.

| table | a row is | key |
|---|---|---|
| `facts_scores` | a score of a participation on a measure at a wave | `submission, measure` |
| `facts_answers` | what a column of an item holds, or why it holds nothing | `submission, variable` |
| `dim_participation` | one person's spell in one service, or `none` for answers without a code | `participation` |
| `dim_service` | a service | `service` |
| `dim_measure` | a dimension as it is scored | `measure` |
| `dim_item` | a column of the answers that an item has | `variable` |
| `dim_date` | a day, of whole years from the first to the last | `date` |

A fact has the key of each dimension that it belongs to, never empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from babel.dates import format_date

from analysis.files.labelled_parquet import write_table
from analysis.files.spss import title
from analysis.files.variables import Column, Material, Note
from analysis.pairing import rows_of
from analysis.scores import Measure, item_parts, measures, score_column
from survey.marking import _

NONE = "none"
"""The participation of answers that came without a code."""
TWICE = _("Scores left out of facts_scores, as another questionnaire of the same wave gave one before: {count}.")
_ROW = ["submission", "participation", "service", "instrument", "version", "wave", "date"]

Tables = Mapping[str, pd.DataFrame]


def write(folder: Path, material: Material) -> tuple[Note, ...]:
    """Writes a Parquet file for each table; what was left out is told."""
    found, notes = star(material)
    source = {"title": title(material), "made": material.dataset.made, "language": material.words.language}
    for name, frame in found.items():
        write_table(folder / f"{name}.parquet", frame, {}, source)
    return notes


def star(material: Material) -> tuple[Tables, tuple[Note, ...]]:
    """The tables by name, and what was left out."""
    rows = _rows(material)
    known = _keyed(measures(material.dataset.library.instruments))
    scores, twice = _scores(rows, known)
    answers = _answers(material, rows)
    notes = (Note(message=TWICE, values={"count": twice}),) if twice else ()
    return {
        "facts_scores": scores,
        "facts_answers": answers,
        "dim_participation": _participations(material),
        "dim_service": material.dataset.services.rename(columns={"id": "service"}),
        "dim_measure": _measures(material, known),
        "dim_item": _items(material),
        "dim_date": _dates(material, [rows["date"]]),
    }, notes


def _rows(material: Material) -> pd.DataFrame:
    """The answers with the keys of participation and day; days are those of the site's calendar."""
    zone = material.dataset.library.site.time_zone
    return material.responses.assign(
        date=material.responses["received"].dt.tz_convert(zone).dt.date,
        participation=material.responses["participation"].fillna(NONE),
    )


# --- facts -----------------------------------------------------------------------------------------------------------


def _scores(rows: pd.DataFrame, known: Mapping[str, Measure]) -> tuple[pd.DataFrame, int]:
    """The scores, and how many were left out. One of each participation, measure and wave: the first received, as in
    the report; answers without a code are each one."""
    found, twice = [], 0
    for key, measure in known.items():
        own = rows_of(measure.sources, rows)
        own = own[own["wave"].isin(measure.waves)]
        own = own.assign(
            measure=key,
            score=score_column(measure.key, own).astype("Float64"),
            answered=np.isfinite(item_parts(measure.key, own)).sum(axis=1).astype(np.int64),
        )
        own = own.sort_values(["score", "received", "submission"], key=_unscored_last)
        again = own.duplicated(["participation", "wave"]) & own["participation"].ne(NONE)
        twice += int(again.sum())
        found.append(own.loc[~again, [*_ROW, "measure", "score", "answered"]].sort_index())
    return _together(found, [*_ROW, "measure", "score", "answered"]), twice


def _unscored_last(column: pd.Series[float]) -> pd.Series[float] | pd.Series[bool]:
    return column.isna() if column.name == "score" else column


def _answers(material: Material, rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each column of an item that holds something, or whose item was asked without an answer."""
    found = [_answers_of(material, rows, column) for column in material.columns if column.item]
    return _together(found, [*_ROW, "variable", "value", "number", "label", "reason"])


def _answers_of(material: Material, rows: pd.DataFrame, column: Column) -> pd.DataFrame:
    answers, reasons = rows[column.name], material.reasons(column)
    there = answers.notna() | reasons.notna()
    given = answers[there].astype(object)
    if column.storage == "boolean":
        given = given.map(int, na_action="ignore")
    labels = {str(value): label for value, label in column.categories}
    value = given.map(str, na_action="ignore").astype("string")
    number = pd.to_numeric(given, errors="coerce") if column.storage in ("Int64", "Float64", "boolean") else pd.NA
    return rows.loc[there, _ROW].assign(
        variable=column.name,
        value=value,
        number=pd.Series(number, index=given.index, dtype="Float64"),
        label=value.map(labels).astype("string"),
        reason=reasons[there],
    )


def _together(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*columns], dtype="string")


# --- dimensions ------------------------------------------------------------------------------------------------------


def _participations(material: Material) -> pd.DataFrame:
    people = material.dataset.participations.rename(columns={"id": "participation"})
    return pd.concat([people, pd.DataFrame({"participation": [NONE]}).astype("string")], ignore_index=True)


def _keyed(found: Sequence[Measure]) -> Mapping[str, Measure]:
    """A readable key for each measure, with a number where a dimension is scored in several ways."""
    keys: dict[str, Measure] = {}
    for measure in found:
        stem = f"{measure.origin}.{measure.dimension}"
        key, number = stem, 1
        while key in keys:
            number += 1
            key = f"{stem}.{number}"
        keys[key] = measure
    return keys


def _measures(material: Material, known: Mapping[str, Measure]) -> pd.DataFrame:
    rows = [
        {
            "measure": key,
            "title": material.words.text(measure.definition.title),
            "dimension": measure.dimension,
            "origin": measure.origin,
            "respondent": measure.respondent,
            "about_before": measure.then,
            "higher_is": measure.definition.higher_is,
            "measurement": measure.definition.measurement,
            "lowest": float(measure.key.range[0]),
            "highest": float(measure.key.range[1]),
            "items": len(measure.key.items),
            "minimum_answered": measure.key.minimum_answered,
            "instruments": ", ".join(measure.sources),
        }
        for key, measure in known.items()
    ]
    return pd.DataFrame(rows)


def _items(material: Material) -> pd.DataFrame:
    rows = [
        {
            "variable": column.name,
            "item": column.item,
            "label": column.label,
            "type": column.type,
            "level": column.measure,
            "own_words": column.words or column.type in ("text", "long_text"),
            "instruments": ", ".join(column.instruments),
        }
        for column in material.columns
        if column.item
    ]
    return pd.DataFrame(rows)


def _dates(material: Material, facts: Sequence[pd.Series[date]]) -> pd.DataFrame:
    """Whole years, as tools that compare a day with that of the year before want it."""
    people = material.dataset.participations
    days = [*facts, *(people[name] for name in ("start", "planned_end", "end", "invited"))]
    known = [day for column in days for day in column.dropna()]
    if not known:
        known = [date.fromisoformat(material.dataset.made[:10])]
    every = pd.date_range(f"{min(known).year}-01-01", f"{max(known).year}-12-31", freq="D")
    rows = list(_calendar(every, material.words.language))
    return pd.DataFrame(rows)


def _calendar(days: pd.DatetimeIndex, language: str) -> Iterator[Mapping[str, object]]:
    locale = language.split("-", maxsplit=1)[0]
    names = {month: format_date(date(2026, month, 1), "LLLL", locale=locale) for month in range(1, 13)}
    for moment in days:
        day = moment.date()
        week = day.isocalendar()
        yield {
            "date": day,
            "year": day.year,
            "quarter": (day.month + 2) // 3,
            "month": day.month,
            "month_name": names[day.month],
            "week_year": week.year,
            "week": week.week,
            "weekday": week.weekday,
        }
