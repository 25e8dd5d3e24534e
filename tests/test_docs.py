"""The documentation is complete, current and true: whatever the program has stands in its page, and examples work."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import shutil
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from analysis import dataset
from mittari import every_command
from survey import problems, reading
from survey.model import Instrument, ItemType, Library, Services, Site, field_types
from survey.phrases import said
from survey.problems import Place

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(
    {
        *DOCS.glob("*.md"),
        *(ROOT / "deploy").rglob("*.md"),
        ROOT / "CONTRIBUTING.md",
        ROOT / "instruments" / "README.md",
        ROOT / "README.md",
    }
)


def text(name: str) -> str:
    """The text of a page in docs/."""
    return (DOCS / name).read_text(encoding="utf-8")


def tracked() -> list[Path]:
    """Every file that git knows or would add."""
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


# --- commands and settings ------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(every_command()))
def test_every_command_and_option_is_documented(name: str) -> None:
    """docs/commands.md has a section for each command, and in it each of its options."""
    section = text("commands.md").partition(f"\n## mittari {name}\n")[2].partition("\n## ")[0]
    assert section, f"docs/commands.md has no section on 'mittari {name}': run docs/write-commands"
    for parameter in every_command()[name].params:
        for option in parameter.opts if isinstance(parameter, click.Option) else ():
            assert re.search(rf"^ +{option}\b", section, re.MULTILINE), f"'{option}' of 'mittari {name}'"


def test_the_page_of_commands_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/write-commands would write the page as it is, however wide the terminal."""
    monkeypatch.setenv("COLUMNS", "40")
    # In a process of its own: click remembers the options of a command that a test has run without `mittari` before it.
    written = subprocess.run([sys.executable, str(DOCS / "write-commands"), "-"], capture_output=True, check=True)
    assert text("commands.md") == written.stdout.decode(), "run .venv/bin/python docs/write-commands"
    assert os.access(DOCS / "write-commands", os.X_OK)


def test_every_setting_is_documented() -> None:
    """The operators' table has every MITTARI_* that the program reads, and no other."""
    read = set(re.findall(r"MITTARI_[A-Z_]+", (ROOT / "collector" / "settings.py").read_text()))
    table = set(re.findall(r"^\| `(MITTARI_[A-Z_]+)` \|", text("operators.md"), re.MULTILINE))
    assert table == read


# --- keys and problems ----------------------------------------------------------------------------


