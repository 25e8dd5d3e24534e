"""What the files of a folder must agree on: site, services, what instruments share, and what is locked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from survey import problems as p
from survey.files import own_problems
from survey.located import Read, item_path
from survey.locked import Locked
from survey.marking import _
from survey.model import WIDEST_WINDOW, Group, Instrument, Item, Service, Services, Site, structure
from survey.problems import Problem, said
from survey.version_checks import locked_problems, version_problems
from survey.versions import shares_column


def library_problems(
    site: Read[Site] | None,
    services: Read[Services] | None,
    instruments: Sequence[Read[Instrument]],
    unread: Collection[str],
    locked: Mapping[str, Locked],
    judged: Mapping[str, Sequence[Problem]],
) -> Iterator[Problem]:
    """Every problem between the values of one folder. `unread` are instruments whose files were told already; `locked`
    are versions by `id@version`, also those that no file holds any more; `judged` are the problems of instruments in
    themselves, by file, where they are known."""
    found: list[Problem] = []
    if site:
        yield from site_problems(site)
    for read in instruments:
        found.extend(judged[read.file] if read.file in judged else own_problems(read, site))
    yield from found
    yield from _shared_ids(instruments, [one.instrument for one in locked.values()])
    in_files = {read.value.key for read in instruments}
    yield from locked_problems([one for key, one in locked.items() if key not in in_files], site)
    broken = {problem.place.file for problem in found if problem.severity == "error"}
    yield from version_problems(instruments, locked, broken | {read.file for read in instruments if read.lost})
    if services:
        yield from service_problems(services, [*in_files, *locked], unread)


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
            if abs(days) > WIDEST_WINDOW:
                place = read.place("waves", id, "open")
                yield p.value_range(place, key="open", value=days, least=-WIDEST_WINDOW, most=WIDEST_WINDOW)
        if wave.open[0] > wave.open[1]:
            yield p.range_order(read.place("waves", id, "open"), key="open")


def service_problems(read: Read[Services], instruments: Sequence[str], unread: Collection[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    prefixes: set[str] = set()
    compared = {service.kind for service in read.value.services if service.arm == "intervention"}
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
        if service.kind not in read.value.kinds and service.kind not in read.lost:
            known = sorted(read.value.kinds)
            yield p.kind_unknown(read.place(*path, "kind"), service=service.id, kind=service.kind, known=known)
        if service.arm == "comparison" and service.kind not in compared and not read.lost:
            place = read.place(*path, "arm")
            yield p.services_comparison(place, service=service.id, kind=service.kind)
        asked: set[str] = set()
        for n, key in enumerate(service.instruments):
            if key not in instruments and key.partition("@")[0] not in unread:
                place = read.place(*path, "instruments", n)
                yield p.instrument_unknown(place, service=service.id, instrument=key, known=sorted(set(instruments)))
            # Who has answered one version has answered the instrument.
            name = key.partition("@")[0]
            if name in asked:
                kind = said(_("service '{id}': instrument"), id=service.id)
                yield p.id_reused(read.place(*path, "instruments", n), id=name, kind=kind)
            asked.add(name)
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
        days = _lasts(group)
        if days is not None and days < 0:
            yield p.range_order(read.place(*path, "end"), key="start, end")
        elif days is not None and not service.length_days / 2 <= days <= service.length_days * 2:
            place, length = read.place(*path), service.length_days
            yield p.services_length(place, service=service.id, group=group.id, days=days, length=length)


def _lasts(group: Group) -> int | None:
    """The days from start to end. Dates that are none were told by the reader."""
    try:
        return (date.fromisoformat(group.end) - date.fromisoformat(group.start)).days
    except ValueError:
        return None


def _shared_ids(instruments: Sequence[Read[Instrument]], locked: Sequence[Instrument]) -> Iterator[Problem]:
    """Instruments of a folder share one table of answers, so an id means one thing in all of them. What versions that
    are locked meant by it is told by `survey.version_checks`."""
    first: dict[str, tuple[Instrument, Item]] = {}
    settled: set[tuple[str, str]] = set()
    for instrument in locked:
        for item in instrument.items():
            first.setdefault(item.id, (instrument, item))
            settled.add((item.id, item.origin))
    fixed = {id for id, _ in settled}
    for read in instruments:
        instrument = read.value
        every = list(instrument.items())
        # An id that the instrument itself has twice is told there.
        twice = {item.id for item in every} if len({item.id for item in every}) < len(every) else set()
        for item in {item.id: item for item in reversed(every)}.values():
            if item.scale and item.scale not in instrument.scales:
                continue
            one, origin = (instrument, item), item.origin or instrument.instrument
            other = first.setdefault(item.id, one)
            if (other[1].origin or other[0].instrument) != origin:
                agree = structure(*other) == structure(*one)
            else:
                # Of the versions of one instrument, options may come and go.
                agree = (item.id, origin) in settled or shares_column(other, one)
            if not agree:
                place = read.place(*item_path(read, item.id))
                yield p.item_meaning(place, item=item.id, other=other[0].key)
            elif (
                (other[1].origin or other[0].instrument) != origin
                and item.id not in twice
                # Words that a locked version has are compared with by `survey.version_checks`.
                and item.id not in fixed
                and not _asks_the_same(other, one)
            ):
                yield p.item_words(read.place(*item_path(read, item.id)), item=item.id, other=other[0].key)


def _asks_the_same(one: tuple[Instrument, Item], other: tuple[Instrument, Item]) -> bool:
    """Whether two items have the same words, in the first language that both instruments have."""
    shared = (language for language in one[0].languages if language in other[0].languages)
    language = next(shared, None)
    return language is None or _words(*one, language) == _words(*other, language)


def _words(instrument: Instrument, item: Item, language: str) -> tuple[str, ...]:
    stem = instrument.grid(item.grid).text[language] if item.grid else ""
    return (stem, item.text[language], *(option.label[language] for option in instrument.options(item)))
