"""Reports: making them, reading them, giving them to the providers. A coach sees the page of their own provider alone,
once a planner has given it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from werkzeug.wrappers import Response

from collector.bundle import Bundle
from collector.desk import exports, reports
from collector.desk.jobs import Progress
from collector.desk.reports import FIGURES, HEAD, PAGES, Mark, Report, unchecked
from collector.desk.typed import Typed
from collector.desk.visit import LANGUAGES, Desk, Done, Place, Visit
from collector.desk.works import File, PageMade, Reader, ReportAsked
from survey.folders import replacing
from survey.frozen import dataclass
from survey.marking import _
from survey.phrases import Phrase, said
from survey.records import timestamp

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A report is one file with its style inside. Nothing else of it is let in, and no script at all."""

TITLE = _("Results")
NEW_TITLE = _("Make a report")
REPORT_TITLE = _("Report of {when}")
GONE = _("There is no such report")
GONE_TEXT = _("It was deleted, was never made, or is not for you. Look in the list of reports what there is.")
NOT_FOR_YOU = _("This is not for your role")
OF_STAFF = _("Reports are made by planners and analysts of the area.")
OF_PLANNERS = _("Only a planner of the area gives out or deletes reports.")
BEING_MADE = _("Making a report")
MADE = _("The report is ready.")
AHEAD = _("This day is still to come. Choose one that has been, or leave it empty.")
NO_READER = _("Choose at least one sort of page.")
NO_PAGES = _("It has no pages for providers")
NO_PAGES_TEXT = _("Make a report with providers’ pages, and give that.")
GIVEN = _("The report was given to the providers. Each coach sees the page of their own provider.")
TAKEN = _("The report was taken back. Coaches no longer see it.")
SENT = _("It is written down that the report was given out elsewhere.")
UNSENT = _("It is no longer counted as given out elsewhere.")
SURE = _("Tick this if you are sure.")
KNOWN = _("Others know this report")
KNOWN_TEXT = _(
    "It was given out, so later reports must be checked beside its figures, and it stays here. Take it back first, if "
    "it was given by mistake and no coach has opened it."
)
REMOVED = _("The report was deleted.")
NOT_TO_GIVE = _("This report cannot be given out")
OWN_USE = _(
    "It was made for the area’s own use, and was not checked beside the reports that have been given out. Make another "
    "one to be given out, and do not give this one to anybody."
)
AGAIN = _(
    "Make it again: since it was made another report has been given out that it was not checked beside. From the two "
    "together one could see what some few people have answered. Do not give this one to anybody."
)

USES = (
    ("given", _("To be given out"), _("It is checked beside the reports that were given out earlier.")),
    (
        "own",
        _("For the area’s own use"),
        _("It is not checked beside earlier reports, so it can always be made, and can never be given out."),
    ),
)
"""What a report is for."""
MARKING = threading.Lock()
"""Held while it is seen who knows which report and a mark is set: two reports given at once would each find that the
other is not given yet."""

READERS: tuple[tuple[Reader, str, str], ...] = (
    ("analyst", _("Analysts’ page"), _("Everything: figures by service, how sure they are, methods.")),
    ("manager", _("Managers’ page"), _("The main findings in short.")),
    ("buyer", _("Contracts’ pages"), _("A page for each contract beside all services.")),
    ("provider", _("Providers’ pages"), _("A page for each provider beside all services. It names no other provider.")),
    ("clients", _("Clients’ page"), _("What they said, in plain words, to show or print for them.")),
)
"""The sorts of pages, with what they are."""
NAMES: dict[Reader, str] = {
    "analyst": _("Analysts’ page"),
    "manager": _("Managers’ page"),
    "clients": _("Clients’ page"),
    "buyer": _("Contract {name}"),
    "provider": _("Provider {name}"),
}
LANGUAGE_NAMES = {"fi": _("in Finnish"), "sv": _("in Swedish"), "en": _("in English")}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page in a list: its name in words, and where it is opened and saved. `of_unit` is that of one contract or
    provider."""

    name: str
    open: str
    save: str
    of_unit: bool


# --- the list ---------------------------------------------------------------------------------------------------------


def results(visit: Visit) -> Response:
    """The reports that this person may see anything of, newest first."""
    found = [one for one in reports.reports_in(visit.desk.works.reports.folder) if one.pages_for(visit.person)]
    return visit.page(
        "results.html.j2",
        title=visit.say(TITLE),
        rows=[(one, exports.when(visit, one.made), _languages(visit, one), _listed(visit, one)) for one in found],
        makes=_makes(visit),
        under_way=[job for job in visit.desk.jobs.under_way(visit.person.login) if job.title == said(BEING_MADE)],
        answered=exports.is_answered(visit.store),
    )


def _languages(visit: Visit, report: Report) -> str:
    return visit.say(LANGUAGE_NAMES[report.language])


def _listed(visit: Visit, report: Report) -> list[Listed]:
    return [
        Listed(
            name=_page_name(visit, page),
            open=visit.to(f"results/{report.id}/{page.name}"),
            save=visit.to(f"results/{report.id}/save/{page.name}"),
            of_unit=bool(page.unit),
        )
        for page in report.pages_for(visit.person)
    ]


def _page_name(visit: Visit, page: PageMade) -> str:
    return visit.say(NAMES[page.reader], name=_unit_name(visit, page))


def _unit_name(visit: Visit, page: PageMade) -> str:
    """The name of a provider, or its id where it is listed no more; a contract is known by its id."""
    providers = visit.bundle.library.services.providers
    is_known = page.reader == "provider" and page.unit in providers
    return providers[page.unit].name if is_known else page.unit


def _makes(visit: Visit) -> bool:
    """Whether this person makes reports: the area's planners and analysts."""
    return bool(visit.person.roles & {"planner", "analyst"})


