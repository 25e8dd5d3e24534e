"""Markdown of documents is read into parts, and what pages and Word files could not both show is refused."""

from __future__ import annotations

import pytest

from documents.filling import Document
from documents.marks import Box, Commands, Heading, Listed, Paragraph, Run, Table, parts_of, plain
from tests.documents.conftest import DAY


def _document(markdown: str, *boxes: str) -> Document:
    return Document(
        name="x", language="fi", title="X", organisation="Alue", made=DAY, markdown=markdown, boxes=tuple(boxes)
    )


def test_each_kind_of_part() -> None:
    """A heading, words in bold and as code over two lines, lists, commands, a table with its caption, both boxes."""
    found = parts_of(
        _document(
            "## Otsikko\n\nSana **lihava** ja\n`koodi`.\n\n- yksi\n- kaksi\n\n1. Päätös\n\n```sh\nmittari check\n```\n\n"
            "**Taulukko**\n\n| a | b |\n|---|---|\n| c | d |\n\n> Huomio\n\n> ☐ **1. Päätös**\n>\n> Teksti\n",
            "Päätös",
        )
    )
    assert found == (
        Heading(level=2, words=(Run(text="Otsikko"),)),
        Paragraph(
            words=(
                Run(text="Sana "), Run(text="lihava", bold=True), Run(text=" ja"), Run(text=" "),
                Run(text="koodi", code=True), Run(text="."),
            )
        ),
        Listed(
            ordered=False,
            items=((Paragraph(words=(Run(text="yksi"),)),), (Paragraph(words=(Run(text="kaksi"),)),)),
        ),
        Listed(ordered=True, items=((Paragraph(words=(Run(text="Päätös"),)),),), is_to_do=True),
        Commands(text="mittari check"),
        Table(
            caption=(Run(text="Taulukko"),),
            head=((Run(text="a"),), (Run(text="b"),)),
            rows=(((Run(text="c"),), (Run(text="d"),)),),
        ),
        Box(number=0, paragraphs=((Run(text="Huomio"),),)),
        Box(number=1, paragraphs=((Run(text="☐ "), Run(text="1. Päätös", bold=True)), (Run(text="Teksti"),))),
    )  # fmt: skip
    assert plain(found[0].words if isinstance(found[0], Heading) else ()) == "Otsikko"


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("Teksti\n\n---\n", "documents have no 'hr'"),
        ("*vino*\n", "documents have no 'em' in their words"),
        ("[linkki](x)\n", "documents have no 'link' in their words"),
        ("> - lista\n", "a box holds paragraphs alone, and no 'bullet_list'"),
        ("Ei lihava\n\n| a |\n|---|\n", "a table needs a caption in bold: 'Ei lihava'"),
        ("## X\n\n| a |\n|---|\n", "a table needs a caption in bold before it"),
    ],
)
def test_what_not_every_form_shows_is_refused(markdown: str, said: str) -> None:
    """Whoever changes a template learns it from the tests, not from a reader of the Word file."""
    with pytest.raises(ValueError, match=f"^{said}$"):
        parts_of(_document(markdown))
