"""Locking, comparing and publishing versions as an author does it, from the command line; and what cannot go wrong."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

import build as publishing
import mittari
from collector import create_app, inviting
from collector.app import utc_now
from collector.bundle import BundleError, read_bundle
from collector.settings import Keys, Settings, make_keys, write_keys
from collector.stores.sqlite import SQLiteStore
from survey import locked
from survey.model import Library, meaning
from survey.reading import read_library
from tests.collector.forms import ID, body
from tests.conftest import Client
from tests.survey.test_reading import INSTRUMENT, SERVICES, SITE

Run = Callable[..., Result]
PICK = (
    "      - {id: pick, type: multiple, text: {fi: Mitkä, sv: Vilka}, options: "
    "[{value: x, label: {fi: Äksä, sv: X}}, {value: y, label: {fi: Yy, sv: Y}}]}\n"
)
FIRST = INSTRUMENT.replace("alarms:", f"{PICK}alarms:")
SECOND = FIRST.replace("version: 1", "version: 2")
WITHOUT_Y = SECOND.replace(", {value: y, label: {fi: Yy, sv: Y}}", "")
# One service that anybody is invited to on any day.
GROUPLESS = SERVICES.replace("    groups: [{id: g1, start: 2026-09-01, end: 2026-12-01}]\n", "")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command beside a folder `instruments` with a small library."""
    monkeypatch.chdir(tmp_path)
    Path("instruments").mkdir()
    for name, text in (("site", SITE), ("services", GROUPLESS), ("koe", FIRST)):
        Path("instruments", f"{name}.yaml").write_text(text)

    def command(*arguments: object) -> Result:
        return CliRunner(env={"LC_ALL": "C"}).invoke(mittari.main, [str(argument) for argument in arguments])

    return command


def edit(name: str, text: str) -> None:
    Path("instruments", name).write_text(text)


# --- mittari lock ---------------------------------------------------------------------------------


def test_lock(run: Run) -> None:
    """By name, by version and by file; a second time nothing is written; the day stands in it."""
    assert run("lock", "koe").stdout == "Locked koe@1: instruments/locked/koe.v1.json\n"
    path = Path("instruments/locked/koe.v1.json")
    before = path.read_bytes()
    assert date.fromisoformat(json.loads(before)["locked"]) - utc_now().date() < timedelta(days=2)
    for name in ("koe", "koe@1", "instruments/koe.yaml", "instruments/locked/koe.v1.json", "--all"):
        again = run("lock", name)
        assert (again.exit_code, again.stdout) == (0, "koe@1 is locked already and means the same.\n"), name
    edit("koe.yaml", FIRST.replace("title: {fi: Koe,", "title: {fi: Kysely,"))
    assert run("lock", "koe").stdout == "koe@1 is locked already and means the same.\n"
    assert path.read_bytes() == before and [p.name for p in path.parent.iterdir()] == ["koe.v1.json"]


def test_lock_takes_the_base_along(run: Run) -> None:
    """What extends a draft would change with it; the file holds all of it, with origins."""
    edit("oma.yaml", "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start]\n")
    assert run("lock", "oma").stdout == (
        "Locked koe@1: instruments/locked/koe.v1.json\nLocked oma@1: instruments/locked/oma.v1.json\n"
    )
    own = locked.decode(Path("instruments/locked/oma.v1.json").read_bytes(), file="").instrument
    assert [(item.id, item.origin) for item in own.items()] == [(id, "koe") for id in ("a1", "a2", "more", "pick")]
    # The small site declares nothing about accessibility.
    assert run("check").stderr == "0 problems, 1 warning.\n"


