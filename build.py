"""Publishes a folder of instruments: static pages in `site/` and the collector's `bundle/`, both of one build.

`mittari build` calls this; `python build.py [FOLDER] [--output DIR]` does the same.
"""

from __future__ import annotations

import dataclasses
import gc
import gzip
import hashlib
import io
import itertools
import json
import locale
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from survey import locked as locking
from survey import pages, problems, reading, versions
from survey.folders import NotOursError, replacing
from survey.model import Instrument, Library, Service, Site, as_data, canonical, is_open
from survey.notices import FILE, SharedNotices
from survey.packed import OnDemand
from survey.pages import TEMPLATES, Assets, Messages, Page, QuestionPage
from survey.reading import Reading, Version
from survey.versions import Comparison

FOLDER = Path("instruments")
OUTPUT = Path("var/build")
FORMAT = 1
MARK = "build.json"
PAGES = "pages.json"
KEPT = "kept"
"""Beside site and bundle: what spares reading files that are the same, where they are many."""
COMPRESSED = (".js", ".svg")
"""Assets that have a compressed twin; every page has one."""
LEVEL = 7
"""Of compression: a fifth faster than 9, and half a byte of a page more (`benchmarks/build.py`)."""
CATALOGUES = TEMPLATES / "messages"
SECURITY = ".well-known/security.txt"

Progress = Callable[[str], None]


