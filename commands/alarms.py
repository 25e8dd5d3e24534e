"""What buyers, providers and the area must act on, or are thanked for: what is raised, and what was replied."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from commands.failures import Command, WrongCommand
from commands.options import DATE, SPOKEN, audit_log, opened_store, settings_from, with_settings
from commands.private_files import refuse_existing, write_private
from commands.terminal import utf8

if TYPE_CHECKING:
    from analysis.alarms import AlarmRow, AlarmTable
    from analysis.wording import Words
    from collector.settings import Settings
    from survey.records import Role

HEADS = (
    *("id", "sort", "state", "days", "answer_by", "closed", "service", "group", "month", "contract", "lot", "provider"),
    *("buyer", "to", "questionnaire", "wave", "item", "below", "above", "at_least", "n_beyond", "n_answered"),
    *("replies", "replied_by", "reply", "action", "done"),
)
"""The columns of the CSV: the last reply stands there, and how many there are."""
DATASET = click.option(
    "--dataset", "folder", type=click.Path(path_type=Path), help="A dataset folder; else a fresh export."
)


@click.command(cls=Command)
@DATASET
@click.option("--day", type=DATE, help="As it stood on this day; else today.")
@click.option("--since", type=DATE, help="Of what closed on this day or later.")
@SPOKEN
@click.option("--output", type=click.Path(path_type=Path), help="Write the list there as CSV, for a spreadsheet.")
@click.option("--letters", type=click.Path(path_type=Path), help="Write a message to each recipient into this folder.")
@with_settings("store", "bundle")
def alarms(
    folder: Path | None,
    day: datetime | None,
    since: datetime | None,
    language: str | None,
    output: Path | None,
    letters: Path | None,
    **overrides: Any,
) -> None:
    """List what clients' answers have raised, by the rules under 'alarms' and 'thanks' of the questionnaires.

    What waits for an answer stands first, by the day when it is due; then thanks, then what was answered. A rule is
    looked at when the time to answer of a whole group is over; of those without a group, when the month is over. The
    time for a reply runs from then on, so run this every week. Numbers are protected as in the report.

    With --letters a text file for each recipient of what is new: a file that is there already is left alone. Mittari
    sends nothing.
    """
    from analysis.wording import Words
    from build import machine_language, read_messages

    refuse_existing(output)
    settings = settings_from(**overrides)
    spoken = language or machine_language(os.environ)
    words = Words(spoken, read_messages(spoken, catalogue="report"))
    table = _table(settings, folder, day.date() if day else None)
    rows = [row for row in table.rows if since is None or row.alarm.closed >= since.date()]
    if output is not None:
        write_private(output, as_csv(rows, words))
        click.echo(f"{len(rows)} rows in {output}.")
    if letters is not None:
        _write_letters(rows, table, words, letters)
    if output is None and letters is None:
        click.echo(utf8("\n\n".join(_listed(rows, table, words))))


def _table(settings: Settings, folder: Path | None, day: date | None) -> AlarmTable:
    """What is raised, in a dataset or in the store as it is now; on a day, else today."""
    from collector.app import utc_now
    from commands.analysts import dataset_folder

    with dataset_folder(settings, folder) as found:
        return raised_in(found, day=day, moment=utc_now())


def raised_in(folder: Path, *, day: date | None = None, moment: datetime) -> AlarmTable:
    """What is raised in a dataset on a day; else on that of the moment. Needs no command line: the desk calls it."""
    from zoneinfo import ZoneInfo

    from analysis import dataset
    from analysis.alarms import alarm_table
    from analysis.disclosure import Release

    data = dataset.read(folder)
    today = moment.astimezone(ZoneInfo(data.library.site.time_zone)).date()
    return alarm_table(data, Release(), day=day or today)


def _listed(rows: Sequence[AlarmRow], table: AlarmTable, words: Words) -> Iterator[str]:
    """A paragraph on all of them, and one on each."""
    from analysis import alarm_words
    from analysis.disclosure import Policy

    yield "\n".join(alarm_words.summary(table, Policy().minimum_count, words))
    for row in rows:
        first, *others = alarm_words.lines(row, table, words)
        yield "\n".join([first, *(f"  {line}" for other in others for line in other.split("\n"))])


def as_csv(rows: Sequence[AlarmRow], words: Words, *, delimiter: str = ",") -> str:
    """A row for each, with ids and dates for other programs, names in a language, and no number that is not told."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(HEADS)
    for row in rows:
        writer.writerow([_plain(cell) for cell in _cells(row, words)])
    return text.getvalue()


