"""Participations on the desk: found, invited, and changed when something happens."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
import werkzeug.test

from collector import audit, inviting, participations
from collector.desk.participations import PER_PAGE, REASONS, seen
from collector.desk.visit import Desk
from collector.settings import Keys
from collector.stores import StoreTrouble
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library
from survey.records import ExitReason, Participation
from tests.collector.desk.conftest import Visit, Visitor, path_of
from tests.collector.desk.test_handing import once, shown_codes, words_of
from tests.conftest import NOON, Clock, Invite

TODAY = NOON.date()
WHO = f"h_{'0' * 26}"


def days(number: int) -> date:
    """So many days from now."""
    return TODAY + timedelta(days=number)


def logged(store: SQLiteStore) -> list[tuple[str, str, Mapping[str, str | int]]]:
    """What is in the log but for looking: action, what on, details beside the role."""
    return [
        (one.action, one.about, {name: value for name, value in one.details.items() if name != "desk"})
        for one in audit.entries(store)
        if one.action != "look"
    ]


def numbers(here: Visitor, path: str) -> list[str]:
    """The numbers that a list shows, in order."""
    return re.findall(r'class="whole" href="[^"]*">([A-Z]+-\d{4}-\d{3})<', here.get(path).text)


def filled(here: Visitor, path: str, **fields: str) -> werkzeug.test.TestResponse:
    """Sends the form of a page with all that it carries, and follows to the page that says what was done."""
    return here.done(path, seen=carried(here, path), **fields)


def carried(here: Visitor, path: str) -> str:
    """What a form shows of a participation, as it carries it."""
    found = re.findall(r'name="seen" value="([^"]+)"', here.get(path).text)
    return str(found[0])


class Silent:
    """A store that writes no log."""

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store

    def create(self, key: str, body: bytes) -> bool:
        if key.startswith("audit/"):
            raise StoreTrouble("The disk is full.")
        return self._store.create(key, body)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


Spell = Callable[..., Participation]


@pytest.fixture
def spell(library: Library, store: SQLiteStore, keys: Keys, clock: Clock) -> Spell:
    """Somebody invited: their service, dates, and pseudonym."""

    chance = random.Random(6)

    def one(
        service: str = "tyohonvalmennus", *, start: date = TODAY, end: date | None = None, person: str | None = None
    ) -> Participation:
        groups = library.services.service(service).groups
        group = groups[0].id if groups else None
        plan = inviting.plan(library, service=service, group=group, start=start, end=end, today=TODAY)
        plans = [dataclasses.replace(plan, person=person)]
        (made,) = inviting.invite(store, keys, plans, moment=clock(), random=chance.randbytes)
        return made.participation

    return one


# --- the list -------------------------------------------------------------------------------------


def test_an_empty_list_says_what_to_do(visitor: Visit) -> None:
    """Invite, or bring in a list."""
    page = visitor("planner").get("participations")
    assert (
        "Nobody has been invited yet. Invite the people of a group, or bring in a list from Excel: each gets a number and "
        "a code of their own."
    ) in words_of(page)
    assert 'href="/en/participations/invite">Invite the first people</a>' in page.text


def test_the_list_shows_how_each_stands(visitor: Visit, store: SQLiteStore, invite: Invite) -> None:
    """Number, service, dates and state; after an exit the day of it and why."""
    running, left, taken, coming = (invite().participation for _each in range(4))
    participations.amended(store, left, end="2026-11-24", exit_reason="work")
    participations.revoked(store, taken, moment=NOON)
    participations.amended(store, coming, start="2026-12-20")
    here = visitor("planner")
    text = words_of(here.get("participations"))
    assert f"{running.number} Job coaching 24.11.2026 22.2.2027 Running" in text
    assert f"{left.number} Job coaching 24.11.2026 24.11.2026 Got work Ended" in text
    assert f"{taken.number} Job coaching 24.11.2026 22.2.2027 Taken back" in text
    assert f"{coming.number} Job coaching 20.12.2026 22.2.2027 Not begun" in text
    assert "Not begun 1 Running 1 Ended 1 Taken back 1" in text
    assert "Shown: 1–4 of 4." in text


def test_the_newest_stand_first_and_pages_follow(
    visitor: Visit, library: Library, store: SQLiteStore, keys: Keys
) -> None:
    """Fifty on a page, with the way to the older and back."""
    plan = inviting.plan(library, service="tyohonvalmennus", group=None, start=None, end=None, today=TODAY)
    made = list(inviting.invite(store, keys, [plan] * (PER_PAGE + 2), moment=NOON, random=random.Random(4).randbytes))
    newest = [one.participation.number for one in reversed(made)]
    here = visitor("planner")
    first = here.get("participations?service=tyohonvalmennus")
    assert numbers(here, "participations?service=tyohonvalmennus") == newest[:PER_PAGE]
    assert "Shown: 1–50 of 52." in words_of(first) and ">Newer</a>" not in first.text
    (older,) = re.findall(r'href="([^"]+)" rel="next">Older</a>', first.text)
    older = older.replace("&amp;", "&")
    assert numbers(here, older) == newest[PER_PAGE:]
    assert "Shown: 51–52 of 52." in words_of(here.get(older)) and "service=tyohonvalmennus" in older
    (newer,) = re.findall(r'href="([^"]+)" rel="prev">Newer</a>', here.get(older).text)
    assert numbers(here, newer.replace("&amp;", "&")) == newest[:PER_PAGE]
    for odd in ("0", "99999999999", "x", "²", "1&path=x"):
        assert here.get(f"participations?page={odd}").status_code == 200, odd


def test_people_are_found_by_number_service_group_and_state(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """Each choice narrows the list, and what was chosen stays in the form."""
    coach, ended, group, soon, later = spell(), spell(), spell("uravalmennus", end=days(22)), spell(), spell()
    participations.amended(store, ended, end="2026-11-24", exit_reason="illness")
    participations.amended(store, soon, start=days(14).isoformat())
    participations.amended(store, later, start=days(15).isoformat())
    here = visitor("planner")
    for query, wanted in {
        "q=002": {ended},
        "q=+jt-2026-001+": {coach},
        "service=uravalmennus": {group},
        "group=uv-1": {group},
        "state=ended": {ended},
        "state=running&service=tyohonvalmennus": {coach},
        "state=soon": {soon},
        "state=coming": {soon, later},
        "state=nonsense": {coach, ended, group, soon, later},
    }.items():
        assert set(numbers(here, f"participations?{query}")) == {one.number for one in wanted}, query
    page = here.get("participations?q=002&state=ended").text
    assert 'value="002"' in page and '<option value="ended" selected>' in page
    assert (
        "There is no such participation. Look for another number, or leave something of the choices out."
    ) in words_of(here.get("participations?q=XX"))


def test_two_at_once_are_flagged(visitor: Visit, spell: Spell, store: SQLiteStore) -> None:
    """The same pseudonym in spells that overlap, in the list and on both pages; one after the other is no matter."""
    first = spell(start=days(-100), end=days(-60), person=WHO)
    one = spell(person=WHO, end=days(30))
    two = spell("uravalmennus", start=days(30), end=days(60), person=WHO)
    other = spell(end=days(30), person=WHO.replace("0", "1"))
    here = visitor("planner")
    assert set(numbers(here, "participations?state=overlapping")) == {one.number, two.number}
    assert words_of(here.get("participations")).count("Two at once") == 2
    warning = (
        "The same person takes part in another service at the same time. That may be right; totals count the person once. "
        "If somebody was invited twice by mistake, take one of the invitations back."
    )
    text = words_of(here.get(f"participations/{one.number}"))
    assert f"{warning} {two.number} , Job-search and career coaching" in text
    assert f"Same person {first.number} , Job coaching" in text
    for quiet in (first, other):
        assert warning not in words_of(here.get(f"participations/{quiet.number}"))
    participations.revoked(store, two, moment=NOON)
    assert not numbers(here, "participations?state=overlapping")


def test_a_code_in_the_search_field_is_not_kept(visitor: Visit, invite: Invite) -> None:
    """The page says so, with an empty field and the other choices; no address on it has the code."""
    code = invite().code
    here = visitor("planner")
    response = here.get("participations", query_string={"q": f" {code.lower()} ", "service": "tyohonvalmennus"})
    assert response.status_code == 303 and code.lower() not in response.headers["Location"].lower()
    page = here.get(response.headers["Location"])
    assert page.status_code == 422 and code.lower() not in page.text.lower()
    assert "That is a code. Type the number, which stands on the slip too: it looks like JT-2026-017." in words_of(page)
    assert '<option value="tyohonvalmennus" selected>' in page.text and 'name="q" type="search" value=""' in page.text


def test_the_last_invited_stands_first(visitor: Visit, store: SQLiteStore, keys: Keys, spell: Spell) -> None:
    """Whatever its letters, and the thousandth number after the one before."""
    late = spell("tyohonvalmennus", start=days(-300))
    early, long, short = (spell("uravalmennus", end=days(22)) for _each in range(3))
    participations.amended(store, late, invited="2026-11-24T12:00:00.000Z")
    for one, number in ((early, "UV-2026-001"), (long, "UV-2026-1000"), (short, "UV-2026-999")):
        moment = "2026-11-23T12:00:00.000Z" if one is early else "2026-11-24T11:00:00.000Z"
        participations.amended(store, one, invited=moment, number=number)
    page = visitor("planner").get("participations").text
    assert re.findall(r'class="whole" href="[^"]*">([^<]+)<', page) == [
        late.number, "UV-2026-1000", "UV-2026-999", "UV-2026-001",
    ]  # fmt: skip


def test_days_are_those_of_the_site(visitor: Visit, store: SQLiteStore, invite: Invite) -> None:
    """An hour before midnight by UTC is the next day here. Who is in no group is said to be."""
    one = invite().participation
    late = datetime(2026, 11, 24, 23, tzinfo=UTC)
    participations.amended(store, one, invited=records.timestamp(late))
    here = visitor("planner")
    text = words_of(here.get(f"participations/{one.number}"))
    assert "Invited on 25.11.2026" in text and "Group No group Start" in text
    participations.revoked(store, participations.by_number(store, one.number), moment=late)
    assert "The invitation was taken back on 25.11.2026." in words_of(here.get(f"participations/{one.number}"))


# --- exits to be told -----------------------------------------------------------------------------


def test_exits_to_be_told_are_a_filter(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """Whose planned end is past without an exit, with the way to a list of exits and to telling all at once."""
    untold, told, gone = (spell(start=days(-60), end=days(-1)) for _each in range(3))
    spell(start=days(-60), end=TODAY)
    participations.amended(store, told, end="2026-11-20", exit_reason="work")
    participations.revoked(store, gone, moment=NOON)
    here, path = visitor("planner"), "participations?state=untold"
    assert numbers(here, path) == [untold.number]
    page = here.get(path)
    assert 'href="/en/import?kind=exits">Bring in a list of exits</a>' in page.text
    assert "Choose a service above to store at once that its people completed it as planned." in words_of(page)
    page = here.get(f"{path}&service=tyohonvalmennus")
    assert 'href="/en/participations/completed?service=tyohonvalmennus">They completed the service' in page.text


def test_all_who_completed_are_told_at_once(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """On their planned end, but for those whose tick was taken; each is in the log."""
    first, second, third = (spell(start=days(-60), end=days(-at)) for at in (1, 2, 3))
    here, path = visitor("planner"), "participations/completed?service=tyohonvalmennus"
    ticks = re.findall(r'name="one" value="([^"]+)" checked', here.get(path).text)
    assert len(ticks) == 3
    page = here.done(path, one=ticks[:2])
    assert "Exits stored: 2. What is asked at the end goes by the planned end of each." in words_of(page)
    now = {one.number: (one.end, one.exit_reason) for one in participations.everyone(store)}
    assert now == {
        first.number: ("2026-11-23", "completed"),
        second.number: ("2026-11-22", "completed"),
        third.number: (None, None),
    }
    assert [entry[:2] for entry in logged(store)] == [("exit", first.number), ("exit", second.number)]
    for sent, sentence in (
        ([], "Tick those who completed the service on their planned end."),
        (ticks, "Somebody else changed this meanwhile: look and send once more."),
    ):
        response = here.post(path, one=sent)
        assert response.status_code == 422 and f'<li><a href="#f-one">{sentence}</a></li>' in response.text
    assert participations.by_number(store, third.number).end is None
    here.done(path, one=ticks[2:])
    assert "No exit is left to tell here." in words_of(here.get(path))


# --- what others did meanwhile, and a log that cannot be written ----------------------------------


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("exit", {"day": "22.11.2026", "reason": "other"}),
        ("exit", {"undo": "1"}),
        ("change", {"start": "1.11.2026", "end": "1.2.2027"}),
    ],
)
def test_a_form_from_before_somebody_elses_change_changes_nothing(
    visitor: Visit, store: SQLiteStore, spell: Spell, action: str, fields: dict[str, str]
) -> None:
    """The page comes back with what is stored now, to be looked at and sent once more."""
    one = spell(start=days(-30))
    here, path = visitor("planner"), f"participations/{one.number}/{action}"
    old = carried(here, path)
    now = participations.amended(
        store, one, end="2026-11-20", exit_reason="work", start="2026-11-10", planned_end="2027-01-01"
    )
    response = here.post(path, seen=old, **fields)
    assert response.status_code == 422
    assert "Somebody else changed this meanwhile: look and send once more." in words_of(response)
    assert f'value="{"20.11.2026" if action == "exit" else "10.11.2026"}"' in response.text
    assert participations.by_number(store, one.number) == now and not logged(store)
    filled(here, path, **fields)
    assert participations.by_number(store, one.number) != now


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("exit", {"day": "22.11.2026", "reason": "other"}),
        ("change", {"start": "1.11.2026", "end": "1.2.2027"}),
        ("revoke", {"sure": "1"}),
    ],
)
def test_what_cannot_be_logged_is_not_done(
    visitor: Visit, desk: Desk, store: SQLiteStore, spell: Spell, action: str, fields: dict[str, str]
) -> None:
    """The log comes first."""
    one = spell(start=days(-30))
    desk.store = Silent(store)  # type: ignore[assignment]
    response = visitor("planner").post(f"participations/{one.number}/{action}", seen=seen(one), **fields)
    assert response.status_code == 503
    assert participations.by_number(store, one.number) == one


# --- inviting -------------------------------------------------------------------------------------


def test_dates_come_from_the_group(visitor: Visit, store: SQLiteStore) -> None:
    """So many are invited, with the group's dates, and the page says that they were."""
    here = visitor("planner")
    page = here.done("participations/invite", place="uravalmennus/uv-2", count="2", once=once(here))
    assert words_of(page).startswith(
        "Invited: 2. Now print or save the codes: they are shown only here, and for an hour. Codes to hand out"
    )
    assert len(shown_codes(page)) == 2
    made = list(participations.everyone(store))
    assert {(one.group, one.start, one.planned_end) for one in made} == {("uv-2", "2026-11-02", "2026-12-16")}
    assert logged(store) == [("invite", "uravalmennus", {"count": 2})]


