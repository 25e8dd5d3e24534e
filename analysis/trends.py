"""By quarters: how change, answering and feedback of all services have moved. Each quarter is protected as a part of
all quarters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import pandas as pd

from analysis import pairing
from analysis.change import ChangeSummary, Moments
from analysis.depth import Depth
from analysis.disclosure import ChangeFigures, MeanFigures, Protected, ShareFigures
from analysis.findings import ChangeTrend, FeedbackTable, FeedbackTrend, MeasureTable, ResponseTrend, Trends
from analysis.outcomes import Split
from analysis.scores import numbers, score_column
from analysis.suppression import Place
from survey.schedule import window_between
from survey.scoring import scoring_key

EARLIER = "earlier"
"""All quarters before the first that is asked for: a part of all, so that the others are protected from it too."""
T = TypeVar("T", ChangeFigures, ShareFigures, MeanFigures)
S = TypeVar("S")


@dataclass(frozen=True, kw_only=True, eq=False)
class TrendMaker:
    """Makes them, of the intervention, from a day on."""

    depth: Depth
    since: date

    def trends(self, measures: Sequence[MeasureTable], feedback: Sequence[FeedbackTable]) -> Trends:
        """Of these measures and questions of feedback, and of the waves."""
        return Trends(
            since=_quarter(pd.Timestamp(self.since)),
            changes=tuple(self._change(table) for table in measures),
            responses=tuple(self._responses()),
            feedback=tuple(one for table in feedback if (one := self._feedback(table)) is not None),
        )

    def _quarters(self, moments: pd.Series[pd.Timestamp]) -> pd.Series[str]:
        first = _quarter(pd.Timestamp(self.since))
        # Of nobody the moments would stay moments, which are compared with no text.
        found = moments.map(_quarter).astype(object)
        return found.where(found >= first, EARLIER)

    def _parts(
        self,
        rows: pd.DataFrame,
        quarter: pd.Series[str],
        summary: Callable[[pd.DataFrame], S],
        release: Callable[[Mapping[Place, S]], Mapping[Place, Protected[T]]],
    ) -> Mapping[str, Protected[T]]:
        cells = {Place(kind=str(name)): summary(part) for name, part in rows.groupby(quarter, sort=True)}
        found = release(cells)
        return {place.kind: cell for place, cell in found.items() if place.kind is not None and place.kind != EARLIER}

    def _change(self, table: MeasureTable) -> ChangeTrend:
        pairs = self.depth.pairs(table.measure)
        own = pairs[pairs["arm"] == "intervention"]
        zone = self.depth.work.library.site.time_zone
        rows = self._parts(
            own,
            self._quarters(own["received_end"].dt.tz_convert(zone)),
            lambda part: ChangeSummary.of(part["start"], part["end"], part["cluster"]),
            self.depth.work.release.changes,
        )
        return ChangeTrend(measure=table.measure, versions=table.versions, rows=rows)

    def _responses(self) -> Iterator[ResponseTrend]:
        """By the quarter in which the window opened, of those whose window has closed."""
        work = self.depth.work
        timely = pairing.answered_by("client", work.dataset, work.timely)
        for wave, declared in work.library.site.waves.items():
            over = work.of_intervention(work.over[wave])
            if not len(over):
                continue
            ends = over["end"].fillna(over["planned_end"])
            opened = [
                pd.Timestamp(window_between(start, end, declared).first)
                for start, end in zip(over["start"], ends, strict=True)
            ]
            held = over["id"].isin(timely.loc[timely["wave"] == wave, "participation"])
            rows = self._parts(
                over.assign(holds=held),
                self._quarters(pd.Series(opened, index=over.index)),
                lambda part: Split.of(part["holds"]),
                work.release.answers,
            )
            yield ResponseTrend(wave=wave, rows=rows)

    def _feedback(self, table: FeedbackTable) -> FeedbackTrend | None:
        work, question = self.depth.work, table.question
        rows = pairing.rows_of(question.sources, work.counted)
        rows = rows[(rows["wave"] == question.wave) & rows["service"].map(self._own).astype(bool)]
        values = self._values(table, rows).dropna()
        if not len(values):
            return None
        zone = work.library.site.time_zone
        told = self._parts(
            rows.loc[values.index].assign(value=values),
            self._quarters(rows.loc[values.index, "received"].dt.tz_convert(zone)),
            lambda part: Moments.of(part["value"]),
            work.release.means,
        )
        return FeedbackTrend(question=question, rows=told)

    def _own(self, service: str) -> bool:
        return self.depth.work.places[service].arm == "intervention"

    def _values(self, table: FeedbackTable, rows: pd.DataFrame) -> pd.Series[float]:
        question = table.question
        if question.of == "item":
            return numbers(rows[question.id]).astype("float64")
        carrier = self.depth.work.library.instruments[question.sources[0]]
        key = next(one for one in scoring_key(carrier) if one.dimension == question.id)
        return score_column(key, rows)


def _quarter(day: pd.Timestamp) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
