"""Trying out: simulated people, and the whole chain."""

from __future__ import annotations

import random
import re
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.analysts import export_dataset, reading_submissions
from commands.authors import build_folder
from commands.failures import Command, Failure
from commands.options import DATE, FOLDER, opened_store, settings_from, with_settings
from commands.private_files import refuse_existing, write_private
from commands.reporting import Asked, make_report
from commands.terminal import bar

if TYPE_CHECKING:
    from analysis.cohort import Planned
    from collector.bundle import Bundle
    from collector.inviting import Invited
    from collector.settings import Settings
    from collector.stores import Store


DEMO = Path("var/demo")


@click.command(cls=Command)
@click.option("--count", default=400, show_default=True, type=click.IntRange(1, 100_000), help="Participations.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="The same seed, the same answers.")
@click.option("--until", type=DATE, help="The day by which all has happened; else today.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path), help="Write the codes there.")
@with_settings("store", "bundle", "site", "secrets")
def simulate(count: int, seed: int, until: datetime | None, csv_path: Path | None, **overrides: Any) -> None:
    """Let a simulated cohort with a known true change answer over HTTP, into a new store."""
    # Nobody answers in earnest here.
    settings = settings_from(**overrides, drafts=True)
    sent, silent = _simulate(settings, count=count, seed=seed, until=until.date() if until else None, csv=csv_path)
    click.echo(f"{count} participations, {sent} submissions over HTTP, {silent} questionnaires left unanswered.")


class _MovingClock:
    """A clock that stands where the simulation has put it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _simulate(
    settings: Settings,
    *,
    count: int,
    seed: int,
    until: date | None,
    csv: Path | None,
    ahead: timedelta = timedelta(0),
    planned: Sequence[Planned] = (),
) -> tuple[int, int]:
    """Invites, serves the real application on loopback with a clock of our own, and answers through the waves.

    `ahead` is how far the plan goes on after the day until which things happen: some are in the middle of it then.
    `planned` is the plan where there is one already.
    """
    import numpy as np

    from analysis import fieldwork
    from analysis.cohort import Cohort
    from collector import create_app
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.opening import all_keys
    from collector.receive import local_day
    from collector.serving import served

    bundle = read_bundle(settings.bundle)
    refuse_existing(csv)
    store = opened_store(settings)
    if next(all_keys(store), None) is not None:
        raise Failure(f"The store {settings.store} holds records already. Simulated answers go to a new store only.")
    last = until or local_day(bundle, utc_now())
    planned = list(planned) or fieldwork.plan(bundle.library, count=count, until=last + ahead, seed=seed)
    cohort = Cohort(library=bundle.library, planned=planned, seed=seed)
    invited = _invite_planned(settings, store, bundle, cohort, last)
    if csv is not None:
        _write_codes(csv, [invited[person] for person in sorted(invited)], settings, bundle)
    tongues = fieldwork.languages(bundle.library, count, seed)
    clock = _MovingClock(utc_now())
    events = [event for event in fieldwork.events(cohort) if not ahead or event.moment.date() <= last]
    app = create_app(settings, store=store, clock=clock)
    sent = silent = 0
    with served(app) as address, bar(events, "Answering over HTTP") as found:
        browser = fieldwork.Browser(address)
        for number, event in enumerate(found):
            instrument = bundle.library.instruments[event.instrument]
            answers = cohort.answers(event.person, instrument, event.wave, event.moment.date())
            if answers is None:
                # Nobody waits for an employer's answer about a client.
                silent += instrument.respondent != "employer"
                continue
            clock.now = event.moment
            tongue = tongues[event.person] if instrument.respondent == "client" else instrument.languages[0]
            browser.answer(
                instrument,
                event.wave,
                instrument.met_in(tongue, bundle.messages) or instrument.languages[0],
                service=bundle.library.services.service(planned[event.person].service),
                code=invited[event.person].code,
                answers=answers,
                rng=np.random.default_rng([seed, 4, number]),
            )
            sent += 1
        browser.close()
    return sent, silent


def _invite_planned(settings: Settings, store: Store, bundle: Bundle, cohort: Any, last: date) -> dict[int, Invited]:
    """Invites each person of a cohort a week before the start, in the order of time, until a day."""
    from datetime import time

    from analysis import fieldwork
    from collector import inviting

    keys = settings.keys()
    chance = random.Random(cohort.seed)
    invited = {}
    for person in sorted(range(len(cohort.planned)), key=lambda n: cohort.planned[n].start):
        planned = cohort.planned[person]
        if fieldwork.invitation_day(planned) > last:
            break
        plan = inviting.plan(
            bundle.library,
            service=planned.service,
            group=planned.group,
            start=date.fromisoformat(planned.start),
            end=date.fromisoformat(planned.end),
            today=date.fromisoformat(planned.start),
        )
        moment = datetime.combine(fieldwork.invitation_day(planned), time(9), UTC)
        (invited[person],) = inviting.invite(store, keys, [plan], moment=moment, random=chance.randbytes)
    return invited


def _write_codes(path: Path, invited: list[Invited], settings: Settings, bundle: Bundle) -> None:
    from collector import slips

    address = settings.address or bundle.library.site.address
    write_private(path, slips.codes_csv(invited, address=address, language=bundle.library.site.languages[0]))


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="End after the report.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where to serve.")
def demo(once: bool, port: int) -> None:
    """Run the whole chain on simulated people, under var/demo/, and show the addresses."""
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.serving import listen

    settings = demo_settings(DEMO, port)
    if not once:
        # Asked at once, not after all the work.
        listen(settings.host, settings.port).close()
    personal = simulated_area(DEMO, settings, of=5)
    click.echo("4/5 Exporting the dataset …")
    export_dataset(
        opened_store(settings, must_exist=True),
        DEMO / "dataset",
        bundle=read_bundle(settings.bundle),
        moment=utc_now(),
        watched=reading_submissions,
    )
    click.echo("5/5 Making the report …")
    make_report(DEMO / "dataset", Asked(output=DEMO / "report", language="fi", moment=utc_now()))
    click.echo()
    click.echo(f"Report         {DEMO / 'report' / 'index.html'}")
    click.echo(f"Figures        {DEMO / 'report' / 'results.json'}")
    if once:
        return
    from collector import create_app
    from collector.serving import serve as run

    app = create_app(settings, store=opened_store(settings))
    listening = listen(settings.host, settings.port)
    click.echo(f"Site           {settings.address}")
    click.echo(f"Personal link  {personal}")
    click.echo("Stop with Ctrl-C.")
    run(app, listening)
    click.echo("Stopped.")


def demo_settings(folder: Path, port: int) -> Settings:
    """Where a demonstration keeps everything that it makes: in one folder."""
    from collector.settings import Settings

    return Settings(
        bundle=folder / "bundle",
        site=folder / "site",
        store=f"sqlite:{folder / 'store.sqlite'}",
        secrets=folder / "keys.json",
        erasures=f"folder:{folder / 'erasures'}",
        address=f"http://127.0.0.1:{port}/",
        port=port,
        drafts=True,
    )


def simulated_area(folder: Path, settings: Settings, *, of: int, ahead: timedelta = timedelta(0)) -> str:
    """Makes an area anew whose clients have answered until today, and gives the link of somebody who can answer now.
    `of` is the number of steps in all, of which these are the first three; with `ahead` services go on after today."""
    from collector.settings import make_keys, write_keys

    _clear(folder)
    planned = _moved_instruments(folder, ahead) if ahead else []
    click.echo(f"1/{of} Checking the instruments and building the pages …")
    build_folder(folder / "instruments" if planned else FOLDER, folder, drafts=True)
    write_keys(settings.secrets, make_keys(secrets.token_bytes))
    click.echo(f"2/{of} A simulated cohort of 400 answers over HTTP …")
    sent, silent = _simulate(
        settings, count=400, seed=1, until=None, csv=folder / "codes.csv", ahead=ahead, planned=planned
    )
    click.echo(f"    {sent} submissions stored, {silent} questionnaires left unanswered.")
    click.echo(f"3/{of} Inviting somebody who can answer today …")
    return _invite_for_today(folder, settings)


def _moved_instruments(folder: Path, ahead: timedelta) -> list[Planned]:
    """Copies the instruments, with the groups of services.yaml on the days on which simulated people are in them. Gives
    the plan of these people."""
    from analysis import fieldwork
    from build import read_checked

    library = read_checked(FOLDER, "en")
    planned = fieldwork.plan(library, count=400, until=date.today() + ahead, seed=1)
    copy = folder / "instruments"
    shutil.copytree(FOLDER, copy)
    path = copy / "services.yaml"
    text = path.read_text(encoding="utf-8")
    for group, start, end in {(one.group, one.start, one.end) for one in planned if one.group}:
        text = re.sub(rf"(\{{id: {re.escape(group)}, start: )[\d-]+(, end: )[\d-]+", rf"\g<1>{start}\g<2>{end}", text)
    path.write_text(text, encoding="utf-8")
    return planned


def _clear(folder: Path) -> None:
    """Removes what an earlier demonstration left: its store, keys and codes. Folders know by themselves."""
    for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm", "keys.json", "codes.csv"):
        (folder / name).unlink(missing_ok=True)
    for name in ("slips", "erasures", "instruments", "desk"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _invite_for_today(folder: Path, settings: Settings) -> str:
    """Invites a few who start today, adds their codes to the CSV, and returns the link of the first."""
    from collector import inviting, slips
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day

    bundle = read_bundle(settings.bundle)
    moment = utc_now()
    today = local_day(bundle, moment)
    service = next((s for s in bundle.library.services.services if not s.groups), bundle.library.services.services[0])
    group = service.groups[0].id if service.groups else None
    plan = inviting.plan(bundle.library, service=service.id, group=group, start=today, end=None, today=today)
    store = opened_store(settings)
    invited = list(inviting.invite(store, settings.keys(), [plan] * 8, moment=moment, random=secrets.token_bytes))
    language = bundle.library.site.languages[0]
    with (folder / "codes.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(slips.codes_csv(invited, address=settings.address, language=language, header=False))
    write_private(
        folder / "slips" / "today.html", slips.sheet(bundle, invited, address=settings.address, language=language)
    )
    return slips.link(settings.address, language, invited[0].code)


COMMANDS = (simulate, demo)
