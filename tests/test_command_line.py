"""The command line: each command's exit code and what it says, whole."""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import build as publishing
import mittari
from analysis import dataset
from collector.opening import opened
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from commands import authors
from commands.failures import EXPECTED
from commands.terminal import reading_bar
from survey import codes
from survey.model import Library
from tests.conftest import Run
from tests.exchange.forms import workbook

ROOT = Path(__file__).parent.parent


def reviewed(folder: Path) -> Path:
    """The shipped instruments in a folder, as if native speakers had reviewed every text and somebody had assessed
    accessibility: without a warning."""
    shutil.copytree(ROOT / "instruments", folder)
    for path in folder.glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"^review: .*\n", "", text, flags=re.MULTILINE), encoding="utf-8")
    assessed_by = json.dumps(dict.fromkeys(("fi", "sv", "en", "fi-simple", "uk", "ru", "ar", "so"), "A"))
    with (folder / "site.yaml").open("a", encoding="utf-8") as site:
        site.write(f"conformance: {{level: partly, assessed_by: {assessed_by}, assessed: 2026-11-24}}\n")
    return folder


def test_check_of_what_ships(run: Run) -> None:
    """No problem, and of warnings only what people have still to do: native speakers to read the texts, and somebody to
    assess accessibility."""
    shipped = run("check", ROOT / "instruments", ROOT / "benchmarks" / "instruments")
    assert shipped.exit_code == 0
    lines = shipped.stdout.splitlines()
    assert sum(": REVIEW-NEEDED warning: no native speaker " in line for line in lines) == 12
    assert sum(": CONFORMANCE-MISSING warning: nobody has declared " in line for line in lines) == 2 == len(lines) - 12


def test_check(run: Run, tmp_path: Path) -> None:
    """0 where all is fine, 1 with the line of the problem, warnings alone are fine."""
    folder = reviewed(tmp_path / "instruments")
    fine = run("check", folder)
    assert (fine.exit_code, fine.output) == (0, "0 problems, 0 warnings.\n")
    path = folder / "palvelupalaute.yaml"
    path.write_text(path.read_text().replace("type: long_text", "type: longtext", 1))
    broken = run("check")
    line = path.read_text().split("\n").index("        type: longtext") + 1
    assert broken.exit_code == 1
    assert broken.stdout == (
        f"instruments/palvelupalaute.yaml:{line}: VALUE-UNKNOWN 'type' cannot be 'longtext'. Did you mean 'long_text'?\n"
    )
    assert broken.stderr == "1 problem, 0 warnings.\n"
    path.write_text(path.read_text().replace("type: longtext", "type: long_text"))
    path.rename(folder / "palaute.yaml")
    warned = run("check")
    assert warned.exit_code == 0 and warned.stderr == "0 problems, 1 warning.\n"


class Terminal(io.StringIO):
    """What a program on a terminal writes to."""

    def isatty(self) -> bool:
        return True


