"""The log of what staff did, newest first."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector import audit
from collector.audit import Entry
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from survey.locales import format_date, format_time
from survey.marking import _

SHOWN = 200
TITLE = _("Log")


def log(visit: Visit) -> Response:
    """What was done, by whom and on what; of a person, an action or a text alone where these are asked for."""
    every = list(audit.entries(visit.store))
    typed = Typed({name: [value] for name, value in visit.asked.items()})
    actor, action, about = (typed.text(name) for name in ("actor", "action", "about"))
    found = [
        one
        for one in reversed(every)
        if actor in ("", one.actor) and action in ("", one.action) and about.lower() in one.about.lower()
    ]
    return visit.page(
        "log.html.j2",
        title=visit.say(TITLE),
        form=typed,
        rows=[_row(visit, one) for one in found[:SHOWN]],
        count=len(found),
        shown=min(SHOWN, len(found)),
        actors=sorted({one.actor for one in every}),
        actions=[name for name, _count in Counter(one.action for one in every).most_common()],
    )


def _row(visit: Visit, entry: Entry) -> tuple[str, ...]:
    moment = datetime.fromisoformat(entry.at).astimezone(ZoneInfo(visit.bundle.library.site.time_zone))
    when = f"{format_date(moment.date(), visit.language)} {format_time(moment.time(), visit.language)}"
    details = ", ".join(f"{name}: {value}" for name, value in entry.details.items())
    return when, entry.actor, entry.action, entry.about, details


PLACES = (Place(path="log", view=log, area="log"),)
