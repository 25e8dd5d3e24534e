"""A question of LimeSurvey with its elements, and what all questions of a survey share when they become items."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from exchange import expression_manager as em
from exchange import wording
from exchange.expressions import Scope
from exchange.loss import Element, told
from exchange.lss import Answer, Question, Subquestion
from exchange.making import asked, tell_value, told_id, values_of
from exchange.naming import Names
from exchange.texts import Texts
from survey.marking import _
from survey.model import Item, ItemType, Option, Row, Value


@dataclass(kw_only=True)
class Parts:
    """A question with the elements that it is made of in the report. `used` are the attributes that came over."""

    question: Question
    element: Element
    subs: Mapping[str, Element]
    conditions: Mapping[str, Element]
    """Those of subquestions, by their numbers."""
    answers: Mapping[tuple[int, str], Element]
    other: Element | None
    attributes: Mapping[str, Element]
    conditional: bool
    default: str | None = None
    used: set[str] = field(default_factory=set)
    split: dict[str, str] = field(default_factory=dict)
    """The ids of the items that subquestions became, by their numbers, where each is a question of its own."""

    @property
    def code(self) -> str:
        return self.question.code

    def use(self, name: str) -> str:
        """The value of an attribute that comes over."""
        self.used.add(name)
        return self.question.attribute(name)

    def whole(self, name: str, least: int, most: int) -> int | None:
        """An attribute that is a whole number between limits; else it is not used."""
        text = self.question.attribute(name)
        if re.fullmatch(r"-?\d{1,9}", text) and least <= int(text) <= most:
            self.used.add(name)
            return int(text)
        return None


@dataclass(kw_only=True)
class Maker:
    """What all questions of a survey share: ids, texts, and what expressions can name."""

    sid: str
    names: Names
    texts: Texts
    scope: Scope = field(default_factory=Scope)
    variables: em.Variables = field(default_factory=em.Variables)

    def leave(self, parts: Parts) -> None:
        """A question that did not come over can be named in no condition."""
        why = told(_("'{code}' did not come over"), code=parts.code)
        self.scope.lost.setdefault(parts.code, why)
        for sub in parts.question.subquestions:
            self.scope.lost.setdefault(f"{parts.code}_{sub.code}", why)
        self.variables.aliases.setdefault(self.old(parts), parts.code)

    def forget(self, id: str, why: str) -> None:
        """An item that is not asked after all can be named in no condition."""
        for name in self.scope.names_of(id):
            del self.scope.asked[name]
            self.scope.lost[name] = why

    def limit(self, id: str) -> None:
        """An item is not asked of everybody after all."""
        for name in self.scope.names_of(id):
            self.scope.asked[name] = dataclasses.replace(self.scope.asked[name], conditional=True)

    # --- what many types share --------------------------------------------------------------------

    def old(self, parts: Parts, suffix: str = "") -> str:
        return f"{self.sid}X{parts.question.gid}X{parts.question.qid}{suffix}"

    def ask(self, parts: Parts, item: Item | Row, kind: str, known: Mapping[str, Value], name: str, old: str) -> None:
        """Lets expressions name an item."""
        self.scope.ask(name, asked(item, kind, known, conditional=parts.conditional))
        self.variables.add(name, name, old=self.old(parts, old))

    def text(self, parts: Parts) -> dict[str, str]:
        return self.texts.of(parts.question.text, parts.element, otherwise=parts.code) or {}

    def hint(self, parts: Parts) -> dict[str, str] | None:
        return self.texts.of(parts.question.help, parts.element)

    def item(self, parts: Parts, type: ItemType, **keys: object) -> Item:
        """An item with the question's own text, hint and necessity."""
        given = {"text": self.text(parts), "hint": self.hint(parts), "required": required(parts.question), **keys}
        return Item(id=self.id(parts.code, parts.element), type=type, **given)  # type: ignore[arg-type]

    def stem(self, parts: Parts, name: str = "{}_intro") -> list[Item]:
        """The question's own text as a note, before the items that it is split into."""
        text = self.texts.of(parts.question.text, parts.element)
        hint = self.hint(parts)
        if text is None and hint is None:
            return []
        whole = {tag: "\n\n".join(t[tag] for t in (text, hint) if t) for tag in self.texts.chosen}
        return [Item(id=self.id(name.format(parts.code), parts.element), type="note", text=whole)]

    def options(
        self, parts: Parts, answers: Sequence[Answer], *, scored: bool = True
    ) -> tuple[tuple[Option, ...], dict[str, Value]]:
        """The answers of a scale as options, and their values by their codes."""
        points = [answer.points for answer in answers]
        scored = scored and len(set(points)) > 1 and all(re.fullmatch(r"-?\d{1,9}", one) for one in points)
        known = values_of([answer.code for answer in answers])
        found = []
        for answer, value in zip(answers, known, strict=True):
            element = parts.answers[answer.scale, answer.code]
            tell_value(element, answer.code, value)
            label = self.texts.of(answer.text, element, line=True, otherwise=answer.code) or {}
            score = float(answer.points) if scored and str(value) != answer.points else None
            found.append(Option(value=value, label=label, score=score))
        return tuple(found), {answer.code: value for answer, value in zip(answers, known, strict=True)}

    def other(self, parts: Parts, taken: Iterable[Value]) -> Option | None:
        """The option that LimeSurvey adds by itself, with a field for words."""
        if parts.other is None:
            return None
        label = self.texts.of(parts.question.attributes.get("other_replace_text", {}), parts.other, line=True)
        parts.used.add("other_replace_text")
        used = {str(value) for value in taken}
        value = next(name for name in ("other", "other_2", "other_3") if name not in used)
        return Option(value=value, label=label or self.texts.built_in(wording.OTHER, parts.other), other=True)

    def rows(self, parts: Parts, subs: Sequence[Subquestion], suffix: str = "") -> tuple[Row, ...]:
        return tuple(
            Row(
                id=self.id(f"{parts.code}_{sub.code}{suffix}", parts.subs[sub.qid]),
                text=self.label(parts, sub),
                hint=self.texts.of(sub.help, parts.subs[sub.qid]),
            )
            for sub in subs
        )

    def id(self, name: str, element: Element) -> str:
        return told_id(self.names, name, element)

    def label(self, parts: Parts, sub: Subquestion) -> dict[str, str]:
        element = parts.subs[sub.qid]
        found = self.texts.of(sub.text, element, line=True, otherwise=sub.code) or {}
        if any("|" in text for text in found.values()):
            element.change(told(_("The words at both ends stand in one text.")))
        return {tag: re.sub(r"\s*\|\s*", " – ", text).strip(" –") or sub.code for tag, text in found.items()}


def required(question: Question) -> Literal["no", "soft", "hard"]:
    return {"Y": "hard", "S": "soft"}.get(question.mandatory, "no")  # type: ignore[return-value]
