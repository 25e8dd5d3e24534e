"""The shape of the house: who may import whom, and what importing the collector may load."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("mittari", "commands", "preview", "build", "collector", "analysis", "exchange", "documents", "survey")
# A room may import itself and what is named here.
BELOW = {
    "mittari": {"commands"},
    "commands": {"preview", "build", "collector", "analysis", "exchange", "documents", "survey"},
    "preview": {"build", "survey"},
    "build": {"survey"},
    "collector": {"survey"},
    "analysis": {"survey"},
    "exchange": {"survey"},
    "documents": {"survey"},
    "survey": set(),
}
# Inside survey/, a module may import those before it in this order, with the exceptions of the second table.
SURVEY_ORDER = (
    "marking", "frozen", "phrases", "folders", "problems", "yaml_mistakes", "strict_yaml", "model", "packed", "kept", "writing", "codes",
    "records", "names", "redaction", "staff",
    "schedule", "tokens", "calculation", "logic", "scoring", "result", "versions", "version_report", "locked", "answers", "variables", "codebook_xml",
    "json_answers", "notices", "locales", "templates", "pages", "numbering",
    "timetable", "located", "pictures", "recordings", "condition_checks", "item_checks", "json_schema", "instrument_checks", "wording",
    "filed", "version_checks", "values", "column_map", "tariff", "staff_file", "files", "checks", "reading",
)  # fmt: skip
SURVEY_MAY_IMPORT = {
    "problems": {"marking", "phrases"},
    "marking": set(),
    "frozen": set(),
    "phrases": set(),
    "folders": set(),
    "codes": set(),
    "staff": set(),
    "model": {"marking", "phrases"},
    "yaml_mistakes": {"marking", "phrases"},
    "strict_yaml": {"marking", "phrases", "problems", "yaml_mistakes"},
    "writing": {"model"},
    "records": {"model"},
    "tokens": {"marking", "phrases"},
    "calculation": {"marking", "phrases", "tokens"},
    "logic": {"marking", "phrases", "model", "tokens", "calculation"},
    "scoring": {"model"},
    "versions": {"marking", "phrases", "model", "scoring"},
    "version_report": {"marking", "phrases", "model", "versions"},
    "locked": {"marking", "phrases", "model"},
    "notices": {"model"},
    "templates": set(),
    "locales": set(),
}
THIRD_PARTY_OF_SURVEY = {"jinja2", "markupsafe", "yaml", "babel"}


def _files(room: str) -> list[Path]:
    return [ROOT / f"{room}.py"] if (ROOT / f"{room}.py").exists() else sorted((ROOT / room).rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_down(room: str) -> None:
    """No room imports a sibling or what is above it."""
    for path in _files(room):
        named = {name.partition(".")[0] for name in _imports(path)} & set(ROOMS)
        assert named <= BELOW[room] | {room}, f"{path.relative_to(ROOT)} imports {named - BELOW[room] - {room}}"


def test_survey_has_an_inner_order() -> None:
    """Inside the domain too, imports point one way, and model imports only problems and marking."""
    assert {path.stem for path in _files("survey")} == {*SURVEY_ORDER, "__init__"}
    for at, module in enumerate(SURVEY_ORDER):
        path = ROOT / "survey" / f"{module}.py"
        named = {name.split(".")[1] for name in _imports(path) if name.startswith("survey.")} & set(SURVEY_ORDER)
        allowed = SURVEY_MAY_IMPORT.get(module, set(SURVEY_ORDER[:at])) | {"frozen"}
        assert named <= allowed - {module}, f"{module} imports {named}"


def test_modules_of_the_desk_import_in_one_direction() -> None:
    """None imports one that imports it, not for types either: what views share is below them, and addresses on top."""
    folder = ROOT / "collector" / "desk"
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    below: dict[str, set[str]] = {}
    for name in names:
        found: set[str] = set()
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("collector.desk"):
                inside = (node.module or "").removeprefix("collector.desk").strip(".")
                found |= {inside} if inside else {alias.name for alias in node.names}
        below[name] = found & names
    # Raises CycleError, which names them.
    assert list(graphlib.TopologicalSorter(below).static_order())[-1] == "app"


@pytest.mark.parametrize("room", ["survey", "collector"])
def test_dataclasses_are_written_when_they_are_used(room: str) -> None:
    """Whoever starts a collector waits for those that are written before."""
    for path in set(_files(room)) - {ROOT / "survey" / "frozen.py"}:
        assert "from dataclasses import dataclass" not in path.read_text(encoding="utf-8"), path.name
        assert "@dataclasses.dataclass" not in path.read_text(encoding="utf-8"), path.name


def test_survey_knows_no_framework_clock_network_or_environment() -> None:
    """The domain uses the standard library, Jinja2, Babel and, in one module, YAML."""
    for path in _files("survey"):
        named = {name.partition(".")[0] for name in _imports(path)} - {"survey"}
        third_party = {name for name in named if name not in sys.stdlib_module_names}
        assert third_party <= THIRD_PARTY_OF_SURVEY, f"{path.name} imports {third_party}"
        assert not named & {"socket", "http", "urllib", "os", "time", "random", "secrets", "subprocess"}, path.name
        assert "datetime.now" not in path.read_text() and "date.today" not in path.read_text(), path.name


def test_only_strict_yaml_loads_yaml_and_only_publishing_reads() -> None:
    """YAML has one door, and only build.py, the preview and the commands open it."""
    users = {path.stem for room in ROOMS for path in _files(room) if "yaml" in set(_imports(path))}
    assert users == {"strict_yaml"}
    importers = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in _files(room)
        if {"survey.reading", "survey.strict_yaml"} & set(_imports(path))
    }
    checks = {f"survey/{name}.py" for name in ("reading", "files", "values", "column_map", "tariff", "located", "kept")}
    assert importers <= {"build.py", "preview/material.py", "commands/authors.py", "commands/exchanging.py", *checks}


def test_importing_the_collector_loads_little() -> None:
    """A serverless instance starts fast: no YAML, no pandas, no numpy, no plots, no catalogues."""
    code = "import sys, collector, collector.stores.sqlite; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "werkzeug" in loaded
    assert not loaded & {
        "flask",
        "jinja2",
        "click",
        "yaml",
        "pandas",
        "numpy",
        "scipy",
        "pyarrow",
        "matplotlib",
        "babel",
        "segno",
        "waitress",
        "greenlet",
        "psycopg",
        "obstore",
    }


def test_the_analysis_never_loads_the_web() -> None:
    """The analysis is about frames: neither Werkzeug nor the collector comes with it."""
    code = "import sys, analysis.report, analysis.dataset, analysis.fieldwork; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert not loaded & {"flask", "werkzeug", "collector", "build", "sqlite3", "yaml"}


def test_templates_and_style_know_no_framework() -> None:
    """A designer meets HTML and our own words: no Flask function, no inline style or script on respondents' pages."""
    for path in (ROOT / "site_templates").rglob("*.j2"):
        text = path.read_text()
        for word in ("url_for", "get_flashed", "request.", "session", "current_user", "g."):
            assert not re.search(rf"[{{%][^}}]*\b{re.escape(word)}", text), f"{path.name} uses {word}"
        # The style of all pages is base.css, which the build puts there.
        text = text.replace("<style>{{ style }}</style>", "")
        if path.name not in ("slips.html.j2", "report-layout.html.j2") and not path.name.startswith("papers-"):
            assert "style=" not in text and "<style" not in text and "onclick" not in text, path.name


def test_settings_have_one_reader() -> None:
    """Only collector.settings names the variables of the environment."""
    users = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in _files(room)
        if "MITTARI_" in path.read_text() and "environ.get" in path.read_text()
    }
    assert users == {"collector/settings.py"}
