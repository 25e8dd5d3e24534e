"""What one instrument must agree on in itself: ids, waves, scales, dimensions, languages, rules. Its items are judged
in `survey.item_checks`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from survey import problems as p
from survey import strict_yaml
from survey.item_checks import is_numeric, item_problems, option_problems, section_condition_problems
from survey.located import Read, item_path
from survey.marking import _
from survey.model import ONE_OF, PLACEHOLDERS, Alarm, Instrument, Item, Site, waves_of
from survey.problems import Place, Problem, said
from survey.scoring import option_scores

RESPONSE_COLUMNS = frozenset(
    [
        "submission",
        "participation",
        "person",
        "service",
        "group",
        "instrument",
        "version",
        "meaning",
        "wave",
        "language",
        "channel",
        "helper",
        "received",
        "revisions",
        "answered",
        "and",
        "or",
        "not",
        "in",
    ]
)
"""Names that the dataset and conditions use for themselves: no item can have them."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def instrument_problems(read: Read[Instrument], site: Read[Site] | None) -> Iterator[Problem]:
    """Every problem inside one instrument. Parts that came from a base are judged in the base's own file."""
    instrument = read.value
    yield from _frame_problems(read, site)
    seen: dict[str, Item] = {}
    rows = {item.id: item for item in instrument.items() if item.grid}
    used = {item.scale for section in instrument.sections for item in section.items if item.scale}
    for n, section in enumerate(instrument.sections):
        own = [item for item in section.items if not item.origin]
        if own and section.show_if is not None:
            yield from section_condition_problems(read, section, n, seen)
        for item in section.items:
            # Items that a base brought carry their origin already.
            if not item.origin:
                yield from _id_problems(read, item, seen)
                yield from item_problems(read, item, site, earlier=seen)
            for one in (item, *(rows.get(row.id, item) for row in item.rows)):
                seen.setdefault(one.id, one)
    # A scale whose name was misspelt where it is used is not called unused as well.
    guess = bool(used - set(instrument.scales)) or "*" in read.lost
    for id in instrument.scales:
        if not guess and id not in used and not (read.base and id in read.base.scales):
            yield p.scale_unused(read.place("scales", id), scale=id)
    for id, scale in instrument.scales.items():
        yield from option_problems([o.value for o in scale.options], read.place("scales", id))
    for id in instrument.dimensions:
        if not (read.base and id in read.base.dimensions):
            yield from dimension_problems(read, id)
    yield from _alarm_problems(read, "alarms", instrument.alarms)
    yield from _alarm_problems(read, "thanks", instrument.thanks)
    yield from _placeholder_problems(read)


def _id_problems(read: Read[Instrument], item: Item, seen: dict[str, Item]) -> Iterator[Problem]:
    """Ids that are taken or reserved: the item's own and those of its rows."""
    within: set[str] = set()
    for id in (item.id, *(row.id for row in item.rows)):
        taken = id in seen or id in within
        within.add(id)
        path = item_path(read, id, nth=int(taken))
        if id in RESPONSE_COLUMNS:
            yield p.id_reserved(read.place(*path, "id"), id=id)
        if taken:
            yield p.id_reused(read.place(*path, "id"), id=id, kind=said(_("item")))


def _placeholder_problems(read: Read[Instrument]) -> Iterator[Problem]:
    """Braces in a text of this file that nothing fills in; those of a base are told in its own file."""
    for scalar in _scalars(read.root):
        for name in _PLACEHOLDER.findall(scalar.text):
            if name not in PLACEHOLDERS:
                place = Place(read.file, scalar.line)
                yield p.placeholder_unknown(place, placeholder=name, known=PLACEHOLDERS)


def _scalars(node: strict_yaml.Node) -> Iterator[strict_yaml.Scalar]:
    if isinstance(node, strict_yaml.Scalar):
        yield node
    elif isinstance(node, strict_yaml.Sequence):
        for entry in node.entries:
            yield from _scalars(entry)
    else:
        for entry in node.entries.values():
            yield from _scalars(entry)


