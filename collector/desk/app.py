"""The desk as a WSGI application: who may open what, and what goes around every page."""

from __future__ import annotations

import functools
import hmac
import io
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from collector.app import utc_now
from collector.bundle import HEAD, Bundle, BundleError, read_bundle
from collector.desk import (
    alarms,
    first,
    groups,
    handing,
    importing,
    keying,
    log,
    papers,
    participations,
    rates,
    reminders,
    requests,
    results,
    retention,
    shelf,
    today,
    words,
    working,
)
from collector.desk.jobs import Jobs
from collector.desk.login import COOKIE, Identify, Login
from collector.desk.memory import Memory
from collector.desk.people import ROLE_NAMES, Area, Person
from collector.desk.reports import sweep
from collector.desk.visit import LANGUAGES, Place, Visit
from collector.desk.works import NotMade, Works
from collector.headers import CACHE_NOTHING, HEADERS
from collector.opening import opened, writing
from collector.participations import InviteError
from collector.settings import Settings, SettingsError
from collector.stores import Store, StoreTrouble
from collector.web import LOG, Application, Request, log_by_place
from survey import codes
from survey.marking import _
from survey.pages import TEMPLATES, Messages
from survey.phrases import Words, said
from survey.records import SealedRecord, UnreadableRecord
from survey.templates import environment

PLACES: tuple[Place, ...] = (
    *today.PLACES,
    *first.PLACES,
    *importing.PLACES,
    *handing.PLACES,
    *participations.PLACES,
    *groups.PLACES,
    *reminders.PLACES,
    *rates.PLACES,
    *keying.PLACES,
    *results.PLACES,
    *alarms.PLACES,
    *words.PLACES,
    *shelf.PLACES,
    *papers.PLACES,
    *requests.PLACES,
    *retention.PLACES,
    *log.PLACES,
    *working.PLACES,
)
"""Every address of the desk, with the area that it belongs to."""
MENU: tuple[tuple[Area, str, str], ...] = (
    ("today", "", _("Today")),
    ("first", "first", _("First measurement")),
    ("participations", "participations", _("Participations")),
    ("reminders", "reminders", _("Reminders")),
    ("rates", "rates", _("Response rates")),
    ("keying", "keying", _("Keying in")),
    ("reports", "results", _("Results")),
    ("alarms", "alarms", _("Alarms and thanks")),
    ("words", "words", _("Open answers")),
    ("shelf", "shelf", _("Questionnaires")),
    ("papers", "papers", _("Papers")),
    ("requests", "requests", _("What a person asks for")),
    ("log", "log", _("Log")),
)
"""The way around: areas with their first pages."""
WITHIN: Mapping[Area, Area] = {"exports": "reports"}
"""Areas that are reached from the first page of another."""
TEMPLATE_FOLDER = TEMPLATES / "desk"
OWN_FILES = {"desk.css": "text/css", "desk.js": "text/javascript"}
UPLOAD_LIMIT = 5_000_000
"""Bytes of a form with its file: a list of ten thousand people has half a million."""
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src "
    "'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)

