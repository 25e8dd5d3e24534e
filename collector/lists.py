"""Lists that staff keep in a spreadsheet, as a file of Excel, as CSV or pasted: read whole, with the row of every
problem, or not at all. What tells who somebody is, is found and refused."""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime

from collector.participations import InviteError, number_typed, written
from survey import codes
from survey.frozen import dataclass
from survey.marking import _
from survey.names import is_family, is_given
from survey.phrases import Phrase, said
from survey.redaction import MAIL_ENDS, NOTHING_KNOWN, Known, emails, phones, suggestions

ALIASES: Mapping[str, str] = {
    "palvelu": "service", "tjänst": "service", "ryhmä": "group", "grupp": "group",
    "alku": "start", "oma alku": "start", "börjar": "start", "egen början": "start", "own start": "start",
    "loppu": "end", "suunniteltu loppu": "end", "päättymispäivä": "end", "slutar": "end", "planerat slut": "end",
    "slutdag": "end", "planned end": "end", "day of the exit": "end",
    "henkilö": "person", "henkilön pseudonyymi": "person", "pseudonyymi": "person", "personens pseudonym": "person",
    "pseudonym": "person", "pseudonym of the person": "person",
    "kieli": "language", "lapun kieli": "language", "språk": "language", "lappens språk": "language",
    "language of the slip": "language",
    "viite": "reference", "oma viite": "reference", "referens": "reference", "egen referens": "reference",
    "own reference": "reference",
    "numero": "number", "nummer": "number", "syy": "reason", "orsak": "reason",
}  # fmt: skip
"""Headings of the columns that lists have, in Finnish, Swedish and English."""
SIZE_LIMIT = 5_000_000
UNPACKED_LIMIT = 60_000_000
PARTS_LIMIT = 500
CELLS_LIMIT = 3_000_000
"""Cells of a sheet, empty ones too: a sheet whose last row is formatted has a million rows."""
MOST_ROWS = 10_000
LOOKED_AT = 20
"""Lines by which it is judged what parts the cells."""
TITLES = 5
"""Lines above the headings at most, with a title alone."""
SHOWN = 10

TOO_LARGE = _("The list has more than {size} MB. Part it into several.")
TOO_LONG = _("The list has more than {most} rows. Part it into several.")
UNPACKS = _("The file would unpack to far more than any list has, so it was not read. Copy the rows into a new file.")
NO_LIST = _("The file is no list that can be read. Save it in Excel as a workbook (.xlsx) or as CSV UTF-8.")
OLD_EXCEL = _("The file is in the old format of Excel (.xls). Open it in Excel, save it as .xlsx and send that.")
PROTECTED = _("The file is protected with a password. Save a copy without a password and send that.")
OPEN_DOCUMENT = _("The file is an OpenDocument spreadsheet. Save it as .xlsx and send that.")
DAMAGED = _("The file cannot be read; it may be damaged. Open it in Excel, save it again as .xlsx and send that.")
FORMULAS = _("A formula without a value stands in row {rows}. Open the file in Excel, save it, and send it again.")
EMPTY = _("The list is empty. Its first row has the headings of the columns.")
NO_ROWS = _("The list has headings and no row below them.")
WIDE = _("Row {row}: more cells than headings. Put text with '{delimiter}' in quotes.")
NO_DATE = _("'{text}' is no date. Write 31.3.2026 or 2026-03-31.")
NO_HEADINGS = _("The list has no headings. Write above its columns what they are: {columns}.")
OTHER_COLUMNS = _(
    "Columns that are not known: {headings}. A list has {columns}. Leave names and other columns out: who somebody is "
    "stays in your own list."
)
SAME_HEADING = _("Two columns have the same heading. Leave one out.")
IDENTITY_CODES = _(
    "Personal identity codes stand in row {rows}. Take them out: who somebody is stays in the area's own key list."
)
PEOPLE_COLUMNS = _(
    "Columns that tell who somebody is: {headings}. Take them out of the list: who somebody is stays in the area's own "
    "key list."
)
CLIENT_COLUMNS = _(
    "Columns that seem to name people: {headings}. Take names out. If one holds numbers of your own alone, write “Own "
    "reference” above it."
)
NAMES = _(
    "What looks like names of persons stands in row {rows}. Take them out: who somebody is stays in the area's own key "
    "list. If they are no names, write a number in their place."
)
CONTACTS = _(
    "E-mail addresses or phone numbers stand in row {rows}. Take them out: they stay in the area's own key list."
)
NO_ZERO = _(
    "Numbers like phone numbers without a zero or plus before them stand in row {rows}. Take phone numbers out. If "
    "they are numbers of your own, write a letter before each, like A401234567."
)

