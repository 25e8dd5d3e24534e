"""What a questionnaire, a service and a site are: frozen values, and nothing that reads or writes.

The classes mirror the keys of the YAML files; `survey.reading` fills them and `as_data`/`from_data` carry them as
JSON. Texts map a language tag to words. Positions of problems are given as paths of keys into the file.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from survey.marking import _
from survey.problems import Phrase, said

Text = Annotated[Mapping[str, str], "text"]
Value = int | str

ITEM_TYPES_WITH_OPTIONS = ("likert", "single", "multiple")
ItemType = Literal["likert", "single", "multiple", "integer", "text", "long_text"]
Kind = Literal[
    "labour_market_training", "recruitment_training", "integration_training", "job_search_coaching", "job_coaching"
]
HELPERS = ("none", "interpreter", "relative", "coach", "area_staff")
CHANNELS = ("own_device", "shared_device", "paper_keyed", "interview")
RIGHT_TO_LEFT = ("ar", "fa", "ckb", "he", "ur")


FORMS: Mapping[str, tuple[str, Phrase]] = {
    "item": (r"[a-z][a-z0-9_]{0,39}", said(_("small letters a-z, digits and underscores, a letter first, like 'js1'"))),
    "id": (r"[a-z][a-z0-9_-]{0,39}", said(_("small letters a-z, digits, hyphens and underscores, a letter first"))),
    "value": (r"[a-z0-9][a-z0-9_]{0,39}", said(_("a whole number, or small letters a-z, digits and underscores"))),
    "language": (r"[a-z]{2,3}(-[a-z0-9]{2,8})*", said(_("a language tag like 'fi', 'sv' or 'fi-simple'"))),
    "prefix": (r"[A-Z]{1,4}", said(_("one to four capital letters A-Z"))),
    "pinned": (
        r"[a-z][a-z0-9_-]{0,39}@[1-9][0-9]{0,3}",
        said(_("the instrument and its version, like 'palvelupalaute@1'")),
    ),
    "date": (r"\d{4}-\d{2}-\d{2}", said(_("a date like 2026-03-31"))),
    "address": (r"https?://[^\s?#]+/", said(_("the whole address with 'https://' and a '/' at its end"))),
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s]+", said(_("an e-mail address like 'kysely@example.fi'"))),
}
"""The forms that a field's metadata can name: a pattern for the whole text, and how to say it."""


def _form(name: str, **default: Any) -> Any:
    """A field whose text, keys or entries must have one of FORMS."""
    return field(metadata={"form": name}, **default)


def _between(least: float, most: float | None = None, **default: Any) -> Any:
    """A field whose number must not be below `least` nor above `most`."""
    return field(metadata={"between": (least, most)}, **default)


