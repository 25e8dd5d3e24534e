"""A document's Markdown read into parts: headings, paragraphs, lists, tables with captions, boxes. What none of these
shows is an error, so that a page and a Word file never differ."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from documents.filling import TO_FILL, Document


@dataclass(frozen=True, kw_only=True)
class Run:
    """Some words in one manner."""

    text: str
    bold: bool = False
    code: bool = False


Words = tuple[Run, ...]


@dataclass(frozen=True, kw_only=True)
class Heading:
    level: int
    words: Words


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    words: Words


@dataclass(frozen=True, kw_only=True)
class Commands:
    """Lines to type as they are."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A list; each of its items has parts. `is_to_do` where it names what the area fills in, box by box."""

    ordered: bool
    items: tuple[tuple[Part, ...], ...]
    is_to_do: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table. The first cell of a row is its heading."""

    caption: Words
    head: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Box:
    """A box: a note, or with a number something that the area fills in."""

    number: int
    paragraphs: tuple[Words, ...]


Part = Heading | Paragraph | Commands | Listed | Table | Box


def plain(words: Words) -> str:
    """The words alone."""
    return "".join(run.text for run in words)


def parts_of(document: Document) -> tuple[Part, ...]:
    """The parts of a document, in their order. Raises ValueError for what is none of them."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark", {"html": False}).enable("table").parse(document.markdown))
    found = list(_captioned([_part(node) for node in tree.children]))
    return tuple(_as_to_do(part, document.boxes) for part in _numbered(found))


def _part(node: SyntaxTreeNode) -> Part:
    match node.type:
        case "heading":
            return Heading(level=int(node.tag[1]), words=_words(node))
        case "paragraph":
            return Paragraph(words=_words(node))
        case "fence":
            return Commands(text=node.content.rstrip("\n"))
        case "bullet_list" | "ordered_list":
            items = tuple(tuple(_part(part) for part in item.children) for item in node.children)
            return Listed(ordered=node.type == "ordered_list", items=items)
        case "table":
            head, *bodies = node.children
            rows = tuple(_cells(row) for body in bodies for row in body.children)
            return Table(caption=(), head=_cells(head.children[0]), rows=rows)
        case "blockquote":
            return Box(number=0, paragraphs=tuple(_paragraph(part).words for part in node.children))
        case other:
            raise ValueError(f"documents have no '{other}'")


def _paragraph(node: SyntaxTreeNode) -> Paragraph:
    part = _part(node)
    if not isinstance(part, Paragraph):
        raise ValueError(f"a box holds paragraphs alone, and no '{node.type}'")
    return part


def _cells(row: SyntaxTreeNode) -> tuple[Words, ...]:
    return tuple(_words(cell) for cell in row.children)


def _words(node: SyntaxTreeNode) -> Words:
    runs = (run for inline in node.children for run in _runs(inline.children, Run(text="")))
    return tuple(run for run in runs if run.text)


def _runs(nodes: Sequence[SyntaxTreeNode], manner: Run) -> Iterator[Run]:
    for node in nodes:
        match node.type:
            case "text":
                yield dataclasses.replace(manner, text=node.content)
            case "softbreak":
                yield dataclasses.replace(manner, text=" ")
            case "code_inline":
                yield dataclasses.replace(manner, text=node.content, code=True)
            case "strong":
                yield from _runs(node.children, dataclasses.replace(manner, bold=True))
            case other:
                raise ValueError(f"documents have no '{other}' in their words")


def _captioned(parts: Sequence[Part]) -> Iterator[Part]:
    """Tables with the bold line that stands before each as its caption."""
    for at, part in enumerate(parts):
        after = parts[at + 1] if at + 1 < len(parts) else None
        before = parts[at - 1] if at else None
        if isinstance(part, Paragraph) and isinstance(after, Table):
            if not all(run.bold for run in part.words):
                raise ValueError(f"a table needs a caption in bold: '{plain(part.words)}'")
        elif isinstance(part, Table):
            if not isinstance(before, Paragraph):
                raise ValueError("a table needs a caption in bold before it")
            yield dataclasses.replace(part, caption=tuple(dataclasses.replace(run, bold=False) for run in before.words))
        else:
            yield part


def _numbered(parts: Sequence[Part]) -> Iterator[Part]:
    """Boxes that the area fills in with their numbers."""
    number = 0
    for part in parts:
        if isinstance(part, Box) and plain(part.paragraphs[0]).startswith(TO_FILL):
            number += 1
            yield dataclasses.replace(part, number=number)
        else:
            yield part


def _as_to_do(part: Part, boxes: Sequence[str]) -> Part:
    if isinstance(part, Listed) and part.ordered and boxes:
        said = [plain(item[0].words) for item in part.items if isinstance(item[0], Paragraph)]
        return dataclasses.replace(part, is_to_do=said == list(boxes))
    return part