def test_own_dates_override_the_groups(visitor: Visit, store: SQLiteStore) -> None:
    """For somebody who joins later."""
    here = visitor("planner")
    here.done(
        "participations/invite",
        place="uravalmennus/uv-2",
        count="1",
        start="30.11.2026",
        end="2027-01-15",
        once=once(here),
    )
    (made,) = participations.everyone(store)
    assert (made.start, made.planned_end) == ("2026-11-30", "2027-01-15")


def test_without_a_group_it_begins_today(visitor: Visit, store: SQLiteStore, library: Library) -> None:
    """And the end comes from the length of the service."""
    here = visitor("planner")
    here.done("participations/invite", place="tyohonvalmennus", count="1", once=once(here))
    (made,) = participations.everyone(store)
    length = library.services.service("tyohonvalmennus").length_days
    assert (made.start, made.planned_end, made.group) == (TODAY.isoformat(), days(length).isoformat(), None)


def test_groups_that_ended_are_offered_last(visitor: Visit) -> None:
    """With their dates, so that nobody takes last year's."""
    page = visitor("planner").get("participations/invite?place=uravalmennus/uv-3").text
    options = re.findall(r'<option value="([^"]+)"( selected)?>([^<]+)</option>', page)
    assert ("uravalmennus/uv-3", " selected", "Job-search and career coaching: uv-3 (25.1.2027–10.3.2027)") in options
    assert options[-1] == (
        "uravalmennus/uv-1", "", "Job-search and career coaching: uv-1 (14.9.2026–28.10.2026, ended)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"place": ""}, "place", "Fill this in."),
        ({"place": "olematon"}, "place", "Choose one of what is offered."),
        ({"count": ""}, "count", "Fill this in."),
        ({"count": "0"}, "count", "“0” is no number. Write a whole number from 1 to 200."),
        ({"count": "201"}, "count", "“201” is no number. Write a whole number from 1 to 200."),
        ({"start": "eilen"}, "start", "“eilen” is no date. Write it like 31.3.2026."),
        ({"start": "1.1.1926"}, "start", "The date 1.1.1926 cannot be right. Give one from 1.1.2000 to 31.12.2100."),
        (
            {"start": "1.12.2026", "end": "30.11.2026"},
            "end",
            "The end 30.11.2026 comes before the start 1.12.2026. Look at both dates.",
        ),
        (
            {"start": "1.1.2028"},
            "start",
            "The end 16.12.2026 comes before the start 1.1.2028. Look at both dates.",
        ),
        ({"once": "x"}, "place", "This page is older than an hour. Look through what you typed and send it again."),
    ],
)
def test_what_is_wrong_is_said_and_nobody_is_invited(
    visitor: Visit, store: SQLiteStore, typed: dict[str, str], field: str, sentence: str
) -> None:
    """Beside its field, with all that was typed kept."""
    here = visitor("planner")
    fields = {"place": "uravalmennus/uv-2", "count": "3", "once": once(here), **typed}
    response = here.post("participations/invite", **fields)
    assert response.status_code == 422 and "<title>Error: Invite people" in response.text
    assert f'<li><a href="#f-{field}">{sentence}</a></li>' in response.text
    for name in ("start", "end"):
        assert f'name="{name}" type="text" value="{fields.get(name, "")}"' in response.text
    assert not list(store.scan("participation/")) and not list(store.scan("code/"))


