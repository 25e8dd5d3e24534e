"""Writing a folder whole or not at all: into a hidden sibling first, then renamed into its place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis import AnalysisError


class NotOursError(AnalysisError):
    """The folder to replace holds something that this program did not write."""


@contextmanager
def replacing(folder: Path, *, mark: str, mode: int) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when the block ends well, and vanishes when it does not.

    `mark` is the file by which a folder of ours is known; `mode` the permissions of the new one. Raises NotOursError
    where `folder` is a file, or holds files but not the mark.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file()):
        raise NotOursError(str(folder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        new = place / "new"
        new.mkdir()
        yield new
        new.chmod(mode)
        if folder.exists():
            folder.rename(place / "old")
        new.rename(folder)
    finally:
        shutil.rmtree(place)