class BuildError(Exception):
    """The pages cannot be published; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Built:
    """What a build made."""

    site: Path
    bundle: Path
    build: str
    pages: int
    left_out: tuple[str, ...]
    """Drafts that no service uses, which were not published."""

    def __str__(self) -> str:
        made = f"{self.pages} pages in {self.site}, bundle in {self.bundle}, build {self.build}."
        return f"{made} Left out, as not locked: {', '.join(self.left_out)}." if self.left_out else made


def build(
    folder: Path,
    output: Path,
    *,
    drafts: bool = False,
    before: Callable[[Library], None] = lambda library: None,
    progress: Progress = lambda name: None,
    language: str = "en",
    fresh: bool = False,
) -> Built:
    """Freezes the pages of a folder into `output/site` and writes `output/bundle`.

    Two builds of the same material are equal in every byte. Folders that an earlier build made are replaced as a
    whole; any other folder in their place is left alone. Pages whose material has not changed since are taken over
    from it, unless `fresh`. Versions that are not locked are published with `drafts` only. `before` sees what is about
    to be published, and may raise. Raises BuildError, also where the material has problems, which are said in
    `language`.
    """
    read, whole = _checked(folder, language, keep=None if fresh else output / KEPT)
    site, files = _read(
        whole if drafts else _without_drafts(whole, language), read.versions, lambda name: (folder / name).read_bytes()
    )
    before(site.library)
    bundle = _bundle(site)
    try:
        # Both are whole before either takes its place.
        with (
            replacing(output / "bundle", mark=MARK, mode=0o755) as new_bundle,
            replacing(output / "site", mark=MARK, mode=0o755) as new_site,
        ):
            _write_assets(files, new_site)
            _write(loose := _loose_files(site.library.site), new_site)
            places = _Places(site=new_site, bundle=new_bundle)
            made = _freeze(site, places, _Earlier(output) if not fresh else None, progress)
            assets = as_data(site.assets)
            pages_made = [{"pages": unit["pages"], "bundle": unit["bundle"]} for unit in made.values()]
            id = _digest([_digests({**files, **loose}), pages_made, _digests(bundle), assets])[:16]
            bundle[PAGES] = _json(made, lines=False)
            bundle[MARK] = _json({"format": FORMAT, "build": id, "drafts": site.library.drafts, "assets": assets})
            _write(bundle, new_bundle)
            _write({MARK: _json({"format": FORMAT, "build": id})}, new_site)
    except NotOursError as error:
        raise BuildError(str(error)) from error
    except OSError as error:
        raise BuildError(f"The pages cannot be written to '{output}': {error.strerror or error}.") from error
    return Built(
        site=output / "site",
        bundle=output / "bundle",
        build=id,
        pages=sum(len(unit["pages"]) for unit in made.values()),
        left_out=tuple(key for key in whole.drafts if key not in site.library.instruments),
    )


def _without_drafts(library: Library, language: str) -> Library:
    """What is locked. Raises BuildError where a service uses a draft."""
    used = {key for service in library.services.services for key in service.instruments}
    if drafts := [key for key in library.drafts if key in used]:
        raise BuildError(problems.drafts_used(drafts).say(read_messages(language, catalogue="problems")))
    left_out = set(library.drafts)
    locked = OnDemand([key for key in library.instruments if key not in left_out], library.instruments.__getitem__)
    return dataclasses.replace(library, instruments=locked, drafts=())


def read_checked(folder: Path, language: str) -> Library:
    """All that a folder holds. Raises BuildError with every problem where there is an error."""
    return _checked(folder, language)[1]


def _checked(folder: Path, language: str, *, keep: Path | None = None) -> tuple[Reading, Library]:
    # What is said of the wording stops no build.
    read = reading.read_library(folder, keep=keep, wording=False)
    if read.library is None:
        words = read_messages(language, catalogue="problems")
        # Without an error it is what the folder lacks, which is a warning elsewhere.
        lines = [problem.say(words) for problem in read.errors or read.problems]
        raise BuildError("\n".join([*lines, problems.not_built().say(words)]))
    return read, read.library


# --- versions -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class LockedNow:
    """What became of a version that was to be locked: `written` is its file; None where it was locked before."""

    key: str
    written: Path | None
    languages: tuple[str, ...] = ()
    """The languages that were added to a version that was locked before."""


def lock(folder: Path, names: Sequence[str], *, every: bool, day: date, language: str) -> list[LockedNow]:
    """Locks versions: instruments of a folder by name or `name@version`, or files; with `every`, what services use.

    What a version extends is locked with it. Raises BuildError, and then nothing was locked.
    """
    shelf = _Shelf(folder, language)
    chosen = [shelf.found(name) for name in names]
    if every:
        read = shelf.folder(folder)
        library = read_checked(folder, language)
        used = {key: None for service in library.services.services for key in service.instruments}
        chosen += [(folder, read.versions[key]) for key in used]
    with_bases: dict[tuple[Path, str], Version] = {}
    for home, version in chosen:
        for each in (*shelf.bases(home, version), version):
            with_bases.setdefault((home, each.instrument.key), each)
    shelf.refuse_errors((home, version.file) for (home, _key), version in with_bases.items())
    return [_lock(home / locking.FOLDER, version, day) for (home, _key), version in with_bases.items()]


def _lock(folder: Path, version: Version, day: date) -> LockedNow:
    """Writes the file of a locked version, unless there is one that has all of its languages."""
    instrument, locked = version.instrument, version.locked
    added = tuple(each for each in instrument.languages if locked and each not in locked.meanings)
    if locked and not added:
        return LockedNow(key=instrument.key, written=None)
    folder.mkdir(exist_ok=True)
    names = (locking.file_name(instrument, addition) for addition in itertools.count(1))
    path = next(path for name in names if not (path := folder / name).exists())
    with path.open("xb") as file:
        file.write(locking.encode(instrument, day=day))
    return LockedNow(key=instrument.key, written=path, languages=added)


def compared(folder: Path, old: str, new: str, *, language: str) -> Comparison:
    """Two versions side by side, each named as for `lock`; of a locked version, what was locked.

    Raises BuildError.
    """
    shelf = _Shelf(folder, language)
    found = [shelf.found(name) for name in (old, new)]
    shelf.refuse_errors(((home, version.file) for home, version in found), but="LOCK-")
    by_name = [not _is_file(name) for name in (old, new)]
    one, other = (
        version.locked.instrument if named and version.locked else version.instrument
        for named, (_home, version) in zip(by_name, found, strict=True)
    )
    return versions.compare(one, other)


def _is_file(name: str) -> bool:
    return Path(name).suffix.lower() in (".yaml", ".yml", ".json") or os.sep in name


class _Shelf:
    """Folders of instruments, each read once, and what is named of them. Everything raises BuildError."""

    def __init__(self, default: Path, language: str) -> None:
        self._default = default
        self._words = read_messages(language, catalogue="problems")
        self._read: dict[Path, Reading] = {}

    def folder(self, folder: Path) -> Reading:
        if folder not in self._read:
            self._read[folder] = reading.read_library(folder)
        return self._read[folder]

    def found(self, name: str) -> tuple[Path, Version]:
        """The version that is named, with its folder. A name without a number is the highest version."""
        if _is_file(name):
            return self._of_file(Path(name))
        here = self.folder(self._default).versions
        matching = [v for key, v in here.items() if name in (key, v.instrument.instrument)]
        if not matching:
            self._say(self.folder(self._default).errors, f"{name.partition('@')[0]}.")
            known = f"It has: {', '.join(here)}." if here else "It has none."
            raise BuildError(f"There is no instrument '{name}' in '{self._default}'. {known}")
        return self._default, max(matching, key=lambda version: version.instrument.version)

    def _of_file(self, path: Path) -> tuple[Path, Version]:
        if not path.is_file():
            raise BuildError(f"The file '{path}' does not exist. Check the path.")
        is_locked = path.suffix == ".json" and path.parent.name == locking.FOLDER
        folder = path.parent.parent if is_locked else path.parent
        self._read.setdefault(folder, reading.read_file(path))
        for version in self.folder(folder).versions.values():
            if str(path) == version.file:
                return folder, version
            if version.locked and str(path) == version.locked.file:
                return folder, dataclasses.replace(version, filed=None, file=str(path))
        self._say(self.folder(folder).errors, path.name)
        raise BuildError(f"The file '{path}' holds no instrument. Name the file of one.")

    def bases(self, folder: Path, version: Version) -> list[Version]:
        """What a version extends and is not locked yet, the first base first. What is locked holds its bases itself."""
        found: list[Version] = []
        above: Version | None = version
        while above is not None and above.locked is None:
            found.insert(0, above)
            above = self.folder(folder).versions.get(above.instrument.extends or "")
        return found[:-1]

    def refuse_errors(self, files: Iterable[tuple[Path, str]], *, but: str = "-") -> None:
        """Raises where one of these files, what it extends or a file of locked versions has an error."""
        found: dict[problems.Problem, None] = {}
        for folder, file in files:
            read = self.folder(folder)
            needed = {file, *read.bases(file)}
            for error in read.errors:
                of_locks = Path(error.place.file).parent.name == locking.FOLDER
                if (error.place.file in needed or of_locks) and not error.code.startswith(but):
                    found[error] = None
        if found:
            raise BuildError("\n".join(error.say(self._words) for error in found))

    def _say(self, errors: Iterable[problems.Problem], file: str) -> None:
        """Raises with the errors of a file, where they are why nothing was found in it."""
        if found := [each for each in errors if Path(each.place.file).name.startswith(file)]:
            raise BuildError("\n".join(error.say(self._words) for error in found))


# --- messages -------------------------------------------------------------------------------------


def read_messages(language: str, *, catalogue: str = "pages") -> Messages:
    """Every interface message in a language, by its English wording. Raises BuildError where one is missing."""
    template = CATALOGUES / f"{catalogue}.pot"
    wanted = [str(message.id) for message in _catalogue(template) if message.id]
    if language == "en":
        return {message: message for message in wanted}
    path = CATALOGUES / f"{catalogue}.{language}.po"
    if not path.exists():
        raise BuildError(f"There are no interface messages in '{language}'. Add {path.name} to {CATALOGUES.name}/.")
    found = {str(message.id): str(message.string) for message in _catalogue(path) if message.id and message.string}
    missing = [message for message in wanted if message not in found]
    if missing:
        raise BuildError(f"{path.name} lacks {len(missing)} messages, the first of them: “{missing[0]}”. Translate it.")
    return {message: found[message] for message in wanted}


def machine_language(environ: Mapping[str, str]) -> str:
    """The language in which the machine wants problems said; English where there is no catalogue of it.

    The first of LC_ALL, LC_MESSAGES and LANG that says something decides. Where none does, as on Windows and often on
    macOS, the system is asked.
    """
    said = (environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next((name for name in said if name), None) or _system_locale()
    # A locale is fi_FI.UTF-8, C.UTF-8 or sv@euro, and on Windows Finnish_Finland or fi-FI.
    word = re.split(r"[_.@-]", name.lower())[0]
    language = {"finnish": "fi", "swedish": "sv"}.get(word, word)
    return language if (CATALOGUES / f"problems.{language}.po").is_file() else "en"


def _system_locale() -> str:
    try:
        return locale.getlocale()[0] or ""
    except ValueError:
        return ""


def _catalogue(path: Path) -> Catalog:
    # Read as bytes and without a locale: Babel would reduce fi-simple to fi.
    return read_po(io.BytesIO(path.read_bytes()), ignore_obsolete=True)


# --- pages ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Site:
    """What pages are rendered from."""

    library: Library
    messages: Mapping[str, Messages]
    assets: Assets
    digests: Mapping[str, str]
    """Of each instrument version: the same digest, the same instrument."""
    notices: SharedNotices


def _read(
    library: Library, versions: Mapping[str, Version], picture: Callable[[str], bytes]
) -> tuple[_Site, dict[str, bytes]]:
    """What pages are rendered from, and the assets that they share."""
    messages = {tag: read_messages(tag) for tag in library.site.languages}
    images = sorted({image for key in library.instruments for image in versions[key].images})
    assets, files = _assets(images, picture)
    digests = {key: versions[key].digest for key in library.instruments}
    notices = shared_notices(library.site.languages)
    site = _Site(library=library, messages=messages, assets=assets, digests=digests, notices=notices)
    return site, files


def shared_notices(languages: Sequence[str] = ()) -> SharedNotices:
    """What notices say the same for every area. Raises BuildError where it lacks one of the languages."""
    found: list[problems.Problem] = []
    shared = reading.read_shared_notices(found.append)
    if shared is None:
        raise BuildError("\n".join(map(str, found)))
    if lacking := [language for language in languages if language not in shared.languages]:
        raise BuildError(f"{FILE} has no texts in '{lacking[0]}'. Add them to {TEMPLATES.name}/{FILE}.")
    return shared


COMMON = "site"
"""The unit of the pages that belong to no instrument; the other units are `id@version`."""


def _units(site: _Site) -> list[str]:
    """What is rendered and taken over as one: the pages of an instrument, and those of the site itself."""
    return [COMMON, *site.library.instruments]


def _common_pages(site: _Site) -> Iterator[tuple[str, str]]:
    """The front pages and the notices."""

    def page(language: str, root: str = "../") -> Page:
        return Page(
            library=site.library, language=language, messages=site.messages[language], assets=site.assets, root=root
        )

    languages = site.library.site.languages
    yield "index.html", pages.front(page(languages[0], root=""))
    for language in languages:
        yield pages.front_path(language), pages.front(page(language))
        for name in site.library.site.notices:
            yield pages.notice_path(name, language), pages.notice(page(language), name, site.notices)


def _questionnaires(site: _Site, instrument: Instrument) -> Iterator[tuple[str, str]]:
    """The questionnaires of an instrument: service × language × wave."""
    for service in _services(site.library, instrument):
        for language in _published(site.library, instrument):
            page = QuestionPage(
                library=site.library,
                language=language,
                messages=site.messages[language],
                assets=site.assets,
                kept={},
                instrument=instrument,
                wave="",
                service=service,
            )
            for wave in instrument.waves:
                path = pages.questionnaire_path(instrument, wave, language, service)
                yield path, pages.questionnaire(dataclasses.replace(page, wave=wave))


def questionnaires(library: Library) -> Iterator[tuple[Instrument, str, str, Service | None]]:
    """Every questionnaire that has a page: instrument, wave, language, and the service where the page is its own."""
    for instrument in library.instruments.values():
        for service in _services(library, instrument):
            for language in _published(library, instrument):
                yield from ((instrument, wave, language, service) for wave in instrument.waves)


def _published(library: Library, instrument: Instrument) -> list[str]:
    """The languages of an instrument. The site may have lost one since an old version was locked."""
    return [language for language in instrument.languages if language in library.site.languages]


def _services(library: Library, instrument: Instrument) -> Iterator[Service | None]:
    """The services that have pages of their own; None for pages that serve all the others."""
    if instrument.respondent != "employer" and not instrument.by_service:
        yield None
    for service in library.services.services:
        if instrument.key in service.instruments and (is_open(service, instrument) or instrument.by_service):
            yield service


def site_assets(library: Library, picture: Callable[[str], bytes]) -> tuple[Assets, dict[str, bytes]]:
    """What pages hold or load, and the files themselves. Names carry a hash of the content.

    `picture` gives the bytes of an option's picture by the name that instruments use.
    """
    images = {image for instrument in library.instruments.values() for image in instrument.images}
    return _assets(sorted(images), picture)


def _assets(images: Iterable[str], picture: Callable[[str], bytes]) -> tuple[Assets, dict[str, bytes]]:
    files: dict[str, bytes] = {"assets/icon.svg": (TEMPLATES / "assets" / "icon.svg").read_bytes()}

    def named(name: str, data: bytes) -> str:
        path = _hashed(name, data)
        files[path] = data
        return path

    assets = Assets(
        style=_lean((TEMPLATES / "base.css").read_text(encoding="utf-8")),
        script=named("page.js", _lean((TEMPLATES / "page.js").read_text(encoding="utf-8")).encode()),
        images={name: named(Path(name).name, picture(name)) for name in images},
    )
    return assets, files


def _hashed(name: str, data: bytes) -> str:
    stem, _, ending = name.rpartition(".")
    return f"assets/{stem}.{hashlib.sha256(data).hexdigest()[:10]}.{ending}"


def _lean(text: str) -> str:
    """Without comment lines and indents."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


