"""What values that were read must agree on: ids, waves, scales, dimensions, conditions, languages, references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from survey import logic, strict_yaml
from survey import problems as p
from survey.marking import _
from survey.model import (
    ITEM_TYPES_WITH_OPTIONS,
    Alarm,
    Instrument,
    Item,
    Service,
    Services,
    Site,
    structure,
    waves_of,
)
from survey.problems import Place, Problem, said

T = TypeVar("T")

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
    ]
)
"""Names that the dataset and conditions use for themselves: no item can have them."""


@dataclass(frozen=True)
class Read(Generic[T]):
    """A value with the file that it came from, so that a problem can name the line."""

    value: T
    file: str
    root: strict_yaml.Mapping
    lost: set[str] = field(default_factory=set)
    base: Any = None

    def place(self, *path: str | int) -> Place:
        """The line of the value at a path of keys and positions, or of the nearest thing above it that exists."""
        node: strict_yaml.Node = self.root
        line = 1
        for step in path:
            below: strict_yaml.Node | None = None
            if isinstance(node, strict_yaml.Mapping) and isinstance(step, str):
                below = node.entries.get(step)
                line = node.keys[step].line if step in node.keys else line
            elif isinstance(node, strict_yaml.Sequence) and isinstance(step, int) and step < len(node.entries):
                below = node.entries[step]
                line = below.line
            if below is None:
                break
            node = below
        return Place(self.file, line)


def library_problems(
    site: Read[Site] | None,
    services: Read[Services] | None,
    instruments: Sequence[Read[Instrument]],
    unread: Collection[str],
) -> Iterator[Problem]:
    """Every problem between the values of one folder. `unread` are instruments whose files were told already."""
    if site:
        yield from site_problems(site)
    for read in instruments:
        yield from instrument_problems(read, site)
    yield from _shared_ids(instruments)
    if services:
        yield from service_problems(services, [read.value.key for read in instruments], unread)


# --- site and services ----------------------------------------------------------------------------


def site_problems(read: Read[Site]) -> Iterator[Problem]:
    site = read.value
    for language in site.required_languages:
        if language not in site.languages:
            place = read.place("required_languages")
            yield p.language_unknown(place, language=language, known=site.languages)
    for language in site.languages:
        if language not in site.language_names:
            place = read.place("language_names")
            yield p.translation_missing(place, key="language_names", language=language)
    try:
        ZoneInfo(site.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield p.time_zone_unknown(read.place("time_zone"), zone=site.time_zone)
    for id, wave in site.waves.items():
        if (wave.at is None) == (wave.after is None):
            yield p.key_missing(
                read.place("waves", id),
                key=said(_("{first}' or '{second}"), first="at", second="after"),
                within=p.part("Wave", id),
            )
        for days in wave.open:
            if abs(days) > 3650:
                place = read.place("waves", id, "open")
                yield p.value_range(place, key="open", value=days, least=-3650, most=3650)
        if wave.open[0] > wave.open[1]:
            yield p.range_order(read.place("waves", id, "open"), key="open")


def service_problems(read: Read[Services], instruments: Sequence[str], unread: Collection[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    prefixes: set[str] = set()
    for at, service in enumerate(read.value.services):
        path = ("services", at)
        if service.number_prefix in prefixes:
            place = read.place(*path, "number_prefix")
            yield p.id_reused(place, id=service.number_prefix, kind=said(_("number prefix")))
        prefixes.add(service.number_prefix)
        if service.id in seen:
            yield p.id_reused(read.place(*path, "id"), id=service.id, kind=said(_("service")))
        seen.add(service.id)
        if service.provider not in read.value.providers and service.provider not in read.lost:
            known = sorted(read.value.providers)
            place = read.place(*path, "provider")
            yield p.provider_unknown(place, service=service.id, provider=service.provider, known=known)
        if service.kind not in read.value.kinds:
            yield p.key_missing(read.place("kinds"), key=service.kind, within="'kinds'")
        for n, key in enumerate(service.instruments):
            if key not in instruments and key.partition("@")[0] not in unread:
                place = read.place(*path, "instruments", n)
                yield p.instrument_unknown(place, service=service.id, instrument=key, known=sorted(instruments))
        yield from _group_problems(read, service, at)


def _group_problems(read: Read[Services], service: Service, at: int) -> Iterator[Problem]:
    seen: set[str] = set()
    for n, group in enumerate(service.groups):
        path = ("services", at, "groups", n)
        if group.id in seen:
            yield p.id_reused(
                read.place(*path, "id"), id=group.id, kind=said(_("service '{id}': group"), id=service.id)
            )
        seen.add(group.id)
        # Dates that are none were told by the reader.
        if len(group.start) == len(group.end) == 10 and group.start > group.end:
            yield p.range_order(read.place(*path, "end"), key="start, end")


# --- instruments ----------------------------------------------------------------------------------


def instrument_problems(read: Read[Instrument], site: Read[Site] | None) -> Iterator[Problem]:
    """Every problem inside one instrument. Parts that came from a base are judged in the base's own file."""
    instrument = read.value
    yield from _frame_problems(read, site)
    seen: dict[str, Item] = {}
    used = {item.scale for item in instrument.items() if item.scale}
    for section in instrument.sections:
        for item in section.items:
            # Items that a base brought carry their origin already.
            if not item.origin:
                if item.id in RESPONSE_COLUMNS:
                    yield p.id_reserved(read.place(*_item_path(read, item.id), "id"), id=item.id)
                path = _item_path(read, item.id, nth=int(item.id in seen))
                if item.id in seen:
                    yield p.id_reused(read.place(*path, "id"), id=item.id, kind=said(_("item")))
                yield from item_problems(read, item, path, earlier=seen)
            seen[item.id] = item
    # A scale whose name was misspelt where it is used is not called unused as well.
    guess = bool(used - set(instrument.scales)) or "*" in read.lost
    for id in instrument.scales:
        if not guess and id not in used and not (read.base and id in read.base.scales):
            yield p.scale_unused(read.place("scales", id), scale=id)
    for id, scale in instrument.scales.items():
        yield from _option_problems([o.value for o in scale.options], read.place("scales", id))
    for id in instrument.dimensions:
        if not (read.base and id in read.base.dimensions):
            yield from dimension_problems(read, id)
    yield from _alarm_problems(read, "alarms", instrument.alarms)
    yield from _alarm_problems(read, "thanks", instrument.thanks)


