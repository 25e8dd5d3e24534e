"""What staff use: exits and dates, numbers of who was invited and has answered, whom to remind."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from commands.failures import Command, WrongCommand
from commands.options import (
    DATE,
    IN_FOLDER,
    SPOKEN,
    audit_log,
    opened_store,
    settings_from,
    store_if_any,
    with_settings,
)
from commands.private_files import refuse_existing, write_private
from commands.terminal import bar, table, utf8

_REASONS = ("completed", "work", "education", "illness", "transfer", "other")


@click.command(cls=Command)
@SPOKEN
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@IN_FOLDER
@with_settings("store")
def services(language: str | None, form: str, folder: Path, **overrides: Any) -> None:
    """List the services, what is open today, and the pages that need no code.

    It reads the instruments' folder, and counts who was invited and has answered where there is a store.
    """
    import build as publishing
    from collector import counting
    from collector.app import utc_now
    from survey import timetable

    settings = settings_from(**overrides)
    language = language or publishing.machine_language(os.environ)
    library = publishing.read_checked(folder, language)
    today = utc_now().astimezone(ZoneInfo(library.site.time_zone)).date()
    store = store_if_any(settings)
    rows = counting.status(store, library, today=today) if store else []
    counts = {(row.service, row.group, row.wave, row.instrument): (row.invited, row.answered) for row in rows}
    address = settings.address or library.site.address
    found = timetable.listed(library, today=today, address=address, counts=counts if store else None)
    if form == "json":
        click.echo(utf8(json.dumps([each.as_json() for each in found], ensure_ascii=False, indent=1)))
    else:
        words = publishing.read_messages(language, catalogue="problems")
        click.echo("\n\n".join("\n".join(line.say(words) for line in each.lines()) for each in found))


@click.command(cls=Command)
@SPOKEN
@with_settings("store", "bundle")
def status(language: str | None, **overrides: Any) -> None:
    """Show who was invited, is due now and has answered, as numbers per service, group and wave."""
    from build import machine_language, read_messages
    from collector import counting
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day
    from survey import timetable

    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    words = read_messages(language or machine_language(os.environ), catalogue="problems")
    rows = counting.status(opened_store(settings, must_exist=True), bundle.library, today=local_day(bundle, utc_now()))
    if not rows:
        click.echo(words[timetable.NOBODY])
        return
    shown = [
        (r.service, r.group or "–", r.wave, r.instrument, str(r.invited), str(r.due), str(r.answered)) for r in rows
    ]
    click.echo(table([words[head] for head in timetable.COLUMNS], shown))


# --- participations that change -------------------------------------------------------------------


@click.command("exit", cls=Command)
@click.argument("number", required=False)
@click.option("--date", "day", type=DATE, help="The day of the exit; else today.")
@click.option("--reason", type=click.Choice(_REASONS), help="Why.")
@click.option(
    "--from",
    "list_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An Excel file or a CSV with a row for each: number, end, reason.",
)
@with_settings("store", "bundle")
def exit_(
    number: str | None, day: datetime | None, reason: str | None, list_path: Path | None, **overrides: Any
) -> None:
    """Tell that somebody has left the service, and why: what is asked at the end is open from then on.

    NUMBER stands on the slip, like JT-2026-017. With --from, of everybody in a list; where a row has a problem, nothing
    is stored.
    """
    from collector import leaving, lists, participations
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day
    from survey import redaction

    settings = settings_from(**overrides)
    moment = utc_now()
    bundle = read_bundle(settings.bundle)
    today = local_day(bundle, moment)
    store = opened_store(settings, must_exist=True)
    if list_path is not None:
        if number or day or reason:
            raise WrongCommand("With --from each row has its own number, end and reason. Leave the others out.")
        table = lists.read(list_path.read_bytes())
        rows = lists.known_columns(table, leaving.COLUMNS, redaction.known(bundle.library))
        exits = leaving.exits(store, rows, today=today)
    elif number is None or reason is None:
        raise WrongCommand("Give the number and --reason, or a list with --from.")
    else:
        one = participations.by_number(store, number)
        exits = [participations.exit(one, day=day.date() if day else today, reason=reason, today=today)]
    log = audit_log(settings, store)
    with bar(leaving.stored(store, exits), "Storing", length=len(exits)) as found:
        for one, now in found:
            log.add("exit", now.number, moment=moment, details={"end": one.end, "reason": one.reason})
    click.echo(f"{len(exits)} exits stored.")


@click.command(cls=Command)
@click.argument("number")
@click.option("--start", type=DATE, help="The own start.")
@click.option("--end", type=DATE, help="The planned end.")
@click.option("--group", help="Another group of the same service.")
@with_settings("store", "bundle")
def change(number: str, start: datetime | None, end: datetime | None, group: str | None, **overrides: Any) -> None:
    """Change a participation's own start, planned end or group. What is due moves along.

    NUMBER stands on the slip, like JT-2026-017.
    """
    from collector import participations
    from collector.app import utc_now
    from collector.bundle import read_bundle

    if not (start or end or group):
        raise WrongCommand("Give what is to change: --start, --end or --group.")
    settings = settings_from(**overrides)
    library = read_bundle(settings.bundle).library
    store = opened_store(settings, must_exist=True)
    one = participations.by_number(store, number)
    groups = [each.id for each in library.services.service(one.service).groups]
    if group is not None and group not in groups:
        known = f"Its groups are: {', '.join(groups)}." if groups else "It has none."
        raise WrongCommand(f"Service '{one.service}' has no group '{group}'. {known}")
    first, last = (day.date() if day else None for day in (start, end))
    now = participations.dated(store, one, start=first, end=last, group=group)
    audit_log(settings, store).add(
        "change",
        now.number,
        moment=utc_now(),
        details={"start": now.start, "end": now.planned_end, "group": now.group or ""},
    )
    click.echo(f"{now.number}: {now.start} to {now.planned_end}{f', group {now.group}' if now.group else ''}.")


@click.command(cls=Command)
@click.argument("numbers", nargs=-1, required=True, metavar="NUMBER...")
@with_settings("store")
def revoke(numbers: tuple[str, ...], **overrides: Any) -> None:
    """Take an invitation back: its code opens nothing, and it is counted nowhere as unanswered.

    For those who never began, or were invited by mistake. What was answered stays; 'mittari erase' removes it.
    """
    from collector import participations
    from collector.app import utc_now

    settings = settings_from(**overrides)
    store = opened_store(settings, must_exist=True)
    found = [participations.by_number(store, number) for number in numbers]
    for one in found:
        participations.revoked(store, one, moment=utc_now())
        audit_log(settings, store).add("revoke", one.number, moment=utc_now())
    click.echo(f"{len(found)} invitations taken back.")


# --- reminders and rates --------------------------------------------------------------------------


@click.command(cls=Command)
@click.option("--service", help="Of this service alone.")
@click.option("--group", help="Of this group alone.")
@click.option("--wave", help="Of this wave alone.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the list there, for a spreadsheet.")
@with_settings("store", "bundle")
def remind(service: str | None, group: str | None, wave: str | None, csv_path: Path | None, **overrides: Any) -> None:
    """List whom to remind, by the numbers of their slips: those whose time ends first at the top.

    For the area's own staff: a provider must not be shown who has answered. There are no codes in it.
    """
    from collector import counting
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day

    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    refuse_existing(csv_path)
    _refuse_unknown_names(bundle.library, service, wave)
    store = opened_store(settings, must_exist=True)
    moment = utc_now()
    today = local_day(bundle, moment)
    found = counting.reminders(store, bundle.library, today=today, service=service, group=group, wave=wave)
    audit_log(settings, store).add("remind", service or "", moment=moment, details={"count": len(found)})
    if not found:
        click.echo("Nobody is to be reminded.")
        return
    rows = [(r.number, r.service, r.group or "", r.wave, r.instrument, r.closes.isoformat()) for r in found]
    _shown(("number", "service", "group", "wave", "questionnaire", "closes"), rows, csv_path)


@click.command(cls=Command)
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the table there, for a spreadsheet.")
@with_settings("store", "bundle")
def rates(csv_path: Path | None, **overrides: Any) -> None:
    """Show response rates by AAPOR's definitions, per service, group and wave.

    Counted are questionnaires whose time is over; those still open stand beside. Complete: more than 80 % of what was
    shown is answered; partial: 50 to 80 %; break-off: less. RR1 is complete ÷ all eligible, RR2 complete and partial ÷
    all eligible. Everybody invited is known and eligible, so RR3 and RR5 equal RR1, RR4 and RR6 equal RR2; invitations
    taken back are not eligible. Sealed answers count as partial, since nobody here sees how much they hold.
    """
    from collector import counting
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day

    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    refuse_existing(csv_path)
    store = opened_store(settings, must_exist=True)
    with bar(list(store.scan("submission/")), "Reading submissions") as keys:
        found = counting.response_rates(store, bundle.library, keys=keys, today=local_day(bundle, utc_now()))
    if not found:
        click.echo("Nothing has been open yet.")
        return
    rows = [
        (
            *(r.service, r.group or "", r.wave, r.instrument),
            *map(str, (r.eligible, r.complete, r.partial, r.break_off, r.silent, r.still_open)),
            *("" if rate is None else f"{rate:.3f}" for rate in (r.rr1, r.rr2)),
        )
        for r in found
    ]
    heads = (
        "service",
        "group",
        "wave",
        "questionnaire",
        "eligible",
        "complete",
        "partial",
        "break-off",
        "silent",
        "open",
    )
    _shown((*heads, "RR1", "RR2"), rows, csv_path)


def _shown(heads: Sequence[str], rows: Sequence[Sequence[str]], csv_path: Path | None) -> None:
    """A table on the screen, or the same as CSV in a file for its owner alone."""
    if csv_path is None:
        click.echo(table(heads, rows))
        return
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([heads, *rows])
    write_private(csv_path, text.getvalue())
    click.echo(f"{len(rows)} rows in {csv_path}.")


def _refuse_unknown_names(library: Any, service: str | None, wave: str | None) -> None:
    known = [each.id for each in library.services.services]
    if service is not None and service not in known:
        raise WrongCommand(f"There is no service '{service}'. The services are: {', '.join(known)}.")
    if wave is not None and wave not in library.site.waves:
        raise WrongCommand(f"There is no wave '{wave}'. The waves of site.yaml are {', '.join(library.site.waves)}.")


# --- pseudonyms -----------------------------------------------------------------------------------


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--column", required=True, help="The heading of the column with the area's client numbers.")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The CSV to write.")
@click.option("--key", "key_path", type=click.Path(path_type=Path), help="The file that 'mittari keys --person' made.")
def pseudonym(file: Path, column: str, output: Path, key_path: Path | None) -> None:
    """Write a CSV with client numbers turned into pseudonyms, in a column 'person'. On the area's own machine alone.

    FILE is a list of people to invite, or a register's extract to join with the dataset. The same client number is
    always the same person, and without the key nobody can go back. Other columns stay as they are.
    """
    from collector import lists
    from collector.settings import read_person_key
    from survey import codes

    settings = settings_from(person_key=key_path)
    refuse_existing(output)
    key = read_person_key(settings.person_key)
    found = lists.read(file.read_bytes())
    if column not in found.headings:
        raise WrongCommand(f"There is no column '{column}'. The columns are: {', '.join(found.headings)}.")
    if "person" in found.headings and column != "person":
        raise WrongCommand("There is a column 'person' already. Rename it, or leave it out.")
    lists.refuse_identity_codes(found.rows, but=column)
    empty = [row.line for row in found.rows if not row.text(column)]
    if empty:
        raise WrongCommand(
            f"No client number in row {', '.join(map(str, empty[:10]))}. Fill it in or leave the row out."
        )
    headings = ["person" if heading == column else heading for heading in found.headings]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=found.delimiter, lineterminator="\r\n")
    writer.writerow(headings)
    for row in found.rows:
        writer.writerow(
            [
                codes.person(key, row.text(column)) if name == column else row.cells.get(name, "")
                for name in found.headings
            ]
        )
    write_private(output, text.getvalue())
    people = len({codes.person(key, row.text(column)) for row in found.rows})
    click.echo(f"{len(found.rows)} rows, {people} people in {output}. Other columns were not looked at for names.")


COMMANDS = (services, status, exit_, change, revoke, remind, rates, pseudonym)
