"""The staff desk: the command that begins it, and what it hands in of the other programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, WrongCommand
from commands.options import FOLDER, IN_FOLDER, LANGUAGES, opened_store, settings_from, with_settings

if TYPE_CHECKING:
    from collector.desk.works import Works
    from collector.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def messages() -> dict[str, Mapping[str, str]]:
    """All that the desk says, by language."""
    from build import read_messages

    catalogues = ("report", "problems", "desk")
    return {
        language: {
            message: text
            for catalogue in catalogues
            for message, text in read_messages(language, catalogue=catalogue).items()
        }
        for language in LANGUAGES
    }


def works(settings: Settings, folder: Path = FOLDER, output: Path = Path("var/desk")) -> Works:
    """What the other programs do for the desk: `folder` holds the instruments, `output` what is made."""
    from collector.desk.works import Works
    from commands.desk_alarms import DeskAlarms
    from commands.desk_answers import DeskAnswers
    from commands.desk_documents import DeskDocuments
    from commands.desk_reports import DeskReports
    from commands.desk_shelf import DeskShelf

    return Works(
        reports=DeskReports(settings, output),
        alarms=DeskAlarms(output),
        shelf=DeskShelf(settings, folder),
        documents=DeskDocuments(folder),
        answers=DeskAnswers(),
    )


@click.command(cls=Command)
@click.option(
    "--staff",
    "desk_staff",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Who works at the desk, and how they log in (desk.yaml). Without it, whoever runs this is its only user.",
)
@click.option("--demo", is_flag=True, help="On a simulated area, with its survey site beside it, to try it out.")
@click.option("--once", is_flag=True, help="With --demo: end when the simulated area is made.")
@click.option("--check", is_flag=True, help="Only look whether --staff can be used.")
@click.option("--host", "desk_host", help="The address to listen on; this machine alone if not said.")
@click.option("--port", "desk_port", type=click.IntRange(0, 65535), help="The port to listen on; 8200 if not said.")
@IN_FOLDER
@with_settings("store", "bundle", "secrets")
def desk(folder: Path, check: bool, demo: bool, once: bool, **overrides: Any) -> None:
    """Open the staff desk: pages in the browser for an ordinary working day.

    Without --staff who runs it here is its only user, and only this machine can reach it: use one on which nobody else
    has an account. With --demo it opens on a simulated area, made anew under var/desk-demo/, where one may be anybody.
    """
    from collector.desk.app import create_desk
    from collector.serving import listen, serve
    from commands.desk_staff import identify_of

    settings = settings_from(**overrides)
    if demo:
        from commands.desk_demo import demonstrate

        demonstrate(port=settings.desk_port, site_port=settings.port, once=once)
        return
    if settings.desk_staff is None and settings.desk_host not in LOOPBACK:
        raise WrongCommand("Without a login the desk is for this machine alone. Leave --host out, or give --staff.")
    if check and settings.desk_staff is None:
        raise WrongCommand("Give --staff, or set MITTARI_DESK_STAFF.")
    identify = identify_of(settings, strict=check)
    if check:
        click.echo("No problems in the staff file.")
        return
    app = create_desk(
        settings,
        works=works(settings, folder, settings.desk_output),
        messages=messages(),
        identify=identify,
        store=opened_store(settings),
    )
    listening = listen(settings.desk_host, settings.desk_port)
    click.echo(f"Staff desk: http://{settings.desk_host}:{listening.getsockname()[1]}/ – stop with Ctrl-C.")
    serve(app, listening)
    click.echo("Stopped.")


COMMANDS = (desk,)
