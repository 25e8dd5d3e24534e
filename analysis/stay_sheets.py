"""Who answered and who stayed to the end, as sheets: response rates, retention, how those who left differ from those
who stayed, and the change as it would be had all stayed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.attrition import (
    BaselineDifference,
    Dispositions,
    Linkage,
    baseline_differences,
    staying,
    weighted_change,
)
from analysis.attrition import Share as Rate
from analysis.change import Grouped
from analysis.statistic import Sheet, Statistic
from survey.marking import _
from survey.model import Text

RATES = _("Response rates")
KEPT = _("Who stayed to the end")
WHO = _("How those who stayed differ from those who left")
WEIGHED = _("The change, had all stayed")

WORDS_OF_RATES = _(
    "By AAPOR's definitions, of everybody invited whose window has closed or who has answered: RR1 counts complete "
    "answers, RR2 partial ones too. More than 80 per cent of what was shown is complete, 50 or more partial."
)
WORDS_OF_KEPT = _(
    "Of those who have been asked at the end. Only those who answered at both times are in the figures of change."
)
WORDS_OF_WHO = _(
    "Start scores of those who answered at the end less those of who did not, in standard deviations; and by what the "
    "odds of answering at the end are multiplied when the others are the same. If the two differ, the figures of "
    "change may stand for those who stayed alone."
)
WORDS_OF_WEIGHED = _(
    "Those who stayed are weighted so that they stand for all who started, by what was known of them at the start. It "
    "is right only if staying hangs on nothing else."
)
COMMON = 0.8
"""A start score that fewer than this part of people have is no covariate: those without it would be left out."""


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What came of one questionnaire at one wave."""

    wave: str
    instrument: str
    subject: Text
    dispositions: Dispositions


@dataclass(frozen=True, kw_only=True)
class Started:
    """Participations asked at the end, indexed by id: `answered_start`, `answered_end` (bool), `cluster`.

    `scores` has a column of start scores (NaN where there is none) for each name in `titles`.
    """

    rows: pd.DataFrame
    scores: pd.DataFrame
    titles: Mapping[str, Text]


def rates_sheet(rates: Sequence[Rates]) -> Sheet:
    """RR1 and RR2 of each questionnaire at each wave."""
    sorts = (("rr1", _("RR1, complete answers")), ("rr2", _("RR2, complete and partial answers")))
    rows = [
        _rate(name, title, getattr(one.dispositions, name), subject=one.subject, about=f"{one.instrument} {one.wave}")
        for one in rates
        for name, title in sorts
    ]
    return Sheet(id="rates", title=RATES, words=(WORDS_OF_RATES,), rows=rows)


def _rate(name: str, title: str, rate: Rate, *, subject: Text | None = None, about: str = "") -> Statistic:
    """That somebody did not answer is no secret: only those who did must be enough."""
    return Statistic(
        name=name,
        title=title,
        unit="share",
        n=rate.n,
        value=rate.estimate,
        interval=rate.interval,
        counts=(rate.yes,),
        needs="count",
        subject=subject,
        about=about,
        method=rate.method,
        reasons=rate.reasons,
    )


def kept_sheet(started: Started) -> Sheet:
    """Retention, and linkage: how many ends have a start."""
    linkage = Linkage.of(started.rows["answered_start"], started.rows["answered_end"])
    rows = [
        _rate("retention", _("Retention: of those who answered at the start, at the end too"), linkage.retention),
        _rate("linkage", _("Linkage: of those who answered at the end, at the start too"), linkage.linkage),
    ]
    return Sheet(id="kept", title=KEPT, words=(WORDS_OF_KEPT,), rows=rows)


def who_sheet(started: Started) -> Sheet:
    """Start scores of those who stayed beside those of who left, and what staying hangs on."""
    asked = started.rows["answered_start"]
    stayed, scores = started.rows.loc[asked, "answered_end"], started.scores[asked]
    rows = [_apart(one, started.titles[one.covariate]) for one in baseline_differences(scores, stayed)]
    known = scores[common(scores)]
    if len(known.columns) and 0 < stayed.sum() < len(stayed):
        rows += _odds(known, stayed, started)
    return Sheet(id="who", title=WHO, words=(WORDS_OF_WHO,), rows=rows)


def common(scores: pd.DataFrame) -> list[str]:
    """The columns that most people have a number in, and that vary."""
    return [
        str(name) for name in scores.columns if scores[name].notna().mean() >= COMMON and scores[name].nunique() > 1
    ]


