"""Publishing: every page there, every byte the same twice, under any path, and nothing of anybody else's touched."""

from __future__ import annotations

import gzip
import io
import json
import re
import runpy
import shutil
from datetime import date
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from markupsafe import escape

import build as publishing
from build import BuildError, Built
from collector.bundle import read_bundle
from survey.locales import format_date
from survey.model import Library, as_data
from survey.pages import questionnaire_path
from tests import recorded
from tests.conftest import questionnaires

ROOT = Path(__file__).parent.parent.parent
INSTRUMENTS = ROOT / "instruments"


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_every_page_is_there(built: Built, library: Library) -> None:
    """Front page, both notices, and each instrument × wave × language; each with its own language and heading."""
    pages = {name for name in contents(built.site) if name.endswith(".html")}
    expected = {"index.html"}
    for language in library.site.languages:
        expected |= {f"{language}/{name}.html" for name in ("index", "privacy", "accessibility")}
    for instrument, wave, language, service in questionnaires(library):
        expected.add(f"{language}/{instrument.instrument}-v1-{wave}{f'--{service.id}' if service else ''}.html")
    assert pages == expected and built.pages == len(expected)
    for name in pages - {"index.html"}:
        html = (built.site / name).read_text()
        assert f'<html lang="{name.partition("/")[0]}"' in html and html.count("<h1>") == 1


def test_two_builds_are_equal_in_every_byte(built: Built, tmp_path: Path) -> None:
    """Site and bundle, with one build id in both."""
    again = publishing.build(INSTRUMENTS, tmp_path, drafts=True)
    assert contents(again.site) == contents(built.site)
    assert contents(again.bundle) == contents(built.bundle)
    ids = {json.loads((folder / "build.json").read_text())["build"] for folder in (built.site, built.bundle)}
    assert ids == {built.build}


def test_the_bundle_is_the_library(built: Built, library: Library) -> None:
    """What the collector reads back is what was published, with the instruments' JSON by version."""
    assert as_data(read_bundle(built.bundle).library) == as_data(library)
    assert (built.bundle / "instruments" / "tyohonvalmennus.v1.json").is_file()


def test_every_link_leads_somewhere_under_any_path(built: Built) -> None:
    """All addresses are relative, so the site works under a sub-path and from a folder; none leads out, but from
    notices to the authorities."""
    files = contents(built.site)
    for name, data in files.items():
        if not name.endswith(".html"):
            continue
        for address in re.findall(r'(?:href|src|action)="([^"]*)"', data.decode()):
            to_authority = name.endswith(("privacy.html", "accessibility.html")) and address.startswith("https://")
            if address.startswith(("mailto:", "#")) or to_authority:
                continue
            there = urldefrag(urljoin(f"https://area.fi/kysely/{name}", address)).url
            assert there.startswith("https://area.fi/kysely/"), f"{name}: {address}"
            path = there.removeprefix("https://area.fi/kysely/")
            assert (
                path in files
                or path in ("-/submit", "-/enter", "-/result", "-/correct", "-/erase", "-/language")
                or path.startswith("-/shared/")
            ), f"{name}: {address}"


def test_what_is_said_before_the_first_question(built: Built, library: Library) -> None:
    """Voluntary, no effect on benefits or service, who sees; in every language, above the first question. Coaches and
    employers have no benefits at stake, and are not told of them."""
    for place in questionnaires(library):
        html = (built.site / questionnaire_path(*place)).read_text()
        messages = publishing.read_messages(place[2])
        before = html.partition('name="_code"')[0]
        assert str(escape(messages["You may skip any question."])) in before
        if place[0].respondent != "client":
            assert str(escape(messages["Answering is voluntary."])) in before
            continue
        voluntary = "Answering is voluntary. It does not affect your benefits or the service that you get."
        assert str(escape(messages[voluntary])) in before
        for part in library.site.who_sees[place[2]].split("\n\n"):
            assert str(escape(part.strip())) in before


