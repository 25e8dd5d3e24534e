"""What all questions of a SurveyJS form share when they become items: ids, texts, options, and names in conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from exchange import surveyjs_form, surveyjs_words, wording
from exchange.expressions import Scope
from exchange.loss import Element, told
from exchange.making import (
    COMMENT,
    Left,
    asked,
    number,
    tell_value,
    told_id,
    values_of,
)
from exchange.naming import Names
from exchange.surveyjs_expressions import Known
from exchange.surveyjs_form import Data, code
from exchange.surveyjs_parts import Entry, Parts
from exchange.texts import Texts
from survey.marking import _
from survey.model import Item, ItemType, Option, Row, Value


@dataclass(kw_only=True)
class Maker:
    """What all questions of a form share: ids, texts, and what expressions can name."""

    base: str
    names: Names
    texts: Texts
    scope: Scope = field(default_factory=Scope)
    known: Known = field(default_factory=Known)
    copies: dict[str, tuple[tuple[Option, ...], dict[str, Value]]] = field(default_factory=dict)
    """The choices of questions by their names, for those that take them over."""
    length: int | None = None
    """The longest text that the form takes where a question does not say."""

    def leave(self, parts: Parts) -> None:
        """A question that did not come over can be named in no condition."""
        for name in (parts.name, *(f"{parts.name}.{entry.name}" for entry in (*parts.rows, *parts.items))):
            self.scope.lost.setdefault(name, told(_("'{name}' did not come over"), name=parts.name))

    # --- what many types share --------------------------------------------------------------------

    def of(self, value: object, *elements: Element, line: bool = False, otherwise: str = "") -> dict[str, str] | None:
        """A text of the form in every language; `otherwise` is what SurveyJS shows where there is none."""
        found = self.texts.of(surveyjs_form.text(value, self.base), *elements, line=line)
        return found or (self.texts.of({self.base: otherwise}, *elements, line=line) if otherwise else None)

    def title(self, parts: Parts) -> dict[str, str]:
        found = self.of(parts.data.get("title"), parts.element, otherwise=parts.name)
        return found or dict.fromkeys(self.texts.chosen, "…")

    def hint(self, parts: Parts) -> dict[str, str] | None:
        return self.of(parts.data.get("description"), parts.element)

    def label(self, entry: Entry) -> dict[str, str]:
        """The words of a choice, row, column or item."""
        given = entry.data.get("text", entry.data.get("title"))
        found = self.of(given, entry.element, line=True, otherwise=entry.name)
        return found or dict.fromkeys(self.texts.chosen, "…")

    def item(self, parts: Parts, type: ItemType, **keys: object) -> Item:
        """An item with the question's own text, hint and necessity."""
        given = {"text": self.title(parts), "hint": self.hint(parts), "required": required(parts.data), **keys}
        id = told_id(self.names, parts.path or parts.name, parts.element)
        return Item(id=id, type=type, **given)  # type: ignore[arg-type]

    def ask(self, parts: Parts, item: Item | Row, kind: str, known: Mapping[str, Value], name: str = "") -> None:
        """Lets expressions name an item."""
        if (name or parts.name) not in self.scope.asked:
            self.scope.ask(name or parts.name, asked(item, kind, known, conditional=parts.conditional))

    def stem(self, parts: Parts) -> list[Item]:
        """The question's own text as a note, before the items that it is split into."""
        text = self.of(parts.data.get("title"), parts.element, otherwise=parts.name)
        hint = self.hint(parts)
        if text is None and hint is None:
            return []
        whole = {tag: "\n\n".join(t[tag] for t in (text, hint) if t) for tag in self.texts.chosen}
        return [Item(id=self.names.take(f"{parts.name}_intro"), type="note", text=whole)]

    def comment(self, parts: Parts) -> Item:
        assert parts.comment is not None
        own = self.of(parts.data.get("commentText"), parts.comment, line=True)
        text = own or self.texts.built_in(COMMENT, parts.comment)
        item = Item(id=self.names.take(f"{parts.name}_comment"), type="long_text", text=text)
        parts.comment.change(told(_("It is a question of its own, '{id}'."), id=item.id))
        return item

    def options(self, parts: Parts, choices: Sequence[Entry]) -> tuple[list[Option], dict[str, Value]]:
        """The choices as options, and their values by their own."""
        known: dict[str, Value] = {}
        for entry in choices:
            if entry.name in known:
                raise Left(told(_("Two of its choices have the value '{name}'."), name=entry.name))
            known[entry.name] = ""
        options = []
        scores = [number(code(entry.data.get("score", ""))) for entry in choices]
        scored = None not in scores and parts.type in _SCORED
        for entry, value, score in zip(choices, values_of(list(known)), scores, strict=True):
            tell_value(entry.element, entry.name, value)
            known[entry.name] = value
            for key in entry.data:
                why = _OF_CHOICES.get(key) if key != "score" or not scored else None
                if why and entry.data[key]:
                    entry.element.change(why)
            options.append(
                Option(
                    value=value,
                    label=self.label(entry),
                    exclusive=entry.data.get("isExclusive") is True and parts.type in SEVERAL,
                    score=float(score) if scored and score is not None and score != value else None,
                )
            )
        return options, known

    def special(self, parts: Parts, options: list[Option], known: dict[str, Value]) -> None:
        """Adds the options that SurveyJS has by itself."""
        several = parts.type in SEVERAL
        for name, element in parts.special.items():
            key, words, missing = _SPECIAL[name]
            used = {str(option.value) for option in options}
            base = "dont_know" if name == "dontknow" else name
            value = next(one for one in (base, f"{base}_2", f"{base}_3") if one not in used)
            own = self.of(parts.data.get(key), element, line=True)
            option = Option(
                value=value,
                label=own or self.texts.built_in(words, element),
                missing=missing,
                other=name == "other",
                exclusive=several and name != "other",
            )
            options.append(option)
            if name in known:
                raise Left(told(_("One of its choices has the value '{name}', which is that of another."), name=name))
            if missing is None:
                known[name] = value
            else:
                self.known.silent.add((parts.name, name))


def part_id(maker: Maker, element: Element, *names: str) -> str:
    """An id for a part of a question, by the names that lead to it."""
    return told_id(maker.names, "_".join(name for name in names if name), element)


def required(data: Data) -> Literal["no", "hard"]:
    flags = ("isRequired", "eachRowRequired", "isAllRowRequired")
    return "hard" if any(data.get(name) is True for name in flags) else "no"


_SPECIAL: Mapping[str, tuple[str, Mapping[str, str], Literal["dont_know", "prefer_not"] | None]] = {
    "other": ("otherText", wording.OTHER, None),
    "none": ("noneText", surveyjs_words.NONE, None),
    "dontknow": ("dontKnowText", surveyjs_words.DONT_KNOW, "dont_know"),
    "refused": ("refuseText", surveyjs_words.REFUSED, "prefer_not"),
}
SEVERAL = ("checkbox", "tagbox")
_SCORED = ("radiogroup", "dropdown", "buttongroup", "rating", "matrix")
_OF_CHOICES: Mapping[str, str] = {
    "visibleIf": told(_("It is offered to everybody who is asked the question.")),
    "enableIf": told(_("It is offered to everybody who is asked the question.")),
    "imageLink": told(_("Its picture was left out.")),
    "score": told(_("Its points were left out.")),
    "showCommentArea": told(_("Its field for words was left out.")),
}
