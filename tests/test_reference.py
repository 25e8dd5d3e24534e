"""What docs/keys.yaml says of every key and type is whole and true, and what is made of it is current."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest

from survey import json_schema, reading, strict_yaml
from survey.answers import judge
from survey.item_checks import NEEDED, WITHOUT_OPTIONS, can_have, option_can_have
from survey.model import WITH_OPTIONS, ItemType, field_types

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "examples"
SCRIPT = ROOT / "docs" / "write-reference"
WRITER = runpy.run_path(str(SCRIPT))
WORDS = WRITER["read_words"]()
CLASSES = {cls.__name__: cls for cls in json_schema.CLASSES}
KEYS = [(name, key) for name, cls in CLASSES.items() for key in json_schema.keys(cls)]


# --- whole and current ----------------------------------------------------------------------------


def test_every_key_and_type_has_its_words() -> None:
    """docs/keys.yaml has each class, each of its keys and each type of item, and none that there is not."""
    assert [(name, key) for name, keys in WORDS.keys.items() for key in keys] == KEYS
    assert list(WORDS.about) == list(CLASSES)
    assert list(WORDS.types) == list(get_args(ItemType))


def test_what_is_said_are_sentences() -> None:
    """One sentence of a key, and plain ones of classes and types, each with its full stop."""
    for keys in WORDS.keys.values():
        for key in keys.values():
            assert re.fullmatch(r"[A-Z].*[^.]\.", key.what) and not re.search(r"\. [A-Z].*\. [A-Z]", key.what), key.what
    for sentence in (*WORDS.about.values(), *(t.looks for t in WORDS.types.values())):
        assert sentence.endswith("."), sentence


@pytest.mark.parametrize("path", [WRITER["PAGE"], WRITER["SCHEMA"]], ids=lambda path: path.name)
def test_what_is_written_is_current(path: Path) -> None:
    """docs/write-reference would write the page and the schema as they are."""
    assert path.read_text(encoding="utf-8") == WRITER["written"]()[path], "run .venv/bin/python docs/write-reference"
    assert os.access(SCRIPT, os.X_OK)


def test_checking_tells_what_is_stale(tmp_path: Path) -> None:
    """`--check` exits with 1 and names the file, and writes nothing; without it, both files are written."""
    for name in ("survey", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "instruments").mkdir()
    page = tmp_path / "docs" / "instrument-reference.md"
    page.write_text("old")

    def run(*options: str) -> tuple[int, str]:
        command = [sys.executable, str(tmp_path / "docs" / "write-reference"), *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    advice = "is not current: run .venv/bin/python docs/write-reference"
    said = f"docs/instrument-reference.md {advice}\ninstruments/schema.json {advice}\n"
    assert run("--check") == (1, said)
    assert page.read_text() == "old"
    assert run() == (0, "")
    assert run("--check") == (0, "")
    assert page.read_bytes() == WRITER["PAGE"].read_bytes()


# --- examples of keys -----------------------------------------------------------------------------

FOLDER = """\
pikakysely:
  instrument: pikakysely
  version: 1
  languages: [fi, sv]
  title: {fi: Pikakysely, sv: Snabbenkät}
  waves: [start, end]
  scales:
    holds_true: {options: [{value: 1, label: {fi: Ei, sv: Nej}}, {value: 2, label: {fi: Kyllä, sv: Ja}}]}
  dimensions:
    job_search:
      title: {fi: Työnhaku, sv: Jobbsökning}
      items: [js1, js2]
      minimum_answered: 1
      reference: {sd: 20, reliability: 0.8, source: Alue}
  sections:
    - items:
        - {id: js1, type: likert, scale: holds_true, text: {fi: A, sv: A}}
        - {id: js2, type: likert, scale: holds_true, text: {fi: A, sv: A}}
        - {id: hours, type: integer, text: {fi: A, sv: A}}
        - {id: began, type: date, text: {fi: A, sv: A}}
        - id: work_now
          type: single
          text: {fi: A, sv: A}
          options: [{value: employed, label: {fi: A, sv: A}}, {value: other, label: {fi: A, sv: A}}]
    - title: {fi: A, sv: A}
      items:
        - id: finished
          type: date
          text: {fi: A, sv: A}
          constraints: [{rule: "finished > began", message: {fi: A, sv: A}}]
  alarms: [{item: js1, below: 2, to: [area]}]
asiakasmuutosmittari:
  instrument: asiakasmuutosmittari
  version: 1
  languages: [fi, sv]
  title: {fi: A, sv: A}
  waves: [start, end]
  sections: [{items: [{id: wb1, type: integer, text: {fi: A, sv: A}}]}]
