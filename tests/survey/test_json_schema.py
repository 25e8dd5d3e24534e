"""The schema that editors use: made of the whole model, true of every file we ship, and of one mind with reading."""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from survey import json_schema, reading, strict_yaml
from survey.model import Instrument, Services, Site, field_types

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SHIPPED = sorted([*(ROOT / "instruments").glob("*.yaml"), *EXAMPLES.glob("*.yaml")])
SCHEMA = json.loads((ROOT / "instruments" / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)
NAMES = [str(path.relative_to(ROOT)) for path in SHIPPED]


def data(path: Path) -> Any:
    """A file as JSON data."""
    root = strict_yaml.load(path.read_bytes(), file=path.name, report=pytest.fail)
    assert root is not None
    return strict_yaml.data(root)


def refused(content: Any) -> list[str]:
    """What the schema has against the data of a file."""
    return [error.message for error in VALIDATOR.iter_errors(content)]


# --- whole ----------------------------------------------------------------------------------------


def _classes(kind: Any) -> Iterator[type]:
    """Every dataclass that a type is made of."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        yield kind
        for inner in field_types(kind).values():
            yield from _classes(inner)
    for argument in get_args(kind):
        yield from _classes(argument)


def test_the_schema_has_every_class() -> None:
    """Whatever the three kinds of file are made of is known to the schema and to the reference."""
    found = {cls for root in (Instrument, Services, Site) for cls in _classes(root)}
    assert found == set(json_schema.CLASSES) and len(found) == len(json_schema.CLASSES)


def test_the_schema_is_one() -> None:
    """It is valid itself, and every definition is used."""
    Draft7Validator.check_schema(SCHEMA)
    text = json.dumps(SCHEMA)
    assert [name for name in SCHEMA["definitions"] if f'"#/definitions/{name}"' not in text] == []


# --- true of what we ship -------------------------------------------------------------------------


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_what_we_ship_is_accepted(path: Path) -> None:
    """The schema has nothing against any file of ours."""
    assert refused(data(path)) == []


@pytest.mark.parametrize("path", SHIPPED, ids=NAMES)
def test_each_file_names_its_schema(path: Path) -> None:
    """The first line leads editors to the schema, from the file's own folder."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    mark, _, named = first.partition("=")
    assert mark == "# yaml-language-server: $schema"
    assert (path.parent / named).resolve() == ROOT / "instruments" / "schema.json"


# --- of one mind with reading ---------------------------------------------------------------------

FRAME = "instrument: x\nversion: 1\nlanguages: [fi]\nwaves: [start]\ntitle: {fi: A}\n"
ITEM = FRAME + "sections: [{items: [{id: a, text: {fi: A}, %s}]}]\n"
BROKEN = {
    "no kind of file": "title: {fi: A}\n",
    "misspelt key": FRAME.replace("title", "titel") + "extends: y@1\n",
    "missing key": FRAME.replace("version: 1\n", "") + "extends: y@1\n",
    "neither questions nor a base": FRAME,
    "an empty list of questions and no base": FRAME + "sections: []\n",
    "word for a number": FRAME.replace("version: 1", "version: one") + "extends: y@1\n",
    "number too small": FRAME.replace("version: 1", "version: 0") + "extends: y@1\n",
    "base without a version": FRAME + "extends: y\n",
    "unknown word": FRAME + "extends: y@1\nrespondent: boss\n",
    "text without languages": FRAME.replace("{fi: A}", "Kysely") + "extends: y@1\n",
    "language that is none": FRAME.replace("[fi]", "[Suomi]") + "extends: y@1\n",
    "misspelt key of an item": ITEM % "type: text, hnit: {fi: A}",
    "unknown type": ITEM % "type: txet",
    "no type": ITEM % "hint: {fi: A}",
    "id in capitals": (ITEM % "type: text").replace("id: a", "id: A1"),
    "key of another type": ITEM % "type: text, unit: {fi: A}",
    "switch of another type": ITEM % "type: text, reverse: true",
    "nothing to choose from": ITEM % "type: single",
    "two sets of options": ITEM % "type: single, scale: s, options: [{value: 1, label: {fi: A}}]",
    "grid without rows": ITEM % "type: grid, options: [{value: 1, label: {fi: A}}]",
    "scale without its ends": ITEM % "type: scale",
    "option of another type": ITEM % "type: rank, options: [{value: 1, label: {fi: A}, exclusive: true}]",
    "option without a label": ITEM % "type: single, options: [{value: 1}]",
    "word for true": ITEM % "type: likert, options: [{value: 1, label: {fi: A}}], reverse: yes",
    "limit of another type": ITEM % 'type: integer, minimum: "2026-01-01"',
    "date that is none": ITEM % "type: date, maximum: 31.12.2026",
    "sensitive without a ground": ITEM % "type: text, sensitive: true",
    "sensitive and required": ITEM % "type: text, sensitive: true, ground: health, required: hard",
    "ground of what is not sensitive": ITEM % "type: text, ground: health",
    "consent that is required": ITEM % "type: consent, required: hard",
    "alarm without a limit": ITEM % "type: integer" + "alarms: [{item: a, to: [area]}]\n",
    "range of one": ITEM % "type: integer" + "dimensions: {d: {title: {fi: A}, items: [a], minimum_answered: 1, range: [1]}}\n",
    "group without an end": "kinds: {}\nproviders: {}\nservices: [{groups: [{id: a, start: 2026-01-01}]}]\n",
    "wave that is twice due": "organisation: {name: {fi: A}}\nwaves: {a: {title: {fi: A}, at: start, after: end, open: [0, 1]}}\n",
    "address without its end": "organisation: {name: {fi: A}}\naddress: https://example.fi\n",
    "notice that nobody asks for": "organisation: {name: {fi: A}}\nnotices: {cookies: {title: {fi: A}}}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_refused(name: str, tmp_path: Path) -> None:
    """Common mistakes are refused by the schema, and told by reading."""
    path = tmp_path / "x.yaml"
    path.write_text(BROKEN[name], encoding="utf-8")
    assert refused(data(path)) != []
    assert [problem for problem in reading.check([path]) if problem.severity == "error"] != []


def test_what_the_broken_ones_are_made_of_is_not() -> None:
    """The same files without the mistake are accepted."""
    whole = [FRAME + "extends: y@1\n", ITEM % "type: text", ITEM % "type: text, reverse: false, required: no"]
    for text in whole:
        root = strict_yaml.load(text.encode(), file="x.yaml", report=pytest.fail)
        assert root is not None and refused(strict_yaml.data(root)) == []


Steps = tuple[str | int, ...]
ORIGINALS = {path.name: data(path) for path in sorted(EXAMPLES.glob("*.yaml"))}
SHAPES = {"KEY-UNKNOWN", "KEY-MISSING", "KEY-NEEDLESS", "VALUE-TYPE", "VALUE-UNKNOWN", "VALUE-RANGE", "VALUE-FORM", "ID-FORM",
          "LIMIT-FORM", "OPTIONS-MISSING", "ALARM-LIMIT", "SENSITIVE-GROUND", "SENSITIVE-REQUIRED"}  # fmt: skip
"""Problems of a key or a value alone, which the schema must find too."""


def _paths(content: Any, above: Steps = ()) -> Iterator[Steps]:
    """Where every key and every entry of a list stands."""
    steps = content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for step in steps:
        yield (*above, step)
        yield from _paths(content[step], (*above, step))


# Not kinds of service: that one is in use and nobody named it is told as a missing key.
PLACES = [(name, path) for name, content in ORIGINALS.items() for path in _paths(content) if path[0] != "kinds"]
OTHERS: list[Any] = ["words", -70_000, 70_000, 7.5, True, False, None, [], ["a"], {}, {"fi": "A"}, "today"]


def changed(content: Any, path: Steps, how: str, value: Any) -> Any:
    """A copy with a key taken away or misspelt, or with another value in its place."""
    content = copy.deepcopy(content)
    *above, last = path
    around = content
    for step in above:
        around = around[step]
    if how == "delete":
        del around[last]
    elif how == "misspell" and isinstance(around, dict):
        around[f"{last}x"] = around.pop(last)
    else:
        around[last] = value
    return content


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples, written as JSON, which is YAML too."""
    folder = tmp_path_factory.mktemp("examples")
    for name in ("images", "audio"):
        shutil.copytree(EXAMPLES / name, folder / name)
    for name, content in ORIGINALS.items():
        (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    assert reading.read_library(folder).problems == ()
    return folder


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    place=st.sampled_from(PLACES), how=st.sampled_from(["delete", "misspell", "other"]), value=st.sampled_from(OTHERS)
)
def test_schema_and_reading_agree(folder: Path, place: tuple[str, Steps], how: str, value: Any) -> None:
    """After any one such mistake: what the schema refuses, reading tells; what reading tells of shapes, the schema
    refuses."""
    name, path = place
    content = changed(ORIGINALS[name], path, how, value)
    (folder / name).write_text(json.dumps(content, indent=1), encoding="utf-8")
    told = {problem.code for problem in reading.read_library(folder).problems if Path(problem.place.file).name == name}
    (folder / name).write_text(json.dumps(ORIGINALS[name], indent=1), encoding="utf-8")
    if refused(content):
        assert told != set()
    else:
        assert told & SHAPES == set()
