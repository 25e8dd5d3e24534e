"""Which cells of a table may be shown, so that no hidden one can be worked out from the others.

Services lie in kinds, and kinds in all: the shown places are nested or apart. What can be computed from the shown
totals is therefore built of *remainders*: a shown place without the largest shown places inside it. They do not
overlap, so a hidden figure is safe if and only if every remainder is empty or would pass by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

Level = Literal["service", "kind", "all", "provider", "contract"]
Arm = Literal["intervention", "comparison"]


@dataclass(frozen=True, kw_only=True, order=True)
class Place:
    """What a row of a table is about: one service, one kind of service, or all services, of one arm; or all services
    of a provider or a contract, which lie across kinds."""

    arm: Arm = "intervention"
    kind: str | None = None
    service: str | None = None
    provider: str | None = None
    contract: str | None = None

    @property
    def level(self) -> Level:
        if self.provider is not None:
            return "provider"
        if self.contract is not None:
            return "contract"
        return "service" if self.service is not None else "kind" if self.kind is not None else "all"

    @property
    def parents(self) -> tuple[Place, ...]:
        """The wider places, the narrowest first. What lies across kinds has none that a figure could climb to."""
        return _parents(self)

    def holds(self, other: Place) -> bool:
        """Whether another place lies within this one, or is it."""
        if self.level in ("provider", "contract") or other.level in ("provider", "contract") or self.arm != other.arm:
            return self == other
        return self.kind in (None, other.kind) and self.service in (None, other.service)


@cache
def _parents(place: Place) -> tuple[Place, ...]:
    if place.level in ("provider", "contract"):
        return ()
    above = (Place(arm=place.arm, kind=place.kind), Place(arm=place.arm))
    return above[("service", "kind", "all").index(place.level) :]


def with_parents(services: Iterable[Place]) -> tuple[Place, ...]:
    """These services with every kind and arm above them; all first, then each kind before its services."""
    places = {place for service in services for place in (service, *service.parents)}
    return tuple(sorted(places, key=lambda p: (p.arm != "intervention", p.kind or "", p.service or "")))


Units = Mapping[str, tuple[str, str | None]]
"""Who provides each service, and under which contract."""


def across(services: Iterable[Place], units: Units) -> Mapping[Place, frozenset[Place]]:
    """The providers and contracts of some services, in their order, with the services of each."""
    found: dict[Place, set[Place]] = {}
    for place in services:
        provider, contract = units.get(place.service or "", (None, None))
        if provider is not None:
            found.setdefault(Place(arm=place.arm, provider=provider), set()).add(place)
        if contract is not None:
            found.setdefault(Place(arm=place.arm, contract=contract), set()).add(place)
    return {unit: frozenset(found[unit]) for unit in sorted(found, key=_of_unit)}


def _of_unit(place: Place) -> tuple[bool, str, str]:
    return place.arm != "intervention", place.provider or "", place.contract or ""


def showable(counts: Mapping[Place, tuple[int, ...]], minimum: int, *, secondary: bool = True) -> frozenset[Place]:
    """The places whose cells may be shown.

    `counts` holds, for each service, the numbers of people in its cells; each must reach `minimum` (a zero does not).
    With `secondary` off only this first rule is applied: for tests, which must notice.
    """
    shown = {p for p in with_parents(counts) if _passes(counts, [s for s in counts if p.holds(s)], minimum)}
    while secondary and (failing := _failing(counts, shown, minimum)):
        shown.remove(min(failing, key=lambda place: (_size(counts, place), place.level != "service", place)))
    return frozenset(shown)


def _failing(counts: Mapping[Place, tuple[int, ...]], shown: set[Place], minimum: int) -> list[Place]:
    """The places shown inside the first place whose remainder would give a small cell away."""
    for place in sorted((p for p in shown if p.level != "service"), key=lambda p: (p.level == "all", p)):
        above = {place, *place.parents}
        largest = [p for p in shown if p not in above and place.holds(p) and not shown & {*p.parents} - above]
        hidden = [s for s in counts if place.holds(s) and not shown & {s, *s.parents} - above]
        if hidden and not _passes(counts, hidden, minimum):
            return largest
    return []


def _passes(counts: Mapping[Place, tuple[int, ...]], services: list[Place], minimum: int) -> bool:
    return all(sum(cell) >= minimum for cell in zip(*(counts[s] for s in services), strict=True))


def _size(counts: Mapping[Place, tuple[int, ...]], place: Place) -> int:
    return sum(sum(cells) for service, cells in counts.items() if place.holds(service))
