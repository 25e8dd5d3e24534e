"""The papers at the desk: who may read which, as a page and as files."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest

from collector import audit
from collector.desk.visit import Desk
from collector.stores.sqlite import SQLiteStore
from commands.desk_documents import DeskDocuments
from documents.known import KNOWN
from tests.collector.desk.conftest import Visit, text_of


@pytest.mark.parametrize("who", ["planner", "officer"])
def test_the_area_reads_every_paper(visitor: Visit, who: str) -> None:
    """Each is listed with what it is for and who needs it, and opens whole and as a summary."""
    here = visitor(who)
    page = text_of(here.get("/fi/papers"))
    for known in KNOWN:
        assert f"{known.title['fi']} {known.purpose['fi']} Kenelle: {known.reader['fi']}" in page
        for language in ("fi", "sv"):
            assert here.get(f"papers/{known.name}?language={language}").status_code == 200
    assert "Pyydä omaa lakimiestänne ja tietosuojavastaavaanne vahvistamaan ne." in page


def test_a_coach_reads_the_instructions_for_coaches_alone(visitor: Visit) -> None:
    """Nothing else is listed, and nothing else opens, as a page or as a file."""
    here = visitor("provider")
    page = text_of(here.get("papers"))
    assert "Instructions for coaches" in page and "impact assessment" not in page
    for known in KNOWN:
        for path in (f"papers/{known.name}", f"papers/{known.name}/docx"):
            response = here.get(path)
            if known.name == "coaches":
                assert response.status_code == 200
            else:
                assert response.status_code == 403
                assert (
                    "This paper is for the area&#39;s own staff You can read the instructions for coaches."
                    in text_of(response)
                )


def test_a_paper_is_filled_and_says_what_is_left(visitor: Visit) -> None:
    """In its own language within the page's, with the boxes counted."""
    response = visitor("planner").get("papers/impact-assessment")
    page = text_of(response)
    assert "Boxes that the area fills in: 11. Save the paper for Word and write in it." in page
    assert "Pyytäkää omaa lakimiestänne" in page and "Täytetty 24.11.2026" in page
    assert '<article class="paper" lang="fi"' in response.text
    assert "Sammanfattning" in visitor("planner").get("/sv/papers/record").text


def test_files_to_write_in_and_to_print(visitor: Visit) -> None:
    """As attachments under their names, and as what they are."""
    here = visitor("officer")
    word = here.get("papers/record/docx?language=sv")
    assert word.headers["Content-Disposition"] == "attachment; filename=record.sv.docx"
    assert docx.Document(io.BytesIO(word.data)).paragraphs[0].text == "Register över behandling: klientenkäter"
    assert here.get("papers/record/html").data.startswith(b'<!doctype html>\n<html lang="fi">')
    assert here.get("papers/record/md").mimetype == "text/markdown"


def test_what_is_no_paper(visitor: Visit) -> None:
    """Neither another name nor another form."""
    for path in ("papers/nope", "papers/record/pdf"):
        assert visitor("planner").get(path).status_code == 404


def test_who_reads_is_in_the_log(visitor: Visit, store: SQLiteStore) -> None:
    """Which paper, in which language and form."""
    here = visitor("officer")
    here.get("papers/roles")
    here.get("papers/roles/docx?language=sv")
    found = [(one.actor, one.action, one.about, dict(one.details)) for one in audit.entries(store)]
    assert found == [
        ("officer", "paper", "roles", {"desk": "officer", "language": "fi"}),
        ("officer", "paper", "roles", {"desk": "officer", "language": "sv", "form": "docx"}),
    ]


def test_files_with_mistakes_leave_the_papers_as_published(visitor: Visit, desk: Desk, tmp_path: Path) -> None:
    """A paper is filled all the same, and says from what and where to look."""
    documents = desk.works.documents
    assert isinstance(documents, DeskDocuments)
    documents._folder = tmp_path
    response = visitor("planner").get("papers/roles")
    assert "The files of the area have mistakes just now, so this was filled from what is published." in text_of(
        response
    )
    assert "/en/shelf/problems" in response.text
    assert "Täytetty 24.11.2026" in text_of(response)