def test_pressing_twice_invites_once(visitor: Visit, store: SQLiteStore) -> None:
    """The second time leads where the first did; another page invites anew."""
    here = visitor("planner")
    fields = {"place": "tyohonvalmennus", "count": "2", "once": once(here)}
    first, second = here.post("participations/invite", **fields), here.post("participations/invite", **fields)
    assert path_of(first) == path_of(second)
    assert len(list(participations.everyone(store))) == 2
    here.post("participations/invite", **{**fields, "once": once(here)})
    assert len(list(participations.everyone(store))) == 4


# --- one participation ----------------------------------------------------------------------------


def test_the_timeline_says_how_each_questionnaire_stands(
    visitor: Visit, store: SQLiteStore, invite: Invite, clock: Clock
) -> None:
    """Not open yet, open, answered, or closed without an answer; and that somebody looked is in the log."""
    one = invite().participation
    here = visitor("planner")
    text = words_of(here.get(f"participations/{one.number.lower()}"))
    questionnaire = "Client change measure for job coaching"
    assert f"At the start of the service {questionnaire} 10.11.2026–8.12.2026 Open" in text
    assert f"At the end of the service {questionnaire} 8.2.2027–24.3.2027 Not open yet" in text
    clock.advance(days=20)
    text = words_of(here.get(f"participations/{one.number}"))
    assert f"At the start of the service {questionnaire} 10.11.2026–8.12.2026 Closed, not answered" in text
    store.create(records.submission_key(one.id, "tyohonvalmennus", "start", 1), b"not even opened")
    text = words_of(here.get(f"participations/{one.number}"))
    assert f"At the start of the service {questionnaire} 10.11.2026–8.12.2026 Answered" in text
    assert (
        "Only the area's own staff may see who has answered. Do not tell the service provider. That you looked is in the "
        "log."
    ) in text
    assert [(entry.action, entry.about) for entry in audit.entries(store)] == [("look", one.number)] * 3