@dataclass(frozen=True, kw_only=True)
class Option:
    """One answer to choose. `missing` names why it is no answer; `achieved` says that it counts as the outcome."""

    value: Value = _form("value")
    label: Text
    missing: Literal["not_applicable", "dont_know", "prefer_not"] | None = None
    achieved: bool = False


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Options that several items share."""

    options: tuple[Option, ...]
    source: str | None = None
    licence: str | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question."""

    id: str = _form("item")
    type: ItemType
    text: Text
    hint: Text | None = None
    scale: str | None = None
    options: tuple[Option, ...] = ()
    required: Literal["no", "hard"] = "no"
    minimum: int | None = None
    maximum: int | None = None
    max_length: int | None = _between(1, 20_000, default=None)
    show_if: str | None = None
    waves: tuple[str, ...] | None = None
    reverse: bool = False
    outcome: Literal["employment", "education"] | None = None
    anchor: bool = False
    origin: str = field(default="", metadata={"derived": True})


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions under one heading."""

    title: Text
    intro: Text | None = None
    items: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Where a dimension's spread and reliability were measured, fixed for reliable change."""

    sd: float = _between(0)
    reliability: float = _between(0, 1)
    source: str


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """A scored set of items."""

    title: Text
    items: tuple[str, ...]
    minimum_answered: int
    range: tuple[float, float] = (0, 100)
    higher_is: Literal["better", "worse"] = "better"
    measurement: Literal["reflective", "formative"] = "reflective"
    reference: Reference | None = None
    meaningful_change: float | None = None
    origin: str = field(default="", metadata={"derived": True})


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """Answers to act on (or, under `thanks`, to pass on): at least `at_least` of them beyond the limit."""

    item: str
    below: float | None = None
    above: float | None = None
    at_least: int = _between(1, default=5)
    to: tuple[Literal["buyer", "provider", "area"], ...]
    answer_within_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Instrument:
    """A questionnaire: one version, in every language."""

    instrument: str = _form("id")
    version: int = _between(1, 9999)
    languages: tuple[str, ...] = _form("language")
    title: Text
    waves: tuple[str, ...]
    source: Text | None = None
    target_minutes: float | None = _between(1, 600, default=None)
    extends: str | None = _form("pinned", default=None)
    intro: Text | None = None
    scales: Mapping[str, Scale] = _form("item", default_factory=dict)
    dimensions: Mapping[str, Dimension] = _form("item", default_factory=dict)
    sections: tuple[Section, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    thanks: tuple[Alarm, ...] = ()

    @property
    def key(self) -> str:
        """`id@version`, as services pin it."""
        return f"{self.instrument}@{self.version}"

    def items(self, wave: str | None = None) -> Iterator[Item]:
        """Every item in the order of asking; with a wave, those asked then."""
        for section in self.sections:
            for item in section.items:
                if wave is None or item.waves is None or wave in item.waves:
                    yield item

    def item(self, id: str) -> Item:
        """The item with this id; KeyError if there is none."""
        return self._by_id[id]

    @functools.cached_property
    def _by_id(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items()}

    @functools.cached_property
    def _meanings(self) -> dict[str, str]:
        """What `meaning` has worked out: each submission asks, and the value never changes."""
        return {}

    def options(self, item: Item) -> tuple[Option, ...]:
        """The item's own options, or its scale's."""
        return self.scales[item.scale].options if item.scale else item.options


# --- services and the site ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Provider:
    name: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """People who begin and end a service together. Dates are ISO text."""

    id: str = _form("id")
    start: str = _form("date")
    end: str = _form("date")


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a client takes part in, and under which contract. `open`: anybody may answer, without a code."""

    id: str = _form("id")
    title: Text
    kind: Kind
    provider: str
    sourcing: Literal["own", "bought"]
    contract: str | None = None
    lot: str | None = None
    buyer: str
    municipality: str
    arm: Literal["intervention", "comparison"] = "intervention"
    length_days: int = _between(1, 3650)
    number_prefix: str = _form("prefix")
    instruments: tuple[str, ...] = _form("pinned")
    groups: tuple[Group, ...] = ()
    open: bool = False


@dataclass(frozen=True, kw_only=True)
class Services:
    """The file services.yaml."""

    kinds: Mapping[str, Text]
    providers: Mapping[str, Provider] = _form("id")
    services: tuple[Service, ...]

    def service(self, id: str) -> Service:
        """The service with this id; KeyError if there is none."""
        return {service.id: service for service in self.services}[id]


@dataclass(frozen=True, kw_only=True)
class Wave:
    """When a measurement is due: `months` after an anchor date, open some days around it (both ends included)."""

    title: Text
    at: Literal["start", "end"] | None = None
    after: Literal["start", "end"] | None = None
    months: int = _between(0, 120, default=0)
    open: tuple[int, int]

    @property
    def anchor(self) -> Literal["start", "end"]:
        return self.at or self.after or "start"


@dataclass(frozen=True, kw_only=True)
class NoticeSection:
    title: Text
    text: Text


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A page of plain text: paragraphs are parted by an empty line."""

    title: Text
    updated: str = _form("date")
    sections: tuple[NoticeSection, ...]


@dataclass(frozen=True, kw_only=True)
class Organisation:
    name: Text
    email: str = _form("email")
    phone: str | None = None
    postal_address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Site:
    """The file site.yaml: who asks, in which languages, when, and the notices."""

    organisation: Organisation
    title: Text
    welcome: Text
    languages: tuple[str, ...] = _form("language")
    required_languages: tuple[str, ...] = _form("language")
    language_names: Mapping[str, str] = _form("language")
    address: str = _form("address")
    time_zone: str
    waves: Mapping[str, Wave] = _form("item")
    who_sees: Text
    notices: Mapping[Literal["privacy", "accessibility"], Notice]


@dataclass(frozen=True, kw_only=True)
class Library:
    """All that a folder holds, resolved: what a build and a bundle are made of."""

    site: Site
    services: Services
    instruments: Mapping[str, Instrument]


# --- JSON -----------------------------------------------------------------------------------------

T = TypeVar("T")


def as_data(value: object) -> Any:
    """A value of this module (or any frozen dataclass) as plain JSON data; fields at their default are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_data(getattr(value, f.name)) for f in dataclasses.fields(value) if _is_set(value, f)}
    if isinstance(value, Mapping):
        return {key: as_data(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [as_data(entry) for entry in value]
    return value


def _is_set(value: object, f: dataclasses.Field[Any]) -> bool:
    default = f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default
    return bool(getattr(value, f.name) != default)


def from_data(cls: type[T], data: Any) -> T:
    """The value that `as_data` wrote. Raises TypeError or KeyError where the data are not of this shape."""
    return typing.cast(T, _from_data(cls, data))


def _from_data(kind: Any, data: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        hints = field_types(typing.cast(type, kind))
        return typing.cast(type, kind)(**{name: _from_data(hints[name], entry) for name, entry in data.items()})
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return dict(data)
    if origin in (typing.Union, types.UnionType):
        inner = next((a for a in arguments if typing.get_origin(a) or dataclasses.is_dataclass(a)), None)
        return data if inner is None or data is None else _from_data(inner, data)
    if origin is tuple:
        kinds = [arguments[0]] * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(_from_data(k, entry) for k, entry in zip(kinds, data, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: _from_data(arguments[1], entry) for key, entry in data.items()}
    return data


@functools.cache
def field_types(cls: type) -> Mapping[str, Any]:
    """The resolved type of each field of a dataclass; a Text keeps its mark."""
    return typing.get_type_hints(cls, include_extras=True)


def canonical(data: object) -> bytes:
    """JSON bytes that are equal for equal data: sorted keys, no spaces, UTF-8."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# --- meaning --------------------------------------------------------------------------------------


def meaning(instrument: Instrument, language: str) -> str:
    """16 hex digits over all that decides what an answer means in one language: structure, ids, types, scoring,
    conditions and the texts of items and options; not titles, hints, introductions or notes."""
    known = instrument._meanings
    if language not in known:
        known[language] = _meaning(instrument, language)
    return known[language]


def _meaning(instrument: Instrument, language: str) -> str:
    covered = {
        "instrument": instrument.instrument,
        "waves": instrument.waves,
        "items": [_item_meaning(instrument, item, language) for item in instrument.items()],
        "dimensions": {id: _dimension_meaning(dimension) for id, dimension in instrument.dimensions.items()},
    }
    return hashlib.sha256(canonical(covered)).hexdigest()[:16]


def _item_meaning(instrument: Instrument, item: Item, language: str) -> Any:
    data = as_data(dataclasses.replace(item, text={}, hint=None, scale=None, options=()))
    options = [
        {**as_data(dataclasses.replace(o, label={})), "label": o.label[language]} for o in instrument.options(item)
    ]
    return {**data, "text": item.text[language], "options": options}


def _dimension_meaning(dimension: Dimension) -> Any:
    data = as_data(dataclasses.replace(dimension, title={}, reference=None, meaningful_change=None))
    return data


def structure(instrument: Instrument, item: Item) -> Any:
    """What two items of the same id must share to stand in one column: type, option values and reasons to be absent."""
    return [item.type, [[option.value, option.missing] for option in instrument.options(item)]]


# --- one instrument built on another --------------------------------------------------------------


def extended(own: Instrument, base: Instrument) -> Instrument:
    """The base with the scales, dimensions, sections, alarms and thanks of `own`; title and languages as in `own`.

    Own sections come after the last section that the base asks at every wave, so that what closes some waves
    (what a person does now, how things have changed) still closes them.
    """
    common = [n for n, section in enumerate(base.sections) if any(item.waves is None for item in section.items)]
    split = common[-1] + 1 if common else len(base.sections)
    return dataclasses.replace(
        own,
        intro=own.intro or base.intro,
        target_minutes=own.target_minutes or base.target_minutes,
        scales={**base.scales, **own.scales},
        dimensions={**base.dimensions, **own.dimensions},
        sections=base.sections[:split] + own.sections + base.sections[split:],
        alarms=base.alarms + own.alarms,
        thanks=base.thanks + own.thanks,
    )


def with_origin(instrument: Instrument) -> Instrument:
    """Marks each item and dimension that has no origin yet with the instrument that brought it."""
    own = instrument.instrument

    def marked(section: Section) -> Section:
        items = tuple(dataclasses.replace(i, origin=i.origin or own) for i in section.items)
        return dataclasses.replace(section, items=items)

    return dataclasses.replace(
        instrument,
        sections=tuple(marked(section) for section in instrument.sections),
        dimensions={id: dataclasses.replace(d, origin=d.origin or own) for id, d in instrument.dimensions.items()},
    )


def direction(language: str) -> Literal["ltr", "rtl"]:
    """The direction in which a language is written."""
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def waves_of(item: Item, instrument: Instrument) -> Sequence[str]:
    """The waves at which an item is asked."""
    return instrument.waves if item.waves is None else item.waves
