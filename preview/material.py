"""What the preview shows: for every part of the folder its newest version without errors, and all problems.

A part that has errors stays as it was when it last had none, so that there is a page to look at meanwhile.
"""

from __future__ import annotations

import dataclasses
import re
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from build import CATALOGUES, questionnaires, read_messages, shared_notices, site_assets
from survey import pages, reading
from survey.model import Instrument, Library, Service, Services, Site
from survey.pages import Assets, Messages, QuestionPage
from survey.phrases import Phrase
from survey.problems import Problem

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Fault:
    """What went wrong in Mittari itself, as somebody can report it: the kind of error and where it came about."""

    kind: str
    place: str

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            path = Path(frame.filename)
            if path.is_relative_to(ROOT) and ".venv" not in path.parts:
                return cls(type(error).__name__, f"{path.relative_to(ROOT).as_posix()}:{frame.lineno}")
        return cls(type(error).__name__, "?")


@dataclass(frozen=True)
class Place:
    """One questionnaire: what a page of the site asks. `service` where the page is one service's own."""

    instrument: Instrument
    wave: str
    language: str
    service: Service | None

    @property
    def path(self) -> str:
        """Where its page stands below the root of the site."""
        return pages.questionnaire_path(self.instrument, self.wave, self.language, self.service)


@dataclass(frozen=True, kw_only=True)
class Material:
    """A folder as it is shown."""

    folder: Path
    site: Site | None = None
    services: Services | None = None
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    """By file, as they were read."""
    present: tuple[str, ...] = ()
    """Every file of the folder that was read."""
    problems: tuple[Problem, ...] = ()
    bases: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For each file, those of all that its instrument extends."""
    stale: frozenset[str] = frozenset()
    """Files of which an earlier version is shown."""
    library: Library | None = None
    """All of it, made to agree; None before site and services were without errors once."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Every questionnaire by the path of its page."""
    messages: Mapping[str, Messages] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    """The versions that are locked, by `id@version`; pages of others say that they are drafts."""
    wordless: tuple[str, ...] = ()
    """Languages of the site for which there is no catalogue."""
    assets: Assets | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Style sheets, script, pictures and recordings by their paths."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Of pictures and recordings, by the names that instruments use."""
    fault: Fault | None = None

    def is_shared(self, file: str) -> bool:
        """Whether all questionnaires use what stands in a file: the site or the services."""
        return Path(file).name in (reading.SITE, reading.SERVICES)

    def name(self, file: str) -> str:
        """A file as its author knows it: below the folder."""
        path = Path(file)
        within = path.is_relative_to(self.folder) and path != self.folder
        return path.relative_to(self.folder).as_posix() if within else file

    @property
    def unshown(self) -> list[str]:
        """The ids of instruments that never were without errors, as their files are named."""
        known = {instrument.instrument for instrument in self.instruments.values()}
        files = [file for file in self.present if file not in self.instruments and not self.is_shared(file)]
        return [id for id in dict.fromkeys(map(id_of, files)) if id not in known]

    def file_of(self, key: str) -> str:
        """The file of an instrument, given its `id@version`; empty if there is none."""
        return next((file for file, instrument in self.instruments.items() if instrument.key == key), "")

    def question_page(self, place: Place) -> QuestionPage:
        """What rendering a questionnaire needs."""
        assert self.library and self.assets
        return QuestionPage(
            library=self.library,
            language=place.language,
            messages=self.messages[place.language],
            assets=self.assets,
            instrument=place.instrument,
            wave=place.wave,
            service=place.service,
        )

    def page(self, language: str, *, root: str = "../") -> pages.Page:
        """What rendering any other page needs."""
        assert self.library and self.assets
        messages = self.messages[language]
        return pages.Page(library=self.library, language=language, messages=messages, assets=self.assets, root=root)


def id_of(file: str) -> str:
    """The instrument that a file is named after."""
    return Path(file).stem.partition(".")[0]


def renewed(before: Material) -> Material:
    """The folder as it is now, with what has errors as it was before. A fault of ours leaves all as it was."""
    try:
        return _renewed(before)
    except Exception as error:  # whatever it is, the author is told and goes on
        return dataclasses.replace(before, fault=Fault.of(error))


def _renewed(before: Material) -> Material:
    read = reading.read_library(before.folder)
    sound = read.sound
    wrong = {problem.place.file for problem in read.errors}
    kept = {
        file: instrument
        for file, instrument in before.instruments.items()
        if file in sound.files and file not in sound.versions and wrong & {file, *read.bases(file)}
    }
    whole_now = {file: version.instrument for file, version in sound.versions.items()}
    # Site and services go together: each has texts in the languages of the other.
    whole = sound.site is not None and sound.services is not None
    material = Material(
        folder=before.folder,
        site=sound.site if whole else before.site,
        services=sound.services if whole else before.services,
        instruments=dict(sorted({**kept, **whole_now}.items())),
        present=sound.files,
        locked=frozenset(key for key, version in read.versions.items() if version.locked),
        problems=read.problems,
        bases={file: read.bases(file) for file in sound.files},
        stale=frozenset(kept) | (frozenset() if whole else _of_the_site(before)),
        contents=before.contents,
    )
    return _with_pages(material) if material.site and material.services else material


