"""A codebook: every variable of an instrument, to read (HTML for each language) and to compute with (CSV)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from exchange.context import Context
from exchange.elements import Element, judged, losses, unheard_and_unseen
from exchange.loss import Converted, Kind
from exchange.papers import Paper, languages, unspoken, waves_in_words
from survey.marking import _
from survey.model import Alarm, Instrument, Item, Option, Section, meaning, scale_ends, waves_of
from survey.model import Row as RowOfGrid
from survey.variables import Variable, formula, variables, variables_of

KINDS = {
    "likert": _("One step of a scale"),
    "single": _("One option"),
    "dropdown": _("One option"),
    "yes_no": _("Yes or no"),
    "scale": _("One step of a scale"),
    "multiple": _("Any number of options"),
    "rank": _("Options in order: 1 is the first"),
    "integer": _("Whole number"),
    "decimal": _("Number"),
    "date": _("Date"),
    "month": _("Month"),
    "year": _("Year"),
    "time": _("Time of day"),
    "text": _("Words"),
    "long_text": _("Words"),
    "email": _("Contact details"),
    "phone": _("Contact details"),
    "consent": _("A box to tick"),
    "hidden": _("Known without asking"),
    "calculated": _("Worked out from other answers"),
}
MISSING = {
    "not_applicable": _("Does not apply"),
    "dont_know": _("Does not know"),
    "prefer_not": _("Would rather not say"),
}
_LIMITED = ("integer", "decimal", "date", "month", "year", "time", "scale")


def write(instrument: Instrument, context: Context) -> Converted:
    """`<instrument>.v<version>.codebook.<language>.html` for each language, and beside it tables of variables, values,
    dimensions and languages."""
    name = f"{instrument.instrument}.v{instrument.version}"
    files = {
        f"{name}.codebook.{tag}.html": html(Paper(instrument=instrument, context=context, language=tag)).encode()
        for tag in languages(instrument, context)
    }
    files |= {
        f"{name}.variables.csv": _csv(_variable_rows(instrument, context)),
        f"{name}.values.csv": _csv(_value_rows(instrument)),
        f"{name}.dimensions.csv": _csv(_dimension_rows(instrument)),
        f"{name}.languages.csv": _csv(_language_rows(instrument)),
    }
    return Converted(files=files, losses=losses(instrument, lambda element: _judge(instrument, context, element)))


def _judge(instrument: Instrument, context: Context, element: Element) -> tuple[Kind, str]:
    match element.value:
        case ("languages", _value):
            return judged(changed=unspoken(instrument, context))
        case ("intro", _value):
            return judged(left="What respondents read first is in the paper form.")
        case Item(type="note"):
            return judged(left="A note has no answer. The paper form has it.")
        case (Item() | RowOfGrid()) as asked:
            return judged(changed=" ".join(unheard_and_unseen(asked)))
        case Alarm():
            return judged(left="Alarms are about running the survey, and no part of a codebook.")
    return judged()


# --- to read ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A section of the questionnaire in the codebook."""

    title: str
    notes: tuple[str, ...]
    items: tuple[Item, ...]


def html(paper: Paper) -> str:
    """The codebook in the paper's language."""
    instrument = paper.worded
    return paper.render(
        "papers-codebook.html.j2",
        KINDS=KINDS,
        MISSING=MISSING,
        sections=[_part(paper, number, section) for number, section in enumerate(instrument.sections, 1)],
        wave_titles=[paper.wave_title(wave) for wave in instrument.waves],
        meanings={tag: meaning(paper.instrument, tag) for tag in instrument.languages},
        formulas={id: formula(instrument, id) for id in instrument.dimensions},
        columns=lambda item: list(variables_of(instrument, item)),
        waves=lambda item: waves_in_words(paper, item),
        limits=limits,
        choices=lambda item: _choices(paper, item),
        dimensions=lambda item: [id for id, dimension in instrument.dimensions.items() if item.id in dimension.items],
        basis=lambda item: _basis(paper.context, item),
    )


def _part(paper: Paper, number: int, section: Section) -> _Part:
    title = paper.text(section.title) or paper.say(_("Section")) + f" {number}"
    notes = (paper.when(section.show_if),) if section.show_if else ()
    ids = [id for item in section.items for id in (item.id, *(row.id for row in item.rows))]
    return _Part(title=title, notes=notes, items=tuple(item for item in paper.worded.items() if item.id in ids))


def limits(item: Item) -> str:
    """The limits of what can be typed: `1–60`, `≥ 0` or nothing."""
    if item.type not in _LIMITED:
        return ""
    low, high = scale_ends(item) if item.type == "scale" else (item.minimum, item.maximum)
    if low is not None and high is not None:
        return f"{low} – {high}"
    return f"≥ {low}" if low is not None else f"≤ {high}" if high is not None else ""


