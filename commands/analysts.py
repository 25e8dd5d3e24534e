"""What analysts use: the dataset and the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command
from commands.options import LANGUAGES, audit_log, opened_store, settings_from, with_settings
from commands.terminal import bar

if TYPE_CHECKING:
    from collector.settings import Settings


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
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The folder of the report.")
@click.option("--language", type=click.Choice(LANGUAGES), default="fi", show_default=True, help="Of the page.")
@with_settings("store", "bundle")
def report(folder: Path | None, output: Path, language: str, **overrides: Any) -> None:
    """Write the report: what changed, where, and how sure one can be. Small groups are protected."""
    make_report(settings_from(**overrides), folder, output, language)
    click.echo(f"Report: {output / 'index.html'}, figures: {output / 'results.json'}.")


def make_report(settings: Settings, folder: Path | None, output: Path, language: str) -> None:
    import tempfile

    from analysis import dataset
    from analysis.report import write_report
    from build import read_messages
    from collector.app import utc_now
    from survey import records

    with tempfile.TemporaryDirectory(prefix="mittari-") as work:
        if folder is None:
            folder = Path(work) / "dataset"
            export_dataset(settings, folder)
        write_report(
            dataset.read(folder),
            output,
            language=language,
            messages=read_messages(language, catalogue="report"),
            made=records.timestamp(utc_now()),
        )


COMMANDS = (export, report)
