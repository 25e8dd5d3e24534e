"""The command that lists and writes the papers of an area."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.conftest import ROOT, Run

HERE = ("--folder", str(ROOT / "instruments"))


def test_the_list(run: Run) -> None:
    """By name, title and reader, in the language of the papers."""
    listed = run("papers")
    assert listed.exit_code == 0
    assert "impact-assessment  Tietosuojan vaikutustenarviointi" in listed.stdout
    assert listed.stderr == "Write one with: mittari papers NAME. All of them with: mittari papers --all\n"
    assert "Anvisning för coacher" in run("papers", "--language", "sv").stdout


def test_one_paper(run: Run, tmp_path: Path) -> None:
    """Where it went, how much is left to the area, and whom to ask."""
    path = tmp_path / "new" / "oma.docx"
    done = run("papers", "roles", *HERE, "--format", "docx", "--output", str(path))
    assert done.output == (f"Written: {path}. Boxes for the area to fill in: 2. Have your own lawyer confirm it.\n")
    assert path.read_bytes().startswith(b"PK")


def test_a_paper_that_somebody_may_have_written_in_is_left_alone(run: Run, tmp_path: Path) -> None:
    """The second time nothing is written, and it is said what to do."""
    path = tmp_path / "oma.md"
    assert run("papers", "coaches", *HERE, "--format", "md", "--output", str(path)).exit_code == 0
    path.write_text("Omat merkinnät", encoding="utf-8")
    again = run("papers", "coaches", *HERE, "--format", "md", "--output", str(path))
    assert again.exit_code == 2
    assert again.output == (
        f"The file '{path}' exists already and was left alone: somebody may have written in it. "
        "Choose another place with --output.\n"
    )
    assert path.read_text(encoding="utf-8") == "Omat merkinnät"


def test_all_papers(run: Run, tmp_path: Path) -> None:
    """Ten in two languages and three formats, or of these what is named."""
    done = run("papers", "--all", *HERE, "--output", str(tmp_path / "all"))
    assert done.output == f"60 papers in {tmp_path / 'all'}. Have your own lawyer confirm each.\n"
    assert len(list((tmp_path / "all").iterdir())) == 60
    some = run("papers", "--all", *HERE, "--language", "sv", "--format", "html", "--output", str(tmp_path / "some"))
    assert some.output.startswith("10 papers in ")
    assert {path.name.partition(".")[2] for path in (tmp_path / "some").iterdir()} == {"sv.html"}


def test_what_is_asked_wrongly(run: Run, tmp_path: Path) -> None:
    """A name that is none, two things at once, and files with mistakes."""
    wrong = run("papers", "nope")
    assert wrong.exit_code == 2 and wrong.output.startswith("There is no paper 'nope'. The papers are: start, ")
    both = run("papers", "start", "--all")
    assert (both.exit_code, both.output) == (2, "Give the name of a paper, or --all, one of the two.\n")
    folder = tmp_path / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    (folder / "site.yaml").write_text("organisation: {}\n", encoding="utf-8")
    broken = run("papers", "start", "--folder", str(folder), "--output", str(tmp_path / "x.html"))
    said = f"The folder '{folder}' cannot be read. Mend first what 'mittari check {folder}' says.\n"
    assert (broken.exit_code, broken.output) == (1, said)
    assert not (tmp_path / "x.html").exists()
