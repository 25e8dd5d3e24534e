"""Exports for analysts: the dataset, and files for other programs. They hold what each person answered, so each lies
here for whoever made it, a day at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Response

from collector.audit import Log
from collector.bundle import Bundle
from collector.desk import reports
from collector.desk.jobs import Progress
from collector.desk.people import Person
from collector.desk.reports import HEAD, Export
from collector.desk.typed import Typed
from collector.desk.visit import LANGUAGES, Desk, Done, Place, Visit
from collector.desk.works import ExportMade
from collector.stores import Store
from survey.folders import replacing
from survey.locales import format_date, format_number, format_time
from survey.marking import _
from survey.phrases import said
from survey.records import timestamp

TITLE = _("Answers for other programs")
DATASET = _("The dataset")
FILES = _("Files: {formats}")
NAMES = {
    "sav": "SPSS (.sav)",
    "sps": "SPSS, PSPP (.sps)",
    "xlsx": "Excel (.xlsx)",
    "csv": "CSV",
    "csv-excel": "CSV (Excel)",
    "r": "R",
    "parquet": "Parquet",
    "ddi": "DDI",
    "dictionary": _("Dictionary of the columns"),
    "star": "Power BI",
}
"""What the kinds of files are called. Names of programs are the same in every language."""
BEING_MADE = _("Making the files")
MADE = _("The files are ready. Save them where they are safe.")
NO_FORMAT = _("Choose at least one kind of file.")
SURE = _("Tick this when you have read what is said above.")
GONE = _("There are no such files")
GONE_TEXT = _("They were removed, or are not yours. Files are removed after a day; make them anew when you need them.")
REMOVED = _("The files were removed.")
PIECE = 2**16
"""Bytes of a file that are sent together."""


def when(visit: Visit, moment: datetime) -> str:
    """A moment as people write it."""
    here = moment.astimezone(ZoneInfo(visit.bundle.library.site.time_zone))
    return f"{format_date(here.date(), visit.language)} {format_time(here.time(), visit.language)}"


def is_answered(store: Store) -> bool:
    """Whether anybody has answered yet."""
    return next(store.scan("submission/"), None) is not None


# --- the page ---------------------------------------------------------------------------------------------------------


def exported(visit: Visit) -> Response:
    """What this person has made, and the forms for more."""
    chosen = {name: ["1"] for name in ("format_sav", "format_xlsx")}
    return _page(visit, Typed({"language": [visit.language], **chosen}))


def _page(visit: Visit, typed: Typed) -> Response:
    works = visit.desk.works.reports
    rows = [
        {
            "export": one,
            "what": _what(visit, one),
            "when": when(visit, one.made),
            "until": when(visit, one.until),
            "size": format_number(max(round(one.path.stat().st_size / 1e6, 1), 0.1), visit.language),
            "notes": [visit.say(message, **values) for message, values in one.notes if message in visit.messages],
        }
        for one in reports.exports_in(works.folder, visit.person.login)
    ]
    return visit.page(
        "results-exports.html.j2",
        title=visit.say(TITLE),
        status=200 if typed.ok else 422,
        form=typed,
        rows=rows,
        formats=[(f"format_{name}", _name(visit, name), visit.say(what)) for name, what in works.formats.items()],
        languages=[(one, {"fi": "suomi", "sv": "svenska", "en": "English"}[one], "") for one in LANGUAGES],
        answered=is_answered(visit.store),
    )


def _name(visit: Visit, format: str) -> str:
    name = NAMES.get(format, format)
    return visit.say(name) if name in visit.messages else name


def _what(visit: Visit, export: Export) -> str:
    if not export.formats:
        return visit.say(DATASET)
    return visit.say(FILES, formats=", ".join(_name(visit, one) for one in export.formats))


# --- making -----------------------------------------------------------------------------------------------------------


def make_dataset(visit: Visit) -> Response:
    """Lines up the making of a dataset."""
    typed = visit.typed
    if not typed.value("sure_dataset"):
        typed.wrong("sure_dataset", said(SURE))
        return _page(visit, typed)
    return _begun(visit, (), "")


def make_files(visit: Visit) -> Response:
    """Lines up the making of files for other programs."""
    typed = visit.typed
    formats = tuple(name for name in visit.desk.works.reports.formats if typed.value(f"format_{name}"))
    language = typed.choice("language", LANGUAGES)
    if not formats:
        typed.wrong("format_sav", said(NO_FORMAT))
    if not typed.value("sure_files"):
        typed.wrong("sure_files", said(SURE))
    return _begun(visit, formats, language) if typed.ok else _page(visit, typed)


def _begun(visit: Visit, formats: tuple[str, ...], language: str) -> Response:
    visit.log("ask for export", " ".join(formats) or "dataset")
    work = partial(_make, visit.desk, visit.person, visit.bundle, formats, language)
    job = visit.desk.jobs.begin(visit.person.login, said(BEING_MADE), work, back="results/exports")
    return visit.go(f"under-way/{job.id}")


def _make(desk: Desk, person: Person, bundle: Bundle, formats: tuple[str, ...], language: str, tell: Progress) -> str:
    """Makes an export, whole or not at all, and writes it into the log before it can be had; the path of the page."""
    works, moment = desk.works.reports, desk.clock()
    folder = reports.new_folder(works.folder, "exports", moment)
    with replacing(folder, mark=HEAD, mode=0o700) as new:
        inside = new / "files"
        made: ExportMade
        if formats:
            made = works.files(formats, inside, language=language, bundle=bundle, moment=moment, tell=tell)
        else:
            made = works.dataset(inside, bundle=bundle, moment=moment, tell=tell)
        tell(said(reports.PACKING), 0.95)
        file = f"{'-'.join(['mittari', 'files' if formats else 'dataset', f'{moment:%Y-%m-%d}'])}.zip"
        reports.pack_away(inside, new / file)
        reports.write_head(
            new,
            {
                "made": timestamp(moment),
                "by": person.login,
                "formats": formats,
                "submissions": made.submissions,
                "left_out": made.left_out,
                "notes": made.notes,
                "file": file,
            },
        )
        details: dict[str, str | int] = {"desk": " ".join(sorted(person.roles)), "submissions": made.submissions}
        log = Log(store=desk.store, actor=person.login, random=desk.random)
        log.add("export", " ".join(formats) or "dataset", moment=moment, details=details)
    return f"results/exports?done={desk.memory.put(person.login, Done(said(MADE)))}"


# --- taking them away -------------------------------------------------------------------------------------------------


def _of(visit: Visit, id: str, answer: Callable[[Visit, Export], Response]) -> Response:
    """What there is to answer about an export of this person's own; for any other, that there is none."""
    mine = reports.exports_in(visit.desk.works.reports.folder, visit.person.login)
    found = next((one for one in mine if one.id == id), None)
    if found is None:
        return visit.message(404, said(GONE), said(GONE_TEXT), back="results/exports")
    return answer(visit, found)


