"""Whether an installation is as it should be: what `mittari doctor` looks at, and what to do about what it finds.

Each check yields findings and raises nothing. A check that comes later is one more function in `CHECKS`.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from collector import erasing
from collector.bundle import HEAD, Bundle, BundleError, check_drafts, check_site, read_bundle
from collector.opening import opened, writing
from collector.settings import Settings, SettingsError
from collector.stores import Store, StoreTrouble, open_store
from survey import codes
from survey.frozen import dataclass

PROBE = "probe/"
"""What the keys of records begin with that are written only to be looked at and removed."""
LATE, WRONG = timedelta(seconds=30), timedelta(hours=1)
LITTLE, NEARLY_FULL = 10**9, 10**8
"""Bytes that are free."""
SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was seen, and what to do about it."""

    level: Literal["ok", "warning", "problem"]
    sentence: str
    advice: str = ""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What every check is given. Bundle and store are None where they could not be opened, which is said once."""

    settings: Settings
    bundle: Bundle | None
    store: Store | None
    now: datetime
    random: codes.Random


@runtime_checkable
class TellsTime(Protocol):
    """A store on another machine, which has a clock of its own."""

    def time_of(self, key: str) -> datetime:
        """What that clock says now, or said when it wrote the record under a key just now."""


def examine(settings: Settings, *, now: datetime, random: codes.Random) -> Iterator[Finding]:
    """Looks at everything. A probe record is written and removed again; `now` carries a time zone."""
    bundle, store = None, None
    try:
        bundle = read_bundle(settings.bundle)
    except BundleError as error:
        yield Finding(level="problem", sentence=str(error))
    try:
        store = opened(settings.store, make=False)
    except StoreTrouble as error:
        yield Finding(level="problem", sentence=str(error))
    visit = Visit(settings=settings, bundle=bundle, store=store, now=now, random=random)
    try:
        for check in CHECKS:
            yield from check(visit)
    finally:
        if store is not None:
            store.close()


def builds(visit: Visit) -> Iterator[Finding]:
    """Pages and bundle belong together."""
    if visit.bundle is None:
        return
    if visit.settings.site is None:
        yield Finding(
            level="ok",
            sentence=f"The bundle is of build {visit.bundle.build}. Another server has the pages.",
            advice=f"Look there that {HEAD} names the same build.",
        )
        return
    try:
        check_site(visit.settings.site, visit.bundle)
    except BundleError as error:
        yield Finding(level="problem", sentence=str(error))
    else:
        yield Finding(level="ok", sentence=f"Pages and bundle are of one build, {visit.bundle.build}.")


def drafts(visit: Visit) -> Iterator[Finding]:
    """What is asked in earnest is locked."""
    if visit.bundle is None:
        return
    try:
        check_drafts(visit.bundle)
    except BundleError as error:
        yield Finding(level="problem", sentence=str(error))
    else:
        yield Finding(level="ok", sentence=f"All {len(visit.bundle.library.instruments)} instruments are locked.")


def languages(visit: Visit) -> Iterator[Finding]:
    """Every instrument in use speaks the languages that the area must offer."""
    if visit.bundle is None:
        return
    library = visit.bundle.library
    complete = True
    for key in sorted({key for service in library.services.services for key in service.instruments}):
        missing = [each for each in library.site.required_languages if each not in library.instruments[key].languages]
        if missing:
            complete = False
            yield Finding(
                level="warning",
                sentence=f"Instrument '{key}' is in use and not in {', '.join(missing)}, which site.yaml requires.",
                advice="Translate it, lock the new version and build again.",
            )
    if complete:
        required = ", ".join(library.site.required_languages)
        yield Finding(level="ok", sentence=f"Every instrument in use is in the required languages: {required}.")


def keys(visit: Visit) -> Iterator[Finding]:
    """The secret keys are there, whole, and for their owner alone."""
    try:
        visit.settings.keys()
    except SettingsError as error:
        yield Finding(level="problem", sentence=str(error))
    else:
        yield Finding(
            level="ok",
            sentence="The keys can be read, by their owner alone.",
            advice="Is there a copy in a safe, apart from the answers? Without the keys no code or receipt works.",
        )


def storing(visit: Visit) -> Iterator[Finding]:
    """The store does what is asked of it, and never overwrites; and its clock and ours agree."""
    store = visit.store
    if store is None:
        return
    key = PROBE + codes.new_id(visit.random)
    first, second = b'{"probe":1}', b'{"probe":2}'
    try:
        for left in list(store.scan(PROBE)):
            store.remove(left)
        created = store.create(key, first)
        again = store.create(key, second)
        kept = store.read(key)
        clock = store.time_of(key) if isinstance(store, TellsTime) else None
        store.remove(key)
        gone = store.read(key) is None
    except StoreTrouble as error:
        yield Finding(level="problem", sentence=str(error))
        return
    if again or kept == second:
        yield Finding(
            level="problem",
            sentence="The store overwrites records that are there: answers would be lost.",
            advice="Use a store that creates only, as docs/operators.md names them.",
        )
    elif not (created and kept == first and gone):
        yield Finding(
            level="problem",
            sentence="The store did not keep a record, give it back and remove it as it was told.",
            advice="Ask who runs it; a cache between may be the reason.",
        )
    else:
        yield Finding(level="ok", sentence="The store keeps a record, overwrites nothing, and removes what it is told.")
    if clock is not None:
        yield _clock(visit.now - clock, "that of the store's machine")


def time(visit: Visit) -> Iterator[Finding]:
    """Where no other machine tells the time, it is at least later than what was made here."""
    if isinstance(visit.store, TellsTime) or visit.bundle is None:
        return
    made = datetime.fromtimestamp((visit.settings.bundle / HEAD).stat().st_mtime, UTC)
    if visit.now < made - LATE:
        yield _clock(visit.now - made, "the time at which the pages were built")
    else:
        yield Finding(level="ok", sentence=f"The clock says {visit.now:%Y-%m-%d %H:%M} UTC.")


def _clock(off: timedelta, reference: str) -> Finding:
    seconds = round(abs(off.total_seconds()))
    if abs(off) < LATE:
        return Finding(level="ok", sentence=f"The clock agrees with {reference}.")
    side = "behind" if off < timedelta(0) else "ahead of"
    return Finding(
        level="problem" if abs(off) >= WRONG else "warning",
        sentence=f"The clock is {seconds} seconds {side} {reference}. Windows and times of answers would be wrong.",
        advice="Let the machines keep their time: timedatectl set-ntp true",
    )


def disk(visit: Visit) -> Iterator[Finding]:
    """There is room for answers, where they lie on a disk of this machine."""
    kind, _, place = visit.settings.store.partition(":")
    if kind not in ("sqlite", "folder") or visit.store is None:
        return
    usage = shutil.disk_usage(Path(place).parent if kind == "sqlite" else place)
    share = usage.free / usage.total
    sentence = f"{usage.free / 10**9:.1f} GB of the disk are free, {share:.0%} of it."
    if usage.free < NEARLY_FULL:
        yield Finding(level="problem", sentence=sentence, advice="Free some room now: answers are about to be refused.")
    elif usage.free < LITTLE or share < SHARE:
        yield Finding(level="warning", sentence=sentence, advice="Free some room, or move the store to a larger disk.")
    else:
        yield Finding(level="ok", sentence=sentence)


def tombstones(visit: Visit) -> Iterator[Finding]:
    """What was erased is known in a second place, apart from the store, with every tombstone of the store."""
    place = visit.settings.erasures
    if place == visit.settings.store:
        yield Finding(
            level="problem",
            sentence="Tombstones have no second place: MITTARI_ERASURES names the store itself.",
            advice="Name another place, on another disk or in another bucket, or backups bring back what was erased.",
        )
        return
    if visit.store is None:
        return
    try:
        with contextlib.closing(open_store(place)) as second:
            missing = erasing.unknown_to(second, visit.store)
            count = sum(1 for _key in second.scan("tombstone/"))
    except StoreTrouble as error:
        advice = "Nobody can erase answers until MITTARI_ERASURES names a place that can be written to."
        yield Finding(level="problem", sentence=str(error), advice=advice)
        return
    if missing:
        yield Finding(
            level="problem",
            sentence=f"{len(missing)} tombstones of the store are not in the second place, '{place}'.",
            advice="Is it the right place? A backup would bring back what was erased.",
        )
    else:
        yield Finding(
            level="ok",
            sentence=f"Tombstones have a second place, '{place}', with {count} in it.",
            advice="Is it on another disk than the store, or in another bucket?",
        )


def sealing(visit: Visit) -> Iterator[Finding]:
    """Answers are sealed where site.yaml says so."""
    if visit.bundle is None:
        return
    sealed_to = visit.bundle.library.site.sealed_to
    if not sealed_to:
        yield Finding(level="ok", sentence="Answers are not sealed: whoever holds the store can read them.")
        return
    try:
        if visit.store is not None:
            writing(visit.store, visit.bundle)
    except StoreTrouble as error:
        yield Finding(level="problem", sentence=str(error))
    else:
        yield Finding(
            level="ok",
            sentence=f"Answers are sealed to {len(sealed_to)} keys.",
            advice="Does each of their holders still have theirs, and a copy in a safe?",
        )


CHECKS: tuple[Callable[[Visit], Iterator[Finding]], ...] = (
    *(builds, drafts, languages, keys, storing, time, disk),
    *(tombstones, sealing),
)
