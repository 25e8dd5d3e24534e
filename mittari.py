"""The command line: every command of `commands/` under one name."""

from __future__ import annotations

import importlib
import io
import sys

import click

MODULES = {
    "authors": "check build lock diff preview",
    "exchanging": "import convert",
    "inviting": "invite replace",
    "staff": "services status exit change revoke remind rates pseudonym",
    "rights": "erase access purge audit",
    "operators": "keys store serve doctor backup restore unseal",
    "analysts": "export map",
    "reporting": "report",
    "alarms": "alarms reply",
    "words": "words",
    "planning": "plan",
    "files": "files",
    "desk": "desk",
    "papers": "papers",
    "trying": "simulate demo",
}
"""The commands of each module, which is loaded when one of them is asked for: a collector that starts is waited for."""
_WHERE = {name: module for module, names in MODULES.items() for name in names.split()}


class Commands(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _WHERE.get(cmd_name)
        if module is None:
            return None
        found: tuple[click.Command, ...] = importlib.import_module(f"commands.{module}").COMMANDS
        return next(command for command in found if command.name == cmd_name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="mittari", message="Mittari %(version)s")
def main() -> None:
    """Asks clients short questions before, at the end of and after a service, and learns what changed."""
    # What a terminal's encoding lacks becomes a question mark, and the command goes on.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def every_command() -> dict[str, click.Command]:
    """Each command by its name."""
    context = click.Context(main)
    return {name: command for name in main.list_commands(context) if (command := main.get_command(context, name))}


if __name__ == "__main__":
    main()