# --- making one -------------------------------------------------------------------------------------------------------


def new(visit: Visit) -> Response:
    """The form for a new report, with every sort of page chosen."""
    if not _makes(visit):
        return visit.message(403, said(NOT_FOR_YOU), said(OF_STAFF), back="results")
    chosen = {f"for_{reader}": ["1"] for reader, _name, _help in READERS}
    return _form(visit, Typed({"language": [visit.language], "use": ["given"], **chosen}))


def _form(visit: Visit, typed: Typed) -> Response:
    told = [one for one in reports.reports_in(visit.desk.works.reports.folder) if one.told]
    return visit.page(
        "results-new.html.j2",
        title=visit.say(NEW_TITLE),
        status=200 if typed.ok else 422,
        form=typed,
        languages=[(one, {"fi": "suomi", "sv": "svenska", "en": "English"}[one], "") for one in LANGUAGES],
        readers=[(f"for_{reader}", visit.say(name), visit.say(help)) for reader, name, help in READERS],
        uses=[(use, visit.say(name), visit.say(help)) for use, name, help in USES],
        told=len(told),
        answered=exports.is_answered(visit.store),
    )


def make(visit: Visit) -> Response:
    """Lines up the making of a report."""
    if not _makes(visit):
        return visit.message(403, said(NOT_FOR_YOU), said(OF_STAFF), back="results")
    typed = visit.typed
    language = typed.choice("language", LANGUAGES)
    own = typed.choice("use", [use for use, _name, _help in USES], needed=False) == "own"
    since = typed.day("since")
    if since is not None and since > visit.today:
        typed.wrong("since", said(AHEAD))
    readers = tuple(reader for reader, _name, _help in READERS if typed.value(f"for_{reader}"))
    if not readers:
        typed.wrong(f"for_{READERS[0][0]}", said(NO_READER))
    if not typed.ok:
        return _form(visit, typed)
    asked = ReportAsked(language=language, since=since, readers=readers, earlier=())
    visit.log(
        "make report", language=language, since=str(since or ""), pages=" ".join(readers), use="own" if own else "given"
    )
    work = partial(_make, visit.desk, visit.person.login, visit.bundle, asked, own)
    job = visit.desk.jobs.begin(visit.person.login, said(BEING_MADE), work, back="results/new")
    return visit.go(f"under-way/{job.id}")


def _make(desk: Desk, login: str, bundle: Bundle, asked: ReportAsked, own: bool, tell: Progress) -> str:
    """Makes a report, whole or not at all; the path of its page."""
    works, moment = desk.works.reports, desk.clock()
    folder = reports.new_folder(works.folder, "reports", moment)
    told = [] if own else [one for one in reversed(reports.reports_in(works.folder)) if one.told]
    earlier = tuple(one.figures for one in told)
    asked = ReportAsked(language=asked.language, since=asked.since, readers=asked.readers, earlier=earlier)
    with replacing(folder, mark=HEAD, mode=0o700) as new:
        made = works.report(asked, new / PAGES, bundle=bundle, moment=moment, tell=tell)
        reports.write_head(
            new,
            {
                "made": timestamp(moment),
                "by": login,
                "language": asked.language,
                "since": str(asked.since) if asked.since else None,
                "submissions": made.submissions,
                "in_depth": made.in_depth,
                "own": own,
                "beside": [one.id for one in told],
                "pages": [{"name": page.name, "reader": page.reader, "unit": page.unit} for page in made.pages],
            },
        )
    return f"results/{folder.name}?done={desk.memory.put(login, Done(said(MADE)))}"


