"""The web application: static pages at `/`, the collector under `/-/`. Views read HTTP and render; `receive` decides.

No cookie is set, no address is looked at, and nothing of a body is ever logged. A GET changes nothing.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed, NotFound
from werkzeug.utils import send_from_directory
from werkzeug.wrappers import Response

from collector import audit, bodies, correcting, erasing, results
from collector.bodies import FORM_TYPE, JSON_TYPE, PROBLEM_TYPE, BadBody
from collector.bundle import HEAD, Bundle, BundleError, check_drafts, check_site, read_bundle
from collector.due import NothingOpen, due, language_met
from collector.headers import CACHE_HASHED, CACHE_NOTHING, CACHE_OTHER, HEADERS
from collector.monitoring import watch
from collector.opening import opened, writing
from collector.participations import InviteError
from collector.receive import (
    CUT_SHORT,
    MALFORMED,
    NO_LONGER,
    NOT_STORED,
    Accepted,
    Invalid,
    Refused,
    in_language,
    local_day,
    receive,
)
from collector.settings import Keys, Settings
from collector.stores import Store, StoreTrouble
from collector.web import LOG, Application, Request, log_by_place
from survey import codes, pages
from survey.answers import AnswerProblem, Fields, first
from survey.frozen import dataclass
from survey.locales import format_date
from survey.marking import _
from survey.pages import Form, Page
from survey.recordings import MIME_TYPES
from survey.records import SealedRecord, UnreadableRecord

if TYPE_CHECKING:
    from collector import api

SHARED = "shared_device"
"""The channel of a device that several people use one after another."""
RESPONDENT = "respondent"
"""Who acts, for the log, where a person uses a receipt of their own."""
LANGUAGES_LIMIT = 1000
"""Characters of the languages that a browser likes; those that people use send about fifty."""
WORTH_COMPRESSING = 4096
"""Bytes of a page: a shorter one comes in as many packets either way."""

Clock = Callable[[], datetime]
Apart = Callable[[Callable[[], None]], None]
"""How something is done that waits for a disk or a line."""


NOT_FOUND = _("There is no such page")
NOT_FOUND_TEXT = _("Check the address, or begin from the front page.")
NOTHING_OPEN = _("Nothing to answer just now")
OPENS = _("The next questionnaire opens on {day}. Come back then with the same code.")
ALL_DONE = _("You have answered everything that was asked with this code. Thank you.")
OVER = _("The time to answer is over. If you still want to answer, write to {email}.")
PAUSE = _("The survey site is not working just now")
PAUSE_TEXT = _("The code cannot be looked up just now. Wait a moment and try again.")
SEALED = _("What your answers say cannot be shown here")
SEALED_TEXT = _(
    "Answers are sealed when they are stored, and nobody can read them on this site. If you want to see yours, write "
    "to {email} and give your receipt."
)
ERASED = _("Your answers are erased")
ERASED_TEXT = _(
    "They are removed from where answers are kept. Copies for the case of damage are removed in time, and these "
    "answers are not brought back from them."
)
AGAIN = _("Wait a moment and try again.")
NOT_READ = _("The form could not be read")


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


class Collector(Application):
    """The collector as a WSGI application."""

    def __init__(self, settings: Settings, service: Service) -> None:
        views = _Views(service)
        super().__init__(views.failed)
        self.service = service
        self.add("/-/submit", views.submit, method="POST")
        self.add("/-/enter", views.enter, method="POST")
        self.add("/-/language", views.language, method="POST")
        self.add("/-/result", views.result, method="POST")
        self.add("/-/correct", views.correct, method="POST")
        self.add("/-/erase", views.erase, method="POST")
        self.add("/-/api/submissions", views.api_submissions, method="POST")
        self.add("/-/api/due", views.api_due, method="POST")
        self.add("/-/api/instruments/<key>", views.api_instrument)
        self.add("/-/api/openapi.json", views.api_document)
        self.add("/-/clear", views.clear)
        self.add("/-/shared/", views.shared)
        self.add("/-/shared/<path:path>", views.shared)
        self.add("/-/k/<code>", views.follow)
        if settings.site is not None:
            self.add("/", views.page)
            self.add("/<page:name>", views.page)
        self.after.append(_protect)
        watch(self, settings, lambda: service.kept, lambda: service.bundle)


def create_app(
    settings: Settings,
    *,
    store: Store | None = None,
    clock: Clock = utc_now,
    random: codes.Random = secrets.token_bytes,
) -> Collector:
    """The collector as a WSGI application.

    Raises SettingsError, BundleError or StoreTrouble where a part is missing, and BundleError for drafts where the
    settings do not allow them. `clock` gives moments with a time zone.
    """
    bundle = _read_bundle(settings.bundle, settings.drafts)
    keys = settings.keys()
    if settings.site is not None:
        check_site(settings.site, bundle)
    kept = store or opened(settings.store)
    return Collector(settings, Service(settings, bundle, kept, keys, clock, random))


def _read_bundle(folder: Path, drafts: bool) -> Bundle:
    bundle = read_bundle(folder)
    if not drafts:
        check_drafts(bundle)
    return bundle


class Service:
    """What every view needs: the pages, the bundle, the store, the keys, a clock and randomness."""

    def __init__(
        self, settings: Settings, bundle: Bundle, store: Store, keys: Keys, clock: Clock, random: codes.Random
    ) -> None:
        self.site = settings.site and settings.site.resolve()
        """The folder of the pages; None where others serve them."""
        self._head = settings.bundle / HEAD
        self._drafts = settings.drafts
        self._erasures = settings.erasures
        self._bundle = bundle
        self._made = self._when_made()
        self._given, self.kept = store, store
        """The store as it was opened, and as it is used."""
        self._apart: Apart = lambda deed: deed()
        self.store = writing(store, bundle)
        self.keys = keys
        self.clock = clock
        self.random = random

    @property
    def bundle(self) -> Bundle:
        """The bundle as it lies in its folder now: a build under a running server takes the pages along with it, and
        to whom answers are sealed. Whoever takes the store takes it after this."""
        made = self._when_made()
        if made != self._made and made is not None:
            try:
                bundle = _read_bundle(self._head.parent, self._drafts)
                self.store = writing(self.kept, bundle)
                self._bundle, self._made = bundle, made
            except (BundleError, StoreTrouble) as error:
                LOG.error("the new bundle is not used: %s", error)
        return self._bundle

    def serve_by(self, around: Callable[[Store], Store], apart: Apart) -> None:
        """For a server that waits in a way of its own: what goes around the store, and what else does that waits."""
        self.kept, self._apart = around(self._given), apart
        self.store = writing(self.kept, self._bundle)

    def erase(self, receipt: str) -> None:
        """Erases the answers of a receipt, and logs that somebody did, not who."""
        self._apart(lambda: self._erase(receipt))

    def _erase(self, receipt: str) -> None:
        moment = self.clock()
        with erasing.opened_eraser(self.store, self._erasures, keys=self.keys, moment=moment) as eraser:
            erased = eraser.receipt(receipt)
        log = audit.Log(store=self.store, actor=RESPONDENT, random=self.random)
        log.add("erase", "by receipt", moment=moment, details={"questionnaires": erased.questionnaires})

    def _when_made(self) -> int | None:
        try:
            return self._head.stat().st_mtime_ns
        except OSError:
            return None


class _Views:
    """What answers each address."""

    def __init__(self, service: Service) -> None:
        self._service = service

    # --- forms

    def submit(self, request: Request) -> Response:
        service = self._service
        bundle = service.bundle
        fields = _read_form(request)
        outcome = receive(
            fields,
            bundle=bundle,
            store=service.store,
            keys=service.keys,
            moment=service.clock(),
            random=service.random,
        )
        return self._outcome(request, bundle, outcome, fields)

    def language(self, request: Request) -> Response:
        """The form that somebody has begun, in another language."""
        bundle = self._service.bundle
        fields = _read_form(request)
        return self._outcome(request, bundle, in_language(fields, bundle=bundle, random=self._service.random), fields)

    def _outcome(
        self, request: Request, bundle: Bundle, outcome: Accepted | Invalid | Refused, fields: Fields
    ) -> Response:
        """The page that shows what became of a form."""
        match outcome:
            case Accepted():
                return thanks(request, bundle, outcome)
            case Invalid(status=status, form=form, address=at, trouble=trouble):
                _log(request, "answers were not stored", trouble)
                asked = bundle.question_page(at.instrument, at.wave, at.language, at.service)
                return _html(request, status, pages.questionnaire(asked, form))
            case Refused(status=status, language=language, title=title, text=text):
                shared = first(fields, "_channel") == SHARED
                return self._say(request, status, language, title, text, shared=shared)

    # --- codes

    def enter(self, request: Request) -> Response:
        fields = _read_form(request)
        typed, came_in, chosen = (first(fields, name) for name in ("_code", "_language", "_chosen"))
        language = self._service.bundle.language(chosen or came_in)
        shared = first(fields, "_shared") == "1"
        return self._due(request, typed, language, root="../", chosen=bool(chosen), shared=shared)

    def follow(self, request: Request, code: str) -> Response:
        shared = "shared" in request.args
        return self._due(request, code, self._asked_language(request), root="../../", shared=shared)

    def _due(
        self, request: Request, typed: str, language: str, *, root: str, chosen: bool = False, shared: bool = False
    ) -> Response:
        """The questionnaire that is due under a code: as a page, or for the script as the path of the static page.

        `chosen` says that the language was picked from those of the questionnaire, and is not to be judged again;
        `shared` that several people answer on the device.
        """
        service = self._service
        # Once, since a build may put another in its place meanwhile.
        bundle = service.bundle
        library = bundle.library
        page = bundle.page(language, root=root)
        channel = SHARED if shared else pages.BLANK.channel
        today = local_day(bundle, service.clock())
        try:
            found = due(typed, bundle=bundle, store=service.store, keys=service.keys, today=today)
        except (StoreTrouble, UnreadableRecord) as trouble:
            _log(request, "a code could not be looked up", trouble)
            return self._say(request, 503, language, PAUSE, PAUSE_TEXT, root=root, shared=shared)
        if found is None:
            message = pages.CODE_WRONG if typed.strip() else pages.CODE_MISSING
            problem = AnswerProblem("_code", "i-_code", message)
            return _html(request, 422, pages.front(page, Form(code=typed, problems=(problem,), channel=channel)))
        if isinstance(found, NothingOpen):
            text, told = OVER, {"email": library.site.organisation.email}
            if found.opens is not None:
                text, told = OPENS, {"day": format_date(found.opens, language)}
            elif found.done:
                text, told = ALL_DONE, {}
            return self._say(request, 200, language, NOTHING_OPEN, text, root=root, shared=shared, **told)
        instrument, wave = found.instrument, found.wave
        if not chosen or language not in instrument.languages:
            language = language_met(instrument, language, bundle)
        if request.accept_mimetypes.best == "application/json":
            path = pages.questionnaire_path(instrument, wave, language, found.service)
            return Response(json.dumps({"path": path}), mimetype="application/json")
        form = Form(code=codes.normalised(typed) or "", id=codes.new_id(service.random), channel=channel)
        own = found.service if instrument.by_service else None
        asked = bundle.question_page(instrument, wave, language, own, root=root)
        return _html(request, 200, pages.questionnaire(asked, form))

    # --- receipts

    def result(self, request: Request) -> Response:
        """A person's own result again."""
        return self._by_receipt(request, self._result)

    def correct(self, request: Request) -> Response:
        """What a person answered, to be corrected."""
        return self._by_receipt(request, self._correct)

    def erase(self, request: Request) -> Response:
        """Erases what a person answered, after asking once more."""
        return self._by_receipt(request, self._erase)

    def _by_receipt(self, request: Request, answer: Callable[[Request, _ReceiptForm], Response | None]) -> Response:
        """What a receipt asks for, which `answer` does; None from it, or an error on the way, is told here."""
        bundle = self._service.bundle
        fields = _read_form(request)
        form = _ReceiptForm(
            bundle=bundle,
            page=bundle.page(bundle.language(first(fields, "_language"))),
            receipt=first(fields, "_receipt"),
            earlier=first(fields, "_earlier"),
            shared=first(fields, "_shared") == "1",
            sure=first(fields, "_sure") == "1",
        )
        language = form.page.language
        try:
            answered = answer(request, form)
        except SealedRecord:
            email = bundle.library.site.organisation.email
            return self._say(request, 200, language, SEALED, SEALED_TEXT, shared=form.shared, email=email)
        except (StoreTrouble, UnreadableRecord) as trouble:
            _log(request, "a receipt could not be looked up", trouble)
            return self._say(request, 503, language, PAUSE, AGAIN, shared=form.shared)
        if answered is not None:
            return answered
        problem = AnswerProblem("_receipt", "i-_receipt", pages.RECEIPT_WRONG)
        channel = SHARED if form.shared else pages.BLANK.channel
        again = Form(receipt=form.receipt, earlier=form.earlier, problems=(problem,), channel=channel)
        return _html(request, 422, pages.front(form.page, again))

    def _result(self, request: Request, form: _ReceiptForm) -> Response | None:
        found = results.result(form.bundle, self._service.store, self._service.keys, form.receipt, form.earlier)
        if found is None:
            return None
        compared = bool(found.since) or not form.earlier.strip()
        response = _html(request, 200, pages.own_result(form.page, found, compared=compared, shared=form.shared))
        return _cleared(response) if form.shared else response

    def _correct(self, request: Request, form: _ReceiptForm) -> Response | None:
        service = self._service
        try:
            found = correcting.begun(
                form.bundle, service.store, service.keys, form.receipt, shared=form.shared, random=service.random
            )
        except correcting.NoLonger:
            return self._say(request, 410, form.page.language, NOT_FOUND, NO_LONGER, shared=form.shared)
        if found is None:
            return None
        asked = form.bundle.question_page(found.instrument, found.wave, found.language, found.service)
        return _html(request, 200, pages.questionnaire(asked, found.form))

    def _erase(self, request: Request, form: _ReceiptForm) -> Response | None:
        found = results.by_receipt_envelope(self._service.store, self._service.keys, form.receipt)
        if found is None:
            return None
        if not form.sure:
            instrument = form.bundle.library.instruments.get(f"{found.instrument}@{found.version}")
            title = instrument.title if instrument else form.bundle.library.site.title
            asking = pages.to_erase(
                form.page, receipt=form.receipt, title=title, received=found.received, shared=form.shared
            )
            return _html(request, 200, asking)
        try:
            self._service.erase(form.receipt)
        except InviteError:
            # Taken back in another tab, between the two looks.
            return None
        return self._say(request, 200, form.page.language, ERASED, ERASED_TEXT, shared=form.shared)

    # --- programs: nearly nobody is one, and what they are told takes a while to load

    def api_submissions(self, request: Request) -> Response:
        from collector import api

        service = self._service
        sent = bodies.members(_read_body(request, JSON_TYPE))
        reply = api.submit(
            sent,
            bundle=service.bundle,
            store=service.store,
            keys=service.keys,
            moment=service.clock(),
            random=service.random,
        )
        return _json(request, reply)

    def api_due(self, request: Request) -> Response:
        from collector import api

        service = self._service
        sent = bodies.members(_read_body(request, JSON_TYPE))
        reply = api.due(sent, bundle=service.bundle, store=service.store, keys=service.keys, moment=service.clock())
        return _json(request, reply)

    def api_instrument(self, request: Request, key: str) -> Response:
        from collector import api

        return _json(request, api.instrument(key, bundle=self._service.bundle))

    def api_document(self, request: Request) -> Response:
        from collector import api, openapi

        return _json(request, api.Reply(status=200, body=openapi.DOCUMENT))

    # --- pages and files

    def page(self, request: Request, name: str = "index.html") -> Response:
        """A file of the built site."""
        folder = self._service.site
        assert folder is not None
        is_folder = len(name) < 250 and (folder / name).is_dir()
        if name.endswith(".gz") or len(name) >= 250 or (name.endswith("/") and not is_folder):
            raise NotFound
        if is_folder:
            name = f"{name.rstrip('/')}/index.html"
        gzipped = request.accept_encodings["gzip"] > 0 and (folder / f"{name}.gz").is_file()
        file = f"{name}.gz" if gzipped else name
        response = send_from_directory(folder, file, request.environ, mimetype=_mimetype(name))
        if gzipped:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        hashed = name.startswith("assets/") and name.count(".") > 1
        response.headers["Cache-Control"] = CACHE_HASHED if hashed else CACHE_OTHER
        return response

    def shared(self, request: Request, path: str = "index.html") -> Response:
        """A page of the site, for a device that goes from one person to the next: empty, and every link leads to
        another such page."""
        bundle, root = self._service.bundle, "../" * _depth(request)
        language = bundle.language(path.partition("/")[0])
        page = bundle.page(language, root=root)
        if path in ("index.html", language, f"{language}/", pages.front_path(language)):
            return _cleared(_html(request, 200, pages.front(page, Form(channel=SHARED))))
        for name in page.site.notices:
            if path == pages.notice_path(name, language):
                return _html(request, 200, pages.notice(page, name, bundle.notices, shared=True))
        asked = pages.questionnaire_at(bundle.library, path)
        if asked is None:
            raise NotFound
        form = Form(channel=SHARED, id=codes.new_id(self._service.random))
        return _html(request, 200, pages.questionnaire(bundle.question_page(*asked, root=root), form))

    def clear(self, request: Request) -> Response:
        """An empty picture. It comes after its page has, and so clears the page too that was left for it."""
        return _cleared(Response('<svg xmlns="http://www.w3.org/2000/svg"/>', mimetype="image/svg+xml"))

    # --- what stands in place of an answer

    def failed(self, request: Request, error: Exception) -> Response:
        """For whoever asked for what is not there or sent what cannot be read, and where something of ours failed."""
        api = request.path.startswith("/-/api/")
        if isinstance(error, BadBody):
            if api:
                return _api_failed(request, error.status)
            title = NOT_STORED if request.path == "/-/submit" else NOT_READ
            return self._say(request, error.status, self._asked_language(request), title, error.text)
        if not isinstance(error, HTTPException):
            log_by_place(request.view, error)
        status = (error.code if isinstance(error, HTTPException) else None) or 500
        response = _api_failed(request, status) if api else self._error_page(request, status)
        if isinstance(error, MethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
        return response

    def _error_page(self, request: Request, status: int) -> Response:
        shared = request.path.startswith("/-/shared/")
        title, text = (PAUSE, AGAIN) if status >= 500 else (NOT_FOUND, NOT_FOUND_TEXT)
        language, root = self._asked_language(request), "../" * _depth(request)
        return self._say(request, status, language, title, text, root=root, shared=shared)

    def _asked_language(self, request: Request) -> str:
        """The site's language that the browser likes best."""
        bundle = self._service.bundle
        told, wanted = request.headers.get("Accept-Language", ""), None
        # Reading a list without end takes a second of everybody's time.
        if len(told) <= LANGUAGES_LIMIT:
            wanted = request.accept_languages.best_match([*bundle.library.site.languages])
        return bundle.language(wanted or "")

    def _say(
        self, request: Request, status: int, language: str, title: str, text: str,
        *, root: str = "../", shared: bool = False, **values: object,
    ) -> Response:  # fmt: skip
        page = self._service.bundle.page(language, root=root)
        return _html(request, status, pages.message(page, title=title, text=text, shared=shared, **values))


@dataclass(frozen=True, kw_only=True)
class _ReceiptForm:
    """What somebody sent beside a receipt."""

    bundle: Bundle
    page: Page
    receipt: str
    earlier: str
    shared: bool
    sure: bool


# --- HTTP -----------------------------------------------------------------------------------------


def _log(request: Request, what: str, trouble: Exception | None) -> None:
    """What the store said, in its own words; any other fault by its place alone."""
    if isinstance(trouble, StoreTrouble | UnreadableRecord):
        LOG.error("%s: %s", what, trouble)
    elif trouble is not None:
        log_by_place(request.view, trouble)


def thanks(request: Request, bundle: Bundle, accepted: Accepted) -> Response:
    """The acknowledgement of answers."""
    page = pages.thanks(
        bundle.page(accepted.language),
        receipt=accepted.receipt,
        code=accepted.code,
        more=accepted.more,
        result=accepted.result,
        compared=accepted.compared,
        changed=accepted.changed,
        shared=accepted.shared,
    )
    response = _html(request, 409 if accepted.changed else 201, page)
    return _cleared(response) if accepted.shared else response


def _cleared(response: Response) -> Response:
    """On a shared device: pages that the browser keeps as they were left, for Back, would show what was typed."""
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _read_form(request: Request) -> Fields:
    return bodies.fields(_read_body(request, FORM_TYPE))


def _read_body(request: Request, expected: str) -> bytes:
    """The bytes of a body of the type that is expected here. Raises BadBody."""
    if request.mimetype != expected or request.content_encoding:
        raise BadBody(415, MALFORMED)
    try:
        return bodies.read(request.stream, request.content_length)
    except ClientDisconnected:
        raise BadBody(400, CUT_SHORT) from None


def _html(request: Request, status: int, page: str) -> Response:
    """A page, compressed where it is worth it: proxies leave answers like 422 as they are. No page holds both a secret
    and what somebody else could have put into it, since there are no cookies."""
    data = page.encode()
    response = Response(data, status, mimetype="text/html")
    response.vary.add("Accept-Encoding")
    if len(data) >= WORTH_COMPRESSING and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(data, compresslevel=6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _json(request: Request, reply: api.Reply) -> Response:
    if reply.trouble:
        _log(request, "a program was not answered", reply.trouble)
    mimetype = PROBLEM_TYPE if reply.status >= 400 else JSON_TYPE
    return Response(json.dumps(reply.body, ensure_ascii=False), reply.status, mimetype=mimetype)


def _api_failed(request: Request, status: int) -> Response:
    from collector import api

    return _json(request, api.failed(status))


def _mimetype(name: str) -> str | None:
    return MIME_TYPES.get(name.rpartition(".")[2]) or mimetypes.guess_type(name)[0]


def _depth(request: Request) -> int:
    """How many folders below the root the address is that was asked for."""
    # Nothing of ours lies deeper; a long address must not make a long page.
    return min(request.path.count("/") - 1, 5)


def _protect(request: Request, response: Response) -> None:
    headers = response.headers
    headers.update(HEADERS)
    if request.path.startswith("/-/") or response.status_code >= 400 or "Cache-Control" not in headers:
        headers["Cache-Control"] = CACHE_NOTHING
