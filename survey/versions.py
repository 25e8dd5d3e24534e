"""What differs between two versions of an instrument, and what that means for comparing their answers.

All that decides what an answer means is taken apart into facts, and facts are compared: what the hash of
`survey.model.meaning` covers, and nothing else. Each difference is of one kind:

| kind | what it is | under the same id |
|---|---|---|
| `wording` | the words of a question or of an answer | only where somebody judged it comparable: `reworded` |
| `fixed` | what an answer stands for: type, scoring, order, reason | never |
| `scoring` | what counts as reached | yes, but it makes another measure |
| `asking` | whom it is asked, when, and what may be chosen | yes |
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal

from survey.frozen import dataclass
from survey.marking import _
from survey.model import (
    Dimension,
    Instrument,
    Item,
    ItemType,
    Option,
    Scale,
    Value,
    dimension_content,
    item_content,
)
from survey.phrases import Phrase, Words, said
from survey.scoring import DimensionKey, scoring_key

Kind = Literal["wording", "fixed", "scoring", "asking"]
Status = Literal["same", "reworded", "changed", "new", "retired"]
Comparable = Literal["yes", "judged", "if_judged", "no"]
"""`judged` says that words changed and somebody judged the answers comparable; `if_judged`, that nobody has yet."""

_FAMILIES: tuple[tuple[ItemType, ...], ...] = (
    ("likert", "single", "dropdown", "yes_no", "scale"),
    ("text", "long_text"),
)
"""Types whose answers can stand in one column."""
_ORDERED = ("likert", "scale")
_FIXED = ("reverse", "then", "calculate", "score", "missing")


def shares_column(one: tuple[Instrument, Item], other: tuple[Instrument, Item]) -> bool:
    """Whether the answers to an item of two versions can stand in one column: options may come and go."""
    reasons = [
        {option.value: option.missing for option in instrument.options(item)} for instrument, item in (one, other)
    ]
    return other[1].type in family(one[1].type) and all(
        reasons[0][value] == reasons[1][value] for value in reasons[0].keys() & reasons[1].keys()
    )


def family(type: ItemType) -> tuple[ItemType, ...]:
    """The types, with this one, between which an item may change and keep its column."""
    return next((types for types in _FAMILIES if type in types), (type,))


# --- changes --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Change:
    """One difference. `aspect` is a key of the file or one of the words below; `option` and `language` say which."""

    aspect: str
    kind: Kind
    old: object = None
    new: object = None
    option: Value | None = None
    language: str | None = None

    @property
    def phrase(self) -> Phrase:
        """The difference in plain words, long texts shortened to where they differ."""
        if self.aspect in _TEXTS:
            return self._words()
        if self.aspect in _ORDERS:
            return said(_ORDERS[self.aspect])
        if self.aspect in _ADDED:
            added = self.old is None
            name = self.new if added else self.old
            return said((_ADDED if added else _REMOVED)[self.aspect], name=name)
        default = _DEFAULTS.get(self.aspect)
        old, new = (_shown(default if end is None else end) for end in (self.old, self.new))
        if self.option is None:
            return said(_("'{key}': {old} → {new}"), key=self.aspect, old=old, new=new)
        where = self.option
        return said(_("'{key}' of option {option}: {old} → {new}"), key=self.aspect, option=where, old=old, new=new)

    def _words(self) -> Phrase:
        what = said(_TEXTS[self.aspect], option=self.option)
        if isinstance(self.old, str) and isinstance(self.new, str):
            old, new = shortened(self.old, self.new)
            return said(
                _("{what} ({language}): “{old}” → “{new}”"), what=what, language=self.language, old=old, new=new
            )
        ends = _shown(self.old), _shown(self.new)
        return said(
            _("{what} ({language}): {old} → {new}"), what=what, language=self.language, old=ends[0], new=ends[1]
        )


_TEXTS: Mapping[str, str] = {
    "text": _("text"),
    "stem": _("text of the grid"),
    "label": _("label of option {option}"),
    "low": _("words at the low end"),
    "high": _("words at the high end"),
    "unit": _("unit"),
}
_ORDERS: Mapping[str, str] = {
    "order": _("other order of the options"),
    "questions": _("other order of the questions"),
}
_ADDED = {"option": _("option {name} added"), "part": _("added"), "language": _("language '{name}' added")}
_REMOVED = {"option": _("option {name} removed"), "part": _("removed"), "language": _("language '{name}' removed")}


# What is not written in a file.
_DEFAULTS: Mapping[str, object] = {
    f.name: f.default for cls in (Dimension, Option, Item) for f in dataclasses.fields(cls) if f.default not in ("", ())
}


def _shown(value: object) -> Words:
    """A value as it would stand in the file."""
    if value is None or value is dataclasses.MISSING or value == []:
        return said(_("nothing"))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(str(each) for each in value) + "]"
    if isinstance(value, float):
        return f"{value:g}"
    return _cut(str(value), 0)


_WIDTH = 48


def shortened(old: str, new: str) -> tuple[str, str]:
    """Two texts, cut to where they begin to differ if they are long."""
    at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    return _cut(old, at), _cut(new, at)


def _cut(text: str, around: int) -> str:
    if len(text) <= _WIDTH:
        return text
    first = max(0, min(around - _WIDTH // 3, len(text) - _WIDTH))
    # From the beginning of a word, where there is one near.
    if first and " " in text[first : first + 12]:
        first = text.index(" ", first) + 1
    last = first + _WIDTH
    return f"{'…' if first else ''}{text[first:last].rstrip()}{'…' if last < len(text) else ''}"


# --- facts ----------------------------------------------------------------------------------------

Fact = tuple[str, Value | None, str | None]
"""An aspect, of which option if of one, in which language if in words."""


def _facts(instrument: Instrument, item: Item, languages: Iterable[str]) -> dict[Fact, object]:
    """All that decides what an answer to an item means. What is at its default is left out."""
    found: dict[Fact, object] = {("order", None, None): None}
    # Without a language in common, all but the words can be compared.
    for language in tuple(languages) or (None,):
        content = item_content(instrument, item, language or instrument.languages[0])
        options = content.pop("options")
        for option in options:
            # The numbers of a scale are said by its two ends.
            if item.type == "scale" and option["label"] == str(option["value"]):
                continue
            value = option.pop("value")
            found[("option", value, None)] = value
            _sort_out(found, option, value, language)
        _sort_out(found, {key: entry for key, entry in content.items() if key != "id"}, None, language)
    return found


def _sort_out(
    found: dict[Fact, object], content: Mapping[str, object], option: Value | None, language: str | None
) -> None:
    for key, entry in content.items():
        if key not in _TEXTS:
            found[(key, option, None)] = entry
        elif language is not None:
            found[(key, option, language)] = entry


def _values(found: Mapping[Fact, object]) -> list[Value]:
    """The values of the options, in their order."""
    return [option for aspect, option, _language in found if aspect == "option" and option is not None]


def _kind(aspect: str, old: Item, new: Item) -> Kind:
    if aspect in _TEXTS:
        return "wording"
    if aspect == "type":
        return "asking" if new.type in family(old.type) else "fixed"
    if aspect == "order":
        return "fixed" if {old.type, new.type} & {*_ORDERED} else "asking"
    if aspect == "outcome":
        return "fixed" if old.outcome and new.outcome else "scoring"
    if aspect == "achieved":
        return "scoring"
    return "fixed" if aspect in _FIXED else "asking"


def item_changes(old: Instrument, new: Instrument, id: str, languages: Iterable[str]) -> Iterator[Change]:
    """Every difference of an item that both have, words in these languages."""
    languages = tuple(languages)
    before, after = old.item(id), new.item(id)
    facts = _facts(old, before, languages), _facts(new, after, languages)
    kept = [set(_values(found)) for found in facts]
    for fact in dict.fromkeys((*facts[0], *facts[1])):
        aspect, option, language = fact
        if option is not None and aspect != "option" and not all(option in options for options in kept):
            continue
        was, now = (found.get(fact) for found in facts)
        if aspect == "order":
            was, now = ([v for v in _values(found) if v in kept[0] & kept[1]] for found in facts)
        if was != now:
            kind = _kind(aspect, before, after)
            yield Change(aspect=aspect, kind=kind, old=was, new=now, option=option, language=language)


# --- judged comparable ----------------------------------------------------------------------------


def _rewordings(instrument: Instrument, item: Item, aspect: str) -> set[int]:
    """The versions in which somebody judged new words of an item comparable with the old."""
    found = {item.reworded}
    if item.grid and aspect in ("stem", "label"):
        found.add(instrument.grid(item.grid).reworded)
    if item.scale and aspect == "label":
        found.add(instrument.scales.get(item.scale, Scale(options=())).reworded)
    return {version for version in found if version is not None}


def _version_of(instrument: Instrument, origin: str) -> int | None:
    """The version of the instrument that brought an item; None where it was brought in two steps."""
    if origin in ("", instrument.instrument):
        return instrument.version
    name, _at, version = (instrument.extends or "").partition("@")
    return int(version) if name == origin else None


def is_judged(old: Instrument, new: Instrument, id: str, change: Change) -> bool:
    """Whether a change of words between two versions was judged comparable in one of those between them."""
    ends = [_version_of(instrument, instrument.item(id).origin) for instrument in (old, new)]
    if old.item(id).origin != new.item(id).origin or ends[0] is None or ends[1] is None:
        return False
    low, high = sorted(end for end in ends if end is not None)
    found = {n for instrument in (old, new) for n in _rewordings(instrument, instrument.item(id), change.aspect)}
    return any(low < version <= high for version in found)


# --- two versions ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ItemChange:
    """What became of an item."""

    id: str
    status: Status
    changes: tuple[Change, ...] = ()
    comparable: Comparable = "yes"


@dataclass(frozen=True, kw_only=True)
class DimensionChange:
    """What became of a dimension. `reworded` and `counted` are items: with new words, and counted otherwise.

    `one_measure` says that both versions score it alike, so that the analysis computes change across them.
    """

    id: str
    status: Literal["same", "changed", "new", "retired"]
    changes: tuple[Change, ...] = ()
    comparable: Comparable = "yes"
    one_measure: bool = False
    reworded: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two versions side by side. `frame` are differences of the whole: waves, who is asked, the order."""

    old: Instrument
    new: Instrument
    languages_added: tuple[str, ...]
    languages_removed: tuple[str, ...]
    frame: tuple[Change, ...]
    items: tuple[ItemChange, ...]
    dimensions: tuple[DimensionChange, ...]


