"""The numbers that questions have on paper, and an instrument as whoever keys in needs it beside the paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from survey.model import Instrument, Item, Option, Text

LETTERS = "abcdefghijklmnopqrstuvwxyz"
NOT_PRINTED = ("hidden", "calculated")


def printed(instrument: Instrument, wave: str | None) -> Iterator[Item]:
    """What stands on the paper of a wave (or without one, of all of them), in order: questions, grids as one, and
    notes."""
    for section in instrument.sections:
        yield from (item for item in section.asked(wave) if item.type not in NOT_PRINTED)


def numbers(instrument: Instrument, wave: str | None) -> Mapping[str, str]:
    """The number of each question by its id: `7`, and `7a` for a row of a grid."""
    found: dict[str, str] = {}
    questions = (item for item in printed(instrument, wave) if item.type != "note")
    for number, item in enumerate(questions, 1):
        found[item.id] = str(number)
        found.update({row.id: f"{number}{_letter(n)}" for n, row in enumerate(item.rows)})
    return found


def _letter(number: int) -> str:
    """a, b, …, z, aa, ab, …"""
    return LETTERS[number] if number < 26 else _letter(number // 26 - 1) + LETTERS[number % 26]


def numbered(instrument: Instrument, wave: str | None) -> Instrument:
    """The instrument with each question's number before its text."""
    known = numbers(instrument, wave)

    def before(id: str, text: Text) -> Text:
        return {language: f"{known[id]}. {words}" for language, words in text.items()} if id in known else text

    def one(item: Item) -> Item:
        rows = tuple(dataclasses.replace(row, text=before(row.id, row.text)) for row in item.rows)
        return dataclasses.replace(item, rows=rows, text=before(item.id, item.text))

    return _with(instrument, one)


def for_keying(instrument: Instrument, wave: str, *, values: bool) -> Instrument:
    """The instrument to key in by: with the paper's numbers, without pictures and recordings, and with `values` also
    with the value of each option behind its label, as papers have it, for somebody who does not read the language."""

    def option(one: Option) -> Option:
        label = {language: f"{words} ({one.value})" for language, words in one.label.items()}
        return dataclasses.replace(one, image=None, label=label if values else one.label)

    def item(one: Item) -> Item:
        # The numbers of a scale are their labels already; the words of yes and no stand in no file.
        own = one.options if one.scale or one.type != "yes_no" else instrument.options(one)
        rows = tuple(dataclasses.replace(row, audio=None) for row in one.rows)
        return dataclasses.replace(one, audio=None, rows=rows, options=tuple(map(option, own)))

    scales = {
        id: dataclasses.replace(scale, options=tuple(map(option, scale.options)))
        for id, scale in instrument.scales.items()
    }
    return numbered(dataclasses.replace(_with(instrument, item), scales=scales), wave)


def _with(instrument: Instrument, change: Callable[[Item], Item]) -> Instrument:
    """The instrument with each of its items changed, grids as one."""
    sections = tuple(
        dataclasses.replace(section, items=tuple(map(change, section.items))) for section in instrument.sections
    )
    return dataclasses.replace(instrument, sections=sections)
