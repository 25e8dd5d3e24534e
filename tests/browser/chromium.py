"""Finds a Chromium for the browser tests, and installs one where there is none. Prints where it is.

First one that is on the machine, else Debian's package, else Playwright's own. No browser is an error, never a skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox",  # containers and root cannot have Chromium's sandbox; only our own pages are opened
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


def found() -> str | None:
    """The path of a Chromium that starts, or None. `CHROMIUM` names one by hand."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        path = shutil.which(name)
        if path and _starts(path):
            return path
    own = _playwrights_own() if driver_runs() else None
    return own if own and _starts(own) else None


def driver_runs() -> bool:
    """Whether Playwright's driver starts: it needs a library that a minimal machine lacks."""
    command = [sys.executable, "-m", "playwright", "--version"]
    return subprocess.run(command, capture_output=True, timeout=60).returncode == 0


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None  # noqa: PTH110 - a plain question


def ready() -> str | None:
    """The path of a Chromium that can be driven, or None."""
    return found() if driver_runs() else None


def install() -> str:
    """Installs what is missing and returns the path. Raises SystemExit with a sentence where that does not succeed."""
    print("Installing what the browser tests need ...", flush=True)
    for commands in (_debian(), [[sys.executable, "-m", "playwright", "install", "chromium"]]):
        for command in commands:
            if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
                break
        path = ready()
        if path:
            return path
    raise SystemExit(
        "No Chromium could be installed. Install one by hand (Debian: apt-get install chromium libatomic1), or name it: "
        "CHROMIUM=/path/to/chromium make test"
    )


def _debian() -> list[list[str]]:
    if shutil.which("apt-get") is None:
        return []
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    wanted = ["libatomic1"] if found() else ["chromium", "libatomic1"]
    return [
        [*prefix, *quiet, "update"],
        [*prefix, *quiet, "install", "-y", "--no-install-recommends", *wanted],
    ]


if __name__ == "__main__":
    print(f"Browser: {ready() or install()}")
