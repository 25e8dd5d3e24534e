"""What analysts use: the dataset, and a first map of answers from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import audit_log, opened_store, settings_from, with_settings
from commands.terminal import bar, utf8

if TYPE_CHECKING:
    from collector.bundle import Bundle
    from collector.settings import Settings
    from collector.stores import Store
    from survey.problems import Problem

Watched = Callable[[Sequence[str]], AbstractContextManager[Iterable[str]]]
"""Goes over keys or pieces, and shows how far it has come."""


@click.command(cls=Command)
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The dataset folder to write.")
@with_settings("store", "bundle")
def export(output: Path, **overrides: Any) -> None:
    """Write the dataset: pseudonymised personal data, for the area's own analysts."""
    from collector.app import utc_now
    from collector.bundle import read_bundle

    settings = settings_from(**overrides)
    bundle, store = read_bundle(settings.bundle), opened_store(settings, must_exist=True)
    made = export_dataset(store, output, bundle=bundle, moment=utc_now(), watched=reading_submissions)
    audit_log(settings, opened_store(settings)).add(
        "export", output.name, moment=utc_now(), details={"submissions": made.submissions}
    )
    contact = f" Contact details were left out: {', '.join(made.left_out)}." if made.left_out else ""
    personal = "Coded answers are personal data: keep them where they are safe."
    click.echo(f"{made.submissions} submissions in {output}.{contact} {personal}")


def reading_submissions(keys: Sequence[str]) -> AbstractContextManager[Iterable[str]]:
    """Shows on a terminal how far reading has come."""
    return bar(keys, "Reading submissions")


@dataclass(frozen=True, kw_only=True)
class Exported:
    """How many submissions a dataset holds, and which items' answers it leaves out."""

    submissions: int
    left_out: tuple[str, ...]


def export_dataset(
    store: Store, output: Path, *, bundle: Bundle, moment: datetime, watched: Watched = nullcontext
) -> Exported:
    """Writes the dataset of a store as it is now. `watched` goes over the keys of submissions. Raises SealedRecord
    where answers are sealed."""
    from analysis import dataset
    from collector import participations, replies, words
    from survey import records

    exported = 0
    keys = list(store.scan("submission/"))
    # Of an invitation that was taken back nothing is left to analyse, but where it was answered before.
    owners = {records.parse_submission_key(key).owner for key in keys}

    def submissions() -> Iterator[tuple[records.SubmissionKey, records.Submission]]:
        nonlocal exported
        with watched(keys) as found:
            for key in found:
                body = store.read(key)
                if body is not None:
                    exported += 1
                    yield records.parse_submission_key(key), records.decode(records.Submission, body, key=key)

    dataset.write(
        output,
        library=bundle.library,
        participations=(one for one in participations.everyone(store) if not one.revoked or one.id in owners),
        submissions=submissions(),
        replies=replies.every_reply(store),
        words=words.every_released(store),
        made=records.timestamp(moment),
        build=bundle.build,
    )
    return Exported(submissions=exported, left_out=dataset.left_out(bundle.library))


@contextmanager
def dataset_folder(settings: Settings, folder: Path | None) -> Iterator[Path]:
    """The dataset folder that a command was given; else a fresh export, which is gone when the block ends."""
    import tempfile

    from collector.app import utc_now
    from collector.bundle import read_bundle

    if folder is not None:
        yield folder
        return
    bundle, store = read_bundle(settings.bundle), opened_store(settings, must_exist=True)
    with tempfile.TemporaryDirectory(prefix="mittari-") as work:
        fresh = Path(work) / "dataset"
        export_dataset(store, fresh, bundle=bundle, moment=utc_now(), watched=reading_submissions)
        yield fresh


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
