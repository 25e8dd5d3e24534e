"""The elements of an instrument, one by one, so that an export can say what became of each of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.loss import Kind, Loss
from survey.model import Alarm, Dimension, Instrument, Item, Row, Scale, Section

SETTINGS = ("title", "waves", "languages", "respondent", "source", "review", "target_minutes", "intro")
"""The keys of an instrument that are an element each, where they are set."""


@dataclass(frozen=True, kw_only=True)
class Element:
    """One element: its place as a person finds it, its name, and what it is. A setting is its key and its value."""

    where: str
    what: str
    value: Item | Row | Section | Scale | Dimension | Alarm | tuple[str, object]


Judge = Callable[[Element], tuple[Kind, str]]
"""What becomes of an element in a format, and why."""
CAME: tuple[Kind, str] = ("came", "")
PICTURES_LEFT = "Pictures of options are left out; their words stand."
RECORDINGS_LEFT = "Recordings of it are left out; its words stand."


def losses(instrument: Instrument, judge: Judge) -> tuple[Loss, ...]:
    """An entry for each element of an instrument, as the format judges it."""
    found = []
    for element in elements(instrument):
        kind, why = judge(element)
        found.append(Loss(kind=kind, where=element.where, what=element.what, why=why))
    return tuple(found)


def elements(instrument: Instrument) -> Iterator[Element]:
    """Every element, in the order of the file: settings, scales, dimensions, sections with their items, alarms."""
    for f in dataclasses.fields(instrument):
        if f.name in SETTINGS and (value := getattr(instrument, f.name)):
            yield Element(where=f.name, what=f.name, value=(f.name, value))
    for id, scale in instrument.scales.items():
        yield Element(where=f"scales, {id}", what=f"scale {id}", value=scale)
    for id, dimension in instrument.dimensions.items():
        yield Element(where=f"dimensions, {id}", what=f"dimension {id}", value=dimension)
    for number, section in enumerate(instrument.sections, 1):
        yield Element(where=f"section {number}", what=f"section {number}", value=section)
        for item in section.items:
            place = f"section {number}, {item.id}"
            yield Element(where=place, what=f"{item.type} {item.id}", value=item)
            for row in item.rows:
                yield Element(where=f"{place}, {row.id}", what=f"row {row.id}", value=row)
    for key in ("alarms", "thanks"):
        for number, alarm in enumerate(getattr(instrument, key), 1):
            yield Element(where=f"{key}, {number}", what=f"{key} on {alarm.item}", value=alarm)


def judged(*, left: str = "", changed: str = "") -> tuple[Kind, str]:
    """What became of an element, from the reasons that there are."""
    if left:
        return "left", left
    return ("changed", changed) if changed else CAME


def unheard_and_unseen(asked: Item | Row) -> Iterator[str]:
    """What is said of an item's pictures and recordings where there are words alone."""
    if isinstance(asked, Item) and any(option.image for option in asked.options):
        yield PICTURES_LEFT
    if asked.audio:
        yield RECORDINGS_LEFT
