"""The page's parts about answers: who answered, outcomes, and what was withheld."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from analysis.disclosure import (
    ChangeFigures,
    ChoiceFigures,
    CountFigures,
    MeanFigures,
    Protected,
    ReliableFigures,
    ScoreFigures,
    ShareFigures,
)
from analysis.findings import OutcomeTable, WaveTable
from analysis.suppression import Place
from analysis.writer import Columns, Row, Table, Writer
from survey.marking import _

OUTCOMES = {"employment": _("In work"), "education": _("In education")}
UNDER = _("\u2013: under {count}, or a number under {count} could be worked out.")
STILL_OPEN = _("Whoever can still answer is in none of the shares.")
T = TypeVar("T", ChangeFigures, ReliableFigures, ShareFigures, MeanFigures, ScoreFigures, ChoiceFigures)


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
        words, outcome = self.words, table.outcome
        name = words(OUTCOMES[outcome.outcome])
        columns: Columns[ShareFigures] = [
            (words(_("Answered")), lambda f: self.n(f.n)),
            (name, lambda f: words.percent(f.percent)),
            (words(_("95% interval")), lambda f: words.percent_interval(f.interval)),
        ]
        own = [] if outcome.respondent == "client" else [outcome.respondent]
        id = "-".join(["outcome", *own, outcome.origin, outcome.item.id, table.wave])
        every = [other for findings in self.tables.everyone for other in findings.outcomes]
        among = {(self._outcome_title(other), other.outcome.origin) for other in every}
        caption = self.from_where(self._outcome_title(table), outcome.origin, among)
        return self.table((id, caption), table.reached, columns)

    def _outcome_title(self, table: OutcomeTable) -> str:
        return f"{self.words(OUTCOMES[table.outcome.outcome])}: {self.wave_title(table.wave)}"

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
        columns = (_("Time to answer over"), _("Answered in time"), _("Share"), _("Answered outside the window"))
        return Table(
            id="attrition",
            caption=self.words(_("Answers by wave, all services together")),
            first=self.words(_("Wave")),
            columns=tuple(self.words(column) for column in columns),
            rows=tuple(rows),
            notes=(self.words(STILL_OPEN),),
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
            notes=(self.words(STILL_OPEN), self.words(UNDER, **self.thresholds)),
        )

    def _own(self, cell: Protected[CountFigures]) -> str:
        return "\u2013" if cell.figures is None or cell.shown != cell.place else self.n(cell.figures.n)

    def _own_yes(self, cell: Protected[ShareFigures] | None) -> str:
        if cell is None or cell.figures is None or cell.shown != cell.place:
            return "\u2013"
        return f"{self.n(cell.figures.yes)} ({self.words.percent(cell.figures.percent)})"

    def wave(self, table: WaveTable) -> Table:
        columns: Columns[ShareFigures] = [
            (self.words(_("Time to answer over")), lambda f: self.n(f.n)),
            (self.words(_("Answered in time")), lambda f: self.n(f.yes)),
            (self.words(_("Share")), lambda f: self.words.percent(f.percent)),
        ]
        caption = self.words(_("Who answered: {wave}"), wave=self.wave_title(table.wave))
        return self.table((f"attrition-{table.wave}", caption), table.answered, columns)

    def left_out(self) -> Table | None:
        """The submissions that are in no figure but those of who answered, by their language."""
        left_out = self.tables.left_out
        if left_out is None:
            return None
        names = self.tables.library.site.language_names
        lines = [(self.words.language_name(tag, names[tag]), "service", cell) for tag, cell in left_out.parts.items()]
        lines.append((self.words(_("All these languages")), "all", left_out.whole))
        return Table(
            id="left-out",
            caption=self.words(_("Submissions left out, by language")),
            first=self.words(_("Language")),
            columns=(self.words(_("Submissions")),),
            rows=tuple(
                Row(title=title, level=level, cells=(self._own(cell),), climbed=False) for title, level, cell in lines
            ),
            notes=(self.words(UNDER, **self.thresholds),),
        )

    def suppressed(self) -> Table:
        """How many rows of each sort show their own figures, those of a wider place, or none."""
        tables, everyone = self.tables, self.tables.everyone
        feedback = [t.means for findings in everyone for t in findings.feedback]
        shares = [t.shares.rows for findings in everyone for t in findings.choices]
        sorts: Mapping[str, list[str]] = {
            _("Answers"): self._all_shown(t.answered for t in tables.waves),
            _("Change"): self._all_shown(t.changes for f in everyone for t in f.measures),
            _("Reliable change"): self._all_shown(t.reliable for f in everyone for t in f.measures),
            _("Looking back"): self._all_shown(t.means for f in everyone for t in f.memories),
            _("Work and studies"): self._all_shown(t.reached for f in everyone for t in f.outcomes),
            _("Feedback"): [*self._all_shown(feedback), *self._all_shown(shares)],
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

    def _all_shown(self, tables: Iterable[Mapping[Place, Protected[T]]]) -> list[str]:
        """Of what place the figures in each row of some tables are."""
        return [self.shown(cell) for rows in tables for cell in rows.values()]
