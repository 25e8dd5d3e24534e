"""Reads the files that staff edit into the model, strictly, and collects every problem on the way.

The keys allowed are the fields of the dataclasses in `survey.model`: what the model has, a file may say, and nothing
else. What the values must agree on among themselves is in `survey.checks`.
"""

from __future__ import annotations

import dataclasses
import errno
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from survey import checks, strict_yaml
from survey import locked as locking
from survey import problems as p
from survey.item_checks import item_keys
from survey.located import Read, scalars
from survey.locked import EditedFileError, Locked, LockedFileError
from survey.marking import _
from survey.model import FORMS, Instrument, Item, ItemType, Library, Services, Site, extended, field_types, with_origin
from survey.pictures import KINDS, Picture, picture
from survey.pictures import SIZE_LIMIT as PICTURE_LIMIT
from survey.problems import Phrase, Place, Problem, Words, said
from survey.strict_yaml import Node, Scalar

SITE, SERVICES = "site.yaml", "services.yaml"


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of an instrument as it was found, whole and with its origins, and the file that it was read from.
    `locked` is what it must mean; None for a draft."""

    instrument: Instrument
    file: str
    locked: Locked | None


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What of a folder is free of errors, also where the folder is not. Instruments are by their files; one is sound
    if all that it extends is sound too."""

    site: Site | None = None
    services: Services | None = None
    instruments: Mapping[str, Instrument] = dataclasses.field(default_factory=dict)
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


def check(paths: Iterable[Path]) -> tuple[Problem, ...]:
    """Every problem of some files and folders, sorted. A file's own folder is the library that it is read with."""
    found: set[Problem] = set()
    for path in paths:
        if path.is_dir():
            found.update(read_library(path).problems)
        elif path.exists():
            folder = read_file(path)
            # What it extends is half of it: an error there is why it cannot be read whole.
            bases = folder.bases(str(path))
            found.update(each for each in folder.problems if each.place.file == str(path))
            found.update(each for each in folder.errors if each.place.file in bases)
        else:
            found.add(p.file_missing(Place(str(path))))
    return tuple(sorted(found))


def read_file(path: Path) -> Reading:
    """The library that a file belongs to: its folder, and that of its instruments for the file of a locked version."""
    if path.suffix == ".json" and path.parent.name == locking.FOLDER:
        return read_library(path.parent.parent)
    return read_library(path.parent, also=path)


def read_library(folder: Path, *, also: Path | None = None) -> Reading:
    """All instruments of a folder with its services and site, and the versions that are locked there. `also` is a file
    to read whatever its name ends in."""
    found: list[Problem] = []
    named = [path for path in folder.iterdir() if path.suffix.lower() in _YAML] if folder.is_dir() else []
    files = sorted({*named, *([also] if also else [])})
    found += [p.file_ignored(Place(str(path)), expected=str(place)) for path, place in _ignored(folder) if path != also]
    if not files:
        found.append(p.folder_empty(Place(str(folder))))
        return Reading(None, tuple(sorted(found)))
    sources = [source for path in files if (source := _source(path, found.append))]
    site = _read_one(sources, "organisation", SITE, Site, found.append)
    services = _read_one(sources, "services", SERVICES, Services, found.append, site.value if site else None)
    read = {s.file: _read_instrument(s, found.append) for s in sources if "instrument" in s.root.entries}
    drafts = [draft for draft in read.values() if draft]
    # Files that could not be read are told once, and not again by whoever uses them.
    missing = {str(path) for path in files} - {source.file for source in sources}
    unread = {_instrument_name(file) for file in (*missing, *(file for file, draft in read.items() if not draft))}
    locked = _locked(folder, found.append)
    instruments = _resolve(drafts, locked, unread, found.append)
    unread |= {draft.value.instrument for draft in drafts} - {each.value.instrument for each in instruments}
    found.extend(checks.library_problems(site, services, instruments, unread, locked))
    found.extend(_picture_problems(instruments, locked))
    if not any("organisation" in source.root.entries for source in sources) and not (folder / SITE).exists():
        found.append(p.site_missing(Place(str(folder))))
    if not any("services" in source.root.entries for source in sources) and not (folder / SERVICES).exists():
        found.append(p.services_missing(Place(str(folder))))
    library = None
    versions = _versions(instruments, locked)
    if site and services and not any(problem.severity == "error" for problem in found):
        library = Library(
            site=site.value,
            services=services.value,
            instruments={key: version.instrument for key, version in versions.items()},
            drafts=tuple(sorted(key for key, version in versions.items() if version.locked is None)),
        )
    reading = Reading(library, tuple(sorted(set(found))), _extended(drafts, versions, folder), versions)
    return dataclasses.replace(reading, sound=_sound(reading, site, services, map(str, files)))


