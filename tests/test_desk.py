"""`mittari desk` as somebody starts it: on a simulated area, and what it refuses."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from collector.stores.sqlite import SQLiteStore
from tests.conftest import ROOT, Run


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def opened(address: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
        return str(answer.read().decode())


@pytest.mark.slow
def test_the_demonstration(tmp_path: Path) -> None:
    """It makes an area in which things wait, shows its desk and its survey site, and Ctrl-C ends it well."""
    shutil.copytree(ROOT / "instruments", tmp_path / "instruments")
    port, site = free_port(), free_port()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "mittari.py"), "desk", "--demo", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "MITTARI_PORT": str(site), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if "Stop with Ctrl-C." in line:
                break
        assert f"Staff desk     http://127.0.0.1:{port}/\n" in said, said
        page = opened(f"http://127.0.0.1:{port}/fi/")
        assert "Katso roolissa" in page and "Vastaamatta" in page
        coach = opened(f"http://127.0.0.1:{port}/en/alarms", Cookie="as=provider")
        assert "Waiting for a reply: 1" in coach
        assert "<h1>" in opened(f"http://127.0.0.1:{site}/")
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0 and "Stopped." in rest
    finally:
        process.kill()
        process.wait()
    store = SQLiteStore(tmp_path / "var" / "desk-demo" / "store.sqlite")
    assert sum(1 for _ in store.scan("submission/")) > 500
    store.close()


def test_without_a_login_it_is_for_this_machine_alone(run: Run) -> None:
    """Other machines reach it only behind a login."""
    result = run("desk", "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert result.output == "Without a login the desk is for this machine alone. Leave --host out, or give --staff.\n"
