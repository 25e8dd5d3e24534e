"""A real S3 server for tests, and a line to it that loses answers."""

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
from collections.abc import Callable, Iterator
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


@contextlib.contextmanager
def seaweedfs(folder: Path, *, key: str, secret: str) -> Iterator[int]:
    """Runs SeaweedFS over a folder and gives the port of its S3; it makes buckets as they are written to."""
    identity = {"name": "test", "credentials": [{"accessKey": key, "secretKey": secret}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    ports = free_ports(2 * len(ROLES))
    beside = Path(sys.executable).with_name("weed")
    command = [str(beside) if beside.exists() else shutil.which("weed") or "weed", "server", "-s3"]
    command += ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}", f"-s3.config={folder / 's3.json'}"]
    command += ["-master.telemetry=false", "-volume.max=8", "-volume.preStopSeconds=0", "-master.volumeSizeLimitMB=64"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    for role, port, grpc in zip(ROLES, ports[::2], ports[1::2], strict=True):
        command += [f"-{role}.port={port}", f"-{role}.port.grpc={grpc}"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        _wait(server, ports[6], folder / "log")
        yield ports[6]
    finally:
        # Asked to end, it takes a quarter of a minute, and what it holds is thrown away.
        server.kill()
        server.wait()


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


class LossyLine:
    """A port that passes everything to another one, and cuts the line where the answer to a chosen request comes."""

    def __init__(self, port: int, lose: Callable[[bytes], bool]) -> None:
        self._upstream, self._lose = port, lose
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.lost: list[bytes] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                worker = threading.Thread(target=self._serve, args=(client,))
                self._threads.append(worker)
                worker.start()

    def _serve(self, client: socket.socket) -> None:
        """One request and its answer, and then the line is closed."""
        with client, socket.create_connection(("127.0.0.1", self._upstream)) as server, contextlib.suppress(OSError):
            request = _whole(client)
            server.sendall(request)
            first = server.recv(65536)
            if self._lose(request):
                self.lost.append(request.partition(b"\r\n")[0])
                return
            while first:
                client.sendall(first)
                first = server.recv(65536)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


def _whole(client: socket.socket) -> bytes:
    """A request with its body, that asks for the line to be closed after the answer."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = client.recv(65536)
        if not more:
            raise ConnectionError
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += client.recv(65536)
    return head + b"\r\nconnection: close\r\n\r\n" + body
