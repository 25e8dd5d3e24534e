"""Every type of question with every key, and edits of all kinds: problems, never a traceback, and what passes works."""

from __future__ import annotations

import re
import typing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from build import read_messages
from survey import answers, logic, model, pages, reading, scoring
from survey.model import Instrument, ItemType, Library, field_types, meaning
from survey.pages import Assets, Form, QuestionPage
from tests.survey.every_type import EVERY
from tests.survey.test_reading import SERVICES, SITE

TYPES = typing.get_args(ItemType)
GROUNDS = "grounds: {health: {title: {fi: Terveys, sv: Hälsa}, basis: GDPR}}\n"
MESSAGES = {language: read_messages(language) for language in ("fi", "sv")}


def write(folder: Path, text: str) -> Path:
    """A library whose instrument is the text."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "images" / "a.svg").write_text("<svg/>")
    (folder / "site.yaml").write_text(SITE + GROUNDS)
    (folder / "services.yaml").write_text(SERVICES.replace("koe@1", "kaikki@2"))
    (folder / "kaikki.yaml").write_text(text)
    return folder


def test_an_instrument_of_every_type(tmp_path: Path) -> None:
    """It passes without a word, and has every type."""
    read = reading.read_library(write(tmp_path, EVERY))
    assert [str(problem) for problem in read.problems] == []
    assert read.library is not None
    instrument = read.library.instruments["kaikki@2"]
    assert {item.type for section in instrument.sections for item in section.items} == set(TYPES)


# --- types and keys -------------------------------------------------------------------------------

ALONE: dict[str, str] = {
    "grid": "scale: steps, rows: [{id: r1, TEXT}]",
    "scale": "low: WORDS, high: WORDS",
    "hidden": "value: a",
    "calculated": "calculate: a0 + 1",
    **dict.fromkeys(("likert", "single", "dropdown", "multiple", "rank"), "scale: steps"),
}
"""What an item of a type needs beside id, type and text."""
CHOICES = {"likert", "single", "dropdown", "yes_no", "scale", "multiple", "grid", "rank"}
LIMITED = {"scale", "integer", "decimal", "date", "month", "year", "time"}
ASKED = set(TYPES) - {"note", "hidden", "calculated"}
CAN_HAVE: dict[str, set[str]] = {
    "hint: WORDS": ASKED,
    "scale: steps": CHOICES,
    "options: [{value: a, label: WORDS}, {value: b, label: WORDS}]": CHOICES | {"hidden"},
    "rows: [{id: r1, TEXT}]": {"grid"},
    "required: soft": ASKED,
    "minimum: 0": LIMITED,
    "maximum: 20": LIMITED,
    "low: WORDS": {"scale"},
    "high: WORDS": {"scale"},
    "unit: WORDS": {"integer", "decimal"},
    "decimals: 1": {"decimal"},
    "max_length: 10": {"text", "long_text"},
    "at_least: 1": {"multiple", "rank"},
    "at_most: 1": {"multiple", "rank"},
    "value: a": {"hidden"},
    "calculate: a0 + 1": {"calculated"},
    "constraints: [{rule: a0 > 1, message: WORDS}]": ASKED - {"grid"},
    "show_if: a0 > 1": set(TYPES),
    "waves: [start]": set(TYPES),
    "reverse: true": {"likert", "single", "dropdown", "scale", "integer", "decimal"},
    "outcome: employment": {"single", "dropdown", "yes_no"},
    "anchor: true": {"likert", "scale"},
    "then: true": ASKED,
    "sensitive: true": ASKED,
    "reworded: 2": set(TYPES),
    "accepted: [NEGATED]": set(TYPES),
}


@pytest.mark.parametrize("given", CAN_HAVE)
def test_which_types_can_have_a_key(tmp_path: Path, given: str) -> None:
    """A key where it does nothing is a problem for each type that cannot have it, and for no other."""
    found = set()
    key = given.partition(":")[0]
    head = EVERY.partition("dimensions:")[0] + "sections:\n  - items:\n"
    head += "      - {id: a0, type: likert, scale: steps, text: {fi: x, sv: y}}\n"
    for kind in TYPES:
        alone = [part for part in re.split(r", (?=\w+: )", ALONE.get(kind, "")) if part]
        parts = [part for part in alone if part.partition(":")[0] not in (key, "scale" if key == "options" else key)]
        item = ", ".join([f"id: n1, type: {kind}, TEXT", *parts, given])
        item = item.replace("TEXT", "text: WORDS").replace("WORDS", "{fi: Sana, sv: Ord}")
        read = reading.read_library(write(tmp_path, f"{head}      - {{{item}}}\n"))
        codes = {(problem.code, dict(problem.sentence.values).get("key")) for problem in read.problems}
        assert not {code for code, _ in codes} & {"YAML-SYNTAX", "VALUE-TYPE", "KEY-UNKNOWN", "KEY-DUPLICATE"}, codes
        if ("KEY-NEEDLESS", key) not in codes:
            found.add(kind)
    assert found == CAN_HAVE[given]


def test_every_key_of_an_item_is_tried() -> None:
    """No key of an item is left out above."""
    tried = {given.partition(":")[0] for given in CAN_HAVE}
    assert tried | {"id", "type", "text", "ground", "origin", "grid"} == set(field_types(model.Item))


# --- edits ----------------------------------------------------------------------------------------

LINES = EVERY.splitlines()
WORDS = sorted(
    set(re.findall(r"[\w.'@-]+|\"[^\"]*\"", EVERY)) | {"0", "-1", "99999999999", "today", "[]", "{}", "null"}
)
KEYS = sorted({key for cls in (model.Item, model.Option, model.Row, model.Section) for key in field_types(cls)})
Edit = tuple[int, str, int, str]
EDITS = st.lists(
    st.tuples(
        st.integers(0, len(LINES) - 1),
        st.sampled_from(["delete", "repeat", "swap", "word", "key", "type", "character"]),
        st.integers(0, 200),
        st.sampled_from([*WORDS, *KEYS, *"{}[]:,'\"\t#&*!|>-?% @`"]),
    ),
    min_size=1,
    max_size=3,
)


def edited(edits: list[Edit]) -> str:
    """The instrument with some lines changed as a person might, or as a slip would."""
    lines = list(LINES)
    for at, kind, where, what in edits:
        line = lines[at := at % len(lines)]
        words = list(re.finditer(r"[\w.'@-]+|\"[^\"]*\"", line))
        if kind == "delete":
            del lines[at]
        elif kind == "repeat":
            lines.insert(where % len(lines), line)
        elif kind == "swap":
            lines[at], lines[where % len(lines)] = lines[where % len(lines)], line
        elif kind == "word" and words:
            word = words[where % len(words)]
            lines[at] = line[: word.start()] + what + line[word.end() :]
        elif kind == "key":
            lines[at] = line.replace("{", f"{{{KEYS[where % len(KEYS)]}: {what}, ", 1)
        elif kind == "type":
            lines[at] = re.sub(r"type: \w+", f"type: {TYPES[where % len(TYPES)]}", line)
        elif kind == "character":
            lines[at] = line[:where] + what[0] + line[where + 1 :]
    return "\n".join(lines)


def use(library: Library) -> None:
    """Asks every question of every instrument in every language, and answers none and all of them."""
    assets = Assets(style="", script="", images={"images/a.svg": "a"})
    for instrument in library.instruments.values():
        assert model.from_data(Instrument, model.as_data(instrument)) == instrument
        logic.css(instrument)
        for language in instrument.languages:
            meaning(instrument, language)
            for wave in instrument.waves:
                page = QuestionPage(
                    library=library, language=language, messages=MESSAGES[language], assets=assets,
                    instrument=instrument, wave=wave, service=library.services.services[0],
                )  # fmt: skip
                for fields in ({}, answered(instrument, wave)):
                    judged = answers.judge(instrument, wave, fields, today=date(2026, 11, 24))
                    form = Form(fields=fields, problems=judged.problems, reminders=judged.reminders)
                    assert "<form" in pages.questionnaire(page, form)
                    for key in scoring.scoring_key(instrument):
                        scoring.score(key, judged.answers)


def answered(instrument: Instrument, wave: str) -> dict[str, list[str]]:
    """Some value in every field."""
    fields: dict[str, list[str]] = {}
    for item in instrument.items(wave):
        for name in answers.item_fields(instrument, item):
            values = [str(option.value) for option in instrument.options(item)]
            fixed = {"multiple": name.partition(".")[2], "rank": "1", "consent": "yes", "hidden": str(item.value)}
            other = name.endswith(f".{answers.OTHER}")
            fields[name] = ["9" if other else fixed.get(item.type) or (values[0] if values else "9")]
    return fields


@given(EDITS)
@example([(0, "word", 0, "instrument")])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_edit_ends_in_a_traceback_and_what_passes_can_be_asked(
    tmp_path_factory: pytest.TempPathFactory, edits: list[Edit]
) -> None:
    """Whatever was changed gives lines; and a library comes out only where there is no error, and then all of it works."""
    folder = write(tmp_path_factory.getbasetemp() / "edits", edited(edits))
    read = reading.read_library(folder)
    assert all(str(problem).startswith(str(folder)) for problem in read.problems)
    assert (read.library is None) == bool(read.errors)
    if read.library is not None:
        use(read.library)
