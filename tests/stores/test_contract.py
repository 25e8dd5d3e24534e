"""One contract for every store. A backend is added to ADDRESSES and nothing else changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.stores import Store, StoreTrouble, open_store

Open = Callable[[], Store]
ADDRESSES: dict[str, Callable[[pytest.FixtureRequest, Path], str]] = {
    "sqlite": lambda request, folder: f"sqlite:{folder / 'a' / 'store.sqlite'}",
    "postgresql": lambda request, folder: str(request.getfixturevalue("database")),
    "folder": lambda request, folder: f"folder:{folder / 'a' / 'store'}",
    "s3": lambda request, folder: str(request.getfixturevalue("bucket")),
    "azure": lambda request, folder: str(request.getfixturevalue("container")),
}
SLOW = {"s3", "azure"}


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in ADDRESSES])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the store of a backend, again and again the same one."""
    opened: list[Store] = []
    address = ADDRESSES[request.param](request, tmp_path)

    def again() -> Store:
        opened.append(open_store(address))
        return opened[-1]

    yield again
    for store in opened:
        store.close()


@pytest.fixture
def store(reopen: Open) -> Store:
    return reopen()


def test_what_was_created_is_read(store: Store) -> None:
    """Bytes come back as they were; a missing key is None."""
    assert store.create("a/1", b"\x00one\xff") is True
    assert store.read("a/1") == b"\x00one\xff"
    assert store.read("a/2") is None
    assert store.read("") is None


def test_create_never_overwrites(store: Store) -> None:
    """The second create says so, and the first record stays."""
    assert store.create("a/1", b"first") is True
    assert store.create("a/1", b"second") is False
    assert store.read("a/1") == b"first"


def test_scan_gives_the_keys_below_a_prefix_in_order(store: Store) -> None:
    """In the order of bytes, and nothing that only looks alike."""
    for key in ("b/2", "a/1", "b/10", "b/1", "b", "b0", "c/1", "B/1"):
        store.create(key, b"x")
    assert list(store.scan("b/")) == ["b/1", "b/10", "b/2"]
    assert list(store.scan("")) == ["B/1", "a/1", "b", "b/1", "b/10", "b/2", "b0", "c/1"]
    assert list(store.scan("d/")) == []


def test_scan_begins_anywhere_in_a_key(store: Store) -> None:
    """A prefix may end inside a segment, and characters below and above the slash stand in the order of bytes."""
    keys = ["s/p_a-b/1", "s/p_a/1", "s/p_a/10", "s/p_a/2", "s/p_a_c/1", "s/p_ab"]
    for key in ("s/q", "p_a", *reversed(keys)):
        store.create(key, b"x")
    assert list(store.scan("s/p_a")) == keys
    assert list(store.scan("s/p_ab")) == ["s/p_ab"]
    assert list(store.scan("s/p_a/1")) == ["s/p_a/1", "s/p_a/10"]


def test_what_is_below_several_prefixes(store: Store) -> None:
    """At one look, in order, with the records below the first, and nothing besides."""
    for key in ("a/1", "a/10", "a/2", "b/1", "c", "c/1", "c1", "d/1"):
        store.create(key, key.encode())
    assert list(store.below("c/", "x/", "a/1").items()) == [("a/1", None), ("a/10", None), ("c/1", b"c/1")]
    assert store.below("x/") == {}


def test_create_says_false_also_for_the_same_bytes(store: Store) -> None:
    """Who was first is told by who wrote, not by what."""
    assert store.create("a/1", b"same") is True
    assert store.create("a/1", b"same") is False


def test_scan_goes_over_many_keys_once(store: Store) -> None:
    """Longer than any page of the backend, and records that come meanwhile do no harm."""
    keys = [f"n/{n:05d}" for n in range(2345)]
    for key in keys:
        store.create(key, b"x")
    seen = []
    for key in store.scan("n/"):
        if not seen:
            store.create("m/late", b"x")
        seen.append(key)
    assert seen == keys


def test_remove(store: Store) -> None:
    """A removed record is gone and its key free; removing nothing is no error."""
    store.create("a/1", b"x")
    store.remove("a/1")
    store.remove("a/1")
    assert store.read("a/1") is None
    assert store.create("a/1", b"y") is True


