"""Nodes of a file into values of the model, strictly: every problem on the way, and the rest all the same.

The keys allowed are the fields of the dataclasses in `survey.model`: what the model has, a file may say, and nothing
else.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from survey import problems as p
from survey import strict_yaml
from survey.frozen import dataclass
from survey.item_checks import item_keys
from survey.located import Read, scalars
from survey.marking import _
from survey.model import FORMS, Instrument, Item, ItemType, Text, field_types
from survey.phrases import Phrase, said
from survey.problems import Place, Problem
from survey.strict_yaml import Node, Scalar

W = TypeVar("W")
NOTHING: Any = object()
"""In the place of a value that could not be read."""
_HOLDERS = {"sections", "scales", "dimensions", "extends"}
"""Keys of an instrument whose loss makes ids elsewhere look unknown."""
_SHORT = 5
"""Letters of the longest word that other programs take for true or false."""


@dataclass(frozen=True)
class _Field:
    """What a key of an object can hold."""

    kind: Any
    needed: bool
    form: str | None
    between: tuple[float, float | None] | None


@functools.cache
def _fields(cls: type) -> Mapping[str, _Field]:
    kinds = field_types(cls)
    return {
        f.name: _Field(
            kind=kinds[f.name],
            needed=f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING,
            form=f.metadata.get("form"),
            between=f.metadata.get("between"),
        )
        for f in dataclasses.fields(cls)
        if not f.metadata.get("derived")
    }


@functools.cache
def _shape(kind: Any) -> tuple[str, Any]:
    """How a type is read: the name of a method of Reader without its underscore, and what that needs to know."""
    if dataclasses.is_dataclass(kind):
        return "object", kind
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return ("text" if kind == Text else "recordings"), None
    if origin is Literal:
        return "choice", arguments
    if origin is tuple:
        return "sequence", arguments
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "mapping", arguments
    if origin in (typing.Union, types.UnionType):
        kinds = [argument for argument in arguments if argument is not type(None)]
        return _shape(kinds[0]) if len(kinds) == 1 else ("number_or_text", kinds)
    return "scalar", kind


class Reader:
    """Nodes into values of the model's types. What cannot be read is reported and left out, and the rest goes on."""

    def __init__(
        self, file: str, languages: Sequence[str], report: strict_yaml.Report, *, of_site: bool = False
    ) -> None:
        """`of_site` says that the languages are those of site.yaml, since the file has no list of its own."""
        self.file = file
        self._of_site = of_site
        self.languages = languages
        self.report = report
        self.lost: set[str] = set()
        """Ids of entries that were left out, so that nobody is told twice that they are missing; `*` for any."""
        self._all_languages = frozenset(languages)
        self._foreign: set[str] = set()
        self._lacking: dict[str, list[Problem]] = {}
        self._written: set[str] = set()
        """The languages in which the file has any text."""
        self._readers: Mapping[str, Callable[[Any, Node, str, str | None], Any]] = {
            "object": self._object,
            "text": self._text,
            "recordings": self._recordings,
            "choice": self._choice,
            "sequence": self._sequence,
            "mapping": self._mapping,
            "number_or_text": self._number_or_text,
            "scalar": self._scalar,
        }

    def read(self, kind: Any, node: Node, *, key: str, form: str | None = None) -> Any:
        """The value of a whole file, or NOTHING after a problem."""
        value = self._read(kind, node, key, form)
        for language, problems in self._lacking.items():
            if language in self._written or len(problems) == 1:
                for problem in problems:
                    self.report(problem)
            else:
                # A language that is mistyped or not written yet is told once, not at each text.
                listed = node.entries.get("languages") if isinstance(node, strict_yaml.Mapping) else None
                place = self._place(listed or node)
                self.report(p.language_unwritten(place, language=language, count=len(problems)))
        return value

    def _read(self, kind: Any, node: Node, key: str, form: str | None) -> Any:
        name, argument = _shape(kind)
        return self._readers[name](argument, node, key, form)

    def _place(self, node: Node) -> Place:
        return Place(self.file, node.line)

    def _wrong(self, node: Node, key: str, expected: Phrase) -> Any:
        self.report(p.value_type(self._place(node), key=key, expected=expected, found=_found(node)))
        return NOTHING

    # --- what holds others

    def _object(self, cls: type, node: Node, key: str, _form: str | None) -> Any:
        if not isinstance(node, strict_yaml.Mapping):
            return self._wrong(node, key, said(_("keys with values, one on each line")))
        fields = _fields(cls)
        meant = self._unknown_keys(cls, node) if node.keys.keys() - fields.keys() else frozenset[str]()
        values: dict[str, Any] = {}
        whole = True
        for name, field in fields.items():
            entry = node.entries.get(name)
            if entry is None:
                if field.needed:
                    whole = False
                    if name not in meant:
                        self.report(p.key_missing(self._place(node), key=name, within=_named(cls, node)))
                continue
            value = self._read(field.kind, entry, name, field.form)
            if value is not NOTHING:
                if field.between is not None:
                    self._check_range(value, entry, name, *field.between)
                values[name] = value
                continue
            whole = whole and not field.needed
            self.lost.add(f"{key}.{name}")
            if cls is Instrument and name in _HOLDERS:
                self.lost.add("*")
        if not whole:
            ids = {scalar.text for key, scalar in scalars(node) if key == "id"}
            # What has no id, or one that cannot be, may be anything.
            nameless = "id" in fields and "id" not in values
            self.lost |= ids | ({"*"} if nameless else set())
            return NOTHING
        return cls(**values)

    def _unknown_keys(self, cls: type, node: strict_yaml.Mapping) -> frozenset[str]:
        """Tells the keys that an object cannot have. Those that were probably meant come back: that they are missing
        need not be told as well."""
        fields = sorted(_fields(cls))
        known = _keys_of_type(node) if cls is Item else fields
        meant = set()
        for name, scalar in node.keys.items():
            if name not in fields:
                self.report(p.key_unknown(self._place(scalar), key=name, within=_named(cls, node), known=known))
                meant.add(p.near(name, fields) or "")
        if cls is Instrument and meant & _HOLDERS:
            self.lost.add("*")
        return frozenset(meant)

    def _sequence(self, kinds: Sequence[Any], node: Node, key: str, form: str | None) -> Any:
        if not isinstance(node, strict_yaml.Sequence):
            return self._wrong(node, key, said(_("a list, like [first, second]")))
        if kinds[-1] is Ellipsis:
            entries = (self._read(kinds[0], entry, key, form) for entry in node.entries)
            return tuple([value for value in entries if value is not NOTHING])
        if len(node.entries) != len(kinds):
            return self._wrong(node, key, said(_("a list of {count}"), count=len(kinds)))
        read = [self._read(kind, entry, key, form) for kind, entry in zip(kinds, node.entries, strict=True)]
        return NOTHING if NOTHING in read else tuple(read)

    def _mapping(self, kinds: Sequence[Any], node: Node, key: str, form: str | None) -> Any:
        if not isinstance(node, strict_yaml.Mapping):
            return self._wrong(node, key, said(_("keys with values, one on each line")))
        known = typing.get_args(kinds[0]) if typing.get_origin(kinds[0]) is Literal else None
        values = {}
        for name, scalar in node.keys.items():
            if known and name not in known:
                self.report(p.key_unknown(self._place(scalar), key=name, within=f"'{key}'", known=known))
                continue
            if form and not re.fullmatch(FORMS[form][0], name):
                self.report(p.id_form(self._place(scalar), id=name, rule=FORMS[form][1]))
                continue
            value = self._read(kinds[1], node.entries[name], f"{key}.{name}", None)
            if value is NOTHING:
                self.lost.add(name)
            else:
                values[name] = value
        for name in known or ():
            if name not in node.keys:
                self.report(p.key_missing(self._place(node), key=name, within=f"'{key}'"))
        return values

    # --- words

    def _text(self, _none: None, node: Node, key: str, _form: str | None) -> Any:
        if not isinstance(node, strict_yaml.Mapping):
            example = _example(self.languages)
            return self._wrong(node, key, said(_("a text for each language, like {example}"), example=example))
        if node.entries.keys() == self._all_languages and all(map(_is_plainly_text, node.entries.values())):
            self._written |= self._all_languages
            return {language: entry.text for language, entry in node.entries.items() if isinstance(entry, Scalar)}
        texts = {}
        for language, scalar in node.keys.items():
            if self._is_foreign(language, scalar, key):
                continue
            entry = node.entries[language]
            if isinstance(entry, Scalar) and not entry.text.strip():
                continue
            if isinstance(entry, Scalar) and entry.cut:
                self.report(p.yaml_comment(self._place(entry)))
            text = self._scalar(str, entry, f"{key}.{language}", None)
            if text is not NOTHING:
                texts[language] = text
        self._tell_missing(node, key)
        return texts

    def _is_foreign(self, language: str, scalar: Scalar, key: str) -> bool:
        """Whether the file has no such language: told once for each, since whoever took it out of the file is not to
        be told at every text."""
        if not self.languages or language in self._all_languages:
            return False
        if language not in self._foreign:
            self.report(p.translation_extra(self._place(scalar), key=key, language=language, known=self.languages))
        self._foreign.add(language)
        return True

    def _recordings(self, _none: None, node: Node, key: str, form: str | None) -> Any:
        """A file by language. None of the languages has to have one."""
        if not isinstance(node, strict_yaml.Mapping):
            example = f"{{{self.languages[0] if self.languages else 'fi'}: audio/js1.mp3}}"
            expected = said(_("a file for each language that has one, like {example}"), example=example)
            return self._wrong(node, key, expected)
        read = {
            language: self._scalar(str, node.entries[language], f"{key}.{language}", form)
            for language, scalar in node.keys.items()
            if not self._is_foreign(language, scalar, key)
        }
        return {language: file for language, file in read.items() if file is not NOTHING}

    def _tell_missing(self, node: strict_yaml.Mapping, key: str) -> None:
        meant = {p.near(language, self.languages) for language in node.keys if language not in self._all_languages}
        if self._of_site:
            lacking = [each for each in self.languages if each not in meant and _is_empty(node.entries.get(each))]
            if lacking:
                self.report(p.name_missing(self._place(node), key=key, languages=lacking))
            return
        for language in self.languages:
            given = node.entries.get(language)
            if language in meant and given is None:
                continue
            if _is_empty(given):
                problem = p.translation_missing(self._place(given or node), key=key, language=language)
                self._lacking.setdefault(language, []).append(problem)
            else:
                self._written.add(language)

    def _choice(self, known: Sequence[str], node: Node, key: str, _form: str | None) -> Any:
        if not isinstance(node, Scalar):
            return self._wrong(node, key, said(_("one of {known}"), known=tuple(known)))
        if node.text not in known:
            self.report(p.value_unknown(self._place(node), key=key, value=node.text, known=known))
            return NOTHING
        return node.text

    # --- single values

    def _number_or_text(self, kinds: Sequence[type], node: Node, key: str, form: str | None) -> Any:
        if isinstance(node, Scalar) and type(node.value) in kinds and not isinstance(node.value, str):
            return node.value
        return self._scalar(str, node, key, form)

    def _scalar(self, kind: type, node: Node, key: str, form: str | None) -> Any:
        if kind is bool:
            if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
                return node.text == "true"
            return self._wrong(node, key, said(_("true or false")))
        if kind is int:
            if isinstance(node, Scalar) and isinstance(node.value, int):
                return node.value
            return self._wrong(node, key, said(_("a whole number")))
        if kind is float:
            if isinstance(node, Scalar) and isinstance(node.value, int | float):
                return float(node.value)
            return self._wrong(node, key, said(_("a number, with a point for decimals")))
        if not isinstance(node, Scalar) or node.value is None:
            return self._wrong(node, key, said(_("a text")))
        if node.lookalike:
            self.report(p.yaml_lookalike(self._place(node), word=node.text, otherwise=node.lookalike))
        return self._formed(node.text, node, form, key) if form else node.text

    def _check_range(self, value: float, node: Node, key: str, least: float, most: float | None) -> None:
        if value < least or (most is not None and value > most):
            self.report(p.value_range(self._place(node), key=key, value=value, least=least, most=most))

    def _formed(self, value: str, node: Node, form: str, key: str) -> Any:
        """The value, if it has the form. Others are reported; an id that is none is left out as well."""
        pattern, rule = FORMS[form]
        fits = re.fullmatch(pattern, value) is not None
        if form == "date":
            if not (fits and _is_date(value)):
                self.report(p.date_form(self._place(node), key=key, value=value))
            return value
        if fits:
            return value
        if form in ("address", "email"):
            self.report(p.value_form(self._place(node), key=key, value=value, rule=rule))
            return value
        if form in ("pinned", "image", "audio", "prefix"):
            self.report(p.value_form(self._place(node), key=key, value=value, rule=rule))
        else:
            self.report(p.id_form(self._place(node), id=value, rule=rule))
        self.lost.add(value)
        return NOTHING


