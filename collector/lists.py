"""Lists that staff keep in a spreadsheet, as CSV: read whole, with the row of every problem, or not at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import date

from collector.participations import InviteError
from survey.frozen import dataclass

ALIASES: Mapping[str, str] = {
    "palvelu": "service", "tjänst": "service", "ryhmä": "group", "grupp": "group", "alku": "start", "börjar": "start",
    "loppu": "end", "slutar": "end", "henkilö": "person", "viite": "reference", "referens": "reference",
    "numero": "number", "nummer": "number", "syy": "reason", "orsak": "reason",
}  # fmt: skip
"""Finnish and Swedish headings of the columns that lists have."""
SIZE_LIMIT = 5_000_000
_IDENTITY_CODE = re.compile(r"(?<!\w)\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?!\w)", re.IGNORECASE)
_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a list, with its line in the file. The first line has the headings."""

    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """A cell without outer space; empty where there is none."""
        return self.cells.get(column, "").strip()

    def day(self, column: str) -> date | None:
        """A cell that is a date, 2026-03-31 or 31.3.2026; None where it is empty. Raises InviteError."""
        text = self.text(column)
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text)
        try:
            return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(text)
        except ValueError:
            raise InviteError(f"'{text}' in the column '{column}' is no date. Write 31.3.2026 or 2026-03-31.") from None


@dataclass(frozen=True, kw_only=True)
class Table:
    """A CSV as it came: headings, rows, and how its cells were parted."""

    headings: Sequence[str]
    rows: Sequence[Row]
    delimiter: str


def read(data: bytes) -> Table:
    """The table in the bytes of a CSV: parted by commas, semicolons or tabs, in UTF-8 or as Excel writes. Raises
    InviteError."""
    if len(data) > SIZE_LIMIT:
        raise InviteError(f"The list has more than {SIZE_LIMIT // 1_000_000} MB. Part it into several.")
    if b"\0" in data:
        raise InviteError("The list is no CSV. In Excel: Save as, CSV UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not lines or not any(cell.strip() for cell in lines[0]):
        raise InviteError("The list is empty. Its first row has the headings of the columns.")
    headings = [cell.strip() for cell in lines[0]]
    rows = []
    for number, cells in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in cells):
            if len(cells) > len(headings) and any(cell.strip() for cell in cells[len(headings) :]):
                raise InviteError(f"Row {number}: more cells than headings. Put text with '{delimiter}' in quotes.")
            rows.append(Row(line=number, cells=dict(zip(headings, cells, strict=False))))
    if not rows:
        raise InviteError("The list has headings and no row below them.")
    return Table(headings=headings, rows=rows, delimiter=delimiter)


def known_columns(table: Table, columns: Sequence[str]) -> list[Row]:
    """The rows with the columns under our names. Raises InviteError where there are others, or identity codes: who
    somebody is stays in the area's own list."""
    ours = {heading: ALIASES.get(heading.lower(), heading.lower()) for heading in table.headings}
    unknown = [heading for heading in table.headings if ours[heading] not in columns]
    if unknown:
        listed = ", ".join(f"'{heading}'" for heading in unknown)
        raise InviteError(
            f"Columns that are not known: {listed}. A list has {', '.join(columns)}. Leave names and other columns "
            "out: who somebody is stays in your own list."
        )
    if len(set(ours.values())) < len(ours):
        raise InviteError("Two columns have the same heading. Leave one out.")
    refuse_identity_codes(table.rows)
    return [Row(line=row.line, cells={ours[name]: cell for name, cell in row.cells.items()}) for row in table.rows]


def refuse_identity_codes(rows: Sequence[Row], *, but: str = "") -> None:
    """Raises InviteError where a cell of any column `but` one holds a personal identity code."""
    found = [
        row.line for row in rows if any(holds_identity_code(cell) for name, cell in row.cells.items() if name != but)
    ]
    if found:
        listed = ", ".join(map(str, found[:10])) + (" and more" if len(found) > 10 else "")
        raise InviteError(f"Personal identity codes stand in row {listed}. Take them out: they are not stored here.")


def holds_identity_code(text: str) -> bool:
    """Whether a text holds a Finnish personal identity code, by its form and its check sign."""
    for found in _IDENTITY_CODE.findall(text.upper()):
        if _CHECKS[int(found[:6] + found[7:10]) % 31] == found[10]:
            return True
    return False