def test_a_bar_for_folders_that_take_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, one for each folder of a hundred files or more; nothing for small ones, and nothing elsewhere."""
    terminal, elsewhere = Terminal(), io.StringIO()
    for stream in (terminal, elsewhere):
        monkeypatch.setattr(sys, "stderr", stream)
        with reading_bar() as progress:
            for done, of in ((99, 99), (1, 200), (200, 200), (150, 300), (300, 300), (9, 9)):
                progress(done, of)
    assert terminal.getvalue().count("100%") == 2 and "Reading files" in terminal.getvalue()
    assert elsewhere.getvalue() == ""


@pytest.fixture
def broken(run: Run, tmp_path: Path) -> None:
    """In the current folder, instruments with one problem and one warning."""
    folder = reviewed(tmp_path / "instruments")
    path = folder / "palvelupalaute.yaml"
    path.write_text("version: one\n" + path.read_text().replace("version: 1\n", "", 1))
    (folder / "tyohonvalmennus.yaml").rename(folder / "a%,b:c.yaml")


@pytest.mark.usefixtures("broken")
def test_check_in_finnish_and_swedish(run: Run) -> None:
    """The option decides, else the machine; the closing line too; exit codes are the same."""
    finnish = [
        "instruments/a%,b:c.yaml:1: FILE-NAME varoitus: tiedoston nimi ei ole 'tyohonvalmennus.yaml'. Anna tiedostolle "
        "nimi 'tyohonvalmennus.yaml'.",
        "instruments/palvelupalaute.yaml:1: VALUE-TYPE avaimen 'version' arvo on teksti 'one'. Kirjoita kokonaisluku.",
    ]
    for result in (run("check", "--language", "fi"), run("check", LC_ALL="", LC_MESSAGES="", LANG="fi_FI.UTF-8")):
        assert result.stdout.splitlines() == finnish
        assert (result.exit_code, result.stderr) == (1, "1 virhe, 1 varoitus.\n")
    swedish = run("check", "--language", "sv", LC_ALL="fi_FI.UTF-8")
    assert swedish.stderr == "1 fel, 1 varning.\n"
    assert run("check", "--language", "en", LC_ALL="fi_FI.UTF-8").stderr == "1 problem, 1 warning.\n"
    fine = run("check", ROOT / "benchmarks" / "instruments", "--language", "fi")
    assert fine.stderr == "0 virhettä, 1 varoitus.\n"
    stopped = run("build", LC_ALL="sv_FI.UTF-8")
    assert stopped.exit_code == 1
    assert stopped.stderr.splitlines()[-1] == (
        "Ingenting publicerades. Rätta raderna ovan; även `mittari check` visar dem."
    )


@pytest.mark.usefixtures("broken")
def test_check_as_json(run: Run) -> None:
    """One array in UTF-8, an object for each problem; where there is none, an empty array."""
    result = run("check", "--format", "json", "--language", "sv")
    assert (result.exit_code, result.stderr) == (1, "1 fel, 1 varning.\n")
    assert "för" in result.stdout_bytes.decode("utf-8")
    assert json.loads(result.stdout_bytes) == [
        {
            "file": "instruments/a%,b:c.yaml",
            "line": 1,
            "code": "FILE-NAME",
            "severity": "warning",
            "sentence": "filens namn är inte 'tyohonvalmennus.yaml'.",
            "advice": "Ge filen namnet 'tyohonvalmennus.yaml'.",
        },
        {
            "file": "instruments/palvelupalaute.yaml",
            "line": 1,
            "code": "VALUE-TYPE",
            "severity": "error",
            "sentence": "värdet för nyckeln 'version' är texten 'one'.",
            "advice": "Skriv ett heltal.",
        },
    ]
    fine = run("check", "--format", "json", reviewed(Path("others")))
    assert (fine.exit_code, fine.stdout, fine.stderr) == (0, "[]\n", "0 problems, 0 warnings.\n")


@pytest.mark.usefixtures("broken")
def test_check_as_workflow_commands(run: Run) -> None:
    """What GitHub shows beside the line, with the signs that it uses itself as codes."""
    result = run("check", "--format", "github")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "::warning file=instruments/a%25%2Cb%3Ac.yaml,line=1,title=FILE-NAME::the name of the file is not "
        "'tyohonvalmennus.yaml'. Rename the file to 'tyohonvalmennus.yaml'.",
        "::error file=instruments/palvelupalaute.yaml,line=1,title=VALUE-TYPE::'version' is the text 'one'. Write a whole "
        "number.",
    ]


@pytest.mark.usefixtures("broken")
def test_check_as_a_report_for_gitlab(run: Run) -> None:
    """An object for each problem with its line; what is still there is known again where its line has moved."""
    result = run("check", "--format", "gitlab")
    assert result.exit_code == 1
    before = json.loads(result.stdout_bytes)
    (error,) = [problem for problem in before if problem["severity"] == "major"]
    assert error == {
        "description": "'version' is the text 'one'. Write a whole number.",
        "check_name": "VALUE-TYPE",
        "fingerprint": error["fingerprint"],
        "severity": "major",
        "location": {"path": "instruments/palvelupalaute.yaml", "lines": {"begin": 1}},
    }
    assert {problem["severity"] for problem in before} == {"major", "minor"}
    known = [problem["fingerprint"] for problem in before]
    assert len(set(known)) == len(known) and {len(one) for one in known} == {64}
    path = Path("instruments/palvelupalaute.yaml")
    path.write_text("# moved\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    after = json.loads(run("check", "--format", "gitlab", "--language", "fi").stdout_bytes)
    assert [problem["fingerprint"] for problem in after] == known
    assert [problem["location"]["lines"]["begin"] for problem in after if problem["severity"] == "major"] == [2]


@pytest.mark.usefixtures("broken")
def test_a_text_cannot_begin_a_workflow_command(run: Run) -> None:
    """A line break in a text stays in the line, and a per cent sign stays one."""
    path = Path("instruments/palvelupalaute.yaml")
    path.write_text(path.read_text().replace("version: one", 'version: "50 %\\r\\n::error::x"', 1))
    result = run("check", "--format", "github", path)
    assert result.stdout == (
        "::error file=instruments/palvelupalaute.yaml,line=1,title=VALUE-TYPE::'version' is the text "
        "'50 %25\\r\\n::error::x'. Write a whole number.\n"
    )
    assert authors._escaped("1 %:,\r\n") == "1 %25:,%0D%0A"


@pytest.mark.usefixtures("broken")
def test_a_terminal_without_the_letters(run: Run) -> None:
    """Sentences come out on a terminal that has only ASCII, too."""
    command = [sys.executable, "-m", "mittari", "check", "--language", "fi"]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}
    result = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert result.returncode == 1
    assert "arvo on teksti 'one'. Kirjoita kokonaisluku." in result.stdout


# --- other tools' formats -------------------------------------------------------------------------

FORM = """
type           | name | label::Suomi (fi) | label::Svenska (sv) | relevant
select_one k   | Q1   | Oletko työssä?    | Arbetar du?         |
integer        | q2   | Montako tuntia?   | Hur många timmar?   | ${Q1} = '1'
image          | q3   | Kuva?             | Bild?               |
"""
LIST = """
list_name | name | label::Suomi (fi) | label::Svenska (sv) | image
k         | 1    | Kyllä             | Ja                  | Hymy.svg
k         | 2    | En                | Nej                 |
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped instruments where the commands look for them."""
    return Path(shutil.copytree(ROOT / "instruments", tmp_path / "instruments"))


def test_import(run: Run, folder: Path, tmp_path: Path) -> None:
    """0: the instrument, its picture and the report are in the folder, and pass the check; the screen says the rest."""
    (tmp_path / "lomake.xlsx").write_bytes(workbook(survey=FORM, choices=LIST))
    (tmp_path / "Hymy.svg").write_bytes((folder / "images" / "face-4.svg").read_bytes())
    result = run("import", "lomake.xlsx", "--instrument", "uusi", "--wave", "end")
    assert (result.exit_code, result.stdout) == (
        0,
        """\