def _choices(paper: Paper, item: Item) -> str:
    least = paper.say(_("Choose at least {number}."), number=item.at_least) if item.at_least else ""
    most = paper.say(_("Choose at most {number}."), number=item.at_most) if item.at_most else ""
    return f"{least} {most}".strip()


def _basis(context: Context, item: Item) -> str:
    ground = context.library.site.grounds.get(item.ground or "")
    return ground.basis if ground else ""


# --- to compute with -------------------------------------------------------------------------------------------------


Row = Mapping[str, object]


def _csv(rows: Sequence[Row]) -> bytes:
    """A table with semicolons, which spreadsheets of most languages read as it is."""
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, names, delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: _safe(value) for name, value in row.items()} for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _safe(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return f"'{value}"
    return "" if value is None else value


def _texts(name: str, text: Mapping[str, str] | None, instrument: Instrument) -> Row:
    return {f"{name}.{tag}": text[tag] if text else "" for tag in instrument.languages}


def _variable_rows(instrument: Instrument, context: Context) -> list[Row]:
    contacts = [
        Variable(name=item.id, item=item, storage="string")
        for item in instrument.items()
        if not list(variables_of(instrument, item))
    ]
    return [_variable_row(instrument, context, v, v in contacts) for v in (*variables(instrument), *contacts)]


def _variable_row(instrument: Instrument, context: Context, variable: Variable, contact: bool) -> Row:
    item = variable.item
    scale = instrument.scales.get(item.scale or "")
    stem = instrument.grid(item.grid).text if item.grid else None
    low, high = scale_ends(item) if item.type == "scale" else (item.minimum, item.maximum)
    return {
        "variable": variable.name,
        "item": item.id,
        "option": "" if variable.option is None else variable.option.value,
        "type": item.type,
        "storage": "" if contact else variable.storage,
        "in_dataset": "no" if contact else "yes",
        "waves": _joined(waves_of(item, instrument)),
        "condition": item.show_if,
        "required": item.required,
        "minimum": low,
        "maximum": high,
        "dimensions": _joined(id for id, dimension in instrument.dimensions.items() if item.id in dimension.items),
        "reverse": "yes" if item.reverse else "no",
        "then": "yes" if item.then else "no",
        "sensitive": "yes" if item.sensitive else "no",
        "ground": _basis(context, item),
        "outcome": item.outcome,
        "anchor": "yes" if item.anchor else "no",
        "reworded": item.reworded,
        "calculate": item.calculate,
        "constraints": _joined(constraint.rule for constraint in item.constraints),
        "scale": item.scale,
        "scale_source": scale.source if scale else "",
        "licence": scale.licence if scale else "",
        "origin": item.origin,
        **_texts("stem", stem, instrument),
        **_texts("text", item.text, instrument),
        **_texts("hint", item.hint, instrument),
        **_texts("unit", item.unit, instrument),
        **_texts("option_label", variable.option.label if variable.option else None, instrument),
    }


def _joined(parts: Iterable[str]) -> str:
    return " | ".join(parts)


def _value_rows(instrument: Instrument) -> list[Row]:
    """A row for each value of each variable that holds values; those of a `multiple` or `rank` are its columns."""
    return [
        _value_row(instrument, variable, option)
        for variable in variables(instrument)
        if variable.values
        for option in instrument.options(variable.item)
    ]


def _value_row(instrument: Instrument, variable: Variable, option: Option) -> Row:
    return {
        "variable": variable.name,
        "value": option.value,
        "missing": option.missing,
        "score": option.score,
        "achieved": "yes" if option.achieved else "no",
        **_texts("label", option.label, instrument),
    }


def _dimension_rows(instrument: Instrument) -> list[Row]:
    rows: list[Row] = []
    for id, dimension in instrument.dimensions.items():
        reference = dimension.reference
        rows.append(
            {
                "dimension": id,
                "items": _joined(dimension.items),
                "formula": formula(instrument, id),
                "minimum_answered": dimension.minimum_answered,
                "low": dimension.range[0],
                "high": dimension.range[1],
                "higher_is": dimension.higher_is,
                "measurement": dimension.measurement,
                "reference_sd": reference.sd if reference else "",
                "reference_reliability": reference.reliability if reference else "",
                "reference_source": reference.source if reference else "",
                "meaningful_change": dimension.meaningful_change,
                "origin": dimension.origin,
                **_texts("title", dimension.title, instrument),
            }
        )
    return rows


def _language_rows(instrument: Instrument) -> list[Row]:
    return [
        {
            "instrument": instrument.instrument,
            "version": instrument.version,
            "language": tag,
            "original": "yes" if tag == instrument.languages[0] else "no",
            "review": instrument.review.get(tag, "done"),
            "meaning": meaning(instrument, tag),
            "title": instrument.title[tag],
            "source": instrument.source[tag] if instrument.source else "",
        }
        for tag in instrument.languages
    ]
