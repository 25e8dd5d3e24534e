"""Handing over codes that were just made: slips to print, a list, and the area's own key list. They are kept in mind
for an hour, for whoever made them, and stored nowhere."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector import inviting, participations, slips
from collector.desk.memory import KEPT_FOR
from collector.desk.visit import Place, Visit
from collector.desk.works import File
from collector.inviting import Invited, Plan
from collector.stores import StoreTrouble
from survey import codes, schedule
from survey.frozen import dataclass
from survey.locales import format_time
from survey.marking import _
from survey.phrases import Phrase, said
from survey.records import Participation

TITLE = _("Codes to hand out")
INVITED = _("Invited: {count}. Now print or save the codes: they are shown only here, and for an hour.")
SOME_INVITED = _(
    "The store gave up on the way: {made} of {wanted} were made, and their codes are here. Do the rest again later."
)
GONE = _("These codes are shown no more")
GONE_TEXT = _(
    "Codes are shown for an hour to whoever made them, and are stored nowhere. If a slip was not printed in time, open "
    "the group or the participation and make a new code. The one before then opens nothing."
)
FORGOTTEN = _("The codes were forgotten. Whoever loses theirs gets a new one from here.")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEY_LIST = _("Key list")
KEY_LIST_RULE = _(
    "This list stays outside Mittari. Keep it locked, apart from codes and answers: it says who a number is."
)
CODE, LANGUAGE = _("Code"), _("Language of the slip")
NUMBER, GROUP, START, END = _("Number"), _("Group"), _("Start"), _("End")
REFERENCE, NAME, CONTACT, NOTES = _("Own reference"), _("Name"), _("Contact"), _("Notes")
SHEET_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
"""A page of slips has its style inside, and nothing else."""


@dataclass(frozen=True, kw_only=True)
class Handed:
    """Participations with their codes, in mind until a moment."""

    invited: tuple[Invited, ...]
    until: datetime
    dead: int = 0
    """How many were left out, since a newer code was made or the invitation was taken back."""


def kept(visit: Visit, invited: Sequence[Invited]) -> str:
    """Keeps codes in mind for whoever made them, and gives the path of the page that shows them."""
    value = Handed(invited=tuple(invited), until=visit.moment + KEPT_FOR)
    return f"handed/{visit.desk.memory.put(visit.person.login, value)}"


def handed(visit: Visit, invited: Sequence[Invited], *, told: Phrase) -> Response:
    """Leads on to the page where the codes of these participations are printed and saved."""
    return visit.go(kept(visit, invited), told)


def invite(visit: Visit, plans: Sequence[Plan]) -> Response:
    """Invites, and leads on to the codes. Raises StoreTrouble where nobody could be invited."""
    for service, count in Counter(one.service.id for one in plans).items():
        visit.log("invite", service, count=count)
    random = visit.desk.random
    making = inviting.invite(visit.store, visit.desk.keys, plans, moment=visit.moment, random=random)
    return over(visit, making, wanted=len(plans), told=said(INVITED, count=len(plans)))


def over(visit: Visit, making: Iterable[Invited], *, wanted: int, told: Phrase) -> Response:
    """Leads on to codes that are being made; also where the store gives up on the way, since those that were made are
    shown this once. Raises StoreTrouble where there are none."""
    made: list[Invited] = []
    try:
        for one in making:
            made.append(one)
    except StoreTrouble:
        if not made:
            raise
        told = said(SOME_INVITED, made=len(made), wanted=wanted)
    return handed(visit, made, told=told)


# --- pages ----------------------------------------------------------------------------------------


def shown(visit: Visit, token: str) -> Response:
    """What to do with codes, in order."""
    found = _found(visit, token)
    if found is None:
        return _gone(visit)
    here, first = f"handed/{token}", found.invited[0].participation
    heads = _heads(found.invited)
    zone = ZoneInfo(visit.bundle.library.site.time_zone)
    return visit.page(
        "handed.html.j2",
        title=visit.say(TITLE),
        form=visit.typed,
        here=here,
        until=format_time(found.until.astimezone(zone).time(), visit.language),
        count=len(found.invited),
        dead=found.dead,
        services=sorted({visit.service_title(one.participation.service) for one in found.invited}),
        heads=[visit.say(head) for head in heads],
        codes=[_row(visit, one, heads) for one in found.invited],
        own_languages=any(one.language for one in found.invited),
        first=first.number,
        last=found.invited[-1].participation.number,
        group=_group_of(found.invited),
        language_of_slips=visit.bundle.language(visit.language),
        languages=[(tag, language_name(visit, tag)) for tag in visit.bundle.library.site.languages],
        waves=[(wave, visit.wave_title(wave)) for wave in _waves(visit, found.invited)],
    )


def sheet(visit: Visit, token: str) -> Response:
    """The slips to print, as a page of its own. With `shared`, one square leads a device that the group shares."""
    found = _found(visit, token)
    if found is None:
        return _gone(visit)
    language, opens = _asked(visit, found.invited)
    html = slips.sheet(
        visit.bundle,
        found.invited,
        address=visit.desk.address,
        language=language,
        shared_device=visit.asked.get("shared") == "1",
        opens=opens,
    )
    visit.log("slips", found.invited[0].participation.number, count=len(found.invited))
    return Response(html, mimetype="text/html", headers={"Content-Security-Policy": SHEET_POLICY})


def listed(visit: Visit, token: str) -> Response:
    """The codes as a CSV, for text messages and mail-merge."""
    found = _found(visit, token)
    if found is None:
        return _gone(visit)
    language, opens = _asked(visit, found.invited)
    # As Excel opens it by itself where commas stand in decimals.
    text = slips.codes_csv(found.invited, address=visit.desk.address, language=language, opens=opens, delimiter=";")
    first = found.invited[0].participation.number
    visit.log("codes", first, count=len(found.invited))
    return visit.file(File(name=f"codes-{first}.csv", mimetype="text/csv", content=text.encode("utf-8-sig")))


def keys(visit: Visit, token: str) -> Response:
    """The area's own key list, to be filled in by hand: numbers and no codes."""
    found = _found(visit, token)
    if found is None:
        return _gone(visit)
    visit.log("key list", found.invited[0].participation.number, count=len(found.invited))
    return visit.file(key_list(visit, [(one.participation, one.reference) for one in found.invited]))