5 of 7 elements came over as they were, 1 changed, 1 were left out.
Left out, and why:
  survey, row 4: image q3. Mittari takes no files, pictures or recordings from those who answer.
Changed:
  survey, row 2: select_one k Q1. Its id is 'q1', since ids have other letters here, each once. Conditions follow.
""",
    )
    assert result.stderr == (
        """\
Written: instruments/uusi.yaml, and this report in instruments/uusi.import.md.
Next: read both, mend the file, then 'mittari check instruments/uusi.yaml' and 'mittari preview instruments'.
"""
    )
    text = (folder / "uusi.yaml").read_text()
    assert "waves: [end]\n" in text and "show_if: q1 == 1\n" in text and "image: images/hymy.svg\n" in text
    assert (folder / "images" / "hymy.svg").is_file()
    report = (folder / "uusi.import.md").read_text()
    assert report.startswith("# lomake.xlsx as uusi.yaml\n\n5 of 7 elements came over as they were, 1 changed, ")
    assert run("check", folder / "uusi.yaml").exit_code == 0
    again = run("import", "lomake.xlsx", "--instrument", "uusi")
    assert (again.exit_code, again.stderr) == (
        2,
        "The file 'instruments/uusi.yaml' exists already and was left alone. Choose another name with --instrument, or "
        "another folder with --output.\n",
    )


def test_import_in_finnish(run: Run, folder: Path, tmp_path: Path) -> None:
    """The report, what was written and what to do next are in the language asked for, and so is why a file is none."""
    (tmp_path / "lomake.xlsx").write_bytes(workbook(survey=FORM, choices=LIST))
    (tmp_path / "Hymy.svg").write_bytes((folder / "images" / "face-4.svg").read_bytes())
    result = run("import", "lomake.xlsx", "--instrument", "uusi", "--language", "fi")
    assert result.stdout == (
        """\
Osia oli 7: sellaisenaan tuli 5, muuttui 1, jäi pois 1.
Jäi pois, ja miksi:
  survey, rivi 4: image q3. Mittari ei ota vastaajilta tiedostoja, kuvia eikä äänitteitä.
Muuttui:
  survey, rivi 2: select_one k Q1. Sen tunnus on 'q1', sillä tunnuksissa on muut kirjaimet ja kukin tunnus on vain kerran. \
Ehdot seuraavat mukana.
"""
    )
    assert result.stderr == (
        """\
