"""What each column of the answers is: its label, its values, its measure, and why a cell of it can be empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from analysis.dataset import Dataset
from analysis.findings import CHANGED, UNKNOWN
from analysis.page_depth import CHANNELS, EXITS, HELPERS
from analysis.wording import Words
from survey.marking import _
from survey.model import YES, YES_NO_WORDS, Instrument, Item, Library, Option, Text, Value
from survey.variables import FIXED, Storage, Variable, variables

Measure = Literal["nominal", "ordinal", "scale"]
Reason = Literal["not_shown", "skipped", "not_applicable", "dont_know", "prefer_not"]

REASONS: Mapping[Reason, str] = {
    "not_shown": _("Not shown"),
    "skipped": _("Skipped"),
    "not_applicable": _("Does not apply"),
    "dont_know": _("Does not know"),
    "prefer_not": _("Would rather not say"),
}
"""Why an item that was asked has no answer, in the order of the codes that files give them."""
LABELS: Mapping[str, str] = {
    "submission": _("Questionnaire that was sent (random id)"),
    "participation": _("Participation: one person's spell in one service (random id)"),
    "person": _("Person (pseudonym), where participations are linked"),
    "service": _("Service"),
    "group": _("Group of people who began together"),
    "instrument": _("Instrument"),
    "version": _("Version of the instrument"),
    "meaning": _("Digest of all that decides what an answer means"),
    "wave": _("Wave"),
    "language": _("Language of answering"),
    "channel": _("Channel of answering"),
    "helper": _("Who helped to answer"),
    "received": _("Time of receipt (UTC)"),
    "revisions": _("Number of corrections before this one"),
    "participation.start": _("Participation: start"),
    "participation.planned_end": _("Participation: planned end"),
    "participation.end": _("Participation: actual end"),
    "participation.exit_reason": _("Participation: why it ended"),
    "participation.invited": _("Participation: day of the invitation"),
    "service.title": _("Service: title"),
    "service.kind": _("Service: kind"),
    "service.provider": _("Service: provider (id)"),
    "service.provider_name": _("Service: provider"),
    "service.sourcing": _("Service: own or bought"),
    "service.contract": _("Service: contract"),
    "service.lot": _("Service: lot"),
    "service.buyer": _("Service: buyer"),
    "service.municipality": _("Service: municipality"),
    "service.arm": _("Service: arm"),
    "service.length_days": _("Service: length in days"),
}
"""The columns that every row of answers has. Names of joined ones have a dot after the id of a column that no item can
have, so that no item is called so."""
ARMS = {"intervention": _("Intervention"), "comparison": _("Comparison")}
SOURCINGS = {"own": _("The area's own"), "bought": _("Bought")}
CHOSEN, NOT_CHOSEN = _("Chosen"), _("Not chosen")
NO_LANGUAGE = _("Texts of {instrument} stand in the language {other}: it has none in {language}.")
OTHER_TEXT = _("{versions} asked: {text}")
OTHER_LABEL = _("In {versions} the value {value} was called: {text}")
SHARED_TEXT = _("Holds text, as some versions have numbers for the options and others have words.")

JOINED_PEOPLE = ("start", "planned_end", "end", "exit_reason", "invited")
JOINED_SERVICES = (
    "title", "kind", "provider", "provider_name", "sourcing", "contract", "lot", "buyer", "municipality", "arm",
    "length_days",
)  # fmt: skip
_ORDINAL = ("likert", "rank")
_SCALE = ("scale", "integer", "decimal", "year", "date", "month", "time", "calculated")
_STORAGE: Mapping[str, Storage] = {
    "version": "Int64",
    "revisions": "Int64",
    "received": "datetime",
    "participation.start": "date",
    "participation.planned_end": "date",
    "participation.end": "date",
    "participation.invited": "date",
    "service.length_days": "Int64",
}


@dataclass(frozen=True, kw_only=True)
class Note:
    """What a reader of a file has to know of it: a sentence with what fills its gaps."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def say(self, words: Words) -> str:
        """The sentence in a language. Raises UntranslatedError."""
        return words(self.message, **self.values)

    def __str__(self) -> str:
        return self.message.format(**self.values)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the answers.

    `categories` are the values that an answer can have with their labels, in order; `missing` the labels of the reasons
    for which an asked item has no answer. `item` and `type` are empty for columns that every row has; `words` marks
    what respondents wrote beside an option. `lowest` is the least number that can be typed, where there is one.
    """

    name: str
    label: str
    storage: Storage
    measure: Measure
    categories: tuple[tuple[Value, str], ...] = ()
    missing: Mapping[Reason, str] = field(default_factory=dict)
    item: str = ""
    type: str = ""
    words: bool = False
    decimals: int = 0
    lowest: float | None = None
    instruments: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Material:
    """What files are written from: the answers with the columns of their participation and service, described."""

    dataset: Dataset
    words: Words
    responses: pd.DataFrame
    columns: tuple[Column, ...]
    notes: tuple[Note, ...]

    def reasons(self, column: Column) -> pd.Series[str]:
        """For each row of `responses` the reason why the item of a column has no answer; missing where there is none:
        it was answered, or never asked."""
        submissions = self.responses["submission"]
        if not column.item or column.words:
            return pd.Series(pd.NA, index=submissions.index, dtype="string")
        absences = self.dataset.absences
        of_item = absences[absences["item"] == column.item].drop_duplicates("submission")
        return submissions.map(of_item.set_index("submission")["reason"]).astype("string")


def material(dataset: Dataset, words: Words) -> Material:
    """A dataset with its columns described in the language of `words`, or else in an instrument's first."""
    spoken = _Spoken(dataset.library, words)
    responses = joined(dataset)
    found = [_fixed(name, spoken) for name in responses.columns if name in LABELS]
    by_name = {column.name: column for column in (*found, *_of_items(dataset, spoken))}
    return Material(
        dataset=dataset,
        words=words,
        responses=responses,
        columns=tuple(by_name[name] for name in responses.columns),
        notes=tuple(spoken.notes()),
    )


