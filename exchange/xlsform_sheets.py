"""The sheets of an XLSForm as rows with known keys, and its texts in the languages that the instrument is to have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange import languages, wording
from exchange.loss import Element, ExchangeError, Ledger, told
from exchange.spreadsheet import Sheet
from survey.marking import _
from survey.model import FORMS, Site

TRANSLATED = (
    "label",
    "hint",
    "guidance_hint",
    "constraint_message",
    "required_message",
    "image",
    "big-image",
    "audio",
    "video",
)
_ALIASES = {
    "command": "type",
    "tag": "name",
    "value": "name",
    "caption": "label",
    "list name": "list_name",
    "relevance": "relevant",
    "calculate": "calculation",
    "readonly": "read_only",
    "constraining_message": "constraint_message",
    "constraintmsg": "constraint_message",
    "requiredmsg": "required_message",
    "count": "repeat_count",
    "form_title": "title",
    "set_form_title": "title",
    "id_string": "form_id",
    "set_form_id": "form_id",
}
_SURVEY = (
    *TRANSLATED,
    "type",
    "name",
    "required",
    "relevant",
    "constraint",
    "calculation",
    "default",
    "appearance",
    "choice_filter",
    "read_only",
    "parameters",
    "repeat_count",
    "trigger",
    "disabled",
    "autoplay",
    "rows",
    "kobo--score-choices",
    "kobo--rank-items",
)
_CHOICES = ("list_name", "name", "label", "image", "big-image", "audio", "video")
_PARTS_OF_FORM = {
    "external_choices": told(_("Lists of choices that a form looks up while it is filled in have no counterpart.")),
    "entities": told(_("Records that a form makes for other forms have no counterpart.")),
    "osm": told(_("Tags for maps have no counterpart.")),
}


@dataclass(frozen=True)
class Line:
    """A row with content: its cells by key and by the form's name of a language ("" where the column has none)."""

    number: int
    cells: Mapping[tuple[str, str], str]

    def get(self, key: str) -> str:
        """The cell of a key, in whatever language; "" if it is empty."""
        return self.cells.get((key, "")) or next((text for (k, _), text in self.cells.items() if k == key and text), "")


@dataclass(frozen=True)
class Form:
    """What the three sheets hold. `spoken` are the form's languages by its own names, "" where columns have none."""

    survey: tuple[Line, ...]
    choices: tuple[Line, ...]
    settings: Mapping[str, tuple[str, Element]]
    spoken: tuple[str, ...]


def form(sheets: Sequence[Sheet], ledger: Ledger) -> Form:
    """The form in a workbook; what is no part of it goes to the ledger. Raises ExchangeError where there is none."""
    by_name: dict[str, Sheet] = {}
    for sheet in sheets:
        by_name.setdefault(sheet.name.strip().lower(), sheet)
    survey = by_name.get("survey")
    if survey is None:
        names = ", ".join(f"'{sheet.name}'" for sheet in sheets)
        raise ExchangeError(
            told(_("The file has no sheet 'survey', so it is no XLSForm. Its sheets are {names}."), names=names)
        )
    if not any(_column(heading, _SURVEY)[0] == "type" for heading in survey.columns):
        raise ExchangeError(
            told(
                _(
                    "The first row of the sheet 'survey' has no column 'type', so it is no XLSForm. The names of "
                    "the columns stand in the first row."
                )
            )
        )
    survey_lines = _lines(survey, _SURVEY, ledger)
    choice_lines = _lines(by_name["choices"], _CHOICES, ledger) if "choices" in by_name else ()
    settings = _settings(by_name["settings"], ledger) if "settings" in by_name else {}
    for sheet in sheets:
        name = sheet.name.strip().lower()
        if sheet.rows and by_name[name] is sheet and name not in ("survey", "choices", "settings"):
            reason = told(_("Only the sheets survey, choices and settings make a form."))
            ledger.add(*_of_sheet(sheet)).leave(_PARTS_OF_FORM.get(name, reason))
        elif by_name[name] is not sheet:
            ledger.add(*_of_sheet(sheet)).leave(told(_("Another sheet has the same name.")))
        for cell in sheet.uncomputed if by_name[name] is sheet else ():
            why = told(
                _("No program has worked it out. Open the file in a spreadsheet program, save it and import again.")
            )
            ledger.add(
                told(_("{sheet}, cell {cell}"), sheet=sheet.name, cell=cell), told(_("a formula without a value"))
            ).leave(why)
    spoken = dict.fromkeys(
        language
        for line in (*survey_lines, *choice_lines)
        for (key, language), text in line.cells.items()
        if text and key in ("label", "hint", "constraint_message")
    )
    return Form(survey_lines, choice_lines, settings, tuple(spoken))


