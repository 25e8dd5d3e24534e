"""Reads files, each for itself: what it is and, of an instrument, what it says. Many are read on all processors."""

from __future__ import annotations

import errno
import gc
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import field, replace
from multiprocessing import cpu_count
from pathlib import Path

from survey import problems as p
from survey import strict_yaml
from survey.filed import Filed, filed
from survey.frozen import dataclass
from survey.instrument_checks import instrument_problems
from survey.kept import Kept
from survey.located import Read, outline
from survey.marking import _
from survey.model import FORMS, Instrument, Site
from survey.phrases import Words, said
from survey.problems import Place, Problem
from survey.strict_yaml import Scalar
from survey.values import NOTHING, Reader
from survey.wording import wording_problems

Report = strict_yaml.Report
Progress = Callable[[int, int], None]
"""Is told how many files have been read, and of how many."""
MANY = 60
"""So many files are worth the start of other processes."""
_CHUNKS = 16
"""Parts for each process: so large that little is sent to and fro, so small that none works alone at the end."""


@dataclass(frozen=True)
class Source:
    """A file of ours: its root, whatever it says."""

    file: str
    root: strict_yaml.Mapping
    digest: str
    """Of the bytes of the file."""

    def has(self, mark: str) -> bool:
        """Whether the file has a key at its top."""
        return mark in self.root.entries


@dataclass(frozen=True)
class Gathered:
    """What some files hold. `judged` has the problems of instruments that were checked in themselves already, by file;
    those are packed, and of their roots there are outlines."""

    sources: Sequence[Source] = ()
    """Files that are no instruments."""
    drafts: Sequence[Filed] = ()
    """Instruments as they stand in their files, without what they extend."""
    unread: Sequence[str] = ()
    """Files that could not be read."""
    problems: Sequence[Problem] = ()
    judged: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    pictures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By file, the pictures beside its options, each with the line of the first."""
    recordings: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The same of what its questions are heard from."""


def gather(
    files: Sequence[Path],
    site: Read[Site] | None,
    progress: Progress,
    *,
    keep: Path | None = None,
    wording: bool = True,
) -> Gathered:
    """What files hold. Where they are many and the site is known, other processes help, and judge what they can: the
    wording too, if asked. What `keep` has of files that are still the same is not read again."""
    found: list[Gathered] = []
    if site is not None and len(files) >= MANY:
        kept = Kept(keep, [site.value, wording]) if keep is not None else None
        found = _known(files, kept)
        known = {draft.file for part in found for draft in part.drafts}
        files = [path for path in files if str(path) not in known]
        together = cpu_count() > 1 and len(files) >= MANY
        judge = _Judge(site, wording)
        parts = _gathered_together(files, judge, progress) if together else _judged_alone(files, judge, progress)
        for path, part in zip(files, parts, strict=True):
            if kept is not None and part.judged:
                kept.put(path, part)
            found.append(part)
        if kept is not None:
            kept.save()
    else:
        found = list(_gathered_alone(files, progress))
    found.sort(key=_place)
    return Gathered(
        sources=[one for part in found for one in part.sources],
        drafts=[one for part in found for one in part.drafts],
        unread=[one for part in found for one in part.unread],
        problems=[one for part in found for one in part.problems],
        judged={file: problems for part in found for file, problems in part.judged.items()},
        pictures={file: lines for part in found for file, lines in part.pictures.items()},
        recordings={file: lines for part in found for file, lines in part.recordings.items()},
    )


def _place(part: Gathered) -> str:
    """By the names of files, so that it does not matter who read which."""
    names = [*(draft.file for draft in part.drafts), *(source.file for source in part.sources), *part.unread]
    return names[0] if names else ""


def _known(files: Sequence[Path], kept: Kept | None) -> list[Gathered]:
    return [part for path in files if kept is not None and isinstance(part := kept.get(path), Gathered)]


@dataclass(frozen=True)
class _Judge:
    """What instruments are judged by, and whether their wording is judged too."""

    site: Read[Site]
    wording: bool

    def judged(self, found: Gathered) -> Gathered:
        """The same, packed, with the problems of an instrument that stands alone. What extends another waits for it."""
        judged, away = {}, []
        for draft in found.drafts:
            read, packed = draft.read(), draft
            if draft.extends is None:
                packed = replace(draft, whole=replace(read, root=outline(read.root)))
            # Packed before it is judged, since values remember what was asked of them.
            away.append(packed.away())
            if draft.extends is None:
                judged[draft.file] = tuple(own_problems(read, self.site, wording=self.wording))
        return replace(found, drafts=away, judged=judged)


def _judged_alone(files: Sequence[Path], judge: _Judge, progress: Progress) -> Iterator[Gathered]:
    for part in _gathered_alone(files, progress):
        yield judge.judged(part)


