"""Pages for a device that several people use, without a script: each leads to others of the kind and to no other page."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin

import pytest

from build import Built, questionnaires
from collector.bundle import read_bundle
from collector.stores.sqlite import SQLiteStore
from survey import codes
from survey.model import Library
from survey.pages import questionnaire_path
from tests.collector.forms import ID, Page, body, fields
from tests.conftest import Client, Invite

FORM = "application/x-www-form-urlencoded"
RECEIPT = "ABCDE-FGHJK-MNPQR-STVWX"
NEVER_LEFT = re.compile(r"/-/(shared/[\w/.-]+\.html|submit|enter|result|correct|erase|language)$")


def send(client: Client, to: str, form: dict[str, str]):  # type: ignore[no-untyped-def]
    return client.post(f"/-/{to}", data=body(form), content_type=FORM)


def leading_on(html: str, path: str) -> list[str]:
    """Where the links and forms of a page lead within the site, seen from its address."""
    found = re.findall(r'<(?:a|form|button)\b[^>]* (?:href|action|formaction)="([^"]*)"', html)
    there = [urldefrag(urljoin(f"https://area.fi{path}", each)).url.removeprefix("https://area.fi") for each in found]
    outside = ("mailto:", "https://")
    return [each for each in there if each != path and not each.startswith(outside)]


def leaving(html: str, path: str) -> list[str]:
    """Links and forms that lead to a page that is not for a shared device."""
    assert leading_on(html, path), path
    return [there for there in leading_on(html, path) if not NEVER_LEFT.match(there)]


def test_every_page_of_the_site_has_its_twin(open_client: Client, opened: Built) -> None:
    """Stored nowhere, with the headers of all, and every link and form of it leads to such a page that is there."""
    paths = [path.relative_to(opened.site).as_posix() for path in opened.site.rglob("*.html")]
    assert len(paths) > 100
    known = {f"/-/shared/{path}" for path in paths}
    for path in sorted(known):
        answer = open_client.get(path)
        assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store", path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        pages = [there for there in leading_on(answer.text, path) if "/-/shared/" in there]
        assert leaving(answer.text, path) == [] and set(pages) <= known, path
        for file in re.findall(r'(?:src|href)="([^"]*assets/[^"]*)"', answer.text):
            assert (opened.site / urljoin(path, file).removeprefix("/")).is_file(), path


def test_a_twin_says_the_same(open_client: Client, opened: Built) -> None:
    """A notice is the same but for where it leads; a questionnaire begins empty, with an id of its own each time."""
    static = open_client.get("/so/accessibility.html").text
    twin = open_client.get("/-/shared/so/accessibility.html").text
    assert twin.replace("../../../-/shared/", "../").replace("../../../", "../") == static
    library = read_bundle(opened.bundle).library
    ids = set()
    places = [place for place in questionnaires(library) if place[2] == "ar"]
    for place in places:
        page = Page(open_client.get(f"/-/shared/{questionnaire_path(*place)}").text)
        assert page.values["_channel"] == "shared_device" and page.values.get("_code", "") == ""
        ids.add(page.values["_id"])
    assert len(ids) == len(places) and all(map(codes.is_id, ids))


@pytest.mark.parametrize("path", ["", "index.html", "fi", "fi/", "fi/index.html"])
def test_the_front_page_by_any_of_its_addresses(client: Client, path: str) -> None:
    """As of the site itself: short to type, and the same page; what the browser kept goes when it comes."""
    answer = client.get(f"/-/shared/{path}")
    assert answer.status_code == 200 and 'name="_shared" value="1" checked' in answer.text
    assert '<html lang="fi"' in answer.text and answer.headers["Clear-Site-Data"] == '"cache"'
    assert leaving(answer.text, f"/-/shared/{path}") == []


@pytest.mark.parametrize(
    "path",
    ["xx", "xx/index.html", "fi/none.html", "fi/privacy", "fi/privacy.html.gz", "privacy.html", "fi/../sv/index.html",
     "fi/tyohonvalmennus-v1-start", "fi/tyohonvalmennus-v2-start.html", "fi/tyohonvalmennus-v1-never.html",
     "fi/tyohonvalmennus-v1-start--tyohonvalmennus.html", "fi/tyonantajapalaute-v1-end.html", "build.json",
     "assets/icon.svg", ".well-known/security.txt", "fi/" + "a" * 300, "shared/fi/index.html", "fi/index.html/x"],
)  # fmt: skip
def test_what_the_site_has_not(client: Client, path: str) -> None:
    """The usual page that says so, from which the way leads back to the start of the shared device."""
    answer = client.get(f"/-/shared/{path}")
    assert answer.status_code == 404 and "<h1>Sivua ei ole</h1>" in answer.text
    assert answer.headers["Cache-Control"] == "no-store" and leaving(answer.text, f"/-/shared/{path}") == []


def test_only_to_be_read(client: Client, store: SQLiteStore) -> None:
    """A form has nothing to do there, and asking stores nothing."""
    assert client.post("/-/shared/fi/index.html", data={"_code": "x"}).status_code == 405
    assert client.get("/-/shared/fi/tyohonvalmennus-v1-start.html").status_code == 200
    assert list(store.scan("")) == []


def test_a_result_on_a_shared_device(client: Client, library: Library, invite: Invite) -> None:
    """From the start of a shared device to the result and back to that start; what is wrong leads there too. The
    receipt is in no link."""
    answers = {"wb1": "3", "wb2": "3", "wb3": "3"}
    receipt = Page(send(client, "submit", fields(library, invite().code, **answers)).text).texts["receipt"]
    form = {"_language": "en", "_shared": "1", "_receipt": receipt, "_earlier": ""}
    shown = send(client, "result", form)
    assert shown.status_code == 200 and "What your answers say" in shown.text
    assert shown.headers["Clear-Site-Data"] == '"cache"' and shown.headers["Cache-Control"] == "no-store"
    wrong = send(client, "result", {**form, "_receipt": RECEIPT})
    assert wrong.status_code == 422 and 'name="_shared" value="1" checked' in wrong.text
    for answer in (shown, wrong):
        assert leaving(answer.text, "/-/result") == []
        assert not any(receipt.replace("-", "") in there.replace("-", "") for there in leading_on(answer.text, "/-/"))


def test_a_result_on_ones_own_device(client: Client, library: Library, invite: Invite) -> None:
    """Nothing of a shared device is said where nobody asked for it."""
    for shared in ({}, {"_shared": ""}):
        answer = send(client, "result", {"_language": "en", **shared, "_receipt": RECEIPT})
        assert answer.status_code == 422 and not any(
            "shared" in there for there in leading_on(answer.text, "/-/result")
        )


def test_a_result_that_cannot_be_looked_up(client: Client, store: SQLiteStore) -> None:
    """While the store is away, the page that says so leads back to the start of the shared device."""
    assert client.get("/-/readyz").status_code == 200
    store._writer.close()
    answer = send(client, "result", {"_language": "en", "_shared": "1", "_receipt": RECEIPT})
    assert answer.status_code == 503 and leaving(answer.text, "/-/result") == []


def test_no_answer_to_a_form_leads_away(client: Client, library: Library, invite: Invite) -> None:
    """Errors, confirmation, another language, refusals, the thank-you and a change that came too late."""
    code = invite().code
    form = fields(library, code, wave="end", wb1="4") | {"_channel": "shared_device"}
    wrong = {**form, "work_now": "employed", "hours": "900", "_end": form["_end"]}
    del wrong["_end"]
    wrong["_end"] = "1"
    empty = {name: value for name, value in form.items() if name != "wb1"}
    chosen = {"_chosen": "sv", **form}
    for to, sent, status in (
        ("submit", wrong, 422),
        ("submit", {**empty, "_code": ""}, 422),
        ("submit", {**form, "_code": "ABCD"}, 422),
        ("submit", {**form, "_id": ""}, 200),
        ("submit", {**form, "_meaning": "0" * 16}, 422),
        ("submit", {**form, "_version": "999"}, 400),
        ("language", chosen, 200),
        ("language", {**chosen, "_chosen": "xx"}, 400),
        ("enter", {"_code": "", "_language": "fi", "_shared": "1"}, 422),
        ("enter", {"_code": code, "_language": "fi", "_shared": "1"}, 200),
        ("submit", form, 201),
        ("submit", {**form, "wb1": "5"}, 409),
        ("submit", {**form, "_id": f"z{ID[1:]}"}, 409),
    ):
        answer = send(client, to, sent)
        assert answer.status_code == status, (to, sent)
        assert leaving(answer.text, f"/-/{to}") == [], (to, sent)


def test_a_change_that_came_too_late(client: Client, library: Library, invite: Invite) -> None:
    """409 in the person's language, with the same receipt and what to do; on a shared device it is cleared, with the
    receipt behind its heading and the way to the next person."""
    own = fields(library, invite().code, language="en", wb1="4")
    shared = fields(library, invite().code, id=f"z{ID[1:]}", language="en", wb1="4") | {"_channel": "shared_device"}
    for form in (own, shared):
        receipt = Page(send(client, "submit", form).text).texts["receipt"]
        answer = send(client, "submit", {**form, "wb1": "5"})
        page = Page(answer.text)
        assert answer.status_code == 409 and answer.headers["Cache-Control"] == "no-store"
        assert page.texts["h1"] == "The answers that you sent first are stored"
        assert page.texts["receipt"] == receipt
        assert (
            "They arrived, but this page could not tell you. What you changed after that is not stored." in answer.text
        )
        assert (
            "Do you want to correct something? Type your receipt on the front page. "
            "The receipt is on this page." in answer.text
        )
        assert "Your answers are stored." not in answer.text
        assert ("Clear-Site-Data" in answer.headers, "Start for the next person" in answer.text) == (
            (form is shared,) * 2
        )