def _sound(reading: Reading, site: Read[Site] | None, services: Read[Services] | None, files: Iterable[str]) -> Sound:
    wrong = {problem.place.file for problem in reading.errors}
    whole = {each.file: each.instrument for each in reading.versions.values()}
    return Sound(
        site=site.value if site and site.file not in wrong else None,
        services=services.value if services and services.file not in wrong else None,
        instruments={file: each for file, each in whole.items() if not wrong & {file, *reading.bases(file)}},
        files=tuple(sorted({*files, *whole})),
    )


def _versions(instruments: Sequence[Read[Instrument]], locked: Mapping[str, Locked]) -> Mapping[str, Version]:
    """What the files hold, with their titles and hints; then what only a lock holds."""
    found = {
        read.value.key: Version(instrument=with_origin(read.value), file=read.file, locked=locked.get(read.value.key))
        for read in instruments
    }
    for key, one in locked.items():
        found.setdefault(key, Version(instrument=one.instrument, file=one.file, locked=one))
    return found


_YAML = (".yaml", ".yml")
_OURS = re.compile(rb"^(instrument|services|organisation):", re.MULTILINE)
_OWN_FOLDERS = ("images", "locked")
_BACKUPS = ("~", ".bak", ".old", ".orig", ".swp", ".tmp")


