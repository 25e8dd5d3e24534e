"""Work under way: how far it is, and where it led."""

from __future__ import annotations

from werkzeug.wrappers import Response

from collector.desk.visit import Place, Visit
from survey.marking import _
from survey.phrases import said

GONE = _("This work is no longer known")
GONE_TEXT = _(
    "The desk was begun anew, or it is long past. Look whether what you asked for is there; else ask once more."
)


def work(visit: Visit, id: str) -> Response:
    """How far a piece of work is; when it is done, the page that it led to."""
    job = visit.desk.jobs.get(visit.person.login, id)
    if job is None:
        return visit.message(404, said(GONE), said(GONE_TEXT))
    if job.state == "done":
        return visit.go(job.path)
    return visit.page("work.html.j2", title=visit.phrase(job.title), job=job)


PLACES = (Place(path="under-way/<id>", view=work, area="today"),)
