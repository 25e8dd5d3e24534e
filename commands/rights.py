"""What a person may ask for, and what the law asks: erasing, access, removing what is old, a log of what staff did."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import DATE, audit_log, opened_store, settings_from, with_settings
from commands.private_files import refuse_existing, write_private
from commands.terminal import bar, table

if TYPE_CHECKING:
    from collector.erasing import Erased, Eraser
    from collector.stores import Store
    from survey.records import Participation, Submission

_RECEIPT = click.option("--receipt", help="The receipt that the person got; instead of a number.")
_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command(cls=Command)
@click.argument("number", required=False)
@_RECEIPT
@click.option("--instrument", help="Only this questionnaire, which can then be answered again.")
@click.option("--wave", help="At this wave.")
@_YES
@with_settings("store", "secrets")
def erase(
    number: str | None, receipt: str | None, instrument: str | None, wave: str | None, yes: bool, **overrides: Any
) -> None:
    """Erase what somebody answered, for good: by the number of the slip everything of theirs, by a receipt its answers.

    A tombstone is left in the store and in a second place, so that no backup brings the answers back. With --instrument
    and --wave one questionnaire is removed so that it can be answered again, where a slip was used by somebody else.
    """
    from collector import participations
    from collector.app import utc_now
    from collector.erasing import opened_eraser

    if (number is None) == (receipt is None):
        raise WrongCommand("Give the number on the slip, or --receipt, one of the two.")
    if (instrument is None) != (wave is None) or (receipt and instrument):
        raise WrongCommand("Give --instrument and --wave together, with a number.")
    settings = settings_from(**overrides)
    store = opened_store(settings, must_exist=True)
    moment = utc_now()
    with opened_eraser(store, settings.erasures, keys=settings.keys(), moment=moment) as eraser:
        erased = _erased(eraser, number, receipt, instrument, wave, yes)
    action = "reset" if instrument else "erase"
    about = (participations.number_typed(number) or number.strip().upper()) if number else "by receipt"
    audit_log(settings, store).add(action, about, moment=moment, details={"questionnaires": erased.questionnaires})
    click.echo(f"Erased: the answers to {erased.questionnaires} questionnaires. Backups made before bring none back.")


def _erased(
    eraser: Eraser, number: str | None, receipt: str | None, instrument: str | None, wave: str | None, yes: bool
) -> Erased:
    from collector import participations

    if receipt is not None:
        _confirm("Erase the answers with this receipt? It cannot be undone.", yes)
        return eraser.receipt(receipt)
    one = participations.by_number(eraser.store, number or "")
    if instrument and wave:
        _confirm(f"Erase what {one.number} answered to '{instrument}' at '{wave}'? It cannot be undone.", yes)
        return eraser.reset(one, instrument, wave)
    _confirm(f"Erase everything of {one.number}? It cannot be undone.", yes)
    return eraser.participation(one)


def _confirm(question: str, yes: bool) -> None:
    if not yes:
        click.confirm(question, abort=True, err=True)


@click.command(cls=Command)
@click.argument("number", required=False)
@_RECEIPT
@click.option("--identity", type=click.Path(path_type=Path), help="The key that opens sealed answers.")
@click.option("--output", required=True, type=click.Path(path_type=Path), help="The page to write (.html).")
@with_settings("store", "bundle", "secrets")
def access(number: str | None, receipt: str | None, identity: Path | None, output: Path, **overrides: Any) -> None:
    """Write a person's own answers as a page to read and print, when the person asks for them.

    By the number of the slip, or by a receipt the one questionnaire that it belongs to. See first that it is the person
    who asks. Give the page to them and remove it.
    """
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.desk.works import NotMade
    from commands.desk_answers import DeskAnswers

    if (number is None) == (receipt is None):
        raise WrongCommand("Give the number on the slip, or --receipt, one of the two.")
    refuse_existing(output)
    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    store = opened_store(settings, must_exist=True)
    readable = store
    if identity is not None:
        from collector.sealing import OpenedStore, read_identities

        readable = OpenedStore(store, read_identities(identity))
    moment = utc_now()
    if receipt is not None:
        one, kept = None, [_by_receipt(readable, settings.keys(), receipt)]
    else:
        one, kept = _by_number(readable, number or "")
    try:
        page = DeskAnswers().page(kept, one, bundle=bundle, moment=moment)
    except NotMade as error:
        raise Failure(str(error.told)) from error
    write_private(output, page.content.decode())
    audit_log(settings, store).add("access", one.number if one else "by receipt", moment=moment)
    click.echo(f"{len(kept)} questionnaires in {output}. It is for the person alone: remove it when they have it.")


def _by_receipt(store: Store, keys: Any, receipt: str) -> Submission:
    from collector import results

    found = results.by_receipt(store, keys, receipt)
    if found is None:
        raise WrongCommand("There are no answers with this receipt. It has 20 letters and digits in four groups.")
    return found


def _by_number(store: Store, number: str) -> tuple[Participation, list[Submission]]:
    from collector import participations, results
    from survey import records

    one = participations.by_number(store, number)
    kept = results.of_participation(store, one)
    return one, [records.decode(records.Submission, body, key=key) for key, body in kept]


@click.command(cls=Command)
@_YES
@click.option("--dry-run", is_flag=True, help="Only show what would be removed.")
@click.option("--on", "day", type=DATE, help="As if it were this day, with --dry-run; else today.")
@with_settings("store", "bundle", "secrets")
def purge(yes: bool, dry_run: bool, day: datetime | None, **overrides: Any) -> None:
    """Remove what has been kept long enough, by the times under 'retention' in site.yaml.

    Codes some months after the last questionnaire has closed; own words, other answers and replies to alarms some
    months after they came; entries of the log some months after what they tell of.
    It is shown first and asked about. Tables and reports that were made are kept. Run it every month.
    """
    from collector import purging
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day

    if day is not None and not dry_run:
        raise WrongCommand("Another day goes with --dry-run alone: what is removed cannot be had back.")
    settings = settings_from(**overrides)
    bundle = read_bundle(settings.bundle)
    store = opened_store(settings, must_exist=True)
    moment = utc_now()
    today = day.date() if day else local_day(bundle, moment)
    with bar(list(store.scan("submission/")), "Looking") as keys:
        found = list(purging.overdue(store, bundle.library, keys=keys, today=today))
    counts = Counter(one.kind for one in found)
    if not found:
        click.echo("Nothing has been kept too long.")
        return
    click.echo(table(("what", "how many"), [(kind, str(counts[kind])) for kind in purging.KINDS if counts[kind]]))
    if dry_run:
        return
    _confirm("Remove it? It cannot be undone.", yes)
    secret = settings.keys()
    with bar(found, "Removing") as each:
        for one in each:
            purging.remove(store, bundle.library, secret, one)
    audit_log(settings, store).add("purge", moment=moment, details={str(kind): count for kind, count in counts.items()})
    click.echo("Removed.")


@click.command(cls=Command)
@click.option("--since", type=DATE, help="From this day on.")
@with_settings("store")
def audit(since: datetime | None, **overrides: Any) -> None:
    """Show what staff did, when and who: never any answers, codes or receipts."""
    from collector import audit as log

    store = opened_store(settings_from(**overrides), must_exist=True)
    first = since.date().isoformat() if since else ""
    rows = [
        (one.at, one.actor, one.action, one.about, ", ".join(f"{k} {v}" for k, v in one.details.items() if v != ""))
        for one in log.entries(store)
        if one.at >= first
    ]
    click.echo(table(("when", "who", "what", "about", "details"), rows) if rows else "Nothing is logged.")


COMMANDS = (erase, access, purge, audit)
