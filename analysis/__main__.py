"""`python -m analysis`: one statistic of a file of answers, in full precision and with its source.

It reads, calls what `docs/methods.md` describes, and prints. Nothing here is protected: see `analysis.disclosure`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, Protocol

import click
import numpy as np
import pandas as pd

from analysis import AnalysisError
from analysis import comparison as arms
from analysis.arm_sheets import METHOD_NAMES
from analysis.attrition import Linkage, baseline_differences, share, staying, weighted_change
from analysis.change import (
    ChangeSummary,
    MeanChange,
    Moments,
    ReliableBasis,
    ReliableSummary,
    mean_change,
    reliable_basis,
)
from analysis.durations import time_to_employment
from analysis.elsewhere import Table, UnreadableAnswers, read_table
from analysis.intervals import share_difference, share_ratio
from analysis.meaningful import error_from_reliability, regression_to_mean, share_by_error
from analysis.measure_sheets import BY, SEED
from analysis.outcomes import Split
from analysis.paired_tests import sign_flip_test, signed_rank_test
from analysis.providers import LEVELS, FunnelUnit
from analysis.providers import funnel as funnel_of
from analysis.quality import Omega, Quality, StraightLining, straight_lining
from analysis.quality import quality as quality_of
from analysis.scores import item_parts, score_column
from analysis.standardised import Standardiser, clustered_change, standardised_change
from analysis.statistic import Unit
from survey import problems
from survey.model import Reference
from survey.problems import Place
from survey.scoring import DimensionKey, ItemScore

UNPROTECTED = "Unprotected figures: keep them on the analyst's machine."
RELIABLE = "reliable change beyond 1.96 standard deviations of the difference (Jacobson & Truax 1991); Wilson interval"
ENDS = "mean of the pairs"
SPREADS: Mapping[str, Standardiser] = {name: by for by, (name, _title) in BY.items()}
DISTINCT = 5
"""So many different cells of a column does a message name."""

Interval = tuple[float, float | None]
Direction = Literal["better", "worse"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the output. `name` is that of `results.json` where there is one, `about` an item, arm or unit; pairs
    of numbers of people are those of two sides."""

    name: str
    about: str = ""
    value: float | None = None
    unit: Unit | None = None
    interval: Interval | None = None
    p: float | None = None
    n: int | tuple[int, int] | None
    method: str = ""
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = [] if self.unit is None else [f"{'not given' if self.value is None else self.value} ({self.unit})"]
        if self.interval is not None:
            low, high = self.interval
            parts.append(f"interval {low} to {'beyond what was seen' if high is None else high}")
        parts += [] if self.p is None else [f"p {self.p}"]
        n = self.n if self.n is None or isinstance(self.n, int) else f"{self.n[0]} and {self.n[1]}"
        parts += [] if n is None else [f"n {n}"]
        lines = [f"{self.name} {self.about}".rstrip() + ": " + ", ".join(parts)]
        lines += [f"    method: {self.method}"] if self.method else []
        return "\n".join([*lines, *(f"    note: {reason}" for reason in self.reasons)])

    def as_data(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Estimated(Protocol):
    """What most results have."""

    @property
    def n(self) -> int | tuple[int, int]: ...
    @property
    def estimate(self) -> float | None: ...
    @property
    def interval(self) -> tuple[float, float] | None: ...
    @property
    def method(self) -> str: ...
    @property
    def reasons(self) -> tuple[str, ...]: ...


def _told(name: str, found: Estimated, unit: Unit = "share", about: str = "") -> Figure:
    return Figure(
        name=name, about=about, value=found.estimate, unit=unit, interval=found.interval, n=found.n,
        method=found.method, reasons=found.reasons,
    )  # fmt: skip


# --- columns ---------------------------------------------------------------------------------------------------------


class Columns:
    """The columns of a file of answers by their names. Cells in `missing` are empty. Raises AnalysisError for a name
    that is not there, or is there twice, and for cells that are not what is asked for."""

    def __init__(self, table: Table, missing: Sequence[str]) -> None:
        self._table, self._missing = table, missing
        self.rows = len(table.cells)

    def cells(self, name: str) -> pd.Series[str]:
        columns = self._table.cells.columns
        place, known = Place(self._table.file), [str(column) for column in columns if column]
        count = int((columns == name).sum())
        if count == 0:
            raise AnalysisError(str(problems.column_missing(place, column=name, known=known)))
        if count > 1:
            raise AnalysisError(f"{count} columns have the name '{name}'. Give each one of its own in the file.")
        found: pd.Series[str] = self._table.cells[name]
        return found.mask(found.isin(self._missing))

    def numbers(self, name: str) -> pd.Series[float]:
        """Floats, NaN where a cell is empty; a comma stands for a point."""
        cells = self.cells(name)
        found = pd.to_numeric(cells.str.replace(",", ".", regex=False), errors="coerce")
        values = pd.Series(found.to_numpy(dtype="float64", na_value=np.nan), name=name)
        wrong = cells.notna() & ~np.isfinite(values)
        if wrong.any():
            first = cells[wrong].iloc[0]
            where = self._where((cells == first).fillna(False))
            raise AnalysisError(
                f"Column '{name}' holds '{first}' ({where}), which is no number. Name cells that are no answer with "
                "--missing, and make a column of 0 and 1 for each word."
            )
        return values

    def words(self, name: str | None) -> pd.Series[str]:
        """Text, "" where a cell is empty, and everywhere without a name."""
        if name is None:
            return pd.Series("", index=range(self.rows), dtype="str")
        return self.cells(name).fillna("").astype("str")

    def holds(self, name: str, yes: Sequence[str]) -> pd.Series[bool]:
        """Whether a cell is one of `yes`, for the rows where it is not empty; 1 is the same as 1.0."""
        cells = self.cells(name).dropna()
        counted = pd.to_numeric(pd.Series(yes), errors="coerce").dropna()
        found = cells.isin(yes) | pd.to_numeric(cells, errors="coerce").isin(counted).fillna(False)
        if not found.any():
            held = "', '".join(sorted(cells.unique())[:DISTINCT])
            raise AnalysisError(f"No cell of '{name}' is '{yes[0]}'; it holds '{held}'. Say with --yes which count.")
        return found.astype(bool)

    def named(self, lists: Sequence[str]) -> list[str]:
        """The names in lists with commas; a name that itself has commas may stand alone."""
        known = set(self._table.cells.columns)
        found = [[one] if one in known else one.split(",") for one in lists]
        return [name.strip() for names in found for name in names if name.strip()]

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Columns of numbers."""
        return pd.DataFrame({name: self.numbers(name) for name in names}, index=range(self.rows))

    def refuse(self, name: str, wrong: pd.Series[bool], why: str) -> None:
        """Raises AnalysisError where a column is wrong in some row."""
        if wrong.any():
            raise AnalysisError(f"Column '{name}' {why} ({self._where(wrong)}).")

    def _where(self, wrong: pd.Series[bool]) -> str:
        return str(problems.in_rows(self._table.rows(wrong)))


Estimator = Callable[..., Iterator[Figure]]


def of_file(estimator: Estimator) -> Callable[..., None]:
    """A command's function from one that yields figures of columns: it reads the file, prints, and says what is wrong
    with the material in one sentence and exit code 1."""

    @click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
    @click.option("--missing", multiple=True, help="Cells that are no answer, like NA. May be given several times.")
    @click.option("--sheet", help="Of an Excel file; else its first.")
    @click.option("--separator", help="What parts the cells of a CSV file; else found from its first row.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON in place of text.")
    @functools.wraps(estimator)
    def command(
        file: Path, missing: Sequence[str], sheet: str | None, separator: str | None, as_json: bool, **asked: object
    ) -> None:
        try:
            columns = Columns(read_table(file, sheet=sheet, separator=separator), missing)
            found = list(estimator(columns, **asked))
        except (AnalysisError, UnreadableAnswers) as error:
            raise click.ClickException(str(error)) from error
        if not as_json:
            click.echo("\n".join([UNPROTECTED, f"{file.name}: {columns.rows} rows", *map(str, found)]))
            return
        content = {"note": UNPROTECTED, "file": file.name, "rows": columns.rows}
        figures = [figure.as_data() for figure in found]
        # The note stands on the first line here too.
        click.echo(json.dumps(content | {"figures": figures}, indent=1, ensure_ascii=False).replace("{\n ", "{", 1))

    return command


class Command(click.Command):
    def get_short_help_str(self, limit: int = 45) -> str:
        """The first paragraph, whole: the list of commands wraps it."""
        return " ".join((self.help or "").partition("\n\n")[0].split())


class Commands(click.Group):
    command_class = Command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
def main() -> None:
    """One statistic of a file of answers (CSV, Excel, SPSS, Parquet), in full precision, unprotected.

    Each line has a name, a value with its unit, the interval (95 %), the number of people, and below it the method
    with its source and what to take care of. docs/methods.md says what each is.
    """


GROUP = click.option("--group", help="The column of groups; empty for who came alone.")
DIRECTION = click.option(
    "--higher-is", type=click.Choice(["better", "worse"]), default="better", show_default=True, help="Which end is."
)
COVARIATES = click.option("--covariates", multiple=True, help="Columns of numbers known at the start: a,b,c.")
YES = click.option("--yes", multiple=True, default=("1",), show_default=True, help="Cells that count as yes.")


# --- change ----------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--start", required=True, help="The column of scores at the start.")
@click.option("--end", required=True, help="The column of scores at the end.")
@GROUP
@DIRECTION
@click.option("--reliability", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Of the score.")
@click.option(
    "--sd", type=click.FloatRange(0, min_open=True), help="At the start, of the people whose reliability it is."
)
@click.option("--step", type=click.FloatRange(0, min_open=True), help="The smallest difference between two scores.")
@click.option("--mean", type=float, help="Of all whom the starts come from; else of all starts in the file.")
@of_file
def change(
    columns: Columns,
    *,
    start: str,
    end: str,
    group: str | None,
    higher_is: Direction,
    reliability: float | None,
    sd: float | None,
    step: float | None,
    mean: float | None,
) -> Iterator[Figure]:
    """Change from start to end: mean, standardised, tested, and beside error and regression to the mean."""
    first, last, groups = columns.numbers(start), columns.numbers(end), columns.words(group)
    both = first.notna() & last.notna()
    if not both.any():
        raise AnalysisError(f"No row has a number in both '{start}' and '{end}', so there is no change.")
    pairs = pd.DataFrame({"start": first[both], "end": last[both], "group": groups[both]})
    yield from _means(mean_change(ChangeSummary.of(pairs["start"], pairs["end"], pairs["group"])))
    yield from _standardised(pairs)
    yield from _alike(pairs)
    yield from _tests(pairs)
    basis = _basis(reliability, sd, pairs["start"])
    if isinstance(basis, str):
        yield Figure(name="reliable_better", unit="share", n=len(pairs), reasons=(basis,))
        return
    yield from _reliable(pairs, basis, higher_is)
    yield from _by_error(basis, step, len(pairs))
    yield from _beyond_regression(pairs, basis, float(first.mean()) if mean is None else mean, higher_is)


def _means(found: MeanChange) -> Iterator[Figure]:
    for name, value in (("mean_start", found.mean_start), ("mean_end", found.mean_end)):
        yield Figure(name=name, value=value, unit="points", n=found.n, method=ENDS)
    yield Figure(
        name="change", value=found.change, unit="points", interval=found.interval, n=found.n, method=found.method,
        reasons=_one(found.reason),
    )  # fmt: skip


def _one(reason: str | None) -> tuple[str, ...]:
    return () if reason is None else (reason,)


def _standardised(pairs: pd.DataFrame) -> Iterator[Figure]:
    for name, by in SPREADS.items():
        found = standardised_change(pairs["start"], pairs["end"], by=by)
        yield Figure(
            name=name, value=found.corrected, unit="sd", interval=found.corrected_interval, n=found.n,
            method=f"{found.method}; Hedges' (1981) exact correction", reasons=found.reasons,
        )  # fmt: skip
        yield _told(f"{name}_uncorrected", found, "sd")


def _alike(pairs: pd.DataFrame) -> Iterator[Figure]:
    found = clustered_change(pairs["end"] - pairs["start"], pairs["group"])
    yield Figure(name="clusters", value=found.clusters, unit="count", n=found.n, method=found.method)
    yield Figure(
        name="icc", value=found.icc, unit="coefficient", interval=found.interval, n=found.n, method=found.method,
        reasons=found.reasons,
    )  # fmt: skip
    yield Figure(name="design_effect", value=found.design_effect, unit="ratio", n=found.n, method=found.method)


def _tests(pairs: pd.DataFrame) -> Iterator[Figure]:
    gained = pairs["end"] - pairs["start"]
    flips = sign_flip_test(gained, pairs["group"], generator=np.random.default_rng(SEED))
    yield Figure(
        name="sign_flip", value=flips.estimate, unit="points", p=flips.p, n=flips.n, method=flips.method,
        reasons=flips.reasons,
    )  # fmt: skip
    ranks = signed_rank_test(gained, zeros="pratt")
    yield Figure(
        name="signed_rank", value=ranks.rank_biserial, unit="coefficient", p=ranks.p, n=ranks.n, method=ranks.method,
        reasons=ranks.reasons,
    )  # fmt: skip


def _basis(reliability: float | None, sd: float | None, start: pd.Series[float]) -> ReliableBasis | str:
    """By what is given; the spread is that of the paired starts where it is not."""
    own = Moments.of(start)
    spread = own.sd if sd is None else sd
    if reliability is None or not spread:
        return "Not told: give --reliability of the score, and --sd of the people it comes from."
    given = Reference(sd=spread, reliability=reliability, source="given on the command line")
    return reliable_basis(given, own, None, "reflective")


def _reliable(pairs: pd.DataFrame, basis: ReliableBasis, higher_is: Direction) -> Iterator[Figure]:
    found = ReliableSummary.of(pairs["end"] - pairs["start"], basis, higher_is)
    for name, yes in zip(("better", "same", "worse"), found.counts, strict=True):
        yield _told(f"reliable_{name}", share(yes, len(pairs), method=RELIABLE))


def _by_error(basis: ReliableBasis, step: float | None, n: int) -> Iterator[Figure]:
    error, alone = error_from_reliability(basis), share_by_error(basis, step=step)
    yield Figure(name="sem", value=error.sem, unit="points", n=n, method=error.method)
    yield Figure(name="sdc", value=error.sdc, unit="points", n=n, method=error.method)
    yield Figure(
        name="share_by_error", value=alone.share, unit="share", n=n, method=alone.method, reasons=alone.reasons
    )


def _beyond_regression(
    pairs: pd.DataFrame, basis: ReliableBasis, mean: float, higher_is: Direction
) -> Iterator[Figure]:
    found = regression_to_mean(
        pairs["start"], pairs["end"], pairs["group"], mean=mean, basis=basis, higher_is=higher_is
    )
    yield Figure(name="regression_expected", value=found.expected, unit="points", n=found.n, method=found.method)
    yield Figure(
        name="regression_adjusted", value=found.adjusted, unit="points", interval=found.interval, n=found.n,
        method=found.method, reasons=found.reasons,
    )  # fmt: skip
    yield _told("regression_better", share(found.reliable.better, found.n, method=found.method))


# --- quality ---------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--items", required=True, multiple=True, help="The columns of answers: a,b,c.")
@click.option("--reverse", multiple=True, help="Those of them where a high answer counts as a low one.")
@click.option("--range", "ends", nargs=2, type=float, required=True, help="The lowest and highest possible answer.")
@click.option("--minimum-answered", type=click.IntRange(1), help="So many answers make a score; half if not said.")
@click.option("--formative", is_flag=True, help="The items need not go together.")
@of_file
def quality(
    columns: Columns,
    *,
    items: Sequence[str],
    reverse: Sequence[str],
    ends: tuple[float, float],
    minimum_answered: int | None,
    formative: bool,
) -> Iterator[Figure]:
    """How well items measure: alpha, omega, each item, the ends of the range, straight lines. A row for each person."""
    names, turned = columns.named(items), columns.named(reverse)
    key = _key(names, turned, ends, minimum_answered)
    answers = columns.frame(names)
    for name in names:
        outside = ~answers[name].between(*ends) & answers[name].notna()
        columns.refuse(name, outside, "has answers outside --range: give the lowest and the highest possible one")
    parts = item_parts(key, answers)
    measurement: Literal["formative", "reflective"] = "formative" if formative else "reflective"
    found = quality_of(parts, score_column(key, answers), range=key.range, measurement=measurement)
    yield from _consistency(found, len(answers))
    yield from _items(found, names)
    yield from _extremes(found, len(answers))
    lines = straight_lining(answers.to_numpy(), reverse=[name in turned for name in names])
    yield _straight(lines, len(answers))


def _key(names: Sequence[str], turned: Sequence[str], ends: tuple[float, float], minimum: int | None) -> DimensionKey:
    if not ends[0] < ends[1]:
        raise AnalysisError("--range takes the lowest possible answer first, and a higher one after it.")
    if strange := sorted(set(turned) - set(names)):
        raise AnalysisError(f"--reverse names '{strange[0]}', which is none of --items. Add it there, or leave it out.")
    items = tuple(ItemScore(name, ends[0], ends[1], name in turned) for name in names)
    return DimensionKey("items", items, minimum or (len(names) + 1) // 2, (0.0, 100.0))


def _consistency(found: Quality, n: int) -> Iterator[Figure]:
    if isinstance(found.consistency, str):
        yield Figure(name="alpha", unit="coefficient", n=n, reasons=(found.consistency,))
        return
    one, alpha = found.consistency, found.consistency.alpha
    complete = n if alpha is None else alpha.n
    yield Figure(
        name="alpha", value=None if alpha is None else alpha.value, unit="coefficient",
        interval=None if alpha is None else alpha.interval, n=complete, method=one.method, reasons=_one(one.reason),
    )  # fmt: skip
    yield Figure(name="alpha_standardised", value=one.standardised, unit="coefficient", n=complete, method=one.method)
    yield Figure(name="alpha_pairwise", value=one.pairwise, unit="coefficient", n=one.fewest, method=one.method)
    if not isinstance(found.omega, Omega):
        yield Figure(name="omega", unit="coefficient", n=complete, reasons=(found.omega,))
        return
    omega = found.omega
    yield Figure(
        name="omega", value=omega.value, unit="coefficient", interval=omega.interval, n=omega.n, method=omega.method
    )
    yield Figure(name="omega_of_observed", value=omega.of_observed, unit="coefficient", n=omega.n, method=omega.method)


def _items(found: Quality, names: Sequence[str]) -> Iterator[Figure]:
    if isinstance(found.items, str):
        return
    for name, one in zip(names, found.items, strict=True):
        yield Figure(
            name="item_total", about=name, value=one.correlation, unit="coefficient", n=one.n, method=one.method,
            reasons=_one(one.reason),
        )  # fmt: skip
        yield Figure(
            name="alpha_if_dropped", about=name, value=one.alpha_if_dropped, unit="coefficient", n=one.n,
            method="alpha of the other items (Cronbach 1951)",
        )  # fmt: skip


def _extremes(found: Quality, n: int) -> Iterator[Figure]:
    if isinstance(found.extremes, str):
        yield Figure(name="floor", unit="share", n=n, reasons=(found.extremes,))
        return
    for name, one in (("floor", found.extremes.floor), ("ceiling", found.extremes.ceiling)):
        yield Figure(
            name=name, value=one.share, unit="share", interval=one.interval, n=one.n, method=found.extremes.method
        )


def _straight(found: StraightLining | str, n: int) -> Figure:
    if isinstance(found, str):
        return Figure(name="straight_lining", unit="share", n=n, reasons=(found,))
    one = found.share
    return Figure(
        name="straight_lining", value=one.share, unit="share", interval=one.interval, n=one.n, method=found.method
    )


# --- two arms --------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--outcome", required=True, help="The column of what is compared, numbers.")
@click.option("--baseline", help="The same, measured at the start.")
@click.option("--arm", required=True, help="The column of arms, two different cells.")
@click.option("--intervention", default="intervention", show_default=True, help="The cell of the intervention arm.")
@GROUP
@COVARIATES
@click.option("--person", help="The column of pseudonyms that link participations.")
@click.option("--randomised", is_flag=True, help="Chance alone decided who came into which arm.")
@of_file
def compare(
    columns: Columns,
    *,
    outcome: str,
    baseline: str | None,
    arm: str,
    intervention: str,
    group: str | None,
    covariates: Sequence[str],
    person: str | None,
    randomised: bool,
) -> Iterator[Figure]:
    """Two arms side by side: the same difference by several estimators, and what the design can carry."""
    known = columns.named(covariates)
    found = arms.compare(
        columns.numbers(outcome),
        _arm(columns, arm, intervention),
        randomised=randomised,
        baseline=None if baseline is None else columns.numbers(baseline),
        covariates=columns.frame(known) if known else None,
        group=None if group is None else columns.words(group),
        person=None if person is None else columns.words(person),
    )
    for one in found.differences:
        yield from _difference(one)
    if found.e_value is not None:
        yield Figure(
            name="e_value", value=found.e_value.estimate, unit="ratio", n=found.n, method="VanderWeele & Ding (2017)"
        )
    left_out = ((found.incomplete, "incomplete"), (len(found.crossovers), "crossovers"))
    for count, name in left_out:
        yield Figure(name=name, value=count, unit="count", n=found.n)
    says_nothing = f"Left out, as they say nothing beyond the others: {', '.join(found.redundant)}."
    yield Figure(name="carries", n=found.n, reasons=(found.carries, *((says_nothing,) if found.redundant else ())))


def _arm(columns: Columns, name: str, intervention: str) -> pd.Series[str]:
    words = columns.words(name)
    columns.refuse(name, words == "", "does not say the arm of everybody")
    different = sorted(set(words))
    if intervention not in different or len(different) != 2:
        held = "', '".join(different[:DISTINCT])
        raise AnalysisError(
            f"Column '{name}' holds '{held}'. It takes two different cells, of which --intervention names that of the "
            f"intervention arm (now '{intervention}')."
        )
    return pd.Series(np.where(words == intervention, *arms.ARMS), index=words.index, dtype="str")


def _difference(one: arms.Difference) -> Iterator[Figure]:
    about = METHOD_NAMES[one.name]
    yield Figure(
        name="difference", about=about, value=one.estimate, unit="points", interval=one.interval, n=one.n,
        method=one.method, reasons=(*_one(one.reason), one.estimand),
    )  # fmt: skip
    # At equal start values, and of changes, nothing is weighted.
    if one.estimate is not None and one.effective is not None and one.name not in (arms.ANCOVA, arms.CHANGES):
        yield Figure(name="imbalance", about=about, value=one.imbalance, unit="sd", n=one.n, method=STUART)
        yield Figure(
            name="effective_n", about=about, value=min(one.effective), unit="count", n=one.n, method="Kish (1965)"
        )


STUART = "largest standardised difference of a start value that is left, without its sign (Stuart 2010, section 4.1)"


@main.command()
@click.option("--outcome", required=True, help="The column that says whether it was reached.")
@click.option("--by", required=True, help="The column of groups, two or more different cells.")
@YES
@of_file
def shares(columns: Columns, *, outcome: str, by: str, yes: Sequence[str]) -> Iterator[Figure]:
    """The share of each group that reached something; of two groups, the first less the second, and their ratio.

    Groups come in the order in which the file names them first.
    """
    reached = columns.holds(outcome, yes)
    groups = columns.cells(by)[reached.index].dropna()
    splits = {name: Split.of(reached[groups.index][groups == name]) for name in groups.unique()}
    for name, split in splits.items():
        yield _told("share", share(split.yes, sum(split.counts)), about=name)
    if len(splits) == 2:
        (first, one), (second, other) = splits.items()
        about = f"{first}, {second}"
        yield _told("share_difference", share_difference(one, other), "share", about)
        yield _told("share_ratio", share_ratio(one, other), "ratio", about)


# --- who stayed ------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--start", required=True, help="The column of scores at the start.")
@click.option("--end", required=True, help="The column of scores at the end.")
@GROUP
@COVARIATES
@of_file
def attrition(
    columns: Columns, *, start: str, end: str, group: str | None, covariates: Sequence[str]
) -> Iterator[Figure]:
    """Who stayed from start to end, how they differ from those who left, and the change had all stayed."""
    first, last, groups = columns.numbers(start), columns.numbers(end), columns.words(group)
    linkage = Linkage.of(first.notna(), last.notna())
    yield _told("retention", linkage.retention)
    yield _told("linkage", linkage.linkage)
    asked = first.notna()
    known, stayed = columns.frame([start, *columns.named(covariates)])[asked], last[asked].notna()
    for one in baseline_differences(known, stayed):
        yield _told("stayed_smd", one, "sd", one.covariate)
    odds = staying(known, stayed, groups[asked])
    sides = (odds.stayed, odds.n - odds.stayed)
    for ratio in odds.estimates:
        yield Figure(
            name="stayed_odds", about=ratio.covariate, value=ratio.estimate, unit="ratio", interval=ratio.interval,
            n=sides, method=odds.method, reasons=odds.reasons,
        )  # fmt: skip
    if not odds.estimates:
        yield Figure(name="stayed_odds", unit="ratio", n=sides, method=odds.method, reasons=odds.reasons)
    yield from _weighted(first[asked], last[asked], known, groups[asked])


def _weighted(
    start: pd.Series[float], end: pd.Series[float], known: pd.DataFrame, groups: pd.Series[str]
) -> Iterator[Figure]:
    found = weighted_change(start, end, known, groups)
    plain = found.complete
    if plain is not None:
        yield Figure(
            name="complete_case", value=plain.change, unit="points", interval=plain.interval, n=plain.n,
            method=plain.method, reasons=_one(plain.reason),
        )  # fmt: skip
    n = 0 if plain is None else plain.n
    yield Figure(
        name="weighted", value=found.estimate, unit="points", interval=found.interval, n=(n, found.n - n),
        method=found.method, reasons=found.reasons,
    )  # fmt: skip
    yield Figure(name="weighted_effective_n", value=found.effective_n, unit="count", n=n, method="Kish (1965)")


# --- units and time --------------------------------------------------------------------------------------------------


@main.command()
@click.option("--unit", required=True, help="The column of units, a row for each.")
@click.option("--yes", required=True, help="The column of how many clients of the unit reached it.")
@click.option("--n", "clients", required=True, help="The column of how many clients there were.")
@of_file
def funnel(columns: Columns, *, unit: str, yes: str, clients: str) -> Iterator[Figure]:
    """Units' shares in a funnel, in the order of the file, which is no ranking: `p` is the exact probability of a share
    as far on its side of that of all, or further."""
    names, reached, sizes = columns.words(unit), columns.numbers(yes), columns.numbers(clients)
    columns.refuse(unit, (names == "") | names.duplicated(keep=False), "must have a name of its own in each row")
    whole = (reached == reached.round()) & (sizes == sizes.round())
    columns.refuse(yes, ~(whole & reached.between(0, sizes)), f"must count people, from 0 to '{clients}'")
    found = funnel_of(
        {name: Split(yes=int(k), no=int(n - k)) for name, k, n in zip(names, reached, sizes, strict=True)}
    )
    yield Figure(
        name="share", about="all", value=found.estimate, unit="share", n=found.n, method=found.method,
        reasons=found.reasons,
    )  # fmt: skip
    yield Figure(name="overdispersion", value=found.phi, unit="ratio", n=found.n, method=found.method)
    for one in found.units:
        yield from _unit(one, found.method)


def _unit(one: FunnelUnit, method: str) -> Iterator[Figure]:
    yield Figure(name="share", about=one.unit, value=one.share, unit="share", p=one.tail, n=one.n, method=method)
    yield Figure(name="z", about=one.unit, value=one.z, unit="sd", n=one.n, method=method)
    for allowing, limits in one.limits.items():
        for level in LEVELS:
            outside = one.outside(level, allowing)
            yield Figure(
                name=f"limits_{level:.1%}", about=f"{one.unit} ({allowing})", value=one.share, unit="share",
                interval=limits[level], n=one.n, method=method,
                reasons=("The share lies outside these limits.",) if outside else (),
            )  # fmt: skip


@main.command()
@click.option("--days", required=True, help="The column of days from the start until work, or until last contact.")
@click.option("--employed", required=True, help="The column that says which of the two.")
@click.option("--at", multiple=True, type=click.FloatRange(0), help="A day to tell the share in work by.")
@YES
@of_file
def durations(
    columns: Columns, *, days: str, employed: str, at: Sequence[float], yes: Sequence[str]
) -> Iterator[Figure]:
    """How long it took until work, when some had none yet when last heard of."""
    length, found_work = columns.numbers(days), columns.holds(employed, yes)
    columns.refuse(days, length < 0, "must count days from the start, 0 or more")
    known = length.loc[found_work.index]
    found = time_to_employment(known, found_work, at=at)
    yield Figure(name="found_work", value=found.events, unit="count", n=found.n, method=found.method)
    yield Figure(
        name="median_days", value=found.median, unit="days", interval=found.interval, n=found.n, method=found.method,
        reasons=found.reasons,
    )  # fmt: skip
    for one in found.at:
        ends = one.interval
        yield Figure(
            name="in_work_by", about=f"{one.day:g}", value=None if one.estimate is None else 1 - one.estimate,
            unit="share", interval=None if ends is None else (1 - ends[1], 1 - ends[0]), n=found.n,
            method=found.method, reasons=one.reasons,
        )  # fmt: skip


if __name__ == "__main__":
    main(prog_name="python -m analysis")