TITLE = _("Staff desk")
NOT_YOURS = _("This page is not for your role")
NOT_YOURS_TEXT = _("You are here as: {role}. Whoever looks after Mittari in the area can give you another role.")
NOBODY = _("You have no role at this desk")
NOBODY_TEXT = _("Ask whoever looks after Mittari in your area to write you into the staff file (desk.yaml).")
NOBODY_NAMED = _(
    "You are logged in as {login}. Ask whoever looks after Mittari in your area to write you into the staff file "
    "(desk.yaml)."
)
NOT_THERE = _("There is no such page")
NOT_THERE_TEXT = _("Check the address, or begin from the first page.")
NOT_DONE = _("Nothing was done")
OTHER_PAGE = _(
    "The form did not come from a page of this desk, or the page is old. Open the page again and send it once more."
)
TOO_LARGE = _("The file has more than {size} MB. Part it into several.")
TROUBLE = _("The store cannot be reached")
TROUBLE_TEXT = _(
    "Wait a moment and try again. If it stays so, tell whoever looks after Mittari what the machine says, in English: "
    "{reason}"
)
FAILED = _("Something failed that was not foreseen")
FAILED_TEXT = _("Nothing was lost that was stored before. Tell whoever looks after Mittari; the log says more.")
SEALED = _("Answers are sealed")
SEALED_TEXT = _(
    "Only the holder of a key can read them. Open the store where a key is (mittari unseal), and begin the desk there."
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


class Desk(Application):
    """The desk, and what its views share."""

    request_class = DeskRequest
    body_limit = UPLOAD_LIMIT
    in_memory = True

    def __init__(
        self,
        settings: Settings,
        *,
        works: Works,
        messages: Mapping[str, Messages],
        identify: Identify,
        store: Store,
        people: Mapping[str, Person],
        clock: Callable[[], datetime],
        random: codes.Random,
    ) -> None:
        super().__init__(self._failed)
        self.settings = settings
        self.works = works
        self.messages = messages
        self.people = people
        """In a demonstration: whom a visitor may choose to be."""
        self.clock = clock
        self.random = random
        self.keys = settings.keys()
        self.memory = Memory(clock)
        self.jobs = Jobs(expected=sentence_of)
        self._identify = identify
        self._given = store
        self._bundle = read_bundle(settings.bundle)
        self._made = self._when_made()
        self.store = writing(store, self._bundle)
        self._names: dict[str, Place] = {}
        for place in PLACES:
            self._add(place)
        self.add("/", self._begin, name="begin")
        self.add("/<any(desk.css, desk.js):file>", self._own_file, name="own")
        self.add("/<language>/as/<role>", self._choose, name="as", method="POST")
        self.after.append(_protect)
        self.after.append(lambda request, response: sweep(works.reports.folder, clock()))
        self.leave = ""
        """The address that logs somebody out; empty where there is nothing to log out of."""
        if isinstance(identify, Login):
            identify.join(self)
            self.leave = identify.leave

    def _add(self, place: Place) -> None:
        name = f"{place.method} {place.path}"
        listed = ", ".join(LANGUAGES)
        self._names[name] = place
        self.add(
            f"/<any({listed}):language>/{place.path}",
            functools.partial(self._visit, place),
            name=name,
            method=place.method,
        )

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

    # --- a visit

    def _visit(self, place: Place, request: Request, *, language: str, **parts: str) -> Response:
        """Answers at a place, where the person may be there."""
        person = self._identify(request)
        if isinstance(person, Response):
            return person
        if person is None:
            return self.nobody(request, STRANGER)
        visit = Visit(self, request, person, language, place.area)
        if not person.may(place.area):
            role = ", ".join(visit.say(ROLE_NAMES[one]) for one in sorted(person.roles)) or "–"
            return visit.message(403, said(NOT_YOURS), said(NOT_YOURS_TEXT, role=role))
        try:
            if place.method == "POST":
                if not self.is_ours(request, person):
                    return self.not_ours(request, person)
                response = place.view(visit, **parts)
                # Whatever somebody did is in the log, also where its view has forgotten it.
                if not visit.logged and response.status_code < 400:
                    visit.log("desk", place.path)
                return response
            return place.view(visit, **parts)
        except InviteError as error:
            return visit.message(422, said(NOT_DONE), error.say(visit.messages))
        except SealedRecord:
            return visit.message(409, said(SEALED), said(SEALED_TEXT))
        except (StoreTrouble, UnreadableRecord, BundleError, SettingsError) as error:
            log_by_place(place.path, error)
            return visit.message(503, said(TROUBLE), said(TROUBLE_TEXT, reason=str(error)))

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

    # --- pages

    def render(self, template: str, visit: Visit, values: Mapping[str, object]) -> str:
        """A page as a string."""
        within = WITHIN.get(visit.area, visit.area)
        menu = [(path, visit.say(label), area == within) for area, path, label in MENU if visit.person.may(area)]
        token = Markup('<input type="hidden" name="_token" value="{}">').format(self.token(visit.person))
        shared = {
            "visit": visit,
            "language": visit.language,
            "_": visit.say,
            "say": visit.phrase,
            "to": visit.to,
            "menu": menu,
            "token": token,
            "leave": self.leave if visit.person.login else "",
            "organisation": visit.text(visit.bundle.library.site.organisation.name),
            "desk_title": visit.say(TITLE),
            "pairs": lambda names: [(name, name) for name in names],
            "choices": [
                (id, person, visit.say(ROLE_NAMES[next(iter(person.roles))])) for id, person in self.people.items()
            ],
        }
        return _environment().get_template(template).render({**shared, **values})

    def _begin(self, request: Request) -> Response:
        return Response(status=303, headers={"Location": f"/{self.language_of(request)}/"})

    def _own_file(self, request: Request, file: str) -> Response:
        return Response((TEMPLATE_FOLDER / file).read_bytes(), mimetype=OWN_FILES[file])

    def _choose(self, request: Request, language: str, role: str) -> Response:
        """In a demonstration: who to be from now on."""
        response = Response(
            status=303, headers={"Location": f"/{language if language in LANGUAGES else LANGUAGES[0]}/"}
        )
        if role in self.people:
            response.set_cookie(COOKIE, role, httponly=True, samesite="Strict")
        return response

    def _failed(self, request: Request, error: Exception) -> Response:
        """For whoever asked for what is not there, and where something of ours failed."""
        visit = self.visit_of(request)
        if isinstance(error, RequestEntityTooLarge):
            return visit.message(413, said(NOT_DONE), said(TOO_LARGE, size=UPLOAD_LIMIT // 10**6))
        if isinstance(error, HTTPException) and (error.code or 500) < 500:
            return visit.message(error.code or 404, said(NOT_THERE), said(NOT_THERE_TEXT))
        log_by_place(request.view, error)
        if isinstance(error, StoreTrouble):
            return visit.message(503, said(TROUBLE), said(TROUBLE_TEXT, reason=str(error)))
        return visit.message(500, said(FAILED), said(FAILED_TEXT))

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


def create_desk(
    settings: Settings,
    *,
    works: Works,
    messages: Mapping[str, Messages],
    identify: Identify,
    people: Mapping[str, Person] | None = None,
    store: Store | None = None,
    clock: Callable[[], datetime] = utc_now,
    random: codes.Random = secrets.token_bytes,
) -> Desk:
    """The desk as a WSGI application.

    `messages` has for each of fi, sv and en the messages of the catalogues `desk`, `problems` and `report`; `identify`
    says who sends a request; `people` are those whom a visitor of a demonstration may choose to be. Raises
    SettingsError, BundleError or StoreTrouble where a part is missing.
    """
    return Desk(
        settings,
        works=works,
        messages=messages,
        identify=identify,
        store=store or opened(settings.store),
        people=people or {},
        clock=clock,
        random=random,
    )


def sentence_of(error: Exception) -> Words | None:
    """What to tell of an error that somebody can mend; None for a fault of ours."""
    if isinstance(error, InviteError):
        return error.sentences[0] if len(error.sentences) == 1 else str(error)
    if isinstance(error, NotMade):
        return error.told
    if isinstance(error, SealedRecord):
        return said(SEALED_TEXT)
    if isinstance(error, StoreTrouble | UnreadableRecord | BundleError | SettingsError):
        return said(TROUBLE_TEXT, reason=str(error))
    return None


@functools.cache
def _environment() -> jinja2.Environment:
    return environment(Path(TEMPLATE_FOLDER))


def _protect(request: Request, response: Response) -> None:
    # What a view sets for a page of its own, such as a report with its style inside, stays.
    policy = response.headers.get("Content-Security-Policy", POLICY)
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = CACHE_NOTHING
