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


EXPORTS: Mapping[str, Export] = {}
IMPORTS: Mapping[str, Import] = {}
