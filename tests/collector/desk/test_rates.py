"""Response rates: exact for the area's own staff, steps for a coach, nothing of another provider."""

from __future__ import annotations

import csv
import html
import io
from datetime import date

import pytest

from collector import audit
from collector.inviting import Invited
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey.model import Library
from tests.collector.desk.conftest import Visit, text_of
from tests.collector.desk.test_today import answered, invited
from tests.conftest import NOON

LATER = NOON.replace(year=2027, month=2, day=10)
JOB_START = "At the start of the service: Client change measure for job coaching"
JOB_CELLS = "At the start of the service Client change measure for job coaching"


@pytest.fixture
def people(store: SQLiteStore, keys: Keys, library: Library) -> list[Invited]:
    """Six people of the job coaching, whose time at the start ends on the 5th of December, and five of the group tv-2,
    whose time ends on the 14th. Four and five of them have answered."""
    alone = invited(store, keys, library, 6, "tyohonvalmennus", start=date(2026, 11, 21))
    group = invited(store, keys, library, 5, "tyovoimakoulutus-kone", "tv-2")
    for one in alone[:4]:
        answered(store, one, "tyohonvalmennus", "start")
    for one in group:
        answered(store, one, "tyovoimakoulutus", "start")
    return [*alone, *group]


def later(visitor: Visit, who: str):  # type: ignore[no-untyped-def]
    """Somebody at the desk in February."""
    here = visitor(who)
    here.app.clock.now = LATER  # type: ignore[attr-defined]
    return here


def test_rates_by_service(visitor: Visit, people: list[Invited]) -> None:
    """Four of six, and five of five, when their time is over; with the bar of each service and the trend."""
    page = later(visitor, "planner").get("rates?wave=start")
    text = text_of(page)
    assert f"{JOB_START} 6 4 0 0 2 67 % 67 %" in text
    assert "5 5 0 0 0 100 % 100 %" in text
    assert '<svg viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label="RR2 67 % of 6">' in page.text
    assert "10–12/2026: 82 %" in page.text
    assert "10–12/2026 11 9 0 0 2 82 % 82 %" in text
    assert "style=" not in page.text


def test_who_can_still_answer_stands_beside(visitor: Visit, people: list[Invited]) -> None:
    """While their time is open there is no rate, and no picture of one."""
    page = visitor("planner").get("rates?service=tyohonvalmennus")
    text = html.unescape(text_of(page))
    assert f"{JOB_START} 4 of 6" in text
    assert "Nobody's time to answer is over yet, so there is no rate. Who can still answer stands in the table." in text
    assert 'role="img"' not in page.text


def test_levels(visitor: Visit, people: list[Invited]) -> None:
    """Planners see groups and providers; an analyst providers and services, and no groups."""
    planner, analyst = later(visitor, "planner"), later(visitor, "analyst")
    assert "tv-2 – Labour-market training" in text_of(planner.get("rates?level=group"))
    assert "Job coaching, without a group" in text_of(planner.get("rates?level=group"))
    for here in (planner, analyst):
        of_provider = text_of(here.get("rates?level=provider")).rpartition("Järviseudun Valmennus (esimerkki) Wave")[2]
        assert f"{JOB_START} 6 4" in of_provider
    answer = analyst.get("rates?level=group")
    assert answer.status_code == 422 and "Choose one of what is offered." in text_of(answer)
    assert "tv-2" not in answer.text and "tv-2" not in analyst.get("rates").text
    assert analyst.get("rates/csv?level=group").status_code == 422


def test_by_month(visitor: Visit, people: list[Invited]) -> None:
    """December has all eleven at the start, January whoever was asked at its middle."""
    text = text_of(later(visitor, "planner").get("rates?span=month&wave=start"))
    assert "12/2026 11 9 0 0 2 82 % 82 %" in text


