"""The report: pages to read by sort of reader and one file of data, all from protected tables only."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import jinja2

from analysis import AnalysisError
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.earlier import read_released, released
from analysis.findings import Tables
from analysis.gate import check
from analysis.page import Page, page
from analysis.page_readers import READERS, ClientsPage, Reader, ReaderWriter, Short, UnitPage
from analysis.register import Register
from analysis.results import results
from analysis.suppression import Units
from analysis.tables import tables
from analysis.wording import UntranslatedError, Words
from survey.folders import replacing
from survey.model import Library
from survey.pages import TEMPLATES

if TYPE_CHECKING:
    # It brings YAML, which a report without a tariff does without.
    from survey.tariff import Tariff


MARK = "results.json"
Step = Literal["computing", "checking", "writing"]
"""What is being done while a report is made."""
Told = Callable[[Step], None]


class ReportError(AnalysisError):
    """The report cannot be written. The message says in plain words what to do."""


@dataclass(frozen=True, kw_only=True)
class ReportPage:
    """A page of a report: the name of its file, for which sort of reader it is, its title, and itself. `unit` is the id
    of the provider, or the contract, that a page is of alone."""

    name: str
    reader: Reader
    unit: str
    title: str
    html: str


def _silent(step: Step) -> None:
    """Nobody watches."""


def write_report(
    dataset: Dataset,
    output: Path,
    *,
    language: str,
    messages: Mapping[str, str],
    made: str,
    register: Register | None = None,
    since: date | None = None,
    readers: Collection[Reader] = READERS,
    earlier: Sequence[Path] = (),
    tariff: Tariff | None = None,
    told: Told = _silent,
) -> tuple[ReportPage, ...]:
    """Writes a page for each sort of reader and `results.json` into `output`; a report that was there is replaced.

    Before anything is written, all of it is attacked, beside what `earlier` reports of the same answers (their
    `results.json`) have told: ReleaseRefused where a number too small could be worked out.

    The page of everything is `index.html`, or else the first page that is asked for. Returns the pages.

    `messages` maps the English messages to `language` (empty for English); `made` is the time of writing, UTC.
    `register` is an extract of a register, where there is one; `since` the day from which trends are told;
    `tariff` is told on the pages of contracts, and never pays; `told` hears of each step before it begins.
    Raises NotOursError where `output` holds something else, ReportError where a message is not translated.
    """
    told("computing")
    release = Release(units=units_of(dataset.library))
    protected = tables(dataset, release, in_depth=True, register=register, since=since, tariff=tariff)
    return write_tables(
        protected, output, language=language, messages=messages, made=made, readers=readers, earlier=earlier, told=told
    )


def write_tables(
    protected: Tables,
    output: Path,
    *,
    language: str,
    messages: Mapping[str, str],
    made: str,
    readers: Collection[Reader] = READERS,
    earlier: Sequence[Path] = (),
    told: Told = _silent,
) -> tuple[ReportPage, ...]:
    """Writes protected tables, however they were made, as `write_report` does. Raises as it."""
    told("checking")
    data = results(protected, made)
    leaving = released(json.loads(json.dumps(data)))
    check(leaving, [read_released(path) for path in earlier], minimum=protected.release.policy.minimum_count)
    told("writing")
    try:
        pages = tuple(render_all(protected, Words(language, messages), made, readers))
        with replacing(output, mark=MARK, mode=0o755) as new:
            for page in pages:
                (new / page.name).write_text(page.html, encoding="utf-8")
            text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)
            (new / MARK).write_text(text + "\n", encoding="utf-8")
    except UntranslatedError as error:
        raise ReportError(f"{error} Add it to site_templates/messages/report.{language}.po.") from error
    return pages


Shown = Page | Short | UnitPage | ClientsPage


def render_all(tables: Tables, words: Words, made: str, readers: Collection[Reader]) -> Iterator[ReportPage]:
    """The pages for some sorts of readers. The first is `index.html`; where it is of everything, it leads to the
    others."""
    pages = list(_pages(ReaderWriter(tables, words, made), readers))
    links = [(name, shown.title) for name, _reader, _unit, shown in pages[1:]]
    for n, (name, reader, unit, shown) in enumerate(pages):
        leads = n == 0 and reader in OF_EVERYTHING
        html = _rendered(TEMPLATES_OF[reader], shown, words, links if leads else ())
        yield ReportPage(name="index.html" if n == 0 else name, reader=reader, unit=unit, title=shown.title, html=html)


def _pages(writer: ReaderWriter, readers: Collection[Reader]) -> Iterator[tuple[str, Reader, str, Shown]]:
    """For each page the name of its file, its reader, the unit that it is of alone, and what stands on it."""
    if "analyst" in readers:
        yield "analyst.html", "analyst", "", page(writer.tables, writer.words, writer.made)
    if "manager" in readers:
        yield "manager.html", "manager", "", writer.short()
    if "clients" in readers:
        yield "clients.html", "clients", "", writer.clients()
    for reader, level in UNITS_OF.items():
        if reader in readers:
            for name, unit, shown in writer.units(level):
                yield name, reader, unit, shown


OF_EVERYTHING: tuple[Reader, ...] = ("analyst", "manager")
"""Whose pages may name every provider and contract."""
TEMPLATES_OF: Mapping[Reader, str] = {
    "analyst": "report.html.j2",
    "manager": "report-manager.html.j2",
    "clients": "report-clients.html.j2",
    "buyer": "report-unit.html.j2",
    "provider": "report-unit.html.j2",
}
UNITS_OF: Mapping[Reader, Literal["contract", "provider"]] = {"buyer": "contract", "provider": "provider"}


def units_of(library: Library) -> Units:
    """Who provides each service, and under which contract."""
    return {service.id: (service.provider, service.contract) for service in library.services.services}


def render(protected: Tables, words: Words, made: str) -> str:
    """The page of everything as HTML."""
    return _rendered("report.html.j2", page(protected, words, made), words)


def _rendered(template: str, shown: Shown, words: Words, links: Sequence[tuple[str, str]] = ()) -> str:
    """`links` to other pages of the report stand on the first alone: a provider's page is handed over by itself."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(page=shown, _=words, language=words.language, css=css, links=links)
