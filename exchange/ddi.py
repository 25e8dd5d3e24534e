"""DDI Codebook 2.5: the study, the data file and every variable of an instrument, for archives and statistics tools."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from exchange.context import Context
from exchange.elements import Element as Part
from exchange.elements import judged, losses, unheard_and_unseen
from exchange.loss import Converted, Kind
from exchange.papers import Paper
from survey.codebook_xml import add, add_texts, codebook, identifier, written
from survey.model import CONTACT, DATED, Alarm, Instrument, Item, Option, Row, Text, meaning, scale_ends, waves_of
from survey.variables import FIXED, Variable, formula, variables

FILE = "F1"
_RESPONDENTS = {"client": "Clients of services", "coach": "Coaches, about a client", "employer": "Employers"}
_DOMAINS = {"multiple": "multiple", "date": "datetime", "month": "datetime", "year": "datetime", "time": "datetime"}
_REPRESENTED = {"Int64": "numeric", "Float64": "numeric", "boolean": "code", "date": "datetime", "datetime": "datetime"}
_FORMATS = {"date": "date", "datetime": "date", "time": "time"}


def write(instrument: Instrument, context: Context) -> Converted:
    """One file, `<instrument>.v<version>.ddi.xml`, with every language of the instrument in it."""
    root = _codebook(_Study(instrument=instrument, context=context))
    data = written(root)
    name = f"{instrument.instrument}.v{instrument.version}.ddi.xml"
    return Converted(
        files={name: data}, losses=losses(instrument, lambda element: _judge(instrument, context, element))
    )


def _judge(instrument: Instrument, context: Context, element: Part) -> tuple[Kind, str]:
    match element.value:
        case ("languages", _):
            silent = [tag for tag in instrument.languages if not context.words(tag)]
            return judged(
                changed=f"Conditions are not in words in {', '.join(silent)}, which the interface does not speak."
                if silent
                else ""
            )
        case Alarm():
            return judged(left="Alarms are about running the survey; the codebook is about its data.")
        case Item(type="note"):
            return judged(left="A note has no answer and no variable.")
        case Item() as item if item.type in CONTACT:
            return judged(left="Contact details are in no dataset, so they are no variable.")
        case (Item() | Row()) as asked:
            return judged(changed=" ".join(unheard_and_unseen(asked)))
    return judged()


# --- building elements -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Study:
    """What the parts of a codebook are made of."""

    instrument: Instrument
    context: Context

    def papers(self) -> Iterator[tuple[str, Paper]]:
        """The languages that conditions can be said in."""
        for tag in self.instrument.languages:
            if self.context.words(tag):
                yield tag, Paper(instrument=self.instrument, context=self.context, language=tag)

    def universe(self, parent: ET.Element, show_if: str | None) -> None:
        """Whom a question or a section is for, in words."""
        for tag, paper in self.papers() if show_if else ():
            add(parent, "universe", paper.in_words(show_if or "", numbered=False), language=tag, clusion="I")


def _spoken(text: Text, languages: Sequence[str]) -> Text:
    return {tag: text[tag] for tag in languages}


def _note(parent: ET.Element, subject: str, text: str) -> None:
    add(parent, "notes", text, language="en", subject=subject)


# --- the study and its file ------------------------------------------------------------------------------------------


def _codebook(study: _Study) -> ET.Element:
    root = codebook()
    _study_description(root, study)
    _file_description(root, study.instrument)
    data = add(root, "dataDscr")
    _groups(data, study)
    for name, (storage, label) in FIXED.items():
        variable = add(
            data, "var", ID=identifier(name), name=name, files=FILE, representationType=_represented(storage)
        )
        add(variable, "labl", label, language="en")
        _format(variable, storage)
    for one in variables(study.instrument):
        _variable(data, study, one)
    return root


def _study_description(root: ET.Element, study: _Study) -> None:
    instrument, site = study.instrument, study.context.library.site
    description = add(root, "stdyDscr")
    citation = add(description, "citation")
    titles = add(citation, "titlStmt")
    original = instrument.languages[0]
    add(titles, "titl", instrument.title[original], language=original)
    add_texts(titles, "parTitl", {tag: words for tag, words in instrument.title.items() if tag != original})
    add(titles, "IDNo", instrument.key, agency="Mittari")
    add_texts(add(citation, "rspStmt"), "AuthEnty", site.organisation.name)
    produced = add(citation, "prodStmt")
    add(produced, "prodDate", study.context.made[:10], date=study.context.made[:10])
    add(produced, "software", "Mittari")
    contact = add(add(citation, "distStmt"), "contact", email=site.organisation.email)
    contact.text = site.organisation.name[site.languages[0]]
    add(add(citation, "verStmt"), "version", str(instrument.version))
    info = add(description, "stdyInfo")
    add_texts(info, "abstract", instrument.intro)
    summary = add(info, "sumDscr")
    add(summary, "anlyUnit", "One person's spell in one service (participation)", language="en")
    add(summary, "universe", _RESPONDENTS[instrument.respondent], language="en", clusion="I")
    add(summary, "dataKind", "Survey data", language="en")
    _method(description, study)
    _language_notes(description, instrument)


def _method(description: ET.Element, study: _Study) -> None:
    instrument = study.instrument
    collection = add(add(description, "method"), "dataColl")
    titles = study.context.library.site.waves
    for wave in instrument.waves:
        known = titles[wave].title if wave in titles else {"en": wave}
        add_texts(collection, "timeMeth", {tag: f"{wave}: {words}" for tag, words in known.items()})
    add(collection, "collMode", "Self-administered questionnaire on the web or paper, or interview", language="en")
    add(collection, "resInstru", "Structured questionnaire", language="en")
    add_texts(collection, "instrumentDevelopment", instrument.source)


def _language_notes(description: ET.Element, instrument: Instrument) -> None:
    for tag in instrument.languages:
        state = "no native speaker has reviewed it yet" if tag in instrument.review else "reviewed"
        first = ", original wording" if tag == instrument.languages[0] else ""
        _note(description, "language", f"{tag}: {state}{first}; digest of the meaning {meaning(instrument, tag)}.")
    if instrument.extends:
        _note(description, "extends", f"Built on {instrument.extends}.")
    if instrument.target_minutes:
        _note(description, "target_minutes", f"Answering takes at most {instrument.target_minutes:g} minutes.")


def _file_description(root: ET.Element, instrument: Instrument) -> None:
    content = add(add(root, "fileDscr", ID=FILE), "fileTxt")
    add(content, "fileName", "responses")
    about = "A row is one respondent's answers to one instrument at one wave. Other instruments add columns."
    add(content, "fileCont", about, language="en")
    add(content, "fileStrc", type="rectangular")
    add(add(content, "dimensns"), "varQnty", str(len(FIXED) + len(variables(instrument))))
    add(content, "fileType", "Apache Parquet")
    missing = "What was not answered is empty; absences.parquet has the reason, also where an option gave it."
    add(content, "dataMsng", missing, language="en")


# --- groups ----------------------------------------------------------------------------------------------------------


def _groups(data: ET.Element, study: _Study) -> None:
    instrument = study.instrument
    by_item: dict[str, list[str]] = {}
    for variable in variables(instrument):
        by_item.setdefault(variable.item.id, []).append(identifier(variable.name))
    _group(data, "fixed", "record", " ".join(identifier(name) for name in FIXED), {"en": "Columns that every row has"})
    for number, section in enumerate(instrument.sections, 1):
        ids = [id for item in section.items for id in (item.id, *(row.id for row in item.rows))]
        refs = " ".join(ref for id in ids for ref in by_item.get(id, ()))
        group = _group(data, f"section_{number}", "section", refs, section.title)
        add_texts(group, "txt", section.intro)
        study.universe(group, section.show_if)
    for section in instrument.sections:
        for item in section.items:
            if item.type in ("grid", "multiple", "rank"):
                rows = [row.id for row in item.rows] or [item.id]
                refs = " ".join(ref for id in rows for ref in by_item.get(id, ()))
                _group(data, f"item_{item.id}", "grid" if item.type == "grid" else "multipleResp", refs, item.text)
    for id in instrument.dimensions:
        _dimension(data, instrument, id, by_item)


def _group(data: ET.Element, name: str, kind: str, refs: str, label: Text | None) -> ET.Element:
    attributes = {"ID": f"G_{name}", "name": name, "type": kind, **({"var": refs} if refs else {})}
    group = add(data, "varGrp", **attributes)
    add_texts(group, "labl", label)
    return group


def _dimension(data: ET.Element, instrument: Instrument, id: str, by_item: Mapping[str, list[str]]) -> None:
    dimension = instrument.dimensions[id]
    refs = " ".join(ref for item in dimension.items for ref in by_item.get(item, ()))
    group = _group(data, f"dimension_{id}", "other", refs, dimension.title)
    group.set("otherType", "dimension")
    add(group, "txt", formula(instrument, id), language="en")
    needed = f"{dimension.minimum_answered} of {len(dimension.items)}"
    rule = (
        f"The mean of the answers given, each from 0 to 1, put on the range from {dimension.range[0]:g} to "
        f"{dimension.range[1]:g}; none where fewer than {needed} were answered. Higher is {dimension.higher_is}."
    )
    add(group, "defntn", rule, language="en")
    _note(group, "measurement", dimension.measurement)
    if dimension.reference:
        reference = dimension.reference
        values = f"Standard deviation {reference.sd:g}, reliability {reference.reliability:g}. {reference.source}"
        _note(group, "reference", values)
    if dimension.meaningful_change is not None:
        _note(group, "meaningful_change", f"{dimension.meaningful_change:g}")


# --- variables -------------------------------------------------------------------------------------------------------


def _represented(storage: str, codes: bool = False) -> str:
    return "code" if codes else _REPRESENTED.get(storage, "text")


def _variable(data: ET.Element, study: _Study, variable: Variable) -> None:
    """A variable, its parts in the order of the standard."""
    instrument, item = study.instrument, variable.item
    options = instrument.options(item) if variable.values else ()
    attributes = {"ID": identifier(variable.name), "name": variable.name, "files": FILE}
    if variable.storage == "Float64" or (item.type in ("integer", "year") and variable.values):
        attributes["intrvl"] = "contin"
    if item.type == "decimal":
        attributes["dcml"] = str(2 if item.decimals is None else item.decimals)
    if item.unit:
        attributes["measUnit"] = item.unit[instrument.languages[0]]
    attributes["representationType"] = _represented(variable.storage, bool(options))
    element = add(data, "var", **attributes)
    for tag in instrument.languages:
        add(element, "labl", _label(variable, tag), language=tag)
    if item.sensitive:
        ground = study.context.library.site.grounds.get(item.ground or "")
        basis = f" Ground: {ground.basis}." if ground else ""
        add(element, "security", f"Sensitive.{basis}", language="en")
    add(element, "respUnit", _RESPONDENTS[instrument.respondent], language="en")
    _questions(element, instrument, variable)
    _limits(element, variable)
    study.universe(element, item.show_if)
    _categories(element, variable, options, instrument.languages)
    if item.reworded:
        add(add(element, "verStmt"), "version", str(item.reworded))
    for id, dimension in instrument.dimensions.items():
        if item.id in dimension.items:
            add_texts(element, "concept", dimension.title, vocab=f"dimension {id}")
    if item.calculate:
        derivation = add(element, "derivation")
        add(derivation, "drvdesc", "Worked out from other answers; empty where one of them is.", language="en")
        add(derivation, "drvcmd", item.calculate, syntax="Mittari")
    _format(element, variable.storage, item.type)
    _variable_notes(element, study, variable)


def _label(variable: Variable, language: str) -> str:
    text = variable.item.text[language]
    if variable.option is None:
        return text
    return f"{text} – {variable.option.label[language]}{' …' if variable.words else ''}"


def _questions(element: ET.Element, instrument: Instrument, variable: Variable) -> None:
    item = variable.item
    if item.type in ("hidden", "calculated"):
        return
    options = bool(instrument.options(item))
    domain = "text" if variable.words else _DOMAINS.get(item.type) or ("category" if options else _domain(variable))
    for tag in instrument.languages:
        question = add(element, "qstn", language=tag, responseDomainType=domain)
        if item.grid:
            add(question, "preQTxt", instrument.grid(item.grid).text[tag])
        add(question, "qstnLit", item.text[tag])
        after = " ".join(text[tag] for text in (item.hint, item.unit) if text)
        if after:
            add(question, "postQTxt", after)


def _domain(variable: Variable) -> str:
    return "numeric" if variable.storage in ("Int64", "Float64") else "text"


def _limits(element: ET.Element, variable: Variable) -> None:
    """The range of numbers that can be typed or chosen."""
    item = variable.item
    if not variable.values or item.type not in ("integer", "decimal", "year", "scale"):
        return
    low, high = scale_ends(item) if item.type == "scale" else (item.minimum, item.maximum)
    ends = {name: f"{end}" for name, end in (("min", low), ("max", high)) if isinstance(end, int | float)}
    if ends:
        add(add(element, "valrng"), "range", UNITS="REAL" if item.type == "decimal" else "INT", **ends)


def _categories(element: ET.Element, variable: Variable, options: tuple[Option, ...], languages: Sequence[str]) -> None:
    """What answers can be. Labels stand in the instrument's languages: one that it extends may have others first."""
    item = variable.item
    if variable.storage == "boolean" and variable.option is not None:
        chosen = add(element, "catgry")
        add(chosen, "catValu", "true")
        add_texts(chosen, "labl", _spoken(variable.option.label, languages))
        add(add(element, "catgry"), "catValu", "false")
    ends = scale_ends(item) if item.type == "scale" else ()
    for option in options:
        if option.missing is None and ends and option.value not in ends:
            continue
        label = option.label
        if option.missing is None and ends:
            label = (item.low if option.value == ends[0] else item.high) or label
        _category(element, item, option, _spoken(label, languages))


