"""Summaries in place of people: what an area hands over so that regional and national figures can be made.

A file holds sums of the same cells that the area's report shows: each service that is large enough by itself, and all
others of a kind (or of several kinds) as one. These cells do not overlap, and every figure of the report is a sum of
them, so that nothing that the report hides can be worked out from both. Clusters of an interval are groups of enough
people; smaller ones of a cell are joined, as groups that are independent of each other stay so together. Means, shares
and counts of pooled files are those of the people pooled; so are intervals, with the groups as handed over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from analysis import AnalysisError
from analysis.change import ChangeSummary, Grouped, Mergeable, Moments, ReliableBasis, merged
from analysis.disclosure import Protected, Release, ReliableFigures
from analysis.findings import Findings, Question
from analysis.outcomes import OutcomeItem
from analysis.scores import Measure
from analysis.summaries import Cells, MeasureSums, RespondentSums, Summaries
from analysis.suppression import Place
from analysis.tables import protect
from survey.model import (
    Service,
    Site,
    as_data,
    canonical,
)

FORMAT = 1
SORT = "mittari-summaries"
S = TypeVar("S", bound=Mergeable)
Json = dict[str, Any]
Key = tuple[object, ...]


class FederationError(AnalysisError):
    """A file of summaries cannot be used. The message says in plain words what to do."""


# --- handing over ----------------------------------------------------------------------------------------------------


def handed_over(sums: Summaries, release: Release, *, made: str, day: date) -> Mapping[str, object]:
    """The content of a file of summaries, as JSON data; `made` is when it was made. Only what `release` lets out."""
    writer = _Writer(sums=sums, release=release)
    tables = [*writer.tables()]
    library = sums.library
    public = {
        "site": _site(library.site),
        "kinds": as_data(library.services.kinds),
        "services": [_service(service) for service in library.services.services],
        "instruments": [as_data(instrument) for instrument in library.instruments.values()],
    }
    return {
        "format": FORMAT,
        "sort": SORT,
        "made": made,
        "dataset_made": sums.made,
        "day": day.isoformat(),
        "policy": as_data(release.policy),
        "digest": hashlib.sha256(canonical(public)).hexdigest(),
        "library": public,
        "tables": tables,
    }


def _site(site: Site) -> Json:
    """What names things: nobody needs an area's notices or addresses."""
    return {
        "name": as_data(site.organisation.name),
        "languages": list(site.languages),
        "language_names": as_data(site.language_names),
        "time_zone": site.time_zone,
        "waves": as_data(site.waves),
    }


def _service(service: Service) -> Json:
    names = ("id", "title", "kind", "arm", "instruments")
    return {name: as_data(getattr(service, name)) for name in names}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Writer:
    sums: Summaries
    release: Release

    def tables(self) -> Iterator[Json]:
        sums, shown, policy = self.sums, protect(self.sums, self.release), self.release.policy
        yield self._table(("invited",), sums.invited, _own(shown.invited), self._counted)
        for wave, table in zip(sums.waves, shown.waves, strict=True):
            yield self._table(
                ("answered", wave.wave),
                wave.answered,
                _own(table.answered),
                lambda split: split.yes >= policy.minimum_count,
            )
            yield self._table(("late", wave.wave), wave.outside, _own(table.outside), self._counted)
        told = {findings.respondent: findings for findings in shown.everyone}
        for respondent in sums.respondents:
            if respondent.respondent in told:
                yield from self._respondent(respondent, told[respondent.respondent])
        if sums.left_out is not None and shown.left_out is not None:
            parts = shown.left_out.parts
            rows = [
                {"language": tag, "cell": as_data(cell)}
                for tag, cell in sums.left_out.items()
                if parts[tag].figures is not None
            ]
            lacking = any(cell.n and parts[tag].figures is None for tag, cell in sums.left_out.items())
            yield {"table": ["left_out"], "rows": rows, "lacking": lacking}

    def _respondent(self, sums: RespondentSums, told: Findings) -> Iterator[Json]:
        who = sums.respondent
        for one, table in zip(sums.measures, told.measures, strict=True):
            yield from self._measure(one, (who, *measure_key(one.measure)), table.answered, table)
        for (averaged, cells), memory in zip(sums.memories, told.memories, strict=True):
            of = ("memory", who, *question_key(averaged.question))
            yield self._table(of, cells, _own(memory.means), self._grouped_enough, sources=averaged.question.sources)
        for (outcome, wave, reached), outcomes in zip(sums.outcomes, told.outcomes, strict=True):
            of = ("outcome", who, *outcome_key(outcome), wave)
            yield self._table(of, reached, _own(outcomes.reached), self._counted, sources=outcome.sources)
        for (averaged, means), feedback in zip(sums.feedback, told.feedback, strict=True):
            of = ("feedback", who, *question_key(averaged.question))
            yield self._table(of, means, _own(feedback.means), self._mean_enough, sources=averaged.question.sources)
        for (chosen, choices), shares in zip(sums.choices, told.choices, strict=True):
            answers = shares.shares.answers
            kept = {place: cell.of_these(answers) for place, cell in choices.items()} if answers else {}
            of = ("choice", who, *question_key(chosen.question))
            found = self._table(of, kept, _own(shares.shares.rows), self._counted, sources=chosen.question.sources)
            found["lacking"] |= not answers and any(cell.n for cell in choices.values())
            yield found | {"answers": [chosen.options[n].value for n in answers], "others": shares.shares.others}

    def _measure(self, one: MeasureSums, of: Key, answered: Any, table: Any) -> Iterator[Json]:
        sources = one.measure.sources
        for wave, cells in one.answered.items():
            yield self._table(("took_part", *of, wave), cells, _own(answered[wave]), self._counted, sources=sources)
        yield self._table(("change", *of), one.changes, _own(table.changes), self._change_enough, sources=sources)
        basis = one.basis
        if isinstance(basis, ReliableBasis) and not basis.provisional:
            yield self._table(
                ("reliable", *of), one.reliable, _told_apart(table.reliable), self._counted, sources=sources
            )
        elif isinstance(basis, ReliableBasis):
            yield {"table": ["unjudged", *of], "sources": list(sources), "rows": [], "lacking": False}

    # --- which cells, and whether they are enough ------------------------------------------------------------------

    def _table(
        self,
        of: Key,
        cells: Cells[S],
        shown: Collection[Place],
        enough: Callable[[S], bool],
        *,
        sources: Sequence[str] = (),
    ) -> Json:
        rows: list[Json] = []
        lacking = False
        for place, members in parted([*cells], shown):
            cell = merged(cells[member] for member in members)
            if place is not None and enough(cell):
                services = [member.service for member in members]
                of_row = {"arm": place.arm, "kind": place.kind, "services": services}
                rows.append(of_row | self._cell(cell))
            else:
                lacking |= any(cell.counts)
        return {"table": list(of), "sources": list(sources), "rows": rows, "lacking": lacking}

    def _cell(self, cell: Mergeable) -> Json:
        """With groups of enough people, without their names."""
        if isinstance(cell, ChangeSummary):
            change, n = joined(cell.change, self.release.policy.minimum_mean)
            return {"cell": as_data(replace(cell, change=change)), "joined": n}
        if isinstance(cell, Grouped):
            values, n = joined(cell, self.release.policy.minimum_mean)
            return {"cell": as_data(values), "joined": n}
        return {"cell": as_data(cell)}

    def _counted(self, cell: Mergeable) -> bool:
        return all(count >= self.release.policy.minimum_count for count in cell.counts)

    def _mean_enough(self, values: Moments) -> bool:
        """Where all have the same value, its mean would tell what each of them said."""
        return values.n >= self.release.policy.minimum_mean and bool(values.sd)

    def _grouped_enough(self, values: Grouped) -> bool:
        return self._mean_enough(merged([values.alone, *values.groups.values()]))

    def _change_enough(self, cell: ChangeSummary) -> bool:
        return self._mean_enough(cell.start) and self._mean_enough(cell.end)


