"""What staff use: inviting, and numbers of who was invited and has answered."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import DATE, IN_FOLDER, SPOKEN, opened_store, settings_from, store_if_any, with_settings
from commands.private_files import free_name, hand_over, refuse_existing, write_private
from commands.terminal import bar, utf8

if TYPE_CHECKING:
    from collector.bundle import Bundle
    from collector.inviting import Invited


@click.command(cls=Command)
@click.option("--service", required=True, help="The service's id in services.yaml.")
@click.option("--count", required=True, type=click.IntRange(1, 10_000), help="How many participations.")
@click.option("--group", help="The group's id, where the service has groups.")
@click.option("--start", type=DATE, help="The own start date; else the group's, else today.")
@click.option("--end", type=DATE, help="The own end date; else the group's, else by the length of the service.")
@click.option("--language", help="The language of slips and links; else the site's first.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the codes there, not to the screen.")
@click.option("--sheet", "sheet_path", type=click.Path(path_type=Path), help="Where to write the slips to print.")
@click.option("--shared-device", is_flag=True, help="One QR code for a group that shares a device.")
@with_settings("store", "bundle", "secrets")
def invite(
    service: str,
    count: int,
    group: str | None,
    start: datetime | None,
    end: datetime | None,
    language: str | None,
    csv_path: Path | None,
    sheet_path: Path | None,
    shared_device: bool,
    **overrides: Any,
) -> None:
    """Make participations with codes: a CSV, and a sheet of slips with QR codes to print.

    The codes are shown this once. Keep the CSV and the sheet locked away.
    """
    from collector import inviting, slips
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day

    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    moment = utc_now()
    plan = inviting.plan(
        bundle.library,
        service=service,
        group=group,
        start=start.date() if start else None,
        end=end.date() if end else None,
        today=local_day(bundle, moment),
    )
    language = _known_language(bundle, language)
    refuse_existing(csv_path, sheet_path)
    keys = settings.keys()
    making = inviting.invite(opened_store(settings), keys, [plan] * count, moment=moment, random=secrets.token_bytes)
    invited, trouble = _collected(making, count)
    if invited:
        address = settings.address or bundle.library.site.address
        hand_over(slips.codes_csv(invited, address=address, language=language), csv_path)
        sheet_path = sheet_path or free_name(Path("var/slips"), invited[0].participation.number)
        sheet = slips.sheet(bundle, invited, address=address, language=language, shared_device=shared_device)
        write_private(sheet_path, sheet)
        click.echo(f"Slips to print: {sheet_path}", err=True)
    if trouble:
        raise Failure(f"{trouble} {len(invited)} of {count} were invited, with the codes given. Invite the rest later.")


def _collected(making: Iterator[Invited], count: int) -> tuple[list[Invited], str]:
    """Everyone who was invited, and why not more: also where the store gave up or somebody pressed Ctrl-C, since the
    codes are shown this once."""
    from collector.stores import StoreTrouble

    invited: list[Invited] = []
    try:
        with bar(making, "Inviting", length=count) as found:
            for one in found:
                invited.append(one)
    except StoreTrouble as trouble:
        return invited, str(trouble)
    except KeyboardInterrupt:
        return invited, "Interrupted."
    return invited, ""


def _known_language(bundle: Bundle, language: str | None) -> str:
    known = bundle.library.site.languages
    if language is not None and language not in known:
        raise WrongCommand(f"The site has no language '{language}'. It has: {', '.join(known)}.")
    return language or known[0]


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
    table = [tuple(words[head] for head in timetable.COLUMNS)]
    table += [
        (r.service, r.group or "–", r.wave, r.instrument, str(r.invited), str(r.due), str(r.answered)) for r in rows
    ]
    widths = [max(len(row[n]) for row in table) for n in range(7)]
    for row in table:
        cells = [
            text.ljust(width) if n < 4 else text.rjust(width)
            for n, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


COMMANDS = (invite, services, status)