_OLE, _ZIP, _PDF = b"\xd0\xcf\x11\xe0", b"PK\x03\x04", b"%PDF"
_DATE = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})")
_VALUE = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?\d{2,4}|\d{4}-\d\d-\d\d")
_MIDNIGHT = re.compile(r"(?<=\d)[T ]0?0[.:]00(?:[.:]00)?$")
_IDENTITY_CODE = re.compile(
    r"(?<!\w)(\d{6})[ \u00a0]?[-\u2010-\u2015\u2212+A-FU-Y][ \u00a0]?(\d{3})([0-9A-FHJ-NPR-Y])(?!\w)", re.IGNORECASE
)
# Where no mark stands between, a check sign that is a figure makes it a number like any other.
_UNMARKED_CODE = re.compile(
    r"(?<!\w)((?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d)[ \u00a0]?(\d{3})([A-FHJ-NPR-Y])(?!\w)", re.IGNORECASE
)
_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_APART, _ENDS = r"[ ./\u2010-\u2015\u2212-]", r"(?![\w-]|[.,]\w)"
_PHONES = (
    re.compile(rf"\+|00358|00(?:46|47|45|372){_APART}"),
    re.compile(rf"\(?0(?:4\d|50)\)?(?:{_APART}?\d){{6,8}}{_ENDS}"),
    re.compile(
        rf"\(?0(?:[235689]|1\d|2[019]|[67]00|800)\)?{_APART}"
        rf"(?!(?:19|20)\d\d\b)\d{{3,4}}{_APART}?\d{{2,4}}(?: \d\d)?{_ENDS}"
    ),
)
"""Abroad, mobile, and others with a space or hyphen: lists have dates, and numbers that begin with zeros."""
_BARE_PHONE = re.compile(rf"(?<![\w.,-])(?:358[ -]?(?:4\d|50)(?:[ -]?\d){{6,8}}|(?:4\d|50)\d{{7}}){_ENDS}")
"""With the country's number and no plus, or as Excel leaves a number that began with a zero."""
_TELLS_WHO = re.compile(
    r"\b(?:(?:etu|suku|kutsuma|koko)?nimi|(?:etu)?nimet|hetu|sotu|henkilötunnu\w*|syntymä\w*|s-?posti|sähköposti\w*|puh|"
    r"puhelin\w*|gsm|matkapuhelin\w*|\w*osoite|\w*namn|personbeteckning\w*|personnummer|född|födelse\w*|e-?post\w*|"
    r"telefon\w*|mobil\w*|\w*adress|yhteystie\w*|kontaktuppgift\w*|contact (?:details?|info\w*)|"
    r"(?:first|last|sur|fore|full)?name|e-?mail|phone\w*|telephone|mobile|address|"
    r"birth\w*|ssn)\b"
)
_CLIENTS = re.compile(
    r"asiakas|asiakkaat|opiskelijat?|klient(?:en|er)?|studerande|student(?:en|er|s)?|clients?", re.IGNORECASE
)
_OF_A_SERVICE = re.compile(
    r"palvel|ryhm|kurssi|koulutu|tuotta|tjänst|grupp|kurs|utbildn|producent|service|group|course"
)
_PART = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of a list, with its line in the file. The first line has the headings."""

    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """A cell without outer space; empty where there is none."""
        return self.cells.get(column, "").strip()

    def day(self, column: str) -> date | None:
        """A cell that is a date; None where it is empty. Raises InviteError."""
        text = self.text(column)
        return day_of(text) if text else None


def day_of(text: str) -> date:
    """A date as staff write it, 31.3.2026 or 31.3.26, or as spreadsheets do, 2026-03-31. Raises InviteError."""
    bare = _MIDNIGHT.sub("", text)
    found = _DATE.fullmatch(bare)
    try:
        if found is None:
            return date.fromisoformat(bare)
        return date(int(found[3]) + (2000 if len(found[3]) == 2 else 0), int(found[2]), int(found[1]))
    except ValueError:
        raise InviteError(said(NO_DATE, text=text)) from None


_Lines = Sequence[tuple[int, Sequence[str]]]
"""Lines with their numbers, as a spreadsheet shows them."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A list as it came: headings, each another, rows, how its cells were parted, and in a workbook which sheet. Where
    its first row is a person already, the headings are the letters of the columns, and it is not `headed`.

    `above` are the lines before the rows: titles, and the headings as they were written. `columns` are the places of
    the headings in the file, from 0."""

    headings: Sequence[str]
    rows: Sequence[Row]
    delimiter: str
    sheet: str = ""
    headed: bool = True
    above: _Lines = ()
    columns: Sequence[int] = ()


# --- reading --------------------------------------------------------------------------------------


def read(data: bytes, *, values: Collection[str] = ()) -> Table:
    """The table in the bytes of a file: a workbook (.xlsx), or a CSV in UTF-8 or as Excel writes it. `values` are
    texts in small letters that no heading is. Raises InviteError."""
    if len(data) > SIZE_LIMIT:
        raise InviteError(said(TOO_LARGE, size=SIZE_LIMIT // 10**6))
    if data.startswith(_OLE):
        raise InviteError(said(PROTECTED if "EncryptedPackage".encode("utf-16-le") in data else OLD_EXCEL))
    if data.startswith(_ZIP):
        sheet, lines = _workbook(data)
        return _table(lines, delimiter=";", values=values, sheet=sheet)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return pasted(data.decode("utf-16", errors="replace"), values=values)
    if b"\0" in data or data.startswith(_PDF) or data.lstrip()[:1] == b"<":
        raise InviteError(said(NO_LIST))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    return pasted(text, values=values)


def pasted(text: str, *, values: Collection[str] = ()) -> Table:
    """The table in a text: parted by commas, semicolons or tabs, as cells are that were copied from a spreadsheet.
    `values` are texts in small letters that no heading is. Raises InviteError."""
    text = text.lstrip("\ufeff")
    delimiter = _delimiter(text)
    try:
        lines = list(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1))
    except csv.Error:
        raise InviteError(said(NO_LIST)) from None
    return _table(lines, delimiter=delimiter, values=values)


def _delimiter(text: str) -> str:
    """What parts headings that are known; else most of the first lines into the same number of cells, and of two alike
    what stands in texts less."""
    for line in text.splitlines()[: TITLES + 1]:
        for one in "\t;,":
            if sum(_is_known(cell) for cell in line.split(one)) > 1:
                return one
    alike = {one: _alike(text, one) for one in "\t;,"}
    found = max(alike, key=alike.__getitem__)
    return found if alike[found] else ";"


def _is_known(heading: str) -> bool:
    plain = heading.strip(' "').lower()
    return plain in ALIASES or plain in ALIASES.values()


def _alike(text: str, delimiter: str) -> int:
    """How many of the first lines have the same number of cells, more than one."""
    widths: Counter[int] = Counter()
    # A quote that is never closed ends the reading, and is told later.
    with contextlib.suppress(csv.Error):
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths.update(len(cells) for cells in itertools.islice(lines, LOOKED_AT) if any(map(str.strip, cells)))
    return max((count for width, count in widths.items() if width > 1), default=0)


def _table(lines: _Lines, *, delimiter: str, values: Collection[str], sheet: str = "") -> Table:
    filled = [(number, cells) for number, cells in lines if any(cell.strip() for cell in cells)]
    titles = 0
    while len(filled) > titles + 1 and _is_title(*filled[titles]) and _filled(filled[titles + 1][1]) > 1:
        titles += 1
    if not filled:
        raise InviteError(said(EMPTY))
    headed = not any(_is_value(cell.strip(), values) for cell in filled[titles][1])
    first = titles + 1 if headed else titles
    return _made(filled[:first], filled[first:], headed=headed, delimiter=delimiter, sheet=sheet)


def unheaded(table: Table) -> Table:
    """A list whose first row was taken for headings, with that as a row like the others."""
    *titles, first = table.above
    below: list[tuple[int, Sequence[str]]] = [first]
    for row in table.rows:
        cells = [""] * (max(table.columns) + 1)
        for at, heading in zip(table.columns, table.headings, strict=True):
            cells[at] = row.cells.get(heading, "")
        below.append((row.line, cells))
    return _made(titles, below, headed=False, delimiter=table.delimiter, sheet=table.sheet)


def _made(above: _Lines, below: _Lines, *, headed: bool, delimiter: str, sheet: str) -> Table:
    if not below:
        raise InviteError(said(NO_ROWS))
    if len(below) > MOST_ROWS:
        raise InviteError(said(TOO_LONG, most=MOST_ROWS))
    first: Sequence[str] = above[-1][1] if headed else ()
    width = max(_width(first), *(_width(cells) for _number, cells in below))
    if headed and delimiter != "\t" and not sheet:
        for number, cells in below:
            if _width(cells) > len(first):
                raise InviteError(said(WIDE, row=number, delimiter=delimiter))
    headings = _headings([*first, *[""] * width][:width], [cells for _number, cells in below])
    rows = [Row(line=number, cells=_cells(headings, cells)) for number, cells in below]
    known = [(at, heading) for at, heading in enumerate(headings) if heading]
    return Table(
        headings=[heading for _at, heading in known],
        rows=rows,
        delimiter=delimiter,
        sheet=sheet,
        headed=headed,
        above=above,
        columns=[at for at, _heading in known],
    )


def _is_title(number: int, cells: Sequence[str]) -> bool:
    """Whether a line has a title alone, above the headings."""
    (only, *others) = [cell.strip().lower() for cell in cells if cell.strip()]
    return not others and number <= TITLES and only not in ALIASES and only not in ALIASES.values()


def _is_value(cell: str, values: Collection[str]) -> bool:
    """Whether a cell of the first row can be no heading: a date, a pseudonym, a number of a slip, or one of some
    texts."""
    return bool(_VALUE.fullmatch(cell) or number_typed(cell)) or codes.is_person(cell) or cell.lower() in values


def _width(cells: Sequence[str]) -> int:
    """Where the last cell with content stands, from 1."""
    return max((at for at, cell in enumerate(cells, 1) if cell.strip()), default=0)


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _headings(first: Sequence[str], below: Sequence[Sequence[str]]) -> list[str]:
    """A heading for each column, each another: the letter of the column where it has none; empty for a column without
    any content."""
    found: list[str] = []
    for at, cell in enumerate(first):
        heading = " ".join(cell.split())
        if not heading and any(len(cells) > at and cells[at].strip() for cells in below):
            heading = f"({_letters(at)})"
        count = 2
        whole = heading
        while heading and whole in found:
            whole, count = f"{heading} ({count})", count + 1
        found.append(whole)
    return found


def _letters(column: int) -> str:
    """The letters of a column, counted from 0: A, B, … AA."""
    found = ""
    while column >= 0:
        found = chr(ord("A") + column % 26) + found
        column = column // 26 - 1
    return found


def _cells(headings: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    return {heading: cell for heading, cell in zip(headings, cells, strict=False) if heading}


# --- workbooks ------------------------------------------------------------------------------------


def _workbook(data: bytes) -> tuple[str, _Lines]:
    """The name and the lines of the first sheet in sight that has content. Raises InviteError."""
    _refuse_unsafe(data)
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # They are about colours and lists to choose from, never about what stands in a cell.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                lines = list(_lines(sheet.iter_rows(values_only=True)))
                if lines and sheet.sheet_state == "visible":
                    title = str(sheet.title)
                    _refuse_formulas(data, title)
                    return title, lines
    except InviteError:
        raise
    except Exception as error:
        # The library raises whatever it stumbles over: KeyError, ValueError, ParseError, OSError.
        raise InviteError(said(DAMAGED)) from error
    raise InviteError(said(EMPTY))


def _refuse_formulas(data: bytes, title: str) -> None:
    """Raises InviteError where a sheet has formulas that nobody worked out: programs other than Excel leave such."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(re.search(rb"<(?:\w+:)?f[\s/>]", archive.read(name)) for name in sheets):
            return
    from openpyxl import load_workbook

    found: list[int] = []
    values, formulas = (
        load_workbook(io.BytesIO(data), read_only=True, data_only=only)[title] for only in (True, False)
    )
    for sheet in (values, formulas):
        sheet.reset_dimensions()
    for number, (worked_out, written_in) in enumerate(zip(values.iter_rows(), formulas.iter_rows(), strict=True), 1):
        # What was worked out to be an empty text has a type.
        empty = (one.value is None and one.data_type != "str" for one in worked_out)
        if any(each and one.data_type == "f" for each, one in zip(empty, written_in, strict=True)):
            found.append(number)
    if found:
        raise InviteError(said(FORMULAS, rows=first_of(found)))


