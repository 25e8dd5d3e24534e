"""The report: of a dataset, of answers from elsewhere, or of summaries from several areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import click

from commands.analysts import Watched, dataset_folder, failure, show
from commands.failures import Command, WrongCommand
from commands.options import LANGUAGES, settings_from, with_settings
from commands.terminal import bar, utf8

if TYPE_CHECKING:
    from analysis.dataset import Dataset
    from analysis.page_readers import Reader
    from analysis.register import Register
    from analysis.report import ReportPage
    from analysis.summaries import Summaries
    from collector.settings import Settings
    from survey.located import Read
    from survey.model import Instrument
    from survey.tariff import Tariff

WORTH_SAYING = 20 * 2**20
"""A file larger than this many bytes keeps its reader waiting."""
Step = Literal["reading", "summing up", "computing", "checking", "writing"]
"""What is being done while a report is made of a dataset; large ones are summed up in place of being read."""


@click.command(cls=Command)
@click.option("--dataset", "folder", type=click.Path(path_type=Path), help="A dataset folder; else a fresh export.")
@click.option(
    "--responses",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Answers from elsewhere: CSV, Excel, Parquet or SPSS. Needs --map.",
)
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Which column of --responses is what; 'mittari map' makes a first one.",
)
@click.option(
    "--register",
    "register_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A register's extract with pseudonyms: person, status, from, to. Needs --register-until.",
)
@click.option(
    "--register-until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day that the register knows of.",
)
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="Also show how things moved by quarters, from this day on."
)
@click.option(
    "--tariff",
    "tariff_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A tariff by results: the pages of contracts say what it would have paid. It never pays.",
)
@click.option(
    "--earlier",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The results.json of a report that was given out before. May be given several times.",
)
@click.option(
    "--for",
    "readers",
    multiple=True,
    type=click.Choice(["analyst", "manager", "buyer", "provider", "clients"]),
    help="Whose pages to write; all if not said. May be given several times.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Sum up by the workers of a Dask scheduler, like tcp://host:8786, which see the folder of --dataset too. "
    "Without figures in depth.",
)
@click.option(
    "--summaries-out",
    type=click.Path(path_type=Path),
    help="Also write summaries for regional and national figures: only what the report may tell.",
)
@click.option(
    "--summaries",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Summaries from areas, in place of answers. May be given several times.",
)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder of the report.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of the page.")
@with_settings("store", "bundle")
def report(
    folder: Path | None,
    responses: Path | None,
    map_file: Path | None,
    register_file: Path | None,
    register_until: datetime | None,
    since: datetime | None,
    tariff_file: Path | None,
    earlier: tuple[Path, ...],
    readers: tuple[Reader, ...],
    cluster: str | None,
    summaries_out: Path | None,
    summaries: tuple[Path, ...],
    output: Path,
    language: str,
    **overrides: Any,
) -> None:
    """Write the report: what changed, where, and how sure one can be. Small groups are protected."""
    from collector.app import utc_now

    settings = settings_from(**overrides)
    whole = {"--register": register_file, "--since": since, "--tariff": tariff_file}
    _one_source(folder=folder, responses=responses, map_file=map_file, summaries=summaries)
    _fits(whole, cluster=cluster, folder=folder, summaries=summaries, summaries_out=summaries_out)
    if (register_file is None) != (register_until is None):
        raise WrongCommand(
            "Give --register and --register-until together: the file, and the last day that it knows of."
        )
    asked = Asked(
        output=output,
        language=language,
        moment=utc_now(),
        since=since and since.date(),
        readers=readers,
        earlier=earlier,
        cluster=cluster,
        summaries_out=summaries_out,
    )
    if tariff_file is not None:
        asked = replace(asked, tariff=tariff_from(tariff_file))
    if register_file is not None and register_until is not None:
        from analysis.register import read_register

        asked = replace(asked, register=read_register(register_file, until=register_until.date()))
    if summaries:
        pages = pool(summaries, asked)
    elif responses is not None and map_file is not None:
        pages = write(answers_from_elsewhere(settings, responses, map_file), asked)
    else:
        with dataset_folder(settings, folder) as found:
            pages = make_report(found, asked, watched=lambda pieces: bar(pieces, "Summing up"), told=_tell)
    others = f", and {len(pages) - 1} for other readers beside it" if len(pages) > 1 else ""
    click.echo(f"Report: {output / 'index.html'}{others}; figures: {output / 'results.json'}.")


def _tell(step: Step) -> None:
    if step == "summing up":
        click.echo("The dataset is large, so it is summed up piece by piece, without figures in depth.")


def _one_source(
    *, folder: Path | None, responses: Path | None, map_file: Path | None, summaries: tuple[Path, ...]
) -> None:
    """Whether it is plain what the report is made of."""
    if (responses is None) != (map_file is None):
        raise WrongCommand("Give --responses and --map together. A first map is made by: mittari map FILE")
    if responses is not None and folder is not None:
        raise WrongCommand("Give --responses or --dataset, not both.")
    if summaries and (folder is not None or responses is not None):
        raise WrongCommand("Give --summaries alone, in place of --dataset or --responses.")


def _fits(
    whole: Mapping[str, object],
    *,
    cluster: str | None,
    folder: Path | None,
    summaries: tuple[Path, ...],
    summaries_out: Path | None,
) -> None:
    """Whether what is asked for can be made of summaries, where these are all that there is."""
    given = next((name for name, value in whole.items() if value is not None), None)
    by = "--summaries" if summaries else "--cluster" if cluster is not None else None
    if by is not None and given is not None:
        raise WrongCommand(f"{given} needs every answer, so it does not go with {by}. Leave one of them out.")
    if cluster is not None and folder is None:
        raise WrongCommand("Give --dataset with --cluster: a folder that all workers see.")
    if summaries and (cluster is not None or summaries_out is not None):
        raise WrongCommand("Summaries that are pooled are not handed over again. Give --summaries alone.")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What report is asked for, and when; pages for all readers where none are named."""

    output: Path
    language: str
    moment: datetime
    register: Register | None = None
    since: date | None = None
    readers: tuple[Reader, ...] = ()
    earlier: tuple[Path, ...] = ()
    tariff: Read[Tariff] | None = None
    cluster: str | None = None
    summaries_out: Path | None = None


