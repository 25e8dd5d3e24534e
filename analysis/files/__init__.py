"""The answers as files for other programs, each with what every column is.

Everything written is personal data under a pseudonym: the folder and its files are for their owner alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis import AnalysisError
from analysis.dataset import Dataset
from analysis.files import ddi, delimited, dictionary, excel, labelled_parquet, readme, scripts, spss, star
from analysis.files.coded import Coded, coded
from analysis.files.readme import FILES, README
from analysis.files.variables import Material, Note, material
from analysis.wording import UntranslatedError, Words
from survey.folders import replacing

FORMAT = 1
MARK = "files.json"
FORMATS = tuple(FILES)
"""The kinds of files that there are."""
BESIDE = {"r": "csv", "ddi": "sav"}
"""What a kind of file reads or describes, and brings with it."""


class FilesError(AnalysisError):
    """The files cannot be written. The message says in plain words what to do."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written: paths in the folder, in order, and what a reader has to know: what was cut, renamed or left
    out, and where a text stands in another language."""

    files: tuple[str, ...]
    notes: tuple[Note, ...]


def write_files(
    dataset: Dataset,
    output: Path,
    *,
    formats: Collection[str] = FORMATS,
    language: str,
    messages: Mapping[str, str],
    made: str,
    progress: Callable[[str], None] = lambda name: None,
) -> Written:
    """Writes the answers of a dataset in some formats into `output`; files that were there before are replaced.

    Labels are in `language`, or in an instrument's first where it lacks that; `messages` maps the English messages to
    it (empty for English). `made` is the time of writing, UTC; `progress` is told each format when it is done. Raises
    FilesError for an unknown format or a message without a translation, NotOursError where `output` holds something
    else, AnalysisError where a table is too large for a format.
    """
    wanted = _wanted(formats)
    try:
        writing = _Writing(material(dataset, Words(language, messages)))
        with replacing(output, mark=MARK, mode=0o700) as new:
            for name in wanted:
                writing.write(name, new)
                progress(name)
            notes = writing.notes()
            (new / README).write_text(
                readme.text(writing.material, wanted, notes), encoding="utf-8-sig", newline="\r\n"
            )
            files = sorted(path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file())
            _write_mark(new / MARK, writing.material, wanted, files, notes, made)
            _for_the_owner(new)
    except UntranslatedError as error:
        raise FilesError(f"{error} Add it to site_templates/messages/report.{language}.po.") from error
    return Written(files=tuple(files), notes=notes)


def _wanted(formats: Collection[str]) -> list[str]:
    if unknown := sorted(set(formats) - set(FORMATS)):
        raise FilesError(f"There is no format '{', '.join(unknown)}'. There are: {', '.join(FORMATS)}.")
    with_beside = {*formats, *(BESIDE[name] for name in formats if name in BESIDE)}
    return [name for name in FORMATS if name in with_beside]


class _Writing:
    """Writes one format after the other, and gathers what is to be told."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self._notes = list(material.notes)

    @cached_property
    def _coded(self) -> Coded:
        found = coded(self.material)
        self._notes += found.notes
        return found

    def write(self, name: str, new: Path) -> None:
        material = self.material
        match name:
            case "sav":
                spss.write(_folder(new / "spss"), self._coded, material)
            case "sps":
                self._notes += scripts.write_spss(_folder(new / "spss"), self._coded, material)
            case "ddi":
                ddi.write(_folder(new / "spss"), material, self._coded)
            case "xlsx":
                self._notes += excel.write(new, material, dictionary.variables(material, self._coded))
            case "csv":
                self._notes += delimited.write(_folder(new / "csv"), material, delimited.MACHINE)
            case "csv-excel":
                self._notes += delimited.write(_folder(new / "csv-excel"), material, delimited.EXCEL)
            case "r":
                scripts.write_r(_folder(new / "csv"), material)
            case "parquet":
                labelled_parquet.write(_folder(new / "parquet"), material)
            case "dictionary":
                self._notes += dictionary.write(new, material, self._coded)
            case "star":
                self._notes += star.write(_folder(new / "star"), material)

    def notes(self) -> tuple[Note, ...]:
        return tuple(self._notes)


def _folder(path: Path) -> Path:
    path.mkdir(exist_ok=True)
    return path


def _write_mark(
    path: Path, material: Material, formats: list[str], files: list[str], notes: tuple[Note, ...], made: str
) -> None:
    head = {
        "format": FORMAT,
        "made": made,
        "dataset_made": material.dataset.made,
        "language": material.words.language,
        "formats": formats,
        "files": files,
        "notes": [str(note) for note in notes],
    }
    path.write_text(json.dumps(head, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _for_the_owner(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)


__all__ = ["FORMATS", "FilesError", "Note", "Written", "write_files"]