def _refuse_unsafe(data: bytes) -> None:
    """Raises InviteError for what is no workbook, and for one that could do harm, before it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "content.xml" in names and "mimetype" in names:
                raise InviteError(said(OPEN_DOCUMENT))
            if not any(name.startswith("xl/") for name in names):
                raise InviteError(said(NO_LIST))
            if sum(part.file_size for part in parts) > UNPACKED_LIMIT or len(parts) > PARTS_LIMIT:
                raise InviteError(said(UNPACKS))
            for part in parts:
                with archive.open(part) as content:
                    if re.search(rb"(?i)<!(DOCTYPE|ENTITY)", content.read(4096)):
                        raise InviteError(said(DAMAGED))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise InviteError(said(DAMAGED)) from error


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[tuple[int, Sequence[str]]]:
    """The lines of a sheet that have content."""
    cells = 0
    for number, values in enumerate(rows, 1):
        cells += 1 + len(values)
        if cells > CELLS_LIMIT:
            raise InviteError(said(UNPACKS))
        if any(value is not None for value in values):
            yield number, [_text(value) for value in values]


def _text(value: object) -> str:
    """What stands in a cell, as a list means it: 1.0 is 1, and a date is a date whatever it looks like."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value).replace("_x000D_", "")


# --- columns --------------------------------------------------------------------------------------