services:
  kinds: {job_coaching: {fi: A, sv: A}}
  providers: {valmennus: {name: Valmennus Oy}}
  services:
    - id: valmennus
      title: {fi: A, sv: A}
      kind: job_coaching
      provider: valmennus
      sourcing: bought
      buyer: Alue
      municipality: Jämsä
      length_days: 90
      number_prefix: JT
      instruments: [pikakysely@1]
      groups: [{id: jt-2, start: 2027-01-01, end: 2027-04-01}]
site:
  organisation: {name: {fi: A, sv: A}, email: a@example.fi}
  title: {fi: A, sv: A}
  welcome: {fi: A, sv: A}
  languages: [fi, sv]
  required_languages: [fi]
  language_names: {fi: Suomi, sv: Svenska}
  address: https://a.example.fi/
  time_zone: Europe/Helsinki
  waves:
    start: {title: {fi: A, sv: A}, at: start, open: [0, 1]}
    end: {title: {fi: A, sv: A}, at: end, open: [0, 1]}
  who_sees: {fi: A, sv: A}
  grounds: {health: {title: {fi: A, sv: A}, basis: GDPR}}
  support: {title: {fi: A, sv: A}, text: {fi: A, sv: A}}
  notices:
    privacy: {title: {fi: A, sv: A}, updated: 2027-01-01, sections: [{title: {fi: A, sv: A}, text: {fi: A, sv: A}}]}
    accessibility: {title: {fi: A, sv: A}, updated: 2027-01-01, sections: []}
  conformance: {level: fully, assessed_by: {fi: A, sv: A}, assessed: 2027-01-01}
  security: {contact: a@example.fi, expires: 2027-01-01, languages: [fi]}
  retention: {answers: 36, instruments: {pikakysely: {answers: 36}}}
