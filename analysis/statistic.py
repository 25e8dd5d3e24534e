"""One figure in full precision with all that is told beside it, and sheets of them. `analysis.disclosure` lets them
out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.change import Grouped
from survey.model import Text

Unit = Literal["points", "sd", "share", "ratio", "coefficient", "count", "days", "square", "euros"]
"""`sd`: in standard deviations. `coefficient`: a reliability, a correlation, a share of variance. `ratio`: how many
times as much. `square`: a gain in R²."""


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """One figure about all of some people, `n` of them, or the reasons why there is none.

    `name` is for data, `title` (a marked sentence) for readers; `subject` is what a row is about where several have
    one title: an item, a wave; `under` (a marked sentence) which figure it belongs to; `of` (a marked sentence) what a
    difference is the difference of. `beside` is how many people it is held against: those of the other arm, those who
    left. `counts` are other numbers of people behind it, such as those on each side of a share. `groups`: the values
    whose groups its interval hangs on. `rest`: how many people of a figure shown elsewhere it leaves out, whose own
    figure follows from the two. `needs` says whether it is a mean or a count that must rest on enough people. p-values
    are of a two-sided test of no difference; `adjusted` for all tests of its family.
    """

    name: str
    title: str
    unit: Unit
    n: int
    beside: int | None = None
    value: float | None = None
    interval: tuple[float, float] | None = None
    p: float | None = None
    adjusted: float | None = None
    counts: tuple[int, ...] = ()
    groups: Grouped | None = None
    rest: int = 0
    needs: Literal["mean", "count"] = "mean"
    subject: Text | None = None
    under: str = ""
    about: str = ""
    of: str = ""
    method: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """Some figures under one heading. `words` (marked sentences) say what the sheet shows."""

    id: str
    title: str
    words: tuple[str, ...] = ()
    rows: Sequence[Statistic] = ()
