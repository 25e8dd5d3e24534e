"""Pages and Word files show the same, can be read by everybody, and print on A4."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest
from axe_playwright_python.sync_playwright import Axe
from docx.oxml.ns import qn
from playwright.sync_api import Browser

from documents.known import KNOWN, LANGUAGES
from documents.marks import Box, Heading, Listed, Paragraph, Table, parts_of, plain
from documents.page import body, page
from documents.word import FILL, word
from tests.browser.conftest import AXE_OPTIONS
from tests.documents.conftest import Fill

EVERY = [(known.name, language) for known in KNOWN for language in LANGUAGES]


def _headings(html: str) -> list[tuple[int, str]]:
    import html as entities

    found = re.findall(r"<h(\d)[^>]*>(.*?)</h\1>", html, re.S)
    return [(int(level), entities.unescape(re.sub(r"<[^>]+>", "", text))) for level, text in found]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_word_file_opens_and_has_the_same(fill: Fill, name: str, language: str) -> None:
    """Headings, tables with their captions and cells, boxes, and lists that begin at 1."""
    document = fill(name, language, "everything")
    parts = parts_of(document)
    file = docx.Document(io.BytesIO(word(document)))
    headings = [
        (int(one.style.name.removeprefix("Heading ")), one.text)
        for one in file.paragraphs
        if one.style is not None and one.style.name.startswith("Heading")
    ]
    assert headings == [(part.level, plain(part.words)) for part in parts if isinstance(part, Heading)]
    assert headings == _headings(page(document))
    tables = [part for part in parts if isinstance(part, Table)]
    assert [[[cell.text for cell in row.cells] for row in table.rows] for table in file.tables] == [
        [[plain(cell) for cell in row] for row in (table.head, *table.rows)] for table in tables
    ]
    assert [one.text for one in file.paragraphs if one.style is not None and one.style.name == "Caption"] == [
        plain(table.caption) for table in tables
    ]
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in file.tables)
    boxes = [part for part in parts if isinstance(part, Box) and part.number]
    assert len(boxes) == len(document.boxes)
    assert [one.text for one in file.paragraphs if one.style is not None and one.style.name == FILL] == [
        plain(words) for box in boxes for words in box.paragraphs
    ]
    assert file.core_properties.language == {"fi": "fi-FI", "sv": "sv-FI"}[language]
    numbered = [part for part in parts if isinstance(part, Listed) and part.ordered]
    used = [
        one._p.pPr.numPr.numId.val
        for one in file.paragraphs
        if one.style is not None and one.style.name == "List Number"
    ]
    assert len(used) == sum(len(part.items) for part in numbered) and len(set(used)) == len(numbered)


def test_everything_said_is_in_the_word_file(fill: Fill) -> None:
    """Paragraph by paragraph."""
    document = fill("impact-assessment", "fi", "shipped")
    file = docx.Document(io.BytesIO(word(document)))
    texts = {one.text for one in file.paragraphs}
    said = [plain(part.words) for part in parts_of(document) if isinstance(part, Paragraph)]
    assert len(said) > 15 and [text for text in said if text not in texts] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_can_be_read_by_everybody(browser: Browser, fill: Fill, tmp_path: Path, language: str) -> None:
    """axe-core finds nothing in any document, and a phone needs no sideways scroll."""
    opened = browser.new_page(viewport={"width": 320, "height": 640})
    wrong = []
    for known in KNOWN:
        path = tmp_path / f"{known.name}.html"
        path.write_text(page(fill(known.name, language, "everything")), encoding="utf-8")
        opened.goto(path.as_uri())
        assert opened.evaluate("document.documentElement.lang") == language
        if (wide := opened.evaluate("document.documentElement.scrollWidth")) > 320:
            wrong.append(f"{known.name}: {wide} px wide")
        found = Axe().run(opened, options=AXE_OPTIONS).response["violations"]
        wrong += [f"{known.name}: {one['id']} {one['nodes'][0]['html'][:120]}" for one in found]
    opened.close()
    assert wrong == []


@pytest.mark.parametrize("which", ["shipped", "everything"])
def test_the_start_guide_is_one_page_and_others_are_a4(
    browser: Browser, fill: Fill, tmp_path: Path, which: str
) -> None:
    """As Chromium prints it; and nothing is wider than the paper."""
    opened = browser.new_page(viewport={"width": 672, "height": 900})  # 210 mm less the margins, at 96 dpi
    opened.emulate_media(media="print")
    for name, language in EVERY:
        path = tmp_path / f"{name}.{language}.html"
        path.write_text(page(fill(name, language, which)), encoding="utf-8")
        opened.goto(path.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= 672, path.name
        boxes = re.findall(rb"/MediaBox\s*\[([\d. ]+)\]", opened.pdf(prefer_css_page_size=True))
        assert {tuple(round(float(n)) for n in box.split()) for box in boxes} == {(0, 0, 595, 842)}
        if name == "start":
            assert len(boxes) == 1, f"{path.name}: {len(boxes)} pages"
    opened.close()


def test_links_at_the_head_lead_to_the_boxes(fill: Fill) -> None:
    """Each of the list to its own."""
    html = page(fill("impact-assessment", "fi", "shipped"))
    ids = re.findall(r'id="(box-\d+)"', html)
    assert ids == re.findall(r'<a href="#(box-\d+)">', html) == [f"box-{n}" for n in range(1, len(ids) + 1)]
    assert len(ids) == 11


def test_a_part_of_another_page_begins_one_level_deeper(fill: Fill) -> None:
    """Without the title, which that page shows."""
    document = fill("roles", "fi", "shipped")
    whole = _headings(page(document))
    assert _headings(body(document)) == [(level + 1, text) for level, text in whole[1:]]
