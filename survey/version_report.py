"""Two versions side by side in plain words: what changed, and what that means for comparing their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from survey.frozen import dataclass
from survey.marking import _
from survey.model import Instrument, Text
from survey.phrases import Phrase, said
from survey.versions import Comparable, Comparison, DimensionChange, ItemChange


@dataclass(frozen=True)
class Line:
    """A line of the report, indented by steps."""

    indent: int
    phrase: Phrase

    def say(self, messages: Mapping[str, str]) -> str:
        return "  " * self.indent + self.phrase.say(messages)


def report(found: Comparison) -> Iterator[Line]:
    """The whole report, heading first. What is the same comes last in each part."""
    yield Line(0, said(_("{old} → {new}"), old=found.old.key, new=found.new.key))
    yield from _languages(found)
    if found.frame:
        yield Line(0, said(_("The questionnaire as a whole:")))
        yield from (Line(1, change.phrase) for change in found.frame)
    yield Line(0, said(_("Items:")))
    for title, chosen in _ITEM_GROUPS:
        yield from _items(said(title), [item for item in found.items if chosen(item)])
    if found.dimensions:
        yield Line(0, said(_("Dimensions:")))
        for state, title in _DIMENSION_GROUPS.items():
            yield from _dimensions(said(title), [each for each in found.dimensions if _state(each) == state])
    if free := free_changes(found.old, found.new):
        yield Line(0, said(_("Also changed, which needs no new version: {kinds}."), kinds=tuple(free)))


def _languages(found: Comparison) -> Iterator[Line]:
    for title, languages in (
        (_("Languages added: {languages}."), found.languages_added),
        (_("Languages removed: {languages}."), found.languages_removed),
    ):
        if languages:
            yield Line(0, said(title, languages=languages))


# --- items ----------------------------------------------------------------------------------------

_ITEM_GROUPS: Sequence[tuple[str, Callable[[ItemChange], bool]]] = (
    (_("new"), lambda item: item.status == "new"),
    (_("retired"), lambda item: item.status == "retired"),
    (
        _("changed in meaning: answers are not comparable, and the id must be a new one"),
        lambda item: item.status == "changed" and item.comparable == "no",
    ),
    (
        _("reworded: comparable only if somebody judges so ('reworded')"),
        lambda item: item.comparable == "if_judged",
    ),
    (_("reworded, and judged comparable"), lambda item: item.comparable == "judged"),
    (
        _("changed: asked otherwise, and answers stay comparable"),
        lambda item: item.status == "changed" and item.comparable == "yes",
    ),
    (_("same"), lambda item: item.status == "same"),
)


def _items(title: Phrase, items: Sequence[ItemChange]) -> Iterator[Line]:
    if not items:
        return
    if all(item.status in ("new", "retired", "same") for item in items):
        yield Line(1, said(_("{title}: {names}"), title=title, names=tuple(item.id for item in items)))
        return
    yield Line(1, said(_("{title}:"), title=title))
    for item in items:
        yield from (Line(2, said(_("{name}: {change}"), name=item.id, change=each.phrase)) for each in item.changes)


# --- dimensions -----------------------------------------------------------------------------------

_DIMENSION_GROUPS: Mapping[Comparable | str, str] = {
    "new": _("new"),
    "retired": _("retired"),
    "no": _("not comparable"),
    "if_judged": _("comparable only if somebody judges the new words so"),
    "judged": _("comparable, as the new words were judged so"),
    "yes": _("stays comparable"),
}


def _state(dimension: DimensionChange) -> str:
    return dimension.status if dimension.status in ("new", "retired") else dimension.comparable


def _dimensions(title: Phrase, dimensions: Sequence[DimensionChange]) -> Iterator[Line]:
    if not dimensions:
        return
    plain = [each.id for each in dimensions if not _reasons(each)]
    names = said(_("{title}: {names}"), title=title, names=tuple(plain))
    yield Line(1, names if plain else said(_("{title}:"), title=title))
    for each in dimensions:
        yield from (Line(2, said(_("{name}: {change}"), name=each.id, change=why)) for why in _reasons(each))


def _reasons(dimension: DimensionChange) -> list[Phrase]:
    if dimension.status in ("new", "retired"):
        return []
    counted = [said(_("item '{item}' counts otherwise"), item=item) for item in dimension.counted]
    reworded = [said(_("item '{item}' has new words"), item=item) for item in dimension.reworded]
    return [change.phrase for change in dimension.changes] + counted + reworded


# --- what may change freely -----------------------------------------------------------------------


def free_changes(old: Instrument, new: Instrument) -> list[Phrase]:
    """The kinds of texts that differ and are no part of the meaning, in the languages that both have."""
    languages = [language for language in new.languages if language in old.languages]

    def words(text: Text | None) -> list[str | None]:
        return [text.get(language) if text else None for language in languages]

    kinds: Mapping[str, Callable[[Instrument], object]] = {
        _("titles"): lambda each: [
            words(each.title),
            [words(section.title) for section in each.sections],
            {id: words(dimension.title) for id, dimension in each.dimensions.items() if id in both},
        ],
        _("introductions"): lambda each: [words(each.intro), [words(section.intro) for section in each.sections]],
        _("hints"): lambda each: {item.id: words(item.hint) for item in each.items() if item.id in asked},
        _("notes"): lambda each: [words(i.text) for s in each.sections for i in s.items if i.type == "note"],
    }
    both = old.dimensions.keys() & new.dimensions.keys()
    asked = {item.id for item in old.items()} & {item.id for item in new.items()}
    return [said(kind) for kind, of in kinds.items() if of(old) != of(new)]


# --- for programs ---------------------------------------------------------------------------------


def as_json(found: Comparison, messages: Mapping[str, str]) -> dict[str, object]:
    """The same as JSON data; the sentences in one language."""
    return {
        "old": found.old.key,
        "new": found.new.key,
        "languages_added": list(found.languages_added),
        "languages_removed": list(found.languages_removed),
        "whole": [change.phrase.say(messages) for change in found.frame],
        "items": [
            {
                "item": item.id,
                "status": item.status,
                "comparable": item.comparable,
                "changes": [change.phrase.say(messages) for change in item.changes],
            }
            for item in found.items
        ],
        "dimensions": [
            {
                "dimension": each.id,
                "status": each.status,
                "comparable": each.comparable,
                "changes": [why.say(messages) for why in _reasons(each)],
            }
            for each in found.dimensions
        ],
        "free": [kind.say(messages) for kind in free_changes(found.old, found.new)],
    }
