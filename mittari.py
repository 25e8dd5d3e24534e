"""The command line: every command of `commands/` under one name."""

from __future__ import annotations

import io
import sys

import click

from commands import analysts, authors, exchanging, inviting, operators, rights, staff, trying


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="mittari", message="Mittari %(version)s")
def main() -> None:
    """Asks clients short questions before, at the end of and after a service, and learns what changed."""
    # What a terminal's encoding lacks becomes a question mark, and the command goes on.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


for module in (authors, exchanging, inviting, staff, rights, operators, analysts, trying):
    for command in module.COMMANDS:
        main.add_command(command)

if __name__ == "__main__":
    main()
