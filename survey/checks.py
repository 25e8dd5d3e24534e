"""What the files of a folder must agree on: site, services, and what instruments share."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from survey import problems as p
from survey.instrument_checks import instrument_problems
from survey.located import Read, item_path
from survey.marking import _
from survey.model import Instrument, Service, Services, Site, structure
from survey.problems import Problem, said
from survey.wording import wording_problems


def library_problems(
    site: Read[Site] | None,
    services: Read[Services] | None,
    instruments: Sequence[Read[Instrument]],
    unread: Collection[str],
) -> Iterator[Problem]:
    """Every problem between the values of one folder. `unread` are instruments whose files were told already."""
    if site:
        yield from site_problems(site)
    for read in instruments:
        yield from instrument_problems(read, site)
        yield from wording_problems(read)
    yield from _shared_ids(instruments)
    if services:
        yield from service_problems(services, [read.value.key for read in instruments], unread)


# --- site and services ----------------------------------------------------------------------------


def site_problems(read: Read[Site]) -> Iterator[Problem]:
    site = read.value
    for language in site.required_languages:
        if language not in site.languages:
            place = read.place("required_languages")
            yield p.language_unknown(place, language=language, known=site.languages)
    for language in site.languages:
        if language not in site.language_names:
            place = read.place("language_names")
            yield p.translation_missing(place, key="language_names", language=language)
    try:
        ZoneInfo(site.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield p.time_zone_unknown(read.place("time_zone"), zone=site.time_zone)
    for id, wave in site.waves.items():
        if (wave.at is None) == (wave.after is None):
            yield p.key_missing(
                read.place("waves", id),
                key=said(_("{first}' or '{second}"), first="at", second="after"),
                within=p.part("Wave", id),
            )
        for days in wave.open:
            if abs(days) > 3650:
                place = read.place("waves", id, "open")
                yield p.value_range(place, key="open", value=days, least=-3650, most=3650)
        if wave.open[0] > wave.open[1]:
            yield p.range_order(read.place("waves", id, "open"), key="open")


def service_problems(read: Read[Services], instruments: Sequence[str], unread: Collection[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    prefixes: set[str] = set()
    for at, service in enumerate(read.value.services):
        path = ("services", at)
        if service.number_prefix in prefixes:
            place = read.place(*path, "number_prefix")
            yield p.id_reused(place, id=service.number_prefix, kind=said(_("number prefix")))
        prefixes.add(service.number_prefix)
        if service.id in seen:
            yield p.id_reused(read.place(*path, "id"), id=service.id, kind=said(_("service")))
        seen.add(service.id)
        if service.provider not in read.value.providers and service.provider not in read.lost:
            known = sorted(read.value.providers)
            place = read.place(*path, "provider")
            yield p.provider_unknown(place, service=service.id, provider=service.provider, known=known)
        if service.kind not in read.value.kinds:
            yield p.key_missing(read.place("kinds"), key=service.kind, within="'kinds'")
        for n, key in enumerate(service.instruments):
            if key not in instruments and key.partition("@")[0] not in unread:
                place = read.place(*path, "instruments", n)
                yield p.instrument_unknown(place, service=service.id, instrument=key, known=sorted(instruments))
        yield from _group_problems(read, service, at)


def _group_problems(read: Read[Services], service: Service, at: int) -> Iterator[Problem]:
    seen: set[str] = set()
    for n, group in enumerate(service.groups):
        path = ("services", at, "groups", n)
        if group.id in seen:
            yield p.id_reused(
                read.place(*path, "id"), id=group.id, kind=said(_("service '{id}': group"), id=service.id)
            )
        seen.add(group.id)
        # Dates that are none were told by the reader.
        if len(group.start) == len(group.end) == 10 and group.start > group.end:
            yield p.range_order(read.place(*path, "end"), key="start, end")


def _shared_ids(instruments: Sequence[Read[Instrument]]) -> Iterator[Problem]:
    """Instruments of a folder share one table of answers, so an id means one thing in all of them."""
    first: dict[str, tuple[str, object]] = {}
    for read in instruments:
        instrument = read.value
        for item in {item.id: item for item in reversed(list(instrument.items()))}.values():
            if item.scale and item.scale not in instrument.scales:
                continue
            form = structure(instrument, item)
            name, other = first.setdefault(item.id, (instrument.key, form))
            if form != other:
                place = read.place(*item_path(read, item.id))
                yield p.item_meaning(place, item=item.id, other=name)
