"""What a register knows: read strictly, joined by pseudonym, told of everybody whom it knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.outcome_sheets import agreement_sheet, once_sheet, time_sheet
from analysis.register import NONE, Register, RegisterError, read_register
from analysis.report import write_report
from analysis.suppression import Place
from analysis.tables import tables
from survey.codes import person

UNTIL = date(2027, 12, 31)
KEY = b"k" * 32
ONE, TWO = person(KEY, "1"), person(KEY, "2")


def written(folder: Path, *rows: str, head: str = "person,status,from,to") -> Path:
    path = folder / "register.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def spells(*rows: tuple[str, str, str, str | None]) -> Register:
    frame = pd.DataFrame(rows, columns=["person", "status", "from", "to"])
    days = {name: pd.to_datetime(frame[name]) for name in ("from", "to")}
    return Register(spells=frame.assign(**days), until=UNTIL)


def days(*found: str) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(pd.Series(list(found)))


# --- reading ---------------------------------------------------------------------------------------------------------


def test_an_extract_is_read(tmp_path: Path) -> None:
    """A row for each spell; one that goes on has no end."""
    path = written(tmp_path, f"{ONE},employment,2026-03-01,", f"{TWO},education,2026-01-01,2026-05-31")
    found = read_register(path, until=UNTIL)
    assert found.spells["status"].tolist() == ["employment", "education"]
    assert found.spells["to"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    "row, told",
    [
        ("0101XX,employment,2026-03-01,", "row 2: 'person' was not made by 'mittari pseudonym'. Run it on the extract; never bring client numbers here."),
        (f"{ONE},work,2026-03-01,", "row 2: 'status' is none of employment, education, service, unemployment, other."),
        (f"{ONE},employment,1.3.2026,", "row 2: 'from' is no date. Write it as 2026-03-31."),
        (f"{ONE},employment,,", "row 2: 'from' is no date. Write it as 2026-03-31."),
        (f"{ONE},employment,2026-03-01,soon", "row 2: 'to' is no date. Write it as 2026-03-31."),
        (f"{ONE},employment,2026-03-01,2026-02-01", "row 2: the spell ends before it begins."),
        (f"{ONE},employment,2028-01-01,", "row 2: the spell begins after 2027-12-31, the last day that the register knows of."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_row(tmp_path: Path, row: str, told: str) -> None:
    """And nothing is read of such a file."""
    path = written(tmp_path, row)
    with pytest.raises(RegisterError) as caught:
        read_register(path, until=UNTIL)
    assert f"{path}: {told}" in str(caught.value).splitlines()


def test_a_spell_that_stands_twice_is_told(tmp_path: Path) -> None:
    """Nothing is merged silently."""
    path = written(tmp_path, *[f"{ONE},employment,2026-03-01,"] * 2)
    with pytest.raises(RegisterError, match="row 2, 3: the same spell stands here more than once."):
        read_register(path, until=UNTIL)


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    """With the columns that there are to be."""
    path = written(tmp_path, f"{ONE},2026-03-01", head="person,from")
    with pytest.raises(
        RegisterError,
        match="lacks the column status, to. A register's extract has the columns person, status, from, to, with a row for each spell.",
    ):
        read_register(path, until=UNTIL)


# --- joining ---------------------------------------------------------------------------------------------------------


def test_the_status_of_a_day() -> None:
    """Both ends of a spell count; of several, work comes first; without any there is none; strangers are not known."""
    known = spells((ONE, "employment", "2026-03-01", "2026-03-31"), (ONE, "service", "2026-03-15", None))
    people = pd.Series([ONE] * 5 + [TWO])
    found = known.status_on(
        people, days("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01", "2028-01-01", "2026-03-10")
    )
    assert found.tolist()[:4] == [NONE, "employment", "employment", "service"]
    assert found.isna().tolist() == [False] * 4 + [True] * 2


def test_days_to_work_are_counted_from_the_start() -> None:
    """To the first day of work after it; who has none is followed to the register's last day; who was at work at the
    start, is unknown, or starts later than the register knows is not counted."""
    known = spells(
        (ONE, "employment", "2026-03-11", None), (TWO, "unemployment", "2026-01-01", None),
        (person(KEY, "3"), "employment", "2026-01-01", "2026-06-30"),
    )  # fmt: skip
    people = pd.Series([ONE, TWO, person(KEY, "3"), person(KEY, "4"), ONE])
    found = known.days_to_work(people, days(*["2026-03-01"] * 4, "2028-02-01"))
    assert found["days"].tolist()[:2] == [10.0, 670.0] and found["days"].isna().tolist() == [False] * 2 + [True] * 3
    assert found["employed"].tolist()[:2] == [True, False]


# --- sheets ----------------------------------------------------------------------------------------------------------


def test_a_person_counts_once() -> None:
    """As having reached it if any participation did; nothing is said where nobody took part twice."""
    reached, who = pd.Series([True, False, True, False]), pd.Series([ONE, ONE, TWO, ""])
    sheet = once_sheet(reached, who)
    assert sheet is not None
    (row,) = sheet.rows
    assert (row.n, row.value) == (3, pytest.approx(2 / 3))
    assert once_sheet(reached, pd.Series(["", "", "", ""])) is None


def test_how_few_took_part_twice_is_not_told() -> None:
    """A share of persons beside that of participations would give their answers away."""
    reached = pd.Series([True] * 20 + [False] * 20)
    twice = pd.Series([ONE, ONE, *[""] * 38])
    sheet = once_sheet(reached, twice)
    assert sheet is not None and Release().sheet(sheet).rows[0].cell.figures is None
    many = pd.Series([person(KEY, str(n // 2)) if n < 20 else "" for n in range(40)])
    shown = once_sheet(reached, many)
    assert shown is not None and Release().sheet(shown).rows[0].cell.figures is not None


def test_agreement_is_of_those_with_both() -> None:
    """30 of 40 who work say so; 18 of 20 others say not."""
    known = pd.Series([True] * 40 + [False] * 20)
    said = pd.Series([True] * 30 + [False] * 10 + [False] * 18 + [True] * 2)
    values = {row.name: row.value for row in agreement_sheet(said, known).rows}
    assert values == {"agreement": 0.8, "sensitivity": 0.75, "specificity": 0.9}


def test_days_between_which_few_found_work_are_not_told() -> None:
    """One who finds work between two days would be told by their shares."""
    found = pd.Series([10.0] * 10 + [40.0] + [80.0] * 10 + [400.0] * 20)
    employed = pd.Series([True] * 21 + [False] * 20)
    told = [row.about for row in time_sheet(found, employed).rows if row.name == "in_work_by"]
    assert told == ["30", "90", "120", "150", "180", "270", "365"]


# --- the report ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def linked(dataset: Dataset) -> tuple[Dataset, Register]:
    """Everybody has a pseudonym; half are at work from their end on, and a tenth take part twice."""
    people = dataset.participations.copy()
    people["person"] = [person(KEY, str(n if n % 10 else max(n - 1, 0))) for n in range(len(people))]
    rng = np.random.default_rng(3)
    rows = [
        (who, "employment" if rng.random() < 0.5 else "unemployment", str(end), None)
        for who, end in zip(people["person"], people["planned_end"], strict=True)
    ]
    return replace(dataset, participations=people), spells(*dict.fromkeys(rows))


def test_a_register_tells_of_those_who_did_not_answer(linked: tuple[Dataset, Register]) -> None:
    """Everybody whom it knows is in its figures."""
    dataset, known = linked
    found = tables(dataset, Release(), in_depth=True, register=known).register
    assert found is not None
    at_end = next(table for table in found.reached if (table.outcome, table.wave) == ("employment", "end"))
    figures = at_end.reached[Place()].figures
    own = dataset.participations[dataset.participations["service"] != "verrokki"]
    assert figures is not None and figures.n == len(own)
    status = known.status_on(own["person"], pd.to_datetime(own["planned_end"]))
    assert figures.yes == int((status == "employment").sum())
    cell = found.flow.at[found.flow.times.index("end"), "employment"]
    assert cell.figures is None or cell.figures.n == figures.yes


def test_the_report_has_a_section_of_the_register(linked: tuple[Dataset, Register], tmp_path: Path) -> None:
    """With a picture and its table, and the same figures as data."""
    dataset, known = linked
    write_report(
        dataset, tmp_path / "report", language="en", messages={}, made="2026-12-16T07:00:00.000Z", register=known
    )
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert '<h2 id="register-title">By the register</h2>' in page and 'id="plot-flow-register-title"' in page