def _classes(kind: Any, seen: dict[str, type]) -> dict[str, type]:
    """Every dataclass that a type is made of, by name."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type) and kind.__name__ not in seen:
        seen[kind.__name__] = kind
        for inner in field_types(kind).values():
            _classes(inner, seen)
    for argument in typing.get_args(kind):
        _classes(argument, seen)
    return seen


CLASSES = {name: cls for root in (Instrument, Services, Site) for name, cls in _classes(root, {}).items()}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_key_is_documented(name: str) -> None:
    """Each object of the YAML files has a table in the reference with exactly its keys, needed or not."""
    heading = re.sub(r"(?<!^)([A-Z])", lambda m: f" {m.group(1).lower()}", name)
    section = (
        text("instrument-reference.md").partition(f"\n### {heading}\n")[2].partition("\n## ")[0].partition("\n### ")[0]
    )
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE))
    fields = {f.name: f for f in dataclasses.fields(CLASSES[name]) if not f.metadata.get("derived")}
    assert set(rows) == set(fields)
    for key, f in fields.items():
        needed = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        assert (rows[key] == "yes") == needed, f"'{key}' of {name} is {'' if needed else 'not '}needed"


def _problems() -> Iterator[problems.Problem]:
    """One problem of each code, whatever its gaps are filled with."""
    fillings = {"int": 2, "float": 2.0, "float | None": 2.0, "Phrase": said("x"), "Place | str | None": None}
    for _name, make in inspect.getmembers(problems, inspect.isfunction):
        signature = inspect.signature(make)
        if signature.return_annotation != "Problem":
            continue
        gaps: dict[str, Any] = {"place": Place("x.yaml")}
        for gap, parameter in list(signature.parameters.items())[1:]:
            kind = str(parameter.annotation)
            gaps[gap] = ["x"] if "Sequence" in kind else fillings.get(kind, "x")
        yield make(**gaps)


def test_every_problem_is_documented() -> None:
    """docs/problems.md has each code with its sentence, and no code that there is not."""
    made = {problem.code: problem.sentence.message for problem in _problems()}
    rows = dict(re.findall(r"^\| `([A-Z0-9-]+)` \| (.*?) \| ", text("problems.md"), re.MULTILINE))
    assert rows == made


# --- examples -------------------------------------------------------------------------------------


GUIDES = ("instruments.md", "instruments.fi.md")


@pytest.mark.parametrize("guide", GUIDES)
def test_the_file_of_the_guide_can_be_taken_into_use(guide: str, tmp_path: Path) -> None:
    """What the guide for authors ends up with, beside the shipped instruments and in services.yaml, has no problem."""
    ((name, content),) = re.findall(r"```yaml\n# (\S+\.yaml)\n(.*?)```", text(guide), re.DOTALL)
    folder = tmp_path / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    (folder / name).write_text(content, encoding="utf-8")
    services = (folder / "services.yaml").read_text(encoding="utf-8")
    assert "[tyohonvalmennus@1, " in services
    (folder / "services.yaml").write_text(services.replace("[tyohonvalmennus@1, ", "[tyopaja@1, "), encoding="utf-8")
    assert {problem.code for problem in reading.check([folder])} == {"REVIEW-NEEDED"}
    library = reading.read_library(folder).library
    assert library is not None
    own = [item.id for item in library.instruments["tyopaja@1"].items() if item.origin == "tyopaja"]
    assert own == ["ws1", "ws2", "ws3", "ws_helped"]


def test_the_guides_say_the_same() -> None:
    """The guide in Finnish has as many parts as the English one, the same file and the same commands."""
    english, finnish = map(text, GUIDES)
    assert len(re.findall(r"^## ", finnish, re.M)) == len(re.findall(r"^## ", english, re.M))
    blocks = [re.findall(r"```yaml\n# (.*?)```", guide, re.DOTALL) for guide in (english, finnish)]
    assert blocks[0] == blocks[1]
    commands = [set(re.findall(r"`mittari (\w+)", guide)) for guide in (english, finnish)]
    assert commands[0] == commands[1] == {"check", "preview", "lock", "build", "diff", "import", "convert"}


@pytest.mark.parametrize("guide", GUIDES)
def test_the_service_of_the_guide_can_be_added(guide: str, tmp_path: Path) -> None:
    """Its kind goes under `kinds`, and the service to the end of services.yaml, as the guide says."""
    ((_name, content),) = re.findall(r"```yaml\n# (\S+\.yaml)\n(.*?)```", text(guide), re.DOTALL)
    (service,) = re.findall(r"```yaml\n(  - id: .*?)```", text(guide), re.DOTALL)
    (kind,) = re.findall(r"```yaml\nkinds:\n(.*?)```", text(guide), re.DOTALL)
    folder = tmp_path / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    (folder / "tyopaja.yaml").write_text(content, encoding="utf-8")
    services = (folder / "services.yaml").read_text(encoding="utf-8")
    (folder / "services.yaml").write_text(
        services.replace("\nkinds:\n", f"\nkinds:\n{kind}") + service, encoding="utf-8"
    )
    assert {problem.code for problem in reading.check([folder])} == {"REVIEW-NEEDED"}


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_has_every_type_of_question(guide: str) -> None:
    """An author finds each type in the language that they read."""
    head, *rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", text(guide), re.MULTILINE)
    assert head == "`type`"
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(typing.get_args(ItemType))


def test_the_sample_problem_is_what_check_says(tmp_path: Path) -> None:
    """The line that docs/problems.md explains is a line that `mittari check` writes."""
    texts = "{fi: X, sv: X}"
    lines = [
        "instrument: x", "version: 1", "languages: [fi, sv]", "waves: [start]", f"title: {texts}",
        f"scales: {{calm: {{options: [{{value: 1, label: {texts}}}]}}}}", "sections:", f"  - title: {texts}",
        "    items:", f"      - {{id: x1, type: likert, scale: calm, text: {texts}}}",
        f"      - {{id: x3, type: likert, scale: calmm, text: {texts}}}",
    ]  # fmt: skip
    (tmp_path / "x.yaml").write_text("\n".join(lines))
    said = [str(problem).replace(str(tmp_path), "instruments") for problem in reading.check([tmp_path / "x.yaml"])]
    assert said == re.findall(r"^instruments/x\.yaml:.*$", text("problems.md"), re.MULTILINE)


def test_the_python_examples_read_a_dataset(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of Python in docs/analysts.md run on a dataset in var/dataset, and give its columns."""
    folder = tmp_path / "var" / "dataset"
    dataset.write(folder, library=library, participations=[], submissions=[], made="2026-11-24T10:00:00.000Z")
    monkeypatch.chdir(tmp_path)
    reading_it, making_csv = re.findall(r"```python\n(.*?)```", text("analysts.md"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(reading_it, names)
    assert {"submission", "participation", "wave", "wb1"} <= set(names["responses"].columns)
    exec(making_csv, {})
    assert (tmp_path / "var" / "responses.csv").read_text(encoding="utf-8-sig").startswith("submission;participation;")


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("responses", [name for name, _ in dataset.RESPONSE_FIELDS]),
        ("absences", dataset.ABSENCES.names),
        ("participations", list(dataset.PARTICIPATION_FIELDS)),
        ("services", dataset._SERVICES.names),
        ("lineage", dataset.LINEAGE.names),
        ("replies", dataset.REPLIES.names),
        ("released_words", dataset.RELEASED_WORDS.names),
    ],
)
def test_every_column_of_a_dataset_is_documented(table: str, columns: list[str]) -> None:
    """docs/analysts.md names each fixed column of a table in its section."""
    section = text("analysts.md").partition(f"\n### {table}\n")[2].partition("\n### ")[0]
    assert [name for name in columns if f"`{name}`" not in section] == []


