"""The workflows for hosted gits: every command is run in the order of the file, in what looks like a fresh clone.

The set-up is replaced by the environment of these tests, and what the services do themselves is not run here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
HERE = ROOT / "deploy" / "hosted-git"
SET_UP = "deploy/checkout/set-up run"
WORKFLOW = yaml.safe_load((HERE / "check-and-publish.yml").read_text(encoding="utf-8"))
PIPELINE = yaml.safe_load((HERE / "gitlab-ci.yml").read_text(encoding="utf-8"))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What git knows of this folder, with the environment of the tests."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
            (tmp_path / name).chmod((ROOT / name).stat().st_mode)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


def run(command: str, clone: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A command as the services run it: by bash, ended by its first failure."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    environment = {**inherited, **variables, "PYTHONPATH": str(clone), "LANG": "C.UTF-8"}
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", command], cwd=clone, env=environment, capture_output=True, text=True
    )


def mistake(clone: Path) -> int:
    """Spells the name of a type wrongly, and gives its line."""
    path = clone / "instruments" / "palvelupalaute.yaml"
    text = path.read_text(encoding="utf-8").replace("type: long_text", "type: longtext", 1)
    path.write_text(text, encoding="utf-8")
    return text.split("\n").index("        type: longtext") + 1


# --- GitHub ---------------------------------------------------------------------------------------


def steps(clone: Path, *, lock: bool = False) -> dict[str, subprocess.CompletedProcess[str]]:
    """Every `run` of the job that checks, until one fails; then those that run all the same. With `lock`, as started by
    hand with that box ticked."""
    summary = clone / "summary.md"
    done: dict[str, subprocess.CompletedProcess[str]] = {}
    failed = False
    for step in WORKFLOW["jobs"]["check"]["steps"]:
        if "run" not in step or step["run"] == SET_UP or (failed and step.get("if") != "${{ !cancelled() }}"):
            continue
        if step.get("if") == "inputs.lock" and not lock:
            continue
        done[step["name"]] = run(step["run"], clone, {**WORKFLOW["env"], "GITHUB_STEP_SUMMARY": str(summary)})
        failed = failed or done[step["name"]].returncode != 0
    return done


@pytest.mark.slow
def test_a_change_without_a_mistake(clone: Path) -> None:
    """Every command ends well, and what is handed over is there: as drafts, with a sentence on why."""
    done = steps(clone)
    assert {name: one.returncode for name, one in done.items()} == {
        "Check the questionnaires": 0,
        "List all problems on the page of this run": 0,
        "Build the pages": 0,
    }, done
    listed, refused = (clone / "summary.md").read_text(encoding="utf-8").removeprefix("```text\n").split("```\n")
    assert listed.splitlines()[-1].startswith("0 virhettä, ")
    assert refused.startswith("Mitään ei julkaistu, sillä palvelut käyttävät versioita, joita ei ole lukittu: ")
    paths = [step["with"]["path"] for step in WORKFLOW["jobs"]["check"]["steps"] if "path" in step.get("with", {})]
    assert paths == ["${{ env.FOLDER }}/locked", "var/build", "var/build/site"]
    assert (clone / "var/build/site/index.html").is_file()
    hidden = [path for path in (clone / "var/build").rglob("*") if path.name.startswith(".")]
    assert hidden == [clone / "var/build/site/.well-known"]
    assert json.loads((clone / "var/build/bundle/build.json").read_text(encoding="utf-8"))["drafts"]


@pytest.mark.slow
def test_locking(clone: Path) -> None:
    """Started by hand, it leaves the files of locked versions; with these, what is built is no draft."""
    done = steps(clone, lock=True)
    assert {name: one.returncode for name, one in done.items()} == {
        "Check the questionnaires": 0,
        "List all problems on the page of this run": 0,
        "Lock the versions that services use": 0,
        "Build the pages": 0,
    }, done
    assert (clone / "instruments/locked/palvelupalaute.v1.json").is_file()
    assert json.loads((clone / "var/build/bundle/build.json").read_text(encoding="utf-8"))["drafts"] == []
    assert "Mitään ei julkaistu" not in (clone / "summary.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_change_with_a_mistake(clone: Path) -> None:
    """The sentence goes to its line, the list to the page of the run, and nothing is built."""
    line = mistake(clone)
    done = steps(clone)
    assert {name: one.returncode for name, one in done.items()} == {
        "Check the questionnaires": 1,
        "List all problems on the page of this run": 0,
    }
    sentence = "avaimen 'type' arvo ei voi olla 'longtext'. Tarkoititko 'long_text'?"
    notes = [note for note in done["Check the questionnaires"].stdout.splitlines() if note.startswith("::error ")]
    assert notes == [f"::error file=instruments/palvelupalaute.yaml,line={line},title=VALUE-UNKNOWN::{sentence}"]
    listed = (clone / "summary.md").read_text(encoding="utf-8").splitlines()
    assert f"instruments/palvelupalaute.yaml:{line}: VALUE-UNKNOWN {sentence}" in listed
    assert (listed[0], listed[-1]) == ("```text", "```") and listed[-2].startswith("1 virhe, ")
    assert not (clone / "var").exists()


def test_it_may_little_and_changes_by_itself_never() -> None:
    """Reading is all that it may, but for the job that publishes; each action is named by a hash, with its version."""
    assert WORKFLOW["permissions"] == {"contents": "read"}
    jobs = WORKFLOW["jobs"]
    assert "permissions" not in jobs["check"]
    assert jobs["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert jobs["publish"]["needs"] == "check" and "run" not in json.dumps(jobs["publish"]["steps"])
    text = (HERE / "check-and-publish.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.*)", text)
    assert len(used) == 6
    for action in used:
        assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action
    assert "secrets." not in text and "pull_request_target" not in text
    # No text of a change reaches a command.
    assert not any("${{" in step.get("run", "") for step in jobs["check"]["steps"])
    checkout = jobs["check"]["steps"][0]
    assert checkout["with"] == {"persist-credentials": False}


def test_hidden_folders_are_handed_over() -> None:
    """Both actions leave out what begins with a point unless they are told otherwise, and with it security.txt: version 5
    of upload-pages-artifact is the first that can be told."""
    handed = [
        s for s in WORKFLOW["jobs"]["check"]["steps"] if s.get("with", {}).get("path", "").startswith("var/build")
    ]
    assert [step["with"]["include-hidden-files"] for step in handed] == [True, True]
    text = (HERE / "check-and-publish.yml").read_text(encoding="utf-8")
    (version,) = re.findall(r"upload-pages-artifact@\S+ # v(\d+)", text)
    assert int(version) >= 5


def test_only_the_main_branch_is_published() -> None:
    """And only what was pushed there; what is handed over has the same condition."""
    publish = WORKFLOW["jobs"]["publish"]["if"]
    assert publish == "github.event_name != 'pull_request' && github.ref_name == github.event.repository.default_branch"
    (handed,) = [s for s in WORKFLOW["jobs"]["check"]["steps"] if "upload-pages" in s.get("uses", "")]
    assert handed["if"] == publish
    # YAML reads the key `on` as true.
    assert set(WORKFLOW[True]) == {"push", "pull_request", "workflow_dispatch"}


# --- GitLab ---------------------------------------------------------------------------------------


def lines(job: dict[str, Any], clone: Path) -> list[subprocess.CompletedProcess[str]]:
    """Every line of a job's script, until one fails."""
    done = []
    for line in job["script"]:
        if line != SET_UP:
            done.append(run(line, clone, PIPELINE["variables"]))
            if done[-1].returncode != 0:
                break
    return done


