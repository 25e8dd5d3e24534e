"""A disk of a few megabytes in memory. In a mount namespace of its own it needs no rights and leaves nothing behind; where
there can be none, as in a chroot, the administrator mounts it for all to see."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

MOUNT = 'mount -t tmpfs -o "size=$2" none "$1" && echo ready && exec cat'


class SmallDisk:
    """A file system that can be filled, enlarged and made read-only while programs use it.

    `enter` is what to put before a command that is to see it at `folder`; everybody else sees it at `outside`. In a
    namespace it goes when the process that holds it does.
    """

    def __init__(self, folder: Path, *, size: str) -> None:
        folder.mkdir()
        self.folder = folder
        self._holder = _namespace(folder, size)
        if self._holder is None:
            assert os.geteuid() == 0, (
                "No small disk could be made: this machine lets nobody have a namespace (unshare)."
            )
            _mount("-t", "tmpfs", "-o", f"size={size}", "none", str(folder))
            self.outside, self.enter = folder, list[str]()
            return
        self.outside = Path(f"/proc/{self._holder.pid}/root{folder.resolve()}")
        target = ["--target", str(self._holder.pid)]
        self.enter = ["nsenter", *target, "--user", "--mount", "--preserve-credentials"]

    def remount(self, options: str) -> None:
        """Changes it under those who use it, to `size=16m`, `ro` or `rw`."""
        # Without the options that it has: its owner's number is another one inside than outside.
        _mount("--options-mode", "ignore", "-o", f"remount,{options}", "none", str(self.folder), enter=self.enter)

    def close(self) -> None:
        """Lets go of it; it is gone when no program uses it any more."""
        if self._holder is None:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
            return
        assert self._holder.stdin is not None and self._holder.stdout is not None
        self._holder.stdin.close()
        self._holder.wait()
        self._holder.stdout.close()


def _namespace(folder: Path, size: str) -> subprocess.Popen[str] | None:
    """The process that holds the namespace with the disk in it; None where the machine lets nobody have one."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh", str(folder), size]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None and holder.stdout is not None
    if holder.stdout.readline() == "ready\n":
        return holder
    holder.stdin.close()
    holder.stdout.close()
    holder.wait()
    return None


def _mount(*options: str, enter: list[str] | None = None) -> None:
    subprocess.run([*(enter or []), "mount", *options], check=True, capture_output=True)
