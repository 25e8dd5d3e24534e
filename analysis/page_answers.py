"""The page's parts about answers: who answered, outcomes, feedback, and what was withheld."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from analysis.disclosure import CountFigures, MeanFigures, Protected, ShareFigures
from analysis.suppression import Place
from analysis.tables import FeedbackTable, OutcomeTable, WaveTable
from analysis.writer import Row, Table, Writer
from survey.marking import _

OUTCOMES = {"employment": _("In work"), "education": _("In education")}


class AnswerWriter(Writer):
    """Writes who answered what."""

    def numbers(self) -> Iterator[tuple[str, str]]:
        """The few figures on top, each with its label."""
        invited = self.tables.invited.get(Place())
        if invited is not None and invited.figures is not None:
            yield (
                self.n(invited.figures.n),
                self.words(_("invited (comparison apart)") if self.compares else _("invited")),
            )
        for wave in self.tables.waves:
            cell = wave.answered.get(Place())
            if cell is not None and cell.figures is not None:
                title = self.wave_title(wave.wave)
                yield self.words.percent(cell.figures.percent), self.words(_("answered: {wave}"), wave=title)

    def outcome(self, table: OutcomeTable) -> Table:
        outcome, wave = table.outcome, self.wave_title(table.wave)
        columns: Mapping[str, Callable[[ShareFigures], str]] = {
            _("Answered"): lambda f: self.n(f.n),
            OUTCOMES[outcome.outcome]: lambda f: self.words.percent(f.percent),
            _("95% interval"): lambda f: self.words.percent_interval(f.interval),
        }
        caption = f"{self.words(OUTCOMES[outcome.outcome])}: {wave}"
        return self.table((f"outcome-{outcome.origin}-{outcome.item.id}-{table.wave}", caption), table.reached, columns)

    def feedback(self) -> Iterator[tuple[str, tuple[Table, ...]]]:
        """For each questionnaire asked at one wave only: its title, and a table for each dimension and question."""
        titles = {i.instrument: self.words.text(i.title) for i in self.tables.library.instruments.values()}
        for instrument in dict.fromkeys(table.instrument for table in self.tables.feedback):
            own = [table for table in self.tables.feedback if table.instrument == instrument]
            overview = self._feedback_overview(instrument, own)
            yield titles[instrument], (*([overview] if overview else []), *map(self._feedback_table, own))

    def _scale(self, table: FeedbackTable) -> str:
        low, high = (self.words.number(end) for end in table.range)
        return f"{low}\u2013{high}"

    def _feedback_overview(self, instrument: str, tables: Sequence[FeedbackTable]) -> Table | None:
        words = self.words
        rows = [
            Row(
                title=self.titled(table.title, table.versions),
                level="all",
                cells=(self.n(figures.n), words.number(figures.mean, 1), self._scale(table)),
                climbed=False,
            )
            for table in tables
            if (cell := table.means.get(Place())) is not None and (figures := cell.figures) is not None
        ]
        if not rows:
            return None
        return Table(
            id=f"feedback-{instrument}",
            caption=words(_("Feedback, all services together")),
            first=words(_("Question or dimension")),
            columns=(words(_("Answered")), words(_("Mean")), words(_("Scale"))),
            rows=tuple(rows),
        )

    def _feedback_table(self, table: FeedbackTable) -> Table:
        columns: Mapping[str, Callable[[MeanFigures], str]] = {
            _("Answered"): lambda f: self.n(f.n),
            _("Mean"): lambda f: self.words.number(f.mean, 1),
        }
        caption = f"{self.titled(table.title, table.versions)} ({self._scale(table)})"
        return self.table(
            ("-".join(["feedback", table.instrument, table.id, *table.versions]), caption), table.means, columns
        )

    def attrition(self) -> Table | None:
        """Every wave for all services together: who answered in time, and who outside the window."""
        rows = []
        for wave in self.tables.waves:
            cell, outside = wave.answered.get(Place()), wave.outside.get(Place())
            if cell is None or (figures := cell.figures) is None:
                continue
            late = "\u2013" if outside is None or outside.figures is None else self.n(outside.figures.n)
            cells = (self.n(figures.n), self.n(figures.yes), self.words.percent(figures.percent), late)
            rows.append(Row(title=self.wave_title(wave.wave), level="all", cells=cells, climbed=False))
        if not rows:
            return None
        columns = (_("Reached by the wave"), _("Answered in time"), _("Share"), _("Answered outside the window"))
        return Table(
            id="attrition",
            caption=self.words(_("Answers by wave, all services together")),
            first=self.words(_("Wave")),
            columns=tuple(self.words(column) for column in columns),
            rows=tuple(rows),
        )

    def invited(self) -> Table:
        """Of every service and kind: who was invited, and who answered each wave in time; own figures only."""
        waves = self.tables.waves
        rows = []
        for title, place, cell in self.worth_showing(self.tables.invited):
            answers = (wave.answered.get(place) for wave in waves)
            cells = (self._own(cell), *(self._own_yes(answer) for answer in answers))
            rows.append(Row(title=title, level=self.level(place), cells=cells, climbed=False))
        titles = (self.words(_("answered: {wave}"), wave=self.wave_title(wave.wave)) for wave in waves)
        return Table(
            id="invited",
            caption=self.words(_("Invited, and answered in time")),
            first=self.words(_("Service")),
            columns=(self.words(_("Invited")), *titles),
            rows=tuple(rows),
            notes=(
                self.words(
                    _("\u2013: under {count}, or a number under {count} could be worked out."), **self.thresholds
                ),
            ),
        )

    def _own(self, cell: Protected[CountFigures]) -> str:
        return "\u2013" if cell.figures is None or cell.shown != cell.place else self.n(cell.figures.n)

    def _own_yes(self, cell: Protected[ShareFigures] | None) -> str:
        if cell is None or cell.figures is None or cell.shown != cell.place:
            return "\u2013"
        return f"{self.n(cell.figures.yes)} ({self.words.percent(cell.figures.percent)})"

    def wave(self, table: WaveTable) -> Table:
        columns: Mapping[str, Callable[[ShareFigures], str]] = {
            _("Reached by the wave"): lambda f: self.n(f.n),
            _("Answered in time"): lambda f: self.n(f.yes),
            _("Share"): lambda f: self.words.percent(f.percent),
        }
        caption = self.words(_("Who answered: {wave}"), wave=self.wave_title(table.wave))
        return self.table((f"attrition-{table.wave}", caption), table.answered, columns)

    def suppressed(self) -> Table:
        """How many rows of each sort show their own figures, those of a wider place, or none."""
        tables = self.tables
        sorts: Mapping[str, list[str]] = {
            _("Answers"): [self.shown(c) for t in tables.waves for c in t.answered.values()],
            _("Change"): [self.shown(c) for t in tables.measures for c in t.changes.values()],
            _("Reliable change"): [self.shown(c) for t in tables.measures for c in t.reliable.values()],
            _("Work and studies"): [self.shown(c) for t in tables.outcomes for c in t.reached.values()],
            _("Feedback"): [self.shown(c) for t in tables.feedback for c in t.means.values()],
        }
        titles = (
            self.words(_("Own")),
            self.words(_("Kind of service")),
            self.words(_("All services")),
            self.words(_("Withheld")),
        )
        rows = []
        for sort, found in sorts.items():
            counts = tuple(self.n(found.count(title)) for title in titles)
            rows.append(Row(title=self.words(sort), level="all", cells=counts, climbed=False))
        return Table(
            id="suppressed",
            caption=self.words(_("Rows by whose figures they show")),
            first=self.words(_("Figures")),
            columns=titles,
            rows=tuple(rows),
        )
