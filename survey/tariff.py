"""A shadow tariff: what a contract by results would pay for what. Staff write it, so it is read as strictly as
instruments, and every key is a field of the classes below. Nothing is paid by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from datetime import date
from typing import Any, Literal

from survey import problems as p
from survey.frozen import dataclass
from survey.located import Read
from survey.model import Instrument, Library, waves_of
from survey.problems import Place, Problem
from survey.values import read_whole

MARK = "tariff"
MOST = 1_000_000_000
"""No price or cap is above it: a slip of the keyboard is."""
_OF_OUTCOME = ("at", "price", "verified", "accuracy")
_OF_CHANGE = ("per_point", "adjusted", "floor", "cap")
_NEEDED = {"outcome": ("at", "price"), "change": ("per_point",)}


def _form(name: str, **default: Any) -> Any:
    return field(metadata={"form": name}, **default)


def _between(least: float, most: float = MOST, **default: Any) -> Any:
    return field(metadata={"between": (least, most)}, **default)


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """How often a person's own word about an outcome is right: of those who reached it (`sensitivity`) and of those
    who did not (`specificity`), as shares from 0 to 1."""

    sensitivity: float = _between(0, 1)
    specificity: float = _between(0, 1)
    source: str


@dataclass(frozen=True, kw_only=True)
class Result:
    """What is paid for: an outcome (`price` for each participation that reached it at a wave), or the change of a
    dimension (`per_point` towards its better end, from `floor` to `cap` for each participation).

    `adjusted`: of the change, what does not follow from a higher or lower start. Without a `cap` there is none.
    """

    outcome: Literal["employment", "education"] | None = None
    at: str | None = _form("item", default=None)
    price: float | None = _between(0, default=None)
    verified: Literal["register", "self_report"] = "self_report"
    accuracy: Accuracy | None = None
    change: str | None = _form("item", default=None)
    per_point: float | None = _between(0, default=None)
    adjusted: bool = False
    floor: float = _between(-MOST, 0, default=0.0)
    cap: float | None = _between(0, default=None)

    @property
    def key(self) -> str:
        """`employment.followup_6`, `job_search`: what tells results of a tariff apart."""
        return f"{self.outcome}.{self.at}" if self.outcome is not None else str(self.change)


@dataclass(frozen=True, kw_only=True)
class Cap:
    """The most that is paid: for a participation, for a contract; and the largest share (0 to 1) of what is paid for a
    contract that may be for results."""

    per_participation: float | None = _between(0, default=None)
    per_contract: float | None = _between(0, default=None)
    share_of_results: float | None = _between(0, 1, default=None)


@dataclass(frozen=True, kw_only=True)
class Window:
    """Which participations count: those that started, or ended, from one day to another, both included."""

    first: str = _form("date")
    last: str = _form("date")
    counts: Literal["started", "ended"] = "started"

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day. Raises ValueError where one is no date."""
        return date.fromisoformat(self.first), date.fromisoformat(self.last)


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """The file of a tariff: for which contracts of services.yaml it is, or for which services, each by itself; what is
    paid for a participation (`fixed_fee`) and for its results."""

    tariff: str = _form("id")
    version: int = _between(1, 9999)
    contracts: tuple[str, ...] = ()
    services: tuple[str, ...] = _form("id", default=())
    currency: Literal["EUR"] = "EUR"
    fixed_fee: float = _between(0, default=0.0)
    results: tuple[Result, ...]
    cap: Cap = Cap()
    window: Window

    @property
    def key(self) -> str:
        """`name@version`, by which it is cited."""
        return f"{self.tariff}@{self.version}"


def read(data: bytes, *, file: str) -> tuple[Read[Tariff] | None, tuple[Problem, ...]]:
    """The tariff in a file, None where it cannot be used, and every problem of it, sorted."""
    return read_whole(Tariff, data, file=file, mark=MARK, unknown=p.tariff_unknown, disagreements=_disagreements)


# --- what the values must agree on -----------------------------------------------------------------------------------


def _disagreements(read: Read[Tariff]) -> Iterator[Problem]:
    tariff = read.value
    if read.has("contracts") == read.has("services"):
        yield p.tariff_whom(read.place("services" if read.has("services") else "tariff"))
    for key in ("contracts", "services"):
        yield from _repeated(read, key, getattr(tariff, key))
    # Positions are those of the file only where every result could be read.
    if read.count("results") == len(tariff.results):
        yield from _repeated(read, "results", tuple(result.key for result in tariff.results))
        for n, result in enumerate(tariff.results):
            yield from _result(read, n, result)
    if read.count("results") == 0:
        yield p.tariff_results_none(read.place("results"))
    yield from _caps(read)
    yield from _window(read)


