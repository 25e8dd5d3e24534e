"""The shelf: what is in use, how it looks, its codebook, and problems on the lines of the files."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import date
from pathlib import Path

import pytest

from collector.desk.visit import Desk
from commands.desk import works
from tests.collector.desk.conftest import Visit, Visitor, text_of
from tests.conftest import ROOT


@pytest.fixture
def folder(desk: Desk, tmp_path: Path) -> Path:
    """A folder of instruments of the test's own, which the desk looks at."""
    folder = tmp_path / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    desk.works = dataclasses.replace(desk.works, shelf=works(desk.settings, folder, tmp_path / "desk").shelf)
    return folder


@pytest.fixture
def planner(visitor: Visit) -> Visitor:
    return visitor("planner")


def test_what_is_in_use_stands_with_its_versions_languages_and_reviews(planner: Visitor) -> None:
    """Each questionnaire says who answers it, when, in which languages, and which of these wait for a review."""
    response = planner.get("shelf")
    page = text_of(response)
    assert response.status_code == 200
    assert "palvelupalaute@1" in page and "draft: can be tried out only" in page
    assert "Languages reviewed Suomi" in page and "Waiting for a review Svenska" in page
    assert "Answered by the employer" in page
    assert "The files have no problem that must be mended." in page


def test_a_look_shows_the_page_that_respondents_get(planner: Visitor) -> None:
    """The frame holds the very page, with its pictures and script, and nothing can be sent from it."""
    response = planner.get("shelf/look/palvelupalaute@1?language=sv&state=filled")
    frame = response.text.partition('<iframe class="look w360" src="')[2].partition('"')[0]
    assert frame.startswith("/en/shelf/page/sv/palvelupalaute-v1-end") and "state=filled" in frame
    page = planner.get(frame.replace("&amp;", "&"))
    assert page.status_code == 200 and "<form" in page.text and "checked" in page.text
    assert "form-action 'none'" in page.headers["Content-Security-Policy"]
    script = page.text.partition('<script src="../')[2].partition('"')[0]
    assert script and planner.get(f"shelf/page/{script}").mimetype == "text/javascript"


def test_the_codebook_is_read_in_the_language_of_the_page(planner: Visitor) -> None:
    """And in another where it is asked for."""
    assert '<html lang="en"' in planner.get("shelf/codebook/palvelupalaute@1").text
    assert '<html lang="sv"' in planner.get("shelf/codebook/palvelupalaute@1?in=sv").text
    assert planner.get("shelf/codebook/palvelupalaute@9").status_code == 404


def test_a_problem_stands_under_its_line(planner: Visitor, folder: Path) -> None:
    """With the words of `mittari check`, and the part of the line marked that it is about."""
    path = folder / "palvelupalaute.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if "scale: holds_true" in line)
    lines[at] = lines[at].replace("holds_true", "holdstrue")
    path.write_text("\n".join(lines), encoding="utf-8")
    assert "There are problems to mend in the files: 1" in text_of(planner.get("shelf"))
    for address in ("shelf/problems", "shelf/file/palvelupalaute.yaml"):
        page = planner.get(address)
        assert "<mark>holdstrue</mark>" in page.text
        assert f"Line {at + 1}, to be mended:" in text_of(page)
        assert "Did you mean &#39;holds_true&#39;?" in page.text and "SCALE-UNKNOWN" in page.text
    # The last version without errors can still be looked at.
    path.write_text(path.read_text(encoding="utf-8").replace("holdstrue", "holds_true"), encoding="utf-8")
    assert "no problem that must be mended" in text_of(planner.get("shelf"))


def test_versions_are_compared(planner: Visitor, folder: Path) -> None:
    """Once a version is locked and a newer one written, what changed can be read."""
    from build import lock

    lock(folder, ["kehitysideat"], every=False, day=date(2026, 11, 24), language="en")
    path = folder / "kehitysideat.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("version: 1\n", "version: 2\n", 1), encoding="utf-8")
    page = text_of(planner.get("shelf"))
    assert "kehitysideat@2" in page and "What changed from kehitysideat@1" in page
    assert "kehitysideat@1 → kehitysideat@2" in text_of(planner.get("shelf/compared/kehitysideat@1/kehitysideat@2"))


@pytest.mark.parametrize(
    "path", ["file/../secrets.json", "file/%2e%2e/keys.json", "file//etc/passwd", "page/../../etc/passwd", "look/x@1"]
)
def test_nothing_but_the_folder_is_shown(path: str, planner: Visitor) -> None:
    """Files and pages are those that were read, whatever an address says."""
    assert planner.get(f"shelf/{path}").status_code == 404


def test_the_shelf_is_for_planners_and_analysts(visitor: Visit) -> None:
    """A provider's coach has the public pages, and no need of files."""
    assert visitor("analyst").get("shelf").status_code == 200
    assert visitor("provider").get("shelf").status_code == 403
