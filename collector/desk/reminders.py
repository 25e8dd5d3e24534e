"""Whom to remind: numbers of slips, and the words for it. For the area's own staff alone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from werkzeug.wrappers import Response

from collector import counting
from collector.counting import Reminder
from collector.desk.tables import table_file
from collector.desk.typed import Typed
from collector.desk.visit import LANGUAGES, Place, Visit
from collector.participations import written
from survey.frozen import dataclass
from survey.marking import _
from survey.pages import front_path
from survey.phrases import said

TITLE = _("Reminders")
HEADS = (_("Number"), _("Service"), _("Group"), _("Wave"), _("Questionnaire"), _("Closes on"))
GROUP_OF = _("{group} – {service}")
OTHER_SERVICE = _("This group is of another service. Choose the group alone, or one of that service.")
ASK = _(
    "Hello! There is a short questionnaire about your service that you can still answer. Open {address} and write the "
    "code of your slip there. Answering is voluntary, and it has no effect on your service or benefits. If you have "
    "lost your slip, tell us, and you get a new code. If you have answered just now, you need do nothing."
)
ASK_UNTIL = _(
    "Hello! There is a short questionnaire about your service that you can still answer, until {day}. Open {address} "
    "and write the code of your slip there. Answering is voluntary, and it has no effect on your service or benefits. "
    "If you have lost your slip, tell us, and you get a new code. If you have answered just now, you need do nothing."
)
LANGUAGE_NAMES = {"fi": "suomi", "sv": "svenska", "en": "English"}


@dataclass(frozen=True, kw_only=True)
class Message:
    """A reminder in one language, to be copied."""

    language: str
    name: str
    text: str


def reminders(visit: Visit) -> Response:
    """Who has not answered what is open, by number: what closes first at the top."""
    form = Typed({name: [value] for name, value in visit.asked.items()})
    found = _found(visit, form)
    people = len({one.number for one in found})
    services = visit.bundle.library.services.services
    return visit.page(
        "reminders.html.j2",
        title=visit.say(TITLE),
        status=200 if form.ok else 422,
        form=form,
        narrowed=any(form.value(name) for name in ("service", "group", "wave")),
        heads=[visit.say(head) for head in HEADS],
        rows=[[(number, visit.to(f"participations/{number}")), *rest] for number, *rest in _rows(visit, found)],
        count=len(found),
        people=people,
        services=[(one.id, visit.text(one.title)) for one in services if not one.open],
        groups=_groups(visit),
        waves=[(wave, visit.wave_title(wave)) for wave in visit.bundle.library.site.waves],
        messages=list(_messages(visit, found)),
        file=visit.to("reminders/csv", **{name: form.value(name) for name in ("service", "group", "wave")}),
    )


def saved(visit: Visit) -> Response:
    """The same list as a table to save."""
    form = Typed({name: [value] for name, value in visit.asked.items()})
    found = _found(visit, form)
    if not form.ok:
        return reminders(visit)
    heads = [visit.say(head) for head in HEADS]
    return visit.file(table_file(f"reminders-{visit.today.isoformat()}.csv", heads, _rows(visit, found)))


def _found(visit: Visit, form: Typed) -> list[Reminder]:
    """What is asked for, once it is in the log that somebody looks; nothing where it is not asked as it can be."""
    library = visit.bundle.library
    service = form.choice("service", [one.id for one in library.services.services], needed=False)
    group = form.choice("group", [id for id, _label in _groups(visit)], needed=False)
    wave = form.choice("wave", library.site.waves, needed=False)
    if not form.ok:
        return []
    of_group, _slash, named = group.partition("/")
    if service and of_group not in ("", service):
        form.wrong("group", said(OTHER_SERVICE))
        return []
    place = service or of_group or None
    found = counting.reminders(
        visit.store, library, today=visit.today, service=place, group=named or None, wave=wave or None
    )
    visit.log("remind", place or "", count=len(found))
    return found


def _groups(visit: Visit) -> list[tuple[str, str]]:
    """Every group as `service/group`: two services may call theirs the same."""
    services = visit.bundle.library.services.services
    return [
        (f"{one.id}/{group.id}", visit.say(GROUP_OF, group=group.id, service=visit.text(one.title)))
        for one in services
        if not one.open
        for group in one.groups
    ]


def _rows(visit: Visit, found: Sequence[Reminder]) -> Iterator[list[str]]:
    """A line for each person, wave and day, with all that is asked then."""
    for _asked, same in itertools.groupby(found, key=lambda one: (one.closes, one.number, one.wave)):
        first, *others = same
        yield [
            first.number,
            visit.service_title(first.service),
            first.group or "",
            visit.wave_title(first.wave),
            "; ".join(visit.instrument_title(one.instrument) for one in (first, *others)),
            written(first.closes),
        ]


def _messages(visit: Visit, found: Sequence[Reminder]) -> Iterator[Message]:
    """The words in each language of the desk that the site has. The day stands there where it is the same for all."""
    days = {one.closes for one in found}
    for language in LANGUAGES:
        if found and language in visit.bundle.library.site.languages:
            address = f"{visit.desk.address}{front_path(language)}"
            ask = said(ASK, address=address)
            if len(days) == 1:
                ask = said(ASK_UNTIL, address=address, day=written(min(days)))
            text = ask.say(visit.desk.messages[language])
            yield Message(language=language, name=LANGUAGE_NAMES[language], text=text)


PLACES = (
    Place(path="reminders", view=reminders, area="reminders"),
    Place(path="reminders/csv", view=saved, area="reminders"),
)