# --- freezing -------------------------------------------------------------------------------------

Made = dict[str, Any]
"""Of a unit: `material`, the digest of all that it is made of; `pages`, each page's digest by its path; and `bundle`,
those of its files in the bundle."""
_MANY = 60
"""From so many pages, counted as instruments × languages, a second process is worth its start."""


@dataclass(frozen=True, kw_only=True)
class _Places:
    """The folders that are written."""

    site: Path
    bundle: Path


class _Earlier:
    """The earlier build in the same place, whose files are good as long as what they were made of is the same."""

    def __init__(self, output: Path) -> None:
        self.places = _Places(site=output / "site", bundle=output / "bundle")
        try:
            self.made = json.loads((self.places.bundle / PAGES).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.made = {}

    def take(self, unit: str, material: str, places: _Places) -> Made | None:
        """The unit's files into the places, if they are of this material and all there."""
        made = self.made.get(unit)
        if not isinstance(made, dict) or made.get("material") != material:
            return None
        try:
            for old, new, names in (
                (self.places.site, places.site, made["pages"]),
                (self.places.site, places.site, [f"{name}.gz" for name in made["pages"]]),
                (self.places.bundle, places.bundle, made["bundle"]),
            ):
                for name in names:
                    _link(f"{old}/{name}", f"{new}/{name}")
        except OSError:
            return None
        return made


def _link(source: str, target: str) -> None:
    """The same file under another name, or a copy where the disk has no such thing. Raises OSError."""
    try:
        os.link(source, target)
    except (OSError, NotImplementedError, AttributeError):
        # The folder may not be there yet; another build may have left a part of the unit.
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _freeze(site: _Site, places: _Places, earlier: _Earlier | None, progress: Progress) -> dict[str, Made]:
    """Every unit into the places, on all processors where there are many; what was made of each."""
    materials = _materials(site)
    made: dict[str, Made] = {}
    left = []
    for unit in _units(site):
        found = earlier.take(unit, materials[unit], places) if earlier else None
        if found is None:
            left.append(unit)
        else:
            made[unit] = found
    for unit, found in _frozen(site, left, places):
        made[unit] = {"material": materials[unit], **found}
        for name in found["pages"]:
            progress(name)
    return {unit: made[unit] for unit in _units(site)}


def _frozen(site: _Site, units: Sequence[str], places: _Places) -> Iterator[tuple[str, Made]]:
    processes = min(os.cpu_count() or 1, len(units))
    if processes < 2 or len(units) * len(site.library.site.languages) < _MANY:
        yield from ((unit, _freeze_unit(site, places, unit)) for unit in units)
        return
    pages.warm()
    with ProcessPoolExecutor(processes, initializer=_prepare, initargs=(site, places)) as pool:
        yield from zip(units, pool.map(_freeze_prepared, units, chunksize=max(1, len(units) // 64)), strict=True)


_prepared: tuple[_Site, _Places] | None = None
"""In a process of the pool: what all its units are made of, and where they go."""


def _prepare(site: _Site, places: _Places) -> None:
    global _prepared
    _prepared = (site, places)
    # Looking for circles of references takes long where so much is held, and there are none.
    gc.disable()


def _freeze_prepared(unit: str) -> Made:
    assert _prepared is not None
    return _freeze_unit(*_prepared, unit)


def _freeze_unit(site: _Site, places: _Places, unit: str) -> Made:
    """Writes the files of a unit, each page with its compressed twin, one after the other so that memory does not grow
    with their number."""
    digests, bundled = {}, {}
    if unit == COMMON:
        made = _common_pages(site)
    else:
        instrument = site.library.instruments[unit]
        made = _questionnaires(site, instrument)
        bundled = {_bundled(instrument): _json(as_data(instrument), lines=False)}
        _write(bundled, places.bundle)
    for name, html in made:
        data = html.encode()
        digests[name] = hashlib.sha256(data).hexdigest()
        _write({name: data, f"{name}.gz": _compressed(data)}, places.site)
    return {"pages": digests, "bundle": _digests(bundled)}


def _materials(site: _Site) -> dict[str, str]:
    """For each unit the digest of all that it is made of: the files of its instrument, services, words, templates and
    code."""
    code = sorted([*TEMPLATES.glob("*.j2"), *Path(pages.__file__).parent.glob("*.py"), Path(__file__)])
    common = [
        [hashlib.sha256(path.read_bytes()).hexdigest() for path in code],
        as_data(site.library.site),
        site.messages,
        as_data(site.assets),
        as_data(site.library.services.providers),
        as_data(site.notices),
    ]
    shared, drafts = _digest(common), set(site.library.drafts)
    services: dict[str, list[object]] = {}
    for service in site.library.services.services:
        for key in service.instruments:
            services.setdefault(key, []).append(as_data(service))
    # The front pages name what services ask of everybody.
    named = {key: site.digests[key] for key in services}
    found = {COMMON: _digest([shared, as_data(site.library.services), named])}
    for key in site.library.instruments:
        found[key] = _digest([shared, site.digests[key], key in drafts, services.get(key, [])])
    return found


# --- files of the whole site ----------------------------------------------------------------------


def _loose_files(site: Site) -> dict[str, bytes]:
    """What stands beside the pages and is for others than respondents."""
    return {SECURITY: security_txt(site).encode()} if site.security else {}


def security_txt(site: Site) -> str:
    """Where to tell of a weakness, as RFC 9116 has it."""
    security = site.security
    assert security is not None
    lines = [
        f"Contact: mailto:{security.contact}",
        f"Expires: {security.expires}T00:00:00Z",
        f"Preferred-Languages: {', '.join(security.languages)}",
        f"Canonical: {site.address}{SECURITY}",
    ]
    return "".join(f"{line}\n" for line in lines)


# --- bundle and folders ---------------------------------------------------------------------------


def _bundle(site: _Site) -> dict[str, bytes]:
    """What the bundle holds beside instruments."""
    return {
        "site.json": _json(as_data(site.library.site)),
        "services.json": _json(as_data(site.library.services)),
        "messages.json": _json(site.messages),
    }


def _bundled(instrument: Instrument) -> str:
    return f"instruments/{instrument.instrument}.v{instrument.version}.json"


def _json(data: object, *, lines: bool = True) -> bytes:
    """Data as a file: with `lines` for people, without them three times as fast."""
    # The order of keys is kept: it is the order of waves, scales and dimensions.
    return json.dumps(data, ensure_ascii=False, indent=1 if lines else None).encode() + b"\n"


def _compressed(data: bytes) -> bytes:
    """Gzip without a date, for servers that send what lies beside a file."""
    return gzip.compress(data, compresslevel=LEVEL, mtime=0)


def _digest(data: object) -> str:
    return hashlib.sha256(canonical(data)).hexdigest()


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def _write_assets(files: Mapping[str, bytes], folder: Path) -> None:
    """Files that pages load, with the compressed twins of those that have one."""
    _write(files, folder)
    _write({f"{name}.gz": _compressed(data) for name, data in files.items() if name.endswith(COMPRESSED)}, folder)


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        path = f"{folder}/{name}"
        try:
            file = open(path, "wb")  # noqa: SIM115, PTH123 - closed below; paths cost a tenth of a page here
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            file = open(path, "wb")  # noqa: SIM115, PTH123
        with file:
            file.write(data)


@click.command(name="build.py")
@click.argument("folder", default=FOLDER, type=click.Path(path_type=Path))
@click.option("--output", default=OUTPUT, show_default=True, type=click.Path(path_type=Path), help="Where to write.")
@click.option("--drafts", is_flag=True, help="Also what is not locked, to be tried out.")
def main(folder: Path, output: Path, drafts: bool) -> None:
    """Publish a folder of instruments: pages to OUTPUT/site, the collector's bundle to OUTPUT/bundle."""
    try:
        click.echo(build(folder, output, drafts=drafts, language=machine_language(os.environ)))
    except BuildError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