def test_skipping_is_promised_only_where_it_is_true(tmp_path: Path) -> None:
    """An instrument with a hard-required item does not say that any question may be skipped."""
    folder = tmp_path / "instruments"
    shutil.copytree(INSTRUMENTS, folder)
    path = folder / "palvelupalaute.yaml"
    path.write_text(path.read_text().replace("- id: fu1\n", "- id: fu1\n        required: hard\n"))
    built = publishing.build(folder, tmp_path / "out", drafts=True)
    html = (built.site / "en" / "palvelupalaute-v1-end.html").read_text()
    assert "You may skip any question." not in html and "(must be answered)" in html


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """Nothing is removed and the message says what to do; an empty folder and an own one are taken."""
    (tmp_path / "site").mkdir()
    publishing.build(INSTRUMENTS, tmp_path, drafts=True)
    publishing.build(INSTRUMENTS, tmp_path, drafts=True)
    (tmp_path / "site" / "build.json").unlink()
    (tmp_path / "site" / "thesis.txt").write_text("ten years of work")
    with pytest.raises(BuildError) as error:
        publishing.build(INSTRUMENTS, tmp_path, drafts=True)
    assert str(error.value) == (
        f"The folder '{tmp_path / 'site'}' holds files that Mittari did not make, so it was left alone. "
        "Choose another place with --output, or empty the folder yourself."
    )
    assert (tmp_path / "site" / "thesis.txt").read_text() == "ten years of work"


def test_a_file_in_the_place_of_a_folder(tmp_path: Path) -> None:
    """A file is not replaced by a folder."""
    (tmp_path / "bundle").write_text("x")
    with pytest.raises(BuildError, match="is not a folder. Choose another place with --output."):
        publishing.build(INSTRUMENTS, tmp_path, drafts=True)


def test_what_is_withdrawn_is_gone_and_nothing_is_left_over(tmp_path: Path) -> None:
    """A second build with fewer pages has no old ones, and no working folder stays behind."""
    folder = tmp_path / "instruments"
    shutil.copytree(INSTRUMENTS, folder)
    out = tmp_path / "out"
    publishing.build(folder, out, drafts=True)
    (folder / "palvelupalaute.yaml").unlink()
    services = folder / "services.yaml"
    services.write_text(services.read_text().replace(", palvelupalaute@1", ""))
    publishing.build(folder, out, drafts=True)
    assert not list(out.rglob("palvelupalaute*"))
    assert sorted(path.name for path in out.iterdir()) == ["bundle", "site"]


def test_problems_stop_the_build(tmp_path: Path) -> None:
    """Every line of the check, then that nothing was built; what was published before stays."""
    folder = tmp_path / "instruments"
    shutil.copytree(INSTRUMENTS, folder)
    path = folder / "palvelupalaute.yaml"
    path.write_text(path.read_text().replace("version: 1", "version: one"))
    with pytest.raises(BuildError) as error:
        publishing.build(folder, tmp_path / "out", drafts=True)
    lines = str(error.value).splitlines()
    assert any("VALUE-TYPE 'version' is the text 'one'." in line for line in lines)
    assert lines[-1] == "Nothing was built. Mend the lines above; `mittari check` shows them too."
    assert not (tmp_path / "out").exists()


def test_problems_stop_the_build_in_the_language_of_the_reader(tmp_path: Path) -> None:
    """Each line and the last one too."""
    folder = tmp_path / "instruments"
    shutil.copytree(INSTRUMENTS, folder)
    path = folder / "palvelupalaute.yaml"
    path.write_text(path.read_text().replace("version: 1", "version: one"))
    line = path.read_text().split("\n").index("version: one") + 1
    with pytest.raises(BuildError) as error:
        publishing.build(folder, tmp_path / "out", language="sv", drafts=True)
    assert str(error.value).splitlines() == [
        f"{path}:{line}: VALUE-TYPE värdet för nyckeln 'version' är texten 'one'. Skriv ett heltal.",
        "Ingenting publicerades. Rätta raderna ovan; även `mittari check` visar dem.",
    ]


@pytest.mark.parametrize(
    ("environ", "system", "language"),
    [
        ({"LC_ALL": "fi_FI.UTF-8", "LC_MESSAGES": "sv_FI", "LANG": "en_GB.UTF-8"}, None, "fi"),
        ({"LC_ALL": "", "LC_MESSAGES": "sv_FI", "LANG": "fi_FI.UTF-8"}, None, "sv"),
        ({"LANG": "fi"}, None, "fi"),
        ({"LANG": "sv_SE@euro"}, None, "sv"),
        ({"LANG": "en_GB.UTF-8"}, "fi_FI", "en"),
        ({"LC_ALL": "C.UTF-8", "LANG": "fi_FI.UTF-8"}, None, "en"),
        ({"LANG": "de_DE.UTF-8"}, "fi_FI", "en"),
        ({"LANG": "../../fi"}, None, "en"),
        ({}, "sv_FI", "sv"),
        ({}, "Finnish_Finland", "fi"),
        ({}, "Swedish_Sweden", "sv"),
        ({}, "fi-FI", "fi"),
        ({}, None, "en"),
    ],
)
def test_the_language_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], system: str | None, language: str
) -> None:
    """The first variable that says something decides; without one the system; what is unknown is English."""
    monkeypatch.setattr(publishing.locale, "getlocale", lambda: (system, "UTF-8"))
    assert publishing.machine_language(environ) == language


