"""Sealed answers: what stays readable, who can read the rest, and that nothing of it lies anywhere else."""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
import os
import random
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

import build as publishing
from collector import create_app, inviting, sealing
from collector.bundle import Bundle, read_bundle
from collector.inviting import Invited
from collector.opening import opened
from collector.sealing import OpenedStore, SealingStore
from collector.settings import Keys, Settings, SettingsError
from collector.stores import Store, StoreTrouble
from survey import records
from survey.model import Library
from survey.records import SealedRecord, SealedSubmission, Submission
from tests.collector.forms import ID, OTHER_ID, Page, body, fields
from tests.conftest import ROOT, Client, Clock, Run

FORM = "application/x-www-form-urlencoded"
THIRD_ID = "y123456789abcdefghjkmnpqrs"
CANARY = "kanarialintu-7391"
ANALYST, SECOND, STRANGER = (pyrage.x25519.Identity.generate() for _ in range(3))
SEALED_TO = [str(identity.to_public()) for identity in (ANALYST, SECOND)]
SUBMISSION = Submission(
    id=ID,
    digest="d",
    participation="p_1",
    service="s",
    instrument="koe",
    version=1,
    meaning="m",
    wave="start",
    language="fi",
    channel="own_device",
    helper="interpreter",
    received="2026-11-24T10:00:00.000Z",
    answers={"a": 4, "words": CANARY, "a.other_text": "muu"},
    absent={"b": "skipped"},
)
WORDS = frozenset({"words", "more", "a.other_text"})


def sealed_part(record: SealedSubmission, name: str) -> bytes:
    return base64.b64decode(record.sealed[name])


def recipients() -> list[pyrage.x25519.Recipient]:
    return [identity.to_public() for identity in (ANALYST, SECOND)]


# --- one record -----------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [ANALYST, SECOND])
def test_each_of_two_keys_opens(identity: pyrage.x25519.Identity) -> None:
    """What comes out is what went in, for either; a record goes through the store's bytes on the way."""
    sealed = sealing.sealed(SUBMISSION, recipients(), WORDS)
    back = records.decode(SealedSubmission, records.encode(sealed))
    assert sealing.opened(back, [identity]) == SUBMISSION


def test_another_key_does_not_open() -> None:
    """A sentence that names the record and what to give."""
    sealed = sealing.sealed(SUBMISSION, recipients(), WORDS)
    with pytest.raises(StoreTrouble) as error:
        sealing.opened(sealed, [STRANGER], key="submission/p_1/koe/start/1")
    assert str(error.value) == (
        "This key does not open the record 'submission/p_1/koe/start/1'. Give the identity of somebody whom answers were "
        "sealed to when it was received."
    )


def test_the_envelope_alone_is_readable() -> None:
    """Ids, service, instrument, version, wave, time and keyed digest, and nothing that somebody said: not the language,
    the channel or the helper either."""
    data = json.loads(records.encode(sealing.sealed(SUBMISSION, recipients(), WORDS)))
    assert sorted(data) == sorted(
        ["record", "id", "digest", "participation", "service", "instrument", "version", "wave", "received", "revisions",
         "sealed"]
    )  # fmt: skip
    assert sorted(data["sealed"]) == ["answers", "words"]
    with pytest.raises(SealedRecord, match=r"^The answers are sealed. Open the store where a key is: mittari unseal$"):
        records.decode(Submission, json.dumps(data).encode())


def test_age_itself_opens_it() -> None:
    """Each part is an age file, which other programs read too: no format of our own."""
    assert sealed_part(sealing.sealed(SUBMISSION, recipients(), WORDS), "answers").startswith(
        b"age-encryption.org/v1\n"
    )


def test_sizes_tell_little() -> None:
    """Few and many answers, none and some words: the same size inside; a very long text has the next power of two."""
    bare = dataclasses.replace(SUBMISSION, answers={}, absent={"a": "skipped"})
    long = dataclasses.replace(SUBMISSION, answers={**SUBMISSION.answers, "words": "x" * 3000})
    sizes = [
        [
            len(pyrage.decrypt(sealed_part(sealing.sealed(one, recipients(), WORDS), name), [ANALYST]))
            for name in ("answers", "words")
        ]
        for one in (bare, SUBMISSION, long)
    ]
    assert sizes == [[1024, 1024], [1024, 1024], [1024, 4096]]


def test_words_can_go_without_a_key() -> None:
    """Once their part is removed, what was in words is absent, since it was purged, and the rest is whole."""
    sealed = sealing.sealed(SUBMISSION, recipients(), WORDS)
    without = dataclasses.replace(sealed, sealed={"answers": sealed.sealed["answers"]})
    found = sealing.opened(without, [ANALYST])
    assert found.answers == {"a": 4} and found.absent == {"b": "skipped", "words": "purged"}