# --- one report -------------------------------------------------------------------------------------------------------


def _found(visit: Visit, id: str) -> Report | None:
    """A report that this person may see something of."""
    every = reports.reports_in(visit.desk.works.reports.folder)
    return next((one for one in every if one.id == id and one.pages_for(visit.person)), None)


def _gone(visit: Visit) -> Response:
    return visit.message(404, said(GONE), said(GONE_TEXT), back="results")


def report(visit: Visit, id: str) -> Response:
    """What a report is of, its pages, and what becomes of it."""
    found = _found(visit, id)
    return _gone(visit) if found is None else _shown(visit, found, Typed())


def _shown(visit: Visit, found: Report, typed: Typed) -> Response:
    providers = [_unit_name(visit, page) for page in found.pages if page.reader == "provider"]
    return visit.page(
        "results-report.html.j2",
        title=visit.say(REPORT_TITLE, when=exports.when(visit, found.made)),
        status=200 if typed.ok else 422,
        form=typed,
        report=found,
        language_name=_languages(visit, found),
        pages=_listed(visit, found),
        figures="analyst" in visit.person.roles,
        gives=visit.person.of_area,
        makes=_makes(visit),
        providers=providers,
        barred=_barred(visit, found),
    )


def _barred(visit: Visit, report: Report) -> Phrase | None:
    """Why a report cannot be given out now."""
    if report.own:
        return said(OWN_USE)
    others = reports.reports_in(visit.desk.works.reports.folder)
    return said(AGAIN) if unchecked(report, others) else None


def open_page(visit: Visit, id: str, page: str) -> Response:
    """A page of a report, as it is."""
    found = _found(visit, id)
    wanted = _wanted(visit, found, page)
    if _is_ahead(visit):
        return Response(status=204)
    if found is None or wanted is None or not _seen(visit, found):
        return _gone(visit)
    visit.log("open report", f"{found.id}/{wanted.name}")
    response = Response(found.content(wanted), mimetype="text/html")
    response.headers["Content-Security-Policy"] = REPORT_POLICY
    return response


def _wanted(visit: Visit, report: Report | None, name: str) -> PageMade | None:
    """A page by its name, of those that this person may open: no other name leads to a file."""
    pages: Sequence[PageMade] = report.pages_for(visit.person) if report else ()
    return next((page for page in pages if page.name == name), None)


def _seen(visit: Visit, report: Report) -> bool:
    """Notes that from now on a provider knows the report; whether they may still see it."""
    with MARKING:
        may = bool(report.pages_for(visit.person))
        if may and not _makes(visit):
            report.mark("seen")
    return may


