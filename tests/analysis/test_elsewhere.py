"""Answers from elsewhere: the same from every kind of file, equal to our own dataset, and nothing merged in silence."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml
from click.testing import CliRunner

import mittari
from analysis import pairing
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.elsewhere import Table, UnreadableAnswers, read_dataset, read_table
from analysis.first_map import first_map
from analysis.scores import Measure, measures
from analysis.tables import tables
from survey import column_map
from tests.conftest import ROOT

MADE = "2026-02-01T12:00:00.000Z"
LONG = """\
responses: Spring
participation: Id
wave: {column: When, values: {Before: start, After: end}}
service: {column: Service}
group: Group
received: Day
missing: [Can't say]
items:
  a: {column: A, values: {Disagree: 1, Agree: 2, Agree fully: 3}}
  b: {column: B, minimum: 1, maximum: 3, reverse: true}
  c: {column: C, minimum: 0, maximum: 10}
  work: {column: Work, outcome: employment, achieved: ["Yes"]}
  sex: {column: Sex, categories: true}
dimensions:
  d: {title: Search, items: [a, b], range: [0, 100]}
  ready: {title: Ready, column: Ready, range: [0, 10]}
"""
NAMES = ["Id", "When", "Day", "Service", "Group", "A", "B", "C", "Work", "Sex", "Ready"]
ROWS = [
    ["007", "Before", "2026-01-05", "Coaching", "g1", "Disagree", "3", "2,5", "", "f", "4"],
    ["007", "After", "2026-01-25", "Coaching", "g1", "Agree fully", "1", "7", "Yes", "f", "6.5"],
    ["b", "Before", "2026-01-06", "Training", "", "Agree", "2", "", "", "m", "3"],
    ["b", "After", "2026-01-26", "Training", "", "Can't say", "2", "4", "No", "m", "3"],
    ["c", "Before", "2026-01-06", "Training", "", "Agree", "Can't say", "1", "", "", "5"],
]


def read(text: str, table: Table, **instruments: object) -> Dataset:
    found, problems = column_map.read(text.encode(), file="m.yaml")
    assert found is not None, problems
    return read_dataset(found, table, instruments=instruments, made=MADE)  # type: ignore[arg-type]


def table(rows: Sequence[Sequence[str]] = ROWS, names: Sequence[str] = NAMES) -> Table:
    cells = pd.DataFrame([[cell or None for cell in row] for row in rows], columns=names, dtype="string")
    return Table(file="a.csv", cells=cells, first=2)


def told(text: str, rows: Sequence[Sequence[str]], names: Sequence[str] = NAMES) -> list[str]:
    with pytest.raises(UnreadableAnswers) as raised:
        read(text, table(rows, names))
    return [str(problem) for problem in raised.value.problems]


def changed(row: int, column: str, cell: str) -> list[list[str]]:
    rows = [list(each) for each in ROWS]
    rows[row][NAMES.index(column)] = cell
    return rows


# --- what comes of it -------------------------------------------------------------------------------


def test_what_the_cells_mean() -> None:
    """Numbers, words for numbers, commas, categories, reasons not to answer; who is where; what is a score already."""
    data = read(LONG, table())
    responses = data.responses.set_index(["participation", "wave"])
    assert responses["a"].fillna(-1).to_dict() == {
        ("007", "start"): 1, ("007", "end"): 3, ("b", "start"): 2, ("b", "end"): -1, ("c", "start"): 2,
    }  # fmt: skip
    assert responses.loc[("007", "start"), "c"] == 2.5 and pd.isna(responses.loc[("b", "start"), "c"])
    assert list(responses["sex"].dropna()) == ["f", "f", "m", "m"] and responses.loc[("b", "end"), "work"] == "No"
    assert list(data.participations["service"]) == ["coaching", "training", "training"]
    assert list(data.services["title"]) == ["Coaching", "Training"]
    assert list(data.participations["group"].fillna("")) == ["g1", "", ""]
    scores = {m.dimension: pairing.scored(m, data.responses) for m in measures(data.library.instruments)}
    assert dict(zip(*[scores["d"].query("wave == 'start'")[name] for name in ("participation", "score")], strict=True)) == {
        "007": 0.0, "b": 50.0, "c": 50.0,
    }  # fmt: skip
    assert list(scores["ready"].sort_values(["participation", "wave"])["score"]) == [6.5, 4, 3, 3, 5]


def test_a_row_for_each_participation() -> None:
    """With a column for each wave the same comes of it as with a row for each."""
    wide = """\
responses: Spring
participation: Id
items:
  b: {columns: {start: B1, end: B2}, minimum: 1, maximum: 3, reverse: true}
  c: {columns: {end: C2}, minimum: 0, maximum: 10}
dimensions: {d: {title: D, items: [b]}}
"""
    data = read(wide, table([["x", "3", "1", "4"], ["y", "2", "", ""]], ["Id", "B1", "B2", "C2"]))
    found = data.responses[["participation", "wave", "b", "c"]].sort_values(["participation", "wave"]).values.tolist()
    assert found == [["x", "end", 1.0, 4.0], ["x", "start", 3.0, pd.NA], ["y", "start", 2.0, pd.NA]]
    assert pairing.timely(data).all() and pairing.over(data, "end", pd.Timestamp(MADE).date()).all()


def _comma(rows: list[list[str]], path: Path) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([NAMES, *rows])
    path.with_suffix(".csv").write_text(text.getvalue(), encoding="utf-8")
    return path.with_suffix(".csv")


def _finnish(rows: list[list[str]], path: Path) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([NAMES, *rows])
    path.with_suffix(".txt").write_bytes(text.getvalue().encode("cp1252"))
    return path.with_suffix(".txt")


def _marked(rows: list[list[str]], path: Path) -> Path:
    made = _finnish(rows, path)
    made.with_suffix(".csv").write_bytes(made.read_bytes().decode("cp1252").encode("utf-8-sig"))
    return made.with_suffix(".csv")


def _frame(rows: list[list[str]]) -> pd.DataFrame:
    """With numbers and days as programs keep them."""
    frame = pd.DataFrame([[cell or None for cell in row] for row in rows], columns=NAMES)
    frame["Day"] = pd.to_datetime(frame["Day"])
    frame["Ready"] = frame["Ready"].astype(float)
    return frame


def _excel(rows: list[list[str]], path: Path) -> Path:
    with pd.ExcelWriter(path.with_suffix(".xlsx")) as book:
        pd.DataFrame({"Read": ["me"]}).to_excel(book, sheet_name="Cover", index=False)
        _frame(rows).to_excel(book, sheet_name="Answers", index=False)
    return path.with_suffix(".xlsx")


def _parquet(rows: list[list[str]], path: Path) -> Path:
    _frame(rows).to_parquet(path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def _spss(rows: list[list[str]], path: Path) -> Path:
    frame = _frame(rows)
    steps = {"Disagree": 1.0, "Agree": 2.0, "Agree fully": 3.0, "Can't say": 9.0}
    frame["A"] = frame["A"].map(steps)
    labels = {"A": {value: label for label, value in steps.items()}}
    pyreadstat.write_sav(frame, path.with_suffix(".sav"), variable_value_labels=labels, missing_ranges={"A": [9]})
    return path.with_suffix(".sav")


@pytest.mark.parametrize("write", [_comma, _finnish, _marked, _excel, _parquet, _spss])
def test_every_kind_of_file_says_the_same(write: Callable[[list[list[str]], Path], Path], tmp_path: Path) -> None:
    """CSV with commas or as Finnish Excel has it, Excel, Parquet, SPSS: one dataset."""
    path = write([list(row) for row in ROWS], tmp_path / "answers")
    sheet = "Answers" if path.suffix == ".xlsx" else None
    found = read(LONG, read_table(path, sheet=sheet))
    expected = read(LONG, table())
    for name in ("responses", "participations", "services"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(expected, name))


def test_our_own_answers_by_another_way(dataset: Dataset, tmp_path: Path) -> None:
    """Our dataset as a table with a row for each participation and wave, read by a map that names our instrument: the
    same pairs, changes, intervals and protected figures come of it."""
    (measure,) = [m for m in measures(dataset.library.instruments) if m.dimension == "job_search" and not m.then][
        :1
    ] or [next(m for m in measures(dataset.library.instruments) if {"start", "end"} <= {*m.waves} and not m.then)]
    key = next(source for source in measure.sources if (_answered_by(dataset, source)["wave"] == "end").sum() > 50)
    instrument = dataset.library.instruments[key]
    asked = [part.item for part in measure.key.items]
    own = _answered_by(dataset, key)
    own = own[pairing.timely(dataset)[own.index] & ~pairing.under_review(dataset)[own.index]]
    path = tmp_path / "own.csv"
    out = own[["participation", "wave", "service", "group", "received", *asked]].copy()
    out["received"] = out["received"].map(lambda moment: moment.isoformat())
    out.to_csv(path, index=False, sep=";")
    text = "responses: Own\nparticipation: participation\nwave: {column: wave}\nwaves: [start, end]\n"
    text += "service: {column: service}\ngroup: group\nreceived: received\n"
    text += f"instrument: {key}\nitems:\n" + "".join(f"  {item}: {{column: {item}}}\n" for item in asked)
    waves = own["wave"].isin(["start", "end"])
    out[waves.to_numpy()].to_csv(path, index=False, sep=";")
    read_map, problems = column_map.read(text.encode(), file="m.yaml")
    assert read_map is not None, problems
    again = read_dataset(read_map, read_table(path), instruments={key: instrument}, made=MADE)
    ours = pairing.pair(pairing.scored(_only(measure, key), own[waves]), "start", "end")
    theirs = pairing.pair(pairing.scored(_only(measure, key), again.responses), "start", "end")
    assert len(ours.start) > 30
    np.testing.assert_array_equal(ours.start, theirs.start)
    np.testing.assert_array_equal(ours.end, theirs.end)
    shown = tables(again, Release()).clients.measures
    assert any(cell.figures for table in shown for cell in table.changes.values())


def _answered_by(dataset: Dataset, key: str) -> pd.DataFrame:
    return pairing.rows_of([key], dataset.responses)


def _only(measure: Measure, key: str) -> Measure:
    return dataclasses.replace(measure, sources=(key,))


def test_the_guide_has_every_key() -> None:
    """And its example is a map that can be read."""
    guide = (ROOT / "docs" / "analysts.md").read_text(encoding="utf-8")
    part = guide[guide.index("## Answers from elsewhere") : guide.index("## How figures are made")]
    rows = {name for row in re.findall(r"^\| (`.*?) \|", part, re.M) for name in re.findall(r"`(\w+)`", row)}
    classes = (column_map.ColumnMap, column_map.Question, column_map.Scored)
    assert rows == {field.name for one in classes for field in dataclasses.fields(one)}
    example = re.findall(r"```yaml\n(.*?)```", part, re.S)[0]
    found, problems = column_map.read(example.encode(), file="m.yaml")
    assert found is not None and problems == ()


# --- what is told -----------------------------------------------------------------------------------


def test_two_people_under_one_id() -> None:
    """Never merged: neither two rows at a wave, nor an end before its start, nor somebody in two places."""
    twice = [*ROWS, ["007", "After", "2026-01-28", "Coaching", "g1", "Agree", "2", "3", "No", "f", "5"]]
    assert told(LONG, twice) == [
        "a.csv:1: ROW-REPEATED '007' has more than one row at the wave 'end' (rows 3, 7). Look whether two people share "
        "this id or one answered twice, and leave one row or give two ids.",
    ]
    assert told(LONG, changed(1, "Day", "2025-12-24")) == [
        "a.csv:1: WAVE-ORDER '007' answered 'end' before 'start' (rows 2, 3). Look whether the waves were swapped, or two "
        "people share this id.",
    ]
    assert told(LONG, changed(1, "Service", "Training")) == [
        "a.csv:1: ROW-DIFFERS '007' has several things in column 'Service': 'Coaching', 'Training' (rows 2, 3). Look "
        "whether two people share this id. Who took part twice needs an id for each time.",
    ]


def test_cells_that_nobody_explained() -> None:
    """Each is told once, with its rows: nothing is guessed."""
    assert told(LONG, changed(2, "A", "Perhaps")) == [
        "a.csv:1: CELL-UNKNOWN column 'A' has 'Perhaps', which the map does not know (row 4). Add it to the map under "
        "'values' or 'missing', or correct the answers.",
    ]
    assert told(LONG, changed(2, "When", "Later")) == [
        "a.csv:1: CELL-UNKNOWN column 'When' has 'Later', which the map does not know (row 4). Add it to the map under "
        "'values' or 'missing', or correct the answers.",
    ]
    assert told(LONG, changed(3, "B", "99")) == [
        "a.csv:1: CELL-RANGE column 'B' has 99, which is not between 1 and 3 (row 5). Correct 'minimum' or 'maximum' in "
        "the map, name it under 'missing', or correct the answers.",
    ]
    assert told(LONG, changed(0, "Day", "yesterday")) == [
        "a.csv:1: CELL-DATE column 'Day' has 'yesterday', which is no date (row 2). Write dates like 2026-03-31 or "
        "31.3.2026.",
    ]
    assert told(LONG, changed(0, "Id", "")) == [
        "a.csv:1: ROW-NAMELESS nothing says whose answers these are: column 'Id' is empty (row 2). Fill it in, or take "
        "the rows out of the file.",
    ]


def test_many_cells_are_told_as_a_number() -> None:
    """A column that the map mistook for another does not fill the screen."""
    rows = [[f"p{n}", "Before", "2026-01-05", "S", "", f"Word {n:02}", "1", "1", "", "", "1"] for n in range(30)]
    found = told(LONG, rows)
    assert len(found) == 6 and found[-1] == (
        "a.csv:1: CELLS-MORE column 'A' has 25 more such cells. Look whether the map names the right column."
    )
    many = [
        ["x" if n < 7 else f"p{n}", "Before", "2026-01-05", "S", "", "Agree", "1", "1", "", "", "1"] for n in range(9)
    ]
    assert "(rows 2, 3, 4, 5, 6 and 2 more)" in told(LONG, many)[0]


def test_columns_that_are_not_there() -> None:
    """Told with the line of the map, before anything is read."""
    names = [name if name != "Ready" else "Redy" for name in NAMES]
    assert told(LONG, ROWS, names) == [
        "m.yaml:16: COLUMN-MISSING the answers have no column 'Ready'. Did you mean 'Redy'?",
    ]
    names = [name if name != "Sex" else "C" for name in NAMES]
    assert told(LONG.replace("  sex: {column: Sex, categories: true}\n", ""), ROWS, names) == [
        "m.yaml:11: COLUMN-REPEATED 2 columns have the same name 'C', and the map uses it. Give each column a name of its "
        "own in the file.",
    ]


def test_instruments_that_are_not_ours(dataset: Dataset) -> None:
    """An instrument that nobody built, and an item that it has not."""
    text = "responses: X\nparticipation: Id\nwave: {column: When}\ninstrument: ours@9\nitems: {b: {column: B}}\n"
    assert told(text, ROWS) == [
        "m.yaml:4: MAP-INSTRUMENT the instrument ours@9 is not known. Build it with 'mittari build', or write its "
        "dimensions into the map.",
    ]
    key, instrument = next(iter(dataset.library.instruments.items()))
    found, _ = column_map.read(text.replace("ours@9", key).replace("{b:", "{zz9:").encode(), file="m.yaml")
    assert found is not None
    with pytest.raises(UnreadableAnswers, match=f"m.yaml:5: MAP-ITEM-UNKNOWN the instrument {key} has no item 'zz9'"):
        read_dataset(found, table(), instruments={key: instrument}, made=MADE)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.doc", b"x", ":1: RESPONSES-UNREADABLE the answers cannot be read: nothing is known about files that end in '.doc'."),
        ("a.csv", b"Id;A\n", ":1: RESPONSES-EMPTY there is no row of answers below the names of the columns."),
        ("a.csv", b"", ":1: RESPONSES-EMPTY there is no row of answers below the names of the columns."),
        ("a.csv", b"A,B\n1,2\n1,2,3\n", ":1: RESPONSES-UNREADABLE the answers cannot be read: there are more cells than names of "
                                        "columns in row 3."),
        ("a.xlsx", b"PK nothing", ":1: RESPONSES-UNREADABLE the answers cannot be read: File is not a zip file"),
        ("a.parquet", b"PAR1", ":1: RESPONSES-UNREADABLE the answers cannot be read: "),
        ("a.sav", b"$FL2", ":1: RESPONSES-UNREADABLE the answers cannot be read: "),
    ],
)  # fmt: skip
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    """One sentence, and what to do; never a traceback."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableAnswers) as raised:
        read_table(tmp_path / name)
    assert sentence in str(raised.value)


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    """Its sheets are named."""
    path = _excel([list(row) for row in ROWS], tmp_path / "a")
    with pytest.raises(UnreadableAnswers, match="it has no sheet 'Answer', but Cover, Answers"):
        read_table(path, sheet="Answer")


def test_blank_rows_of_a_sheet_keep_their_numbers(tmp_path: Path) -> None:
    """A row is told by the number that the program for tables shows, also below a blank one."""
    rows = [["Id", "A"], ["a", "1"], [None, None], ["b", "x"], [None, None]]
    pd.DataFrame(rows).to_excel(tmp_path / "a.xlsx", index=False, header=False)
    found, _ = column_map.read(b"responses: X\nparticipation: Id\nwaves: [start]\nitems: {a: {column: A}}\n", file="m")
    assert found is not None
    with pytest.raises(UnreadableAnswers, match=r"'x', which the map does not know \(row 4\)"):
        read_dataset(found, read_table(tmp_path / "a.xlsx"), instruments={}, made=MADE)


# --- a first map ------------------------------------------------------------------------------------

WORDS = ["Täysin eri mieltä", "Eri mieltä", "Ei samaa eikä eri mieltä", "Samaa mieltä", "Täysin samaa mieltä"]


def _exported(wide: bool) -> tuple[list[str], list[list[str]]]:
    """As a tool exports the answers of thirty people to five questions."""
    chance = np.random.default_rng(4)
    people = [[WORDS[chance.integers(5)], WORDS[chance.integers(5)], str(chance.integers(1, 8))] for _ in range(60)]
    if wide:
        names = ["Vastaajatunnus", "Palvelu", "Jaksan_alku", "Jaksan_loppu", "Osaan_alku", "Osaan_loppu"]
        return names, [
            [f"v{n}", "Kurssi", a[0], b[0], a[1], b[1]]
            for n, (a, b) in enumerate(zip(people[:30], people[30:], strict=True))
        ]
    names = [
        "Vastaajatunnus",
        "Mittauskerta",
        "Vastausaika",
        "Palvelu",
        "Jaksan: arjessa",
        "Osaan",
        "Arvosana",
        "Oletko työssä?",
    ]
    return names, [
        [f"v{n % 30}", "Alku" if n < 30 else "Loppu", f"{n % 28 + 1}.{1 + n // 30}.2026 10:00", "Kurssi", *answers,
         "Kyllä" if n % 3 else "Ei"]
        for n, answers in enumerate(people)
    ]  # fmt: skip


@pytest.mark.parametrize("wide", [False, True])
def test_a_first_map_can_be_used(tmp_path: Path, wide: bool) -> None:
    """What tools export gets a map that is right but for its titles, and a report comes of it."""
    names, rows = _exported(wide)
    path = tmp_path / "answers.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out, delimiter=";").writerows([names, *rows])
    runner = CliRunner()
    made = runner.invoke(mittari.main, ["map", str(path)])
    assert made.exit_code == 0 and "Look at every line" in made.output, made.output
    plain = yaml.safe_load((tmp_path / "answers.map.yaml").read_text(encoding="utf-8"))
    assert plain["participation"] == "Vastaajatunnus" and plain["service"] == {"column": "Palvelu"}
    ladder = {
        "Täysin eri mieltä": 1,
        "Eri mieltä": 2,
        "Ei samaa eikä eri mieltä": 3,
        "Samaa mieltä": 4,
        "Täysin samaa mieltä": 5,
    }
    assert plain["items"]["osaan"]["values"] == ladder
    if wide:
        assert plain["items"]["osaan"]["columns"] == {"start": "Osaan_alku", "end": "Osaan_loppu"}
    else:
        assert plain["wave"] == {"column": "Mittauskerta", "values": {"Alku": "start", "Loppu": "end"}}
        assert plain["items"]["oletko_tyossa"]["outcome"] == "employment"
        assert (plain["items"]["arvosana"]["minimum"], plain["items"]["arvosana"]["maximum"]) == (1, 7)
    output = tmp_path / "report"
    arguments = [
        "report",
        "--responses",
        str(path),
        "--map",
        str(tmp_path / "answers.map.yaml"),
        "--output",
        str(output),
    ]
    report = runner.invoke(mittari.main, arguments)
    assert report.exit_code == 0, report.output
    assert "n_pairs" in (output / "results.json").read_text() and (output / "index.html").is_file()


def test_a_first_map_of_spss_knows_what_codes_mean(tmp_path: Path) -> None:
    """The ends that nobody chose, the codes that are no answer, waves by their words, yes and no."""
    frame = pd.DataFrame({"ID": ["a", "a", "b", "b"], "WAVE": [1.0, 2.0, 1.0, 2.0], "Q1": [2.0, 9.0, 3.0, 4.0],
                          "Q2": [4.0, 4.0, 2.0, 3.0], "JOB": [2.0, 1.0, 2.0, 1.0]})  # fmt: skip
    agree = {1.0: "Täysin eri mieltä", 5.0: "Täysin samaa mieltä", 9.0: "En osaa sanoa"}
    labels = {
        "Q1": agree,
        "Q2": agree,
        "WAVE": {1.0: "Loppumittaus", 2.0: "Alkumittaus"},
        "JOB": {1.0: "Kyllä", 2.0: "Ei"},
    }
    titles = {"Q1": "Jaksan arjessa", "JOB": "Oletko työssä?"}
    pyreadstat.write_sav(frame, tmp_path / "a.sav", variable_value_labels=labels, column_labels=titles)
    made = first_map(read_table(tmp_path / "a.sav"))
    plain = yaml.safe_load(made)
    assert plain["wave"]["values"] == {"1": "end", "2": "start"}
    assert plain["items"]["q1"] == {
        "column": "Q1",
        "text": "Jaksan arjessa",
        "missing": ["9"],
        "minimum": 1,
        "maximum": 5,
    }
    assert plain["items"]["job"]["outcome"] == "employment" and plain["items"]["job"]["achieved"] == ["1"]
    assert plain["dimensions"]["dimension_1"]["items"] == ["q1", "q2"] and "# 5 Täysin samaa mieltä" in made
    found, problems = column_map.read(made.encode(), file="m.yaml")
    assert found is not None, problems
    data = read_dataset(found, read_table(tmp_path / "a.sav"), instruments={}, made=MADE)
    assert data.responses.set_index(["participation", "wave"])["q1"].dropna().to_dict() == {
        ("a", "end"): 2, ("b", "end"): 3, ("b", "start"): 4,
    }  # fmt: skip


def test_a_first_map_of_anything_is_a_map() -> None:
    """Names that YAML would read otherwise, no id, one column: still a file that can be read and edited."""
    odd = table([["a", "1"], ["b", "2"]], ["yes: #", '"quoted" {x}'])
    text = first_map(odd)
    assert "no column looks like it" in text and '#   "quoted" {x}' in text
    assert yaml.safe_load(text)["responses"]


def test_both_or_neither(tmp_path: Path) -> None:
    """Answers without a map, and a map without answers, are told; nothing that is there is written over."""
    path = _comma([list(row) for row in ROWS], tmp_path / "a")
    runner = CliRunner()
    alone = runner.invoke(mittari.main, ["report", "--responses", str(path), "--output", str(tmp_path / "r")])
    assert alone.exit_code == 2 and "Give --responses and --map together" in alone.output
    (tmp_path / "a.map.yaml").write_text("mine")
    again = runner.invoke(mittari.main, ["map", str(path)])
    assert again.exit_code == 2 and "left alone" in again.output and (tmp_path / "a.map.yaml").read_text() == "mine"
    wrong = runner.invoke(
        mittari.main,
        ["report", "--responses", str(path), "--map", str(tmp_path / "a.map.yaml"), "--output", str(tmp_path / "r")],
        env={"LC_ALL": "fi_FI.UTF-8"},
    )
    assert wrong.exit_code == 1 and "MAP-UNKNOWN" in wrong.output and "ei ole kohtaa" in wrong.output


@pytest.mark.parametrize(
    "words, told",
    [
        (("BtheB", "TAU"), ["BtheB: intervention", "TAU: comparison"]),
        (("palvelu", "verrokki"), ["palvelu: intervention", "verrokki: comparison"]),
        (("A", "B"), ["A:", "B:"]),
        (("control", "placebo"), ["control:", "placebo:"]),
    ],
)
def test_an_arm_that_no_word_tells_is_left_open(words: tuple[str, str], told: list[str]) -> None:
    """Which arm is which turns every sign round: where it is not plain, a person writes it, and the map asks for it."""
    cells = pd.DataFrame({"id": ["1", "2", "3", "4"], "treatment": [*words, *words], "bdi.pre": ["1", "2", "3", "4"]})
    text = first_map(Table(file="a.csv", cells=cells.astype("string"), first=2))
    lines = [line.strip() for line in text.splitlines()]
    assert [line for line in lines if line in told] == told
    if told[0].endswith(":"):
        _read, problems = column_map.read(text.encode(), file="a.map.yaml")
        assert [problem.code for problem in problems if problem.severity == "error"]
