"""What the operator uses: keys, stores, serving."""

from __future__ import annotations

import dataclasses
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import opened_store, settings_from, with_settings
from commands.terminal import bar

if TYPE_CHECKING:
    pass


@click.command(cls=Command)
@click.option("--secrets", "path", type=click.Path(path_type=Path), help="Where to write them.")
def keys(path: Path | None) -> None:
    """Make the secret keys, once. Keep a copy in a safe: without them no code or receipt works."""
    from collector.settings import make_keys, write_keys

    settings = settings_from(secrets=path)
    write_keys(settings.secrets, make_keys(secrets.token_bytes))
    click.echo(f"Keys made in {settings.secrets}. Keep a copy in a safe place, apart from the answers.")


@click.group("store")
def store_commands() -> None:
    """Look after a store."""


@store_commands.command("copy", cls=Command)
@click.argument("source")
@click.argument("target")
def copy_store(source: str, target: str) -> None:
    """Copy every record of one store to another, and compare the two.

    SOURCE and TARGET are addresses of stores, like sqlite:var/store.sqlite or
    postgresql://mittari@db.example.fi/mittari. Stop the collector first. Nothing in TARGET is overwritten, and SOURCE
    stays as it is; what was broken off can be begun again.
    """
    from collector.opening import all_keys
    from collector.stores import copying

    if source == target:
        raise WrongCommand("The two stores are the same. Name another one to copy to.")
    settings = settings_from()
    old = opened_store(dataclasses.replace(settings, store=source), must_exist=True)
    new = opened_store(dataclasses.replace(settings, store=target))
    keys = list(all_keys(old))
    with bar(keys, "Copying") as found:
        made = sum(copying.copied(old, new, found))
    with bar(keys, "Comparing") as found:
        unlike = list(copying.unlike(old, new, found))
    came = set(all_keys(old)) - set(keys)
    if unlike or came:
        raise Failure(
            f"{len(unlike) + len(came)} records are not the same in both: the source was written to meanwhile. "
            "Stop the collector and run the command again."
        )
    more = sum(1 for _key in all_keys(new)) - len(keys)
    beside = f" The target has {more} more." if more else ""
    click.echo(f"{len(keys)} records are in both and the same, {made} of them new.{beside}")


@click.command(cls=Command)
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on.")
@click.option("--drafts", is_flag=True, help="Also a build with drafts, to try it out.")
@with_settings("store", "bundle", "site", "secrets")
def serve(**overrides: Any) -> None:
    """Serve the pages and receive answers until interrupted."""
    from collector import create_app
    from collector.serving import listen
    from collector.serving import serve as run

    settings = settings_from(**overrides)
    app = create_app(settings, store=opened_store(settings))
    listening = listen(settings.host, settings.port)
    port = listening.getsockname()[1]
    click.echo(f"Serving http://{settings.host}:{port}/ – stop with Ctrl-C.", err=True)
    run(app, listening)
    click.echo("Stopped.", err=True)


COMMANDS = (keys, store_commands, serve)
