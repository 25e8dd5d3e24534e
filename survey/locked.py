"""The file of a locked version: what was asked, whole, with the meaning that it had when it was locked.

`locked/<instrument>.v<version>.json` holds `format`, `instrument` (as `survey.model.as_data` writes it, with all that
it extends), `meanings` (a hash for each language) and `locked` (the day). It is written once and never again; languages
that are locked later come in a file beside it, `….v<version>.2.json`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from survey.frozen import dataclass
from survey.marking import _
from survey.model import Instrument, Item, as_data, field_types, from_data, meaning
from survey.phrases import Phrase, said

FORMAT = 1
FOLDER = "locked"


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A locked version. `meanings` gives the hash of each language; `day` is ISO text."""

    instrument: Instrument
    meanings: Mapping[str, str]
    day: str
    file: str
    digest: str
    """Of the bytes of the file."""

    def is_meant_by(self, instrument: Instrument) -> bool:
        """Whether an instrument still has every language with the meaning that it was locked with."""
        return all(
            language in instrument.languages and meaning(instrument, language) == locked
            for language, locked in self.meanings.items()
        )


class LockedFileError(ValueError):
    """Bytes that are no locked version: `found` says what is wrong with them."""

    def __init__(self, found: Phrase) -> None:
        super().__init__(str(found))
        self.found = found


class EditedFileError(Exception):
    """A locked version that no longer has the meaning that it says."""


def file_name(instrument: Instrument, addition: int = 1) -> str:
    """What the file of a locked version is called; from 2 on, those that add languages to it."""
    number = "" if addition == 1 else f".{addition}"
    return f"{instrument.instrument}.v{instrument.version}{number}.json"


def joined(found: Sequence[Locked]) -> tuple[Mapping[str, Locked], list[Locked]]:
    """The locked versions by `id@version`, each with all languages that were locked; and the files that do not mean
    what another file of the same version does."""
    whole: dict[str, Locked] = {}
    strange: list[Locked] = []
    for one in sorted(found, key=lambda each: (len(each.meanings), each.file)):
        fewer = whole.get(one.instrument.key)
        if fewer is None or fewer.is_meant_by(one.instrument):
            whole[one.instrument.key] = one
        else:
            strange.append(one)
    return whole, strange


def encode(instrument: Instrument, *, day: date) -> bytes:
    """The bytes of the file of a version that is resolved and has its origins."""
    whole = _written_out(instrument)
    data = {
        "format": FORMAT,
        "instrument": as_data(whole),
        "meanings": {language: meaning(whole, language) for language in whole.languages},
        "locked": day.isoformat(),
    }
    # The order of keys is that of the model, as in a bundle: it is the order of waves, scales and dimensions.
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def _written_out(instrument: Instrument) -> Instrument:
    """With the built-in words for yes and no, which a later version of Mittari may have otherwise."""

    def whole(item: Item) -> Item:
        return dataclasses.replace(item, options=instrument.options(item)) if item.type == "yes_no" else item

    sections = tuple(dataclasses.replace(s, items=tuple(map(whole, s.items))) for s in instrument.sections)
    return dataclasses.replace(instrument, sections=sections)


def decode(data: bytes, *, file: str) -> Locked:
    """The locked version in the bytes of a file. Raises LockedFileError or EditedFileError."""
    try:
        content = json.loads(data)
        version = content["format"]
        if version != FORMAT:
            raise LockedFileError(said(_("it is of format {format}, which is not known here"), format=version))
        instrument = from_data(Instrument, content["instrument"])
        locked = Locked(
            instrument=instrument,
            meanings=content["meanings"],
            day=content["locked"],
            file=file,
            digest=hashlib.sha256(data).hexdigest(),
        )
        # Also what no meaning covers must be of the types of the model, or pages could not be made of it.
        if not fits(Locked, locked) or as_data(instrument) != content["instrument"]:
            raise LockedFileError(said(_("a value in it is not of its kind")))
        meanings = {language: meaning(instrument, language) for language in instrument.languages}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, StopIteration, RecursionError) as error:
        if isinstance(error, LockedFileError):
            raise
        raise LockedFileError(said(_("it is not what was written"))) from error
    if meanings != locked.meanings:
        raise EditedFileError
    return locked


def fits(kind: Any, value: object) -> bool:
    """Whether a value is of a type of the model, all the way down."""
    if dataclasses.is_dataclass(kind):
        cls = typing.cast(type, kind)
        return isinstance(value, cls) and all(
            fits(inner, getattr(value, name)) for name, inner in field_types(cls).items()
        )
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        return fits(arguments[0], value)
    if origin is Literal:
        return any(type(value) is type(each) and value == each for each in arguments)
    if origin in (typing.Union, types.UnionType):
        return any(fits(each, value) for each in arguments)
    if origin is tuple:
        kinds = [arguments[0]] * len(value) if arguments[-1] is Ellipsis and isinstance(value, tuple) else arguments
        return isinstance(value, tuple) and len(kinds) == len(value) and all(map(fits, kinds, value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, dict) and all(
            fits(arguments[0], key) and fits(arguments[1], entry) for key, entry in value.items()
        )
    if kind is float:
        return type(value) in (int, float)
    return type(value) is kind
