"""Signs that a payment by results may have changed who is served or how answers come about: questions to ask, and no
findings.

Never a ranking: units (providers, contracts) come in the order of the data. Nothing is rounded or protected here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import combinations
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis import AnalysisError, pairing
from analysis.attrition import baseline_differences
from analysis.dataset import Dataset
from analysis.multiplicity import BENJAMINI_HOCHBERG, benjamini_hochberg
from analysis.providers import ONE_UNIT
from analysis.quality import StraightLining, straight_lining
from analysis.scores import Floats, Measure
from survey.marking import _
from survey.model import Instrument
from survey.schedule import window_between

Unit = Literal["provider", "contract"]
Kind = Literal[
    "missing_end", "late_end", "coach_at_end", "shared_device", "same_hour", "straight_lining", "easy_clients"
]

EXCESS = (
    "one-sided permutation test of what exceeds the mean of the stratum, moving whole groups between units (Fisher's "
    "exact test, 1935, where all came alone); all ways up to {exact}, else {draws} drawn with p = (b + 1)/(m + 1) "
    "(Phipson & Smyth 2010)"
)
SAME_HOUR = (
    "one-sided permutation test that exchanges, between the groups of a unit, how long after their end they answered; "
    "{draws} drawn, p = (b + 1)/(m + 1) (Phipson & Smyth 2010)"
)
LEVEL = 0.05
EXACTLY = 10_000
"""So many ways to choose a unit's groups, and all of them are gone through."""
DRAWS = 9_999
CHUNK = 1_000_000
"""So many numbers of permuted groups are held at once."""
ROUNDING = 1e-9
"""Sums that differ by this part of what is added up are equal."""

COLUMNS = (
    "provider", "contract", "service", "group", "ended", "exit_reason", "end_due", "start_answered", "end_answered",
    "end_late", "start_helper", "end_helper", "start_channel", "end_received", "end_alike", "start_score",
)  # fmt: skip
"""What a table of participations has; `answers_of` makes it."""

QUESTION = _("Each line is a question to ask, not a finding: chance, the clients or the way of working may explain it.")
NO_RANKING = _("Providers serve different people, so this is no ranking of them.")
SENTENCES: Mapping[Kind, str] = {
    "missing_end": _(
        "More end answers are missing than elsewhere, among people who left for the same reasons. Ask how the end "
        "questionnaire reaches those who leave."
    ),
    "late_end": _("More end answers came after the window had closed than elsewhere. Ask when they are asked for."),
    "coach_at_end": _(
        "More people than elsewhere answered with the coach's help at the end and without it at the start. Ask who "
        "sits beside them, and why."
    ),
    "shared_device": _(
        "More start answers than elsewhere were given on a shared device. Ask where people answer, and who sees it."
    ),
    "same_hour": _(
        "Groups that ended at different times answered in the same hour more often than chance makes them. Ask how "
        "their end questionnaires were collected."
    ),
    "straight_lining": _(
        "More people than elsewhere gave one and the same answer to every question at the end, though some are put the "
        "other way round. Ask how much time and peace they have to answer."
    ),
    "easy_clients": _(
        "People start in a better position than elsewhere. Ask how clients are chosen, and look at payments beside "
        "what is expected of such clients."
    ),
}
"""What is asked where a flag is raised."""

NOBODY = _("Nothing is known of anybody here.")
ALL_ALIKE = _("It is the same of everybody, so no unit can stand out.")
ONE_GROUP = _("Groups of different times are needed, and there is one at most.")


@dataclass(frozen=True, kw_only=True)
class Flag:
    """One question about one unit: its `figure` of `n` people beside the `rest`'s, and whether to ask (`raised`).

    Figures are shares (0 to 1) or, of `easy_clients`, mean scores with `smd`, their difference in standard deviations;
    of `same_hour` they are of groups. The rest's share of missing ends is that of people who left for the same reasons.
    `p` is one-sided, `adjusted` for all flags. `sentence` says what to ask; `reasons` why there is no test.
    """

    kind: Kind
    unit: str
    n: int
    figure: float | None = None
    rest: float | None = None
    smd: float | None = None
    p: float | None = None
    adjusted: float | None = None
    raised: bool = False
    sentence: str
    method: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Flags:
    """Every flag of every unit: kind by kind, units in the order of the data."""

    flags: tuple[Flag, ...]
    tests: int
    level: float = LEVEL
    method: str = BENJAMINI_HOCHBERG
    words: tuple[str, ...] = (QUESTION, NO_RANKING)

    @property
    def raised(self) -> tuple[Flag, ...]:
        return tuple(flag for flag in self.flags if flag.raised)


