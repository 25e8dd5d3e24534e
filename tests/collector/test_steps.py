"""What a provider's coach may see of response rates: never enough to tell of anybody whether they have answered."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import inviting, participations, steps
from collector.settings import Keys
from collector.steps import FEWEST, Invited, step
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library
from survey.records import Participation, Submission
from survey.schedule import Window
from tests.conftest import NOON

TODAY = date(2026, 11, 24)
CLOSED = Window(date(2026, 9, 20), date(2026, 10, 18))


def one(
    *, answered: bool, group: str | None = "uv-1", service: str = "uravalmennus", window: Window = CLOSED
) -> Invited:
    return Invited(
        service=service, group=group, instrument="i", wave="start", window=window, answered=answered
    )  # fmt: skip


def people(invited: int, answered: int, group: str | None = "uv-1") -> list[Invited]:
    return [one(answered=n < answered, group=group) for n in range(invited)]


@pytest.mark.parametrize(
    ("answered", "invited", "shown"),
    [
        (0, 5, "under_most"), (3, 5, "under_most"), (4, 5, "most"), (5, 5, "most"),
        (2, 6, "under_half"), (3, 6, "half"), (4, 6, "half"), (5, 6, "most"),
        (4, 10, "under_half"), (5, 10, "half"), (7, 10, "half"), (8, 10, "most"), (10, 10, "most"),
    ],
)  # fmt: skip
def test_steps_by_hand(answered: int, invited: int, shown: str) -> None:
    """50 % and 80 % begin a step. Three of five would be a step of its own, so five have two steps alone."""
    assert step(answered, invited) == shown


@pytest.mark.parametrize("invited", range(FEWEST, 201))
def test_no_step_makes_anybody_certain(invited: int) -> None:
    """Whatever is shown of so many people, more than one number of answers is possible: one in which a given person has
    answered, and one in which that person has not."""
    possible: dict[str, list[int]] = {}
    for answered in range(invited + 1):
        possible.setdefault(step(answered, invited), []).append(answered)
    for shown, numbers in possible.items():
        assert len(numbers) >= 2, shown
        assert max(numbers) >= 1 and min(numbers) <= invited - 1, shown
        assert numbers == list(range(numbers[0], numbers[-1] + 1)), shown


WINDOWS = st.builds(
    lambda opens, days: Window(date(2026, 8, 1) + timedelta(opens), date(2026, 8, 1) + timedelta(opens + days)),
    st.integers(0, 120),
    st.integers(0, 40),
)
SPELLS = st.builds(
    Invited,
    service=st.sampled_from(["uravalmennus", "tyohonvalmennus"]),
    group=st.sampled_from(["uv-1", "uv-2", None]),
    instrument=st.sampled_from(["i", "j"]),
    wave=st.sampled_from(["start", "end"]),
    window=st.one_of(st.just(CLOSED), WINDOWS),
    answered=st.booleans(),
)
WORLDS = st.one_of(
    st.lists(SPELLS, max_size=40),
    # Crowded: groups of one service side by side, at and about the least number.
    st.lists(
        st.builds(one, answered=st.booleans(), group=st.sampled_from(["uv-1", "uv-2", None])), min_size=5, max_size=24
    ),
)
DAYS = [date(2026, 8, 1) + timedelta(days) for days in range(0, 420, 13)]


def everything_shown(library: Library, world: Sequence[Invited]) -> list[list[steps.StepRow]]:
    """All that a coach reads who looks on many days, at all services and groups side by side."""
    return [steps.step_rows(world, library, today=day) for day in DAYS]


@given(world=WORLDS, who=st.data())
def test_nobody_is_certain_from_all_that_is_shown(library: Library, world: list[Invited], who: st.DataObject) -> None:
    """For anybody there is another world in which the same is shown, on every day and in every row, and in which this
    person has done the contrary."""
    if not world:
        return
    person = who.draw(st.integers(0, len(world) - 1))
    seen = everything_shown(library, world)

    def turned(*others: int) -> list[Invited]:
        return [
            dataclasses.replace(each, answered=not each.answered) if n in (person, *others) else each
            for n, each in enumerate(world)
        ]

    alone = [turned()]
    together = [turned(other) for other in range(len(world)) if other != person]
    assert any(everything_shown(library, other) == seen for other in (*alone, *together))


@given(world=WORLDS)
def test_everybody_is_in_one_row_alone(library: Library, world: list[Invited]) -> None:
    """No row is the sum of others: each questionnaire of each person is counted once, or not at all."""
    rows = steps.step_rows(world, library, today=date(2027, 1, 1))
    assert sum(row.invited for row in rows) <= len(world)
    places = [(row.service, row.group, row.instrument, row.wave, row.days) for row in rows]
    assert len(set(places)) == len(places)
    for row in rows:
        assert row.step is None or row.invited >= FEWEST


def test_why_there_are_no_totals() -> None:
    """A group of five at 80 % or more, another under it, and both together at 80 % or more, can only be 5 and 3: then
    everybody in the first has answered for certain."""
    possible = [
        (a, b)
        for a in range(6)
        for b in range(6)
        if step(a, 5) == "most" and step(b, 5) == "under_most" and step(a + b, 10) == "most"
    ]
    assert possible == [(5, 3)]


def test_nothing_is_shown_before_the_month_is_over(library: Library) -> None:
    """A group when the month has ended in which the last of its time does; who is in none, when the quarter has."""
    group, alone = people(6, 3), people(6, 3, group=None)
    for day, shown in ((date(2026, 10, 31), None), (date(2026, 11, 1), "half")):
        assert [row.step for row in steps.step_rows(group, library, today=day)] == [shown]
    for day, shown in ((date(2026, 12, 31), None), (date(2027, 1, 1), "half")):
        (row,) = steps.step_rows(alone, library, today=day)
        assert (row.step, row.shown_from) == (shown, date(2027, 1, 1))


def test_a_row_is_shown_for_a_year_and_not_before_anything_is_open(library: Library) -> None:
    """Nothing stands there that has not opened, nor what ended more than twelve months ago."""
    assert steps.step_rows(people(6, 3), library, today=CLOSED.first - timedelta(1)) == []
    assert len(steps.step_rows(people(6, 3), library, today=date(2027, 10, 31))) == 1
    assert steps.step_rows(people(6, 3), library, today=date(2027, 11, 1)) == []


# --- from the store -------------------------------------------------------------------------------


@pytest.fixture
def group(store: SQLiteStore, keys: Keys, library: Library) -> list[Participation]:
    """Six people of a group that began on the 14th of September, invited a fortnight before."""
    plan = inviting.plan(library, service="uravalmennus", group="uv-1", start=None, end=None, today=TODAY)
    moment = NOON.replace(month=9, day=1)
    made = inviting.invite(store, keys, [plan] * 6, moment=moment, random=random.Random(4).randbytes)
    return [each.participation for each in made]


def sent(store: SQLiteStore, person: Participation, received: str, n: int = 1) -> None:
    submission = Submission(
        id=f"{person.id[:20]}{n}", participation=person.id, service=person.service, instrument="tyonhakuvalmennus",
        version=1, meaning="m", wave="start", language="fi", channel="own_device", helper="none", received=received,
    )  # fmt: skip
    store.create(records.submission_key(person.id, "tyonhakuvalmennus", "start", n), records.encode(submission))


def start_of(store: SQLiteStore, library: Library) -> list[bool]:
    found = steps.invited(store, library, provider="valmennus")
    return [each.answered for each in found if (each.wave, each.instrument) == ("start", "tyonhakuvalmennus")]


def test_only_what_came_in_time_counts(store: SQLiteStore, library: Library, group: list[Participation]) -> None:
    """The time ended on the 28th of September in Helsinki. What comes later, or is corrected or taken back later,
    changes nothing: nobody can watch a row move."""
    first, late, corrected, back, *_others = group
    sent(store, first, "2026-09-28T20:59:59.000Z")
    sent(store, late, "2026-09-28T21:00:00.000Z")
    sent(store, corrected, "2026-09-20T08:00:00.000Z")
    sent(store, corrected, "2026-11-20T08:00:00.000Z", n=2)
    store.create(records.tombstone_key(back.id, "tyonhakuvalmennus", "start"), b"{}")
    assert sorted(start_of(store, library)) == [False, False, False, True, True, True]


def test_who_joins_or_is_taken_back_later_changes_no_row(
    store: SQLiteStore, library: Library, keys: Keys, group: list[Participation]
) -> None:
    """An invitation after the time was over was never to be answered then; one taken back after it was."""
    plan = inviting.plan(library, service="uravalmennus", group="uv-1", start=None, end=None, today=TODAY)
    list(inviting.invite(store, keys, [plan], moment=NOON, random=random.Random(5).randbytes))
    participations.revoked(store, group[0], moment=NOON)
    assert len(start_of(store, library)) == 6
    participations.revoked(store, group[1], moment=NOON.replace(month=9, day=20))
    assert len(start_of(store, library)) == 5


def test_a_provider_has_its_own_services_alone(
    store: SQLiteStore, library: Library, group: list[Participation]
) -> None:
    """Nothing of another provider's services is even counted."""
    assert list(steps.invited(store, library, provider="koulutus")) == []
    assert {each.service for each in steps.invited(store, library, provider="valmennus")} == {"uravalmennus"}
    assert len(group) == 6