def test_what_coaches_and_employers_answer_is_not_in_the_timeline(visitor: Visit, invite: Invite) -> None:
    """The timeline is of what the client is asked."""
    one = invite().participation
    text = words_of(visitor("planner").get(f"participations/{one.number}"))
    assert "coach's assessment" not in text.lower() and "At the end of the service" in text


def test_a_number_that_is_not_there_is_told(visitor: Visit, store: SQLiteStore) -> None:
    """With what to do, and nothing in the log."""
    response = visitor("planner").get("participations/JT-2026-999")
    assert response.status_code == 404
    assert words_of(response) == (
        "There is no such participation There is no participation 'JT-2026-999'. Look at the number on the slip or in "
        "your own list. Go on"
    )
    assert not list(store.scan("audit/"))


# --- exits ----------------------------------------------------------------------------------------


def test_an_exit_is_stored_with_its_day_and_reason(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """What is asked at the end goes by it, and the log has it as the command writes it."""
    one = spell(start=days(-30))
    here = visitor("planner")
    assert 'value="24.11.2026"' in here.get(f"participations/{one.number}/exit").text
    page = filled(here, f"participations/{one.number}/exit", day="20.11.2026", reason="work")
    text = words_of(page)
    assert f"Stored: {one.number} left on 20.11.2026. What is asked at the end now goes by this day." in text
    assert "Left on 20.11.2026 (Got work)" in text and "6.11.2026–20.12.2026 Open" in text
    now = participations.by_number(store, one.number)
    assert (now.end, now.exit_reason) == ("2026-11-20", "work")
    assert logged(store) == [("exit", one.number, {"end": "2026-11-20", "reason": "work"})]


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"day": ""}, "day", "Fill this in."),
        ({"day": "31.2.2026"}, "day", "“31.2.2026” is no date. Write it like 31.3.2026."),
        (
            {"day": "25.11.2026"},
            "day",
            "This day has not come yet. Tell of an exit when it has happened; until then, change the planned end.",
        ),
        (
            {"day": "23.11.2026"},
            "day",
            "This is before the start, 24.11.2026. If the person never began, take the invitation back instead.",
        ),
        ({"reason": ""}, "reason", "Fill this in."),
        ({"reason": "tired"}, "reason", "Choose one of what is offered."),
    ],
)
def test_an_exit_that_cannot_be_is_refused(
    visitor: Visit, store: SQLiteStore, invite: Invite, typed: dict[str, str], field: str, sentence: str
) -> None:
    """With what to do instead; nothing is stored."""
    one = invite().participation
    fields = {"day": "24.11.2026", "reason": "work", "seen": seen(one), **typed}
    response = visitor("planner").post(f"participations/{one.number}/exit", **fields)
    assert response.status_code == 422
    assert f'<li><a href="#f-{field}">{sentence}</a></li>' in response.text
    assert participations.by_number(store, one.number) == one and not logged(store)


