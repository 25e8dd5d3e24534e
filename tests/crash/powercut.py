"""An emulated power cut: what a disk would hold if the power had gone at any moment of a collector's life.

`powercut.c`, preloaded into the collector, writes down what it does to the files below a folder; whoever gets an
acknowledgement adds it to the same log. A replay up to some entry then tells two disks:

- the strict one: bytes of a file survive from its own last fsync or fdatasync; a name, new or removed, from the last
  fsync of its folder. A file whose name survived and that was never synced is empty.
- torn ones: besides, each write and each name that was not synced yet survives or not, by chance, sector by sector, as
  a disk may write what it was given in any order.

Covered: open, write, pwrite, ftruncate, fsync, fdatasync, mkdir, link, rename, unlink. What else could change a file
(writev, fallocate, shared memory other than SQLite's -shm, which is made anew) makes the log useless, and says so. Not
covered: a disk that lies about having synced, and one that spoils what it held already.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ENTRY = struct.Struct("=c3xIQQQ")
SECTOR = 512
SOURCE = Path(__file__).with_suffix(".c")


def compiled(folder: Path) -> Path:
    """The shim as a library. Installs Debian's compiler where there is none; raises SystemExit where that fails."""
    compiler = shutil.which("gcc") or shutil.which("cc") or _install()
    library = folder / "powercut.so"
    command = [
        compiler,
        "-shared",
        "-fPIC",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        str(library),
        str(SOURCE),
        "-ldl",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return library


def _install() -> str:
    print("Installing a C compiler, which the emulated power cut needs ...", flush=True)
    if shutil.which("apt-get"):
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", "gcc", "libc6-dev"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    compiler = shutil.which("gcc")
    if compiler is None:
        raise SystemExit(
            "No C compiler could be installed. Install one by hand (Debian: apt-get install gcc libc6-dev)."
        )
    return compiler


class Recorder:
    """What to preload into a collector so that its deeds below a folder are written down."""

    def __init__(self, library: Path, *, root: Path, beside: Path) -> None:
        """`beside` is a folder for the log and the faults; `root` must be there."""
        self._log, self._faults = beside / "powercut.log", beside / "powercut.faults"
        self.root = root.resolve()
        self.fail()
        self.environ = {
            "LD_PRELOAD": str(library),
            "POWERCUT_ROOT": str(self.root),
            "POWERCUT_LOG": str(self._log),
            "POWERCUT_FAULTS": str(self._faults),
        }

    def fail(self, *, writes: int = 0, syncs: int = 0) -> None:
        """From now on writes or syncs fail with an errno, or with 0 go well again."""
        with self._faults.open("r+b" if self._faults.exists() else "w+b") as file:
            file.write(struct.pack("=ii", writes, syncs))

    def acknowledged(self, id: str) -> None:
        """Writes down that somebody was told that this is stored."""
        with self._log.open("ab", buffering=0) as log:
            log.write(ENTRY.pack(b"a", len(id), 0, 0, 0) + id.encode())

    def entries(self) -> Iterator[Entry]:
        """What was written down so far, in order."""
        with self._log.open("rb") as log:
            while head := log.read(ENTRY.size):
                kind, path_length, inode, offset, data_length = ENTRY.unpack(head)
                path = log.read(path_length).decode()
                yield Entry(kind=kind.decode(), path=path, inode=inode, offset=offset, data=log.read(data_length))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One deed: a created, d folder, w written, t truncated, s synced, l linked, r renamed, u unlinked, a acknowledged,
    ? not covered."""

    kind: str
    path: str
    inode: int
    offset: int
    data: bytes


@dataclass(eq=False)
class _File:
    now: bytearray = field(default_factory=bytearray)
    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    """What was done since the last sync: bytes at an offset, or None to end the file there."""

    def do(self, offset: int, data: bytes | None) -> None:
        _apply(self.now, offset, data)
        self.since.append((offset, data))

    def sync(self) -> None:
        for offset, data in self.since:
            _apply(self.synced, offset, data)
        self.since.clear()

    def survives(self, chance: random.Random | None) -> bytes:
        if chance is None or not self.since:
            return bytes(self.synced)
        left = bytearray(self.synced)
        for offset, data in self.since:
            if data is None:
                if chance.random() < 0.5:
                    _apply(left, offset, None)
                continue
            for at in range(0, len(data), SECTOR):
                if chance.random() < 0.5:
                    _apply(left, offset + at, data[at : at + SECTOR])
        return bytes(left)


@dataclass(eq=False)
class _Folder:
    now: dict[str, _File | _Folder] = field(default_factory=dict)
    synced: dict[str, _File | _Folder] = field(default_factory=dict)

    def sync(self) -> None:
        self.synced = dict(self.now)

    def survives(self, chance: random.Random | None) -> dict[str, _File | _Folder]:
        if chance is None:
            return self.synced
        names = self.synced.keys() | self.now.keys()
        kept = {name: (self.now if chance.random() < 0.5 else self.synced).get(name) for name in sorted(names)}
        return {name: node for name, node in kept.items() if node is not None}


class Disk:
    """Files as a collector sees them, and as they would be after a power cut."""

    def __init__(self, recorder: Recorder) -> None:
        self._root = _Folder()
        self._nodes: dict[int, _File | _Folder] = {recorder.root.stat().st_ino: self._root}

    def do(self, entry: Entry) -> None:
        """Does what was done. Raises AssertionError for what the emulation does not cover."""
        assert entry.kind != "?", f"the emulation does not cover {entry.path}"
        if entry.kind in "wts":
            node = self._nodes[entry.inode]
            if entry.kind == "s":
                node.sync()
            else:
                assert isinstance(node, _File)
                node.do(entry.offset, entry.data if entry.kind == "w" else None)
        elif entry.kind in "cdlru":
            self._name(entry)

    def _name(self, entry: Entry) -> None:
        above, name = self._at(entry.path)
        if entry.kind in "cd":
            above.now[name] = self._nodes[entry.inode] = _File() if entry.kind == "c" else _Folder()
        elif entry.kind == "u":
            del above.now[name]
        else:
            target, other = self._at(entry.data.decode())
            target.now[other] = above.now[name]
            if entry.kind == "r":
                del above.now[name]

    def _at(self, path: str) -> tuple[_Folder, str]:
        *folders, name = PurePosixPath(path).parts
        at = self._root
        for each in folders:
            inner = at.now[each]
            assert isinstance(inner, _Folder)
            at = inner
        return at, name

    def seen(self) -> dict[str, bytes]:
        """Every file as the collector sees it."""
        return {str(path): bytes(file.now) for path, file in _files(self._root, PurePosixPath())}

    def cut(self, folder: Path, *, torn: random.Random | None = None) -> None:
        """Writes into a new folder what is there after a power cut: strictly, or with `torn` more than was synced."""
        _write(self._root, folder, torn)


def _apply(data: bytearray, offset: int, new: bytes | None) -> None:
    if new is None:
        del data[offset:]
        new = b""
    data.extend(bytes(max(offset - len(data), 0)))
    data[offset : offset + len(new)] = new


def _files(folder: _Folder, at: PurePosixPath) -> Iterator[tuple[PurePosixPath, _File]]:
    for name, node in folder.now.items():
        if isinstance(node, _Folder):
            yield from _files(node, at / name)
        elif not name.endswith("-shm"):
            yield at / name, node


def _write(folder: _Folder, to: Path, torn: random.Random | None) -> None:
    to.mkdir()
    for name, node in folder.survives(torn).items():
        if isinstance(node, _Folder):
            _write(node, to / name, torn)
        elif not name.endswith("-shm"):
            (to / name).write_bytes(node.survives(torn))