def flags(
    participations: pd.DataFrame, *, by: Unit, generator: np.random.Generator, level: float = LEVEL, draws: int = DRAWS
) -> Flags:
    """Which units to ask what.

    `participations` has a row for each with `COLUMNS`: dates, Booleans that are missing where not known, `end_received`
    on the site's clock, `start_score` higher for who is nearer to work. Who belongs to no unit is left out. A flag is
    raised where its p-value, adjusted by Benjamini and Hochberg over all units and kinds, is at most `level`: of those
    raised about that share is expected to be chance. Raises AnalysisError for a column that is not there.
    """
    if lacking := [name for name in COLUMNS if name not in participations.columns]:
        raise AnalysisError(
            f"The table of participations has no column '{lacking[0]}'. `answers_of` makes one from a dataset; what is "
            "not known stays empty."
        )
    rows = participations[participations[by].notna()].reset_index(drop=True)
    rows = rows.assign(unit=rows[by].astype("string"), cluster=_clusters(rows))
    found = [flag for kind in SENTENCES for flag in _of_kind(kind, rows, generator, draws)]
    tested = [flag.p for flag in found if flag.p is not None]
    adjusted = iter(benjamini_hochberg(tested).p)
    return Flags(flags=tuple(_judged(flag, adjusted, level) for flag in found), tests=len(tested), level=level)


def _judged(flag: Flag, adjusted: Iterator[float], level: float) -> Flag:
    if flag.p is None:
        return flag
    p = next(adjusted)
    return replace(flag, adjusted=p, raised=p <= level)


def _clusters(rows: pd.DataFrame) -> pd.Series[str]:
    """The group of each row within its service; who came alone is one by itself."""
    group = rows["group"].astype("string")
    own = "#" + rows.index.astype("string").to_series(index=rows.index)
    return (rows["service"].astype("string") + "/" + group).mask(group == "").fillna(own).astype("string")


def _of_kind(kind: Kind, rows: pd.DataFrame, generator: np.random.Generator, draws: int) -> Iterator[Flag]:
    if kind == "same_hour":
        yield from _same_hour(rows, generator, draws)
        return
    stratum = rows["exit_reason"].astype("string").fillna("") if kind == "missing_end" else ""
    known = rows.assign(value=_values(kind, rows), stratum=stratum).dropna(subset=["value"])
    method = EXCESS.format(exact=EXACTLY, draws=draws)
    p = _excess(known, generator, draws)
    for unit in pd.unique(rows["unit"]):
        own, others = known[known["unit"] == unit], known[known["unit"] != unit]
        flag = Flag(kind=kind, unit=str(unit), n=len(own), sentence=SENTENCES[kind], method=method)
        reason = NOBODY if own.empty else ONE_UNIT if others.empty else ALL_ALIKE if unit not in p else None
        if not own.empty:
            flag = replace(flag, figure=float(own["value"].mean()), rest=_standardised(others, own))
        if kind == "easy_clients":
            flag = replace(flag, smd=_smd(known, known["unit"] == unit))
        yield replace(flag, p=p[str(unit)]) if reason is None else replace(flag, reasons=(reason,))


def _values(kind: Kind, rows: pd.DataFrame) -> pd.Series[float]:
    """What is compared, NaN for whom it does not concern."""
    start, end, late = (_holds(rows[name]) for name in ("start_answered", "end_answered", "end_late"))
    if kind == "missing_end":
        return (~end & ~late).astype(float).where(start & _holds(rows["end_due"]))
    if kind == "late_end":
        return late.astype(float).where(end | late)
    if kind == "coach_at_end":
        asked = rows["start_helper"].notna() & rows["end_helper"].notna() & (rows["start_helper"] != "coach")
        return (rows["end_helper"] == "coach").astype(float).where(_holds(asked))
    if kind == "shared_device":
        return (rows["start_channel"] == "shared_device").astype(float).where(rows["start_channel"].notna())
    column = rows["end_alike" if kind == "straight_lining" else "start_score"]
    return column.astype("Float64").astype("float64")


def _holds(column: pd.Series[bool]) -> pd.Series[bool]:
    return column.astype("boolean").fillna(False).astype(bool)


def _standardised(others: pd.DataFrame, own: pd.DataFrame) -> float | None:
    """The others' mean, were they spread over the strata as the unit's people are; strata without others count not."""
    means = own["stratum"].map(others.groupby("stratum")["value"].mean()).dropna()
    return float(means.mean()) if len(means) else None


def _smd(known: pd.DataFrame, own: pd.Series[bool]) -> float | None:
    return baseline_differences(known[["value"]], own)[0].estimate


# --- whole groups moved between units --------------------------------------------------------------------------------