Kirjoitettiin: instruments/uusi.yaml ja tämä selostus tiedostoon instruments/uusi.import.md.
Seuraavaksi: lue molemmat, korjaa tiedosto ja aja 'mittari check instruments/uusi.yaml' ja 'mittari preview instruments'.
"""
    )
    assert (folder / "uusi.import.md").read_text().startswith("# lomake.xlsx → uusi.yaml\n\nOsia oli 7: ")
    (tmp_path / "ruoka.xlsx").write_bytes(b"kysymys;vastaus")
    assert run("import", "ruoka.xlsx", "--language", "fi").stderr == (
        "ruoka.xlsx: Tiedosto ei ole .xlsx-taulukko. Vie lomake muodossa XLSForm (.xlsx) välineestä, jolla se on tehty.\n"
    )


def test_import_into_an_empty_folder(run: Run, tmp_path: Path) -> None:
    """Where there is no site yet, the instrument has the languages of the form."""
    (tmp_path / "lomake.xlsx").write_bytes(workbook(survey=FORM, choices=LIST))
    assert run("import", "lomake.xlsx", "--output", "uudet").exit_code == 0
    text = (tmp_path / "uudet" / "lomake.yaml").read_text()
    assert "languages: [fi, sv]\n" in text and "waves: [start]\n" in text


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["nothing.xlsx"], 2, "Error: Invalid value for 'FILE': File 'nothing.xlsx' does not exist."),
        (
            ["lomake.docx"],
            1,
            "lomake.docx: 'lomake.docx' is no file that can be imported. Those are: an XLSForm (.xlsx); a FHIR "
            "Questionnaire (R4 or R5) (.json); the structure of a LimeSurvey survey (.lss); a SurveyJS form (.json).",
        ),
        (
            ["damaged.xlsx"],
            1,
            "damaged.xlsx: The file is no .xlsx spreadsheet. Export the form as XLSForm (.xlsx) from the tool that made "
            "it.",
        ),
        (
            ["lomake.xlsx", "--instrument", "Oma Kysely"],
            2,
            "'Oma Kysely' cannot be an id: it has small letters a-z, digits, hyphens and underscores, a letter first.",
        ),
        (
            ["lomake.xlsx", "--wave", "never"],
            2,
            "There is no wave 'never'. The waves of site.yaml are start, middle, end, followup_3, followup_6, followup_12.",
        ),
        (
            ["pictures.xlsx"],
            1,
            "pictures.xlsx: No question of the form can be asked with Mittari, so there is no instrument.",
        ),
    ],
)
def test_files_that_cannot_be_imported(
    run: Run, folder: Path, tmp_path: Path, arguments: list[str], code: int, sentence: str
) -> None:
    """1 where the file is the trouble, 2 where the command was wrong; nothing is written."""
    before = sorted(folder.rglob("*"))
    (tmp_path / "lomake.docx").write_bytes(b"x")
    (tmp_path / "damaged.xlsx").write_bytes(b"PK\3\4 no archive")
    (tmp_path / "lomake.xlsx").write_bytes(workbook(survey=FORM, choices=LIST))
    (tmp_path / "pictures.xlsx").write_bytes(workbook(survey="type | name | label\nimage | q | Kuva?"))
    result = run("import", *arguments)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (code, sentence)
    assert sorted(folder.rglob("*")) == before


def test_import_beside_problems(run: Run, folder: Path, tmp_path: Path) -> None:
    """1: a folder that cannot be read has no languages and ids to fit to."""
    (tmp_path / "lomake.xlsx").write_bytes(workbook(survey=FORM, choices=LIST))
    (folder / "palvelupalaute.yaml").write_text("instrument: [")
    result = run("import", "lomake.xlsx")
    assert result.exit_code == 1
    assert result.stderr == (
        "The folder 'instruments' cannot be read, and the new instrument has to fit the others in it. Mend first what "
        "'mittari check instruments' says.\n"
    )


def test_convert(run: Run, folder: Path, tmp_path: Path) -> None:
    """0: the files and the report are written; the screen says what the format could not say."""
    result = run("convert", "kotokoulutus", "--to", "xlsform")
    assert result.exit_code == 0
    assert result.stdout.startswith("36 of 55 elements came over as they were, 7 changed, 12 were left out.\n")
    assert result.stderr == (
        "Written: var/converted/kotokoulutus.xlsx and 10 more files, and this report in "
        "var/converted/kotokoulutus.xlsform.md.\n"
    )
    written = {
        path.relative_to(tmp_path / "var" / "converted").as_posix() for path in tmp_path.rglob("var/converted/**/*")
    }
    assert {"kotokoulutus.xlsx", "kotokoulutus.xlsform.md", "kotokoulutus-media/face-1.svg"} <= written
    assert run("convert", "kotokoulutus@1", "--to", "xlsform").exit_code == 0, "the same files may be written again"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["palvelupalaute", "--to", "pdf"], "There is no format 'pdf'. The formats are:"),
        (["palaute", "--to", "xlsform"], "There is no instrument 'palaute' in instruments. There are "),
        (
            ["palvelupalaute", "--to", "xlsform", "--language", "de"],
            "'palvelupalaute@1' has no language 'de'. Choose from ",
        ),
        (
            ["palvelupalaute", "--to", "xlsform", "--wave", "start"],
            "'palvelupalaute@1' is not asked at the wave 'start'. Choose from end.",
        ),
        (["palvelupalaute", "--to", "xlsform", "--service", "x"], "There is no service 'x'. Choose from "),
    ],
)
def test_wrong_conversions(run: Run, folder: Path, arguments: list[str], sentence: str) -> None:
    """2, with what there is to choose from."""
    result = run("convert", *arguments)
    assert result.exit_code == 2 and result.stderr.startswith(sentence)


def test_convert_from_a_folder_with_problems(run: Run, folder: Path) -> None:
    """1, with what to do."""
    (folder / "site.yaml").unlink()
    result = run("convert", "palvelupalaute", "--to", "xlsform")
    assert (result.exit_code, result.stderr) == (
        1,
        "The folder 'instruments' cannot be read. Mend first what 'mittari check instruments' says.\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["chekc"],
        ["check", "--language", "de"],
        ["check", "--format", "xml"],
        ["check", "--colour"],
        ["invite"],
        ["invite", "--service", "x", "--count", "0"],
        ["serve", "--port", "x"],
    ],
)
def test_wrong_commands(run: Run, arguments: list[str]) -> None:
    """2, with a usage line and what is wrong."""
    result = run(*arguments)
    assert result.exit_code == 2 and "Usage: " in result.stderr and "Error: " in result.stderr


def test_build(run: Run, tmp_path: Path) -> None:
    """Names what it made; refuses a folder of somebody else."""
    made = run("build", ROOT / "instruments", "--drafts", "--output", "out")
    assert made.exit_code == 0
    pages = len(list((tmp_path / "out" / "site").rglob("*.html")))
    assert made.stdout.startswith(f"{pages} pages in out/site, bundle in out/bundle, build ")
    (tmp_path / "other" / "site").mkdir(parents=True)
    (tmp_path / "other" / "site" / "mine.txt").write_text("x")
    refused = run("build", ROOT / "instruments", "--drafts", "--output", "other")
    assert refused.exit_code == 1
    assert refused.stderr == (
        "The folder 'other/site' holds files that Mittari did not make, so it was left alone. "
        "Choose another place with --output, or empty the folder yourself.\n"
    )
    assert run("build", "none").exit_code == 1


def test_build_by_its_own_name(tmp_path: Path) -> None:
    """`python build.py` is the same command."""
    result = CliRunner().invoke(publishing.main, [str(ROOT / "instruments"), "--drafts", "--output", str(tmp_path)])
    assert result.exit_code == 0 and (tmp_path / "site" / "so" / "index.html").is_file()
    assert re.match(r"\d+ pages in ", result.stdout)


def test_keys(run: Run, settings: Settings) -> None:
    """Made once; a second time they are kept and that is said."""
    assert run("keys", "--secrets", "new.json").stdout == (
        "Keys made in new.json. Keep a copy in a safe place, apart from the answers.\n"
    )
    before = Path("new.json").read_bytes()
    again = run("keys", "--secrets", "new.json")
    assert again.exit_code == 1 and again.stderr == (
        "The keys in 'new.json' exist already and were kept: without them no code or receipt would work again.\n"
    )
    assert Path("new.json").read_bytes() == before


def test_invite(run: Run) -> None:
    """The CSV on the screen, the slips in a file that its owner alone may read."""
    result = run("invite", "--service", "tyohonvalmennus", "--count", 3, "--start", "2026-12-01", "--end", "2027-03-01")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["number"] for row in rows] == [f"JT-{rows[0]['number'][3:7]}-{n:03d}" for n in (1, 2, 3)]
    assert {(row["start"], row["end"], row["group"]) for row in rows} == {("2026-12-01", "2027-03-01", "")}
    assert all(codes.normalised(row["code"]) for row in rows)
    sheet = Path(f"var/slips/{rows[0]['number']}.html")
    assert result.stderr == f"Slips to print: {sheet}\n"
    assert sheet.stat().st_mode & 0o777 == 0o600
    assert all(row["code"] in sheet.read_text() for row in rows)


def test_invite_for_a_shared_device(run: Run) -> None:
    """The sheet has one QR code, and a code to type on each slip."""
    result = run("invite", "--service", "tyohonvalmennus", "--count", 3, "--shared-device", "--sheet", "group.html")
    assert result.exit_code == 0
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    sheet = Path("group.html").read_text()
    assert sheet.count("<svg") == 1 and all(row["code"] in sheet for row in rows)


def test_invite_a_group(run: Run) -> None:
    """One of several groups must be named, and they are listed: a wrong command."""
    result = run("invite", "--service", "rekrykoulutus-puu", "--count", 2)
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith("Service 'rekrykoulutus-puu' has several groups. Choose one of them: rk-1 (")
    assert run("status").exit_code == 1
    result = run(
        "invite", "--service", "rekrykoulutus-puu", "--count", 2, "--group", "rk-2", "--csv", "codes.csv",
        "--language", "sv", "--sheet", "slips.html",
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Codes: codes.csv\nSlips to print: slips.html\n"
    assert {row["group"] for row in csv.DictReader(io.StringIO(Path("codes.csv").read_text()))} == {"rk-2"}
    assert Path("codes.csv").stat().st_mode & 0o777 == 0o600 and 'lang="sv"' in Path("slips.html").read_text()
    wrong = run("invite", "--service", "tyohonvalmennus", "--count", 1, "--language", "de")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "The site has no language 'de'. It has: fi, sv, en, fi-simple, uk, ru, ar, so.\n",
    )


def test_codes_are_not_lost_on_a_full_disk(run: Run) -> None:
    """Where the file cannot be written the codes come to the screen, since they are shown nowhere else."""
    result = run("invite", "--service", "tyohonvalmennus", "--count", 2, "--csv", "/dev/full")
    assert result.exit_code == 1 and len(list(csv.DictReader(io.StringIO(result.stdout)))) == 2
    assert result.stderr == (
        "The disk is full. Free some room and run the command again. "
        "The codes are above: copy them now, they are shown nowhere else.\n"
    )


def test_codes_are_never_written_over(run: Run) -> None:
    """A file that may hold codes is kept, and nobody is invited."""
    invite = ["invite", "--service", "tyohonvalmennus", "--count", "2", "--csv", "c.csv", "--sheet", "s.html"]
    assert run(*invite).exit_code == 0
    before = Path("c.csv").read_bytes()
    again = run(*invite)
    assert again.exit_code == 2
    assert again.stderr == "The file 'c.csv' exists already and may hold codes. Choose another name.\n"
    assert Path("c.csv").read_bytes() == before and run("status").stdout.splitlines()[1].split()[4] == "2"
    (Path("var") / "slips").mkdir(parents=True)
    year = before.decode().splitlines()[1].split(",")[0][3:7]
    Path(f"var/slips/JT-{year}-003.html").write_text("another store's")
    assert run("invite", "--service", "tyohonvalmennus", "--count", 1).stderr == (
        f"Slips to print: var/slips/JT-{year}-003-2.html\n"
    )


def test_codes_are_not_lost_when_somebody_interrupts(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C on the way: the codes that were made are given."""
    from collector import inviting

    real = inviting.invite

    def interrupted(*arguments, **options):  # type: ignore[no-untyped-def]
        for n, one in enumerate(real(*arguments, **options)):
            if n == 3:
                raise KeyboardInterrupt
            yield one

    monkeypatch.setattr(inviting, "invite", interrupted)
    result = run("invite", "--service", "tyohonvalmennus", "--count", 9)
    assert result.exit_code == 1 and len(list(csv.DictReader(io.StringIO(result.stdout)))) == 3
    assert result.stderr.endswith("Interrupted. 3 of 9 were invited, with the codes given. Invite the rest later.\n")


