"""What the collector makes of the whole vocabulary: reminders, pages of a service, coaches' and employers' forms."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

import build as publishing
from collector import create_app, inviting
from collector.bundle import Bundle, read_bundle
from collector.inviting import Invited
from collector.settings import Keys, Settings
from collector.stores.sqlite import SQLiteStore
from survey import records
from survey.model import Library
from tests.collector.forms import ID, OTHER_ID, Page, body, fields
from tests.conftest import ROOT, Client, Clock, Invite

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> publishing.Built:
    """The named examples, in two services."""
    folder = tmp_path_factory.mktemp("examples") / "in"
    folder.mkdir()
    for path in (ROOT / "docs" / "examples").rglob("*.*"):
        target = folder / path.relative_to(ROOT / "docs" / "examples")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    site = folder / "site.yaml"
    # What was stored is looked at here.
    site.write_text(site.read_text(encoding="utf-8").partition("sealed_to:")[0], encoding="utf-8")
    services = folder / "services.yaml"
    text = services.read_text(encoding="utf-8")
    other = text[text.index("  - id:") :].replace("tyohonvalmennus", "uravalmennus").replace("JT", "UV")
    services.write_text(text + other.replace("Työhönvalmennus", "Uravalmennus"), encoding="utf-8")
    return publishing.build(folder, folder.parent / "out", drafts=True)


@pytest.fixture(scope="module")
def bundle(examples: publishing.Built) -> Bundle:
    return read_bundle(examples.bundle)


@pytest.fixture
def client(settings: Settings, examples: publishing.Built, store: SQLiteStore, clock: Clock) -> Iterator[Client]:
    settings = dataclasses.replace(settings, bundle=examples.bundle, site=examples.site)
    yield Client(create_app(settings, store=store, clock=clock, random=random.Random(3).randbytes))


@pytest.fixture
def invited(bundle: Bundle, store: SQLiteStore, keys: Keys, clock: Clock) -> Invited:
    """Somebody in job coaching, from today."""
    today = clock().date()
    group = next((group.id for group in bundle.library.services.service("tyohonvalmennus").groups), None)
    plan = inviting.plan(
        bundle.library, service="tyohonvalmennus", group=group, start=today, end=today + timedelta(90), today=today
    )
    (one,) = inviting.invite(store, keys, [plan], moment=clock(), random=random.Random(11).randbytes)
    return one


def form(
    bundle: Bundle, code: str, *, id: str = ID, service: str = "tyohonvalmennus", **answers: str
) -> dict[str, str]:
    return {
        "_service": service,
        **fields(bundle.library, code, instrument="kentat", wave="start", id=id, **{"single": "none", **answers}),
    }


def post(client: Client, sent: dict[str, str]):  # type: ignore[no-untyped-def]
    return client.post("/-/submit", data=body(sent), content_type=FORM)


def stored(store: SQLiteStore) -> list[records.Submission]:
    return [records.decode(records.Submission, store.read(key) or b"") for key in store.scan("submission/")]


def test_a_reminder_is_shown_once(client: Client, bundle: Bundle, store: SQLiteStore, invited: Invited) -> None:
    """The first time the page comes back with what was left and every answer; the second time it is let go."""
    returned = post(client, form(bundle, invited.code, text="Levyseppä"))
    page = Page(returned.text)
    assert returned.status_code == 422 and not list(store.scan("submission/"))
    assert page.values["_asked"] == "1" and page.values["text"] == "Levyseppä" and page.values["_id"] == ID
    assert "Jätit jotain vastaamatta" in returned.text and 'href="#i-likert"' in returned.text
    assert "<title>Virhe" not in returned.text and "Virhe:" not in returned.text
    again = post(client, page.values)
    assert again.status_code == 201
    (submission,) = stored(store)
    assert submission.absent["likert"] == "skipped" and submission.answers["text"] == "Levyseppä"


def test_a_reminder_does_not_hide_a_mistake(
    client: Client, bundle: Bundle, store: SQLiteStore, invited: Invited
) -> None:
    """Both are told at once, and mending the mistake is enough."""
    returned = post(client, form(bundle, invited.code, text="x" * 81))
    assert returned.status_code == 422 and "<title>Virhe: " in returned.text
    assert "Jätit jotain vastaamatta" in returned.text
    assert post(client, {**Page(returned.text).values, "text": "Lyhyt"}).status_code == 201
    assert len(stored(store)) == 1


def test_the_numbers_that_are_worked_out_are_stored(
    client: Client, bundle: Bundle, store: SQLiteStore, invited: Invited
) -> None:
    """A calculated item has its place among the answers; a page cannot send one."""
    sent = form(bundle, invited.code, single="full", likert="1", integer="10", decimal="12,5")
    assert post(client, {"calculated": "1", **sent}).status_code == 400
    assert post(client, sent).status_code == 201
    assert stored(store)[0].answers["calculated"] == 125


def test_a_code_leads_to_the_page_of_its_service(client: Client, bundle: Bundle, invited: Invited) -> None:
    """Where the words name the service, also without a script, and for the script by its path."""
    entered = client.post("/-/enter", data={"_code": invited.code, "_language": "fi"})
    assert "Esimerkkejä palvelusta Työhönvalmennus." in entered.text
    assert Page(entered.text).values["_service"] == "tyohonvalmennus"
    as_json = client.post(
        "/-/enter", data={"_code": invited.code, "_language": "fi"}, headers={"Accept": "application/json"}
    )
    path = as_json.get_json()["path"]
    assert path == "fi/kentat-v1-start--tyohonvalmennus.html"
    assert "Esimerkkejä palvelusta Työhönvalmennus." in client.get(f"/{path}", buffered=True).text


def test_words_of_another_service_are_shown_right_before_anything_is_stored(
    client: Client, bundle: Bundle, store: SQLiteStore, invited: Invited
) -> None:
    """Somebody typed their code on another service's page: the page comes back with the words of their own."""
    returned = post(client, form(bundle, invited.code, service="uravalmennus", likert="1", text="Hitsaaja"))
    page = Page(returned.text)
    assert returned.status_code == 422 and not list(store.scan("submission/"))
    assert "palvelusta Työhönvalmennus" in returned.text and page.values["_service"] == "tyohonvalmennus"
    assert page.values["text"] == "Hitsaaja"
    assert post(client, page.values).status_code == 201
    assert stored(store)[0].service == "tyohonvalmennus"


