"""The desk as a WSGI application: who may open what, and what goes around every page."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response

from collector.app import utc_now
from collector.bundle import BundleError
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
from collector.desk.people import ROLE_NAMES, Person
from collector.desk.reports import sweep
from collector.desk.visit import LANGUAGES, NOT_DONE, STRANGER, TEMPLATE_FOLDER, UPLOAD_LIMIT, Desk, Place, Visit
from collector.desk.works import NotMade, Works
from collector.headers import CACHE_NOTHING, HEADERS
from collector.opening import opened
from collector.participations import InviteError
from collector.settings import Settings, SettingsError
from collector.stores import Store, StoreTrouble
from collector.web import Request, log_by_place
from survey import codes
from survey.marking import _
from survey.pages import Messages
from survey.phrases import Words, said
from survey.records import SealedRecord, UnreadableRecord

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
OWN_FILES = {"desk.css": "text/css", "desk.js": "text/javascript"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src "
    "'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)

NOT_YOURS = _("This page is not for your role")
NOT_YOURS_TEXT = _("You are here as: {role}. Whoever looks after Mittari in the area can give you another role.")
NOT_THERE = _("There is no such page")
NOT_THERE_TEXT = _("Check the address, or begin from the first page.")
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


class _Places(Desk):
    """The desk with its addresses, and with a login where it has one."""

    def __init__(
        self,
        identify: Identify,
        settings: Settings,
        *,
        works: Works,
        messages: Mapping[str, Messages],
        store: Store,
        people: Mapping[str, Person],
        clock: Callable[[], datetime],
        random: codes.Random,
    ) -> None:
        super().__init__(
            self._failed,
            settings,
            works=works,
            messages=messages,
            store=store,
            people=people,
            jobs=Jobs(expected=sentence_of),
            clock=clock,
            random=random,
        )
        self._identify = identify
        self._names: dict[str, Place] = {}
        for place in PLACES:
            self._add(place)
        self.add("/", self._begin, name="begin")
        self.add("/<any(desk.css, desk.js):file>", self._own_file, name="own")
        self.add("/<language>/as/<role>", self._choose, name="as", method="POST")
        self.after.append(_protect)
        self.after.append(lambda request, response: sweep(self.works.reports.folder, self.clock()))
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

    # --- pages

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
    return _Places(
        identify,
        settings,
        works=works,
        messages=messages,
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


def _protect(request: Request, response: Response) -> None:
    # What a view sets for a page of its own, such as a report with its style inside, stays.
    policy = response.headers.get("Content-Security-Policy", POLICY)
    response.headers.update(HEADERS)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = CACHE_NOTHING
