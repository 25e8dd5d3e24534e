"""The dataset folder: what is written comes back, and nothing foreign is overwritten or read."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import dataset as datasets
from analysis.dataset import Dataset, DatasetError
from survey.folders import NotOursError
from survey.model import CONTACT, Instrument, Item, ItemType, Library, Option, Section
from survey.records import Answer, Participation, Submission, SubmissionKey
from tests.analysis.vocabulary import everything, with_everything

MADE = "2026-12-15T06:00:00.000Z"
Records = list[tuple[SubmissionKey, Submission]]


def _write(folder: Path, library: Library, people: list[Participation], records: Records) -> None:
    datasets.write(folder, library=library, participations=people, submissions=records, made=MADE, build="abc")


def test_what_is_written_comes_back(
    dataset: Dataset, library: Library, people: list[Participation], records: Records
) -> None:
    """A row for each submission, its answers by type, the library whole, and no printed numbers."""
    assert len(dataset.responses) == len(records)
    assert len(dataset.participations) == len(people)
    assert dataset.library == library
    assert "number" not in dataset.participations
    key, submission = records[0]
    row = dataset.responses.set_index("submission").loc[submission.id]
    assert (row["participation"], row["wave"], row["revisions"]) == (key.owner, submission.wave, 0)
    for item, answer in submission.answers.items():
        if isinstance(answer, list):
            assert all(bool(row[f"{item}.{option}"]) == (option in answer) for option in ("cv", 2))
        else:
            assert row[item] == answer
    gaps = dataset.absences[dataset.absences["submission"] == submission.id]
    assert dict(zip(gaps["item"], gaps["reason"], strict=True)) == submission.absent


def test_columns_are_typed_by_their_items(dataset: Dataset) -> None:
    """Whole numbers for numbered options, text for named ones, truth values for what was ticked."""
    kinds = {name: str(dataset.responses[name].dtype) for name in ("js1", "hours", "work", "help.cv", "words")}
    assert kinds == {"js1": "Int64", "hours": "Int64", "work": "string", "help.cv": "boolean", "words": "string"}


# --- every kind of answer --------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
TYPED: dict[str, st.SearchStrategy[Answer]] = {
    "integer": st.integers(-(10**12), 10**12),
    "decimal": st.integers(-100, 100) | st.floats(-1e6, 1e6).map(lambda number: round(number, 2)),
    "calculated": st.integers(-100, 100) | st.floats(-1e6, 1e6),
    "date": st.dates().map(date.isoformat),
    "month": st.dates().map(lambda day: day.isoformat()[:7]),
    "year": st.integers(1000, 2999),
    "time": st.times().map(lambda time: time.isoformat("minutes")),
    "text": WORDS,
    "long_text": WORDS,
    "email": st.just("a@example.org"),
    "phone": st.just("0401234567"),
    "consent": st.just("yes"),
    "hidden": st.sampled_from(["letter", "sms", "2"]),
}


def _answers(instrument: Instrument, item: Item) -> st.SearchStrategy[Answer]:
    """Whatever the collector could have stored for an item."""
    values = [option.value for option in instrument.options(item) if option.missing is None]
    if item.type == "multiple":
        ticked = st.lists(st.sampled_from(values), min_size=1, unique=True)
        return ticked.map(lambda found: sorted(found, key=lambda value: (isinstance(value, str), value)))
    if item.type == "rank":
        return st.permutations(values).flatmap(lambda order: st.integers(1, len(order)).map(lambda n: order[:n]))
    return TYPED[item.type] if item.type in TYPED else st.sampled_from(values)


@st.composite
def stored(draw: st.DrawFn) -> tuple[dict[str, Answer], dict[str, str]]:
    """Answers to some items of the instrument that has them all, with words beside some, and reasons for the rest."""
    instrument = everything()
    answers: dict[str, Answer] = {}
    absent: dict[str, str] = {}
    for item in instrument.items():
        if draw(st.booleans()):
            answers[item.id] = draw(_answers(instrument, item))
            if any(option.other for option in instrument.options(item)) and draw(st.booleans()):
                answers[f"{item.id}.other_text"] = draw(WORDS)
        else:
            absent[item.id] = draw(st.sampled_from(["skipped", "not_shown", "dont_know"]))
    return answers, absent


def _read_back(instrument: Instrument, row: pd.Series) -> dict[str, Answer]:  # type: ignore[type-arg]
    """The answers that a row of `responses` stands for."""
    given = {str(name): value for name, value in row.items() if not pd.isna(value)}
    found: dict[str, Answer] = {}
    for item in instrument.items():
        values = {f"{item.id}.{option.value}": option.value for option in instrument.options(item)}
        if item.type == "multiple":
            ticked = [value for name, value in values.items() if given.get(name)]
            if ticked:
                found[item.id] = sorted(ticked, key=lambda value: (isinstance(value, str), value))
        elif item.type == "rank":
            ranked = sorted((name for name in values if name in given), key=lambda name: given[name])
            if ranked:
                found[item.id] = [values[name] for name in ranked]
        elif item.id in given:
            value = given[item.id]
            found[item.id] = value.isoformat() if isinstance(value, date) else value
        if (words := f"{item.id}.other_text") in given:
            found[words] = given[words]
    return found


@settings(max_examples=30)
@given(case=stored())
def test_every_kind_of_answer_comes_back(case: tuple[dict[str, Answer], dict[str, str]], library: Library) -> None:
    """As it was stored, but contact details, which never leave the store; numbers beside named options as text."""
    answers, absent = case
    instrument = everything()
    whole = replace(library, instruments={instrument.key: instrument})
    one = Submission(
        id="s", participation=None, service="ura", instrument="kaikki", version=1, meaning="", wave="end",
        language="fi", channel="own_device", helper="none", received=MADE, answers=answers, absent=absent,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder) / "d", whole, [], [(SubmissionKey("o_s", "kaikki", "end", 1), one)])
        data = datasets.read(Path(folder) / "d")
    contact = {item.id for item in instrument.items() if item.type in CONTACT}
    expected = {id: answer for id, answer in answers.items() if id not in contact}
    if "mixed" in expected:
        expected["mixed"] = str(expected["mixed"])
    assert _read_back(instrument, data.responses.iloc[0]) == expected
    gaps = dict(zip(data.absences["item"], data.absences["reason"], strict=True))
    assert gaps == {id: reason for id, reason in absent.items() if id not in contact}


def test_every_type_has_its_columns(tmp_path: Path, library: Library) -> None:
    """Names and types as docs/analysts.md says; contact details have none, and are named in dataset.json."""
    _write(tmp_path / "d", with_everything(library), [], [])
    frame = datasets.read(tmp_path / "d").responses
    names = [name for name in frame.columns if name.partition(".")[0] in {i.id for i in everything().items()}]
    kinds: dict[str, list[str]] = {}
    for name in names:
        kinds.setdefault(str(frame[name].dtype), []).append(name)
    assert {kind: " ".join(found) for kind, found in kinds.items()} == {
        "string": "campaign habit place place.other_text car mixed channels.other_text month clock phrase story may why",
        "Int64": "mood monday friday rating wishes.pay wishes.hours wishes.travel wishes.7 spent year",
        "boolean": "channels.web channels.phone channels.none channels.4",
        "Float64": "wage load",
        "object": "began finished",
    }
    assert pq.read_schema(next((tmp_path / "d" / "responses").rglob("*.parquet"))).field("began").type == "date32[day]"
    assert json.loads((tmp_path / "d" / "dataset.json").read_text())["left_out"] == ["mail", "number"]


# --- the folder ------------------------------------------------------------------------------------------------------


def test_every_partition_has_the_same_schema(
    tmp_path: Path, library: Library, people: list[Participation], records: Records
) -> None:
    """Partitions go by the first symbol of the participation, and can be read one by one."""
    _write(tmp_path / "d", library, people, records)
    files = sorted((tmp_path / "d" / "responses").rglob("*.parquet"))
    assert len(files) > 20
    assert len({str(pq.read_schema(file)) for file in files}) == 1


def test_equal_input_gives_equal_bytes(
    tmp_path: Path, library: Library, people: list[Participation], records: Records
) -> None:
    """Whatever the order of the participations."""
    _write(tmp_path / "one", library, people, records)
    _write(tmp_path / "two", library, people[::-1], records)
    one, two = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two


def test_the_last_revision_counts(
    tmp_path: Path, library: Library, people: list[Participation], records: Records
) -> None:
    """Of several answers to one questionnaire the highest n is the row (10 after 9), and revisions are counted."""
    key, first = records[0]
    many = [
        (SubmissionKey(key.owner, key.instrument, key.wave, n), replace(first, id=f"{first.id}{n}", revisions=n - 1))
        for n in (1, 10, 2, 9)
    ]
    _write(tmp_path / "d", library, people, many)
    rows = datasets.read(tmp_path / "d").responses
    assert rows[["submission", "revisions"]].to_numpy().tolist() == [[f"{first.id}10", 9]]


def test_an_open_survey_has_no_participation(tmp_path: Path, library: Library, records: Records) -> None:
    """Its answers lie in a partition of their own."""
    _, first = records[0]
    answer = replace(first, participation=None)
    _write(tmp_path / "d", library, [], [(SubmissionKey(answer.owner, answer.instrument, answer.wave, 1), answer)])
    assert (tmp_path / "d" / "responses" / "part=o" / "0.parquet").is_file()
    row = datasets.read(tmp_path / "d").responses.iloc[0]
    assert pd.isna(row["participation"])
    assert pd.isna(row["group"])


def test_an_empty_store_gives_an_empty_dataset(tmp_path: Path, library: Library, dataset: Dataset) -> None:
    """No rows, and the same columns and types as ever."""
    _write(tmp_path / "d", library, [], [])
    empty = datasets.read(tmp_path / "d")
    assert len(empty.responses) == len(empty.participations) == len(empty.absences) == 0
    assert dict(empty.responses.dtypes) == dict(dataset.responses.dtypes)
    head = json.loads((tmp_path / "d" / "dataset.json").read_text())
    counts = {"participations": 0, "submissions": 0, "responses": 0, "absences": 0}
    assert head == {"format": 1, "made": MADE, "build": "abc", "counts": counts, "left_out": []}


def test_a_dataset_is_replaced_and_nothing_else_is(tmp_path: Path, library: Library) -> None:
    """A folder with files but without dataset.json is left as it was; no temporary folder stays behind."""
    _write(tmp_path / "d", library, [], [])
    _write(tmp_path / "d", library, [], [])
    foreign = tmp_path / "photos"
    foreign.mkdir()
    (foreign / "cat.jpg").write_text("cat")
    with pytest.raises(NotOursError, match="holds files that Mittari did not make, so it was left alone"):
        _write(foreign, library, [], [])
    assert [file.name for file in foreign.iterdir()] == ["cat.jpg"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["d", "photos"]


def test_a_failed_export_leaves_the_old_dataset(tmp_path: Path, library: Library, records: Records) -> None:
    """Answers to a version that the library lacks stop the export before anything is replaced."""
    _write(tmp_path / "d", library, [], [])
    key, first = records[0]
    with pytest.raises(DatasetError) as error:
        _write(tmp_path / "d", library, [], [(key, replace(first, version=8))])
    assert str(error.value) == (
        f"There are answers to {first.instrument}@8, which the library does not hold. "
        f"Put its file back as {first.instrument}.v8.yaml, build, and export again."
    )
    assert len(datasets.read(tmp_path / "d").responses) == 0
    assert [file.name for file in tmp_path.iterdir()] == ["d"]


def test_a_service_that_is_gone_is_named(tmp_path: Path, library: Library, people: list[Participation]) -> None:
    """A row without its service could not be placed in any table."""
    with pytest.raises(DatasetError, match=r"^There are participations or answers in gone, which services.yaml does"):
        _write(tmp_path / "d", library, [replace(people[0], service="gone")], [])


def test_broken_order_is_noticed(
    tmp_path: Path, library: Library, people: list[Participation], records: Records
) -> None:
    """A partition that comes back after it was closed would overwrite itself."""
    with pytest.raises(DatasetError, match=r"^The submissions are not in the order of their keys\."):
        _write(tmp_path / "d", library, people, [records[0], records[-1], records[1]])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "There is no dataset in {folder} (no dataset.json). Make one with: mittari export --output {folder}"),
        (
            '{"format": 2}',
            "The dataset in {folder} is of format 2; this version of Mittari reads up to 1. "
            "Update Mittari, or export the dataset again with this version.",
        ),
        ("[]", "{folder}/dataset.json is not a dataset's dataset.json. Export the dataset again with: mittari export"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, content: str | None, sentence: str) -> None:
    """A folder without the mark, of a later format, or with something else under the name."""
    if content is not None:
        (tmp_path / "dataset.json").write_text(content)
    with pytest.raises(DatasetError) as error:
        datasets.read(tmp_path)
    assert str(error.value) == sentence.format(folder=tmp_path)


def test_a_damaged_dataset_says_so(tmp_path: Path, library: Library) -> None:
    """A file that is missing is named, with the way out."""
    _write(tmp_path / "d", library, [], [])
    (tmp_path / "d" / "services.parquet").unlink()
    with pytest.raises(DatasetError, match=r"is damaged or incomplete \(.*services\.parquet.*Export it again with"):
        datasets.read(tmp_path / "d")


# --- versions --------------------------------------------------------------------------------------------------------


def _versions(library: Library, first: Instrument, second: Instrument) -> Library:
    return replace(library, instruments={first.key: first, second.key: second})


def _asking(version: int, *items: Item) -> Instrument:
    title = dict.fromkeys(("fi", "sv", "en"), "Koe")
    return Instrument(
        instrument="koe", version=version, languages=("fi", "sv", "en"), title=title, waves=("start",),
        sections=(Section(items=items),),
    )  # fmt: skip


def _choice(*values: int | str, type: ItemType = "single") -> Item:
    words = dict.fromkeys(("fi", "sv", "en"), "x")
    return Item(id="a", type=type, text=words, options=tuple(Option(value=value, label=words) for value in values))


def _answered(library: Library, people: list[Participation], **answers: Answer) -> Records:
    """One person each, with an answer to one version."""
    found = []
    for person, (version, answer) in zip(sorted(people, key=lambda p: p.id), answers.items(), strict=False):
        one = Submission(
            id=f"s_{version}", participation=person.id, service=person.service, instrument="koe",
            version=int(version[1:]), meaning="m", wave="start", language="fi", channel="own_device", helper="none",
            received=MADE, answers={"a": answer},
        )  # fmt: skip
        found.append((SubmissionKey(person.id, "koe", "start", 1), one))
    return found


def test_columns_are_those_of_all_versions(tmp_path: Path, library: Library, people: list[Participation]) -> None:
    """An option that was removed keeps its column and its answers; one that was added has a column too."""
    both = _versions(
        library, _asking(1, _choice("x", "y", type="multiple")), _asking(2, _choice("x", "z", type="multiple"))
    )
    _write(tmp_path / "d", both, people, _answered(both, people, v1=["y"], v2=["x", "z"]))
    rows = datasets.read(tmp_path / "d").responses.set_index("submission")[["a.x", "a.y", "a.z"]]
    assert rows.loc["s_v1"].tolist() == [False, True, pd.NA]
    assert rows.loc["s_v2"].tolist() == [True, pd.NA, True]


def test_a_column_of_numbers_and_words_is_text(tmp_path: Path, library: Library, people: list[Participation]) -> None:
    """Nothing is lost where one version has numbers for its options and the next a word."""
    both = _versions(library, _asking(1, _choice(1, 2)), _asking(2, _choice(1, 2, "other")))
    _write(tmp_path / "d", both, people, _answered(both, people, v1=2, v2="other"))
    rows = datasets.read(tmp_path / "d").responses.set_index("submission")["a"]
    assert (rows["s_v1"], rows["s_v2"], str(rows.dtype)) == ("2", "other", "string")


def test_two_kinds_of_answers_share_no_column(tmp_path: Path, library: Library) -> None:
    """A number and a choice under one id: told, with what to do."""
    words = dict.fromkeys(("fi", "sv", "en"), "x")
    both = _versions(library, _asking(1, _choice(1, 2)), _asking(2, Item(id="a", type="integer", text=words)))
    with pytest.raises(DatasetError) as error:
        _write(tmp_path / "d", both, [], [])
    assert str(error.value) == (
        "Item 'a' of koe@2 would share a column with something else. Give it another id in a new version of the "
        "instrument."
    )


def test_the_lineage_is_written(tmp_path: Path, library: Library) -> None:
    """A row for each item of each version; the hash is that of the item alone, so it tells whether it changed."""
    words = dict.fromkeys(("fi", "sv", "en"), "x")
    kept, gone = Item(id="b", type="text", text=words), Item(id="c", type="text", text=words)
    both = _versions(library, _asking(1, _choice("x", "y"), kept, gone), _asking(3, _choice("x"), kept))
    _write(tmp_path / "d", both, [], [])
    rows = pd.read_parquet(tmp_path / "d" / "lineage.parquet", dtype_backend="numpy_nullable")
    columns = ["version", "item", "origin", "status", "previous"]
    assert rows[columns].to_numpy().tolist() == [
        [1, "a", "koe", "first", pd.NA], [1, "b", "koe", "first", pd.NA], [1, "c", "koe", "first", pd.NA],
        [3, "a", "koe", "changed", 1], [3, "b", "koe", "same", 1], [3, "c", "koe", "retired", 1],
    ]  # fmt: skip
    first, second = (rows[rows["version"] == version].set_index("item")["meaning"] for version in (1, 3))
    assert [first[id] == second[id] for id in ("a", "b", "c")] == [False, True, True]
