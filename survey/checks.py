"""What the files of a folder must agree on: site, services, what instruments share, and what is locked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from survey import problems as p
from survey.filed import Filed
from survey.files import own_problems
from survey.located import Read, item_path
from survey.locked import Locked
from survey.marking import _
from survey.model import WIDEST_WINDOW, Group, Instrument, Item, Service, Services, Site, structure
from survey.phrases import said
from survey.problems import Place, Problem
from survey.version_checks import locked_problems, version_problems
from survey.versions import shares_column


def library_problems(
    site: Read[Site] | None,
    services: Read[Services] | None,
    instruments: Sequence[Filed],
    unread: Collection[str],
    locked: Mapping[str, Locked],
    judged: Mapping[str, Sequence[Problem]],
    *,
    wording: bool,
) -> Iterator[Problem]:
    """Every problem between the values of one folder. `unread` are instruments whose files were told already; `locked`
    are versions by `id@version`, also those that no file holds any more; `judged` are the problems of instruments in
    themselves, by file, where they are known. `wording` says whether the others' wording is judged."""
    found: list[Problem] = []
    if site:
        yield from site_problems(site)
    for filed in instruments:
        known = judged.get(filed.file)
        found.extend(own_problems(filed.read(), site, wording=wording) if known is None else known)
    yield from found
    known_ids = {one.key.partition("@")[0] for one in instruments} | {key.partition("@")[0] for key in locked}
    if site and not unread:
        for id in site.value.retention.instruments.keys() - known_ids:
            yield p.retention_unknown(site.place("retention", "instruments", id), instrument=id, known=known_ids)
    yield from _shared_ids(instruments, [one.instrument for one in locked.values()])
    in_files = {filed.key for filed in instruments}
    yield from locked_problems([one for key, one in locked.items() if key not in in_files], site)
    broken = {problem.place.file for problem in found if problem.severity == "error"}
    yield from version_problems(instruments, locked, broken | {filed.file for filed in instruments if filed.lost})
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
    yield from _kept_problems(read)
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


def _kept_problems(read: Read[Site]) -> Iterator[Problem]:
    """How long answers are kept, and to whom they are sealed."""
    kept = read.value.retention
    if read.value.sealed_to and len(set(read.value.sealed_to)) < 2:
        yield p.sealed_alone(read.place("sealed_to"))
    if kept.words > kept.answers:
        yield p.retention_words(read.place("retention"), words=kept.words, answers=kept.answers)
    for id, own in kept.instruments.items():
        words = kept.words if own.words is None else own.words
        answers = kept.answers if own.answers is None else own.answers
        if words > answers:
            yield p.retention_words(read.place("retention", "instruments", id), words=words, answers=answers)


STALE = 365
"""Days after which somebody should look again at what a statement declares."""
NEAR = 30
"""Days before its end at which a date is told."""
FAR = 365
"""Days ahead at which security.txt should end at the latest (RFC 9116, 2.5.5)."""


def declared_problems(read: Read[Site], today: date) -> Iterator[Problem]:
    """What a person has to declare for a site, and has not, or not lately. Dates that are none were told by the
    reader."""
    declared, security = read.value.conformance, read.value.security
    if declared is None:
        yield p.conformance_missing(Place(read.file))
    elif assessed := _day(declared.assessed):
        place, days = read.place("conformance", "assessed"), (today - assessed).days
        if days > STALE:
            yield p.conformance_old(place, assessed=declared.assessed, days=days, limit=STALE)
        elif days < 0:
            yield p.conformance_ahead(place, assessed=declared.assessed)
    if security is not None and (expires := _day(security.expires)):
        place, left = read.place("security", "expires"), (expires - today).days
        if left <= NEAR:
            yield p.security_expires(place, expires=security.expires)
        elif left > FAR:
            yield p.security_far(place, expires=security.expires, days=left, limit=FAR)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


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


Holder = Instrument | Filed
"""Who asks an item: a version that is locked, or a file."""


def _shared_ids(instruments: Sequence[Filed], locked: Sequence[Instrument]) -> Iterator[Problem]:
    """Instruments of a folder share one table of answers, so an id means one thing in all of them. What versions that
    are locked meant by it is told by `survey.version_checks`."""
    first: dict[str, tuple[str, Holder]] = {}
    settled: dict[str, set[str]] = {}
    for instrument in locked:
        for item in instrument.items():
            first.setdefault(item.id, ("", instrument))
            settled.setdefault(item.id, set()).add(item.origin)
    for filed in instruments:
        for line in filed.asked.splitlines():
            id, _space, content = line.partition(" ")
            content_first, holder = first.setdefault(id, (content, filed))
            # Most share an item with another because both have it from one base.
            if holder is not filed and content != content_first:
                yield from _disagreement(filed, holder, id, settled.get(id, ()))


def _disagreement(filed: Filed, holder: Holder, id: str, settled: Collection[str]) -> Iterator[Problem]:
    """What is wrong with an id that two ask otherwise, if anything. `settled` are its origins in locked versions."""
    read = filed.read()
    instrument, before = read.value, holder if isinstance(holder, Instrument) else holder.read().value
    one, other = (instrument, instrument.item(id)), (before, before.item(id))
    origin = one[1].origin or instrument.instrument
    same_origin = (other[1].origin or before.instrument) == origin
    # Of the versions of one instrument, options may come and go.
    agree = origin in settled or shares_column(other, one) if same_origin else structure(*other) == structure(*one)
    if not agree:
        yield p.item_meaning(read.place(*item_path(read, id)), item=id, other=before.key)
        return
    # An id that the instrument itself has twice is told there.
    twice = sum(item.id == id for item in instrument.items()) > 1
    # Words that a locked version has are compared with by `survey.version_checks`.
    if not same_origin and not twice and not settled and not _asks_the_same(other, one):
        yield p.item_words(read.place(*item_path(read, id)), item=id, other=before.key)


def _asks_the_same(one: tuple[Instrument, Item], other: tuple[Instrument, Item]) -> bool:
    """Whether two items have the same words, in the first language that both instruments have."""
    shared = (language for language in one[0].languages if language in other[0].languages)
    language = next(shared, None)
    return language is None or _words(*one, language) == _words(*other, language)


def _words(instrument: Instrument, item: Item, language: str) -> tuple[str, ...]:
    stem = instrument.grid(item.grid).text[language] if item.grid else ""
    return (stem, item.text[language], *(option.label[language] for option in instrument.options(item)))
