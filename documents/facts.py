"""What documents say of an area: taken from site.yaml, services.yaml and the questionnaires, in one language."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel import Locale

from survey.answers import in_words
from survey.model import CONTACT, EASY, Instrument, Library, Respondent, Service, Text, Wave, as_data, canonical

MINIMUM_COUNT = 5
"""People behind a count that is shown; `analysis.disclosure` decides, and a test compares."""
MINIMUM_MEAN = 10
"""People behind a mean that is shown; likewise."""
EASY_NAME = {"fi": "{language} (selkokieli)", "sv": "{language} (lättläst)"}


@dataclass(frozen=True, kw_only=True)
class Staff:
    """The desk as documents speak of it: the names of roles and of pages in the document's language, by id, and which
    roles may open each area."""

    roles: Mapping[str, str]
    pages: Mapping[str, str]
    may: Mapping[str, frozenset[str]]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A service that is measured. `contract` and `lot` are empty where there is none."""

    title: str
    kind: str
    provider: str
    bought: bool
    contract: str
    lot: str
    municipality: str
    comparison: bool
    open: bool
    questionnaires: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Who produces bought services, under which contracts."""

    name: str
    services: tuple[str, ...]
    contracts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """When people are asked: `months` after the start or the end, open some days before and after."""

    title: str
    anchor: Literal["start", "end"]
    months: int
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class Sensitive:
    """A question that asks something sensitive, and the ground that site.yaml gives for it."""

    text: str
    ground: str
    basis: str


@dataclass(frozen=True, kw_only=True)
class Questionnaire:
    """A version that a service uses. `words` and `contacts` are its questions that are answered in own words, and that
    ask for contact details; `minutes` is how long answering is to take, None where nothing is promised."""

    key: str
    title: str
    respondent: Respondent
    waves: tuple[str, ...]
    services: tuple[str, ...]
    dimensions: tuple[str, ...]
    sensitive: tuple[Sensitive, ...]
    words: tuple[str, ...]
    contacts: tuple[str, ...]
    alarms: int
    own_result: bool
    minutes: int | None
    months_words: int
    months_answers: int
    draft: bool


@dataclass(frozen=True, kw_only=True)
class Section:
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All of it. Templates name these fields."""

    made: str
    version: str
    digest: str
    organisation: str
    email: str
    phone: str
    postal_address: str
    address: str
    languages: tuple[str, ...]
    languages_there: tuple[str, ...]
    """As the pages name them."""
    unreviewed: tuple[str, ...]
    services: tuple[Measured, ...]
    providers: tuple[Provider, ...]
    waves: tuple[Measurement, ...]
    questionnaires: tuple[Questionnaire, ...]
    grounds: tuple[tuple[str, str], ...]
    months_codes: int
    months_log: int
    months_words: int
    months_answers: int
    longest: int
    who_sees: tuple[str, ...]
    notice_title: str
    notice_updated: str
    notice: tuple[Section, ...]
    sealed: int
    roles: Mapping[str, str]
    pages: Mapping[str, str]
    may: Mapping[str, frozenset[str]]
    minimum_count: int = MINIMUM_COUNT
    minimum_mean: int = MINIMUM_MEAN

    def of(self, respondent: Respondent) -> tuple[Questionnaire, ...]:
        """The questionnaires that clients, coaches or employers answer."""
        return tuple(one for one in self.questionnaires if one.respondent == respondent)

    @property
    def sensitive(self) -> tuple[Sensitive, ...]:
        """Every question that asks something sensitive."""
        return tuple(item for one in self.questionnaires for item in one.sensitive)

    @property
    def contacts(self) -> bool:
        """Whether somebody is asked for contact details."""
        return any(one.contacts for one in self.questionnaires)

    @property
    def alarms(self) -> bool:
        """Whether answers can raise alarms or thanks."""
        return any(one.alarms for one in self.questionnaires)

    @property
    def minutes(self) -> int:
        """How long a client answers at most at one measurement, as the questionnaires promise; 0 where none does."""
        asked = Counter[tuple[str, str]]()
        for one in self.of("client"):
            asked.update({(service, wave): one.minutes or 0 for service in one.services for wave in one.waves})
        return max(asked.values(), default=0)

    @property
    def reserved(self) -> int:
        """The minutes to reserve for a group: with those to begin and to end, in fives."""
        return -(-(self.minutes + 10) // 5) * 5

    def sees(self, role: str) -> tuple[str, ...]:
        """The names of the desk's pages that a role may open."""
        return tuple(name for area, name in self.pages.items() if role in self.may[area])


def facts_of(library: Library, language: str, *, made: date, version: str, staff: Staff) -> Facts:
    """What a library says, in a language. A text that lacks it is given in another."""
    return _Reader(library, language).facts(made=made, version=version, staff=staff)


def digest_of(library: Library) -> str:
    """A short mark of what a document was filled from: the same for the same site.yaml, services.yaml and versions."""
    content = canonical([as_data(library.site), as_data(library.services), sorted(library.instruments)])
    return hashlib.sha256(content).hexdigest()[:12]


class _Reader:
    def __init__(self, library: Library, language: str) -> None:
        self._library = library
        self._language = language
        pinned = {key for service in library.services.services for key in service.instruments}
        self._used = [one for key, one in library.instruments.items() if key in pinned]

    def facts(self, *, made: date, version: str, staff: Staff) -> Facts:
        site = self._library.site
        kept = site.retention
        used = tuple(self._questionnaire(one) for one in self._used)
        notice = site.notices["privacy"]
        return Facts(
            made=_day(made),
            version=version,
            digest=digest_of(self._library),
            organisation=self._text(site.organisation.name),
            email=site.organisation.email,
            phone=site.organisation.phone or "",
            postal_address=site.organisation.postal_address or "",
            address=site.address,
            languages=tuple(self._language_name(tag) for tag in site.languages),
            languages_there=tuple(site.language_names[tag] for tag in site.languages),
            unreviewed=tuple(self._language_name(tag) for tag in site.languages if self._is_unreviewed(tag)),
            services=tuple(self._measured(service) for service in self._library.services.services),
            providers=tuple(self._providers()),
            waves=tuple(self._measurement(wave) for wave in site.waves.values()),
            questionnaires=used,
            grounds=tuple((id, ground.basis) for id, ground in site.grounds.items()),
            months_codes=kept.codes,
            months_log=kept.log,
            months_words=kept.words,
            months_answers=kept.answers,
            longest=max([kept.answers, *(one.months_answers for one in used)]),
            who_sees=_paragraphs(self._text(site.who_sees)),
            notice_title=self._text(notice.title),
            notice_updated=_day(date.fromisoformat(str(notice.updated))),
            notice=tuple(
                Section(title=self._text(one.title), paragraphs=_paragraphs(self._text(one.text)))
                for one in notice.sections
            ),
            sealed=len(site.sealed_to),
            roles=staff.roles,
            pages=staff.pages,
            may=staff.may,
        )

    def _text(self, text: Text | None) -> str:
        if not text:
            return ""
        return text.get(self._language) or next(iter(text.values()))

    def _language_name(self, tag: str) -> str:
        plain = Locale.parse(tag.partition("-")[0]).get_display_name(self._language) or tag
        return EASY_NAME[self._language].format(language=plain) if tag.endswith(EASY) else plain

    def _is_unreviewed(self, tag: str) -> bool:
        return any(tag in one.review for one in self._used)

    def _measured(self, service: Service) -> Measured:
        services = self._library.services
        used = [self._library.instruments[key] for key in service.instruments]
        return Measured(
            title=self._text(service.title),
            kind=self._text(services.kinds[service.kind]),
            provider=services.providers[service.provider].name,
            bought=service.sourcing == "bought",
            contract=service.contract or "",
            lot=service.lot or "",
            municipality=service.municipality,
            comparison=service.arm == "comparison",
            open=service.open,
            questionnaires=tuple(self._text(one.title) for one in used),
        )

    def _providers(self) -> Iterator[Provider]:
        for id, provider in self._library.services.providers.items():
            own = [s for s in self._library.services.services if s.provider == id and s.sourcing == "bought"]
            if own:
                contracts = dict.fromkeys(service.contract for service in own if service.contract)
                yield Provider(
                    name=provider.name,
                    services=tuple(self._text(service.title) for service in own),
                    contracts=tuple(contracts),
                )

    def _measurement(self, wave: Wave) -> Measurement:
        before, after = wave.open
        return Measurement(
            title=self._text(wave.title), anchor=wave.anchor, months=wave.months, before=-before, after=after
        )

    def _questionnaire(self, instrument: Instrument) -> Questionnaire:
        kept = self._library.site.retention
        own = kept.instruments.get(instrument.instrument)
        items = list(instrument.items())
        worded = {name.partition(".")[0] for name in in_words(instrument)}
        waves = self._library.site.waves
        minutes = instrument.target_minutes
        return Questionnaire(
            key=instrument.key,
            title=self._text(instrument.title),
            respondent=instrument.respondent,
            waves=tuple(self._text(waves[wave].title) for wave in instrument.waves if wave in waves),
            services=tuple(
                self._text(service.title)
                for service in self._library.services.services
                if instrument.key in service.instruments
            ),
            dimensions=tuple(self._text(one.title) for one in instrument.dimensions.values()),
            sensitive=tuple(self._sensitive(instrument)),
            words=tuple(self._text(one.text) for one in items if one.id in worded and one.type not in CONTACT),
            contacts=tuple(self._text(one.text) for one in items if one.type in CONTACT),
            alarms=len(instrument.alarms) + len(instrument.thanks),
            own_result=instrument.own_result,
            minutes=round(minutes) if minutes else None,
            months_words=own.words if own and own.words is not None else kept.words,
            months_answers=own.answers if own and own.answers is not None else kept.answers,
            draft=instrument.key in self._library.drafts,
        )

    def _sensitive(self, instrument: Instrument) -> Iterator[Sensitive]:
        grounds = self._library.site.grounds
        for item in instrument.items():
            if item.sensitive:
                ground = grounds.get(item.ground or "")
                yield Sensitive(
                    text=self._text(item.text),
                    ground=self._text(ground.title) if ground else "",
                    basis=ground.basis if ground else "",
                )


def _day(day: date) -> str:
    """A date as it is written in Finland, in Finnish and in Swedish."""
    return f"{day.day}.{day.month}.{day.year}"


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip())