def _category(element: ET.Element, item: Item, option: Option, label: Text) -> None:
    missing = {"missing": "Y", "missType": option.missing} if option.missing else {}
    category = add(element, "catgry", **missing)
    add(category, "catValu", str(option.value))
    add_texts(category, "labl", label)
    if option.score is not None:
        add(category, "txt", f"Counts as {option.score:g} in scores.", language="en")
    if option.achieved:
        add(category, "txt", f"Counts as the outcome {item.outcome or 'reached'}.", language="en")


def _format(element: ET.Element, storage: str, kind: str = "") -> None:
    numeric = storage in ("Int64", "Float64")
    attributes = {"type": "numeric" if numeric else "character", "schema": "other", "otherSchema": "Parquet"}
    category = _FORMATS.get(storage) or _FORMATS.get(kind) or ("date" if kind in DATED and not numeric else "")
    if category:
        attributes["category"] = category
    add(element, "varFormat", storage, **attributes)


def _variable_notes(element: ET.Element, study: _Study, variable: Variable) -> None:
    item = variable.item
    _note(element, "waves", f"Asked at: {', '.join(waves_of(item, study.instrument))}.")
    for subject, said in _said(study, variable).items():
        if said:
            _note(element, subject, said)
    for constraint in item.constraints:
        _note(element, "constraint", f"Must hold: {constraint.rule}")
        add_texts(element, "notes", constraint.message, subject="constraint")
    if item.unit:
        add_texts(element, "notes", item.unit, subject="unit")


