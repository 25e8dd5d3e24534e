"""Programs of statistics that read what we write, and know nothing of how it was written: PSPP and R."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.deploy import debian


def pspp(folder: Path, *commands: str) -> str:
    """Runs commands of SPSS in a folder and gives what was printed. Any warning or error fails."""
    script = folder / "commands.sps"
    script.write_text("\n".join(commands) + "\n", encoding="utf-8")
    program = debian.program("pspp")
    arguments = ["--algorithm=compatible", "-o", "printed.txt", "-e", "said.txt", script.name]
    run = subprocess.run(
        [program, *arguments], cwd=folder, env=_environment(program), capture_output=True, text=True, timeout=120
    )
    said = (folder / "said.txt").read_text(encoding="utf-8") if (folder / "said.txt").exists() else ""
    assert (run.returncode, run.stderr, said) == (0, "", "")
    printed = folder / "printed.txt"
    return printed.read_text(encoding="utf-8") if printed.exists() else ""


def r(folder: Path, *lines: str) -> str:
    """Runs lines of R in a folder and gives what they printed. A warning is an error."""
    script = folder / "lines.R"
    script.write_text("\n".join(["options(warn = 2)", *lines]) + "\n", encoding="utf-8")
    program = debian.program("R")
    home = debian.FOLDER / "usr" / "lib" / "R"
    taken_out = program.is_relative_to(debian.FOLDER)
    # The shell script that starts R looks for it where Debian would have put it.
    command = [home / "bin" / "exec" / "R"] if taken_out else [program]
    environment = dict(_environment(program))
    if taken_out:
        environment |= {"R_HOME": str(home), "EDITOR": "vi", "PAGER": "cat", "TZ": "UTC"}
    run = subprocess.run(
        [*command, "--vanilla", "--no-echo", f"--file={script.name}"],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    # What R says where Debian has not set it up.
    return run.stdout.removeprefix("cannot find system Renviron\n")


def _environment(program: Path) -> Mapping[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", **debian.libraries(program)}