def test_codes_are_not_lost_when_the_store_gives_up(run: Run, settings: Settings) -> None:
    """Of those invited before the trouble, every code is given."""
    run("invite", "--service", "tyohonvalmennus", "--count", 1)
    with sqlite3.connect(settings.store.removeprefix("sqlite:")) as other:
        other.execute(
            "create trigger full before insert on record when (select count(*) from record) >= 12 "
            "begin select raise(abort, 'planted'); end"
        )
    other.close()
    result = run("invite", "--service", "tyohonvalmennus", "--count", 5)
    assert result.exit_code == 1 and len(list(csv.DictReader(io.StringIO(result.stdout)))) == 2
    assert result.stderr.endswith(
        "The record could not be stored: planted. 2 of 5 were invited, with the codes given. Invite the rest later.\n"
    )


def test_every_module_has_the_commands_that_are_looked_for_in_it() -> None:
    """And no other; modules that have none are helpers."""
    found = {}
    for path in (ROOT / "commands").glob("*.py"):
        module = importlib.import_module(f"commands.{path.stem}")
        if commands := getattr(module, "COMMANDS", None):
            found[path.stem] = " ".join(command.name for command in commands)
    assert found == mittari.MODULES


def test_the_list_of_commands_is_whole(run: Run) -> None:
    """What a command does is not cut off in the middle of a sentence."""
    listed = run("--help").stdout
    assert "..." not in listed.partition("Commands:")[2]
    assert "Show the pages while you edit: the browser follows every save." in " ".join(listed.split())