def test_lock_refuses_errors(run: Run) -> None:
    """The lines of the check, and nothing is locked, also of what has none; another folder's errors do not matter."""
    edit("oma.yaml", FIRST.replace("instrument: koe", "instrument: oma").replace("scale: agree", "scale: agre", 1))
    refused = run("lock", "koe", "oma")
    assert refused.exit_code == 1 and refused.stdout == ""
    assert refused.stderr == (
        "instruments/oma.yaml:16: SCALE-UNKNOWN item 'a1' uses scale 'agre', which is not defined. Did you mean 'agree'?\n"
    )
    assert not Path("instruments/locked").exists()
    assert run("lock", "koe").exit_code == 0
    edit("koe.yaml", FIRST.replace("fi: Yksi", "fi: Eka"))
    refused = run("lock", "koe")
    assert refused.exit_code == 1 and "LOCK-CHANGED koe@1 is locked and must not change" in refused.stderr
    edit("koe.yaml", SECOND)
    path = Path("instruments/locked/koe.v1.json")
    path.write_text(path.read_text().replace("Kaksi", "Kolme"))
    refused = run("lock", "koe")
    assert refused.exit_code == 1 and "LOCK-EDITED" in refused.stderr


def test_lock_names_what_there_is(run: Run) -> None:
    """A mistyped name, a file that is not there or holds something else, nothing named."""
    assert run("lock", "kok").stderr == "There is no instrument 'kok' in 'instruments'. It has: koe@1.\n"
    assert run("lock", "no.yaml").stderr == "The file 'no.yaml' does not exist. Check the path.\n"
    assert run("lock", "instruments/site.yaml").stderr == (
        "The file 'instruments/site.yaml' holds no instrument. Name the file of one.\n"
    )
    assert run("lock", "koe", "--folder", "none").stderr == "There is no instrument 'koe' in 'none'. It has none.\n"
    nothing = run("lock")
    assert (nothing.exit_code, nothing.stderr) == (
        2, "Name what to lock, like 'mittari lock palvelupalaute', or lock all with: mittari lock --all\n",
    )  # fmt: skip
    edit("koe.yaml", FIRST.replace("version: 1", "version: one"))
    broken = run("lock", "koe")
    assert broken.exit_code == 1 and "VALUE-TYPE 'version' is the text 'one'. Write a whole number." in broken.stderr


def test_lock_adds_languages(run: Run) -> None:
    """A translation that came later is locked in a file beside the first."""
    run("lock", "koe")
    before = Path("instruments/locked/koe.v1.json").read_bytes()
    for name, text in (("site", SITE), ("services", GROUPLESS), ("koe", FIRST)):
        edit(f"{name}.yaml", text.replace("sv: ", "en: x, sv: ").replace("[fi, sv]", "[fi, sv, en]"))
    assert run("lock", "koe").stdout == ("Locked the languages added to koe@1 (en): instruments/locked/koe.v1.2.json\n")
    assert Path("instruments/locked/koe.v1.json").read_bytes() == before
    assert run("lock", "koe").stdout == "koe@1 is locked already and means the same.\n"


# --- mittari diff ---------------------------------------------------------------------------------

CHANGED = (
    SECOND.replace("{id: a1, type: likert, scale: agree, text: {fi: Yksi",
                   "{id: a1, reworded: 2, hint: {fi: H, sv: H}, type: likert, scale: agree, text: {fi: Eka")
    .replace("text: {fi: Kaksi", "text: {fi: Toka")
    .replace("{id: more, type: text, text: {fi: Mitä, sv: Vad}, show_if", "{id: why, type: text, text: {fi: M, sv: V}, show_if")
    .replace(", {value: y, label: {fi: Yy, sv: Y}}", "")
    .replace("waves: [start, end]", "waves: [start]")
    .replace("dimensions:\n", "dimensions:\n  one: {title: {fi: Y, sv: E}, items: [a1], minimum_answered: 1}\n")
)  # fmt: skip


