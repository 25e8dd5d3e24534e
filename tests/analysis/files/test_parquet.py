"""Parquet files and the star, read by DuckDB, which shares no code with the program that wrote them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from analysis.dataset import Dataset
from analysis.files import Written, star
from analysis.files.delimited import tables
from analysis.files.variables import Material, material
from analysis.pairing import scored
from analysis.scores import measures
from analysis.wording import Words
from tests.analysis.files.conftest import Echo

KEYS = {
    "facts_scores": ("submission", "measure"),
    "facts_answers": ("submission", "variable"),
    "dim_participation": ("participation",),
    "dim_service": ("service",),
    "dim_measure": ("measure",),
    "dim_item": ("variable",),
    "dim_date": ("date",),
}
POINTS_TO = {
    "facts_scores": {"participation", "service", "measure", "date"},
    "facts_answers": {"participation", "service", "variable", "date"},
    "dim_participation": set(),
}
HOME = {"variable": "dim_item"}


@pytest.mark.parametrize("table", ["responses", "absences", "participations", "services"])
def test_duckdb_reads_every_cell(folder: tuple[Path, Written], hard_material: Material, table: str) -> None:
    """Each value of each table comes back, texts to the last sign."""
    frame = tables(hard_material)[table]
    found = duckdb.sql(f"select * from '{folder[0] / 'parquet' / f'{table}.parquet'}'")
    assert found.columns == list(frame.columns)
    for row, (_, wanted) in zip(found.fetchall(), frame.astype(object).iterrows(), strict=True):
        for name, value, was in zip(frame.columns, row, wanted, strict=True):
            if pd.isna(was):
                assert value is None, name
            else:
                assert value == (was.to_pydatetime() if isinstance(was, pd.Timestamp) else was), name


def test_metadata_say_what_columns_are(folder: tuple[Path, Written], hard_material: Material) -> None:
    """Label, level, values and reasons of every column: in the file for any reader, and in each field for Arrow."""
    path = folder[0] / "parquet" / "responses.parquet"
    rows = duckdb.sql(f"select key, value from parquet_kv_metadata('{path}')").fetchall()
    found = {key.decode(): value.decode() for key, value in rows}
    columns = json.loads(found["mittari.columns"])
    assert list(columns) == [column.name for column in hard_material.columns]
    assert columns["which"] == {
        "label": "Kysymys which", "measure": "nominal", "values": {"5": "Viisi", "a": "Aa", "b": "Aa"},
        "missing": {"not_shown": "Not shown", "skipped": "Skipped", "dont_know": "En osaa sanoa"},
    }  # fmt: skip
    assert json.loads(found["mittari"])["language"] == "fi"
    schema = pq.read_schema(path)
    for name, said in columns.items():
        assert json.loads(schema.field(name).metadata[b"mittari"]) == said
        assert schema.field(name).metadata[b"label"].decode() == said["label"]


# --- the star --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def place(folder: tuple[Path, Written]) -> Path:
    return folder[0] / "star"


def _orphans(place: Path, fact: str, key: str) -> int:
    home = HOME.get(key, f"dim_{key}")
    found = duckdb.sql(
        f"select count(*) from '{place}/{fact}.parquet' f left join '{place}/{home}.parquet' d using ({key}) "
        f"where d.{key} is null"
    ).fetchall()
    return int(found[0][0])


def test_keys_are_unique_and_never_empty(place: Path) -> None:
    """Each table has one row for each value of its key."""
    assert {path.stem for path in place.iterdir()} == set(KEYS)
    for table, key in KEYS.items():
        names = ", ".join(key)
        some = " or ".join(f"{name} is null" for name in key)
        path = place / f"{table}.parquet"
        assert duckdb.sql(f"select {names} from '{path}' group by {names} having count(*) > 1").fetchall() == []
        assert duckdb.sql(f"select 1 from '{path}' where {some}").fetchall() == []
        assert duckdb.sql(f"select 1 from '{path}'").fetchall() != []


def test_every_fact_finds_its_dimensions(place: Path, tmp_path: Path) -> None:
    """No fact points to a row that is not there, and one that does is noticed."""
    for fact, keys in POINTS_TO.items():
        for key in keys:
            assert _orphans(place, fact, key) == 0, (fact, key)
    for table in ("facts_scores", "dim_service"):
        frame = pd.read_parquet(place / f"{table}.parquet")
        frame[frame["service"] != "hitsaus"].to_parquet(tmp_path / f"{table}.parquet")
    pd.read_parquet(place / "facts_scores.parquet").to_parquet(tmp_path / "facts_scores.parquet")
    assert _orphans(tmp_path, "facts_scores", "service") > 0


def test_participations_point_to_services_and_days(place: Path) -> None:
    """Each but that of answers without a code has a service; all days are in the calendar, of whole years."""
    lost = duckdb.sql(
        f"select p.participation from '{place}/dim_participation.parquet' p "
        f"left join '{place}/dim_service.parquet' s using (service) where s.service is null"
    ).fetchall()
    assert lost == [("none",)]
    for name in ("start", "planned_end", '"end"', "invited"):
        assert duckdb.sql(
            f"select 1 from '{place}/dim_participation.parquet' p left join '{place}/dim_date.parquet' d "
            f"on d.date = p.{name} where p.{name} is not null and d.date is null"
        ).fetchall() == []  # fmt: skip
    first, last, days = duckdb.sql(f"select min(date), max(date), count(*) from '{place}/dim_date.parquet'").fetchall()[
        0
    ]
    assert (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    assert (last - first).days + 1 == days
    assert duckdb.sql(
        f"select month_name, week_year, week, weekday, quarter from '{place}/dim_date.parquet' where date = '2027-01-01'"
    ).fetchall() in ([], [("tammikuu", 2026, 53, 5, 1)])
    assert duckdb.sql(
        f"select month_name, week_year, week, weekday, quarter from '{place}/dim_date.parquet' where date = '2026-12-31'"
    ).fetchall() == [("joulukuu", 2026, 53, 4, 4)]


def test_scores_are_those_of_the_report(whole: Dataset) -> None:
    """Every score that figures are made of is a fact, with the answers that it is made of; others are empty."""
    found, notes = star.star(material(whole, Words("fi", Echo())))
    assert notes == ()
    facts = found["facts_scores"]
    for measure in measures(whole.library.instruments):
        own = facts[facts["measure"] == f"{measure.origin}.{measure.dimension}"]
        theirs = scored(measure, whole.responses)
        with_score = own.dropna(subset=["score"])
        assert sorted(with_score["score"]) == pytest.approx(sorted(theirs["score"])) and len(theirs)
        assert (with_score["answered"] >= measure.key.minimum_answered).all()
        assert (own.loc[own["score"].isna(), "answered"] < measure.key.minimum_answered).all()


def test_of_two_scores_at_one_wave_the_first_is_kept(dataset: Dataset) -> None:
    """As in the report; how many were left out is told."""
    responses = dataset.responses
    (row,) = responses[(responses["instrument"] == "palvelupalaute") & responses["fb1"].notna()].index[:1]
    again = responses.loc[[row]].assign(
        submission="again", received=responses.loc[row, "received"] + pd.Timedelta(days=1)
    )
    doubled = dataclasses.replace(dataset, responses=pd.concat([responses, again], ignore_index=True))
    found, notes = star.star(material(doubled, Words("en", {})))
    assert "again" not in set(found["facts_scores"]["submission"])
    assert [str(note) for note in notes] == [
        "Scores left out of facts_scores, as another questionnaire of the same wave gave one before: 1."
    ]


def test_answers_are_those_of_the_dataset(place: Path, hard_dataset: Dataset, hard_material: Material) -> None:
    """A row for each cell of an item, with its value and label, and for each reason why one is empty."""
    rows = duckdb.sql(f"select submission, variable, value, number, label, reason from '{place}/facts_answers.parquet'")
    found = {(submission, variable): rest for submission, variable, *rest in rows.fetchall()}
    items = [column for column in hard_material.columns if column.item]
    cells = sum(int(hard_dataset.responses[column.name].notna().sum()) for column in items)
    reasons = sum(int(hard_material.reasons(column).notna().sum()) for column in items)
    assert len(found) == cells + reasons and reasons > 50
    assert found["hard001", "which"] == ["a", None, "Aa", None]
    assert found["hard001", "degrees"] == ["-380", -380.0, None, None]
    assert found["hard000", "which"] == [None, None, None, "dont_know"]
    ticked = next(column.name for column in items if column.type == "multiple" and column.name.startswith("abbb"))
    assert found["hard001", ticked] == ["1", 1.0, "Chosen", None]
    labels = {column.name: dict(column.categories) for column in items}
    for (_, variable), (value, _number, label, _reason) in found.items():
        wanted = {str(known): text for known, text in labels[variable].items()}.get(value)
        assert label == wanted, variable


def test_answers_without_a_code_have_a_participation_of_their_own(place: Path) -> None:
    """So that no fact is lost where tables are related."""
    found = duckdb.sql(f"select distinct submission from '{place}/facts_answers.parquet' where participation = 'none'")
    assert found.fetchall() == [("hard003",)]