def _own(rows: Mapping[Place, Protected[Any]]) -> frozenset[Place]:
    """The places whose own figures are shown."""
    return frozenset(place for place, cell in rows.items() if cell.shown == place)


def _told_apart(rows: Mapping[Place, Protected[ReliableFigures]]) -> frozenset[Place]:
    """Those where the same and the worse may be told apart."""
    return frozenset(p for p in _own(rows) if (found := rows[p].figures) is not None and found.same is not None)


def parted(services: Sequence[Place], shown: Collection[Place]) -> Iterator[tuple[Place | None, Sequence[Place]]]:
    """Services in cells that do not overlap, of which every shown place is made: those shown by themselves, and all
    others of the narrowest shown place above them as one. None for what is in no shown place."""
    found: dict[Place | None, list[Place]] = {}
    for service in services:
        at = next((place for place in (service, *service.parents) if place in shown), None)
        found.setdefault(at, []).append(service)
    yield from found.items()


def joined(values: Grouped, minimum: int) -> tuple[Grouped, int]:
    """Groups under numbers in place of their names, each of at least `minimum` people whose values differ; and how many
    groups were joined with others for that, people without a group as one. Whether groups are joined hangs on their
    sizes, and on values only where all in a group are equal."""
    units = together(values, minimum)
    parts = [merged(_part(values, name) for name in unit) for unit in units]
    alone = next((part for unit, part in zip(units, parts, strict=True) if unit == ("",)), Moments())
    groups = sorted((p for u, p in zip(units, parts, strict=True) if u != ("",)), key=lambda p: (-p.n, p.total))
    return (
        Grouped(alone=alone, groups={str(n): part for n, part in enumerate(groups, 1)}),
        sum(len(unit) for unit in units if len(unit) > 1),
    )


def together(values: Grouped, minimum: int) -> list[tuple[str, ...]]:
    """Which groups are one: names, the empty one for people without a group."""
    names = sorted((*values.groups, *([""] if values.alone.n else [])), key=lambda n: (_part(values, n).n, n))
    units: list[tuple[str, ...]] = []
    left: tuple[str, ...] = ()
    for name in names:
        if not left and _enough(_part(values, name), minimum):
            units.append((name,))
            continue
        left = (*left, name)
        if _enough(merged(_part(values, n) for n in left), minimum):
            units.append(left)
            left = ()
    if left and units:
        # The smallest that is there takes what is left over.
        units[0] = (*units[0], *left)
    return units if units or not left else [left]


def _part(values: Grouped, name: str) -> Moments:
    return values.groups[name] if name else values.alone


def _enough(part: Moments, minimum: int) -> bool:
    return part.n >= minimum and bool(part.sd)


# --- what is what in several files -----------------------------------------------------------------------------------


def measure_key(measure: Measure) -> Key:
    return measure.origin, measure.dimension


def question_key(question: Question) -> Key:
    return question.instrument, question.id, question.of, question.wave


def outcome_key(outcome: OutcomeItem) -> Key:
    return outcome.origin, outcome.item.id


def write(path: Path, content: Mapping[str, object]) -> None:
    """Writes the content of a file of summaries."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