def test_diff(run: Run) -> None:
    """Grouped by what it means for comparing answers; of a locked version, what was locked."""
    run("lock", "koe")
    edit("koe.yaml", CHANGED)
    assert run("diff", "koe@1", "koe@2").stdout == (
        "koe@1 → koe@2\n"
        "The questionnaire as a whole:\n"
        "  'waves': [start, end] → [start]\n"
        "Items:\n"
        "  new: why\n"
        "  retired: more\n"
        "  reworded: comparable only if somebody judges so ('reworded'):\n"
        "    a2: text (fi): “Kaksi” → “Toka”\n"
        "  reworded, and judged comparable:\n"
        "    a1: text (fi): “Yksi” → “Eka”\n"
        "  changed: asked otherwise, and answers stay comparable:\n"
        "    pick: option y removed\n"
        "Dimensions:\n"
        "  new: one\n"
        "  comparable only if somebody judges the new words so:\n"
        "    mood: item 'a1' has new words\n"
        "    mood: item 'a2' has new words\n"
        "Also changed, which needs no new version: hints.\n"
    )
    assert "pysyy vertailukelpoisena" in run("diff", "koe@1", "koe@1", "--language", "fi").stdout
    edit("koe.yaml", FIRST.replace("fi: Yksi", "fi: Eka").replace("[a1, a2]", "[a1]").replace("agree, text: {fi: Kaksi", "agree, reverse: true, text: {fi: Kaksi"))  # fmt: skip
    assert run("diff", "koe@1", "instruments/koe.yaml").stdout == (
        "koe@1 → koe@1\n"
        "Items:\n"
        "  changed in meaning: answers are not comparable, and the id must be a new one:\n"
        "    a2: 'reverse': false → true\n"
        "  reworded: comparable only if somebody judges so ('reworded'):\n"
        "    a1: text (fi): “Yksi” → “Eka”\n"
        "  same: more, pick\n"
        "Dimensions:\n"
        "  not comparable:\n"
        "    mood: 'items': [a1, a2] → [a1]\n"
        "    mood: item 'a1' has new words\n"
    )


def test_diff_of_what_is_the_same(run: Run) -> None:
    """Everything stays comparable."""
    assert run("diff", "koe", "instruments/koe.yaml").stdout == (
        "koe@1 → koe@1\nItems:\n  same: a1, a2, more, pick\nDimensions:\n  stays comparable: mood\n"
    )


def test_diff_for_programs(run: Run) -> None:
    """The same as JSON."""
    run("lock", "koe")
    edit("koe.yaml", CHANGED)
    found = json.loads(run("diff", "koe@1", "koe@2", "--format", "json").stdout)
    assert {key: found[key] for key in ("old", "new", "languages_added", "languages_removed", "whole", "free")} == {
        "old": "koe@1", "new": "koe@2", "languages_added": [], "languages_removed": [],
        "whole": ["'waves': [start, end] → [start]"], "free": ["hints"],
    }  # fmt: skip
    assert [(item["item"], item["status"], item["comparable"]) for item in found["items"]] == [
        ("a1", "reworded", "judged"), ("a2", "reworded", "if_judged"), ("why", "new", "no"),
        ("pick", "changed", "yes"), ("more", "retired", "no"),
    ]  # fmt: skip
    assert found["dimensions"][1] == {
        "dimension": "mood", "status": "same", "comparable": "if_judged",
        "changes": ["item 'a1' has new words", "item 'a2' has new words"],
    }  # fmt: skip


def test_diff_refuses_what_cannot_be_read(run: Run) -> None:
    """The lines of the check, but not those about locked versions: they are what the diff is for."""
    edit("koe.yaml", FIRST.replace("scale: agree", "scale: agre", 1))
    refused = run("diff", "koe", "koe")
    assert refused.exit_code == 1 and "SCALE-UNKNOWN" in refused.stderr
    edit("koe.yaml", FIRST)
    assert run("diff", "koe@1", "koe@9").stderr == "There is no instrument 'koe@9' in 'instruments'. It has: koe@1.\n"


# --- drafts ---------------------------------------------------------------------------------------

MARK = {"fi": "Luonnos – vastaukset ovat vain kokeilua.", "sv": "Utkast – svaren är bara till för att prova."}