def test_tables_to_save(visitor: Visit, store: SQLiteStore, people: list[Invited]) -> None:
    """The same numbers, with a comma in shares; saving is in the log."""
    here = later(visitor, "planner")
    found = here.get("rates/csv?level=service&wave=start&service=tyohonvalmennus").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(found), delimiter=";")) == [
        ["Service", "Wave", "Questionnaire", "Eligible", "Complete", "Partial", "Break-off", "Silent", "RR1", "RR2",
         "Still open", "Answered early"],
        ["Job coaching", "At the start of the service", "Client change measure for job coaching", "6", "4", "0", "0", "2", "0,667", "0,667", "0",
         "0"],
    ]  # fmt: skip
    found = here.get("rates/trend/csv?wave=start").data.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(found), delimiter=";"))[1] == [
        "10–12/2026", "11", "9", "0", "0", "2", "0,818", "0,818",
    ]  # fmt: skip
    logged = [(one.action, one.about, one.details["count"]) for one in audit.entries(store) if one.action == "rates"]
    assert logged == [("rates", "service", 1), ("rates", "quarter", 1)]


def test_before_anything_was_open(visitor: Visit) -> None:
    """Plain sentences, also where only what was chosen is empty."""
    assert (
        "Nothing has been open yet, so there is nothing to count. Rates come when the first questionnaires close."
        in text_of(visitor("planner").get("rates"))
    )
    assert "Nothing like this has been asked yet. Choose something else above, or look at all." in text_of(
        visitor("analyst").get("rates?wave=end")
    )
    assert (
        "Nothing has been open in your services yet. The shares come when the first questionnaires have closed."
        in text_of(visitor("provider").get("rates"))
    )


def test_a_coach_sees_steps(visitor: Visit, people: list[Invited]) -> None:
    """Of six people without a group: nothing but how many were invited, until the quarter is over; then a step."""
    here = visitor("provider")
    assert f"Job coaching {JOB_CELLS} 10–12/2026 6 Shown from 1.1.2027 on" in text_of(here.get("rates"))
    page = later(visitor, "provider").get("rates")
    assert f"Job coaching {JOB_CELLS} 10–12/2026 6 50–79 %" in text_of(page)
    assert "There are no totals of groups or services" in text_of(page)
    main = page.text.partition("<main")[2].partition("<h2>")[0]
    assert "67" not in main and ">4<" not in main and "<svg" not in main


def test_few_people_show_nothing(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """Of four it is never told."""
    four = invited(store, keys, library, 4, "tyohonvalmennus", start=date(2026, 11, 21))
    answered(store, four[0], "tyohonvalmennus", "start")
    text = text_of(later(visitor, "provider").get("rates"))
    assert f"Job coaching {JOB_CELLS} 10–12/2026 4 Shown when five people or more have been invited" in text


@pytest.mark.parametrize("path", ["rates", "rates/csv", "rates/trend/csv", "rates?level=group", "rates?level=provider"])
def test_a_coach_sees_nothing_of_another_provider(visitor: Visit, people: list[Invited], path: str) -> None:
    """Whatever address they try, in text or in a file: neither services, nor groups, nor exact numbers."""
    for who, foreign in (
        ("provider", ("Labour-market training", "tv-2", "koulutus (esimerkki)")),
        ("other", ("Job coaching", "Job-search", "Järviseudun")),
    ):
        answer = later(visitor, who).get(path)
        assert answer.status_code == 200
        for word in (*foreign, "RR1", "RR2", "Break-off", "67 %", "0,667"):
            assert word not in answer.text, (who, word)
    assert "80 % or more" in later(visitor, "other").get("rates/csv").text


def test_a_coachs_file_has_what_the_page_has(visitor: Visit, store: SQLiteStore, people: list[Invited]) -> None:
    """Steps alone; and it is in the log that a coach saved it."""
    found = later(visitor, "provider").get("rates/csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(found), delimiter=";"))
    assert rows[0] == ["Service", "Group", "Wave", "Questionnaire", "Time ends", "Invited", "Answered in time"]
    assert [
        "Job coaching",
        "",
        "At the start of the service",
        "Client change measure for job coaching",
        "10–12/2026",
        "6",
        "50–79 %",
    ] in rows
    assert [(one.actor, one.about) for one in audit.entries(store) if one.action == "rates"] == [("coach", "steps")]


def test_a_coachs_page_before_the_time_is_over_hangs_on_nobodys_answer(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """Byte for byte the same, whoever answers meanwhile."""
    six = invited(store, keys, library, 6, "tyohonvalmennus", start=date(2026, 11, 21))
    before = visitor("provider").get("rates").text
    for one in six:
        answered(store, one, "tyohonvalmennus", "start")
    assert visitor("provider").get("rates").text == before
