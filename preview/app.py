"""The preview as a web application: the site's pages at their own paths, and the frame around them at `/`."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

import jinja2
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from build import read_messages
from preview import choosing, sending
from preview.choosing import Choice, choose, of_path, render
from preview.material import Fault, Material, Preview, id_of, quote
from survey import codes, pages
from survey.marking import _
from survey.model import direction
from survey.problems import Problem

OWN = "/-/preview"
"""Where the frame's own addresses begin; no page of a site begins so."""
WAIT = 20.0
"""Seconds for which a browser waits for a change before it asks again."""
HOSTS = ("127.0.0.1", "localhost", "::1")
TEMPLATES = pages.TEMPLATES / "preview"
OWN_FILES = {"preview.css": "text/css", "stored.css": "text/css", "preview.js": "text/javascript"}
FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)

NOT_HERE = _("There is no such page")
NOT_HERE_TEXT = _("Choose a questionnaire in the preview.")
NO_CODES = _("No code works in the preview")
NO_CODES_TEXT = _("The site would open the questionnaire that is due under the code. Choose it in the preview instead.")
CHANGED = _("The questionnaire is no longer the one that was answered")
CHANGED_TEXT = _("Its file has changed meanwhile. Choose the questionnaire again in the preview.")
OTHER_HOST = _("The preview answers on this machine only, at an address like http://127.0.0.1:8100/.")

Today = Callable[[], date]


def create_app(preview: Preview, *, language: str, random: codes.Random, today: Today | None = None) -> Flask:
    """The preview as a WSGI application, in a language of the catalogue `preview`. `today` is for dates that must not
    lie ahead; else it is the day in the site's time zone."""
    app = Flask("preview", static_folder=None)
    view = _View(preview, language, random, today)
    app.add_url_rule("/", "frame", view.frame)
    app.add_url_rule(f"{OWN}/now", "now", view.now)
    app.add_url_rule(f"{OWN}/after/<revision>", "after", view.after)
    app.add_url_rule(f"{OWN}/<any({','.join(map(repr, OWN_FILES))}):name>", "own", view.own_file)
    app.add_url_rule("/-/submit", "submit", view.submit, methods=["POST"])
    app.add_url_rule("/-/language", "language", view.submit, methods=["POST"])
    app.add_url_rule("/-/enter", "enter", lambda: view.message(200, NO_CODES, NO_CODES_TEXT), methods=["POST"])
    app.add_url_rule("/<path:name>", "page", view.page)
    app.before_request(view.refuse_others)
    app.after_request(_protect)
    app.register_error_handler(HTTPException, view.http_error)
    app.register_error_handler(Exception, view.fault)
    return app


