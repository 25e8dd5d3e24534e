"""Protected figures as the tables of a page, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from analysis.findings import Tables
from analysis.suppression import Level, Place
from analysis.wording import Words
from survey.marking import _
from survey.model import Text

LEVELS: Mapping[Level, str] = {
    "contract": _("Contract"),
    "kind": _("Kind of service"),
    "all": _("All services"),
}
T = TypeVar("T", ChangeFigures, ReliableFigures, ShareFigures, MeanFigures, ScoreFigures, ChoiceFigures, CountFigures)
Columns = Sequence[tuple[str, Callable[[T], str]]]
"""The columns of a table: each has its title, in the words of the page, and what is written in it."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of a table; `climbed` where the figures are those of a wider place."""

    title: str
    level: str
    cells: tuple[str, ...]
    climbed: bool


@dataclass(frozen=True, kw_only=True)
class Table:
    """A captioned table. The first column is the rows' title; `words` are the numbers of columns that hold words;
    `notes` stand below."""

    id: str
    caption: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    words: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


class Writer:
    """Puts protected figures into the words of one language."""

    def __init__(self, tables: Tables, words: Words) -> None:
        self.tables, self.words = tables, words
        self.thresholds = tables.release.policy.thresholds
        self.services = {service.id: service for service in tables.library.services.services}

    @property
    def everything(self) -> str:
        """What the row of all services of the intervention is called: a comparison is not in it."""
        return _("All services, without the comparison") if self.compares else _("All services")

    @property
    def compares(self) -> bool:
        return any(service.arm == "comparison" for service in self.services.values())

    def place(self, place: Place) -> str:
        """The title of a service or kind, with a word where it is a comparison."""
        words = self.words
        if place.provider is not None:
            name = self.tables.library.services.providers[place.provider].name
        elif place.contract is not None:
            name = place.contract
        elif place.service is not None:
            name = words.text(self.services[place.service].title)
        elif place.kind is not None:
            name = words.text(self.tables.library.services.kinds[place.kind])
        else:
            return words(self.everything if place.arm == "intervention" else _("All services (comparison)"))
        return name if place.arm == "intervention" else words(_("{name} (comparison)"), name=name)

    def titled(self, title: Text, versions: tuple[str, ...]) -> str:
        """A title, with the versions where there are others."""
        name, words = self.words.text(title), self.words
        return words(_("{name} (version {versions})"), name=name, versions=", ".join(versions)) if versions else name

    def from_where(self, caption: str, instrument: str, among: Collection[tuple[str, str]]) -> str:
        """A caption, with the questionnaire's title where another one has the same; `among` are all captions of its
        sort with their questionnaires. Regions of a page need names of their own."""
        if len({other for same, other in among if same == caption}) < 2:
            return caption
        carriers = sorted((i for i in self.tables.library.instruments.values()), key=lambda i: i.version)
        titles = {i.instrument: self.words.text(i.title) for i in carriers}
        return f"{caption} \u2013 {titles.get(instrument, instrument)}"

    def wave_title(self, wave: str) -> str:
        """A wave's title as the site gives it."""
        return self.words.text(self.tables.library.site.waves[wave].title)

    def shown(self, cell: Protected[T]) -> str:
        """Of what place the figures in a row are."""
        if cell.shown is None:
            return self.words(_("Withheld"))
        if cell.shown == cell.place:
            return self.words(_("Own"))
        return self.words(LEVELS[cell.shown.level])

    def table(
        self,
        caption: tuple[str, str],
        cells: Mapping[Place, Protected[T]],
        columns: Columns[T],
        words: tuple[int, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Table:
        """A table with a row for each place: the columns given, then whose figures they are. `caption` is its id and
        its words."""
        rows: list[Row] = []
        elsewhere: list[str] = []
        for title, place, cell in self.worth_showing(cells):
            if cell.shown is not None and cell.shown.level == "all" != place.level:
                elsewhere.append(title)
                continue
            figures = cell.figures
            written: list[str] = ["\u2013" if figures is None else write(figures) for _title, write in columns]
            written.append(self.shown(cell))
            rows.append(Row(title=title, level=self.level(place), cells=tuple(written), climbed=cell.shown != place))
        titles = (*(title for title, _write in columns), self.words(_("Figures of")))
        return Table(
            id=caption[0],
            caption=caption[1],
            first=self.words(_("Service")),
            columns=titles,
            rows=tuple(rows),
            words=(*words, len(columns)),
            notes=(*notes, *self._notes(cells, elsewhere)),
        )

    def level(self, place: Place) -> str:
        """How a row is set: those of a comparison are not what the services above add up to."""
        return "kind" if place.arm == "comparison" else place.level

    def n(self, n: int) -> str:
        """A number of people."""
        return self.words.number(n)

    def _notes(self, cells: Mapping[Place, Protected[T]], elsewhere: Sequence[str]) -> Iterator[str]:
        """Who has no row, as it would be that of all services again, and why figures climbed or are withheld."""
        if elsewhere:
            yield self.words(_("Only in the figures of all services: {titles}."), titles=", ".join(elsewhere))
        reasons = dict.fromkeys(cell.reason for _title, _place, cell in self.worth_showing(cells) if cell.reason)
        for reason in reasons:
            yield self.words(reason, **self.thresholds)

    def worth_showing(self, cells: Mapping[Place, Protected[T]]) -> Iterator[tuple[str, Place, Protected[T]]]:
        """Each row with its title; a kind or a comparison arm that has only one service is one row. Providers and
        contracts have tables of their own."""
        cells = {place: cell for place, cell in cells.items() if place.level not in ("provider", "contract")}
        alone = {place: services[0] for place in cells if len(services := _services(place, cells)) == 1}
        for place, cell in cells.items():
            if place.arm == "comparison":
                if place not in alone:
                    yield self.place(place), place, cell
            elif place in alone and place.level == "kind":
                kind, service = self.place(place), self.place(alone[place])
                both = self.words(_("{kind}: {service}"), kind=kind, service=service)
                yield kind if kind == service else both, place, cell
            elif place.level != "service" or place.parents[0] not in alone:
                yield self.place(place), place, cell


def _services(place: Place, cells: Iterable[Place]) -> list[Place]:
    """The services inside a wider place."""
    return [other for other in cells if other.level == "service" and other != place and place.holds(other)]
