"""What conditions, rules and calculations must agree on: the items that they look at, and how those are answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import field
from datetime import date
from typing import Literal

from survey import calculation, logic
from survey import problems as p
from survey.frozen import dataclass
from survey.located import Path, Read, item_path
from survey.marking import _
from survey.model import (
    DATED,
    TYPED_NUMBERS,
    WITH_OPTIONS,
    YES,
    Instrument,
    Item,
    Limit,
    Option,
    Section,
    Site,
    Value,
    scale_ends,
    waves_of,
)
from survey.phrases import Phrase, said
from survey.problems import Place, Problem

AnswerKind = Literal["number", "date", "month", "time", "words", "several", "order", "mixed", "unknown"]


@dataclass(frozen=True)
class Setting:
    """What an item stands among: its instrument, the site, and by id the items, what has no answer, what came before.

    Of items that share an id, the first counts; that they share it is told elsewhere.
    """

    read: Read[Instrument]
    site: Read[Site] | None
    items: Mapping[str, Item]
    unanswered: Mapping[str, Item]
    users: Mapping[str, Sequence[Item]]
    """The items that use each scale; a grid as one."""
    strays: frozenset[str]
    """The ids of rows that stand in what is no grid."""
    earlier: MutableMapping[str, Item] = field(default_factory=dict)
    rests_on: MutableMapping[str, frozenset[logic.Condition]] = field(default_factory=dict)
    """What the earlier items rest on: all that must hold for each to be shown."""

    @property
    def instrument(self) -> Instrument:
        return self.read.value

    @property
    def waves(self) -> Sequence[str]:
        """The waves of the instrument; one that the site does not declare was told, and is asked of nobody."""
        return [wave for wave in self.instrument.waves if self.site is None or wave in self.site.value.waves]

    def is_lost(self, name: str) -> bool:
        """Whether a name may be that of something that could not be read, and was told already."""
        return name in self.read.lost or "*" in self.read.lost or name in self.strays

    def waves_of(self, item: Item) -> Sequence[str]:
        """The waves at which an item is asked; all of them where none could be read."""
        return waves_of(item, self.instrument) or self.instrument.waves

    def knows_options(self, item: Item) -> bool:
        """Whether all options that an item should have could be read."""
        path = ("scales", item.scale) if item.scale else item_path(self.read, item.grid or item.id)
        if item.scale is not None and item.scale not in self.instrument.scales:
            return False
        return self.read.count(*path, "options") in (None, len(written(self.instrument, item)))

    def kind(self, item: Item, *, each: bool = False) -> AnswerKind:
        """What an item is answered with. `each`: of several that can be chosen, what each one is. Unknown is what
        rests on a scale or options that were not read."""
        if item.type in WITH_OPTIONS and not self.knows_options(item):
            return "unknown"
        return _answer_kind(self.instrument, item, each=each)

    def is_numeric(self, item: Item) -> bool:
        """Whether an item's answers are numbers, as far as is known."""
        return self.kind(item) in ("number", "unknown")


def setting(read: Read[Instrument], site: Read[Site] | None) -> Setting:
    """The setting before the first item."""
    items = {item.id: item for item in reversed(list(read.value.items()))}
    unanswered: dict[str, Item] = {}
    users: dict[str, list[Item]] = {}
    strays: set[str] = set()
    for section in read.value.sections:
        for item in section.items:
            if item.type in ("grid", "note"):
                unanswered.setdefault(item.id, item)
            if item.scale is not None:
                users.setdefault(item.scale, []).append(item)
            if item.type != "grid":
                strays.update(row.id for row in item.rows)
    return Setting(read, site, items, unanswered, users, frozenset(strays))


def written(instrument: Instrument, item: Item) -> Sequence[Option]:
    """The options that the file has for an item, of its own or of its scale."""
    return instrument.scales[item.scale].options if item.scale else item.options


# --- limits ---------------------------------------------------------------------------------------

