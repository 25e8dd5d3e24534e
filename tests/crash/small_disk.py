"""A disk of a few megabytes in memory, in a mount namespace of its own: it needs no rights and leaves nothing behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

MOUNT = 'mount -t tmpfs -o "size=$2" none "$1" && echo ready && exec cat'


class SmallDisk:
    """A file system that can be filled, enlarged and made read-only while programs use it.

    `enter` is what to put before a command that is to see it at `folder`; everybody else sees it at `outside`. It goes
    when the process that holds it does.
    """

    def __init__(self, folder: Path, *, size: str) -> None:
        folder.mkdir()
        command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh", str(folder), size]
        self._holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._holder.stdout is not None
        said = self._holder.stdout.readline()
        assert said == "ready\n", "No small disk could be made: this machine lets nobody have a namespace (unshare)."
        self.folder = folder
        self.outside = Path(f"/proc/{self._holder.pid}/root{folder.resolve()}")
        target = ["--target", str(self._holder.pid)]
        self.enter = ["nsenter", *target, "--user", "--mount", "--preserve-credentials"]

    def remount(self, options: str) -> None:
        """Changes it under those who use it, to `size=16m`, `ro` or `rw`."""
        # Without the options that it has: its owner's number is another one inside than outside.
        change = ["--options-mode", "ignore", "-o", f"remount,{options}", "none", str(self.folder)]
        command = [*self.enter, "mount", *change]
        subprocess.run(command, check=True, capture_output=True)

    def close(self) -> None:
        """Lets go of it; it is gone when no program uses it any more."""
        assert self._holder.stdin is not None and self._holder.stdout is not None
        self._holder.stdin.close()
        self._holder.wait()
        self._holder.stdout.close()