def test_another_opening_sees_what_was_stored(reopen: Open) -> None:
    """What was acknowledged is there for the next process."""
    reopen().create("a/1", b"x")
    assert reopen().read("a/1") == b"x"


def test_of_many_who_create_one_key_one_is_first(store: Store) -> None:
    """Forty threads at once: one True, and its bytes are what is stored."""
    outcomes: dict[bytes, bool] = {}
    gate = threading.Barrier(40)

    def create(body: bytes) -> None:
        gate.wait()
        outcomes[body] = store.create("one", body)

    threads = [threading.Thread(target=create, args=(b"%d" % n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [body for body, created in outcomes.items() if created]
    assert len(outcomes) == 40 and len(winners) == 1
    assert store.read("one") == winners[0]


def test_many_threads_with_keys_of_their_own_all_succeed(store: Store) -> None:
    """Requests that share a commit each get their own answer."""
    failed: list[int] = []
    gate = threading.Barrier(16)

    def work(n: int) -> None:
        gate.wait()
        for m in range(25):
            if not store.create(f"k/{n}/{m}", b"x"):
                failed.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed and len(list(store.scan("k/"))) == 400


def test_a_chain_is_stored_in_order_up_to_a_key_that_exists(store: Store) -> None:
    """Nothing after such a key is stored, and the count says where it is."""
    assert store.create_in_order(("a/1", b"one"), ("a/2", b"two"), ("a/3", b"three")) == 3
    assert [store.read(f"a/{n}") for n in (1, 2, 3)] == [b"one", b"two", b"three"]
    assert store.create_in_order(("b/1", b"x"), ("a/2", b"x"), ("b/2", b"x")) == 1
    assert store.create_in_order(("a/1", b"x"), ("b/3", b"x")) == 0
    assert store.create_in_order(("c/1", b"one"), ("c/1", b"two")) == 1
    assert store.create_in_order() == 0
    assert {key: store.read(key) for key in store.scan("")} == {
        "a/1": b"one", "a/2": b"two", "a/3": b"three", "b/1": b"x", "c/1": b"one",
    }  # fmt: skip


def test_of_many_chains_at_once_each_key_goes_to_one_that_stored_what_comes_before(store: Store) -> None:
    """Forty threads that share commits: whoever lost the first key has stored nothing after it, and of those who won
    theirs one has the key that all want; whole chains and single records, long and short."""
    counts: dict[int, int] = {}
    gate = threading.Barrier(40)

    def create(n: int) -> None:
        body = b"%d" % n
        # Four want each first key, and all the second; the third is one's own.
        chain = [(f"first/{n // 4}", body), ("second", body), (f"third/{n}", body)][: 1 + n % 4]
        gate.wait()
        counts[n] = store.create_in_order(*chain)

    threads = [threading.Thread(target=create, args=(n,)) for n in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {}
    for n, count in counts.items():
        keys = [f"first/{n // 4}", "second", f"third/{n}"][: 1 + n % 4]
        expected |= dict.fromkeys(keys[:count], b"%d" % n)
    assert len(counts) == 40 and {key: store.read(key) for key in store.scan("")} == expected
    assert sum(count >= 1 for count in counts.values()) == 10
    assert sum(count >= 2 for count in counts.values()) <= 1


def test_an_unknown_address_is_refused_with_what_to_write() -> None:
    """The sentence shows the form."""
    for address in ("", "sqlite:", "mysql:x", "store.sqlite", "postgresql:x"):
        with pytest.raises(StoreTrouble) as error:
            open_store(address)
        assert str(error.value) == (
            f"The store address '{address}' is not known. Write it like sqlite:var/store.sqlite, "
            "postgresql://mittari@db.example.fi/mittari, folder:/var/lib/mittari/records, s3://bucket/mittari, "
            "azure://container/mittari or gs://bucket/mittari."
        )
    with pytest.raises(StoreTrouble, match=r"^The store address 'mysql://me:…@db/x' is not known\."):
        open_store("mysql://me:secret@db/x")
