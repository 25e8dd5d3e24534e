"""A real PostgreSQL for the tests: found on the machine or installed from Debian, run as an unprivileged user of its
own, in a folder of its own and over a socket alone. No server is an error, never a skip. Prints where it is.
"""

from __future__ import annotations

import os
import pwd
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

INSTALLED = Path("/usr/lib/postgresql")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")


def found() -> Path | None:
    """The folder of the programs of the newest PostgreSQL here, or None. `POSTGRESQL` names one by hand."""
    named = os.environ.get("POSTGRESQL")
    on_path = shutil.which("postgres")
    versions = sorted(INSTALLED.glob("*/bin"), key=lambda path: float(path.parent.name))
    folders = [Path(named)] if named else [*reversed(versions), *([Path(on_path).parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def install() -> Path:
    """Installs Debian's. Raises SystemExit with a sentence where that does not succeed."""
    print("Installing PostgreSQL, which tests of stores need ...", flush=True)
    if shutil.which("apt-get"):
        as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        if not as_root and not NO_CLUSTER.exists():
            # The package would make a database of the machine and start it.
            NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
            NO_CLUSTER.write_text("create_main_cluster = false\n")
        keep = ["-o", "Dpkg::Options::=--force-confold"]
        for command in ([*apt, "update"], [*apt, *keep, "install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = found()
    if folder is None:
        raise SystemExit(
            "No PostgreSQL could be installed. Install one by hand (Debian: apt-get install postgresql), or name its "
            "programs: POSTGRESQL=/path/to/bin make test"
        )
    return folder


@dataclass
class Server:
    """A running server of one test session."""

    programs: Path
    folder: Path
    owner: str | None
    """The user that it runs as, where the tests run as root, whom it refuses."""

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://mittari@/{database}?host={self.folder}"

    def start(self) -> None:
        settings = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=50"
        start = ("pg_ctl", "start", "-w", "-t", "60", "-D", self._data, "-l", f"{self.folder}/log", "-o", settings)
        # After a kill the children of the server need a moment to see it, and no other one starts until then.
        assert any(self._run(*start) for _ in range(100)), self._said

    def stop(self, how: str = "fast") -> None:
        assert self._run("pg_ctl", "stop", "-w", "-m", how, "-D", self._data), self._said

    def kill(self) -> None:
        """As if the machine had lost the server: its own process is killed, and its children see that and end.

        That takes them a moment, in which one that has a connection would still answer: they are waited for.
        """
        own = int((Path(self._data) / "postmaster.pid").read_text().split()[0])
        children = [int(pid) for pid in Path(f"/proc/{own}/task/{own}/children").read_text().split()]
        watched = [os.pidfd_open(pid) for pid in children if Path(f"/proc/{pid}").exists()]
        os.kill(own, signal.SIGKILL)
        for one in watched:
            assert select.select([one], [], [], 60)[0], "a child of the killed server did not end"
            os.close(one)

    def make(self) -> None:
        make = ("initdb", "-D", self._data, "-U", "mittari", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        assert self._run(*make), self._said

    @property
    def _data(self) -> str:
        return f"{self.folder}/data"

    @property
    def _said(self) -> str:
        return (self.folder / "said").read_text()

    def _run(self, program: str, *arguments: str) -> bool:
        command = [str(self.programs / program), *arguments]
        # To a file: the server keeps what it inherits, and a pipe would never end.
        with (self.folder / "said").open("a") as said:
            done = subprocess.run(
                command, user=self.owner, group=self.owner and pwd.getpwnam(self.owner).pw_gid, cwd=self.folder,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=120,
                extra_groups=None if self.owner is None else [],
            )  # fmt: skip
        return done.returncode == 0


@contextmanager
def running() -> Iterator[Server]:
    """A server from nothing, until the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="mittari-pg-"))
    owner = "postgres" if os.geteuid() == 0 else None
    if owner:
        shutil.chown(folder, owner)
    server = Server(programs=found() or install(), folder=folder, owner=owner)
    try:
        server.make()
        server.start()
        yield server
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            server.stop("immediate")
        shutil.rmtree(folder)


if __name__ == "__main__":
    print(f"PostgreSQL: {found() or install()}")
    sys.exit(0)
