"""What may leave the analyst's machine. `Release` alone makes `Protected` values, and renderers take nothing else.

A cell too small climbs: the row of a service shows the figure of its kind, or that of all services, or none, and
says so. Rounding is done here and nowhere else.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from analysis.change import (
    FEW_GROUPS,
    GIVES_AWAY,
    ChangeSummary,
    Grouped,
    Mergeable,
    Moments,
    ReliableBasis,
    ReliableSummary,
    mean_change,
    merged,
    uncertainty,
)
from analysis.flows import Flow, Path
from analysis.linked import choose, crossed
from analysis.outcomes import Choices, Count, Split, Submitted, wilson
from analysis.statistic import Sheet, Statistic, Unit
from analysis.suppression import Level, Place, Units, across, showable, with_parents
from survey.marking import _
from survey.model import Text

CLIMBED_TO_KIND = _(
    "A number behind the row's own figure is under {count} (under {mean} for means), or one that is could be worked "
    "out from it: figures of the kind of service."
)
CLIMBED_TO_ALL = _(
    "A number behind the row's own figure is under {count} (under {mean} for means), or one that is could be worked "
    "out from it: figures of all services."
)
CLIMBED_TO_CONTRACT = _(
    "A number behind the row's own figure is under {count} (under {mean} for means), or one that is could be worked "
    "out from it: figures of the contract."
)
CLIMBED_TO: Mapping[Level, str] = {
    "contract": CLIMBED_TO_CONTRACT,
    "kind": CLIMBED_TO_KIND,
    "all": CLIMBED_TO_ALL,
}
WITHHELD = _(
    "Withheld: a number behind the figure is under {count} (under {mean} for means) even for all services together, or "
    "one that is could be worked out from it."
)

KEPT_FIRST = ("contract", "provider", "service", "kind", "all")
"""Which figures go first where some must, so that no small number can be worked out."""
TOO_FEW_BEHIND = _("Withheld: a number behind the figure is under {count} (under {mean} for means).")
DECIMALS: Mapping[Unit, int] = {
    "points": 1, "sd": 2, "share": 2, "ratio": 2, "coefficient": 2, "count": 0, "days": 0, "square": 3, "euros": 0,
}  # fmt: skip
"""To how many decimals a figure of a sheet is rounded; a share so is in whole per cent."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The thresholds: people in each count shown, people behind a mean (outside the largest group, for its interval),
    and clusters behind an interval. Decimals are fixed in the figures."""

    minimum_count: int = 5
    minimum_mean: int = 10
    minimum_clusters: int = 3

    @property
    def thresholds(self) -> Mapping[str, int]:
        """What the gaps in a reason are filled with."""
        return {"count": self.minimum_count, "mean": self.minimum_mean}

    def allows_interval(self, values: Grouped) -> bool:
        """With one or two clusters, or next to nobody outside a group, an interval gives the means of groups away."""
        return values.clusters >= self.minimum_clusters and values.outside_largest >= self.minimum_mean


# --- figures: rounded ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ChangeFigures:
    """A mean change, rounded: points to one decimal, the standardised change to two."""

    n_pairs: int
    mean_start: float
    mean_end: float
    change: float
    interval: tuple[float, float] | None
    rough: bool
    clusters: int
    standardised: float | None
    method: str
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ReliableFigures:
    """Whole percentages of those who changed reliably, or not; `same` and `worse` are None where they may only be
    shown as one, `not_better`."""

    n: int
    better: int
    not_better: int
    same: int | None
    worse: int | None


@dataclass(frozen=True, kw_only=True)
class ShareFigures:
    """A share in whole per cent, with its interval."""

    n: int
    yes: int
    percent: int
    interval: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class MeanFigures:
    """A mean at one wave, to one decimal."""

    n: int
    mean: float


@dataclass(frozen=True, kw_only=True)
class ScoreFigures:
    """A mean at one wave with its interval, to one decimal. `reason`: why there is none, or why it is rough."""

    n: int
    mean: float
    interval: tuple[float, float] | None
    rough: bool
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class ChoiceFigures:
    """How many chose each of some answers, and the shares in whole per cent."""

    n: int
    chosen: tuple[int, ...]
    percents: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class CountFigures:
    """A number of people, or of the submissions of enough people."""

    n: int


@dataclass(frozen=True, kw_only=True)
class BasisFigures:
    """What reliable change is judged by: points to one decimal, the reliability to two."""

    sd: float
    reliability: float
    threshold: float
    source: str
    provisional: bool
    interval: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class StatisticFigures:
    """A figure of a sheet, rounded as `DECIMALS` says; `reasons` why there is none or no interval, or why to take it
    with care."""

    n: int | None
    beside: int | None
    value: float | None
    interval: tuple[float, float] | None
    p: float | None
    adjusted: float | None
    reasons: tuple[str, ...]


# --- release ---------------------------------------------------------------------------------------------------------

S = TypeVar("S", bound=Mergeable)
T = TypeVar(
    "T",
    ChangeFigures,
    ReliableFigures,
    ShareFigures,
    MeanFigures,
    ScoreFigures,
    ChoiceFigures,
    CountFigures,
    BasisFigures,
    StatisticFigures,
)
_SEAL = object()


class Protected(Generic[T]):
    """A figure that may be shown: for the row of `place`, that of `shown` (itself or wider), or None with a reason."""

    __slots__ = ("figures", "place", "reason", "shown")

    place: Place
    shown: Place | None
    figures: T | None
    reason: str | None
    """Its gaps are for `Policy.thresholds`."""

    def __init__(
        self, *, seal: object, place: Place, shown: Place | None, figures: T | None, reason: str | None
    ) -> None:
        if seal is not _SEAL:
            raise TypeError("only Release makes protected figures")
        self.place, self.shown, self.figures, self.reason = place, shown, figures, reason


@dataclass(frozen=True, kw_only=True)
class ChoiceRows:
    """Shares of the answers of one question: of those in `answers` (by their places), and of all others as one answer
    after them where `others` says so."""

    answers: tuple[int, ...]
    others: bool
    rows: Mapping[Place, Protected[ChoiceFigures]]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A number, and the parts that it falls into."""

    whole: Protected[CountFigures]
    parts: Mapping[str, Protected[CountFigures]]


