"""What a simulated person answers to a question of each type, by chance: always something that the form accepts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from scipy import special

from survey.model import Instrument, Item, Option, Value
from survey.records import Answer
from survey.scoring import option_scores

SENTENCES = (
    "Ryhmässä oli hyvä tunnelma.",
    "Sain apua hakemusten tekemiseen.",
    "Aikaa olisi saanut olla enemmän.",
    "Ohjaaja kuunteli ja neuvoi selkeästi.",
    "Harjoitukset olivat hyödyllisiä.",
    "Aloitusajoista olisi voinut kertoa aiemmin.",
)
EMAIL, PHONE = "vastaaja@example.fi", "0400000000"
TICKING = 0.35
"""How often one of several answers is ticked."""
YEAR = 365


def answers(instrument: Instrument, item: Item) -> tuple[Option, ...]:
    """The options of an item that are answers."""
    return tuple(option for option in instrument.options(item) if option.missing is None)


def one_of(values: Sequence[Value], rng: np.random.Generator) -> Value:
    """Any of some values."""
    return values[int(rng.integers(len(values)))]


def step(instrument: Instrument, item: Item, five: Sequence[float], latent: float) -> Value:
    """The option of an item that a latent value falls in: by what they count for, else in their order. `five` are the
    cuts between five options; others are spread evenly."""
    options = answers(instrument, item)
    scores = option_scores(instrument, item)
    ordered = sorted(options, key=lambda option: scores[option.value]) if scores else list(options)
    cuts = five if len(ordered) == 5 else np.linspace(-1.5, 1.5, len(ordered) - 1)
    n = int(np.searchsorted(np.array(cuts), latent))
    return ordered[len(ordered) - 1 - n if item.reverse else n].value


def ticked(item: Item, options: Sequence[Option], rng: np.random.Generator) -> Answer:
    """Some of several answers, within the item's limits; what goes with no other stands alone."""
    alone = [option.value for option in options if option.exclusive]
    values = [option.value for option in options if not option.exclusive]
    if alone and (not values or rng.random() < 0.1):
        return [one_of(alone, rng)]
    least = min(max(item.at_least or 1, 1), len(values))
    chosen = int((rng.random(len(values)) < TICKING).sum())
    number = min(max(chosen, least), item.at_most or len(values))
    found = [values[int(n)] for n in rng.permutation(len(values))[:number]]
    return sorted(found, key=lambda value: (isinstance(value, str), value))


def ranked(item: Item, options: Sequence[Option], rng: np.random.Generator) -> Answer:
    """The options in some order, as many as may be ranked."""
    order = [options[int(n)].value for n in rng.permutation(len(options))]
    return order[: item.at_most or len(order)]


def number(item: Item, share: float) -> Answer:
    """The number at a share of the way between the limits of an item that asks for one."""
    low = float(item.minimum) if isinstance(item.minimum, int | float) else 0.0
    high = float(item.maximum) if isinstance(item.maximum, int | float) else max(low, 0.0) + 100
    if item.type == "integer":
        return min(round(low + share * (high - low)), int(high))
    return min(max(round(low + share * (high - low), item.decimals or 2), low), high)


def share_of(latent: float, reverse: bool) -> float:
    """A latent value as a share between 0 and 1."""
    share = float(special.ndtr(latent))
    return 1 - share if reverse else share


def typed(item: Item, day: date, rng: np.random.Generator) -> Answer | None:
    """What is typed in, on a day, for a type without options or numbers; None for a type that is not known."""
    if item.type in ("date", "month", "year"):
        low, high = _days(item, day)
        found = low + timedelta(days=int(rng.integers(0, (high - low).days, endpoint=True)))
        return found.year if item.type == "year" else found.isoformat()[: 10 if item.type == "date" else 7]
    if item.type == "time":
        low_minute, high_minute = (
            _minutes(limit, usual) for limit, usual in ((item.minimum, 480), (item.maximum, 960))
        )
        minute = int(rng.integers(low_minute, max(low_minute, high_minute), endpoint=True))
        return f"{minute // 60:02}:{minute % 60:02}"
    if item.type in ("text", "long_text"):
        return str(rng.choice(SENTENCES))[: item.max_length].strip()
    return {"email": EMAIL, "phone": PHONE, "consent": "yes", "hidden": item.value}.get(item.type)


def _days(item: Item, day: date) -> tuple[date, date]:
    """The first and the last day that fit a date, month or year; months and years by their first days."""
    low, high = (_first_day(item, limit, day) for limit in (item.minimum, item.maximum))
    if low is None and high is None:
        high = day
    if low is None:
        low = (high or day) - timedelta(days=2 * YEAR)
    if high is None:
        high = max(low, day)
    # Where the limits cross on this day, the earlier has to do.
    return low, max(low, high)


def _first_day(item: Item, limit: object, day: date) -> date | None:
    if limit is None:
        return None
    iso = day.isoformat() if limit == "today" else str(limit)
    length = {"date": 10, "month": 7, "year": 4}[item.type]
    return date.fromisoformat(f"{iso[:length]}{'-01-01'[length - 4 :]}" if length < 10 else iso)


def _minutes(limit: object, usual: int) -> int:
    if not isinstance(limit, str):
        return usual
    hours, minutes = limit.split(":")
    return 60 * int(hours) + int(minutes)
