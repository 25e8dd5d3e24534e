"""Which services there are, whether their waves are open on a day, and which of their pages need no code."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Literal

from survey.frozen import dataclass
from survey.marking import _
from survey.model import Library, Service
from survey.pages import open_questionnaires, questionnaire_path
from survey.phrases import Phrase, Words, said
from survey.schedule import Window, is_asked, window_between

ARMS = {"intervention": _("intervention"), "comparison": _("comparison")}
COLUMNS = (
    _("service"),
    _("group"),
    _("wave"),
    _("instrument"),
    _("invited"),
    _("due"),
    _("answered"),
)
"""The heads of the table that counts who has answered."""
NOBODY = _("Nobody has been invited yet. Invite with: mittari invite --service SERVICE --count N")
State = Literal["not yet open", "open", "closed"]
Counts = Mapping[tuple[str, str | None, str, str], tuple[int, int]]
"""How many were invited and have answered, by service, group, wave and instrument id."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A questionnaire of a wave, and how many were invited and have answered where that is known."""

    instrument: str
    invited: int | None
    answered: int | None


@dataclass(frozen=True, kw_only=True)
class Due:
    """A wave of a group: what is asked then, on which days, and how it stands today."""

    wave: str
    window: Window
    state: State
    asked: tuple[Asked, ...]


@dataclass(frozen=True, kw_only=True)
class Spell:
    """People who begin and end together: a group, or (`group` is None) whoever begins today."""

    group: str | None
    start: date
    end: date
    waves: tuple[Due, ...]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A page that is answered without a code."""

    instrument: str
    wave: str
    language: str
    address: str


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A service with all that is due in it. An open service has no spells: its pages are answered on any day."""

    service: Service
    title: str
    provider: str
    drafts: tuple[str, ...]
    spells: tuple[Spell, ...]
    links: tuple[Link, ...]

    def lines(self) -> Iterator[Phrase]:
        """The service as text."""
        service = self.service
        yield said(_("{service}: {title}"), service=service.id, title=self.title)
        arm = said(ARMS[service.arm])
        everybody = _("  {provider}, {arm}, open to everybody") if service.open else _("  {provider}, {arm}")
        yield said(everybody, provider=self.provider, arm=arm)
        drafts = (said(_("{key} (draft)"), key=key) if key in self.drafts else key for key in service.instruments)
        yield said(_("  {instruments}"), instruments=tuple(drafts))
        for spell in self.spells:
            whose = (
                _("  group {group}, {start} to {end}") if spell.group else _("  whoever begins today, {start} to {end}")
            )
            yield said(whose, group=spell.group, start=spell.start, end=spell.end)
            for due in spell.waves:
                asked = tuple(map(_counted, due.asked))
                yield said(_("    {wave}, {when}: {asked}"), wave=due.wave, when=_when(due), asked=asked)
        for link in self.links:
            yield said(_("  without a code: {address}"), address=link.address)

    def as_json(self) -> dict[str, object]:
        """The service as JSON data."""
        service = self.service
        return {
            "service": service.id,
            "title": dict(service.title),
            "kind": service.kind,
            "provider": service.provider,
            "provider_name": self.provider,
            "arm": service.arm,
            "open": service.open,
            "instruments": [{"instrument": key, "draft": key in self.drafts} for key in service.instruments],
            "spells": [_spell_json(spell) for spell in self.spells],
            "links": [dataclasses.asdict(link) for link in self.links],
        }


def _when(due: Due) -> Phrase:
    days = {"not yet open": _("opens {day}"), "open": _("open until {day}"), "closed": _("closed {day}")}
    return said(days[due.state], day=due.window.first if due.state == "not yet open" else due.window.last)


def _counted(asked: Asked) -> Words:
    if asked.invited is None:
        return asked.instrument
    counts = _("{instrument} ({answered} of {invited} answered)")
    return said(counts, instrument=asked.instrument, answered=asked.answered, invited=asked.invited)


def _spell_json(spell: Spell) -> dict[str, object]:
    waves = [
        {
            "wave": due.wave,
            "state": due.state,
            "first": due.window.first.isoformat(),
            "last": due.window.last.isoformat(),
            "asked": [dataclasses.asdict(asked) for asked in due.asked],
        }
        for due in spell.waves
    ]
    return {"group": spell.group, "start": spell.start.isoformat(), "end": spell.end.isoformat(), "waves": waves}


def listed(library: Library, *, today: date, address: str, counts: Counts | None = None) -> list[Listed]:
    """Every service in the order of services.yaml. `address` is the site's, with a '/' at its end; without `counts`
    it is not known who answered."""
    return [
        Listed(
            service=service,
            title=service.title[library.site.languages[0]],
            provider=library.services.providers[service.provider].name,
            drafts=library.drafts,
            spells=() if service.open else tuple(_spells(library, service, today, counts)),
            links=tuple(_links(library, service, address)),
        )
        for service in library.services.services
    ]


def _spells(library: Library, service: Service, today: date, counts: Counts | None) -> Iterator[Spell]:
    days: list[tuple[str | None, date, date]] = [
        (group.id, date.fromisoformat(group.start), date.fromisoformat(group.end)) for group in service.groups
    ]
    for group, start, end in days or [(None, today, today + timedelta(days=service.length_days))]:
        waves = []
        for id, wave in library.site.waves.items():
            keys = [key for key in service.instruments if id in library.instruments[key].waves]
            asked = tuple(_asked(key, (service.id, group, id, key.partition("@")[0]), counts) for key in keys)
            window = window_between(start, end, wave)
            if asked and is_asked(start, end, wave):
                waves.append(Due(wave=id, window=window, state=_state(window, today), asked=asked))
        yield Spell(group=group, start=start, end=end, waves=tuple(waves))


def _state(window: Window, today: date) -> State:
    return "open" if today in window else "not yet open" if today < window.first else "closed"


def _asked(key: str, place: tuple[str, str | None, str, str], counts: Counts | None) -> Asked:
    invited, answered = (None, None) if counts is None else counts.get(place, (0, 0))
    return Asked(instrument=key, invited=invited, answered=answered)


def _links(library: Library, service: Service, address: str) -> Iterator[Link]:
    for language in library.site.languages:
        for page in open_questionnaires(library):
            if page.service.id == service.id and language in page.instrument.languages:
                path = questionnaire_path(page.instrument, page.wave, language, service)
                yield Link(
                    instrument=page.instrument.key, wave=page.wave, language=language, address=f"{address}{path}"
                )
