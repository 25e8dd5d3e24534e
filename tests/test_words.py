"""`mittari words`: what it says, whole, what it stores, and what it refuses, in the terminal and by a spreadsheet."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from analysis import dataset
from collector import app, audit, inviting
from collector.settings import Keys, Settings
from collector.stores.sqlite import SQLiteStore
from collector.words import every_released
from commands.analysts import export
from commands.words import HEADS, decisions_of, guarded, unguarded, words
from survey import codes, records
from survey.model import Library
from survey.records import Submission
from tests.conftest import NOON

TODAY = datetime(2026, 12, 5, 10, 0, tzinfo=UTC)
"""The group uv-1 ended on 28 October, so its time to answer on 27 November."""
TEXTS = (
    "Ryhmä oli hyvä.",
    "Opettaja Kaisa auttoi, numero 040 123 4567.\nMasennukseni helpotti.",
    "=1+1 on kaksi",
    "'-lainattu",
    "Hetu 131052-308T",
)
ROLE = ["--role", "laatukoordinaattori"]
Words = Callable[..., Result]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(app, "utc_now", lambda: TODAY)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def ids(library: Library, store: SQLiteStore, keys: Keys) -> dict[str, str]:
    """What five clients of a group of the career coaching wrote, one of another service, and one who still can."""
    chance = random.Random(5).randbytes
    found = {}
    for service, group, wrote in (
        ("uravalmennus", "uv-1", TEXTS), ("uravalmennus", "uv-2", ["Auki"]), ("tyohonvalmennus", None, ["Yksin"])
    ):  # fmt: skip
        day = datetime(2026, 9, 1).date()
        start = None if group else datetime(2026, 7, 1).date()
        plan = inviting.plan(library, service=service, group=group, start=start, end=None, today=day)
        invited = inviting.invite(store, keys, [plan] * len(wrote), moment=NOON, random=chance)
        for text, one in zip(wrote, invited, strict=True):
            submission = Submission(
                id=codes.new_id(chance), participation=one.participation.id, service=service,
                instrument="palvelupalaute", version=1, meaning="", wave="end", language="fi", channel="own_device",
                helper="none", received="2026-11-02T10:00:00.000Z", answers={"best": text},
            )  # fmt: skip
            key = records.submission_key(submission.owner, submission.instrument, submission.wave, 1)
            assert store.create(key, records.encode(submission))
            found[text] = f"{submission.id}/best"
    return found


@pytest.fixture
def run(settings: Settings) -> Words:
    environment = {
        "MITTARI_BUNDLE": str(settings.bundle), "MITTARI_STORE": settings.store, "MITTARI_STAFF": "planner",
        "LC_ALL": "C",
    }  # fmt: skip

    def one(*arguments: str, typed: str = "") -> Result:
        return CliRunner(env=environment).invoke(words, [*arguments], input=typed)

    return one


def released(store: SQLiteStore) -> list[str]:
    return sorted(str(one.text) for one in every_released(store))


# --- looking ----------------------------------------------------------------------------------------


def test_the_list(run: Words) -> None:
    """What waits, by service and questionnaire, and what does not yet; no text."""
    listed = run()
    assert (listed.exit_code, listed.output) == (
        0,
        """\
service       questionnaire   wave  texts
uravalmennus  palvelupalaute  end       5
Texts that wait to be read: 5. Of groups that can still answer: 1. To questions that fewer than 5 people wrote to: 1. \
Released: 0. Withheld: 0.
Read them with: mittari words --read --role ROLE
""",
    )


def test_reading_one_by_one(run: Words, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text with what is suggested and why; the five choices do what they say, and are stored at once."""
    order = re.findall(r"^Text .*\nQuestion: .*\n\n((?:  .*\n)+)", run("--read", *ROLE, typed="l\n" * 5).output, re.M)
    letter = {"Ryhmä": "r", "[[Ope": "s", "Opett": "s", "=1+1": "w", "'-lai": "e", "Hetu ": "l"}
    typed = "".join(f"{next(key for start, key in letter.items() if start in text)}\n" for text in order)
    monkeypatch.setattr(click, "edit", lambda text: text.replace("'-", ""))
    shown = run("--read", *ROLE, typed=typed)
    assert shown.exit_code == 0
    assert (
        """\
 of 5. Job-search and career coaching. Feedback on the service: At the end of the service. Language: fi.
Question: What was good about the service?

  Opettaja [[Kaisa]] auttoi, numero [[040 123 4567]].
  Masennukseni helpotti.

  “Kaisa”: It may be the name of somebody on the staff.
  “040 123 4567”: It looks like a phone number.
  “Masennukseni”: It may tell of somebody's health. It is not taken out: decide yourself.
Release it as it is (r), with the suggestions taken out (s), edit it (e), withhold it (w), later (l), stop (q) [l]: s
"""
        in shown.output
    )
    assert shown.output.endswith("Released: 3. Withheld: 1. Left for later: 1.\n")
    assert released(store) == [
        "Opettaja […] auttoi, numero […].\nMasennukseni helpotti.", "Ryhmä oli hyvä.", "lainattu",
    ]  # fmt: skip
    assert "Texts that wait to be read: 1." in run().output and "Released: 3. Withheld: 1." in run().output
    assert {(one.actor, one.action, one.details["role"]) for one in audit.entries(store)} == {
        ("planner", "release words", "laatukoordinaattori"), ("planner", "withhold words", "laatukoordinaattori"),
    }  # fmt: skip