@dataclass(frozen=True, kw_only=True)
class ReleasedRow:
    """A figure that may be shown, and what it is: `name` and `about` for data, `title`, `subject`, `under` and
    `of` for readers, as in `analysis.statistic.Statistic`."""

    name: str
    title: str
    about: str
    subject: Text | None
    under: str
    of: str
    unit: Unit
    method: str
    cell: Protected[StatisticFigures]


@dataclass(frozen=True, kw_only=True)
class ReleasedSheet:
    """Figures under one heading, each protected by itself: none of them is a part of another."""

    id: str
    title: str
    words: tuple[str, ...]
    rows: tuple[ReleasedRow, ...]


@dataclass(frozen=True, kw_only=True)
class ReleasedFlow:
    """Numbers of people by status at each of some times (by their places), and of those who went from one status at a
    time to one at the next."""

    times: tuple[str, ...]
    statuses: tuple[str, ...]
    at: Mapping[tuple[int, str], Protected[CountFigures]]
    steps: Mapping[tuple[int, str, str], Protected[CountFigures]]


@dataclass(frozen=True, kw_only=True)
class Release:
    """Makes protected tables: one row for each service given, each of their kinds, and all of an arm.

    With `units`, also one for each provider and contract of these services. They lie across kinds, so what is shown is
    then chosen over both hierarchies at once.
    """

    policy: Policy = Policy()
    units: Units = field(default_factory=dict)

    def changes(self, cells: Mapping[Place, ChangeSummary]) -> Mapping[Place, Protected[ChangeFigures]]:
        """Mean changes: a mean needs more people than a count."""
        return self._protect(
            cells,
            self.policy.minimum_mean,
            lambda summary: _change_figures(summary, self.policy),
            lambda summary: _varied(summary.start, summary.end),
        )

    def reliable(self, cells: Mapping[Place, ReliableSummary]) -> Mapping[Place, Protected[ReliableFigures]]:
        """Reliable change: better or not must be enough people each; and same and worse, to be told apart.

        Where the two are told apart the others are shown as well, so fewer places than would pass by themselves are:
        that only merges remainders, which stay safe.
        """
        minimum = self.policy.minimum_count
        two = self._shown({place: (s.better, s.same + s.worse) for place, s in cells.items()}, minimum)
        three = two & self._shown({place: s.counts for place, s in cells.items()}, minimum)
        figures = {p: _reliable_figures(self._inside(p, cells), apart=p in three) for p in two}
        return {place: self._row(place, figures) for place in self._places(cells)}

    def shares(self, cells: Mapping[Place, Split]) -> Mapping[Place, Protected[ShareFigures]]:
        """Shares: both those of whom it holds and the others must be enough."""
        return self._protect(cells, self.policy.minimum_count, _share_figures)

    def answers(self, cells: Mapping[Place, Split]) -> Mapping[Place, Protected[ShareFigures]]:
        """Shares of those who answered. Only their number must be enough: that somebody did not answer is no secret."""
        return self._protect(cells, self.policy.minimum_count, _share_figures, lambda split: (split.yes,))

    def means(self, cells: Mapping[Place, Moments]) -> Mapping[Place, Protected[MeanFigures]]:
        """Means at one wave."""
        return self._protect(cells, self.policy.minimum_mean, _mean_figures, lambda values: _varied(values))

    def scores(self, cells: Mapping[Place, Grouped]) -> Mapping[Place, Protected[ScoreFigures]]:
        """Means at one wave with intervals, which hang on the groups as those of changes do."""
        return self._protect(
            cells,
            self.policy.minimum_mean,
            lambda values: _score_figures(values, self.policy),
            lambda values: _varied(merged([values.alone, *values.groups.values()])),
        )

    def choices(self, cells: Mapping[Place, Choices]) -> ChoiceRows:
        """Shares of the answers of a question, in one table: who knows all but one answer's number knows that too.

        Answers of too few in the intervention (all services together) stand in no row: as one with other answers
        where everybody chose one, else not at all.
        """
        answers = _kept(merged(_intervention(cells)), self.policy.minimum_count) if cells else ()
        if not answers:
            none: Mapping[Place, ChoiceFigures] = {}
            rows = {place: self._row(place, none) for place in self._places(cells)}
            return ChoiceRows(answers=(), others=False, rows=rows)
        others = any(cell.one and len(answers) < len(cell.chosen) for cell in cells.values())
        told = {place: cell.of_these(answers) for place, cell in cells.items()}
        return ChoiceRows(
            answers=answers, others=others, rows=self._protect(told, self.policy.minimum_count, _choice_figures)
        )

    def steps(self, cells: Mapping[Place, Choices]) -> Mapping[Place, Protected[ChoiceFigures]]:
        """Shares of the steps of a question whose mean is shown too: of all steps, or none. Beside a mean, two steps
        told as one would be told apart."""
        return self._protect(cells, self.policy.minimum_count, _choice_figures)

    def parts(self, cells: Mapping[str, Submitted]) -> Parts:
        """Numbers of submissions by something that parts them, with their sum: none too small, and none that the
        others leave over. A part that is hidden has no wider one to show."""
        places = {name: Place(kind=name) for name in cells}
        shown = showable({places[name]: cell.counts for name, cell in cells.items()}, self.policy.minimum_count)

        def cell(place: Place, cells: list[Submitted]) -> Protected[CountFigures]:
            figures = CountFigures(n=sum(cell.n for cell in cells)) if place in shown else None
            reason = None if figures else WITHHELD
            there = Place() if figures else None
            return Protected(seal=_SEAL, place=Place(), shown=there, figures=figures, reason=reason)

        return Parts(
            whole=cell(Place(), [*cells.values()]),
            parts={name: cell(place, [cells[name]]) for name, place in places.items()},
        )

    def basis(self, basis: ReliableBasis | str) -> Protected[BasisFigures]:
        """A reference is public; a provisional basis rests on 100 people or more. A reason stands for none."""
        if isinstance(basis, str):
            return Protected(seal=_SEAL, place=Place(), shown=None, figures=None, reason=basis)
        figures = BasisFigures(
            sd=_tidy(basis.sd, 1),
            reliability=_tidy(basis.reliability, 2),
            threshold=_tidy(basis.threshold, 1),
            source=basis.source,
            provisional=basis.provisional,
            interval=None if basis.interval is None else (_tidy(basis.interval[0], 2), _tidy(basis.interval[1], 2)),
        )
        return Protected(seal=_SEAL, place=Place(), shown=Place(), figures=figures, reason=None)

    def sheet(self, sheet: Sheet) -> ReleasedSheet:
        """Figures of many sorts about all of some people. Each must rest on enough of them, and on enough on each side
        that it tells apart; an interval must not give a group away."""
        rows = tuple(
            ReleasedRow(
                name=row.name,
                title=row.title,
                about=row.about,
                subject=row.subject,
                under=row.under,
                of=row.of,
                unit=row.unit,
                method=row.method,
                cell=self._statistic(row),
            )
            for row in sheet.rows
        )
        return ReleasedSheet(id=sheet.id, title=sheet.title, words=sheet.words, rows=rows)

    def _statistic(self, row: Statistic) -> Protected[StatisticFigures]:
        minimum = self.policy.minimum_mean if row.needs == "mean" else self.policy.minimum_count
        told = row.value is not None
        few = 0 < row.rest < minimum or min(row.counts, default=minimum) < self.policy.minimum_count
        enough = row.n >= minimum and (row.beside is None or row.beside >= minimum)
        if told and (few or not enough):
            return Protected(seal=_SEAL, place=Place(), shown=None, figures=None, reason=TOO_FEW_BEHIND)
        figures = _statistic_figures(row, self.policy, enough=enough)
        return Protected(seal=_SEAL, place=Place(), shown=Place(), figures=figures, reason=None)

    def flow(self, flow: Flow) -> ReleasedFlow:
        """How many were where and went where: margins before steps, larger before smaller. No number too small, and
        none that all those shown, with what other tables tell, would give away."""
        figures: dict[tuple[int, str] | tuple[int, str, str], list[frozenset[Path]]] = {}
        for time in range(len(flow.times)):
            figures |= {(time, status): [flow.at(time, status)] for status in flow.statuses if flow.at(time, status)}
        for time in range(len(flow.times) - 1):
            for start, end in itertools.product(flow.statuses, repeat=2):
                if flow.step(time, start, end):
                    figures[time, start, end] = [flow.step(time, start, end)]
        found = choose(
            flow.paths,
            figures,
            self.policy.minimum_count,
            prefer=lambda figure: float(len(figure) == 2),
            known=flow.told,
        )
        cells = {
            figure: self._counted(sum(flow.paths[path] for path in sets[0]) if figure in found.shown else None)
            for figure, sets in figures.items()
        }
        return ReleasedFlow(
            times=flow.times,
            statuses=flow.statuses,
            at={key: cell for key, cell in cells.items() if len(key) == 2},
            steps={key: cell for key, cell in cells.items() if len(key) == 3},
        )

    def _counted(self, n: int | None) -> Protected[CountFigures]:
        return Protected(
            seal=_SEAL,
            place=Place(),
            shown=None if n is None else Place(),
            figures=None if n is None else CountFigures(n=n),
            reason=TOO_FEW_BEHIND if n is None else None,
        )

    def numbers(self, cells: Mapping[Place, Count]) -> Mapping[Place, Protected[CountFigures]]:
        """Plain numbers of people."""
        return self._protect(cells, self.policy.minimum_count, _count_figures)

    # --- which cells may be shown ------------------------------------------------------------------------------------

    def _protect(
        self,
        cells: Mapping[Place, S],
        minimum: int,
        finish: Callable[[S], T],
        counts: Callable[[S], tuple[int, ...]] = lambda summary: summary.counts,
    ) -> Mapping[Place, Protected[T]]:
        shown = self._shown({place: counts(summary) for place, summary in cells.items()}, minimum)
        figures = {p: finish(self._inside(p, cells)) for p in shown}
        return {place: self._row(place, figures) for place in self._places(cells)}

    def _places(self, cells: Iterable[Place]) -> tuple[Place, ...]:
        services = [*cells]
        return (*with_parents(services), *across(services, self.units))

    def _members(self, place: Place, cells: Iterable[Place]) -> frozenset[Place]:
        """The services within a place."""
        return frozenset(s for s in cells if place.holds(s)) | across(cells, self.units).get(place, frozenset())

    def _inside(self, place: Place, cells: Mapping[Place, S]) -> S:
        members = self._members(place, cells)
        return merged(summary for service, summary in cells.items() if service in members)

    def _row(self, place: Place, figures: Mapping[Place, T]) -> Protected[T]:
        """The figures of a place, or of the narrowest wider one that has some: the contract, the kind, all."""
        wider: tuple[Place, ...] = place.parents
        contract = self.units.get(place.service or "", ("", None))[1]
        if contract is not None:
            wider = (Place(arm=place.arm, contract=contract), *wider)
        shown = next((p for p in (place, *wider) if p in figures), None)
        if shown is None:
            why = WITHHELD if place.parents or place.level == "all" else TOO_FEW_BEHIND
            return Protected(seal=_SEAL, place=place, shown=None, figures=None, reason=why)
        reason = None if shown == place else CLIMBED_TO[shown.level]
        return Protected(seal=_SEAL, place=place, shown=shown, figures=figures[shown], reason=reason)

    def _shown(self, counts: Mapping[Place, tuple[int, ...]], minimum: int) -> frozenset[Place]:
        """Which places may be shown. Where providers or contracts cut through kinds, of both hierarchies at once:
        services, kinds and all are kept before them."""
        units = across(counts, self.units)
        nested = {place: frozenset(s for s in counts if place.holds(s)) for place in with_parents(counts)}
        if set(units.values()) <= set(nested.values()):
            shown = showable(counts, minimum)
            told = {nested[place] for place in shown}
            return shown | {unit for unit, members in units.items() if members in told}
        cells, figures = crossed(counts, {**nested, **units})
        return choose(cells, figures, minimum, prefer=lambda place: KEPT_FIRST.index(place.level)).shown


