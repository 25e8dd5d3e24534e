"""Real servers of object stores for tests: SeaweedFS, which speaks S3, and Azurite, which speaks Azure Blob Storage."""

from __future__ import annotations

import base64
import contextlib
import hmac
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

from tests import node

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
        # A bucket `open`, where requests need no signature and may be changed on their way.
        anybody = {"name": "anonymous", "actions": [f"{deed}:open" for deed in ("Read", "Write", "List")]}
        (folder / "s3.json").write_text(json.dumps({"identities": [identity, anybody]}))
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
        self._command = command
        self._server: subprocess.Popen[bytes] | None = None

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


def _wait(server: subprocess.Popen[bytes], port: int, log: Path, *, any_status: bool = False) -> None:
    """Asks until it answers. Each question waits for its answer or is refused at once."""
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and server.poll() is None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/status")
            if line.getresponse().status == 200 or any_status:
                return
        except (OSError, http.client.HTTPException):
            threading.Event().wait(0.05)
        finally:
            line.close()
    raise AssertionError(f"The server did not start: {log.read_text()[-2000:]}")


class Azurite:
    """A server of Azure Blob Storage over a folder, with one account and a container `records`."""

    ACCOUNT, KEY = "tests", base64.b64encode(b"not a secret").decode()

    def __init__(self, folder: Path) -> None:
        main = node.installed(Path(__file__).parent / "azurite") / "node_modules/azurite/dist/src/blob/main.js"
        (self.port,) = free_ports(1)
        command = [str(node.PROGRAM), str(main), "--blobHost", "127.0.0.1", "--blobPort", str(self.port)]
        command += ["--location", str(folder), "--disableTelemetry", "--skipApiVersionCheck", "--silent"]
        self._command, self._log = command, folder / "log"
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, waits until it answers, and makes the container."""
        environ = {**os.environ, "AZURITE_ACCOUNTS": f"{self.ACCOUNT}:{self.KEY}"}
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=self._log.parent, env=environ)
        # Whatever it answers, it answers.
        _wait(self._server, self.port, self._log, any_status=True)
        self._make_container()

    def _make_container(self) -> None:
        """By a request that is signed as its protocol has it; the store's client makes no containers."""
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
        signed = "".join(f"{name}:{value}\n" for name, value in headers.items())
        path = f"/{self.ACCOUNT}/records"
        text = "PUT" + "\n" * 12 + signed + f"/{self.ACCOUNT}{path}\nrestype:container"
        code = base64.b64encode(hmac.digest(base64.b64decode(self.KEY), text.encode(), "sha256")).decode()
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(
            "PUT", f"{path}?restype=container", headers={**headers, "Authorization": f"SharedKey {self.ACCOUNT}:{code}"}
        )
        answer = line.getresponse()
        assert answer.status == 201, answer.read()
        line.close()

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait()


@contextlib.contextmanager
def azurite(folder: Path) -> Iterator[Azurite]:
    """Runs Azurite until the block ends."""
    server = Azurite(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
