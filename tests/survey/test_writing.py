"""Writing is the inverse of reading: whatever the model can hold comes back equal, and looks as a person writes it."""

from __future__ import annotations

import dataclasses
import shutil
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from survey import model, strict_yaml, writing
from survey.model import FORMS, Instrument, Item, Library, Option, Recordings, Section, Services, Site
from survey.problems import Problem
from survey.reading import check, read_library
from survey.strict_yaml import Node
from survey.values import Reader
from tests.conftest import ROOT

LANGUAGES = ("fi", "no", "ar")
ODD = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip),
    st.text("\u200f\u202b\u2066 #:'\"\\-?!&*|>%@`{}[],\n\t\r\u2028\ufeff🙂على1.e~=", min_size=1).filter(str.strip),
    st.sampled_from(
        [
            "no",
            "Yes",
            "null",
            "~",
            "1",
            "1.50",
            "-3",
            "1:30",
            "0x1F",
            "1e3",
            ".5",
            ".inf",
            "a: b",
            "a #b",
            "a:",
            "- a",
            "---",
            "?",
            '"lainaus"',
            "it's",
            'it\'s "it"',
            "{service}, ok",
            "{service}",
            "a {b}",
            "<b>",
            "# x",
            "loppu ",
            "'",
            "=",
            "é",
            "tästä\nseuraa\n\ntoinen kappale",
            "rivi\n",
            "rivi\n\n",
            "\n\nrivi",
            "  sisennetty\nrivi",
            "a \nb",
        ]
    ),
)
FORMED = {
    "item": ["a", "on", "q_1"],
    "id": ["a", "no", "kysely-2"],
    "value": ["yes", "2b", "12"],
    "language": list(LANGUAGES),
    "pinned": ["kysely@2"],
    "date": ["2026-11-24"],
    "address": ["https://kysely.example.fi/"],
    "email": ["a@example.fi"],
    "image": ["images/a.svg"],
    "audio": ["audio/a.fi.mp3", "audio/b.m4a"],
    "prefix": ["JT"],
    "recipient": ["age12cq6r244uqca9ftx9qx9vf6xnvxv7u9ft3ha95te07c945fqfs5q5mkzkm"],
}
FLOATS = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))


