"""`mittari alarms` and `mittari reply`: what they say, whole, what they write, and what they refuse."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analysis import dataset
from collector import app, audit, inviting
from collector.replies import every_reply, record_reply
from collector.settings import Keys, Settings
from collector.stores.sqlite import SQLiteStore
from commands.alarms import HEADS, alarms, reply
from commands.analysts import export
from survey import codes, records
from survey.model import Library
from survey.records import Submission
from tests.conftest import NOON

TODAY = datetime(2026, 12, 5, 10, 0, tzinfo=UTC)
"""The group uv-1 ended on 28 October, so its time to answer on 27 November; a reply is due by 11 December."""
AREA = "Employment Area of Southern Central Finland (example)"
PROVIDER = "Järviseudun Valmennus (esimerkki)"
BUYER = "Eteläisen Keski-Suomen työllisyysalue (esimerkki)"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(app, "utc_now", lambda: TODAY)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def answered(library: Library, store: SQLiteStore, keys: Keys) -> None:
    """Seven of sixteen clients of a group of the career coaching found it poor."""
    plan = inviting.plan(
        library, service="uravalmennus", group="uv-1", start=None, end=None, today=datetime(2026, 9, 1).date()
    )
    chance = random.Random(5).randbytes
    for n, one in enumerate(inviting.invite(store, keys, [plan] * 16, moment=NOON, random=chance)):
        submission = Submission(
            id=codes.new_id(chance), participation=one.participation.id, service="uravalmennus",
            instrument="palvelupalaute", version=1, meaning="", wave="end", language="fi", channel="own_device",
            helper="none", received="2026-11-02T10:00:00.000Z", answers={"overall": 2 if n < 7 else 4},
        )  # fmt: skip
        key = records.submission_key(submission.owner, submission.instrument, submission.wave, 1)
        assert store.create(key, records.encode(submission))


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    return {
        "MITTARI_BUNDLE": str(settings.bundle), "MITTARI_STORE": settings.store, "MITTARI_STAFF": "planner",
        "LC_ALL": "C",
    }  # fmt: skip


@pytest.fixture
def listed(environment: dict[str, str]) -> Result:
    return CliRunner(env=environment).invoke(alarms, [])


@pytest.fixture
def id(listed: Result) -> str:
    (found,) = re.findall(r"^(\w{4}-\w{4})  ", listed.output, re.MULTILINE)
    return str(found)


def test_the_list(listed: Result, id: str) -> None:
    """What was looked at, and of the one alarm all that may be told."""
    assert (listed.exit_code, listed.output) == (
        0,
        f"""\
Questionnaires of groups that have closed and had answers: 1. Alarms: 1. Thanks: 0.

{id}  An alarm: answers that somebody must act on
  To be answered by 11 December 2026. Days left: 6.
  Service: Job-search and career coaching, group uv-1.
  Contract: ETKS-2026-04, lot 1.
  Questionnaire: Feedback on the service, at the end of the service. The time to answer ended on 27 November 2026.
  Question: “How do you rate the service as a whole?”
  Answers that count here: “Poor”, “Rather poor”.
  Clients who answered so: 7 of the 16 who answered the question (44%).
  Told to: {BUYER} (buyer), {PROVIDER} (provider).
