"""Options that several commands have, and the settings and the store that they lead to."""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collector.audit import Log
    from collector.settings import Settings
    from collector.stores import Store


FOLDER = Path("instruments")
OUTPUT = Path("var/build")


LANGUAGES = ("fi", "sv", "en")
SPOKEN = click.option(
    "--language", type=click.Choice(LANGUAGES), help="Of what is shown; else the machine's, else English."
)


DATE = click.DateTime(["%Y-%m-%d"])
IN_FOLDER = click.option(
    "--folder", default=FOLDER, show_default=True, type=click.Path(path_type=Path), help="Where the instruments are."
)


def with_settings(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options that override the environment's `MITTARI_*`."""
    folder = click.Path(path_type=Path)
    options = {
        "store": click.option("--store", help="Where answers are kept, like sqlite:var/store.sqlite."),
        "bundle": click.option("--bundle", type=folder, help="The folder 'bundle' of a build."),
        "site": click.option("--site", type=folder, help="The folder 'site' of a build."),
        "secrets": click.option("--secrets", type=folder, help="The file that 'mittari keys' made."),
    }

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(names):
            command = options[name](command)
        return command

    return decorate


def settings_from(**overrides: Any) -> Settings:
    """The environment's settings, with those that a command was given."""
    from collector.settings import Settings

    given = {name: value for name, value in overrides.items() if value is not None}
    if "secrets" in given:
        given["secrets_json"] = ""
    return dataclasses.replace(Settings.from_environ(os.environ), **given)


def opened_store(settings: Settings, *, must_exist: bool = False) -> Store:
    """The store, closed when the command ends. Reading from a mistyped place must not make an empty store there."""
    from collector.opening import opened

    store = opened(settings.store, make=not must_exist)
    click.get_current_context().call_on_close(store.close)
    return store


def audit_log(settings: Settings, store: Store) -> Log:
    """The log of what staff did, for whoever runs the command."""
    import getpass

    from collector.audit import Log

    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return Log(store=store, actor=settings.staff or user, random=secrets.token_bytes)


def second_place(settings: Settings) -> Store:
    """The second place of tombstones, which is there already; closed when the command ends."""
    from collector.stores import open_store

    store = open_store(settings.erasures, make=False)
    click.get_current_context().call_on_close(store.close)
    return store


def store_if_any(settings: Settings) -> Store | None:
    """The store, if there is one already: looking must not make one."""
    kind, _, path = settings.store.partition(":")
    return None if kind == "sqlite" and not Path(path).exists() else opened_store(settings)
