"""YAML read strictly: bytes to nodes with lines, and every trap of YAML as one problem.

Only whole numbers, decimals and null are implicit types; everything else is text, so `No` stays `No` and `1:30` stays
`1:30`. Anchors, aliases, tags and second documents are refused. Nothing here knows what the keys mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import yaml

from survey import problems as p
from survey import yaml_mistakes
from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import Phrase, said
from survey.problems import Place, Problem

PARSER = f"PyYAML {yaml.__version__}"
SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 24

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?[0-9]{1,18}\.[0-9]{1,18}")
_BOOLEAN = re.compile(r"(?i:yes|no|on|off|true|false)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_SEXAGESIMAL = re.compile(r"[0-9]+(:[0-5]?[0-9])+")


class Scalar(NamedTuple):
    """A single value: `value` with the implicit types applied, `text` as it was written.

    A named tuple, since a file has thousands and they are made faster than dataclasses.
    """

    line: int
    text: str
    value: str | int | float | None
    plain: bool = False
    cut: bool = False
    """Whether a comment follows on the same line: perhaps a text that was meant to go on."""

    @property
    def lookalike(self) -> Phrase | None:
        """What other readers of YAML would make of an unquoted text, if not text."""
        if self.plain and _BOOLEAN.fullmatch(self.text):
            return said(_("true or false"))
        if self.plain and _SEXAGESIMAL.fullmatch(self.text):
            return said(_("a number of minutes"))
        return None


@dataclass(frozen=True)
class Sequence:
    line: int
    entries: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    line: int
    keys: dict[str, Scalar]
    entries: dict[str, Node]


Node = Scalar | Sequence | Mapping
Report = Callable[[Problem], None]
Data = str | int | float | bool | list["Data"] | dict[str, "Data"] | None


def data(node: Node) -> Data:
    """A node without its lines, as JSON has it: `true` and `false` without quotes are what they say."""
    if isinstance(node, Sequence):
        return [data(entry) for entry in node.entries]
    if isinstance(node, Mapping):
        return {key: data(entry) for key, entry in node.entries.items()}
    return node.text == "true" if node.plain and node.text in ("true", "false") else node.value


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load(data: bytes, *, file: str, report: Report) -> Node | None:
    """The node tree of a file, or None after a problem that leaves nothing to read."""
    text = _decoded(data, file, report)
    if text is None:
        return None
    try:
        return _Builder(file, report, text).build()
    except _Refused as refused:
        report(refused.problem)
    except yaml.MarkedYAMLError as error:
        # What is never closed, or lacks its colon, is best mended where it begins.
        begins = (error.context or "").startswith(_BEGINS) and error.context_mark
        mark = begins or error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        # The parser reads ahead on a line, and newer ones refuse more than a thousand levels themselves.
        deep = "nesting depth" in (error.problem or "")
        report(
            p.yaml_deep(Place(file, line + 1), limit=DEPTH_LIMIT)
            if deep
            else _syntax(text, file, line, column, error.problem or "")
        )
    except yaml.reader.ReaderError:
        line = next((n for n, row in enumerate(text.split("\n"), 1) if _CONTROL.search(row)), 1)
        report(
            p.yaml_syntax(Place(file, line), found=said(_("it holds an invisible character that cannot be in a text")))
        )
    except yaml.YAMLError as error:
        report(p.yaml_syntax(Place(file), found=_plainly(" ".join(str(error).split()))))
    return None


def _decoded(data: bytes, file: str, report: Report) -> str | None:
    """The text of a file, or None after the problem that it has."""
    place = Place(file)
    if len(data) > SIZE_LIMIT:
        report(p.file_too_large(place, limit=SIZE_LIMIT))
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        report(p.file_not_utf8(place, guess="UTF-16"))
    elif b"\0" in data:
        report(p.file_binary(place))
    elif data.startswith(b"\xef\xbb\xbf"):
        report(p.file_bom(place))
    elif not data.strip():
        report(p.file_empty(place))
    else:
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            odd = sum(byte < 9 or 13 < byte < 32 for byte in data[:4096])
            if odd > 8:
                report(p.file_binary(place))
            else:
                line = data.count(b"\n", 0, error.start) + 1
                report(
                    p.file_not_utf8(
                        Place(file, line), guess=said(_("{one} or {other}"), one="Windows-1252", other="Latin-1")
                    )
                )
    return None


def _syntax(text: str, file: str, line: int, column: int, found: str) -> Problem:
    if "nesting depth" in found:
        # Newer parsers give up by themselves, before our own limit is seen.
        return p.yaml_deep(Place(file, line + 1), limit=DEPTH_LIMIT)
    lines = text.split("\n")
    for at in (line, line - 1):
        if 0 <= at < len(lines) and "\t" in lines[at][: len(lines[at]) - len(lines[at].lstrip())]:
            return p.yaml_tab(Place(file, at + 1))
    if line < len(lines) and "\t" in lines[line]:
        return p.yaml_tab(Place(file, line + 1))
    if (at_mark := yaml_mistakes.merge_mark(lines)) is not None:
        words = _("it is a mark of two versions that were not put together (<<<<<<<, =======, >>>>>>>)")
        return p.yaml_syntax(Place(file, at_mark + 1), found=said(words))
    if (spaced := yaml_mistakes.strange_space(lines, line)) is not None:
        return p.yaml_space(Place(file, spaced + 1))
    if (mistake := yaml_mistakes.mistake(lines, line, column, found)) is not None:
        return p.yaml_syntax(Place(file, mistake[0] + 1), found=mistake[1])
    return p.yaml_syntax(Place(file, min(line, len(lines) - 1) + 1), found=_plainly(found))


_BEGINS = ("while parsing a flow", "while scanning a quoted", "while scanning a simple key")
_SIGN_TAG = _("a text that begins with ! needs quotes")
_SIGN_DIRECTIVE = _("a text that begins with % needs quotes")
_BACKSLASH = _("a backslash stands in a text in double quotes; use single quotes")
_PLAIN_WORDS = {
    "": _("something is not closed"),
    "did not find expected node content": _("a value was expected here; a text that begins with a sign needs quotes"),
    "found undefined tag handle": _SIGN_TAG,
    "did not find the expected '>'": _SIGN_TAG,
    "did not find expected tag URI": _SIGN_TAG,
    "did not find URI escaped octet": _SIGN_TAG,
    "did not find expected whitespace or line break": _SIGN_TAG,
    "found unexpected non-alphabetical character": _SIGN_DIRECTIVE,
    "could not find expected directive name": _SIGN_DIRECTIVE,
    "found unknown directive name": _SIGN_DIRECTIVE,
    "did not find expected comment or line break": _("a text that begins with | or > needs quotes"),
    "mapping keys are not allowed in this context": _("a text that begins with ? needs quotes"),
    "found unexpected ':'": _("a colon stands in a text; put the text in quotes"),
    "found unknown escape character": _BACKSLASH,
    "did not find expected hexdecimal number": _BACKSLASH,
    "found unexpected document indicator": _("'---' or '...' stands within a text in quotes"),
    "did not find expected alphabetic or numeric character": _("a text that begins with & or * needs quotes"),
    "block sequence entries are not allowed in this context": _("a list cannot begin on the line of its key"),
    "mapping values are not allowed in this context": _("a colon stands in a text, or the indent is wrong"),
    "did not find expected key": _("a key was expected here; a bracket, a quote or an indent is not as it should be"),
    "did not find expected ',' or '}'": _(
        "a comma or a closing brace '}' was expected; a text with ? : , { } or [ ] in it needs quotes"
    ),
    "did not find expected ',' or ']'": _(
        "a comma or a closing bracket ']' was expected; a text with ? : , { } or [ ] in it needs quotes"
    ),
    "did not find expected '-' indicator": _("the indent of a list is not the same on every line"),
    "found unexpected end of stream": _("a quote is not closed"),
    "could not find expected ':'": _("a colon is missing after a key"),
    "found character that cannot start any token": _("a character such as @, % or ` begins a text; put it in quotes"),
    "did not find expected <document start>": _("the text goes on at the margin where the document has ended"),
}


def _plainly(found: str) -> Phrase:
    """What the parser says, in plain words where there are some."""
    if found in _PLAIN_WORDS:
        return said(_PLAIN_WORDS[found])
    return said(_("the YAML parser says “{words}”"), words=found)


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Builder:
    """Nodes from the events of the parser: no composer, so nothing is resolved, expanded or constructed."""

    def __init__(self, file: str, report: Report, text: str) -> None:
        self.file = file
        self.report = report
        self._lines = text.split("\n")
        self._with_hash = frozenset(n for n, line in enumerate(self._lines) if "#" in line)
        self._alone: list[Problem] = []
        """Told where the rest can be read: else they are no more than how it begins to go wrong."""
        loader = _Loader(text)
        self._next: Callable[[], yaml.Event] = loader.get_event

    def build(self) -> Node | None:
        root: Node | None = None
        documents = 0
        while not isinstance(event := self._next(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Refused(p.yaml_documents(self._place(event)))
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 1)
        for problem in self._alone:
            self.report(problem)
        if root is None or (isinstance(root, Scalar) and root.plain and root.text == ""):
            self.report(p.file_empty(Place(self.file)))
            return None
        return root

    def _place(self, event: yaml.Event) -> Place:
        return Place(self.file, _line(event))

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent) or event.anchor:  # type: ignore[attr-defined]
            raise _Refused(p.yaml_alias(self._place(event)))
        if event.tag:  # type: ignore[attr-defined]
            raise _Refused(p.yaml_tag(self._place(event), tag=event.tag))  # type: ignore[attr-defined]
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth > DEPTH_LIMIT:
            raise _Refused(p.yaml_deep(self._place(event), limit=DEPTH_LIMIT))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(_line(event), depth, flow=bool(event.flow_style))
        entries: list[Node] = []
        while not isinstance(below := self._next(), yaml.SequenceEndEvent):
            entries.append(self._node(below, depth + 1))
        return Sequence(_line(event), tuple(entries))

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text, line = event.value, _line(event)
        # A quoted or block text is text, whatever it looks like.
        if not event.implicit[0]:
            return Scalar(line, text, text)
        value: str | int | float | None = text
        if text[:1] in _NOT_TEXT:
            value = _implicit(text)
        return Scalar(line, text, value, True, text != "" and self._is_cut(event))

    def _is_cut(self, event: yaml.ScalarEvent) -> bool:
        end = event.end_mark
        if end is None or end.line not in self._with_hash:
            return False
        return self._lines[end.line][end.column :].lstrip().startswith("#")

    def _stands_alone(self, event: yaml.Event) -> bool:
        """Whether no colon follows a key."""
        end = event.end_mark
        return end is not None and not self._lines[end.line][end.column :].lstrip().startswith(":")

    def _mapping(self, line: int, depth: int, *, flow: bool) -> Mapping:
        keys: dict[str, Scalar] = {}
        entries: dict[str, Node] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if not isinstance(key, Scalar):
                found = said(_("a list or a mapping stands where a key was expected"))
                raise _Refused(p.yaml_syntax(Place(self.file, key.line), found=found))
            text = key.text
            if flow and isinstance(value, Scalar) and value.plain and value.text == "" and self._stands_alone(event):
                self._alone.append(p.yaml_comma(Place(self.file, key.line), text=text))
                continue
            if text in keys:
                if text == "id" and not flow:
                    words = _(
                        "'id' stands on line {line} already; where the next one begins, a dash is missing: '- id:'"
                    )
                    raise _Refused(p.yaml_syntax(Place(self.file, key.line), found=said(words, line=keys[text].line)))
                self.report(p.key_duplicate(Place(self.file, key.line), key=text, first=keys[text].line))
                continue
            keys[text] = key
            entries[text] = value
        return Mapping(line, keys, entries)


_NOT_TEXT = frozenset(["", "~", "n", "-", *"0123456789"])
"""How what may be no text begins."""


def _implicit(text: str) -> str | int | float | None:
    if text in ("", "~", "null"):
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
