"""A paper form to print: for each language and wave an HTML file that any browser prints on A4."""

from __future__ import annotations

from exchange.context import Context
from exchange.elements import Element, judged, losses
from exchange.loss import Converted, ExchangeError, Kind
from exchange.papers import Paper, papers, unspoken
from survey.model import Alarm, Dimension, Instrument, Item


def write(instrument: Instrument, context: Context) -> Converted:
    """A form for each wave and language, named `<instrument>.v<version>-<wave>.<language>.html`.

    Raises ExchangeError where the wanted languages and waves leave nothing to write.
    """
    files = {f"{name}.html": html(paper).encode() for name, paper in papers(instrument, context)}
    if not files:
        raise ExchangeError(
            f"There is no paper of {instrument.key} in the languages and at the waves that were asked for. "
            f"It has the languages {', '.join(instrument.languages)} and the waves {', '.join(instrument.waves)}."
        )
    return Converted(files=files, losses=losses(instrument, lambda element: _judge(instrument, context, element)))


def html(paper: Paper) -> str:
    """The form, as it is printed."""
    asked = list(paper.instrument.items(paper.wave))
    return paper.render(
        "papers-paper.html.j2",
        optional=all(item.required != "hard" for item in asked),
        hidden=[item for item in asked if item.type == "hidden"],
    )


def _judge(instrument: Instrument, context: Context, element: Element) -> tuple[Kind, str]:
    match element.value:
        case ("languages", _):
            return judged(changed=unspoken(instrument, context))
        case (("source" | "review" | "target_minutes"), _):
            return judged(left="It is not shown to respondents. The codebook has it.")
        case Dimension():
            return judged(left="Answers on paper are scored when they have been entered.")
        case Alarm():
            return judged(left="Alarms are looked at when answers have been entered.")
        case Item() as item:
            return _judge_item(item)
    return judged()


def _judge_item(item: Item) -> tuple[Kind, str]:
    if item.type == "calculated":
        return judged(left="It is worked out from other answers when they have been entered.")
    if item.type == "hidden":
        return judged(changed="Its value stands in the box for the person who enters the answers.")
    changed = []
    if item.type != "scale" and (item.minimum is not None or item.maximum is not None):
        changed.append("Its limits are checked when the answers are entered.")
    if item.constraints:
        changed.append("What must hold between answers is checked when they are entered.")
    if item.required != "no":
        changed.append("Nothing reminds of an answer that was left out.")
    if item.type == "dropdown":
        changed.append("All options of the closed list are printed.")
    return judged(changed=" ".join(changed))