def _of_the_site(before: Material) -> frozenset[str]:
    names = (reading.SITE, reading.SERVICES) if before.site else ()
    return frozenset(str(before.folder / name) for name in names)


def _with_pages(material: Material) -> Material:
    library, wordless = _agreeing(material)
    contents = dict(material.contents)

    def content(name: str) -> bytes:
        """As it is now; where it cannot be read, as it was."""
        try:
            contents[name] = (material.folder / name).read_bytes()
        except OSError:
            contents.setdefault(name, b"")
        return contents[name]

    assets, files = site_assets(library, content)
    places = {place.path: place for place in _places(library)}
    return dataclasses.replace(
        material,
        library=library,
        places=places,
        wordless=wordless,
        messages={language: read_messages(language) for language in library.site.languages},
        assets=assets,
        files=files,
        contents=contents,
    )


def _agreeing(material: Material) -> tuple[Library, tuple[str, ...]]:
    """One library of parts that may be of different times: languages, waves and instruments that the others do not
    know are left out. Beside it the languages of the site that have no catalogue."""
    assert material.site and material.services
    worded = [tag for tag in shared_notices().languages if _has_messages(tag)]
    wordless = tuple(tag for tag in material.site.languages if tag not in worded)
    site = dataclasses.replace(
        material.site, languages=tuple(tag for tag in material.site.languages if tag not in wordless)
    )
    instruments = {}
    for instrument in material.instruments.values():
        languages = tuple(tag for tag in instrument.languages if tag in site.languages)
        waves = tuple(wave for wave in instrument.waves if wave in site.waves)
        if (languages, waves) != (instrument.languages, instrument.waves):
            instrument = dataclasses.replace(instrument, languages=languages, waves=waves)
        if languages and waves:
            instruments[instrument.key] = instrument
    services = dataclasses.replace(
        material.services,
        services=tuple(
            dataclasses.replace(service, instruments=tuple(key for key in service.instruments if key in instruments))
            for service in material.services.services
        ),
    )
    drafts = tuple(sorted(key for key in instruments if key not in material.locked))
    return Library(site=site, services=services, instruments=instruments, drafts=drafts), wordless


def _has_messages(language: str) -> bool:
    return language == "en" or (CATALOGUES / f"pages.{language}.po").is_file()


def _places(library: Library) -> Iterator[Place]:
    """Every questionnaire that is published, and those of instruments that no service asks yet."""
    published = set()
    for instrument, wave, language, service in questionnaires(library):
        published.add(instrument.key)
        yield Place(instrument, wave, language, service)
    for instrument in library.instruments.values():
        if instrument.key not in published:
            for wave in instrument.waves:
                for language in instrument.languages:
                    yield Place(instrument, wave, language, None)


# --- quoting --------------------------------------------------------------------------------------

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_LONGEST = 500


@dataclass(frozen=True)
class Quote:
    """A line of a file in three parts, the middle one being what a problem is about; and its neighbours."""

    number: int
    before: str
    marked: str
    after: str
    above: str | None
    below: str | None


def quote(problem: Problem) -> Quote | None:
    """The line of a problem as it stands in the file; None where there is none."""
    try:
        text = Path(problem.place.file).read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return None
    lines = [line[:_LONGEST] for line in _LINE_END.split(text.removeprefix("\ufeff"))]
    at = problem.place.line - 1
    if not (0 <= at < len(lines) and lines[at].strip()):
        return None
    start, end = _marked(lines[at], problem)
    above, below = (lines[n] if 0 <= n < len(lines) and lines[n].strip() else None for n in (at - 1, at + 1))
    line = lines[at]
    return Quote(problem.place.line, line[:start], line[start:end], line[end:], above, below)


def _marked(line: str, problem: Problem) -> tuple[int, int]:
    """What the sentence names, if it stands in the line; else all of the line."""
    for word in sorted(_named(problem.sentence), key=len, reverse=True):
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line)
        if found:
            return found.span()
    return len(line) - len(line.lstrip()), len(line.rstrip())


def _named(value: object) -> Iterator[str]:
    if isinstance(value, Phrase):
        for _name, inner in value.values:
            yield from _named(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _named(inner)
    elif str(value).strip("'"):
        yield str(value).strip("'")


# --- the one that is shown ------------------------------------------------------------------------


class Preview:
    """The material of a folder, read again when it has changed. Several threads may look at it and wait for it."""

    def __init__(self, folder: Path, *, renew: Callable[[Material], Material] = renewed, mark: str = "") -> None:
        """`mark` tells one run of the preview from another, so that a browser notices."""
        self._renew = renew
        self._mark = mark
        self._number = 0
        self._changed = threading.Condition()
        self._ended = False
        self.material = renew(Material(folder=folder))

    @property
    def revision(self) -> str:
        return f"{self._mark}{self._number}"

    def refresh(self) -> None:
        """Reads the folder, and wakes whoever waits."""
        material = self._renew(self.material)
        with self._changed:
            self.material = material
            self._number += 1
            self._changed.notify_all()

    def after(self, revision: str, seconds: float) -> str:
        """The revision once it is another than the one given, or as it is after some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self.revision != revision, timeout=seconds)
            return self.revision

    def end(self) -> None:
        """Lets everybody go who waits."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