def _ignored(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Files that look like ours and are not read because of their name or place, each with where it would be read.

    Hidden files, backups, and what the two folders with a purpose of their own hold are left alone.
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


def _instrument_name(file: str) -> str:
    """The instrument that a file is named after."""
    return Path(file).stem.partition(".")[0]


def _extended(drafts: Sequence[Read[Instrument]], versions: Mapping[str, Version], folder: Path) -> Mapping[str, str]:
    files = {key: version.file for key, version in versions.items()} | {d.value.key: d.file for d in drafts}
    named = {draft.file: draft.value.extends for draft in drafts if draft.value.extends}
    return {file: files.get(key, str(folder / f"{key.partition('@')[0]}.yaml")) for file, key in named.items()}


# --- files ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Source:
    file: str
    root: strict_yaml.Mapping


Report = strict_yaml.Report


def _source(path: Path, report: Report) -> _Source | None:
    """A file's root mapping, if it is a file of ours."""
    file = str(path)
    if path.exists() and not path.is_file() and not path.is_dir():
        # A pipe would be waited for without end.
        report(p.file_unreadable(Place(file), reason=said(_("it is not a plain file"))))
        return None
    try:
        with path.open("rb") as opened:
            # One byte more than may be is enough to know that a file is too large.
            data = opened.read(strict_yaml.SIZE_LIMIT + 1)
    except OSError as error:
        report(p.file_unreadable(Place(file), reason=_reason(error)))
        return None
    root = strict_yaml.load(data, file=file, report=report)
    if root is None:
        return None
    if not isinstance(root, strict_yaml.Mapping) or not {"instrument", "services", "organisation"} & set(root.entries):
        report(p.file_unknown(Place(file, root.line)))
        return None
    return _Source(file, root)


def _read_one(
    sources: Sequence[_Source], mark: str, name: str, cls: type, report: Report, site: Site | None = None
) -> Read[Any] | None:
    """The one file of a folder that has the key `mark` at its top; the one with the right name where there are more."""
    found = [s for s in sources if mark in s.root.entries and "instrument" not in s.root.entries]
    found.sort(key=lambda source: Path(source.file).name != name)
    for other in found[1:]:
        report(p.file_repeated(Place(other.file), first=Path(found[0].file).name))
    if not found:
        return None
    source = found[0]
    reader = _Reader(source.file, _languages(source.root) or (site.languages if site else ()), report)
    if Path(source.file).name != name:
        report(p.file_name(Place(source.file), expected=name))
    value = reader.read(cls, source.root, key=mark, within=p.part(cls.__name__))
    return None if value is _NOTHING else Read(value, source.file, source.root, reader.lost)


def _read_instrument(source: _Source, report: Report) -> Read[Instrument] | None:
    reader = _Reader(source.file, _languages(source.root), report)
    value = reader.read(Instrument, source.root, key="instrument", within=p.part("Instrument"))
    if value is _NOTHING:
        return None
    # An earlier version that is still in the field stands beside the present one under a name with its number.
    expected = f"{value.instrument}.yaml"
    stem = Path(source.file).stem
    if stem not in (value.instrument, f"{value.instrument}.v{value.version}"):
        own = stem if re.fullmatch(FORMS["id"][0], stem) else None
        report(p.file_name(Place(source.file), expected=expected, own=own))
    return Read(value, source.file, source.root, reader.lost)


def _languages(root: strict_yaml.Mapping) -> tuple[str, ...]:
    """The file's own languages, before anything else is read."""
    entry = root.entries.get("languages")
    if not isinstance(entry, strict_yaml.Sequence):
        return ()
    tags = (node.text for node in entry.entries if isinstance(node, Scalar))
    return tuple(tag for tag in tags if re.fullmatch(FORMS["language"][0], tag))


def _locked(folder: Path, report: Report) -> Mapping[str, Locked]:
    """The locked versions of a folder, by `id@version`. What cannot be read is reported and left out."""
    found: list[Locked] = []
    for path in sorted((folder / locking.FOLDER).glob("*.json")):
        place = Place(str(path))
        try:
            one = locking.decode(path.read_bytes(), file=str(path))
        except OSError as error:
            report(p.file_unreadable(place, reason=_reason(error)))
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


def _resolve(
    drafts: Sequence[Read[Instrument]], locked: Mapping[str, Locked], unread: set[str], report: Report
) -> list[Read[Instrument]]:
    """Every instrument with what it extends; those whose base is missing or circular are left out."""
    by_key: dict[str, Read[Instrument]] = {}
    for draft in drafts:
        if draft.value.key in by_key:
            report(p.id_reused(draft.place("instrument"), id=draft.value.key, kind=said(_("instrument"))))
        by_key.setdefault(draft.value.key, draft)
    whole: dict[str, Read[Instrument]] = {}
    for key in by_key:
        for one in reversed(_chain(key, by_key, locked, whole, unread, report)):
            draft = by_key[one]
            key_below = draft.value.extends
            if key_below is not None:
                base = _as_in_the_field(whole.get(key_below), locked.get(key_below))
                draft = _built_on(base, draft, report)
            whole[one] = draft
    return [whole[key] for key in by_key if key in whole]


def _chain(
    key: str,
    drafts: Mapping[str, Read[Instrument]],
    locked: Mapping[str, Locked],
    whole: Mapping[str, Read[Instrument]],
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
        below = draft.value.extends
        if below in chain:
            report(p.extends_circular(draft.place("extends"), chain=(*chain, below)))
            return []
        if below is not None and below not in drafts:
            if below in locked:
                return chain
            if below.partition("@")[0] not in unread:
                report(p.extends_unknown(draft.place("extends"), base=below, known=sorted({*drafts, *locked})))
            return []
    return chain


def _built_on(base: Instrument, draft: Read[Instrument], report: Report) -> Read[Instrument]:
    """An instrument with what it extends, which is whole itself."""
    for language in draft.value.languages:
        if language not in base.languages:
            report(p.extends_language(draft.place("languages"), language=language, base=base.key))
    return dataclasses.replace(draft, value=extended(draft.value, base), base=base)


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


# --- pictures -------------------------------------------------------------------------------------


def _picture_problems(instruments: Sequence[Read[Instrument]], locked: Mapping[str, Locked]) -> Iterator[Problem]:
    """What is wrong with the pictures that stand beside options, at the first option of a file that has each; and with
    those of versions that only a lock holds."""
    judged: dict[Path, Picture | None] = {}
    for key in locked.keys() - {read.value.key for read in instruments}:
        one = locked[key]
        for image in {o.image for item in one.instrument.items() for o in one.instrument.options(item) if o.image}:
            yield from _judged(Place(one.file), image, _picture(Path(one.file).parent.parent / image))
    for read in instruments:
        lines: dict[str, int] = {}
        for key, scalar in scalars(read.root):
            if key == "image" and re.fullmatch(FORMS["image"][0], scalar.text):
                lines[scalar.text] = min(scalar.line, lines.get(scalar.text, scalar.line))
        for image, line in lines.items():
            path = Path(read.file).parent / image
            if path not in judged:
                judged[path] = _picture(path)
            yield from _judged(Place(read.file, line), image, judged[path])


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


# --- values ---------------------------------------------------------------------------------------

_NOTHING: Any = object()
_HOLDERS = {"sections", "scales", "dimensions", "extends"}
"""Keys of an instrument whose loss makes ids elsewhere look unknown."""


class _Reader:
    """Nodes into values of the model's types. What cannot be read is reported and left out, and the rest goes on."""

    def __init__(self, file: str, languages: Sequence[str], report: Report) -> None:
        self.file = file
        self.languages = languages
        self.report = report
        self.lost: set[str] = set()
        """Ids of entries that were left out, so that nobody is told twice that they are missing; `*` for any."""
        self._foreign: set[str] = set()

    def read(self, kind: Any, node: Node, *, key: str, within: Words, form: str | None = None) -> Any:
        """A value of the kind, or _NOTHING after a problem."""
        if dataclasses.is_dataclass(kind):
            return self._object(typing.cast(type, kind), node, key=key)
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is Annotated:
            return self._text(node, key=key)
        if origin is Literal:
            return self._choice(arguments, node, key=key)
        if origin is tuple:
            return self._sequence(arguments, node, key=key, within=within, form=form)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return self._mapping(arguments, node, key=key, within=within, form=form)
        if origin in (typing.Union, types.UnionType):
            kinds = [argument for argument in arguments if argument is not type(None)]
            if len(kinds) == 1:
                return self.read(kinds[0], node, key=key, within=within, form=form)
            return self._formed(self._value(kinds, node, key=key), node, form, key)
        return self._formed(self._scalar(kind, node, key=key), node, form, key)

    def _place(self, node: Node) -> Place:
        return Place(self.file, node.line)

    def _wrong(self, node: Node, key: str, expected: Phrase) -> Any:
        self.report(p.value_type(self._place(node), key=key, expected=expected, found=_found(node)))
        return _NOTHING

    def _object(self, cls: type, node: Node, *, key: str) -> Any:
        within = _named(cls, node)
        if not isinstance(node, strict_yaml.Mapping):
            return self._wrong(node, key, said(_("keys with values, one on each line")))
        fields = {f.name: f for f in dataclasses.fields(cls) if not f.metadata.get("derived")}
        for name, scalar in node.keys.items():
            if name not in fields:
                known = _keys_of_type(node) if cls is Item else sorted(fields)
                self.report(p.key_unknown(self._place(scalar), key=name, within=within, known=known))
        # A key that is nearly right was meant, so that it is missing need not be told as well.
        meant = {p.near(name, sorted(fields)) for name in node.keys if name not in fields}
        if cls is Instrument and meant & _HOLDERS:
            self.lost.add("*")
        values: dict[str, Any] = {}
        whole = True
        for name, f in fields.items():
            needed = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
            entry = node.entries.get(name)
            if entry is None:
                if needed and name not in meant:
                    self.report(p.key_missing(self._place(node), key=name, within=within))
                whole = whole and not needed
                continue
            value = self.read(field_types(cls)[name], entry, key=name, within=within, form=f.metadata.get("form"))
            if value is not _NOTHING and "between" in f.metadata:
                self._check_range(value, entry, name, *f.metadata["between"])
            if value is not _NOTHING:
                values[name] = value
                continue
            whole = whole and not needed
            self.lost.add(f"{key}.{name}")
            if cls is Instrument and name in _HOLDERS:
                self.lost.add("*")
        if not whole:
            ids = {scalar.text for key, scalar in scalars(node) if key == "id"}
            # What has no id may be anything.
            self.lost |= ids or ({"*"} if "id" in fields else set())
            return _NOTHING
        return cls(**values)

    def _text(self, node: Node, *, key: str) -> Any:
        if not isinstance(node, strict_yaml.Mapping):
            return self._wrong(
                node, key, said(_("a text for each language, like {example}"), example=_example(self.languages))
            )
        texts = {}
        for language, scalar in node.keys.items():
            if self.languages and language not in self.languages:
                # Once for each language: whoever took it out of the file is not told at every text.
                if language not in self._foreign:
                    place = self._place(scalar)
                    self.report(p.translation_extra(place, key=key, language=language, known=self.languages))
                self._foreign.add(language)
                continue
            entry = node.entries[language]
            if isinstance(entry, Scalar) and not entry.text.strip():
                continue
            if isinstance(entry, Scalar) and entry.cut:
                self.report(p.yaml_comment(self._place(entry)))
            text = self._scalar(str, node.entries[language], key=f"{key}.{language}")
            if text is not _NOTHING:
                texts[language] = text
        meant = {p.near(language, self.languages) for language in node.keys if language not in self.languages}
        for language in self.languages:
            given = node.entries.get(language)
            if language in meant and given is None:
                continue
            if given is None or (isinstance(given, Scalar) and not given.text.strip()):
                self.report(p.translation_missing(self._place(given or node), key=key, language=language))
        return texts

    def _choice(self, known: Sequence[str], node: Node, *, key: str) -> Any:
        if not isinstance(node, Scalar):
            return self._wrong(node, key, said(_("one of {known}"), known=tuple(known)))
        if node.text not in known:
            self.report(p.value_unknown(self._place(node), key=key, value=node.text, known=known))
            return _NOTHING
        return node.text

    def _sequence(self, kinds: Sequence[Any], node: Node, *, key: str, within: Words, form: str | None) -> Any:
        if not isinstance(node, strict_yaml.Sequence):
            return self._wrong(node, key, said(_("a list, like [first, second]")))
        if kinds[-1] is not Ellipsis and len(node.entries) != len(kinds):
            return self._wrong(node, key, said(_("a list of {count}"), count=len(kinds)))
        each = [kinds[0]] * len(node.entries) if kinds[-1] is Ellipsis else kinds
        read = [
            self.read(kind, entry, key=key, within=within, form=form)
            for kind, entry in zip(each, node.entries, strict=True)
        ]
        if kinds[-1] is not Ellipsis and _NOTHING in read:
            return _NOTHING
        return tuple(value for value in read if value is not _NOTHING)

    def _mapping(self, kinds: Sequence[Any], node: Node, *, key: str, within: Words, form: str | None) -> Any:
        if not isinstance(node, strict_yaml.Mapping):
            return self._wrong(node, key, said(_("keys with values, one on each line")))
        known = typing.get_args(kinds[0]) if typing.get_origin(kinds[0]) is Literal else None
        values = {}
        for name, scalar in node.keys.items():
            if known and name not in known:
                self.report(p.key_unknown(self._place(scalar), key=name, within=f"'{key}'", known=known))
                continue
            if form and not re.fullmatch(FORMS[form][0], name):
                self.report(p.id_form(self._place(scalar), id=name, rule=FORMS[form][1]))
                continue
            value = self.read(kinds[1], node.entries[name], key=f"{key}.{name}", within=within)
            if value is _NOTHING:
                self.lost.add(name)
            else:
                values[name] = value
        for name in known or ():
            if name not in node.keys:
                self.report(p.key_missing(self._place(node), key=name, within=f"'{key}'"))
        return values

    def _value(self, kinds: Sequence[type], node: Node, *, key: str) -> Any:
        """A number of one of the kinds, or a text."""
        if isinstance(node, Scalar) and type(node.value) in kinds and not isinstance(node.value, str):
            return node.value
        return self._scalar(str, node, key=key)

    def _scalar(self, kind: type, node: Node, *, key: str) -> Any:
        if kind is bool:
            if isinstance(node, Scalar) and node.plain and node.text in ("true", "false"):
                return node.text == "true"
            return self._wrong(node, key, said(_("true or false")))
        if kind is int:
            if isinstance(node, Scalar) and isinstance(node.value, int):
                return node.value
            return self._wrong(node, key, said(_("a whole number")))
        if kind is float:
            if isinstance(node, Scalar) and isinstance(node.value, int | float):
                return float(node.value)
            return self._wrong(node, key, said(_("a number, with a point for decimals")))
        if not isinstance(node, Scalar) or node.value is None:
            return self._wrong(node, key, said(_("a text")))
        if node.lookalike:
            self.report(p.yaml_lookalike(self._place(node), word=node.text, otherwise=node.lookalike))
        return node.text

    def _check_range(self, value: float, node: Node, key: str, least: float, most: float | None) -> None:
        if value < least or (most is not None and value > most):
            self.report(p.value_range(self._place(node), key=key, value=value, least=least, most=most))

    def _formed(self, value: Any, node: Node, form: str | None, key: str) -> Any:
        """The value, if it has the form. Others are reported; an id that is none is left out as well."""
        if form is None or value is _NOTHING or not isinstance(value, str):
            return value
        pattern, rule = FORMS[form]
        if form == "date":
            if not (re.fullmatch(pattern, value) and _is_date(value)):
                self.report(p.date_form(self._place(node), key=key, value=value))
            return value
        if re.fullmatch(pattern, value):
            return value
        if form in ("address", "email"):
            self.report(p.value_form(self._place(node), key=key, value=value, rule=rule))
            return value
        self.report(p.id_form(self._place(node), id=value, rule=rule))
        self.lost.add(value)
        return _NOTHING


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _found(node: Node) -> Phrase:
    """What stands there, for a sentence."""
    if isinstance(node, strict_yaml.Sequence):
        return said(_("a list"))
    if isinstance(node, strict_yaml.Mapping):
        return said(_("a set of keys"))
    if node.value is None:
        return said(_("empty"))
    shortened = node.text if len(node.text) <= 40 else f"{node.text[:40]}…"
    return said(_("the text '{text}'") if isinstance(node.value, str) else _("the number {text}"), text=shortened)


def _named(cls: type, node: Node) -> Phrase:
    """What an object is called in a sentence: its kind, with its id if it has one."""
    if isinstance(node, strict_yaml.Mapping):
        for name in ("id", "instrument"):
            own = node.entries.get(name)
            if isinstance(own, Scalar):
                return p.part(cls.__name__, own.text)
    return p.part(cls.__name__)


def _keys_of_type(node: strict_yaml.Mapping) -> Sequence[str]:
    """The keys that an item can have, by the type that it says it is of."""
    type = node.entries.get("type")
    known = typing.get_args(ItemType)
    return item_keys(type.text if isinstance(type, Scalar) and type.text in known else None)


def _example(languages: Sequence[str]) -> str:
    return "{" + ", ".join(f"{language}: …" for language in languages or ("fi", "sv")) + "}"


_REASONS = {
    errno.EACCES: _("Permission denied"),
    errno.EPERM: _("Operation not permitted"),
    errno.EISDIR: _("Is a directory"),
    errno.ELOOP: _("Too many levels of symbolic links"),
    errno.EIO: _("Input/output error"),
}


def _reason(error: OSError) -> Words:
    """Why the machine refused: in the machine's own words where there are no better ones."""
    if error.errno in _REASONS:
        return said(_REASONS[error.errno])
    return error.strerror or said(_("unknown reason"))
