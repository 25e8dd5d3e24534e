"""Reports and exports for the desk."""

from __future__ import annotations

import errno
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from collector.bundle import Bundle
from collector.desk import reports
from collector.desk.jobs import Progress
from collector.desk.works import ExportMade, NotMade, PageMade, ReportAsked, ReportMade
from collector.settings import Settings
from commands.analysts import Exported, Watched, export_dataset
from commands.files import FORMATS, files_of
from commands.reporting import Asked, Step, make_report
from survey.model import Library, Text
from survey.phrases import Words, said

if TYPE_CHECKING:
    from analysis.gate import ReleaseRefused

STEPS: Mapping[Step, tuple[str, float]] = {
    "reading": (reports.READING, 0.3),
    "computing": (reports.COMPUTING, 0.35),
    "checking": (reports.CHECKING, 0.8),
    "writing": (reports.WRITING, 0.9),
}
"""What is told of each step, and the share of all that is behind when it begins."""


class DeskReports:
    """Makes them with what the commands 'report', 'export' and 'files' call."""

    def __init__(self, settings: Settings, output: Path) -> None:
        self._settings = settings
        self.folder = output

    @property
    def formats(self) -> Mapping[str, str]:
        """The kinds of files for other programs, each with the message that says what it is."""
        from analysis.files.readme import FILES

        return {name: FILES[name][1] for name in FORMATS}

    def report(self, asked: ReportAsked, into: Path, *, bundle: Bundle, moment: datetime, tell: Progress) -> ReportMade:
        """Writes a report into a folder that is not there yet."""
        steps: list[Step] = []

        def told(step: Step) -> None:
            steps.append(step)
            if step in STEPS:
                message, share = STEPS[step]
                tell(said(message), share)

        wanted = Asked(
            output=into,
            language=asked.language,
            moment=moment,
            since=asked.since,
            readers=asked.readers,
            earlier=asked.earlier,
        )
        with _refusals(bundle.library, asked.language), self._dataset(bundle, moment, tell, 0.3) as (folder, exported):
            pages = make_report(folder, wanted, watched=_watched(tell, reports.SUMMING, 0.3, 0.8), told=told)
        return ReportMade(
            pages=tuple(PageMade(name=page.name, reader=page.reader, unit=page.unit) for page in pages),
            submissions=exported.submissions,
            in_depth="summing up" not in steps,
        )

    def dataset(self, into: Path, *, bundle: Bundle, moment: datetime, tell: Progress) -> ExportMade:
        """Writes the dataset into a folder that is not there yet."""
        with _refusals(bundle.library, ""):
            exported = self._export(into, bundle, moment, tell, 0.9)
        return ExportMade(submissions=exported.submissions, left_out=exported.left_out)

    def files(
        self,
        formats: Sequence[str],
        into: Path,
        *,
        language: str,
        bundle: Bundle,
        moment: datetime,
        tell: Progress,
    ) -> ExportMade:
        """Writes the answers as files for other programs into a folder that is not there yet, with labels in a
        language."""
        done = 0

        def progress(name: str) -> None:
            nonlocal done
            done += 1
            tell(said(reports.FILLING, done=min(done, len(formats)), of=len(formats)), 0.4 + 0.5 * done / len(FORMATS))

        with _refusals(bundle.library, language), self._dataset(bundle, moment, tell, 0.4) as (folder, exported):
            written = files_of(folder, into, formats=formats, language=language, moment=moment, progress=progress)
        notes = tuple(
            (
                note.message,
                {name: value if isinstance(value, int) else str(value) for name, value in note.values.items()},
            )
            for note in written.notes
        )
        return ExportMade(submissions=exported.submissions, left_out=exported.left_out, notes=notes)

    @contextmanager
    def _dataset(
        self, bundle: Bundle, moment: datetime, tell: Progress, until: float
    ) -> Iterator[tuple[Path, Exported]]:
        """A dataset of the store as it is now, which is gone when the block ends."""
        with work_folder(self.folder, moment) as work:
            folder = work / "dataset"
            yield folder, self._export(folder, bundle, moment, tell, until)

    def _export(self, into: Path, bundle: Bundle, moment: datetime, tell: Progress, until: float) -> Exported:
        from collector.opening import opened

        watched = _watched(tell, reports.EXPORTING, 0.0, until)
        with closing(opened(self._settings.store, make=False)) as store:
            exported = export_dataset(store, into, bundle=bundle, moment=moment, watched=watched)
        if not exported.submissions:
            raise NotMade(said(reports.NOBODY))
        return exported


@contextmanager
def work_folder(output: Path, moment: datetime) -> Iterator[Path]:
    """A folder to work in, for the owner alone, which is gone when the block ends. It lies where exports are removed
    after a day, should the machine go down meanwhile."""
    home = output / "exports"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    stamp = f"{moment.astimezone(UTC):{reports.STAMP}}"
    with tempfile.TemporaryDirectory(prefix=f".{stamp}.", dir=home) as work:
        yield Path(work)


def _watched(tell: Progress, message: str, since: float, until: float) -> Watched:
    """Goes over keys, and tells at every hundredth how far it is."""

    def watched(keys: Sequence[str]) -> AbstractContextManager[Iterable[str]]:
        def each() -> Iterator[str]:
            for n, key in enumerate(keys):
                if n % max(len(keys) // 100, 1) == 0:
                    tell(said(message, done=n, of=len(keys)), since + (until - since) * n / len(keys))
                yield key

        return nullcontext(each())

    return watched


# --- what goes wrong --------------------------------------------------------------------------------------------------


@contextmanager
def _refusals(library: Library, language: str) -> Iterator[None]:
    """Turns what the analysis and the machine refuse into sentences of the desk."""
    from analysis import AnalysisError
    from analysis.gate import ReleaseRefused
    from survey.folders import NotOursError

    try:
        yield
    except ReleaseRefused as error:
        raise _told(error, library, language) from error
    except (AnalysisError, NotOursError) as error:
        raise NotMade(said(reports.NOT_MADE, reason=str(error))) from error
    except OSError as error:
        full = error.errno == errno.ENOSPC or "No space left" in str(error)
        told = said(reports.DISK_FULL) if full else said(reports.MACHINE, reason=error.strerror or str(error))
        raise NotMade(told) from error


def _told(error: ReleaseRefused, library: Library, language: str) -> NotMade:
    """The gate's refusal: what it is about, and what to do."""
    found = error.attacked.recovered
    names = tuple(dict.fromkeys(_named(one.where, library, language) for one in found))
    if all(one.since is not None for one in found):
        return NotMade(said(reports.REFUSED_SINCE, places=names))
    return NotMade(said(reports.REFUSED, minimum=error.attacked.minimum, places=names))


def _named(where: str, library: Library, language: str) -> Words:
    """A place of the gate by the title that people know it by."""
    if where.startswith("all services"):
        return said(reports.ALL_SERVICES)
    services = library.services
    titles: Mapping[str, Callable[[str], Text | str | None]] = {
        "service": lambda id: next((one.title for one in services.services if one.id == id), None),
        "kind": services.kinds.get,
        "provider": lambda id: services.providers[id].name if id in services.providers else None,
    }
    found = re.match(r"(?:(\w+) )?'(.*)'", where)
    # What has no sort is a service.
    titled = titles.get(found[1] or "service") if found else None
    title = titled(found[2]) if found and titled else None
    if isinstance(title, str) or title is None:
        return title or (found[2] if found else where)
    return title.get(language) or next(iter(title.values()))