def compare(old: Instrument, new: Instrument) -> Comparison:
    """Every difference in meaning between two versions that are free of errors."""
    shared = [language for language in new.languages if language in old.languages]
    items = tuple(_items(old, new, shared))
    return Comparison(
        old=old,
        new=new,
        languages_added=tuple(language for language in new.languages if language not in old.languages),
        languages_removed=tuple(language for language in old.languages if language not in new.languages),
        frame=tuple(_frame(old, new)),
        items=items,
        dimensions=tuple(_dimensions(old, new, {item.id: item for item in items})),
    )


def _ids(instrument: Instrument) -> list[str]:
    return list(dict.fromkeys(item.id for item in instrument.items()))


def _items(old: Instrument, new: Instrument, languages: Sequence[str]) -> Iterator[ItemChange]:
    before, after = _ids(old), _ids(new)
    for id in after:
        if id not in before:
            yield ItemChange(id=id, status="new", comparable="no", changes=(_appeared(id, True),))
            continue
        changes = tuple(item_changes(old, new, id, languages))
        kinds = {change.kind for change in changes}
        words = [change for change in changes if change.kind == "wording"]
        comparable: Comparable = "yes"
        if "fixed" in kinds:
            comparable = "no"
        elif words:
            comparable = "judged" if all(is_judged(old, new, id, change) for change in words) else "if_judged"
        status: Status = "same" if not changes else "reworded" if kinds == {"wording"} else "changed"
        yield ItemChange(id=id, status=status, changes=changes, comparable=comparable)
    for id in before:
        if id not in after:
            yield ItemChange(id=id, status="retired", comparable="no", changes=(_appeared(id, False),))


