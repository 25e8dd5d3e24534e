"""An interview script: what is read aloud, what is done with the answer, where to go next, and the cards to show."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from exchange.context import Context
from exchange.loss import Converted
from exchange.papers import Paper, losses_on_paper, none_wanted, papers
from survey import logic
from survey.marking import _
from survey.model import ONE_OF, Instrument, Item, Option, condition

CARDED = ("likert", "grid", "scale", "multiple", "rank")
"""Types whose options are always shown on a card; those of others from four options on."""
_INSTRUCTIONS = {
    "yes_no": _("Wait for the answer. Do not suggest one."),
    "rank": _("Write 1 beside the first, 2 beside the second, and so on."),
    "consent": _("Mark the box only if the person says yes."),
    "integer": _("Write a whole number."),
    "decimal": _("Write a number."),
    "date": _("Write the day, the month and the year."),
    "month": _("Write the month and the year."),
    "year": _("Write the year."),
    "time": _("Write the hours and the minutes."),
    "text": _("Write down their words as they are said."),
    "long_text": _("Write down their words as they are said."),
    "email": _("Write it down and read it back."),
    "phone": _("Write it down and read it back."),
}
_GUIDANCE = (
    _("Answering is voluntary. If the person does not want to answer a question, go on to the next one."),
    _("Read each question just as it is written. If it is not understood, read it again; do not explain it."),
    _("Do not steer: suggest no answer, and show neither pleasure nor disappointment."),
    _("Give time. Silence is not an answer."),
    _("Be where others do not hear. An interpreter may be there."),
)
_ALOUD = {
    "html": _("Read aloud what has a line beside it. What is in italics is for you."),
    "txt": _("Read aloud what stands in quotation marks. What stands in brackets is for you."),
}
_BY_CODE = _("Enter the answers on the page below, with the person's code. Each code is used once.")
_BY_NUMBER = _("Enter the answers at the staff desk, under “Keying in”, with the number on the slip.")
_CODING = (
    _("Choose what has the same code as the answer that you marked."),
    _("Leave empty what was not asked or not answered."),
    _("Destroy the paper when the answers have been entered."),
)


@dataclass(frozen=True, kw_only=True)
class Card:
    """Options to show on a page; of a scale of numbers, the words at its ends too."""

    options: tuple[Option, ...]
    low: str = ""
    high: str = ""


@dataclass(frozen=True, kw_only=True)
class Script(Paper):
    """A paper to interview by."""

    @functools.cached_property
    def cards(self) -> list[Card]:
        """Every card, in the order of first use; equal ones once."""
        found: list[Card] = []
        for item in self.asked():
            card = self._card(item)
            if card is not None and card not in found:
                found.append(card)
        return found

    def card(self, item: Item) -> int:
        """The number of the card to show with a question; 0 for none."""
        card = self._card(item)
        return 0 if card is None else 1 + self.cards.index(card)

    def _card(self, item: Item) -> Card | None:
        answers = tuple(self.answers(item))
        if item.type not in CARDED and len(answers) < 4:
            return None
        # A card shows words, whatever values stand for them.
        shown = tuple(dataclasses.replace(o, score=None, achieved=False, exclusive=False, other=False) for o in answers)
        return Card(options=shown, low=self.text(item.low), high=self.text(item.high))

    def instruction(self, item: Item) -> str:
        """What to do with the answer to a question."""
        if item.type in ONE_OF and len(self.answers(item)) > 2 and item.type != "yes_no":
            return self.say(_("Mark one."))
        if item.type == "multiple":
            most = self.say(_("You can choose up to {number}."), number=item.at_most) if item.at_most else ""
            return (self.say(_("Mark all that they name.")) + " " + most).strip()
        message = _INSTRUCTIONS.get(item.type)
        return self.say(message) if message else ""

    def only_if(self, show_if: str) -> str:
        """The sentence that says whom a question is asked of."""
        return self.say(_("Ask this only if: {condition}."), condition=self.in_words(show_if))

    def route(self, item: Item, option: Option | None) -> str:
        """The number of the question to go to after an answer (or, without an option, after none); empty where it is
        the very next one, or where more than this answer decides."""
        if item.type not in ONE_OF:
            return ""
        given = option is not None and option.missing is None
        answers: dict[str, object] = {item.id: option.value} if option is not None and given else {}
        for place, later in enumerate(self._after(item)):
            if later.type == "note":
                return ""
            names = self._deciding(later)
            if names == {item.id} and not self._holds(later, answers):
                continue
            return self.numbers[later.id] if place else ""
        return ""

    def _after(self, item: Item) -> Sequence[Item]:
        place = next(n for n, one in enumerate(self._conditioned) if one.id == (item.grid or item.id))
        return self._conditioned[place + 1 :]

    @functools.cached_property
    def _conditioned(self) -> list[Item]:
        """What is asked, each with its section's condition as part of its own."""
        return [
            dataclasses.replace(item, show_if=condition(section, item))
            for section in self.worded.sections
            for item in self.items(section)
        ]

    def _deciding(self, item: Item) -> set[str]:
        if item.show_if is None:
            return set()
        return set(logic.named(logic.closed(self.worded, item.show_if)))

    def _holds(self, item: Item, answers: dict[str, object]) -> bool:
        return item.show_if is None or logic.holds(logic.closed(self.worded, item.show_if), answers)


def write(instrument: Instrument, context: Context) -> Converted:
    """A script for each wave and language, as HTML with cards to print and as plain text.

    Raises ExchangeError where the wanted languages and waves leave nothing to write.
    """
    files: dict[str, bytes] = {}
    for name, paper in papers(instrument, context):
        script = Script(**{f.name: getattr(paper, f.name) for f in dataclasses.fields(paper)})
        files[f"{name}.interview.html"] = rendered(script, "html").encode()
        files[f"{name}.interview.txt"] = rendered(script, "txt").encode()
    if not files:
        raise none_wanted(instrument, "interview")
    return Converted(files=files, losses=losses_on_paper(instrument, context))


def rendered(script: Script, ending: str) -> str:
    """The script as `html` or `txt`."""
    asked = list(script.instrument.items(script.wave))
    return script.render(
        f"papers-interview.{ending}.j2",
        guidance=[script.say(line) for line in (*_GUIDANCE, _ALOUD[ending])],
        coding=[script.say(line) for line in (_BY_NUMBER if script.context.by_number else _BY_CODE, *_CODING)],
        opening=_opening(script),
        hidden=[item for item in asked if item.type == "hidden"],
    )


def _opening(script: Script) -> list[str]:
    """What is said before the first question."""
    client = script.instrument.respondent == "client"
    voluntary = (
        script.say(_("Answering is voluntary. It does not affect your benefits or the service that you get."))
        if client
        else script.say(_("Answering is voluntary."))
    )
    parts = [*_paragraphs(script.text(script.worded.intro)), voluntary]
    if all(item.required != "hard" for item in script.instrument.items(script.wave)):
        parts.append(script.say(_("You may skip any question.")))
    if client:
        parts += _paragraphs(script.text(script.context.library.site.who_sees))
    return parts


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.strip().split("\n\n") if part.strip()]
