"""What has been kept as long as site.yaml says: what there is of it, and removing it.

Looking reads every answer, and is done at once where there are few. Removing stores each step before the next, which
takes its time with many, so it is always work of its own. Broken off, it has lost nothing: what is left is found again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector import purging
from collector.desk.jobs import Progress
from collector.desk.looking import apart, is_quick
from collector.desk.participations import TICK
from collector.desk.typed import Typed
from collector.desk.visit import Done, Place, Visit
from collector.purging import KINDS, Kind, Overdue
from survey.frozen import dataclass
from survey.locales import format_time
from survey.marking import _
from survey.phrases import Phrase, said

AT_ONCE = 3_000
"""Submissions that are gone through while somebody waits for the page; more are for work of its own."""
LISTS = 3
"""Looks that are kept in mind for a person."""
TITLE = _("What is kept too long")
LOOKING, REMOVING = _("Looking for what is kept too long"), _("Removing what is kept too long")
GOING_THROUGH = _("Answers to go through: {count}.")
"""Told meanwhile."""
REMOVED_OF = _("Removed: {done} of {of}.")
OLD_LOOK = _("This page is older than an hour. Here is how it stands now: look and send once more.")
REMOVED = _("Removed for good: {count}. Reports and tables that were made stay.")
NOTHING = _("Nothing of what you saw had to be removed any more.")
KIND_NAMES: Mapping[Kind, str] = {
    "codes": _("Codes of slips"),
    "words": _("Answers in own words"),
    "answers": _("Other answers"),
    "participations": _("Participations"),
    "replies": _("Replies to alarms"),
    "log": _("Entries of the log"),
}
MONTH, MONTHS = _("1 month"), _("{count} months")
AFTER_CLOSED = _("{time} after the last questionnaire has closed")
AFTER_CAME = _("{time} after they came")
WITHOUT_ANSWERS = _("until the code and all answers are gone")
OWN_TIME = _("{questionnaire}: {time}")


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What was found at a moment."""

    found: tuple[Overdue, ...]
    moment: datetime


# --- looking --------------------------------------------------------------------------------------


def at_once(visit: Visit) -> tuple[Overdue, ...] | None:
    """What is kept too long today; None where looking takes a while."""
    return _found(visit) if is_quick(visit.store, AT_ONCE) else None


def _found(visit: Visit, keys: Sequence[str] | None = None) -> tuple[Overdue, ...]:
    keys = list(visit.store.scan("submission/")) if keys is None else keys
    return tuple(purging.overdue(visit.store, visit.bundle.library, keys=keys, today=visit.today))


def figures(visit: Visit, found: Collection[Overdue]) -> list[tuple[str, int]]:
    """How many there are, by kind; of those alone of which there are any."""
    counts = Counter(one.kind for one in found)
    return [(visit.say(KIND_NAMES[kind]), counts[kind]) for kind in KINDS if counts[kind]]


def page(visit: Visit, form: Typed | None = None) -> Response:
    """For how long what is kept, how many there are that have been kept longer, and removing them."""
    if (found := at_once(visit)) is not None:
        looked = Looked(found=found, moment=visit.moment)
    elif kept := visit.desk.memory.get(visit.person.login, visit.asked.get("list", ""), Looked):
        looked = kept
    else:
        return _look_apart(visit)
    counts = Counter(one.kind for one in looked.found)
    moment = looked.moment.astimezone(ZoneInfo(visit.bundle.library.site.time_zone))
    return visit.page(
        "requests-retention.html.j2",
        title=visit.say(TITLE),
        status=422 if form else 200,
        form=form or Typed(),
        rows=[(visit.say(KIND_NAMES[kind]), _time(visit, kind), counts[kind]) for kind in KINDS],
        count=len(looked.found),
        list=visit.desk.memory.put(visit.person.login, looked, most=LISTS),
        stood=(visit.day(moment.date()), format_time(moment.time(), visit.language)),
    )


def _look_apart(visit: Visit) -> Response:
    """Looks as work of its own, and leads on to what was found."""
    store, login, memory = visit.store, visit.person.login, visit.desk.memory

    def work(tell: Progress) -> str:
        keys = list(store.scan("submission/"))
        tell(said(GOING_THROUGH, count=len(keys)), 0.1)
        token = memory.put(login, Looked(found=_found(visit, keys), moment=visit.moment), most=LISTS)
        return f"requests/retention?list={token}"

    return apart(visit, said(LOOKING), work)


def _time(visit: Visit, kind: Kind) -> str:
    """For how long site.yaml says that a kind is kept, in words."""
    kept = visit.bundle.library.site.retention
    if kind == "participations":
        return visit.say(WITHOUT_ANSWERS)
    if kind == "codes":
        return visit.say(AFTER_CLOSED, time=_months(kept.codes))
    months = {"words": kept.words, "log": kept.log}.get(kind, kept.answers)
    own = list(_own_times(visit, kind))
    return "; ".join([visit.say(AFTER_CAME, time=_months(months)), *own])


def _own_times(visit: Visit, kind: Kind) -> Iterator[str]:
    """Of questionnaires with a time of their own."""
    for id, own in visit.bundle.library.site.retention.instruments.items():
        months = {"words": own.words, "answers": own.answers}.get(kind)
        if months is not None:
            yield visit.say(OWN_TIME, questionnaire=visit.instrument_title(id), time=_months(months))


def _months(count: int) -> Phrase:
    return said(MONTH) if count == 1 else said(MONTHS, count=count)


# --- removing -------------------------------------------------------------------------------------


def remove(visit: Visit) -> Response:
    """Removes what was shown, where that was confirmed: as work of its own."""
    form = visit.typed
    looked = visit.desk.memory.get(visit.person.login, form.value("list"), Looked)
    if looked is None:
        form.fields["sure"] = []
        form.wrong("sure", said(OLD_LOOK))
    elif not form.value("sure"):
        form.wrong("sure", said(TICK))
    if not form.ok or looked is None:
        return page(visit, form)
    # What is removed is written down when it is, by the work.
    visit.audit()

    def work(tell: Progress) -> str:
        count = _removed(visit, looked, tell)
        told = Done(said(REMOVED, count=count) if count else said(NOTHING))
        return f"requests?done={visit.desk.memory.put(visit.person.login, told)}"

    return apart(visit, said(REMOVING), work)


def _removed(visit: Visit, looked: Looked, tell: Progress) -> int:
    """Removes what was shown and is still to go: dates may have been moved since. The log has how many were removed,
    also where it was broken off."""
    keys = list(visit.store.scan("submission/"))
    tell(said(GOING_THROUGH, count=len(keys)), 0.05)
    still = set(_found(visit, keys))
    going = [one for one in looked.found if one in still]
    done: Counter[Kind] = Counter()
    try:
        for one in going:
            purging.remove(visit.store, visit.bundle.library, visit.desk.keys, one)
            done[one.kind] += 1
            tell(said(REMOVED_OF, done=done.total(), of=len(going)), 0.3 + 0.7 * done.total() / len(going))
    finally:
        if done:
            visit.log("purge", "", **{str(kind): count for kind, count in done.items()})
    return done.total()


PLACES = (
    Place(path="requests/retention", view=page, area="requests"),
    Place(path="requests/retention", view=remove, area="requests", method="POST"),
)
