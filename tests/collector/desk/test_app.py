"""Who may open what, and what no other site can do in somebody's name."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from collector import audit
from collector.desk.app import PLACES
from collector.desk.log import ACTIONS
from collector.desk.people import AREAS
from collector.desk.visit import Desk, Place
from collector.serving import served
from collector.stores.sqlite import SQLiteStore
from tests.collector.desk.conftest import PEOPLE, Visit, text_of
from tests.conftest import ROOT


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
    assert "somebody-1" in page and "JT-2026-002" in page and "reason: Got work" in page
    assert "JT-2026-001" not in text_of(planner.get("log?actor=somebody-2"))


def test_the_log_is_in_words(visitor: Visit, store: SQLiteStore) -> None:
    """Whoever reads it knows no program: what was done is said, and can be chosen, in the language of the page."""
    planner = visitor("planner")
    for action in ("read words", "of a later version"):
        audit.Log(store=store, actor="somebody", random=planner.app.random).add(action, moment=planner.app.clock())
    page = text_of(planner.get("log"))
    assert "read an open answer" in page and "of a later version" in page
    assert "luki avoimen vastauksen" in text_of(planner.get("/fi/log?action=read+words"))
    log = audit.Log(store=store, actor="somebody", random=planner.app.random)
    details = {"desk": "planner", "questionnaire": "palvelupalaute@1", "wave": "end", "channel": "paper_keyed"}
    log.add(
        "key in", "JT-2026-001", moment=planner.app.clock(), details={**details, "answered": "2026-11-20", "odd": 1}
    )
    assert (
        "vastattu: 20. marraskuuta 2026, tapa: Paperilomake, rooli: Alueen suunnittelija, odd: 1, kysely: Palaute "
        "palvelusta, mittauskerta: Palvelun lopussa" in text_of(planner.get("/fi/log?action=key+in"))
    )


def test_every_action_of_the_desk_has_its_words() -> None:
    """The log names each action that a page or a command writes."""
    sources = [
        *(ROOT / "collector" / "desk").glob("*.py"),
        *(ROOT / "commands").glob("*.py"),
        ROOT / "collector" / "words.py",
    ]
    written = {
        action
        for path in sources
        for action in re.findall(r'\b(?:log|add)\(\s*"([a-z ]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(written) > 30
    assert written - {"desk"} <= set(ACTIONS)


def test_a_bundle_that_cannot_be_read_is_not_taken(desk: Desk, visitor: Visit, tmp_path: Path) -> None:
    """A build that went wrong under a running desk changes nothing, and the desk goes on with what it had."""
    folder = tmp_path / "bundle"
    shutil.copytree(desk.settings.bundle, folder)
    desk.settings = dataclasses.replace(desk.settings, bundle=folder)
    desk._made = desk._when_made()
    planner = visitor("planner")
    (folder / "build.json").write_text("{", encoding="utf-8")
    os.utime(folder / "build.json", ns=(1, 1))
    assert planner.get("shelf").status_code == 200


def test_lists_of_a_kind_do_not_pile_up(desk: Desk) -> None:
    """Where each holds much, the newest few are kept; what else somebody has in mind stays."""
    codes = desk.memory.put("planner", ("codes",))
    tokens = [desk.memory.put("planner", [n], most=3) for n in range(5)]
    assert [desk.memory.get("planner", token, list) for token in tokens] == [None, None, [2], [3], [4]]
    assert desk.memory.get("planner", codes, tuple) == ("codes",)


def test_what_comes_to_the_desk_never_lies_on_a_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of ten thousand people is longer than what a server keeps in memory by itself."""
    made: list[object] = []
    real = tempfile.TemporaryFile

    def noted(*arguments: object, **options: object) -> object:
        made.append(arguments)
        return real(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(tempfile, "TemporaryFile", noted)
    with served(desk) as address:
        body = urlencode({"_token": "x" * 64, "pasted": "row\t" * 200_000}).encode()
        sent = urllib.request.Request(f"{address}en/import", data=body, headers={"X-Test-Person": "planner"})
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(sent, timeout=60)
        error.value.close()
    assert error.value.code == 403 and made == []
