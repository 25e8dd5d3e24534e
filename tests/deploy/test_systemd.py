"""The units of systemd: what systemd itself says of them. None is started: nothing here runs under systemd."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from mittari import every_command
from tests.deploy import debian
from tests.deploy.places import ROOT

UNITS = tuple(ROOT / "deploy" / "systemd" / f"{name}.service" for name in ("mittari", "mittari-desk"))


@pytest.fixture(params=UNITS, ids=lambda unit: unit.stem)
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A unit with a program that is there, since systemd looks for it."""
    shipped: Path = request.param
    (tmp_path / "program").write_text("#!/bin/sh\n")
    (tmp_path / "program").chmod(0o755)
    path = tmp_path / shipped.name
    path.write_text(shipped.read_text().replace("/srv/mittari/.venv/bin/mittari ", f"{tmp_path}/program "))
    return path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0", "LD_LIBRARY_PATH": str(debian.LIBRARIES)}
    command = [str(debian.program("systemd-analyze")), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)


def test_systemd_takes_it(unit: Path) -> None:
    """Every setting is one that systemd knows, with a value that it takes."""
    done = analyze("verify", "--man=no", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_slip_would_be_found(unit: Path) -> None:
    """The check above can fail."""
    unit.write_text(unit.read_text().replace("ProtectSystem=", "ProtectSystems="))
    assert "Unknown key" in analyze("verify", "--man=no", str(unit)).stderr


def test_little_is_left_open(unit: Path) -> None:
    """systemd's own measure, from 0 to 10: at most 1.5, where a service without these lines has 9 and more."""
    said = analyze("security", "--offline=true", "--no-pager", str(unit)).stdout
    (level,) = re.findall(r"Overall exposure level for mittari(?:-desk)?\.service: ([\d.]+)", said)
    assert float(level) <= 1.5, said
    unit.write_text("[Service]\nExecStart=/bin/true\n")
    (open_level,) = re.findall(r"exposure level .*: ([\d.]+)", analyze("security", "--offline=true", str(unit)).stdout)
    assert float(open_level) > 9


STARTS = {
    "mittari": ["serve", "--secrets", "%d/keys.json"],
    "mittari-desk": ["desk", "--staff", "/etc/mittari-desk.yaml", "--secrets", "%d/keys.json"],
}
"""What each unit starts."""


@pytest.mark.parametrize("shipped", UNITS, ids=lambda unit: unit.stem)
def test_it_starts_what_there_is(shipped: Path) -> None:
    """A command of ours with options that it has; and the secrets that it is handed are those that it reads."""
    (start,) = re.findall(r"^ExecStart=(.*)$", shipped.read_text(), re.MULTILINE)
    program, *started = start.split()
    assert program == "/srv/mittari/.venv/bin/mittari" and started == STARTS[shipped.stem]
    known = {option for parameter in every_command()[started[0]].params for option in parameter.opts}
    assert {word for word in started if word.startswith("--")} <= known
    given = re.findall(r"^LoadCredential=(.*?):", shipped.read_text(), re.MULTILINE)
    assert sorted(given) == sorted(set(re.findall(r"%d/([\w.-]+)", shipped.read_text())))


def test_the_desk_is_as_closed_as_the_collector() -> None:
    """What a service may do is the same in both."""
    held = [re.findall(r"^(?:\w*(?:Protect|Private|Restrict|System|Capab|Ambient|Lock|Memory|NoNew|UMask|RemoveIPC|ProcSubset)\w*=.*)$",
                       unit.read_text(), re.MULTILINE) for unit in UNITS]  # fmt: skip
    assert held[0] == held[1] and len(held[0]) > 20


@pytest.mark.parametrize("shipped", UNITS, ids=lambda unit: unit.stem)
def test_what_is_under_way_is_answered_before_it_ends(shipped: Path) -> None:
    """It stops by SIGTERM, as the commands take it, has longer than a store may take, and is started again."""
    lines = shipped.read_text().splitlines()
    assert "TimeoutStopSec=30" in lines and "Restart=always" in lines
    assert not [line for line in lines if line.startswith(("KillSignal", "KillMode"))]