def joined(dataset: Dataset) -> pd.DataFrame:
    """The answers, each row with the columns of its participation and of its service before those of items."""
    responses = dataset.responses
    people = dataset.participations.set_index("id")[[*JOINED_PEOPLE]].add_prefix("participation.")
    services = dataset.services.set_index("id")[[*JOINED_SERVICES]].add_prefix("service.")
    own = [name for name in responses.columns if name in FIXED]
    items = [name for name in responses.columns if name not in FIXED]
    beside = [_beside(responses["participation"], people), _beside(responses["service"], services)]
    return pd.concat([responses[own], *beside, responses[items]], axis="columns")


def _beside(keys: pd.Series[str], table: pd.DataFrame) -> pd.DataFrame:
    """The row of a table for each key, empty where it has none."""
    return table.reindex(pd.Index(keys)).set_axis(keys.index, axis="index")


# --- columns of every row --------------------------------------------------------------------------------------------


def _fixed(name: str, spoken: _Spoken) -> Column:
    storage = _STORAGE.get(name, "string")
    return Column(
        name=name,
        label=spoken.words(LABELS[name]),
        storage=storage,
        measure="nominal" if storage == "string" or name == "version" else "scale",
        categories=tuple(_known(name, spoken).items()),
    )


def _known(name: str, spoken: _Spoken) -> Mapping[str, str]:
    """The values of a column that are known beforehand, with their labels."""
    library, words = spoken.library, spoken.words
    marked = {
        "channel": CHANNELS,
        "helper": HELPERS,
        "participation.exit_reason": EXITS,
        "service.arm": ARMS,
        "service.sourcing": SOURCINGS,
    }
    if name in marked:
        # A page has words for what is not known, too; here the cell is empty.
        known = {value: label for value, label in marked[name].items() if value not in (UNKNOWN, CHANGED)}
        return {value: words(label) for value, label in known.items()}
    site = library.site
    texts: Mapping[str, Callable[[], Mapping[str, str]]] = {
        "wave": lambda: {id: words.text(wave.title) for id, wave in site.waves.items()},
        "language": lambda: {tag: words.language_name(tag, own) for tag, own in site.language_names.items()},
        "service": lambda: {service.id: words.text(service.title) for service in library.services.services},
        "service.kind": lambda: {id: words.text(title) for id, title in library.services.kinds.items()},
        "instrument": lambda: {i.instrument: spoken.text(i, i.title) for i in spoken.instruments},
    }
    return texts[name]() if name in texts else {}


# --- columns of items ------------------------------------------------------------------------------------------------

Carrier = tuple[Instrument, Variable]


class _Spoken:
    """The texts of a library in one language, which remembers where it had to take another."""

    def __init__(self, library: Library, words: Words) -> None:
        self.library, self.words = library, words
        self.instruments = sorted(library.instruments.values(), key=lambda one: (one.instrument, one.version))
        self._others: dict[str, str] = {}

    def text(self, instrument: Instrument, text: Text) -> str:
        """A text in the language, or in the instrument's first."""
        found = text.get(self.words.language)
        if found is None:
            self._others[instrument.key] = instrument.languages[0]
            found = text[instrument.languages[0]]
        return " ".join(found.split())

    def notes(self) -> Iterator[Note]:
        for key, other in sorted(self._others.items()):
            values = {"instrument": key, "other": other, "language": self.words.language}
            yield Note(message=NO_LANGUAGE, values=values)


def _of_items(dataset: Dataset, spoken: _Spoken) -> Iterator[Column]:
    """A description for each column that items have, by the newest version of each."""
    carriers: dict[str, list[Carrier]] = {}
    for instrument in spoken.instruments:
        for variable in variables(instrument):
            carriers.setdefault(variable.name, []).append((instrument, variable))
    for name, found in carriers.items():
        if name in dataset.responses.columns:
            yield _column(name, sorted(found, key=_newest_first), dataset.responses[name], spoken)


def _newest_first(carrier: Carrier) -> tuple[bool, int, str]:
    """The instrument that brought an item before those that build on it, and its newest version first."""
    instrument, variable = carrier
    return variable.item.origin not in ("", instrument.instrument), -instrument.version, instrument.instrument


