"""What became of each element of a form on its way from one tool to another: it came over, was changed, or was left.

Every element of the source (a row of a sheet, a setting, an item, a dimension) has exactly one entry, so the counts add
up to what the source holds, and nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from survey.marking import _
from survey.model import Instrument
from survey.phrases import ENGLISH, Phrase, said

Kind = Literal["came", "changed", "left"]


class Sentence(str):
    """Words in English that are known in other languages too."""

    phrase: Phrase


def told(message: str, **values: object) -> Sentence:
    """Words of a message of the catalogue `exchange`, with what fills its gaps: `told(_("{id} is lost"), id=id)`."""
    phrase = said(message, **{name: _phrase(value) for name, value in values.items()})
    sentence = Sentence(phrase)
    sentence.phrase = phrase
    return sentence


def _phrase(value: object) -> object:
    return value.phrase if isinstance(value, Sentence) else value


def told_by(error: Exception) -> str:
    """The words that an error was raised with."""
    return error.args[0] if error.args and isinstance(error.args[0], str) else str(error)


def spoken(words: str, messages: Mapping[str, str]) -> str:
    """Words in the language of `messages`, those of the catalogue `exchange`; as they are where no other is known."""
    return words.phrase.say(messages) if isinstance(words, Sentence) else words


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
    reasons: tuple[str, ...] = field(default=(), compare=False)
    """The sentences of `why` one by one."""

    def said_why(self, messages: Mapping[str, str]) -> str:
        """Why, in a language."""
        return " ".join(spoken(reason, messages) for reason in self.reasons or (self.why,))


@dataclass(frozen=True, kw_only=True)
class Imported:
    """An instrument made of another tool's form, with one entry for each element of the form.

    `images` and `recordings` are the files to write beside the instrument, by the names that it uses
    ("images/happy.svg", "audio/q1.fi.mp3").
    """

    instrument: Instrument
    losses: tuple[Loss, ...]
    images: Mapping[str, bytes] = field(default_factory=dict)
    recordings: Mapping[str, bytes] = field(default_factory=dict)


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

    def leave(self, *reasons: str) -> None:
        """It did not come over, for reasons in whole sentences. What was said to be changed no longer matters."""
        if self.kind != "left":
            self.reasons = []
        self.kind = "left"
        self.reasons += [reason for reason in dict.fromkeys(reasons) if reason not in self.reasons]


class Ledger:
    """The elements of a source, in order, each once."""

    def __init__(self) -> None:
        self._elements: list[Element] = []

    def add(self, where: str, what: str) -> Element:
        element = Element(where, what if isinstance(what, Sentence) else " ".join(what.split()))
        self._elements.append(element)
        return element

    @property
    def losses(self) -> tuple[Loss, ...]:
        return tuple(
            Loss(kind=e.kind, where=e.where, what=e.what, why=" ".join(e.reasons), reasons=tuple(e.reasons))
            for e in self._elements
        )


# --- reports --------------------------------------------------------------------------------------

_HEADINGS: tuple[tuple[Kind, Sentence], ...] = (
    ("left", told(_("Left out, and why"))),
    ("changed", told(_("Changed"))),
    ("came", told(_("Came over"))),
)


def counts(losses: Iterable[Loss]) -> Mapping[Kind, int]:
    """How many elements came over, were changed and were left."""
    kinds = [loss.kind for loss in losses]
    return {kind: kinds.count(kind) for kind in ("came", "changed", "left")}


def counted(losses: Sequence[Loss]) -> Sentence:
    """The counts as a sentence."""
    n = counts(losses)
    message = _("{came} of {all} elements came over as they were, {changed} changed, {left} were left out.")
    return told(message, came=n["came"], all=len(losses), changed=n["changed"], left=n["left"])


def plain_text(losses: Sequence[Loss], messages: Mapping[str, str] = ENGLISH) -> str:
    """The counts, and what was changed or left, for a terminal."""
    lines = [spoken(counted(losses), messages)]
    for kind, heading in _HEADINGS[:2]:
        found = [
            f"  {spoken(loss.where, messages)}: {spoken(loss.what, messages)}. {loss.said_why(messages)}"
            for loss in losses
            if loss.kind == kind
        ]
        lines += [f"{spoken(heading, messages)}:", *found] if found else []
    return "\n".join(lines)


def markdown(losses: Sequence[Loss], *, title: str, messages: Mapping[str, str] = ENGLISH) -> str:
    """The whole report as a page: counts first, then what was left, what was changed, and what came over."""
    where, what, why = (spoken(told(word), messages) for word in (_("where"), _("what"), _("why")))
    lines = [f"# {_cell(spoken(title, messages))}", "", spoken(counted(losses), messages), ""]
    for kind, heading in _HEADINGS:
        found = [loss for loss in losses if loss.kind == kind]
        lines += [f"## {spoken(heading, messages)} ({len(found)})", ""]
        if not found:
            continue
        came = kind == "came"
        lines += [f"| {where} | {what} |", "|---|---|"] if came else [f"| {where} | {what} | {why} |", "|---|---|---|"]
        for loss in found:
            cells = [spoken(loss.where, messages), spoken(loss.what, messages)]
            cells += [] if came else [loss.said_why(messages)]
            lines.append("".join(f"| {_cell(cell)} " for cell in cells) + "|")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def title(form: str, result: str) -> Sentence:
    """The heading of a report."""
    return told(_("{form} as {result}"), form=form, result=result)


def written(file: str, report: str) -> Sentence:
    """What an import says last, when it has written its files."""
    return told(_("Written: {file}, and this report in {report}."), file=file, report=report)


def next_steps(file: str, folder: str) -> Sentence:
    """What is to be done with a new instrument."""
    steps = _("Next: read both, mend the file, then 'mittari check {file}' and 'mittari preview {folder}'.")
    return told(steps, file=file, folder=folder)


def to_mend(count: int, file: str) -> Sentence:
    """What is to be done where an instrument came over with problems."""
    return told(_("The instrument has {count} problems to mend by hand: mittari check {file}"), count=count, file=file)


def _cell(text: str) -> str:
    """A text in a cell of a table: nothing in it is taken for markup."""
    bare = " ".join(text.split())
    for sign in ("\\", "|", "<", "`", "*", "_", "["):
        bare = bare.replace(sign, f"\\{sign}")
    return bare
