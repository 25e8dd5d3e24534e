"""What programs may send and what they are told: the shapes that bodies are checked against, every kind of problem, and
the OpenAPI document, which is made of both and so cannot say other than what is done.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from collector.bodies import BODY_LIMIT, FIELD_LIMIT, PROBLEM_TYPE
from survey import codes
from survey.frozen import dataclass
from survey.model import CHANNELS, FORMS, HELPERS

Schema = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of problem: its status, what it is, and what a program does about it."""

    status: int
    title: str
    detail: str


KINDS: Mapping[str, Kind] = {
    "shape": Kind(
        status=400,
        title="The request does not have the documented form",
        detail="Compare it with /-/api/openapi.json. `errors` points at what is wrong, where that can be said.",
    ),
    "not-found": Kind(status=404, title="There is nothing at this address", detail="See /-/api/openapi.json."),
    "method": Kind(status=405, title="This address takes another method", detail="The header Allow names it."),
    "answered": Kind(
        status=409,
        title="The questionnaire has been answered under this code",
        detail="It is answered once, and these answers were not stored. Do not send again.",
    ),
    "differs": Kind(
        status=409,
        title="Other answers came under this id before",
        detail="Those were kept and these were not stored. `receipt` is theirs. Do not send again.",
    ),
    "id-used": Kind(
        status=409,
        title="The id has been used for another code or questionnaire",
        detail="Nothing was stored. Send with a new random id.",
    ),
    "too-large": Kind(
        status=413,
        title="The request is too large",
        detail=f"A body has at most {BODY_LIMIT} bytes. Nothing was stored.",
    ),
    "media-type": Kind(
        status=415,
        title="The body is not JSON",
        detail="Send Content-Type application/json, in UTF-8, without a Content-Encoding.",
    ),
    "code": Kind(
        status=422,
        title="The code is not right",
        detail="Nothing was stored. Let the person look at the code and type it again.",
    ),
    "answers": Kind(
        status=422,
        title="Some answers must be looked at again",
        detail="Nothing was stored. `errors` says which, in words for the person. Send again with the same id.",
    ),
    "questionnaire": Kind(
        status=422,
        title="The questionnaire is not one that can be answered so",
        detail="Nothing was stored. Instrument, version, wave, language and service must be those that "
        "/-/api/due or /-/api/instruments/ give, and every answer one of its questions'.",
    ),
    "worded-anew": Kind(
        status=422,
        title="The questionnaire has changed since it was read",
        detail="Nothing was stored. Read the instrument again and let the person look at the answers.",
    ),
    "store": Kind(
        status=503,
        title="The store does not answer just now",
        detail="Nothing is known to be stored. Send the same again, with the same id, after a while.",
    ),
    "fault": Kind(status=500, title="Something went wrong here", detail="Send the same again, with the same id."),
}
"""Each kind of problem by the last part of its `type`."""


def _type(name: str) -> str:
    return f"/-/api/openapi.json#/components/examples/{name}"


def problem_body(
    name: str, *, status: int = 0, errors: Mapping[tuple[str, ...], str] | None = None, **more: str
) -> dict[str, Any]:
    """A problem of a kind. `errors` are sentences by the place in the body that they are about."""
    kind = KINDS[name]
    body = {"type": _type(name), "title": kind.title, "status": status or kind.status, "detail": kind.detail, **more}
    if errors:
        body["errors"] = [{"pointer": _pointer(path), "detail": text} for path, text in errors.items()]
    return body


def _pointer(path: tuple[str, ...]) -> str:
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)


# --- shapes ---------------------------------------------------------------------------------------

_ID = f"^[{codes.ALPHABET.lower()}]{{{codes.ID_LENGTH}}}$"
_TYPED: Schema = {"type": "string", "maxLength": 200}


def _named(form: str) -> Schema:
    return {"type": "string", "pattern": f"^({FORMS[form][0]})$", "maxLength": 60}


