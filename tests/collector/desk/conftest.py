"""The desk over a store and a clock of the test's own, with everything real behind it, and a visitor for each role."""

from __future__ import annotations

import dataclasses
import functools
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import werkzeug.test

from collector.desk.app import create_desk
from collector.desk.people import Person
from collector.desk.visit import Desk
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from tests.conftest import ROOT, Clock

PEOPLE = {
    "planner": Person(login="planner", roles=frozenset({"planner"})),
    "provider": Person(login="coach", roles=frozenset({"provider"}), provider="valmennus"),
    "other": Person(login="other-coach", roles=frozenset({"provider"}), provider="koulutus"),
    "analyst": Person(login="analyst", roles=frozenset({"analyst"})),
    "officer": Person(login="officer", roles=frozenset({"officer"})),
    "reader": Person(login="reader", roles=frozenset({"planner"}), releases="laatuvastaava"),
    "nobody": Person(login="nobody", roles=frozenset()),
}
"""Somebody of each role; `reader` may release open answers too."""
WHO = "X-Test-Person"


class Visitor:
    """Somebody at the desk, as their browser would send."""

    def __init__(self, app: Desk, who: str) -> None:
        self.app = app
        self.person = PEOPLE[who]
        self._client = werkzeug.test.Client(app)
        self._headers = {WHO: who}

    def get(self, path: str, **options: Any) -> werkzeug.test.TestResponse:
        """A page, by its path below the language, or by a whole address that a page gave."""
        return self._client.get(_whole(path), headers=self._headers, buffered=True, **options)

    def post(self, path: str, token: str | None = None, **fields: Any) -> werkzeug.test.TestResponse:
        """Sends a form with the desk's own token. A field `file` may be a pair of bytes and a name."""
        data = {"_token": self.app.token(self.person) if token is None else token, **fields}
        return self._client.post(_whole(path), data=data, headers=self._headers, buffered=True)

    def done(self, path: str, **fields: Any) -> werkzeug.test.TestResponse:
        """Sends a form, and follows to the page that says what was done."""
        response = self.post(path, **fields)
        assert response.status_code == 303, response.text
        return self.get(response.headers["Location"])


_messages = functools.cache(messages)
"""Reading the catalogues takes longer than a test."""


def _whole(path: str) -> str:
    return path if path.startswith("/") else f"/en/{path}"


def text_of(response: werkzeug.test.TestResponse) -> str:
    """What a page says, without its marks."""
    main = response.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).strip()


Visit = Callable[[str], Visitor]


@pytest.fixture
def desk_settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, address="https://kysely.example.fi/")


@pytest.fixture
def desk(desk_settings: Settings, store: SQLiteStore, clock: Clock, tmp_path: Path) -> Desk:
    """The desk as `mittari desk` begins it, but for who is there: the header of a test says it."""
    return create_desk(
        desk_settings,
        works=works(desk_settings, ROOT / "instruments", tmp_path / "desk"),
        messages=_messages(),
        identify=lambda request: PEOPLE[request.headers[WHO]],
        store=store,
        clock=clock,
        random=random.Random(5).randbytes,
    )


@pytest.fixture
def visitor(desk: Desk) -> Visit:
    """Somebody at the desk: `visitor("planner")`."""
    return lambda who: Visitor(desk, who)


def path_of(response: werkzeug.test.TestResponse) -> str:
    """Where an answer leads."""
    return urlsplit(response.headers["Location"]).path