def test_an_exit_told_by_mistake_is_undone(visitor: Visit, store: SQLiteStore, invite: Invite) -> None:
    """The planned end holds again."""
    one = invite().participation
    here = visitor("planner")
    filled(here, f"participations/{one.number}/exit", day="24.11.2026", reason="illness")
    form = here.get(f"participations/{one.number}/exit").text
    assert re.search(r'value="illness" checked', form)
    assert "The exit on 24.11.2026 is taken away, and the planned end 22.2.2027 holds again." in form
    text = words_of(filled(here, f"participations/{one.number}/exit", undo="1"))
    assert f"Stored: {one.number} has not left. What is asked at the end goes by the planned end again." in text
    assert participations.by_number(store, one.number) == one
    assert logged(store)[-1] == ("exit", one.number, {"end": "", "reason": ""})


def test_the_reasons_are_those_that_records_know() -> None:
    """Each has its words, in the order of the records."""
    assert tuple(REASONS) == get_args(ExitReason) == participations.EXIT_REASONS


# --- other dates ----------------------------------------------------------------------------------


def test_dates_are_changed(visitor: Visit, store: SQLiteStore, invite: Invite) -> None:
    """And what is asked moves along."""
    one = invite().participation
    here = visitor("planner")
    form = here.get(f"participations/{one.number}/change").text
    assert 'value="24.11.2026"' in form and 'value="22.2.2027"' in form and 'name="group"' not in form
    text = words_of(filled(here, f"participations/{one.number}/change", start="1.12.2026", end="31.3.2027"))
    assert (f"Stored: {one.number} is from 1.12.2026 to 31.3.2027. What is asked when now goes by these days.") in text
    assert "17.3.2027–30.4.2027 Not open yet" in text
    details = {"start": "2026-12-01", "end": "2027-03-31", "group": ""}
    assert logged(store) == [("change", one.number, details)]


