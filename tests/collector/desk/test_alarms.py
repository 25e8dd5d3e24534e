"""Alarms and thanks at the desk: who sees which, with the numbers that the command tells, and what can be replied."""

from __future__ import annotations

import csv
import html
import io
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import pytest
from click.testing import CliRunner

from analysis.alarms import AlarmTable
from collector import app, audit
from collector.desk import alarms
from collector.desk.visit import Desk
from collector.replies import every_reply, record_reply
from collector.sealing import sealed
from collector.settings import Keys, Settings
from collector.stores.sqlite import SQLiteStore
from commands import desk_alarms
from commands.alarms import HEADS
from commands.alarms import alarms as command
from commands.desk_alarms import DeskAlarms
from survey import records
from survey.model import Library
from survey.records import Submission
from tests.collector.desk.answering import TODAY, Answering
from tests.collector.desk.conftest import Visit, path_of, text_of
from tests.conftest import Clock

PROVIDER = "Järviseudun Valmennus (esimerkki)"
BUYER = "Eteläisen Keski-Suomen työllisyysalue (esimerkki)"
GONE = (
    "There is no such alarm It may be raised no more, or it is about services that are not yours. Look at the list of "
    "alarms and thanks. Go on"
)


@pytest.fixture
def answer(store: SQLiteStore, library: Library, keys: Keys, clock: Clock) -> Answering:
    clock.now = TODAY
    return Answering(store, library, keys)


@pytest.fixture
def id(answer: Answering, visitor: Visit) -> str:
    """Seven of sixteen clients of a group of the career coaching found it poor: the alarm that this raises."""
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    (found,) = ids(visitor("planner").get("alarms").text)
    return found


def ids(page: str) -> list[str]:
    """The alarms that a page leads to, in its order."""
    return list(dict.fromkeys(re.findall(r"/alarms/(\w{4}-\w{4})", page)))


# --- who sees which ---------------------------------------------------------------------------------


def test_nothing_raised(visitor: Visit) -> None:
    """A planner and a coach are told when to come back, and when an alarm comes."""
    page = text_of(visitor("planner").get("alarms"))
    assert "Nothing has been raised yet. Come back when the time to answer of a group is over." in page
    assert "Questionnaires of groups that have closed and had answers: 0. Alarms: 0. Thanks: 0." in page
    assert "They are looked at when the time to answer of a whole group is over" in page
    page = text_of(visitor("provider").get("alarms"))
    assert (
        "Nothing has been raised about your services. When something is, it stands here, with a form to reply." in page
    )
    assert "Questionnaires of groups that have closed" not in page


