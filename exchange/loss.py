"""What became of each element of a form on its way from one tool to another: it came over, was changed, or was left.

Every element of the source (a row of a sheet, a setting, an item, a dimension) has exactly one entry, so the counts add
up to what the source holds, and nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from survey.model import Instrument

Kind = Literal["came", "changed", "left"]


class ExchangeError(Exception):
    """The file cannot be read or written at all; the message says why and what to do. `losses` are the elements looked
    at, where some were."""

    def __init__(self, message: str, losses: tuple[Loss, ...] = ()) -> None:
        super().__init__(message)
        self.losses = losses


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


class Element:
    """One element on its way: it came over, until something is said to be changed, or that it was left."""

    def __init__(self, where: str, what: str) -> None:
        self.where = where
        self.what = what
        self.kind: Kind = "came"
        self.reasons: list[str] = []

    def change(self, *reasons: str) -> None:
        """Something is not as it was; each reason is a whole sentence."""
        for reason in reasons:
            if self.kind != "left":
                self.kind = "changed"
            if reason not in self.reasons:
                self.reasons.append(reason)

    def leave(self, reason: str) -> None:
        """It did not come over. What was said to be changed no longer matters."""
        if self.kind != "left":
            self.reasons = []
        self.kind = "left"
        if reason not in self.reasons:
            self.reasons.append(reason)


class Ledger:
    """The elements of a source, in order, each once."""

    def __init__(self) -> None:
        self._elements: list[Element] = []

    def add(self, where: str, what: str) -> Element:
        element = Element(where, " ".join(what.split()))
        self._elements.append(element)
        return element

    @property
    def losses(self) -> tuple[Loss, ...]:
        return tuple(Loss(kind=e.kind, where=e.where, what=e.what, why=" ".join(e.reasons)) for e in self._elements)


# --- reports --------------------------------------------------------------------------------------

_HEADINGS: tuple[tuple[Kind, str], ...] = (("left", "Left out, and why"), ("changed", "Changed"), ("came", "Came over"))


def counts(losses: Iterable[Loss]) -> Mapping[Kind, int]:
    """How many elements came over, were changed and were left."""
    kinds = [loss.kind for loss in losses]
    return {kind: kinds.count(kind) for kind in ("came", "changed", "left")}


def counted(losses: Sequence[Loss]) -> str:
    """The counts as a sentence."""
    n = counts(losses)
    rest = f"{n['changed']} changed, {n['left']} were left out."
    return f"{n['came']} of {len(losses)} elements came over as they were, {rest}"


def plain_text(losses: Sequence[Loss]) -> str:
    """The counts, and what was changed or left, for a terminal."""
    lines = [counted(losses)]
    for kind, heading in _HEADINGS[:2]:
        found = [f"  {loss.where}: {loss.what}. {loss.why}" for loss in losses if loss.kind == kind]
        lines += [f"{heading}:", *found] if found else []
    return "\n".join(lines)


def markdown(losses: Sequence[Loss], *, title: str) -> str:
    """The whole report as a page: counts first, then what was left, what was changed, and what came over."""
    lines = [f"# {_cell(title)}", "", counted(losses), ""]
    for kind, heading in _HEADINGS:
        found = [loss for loss in losses if loss.kind == kind]
        lines += [f"## {heading} ({len(found)})", ""]
        if found:
            lines += (
                ["| where | what | why |", "|---|---|---|"] if kind != "came" else ["| where | what |", "|---|---|"]
            )
            for loss in found:
                why = f" {_cell(loss.why)} |" if kind != "came" else ""
                lines.append(f"| {_cell(loss.where)} | {_cell(loss.what)} |{why}")
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _cell(text: str) -> str:
    """A text in a cell of a table: nothing in it is taken for markup."""
    bare = " ".join(text.split())
    for sign in ("\\", "|", "<", "`", "*", "_", "["):
        bare = bare.replace(sign, f"\\{sign}")
    return bare
