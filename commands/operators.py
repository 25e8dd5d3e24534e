"""What the operator uses: keys, stores, serving."""

from __future__ import annotations

import dataclasses
import gc
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.failures import Command, Failure, WrongCommand
from commands.options import audit_log, opened_store, second_place, settings_from, with_settings
from commands.terminal import bar, progress_of

if TYPE_CHECKING:
    from collector.settings import Settings


@click.command(cls=Command)
@click.option("--secrets", "path", type=click.Path(path_type=Path), help="Where to write them.")
@click.option("--person", is_flag=True, help="The key of pseudonyms instead, on the area's own machine.")
@click.option(
    "--identity", type=click.Path(path_type=Path), help="A key that opens sealed answers instead, in this file."
)
@click.option("--rotate", is_flag=True, help="A new key for the codes of coming invitations.")
@click.option("--retire", metavar="KEY", help="Remove an earlier key of codes, like c1.")
@click.option("--store", help="Where codes are, for --retire.")
def keys(
    path: Path | None, person: bool, identity: Path | None, rotate: bool, retire: str | None, store: str | None
) -> None:
    """Make the secret keys, once. Keep a copy in a safe: without them no code or receipt works.

    Other keys: --person on the area's own machine, for 'mittari pseudonym'; --identity FILE on the machine of whoever
    is to read sealed answers. Codes of new invitations get a new key with --rotate, and earlier codes still work;
    --retire removes an earlier key when no code is left under it. Restart the collector after either.
    """
    from collector.settings import make_keys, write_keys

    if sum(map(bool, (person, identity, rotate, retire))) > 1:
        raise WrongCommand("Do one thing at a time: --person, --identity, --rotate or --retire.")
    settings = settings_from(secrets=path, store=store)
    if person:
        _make_person_key(settings)
    elif identity:
        _make_identity(identity)
    elif rotate or retire:
        _renew(settings, retire)
    else:
        write_keys(settings.secrets, make_keys(secrets.token_bytes))
        click.echo(f"Keys made in {settings.secrets}. Keep a copy in a safe place, apart from the answers.")


def _make_person_key(settings: Settings) -> None:
    from collector.settings import write_person_key

    write_person_key(settings.person_key, secrets.token_bytes(32))
    click.echo(
        f"Key made in {settings.person_key}. Keep a copy in a safe: with another key the same client is another "
        "person. It belongs on the area's own machine, never on the collector's."
    )


def _make_identity(path: Path) -> None:
    from collector.sealing import new_identity
    from collector.settings import write_secret

    identity, public = new_identity()
    write_secret(
        path, f"# public key: {public}\n{identity}\n", exists=f"The file '{path}' exists already and was kept."
    )
    click.echo(
        f"Identity made in {path}. Keep a copy in a safe: without it, and those of the others, sealed answers are "
        "lost. Its public key, for 'sealed_to' in site.yaml:",
        err=True,
    )
    click.echo(public)


def _renew(settings: Settings, retire: str | None) -> None:
    from collector.settings import read_keys, renew_keys, retired, rotated
    from survey import records

    old = read_keys(settings.secrets)
    if retire is None:
        new = rotated(old, secrets.token_bytes)
        renew_keys(settings.secrets, new)
        click.echo(
            f"New codes have the key '{new.current_code_key}'; earlier ones still work. Keep a new copy in the safe "
            "and restart the collector."
        )
        return
    new = retired(old, retire)
    store = opened_store(settings, must_exist=True)
    with bar(list(store.scan("code/")), "Looking") as found:
        left = sum(records.decode_link(store.read(key) or b'{"record":2}').get("key") == retire for key in found)
    if left:
        raise Failure(f"{left} codes are still under '{retire}', and would stop working. Nothing was changed.")
    renew_keys(settings.secrets, new)
    click.echo(f"The key '{retire}' is gone. Keep a new copy in the safe and restart the collector.")


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
    # Next to nothing of what is read to begin with is let go again: it need not be looked for, and somebody waits.
    gc.disable()
    try:
        from collector import create_app
        from collector.serving import listen
        from collector.serving import serve as run

        settings = settings_from(**overrides)
        app = create_app(settings, store=opened_store(settings))
        listening = listen(settings.host, settings.port)
    finally:
        gc.enable()
    port = listening.getsockname()[1]
    click.echo(f"Serving http://{settings.host}:{port}/ – stop with Ctrl-C.", err=True)
    run(app, listening)
    click.echo("Stopped.", err=True)