def known_columns(table: Table, columns: Sequence[str], known: Known = NOTHING_KNOWN) -> list[Row]:
    """The rows with the columns under our names. Raises InviteError where there are others, or what tells who somebody
    is. `known` are words of the site that are no names."""
    refuse_people(table, known)
    if not table.headed:
        raise InviteError(said(NO_HEADINGS, columns=tuple(columns)))
    ours = {heading: ALIASES.get(heading.lower(), heading.lower()) for heading in table.headings}
    unknown = [heading for heading in table.headings if ours[heading] not in columns]
    if unknown:
        raise InviteError(said(OTHER_COLUMNS, headings=tuple(unknown), columns=tuple(columns)))
    if len(set(ours.values())) < len(ours):
        raise InviteError(said(SAME_HEADING))
    return [Row(line=row.line, cells={ours[name]: cell for name, cell in row.cells.items()}) for row in table.rows]


# --- who somebody is ------------------------------------------------------------------------------


def refuse_people(table: Table, known: Known = NOTHING_KNOWN) -> None:
    """Raises InviteError where a list tells who somebody is, in any of its columns, its headings or the titles above
    them: identity codes, names, addresses of e-mail or phone numbers. `known` are words of the site that are no
    names."""
    found: list[Phrase] = []
    for refusal, is_one in ((PEOPLE_COLUMNS, tells_who), (CLIENT_COLUMNS, _CLIENTS.fullmatch)):
        headings = tuple(heading for heading in table.headings if is_one(heading))
        if headings:
            found.append(said(refusal, headings=headings))
    every = [*table.above, *((row.line, [*row.cells.values()]) for row in table.rows)]
    cells = [(line, cell) for line, those in every for cell in those if cell.strip()]
    different = {cell for _line, cell in cells}
    for refusal, holds in (
        (IDENTITY_CODES, {cell for cell in different if holds_identity_code(cell)}),
        (CONTACTS, {cell for cell in different if holds_contact(cell)}),
        (NO_ZERO, {cell for cell in different if _BARE_PHONE.search(cell)}),
        (NAMES, {cell for cell in different if names_somebody(cell, known)} | _full_names(table, known)),
    ):
        lines = list(dict.fromkeys(line for line, cell in cells if cell in holds))
        if lines:
            found.append(said(refusal, rows=first_of(lines)))
    if found:
        raise InviteError(*found)