def test_drafts_are_not_published(run: Run) -> None:
    """A build that services would use drafts of is refused in one sentence; locked, it has no mark."""
    refused = run("build")
    assert refused.exit_code == 1 and not Path("var").exists()
    assert refused.stderr == (
        "Nothing was built, because services use versions that are not locked: koe@1. Lock them with `mittari lock "
        "--all`, or try them out with `mittari build --drafts`.\n"
    )
    run("lock", "--all")
    assert run("build").exit_code == 0
    assert not any(
        mark in page.read_text() for page in Path("var/build/site").rglob("*.html") for mark in MARK.values()
    )
    assert json.loads(Path("var/build/bundle/build.json").read_text())["drafts"] == []


def test_drafts_are_marked(run: Run) -> None:
    """Each page says so near its top, in its language; the bundle names them, and the collector's pages say so too."""
    assert run("build", "--drafts").exit_code == 0
    for language, mark in MARK.items():
        html = Path(f"var/build/site/{language}/koe-v1-start.html").read_text()
        assert f'<p class="notice">{mark}</p>' in html.partition("<h1>")[0]
    bundle = read_bundle(Path("var/build/bundle"))
    assert bundle.library.drafts == ("koe@1",)
    page = bundle.question_page(bundle.library.instruments["koe@1"], "start", "fi")
    assert publishing.pages.questionnaire(page) == Path("var/build/site/fi/koe-v1-start.html").read_text()


def test_a_draft_that_nobody_uses_yet_is_left_out(run: Run) -> None:
    """Somebody works on the next version while people answer this one: no page, no rule of it is published."""
    run("lock", "koe")
    edit("koe.yaml", SECOND)
    assert run("build").stdout.endswith(". Left out, as not locked: koe@2.\n")
    assert [path.name for path in Path("var/build/bundle/instruments").iterdir()] == ["koe.v1.json"]
    assert not list(Path("var/build/site").rglob("koe-v2*"))
    run("build", "--drafts")
    html = Path("var/build/site/fi/koe-v2-start.html").read_text()
    assert MARK["fi"] in html and MARK["fi"] not in Path("var/build/site/fi/koe-v1-start.html").read_text()


def test_a_new_version_that_no_service_uses_is_told(run: Run) -> None:
    """Whoever locked it would think that it is asked; an unfinished draft is told when locking alone."""
    run("lock", "koe")
    edit("koe.yaml", SECOND)
    told = "No service uses koe@2 yet, so koe@1 is asked. Name koe@2 in services.yaml.\n"
    assert run("lock", "--all").stdout == f"koe@1 is locked already and means the same.\n{told}"
    assert "No service" not in run("build").stdout
    assert run("lock", "koe").stdout == f"Locked koe@2: {Path('instruments/locked/koe.v2.json')}\n{told}"
    assert run("build").stdout.endswith(told)
    edit("services.yaml", GROUPLESS.replace("koe@1", "koe@2"))
    assert "No service" not in run("lock", "koe").stdout + run("build").stdout


def test_drafts_are_not_served(run: Run, tmp_path: Path) -> None:
    """One sentence says what to do; with --drafts they are. A running service does not take a build of drafts."""
    run("keys")
    run("build", "--drafts")
    refused = run("serve", "--port", "0")
    assert refused.exit_code == 1
    assert refused.stderr == (
        "The bundle holds drafts, which are for trying out only: koe@1. Lock them and build again (mittari lock --all, "
        "then mittari build), or try them out with: mittari serve --drafts\n"
    )
    settings = Settings(store=f"sqlite:{tmp_path / 's.sqlite'}")
    with pytest.raises(BundleError):
        create_app(settings)
    assert run("serve", "--drafts", "--port", "0", "--bundle", "none").stderr.startswith(
        "There is no bundle in 'none'."
    )
    run("lock", "--all")
    run("build")
    app = create_app(settings)
    before = app.service.bundle.build
    edit("koe.yaml", SECOND)
    edit("services.yaml", GROUPLESS.replace("koe@1", "koe@2"))
    run("build", "--drafts")
    Path("var/build/bundle/build.json").touch()
    assert app.service.bundle.build == before
    app.service.store.close()


# --- services keep their arm ----------------------------------------------------------------------

SETTLED = (
    "Nothing was built: service 'jt' has answers as 'intervention', and services.yaml now says 'comparison'. Put the arm "
    "back, and give what is new a service of its own.\n"
)