def _item_path(read: Read[Instrument], id: str, *, nth: int = 0) -> tuple[str | int, ...]:
    """Where an item stands in the file: entries that could not be read are missing from the value, so by its id."""
    found: list[tuple[str | int, ...]] = []
    sections = read.root.entries.get("sections")
    for s, section in enumerate(sections.entries if isinstance(sections, strict_yaml.Sequence) else ()):
        items = section.entries.get("items") if isinstance(section, strict_yaml.Mapping) else None
        for n, entry in enumerate(items.entries if isinstance(items, strict_yaml.Sequence) else ()):
            own = entry.entries.get("id") if isinstance(entry, strict_yaml.Mapping) else None
            if isinstance(own, strict_yaml.Scalar) and own.text == id:
                found.append(("sections", s, "items", n))
    return found[min(nth, len(found) - 1)] if found else ("sections",)


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


def item_problems(
    read: Read[Instrument], item: Item, path: tuple[str | int, ...], *, earlier: Mapping[str, Item]
) -> Iterator[Problem]:
    instrument = read.value
    place = read.place(*path)
    for wave in item.waves or ():
        if wave not in instrument.waves:
            yield p.wave_unknown(read.place(*path, "waves"), wave=wave, known=instrument.waves)
    if item.type in ITEM_TYPES_WITH_OPTIONS:
        if item.scale is not None and item.scale not in instrument.scales:
            yield from _unknown_scale(read, item, path)
        elif not instrument.options(item):
            yield p.options_missing(place, item=item.id, type=item.type)
        yield from _option_problems([o.value for o in item.options], read.place(*path, "options"))
    yield from _needless_keys(read, item, path)
    if item.outcome and item.options and not any(option.achieved for option in item.options):
        yield p.outcome_unreachable(read.place(*path, "outcome"), item=item.id)
    if item.minimum is not None and item.maximum is not None and item.minimum > item.maximum:
        yield p.range_order(read.place(*path, "maximum"), key="minimum, maximum")
    if item.show_if is not None:
        yield from _condition_problems(read, item, read.place(*path, "show_if"), earlier)