def _column(name: str, carriers: Sequence[Carrier], column: pd.Series[str], spoken: _Spoken) -> Column:
    instrument, variable = carriers[0]
    item = variable.item
    storage = _merged([one.storage for _, one in carriers])
    categories, notes = _categories(carriers, spoken)
    lowest = [float(v.item.minimum) for _, v in carriers if isinstance(v.item.minimum, int | float)]
    return Column(
        name=name,
        label=_label(instrument, variable, spoken),
        storage=storage,
        measure=_measure(instrument, variable),
        categories=categories,
        missing=_missing(carriers, spoken),
        item=item.id,
        type=item.type,
        words=variable.words,
        decimals=(item.decimals or 2) if storage == "Float64" else 0,
        lowest=min(lowest, default=None),
        instruments=tuple(sorted(one.key for one, _ in carriers)),
        notes=(*_other_texts(carriers, spoken), *notes, *_shared(carriers, storage)),
    )


def _merged(storages: Sequence[Storage]) -> Storage:
    """The storage of a column that several versions share, as `analysis.dataset.response_schema` has it."""
    kinds = set(storages)
    if len(kinds) == 1:
        return storages[0]
    return "Float64" if kinds == {"Int64", "Float64"} else "string"


def _label(instrument: Instrument, variable: Variable, spoken: _Spoken) -> str:
    item = variable.item
    parts = [spoken.text(instrument, instrument.grid(item.grid).text)] if item.grid else []
    parts.append(spoken.text(instrument, item.text))
    if variable.option is not None:
        parts.append(spoken.text(instrument, variable.option.label) + (" …" if variable.words else ""))
    return " – ".join(parts)


def _measure(instrument: Instrument, variable: Variable) -> Measure:
    item = variable.item
    if variable.words:
        return "nominal"
    scored = any(option.score is not None for option in instrument.options(item)) and variable.values
    if item.type in _ORDINAL or scored:
        return "ordinal"
    return "scale" if item.type in _SCALE else "nominal"


def _categories(carriers: Sequence[Carrier], spoken: _Spoken) -> tuple[tuple[tuple[Value, str], ...], list[Note]]:
    """The values with their labels, those of the newest version first, and what older versions called otherwise."""
    found: dict[Value, str] = {}
    others: dict[tuple[Value, str], list[str]] = {}
    for instrument, variable in carriers:
        for value, label in _values(instrument, variable, spoken).items():
            if found.setdefault(value, label) != label:
                others.setdefault((value, label), []).append(instrument.key)
    notes = [
        Note(message=OTHER_LABEL, values={"versions": ", ".join(sorted(keys)), "value": value, "text": label})
        for (value, label), keys in others.items()
    ]
    return tuple(found.items()), notes


def _values(instrument: Instrument, variable: Variable, spoken: _Spoken) -> Mapping[Value, str]:
    item, words = variable.item, spoken.words
    if variable.storage == "boolean":
        return {1: words(CHOSEN), 0: words(NOT_CHOSEN)}
    if variable.option is not None:
        return {}
    if item.type == "consent":
        return {YES: YES_NO_WORDS.get(words.language, YES_NO_WORDS["en"])[0]}
    options = [option for option in instrument.options(item) if option.missing is None]
    found = {option.value: spoken.text(instrument, _option_label(item, option, options)) for option in options}
    # A link can say what the item itself says unless told otherwise.
    return found | {item.value: item.value} if found and item.value and item.value not in found else found


def _option_label(item: Item, option: Option, options: Sequence[Option]) -> Text:
    """The words at the ends of a scale, which label its first and last number."""
    if item.type == "scale" and option in (options[0], options[-1]):
        return (item.low if option is options[0] else item.high) or option.label
    return option.label


def _missing(carriers: Sequence[Carrier], spoken: _Spoken) -> Mapping[Reason, str]:
    """The reasons for which the item can have no answer; those of options in the options' own words."""
    if carriers[0][1].words:
        return {}
    found: dict[Reason, str] = {"not_shown": "", "skipped": ""}
    for instrument, variable in carriers:
        for option in instrument.options(variable.item):
            if option.missing is not None:
                label = spoken.text(instrument, option.label)
                # A dash stands beside a box; it says nothing in a list of codes.
                found.setdefault(option.missing, label if any(letter.isalpha() for letter in label) else "")
    return {reason: found[reason] or spoken.words(REASONS[reason]) for reason in REASONS if reason in found}


def _other_texts(carriers: Sequence[Carrier], spoken: _Spoken) -> Iterator[Note]:
    texts: dict[str, list[str]] = {}
    for instrument, variable in carriers:
        texts.setdefault(_label(instrument, variable, spoken), []).append(instrument.key)
    for text, keys in [*texts.items()][1:]:
        yield Note(message=OTHER_TEXT, values={"versions": ", ".join(sorted(keys)), "text": text})


def _shared(carriers: Sequence[Carrier], storage: Storage) -> Iterator[Note]:
    if storage == "string" and any(one.storage != "string" for _, one in carriers):
        yield Note(message=SHARED_TEXT)
