"""From one store to another: records are copied, then read from both and compared. Repeating it copies what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collector.stores import Store, StoreTrouble


def copied(source: Store, target: Store, keys: Iterable[str]) -> Iterator[bool]:
    """Copies records, and says of each whether it is new there. Nothing is overwritten: StoreTrouble where the target
    has another record under a key."""
    for key in keys:
        body = source.read(key)
        # Whoever erases meanwhile has the last word.
        if body is None:
            yield False
            continue
        created = target.create(key, body)
        if not created and target.read(key) != body:
            raise StoreTrouble(
                f"The store that is copied to has another record under '{key}'. Nothing was overwritten. Copy to an "
                "empty store."
            )
        yield created


def unlike(source: Store, target: Store, keys: Iterable[str]) -> Iterator[str]:
    """The keys under which the two stores do not hold the same bytes."""
    for key in keys:
        if source.read(key) != target.read(key):
            yield key
