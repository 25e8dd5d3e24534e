"""What analysts use: the dataset, and a first map of answers from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import audit_log, opened_store, settings_from, with_settings
from commands.terminal import bar, utf8

if TYPE_CHECKING:
    from collector.settings import Settings
    from survey.problems import Problem


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
    from collector import participations, replies, words
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
        replies=replies.every_reply(store),
        words=words.every_released(store),
        made=records.timestamp(utc_now()),
        build=bundle.build,
    )
    return exported, dataset.left_out(bundle.library)


def show(found: Sequence[Problem]) -> None:
    words = problem_words()
    for problem in found:
        click.echo(utf8(problem.say(words)))


def failure(found: Sequence[Problem]) -> Failure:
    from survey import problems

    return Failure(problems.counted(found).say(problem_words()))


def problem_words() -> Mapping[str, str]:
    """Sentences of problems in the machine's language."""
    import os

    from build import machine_language, read_messages

    return read_messages(machine_language(os.environ), catalogue="problems")


@click.command("map", cls=Command)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--output", type=click.Path(path_type=Path), help="The map to write; else FILE with the ending .map.yaml."
)
@click.option("--sheet", help="Of an Excel file; else its first.")
def map_(file: Path, output: Path | None, sheet: str | None) -> None:
    """Make a first map of a file of answers: which column is what. Edit it, and give it to 'mittari report'."""
    from analysis import elsewhere
    from analysis.first_map import first_map

    output = output or file.with_suffix(".map.yaml")
    if output.exists():
        raise WrongCommand(f"The file '{output}' exists already and was left alone. Choose another one with --output.")
    try:
        table = elsewhere.read_table(file, sheet=sheet)
    except elsewhere.UnreadableAnswers as error:
        words = problem_words()
        raise Failure("\n".join(problem.say(words) for problem in error.problems)) from error
    output.write_text(first_map(table), encoding="utf-8")
    click.echo(
        f"Written: {output}. Look at every line, then: mittari report --responses {file} --map {output} --output report"
    )


COMMANDS = (export, map_)