def test_a_key_that_is_none(tmp_path: Path) -> None:
    """Of site.yaml and of a file, with how to make one."""
    with pytest.raises(StoreTrouble) as error:
        SealingStore(opened(f"sqlite:{tmp_path / 's.sqlite'}"), ["age1nothing"], {})
    assert str(error.value) == (
        "'age1nothing' in 'sealed_to' of site.yaml is no public key of age. Make one with: mittari keys --identity FILE"
    )
    path = tmp_path / "key"
    path.write_text("# public key: age1\n")
    with pytest.raises(SettingsError) as other:
        sealing.read_identities(path)
    assert str(other.value) == f"The file '{path}' holds no identity. Make one with: mittari keys --identity FILE"


# --- the whole collector --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sealed_site(tmp_path_factory: pytest.TempPathFactory) -> publishing.Built:
    """The shipped instruments, on a site that seals."""
    folder = tmp_path_factory.mktemp("sealed") / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    with (folder / "site.yaml").open("a", encoding="utf-8") as site:
        site.write(f"sealed_to: [{', '.join(SEALED_TO)}]\n")
    return publishing.build(folder, folder.parent / "out", drafts=True)


@pytest.fixture
def sealed_settings(settings: Settings, sealed_site: publishing.Built) -> Settings:
    return dataclasses.replace(settings, bundle=sealed_site.bundle, site=sealed_site.site)


@pytest.fixture
def sealed_store(sealed_settings: Settings) -> Iterator[Store]:
    store = opened(sealed_settings.store)
    yield store
    store.close()


@pytest.fixture
def desk(sealed_settings: Settings, sealed_store: Store, clock: Clock) -> Client:
    return Client(create_app(sealed_settings, store=sealed_store, clock=clock, random=random.Random(3).randbytes))


@pytest.fixture
def invited(sealed_settings: Settings, sealed_store: Store, keys: Keys, clock: Clock) -> Invited:
    library = read_bundle(sealed_settings.bundle).library
    today = clock().date()
    plan = inviting.plan(library, service="tyohonvalmennus", group=None, start=today, end=None, today=today)
    (one,) = inviting.invite(sealed_store, keys, [plan], moment=clock(), random=random.Random(11).randbytes)
    return one


def words(library: Library, code: str, **more: str) -> dict[str, str]:
    """A form with a canary in own words."""
    return {**fields(library, code, instrument="palvelupalaute", wave="end", best=CANARY), **more}


def test_answers_lie_nowhere_in_clear(
    desk: Client,
    invited: Invited,
    sealed_settings: Settings,
    sealed_store: Store,
    library: Library,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Canary answers, sent, sent again, refused and failed on the way: then the whole store with its log ahead, every
    log line and every file that was made meanwhile are searched. The search finds what is there to be found."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    caplog.set_level(logging.DEBUG)
    whole = words(library, invited.code)
    assert desk.post("/-/submit", data=body({**whole, "_wave": "never"}), content_type=FORM).status_code == 400
    assert desk.post("/-/submit", data=body({**whole, "_code": "x"}), content_type=FORM).status_code == 422
    assert desk.post("/-/submit", data=body(whole), content_type=FORM).status_code == 201
    assert desk.post("/-/submit", data=body(whole), content_type=FORM).status_code == 201
    assert desk.post("/-/submit", data=body({**whole, "_id": OTHER_ID}), content_type=FORM).status_code == 409
    stored = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in stored)
    found = [path for path in stored if CANARY.encode() in path.read_bytes()]
    assert found == [] and CANARY not in caplog.text
    (tmp_path / "planted").write_text(f"log: {CANARY}")
    assert any(CANARY.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    (key,) = sealed_store.scan("submission/")
    opened_body = OpenedStore(sealed_store, [SECOND]).read(key)
    assert opened_body is not None and records.decode(Submission, opened_body).answers["best"] == CANARY


def test_without_sealing_the_same_search_finds_them(
    client: Client,
    invite,
    store: Store,
    library: Library,
    settings: Settings,  # type: ignore[no-untyped-def]
) -> None:
    """The planted fault: a site that does not seal has the canary in its store."""
    assert client.post("/-/submit", data=body(words(library, invite().code)), content_type=FORM).status_code == 201
    folder = Path(settings.store.removeprefix("sqlite:")).parent
    assert any(CANARY.encode() in path.read_bytes() for path in folder.glob("store.sqlite*"))


def test_a_retry_is_known_by_its_keyed_digest(
    desk: Client, invited: Invited, library: Library, sealed_store: Store
) -> None:
    """The same form again is the same answer; the same id with other answers is told that the first ones are kept."""
    sent = fields(library, invited.code, wb1="4")
    first = desk.post("/-/submit", data=body(sent), content_type=FORM)
    again = desk.post("/-/submit", data=body(sent), content_type=FORM)
    other = desk.post("/-/submit", data=body({**sent, "wb1": "3"}), content_type=FORM)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 409)
    receipt = re.compile(r'class="receipt"><bdi>([^<]+)')
    assert len({receipt.search(page.text)[1] for page in (first, again, other)}) == 1  # type: ignore[index]


