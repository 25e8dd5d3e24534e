"""A store as the collector and its commands use it: of a format that this version knows, and sealing where the site
says so."""

from __future__ import annotations

from collections.abc import Iterator

from collector.bundle import Bundle
from collector.stores import Store, StoreTrouble, open_store
from survey import answers, records

_FORMAT = "format/"


def opened(address: str, *, make: bool = True) -> Store:
    """The store at an address. Raises StoreTrouble, also where a later version of Mittari has written to it.

    Records of earlier formats are read as they are. What this version writes cannot be read by an earlier one: the
    first time it opens a store it leaves a mark, and an earlier one refuses the store from then on.
    """
    store = open_store(address, make=make)
    try:
        formats = [int(key.removeprefix(_FORMAT)) for key in store.scan(_FORMAT)]
        if max(formats, default=0) > records.FORMAT:
            raise StoreTrouble(
                f"The store was written by a later Mittari: its format is {max(formats)}, and this one knows "
                f"{records.FORMAT}. Update Mittari first."
            )
        if make and records.FORMAT not in formats:
            store.create(f"{_FORMAT}{records.FORMAT:04d}", b"{}")
    except BaseException:
        store.close()
        raise
    return store


def all_keys(store: Store) -> Iterator[str]:
    """The key of every record; the marks of formats are none."""
    return (key for key in store.scan("") if not key.startswith(_FORMAT))


def writing(store: Store, bundle: Bundle) -> Store:
    """The store that answers are written to: one that seals them, where site.yaml names to whom."""
    sealed_to = bundle.library.site.sealed_to
    if not sealed_to:
        return store
    from collector.sealing import SealingStore

    words = {key: answers.in_words(instrument) for key, instrument in bundle.library.instruments.items()}
    return SealingStore(store, sealed_to, words)
