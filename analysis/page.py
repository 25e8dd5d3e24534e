"""What stands on the report's page: protected figures put into words, tables and plots of one language."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.findings import Findings, Tables
from analysis.page_answers import AnswerWriter
from analysis.page_change import ChangeWriter, DimensionPart, Finding, Plot
from analysis.page_depth import DepthWriter
from analysis.page_feedback import FeedbackWriter
from analysis.page_readers import Raised, ReaderWriter, Said
from analysis.page_register import FlowPart, RegisterPart, RegisterWriter
from analysis.page_trends import Pictured
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
    compared: tuple[Table, ...]
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
    flows: tuple[FlowPart, ...]
    register: RegisterPart | None
    attrition: Table | None
    attrition_parts: tuple[Table, ...]
    answering: tuple[Table, ...]
    trends: tuple[Pictured, ...]
    funnels: tuple[Pictured, ...]
    steps: tuple[Pictured, ...]
    alarms: tuple[Raised, ...]
    alarms_in_short: tuple[str, ...]
    said: tuple[Said, ...]
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
    readers = ReaderWriter(tables, words, made)
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
        flows=RegisterWriter(tables, words).flows(),
        register=RegisterWriter(tables, words).register(),
        attrition=answers.attrition(),
        attrition_parts=(answers.invited(), *(answers.wave(table) for table in tables.waves)) if tables.invited else (),
        answering=() if tables.answering is None else DepthWriter(tables, words).answering(tables.answering),
        trends=readers.trends(),
        funnels=readers.funnels(),
        steps=readers.steps(),
        alarms=readers.alarms(),
        alarms_in_short=tuple(readers.alarms_in_short()),
        said=readers.quoted(),
        left_out=answers.left_out(),
        compares=answers.compares,
        suppressed=answers.suppressed(),
        minimum_count=tables.release.policy.minimum_count,
        minimum_mean=tables.release.policy.minimum_mean,
    )


def _answers(tables: Tables, words: Words, findings: Findings) -> Answers:
    change, answers = ChangeWriter(tables, words), AnswerWriter(tables, words)
    feedback, depth = FeedbackWriter(tables, words), DepthWriter(tables, words)
    outcomes = tuple(answers.outcome(table) for table in findings.outcomes)
    title, sentence = OTHERS.get(findings.respondent, ("", ""))
    return Answers(
        id=findings.respondent,
        title=words(title) if title else "",
        words=words(sentence) if sentence else "",
        dimensions=tuple(change.dimension(table) for table in findings.measures),
        memories=feedback.memories(findings),
        outcomes=outcomes,
        compared=tuple(
            sheet
            for table, written in zip(findings.outcomes, outcomes, strict=True)
            for sheet in depth.sheets(table.sheets, written.id, written.caption)
        ),
        feedback=tuple(feedback.feedback(findings)),
    )


def _used(tables: Tables) -> set[str]:
    return {key for service in tables.library.services.services for key in service.instruments}