def _excess(known: pd.DataFrame, generator: np.random.Generator, draws: int) -> dict[str, float]:
    """By unit, how often as many groups drawn from all units have as large a sum of what exceeds the stratum's mean.

    Nothing where there is one unit, or where all of a stratum are alike.
    """
    beyond = known["value"] - known.groupby("stratum")["value"].transform("mean")
    slack = ROUNDING * float(known["value"].abs().sum())
    if known["unit"].nunique() < 2 or beyond.abs().sum() <= slack:
        return {}
    sums = beyond.groupby([known["unit"], known["cluster"]], sort=False).sum()
    of_units = sums.groupby(level=0, sort=False)
    units = {
        str(unit): (int(size), float(total) - slack)
        for unit, size, total in zip(of_units.size().index, of_units.size(), of_units.sum(), strict=True)
    }
    values = sums.to_numpy(dtype="float64")
    found = {
        unit: _tail_of_all(values, size, reach)
        for unit, (size, reach) in units.items()
        if math.comb(len(values), size) <= EXACTLY
    }
    drawn = {unit: one for unit, one in units.items() if unit not in found}
    return found | (_tails_of_drawn(values, drawn, generator, draws) if drawn else {})


def _tail_of_all(values: Floats, size: int, reach: float) -> float:
    chosen = np.array(list(combinations(range(len(values)), size)), dtype=np.intp)
    return float((values[chosen].sum(axis=1) >= reach).mean())


