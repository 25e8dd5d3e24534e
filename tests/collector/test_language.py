"""A form that was begun, in another language: every answer and the id along, and nothing stored."""

from __future__ import annotations

import pytest

from collector.stores.sqlite import SQLiteStore
from survey.model import Library, meaning
from tests.collector.forms import ID, Page, body, fields
from tests.conftest import Client, Invite

FORM = "application/x-www-form-urlencoded"


def switched(client: Client, form: dict[str, str], chosen: str):  # type: ignore[no-untyped-def]
    return client.post("/-/language", data=body({"_chosen": chosen, **form}), content_type=FORM)


def test_everything_goes_along(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """Answers, words, code, helper, id; the words and the meaning of the other language; no problems told yet."""
    code = invite().code
    form = fields(library, code, wave="end", wb1="4", work_now="employed", hours="900")
    form = {**form, "_helper": "relative", "_end": form.pop("_end")}
    answer = switched(client, form, "sv")
    page = Page(answer.text)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert '<html lang="sv" dir="ltr">' in answer.text and 'class="summary"' not in answer.text
    kept = {"wb1": "4", "work_now": "employed", "hours": "900", "_helper": "relative", "_id": ID, "_language": "sv"}
    assert {name: page.values[name] for name in kept} == kept
    assert page.values["_code"].replace("-", "") == code
    assert page.values["_meaning"] == meaning(library.instruments["tyohonvalmennus@1"], "sv")
    assert not list(store.scan("submission/"))


def test_there_and_back_and_sent(client: Client, library: Library, invite: Invite) -> None:
    """What comes back can be sent as it is."""
    there = Page(switched(client, fields(library, invite().code, wb1="4"), "ar").text).values
    back = Page(switched(client, _whole(there), "fi").text).values
    sent = client.post("/-/submit", data=body(_whole(back)), content_type=FORM)
    assert sent.status_code == 201 and Page(sent.text).texts["h1"] == "Kiitos"


def _whole(values: dict[str, str]) -> dict[str, str]:
    """The fields that a browser would send of a page: without what is empty and not typed, `_end` last."""
    rest = {name: value for name, value in values.items() if name not in ("_end", "_receipt")}
    return {**rest, "_end": "1"}


@pytest.mark.parametrize("chosen", ["", "de", "<b>", "so" * 40])
def test_a_language_that_there_is_not(client: Client, library: Library, chosen: str) -> None:
    """400 in a sentence, in the language that the form had."""
    answer = switched(client, fields(library, ""), chosen)
    assert answer.status_code == 400 and Page(answer.text).texts["h1"] == "Kieltä ei vaihdettu"


def test_not_by_a_link(client: Client) -> None:
    """A GET changes nothing, and finds nothing."""
    assert client.get("/-/language").status_code == 405