def test_the_group_is_changed_with_its_dates_or_without(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """Only a tick takes the dates of the group."""
    one = spell("uravalmennus", end=days(22))
    here, path = visitor("planner"), f"participations/{one.number}/change"
    fields = {"start": "24.11.2026", "end": "16.12.2026"}
    text = words_of(filled(here, path, group="uv-3", **fields))
    assert f"Stored: {one.number} is in the group uv-3, from 24.11.2026 to 16.12.2026." in text
    text = words_of(filled(here, path, group="uv-4", dates="1", **fields))
    assert f"Stored: {one.number} is in the group uv-4, from 5.4.2027 to 19.5.2027." in text
    now = participations.by_number(store, one.number)
    assert (now.group, now.start, now.planned_end) == ("uv-4", "2027-04-05", "2027-05-19")


def test_a_group_that_is_listed_no_more_stays(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """A change of dates moves nobody: the own group stands first, and stays unless another is chosen."""
    one = participations.amended(store, spell("uravalmennus", end=days(22)), group="uv-0")
    here, path = visitor("planner"), f"participations/{one.number}/change"
    options = re.findall(
        r'<option value="([^"]*)"( selected)?>([^<]*)', here.get(path).text.partition('name="group"')[2]
    )
    assert options[0] == ("uv-0", " selected", "uv-0 (no longer in services.yaml)")
    text = words_of(filled(here, path, group="uv-0", start="24.11.2026", end="31.1.2027"))
    assert f"Stored: {one.number} is from 24.11.2026 to 31.1.2027." in text
    assert participations.by_number(store, one.number).group == "uv-0"


def test_those_without_a_group_can_be_chosen(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """Of a service in which others have one, in the list and where planned ends are told as kept."""
    grouped, alone = (spell("uravalmennus", start=days(-60), end=days(-3)) for _time in range(2))
    participations.amended(store, alone, group=None)
    here = visitor("planner")
    text = words_of(here.get("participations?service=uravalmennus&group=-"))
    assert alone.number in text and grouped.number not in text and "Without a group" in text
    text = words_of(here.get("participations/completed?service=uravalmennus&group=-"))
    assert alone.number in text and grouped.number not in text and ", -" not in text


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"end": "1.11.2026"}, "end", "The end 1.11.2026 comes before the start 24.11.2026."),
        ({"start": "1.1.1999"}, "start", "The date 1.1.1999 cannot be right. Give one from 1.1.2000 to 31.12.2100."),
        ({"start": "x"}, "start", "“x” is no date. Write it like 31.3.2026."),
        ({"group": "rk-1"}, "group", "Choose one of what is offered."),
        ({}, "start", "Nothing would change. Type what is different, or go back."),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    visitor: Visit, store: SQLiteStore, spell: Spell, typed: dict[str, str], field: str, sentence: str
) -> None:
    """With all that was typed kept, and nothing stored."""
    one = spell("uravalmennus", end=days(22))
    fields = {"start": "24.11.2026", "end": "16.12.2026", "group": "uv-1", "seen": seen(one), **typed}
    response = visitor("planner").post(f"participations/{one.number}/change", **fields)
    assert response.status_code == 422
    assert f'<li><a href="#f-{field}">{sentence}</a></li>' in response.text
    assert f'value="{fields["start"]}"' in response.text and f'value="{fields["end"]}"' in response.text
    assert participations.by_number(store, one.number) == one and not logged(store)