ISO_FORMS = {
    "date": (
        r"\d{4}-\d{2}-\d{2}",
        _("a date like '2026-03-31', or today"),
        _("a date like '2026-03-31', in quotes"),
    ),
    "month": (r"\d{4}-\d{2}", _("a month like '2026-03', or today"), _("a month like '2026-03', in quotes")),
    "time": (r"([01]\d|2[0-3]):[0-5]\d", _("a time like '08:30', in quotes"), _("a time like '08:30', in quotes")),
}
"""Answers that are ISO text: the pattern, and what a limit and a comparison look like."""


def fixed_limits(item: Item) -> tuple[Limit | None, Limit | None]:
    """The limits of an item that are the same every day and of the right form."""
    if item.type == "scale":
        return scale_ends(item)
    ends = (item.minimum, item.maximum)
    low, high = (None if limit == "today" or limit_form(item.type, limit) else limit for limit in ends)
    return low, high


def is_after(one: object, other: object) -> bool:
    """Whether of two numbers or two ISO texts the first is larger; false where there are no two."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one > other
    return isinstance(one, str) and isinstance(other, str) and one > other


def limit_form(type: str, limit: object) -> Phrase | None:
    """What a limit of this type should be, where it is not."""
    if limit is None or (limit == "today" and type in DATED):
        return None
    if type in ISO_FORMS:
        pattern, form, _compared = ISO_FORMS[type]
        return None if isinstance(limit, str) and re.fullmatch(pattern, limit) and _exists(limit) else said(form)
    if type == "decimal":
        return None if isinstance(limit, int | float) else said(_("a number"))
    if isinstance(limit, int):
        return None
    return said(_("a year like 2026, or today")) if type == "year" else said(_("a whole number"))


def _exists(iso: str) -> bool:
    try:
        date.fromisoformat(f"{iso}-01" if len(iso) == 7 else iso) if "-" in iso else None
    except ValueError:
        return False
    return True


# --- conditions -----------------------------------------------------------------------------------


def section_condition_problems(setting: Setting, section: Section, path: Path) -> Iterator[Problem]:
    """Problems of the condition of a section, one of whose items stands at the path."""
    place = setting.read.place(*path[:2], "show_if")
    within = p.section_condition_of(int(path[1]) + 1)
    waves = dict.fromkeys(wave for item in section.items for wave in setting.waves_of(item))
    yield from condition_problems(setting, section.show_if or "", within, place, list(waves))


def chain_problems(setting: Setting, section: Section, item: Item, path: Path) -> Iterator[Problem]:
    """The problem of an item that rests on too many conditions, all the way up. Notes what it rests on; those behind
    one that was told begin to count anew."""
    found: set[logic.Condition] = set()
    for text in (section.show_if, item.show_if):
        try:
            tree = logic.parse(text) if text is not None else None
        except logic.ConditionError:
            continue
        if tree is not None:
            found.update(logic.conjuncts(tree), *(setting.rests_on.get(id, ()) for id in logic.named(tree)))
    if len(found) > logic.MOST_CONJUNCTS:
        place = setting.read.place(*path, "show_if")
        yield p.condition_chain(place, item=item.id, count=len(found), most=logic.MOST_CONJUNCTS)
        found.clear()
    if found:
        rests_on = frozenset(found)
        setting.rests_on.update(dict.fromkeys((item.id, *(row.id for row in item.rows)), rests_on))


def condition_problems(
    setting: Setting, text: str, within: Phrase, place: Place, waves: Sequence[str], *, rule: bool = False
) -> Iterator[Problem]:
    try:
        tree = logic.parse(text, rule=rule)
    except logic.ConditionError as error:
        yield p.condition_syntax(place, within=within, found=error.found)
        return
    yield from _name_problems(setting, logic.named(tree), within, place, waves, rule=rule)
    for comparison in logic.comparisons(tree):
        yield from _comparison_problems(setting, comparison, within, place)


def _name_problems(
    setting: Setting, names: Iterable[str], within: Phrase, place: Place, waves: Sequence[str], *, rule: bool = False
) -> Iterator[Problem]:
    """Items that a condition, a rule or a calculation names and cannot look at."""
    for name in names:
        if name in setting.unanswered and name not in setting.items:
            yield unanswered(setting.unanswered[name], within, place)
        elif name not in setting.earlier and name in setting.items:
            # Items that a base brought carry their origin: those that close it come after all of one's own.
            base = setting.read.base.key if setting.items[name].origin and setting.read.base else None
            yield p.condition_order(place, within=within, controller=name, base=base)
        elif name not in setting.items and not setting.is_lost(name):
            yield p.item_unknown(place, item=name, within=within, known=sorted(setting.items))
        elif name in setting.earlier:
            asked = setting.waves_of(setting.earlier[name])
            apart = [wave for wave in setting.waves if wave in waves and wave not in asked]
            # A rule rests at a wave where one of its items is not asked. It must not rest always.
            if rule:
                apart = apart[:1] if set(waves).isdisjoint(asked) else []
            for wave in apart:
                yield p.condition_wave(place, within=within, controller=name, wave=wave)


def unanswered(item: Item, within: Phrase, place: Place) -> Problem:
    """The problem of naming a grid or a note where an item belongs that has an answer."""
    rows = [row.id for row in item.rows]
    return p.item_unanswered(place, within=within, item=item.id, type=item.type, rows=rows)


_ORDERED = ("<", "<=", ">", ">=")
_NO_ORDER = _("== or !=, since words have no order")
_SEVERAL = _("== or in, since several can be chosen")


def _comparison_problems(
    setting: Setting, comparison: logic.Comparison, within: Phrase, place: Place
) -> Iterator[Problem]:
    """A comparison that can never hold, or with a value that is no answer."""
    controller = setting.earlier.get(comparison.item)
    if comparison.operator == "answered" or controller is None or controller.type in ("grid", "note"):
        return
    instrument = setting.instrument
    kind = setting.kind(controller)
    if kind == "order":
        yield p.condition_answered(place, within=within, controller=controller.id, type=controller.type)
    elif kind in ("words", "several") and comparison.operator in _ORDERED:
        yield _kind_problem(controller, said(_NO_ORDER if kind == "words" else _SEVERAL), within, place)
    elif kind != "unknown":
        literals = [value for value in comparison.values if not isinstance(value, logic.Other)]
        named = [value.item for value in comparison.values if isinstance(value, logic.Other)]
        yield from _pair_problems(setting, controller, named, within, place)
        if controller.type in (*WITH_OPTIONS, "consent"):
            yield from _option_comparison(instrument, controller, comparison, literals, within, place)
        elif literals and (expected := _expected(controller, comparison.operator, literals)) is not None:
            yield _kind_problem(controller, expected, within, place)


def _kind_problem(controller: Item, expected: Phrase, within: Phrase, place: Place) -> Problem:
    return p.condition_kind(place, within=within, controller=controller.id, type=controller.type, expected=expected)


def _pair_problems(
    setting: Setting, controller: Item, named: Sequence[str], within: Phrase, place: Place
) -> Iterator[Problem]:
    """In a rule: two items whose answers can never be compared."""
    own = setting.kind(controller, each=True)
    for name in named:
        other = setting.earlier.get(name)
        if other is None or other.type in ("grid", "note"):
            continue
        kind = setting.kind(other)
        if kind in ("several", "order"):
            yield p.condition_answered(place, within=within, controller=other.id, type=other.type)
        elif own != kind and not {own, kind} & {"mixed", "unknown"}:
            expected = said(_("an item that is answered in the same way"))
            yield _kind_problem(controller, expected, within, place)


def _option_comparison(
    instrument: Instrument,
    controller: Item,
    comparison: logic.Comparison,
    literals: Sequence[object],
    within: Phrase,
    place: Place,
) -> Iterator[Problem]:
    options, missing = _known_values(instrument, controller)
    if comparison.operator in _ORDERED:
        if literals and not any(logic.holds(comparison, {controller.id: option}) for option in options):
            yield p.condition_never(place, within=within, controller=controller.id, known=options)
        return
    for value in literals:
        same = [option for option in options if str(option) == str(value)]
        if value in options:
            continue
        if same:
            unquoted = isinstance(same[0], int)
            right = said(_("{value} without quotes") if unquoted else _("'{value}' in quotes"), value=same[0])
            yield p.condition_quotes(place, within=within, controller=controller.id, value=value, right=right)
        elif str(value) in map(str, missing):
            yield p.condition_missing(place, within=within, controller=controller.id, value=value)
        else:
            yield p.condition_option(place, within=within, controller=controller.id, value=value, known=options)


def _known_values(instrument: Instrument, item: Item) -> tuple[list[Value], list[Value]]:
    """Every answer that an item can have, where they are known beforehand; and the options that are no answers."""
    if item.type == "consent":
        return [YES], []
    if item.type == "hidden":
        return list(dict.fromkeys([item.value or "", *(str(option.value) for option in item.options)])), []
    options = instrument.options(item)
    return [o.value for o in options if o.missing is None], [o.value for o in options if o.missing is not None]


def _expected(item: Item, operator: str, literals: Sequence[object]) -> Phrase | None:
    """What a typed answer should be compared with, where it is not."""
    if item.type in (*TYPED_NUMBERS, "calculated"):
        if not all(isinstance(value, int | float) for value in literals):
            return said(_("a number without quotes"))
        whole = item.type in ("integer", "year") and operator in ("==", "!=", "in")
        if whole and any(value != int(value) for value in literals if isinstance(value, float)):
            return said(_("a whole number"))
    elif item.type in ISO_FORMS:
        pattern, _limit, form = ISO_FORMS[item.type]
        if not all(isinstance(value, str) and re.fullmatch(pattern, value) and _exists(value) for value in literals):
            return said(form)
    elif not all(isinstance(value, str) for value in literals):
        return said(_("a text in quotes"))
    if all(_is_beyond(item, operator, value) for value in literals):
        return said(_("what lies between its 'minimum' and 'maximum'"))
    return None


def _is_beyond(item: Item, operator: str, value: object) -> bool:
    """Whether a comparison with a value can hold for no answer between the limits of the item."""
    low, high = fixed_limits(item)
    if operator == "!=":
        return False
    below, above = is_after(low, value), is_after(value, high)
    at_low, at_high = (end is not None and end == value for end in (low, high))
    if operator in ("<", "<="):
        return below or (operator == "<" and at_low)
    if operator in (">", ">="):
        return above or (operator == ">" and at_high)
    return below or above


def _answer_kind(instrument: Instrument, item: Item, *, each: bool) -> AnswerKind:
    if item.type in (*TYPED_NUMBERS, "calculated"):
        return "number"
    if item.type in ("date", "month", "time"):
        return item.type
    if item.type == "rank":
        return "order"
    if item.type == "multiple" and not each:
        return "several"
    if item.type == "hidden":
        return "words" if item.value else "unknown"
    if item.type not in WITH_OPTIONS:
        return "words"
    numbers = {isinstance(option.value, int) for option in instrument.options(item) if option.missing is None}
    if len(numbers) == 1:
        return "number" if True in numbers else "words"
    return "mixed" if numbers else "unknown"


def calculation_problems(setting: Setting, item: Item, place: Place) -> Iterator[Problem]:
    try:
        tree = calculation.parse(item.calculate or "")
    except calculation.CalculationError as error:
        yield p.calculation_syntax(place, item=item.id, found=error.found)
        return
    names = calculation.named(tree)
    yield from _name_problems(setting, names, p.calculation_of(item.id), place, setting.waves_of(item))
    for name in names:
        other = setting.earlier.get(name)
        if other is not None and other.type not in ("grid", "note") and not setting.is_numeric(other):
            yield p.calculation_number(place, item=item.id, named=name, type=other.type)
