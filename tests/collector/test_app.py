"""The collector over HTTP: every status with its page, its headers and its language; and what is never kept."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from werkzeug.test import EnvironBuilder

import build as publishing
from collector import app as application
from collector import create_app, headers, participations
from collector.app import Collector
from collector.bundle import BundleError
from collector.settings import Settings
from collector.stores.sqlite import SQLiteStore
from survey import codes, schedule
from survey.model import Library
from survey.pages import questionnaire_path
from tests.collector.forms import ID, Page, body, fields
from tests.conftest import ROOT, Client, Clock, Invite, questionnaires

FORM = "application/x-www-form-urlencoded"


def post(client: Client, form: dict[str, str], **options: object):  # type: ignore[no-untyped-def]
    return client.post("/-/submit", data=body(form), content_type=FORM, **options)  # type: ignore[arg-type]


def stored(store: SQLiteStore) -> int:
    return len(list(store.scan("submission/")))


def test_a_good_form_is_created(client: Client, store: SQLiteStore, library: Library, invite: Invite) -> None:
    """201, not cached, the thank-you in the respondent's language with the receipt."""
    answer = post(client, fields(library, invite().code, language="sv", wb1="4"))
    page = Page(answer.text)
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store"
    assert page.texts["h1"] == "Tack" and 'lang="sv"' in answer.text
    assert len(page.texts["receipt"].replace("-", "")) == codes.RECEIPT_LENGTH
    assert stored(store) == 1


def test_a_reload_gets_the_same_page(client: Client, library: Library, invite: Invite) -> None:
    """The same post again: 201 and every byte the same."""
    form = fields(library, invite().code)
    assert post(client, form).data == post(client, form).data


def test_a_bad_answer_comes_back_in_the_respondents_language(
    client: Client, store: SQLiteStore, library: Library, invite: Invite
) -> None:
    """422, 'Error' in the title, the summary first with a link to the control, every answer kept."""
    form = fields(library, invite().code, language="ar", wave="end", wb1="4", work_now="employed", hours="900")
    answer = post(client, form)
    page = Page(answer.text)
    assert answer.status_code == 422 and 'lang="ar" dir="rtl"' in answer.text
    assert page.texts["title"].startswith("خطأ: ")
    main = answer.text.partition("<main")[2]
    assert main.index('class="summary"') < main.index("<h1>") and 'href="#i-hours"' in main and 'id="i-hours"' in main
    assert page.values["wb1"] == "4" and page.values["hours"] == "900" and page.values["_id"] == ID
    assert 'aria-describedby="w-hours h-hours e-hours" aria-invalid="true"' in answer.text
    assert stored(store) == 0


def test_the_frozen_page_is_the_render_of_a_blank_form(client: Client, library: Library) -> None:
    """What lies on the disk is byte for byte what the collector renders for a blank form."""
    bundle = client.application.service.bundle
    for place in questionnaires(library):
        frozen = client.get(f"/{questionnaire_path(*place)}").text
        assert frozen == application.pages.questionnaire(bundle.question_page(*place))


def test_a_refusal_has_its_page(client: Client, library: Library, invite: Invite) -> None:
    """409 in plain words for a used code."""
    code = invite().code
    post(client, fields(library, code))
    answer = post(client, fields(library, code, id="z" * 26))
    assert answer.status_code == 409
    assert Page(answer.text).texts["h1"] == "Tähän kyselyyn on jo vastattu"