def _is_ahead(visit: Visit) -> bool:
    """Whether a browser asks for a page before anybody wants to see it."""
    headers = visit.request.headers
    return any("prefetch" in headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose"))


def save_page(visit: Visit, id: str, page: str) -> Response:
    """A page of a report as a file; for analysts also its figures."""
    if _is_ahead(visit):
        return Response(status=204)
    found = _found(visit, id)
    wanted = _wanted(visit, found, page)
    if found is not None and wanted is not None:
        name, mimetype, content = _file_name(found, wanted), "text/html", found.content(wanted)
    elif found is not None and page == FIGURES and "analyst" in visit.person.roles:
        name, mimetype, content = f"{found.id}-{FIGURES}", "application/json", found.figures.read_bytes()
    else:
        return _gone(visit)
    if not _seen(visit, found):
        return _gone(visit)
    visit.log("download report", f"{found.id}/{page}")
    return visit.file(File(name=name, mimetype=mimetype, content=content))


def _file_name(report: Report, page: PageMade) -> str:
    """A name that says what a file is, also beside those of other days."""
    name = f"{page.reader}.html" if page.name == "index.html" else page.name
    return f"{report.made:%Y-%m-%d}-{report.language}-{name}"


def save_all(visit: Visit, id: str) -> Response:
    """All that this person may see of a report, as one ZIP file."""
    if _is_ahead(visit):
        return Response(status=204)
    found = _found(visit, id)
    if found is None or not _seen(visit, found):
        return _gone(visit)
    files = [(page.name, found.folder / PAGES / page.name) for page in found.pages_for(visit.person)]
    if "analyst" in visit.person.roles:
        files.append((FIGURES, found.figures))
    visit.log("download report", found.id, files=len(files))
    name = f"{found.made:%Y-%m-%d}-{found.language}.zip"
    return visit.file(File(name=name, mimetype="application/zip", content=reports.packed(files)))


# --- what becomes of it -----------------------------------------------------------------------------------------------


def _planned(visit: Visit, id: str) -> Report | Response:
    """A report for a planner to decide on; else the answer to give."""
    if not visit.person.of_area:
        return visit.message(403, said(NOT_FOR_YOU), said(OF_PLANNERS), back="results")
    return _found(visit, id) or _gone(visit)


def give(visit: Visit, id: str) -> Response:
    """Gives a report to the providers: each coach sees the page of their own."""
    found = _planned(visit, id)
    if isinstance(found, Response):
        return found
    if not any(page.reader == "provider" for page in found.pages):
        return visit.message(422, said(NO_PAGES), said(NO_PAGES_TEXT), back=f"results/{id}")
    return _marked(visit, found, "given", True, said(GIVEN))


def take_back(visit: Visit, id: str) -> Response:
    """Takes a report back from the providers."""
    found = _planned(visit, id)
    return found if isinstance(found, Response) else _marked(visit, found, "given", False, said(TAKEN))


def sent(visit: Visit, id: str) -> Response:
    """Keeps in mind that somebody has a report from elsewhere than the desk: also where it should not have been given
    out, since later ones must then be checked beside it all the same."""
    found = _planned(visit, id)
    return found if isinstance(found, Response) else _marked(visit, found, "sent", True, said(SENT))


def unsent(visit: Visit, id: str) -> Response:
    """Forgets it, where it was said by mistake."""
    found = _planned(visit, id)
    return found if isinstance(found, Response) else _marked(visit, found, "sent", False, said(UNSENT))


ACTIONS: dict[tuple[Mark, bool], str] = {
    ("given", True): "give report",
    ("given", False): "take report back",
    ("sent", True): "report sent",
    ("sent", False): "report not sent",
}


def _marked(visit: Visit, report: Report, mark: Mark, to: bool, told: Phrase) -> Response:
    with MARKING:
        barred = _barred(visit, report) if to and mark == "given" else None
        if barred is not None:
            return visit.message(409, said(NOT_TO_GIVE), barred, back=f"results/{report.id}")
        # In the log first: nobody sees a report of whose giving nothing is written.
        visit.log(ACTIONS[mark, to], report.id)
        if to:
            report.mark(mark)
        else:
            report.unmark(mark)
    return visit.go(f"results/{report.id}", told)


def remove(visit: Visit, id: str) -> Response:
    """Deletes a report that nobody else knows."""
    found = _planned(visit, id)
    if isinstance(found, Response):
        return found
    typed = visit.typed
    if not found.told and not typed.value("sure"):
        typed.wrong("sure", said(SURE))
        return _shown(visit, found, typed)
    with MARKING:
        if found.told:
            return visit.message(409, said(KNOWN), said(KNOWN_TEXT), back=f"results/{id}")
        visit.log("delete report", found.id)
        reports.discard(found.folder)
    return visit.go("results", said(REMOVED))


PLACES = (
    Place(path="results", view=results, area="reports"),
    Place(path="results/new", view=new, area="reports"),
    Place(path="results/new", view=make, area="reports", method="POST"),
    *exports.PLACES,
    Place(path="results/<id>", view=report, area="reports"),
    Place(path="results/<id>/save", view=save_all, area="reports"),
    Place(path="results/<id>/<page>", view=open_page, area="reports"),
    Place(path="results/<id>/save/<page>", view=save_page, area="reports"),
    Place(path="results/<id>/give", view=give, area="reports", method="POST"),
    Place(path="results/<id>/take-back", view=take_back, area="reports", method="POST"),
    Place(path="results/<id>/sent", view=sent, area="reports", method="POST"),
    Place(path="results/<id>/not-sent", view=unsent, area="reports", method="POST"),
    Place(path="results/<id>/remove", view=remove, area="reports", method="POST"),
)
