"""What comes in, in every form that browsers do not send it: nothing is stored, nothing is followed, nothing is said
back that was not asked for, and every answer has every header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import app as application
from collector import headers, participations
from collector.app import Collector
from collector.stores.sqlite import SQLiteStore
from survey import codes
from survey.model import Library
from tests.collector.forms import ID, body, fields
from tests.collector.sending import submission
from tests.conftest import Client, Invite

FORM = "application/x-www-form-urlencoded"
POSTED = (
    "/-/submit",
    "/-/enter",
    "/-/result",
    "/-/correct",
    "/-/erase",
    "/-/language",
    "/-/api/submissions",
    "/-/api/due",
)
READ = ("/", "/fi/", "/-/clear", "/-/shared/", "/-/shared/fi/index.html", "/-/k/AAAA", "/-/healthz", "/-/readyz", "/-/api/openapi.json",
        "/-/api/instruments/palvelupalaute@1", "/.well-known/security.txt", "/fi/tyohonvalmennus-v1-start.html")  # fmt: skip
MISSING = ("/none", "/-/", "/-/none", "/-/shared/none", "/-/api/none", "/-/api/instruments/none", "/fi/index.html.gz")


def stored(store: SQLiteStore) -> list[str]:
    return list(store.scan("submission/"))


def answers_of(client: Client) -> Iterator[tuple[str, Any]]:
    """An answer of every kind from every address: read, sent to, headed, asked for its methods, misused."""
    for path in (*READ, *MISSING, *POSTED):
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"):
            yield f"{method} {path}", client.open(path, method=method)
    for path in POSTED:
        for kind in (FORM, "application/json", "multipart/form-data; boundary=x", "text/plain", ""):
            for data in (b"", b"_code=AAAA&_end=1", b'{"code": "AAAA"}', b"\xff", b"x" * 300_000):
                yield f"POST {path} {kind}", client.post(path, data=data, content_type=kind)


def test_every_address_is_looked_at(app: Collector) -> None:
    """The lists of this module have each rule of the application."""
    adapter = app.rules.bind("")
    seen = {adapter.match(path, method="GET", return_rule=True)[0].rule for path in READ}
    seen |= {adapter.match(path, method="POST", return_rule=True)[0].rule for path in POSTED}
    assert {rule.rule for rule in app.rules.iter_rules()} == seen


def test_every_answer_has_every_header(client: Client) -> None:
    """Pages, files, JSON, errors: the headers of collector.headers, a type with its charset, no cookie, nothing of the
    machine; and no answer of the collector or error is kept anywhere."""
    for what, answer in answers_of(client):
        found = {name: answer.headers.get(name) for name in headers.HEADERS}
        assert found == dict(headers.HEADERS), what
        for name in ("Set-Cookie", "Server", "X-Powered-By", "Location", "Refresh", "Access-Control-Allow-Origin"):
            assert name not in answer.headers, what
        if "/-/" in what or answer.status_code >= 400:
            assert answer.headers["Cache-Control"] == "no-store", what
        else:
            assert "max-age=" in answer.headers["Cache-Control"], what
        if answer.data:
            kind = answer.headers["Content-Type"]
            assert kind.endswith("charset=utf-8") or "json" in kind or "svg" in kind, what
        assert answer.status_code < 500, what


def test_a_fault_has_every_header_too(app: Collector, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:  # fmt: skip
    """Also where telling of the fault fails: a bare answer, and the place alone in the log."""
    client, code = Client(app), "kanarialintu"
    monkeypatch.setattr(participations, "by_code", lambda *arguments: {}[arguments[2]])
    first = client.get(f"/-/k/{code}")
    monkeypatch.setattr(application.pages, "message", lambda *_, **__: {}[code])
    second = client.get(f"/-/k/{code}")
    assert (first.status_code, second.status_code, second.text) == (500, 500, "Something went wrong.\n")
    for answer in (first, second):
        assert {name: answer.headers.get(name) for name in headers.HEADERS} == headers.HEADERS
        assert answer.headers["Cache-Control"] == "no-store"
    assert caplog.text.count("KeyError in follow") == 2 and "KeyError in no view" in caplog.text
    assert code not in caplog.text


def test_what_is_headed_is_what_is_read(client: Client) -> None:
    """HEAD has the status and the headers of GET, and no body."""
    for path in (*READ, *MISSING):
        read, headed = client.get(path), client.head(path)
        assert headed.status_code == read.status_code and headed.data == b"", path
        different = {"Date", "Last-Modified"}
        for name in set(dict(read.headers)) - different:
            assert headed.headers.get(name) == read.headers[name], (path, name)


def test_methods_that_are_not_taken(client: Client) -> None:
    """405 with what is; nothing is done under another name, nor by a header or a field that names a method."""
    for path in POSTED:
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO"):
            answer = client.open(path, method=method, headers={"X-HTTP-Method-Override": "POST"})
            assert (answer.status_code, answer.headers["Allow"]) == (405, "POST"), (method, path)
    for path in READ:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO"):
            answer = client.open(path, method=method)
            assert answer.status_code == 405 and "POST" not in answer.headers["Allow"], (method, path)


# --- no redirect, no host -------------------------------------------------------------------------

ELSEWHERE = ("evil.example", "evil.example:80", "[::1]", "localhost@evil.example", "evil.example/fi")


@pytest.mark.parametrize("host", ELSEWHERE)
def test_nobody_is_led_elsewhere(client: Client, library: Library, invite: Invite, host: str) -> None:
    """No answer redirects, whatever the path and the query ask for; and no host that a request names, in any header,
    comes back in an answer."""
    code = invite().code
    told = {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "https", "Forwarded": f"host={host}",
            "X-Original-URL": "//evil.example", "X-Rewrite-URL": "//evil.example", "Referer": "https://evil.example/",
            "Origin": "https://evil.example"}  # fmt: skip
    target = quote("//evil.example/", safe="")
    paths = (*READ, *MISSING, "/-/shared", "/fi", "/-", "//evil.example", "//evil.example/..", "/-//evil.example", "/%2f/evil.example",
             "/\\evil.example", "/fi/..//evil.example", f"/{target}", f"/-/shared/{target}", f"/-/k/{target}", "/-/k/.%09./evil.example",
             f"/-/k/{code}")  # fmt: skip
    for path in paths:
        environ = {"PATH_INFO": path, "REQUEST_URI": path}
        for query in ("", f"next={target}", f"url={target}&return={target}&shared", "%0d%0aLocation:%20//evil.example"):
            answer = client.get("/", query_string=query, headers=told, environ_overrides=environ)
            assert answer.status_code // 100 in (2, 4) and "Location" not in answer.headers, (path, query)
            text = answer.text.replace(quote(path), "") if answer.mimetype != "image/svg+xml" else ""
            if "evil" not in path:
                assert "evil.example" not in text and "evil.example" not in str(answer.headers), (path, query)
    for path in POSTED:
        for sent, kind in ((body(fields(library, code)), FORM), (b'{"code": "AAAA"}', "application/json")):
            answer = client.post(f"{path}?next={target}", data=sent, content_type=kind, headers=told)
            assert answer.status_code // 100 in (2, 4) and "Location" not in answer.headers
            assert "evil.example" not in answer.text


def test_pages_name_no_address_in_full(client: Client, invite: Invite, library: Library) -> None:
    """Forms and links lead from where the page stands: none could be turned elsewhere by the name of a host."""
    pages = [client.get(path).text for path in READ if path not in ("/-/api/openapi.json", "/.well-known/security.txt")]
    pages += [client.get(f"/-/k/{invite().code}").text]
    pages += [client.post("/-/submit", data=body(fields(library, "x")), content_type=FORM).text]
    for page in pages:
        for url in re.findall(r'(?:href|src|action|formaction)="([^"]*)"', page):
            assert not url.startswith("//") and (":" not in url or url.startswith(("https://", "mailto:", "tel:"))), url
        assert not re.findall(r'(?:src|action|formaction)="[a-z]+:', page)


@pytest.mark.parametrize("name", ["_language", "_code", "_chosen", "_receipt", "_earlier", "_wave", "_helper"])
def test_what_is_sent_never_becomes_a_header(client: Client, library: Library, invite: Invite, name: str) -> None:
    """A line's end in any field, with what looks like a header after it."""
    form = {**fields(library, invite().code), name: "fi\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>"}
    for path in POSTED:
        answer = client.post(path, data=body(form), content_type=FORM)
        assert "Set-Cookie" not in answer.headers and "<script>alert" not in answer.text


