"""The page's parts on how people moved between work, studies and neither, and on what a register tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.disclosure import CountFigures, Protected, ReleasedFlow, ShareFigures
from analysis.findings import (
    AT_START,
    NOT_REACHED,
    OTHERWISE,
    REACHED,
    FlowTable,
    RegisterFindings,
    RegisterTable,
)
from analysis.flow_plot import flow_plot
from analysis.flows import UNANSWERED
from analysis.page_answers import OUTCOMES
from analysis.page_change import Plot
from analysis.page_depth import HIDDEN, DepthWriter
from analysis.plots import Caption
from analysis.writer import Columns, Row, Table
from survey.marking import _

MOVED = _("How people moved: {title}")
BY_REGISTER = _("By the register: {title}")
NOT_OUTCOMES = {"employment": _("Not in work"), "education": _("Not in education")}
LABELS = {OTHERWISE: _("Neither"), UNANSWERED: _("Not known")}
FROM_TO = _("{start} → {end}")
OWN_START = _("Own start")


@dataclass(frozen=True, kw_only=True)
class FlowPart:
    """A picture of how people moved, with its table."""

    plot: Plot
    table: Table


class RegisterWriter(DepthWriter):
    """Writes flows, and what a register tells."""

    def flows(self) -> tuple[FlowPart, ...]:
        """Those of outcome questions, by what people say."""
        return tuple(self._of_question(table) for table in self.tables.flows)

    def _of_question(self, table: FlowTable) -> FlowPart:
        words, outcome = self.words, table.outcome
        labels = {
            REACHED: words(OUTCOMES[outcome.outcome]),
            NOT_REACHED: words(NOT_OUTCOMES[outcome.outcome]),
            UNANSWERED: words(_("No answer")),
        }
        titles = [self.wave_title(wave) for wave in table.flow.times]
        name = self.from_where(words(OUTCOMES[outcome.outcome]), outcome.origin, self._asked_by())
        return self._part(table.flow, labels, titles, f"{outcome.origin}-{outcome.item.id}", words(MOVED, title=name))

    def _asked_by(self) -> set[tuple[str, str]]:
        return {(self.words(OUTCOMES[one.outcome.outcome]), one.outcome.origin) for one in self.tables.flows}

    def _part(
        self, flow: ReleasedFlow, labels: Mapping[str, str], titles: Sequence[str], id: str, title: str
    ) -> FlowPart:
        rows = [
            self._numbers(labels[status], [flow.at.get((time, status)) for time in range(len(titles))])
            for status in flow.statuses
        ]
        columns = list(titles)
        steps = [(time, f"{titles[time]} \u2192 {titles[time + 1]}") for time in range(len(titles) - 1)]
        for start in flow.statuses:
            for end in flow.statuses:
                cells = [flow.steps.get((time, start, end)) for time, _step in steps]
                if any(cell is not None and cell.figures is not None for cell in cells):
                    arrow = self.words(FROM_TO, start=labels[start], end=labels[end])
                    rows.append(self._numbers(arrow, [None, *cells]))
        told = Table(
            id=f"flow-{id}",
            caption=title,
            first=self.words(_("Where people were")),
            columns=tuple(columns),
            rows=tuple(rows),
            notes=(self.words(WHICH_COLUMN), self.words(HIDDEN, **self.thresholds)),
        )
        shown = "; ".join(f"{row.title}: {', '.join(row.cells)}" for row in rows)
        caption = Caption(id=f"plot-flow-{id}", title=title, description=f"{shown}.")
        return FlowPart(plot=Plot(title=title, svg=flow_plot(flow, labels, titles, caption)), table=told)

    def _numbers(self, title: str, cells: Sequence[Protected[CountFigures] | None]) -> Row:
        written = tuple(
            "" if cell is None else "\u2013" if cell.figures is None else self.n(cell.figures.n) for cell in cells
        )
        return Row(title=title, level="line", cells=written, climbed=False)

    # --- a register --------------------------------------------------------------------------------------------------

    def register(self) -> RegisterPart | None:
        """What the register tells, where an extract was given."""
        found = self.tables.register
        if found is None:
            return None
        labels = {
            "employment": self.words(OUTCOMES["employment"]),
            "education": self.words(OUTCOMES["education"]),
            **{name: self.words(label) for name, label in LABELS.items()},
        }
        titles = [self.words(OWN_START) if time == AT_START else self.wave_title(time) for time in found.flow.times]
        title = self.words(BY_REGISTER, title=self.words(_("work, studies, neither")))
        return RegisterPart(
            known=self._known(found),
            flow=self._part(found.flow, labels, titles, "register", title),
            reached=tuple(self._reached(table) for table in found.reached),
            sheets=(
                *self.sheets(found.sheets, "register", ""),
                *(
                    written
                    for table in found.reached
                    for written in self.sheets(
                        table.sheets, f"register-{table.outcome}-{table.wave}", self._title(table)
                    )
                ),
            ),
            until=found.until,
        )

    def _title(self, table: RegisterTable) -> str:
        title = f"{self.words(OUTCOMES[table.outcome])}, {self.wave_title(table.wave)}"
        return self.words(BY_REGISTER, title=title)

    def _reached(self, table: RegisterTable) -> Table:
        words = self.words
        columns: Columns[ShareFigures] = [
            (words(_("Known")), lambda f: self.n(f.n)),
            (words(OUTCOMES[table.outcome]), lambda f: words.percent(f.percent)),
            (words(_("95% interval")), lambda f: words.percent_interval(f.interval)),
        ]
        return self.table((f"register-{table.outcome}-{table.wave}", self._title(table)), table.reached, columns)

    def _known(self, found: RegisterFindings) -> Table:
        columns: Columns[CountFigures] = [(self.words(_("Participations")), lambda f: self.n(f.n))]
        caption = self.words(_("Participations whose person the register knows"))
        return self.table(("register-known", caption), found.known, columns)


@dataclass(frozen=True, kw_only=True)
class RegisterPart:
    """The section of a register."""

    known: Table
    flow: FlowPart
    reached: tuple[Table, ...]
    sheets: tuple[Table, ...]
    until: str


WHICH_COLUMN = _("Numbers of people. An arrow stands in the column of the time at which people arrive.")
