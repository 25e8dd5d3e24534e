"""Shares as pictures: the steps of questions about their middle (diverging bars), and units in a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.disclosure import ChoiceFigures, Protected, ShareFigures
from analysis.plots import ACCENT, INK, PAPER, QUIET, WIDTH, Axis, Caption, drawing, drawn, short
from analysis.providers import Funnel, exact_limits, normal_limits

Floats = npt.NDArray[np.float64]
APART = 6.0
"""Per cent of a funnel's height between two names."""
LINE = 0.5
"""Inches of a bar with its question above it."""
STRENGTHS = (0.95, 0.6, 0.25)
"""How strongly the ends, what lies within, and the middle are drawn: by size of agreement, not by colour alone."""
WORTH_WORDS = 9
"""Per cent of a bar in which its number fits."""


@dataclass(frozen=True, kw_only=True)
class StepsRow:
    """One question: its words, and the shares of its steps from worst to best."""

    label: str
    shares: Protected[ChoiceFigures]


def steps_plot(rows: Sequence[StepsRow], caption: Caption) -> str:
    """A bar for each question about the middle of its steps: to the left who disagrees, to the right who agrees."""
    shown = [(row, row.shares.figures) for row in rows if row.shares.figures is not None]
    with drawing():
        figure = Figure(figsize=(WIDTH, LINE * len(shown) + 0.15))
        axes = figure.add_axes((0.02, 0.02, 0.96, 0.96))
        axes.set_axis_off()
        figure.patch.set_visible(False)
        reach = max((_reach(figures) for _row, figures in shown), default=1.0)
        axes.set_xlim(-reach, reach)
        axes.set_ylim(len(shown), 0)
        for n, (row, figures) in enumerate(shown):
            axes.text(-reach, n + 0.22, short(row.label, 62), ha="left", va="center", color=INK, fontsize=10)
            _bar(axes, n + 0.4, figures)
        axes.plot((0, 0), (0.3, len(shown)), color=QUIET, linewidth=0.8, zorder=0)
        return drawn(figure, caption)


def _reach(figures: ChoiceFigures) -> float:
    left = _left(figures)
    return max(left, sum(figures.percents) - left, 1.0) * 1.02


def _left(figures: ChoiceFigures) -> float:
    """Per cent to the left of the middle; half of a middle step."""
    steps = len(figures.percents)
    half = figures.percents[steps // 2] / 2 if steps % 2 else 0.0
    return sum(figures.percents[: steps // 2]) + half


def _bar(axes: Axes, top: float, figures: ChoiceFigures) -> None:
    x, steps = -_left(figures), len(figures.percents)
    for n, percent in enumerate(figures.percents):
        away = abs(n - (steps - 1) / 2) / ((steps - 1) / 2)
        strength = STRENGTHS[0] if away == 1 else STRENGTHS[2] if away < 0.3 else STRENGTHS[1]
        better = n > (steps - 1) / 2
        axes.add_patch(
            Rectangle(
                (x, top), percent, 0.46, facecolor=ACCENT if better else QUIET, alpha=strength, edgecolor=PAPER,
                hatch=None if better or away < 0.3 else "///", linewidth=0.8,
            )
        )  # fmt: skip
        if percent >= WORTH_WORDS:
            axes.text(
                x + percent / 2, top + 0.23, str(percent), ha="center", va="center", color=INK, fontsize=9,
                bbox={"facecolor": PAPER, "edgecolor": "none", "boxstyle": "square,pad=0.12"},
            )  # fmt: skip
        x += percent


# --- a funnel --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FunnelPoint:
    """A unit: its name, and its protected share."""

    label: str
    share: Protected[ShareFigures]


def funnel_plot(points: Sequence[FunnelPoint], funnel: Funnel, caption: Caption, axis: Axis) -> str:
    """Shares by numbers of people, about the share of all, with the limits inside which chance leaves 95 and 99.8 of
    100 units: exact ones, or wider where units differ more than chance makes them. Every unit is named."""
    shown = [(point, point.share.figures) for point in points if point.share.figures is not None]
    most = max(figures.n for _point, figures in shown)
    people = np.arange(5, int(most * 1.15) + 2, dtype="float64")
    share = funnel.estimate or 0.0
    with drawing():
        figure = Figure(figsize=(WIDTH, 3.6))
        axes = figure.add_axes((0.12, 0.16, 0.5, 0.8))
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        for level, dashes in ((0.95, (4, 2)), (0.998, (1, 2))):
            for limit in _limits(funnel, people, level):
                axes.plot(people, np.clip(100 * limit, 0, 100), color=QUIET, linewidth=1, dashes=dashes)
        axes.axhline(100 * share, color=QUIET, linewidth=1)
        _named(axes, [(point.label, figures.n, 100 * figures.yes / figures.n) for point, figures in shown], people[-1])
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.set_ylim(0, 100)
        axes.set_xlim(0, people[-1])
        axes.tick_params(colors=QUIET)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: axis.number(value, 0)))
        axes.set_xlabel(axis.title, color=QUIET)
        return drawn(figure, caption)


def _named(axes: Axes, points: Sequence[tuple[str, int, float]], right: float) -> None:
    """Points, with their names in a column beside the plot, as far apart as letters are high."""
    below = -APART
    for label, n, percent in sorted(points, key=lambda point: point[2]):
        axes.plot(n, percent, "o", color=ACCENT, markersize=7)
        below = max(percent, below + APART)
        axes.annotate(
            short(label, 24), (n, percent), xytext=(right * 1.06, below), ha="left", va="center", color=INK, fontsize=9,
            annotation_clip=False, arrowprops={"arrowstyle": "-", "color": QUIET, "linewidth": 0.6},
        )  # fmt: skip


def _limits(funnel: Funnel, people: Floats, level: float) -> tuple[Floats, Floats]:
    share = funnel.estimate or 0.0
    if funnel.tau2:
        return normal_limits(share, people, level, tau2=funnel.tau2)
    return exact_limits(share, people, level)