def _apart(one: BaselineDifference, subject: Text) -> Statistic:
    return Statistic(
        name="stayed_smd",
        title=_("Start score of who stayed, less that of who left"),
        unit="sd",
        n=one.n[0],
        beside=one.n[1],
        value=one.estimate,
        interval=one.interval,
        subject=subject,
        about=one.covariate,
        method=one.method,
        reasons=one.reasons,
    )


def _odds(known: pd.DataFrame, stayed: pd.Series[bool], started: Started) -> Iterator[Statistic]:
    """Odds ratios for ten points more, as one point is too little to read."""
    cluster = started.rows.loc[known.index, "cluster"]
    found = staying(known / 10, stayed, cluster)
    title = _("Odds of staying for ten points more at the start (odds ratio)")
    groups = Grouped.of(stayed.astype("float64"), cluster)
    sides = (found.stayed, found.n - found.stayed)
    if not found.estimates:
        yield Statistic(
            name="stayed_odds", title=title, unit="ratio", n=found.n, value=None, method=found.method,
            reasons=found.reasons,
        )  # fmt: skip
    for one in found.estimates:
        yield Statistic(
            name="stayed_odds", title=title, unit="ratio", n=found.n, value=one.estimate, interval=one.interval,
            counts=sides, groups=groups, subject=started.titles[one.covariate], about=one.covariate,
            method=found.method, reasons=found.reasons,
        )  # fmt: skip


def weighed_sheet(started: Started, name: str, ends: pd.Series[float]) -> Sheet:
    """The mean change on the measure `name` of those who stayed, and weighted to stand for all who started.

    `ends` are the end scores of those who are in the change, by participation.
    """
    start = started.scores[name].dropna()
    cluster, end = started.rows.loc[start.index, "cluster"], ends.reindex(start.index)
    found = weighted_change(start, end, covariates(started.scores.loc[start.index], [name]), cluster)
    stayed, plain = end.notna(), found.complete
    groups = Grouped.of((end - start)[stayed], cluster[stayed])
    n, left = int(stayed.sum()), int((~stayed).sum())
    said = [
        Statistic(
            name="complete_case", title=_("Mean change of those who stayed"), unit="points", n=n,
            value=None if plain is None else plain.change, interval=None if plain is None else plain.interval,
            groups=groups, rest=int(ends.notna().sum()) - n,
        ),
        Statistic(
            name="weighted", title=_("Mean change weighted to stand for all who started"), unit="points", n=n,
            value=found.estimate, interval=found.interval, groups=groups, counts=(left,) if left else (),
            rest=int(ends.notna().sum()) - n, method=found.method, reasons=found.reasons,
        ),
        Statistic(
            name="weighted_effective_n", title=_("How many people the weights leave (effective number)"),
            unit="count", n=n, value=found.effective_n, method="Kish (1965)",
        ),
    ]  # fmt: skip
    return Sheet(id="weighed", title=WEIGHED, words=(WORDS_OF_WEIGHED,), rows=said)


def covariates(scores: pd.DataFrame, first: Sequence[str] = ()) -> pd.DataFrame:
    """The start scores named `first` as they are, and those others that most people have and that say something beyond
    those before them.

    Who lacks one of the others gets its mean, so that nobody is left out for a covariate alone.
    """
    others = [column for column in common(scores) if column not in first]
    filled = scores[[*first, *others]].fillna(scores[others].mean())
    kept = list(first)
    known = filled.dropna()
    for column in others:
        matrix = np.column_stack([np.ones(len(known)), known[[*kept, column]].to_numpy(dtype="float64")])
        if len(matrix) > matrix.shape[1] and np.linalg.matrix_rank(matrix) == matrix.shape[1]:
            kept.append(column)
    return filled[kept]


def dispositions(rows: pd.DataFrame) -> Dispositions:
    """What came of the participations of a frame with a column `extent`: complete, partial, break_off, or empty."""
    counts = rows["extent"].fillna("silent").value_counts()
    names = ("complete", "partial", "break_off", "silent")
    return Dispositions(**{name: int(counts.get(name, 0)) for name in names})


def both(one: Text, other: Text) -> Text:
    """Two texts as one, in every language that has both."""
    return {language: f"{one[language]}: {other[language]}" for language in itertools.chain(one) if language in other}