def _gathered_alone(files: Sequence[Path], progress: Progress) -> Iterator[Gathered]:
    for done, path in enumerate(files, 1):
        yield _gathered(path)
        progress(done, len(files))


def _gathered_together(files: Sequence[Path], judge: _Judge, progress: Progress) -> Iterator[Gathered]:
    size = max(1, len(files) // (cpu_count() * _CHUNKS))
    chunks = [files[at : at + size] for at in range(0, len(files), size)]
    done = 0
    with ProcessPoolExecutor(min(cpu_count(), len(chunks)), initializer=_prepare, initargs=(judge,)) as pool:
        for parts in pool.map(_gathered_prepared, chunks):
            yield from parts
            done += len(parts)
            progress(done, len(files))


_judge: _Judge | None = None
"""In a process of the pool: what instruments are judged by."""


def _prepare(judge: _Judge) -> None:
    global _judge
    _judge = judge
    gc.disable()


def _gathered_prepared(files: Sequence[Path]) -> list[Gathered]:
    assert _judge is not None
    return [_judge.judged(_gathered(path)) for path in files]


def _gathered(path: Path) -> Gathered:
    found: list[Problem] = []
    source = read_source(path, found.append)
    if source is None:
        return Gathered(unread=[str(path)], problems=found)
    if not source.has("instrument"):
        return Gathered(sources=[source], problems=found)
    draft = read_instrument(source, found.append)
    if draft is None:
        return Gathered(unread=[str(path)], problems=found)
    images, recordings = draft.value.images, draft.value.recordings
    own = filed(draft, digest=source.digest, images=images, recordings=recordings)
    return Gathered(
        drafts=[own],
        problems=found,
        pictures={draft.file: _lines(draft, images, "image")},
        recordings={draft.file: _lines(draft, recordings, *draft.value.languages)},
    )


def _lines(read: Read[Instrument], names: frozenset[str], *keys: str) -> Mapping[str, int]:
    """The first line on which each of some names of files stands under one of some keys."""
    lines: dict[str, int] = {}
    for key, scalar in read.scalars if names else ():
        if key in keys and scalar.text in names:
            lines[scalar.text] = min(scalar.line, lines.get(scalar.text, scalar.line))
    return lines


def own_problems(read: Read[Instrument], site: Read[Site] | None, *, wording: bool) -> Iterator[Problem]:
    """Every problem of an instrument in itself, whole with what it extends; those of its wording if asked."""
    yield from instrument_problems(read, site)
    if wording:
        yield from wording_problems(read)


@contextmanager
def collection_paused() -> Iterator[None]:
    """Without looking for circles of references: values of files have none, and are so many that looking takes a third
    of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


# --- one file -------------------------------------------------------------------------------------


def read_source(path: Path, report: Report) -> Source | None:
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
        report(p.file_unreadable(Place(file), reason=reason_of(error)))
        return None
    root = strict_yaml.load(data, file=file, report=report)
    if root is None:
        return None
    if not isinstance(root, strict_yaml.Mapping) or not {"instrument", "services", "organisation"} & set(root.entries):
        report(p.file_unknown(Place(file, root.line)))
        return None
    return Source(file, root, hashlib.sha256(data).hexdigest())


def read_instrument(source: Source, report: Report) -> Read[Instrument] | None:
    """The instrument in a file, without what it extends; None after a problem that leaves none."""
    reader = Reader(source.file, languages_of(source.root), report)
    value = reader.read(Instrument, source.root, key="instrument")
    if value is NOTHING:
        return None
    # An earlier version that is still in the field stands beside the present one under a name with its number.
    expected = f"{value.instrument}.yaml"
    stem = Path(source.file).stem
    if stem not in (value.instrument, f"{value.instrument}.v{value.version}"):
        own = stem if re.fullmatch(FORMS["id"][0], stem) else None
        report(p.file_name(Place(source.file), expected=expected, own=own))
    return Read(value, source.file, source.root, reader.lost)


def languages_of(root: strict_yaml.Mapping) -> tuple[str, ...]:
    """The file's own languages, before anything else is read."""
    entry = root.entries.get("languages")
    if not isinstance(entry, strict_yaml.Sequence):
        return ()
    tags = (node.text for node in entry.entries if isinstance(node, Scalar))
    return tuple(tag for tag in tags if re.fullmatch(FORMS["language"][0], tag))


_REASONS = {
    errno.EACCES: _("Permission denied"),
    errno.EPERM: _("Operation not permitted"),
    errno.EISDIR: _("Is a directory"),
    errno.ELOOP: _("Too many levels of symbolic links"),
    errno.EIO: _("Input/output error"),
}


def reason_of(error: OSError) -> Words:
    """Why the machine refused: in the machine's own words where there are no better ones."""
    if error.errno in _REASONS:
        return said(_REASONS[error.errno])
    return error.strerror or said(_("unknown reason"))