@pytest.mark.parametrize("service", ["nowhere", ""])
def test_a_service_that_has_no_such_page_is_refused(
    client: Client, bundle: Bundle, store: SQLiteStore, invited: Invited, service: str
) -> None:
    """No page of ours sends it."""
    assert post(client, form(bundle, invited.code, service=service, likert="1")).status_code == 400
    assert not list(store.scan("submission/"))


# --- coaches and employers, as shipped ------------------------------------------------------------


@pytest.fixture
def shipped(settings: Settings, store: SQLiteStore, clock: Clock) -> Client:
    return Client(create_app(settings, store=store, clock=clock, random=random.Random(3).randbytes))


def test_an_employer_answers_without_a_code(shipped: Client, library: Library, store: SQLiteStore) -> None:
    """On the page of the training; the submission belongs to no participation."""
    (service,) = [s for s in library.services.services if "tyonantajapalaute@1" in s.instruments]
    sent = fields(library, "", instrument="tyonantajapalaute", wave="end", em_hired="yes", em_hired_number="3")
    del sent["_code"], sent["_helper"]
    sent = {"_service": service.id, **sent}
    page = shipped.get(f"/fi/tyonantajapalaute-v1-end--{service.id}.html", buffered=True)
    assert page.status_code == 200 and "_code" not in Page(page.text).values
    answer = post(shipped, sent)
    assert answer.status_code == 201
    (submission,) = stored(store)
    assert submission.participation is None and submission.service == service.id
    assert submission.answers == {"em_hired": "yes", "em_hired_number": 3}


def test_an_employers_form_takes_no_code(shipped: Client, library: Library, store: SQLiteStore, invite: Invite) -> None:
    """A code has no place there, so a client's can never be tied to an employer's words."""
    (service,) = [s for s in library.services.services if "tyonantajapalaute@1" in s.instruments]
    sent = fields(library, invite(service.id).code, instrument="tyonantajapalaute", wave="end", em_hired="yes")
    assert post(shipped, {"_service": service.id, **sent}).status_code == 400
    assert not stored(store)


def test_a_coachs_form_is_not_offered_and_is_stored_apart(
    shipped: Client, library: Library, store: SQLiteStore, invite: Invite
) -> None:
    """The client's code never leads to it; sent on its own page, it takes nothing from the client."""
    one = invite("tyohonvalmennus")
    coach = fields(library, one.code, instrument="valmentajan-arvio", wave="start", id=OTHER_ID)
    assert post(shipped, coach).status_code == 201
    entered = shipped.post("/-/enter", data={"_code": one.code, "_language": "fi"})
    assert Page(entered.text).values["_instrument"] == "tyohonvalmennus"
    client_form = fields(library, one.code, instrument="tyohonvalmennus", wave="start")
    assert post(shipped, client_form).status_code == 201
    after = shipped.post("/-/enter", data={"_code": one.code, "_language": "fi"})
    assert "_instrument" not in Page(after.text).values
    assert {(s.instrument, s.participation) for s in stored(store)} == {
        ("valmentajan-arvio", one.participation.id), ("tyohonvalmennus", one.participation.id),
    }  # fmt: skip
