"""The first measurement, in six steps: what to do, and which of it is done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from werkzeug.wrappers import Response

from collector import audit
from collector.desk.visit import Place, Visit
from survey.frozen import dataclass
from survey.marking import _

TITLE = _("The first measurement in six steps")
AGREED = _("Agree what is measured, and put the papers in order")
LOOKED = _("See that services, dates and questionnaires are right")
INVITED = _("Bring the people of a group in")
PRINTED = _("Print the slips and hand them out")
FOLLOWED = _("Follow the answers, and tell who has left")
READ = _("Make the report and read it together")
LOGGED = {"paper", "slips", "remind", "exit", "make report"}
"""Actions by which steps are known to be done."""
EXAMPLE = "(esimerkki)"
"""What the shipped files say of every organisation in them."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step: its name, whether it is done, and what is seen of it."""

    id: str
    title: str
    done: bool


def first(visit: Visit) -> Response:
    """The six steps, as far as they are done."""
    steps = list(_steps(visit))
    now = next((step.id for step in steps if not step.done), "")
    return visit.page(
        "first.html.j2",
        title=visit.say(TITLE),
        steps=steps,
        now=now,
        example=_is_example(visit),
        drafts=len(visit.bundle.library.drafts),
        group=_next_group(visit),
    )


def _steps(visit: Visit) -> Iterator[Step]:
    store = visit.store
    done: set[str] = set()
    for entry in audit.newest(store):
        done.add(entry.action)
        if done >= LOGGED:
            break
    invited = next(store.scan("participation/"), None) is not None
    answered = next(store.scan("submission/"), None) is not None
    named = not _is_example(visit)
    found = {
        "agreed": (AGREED, "paper" in done),
        "looked": (LOOKED, named and not visit.bundle.library.drafts),
        "invited": (INVITED, invited),
        "printed": (PRINTED, invited and ("slips" in done or answered)),
        "followed": (FOLLOWED, answered and bool(done & {"remind", "exit"})),
        "read": (READ, "make report" in done),
    }
    for id, (title, ready) in found.items():
        yield Step(id=id, title=visit.say(title), done=ready)


def _is_example(visit: Visit) -> bool:
    """Whether site.yaml is still the one that comes with Mittari."""
    return EXAMPLE in visit.bundle.library.site.organisation.name.get("fi", "")


def _next_group(visit: Visit) -> tuple[str, str, date] | None:
    """The group that begins next, or that began last: service, group and its start."""
    groups = [
        (service.id, group.id, date.fromisoformat(group.start))
        for service in visit.bundle.library.services.services
        for group in service.groups
    ]
    return min(groups, key=lambda one: (abs((one[2] - visit.today).days), one), default=None)


PLACES = (Place(path="first", view=first, area="first"),)
