"""How tests look at what an importer made: its items in brief, and what it tells of an element."""

from __future__ import annotations

from typing import Any

from exchange.loss import Imported
from survey.model import Item, as_data


def items(found: Imported) -> list[Item]:
    """Every item as it stands in the file."""
    return [item for section in found.instrument.sections for item in section.items]


def brief(item: Item) -> dict[str, Any]:
    """An item's keys beside its text, with options as their values."""
    data = as_data(item)
    del data["text"]
    if "options" in data:
        data["options"] = [option["value"] for option in data["options"]]
    if "rows" in data:
        data["rows"] = [row["id"] for row in data["rows"]]
    return data  # type: ignore[no-any-return]


def told(found: Imported, what: str) -> tuple[str, str]:
    """What became of the one element that is called so, and why."""
    (loss,) = [one for one in found.losses if one.what == what]
    return loss.kind, loss.why