def _unknown_scale(read: Read[Instrument], item: Item, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """Told once for a scale, at the first of the items that use it."""
    scale = item.scale or ""
    users = [other.id for other in read.value.items() if other.scale == scale and not other.origin]
    if users[0] == item.id and not {scale, "*"} & read.lost:
        known = sorted(read.value.scales)
        place = read.place(*path, "scale")
        yield p.scale_unknown(place, item=item.id, scale=scale, known=known, others=len(users) - 1)


def _needless_keys(read: Read[Instrument], item: Item, path: tuple[str | int, ...]) -> Iterator[Problem]:
    allowed = {
        "scale": item.type in ITEM_TYPES_WITH_OPTIONS and not item.options,
        "options": item.type in ITEM_TYPES_WITH_OPTIONS,
        "minimum": item.type == "integer",
        "maximum": item.type == "integer",
        "max_length": item.type in ("text", "long_text"),
        "outcome": item.type == "single",
        "anchor": item.type == "likert",
        "reverse": item.type == "likert",
    }
    for key, fits in allowed.items():
        if getattr(item, key) not in (None, (), False) and not fits:
            yield p.key_needless(read.place(*path, key), item=item.id, type=item.type, key=key)


def _option_problems(values: Sequence[object], place: Place) -> Iterator[Problem]:
    texts = [str(value) for value in values]
    if len(set(texts)) != len(texts):
        yield p.id_reused(place, id=_repeated(texts), kind=said(_("option")))


def _condition_problems(
    read: Read[Instrument], item: Item, place: Place, earlier: Mapping[str, Item]
) -> Iterator[Problem]:
    instrument = read.value
    try:
        condition = logic.parse(item.show_if or "")
    except logic.ConditionError as error:
        yield p.condition_syntax(place, item=item.id, found=error.found)
        return
    every = {other.id for other in instrument.items()}
    for comparison in logic.comparisons(condition):
        name = comparison.item
        controller = earlier.get(name)
        if controller is None:
            if name in every:
                yield p.condition_order(place, item=item.id, controller=name)
            elif not {name, "*"} & read.lost:
                yield p.item_unknown(place, item=name, within=p.condition_of(item.id), known=sorted(every))
            continue
        for wave in waves_of(item, instrument):
            if wave not in waves_of(controller, instrument):
                yield p.condition_wave(place, item=item.id, controller=name, wave=wave)
        if controller.scale is None or controller.scale in instrument.scales:
            yield from _comparison_problems(instrument, item, controller, comparison, place)


def _comparison_problems(
    instrument: Instrument, item: Item, controller: Item, comparison: logic.Comparison, place: Place
) -> Iterator[Problem]:
    """A comparison with options that can never hold, or with a value that is none of them."""
    options = [option.value for option in instrument.options(controller)]
    if not options or comparison.operator == "answered":
        return
    if comparison.operator in ("<", "<=", ">", ">="):
        if not any(logic.holds(comparison, {controller.id: option}) for option in options):
            yield p.condition_never(place, item=item.id, controller=controller.id, known=options)
        return
    for value in comparison.values:
        same = [option for option in options if str(option) == str(value)]
        if value not in options and same:
            unquoted = isinstance(same[0], int)
            right = said(_("{value} without quotes") if unquoted else _("'{value}' in quotes"), value=same[0])
            yield p.condition_quotes(place, item=item.id, controller=controller.id, value=value, right=right)
        elif value not in options:
            yield p.condition_option(place, item=item.id, controller=controller.id, value=value, known=options)


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
        values = [option.value for option in instrument.options(item) if option.missing is None]
        if len(values) < 2 or not all(isinstance(value, int) for value in values):
            yield p.item_not_scored(place, item=item.id, dimension=id)
            told.update({item.scale} - {None})
    for wave in instrument.waves:
        asked = [wave in waves_of(item, instrument) for item in items]
        if any(asked) and not all(asked):
            yield p.dimension_waves(place, dimension=id, wave=wave)
    if not 1 <= dimension.minimum_answered <= len(dimension.items):
        where = read.place("dimensions", id, "minimum_answered")
        yield p.dimension_minimum(where, dimension=id, minimum=dimension.minimum_answered, count=len(dimension.items))
    if dimension.range[0] >= dimension.range[1]:
        yield p.range_order(read.place("dimensions", id, "range"), key="range")


def _alarm_problems(read: Read[Instrument], key: str, alarms: Sequence[Alarm]) -> Iterator[Problem]:
    known = {item.id for item in read.value.items()}
    for at, alarm in enumerate(alarms):
        if alarm.item not in known and not {alarm.item, "*"} & read.lost:
            yield p.item_unknown(read.place(key, at, "item"), item=alarm.item, within=f"'{key}'", known=sorted(known))
        unread = {f"{key}.below", f"{key}.above"} & read.lost
        if alarm.below is None and alarm.above is None and not unread:
            yield p.alarm_limit(read.place(key, at), item=alarm.item)


def _shared_ids(instruments: Sequence[Read[Instrument]]) -> Iterator[Problem]:
    """Instruments of a folder share one table of answers, so an id means one thing in all of them."""
    first: dict[str, tuple[str, object]] = {}
    for read in instruments:
        instrument = read.value
        for item in {item.id: item for item in reversed(list(instrument.items()))}.values():
            if item.scale and item.scale not in instrument.scales:
                continue
            form = structure(instrument, item)
            name, other = first.setdefault(item.id, (instrument.key, form))
            if form != other:
                place = read.place(*_item_path(read, item.id))
                yield p.item_meaning(place, item=item.id, other=name)
