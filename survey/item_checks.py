"""What an item must agree on: the keys that its type can have, options, limits, conditions, rules, grounds."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from survey import calculation, logic
from survey import problems as p
from survey.answers import OTHER
from survey.located import Read, item_path
from survey.marking import _
from survey.model import (
    CONTACT,
    DATED,
    NO,
    ONE_OF,
    TYPED_NUMBERS,
    WITH_OPTIONS,
    YES,
    YES_NO_WORDS,
    Instrument,
    Item,
    Option,
    Section,
    Site,
    Value,
    scale_ends,
    waves_of,
)
from survey.problems import Phrase, Place, Problem, said

Path = tuple[str | int, ...]
Earlier = Mapping[str, Item]


def item_problems(
    read: Read[Instrument], item: Item, site: Read[Site] | None, *, earlier: Earlier
) -> Iterator[Problem]:
    """Every problem of one item, grid or note. `earlier` are the items before it, by id."""
    path = item_path(read, item.id, nth=int(item.id in earlier))
    instrument = read.value
    for wave in item.waves or ():
        if wave not in instrument.waves:
            yield p.wave_unknown(read.place(*path, "waves"), wave=wave, known=instrument.waves)
    yield from _needless_keys(read, item, path)
    yield from _needed_keys(read, item, path)
    if item.type in WITH_OPTIONS:
        yield from _choice_problems(read, item, path)
    yield from _limit_problems(read, item, path)
    yield from _ground_problems(read, item, path, site)
    if item.show_if is not None:
        place = read.place(*path, "show_if")
        within = p.condition_of(item.id)
        yield from _condition_problems(read, item.show_if, within, place, earlier, waves_of(item, instrument))
    if item.calculate is not None:
        yield from _calculation_problems(read, item, read.place(*path, "calculate"), earlier)
    for n, constraint in enumerate(item.constraints):
        known = {**earlier, item.id: item}
        where = read.place(*path, "constraints", n, "rule")
        waves = waves_of(item, instrument)
        yield from _condition_problems(read, constraint.rule, p.rule_of(item.id), where, known, waves, rule=True)


# --- keys -----------------------------------------------------------------------------------------

LIMITED = (*TYPED_NUMBERS, *DATED, "time", "scale")
"""Types that can have a minimum and a maximum."""
# Which types can have a key. A key that is not named here, all can have.
_TYPES_WITH: Mapping[str, Sequence[str]] = {
    "scale": WITH_OPTIONS,
    "options": WITH_OPTIONS,
    "rows": ("grid",),
    "minimum": LIMITED,
    "maximum": LIMITED,
    "low": ("scale",),
    "high": ("scale",),
    "unit": ("integer", "decimal"),
    "decimals": ("decimal",),
    "max_length": ("text", "long_text"),
    "at_least": ("multiple", "rank"),
    "at_most": ("multiple", "rank"),
    "value": ("hidden",),
    "calculate": ("calculated",),
    "outcome": ("single", "dropdown", "yes_no"),
    "anchor": ("likert", "scale"),
    "reverse": ("likert", "scale", "single", "dropdown", "integer", "decimal"),
}
_UNASKED = ("note", "hidden", "calculated")
_NOT_OF_UNASKED = ("hint", "required", "constraints", "then", "sensitive", "ground")
_ITEM_KEYS = {f.name: f.default for f in dataclasses.fields(Item) if not f.metadata.get("derived")}
NEEDED: Mapping[str, Sequence[str]] = {
    "grid": ("rows",),
    "hidden": ("value",),
    "calculated": ("calculate",),
    "scale": ("low", "high"),
}
"""The keys that items of a type need beside those of every item. What is chosen from needs a scale or options."""
WITHOUT_OPTIONS = ("scale", "yes_no", "hidden")
"""Types of WITH_OPTIONS whose options need not be written."""


def can_have(type: str, key: str) -> bool:
    """Whether an item of a type can have a key."""
    if type in _UNASKED and key in _NOT_OF_UNASKED:
        return False
    if type == "grid" and key == "constraints":
        return False
    return key not in _TYPES_WITH or type in _TYPES_WITH[key]


def item_keys(type: str) -> list[str]:
    """The keys that an item of a type can have, in the order of the model."""
    return [key for key in _ITEM_KEYS if can_have(type, key)]


def _needless_keys(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    for key, default in _ITEM_KEYS.items():
        if getattr(item, key) == default:
            continue
        alone = key == "ground" and not item.sensitive
        if alone or not can_have(item.type, key) or (key == "scale" and item.options):
            yield p.key_needless(read.place(*path, key), item=item.id, type=item.type, key=key)


def _needed_keys(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    for key in NEEDED.get(item.type, ()):
        if not getattr(item, key) and f"{item.id}.{key}" not in read.lost and not {f"items.{key}"} & read.lost:
            yield p.key_missing(read.place(*path), key=key, within=p.part("Item", item.id))


# --- options --------------------------------------------------------------------------------------


def _choice_problems(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    instrument = read.value
    if item.scale is not None and item.scale not in instrument.scales:
        yield from _unknown_scale(read, item, path)
        return
    options = instrument.options(item)
    if not options and item.type != "hidden":
        yield p.options_missing(read.place(*path), item=item.id, type=item.type)
    yield from option_problems([o.value for o in item.options], read.place(*path, "options"))
    yield from _option_keys(read, item, path, options)
    if item.type == "yes_no":
        yield from _yes_no_problems(read, item, path)
    if item.outcome and options and not any(option.achieved for option in options):
        yield p.outcome_unreachable(read.place(*path, "outcome"), item=item.id)
    for key in ("at_least", "at_most"):
        number = getattr(item, key)
        if number is not None and number > len(options):
            yield p.value_range(read.place(*path, key), key=key, value=number, least=1, most=len(options))
    if item.at_least is not None and item.at_most is not None and item.at_least > item.at_most:
        yield p.range_order(read.place(*path, "at_most"), key="at_least, at_most")


def _unknown_scale(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    """Told once for a scale, at the first of the items that use it."""
    scale = item.scale or ""
    every = [other for section in read.value.sections for other in section.items]
    users = [other.id for other in every if other.scale == scale and not other.origin]
    if users[0] == item.id and not {scale, "*"} & read.lost:
        known = sorted(read.value.scales)
        place = read.place(*path, "scale")
        yield p.scale_unknown(place, item=item.id, scale=scale, known=known, others=len(users) - 1)


def option_problems(values: Sequence[object], place: Place) -> Iterator[Problem]:
    """Options of one set that share a value."""
    texts = [str(value) for value in values]
    if len(set(texts)) != len(texts):
        twice = next(text for text, times in Counter(texts).items() if times > 1)
        yield p.id_reused(place, id=twice, kind=said(_("option")))


# Which types can have options with a key. A key that is not named here, all can have.
_TYPES_WITH_OPTION: Mapping[str, Sequence[str]] = {
    "exclusive": ("multiple",),
    "other": ("single", "dropdown", "multiple"),
    "achieved": _TYPES_WITH["outcome"],
    "missing": [type for type in WITH_OPTIONS if type not in ("rank", "hidden")],
    "image": [type for type in WITH_OPTIONS if type not in ("dropdown", "hidden")],
    "score": (*ONE_OF, "grid"),
}


def option_can_have(type: str, key: str) -> bool:
    """Whether the options of an item of a type can have a key."""
    return key not in _TYPES_WITH_OPTION or type in _TYPES_WITH_OPTION[key]


def _option_keys(read: Read[Instrument], item: Item, path: Path, options: Sequence[Option]) -> Iterator[Problem]:
    """Keys of options that an item of this type cannot have. Options of a scale may be of use to another item."""
    place = read.place(*path, "options")
    for option in item.options:
        for key in _TYPES_WITH_OPTION:
            fits = option_can_have(item.type, key) and (key != "achieved" or item.outcome is not None)
            if getattr(option, key) not in (None, False) and not fits:
                yield p.option_key(place, item=item.id, type=item.type, option=option.value, key=key)
        if item.type in ("multiple", "rank") and option.value == OTHER:
            yield p.option_reserved(place, item=item.id, option=str(option.value))
    if sum(option.other for option in options) > 1:
        yield p.option_other(place, item=item.id)


def _yes_no_problems(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    own = item.options
    written = {YES, NO} & {option.value for option in own}
    if len(written) == 1 or any(o.value not in (YES, NO) and o.missing is None for o in own):
        yield p.yes_no_options(read.place(*path, "options"), item=item.id)
    for language in read.value.languages:
        if not written and language not in YES_NO_WORDS:
            yield p.yes_no_words(read.place(*path), item=item.id, language=language)


# --- limits ---------------------------------------------------------------------------------------

ISO_FORMS: Mapping[str, tuple[str, str]] = {
    "date": (r"\d{4}-\d{2}-\d{2}", _("a date like '2026-03-31', or today")),
    "month": (r"\d{4}-\d{2}", _("a month like '2026-03', or today")),
    "time": (r"([01]\d|2[0-3]):[0-5]\d", _("a time like '08:30', in quotes")),
}


def _limit_problems(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    if item.type not in LIMITED:
        return
    fitting = []
    for key in ("minimum", "maximum"):
        limit = getattr(item, key)
        expected = _limit_form(item.type, limit)
        if limit is not None and expected is not None:
            yield p.limit_form(read.place(*path, key), item=item.id, type=item.type, key=key, expected=expected)
        elif limit not in (None, "today"):
            fitting.append(limit)
    low, high = scale_ends(item) if item.type == "scale" else (fitting if len(fitting) == 2 else (0, 1))
    if low > high or (item.type == "scale" and low == high):
        yield p.range_order(read.place(*path, "maximum"), key="minimum, maximum")
    elif item.type == "scale" and isinstance(low, int) and isinstance(high, int) and high - low > 20:
        yield p.scale_long(read.place(*path, "maximum"), item=item.id, count=high - low + 1)


def _limit_form(type: str, limit: object) -> Phrase | None:
    """What a limit of this type should be, where it is not."""
    if limit == "today" and type in DATED:
        return None
    if type in ISO_FORMS:
        pattern, form = ISO_FORMS[type]
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


# --- what must not be asked of anybody ------------------------------------------------------------


def _ground_problems(read: Read[Instrument], item: Item, path: Path, site: Read[Site] | None) -> Iterator[Problem]:
    known = sorted(site.value.grounds) if site else []
    if item.type == "consent" and item.required != "no":
        yield p.required_never(read.place(*path, "required"), item=item.id, type=item.type)
    if item.type in CONTACT and item.show_if is None:
        yield p.item_identifies(read.place(*path), item=item.id, type=item.type)
    if not item.sensitive:
        return
    if item.required == "hard":
        yield p.sensitive_required(read.place(*path, "required"), item=item.id)
    if item.ground is None:
        yield p.sensitive_ground(read.place(*path, "sensitive"), item=item.id, known=known)
    elif site and item.ground not in site.value.grounds and item.ground not in site.lost:
        yield p.ground_unknown(read.place(*path, "ground"), item=item.id, ground=item.ground, known=known)


# --- conditions -----------------------------------------------------------------------------------


def section_condition_problems(
    read: Read[Instrument], section: Section, number: int, earlier: Earlier
) -> Iterator[Problem]:
    """Problems of the condition of a section, which has its place in the file by the first item that the file has."""
    instrument = read.value
    first = item_path(read, next(item.id for item in section.items if not item.origin))
    place = read.place(*first[:2], "show_if")
    within = p.section_condition_of(int(first[1]) + 1 if len(first) > 1 else number + 1)
    waves = dict.fromkeys(wave for item in section.items for wave in waves_of(item, instrument))
    yield from _condition_problems(read, section.show_if or "", within, place, earlier, list(waves))


def _condition_problems(
    read: Read[Instrument],
    text: str,
    within: Phrase,
    place: Place,
    earlier: Earlier,
    waves: Sequence[str],
    *,
    rule: bool = False,
) -> Iterator[Problem]:
    instrument = read.value
    try:
        tree = logic.parse(text, rule=rule)
    except logic.ConditionError as error:
        yield p.condition_syntax(place, within=within, found=error.found)
        return
    yield from _name_problems(read, logic.named(tree), within, place, earlier, waves)
    for comparison in logic.comparisons(tree):
        controller = earlier.get(comparison.item)
        if controller is not None and (controller.scale is None or controller.scale in instrument.scales):
            yield from _comparison_problems(instrument, controller, comparison, within, place)


def _name_problems(
    read: Read[Instrument],
    names: Iterable[str],
    within: Phrase,
    place: Place,
    earlier: Earlier,
    waves: Sequence[str],
) -> Iterator[Problem]:
    """Items that a condition, a rule or a calculation names and cannot look at."""
    instrument = read.value
    every = {other.id for other in instrument.items()}
    for name in names:
        controller = earlier.get(name)
        if controller is None or controller.type in ("grid", "note"):
            if name in every and controller is None:
                yield p.condition_order(place, within=within, controller=name)
            elif not {name, "*"} & read.lost:
                yield p.item_unknown(place, item=name, within=within, known=sorted(every))
            continue
        for wave in waves:
            if wave not in waves_of(controller, instrument):
                yield p.condition_wave(place, within=within, controller=name, wave=wave)


def _comparison_problems(
    instrument: Instrument, controller: Item, comparison: logic.Comparison, within: Phrase, place: Place
) -> Iterator[Problem]:
    """A comparison that can never hold, or with a value that is none of the options."""
    if comparison.operator == "answered" or controller.type in ("grid", "note"):
        return
    if controller.type == "rank":
        yield p.condition_answered(place, within=within, controller=controller.id, type=controller.type)
        return
    options = _known_values(instrument, controller)
    literals = [value for value in comparison.values if not isinstance(value, logic.Other)]
    if not options:
        expected = _literal_form(controller.type, comparison.operator, literals)
        if expected is not None:
            yield p.condition_kind(
                place, within=within, controller=controller.id, type=controller.type, expected=expected
            )
        return
    if comparison.operator in ("<", "<=", ">", ">="):
        if literals and not any(logic.holds(comparison, {controller.id: option}) for option in options):
            yield p.condition_never(place, within=within, controller=controller.id, known=options)
        return
    for value in literals:
        same = [option for option in options if str(option) == str(value)]
        if value not in options and same:
            unquoted = isinstance(same[0], int)
            right = said(_("{value} without quotes") if unquoted else _("'{value}' in quotes"), value=same[0])
            yield p.condition_quotes(place, within=within, controller=controller.id, value=value, right=right)
        elif value not in options:
            yield p.condition_option(place, within=within, controller=controller.id, value=value, known=options)


def _known_values(instrument: Instrument, item: Item) -> list[Value]:
    """Every answer that an item can have, where they are known beforehand."""
    if item.type == "consent":
        return [YES]
    if item.type == "hidden":
        return list(dict.fromkeys([item.value or "", *(str(option.value) for option in item.options)]))
    return [option.value for option in instrument.options(item)] if item.type in WITH_OPTIONS else []


def _literal_form(type: str, operator: str, literals: Sequence[object]) -> Phrase | None:
    """What a typed answer should be compared with, where it is not."""
    if type in (*TYPED_NUMBERS, "calculated"):
        return None if all(isinstance(value, int | float) for value in literals) else said(_("a number without quotes"))
    if type in ISO_FORMS:
        pattern, form = ISO_FORMS[type]
        fits = all(isinstance(value, str) and re.fullmatch(pattern, value) for value in literals)
        return None if fits else said(_("{form}, in quotes"), form=said(form)) if type != "time" else said(form)
    if operator in ("<", "<=", ">", ">="):
        return said(_("== or !=, since words have no order"))
    return None if all(isinstance(value, str) for value in literals) else said(_("a text in quotes"))


def _calculation_problems(read: Read[Instrument], item: Item, place: Place, earlier: Earlier) -> Iterator[Problem]:
    try:
        tree = calculation.parse(item.calculate or "")
    except calculation.CalculationError as error:
        yield p.calculation_syntax(place, item=item.id, found=error.found)
        return
    names = calculation.named(tree)
    yield from _name_problems(read, names, p.calculation_of(item.id), place, earlier, waves_of(item, read.value))
    for name in names:
        other = earlier.get(name)
        if other is not None and not is_numeric(read.value, other):
            yield p.calculation_number(place, item=item.id, named=name, type=other.type)


def is_numeric(instrument: Instrument, item: Item) -> bool:
    """Whether an item's answers are numbers."""
    if item.type in (*TYPED_NUMBERS, "calculated"):
        return True
    if item.type not in ONE_OF or (item.scale is not None and item.scale not in instrument.scales):
        return item.scale is not None and item.scale not in instrument.scales
    return all(isinstance(o.value, int) for o in instrument.options(item) if o.missing is None)
