"""Documents fill whatever an area's files hold, and what they say is true of this program."""

from __future__ import annotations

import dataclasses
import re
import subprocess

import jinja2
import pytest

from analysis.disclosure import Policy
from collector.desk.people import AREAS, ROLE_NAMES
from commands.papers import staff
from documents import facts, filling
from documents.known import BY_NAME, KNOWN, LANGUAGES
from documents.marks import Table, parts_of, plain
from mittari import every_command
from survey.model import Library
from tests.conftest import ROOT
from tests.documents.conftest import AWKWARD, DAY, LIBRARIES, Fill

NAMES = [known.name for known in KNOWN]
HEAD = {
    "fi": "Pyytäkää omaa lakimiestänne ja tietosuojavastaavaanne vahvistamaan tämä asiakirja, ennen kuin otatte sen käyttöön.",
    "sv": "Be er egen jurist och ert dataskyddsombud bekräfta dokumentet innan ni börjar använda det.",
}
WITH_BASIS = ("impact-assessment", "record", "privacy-notice", "processor-terms", "retention", "procurement")
"""Documents that rest on the legal basis, and name it in full."""


def _whole(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"^> ?", "", text, flags=re.M))


@pytest.mark.parametrize("which", LIBRARIES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_document_fills(fill: Fill, name: str, language: str, which: str) -> None:
    """Nothing is left open, whatever optional keys an area has, and everything is of a kind that pages can show."""
    document = fill(name, language, which)
    assert parts_of(document)
    for left in ("{{", "}}", "{%", "None", "Undefined", "&lt;", "&amp;", "()", "  |  |"):
        assert left not in document.markdown, left
    assert document.title and document.made == DAY


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_the_head_says_what_a_document_is(fill: Fill, name: str, language: str) -> None:
    """Have your own lawyer confirm; when it was filled, by which version, from what; and each box of the area's."""
    document = fill(name, language, "shipped")
    text = _whole(document.markdown)
    head = text.partition(" ## ")[0]
    for said in (HEAD[language], "29.11.2026", "0.1.0", "`site.yaml`", "`services.yaml`"):
        assert said in head, said
    boxes = re.findall(r"^> ☐ \*\*(\d+)\. (.*)\*\*$", document.markdown, re.M)
    assert [title for _n, title in boxes] == list(document.boxes) != []
    assert [int(n) for n, _title in boxes] == list(range(1, len(boxes) + 1))
    for n, title in enumerate(document.boxes, 1):
        assert f"\n{n}. {title}\n" in document.markdown


@pytest.mark.parametrize("name", WITH_BASIS)
def test_the_legal_basis_is_a_task_in_the_public_interest(fill: Fill, name: str) -> None:
    """Named in both languages, and that it is not consent."""
    finnish, swedish = (_whole(fill(name, language, "shipped").markdown) for language in LANGUAGES)
    assert "leistä etua koskeva" in finnish and "6 artiklan 1 kohdan e alakohta" in finnish
    assert "allmänt intresse" in swedish and "6.1 e" in swedish
    for law in ("1050/2018", "380/2023"):
        assert law in finnish and law in swedish
    if name != "retention":
        assert re.search(r"[Ss]uostumus ei ole peruste|[Ee]i suostumus|Suostumusta ei pyydetä", finnish)
        assert re.search(r"(?i)samtycke är inte grunden|inte samtycke|samtycke begärs inte", swedish)


@pytest.mark.parametrize("which", LIBRARIES)
@pytest.mark.parametrize("name", NAMES)
def test_no_document_calls_coded_answers_anonymous(fill: Fill, name: str, which: str) -> None:
    """The word stands only where it is said that they are not."""
    for language in LANGUAGES:
        for sentence in re.split(r"(?<=[.:])\s", _whole(fill(name, language, which).markdown)):
            if re.search(r"(?i)nimettöm|anonyym|anonym", sentence):
                assert re.search(r"\b(?:ei|eivät|inte)\b", sentence), sentence


# --- true of this program -------------------------------------------------------------------------


def _code(markdown: str) -> list[str]:
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", markdown, flags=re.M | re.S))
    lines = [line for block in re.findall(r"^```\w*\n(.*?)^```", markdown, re.M | re.S) for line in block.splitlines()]
    return [*spans, *lines]


def _written() -> list[tuple[str, str]]:
    return [(name, language) for name in NAMES for language in LANGUAGES]


@pytest.mark.parametrize(("name", "language"), _written())
def test_commands_that_a_document_names_exist(fill: Fill, name: str, language: str) -> None:
    """Each with its options."""
    commands = every_command()
    for which in LIBRARIES:
        for code in _code(fill(name, language, which).markdown):
            found = re.fullmatch(r"(?:\.venv/bin/)?mittari(?: (\w+))?(.*)", code)
            if found and found[1]:
                assert found[1] in commands, code
                options = {option for parameter in commands[found[1]].params for option in parameter.opts}
                assert set(re.findall(r"--[a-z-]+", found[2])) <= options, code
            if code.startswith("make "):
                assert re.search(rf"^{code.split()[1]}:", (ROOT / "Makefile").read_text(), re.M), code


@pytest.mark.parametrize(("name", "language"), _written())
def test_settings_and_paths_that_a_document_names_exist(fill: Fill, name: str, language: str) -> None:
    """Every MITTARI_* that the program reads, and every file and folder of the checkout."""
    settings = (ROOT / "collector" / "settings.py").read_text()
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    files = set(listed.stdout.splitlines())
    folders = {"/".join(path.split("/")[:depth]) for path in files for depth in range(1, path.count("/") + 1)}
    for which in LIBRARIES:
        for code in _code(fill(name, language, which).markdown):
            for setting in re.findall(r"MITTARI_[A-Z_]+", code):
                assert f'"{setting}"' in settings or setting in settings, setting
            path = code.split()[0].rstrip("/")
            if path.split("/")[0] in ("docs", "deploy", "instruments", "site_templates"):
                assert path in files | folders, code


def test_the_table_of_roles_is_that_of_the_desk(fill: Fill) -> None:
    """Whom the document lets in, the desk lets in, and nobody else."""
    for language, no, named in (("fi", "–", "vain nimetty"), ("sv", "–", "bara utsedd")):
        people = staff(language)
        table = next(
            part
            for part in parts_of(fill("roles", language, "shipped"))
            if isinstance(part, Table) and plain(part.head[-1]) == people.roles["officer"]
        )
        heads = [plain(cell) for cell in table.head]
        columns = {role: heads.index(people.roles[role]) for role in ROLE_NAMES}
        assert len(table.rows) == len(AREAS)
        for (area, roles), row in zip(AREAS.items(), table.rows, strict=True):
            assert plain(row[0]) == people.pages.get(area, plain(row[0]))
            said = {role: plain(row[at]) for role, at in columns.items()}
            if area == "words":
                # A provider's coach is never named: the staff file is refused.
                assert said == {role: no if role == "provider" else named for role in said}
            else:
                assert {role for role, cell in said.items() if cell != no} == roles, area


def test_a_new_page_of_the_desk_cannot_be_forgotten(library: Library) -> None:
    """The document of roles says what is done on each, or is not filled at all."""
    people = staff("fi")
    more = dataclasses.replace(people, may={**people.may, "attic": frozenset({"planner"})})
    with pytest.raises(jinja2.UndefinedError):
        filling.filled(library, "roles", "fi", made=DAY, version="", staff=more)


def test_thresholds_are_those_of_the_report() -> None:
    """The analysis decides; documents may not import it."""
    policy = Policy()
    assert (policy.minimum_count, policy.minimum_mean) == (facts.MINIMUM_COUNT, facts.MINIMUM_MEAN)


def test_times_are_those_of_the_files(fill: Fill) -> None:
    """The site's own, and those of one instrument beside them."""
    text = fill("retention", "fi", "everything").markdown
    assert "| Koodi, tiivisteenä | 1 kuukausi |" in text
    assert "| Poikkeus: Palaute palvelusta | omat sanat 6 kuukautta, muut vastaukset 24 kuukautta |" in text
    assert "| Palaute palvelusta | 6 kuukautta | 24 kuukautta |" in text
    assert "Poikkeus" not in fill("retention", "fi", "shipped").markdown


def test_sealing_and_sensitive_questions_are_told_where_they_are(fill: Fill) -> None:
    """What is not there is not claimed."""
    sealed, open_ = (fill("impact-assessment", "fi", which).markdown for which in ("everything", "shipped"))
    assert "Vastaukset on sinetöity 2 avaimelle" in sealed and "**ei ole sinetöity**" not in sealed
    assert "**ei ole sinetöity**" in open_ and "Sinetöidäänkö vastaukset" in open_
    assert (
        "| Miten voit? | Kysymys koskee terveyttä. Siihen ei tarvitse vastata. | `GDPR 6(1)(e), 9(2)(g); 1050/2018, 6 §`"
        in sealed
    )
    assert "Yhtäkään kysymystä ei ole kyselyissä merkitty arkaluonteiseksi" in open_
    assert "Sillä voitte poistaa vastauksenne." in _whole(fill("coaches", "fi", "everything").markdown)


def test_names_of_the_area_stay_as_they_are_written(fill: Fill) -> None:
    """What is Markdown to a machine is no mark in a name."""
    parts = parts_of(fill("record", "fi", "everything"))
    table = next(part for part in parts if isinstance(part, Table))
    assert [plain(cell) for cell in table.rows[0]] == ["Rekisterinpitäjä", AWKWARD]
    assert not any(run.bold or run.code for run in table.rows[0][1])


def test_coaches_read_nothing_of_other_providers(fill: Fill, library: Library) -> None:
    """Their instructions name no provider and no contract."""
    bought = {service.provider for service in library.services.services if service.sourcing == "bought"}
    assert bought
    for language in LANGUAGES:
        text = fill("coaches", language, "shipped").markdown
        assert "ETKS" not in text
        assert [id for id in bought if library.services.providers[id].name in text] == []


def test_the_mark_changes_with_what_is_filled_in(libraries: dict[str, Library]) -> None:
    """Two papers with the same mark were filled from the same."""
    marks = {which: facts.digest_of(library) for which, library in libraries.items()}
    assert len(set(marks.values())) == len(LIBRARIES)
    assert facts.digest_of(libraries["shipped"]) == marks["shipped"]


def test_every_document_has_a_template_in_each_language_and_no_other() -> None:
    """And its texts for lists."""
    there = {path.name for path in filling.FOLDER.glob("*.md.j2")}
    shared = {f"{name}.{language}.md.j2" for name in ("head", "parts") for language in LANGUAGES}
    assert there == shared | {f"{name}.{language}.md.j2" for name in BY_NAME for language in LANGUAGES}
    for known in KNOWN:
        for text in (known.title, known.purpose, known.reader):
            assert set(text) == {"fi", "sv", "en"}