def _tails_of_drawn(
    values: Floats, units: Mapping[str, tuple[int, float]], generator: np.random.Generator, draws: int
) -> dict[str, float]:
    """The first so many of one order of all groups serve every unit."""
    beyond, left = dict.fromkeys(units, 0), draws
    while left:
        count = min(left, max(CHUNK // len(values), 1))
        sums = generator.permuted(np.tile(values, (count, 1)), axis=1).cumsum(axis=1)
        for unit, (size, reach) in units.items():
            beyond[unit] += int((sums[:, size - 1] >= reach).sum())
        left -= count
    return {unit: (count + 1) / (draws + 1) for unit, count in beyond.items()}


# --- answers in one hour ---------------------------------------------------------------------------------------------


def _same_hour(rows: pd.DataFrame, generator: np.random.Generator, draws: int) -> Iterator[Flag]:
    hours = _hours(rows)
    sharing = hours.groupby("unit")["hour"].transform(lambda own: own.duplicated(keep=False)).astype(bool)
    for unit in pd.unique(rows["unit"]):
        own = hours["unit"] == unit
        flag = Flag(
            kind="same_hour",
            unit=str(unit),
            n=int(own.sum()),
            figure=float(sharing[own].mean()) if own.any() else None,
            rest=float(sharing[~own].mean()) if (~own).any() else None,
            sentence=SENTENCES["same_hour"],
            method=SAME_HOUR.format(draws=draws),
        )
        if hours.loc[own, "end"].nunique() < 2:
            yield replace(flag, reasons=(ONE_GROUP,))
            continue
        yield replace(flag, p=_same_hour_p(hours[own], generator, draws))


def _hours(rows: pd.DataFrame) -> pd.DataFrame:
    """A row for each group (or who came alone) with an end answer: its unit, the hour in which most of it answered,
    and the first hour of the day on which these ended."""
    known = rows[rows["end_received"].notna() & rows["ended"].notna() & _holds(rows["end_answered"])]
    zero = pd.Timestamp(0)
    hour = pd.Timedelta(hours=1)
    table = pd.DataFrame(
        {
            "unit": known["unit"],
            "cluster": known["cluster"],
            "hour": (pd.to_datetime(known["end_received"]) - zero) // hour,
            "end": (pd.to_datetime(known["ended"]) - zero) // hour,
        }
    )
    together = table.groupby(["unit", "cluster", "hour"])["end"].agg(["size", "min"]).reset_index()
    most = together.sort_values(["size", "hour"], ascending=[False, True]).drop_duplicates(["unit", "cluster"])
    found: pd.DataFrame = most.rename(columns={"min": "end"})[["unit", "hour", "end"]]
    return found


def _same_hour_p(hours: pd.DataFrame, generator: np.random.Generator, draws: int) -> float:
    end = hours["end"].to_numpy(dtype=np.int64)
    after = hours["hour"].to_numpy(dtype=np.int64) - end
    seen = int(_sharing((end + after)[None, :])[0])
    beyond, left = 0, draws
    while left:
        count = min(left, max(CHUNK // len(end), 1))
        beyond += int((_sharing(end + generator.permuted(np.tile(after, (count, 1)), axis=1)) >= seen).sum())
        left -= count
    return (beyond + 1) / (draws + 1)


def _sharing(hours: NDArray[np.int64]) -> NDArray[np.int64]:
    """By row, how many of its hours are there more than once."""
    ordered = np.sort(hours, axis=1)
    same = ordered[:, 1:] == ordered[:, :-1]
    none = np.zeros((len(hours), 1), dtype=bool)
    return np.asarray((np.hstack([same, none]) | np.hstack([none, same])).sum(axis=1), dtype=np.int64)


# --- from a dataset --------------------------------------------------------------------------------------------------


def answers_of(dataset: Dataset, *, measure: Measure | None = None) -> pd.DataFrame:
    """The table that `flags` takes, from a dataset: a row for each participation, by the clients' own answers.

    `measure` gives the score at the start. Windows are looked at as of the day of the export. Raises AnalysisError
    where the site has no wave at the start or none at the end.
    """
    site, people = dataset.library.site, dataset.participations.set_index("id")
    start, end = pairing.wave_at(site, "start"), pairing.wave_at(site, "end")
    if start is None or end is None:
        raise AnalysisError("The site has no wave at the start or none at the end. Declare both in site.yaml.")
    services = dataset.services.set_index("id")
    ended = people["end"].where(people["end"].notna(), people["planned_end"])
    answers = pairing.answered_by("client", dataset, dataset.responses.assign(timely=pairing.timely(dataset)))
    first, last = (_first(answers[answers["timely"]], wave).reindex(people.index) for wave in (start, end))
    any_end = _first(answers, end).reindex(people.index)
    day = datetime.fromisoformat(dataset.made).astimezone(ZoneInfo(site.time_zone)).date()
    closed = [
        window_between(begun, over, site.waves[end]).last < day
        for begun, over in zip(people["start"], ended, strict=True)
    ]
    received = any_end["received"].dt.tz_convert(site.time_zone).dt.tz_localize(None)
    answered = last["received"].notna()
    return pd.DataFrame(
        {
            "provider": people["service"].map(services["provider"]).astype("string"),
            "contract": people["service"].map(services["contract"]).astype("string"),
            "service": people["service"],
            "group": people["group"],
            "ended": ended,
            "exit_reason": people["exit_reason"],
            "end_due": pd.Series(closed, index=people.index, dtype="boolean"),
            "start_answered": first["received"].notna(),
            "end_answered": answered,
            "end_late": ~answered & (received > pd.to_datetime(ended) + pd.Timedelta(days=1)),
            "start_helper": first["helper"],
            "end_helper": last["helper"],
            "start_channel": first["channel"],
            "end_received": received.where(answered),
            "end_alike": _alike(dataset, answers[answers["timely"] & (answers["wave"] == end)]).reindex(people.index),
            "start_score": _start_score(measure, answers[answers["timely"]], start).reindex(people.index),
        },
        index=people.index,
    )


def _first(answers: pd.DataFrame, wave: str) -> pd.DataFrame:
    rows = answers[(answers["wave"] == wave) & answers["participation"].notna()]
    return pairing.first_of(rows).set_index("participation")[["received", "helper", "channel"]]


def _start_score(measure: Measure | None, answers: pd.DataFrame, start: str) -> pd.Series[float]:
    if measure is None:
        return pd.Series(dtype="float64")
    scores = pairing.scored(measure, answers).dropna(subset=["participation"])
    found = scores[scores["wave"] == start].set_index("participation")["score"]
    return found if measure.definition.higher_is == "better" else -found


def _alike(dataset: Dataset, answers: pd.DataFrame) -> pd.Series[bool]:
    """By participation, whether all answers to the items of some response scale were one and the same; of those of whom
    it can be told."""
    found: list[pd.Series[bool]] = []
    for instrument in dataset.library.instruments.values():
        rows = pairing.rows_of([instrument.key], answers)
        for ids, reverse in _scales(instrument):
            values = rows[ids].astype("Float64").to_numpy(dtype="float64", na_value=np.nan)
            each = [straight_lining(one[None, :], reverse=reverse) for one in values]
            told = [one.share.yes == 1 if isinstance(one, StraightLining) else None for one in each]
            found.append(pd.Series(told, index=rows["participation"], dtype="boolean").dropna())
    if not found:
        return pd.Series(dtype="boolean")
    return pd.concat(found).groupby(level=0).any().astype("boolean")


def _scales(instrument: Instrument) -> Iterator[tuple[list[str], list[bool]]]:
    """The items of each response scale of numbers that has reversed items and others, with which are reversed."""
    for scale, definition in instrument.scales.items():
        items = [item for item in instrument.items() if item.scale == scale and item.type == "likert"]
        turned = [item.reverse for item in items]
        numbers = all(isinstance(option.value, int) for option in definition.options)
        if numbers and any(turned) and not all(turned):
            yield [item.id for item in items], turned