def _values(kind: Any, form: str | None = None, between: tuple[float, float | None] | None = None) -> Any:
    """A strategy of values that the reader accepts for a field of this type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind):
        return _objects(typing.cast(type, kind))
    if kind == Recordings:
        return st.dictionaries(st.sampled_from(LANGUAGES), st.sampled_from(FORMED["audio"]), max_size=2)
    if origin is Annotated:
        return st.fixed_dictionaries(dict.fromkeys(LANGUAGES, ODD))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return st.lists(_values(arguments[0], form), max_size=3).map(tuple)
        return st.tuples(*(_values(one, form) for one in arguments))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        names = typing.get_args(arguments[0]) or FORMED[form or "id"]
        if typing.get_args(arguments[0]):
            return st.fixed_dictionaries({name: _values(arguments[1]) for name in names})
        return st.dictionaries(st.sampled_from(names), _values(arguments[1]), max_size=2)
    if origin in (typing.Union, types.UnionType):
        kinds = [one for one in arguments if one is not type(None)]
        given_ones = st.one_of(*(_values(one, form, between) for one in kinds))
        return st.none() | given_ones if type(None) in arguments else given_ones
    if kind is int:
        least, most = between or (-9, None)
        return st.integers(int(least), 10**9 if most is None else int(most))
    if kind is float:
        return FLOATS if between is None else st.integers(int(between[0]), int(between[1] or 9)).map(float)
    return {bool: st.booleans(), str: st.sampled_from(FORMED[form]) if form else ODD}[kind]


def _objects(cls: type) -> Any:
    kinds = model.field_types(cls)
    return st.deferred(
        lambda: st.builds(
            cls,
            **{
                f.name: _values(kinds[f.name], f.metadata.get("form"), f.metadata.get("between"))
                for f in dataclasses.fields(cls)
                if not f.metadata.get("derived")
            },
        )
    )


def read(text: str, cls: type) -> tuple[Any, list[Problem]]:
    """What the reader makes of a text, and every problem and warning on the way."""
    found: list[Problem] = []
    root: Node | None = strict_yaml.load(text.encode(), file="a.yaml", report=found.append)
    if root is None:
        return None, found
    return Reader("a.yaml", LANGUAGES, found.append).read(cls, root, key="instrument"), found


def test_every_form_is_sampled() -> None:
    """The values that the properties are tried on cover each form that the model knows, and have it."""
    assert set(FORMED) == set(FORMS)


@settings(max_examples=150, deadline=None)
@given(value=st.one_of(_objects(Instrument), _objects(Item).map(lambda item: _around(item))))
def test_an_instrument_comes_back_equal(value: Instrument) -> None:
    """Reading what was written gives the same instrument, with no problem and no warning."""
    assert read(writing.written(value), Instrument) == (value, [])


def _around(item: Item) -> Instrument:
    title = dict.fromkeys(LANGUAGES, "x")
    return Instrument(
        instrument="x", version=1, languages=LANGUAGES, title=title, waves=("a",), sections=(Section(items=(item,)),)
    )


@settings(max_examples=40, deadline=None)
@given(value=_objects(Services))
def test_services_come_back_equal(value: Services) -> None:
    """The same of services.yaml."""
    assert read(writing.written(value), Services) == (value, [])


@settings(max_examples=40, deadline=None)
@given(value=_objects(Site))
def test_a_site_comes_back_equal(value: Site) -> None:
    """The same of site.yaml."""
    assert read(writing.written(value), Site) == (value, [])


@settings(max_examples=300)
@given(text=ODD)
def test_other_readers_see_the_same_text(text: str) -> None:
    """A common reader of YAML, which takes `no` for false, finds the very same words."""
    value = dataclasses.replace(_around(Item(id="a", type="text", text={"fi": text})), languages=("fi",))
    assert yaml.safe_load(writing.written(value))["sections"][0]["items"][0]["text"] == {"fi": text}


def test_the_shipped_folder_survives_being_written_anew(library: Library, tmp_path: Path) -> None:
    """Every shipped file, read, written and read again, makes the same library; only what it warns of stays."""
    for instrument in library.instruments.values():
        # What it extends is part of it by now.
        alone = dataclasses.replace(instrument, extends=None)
        (tmp_path / f"{instrument.instrument}.yaml").write_text(writing.written(alone), encoding="utf-8")
    shutil.copytree(ROOT / "instruments" / "images", tmp_path / "images")
    (tmp_path / "site.yaml").write_text(writing.written(library.site), encoding="utf-8")
    (tmp_path / "services.yaml").write_text(writing.written(library.services), encoding="utf-8")
    assert {problem.severity for problem in check([tmp_path])} <= {"warning"}
    again = read_library(tmp_path).library
    assert again is not None
    assert (again.site, again.services) == (library.site, library.services)
    for key, instrument in library.instruments.items():
        alone = dataclasses.replace(instrument, extends=None)
        assert model.as_data(again.instruments[key]) == _of_its_own(model.as_data(alone), instrument.instrument)


def _of_its_own(data: Any, instrument: str) -> Any:
    """The data of an instrument whose parts all come from itself."""
    if isinstance(data, dict):
        return {
            key: instrument if key == "origin" and isinstance(one, str) else _of_its_own(one, instrument)
            for key, one in data.items()
        }
    return [_of_its_own(one, instrument) for one in data] if isinstance(data, list) else data


def test_it_looks_as_a_person_writes() -> None:
    """Keys in the order of the model, defaults left out, a language a line, quotes only where they are needed."""
    value = Instrument(
        instrument="koe",
        version=1,
        languages=("fi", "sv"),
        title={"fi": "Koe", "sv": "Prov"},
        waves=("start", "end"),
        target_minutes=2.5,
        intro={"fi": "Ensin.\n\nSitten.", "sv": "Först: nu"},
        scales={"agree": model.Scale(options=(Option(value=1, label={"fi": "Ei", "sv": "No"}),))},
        sections=(
            Section(
                title={"fi": "Työ", "sv": "Arbete"},
                items=(
                    Item(id="q1", type="likert", text={"fi": "Miten?", "sv": '"Hur"?'}, scale="agree"),
                    Item(
                        id="q2",
                        type="integer",
                        text={"fi": "Montako?", "sv": "#2"},
                        minimum=0,
                        show_if="q1 == 1",
                        waves=("end",),
                    ),
                ),
            ),
        ),
    )
    assert writing.written(value) == (
        """\
# yaml-language-server: $schema=schema.json
instrument: koe
version: 1
languages: [fi, sv]
title:
  fi: Koe
  sv: Prov
waves: [start, end]
target_minutes: 2.5
intro:
  fi: |-
    Ensin.

    Sitten.
  sv: "Först: nu"

scales:
  agree:
    options:
      - value: 1
        label:
          fi: Ei
          sv: "No"

sections:
  - title:
      fi: Työ
      sv: Arbete
    items:
      - id: q1
        type: likert
        text:
          fi: Miten?
          sv: '"Hur"?'
        scale: agree
      - id: q2
        type: integer
        text:
          fi: Montako?
          sv: "#2"
        minimum: 0
        show_if: q1 == 1
        waves: [end]
"""
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Suomi", "Suomi"),
        ("Kyllä, mutta (ehkä) ei – 100 %", "Kyllä, mutta (ehkä) ei – 100 %"),
        ("no", '"no"'),
        ("12", '"12"'),
        ("1:30", '"1:30"'),
        ("2026-11-24", "2026-11-24"),
        ("- ei", '"- ei"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("it's", '"it\'s"'),
        ('sanoi "ei"', "'sanoi \"ei\"'"),
        ("both ' and \"", '"both \' and \\""'),
        ("C:\\x", "C:\\x"),
        ("{service} auttoi", '"{service} auttoi"'),
        ("loppu ", '"loppu "'),
        ("\u202bعربي", '"\\u202bعربي"'),
        ("🙂", '"🙂"'),
    ],
)
def test_quotes(text: str, line: str) -> None:
    """A text stands as it is, or in the quotes that it needs."""
    assert writing._scalar(text) == line
