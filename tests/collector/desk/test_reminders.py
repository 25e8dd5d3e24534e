"""Whom to remind: numbers and never codes, a message without one, and a line in the log each time somebody looks."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from collector import audit, participations
from collector.desk.tables import table_file
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey import codes
from survey.model import Library
from tests.collector.desk.conftest import Visit, text_of
from tests.collector.desk.test_today import answered, invited
from tests.conftest import NOON


def remind_entries(store: SQLiteStore) -> list[tuple[str, str, int | str]]:
    return [
        (entry.actor, entry.about, entry.details["count"])
        for entry in audit.entries(store)
        if entry.action == "remind"
    ]  # fmt: skip


def test_numbers_with_what_closes_first_at_the_top(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """Not who has answered, nor who was taken back; and no code in any form. That somebody looked is in the log."""
    late = invited(store, keys, library, 1, "tyohonvalmennus", start=date(2026, 11, 22))
    done, gone, early = invited(store, keys, library, 3, "tyohonvalmennus", start=date(2026, 11, 14))
    answered(store, done, "tyohonvalmennus", "start")
    participations.revoked(store, gone.participation, moment=NOON)
    page = visitor("planner").get("reminders")
    text = text_of(page)
    numbers = [one.participation.number for one in (early, *late)]
    assert (
        f"{numbers[0]} Job coaching At the start of the service Client change measure for job coaching 28.11.2026"
        in text
    )
    assert text.index(numbers[0]) < text.index(numbers[1])
    assert "People to remind: 2. Questionnaires open and not answered: 2." in text
    assert done.participation.number not in text and gone.participation.number not in text
    for one in (*late, done, gone, early):
        assert one.code not in page.text and codes.shown(one.code) not in page.text
    assert f'href="/en/participations/{numbers[0]}"' in page.text
    assert remind_entries(store) == [("planner", "", 2)]


def test_a_part_of_the_list(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """By service, group and wave; what the file holds is the same."""
    (alone,) = invited(store, keys, library, 1, "tyohonvalmennus", start=date(2026, 11, 22))
    (in_group,) = invited(store, keys, library, 1, "uravalmennus", "uv-2")
    here = visitor("planner")
    text = text_of(here.get("reminders?service=tyohonvalmennus&wave=start"))
    assert alone.participation.number in text and in_group.participation.number not in text
    here.app.clock.now = NOON.replace(month=12, day=8)  # type: ignore[attr-defined]
    text = text_of(here.get("reminders?group=uravalmennus/uv-2&wave=end"))
    assert in_group.participation.number in text and alone.participation.number not in text
    assert "People to remind: 1. Questionnaires open and not answered: 3." in text
    assert ("planner", "tyohonvalmennus", 1) in remind_entries(store)
    of_another = here.get("reminders?service=tyohonvalmennus&group=uravalmennus/uv-2")
    assert of_another.status_code == 422
    assert "This group is of another service. Choose the group alone, or one of that service." in text_of(of_another)
    assert (
        "Nobody is to be reminded here: everything that is open is answered, or nothing is open. Choose something else "
        "above, or look at all." in text_of(here.get("reminders?service=rekrykoulutus-puu"))
    )


def test_a_table_to_save(visitor: Visit, store: SQLiteStore, keys: Keys, library: Library) -> None:
    """For a spreadsheet of here: semicolons, and a sign that it is UTF-8. Saving is in the log."""
    (one,) = invited(store, keys, library, 1, "tyohonvalmennus", start=date(2026, 11, 22))
    answer = visitor("planner").get("reminders/csv?service=tyohonvalmennus")
    assert answer.headers["Content-Disposition"] == "attachment; filename=reminders-2026-11-24.csv"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert rows == [
        ["Number", "Service", "Group", "Wave", "Questionnaire", "Closes on"],
        [
            one.participation.number,
            "Job coaching",
            "",
            "At the start of the service",
            "Client change measure for job coaching",
            "6.12.2026",
        ],
    ]
    assert remind_entries(store) == [("planner", "tyohonvalmennus", 1)]


def test_no_cell_is_a_formula() -> None:
    """A title that begins like one is text in the spreadsheet; numbers stay numbers."""
    file = table_file("a.csv", ["=1+1", "People"], [["+358", 3], ["-", 0]])
    assert file.content.decode("utf-8-sig") == "'=1+1;People\r\n'+358;3\r\n'-;0\r\n"


def test_the_words_have_the_address_and_no_code(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library
) -> None:
    """In three languages, each with its own front page; with the day where it is the same for all."""
    people = invited(store, keys, library, 2, "tyohonvalmennus", start=date(2026, 11, 22))
    page = visitor("planner").get("reminders").text
    for language in ("fi", "sv", "en"):
        assert f"https://kysely.example.fi/{language}/index.html" in page
        assert f'<textarea id="text-{language}" lang="{language}" rows="6" readonly>' in page
    assert "There is a short questionnaire about your service that you can still answer, until 6.12.2026." in page
    assert "Vastaaminen on vapaaehtoista, eikä se vaikuta palveluusi eikä etuuksiisi." in page
    assert "Det är frivilligt att svara, och det påverkar inte din tjänst eller dina förmåner." in page
    assert "#" + codes.shown(people[0].code) not in page
    invited(store, keys, library, 1, "tyohonvalmennus", start=date(2026, 11, 14))
    page = visitor("planner").get("reminders").text
    assert "There is a short questionnaire about your service that you can still answer. Open" in page


def test_nobody_is_to_be_reminded(visitor: Visit, store: SQLiteStore) -> None:
    """An empty list says what that means, has no message, and is in the log too."""
    page = visitor("planner").get("reminders")
    assert (
        "Nobody is to be reminded: everything that is open is answered, or nothing is open. What opens next stands on "
        "the first page." in text_of(page)
    )
    assert "<textarea" not in page.text
    assert remind_entries(store) == [("planner", "", 0)]


@pytest.mark.parametrize("path", ["reminders", "reminders/csv"])
def test_what_is_not_offered_is_told_and_shows_nothing(
    visitor: Visit, store: SQLiteStore, keys: Keys, library: Library, path: str
) -> None:
    """A service that is not there is not taken for all services."""
    (one,) = invited(store, keys, library, 1, "tyohonvalmennus", start=date(2026, 11, 22))
    answer = visitor("planner").get(f"{path}?service=olematon")
    assert answer.status_code == 422 and "Choose one of what is offered." in text_of(answer)
    assert one.participation.number not in answer.text and "<title>Error:" in answer.text
    assert remind_entries(store) == []
