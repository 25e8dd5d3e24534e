"""The log of what staff did, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector import audit
from collector.audit import Entry
from collector.desk.handing import language_name
from collector.desk.participations import REASONS
from collector.desk.people import ROLE_NAMES
from collector.desk.sheets import CHANNEL_NAMES
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from survey.locales import format_date, format_time
from survey.marking import _

SHOWN = 200
LOOKED_THROUGH = 20_000
"""Entries that are looked through for a page, the newest: a log goes on for years."""
TITLE = _("Log")
ACTIONS: Mapping[str, str] = {
    "access": _("gave somebody their answers"),
    "alarm letter": _("saved a message about an alarm"),
    "alarm list": _("saved the list of alarms"),
    "ask for export": _("asked for an export"),
    "backup": _("made a backup"),
    "change": _("changed dates or the group"),
    "codes": _("saved codes"),
    "delete report": _("deleted a report"),
    "download export": _("downloaded an export"),
    "download report": _("downloaded a report"),
    "erase": _("erased answers"),
    "exit": _("told an exit"),
    "export": _("exported answers"),
    "forget": _("let the desk forget codes"),
    "give report": _("gave a report out"),
    "group sheet": _("opened the sheet of a group"),
    "invite": _("invited"),
    "key in": _("keyed in a questionnaire"),
    "key in twice": _("keyed in a questionnaire a second time"),
    "key list": _("saved the key list's template"),
    "list": _("brought in a list"),
    "log in": _("logged in"),
    "log out": _("logged out"),
    "look": _("looked at a participation"),
    "look for alarms": _("looked for alarms"),
    "make report": _("made a report"),
    "open report": _("opened a report"),
    "paper": _("opened a paper"),
    "purge": _("removed what was out of date"),
    "rates": _("saved response rates"),
    "read released words": _("read released answers"),
    "read words": _("read an open answer"),
    "refused": _("was refused: has no role"),
    "release words": _("released an open answer"),
    "remind": _("looked whom to remind"),
    "remove export": _("removed an export"),
    "replace": _("made a new code"),
    "reply": _("stored a reply"),
    "reset": _("let a questionnaire be answered again"),
    "restore": _("restored a backup"),
    "report not sent": _("took back that a report was given out elsewhere"),
    "report sent": _("noted that a report was given out elsewhere"),
    "revoke": _("took an invitation back"),
    "show receipt": _("showed the receipt of an interview"),
    "slips": _("printed slips"),
    "take report back": _("took a report back"),
    "unseal": _("opened sealed answers"),
    "withhold words": _("withheld an open answer"),
}
"""What was done, in words. Another action stands as it is."""
DETAILS: Mapping[str, str] = {
    "again": _("sent again"),
    "answered": _("answered on"),
    "answers": _("answers"),
    "by": _("on behalf of"),
    "channel": _("how"),
    "codes": _("codes"),
    "count": _("how many"),
    "desk": _("role"),
    "end": _("end"),
    "files": _("files"),
    "group": _("group"),
    "language": _("language"),
    "log": _("entries of the log"),
    "participations": _("participations"),
    "question": _("question"),
    "questionnaire": _("questionnaire"),
    "questionnaires": _("questionnaires"),
    "reason": _("reason"),
    "records": _("records"),
    "replies": _("replies"),
    "role": _("named role"),
    "rows": _("rows"),
    "start": _("start"),
    "submissions": _("submissions"),
    "wave": _("wave"),
    "words": _("own words"),
}
"""What is told beside it. Another name stands as it is."""


def log(visit: Visit) -> Response:
    """What was done, by whom and on what; of a person, an action or a text alone where these are asked for."""
    every = list(islice(audit.newest(visit.store), LOOKED_THROUGH))
    typed = Typed({name: [value] for name, value in visit.asked.items()})
    found = list(_chosen(every, typed))
    actions = sorted({one.action for one in every}, key=lambda action: _action(visit, action))
    return visit.page(
        "log.html.j2",
        title=visit.say(TITLE),
        form=typed,
        rows=[_row(visit, one) for one in found[:SHOWN]],
        count=len(found),
        shown=min(SHOWN, len(found)),
        more=len(every) == LOOKED_THROUGH,
        looked=LOOKED_THROUGH,
        actors=sorted({one.actor for one in every}),
        actions=[(action, _action(visit, action)) for action in actions],
    )


def _chosen(every: list[Entry], typed: Typed) -> Iterator[Entry]:
    actor, action, about = (typed.text(name) for name in ("actor", "action", "about"))
    for one in every:
        if actor in ("", one.actor) and action in ("", one.action) and about.lower() in one.about.lower():
            yield one


def _action(visit: Visit, action: str) -> str:
    return visit.say(ACTIONS[action]) if action in ACTIONS else action


def _row(visit: Visit, entry: Entry) -> tuple[str, ...]:
    moment = datetime.fromisoformat(entry.at).astimezone(ZoneInfo(visit.bundle.library.site.time_zone))
    when = f"{format_date(moment.date(), visit.language)} {format_time(moment.time(), visit.language)}"
    details = ", ".join(_detail(visit, name, value) for name, value in entry.details.items() if value != "")
    return when, entry.actor, _action(visit, entry.action), entry.about, details


def _detail(visit: Visit, name: str, value: str | int) -> str:
    """A detail in words, as far as it is one of ours."""
    return f"{visit.say(DETAILS[name]) if name in DETAILS else name}: {_value(visit, name, str(value))}"


def _value(visit: Visit, name: str, value: str) -> str:
    match name:
        case "desk":
            return " + ".join(visit.say(ROLE_NAMES[role]) for role in ROLE_NAMES if role in value.split())
        case "wave":
            return visit.wave_title(value)
        case "questionnaire":
            return visit.instrument_title(value)
        case "language":
            return language_name(visit, value)
        case "channel" if value in CHANNEL_NAMES:
            return visit.say(CHANNEL_NAMES[value][0])
        case "reason" if value in REASONS:
            return visit.say(REASONS[value])
        case "start" | "end" | "answered" if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return visit.day(value)
        case _:
            return value


PLACES = (Place(path="log", view=log, area="log"),)