@pytest.mark.slow
def test_gitlab_without_a_mistake(clone: Path) -> None:
    """Every line ends well; the report has warnings at most, the build is there and becomes the folder that is published."""
    assert [one.returncode for one in lines(PIPELINE["check"], clone)] == [0, 0, 0]
    artifacts = PIPELINE["check"]["artifacts"]
    report = json.loads((clone / artifacts["reports"]["codequality"]).read_text(encoding="utf-8"))
    assert {problem["severity"] for problem in report} <= {"minor"}
    assert all((clone / path).is_dir() for path in artifacts["paths"])
    assert [one.returncode for one in lines(PIPELINE["pages"], clone)] == [0]
    assert PIPELINE["pages"]["artifacts"] == {"paths": ["public"]} and (clone / "public" / "index.html").is_file()
    # All of a folder is kept by GitLab, hidden or not.
    assert (clone / "public/.well-known/security.txt").is_file()


@pytest.mark.slow
def test_gitlab_with_a_mistake(clone: Path) -> None:
    """The report names the line, the job's log has the sentence, and nothing is built."""
    line = mistake(clone)
    done = lines(PIPELINE["check"], clone)
    assert [one.returncode for one in done] == [0, 1]
    report = json.loads((clone / "problems.json").read_text(encoding="utf-8"))
    (problem,) = [problem for problem in report if problem["severity"] == "major"]
    assert problem["location"] == {"path": "instruments/palvelupalaute.yaml", "lines": {"begin": line}}
    sentence = "avaimen 'type' arvo ei voi olla 'longtext'. Tarkoititko 'long_text'?"
    assert f"instruments/palvelupalaute.yaml:{line}: VALUE-UNKNOWN {sentence}" in done[-1].stdout.splitlines()
    assert not (clone / "var").exists()