SCRIPTS = ('"><script>alert(1)</script>', "'onfocus=alert(1) x='", "</textarea><img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}",
           "javascript:alert(1)", "{evil}", "%(evil)s", "{0.__class__}", "<!--", "\u2028alert(1)", "\x00<b>")  # fmt: skip


@pytest.mark.parametrize("text", SCRIPTS)
def test_what_is_sent_comes_back_as_text(client: Client, library: Library, invite: Invite, text: str) -> None:
    """In every field that a page shows again: escaped, never a tag, a template or a pattern."""
    whole = fields(library, text, instrument="palvelupalaute", wave="end", best=text * 800, fu1="4")
    form = {"_earlier": text, **whole}
    again = client.post("/-/submit", data=body(form), content_type=FORM)
    front = client.post("/-/enter", data={"_code": text, "_language": "fi"})
    result = client.post("/-/result", data={"_receipt": text, "_earlier": text, "_language": "fi"})
    assert {again.status_code, front.status_code, result.status_code} == {422}
    for answer in (again, front, result):
        assert "<script>alert" not in answer.text and "<img src=x" not in answer.text and "<b>" not in answer.text
        assert ">49<" not in answer.text and "class &#39;str" not in answer.text
        if not re.search(r"[\x00<>&\"']", text):
            assert text in answer.text


