"""The page's parts for analysts: sheets of figures, and changes by language, channel and help."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from analysis.disclosure import DECIMALS, ChangeFigures, Protected, ReleasedRow, ReleasedSheet, StatisticFigures
from analysis.findings import CHANGED, UNKNOWN, Answering, MeasureTable
from analysis.suppression import Place
from analysis.writer import Row, Table, Writer
from survey.marking import _

STRATA = {
    "language": _("Change by language of answering: {title}"),
    "channel": _("Change by channel of answering: {title}"),
    "helper": _("Change by who helped with the answers: {title}"),
    "unassisted": _("Change without pairs that had help or another channel: {title}"),
}
CHANNELS = {
    "own_device": _("Own device"),
    "shared_device": _("Shared device"),
    "paper_keyed": _("On paper, keyed in"),
    "interview": _("Interview"),
    CHANGED: _("Another at the end than at the start"),
    UNKNOWN: _("Not known"),
}
HELPERS = {
    "none": _("Nobody helped"),
    "interpreter": _("Interpreter"),
    "relative": _("Relative or friend"),
    "coach": _("Coach"),
    "area_staff": _("Staff of the employment area"),
    UNKNOWN: _("Not known"),
}
KEPT = {"kept": _("Without help, by the same channel"), "left_out": _("With help, or by another channel")}
EXITS = {
    "completed": _("Went through to the end"),
    "work": _("Work"),
    "education": _("Studies"),
    "illness": _("Illness"),
    "transfer": _("Moved to another service"),
    "other": _("Another reason"),
    UNKNOWN: _("Not recorded"),
}
UNDER_THOUSANDTH = _("under 0.001")
REWORDED = _("The words of these items differ between versions that are taken together: {items}.")


class DepthWriter(Writer):
    """Writes sheets and strata."""

    def sheets(self, sheets: Sequence[ReleasedSheet], prefix: str, title: str) -> tuple[Table, ...]:
        """Each sheet that tells a figure or a reason; one whose figures are all withheld has nothing to say."""
        told = [sheet for sheet in sheets if any(row.cell.figures is not None for row in sheet.rows)]
        return tuple(self.sheet(sheet, prefix, title) for sheet in told)

    def sheet(self, sheet: ReleasedSheet, prefix: str, title: str) -> Table:
        """A sheet as a table: what it is, of how many, the figure, its interval, p; and notes below by number."""
        words, notes = self.words, dict.fromkeys(self._reasons(sheet))
        numbers = {reason: f"{n}" for n, reason in enumerate(notes, 1)}
        tested = any(row.cell.figures is not None and row.cell.figures.p is not None for row in sheet.rows)
        columns = [words(_("People")), words(_("Figure")), words(_("95% interval"))]
        if tested:
            columns += [words(_("p")), words(_("p for all tests of its kind"))]
        columns.append(words(_("Notes")))
        return Table(
            id=f"{prefix}-{sheet.id}",
            caption=f"{words(sheet.title)}: {title}" if title else words(sheet.title),
            first=words(_("What")),
            columns=tuple(columns),
            rows=tuple(self._row(row, numbers, tested=tested) for row in sheet.rows),
            words=(len(columns) - 1,),
            notes=(
                *(words(sentence) for sentence in sheet.words),
                *(f"{number}: {words(reason, **self.thresholds)}" for reason, number in numbers.items()),
            ),
        )

    def _reasons(self, sheet: ReleasedSheet) -> Iterator[str]:
        for row in sheet.rows:
            yield from self._reasons_of(row)

    def _reasons_of(self, row: ReleasedRow) -> Iterator[str]:
        if row.of:
            yield row.of
        if row.cell.reason is not None:
            yield row.cell.reason
        if row.cell.figures is not None:
            yield from row.cell.figures.reasons

    def _row(self, row: ReleasedRow, numbers: Mapping[str, str], *, tested: bool) -> Row:
        figures, words = row.cell.figures, self.words
        title = words(row.title)
        if row.subject is not None:
            title = f"{words.text(row.subject)} \u2013 {title}"
        if row.under:
            title = f"{words(row.under)} \u2013 {title}"
        noted = ", ".join(numbers[reason] for reason in dict.fromkeys(self._reasons_of(row)))
        cells = self._cells(row, figures)
        if not tested:
            cells = cells[:3]
        return Row(title=title, level="line", cells=(*cells, noted or "\u2013"), climbed=False)

    def _cells(self, row: ReleasedRow, figures: StatisticFigures | None) -> tuple[str, ...]:
        if figures is None:
            return ("\u2013",) * 5
        return (
            self._people(figures),
            "\u2013" if figures.value is None else self._value(row, figures.value),
            "\u2013" if figures.interval is None else self._interval(row, figures.interval),
            self._p(figures.p),
            self._p(figures.adjusted),
        )

    def _people(self, figures: StatisticFigures) -> str:
        if figures.n is None:
            return "\u2013"
        return self.n(figures.n) if figures.beside is None else f"{self.n(figures.n)} | {self.n(figures.beside)}"

    def _value(self, row: ReleasedRow, value: float) -> str:
        """A difference of shares is in percentage points, as its table says."""
        words, signed = self.words, row.name not in ABSOLUTE
        if row.unit == "share":
            percent = round(100 * value)
            return words.number(percent, sign=True) if row.name in DIFFERENCES else words.percent(percent)
        if row.unit == "euros":
            return f"{words.number(value)}\u00a0€"
        return words.number(value, DECIMALS[row.unit], sign=row.unit in ("points", "sd") and signed)

    def _interval(self, row: ReleasedRow, interval: tuple[float, float]) -> str:
        if row.unit == "share":
            low, high = (round(100 * end) for end in interval)
            if row.name not in DIFFERENCES:
                return self.words.percent_interval((low, high))
            return self.words.interval((low, high), 0)
        return self.words.interval(interval, DECIMALS[row.unit])

    def _p(self, p: float | None) -> str:
        if p is None:
            return "\u2013"
        return self.words(UNDER_THOUSANDTH) if p < 0.001 else self.words.number(p, 3)

    # --- of a measure ------------------------------------------------------------------------------------------------

    def measure(self, table: MeasureTable, id: str, title: str) -> tuple[tuple[Table, ...], tuple[str, ...]]:
        """The tables of one measure, and what is to be known of its words."""
        depth = table.depth
        if depth is None:
            return (), ()
        sheets = self.sheets(depth.sheets, id, title)
        strata = [self.strata(by, cells, id, title) for by, cells in depth.strata.items()]
        items = ", ".join(f"\u201d{self.words.text(text)}\u201d" for text in depth.reworded.values())
        notes = (self.words(REWORDED, items=items),) if depth.reworded else ()
        return (*sheets, *(one for one in strata if one is not None)), notes

    def strata(self, by: str, cells: Mapping[Place, Protected[ChangeFigures]], id: str, title: str) -> Table | None:
        """The change of each stratum that may be shown by itself; nothing where there is one only."""
        own = {place: cell for place, cell in cells.items() if place.kind is not None}
        if len(own) < 2:
            return None
        words, names = self.words, self._names(by)
        columns = (words(_("Pairs")), words(_("Change")), words(_("95% interval")))
        rows = []
        for place, cell in own.items():
            figures = cell.figures if cell.shown == place else None
            rows.append(
                Row(
                    title=names(str(place.kind)),
                    level="line",
                    cells=("\u2013",) * 3 if figures is None else self._change(figures),
                    climbed=False,
                )
            )
        hidden = any(cell.shown != place for place, cell in own.items())
        return Table(
            id=f"{id}-by-{by}",
            caption=words(STRATA[by], title=title),
            first=words(_("Answers")),
            columns=columns,
            rows=tuple(rows),
            notes=(words(HIDDEN, **self.thresholds),) if hidden else (),
        )

    def _change(self, figures: ChangeFigures) -> tuple[str, ...]:
        interval = "\u2013" if figures.interval is None else self.words.interval(figures.interval)
        return self.n(figures.n_pairs), self.words.number(figures.change, 1, sign=True), interval

    def _names(self, by: str) -> Callable[[str], str]:
        if by == "language":
            return self._language
        words = {"channel": CHANNELS, "helper": HELPERS, "unassisted": KEPT}[by]
        return lambda name: self.words(words[name]) if name in words else name

    def _language(self, tag: str) -> str:
        if tag in (CHANGED, UNKNOWN):
            return self.words(CHANNELS[tag])
        return self.words.language_name(tag, self.tables.library.site.language_names.get(tag, tag))

    # --- who answered ------------------------------------------------------------------------------------------------

    def answering(self, answering: Answering) -> tuple[Table, ...]:
        """Sheets of who answered and who stayed, and who answered at the end by why they left."""
        sheets = self.sheets(answering.sheets, "answering", "")
        exits = self._exits(answering)
        return (*sheets, *(() if exits is None else (exits,)))

    def _exits(self, answering: Answering) -> Table | None:
        if set(answering.exits) <= {UNKNOWN}:
            return None
        words = self.words
        rows = []
        for reason, cell in answering.exits.items():
            figures = cell.figures if cell.shown is not None and cell.shown == cell.place else None
            cells = (
                ("\u2013",) * 4
                if figures is None
                else (
                    self.n(figures.n),
                    self.n(figures.yes),
                    words.percent(figures.percent),
                    words.percent_interval(figures.interval),
                )
            )
            rows.append(Row(title=words(EXITS[reason]), level="line", cells=cells, climbed=False))
        hidden = any(cell.shown != cell.place for cell in answering.exits.values())
        return Table(
            id="answering-exits",
            caption=words(_("Who answered at the end, by why they left")),
            first=words(_("Reason")),
            columns=(words(_("Asked")), words(_("Answered")), words(_("Share")), words(_("95% interval"))),
            rows=tuple(rows),
            notes=(words(EXIT_WORDS), *((words(HIDDEN, **self.thresholds),) if hidden else ())),
        )


EXIT_WORDS = _("Whoever finds work often leaves without answering: then the end speaks for the others.")
HIDDEN = _("\u2013: under {count} people (under {mean} for means), or a number under it could be worked out.")
ABSOLUTE = ("sem", "sdc", "course_means")
"""Figures in points that are no change."""
DIFFERENCES = ("share_difference", "difference")
