"""What programs send: a whole submission as JSON, and strategies for answers by their schema."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from survey.model import Library, meaning
from tests.collector.forms import ID

Schema = dict[str, Any]


def submission(library: Library, code: str, *, instrument: str = "tyohonvalmennus", wave: str = "start",
               id: str = ID, language: str = "fi", **answers: Any) -> dict[str, Any]:  # fmt: skip
    """A whole submission, with the same content as `forms.fields` gives a form."""
    return {
        "id": id,
        "instrument": instrument,
        "version": 1,
        "meaning": meaning(library.instruments[f"{instrument}@1"], language),
        "wave": wave,
        "language": language,
        "channel": "own_device",
        "code": code,
        "helper": "none",
        "answers": {name.replace("__", "."): value for name, value in answers.items()},
    }


def answers_of(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Some of the answers that an instrument's schema allows, each of its kind."""
    return st.fixed_dictionaries({}, optional={name: _one(each) for name, each in schema["properties"].items()})


def _one(schema: Schema) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "array":
        values = schema["items"]["enum"]
        return st.lists(st.sampled_from(values), unique=True, max_size=schema.get("maxItems", len(values)))
    if schema["type"] == "integer":
        return st.integers(schema.get("minimum", -99), schema.get("maximum", 99_999))
    if schema["type"] == "number":
        return st.one_of(st.integers(-99, 99_999), st.floats(allow_nan=False, allow_infinity=False))
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"), alphabet=st.characters(codec="ascii"))
    return st.text(st.characters(codec="utf-8"), max_size=schema["maxLength"] + 5)