def _frame_problems(read: Read[Instrument], site_file: Read[Site] | None) -> Iterator[Problem]:
    instrument = read.value
    if len(set(instrument.languages)) != len(instrument.languages):
        yield p.id_reused(read.place("languages"), id=_repeated(instrument.languages), kind=said(_("language")))
    if len(set(instrument.waves)) != len(instrument.waves):
        yield p.id_reused(read.place("waves"), id=_repeated(instrument.waves), kind=said(_("wave")))
    if not instrument.waves and "instrument.waves" not in read.lost:
        yield p.key_missing(read.place("waves"), key="waves", within=p.part("Instrument", instrument.instrument))
    if not any(True for _ in instrument.items()) and not read.lost:
        yield p.key_missing(read.place(), key="sections", within=p.part("Instrument", instrument.instrument))
    for language in instrument.review:
        if language not in instrument.languages:
            yield p.review_language(read.place("review", language), language=language, known=instrument.languages)
    base = read.base
    if base is not None and base.respondent != instrument.respondent:
        place = read.place("respondent" if "respondent" in read.root.entries else "extends")
        respondent, other = instrument.respondent, base.respondent
        yield p.respondent_extends(place, respondent=respondent, base=base.key, other=other)
    if site_file is None:
        return
    site = site_file.value
    for language in site.required_languages:
        if language not in instrument.languages:
            yield p.language_required(read.place("languages"), language=language)
    for language in instrument.languages:
        if language not in site.languages:
            yield p.language_unknown(read.place("languages"), language=language, known=site.languages)
    for wave in instrument.waves:
        if wave not in site.waves and wave not in site_file.lost:
            yield p.wave_unknown(read.place("waves"), wave=wave, known=list(site.waves))


def _repeated(words: Iterable[str]) -> str:
    return next(word for word, times in Counter(words).items() if times > 1)


def dimension_problems(read: Read[Instrument], id: str) -> Iterator[Problem]:
    instrument, dimension = read.value, read.value.dimensions[id]
    # Of items that share an id, the first counts here; that they share it is told elsewhere.
    every = {item.id: item for item in reversed(list(instrument.items()))}
    items = [every[name] for name in dimension.items if name in every]
    place = read.place("dimensions", id, "items")
    for name in dimension.items:
        if name not in every and not {name, "*"} & read.lost:
            yield p.item_unknown(place, item=name, within=p.part("Dimension", id), known=sorted(every))
    if len(set(dimension.items)) != len(dimension.items):
        yield p.id_reused(place, id=_repeated(dimension.items), kind=said(_("dimension '{id}': item"), id=id))
    told: set[str | None] = set()
    for item in items:
        if (item.scale and item.scale not in instrument.scales) or item.scale in told:
            continue
        if not _is_scored(instrument, item):
            yield p.item_not_scored(place, item=item.id, dimension=id)
            told.update({item.scale} - {None})
    if len({item.then for item in items}) > 1:
        yield p.dimension_then(place, dimension=id)
    for wave in instrument.waves:
        asked = [wave in waves_of(item, instrument) for item in items]
        if any(asked) and not all(asked):
            yield p.dimension_waves(place, dimension=id, wave=wave)
    if not 1 <= dimension.minimum_answered <= len(dimension.items):
        where = read.place("dimensions", id, "minimum_answered")
        yield p.dimension_minimum(where, dimension=id, minimum=dimension.minimum_answered, count=len(dimension.items))
    if dimension.range[0] >= dimension.range[1]:
        yield p.range_order(read.place("dimensions", id, "range"), key="range")


def _is_scored(instrument: Instrument, item: Item) -> bool:
    """Whether an item's answers are numbers that differ, with a lowest and a highest."""
    if item.type in ("integer", "decimal"):
        return isinstance(item.minimum, int | float) and isinstance(item.maximum, int | float)
    if item.type not in ONE_OF:
        return False
    scores = option_scores(instrument, item)
    given = sum(option.missing is None for option in instrument.options(item))
    # Options that share a value are told elsewhere.
    return given > 1 and (len(set(scores.values())) > 1 or 0 < len(scores) < given)


def _alarm_problems(read: Read[Instrument], key: str, alarms: Sequence[Alarm]) -> Iterator[Problem]:
    instrument = read.value
    known = {item.id: item for item in reversed(list(instrument.items()))}
    for at, alarm in enumerate(alarms):
        item = known.get(alarm.item)
        if item is not None and not is_numeric(instrument, item):
            yield p.alarm_number(read.place(key, at, "item"), item=alarm.item)
        if alarm.item not in known and not {alarm.item, "*"} & read.lost:
            place, within = read.place(key, at, "item"), said(_("'{key}'"), key=key)
            yield p.item_unknown(place, item=alarm.item, within=within, known=sorted(known))
        unread = {f"{key}.below", f"{key}.above"} & read.lost
        if alarm.below is None and alarm.above is None and not unread:
            yield p.alarm_limit(read.place(key, at), item=alarm.item)
