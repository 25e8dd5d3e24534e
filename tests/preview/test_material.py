"""What is shown while files have errors: each part as it was when it last had none."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from preview import material as materials
from preview.choosing import render
from preview.material import Fault, Material, Preview, quote
from survey.phrases import said
from survey.problems import Place, Problem
from tests.preview.conftest import TODAY, Edit

FEEDBACK = "fi/palvelupalaute-v1-end.html"
COACHING = "fi/tyohonvalmennus-v1-start.html"


def html(material: Material, path: str) -> str:
    page = render(material, path, "blank", lambda message, **values: message, TODAY)
    assert page is not None
    return page


def stale(material: Material) -> set[str]:
    return {Path(file).name for file in material.stale}


def errors(material: Material) -> list[str]:
    return [problem.code for problem in material.problems if problem.severity == "error"]


def test_a_file_with_an_error_stays_as_it_was(preview: Preview, edit: Edit) -> None:
    """The page of before is shown and called old; all the others are new; mended, it is new by itself."""
    edit("palvelupalaute.yaml", "Palvelusta oli minulle hyötyä.", "Palvelu hyödytti minua.")
    edit("palvelupalaute.yaml", "type: long_text", "type: longtext")
    edit("tyohonvalmennus.yaml", "title:\n  fi: ", "title:\n  fi: Uusi ")
    preview.refresh()
    assert stale(preview.material) == {"palvelupalaute.yaml"}
    assert "Palvelusta oli minulle hyötyä." in html(preview.material, FEEDBACK)
    assert "<h1>Uusi " in html(preview.material, COACHING)
    assert errors(preview.material) == ["VALUE-UNKNOWN"]
    edit("palvelupalaute.yaml", "type: longtext", "type: long_text")
    preview.refresh()
    assert stale(preview.material) == set() and errors(preview.material) == []
    assert "Palvelu hyödytti minua." in html(preview.material, FEEDBACK)


def test_an_error_in_what_is_extended(preview: Preview, edit: Edit) -> None:
    """Whatever extends the file is old as well; what does not is new."""
    edit("asiakasmuutosmittari.yaml", "type: likert", "type: likkert")
    preview.refresh()
    assert "palvelupalaute.yaml" not in stale(preview.material)
    assert {"asiakasmuutosmittari.yaml", "tyohonvalmennus.yaml"} <= stale(preview.material)
    assert html(preview.material, COACHING)


def test_a_folder_that_begins_with_an_error(folder: Path, edit: Edit) -> None:
    """What never was without errors is named, and the rest is shown."""
    edit("palvelupalaute.yaml", "type: long_text", "type: longtext")
    material = Preview(folder).material
    assert material.unshown == ["palvelupalaute"] and FEEDBACK not in material.places
    assert html(material, COACHING)


@pytest.mark.parametrize("name", ["site.yaml", "services.yaml"])
def test_an_error_in_what_all_share(name: str, preview: Preview, folder: Path) -> None:
    """Both files stay as they were together; a folder that begins so has no page."""
    path = folder / name
    path.write_text("wrong: true\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    before = preview.material.library
    preview.refresh()
    assert stale(preview.material) == {"site.yaml", "services.yaml"}
    assert preview.material.library == before and html(preview.material, FEEDBACK)
    first = Preview(folder).material
    assert first.library is None and first.places == {} and first.stale == frozenset()


def test_a_file_that_is_taken_away(preview: Preview, folder: Path) -> None:
    """Its page goes, and who names it is told."""
    (folder / "palvelupalaute.yaml").unlink()
    preview.refresh()
    assert FEEDBACK not in preview.material.places
    assert set(errors(preview.material)) == {"INSTRUMENT-UNKNOWN"}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("site.yaml", lambda text: text.replace(", so]", "]", 1).replace("followup_6:", "later:", 1)),
        ("site.yaml", lambda text: text.replace("languages: [fi, sv, ", "languages: [fi, ", 1)),
        ("services.yaml", lambda text: text.replace("palvelupalaute@1", "palvelupalaute@2")),
        ("services.yaml", lambda text: text.partition("services:")[0] + "services: []\n"),
        ("palvelupalaute.yaml", lambda text: text.replace("version: 1", "version: 2", 1)),
        ("palvelupalaute.yaml", lambda text: text.replace("waves: [end]", "waves: [start, nowhere]", 1)),
        ("kotokoulutus.yaml", lambda text: text.replace("images/face-1.svg", "images/nowhere.svg")),
        ("asiakasmuutosmittari.yaml", lambda text: text[: len(text) // 2]),
        ("palvelupalaute.yaml", lambda text: ""),
    ],
)
def test_parts_of_different_times_make_pages(
    name: str, change: Callable[[str], str], preview: Preview, folder: Path
) -> None:
    """Whatever was changed, every page that is still there can be shown, in all states (looked at in two languages)."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    path.write_text(change(text), encoding="utf-8")
    preview.refresh()
    material = preview.material
    assert material.fault is None and material.places
    for page in (page for page in material.places if page.startswith(("fi/", "ar/"))):
        for state in ("blank", "filled", "wrong"):
            assert render(material, page, state, lambda message, **values: message, TODAY)


