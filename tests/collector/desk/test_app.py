"""Who may open what, and what no other site can do in somebody's name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from collector import audit
from collector.desk.app import PLACES, Desk
from collector.desk.people import AREAS
from collector.desk.visit import Place
from collector.stores.sqlite import SQLiteStore
from tests.collector.desk.conftest import PEOPLE, Visit, text_of


def _path(place: Place) -> str:
    """An address that leads to a place."""
    return re.sub(r"<(?:\w+:)?\w+>", "x", place.path)


def _paths() -> Iterator[tuple[Place, str]]:
    for place in PLACES:
        yield place, _path(place)


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_each_role_is_refused_on_every_page_of_the_others(who: str, visitor: Visit, store: SQLiteStore) -> None:
    """Whatever area a role has not, none of its addresses does anything for it, by whatever method."""
    person, here = PEOPLE[who], visitor(who)
    before = list(store.scan(""))
    refused = 0
    for place, path in _paths():
        if not person.may(place.area):
            response = here.get(path) if place.method == "GET" else here.post(path)
            assert response.status_code == 403, f"{who} reached {place.method} {path}"
            assert "not for your role" in text_of(response)
            refused += 1
    assert refused or who == "nobody"
    assert list(store.scan("")) == before


def test_every_place_has_an_area_that_somebody_may_open() -> None:
    """No address leads nowhere, and each belongs to an area of the table."""
    for place in PLACES:
        assert place.area in AREAS, place.path
        assert any(person.may(place.area) for person in PEOPLE.values()), place.path
    assert len({(place.method, place.path) for place in PLACES}) == len(PLACES)


def test_no_form_is_taken_without_the_token_of_the_page(visitor: Visit, store: SQLiteStore) -> None:
    """Neither without a token, nor with that of somebody else, nor from another site."""
    here = visitor("reader")
    before = list(store.scan(""))
    for place, path in _paths():
        if place.method == "POST" and here.person.may(place.area):
            for token in ("", "0" * 64, here.app.token(PEOPLE["analyst"])):
                response = here.post(path, token=token)
                assert response.status_code == 403 and "Nothing was done" in text_of(response), path
    assert list(store.scan("")) == before


def test_a_page_of_another_site_cannot_send_a_form(desk: Desk, visitor: Visit) -> None:
    """The browser says where a form stood, and the desk listens."""
    here = visitor("reader")
    place = next(place for place in PLACES if place.method == "POST" and here.person.may(place.area))
    path = f"/en/{_path(place)}"
    headers = {"X-Test-Person": "reader", "Origin": "https://elsewhere.example"}
    response = here._client.post(path, data={"_token": desk.token(here.person)}, headers=headers, buffered=True)
    assert response.status_code == 403


def test_the_first_address_leads_to_a_language_of_the_browser(visitor: Visit) -> None:
    """Finnish where the browser says nothing that the desk speaks."""
    here = visitor("planner")
    assert here.get("/").headers["Location"] == "/fi/"
    assert here._client.get("/", headers={"Accept-Language": "sv-FI"}).headers["Location"] == "/sv/"


def test_what_is_not_there_is_said_plainly(visitor: Visit) -> None:
    """In the language of the address, with a way on."""
    response = visitor("planner").get("/fi/sinne")
    assert response.status_code == 404 and "sivua" in text_of(response)


def test_headers_keep_pages_out_of_caches_and_frames(visitor: Visit) -> None:
    """Nothing is kept by a browser, and no script or style of others runs."""
    headers = visitor("planner").get("").headers
    assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]


def test_the_log_says_who_did_what(visitor: Visit, store: SQLiteStore) -> None:
    """Entries stand newest first, and can be looked for."""
    planner = visitor("planner")
    for number in (1, 2):
        audit.Log(store=store, actor=f"somebody-{number}", random=planner.app.random).add(
            "exit", f"JT-2026-00{number}", moment=planner.app.clock(), details={"reason": "work"}
        )
    page = text_of(planner.get("log"))
    assert "somebody-1" in page and "JT-2026-002" in page and "reason: work" in page
    assert "JT-2026-001" not in text_of(planner.get("log?actor=somebody-2"))
