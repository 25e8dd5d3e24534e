"""A dataclass that is written when it is first used is what the standard library makes of it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

import pytest

from survey import frozen
from survey.frozen import dataclass
from tests.conftest import ROOT

NAMESPACE: dict[str, Any] = {
    "__annotations__": {"name": "str", "parts": "Sequence[str]", "more": "Mapping[str, int]", "count": "int"},
    "__module__": __name__,
    "__doc__": "A thing.",
    "parts": (),
    "more": field(default_factory=dict, metadata={"derived": True}),
    "count": field(default=3, repr=False),
    "twice": property(lambda self: 2 * self.count),
}
OPTIONS: list[dict[str, bool]] = [
    {"frozen": True}, {"frozen": True, "kw_only": True}, {"frozen": True, "eq": False}, {"frozen": True, "repr": False},
    {"frozen": True, "order": True}, {},
]  # fmt: skip


def made(options: dict[str, bool], *, late: bool) -> Any:
    cls = type("Thing", (), dict(NAMESPACE))
    return dataclass(**options)(cls) if late else dataclasses.dataclass(**options)(cls)  # type: ignore[call-overload]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "-".join(options) or "plain")
@pytest.mark.parametrize("first", ["init", "fields", "params", "match", "is", "instance"])
def test_it_is_the_same(options: dict[str, bool], first: str) -> None:
    """Whatever is used first."""
    late, soon = made(options, late=True), made(options, late=False)
    {
        "init": lambda: late(name="a"),
        "fields": lambda: dataclasses.fields(late),
        "params": lambda: late.__dataclass_params__,
        "match": lambda: late.__match_args__,
        "is": lambda: dataclasses.is_dataclass(late),
        "instance": lambda: object.__new__(late) == 1,
    }[first]()
    assert [(f.name, f.default, f.metadata) for f in dataclasses.fields(late)] == [
        (f.name, f.default, f.metadata) for f in dataclasses.fields(soon)
    ]
    assert late.__match_args__ == soon.__match_args__ and str(late.__dataclass_params__) == str(
        soon.__dataclass_params__
    )
    assert {name for name in vars(late) if not name.startswith("_")} == {
        name for name in vars(soon) if not name.startswith("_")
    }
    one, other = late(name="a", parts=("b",)), soon(name="a", parts=("b",))
    assert (one.count, one.more, one.twice) == (other.count, other.more, other.twice)
    assert (one == late(name="a", parts=("b",))) is (other == soon(name="a", parts=("b",)))
    assert one != other and dataclasses.asdict(one) == dataclasses.asdict(other)
    assert dataclasses.replace(one, count=5).count == 5
    if options.get("repr", True):
        assert repr(one) == repr(other)
    for wrong in ({}, {"name": "a", "unknown": 1}):
        with pytest.raises(TypeError):
            late(**wrong)
    if options.get("kw_only"):
        with pytest.raises(TypeError):
            late("a")
    if options.get("frozen"):
        for name in ("name", "unknown"):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(one, name, "b")
            with pytest.raises(dataclasses.FrozenInstanceError):
                delattr(one, name)


@dataclass(frozen=True)
class Base:
    """What others are made of."""

    name: str
    parts: Sequence[str] = ()

    def __hash__(self) -> int:
        return 7


@dataclass(frozen=True, kw_only=True)
class Below(Base):
    """One that has more."""

    more: Mapping[str, int] = field(default_factory=dict)


def test_one_below_another() -> None:
    """Fields are inherited, and a method of one's own is kept."""
    assert [f.name for f in dataclasses.fields(Below)] == ["name", "parts", "more"]
    below = Below("a", more={"b": 1})
    assert below == Below("a", more={"b": 1}) and below != Base("a") and hash(Base("a")) == 7
    match Base("c", ("d",)):
        case Base(name, parts):
            assert (name, parts) == ("c", ("d",))


def test_copies() -> None:
    """Deep ones too."""
    below = Below("a", more={"b": 1})
    assert copy.copy(below) == copy.deepcopy(below) == pickle.loads(pickle.dumps(below)) == below


def test_what_comes_from_another_process_before_anything_was_used() -> None:
    """It was made there, and is compared, shown and a key here."""
    code = """
import pickle, sys
from survey.calculation import Number
one, other = pickle.loads(sys.stdin.buffer.read())
assert {one: 1}[other] == 1 and one == other and "2.5" in repr(one), one
"""
    from survey.calculation import Number

    sent = pickle.dumps((Number(2.5), Number(2.5)))
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, input=sent, check=True)


def test_many_threads_at_first() -> None:
    """None of them sees half a class."""
    for _ in range(20):
        late, gate = made({"frozen": True}, late=True), threading.Barrier(16)
        found: list[object] = []

        def first(late: Any = late, gate: threading.Barrier = gate, found: list[object] = found) -> None:
            gate.wait()
            found.append(late("a", count=4))

        threads = [threading.Thread(target=first) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [late("a", count=4)] * 16


def test_little_is_written_before_it_is_needed() -> None:
    """Of all that the collector loads."""
    code = """
from survey import frozen
made = []
written = frozen._Later.written
frozen._Later.written = lambda self, name: made.append(self.cls) or written(self, name)
import collector
print(len(set(made)))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(run.stdout) < 10
    assert frozen.__all__ == ["dataclass"]
