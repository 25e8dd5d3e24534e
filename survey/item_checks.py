"""What an item must agree on: the keys that its type can have, options, limits, conditions, rules, grounds."""

from __future__ import annotations

import dataclasses
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence

from survey import problems as p
from survey.answers import OTHER
from survey.condition_checks import (
    Setting,
    calculation_problems,
    condition_problems,
    fixed_limits,
    is_after,
    limit_form,
    written,
)
from survey.located import Path, Read
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
    scale_ends,
)
from survey.phrases import Phrase, said
from survey.problems import Place, Problem


def item_problems(setting: Setting, section: Section, item: Item, path: Path) -> Iterator[Problem]:
    """Every problem of one item, grid or note, which stands in the section and at the path."""
    read = setting.read
    yield from _wave_problems(setting, item, path)
    yield from _needless_keys(read, item, path)
    yield from _needed_keys(read, item, path)
    if item.type in WITH_OPTIONS:
        yield from _choice_problems(setting, item, path)
    yield from _limit_problems(read, item, path)
    yield from _ground_problems(setting, section, item, path)
    waves = setting.waves_of(item)
    if item.show_if is not None:
        place = read.place(*path, "show_if")
        yield from condition_problems(setting, item.show_if, p.condition_of(item.id), place, waves)
    if item.type == "calculated" and item.calculate is not None:
        yield from calculation_problems(setting, item, read.place(*path, "calculate"))
    if not item.constraints or not can_have(item.type, "constraints"):
        return
    known = dataclasses.replace(setting, earlier=ChainMap({item.id: item}, setting.earlier))
    for n, constraint in enumerate(item.constraints):
        where = read.place(*path, "constraints", n, "rule")
        yield from condition_problems(known, constraint.rule, p.rule_of(item.id), where, waves, rule=True)


def _wave_problems(setting: Setting, item: Item, path: Path) -> Iterator[Problem]:
    known = setting.instrument.waves
    # A wave that is misspelt where the instrument names its waves was told there.
    misspelt = [wave for wave in known if wave not in setting.waves]
    if setting.read.node(*path, "waves") is not None and not setting.read.has(*path, "waves"):
        yield p.key_missing(setting.read.place(*path, "waves"), key="waves", within=p.part("Item", item.id))
    for wave in item.waves or ():
        if wave in known or p.near(wave, misspelt):
            continue
        place, site = setting.read.place(*path, "waves"), setting.site
        if site and wave in site.value.waves:
            # One that is misspelt at the head of the file may be this very one.
            if not misspelt:
                yield p.wave_not_of_instrument(place, wave=wave, known=known)
        else:
            yield p.wave_unknown(place, wave=wave, known=known)


# --- keys -----------------------------------------------------------------------------------------

