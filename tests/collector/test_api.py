"""What programs send: the same answers as a page's, stored once; every refusal with its kind; a document that is true."""

from __future__ import annotations

import gzip
import json
import logging
import re
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import validate  # type: ignore[import-untyped]

from collector import bodies, openapi, participations
from collector.app import Collector
from collector.bodies import BODY_LIMIT
from collector.openapi import ANSWERS, CODE, DOCUMENT, KINDS, SUBMISSION
from collector.settings import Keys
from collector.stores.sqlite import SQLiteStore
from survey import codes, pages, records
from survey.model import Library, meaning
from survey.records import Submission
from tests.collector.forms import ID, OTHER_ID, Page, body, fields
from tests.collector.sending import submission
from tests.conftest import ROOT, Client, Clock, Invite

SENT, DUE = "/-/api/submissions", "/-/api/due"


def send(client: Client, sent: Any, path: str = SENT, **options: Any) -> Any:
    answer = client.post(path, data=json.dumps(sent), content_type="application/json", **options)
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.status_code < 400:
        assert answer.mimetype == "application/json"
    else:
        problem(answer)
    return answer


def problem(answer: Any) -> tuple[int, str]:
    """The status and the kind of a problem, which is of the documented form."""
    assert answer.mimetype == "application/problem+json", answer.text
    jsonschema.validate(answer.json, openapi._PROBLEM)
    kind = answer.json["type"].rpartition("/")[2]
    assert (answer.json["title"], answer.json["detail"]) == (KINDS[kind].title, KINDS[kind].detail)
    assert answer.json["status"] == answer.status_code
    return answer.status_code, kind


def stored(store: SQLiteStore) -> list[Submission]:
    return [records.decode(Submission, store.read(key) or b"") for key in store.scan("submission/")]


# --- sending --------------------------------------------------------------------------------------