def test_the_result_is_shown_once_and_no_receipt_asks_for_it(
    desk: Client, invited: Invited, library: Library, sealed_site: publishing.Built
) -> None:
    """What is on the way can be shown; later nobody here can read it, so no page offers it, and one that is still open
    somewhere is told why."""
    sent = {**fields(library, invited.code, **{f"wb{n}": "4" for n in range(1, 4)}), "_result": "1"}
    ordered = {**{name: value for name, value in sent.items() if name != "_end"}, "_end": "1"}
    answer = desk.post("/-/submit", data=body(ordered), content_type=FORM)
    assert answer.status_code == 201
    receipt = re.search(r'class="receipt"><bdi>([^<]+)', answer.text)
    assert receipt is not None
    front = (sealed_site.site / "fi" / "index.html").read_text(encoding="utf-8")
    assert "/-/erase" in front and "/-/result" not in front and "/-/correct" not in front
    later = desk.post("/-/result", data=body({"_language": "fi", "_receipt": receipt[1]}), content_type=FORM)
    assert later.status_code == 200 and "<h1>Täällä ei voi näyttää, mitä vastauksesi kertovat</h1>" in later.text
    assert Page(later.text)


def test_a_build_under_a_running_collector_takes_sealing_along(
    settings: Settings, built: publishing.Built, sealed_site: publishing.Built, invited: Invited, library: Library,
    store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """A site that begins to seal does so from the moment its build is there, without a restart; a version that came
    with it is sealed too. A build whose keys are none is not taken: the one before goes on."""
    folder = tmp_path / "bundle"
    shutil.copytree(built.bundle, folder)
    app = create_app(
        dataclasses.replace(settings, bundle=folder, site=None), store=store, clock=clock,
        random=random.Random(3).randbytes,
    )  # fmt: skip
    collector = Client(app)

    def kept(wave: str, id: str) -> list[bool]:
        sent = fields(library, invited.code, wave=wave, id=id, wb1="4")
        assert collector.post("/-/submit", data=body(sent), content_type=FORM).status_code == 201
        return [records.is_sealed(store.read(key) or b"") for key in sorted(store.scan("submission/"), reverse=True)]

    def put(bundle: Path, at: int) -> None:
        shutil.copytree(bundle, folder, dirs_exist_ok=True)
        os.utime(folder / "build.json", ns=(at, at))

    assert kept("start", ID) == [False]
    put(sealed_site.bundle, 10**18)
    assert kept("end", OTHER_ID) == [False, True]
    site = json.loads((folder / "site.json").read_text())
    (folder / "site.json").write_text(json.dumps({**site, "sealed_to": ["age1none", "age1neither"]}))
    os.utime(folder / "build.json", ns=(2 * 10**18, 2 * 10**18))
    assert kept("followup_6", THIRD_ID)[1:2] == [True] and "the new bundle is not used: 'age1none'" in caplog.text
    assert [records.is_sealed(store.read(key) or b"") for key in store.scan("submission/")].count(True) == 2


# --- commands -------------------------------------------------------------------------------------


def test_keys_unseal_export(
    run: Run, desk: Client, invited: Invited, library: Library, sealed_settings: Settings, sealed_store: Store
) -> None:
    """An identity is made once; what it opens goes to a new store, without codes and receipts, and from there into a
    dataset. Sealed answers alone make none, and the message says what to do."""
    made = run("keys", "--identity", "key.txt")
    assert made.exit_code == 0 and re.fullmatch(r"age1[0-9a-z]{58}\n", made.stdout)
    assert Path("key.txt").stat().st_mode & 0o777 == 0o600
    assert run("keys", "--identity", "key.txt").stderr == "The file 'key.txt' exists already and was kept.\n"
    assert (
        desk.post("/-/submit", data=body(fields(library, invited.code, wb1="4")), content_type=FORM).status_code == 201
    )
    settings = {"MITTARI_BUNDLE": str(sealed_settings.bundle)}
    refused = run("export", "--output", "d", **settings)
    assert (refused.exit_code, refused.stderr) == (
        1, "The answers are sealed. Open the store where a key is: mittari unseal\n"
    )  # fmt: skip
    target = "sqlite:opened.sqlite"
    wrong = run("unseal", sealed_settings.store, target, "--identity", "key.txt")
    assert wrong.exit_code == 1 and wrong.stderr.startswith("This key does not open the record 'submission/p_")
    Path("analyst.txt").write_text(f"{ANALYST}\n")
    done = run("unseal", sealed_settings.store, target, "--identity", "analyst.txt")
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        "3 records are open in sqlite:opened.sqlite, 1 of them new. Keep it where it is safe, and remove it when the "
        "work is done.\n"
    )
    found = opened(target)
    assert {key.partition("/")[0] for key in found.scan("")} == {
        "audit", "format", "number", "participation", "submission"
    }  # fmt: skip
    found.close()
    exported = run("export", "--output", "d", "--store", target, **settings)
    assert exported.exit_code == 0 and exported.stdout.startswith("1 submissions in d.")


def test_bundle_says_to_whom(sealed_site: publishing.Built) -> None:
    """The collector learns it from the bundle: no setting that somebody could forget."""
    assert list(read_bundle(sealed_site.bundle).library.site.sealed_to) == SEALED_TO
    assert isinstance(read_bundle(sealed_site.bundle), Bundle)
