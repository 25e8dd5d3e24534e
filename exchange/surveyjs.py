"""Forms of SurveyJS (versions 1 and 2) from their JSON."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from exchange import languages, surveyjs_words, texts
from exchange import surveyjs_form as form_of
from exchange.context import Source
from exchange.expressions import Expression
from exchange.loss import Element, ExchangeError, Imported, Ledger, told
from exchange.making import Left, both, instrument_id, leave_parts, shared_scales, told_condition
from exchange.markup import gaps, plain
from exchange.naming import Names
from exchange.surveyjs_expressions import Calculations, parse, resolved
from exchange.surveyjs_form import Data, code, elements, name_of, objects
from exchange.surveyjs_maker import Maker
from exchange.surveyjs_parts import DEEPEST, parts, shown
from exchange.surveyjs_questions import checked, items, worked_out
from survey.marking import _
from survey.model import Instrument, Item, Section, Text

_GAP = re.compile(r"\{([^{}\s][^{}]{0,200})\}")
_SHORT = re.compile(r"[\w.:# -]{1,40}")
_NEVER = told(_("It is never asked, since its condition never holds."))
_ENOUGH = 25
"""So many words are needed to tell a language by them."""
_OF_SURVEY = ("pages", "elements", "questions", "title", "description", "locale", "name", "type")
_OF_PAGES = ("elements", "questions", "title", "description", "name", "type", "visibleIf", "enableIf", "requiredIf")


def imported(source: Source) -> Imported:
    """The instrument in a form. Raises ExchangeError where it holds none."""
    return _Import(form_of.parse(source.data), source).imported()


@dataclass
class _Open:
    """A section that items are being added to."""

    title: Text | None = None
    intro: Text | None = None
    show_if: str | None = None
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class _Within:
    """What holds for the questions of a page or panel: the condition of the section, that of the items themselves,
    why they are never asked, if they are not, and how deep it lies."""

    section: str | None = None
    items: str | None = None
    never: str = ""
    depth: int = 0


class _Import:
    def __init__(self, form: Data, source: Source) -> None:
        self.form = form
        self.source = source
        self.ledger = Ledger()
        self.whole = self.ledger.add(told(_("form")), f"'{name_of(form) or 'without a name'}'")
        self.base = ""
        self.maker = Maker(base="", names=Names(source.taken), texts=self._languages())
        self.maker.base = self.base
        length = form.get("maxTextLength")
        self.maker.length = length if isinstance(length, int) and length > 0 else None
        self.sections: list[_Open] = []
        self.current: _Open | None = None
        self.waiting: dict[str, tuple[str, Element]] = {}
        self.calculations = Calculations({})

    def _languages(self) -> texts.Texts:
        found = form_of.locales(self.form)
        locale = self.form.get("locale")
        site = self.source.library.site if self.source.library else None
        guessed = None
        if isinstance(locale, str) and locale:
            self.base = locale
        else:
            said = list(form_of.words(self.form))
            # A few words could be of any language.
            guess = languages.guess(said) if sum(len(text.split()) for text in said) >= _ENOUGH else None
            self.base = guess or (site.languages[0] if site else "en")
            how = told(_("by its words")) if guess else told(_("since the form does not say"))
            sentence = _("It was taken for '{tag}' {how}. If it is another, set 'locale' and import again.")
            guessed = told(sentence, tag=self.base, how=how)
        codes = [(tag, self.ledger.add(told(_("language")), f"'{tag}'")) for tag in dict.fromkeys([self.base, *found])]
        if guessed:
            codes[0][1].change(guessed)
        return texts.chosen(codes, site, self.whole, self._clean)

    def _clean(self, text: str) -> tuple[str, tuple[str, ...]]:
        bare, reasons = plain(text)
        filled, more = gaps(bare, _GAP, lambda name: name if _SHORT.fullmatch(name) else None)
        return filled, (*reasons, *more)

    def imported(self) -> Imported:
        title = None
        if self.form.get("title"):
            title = self._of(self.form["title"], self.ledger.add(told(_("form")), told(_("title"))), line=True)
        else:
            self.whole.change(told(_("It has no title; the name of the instrument stands there.")))
        intro = None
        if self.form.get("description"):
            intro = self._of(self.form["description"], self.ledger.add(told(_("form")), told(_("description"))))
        self._settings()
        for page in form_of.pages(self.form):
            self._page(page)
        for name, (_expression, element) in self.waiting.items():
            element.leave(told(_("What it is worked out from did not come over, so '{name}' has no value."), name=name))
        sections = tuple(
            Section(title=one.title, intro=one.intro, show_if=one.show_if, items=tuple(one.items))
            for one in self.sections
            if one.items
        )
        if not any(item.type != "note" for section in sections for item in section.items):
            raise ExchangeError(
                told(_("No question of the form can be asked with Mittari, so there is no instrument.")),
                self.ledger.losses,
            )
        return Imported(instrument=self._instrument(title, intro, sections), losses=self.ledger.losses)

    def _instrument(self, title: Text | None, intro: Text | None, sections: tuple[Section, ...]) -> Instrument:
        site = self.source.library.site if self.source.library else None
        chosen = self.maker.texts.chosen
        id = instrument_id(self.source.instrument, self.source.name)
        scales, sections = shared_scales(sections)
        return Instrument(
            instrument=id,
            version=1,
            languages=chosen,
            title=title or dict.fromkeys(chosen, id),
            waves=self.source.waves or (next(iter(site.waves)) if site else "start",),
            review={tag: "needed" for tag in self.maker.texts.review if tag != chosen[0]},
            intro=intro,
            scales=scales,
            sections=sections,
        )

    def _of(self, value: object, element: Element, *, line: bool = False) -> dict[str, str] | None:
        return self.maker.of(value, element, line=line)

    def _settings(self) -> None:
        """Every property of the form beside its pages and texts."""
        for name, value in self.form.items():
            if name in _OF_SURVEY or value in (None, "", "default", [], {}):
                continue
            if name == "calculatedValues":
                for one in objects(self.form, name):
                    element = self.ledger.add(
                        told(_("form")), told(_("calculated value '{words}'"), words=name_of(one))
                    )
                    self.waiting[name_of(one)] = (code(one.get("expression", "")), element)
            elif name in surveyjs_words.LISTS and isinstance(value, list):
                for one in objects(self.form, name):
                    what = f"{name}: {code(one.get('type', ''))} {code(one.get('expression', ''))}".strip()
                    self.ledger.add(told(_("form")), what).leave(surveyjs_words.LISTS[name])
            else:
                element = self.ledger.add(told(_("form")), f"{name} = {shown(value)}")
                if name == "maxTextLength" and self.maker.length:
                    continue
                element.leave(surveyjs_words.reason(name))
        self.maker.known.macros |= {name: expression for name, (expression, _element) in self.waiting.items()}
        self.calculations = Calculations(self.maker.known.macros)

    # --- pages and panels -------------------------------------------------------------------------

    def _page(self, page: Data) -> None:
        element = self.ledger.add(told(_("page")), f"'{name_of(page) or 'without a name'}'")
        within = self._container(page, element, _Within(), "page")
        self.current = None
        frame = _Open(
            title=self._of(page.get("title"), element, line=True),
            intro=self._of(page.get("description"), element),
            show_if=within.section,
        )
        before = len(self.sections)
        self._open(frame)
        self._walk(page, within)
        if not any(section.items for section in self.sections[before:]):
            element.leave(
                told(_("None of its questions came over.")) if elements(page) else told(_("It has no questions."))
            )

    def _container(self, data: Data, element: Element, outer: _Within, kind: str) -> _Within:
        """What holds for the questions of a page or panel, with the elements of its conditions and settings."""
        where = f"{kind} '{name_of(data)}'"
        found, fails = self._conditions(data, self._elements_of_conditions(data, where))
        for name, value in data.items():
            if name not in (*_OF_PAGES, "visible") and value not in (None, "", "default", [], {}):
                self.ledger.add(where, f"{name} = {shown(value)}").leave(surveyjs_words.reason(name))
        never = outer.never or (_NEVER if fails else "")
        if data.get("visible") is False and "visibleIf" not in data:
            never = told(_("The {kind} that it is on is hidden."), kind=kind)
        if kind == "page":
            return _Within(section=found, never=never, depth=1)
        return _Within(section=both(outer.section, found), items=found, never=never, depth=outer.depth + 1)

    def _open(self, frame: _Open) -> None:
        self.current = frame
        self.sections.append(frame)

    def _walk(self, container: Data, within: _Within) -> None:
        """The questions and panels of a page or panel, in order."""
        for one in elements(container):
            if code(one.get("type", "")).lower() == "panel":
                self._panel(one, within)
            else:
                self._add(self._question(one, within), within)

    def _add(self, items: list[Item], within: _Within) -> None:
        if items and self.current is None:
            self._open(_Open(show_if=within.section))
        if self.current is not None:
            self.current.items += items

    def _panel(self, panel: Data, outer: _Within) -> None:
        element = self.ledger.add(told(_("panel")), f"'{name_of(panel)}'")
        inner = self._container(panel, element, outer, "panel")
        if inner.depth > DEEPEST:
            raise ExchangeError(
                told(_("The form has panels within panels, more than {DEEPEST} deep."), DEEPEST=DEEPEST)
            )
        title = self._of(panel.get("title"), element, line=True)
        intro = self._of(panel.get("description"), element)
        if title is None and intro is None:
            # A panel without words is no section: its condition is that of its questions.
            self._walk(panel, dataclasses.replace(inner, section=outer.section, items=both(outer.items, inner.items)))
            return
        own = both(both(outer.section, outer.items), inner.items)
        self._open(_Open(title=title, intro=intro, show_if=own))
        opened = self.sections[-1]
        before = len(self.sections)
        self._walk(panel, dataclasses.replace(inner, section=own, items=None))
        if not opened.items and not any(section.items for section in self.sections[before:]):
            element.leave(
                told(_("None of its questions came over.")) if elements(panel) else told(_("It has no questions."))
            )
        # What follows the panel is a section of its own, without a heading.
        self.current = None

    # --- conditions -------------------------------------------------------------------------------

    def _elements_of_conditions(self, data: Data, where: str) -> Mapping[str, Element]:
        return {
            key: self.ledger.add(where, f"{key} {shown(data[key])[:100]}")
            for key in ("visibleIf", "enableIf", "requiredIf")
            if isinstance(data.get(key), str) and data[key].strip()
        }

    def _conditions(self, data: Data, elements: Mapping[str, Element]) -> tuple[str | None, bool]:
        """The condition that a page, panel or question has, and whether it never holds."""
        show_if, never = None, False
        for key in ("visibleIf", "enableIf"):
            if key in elements:
                found, fails = told_condition(self._found(data[key]), self.maker.scope, elements[key])
                show_if, never = both(show_if, found), never or fails
                if key == "enableIf" and elements[key].kind != "left":
                    elements[key].change(told(_("It is not shown where it could not be answered.")))
        if "requiredIf" in elements:
            elements["requiredIf"].leave(surveyjs_words.REQUIRED)
        return show_if, never

    def _found(self, text: str) -> Callable[[], Expression]:
        return lambda: resolved(parse(text), self.maker.scope, self.maker.known)

    # --- questions --------------------------------------------------------------------------------

    def _question(self, data: Data, within: _Within) -> list[Item]:
        found = parts(self.ledger, data)
        show_if, never = self._conditions(data, found.conditions)
        show_if = both(within.items, show_if)
        found.conditional = show_if is not None or within.section is not None
        try:
            if never or within.never:
                raise Left(within.never or _NEVER)
            made = items(self.maker, found)
        except Left as left:
            self.maker.leave(found)
            found.element.leave(*left.args)
            leave_parts(found.every())
            return []
        made = checked(self.maker, found, made)
        for name, element in found.settings.items():
            if name not in found.used:
                element.leave(surveyjs_words.reason(name))
        made = [dataclasses.replace(item, show_if=both(show_if, item.show_if)) for item in made]
        return [*made, *self._worked_out()]

    def _worked_out(self) -> Iterator[Item]:
        """Calculated values of the form that have all that they are worked out from."""
        for name in self.calculations.due(self.maker.scope):
            expression, element = self.waiting[name]
            try:
                item = worked_out(self.maker, name, expression, element, conditional=False)
            except Left:
                continue
            del self.waiting[name]
            self.calculations.done(name)
            if item is None:
                element.change(
                    told(_("It gives a text, which is not kept; conditions that name it have what it depends on."))
                )
            else:
                yield item
