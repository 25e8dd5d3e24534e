"""What stands on the report's page: protected figures put into words, tables and plots of one language."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.page_answers import AnswerWriter
from analysis.page_change import ChangeWriter, DimensionPart, Finding, Plot
from analysis.tables import Tables
from analysis.wording import Words
from analysis.writer import Table
from survey.marking import _


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything that the template places."""

    title: str
    organisation: str
    made: str
    dataset_made: str
    asked: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    overview_plots: tuple[Plot, ...]
    overview: Table | None
    dimensions: tuple[DimensionPart, ...]
    outcomes: tuple[Table, ...]
    feedback: tuple[tuple[str, tuple[Table, ...]], ...]
    attrition: Table | None
    attrition_parts: tuple[Table, ...]
    compares: bool
    suppressed: Table
    minimum_count: int
    minimum_mean: int


def page(tables: Tables, words: Words, made: str) -> Page:
    """The report's page; `made` is when the report was made."""
    library = tables.library
    change, answers = ChangeWriter(tables, words), AnswerWriter(tables, words)
    zone = library.site.time_zone
    return Page(
        title=words(_("What changed for clients")),
        organisation=words.text(library.site.organisation.name),
        made=words.date(made, zone),
        dataset_made=words.date(tables.made, zone),
        asked=tuple(sorted({words.text(i.title) for i in library.instruments.values() if i.key in _used(tables)})),
        numbers=tuple(answers.numbers()),
        findings=tuple(change.finding(table) for table in tables.measures),
        overview_plots=change.overview_plots(),
        overview=change.overview(),
        dimensions=tuple(change.dimension(table) for table in tables.measures),
        outcomes=tuple(answers.outcome(table) for table in tables.outcomes),
        feedback=tuple(answers.feedback()),
        attrition=answers.attrition(),
        attrition_parts=(answers.invited(), *(answers.wave(table) for table in tables.waves)) if tables.invited else (),
        compares=answers.compares,
        suppressed=answers.suppressed(),
        minimum_count=tables.release.policy.minimum_count,
        minimum_mean=tables.release.policy.minimum_mean,
    )


def _used(tables: Tables) -> set[str]:
    return {key for service in tables.library.services.services for key in service.instruments}