def test_stopping_leaves_the_rest(run: Words, store: SQLiteStore) -> None:
    """Nothing is lost and nothing is decided; without typing, it is later."""
    assert run("--read", *ROLE, typed="q\n").output.endswith("Released: 0. Withheld: 0. Left for later: 5.\n")
    assert run("--read", *ROLE, typed="\n" * 5).output.endswith("Released: 0. Withheld: 0. Left for later: 5.\n")
    assert list(store.scan("words/")) == []


def test_what_is_edited_is_looked_at_again(run: Words, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that somebody left in is shown and asked about; not saved, emptied or with an identity code is asked anew."""
    made = iter(["Kiitos Kaisa", "Kiitos Kaisa", None, " ", "131052-308T"])
    monkeypatch.setattr(click, "edit", lambda text: next(made))
    shown = run("--read", *ROLE, typed="e\nn\ne\ny\ne\ne\ne\nq\n").output
    assert "Still in it:\n  “Kaisa”: It may be the name of a person, a place or a workplace.\n" in shown
    assert shown.count("Release it all the same? [y/N]: ") == 2
    assert "The text was not saved: nothing is released.\n" in shown
    assert "Nothing is left of the text. Withhold it instead.\n" in shown
    assert "A personal identity code stands in the text. Take it out: it is not released.\n" in shown
    assert released(store) == ["Kiitos Kaisa"]


def test_an_identity_code_is_not_released_as_it_is(run: Words, store: SQLiteStore) -> None:
    """It is said, and the choice comes again."""
    shown = run("--read", *ROLE, typed="r\n" * 12 + "q\n").output
    assert "A personal identity code stands in the text. Take it out: it is not released.\n" in shown
    assert not any("131052" in text for text in released(store))


def test_what_is_released_is_listed_exported_and_taken_back(
    run: Words, store: SQLiteStore, ids: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    """With its id, in the dataset without whose it is, and gone from the next export when it is taken back."""
    Path("w.csv").write_text(row_of(run, "Ryhmä oli hyvä.", "release"), encoding="utf-8")
    assert run("--input", "w.csv", *ROLE).output == "Released: 1. Withheld: 0. Left for later: 0.\n"
    id = ids["Ryhmä oli hyvä."]
    assert run("--released").output == (
        f"{id}  uravalmennus, palvelupalaute, end\n  Ryhmä oli hyvä.\n\n"
        "Texts that are released: 1. Take one back with: mittari words --withhold ID\n"
    )
    environment = {"MITTARI_BUNDLE": str(settings.bundle), "MITTARI_STORE": settings.store}

    def exported(name: str) -> list[dict[str, object]]:
        assert CliRunner(env=environment).invoke(export, ["--output", name]).exit_code == 0
        found = dataset.read(tmp_path / name).words
        return [{str(key): value for key, value in row.items()} for row in found.to_dict("records")]

    (row,) = exported("d")
    assert row.pop("moment").isoformat() == "2026-12-05T10:00:00+00:00"  # type: ignore[attr-defined]
    assert row == {
        "service": "uravalmennus", "kind": "job_search_coaching", "instrument": "palvelupalaute", "wave": "end",
        "item": "best", "text": "Ryhmä oli hyvä.",
    }  # fmt: skip
    back = run("--withhold", id, *ROLE)
    assert (back.exit_code, back.output) == (
        0, "Taken back. It stands in no export or report from now on; those that were made still have it.\n"
    )  # fmt: skip
    assert exported("e") == []
    again = run("--withhold", id, *ROLE)
    assert (again.exit_code, again.output) == (
        2, f"No text '{id}' is released. Look at the list of what is released.\n"
    )  # fmt: skip


# --- a spreadsheet ----------------------------------------------------------------------------------


def rows(run: Words, name: str = "out.csv") -> list[dict[str, str]]:
    if not Path(name).exists():
        assert run("--output", name).exit_code == 0
    return list(csv.DictReader(io.StringIO(Path(name).read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))


def written(listed: list[dict[str, str]], heads: tuple[str, ...] = HEADS, delimiter: str = ";") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, heads, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(listed)
    return text.getvalue()


def row_of(run: Words, text: str, decision: str, **changed: str) -> str:
    (row,) = [row for row in rows(run) if unguarded(row["text"]) == text]
    return written([{**row, "decision": decision, **changed}])


def test_the_csv(run: Words, ids: dict[str, str]) -> None:
    """For its owner alone, as a spreadsheet of Finland opens it; no cell is a formula; nothing is written over."""
    said = run("--output", "out.csv")
    assert (said.exit_code, said.output) == (
        0,
        "5 texts in out.csv. They may tell who wrote them: keep the file where it is safe. Write release, suggested, "
        "edited or withhold under 'decision', give the file back with --input, and remove it.\n",
    )
    assert Path("out.csv").stat().st_mode & 0o777 == 0o600
    assert Path("out.csv").read_bytes().startswith(b"\xef\xbb\xbfkey;service;")
    listed = {row["key"]: row for row in rows(run)}
    assert list(next(iter(listed.values()))) == list(HEADS)
    assert {unguarded(row["text"]) for row in listed.values()} == set(TEXTS)
    row = listed[ids[TEXTS[1]]]
    assert row == {
        "key": ids[TEXTS[1]], "service": "Job-search and career coaching", "questionnaire": "Feedback on the service",
        "wave": "At the end of the service", "question": "What was good about the service?", "text": TEXTS[1],
        "suggested": "Opettaja […] auttoi, numero […].\nMasennukseni helpotti.",
        "notes": "“Kaisa”: It may be the name of somebody on the staff.\n“040 123 4567”: It looks like a phone number.\n"
        "“Masennukseni”: It may tell of somebody's health. It is not taken out: decide yourself.",
        "decision": "", "released": "",
    }  # fmt: skip
    assert listed[ids["=1+1 on kaksi"]]["text"] == "'=1+1 on kaksi"
    assert listed[ids["'-lainattu"]]["text"] == "''-lainattu"
    assert run("--output", "out.csv").exit_code == 2


def test_the_round_trip(run: Words, store: SQLiteStore, ids: dict[str, str]) -> None:
    """Each decision does what it says, through a spreadsheet that saves otherwise; empty is later."""
    decisions = {
        "Ryhmä oli hyvä.": {"decision": " Release "}, TEXTS[1]: {"decision": "suggested"},
        "=1+1 on kaksi": {"decision": "release"}, "'-lainattu": {"decision": "edited", "released": "'=muuta\r\ntoinen"},
        "Hetu 131052-308T": {"decision": "withhold"},
    }  # fmt: skip
    listed = [{**row, **decisions[unguarded(row["text"])]} for row in rows(run)]
    saved = written(listed, tuple(reversed(HEADS)), ",").replace("\n", "\r\n").replace("\r\r\n", "\r\n")
    Path("in.csv").write_bytes(saved.encode())
    assert run("--input", "in.csv", *ROLE).output == "Released: 4. Withheld: 1. Left for later: 0.\n"
    assert released(store) == [
        "=1+1 on kaksi", "=muuta\ntoinen", "Opettaja […] auttoi, numero […].\nMasennukseni helpotti.", "Ryhmä oli hyvä.",
    ]  # fmt: skip
    again = run("--input", "in.csv", *ROLE)
    assert again.exit_code == 1 and again.output.endswith("Problems: 5. Nothing was stored.\n")


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "'tis", "-", "+358", "@x", "\t=", "''", "'", "plain", "a=b"])
def test_guards_come_off_again(text: str) -> None:
    """Whatever a text begins with; and what a person types with an apostrophe keeps it."""
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded("'tis") == "'tis"


CHANGED = "'text' or 'suggested' is not as it was written. Put back what stood there; edits go under 'released'."
PROBLEMS: dict[str, tuple[str, dict[str, str], str]] = {
    "unknown": (TEXTS[0], {"decision": "ok"},
                "'ok' is no decision. Write release, suggested, edited, withhold, or nothing for later."),
    "key": (TEXTS[0], {"decision": "release", "key": "x/best"},
            "no text with this key waits. It was decided on, corrected or erased since, or the key was changed. Write a "
            "new file with --output."),
    "text": (TEXTS[0], {"decision": "release", "text": "Ryhmä oli huono."}, CHANGED),
    "suggested": (TEXTS[1], {"decision": "suggested", "suggested": "Kaisa auttoi"}, CHANGED),
    "empty": (TEXTS[0], {"decision": "edited"},
              "'edited' needs a text under 'released'. Write edited with the text to release there, or leave 'released' "
              "empty."),
    "both": (TEXTS[0], {"decision": "withhold", "released": "x"},
             "'withhold' has one under 'released'. Write edited with the text to release there, or leave 'released' "
             "empty."),
    "code": (TEXTS[4], {"decision": "release"},
             "A personal identity code stands in the text. Take it out: it is not released."),
    "edited code": (TEXTS[0], {"decision": "edited", "released": "131052-308T"},
                    "A personal identity code stands in the text. Take it out: it is not released."),
    "undecided": (TEXTS[0], {"decision": "", "released": "x"},
                  "there is a text under 'released' and no decision. Write edited."),
}  # fmt: skip


@pytest.mark.parametrize("which", PROBLEMS)
def test_problems_are_told_by_row_and_nothing_is_stored(run: Words, store: SQLiteStore, which: str) -> None:
    """A good row before it is not stored either; the sentence says what to do."""
    text, changed, sentence = PROBLEMS[which]
    good = {**next(row for row in rows(run) if row["text"] not in (text, guarded(text))), "decision": "withhold"}
    bad = {**next(row for row in rows(run) if unguarded(row["text"]) == text), **changed}
    Path("in.csv").write_text(written([good, bad]), encoding="utf-8")
    refused = run("--input", "in.csv", *ROLE)
    assert (refused.exit_code, refused.output) == (1, f"Row 3: {sentence}\nProblems: 1. Nothing was stored.\n")
    assert list(store.scan("words/")) == [] == list(store.scan("audit/"))


def test_every_problem_is_told_at_once(run: Words, store: SQLiteStore) -> None:
    """One row twice and one with no such decision: two sentences; other columns are refused as a whole."""
    one, two, *_ = rows(run)
    one["decision"] = "withhold"
    Path("in.csv").write_text(written([one, one, {**two, "decision": "?"}]), encoding="utf-8")
    lines = run("--input", "in.csv", *ROLE).output.splitlines()
    assert lines[0] == "Row 3: the same key stands in a row above. Leave one of the two out."
    assert lines[1].startswith("Row 4: '?' is no decision.") and lines[2] == "Problems: 2. Nothing was stored."
    Path("in.csv").write_text("key;decision\nx;release\n", encoding="utf-8")
    assert run("--input", "in.csv", *ROLE).output.startswith(
        "The columns are not those of --output: key, service, questionnaire, wave, question, text, suggested, notes, "
        "decision, released. Leave the first row as it was.\n"
    )
    assert list(store.scan("words/")) == []


def test_judging_a_csv_stores_nothing(store: SQLiteStore) -> None:
    """It is pure: a page can call it too."""
    from collector.lists import read
    from survey.redaction import Known

    found = decisions_of(read(written([dict.fromkeys(HEADS, "")]).encode() + b"x" + b";" * 9), {}, Known())
    assert found == ((), ())


# --- commands that are wrong --------------------------------------------------------------------------


def test_what_is_refused(run: Words, ids: dict[str, str]) -> None:
    """Two things at once, no role, a person's name for one."""
    one = "Give one of --read, --output, --input, --released and --withhold.\n"
    role = "Give --role: the role that the area has named for this, never a person's name.\n"
    name = (
        "'Kaisa' names no role. Write the role that the area has named for this in small letters, like 'quality lead', "
        "and never a person's name.\n"
    )
    cases = {
        ("--read", "--released"): one, ("--read",): role, ("--withhold", ids["Auki"]): role,
        ("--read", "--role", "Kaisa"): name,
    }  # fmt: skip
    for arguments, sentence in cases.items():
        refused = run(*arguments)
        assert (refused.exit_code, refused.output) == (2, sentence)


def test_help_says_to_read_every_word(run: Words) -> None:
    """Whoever decides is told that suggestions miss some."""
    shown = " ".join(run("--help").output.split())
    assert "It misses some, so read every word; you decide." in shown
    assert (
        "Sealed answers are read where a key is: with --identity, or in a store that 'mittari unseal' has opened."
        in shown
    )