def _varied(*values: Moments) -> tuple[int]:
    """The number of people, or nobody where they all have the same value: its mean would tell what each of them said.
    Who is alone says nothing about that."""
    n = values[0].n
    return (n if n == 1 or all(one.sd for one in values) else 0,)


def _intervention(cells: Mapping[Place, S]) -> list[S]:
    """The summaries of the intervention, or of all where there is none."""
    return [cell for place, cell in cells.items() if place.arm == "intervention"] or [*cells.values()]


def _kept(choices: Choices, minimum: int) -> tuple[int, ...]:
    """The places of the answers that may stand alone, in their order. Where everybody chose one, those that are left
    must together be enough as well."""
    enough = [n for n, chosen in enumerate(choices.chosen) if chosen >= minimum]
    if not choices.one:
        return tuple(n for n in enough if choices.n - choices.chosen[n] >= minimum)
    kept = sorted(enough, key=lambda n: (choices.chosen[n], -n))
    while kept and len(kept) < len(choices.chosen) and choices.n - sum(choices.chosen[n] for n in kept) < minimum:
        kept.pop(0)
    return tuple(sorted(kept))


def _change_figures(summary: ChangeSummary, policy: Policy) -> ChangeFigures:
    change = mean_change(summary)
    interval = change.interval if policy.allows_interval(summary.change) else None
    gives_away = interval is None and change.interval is not None
    return ChangeFigures(
        n_pairs=change.n,
        mean_start=_tidy(change.mean_start, 1),
        mean_end=_tidy(change.mean_end, 1),
        change=_tidy(change.change, 1),
        interval=None if interval is None else (_tidy(interval[0], 1), _tidy(interval[1], 1)),
        rough=interval is not None and change.rough,
        clusters=change.clusters,
        standardised=None if change.standardised is None else _tidy(change.standardised, 2),
        method=change.method,
        reason=GIVES_AWAY if gives_away else change.reason,
    )


