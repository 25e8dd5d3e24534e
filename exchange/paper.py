"""A paper form to print: for each language and wave an HTML file that any browser prints on A4."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.context import Context
from exchange.loss import Converted
from exchange.papers import Paper, losses_on_paper, none_wanted, papers
from survey.model import Instrument, Item


def write(instrument: Instrument, context: Context) -> Converted:
    """A form for each wave and language, named `<instrument>.v<version>-<wave>.<language>.html`.

    Raises ExchangeError where the wanted languages and waves leave nothing to write.
    """
    files = {f"{name}.html": html(paper).encode() for name, paper in papers(instrument, context)}
    if not files:
        raise none_wanted(instrument, "paper")
    return Converted(files=files, losses=losses_on_paper(instrument, context, _on_the_form))


def html(paper: Paper) -> str:
    """The form, as it is printed."""
    asked = list(paper.instrument.items(paper.wave))
    return paper.render(
        "papers-paper.html.j2",
        optional=all(item.required != "hard" for item in asked),
        hidden=[item for item in asked if item.type == "hidden"],
    )


def _on_the_form(item: Item) -> Iterator[str]:
    """What a form on paper does not do, or does in another way."""
    if item.required != "no":
        yield "Nothing reminds of an answer that was left out."
    if item.type == "dropdown":
        yield "All options of the closed list are printed."