def tells_who(heading: str) -> bool:
    """Whether a column with this heading tells who somebody is. The name of a service or group does not."""
    plain = heading.lower().replace("_", " ")
    return bool(_TELLS_WHO.search(plain)) and not _OF_A_SERVICE.search(plain)


def refuse_identity_codes(rows: Sequence[Row], *, but: str = "") -> None:
    """Raises InviteError where a cell of any column `but` one holds a personal identity code."""
    found = [
        row.line for row in rows if any(holds_identity_code(cell) for name, cell in row.cells.items() if name != but)
    ]
    if found:
        raise InviteError(said(IDENTITY_CODES, rows=first_of(found)))


def refuse_person(text: str, known: Known = NOTHING_KNOWN) -> None:
    """Raises InviteError where a text that was typed tells who somebody is."""
    if holds_identity_code(text) or holds_contact(text) or _BARE_PHONE.search(text) or names_somebody(text, known):
        raise InviteError(
            said(_("This tells who somebody is. It is not taken: that stays in the area's own key list."))
        )


def first_of(rows: Sequence[int]) -> tuple[int | str, ...]:
    """Rows to name in a sentence: no more than anybody looks up one by one."""
    return (*rows[:SHOWN], "…") if len(rows) > SHOWN else tuple(rows)


def holds_identity_code(text: str) -> bool:
    """Whether a text holds a Finnish personal identity code, by its form and its check sign."""
    found = [*_IDENTITY_CODE.findall(text), *_UNMARKED_CODE.findall(text)]
    return any(_CHECKS[int(birth + running) % 31] == check.upper() for birth, running, check in found)


