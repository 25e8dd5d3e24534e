"""The formats of other tools that there are: one row for each, and the only list of them.

A format's own module is loaded when it is used, since some need a spreadsheet or XML library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from exchange.context import Context, Source
from exchange.loss import Converted, Imported
from survey.model import Instrument


@dataclass(frozen=True, kw_only=True)
class Export:
    """A format that instruments can be written in: `says` what it is, in a line for people."""

    says: str
    write: Callable[[Instrument, Context], Converted]


@dataclass(frozen=True, kw_only=True)
class Import:
    """A format that can be read: known by the end of the name, and among those of one ending by a look inside."""

    says: str
    ending: str
    read: Callable[[Source], Imported]
    fits: Callable[[bytes], bool] = field(default=lambda data: True)


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
    "codebook": Export(says="a codebook: HTML to read, CSV to compute with", write=_codebook),
    "paper": Export(says="a paper form to print, for each wave and language", write=_paper),
    "interview": Export(says="an interview script with cards to show, for each wave and language", write=_interview),
    "ddi": Export(says="DDI Codebook 2.5 (XML), for archives and statistics tools", write=_ddi),
}
IMPORTS: Mapping[str, Import] = {}
