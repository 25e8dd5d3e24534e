"""What planners run also runs on Windows and macOS: checked by reading the code, since these tests run elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from build import Built, questionnaires
from survey.model import Library
from survey.pages import questionnaire_path

ROOT = Path(__file__).parent.parent
# What `mittari check`, `build` and `preview` run.
FILES = [ROOT / "mittari.py", ROOT / "build.py", *sorted((ROOT / "commands").glob("*.py")),
         *sorted((ROOT / "survey").glob("*.py")),
         *sorted((ROOT / "preview").glob("*.py"))]  # fmt: skip
UNIX_MODULES = {"fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
# Of os, signal and socket: names that Windows does not have, or that do something else there.
UNIX_NAMES = {
    "AF_UNIX", "O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "SIGALRM", "SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGUSR2",
    "SIGCHLD", "alarm", "chown", "execv", "execve", "execvp", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid",
    "getgid", "getpgid", "getuid", "kill", "killpg", "lchown", "mkfifo", "mknod", "nice", "pause", "pread", "pwrite",
    "setitimer", "setsid", "setuid", "sigwait", "sync", "sysconf", "uname", "wait", "waitpid",
}  # fmt: skip


def problems(code: str) -> Iterator[str]:
    """What in some code would not run, or would run otherwise, on another system."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = {node.module} if isinstance(node, ast.ImportFrom) else {alias.name for alias in node.names}
            yield from (f"{node.lineno}: import {name}" for name in sorted(filter(None, named)) if name in UNIX_MODULES)
        if isinstance(node, ast.Attribute) and node.attr in UNIX_NAMES:
            name = ast.unparse(node)
            yield from [f"{node.lineno}: {name}"] if name.startswith(("os.", "signal.", "socket.")) else []
        if isinstance(node, ast.Call) and _is_text_without_encoding(node):
            yield f"{node.lineno}: a text file without its encoding"


def _is_text_without_encoding(call: ast.Call) -> bool:
    """Whether a call reads or writes text in whatever encoding the machine has."""
    name = (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )
    if any(keyword.arg == "encoding" for keyword in call.keywords):
        return False
    if name in ("read_text", "write_text"):
        return True
    of_os = (
        isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "os"
    )
    if name not in ("open", "fdopen") or (name == "open" and of_os):
        return False
    modes = [a.value for a in call.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return not any(set(mode) <= set("rwaxb+t") and "b" in mode for mode in modes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_of_one_system(path: Path) -> None:
    """No name that Windows lacks, and every text file with its encoding."""
    assert list(problems(path.read_text(encoding="utf-8"))) == []


def test_what_would_be_found() -> None:
    """The rule above can fail: each kind of line, beside one that is fine."""
    code = "\n".join(
        ["import fcntl", "os.fork()", "signal.SIGKILL", "p.read_text()", "open(p)", "p.open('w')", "os.fdopen(n, 'w')",
         "import json", "os.open(p, 0)", "p.read_text(encoding='utf-8')", "p.open('rb')", "open(p, 'a', encoding='utf-8')",
         "signal.SIGINT"]
    )  # fmt: skip
    found = sorted(int(line.partition(":")[0]) for line in problems(code))
    assert found == [1, 2, 3, 4, 5, 6, 7]


RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


def test_names_that_every_system_takes(built: Built) -> None:
    """Files that a build writes: no sign that Windows refuses, and no two that differ in capitals alone."""
    names = [path.relative_to(folder).as_posix() for folder in (built.site, built.bundle) for path in folder.rglob("*")]
    assert len(names) > 150
    for name in names:
        last = name.rpartition("/")[2]
        assert set(last) <= set("abcdefghijklmnopqrstuvwxyz0123456789@_-."), name
        assert not last.endswith(".") and last.partition(".")[0] not in RESERVED, name
    for folder in (built.site, built.bundle):
        inside = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
        assert len({name.casefold() for name in inside}) == len(inside)


def test_addresses_differ_in_more_than_capitals(library: Library) -> None:
    """Ids have small letters only, so pages of two instruments never share a file where capitals do not count."""
    paths = [questionnaire_path(*place) for place in questionnaires(library)]
    assert len({path.casefold() for path in paths}) == len(paths) and all(path == path.lower() for path in paths)


def test_shipped_scripts_are_not_needed() -> None:
    """The commands that planners use start no program and no shell script."""
    for path in FILES:
        assert "subprocess" not in path.read_text(encoding="utf-8"), path