def test_a_start_after_the_exit_is_refused(visitor: Visit, store: SQLiteStore, spell: Spell) -> None:
    """Where somebody has left already."""
    one = spell(start=days(-30))
    here = visitor("planner")
    filled(here, f"participations/{one.number}/exit", day="20.11.2026", reason="other")
    shown = seen(participations.by_number(store, one.number))
    response = here.post(f"participations/{one.number}/change", start="21.11.2026", end="22.2.2027", seen=shown)
    assert response.status_code == 422
    assert "The person has left already on 20.11.2026. The start cannot come after it." in words_of(response)


# --- lost codes, and invitations taken back -------------------------------------------------------


def test_a_new_code_opens_and_the_old_one_does_not(
    visitor: Visit, store: SQLiteStore, keys: Keys, invite: Invite
) -> None:
    """It leads to the page of codes, and its log entry has the number alone."""
    one = invite()
    here, number = visitor("planner"), one.participation.number
    assert here.get(f"participations/{number}/replace").status_code == 200
    page = here.done(f"participations/{number}/replace")
    assert f"A new code was made for {number}. The old one opens nothing any more." in words_of(page)
    (new,) = shown_codes(page)
    assert participations.by_code(store, keys, one.code) is None
    opened = participations.by_code(store, keys, new)
    assert opened and opened.id == one.participation.id
    assert logged(store) == [("replace", number, {})]


