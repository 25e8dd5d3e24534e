"""docs/security.md leaves nothing out and names nothing that is not there; and what it says of the code in general."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (\d+\.\d+\.\d+)(?:–(\d+\.\d+\.\d+))? \| ([^|]+) \| ([^|]+) \| ([^|]*)\| ?([^|]*)\|$", re.MULTILINE
)
HELD = {"yes", "partly", "operator", "no", "–"}
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; they are the first of their section.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4, "3.4": 6,
    "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12,
    "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2,
    "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1,
    "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5,
    "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip


def _numbers(first: str, last: str) -> list[str]:
    """Every requirement from one to another of the same section."""
    section, _, begin = first.rpartition(".")
    last_section, _, end = (last or first).rpartition(".")
    assert section == last_section, f"{first}–{last} goes over the end of a section"
    return [f"{section}.{n}" for n in range(int(begin), int(end) + 1)]


def test_every_requirement_has_one_row() -> None:
    """253 of levels 1 and 2, each once, each with a word for whether it is held."""
    rows = ROW.findall(PAGE)
    found = [number for first, last, *_ in rows for number in _numbers(first, last)]
    assert found == [f"{section}.{n}" for section, count in SECTIONS.items() for n in range(1, count + 1)]
    assert len(found) == 253 and {held for _, _, _, held, _, _ in rows} == HELD


def test_whatever_is_held_by_the_program_says_by_what() -> None:
    """And what is not held says why; what is held has a test, unless what is held is a page."""
    without = set()
    for first, _, about, held, by, test in ROW.findall(PAGE):
        assert by.strip() or held == "operator", first
        if held == "yes" and not test.strip():
            without.add((first, about))
    assert len(without) <= 8, without


def _tests(path: Path) -> set[str]:
    return {
        node.name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.FunctionDef)
    }


def test_every_reference_leads_somewhere() -> None:
    """Each test that is named is there under that name, and each file."""
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 100
    for path, test in named:
        assert (ROOT / path).exists(), path
        assert test.startswith("test_") and test in _tests(ROOT / path), f"{path}::{test}"
    for path in re.findall(r"`((?:collector|survey|tests|docs|deploy|requirements)/[\w/.-]*)`", PAGE):
        assert (ROOT / path).exists(), path


def _receiving() -> list[Path]:
    """Every module of the collector but the desk, which is another program; and what they import of the domain."""
    desk = ROOT / "collector" / "desk"
    found = {
        path.relative_to(ROOT).with_suffix("")
        for path in (ROOT / "collector").rglob("*.py")
        if not path.is_relative_to(desk)
    }
    coming = set(found)
    while coming:
        imported = {name.replace(".", "/") for path in coming for name in _imported(ROOT / f"{path}.py")}
        coming = {Path(name) for name in imported if (ROOT / f"{name}.py").exists()} - found
        found |= coming
    return [ROOT / f"{path}.py" for path in sorted(found)]


def _imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_what_receives_runs_nothing() -> None:
    """No text becomes code, no object comes out of bytes but by JSON, no program is started, and nothing is asked over
    the network but the store."""
    modules = _receiving()
    assert ROOT / "survey" / "answers.py" in modules and ROOT / "collector" / "stores" / "sqlite.py" in modules
    banned = {
        "pickle",
        "marshal",
        "shelve",
        "subprocess",
        "ctypes",
        "requests",
        "httpx",
        "smtplib",
        "ftplib",
        "xml",
        "yaml",
    }
    for path in modules:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}, path
        imported = _imported(path)
        assert not {name.partition(".")[0] for name in imported} & banned, path
        assert not imported & {"urllib.request", "http.client", "multiprocessing.connection"}, path


def test_the_script_writes_no_html_and_runs_no_text() -> None:
    """What the script shows, it puts in as text."""
    script = (ROOT / "site_templates" / "page.js").read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "srcdoc",
        "postMessage",
    ):
        assert word not in script, word
