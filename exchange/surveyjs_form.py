"""SurveyJS's JSON: read with care, and its parts as plain mappings with texts by language."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from exchange import languages
from exchange.loss import ExchangeError, told
from survey.marking import _

SIZE_LIMIT = 5_000_000
Data = Mapping[str, Any]
"""An object of the form, as JSON has it."""
DEFAULT = "default"
"""What stands for the original language in a text of several."""

_TEXTS = frozenset(
    (
        *("title", "description", "text", "html", "label", "labelTrue", "labelFalse", "otherText", "noneText"),
        *("dontKnowText", "refuseText", "commentText", "minRateDescription", "maxRateDescription", "completedHtml"),
        *("completeText", "requiredErrorText", "placeholder", "placeHolder", "templateTitle", "addRowText"),
    )
)


def parse(data: bytes) -> Data:
    """The form in a file. Raises ExchangeError where it is none, or too large."""
    if len(data) > SIZE_LIMIT:
        raise ExchangeError(
            told(
                _(
                    "The file has {words} MB; at most {words2} MB are read. A form needs far less: take out "
                    "pictures that are written into it."
                ),
                words=f"{len(data) / 1000000.0:.1f}",
                words2=SIZE_LIMIT // 10**6,
            )
        )
    try:
        form = json.loads(data.decode("utf-8-sig"), parse_constant=lambda word: None)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(
            told(
                _(
                    "The file is no JSON that can be read. Save the form in SurveyJS again (JSON Editor) and import "
                    "that."
                )
            )
        ) from error
    if not is_form(form):
        raise ExchangeError(
            told(
                _(
                    "The file is JSON, but neither a SurveyJS form, which has 'pages' or 'elements' with questions, "
                    "nor a FHIR Questionnaire."
                )
            )
        )
    return form  # type: ignore[no-any-return]


def is_form(form: object) -> bool:
    """Whether some JSON is a form of SurveyJS."""
    if not isinstance(form, Mapping):
        return False
    return any(isinstance(one.get("type"), str) for page in pages(form) for one in elements(page))


def pages(form: Data) -> list[Data]:
    """The pages of a form; one that has none is a page itself."""
    found = form.get("pages")
    if isinstance(found, Sequence) and not isinstance(found, str):
        return [page for page in found if isinstance(page, Mapping)]
    return [{key: form[key] for key in ("elements", "questions") if key in form}]


def elements(container: Data) -> list[Data]:
    """The questions and panels of a page or a panel."""
    return [one for key in ("elements", "questions") for one in objects(container, key)]


def objects(container: Data, key: str) -> list[Data]:
    """The objects of a list."""
    found = container.get(key)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def entries(container: Data, key: str) -> list[Data]:
    """The entries of a list of choices, rows or columns, which can be bare values: as `value` with `text`."""
    found = container.get(key)
    if not isinstance(found, list):
        return []
    return [one if isinstance(one, Mapping) else {"value": one} for one in found if one is not None]


def code(value: object) -> str:
    """A value of the form as text: a whole number has no point, and a truth is a small word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def name_of(data: Data) -> str:
    """The value of an entry, or the name of a question."""
    for key in ("value", "name", "text"):
        if isinstance(data.get(key), str | int | float):
            return code(data[key])
    return ""


def text(value: object, base: str) -> dict[str, str]:
    """A text by language; `base` is the original language. Nothing where it is no text."""
    if isinstance(value, Mapping):
        return {base if key == DEFAULT else str(key): one for key, one in value.items() if isinstance(one, str)}
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return {base: code(value) if not isinstance(value, str) else value}
    return {}


def locales(form: Data) -> list[str]:
    """The languages of the form's texts but the original, in the order in which they appear."""
    found: dict[str, None] = {}
    for key, value in _walk(form):
        if key in _TEXTS and isinstance(value, Mapping):
            tags = (str(tag) for tag in value if tag != DEFAULT)
            found.update((tag, None) for tag in tags if languages.tag_of(tag) is not None)
    return list(found)


def words(form: Data) -> Iterator[str]:
    """The form's texts in the original language."""
    for key, value in _walk(form):
        if key in _TEXTS:
            yield from text(value, DEFAULT).get(DEFAULT, "").split("\n")


def _walk(value: object) -> Iterator[tuple[str, object]]:
    """Every key of every object with its value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            yield from ((str(key), inner) for key, inner in one.items())
            waiting += list(one.values())[::-1]
        elif isinstance(one, list):
            waiting += one[::-1]
