"""The formats of other tools that there are: one row for each, and the only list of them.

A format's own module is loaded when it is used, since some need a spreadsheet or XML library.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from exchange.context import Context, Source
from exchange.fhir import is_questionnaire
from exchange.loss import Converted, ExchangeError, Imported, told
from survey.marking import _
from survey.model import Instrument, Library, structure

SIZE_LIMIT = 50_000_000
"""Bytes of a file to import; a format may have less."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A format that instruments can be written in: `says` what it is, in a line for people."""

    says: str
    write: Callable[[Instrument, Context], Converted]


@dataclass(frozen=True, kw_only=True)
class Import:
    """A format that can be read: known by the end of the name, and among those of one ending by a look inside."""

    says: str
    endings: tuple[str, ...]
    read: Callable[[Source], Imported]
    fits: Callable[[bytes], bool] = field(default=lambda data: True)


def _to_xlsform(instrument: Instrument, context: Context) -> Converted:
    from exchange.xlsform_export import exported

    return exported(instrument, context)


def _to_fhir(instrument: Instrument, context: Context) -> Converted:
    from exchange.fhir_export import write

    return write(instrument, context)


def _from_fhir(source: Source) -> Imported:
    from exchange.fhir_import import imported

    return imported(source)


def _from_xlsform(source: Source) -> Imported:
    from exchange.xlsform_import import imported

    return imported(source)


def _from_limesurvey(source: Source) -> Imported:
    from exchange.limesurvey import imported

    return imported(source)


def _from_surveyjs(source: Source) -> Imported:
    from exchange.surveyjs import imported

    return imported(source)


def _codebook(instrument: Instrument, context: Context) -> Converted:
    from exchange import codebook

    return codebook.write(instrument, context)


def _paper(instrument: Instrument, context: Context) -> Converted:
    from exchange import paper

    return paper.write(instrument, context)


def _interview(instrument: Instrument, context: Context) -> Converted:
    from exchange import interview

    return interview.write(instrument, context)


def _ddi(instrument: Instrument, context: Context) -> Converted:
    from exchange import ddi

    return ddi.write(instrument, context)


EXPORTS: Mapping[str, Export] = {
    "xlsform": Export(says="an XLSForm (.xlsx) for KoboToolbox, ODK and others", write=_to_xlsform),
    "codebook": Export(says="a codebook: HTML to read, CSV to compute with", write=_codebook),
    "paper": Export(says="a paper form to print, for each wave and language", write=_paper),
    "interview": Export(says="an interview script with cards to show, for each wave and language", write=_interview),
    "ddi": Export(says="DDI Codebook 2.5 (XML), for archives and statistics tools", write=_ddi),
    "fhir": Export(says="FHIR R5 Questionnaires (JSON), one for each wave", write=_to_fhir),
}
IMPORTS: Mapping[str, Import] = {
    "xlsform": Import(says="an XLSForm", endings=(".xlsx", ".xlsm", ".xls", ".ods"), read=_from_xlsform),
    "fhir": Import(says="a FHIR Questionnaire (R4 or R5)", endings=(".json",), read=_from_fhir, fits=is_questionnaire),
    "limesurvey": Import(says="the structure of a LimeSurvey survey", endings=(".lss",), read=_from_limesurvey),
    "surveyjs": Import(says="a SurveyJS form", endings=(".json",), read=_from_surveyjs),
}


def read(source: Source) -> Imported:
    """The instrument of a file in one of IMPORTS. Raises ExchangeError.

    Where an id of the folder's other instruments would mean another question here, the item gets another id.
    """
    ending = PurePath(source.name).suffix.lower()
    for format in IMPORTS.values():
        if ending in format.endings and format.fits(source.data):
            found = format.read(source)
            while clashes := _clashes(found.instrument, source.library) - source.taken:
                source = dataclasses.replace(source, taken=source.taken | clashes)
                found = format.read(source)
            return found
    known = "; ".join(f"{format.says} ({', '.join(format.endings[:1])})" for format in IMPORTS.values())
    raise ExchangeError(
        told(_("'{name}' is no file that can be imported. Those are: {known}."), name=source.name, known=known)
    )


def _clashes(instrument: Instrument, library: Library | None) -> frozenset[str]:
    """Ids of items that an instrument of the library asks otherwise."""
    found = set()
    for other in library.instruments.values() if library else ():
        if other.instrument == instrument.instrument:
            continue
        theirs = {item.id: item for item in other.items()}
        for item in instrument.items():
            same = theirs.get(item.id)
            if same is not None and (
                structure(instrument, item) != structure(other, same)
                or any(item.text[tag] != same.text[tag] for tag in {*item.text} & {*same.text})
            ):
                found.add(item.id)
    return frozenset(found)