"""
PLACES: Mapping[str, tuple[str | int, ...]] = {
    "Instrument": ("pikakysely",),
    "Scale": ("pikakysely", "scales", "holds_true"),
    "Dimension": ("pikakysely", "dimensions", "job_search"),
    "Reference": ("pikakysely", "dimensions", "job_search", "reference"),
    "Section": ("pikakysely", "sections", 1),
    "Constraint": ("pikakysely", "sections", 1, "items", 0, "constraints", 0),
    "Alarm": ("pikakysely", "alarms", 0),
    "Services": ("services",),
    "Provider": ("services", "providers", "valmennus"),
    "Service": ("services", "services", 0),
    "Group": ("services", "services", 0, "groups", 0),
    "Site": ("site",),
    "Organisation": ("site", "organisation"),
    "Wave": ("site", "waves", "start"),
    "Ground": ("site", "grounds", "health"),
    "Conformance": ("site", "conformance"),
    "Security": ("site", "security"),
    "Retention": ("site", "retention"),
    "OwnRetention": ("site", "retention", "instruments", "pikakysely"),
    "Support": ("site", "support"),
    "Notice": ("site", "notices", "privacy"),
    "NoticeSection": ("site", "notices", "privacy", "sections", 0),
}
"""Where an object of each class stands in the folder."""


def folder() -> dict[str, Any]:
    """Small files without a problem, as data."""
    root = strict_yaml.load(FOLDER.encode(), file="folder", report=pytest.fail)
    assert root is not None
    found = strict_yaml.data(root)
    assert isinstance(found, dict)
    return found


def item(type: str) -> dict[str, Any]:
    """An item of a type with what it needs."""
    text = {"fi": "A", "sv": "A"}
    found: dict[str, Any] = {"id": "host", "type": type, "text": text}
    values = {"rows": [{"id": "row", "text": text}], "value": "a", "calculate": "1 + 1", "low": text, "high": text}
    found |= {key: values[key] for key in NEEDED.get(type, ())}
    if type in WITH_OPTIONS and type not in WITHOUT_OPTIONS:
        found["options"] = [{"value": value, "label": text} for value in (1, 2, 3)]
    return found


def host(files: dict[str, Any], name: str, key: str) -> dict[str, Any]:
    """The object of a class in the folder that can have the key."""
    if name in PLACES:
        found: Any = files
        for step in PLACES[name]:
            found = found[step]
        assert isinstance(found, dict)
        return found
    items = files["pikakysely"]["sections"][1]["items"]
    preferred = ("text", "integer", *get_args(ItemType))
    if name == "Item":
        items.append(item(next(type for type in preferred if can_have(type, key))))
        return dict_of(items[-1])
    if name == "Row":
        items.append(item("grid"))
        return dict_of(items[-1]["rows"][0])
    types = [type for type in get_args(ItemType) if type not in WITHOUT_OPTIONS and can_have(type, "options")]
    items.append(item(next(type for type in types if option_can_have(type, key))))
    if key == "achieved":
        items[-1]["outcome"] = "employment"
    return dict_of(items[-1]["options"][-1])


def dict_of(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    return value


BESIDE: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("Item", "sensitive"): {"ground": "health"},
    ("Item", "ground"): {"sensitive": True},
    ("Item", "outcome"): {"options": [{"value": "a", "label": {"fi": "A", "sv": "A"}, "achieved": True}]},
    ("Item", "scale"): {"options": None},
    ("Wave", "after"): {"at": None},
    ("Instrument", "sections"): {"dimensions": None, "alarms": None},
}
"""What else an object must have, or with None must not have, where it has a key."""


@pytest.mark.parametrize(("name", "key"), KEYS)
def test_the_example_of_each_key_can_be_read(name: str, key: str, tmp_path: Path) -> None:
    """Put where it belongs, in a small folder, it is read without an error."""
    files = folder()
    found = host(files, name, key)
    found |= {**BESIDE.get((name, key), {}), key: WORDS.keys[name][key].example}
    for other in [other for other, value in found.items() if value is None]:
        del found[other]
    for name in ("images", "audio"):
        shutil.copytree(EXAMPLES / name, tmp_path / name)
    for file, content in files.items():
        (tmp_path / f"{file}.yaml").write_text(json.dumps(content, indent=1), encoding="utf-8")
    read = reading.read_library(tmp_path)
    assert [str(problem) for problem in read.errors] == []
    assert read.library is not None


def test_an_example_that_is_none_would_be_found(tmp_path: Path) -> None:
    """The small folder is fine by itself, and not with a wrong value in it."""
    files = folder()
    for content, codes in ((2, set()), ("many", {"VALUE-TYPE"})):
        files["pikakysely"]["dimensions"]["job_search"]["minimum_answered"] = content
        for file, data in files.items():
            (tmp_path / f"{file}.yaml").write_text(json.dumps(data, indent=1), encoding="utf-8")
        assert {problem.code for problem in reading.read_library(tmp_path).errors} == codes


# --- the files of docs/examples -------------------------------------------------------------------


def _written_keys(kind: Any, node: strict_yaml.Node) -> Iterator[tuple[str, str]]:
    """Every class and key that stands below a node of a type of the model."""
    if dataclasses.is_dataclass(kind) and isinstance(node, strict_yaml.Mapping):
        cls = typing.cast(type, kind)
        for key, below in node.entries.items():
            yield cls.__name__, key
            yield from _written_keys(field_types(cls)[key], below)
    origin, arguments = typing.get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(node, strict_yaml.Sequence):
        for below in node.entries:
            yield from _written_keys(arguments[0], below)
    elif origin in (typing.Union, types.UnionType):
        yield from _written_keys(next(one for one in arguments if one is not type(None)), node)
    elif origin is not Annotated and arguments and isinstance(node, strict_yaml.Mapping):
        for below in node.entries.values():
            yield from _written_keys(arguments[-1], below)


def test_every_key_stands_in_an_example() -> None:
    """The files of docs/examples together have each key of each class."""
    found: set[tuple[str, str]] = set()
    for path in EXAMPLES.glob("*.yaml"):
        root = strict_yaml.load(path.read_bytes(), file=path.name, report=pytest.fail)
        assert isinstance(root, strict_yaml.Mapping)
        kind = next(cls for key, cls in json_schema.FILES.items() if key in root.entries)
        found.update(_written_keys(kind, root))
    assert [(name, key) for name, key in KEYS if (name, key) not in found] == []


@pytest.mark.parametrize("name", get_args(ItemType))
def test_each_type_stores_what_is_said(name: str) -> None:
    """The fields that docs/keys.yaml gives for a type make the answers that it gives."""
    library = reading.read_library(EXAMPLES).library
    assert library is not None
    fields = {field: [text] for field, text in {"single": "full", **WORDS.types[name].sent}.items()}
    judged = judge(library.instruments["kentat@1"], "end", fields, today=date(2026, 11, 24))
    assert judged.problems == ()
    kept = {"single": "full"} if name != "single" else {}
    assert judged.answers == kept | WORDS.types[name].answers
    assert name in judged.answers or name in ("grid", "note")


def test_the_examples_are_quoted_as_they_stand() -> None:
    """Each block of YAML on the page is text of kentat.yaml, and its item is of the type that the heading names."""
    written = (EXAMPLES / "kentat.yaml").read_text(encoding="utf-8")
    page = WRITER["PAGE"].read_text(encoding="utf-8")
    blocks = re.findall(r"^### Type (\w+)\n.*?^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in blocks] == list(get_args(ItemType))
    for name, block in blocks:
        assert "".join(f"      {line}\n" for line in block.splitlines()) in written
        assert block.startswith(f"- id: {name}\n  type: {name}\n")
