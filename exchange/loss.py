"""What became of each element of a form on its way from one tool to another: it came over, was changed, or was left.

Every element of the source (a row of a sheet, a setting, an item, a dimension) has exactly one entry, so the counts add
up to what the source holds, and nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from survey.model import Instrument

Kind = Literal["came", "changed", "left"]


class ExchangeError(Exception):
    """The file cannot be read or written at all; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What became of one element.

    `where` is its place in the source as a person finds it ("survey, row 5"), `what` names it ("select_one yn, q1"),
    and `why` says in whole sentences what was changed or why it was left; empty where it came over as it was.
    """

    kind: Kind
    where: str
    what: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """An instrument made of another tool's form, with one entry for each element of the form.

    `images` are the files to write beside the instrument, by the names that it uses ("images/happy.svg").
    """

    instrument: Instrument
    losses: tuple[Loss, ...]
    images: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Converted:
    """An instrument in another tool's format: the files to write, by name, with one entry for each of its elements."""

    files: Mapping[str, bytes]
    losses: tuple[Loss, ...]


def counts(losses: Iterable[Loss]) -> Mapping[Kind, int]:
    """How many elements came over, were changed and were left."""
    kinds = [loss.kind for loss in losses]
    return {kind: kinds.count(kind) for kind in ("came", "changed", "left")}
