"""Writing a folder whole or not at all: into a hidden sibling first, then renamed into its place.

A build, a dataset and a report are folders of this kind. Each is known by a file that only it has, and a folder
without that file is somebody else's and left alone.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotOursError(Exception):
    """The folder to replace is a file, a link, or holds something that this program did not write."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"The folder '{folder}' holds files that Mittari did not make, so it was left alone. "
            "Choose another place with --output, or empty the folder yourself."
            if folder.is_dir()
            else f"'{folder}' is not a folder. Choose another place with --output."
        )


@contextmanager
def replacing(folder: Path, *, mark: str, mode: int) -> Iterator[Path]:
    """A temporary folder that takes the place of `folder` when the block ends well, and vanishes when it does not.

    `mark` is the file by which a folder of ours is known; `mode` the permissions of the new one. Raises NotOursError.
    """
    if folder.exists() and not folder.is_dir():
        raise NotOursError(folder)
    if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file():
        raise NotOursError(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        new = work / "new"
        new.mkdir()
        yield new
        new.chmod(mode)
        if folder.exists():
            folder.rename(work / "old")
        new.rename(folder)
    finally:
        shutil.rmtree(work)