def _reliable_figures(summary: ReliableSummary, *, apart: bool) -> ReliableFigures:
    n = sum(summary.counts)
    return ReliableFigures(
        n=n,
        better=_share_of(summary.better, n),
        not_better=_share_of(summary.same + summary.worse, n),
        same=_share_of(summary.same, n) if apart else None,
        worse=_share_of(summary.worse, n) if apart else None,
    )


def _share_figures(split: Split) -> ShareFigures:
    n = split.yes + split.no
    low, high = wilson(split.yes, n)
    return ShareFigures(n=n, yes=split.yes, percent=_share_of(split.yes, n), interval=(_percent(low), _percent(high)))


def _mean_figures(moments: Moments) -> MeanFigures:
    return MeanFigures(n=moments.n, mean=_tidy(moments.mean, 1))


def _score_figures(values: Grouped, policy: Policy) -> ScoreFigures:
    found = uncertainty(values, values.mean) if policy.allows_interval(values) else None
    low, high = (0.0, 0.0) if found is None else found.interval
    return ScoreFigures(
        n=values.n,
        mean=_tidy(values.mean, 1),
        interval=None if found is None else (_tidy(low, 1), _tidy(high, 1)),
        rough=found is not None and found.rough,
        reason=GIVES_AWAY if found is None else FEW_GROUPS if found.rough else None,
    )