def test_status(run: Run) -> None:
    """A table of counts; before anything, what to do first."""
    nothing = run("status")
    assert nothing.exit_code == 1
    assert nothing.stderr.startswith("There is no store at '") and "mittari invite" in nothing.stderr
    run("invite", "--service", "tyohonvalmennus", "--count", 3)
    lines = run("status").stdout.splitlines()
    assert lines[0].split() == ["service", "group", "wave", "instrument", "invited", "due", "answered"]
    assert lines[1].split() == ["tyohonvalmennus", "–", "start", "tyohonvalmennus", "3", "3", "0"]
    assert len(lines) == 5
    finnish = run("status", "--language", "fi").stdout.splitlines()
    assert finnish[0].split() == ["palvelu", "ryhmä", "mittauskerta", "mittari", "kutsuttu", "vastaamatta", "vastannut"]


def test_services_in_finnish(run: Run) -> None:
    """What is open, and until when, in the language asked for; ids stay as they are."""
    listed = run("services", "--folder", ROOT / "instruments", "--store", "sqlite:none.sqlite", "--language", "fi")
    lines = listed.stdout.splitlines()
    start = lines.index("tyohonvalmennus: Työhönvalmennus")
    assert lines[start + 1] == "  Järviseudun Valmennus (esimerkki), tutkittava"
    assert lines[start + 2].startswith("  tyohonvalmennus@1 (luonnos), ")
    assert lines[start + 3].startswith("  tänään aloittava, ")
    assert lines[start + 4].startswith("    start, auki ") and " asti: tyohonvalmennus@1" in lines[start + 4]


