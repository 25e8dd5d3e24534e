"""What analysts use: the dataset and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import LANGUAGES, audit_log, opened_store, settings_from, with_settings
from commands.terminal import bar, utf8

if TYPE_CHECKING:
    from analysis.dataset import Dataset
    from collector.settings import Settings
    from survey.model import Instrument


@click.command(cls=Command)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The dataset folder to write.")
@with_settings("store", "bundle")
def export(output: Path, **overrides: Any) -> None:
    """Write the dataset: pseudonymised personal data, for the area's own analysts."""
    from collector.app import utc_now

    settings = settings_from(**overrides)
    count, left_out = export_dataset(settings, output)
    log = audit_log(settings, opened_store(settings))
    log.add("export", output.name, moment=utc_now(), details={"submissions": count})
    contact = f" Contact details were left out: {', '.join(left_out)}." if left_out else ""
    personal = "Coded answers are personal data: keep them where they are safe."
    click.echo(f"{count} submissions in {output}.{contact} {personal}")


def export_dataset(settings: Settings, output: Path) -> tuple[int, tuple[str, ...]]:
    """Writes the dataset; how many submissions were read, and which items' answers it leaves out."""
    from analysis import dataset
    from collector import participations
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from survey import records

    store = opened_store(settings, must_exist=True)
    exported = 0
    keys = list(store.scan("submission/"))
    # Of an invitation that was taken back nothing is left to analyse, but where it was answered before.
    owners = {records.parse_submission_key(key).owner for key in keys}

    def submissions() -> Iterator[tuple[records.SubmissionKey, records.Submission]]:
        nonlocal exported
        with bar(keys, "Reading submissions") as found:
            for key in found:
                body = store.read(key)
                if body is not None:
                    exported += 1
                    yield records.parse_submission_key(key), records.decode(records.Submission, body, key=key)

    bundle = read_bundle(settings.bundle)
    dataset.write(
        output,
        library=bundle.library,
        participations=(one for one in participations.everyone(store) if not one.revoked or one.id in owners),
        submissions=submissions(),
        made=records.timestamp(utc_now()),
        build=bundle.build,
    )
    return exported, dataset.left_out(bundle.library)


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
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder of the report.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of the page.")
@with_settings("store", "bundle")
def report(
    folder: Path | None,
    responses: Path | None,
    map_file: Path | None,
    output: Path,
    language: str,
    **overrides: Any,
) -> None:
    """Write the report: what changed, where, and how sure one can be. Small groups are protected."""
    settings = settings_from(**overrides)
    if (responses is None) != (map_file is None):
        raise WrongCommand("Give --responses and --map together. A first map is made by: mittari map FILE")
    if responses is not None and folder is not None:
        raise WrongCommand("Give --responses or --dataset, not both.")
    if responses is not None and map_file is not None:
        write(answers_from_elsewhere(settings, responses, map_file), output, language)
    else:
        make_report(settings, folder, output, language)
    click.echo(f"Report: {output / 'index.html'}, figures: {output / 'results.json'}.")


def make_report(settings: Settings, folder: Path | None, output: Path, language: str) -> None:
    import tempfile

    from analysis import dataset

    with tempfile.TemporaryDirectory(prefix="mittari-") as work:
        if folder is None:
            folder = Path(work) / "dataset"
            export_dataset(settings, folder)
        write(dataset.read(folder), output, language)


def write(dataset: Dataset, output: Path, language: str) -> None:
    from analysis.report import write_report
    from build import read_messages
    from collector.app import utc_now
    from survey import records

    write_report(
        dataset,
        output,
        language=language,
        messages=read_messages(language, catalogue="report"),
        made=records.timestamp(utc_now()),
    )


def answers_from_elsewhere(settings: Settings, responses: Path, map_file: Path) -> Dataset:
    """The dataset that a file of answers is by its map. Every problem is told in the machine's language."""
    import os

    from analysis import elsewhere
    from build import machine_language, read_messages
    from collector.app import utc_now
    from survey import column_map, problems, records

    words = read_messages(machine_language(os.environ), catalogue="problems")
    read, found = column_map.read(map_file.read_bytes(), file=str(map_file))
    try:
        if read is None:
            raise elsewhere.UnreadableAnswers(found)
        table = elsewhere.read_table(responses, sheet=read.value.sheet, separator=read.value.separator)
        ours = our_instruments(settings) if read.value.instrument else {}
        return elsewhere.read_dataset(read, table, instruments=ours, made=records.timestamp(utc_now()))
    except elsewhere.UnreadableAnswers as error:
        for problem in error.problems:
            click.echo(utf8(problem.say(words)))
        raise Failure(problems.counted(error.problems).say(words)) from error


def our_instruments(settings: Settings) -> Mapping[str, Instrument]:
    from collector.bundle import read_bundle

    return dict(read_bundle(settings.bundle).library.instruments)


@click.command("map", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--output", type=click.Path(path_type=Path), help="The map to write; else FILE with the ending .map.yaml."
)
@click.option("--sheet", help="Of an Excel file; else its first.")
def map_(file: Path, output: Path | None, sheet: str | None) -> None:
    """Make a first map of a file of answers: which column is what. Edit it, and give it to 'mittari report'."""
    import os

    from analysis import elsewhere
    from analysis.first_map import first_map
    from build import machine_language, read_messages

    output = output or file.with_suffix(".map.yaml")
    if output.exists():
        raise WrongCommand(f"The file '{output}' exists already and was left alone. Choose another one with --output.")
    words = read_messages(machine_language(os.environ), catalogue="problems")
    try:
        table = elsewhere.read_table(file, sheet=sheet)
    except elsewhere.UnreadableAnswers as error:
        raise Failure("\n".join(problem.say(words) for problem in error.problems)) from error
    output.write_text(first_map(table), encoding="utf-8")
    click.echo(
        f"Written: {output}. Look at every line, then: mittari report --responses {file} --map {output} --output report"
    )


COMMANDS = (export, report, map_)
