"""A real S3 server for tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

SECONDS_TO_START = 60
ROLES = ("master", "volume", "filer", "s3")


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody listens on."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


class SeaweedFS:
    """An S3 server over a folder; it makes buckets as they are written to. Killed, it can be started again."""

    def __init__(self, folder: Path, *, key: str, secret: str) -> None:
        identity = {"name": "test", "credentials": [{"accessKey": key, "secretKey": secret}], "actions": ["Admin"]}
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        (folder / "data").mkdir()
        ports = free_ports(2 * len(ROLES))
        self.port = ports[6]
        self._log = folder / "log"
        beside = Path(sys.executable).with_name("weed")
        command = [str(beside) if beside.exists() else shutil.which("weed") or "weed", "server", "-s3"]
        command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}"]
        command += [f"-s3.config={folder / 's3.json'}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
        command += ["-master.telemetry=false", "-volume.max=8", "-volume.preStopSeconds=0"]
        command += ["-master.volumeSizeLimitMB=64"]
        for role, port, grpc in zip(ROLES, ports[::2], ports[1::2], strict=True):
            command += [f"-{role}.port={port}", f"-{role}.port.grpc={grpc}"]
        self._command, self._server = command, None

    _server: subprocess.Popen[bytes] | None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=self._log.parent)
        _wait(self._server, self.port, self._log)

    def kill(self) -> None:
        """kill -9. Asked to end, it takes a quarter of a minute."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()


@contextlib.contextmanager
def seaweedfs(folder: Path, *, key: str, secret: str) -> Iterator[SeaweedFS]:
    """Runs SeaweedFS until the block ends."""
    server = SeaweedFS(folder, key=key, secret=secret)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Asks until S3 answers. Each question waits for its answer or is refused at once."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/status")
            if line.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            threading.Event().wait(0.05)
        finally:
            line.close()
    raise AssertionError(f"SeaweedFS did not start: {log.read_text()[-2000:]}")