def test_every_field_of_the_results_is_documented() -> None:
    """docs/analysts.md names each field that analysis/results.py writes."""
    written = set(re.findall(r'"(\w+)":', (ROOT / "analysis" / "results.py").read_text()))
    section = text("analysts.md").partition("\n## results.json\n")[2].partition("\n## ")[0]
    assert written >= {"n_pairs", "shown_level", "n_reached"}
    assert sorted(name for name in written if f"`{name}`" not in section) == []


# --- links and what does not belong ---------------------------------------------------------------


def _prose(path: Path) -> str:
    """A page without its code blocks and code words."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^ *```.*?^ *```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S))


def _anchors(path: Path) -> set[str]:
    """The addresses of a page's headings, as hosted gits make them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^ *```.*?^ *```", "", path.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file that is there, and to a heading that it has."""
    for link in re.findall(r"\]\(([^)\s]+)\)", _prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name} links to {link}, which is not there"
        assert not anchor or anchor in _anchors(there), f"{page.name} links to {link}: there is no such heading"


ELSEWHERE = re.compile(
    r"(?:pypi|pythonhosted|npmjs|anaconda|crates|rubygems|golang)\.(?:org|com|io)\b"
    r"|(?<![\w.:/\"$<>}~*-])/(?:home|Users|root|work)/\w"
)
"""Hosts of package registries, and folders of somebody's own machine."""


def test_nothing_of_one_machine_is_in_the_repository() -> None:
    """No text file names a package registry's host or a folder of the machine that it was written on."""
    found = []
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data:
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
            if ELSEWHERE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    assert found == []
