"""What a version must agree on with those that are locked: with itself as it was, and with all before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from survey import problems as p
from survey import versions
from survey.filed import Filed
from survey.frozen import dataclass
from survey.located import Read, item_path
from survey.locked import Locked
from survey.marking import _
from survey.model import Instrument, Item, Site, with_origin
from survey.phrases import Phrase, said
from survey.problems import Place, Problem
from survey.versions import Change


def version_problems(
    instruments: Sequence[Filed], locked: Mapping[str, Locked], broken: Collection[str]
) -> Iterator[Problem]:
    """Every problem of versions in files against versions that are locked. `broken` are files with other errors: what
    they mean is not known yet."""
    by_key = {filed.key: filed for filed in instruments}

    def is_broken(filed: Filed) -> bool:
        one: Filed | None = filed
        while one is not None and one.file not in broken:
            one = by_key.get(one.extends or "")
        return one is not None

    for filed in instruments if locked else ():
        if is_broken(filed):
            continue
        read = filed.read()
        whole = with_origin(read.value)
        as_locked = locked.get(filed.key)
        if as_locked is None:
            yield from _against_earlier(read, whole, locked)
        elif not as_locked.is_meant_by(whole):
            taken = (key.partition("@") for key in {*by_key, *locked})
            free = 1 + max(int(version) for name, _, version in taken if name == filed.name)
            yield from _changed(read, whole, as_locked.instrument, free)


def locked_problems(locked: Iterable[Locked], site: Read[Site] | None) -> Iterator[Problem]:
    """What versions that only their locked file holds need of the site."""
    for one in locked if site else ():
        assert site is not None
        place = Place(one.file)
        # Languages may leave the site again, but not all that somebody could be asked in.
        if not set(one.instrument.languages) & set(site.value.languages):
            language = one.instrument.languages[0]
            yield p.language_unknown(place, language=language, known=site.value.languages)
        for wave in one.instrument.waves:
            if wave not in site.value.waves and wave not in site.lost:
                yield p.wave_unknown(place, wave=wave, known=list(site.value.waves))
        for item in one.instrument.items():
            if item.ground and item.ground not in site.value.grounds and item.ground not in site.lost:
                known = sorted(site.value.grounds)
                yield p.ground_unknown(place, item=item.id, ground=item.ground, known=known)


# --- what is said together ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """A part of a file that a problem is about."""

    place: Place
    name: Phrase


class _Grouped:
    """Changes by the part of the file where somebody would mend them: those of a scale once, not at each item."""

    def __init__(self) -> None:
        self._found: dict[tuple[_Part, str], dict[Phrase, Change]] = {}

    def add(self, part: _Part, change: Change, against: str = "") -> None:
        self._found.setdefault((part, against), {}).setdefault(change.phrase, change)

    def __iter__(self) -> Iterator[tuple[_Part, str, Mapping[Phrase, Change]]]:
        return ((part, against, changes) for (part, against), changes in self._found.items())


def _item_part(read: Read[Instrument], whole: Instrument, old: Instrument, id: str, change: Change) -> _Part:
    item = next((item for item in whole.items() if item.id == id), None)
    if item is None:
        return _Part(read.place("sections"), p.part("Item", id))
    if item.origin != whole.instrument:
        return _Part(read.place("extends"), p.part("Item", id))
    scale = item.scale
    of_options = change.option is not None or change.aspect == "order"
    if of_options and scale and _uses(old, id, scale) and not (read.base and scale in read.base.scales):
        return _Part(read.place("scales", scale), p.part("Scale", scale))
    return _Part(read.place(*item_path(read, id)), p.part("Item", id))


def _uses(old: Instrument, id: str, scale: str) -> bool:
    found: Item | None = next((item for item in old.items() if item.id == id), None)
    return found is not None and found.scale == scale


# --- a version and itself -------------------------------------------------------------------------


def _changed(read: Read[Instrument], new: Instrument, old: Instrument, free: int) -> Iterator[Problem]:
    found = versions.compare(old, new)
    grouped = _Grouped()
    instrument = p.part("Instrument", new.instrument)
    for language in found.languages_removed:
        grouped.add(_Part(read.place("languages"), instrument), Change(aspect="language", kind="asking", old=language))
    for change in found.frame:
        key = "sections" if change.aspect == "questions" else change.aspect
        grouped.add(_Part(read.place(key if key in read.root.entries else "version"), instrument), change)
    for item in found.items:
        for change in item.changes:
            grouped.add(_item_part(read, new, old, item.id, change), change)
    for dimension in found.dimensions:
        is_own = read.base is None or dimension.id not in read.base.dimensions
        place = read.place("dimensions", dimension.id) if is_own else read.place("extends")
        part = _Part(place, p.part("Dimension", dimension.id))
        for change in dimension.changes:
            grouped.add(part, change)
    for part, _against, changes in grouped:
        yield p.lock_changed(part.place, version=new.key, part=part.name, changes=list(changes), free=free)


# --- a version and those before it ----------------------------------------------------------------


def _against_earlier(read: Read[Instrument], new: Instrument, locked: Mapping[str, Locked]) -> Iterator[Problem]:
    every = [one.instrument for one in locked.values()]
    own = sorted((each for each in every if each.instrument == new.instrument), key=lambda each: -each.version)
    others = sorted((each for each in every if each.instrument != new.instrument), key=lambda each: each.key)
    # What a base brought is judged in the base's own file.
    ids = {item.id for item in new.items() if item.origin == new.instrument}
    grouped, judged = _Grouped(), _Grouped()
    for reuse in versions.reuses(new, [*own, *others], ids):
        part = _item_part(read, new, reuse.earlier, reuse.item, reuse.change)
        words = reuse.change.kind == "wording" and reuse.earlier.item(reuse.item).origin == new.instrument
        (judged if words else grouped).add(part, reuse.change, reuse.earlier.key)
    for part, version, changes in grouped:
        yield p.lock_reused(part.place, version=version, part=part.name, changes=list(changes))
    for part, version, changes in judged:
        yield p.lock_reused(part.place, version=version, part=part.name, changes=list(changes), judging=new.version)
    if own:
        yield from _counted(read, new, own[0])
        yield from _heard(read, new, own[0])


def _counted(read: Read[Instrument], new: Instrument, old: Instrument) -> Iterator[Problem]:
    """Who is asked, and what is counted otherwise than in the latest locked version."""
    found = versions.compare(old, new)
    for change in found.frame:
        if change.kind == "fixed":
            name = p.part("Instrument", new.instrument)
            yield p.lock_reused(read.place("respondent"), version=old.key, part=name, changes=[change.phrase])
    for dimension in found.dimensions:
        is_own = dimension.id in new.dimensions and new.dimensions[dimension.id].origin == new.instrument
        if dimension.status == "changed" and not dimension.one_measure and is_own:
            otherwise = [said(_("item '{item}' counts otherwise"), item=item) for item in dimension.counted]
            changes = [change.phrase for change in dimension.changes if change.aspect in _SCORED] + otherwise
            place, name = read.place("dimensions", dimension.id), p.part("Dimension", dimension.id)
            yield p.lock_scoring(place, version=old.key, part=name, changes=changes)
    for item in found.items:
        if item.status == "changed" and new.item(item.id).origin == new.instrument:
            outcome = _outcome_change(old, new, item.id)
            if outcome is not None:
                place = read.place(*item_path(read, item.id))
                yield p.lock_scoring(place, version=old.key, part=p.part("Item", item.id), changes=[outcome.phrase])


_SCORED = ("items", "minimum_answered", "range", "origin")


def _outcome_change(old: Instrument, new: Instrument, id: str) -> Change | None:
    """What counts as reached: the report joins two versions only where the same options do."""
    if old.item(id).outcome is None or new.item(id).outcome is None:
        return None
    reached = [
        [option.value for option in instrument.options(instrument.item(id)) if option.achieved]
        for instrument in (old, new)
    ]
    if reached[0] == reached[1]:
        return None
    return Change(aspect="achieved", kind="scoring", old=reached[0], new=reached[1])


def _heard(read: Read[Instrument], new: Instrument, old: Instrument) -> Iterator[Problem]:
    """What is worded otherwise than in the latest locked version, and heard as it was worded there."""
    before = {item.id: item for item in old.items()}
    for item in new.items():
        if item.id not in before or item.origin != new.instrument:
            continue
        for language, file in (item.audio or {}).items():
            same_file = (before[item.id].audio or {}).get(language) == file
            if same_file and _read_out(new, item, language) != _read_out(old, before[item.id], language):
                place = read.place(*item_path(read, item.id))
                yield p.audio_old(place, audio=file, item=item.id, language=language, version=old.key)


def _read_out(instrument: Instrument, item: Item, language: str) -> tuple[str | None, ...]:
    """What somebody reads out: the question and its options."""
    return (item.text.get(language), *(option.label.get(language) for option in instrument.options(item)))