def _cells(row: AlarmRow, words: Words) -> Iterator[object]:
    alarm, unit, rule = row.alarm, row.alarm.unit, row.alarm.rule
    figures = None if alarm.told is None else alarm.told.figures
    last = row.replies[-1] if row.replies else None
    yield from (alarm.id, alarm.sort, row.state, row.days, alarm.answer_by, alarm.closed)
    yield from (words.text(alarm.service.title), unit.group, unit.month, alarm.service.contract, alarm.service.lot)
    yield from (alarm.provider, alarm.service.buyer, " ".join(rule.to))
    yield from (alarm.instrument.key, unit.wave, rule.item)
    yield from (None if limit is None else f"{limit:g}" for limit in (rule.below, rule.above))
    yield alarm.least
    yield from (None, None) if figures is None else (figures.yes, figures.n)
    yield len(row.replies)
    yield from (None, None, None, None) if last is None else (last.organisation, last.text, last.action, last.done)


def _plain(cell: object) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    from collector import slips

    text = "" if cell is None else str(cell)
    return slips.plain(text) if isinstance(cell, str) else text


def recipients(row: AlarmRow) -> tuple[Role, ...]:
    """Whom a message is written to: everybody who is told, until it is answered."""
    return () if row.state == "answered" else tuple(dict.fromkeys(row.alarm.rule.to))


def letter_name(row: AlarmRow, role: Role, words: Words) -> str:
    """The name of the file of a message."""
    return f"{row.alarm.id}-{role}-{words.language}.txt"


def _write_letters(rows: Sequence[AlarmRow], table: AlarmTable, words: Words, folder: Path) -> None:
    from analysis import alarm_words

    written = there = 0
    for row in rows:
        for role in recipients(row):
            path = folder / letter_name(row, role, words)
            if path.exists():
                there += 1
                continue
            write_private(path, alarm_words.letter(row, table, role, words))
            written += 1
    left = f" {there} were there already and were left alone." if there else ""
    click.echo(
        f"{written} messages in {folder}.{left} Mittari sends none: services.yaml has no addresses. Send them on "
        "yourself, and store what comes back with: mittari reply"
    )


# --- replies --------------------------------------------------------------------------------------


@click.command(cls=Command)
@click.argument("alarm")
@click.option("--by", required=True, type=click.Choice(["provider", "buyer", "area"]), help="Who replies.")
@click.option("--text", help="What they say.")
@click.option(
    "--text-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A file in UTF-8 that says it."
)
@click.option("--action", default="", help="What they have done or will do about it.")
@click.option("--done", type=DATE, help="By which day it is done.")
@DATASET
@with_settings("store", "bundle")
def reply(
    alarm: str,
    by: Literal["provider", "buyer", "area"],
    text: str | None,
    text_file: Path | None,
    action: str,
    done: datetime | None,
    folder: Path | None,
    **overrides: Any,
) -> None:
    """Store what an organisation replied to an alarm or to thanks, and what it does about it.

    ALARM is the id that 'mittari alarms' shows, like 7K3M-9QX2. A later reply amends the one before; both are kept, and
    shown beside the alarm. Name nobody in it, neither clients nor staff: it is read by others, and stands in the next
    report. Texts with a personal identity code are refused. Where answers are sealed, give --dataset.
    """
    from analysis.alarms import alarm_id
    from collector.app import utc_now
    from collector.replies import record_reply

    if (text is None) == (text_file is None):
        raise WrongCommand("Give --text, or --text-file, one of the two.")
    said = (text or "") if text_file is None else _read(text_file)
    settings = settings_from(**overrides)
    store = opened_store(settings, must_exist=True)
    table = _table(settings, folder, None)
    moment = utc_now()
    kept = record_reply(
        store,
        alarm=alarm_id(alarm),
        by=by,
        organisation=_organisation(table, alarm_id(alarm), by),
        text=said,
        action=action,
        done=done.date() if done else None,
        moment=moment,
    )
    audit_log(settings, store).add("reply", kept.alarm, moment=moment, details={"by": kept.by, "n": kept.n})
    click.echo(f"Reply {kept.n} to {kept.alarm} is stored, by {kept.organisation}. It stands in the next report.")


def _organisation(table: AlarmTable, id: str, by: Literal["provider", "buyer", "area"]) -> str:
    """The name of who replies, as services.yaml or site.yaml has it."""
    from analysis import alarm_words
    from analysis.wording import Words

    found = next((row.alarm for row in table.rows if row.alarm.id == id), None)
    if found is None:
        raise WrongCommand(f"There is no alarm '{id}', and no thanks. Look up its id with: mittari alarms")
    return alarm_words.organisation(found, table, by, Words(table.library.site.languages[0], {}))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise WrongCommand(f"The file '{path}' is no text in UTF-8. Save it as plain text, UTF-8.") from None


COMMANDS = (alarms, reply)