def _is_plainly_text(node: Node) -> bool:
    """Whether a node is some words about which there is nothing to say: most are."""
    if not isinstance(node, Scalar) or node.cut or not isinstance(node.value, str):
        return False
    text = node.text
    return not text.isspace() and text != "" and (len(text) > _SHORT or not node.plain) and not text[0].isdigit()


def _is_empty(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and not node.text.strip())


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _found(node: Node) -> Phrase:
    """What stands there, for a sentence."""
    if isinstance(node, strict_yaml.Sequence):
        return said(_("a list"))
    if isinstance(node, strict_yaml.Mapping):
        return said(_("a set of keys"))
    if node.value is None:
        return said(_("empty"))
    shortened = node.text if len(node.text) <= 40 else f"{node.text[:40]}…"
    return said(_("the text '{text}'") if isinstance(node.value, str) else _("the number {text}"), text=shortened)


def _named(cls: type, node: Node) -> Phrase:
    """What an object is called in a sentence: its kind, with its id if it has one."""
    if isinstance(node, strict_yaml.Mapping):
        for name in ("id", "instrument"):
            own = node.entries.get(name)
            if isinstance(own, Scalar):
                return p.part(cls.__name__, own.text)
    return p.part(cls.__name__)


def _keys_of_type(node: strict_yaml.Mapping) -> Sequence[str]:
    """The keys that an item can have, by the type that it says it is of."""
    type = node.entries.get("type")
    known = typing.get_args(ItemType)
    return item_keys(type.text if isinstance(type, Scalar) and type.text in known else None)


def _example(languages: Sequence[str]) -> str:
    return "{" + ", ".join(f"{language}: …" for language in languages or ("fi", "sv")) + "}"


def read_whole(
    cls: type[W],
    data: bytes,
    *,
    file: str,
    mark: str,
    unknown: Callable[[Place], Problem],
    disagreements: Callable[[Read[W]], Iterable[Problem]],
) -> tuple[Read[W] | None, tuple[Problem, ...]]:
    """A file that is one value, None where it cannot be used, and every problem of it, sorted.

    `mark` is the key that tells what sort of file it is, `unknown` the problem where it is not there; `disagreements`
    finds what its values must agree on among themselves.
    """
    found: list[Problem] = []
    root = strict_yaml.load(data, file=file, report=found.append)
    whole = None
    if root is not None and not (isinstance(root, strict_yaml.Mapping) and mark in root.entries):
        found.append(unknown(Place(file)))
    elif isinstance(root, strict_yaml.Mapping):
        value = Reader(file, (), found.append).read(cls, root, key="")
        if value is not NOTHING:
            whole = Read(value, file, root)
            found.extend(disagreements(whole))
    broken = any(problem.severity == "error" for problem in found)
    return (None if broken else whole), tuple(sorted(found))