def _window(read: Read[Tariff]) -> Iterator[Problem]:
    window = read.value.window
    try:
        first, last = window.days
    except ValueError:
        # What is no date has been told already.
        return
    if last < first:
        yield p.tariff_window(read.place("window", "last"), first=window.first, last=window.last)


def _repeated(read: Read[Tariff], key: str, names: tuple[str, ...]) -> Iterator[Problem]:
    for n, name in enumerate(names):
        if name in names[:n]:
            yield p.tariff_repeated(read.place(key, n), name=name, key=key)


def _result(read: Read[Tariff], n: int, result: Result) -> Iterator[Problem]:
    def place(key: str) -> Place:
        return read.place("results", n, key)

    if read.has("results", n, "outcome") == read.has("results", n, "change"):
        yield p.tariff_result(place("change"))
        return
    kind = "change" if result.outcome is None else "outcome"
    for key in read.keys("results", n):
        if key in (_OF_CHANGE if kind == "outcome" else _OF_OUTCOME):
            yield p.tariff_result_key(place(key), key=key, kind=kind)
    for key in _NEEDED[kind]:
        if not read.has("results", n, key):
            yield p.key_missing(place(kind), key=key, within=p.part("Result"))
    if kind == "outcome" and result.accuracy is not None:
        if result.verified == "register":
            yield p.tariff_accuracy_register(place("accuracy"))
        elif result.accuracy.sensitivity + result.accuracy.specificity <= 1:
            yield p.tariff_accuracy(place("accuracy"))


def _caps(read: Read[Tariff]) -> Iterator[Problem]:
    tariff = read.value
    for key in ("per_participation", "per_contract"):
        most = getattr(tariff.cap, key)
        if most is not None and most < tariff.fixed_fee:
            yield p.tariff_cap(read.place("cap", key), key=key, cap=most, fee=tariff.fixed_fee)
    if tariff.cap.share_of_results is not None and tariff.fixed_fee == 0:
        yield p.tariff_share(read.place("cap", "share_of_results"))


# --- what services.yaml and the instruments must know ----------------------------------------------------------------


def check(read: Read[Tariff], library: Library) -> tuple[Problem, ...]:
    """What a tariff names that its services do not have, sorted: contracts, services, waves, outcomes, dimensions.

    A warning is that of a dimension without a reference: how much chance alone would be paid cannot be told then.
    """
    return tuple(sorted({*_whom(read, library), *_what(read, library)}))


def _whom(read: Read[Tariff], library: Library) -> Iterator[Problem]:
    services = library.services.services
    contracts = sorted({service.contract for service in services if service.contract})
    for n, contract in enumerate(read.value.contracts):
        if contract not in contracts:
            yield p.tariff_contract(read.place("contracts", n), contract=contract, known=contracts)
    ids = [service.id for service in services]
    for n, id in enumerate(read.value.services):
        if id not in ids:
            yield p.tariff_service(read.place("services", n), service=id, known=ids)


def _what(read: Read[Tariff], library: Library) -> Iterator[Problem]:
    for named, instruments in _instruments(read.value, library):
        carriers = [instrument for instrument in instruments if instrument.respondent == "client"]
        for n, result in enumerate(read.value.results):
            if result.outcome is not None and not _asks(result, carriers):
                place = read.place("results", n, "at")
                yield p.tariff_outcome(place, named=named, outcome=result.outcome, wave=str(result.at))
            elif result.change is not None:
                yield from _change(read, n, result.change, named, carriers)


def _instruments(tariff: Tariff, library: Library) -> Iterator[tuple[str, list[Instrument]]]:
    """What each contract, or each service, that is known asks."""
    for key, names in (("contract", tariff.contracts), ("id", tariff.services)):
        for name in names:
            asked = [service.instruments for service in library.services.services if getattr(service, key) == name]
            if asked:
                yield name, [library.instruments[i] for each in asked for i in each if i in library.instruments]


def _asks(result: Result, instruments: list[Instrument]) -> bool:
    return any(
        item.outcome == result.outcome and not item.then and result.at in waves_of(item, instrument)
        for instrument in instruments
        for item in instrument.items()
    )


def _change(read: Read[Tariff], n: int, dimension: str, named: str, instruments: list[Instrument]) -> Iterator[Problem]:
    place = read.place("results", n, "change")
    known = {id: each for instrument in instruments for id, each in instrument.dimensions.items()}
    if dimension not in known:
        yield p.tariff_dimension(place, named=named, dimension=dimension, known=tuple(known))
    elif known[dimension].reference is None:
        yield p.tariff_reference(place, dimension=dimension)
