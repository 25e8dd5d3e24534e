"""What one instrument must agree on in itself: ids, waves, scales, dimensions, languages, rules. Its items are judged
in `survey.item_checks`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from survey import problems as p
from survey.condition_checks import Setting, chain_problems, section_condition_problems, setting, unanswered
from survey.item_checks import item_problems, scale_problems
from survey.located import Read, item_path
from survey.marking import _
from survey.model import ONE_OF, PLACEHOLDERS, Alarm, Instrument, Item, Site
from survey.phrases import said
from survey.problems import Place, Problem
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
_PLACEHOLDER = re.compile(r"\{([^{}\n]{1,60})\}")


def instrument_problems(read: Read[Instrument], site: Read[Site] | None) -> Iterator[Problem]:
    """Every problem inside one instrument. Parts that came from a base are judged in the base's own file."""
    around = setting(read, site)
    yield from _frame_problems(read, site)
    yield from _section_problems(around)
    yield from _scales_problems(around)
    for id in read.value.dimensions:
        if read.has("dimensions", id):
            yield from dimension_problems(around, id)
    for key in ("scales", "dimensions"):
        for id in getattr(read.base, key, ()):
            if read.has(key, id):
                kind = said(_("scale") if key == "scales" else _("dimension"))
                yield p.id_reused(read.place(key, id), id=id, kind=kind, first=read.base.key if read.base else None)
    yield from _alarm_problems(around, "alarms", read.value.alarms)
    yield from _alarm_problems(around, "thanks", read.value.thanks)
    yield from _placeholder_problems(read)


def _section_problems(around: Setting) -> Iterator[Problem]:
    """The items of the file and the conditions of its sections, in the order of asking."""
    read = around.read
    # What closes the waves of the base comes later, and has its ids all the same.
    taken = {one for section in getattr(read.base, "sections", ()) for item in section.items for one in _ids(item)}
    times: Counter[str] = Counter()
    for section in read.value.sections:
        # Items that a base brought carry their origin already.
        own = [item for item in section.items if not item.origin]
        if own and section.show_if is not None:
            path = item_path(read, own[0].id, nth=times[own[0].id])
            yield from section_condition_problems(around, section, path)
        for item in section.items:
            path = item_path(read, item.id, nth=times[item.id])
            chained = list(chain_problems(around, section, item, path))
            if not item.origin:
                yield from chained
                yield from _id_problems(read, item, taken, times)
                yield from item_problems(around, section, item, path)
            for one in (item, *(around.items.get(row.id, item) for row in item.rows)):
                around.earlier.setdefault(one.id, one)


def _ids(item: Item) -> list[str]:
    """The ids that an item takes: its own and those of its rows."""
    return [item.id, *(row.id for row in item.rows)]


def _id_problems(read: Read[Instrument], item: Item, taken: set[str], times: Counter[str]) -> Iterator[Problem]:
    """Ids that are taken or reserved: the item's own and those of its rows. Counts them."""
    for id in _ids(item):
        place = read.place(*item_path(read, id, nth=times[id]), "id")
        if id in RESPONSE_COLUMNS:
            yield p.id_reserved(place, id=id)
        if id in taken:
            base = read.base.key if read.base else None
            first = read.place(*item_path(read, id), "id") if times[id] else base
            yield p.id_reused(place, id=id, kind=said(_("item")), first=first)
        taken.add(id)
        times[id] += 1


def _scales_problems(around: Setting) -> Iterator[Problem]:
    read = around.read
    # A scale whose name was misspelt where it is used is not called unused as well.
    guess = bool(set(around.users) - set(read.value.scales)) or "*" in read.lost
    for id in read.value.scales:
        if read.has("scales", id):
            yield from scale_problems(around, id)
            if not guess and id not in around.users:
                yield p.scale_unused(read.place("scales", id), scale=id)


def _placeholder_problems(read: Read[Instrument]) -> Iterator[Problem]:
    """Braces in a text of this file that nothing fills in; those of a base are told in its own file."""
    for scalar in [scalar for _key, scalar in read.scalars if "{" in scalar.text]:
        for name in _PLACEHOLDER.findall(scalar.text):
            if name not in PLACEHOLDERS:
                place = Place(read.file, scalar.line)
                yield p.placeholder_unknown(place, placeholder=name, known=PLACEHOLDERS)


