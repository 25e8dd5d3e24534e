"""DDI Codebook 2.5 of the file `responses.sav`: who asked whom, and every variable with its values, for archives.

Frequencies are left out: of few people they would tell what somebody answered.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from analysis.files.coded import Coded, CodedVariable
from analysis.files.spss import SAV, title
from analysis.files.variables import Material
from survey.codebook_xml import add, codebook, identifier, written
from survey.marking import _
from survey.model import Instrument

XML = "responses.ddi.xml"
FILE = "F1"
UNIT = _("One person's answers to one questionnaire at one wave")
KIND = _("Survey data")
MODE = _("Questionnaire on the web or on paper, answered alone, with help or in an interview")
CONFIDENTIAL = _("The data are personal data under a pseudonym: who keeps them answers for them.")
RESTRICTED = _("For the employment area's own analysis. What is told to others has to be protected first.")
CONTENT = _("A row is one person's answers to one questionnaire at one wave, with the participation and the service.")
MISSING = _(
    "Empty: the question was not asked in that questionnaire at that wave. Asked and not answered: a number below "
    "every possible answer, labelled with the reason."
)


def write(folder: Path, material: Material, coded: Coded) -> None:
    """Writes `responses.ddi.xml` in the language of the material."""
    (folder / XML).write_bytes(written(_Codebook(material, coded).root()))


class _Codebook:
    def __init__(self, material: Material, coded: Coded) -> None:
        self._material, self._coded = material, coded
        self._say, self._language = material.words, material.words.language

    def root(self) -> ET.Element:
        root = codebook()
        self._study(add(root, "stdyDscr"))
        self._file(add(root, "fileDscr", ID=FILE))
        data = add(root, "dataDscr")
        self._groups(data)
        for variable in self._coded.variables:
            self._variable(data, variable)
        return root

    def _add(self, parent: ET.Element, tag: str, text: str, /, **attributes: str) -> ET.Element:
        """An element with words in the language."""
        return add(parent, tag, text, language=self._language, **attributes)

    # --- the study and its file

    def _study(self, study: ET.Element) -> None:
        site, made = self._material.dataset.library.site, self._material.dataset.made[:10]
        citation = add(study, "citation")
        self._add(add(citation, "titlStmt"), "titl", title(self._material))
        self._add(add(citation, "rspStmt"), "AuthEnty", self._say.text(site.organisation.name))
        produced = add(citation, "prodStmt")
        add(produced, "prodDate", made, date=made)
        add(produced, "software", "Mittari")
        summary = add(add(study, "stdyInfo"), "sumDscr")
        days = self._material.responses["received"].dt.date.dropna()
        for event, day in (("start", days.min()), ("end", days.max())) if len(days) else ():
            add(summary, "collDate", str(day), date=str(day), event=event)
        self._add(summary, "anlyUnit", self._say(UNIT))
        self._add(summary, "dataKind", self._say(KIND))
        collection = add(add(study, "method"), "dataColl")
        for id, wave in site.waves.items():
            self._add(collection, "timeMeth", f"{id}: {self._say.text(wave.title)}")
        self._add(collection, "collMode", self._say(MODE))
        use = add(add(study, "dataAccs"), "useStmt")
        self._add(use, "confDec", self._say(CONFIDENTIAL))
        self._add(use, "restrctn", self._say(RESTRICTED))

    def _file(self, described: ET.Element) -> None:
        content = add(described, "fileTxt")
        add(content, "fileName", SAV)
        self._add(content, "fileCont", self._say(CONTENT))
        add(content, "fileStrc", type="rectangular")
        size = add(content, "dimensns")
        add(size, "caseQnty", str(len(self._coded.frame)))
        add(size, "varQnty", str(len(self._coded.variables)))
        add(content, "fileType", "SPSS")
        self._add(content, "dataMsng", self._say(MISSING))

    # --- variables

    def _groups(self, data: ET.Element) -> None:
        """The variables of each instrument, and those that are the options of one question."""
        newest = {one.instrument: one for one in sorted(self._instruments(), key=lambda one: one.version)}
        for number, instrument in enumerate(newest.values(), 1):
            every = {one.key for one in self._instruments() if one.instrument == instrument.instrument}
            own = [v for v in self._coded.variables if every & {*v.column.instruments}]
            if own:
                group = add(
                    data, "varGrp", ID=f"G_{number}", type="other", otherType="instrument", var=_references(own)
                )
                text = instrument.title.get(self._language) or instrument.title[instrument.languages[0]]
                self._add(group, "labl", text)
        for item, options in self._multiple():
            add(data, "varGrp", ID=f"M_{item}", name=item, type="multipleResp", var=_references(options))

    def _instruments(self) -> Iterator[Instrument]:
        yield from self._material.dataset.library.instruments.values()

    def _multiple(self) -> Iterator[tuple[str, list[CodedVariable]]]:
        found: dict[str, list[CodedVariable]] = {}
        for variable in self._coded.variables:
            if variable.column.type in ("multiple", "rank") and not variable.column.words:
                found.setdefault(variable.column.item, []).append(variable)
        yield from found.items()

    def _variable(self, data: ET.Element, variable: CodedVariable) -> None:
        """A variable, its parts in the order of the standard."""
        column = variable.column
        attributes = {"ID": identifier(variable.name), "name": variable.name, "files": FILE}
        if variable.measure == "scale":
            attributes["intrvl"] = "contin"
        if column.decimals:
            attributes["dcml"] = str(column.decimals)
        element = add(data, "var", representationType=_represented(variable), **attributes)
        self._add(element, "labl", variable.label)
        if column.item:
            self._add(add(element, "qstn", language=self._language), "qstnLit", column.label)
        if variable.missing:
            ends = {"min": str(variable.missing[0]), "max": str(variable.missing[1])}
            add(add(element, "invalrng"), "range", UNITS="INT", **ends)
        for code, label in variable.values.items():
            missing = {"missing": "Y", "missType": variable.reasons[code]} if _is_missing(variable, code) else {}
            self._category(element, str(code), label, missing)
        for text, label in variable.texts.items():
            self._category(element, text, label, {})
        _format(element, variable)
        for note in column.notes:
            self._add(element, "notes", note.say(self._say))

    def _category(self, element: ET.Element, value: str, label: str, attributes: dict[str, str]) -> None:
        category = add(element, "catgry", **attributes)
        add(category, "catValu", value)
        self._add(category, "labl", label)


def _references(variables: list[CodedVariable]) -> str:
    return " ".join(identifier(variable.name) for variable in variables)


def _represented(variable: CodedVariable) -> str:
    column = variable.column
    if variable.is_text:
        return "code" if variable.texts else "text"
    if column.storage in ("date", "datetime") or column.type in ("month", "time"):
        return "datetime"
    return "numeric" if all(_is_missing(variable, code) for code in variable.values) else "code"


def _is_missing(variable: CodedVariable, code: int) -> bool:
    """Whether a number is no answer; beside a text, why there is none is what the variable is about."""
    return variable.missing is not None and code in variable.reasons


def _format(element: ET.Element, variable: CodedVariable) -> None:
    dated = {"date": "date", "datetime": "date", "month": "date", "time": "time"}
    kind = dated.get(variable.column.type) or dated.get(variable.column.storage)
    attributes = {"category": kind} if kind and not variable.is_text else {}
    numeric = "character" if variable.is_text else "numeric"
    add(element, "varFormat", variable.format, type=numeric, schema="SPSS", formatname=variable.format, **attributes)
