"""What a questionnaire, a service and a site are: frozen values, and nothing that reads or writes.

The classes mirror the keys of the YAML files; `survey.reading` fills them and `as_data`/`from_data` carry them as
JSON. Texts map a language tag to words. Positions of problems are given as paths of keys into the file.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import hashlib
import json
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Annotated, Any, Literal, TypeVar

from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import Phrase, said

T = TypeVar("T")
Text = Annotated[Mapping[str, str], "text"]
Recordings = Annotated[Mapping[str, str], "audio"]
"""A file by language, for those languages that have one."""
Value = int | str
Limit = int | float | str
"""A number, or for dates and times ISO text or `today`."""

ItemType = Literal[
    "likert",
    "single",
    "dropdown",
    "yes_no",
    "scale",
    "grid",
    "multiple",
    "rank",
    "integer",
    "decimal",
    "date",
    "month",
    "year",
    "time",
    "text",
    "long_text",
    "email",
    "phone",
    "consent",
    "note",
    "hidden",
    "calculated",
]
ONE_OF = ("likert", "single", "dropdown", "yes_no", "scale")
"""Types whose answer is one of their options."""
TICKED = (*ONE_OF, "multiple")
"""Types answered by choosing options on the page."""
WITH_OPTIONS = (*TICKED, "grid", "rank", "hidden")
"""Types that can have options of their own."""
TYPED_NUMBERS = ("integer", "decimal", "year")
DATED = ("date", "month", "year")
CONTACT = ("email", "phone")
"""Types whose answers are contact details: kept in the store, and never in a dataset."""
WORDS = ("text", "long_text", *CONTACT)
"""Types that are answered in own words."""
YES, NO = "yes", "no"
YES_NO_WORDS: Mapping[str, tuple[str, str]] = {
    "fi": ("Kyllä", "Ei"),
    "sv": ("Ja", "Nej"),
    "en": ("Yes", "No"),
    "fi-simple": ("Kyllä", "Ei"),
    "uk": ("Так", "Ні"),
    "ru": ("Да", "Нет"),
    "ar": ("نعم", "لا"),
    "so": ("Haa", "Maya"),
}
"""The words of yes_no items. In other languages an item writes its two options out."""
PLACEHOLDERS = ("service", "provider", "organisation")
Respondent = Literal["client", "coach", "employer"]
WordingCode = Literal["DOUBLE-BARRELLED", "NEGATED", "SAME-TEXT"]
ItemCode = Literal["DOUBLE-BARRELLED", "NEGATED", "OPTION-CUT", "SAME-TEXT", "ITEM-IDENTIFIES"]
DimensionCode = Literal["MIXED-DIRECTION", "FEW-ITEMS", "SAME-TEXT"]
WarningCode = Literal[
    "DOUBLE-BARRELLED",
    "NEGATED",
    "OPTION-CUT",
    "SAME-TEXT",
    "MIXED-DIRECTION",
    "FEW-ITEMS",
    "TOO-LONG",
    "REVIEW-NEEDED",
    "ITEM-IDENTIFIES",
]
"""Warnings that somebody can have considered and accepted; none of them is part of what an answer means."""
HELPERS = ("none", "interpreter", "relative", "coach", "area_staff")
CHANNELS = ("own_device", "shared_device", "paper_keyed", "interview")
RIGHT_TO_LEFT = ("ar", "fa", "ckb", "he", "ur")
EASY = "-simple"
"""How the tag of the easy form of a language ends: `fi-simple` is easy Finnish."""


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
    "image": (
        r"images/[a-z0-9][a-z0-9_-]{0,60}\.(svg|png|jpg|webp)",
        said(_("a file like 'images/happy.svg' (.svg, .png, .jpg or .webp)")),
    ),
    "audio": (
        r"audio/[a-z0-9][a-z0-9_-]{0,60}(\.[a-z0-9-]{1,20})?\.(mp3|m4a)",
        said(_("a file like 'audio/js1.fi.mp3' (.mp3 or .m4a)")),
    ),
    "recipient": (
        r"age1[02-9ac-hj-np-z]{58}",
        said(_("a public key of age, as 'mittari keys --identity FILE' tells it")),
    ),
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
    """One answer to choose. `missing` names why it is no answer; `achieved` says that it counts as the outcome;
    `exclusive` that it goes with no other; `other` that it opens a field for words; `score` counts for its value."""

    value: Value = _form("value")
    label: Text
    missing: Literal["not_applicable", "dont_know", "prefer_not"] | None = None
    achieved: bool = False
    exclusive: bool = False
    other: bool = False
    score: float | None = None
    image: str | None = _form("image", default=None)


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Options that several items share."""

    options: tuple[Option, ...]
    source: str | None = None
    licence: str | None = None
    reworded: int | None = _between(1, 9999, default=None)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a grid: an item of its own in answers, conditions and dimensions."""

    id: str = _form("item")
    text: Text
    hint: Text | None = None
    audio: Recordings | None = _form("audio", default=None)
    reverse: bool = False
    reworded: int | None = _between(1, 9999, default=None)
    accepted: tuple[WordingCode, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """What must hold where every item that the rule names is answered, and what to say where it does not."""

    rule: str
    message: Text


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question, or a note. In a grid, `text` is the stem that its rows share. `audio` is it read aloud."""

    id: str = _form("item")
    type: ItemType
    text: Text
    hint: Text | None = None
    audio: Recordings | None = _form("audio", default=None)
    scale: str | None = None
    options: tuple[Option, ...] = ()
    rows: tuple[Row, ...] = ()
    required: Literal["no", "soft", "hard"] = "no"
    minimum: Limit | None = None
    maximum: Limit | None = None
    low: Text | None = None
    high: Text | None = None
    unit: Text | None = None
    decimals: int | None = _between(1, 6, default=None)
    max_length: int | None = _between(1, 20_000, default=None)
    at_least: int | None = _between(1, 100, default=None)
    at_most: int | None = _between(1, 100, default=None)
    value: str | None = _form("value", default=None)
    calculate: str | None = None
    constraints: tuple[Constraint, ...] = ()
    show_if: str | None = None
    waves: tuple[str, ...] | None = None
    reverse: bool = False
    outcome: Literal["employment", "education"] | None = None
    anchor: bool = False
    then: bool = False
    sensitive: bool = False
    ground: str | None = _form("item", default=None)
    reworded: int | None = _between(1, 9999, default=None)
    accepted: tuple[ItemCode, ...] = ()
    origin: str = field(default="", metadata={"derived": True})
    grid: str = field(default="", metadata={"derived": True})
    """Of a row, the id of its grid."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """Questions under one heading. `show_if` holds for all of them."""

    title: Text | None = None
    intro: Text | None = None
    show_if: str | None = None
    items: tuple[Item, ...]

    def asked(self, wave: str | None) -> Iterator[Item]:
        """What stands in the section at a wave: questions, grids as one, and notes; without a wave, all of them."""
        return (item for item in self.items if wave is None or item.waves is None or wave in item.waves)


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
    support_below: float | None = None
    accepted: tuple[DimensionCode, ...] = ()
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
    respondent: Respondent = "client"
    source: Text | None = None
    review: Mapping[str, Literal["needed"]] = _form("language", default_factory=dict)
    target_minutes: float | None = _between(1, 600, default=None)
    extends: str | None = _form("pinned", default=None)
    intro: Text | None = None
    scales: Mapping[str, Scale] = _form("item", default_factory=dict)
    dimensions: Mapping[str, Dimension] = _form("item", default_factory=dict)
    sections: tuple[Section, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    thanks: tuple[Alarm, ...] = ()
    own_result: bool = False
    accepted: tuple[WarningCode, ...] = ()

    @property
    def key(self) -> str:
        """`id@version`, as services pin it."""
        return f"{self.instrument}@{self.version}"

    def items(self, wave: str | None = None) -> Iterator[Item]:
        """Every item that can have an answer, in the order of asking; with a wave, those asked then.

        A grid stands as its rows, and the condition of a section as part of its items'. Notes are no items.
        """
        return (item for item in self._items if wave is None or item.waves is None or wave in item.waves)

    @functools.cached_property
    def _items(self) -> tuple[Item, ...]:
        return tuple(
            one
            for section in self.sections
            for item in section.items
            if item.type != "note"
            for one in _answerable(item, condition(section, item))
        )

    def item(self, id: str) -> Item:
        """The item with this id; KeyError if there is none."""
        return self._by_id[id]

    def grid(self, id: str) -> Item:
        """The grid with this id; StopIteration if there is none."""
        return next(item for section in self.sections for item in section.items if item.id == id)

    @functools.cached_property
    def _by_id(self) -> Mapping[str, Item]:
        return {item.id: item for item in self.items()}

    @functools.cached_property
    def _meanings(self) -> dict[str, str]:
        """What `meaning` has worked out: each submission asks, and the value never changes."""
        return {}

    def _bare(self, item: Item) -> tuple[Any, list[Any]]:
        """An item and its options as data without their words: the same in every language."""
        if item.id not in self._bare_items:
            data = {key: value for key, value in as_data(item).items() if key not in _WORDS}
            self._bare_items[item.id] = (data, self._bare_options(item))
        return self._bare_items[item.id]

    @functools.cached_property
    def _bare_items(self) -> dict[str, tuple[Any, list[Any]]]:
        return {}

    def _bare_options(self, item: Item) -> list[Any]:
        """Those of a scale are the same for each of its items."""
        if item.scale is not None and item.scale in self._bare_scales:
            return self._bare_scales[item.scale]
        options = [
            {key: value for key, value in as_data(option).items() if key not in ("label", "image")}
            for option in self.options(item)
        ]
        if item.scale is not None:
            self._bare_scales[item.scale] = options
        return options

    @functools.cached_property
    def _bare_scales(self) -> dict[str, list[Any]]:
        return {}

    @functools.cached_property
    def _with_origin(self) -> Instrument:
        """What `with_origin` gives: every instrument that extends this one asks."""
        own = self.instrument
        return dataclasses.replace(
            self,
            sections=tuple(
                dataclasses.replace(section, items=tuple(i if i.origin else _marked(i, own) for i in section.items))
                for section in self.sections
            ),
            dimensions={id: d if d.origin else _marked(d, own) for id, d in self.dimensions.items()},
        )

    def options(self, item: Item) -> tuple[Option, ...]:
        """The item's own options, or its scale's; those of types scale and yes_no need not be written out."""
        own = self.scales[item.scale].options if item.scale else item.options
        if item.type == "scale":
            low, high = scale_ends(item)
            # A longer one is a problem that `survey.checks` tells; its numbers could be without end.
            return (*(_numbered(n, self.languages) for n in range(low, min(high, low + 100) + 1)), *own)
        if item.type == "yes_no" and not {YES, NO} & {option.value for option in own}:
            return (*_yes_no(self.languages, bool(item.outcome)), *own)
        return own

    def met_in(self, wanted: str, known: Collection[str]) -> str | None:
        """The language in which whoever comes in `wanted` meets this questionnaire; None where it has no such language.

        An instrument that lists the easy form of a language before the language itself is in easy language first: who
        comes in the language meets the easy form. Who comes in the easy form meets it, or else the language itself.
        `known` are the languages of the site, which may have lost one since the version was locked.
        """
        plain = wanted.removesuffix(EASY)
        here = [tag for tag in self.languages if tag in known]
        order = here if wanted == plain else [wanted, plain]
        return next((tag for tag in order if tag in here and tag in (plain, plain + EASY)), None)

    @property
    def by_service(self) -> bool:
        """Whether some text names the service, so that each service has pages of its own."""
        return not self._gaps.isdisjoint(PLACEHOLDERS[:2])

    @property
    def has_placeholders(self) -> bool:
        """Whether some text has a gap to fill."""
        return bool(self._gaps)

    @property
    def images(self) -> frozenset[str]:
        """The pictures that stand beside options."""
        sets = [scale.options for scale in self.scales.values()]
        sets += [item.options for section in self.sections for item in section.items]
        return frozenset(option.image for options in sets for option in options if option.image)

    @property
    def recordings(self) -> frozenset[str]:
        """The files that its questions and notes are heard from."""
        asked = [item for section in self.sections for item in section.items]
        heard = [*(item.audio for item in asked), *(row.audio for item in asked for row in item.rows)]
        return frozenset(file for audio in heard for file in (audio or {}).values())

    @functools.cached_property
    def _gaps(self) -> frozenset[str]:
        """The placeholders that its texts have."""
        with_braces = [text for text in texts(self) if "{" in text]
        return frozenset(name for name in PLACEHOLDERS for text in with_braces if f"{{{name}}}" in text)


def condition(section: Section, item: Item) -> str | None:
    """The condition of an item, with that of its section."""
    if section.show_if is None or item.show_if is None:
        return section.show_if or item.show_if
    return f"({section.show_if}) and ({item.show_if})"


def _answerable(item: Item, show_if: str | None) -> Iterator[Item]:
    """An item as it is answered: a grid as its rows."""
    if item.type != "grid":
        yield item if show_if == item.show_if else dataclasses.replace(item, show_if=show_if)
        return
    for row in item.rows:
        yield dataclasses.replace(
            item,
            id=row.id,
            type="likert",
            text=row.text,
            hint=row.hint,
            audio=row.audio,
            rows=(),
            reverse=row.reverse,
            reworded=row.reworded,
            accepted=(*item.accepted, *row.accepted),
            show_if=show_if,
            grid=item.id,
        )


def scale_ends(item: Item) -> tuple[int, int]:
    """The first and the last number of an item of type scale."""
    low, high = item.minimum, item.maximum
    return (low if isinstance(low, int) else 0), (high if isinstance(high, int) else 10)


def _numbered(number: int, languages: Sequence[str]) -> Option:
    return Option(value=number, label=dict.fromkeys(languages, str(number)))


def _yes_no(languages: Sequence[str], outcome: bool) -> tuple[Option, Option]:
    """Languages without words are a problem that `survey.checks` tells."""
    yes, no = ({tag: YES_NO_WORDS.get(tag, (YES, NO))[n] for tag in languages} for n in (0, 1))
    return Option(value=YES, label=yes, achieved=outcome), Option(value=NO, label=no)


def texts(value: object) -> Iterator[str]:
    """Every text of a value of this module, in every language, and whatever else stands in a mapping of words."""
    for name in _names(_class(value)):
        entry = getattr(value, name)
        # Most are None, plain values or empty, and hold no text.
        if entry and type(entry) is not str:
            yield from _texts_of(entry)


def _class(value: object) -> type:
    return type(value)


@functools.cache
def _names(cls: type) -> tuple[str, ...]:
    """The fields of a class of this module; none of others."""
    return tuple(f.name for f in dataclasses.fields(cls)) if dataclasses.is_dataclass(cls) else ()


def _texts_of(entry: object) -> Iterator[str]:
    if isinstance(entry, dict):
        for one in entry.values():
            if isinstance(one, str):
                yield one
            else:
                yield from texts(one)
    elif isinstance(entry, tuple):
        for one in entry:
            yield from texts(one)
    else:
        yield from texts(entry)


def _is_text(kind: Any) -> bool:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return any(typing.get_origin(argument) is Annotated for argument in typing.get_args(kind))
    return typing.get_origin(kind) is Annotated


def filled(value: T, words: Mapping[str, Mapping[str, str]]) -> T:
    """A value of this module with the placeholders in its texts filled: `words` gives each placeholder's text by
    language. A placeholder that is not given stays."""
    changes = {}
    for f in dataclasses.fields(value):  # type: ignore[arg-type]
        entry = getattr(value, f.name)
        new = _filled(field_types(_class(value))[f.name], entry, words)
        if new is not entry:
            changes[f.name] = new
    return dataclasses.replace(value, **changes) if changes else value  # type: ignore[type-var]


def _filled(kind: Any, entry: Any, words: Mapping[str, Mapping[str, str]]) -> Any:
    if dataclasses.is_dataclass(entry) and not isinstance(entry, type):
        return filled(entry, words)
    if isinstance(entry, tuple):
        new = tuple(_filled(None, one, words) for one in entry)
        return new if any(a is not b for a, b in zip(new, entry, strict=True)) else entry
    if isinstance(entry, Mapping) and _is_text(kind):
        if not any("{" in text for text in entry.values()):
            return entry
        return {language: _with_words(text, language, words) for language, text in entry.items()}
    if isinstance(entry, Mapping):
        return {key: _filled(None, one, words) for key, one in entry.items()}
    return entry


def _with_words(text: str, language: str, words: Mapping[str, Mapping[str, str]]) -> str:
    for name, by_language in words.items():
        text = text.replace(f"{{{name}}}", by_language.get(language, f"{{{name}}}"))
    return text


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
    kind: str = _form("id")
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

    kinds: Mapping[str, Text] = _form("id")
    providers: Mapping[str, Provider] = _form("id")
    services: tuple[Service, ...]

    def service(self, id: str) -> Service:
        """The service with this id; KeyError if there is none."""
        return {service.id: service for service in self.services}[id]


WIDEST_WINDOW = 3650
"""How many days before or after its due day a wave can be open."""


@dataclass(frozen=True, kw_only=True)
class Wave:
    """When a measurement is due: `months` after an anchor date, open some days around it (both ends included).
    `in_service`: it is asked of nobody who has left before it opens."""

    title: Text
    at: Literal["start", "end"] | None = None
    after: Literal["start", "end"] | None = None
    months: int = _between(0, 120, default=0)
    open: tuple[int, int]
    in_service: bool = False

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
class Ground:
    """A legal ground for asking something sensitive: `title` stands beside the question, `basis` in the codebook."""

    title: Text
    basis: str


@dataclass(frozen=True, kw_only=True)
class Organisation:
    name: Text
    email: str = _form("email")
    phone: str | None = None
    postal_address: str | None = None


@dataclass(frozen=True, kw_only=True)
class Conformance:
    """How far the site meets the requirements of accessibility: declared by a person, never by a program."""

    level: Literal["fully", "partly", "not"]
    assessed_by: Text
    assessed: str = _form("date")


@dataclass(frozen=True, kw_only=True)
class Security:
    """What security.txt says to whoever has found a weakness."""

    contact: str = _form("email")
    expires: str = _form("date")
    languages: tuple[str, ...] = _form("language")


@dataclass(frozen=True, kw_only=True)
class OwnRetention:
    """Where one instrument's answers are kept for another time than the site's."""

    words: int | None = _between(0, 600, default=None)
    answers: int | None = _between(1, 600, default=None)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """For how many months what is kept: codes after a participation's last questionnaire has closed, own words and
    other answers after they came, and in the log what staff did."""

    codes: int = _between(0, 120, default=3)
    words: int = _between(0, 600, default=12)
    answers: int = _between(1, 600, default=36)
    log: int = _between(12, 600, default=60)
    instruments: Mapping[str, OwnRetention] = _form("id", default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Support:
    """Where somebody who is not well finds help in the area: shown beside a low result, to that person alone."""

    title: Text
    text: Text


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
    grounds: Mapping[str, Ground] = _form("item", default_factory=dict)
    support: Support | None = None
    notices: Mapping[Literal["privacy", "accessibility"], Notice]
    conformance: Conformance | None = None
    security: Security | None = None
    retention: Retention = field(default_factory=Retention)
    sealed_to: tuple[str, ...] = _form("recipient", default=())


@dataclass(frozen=True, kw_only=True)
class Library:
    """All that a folder holds, resolved: what a build and a bundle are made of."""

    site: Site
    services: Services
    instruments: Mapping[str, Instrument]
    drafts: tuple[str, ...] = ()
    """The versions that are not locked: to be tried out, and not to be answered in earnest."""


# --- JSON -----------------------------------------------------------------------------------------


_PLAIN = frozenset({str, int, float, bool, type(None)})


def as_data(value: object) -> Any:
    """A value of this module (or any frozen dataclass) as plain JSON data; fields at their default are left out."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, dict):
        return {key: entry if type(entry) in _PLAIN else as_data(entry) for key, entry in value.items()}
    if isinstance(value, tuple | list):
        return [as_data(entry) for entry in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {}
        for name, default in _defaults(type(value)):
            entry = getattr(value, name)
            if entry != default:
                found[name] = as_data(entry)
        return found
    if isinstance(value, Mapping):
        return {key: as_data(entry) for key, entry in value.items()}
    return value


@functools.cache
def _defaults(cls: type) -> tuple[tuple[str, object], ...]:
    """The fields of a dataclass with their defaults; MISSING, which equals nothing, where there is none."""
    return tuple(
        (f.name, f.default_factory() if f.default_factory is not dataclasses.MISSING else f.default)
        for f in dataclasses.fields(cls)
    )


def from_data(cls: type[T], data: Any) -> T:
    """The value that `as_data` wrote. Raises TypeError or KeyError where the data are not of this shape."""
    return typing.cast(T, _from_data(cls, data))


Reader = Callable[[Any], Any]


def _from_data(kind: Any, data: Any) -> Any:
    read = _reader(kind)
    return data if read is None else read(data)


@functools.cache
def _reader(kind: Any) -> Reader | None:
    """How data become a value of a type; None where they are one already. Made once: many are read."""
    if dataclasses.is_dataclass(kind):
        return functools.partial(_read_fields, typing.cast(type, kind))
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return dict
    if origin in (typing.Union, types.UnionType):
        inner = next((a for a in arguments if typing.get_origin(a) or dataclasses.is_dataclass(a)), None)
        return None if inner is None else lambda data: None if data is None else _from_data(inner, data)
    if origin is tuple and arguments[-1] is Ellipsis:
        return lambda data: tuple(_from_data(arguments[0], entry) for entry in data)
    if origin is tuple:
        return lambda data: tuple(_from_data(k, entry) for k, entry in zip(arguments, data, strict=True))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return lambda data: {key: _from_data(arguments[1], entry) for key, entry in data.items()}
    return None


def _read_fields(cls: type, data: Mapping[str, Any]) -> Any:
    readers = _readers(cls)
    return cls(**{name: entry if (read := readers[name]) is None else read(entry) for name, entry in data.items()})


@functools.cache
def _readers(cls: type) -> Mapping[str, Reader | None]:
    return {name: _reader(kind) for name, kind in field_types(cls).items()}


@functools.cache
def field_types(cls: type) -> Mapping[str, Any]:
    """The resolved type of each field of a dataclass; a Text keeps its mark."""
    return typing.get_type_hints(cls, include_extras=True)


def canonical(data: object) -> bytes:
    """JSON bytes that are equal for equal data: sorted keys, no spaces, UTF-8."""
    return _canonical(data).encode()


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


# --- meaning --------------------------------------------------------------------------------------


def meaning(instrument: Instrument, language: str) -> str:
    """16 hex digits over all that decides what an answer means in one language: structure, ids, types, scoring,
    conditions and the texts of items and options; not titles, hints, introductions or notes, nor pictures or
    recordings."""
    known = instrument._meanings
    if language not in known:
        known[language] = _meaning(instrument, language)
    return known[language]


def _meaning(instrument: Instrument, language: str) -> str:
    covered = {
        "instrument": instrument.instrument,
        "respondent": instrument.respondent,
        "waves": instrument.waves,
        "items": [item_content(instrument, item, language) for item in instrument.items()],
        "dimensions": {id: dimension_content(dimension) for id, dimension in instrument.dimensions.items()},
    }
    return _hash(covered)


def item_meaning(instrument: Instrument, item: Item, language: str) -> str:
    """The same of one item alone."""
    return _hash(item_content(instrument, item, language))


def _hash(covered: object) -> str:
    return hashlib.sha256(canonical(covered)).hexdigest()[:16]


def item_content(instrument: Instrument, item: Item, language: str) -> dict[str, Any]:
    """All of an item that decides what an answer to it means in one language, as JSON data."""
    data, option_data = instrument._bare(item)
    options = [
        {**bare, "label": option.label[language]}
        for option, bare in zip(instrument.options(item), option_data, strict=True)
    ]
    words = {name: text[language] for name in ("low", "high", "unit") if (text := getattr(item, name))}
    if item.grid:
        words["stem"] = instrument.grid(item.grid).text[language]
    if item.constraints:
        words["rules"] = [constraint.rule for constraint in item.constraints]
    return {**data, **words, "text": item.text[language], "options": options}


_WORDS = ("text", "hint", "audio", "scale", "options", "low", "high", "unit", "reworded", "constraints", "accepted")
"""Keys of an item that its meaning has by language, or not at all.

A recording helps to read the text and is no wording of its own, as a picture helps with a label: what is asked is what
stands on the page. So one can be added, mended or left out while a version is in the field."""


def dimension_content(dimension: Dimension) -> dict[str, Any]:
    """The same of a dimension, which has no words of its own that matter."""
    bare = dataclasses.replace(
        dimension, title={}, reference=None, meaningful_change=None, support_below=None, accepted=()
    )
    data: dict[str, Any] = as_data(bare)
    return data


def structure(instrument: Instrument, item: Item) -> Any:
    """What two instruments that share an id must agree on: its type, option values and reasons to be absent."""
    return [item.type, [[option.value, option.missing] for option in instrument.options(item)]]


# --- one instrument built on another --------------------------------------------------------------


def extended(own: Instrument, base: Instrument) -> Instrument:
    """The base with the scales, dimensions, sections, alarms and thanks of `own`; title and languages as in `own`.

    Own sections come after the last section that the base asks at every wave, so that what closes some waves
    (what a person does now, how things have changed) still closes them.
    """
    base = _at_waves(base, own.waves)
    common = [n for n, section in enumerate(base.sections) if any(item.waves is None for item in section.items)]
    split = common[-1] + 1 if common else len(base.sections)
    return dataclasses.replace(
        own,
        intro=own.intro or base.intro,
        review={**{tag: "needed" for tag in base.review if tag in own.languages}, **own.review},
        target_minutes=own.target_minutes or base.target_minutes,
        scales={**base.scales, **own.scales},
        dimensions={**base.dimensions, **own.dimensions},
        sections=base.sections[:split] + own.sections + base.sections[split:],
        alarms=base.alarms + own.alarms,
        thanks=base.thanks + own.thanks,
        own_result=own.own_result or base.own_result,
    )


def _at_waves(base: Instrument, waves: Sequence[str]) -> Instrument:
    """The base without what it asks at none of these waves."""

    def kept(section: Section) -> Section:
        items = []
        for item in section.items:
            own = None if item.waves is None else tuple(wave for wave in item.waves if wave in waves)
            if own != ():
                items.append(item if own == item.waves else dataclasses.replace(item, waves=own))
        return dataclasses.replace(section, items=tuple(items))

    sections = tuple(section for section in map(kept, base.sections) if section.items)
    left = {item.id for item in dataclasses.replace(base, sections=sections).items()}
    dimensions = {id: one for id, one in base.dimensions.items() if left.issuperset(one.items)}
    return dataclasses.replace(base, sections=sections, dimensions=dimensions)


def with_origin(instrument: Instrument) -> Instrument:
    """Marks each item and dimension that has no origin yet with the instrument that brought it."""
    return instrument._with_origin


def _marked(value: T, origin: str) -> T:
    """A copy with the origin; `replace` would ask each of the other fields."""
    new = copy.copy(value)
    object.__setattr__(new, "origin", origin)
    return new


def direction(language: str) -> Literal["ltr", "rtl"]:
    """The direction in which a language is written."""
    return "rtl" if language.split("-")[0] in RIGHT_TO_LEFT else "ltr"


def is_open(service: Service, instrument: Instrument) -> bool:
    """Whether an instrument of a service is answered without a code."""
    return service.open or instrument.respondent == "employer"


def waves_of(item: Item, instrument: Instrument) -> Sequence[str]:
    """The waves at which an item is asked."""
    return instrument.waves if item.waves is None else item.waves