def _silent(step: Step) -> None:
    """Nobody watches."""


def make_report(
    folder: Path, asked: Asked, *, watched: Watched = nullcontext, told: Callable[[Step], None] = _silent
) -> tuple[ReportPage, ...]:
    """Writes it of a dataset folder; its pages. `told` hears of each step before it begins; `watched` goes over the
    pieces of a large dataset."""
    from analysis import dataset, streaming

    if asked.cluster is None and not streaming.is_large(folder):
        told("reading")
        return write(dataset.read(folder), asked, told=told)
    if asked.cluster is None:
        told("summing up")
    return write_plain(sums_of(folder, asked, watched), asked, told=told)


def sums_of(folder: Path, asked: Asked, watched: Watched) -> Summaries:
    """The summaries of a dataset too large to hold: read piece by piece, or by a cluster."""
    from analysis import dataset, streaming
    from analysis.work import day_of

    day = day_of(dataset.outline(folder))
    if asked.cluster is not None:
        return streaming.on_cluster(folder, day=day, address=asked.cluster)
    return streaming.streamed(folder, day=day, watched=watched)


def write(dataset: Dataset, asked: Asked, *, told: Callable[[Step], None] = _silent) -> tuple[ReportPage, ...]:
    """The whole report of a dataset; its pages."""
    from analysis.report import write_report
    from analysis.streaming import summarised
    from analysis.work import day_of

    if asked.summaries_out is not None:
        hand_over(summarised(dataset, day=day_of(dataset)), asked.summaries_out)
    return write_report(
        dataset,
        asked.output,
        told=told,
        register=asked.register,
        since=asked.since,
        tariff=None if asked.tariff is None else checked(asked.tariff, dataset),
        **_page(asked),
    )