def forget(visit: Visit, token: str) -> Response:
    """Forgets codes at once: for a desk that others come to."""
    found = visit.desk.memory.get(visit.person.login, token, Handed)
    if found is None:
        return _gone(visit)
    visit.desk.memory.forget(token)
    visit.log("forget", found.invited[0].participation.number, count=len(found.invited))
    return visit.go("participations", said(FORGOTTEN))


def _found(visit: Visit, token: str) -> Handed | None:
    """The codes under a token that still open something; None where there are none."""
    found = visit.desk.memory.get(visit.person.login, token, Handed)
    live = tuple(one for one in found.invited if _opens(visit, one)) if found else ()
    return Handed(invited=live, until=found.until, dead=len(found.invited) - len(live)) if found and live else None


def _opens(visit: Visit, one: Invited) -> bool:
    now = participations.read(visit.store, one.participation.id)
    return now is not None and now.code == one.participation.code


def _gone(visit: Visit) -> Response:
    """The same for what is past and for what others made."""
    return visit.message(410, said(GONE), said(GONE_TEXT), back="participations")


def _heads(invited: Sequence[Invited]) -> list[str]:
    """The columns of codes that have anything in them."""
    own = {LANGUAGE: any(one.language for one in invited), REFERENCE: any(one.reference for one in invited)}
    return [NUMBER, CODE, *(head for head, filled in own.items() if filled)]


def _row(visit: Visit, one: Invited, heads: Sequence[str]) -> list[str]:
    language = language_name(visit, one.language) if one.language else ""
    cells = {
        NUMBER: one.participation.number,
        CODE: codes.shown(one.code),
        LANGUAGE: language,
        REFERENCE: one.reference,
    }
    return [cells[head] for head in heads]


def _group_of(invited: Sequence[Invited]) -> str:
    """The path of the group that all of them are in; empty where there is no such."""
    found = {(one.participation.service, one.participation.group) for one in invited}
    service, group = next(iter(found))
    return f"groups/{service}/{group}" if len(found) == 1 and group else ""


def _asked(visit: Visit, invited: Sequence[Invited]) -> tuple[str, slips.Opens]:
    """The language and the wave that were chosen."""
    language = visit.bundle.language(visit.asked.get("language", ""))
    wave = visit.asked.get("wave", "")
    return language, slips.at_wave(visit.bundle, wave) if wave in _waves(visit, invited) else slips.front


def _waves(visit: Visit, invited: Sequence[Invited]) -> list[str]:
    """The waves at which everybody of these is asked something, in the order of site.yaml."""
    library = visit.bundle.library
    asked = [{task.wave for task in schedule.tasks(library, one.participation)} for one in invited]
    return [wave for wave in library.site.waves if all(wave in waves for waves in asked)]


def language_name(visit: Visit, tag: str) -> str:
    """What a language of the site calls itself."""
    return visit.bundle.library.site.language_names.get(tag, tag)


# --- the key list ---------------------------------------------------------------------------------


def key_list(visit: Visit, rows: Sequence[tuple[Participation, str]]) -> File:
    """A workbook with the number, group and dates of each participation, with the area's own reference where there is
    one, and empty columns for who it is. It holds no codes."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    own = any(reference for _participation, reference in rows)
    heads = [NUMBER, GROUP, START, END, *([REFERENCE] if own else []), NAME, CONTACT, NOTES]
    book = Workbook()
    page = book.active
    page.title = visit.say(KEY_LIST)
    page.append([visit.say(KEY_LIST_RULE)])
    page.append([visit.say(head) for head in heads])
    for participation, reference in rows:
        page.append([*_facts(participation), *([reference] if own else [])])
    for cell in (cell for line in page.iter_rows() for cell in line):
        if isinstance(cell.value, str):
            # A text that begins with '=' is no formula.
            cell.data_type, cell.quotePrefix = "s", cell.value != slips.plain(cell.value)
            cell.font = Font(bold=cell.row <= 2)
        elif isinstance(cell.value, date):
            cell.number_format = "d.m.yyyy"
    page.merge_cells(start_row=1, end_row=1, start_column=1, end_column=len(heads))
    page["A1"].alignment = Alignment(wrap_text=True, vertical="top")
    page.row_dimensions[1].height = 32
    for letter, head in zip("ABCDEFGH", heads, strict=False):
        page.column_dimensions[letter].width = 32 if head in (NAME, CONTACT, NOTES) else 16
    page.freeze_panes = "A3"
    packed = io.BytesIO()
    book.save(packed)
    return File(name=f"key-list-{rows[0][0].number}.xlsx", mimetype=XLSX, content=packed.getvalue())


def _facts(participation: Participation) -> list[str | date]:
    return [participation.number, participation.group or "", participation.start_date, participation.end_date]


PLACES = (
    Place(path="handed/<token>", view=shown, area="participations"),
    Place(path="handed/<token>/slips", view=sheet, area="participations"),
    Place(path="handed/<token>/codes", view=listed, area="participations"),
    Place(path="handed/<token>/keys", view=keys, area="participations"),
    Place(path="handed/<token>/forget", view=forget, area="participations", method="POST"),
)
