"""What the doctor finds: every sentence, and nothing left behind."""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from collector import doctor
from collector.bundle import Bundle, read_bundle
from collector.doctor import Finding, Visit, examine
from collector.opening import opened
from collector.settings import Settings
from collector.stores import StoreTrouble
from collector.stores.sqlite import SQLiteStore

KEYS_ADVICE = "Is there a copy in a safe, apart from the answers? Without the keys no code or receipt works."
OVERWRITES = Finding(
    level="problem",
    sentence="The store overwrites records that are there: answers would be lost.",
    advice="Use a store that creates only, as docs/operators.md names them.",
)
FORGETS = Finding(
    level="problem",
    sentence="The store did not keep a record, give it back and remove it as it was told.",
    advice="Ask who runs it; a cache between may be the reason.",
)
KEEPS = Finding(level="ok", sentence="The store keeps a record, overwrites nothing, and removes what it is told.")


def now() -> datetime:
    return datetime.now(UTC)


def found(settings: Settings, at: datetime | None = None) -> list[Finding]:
    return list(examine(settings, now=at or now(), random=random.Random(4).randbytes))


def sentences(findings: list[Finding], level: str) -> list[str]:
    return [each.sentence for each in findings if each.level == level]


@pytest.fixture
def there(settings: Settings, store: SQLiteStore) -> Settings:
    """Settings of a store that has been opened once."""
    opened(settings.store).close()
    return settings


@pytest.fixture
def locked(there: Settings, tmp_path: Path) -> Settings:
    """An installation as it should be: with nothing that is a draft."""
    folder = tmp_path / "bundle"
    shutil.copytree(there.bundle, folder)
    head = json.loads((folder / "build.json").read_text())
    (folder / "build.json").write_text(json.dumps({**head, "drafts": []}))
    return dataclasses.replace(there, bundle=folder)


def visit(
    settings: Settings, *, store: object = None, bundle: Bundle | None = None, at: datetime | None = None
) -> Visit:
    return Visit(
        settings=settings,
        bundle=bundle,
        store=store,
        now=at or now(),
        random=random.Random(4).randbytes,  # type: ignore[arg-type]
    )


def test_all_is_well(locked: Settings, bundle: Bundle) -> None:
    """Each check says so, in order, and leaves the store as it was."""
    store = opened(locked.store)
    before = {key: store.read(key) for key in store.scan("")}
    at = now()
    findings = found(locked, at)
    usage = shutil.disk_usage(Path(locked.store.removeprefix("sqlite:")).parent)
    assert [each.sentence for each in findings if "GB of the disk" not in each.sentence] == [
        f"Pages and bundle are of one build, {bundle.build}.",
        f"All {len(bundle.library.instruments)} instruments are locked.",
        f"Every instrument in use is in the required languages: {', '.join(bundle.library.site.required_languages)}.",
        "The keys can be read, by their owner alone.",
        "The store keeps a record, overwrites nothing, and removes what it is told.",
        f"The clock says {at:%Y-%m-%d %H:%M} UTC.",
        f"Tombstones have a second place, '{locked.erasures}', with 0 in it.",
        "Answers are not sealed: whoever holds the store can read them.",
    ]
    assert usage.total > 0 and sentences(findings, "problem") == []
    assert next(each.advice for each in findings if "keys" in each.sentence) == KEYS_ADVICE
    assert {key: store.read(key) for key in store.scan("")} == before
    store.close()


def test_without_bundle_and_store(settings: Settings, tmp_path: Path) -> None:
    """Each is said once, none is made, and the rest is looked at all the same."""
    store = f"sqlite:{tmp_path / 'none' / 'store.sqlite'}"
    findings = found(dataclasses.replace(settings, bundle=tmp_path / "none", store=store))
    assert sentences(findings, "problem") == [
        f"There is no bundle in '{tmp_path / 'none'}'. Make it with: mittari build",
        f"There is no store at '{tmp_path / 'none' / 'store.sqlite'}'. The first invitation makes it: mittari invite",
    ]
    assert sentences(findings, "ok") == ["The keys can be read, by their owner alone."]
    assert not (tmp_path / "none").exists()


