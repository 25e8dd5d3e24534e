"""Pages for those who want less than everything: managers, buyers and providers, and the clients themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from analysis import alarm_words
from analysis.alarms import AlarmRow
from analysis.disclosure import ChangeFigures, CountFigures, MeanFigures, Protected, ShareFigures
from analysis.findings import OutcomeTable, Tables
from analysis.funnels import funnel_of, stands_out
from analysis.page_answers import OUTCOMES, AnswerWriter
from analysis.page_change import Finding, Plot, verdict
from analysis.page_depth import HIDDEN, DepthWriter
from analysis.page_trends import Pictured, TrendWriter
from analysis.plots import Axis, Caption, ChangeRow, change_plot
from analysis.share_plots import FunnelPoint, funnel_plot
from analysis.suppression import Place
from analysis.wording import Words
from analysis.writer import Row, Table
from survey.marking import _
from survey.model import Service

Reader = Literal["analyst", "manager", "buyer", "provider", "clients"]
READERS: tuple[Reader, ...] = ("analyst", "manager", "buyer", "provider", "clients")
T = TypeVar("T", ChangeFigures, ShareFigures, MeanFigures, CountFigures)

MANAGER = _("What changed for clients, in short")
CLIENTS = _("What you said")
BUYER = _("Contract {name}")
PROVIDER = _("{name}: own results beside all services")
BESIDE = _(
    "Own figures stand beside those of all services, which they are a part of. Clients differ from service to "
    "service: a difference is a question to look into, not a grade."
)
UNCOUNTED = _("How many have answered is not told on this page: those who know the clients could work out who has.")


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An alarm, or thanks: its heading, what was said and about whom, and what was replied and is done."""

    title: str
    sort: str
    standing: str
    about: tuple[str, ...]
    replies: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was released of one question, by kinds of service."""

    title: str
    kinds: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class Short:
    """The manager's page."""

    title: str
    organisation: str
    dataset_made: str
    made: str
    numbers: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    plots: tuple[Plot, ...]
    outcomes: Table | None
    feedback: Table | None
    answered: Table | None
    trends: tuple[Pictured, ...]
    funnels: tuple[Pictured, ...]
    alarms: tuple[str, ...]
    said: tuple[Said, ...]
    left_out: bool


@dataclass(frozen=True, kw_only=True)
class UnitPage:
    """The page of one contract, or of one provider.

    A provider's people know who was invited, and when somebody came or left: their page does not tell how many have
    answered, beside which reports of two days would tell who did between them. `uncounted` says so there.
    """

    title: str
    organisation: str
    dataset_made: str
    made: str
    services: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    uncounted: str
    plot: Plot | None
    change: Table | None
    outcomes: Table | None
    feedback: Table | None
    answered: Table | None
    steps: tuple[Pictured, ...]
    tariff: tuple[Table, ...]
    alarms: tuple[Raised, ...]


@dataclass(frozen=True, kw_only=True)
class ClientsPage:
    """What clients said, in their own page."""

    title: str
    organisation: str
    dataset_made: str
    made: str
    numbers: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...]
    steps: tuple[Pictured, ...]
    done: tuple[Raised, ...]
    said: tuple[Said, ...]