LIMITED = (*TYPED_NUMBERS, *DATED, "time", "scale")
"""Types that can have a minimum and a maximum."""
# Which types can have a key. A key that is not named here, all can have.
_TYPES_WITH: Mapping[str, Sequence[str]] = {
    "scale": [type for type in WITH_OPTIONS if type != "hidden"],
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
_UNSEEN = ("hidden", "calculated")
_NOT_OF_UNASKED = ("hint", "required", "constraints", "then", "sensitive", "ground")
_ITEM_KEYS = {f.name: f.default for f in dataclasses.fields(Item) if not f.metadata.get("derived")}


def can_have(type: str, key: str) -> bool:
    """Whether an item of a type can have a key."""
    if type in _UNASKED and key in _NOT_OF_UNASKED:
        return False
    if type in _UNSEEN and key == "audio":
        return False
    if type == "grid" and key == "constraints":
        return False
    return key not in _TYPES_WITH or type in _TYPES_WITH[key]


def item_keys(type: str | None) -> list[str]:
    """The keys that an item of a type can have, sorted; those of all types where there is no type."""
    return sorted(key for key in _ITEM_KEYS if type is None or can_have(type, key))


def _needless_keys(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    for key in read.keys(*path):
        if key not in _ITEM_KEYS or getattr(item, key) == _ITEM_KEYS[key]:
            continue
        alone = key == "ground" and not read.has(*path, "sensitive")
        if alone or not can_have(item.type, key) or (key == "scale" and item.options):
            yield p.key_needless(read.place(*path, key), item=item.id, type=item.type, key=key)


NEEDED: Mapping[str, Sequence[str]] = {
    "grid": ("rows",),
    "hidden": ("value",),
    "calculated": ("calculate",),
    "scale": ("low", "high"),
}
"""The keys that items of a type need beside those of every item. What is chosen from needs a scale or options."""
WITHOUT_OPTIONS = ("scale", "yes_no", "hidden")
"""Types whose options need not be written, of those that can have some."""


def _needed_keys(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    for key in NEEDED.get(item.type, ()):
        if not read.has(*path, key):
            yield p.key_missing(read.place(*path), key=key, within=p.part("Item", item.id))


# --- options --------------------------------------------------------------------------------------


def _choice_problems(setting: Setting, item: Item, path: Path) -> Iterator[Problem]:
    read, instrument = setting.read, setting.instrument
    if item.scale is not None and item.scale not in instrument.scales:
        yield from _unknown_scale(setting, item, item.scale, path)
        return
    options = instrument.options(item)
    given = options or read.has(*path, "options") or read.has(*path, "scale") or item.type in ("hidden", "scale")
    # A key that is misspelt was told, and may be the one that has them.
    if not given and set(read.keys(*path)) <= set(item_keys(None)):
        yield p.options_missing(read.place(*path), item=item.id, type=item.type)
    yield from _option_values(read, path, item.options)
    yield from _option_keys(read, path, p.typed_item(item.id, item.type), item.options, [item])
    if not setting.knows_options(item):
        return
    yield from _outcome_problems(read, item, path, options)
    if item.type == "yes_no":
        yield from _yes_no_problems(read, item, path)
    if item.type == "scale":
        yield from _numbered_problems(instrument, item, read.place(*path, "options"))
    yield from _number_problems(read, item, path, options)


def _outcome_problems(read: Read[Instrument], item: Item, path: Path, options: Sequence[Option]) -> Iterator[Problem]:
    if item.outcome and options and not any(option.achieved for option in options):
        yield p.outcome_unreachable(read.place(*path, "outcome"), item=item.id)
    fits = can_have(item.type, "outcome") and not read.has(*path, "outcome")
    if fits and any(option.achieved for option in item.options):
        yield p.key_missing(read.place(*path), key="outcome", within=p.part("Item", item.id))


def _number_problems(read: Read[Instrument], item: Item, path: Path, options: Sequence[Option]) -> Iterator[Problem]:
    """How many options may be chosen, of those that can be chosen together."""
    together = [option for option in options if not option.exclusive and option.missing is None]
    for key in ("at_least", "at_most"):
        number = getattr(item, key)
        if together and number is not None and number > len(together):
            yield p.value_range(read.place(*path, key), key=key, value=number, least=1, most=len(together))
    if item.at_least is not None and item.at_most is not None and item.at_least > item.at_most:
        yield p.range_order(read.place(*path, "at_most"), key="at_least, at_most")


def _unknown_scale(setting: Setting, item: Item, scale: str, path: Path) -> Iterator[Problem]:
    """Told once for a scale, at the first of the items that use it."""
    first, *others = (user for user in setting.users[scale] if not user.origin)
    if first is item and not setting.is_lost(scale):
        known = sorted(setting.instrument.scales)
        place = setting.read.place(*path, "scale")
        yield p.scale_unknown(place, item=item.id, scale=scale, known=known, others=len(others))


def scale_problems(setting: Setting, id: str) -> Iterator[Problem]:
    """What is wrong with a scale, told once and not at each item that uses it."""
    read, users, within = setting.read, setting.users.get(id, ()), p.part("Scale", id)
    options, path = read.value.scales[id].options, ("scales", id)
    if not options and not read.has(*path, "options"):
        yield p.key_missing(read.place(*path), key="options", within=within)
    yield from _option_values(read, path, options)
    if users:
        yield from _option_keys(read, path, within, options, users)


def _option_place(read: Read[Instrument], path: Path, options: Sequence[Option], at: int) -> Place:
    """The line of an option, or of all of them where some could not be read."""
    whole = read.count(*path, "options") == len(options)
    return read.place(*path, "options", at) if whole else read.place(*path, "options")


def _option_values(read: Read[Instrument], path: Path, options: Sequence[Option]) -> Iterator[Problem]:
    """Options of one set that share a value."""
    seen: set[str] = set()
    for at, option in enumerate(options):
        if str(option.value) in seen:
            place = _option_place(read, path, options, at)
            yield p.id_reused(place, id=str(option.value), kind=said(_("option")))
        seen.add(str(option.value))


def _numbered_problems(instrument: Instrument, item: Item, place: Place) -> Iterator[Problem]:
    """Options of an item of type scale that are no reason not to answer, or have the value of one of its numbers."""
    low, high = scale_ends(item)
    for option in written(instrument, item):
        if option.missing is None:
            yield p.scale_options(place, item=item.id)
            return
        if isinstance(option.value, int) and low <= option.value <= high:
            yield p.id_reused(place, id=str(option.value), kind=said(_("option")))


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


_NOT_OF_MISSING = ("achieved", "other", "score")
"""What an option cannot have that is no answer."""


def _option_keys(
    read: Read[Instrument], path: Path, within: Phrase, options: Sequence[Option], users: Sequence[Item]
) -> Iterator[Problem]:
    """Keys of options that none of the items which use them can have."""
    for at, option in enumerate(options):
        place = _option_place(read, path, options, at)
        for key in _TYPES_WITH_OPTION:
            absurd = key in _NOT_OF_MISSING and option.missing is not None
            fits = any(option_can_have(user.type, key) for user in users)
            if getattr(option, key) not in (None, False) and (absurd or not fits):
                yield p.option_key(place, within=within, option=option.value, key=key)
        if option.value == OTHER and any(item.type in ("multiple", "rank") for item in users):
            yield p.option_reserved(place, within=within, option=str(option.value))
    others = [at for at, option in enumerate(options) if option.other]
    if len(others) > 1:
        yield p.option_other(_option_place(read, path, options, others[1]), within=within)


def _yes_no_problems(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    own = written(read.value, item)
    given = {YES, NO} & {option.value for option in own}
    if len(given) == 1 or any(o.value not in (YES, NO) and o.missing is None for o in own):
        yield p.yes_no_options(read.place(*path, "options"), item=item.id)
    for language in read.value.languages:
        if not given and language not in YES_NO_WORDS:
            yield p.yes_no_words(read.place(*path), item=item.id, language=language)


# --- limits ---------------------------------------------------------------------------------------

LONGEST_SCALE = 21


def _limit_problems(read: Read[Instrument], item: Item, path: Path) -> Iterator[Problem]:
    if item.type not in LIMITED:
        return
    for key in ("minimum", "maximum"):
        limit = getattr(item, key)
        expected = None if limit is None else limit_form(item.type, limit)
        if expected is not None:
            place = read.place(*path, key)
            yield p.limit_form(place, item=item.id, type=item.type, key=key, expected=expected, given=limit)
    low, high = fixed_limits(item)
    if is_after(low, high) or (item.type == "scale" and low == high):
        yield p.range_order(read.place(*path, "maximum"), key="minimum, maximum")
    elif item.type == "scale" and isinstance(low, int) and isinstance(high, int) and high - low >= LONGEST_SCALE:
        yield p.scale_long(read.place(*path, "maximum"), item=item.id, count=high - low + 1)


# --- what must not be asked of anybody ------------------------------------------------------------


def _ground_problems(setting: Setting, section: Section, item: Item, path: Path) -> Iterator[Problem]:
    read, site = setting.read, setting.site
    known = sorted(site.value.grounds) if site else []
    if item.type == "consent" and item.required != "no":
        yield p.required_never(read.place(*path, "required"), item=item.id, type=item.type)
    accepted = "ITEM-IDENTIFIES" in (*item.accepted, *setting.instrument.accepted)
    if item.type in CONTACT and section.show_if is None and not read.has(*path, "show_if") and not accepted:
        yield p.item_identifies(read.place(*path), item=item.id, type=item.type)
    if not item.sensitive:
        return
    if item.required == "hard":
        yield p.sensitive_required(read.place(*path, "required"), item=item.id)
    if not read.has(*path, "ground"):
        yield p.sensitive_ground(read.place(*path, "sensitive"), item=item.id, known=known)
    elif site and item.ground and not {item.ground, "organisation.grounds"} & {*site.value.grounds, *site.lost}:
        yield p.ground_unknown(read.place(*path, "ground"), item=item.id, ground=item.ground, known=known)
