"""Open services: anybody may answer, without a code; each answer once, by its id."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import build as publishing
from collector import counting, inviting
from collector.participations import InviteError
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library
from survey.reading import read_library
from tests.collector.forms import ID, OTHER_ID, Page, body, fields
from tests.conftest import Client, Clock

FORM = "application/x-www-form-urlencoded"


def form(library: Library, id: str = ID, **answers: str) -> dict[str, str]:
    """What the open service's page of feedback sends: no code, but the service."""
    whole = fields(library, "", instrument="palvelupalaute", wave="end", id=id, **answers)
    del whole["_code"]
    return {"_service": "tyohonvalmennus", **whole}


def post(client: Client, sent: dict[str, str]):  # type: ignore[no-untyped-def]
    return client.post("/-/submit", data=body(sent), content_type=FORM)


def test_the_page_of_an_open_service(opened: publishing.Built) -> None:
    """A page of its own without a code field, named on the front page; the page with a code is still there."""
    html = (opened.site / "fi" / "palvelupalaute-v1-end--tyohonvalmennus.html").read_text()
    assert 'name="_service" value="tyohonvalmennus"' in html and 'name="_code"' not in html
    front = (opened.site / "fi" / "index.html").read_text()
    assert "Kyselyt ilman koodia" in front and "palvelupalaute-v1-end--tyohonvalmennus.html" in front
    assert 'name="_code"' in (opened.site / "fi" / "palvelupalaute-v1-end.html").read_text()


def test_links_to_open_questionnaires_have_names_of_their_own(opened: publishing.Built) -> None:
    """What is asked at several waves says at which; what is asked once does not."""
    front = (opened.site / "fi" / "index.html").read_text().partition("Kyselyt ilman koodia")[2]
    names = dict(re.findall(r'<a href="\.\./fi/(\S+)--tyohonvalmennus\.html">([^<]+)</a>', front))
    assert len(set(names.values())) == len(names) > 3
    assert names["palvelupalaute-v1-end"] == "Palaute palvelusta: Työhönvalmennus"
    assert (
        names["tyohonvalmennus-v1-start"] == "Työhönvalmennuksen asiakasmuutosmittari: Työhönvalmennus, Palvelun alussa"
    )


def test_an_open_answer_is_stored_once(open_client: Client, store: SQLiteStore, library: Library) -> None:
    """Without a participation, under its own id; a retry is the same, another id is another answer."""
    first = post(open_client, form(library, fu1="4"))
    assert first.status_code == 201 and post(open_client, form(library, fu1="4")).data == first.data
    assert post(open_client, form(library, OTHER_ID, fu1="2")).status_code == 201
    keys = list(store.scan("submission/"))
    assert keys == [f"submission/o_{id}/palvelupalaute/end/1" for id in (ID, OTHER_ID)]
    record = records.decode(records.Submission, store.read(keys[0]) or b"")
    assert (record.participation, record.service, record.answers) == (None, "tyohonvalmennus", {"fu1": 4})
    (row,) = counting.status(store, library, today=Clock().now.date())
    assert (row.service, row.instrument, row.wave, row.invited, row.answered) == (
        "(open)",
        "palvelupalaute",
        "end",
        0,
        2,
    )


def test_a_change_after_the_answer_was_stored(open_client: Client, store: SQLiteStore, library: Library) -> None:
    """Without a code the id alone proves the sender: the receipt of what is stored, and nothing new."""
    first = post(open_client, form(library, fu1="4"))
    changed = post(open_client, form(library, fu1="5"))
    assert changed.status_code == 409
    assert Page(changed.text).texts["h1"] == "Ensin lähettämäsi vastaukset on tallennettu"
    assert Page(changed.text).texts["receipt"] == Page(first.text).texts["receipt"]
    (key,) = store.scan("submission/")
    assert records.decode(records.Submission, store.read(key) or b"").answers == {"fu1": 4}


def test_a_static_page_asks_to_confirm(open_client: Client, store: SQLiteStore, library: Library) -> None:
    """Without a script there is no id: the open page comes back with one, every answer kept."""
    answer = post(open_client, form(library, "", fu1="4"))
    page = Page(answer.text)
    assert answer.status_code == 200 and page.values["fu1"] == "4" and page.values["_service"] == "tyohonvalmennus"
    assert "_code" not in page.values and list(store.scan("submission/")) == []
    assert post(open_client, form(library, page.values["_id"], fu1="4")).status_code == 201


@pytest.mark.parametrize("change", [{"_service": "uravalmennus"}, {"_service": ""}, {"_code": "ABCD"}])
def test_what_no_open_page_sends(
    open_client: Client, store: SQLiteStore, library: Library, change: dict[str, str]
) -> None:
    """A service that is not open, none, or a code beside it."""
    assert (
        post(open_client, {**change, **{k: v for k, v in form(library).items() if k not in change}}).status_code == 400
    )
    assert list(store.scan("")) == []


def test_nobody_is_invited_to_an_open_service(open_folder: Path) -> None:
    """Codes would promise that answers are linked."""
    library = read_library(open_folder).library
    assert library is not None
    with pytest.raises(InviteError, match="is open: anybody may answer about it, and no codes are needed"):
        inviting.plan(library, service="tyohonvalmennus", group=None, start=None, end=None, today=Clock().now.date())