class ReaderWriter(TrendWriter):
    """Writes these pages."""

    def __init__(self, tables: Tables, words: Words, made: str) -> None:
        super().__init__(tables, words)
        self.made = made
        zone = tables.library.site.time_zone
        self.head = {
            "organisation": words.text(tables.library.site.organisation.name),
            "dataset_made": words.date(tables.made, zone),
            "made": words.date(made, zone),
        }

    # --- managers ----------------------------------------------------------------------------------------------------

    def short(self) -> Short:
        """Two pages: what was found, how many answered, what people reached and thought."""
        answers = AnswerWriter(self.tables, self.words)
        return Short(
            title=self.words(MANAGER),
            **self.head,
            numbers=tuple(answers.numbers()),
            findings=tuple(self.finding(table) for table in self.tables.clients.measures),
            plots=self.overview_plots(),
            outcomes=self._outcomes_of_all(),
            feedback=self._feedback_of_all(),
            answered=answers.attrition(),
            trends=self.trends(with_feedback=False),
            funnels=self.funnels(),
            alarms=tuple(self.alarms_in_short()),
            said=self.quoted(),
            left_out=self.tables.left_out is not None,
        )

    def _outcomes_of_all(self) -> Table | None:
        words = self.words
        rows = []
        for table in self.tables.clients.outcomes:
            cell = table.reached.get(Place())
            if cell is not None and cell.figures is not None:
                figures = cell.figures
                cells = (self.n(figures.n), words.percent(figures.percent), words.percent_interval(figures.interval))
                rows.append(Row(title=self._outcome(table), level="line", cells=cells, climbed=False))
        columns = (words(_("Answered")), words(_("Share")), words(_("95% interval")))
        return self._if_any("outcomes", words(_("Work and studies, all services together")), columns, rows)

    def _outcome(self, table: OutcomeTable) -> str:
        return f"{self.words(OUTCOMES[table.outcome.outcome])}: {self.wave_title(table.wave)}"

    def _feedback_of_all(self) -> Table | None:
        words = self.words
        rows = []
        for table in self.tables.clients.feedback:
            cell, question = table.means.get(Place()), table.question
            if question.of == "dimension" and cell is not None and cell.figures is not None:
                low, high = question.range
                cells = (
                    self.n(cell.figures.n),
                    words.number(cell.figures.mean, 1),
                    words(_("{low} to {high}"), low=words.number(low), high=words.number(high)),
                )
                title = f"{self.titled(question.title, question.versions)} \u2013 {self.wave_title(question.wave)}"
                rows.append(Row(title=title, level="line", cells=cells, climbed=False))
        columns = (words(_("Answered")), words(_("Mean")), words(_("Scale")))
        return self._if_any("feedback", words(_("Feedback, all services together")), columns, rows)

    def _if_any(self, id: str, caption: str, columns: Sequence[str], rows: Sequence[Row]) -> Table | None:
        if not rows:
            return None
        first = self.words(_("What"))
        return Table(id=id, caption=caption, first=first, columns=tuple(columns), rows=tuple(rows))

    # --- funnels -----------------------------------------------------------------------------------------------------

    def funnels(self) -> tuple[Pictured, ...]:
        """Providers' shares of each outcome in the funnel of chance, where three or more may be shown."""
        made = [self._funnel(table) for table in self.tables.clients.outcomes]
        return tuple(one for one in made if one is not None)

    def _funnel(self, table: OutcomeTable) -> Pictured | None:
        words, whole = self.words, table.reached.get(Place())
        units = [
            (place, cell)
            for place, cell in table.reached.items()
            if place.provider is not None and place.arm == "intervention" and cell.shown == place
        ]
        if whole is None or whole.figures is None or len(units) < FEWEST_IN_FUNNEL:
            return None
        named = sorted(((self.place(place), cell) for place, cell in units), key=lambda one: one[0])
        found = funnel_of({name: cell.figures for name, cell in named if cell.figures is not None})
        rows = []
        for unit, (name, cell) in zip(found.units, named, strict=True):
            figures = cell.figures
            assert figures is not None
            told = words(OUTSIDE if stands_out(unit) else INSIDE)
            cells = (self.n(figures.n), words.percent(figures.percent), told)
            rows.append(Row(title=name, level="line", cells=cells, climbed=False))
        title = words(_("By provider: {title}"), title=self._outcome(table))
        id = f"funnel-{table.outcome.origin}-{table.outcome.item.id}-{table.wave}"
        description = "; ".join(f"{row.title}: {', '.join(row.cells)}" for row in rows)
        caption = Caption(id=f"plot-{id}", title=title, description=f"{description}.")
        axis = Axis(title=words(_("people who answered")), number=lambda x, n: words.percent(int(x)))
        points = [FunnelPoint(label=name, share=cell) for name, cell in named]
        written = Table(
            id=id,
            caption=title,
            first=words(_("Provider")),
            columns=(words(_("Answered")), words(_("Share")), words(_("Beside chance"))),
            rows=tuple(rows),
            words=(2,),
            notes=(words(FUNNEL_WORDS), *(words(reason) for reason in found.reasons)),
        )
        return Pictured(plot=Plot(title=title, svg=funnel_plot(points, found, caption, axis)), table=written)

    # --- contracts and providers -------------------------------------------------------------------------------------

    def units(self, level: Literal["contract", "provider"]) -> Iterator[tuple[str, str, UnitPage]]:
        """A page for each contract, or provider, of the intervention, with the name of its file and whose it is."""
        taken: set[str] = set()
        places = [place for place in self.tables.invited if place.level == level and place.arm == "intervention"]
        for place in places:
            unit = str(place.provider or place.contract)
            name = f"{level}-{_file(unit)}"
            # Contracts are named freely: two may differ in signs alone that the name of a file has not.
            while name in taken:
                name += "-2"
            taken.add(name)
            yield f"{name}.html", unit, self._unit(place)

    def _unit(self, place: Place) -> UnitPage:
        words, name = self.words, self.place(place)
        invited = self._own(self.tables.invited.get(place))
        numbers = [] if invited is None else [(self.n(invited.n), words(_("invited")))]
        counted = _is_counted(place)
        for wave in self.tables.waves if counted else ():
            found = self._own(wave.answered.get(place))
            if found is not None:
                label = words(_("answered: {wave}"), wave=self.wave_title(wave.wave))
                numbers.append((words.percent(found.percent), label))
        return UnitPage(
            title=words(BUYER if place.contract is not None else PROVIDER, name=name),
            **self.head,
            services=tuple(self._services(place)),
            numbers=tuple(numbers),
            uncounted="" if counted else words(UNCOUNTED),
            plot=self._unit_plot(place, name),
            change=self._unit_change(place),
            outcomes=self._unit_outcomes(place),
            feedback=self._unit_feedback(place),
            answered=self._unit_answered(place) if counted else None,
            steps=self.steps(place, counted=counted),
            tariff=self._tariff(place),
            alarms=self.alarms(place),
        )

    def _tariff(self, place: Place) -> tuple[Table, ...]:
        """What a tariff would have paid for the contract, or for its services where it names these."""
        if place.contract is None:
            return ()
        names = [place.contract, *(s.id for s in self.services.values() if s.contract == place.contract)]
        writer = DepthWriter(self.tables, self.words)
        return tuple(
            writer.sheet(self.tables.tariff[name], f"tariff-{_file(name)}", name)
            for name in names
            if name in self.tables.tariff
        )

    def _own(self, cell: Protected[T] | None) -> T | None:
        return None if cell is None or cell.shown != cell.place else cell.figures

    def _services(self, place: Place) -> Iterator[str]:
        for service in self.services.values():
            if self._within(service, place):
                yield self.words.text(service.title)

    def _unit_plot(self, place: Place, name: str) -> Plot | None:
        rows, words = [], self.words
        for table in self.tables.clients.measures:
            own = table.changes.get(place)
            whole = table.changes.get(Place())
            if own is None or own.figures is None or own.shown != place or whole is None or whole.figures is None:
                continue
            for label, cell, figures in ((name, own, own.figures), (words(self.everything), whole, whole.figures)):
                title = f"{self.title(table)}: {label}"
                written = self.change_words(figures)
                rows.append(ChangeRow(label=title, figures=cell, words=written, verdict=verdict(figures, table)))
        if not rows:
            return None
        title = words(_("Change by dimension, own and all services"))
        told = "; ".join(f"{row.label}: {row.words}" for row in rows)
        caption = Caption(id="plot-unit", title=title, description=f"{told}.")
        axis = Axis(title=words(_("change in points")), number=lambda x, n: words.number(x, n, sign=True))
        return Plot(title=title, svg=change_plot(rows, caption, axis))

    def _unit_change(self, place: Place) -> Table | None:
        words = self.words
        rows = [
            self._beside(self.title(table), table.changes, place, lambda f: (self.n(f.n_pairs), self.change_words(f)))
            for table in self.tables.clients.measures
        ]
        return self._of_unit(
            "change", words(_("Change, own and of all services")), (words(_("Pairs")), words(_("Change"))), rows, place
        )

    def _unit_outcomes(self, place: Place) -> Table | None:
        words = self.words

        def written(figures: ShareFigures) -> tuple[str, str]:
            return self.n(figures.n), f"{words.percent(figures.percent)} ({words.percent_interval(figures.interval)})"

        rows = [self._beside(self._outcome(t), t.reached, place, written) for t in self.tables.clients.outcomes]
        columns = (words(_("Answered")), words(_("Share")))
        return self._of_unit("outcomes", words(_("Work and studies, own and of all services")), columns, rows, place)

    def _unit_feedback(self, place: Place) -> Table | None:
        words = self.words
        rows = [
            self._beside(
                f"{self.titled(t.question.title, t.question.versions)} ({self.wave_title(t.question.wave)})",
                t.means,
                place,
                lambda f: (self.n(f.n), words.number(f.mean, 1)),
            )
            for t in self.tables.clients.feedback
        ]
        columns = (words(_("Answered")), words(_("Mean")))
        return self._of_unit("feedback", words(_("Feedback, own and of all services")), columns, rows, place)

    def _unit_answered(self, place: Place) -> Table | None:
        words = self.words
        rows = [
            self._beside(self.wave_title(t.wave), t.answered, place, lambda f: (self.n(f.n), words.percent(f.percent)))
            for t in self.tables.waves
        ]
        columns = (words(_("Asked")), words(_("Answered")))
        return self._of_unit("answered", words(_("Who answered in time")), columns, rows, place)

    def _beside(
        self,
        title: str,
        cells: Mapping[Place, Protected[T]],
        place: Place,
        write: Callable[[T], tuple[str, str]],
    ) -> Row | None:
        """Own figures, then those of all services; nothing where the place has no part in it."""
        if place not in cells:
            return None
        own: T | None = self._own(cells[place])
        whole: T | None = self._own(cells.get(Place()))
        return Row(title=title, level="line", cells=(*_written(own, write), *_written(whole, write)), climbed=False)

    def _of_unit(
        self, id: str, caption: str, columns: tuple[str, ...], rows: Sequence[Row | None], place: Place
    ) -> Table | None:
        """Rows of `_beside`. The first of their two columns is how many people it is of."""
        words, told = self.words, [row for row in rows if row is not None]
        if not _is_counted(place):
            columns, told = columns[1:], [replace(row, cells=row.cells[1::2]) for row in told]
        if not told:
            return None
        every = words(self.everything)
        hidden = any("\u2013" in row.cells for row in told)
        return Table(
            id=f"unit-{id}",
            caption=caption,
            first=words(_("What")),
            columns=(*columns, *(f"{every}: {column}" for column in columns)),
            rows=tuple(told),
            notes=(words(BESIDE), *((words(HIDDEN, **self.thresholds),) if hidden else ())),
        )

    # --- alarms ------------------------------------------------------------------------------------------------------

    def alarms_in_short(self) -> Iterator[str]:
        found = self.tables.alarms
        if found is not None and found.looked_at:
            yield from alarm_words.summary(found, self.tables.release.policy.minimum_count, self.words)

    def alarms(self, place: Place | None = None) -> tuple[Raised, ...]:
        """Those of the services of a contract or provider, or all."""
        found = self.tables.alarms
        rows = () if found is None else found.rows
        return tuple(self._raised(row) for row in rows if place is None or self._within(row.alarm.service, place))

    def _within(self, service: Service, place: Place) -> bool:
        mine = place.provider in (None, service.provider) and place.contract in (None, service.contract)
        return mine and service.arm == place.arm

    def _raised(self, row: AlarmRow) -> Raised:
        found, words = self.tables.alarms, self.words
        assert found is not None
        service, *rest = alarm_words.about(row.alarm, found, words)
        return Raised(
            # It is a heading here, and no sentence.
            title=f"{service.rstrip('.')} – {words(alarm_words.TITLES[row.alarm.sort])} {row.alarm.id}",
            sort=row.alarm.sort,
            standing=alarm_words.standing(row, words),
            about=tuple(rest),
            replies=tuple(line for reply in row.replies for line in alarm_words.replied(reply, found, words)),
        )

    def quoted(self) -> tuple[Said, ...]:
        """What clients wrote and somebody in a named role has released, question by question."""
        found, words = self.tables.words, self.words
        if found is None:
            return ()
        return tuple(
            Said(
                title=f"{words.text(one.question)} ({self.wave_title(one.wave)})",
                kinds=tuple((words.text(kind.title), kind.texts) for kind in one.kinds),
            )
            for one in found.of("client")
            if one.kinds
        )

    # --- clients -----------------------------------------------------------------------------------------------------

    def clients(self) -> ClientsPage:
        """In plain words: how many answered, what they said, and what it is used for."""
        return ClientsPage(
            title=self.words(CLIENTS),
            **self.head,
            numbers=tuple(AnswerWriter(self.tables, self.words).numbers()),
            sentences=tuple(self._plain()),
            steps=self.steps(),
            done=tuple(one for one in self.alarms() if one.replies),
            said=self.quoted(),
        )

    def _plain(self) -> Iterator[str]:
        """A sentence for each dimension: things have become better, worse, or cannot be told."""
        for table in self.tables.clients.measures:
            cell = table.changes.get(Place())
            if cell is not None and cell.figures is not None and cell.figures.interval is not None:
                found = verdict(cell.figures, table)
                sure = found != "unclear" and not cell.figures.rough
                yield self.words(PLAIN[found if sure else "unclear"], title=self.title(table))


def _is_counted(place: Place) -> bool:
    """Whether a page of its own tells how many have answered: a provider's does not."""
    return place.provider is None


def _written(figures: T | None, write: Callable[[T], tuple[str, str]]) -> tuple[str, str]:
    return ("\u2013", "\u2013") if figures is None else write(figures)


def _file(name: str) -> str:
    """A part of a file's name."""
    return "".join(letter if letter.isalnum() else "-" for letter in name).strip("-").lower()


FEWEST_IN_FUNNEL = 3
INSIDE = _("Within what chance makes")
OUTSIDE = _("Further from all than chance makes: look why")
FUNNEL_WORDS = _(
    "The line is the share of these providers together; dashes are the limits inside which chance alone would leave 95 "
    "of 100 providers, dots 99.8, wider where providers differ more than that. Providers stand by how many people "
    "answered and in the order of names: it is no ranking, and their clients differ."
)
PLAIN = {
    "better": _("{title}: things got better on average."),
    "worse": _("{title}: things got worse on average."),
    "unclear": _("{title}: on average nothing has changed that one could be sure of."),
}
