"""The README as a stranger reads it: every command in it is run, in order, and does what it says."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line.strip()
]
# The environment is that of the tests: set-up is not to be repeated from here, whatever the dates of the files say.
MAKE_DEMO = ["make", "--old-file=.venv/run.ready", "demo"]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like a fresh clone with its environment set up: what git knows, and `.venv`."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=True
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
            (folder / name).chmod((ROOT / name).stat().st_mode)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(**more: str) -> dict[str, str]:
    """This process's, without what a make above it has left there."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return {**inherited, **more}


class Running:
    """A command that stays up, with what it has said so far. One that says nothing for minutes is ended."""

    def __init__(self, command: list[str], folder: Path, **environ: str) -> None:
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's '&' leaves it ignored
            env=environment(PYTHONPATH=str(folder), PYTHONUNBUFFERED="1", **environ),
        )  # fmt: skip
        self.said = ""
        self._limit = threading.Timer(300, self.end)
        self._limit.start()

    def wait_for(self, text: str) -> str:
        """What was said, once it holds a text."""
        assert self.process.stdout is not None
        while text not in self.said and (line := self.process.stdout.readline()):
            self.said += line
        assert text in self.said, self.said
        return self.said

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ctrl-C, as in a terminal: to everything that the command started. Or what a service manager sends."""
        os.killpg(self.process.pid, how)
        self.said += self.process.communicate(timeout=60)[0]
        return self.process.returncode

    def end(self) -> None:
        """Ends whatever still runs, by its own process group."""
        self._limit.cancel()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@pytest.fixture
def stay_up() -> Iterator[list[Running]]:
    """Whatever a test leaves running is ended, by its own process group."""
    running: list[Running] = []
    yield running
    for one in running:
        one.end()


def opened(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def test_every_command_is_known_here() -> None:
    """A command that is added to the README needs its place in the tests below."""
    assert COMMANDS == [
        "make demo",
        "make test",
        ".venv/bin/mittari preview",
        ".venv/bin/mittari check",
        ".venv/bin/mittari lock --all",
        ".venv/bin/mittari build",
        ".venv/bin/mittari keys",
        ".venv/bin/mittari invite --service tyohonvalmennus --count 12",
        ".venv/bin/mittari status",
        ".venv/bin/mittari export --output var/dataset",
        ".venv/bin/mittari report --dataset var/dataset --output var/report --language en",
        ".venv/bin/mittari plan change --points 5",
        ".venv/bin/mittari files --dataset var/dataset --output var/files",
        ".venv/bin/mittari alarms --dataset var/dataset",
        ".venv/bin/mittari serve",
    ]


def test_make_demo(checkout: Path, stay_up: list[Running]) -> None:
    """It runs the chain, prints the addresses and stays up; each address opens; Ctrl-C ends it."""
    port = free_port()
    demo = Running([*MAKE_DEMO, f"PORT={port}"], checkout)
    stay_up.append(demo)
    said = demo.wait_for("Stop with Ctrl-C.")
    assert f"Site           http://127.0.0.1:{port}/" in said
    (personal,) = re.findall(r"Personal link  (\S+)", said)
    address, _, code = personal.partition("#")
    assert 'id="enter"' in opened(address)
    assert "tyohonvalmennus" in opened(f"http://127.0.0.1:{port}/-/k/{code}"), "the personal link is due now"
    for name in ("store.sqlite", "keys.json", "codes.csv", "site/index.html", "bundle/site.json", "dataset/dataset.json",
                 "report/index.html", "report/results.json"):  # fmt: skip
        assert (checkout / "var" / "demo" / name).is_file(), name
    assert len((checkout / "var" / "demo" / "codes.csv").read_text().splitlines()) == 1 + 400 + 8
    demo.stop()
    assert "Stopped." in demo.said


def test_make_demo_on_a_busy_port(checkout: Path) -> None:
    """One plain sentence, at once, before any work; the report of an earlier demonstration stays."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        run = subprocess.run([*MAKE_DEMO, f"PORT={port}"], cwd=checkout, capture_output=True, text=True,
                             env=environment(PYTHONPATH=str(checkout)))  # fmt: skip
    assert run.returncode != 0
    said = [line for line in run.stderr.splitlines() if not line.startswith("make")]
    assert said == [
        f"Nothing can be served at 127.0.0.1:{port} (Address already in use). "
        "Choose another port: mittari serve --port 8010, or make demo PORT=8010."
    ]
    assert run.stdout.strip() == ""


def test_make_test_is_there() -> None:
    """`make test` is what runs this; that it begins with browser, database and web servers and ends with pytest is shown
    without running."""
    run = subprocess.run(
        ["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True, env=environment()
    )
    lines = run.stdout.strip().splitlines()
    for line, what in zip(
        lines[-4:], ("browser/chromium.py", "stores/postgresql.py", "deploy/debian.py"), strict=False
    ):
        assert f"tests/{what}" in line
    assert "-m pytest" in lines[-1]


def test_the_commands_of_each_reader(checkout: Path, stay_up: list[Running]) -> None:
    """From checking to serving, one after another in one checkout, each ending well."""
    environ = environment(PYTHONPATH=str(checkout))
    for command in COMMANDS[3:-1]:
        run = subprocess.run(command.split(), cwd=checkout, capture_output=True, text=True, env=environ)
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
    assert (checkout / "var" / "report" / "index.html").is_file()
    assert (checkout / "var" / "files" / "answers.xlsx").is_file()
    for how in (signal.SIGINT, signal.SIGTERM):
        port = free_port()
        served = Running(COMMANDS[-1].split(), checkout, MITTARI_PORT=str(port))
        stay_up.append(served)
        served.wait_for(f"Serving http://127.0.0.1:{port}/")
        assert "<h1>" in opened(f"http://127.0.0.1:{port}/")
        assert served.stop(how) == 0
        assert "Stopped." in served.said


def test_the_preview(checkout: Path, stay_up: list[Running]) -> None:
    """It prints its address, shows the frame and a page, and Ctrl-C ends it well."""
    port = free_port()
    preview = Running([*COMMANDS[2].split(), "--port", str(port), "--language", "fi"], checkout)
    stay_up.append(preview)
    preview.wait_for(f"http://127.0.0.1:{port}/")
    assert "<h1>Esikatselu" in opened(f"http://127.0.0.1:{port}/")
    assert 'id="q-wb1"' in opened(f"http://127.0.0.1:{port}/fi/asiakasmuutosmittari-v1-start.html")
    assert preview.stop() == 0
    assert preview.said == (
        f"Esikatselu, kansio instruments: http://127.0.0.1:{port}/ – lopeta painamalla Ctrl-C.\nEsikatselu on päättynyt.\n"
    )