@pytest.mark.slow
def test_gitlab_locks(clone: Path) -> None:
    """By hand only; the files of locked versions are what it leaves."""
    assert PIPELINE["lock"]["rules"] == [{"if": "$CI_COMMIT_BRANCH", "when": "manual", "allow_failure": True}]
    assert [one.returncode for one in lines(PIPELINE["lock"], clone)] == [0]
    assert PIPELINE["lock"]["artifacts"]["paths"] == ["$FOLDER/locked"]
    assert (clone / "instruments/locked/palvelupalaute.v1.json").is_file()


def test_gitlab_publishes_the_main_branch_after_the_check() -> None:
    """And keeps the report of a run that failed."""
    assert PIPELINE["pages"]["needs"] == ["check"]
    assert PIPELINE["pages"]["rules"] == [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
    assert PIPELINE["check"]["artifacts"]["when"] == "always"
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", PIPELINE["default"]["image"])


# --- the guide ------------------------------------------------------------------------------------


def test_the_guide_has_both_languages() -> None:
    """As many steps in Finnish as in English, and each says what was not tried and what the published site cannot do."""
    english, finnish = (HERE / "README.md").read_text(encoding="utf-8").split("\n---\n")
    assert len(re.findall(r"^\d\. ", english, re.M)) == len(re.findall(r"^\d\. ", finnish, re.M)) == 16
    assert (
        "**Not run on either service yet.**" in english
        and "**Kumpaakaan palvelua ei ole vielä kokeiltu oikeasti.**" in finnish
    )
    assert "**The published site is for reading.**" in english and "**Julkaistu sivusto on luettavaksi.**" in finnish


def test_the_guide_names_what_is_there() -> None:
    """Files to copy, variables, jobs and artefacts are those of the workflows."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    for source in re.findall(r"cp (deploy/\S+)", text):
        assert (ROOT / source).is_file(), source
    assert set(WORKFLOW["env"]) == set(PIPELINE["variables"]) == {"FOLDER", "SENTENCES"}
    assert WORKFLOW["jobs"]["check"]["name"] == "Check" and WORKFLOW["jobs"]["publish"]["name"] == "Publish"
    uploads = [s["with"]["name"] for s in WORKFLOW["jobs"]["check"]["steps"] if "upload-artifact" in s.get("uses", "")]
    left = [PIPELINE[job]["artifacts"]["name"] for job in ("lock", "check")]
    assert uploads == left == ["mittari-locked", "mittari-build"]