def test_a_service_with_answers_keeps_its_arm(run: Run, field: Field) -> None:
    """Whom the answers count for is settled with the first of them; nobody is compared with themselves."""
    edit("services.yaml", GROUPLESS.replace("    kind:", "    arm: comparison\n    kind:"))
    assert run("build").exit_code == 0, "nobody was invited"
    edit("services.yaml", GROUPLESS)
    run("build")
    code = field.invited()
    edit("services.yaml", GROUPLESS.replace("    kind:", "    arm: comparison\n    kind:"))
    assert run("build").exit_code == 0, "nobody has answered"
    edit("services.yaml", GROUPLESS)
    run("build")
    field.answer(code, a1="1")
    edit("services.yaml", GROUPLESS.replace("    kind:", "    arm: comparison\n    kind:"))
    before = Path("var/build/bundle/build.json").read_bytes()
    refused = run("build")
    assert (refused.exit_code, refused.stderr) == (1, SETTLED)
    assert Path("var/build/bundle/build.json").read_bytes() == before
    assert run("build", "--store", "sqlite:var/other.sqlite").exit_code == 0
    assert not Path("var/other.sqlite").exists()


def test_a_service_that_was_used_stays(run: Run, field: Field) -> None:
    """Its answers could be placed in no table; one that nobody knows may go."""
    twice = GROUPLESS + GROUPLESS[GROUPLESS.index("  - id: jt") :].replace("id: jt", "id: uusi").replace("JT", "UU")
    edit("services.yaml", twice)
    run("build")
    field.invited()
    edit("services.yaml", GROUPLESS)
    assert run("build").exit_code == 0
    edit("services.yaml", twice.replace("id: jt", "id: toinen"))
    assert run("build").stderr == (
        "Nothing was built: people were invited to service 'jt' or answered about it, and services.yaml no longer has "
        "it. Put it back: a service that has ended stays in the file.\n"
    )


def test_a_version_that_was_answered_stays_as_it_was(run: Run, field: Field) -> None:
    """Also where its locked file was deleted and locked anew with other words, answers of before keep their question."""
    run("lock", "--all")
    run("build")
    code = field.invited()
    kept = Path("instruments/locked/koe.v1.json")
    earlier = kept.read_bytes()
    kept.unlink()
    edit("koe.yaml", FIRST.replace("fi: Yy", "fi: Jokin muu"))
    run("lock", "--all")
    assert run("build").exit_code == 0, "nobody has answered"
    kept.write_bytes(earlier)
    edit("koe.yaml", FIRST)
    run("build")
    field.answer(code, a1="1")
    kept.unlink()
    edit("koe.yaml", FIRST.replace("fi: Yy", "fi: Jokin muu"))
    run("lock", "--all")
    before = Path("var/build/bundle/build.json").read_bytes()
    refused = run("build")
    assert (refused.exit_code, refused.stderr) == (
        1,
        "Nothing was built: people have answered koe@1, and it no longer asks what they were asked. Put back "
        "'instruments/locked/koe.v1.json' as it was (from version control or a backup), and make a new version of what "
        "is to change.\n",
    )
    assert Path("var/build/bundle/build.json").read_bytes() == before


def test_a_version_that_was_answered_is_not_lost(run: Run, field: Field) -> None:
    """Nothing could say what its answers mean; of a version that nobody answered nothing is missed."""
    run("lock", "--all")
    run("build")
    code = field.invited()
    edit("koe.yaml", SECOND)
    edit("services.yaml", GROUPLESS.replace("koe@1", "koe@2"))
    run("lock", "--all")
    kept = Path("instruments/locked/koe.v1.json")
    earlier = kept.read_bytes()
    kept.unlink()
    assert run("build").exit_code == 0, "nobody has answered"
    kept.write_bytes(earlier)
    run("build")
    field.answer(code, a1="1")
    kept.unlink()
    assert run("build").stderr == (
        "Nothing was built: people have answered koe@1, and it is gone. Put back 'instruments/locked/koe.v1.json' as it "
        "was (from version control or a backup), and make a new version of what is to change.\n"
    )