def save(visit: Visit, id: str) -> Response:
    """The files, which stay here: only whoever saves them can tell whether they came whole."""
    return _of(visit, id, _sent)


def _sent(visit: Visit, export: Export) -> Response:
    visit.log("download export", export.id, submissions=export.submissions)
    response = Response(_read(export), mimetype="application/zip")
    response.content_length = export.path.stat().st_size
    response.headers.set("Content-Disposition", "attachment", filename=export.file)
    return response


def _read(export: Export) -> Iterator[bytes]:
    """A file piece by piece: it may be larger than what the desk should hold in memory."""
    with export.path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def remove(visit: Visit, id: str) -> Response:
    """Removes the files."""
    return _of(visit, id, _removed)


def _removed(visit: Visit, export: Export) -> Response:
    visit.log("remove export", export.id)
    reports.discard(export.folder)
    return visit.go("results/exports", said(REMOVED))


PLACES = (
    Place(path="results/exports", view=exported, area="exports"),
    Place(path="results/exports/dataset", view=make_dataset, area="exports", method="POST"),
    Place(path="results/exports/files", view=make_files, area="exports", method="POST"),
    Place(path="results/exports/<id>/file", view=save, area="exports"),
    Place(path="results/exports/<id>/remove", view=remove, area="exports", method="POST"),
)
