"""What a register knows of people's work and studies: an extract with pseudonyms in place of client numbers, joined to
participations by person. A register knows of everybody, whether they answered or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from analysis import AnalysisError
from analysis.durations import days_to_employment
from survey.codes import is_person

if TYPE_CHECKING:
    from analysis.elsewhere import Table

COLUMNS = ("person", "status", "from", "to")
STATUSES = ("employment", "education", "service", "unemployment", "other")
"""In the order in which one counts before another on a day that has several."""
NONE = "none"
"""Who has no spell on a day."""
MOST = 10
"""Rows that a message names."""

Status = Literal["employment", "education", "service", "unemployment", "other", "none"]


class RegisterError(AnalysisError):
    """The extract cannot be used as it is. The message says what is wrong in which rows, and what to do."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Register:
    """Spells of people: `person`, `status`, `from` and `to` (the last day; NaT where it goes on). `until` is the last
    day that the register knows of."""

    spells: pd.DataFrame
    until: date

    def status_on(self, people: pd.Series[str], days: pd.Series[pd.Timestamp]) -> pd.Series[str]:
        """The status of each person on a day of their own, row by row; missing after `until`, and for who is not in
        the extract. Of several statuses on one day the first of `STATUSES` counts."""
        asked = pd.DataFrame({"row": range(len(people)), "person": people.to_numpy(), "day": days.to_numpy()})
        known = asked[asked["person"].isin(self.spells["person"]) & (asked["day"] <= pd.Timestamp(self.until))]
        joined = known.merge(self.spells, on="person")
        there = joined[(joined["from"] <= joined["day"]) & (joined["to"].isna() | (joined["day"] <= joined["to"]))]
        order = there["status"].map({status: n for n, status in enumerate(STATUSES)})
        first = there.assign(order=order).sort_values("order").drop_duplicates("row").set_index("row")["status"]
        found = pd.Series(NONE, index=known["row"], dtype="object")
        found[first.index] = first
        return pd.Series(found.reindex(range(len(people))).to_numpy(), index=people.index, dtype="object")

    def days_to_work(self, people: pd.Series[str], starts: pd.Series[pd.Timestamp]) -> pd.DataFrame:
        """Columns `days` and `employed`, row by row: from the start of a participation to the first day of work after
        it, or to `until`. NaN for who is not in the extract, was at work on the start, or starts after `until`."""
        work = self.spells[self.spells["status"] == "employment"]
        rows = pd.DataFrame({"row": range(len(people)), "person": people.to_numpy(), "start": starts.to_numpy()})
        joined = rows.merge(work, on="person")
        before = joined[(joined["from"] <= joined["start"]) & (joined["to"].isna() | (joined["to"] >= joined["start"]))]
        after = joined[joined["from"] > joined["start"]].sort_values("from").drop_duplicates("row").set_index("row")
        within = after["from"][after["from"] <= pd.Timestamp(self.until)]
        employed = pd.Series(within.reindex(range(len(people))).to_numpy(), index=people.index)
        counted = people.isin(self.spells["person"]).to_numpy() & ~rows["row"].isin(before["row"]).to_numpy()
        counted &= (starts <= pd.Timestamp(self.until)).to_numpy()
        last = pd.Series(pd.Timestamp(self.until), index=people.index).where(counted)
        found = days_to_employment(starts, pd.to_datetime(employed.where(counted)), last)
        return found.assign(days=found["days"].where(counted))


def read_register(path: Path, *, until: date) -> Register:
    """The spells of an extract: CSV, Excel, Parquet or SPSS with the columns `person`, `status`, `from`, `to`.

    Raises RegisterError with everything that is wrong.
    """
    # It brings YAML, for maps, which nothing else of a report takes.
    from analysis.elsewhere import UnreadableAnswers, read_table

    try:
        table = read_table(path)
    except UnreadableAnswers as error:
        raise RegisterError(str(error)) from error
    lacking = [name for name in COLUMNS if name not in table.cells.columns]
    if lacking:
        raise RegisterError(
            f"{path} lacks the column {', '.join(lacking)}. A register's extract has the columns {', '.join(COLUMNS)}, "
            "with a row for each spell."
        )
    problems = [*_problems(table, until)]
    if problems:
        raise RegisterError("\n".join(f"{path}: {problem}" for problem in problems))
    cells = table.cells
    return Register(
        spells=pd.DataFrame(
            {
                "person": cells["person"].astype("object"),
                "status": cells["status"].astype("object"),
                "from": pd.to_datetime(cells["from"]),
                "to": pd.to_datetime(cells["to"]),
            }
        ),
        until=until,
    )


def _problems(table: Table, until: date) -> Iterator[str]:
    cells = table.cells
    strange = ~cells["person"].fillna("").map(is_person)
    if strange.any():
        yield (
            f"row {_rows(table, strange)}: 'person' was not made by 'mittari pseudonym'. Run it on the extract; never "
            "bring client numbers here."
        )
    unknown = ~cells["status"].isin(STATUSES)
    if unknown.any():
        yield f"row {_rows(table, unknown)}: 'status' is none of {', '.join(STATUSES)}."
    days = {name: pd.to_datetime(cells[name], format="ISO8601", errors="coerce") for name in ("from", "to")}
    for name, found in days.items():
        wrong = found.isna() & (cells[name].notna() | (name == "from"))
        if wrong.any():
            yield f"row {_rows(table, wrong)}: '{name}' is no date. Write it as 2026-03-31."
    turned = days["to"] < days["from"]
    if turned.any():
        yield f"row {_rows(table, turned)}: the spell ends before it begins."
    late = days["from"] > pd.Timestamp(until)
    if late.any():
        yield f"row {_rows(table, late)}: the spell begins after {until}, the last day that the register knows of."
    twice = cells.duplicated(list(COLUMNS), keep=False)
    if twice.any():
        yield f"row {_rows(table, twice)}: the same spell stands here more than once."


def _rows(table: Table, where: pd.Series[bool]) -> str:
    rows: Sequence[int] = table.rows(where)
    return ", ".join(map(str, rows[:MOST])) + (f" and {len(rows) - MOST} more" if len(rows) > MOST else "")