# --- forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=utf-7",
        "Application/X-WWW-Form-Urlencoded ; charset=iso-8859-1; x=y",
    ],
)
def test_no_charset_changes_what_is_read(client: Client, store: SQLiteStore, library: Library, invite: Invite, kind: str) -> None:  # fmt: skip
    """A form is UTF-8, as pages send it, whatever its type says."""
    form = fields(library, invite().code, instrument="palvelupalaute", wave="end", best="kyllä +ADw-b+AD4-")
    assert client.post("/-/submit", data=body(form), content_type=kind).status_code == 201
    (key,) = stored(store)
    assert "kyllä +ADw-b+AD4-".encode() in (store.read(key) or b"")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda b: b.replace(b"&", b";"), 400),
        (lambda b: b + b"&x=1", 400),
        (lambda b: b + b"&_end=1", 400),
        (lambda b: b.replace(b"_code=", b"_code=AAAA&_code="), 400),
        (lambda b: b.replace(b"wb1=4", b"wb1=4&wb1=5"), 400),
        (lambda b: b.replace(b"wb1=4", b"wb1%5B%5D=4"), 400),
        (lambda b: b.replace(b"wb1=4", b"wb1=4&_charset_=utf-7"), 400),
        (lambda b: b.replace(b"wb1=4", b"wb1=4&__proto__=1"), 400),
        (lambda b: b.replace(b"wb1=4", b"wb1=4&" + b"n" * 9000 + b"=1"), 400),
        (lambda b: b.replace(b"wb1=4", b"wb1=4%00"), 201),
        (lambda b: b.replace(b"wb1=4", b"wb1%00=4"), 400),
        (lambda b: b.replace(b"wb1=4", b"WB1=4"), 400),
        (lambda b: b.replace(b"wb1=4", b"wb1=%EF%BC%94"), 400),
        (lambda b: b.replace(b"_version=1", b"_version=01"), 400),
        (lambda b: b.replace(b"_version=1", b"_version=%31"), 201),
        (lambda b: b.replace(b"_wave=start", b"_wave=start%2F..%2F..%2Fend"), 400),
        (lambda b: b.replace(b"_instrument=tyohonvalmennus", b"_instrument=..%2F..%2Ftyohonvalmennus"), 400),
        (lambda b: b.replace(ID.encode(), b"..%2F" + ID.encode()), 400),
        (lambda b: b[: b.rindex(b"&")], 400),
        (lambda b: b.replace(b"&_helper=none", b"&_helper=none&" + b"&".join(b"a%d=" % n for n in range(1001))), 400),
    ],
)
def test_forms_that_are_almost_right(
    client: Client, store: SQLiteStore, library: Library, invite: Invite, change: Any, status: int
) -> None:
    """Parted otherwise, a field of another name, twice, in a list, too many, cut, or a path in an id: nothing is stored;
    only what means the very same is taken."""
    form = change(body(fields(library, invite().code, wb1="4")))
    answer = client.post("/-/submit", data=form, content_type=FORM)
    assert answer.status_code == status and len(stored(store)) == (status == 201)