def _appeared(id: str, added: bool) -> Change:
    return Change(aspect="part", kind="asking", old=None if added else id, new=id if added else None)


def _frame(old: Instrument, new: Instrument) -> Iterator[Change]:
    if old.instrument != new.instrument:
        yield Change(aspect="instrument", kind="asking", old=old.instrument, new=new.instrument)
    if old.respondent != new.respondent:
        yield Change(aspect="respondent", kind="fixed", old=old.respondent, new=new.respondent)
    if old.waves != new.waves:
        yield Change(aspect="waves", kind="asking", old=old.waves, new=new.waves)
    both = set(_ids(old)) & set(_ids(new))
    order = [[id for id in _ids(instrument) if id in both] for instrument in (old, new)]
    if order[0] != order[1]:
        yield Change(aspect="questions", kind="asking", old=order[0], new=order[1])


_WORST_FIRST: tuple[Comparable, ...] = ("no", "if_judged", "judged")


def _dimensions(old: Instrument, new: Instrument, items: Mapping[str, ItemChange]) -> Iterator[DimensionChange]:
    before, after = ({key.dimension: key for key in scoring_key(instrument)} for instrument in (old, new))
    for id in new.dimensions:
        if id not in before:
            yield DimensionChange(id=id, status="new", comparable="no", changes=(_appeared(id, True),))
            continue
        changes = tuple(_dimension_changes(old, new, id))
        counted = _counted_otherwise(before[id], after[id])
        found = {name: items[name].comparable for name in new.dimensions[id].items}
        comparable: Comparable = next((c for c in _WORST_FIRST if c in found.values()), "yes")
        one_measure = before[id] == after[id] and _origin(old, id) == _origin(new, id)
        yield DimensionChange(
            id=id,
            status="changed" if changes or counted else "same",
            changes=changes,
            comparable=comparable if one_measure else "no",
            one_measure=one_measure,
            reworded=tuple(name for name, state in found.items() if state in ("judged", "if_judged")),
            counted=counted,
        )
    for id in old.dimensions:
        if id not in new.dimensions:
            yield DimensionChange(id=id, status="retired", comparable="no", changes=(_appeared(id, False),))


