"""The first measurement in six steps: what is next, and what is done."""

from __future__ import annotations

import dataclasses
import re

import pytest

from collector import audit
from collector.desk.visit import Desk
from collector.stores.sqlite import SQLiteStore
from tests.collector.desk.conftest import Visit, text_of
from tests.conftest import Invite


@pytest.fixture
def own(desk: Desk) -> None:
    """The organisation is no longer the example that comes with Mittari, and nothing is a draft."""
    library = desk.bundle.library
    organisation = dataclasses.replace(
        library.site.organisation, name={"fi": "Alue", "sv": "Området", "en": "The area"}
    )
    site = dataclasses.replace(library.site, organisation=organisation)
    desk._bundle = dataclasses.replace(desk.bundle, library=dataclasses.replace(library, site=site, drafts=()))


def done_of(page: str) -> list[bool]:
    """Which of the six steps are done."""
    return ["done" in re.sub(r"<[^>]+>", "", head) for head in re.findall(r"<h2>(.*?)</h2>", page, re.DOTALL)]


def test_a_new_area_begins_with_the_papers(visitor: Visit) -> None:
    """Nothing is done yet; each step says what to do, and the example organisation is named as such."""
    response = visitor("planner").get("first")
    page = text_of(response)
    assert done_of(response.text) == [False] * 6
    assert "Agree what is measured, and put the papers in order next" in page
    assert "The organisation, services and dates are still the examples that come with Mittari." in page
    assert "Questionnaires that are drafts: 12." in page


def test_steps_are_done_by_doing_them(visitor: Visit, own: None, invite: Invite, store: SQLiteStore) -> None:
    """What the store and the log have is what counts, in whatever order it was done."""
    planner = visitor("planner")
    assert done_of(planner.get("first").text) == [False, True, False, False, False, False]
    planner.get("papers/start")
    invite()
    assert done_of(planner.get("first").text) == [True, True, True, False, False, False]
    log = audit.Log(store=store, actor="planner", random=planner.app.random)
    for action in ("slips", "make report"):
        log.add(action, moment=planner.app.clock())
    page = planner.get("first")
    assert done_of(page.text) == [True, True, True, True, False, True]
    assert "Follow the answers, and tell who has left next" in text_of(page)


def test_the_nearest_group_is_named(visitor: Visit) -> None:
    """The one that begins within days, whose people are to be brought in."""
    page = text_of(visitor("planner").get("first"))
    assert (
        "The group nearest to its start is tv-2, Labour-market training in machinery and metal work: 30 November 2026."
        in page
    )