def test_a_system_that_does_not_know_its_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS may have a locale that Python does not read: English."""

    def unknown() -> None:
        raise ValueError("unknown locale: UTF-8")

    monkeypatch.setattr(publishing.locale, "getlocale", unknown)
    assert publishing.machine_language({}) == "en"


def test_names_of_assets_carry_their_content(built: Built, library: Library) -> None:
    """A changed script or picture has another name, so no browser keeps an old one; style stands in the pages."""
    names = [name for name in contents(built.site) if name.startswith("assets/") and not name.endswith(".gz")]
    assert all(re.fullmatch(r"assets/(icon\.svg|[\w-]+\.[0-9a-f]{10}\.(js|svg))", name) for name in names), names
    assert len([name for name in names if name.endswith(".js")]) == 1


def test_recordings_are_published(tmp_path: Path) -> None:
    """Under a name with a hash of their content and without a compressed twin, which would be no smaller."""
    folder = Path(shutil.copytree(ROOT / "docs" / "examples", tmp_path / "examples"))
    (folder / "audio" / "unused.mp3").write_bytes(recorded.mp3(3))
    kinds: list[list[str]] = []
    for frames in (42, 50):
        (folder / "audio" / "likert.fi.mp3").write_bytes(recorded.mp3(frames))
        built = publishing.build(folder, tmp_path / "out", drafts=True)
        files = contents(built.site)
        kinds.append(sorted(name for name in files if name.rpartition(".")[2] in ("mp3", "m4a")))
        by_content = {files[name]: name for name in kinds[-1]}
        page = next(data.decode() for name, data in files.items() if re.match(r"fi/kentat-v1-start--\w+\.html$", name))
        path = by_content[recorded.mp3(frames)]
        assert (
            f'<audio controls preload="none" src="../{path}" aria-label="Kuuntele: Pärjään arjessa."></audio>' in page
        )
        assert re.fullmatch(r"assets/likert\.fi\.[0-9a-f]{10}\.mp3", path) and f"{path}.gz" not in files
    assert [len(names) for names in kinds] == [4, 4] and len({*kinds[0], *kinds[1]}) == 5


def test_compressed_files_are_the_files(built: Built) -> None:
    """What lies beside a page for servers that send it compressed is that page."""
    files = contents(built.site)
    for name, data in files.items():
        if name.endswith(".gz"):
            assert gzip.decompress(data) == files[name.removesuffix(".gz")]
        elif name not in ("build.json", publishing.SECURITY):
            assert f"{name}.gz" in files


def test_the_first_view_of_35_questions_is_light(tmp_path: Path) -> None:
    """Page, script and icon together at most 14,600 bytes compressed; nothing from elsewhere, and no style sheet that
    would have to come first."""
    built = publishing.build(ROOT / "benchmarks" / "instruments", tmp_path, drafts=True)
    page = built.site / "en" / "vertailu-v1-start.html"
    html = page.read_text()
    assert (
        html.count("<fieldset") + html.count("<textarea") + html.count('inputmode="numeric"') == 36
    )  # with the helper
    assets = [(page.parent / name).resolve() for name in re.findall(r'(?:href|src)="(\.\./assets/[^"]*)"', html)]
    assert len(assets) == 2 and 'rel="stylesheet"' not in html
    total = sum(path.with_name(path.name + ".gz").stat().st_size for path in (page, *assets))
    assert total <= 14_600, total
    assert "https://" not in html and "http://" not in html


def test_every_shipped_page_is_light(built: Built) -> None:
    """Page, script, icon and pictures of each fit into the first flight of a connection, 14,600 bytes."""
    heavy = {}
    for page in built.site.rglob("*.html"):
        loaded = set(re.findall(r'(?:href|src)="((?:\.\./)?assets/[^"]*)"', page.read_text()))
        parts = [page, *((page.parent / name).resolve() for name in loaded)]
        total = sum(path.with_name(f"{path.name}.gz").stat().st_size for path in parts)
        if total > 14_600:
            heavy[page.relative_to(built.site).as_posix()] = total
    assert heavy == {}


@pytest.mark.parametrize("path", sorted(publishing.CATALOGUES.glob("*.po")), ids=lambda path: path.stem)
def test_messages_are_whole_in_every_language(path: Path) -> None:
    """Each catalogue has every message, with the same placeholders, and none of a length that says nothing."""
    catalogue, _, language = path.stem.partition(".")
    for message, text in publishing.read_messages(language, catalogue=catalogue).items():
        assert sorted(re.findall(r"{\w+}", message)) == sorted(re.findall(r"{\w+}", text)), message
        assert text.strip() and len(text) > len(message) / 5, (message, text)


def test_catalogues_share_no_source() -> None:
    """What says problems is read by those who write questionnaires, and is no work for the pages' translators."""
    shared = publishing.read_messages("en").keys() & publishing.read_messages("en", catalogue="problems").keys()
    assert not shared


