"""The sheet choices of an XLSForm: lists of options, which items share or have for themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange import naming
from exchange.loss import Element, Ledger, told
from exchange.xlsform_sheets import Form, Line, Tongues
from survey.answers import OTHER
from survey.marking import _
from survey.model import Item, Scale, Section, Value


@dataclass(frozen=True)
class Choice:
    name: str
    value: Value
    label: Mapping[str, str]
    image: str
    element: Element


@dataclass
class ChoiceList:
    """One list of choices, and whether a question that came over has it."""

    name: str
    choices: list[Choice] = field(default_factory=list)
    used: bool = False

    @property
    def values(self) -> dict[str, Value]:
        return {choice.name: choice.value for choice in reversed(self.choices)}

    def tell(self) -> None:
        for choice in self.choices:
            if not self.used:
                choice.element.leave(told(_("No question that came over has this list.")))


def lists(form: Form, tongues: Tongues, ledger: Ledger) -> dict[str, ChoiceList]:
    lines: dict[str, list[tuple[Line, Element]]] = {}
    for line in form.choices:
        name, own = line.get("list_name"), line.get("name")
        element = ledger.add(told(_("choices, row {number}"), number=line.number), f"{name} {own}")
        if name and own:
            lines.setdefault(name, []).append((line, element))
        else:
            element.leave(told(_("It has no name of a list, or none of its own, so it is no choice.")))
    found = {}
    for name, members in lines.items():
        one = found[name] = ChoiceList(name)
        values = naming.values(line.get("name") for line, _ in members)
        for (line, element), value in zip(members, values, strict=True):
            if str(value) == OTHER:
                value = "other_words"
            if str(value) != line.get("name"):
                element.change(
                    told(_("Its value is '{value}', since values have other letters here, each once."), value=value)
                )
            label = tongues.text(line, "label", element)
            if label is None:
                label = tongues.complete({tongues.origin: line.get("name")}, tongues.origin, element)
                element.change(told(_("It had no label, so its name stands there.")))
            for key in ("audio", "video", "big-image"):
                if line.get(key):
                    element.change(told(_("Its sound, film or large picture was left out.")))
            one.choices.append(Choice(line.get("name"), value, label, line.get("image"), element))
    return found


def shared(
    sections: tuple[Section, ...], lists: Mapping[str, ChoiceList]
) -> tuple[dict[str, Scale], tuple[Section, ...]]:
    """Options that several items have become scales, named after the lists; the items refer to them."""
    every = [item for section in sections for item in section.items if item.options]
    names = naming.Names()
    scales: dict[str, Scale] = {}
    for one in lists.values():
        values = [choice.value for choice in one.choices]
        for item in every:
            alike = [other for other in every if other.options == item.options]
            known = any(scale.options == item.options for scale in scales.values())
            if [option.value for option in item.options] == values and len(alike) > 1 and not known:
                scales[names.take(one.name, otherwise="scale")] = Scale(options=item.options)
    found = tuple(
        dataclasses.replace(section, items=tuple(_with_scale(item, scales) for item in section.items))
        for section in sections
    )
    return scales, found


def _with_scale(item: Item, scales: Mapping[str, Scale]) -> Item:
    name = next((id for id, scale in scales.items() if scale.options == item.options), None)
    return dataclasses.replace(item, scale=name, options=()) if name and item.options else item
