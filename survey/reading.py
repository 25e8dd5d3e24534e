"""Reads the files that staff edit into the model, strictly, and collects every problem on the way.

What one file says is read in `survey.values`; what the values must agree on among themselves is in `survey.checks`.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from survey import checks, strict_yaml
from survey import locked as locking
from survey import problems as p
from survey.filed import Filed, filed, joined_digest
from survey.files import (
    MANY,
    Gathered,
    Progress,
    Report,
    Source,
    collection_paused,
    gather,
    languages_of,
    read_source,
    reason_of,
)
from survey.frozen import dataclass
from survey.located import Read
from survey.locked import EditedFileError, Locked, LockedFileError
from survey.marking import _
from survey.model import Instrument, Library, Services, Site, extended, with_origin
from survey.notices import FILE, SharedNotices
from survey.packed import OnDemand
from survey.pages import TEMPLATES
from survey.phrases import said
from survey.pictures import KINDS, Picture, picture
from survey.pictures import SIZE_LIMIT as PICTURE_LIMIT
from survey.problems import Place, Problem
from survey.recordings import KINDS as SOUNDS
from survey.recordings import SIZE_LIMIT as RECORDING_LIMIT
from survey.recordings import Recording, recording
from survey.values import NOTHING, Reader

SITE, SERVICES = "site.yaml", "services.yaml"


def silent(_done: int, _of: int) -> None:
    """Tells nobody how far reading has come."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of an instrument as it was found, and the file that it was read from. `locked` is what it must mean;
    None for a draft."""

    key: str
    file: str
    locked: Locked | None
    filed: Filed | None
    """None where only a lock holds it."""

    @property
    def instrument(self) -> Instrument:
        """The version, whole and with its origins."""
        if self.filed is not None:
            return with_origin(self.filed.read().value)
        assert self.locked is not None
        return self.locked.instrument

    @property
    def digest(self) -> str:
        """Of all that it was read from: the same digest, the same instrument."""
        return self.filed.digest if self.filed is not None else self.locked.digest if self.locked is not None else ""

    @property
    def images(self) -> frozenset[str]:
        """The pictures of its options."""
        return self.filed.images if self.filed is not None else self.instrument.images

    @property
    def recordings(self) -> frozenset[str]:
        """The files that its questions are heard from."""
        return self.filed.recordings if self.filed is not None else self.instrument.recordings


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What of a folder is free of errors, also where the folder is not. Versions are by their files; one is sound if
    all that it extends is sound too."""

    site: Site | None = None
    services: Services | None = None
    versions: Mapping[str, Version] = dataclasses.field(default_factory=dict)
    files: tuple[str, ...] = ()
    """Every file that was looked at, sound or not."""


@dataclass(frozen=True)
class Reading:
    """What was read: the library where a folder is whole and free of errors, and every problem, sorted."""

    library: Library | None
    problems: tuple[Problem, ...]
    extended: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """For each file of an instrument that extends another, that one's file."""
    versions: Mapping[str, Version] = dataclasses.field(default_factory=dict)
    """Every version that could be read, by `id@version`, also where the folder has errors."""
    sound: Sound = Sound()

    def bases(self, file: str) -> frozenset[str]:
        """The files of all that the instrument in a file extends."""
        found: list[str] = []
        while (base := self.extended.get(file)) is not None and base not in found:
            found.append(base)
            file = base
        return frozenset(found)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def check(paths: Iterable[Path], *, progress: Progress = silent, today: date | None = None) -> tuple[Problem, ...]:
    """Every problem of some files and folders, sorted. A file's own folder is the library that it is read with.

    Given `today`, also what a person has to declare for a site and has not, or not lately.
    """
    found: set[Problem] = set()
    for path in paths:
        if path.is_dir():
            found.update(read_library(path, progress=progress, today=today).problems)
        elif path.exists():
            folder = read_file(path, progress=progress, today=today)
            # What it extends is half of it: an error there is why it cannot be read whole.
            bases = folder.bases(str(path))
            found.update(each for each in folder.problems if each.place.file == str(path))
            found.update(each for each in folder.errors if each.place.file in bases)
        else:
            found.add(p.file_missing(Place(str(path))))
    return tuple(sorted(found))


