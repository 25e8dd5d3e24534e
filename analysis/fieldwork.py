"""How a simulated cohort meets a real collector: whom to invite when, when they answer, and answering over HTTP."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import numpy as np

from analysis import AnalysisError
from analysis.cohort import Cohort, Planned
from survey import schedule
from survey.codes import new_id
from survey.model import Instrument, Library, Service
from survey.pages import questionnaire_path
from survey.records import Answer, Participation

LATE_SHARE = 0.02
LANGUAGE_SHARES = {"fi": 0.6, "sv": 0.05, "en": 0.08, "fi-simple": 0.09, "uk": 0.05, "ru": 0.05, "ar": 0.05, "so": 0.03}


# --- whom and when --------------------------------------------------------------------------------


def plan(library: Library, *, count: int, until: date, seed: int) -> list[Planned]:
    """So many participations over all services and their groups, moved in time so that all has happened by `until`.

    Groups keep their length and their distance from each other. Those without groups start one by one.
    """
    rng = np.random.default_rng([seed, 1])
    services = library.services.services
    shares = [count // len(services) + (n < count % len(services)) for n in range(len(services))]
    planned: list[Planned] = []
    for service, share in zip(services, shares, strict=True):
        planned += _of_service(service, share, rng)
    latest = max((_last_day(library, p) for p in planned), default=until)
    moved = timedelta(days=(until - latest).days)
    return [
        Planned(service=p.service, group=p.group, start=_moved(p.start, moved), end=_moved(p.end, moved))
        for p in planned
    ]


def _of_service(service: Service, share: int, rng: np.random.Generator) -> Iterator[Planned]:
    if service.groups:
        for n in range(share):
            group = service.groups[n % len(service.groups)]
            yield Planned(service=service.id, group=group.id, start=group.start, end=group.end)
        return
    for _ in range(share):
        start = date(2026, 9, 1) + timedelta(days=int(rng.integers(0, 330)))
        end = start + timedelta(days=service.length_days)
        yield Planned(service=service.id, group=None, start=start.isoformat(), end=end.isoformat())


def _last_day(library: Library, planned: Planned) -> date:
    return max(task.window.last for task in schedule.tasks(library, as_participation(planned)))


def _moved(day: str, by: timedelta) -> str:
    return (date.fromisoformat(day) + by).isoformat()


def as_participation(planned: Planned) -> Participation:
    """A participation with these dates, for the rules of the calendar."""
    return Participation(
        id="p_", number="", service=planned.service, group=planned.group, start=planned.start,
        planned_end=planned.end, invited="",
    )  # fmt: skip


@dataclass(frozen=True, order=True)
class Event:
    """A person answers a questionnaire at a moment."""

    moment: datetime
    person: int
    order: int
    instrument: str
    wave: str


def events(cohort: Cohort) -> list[Event]:
    """Who answers what and when, in the order of time; a few answer after the window has closed."""
    zone = ZoneInfo(cohort.library.site.time_zone)
    found = []
    for person, planned in enumerate(cohort.planned):
        for order, task in enumerate(schedule.tasks(cohort.library, as_participation(planned))):
            # Questionnaires of one wave are answered in one sitting.
            wave_number = list(cohort.library.site.waves).index(task.wave)
            rng = np.random.default_rng([cohort.seed, 2, person, wave_number])
            first = max(task.window.first, invitation_day(planned))
            day = first + timedelta(days=int(rng.integers(0, (task.window.last - first).days + 1)))
            if rng.random() < LATE_SHARE:
                day = task.window.last + timedelta(days=int(rng.integers(1, 15)))
            minute = int(rng.integers(8 * 60, 20 * 60)) + order
            moment = datetime.combine(day, time(minute // 60, minute % 60), zone)
            found.append(Event(moment, person, order, task.instrument, task.wave))
    return sorted(found)


def invitation_day(planned: Planned) -> date:
    """Codes are handed out a week before the start."""
    return date.fromisoformat(planned.start) - timedelta(days=7)


def languages(library: Library, people: int, seed: int) -> Sequence[str]:
    """The language of each person."""
    known = library.site.languages
    shares = np.array([LANGUAGE_SHARES.get(language, 0.05) for language in known])
    return [str(name) for name in np.random.default_rng([seed, 3]).choice(known, people, p=shares / shares.sum())]


# --- answering ------------------------------------------------------------------------------------


class AnswerRefused(AnalysisError):
    """The collector did not store an answer; the message says what it said."""


class Respondent:
    """A browser without a script: opens a page, sends what the page would send. One connection, kept open."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=60)
        self._hidden: dict[str, Mapping[str, str]] = {}

    def answer(
        self,
        instrument: Instrument,
        wave: str,
        language: str,
        *,
        code: str,
        answers: Mapping[str, Answer],
        rng: np.random.Generator,
    ) -> None:
        """Sends the answers to one questionnaire. Raises AnswerRefused unless they were stored."""
        path = questionnaire_path(instrument, wave, language)
        hidden = self._page(path)
        fields: dict[str, str] = {name: value for name, value in hidden.items() if name != "_end"}
        fields.update(_id=new_id(rng.bytes), _code=code, _helper="none")
        for id, answer in answers.items():
            if isinstance(answer, list):
                fields.update({f"{id}.{value}": str(value) for value in answer})
            else:
                fields[id] = str(answer)
        fields["_end"] = hidden["_end"]
        status, body = self._send("POST", "/-/submit", urlencode(fields))
        if status != 201:
            raise AnswerRefused(
                f"The simulation stopped: an answer to {path} was not stored ({status}, {_heading(body)}). "
                "See that the disk has room, and run the command again with a new store."
            )

    def _page(self, path: str) -> Mapping[str, str]:
        """The hidden fields of a questionnaire's page."""
        if path not in self._hidden:
            status, body = self._send("GET", f"/{path}")
            if status != 200:
                raise AnswerRefused(f"The simulation stopped: the page {path} cannot be opened ({status}).")
            parser = _HiddenFields()
            parser.feed(body)
            self._hidden[path] = parser.found
        return self._hidden[path]

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response.status, response.read().decode()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


class _HiddenFields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "input" and given.get("type") == "hidden" and name:
            self.found[name] = given.get("value") or ""


def _heading(body: str) -> str:
    return body.partition("<h1>")[2].partition("</h1>")[0] or "no heading"
