"""The report: one page to read and one file of data, both from protected tables only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import jinja2

from analysis import AnalysisError
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.findings import Tables
from analysis.page import page
from analysis.results import results
from analysis.tables import tables
from analysis.wording import UntranslatedError, Words
from survey.folders import replacing
from survey.pages import TEMPLATES

MARK = "results.json"


class ReportError(AnalysisError):
    """The report cannot be written. The message says in plain words what to do."""


def write_report(dataset: Dataset, output: Path, *, language: str, messages: Mapping[str, str], made: str) -> None:
    """Writes `index.html` and `results.json` into `output`; a report that was there before is replaced.

    `messages` maps the English messages to `language` (empty for English); `made` is the time of writing, UTC.
    Raises NotOursError where `output` holds something else, ReportError where a message is not translated.
    """
    protected = tables(dataset, Release())
    try:
        html = render(protected, Words(language, messages), made)
        with replacing(output, mark=MARK, mode=0o755) as new:
            (new / "index.html").write_text(html, encoding="utf-8")
            data = json.dumps(results(protected, made), ensure_ascii=False, sort_keys=True, indent=1)
            (new / MARK).write_text(data + "\n", encoding="utf-8")
    except UntranslatedError as error:
        raise ReportError(f"{error} Add it to site_templates/messages/report.{language}.po.") from error


def render(protected: Tables, words: Words, made: str) -> str:
    """The report's page as HTML."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    template = environment.get_template("report.html.j2")
    return template.render(page=page(protected, words, made), _=words, language=words.language, css=css)