def read_file(path: Path, *, progress: Progress = silent, today: date | None = None) -> Reading:
    """The library that a file belongs to: its folder, and that of its instruments for the file of a locked version."""
    if path.suffix == ".json" and path.parent.name == locking.FOLDER:
        return read_library(path.parent.parent, progress=progress, today=today)
    return read_library(path.parent, also=path, progress=progress, today=today)


def read_library(
    folder: Path,
    *,
    also: Path | None = None,
    progress: Progress = silent,
    keep: Path | None = None,
    wording: bool = True,
    today: date | None = None,
) -> Reading:
    """All instruments of a folder with its services and site, and the versions that are locked there. `also` is a file
    to read whatever its name ends in; `keep` a file that spares reading what has not changed, where there is much;
    without `wording` nothing is said of it, which takes a third of the time; `today` is as for `check`."""
    with collection_paused():
        return _read_library(folder, also, progress, keep, wording, today)


def _read_library(
    folder: Path, also: Path | None, progress: Progress, keep: Path | None, wording: bool, today: date | None
) -> Reading:
    found: list[Problem] = []
    named = [path for path in folder.iterdir() if path.suffix.lower() in _YAML] if folder.is_dir() else []
    files = sorted({*named, *([also] if also else [])})
    found += [p.file_ignored(Place(str(path)), expected=str(place)) for path, place in _ignored(folder) if path != also]
    if not files:
        found.append(p.folder_empty(Place(str(folder))))
        return Reading(None, tuple(sorted(found)))
    gathered, site = _gathered(files, found, progress, keep, wording)
    services = _read_one(gathered.sources, "services", SERVICES, Services, found.append, site.value if site else None)
    # Files that could not be read are told once, and not again by whoever uses them.
    unread = {Path(file).stem.partition(".")[0] for file in gathered.unread}
    locked = _locked(folder, found.append)
    instruments = _resolve(gathered.drafts, locked, unread, found.append)
    unread |= {draft.name for draft in gathered.drafts} - {each.name for each in instruments}
    found.extend(checks.library_problems(site, services, instruments, unread, locked, gathered.judged, wording=wording))
    only_locked = [locked[key] for key in locked.keys() - {filed.key for filed in instruments}]
    found.extend(_picture_problems(gathered.pictures, only_locked))
    found.extend(_recording_problems(gathered.recordings, only_locked))
    found.extend(_lacking(folder, gathered.sources))
    if site and today:
        found.extend(checks.declared_problems(site, today))
        _shared_notices(found.append, site)
    library = None
    versions = _versions(instruments, locked)
    if site and services and not any(problem.severity == "error" for problem in found):
        library = Library(
            site=site.value,
            services=services.value,
            instruments=_instruments(versions),
            drafts=tuple(sorted(key for key, version in versions.items() if version.locked is None)),
        )
    reading = Reading(library, tuple(sorted(set(found))), _extended(gathered.drafts, versions, folder), versions)
    return dataclasses.replace(reading, sound=_sound(reading, site, services, map(str, files)))


def _gathered(
    files: Sequence[Path], found: list[Problem], progress: Progress, keep: Path | None, wording: bool
) -> tuple[Gathered, Read[Site] | None]:
    """What the files hold, and the site. Of many files site.yaml is read first, since instruments are judged by it."""
    first = next((path for path in files if path.name == SITE), None)
    source = read_source(first, found.append) if first and len(files) >= MANY else None
    if source is None or not source.has("organisation") or source.has("instrument"):
        gathered = gather(files, None, progress)
        found.extend(gathered.problems)
        return gathered, _read_one(gathered.sources, "organisation", SITE, Site, found.append)
    site = _read_one([source], "organisation", SITE, Site, found.append)
    gathered = gather([path for path in files if path != first], site, progress, keep=keep, wording=wording)
    found.extend(gathered.problems)
    gathered = dataclasses.replace(gathered, sources=[source, *gathered.sources])
    # Tells other files that say that they are the site.
    _read_one(gathered.sources, "organisation", SITE, Site, found.append)
    return gathered, site


