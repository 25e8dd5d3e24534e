"""What a file may say, as a JSON Schema made from the model: editors complete, explain and underline with it.

It is draft 7, which every editor reads. What it refuses, `survey.reading` refuses too. The other way round it knows
less: whether every text has every language, what ids refer to and whether a condition can be read, only reading tells.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from survey.condition_checks import ISO_FORMS
from survey.item_checks import LIMITED, NEEDED, WITHOUT_OPTIONS, can_have, option_can_have
from survey.model import (
    DATED,
    FORMS,
    WIDEST_WINDOW,
    WITH_OPTIONS,
    YES_NO_WORDS,
    Alarm,
    Conformance,
    Constraint,
    Dimension,
    Ground,
    Group,
    Instrument,
    Item,
    ItemType,
    Notice,
    NoticeSection,
    Option,
    Organisation,
    OwnRetention,
    Provider,
    Recordings,
    Reference,
    Retention,
    Row,
    Scale,
    Section,
    Security,
    Service,
    Services,
    Site,
    Support,
    Wave,
    field_types,
)

Schema = dict[str, Any]
DRAFT = "http://json-schema.org/draft-07/schema#"
CLASSES: tuple[type, ...] = (
    *(Instrument, Scale, Option, Dimension, Reference, Section, Item, Row, Constraint, Alarm),
    *(Services, Provider, Service, Group),
    *(Site, Organisation, Wave, Ground, Support, Notice, NoticeSection, Conformance, Security),
    *(Retention, OwnRetention),
)
"""Every object that a file can hold, in the order of reading about them."""
FILES: Mapping[str, type] = {"instrument": Instrument, "services": Services, "organisation": Site}
"""What a file is, by the key that it has at its top; the first counts."""


def keys(cls: type) -> Mapping[str, dataclasses.Field[Any]]:
    """The keys that an object of a class can have."""
    return {f.name: f for f in dataclasses.fields(cls) if not f.metadata.get("derived")}


def is_needed(key: dataclasses.Field[Any]) -> bool:
    return key.default is dataclasses.MISSING and key.default_factory is dataclasses.MISSING


def schema(notes: Mapping[str, Schema]) -> Schema:
    """The schema of all three kinds of file. `notes` are added to definitions, by their names: `Class`, `Class.key`, or
    with a type of item `Item:type`. A definition for a type alone has the notes of the general one."""
    definitions: Schema = {"texts": _TEXTS}
    for cls in CLASSES:
        definitions[cls.__name__] = _item() if cls is Item else _object(cls)
        for name, key in keys(cls).items():
            definitions[f"{cls.__name__}.{name}"] = _key(cls, key)
    for type in typing.get_args(ItemType):
        definitions |= _of_type(type)
    for name, found in definitions.items():
        definitions[name] = {**notes.get(name, notes.get(name.partition(":")[0], {})), **found}
    return {"$schema": DRAFT, **_file(), "definitions": definitions}


def _of_type(type: str) -> Schema:
    """The definitions of a type of item: the item, its limits, its options."""
    found: Schema = {f"Item:{type}": _item_of(type)}
    if type in LIMITED:
        found |= {f"Item.{key}:{type}": _limit(type) for key in ("minimum", "maximum")}
    if can_have(type, "options"):
        allowed = {key: _ref(f"Option.{key}") for key in keys(Option) if option_can_have(type, key)}
        least = {} if type in WITHOUT_OPTIONS else {"minItems": 1}
        found[f"Item.options:{type}"] = {"type": "array", "items": _ref(f"Option:{type}"), **least}
        found[f"Option:{type}"] = {**_object(Option), "properties": allowed | _unwritten(Option, allowed)}
    return found


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _file() -> Schema:
    """One of the kinds of file; of none, an error that names the keys that say which."""
    message = f"The file needs one of these keys: {', '.join(FILES)}."
    tree: Schema = {
        "properties": {key: _ref(f"{cls.__name__}.{key}") for key, cls in FILES.items()},
        "anyOf": [{"required": [key], "errorMessage": message} for key in FILES],
    }
    for key, cls in reversed(list(FILES.items())):
        tree = {"if": {"required": [key]}, "then": _ref(cls.__name__), "else": tree}
    return {"type": "object", **tree}


# --- objects --------------------------------------------------------------------------------------


def _either(one: str, other: str) -> list[Schema]:
    message = f"It needs '{one}' or '{other}'."
    return [{"required": [key], "errorMessage": message} for key in (one, other)]


def _object(cls: type) -> Schema:
    return {
        "type": "object",
        "properties": {name: _ref(f"{cls.__name__}.{name}") for name in keys(cls)},
        "required": [name for name, key in keys(cls).items() if is_needed(key)],
        "additionalProperties": False,
        **_RULES.get(cls, {}),
    }


def _questions_or_base() -> list[Schema]:
    """An empty list of sections is fine beside a base, and nothing without one."""
    own, base = _either("sections", "extends")
    return [{**own, "properties": {"sections": {"minItems": 1}}}, base]


_RULES: Mapping[type, Schema] = {
    Instrument: {"anyOf": _questions_or_base()},
    Wave: {"oneOf": _either("at", "after")},
    Alarm: {"anyOf": _either("below", "above")},
}
"""What the keys of an object must agree on."""


def _item() -> Schema:
    """An item: what its type needs and can have, whatever the type; of no known type, any key there is."""
    every = typing.get_args(ItemType)
    by_type = [{"if": _is("type", type), "then": _ref(f"Item:{type}")} for type in every]
    any_key = {key: _ref(f"Item.{key}") for key in keys(Item)}
    unknown = {
        "if": {"required": ["type"], "properties": {"type": {"enum": list(every)}}},
        "else": {"properties": any_key, "additionalProperties": False},
    }
    needed = [name for name, key in keys(Item).items() if is_needed(key)]
    return {"type": "object", "required": needed, "allOf": [*by_type, unknown, _GROUNDED, _ON_GROUND]}


def _is(key: str, value: object) -> Schema:
    return {"required": [key], "properties": {key: {"const": value}}}


_NEVER = "Nobody may be made to answer this."
_GROUNDED: Schema = {
    "if": _is("sensitive", True),
    "then": {
        "required": ["ground"],
        "properties": {"required": {"enum": ["no", "soft"], "errorMessage": _NEVER}},
    },
}
_ON_GROUND: Schema = {"if": {"required": ["ground"]}, "then": {"required": ["sensitive"]}}
_REACHED: Schema = {
    "if": {"required": ["options"], "properties": {"options": {"contains": _is("achieved", True)}}},
    "then": {"required": ["outcome"], "errorMessage": "Options with 'achieved' need an 'outcome'."},
}


def _item_of(type: str) -> Schema:
    """What an item of a type can have and needs."""
    allowed = {key: _key_of(type, key) for key in keys(Item) if can_have(type, key)}
    found: Schema = {
        "properties": allowed | _unwritten(Item, allowed),
        "required": list(NEEDED.get(type, ())),
        "additionalProperties": False,
    }
    if can_have(type, "scale"):
        both = {"properties": {"options": False}, "errorMessage": "The options stand in 'scale' already."}
        found |= {"if": {"required": ["scale"]}, "then": both}
    if can_have(type, "outcome"):
        found["allOf"] = [_REACHED]
    if type in WITH_OPTIONS and type not in WITHOUT_OPTIONS:
        found["anyOf"] = _either("scale", "options")
    return found


def _unwritten(cls: type, allowed: Mapping[str, Schema]) -> Schema:
    """Keys that make no sense here may still say that they are not used; no editor proposes them."""
    spare = {name: key.default for name, key in keys(cls).items() if name not in allowed}
    unused = {name: default for name, default in spare.items() if default is False or default == "no"}
    return {name: {"const": default, **_NOT_HERE} for name, default in unused.items()}


_NOT_HERE: Schema = {"doNotSuggest": True, "errorMessage": "It does nothing here."}


def _key_of(type: str, key: str) -> Schema:
    """A key of an item as its type has it."""
    if key in ("options", "minimum", "maximum"):
        return _ref(f"Item.{key}:{type}")
    if key == "required" and type == "consent":
        return {"const": "no", "doNotSuggest": True, "errorMessage": _NEVER}
    return _ref(f"Item.{key}")


def _limit(type: str) -> Schema:
    today = "|today" if type in DATED else ""
    if type in ISO_FORMS:
        pattern, form, _compared = ISO_FORMS[type]
        return {"type": "string", "pattern": f"^({pattern}{today})$", "patternErrorMessage": f"Write {form}."}
    if type == "year":
        return {"anyOf": [{"type": "integer"}, {"const": "today"}]}
    return {"type": "number" if type == "decimal" else "integer"}


# --- values ---------------------------------------------------------------------------------------

_LANGUAGE = f"^({FORMS['language'][0]})$"
_WORDS: Schema = {"type": ["string", "number"]}
_TEXTS: Schema = {
    "type": "object",
    "properties": dict.fromkeys(YES_NO_WORDS, _WORDS),
    "patternProperties": {_LANGUAGE: _WORDS},
    "additionalProperties": False,
}
"""A text for each language. Those that are known beforehand can be proposed."""


_FILLED = {
    *((Instrument, key) for key in ("languages", "waves")),
    *((Item, key) for key in ("rows", "waves")),
    (Scale, "options"),
    (Dimension, "items"),
    (Section, "items"),
}
"""Lists that cannot be empty."""


def _key(cls: type, key: dataclasses.Field[Any]) -> Schema:
    found = _value(field_types(cls)[key.name], key.metadata.get("form"))
    least, most = key.metadata.get("between", (None, None))
    limits = {"minimum": least, "maximum": most}
    found |= {name: limit for name, limit in limits.items() if limit is not None}
    if (cls, key.name) == (Wave, "open"):
        found["items"] |= {"minimum": -WIDEST_WINDOW, "maximum": WIDEST_WINDOW}
    if (cls, key.name) in _FILLED:
        found["minItems"] = 1
    if not is_needed(key) and key.default not in (None, (), dataclasses.MISSING):
        found["default"] = list(key.default) if isinstance(key.default, tuple) else key.default
    return found


def _value(kind: Any, form: str | None = None) -> Schema:
    """A value as reading takes it: what is no text, is a text where one belongs."""
    if dataclasses.is_dataclass(kind):
        return {"type": "object", "allOf": [_ref(typing.cast(type, kind).__name__)]}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind == Recordings:
        return _recordings(form)
    if origin is Annotated:
        return {"type": "object", "allOf": [_ref("texts")]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        fixed = {} if arguments[-1] is Ellipsis else {"minItems": len(arguments), "maxItems": len(arguments)}
        return {"type": "array", "items": _item_or_ref(arguments[0], form), **fixed}
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments[0], _item_or_ref(arguments[1]), form)
    if origin in (typing.Union, types.UnionType):
        kinds = [argument for argument in arguments if argument is not type(None)]
        return _value(kinds[0], form) if len(kinds) == 1 else {"type": sorted(map(_simple, kinds)), **_formed(form)}
    if kind is str and form is not None:
        also = ["integer"] if re.fullmatch(FORMS[form][0], "1") else []
        return {"type": ["string", *also] if also else "string", **_formed(form)}
    return dict(_WORDS) if kind is str else {"type": _simple(kind)}


def _recordings(form: str | None) -> Schema:
    file: Schema = {"type": "string", **_formed(form)}
    return {
        "type": "object",
        "properties": dict.fromkeys(YES_NO_WORDS, file),
        "patternProperties": {_LANGUAGE: file},
        "additionalProperties": False,
    }


def _item_or_ref(kind: Any, form: str | None = None) -> Schema:
    if dataclasses.is_dataclass(kind):
        return _ref(typing.cast(type, kind).__name__)
    return _ref("texts") if typing.get_origin(kind) is Annotated else _value(kind, form)


def _mapping(names: Any, value: Schema, form: str | None) -> Schema:
    if typing.get_origin(names) is Literal:
        known = list(typing.get_args(names))
        fixed = {"properties": dict.fromkeys(known, value), "required": known}
        return {"type": "object", **fixed, "additionalProperties": False}
    if form is None:
        return {"type": "object", "additionalProperties": value}
    return {"type": "object", "patternProperties": {f"^({FORMS[form][0]})$": value}, "additionalProperties": False}


def _formed(form: str | None) -> Schema:
    if form is None:
        return {}
    pattern, rule = FORMS[form]
    return {"pattern": f"^({pattern})$", "patternErrorMessage": f"Write {rule}."}


_SIMPLE: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def _simple(kind: type) -> str:
    return _SIMPLE[kind]