def test_services(run: Run) -> None:
    """What is asked when and what is open, with no store; the addresses of pages that need no code."""
    listed = run("services", "--folder", ROOT / "instruments", "--store", "sqlite:none.sqlite")
    assert listed.exit_code == 0 and not Path("none.sqlite").exists()
    lines = listed.stdout.splitlines()
    start = lines.index("tyohonvalmennus: Työhönvalmennus")
    assert lines[start + 1] == "  Järviseudun Valmennus (esimerkki), intervention"
    assert lines[start + 2].startswith("  tyohonvalmennus@1 (draft), ")
    assert lines[start + 3].startswith("  whoever begins today, ")
    assert lines[start + 4].startswith("    start, open until ") and ": tyohonvalmennus@1" in lines[start + 4]
    found = json.loads(run("services", "--folder", ROOT / "instruments", "--format", "json").stdout)
    links = [link for service in found for link in service["links"]]
    assert {link["instrument"] for link in links} == {"tyonantajapalaute@1"}
    assert all(link["address"].startswith("https://kysely.example.fi/") for link in links)
    run("invite", "--service", "tyohonvalmennus", "--count", 3)
    counted = run("services", "--folder", ROOT / "instruments").stdout
    assert "tyohonvalmennus@1 (0 of 3 answered)" in counted


def test_doctor(run: Run, settings: Settings, store: SQLiteStore) -> None:
    """Every finding with its level, what to do below it, and 1 where something is a problem."""
    opened(settings.store).close()
    bundle = json.loads((settings.bundle / "build.json").read_text())
    looked = run("doctor")
    lines = looked.stdout.splitlines()
    assert looked.exit_code == 1 and looked.stderr == "1 of 9 findings are problems.\n"
    assert lines[0] == f"ok       Pages and bundle are of one build, {bundle['build']}."
    assert lines[1].startswith("problem  The bundle holds drafts, which are for trying out only: ")
    assert "ok       The keys can be read, by their owner alone." in lines
    assert (
        "         Is there a copy in a safe, apart from the answers? Without the keys no code or receipt works."
        in lines
    )
    assert "ok       The store keeps a record, overwrites nothing, and removes what it is told." in lines


def test_every_expected_failure_is_a_class_of_its_module() -> None:
    """Modules are loaded late and named by text: the names must be right."""
    for module, name in EXPECTED.items():
        assert issubclass(getattr(importlib.import_module(module), name), Exception), (module, name)


def test_a_server_starts_without_the_other_rooms(settings: Settings) -> None:
    """It answers sooner, and needs less of a machine."""
    code = """
import sys
import collector.serving
from mittari import main
rooms = {"analysis", "build", "exchange", "preview", "pandas", "yaml"}
collector.serving.serve = lambda *_: print({name.partition(".")[0] for name in sys.modules} & rooms)
sys.argv = ["mittari", "serve", "--drafts", "--port", "0"]
main()
"""
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "MITTARI_BUNDLE": str(settings.bundle),
        "MITTARI_SITE": str(settings.site),
        "MITTARI_STORE": settings.store,
        "MITTARI_SECRETS": str(settings.secrets),
    }
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "set()\n"), done.stderr


def test_serve_says_what_is_missing(run: Run, settings: Settings) -> None:
    """No bundle, no keys, a busy port: one sentence each."""
    assert run("serve", "--bundle", "none").stderr == "There is no bundle in 'none'. Make it with: mittari build\n"
    assert (
        run("serve", "--drafts", "--secrets", "none").stderr
        == "There are no keys at 'none'. Make them with: mittari keys\n"
    )
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        result = run("serve", "--drafts", "--port", port)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"Nothing can be served at 127.0.0.1:{port} (Address already in use). "
        "Choose another port: mittari serve --port 8010, or make demo PORT=8010."
    )