@pytest.mark.parametrize(
    ("data", "options", "status", "sentence"),
    [
        (b"x" * 300_000, {}, 413, "Lomake on suurempi kuin mikään kysely täällä."),
        (b"_end=1", {"content_type": "multipart/form-data; boundary=x"}, 415, "Lomake ei tullut siinä muodossa"),
        (b"_end=1", {"content_type": "application/json"}, 415, "Lomake ei tullut siinä muodossa"),
        (b"_end=1", {"content_length": 500}, 400, "Lomake ei tullut perille kokonaisena."),
        (b"", {}, 400, "Lomake ei tullut"),
        (b"\xff\xfe", {}, 400, "Lomake ei tullut siinä muodossa"),
        (b"a=%FF&_end=1", {}, 400, "Lomake ei tullut siinä muodossa"),
        (b"a&_end=1", {}, 400, "Lomake ei tullut siinä muodossa"),
        (b"&".join(b"f%d=1" % n for n in range(2000)), {}, 400, "Lomake ei tullut siinä muodossa"),
    ],
)
def test_bodies_that_are_no_form_of_ours(
    client: Client, store: SQLiteStore, data: bytes, options: dict[str, object], status: int, sentence: str
) -> None:
    """Too long, of another type, cut short, not text, too many fields: a sentence each, and nothing stored."""
    environ = {"CONTENT_LENGTH": str(options.pop("content_length"))} if "content_length" in options else {}
    answer = client.post(
        "/-/submit",
        data=data,
        environ_overrides=environ,
        **{"content_type": FORM, **options},  # type: ignore[arg-type]
    )
    assert answer.status_code == status
    assert sentence in answer.text and "<h1>Vastauksia ei tallennettu</h1>" in answer.text
    assert stored(store) == 0


def test_a_long_body_without_a_length_is_counted_too(app: Collector, store: SQLiteStore) -> None:
    """A chunked body has no Content-Length; it is read no further than the limit."""
    import io

    environ = EnvironBuilder("/-/submit", method="POST", content_type=FORM).get_environ()
    environ.update({"wsgi.input": io.BytesIO(b"a=" + b"x" * 10_000_000), "wsgi.input_terminated": True})
    environ.pop("CONTENT_LENGTH", None)
    seen: list[str] = []
    b"".join(app(environ, lambda status, headers: seen.append(status)))  # type: ignore[arg-type,func-returns-value]
    assert seen == ["413 REQUEST ENTITY TOO LARGE"] and environ["wsgi.input"].tell() < 400_000


def test_entering_gives_the_due_page_with_code_and_id(client: Client, invite: Invite) -> None:
    """Without a script the front page's form ends on the questionnaire, ready to send."""
    one = invite()
    answer = client.post("/-/enter", data={"_code": codes.shown(one.code).lower(), "_language": "en"})
    page = Page(answer.text)
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert page.values["_instrument"] == "tyohonvalmennus" and 'lang="en"' in answer.text
    assert (page.values["_wave"], page.values["_code"]) == ("start", codes.shown(one.code))
    assert codes.is_id(page.values["_id"])


def test_entering_as_the_script_does(client: Client, library: Library, invite: Invite) -> None:
    """JSON gives the path of the static page that is due."""
    headers = {"Accept": "application/json"}
    answer = client.post("/-/enter", data={"_code": invite().code, "_language": "sv"}, headers=headers)
    path = json.loads(answer.text)["path"]
    assert path == "sv/tyohonvalmennus-v1-start.html" and client.get(f"/{path}").status_code == 200


@pytest.mark.parametrize(
    ("language", "met"), [("fi", "fi-simple"), ("fi-simple", "fi-simple"), ("sv", "sv"), ("ar", "ar")]
)
def test_who_comes_in_a_language_meets_its_easy_form(client: Client, invite: Invite, language: str, met: str) -> None:
    """Where the instrument lists it first: on the page, for the script, and by a link. Others as they came."""
    code = invite("kotokoulutus").code
    sent = {"_code": code, "_language": language}
    assert Page(client.post("/-/enter", data=sent).text).values["_language"] == met
    told = client.post("/-/enter", data=sent, headers={"Accept": "application/json"})
    assert json.loads(told.text) == {"path": f"{met}/kotokoulutus-v1-start.html"}
    followed = client.get(f"/-/k/{code}", headers={"Accept-Language": language})
    assert Page(followed.text).values["_language"] == met