# --- what other tools let happen ------------------------------------------------------------------


class Field:
    """A site in the field: people are invited and answer, over HTTP, while authors go on editing."""

    def __init__(self, store: SQLiteStore, keys: Keys) -> None:
        self.store, self.keys = store, keys
        self._chance = random.Random(5)
        self._settings = Settings(secrets=Path("keys.json"))

    def library(self) -> Library:
        return read_bundle(Path("var/build/bundle")).library

    def invited(self) -> str:
        today = utc_now().date()
        plan = inviting.plan(self.library(), service="jt", group=None, start=today, end=None, today=today)
        made = inviting.invite(self.store, self.keys, [plan], moment=utc_now(), random=self._chance.randbytes)
        return next(made).code

    def page(self, code: str, version: int, **answers: str) -> dict[str, str]:
        """What a page of a version sends, as it is open on somebody's phone."""
        koe = self.library().instruments[f"koe@{version}"]
        return {
            "_id": ID, "_instrument": "koe", "_version": str(version), "_meaning": meaning(koe, "fi"), "_wave": "start",
            "_language": "fi", "_channel": "own_device", "_code": code,
            **{name.replace("__", "."): value for name, value in answers.items()}, "_helper": "none", "_end": "1",
        }  # fmt: skip

    def send(self, form: dict[str, str]) -> int:
        client = Client(create_app(self._settings, store=self.store))
        kind = "application/x-www-form-urlencoded"
        return client.post("/-/submit", data=body(form), content_type=kind).status_code

    def answer(self, code: str, version: int = 1, **answers: str) -> None:
        form = self.page(code, version, **answers) | {"_id": self._chance.choice("0123456789") * 26}
        assert self.send(form) == 201


@pytest.fixture
def field(run: Run) -> Iterator[Field]:
    """The small library, locked and published, with a store where the commands look for it."""
    assert run("lock", "--all").exit_code == 0
    assert run("build").exit_code == 0
    keys = make_keys(random.Random(7).randbytes)
    write_keys(Path("keys.json"), keys)
    store = SQLiteStore(Path("var/store.sqlite"))
    yield Field(store, keys)
    store.close()


def publish(run: Run, text: str, version: int = 2) -> None:
    """A new version is written, locked and used in the place of the old one."""
    edit("koe.yaml", text)
    edit("services.yaml", GROUPLESS.replace("koe@1", f"koe@{version}"))
    for command in (["lock", "koe"], ["build"]):
        result = run(*command)
        assert result.exit_code == 0, result.output


def exported(run: Run) -> pd.DataFrame:
    result = run("export", "--output", "dataset")
    assert result.exit_code == 0, result.output
    return pd.read_parquet("dataset/responses", dtype_backend="numpy_nullable").set_index("version")


def test_removing_an_option_keeps_the_answers_of_those_who_chose_it(run: Run, field: Field) -> None:
    """The column stays in every export, with what was chosen."""
    field.answer(field.invited(), pick__y="y")
    publish(run, WITHOUT_Y)
    field.answer(field.invited(), 2, pick__x="x")
    rows = exported(run)
    assert rows.loc[1, ["pick.x", "pick.y"]].tolist() == [False, True]
    assert rows.loc[2, ["pick.x", "pick.y"]].tolist() == [True, pd.NA]


def test_editing_a_label_renames_nothing(run: Run, field: Field) -> None:
    """Values are what is stored: a label judged comparable leaves columns and answers where they are."""
    field.answer(field.invited(), a1="2")
    publish(run, SECOND.replace("    options:", "    reworded: 2\n    options:").replace("fi: Kyllä", "fi: Kyllä on"))
    field.answer(field.invited(), 2, a1="2")
    assert exported(run)["a1"].tolist() == [2, 2]


