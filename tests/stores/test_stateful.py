"""Whatever is done to a store in whatever order, it has what a dict would have: found by Hypothesis, for every kind."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from collector.stores import Store, open_store
from collector.stores.sqlite import SQLiteStore
from tests.fuzzing.conftest import MINUTES, depth
from tests.stores.test_contract import ADDRESSES, SLOW

EXAMPLES = {"sqlite": 30, "folder": 15, "postgresql": 8, "s3": 3, "azure": 3}
SEGMENTS = st.sampled_from(
    ["a", "b", "p_0", "p_00", "p_0-", "start", "1", "10", "JT-2026-017", "A", "2026-03-31T08:15:30.123Z"]
)
# No key of ours has a step in it, and an object store takes none.
KEYS = st.lists(
    SEGMENTS | st.text("abz019_-.:AZ", min_size=1, max_size=12).filter(lambda one: one not in (".", "..")),
    min_size=1,
    max_size=4,
).map("/".join)
BODIES = st.binary(max_size=40) | st.integers(0, 255).map(lambda byte: bytes([byte]) * 20_000)


class Stored(RuleBasedStateMachine):
    """A store beside a dict. `address` gives the address of a store for each example, empty or emptied."""

    address: Callable[[], str]
    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.at = type(self).address()
        self.store = self.opened()
        for key in list(self.store.scan("")):
            self.store.remove(key)
        self.model: dict[str, bytes] = {}

    def opened(self) -> Store:
        return open_store(self.at)

    def teardown(self) -> None:
        self.store.close()

    @rule(target=keys, key=KEYS, body=BODIES)
    def create(self, key: str, body: bytes) -> str:
        assert self.store.create(key, body) is (key not in self.model)
        self.model.setdefault(key, body)
        return key

    @rule(key=keys, body=BODIES)
    def create_again(self, key: str, body: bytes) -> None:
        assert self.store.create(key, body) is (key not in self.model)
        self.model.setdefault(key, body)

    @rule(chain=st.lists(st.tuples(KEYS | keys, BODIES), max_size=4))
    def create_in_order(self, chain: list[tuple[str, bytes]]) -> None:
        expected = 0
        for key, body in chain:
            if key in self.model:
                break
            self.model[key] = body
            expected += 1
        assert self.store.create_in_order(*chain) == expected

    @rule(key=keys)
    def read(self, key: str) -> None:
        assert self.store.read(key) == self.model.get(key)

    @rule(key=KEYS)
    def read_any(self, key: str) -> None:
        assert self.store.read(key) == self.model.get(key)

    @rule(key=keys, length=st.integers(0, 30))
    def scan(self, key: str, length: int) -> None:
        prefix = key[:length]
        assert list(self.store.scan(prefix)) == sorted(each for each in self.model if each.startswith(prefix))

    @rule(some=st.lists(keys, min_size=1, max_size=3), length=st.integers(1, 30))
    def keys_below(self, some: list[str], length: int) -> None:
        cut = {key[:length] for key in some}
        prefixes = [one for one in cut if not any(one != other and one.startswith(other) for other in cut)]
        found = {key: body for key, body in self.model.items() if key.startswith(tuple(prefixes))}
        expected = {key: found[key] if key.startswith(prefixes[0]) else None for key in sorted(found)}
        assert list(self.store.below(*prefixes).items()) == list(expected.items())

    @rule(key=keys)
    def remove(self, key: str) -> None:
        self.store.remove(key)
        self.model.pop(key, None)

    @rule(key=KEYS)
    def remove_any(self, key: str) -> None:
        self.store.remove(key)
        self.model.pop(key, None)

    @rule(target=keys, key=keys)
    def remove_while_scanning(self, key: str):  # type: ignore[no-untyped-def]
        prefix = key.partition("/")[0]
        for each in self.store.scan(prefix):
            self.store.remove(each)
            del self.model[each]
        return multiple()

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = self.opened()

    @rule()
    def another_opening(self) -> None:
        other = self.opened()
        assert {key: other.read(key) for key in other.scan("")} == self.model
        other.close()

    @invariant()
    def has_what_the_dict_has(self) -> None:
        assert list(self.store.scan("")) == sorted(self.model)


class StoredAtOnce(Stored):
    """The same with several who want one key at once."""

    @rule(key=Stored.keys, bodies=st.lists(st.binary(min_size=1, max_size=9), min_size=2, max_size=5, unique=True))
    def create_at_once(self, key: str, bodies: list[bytes]) -> None:
        with ThreadPoolExecutor(len(bodies)) as pool:
            stored = list(pool.map(lambda body: self.store.create(key, body), bodies))
        assert sum(stored) == (key not in self.model)
        if key not in self.model:
            self.model[key] = bodies[stored.index(True)]


def _machine(kind: type[Stored], address: Callable[[], str]) -> type[Stored]:
    return type("StoredThere", (kind,), {"address": staticmethod(address)})


@pytest.mark.parametrize("kind", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in ADDRESSES])
def test_a_store_is_a_dict_that_lasts(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Creating, also at once, reading, scanning from anywhere, removing and opening again, in any order."""
    numbers = itertools.count()
    one = ADDRESSES[kind](request, tmp_path)
    local = kind in ("sqlite", "folder")
    machine = _machine(StoredAtOnce, lambda: ADDRESSES[kind](request, tmp_path / str(next(numbers))) if local else one)
    looked = depth(EXAMPLES[kind] * max(1, 20 * MINUTES))
    # Making a failure over a network short takes very long: that is for `make fuzz`.
    short = looked if local or MINUTES else settings(looked, phases=[Phase.generate])
    run_state_machine_as_test(machine, settings=short)


def test_a_store_that_forgets_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look fails where a second create overwrites, and where a scan compares without the case of letters."""
    numbers = itertools.count()
    machine = _machine(Stored, lambda: f"sqlite:{tmp_path / str(next(numbers)) / 'store.sqlite'}")
    found = settings(depth(50), report_multiple_bugs=False, phases=[Phase.generate])
    create = SQLiteStore.create

    def overwrites(self: SQLiteStore, key: str, body: bytes) -> bool:
        there = self.read(key) is not None
        self.remove(key)
        create(self, key, body)
        return not there

    with monkeypatch.context() as planted, pytest.raises(AssertionError):
        planted.setattr(SQLiteStore, "create", overwrites)
        run_state_machine_as_test(machine, settings=found)
    scan = SQLiteStore.scan
    with monkeypatch.context() as planted, pytest.raises(AssertionError):
        planted.setattr(SQLiteStore, "scan", lambda self, prefix: iter(sorted(scan(self, prefix), key=str.lower)))
        run_state_machine_as_test(machine, settings=found)