def test_ordinary_finnish_is_one_tap_away(client: Client, invite: Invite) -> None:
    """The languages stand in the instrument's order, and the one that is picked there is the one that comes."""
    code = invite("kotokoulutus").code
    entered = client.post("/-/enter", data={"_code": code, "_language": "fi"}).text
    assert re.findall(r'<button name="_chosen" value="([\w-]+)"', entered) == ["fi", "sv", "en", "uk", "ru", "ar", "so"]
    chosen = client.post("/-/enter", data={"_code": code, "_chosen": "fi"}).text
    assert Page(chosen).values["_language"] == "fi" and '<button name="_chosen" value="fi-simple"' in chosen
    static = client.get("/fi/kotokoulutus-v1-start.html").text
    assert re.findall(r'hreflang="([\w-]+)"', static)[:3] == ["fi-simple", "fi", "sv"]
    assert Page(static).values["_language"] == "fi"


def test_a_link_gives_the_due_page_and_changes_nothing(client: Client, store: SQLiteStore, invite: Invite) -> None:
    """`/-/k/CODE` in the language that the browser likes best; a GET stores nothing."""
    one = invite()
    before = list(store.scan(""))
    answer = client.get(f"/-/k/{codes.shown(one.code)}", headers={"Accept-Language": "ar;q=0.9, de"})
    assert answer.status_code == 200 and 'lang="ar"' in answer.text
    assert 'action="../../-/submit"' in answer.text and 'href="../../assets/' in answer.text
    assert list(store.scan("")) == before


def test_a_shared_device_is_cleared_with_its_thank_you(client: Client, library: Library, invite: Invite) -> None:
    """Its start is an empty front page that is stored nowhere; the channel goes along, and a link by code may have it."""
    start = client.get("/-/shared/sv")
    assert start.status_code == 200 and 'lang="sv"' in start.text
    assert start.headers["Cache-Control"] == "no-store"
    assert 'name="_shared" value="1" checked' in start.text
    one = invite()
    for page in (
        client.post("/-/enter", data={"_code": one.code, "_language": "en", "_shared": "1"}).text,
        client.get(f"/-/k/{codes.shown(one.code)}?shared").text,
    ):
        assert Page(page).values["_channel"] == "shared_device" and 'autocomplete="off">' in page
    assert "Clear-Site-Data" not in post(client, fields(library, one.code)).headers
    answer = post(client, fields(library, invite().code, id=f"z{ID[1:]}") | {"_channel": "shared_device"})
    assert answer.status_code == 201 and answer.headers["Clear-Site-Data"] == '"cache"'


def test_entering_with_a_bad_code(client: Client) -> None:
    """The front page comes back with the code as typed and the sentence."""
    answer = client.post("/-/enter", data={"_code": "väärä <b>", "_language": "fi"})
    assert answer.status_code == 422
    assert "Mitään ei kadonnut" not in answer.text, "there are no answers on the front page"
    assert "Koodi ei ole oikein." in answer.text and 'value="väärä &lt;b&gt;"' in answer.text


def test_entering_when_nothing_is_open(client: Client, library: Library, invite: Invite, clock: Clock) -> None:
    """It says when the next opens, in the language's own way of dates; in the end, that the time is over."""
    today = clock().date()
    code = invite(start=today - timedelta(days=40), end=today + timedelta(days=60)).code
    answer = client.post("/-/enter", data={"_code": code, "_language": "fi"})
    assert "Seuraava kysely aukeaa 9. tammikuuta 2027." in answer.text
    clock.advance(days=1000)
    answer = client.post("/-/enter", data={"_code": code, "_language": "en"})
    assert "The time to answer is over. If you still want to answer, write to kysely@example.fi." in answer.text


def test_entering_when_all_is_answered(client: Client, library: Library, invite: Invite) -> None:
    """Thanked only by who has answered everything."""
    code = invite().code
    asked = [("tyohonvalmennus", w) for w in ("start", "end", "followup_6")] + [("palvelupalaute", "end")]
    for n, (instrument, wave) in enumerate(asked):
        assert (
            post(client, fields(library, code, instrument=instrument, wave=wave, id=f"{n}{ID[1:]}")).status_code == 201
        )
    answer = client.post("/-/enter", data={"_code": code, "_language": "en"})
    assert "You have answered everything that was asked with this code." in answer.text


