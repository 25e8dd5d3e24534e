"""What tests share: the shipped library, one build of it, a store, keys, a browser, and a clock and randomness
of our own."""

from __future__ import annotations

import dataclasses
import random
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import werkzeug.test
from click.testing import CliRunner, Result
from playwright.sync_api import Browser, sync_playwright

import build as publishing
import mittari
from collector import create_app, inviting
from collector.app import Collector
from collector.bundle import Bundle, read_bundle
from collector.inviting import Invited
from collector.settings import Keys, Settings, make_keys, write_keys
from collector.stores.sqlite import SQLiteStore
from commands import authors
from survey.model import Instrument, Library, Service, is_open
from survey.reading import read_library
from tests.browser import chromium

# A busy machine is not a failure.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent
Run = Callable[..., Result]
"""Runs a command: its arguments, and by name variables of the environment."""
NOON = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped instruments, read."""
    read = read_library(ROOT / "instruments")
    assert read.library is not None, read.problems
    return read.library


def questionnaires(library: Library) -> Iterator[tuple[Instrument, str, str, Service | None]]:
    """Each instrument × wave × language; by service where anybody may answer, or where its words name the service."""
    services = library.services.services
    for instrument in library.instruments.values():
        own = [s for s in services if instrument.key in s.instruments]
        by_service: list[Service | None] = [s for s in own if is_open(s, instrument) or instrument.by_service]
        common: list[Service | None] = [] if instrument.by_service or instrument.respondent == "employer" else [None]
        for service in common + by_service:
            for wave in instrument.waves:
                for language in instrument.languages:
                    yield instrument, wave, language, service


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> publishing.Built:
    """One build of the shipped instruments."""
    return publishing.build(ROOT / "instruments", tmp_path_factory.mktemp("built"), drafts=True)


@pytest.fixture(scope="session")
def bundle(built: publishing.Built) -> Bundle:
    return read_bundle(built.bundle)


@pytest.fixture(scope="session")
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped instruments, with the job coaching open to everybody."""
    folder = tmp_path_factory.mktemp("open") / "instruments"
    shutil.copytree(ROOT / "instruments", folder)
    path = folder / "services.yaml"
    text = path.read_text()
    assert text.count("  - id: tyohonvalmennus\n") == 1
    path.write_text(text.replace("  - id: tyohonvalmennus\n", "  - id: tyohonvalmennus\n    open: true\n"))
    return folder


@pytest.fixture(scope="session")
def opened(open_folder: Path) -> publishing.Built:
    """One build of them."""
    return publishing.build(open_folder, open_folder.parent / "out", drafts=True)


@pytest.fixture(scope="session")
def keys() -> Keys:
    return make_keys(random.Random(7).randbytes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(built: publishing.Built, keys: Keys, tmp_path: Path) -> Settings:
    """Settings of one collector with a store and keys of its own."""
    secrets = tmp_path / "keys.json"
    write_keys(secrets, keys)
    return Settings(
        bundle=built.bundle,
        site=built.site,
        store=f"sqlite:{tmp_path / 'store.sqlite'}",
        secrets=secrets,
        erasures=f"folder:{tmp_path / 'erasures'}",
        port=0,
        drafts=True,
    )


@pytest.fixture
def store(settings: Settings) -> Iterator[SQLiteStore]:
    opened = SQLiteStore(Path(settings.store.removeprefix("sqlite:")))
    yield opened
    opened.close()


@pytest.fixture
def app(settings: Settings, store: SQLiteStore, clock: Clock) -> Collector:
    return create_app(settings, store=store, clock=clock, random=random.Random(3).randbytes)


@pytest.fixture
def open_app(settings: Settings, opened: publishing.Built, store: SQLiteStore, clock: Clock) -> Collector:
    """The application where one service is open."""
    settings = dataclasses.replace(settings, bundle=opened.bundle, site=opened.site)
    return create_app(settings, store=store, clock=clock, random=random.Random(3).randbytes)


class Client(werkzeug.test.Client):
    """Asks an application, and reads every answer to its end, so that files are closed."""

    def open(self, *arguments: Any, **options: Any) -> Any:
        return super().open(*arguments, **{"buffered": True, **options})


@pytest.fixture
def client(app: Collector) -> Client:
    return Client(app)


@pytest.fixture
def open_client(open_app: Collector) -> Client:
    return Client(open_app)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One real Chromium for all. None on the machine is an error, never a skip."""
    path = chromium.found()
    assert path, "no Chromium: run `make test`, or `python tests/browser/chromium.py`, which installs one"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        yield opened
        opened.close()


Invite = Callable[..., Invited]


@pytest.fixture
def invite(library: Library, store: SQLiteStore, keys: Keys, clock: Clock) -> Invite:
    """Makes one participation in a service; dates default to a spell that starts today."""
    chance = random.Random(11)

    def one(service: str = "tyohonvalmennus", *, start: date | None = None, end: date | None = None) -> Invited:
        groups = library.services.service(service).groups
        plan = inviting.plan(
            library,
            service=service,
            group=groups[0].id if groups else None,
            start=start or clock().date(),
            end=end,
            today=clock().date(),
        )
        (invited,) = inviting.invite(store, keys, [plan], moment=clock(), random=chance.randbytes)
        return invited

    return one


@pytest.fixture
def run(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with the settings of this test, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(authors, "_today", lambda: date(2026, 11, 24))
    environment = {
        "MITTARI_BUNDLE": str(settings.bundle),
        "MITTARI_SITE": str(settings.site),
        "MITTARI_STORE": settings.store,
        "MITTARI_SECRETS": str(settings.secrets),
        "MITTARI_STAFF": "planner",
        "LC_ALL": "C",
    }

    def command(*arguments: object, **environ: str) -> Result:
        runner = CliRunner(env={**environment, **environ})
        return runner.invoke(mittari.main, [str(argument) for argument in arguments])

    return command