def test_answers_from_a_program_are_stored(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:  # fmt: skip
    """201 with the receipt, as it is shown, and whether more is open; sending again gives every byte again."""
    sent = submission(library, codes.shown(invite().code).lower(), wb1=4)
    answer = send(client, sent)
    assert answer.status_code == 201 and answer.json["more"] is False
    assert len(codes.normalised_receipt(answer.json["receipt"]) or "") == codes.RECEIPT_LENGTH
    assert send(client, sent).data == answer.data
    (one,) = stored(store)
    assert one.answers == {"wb1": 4} and one.absent["wb2"] == "skipped" and one.id == ID


def test_a_program_and_a_page_mean_the_same(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:  # fmt: skip
    """A retry may come by the other way: the content is the same to the last byte of its digest."""
    code = invite().code
    by_page = client.post(
        "/-/submit",
        data=body(fields(library, code, wave="end", work_now="employed", hours="37", wb1="4")),
        content_type="application/x-www-form-urlencoded",
    )
    by_program = send(client, submission(library, code, wave="end", work_now="employed", hours=37, wb1=4))
    assert (by_page.status_code, by_program.status_code) == (201, 201)
    assert Page(by_page.text).texts["receipt"] == by_program.json["receipt"]
    assert len(stored(store)) == 1


def test_an_open_service_needs_no_code(open_client: Client, store: SQLiteStore, library: Library) -> None:
    """The service stands in its place."""
    sent = submission(library, "", instrument="palvelupalaute", wave="end", best="Kahvi")
    del sent["code"]
    assert send(open_client, {**sent, "service": "tyohonvalmennus"}).status_code == 201
    assert [(one.service, one.answers["best"]) for one in stored(store)] == [("tyohonvalmennus", "Kahvi")]
    assert problem(send(open_client, {**sent, "id": OTHER_ID})) == (422, "code")
    both = {**sent, "service": "tyohonvalmennus", "code": "x"}
    assert problem(send(open_client, both)) == (422, "questionnaire")


def test_more_is_open(client: Client, library: Library, invite: Invite, clock: Clock) -> None:
    """The end wave asks two questionnaires."""
    code = invite(end=clock().date()).code
    assert send(client, submission(library, code, wave="end")).json["more"] is True


def test_wrong_answers_are_told_in_the_persons_language(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:  # fmt: skip
    """All at once, each with its place; nothing is stored, and the mended answers are taken with the same id."""
    code = invite().code
    sent = submission(library, code, wave="end", language="sv", work_now="employed", hours=900, wb1=4)
    answer = send(client, sent)
    assert problem(answer) == (422, "answers") and stored(store) == []
    assert answer.json["errors"] == [{"pointer": "#/answers/hours", "detail": "Skriv ett tal från 1 till 60."}]
    sent["answers"]["hours"] = 30
    assert send(client, sent).status_code == 201


def test_reminders_come_once(client: Client, library: Library, invite: Invite, clock: Clock) -> None:
    """What should be answered and need not be is told; `asked` says that it has been."""
    sent = submission(library, invite("rekrykoulutus-puu").code, instrument="rekrykoulutus", wave="end", language="en")
    answer = send(client, sent)
    assert problem(answer) == (422, "answers")
    assert {error["detail"] for error in answer.json["errors"]} == {"You have not answered this question."}
    assert send(client, {**sent, "asked": True}).status_code == 201


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["AAAA", "0000-0000-00000", "väärä", "' or 1=1 --", "x" * 200])
@pytest.mark.parametrize("path", [SENT, DUE])
def test_every_bad_code_has_one_text(client: Client, library: Library, code: str, path: str) -> None:
    """Not a code, a code of nobody, anything: the same problem with the same words, here and there."""
    sent = {"code": code, "language": "en"} if path == DUE else submission(library, code, language="en")
    answer = send(client, sent, path)
    assert problem(answer) == (422, "code")
    assert answer.json["errors"] == [{"pointer": "#/code", "detail": pages.CODE_WRONG}]


def test_a_used_code(client: Client, library: Library, invite: Invite) -> None:
    """Another id: refused, whatever the content, with the sentence of the page. The same id with other answers: the
    receipt of those that were kept. The id under another code: a new one is asked for."""
    code = invite().code
    kept = send(client, submission(library, code, wb1=4)).json
    other = send(client, submission(library, code, id=OTHER_ID, wb1=4))
    assert problem(other) == (409, "answered")
    assert other.json["message"].startswith("Koodiasi on jo käytetty tähän kyselyyn, ja siihen vastataan kerran.")
    changed = send(client, submission(library, code, wb1=5))
    assert problem(changed) == (409, "differs") and changed.json["receipt"] == kept["receipt"]
    assert problem(send(client, submission(library, invite().code))) == (409, "id-used")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": None}, "#/id"),
        ({"id": ID.upper()}, "#/id"),
        ({"id": f"{ID}\n"}, "#/id"),
        ({"version": "1"}, "#/version"),
        ({"version": True}, "#/version"),
        ({"version": 0}, "#/version"),
        ({"version": 1.5}, "#/version"),
        ({"meaning": "x"}, "#/meaning"),
        ({"wave": ["start"]}, "#/wave"),
        ({"language": "../fi"}, "#/language"),
        ({"channel": "post"}, "#/channel"),
        ({"helper": ""}, "#/helper"),
        ({"code": "x" * 201}, "#/code"),
        ({"asked": 1}, "#/asked"),
        ({"_end": "1"}, "#"),
        ({"result": True}, "#"),
        ({"answers": []}, "#/answers"),
        ({"answers": {"wb1": None}}, "#/answers/wb1"),
        ({"answers": {"wb1": True}}, "#/answers/wb1"),
        ({"answers": {"a/b~": {}}}, "#/answers/a~1b~0"),
        ({"answers": {"wb1": [[1]]}}, "#/answers/wb1"),
        ({"answers": {f"f{n}": 1 for n in range(1001)}}, "#/answers"),
    ],
)
def test_another_shape_is_refused_with_its_place(
    client: Client, store: SQLiteStore, library: Library, invite: Invite, change: dict[str, Any], pointer: str
) -> None:
    """400, before anything is looked up."""
    answer = send(client, {**submission(library, invite().code), **change})
    assert problem(answer) == (400, "shape") and [e["pointer"] for e in answer.json["errors"]] == [pointer]
    assert stored(store) == []


