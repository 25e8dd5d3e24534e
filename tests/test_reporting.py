"""`mittari report` of summaries, in pieces and by a cluster: the same figures, and plain words on what cannot be had."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from distributed import LocalCluster

import mittari
from analysis import dataset as datasets
from analysis import streaming
from survey.model import Library
from survey.records import Participation, Submission, SubmissionKey
from tests.analysis.conftest import MADE, library, people, records  # noqa: F401  (fixtures)

LISTS = ("invited", "responses", "measures", "outcomes", "feedback", "choices", "others", "left_out")


def run(*args: object) -> Result:
    return CliRunner().invoke(mittari.main, ["report", *map(str, args)])


def figures(folder: Path) -> dict[str, object]:
    data = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return {name: data[name] for name in LISTS}


@pytest.fixture(scope="module")
def folder(
    library: Library,  # noqa: F811
    people: list[Participation],  # noqa: F811
    records: list[tuple[SubmissionKey, Submission]],  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    made = tmp_path_factory.mktemp("reporting") / "dataset"
    datasets.write(made, library=library, participations=people, submissions=records, made=MADE)
    return made


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """The report of all rows, with the summaries that the area hands over beside it."""
    out = folder.parent / "whole"
    result = run(
        "--dataset", folder, "--output", out, "--language", "en", "--for", "analyst",
        "--summaries-out", folder.parent / "area.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert (
        f"Summaries: {folder.parent / 'area.json'}. They hold no person, and no more than the report." in result.output
    )
    return out


def test_a_large_dataset_is_summed_up_in_pieces(
    folder: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The same figures; what needs every answer is not there, and that is said."""
    monkeypatch.setattr(streaming, "is_large", lambda _folder: True)
    result = run("--dataset", folder, "--output", tmp_path / "r", "--language", "en", "--for", "analyst")
    assert result.exit_code == 0, result.output
    assert "summed up piece by piece, without figures in depth." in result.output
    assert figures(tmp_path / "r") == figures(whole)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cluster_gives_the_same(folder: Path, whole: Path, tmp_path: Path) -> None:
    """Two real workers on this machine."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        result = run(
            "--dataset", folder, "--cluster", cluster.scheduler_address, "--output", tmp_path / "r",
            "--language", "en", "--for", "analyst",
        )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert figures(tmp_path / "r") == figures(whole)


def test_an_area_is_pooled_from_its_summaries(folder: Path, whole: Path, tmp_path: Path) -> None:
    """What the area handed over makes a report, and each thing that it lacks is named."""
    area = folder.parent / "area.json"
    result = run("--summaries", area, "--output", tmp_path / "r", "--language", "en", "--for", "analyst")
    assert result.exit_code == 0, result.output
    assert "Employment area of southern Central Finland hands over" in result.output
    assert "need every person's answers: they are in no file of summaries." in result.output
    all_of = [
        next(row for row in figures(out)["measures"] if row["level"] == "all" and row["dimension"] == "job_search")  # type: ignore[attr-defined]
        for out in (whole, tmp_path / "r")
    ]
    assert all_of[0]["n_pairs"] == all_of[1]["n_pairs"] and all_of[0]["change"] == all_of[1]["change"]


@pytest.mark.parametrize(
    "args, told",
    [
        (["--summaries", "FILE", "--since", "2026-01-01"], "--since needs every answer, so it does not go with --summaries. Leave one of them out."),
        (["--cluster", "tcp://127.0.0.1:1"], "Give --dataset with --cluster: a folder that all workers see."),
        (["--summaries", "FILE", "--dataset", "x"], "Give --summaries alone, in place of --dataset or --responses."),
        (["--summaries", "FILE", "--summaries-out", "y"], "Summaries that are pooled are not handed over again. Give --summaries alone."),
        (["--register", "FILE"], "Give --register and --register-until together: the file, and the last day that it knows of."),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told(args: list[str], told: str, tmp_path: Path) -> None:
    """Before anything is read or written."""
    file = tmp_path / "a.json"
    file.write_text("{}")
    result = run(*(str(file) if one == "FILE" else one for one in args), "--output", tmp_path / "r")
    assert result.exit_code == 2 and told in " ".join(result.output.split()) and not (tmp_path / "r").exists()
