"""How a simulated cohort meets a real collector: whom to invite when, when they answer, and answering over HTTP."""

from __future__ import annotations

import html
import http.client
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import numpy as np

from analysis import AnalysisError
from analysis.cohort import Cohort, Planned
from survey import schedule
from survey.answers import OTHER, PARTS
from survey.codes import new_id
from survey.model import Instrument, Library, Respondent, Service, is_open
from survey.pages import questionnaire_path
from survey.records import Answer, Participation

RESPONDENTS: tuple[Respondent, ...] = ("client", "coach", "employer")
LATE_SHARE = 0.02
LANGUAGE_SHARES = {"fi": 0.6, "sv": 0.05, "en": 0.08, "fi-simple": 0.09, "uk": 0.05, "ru": 0.05, "ar": 0.05, "so": 0.03}


# --- whom and when --------------------------------------------------------------------------------


def plan(library: Library, *, count: int, until: date, seed: int) -> list[Planned]:
    """So many participations over all services with codes, and their groups, moved in time so that all has happened by
    `until`. Raises AnalysisError where every service is open.

    Groups keep their length and their distance from each other. Those without groups start one by one.
    """
    rng = np.random.default_rng([seed, 1])
    services = [service for service in library.services.services if not service.open]
    if not services:
        raise AnalysisError(
            "Every service is open to everybody. Simulated people need one with codes in services.yaml."
        )
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
    windows = (task.window for sort in RESPONDENTS for task in schedule.tasks(library, as_participation(planned), sort))
    return max((window.last for window in windows), default=date.fromisoformat(planned.end))


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
    """A person, or somebody else about them, answers a questionnaire at a moment."""

    moment: datetime
    person: int
    order: int
    instrument: str
    wave: str


def events(cohort: Cohort) -> list[Event]:
    """Who may answer what and when, in the order of time; a few answer after the window has closed."""
    found = []
    for person, planned in enumerate(cohort.planned):
        for n, respondent in enumerate(RESPONDENTS):
            tasks = schedule.tasks(cohort.library, as_participation(planned), respondent)
            for order, task in enumerate(tasks):
                # Questionnaires of one wave are answered in one sitting.
                wave = list(cohort.library.site.waves).index(task.wave)
                rng = np.random.default_rng([cohort.seed, 2, person, wave, *([n] if n else [])])
                moment = _moment(cohort, planned, task, rng) + timedelta(minutes=order)
                found.append(Event(moment, person, order, task.instrument, task.wave))
    return sorted(found)


def _moment(cohort: Cohort, planned: Planned, task: schedule.Task, rng: np.random.Generator) -> datetime:
    """Some time of day inside the task's window, seldom after it, and never before the invitation."""
    first = max(task.window.first, invitation_day(planned))
    day = first + timedelta(days=int(rng.integers(0, max((task.window.last - first).days, 0) + 1)))
    if rng.random() < LATE_SHARE:
        day = task.window.last + timedelta(days=int(rng.integers(1, 15)))
    minute = int(rng.integers(8 * 60, 20 * 60))
    zone = ZoneInfo(cohort.library.site.time_zone)
    return datetime.combine(day, time(minute // 60, minute % 60), zone)


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


def form_fields(instrument: Instrument, answers: Mapping[str, Answer]) -> dict[str, str]:
    """The fields that a browser sends for some answers, with their values."""
    fields: dict[str, str] = {}
    for id, answer in answers.items():
        kind = "text" if id.endswith(f".{OTHER}") else instrument.item(id).type
        if isinstance(answer, list):
            for place, value in enumerate(answer, 1):
                fields[f"{id}.{value}"] = str(place if kind == "rank" else value)
        elif kind in PARTS:
            parts = zip(PARTS[kind], reversed(str(answer).split("-")), strict=True)
            fields.update({f"{id}.{part}": value for part, value in parts})
        else:
            fields[id] = f"{answer:f}" if isinstance(answer, float) else str(answer)
    return fields


class Browser:
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
        service: Service,
        code: str,
        answers: Mapping[str, Answer],
        rng: np.random.Generator,
    ) -> None:
        """Sends the answers to one questionnaire of a service: with the code, unless it is open to everybody.

        Raises AnswerRefused unless they were stored.
        """
        path = questionnaire_path(instrument, wave, language, service)
        hidden = self._page(path)
        fields: dict[str, str] = {name: value for name, value in hidden.items() if name != "_end"}
        fields.update(_id=new_id(rng.bytes), _helper="none", **form_fields(instrument, answers))
        if not is_open(service, instrument):
            fields["_code"] = code
        if any(item.required == "soft" and item.id not in answers for item in instrument.items(wave)):
            # As after the reminder, which comes once.
            fields["_asked"] = "1"
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
            self._hidden[path] = _hidden_fields(body)
        return self._hidden[path]

    def _send(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        return response.status, response.read().decode()

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)"')


def _hidden_fields(page: str) -> Mapping[str, str]:
    """The hidden fields of a page as our templates write them. There are many pages, and a parser of HTML is slow."""
    return {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(page)}


def _heading(body: str) -> str:
    return body.partition("<h1>")[2].partition("</h1>")[0] or "no heading"
