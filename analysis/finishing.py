"""From tallies to summaries: which services are in a table, and what their sums are called."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from analysis.change import ChangeFrequencies, ChangeSummary, Grouped, Moments
from analysis.findings import Question
from analysis.outcomes import Choices, Count, OutcomeItem, Split, Submitted
from analysis.scores import ItemSums, Measure
from analysis.summaries import (
    Asked,
    Averaged,
    Cells,
    Chosen,
    MeasureSums,
    Plan,
    RespondentSums,
    Summaries,
    WaveSums,
)
from analysis.tallies import HALF, SIZES, WIDE, Name, Row, Sums, Tally
from survey.model import Respondent

S = TypeVar("S")


def finished(tally: Tally, plan: Plan, made: str) -> Summaries:
    """The summaries of everything that was summed up. `made` is when the dataset was made."""
    return _Finished(tally=tally, plan=plan).summaries(made)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Finished:
    tally: Tally
    plan: Plan

    def summaries(self, made: str) -> Summaries:
        return Summaries(
            library=self.plan.library,
            made=made,
            invited=self._cells(("invited",), _count, Count(), ()),
            waves=tuple(self._wave(wave) for wave in self.plan.waves if self._is_over(wave)),
            respondents=tuple(self._respondent(asked) for asked in self.plan.asked),
            left_out=self._left_out() if self.plan.review else None,
        )

    def _cells(self, name: Name, make: Callable[[Row], S], empty: S, asking: Collection[str]) -> Cells[S]:
        """A summary for each service that is in the rows, or asked and therefore not to be passed over."""
        rows = {self.plan.services[key]: make(values) for key, values in self.tally.rows(*name)}
        return {self.plan.places[id]: rows.get(id, empty) for id in sorted({*rows, *asking})}

    def _asked(self, respondent: Respondent, wave: str, sources: Collection[str] | None = None) -> set[str]:
        """The services that have asked by now at a wave: anything, or one of some instruments (`id@version`)."""
        due = {self.plan.services[key] for key, _values in self.tally.rows("due", respondent, wave)}
        return {id for id in due if sources is None or self.plan.carries(id, sources)}

    def _is_over(self, wave: str) -> bool:
        """Whether anybody was asked at a wave and can answer no more: of others no rate is known."""
        return next(self.tally.rows("over", wave), None) is not None

    def _wave(self, wave: str) -> WaveSums:
        return WaveSums(
            wave=wave,
            answered=self._cells(("over", wave), _split, Split(), ()),
            outside=self._cells(("over", wave), lambda sums: Count(n=int(sums[2])), Count(), ()),
        )

    def _left_out(self) -> Mapping[str, Submitted]:
        languages = self.plan.library.site.languages
        waiting = {tag for tags in self.plan.review.values() for tag in tags}
        rows = self.tally.rows("left_out")
        found = {languages[key]: Submitted(n=int(sums[0]), people=int(sums[1])) for key, sums in rows}
        return {tag: found.get(tag, Submitted()) for tag in languages if tag in waiting}

    def _respondent(self, asked: Asked) -> RespondentSums:
        who = asked.respondent
        return RespondentSums(
            respondent=who,
            measures=tuple(self._measure(*one, (who, n)) for n, one in enumerate(asked.measures)),
            memories=tuple((one, self._memory(one, (who, n))) for n, one in enumerate(asked.memories)),
            outcomes=tuple(self._outcomes(asked)),
            feedback=tuple(
                (one, self._cells(("feedback", who, n), _moments, Moments(), self._asked_one(one.question)))
                for n, one in enumerate(asked.feedback)
            ),
            choices=tuple((one, self._choice(one, (who, n))) for n, one in enumerate(asked.choices)),
        )

    def _asked_one(self, question: Question) -> set[str]:
        return self._asked(question.respondent, question.wave, question.sources)

    def _outcomes(self, asked: Asked) -> Iterator[tuple[OutcomeItem, str, Cells[Split]]]:
        for n, (outcome, wave) in enumerate(asked.outcomes):
            asking = self._asked(asked.respondent, wave, outcome.sources)
            if asking:
                yield outcome, wave, self._cells(("outcome", asked.respondent, n), _split, Split(), asking)

    def _choice(self, one: Chosen, name: tuple[str, int]) -> Cells[Choices]:
        single = one.sort != "several"

        def choices(sums: Row) -> Choices:
            n, *chosen = (int(number) for number in sums)
            return Choices(one=single, n=n, chosen=tuple(chosen))

        empty = choices([0.0] * (1 + len(one.options)))
        return self._cells(("choice", *name), choices, empty, self._asked_one(one.question))

    def _memory(self, one: Averaged, name: tuple[str, int]) -> Cells[Grouped]:
        found = {id: _grouped([(group, sums) for group, sums in rows]) for id, rows in self._groups("memory", name)}
        return self._placed(found, Grouped(), self._asked_one(one.question))

    def _measure(self, measure: Measure, versions: tuple[str, ...], name: tuple[str, int]) -> MeasureSums:
        opened = [wave for wave in measure.waves if self._asked(measure.respondent, wave)]
        asking = self._asked(measure.respondent, str(self.plan.end), measure.sources)
        changes = {id: _changes(rows) for id, rows in self._groups("change", name)}
        start, items = self._start(measure, name)
        return MeasureSums(
            measure=measure,
            versions=versions,
            answered={
                wave: self._cells(
                    ("answered", *name, wave), _count, Count(), self._asked(measure.respondent, wave, measure.sources)
                )
                for wave in opened
            },
            changes=self._placed(changes, ChangeSummary(), asking),
            frequencies=self._frequencies(measure, name, asking),
            start=start,
            items=items,
        )

    def _placed(self, found: Mapping[str, S], empty: S, asking: Collection[str]) -> Cells[S]:
        return {self.plan.places[id]: found.get(id, empty) for id in sorted({*found, *asking})}

    def _groups(self, sort: str, of: tuple[str, int]) -> Iterator[tuple[str, list[tuple[str, Row]]]]:
        """The sums of each group of each service; those without a group have an empty name."""
        found: dict[str, list[tuple[str, Row]]] = {}
        for key, sums in self.tally.rows(sort, *of):
            service, group = divmod(key, WIDE)
            id, name = self.plan.services[service], self.tally.groups[group]
            found.setdefault(id, []).append((f"{id}/{name}" if name else "", sums))
        yield from ((id, sorted(rows)) for id, rows in found.items())

    def _frequencies(self, measure: Measure, name: tuple[str, int], asking: set[str]) -> Cells[ChangeFrequencies]:
        sums = self.tally.tables.get(("sizes", *name), Sums(keys=np.zeros(0, dtype="int64"), values=np.zeros((0, 1))))
        order = np.argsort(sums.keys)
        services, sizes = np.divmod(sums.keys[order], WIDE)
        low, high = measure.key.range
        changes, counts = (sizes - HALF) * ((high - low) / SIZES), sums.values[order, 0].astype("int64")
        codes, begins = np.unique(services, return_index=True)
        found = {
            self.plan.services[code]: ChangeFrequencies(changes=changes[begin:end], counts=counts[begin:end])
            for code, begin, end in zip(codes, begins, np.append(begins, len(services))[1:], strict=True)
        }
        none = ChangeFrequencies(changes=np.zeros(0), counts=np.zeros(0, dtype="int64"))
        return self._placed(found, none, asking)

    def _start(self, measure: Measure, name: tuple[str, int]) -> tuple[Moments, ItemSums]:
        """Of all services together."""
        found = next((sums for _key, sums in self.tally.rows("start", *name)), None)
        if found is None:
            return Moments(), ItemSums()
        n, total, squares, complete, *pairs = found
        totals, own_squares = pairs[0::2], pairs[1::2]
        items = ItemSums(
            n=int(complete),
            totals=tuple(totals[:-1]),
            squares=tuple(own_squares[:-1]),
            total=totals[-1],
            total_squares=own_squares[-1],
        )
        return Moments(n=int(n), total=total, squares=squares), items


def _count(sums: Row) -> Count:
    return Count(n=int(sums[0]))


def _split(sums: Row) -> Split:
    return Split(yes=int(sums[1]), no=int(sums[0] - sums[1]))


def _moments(sums: Row) -> Moments:
    return Moments(n=int(sums[0]), total=sums[1], squares=sums[2])


def _grouped(rows: Sequence[tuple[str, Row]]) -> Grouped:
    """Of number, sum and squares by group."""
    found = {group: _moments(sums) for group, sums in rows}
    return Grouped(alone=found.get("", Moments()), groups={group: one for group, one in found.items() if group})


def _changes(rows: Sequence[tuple[str, Row]]) -> ChangeSummary:
    """Of the number, the sums of start, end and change, and those of their squares, by group."""
    n, start, end, _change, start_squares, end_squares, _squares = map(sum, zip(*(s for _g, s in rows), strict=True))
    return ChangeSummary(
        start=_moments([n, start, start_squares]),
        end=_moments([n, end, end_squares]),
        change=_grouped([(group, [sums[0], sums[3], sums[6]]) for group, sums in rows]),
    )
