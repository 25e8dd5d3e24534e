"""An XLSForm (.xlsx) as an instrument, with an entry for every row, setting, language and sheet of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exchange import (
    expressions,
    naming,
    spreadsheet,
    wording,
    xlsform_choices,
    xlsform_constraints,
    xlsform_sheets,
    xpath,
)
from exchange.context import Source
from exchange.expressions import Asked, Call, Expression, Literal, Name, Scope, Untranslatable
from exchange.loss import Element, ExchangeError, Imported, Ledger, told, told_by
from exchange.xlsform_choices import Choice, ChoiceList
from exchange.xlsform_sheets import Form, Line, Tongues
from exchange.xlsform_types import (
    BEGIN,
    BUILT_IN_MAXIMUM,
    DROPDOWN,
    END,
    FILES,
    INTRO,
    LEFT,
    NEEDLESS,
    OUTSIDE,
    SELECT,
    SILENT,
    TITLE,
    TYPES,
)
from survey import pictures, recordings
from survey.logic import Condition
from survey.marking import _
from survey.model import (
    FORMS,
    NO,
    YES,
    YES_NO_WORDS,
    Constraint,
    Instrument,
    Item,
    Option,
    Row,
    Section,
    Value,
    scale_ends,
)


def imported(source: Source) -> Imported:
    """The instrument of an XLSForm. Raises ExchangeError where the file is none, or no question comes over."""
    ledger = Ledger()
    form = xlsform_sheets.form(spreadsheet.read(source.data), ledger)
    site = source.library.site if source.library else None
    tongues = xlsform_sheets.tongues(form, site, ledger)
    lists = xlsform_choices.lists(form, tongues, ledger)
    rows = _Rows(source, tongues, lists, ledger)
    rows.read(form.survey)
    for one in lists.values():
        one.tell()
    instrument = _instrument(source, form, rows, tongues)
    if not any(True for _ in instrument.items()):
        raise ExchangeError(
            told(_("No question of the form can be asked with Mittari, so there is no instrument.")), ledger.losses
        )
    return Imported(instrument=instrument, losses=ledger.losses, images=rows.images, recordings=rows.recordings)


# --- rows -----------------------------------------------------------------------------------------


@dataclass
class _Group:
    """An open group: `tree` is its condition, `why` why all in it is left, if it is."""

    number: int
    name: str
    element: Element
    title: Mapping[str, str] | None
    tree: Condition | bool = True
    why: str = ""
    shown: bool = False
    top: bool = False

    @property
    def speaks(self) -> bool:
        """Whether it is a section of its own."""
        return self.top or self.title is not None or self.tree is not True


@dataclass
class _Open:
    """A section that is being filled."""

    groups: tuple[int, ...]
    title: Mapping[str, str] | None
    show_if: str | None
    intro: Mapping[str, str] | None = None
    items: list[Item] = field(default_factory=list)


class _Rows:
    """The rows of the sheet survey, one after another, into sections of items."""

    def __init__(self, source: Source, tongues: Tongues, lists: Mapping[str, ChoiceList], ledger: Ledger) -> None:
        self.source = source
        self.tongues = tongues
        self.lists = lists
        self.ledger = ledger
        self.scope = Scope()
        self.names = naming.Names(source.taken)
        self.groups: list[_Group] = []
        self.sections: list[_Open] = []
        self.images: dict[str, bytes] = {}
        self.recordings: dict[str, bytes] = {}
        self.frame: dict[str, Mapping[str, str]] = {}
        """Texts of the instrument itself that stand in notes."""
        self.worked_out: dict[str, Element] = {}
        """Calculations that stand for a condition, with their elements."""
        self.never: tuple[str, ...] = ()
        """Why the condition that was last looked at never holds."""
        self.last: tuple[str, Item] | None = None
        """The question before, by its name in the form."""

    def read(self, lines: Sequence[Line]) -> None:
        elements = [self._element(line) for line in lines]
        at = 0
        while at < len(lines):
            at += self._row(lines, elements, at)
        for group in self.groups:
            group.element.change(told(_("It is never ended in the form; it ends with the form.")))
        for name, element in self.worked_out.items():
            if name not in self.scope.used:
                element.leave(told(_("What it works out is no number, and no condition that came over asks for it.")))

    def _element(self, line: Line) -> Element:
        where = told(_("survey, row {number}"), number=line.number)
        return self.ledger.add(where, f"{line.get('type') or '–'} {line.get('name')}")

    def _row(self, lines: Sequence[Line], elements: Sequence[Element], at: int) -> int:
        """Takes one row, or the rows of a grid. Returns how many."""
        line, element = lines[at], elements[at]
        kind = " ".join(line.get("type").split())
        if line.get("disabled").lower() in ("yes", "true", "1"):
            element.leave(told(_("The form has it disabled.")))
            self.scope.lost[line.get("name")] = told(_("'{words}' is disabled"), words=line.get("name"))
        elif not kind:
            element.leave(told(_("It has no type, so it is no question.")))
        elif END.fullmatch(kind):
            self._end(element)
        elif kind.lower() in ("begin_score", "begin_rank") and not self._closed(line, element):
            return self._of_kobo(lines, elements, at)
        elif match := BEGIN.fullmatch(kind):
            if not self._closed(line, element):
                taken = self._grid(lines, elements, at)
                if taken:
                    return taken
            self._begin(line, element, match.group(1).lower())
        elif not self._closed(line, element):
            self._question(line, element, kind)
        return 1

    def _closed(self, line: Line, element: Element) -> bool:
        """Whether the row stands in a group that is left, and goes with it."""
        why = next((group.why for group in self.groups if group.why), "")
        if why:
            element.leave(why)
            self._lose(line, why)
        return bool(why)

    def _lose(self, line: Line, reason: str) -> None:
        name = line.get("name")
        if name:
            self.scope.lost.setdefault(name, told(_("'{name}' did not come over"), name=name))

    # --- groups -----------------------------------------------------------------------------------

    def _begin(self, line: Line, element: Element, kind: str) -> None:
        title = self.tongues.text(line, "label", element)
        group = _Group(line.number, line.get("name"), element, title, top=not self.groups)
        self.groups.append(group)
        if any(other.why for other in self.groups):
            return
        if kind == "loop":
            group.why = told(_("It is asked in a loop over a list, which has no counterpart."))
            element.leave(group.why)
            return
        if kind != "group":
            element.change(told(_("Its questions are asked once: questions that repeat have no counterpart.")))
        group.tree = self._condition(line, element)
        if group.tree is False:
            group.why = told(_("The condition of its group never holds."))
            element.leave(*self.never)
        self._needless(line, element)

    def _end(self, element: Element) -> None:
        if not self.groups:
            element.leave(told(_("No group is open there.")))
            return
        group = self.groups.pop()
        if group.why:
            element.leave(told(_("Its group did not come over.")))
        elif group.title is not None and not group.shown:
            group.element.leave(told(_("No question in it came over.")))

    def _section(self) -> _Open:
        """The section that the next item stands in: a new one where the groups around it are not those before."""
        around = [group for group in self.groups if group.speaks]
        key = tuple(group.number for group in around)
        if self.sections and self.sections[-1].groups == key:
            return self.sections[-1]
        titles = [group.title for group in around if group.title is not None and not group.shown]
        for group in around:
            group.shown = True
        title = {tag: " – ".join(one[tag] for one in titles) for tag in self.tongues.chosen} if titles else None
        tree = expressions.joined("and", [group.tree for group in around])
        section = _Open(key, title, None if tree is True else expressions.written(tree))
        self.sections.append(section)
        return section

    # --- conditions -------------------------------------------------------------------------------

    def _condition(self, line: Line, element: Element) -> Condition | bool:
        """The condition of a row; True where it has none, or none that can be said here."""
        text = line.get("relevant")
        if not text:
            return True
        try:
            translated = expressions.condition(xpath.parse(text), self.scope)
        except Untranslatable as error:
            element.change(
                told(
                    _("It is asked of all, since its condition could not be carried over: {reason} ({text})."),
                    reason=told_by(error),
                    text=text,
                )
            )
            return True
        if translated.tree is False:
            self.never = (told(_("Its condition never holds.")), *translated.notes)
        else:
            element.change(*translated.notes)
        return translated.tree

    def _shown(self, line: Line, element: Element) -> str | None:
        """The condition of a question as text; raises _Left where it never holds."""
        tree = self._condition(line, element)
        if tree is False:
            raise _Left(*self.never)
        return None if tree is True else expressions.written(tree)

    def _required(self, line: Line, element: Element) -> str:
        text = line.get("required").lower().replace("()", "").strip()
        if text in ("", "no", "false", "0"):
            return "no"
        if text in ("yes", "true", "1"):
            return "hard"
        element.change(
            told(
                _("An answer is asked for once and need not be given: when it is needed was left out ({text})."),
                text=text,
            )
        )
        return "soft"

    def _needless(self, line: Line, element: Element, *heeded: str) -> None:
        """Says what of the row was of no use."""
        for key, sentence in NEEDLESS.items():
            if line.get(key) and key not in heeded and line.get(key).lower() not in ("no", "false"):
                element.change(sentence)
        layout = [word for word in line.get("appearance").split() if word.lower() not in {*SILENT, *heeded}]
        if layout:
            element.change(told(_("How it looks is left to Mittari ({words})."), words=" ".join(layout)))

    # --- questions --------------------------------------------------------------------------------

    def _question(self, line: Line, element: Element, kind: str) -> None:
        before, self.last = self.last, None
        select = SELECT.fullmatch(kind)
        own = TYPES.get(kind.lower())
        try:
            if select:
                self._select(line, element, select)
            elif kind.lower() in LEFT or kind.lower().startswith("osm "):
                raise _Left(LEFT.get(kind.lower(), FILES))
            elif own is None:
                raise _Left(told(_("The type '{kind}' is not known."), kind=kind))
            elif own in ("calculate", "hidden"):
                (self._calculate if own == "calculate" else self._hidden)(line, element)
            elif own == "note":
                self._note(line, element)
            elif own == "range":
                self._range(line, element)
            elif not self._words_of_other(line, element, before):
                self._typed(line, element, kind.lower(), own)
        except _Left as left:
            element.leave(*left.args)
            self._lose(line, told_by(left))

    def _typed(self, line: Line, element: Element, kind: str, own: str) -> None:
        """A number, a date, words, or a box to tick."""
        words = line.get("appearance").lower().split()
        if line.get("read_only").lower() in ("yes", "true", "true()") or "hidden" in words:
            if line.get("calculation"):
                return self._calculate(line, element)
            if "hidden" in words:
                raise _Left(told(_("It is never shown in the form.")))
            element.change(told(_("It takes no answer in the form, so it is a text to read.")))
            return self._note(line, element)
        fields: dict[str, Any] = {}
        if kind in BUILT_IN_MAXIMUM:
            fields = {"minimum": 0, "maximum": BUILT_IN_MAXIMUM[kind]}
        if own == "datetime":
            element.change(told(_("Only the date is asked.")))
            own = "date"
        if own == "date":
            own = "month" if "month-year" in words else "year" if "year" in words else "date"
        if own == "text" and ("multiline" in words or "rows" in line.get("parameters")):
            own = "long_text"
        if own == "consent" and self._required(line, element) == "hard":
            element.change(told(_("Nobody has to tick it: consent is always free here.")))
        heeded = ("numbers",) if own in ("integer", "decimal", "text", "phone") else ()
        self._add(line, element, own, fields, heeded=heeded)
        return None

    def _note(self, line: Line, element: Element) -> None:
        name = line.get("name")
        text = self.tongues.text(line, "label", element)
        hint = self.tongues.text(line, "hint", element)
        if text is not None and hint is not None:
            text = {tag: f"{words}\n\n{hint[tag]}" for tag, words in text.items()}
            element.change(told(_("Its hint stands below its text.")))
        text = text or hint
        if text is None:
            raise _Left(told(_("It has no words.")))
        if not self.groups and not any(section.items for section in self.sections) and name in (INTRO, TITLE):
            self.frame[name] = text
            return
        section = self._section()
        if self.groups and not section.items and name == f"{self.groups[-1].name}_intro":
            section.intro = text
            return
        show_if = self._shown(line, element)
        audio = self._audio(line, element)
        id = self._id(line, element, "note")
        section.items.append(Item(id=id, type="note", text=text, audio=audio, show_if=show_if))
        self._needless(line, element, "required_message", "audio")
        self.scope.lost[name] = told(_("'{name}' is a text to read"), name=name)

    def _hidden(self, line: Line, element: Element) -> None:
        given = line.get("default")
        if not given or "${" in given:
            raise _Left(told(_("It is never shown, and the form gives it no fixed value.")))
        value = str(naming.values([given])[0])
        if value != given:
            element.change(told(_("Its value is '{value}', since values have other letters here."), value=value))
        id = self._id(line, element, "hidden")
        self._place(Item(id=id, type="hidden", text=self._words(line, element), value=value), line, element)
        self._know(line, Asked(id, "choice", {given: value}))
        self._needless(line, element, "default", "hidden")

    def _calculate(self, line: Line, element: Element) -> None:
        text = line.get("calculation") or line.get("default")
        if not text:
            raise _Left(told(_("It has no calculation.")))
        try:
            expression = xpath.parse(text)
        except Untranslatable as error:
            raise _Left(
                told(_("Its calculation has no counterpart, since {reason}."), reason=told_by(error))
            ) from error
        try:
            calculation = expressions.calculated(expression, self.scope)
        except Untranslatable as error:
            return self._cases(line, element, expression, error)
        id = self._id(line, element, "calculated")
        item = Item(id=id, type="calculated", text=self._words(line, element), calculate=calculation)
        self._place(item, line, element)
        self._know(line, Asked(id, "number", numeric=True))
        self._needless(line, element, "calculation", "default", "read_only", "hidden")
        return None

    def _cases(self, line: Line, element: Element, expression: Expression, error: Untranslatable) -> None:
        """A calculation that gives a truth or fixed words becomes a part of the conditions that ask for it."""
        try:
            self.scope.cases[line.get("name")] = expressions.cases(expression, self.scope)
        except Untranslatable:
            raise _Left(
                told(_("Its calculation has no counterpart, since {reason}."), reason=told_by(error))
            ) from error
        element.change(told(_("It is no item: it stands in the conditions that ask for it.")))
        self.worked_out[line.get("name")] = element

    def _range(self, line: Line, element: Element) -> None:
        given = dict(re.findall(r"([\w-]+)\s*=\s*([^;,\s]+)", line.get("parameters")))
        start, end, step = (float(given.get(key, 1 if key != "end" else 10)) for key in ("start", "end", "step"))
        whole = all(number.is_integer() for number in (start, end, step))
        low, high = sorted((start, end))
        if whole and step == 1 and 1 <= high - low <= 20:
            labels = self.lists[given["tick_labelset"]] if given.get("tick_labelset") in self.lists else None
            ends = {str(choice.value): choice.label for choice in labels.choices} if labels else {}
            fields: dict[str, Any] = {"minimum": int(low), "maximum": int(high)}
            for key, number in (("low", int(low)), ("high", int(high))):
                fields[key] = ends.get(str(number)) or dict.fromkeys(self.tongues.chosen, str(number))
            if not ends:
                element.change(told(_("The ends of its scale have no words in the form: their numbers stand there.")))
            self._add(line, element, "scale", fields)
            if labels:
                labels.used = True
            return
        limits = {"minimum": int(low) if whole else low, "maximum": int(high) if whole else high}
        element.change(
            told(
                _("It is a number to write, from {low} to {high}: steps of {step} have no counterpart."),
                low=f"{low:g}",
                high=f"{high:g}",
                step=f"{step:g}",
            )
        )
        self._add(line, element, "integer" if whole else "decimal", limits)

    # --- choices to make --------------------------------------------------------------------------

    def _select(self, line: Line, element: Element, match: re.Match[str]) -> None:
        command = match["command"].lower()
        if "file" in command or "external" in command or "${" in match["list"]:
            raise _Left(OUTSIDE)
        choices = self.lists.get(match["list"])
        if choices is None:
            raise _Left(told(_("The sheet choices has no list '{words}'."), words=match["list"]))
        words = line.get("appearance").lower().split()
        if words == ["label"]:
            # It shows the options above a table of questions, and takes no answer; its words may say what to do.
            element.change(told(_("It is the heading of a table of questions: its words are a text to read.")))
            return self._note(line, element)
        own = (
            "rank" if command == "rank" else "multiple" if "multiple" in command or "all that" in command else "single"
        )
        if own == "single" and "likert" in words and not match["other"]:
            own = "likert"
        elif own == "single" and set(words) & set(DROPDOWN):
            own = "dropdown"
        options = self._options(choices)
        if any(option.image for option in options) and own == "dropdown":
            own = "single"
        if own == "single" and self._is_yes_no(options):
            own, options = "yes_no", ()
        values = choices.values
        if match["other"] and own != "rank":
            options, values = self._with_other(options, values)
        self._add(line, element, own, {"options": options}, values=values)
        choices.used = True
        return None

    def _options(self, choices: ChoiceList) -> tuple[Option, ...]:
        return tuple(
            Option(value=choice.value, label=choice.label, image=self._image(choice)) for choice in choices.choices
        )

    def _image(self, choice: Choice) -> str | None:
        """The picture of a choice, where its file lies beside the form and is of a kind that pages have."""
        if not choice.image:
            return None
        stem, _dot, ending = choice.image.rpartition(".")
        stem = re.sub(r"[^a-z0-9_-]", "-", stem.lower()).strip("-_")[:60]
        name = f"images/{stem}.{ending.lower().replace('jpeg', 'jpg')}"
        if not re.fullmatch(FORMS["image"][0], name):
            choice.element.change(
                told(
                    _("Its picture '{image}' was left out: pictures are .svg, .png, .jpg or .webp."), image=choice.image
                )
            )
            return None
        content = self.source.beside(choice.image)
        if content is None:
            choice.element.change(
                told(_("Its picture '{image}' was left out: no such file lies beside the form."), image=choice.image)
            )
            return None
        found = pictures.picture(name.rpartition(".")[2], content)
        if not found.is_kind or found.unsafe:
            choice.element.change(
                told(_("Its picture '{image}' was left out: it is no plain picture of its kind."), image=choice.image)
            )
            return None
        self.images[name] = content
        return name

    def _is_yes_no(self, options: Sequence[Option]) -> bool:
        """Whether options are the two that yes_no has by itself, in its words."""
        if [option.value for option in options] != [YES, NO] or any(option.image for option in options):
            return False
        return all(
            (options[0].label[tag], options[1].label[tag]) == YES_NO_WORDS.get(tag) for tag in self.tongues.chosen
        )

    def _with_other(
        self, options: tuple[Option, ...], values: dict[str, Value]
    ) -> tuple[tuple[Option, ...], dict[str, Value]]:
        """The options with the one that `or_other` adds, and the field for words that goes with it."""
        known = [option for option in options if option.value == "other"]
        label = wording.built_in(wording.OTHER, self.tongues.chosen)
        added = dataclasses.replace(known[0] if known else Option(value="other", label=label), other=True)
        return (*(option for option in options if option not in known), added), {**values, "other": "other"}

    def _words_of_other(self, line: Line, element: Element, before: tuple[str, Item] | None) -> bool:
        """Whether a text question is the field for words of the question before: `q_other` after `q`, asked of those
        who chose one option."""
        if before is None or line.get("name") != f"{before[0]}_other" or not line.get("relevant"):
            return False
        name, item = before
        if item.type not in ("single", "dropdown", "multiple") or any(option.other for option in item.options):
            return False
        try:
            match xpath.parse(line.get("relevant")):
                case Call("selected", (Name(chosen), Literal(value))) | Call("=", (Name(chosen), Literal(value))):
                    option = self.scope.asked[name].values.get(str(value)) if chosen == name else None
                case _:
                    return False
        except Untranslatable:
            return False
        label = self.tongues.text(line, "label", element)
        if option is None or not any(one.value == option for one in item.options):
            return False
        options = tuple(dataclasses.replace(o, other=o.value == option) for o in item.options)
        self.sections[-1].items[-1] = dataclasses.replace(item, options=options)
        if label is not None and label != next(o.label for o in options if o.other):
            element.change(
                told(
                    _("It is the field for words beside the option '{option}' of '{id}', without its own text."),
                    option=option,
                    id=item.id,
                )
            )
        self.scope.lost[line.get("name")] = told(_("'{words}' is a field for words"), words=line.get("name"))
        return True

    # --- grids ------------------------------------------------------------------------------------

    def _grid(self, lines: Sequence[Line], elements: Sequence[Element], at: int) -> int:
        """Takes a group as a grid where it is one: questions of one list under one stem. Returns how many rows."""
        words = line_words = lines[at].get("appearance").lower().split()
        if not {"table-list", "field-list"} & set(line_words):
            return 0
        inner: list[int] = []
        for n in range(at + 1, len(lines)):
            kind = " ".join(lines[n].get("type").split())
            if END.fullmatch(kind):
                break
            inner.append(n)
        else:
            return 0
        head = [n for n in inner if lines[n].get("appearance").lower() == "label"][:1]
        notes = [n for n in inner[:1] if TYPES.get(lines[n].get("type").strip().lower()) == "note"]
        asked = [n for n in inner if n not in (*head, *notes)]
        name = self._one_list([lines[n] for n in asked])
        stem = next((n for n in (at, *notes, *head) if lines[n].get("label")), None)
        if name is None or stem is None or len(asked) < 2 or (notes and "table-list" not in words and stem == at):
            return 0
        self._add_grid(lines, elements, at, asked, name, stem)
        for n in (*head, *notes):
            if n != stem and lines[n].get("label"):
                elements[n].change(told(_("The grid has one text above it; this one was left out.")))
        return len(inner) + 2

    def _of_kobo(self, lines: Sequence[Line], elements: Sequence[Element], at: int) -> int:
        """KoboToolbox's own rating and ranking: a list, and a row for each thing to rate, or for each place to give."""
        rating = lines[at].get("type").lower().endswith("score")
        row, end = ("score__row", "end_score") if rating else ("rank__level", "end_rank")
        kinds = [line.get("type").strip().lower() for line in lines[at + 1 :]]
        count = next((n for n, kind in enumerate(kinds) if kind != row), len(kinds))
        inner = range(at + 1, at + 1 + count)
        taken = count + 1 + (kinds[count : count + 1] == [end])
        name = lines[at].get("kobo--score-choices" if rating else "kobo--rank-items")
        if name not in self.lists or not count:
            for n in range(at, at + taken):
                elements[n].leave(
                    told(_("The sheet choices has no list '{name}'."), name=name)
                    if count
                    else told(_("It has no rows."))
                )
                self._lose(lines[n], "")
        elif rating:
            self._add_grid(lines, elements, at, inner, name, at)
        else:
            self._add_rank(lines[at], elements[at], name, count)
            for n in inner:
                elements[n].change(told(_("Mittari numbers the places by itself.")))
                self._lose(lines[n], "")
        return taken

    def _add_rank(self, line: Line, element: Element, name: str, places: int) -> None:
        choices = self.lists[name]
        try:
            most = places if places < len(choices.choices) else None
            fields = {"options": self._options(choices), "at_most": most}
            self._add(line, element, "rank", fields, values=choices.values)
            choices.used = True
        except _Left as left:
            element.leave(*left.args)
            self._lose(line, told_by(left))

    def _one_list(self, lines: Sequence[Line]) -> str | None:
        """The list that all rows share, where they are plain questions of one choice."""
        matches = [SELECT.fullmatch(" ".join(line.get("type").split())) for line in lines]
        found = {match["list"] for match in matches if match}
        plain = all(match and match["command"].lower() == "select_one" and not match["other"] for match in matches)
        bare = not any(
            line.get(key) for line in lines for key in ("relevant", "constraint", "choice_filter", "disabled")
        )
        return found.pop() if plain and bare and len(found) == 1 and self.lists.keys() & found else None

    def _add_grid(
        self, lines: Sequence[Line], elements: Sequence[Element], at: int, asked: Sequence[int], list: str, stem: int
    ) -> None:
        line, element, choices = lines[at], elements[at], self.lists[list]
        text = self.tongues.text(lines[stem], "label", elements[stem]) or self._words(line, element)
        tree = self._condition(line, element)
        if tree is False:
            for n in (at, *asked):
                elements[n].leave(told(_("The condition of its group never holds.")))
                self._lose(lines[n], "")
            return
        show_if = None if tree is True else expressions.written(tree)
        needed = {self._required(lines[n], elements[n]) for n in asked}
        required = needed.pop() if len(needed) == 1 else "no"
        if needed:
            element.change(told(_("Answers are needed in some of its rows only, which a grid cannot say: none is.")))
        section = self._section()
        id = self._id(line, element, "grid")
        rows = []
        for n in asked:
            row_text = self._words(lines[n], elements[n])
            hint = self.tongues.text(lines[n], "hint", elements[n]) if lines[n].get("label") else None
            audio = self._audio(lines[n], elements[n])
            rows.append(Row(id=self._id(lines[n], elements[n], "row"), text=row_text, hint=hint, audio=audio))
            conditional = bool(show_if or section.show_if)
            self._know(lines[n], Asked(rows[-1].id, "choice", choices.values, conditional, _are_numbers(choices)))
            self._needless(lines[n], elements[n], "minimal", "audio")
        options = self._options(choices)
        choices.used = True
        hint = self.tongues.text(line, "hint", element)
        audio = self._audio(lines[stem], elements[stem])
        section.items.append(
            Item(
                id=id, type="grid", text=text, hint=hint, audio=audio, options=options, rows=tuple(rows),
                required=required, show_if=show_if,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        self._needless(line, element, *(["audio"] if stem == at else []))

    # --- items ------------------------------------------------------------------------------------

    def _add(
        self,
        line: Line,
        element: Element,
        type: Any,
        fields: Mapping[str, Any],
        *,
        values: Mapping[str, Value] | None = None,
        heeded: Sequence[str] = (),
    ) -> None:
        """An item that is asked, with what all of them have: words, condition, constraint and whether it is needed."""
        show_if = self._shown(line, element)
        id = self._id(line, element, "q")
        text = self._words(line, element)
        hint = self.tongues.text(line, "hint", element) if line.get("label") else None
        required = "no" if type == "consent" else self._required(line, element)
        item = Item(
            id=id, type=type, text=text, hint=hint, audio=self._audio(line, element),
            show_if=show_if, required=required, **fields,  # type: ignore[arg-type]
        )  # fmt: skip
        asked = self._asked(item, values or {})
        item = self._constrained(line, element, item, asked)
        asked = self._asked(item, values or {})
        section = self._section()
        section.items.append(item)
        self._know(line, dataclasses.replace(asked, conditional=bool(show_if or section.show_if)))
        self.last = (line.get("name"), item)
        self._needless(line, element, "repeat_count", "audio", *heeded)

    def _audio(self, line: Line, element: Element) -> dict[str, str] | None:
        """What a question is heard from, in the languages in which the form has a recording."""
        found: dict[str, str] = {}
        for (key, spoken), file in line.cells.items():
            tag = self.tongues.tags.get(spoken, "" if spoken else self.tongues.origin)
            if key != "audio":
                continue
            if tag not in self.tongues.chosen:
                why = _("Its recording '{audio}' was left out: there are no texts in its language.")
                element.change(told(why, audio=file))
            elif name := self._recording(file, element):
                found[tag] = name
        return found or None

    def _recording(self, file: str, element: Element) -> str | None:
        """The name of a recording, where it lies beside the form and is of a kind that pages have."""
        stem, _dot, ending = file.lower().rpartition(".")
        stem, dot, tag = stem.rpartition(".") if re.fullmatch(r".+\.[a-z0-9-]{1,20}", stem) else (stem, "", "")
        name = f"audio/{re.sub(r'[^a-z0-9_-]', '-', stem).strip('-_')[:60]}{dot}{tag}.{ending}"
        if not re.fullmatch(FORMS["audio"][0], name):
            element.change(told(_("Its recording '{audio}' was left out: recordings are .mp3 or .m4a."), audio=file))
            return None
        content = self.source.beside(file)
        if content is None:
            why = _("Its recording '{audio}' was left out: no such file lies beside the form.")
            element.change(told(why, audio=file))
            return None
        if not recordings.recording(ending, content).is_kind:
            element.change(told(_("Its recording '{audio}' was left out: it is not what its name says."), audio=file))
            return None
        self.recordings[name] = content
        return name

    def _place(self, item: Item, line: Line, element: Element) -> None:
        show_if = self._shown(line, element)
        self._section().items.append(dataclasses.replace(item, show_if=show_if))

    def _know(self, line: Line, asked: Asked) -> None:
        name = line.get("name")
        if name in self.scope.asked:
            return
        self.scope.ask(name, asked)

    def _id(self, line: Line, element: Element, otherwise: str) -> str:
        id = self.names.take(line.get("name"), otherwise=otherwise)
        name = line.get("name")
        if name in self.source.taken:
            element.change(
                told(
                    _("Its id is '{id}': another question of the folder is called '{name}'. Conditions follow."),
                    id=id,
                    name=name,
                )
            )
        elif name not in ("", id):
            element.change(
                told(_("Its id is '{id}', since ids have other letters here, each once. Conditions follow."), id=id)
            )
        return id

    def _words(self, line: Line, element: Element) -> dict[str, str]:
        """The text of a question: its label, else its hint, else its name."""
        unseen = line.get("type").strip().lower() in ("calculate", "hidden")
        text = self.tongues.text(line, "label", element)
        if text is None and line.get("hint"):
            element.change(told(_("It had no label, so its hint stands there.")))
            text = self.tongues.text(line, "hint", element)
        if text is None:
            name = line.get("name") or line.get("type")
            text = dict.fromkeys(self.tongues.chosen, name)
            if not unseen:
                element.change(told(_("It had no label, so its name stands there.")))
        return text

    def _asked(self, item: Item, values: Mapping[str, Value]) -> Asked:
        kinds = {
            "multiple": "several", "rank": "answered", "consent": "ticked", "scale": "number", "integer": "number",
            "decimal": "number", "date": "date", "month": "month", "year": "year", "time": "time",
        }  # fmt: skip
        kind = "choice" if item.type in ("likert", "single", "dropdown", "yes_no") else kinds.get(item.type, "text")
        if item.type == "scale":
            values = {str(number): number for number in range(scale_ends(item)[0], scale_ends(item)[1] + 1)}
        numbers = bool(values) and all(isinstance(value, int) for value in values.values())
        numeric = kind in ("number", "year") or (kind == "choice" and numbers)
        low, high = (None if limit == "today" else limit for limit in (item.minimum, item.maximum))
        whole = item.type in ("integer", "year")
        return Asked(item.id, kind, dict(values), numeric=numeric, minimum=low, maximum=high, whole=whole)

    def _constrained(self, line: Line, element: Element, item: Item, asked: Asked) -> Item:
        """The item with what its constraint says."""
        text = line.get("constraint")
        if not text:
            return item
        scope = self.scope.within({".": asked, line.get("name"): asked})
        try:
            found = xlsform_constraints.constraint(xpath.parse(text), item.type, scope)
        except Untranslatable as error:
            element.change(
                told(_("Its constraint was left out, since {reason} ({text})."), reason=told_by(error), text=text)
            )
            return item
        self.scope.used |= scope.used
        if any("left out" in note for note in found.notes):
            found.notes.append(told(_("The whole constraint in the form: {text}."), text=text))
        element.change(*found.notes)
        message = self.tongues.text(line, "constraint_message", element)
        fields = {**found.fields}
        if found.exclusive:
            alone = {asked.values.get(name) for name in found.exclusive}
            fields["options"] = tuple(dataclasses.replace(o, exclusive=o.value in alone) for o in item.options)
        if found.rule is not None:
            said = message or wording.built_in(wording.CHECK_ANSWER, self.tongues.chosen)
            fields["constraints"] = (Constraint(rule=found.rule, message=said),)
        elif message is not None:
            element.change(told(_("Mittari's own words tell of the limit; the form's were left out.")))
        return dataclasses.replace(item, **_in_order(fields, item, element))


class _Left(Exception):
    """The row does not come over; its arguments are sentences that say why."""


def _are_numbers(choices: ChoiceList) -> bool:
    return all(isinstance(choice.value, int) for choice in choices.choices)


def _in_order(fields: dict[str, Any], item: Item, element: Element) -> dict[str, Any]:
    """Limits without those that contradict each other or the options."""
    low, high = fields.get("minimum", item.minimum), fields.get("maximum", item.maximum)
    most = len(item.options)
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        element.change(told(_("Its limits leave no number between them, so they were left out.")))
        return {**fields, "minimum": None, "maximum": None}
    for key in ("at_least", "at_most"):
        if key in fields and not 1 <= fields[key] <= max(most, 1):
            del fields[key]
    if fields.get("max_length") is not None and not 1 <= fields["max_length"] <= 20_000:
        del fields["max_length"]
    return fields


# --- the instrument -------------------------------------------------------------------------------


def _instrument(source: Source, form: Form, rows: _Rows, tongues: Tongues) -> Instrument:
    settings = dict(form.settings)
    title = rows.frame.get(TITLE) or _title(source, settings, tongues)
    sections = tuple(
        Section(title=one.title, intro=one.intro, show_if=one.show_if, items=tuple(one.items))
        for one in rows.sections
        if one.items
    )
    scales, sections = xlsform_choices.shared(sections, rows.lists)
    instrument = Instrument(
        instrument=_name(source, settings),
        version=_version(settings),
        languages=tongues.chosen,
        title=title,
        waves=source.waves or ((next(iter(source.library.site.waves)),) if source.library else ("start",)),
        intro=rows.frame.get(INTRO),
        review=dict.fromkeys(tongues.review, "needed"),
        scales=scales,
        sections=sections,
    )
    for key, (_text, element) in settings.items():
        if key not in ("title", "form_id", "version", "default_language"):
            element.leave(told(_("This setting has no counterpart.")))
    return instrument


def _name(source: Source, settings: Mapping[str, tuple[str, Element]]) -> str:
    given, element = settings.get("form_id", ("", None))
    id = source.instrument or naming.Names().take(
        given or re.sub(r"\.[^.]*$", "", source.name), otherwise="form", hyphens=True
    )
    if element is not None and id != given:
        element.change(told(_("The instrument is called '{id}'."), id=id))
    return id


def _version(settings: Mapping[str, tuple[str, Element]]) -> int:
    given, element = settings.get("version", ("1", None))
    if re.fullmatch(r"[1-9]\d{0,3}", given):
        return int(given)
    if element is not None:
        element.change(told(_("The version is 1: versions are small whole numbers here.")))
    return 1


def _title(source: Source, settings: Mapping[str, tuple[str, Element]], tongues: Tongues) -> dict[str, str]:
    given, element = settings.get("title", ("", None))
    text, reasons = wording.plain(given or settings.get("form_id", (source.name, None))[0])
    if element is not None:
        element.change(*reasons)
        if len({*tongues.chosen} & {*tongues.tags.values()}) > 1:
            element.change(told(_("The title is the same in every language: a form has only one.")))
    for tag in tongues.chosen:
        if tag != tongues.origin:
            tongues.filled[tag] += 1
    return dict.fromkeys(tongues.chosen, text or source.name)
