"""What goes wrong, as one plain sentence and an exit code: 0 fine, 1 the material or the store has a problem, 2 the
command was wrong."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click


class Failure(click.ClickException):
    """Something that the reader of the message can mend."""

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True, file=file)


class WrongCommand(Failure):
    """The command named something that does not exist, or left something open."""

    exit_code = 2


EXPECTED = {
    "analysis": "AnalysisError",
    "build": "BuildError",
    "collector.bundle": "BundleError",
    "collector.serving": "PortBusy",
    "collector.settings": "SettingsError",
    "collector.stores": "StoreTrouble",
    "exchange.loss": "ExchangeError",
    "preview.running": "PreviewError",
    "survey.folders": "NotOursError",
    "survey.records": "UnreadableRecord",
}
"""What the rooms raise for the reader of a message, by module. A room that is not loaded has raised nothing, and is not
loaded for this: a server should start at once."""


@contextmanager
def _failures() -> Iterator[None]:
    """Turns what the rooms raise into one plain message and an exit code."""
    try:
        yield
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Failure(os_sentence(error)) from error
    except Exception as error:
        if isinstance(error, _named({"collector.participations": "InviteError"})):
            raise WrongCommand(str(error)) from error
        if isinstance(error, _named(EXPECTED)):
            raise Failure(str(error)) from error
        raise


def _named(classes: Mapping[str, str]) -> tuple[type[BaseException], ...]:
    """Those of some classes whose modules are loaded."""
    return tuple(getattr(sys.modules[module], name) for module, name in classes.items() if module in sys.modules)


def os_sentence(error: OSError) -> str:
    """What the machine said, as a sentence."""
    where = f" at '{error.filename}'" if error.filename else ""
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        return f"The disk is full{where}. Free some room and run the command again."
    return f"The machine refused{where}: {error.strerror or error}."


class Command(click.Command):
    def get_short_help_str(self, limit: int = 45) -> str:
        """The first paragraph, whole: the list of commands wraps it."""
        return " ".join((self.help or "").partition("\n\n")[0].split())

    def invoke(self, context: click.Context) -> Any:
        with _failures():
            return super().invoke(context)