ANSWERS: Schema = {
    "type": "object",
    "maxProperties": FIELD_LIMIT,
    "additionalProperties": {
        "anyOf": [
            {"type": "string"},
            {"type": "number"},
            {"type": "array", "maxItems": 100, "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
        ]
    },
    "description": "Each question's id with its answer, as `answers` of /-/api/instruments/ has it for the wave: an "
    "option by its value, several as a list, an order as a list from the first, a number as a number, dates and times "
    "as `2026-03-31`, `2026-03` and `08:30`, consent as `yes`, words beside an option under `<id>.other_text`. What is "
    "not answered is left out.",
}
SUBMISSION: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "instrument", "version", "meaning", "wave", "language", "channel"],
    "properties": {
        "id": {
            "type": "string",
            "pattern": _ID,
            "description": "128 random bits in Crockford's base 32, made once for these answers. Sending the same "
            "again stores nothing twice and gets the same receipt.",
        },
        "code": {**_TYPED, "description": "As the person typed it; left out where the service is open to everybody."},
        "service": {**_named("id"), "description": "Where the service is open, or /-/api/due gave it."},
        "instrument": _named("id"),
        "version": {"type": "integer", "minimum": 1, "maximum": 9999},
        "meaning": {
            "type": "string",
            "pattern": "^[0-9a-f]{16}$",
            "description": "The instrument's for the language, so that an answer is never to other words.",
        },
        "wave": _named("item"),
        "language": _named("language"),
        "channel": {"enum": [*CHANNELS]},
        "helper": {"enum": [*HELPERS], "description": "Who helped the person. `none` is an answer; left out is none."},
        "asked": {
            "type": "boolean",
            "description": "True once the person has been reminded of what is still to answer and need not be.",
        },
        "answers": ANSWERS,
    },
}
CODE: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code"],
    "properties": {
        "code": {**_TYPED, "description": "As the person typed it."},
        "language": {**_named("language"), "description": "The language that the person wants, if known."},
    },
}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def wrong(schema: Schema, sent: object) -> dict[tuple[str, ...], str]:
    """What in a body is not as a schema has it, one entry for each place."""
    first: dict[tuple[str, ...], str] = {}
    for path, text in _faults(schema, sent, ()):
        first.setdefault(path, text)
    return first


