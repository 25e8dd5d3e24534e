"""Records as files in a folder: written and synced under another name, then linked, so that nothing is overwritten."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from collector.stores import Record, StoreTrouble, below_each, one_by_one
from collector.stores.disk import sync_folder

_RECORD, _NEW = ".record", ".new"


class FolderStore:
    """One file a record, one folder a segment of its key; for their owner alone. The file system needs hard links.

    A record appears under its name when it is whole on the disk, and has a second name until its folder is synced too.
    """

    def __init__(self, path: Path) -> None:
        self._root = path.absolute()
        self._synced: set[Path] = set()
        try:
            self._make(self._root)
            self._root.chmod(0o700)
        except OSError as error:
            raise StoreTrouble(f"The store '{path}' cannot be opened: {_reason(error)}.") from error

    def create(self, key: str, body: bytes) -> bool:
        final = self._path(key)
        new = final.with_name(f".{final.name}.{secrets.token_hex(8)}{_NEW}")
        try:
            self._make(final.parent)
            try:
                _write(new, body)
                return _link(new, final)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    new.unlink()
        except OSError as error:
            raise StoreTrouble(f"The record could not be stored: {_reason(error)}.") from error

    def create_in_order(self, *chain: Record) -> int:
        return one_by_one(self.create, chain)

    def read(self, key: str) -> bytes | None:
        path = self._path(key)
        try:
            with path.open("rb") as file:
                # Its writer is still to sync the folder, or never will: what is read here may be acknowledged.
                if os.fstat(file.fileno()).st_nlink > 1:
                    sync_folder(path.parent)
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreTrouble(f"The store cannot be read: {_reason(error)}.") from error

    def scan(self, prefix: str) -> Iterator[str]:
        # A folder lists in no order: all keys below the prefix's last whole segment are held at once.
        above = prefix.rpartition("/")[0]
        start = self._folder(above.split("/")) if "/" in prefix else self._root
        try:
            keys = sorted(filter(lambda key: key.startswith(prefix), self._keys(start)))
        except OSError as error:
            raise StoreTrouble(f"The store cannot be read: {_reason(error)}.") from error
        yield from keys

    def below(self, whole: str, *others: str) -> dict[str, bytes | None]:
        return below_each(self, whole, others)

    def remove(self, key: str) -> None:
        path = self._path(key)
        try:
            path.unlink()
            # What a power cut left of the writing of this record holds the same answers.
            for left in path.parent.glob(f".{path.name}.*{_NEW}"):
                left.unlink(missing_ok=True)
            sync_folder(path.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreTrouble(f"The record could not be removed: {_reason(error)}.") from error

    def close(self) -> None:
        self._synced.clear()

    def _path(self, key: str) -> Path:
        *folders, last = key.split("/")
        return self._folder(folders) / (_name(last) + _RECORD)

    def _folder(self, segments: list[str]) -> Path:
        return self._root.joinpath(*map(_name, segments))

    def _keys(self, folder: Path) -> Iterator[str]:
        """The keys of every record in a folder and in those below it, in no order."""
        if not folder.is_dir():
            return
        for at, _, names in os.walk(folder, onerror=_raise):
            above = [_segment(part) for part in Path(at).relative_to(self._root).parts]
            for name in names:
                if name.endswith(_RECORD) and not name.startswith("."):
                    yield "/".join([*above, _segment(name.removesuffix(_RECORD))])

    def _make(self, folder: Path) -> None:
        """Makes a folder and those above it. Each is synced into the one above it, whoever made it, before use."""
        if folder in self._synced:
            return
        if folder.exists() and folder not in (self._root, *self._root.parents):
            self._make(folder.parent)
        elif not folder.exists():
            self._make(folder.parent)
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        elif folder != self._root:
            return
        sync_folder(folder.parent)
        self._synced.add(folder)


def _write(path: Path, body: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _link(new: Path, final: Path) -> bool:
    """Gives a whole file its name. False where the name is taken, and then that one is on the disk as well."""
    try:
        os.link(new, final)
    except FileExistsError:
        sync_folder(final.parent)
        return False
    try:
        sync_folder(final.parent)
    except OSError:
        final.unlink(missing_ok=True)
        raise
    return True


def _name(segment: str) -> str:
    """A file name for any text: no dot or slash, and no two that differ in the case of letters only."""
    coded = re.sub(rb"[^a-z0-9_-]", lambda byte: b"%%%02x" % byte[0][0], segment.encode("utf-8", "surrogatepass"))
    return coded.decode("ascii") or "%"


def _segment(name: str) -> str:
    if name == "%":
        return ""
    plain = re.sub(rb"%([0-9a-f]{2})", lambda code: bytes([int(code[1], 16)]), name.encode("ascii"))
    return plain.decode("utf-8", "surrogatepass")


def _raise(error: OSError) -> None:
    raise error


def _reason(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else str(error)
