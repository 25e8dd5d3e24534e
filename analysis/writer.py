"""Protected figures as the tables of a page, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from analysis.disclosure import ChangeFigures, CountFigures, MeanFigures, Protected, ReliableFigures, ShareFigures
from analysis.suppression import Place
from analysis.tables import Tables
from analysis.wording import Words
from survey.marking import _

T = TypeVar("T", ChangeFigures, ReliableFigures, ShareFigures, MeanFigures, CountFigures)


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
        self.services = {service.id: service for service in tables.library.services.services}

    def place(self, place: Place) -> str:
        """The title of a service or kind, with a word where it is a comparison."""
        words = self.words
        if place.service is not None:
            name = words.text(self.services[place.service].title)
        elif place.kind is not None:
            name = words.text(self.tables.library.services.kinds[place.kind])
        else:
            name = words(_("All services"))
        return name if place.arm == "intervention" else words(_("{name} (comparison)"), name=name)

    def wave_title(self, wave: str) -> str:
        """A wave's title as the site gives it."""
        return self.words.text(self.tables.library.site.waves[wave].title)

    def shown(self, cell: Protected[T]) -> str:
        """Of what place the figures in a row are."""
        if cell.shown is None:
            return self.words(_("Withheld"))
        if cell.shown == cell.place:
            return self.words(_("Own"))
        return self.words(_("Kind of service")) if cell.shown.level == "kind" else self.words(_("All services"))

    def table(
        self,
        caption: tuple[str, str],
        cells: Mapping[Place, Protected[T]],
        columns: Mapping[str, Callable[[T], str]],
        words: tuple[int, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Table:
        """A table with a row for each place: the columns given, then whose figures they are. `caption` is its id and
        its words."""
        rows = []
        for place, cell in _worth_showing(cells):
            figures = cell.figures
            written: list[str] = ["\u2013" if figures is None else write(figures) for write in columns.values()]
            climbed = cell.shown != place
            title = self.place(place)
            level = "kind" if place.arm == "comparison" else place.level
            rows.append(Row(title=title, level=level, cells=(*written, self.shown(cell)), climbed=climbed))
        why: dict[str, None] = dict.fromkeys(
            self.words(cell.reason) for _, cell in _worth_showing(cells) if cell.reason
        )
        titles = tuple(self.words(column) for column in (*columns, _("Figures of")))
        return Table(
            id=caption[0],
            caption=caption[1],
            first=self.words(_("Service")),
            columns=titles,
            rows=tuple(rows),
            words=(*words, len(columns)),
            notes=(*notes, *why),
        )

    def n(self, n: int) -> str:
        """A number of people."""
        return self.words.number(n)


def _worth_showing(cells: Mapping[Place, Protected[T]]) -> Iterator[tuple[Place, Protected[T]]]:
    """Without the totals of a comparison arm that has only one service."""
    single = sum(place.arm == "comparison" and place.level == "service" for place in cells) == 1
    for place, cell in cells.items():
        if not (single and place.arm == "comparison" and place.level != "service"):
            yield place, cell
