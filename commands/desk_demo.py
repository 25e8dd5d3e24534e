"""The desk to try out: over a simulated area, with the survey site beside it, for whoever one chooses to be."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import opened_store

if TYPE_CHECKING:
    from collector.desk.people import Person
    from collector.settings import Settings

DEMO = Path("var/desk-demo")
AHEAD = timedelta(days=570)
"""How far services go on after today: some have ended long ago, some are under way, and some begin soon."""
LONG_AGO, POOR = timedelta(days=70), 9
"""When some people found a service poor, so that the time to answer of all of that month is over; and how many."""
TOLD_AFTER = timedelta(days=10)
"""After the planned end. Those who left later are still to be told of, which the desk reminds of."""
REASONS = ("completed", "completed", "completed", "completed", "work", "work", "education", "illness", "other")


def people() -> dict[str, Person]:
    """Whom a visitor may choose to be: one of each role."""
    from collector.desk.people import Person

    return {
        "planner": Person(login="planner", roles=frozenset({"planner"}), releases="laatuvastaava"),
        "provider": Person(login="coach", roles=frozenset({"provider"}), provider="valmennus"),
        "analyst": Person(login="analyst", roles=frozenset({"analyst"})),
        "officer": Person(login="officer", roles=frozenset({"officer"})),
    }


def _find_poor(settings: Settings) -> None:
    """Lets some people of one service answer poorly, so that there is an alarm to reply to."""
    import numpy as np

    from analysis import fieldwork
    from collector import create_app, inviting
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.serving import served

    bundle, store, now = read_bundle(settings.bundle), opened_store(settings), utc_now()
    services = [one for one in bundle.library.services.services if not one.groups and not one.open]
    instruments = [bundle.library.instruments[key] for one in services[:1] for key in one.instruments]
    instrument = next((one for one in instruments if one.alarms and "end" in one.waves), None)
    if instrument is None:
        return
    end = now.date() - LONG_AGO
    plan = inviting.plan(
        bundle.library, service=services[0].id, group=None, start=end - timedelta(days=60), end=end, today=end
    )
    random_bytes = random.Random(2).randbytes
    people = list(inviting.invite(store, settings.keys(), [plan] * POOR, moment=now - LONG_AGO, random=random_bytes))
    low = {item.id: instrument.options(item)[1].value for item in instrument.items("end") if item.type == "likert"}
    language = bundle.library.site.languages[0]
    with served(create_app(settings, store=store, clock=lambda: now - LONG_AGO)) as address:
        browser = fieldwork.Browser(address)
        for n, one in enumerate(people):
            rng = np.random.default_rng([2, n])
            browser.answer(instrument, "end", language, service=services[0], code=one.code, answers=low, rng=rng)
        browser.close()


def _tell_exits(settings: Settings) -> None:
    """Stores exits of those whose service ended some time ago, with reasons as they come."""
    from collector import leaving, participations
    from collector.app import utc_now
    from collector.bundle import read_bundle
    from collector.receive import local_day

    store, today = opened_store(settings), local_day(read_bundle(settings.bundle), utc_now())
    chance = random.Random(1)
    exits = [
        participations.exit(one, day=one.end_date, reason=chance.choice(REASONS), today=today)
        for one in participations.everyone(store)
        if one.end_date + TOLD_AFTER < today
    ]
    for _stored in leaving.stored(store, exits):
        pass


def demonstrate(*, port: int, site_port: int, once: bool) -> None:
    """Makes a simulated area, and shows its desk and its survey site until Ctrl-C; only makes it with `once`."""
    from collector import create_app
    from collector.desk.app import create_desk
    from collector.desk.login import chosen
    from collector.serving import listen, serve, served
    from commands.desk import messages, works
    from commands.trying import demo_settings, simulated_area

    settings = demo_settings(DEMO, site_port)
    if not once:
        # Asked at once, not after all the work.
        for each in (port, site_port):
            listen("127.0.0.1", each).close()
    personal = simulated_area(DEMO, settings, of=4, ahead=AHEAD)
    click.echo("4/4 Telling who has left, and letting some find a service poor …")
    _find_poor(settings)
    _tell_exits(settings)
    desk = create_desk(
        settings,
        works=works(settings, DEMO / "instruments", DEMO / "desk"),
        messages=messages(),
        identify=chosen(people(), "planner"),
        people=people(),
        store=opened_store(settings),
    )
    if once:
        click.echo(f"The simulated area is in {DEMO}.")
        return
    site = create_app(settings, store=opened_store(settings))
    with served(site, site_port) as address:
        listening = listen("127.0.0.1", port)
        click.echo(f"Staff desk     http://127.0.0.1:{port}/")
        click.echo(f"Survey site    {address}")
        click.echo(f"Personal link  {personal}")
        click.echo("Everything is made up, and nobody needs to log in. Choose at the top of the desk who to be.")
        click.echo("Stop with Ctrl-C.")
        serve(desk, listening)
    click.echo("Stopped.")