def test_a_language_without_words(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is left out and named, where the build would stop."""
    catalogues = Path(shutil.copytree(materials.CATALOGUES, tmp_path / "messages"))
    (catalogues / "pages.so.po").unlink()
    monkeypatch.setattr(materials, "CATALOGUES", catalogues)
    material = Preview(folder).material
    assert material.wordless == ("so",) and material.library
    assert "so" not in material.library.site.languages
    assert {place.language for place in material.places.values()} == set(material.library.site.languages)


def test_an_instrument_that_no_service_asks(preview: Preview, folder: Path) -> None:
    """It is shown all the same, with its braces, before services.yaml names it."""
    text = (folder / "tyovoimakoulutus.yaml").read_text(encoding="utf-8")
    services = (folder / "services.yaml").read_text(encoding="utf-8")
    assert "{service}" in text
    (folder / "services.yaml").write_text(services.replace("tyovoimakoulutus@1, ", ""), encoding="utf-8")
    preview.refresh()
    assert "{service}" in html(preview.material, "fi/tyovoimakoulutus-v1-start.html")


def test_a_fault_of_ours_leaves_all_as_it_was(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told by its kind and place, and gone with the next change."""

    def broken(folder: Path) -> None:
        raise ZeroDivisionError("with words that may be somebody's")

    with monkeypatch.context() as patched:
        patched.setattr(materials.reading, "read_library", broken)
        preview.refresh()
    fault = preview.material.fault
    assert isinstance(fault, Fault) and fault.kind == "ZeroDivisionError"
    assert fault.place.startswith("tests/preview/test_material.py:")
    assert html(preview.material, FEEDBACK)
    preview.refresh()
    assert preview.material.fault is None


def test_whoever_waits_is_woken(folder: Path) -> None:
    """By a change and by the end; who knows an old revision does not wait at all."""
    preview = Preview(folder, mark="a-")
    assert preview.revision == "a-0"
    preview.refresh()
    assert preview.after("a-0", 600) == "a-1"
    assert preview.after("a-1", 0) == "a-1"
    preview.end()
    assert preview.after("a-1", 600) == "a-1"


# --- quoting --------------------------------------------------------------------------------------


def problem(path: Path, line: int, **values: object) -> Problem:
    return Problem(Place(str(path), line), "X", said("x", **values), said("y"))


def test_the_line_is_quoted_with_its_place_marked(tmp_path: Path) -> None:
    """What the sentence names, as a word of its own; else all of the line; with the lines around it."""
    path = tmp_path / "x.yaml"
    path.write_bytes("a: 1\r\n  scale: calm  # calmm\r\n\r\nb: ä\n".encode())
    found = quote(problem(path, 2, item="js1", scale="calm"))
    assert found is not None
    assert (found.before, found.marked, found.after) == ("  scale: ", "calm", "  # calmm")
    assert (found.number, found.above, found.below) == (2, "a: 1", None)
    whole = quote(problem(path, 2, key=said("nothing", known=("'of'", "'these'"))))
    assert whole is not None and (whole.before, whole.marked) == ("  ", "scale: calm  # calmm")
    last = quote(problem(path, 4))
    assert last is not None and last.marked == "b: ä"


def test_what_cannot_be_quoted(tmp_path: Path) -> None:
    """A file that is gone, a line that is not there or empty, a folder."""
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n\n")
    for one in (problem(tmp_path / "y.yaml", 1), problem(path, 9), problem(path, 2), problem(tmp_path, 1)):
        assert quote(one) is None
    path.write_bytes(b"\xff: 1")
    found = quote(problem(path, 1))
    assert found is not None and found.marked == "�: 1"