def _lacking(folder: Path, sources: Sequence[Source]) -> Iterator[Problem]:
    """What a folder needs beside instruments, where it is not there at all."""
    if not any(source.has("organisation") for source in sources) and not (folder / SITE).exists():
        yield p.site_missing(Place(str(folder)))
    if not any(source.has("services") for source in sources) and not (folder / SERVICES).exists():
        yield p.services_missing(Place(str(folder)))


def _sound(reading: Reading, site: Read[Site] | None, services: Read[Services] | None, files: Iterable[str]) -> Sound:
    wrong = {problem.place.file for problem in reading.errors}
    whole = {each.file: each for each in reading.versions.values()}
    return Sound(
        site=site.value if site and site.file not in wrong else None,
        services=services.value if services and services.file not in wrong else None,
        versions={file: each for file, each in whole.items() if not wrong & {file, *reading.bases(file)}},
        files=tuple(sorted({*files, *whole})),
    )


def _versions(instruments: Sequence[Filed], locked: Mapping[str, Locked]) -> Mapping[str, Version]:
    """What the files hold, with their titles and hints; then what only a lock holds."""
    found = {
        filed.key: Version(key=filed.key, file=filed.file, locked=locked.get(filed.key), filed=filed)
        for filed in instruments
    }
    for key, one in locked.items():
        found.setdefault(key, Version(key=key, file=one.file, locked=one, filed=None))
    return found


def _instruments(versions: Mapping[str, Version]) -> Mapping[str, Instrument]:
    """Each version's instrument; where there are many, made whole when it is asked for."""
    each = functools.partial(_instrument, versions)
    return OnDemand(versions, each) if len(versions) >= MANY else {key: each(key) for key in versions}


def _instrument(versions: Mapping[str, Version], key: str) -> Instrument:
    return versions[key].instrument


_YAML = (".yaml", ".yml")
_OURS = re.compile(rb"^(instrument|services|organisation):", re.MULTILINE)
_OWN_FOLDERS = ("images", "audio", "locked")
_BACKUPS = ("~", ".bak", ".old", ".orig", ".swp", ".tmp")