def _faults(schema: Schema, value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The words of JSON Schema that the schemas of this module use, and no others."""
    if "anyOf" in schema:
        if all(any(_faults(each, value, path)) for each in schema["anyOf"]):
            yield path, "This is of another kind."
        return
    if "enum" in schema:
        if value not in schema["enum"]:
            yield path, f"Give one of: {', '.join(schema['enum'])}."
        return
    kinds = _TYPES[schema["type"]]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        yield path, f"Give a value of type {schema['type']}."
    elif isinstance(value, dict):
        yield from _members_wrong(schema, value, path)
    elif isinstance(value, list):
        if len(value) > schema.get("maxItems", math.inf):
            yield path, f"Give at most {schema['maxItems']}."
        else:
            for n, each in enumerate(value):
                yield from _faults(schema["items"], each, (*path, str(n)))
    elif isinstance(value, str):
        if len(value) > schema.get("maxLength", math.inf):
            yield path, f"Give at most {schema['maxLength']} characters."
        elif "pattern" in schema and not re.fullmatch(schema["pattern"][1:-1], value):
            yield path, f"Give a text that matches {schema['pattern']}."
    elif isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield path, f"Give a number from {schema['minimum']} to {schema['maximum']}."


def _members_wrong(
    schema: Schema, value: Mapping[str, object], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(value) > schema.get("maxProperties", math.inf):
        yield path, f"Give at most {schema['maxProperties']}."
        return
    for name in schema.get("required", ()):
        if name not in value:
            yield (*path, name), "This is missing."
    for name, entry in value.items():
        inner = schema.get("properties", {}).get(name) or schema["additionalProperties"]
        if inner is False:
            # What somebody else named is not said back.
            yield path, f"Give nothing but {', '.join(schema['properties'])}."
        else:
            yield from _faults(inner, entry, (*path, name))


# --- the document ---------------------------------------------------------------------------------

_PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"enum": [_type(name) for name in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For whoever makes the program, in English."},
        "message": {"type": "string", "description": "For the person, in the language of the questionnaire."},
        "receipt": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON Pointer into the body, as `#/answers/wb1`."},
                    "detail": {
                        "type": "string",
                        "description": "For a code or an answer, words for the person, in the language asked for.",
                    },
                },
            },
        },
    },
}
_KEY = r"^([a-z][a-z0-9_-]{0,39}@[1-9][0-9]{0,3})$"


def _content(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _response(text: str, schema: Schema, **more: Any) -> Schema:
    return {"description": text, "content": _content(schema), **more}


def _object(**properties: Schema) -> Schema:
    optional = [name for name, schema in properties.items() if schema.pop("optional", False)]
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def _problems(*names: str) -> dict[str, Schema]:
    """The responses of an operation that are problems, by status."""
    found: dict[str, Schema] = {}
    for name in (*names, "fault"):
        response = found.setdefault(
            str(KINDS[name].status),
            {
                "description": KINDS[name].title,
                "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}},
            },
        )
        response["content"][PROBLEM_TYPE]["examples"][name] = {"$ref": f"#/components/examples/{name}"}
    return found


def _links() -> dict[str, Schema]:
    return {
        "read": {
            "operationId": "readInstrument",
            "parameters": {"key": "{$response.body#/instrument}@{$response.body#/version}"},
            "description": "The questionnaire that is due.",
        }
    }


_TEXT: Schema = {"type": "string"}
_BODY_PROBLEMS = ("shape", "too-large", "media-type", "store")


def _send() -> Schema:
    stored = _object(
        receipt={"type": "string", "pattern": r"^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$"},
        more={"type": "boolean", "description": "Whether another questionnaire is open under the code."},
    )
    told = "Stored, now or when the same was sent before. Show the receipt to the person and to nobody else."
    refusals = ("answered", "differs", "id-used", "code", "answers", "questionnaire", "worded-anew")
    return {
        "operationId": "sendAnswers",
        "summary": "Send the answers of one person to one questionnaire",
        "description": "201 means that the answers are on stable storage, once. Whatever else comes, nothing was "
        "stored; where nothing comes at all, send the same again with the same id.",
        "requestBody": {"required": True, "content": _content({"$ref": "#/components/schemas/Submission"})},
        "responses": {"201": _response(told, stored), **_problems(*_BODY_PROBLEMS, *refusals)},
    }


def _find() -> Schema:
    return {
        "operationId": "findDue",
        "summary": "Find what is due under a code",
        "description": "Nothing is stored. Nothing is told that the code's slip does not open anyway: never who, never "
        "answers.",
        "requestBody": {"required": True, "content": _content({"$ref": "#/components/schemas/Code"})},
        "responses": {
            "200": _response("What is due.", {"$ref": "#/components/schemas/Due"}, links=_links()),
            **_problems(*_BODY_PROBLEMS, "code"),
        },
    }


def _read() -> Schema:
    found = _object(
        instrument={"type": "object", "description": "As docs/instrument-reference.md explains its keys."},
        meaning={
            "type": "object",
            "description": "By language, what a submission says as `meaning`.",
            "additionalProperties": _TEXT,
        },
        answers={
            "type": "object",
            "description": "By wave, the JSON Schema of `answers`.",
            "additionalProperties": {"type": "object"},
        },
    )
    key = {
        "name": "key",
        "in": "path",
        "required": True,
        "description": "The instrument and its version, like `palvelupalaute@1`.",
        "schema": {"type": "string", "pattern": _KEY},
    }
    return {
        "operationId": "readInstrument",
        "summary": "Read a questionnaire",
        "parameters": [key],
        "responses": {"200": _response("The questionnaire.", found), **_problems("not-found")},
    }


def _read_document() -> Schema:
    return {
        "operationId": "readDocument",
        "summary": "Read this document",
        "responses": {"200": _response("This document.", {"type": "object"}), **_problems()},
    }


def _document() -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mittari",
            "version": "1",
            "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            "description": "For programs that send people's answers: an app of a municipality, a kiosk, a desk. The "
            "rules are those of the pages. Codes and receipts belong to the person: keep neither, and log no bodies.",
        },
        "paths": {
            "/-/api/submissions": {"post": _send()},
            "/-/api/due": {"post": _find()},
            "/-/api/instruments/{key}": {"get": _read()},
            "/-/api/openapi.json": {"get": _read_document()},
        },
        "components": {
            "schemas": {"Submission": SUBMISSION, "Code": CODE, "Due": _due_schema(), "Problem": _PROBLEM},
            "examples": {
                name: {"summary": kind.title, "description": kind.detail, "value": problem_body(name)}
                for name, kind in KINDS.items()
            },
        },
    }


def _due_schema() -> Schema:
    return {
        "oneOf": [
            _object(
                state={"const": "due"},
                instrument=_TEXT,
                version={"type": "integer"},
                wave=_TEXT,
                language={**_TEXT, "description": "In which the person meets the questionnaire; others can be chosen."},
                page={**_TEXT, "description": "The page that asks the same, below the root of the site."},
                service={**_TEXT, "description": "To be sent as `service`, if given.", "optional": True},
            ),
            _object(state={"const": "later"}, opens={**_TEXT, "format": "date"}),
            _object(state={"enum": ["done", "over"]}),
        ]
    }


DOCUMENT = _document()