def test_tombstones(locked: Settings) -> None:
    """A second place that is the store itself, cannot be opened, or lacks one of the store's."""
    same = found(dataclasses.replace(locked, erasures=locked.store))
    assert sentences(same, "problem") == ["Tombstones have no second place: MITTARI_ERASURES names the store itself."]
    assert sentences(found(dataclasses.replace(locked, erasures="folder:/dev/null/x")), "problem") == [
        "The store '/dev/null/x' cannot be opened: not a directory."
    ]
    store = opened(locked.store)
    store.create("tombstone/p_1", b"{}")
    store.close()
    assert sentences(found(locked), "problem") == [
        f"1 tombstones of the store are not in the second place, '{locked.erasures}'."
    ]


def test_sealing(locked: Settings, bundle: Bundle, store: SQLiteStore) -> None:
    """Keys that are keys, and one that is none."""
    keys = ["age12cq6r244uqca9ftx9qx9vf6xnvxv7u9ft3ha95te07c945fqfs5q5mkzkm",
            "age12wj0wmcllgusdk28ahss97pvs8tg7yfa35j3qv5prusj99tf05zqeg70hu"]  # fmt: skip
    for sealed_to, level, said in (
        (keys, "ok", "Answers are sealed to 2 keys."),
        ([keys[0], "age1x"], "problem",
         "'age1x' in 'sealed_to' of site.yaml is no public key of age. Make one with: mittari keys --identity FILE"),
    ):  # fmt: skip
        site = dataclasses.replace(bundle.library.site, sealed_to=tuple(sealed_to))
        sealed = dataclasses.replace(bundle, library=dataclasses.replace(bundle.library, site=site))
        (finding,) = doctor.sealing(visit(locked, store=store, bundle=sealed))
        assert (finding.level, finding.sentence) == (level, said)


