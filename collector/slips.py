"""What staff hand out: the codes of an invitation as a CSV and as a sheet of slips with QR codes to print."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

import segno

from collector.bundle import Bundle
from collector.inviting import Invited
from collector.participations import InviteError
from survey import codes, pages, schedule
from survey.marking import _
from survey.phrases import said
from survey.records import Participation

CSV_COLUMNS = ("number", "service", "group", "start", "end", "code", "link")
_FORMULA_STARTS = ("=", "+", "-", "@")
NOTHING_THEN = _(
    "Not everybody in service '{service}' is asked something at the wave '{wave}'. Name no wave: the link then leads "
    "to whatever is due."
)

Opens = Callable[[Participation, str], str]
"""The path of the page that a link opens, by participation and language."""


def front(participation: Participation, language: str) -> str:
    """The front page, which leads to whatever is due."""
    return pages.front_path(language)


def at_wave(bundle: Bundle, wave: str) -> Opens:
    """The questionnaire of one wave. Raises InviteError where a service asks its clients nothing then."""

    def opens(participation: Participation, language: str) -> str:
        library = bundle.library
        service = library.services.service(participation.service)
        for task in schedule.tasks(library, participation):
            if task.wave == wave:
                instrument = library.instruments[task.instrument]
                met = instrument.met_in(language, bundle.messages) or instrument.languages[0]
                return pages.questionnaire_path(instrument, wave, met, service)
        raise InviteError(said(NOTHING_THEN, service=service.id, wave=wave))

    return opens


def link(address: str, language: str, code: str, path: str = "") -> str:
    """The address of a page that carries a code. What follows `#` never reaches a server or its log."""
    return f"{address}{path or pages.front_path(language)}#{codes.shown(code)}"


def codes_csv(
    invited: Sequence[Invited],
    *,
    address: str,
    language: str,
    header: bool = True,
    opens: Opens = front,
    delimiter: str = ",",
) -> str:
    """One line a participation, for mail-merge and SMS, with each one's own language and the area's own reference where
    there are such. A link is in somebody's own language, else in `language`. The code stands here in clear and nowhere
    else."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    more = [name for name in ("language", "reference") if any(getattr(one, name) for one in invited)]
    if header:
        writer.writerow((*CSV_COLUMNS, *more))
    for one in invited:
        part, reads = one.participation, one.language or language
        code, there = codes.shown(one.code), link(address, reads, one.code, opens(part, reads))
        row = (part.number, part.service, part.group or "", part.start, part.planned_end, code, there)
        own = {"language": reads, "reference": plain(one.reference)}
        writer.writerow((*row, *(own[name] for name in more)))
    return text.getvalue()


def plain(text: str) -> str:
    """Text that a spreadsheet does not take for a formula; what cannot be seen before it does not help."""
    return f"'{text}" if text.strip("\ufeff \t\r\n\u00a0")[:1] in _FORMULA_STARTS or text[:1] in ("\t", "\r") else text


def sheet(
    bundle: Bundle,
    invited: Sequence[Invited],
    *,
    address: str,
    language: str,
    shared_device: bool = False,
    opens: Opens = front,
) -> str:
    """A page of slips to print and cut, each in somebody's own language, else in `language`. For a shared device one QR
    code leads the whole group to the front page, and each slip has a code to type."""
    slips = [_slip(bundle, one, one.language or language, address=address, opens=opens) for one in invited]
    if not shared_device:
        return pages.slips(bundle.page(language), slips)
    there = f"{address}{pages.shared_path(language)}"
    shown = there.removeprefix("https://")
    return pages.slips(bundle.page(language), slips, shared_qr=square(there), shared_address=shown)


def _slip(bundle: Bundle, one: Invited, language: str, *, address: str, opens: Opens) -> pages.Slip:
    return pages.Slip(
        page=bundle.page(language),
        qr=square(link(address, language, one.code, opens(one.participation, language))),
        service=bundle.library.services.service(one.participation.service).title[language],
        number=one.participation.number,
        group=one.participation.group,
        code=codes.shown(one.code),
        address=address.removeprefix("https://").rstrip("/"),
    )


def square(text: str) -> str:
    """A QR code as SVG to put into a page."""
    return segno.make(text, error="m").svg_inline(border=2, omitsize=True)
