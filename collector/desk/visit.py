"""One request to the desk: who asks, in which language, and how to answer. What every view is given."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector.audit import Log
from collector.bundle import Bundle
from collector.desk.people import ROLE_NAMES, Area, Person
from collector.desk.typed import Typed
from collector.desk.works import File
from collector.stores import Store
from collector.web import Request
from survey.frozen import dataclass
from survey.locales import format_date
from survey.model import Text
from survey.phrases import Phrase, Words, said

if TYPE_CHECKING:
    from collector.desk.app import Desk

LANGUAGES = ("fi", "sv", "en")


@dataclass(frozen=True, kw_only=True)
class Place:
    """An address of the desk below `/<language>/`, what answers it, and the area that it belongs to."""

    path: str
    view: Callable[..., Response]
    area: Area
    method: Literal["GET", "POST"] = "GET"


@dataclass(frozen=True)
class Done:
    """What was done a moment ago, to be told on the next page."""

    told: Phrase


class Visit:
    """A request under way."""

    def __init__(self, desk: Desk, request: Request, person: Person, language: str, area: Area) -> None:
        self.desk = desk
        self.request = request
        self.person = person
        self.language = language
        self.area = area
        self.messages = desk.messages[language]
        self.moment: datetime = desk.clock()
        self.logged = False

    # --- what there is

    @property
    def store(self) -> Store:
        """The store. Answers are written through it as the collector writes them."""
        return self.desk.store

    @functools.cached_property
    def bundle(self) -> Bundle:
        """The bundle as it lies in its folder now; the same throughout a visit."""
        return self.desk.bundle

    @property
    def today(self) -> date:
        """The day in the site's time zone."""
        return self.moment.astimezone(ZoneInfo(self.bundle.library.site.time_zone)).date()

    @functools.cached_property
    def typed(self) -> Typed:
        """The fields that came with a form."""
        return Typed({name: list(values) for name, values in self.request.form.lists()})

    @property
    def asked(self) -> Mapping[str, str]:
        """What stands after `?` in the address."""
        return self.request.args.to_dict()

    # --- words

    def say(self, message: str, **values: object) -> str:
        """A message in the language of the page."""
        return said(message, **values).say(self.messages)

    def phrase(self, words: Words) -> str:
        """A phrase in the language of the page."""
        return words.say(self.messages) if isinstance(words, Phrase) else words

    def text(self, text: Text | None) -> str:
        """A text of the site, services or instruments in the language of the page, or in the first that it has."""
        if not text:
            return ""
        return text.get(self.language) or next(iter(text.values()))

    def day(self, day: date | str | None) -> str:
        """A date as people write it; nothing where there is none."""
        found = date.fromisoformat(day) if isinstance(day, str) and day else day
        return format_date(found, self.language) if isinstance(found, date) else ""

    def service_title(self, id: str) -> str:
        """The title of a service, or its id where it is listed no more."""
        services = {one.id: one for one in self.bundle.library.services.services}
        return self.text(services[id].title) if id in services else id

    def wave_title(self, id: str) -> str:
        """The title of a wave, or its id where site.yaml has it no more."""
        waves = self.bundle.library.site.waves
        return self.text(waves[id].title) if id in waves else id

    def instrument_title(self, key: str) -> str:
        """The title of an instrument by its key `id@version`, or by its id alone."""
        known = self.bundle.library.instruments
        found = key if key in known else next((each for each in known if each.startswith(f"{key}@")), None)
        return self.text(known[found].title) if found else key

    # --- answering

    def to(self, path: str = "", **query: object) -> str:
        """The address of a page of the desk in this language: `visit.to("participations", group="uv-2")`."""
        asked = urlencode({name: str(value) for name, value in query.items() if value not in (None, "")})
        return f"/{self.language}/{path}{'?' if asked else ''}{asked}"

    def page(self, template: str, *, title: str, status: int = 200, **values: object) -> Response:
        """A page made of a template of `site_templates/desk/`. `title` is said already."""
        html = self.desk.render(template, self, {"title": title, **values})
        return Response(html, status, mimetype="text/html")

    def go(self, path: str, told: Phrase | None = None, **query: object) -> Response:
        """Leads on to another page after something was done, where `told` says what."""
        if told is not None:
            query["done"] = self.desk.memory.put(self.person.login, Done(told))
        return Response(status=303, headers={"Location": self.to(path, **query)})

    def message(self, status: int, title: Words, text: Words, *, back: str = "") -> Response:
        """A page that says one thing, with a way on: to `back`, else to the first page."""
        shown = {"text": self.phrase(text), "back": self.to(back)}
        return self.page("message.html.j2", title=self.phrase(title), status=status, **shown)

    def file(self, file: File) -> Response:
        """A file to be saved. It is never kept by a browser or a proxy."""
        response = Response(file.content, mimetype=file.mimetype)
        response.headers.set("Content-Disposition", "attachment", filename=file.name)
        return response

    @property
    def done(self) -> str:
        """What was done a moment ago, in words; empty where nothing was."""
        found = self.desk.memory.get(self.person.login, self.request.args.get("done", ""), Done)
        return self.phrase(found.told) if found else ""

    # --- the log

    def log(self, action: str, about: str = "", **details: str | int) -> None:
        """Writes down what this person does, before the page says that it is done."""
        log = Log(store=self.store, actor=self.person.login, random=self.desk.random)
        role = " ".join(sorted(self.person.roles))
        log.add(action, about, moment=self.moment, details={"desk": role, **details})
        self.logged = True

    def audit(self) -> Log:
        """The log itself, for functions that write to it."""
        self.logged = True
        return Log(store=self.store, actor=self.person.login, random=self.desk.random)

    # --- the frame around every page

    @property
    def who(self) -> str:
        """Who is at the desk, and in which role."""
        if self.desk.people:
            return ", ".join(self.say(ROLE_NAMES[role]) for role in sorted(self.person.roles))
        return self.person.login

    @property
    def languages(self) -> Sequence[tuple[str, str]]:
        """The languages of the desk, each with the address of this page in it."""
        here = self.request.method == "GET" and self.request.path.startswith(f"/{self.language}/")
        rest = self.request.path.removeprefix(f"/{self.language}/") if here else ""
        query = self.request.query_string.decode("ascii", "replace") if here else ""
        return [(language, f"/{language}/{rest}{'?' if query else ''}{query}") for language in LANGUAGES]