def _of_sheet(sheet: Sheet) -> tuple[str, str]:
    """Where a sheet is and what it is, for the ledger."""
    return told(_("sheet '{sheet}'"), sheet=sheet.name), told(_("{count} rows"), count=len(sheet.rows))


def _column(heading: str, known: Sequence[str]) -> tuple[str, str]:
    """The key and the language of a column: `label::Suomi (fi)` is ("label", "Suomi (fi)")."""
    parts = [part.strip() for part in re.split(r"::|(?<!jr):(?=.)", heading.strip())]
    while len(parts) > 1 and parts[0].lower() in ("media", "bind", "control", "body"):
        parts = parts[1:]
    base = parts[0].lower().removeprefix("jr:").strip()
    base = _ALIASES.get(base, base)
    base = base if base in known else _ALIASES.get(base.replace(" ", "_"), base.replace(" ", "_"))
    if len(parts) > 1 and base not in TRANSLATED:
        return heading.strip(), ""
    return base, "::".join(parts[1:])


def _lines(sheet: Sheet, known: Sequence[str], ledger: Ledger) -> tuple[Line, ...]:
    columns: dict[int, tuple[str, str]] = {}
    for at in range(max([len(sheet.columns), *(len(row.cells) for row in sheet.rows)])):
        heading = sheet.columns[at] if at < len(sheet.columns) else ""
        key = _column(heading, known)
        used = sum(1 for row in sheet.rows if at < len(row.cells) and row.cells[at])
        if not used and key[0] in known:
            continue
        if key[0] in known and key not in columns.values():
            columns[at] = key
        elif used:
            named, nameless = _("'{heading}', {count} cells"), _("no heading, {count} cells")
            what = told(named, heading=heading, count=used) if heading else told(nameless, count=used)
            twice = told(_("Another column has the same heading."))
            element = ledger.add(told(_("{sheet}, a column"), sheet=sheet.name), what)
            element.leave(twice if key[0] in known else told(_("A column of this name has no counterpart.")))
    found = (
        Line(row.number, {key: row.cells[at] for at, key in columns.items() if at < len(row.cells) and row.cells[at]})
        for row in sheet.rows
    )
    return tuple(line for line in found if line.cells)


def _settings(sheet: Sheet, ledger: Ledger) -> Mapping[str, tuple[str, Element]]:
    """The settings by key with the element that each is; a form has one row of them."""
    found: dict[str, tuple[str, Element]] = {}
    for row in sheet.rows[1:]:
        ledger.add(told(_("settings, row {number}"), number=row.number), " ".join(row.cells)).leave(
            told(_("A form has one row of settings."))
        )
    for heading, text in zip(sheet.columns, sheet.rows[0].cells if sheet.rows else (), strict=False):
        if text:
            element = ledger.add(told(_("settings")), f"{heading}: {text}")
            key = re.sub(r"\s+", "_", heading.strip().lower())
            found.setdefault(_ALIASES.get(key, key), (text, element))
    return found


# --- languages ------------------------------------------------------------------------------------


@dataclass
class Tongues:
    """In which languages the form speaks, and in which the instrument does.

    `tags` are the form's languages by its own names, `chosen` those of the instrument, the original first; `origin` is
    the language whose text stands where another has none.
    """

    tags: Mapping[str, str]
    chosen: tuple[str, ...]
    origin: str
    filled: Counter[str] = field(default_factory=Counter)

    @property
    def review(self) -> tuple[str, ...]:
        """Languages with a text that stands in another language."""
        return tuple(tag for tag in self.chosen if self.filled[tag])

    def text(self, line: Line, key: str, element: Element) -> dict[str, str] | None:
        """The text of a cell in every language of the instrument; None where it has none in any."""
        given: dict[str, str] = {}
        for (name, spoken), words in line.cells.items():
            if name == key and spoken in self.tags and (spoken or self.tags[spoken] not in given):
                bare, reasons = wording.plain(words)
                if bare:
                    given[self.tags[spoken]] = bare
                    element.change(*reasons)
        if not given:
            return None
        origin = self.origin if self.origin in given else next(iter(given))
        return self.complete(given, origin, element)

    def complete(self, given: Mapping[str, str], origin: str, element: Element) -> dict[str, str]:
        """A text with each missing language filled from `origin`; where the form has the language, that is a change."""
        for tag in self.chosen:
            if tag not in given:
                self.filled[tag] += 1
                if tag in self.tags.values():
                    element.change(
                        told(
                            _("There is no text in '{tag}': that in '{origin}' stands in its place."),
                            tag=tag,
                            origin=origin,
                        )
                    )
        return {tag: given.get(tag, given[origin]) for tag in self.chosen}


