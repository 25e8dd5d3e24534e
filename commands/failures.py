"""What goes wrong, as one plain sentence and an exit code: 0 fine, 1 the material or the store has a problem, 2 the
command was wrong."""

from __future__ import annotations

import errno
from collections.abc import Iterator
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


@contextmanager
def _failures() -> Iterator[None]:
    """Turns what the rooms raise into one plain message and an exit code."""
    from analysis import AnalysisError
    from build import BuildError
    from collector.bundle import BundleError
    from collector.participations import InviteError
    from collector.serving import PortBusy
    from collector.settings import SettingsError
    from collector.stores import StoreTrouble
    from exchange.loss import ExchangeError
    from preview.running import PreviewError
    from survey.folders import NotOursError
    from survey.records import UnreadableRecord

    try:
        yield
    except InviteError as error:
        raise WrongCommand(str(error)) from error
    except (
        AnalysisError,
        BuildError,
        BundleError,
        ExchangeError,
        NotOursError,
        PortBusy,
        PreviewError,
        SettingsError,
        StoreTrouble,
        UnreadableRecord,
    ) as error:
        raise Failure(str(error)) from error
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Failure(os_sentence(error)) from error


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
