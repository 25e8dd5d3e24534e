"""Reports and exports that were made, each a folder of its own that came there whole: what is in it, who made it, and
who may see what of it."""

from __future__ import annotations

import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args

from collector.desk.people import Person
from collector.desk.works import PageMade
from survey.frozen import dataclass
from survey.marking import _

HEAD = "made.json"
"""The file by which a folder of ours is known."""
PAGES = "pages"
FIGURES = "results.json"
STAMP, STAMP_LENGTH = "%Y%m%dT%H%M%SZ", 16
KEPT_FOR = timedelta(days=1)
"""How long an export lies here."""

Mark = Literal["given", "sent", "seen"]
"""What became of a report: planners gave it to the providers; somebody has it from elsewhere than the desk; a provider
has opened it. Each is an empty file in its folder, so that no two requests undo each other."""

EXPORTING = _("Reading the answers: {done} of {of}.")
READING = _("Bringing the answers together.")
SUMMING = _("There are so many answers that they are summed up in pieces, without figures in depth: {done} of {of}.")
COMPUTING = _("Computing what has changed. This takes longest.")
CHECKING = _("Checking that nobody can be recognised from the figures.")
WRITING = _("Writing the pages.")
FILLING = _("Writing the files: {done} of {of}.")
PACKING = _("Packing the files.")
NOBODY = _("Nobody has answered yet, so there is nothing to make it of. Make it when the first answers have come.")
REFUSED_SINCE = _(
    "The report was not made. Beside a report that was given out before, it would show what some few people have "
    "answered since. It is about: {places}. Make the report again when more people have answered there; until then, go "
    "on showing the earlier report. If you need the figures yourselves, make a report for the area’s own use."
)
REFUSED = _(
    "The report was not made: a number of fewer than {minimum} people could be worked out from it. It is about: "
    "{places}. Nobody can mend this at the desk: tell whoever looks after Mittari."
)
ALL_SERVICES = _("all services together")
NOT_MADE = _("It was not made. The reason, in English: {reason}")
DISK_FULL = _("The disk is full, so nothing was written. Free some room on it, and ask once more.")
MACHINE = _("The machine did not let the files be written: {reason}. Tell whoever looks after Mittari.")


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report: when and by whom it was made, in which language, of how many answers, and its pages."""

    folder: Path
    made: datetime
    by: str
    language: str
    since: date | None
    submissions: int
    in_depth: bool
    pages: tuple[PageMade, ...]
    own: bool
    """Whether it is for the area's own use: it was checked beside no other, and is never given out."""
    beside: tuple[str, ...]
    """The ids of the reports that it was checked beside."""

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def figures(self) -> Path:
        """The same figures as data."""
        return self.folder / PAGES / FIGURES

    def has(self, mark: Mark) -> bool:
        return (self.folder / mark).is_file()

    @property
    def told(self) -> bool:
        """Whether somebody outside the area's own staff knows it, or may: later reports are checked beside it."""
        return any(self.has(mark) for mark in get_args(Mark))

    def mark(self, mark: Mark) -> None:
        (self.folder / mark).touch()

    def unmark(self, mark: Mark) -> None:
        (self.folder / mark).unlink(missing_ok=True)

    def pages_for(self, person: Person) -> tuple[PageMade, ...]:
        """The pages that somebody may open: the area's own all of them, a coach the page of their own provider once it
        was given to the providers."""
        if person.roles & {"planner", "analyst"}:
            return self.pages
        if "provider" not in person.roles or not person.provider or not self.has("given"):
            return ()
        return tuple(page for page in self.pages if (page.reader, page.unit) == ("provider", person.provider))

    def content(self, page: PageMade) -> bytes:
        return (self.folder / PAGES / page.name).read_bytes()