def test_preview_says_what_is_missing(run: Run, tmp_path: Path) -> None:
    """No folder, a busy port: one sentence each."""
    missing = run("preview", "nowhere")
    assert missing.exit_code == 2
    assert missing.stderr == "There is no folder 'nowhere'. Name the one of the instruments: mittari preview FOLDER\n"
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        result = run("preview", ROOT / "instruments", "--port", port)
    assert result.exit_code == 1
    assert result.stderr == (
        f"The preview cannot be shown at 127.0.0.1:{port}: it is taken. "
        "Choose another port: mittari preview --port 8101\n"
    )


def test_simulate_export_report(run: Run, tmp_path: Path, library: Library) -> None:
    """A small cohort over HTTP, its dataset, and the report from both doors; the same figures."""
    simulated = run("simulate", "--count", 60, "--seed", 3, "--until", "2026-11-24", "--csv", "codes.csv")
    assert simulated.exit_code == 0, simulated.output
    assert simulated.stdout.startswith("60 participations, ") and " submissions over HTTP, " in simulated.stdout
    assert len(Path("codes.csv").read_text().splitlines()) == 61
    again = run("simulate")
    assert again.exit_code == 1
    assert again.stderr.endswith(" holds records already. Simulated answers go to a new store only.\n")
    exported = run("export", "--output", "dataset")
    sent = int(simulated.stdout.split(", ")[1].split()[0])
    contact = ", ".join(dataset.left_out(library))
    assert exported.stdout == (
        f"{sent} submissions in dataset.{f' Contact details were left out: {contact}.' if contact else ''} "
        "Coded answers are personal data: keep them where they are safe.\n"
    )
    rows = dataset.read(Path("dataset")).responses
    answered = rows["instrument"] + "@" + rows["version"].astype(str)
    respondents = {library.instruments[key].respondent for key in answered}
    assert {"client", "coach"} <= respondents
    one = run("report", "--dataset", "dataset", "--output", "one")
    other = run("report", "--output", "other", "--language", "en")
    assert one.exit_code == other.exit_code == 0, one.output + other.output
    assert one.stdout == "Report: one/index.html, and 9 for other readers beside it; figures: one/results.json.\n"
    figures = [json.loads(Path(folder, "results.json").read_text()) for folder in ("one", "other")]
    assert figures[0]["measures"] == figures[1]["measures"] and figures[0]["measures"]
    assert {"dimension", "n_pairs", "interval"} <= set(figures[0]["measures"][0])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x").write_text("x")
    for command in (["export", "--output", "mine"], ["report", "--dataset", "dataset", "--output", "mine"]):
        refused = run(*command)
        assert refused.exit_code == 1 and "mine" in refused.stderr and (tmp_path / "mine" / "x").exists()
    assert run("report", "--dataset", "none", "--output", "x").exit_code == 1


def test_an_export_says_what_it_leaves_out(run: Run, tmp_path: Path) -> None:
    """Contact details stay in the store, and the closing line names them."""
    folder = tmp_path / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    path = folder / "palvelupalaute.yaml"
    path.write_text(re.sub(r"type: long_text(\n +max_length: \d+)?", "type: email", path.read_text()))
    assert run("build", folder, "--drafts", "--output", "out").exit_code == 0
    assert run("invite", "--service", "tyohonvalmennus", "--count", 1, "--bundle", "out/bundle").exit_code == 0
    exported = run("export", "--output", "dataset", "--bundle", "out/bundle")
    left_out = json.loads(Path("dataset/dataset.json").read_text())["left_out"]
    assert {"best", "change_wish"} <= set(left_out)
    assert exported.stdout == (
        f"0 submissions in dataset. Contact details were left out: {', '.join(left_out)}. "
        "Coded answers are personal data: keep them where they are safe.\n"
    )


def test_the_same_seed_gives_the_same_answers(run: Run, tmp_path: Path) -> None:
    """Two simulations are equal in every record but what the keys hash."""
    exported = []
    for name in ("a", "b"):
        store = f"sqlite:{tmp_path / name}.sqlite"
        assert run("simulate", "--count", 12, "--until", "2026-11-24", "--store", store).exit_code == 0
        assert run("export", "--output", name, "--store", store).exit_code == 0
        files = sorted((tmp_path / name).rglob("*.parquet"))
        exported.append([(path.relative_to(tmp_path / name), path.read_bytes()) for path in files])
    assert exported[0] == exported[1]


def test_a_report_before_anybody_has_answered(run: Run) -> None:
    """The first morning: invited, no answers; a report that says so, not an error."""
    run("invite", "--service", "tyohonvalmennus", "--count", 12)
    result = run("report", "--output", "report")
    assert result.exit_code == 0, result.output
    assert all(row["change"] is None for row in json.loads(Path("report/results.json").read_text())["measures"])