def test_a_sentence_with_a_date_has_one_full_stop(library: Library) -> None:
    """Dates that end in a stop of their own, such as the Russian “г.”, do not meet the sentence's."""
    message = "The next questionnaire opens on {day}. Come back then with the same code."
    for language in library.site.languages:
        said = publishing.read_messages(language)[message].format(day=format_date(date(2027, 3, 31), language))
        assert ".." not in said, (language, said)


def test_a_missing_message_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a silent fallback to English."""
    shutil.copytree(publishing.CATALOGUES, tmp_path / "messages")
    monkeypatch.setattr(publishing, "CATALOGUES", tmp_path / "messages")
    path = tmp_path / "messages" / "pages.sv.po"
    path.write_text(path.read_text().replace('msgstr "Din kod"', 'msgstr ""'))
    with pytest.raises(BuildError) as error:
        publishing.read_messages("sv")
    assert str(error.value) == "pages.sv.po lacks 1 messages, the first of them: “Your code”. Translate it."
    with pytest.raises(BuildError, match=r"There are no interface messages in 'de'. Add pages.de.po to messages/."):
        publishing.read_messages("de")


def test_the_template_of_messages_is_current() -> None:
    """Every message marked in code and templates is in pages.pot, and nothing else: `make messages` brings it there."""
    import subprocess
    import sys

    collect = ROOT / "site_templates" / "messages" / "collect"
    run = subprocess.run([sys.executable, collect, "--check"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_catalogue_keeps_its_review_line() -> None:
    """Collecting messages anew leaves the translator's line on whether a native speaker has reviewed them."""
    written = runpy.run_path(str(ROOT / "site_templates" / "messages" / "collect"))["written"]
    existing = (
        b'# Interface messages.\n# review: needed\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        b'msgid "Day"\nmsgstr "Dag"\n'
    )
    lines = written(["Day", "Year"], read_po(io.BytesIO(existing))).splitlines()
    assert lines[1:3] == ["# review: needed", 'msgid ""'] and 'msgstr "Dag"' in lines and 'msgid "Year"' in lines
    assert "review" not in written(["Day"], Catalog())


def test_an_unchanged_instrument_is_taken_over(tmp_path: Path) -> None:
    """After an edit only what it touches is rendered, and the result is that of a build from nothing."""
    folder, output = tmp_path / "instruments", tmp_path / "out"
    shutil.copytree(INSTRUMENTS, folder)
    publishing.build(folder, output, drafts=True)
    path = folder / "palvelupalaute.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Palaute palvelusta", "Palautteesi"), encoding="utf-8")
    rendered: list[str] = []
    again = publishing.build(folder, output, progress=rendered.append, drafts=True)
    names = {name.rpartition("/")[2].partition("-v")[0] for name in rendered if "-v" in name}
    assert names == {"palvelupalaute"}
    fresh = publishing.build(folder, tmp_path / "fresh", drafts=True)
    assert (again.build, again.pages) == (fresh.build, fresh.pages)
    assert contents(again.site) == contents(fresh.site) and contents(again.bundle) == contents(fresh.bundle)


@pytest.mark.parametrize("harm", ["page missing", "manifest broken", "manifest missing"])
def test_a_damaged_earlier_build_is_not_taken_over(tmp_path: Path, harm: str) -> None:
    """Whatever is missing is rendered again."""
    first = publishing.build(INSTRUMENTS, tmp_path, drafts=True)
    before = contents(first.site)
    if harm == "page missing":
        (first.site / "fi" / "palvelupalaute-v1-end.html.gz").unlink()
    elif harm == "manifest broken":
        (first.bundle / "pages.json").write_text("{", encoding="utf-8")
    else:
        (first.bundle / "pages.json").unlink()
    assert contents(publishing.build(INSTRUMENTS, tmp_path, drafts=True).site) == before


def test_two_processes_write_what_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of processors changes no byte."""
    monkeypatch.setattr(publishing.os, "cpu_count", lambda: 1)
    one = publishing.build(INSTRUMENTS, tmp_path / "one", drafts=True)
    monkeypatch.setattr(publishing.os, "cpu_count", lambda: 3)
    three = publishing.build(INSTRUMENTS, tmp_path / "three", drafts=True)
    assert contents(one.site) == contents(three.site) and one.build == three.build