def _said(study: _Study, variable: Variable) -> Mapping[str, str]:
    """What the notes of a variable say, by their subject."""
    item, option = variable.item, variable.option
    scale = study.instrument.scales.get(item.scale or "")
    limited = item.type in ("date", "month", "time", "year") and (item.minimum, item.maximum) != (None, None)
    ends = [f"from {item.minimum}" if item.minimum else "", f"to {item.maximum}" if item.maximum else ""]
    chosen = [f"at least {item.at_least}" if item.at_least else "", f"at most {item.at_most}" if item.at_most else ""]
    return {
        "then": "Asks about the time before the service; reported apart." if item.then else "",
        "reverse": "Reverse-scored." if item.reverse else "",
        "outcome": f"Measures the outcome {item.outcome}." if item.outcome else "",
        "anchor": "The change as people see it themselves." if item.anchor else "",
        "required": {"no": "", "soft": "Reminded of once.", "hard": "Must be answered."}[item.required],
        "limits": f"Values {' '.join(filter(None, ends))}." if limited else "",
        "choices": f"Choices: {', '.join(filter(None, chosen))}." if any(chosen) else "",
        "exclusive": "Goes with no other option." if option and option.exclusive else "",
        "place": "The place given to the option: 1 is the first." if item.type == "rank" and option else "",
        "words": "The respondent's own words beside the option." if variable.words else "",
        "max_length": f"At most {item.max_length} characters." if item.max_length else "",
        "fixed_value": f"Not asked; {item.value} unless a link says otherwise." if item.value else "",
        "scale": " ".join(filter(None, (f"Response scale {item.scale}.", _scale(scale)))) if scale else "",
        "origin": f"From the instrument {item.origin}." if item.origin else "",
        "reworded": f"Reworded in version {item.reworded}, and judged comparable." if item.reworded else "",
    }


def _scale(scale: object) -> str:
    source, licence, reworded = (getattr(scale, name) for name in ("source", "licence", "reworded"))
    parts = [f"Source: {source}." if source else "", f"Licence: {licence}." if licence else ""]
    return " ".join(filter(None, [*parts, f"Reworded in version {reworded}." if reworded else ""]))
