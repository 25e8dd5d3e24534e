"""The page's parts on what moved over quarters, and on the steps of feedback."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from analysis.disclosure import ChangeFigures, MeanFigures, Protected, ShareFigures
from analysis.findings import FeedbackTrend, StepsTable
from analysis.page_change import ChangeWriter, Plot
from analysis.page_depth import HIDDEN
from analysis.plots import Axis, Caption
from analysis.series_plot import Moment, series_plot
from analysis.share_plots import StepsRow, steps_plot
from analysis.suppression import Place
from analysis.writer import Row, Table
from survey.marking import _

BY_QUARTER = _("By quarter: {title}")
T = TypeVar("T", ChangeFigures, ShareFigures, MeanFigures)


@dataclass(frozen=True, kw_only=True)
class Pictured:
    """A picture with its table."""

    plot: Plot
    table: Table


class TrendWriter(ChangeWriter):
    """Writes what moved over quarters."""

    def trends(self, *, with_feedback: bool = True) -> tuple[Pictured, ...]:
        """Change of every measure, answering at every wave, feedback; those with two quarters or more."""
        found = self.tables.trends
        if found is None:
            return ()
        made = [self._change(n) for n in range(len(found.changes))]
        made += [self._response(one.wave, one.rows) for one in found.responses]
        if with_feedback:
            made += [self._feedback(one) for one in found.feedback]
        return tuple(one for one in made if one is not None)

    def _change(self, n: int) -> Pictured | None:
        found = self.tables.trends
        assert found is not None
        one, words = found.changes[n], self.words
        title = self.titled(one.measure.definition.title, one.versions)
        columns: Sequence[tuple[str, Callable[[ChangeFigures], str]]] = [
            (words(_("Pairs")), lambda f: self.n(f.n_pairs)),
            (words(_("Change")), lambda f: words.number(f.change, 1, sign=True)),
            (words(_("95% interval")), lambda f: "\u2013" if f.interval is None else words.interval(f.interval)),
        ]
        axis = Axis(title=words(_("change in points")), number=lambda x, n: words.number(x, n, sign=True))
        id = f"trend-change-{one.measure.origin}-{one.measure.dimension}-{'-'.join(one.versions)}"
        return self._pictured(id, title, one.rows, columns, axis, zero=True)

    def _response(self, wave: str, rows: Mapping[str, Protected[ShareFigures]]) -> Pictured | None:
        words = self.words
        columns: Sequence[tuple[str, Callable[[ShareFigures], str]]] = [
            (words(_("Asked")), lambda f: self.n(f.n)),
            (words(_("Answered")), lambda f: words.percent(f.percent)),
            (words(_("95% interval")), lambda f: words.percent_interval(f.interval)),
        ]
        axis = Axis(title=words(_("per cent")), number=words.number, limits=(0, 100))
        title = words(_("Answered: {wave}"), wave=self.wave_title(wave))
        return self._pictured(f"trend-answered-{wave}", title, rows, columns, axis)

    def _feedback(self, one: FeedbackTrend) -> Pictured | None:
        words, question = self.words, one.question
        columns: Sequence[tuple[str, Callable[[MeanFigures], str]]] = [
            (words(_("Answered")), lambda f: self.n(f.n)),
            (words(_("Mean")), lambda f: words.number(f.mean, 1)),
        ]
        axis = Axis(title=words(_("mean")), number=words.number, limits=question.range)
        title = self.titled(question.title, question.versions)
        id = f"trend-{question.instrument}-{question.wave}-{question.id}-{'-'.join(question.versions)}"
        return self._pictured(id, title, one.rows, columns, axis)

    def _pictured(
        self,
        id: str,
        title: str,
        rows: Mapping[str, Protected[T]],
        columns: Sequence[tuple[str, Callable[[T], str]]],
        axis: Axis,
        *,
        zero: bool = False,
    ) -> Pictured | None:
        own = {quarter: cell.figures for quarter, cell in rows.items() if cell.shown == cell.place}
        if sum(figures is not None for figures in own.values()) < 2:
            return None
        told = []
        for quarter in rows:
            figures = own.get(quarter)
            cells = ("\u2013",) * len(columns) if figures is None else tuple(write(figures) for _t, write in columns)
            told.append(Row(title=quarter, level="line", cells=cells, climbed=False))
        caption = self.words(BY_QUARTER, title=title)
        words = "; ".join(f"{row.title}: {', '.join(row.cells)}" for row in told)
        moments = [Moment(label=quarter, cell=cell) for quarter, cell in rows.items()]
        svg = series_plot(moments, Caption(id=f"plot-{id}", title=caption, description=f"{words}."), axis, zero=zero)
        hidden = len(own) < len(rows) or any(figures is None for figures in own.values())
        table = Table(
            id=id,
            caption=caption,
            first=self.words(_("Quarter")),
            columns=tuple(name for name, _write in columns),
            rows=tuple(told),
            notes=(self.words(HIDDEN, **self.thresholds),) if hidden else (),
        )
        return Pictured(plot=Plot(title=caption, svg=svg), table=table)

    # --- the steps of feedback ---------------------------------------------------------------------------------------

    def steps(self, place: Place = Place(), *, counted: bool = True) -> tuple[Pictured, ...]:  # noqa: B008
        """The questions of one scale of each questionnaire and wave together, at one place; also how many answered
        where that is `counted`."""
        groups: dict[tuple[str, str, int], list[StepsTable]] = {}
        for table in self.tables.steps:
            question = table.question
            cell = table.shares.get(place)
            if cell is not None and cell.figures is not None and cell.shown == place:
                groups.setdefault((question.instrument, question.wave, len(table.options)), []).append(table)
        return tuple(self._steps(key, tables, place, counted) for key, tables in groups.items())

    def _steps(self, key: tuple[str, str, int], tables: Sequence[StepsTable], place: Place, counted: bool) -> Pictured:
        words, (instrument, wave, steps) = self.words, key
        labels = [words.text(option.label) for option in tables[0].options]
        rows, pictured = [], []
        for table in tables:
            cell = table.shares[place]
            figures, title = cell.figures, self.titled(table.question.title, table.question.versions)
            assert figures is not None
            rows.append(
                Row(
                    title=title,
                    level="line",
                    cells=(
                        *((self.n(figures.n),) if counted else ()),
                        *(words.percent(percent) for percent in figures.percents),
                    ),
                    climbed=False,
                )
            )
            pictured.append(StepsRow(label=title, shares=cell))
        carriers = [i for i in self.tables.library.instruments.values() if i.instrument == instrument]
        newest = max(carriers, key=lambda one: one.version)
        title = words(_("How people answered: {title}"), title=f"{words.text(newest.title)}, {self.wave_title(wave)}")
        told = "; ".join(f"{row.title}: {', '.join(row.cells)}" for row in rows)
        id = f"steps-{instrument}-{wave}-{steps}" + ("" if place == Place() else f"-{place.provider or place.contract}")
        caption = Caption(id=f"plot-{id}", title=title, description=f"{told}.")
        ends = words(_("From left to right: {first} … {last}"), first=labels[0], last=labels[-1])
        written = Table(
            id=id,
            caption=title,
            first=words(_("Question")),
            columns=(*((words(_("Answered")),) if counted else ()), *labels),
            rows=tuple(rows),
            notes=(ends,),
        )
        return Pictured(plot=Plot(title=title, svg=steps_plot(pictured, caption)), table=written)