def test_packed_bodies_are_refused(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """Nothing is unpacked: a few bytes could become very many."""
    for encoding in ("gzip", "br", "identity, gzip"):
        for path in POSTED:
            headers = {"Content-Encoding": encoding}
            kind = "application/json" if "/api/" in path else FORM
            answer = client.post(path, data=body(fields(library, invite().code)), content_type=kind, headers=headers)
            assert answer.status_code == 415
    assert stored(store) == []


HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60) | st.sampled_from(
    ["*", "gzip;q=nan", "fi;q=1e999", "*/*;q=-1", "bytes=0-", "bytes=-0", "bytes=9-1", "fi-" * 300, "application/json", '"', "W/", "fi" * 9999]
)  # fmt: skip
NAMES = ("Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "Range", "If-Range", "If-None-Match", "Cookie", "Origin",
         "If-Modified-Since", "Host", "Expect", "Authorization", "X-Forwarded-For", "Forwarded", "Content-Encoding")  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), HEADER, max_size=4), st.sampled_from((*READ, *MISSING, *POSTED)))
def test_no_header_breaks_anything(fuzzed: Client, told: dict[str, str], path: str) -> None:
    """Whatever headers say, the answer is one of ours."""
    answer = fuzzed.open(path, method="POST" if path in POSTED else "GET", data=b"_code=x&_end=1", headers=told)
    assert answer.status_code < 500 and answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture(scope="module")
def fuzzed(built: Any, keys: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One application for all examples of a property: none of them stores anything."""
    from collector import create_app
    from collector.settings import Settings, write_keys

    folder = tmp_path_factory.mktemp("input")
    write_keys(folder / "keys.json", keys)
    store = SQLiteStore(folder / "store.sqlite")
    app = create_app(
        Settings(bundle=built.bundle, site=built.site, secrets=folder / "keys.json", drafts=True), store=store
    )
    yield Client(app)
    assert stored(store) == []
    store.close()


@given(st.text(st.characters(codec="utf-8"), max_size=40) | st.text("./%2fe\\\x00-~fi:?#", max_size=30))
def test_no_path_breaks_anything_or_leads_out_of_the_site(fuzzed: Client, path: str) -> None:
    """Whatever is asked for below the root, below the shared pages or as a code: a page, or that there is none."""
    for start in ("/", "/-/shared/", "/-/k/", "/-/api/instruments/", "/assets/", "/fi/"):
        raw = (start + path).encode().decode("latin-1")
        answer = fuzzed.get("/", environ_overrides={"PATH_INFO": raw})
        assert answer.status_code in (200, 404, 405, 422), (start, path)
        assert b'"secrets' not in answer.data and b"code_keys" not in answer.data


@pytest.mark.parametrize(
    "path",
    ["../bundle/site.json", "..%2fbundle/site.json", "%2e%2e/bundle/site.json", "..\\bundle\\site.json", "fi/../../bundle/site.json",
     "/etc/passwd", "//etc/passwd", "fi/index.html\x00.png", "index.html.gz", "assets/..%2f..%2fbundle%2fsite.json", "-/submit",
     "fi/tyohonvalmennus-v1-start.html.gz", "CON", ".", "..", "./././"],
)  # fmt: skip
def test_only_what_was_published_is_served(client: Client, path: str) -> None:
    """No step out of the folder, no compressed twin under its own name, no list of a folder, nothing below /-/."""
    for start in ("/", "/-/shared/"):
        answer = client.get("/", environ_overrides={"PATH_INFO": f"{start}{path}"})
        assert answer.status_code in (404, 405) or answer.text == client.get(start).text, start


def test_nobody_else_is_spoken_for(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """A page of another site cannot have JSON sent without asking first, and asking is not answered with a yes; what a
    form of another site could send needs a code, since no cookie stands in for one."""
    code = invite().code
    asked = client.options(
        "/-/api/submissions",
        headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "content-type"},
    )  # fmt: skip
    assert not [name for name, _ in asked.headers if name.startswith("Access-Control")]
    import json

    simple = client.post(
        "/-/api/submissions", data=json.dumps(submission(library, code)), content_type="text/plain",
        headers={"Origin": "https://evil.example"},
    )  # fmt: skip
    assert simple.status_code == 415 and stored(store) == []


def test_ids_are_of_one_form(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """An id cannot carry a path into a key of the store."""
    for id in ("../x", ID.upper(), ID + "\n", "０" * 26, "o_" + ID[2:], ID[:-1] + "/"):
        form = fields(library, invite().code, id=id)
        assert client.post("/-/submit", data=body(form), content_type=FORM).status_code == 400
    assert stored(store) == [] and codes.is_id(ID)
