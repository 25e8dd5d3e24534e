"""The own result over HTTP: only who asks sees it, only the receipt opens it again, and nothing stands in its way."""

from __future__ import annotations

import re

import pytest

from collector import receive, results
from collector.stores.sqlite import SQLiteStore
from survey.model import Library
from tests.collector.forms import OTHER_ID, Page, body, fields
from tests.conftest import Client, Clock, Invite

FORM = "application/x-www-form-urlencoded"
LOW = {"wb1": "1", "wb2": "1", "wb3": "2"}
MIDDLE = {"wb1": "3", "wb2": "3", "wb3": "3"}


def send(client: Client, form: dict[str, str], to: str = "submit"):  # type: ignore[no-untyped-def]
    return client.post(f"/-/{to}", data=body(form), content_type=FORM)


def asking(form: dict[str, str], **more: str) -> dict[str, str]:
    """The form with the tick, and what else stands before its end."""
    rest = {name: value for name, value in form.items() if name != "_end"}
    return {**rest, "_result": "1", **more, "_end": "1"}


def receipt(html: str) -> str:
    return Page(html).texts["receipt"]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.partition("<main")[2]))


def test_only_who_asks_sees_it(client: Client, library: Library, invite: Invite) -> None:
    """With the tick in words; without it there is no word of it."""
    shown = send(client, asking(fields(library, invite().code, language="en", **MIDDLE)))
    assert shown.status_code == 201
    assert "On average your answers are nearest to “Partly true”. 50 on a scale from 0 to 100." in words(shown.text)
    other = send(client, fields(library, invite().code, id=OTHER_ID, language="en", **MIDDLE))
    assert other.status_code == 201 and "on a scale" not in other.text and "<svg" not in other.text


def test_too_little_for_any_sum_is_said_once(client: Client, library: Library, invite: Invite) -> None:
    """Not under each heading; where one can be summed up, each of the others says so for itself."""
    few = send(client, asking(fields(library, invite().code, language="en", wb1="3")))
    some = send(client, asking(fields(library, invite().code, id=OTHER_ID, language="en", **MIDDLE)))
    sentence = "You answered too few of these questions to sum them up."
    assert few.text.count(sentence) == 1 and 'class="part"' not in few.text
    assert some.text.count(sentence) == some.text.count('class="part"') - 1 > 1


def test_the_tick_is_no_part_of_what_is_stored(client: Client, library: Library, invite: Invite) -> None:
    """The same id without the tick is a retry, not another submission; the same receipt."""
    form = fields(library, invite().code, language="en", **MIDDLE)
    first, again = send(client, asking(form)), send(client, form)
    assert (first.status_code, again.status_code) == (201, 201) and receipt(first.text) == receipt(again.text)


def test_support_stands_beside_a_low_result(client: Client, library: Library, invite: Invite) -> None:
    """The area's own contacts, to who asked and is low; to nobody else."""
    low = send(client, asking(fields(library, invite().code, language="en", **LOW)))
    middle = send(client, asking(fields(library, invite().code, id=OTHER_ID, language="en", **MIDDLE)))
    assert "In an emergency, call 112." in words(low.text) and 'id="support"' not in middle.text


def test_what_has_changed_by_the_earlier_receipt(
    client: Client, library: Library, invite: Invite, clock: Clock
) -> None:
    """The day and the difference of the figures that are shown, also downwards in a calm word."""
    code = invite().code
    first = receipt(send(client, fields(library, code, language="en", **LOW)).text)
    clock.advance(days=90)
    form = fields(library, code, id=OTHER_ID, wave="end", language="en", **MIDDLE)
    later = send(client, asking(form, _earlier=first.lower()))
    assert "Last time: 24 November 2026. Small differences up and down are ordinary." in words(later.text)
    assert "Last time 8. Now larger by 42." in words(later.text)
    both = {"_language": "en", "_receipt": receipt(later.text), "_earlier": first}
    assert "Last time 8. Now larger by 42." in words(send(client, both, "result").text)
    other_order = {"_language": "en", "_receipt": first, "_earlier": receipt(later.text)}
    assert "Last time 8. Now larger by 42." in words(send(client, other_order, "result").text)


def test_an_earlier_receipt_that_is_wrong_costs_nothing(client: Client, library: Library, invite: Invite) -> None:
    """The answers are stored, and the page says that there is nothing to compare with."""
    answer = send(client, asking(fields(library, invite().code, language="en", **MIDDLE), _earlier="nonsense"))
    assert answer.status_code == 201
    assert "Nothing to compare with was found under the earlier receipt" in words(answer.text)


@pytest.mark.parametrize("typed", ["", "x", "ABCDE-FGHJK-MNPQR-STVWX", "A" * 20, "ä" * 20, "\0" * 20])
def test_one_sentence_for_every_bad_receipt(client: Client, typed: str) -> None:
    """422 with the front page, the field in error and open, what was typed kept."""
    answer = send(client, {"_language": "en", "_receipt": typed}, "result")
    assert answer.status_code == 422 and "The receipt is not right. Check it and type it again." in words(answer.text)
    assert "<details open>" in answer.text and 'aria-describedby="h-_receipt e-_receipt"' in answer.text


def test_a_code_opens_no_result(client: Client, library: Library, invite: Invite) -> None:
    """Coaches hand out the slips: a slip is not enough to read anything."""
    code = invite().code
    send(client, fields(library, code, **MIDDLE))
    assert send(client, {"_language": "fi", "_receipt": code}, "result").status_code == 422


def test_feedback_has_no_result(client: Client, library: Library, invite: Invite) -> None:
    """A tick that no page of it has changes nothing, and its receipt opens none."""
    form = fields(library, invite().code, instrument="palvelupalaute", wave="end", fu1="4", fu2="4", fu3="4")
    answer = send(client, asking(form))
    assert answer.status_code == 201 and "<svg" not in answer.text
    assert send(client, {"_language": "fi", "_receipt": receipt(answer.text)}, "result").status_code == 422


def test_a_fault_of_ours_does_not_hide_that_answers_are_stored(
    client: Client, library: Library, invite: Invite, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """201 with the receipt, whatever happens to the result."""

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(results, "earlier", fails)
    monkeypatch.setattr(receive, "own_result", fails)
    answer = send(client, asking(fields(library, invite().code, **MIDDLE)))
    assert answer.status_code == 201 and receipt(answer.text) and len(list(store.scan("submission/"))) == 1
