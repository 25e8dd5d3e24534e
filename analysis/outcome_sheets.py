"""Outcomes beside their shares, as sheets: each person once, what a register says of what people say, and how long it
took to find work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from analysis.durations import Survival, TimeToEmployment, time_to_employment
from analysis.outcomes import Split, wilson
from analysis.statistic import Sheet, Statistic
from survey.marking import _

ONCE = _("Each person once")
AGREEMENT = _("What people say beside what the register knows")
TIME = _("Time to work")

WORDS_OF_ONCE = _(
    "Somebody may have been in several services: their rows above count participations. Here each person counts once, "
    "as having reached it if any of their participations did."
)
WORDS_OF_AGREEMENT = _(
    "Of those who answered and whom the register knows on the same day. A register does not see all work, and people "
    "may read the question otherwise: neither is the truth."
)
WORDS_OF_TIME = _(
    "Days from the own start to the first day of work after it, by the register (Kaplan-Meier). Who had found none by "
    "the register's last day is followed until then; who was at work at the start is left out."
)
DAYS = (30, 60, 90, 120, 150, 180, 270, 365, 545, 730)
"""Days after the start at which the share in work is looked at."""
STEP = 5
"""So many people at least must have found work between two days that are told, or none."""


def once_sheet(reached: pd.Series[bool], person: pd.Series[str]) -> Sheet | None:
    """The share of persons who reached an outcome; None where nobody took part twice.

    Row by row of participations; who has no pseudonym ("") is a person of one participation.
    """
    alone = "alone " + pd.Series(range(len(person)), index=person.index).astype(str)
    held = reached.groupby(person.where(person != "", alone)).any()
    if len(held) == len(reached):
        return None
    by_rows, by_people = Split.of(reached), Split.of(held)
    # Beside the share of participations, what those who took part twice answered could follow from the difference.
    fewer = [abs(a - b) for a, b in zip(by_rows.counts, by_people.counts, strict=True)]
    n = len(held)
    row = Statistic(
        name="persons_reached",
        title=_("Share of persons"),
        unit="share",
        n=n,
        value=by_people.yes / n,
        interval=wilson(by_people.yes, n),
        counts=(*by_people.counts, *(one for one in fewer if one)),
        needs="count",
        method="Wilson (1927)",
    )
    return Sheet(id="once", title=ONCE, words=(WORDS_OF_ONCE,), rows=(row,))


def agreement_sheet(said: pd.Series[bool], known: pd.Series[bool]) -> Sheet:
    """How often people say what the register knows, of those with both (row by row)."""
    both = Split.of(said[known]), Split.of(~said[~known])
    counts = (*both[0].counts, *both[1].counts)
    agree = int((said == known).sum())
    rows = (
        _share("agreement", _("Share of whom both say the same"), Split(yes=agree, no=len(said) - agree), counts),
        _share("sensitivity", _("Share who say so, of those of whom the register knows it"), both[0], counts),
        _share("specificity", _("Share who do not say so, of the others"), both[1], counts),
    )
    return Sheet(id="agreement", title=AGREEMENT, words=(WORDS_OF_AGREEMENT,), rows=rows)


def _share(name: str, title: str, split: Split, counts: Sequence[int]) -> Statistic:
    n = sum(split.counts)
    return Statistic(
        name=name,
        title=title,
        unit="share",
        n=n,
        value=split.yes / n if n else None,
        interval=wilson(split.yes, n) if n else None,
        counts=tuple(counts),
        needs="count",
        method="Wilson (1927)",
    )


def time_sheet(days: pd.Series[float], employed: pd.Series[bool]) -> Sheet:
    """The median days to work, and the share in work at some days."""
    found = time_to_employment(days, employed, at=DAYS)
    median = Statistic(
        name="median_days",
        title=_("Days after which half have found work (median)"),
        unit="days",
        n=found.n,
        value=found.median,
        interval=_closed(found),
        counts=found.counts,
        method=found.method,
        reasons=found.reasons,
    )
    return Sheet(id="time", title=TIME, words=(WORDS_OF_TIME,), rows=(median, *_told(found, days, employed)))


def _closed(found: TimeToEmployment) -> tuple[float, float] | None:
    return None if found.interval is None or found.interval[1] is None else (found.interval[0], found.interval[1])


def _told(found: TimeToEmployment, days: pd.Series[float], employed: pd.Series[bool]) -> Iterator[Statistic]:
    """The shares at days between which enough people found work: else single ones could be told."""
    last, known = 0, days.notna()
    for at in found.at:
        until = int((employed[known] & (days[known] <= at.day)).sum())
        if at.estimate is None or (until - last < STEP and until != last):
            continue
        last = until
        yield _found_work(at, found, until)


def _found_work(at: Survival, found: TimeToEmployment, until: int) -> Statistic:
    share = None if at.estimate is None else 1 - at.estimate
    return Statistic(
        name="in_work_by",
        title=_("Share who have found work"),
        unit="share",
        n=found.n,
        value=share,
        interval=None if at.interval is None else (1 - at.interval[1], 1 - at.interval[0]),
        counts=(until, at.n_at_risk),
        subject={"fi": f"{at.day:.0f} pv", "sv": f"{at.day:.0f} d", "en": f"{at.day:.0f} days"},
        about=f"{at.day:.0f}",
        method=found.method,
        reasons=at.reasons,
    )