def test_pages_are_served_with_their_headers(client: Client) -> None:
    """The front page and its assets; names with a hash may be kept for a year."""
    front = client.get("/")
    assert front.status_code == 200 and "max-age=300" in front.headers["Cache-Control"]
    script = front.text.partition('<script src="')[2].partition('"')[0]
    assert "max-age=31536000" in client.get(f"/{script}").headers["Cache-Control"]
    assert client.get("/fi/").data == client.get("/fi/index.html").data
    for response in (front, client.get("/none"), client.get("/-/healthz")):
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_recordings_are_served_in_parts(settings: Settings, tmp_path: Path) -> None:
    """With a type that does not hang on the machine. Safari asks for the first two bytes, and plays none without 206."""
    examples = publishing.build(ROOT / "docs" / "examples", tmp_path / "examples", drafts=True)
    client = Client(create_app(replace(settings, site=examples.site, bundle=examples.bundle)))
    found = {}
    for path in sorted((examples.site / "assets").glob("likert.*")):
        name, data = f"/assets/{path.name}", path.read_bytes()
        whole = client.get(name, buffered=True)
        part = client.get(name, headers={"Range": "bytes=0-1", "Accept-Encoding": "gzip"}, buffered=True)
        rest = client.get(name, headers={"Range": "bytes=100-"}, buffered=True)
        assert (whole.status_code, whole.data, whole.headers["Accept-Ranges"]) == (200, data, "bytes")
        assert (part.status_code, part.data, rest.status_code, rest.data) == (206, data[:2], 206, data[100:])
        assert part.headers["Content-Range"] == f"bytes 0-1/{len(data)}" and "Content-Encoding" not in part.headers
        assert client.get(name, headers={"Range": "bytes=999999-"}, buffered=True).status_code == 416
        for answer in (whole, part):
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
        found[path.suffix] = {whole.mimetype, part.mimetype, rest.mimetype}
    assert found == {".m4a": {"audio/mp4"}, ".mp3": {"audio/mpeg"}}


def test_security_txt_is_served(client: Client, library: Library) -> None:
    """Where RFC 9116 looks for it: as text in UTF-8, with the headers of every answer, and never kept for long."""
    answer = client.get("/.well-known/security.txt")
    assert (answer.status_code, answer.text) == (200, publishing.security_txt(library.site))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == headers.CACHE_OTHER
    assert {name: answer.headers.get(name) for name in headers.HEADERS} == headers.HEADERS
    assert client.post("/.well-known/security.txt").status_code == 405


def test_what_is_not_there(client: Client) -> None:
    """A page that says so; nothing outside the site; a GET where only a form may go."""
    assert client.get("/fi/none.html").status_code == 404
    assert "Sivua ei ole" in client.get("/fi/none.html").text
    assert client.get("/../bundle/site.json").status_code == 404
    assert client.get("/%2e%2e/bundle/site.json").status_code == 404
    for odd in ("/fi/index.html/", "/fi/index.html.gz", "/" + "a" * 300, "/" + "a/" * 5000, "/%00"):
        answer = client.get(odd)
        assert answer.status_code == 404 and len(answer.text.partition("</style>")[2]) < 3000, odd
    refused = client.get("/-/submit")
    assert refused.status_code == 405 and "POST" in refused.headers["Allow"]


def test_no_cookie_no_address_no_answer_in_logs(
    client: Client, store: SQLiteStore, library: Library, invite: Invite, caplog: pytest.LogCaptureFixture
) -> None:
    """The canary is in the record and nowhere else; no address of the sender is anywhere."""
    code = invite().code
    caplog.set_level(logging.DEBUG)
    form = fields(library, code, instrument="palvelupalaute", wave="end", best="kanarialintu")
    answer = post(client, form, environ_overrides={"REMOTE_ADDR": "203.0.113.77"})
    assert answer.status_code == 201 and "Set-Cookie" not in answer.headers
    everything = b"".join(store.read(key) or b"" for key in store.scan(""))
    assert b"kanarialintu" in everything and b"203.0.113" not in everything
    assert "kanarialintu" not in caplog.text and code not in caplog.text