def test_what_is_missing_is_named_all_at_once(client: Client) -> None:
    """Each by its own place."""
    answer = send(client, {})
    assert [e["pointer"].removeprefix("#/") for e in answer.json["errors"]] == SUBMISSION["required"]
    assert {e["detail"] for e in answer.json["errors"]} == {"This is missing."}


@pytest.mark.parametrize(
    "change",
    [
        {"instrument": "none"},
        {"version": 9999},
        {"wave": "never"},
        {"language": "de"},
        {"service": "none"},
        {"service": "tyohonvalmennus"},
        {"answers": {"none": 1}},
        {"answers": {"wb1": "4"}},
        {"answers": {"wb1": 99}},
        {"answers": {"_code": "x"}},
        {"answers": {"wb1.wb2": 1}},
    ],
)
def test_what_no_page_asks_is_refused(
    client: Client, store: SQLiteStore, library: Library, invite: Invite, change: dict[str, Any]
) -> None:
    """A questionnaire, a wave, a language, a service or an answer that there is not."""
    answer = send(client, {**submission(library, invite().code), **change})
    assert problem(answer) == (422, "questionnaire") and stored(store) == []


def test_words_that_have_changed(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """Nobody's answer is stored to other words than they read."""
    answer = send(client, {**submission(library, invite().code), "meaning": "0" * 16})
    assert problem(answer) == (422, "worded-anew") and stored(store) == []


JSON_TYPE = {"content_type": "application/json"}


@pytest.mark.parametrize("path", [SENT, DUE])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"data": b"{}", "content_type": "application/x-www-form-urlencoded"}, (415, "media-type")),
        ({"data": b"{}", "content_type": "text/plain"}, (415, "media-type")),
        ({"data": b"{}"}, (415, "media-type")),
        ({"data": b"{}", "content_type": "multipart/form-data; boundary=x"}, (415, "media-type")),
        ({"data": gzip.compress(b"{}"), "headers": {"Content-Encoding": "gzip"}, **JSON_TYPE}, (415, "media-type")),
        ({"data": b" " * (BODY_LIMIT + 1), **JSON_TYPE}, (413, "too-large")),
        ({"data": b"{}", "environ_overrides": {"CONTENT_LENGTH": "3"}, **JSON_TYPE}, (400, "shape")),
        ({"data": b"", **JSON_TYPE}, (400, "shape")),
        ({"data": b'{"code": "a", "code": "b"}', **JSON_TYPE}, (400, "shape")),
        ({"data": b"[" * 100_000, **JSON_TYPE}, (400, "shape")),
    ],
)
def test_bodies_that_are_not_read(
    client: Client, store: SQLiteStore, path: str, options: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Another type, packed, too long, cut, not JSON, JSON that can be understood in two ways."""
    assert problem(client.post(path, **options)) == expected
    assert stored(store) == []


def test_addresses_and_methods(client: Client) -> None:
    """Below the interface every answer is a problem, also where nothing is; the header says what an address takes."""
    assert problem(client.get("/-/api/none")) == (404, "not-found")
    assert problem(client.get("/-/api/instruments/none@1")) == (404, "not-found")
    assert problem(client.get("/-/api/instruments/..%2f..%2fsite.json")) == (404, "not-found")
    for path in (SENT, DUE):
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            answer = client.open(path, method=method)
            assert problem(answer) == (405, "method") and answer.headers["Allow"] == "POST"
    posted = client.post("/-/api/openapi.json")
    assert problem(posted) == (405, "method") and posted.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", [SENT, DUE])
def test_trouble_with_the_store(client: Client, store: SQLiteStore, library: Library, invite: Invite, path: str, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    """503, and in the log what the store said and nothing of what was sent."""
    code = invite().code
    sent = {"code": code} if path == DUE else submission(library, code, wb1=4)
    store._writer.close()
    assert problem(send(client, sent, path)) == (503, "store")
    assert "a program was not answered: " in caplog.text and code not in caplog.text


def test_a_fault_of_ours(app: Collector, invite: Invite, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    """500 as a problem; the log has its place alone."""
    code = invite().code
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(participations, "by_code", lambda *arguments: {}[arguments[2]])
    assert problem(send(Client(app), {"code": code}, DUE)) == (500, "fault")
    assert "KeyError in api_due" in caplog.text and code not in caplog.text


# --- what is due ----------------------------------------------------------------------------------


def test_what_is_due(client: Client, store: SQLiteStore, library: Library, invite: Invite, clock: Clock) -> None:
    """What the page would be; nothing is stored by asking; then when the next opens, that all is done, that it is over."""
    code = invite().code
    before = list(store.scan(""))
    found = send(client, {"code": codes.shown(code), "language": "sv"}, DUE)
    assert found.status_code == 200 and list(store.scan("")) == before
    assert found.json == {
        "state": "due",
        "instrument": "tyohonvalmennus",
        "version": 1,
        "wave": "start",
        "language": "sv",
        "page": "sv/tyohonvalmennus-v1-start.html",
    }
    assert client.get(f"/{found.json['page']}").status_code == 200
    send(client, submission(library, code))
    later = send(client, {"code": code}, DUE).json
    assert later["state"] == "later" and later["opens"] > clock().date().isoformat()
    clock.advance(days=2000)
    assert send(client, {"code": code}, DUE).json == {"state": "over"}
    for n, (instrument, wave) in enumerate(
        [("tyohonvalmennus", "end"), ("tyohonvalmennus", "followup_6"), ("palvelupalaute", "end")]
    ):
        sent = submission(library, code, instrument=instrument, wave=wave, id=f"{n + 1}{ID[1:]}")
        assert send(client, sent).status_code == 201
    assert send(client, {"code": code}, DUE).json == {"state": "done"}


def test_a_questionnaire_is_read_and_answered(client: Client, library: Library, invite: Invite, clock: Clock) -> None:
    """From a code to a receipt with nothing but what the interface gives: every questionnaire of every service."""
    today = clock().date()
    for service in library.services.services:
        if service.open:
            continue
        code = invite(service.id, start=today, end=today + timedelta(days=60)).code
        due = send(client, {"code": code, "language": "fi"}, DUE).json
        read = client.get(f"/-/api/instruments/{due['instrument']}@{due['version']}").json
        jsonschema.Draft202012Validator(read["answers"][due["wave"]]).validate({})
        sent = {
            **{name: due[name] for name in ("instrument", "version", "wave", "language", "service") if name in due},
            "id": f"{ID[:-4]}{code[:4].lower()}",
            "code": code,
            "meaning": read["meaning"][due["language"]],
            "channel": "interview",
            "asked": True,
        }
        answer = send(client, sent)
        assert answer.status_code == 201 or problem(answer) == (422, "answers"), answer.text


@pytest.mark.parametrize("key", ["palvelupalaute@1", "kotokoulutus@1"])
def test_a_questionnaire_is_what_was_built(client: Client, library: Library, key: str) -> None:
    """The compiled instrument, the meaning in each language, and what answers may be at each wave."""
    read = client.get(f"/-/api/instruments/{key}").json
    instrument = library.instruments[key]
    assert read["instrument"]["instrument"] == instrument.instrument
    assert read["meaning"] == {language: meaning(instrument, language) for language in instrument.languages}
    assert set(read["answers"]) == set(instrument.waves)


# --- the document ---------------------------------------------------------------------------------


def test_the_document_is_openapi_3_1(client: Client) -> None:
    """By OpenAPI's own schema; and every reference leads somewhere."""
    document = client.get("/-/api/openapi.json").json
    assert document == json.loads(json.dumps(DOCUMENT)) and document["openapi"] == "3.1.0"
    validate(document)
    for name, kind in KINDS.items():
        reference = client.post(SENT).json["type"].rpartition("/")[0] + f"/{name}"
        place: Any = document
        for part in reference.partition("#/")[2].split("/"):
            place = place[part]
        assert place["value"]["status"] == kind.status and reference.startswith("/-/api/openapi.json#/")


def test_the_document_has_every_address(app: Collector) -> None:
    """Each below /-/api/ with its methods, and no other."""
    rules = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.rules.iter_rules()
        if rule.rule.startswith("/-/api/")
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert rules == {(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods}


def test_every_kind_of_problem_stands_where_it_comes() -> None:
    """Each is told of an address, and in the guide."""
    told = {
        name
        for methods in DOCUMENT["paths"].values()
        for operation in methods.values()
        for response in operation["responses"].values()
        for name in response["content"].get("application/problem+json", {}).get("examples", {})
    }
    assert told | {"method"} == set(KINDS)
    guide = (ROOT / "docs" / "api.md").read_text()
    for name, kind in KINDS.items():
        assert f"| `{name}` | {kind.status} |" in guide, name


def test_the_examples_of_the_guide_are_of_the_documented_shape() -> None:
    """What it sends, and what it is told."""
    guide = (ROOT / "docs" / "api.md").read_text()
    sent = [json.loads(text.replace("…", "0" * 16)) for text in re.findall(r"-d '(\{.*?\})'", guide, re.DOTALL)]
    told = [json.loads(text) for text in re.findall(r"```json\n(.*?)\n```", guide, re.DOTALL)]
    assert [openapi.wrong(shape, one) for shape, one in zip((CODE, SUBMISSION), sent, strict=True)] == [{}, {}]
    document = json.loads(json.dumps(DOCUMENT))
    answered = document["paths"][SENT]["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    for shape, one in zip((document["components"]["schemas"]["Due"], answered), told, strict=True):
        jsonschema.Draft202012Validator(shape).validate(one)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10_000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "start", "fi", "own_device", ID, ID.upper(), "0" * 16, "x" * 201, "ä\n"])
    | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "wb1", ""]), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = [*SUBMISSION["properties"], "other"]


