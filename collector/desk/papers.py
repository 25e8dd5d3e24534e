"""The papers that let an area start: which there are, each to read, and as files to write on in and to print."""

from __future__ import annotations

from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from collector.desk.visit import Place, Visit
from collector.desk.works import Paper
from survey.marking import _
from survey.phrases import said

TITLE = _("Papers")
FOR_COACHES = "coaches"
"""What a provider's coach may read, of all the papers."""
NOT_FOR_YOU = _("This paper is for the area's own staff")
NOT_FOR_YOU_TEXT = _("You can read the instructions for coaches.")
FORM_NAMES = {
    "docx": _("For Word, to write in (.docx)"),
    "html": _("A page to print (.html)"),
    "md": _("Plain text (.md)"),
}


def papers(visit: Visit) -> Response:
    """Which papers there are, in the order in which they are needed."""
    every = visit.desk.works.documents.listed()
    return visit.page(
        "papers.html.j2",
        title=visit.say(TITLE),
        papers=[paper for paper in every if _may_read(visit, paper.name)],
        languages=_languages(visit),
        coach_alone=not _may_read(visit, ""),
    )


def paper(visit: Visit, name: str) -> Response:
    """A paper to read, as it is filled now."""
    found = _found(visit, name)
    if isinstance(found, Response):
        return found
    language = _language(visit)
    documents = visit.desk.works.documents
    shown = documents.filled(name, language, published=visit.bundle.library, made=visit.today)
    visit.log("paper", name, language=language)
    return visit.page(
        "papers-one.html.j2",
        title=shown.title,
        paper=found,
        document_language=language,
        body=Markup(shown.body),
        boxes=shown.boxes,
        coach_alone=not _may_read(visit, ""),
        published=shown.published,
        languages=_languages(visit),
        forms=[(form, visit.say(FORM_NAMES[form])) for form in documents.forms],
    )


def file(visit: Visit, name: str, form: str) -> Response:
    """A paper as a file."""
    found = _found(visit, name)
    if isinstance(found, Response):
        return found
    documents = visit.desk.works.documents
    if form not in documents.forms:
        raise NotFound
    language = _language(visit)
    made = documents.file(name, language, form, published=visit.bundle.library, made=visit.today)
    visit.log("paper", name, language=language, form=form)
    return visit.file(made)


def _found(visit: Visit, name: str) -> Paper | Response:
    """The paper of a name, for whoever may read it. Raises NotFound."""
    found = next((one for one in visit.desk.works.documents.listed() if one.name == name), None)
    if found is None:
        raise NotFound
    if not _may_read(visit, name):
        return visit.message(403, said(NOT_FOR_YOU), said(NOT_FOR_YOU_TEXT), back="papers")
    return found


def _may_read(visit: Visit, name: str) -> bool:
    return bool(visit.person.roles & {"planner", "officer"}) or name == FOR_COACHES


def _language(visit: Visit) -> str:
    """The language of the paper: what was asked for, else that of the page where there is one."""
    known = visit.desk.works.documents.languages
    asked = visit.asked.get("language", visit.language)
    return asked if asked in known else known[0]


def _languages(visit: Visit) -> list[tuple[str, str]]:
    """The languages of papers, each with how much of a paper is in it."""
    names = {"fi": _("Whole, in Finnish"), "sv": _("Summary in Swedish")}
    return [(tag, visit.say(names[tag])) for tag in visit.desk.works.documents.languages]


PLACES = (
    Place(path="papers", view=papers, area="papers"),
    Place(path="papers/<name>", view=paper, area="papers"),
    Place(path="papers/<name>/<form>", view=file, area="papers"),
)