def holds_contact(text: str) -> bool:
    """Whether a text holds an address of e-mail or a phone number."""
    # Behind (a) an abbreviation or a number may follow.
    if any("@" in one or re.search(rf"\.(?:{MAIL_ENDS})$", one, re.IGNORECASE) for one in emails(text)):
        return True
    return any(form.match(text, at) for at in phones(text) if text[at - 1 : at] != "-" for form in _PHONES)


def names_somebody(text: str, known: Known = NOTHING_KNOWN) -> bool:
    """Whether a text holds a name of a person that is common in Finland."""
    return any(
        is_given(part, small=part[0].islower()) or is_family(part)
        for one in suggestions(text, known)
        if one.kind in ("name", "staff")
        for part in _PART.findall(text[one.start : one.end])
    )


def _full_names(table: Table, known: Known) -> set[str]:
    """Cells of columns in which most look like a first name and a surname, each another: names that are not common."""
    found: set[str] = set()
    for heading in table.headings:
        cells = [cell for row in table.rows if (cell := row.text(heading))]
        names = {cell for cell in cells if _is_full_name(cell, known)}
        if len(names) >= 2 and len(names) * 2 > len(cells):
            found |= {row.cells.get(heading, "") for row in table.rows if row.text(heading) in names}
    return found


def _is_full_name(text: str, known: Known) -> bool:
    parts = _PART.findall(text)
    letters = sum(map(len, parts)) + len(re.findall(r"[\s,.'’-]", text)) == len(text)
    capital = 2 <= len(parts) <= 4 and all(part[0].isupper() for part in parts)
    return letters and capital and any(one.kind == "name" for one in suggestions(text, known))


# --- handing out ----------------------------------------------------------------------------------


def as_csv(lines: Sequence[Sequence[str | date]]) -> bytes:
    """Lines as Excel in Finland opens them by itself: with semicolons, in UTF-8 with a mark."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([cell if isinstance(cell, str) else written(cell) for cell in line] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def as_workbook(title: str, lines: Sequence[Sequence[str | date]]) -> bytes:
    """Lines as a workbook, the first of them headings. Dates are dates."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = title[:31]
    for line in lines:
        sheet.append(list(line))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = max(16, len(cell.value) + 4)
    for cell in (cell for row in sheet.iter_rows(min_row=2) for cell in row if isinstance(cell.value, date)):
        cell.number_format = "d.m.yyyy"
    sheet.freeze_panes = "A2"
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()