class _View:
    """The views, with what they share. Each takes the material once, since it may be replaced meanwhile."""

    def __init__(self, preview: Preview, language: str, random: codes.Random, today: Today | None) -> None:
        self._preview = preview
        self._language = language
        self._random = random
        self._today = today
        self._messages = read_messages(language, catalogue="preview")
        self._problem_words = read_messages(language, catalogue="problems")

    def say(self, message: str, **values: object) -> str:
        return self._messages[message].format(**values)

    def today(self, material: Material) -> date:
        """The day in the site's time zone; where that is not known, the machine's."""
        if self._today is not None:
            return self._today()
        zone = ZoneInfo(material.site.time_zone) if material.site else None
        return datetime.now(zone).date()

    def template(self, name: str, **values: object) -> str:
        shared = {"_": self.say, "language": self._language, "own": OWN, "version": _version()}
        return _environment().get_template(name).render({**shared, **values})

    # --- the frame

    def frame(self) -> Response:
        folder = self._preview.material.folder
        return _html(200, self.template("frame.html.j2", folder=folder.name or str(folder.resolve())))

    def now(self) -> Response:
        """What the frame shows for what was asked, as JSON: pickers, the address of the page, problems."""
        revision, material = self._preview.revision, self._preview.material
        asked: Mapping[str, str] = request.args.to_dict()
        if "path" in asked:
            asked = {**of_path(material, asked["path"]), "state": asked.get("state", "blank")}
        choice = choose(material, asked, self.say, self._language)
        shown = _Shown(material, choice)
        body = {
            "revision": revision,
            "page": choice.path,
            "pickers": {
                name: {"value": picker.value, "options": picker.options} for name, picker in choice.pickers.items()
            },
            "stale": shown.stale,
            "summary": self._summary(shown),
            "panel": self.template("problems.html.j2", shown=shown, words=self._problem_words, fault=material.fault),
            "overview": self.template("overview.html.j2", groups=self._overview(material), chosen=choice.name),
        }
        return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")

    def _summary(self, shown: _Shown) -> str:
        if shown.material.fault:
            return self.say(_("This is a fault in Mittari, not in your files."))
        if shown.errors:
            return self.say(_("Problems to mend: {count}"), count=len(shown.errors))
        return self.say(_("No problems to mend here."))

    def _overview(self, material: Material) -> Mapping[str, list[tuple[str, str, int]]]:
        """Instruments by their service: the query that chooses each, its title, and how many errors its file has."""
        library = material.library
        groups: dict[str, list[tuple[str, str, int]]] = {}
        used = set()
        for service in library.services.services if library else ():
            rows = []
            for key in service.instruments:
                used.add(key)
                rows.append(self._overview_row(material, key, service.id))
            groups[choosing.in_words(service.title, self._language)] = rows
        unused = [key for key in library.instruments if key not in used] if library else []
        if unused:
            groups[self.say(_("In no service"))] = [self._overview_row(material, key, "") for key in unused]
        if material.unshown:
            errors = Counter(id_of(p.place.file) for p in material.problems if p.severity == "error")
            rows = [(urlencode({"instrument": id}), f"{id}.yaml", errors[id]) for id in material.unshown]
            groups[self.say(_("Not shown yet"))] = rows
        return groups

    def _overview_row(self, material: Material, key: str, service: str) -> tuple[str, str, int]:
        assert material.library
        instrument = material.library.instruments[key]
        file = material.file_of(key)
        errors = sum(problem.severity == "error" and problem.place.file == file for problem in material.problems)
        query = {"instrument": instrument.instrument, "version": instrument.version, "service": service}
        return urlencode(query), choosing.in_words(instrument.title, self._language), errors

    def after(self, revision: str) -> Response:
        """The revision as soon as it is another than the browser's."""
        return Response(json.dumps({"revision": self._preview.after(revision, WAIT)}), mimetype="application/json")

    def own_file(self, name: str) -> Response:
        return Response((TEMPLATES / name).read_bytes(), mimetype=OWN_FILES[name])

    # --- the site

    def page(self, name: str) -> Response:
        material = self._preview.material
        if name in material.files:
            return Response(material.files[name], mimetype=_mimetype(name))
        state = request.args.get("state", "blank")
        html = render(material, name, state, self.say, self.today(material))
        if html is None:
            raise NotFound
        return _html(200, html)

    def submit(self) -> Response:
        material = self._preview.material
        fields = dict(request.form.lists())
        id, today = codes.new_id(self._random), self.today(material)
        outcome = sending.sent(material, fields, self.say, id=id, today=today)
        if outcome is None:
            return self.message(400, CHANGED, CHANGED_TEXT)
        html = outcome.page
        if outcome.stored:
            again = [(name, value) for name, values in fields.items() for value in values if name != "_asked"]
            html = _within(
                html,
                head=f'<link rel="stylesheet" href="{OWN}/stored.css">\n',
                first=self.template("notice.html.j2"),
                last=self.template("stored.html.j2", stored=outcome.stored, again=again, direction=direction),
            )
        return _html(outcome.status, html)

    # --- what else may happen

    def message(self, status: int, title: str, text: str) -> Response:
        return _html(status, self.template("message.html.j2", title=self.say(title), text=self.say(text)))

    def refuse_others(self) -> Response | None:
        """Another host's name in the address would let a page from there read what is shown here."""
        try:
            host = urlsplit(f"//{request.headers.get('Host', '')}").hostname
        except ValueError:
            host = None
        return None if host in HOSTS else Response(self.say(OTHER_HOST) + "\n", 403, mimetype="text/plain")

    def http_error(self, error: HTTPException) -> Response:
        return self.message(error.code or 500, NOT_HERE, NOT_HERE_TEXT)

    def fault(self, error: Exception) -> Response:
        """A plain page for an error of ours, and never a stack trace."""
        fault = Fault.of(error)
        if request.path == f"{OWN}/now":
            panel = self.template("fault.html.j2", fault=fault)
            body = {"revision": self._preview.revision, "page": "", "pickers": {}, "stale": False, "overview": ""}
            body |= {"panel": panel, "summary": self.say(_("This is a fault in Mittari, not in your files."))}
            return Response(json.dumps(body, ensure_ascii=False), mimetype="application/json")
        return _html(500, self.template("message.html.j2", title="", text="", fault=fault))


class _Shown:
    """The problems as they concern a choice: those of its own files and of what all share, and those elsewhere."""

    def __init__(self, material: Material, choice: Choice) -> None:
        self.material = material
        self.choice = choice
        own = self._own_files()
        elsewhere = {file for file in material.present if file not in own and not material.is_shared(file)}
        here = [problem for problem in material.problems if problem.place.file not in elsewhere]
        self.errors = [problem for problem in here if problem.severity == "error"]
        self.warnings = [problem for problem in here if problem.severity == "warning"]
        others = [problem for problem in material.problems if problem.place.file in elsewhere]
        self.elsewhere = sorted(others, key=lambda problem: problem.severity)
        self.stale = bool(choice.place) and any(file in own or material.is_shared(file) for file in material.stale)

    def _own_files(self) -> set[str]:
        name, material = self.choice.name, self.material
        files = {file for file, instrument in material.instruments.items() if instrument.instrument == name}
        files |= {file for file in material.present if id_of(file) == name}
        return files.union(*(material.bases.get(file, frozenset()) for file in files))

    def name(self, problem: Problem) -> str:
        """The file of a problem, as its author knows it."""
        return self.material.name(problem.place.file)

    quote = staticmethod(quote)

    @property
    def service_missing(self) -> bool:
        """Whether words of the questionnaire name a service, and there is none."""
        place = self.choice.place
        return bool(place and place.service is None and place.instrument.by_service)


# --- parts ----------------------------------------------------------------------------------------


def _html(status: int, page: str) -> Response:
    return Response(page, status, mimetype="text/html")


def _within(html: str, *, head: str, first: str, last: str) -> str:
    """A page of the site with something of ours in its head, and at the beginning and the end of its main part."""
    html = html.replace("</head>", f"{head}</head>", 1)
    html = re.sub(r"(<main[^>]*>\n?)", lambda main: main[1] + first, html, count=1)
    return html.replace("</main>", f"{last}</main>", 1)


def _mimetype(name: str) -> str:
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "png": "image/png"}
    kinds |= {"jpg": "image/jpeg", "webp": "image/webp"}
    return kinds[name.rpartition(".")[2]]


def _protect(response: Response) -> Response:
    framed = request.path == "/" or request.path.startswith(f"{OWN}/")
    response.headers["Content-Security-Policy"] = FRAME_POLICY if framed else PAGE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def _version() -> str:
    try:
        return importlib.metadata.version("mittari")
    except importlib.metadata.PackageNotFoundError:
        return "?"


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