""",
    )


def test_another_day(environment: dict[str, str]) -> None:
    """Before the group has closed nothing is raised; later it is overdue; --since leaves out what closed before."""
    run = CliRunner(env=environment).invoke
    nothing = "Questionnaires of groups that have closed and had answers: 0. Alarms: 0. Thanks: 0.\n"
    assert run(alarms, ["--day", "2026-11-27"]).output == nothing
    late = run(alarms, ["--day", "2026-12-12"]).output.splitlines()
    assert late[3] == "  Overdue: an answer was due by 11 December 2026. Days over: 1."
    assert len(run(alarms, ["--since", "2026-11-27"]).output.splitlines()) == 11
    assert len(run(alarms, ["--since", "2026-11-28"]).output.splitlines()) == 1


def test_a_reply_is_stored_and_shown(environment: dict[str, str], store: SQLiteStore, id: str, tmp_path: Path) -> None:
    """By an id however it is typed, from a file, amended; in the list, in the CSV, in the dataset and in the log."""
    run = CliRunner(env=environment).invoke
    first = run(reply, [id.lower().replace("-", ""), "--by", "provider", "--text", "Thank you."])
    assert (first.exit_code, first.output) == (
        0, f"Reply 1 to {id} is stored, by {PROVIDER}. It stands in the next report.\n"
    )  # fmt: skip
    Path("said.txt").write_text("We listen more.\r\nAnd the pace is slower.\n", encoding="utf-8-sig")
    more = ["--text-file", "said.txt", "--action", "=Two coaches in each group", "--done", "2027-01-31"]
    assert run(reply, [id, "--by", "provider", *more]).output.startswith(f"Reply 2 to {id} is stored, by {PROVIDER}.")
    assert run(reply, [id, "--by", "area", "--text", "Seen."]).output.startswith(f"Reply 3 to {id} is stored, by Etel")
    shown = run(alarms, []).output.splitlines()
    assert shown[3] == "  Answered."
    assert shown[-6:] == [
        f"  Told to: {BUYER} (buyer), {PROVIDER} (provider).",
        f"  {PROVIDER} (provider) replied on 5 December 2026: Thank you.",
        f"  {PROVIDER} (provider) replied on 5 December 2026: We listen more.",
        "  And the pace is slower.",
        "  What is done about it, by 31 January 2027: =Two coaches in each group",
        f"  {BUYER} (employment area) replied on 5 December 2026: Seen.",
    ]
    assert run(export, ["--output", "d"]).exit_code == 0
    frame = dataset.read(tmp_path / "d").replies
    assert frame["alarm"].tolist() == [id] * 3 and frame["by"].tolist() == ["provider", "provider", "area"]
    assert run(alarms, ["--dataset", "d"]).output.splitlines() == shown
    entries = [one for one in audit.entries(store) if one.action == "reply"]
    logged = sorted(entries, key=lambda one: one.details["n"])
    assert [(one.actor, one.about, dict(one.details)) for one in logged[:1]] == [
        ("planner", id, {"by": "provider", "n": 1})
    ]
    assert len(logged) == 3


def test_the_list_as_csv(environment: dict[str, str], store: SQLiteStore, id: str) -> None:
    """A row for each, for its owner alone; a reply that begins like a formula is text; nothing is written over."""
    run = CliRunner(env=environment).invoke
    record_reply(store, alarm=id, by="buyer", organisation=BUYER, text="=1+1", moment=TODAY)
    assert run(alarms, ["--output", "alarms.csv"]).output == "1 rows in alarms.csv.\n"
    assert Path("alarms.csv").stat().st_mode & 0o777 == 0o600
    (row,) = csv.DictReader(io.StringIO(Path("alarms.csv").read_text(encoding="utf-8")))
    assert list(row) == list(HEADS)
    assert row == {
        "id": id, "sort": "alarm", "state": "open", "days": "6", "answer_by": "2026-12-11", "closed": "2026-11-27",
        "service": "Job-search and career coaching", "group": "uv-1", "month": "", "contract": "ETKS-2026-04",
        "lot": "1", "provider": PROVIDER, "buyer": BUYER, "to": "buyer provider", "questionnaire": "palvelupalaute@1",
        "wave": "end", "item": "overall", "below": "3", "above": "", "at_least": "5", "n_beyond": "7",
        "n_answered": "16", "replies": "1", "replied_by": BUYER, "reply": "'=1+1", "action": "", "done": "",
    }  # fmt: skip
    again = run(alarms, ["--output", "alarms.csv"])
    assert again.exit_code == 2 and again.output.startswith("The file 'alarms.csv' exists already")


def test_letters_are_written_once(environment: dict[str, str], store: SQLiteStore, id: str) -> None:
    """One to each who is told, for its reader; what is there is left alone; none of what was answered."""
    run = CliRunner(env=environment).invoke
    sends = (
        "Mittari sends none: services.yaml has no addresses. Send them on yourself, and store what comes back with: "
        "mittari reply\n"
    )
    assert run(alarms, ["--letters", "out"]).output == f"2 messages in out. {sends}"
    assert sorted(path.name for path in Path("out").iterdir()) == [f"{id}-buyer-en.txt", f"{id}-provider-en.txt"]
    letter = Path(f"out/{id}-provider-en.txt").read_text(encoding="utf-8").splitlines()
    assert letter[:3] == [f"Feedback that needs an answer, {id}", f"To: {PROVIDER} (provider)", f"From: {AREA}"]
    assert letter[-3] == f"Send your answer to kysely@example.fi and give the number {id}."
    Path(f"out/{id}-buyer-en.txt").write_text("mine")
    Path(f"out/{id}-provider-en.txt").unlink()
    again = f"1 messages in out. 1 were there already and were left alone. {sends}"
    assert run(alarms, ["--letters", "out"]).output == again
    assert Path(f"out/{id}-buyer-en.txt").read_text() == "mine"
    record_reply(store, alarm=id, by="provider", organisation=PROVIDER, text="Done.", moment=TODAY)
    assert run(alarms, ["--letters", "new"]).output == f"0 messages in new. {sends}"


def test_replies_that_are_refused(environment: dict[str, str], store: SQLiteStore, id: str) -> None:
    """An id that was not raised, no text or two, a file that is no text, an identity code: nothing is stored."""
    Path("latin.txt").write_bytes("Hyvää".encode("cp1252"))
    cases = {
        (
            "AAAA-AAA",
            "--text",
            "x",
        ): "There is no alarm 'AAAA-AAA', and no thanks. Look up its id with: mittari alarms\n",
        (id,): "Give --text, or --text-file, one of the two.\n",
        (id, "--text", "x", "--text-file", "latin.txt"): "Give --text, or --text-file, one of the two.\n",
        (id, "--text-file", "latin.txt"): ("The file 'latin.txt' is no text in UTF-8. Save it as plain text, UTF-8.\n"),
        (id, "--text", "131052-308T"): (
            "A personal identity code stands in the reply. Take it out: they are not stored here.\n"
        ),
    }
    for arguments, sentence in cases.items():
        refused = CliRunner(env=environment).invoke(reply, [*arguments, "--by", "provider"])
        assert (refused.exit_code, refused.output) == (2, sentence)
    assert list(every_reply(store)) == []


def test_help_says_not_to_name_anybody() -> None:
    """Whoever stores a reply reads it first."""
    shown = " ".join(CliRunner().invoke(reply, ["--help"]).output.split())
    assert "Name nobody in it, neither clients nor staff: it is read by others, and stands in the next report." in shown
