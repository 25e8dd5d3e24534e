"""How people moved between statuses over some times, as bands between bars (an alluvial plot)."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from analysis.disclosure import ReleasedFlow
from analysis.plots import ACCENT, INK, PAPER, QUIET, WIDTH, Caption, drawing, drawn

BAR = 0.12
"""The width of a bar, as a part of the room between two times."""
GAP = 0.03
"""Between two bars of a time, as a part of everybody; and so far apart at least that their words do not overlap."""
WORDS = 0.115
TITLE = 16
"""Characters on a line of a time's title."""
FAINT, STRONG = 0.22, 0.5


def flow_plot(flow: ReleasedFlow, labels: Mapping[str, str], times: Sequence[str], caption: Caption) -> str:
    """The numbers that may be shown: a bar for each status at each time, a band for each step, as SVG.

    A number that is withheld has no bar or band: what is left of a bar without bands is not told.
    """
    with drawing():
        figure = Figure(figsize=(WIDTH, 4.0))
        axes = figure.add_axes((0.02, 0.02, 0.96, 0.82))
        axes.set_axis_off()
        figure.patch.set_visible(False)
        people = {key: cell.figures.n for key, cell in flow.at.items() if cell.figures is not None}
        whole = max((sum(n for (t, _s), n in people.items() if t == time) for time in range(len(times))), default=1)
        places = {time: _bars(flow, people, time, whole) for time in range(len(times))}
        axes.set_xlim(-0.45, len(times) - 1 + 0.45)
        lowest = max((top + size for bars in places.values() for top, size in bars.values()), default=1.0)
        axes.set_ylim(lowest + WORDS / 2, -WORDS / 2)
        _bands(axes, flow, places, whole)
        for time, title in enumerate(times):
            lines = "\n".join(textwrap.wrap(title, TITLE)[:3])
            axes.text(time, -WORDS * 0.75, lines, ha="center", va="bottom", color=INK, weight="bold", fontsize=10)
            for status, (top, size) in places[time].items():
                _bar(axes, time, top, size, f"{labels[status]} {people[time, status]}")
        return drawn(figure, caption)


Bars = Mapping[str, tuple[float, float]]


def _bars(flow: ReleasedFlow, people: Mapping[tuple[int, str], int], time: int, whole: int) -> Bars:
    """The top and the height of each bar of a time."""
    top, word, found = 0.0, -WORDS, {}
    for status in flow.statuses:
        if (time, status) in people:
            size = people[time, status] / whole
            top = max(top, word + WORDS - size / 2)
            found[status], word = (top, size), top + size / 2
            top += size + GAP
    return found


def _bar(axes: Axes, x: float, top: float, size: float, words: str) -> None:
    axes.add_patch(Rectangle((x - BAR / 2, top), BAR, size, facecolor=ACCENT, edgecolor=PAPER, linewidth=1))
    axes.text(x, top + size / 2, words, ha="center", va="center", color=INK, fontsize=9, bbox=_ground())


def _ground() -> Mapping[str, object]:
    """Words stand on paper, so that they can be read over any bar."""
    return {"facecolor": PAPER, "edgecolor": QUIET, "linewidth": 0.5, "boxstyle": "square,pad=0.2"}


def _bands(axes: Axes, flow: ReleasedFlow, places: Mapping[int, Bars], whole: int) -> None:
    """Bands leave and arrive in the order of the statuses, so that they cross as little as can be."""
    left: dict[tuple[int, str], float] = {}
    right: dict[tuple[int, str], float] = {}
    for (time, start, end), cell in flow.steps.items():
        if cell.figures is None or start not in places[time] or end not in places[time + 1]:
            continue
        size = cell.figures.n / whole
        y0 = places[time][start][0] + left.get((time, start), 0.0)
        y1 = places[time + 1][end][0] + right.get((time + 1, end), 0.0)
        left[time, start] = left.get((time, start), 0.0) + size
        right[time + 1, end] = right.get((time + 1, end), 0.0) + size
        _band(axes, time, (y0, y1), size, strong=start == end)


def _band(axes: Axes, time: int, tops: tuple[float, float], size: float, *, strong: bool) -> None:
    x0, x1 = time + BAR / 2, time + 1 - BAR / 2
    middle = (x0 + x1) / 2
    upper, lower = tops, (tops[0] + size, tops[1] + size)
    points = [
        (x0, upper[0]), (middle, upper[0]), (middle, upper[1]), (x1, upper[1]),
        (x1, lower[1]), (middle, lower[1]), (middle, lower[0]), (x0, lower[0]), (x0, upper[0]),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(
        PathPatch(Path(points, codes), facecolor=ACCENT, edgecolor="none", alpha=STRONG if strong else FAINT)
    )