def test_the_page_says_what_the_command_says(
    visitor: Visit, id: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every sentence of it, and no number beside."""
    monkeypatch.setattr(app, "utc_now", lambda: TODAY)
    environment = {"MITTARI_BUNDLE": str(settings.bundle), "MITTARI_STORE": settings.store, "LC_ALL": "C"}
    lines = CliRunner(env=environment).invoke(command, []).output.splitlines()
    for page in (visitor("planner").get("alarms"), visitor("planner").get(f"alarms/{id}")):
        for line in lines[3:]:
            assert line.strip() in text_of(page).replace("&#34;", '"'), line
    assert "Clients who answered so: 7 of the 16 who answered the question (44%)." in lines[-2]


def test_numbers_are_protected_on_the_page_too(answer: Answering, visitor: Visit) -> None:
    """Where the others would be fewer than five no more is told than that the rule was reached, to nobody."""
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 4)
    for who in ("planner", "provider"):
        here = visitor(who)
        (found,) = ids(here.get("alarms").text)
        for page in (text_of(here.get("alarms")), text_of(here.get(f"alarms/{found}"))):
            assert (
                "Clients who answered so: at least 5. Nothing more exact is told, so that nobody can be recognised."
                in page
            )
            assert not re.search(r"\b7 of|\bof the 11\b|64", page)


def test_a_coach_sees_the_own_providers_alone(answer: Answering, visitor: Visit, clock: Clock) -> None:
    """In the list, by the address, with a form; of others not even that they are there."""
    clock.now = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    answer("rekrykoulutus-puu", "rk-1", [5] * 6 + [3] * 6, came="2026-12-10T10:00:00.000Z")
    every = ids(visitor("planner").get("alarms").text)
    assert len(every) == 2
    coach, other = visitor("provider"), visitor("other")
    (own,) = ids(coach.get("alarms").text)
    (theirs,) = ids(other.get("alarms").text)
    assert [own, theirs] == every
    page = text_of(coach.get("alarms"))
    assert "Waiting for a reply: 1" in page and "wood work" not in page and "How providers have kept" not in page
    assert "Told, and no reply is asked for: 1" in text_of(other.get("alarms"))
    for answered in (coach.get(f"alarms/{theirs}"), coach.post(f"alarms/{theirs}/reply", text="Hyvä")):
        assert (answered.status_code, text_of(answered)) == (404, GONE)
    assert text_of(coach.get("alarms/0000-0000")) == GONE


def test_what_a_provider_is_not_told_stays_with_the_area(
    answer: Answering, visitor: Visit, desk: Desk, library: Library
) -> None:
    """An alarm of a provider's own service that the rule tells to the buyer alone."""
    feedback = library.instruments["palvelupalaute@1"]
    (rule,) = feedback.alarms
    instruments = {**library.instruments, feedback.key: replace(feedback, alarms=(replace(rule, to=("buyer",)),))}
    desk._bundle = replace(desk.bundle, library=replace(library, instruments=instruments))
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    (found,) = ids(visitor("planner").get("alarms").text)
    assert ids(visitor("provider").get("alarms").text) == []
    assert visitor("provider").get(f"alarms/{found}").status_code == 404


def test_messages_and_lists_are_for_planners(visitor: Visit, id: str) -> None:
    """A coach gets neither, and is told where to look."""
    for path in (f"alarms/{id}/letter/provider", "alarms/list"):
        refused = visitor("provider").get(path)
        assert (refused.status_code, text_of(refused)) == (
            403,
            "This is for the area&#39;s planners The area&#39;s planners send messages and save lists. What concerns "
            "your services stands in the list of alarms and thanks. Go on",
        )
    assert "letter" not in visitor("provider").get(f"alarms/{id}").text


# --- the list ---------------------------------------------------------------------------------------


def test_what_waits_stands_first(answer: Answering, visitor: Visit, clock: Clock, store: SQLiteStore) -> None:
    """By the day when it is due, late ones marked; then thanks; then what was answered, with what was said."""
    clock.now = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
    answer("rekrykoulutus-puu", "rk-1", [1] * 6 + [3] * 6, came="2026-12-10T10:00:00.000Z")
    answer("uravalmennus", "uv-1", [2] * 7 + [5] * 9)
    planner = visitor("planner")
    late, open_, thanks = ids(planner.get("alarms").text)
    page = text_of(planner.get("alarms"))
    assert page.index("Waiting for a reply: 2") < page.index(late) < page.index("Told, and no reply is asked for: 1")
    assert f"Alarm Late {late} Overdue: an answer was due by 11 December 2026. Days over: 24." in page
    assert f"Alarm {open_} To be answered by 16 January 2027. Days left: 12." in page
    assert f"Thanks {thanks} No answer is asked for." in page
    record_reply(
        store, alarm=late, by="provider", organisation=PROVIDER, text="Me kuuntelemme.", action="Uusi valmentaja.",
        moment=clock(),
    )  # fmt: skip
    page = text_of(planner.get("alarms"))
    assert ids(planner.get("alarms").text) == [open_, thanks, late]
    assert page.index("Replied to: 1") < page.index("Me kuuntelemme. What is done about it: Uusi valmentaja.")


def test_a_part_of_the_list(answer: Answering, visitor: Visit, clock: Clock) -> None:
    """Of a service, or of groups that closed on a day or later; a day that is none is said."""
    clock.now = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
    answer("rekrykoulutus-puu", "rk-1", [1] * 6 + [3] * 6, came="2026-12-10T10:00:00.000Z")
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    planner = visitor("planner")
    early, later = ids(planner.get("alarms").text)
    assert ids(planner.get("alarms?service=uravalmennus").text) == [early]
    assert ids(planner.get("alarms?since=28.11.2026").text) == [later]
    assert "There is none of these. Choose another service or an earlier day." in text_of(
        planner.get("alarms?since=1.2.2027")
    )
    wrong = planner.get("alarms?since=tammikuu")
    assert wrong.status_code == 422 and "“tammikuu” is no date. Write it like 31.3.2026." in text_of(wrong)


def test_the_list_is_as_new_as_the_answers(answer: Answering, visitor: Visit, clock: Clock) -> None:
    """Few answers are gone through for each page; the next day an alarm is late by itself."""
    planner = visitor("planner")
    assert ids(planner.get("alarms").text) == []
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    assert len(ids(planner.get("alarms").text)) == 1
    assert "As it stood on 5 December 2026 at 12.00." in text_of(planner.get("alarms"))
    clock.advance(days=8)
    assert "Overdue: an answer was due by 11 December 2026. Days over: 2." in text_of(planner.get("alarms"))


def test_many_answers_are_work_of_their_own(
    visitor: Visit, answer: Answering, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page does not wait for it: it says how far it is, keeps what was found, and looks again when asked."""
    monkeypatch.setattr(alarms, "AT_ONCE", 3)
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    planner = visitor("planner")
    begun = planner.get("alarms")
    assert begun.status_code == 303 and path_of(begun).startswith("/en/under-way/")
    desk.jobs.end()
    done = planner.get(begun.headers["Location"])
    assert path_of(done) == "/en/alarms"
    (found,) = ids(planner.get("alarms").text)
    clock.advance(hours=3)
    answer("uravalmennus", "uv-1", [1] * 6)
    assert "7 of the 16" in text_of(planner.get(f"alarms/{found}"))
    assert "As it stood on 5 December 2026 at 12.00." in text_of(planner.get("alarms"))
    assert path_of(planner.post("alarms/look")).startswith("/en/under-way/")
    desk.jobs.end()
    page = text_of(planner.get("alarms"))
    assert "13 of the 22" in page and "As it stood on 5 December 2026 at 15.00." in page
    assert ids(visitor("provider").get("alarms").text) == [found]


# --- what a coach cannot watch ----------------------------------------------------------------------


@pytest.mark.parametrize("most", [3_000, 3])
def test_a_coach_sees_the_same_list_all_day(
    answer: Answering, visitor: Visit, clock: Clock, desk: Desk, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """With few answers and with many: whoever sits beside clients sees no figure move as they send."""
    monkeypatch.setattr(alarms, "AT_ONCE", most)
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    coach = visitor("provider")

    def listed() -> str:
        if (page := coach.get("alarms")).status_code == 303:
            desk.jobs.end()
            page = coach.get("alarms")
        return text_of(page)

    first = listed()
    assert "7 of the 16" in first
    assert "As it stood on 5 December 2026 at 12.00. The list is renewed by itself once a day." in first
    clock.advance(hours=3)
    answer("uravalmennus", "uv-1", [1] * 6)
    assert listed() == first
    (found,) = ids(coach.get("alarms").text)
    assert "7 of the 16" in text_of(coach.get(f"alarms/{found}"))
    assert "7 of the 16" in text_of(coach.done(f"alarms/{found}/reply", text="Kuuntelemme."))
    clock.advance(days=1)
    assert "13 of the 22" in listed()


def test_a_coach_sees_what_a_planner_has_looked_up(answer: Answering, visitor: Visit) -> None:
    """On the same day too: the area chose the moment."""
    coach = visitor("provider")
    assert ids(coach.get("alarms").text) == []
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    assert ids(coach.get("alarms").text) == []
    assert ids(visitor("planner").get("alarms").text) == ids(coach.get("alarms").text) != []


def test_a_coach_may_not_look_again(visitor: Visit, id: str, store: SQLiteStore) -> None:
    """There is no button, and whatever a browser is made to send is refused."""
    coach = visitor("provider")
    assert "/alarms/look" in visitor("planner").get("alarms").text
    assert "/alarms/look" not in coach.get("alarms").text
    refused = coach.post("alarms/look")
    assert (refused.status_code, text_of(refused)) == (
        403,
        "This is for the area&#39;s planners Your list of alarms and thanks is renewed by itself once a day. Go on",
    )
    assert list(audit.entries(store)) == []


@pytest.mark.parametrize(("who", "told"), [
    ("planner", "Answers gone through: 0 of 16. 0 %"),
    ("provider", "Going through the answers. This may take some minutes. 0 %"),
])  # fmt: skip
def test_only_planners_are_told_how_many_answers_there_are(
    answer: Answering, visitor: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch, who: str, told: str
) -> None:
    """While they are gone through, in words and in the share that is done."""
    monkeypatch.setattr(alarms, "AT_ONCE", 3)
    answer("uravalmennus", "uv-1", [2] * 7 + [4] * 9)
    with held(monkeypatch) as reached:
        begun = visitor(who).get("alarms").headers["Location"]
        assert reached.wait(20)
        assert told in text_of(visitor(who).get(begun))
    desk.jobs.end()


def test_nobody_waits_while_others_look(
    answer: Answering, visitor: Visit, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page shows what was found the last time; where nothing was, it leads to the work."""
    answer("uravalmennus", "uv-1", [2] * 7)
    planner = visitor("planner")
    with held(monkeypatch) as reached:
        planner.post("alarms/look")
        assert reached.wait(20)
        assert path_of(planner.get("alarms")).startswith("/en/under-way/")
    desk.jobs.end()
    before = text_of(planner.get("alarms"))
    answer("uravalmennus", "uv-1", [4] * 9)
    with held(monkeypatch) as reached:
        planner.post("alarms/look")
        assert reached.wait(20)
        assert text_of(planner.get("alarms")) == before
    desk.jobs.end()
    assert "7 of the 16" in text_of(planner.get("alarms"))


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Whoever looks has told how far they are, and goes on only when the block ends; tells when it is so far."""
    reached, go_on, really = threading.Event(), threading.Event(), desk_alarms.raised_in_dataset

    def waiting(folder: Path, moment: datetime) -> AlarmTable:
        reached.set()
        assert go_on.wait(20)
        return really(folder, moment)

    with monkeypatch.context() as patched:
        patched.setattr(desk_alarms, "raised_in_dataset", waiting)
        try:
            yield reached
        finally:
            go_on.set()


def test_what_a_killed_desk_leaves_behind_is_swept(
    answer: Answering, visitor: Visit, desk: Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers lie among the exports, which are removed after a day, and nowhere else."""
    answer("uravalmennus", "uv-1", [2] * 7)
    exports, found = desk.works.reports.folder / "exports", []

    def killed(folder: Path, moment: datetime) -> AlarmTable:
        found.append(folder)
        shutil.copytree(folder.parent, kept := exports / f"{folder.parent.name}-left")
        found.append(kept)
        raise RuntimeError

    monkeypatch.setattr(desk_alarms, "raised_in_dataset", killed)
    assert visitor("planner").get("alarms").status_code == 500
    assert found[0].parent.parent == exports and not found[0].exists()
    assert list(found[1].rglob("*.*")) and exports.stat().st_mode & 0o777 == 0o700
    clock.advance(days=1, minutes=1)
    visitor("officer").get("")
    assert not found[1].exists()


# --- replying ---------------------------------------------------------------------------------------


def test_a_coach_replies_for_the_provider(visitor: Visit, id: str, store: SQLiteStore) -> None:
    """It is stored, shown at once, logged without what it says, and settles the alarm; a later one amends."""
    coach = visitor("provider")
    page = text_of(coach.get(f"alarms/{id}"))
    assert f"You reply for: {PROVIDER}." in page and "Whose reply is it?" not in page
    assert "Name nobody, neither clients nor staff: the reply is read by others, and stands in the next report." in page
    # Whatever a browser is made to send, it is the provider's.
    done = text_of(
        coach.done(
            f"alarms/{id}/reply",
            by="area",
            text="Kuuntelemme.\r\nEnemmän.",
            action="Pienemmät ryhmät",
            done="31.1.2027",
        )
    )
    assert "The reply is stored. It stands in the next report." in done and "Answered." in done
    assert f"{PROVIDER} (provider) on 5 December 2026 Kuuntelemme. Enemmän." in done
    assert "What is done about it, by 31 January 2027: Pienemmät ryhmät" in done
    assert "What was replied before stays, and this stands after it." in done
    coach.done(f"alarms/{id}/reply", text="Lisäys.", action="", done="")
    assert [(one.by, one.n, one.organisation, one.text, one.done) for one in every_reply(store)] == [
        ("provider", 1, PROVIDER, "Kuuntelemme.\nEnemmän.", "2027-01-31"), ("provider", 2, PROVIDER, "Lisäys.", None),
    ]  # fmt: skip
    logged = sorted((one for one in audit.entries(store) if one.action == "reply"), key=lambda one: one.details["n"])
    assert [(one.actor, one.about, dict(one.details)) for one in logged] == [
        ("coach", id, {"desk": "provider", "by": "provider", "n": n}) for n in (1, 2)
    ]
    page = text_of(coach.get("alarms"))
    assert page.index("Kuuntelemme.") < page.index("Lisäys.")


def test_a_desk_begun_anew_keeps_the_reply_of_a_form_that_was_open(
    visitor: Visit, id: str, desk: Desk, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With many answers the page does not wait for them: it has all that was typed, and sends it once more."""
    monkeypatch.setattr(alarms, "AT_ONCE", 3)
    desk.works = replace(desk.works, alarms=DeskAlarms(tmp_path))
    coach = visitor("provider")
    kept = coach.post(f"alarms/{id}/reply", text="Kuuntelemme.", action="Pienemmät ryhmät", done="31.1.2027")
    assert (kept.status_code, text_of(kept)) == (
        422,
        "Your reply is not stored yet The desk was begun anew and goes through the answers first. What you wrote is "
        "kept on this page. Wait a few minutes, and send it once more. Send again",
    )
    assert list(every_reply(store)) == []
    desk.jobs.end()
    fields = dict(re.findall(r'type="hidden" name="(by|text|action|done)" value="([^"]*)"', kept.text))
    assert fields == {"by": "", "text": "Kuuntelemme.", "action": "Pienemmät ryhmät", "done": "31.1.2027"}
    assert coach.post(f"alarms/{id}/reply", **fields).status_code == 303
    assert [one.text for one in every_reply(store)] == ["Kuuntelemme."]


def test_a_planner_says_whose_reply_it_is(visitor: Visit, id: str, store: SQLiteStore) -> None:
    """The area's own, which is the buyer too, or what a provider sent by letter; only the provider's settles it."""
    planner = visitor("planner")
    page = text_of(planner.get(f"alarms/{id}"))
    assert f"Whose reply is it? {BUYER} What we as the employment area and the buyer say {PROVIDER}" in page
    assert "still awaited" not in page
    replied = text_of(planner.done(f"alarms/{id}/reply", by="area", text="Seuraamme."))
    for shown in (replied, text_of(planner.get("alarms")), text_of(visitor("provider").get("alarms"))):
        assert "Seuraamme. The provider's reply is still awaited." in html.unescape(shown) and "Answered." not in shown
    assert "Answered." in text_of(planner.done(f"alarms/{id}/reply", by="provider", text="Kirjeestä."))
    assert [(one.by, one.organisation) for one in every_reply(store)] == [
        ("area", BUYER), ("provider", PROVIDER)
    ]  # fmt: skip
    assert "still awaited" not in text_of(planner.get(f"alarms/{id}"))


def test_an_area_that_does_not_buy_for_itself(visitor: Visit, id: str, desk: Desk, library: Library) -> None:
    """Two organisations are two to choose from."""
    listed = [replace(one, buyer="Kunta") for one in library.services.services]
    services = replace(library.services, services=tuple(listed))
    desk._bundle = replace(desk.bundle, library=replace(library, services=services), build="another")
    page = text_of(visitor("planner").get(f"alarms/{id}"))
    assert f"{BUYER} What we as the employment area say Kunta What we as the buyer say {PROVIDER}" in page


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"text": " "}, "The reply is empty. Write what you answer."),
        ({"text": "a" * 4001}, "The reply has 4001 letters, and 4000 are kept. Say it in fewer words."),
        ({"text": "Hei", "action": "b" * 4001},
         "What is done about it has 4001 letters, and 4000 are kept. Say it in fewer words."),
        ({"text": "Asiakas 131052-308T"},
         "A personal identity code stands in the reply. Take it out: they are not stored here."),
        ({"text": "Hei", "action": "131052-308T"},
         "A personal identity code stands in what is done about it. Take it out: they are not stored here."),
        ({"text": "Hei", "done": "huomenna"}, "“huomenna” is no date. Write it like 31.3.2026."),
        ({"text": "Hei", "done": "1.1.1926"}, "The date 1.1.1926 cannot be right. Give one from 1.1.2000 to 31.12.2100."),
        ({"text": "Hei", "by": "client"}, "Choose one of what is offered."),
        ({"text": "Hei", "by": ""}, "Fill this in."),
    ],
)  # fmt: skip
def test_replies_that_are_not_stored(
    visitor: Visit, id: str, store: SQLiteStore, given: dict[str, str], sentence: str
) -> None:
    """The sentence stands above and beside the field, what was typed is kept, and nothing is stored."""
    refused = visitor("planner").post(f"alarms/{id}/reply", **{"by": "area", **given})
    assert refused.status_code == 422 and text_of(refused).count(sentence) == 2
    assert all(html.escape(typed.strip()) in refused.text for typed in given.values() if typed.strip() != "client")
    assert list(every_reply(store)) == []


def test_planners_see_whether_providers_kept_to_the_time(
    visitor: Visit, id: str, clock: Clock, answer: Answering
) -> None:
    """In time or by how many days late, and a count of each provider; providers do not see the count."""
    visitor("provider").done(f"alarms/{id}/reply", text="Ajoissa.")
    planner = visitor("planner")
    assert "Answered. The reply came in time: on 5 December 2026. It was due by 11 December 2026." in text_of(
        planner.get(f"alarms/{id}")
    )
    clock.now = datetime(2027, 2, 1, 10, 0, tzinfo=UTC)
    answer("rekrykoulutus-puu", "rk-1", [1] * 6 + [3] * 6, came="2026-12-10T10:00:00.000Z")
    other = next(one for one in ids(planner.get("alarms").text) if one != id)
    assert f"{PROVIDER} 1 0 0 0 Keski-Suomen Koulutus (esimerkki) 0 0 1 0" in re.sub(
        r".*Replies of providers", "", text_of(planner.get("alarms"))
    )
    visitor("other").done(f"alarms/{other}/reply", text="Myöhässä.")
    late = "Answered. The reply came late: on 1 February 2027. It was due by 16 January 2027. Days over: 16."
    assert late in text_of(planner.get("alarms")) and late in text_of(planner.get(f"alarms/{other}"))
    assert "Koulutus (esimerkki) 0 1 0 0" in text_of(planner.get("alarms"))
    assert "The reply came" not in text_of(visitor("other").get(f"alarms/{other}"))


def test_sealed_answers(answer: Answering, visitor: Visit, store: SQLiteStore) -> None:
    """Whoever has no key is told where they can be looked at."""
    answer("uravalmennus", "uv-1", [2] * 7)
    identity = pyrage.x25519.Identity.generate()
    for key in list(store.scan("submission/")):
        one = records.decode(Submission, store.read(key) or b"")
        store.remove(key)
        assert store.create(key, records.encode(sealed(one, [identity.to_public()], frozenset())))
    page = visitor("planner").get("alarms")
    assert (page.status_code, text_of(page)[:63]) == (
        409, "Answers are sealed Only the holder of a key can read them. Open"
    )  # fmt: skip


# --- messages and lists -----------------------------------------------------------------------------


def test_messages_are_saved_for_each_who_is_told(visitor: Visit, id: str, store: SQLiteStore) -> None:
    """As the command writes them, in the language of the page, until it is answered; it is in the log."""
    planner = visitor("planner")
    page = planner.get(f"alarms/{id}")
    assert re.findall(r"/letter/(\w+)", page.text) == ["buyer", "provider"]
    letter = planner.get(f"alarms/{id}/letter/provider")
    assert letter.headers["Content-Disposition"] == f"attachment; filename={id}-provider-en.txt"
    assert letter.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert letter.text.splitlines()[:2] == [f"Feedback that needs an answer, {id}", f"To: {PROVIDER} (provider)"]
    assert f"Send your answer to kysely@example.fi and give the number {id}." in letter.text
    finnish = planner.get(f"/fi/alarms/{id}/letter/buyer").text
    assert finnish.splitlines()[1] == f"Vastaanottaja: {BUYER} (tilaaja)"
    assert [(one.action, one.about) for one in audit.entries(store)] == [("alarm letter", id)] * 2
    for path in (f"alarms/{id}/letter/area", f"alarms/{id}/letter/nobody", "alarms/0000-0000/letter/buyer"):
        assert path_of(planner.get(path)) == "/en/alarms"
    planner.done(f"alarms/{id}/reply", by="provider", text="Vastaus.")
    assert "/letter/" not in planner.get(f"alarms/{id}").text
    assert path_of(planner.get(f"alarms/{id}/letter/provider")) == "/en/alarms"


def test_the_list_as_csv(visitor: Visit, id: str, store: SQLiteStore) -> None:
    """As Excel of Finland opens it, with the columns of the command and no number beside those that are told."""
    record_reply(store, alarm=id, by="buyer", organisation=BUYER, text="=1+1", moment=TODAY)
    visitor("planner").get("alarms")
    listed = visitor("planner").get("alarms/list")
    assert listed.headers["Content-Disposition"] == "attachment; filename=mittari-alarms-2026-12-05.csv"
    assert listed.data.startswith(b"\xef\xbb\xbfid;sort;state;")
    (row,) = csv.DictReader(io.StringIO(listed.data.decode("utf-8-sig")), delimiter=";")
    assert list(row) == list(HEADS)
    assert (row["id"], row["state"], row["n_beyond"], row["reply"]) == (id, "open", "7", "'=1+1")
    assert [one.action for one in audit.entries(store)] == ["alarm list"]


def test_a_list_that_nobody_looked_for_yet(answer: Answering, visitor: Visit) -> None:
    """An old address leads to the list, which looks."""
    assert path_of(visitor("planner").get("alarms/list")) == "/en/alarms"