def _frame_problems(read: Read[Instrument], site_file: Read[Site] | None) -> Iterator[Problem]:
    instrument = read.value
    if len(set(instrument.languages)) != len(instrument.languages):
        yield p.id_reused(read.place("languages"), id=_repeated(instrument.languages), kind=said(_("language")))
    if len(set(instrument.waves)) != len(instrument.waves):
        yield p.id_reused(read.place("waves"), id=_repeated(instrument.waves), kind=said(_("wave")))
    within = p.part("Instrument", instrument.instrument)
    for key in ("languages", "waves"):
        if not read.has(key):
            yield p.key_missing(read.place(key), key=key, within=within)
    if not read.has("sections") and not read.base and not read.lost:
        yield p.key_missing(read.place("sections"), key="sections", within=within)
    for n in range(read.count("sections") or 0):
        if read.count("sections", n, "items") == 0:
            yield p.key_missing(read.place("sections", n), key="items", within=p.part("Section"))
    base = read.base
    if base is not None and base.respondent != instrument.respondent:
        place = read.place("respondent" if "respondent" in read.root.entries else "extends")
        respondent, other = instrument.respondent, base.respondent
        yield p.respondent_extends(place, respondent=respondent, base=base.key, other=other)
    whole = bool(instrument.languages) and read.count("languages") == len(instrument.languages)
    for language in instrument.review if whole else ():
        if language not in instrument.languages:
            yield p.review_language(read.place("review", language), language=language, known=instrument.languages)
    if site_file is None:
        return
    site = site_file.value
    for language in site.required_languages if whole else ():
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


def dimension_problems(around: Setting, id: str) -> Iterator[Problem]:
    read, dimension = around.read, around.instrument.dimensions[id]
    items = [around.items[name] for name in dimension.items if name in around.items]
    place = read.place("dimensions", id, "items")
    yield from _member_problems(around, id, place)
    if len(set(dimension.items)) != len(dimension.items):
        yield p.id_reused(place, id=_repeated(dimension.items), kind=said(_("dimension '{id}': item"), id=id))
    yield from _unscored(around, id, items, place)
    if len({item.then for item in items}) > 1:
        yield p.dimension_then(place, dimension=id)
    for wave in around.waves:
        asked = [wave in around.waves_of(item) for item in items]
        if any(asked) and not all(asked):
            yield p.dimension_waves(place, dimension=id, wave=wave)
    # Items whose ids could not be read count all the same.
    count = read.count("dimensions", id, "items") or 0
    if not count:
        yield p.key_missing(read.place("dimensions", id), key="items", within=p.part("Dimension", id))
    elif not 1 <= dimension.minimum_answered <= count:
        where = read.place("dimensions", id, "minimum_answered")
        yield p.dimension_minimum(where, dimension=id, minimum=dimension.minimum_answered, count=count)
    if dimension.range[0] >= dimension.range[1]:
        yield p.range_order(read.place("dimensions", id, "range"), key="range")
    site = around.site
    if dimension.support_below is not None and site and site.value.support is None and "support" not in site.lost:
        yield p.support_missing(read.place("dimensions", id, "support_below"), dimension=id)


def _member_problems(around: Setting, id: str, place: Place) -> Iterator[Problem]:
    """Items that a dimension names and cannot count."""
    within = p.part("Dimension", id)
    # Where one id stands twice, the second was to be another, perhaps this one.
    twice = any(len(paths) > 1 for paths in around.read.item_paths.values())
    for name in around.instrument.dimensions[id].items:
        if name in around.items or (twice and name not in around.unanswered):
            continue
        if name in around.unanswered:
            yield unanswered(around.unanswered[name], within, place)
        elif not around.is_lost(name):
            yield p.item_unknown(place, item=name, within=within, known=sorted(around.items))


def _unscored(around: Setting, dimension: str, items: Sequence[Item], place: Place) -> Iterator[Problem]:
    """Items whose answers are no numbers: told once for a scale and for a grid."""
    told: set[str] = set()
    for item in items:
        shared = item.scale or item.grid or item.id
        if shared not in told and not _is_scored(around, item):
            yield p.item_not_scored(place, item=item.id, dimension=dimension)
            told.add(shared)


def _is_scored(around: Setting, item: Item) -> bool:
    """Whether an item's answers are numbers that differ, with a lowest and a highest, as far as is known."""
    if item.type in ("integer", "decimal"):
        numbers = isinstance(item.minimum, int | float) and isinstance(item.maximum, int | float)
        return numbers and item.minimum != item.maximum
    if item.type not in ONE_OF:
        return False
    if not around.knows_options(item):
        return True
    scores = option_scores(around.instrument, item)
    given = sum(option.missing is None for option in around.instrument.options(item))
    # What has no options at all, and options that share a value, are told elsewhere.
    return not given or (given > 1 and (len(set(scores.values())) > 1 or 0 < len(scores) < given))


def _alarm_problems(around: Setting, key: str, alarms: Sequence[Alarm]) -> Iterator[Problem]:
    read, within = around.read, said(_("'{key}'"), key=key)
    # Those of a base come first.
    first = len(getattr(read.base, key, ()))
    for at, alarm in enumerate(alarms[first:]):
        place, item = read.place(key, at, "item"), around.items.get(alarm.item)
        if item is not None and not around.is_numeric(item):
            yield p.alarm_number(place, item=alarm.item)
        if item is None and alarm.item in around.unanswered:
            yield unanswered(around.unanswered[alarm.item], within, place)
        elif item is None and not around.is_lost(alarm.item):
            yield p.item_unknown(place, item=alarm.item, within=within, known=sorted(around.items))
        unread = {f"{key}.below", f"{key}.above"} & read.lost
        if alarm.below is None and alarm.above is None and not unread:
            yield p.alarm_limit(read.place(key, at), item=alarm.item)
