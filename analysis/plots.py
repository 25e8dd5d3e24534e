"""Plots as SVG to stand inside the page, drawn from protected figures only.

Each is narrow, so that its text keeps a readable size on a phone; rows carry their label and their numbers above the
mark, so that nothing hangs on colour or on an axis far away. Colours are the page's own variables: dark mode and print
follow. Equal input gives equal bytes.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from html import escape
from typing import Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, MaxNLocator

from analysis.disclosure import ChangeFigures, Protected

Verdict = Literal["better", "worse", "unclear"]

WIDTH = 5.0
LINE = 0.27
LONGEST = 52
"""Characters that fit on a line of a plot; a longer label is cut there, and stands whole in the table."""

_MARKERS: dict[Verdict, str] = {"better": "o", "worse": "s", "unclear": "o"}
# Stand-ins that the page's variables replace; the fallbacks have a contrast of 3:1 or more on white.
INK, QUIET, ACCENT, PAPER = "#010203", "#010204", "#010205", "#010206"
_VARIABLES = {
    INK: "var(--ink, #1d2529)",
    QUIET: "var(--quiet, #5a656b)",
    ACCENT: "var(--accent, #0b5c7a)",
    PAPER: "var(--paper, #ffffff)",
}


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One row of a plot: its label, its protected figures, and the words for them."""

    label: str
    figures: Protected[ChangeFigures]
    words: str
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Caption:
    """What the picture is called and what it shows, for those who do not see it; `id` is unique on the page."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """What the horizontal axis measures, how its numbers are written (with so many decimals), and its ends where they
    are fixed."""

    title: str
    number: Callable[[float, int], str]
    limits: tuple[float, float] | None = None


class Ticks(Formatter):
    """Writes all ticks of an axis with as many decimals as the least round of them needs."""

    def __init__(self, number: Callable[[float, int], str]) -> None:
        self._number = number

    def __call__(self, value: float, pos: int | None = None) -> str:
        return self.format_ticks([value])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        decimals = next((n for n in range(3) if all(abs(v - round(v, n)) < 1e-6 for v in values)), 3)
        return [self._number(round(float(value), decimals) + 0.0, decimals) for value in values]


def change_plot(rows: Sequence[ChangeRow], caption: Caption, axis: Axis) -> str:
    """Mean change with its interval, a row each, as SVG. Filled: told from chance; hollow: not. A square: worse."""

    def draw(axes: Axes, y: float, row: ChangeRow, figures: ChangeFigures) -> None:
        if figures.interval is not None:
            axes.plot(figures.interval, (y, y), color=ACCENT, linewidth=2.5, solid_capstyle="butt")
        _mark(axes, figures.change, y, marker=_MARKERS[row.verdict], hollow=row.verdict == "unclear")

    return _plot(rows, caption, axis, draw, zero=True)


def start_end_plot(rows: Sequence[ChangeRow], caption: Caption, axis: Axis) -> str:
    """The mean at the start (hollow) and at the end (filled) of each row, joined, as SVG."""

    def draw(axes: Axes, y: float, row: ChangeRow, figures: ChangeFigures) -> None:
        axes.plot((figures.mean_start, figures.mean_end), (y, y), color=ACCENT, linewidth=2.5)
        _mark(axes, figures.mean_start, y, marker="o", hollow=True)
        _mark(axes, figures.mean_end, y, marker="o", hollow=False)

    return _plot(rows, caption, axis, draw, zero=False)


def _mark(axes: Axes, x: float, y: float, *, marker: str, hollow: bool) -> None:
    axes.plot(
        x,
        y,
        marker,
        markersize=8,
        markeredgewidth=2,
        markeredgecolor=ACCENT,
        markerfacecolor=PAPER if hollow else ACCENT,
    )


Draw = Callable[[Axes, float, ChangeRow, ChangeFigures], None]


def _plot(rows: Sequence[ChangeRow], caption: Caption, axis: Axis, draw: Draw, *, zero: bool) -> str:
    shown = [(row, row.figures.figures) for row in rows if row.figures.figures is not None]
    # The words take a line of their own where they would run into a label, whose letters are bold and so wider.
    lines = 3 if any(len(row.label) + len(row.words) > LONGEST - 8 for row, _ in shown) else 2
    with drawing():
        figure, axes = _axes(len(shown) * lines * LINE, axis)
        axes.set_ylim(len(shown) * lines, 0)
        for n, (row, figures) in enumerate(shown):
            y = (n + 1) * lines - 0.6
            if zero:
                axes.plot((0, 0), (y - 0.45, y + 0.45), color=INK, linewidth=1, zorder=0)
            draw(axes, y, row, figures)
            _label(axes, n * lines + 0.6, row, apart=lines == 3)
        return drawn(figure, caption)


def drawing() -> AbstractContextManager[None]:
    """How everything is drawn: text stays text, ids are the same every time."""
    return matplotlib.rc_context({"svg.hashsalt": "mittari", "svg.fonttype": "none", "font.size": 12})


def drawn(figure: Figure, caption: Caption) -> str:
    """A figure as an element of the page."""
    buffer = io.StringIO()
    nothing: dict[str, str | None] = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=nothing)
    return _for_page(buffer.getvalue(), caption)


def _axes(height: float, axis: Axis) -> tuple[Figure, Axes]:
    below = 0.65
    figure = Figure(figsize=(WIDTH, height + below))
    axes = figure.add_axes((0.03, below / (height + below), 0.94, height / (height + below)))
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(QUIET)
    axes.set_yticks([])
    axes.tick_params(axis="x", colors=QUIET)
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(Ticks(axis.number))
    axes.set_xlabel(axis.title, color=QUIET)
    if axis.limits is not None:
        axes.set_xlim(*axis.limits)
    axes.patch.set_visible(False)
    figure.patch.set_visible(False)
    return figure, axes


def _label(axes: Axes, y: float, row: ChangeRow, *, apart: bool) -> None:
    across = axes.get_yaxis_transform()
    label = short(row.label, LONGEST)
    axes.text(0, y, label, transform=across, color=INK, va="center", ha="left", weight="bold")
    x, below, side = (0, 0.85, "left") if apart else (1, 0, "right")
    axes.text(x, y + below, row.words, transform=across, color=INK, va="center", ha=side)


def short(label: str, most: int) -> str:
    """A label, cut between words where it is longer; it stands whole in the table."""
    return textwrap.shorten(label, most, placeholder="…")


def _for_page(svg: str, caption: Caption) -> str:
    """The drawing as an element of the page: named, with ids of its own, and coloured by the page's variables."""
    view = re.search(r'viewBox="[^"]+"', svg)
    body = re.sub(r"^.*?<svg[^>]*>", "", svg, flags=re.DOTALL)
    body = re.sub(r"<(metadata|style).*?</\1>", "", body, flags=re.DOTALL)
    body = re.sub(r' id="([^"]+)"', rf' id="{caption.id}-\1"', body)
    body = re.sub(r'(url\(#|href="#)', rf"\1{caption.id}-", body)
    # The page's own font, in the sizes and weights drawn.
    body = re.sub(r"font: (\d+) (\d+)px [^;\"]+", r"font-weight: \1; font-size: \2px", body)
    body = re.sub(r"font-family: [^;\"]+; ", "", body)
    for stand_in, variable in _VARIABLES.items():
        body = body.replace(stand_in, variable)
    names = f"{caption.id}-title {caption.id}-desc"
    head = f'<svg class="plot" role="img" aria-labelledby="{names}" {view.group() if view else ""} '
    title = f'<title id="{caption.id}-title">{escape(caption.title)}</title>'
    desc = f'<desc id="{caption.id}-desc">{escape(caption.description)}</desc>'
    return f'{head}xmlns:xlink="http://www.w3.org/1999/xlink">{title}{desc}{body.strip()}'
