"""What an operator sees: up, ready or why not, and outcomes without anything that anybody sent."""

from __future__ import annotations

import dataclasses
import json
import logging
import re
from pathlib import Path

import pytest

from collector import create_app
from collector.app import Collector
from collector.monitoring import outcome
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from survey.model import Library
from tests.collector.forms import body, fields
from tests.conftest import Client, Invite

FORM = "application/x-www-form-urlencoded"


def test_up_touches_nothing(client: Client, store: SQLiteStore, settings: Settings) -> None:
    """Whatever is wrong with store and keys, the process is up: a monitor must not restart it for that."""
    store.close()
    settings.secrets.unlink()
    answer = client.get("/-/healthz")
    assert (answer.status_code, answer.text, answer.headers["Cache-Control"]) == (200, "ok\n", "no-store")


def test_ready(client: Client) -> None:
    """Everything is there."""
    answer = client.get("/-/readyz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_not_ready_without_the_store(client: Client, settings: Settings, store: SQLiteStore) -> None:
    """It is asked each time, and nothing is written."""
    assert client.get("/-/readyz").status_code == 200
    before = list(store.scan(""))
    path = Path(settings.store.removeprefix("sqlite:"))
    path.rename(path.with_suffix(".moved"))
    answer = client.get("/-/readyz")
    assert (answer.status_code, answer.text) == (503, "the store does not answer\n")
    path.with_suffix(".moved").rename(path)
    assert client.get("/-/readyz").status_code == 200 and list(store.scan("")) == before


def test_not_ready_without_the_keys(client: Client, settings: Settings) -> None:
    """A restart would fail: somebody must put them back before."""
    settings.secrets.rename(settings.secrets.with_suffix(".away"))
    answer = client.get("/-/readyz")
    assert (answer.status_code, answer.text) == (503, "the keys cannot be read\n")


def test_not_ready_with_pages_of_another_build(settings: Settings, store: SQLiteStore, tmp_path: Path) -> None:
    """Half of a build was copied under a running collector."""
    assert settings.site is not None
    site = tmp_path / "site"
    site.mkdir()
    (site / "build.json").write_bytes((settings.site / "build.json").read_bytes())
    client = Client(create_app(dataclasses.replace(settings, site=site), store=store))
    assert client.get("/-/readyz").status_code == 200
    (site / "build.json").write_text(json.dumps({"format": 2, "build": "other"}))
    answer = client.get("/-/readyz")
    assert (answer.status_code, answer.text) == (503, "the pages and the bundle are not of the same build\n")


@pytest.mark.parametrize(
    ("status", "word"),
    [(200, "answered"), (201, "accepted"), (303, "answered"), (400, "refused"), (404, "refused"), (409, "refused"),
     (413, "refused"), (415, "refused"), (422, "invalid"), (500, "trouble"), (503, "trouble")],
)  # fmt: skip
def test_outcomes(status: int, word: str) -> None:
    """Every status has one of five words."""
    assert outcome(status) == word


def test_each_request_leaves_one_line_and_nothing_that_was_sent(
    app: Collector, store: SQLiteStore, library: Library, invite: Invite, caplog: pytest.LogCaptureFixture
) -> None:
    """Accepted, again under the code, wrong, not a form, not there, trouble; by link, by form and by JSON. No code,
    answer, receipt, address or path."""
    caplog.set_level(logging.DEBUG)
    client = Client(app)
    code = invite().code
    canary = "kanarialintu"
    form = fields(library, code, instrument="palvelupalaute", wave="end", best=canary)
    sent = [
        client.post("/-/submit", data=body(form), content_type=FORM),
        client.post("/-/submit", data=body({**form, "_id": "z" * 26}), content_type=FORM),
        client.post("/-/submit", data=body({**form, "_code": canary}), content_type=FORM),
        client.post("/-/submit", data=canary, content_type="text/plain"),
        client.get(f"/-/k/{code}", headers={"Referer": canary, "User-Agent": canary}),
        client.post("/-/enter", data={"_code": code}),
        client.post("/-/result", data={"_receipt": canary}),
        client.get(f"/-/{canary}/{code}"),
        client.get(f"/{canary}"),
    ]
    store._writer.execute("pragma query_only = on")
    sent.append(client.post("/-/submit", data=body(fields(library, code, best=canary)), content_type=FORM))
    store._writer.execute("pragma query_only = off")
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert [re.sub(r" [0-9]+ ms$", "", line) for line in lines] == [
        "submit accepted 201", "submit refused 409", "submit invalid 422", "submit refused 415", "follow answered 200",
        "enter answered 200", "result invalid 422", "submit refused 400",
    ]  # fmt: skip
    receipt = re.search(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", sent[0].text)
    assert receipt is not None
    for secret in (canary, code, "127.0.0.1", "/-/", receipt[0], *form["_id"].split()):
        assert secret not in caplog.text
