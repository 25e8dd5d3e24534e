"""What is an object store's own: whose a create was when answers are lost, and how trouble is said."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import obstore
import pytest

from collector.doctor import Visit, storing
from collector.settings import Settings
from collector.stores import Store, StoreTrouble, objects, open_store
from tests import lines
from tests.stores.object_servers import free_ports

ROOT = Path(__file__).parent.parent.parent
NO_ANSWER = (
    "'s3://records/kept' did not answer in time. Check that it runs, the network, and the variables AWS_… of the "
    "environment."
)

Line = Callable[[Callable[[bytes], bool]], lines.Line]


@pytest.fixture(params=["bucket", "container"])
def place(request: pytest.FixtureRequest) -> str:
    """The address of an empty store, in the dialect of S3 and in that of Azure."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def line(place: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """Puts a line that loses chosen answers between the store that is opened next and its server."""
    put: list[lines.Line] = []
    variable = "AWS_ENDPOINT_URL" if place.startswith("s3") else "AZURE_STORAGE_ENDPOINT"
    endpoint = os.environ[variable]
    port = urlsplit(endpoint).port or 0

    def put_between(
        lose: Callable[[bytes], bool] = lambda request: False, change: lines.Change | None = None
    ) -> lines.Line:
        between = lines.Line(("127.0.0.1", port), http=True, change=change, lose=lambda request, answer: lose(request))
        put.append(between)
        monkeypatch.setenv(variable, endpoint.replace(f":{port}", f":{between.port}"))
        return between

    yield put_between
    for each in put:
        each.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble comes as it does, sooner."""
    monkeypatch.setattr(objects, "_TRY", timedelta(milliseconds=200))
    monkeypatch.setitem(objects._RETRIES, "retry_timeout", timedelta(milliseconds=100))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> int:
    """A port of nobody, where the environment says that S3 is."""
    (port,) = free_ports(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-that-nobody-may-see")
    return port


def test_a_request_is_decided_within_twenty_seconds() -> None:
    """A create and its reading back, each with its last try begun as late as may be: a respondent waits."""
    assert 2 * (objects._RETRIES["retry_timeout"] + objects._TRY) <= timedelta(seconds=20)


@pytest.mark.slow
def test_of_sixteen_writers_one_is_first(place: str) -> None:
    """Each with an opening of its own, over several keys: one True a key, and its bytes are what is stored."""
    won: dict[str, list[bytes]] = {f"k/{n}": [] for n in range(2)}
    gate = threading.Barrier(16)

    def write(body: bytes) -> None:
        store = open_store(place)
        for key, winners in won.items():
            gate.wait()
            if store.create(key, body):
                winners.append(body)

    threads = [threading.Thread(target=write, args=(b"%d" % n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = open_store(place)
    assert [[store.read(key)] for key in won] == list(won.values())


@pytest.mark.slow
@pytest.mark.parametrize("lost", [1, 100])
def test_a_lost_answer_is_found_out_by_reading_back(place: str, line: Line, lost: int) -> None:
    """Whether the first answer is lost or every one: what is there bears the create's own mark."""
    between = line(lambda request: request.startswith(b"PUT") and len(between.lost) < lost)
    store = open_store(place)
    assert store.create("a/1", b"own") is True
    assert len(between.lost) >= 1 and set(between.lost) == {between.lost[0]}
    assert store.read("a/1") == b"own"


@pytest.mark.slow
@pytest.mark.parametrize("theirs", [b"theirs", b"own"])
def test_a_lost_answer_makes_nobody_elses_record_ones_own(place: str, line: Line, theirs: bytes) -> None:
    """Also where the bytes are the same."""
    assert open_store(place).create("a/1", theirs) is True
    between = line(lambda request: request.startswith(b"PUT") and not between.lost)
    store = open_store(place)
    assert store.create("a/1", b"own") is False
    assert len(between.lost) == 1
    assert store.read("a/1") == theirs


@pytest.mark.slow
def test_an_object_without_a_mark_is_told_by_its_bytes(place: str) -> None:
    """It was copied here, from a backup for example."""
    store = open_store(place)
    assert isinstance(store, objects.ObjectsStore)
    obstore.put(store._store, "a/1.record", b"own")
    assert store.create("a/1", b"own") is True
    assert store.create("a/1", b"another") is False


@pytest.mark.slow
def test_objects_of_others_are_no_records(place: str) -> None:
    """A file that somebody put beside them is left alone."""
    store = open_store(place)
    assert isinstance(store, objects.ObjectsStore)
    obstore.put(store._store, "a/readme.txt", b"x")
    store.create("a/1", b"x")
    assert list(store.scan("")) == ["a/1"]


@pytest.mark.slow
def test_a_store_that_keeps_what_was_first(place: str) -> None:
    """`mittari doctor` says so, and leaves nothing."""
    store = open_store(place)
    assert looked_at(store) == ["The store keeps a record, overwrites nothing, and removes what it is told."]
    assert list(store.scan("")) == []


@pytest.mark.slow
def test_a_store_that_overwrites_is_found_out(
    s3_port: int, s3_environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that does not know the condition, as some do not: here a line takes it out of each request."""
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    with lines.Line(("127.0.0.1", s3_port), http=True, change=without_condition) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{line.port}")
        store = open_store("s3://open/kept")
        assert looked_at(store) == ["The store overwrites records that are there: answers would be lost."]
        assert list(store.scan("")) == []


@pytest.mark.slow
@pytest.mark.parametrize("mends", [True, False])
def test_what_is_there_and_not_listed_is_made_so(
    s3_port: int, s3_environment: None, monkeypatch: pytest.MonkeyPatch, mends: bool
) -> None:
    """As SeaweedFS has it when it is killed between an object and its folders: nothing is said to be there before it is
    listed. Here a line hides it, until something is written beside it or for good."""
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    key, beside = "submission/o_1/a/end/1", list[bytes]()

    def hiding(request: bytes) -> Iterator[bytes]:
        first = request.partition(b"\r\n")[0]
        if b".beside" in first:
            beside.append(first.split()[0])
        hidden = b"list-type=2" in first and not (mends and beside)
        yield request.replace(b"o_1", b"o_2", 1) if hidden else request

    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3_port}")
    open_store("s3://open/unlisted").create(key, b"x")
    with lines.Line(("127.0.0.1", s3_port), http=True, change=hiding) as line:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{line.port}")
        store = open_store("s3://open/unlisted")
        assert list(store.scan("submission/o_1/")) == [] and store.read(key) == b"x"
        if mends:
            assert store.create(key, b"y") is False
            assert list(store.scan("submission/")) == [key]
        else:
            with pytest.raises(StoreTrouble, match="has it and does not list it"):
                store.create(key, b"y")
    assert beside == [b"PUT"]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3_port}")
    (left,) = obstore.list(open_store("s3://open/unlisted")._store).collect()  # type: ignore[attr-defined]
    assert left["path"] == f"{key}.record"


def looked_at(store: Store) -> list[str]:
    """What `mittari doctor` says about a store, but for its clock."""
    visit = Visit(settings=Settings(), bundle=None, store=store, now=datetime.now(UTC), random=secrets.token_bytes)
    return [found.sentence for found in storing(visit) if not found.sentence.startswith("The clock ")]


def without_condition(request: bytes) -> Iterator[bytes]:
    head, end, body = request.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"if-none-match:")]
    yield b"\r\n".join(kept) + end + body


@pytest.mark.slow
def test_where_no_answer_comes_nothing_is_said_to_be_stored(place: str, line: Line, impatient: None) -> None:
    """The outcome stays unknown: trouble, and never True or False."""
    line(lambda request: True)
    with pytest.raises(StoreTrouble) as error:
        open_store(place).create("a/1", b"x")
    assert (
        str(error.value)
        == f"The record could not be stored: {spoken(place, NO_ANSWER.replace('s3://records/kept', place))}"
    )


@pytest.mark.slow
def test_refused_credentials_are_said(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With where to look, and without the credentials."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "d3Jvbmc=")
    store = open_store(place)
    refused = f"'{place}' refused the credentials. Check the variables AWS_… of the environment and what they may do"
    for trouble, ask in _calls(store):
        with pytest.raises(StoreTrouble) as error:
            ask()
        assert str(error.value) == spoken(place, f"{trouble}: {refused} there.")


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_no_empty_store(place: str) -> None:
    """A mistyped name must not look like a store without answers."""
    nowhere = f"{place.partition('://')[0]}://no-such-bucket/kept"
    store = open_store(nowhere)
    with pytest.raises(StoreTrouble) as error:
        store.read("a/1")
    assert str(error.value) == (
        f"The store cannot be read: '{nowhere}' does not exist. Make its bucket or container first."
    )


def spoken(place: str, sentence: str) -> str:
    """A sentence about S3, about the store of an address."""
    return sentence if place.startswith("s3") else sentence.replace("AWS_", "AZURE_")


def _calls(store: objects.ObjectsStore) -> list[tuple[str, Callable[[], object]]]:
    return [
        ("The record could not be stored", lambda: store.create("a/1", b"x")),
        ("The store cannot be read", lambda: store.read("a/1")),
        ("The store cannot be read", lambda: list(store.scan("a/"))),
        ("The record could not be removed", lambda: store.remove("a/1")),
    ]


def test_a_server_that_is_down(elsewhere: int, impatient: None) -> None:
    """Every call says so, and what to look at."""
    for trouble, ask in _calls(open_store("s3://records/kept")):
        with pytest.raises(StoreTrouble) as error:
            ask()
        assert str(error.value) == f"{trouble}: {NO_ANSWER}"


def test_plain_http_only_where_the_environment_allows_it(elsewhere: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers do not travel in clear by mistake, and no secret is in the sentence."""
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(StoreTrouble) as error:
        open_store("s3://records/kept").create("a/1", b"x")
    assert str(error.value) == (
        "The record could not be stored: 's3://records/kept' has an endpoint of plain http, which is allowed only with "
        "AWS_ALLOW_HTTP=true."
    )


@pytest.mark.parametrize(("address", "names"), [("azure://c/p", "AZURE"), ("az://c", "AZURE"), ("gs://b/p", "GOOGLE")])
def test_settings_that_do_not_open_a_store(address: str, names: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Azure without an account, Google with a file that is not there."""
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", "/no/such/file.json")
    with pytest.raises(StoreTrouble) as error:
        open_store(address)
    assert str(error.value) == (
        f"The store '{address}' cannot be opened. Check the variables {names}_… of the environment."
    )


def test_azure_and_google_open_by_their_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Container and prefix come from the address, all else from the environment."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "anaccount")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "bm90IGEga2V5")
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    for address in ("azure://answers/kept", "az://answers/kept", "gs://answers/kept"):
        store = open_store(address)
        assert isinstance(store, objects.ObjectsStore)
        assert store._store.prefix == "kept"
        assert "answers" in store._store.config.values()
        store.close()


def test_without_its_package_a_sentence_says_what_to_install() -> None:
    """And importing the collector loads no client of any store."""
    code = (
        "import sys, collector, collector.stores; assert 'obstore' not in sys.modules; sys.modules['obstore'] = None\n"
        "try: collector.stores.open_store('s3://b/p')\n"
        "except collector.stores.StoreTrouble as trouble: print(trouble)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == ("The driver of object stores is not installed. Install it: deploy/checkout/set-up stores\n")
