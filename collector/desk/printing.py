"""Printing what answers are written on by hand: paper forms, and scripts to interview by."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping

from werkzeug.wrappers import Response

from collector.desk import sheets
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from survey.marking import _
from survey.model import Instrument, Service, is_open
from survey.phrases import said

TITLE = _("Print papers")
KINDS: Mapping[str, tuple[str, str]] = {
    "paper": (_("A paper form"), _("The person fills it in.")),
    "interview": (
        _("An interview script"),
        _("What is read aloud, and cards to show. For whoever asks the questions."),
    ),
}
NO_PAPER = _("There is no paper of this questionnaire in this language. Choose another language.")


def services(visit: Visit) -> list[tuple[str, str]]:
    """The services whose clients answer with a code, by id and title."""
    return [
        (service.id, visit.text(service.title))
        for service in visit.bundle.library.services.services
        if any(_printed(visit, service))
    ]


def _printed(visit: Visit, service: Service) -> Iterator[tuple[str, Instrument, str]]:
    """What can be printed of a service and keyed in: each by its name in addresses, with its instrument and wave."""
    for wave in visit.bundle.library.site.waves:
        for key in service.instruments:
            one = visit.bundle.library.instruments[key]
            if wave in one.waves and one.respondent == "client" and not is_open(service, one):
                yield f"{key}/{wave}", one, wave


def papers(visit: Visit) -> Response:
    """What of a service is printed."""
    service = _service(visit)
    if service is None:
        return visit.go("keying")
    return _choice(visit, service, Typed({name: [value] for name, value in visit.asked.items()}))


def _service(visit: Visit) -> Service | None:
    known = {service.id: service for service in visit.bundle.library.services.services}
    return known.get(visit.asked.get("service", ""))


def _choice(visit: Visit, service: Service, form: Typed) -> Response:
    found = list(_printed(visit, service))
    tags = dict.fromkeys(tag for _what, one, _wave in found for tag in sheets.languages(visit, one))
    return visit.page(
        "keying-papers.html.j2",
        title=visit.say(TITLE),
        status=200 if form.ok else 422,
        form=form,
        service=service,
        service_title=visit.text(service.title),
        whats=[(what, f"{visit.text(one.title)} – {visit.wave_title(wave)}", "") for what, one, wave in found],
        languages=[(tag, sheets.language_name(visit, tag)) for tag in tags],
        kinds=[(id, visit.say(name), visit.say(help)) for id, (name, help) in KINDS.items()],
    )


def paper(visit: Visit) -> Response:
    """The paper itself, as a page of its own that the browser prints."""
    service = _service(visit)
    if service is None:
        return visit.go("keying")
    form = Typed({name: [value] for name, value in visit.asked.items()})
    found = {what: (one, wave) for what, one, wave in _printed(visit, service)}
    what, kind = form.choice("what", found), form.choice("kind", KINDS)
    html = None
    if form.ok:
        one, wave = found[what]
        language = form.choice("language", sheets.languages(visit, one))
        shelf = visit.desk.works.shelf
        make = shelf.paper_form if kind == "paper" else shelf.interview_script
        large = form.value("large") == "1"
        html = make(one.key, wave=wave, language=language, service=service.id, large=large) if language else None
    if html is None:
        form.wrong("language", said(NO_PAPER))
        return _choice(visit, service, form)
    return _of_its_own(html)


def _of_its_own(html: str) -> Response:
    """A page that brings its style along: the browser is told to heed that very style, and nothing else."""
    styles = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digests = (base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in styles)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    response = Response(html, mimetype="text/html")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {allowed}; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    return response


PLACES = (
    Place(path="keying/papers", view=papers, area="keying"),
    Place(path="keying/paper", view=paper, area="keying"),
)
