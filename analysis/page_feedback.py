"""The page's parts about single questions and dimensions: feedback, and what people remember of the time before."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Sequence

from analysis.disclosure import ChoiceFigures, MeanFigures, ScoreFigures
from analysis.findings import ChoiceTable, FeedbackTable, Findings, MemoryTable, Question
from analysis.page_change import LOWER_IS_BETTER
from analysis.suppression import Place
from analysis.writer import Columns, Row, Table, Writer
from survey.marking import _


class FeedbackWriter(Writer):
    """Writes what was answered at one wave."""

    def feedback(self, findings: Findings) -> Iterator[tuple[str, tuple[Table, ...]]]:
        """For each questionnaire: its title, and a table for each dimension and question."""
        titles = {i.instrument: self.words.text(i.title) for i in self.tables.library.instruments.values()}
        choices = [table for table in findings.choices if not table.question.then]
        asked = [*(table.question for table in findings.feedback), *(table.question for table in choices)]
        for instrument in dict.fromkeys(question.instrument for question in asked):
            means = [table for table in findings.feedback if table.question.instrument == instrument]
            shares = [table for table in choices if table.question.instrument == instrument]
            overview = self._overview(instrument, titles[instrument], means)
            tables = (*map(self._means, means), *map(self.choice, shares))
            yield titles[instrument], (*([overview] if overview else []), *tables)

    def memories(self, findings: Findings) -> tuple[Table, ...]:
        """What people remember of the time before: a table for each dimension and question."""
        choices = (table for table in findings.choices if table.question.then)
        return (*map(self._memory, findings.memories), *map(self.choice, choices))

    def _scale(self, question: Question) -> str:
        low, high = (self.words.number(end) for end in question.range)
        return f"{low}\u2013{high}"

    def _title(self, question: Question) -> str:
        """What is asked, at which wave where the questionnaire has several, and in which where others ask the same."""
        return self.from_where(self._own_title(question), question.instrument, self._among)

    @functools.cached_property
    def _among(self) -> Collection[tuple[str, str]]:
        every: list[Question] = []
        for findings in self.tables.everyone:
            every += [table.question for table in findings.feedback]
            every += [table.question for table in findings.memories]
            every += [table.question for table in findings.choices]
        return {(self._own_title(question), question.instrument) for question in every}

    def _own_title(self, question: Question) -> str:
        title = self.titled(question.title, question.versions)
        carriers = [self.tables.library.instruments[key] for key in question.sources]
        if len({wave for instrument in carriers for wave in instrument.waves}) == 1:
            return title
        return f"{title}: {self.wave_title(question.wave)}"

    def _id(self, sort: str, question: Question) -> str:
        of = [] if question.of == "item" else ["dimension"]
        return "-".join([sort, *of, question.instrument, question.wave, question.id, *question.versions])

    def _overview(self, instrument: str, title: str, tables: Sequence[FeedbackTable]) -> Table | None:
        words = self.words
        rows = [
            Row(
                title=self._title(table.question),
                level="all",
                cells=(self.n(figures.n), words.number(figures.mean, 1), self._scale(table.question)),
                climbed=False,
            )
            for table in tables
            if (cell := table.means.get(Place())) is not None and (figures := cell.figures) is not None
        ]
        if not rows:
            return None
        return Table(
            id=f"feedback-{instrument}",
            caption=" \u2013 ".join((words(_("Feedback, all services together")), title)),
            first=words(_("Question or dimension")),
            columns=(words(_("Answered")), words(_("Mean")), words(_("Scale"))),
            rows=tuple(rows),
        )

    def _means(self, table: FeedbackTable) -> Table:
        columns: Columns[MeanFigures] = [
            (self.words(_("Answered")), lambda f: self.n(f.n)),
            (self.words(_("Mean")), lambda f: self.words.number(f.mean, 1)),
        ]
        caption = f"{self._title(table.question)} ({self._scale(table.question)})"
        return self.table((self._id("feedback", table.question), caption), table.means, columns)

    def _memory(self, table: MemoryTable) -> Table:
        words = self.words
        columns: Columns[ScoreFigures] = [
            (words(_("Answered")), lambda f: self.n(f.n)),
            (words(_("Mean")), lambda f: words.number(f.mean, 1)),
            (words(_("95% interval")), self._interval),
        ]
        notes = [words(LOWER_IS_BETTER)] if table.higher_is == "worse" else []
        reasons = {f.reason: None for cell in table.means.values() if (f := cell.figures) is not None and f.reason}
        notes += [f"* {words(reason)}" for reason in reasons]
        caption = f"{self._title(table.question)} ({self._scale(table.question)})"
        id = self._id("looking-back", table.question)
        return self.table((id, caption), table.means, columns, notes=tuple(notes))

    def _interval(self, figures: ScoreFigures) -> str:
        """The interval, starred where a note says why there is none or why it is rough."""
        written = "\u2013" if figures.interval is None else self.words.interval(figures.interval)
        return f"{written}\u00a0*" if figures.reason else written

    def choice(self, table: ChoiceTable) -> Table:
        """The shares of each answer that may be told, with a note on the others."""
        words, shares = self.words, table.shares
        names = [words.text(table.options[n].label) for n in shares.answers]
        rest = [words.text(option.label) for n, option in enumerate(table.options) if n not in shares.answers]
        titles = [*names, *([words(_("Other answers"))] if shares.others else [])]
        columns: Columns[ChoiceFigures] = [
            (words(_("Answered")), lambda f: self.n(f.n)),
            *((title, self._share(n)) for n, title in enumerate(titles)),
        ]
        notes = []
        if table.sort == "several":
            notes.append(words(_("Several answers could be chosen, so the shares need not add up to 100%.")))
        if rest and shares.others:
            notes.append(words(_("Other answers: {answers}."), answers=", ".join(rest)))
        elif rest and names:
            notes.append(
                words(_("Not shown, as too few chose it or too few did not: {answers}."), answers=", ".join(rest))
            )
        title = self._title(table.question)
        caption = words(_("{question} (put first)"), question=title) if table.sort == "first" else title
        return self.table((self._id("choice", table.question), caption), shares.rows, columns, notes=tuple(notes))

    def _share(self, n: int) -> Callable[[ChoiceFigures], str]:
        return lambda figures: self.words.percent(figures.percents[n])
