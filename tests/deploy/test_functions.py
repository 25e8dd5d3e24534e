"""The collector as a function, on each platform as far as it runs here: the same answers as anywhere, over a real S3."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes as randbytes
from typing import Any

import pytest

from collector import inviting
from collector.headers import HEADERS, STRICT_TRANSPORT_SECURITY
from collector.opening import opened
from collector.settings import Keys
from collector.stores import Store
from collector.stores.objects import ObjectsStore
from survey import codes
from survey.locales import format_date
from survey.model import Library
from tests.collector.forms import ID, Page, body, fields
from tests.deploy.places import Place, aws_lambda, azure_functions, google_functions
from tests.stores.postgresql import Server

pytestmark = pytest.mark.slow
PLACES = ("aws-api-gateway", "aws-function-url", "azure-functions", "google-cloud-functions")
FORM = {"content-type": "application/x-www-form-urlencoded"}
ZIPPED = {"accept-encoding": "gzip"}
CANARY = "kanarialintu"
"""An answer that must not be found where no answer belongs."""


@contextlib.contextmanager
def started(name: str, environ: Mapping[str, str], folder: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    given = request.getfixturevalue
    if name == "azure-functions":
        running: Any = azure_functions(given("azure_folder"), environ, folder)
    elif name == "google-cloud-functions":
        running = google_functions(given("google_folder"), given("google_programs"), environ, folder)
    else:
        running = aws_lambda(given("unpacked"), environ, folder, name.removeprefix("aws-"))
    with running as place:
        yield place


@pytest.fixture(scope="module", params=PLACES)
def place(
    request: pytest.FixtureRequest, function_environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    environ = {**function_environ, "MITTARI_STORE": f"s3://records/{request.param}"}
    with started(request.param, environ, tmp_path_factory.mktemp(request.param), request) as running:
        yield running


@pytest.fixture
def records(request: pytest.FixtureRequest, s3_environment: None) -> ObjectsStore:
    """The store of the place that a test is about."""
    return ObjectsStore(f"s3://records/{request.node.callspec.params['place']}", {"AWS_ALLOW_HTTP": "true"})


def invited(records: Store, library: Library, keys: Keys, *, days: int) -> str:
    """A code of somebody who begins in so many days: functions go by the real clock."""
    now = datetime.now(UTC)
    start = now.date() + timedelta(days)
    plan = inviting.plan(library, service="tyohonvalmennus", group=None, start=start, end=None, today=now.date())
    (one,) = inviting.invite(records, keys, [plan], moment=now, random=randbytes)
    return one.code


@pytest.fixture
def code(records: ObjectsStore, library: Library, keys: Keys) -> str:
    """A code that is due."""
    return invited(records, library, keys, days=0)


def test_pages_and_files(place: Place, locked_build: Path) -> None:
    """The front page, a file with its twin, a picture: each byte as the build made it, with the headers of all."""
    site = locked_build / "site"
    for path, name in (
        ("/", "index.html"),
        ("/fi/index.html", "fi/index.html"),
        ("/assets/icon.svg", "assets/icon.svg"),
    ):
        answer = place.ask("GET", path)
        assert (answer.status, answer.body) == (200, (site / name).read_bytes())
        assert {header: answer.headers[header.lower()] for header in HEADERS} == HEADERS
        assert answer.headers["strict-transport-security"] == STRICT_TRANSPORT_SECURITY
    packed = place.ask("GET", "/", headers=ZIPPED)
    assert packed.headers["content-encoding"] == "gzip" and packed.body == (site / "index.html.gz").read_bytes()
    assert place.ask("HEAD", "/").body == b""
    missing = place.ask("GET", "/fi/ei-ole?x=1", headers={"accept-language": "fi"})
    assert missing.status == 404 and Page(missing.body.decode()).texts["h1"] == "Sivua ei ole"


def test_a_form_once_whatever_is_sent_again(place: Place, records: ObjectsStore, library: Library, code: str) -> None:
    """Stored before it is acknowledged; sent again, the same receipt and one record; a changed one is refused."""
    form = fields(library, code, wb1="4", id=codes.new_id(randbytes))
    first = place.ask("POST", "/-/submit", headers=FORM, body=body(form))
    again = place.ask("POST", "/-/submit", headers=FORM, body=body(form))
    assert (first.status, again.status) == (201, 201), first.body
    receipt = Page(first.body.decode()).texts["receipt"]
    assert receipt == Page(again.body.decode()).texts["receipt"]
    kept = [records.read(key) or b"" for key in records.scan("submission/")]
    assert sum(form["_id"].encode() in each for each in kept) == 1
    other = place.ask(
        "POST", "/-/submit", headers=FORM, body=body({**form, "wb1": "5", "_id": codes.new_id(randbytes)})
    )
    assert other.status == 409


def test_a_wrong_form_comes_back_with_its_answers(place: Place, library: Library, code: str) -> None:
    """422, what was typed in it, in any script, and packed where the browser wants it."""
    wrong = fields(library, code, wb1="2", wb2="3", id=ID) | {"_code": "väärä ٧ 🙂"}
    answer = place.ask("POST", "/-/submit", headers=FORM, body=body(wrong))
    page = Page(answer.body.decode())
    assert answer.status == 422 and page.values["_code"] == "väärä ٧ 🙂" and page.values["wb2"] == "3"
    packed = place.ask("POST", "/-/submit", headers={**FORM, **ZIPPED}, body=body(wrong))
    assert packed.status == 422 and packed.headers["content-encoding"] == "gzip"
    assert Page(gzip.decompress(packed.body).decode()).values == page.values
    assert packed.headers["cache-control"] == "no-store"


def test_a_link_with_a_code(place: Place, code: str) -> None:
    """The questionnaire that is due, with the code in it; days are said in the language asked for."""
    answer = place.ask("GET", f"/-/k/{code}", headers={"accept-language": "sv"})
    page = Page(answer.body.decode())
    assert answer.status == 200 and page.values["_code"].replace("-", "") == code.replace("-", "")
    assert page.values["_language"] == "sv"


def test_days_are_said_in_every_language(place: Place, records: ObjectsStore, library: Library, keys: Keys) -> None:
    """Of the locales only the site's are packed: all of them are."""
    early = invited(records, library, keys, days=60)
    opens = datetime.now(UTC).date() + timedelta(60 - 14)
    for language in library.site.languages:
        page = place.ask("GET", f"/-/k/{early}", headers={"accept-language": language}).body.decode()
        days = {format_date(opens + timedelta(more), language) for more in (-1, 0, 1)}
        assert any(day in page for day in days), (language, days)


