"""What staff hand out: the codes of an invitation as a CSV and as a sheet of slips with QR codes to print."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import segno

from collector.bundle import Bundle
from collector.inviting import Invited
from survey import codes, pages

CSV_COLUMNS = ("number", "service", "group", "start", "end", "code", "link")


def link(address: str, language: str, code: str) -> str:
    """The address of the front page that carries a code. What follows `#` never reaches a server or its log."""
    return f"{address}{pages.front_path(language)}#{codes.shown(code)}"


def codes_csv(invited: Sequence[Invited], *, address: str, language: str, header: bool = True) -> str:
    """One line a participation, for mail-merge and SMS. The code stands here in clear and nowhere else."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if header:
        writer.writerow(CSV_COLUMNS)
    for one in invited:
        part = one.participation
        code, there = codes.shown(one.code), link(address, language, one.code)
        writer.writerow((part.number, part.service, part.group or "", part.start, part.planned_end, code, there))
    return text.getvalue()


def sheet(
    bundle: Bundle, invited: Sequence[Invited], *, address: str, language: str, shared_device: bool = False
) -> str:
    """A page of slips to print and cut. For a shared device one QR code leads the whole group to the front page, and
    each slip has a code to type."""
    slips = [
        {
            "qr": _square(link(address, language, one.code)),
            "service": bundle.library.services.service(one.participation.service).title[language],
            "number": one.participation.number,
            "group": one.participation.group,
            "code": codes.shown(one.code),
            "address": address.removeprefix("https://").rstrip("/"),
        }
        for one in invited
    ]
    if not shared_device:
        return pages.slips(bundle.page(language), slips)
    there = f"{address}{pages.shared_path(language)}"
    shown = there.removeprefix("https://")
    return pages.slips(bundle.page(language), slips, shared_qr=_square(there), shared_address=shown)


def _square(text: str) -> str:
    """A QR code as SVG to put into a page."""
    return segno.make(text, error="m").svg_inline(border=2, omitsize=True)
