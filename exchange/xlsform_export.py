"""An instrument as an XLSForm (.xlsx), in every language, with an entry for each of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exchange import expressions, languages, naming, spreadsheet, xpath
from exchange.context import Context
from exchange.loss import Converted, Element, Ledger
from exchange.xlsform_constraints import EMAIL, PHONE
from exchange.xlsform_types import INTRO, TITLE
from exchange.xpath import Unsayable
from survey import calculation, logic
from survey.logic import Condition
from survey.model import Instrument, Item, Option, Row, Section, Text, filled, scale_ends

_TYPES = {
    "likert": ("select_one", "likert"),
    "single": ("select_one", ""),
    "dropdown": ("select_one", "minimal"),
    "yes_no": ("select_one", ""),
    "multiple": ("select_multiple", ""),
    "rank": ("rank", ""),
    "scale": ("range", ""),
    "integer": ("integer", ""),
    "decimal": ("decimal", ""),
    "date": ("date", ""),
    "month": ("date", "month-year"),
    "year": ("date", "year"),
    "time": ("time", ""),
    "text": ("text", ""),
    "long_text": ("text", "multiline"),
    "email": ("text", ""),
    "phone": ("text", "numbers"),
    "consent": ("acknowledge", ""),
    "note": ("note", ""),
    "hidden": ("hidden", ""),
    "calculated": ("calculate", ""),
}
_COLUMNS = (
    "type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "appearance",
    "parameters", "calculation", "default", "audio",
)  # fmt: skip
_TRANSLATED = ("label", "hint", "constraint_message", "image", "audio")
_LOST = {
    "reverse": "That a high answer counts as low was left out.",
    "anchor": "That it asks how much has changed was left out.",
    "outcome": "That it asks for an outcome was left out.",
    "then": "That it asks about the time before the service was left out.",
    "sensitive": "That it is sensitive, and on which ground it is asked, was left out.",
    "reworded": "When its wording changed was left out.",
    "decimals": "How many decimals an answer can have was left out.",
}
Cells = dict[str, "str | Text"]


def exported(instrument: Instrument, context: Context) -> Converted:
    """The .xlsx file and, in a folder beside it, the pictures of its options and the recordings of its questions."""
    form = _Form(_worded(instrument, context), context)
    form.write()
    names = {tag: languages.name_of(tag, context.library.site.language_names) for tag in form.languages}
    choice_columns = ("list_name", "name", "label", "image")
    data = spreadsheet.write(
        {
            "survey": _table(_COLUMNS, form.rows, names),
            "choices": _table(choice_columns, [row for rows in form.lists.values() for row in rows], names),
            "settings": _settings(form.instrument, names),
        }
    )
    return Converted(files={f"{instrument.instrument}.xlsx": data, **form.media}, losses=form.ledger.losses)


def _worded(instrument: Instrument, context: Context) -> Instrument:
    """The instrument with the names of the service, if one is chosen, and the organisation in its texts."""
    if context.service is None:
        return instrument
    services = context.library.services
    service = services.service(context.service)
    provider = dict.fromkeys(instrument.languages, services.providers[service.provider].name)
    organisation = context.library.site.organisation.name
    return filled(instrument, {"service": service.title, "provider": provider, "organisation": organisation})


def _table(
    columns: Sequence[str], rows: Sequence[Cells], names: Mapping[str, str]
) -> tuple[list[str], list[dict[str, str]]]:
    """Rows with a column for each language of a text; columns without content are left out, but for those needed."""
    found: list[dict[str, str]] = []
    for row in rows:
        flat: dict[str, str] = {}
        for key, cell in row.items():
            if isinstance(cell, str):
                flat[key] = cell
            else:
                flat |= {f"{key}::{name}": cell[tag] for tag, name in names.items()}
        found.append(flat)
    every = [
        column
        for key in columns
        for column in ([f"{key}::{name}" for name in names.values()] if key in _TRANSLATED else [key])
    ]
    # Converters of forms want a column of every language, where one has it.
    filled = {column.partition("::")[0] for row in found for column, cell in row.items() if cell}
    wanted = filled | {"type", "name", "list_name", "label"}
    return [column for column in every if column.partition("::")[0] in wanted], found


def _settings(instrument: Instrument, names: Mapping[str, str]) -> tuple[list[str], list[dict[str, str]]]:
    first = next(iter(names))
    cells = {
        "form_title": instrument.title[first],
        "form_id": instrument.instrument,
        "version": str(instrument.version),
        "default_language": names[first],
    }
    return list(cells), [cells]


@dataclass
class _Form:
    """The rows of a form while they are made."""

    instrument: Instrument
    context: Context
    rows: list[Cells] = field(default_factory=list)
    lists: dict[str, list[Cells]] = field(default_factory=dict)
    media: dict[str, bytes] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that are wanted, in the order of the instrument."""
        wanted = self.context.languages
        return tuple(tag for tag in self.instrument.languages if not wanted or tag in wanted)

    def __post_init__(self) -> None:
        # A form keeps the name `meta` for itself.
        self.taken = naming.Names(["meta"])
        ids = [one for section in self.instrument.sections for item in section.items for one in _ids(item)]
        self.names = {id: self.taken.take(id) for id in ids}
        self.conditions = {item.id: item.show_if for item in self.instrument.items() if item.show_if is not None}
        self.listed = naming.Names()
        self.called: dict[str, list[str]] = {}
        self.writer = xpath.Writer(self.instrument, self.names)

    def write(self) -> None:
        self._frame()
        for id in self.instrument.scales:
            self.ledger.add("scales", id)
        for number, section in enumerate(self.instrument.sections, 1):
            self._section(section, number)
        for id in self.instrument.dimensions:
            self.ledger.add("dimensions", id).leave("A form has no results that are worked out of answers.")
        for key, alarms in (("alarms", self.instrument.alarms), ("thanks", self.instrument.thanks)):
            for alarm in alarms:
                self.ledger.add(key, alarm.item).leave("A form tells nobody of answers.")

    def _frame(self) -> None:
        """The instrument's own keys: what a form can say stands in the settings and in notes at the beginning."""
        one = self.instrument
        for key in ("instrument", "version"):
            self.ledger.add("instrument", key)
        left = [tag for tag in one.languages if tag not in self.languages]
        spoken = self.ledger.add("instrument", "languages")
        if left:
            spoken.change(f"Those that were not wanted are left out: {', '.join(left)}.")
        title = self.ledger.add("instrument", "title")
        if len({one.title[tag] for tag in self.languages}) > 1:
            title.change("A form has one title, so a note at its beginning has it in every language.")
            self.rows.append({"type": "note", "name": self.taken.take(TITLE), "label": one.title})
        if one.intro:
            self.ledger.add("instrument", "intro").change("It is a note at the beginning of the form.")
            self.rows.append({"type": "note", "name": self.taken.take(INTRO), "label": one.intro})
        reasons = {
            "waves": "A form does not know when it is asked.",
            "respondent": "A form does not say who answers.",
            "source": "A form does not say who worded it.",
            "review": "A form does not say which translations are still to be read by a native speaker.",
            "target_minutes": "A form does not say how long answering takes.",
            "extends": "What it has from another instrument is part of the form.",
        }
        for key, reason in reasons.items():
            if getattr(one, key) and (key, getattr(one, key)) != ("respondent", "client"):
                self.ledger.add("instrument", key).leave(reason)

    def _section(self, section: Section, number: int) -> None:
        element = self.ledger.add(f"section {number}", (section.title or {}).get(self.languages[0], ""))
        name = self.taken.take(f"section_{number}")
        cells: Cells = {"type": "begin_group", "name": name}
        if section.title:
            cells["label"] = section.title
        self._relevant(cells, section.show_if, element)
        self.rows.append(cells)
        if section.intro:
            self.rows.append({"type": "note", "name": self.taken.take(f"{name}_intro"), "label": section.intro})
        for item in section.items:
            self._item(item, f"section {number}", section.show_if)
        self.rows.append({"type": "end_group", "name": name})

    # --- items ------------------------------------------------------------------------------------

    def _item(self, item: Item, where: str, within: str | None) -> None:
        element = self.ledger.add(where, f"{item.type} {item.id}")
        if not self._is_wanted(item):
            for one in (element, *(self.ledger.add(where, f"row {row.id}") for row in item.rows)):
                one.leave(f"It is not asked at {', '.join(self.context.waves)}.")
            return
        for key, sentence in _LOST.items():
            if getattr(item, key):
                element.change(sentence)
        if item.waves is not None and not set(self.context.waves or self.instrument.waves) <= set(item.waves):
            element.change(
                f"It is asked whenever the form is: that it is asked at {', '.join(item.waves)} was left out."
            )
        if any("{" in words for text in (item.text, item.hint or {}) for words in text.values()):
            element.change("Words in braces { } stand as they are: the form does not fill them in.")
        if item.type == "grid":
            self._grid(item, where, element, within)
            return
        kind, appearance = _TYPES[item.type]
        cells: Cells = {"type": kind, "name": self.names[item.id], "appearance": appearance, "label": item.text}
        self._hint(cells, item, element)
        self._heard(cells, item)
        self._relevant(cells, item.show_if, element, within)
        self._required(cells, item, element)
        self._by_type(cells, item, element)
        self._constraint(cells, item, element)
        self.rows.append({key: cell for key, cell in cells.items() if cell})
        self._words_of_other(item)

    def _is_wanted(self, item: Item) -> bool:
        """Whether an item is asked at one of the waves that are wanted."""
        return not self.context.waves or item.waves is None or bool({*item.waves} & {*self.context.waves})

    def _by_type(self, cells: Cells, item: Item, element: Element) -> None:
        if item.type in ("likert", "single", "dropdown", "yes_no", "multiple", "rank"):
            cells["type"] = f"{cells['type']} {self._list(item, element)}"
        if item.type == "rank" and item.at_most:
            element.change("All options are put in order: a form cannot ask for the first few only.")
        if item.type == "scale":
            low, high = scale_ends(item)
            ends = [
                Option(value=number, label=words) for number, words in ((low, item.low), (high, item.high)) if words
            ]
            cells["parameters"] = f"start={low} end={high} step=1 tick_labelset={self._listed(f'{item.id}_ends', ends)}"
            if item.options:
                element.change("Its options beside the numbers were left out.")
        if item.type == "hidden":
            cells["default"] = item.value or ""
            if item.options:
                element.change("The other values that a link can give it were left out.")
        if item.type == "calculated":
            try:
                tree = calculation.parse(item.calculate or "")
                cells["calculation"] = self.writer.calculation(tree)
                if self._has_absent(calculation.named(tree)):
                    element.change("Options that are no answer count with their numbers in the form.")
            except Unsayable as error:
                # The row stays, so that conditions can name it.
                cells["calculation"] = "''"
                element.change(f"The form works out nothing, since {error}.")

    def _has_absent(self, ids: Sequence[str]) -> bool:
        return any(o.missing for id in ids for o in self.instrument.options(self.instrument.item(id)))

    def _hint(self, cells: Cells, item: Item, element: Element) -> None:
        if item.hint:
            cells["hint"] = item.hint
        if item.unit:
            unit = item.unit
            hint = {tag: f"{item.hint[tag]} ({unit[tag]})" if item.hint else unit[tag] for tag in unit}
            cells["hint"] = hint
            element.change("Its unit stands in its hint.")

    def _required(self, cells: Cells, item: Item, element: Element) -> None:
        if item.required == "hard":
            cells["required"] = "yes"
        elif item.required == "soft":
            element.change("The form does not remind of an answer that is wanted and not needed.")

    def _relevant(self, cells: Cells, show_if: str | None, element: Element, within: str | None = None) -> None:
        """The condition of a row; `within` is that of the group that it stands in."""
        if show_if is None:
            return
        tree = logic.parse(show_if)
        conditional = [id for id, condition in self.conditions.items() if condition != within]
        try:
            if expressions.holds_unasked(tree, conditional):
                tree = logic.All((tree, *self._above(tree, {})))
            cells["relevant"] = self.writer.condition(tree)
            if len(cells["relevant"]) > spreadsheet.CELL_LIMIT:
                del cells["relevant"]
                raise Unsayable("it would be too long for a cell")
        except Unsayable as error:
            element.change(f"It is asked of all, since {error}. Its condition is: {show_if}.")

    def _above(self, tree: Condition, known: dict[str, Condition]) -> Iterable[Condition]:
        """The conditions of the items that a condition names, and of those that these name, each once."""
        for id in logic.named(tree):
            text = self.conditions.get(id)
            if text is not None and text not in known:
                known[text] = logic.parse(text)
                self._above(known[text], known)
        return known.values()

    def _constraint(self, cells: Cells, item: Item, element: Element) -> None:
        parts = _limits(item, self.instrument.options(item))
        writer = xpath.Writer(self.instrument, self.names, own=item.id)
        messages: list[Text] = []
        for constraint in item.constraints:
            try:
                parts.append(writer.rule(logic.parse(constraint.rule, rule=True)))
                messages.append(constraint.message)
            except Unsayable as error:
                element.change(f"A rule was left out, since {error}: {constraint.rule}.")
        cells["constraint"] = " and ".join(parts)
        if messages:
            cells["constraint_message"] = {
                tag: "\n".join(message[tag] for message in messages) for tag in self.languages
            }
        if len(messages) > 1:
            element.change("A form has one message for all rules of a question.")

    # --- options ----------------------------------------------------------------------------------

    def _list(self, item: Item, element: Element) -> str:
        """The name of the item's list of choices."""
        options = self.instrument.options(item)
        lost = {
            "that choosing some is no answer": any(option.missing for option in options),
            "which of them reach the outcome": any(option.achieved for option in options),
            "what they count for": any(option.score is not None for option in options),
        }
        if any(lost.values()):
            element.change(
                f"Of its options was left out {' and '.join(name for name, is_so in lost.items() if is_so)}."
            )
        own = "yes_no" if item.type == "yes_no" and not item.options else item.id
        return self._listed(item.scale or own, options)

    def _listed(self, name: str, options: Sequence[Option]) -> str:
        rows = [self._choice(option) for option in options]
        for given in self.called.setdefault(name, []):
            if [{**row, "list_name": ""} for row in self.lists[given]] == rows:
                return given
        given = self.listed.take(name, otherwise="list")
        self.called[name].append(given)
        self.lists[given] = [{**row, "list_name": given} for row in rows]
        return given

    def _choice(self, option: Option) -> Cells:
        cells: Cells = {"list_name": "", "name": str(option.value), "label": option.label}
        if option.image:
            file = option.image.rpartition("/")[2]
            # A picture that one language lacks is shown in none but the others.
            cells["image"] = dict.fromkeys(self.languages, file)
            if option.image in self.context.images:
                self.media[f"{self.instrument.instrument}-media/{file}"] = self.context.images[option.image]
        return cells

    def _heard(self, cells: Cells, asked: Item | Row) -> None:
        """Recordings, in the languages that have one."""
        audio = {tag: file for tag, file in (asked.audio or {}).items() if tag in self.languages}
        if not audio:
            return
        cells["audio"] = {tag: audio.get(tag, "").rpartition("/")[2] for tag in self.languages}
        for file in audio.values():
            if file in self.context.recordings:
                name = f"{self.instrument.instrument}-media/{file.rpartition('/')[2]}"
                self.media[name] = self.context.recordings[file]

    def _words_of_other(self, item: Item) -> None:
        """The field for words beside an option is a question of its own in a form."""
        for option in self.instrument.options(item):
            if option.other and item.type != "grid":
                value = f"'{option.value}'"
                reference = f"${{{self.names[item.id]}}}"
                self.rows.append(
                    {
                        "type": "text",
                        "name": self.taken.take(f"{self.names[item.id]}_other"),
                        "label": option.label,
                        "relevant": f"selected({reference}, {value})",
                    }
                )

    # --- grids ------------------------------------------------------------------------------------

    def _grid(self, item: Item, where: str, element: Element, within: str | None) -> None:
        name = self.names[item.id]
        cells: Cells = {"type": "begin_group", "name": name, "label": item.text, "appearance": "table-list"}
        if item.hint:
            cells["hint"] = item.hint
        self._heard(cells, item)
        self._relevant(cells, item.show_if, element, within)
        self.rows.append(cells)
        options = self._list(item, element)
        for row in item.rows:
            self._row(row, item, options, where)
        self.rows.append({"type": "end_group", "name": name})

    def _row(self, row: Row, item: Item, options: str, where: str) -> None:
        element = self.ledger.add(where, f"row {row.id}")
        for key in ("reverse", "reworded"):
            if getattr(row, key):
                element.change(_LOST[key])
        cells: Cells = {"type": f"select_one {options}", "name": self.names[row.id], "label": row.text}
        if row.hint:
            cells["hint"] = row.hint
        self._heard(cells, row)
        self._required(cells, item, element)
        self.rows.append(cells)


def _ids(item: Item) -> tuple[str, ...]:
    return (item.id, *(row.id for row in item.rows))


def _limits(item: Item, options: Sequence[Option]) -> list[str]:
    """What bounds an answer, as the parts of a constraint."""
    parts = []
    if item.type in ("integer", "decimal", "date", "month", "year", "time"):
        for sign, bound in ((">=", item.minimum), ("<=", item.maximum)):
            if bound is not None and item.type == "time":
                parts.append(f"decimal-time(.) {sign} decimal-time('{bound}')")
            elif bound is not None:
                parts.append(f". {sign} {xpath.limit(item.type, bound)}")
    if item.max_length is not None:
        parts.append(f"string-length(.) <= {item.max_length}")
    if item.type == "multiple":
        for sign, count in ((">=", item.at_least), ("<=", item.at_most)):
            if count is not None:
                parts.append(f"count-selected(.) {sign} {count}")
        for option in options:
            if option.exclusive:
                parts.append(f"not(selected(., '{option.value}') and count-selected(.) > 1)")
    if item.type in ("email", "phone"):
        parts.append(f"regex(., '{EMAIL if item.type == 'email' else PHONE}')")
    return parts
