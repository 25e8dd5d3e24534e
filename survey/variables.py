"""The columns of the dataset that an instrument's answers make, as codebooks and files of answers describe them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from survey.answers import OTHER
from survey.frozen import dataclass
from survey.model import CONTACT, ONE_OF, Instrument, Item, Option
from survey.scoring import ItemScore, scoring_key

Storage = Literal["string", "Int64", "Float64", "boolean", "date", "datetime"]

FIXED: Mapping[str, tuple[Storage, str]] = {
    "submission": ("string", "Identifier of the submission"),
    "participation": ("string", "Identifier of the participation: one person's spell in one service"),
    "person": ("string", "Pseudonym of the person, where participations are linked"),
    "service": ("string", "Identifier of the service"),
    "group": ("string", "Group of people who began the service together"),
    "instrument": ("string", "Identifier of the instrument"),
    "version": ("Int64", "Version of the instrument"),
    "meaning": ("string", "Digest of all that decides what an answer means in the language"),
    "wave": ("string", "Wave of measurement"),
    "language": ("string", "Language that the questionnaire was answered in"),
    "channel": ("string", "How the answers came: own device, shared device, keyed from paper, interview"),
    "helper": ("string", "Who helped to answer"),
    "received": ("datetime", "Time of receipt, UTC"),
    "revisions": ("Int64", "How often the respondent corrected the answers"),
}
"""The columns that every row of answers has, before those of items."""

_STORED: Mapping[str, Storage] = {
    "integer": "Int64",
    "year": "Int64",
    "decimal": "Float64",
    "calculated": "Float64",
    "date": "date",
}


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One column: of an item, of one of its options (`multiple` and `rank`), or of the words beside one."""

    name: str
    item: Item
    storage: Storage
    option: Option | None = None
    words: bool = False

    @property
    def values(self) -> bool:
        """Whether the column holds the values of the item's options."""
        return self.option is None and not self.words


def variables(instrument: Instrument) -> tuple[Variable, ...]:
    """Every column, in the order of asking. Contact details have none."""
    return tuple(one for item in instrument.items() for one in variables_of(instrument, item))


def variables_of(instrument: Instrument, item: Item) -> Iterator[Variable]:
    """The columns of one item."""
    if item.type in CONTACT:
        return
    options = answers(instrument, item)
    if item.type in ("multiple", "rank"):
        kind: Storage = "boolean" if item.type == "multiple" else "Int64"
        for option in options:
            yield Variable(name=f"{item.id}.{option.value}", item=item, storage=kind, option=option)
    else:
        whole = item.type in ONE_OF and all(isinstance(option.value, int) for option in options)
        yield Variable(name=item.id, item=item, storage="Int64" if whole else _STORED.get(item.type, "string"))
    for option in options:
        if option.other:
            yield Variable(name=f"{item.id}.{OTHER}", item=item, storage="string", option=option, words=True)


def answers(instrument: Instrument, item: Item) -> list[Option]:
    """The options of an item that are answers."""
    return [option for option in instrument.options(item) if option.missing is None]


def formula(instrument: Instrument, dimension: str) -> str:
    """How a dimension is scored, as one line of arithmetic over its items: the same in every language."""
    key = next(key for key in scoring_key(instrument) if key.dimension == dimension)
    parts = [_part(item) for item in key.items]
    low, high = key.range
    added = f"{low:g} + " if low else ""
    return f"{dimension} = {added}{high - low:g} × mean({', '.join(parts)})"


def _part(item: ItemScore) -> str:
    name = f"score({item.item})" if item.scores else item.item
    above = f"{item.high:g} − {name}" if item.reverse else f"{name} − {item.low:g}" if item.low else name
    whole = above if " " not in above else f"({above})"
    return f"{whole} / {item.high - item.low:g}"
