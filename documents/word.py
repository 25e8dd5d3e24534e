"""A document as a file for Word, in which lawyers and data protection officers write on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, time

import docx
from docx.document import Document as WordFile
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph

from documents.filling import Document
from documents.marks import Box, Commands, Heading, Listed, Paragraph, Part, Table, Words, parts_of, plain

LOCALES = {"fi": "fi-FI", "sv": "sv-FI"}
FILL, NOTE, COMMANDS = "Mittari fill", "Mittari note", "Mittari commands"
"""Styles of our own: whoever wants boxes to look otherwise changes the style once."""
BROWN, GREY, INK = "7A4A00", "999999", RGBColor(0x11, 0x11, 0x11)
SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")
WIDTH = 17.0
"""Centimetres between the margins of an A4."""


def word(document: Document) -> bytes:
    """The bytes of a .docx file."""
    file = docx.Document()
    _set_up(file, document)
    for part in parts_of(document):
        _add(file, part)
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


# --- the file -------------------------------------------------------------------------------------


def _set_up(file: WordFile, document: Document) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21 - WIDTH) / 2)
    section.top_margin = section.bottom_margin = Cm(2)
    properties = file.core_properties
    properties.title, properties.author = document.title, document.organisation
    properties.language, properties.comments = LOCALES[document.language], ""
    properties.created = properties.modified = datetime.combine(document.made, time())
    _styles(file, LOCALES[document.language])
    # Finnish words are long, and columns narrow.
    tabs = file.settings.element.find(qn("w:defaultTabStop"))
    assert tabs is not None
    tabs.addnext(_element("w:autoHyphenation"))
    _footer(section.footer.paragraphs[0], f"{document.organisation} · {document.title} · ")


def _styles(file: WordFile, locale: str) -> None:
    for language in file.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), locale)
    normal = _style(file, "Normal")
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    for level, size in ((1, 20), (2, 14), (3, 12)):
        heading = _style(file, f"Heading {level}")
        heading.font.name, heading.font.size, heading.font.color.rgb = "Calibri", Pt(size), INK
        fonts = heading.element.get_or_add_rPr().get_or_add_rFonts()
        for name in list(fonts.attrib):
            # The theme's font would go before ours.
            if "Theme" in str(name):
                del fonts.attrib[name]
    caption = _style(file, "Caption")
    caption.font.color.rgb, caption.font.size, caption.font.bold = INK, Pt(10.5), True
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(10)
    for name, colour, filling in ((FILL, BROWN, "FFFAF0"), (NOTE, GREY, "F2F4F5"), (COMMANDS, GREY, "F2F4F5")):
        own = file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        own.base_style = normal
        assert isinstance(own, ParagraphStyle)
        # Word wants them in this order.
        _framed(own.element.get_or_add_pPr(), colour, filling)
        own.paragraph_format.left_indent = own.paragraph_format.right_indent = Cm(0.3)
    _style(file, COMMANDS).font.name = "Consolas"
    for border in file.styles["Table Grid"].element.iter(*(qn(f"w:{side}") for side in SIDES)):
        border.set(qn("w:color"), GREY)


def _style(file: WordFile, name: str) -> ParagraphStyle:
    found = file.styles[name]
    assert isinstance(found, ParagraphStyle)
    return found


def _framed(properties: BaseOxmlElement, colour: str, filling: str) -> None:
    """A frame with a ground. Paragraphs in a row share one."""
    borders = _element("w:pBdr")
    for side in SIDES[:4]:
        borders.append(_element(f"w:{side}", val="single", sz="8", space="4", color=colour))
    properties.append(borders)
    properties.append(_element("w:shd", val="clear", color="auto", fill=filling))


def _footer(paragraph: WordParagraph, text: str) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(text)
    run.font.size = Pt(8)
    number = paragraph.add_run()
    number.font.size = Pt(8)
    instruction = _element("w:instrText")
    instruction.text = "PAGE"
    for part in (_element("w:fldChar", fldCharType="begin"), instruction, _element("w:fldChar", fldCharType="end")):
        number._r.append(part)


def _element(name: str, **attributes: str) -> BaseOxmlElement:
    found = OxmlElement(name)
    for key, value in attributes.items():
        found.set(qn(f"w:{key}"), value)
    return found


# --- parts ----------------------------------------------------------------------------------------


def _add(file: WordFile, part: Part) -> None:
    match part:
        case Heading():
            _write(file.add_paragraph(style=f"Heading {part.level}"), part.words)
        case Paragraph():
            _write(file.add_paragraph(), part.words)
        case Commands():
            file.add_paragraph(part.text, style=COMMANDS)
        case Listed():
            _list(file, part)
        case Table():
            _table(file, part)
        case Box():
            _box(file, part)


def _write(paragraph: WordParagraph, words: Words) -> None:
    for one in words:
        run = paragraph.add_run(one.text)
        run.bold = one.bold or None
        if one.code:
            run.font.name, run.font.size = "Consolas", Pt(9)


def _box(file: WordFile, box: Box) -> None:
    for words in box.paragraphs:
        paragraph = file.add_paragraph(style=FILL if box.number else NOTE)
        _write(paragraph, words)
        paragraph.paragraph_format.keep_with_next = words is not box.paragraphs[-1]
        paragraph.paragraph_format.keep_together = True
    # Two boxes in a row would share one frame.
    _gap(file)


def _list(file: WordFile, listed: Listed) -> None:
    style = "List Number" if listed.ordered else "List Bullet"
    number = _new_numbers(file) if listed.ordered else None
    for item in listed.items:
        last = item is listed.items[-1]
        for part in item:
            if not isinstance(part, Paragraph):
                raise ValueError("an item of a list is a paragraph")
            paragraph = file.add_paragraph(style=style)
            paragraph.paragraph_format.space_after = Pt(10 if last else 3)
            if number is not None:
                properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                properties.get_or_add_ilvl().val = 0
                properties.get_or_add_numId().val = number
            _write(paragraph, part.words)


def _new_numbers(file: WordFile) -> int:
    """A numbering that begins at 1: lists of one style would go on counting."""
    numbering = file.part.numbering_part.element
    style = _style(file, "List Number").element.pPr.numPr.numId.val
    pattern = next(num for num in numbering.num_lst if num.numId == style)
    new = numbering.add_num(pattern.abstractNumId.val)
    new.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(new.numId)


def _table(file: WordFile, table: Table) -> None:
    _write(file.add_paragraph(style="Caption"), table.caption)
    made = file.add_table(rows=0, cols=len(table.head), style="Table Grid")
    for row in (table.head, *table.rows):
        for cell, words in zip(made.add_row().cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            _write(paragraph, words)
            for run in paragraph.runs:
                run.font.size = Pt(9)
                run.bold = True if row is table.head else run.bold
    _head_row(made)
    _widths(made, table)
    _gap(file)


def _gap(file: WordFile) -> None:
    empty = file.add_paragraph().paragraph_format
    empty.space_after, empty.line_spacing = Pt(0), Pt(8)


def _head_row(made: WordTable) -> None:
    """The first row as one that is repeated on each page, and told as a heading; no row is torn in two."""
    for row in made.rows:
        row._tr.get_or_add_trPr().append(_element("w:cantSplit"))
    made.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader"))
    for cell in made.rows[0].cells:
        cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill="F2F4F5"))


def _widths(made: WordTable, table: Table) -> None:
    """Columns by how much stands in them, none much narrower than its longest word."""
    made.autofit = False
    columns = list(zip(table.head, *table.rows, strict=True))
    for column, width in zip(made.columns, _shares(columns), strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)


def _shares(columns: Sequence[Sequence[Words]]) -> list[float]:
    texts = [[plain(cell) for cell in column] for column in columns]
    longest = [max(len(word) for text in column for word in (text.split() or [""])) for column in texts]
    least = [min(0.17 * length + 0.45, 2.4) for length in longest]
    amount = [sum(len(text) for text in column) ** 0.9 for column in texts]
    free = max(WIDTH - sum(least), 0)
    scale = WIDTH / max(sum(least), WIDTH)
    return [low * scale + free * one / sum(amount) for low, one in zip(least, amount, strict=True)]