def _choice_figures(choices: Choices) -> ChoiceFigures:
    percents = tuple(_share_of(chosen, choices.n) for chosen in choices.chosen)
    return ChoiceFigures(n=choices.n, chosen=choices.chosen, percents=percents)


def _count_figures(count: Count) -> CountFigures:
    return CountFigures(n=count.n)


def _statistic_figures(row: Statistic, policy: Policy, *, enough: bool) -> StatisticFigures:
    """Rounded. Of too few people not even how many they are is told."""
    decimals = DECIMALS[row.unit]
    gives_away = row.interval is not None and row.groups is not None and not policy.allows_interval(row.groups)
    interval = None if gives_away or row.interval is None else row.interval
    return StatisticFigures(
        n=row.n if enough else None,
        beside=row.beside if enough else None,
        value=None if row.value is None else _tidy(row.value, decimals),
        interval=None if interval is None else (_tidy(interval[0], decimals), _tidy(interval[1], decimals)),
        p=None if row.p is None else _tidy(row.p, 3),
        adjusted=None if row.adjusted is None else _tidy(row.adjusted, 3),
        reasons=(*((GIVES_AWAY,) if gives_away else ()), *row.reasons),
    )


def _share_of(count: int, n: int) -> int:
    """A share in whole per cent, half up, exactly."""
    return (200 * count + n) // (2 * n)


def _percent(share: float) -> int:
    return math.floor(100 * share + 0.5)


def _tidy(value: float, decimals: int) -> float:
    """Rounded, and without a minus before zero. What the order of adding leaves behind decides no tie."""
    return round(round(value, 9), decimals) + 0.0
