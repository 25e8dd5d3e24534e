"""Shares: who reached an outcome, who answered, who chose what; and numbers of people."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
from scipy import stats

from analysis.pairing import first_of, rows_of
from survey.model import Instrument, Item, Option, Respondent, waves_of


@dataclass(frozen=True, kw_only=True)
class Split:
    """People parted in two: those of whom something holds, and the others."""

    yes: int = 0
    no: int = 0

    @classmethod
    def of(cls, holds: pd.Series[bool]) -> Split:
        yes = int(holds.sum())
        return cls(yes=yes, no=len(holds) - yes)

    def merge(self, other: Split) -> Split:
        return Split(yes=self.yes + other.yes, no=self.no + other.no)

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.yes, self.no)


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many people there are."""

    n: int = 0

    def merge(self, other: Count) -> Count:
        return Count(n=self.n + other.n)

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.n,)


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """How many submissions there are, and of how many people."""

    n: int = 0
    people: int = 0

    def merge(self, other: Submitted) -> Submitted:
        return Submitted(n=self.n + other.n, people=self.people + other.people)

    @property
    def counts(self) -> tuple[int, ...]:
        return (self.people,)


@dataclass(frozen=True, kw_only=True)
class Choices:
    """How many of `n` people chose each answer of a question. `one`: everybody chose exactly one of them; else any
    number, so that those who did not choose an answer are a number behind its share as well."""

    one: bool
    n: int
    chosen: tuple[int, ...]

    @classmethod
    def of(cls, chosen: pd.DataFrame, *, one: bool) -> Choices:
        """The counts of a frame with a row for each person and a column (bool) for each answer."""
        return cls(one=one, n=len(chosen), chosen=tuple(int(n) for n in chosen.sum()))

    def merge(self, other: Choices) -> Choices:
        chosen = tuple(a + b for a, b in zip(self.chosen, other.chosen, strict=True))
        return Choices(one=self.one, n=self.n + other.n, chosen=chosen)

    @property
    def counts(self) -> tuple[int, ...]:
        return self.chosen if self.one else (*self.chosen, *(self.n - chosen for chosen in self.chosen))

    def of_these(self, answers: Sequence[int]) -> Choices:
        """Only these answers, by their places; where everybody chose one, all others follow as one answer."""
        kept = tuple(self.chosen[n] for n in answers)
        others = (self.n - sum(kept),) if self.one and len(answers) < len(self.chosen) else ()
        return Choices(one=self.one, n=self.n, chosen=(*kept, *others))


def wilson(yes: int, n: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927), each end between 0 and 1. Raises ValueError where n is 0."""
    if n == 0:
        raise ValueError("no one to take a share of")
    z = float(stats.norm.ppf((1 + confidence) / 2))
    share = yes / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)


@dataclass(frozen=True, kw_only=True)
class OutcomeItem:
    """A question whose answers say whether an outcome was reached, over every instrument version that carries it and
    has the same respondent."""

    respondent: Respondent
    origin: str
    item: Item
    outcome: Literal["employment", "education"]
    sources: tuple[str, ...]
    waves: tuple[str, ...]
    achieved: tuple[int | str, ...]


def outcome_items(instruments: Mapping[str, Instrument]) -> tuple[OutcomeItem, ...]:
    """Every outcome question of these instruments; the text is that of the newest version of the origin.

    What is asked of the time before the service is no outcome.
    """
    found: dict[tuple[Respondent, str, str, tuple[int | str, ...]], OutcomeItem] = {}
    for instrument in sorted(instruments.values(), key=lambda i: (i.extends is not None, i.instrument, -i.version)):
        for one in _own_outcome_items(instrument):
            key = (one.respondent, one.origin, one.item.id, one.achieved)
            found[key] = _joined(found[key], one) if key in found else one
    return tuple(found.values())


def _own_outcome_items(instrument: Instrument) -> Iterator[OutcomeItem]:
    for item in instrument.items():
        if item.outcome is not None and not item.then:
            yield OutcomeItem(
                respondent=instrument.respondent,
                origin=item.origin or instrument.instrument,
                item=item,
                outcome=item.outcome,
                sources=(instrument.key,),
                waves=tuple(waves_of(item, instrument)),
                achieved=tuple(option.value for option in instrument.options(item) if option.achieved),
            )


def _joined(one: OutcomeItem, other: OutcomeItem) -> OutcomeItem:
    waves = tuple(dict.fromkeys((*one.waves, *other.waves)))
    return dataclasses.replace(one, sources=tuple(sorted((*one.sources, *other.sources))), waves=waves)


def reached(outcome: OutcomeItem, responses: pd.DataFrame, wave: str) -> pd.DataFrame:
    """Columns `participation, service, reached` (bool) of those who answered an outcome question at a wave."""
    columns = ["participation", "service", "wave", "received", "submission", outcome.item.id]
    rows = rows_of(outcome.sources, responses, columns)
    rows = rows[rows["wave"] == wave]
    answers = rows[outcome.item.id]
    found = first_of(rows[answers.notna()])
    holds = _is_one_of(answers[found.index], outcome.achieved)
    return found[["participation", "service"]].assign(reached=holds)


def _is_one_of(answers: pd.Series[str], values: Sequence[int | str]) -> pd.Series[bool]:
    """Whether each answer is one of some options. A column holds text where not all options are whole numbers."""
    return answers.astype("string").isin([str(value) for value in values]).astype(bool)


# --- choices ---------------------------------------------------------------------------------------------------------


def chosen(item: Item, options: Sequence[Option], rows: pd.DataFrame) -> pd.DataFrame:
    """Who chose which answer of an item: the rows of those who answered, with a column (bool) for each option, by its
    place in `options`, which are those that are answers. Of a ranking, what was put first."""
    if item.type in ("multiple", "rank"):
        columns = pd.DataFrame({n: rows[f"{item.id}.{option.value}"] for n, option in enumerate(options)})
        columns = columns[columns.notna().any(axis=1)]
        return ((columns == 1) if item.type == "rank" else columns).fillna(False).astype(bool)
    answers = rows[item.id].dropna()
    return pd.DataFrame({n: _is_one_of(answers, [option.value]) for n, option in enumerate(options)})
