"""What stands on the report's page: protected figures put into words, tables and plots of one language."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.findings import Findings, Tables
from analysis.page_answers import AnswerWriter
from analysis.page_change import ChangeWriter, DimensionPart, Finding, Plot
from analysis.page_feedback import FeedbackWriter
from analysis.wording import Words
from analysis.writer import Table
from survey.marking import _

OTHERS = {
    "coach": (
        _("Coach's assessment"),
        _("What coaches say about the clients. It is never averaged with what the clients say themselves."),
    ),
    "employer": (
        _("Employers' feedback"),
        _(
            "What employers say. They answer without a code, so anybody who has the address can answer, and more than "
            "once."
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one sort of respondent said, after a few words on who they are."""

    id: str
    title: str
    words: str
    dimensions: tuple[DimensionPart, ...]
    memories: tuple[Table, ...]
    outcomes: tuple[Table, ...]
    feedback: tuple[tuple[str, tuple[Table, ...]], ...]


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
    clients: Answers
    others: tuple[Answers, ...]
    attrition: Table | None
    attrition_parts: tuple[Table, ...]
    left_out: Table | None
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
        findings=tuple(change.finding(table) for table in tables.clients.measures),
        overview_plots=change.overview_plots(),
        overview=change.overview(),
        clients=_answers(tables, words, tables.clients),
        others=tuple(_answers(tables, words, findings) for findings in tables.others),
        attrition=answers.attrition(),
        attrition_parts=(answers.invited(), *(answers.wave(table) for table in tables.waves)) if tables.invited else (),
        left_out=answers.left_out(),
        compares=answers.compares,
        suppressed=answers.suppressed(),
        minimum_count=tables.release.policy.minimum_count,
        minimum_mean=tables.release.policy.minimum_mean,
    )


def _answers(tables: Tables, words: Words, findings: Findings) -> Answers:
    change, answers = ChangeWriter(tables, words), AnswerWriter(tables, words)
    feedback = FeedbackWriter(tables, words)
    title, sentence = OTHERS.get(findings.respondent, ("", ""))
    return Answers(
        id=findings.respondent,
        title=words(title) if title else "",
        words=words(sentence) if sentence else "",
        dimensions=tuple(change.dimension(table) for table in findings.measures),
        memories=feedback.memories(findings),
        outcomes=tuple(answers.outcome(table) for table in findings.outcomes),
        feedback=tuple(feedback.feedback(findings)),
    )


def _used(tables: Tables) -> set[str]:
    return {key for service in tables.library.services.services for key in service.instruments}