def tongues(form: Form, site: Site | None, ledger: Ledger) -> Tongues:
    """Decides on languages: those of the form that the site has, and those that the site requires."""
    elements: dict[str, Element] = {}
    tags: dict[str, str] = {}
    unknown: list[tuple[str, Element]] = []
    for spoken in form.spoken or ("",):
        element = ledger.add(told(_("language")), f"'{spoken}'" if spoken else told(_("columns without a language")))
        tag = _tag(form, spoken, site, element)
        if tag is None:
            unknown.append((spoken, element))
        else:
            tags[spoken] = tag
            elements.setdefault(tag, element)
    for spoken, element in unknown:
        how = told(
            _("Write its code in the heading of the column, like '{example}', and import again."),
            example=f"label::{spoken} (fi)",
        )
        if tags:
            element.leave(told(_("It is not known which language this is. {how}"), how=how))
        else:
            tags[spoken] = site.languages[0] if site else "en"
            element.change(
                told(
                    _("It is not known which language this is, so it was taken for '{words}'. {how}"),
                    words=tags[spoken],
                    how=how,
                )
            )
    origin = _origin(form, tags)
    chosen = _chosen(tags, origin, site, elements)
    for tag in chosen:
        if tag not in tags.values():
            why = told(
                _("The form has no texts in '{tag}', which the site requires: those in '{origin}' stand there."),
                tag=tag,
                origin=origin,
            )
            ledger.add(told(_("language")), told(_("'{tag}', that the form lacks"), tag=tag)).change(why)
    return Tongues(tags, chosen, origin)


def _tag(form: Form, spoken: str, site: Site | None, element: Element) -> str | None:
    """The tag of a language of the form; a guess where the form does not say."""
    named = spoken
    if not spoken and "default_language" in form.settings:
        named = form.settings["default_language"][0]
    if named and (tag := languages.tag_of(named)) and re.fullmatch(FORMS["language"][0], tag):
        return tag
    cells = (text for line in (*form.survey, *form.choices) for key, text in line.cells.items() if key[1] == spoken)
    guess = languages.guess(cells)
    if spoken and guess is None:
        return None
    tag = guess or (site.languages[0] if site else "en")
    how = told(_("by its words")) if guess else told(_("since the form does not say"))
    element.change(
        told(
            _("It was taken for '{tag}' {how}. If it is another, write its code in the heading of the column."),
            tag=tag,
            how=how,
        )
    )
    return tag


def _origin(form: Form, tags: Mapping[str, str]) -> str:
    """The language of the original wording: the form's default, else that of columns without one, else the first."""
    if "default_language" in form.settings:
        text, element = form.settings["default_language"]
        tag = tags.get(text) or languages.tag_of(text)
        if tag in tags.values():
            return str(tag)
        element.change(told(_("No text of the form is in this language, so another came first.")))
    return tags.get("") or next(iter(tags.values()))


def _chosen(
    tags: Mapping[str, str], origin: str, site: Site | None, elements: Mapping[str, Element]
) -> tuple[str, ...]:
    spoken = list(dict.fromkeys([origin, *tags.values()]))
    if site is None:
        return tuple(spoken)
    chosen = [tag for tag in spoken if tag in site.languages]
    for tag in spoken:
        if tag not in chosen and tag in elements:
            elements[tag].leave(
                told(_("The site has no pages in '{tag}'. Its texts stand where another language has none."), tag=tag)
            )
    chosen += [tag for tag in site.required_languages if tag not in chosen and tag in site.languages]
    return tuple(chosen or site.languages[:1])