def test_renaming_an_id_is_a_new_question(run: Run, field: Field) -> None:
    """Old answers stay in their column, new ones have their own; the lineage says what came and went."""
    field.answer(field.invited(), a1="2", more="vanha")
    publish(run, SECOND.replace("{id: more,", "{id: what,"))
    field.answer(field.invited(), 2, a1="2", what="uusi")
    rows = exported(run)[["more", "what"]]
    assert rows.loc[1].tolist() == ["vanha", pd.NA] and rows.loc[2].tolist() == [pd.NA, "uusi"]
    lineage = pd.read_parquet("dataset/lineage.parquet").query("version == 2").set_index("item")["status"]
    assert (lineage["what"], lineage["more"], lineage["a1"]) == ("new", "retired", "same")


def test_deleting_the_file_of_a_locked_version_loses_nothing(run: Run, field: Field) -> None:
    """Its pages, its answers and the export stay."""
    before = Path("var/build/site/fi/koe-v1-start.html").read_bytes()
    field.answer(field.invited(), a1="1")
    Path("instruments/koe.yaml").unlink()
    assert run("build").exit_code == 0
    assert Path("var/build/site/fi/koe-v1-start.html").read_bytes() == before
    field.answer(field.invited(), a1="2")
    assert sorted(exported(run)["a1"]) == [1, 2]


def test_an_open_page_of_the_version_before_still_arrives(run: Run, field: Field) -> None:
    """As an answer to the version that was read; it counts as answered in the new one."""
    code = field.invited()
    form = field.page(code, 1, a1="1", pick__y="y")
    publish(run, WITHOUT_Y)
    assert field.send(form) == 201
    assert field.send(field.page(code, 2, a1="2") | {"_id": "z" * 26}) == 409
    rows = exported(run)
    assert rows.index.tolist() == [1] and rows["pick.y"].tolist() == [True]


def test_a_language_leaves_the_site(run: Run, field: Field) -> None:
    """Old versions are published in those that are left; what was answered in the lost one stays in the export."""
    code = field.invited()
    open_page = field.page(code, 1, a1="1") | {"_language": "sv"}
    open_page["_meaning"] = meaning(field.library().instruments["koe@1"], "sv")
    assert field.send(open_page) == 201
    Path("instruments/koe.yaml").unlink()
    for name, text in (("site", SITE), ("services", GROUPLESS)):
        edit(f"{name}.yaml", re.sub(r", sv: \w+|, sv(?=\])", "", text).replace(", sv: Svenska", ""))
    built = run("build")
    assert built.exit_code == 0, built.output
    assert sorted(path.name for path in Path("var/build/site").iterdir() if path.is_dir()) == ["assets", "fi"]
    other = field.page(field.invited(), 1, a1="2") | {"_language": "sv", "_id": "z" * 26}
    assert field.send(other) == 400
    field.answer(field.invited(), a1="2")
    assert sorted(exported(run)["language"]) == ["fi", "sv"]


def test_two_versions_are_asked_at_once(run: Run, field: Field) -> None:
    """One service stays with the old version, another begins with the new one; each has its pages."""
    edit("koe.yaml", WITHOUT_Y)
    other = GROUPLESS[GROUPLESS.index("  - id: jt") :].replace("id: jt", "id: uusi").replace("JT", "UU")
    edit("services.yaml", GROUPLESS + other.replace("koe@1", "koe@2"))
    run("lock", "koe")
    assert run("build").exit_code == 0
    field.answer(field.invited(), 1, pick__y="y")
    assert Path("var/build/site/fi/koe-v2-start.html").is_file()
    assert exported(run).index.tolist() == [1]


def test_the_shipped_instruments_can_be_locked(run: Run) -> None:
    """All of them at once, without a problem of versions afterwards; they ship unlocked, to be edited."""
    from tests.conftest import ROOT

    assert not (ROOT / "instruments" / "locked").exists()
    shutil.copytree(ROOT / "instruments", "shipped")
    assert run("lock", "--all", "--folder", "shipped").exit_code == 0
    checked = run("check", "shipped")
    assert checked.exit_code == 0 and "LOCK-" not in checked.stdout
    read = read_library(Path("shipped")).library
    assert read is not None and read.drafts == ()