@dataclass(frozen=True, kw_only=True)
class Export:
    """An export: what it is of, of how many answers, and what there is to know of it. `formats` are empty where it is
    the dataset; `notes` are messages with what fills their gaps."""

    folder: Path
    made: datetime
    by: str
    formats: tuple[str, ...]
    submissions: int
    left_out: tuple[str, ...]
    notes: tuple[tuple[str, Mapping[str, str | int]], ...]
    file: str

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def path(self) -> Path:
        return self.folder / self.file

    @property
    def until(self) -> datetime:
        return self.made + KEPT_FOR


# --- the folders ------------------------------------------------------------------------------------------------------


def reports_in(folder: Path) -> list[Report]:
    """The reports that there are, newest first."""
    return [
        Report(
            folder=path,
            made=datetime.fromisoformat(head["made"]),
            by=head["by"],
            language=head["language"],
            since=date.fromisoformat(head["since"]) if head["since"] else None,
            submissions=head["submissions"],
            in_depth=head["in_depth"],
            pages=tuple(PageMade(**page) for page in head["pages"]),
            own=head.get("own", False),
            # One that does not say so may have been checked beside none.
            beside=tuple(head.get("beside", ())),
        )
        for path, head in _heads(folder / "reports")
    ]


def unchecked(report: Report, others: Iterable[Report]) -> list[Report]:
    """The reports that others know and that were never checked beside this one: given out too, the two could tell what
    some few people have answered between them. The last that was made of all that are given out was then checked beside
    all others at once."""
    return [
        other
        for other in others
        if other.told and other.id != report.id and other.id not in report.beside and report.id not in other.beside
    ]


def exports_in(folder: Path, login: str) -> list[Export]:
    """The exports that somebody has made, newest first."""
    return [
        Export(
            folder=path,
            made=datetime.fromisoformat(head["made"]),
            by=head["by"],
            formats=tuple(head["formats"]),
            submissions=head["submissions"],
            left_out=tuple(head["left_out"]),
            notes=tuple((message, values) for message, values in head["notes"]),
            file=head["file"],
        )
        for path, head in _heads(folder / "exports")
        if head["by"] == login
    ]


def _heads(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.glob(f"*/{HEAD}"), reverse=True):
        if not path.parent.name.startswith("."):
            with suppress(FileNotFoundError):  # removed a moment ago
                yield path.parent, json.loads(path.read_text(encoding="utf-8"))


def new_folder(folder: Path, sort: Literal["reports", "exports"], moment: datetime) -> Path:
    """Where to put what is made at a moment, for the desk's own eyes alone."""
    home = folder / sort
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    name = f"{moment.astimezone(UTC):{STAMP}}"
    while (home / name).exists():
        name += "-2"
    return home / name


def write_head(folder: Path, head: Mapping[str, object]) -> None:
    """Writes what a folder holds: the last thing that is written into it."""
    (folder / HEAD).write_text(json.dumps(head, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def discard(folder: Path) -> None:
    """Removes a folder: first out of sight, whole, then what is in it."""
    gone = folder.with_name(f".{folder.name}.gone")
    with suppress(FileNotFoundError):
        folder.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def sweep(folder: Path, now: datetime) -> None:
    """Removes exports older than a day, and what a desk that ended in the middle of its work left behind."""
    for path in [*folder.glob("exports/*"), *folder.glob("reports/.*")]:
        with suppress(ValueError):  # not of our making
            made = datetime.strptime(path.name.strip(".")[:STAMP_LENGTH], STAMP).replace(tzinfo=UTC)
            if made + KEPT_FOR <= now:
                discard(path)


# --- packing ----------------------------------------------------------------------------------------------------------


def packed(files: Iterable[tuple[str, Path]]) -> bytes:
    """Some files under names of their own, as one ZIP file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files:
            archive.write(path, name)
    return made.getvalue()


def pack_away(folder: Path, into: Path) -> None:
    """Packs all that is in a folder into a ZIP file for its owner alone, and removes the folder."""
    with (
        os.fdopen(os.open(into, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    shutil.rmtree(folder)
