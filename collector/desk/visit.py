"""The desk as its views have it: what they share, and one request to it, with who asks, in which language, and how to
answer."""

from __future__ import annotations

import functools
import hmac
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import IO, Literal
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import jinja2
from markupsafe import Markup
from werkzeug.wrappers import Response

from collector.audit import Log
from collector.bundle import HEAD, Bundle, BundleError, read_bundle
from collector.desk.jobs import Jobs
from collector.desk.memory import Memory
from collector.desk.people import MENU, ROLE_NAMES, WITHIN, Area, Person
from collector.desk.typed import Typed
from collector.desk.works import File, Works
from collector.opening import writing
from collector.settings import Settings
from collector.stores import Store, StoreTrouble
from collector.web import LOG, Application, Request
from survey import codes
from survey.frozen import dataclass
from survey.locales import format_date
from survey.marking import _
from survey.model import Text
from survey.pages import TEMPLATES, Messages
from survey.phrases import Phrase, Words, said
from survey.templates import environment

LANGUAGES = ("fi", "sv", "en")
TEMPLATE_FOLDER = TEMPLATES / "desk"
UPLOAD_LIMIT = 5_000_000
"""Bytes of a form with its file: a list of ten thousand people has half a million."""
TITLE = _("Staff desk")
NOBODY = _("You have no role at this desk")
NOBODY_TEXT = _("Ask whoever looks after Mittari in your area to write you into the staff file (desk.yaml).")
NOBODY_NAMED = _(
    "You are logged in as {login}. Ask whoever looks after Mittari in your area to write you into the staff file "
    "(desk.yaml)."
)
NOT_DONE = _("Nothing was done")
OTHER_PAGE = _(
    "The form did not come from a page of this desk, or the page is old. Open the page again and send it once more."
)
STRANGER = Person(login="", roles=frozenset())
"""Somebody of whom nothing is known."""


class DeskRequest(Request):
    """A request to the desk, which may carry a file."""

    max_content_length = UPLOAD_LIMIT
    max_form_memory_size = UPLOAD_LIMIT
    max_form_parts = 20_000

    def _get_file_stream(self, *_arguments: object, **_named: object) -> IO[bytes]:
        # A list of people is written to no disk, not even for a moment. The limits above hold for it too.
        return io.BytesIO()


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
        # What was sent and is not stored yet stands in the page that comes back.
        kept = self.request.method == "POST" and status >= 400
        html = _environment().get_template(template).render({**self._frame(), "kept": kept, "title": title, **values})
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

    def _frame(self) -> dict[str, object]:
        """What every page has."""
        within = WITHIN.get(self.area, self.area)
        token = Markup('<input type="hidden" name="_token" value="{}">').format(self.desk.token(self.person))
        people = self.desk.people.items()
        return {
            "visit": self,
            "language": self.language,
            "_": self.say,
            "say": self.phrase,
            "to": self.to,
            "menu": [(path, self.say(label), area == within) for area, path, label in MENU if self.person.may(area)],
            "token": token,
            "leave": self.desk.leave if self.person.login else "",
            "organisation": self.text(self.bundle.library.site.organisation.name),
            "desk_title": self.say(TITLE),
            "pairs": lambda names: [(name, name) for name in names],
            "choices": [(id, person, self.say(ROLE_NAMES[next(iter(person.roles))])) for id, person in people],
        }

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


class Desk(Application):
    """The desk, and what its views share. `collector.desk.app` gives it its addresses."""

    request_class = DeskRequest
    body_limit = UPLOAD_LIMIT
    in_memory = True

    def __init__(
        self,
        failed: Callable[[Request, Exception], Response],
        settings: Settings,
        *,
        works: Works,
        messages: Mapping[str, Messages],
        store: Store,
        people: Mapping[str, Person],
        jobs: Jobs,
        clock: Callable[[], datetime],
        random: codes.Random,
    ) -> None:
        super().__init__(failed)
        self.settings = settings
        self.works = works
        self.messages = messages
        self.people = people
        """In a demonstration: whom a visitor may choose to be."""
        self.jobs = jobs
        self.clock = clock
        self.random = random
        self.keys = settings.keys()
        self.memory = Memory(clock)
        self.leave = ""
        """The address that logs somebody out; empty where there is nothing to log out of."""
        self._given = store
        self._bundle = read_bundle(settings.bundle)
        self._made = self._when_made()
        self.store = writing(store, self._bundle)

    @property
    def bundle(self) -> Bundle:
        """The bundle as it lies in its folder now: a build under a running desk is taken into use."""
        made = self._when_made()
        if made != self._made and made is not None:
            try:
                bundle = read_bundle(self.settings.bundle)
                self.store = writing(self._given, bundle)
                self._bundle, self._made = bundle, made
            except (BundleError, StoreTrouble) as error:
                LOG.error("the new bundle is not used: %s", error)
        return self._bundle

    @property
    def address(self) -> str:
        """The public address of the site, which slips and links show."""
        return self.settings.address or self.bundle.library.site.address

    def _when_made(self) -> int | None:
        try:
            return (self.settings.bundle / HEAD).stat().st_mtime_ns
        except OSError:
            return None

    # --- forms of its own

    def token(self, person: Person) -> str:
        """What every form of a page carries, so that no other site can send one in somebody's name."""
        return codes.keyed_hash(self.keys.digest_key, "desk", person.login)

    def is_ours(self, request: Request, person: Person) -> bool:
        """Whether a form was sent by a page of this desk: by its token, and by what the browser says of the page."""
        token = request.form.get("_token", "").encode()
        return self.is_from_here(request) and hmac.compare_digest(token, self.token(person).encode())

    def is_from_here(self, request: Request) -> bool:
        """Whether a form stood on a page of this desk, as far as the browser says."""
        origin = request.headers.get("Origin")
        if origin and origin != "null" and urlsplit(origin).netloc != request.host:
            return False
        return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")

    # --- for whoever is at no place of it

    def language_of(self, request: Request) -> str:
        """The language of the address, of the page that is to follow, or of the browser."""
        for path in (request.path, request.args.get("to", "")):
            if path.count("/") > 1 and path.split("/")[1] in LANGUAGES:
                return path.split("/")[1]
        return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]

    def visit_of(self, request: Request, person: Person = STRANGER, *, language: str = "") -> Visit:
        """A visit of somebody to whom nothing of the desk is shown."""
        return Visit(self, request, person, language or self.language_of(request), "today")

    def nobody(self, request: Request, person: Person) -> Response:
        """For somebody to whom nothing is open."""
        text = said(NOBODY_NAMED, login=person.login) if person.login else said(NOBODY_TEXT)
        return self.visit_of(request, person).message(403, said(NOBODY), text)

    def not_ours(self, request: Request, person: Person = STRANGER) -> Response:
        """For a form that no page of this desk sent."""
        return self.visit_of(request, person).message(403, said(NOT_DONE), said(OTHER_PAGE))


@functools.cache
def _environment() -> jinja2.Environment:
    return environment(TEMPLATE_FOLDER)
