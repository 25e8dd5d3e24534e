"""`deploy/pack`: what it refuses, whom it packs for, and that two packings of the same are the same."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.places import ROOT

PACK = ROOT / "deploy" / "pack"
TARGETS = ("aws-lambda", "azure-functions", "container", "google-cloud-functions")


def pack(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PACK), *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )


def a_build(folder: Path, drafts: list[str]) -> None:
    """As much of a build as is looked at first."""
    (folder / "var" / "build" / "bundle").mkdir(parents=True)
    (folder / "var" / "build" / "bundle" / "build.json").write_text(json.dumps({"drafts": drafts}))


def test_nothing_is_built_yet(tmp_path: Path) -> None:
    """What to run first."""
    done = pack("container", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no build in 'var/build'. Make it with: mittari build\n"


def test_drafts_are_not_deployed(tmp_path: Path) -> None:
    """The collector would refuse them there."""
    a_build(tmp_path, ["koe@1"])
    done = pack("container", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "The build in 'var/build' holds drafts, which no collector takes. Lock them and build again.\n"
    )


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """It makes its folder anew each time, and so must know it as its own."""
    a_build(tmp_path, [])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    done = pack("container", "--output", "mine", folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "'mine' is there already and was not made by deploy/pack. Remove it, or name another --output.\n"
    )
    assert (tmp_path / "mine" / "letter").read_text() == "dear"


def test_pins_are_those_of_the_python_that_runs_there() -> None:
    """Whatever Python packs: what is for another version or system is left out, and each has its hashes."""
    pins = runpy.run_path(str(PACK))["pins"]
    older, newer = pins("azure-functions", "3.12"), pins("azure-functions", "3.13")
    assert re.findall(r"^azure-functions==(\d)", older, re.MULTILINE) == ["1"]
    assert re.findall(r"^azure-functions==(\d)", newer, re.MULTILINE) == ["2"]
    assert "typing-extensions==" in older and "typing-extensions==" not in newer
    for entry in newer.replace("\\\n", "").splitlines():
        assert "--hash=sha256:" in entry and ";" not in entry


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_deployed_is_what_is_tested(target: str) -> None:
    """A package that the tests have too is deployed in the same version, with the same hashes."""
    tested, deployed = (
        dict(re.findall(r"^([\w.-]+)==(.*)$", (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", ""), re.MULTILINE))
        for name in ("test", target)
    )  # fmt: skip
    shared = set(tested) & set(deployed)
    assert {"werkzeug", "jinja2", "obstore", "psycopg", "babel"} <= shared
    for name in shared:
        version, hashes = (re.sub(r" ; .*?(?=--hash)", " ", each).split(maxsplit=1) for each in (deployed[name], tested[name]))  # fmt: skip
        assert version == hashes, name
    assert "://" not in (ROOT / "requirements" / f"{target}.txt").read_text()


@pytest.mark.parametrize("target", TARGETS)
def test_no_function_has_the_desk(target: str, tmp_path: Path) -> None:
    """Staff pages are in the container alone, where `mittari desk` can serve them; functions have all else of the
    collector, and are no larger for it."""
    a_build(tmp_path, [])
    (tmp_path / "var" / "build" / "site").mkdir()
    runpy.run_path(str(PACK))["_copy"](target, tmp_path / "var" / "build", tmp_path / "made")
    made = {path.relative_to(tmp_path / "made").as_posix() for path in (tmp_path / "made").rglob("*") if path.is_file()}
    own = {path.relative_to(ROOT).as_posix() for path in (ROOT / "collector").rglob("*.py")}
    desk = {name for name in own if name.startswith("collector/desk/")}
    assert len(desk) > 10 and own - desk <= made
    assert made & desk == (desk if target == "container" else set())
    assert ("site_templates/desk/layout.html.j2" in made) == (target == "container")


def test_the_same_makes_the_same_zip(tmp_path: Path) -> None:
    """Times and the order of a disk do not count, so that a deployment says whether something changed."""
    zipped = runpy.run_path(str(PACK))["zipped"]
    made = []
    for name, order in (("one", "ab"), ("two", "ba")):
        (tmp_path / name).mkdir()
        for letter in order:
            (tmp_path / name / letter).write_text(letter)
        os.utime(tmp_path / name / "a", (len(made) * 10_000, 400_000_000))
        made.append(zipped(tmp_path / name).read_bytes())
    assert made[0] == made[1]


@pytest.mark.slow
def test_templates_come_compiled(unpacked: Path) -> None:
    """By what comes along, for wherever it is put: nothing is left for the first form that an instance takes."""
    kept = unpacked / "site_templates" / "__pycache__"
    before = {path.name: path.read_bytes() for path in kept.glob("*.jinja")}
    for path in kept.glob("*.jinja"):
        path.chmod(0o444)
    warm = runpy.run_path(str(PACK))["WARM"]
    look = f"{warm}; print(pages.__file__)"
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", look, str(unpacked)], capture_output=True, text=True, check=True
    )
    assert Path(run.stdout.strip()).is_relative_to(unpacked)
    assert before and {path.name: path.read_bytes() for path in kept.glob("*.jinja")} == before
    assert not any(str(ROOT).encode() in code or b"/tmp" in code for code in before.values())