def _origin(instrument: Instrument, dimension: str) -> str:
    return instrument.dimensions[dimension].origin or instrument.instrument


def _dimension_changes(old: Instrument, new: Instrument, id: str) -> Iterator[Change]:
    before, after = (dimension_content(instrument.dimensions[id]) for instrument in (old, new))
    for key in dict.fromkeys((*before, *after)):
        if before.get(key) != after.get(key):
            yield Change(aspect=key, kind="scoring", old=before.get(key), new=after.get(key))


def _counted_otherwise(old: DimensionKey, new: DimensionKey) -> tuple[str, ...]:
    """The items in both keys whose ends, scores or direction differ."""
    before = {part.item: part for part in old.items}
    return tuple(part.item for part in new.items if part.item in before and before[part.item] != part)


# --- a version and all before it ------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Reuse:
    """An id or an option's value that means something else than in an earlier version."""

    item: str
    earlier: Instrument
    change: Change


def reuses(new: Instrument, earlier: Sequence[Instrument], ids: Collection[str]) -> Iterator[Reuse]:
    """Of these items, what none of the earlier versions allows; of each fact, the latest that has it decides.

    `earlier` are versions that answers were given to, the latest first; of other instruments as well, where they have
    the same ids.
    """
    known = [(old, {*_ids(old)}) for old in earlier]
    for id in (id for id in _ids(new) if id in ids):
        settled: set[Fact] = set()
        for old in (old for old, of_old in known if id in of_old):
            shared = [language for language in new.languages if language in old.languages]
            for change in item_changes(old, new, id, shared):
                allowed = change.kind in ("asking", "scoring") or (
                    change.kind == "wording" and is_judged(old, new, id, change)
                )
                if not allowed and _place(change) not in settled:
                    yield Reuse(item=id, earlier=old, change=change)
            settled |= {_settles(fact) for fact in _facts(old, old.item(id), old.languages)}


def _place(change: Change) -> Fact:
    return _settles((change.aspect, change.option, change.language))


def _settles(fact: Fact) -> Fact:
    """Words one by one; the rest of an item, or of an option, as a whole: what is not said is at its default."""
    return fact if fact[2] is not None else ("", fact[1], None)


# --- through time ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Step:
    """An item of one version, set against the version before: `first` where there is none."""

    instrument: Instrument
    item: Item
    """As it was, where it is retired."""
    status: Literal["first", "same", "reworded", "changed", "new", "retired"]
    previous: Instrument | None


def lineage(instruments: Iterable[Instrument]) -> Iterator[Step]:
    """What became of every item from version to version, in the order of instruments, versions and questions."""
    previous: Instrument | None = None
    for instrument in sorted(instruments, key=lambda each: (each.instrument, each.version)):
        if previous is None or previous.instrument != instrument.instrument:
            for item in instrument.items():
                yield Step(instrument=instrument, item=item, status="first", previous=None)
        else:
            for change in compare(previous, instrument).items:
                holder = previous if change.status == "retired" else instrument
                yield Step(instrument=instrument, item=holder.item(change.id), status=change.status, previous=previous)
        previous = instrument
