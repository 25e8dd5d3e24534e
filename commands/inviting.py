"""What hands out codes: inviting, and a new code for one that was lost."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import DATE, audit_log, opened_store, settings_from, with_settings
from commands.private_files import free_name, hand_over, refuse_existing, write_private
from commands.terminal import bar

if TYPE_CHECKING:
    from collector.bundle import Bundle
    from collector.inviting import Invited, Plan
    from collector.settings import Settings
    from survey.model import Library

_CSV = click.option(
    "--csv", "csv_path", type=click.Path(path_type=Path), help="Write the codes there, not to the screen."
)
_SHEET = click.option(
    "--sheet", "sheet_path", type=click.Path(path_type=Path), help="Where to write the slips to print."
)
_LANGUAGE = click.option("--language", help="The language of slips and links; else the site's first.")


@click.command(cls=Command)
@click.option("--service", help="The service's id in services.yaml; with --from, of the rows that name none.")
@click.option("--count", type=click.IntRange(1, 10_000), help="How many participations.")
@click.option(
    "--from",
    "list_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An Excel file or a CSV with a row for each: service, group, start, end, person, language, reference.",
)
@click.option("--group", help="The group's id, where the service has groups.")
@click.option("--start", type=DATE, help="The own start date; else the group's, else today.")
@click.option("--end", type=DATE, help="The own end date; else the group's, else by the length of the service.")
@click.option("--wave", help="Links lead to the questionnaire of this wave; else to whatever is due.")
@_LANGUAGE
@_CSV
@_SHEET
@click.option("--shared-device", is_flag=True, help="One QR code for a group that shares a device.")
@with_settings("store", "bundle", "secrets")
def invite(
    service: str | None,
    count: int | None,
    list_path: Path | None,
    group: str | None,
    start: datetime | None,
    end: datetime | None,
    wave: str | None,
    language: str | None,
    csv_path: Path | None,
    sheet_path: Path | None,
    shared_device: bool,
    **overrides: Any,
) -> None:
    """Make participations with codes: a CSV, and a sheet of slips with QR codes to print.

    So many of one service (--service, --count), or one for each row of a list (--from). A list has no names: columns
    are service, group, start, end, person (made by 'mittari pseudonym'), language (of the slip and link; else
    --language) and reference; the last two are handed back beside the code and not stored. Where a row has a problem,
    nobody is invited. The codes are shown this once. Keep the CSV and the sheet locked away.
    """
    from collector import inviting, lists, participations
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day
    from survey.phrases import said

    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    moment = utc_now()
    today = local_day(bundle, moment)
    listed: dict[int, Plan] = {}
    if list_path is not None:
        if count or group or start or end:
            raise WrongCommand(
                "With --from each row has its own group and dates. Leave --count, --group, --start and --end out."
            )
        listed = _listed(bundle.library, list_path, service, today)
        plans = list(listed.values())
    elif service is None or count is None:
        raise click.UsageError("Give --service and --count, or a list with --from.")
    else:
        first, last = (day.date() if day else None for day in (start, end))
        plans = [
            inviting.plan(bundle.library, service=service, group=group, start=first, end=last, today=today)
        ] * count
    handing = _Handing(settings, bundle, language, wave, csv_path, sheet_path, shared_device)
    handing.refuse(plans)
    store = opened_store(settings)
    secret = settings.keys()
    again = inviting.there_already(listed, participations.everyone(store), today=today)
    if again:
        warning = said(inviting.THERE_ALREADY, rows=lists.first_of(again))
        click.echo(f"Warning: {warning}", err=True)
    for id, number in Counter(one.service.id for one in plans).items():
        audit_log(settings, store).add("invite", id, moment=moment, details={"count": number})
    making = inviting.invite(store, secret, plans, moment=moment, random=secrets.token_bytes)
    invited, trouble = _collected(making, len(plans))
    if invited:
        handing.over(invited)
    if trouble:
        raise Failure(
            f"{trouble} {len(invited)} of {len(plans)} were invited, with the codes given. Invite the rest later."
        )


def _listed(library: Library, path: Path, service: str | None, today: Any) -> dict[int, Plan]:
    from collector import inviting, lists
    from survey import redaction

    rows = lists.known_columns(lists.read(path.read_bytes()), inviting.COLUMNS, redaction.known(library))
    return inviting.planned(library, rows, service=service, today=today)


@click.command(cls=Command)
@click.argument("number")
@_LANGUAGE
@_CSV
@_SHEET
@with_settings("store", "bundle", "secrets")
def replace(
    number: str, language: str | None, csv_path: Path | None, sheet_path: Path | None, **overrides: Any
) -> None:
    """Give a participation a new code, where a slip was lost. The old code opens nothing any more.

    NUMBER stands on the slip, like JT-2026-017. What was answered stays.
    """
    from collector import inviting, participations
    from collector.app import utc_now
    from collector.bundle import read_bundle

    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    handing = _Handing(settings, bundle, language, None, csv_path, sheet_path, False)
    handing.refuse([])
    store = opened_store(settings, must_exist=True)
    found = participations.by_number(store, number)
    one = inviting.replaced(store, settings.keys(), found, random=secrets.token_bytes)
    handing.over([one])
    audit_log(settings, store).add("replace", found.number, moment=utc_now())


class _Handing:
    """How codes that were just made come to whoever asked for them."""

    def __init__(
        self,
        settings: Settings,
        bundle: Bundle,
        language: str | None,
        wave: str | None,
        csv_path: Path | None,
        sheet_path: Path | None,
        shared_device: bool,
    ) -> None:
        from collector import slips

        known = bundle.library.site.languages
        if language is not None and language not in known:
            raise WrongCommand(f"The site has no language '{language}'. It has: {', '.join(known)}.")
        waves = bundle.library.site.waves
        if wave is not None and wave not in waves:
            raise WrongCommand(f"There is no wave '{wave}'. The waves of site.yaml are {', '.join(waves)}.")
        self._bundle = bundle
        self._language = language or known[0]
        self._address = settings.address or bundle.library.site.address
        self._opens = slips.at_wave(bundle, wave) if wave else slips.front
        self._csv_path, self._sheet_path, self._shared_device = csv_path, sheet_path, shared_device

    def refuse(self, plans: Sequence[Plan]) -> None:
        """Raises where codes could not be handed over, before there are any."""
        from collector import slips

        refuse_existing(self._csv_path, self._sheet_path)
        if self._opens is not slips.front:
            for plan in plans:
                self._opens(plan.participation(id="", number="", invited="", code=""), self._language)

    def over(self, invited: Sequence[Invited]) -> None:
        from collector import slips

        text = slips.codes_csv(invited, address=self._address, language=self._language, opens=self._opens)
        hand_over(text, self._csv_path)
        path = self._sheet_path or free_name(Path("var/slips"), invited[0].participation.number)
        sheet = slips.sheet(
            self._bundle,
            invited,
            address=self._address,
            language=self._language,
            shared_device=self._shared_device,
            opens=self._opens,
        )
        write_private(path, sheet)
        click.echo(f"Slips to print: {path}", err=True)


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


COMMANDS = (invite, replace)