def test_taking_back_needs_a_tick(visitor: Visit, store: SQLiteStore, keys: Keys, invite: Invite) -> None:
    """Without it nothing happens; with it the code opens nothing, and the page says so from then on."""
    one = invite()
    here, number = visitor("planner"), one.participation.number
    response = here.post(f"participations/{number}/revoke")
    assert response.status_code == 422 and '<li><a href="#f-sure">Tick this if you are sure.</a></li>' in response.text
    assert participations.by_code(store, keys, one.code) and not logged(store)
    text = words_of(here.done(f"participations/{number}/revoke", sure="1"))
    assert f"The invitation of {number} was taken back. Its code opens nothing any more." in text
    assert "Nothing is asked, since the invitation was taken back." in text
    assert participations.by_code(store, keys, one.code) is None
    assert logged(store) == [("revoke", number, {})]


@pytest.mark.parametrize("action", ["exit", "change", "replace", "revoke"])
def test_nothing_more_is_done_once_it_is_taken_back(
    visitor: Visit, store: SQLiteStore, invite: Invite, action: str
) -> None:
    """Whatever address somebody still has open."""
    one = participations.revoked(store, invite().participation, moment=NOON)
    here = visitor("planner")
    for response in (
        here.get(f"participations/{one.number}/{action}"),
        here.post(f"participations/{one.number}/{action}", day="24.11.2026", reason="work", sure="1", end="1.1.2028"),
    ):
        assert response.status_code == 409
        assert words_of(response) == (
            f"The invitation was taken back Nothing is asked of {one.number} any more, so there is nothing to change. "
            "Invite the person anew. Go on"
        )
    assert participations.by_number(store, one.number) == one and not logged(store)


@pytest.mark.parametrize("who", ["provider", "analyst", "officer"])
def test_only_the_areas_planners_reach_a_participation(
    visitor: Visit, store: SQLiteStore, invite: Invite, who: str
) -> None:
    """Its timeline says who has answered, which a provider must never learn."""
    one = invite().participation
    response = visitor(who).get(f"participations/{one.number}")
    assert response.status_code == 403 and one.number not in words_of(response)