def test_what_cannot_be_a_form(place: Place) -> None:
    """Too long, of another type, not a form: a page each, and the place goes on."""
    long = place.ask("POST", "/-/submit", headers=FORM, body=b"a=" + b"x" * 300_000)
    other = place.ask("POST", "/-/submit", headers={"content-type": "application/json"}, body=b"{}")
    broken = place.ask("POST", "/-/submit", headers=FORM, body=b"\xff\xfe")
    method = place.ask("PUT", "/-/submit", headers=FORM, body=b"a=1")
    assert [each.status for each in (long, other, broken, method)] == [413, 415, 400, 405]
    assert place.ask("GET", "/-/healthz").status == 200


def cut(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment whose store refuses."""
    return {**environ, "AWS_SECRET_ACCESS_KEY": "wrong", "MITTARI_STORE": "s3://records/cut"}


def told(library: Library) -> bytes:
    """A form with an answer in words."""
    code, id = codes.new_code(randbytes), codes.new_id(randbytes)
    return body(fields(library, code, instrument="palvelupalaute", wave="end", best=CANARY, id=id))


def test_a_store_that_refuses(
    request: pytest.FixtureRequest, place: Place, function_environ: dict[str, str], library: Library, tmp_path: Path
) -> None:
    """503, and the page keeps every answer; the log has what the store said, and no answer."""
    name = request.node.callspec.params["place"]
    environ = {**function_environ, "AWS_SECRET_ACCESS_KEY": "wrong", "MITTARI_STORE": f"s3://records/{name}"}
    form = fields(
        library,
        codes.new_code(randbytes),
        instrument="palvelupalaute",
        wave="end",
        best=CANARY,
        id=codes.new_id(randbytes),
    )
    with started(name, environ, tmp_path, request) as cut_off:
        answer = cut_off.ask("POST", "/-/submit", headers=FORM, body=body(form))
        said = cut_off.log()
    assert answer.status == 503, said
    assert Page(answer.body.decode()).texts["best"].strip() == CANARY
    assert "refused the credentials. Check the variables AWS_… of the environment" in said and CANARY not in said


def test_over_postgresql_whose_server_went_away(
    unpacked: Path,
    server: Server,
    database: str,
    function_environ: dict[str, str],
    library: Library,
    keys: Keys,
    tmp_path: Path,
) -> None:
    """The driver is in the zip too. An instance holds one connection, which may be gone when it is woken again: it makes
    another, and what is sent then is stored; while there is no server, the page keeps the answers."""
    store = opened(database)
    codes_given = [invited(store, library, keys, days=0) for _ in range(3)]
    store.close()
    first, meanwhile, second = (body(fields(library, c, wb1="4", id=codes.new_id(randbytes))) for c in codes_given)
    with aws_lambda(unpacked, {**function_environ, "MITTARI_STORE": database}, tmp_path) as place:
        assert place.ask("POST", "/-/submit", headers=FORM, body=first).status == 201
        server.kill()
        refused = place.ask("POST", "/-/submit", headers=FORM, body=meanwhile)
        server.start()
        assert place.ask("POST", "/-/submit", headers=FORM, body=second).status == 201, place.log()
        assert refused.status == 503 and Page(refused.body.decode()).values["wb1"] == "4"
        assert place.ask("POST", "/-/submit", headers=FORM, body=meanwhile).status == 201
    with contextlib.closing(opened(database)) as store:
        assert len(list(store.scan("submission/"))) == 3


def test_nothing_of_anybody_is_logged(place: Place, library: Library, code: str) -> None:
    """Neither a code nor an answer nor an address, after all that was asked here."""
    place.ask("GET", f"/-/k/{code}")
    place.ask(
        "POST", "/-/submit", headers=FORM, body=body(fields(library, code, wb1=CANARY, id=codes.new_id(randbytes)))
    )
    said = place.log()
    assert code not in said and code.replace("-", "") not in said and CANARY not in said and "192.0.2.7" not in said


WSGI_FUNCTION_APP = """
import os
from pathlib import Path
import azure.functions as func
from collector import serverless
made = Path(serverless.__file__).parents[1]
app = func.WsgiFunctionApp(serverless.create_function_app(made, os.environ), func.AuthLevel.ANONYMOUS)
"""


def test_why_azure_has_an_entry_of_ours(
    azure_folder: Path, function_environ: dict[str, str], library: Library, tmp_path: Path
) -> None:
    """By Azure's own WsgiFunctionApp the same answer is an error: nobody sees the page that keeps it. And so the test of a
    store that refuses can fail."""
    (tmp_path / "function_app.py").write_text(WSGI_FUNCTION_APP)
    with azure_functions(azure_folder, cut(function_environ), tmp_path, instead=tmp_path) as place:
        assert place.ask("GET", "/").status == 200
        with pytest.raises(AssertionError):
            place.ask("POST", "/-/submit", headers=FORM, body=told(library))
        assert place.process.wait(20) == 1 and "_handle_errors" in place.log()