@given(st.sampled_from([SUBMISSION, CODE, ANSWERS]), st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=12))
def test_what_is_checked_is_what_the_document_says(schema: dict[str, Any], value: dict[str, Any]) -> None:
    """Our reading of the schemas is that of a library for JSON Schema."""
    # As a body is read: 1.0 is 1.
    value = json.loads(json.dumps(value), parse_float=bodies._number)
    assert bool(openapi.wrong(schema, value)) != jsonschema.Draft202012Validator(schema).is_valid(value)


@given(st.fixed_dictionaries(dict.fromkeys(SUBMISSION["required"], VALUES)))
def test_what_is_checked_holds_for_whole_submissions_too(value: dict[str, Any]) -> None:
    """With everything that is required there, so that one wrong value decides."""
    good = {
        "id": ID,
        "instrument": "a",
        "version": 1,
        "meaning": "0" * 16,
        "wave": "start",
        "language": "fi",
        "channel": "interview",
    }
    assert not openapi.wrong(SUBMISSION, good)
    for name, entry in value.items():
        one = {**good, name: entry}
        one = json.loads(json.dumps(one), parse_float=bodies._number)
        assert bool(openapi.wrong(SUBMISSION, one)) != jsonschema.Draft202012Validator(SUBMISSION).is_valid(one)


def test_keys_are_nobodys(client: Client, keys: Keys) -> None:
    """No secret stands in what anybody can read."""
    text = client.get("/-/api/openapi.json").text + client.get("/-/api/instruments/palvelupalaute@1").text
    assert keys.receipt_key.hex() not in text and "MITTARI" not in text