@click.command(cls=Command)
@with_settings("store", "bundle", "site", "secrets")
def doctor(**overrides: Any) -> None:
    """Look whether store, clock, disk, keys and builds are as they should be.

    A record is written to the store, read and removed again. Ends with 1 where something is a problem; a warning is
    none.
    """
    from collector.app import utc_now
    from collector.doctor import examine

    levels = []
    for finding in examine(settings_from(**overrides), now=utc_now(), random=secrets.token_bytes):
        levels.append(finding.level)
        click.echo(f"{finding.level:8} {finding.sentence}")
        if finding.advice:
            click.echo(f"{'':8} {finding.advice}")
    if "problem" in levels:
        raise Failure(f"{levels.count('problem')} of {len(levels)} findings are problems.")


# --- backups --------------------------------------------------------------------------------------


_BACKUP = "mittari-"


@click.command(cls=Command)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="Remove older backups of the same folder but so many.")
@with_settings("store")
def backup(file: Path | None, keep: int | None, **overrides: Any) -> None:
    """Write every record to one file, restore it beside itself, and compare: only then it is a backup.

    Without FILE it is var/backups/mittari-DAY-TIME.sqlite. The collector may run meanwhile. Tombstones are left out:
    they are kept apart, so that 'mittari restore' brings back nothing that was erased.
    """
    from collector.app import utc_now
    from collector.backups import back_up, keys_to_back_up

    settings = settings_from(**overrides)
    store = opened_store(settings, must_exist=True)
    moment = utc_now()
    path = file or Path("var/backups") / f"{_BACKUP}{moment:%Y-%m-%d-%H%M%S-%f}.sqlite"
    with progress_of(sum(1 for _key in keys_to_back_up(store)), "Backing up") as progress:
        made = back_up(store, path, progress=progress)
    older = sorted(path.parent.glob(f"{_BACKUP}*.sqlite"))[:-keep] if keep and file is None else []
    for each in older:
        each.unlink()
    audit_log(settings, store).add("backup", path.name, moment=moment, details={"records": made.records})
    gone = f" {len(older)} older ones were removed." if older else ""
    click.echo(
        f"{made.records} records, {made.submissions} of them submissions, in {path}: restored and compared.{gone}"
    )


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--without-erasures", is_flag=True, help="Where the second place of tombstones is lost.")
@with_settings("store")
def restore(file: Path, without_erasures: bool, **overrides: Any) -> None:
    """Bring a backup back into an empty store. What has been erased since stays erased.

    The tombstones come from the second place, which MITTARI_ERASURES names. Afterwards run 'mittari purge'.
    """
    from collector.app import utc_now
    from collector.backups import TOMBSTONE, keys_to_back_up
    from collector.backups import restore as bring_back

    settings = settings_from(**overrides)
    source = opened_store(dataclasses.replace(settings, store=f"sqlite:{file}"), must_exist=True)
    tombstones = [] if without_erasures else list(second_place(settings).scan(TOMBSTONE))
    store = opened_store(settings)
    with progress_of(sum(1 for _key in keys_to_back_up(source)), "Restoring") as progress:
        came, left_out = bring_back(source, store, tombstones=tombstones, progress=progress)
    audit_log(settings, store).add("restore", file.name, moment=utc_now(), details={"records": came})
    click.echo(f"{came} records are back, {left_out} that have been erased since were left out. Now run: mittari purge")


# --- sealed answers -------------------------------------------------------------------------------


@click.command(cls=Command)
@click.argument("source")
@click.argument("target")
@click.option(
    "--identity",
    "identities",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path),
    help="The key that opens answers; again for more.",
)
def unseal(source: str, target: str, identities: tuple[Path, ...]) -> None:
    """Open sealed answers into a new store, on the analyst's own machine. Then: mittari export --store TARGET

    SOURCE and TARGET are addresses of stores; SOURCE stays as it is. Codes and receipts do not come along.
    """
    from collector.app import utc_now
    from collector.sealing import OpenedStore, read_identities, to_open
    from collector.stores import copying

    if source == target:
        raise WrongCommand("The two stores are the same. Name another one for what is opened.")
    settings = settings_from()
    old = opened_store(dataclasses.replace(settings, store=source), must_exist=True)
    keys = [identity for path in identities for identity in read_identities(path)]
    new = opened_store(dataclasses.replace(settings, store=target))
    names = list(to_open(old))
    with bar(names, "Opening") as found:
        made = sum(copying.copied(OpenedStore(old, keys), new, found))
    audit_log(settings, new).add("unseal", moment=utc_now(), details={"records": made})
    click.echo(
        f"{len(names)} records are open in {target}, {made} of them new. Keep it where it is safe, and remove it when "
        "the work is done."
    )


COMMANDS = (keys, store_commands, serve, doctor, backup, restore, unseal)
