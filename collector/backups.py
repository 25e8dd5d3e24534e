"""Backups: one file of SQLite with every record but tombstones, read back and restored before it is called one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from collector.erasing import erased_since
from collector.opening import all_keys, opened
from collector.stores import Store, StoreTrouble
from collector.stores.sqlite import SQLiteStore
from survey.frozen import dataclass

# The other way round from how they are written: whatever a record points to, or is found by, was there before it. So
# also in a store that is written to meanwhile, no answer comes without its receipt and no code without its
# participation.
ORDER = ("submission/", "receipt/", "code/", "participation/", "number/")
TOMBSTONE = "tombstone/"
Progress = Callable[[int], None]
"""Is told how many more records are done."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """How many records a backup holds, and of them submissions."""

    records: int
    submissions: int


def keys_to_back_up(store: Store) -> Iterator[str]:
    """Every key that belongs in a backup, in an order in which nothing is missing that another needs."""
    for prefix in ORDER:
        yield from store.scan(prefix)
    yield from (key for key in all_keys(store) if not key.startswith((*ORDER, TOMBSTONE)))


def back_up(store: Store, path: Path, *, progress: Progress = lambda done: None) -> Made:
    """Writes a backup to a new file, compares it with the store, restores it beside itself and compares that. The file
    has its name only when all that has been seen to hold. Raises StoreTrouble."""
    if path.exists():
        raise StoreTrouble(f"The file '{path}' exists already and was left alone. Choose another name.")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as folder:
        new, again = Path(folder) / "backup.sqlite", Path(folder) / "restored.sqlite"
        made = _copied(store, new, progress)
        restored = opened(f"sqlite:{again}")
        try:
            source = SQLiteStore(new)
            restore(source, restored, tombstones=[])
            if _unlike(source, restored):
                raise StoreTrouble("The backup could not be restored: what came back is not the same. It was removed.")
            source.close()
        finally:
            restored.close()
        new.rename(path)
    return made


def _copied(store: Store, new: Path, progress: Progress) -> Made:
    target = opened(f"sqlite:{new}")
    try:
        count = submissions = 0
        for key in keys_to_back_up(store):
            body = store.read(key)
            # Whoever erases meanwhile has the last word.
            if body is not None and target.create(key, body):
                count += 1
                submissions += key.startswith("submission/")
            progress(1)
        unlike = [key for key in all_keys(target) if store.read(key) not in (target.read(key), None)]
        if unlike:
            raise StoreTrouble(f"The backup does not hold what the store holds under '{unlike[0]}'. It was removed.")
    finally:
        target.close()
    return Made(records=count, submissions=submissions)


def _unlike(one: Store, other: Store) -> bool:
    keys = list(all_keys(one))
    return keys != list(all_keys(other)) or any(one.read(key) != other.read(key) for key in keys)


def restore(
    backup: Store, store: Store, *, tombstones: list[str], progress: Progress = lambda done: None
) -> tuple[int, int]:
    """Copies a backup into a store that holds no records but tombstones and the log; what has been erased since stays
    erased. How many records came back, and how many were left out. Raises StoreTrouble."""
    if any(not key.startswith((TOMBSTONE, "audit/")) for key in all_keys(store)):
        raise StoreTrouble(
            "The store is not empty, and a backup is restored into an empty one. Name a new store with --store."
        )
    known = {*tombstones, *store.scan(TOMBSTONE)}
    erased = erased_since(sorted(known))
    came = left_out = 0
    # In the order of writing, so that what is broken off half-way has no code without its participation.
    for key in reversed(list(keys_to_back_up(backup))):
        body = backup.read(key)
        progress(1)
        if body is None:
            continue
        if erased(key, body):
            left_out += 1
        elif store.create(key, body):
            came += 1
    for key in sorted(known):
        store.create(key, b'{"record":2}')
    return came, left_out
