"""The page's parts about change: what was found in short, the overview, and a section for each dimension."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from analysis.disclosure import ChangeFigures, Protected, ReliableFigures
from analysis.findings import MeasureTable
from analysis.page_depth import DepthWriter
from analysis.plots import Axis, Caption, ChangeRow, Verdict, change_plot, start_end_plot
from analysis.suppression import Place
from analysis.writer import Columns, Row, Table, Writer
from survey.marking import _

VERDICTS: Mapping[Verdict, str] = {
    "better": _("Better"),
    "worse": _("Worse"),
    "unclear": _("Cannot be told from chance"),
}
SENTENCES: Mapping[Verdict, str] = {
    "better": _(
        "The mean moved from {start} to {end}: {change} points for the better (95% interval {interval}). "
        "The interval does not include zero, so chance alone is an unlikely explanation."
    ),
    "worse": _(
        "The mean moved from {start} to {end}: {change} points for the worse (95% interval {interval}). "
        "The interval does not include zero, so chance alone is an unlikely explanation."
    ),
    "unclear": _(
        "The mean was {start} at the start and {end} at the end: {change} points (95% interval {interval}). "
        "The interval includes zero: no change can be told from chance."
    ),
}
ROUGH_SENTENCES: Mapping[Verdict, str] = {
    "better": _(
        "The mean moved from {start} to {end}: {change} points for the better (95% interval {interval}). "
        "The groups are few or very unequal, so the interval is rough: this is not yet a finding to lean on."
    ),
    "worse": _(
        "The mean moved from {start} to {end}: {change} points for the worse (95% interval {interval}). "
        "The groups are few or very unequal, so the interval is rough: this is not yet a finding to lean on."
    ),
    "unclear": _(
        "The mean was {start} at the start and {end} at the end: {change} points (95% interval {interval}). "
        "The groups are few or very unequal, so the interval is rough; it includes zero: no change can be told from "
        "chance."
    ),
}
PROVISIONAL = _(
    "Provisional: judged by this data's own start scores (standard deviation {sd}, alpha {reliability}, "
    "95% interval {interval}), until the dimension has a reference. "
    "A change is reliable beyond {threshold} points."
)
REFERENCE = _(
    "A change is reliable beyond {threshold} points (standard deviation {sd}, reliability {reliability}; "
    "source: {source})."
)
TOGETHER = _("\u2013: the two are not told apart, as too few stayed the same or got worse, or it could be worked out.")
NO_INTERVAL = _("There is no interval.")
LOWER_IS_BETTER = _("A lower score is better.")


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A picture and its visible title."""

    title: str
    svg: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One dimension in the summary."""

    id: str
    title: str
    verdict: Verdict | None
    badge: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class DimensionPart:
    """The section of one dimension."""

    id: str
    title: str
    notes: tuple[str, ...]
    plot: Plot | None
    table: Table
    reliable: Table | None
    reliable_notes: tuple[str, ...]
    depth: tuple[Table, ...]


def verdict(figures: ChangeFigures, table: MeasureTable) -> Verdict:
    """Whether a change is for the better or the worse, or cannot be told from chance by its (rounded) interval."""
    if figures.interval is None or figures.interval[0] <= 0 <= figures.interval[1]:
        return "unclear"
    rises = figures.change > 0
    return "better" if rises == (table.measure.definition.higher_is == "better") else "worse"


class ChangeWriter(Writer):
    """Writes what changed."""

    def title(self, table: MeasureTable) -> str:
        return self.from_where(self._title(table), table.measure.origin, self._among)

    @functools.cached_property
    def _among(self) -> Collection[tuple[str, str]]:
        every = [table for findings in self.tables.everyone for table in findings.measures]
        return {(self._title(table), table.measure.origin) for table in every}

    def _title(self, table: MeasureTable) -> str:
        return self.titled(table.measure.definition.title, table.versions)

    def finding(self, table: MeasureTable) -> Finding:
        words, cell = self.words, table.changes.get(Place())
        figures = None if cell is None else cell.figures
        common = {"id": _id(table), "title": self.title(table)}
        if figures is None:
            badge, sentence = (
                words(_("Withheld")),
                words(_("Too few people have answered at both the start and the end.")),
            )
            return Finding(**common, verdict=None, badge=badge, sentence=sentence)
        if figures.interval is None:
            badge, sentence = words(_("No interval")), words(figures.reason or NO_INTERVAL)
            return Finding(**common, verdict=None, badge=badge, sentence=sentence)
        found = verdict(figures, table)
        sentence = words(
            (ROUGH_SENTENCES if figures.rough else SENTENCES)[found],
            start=words.number(figures.mean_start, 1),
            end=words.number(figures.mean_end, 1),
            change=words.number(figures.change, 1, sign=True),
            interval=words.interval(figures.interval),
        )
        if table.measure.definition.higher_is == "worse":
            sentence = f"{sentence} {words(LOWER_IS_BETTER)}"
        return Finding(**common, verdict=found, badge=words(VERDICTS[found]), sentence=sentence)

    def change_words(self, figures: ChangeFigures) -> str:
        change = self.words.number(figures.change, 1, sign=True)
        return change if figures.interval is None else f"{change} ({self.words.interval(figures.interval)})"

    def _standardised(self, figures: ChangeFigures) -> str:
        value = figures.standardised
        return "\u2013" if value is None else self.words.number(value, 2, sign=True)

    def _interval(self, figures: ChangeFigures) -> str:
        """The interval, starred where a note says why there is none or why it is rough."""
        written = "\u2013" if figures.interval is None else self.words.interval(figures.interval)
        return f"{written}\u00a0*" if figures.reason else written

    def _verdict(self, figures: ChangeFigures, table: MeasureTable) -> str:
        if figures.interval is None:
            return self.words(_("No interval"))
        return self.words(VERDICTS[verdict(figures, table)])

    def change_columns(self, table: MeasureTable) -> Columns[ChangeFigures]:
        words = self.words
        return [
            (words(_("Pairs")), lambda f: self.n(f.n_pairs)),
            (words(_("Start")), lambda f: words.number(f.mean_start, 1)),
            (words(_("End")), lambda f: words.number(f.mean_end, 1)),
            (words(_("Change")), lambda f: words.number(f.change, 1, sign=True)),
            (words(_("95% interval")), self._interval),
            (words(_("In baseline standard deviations")), self._standardised),
            (words(_("Direction")), lambda f: self._verdict(f, table)),
        ]

    def _overview_rows(self) -> list[tuple[MeasureTable, ChangeFigures, Protected[ChangeFigures]]]:
        cells = [(table, table.changes.get(Place())) for table in self.tables.clients.measures]
        return [(table, cell.figures, cell) for table, cell in cells if cell is not None and cell.figures is not None]

    def overview(self) -> Table | None:
        """Every dimension for all services together."""
        rows = []
        columns: tuple[str, ...] = ()
        for table, figures, _cell in self._overview_rows():
            writers = self.change_columns(table)
            columns = tuple(title for title, _write in writers)
            cells = tuple(write(figures) for _title, write in writers)
            title = self.title(table)
            rows.append(Row(title=title, level="all", cells=cells, climbed=False))
        if not rows:
            return None
        caption = self.words(_("Change by dimension, all services together"))
        first = self.words(_("Dimension"))
        return Table(
            id="overview",
            caption=caption,
            first=first,
            columns=columns,
            rows=tuple(rows),
            words=(6,),
            notes=self._stars(),
        )

    def _stars(self) -> tuple[str, ...]:
        reasons = {figures.reason: None for _table, figures, _cell in self._overview_rows() if figures.reason}
        return tuple(f"* {self.words(reason)}" for reason in reasons)

    def overview_plots(self) -> tuple[Plot, ...]:
        """The change of every dimension with its interval, and its mean at the start and at the end."""
        words, found = self.words, self._overview_rows()
        if not found:
            return ()
        changes, means = [], []
        for table, figures, cell in found:
            label, sort = self.title(table), verdict(figures, table)
            start_end = f"{words.number(figures.mean_start, 1)} \u2192 {words.number(figures.mean_end, 1)}"
            changes.append(ChangeRow(label=label, figures=cell, words=self.change_words(figures), verdict=sort))
            means.append(ChangeRow(label=label, figures=cell, words=start_end, verdict=sort))
        change = self._caption("plot-overview", words(_("Change by dimension")), changes)
        ends = self._caption("plot-start-end", words(_("Mean at the start and at the end")), means)
        points = Axis(title=words(_("change in points")), number=lambda x, n: words.number(x, n, sign=True))
        ranges = {table.measure.key.range for table, _figures, _cell in found}
        limits = (min(low for low, _high in ranges), max(high for _low, high in ranges))
        scale = Axis(title=words(_("score")), number=words.number, limits=limits)
        return (
            Plot(title=change.title, svg=change_plot(changes, change, points)),
            Plot(title=ends.title, svg=start_end_plot(means, ends, scale)),
        )

    def _caption(self, id: str, title: str, rows: Sequence[ChangeRow]) -> Caption:
        return Caption(id=id, title=title, description="; ".join(f"{row.label}: {row.words}" for row in rows) + ".")

    def dimension(self, table: MeasureTable) -> DimensionPart:
        words, measure = self.words, table.measure
        title = self.title(table)
        notes = [] if measure.definition.higher_is == "better" else [words(LOWER_IS_BETTER)]
        if measure.definition.meaningful_change is not None:
            points = words.number(measure.definition.meaningful_change)
            notes.append(words(_("A change of {points} points or more is held to be meaningful."), points=points))
        reasons = {f.reason: None for c in table.changes.values() if (f := c.figures) is not None and f.reason}
        stars = tuple(f"* {words(reason)}" for reason in reasons)
        depth, reworded = DepthWriter(self.tables, words).measure(table, _id(table), title)
        caption = (f"change-{_id(table)}", words(_("Change: {title}"), title=title))
        return DimensionPart(
            id=_id(table),
            title=title,
            notes=(*notes, *reworded),
            plot=self._kinds_plot(table, title),
            table=self.table(caption, table.changes, self.change_columns(table), words=(6,), notes=stars),
            reliable=self._reliable(table, title),
            reliable_notes=tuple(self._reliable_notes(table)),
            depth=depth,
        )

    def _kinds_plot(self, table: MeasureTable, title: str) -> Plot | None:
        rows = [
            ChangeRow(
                label=self.place(place),
                figures=cell,
                words=self.change_words(cell.figures),
                verdict=verdict(cell.figures, table),
            )
            for place, cell in table.changes.items()
            if cell.figures is not None and cell.shown == place and place.level != "service"
            if place.arm == "intervention"
        ]
        if not rows:
            return None
        words = self.words
        caption = self._caption(f"plot-{_id(table)}", words(_("Change by kind of service: {title}"), title=title), rows)
        axis = Axis(title=words(_("change in points")), number=lambda x, n: words.number(x, n, sign=True))
        return Plot(title=caption.title, svg=change_plot(rows, caption, axis))

    def _reliable(self, table: MeasureTable, title: str) -> Table | None:
        if all(cell.figures is None for cell in table.reliable.values()):
            return None
        words = self.words
        columns: Columns[ReliableFigures] = [
            (words(_("Pairs")), lambda f: self.n(f.n)),
            (words(_("Better")), lambda f: words.percent(f.better)),
            (words(_("Not better")), lambda f: words.percent(f.not_better)),
            (words(_("Same")), lambda f: self._if_told(f.same)),
            (words(_("Worse")), lambda f: self._if_told(f.worse)),
        ]
        found = [cell.figures for cell in table.reliable.values() if cell.figures is not None]
        notes = (self.words(TOGETHER),) if any(figures.same is None for figures in found) else ()
        caption = self.words(_("Reliable change: {title}"), title=title)
        return self.table((f"reliable-{_id(table)}", caption), table.reliable, columns, notes=notes)

    def _if_told(self, percent: int | None) -> str:
        return "\u2013" if percent is None else self.words.percent(percent)

    def _reliable_notes(self, table: MeasureTable) -> Iterator[str]:
        basis, words = table.basis.figures, self.words
        if basis is None:
            yield words(_("Reliable change is withheld."))
            if table.basis.reason:
                yield words(table.basis.reason)
            return
        figures = {
            "threshold": words.number(basis.threshold, 1),
            "sd": words.number(basis.sd, 1),
            "reliability": words.number(basis.reliability, 2),
        }
        if all(cell.figures is None for cell in table.reliable.values()):
            yield words(
                _(
                    "Reliable change is withheld: too few got better, or too few did not, even for all services "
                    "together."
                )
            )
        if basis.provisional:
            interval = words.interval(basis.interval, 2) if basis.interval is not None else ""
            yield words(PROVISIONAL, **figures, interval=interval)
        else:
            yield words(REFERENCE, **figures, source=basis.source)


def _id(table: MeasureTable) -> str:
    measure = table.measure
    own = [] if measure.respondent == "client" else [measure.respondent]
    return "-".join([*own, measure.origin, measure.dimension, *table.versions])
