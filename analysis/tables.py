"""From a dataset, or summaries of one, to protected tables. A report may show what leaves here, no more."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import pairing
from analysis.alarms import alarm_table
from analysis.dataset import Dataset, outline
from analysis.depth import Depth
from analysis.disclosure import Release
from analysis.findings import (
    ChoiceTable,
    FeedbackTable,
    Findings,
    MeasureTable,
    MemoryTable,
    OutcomeTable,
    Tables,
    WaveTable,
)
from analysis.register import Register
from analysis.streaming import Watched, on_cluster, streamed, summarised
from analysis.summaries import MeasureSums, RespondentSums, Summaries
from analysis.trends import TrendMaker
from analysis.words import released_words
from analysis.work import Work, day_of, work_on

if TYPE_CHECKING:
    # It brings YAML, which a report without a tariff does without.
    from survey.tariff import Tariff


def tables(
    dataset: Dataset,
    release: Release,
    *,
    day: date | None = None,
    in_depth: bool = False,
    register: Register | None = None,
    since: date | None = None,
    tariff: Tariff | None = None,
) -> Tables:
    """Every protected table. `day` decides which waves have opened; without it, the day of the export. `in_depth`:
    with everything that analysts want to know besides, which takes longer; a register's extract is told
    there, and what moved by quarters from a day on (`since`)."""
    by = day or day_of(dataset)
    sums = summarised(dataset, day=by)
    plain = protect(sums, release)
    clients = plain.clients
    depth = _depth(work_on(dataset, release, by), sums) if in_depth else None
    return replace(
        plain,
        clients=clients if depth is None else _deepened(clients, depth),
        answering=None if depth is None else depth.answering(),
        flows=() if depth is None else tuple(depth.flows()),
        register=None if depth is None or register is None else depth.register(register),
        tariff={} if depth is None or tariff is None else depth.tariff(tariff, clients),
        alarms=alarm_table(dataset, release, day=day) if in_depth else None,
        words=released_words(dataset, release) if in_depth else None,
        steps=() if depth is None else tuple(depth.steps(clients.feedback)),
        trends=None
        if depth is None or since is None
        else TrendMaker(depth=depth, since=since).trends(clients.measures, clients.feedback),
    )


def streamed_tables(
    folder: Path,
    release: Release,
    *,
    day: date | None = None,
    address: str | None = None,
    watched: Watched[str] = nullcontext,
) -> Tables:
    """The protected tables of the dataset in a folder, in constant memory, without what needs every row. With an
    `address`, by the workers of a Dask cluster. `watched` goes over the pieces that the folder is read in."""
    by = day or day_of(outline(folder))
    if address is not None:
        return protect(on_cluster(folder, day=by, address=address), release)
    return protect(streamed(folder, day=by, watched=watched), release)


def _depth(work: Work, sums: Summaries) -> Depth | None:
    """None where the site has no start or no end."""
    start, end = pairing.wave_at(work.library.site, "start"), pairing.wave_at(work.library.site, "end")
    if start is None or end is None:
        return None
    measures = [(one.measure, one.basis) for one in sums.clients.measures]
    return Depth(work=work, start=start, end=end, measures=measures)


def _deepened(clients: Findings, depth: Depth) -> Findings:
    measures = zip(clients.measures, depth.of_measures([table.changes for table in clients.measures]), strict=True)
    return replace(
        clients,
        measures=tuple(replace(table, depth=found) for table, found in measures),
        outcomes=tuple(replace(one, sheets=depth.outcome(one)) for one in clients.outcomes),
    )


# --- from summaries --------------------------------------------------------------------------------------------------


def protect(sums: Summaries, release: Release) -> Tables:
    """The protected tables of summaries, however these were made: of a dataset in memory, streamed, or handed over.
    What needs every row is not among them."""
    clients, *others = (_findings(one, release) for one in sums.respondents)
    return Tables(
        library=sums.library,
        made=sums.made,
        release=release,
        invited=release.numbers(sums.invited),
        waves=tuple(
            WaveTable(wave=wave.wave, answered=release.answers(wave.answered), outside=release.numbers(wave.outside))
            for wave in sums.waves
        ),
        clients=clients,
        others=tuple(findings for findings in others if not findings.empty),
        left_out=None if sums.left_out is None else release.parts(sums.left_out),
    )


def _findings(sums: RespondentSums, release: Release) -> Findings:
    return Findings(
        respondent=sums.respondent,
        measures=tuple(_measure(one, release) for one in sums.measures),
        memories=tuple(
            MemoryTable(question=one.question, higher_is=one.higher_is, means=release.scores(cells))
            for one, cells in sums.memories
        ),
        outcomes=tuple(
            OutcomeTable(outcome=outcome, wave=wave, reached=release.shares(cells))
            for outcome, wave, cells in sums.outcomes
        ),
        feedback=tuple(
            FeedbackTable(question=one.question, means=release.means(cells)) for one, cells in sums.feedback
        ),
        choices=tuple(
            ChoiceTable(question=one.question, sort=one.sort, options=one.options, shares=release.choices(cells))
            for one, cells in sums.choices
        ),
    )


def _measure(sums: MeasureSums, release: Release) -> MeasureTable:
    return MeasureTable(
        measure=sums.measure,
        versions=sums.versions,
        answered={wave: release.numbers(cells) for wave, cells in sums.answered.items()},
        changes=release.changes(sums.changes),
        basis=release.basis(sums.basis),
        reliable=release.reliable(sums.reliable),
    )
