"""Which files have changed, by looking: this works on every system and on network drives."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

OF_INSTRUMENTS = (".yaml", ".yml", ".json", ".svg", ".png", ".jpg", ".webp", ".mp3", ".m4a")
"""What a folder of instruments has, by the endings of its files."""
OF_TEMPLATES = (".j2", ".css", ".js", ".svg")
"""What decides how pages look."""
DEPTH = 3
"""How deep files are looked for: as deep as `survey.reading` looks for files that lie in a wrong place."""
Stamps = Mapping[str, tuple[int, int]]
"""Each file with the time of its last change, in nanoseconds, and its size in bytes."""


def stamps(folder: Path, endings: Collection[str] = OF_INSTRUMENTS) -> Stamps:
    """The files of a folder that end so. What vanishes meanwhile is left out."""
    found = {}
    for path in _files(folder, DEPTH, endings):
        try:
            stat = path.stat()
        except OSError:
            continue
        found[str(path)] = (stat.st_mtime_ns, stat.st_size)
    return found


def _files(folder: Path, depth: int, endings: Collection[str]) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for path in entries:
        if path.name.startswith("."):
            continue
        if path.suffix.lower() in endings:
            yield path
        elif depth > 1 and path.is_dir() and not path.is_symlink():
            yield from _files(path, depth - 1, endings)


class Watch:
    """Tells when files have changed and come to rest.

    An editor may write a file in several steps, so a change is told when two looks in a row are equal, or after
    `patience` looks for files that never rest.
    """

    def __init__(self, look: Callable[[], Stamps], *, patience: int = 6) -> None:
        self._look = look
        self._patience = patience
        self._told = self._last = look()
        self._waited = 0

    @property
    def expects(self) -> bool:
        """Whether a change was seen that does not rest yet."""
        return self._waited > 0

    def changed(self) -> bool:
        """Looks once. Whether there is a change that was not told yet."""
        now = self._look()
        rests, self._last = now == self._last, now
        if now == self._told:
            self._waited = 0
            return False
        self._waited += 1
        if not rests and self._waited < self._patience:
            return False
        self._told, self._waited = now, 0
        return True
