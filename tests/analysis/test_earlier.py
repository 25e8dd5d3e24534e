"""A results.json read as released tables: what it tells, and that the gate lets reports pass and finds planted faults."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import AnalysisError, disclosure
from analysis import dataset as datasets
from analysis.cohort import Design
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.earlier import read_released, released, whole_per_cent
from analysis.gate import Attacked, Released, ReleaseRefused, Row, Table, attack, check
from analysis.results import results
from analysis.tables import tables
from survey.model import Library
from survey.records import Participation
from tests.analysis.conftest import MADE, submissions
from tests.analysis.test_release import DAY, small

Data = dict[str, Any]


def data_of(dataset: Dataset, made: str = MADE) -> Data:
    found: Data = json.loads(json.dumps(results(tables(dataset, Release(), day=DAY), made)))
    return found


def table(release: Released, name: str) -> Table:
    return next(table for table in release.tables if table.name == name)


def row(release: Released, name: str, where: str) -> Row:
    return next(row for row in table(release, name).rows if row.where == where)


@given(st.integers(1, 400), st.data())
def test_a_whole_per_cent_stands_for_all_numbers_that_round_to_it(n: int, data: st.DataObject) -> None:
    """Half up, as figures are rounded."""
    percent = data.draw(st.integers(0, 100))
    low, high = whole_per_cent(percent, n)
    assert [count for count in range(n + 1) if (200 * count + n) // (2 * n) == percent] == [*range(low, high + 1)]


@pytest.mark.parametrize("seed", range(2))
def test_reports_pass_the_gate(library: Library, people: list[Participation], tmp_path: Path, seed: int) -> None:
    """Small numbers in every list, and none that can be worked out."""
    release = released(data_of(small(library, people, tmp_path / "d", seed)))
    attacked = check(release)
    assert len(release.tables) > 30
    assert attacked.n > 400


def test_a_report_with_the_whole_vocabulary_passes(
    whole_library: Library, people: list[Participation], tmp_path: Path
) -> None:
    """Coaches, employers, and answers of one and of several."""
    release = released(data_of(small(whole_library, people, tmp_path / "d", 0)))
    names = [one.name for one in release.tables]
    assert len(names) == len(set(names))
    assert {one.parts for one in release.tables} >= {
        ("people",), ("better", "same", "worse"), ("reached", "not reached"), ("chose", "did not choose")
    }  # fmt: skip
    check(release)


def test_a_planted_fault_is_refused(
    library: Library, people: list[Participation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the secondary rule switched off, small numbers are what others leave over."""
    monkeypatch.setattr(disclosure, "showable", functools.partial(disclosure.showable, secondary=False))
    with pytest.raises(ReleaseRefused, match=r"Table '.*': the number of '.*' in .* is .*\. It follows from: "):
        check(released(data_of(small(library, people, tmp_path / "d", 0))))


def growing(library: Library, people: list[Participation], folder: Path, kept: Collection[int]) -> Dataset:
    """Those of a cohort who are kept, by their places modulo 40, with the same answers whoever else is."""
    answered = list(
        submissions(library, people, Design(attrition={"start": 0.08, "end": 0.12}, usual_attrition=0.2), 0)
    )
    some = [person for n, person in enumerate(people) if n % 40 in kept]
    ids = {person.id for person in some}
    own = [(key, one) for key, one in answered if one.participation in ids]
    datasets.write(folder, library=library, participations=some, submissions=own, made=MADE)
    return datasets.read(folder)


@pytest.mark.slow
def test_an_earlier_report_of_all_but_few_is_refused_and_the_same_again_is_not(
    library: Library, people: list[Participation], tmp_path: Path
) -> None:
    """Every fortieth has come since: who they are is a difference. The same report again tells nothing new."""
    (tmp_path / "june.json").write_text(
        json.dumps(data_of(growing(library, people, tmp_path / "a", range(39)), "2026-06-15T06:00:00.000Z"))
    )
    june = read_released(tmp_path / "june.json")
    december = released(data_of(growing(library, people, tmp_path / "b", range(40))))
    assert attack(june).recovered == attack(december).recovered == ()
    with pytest.raises(ReleaseRefused, match="of those who have come since the release of 2026-06-15T06:00:00.000Z"):
        check(december, [june])
    check(june, [june])


def test_what_a_report_tells(library: Library, people: list[Participation], tmp_path: Path) -> None:
    """Rows of their own, wider ones that rows have climbed to, and hidden ones."""
    data = data_of(small(library, people, tmp_path / "d", 0))
    release = released(data)
    for one in data["invited"]:
        if one["level"] == "service":
            own = row(
                release,
                "invited",
                f"service '{one['service']}'" + (" (comparison)" if one["arm"] != "intervention" else ""),
            )
            expected = {frozenset(["people"]): (one["n_invited"],) * 2} if one["shown_level"] == "service" else {}
            assert (own.units, own.told) == ({one["service"]}, expected)
    wide = row(release, "invited", "all services")
    assert wide.units == {one["service"] for one in data["invited"] if one["service"] and one["arm"] == "intervention"}


def test_a_row_that_has_climbed_tells_the_wider_place() -> None:
    """Though the wider place has no row of its own."""
    place = {"arm": "intervention", "level": "service", "kind": "x", "service": "a"}
    other = place | {"service": "b"}
    data = empty() | {
        "invited": [
            place | {"shown_level": "kind", "n_invited": 23},
            other | {"shown_level": "service", "n_invited": 20},
        ]
    }
    (one,) = check_fails(data).recovered
    assert (one.where, one.low, one.follows_from) == ("service 'a'", 3, ("service 'b'", "kind 'x'"))


def empty() -> Data:
    lists = (
        "invited",
        "responses",
        "measures",
        "looking_back",
        "outcomes",
        "feedback",
        "choices",
        "others",
        "left_out",
    )
    return {"format": 1, "made": MADE, **{name: [] for name in lists}}


def check_fails(data: Data) -> Attacked:
    with pytest.raises(ReleaseRefused) as refused:
        check(released(data))
    return refused.value.attacked


def test_two_numbers_of_one_place_are_an_error() -> None:
    """A kind by its own row and by the row of its service."""
    place = {"arm": "intervention", "kind": "x", "shown_level": "kind"}
    rows = [
        place | {"level": "service", "service": "a", "n_invited": 23},
        place | {"level": "kind", "service": None, "n_invited": 24},
    ]
    with pytest.raises(AnalysisError, match=r"^'invited' tells two numbers of kind 'x'. Make the report again.$"):
        released(empty() | {"invited": rows})


def test_a_file_that_is_no_report_is_told_so(tmp_path: Path) -> None:
    """Which, why, and what to do."""
    path = tmp_path / "results.json"
    with pytest.raises(
        AnalysisError, match=r"cannot be read as a results.json: .*No such file.*Name the file of a report.$"
    ):
        read_released(path)
    for text in ("[]", '{"format": 2}'):
        path.write_text(text)
        with pytest.raises(AnalysisError) as refused:
            read_released(path)
        assert str(refused.value) == f"{path} is not a results.json of format 1. Name the file of a report."
