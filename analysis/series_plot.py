"""What moved over quarters, as points with intervals joined by a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.disclosure import ChangeFigures, MeanFigures, Protected, ShareFigures
from analysis.plots import ACCENT, PAPER, QUIET, WIDTH, Axis, Caption, Ticks, drawing, drawn

Shown = ChangeFigures | ShareFigures | MeanFigures
MOST_NAMED = 6
"""Quarters whose names fit below the line."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A quarter, its protected figure, and the value and interval to draw of it."""

    label: str
    cell: Protected[ChangeFigures] | Protected[ShareFigures] | Protected[MeanFigures]

    @property
    def drawn(self) -> tuple[float, tuple[float, float] | None] | None:
        """What is drawn; nothing where the figure is that of a wider time, or withheld."""
        figures: Shown | None = self.cell.figures
        if figures is None or self.cell.shown != self.cell.place:
            return None
        if isinstance(figures, ChangeFigures):
            return figures.change, figures.interval
        if isinstance(figures, ShareFigures):
            return float(figures.percent), (float(figures.interval[0]), float(figures.interval[1]))
        return figures.mean, None


def series_plot(moments: Sequence[Moment], caption: Caption, axis: Axis, *, zero: bool = False) -> str:
    """A point for each quarter that may be shown, with its interval; quarters withheld are gaps."""
    with drawing():
        figure = Figure(figsize=(WIDTH, 2.5))
        axes = figure.add_axes((0.12, 0.16, 0.85, 0.78))
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        if zero:
            axes.axhline(0, color=QUIET, linewidth=1)
        xs, ys = [], []
        for x, moment in enumerate(moments):
            found = moment.drawn
            ys.append(float("nan") if found is None else found[0])
            xs.append(x)
            if found is not None and found[1] is not None:
                axes.plot((x, x), found[1], color=ACCENT, linewidth=2)
        axes.plot(xs, ys, "-o", color=ACCENT, linewidth=1.2, markersize=7, markerfacecolor=PAPER, markeredgewidth=2)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        every = max(1, -(-len(moments) // MOST_NAMED))
        axes.set_xticks(xs[::every], [moment.label for moment in moments][::every])
        axes.set_xlim(-0.4, len(moments) - 0.6)
        axes.tick_params(colors=QUIET)
        axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(Ticks(axis.number))
        if axis.limits is not None:
            axes.set_ylim(*axis.limits)
        axes.set_ylabel(axis.title, color=QUIET)
        return drawn(figure, caption)