def _ignored(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Files that look like ours and are not read because of their name or place, each with where it would be read.

    Hidden files, backups, and what the three folders with a purpose of their own hold are left alone.
    """
    for path in _within(folder, depth=3):
        suffix, right_here = path.suffix.lower(), path.parent == folder
        if right_here and suffix not in _YAML and path.stem.lower().endswith(_YAML):
            yield path, folder / path.stem
        elif right_here and suffix in ("", ".txt") and _OURS.search(_head(path)):
            yield path, folder / f"{path.stem}.yaml"
        elif not right_here and suffix in _YAML and _OURS.search(_head(path)):
            yield path, folder / path.name


def _within(folder: Path, *, depth: int) -> Iterator[Path]:
    """The files of a folder, and of folders in it down to a depth."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.name.startswith(".") or path.name.endswith(_BACKUPS):
            continue
        if path.is_file():
            yield path
        elif depth > 1 and path.is_dir() and not path.is_symlink() and path.name not in _OWN_FOLDERS:
            yield from _within(path, depth=depth - 1)


def _head(path: Path) -> bytes:
    """Where the first keys of a file would stand; nothing, if it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def _extended(drafts: Sequence[Filed], versions: Mapping[str, Version], folder: Path) -> Mapping[str, str]:
    files = {key: version.file for key, version in versions.items()} | {d.key: d.file for d in drafts}
    named = {draft.file: draft.extends for draft in drafts if draft.extends}
    return {file: files.get(key, str(folder / f"{key.partition('@')[0]}.yaml")) for file, key in named.items()}


# --- files ----------------------------------------------------------------------------------------


def _read_one(
    sources: Sequence[Source], mark: str, name: str, cls: type, report: Report, site: Site | None = None
) -> Read[Any] | None:
    """The one file of a folder that has the key `mark` at its top; the one with the right name where there are more."""
    found = [source for source in sources if source.has(mark) and not source.has("instrument")]
    found.sort(key=lambda source: Path(source.file).name != name)
    for other in found[1:]:
        report(p.file_repeated(Place(other.file), first=Path(found[0].file).name))
    if not found:
        return None
    source = found[0]
    own = languages_of(source.root)
    reader = Reader(source.file, own or (site.languages if site else ()), report, of_site=not own)
    if Path(source.file).name != name:
        report(p.file_name(Place(source.file), expected=name))
    value = reader.read(cls, source.root, key=mark)
    return None if value is NOTHING else Read(value, source.file, source.root, reader.lost)


def _locked(folder: Path, report: Report) -> Mapping[str, Locked]:
    """The locked versions of a folder, by `id@version`. What cannot be read is reported and left out."""
    found: list[Locked] = []
    for path in sorted((folder / locking.FOLDER).glob("*.json")):
        place = Place(str(path))
        try:
            one = locking.decode(path.read_bytes(), file=str(path))
        except OSError as error:
            report(p.file_unreadable(place, reason=reason_of(error)))
        except LockedFileError as error:
            report(p.lock_unreadable(place, found=error.found))
        except EditedFileError:
            report(p.lock_edited(place))
        else:
            name = re.sub(r"\.\d+\.json$", ".json", path.name)
            expected = locking.file_name(one.instrument)
            if name == expected:
                found.append(one)
            else:
                report(p.lock_unreadable(place, found=said(_("it is not called '{expected}'"), expected=expected)))
    whole, strange = locking.joined(found)
    for one in strange:
        report(p.lock_edited(Place(one.file)))
    return whole


def _resolve(drafts: Sequence[Filed], locked: Mapping[str, Locked], unread: set[str], report: Report) -> list[Filed]:
    """Every instrument with what it extends; those whose base is missing or circular are left out."""
    by_key: dict[str, Filed] = {}
    for draft in drafts:
        if draft.key in by_key:
            place, first = draft.read().place("instrument"), by_key[draft.key].read().place("instrument")
            report(p.id_reused(place, id=draft.key, kind=said(_("instrument")), first=first))
        by_key.setdefault(draft.key, draft)
    whole: dict[str, Filed] = {}
    for key in by_key:
        for one in reversed(_chain(key, by_key, locked, whole, unread, report)):
            draft = by_key[one]
            if draft.extends is not None:
                draft = _built_on(whole.get(draft.extends), locked.get(draft.extends), draft, report)
            whole[one] = draft
    return [whole[key] for key in by_key if key in whole]


def _chain(
    key: str,
    drafts: Mapping[str, Filed],
    locked: Mapping[str, Locked],
    whole: Mapping[str, Filed],
    unread: set[str],
    report: Report,
) -> list[str]:
    """An instrument and all that it extends which is not whole yet; empty after a problem. What only a lock holds is
    whole."""
    chain: list[str] = []
    below: str | None = key
    while below is not None and below not in whole:
        chain.append(below)
        draft = drafts[below]
        below = draft.extends
        if below in chain:
            report(p.extends_circular(draft.read().place("extends"), chain=(*chain, below)))
            return []
        if below is not None and below not in drafts:
            if below in locked:
                return chain
            if below.partition("@")[0] not in unread:
                place = draft.read().place("extends")
                report(p.extends_unknown(place, base=below, known=sorted({*drafts, *locked})))
            return []
    return chain


def _built_on(base: Filed | None, locked: Locked | None, draft: Filed, report: Report) -> Filed:
    """An instrument with what it extends, which is whole itself: in a file, locked, or both."""
    read, below = draft.read(), _as_in_the_field(base.read() if base else None, locked)
    for language in read.value.languages:
        if language not in below.languages:
            report(p.extends_language(read.place("languages"), language=language, base=below.key))
    built = filed(
        dataclasses.replace(read, value=extended(read.value, below), base=below),
        digest=joined_digest(draft.digest, base.digest if base else "", locked.digest if locked else ""),
        images=draft.images | below.images,
        recordings=draft.recordings | below.recordings,
    )
    return built.away() if isinstance(draft.whole, bytes) else built


def _as_in_the_field(base: Read[Instrument] | None, locked: Locked | None) -> Instrument:
    """A base with its titles and hints as they stand in its file; as it was locked where it has no file, or no longer
    means the same there, which is told in that file."""
    if base is None:
        assert locked is not None
        return locked.instrument
    whole = with_origin(base.value)
    try:
        return whole if locked is None or locked.is_meant_by(whole) else locked.instrument
    except (KeyError, StopIteration):
        return whole if locked is None else locked.instrument


# --- notices --------------------------------------------------------------------------------------


def read_shared_notices(report: Report) -> SharedNotices | None:
    """What notices say the same for every area; None after a problem."""
    path, found = TEMPLATES / FILE, list[Problem]()
    root = strict_yaml.load(path.read_bytes(), file=str(path), report=found.append)
    value = NOTHING
    if isinstance(root, strict_yaml.Mapping):
        value = Reader(str(path), languages_of(root), found.append).read(SharedNotices, root, key=FILE)
    for problem in found:
        report(problem)
    return None if found or value is NOTHING else typing.cast(SharedNotices, value)


def _shared_notices(report: Report, site: Read[Site]) -> None:
    """Reports what is wrong with the file, and the languages of a site that it lacks."""
    shared = read_shared_notices(report)
    for language in site.value.languages if shared else ():
        if shared and language not in shared.languages:
            report(p.translation_missing(site.place("languages"), key=FILE, language=language))


# --- pictures -------------------------------------------------------------------------------------


def _picture_problems(pictures: Mapping[str, Mapping[str, int]], only_locked: Sequence[Locked]) -> Iterator[Problem]:
    """What is wrong with the pictures that stand beside options, by file with their lines; and with those of versions
    that only a lock holds."""
    judged: dict[Path, Picture | None] = {}
    for one in only_locked:
        for image in one.instrument.images:
            yield from _judged(Place(one.file), image, _picture(Path(one.file).parent.parent / image))
    for file, lines in pictures.items():
        for image, line in lines.items():
            path = Path(file).parent / image
            if path not in judged:
                judged[path] = _picture(path)
            yield from _judged(Place(file, line), image, judged[path])


def _picture(path: Path) -> Picture | None:
    """What a file is; None where there is none."""
    try:
        return picture(path.suffix[1:], path.read_bytes()) if path.is_file() else None
    except OSError:
        return Picture(0, False)


def _judged(place: Place, image: str, found: Picture | None) -> Iterator[Problem]:
    if found is None:
        yield p.image_missing(place, image=image)
    elif not found.is_kind:
        yield p.image_kind(place, image=image, kind=KINDS[image.rpartition(".")[2]])
    elif found.unsafe is not None:
        yield p.image_unsafe(place, image=image, found=found.unsafe)
    elif found.size > PICTURE_LIMIT:
        yield p.image_large(place, image=image, size=found.size, limit=PICTURE_LIMIT)


# --- recordings -----------------------------------------------------------------------------------


def _recording_problems(
    recordings: Mapping[str, Mapping[str, int]], only_locked: Sequence[Locked]
) -> Iterator[Problem]:
    """The same of the files that questions are heard from."""
    heard: dict[Path, Recording | None] = {}
    for one in only_locked:
        for audio in one.instrument.recordings:
            yield from _heard(Place(one.file), audio, _recording(Path(one.file).parent.parent / audio))
    for file, lines in recordings.items():
        for audio, line in lines.items():
            path = Path(file).parent / audio
            if path not in heard:
                heard[path] = _recording(path)
            yield from _heard(Place(file, line), audio, heard[path])


def _recording(path: Path) -> Recording | None:
    """What a file is; None where there is none."""
    try:
        return recording(path.suffix[1:], path.read_bytes()) if path.is_file() else None
    except OSError:
        return Recording(0, False)


def _heard(place: Place, audio: str, found: Recording | None) -> Iterator[Problem]:
    if found is None:
        yield p.audio_missing(place, audio=audio)
    elif found.size == 0:
        yield p.audio_empty(place, audio=audio)
    elif not found.is_kind:
        yield p.audio_kind(place, audio=audio, kind=SOUNDS[audio.rpartition(".")[2]])
    elif found.size > RECORDING_LIMIT:
        yield p.audio_large(place, audio=audio, size=found.size, limit=RECORDING_LIMIT)