class Page(TypedDict):
    """What all reports are written with."""

    language: str
    messages: Mapping[str, str]
    made: str
    readers: tuple[Reader, ...]
    earlier: tuple[Path, ...]


def _page(asked: Asked) -> Page:
    from analysis.page_readers import READERS
    from build import read_messages
    from survey import records

    return Page(
        language=asked.language,
        messages=read_messages(asked.language, catalogue="report"),
        made=records.timestamp(asked.moment),
        readers=asked.readers or READERS,
        earlier=asked.earlier,
    )


def write_plain(sums: Summaries, asked: Asked, *, told: Callable[[Step], None] = _silent) -> tuple[ReportPage, ...]:
    """The report of summaries, without what needs every answer; its pages."""
    from analysis.disclosure import Release
    from analysis.report import units_of, write_tables
    from analysis.tables import protect

    if asked.summaries_out is not None:
        hand_over(sums, asked.summaries_out)
    told("computing")
    protected = protect(sums, Release(units=units_of(sums.library)))
    return write_tables(protected, asked.output, told=told, **_page(asked))


def hand_over(sums: Summaries, file: Path) -> None:
    """Writes what a region may have of an area: no more than its own report tells."""
    from analysis import federated
    from analysis.disclosure import Release
    from analysis.report import units_of
    from collector.app import utc_now
    from survey import records

    now = utc_now()
    # The report's own policy: the two must hide the same.
    release = Release(units=units_of(sums.library))
    federated.write(file, federated.handed_over(sums, release, made=records.timestamp(now), day=now.date()))
    click.echo(f"Summaries: {file}. They hold no person, and no more than the report.")


def pool(files: tuple[Path, ...], asked: Asked) -> tuple[ReportPage, ...]:
    """The report of several areas' summaries, with what each of them lacks."""
    from analysis.pooling import pooled, read_area
    from analysis.wording import Words
    from build import read_messages
    from collector.app import utc_now

    found = pooled([read_area(file) for file in files], day=utc_now().date())
    words = Words(asked.language, read_messages(asked.language, catalogue="report"))
    for lack in found.lacking:
        click.echo(utf8(lack.say(words)))
    return write_plain(found.summaries, asked)


def tariff_from(path: Path) -> Read[Tariff]:
    """The tariff in a file. Every problem is told in the machine's language."""
    from survey import tariff

    read, found = tariff.read(path.read_bytes(), file=str(path))
    show(found)
    if read is None:
        raise failure(found)
    return read


def checked(read: Read[Tariff], dataset: Dataset) -> Tariff:
    """The tariff, where all that it names is in the dataset's library; warnings are told."""
    from survey import tariff

    found = tariff.check(read, dataset.library)
    show(found)
    if any(problem.severity == "error" for problem in found):
        raise failure(found)
    return read.value


def answers_from_elsewhere(settings: Settings, responses: Path, map_file: Path) -> Dataset:
    """The dataset that a file of answers is by its map. Every problem is told in the machine's language."""
    from analysis import elsewhere
    from collector.app import utc_now
    from survey import column_map, records

    read, found = column_map.read(map_file.read_bytes(), file=str(map_file))
    try:
        if read is None:
            raise elsewhere.UnreadableAnswers(found)
        if responses.stat().st_size > WORTH_SAYING:
            click.echo(
                f"Reading {responses} ({responses.stat().st_size // 2**20} MB). A large file takes a minute.", err=True
            )
        table = elsewhere.read_table(responses, sheet=read.value.sheet, separator=read.value.separator)
        ours = our_instruments(settings) if read.value.instrument else {}
        return elsewhere.read_dataset(read, table, instruments=ours, made=records.timestamp(utc_now()))
    except elsewhere.UnreadableAnswers as error:
        show(error.problems)
        raise failure(error.problems) from error


def our_instruments(settings: Settings) -> Mapping[str, Instrument]:
    from collector.bundle import read_bundle

    return dict(read_bundle(settings.bundle).library.instruments)


COMMANDS = (report,)
