"""Answers as numbers: legal names, codes that stand for nothing else, and every answer found again."""

from __future__ import annotations

import dataclasses
import re
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.dataset import Dataset
from analysis.files.coded import RESERVED, Coded, coded, cut, legal_names
from analysis.files.variables import Material, material
from analysis.wording import Words
from tests.analysis.files.conftest import LONG, LONGER, Echo

NAMES = st.lists(st.text(st.sampled_from("abAB19._ä€$ -"), max_size=80), max_size=12, unique=True)


@given(NAMES)
def test_names_are_those_that_spss_takes(names: list[str]) -> None:
    """Whatever columns are called: a letter first, 64 bytes at most, no dot last, not reserved, no two alike."""
    found = legal_names(names)
    assert list(found) == names
    assert len({name.casefold() for name in found.values()}) == len(names)
    for name in found.values():
        assert re.fullmatch(r"[^\W\d_][\w.@#$]*", name) and not name.endswith(".")
        assert len(name.encode()) <= 64 and name.upper() not in RESERVED


def test_names_that_are_legal_stay() -> None:
    """Only what has to be is called otherwise; the first of two that would be alike keeps its name."""
    names = ["js1", "help.cv", "to", "b" * 70 + "1", "b" * 70 + "2", "service.title"]
    assert legal_names(names) == {
        "js1": "js1", "help.cv": "help.cv", "to": "v_to", "b" * 70 + "1": "b" * 64, "b" * 70 + "2": "b" * 62 + "_2",
        "service.title": "service.title",
    }  # fmt: skip


@given(st.text(max_size=60), st.integers(0, 60))
def test_texts_are_cut_between_characters(text: str, limit: int) -> None:
    """A cut text is a beginning of the text, no longer than allowed, and one more character would be too long."""
    found = cut(text, limit)
    assert text.startswith(found) and len(found.encode()) <= limit
    assert found == text or len(text[: len(found) + 1].encode()) > limit


def test_no_answer_can_be_a_code_for_none(hard_coded: Coded) -> None:
    """The five numbers of reasons lie below every value, every answer, and every number that could be typed."""
    numbered = {one.name: one for one in hard_coded.variables}
    assert numbered["v_to"].missing == (-95, -91)
    assert numbered["degrees"].missing == (-995, -991)
    for one in hard_coded.variables:
        if one.missing:
            answers = set(hard_coded.frame[one.name].dropna()) - set(one.reasons)
            values = set(one.values) - set(one.reasons)
            assert min([*answers, *values, one.column.lowest or 0]) > one.missing[1], one.name


def test_options_that_are_words_are_numbered(hard_coded: Coded) -> None:
    """No and yes are 0 and 1, a whole number keeps itself, and other words take the free numbers in order."""
    codes = {one.column.name: one.codes for one in hard_coded.variables}
    assert codes["with"] == {"no": 0, "yes": 1}
    assert codes["which"] == {"5": 5, "a": 1, "b": 2}
    assert codes["to"] == {}


@pytest.mark.parametrize("name", ["hard_dataset", "whole"])
def test_every_answer_is_found_again(name: str, request: pytest.FixtureRequest) -> None:
    """Decoding gives each cell of the dataset back, and each absence; nothing else is in the file."""
    dataset = _some(request.getfixturevalue(name))
    found = material(dataset, Words("fi", Echo()))
    made = coded(found)
    absences = dataset.absences.set_index(["submission", "item"])["reason"].to_dict()
    seen = set()
    for one in made.variables:
        column, again = one.column, made.frame[one.name]
        beside = one.name.endswith(".absent")
        for submission, was, now in zip(
            found.responses["submission"], found.responses[column.name], again, strict=True
        ):
            reason = one.reasons.get(now)
            if reason is not None:
                assert absences[submission, column.item] == reason
                seen.add((submission, column.item))
            elif not beside:
                assert _decoded(one, now) == _plain(was, column.type), (one.name, submission)
    assert seen == set(absences)


def _some(dataset: Dataset) -> Dataset:
    """Every seventh row of a large dataset, which has each kind of answer."""
    if len(dataset.responses) < 1000:
        return dataset
    rows = dataset.responses[::7].reset_index(drop=True)
    absences = dataset.absences[dataset.absences["submission"].isin(rows["submission"])]
    return dataclasses.replace(dataset, responses=rows, absences=absences)


def _decoded(one: object, now: object) -> object:
    """What a cell says, read as SPSS would."""
    form, words = one.format, {code: word for word, code in one.codes.items()}  # type: ignore[attr-defined]
    if form.startswith("A"):
        return now or None
    if pd.isna(now):
        return None
    moment = (
        datetime(1582, 10, 14) + timedelta(milliseconds=round(float(now) * 1000)) if abs(float(now)) > 200_000 else None
    )
    if form == "EDATE10":
        assert moment is not None
        return moment.date()
    if form == "MOYR8":
        assert moment is not None
        return f"{moment:%Y-%m}"
    if form == "DATETIME20":
        return moment
    if form == "TIME5":
        return f"{int(now) // 3600:02}:{int(now) % 3600 // 60:02}"  # type: ignore[call-overload]
    return words.get(int(now), float(now)) if words else float(now)  # type: ignore[call-overload, arg-type]


def _plain(was: object, kind: str) -> object:
    if pd.isna(was):
        return None
    if isinstance(was, pd.Timestamp):
        return was.tz_localize(None).to_pydatetime()
    if isinstance(was, str):
        # Two bytes a letter, or three, of 32,767.
        return {LONGER: LONGER[:16_383], LONG: LONG[:10_922]}.get(was, was)
    return was if isinstance(was, date) else float(was)  # type: ignore[arg-type]


def test_what_was_cut_or_renamed_is_told(hard_material: Material, hard_coded: Coded) -> None:
    """Names, labels, labels of values and texts: each that differs has its sentence, and nothing else has one."""
    long = f"a{'b' * 39}"
    names = legal_names(one.name for one in hard_material.columns)
    assert [str(note) for note in hard_coded.notes] == [
        "The column to is called v_to in SPSS.",
        "The column with is called v_with in SPSS.",
        f"The column {long}.{'c' * 40} is called {long}.{'c' * 23} in SPSS.",
        f"The column {long}.{'c' * 39}d is called {long}.{'c' * 21}_2 in SPSS.",
        "The label of the value 1 of v_with was longer than 120 bytes and was cut.",
        "The label of stem was longer than 255 bytes and was cut.",
        "Texts of story2 that were longer than 32767 bytes and were cut: 2.",
    ]
    assert set(names.values()) <= {one.name for one in hard_coded.variables}
    for one in hard_coded.variables:
        assert len(one.label.encode()) <= 255
        assert all(len(label.encode()) <= 120 for label in [*one.values.values(), *one.texts.values()])


def test_levels_of_measurement(hard_coded: Coded) -> None:
    """Steps are ordered, options are names, and what is counted or dated is a scale."""
    levels = {one.column.name: one.measure for one in hard_coded.variables}
    wanted = {"js1": "ordinal", "work": "nominal", "hours": "scale", "help.cv": "nominal", "words": "nominal"}
    wanted |= {"seen": "scale", "share": "scale", "participation.start": "scale", "service": "nominal"}
    assert {name: levels[name] for name in wanted} == wanted
