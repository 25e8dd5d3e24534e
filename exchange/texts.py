"""Texts of a form in the languages that the instrument is to have; what is missing in one stands in the original."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from exchange import languages, wording
from exchange.loss import Element, told
from exchange.markup import in_a_line
from survey.marking import _
from survey.model import FORMS, Site

Cleaner = Callable[[str], tuple[str, tuple[str, ...]]]
"""A text of the form as plain words, with a sentence for each kind of change."""


def tag_of(code: str) -> str | None:
    """The tag of a language by the code that a form has for it; None where it is no code."""
    tag = code.strip().lower().replace("_", "-")
    return languages.tag_of(code) or (tag if re.fullmatch(FORMS["language"][0], tag) else None)


class Texts:
    """The languages chosen, and the texts in them.

    `tags` are the form's languages by its own codes, the original first; `chosen` those of the instrument.
    """

    def __init__(self, tags: Mapping[str, str], chosen: Sequence[str], cleaner: Cleaner) -> None:
        self.tags = tags
        self.chosen = tuple(chosen)
        self.origin = next(iter(tags.values()))
        self._cleaner = cleaner
        self._filled: set[str] = set()

    @property
    def review(self) -> tuple[str, ...]:
        """Languages with a text that stands in another language."""
        return tuple(tag for tag in self.chosen if tag in self._filled)

    def of(
        self, given: Mapping[str, str], *elements: Element, line: bool = False, otherwise: str = ""
    ) -> dict[str, str] | None:
        """A text of the form, which it has by its own codes of languages, in every language chosen; one under "" is
        that of every language.

        `line` keeps it to one line. Where there is no text in any language, `otherwise` stands there, and without it
        the text is None. Each change is told of the elements.
        """
        found: dict[str, str] = {}
        for code, text in given.items():
            bare, reasons = self._cleaner(text)
            bare = in_a_line(bare) if line else bare
            if bare.strip() and (code in self.tags or code == ""):
                found.setdefault(self.tags.get(code, ""), bare)
            _change(elements, reasons)
        if "" in found:
            found = {**dict.fromkeys(self.chosen, found.pop("")), **found}
        if found:
            return self._complete(found, elements)
        if not otherwise:
            return None
        _change(elements, [told(_("It has no text; its code stands there."))])
        return dict.fromkeys(self.chosen, otherwise)

    def _complete(self, found: Mapping[str, str], elements: Sequence[Element]) -> dict[str, str]:
        origin = self.origin if self.origin in found else next(iter(found))
        missing = [tag for tag in self.chosen if tag not in found]
        self._filled |= set(missing)
        lacking = _quoted(tag for tag in missing if tag in self.tags.values())
        if lacking:
            reason = _("There is no text in {languages}: that in '{origin}' stands in its place.")
            _change(elements, [told(reason, languages=lacking, origin=origin)])
        return {tag: found.get(tag, found[origin]) for tag in self.chosen}

    def built_in(self, words: Mapping[str, str], *elements: Element) -> dict[str, str]:
        """Words that the other tool has by itself; in languages that we have no words for they stand in English."""
        missing = [tag for tag in self.chosen if tag not in words and tag.partition("-")[0] not in words]
        self._filled |= set(missing)
        if missing:
            reason = _("Words that the other tool has by itself stand in English in {languages}.")
            _change(elements, [told(reason, languages=_quoted(missing))])
        return wording.built_in(words, self.chosen)


def _quoted(tags: Iterable[str]) -> str:
    return ", ".join(f"'{tag}'" for tag in tags)


def _change(elements: Iterable[Element], reasons: Iterable[str]) -> None:
    for element in elements:
        element.change(*reasons)


def chosen(codes: Iterable[tuple[str, Element]], site: Site | None, survey: Element, cleaner: Cleaner) -> Texts:
    """Decides on languages: those of the form that the site has, and those that the site requires.

    `codes` are the form's languages with the element that each is, the original first. That one's texts stand where
    another has none, also where the site does not have it.
    """
    tags: dict[str, str] = {}
    elements: dict[str, Element] = {}
    for code, element in codes:
        tag = tag_of(code)
        if tag is None or tag in elements:
            element.leave(
                told(_("Another is the same language."))
                if tag
                else told(_("'{code}' is no code of a language."), code=code)
            )
            continue
        tags[code] = tag
        elements[tag] = element
        if tag != code:
            element.change(told(_("Its code is '{tag}' here."), tag=tag))
    if not tags:
        tags[""] = site.languages[0] if site else "en"
    if site is None:
        return Texts(tags, list(tags.values()), cleaner)
    found = [tag for tag in tags.values() if tag in site.languages]
    for tag, element in elements.items():
        if tag not in found:
            element.leave(
                told(_("The site has no pages in '{tag}'. Its texts stand where another language has none."), tag=tag)
            )
    for tag in site.required_languages:
        if tag not in found and tag in site.languages:
            found.append(tag)
            survey.change(
                told(
                    _("The form has no texts in '{tag}', which the site requires: those in '{words}' stand there."),
                    tag=tag,
                    words=next(iter(tags.values())),
                )
            )
    return Texts(tags, found or site.languages[:1], cleaner)
