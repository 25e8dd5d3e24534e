"""A register's extract beside the answers: outcomes of everybody whom it knows, whether they answered or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import pandas as pd

from analysis.arm_sheets import arms_sheet, shares_sheet, sides_of
from analysis.findings import AT_START, OTHERWISE, RegisterFindings, RegisterTable
from analysis.flows import UNANSWERED, Flow, Path, flow_of
from analysis.outcome_sheets import agreement_sheet, once_sheet, time_sheet
from analysis.outcomes import Count, OutcomeItem, Split, outcome_items, reached
from analysis.register import NONE, STATUSES, Register
from analysis.statistic import Sheet
from analysis.stay_sheets import common
from analysis.work import Work
from survey.schedule import add_months

Outcome = Literal["employment", "education"]
OUTCOMES: tuple[Outcome, ...] = ("employment", "education")
MOST_TIMES = 3
FEWER = {status: status if status in OUTCOMES else OTHERWISE for status in (*STATUSES, NONE)}


@dataclass(frozen=True, kw_only=True, eq=False)
class RegisterDepth:
    """Makes what a register tells. `starts` are start scores by participation, what arms are made alike in."""

    work: Work
    register: Register
    starts: pd.DataFrame

    def findings(self) -> RegisterFindings:
        """Every table; participations without a pseudonym, or not in the extract, are in none."""
        tables = tuple(self._tables())
        sheets = [self._time()]
        return RegisterFindings(
            until=self.register.until.isoformat(),
            known=self.work.release.numbers(self.work.cells(self._people, _count, ())),
            reached=tables,
            sheets=tuple(self.work.release.sheet(sheet) for sheet in sheets),
            flow=self.work.release.flow(self._flow()),
        )

    @cached_property
    def _people(self) -> pd.DataFrame:
        """Participations whose person the extract knows, by id."""
        people = self.work.dataset.participations.set_index("id")
        arms = {service: place.arm for service, place in self.work.places.items()}
        people = people[people["person"].isin(self.register.spells["person"])]
        return people.assign(
            arm=people["service"].map(arms),
            cluster=(people["service"] + "/" + people["group"]).fillna(""),
            began=pd.to_datetime(people["start"]),
            left=people["end"].fillna(people["planned_end"]),
        )

    @cached_property
    def _statuses(self) -> pd.DataFrame:
        """The status at the start and at each wave from the end on, by participation; missing where not yet known."""
        people = self._people
        found = {AT_START: self.register.status_on(people["person"], people["began"])}
        for wave, declared in self.work.library.site.waves.items():
            if declared.anchor == "end":
                days = pd.to_datetime(people["left"].map(lambda day, m=declared.months: add_months(day, m)))
                found[wave] = self.register.status_on(people["person"], days)
        return pd.DataFrame(found, index=people.index)

    def _held(self, outcome: Outcome, wave: str) -> pd.Series[bool]:
        known = self._statuses[wave].dropna()
        return known == outcome

    def _tables(self) -> Iterator[RegisterTable]:
        for wave in self._statuses.columns:
            for outcome in OUTCOMES if wave != AT_START else ():
                held = self._held(outcome, wave)
                if len(held):
                    rows = self._people.loc[held.index, ["service"]].assign(holds=held)
                    cells = self.work.cells(rows, lambda part: Split.of(part["holds"]), ())
                    sheets = tuple(self.work.release.sheet(sheet) for sheet in self._sheets(outcome, wave, held))
                    table = self.work.release.shares(cells)
                    yield RegisterTable(outcome=outcome, wave=wave, reached=table, sheets=sheets)

    def _sheets(self, outcome: Outcome, wave: str, held: pd.Series[bool]) -> Iterator[Sheet]:
        people = self._people.loc[held.index]
        own = people["arm"] == "intervention"
        if (once := once_sheet(held[own], people["person"][own])) is not None:
            yield once
        for item in outcome_items(self.work.library.instruments):
            if item.outcome == outcome and item.respondent == "client" and wave in item.waves:
                yield from self._agreement(item, wave, held[own])
        arms = [Split.of(held[people["arm"] == arm]) for arm in ("intervention", "comparison")]
        if all(sum(arm.counts) for arm in arms):
            yield shares_sheet(*arms)
            frame, starts = people.assign(outcome=held.astype("float64")), self.starts.reindex(people.index)
            # Many whom a register knows have answered nothing: then there is nothing to make the arms alike in.
            if common(starts):
                yield arms_sheet(sides_of(frame, starts, {}, None), unit="share")

    def _agreement(self, item: OutcomeItem, wave: str, held: pd.Series[bool]) -> Iterator[Sheet]:
        said = reached(item, self.work.pooled, wave).set_index("participation")["reached"]
        both = said.index.intersection(held.index)
        if len(both):
            yield agreement_sheet(said[both].astype(bool), held[both].astype(bool))

    def _time(self) -> Sheet:
        people = self._people[self._people["arm"] == "intervention"]
        found = self.register.days_to_work(people["person"], people["began"])
        return time_sheet(found["days"], found["employed"])

    def _flow(self) -> Flow:
        """Over the first three times: with more, a picture is a tangle and the numbers too small to tell."""
        own = self._people["arm"] == "intervention"
        times = [time for time in self._statuses.columns if self._statuses.loc[own, time].notna().any()]
        # With every status of the register most numbers are too small to tell.
        few = self._statuses.loc[own, times[:MOST_TIMES]].map(FEWER.get)
        flow = flow_of(few, (*OUTCOMES, OTHERWISE))
        return replace(flow, told=tuple(_told(flow)))


def _told(flow: Flow) -> Iterator[frozenset[Path]]:
    """What the tables of outcomes tell of all services: who reached each, and the others whom the register knows."""
    for time, name in enumerate(flow.times):
        for outcome in OUTCOMES if name != AT_START else ():
            held = flow.at(time, outcome)
            others = flow.at(time, *(status for status in flow.statuses if status not in (outcome, UNANSWERED)))
            yield from (one for one in (held, others) if one)


def _count(rows: pd.DataFrame) -> Count:
    return Count(n=len(rows))
