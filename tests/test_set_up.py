"""Set-up on a machine that lacks something: one plain sentence each, never a traceback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout without an environment: what set-up reads."""
    for name in ("deploy/checkout/set-up", "requirements/run.txt", "requirements/test.txt", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def set_up(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return subprocess.run(
        ["deploy/checkout/set-up", "run"],
        cwd=folder,
        env={**kept, "PYTHON": sys.executable, **environ},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_no_python(bare: Path) -> None:
    """What to install."""
    run = set_up(bare, PYTHON="python-that-is-not-there")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == "Python is not installed. Install Python 3.11 or later.\n"


def test_no_venv_module(bare: Path) -> None:
    """Debian parts it off; the sentence names the package."""
    (bare / "shadow").mkdir()
    (bare / "shadow" / "venv.py").write_text("raise ModuleNotFoundError('No module named venv')\n")
    run = set_up(bare, PYTHONPATH=str(bare / "shadow"))
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr == (
        "Python's venv module is missing. Install it (Debian, Ubuntu: apt-get install python3-venv) and run make again.\n"
    )


@pytest.mark.slow
def test_no_network(bare: Path) -> None:
    """Nothing answers where packages should be."""
    run = set_up(
        bare, PIP_INDEX_URL="http://127.0.0.1:9/", PIP_RETRIES="0", PIP_NO_CACHE_DIR="1", PIP_CONFIG_FILE=os.devnull
    )
    assert run.returncode == 1
    assert run.stderr == (
        "The packages could not be fetched. Check the network connection and run make again; var/set-up.log tells more.\n"
    )
    assert not (bare / ".venv" / "run.ready").exists()


def test_a_folder_that_cannot_be_written(bare: Path) -> None:
    """A file in the place of var/ stands for any folder that is not ours."""
    (bare / "var").write_text("")
    run = set_up(bare)
    assert run.returncode == 1
    assert run.stderr == (
        "The folder var/ cannot be made here. Check who owns this folder and that the disk has room.\n"
    )


def test_what_runs_is_what_is_tested() -> None:
    """Every pin of a running installation is among those with other stores, these among those of the tests, and theirs
    among those of the accessibility matrix, with the same hashes; none has an address."""
    sets = [(ROOT / "requirements" / f"{name}.txt").read_text() for name in ("run", "stores", "test", "accessibility")]
    # A smaller set may need a package on some Pythons alone.
    whole = [re.sub(r" ; .*?(?=--hash)", " ", pins.replace("\\\n", "")) for pins in sets]
    run, stores, test, matrix = ([" ".join(entry.split()) for entry in pins.splitlines()] for pins in whole)
    assert run and set(run) < set(stores) < set(test) < set(matrix)
    assert all("--hash=sha256:" in pin for pin in matrix) and "://" not in "".join(sets)


def test_every_dependency_has_its_reason() -> None:
    """Each package that pyproject.toml names stands in docs/dependencies.md, and each of its rows is one of them."""
    file = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project, groups = file["project"], file["dependency-groups"].values()
    named = [*project["dependencies"], *(p for extra in project["optional-dependencies"].values() for p in extra)]
    named += [package for group in groups for package in group if isinstance(package, str)]
    packages = {name.split(">")[0].split("=")[0].split("[")[0].strip() for name in named} - {"mittari"}
    page = (ROOT / "docs" / "dependencies.md").read_text()
    rows = {
        name.strip() for line in page.splitlines() if line.startswith("| ") for name in line.split("|")[1].split(",")
    }
    assert packages <= rows, packages - rows
    assert rows - {"package"} <= packages, rows - packages