def test_builds(locked: Settings, bundle: Bundle, tmp_path: Path) -> None:
    """Pages of another build, none at all, and pages that another server has."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "build.json").write_text('{"format": 2, "build": "other"}')
    for site, said in (
        (
            "other",
            f"The pages in '{tmp_path / 'other'}' and the bundle are of different builds. Build again: mittari build",
        ),
        ("none", f"There are no pages in '{tmp_path / 'none'}'. Make them with: mittari build"),
    ):
        assert sentences(found(dataclasses.replace(locked, site=tmp_path / site)), "problem") == [said]
    elsewhere = list(doctor.builds(visit(dataclasses.replace(locked, site=None), bundle=bundle)))
    assert elsewhere == [
        Finding(
            level="ok",
            sentence=f"The bundle is of build {bundle.build}. Another server has the pages.",
            advice="Look there that build.json names the same build.",
        )
    ]


def test_drafts(there: Settings, bundle: Bundle) -> None:
    """Questions that may still change are named."""
    assert sentences(found(there), "problem") == [
        f"The bundle holds drafts, which are for trying out only: {', '.join(bundle.library.drafts)}. Lock them and build "
        "again (mittari lock --all, then mittari build), or try them out with: mittari serve --drafts"
    ]


def test_languages(locked: Settings) -> None:
    """An instrument that the area must offer in one more language."""
    bundle = read_bundle(locked.bundle)
    library = bundle.library
    asked = library.services.services[0].instruments[0]
    shorter = dataclasses.replace(library.instruments[asked], languages=("fi",))
    site = dataclasses.replace(library.site, required_languages=("fi", "sv"))
    changed = dataclasses.replace(library, site=site, instruments={**library.instruments, asked: shorter})
    assert list(doctor.languages(visit(locked, bundle=dataclasses.replace(bundle, library=changed)))) == [
        Finding(
            level="warning",
            sentence=f"Instrument '{asked}' is in use and not in sv, which site.yaml requires.",
            advice="Translate it, lock the new version and build again.",
        )
    ]


def test_keys(locked: Settings) -> None:
    """Open to others, damaged, gone: the sentence that the collector would refuse to start with."""
    path = locked.secrets
    path.chmod(0o644)
    assert sentences(found(locked), "problem") == [
        f"The keys in '{path}' can be read by others than their owner. Run: chmod 600 {path}"
    ]
    path.chmod(0o600)
    path.write_text("{}")
    assert sentences(found(locked), "problem") == [f"What is in '{path}' is not a secrets file of Mittari."]
    path.unlink()
    assert sentences(found(locked), "problem") == [f"There are no keys at '{path}'. Make them with: mittari keys"]


class Wrong(SQLiteStore):
    """A store that does one thing otherwise."""

    fault = ""

    def create(self, key: str, body: bytes) -> bool:
        if self.fault == "overwrites":
            super().remove(key)
        if self.fault == "says so":
            super().create(key, body)
            return True
        if self.fault == "trouble":
            raise StoreTrouble("The record could not be stored: planted.")
        return super().create(key, body)

    def read(self, key: str) -> bytes | None:
        return b"something else" if self.fault == "forgets" else super().read(key)

    def remove(self, key: str) -> None:
        if self.fault != "keeps on":
            super().remove(key)


@pytest.fixture
def wrong(locked: Settings) -> Iterator[Wrong]:
    opened = Wrong(Path(locked.store.removeprefix("sqlite:")))
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("", KEEPS), ("overwrites", OVERWRITES), ("says so", OVERWRITES), ("forgets", FORGETS), ("keeps on", FORGETS),
        ("trouble", Finding(level="problem", sentence="The record could not be stored: planted.")),
    ],
)  # fmt: skip
def test_stores_that_do_otherwise(locked: Settings, wrong: Wrong, fault: str, finding: Finding) -> None:
    """What would lose answers is found out by doing it."""
    wrong.fault = fault
    assert list(doctor.storing(visit(locked, store=wrong))) == [finding]


def test_a_probe_that_was_left_is_removed(locked: Settings, wrong: Wrong) -> None:
    """A doctor that was killed leaves no more than the next one takes away."""
    wrong.create("probe/left", b"x")
    assert list(doctor.storing(visit(locked, store=wrong))) == [KEEPS]
    assert list(wrong.scan("probe/")) == []


@pytest.mark.parametrize(
    ("off", "level", "said"),
    [
        (0, "ok", "The clock agrees with that of the store's machine."),
        (29, "ok", "The clock agrees with that of the store's machine."),
        (45, "warning", "The clock is 45 seconds ahead of that of the store's machine."),
        (-3600, "problem", "The clock is 3600 seconds behind that of the store's machine."),
    ],
)
def test_the_clock_beside_that_of_the_store(locked: Settings, wrong: Wrong, off: int, level: str, said: str) -> None:
    """Half a minute may pass; windows and times of answers hang on it."""
    at = now()
    wrong.time_of = lambda key: at - timedelta(seconds=off)  # type: ignore[attr-defined]
    kept, clock = doctor.storing(visit(locked, store=wrong, at=at))
    assert kept == KEEPS and clock.level == level
    assert clock.sentence == said + ("" if level == "ok" else " Windows and times of answers would be wrong.")
    assert clock.advice == ("" if level == "ok" else "Let the machines keep their time: timedatectl set-ntp true")


def test_the_clock_where_no_store_tells(locked: Settings) -> None:
    """Earlier than the pages were built it cannot be."""
    built = (locked.bundle / "build.json").stat().st_mtime
    findings = found(locked, datetime.fromtimestamp(built, UTC) - timedelta(days=1))
    assert sentences(findings, "problem") == [
        "The clock is 86400 seconds behind the time at which the pages were built. Windows and times of answers would be "
        "wrong."
    ]


@pytest.mark.parametrize(
    ("free", "total", "level", "said", "advice"),
    [
        (500, 1000, "ok", "500.0 GB of the disk are free, 50% of it.", ""),
        (
            90,
            1000,
            "warning",
            "90.0 GB of the disk are free, 9% of it.",
            "Free some room, or move the store to a larger disk.",
        ),
        (
            0.9,
            2,
            "warning",
            "0.9 GB of the disk are free, 45% of it.",
            "Free some room, or move the store to a larger disk.",
        ),
        (
            0.09,
            2,
            "problem",
            "0.1 GB of the disk are free, 4% of it.",
            "Free some room now: answers are about to be refused.",
        ),
    ],
)
def test_the_disk(
    locked: Settings, wrong: Wrong, monkeypatch: pytest.MonkeyPatch, free: float, total: float, level: str, said: str,
    advice: str,
) -> None:  # fmt: skip
    """A tenth of it and a gigabyte, or there is a warning."""
    usage = SimpleNamespace(free=int(free * 10**9), total=int(total * 10**9))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage if Path(path).is_dir() else None)
    assert list(doctor.disk(visit(locked, store=wrong))) == [Finding(level=level, sentence=said, advice=advice)]  # type: ignore[arg-type]


def test_no_disk_of_another_machine(locked: Settings, wrong: Wrong) -> None:
    """A database has one of its own, which whoever runs it looks after."""
    elsewhere = dataclasses.replace(locked, store="postgresql://db.example.fi/mittari")
    assert list(doctor.disk(visit(elsewhere, store=wrong))) == []