def test_a_fault_of_ours_is_logged_by_place_alone(
    app: Collector, invite: Invite, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The respondent gets a page; the log has neither the code nor what the error said."""
    code = invite().code
    monkeypatch.setattr(participations, "by_code", lambda *_: 1 / 0)
    answer = Client(app).get(f"/-/k/{code}")
    assert answer.status_code == 500 and "<h1>Kyselysivusto ei toimi juuri nyt</h1>" in answer.text
    assert "ZeroDivisionError in follow" in caplog.text
    assert code not in caplog.text and "division by zero" not in caplog.text


def test_a_fault_of_ours_keeps_the_answers(
    client: Client, store: SQLiteStore, library: Library, invite: Invite, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A defect in the collector is a 503 with every answer on the page; the log has its place and nothing else."""
    form = fields(library, invite().code, instrument="palvelupalaute", wave="end", best="kanarialintu")
    with monkeypatch.context() as planted:
        planted.setattr(participations, "by_code", lambda *_: {}[form["best"]])
        answer = post(client, form)
    assert answer.status_code == 503 and "kanarialintu" in answer.text and stored(store) == 0
    assert "KeyError in submit" in caplog.text and "kanarialintu" not in caplog.text
    with monkeypatch.context() as planted:
        planted.setattr(schedule, "open_tasks", lambda *_: 1 / 0)
        assert post(client, form).status_code == 201, "stored answers are acknowledged whatever comes after"
    assert stored(store) == 1


def test_a_build_under_a_running_server(
    settings: Settings, store: SQLiteStore, library: Library, invite: Invite, tmp_path: Path
) -> None:
    """Pages and bundle change together: a form of the new page is judged by the new bundle; a broken one is not used."""
    import dataclasses
    import shutil

    import build as publishing

    folder, out = tmp_path / "instruments", tmp_path / "out"
    shutil.copytree(Path(__file__).parent.parent.parent / "instruments", folder)
    built = publishing.build(folder, out, drafts=True)
    app = create_app(dataclasses.replace(settings, bundle=built.bundle, site=built.site), store=store, clock=Clock())
    path = folder / "asiakasmuutosmittari.yaml"
    path.write_text(path.read_text().replace("Minulla on riittävästi voimia", "Minulla riittää voimia"))
    publishing.build(folder, out, drafts=True)
    client = Client(app)
    page = Page(client.get("/fi/tyohonvalmennus-v1-start.html", buffered=True).text)
    form = {**fields(library, invite().code, wb1="4"), "_meaning": page.values["_meaning"]}
    assert page.values["_meaning"] != fields(library, "")["_meaning"]
    assert post(client, form).status_code == 201
    (built.bundle / "site.json").write_text("[]")
    (built.bundle / "build.json").touch()
    assert client.get("/-/healthz").status_code == 200
    assert post(client, form).status_code == 201


def test_trouble_with_the_store_is_logged(
    client: Client, store: SQLiteStore, library: Library, invite: Invite, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator reads that and why answers were not stored, and nothing of them; the page says to try again."""
    form = fields(library, invite().code, instrument="palvelupalaute", wave="end", best="kanarialintu")
    store._writer.execute("pragma query_only = on")
    answer = post(client, form)
    store._writer.execute("pragma query_only = off")
    assert answer.status_code == 503 and "kanarialintu" in answer.text and "Odota hetki" in answer.text
    assert (
        "answers were not stored: The record could not be stored: attempt to write a readonly database." in caplog.text
    )
    assert "kanarialintu" not in caplog.text and form["_code"] not in caplog.text
    assert post(client, form).status_code == 201


def test_pages_and_bundle_of_different_builds_are_refused(settings: Settings, tmp_path: Path) -> None:
    """Serving old pages with a new bundle would refuse every answer."""
    import dataclasses

    (tmp_path / "build.json").write_text('{"format": 2, "build": "other"}')
    with pytest.raises(BundleError, match="of different builds. Build again: mittari build"):
        create_app(dataclasses.replace(settings, site=tmp_path))
    with pytest.raises(BundleError, match="There are no pages in"):
        create_app(dataclasses.replace(settings, site=tmp_path / "none"))
    with pytest.raises(BundleError, match="There is no bundle in .* Make it with: mittari build"):
        create_app(dataclasses.replace(settings, bundle=tmp_path / "none"))
