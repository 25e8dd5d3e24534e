"""Places where the collector runs, each started as its platform does it, from what `deploy/pack` made and nothing else."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from tests.stores.object_servers import free_ports

ROOT = Path(__file__).parents[2]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
SECONDS = 60
"""That a place may take to start or to answer."""


@dataclass(frozen=True)
class Answer:
    """What a browser would get. Names of headers in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Place(Protocol):
    """Where the collector runs."""

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] = {}, body: bytes = b"") -> Answer:
        """Sends a request as the platform hands it on."""

    def log(self) -> str:
        """What was written by what runs there."""


def deployable(target: str, build: Path, folder: Path) -> Path:
    """What `deploy/pack` makes for a target, for the Python that runs the tests."""
    made = folder / target
    command = [sys.executable, str(ROOT / "deploy" / "pack"), target, "--python", PYTHON]
    command += ["--build", str(build), "--output", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


@contextlib.contextmanager
def running(command: list[str], folder: Path, environ: Mapping[str, str], log: Path, **options: Any) -> Iterator[Any]:
    """A process with an environment of its own, until the block ends."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, cwd=folder, env={"PATH": os.environ["PATH"], **environ}, stderr=said, start_new_session=True,
            **{"stdout": said, **options},
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        # And what it has started, where it left something.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()


# --- AWS Lambda -----------------------------------------------------------------------------------

CONTEXT = {
    "api-gateway": {
        "apiId": "a1b2c3",
        "domainName": "a1b2c3.execute-api.eu-north-1.amazonaws.com",
        "stage": "$default",
    },
    "function-url": {"apiId": "u1v2w3", "domainName": "u1v2w3.lambda-url.eu-north-1.on.aws", "stage": "$default"},
}


def lambda_event(kind: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """A request as API Gateway's HTTP API and function URLs put it, payload format 2.0."""
    raw, _, query = path.partition("?")
    http_part = {"method": method, "path": raw, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "test"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {**CONTEXT[kind], "http": http_part, "requestId": "r", "timeEpoch": 1},
        "isBase64Encoded": bool(body),
    }
    if body:
        event["headers"]["content-length"] = str(len(body))
        event["body"] = base64.b64encode(body).decode()
    return event


class RuntimeAPI(ThreadingHTTPServer):
    """The service of Lambda that the runtime asks for its next event, and that takes its answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Runtime)
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()


class _Runtime(BaseHTTPRequestHandler):
    server: RuntimeAPI

    def do_GET(self) -> None:
        assert self.path == "/2018-06-01/runtime/invocation/next"
        event = self.server.events.get()
        if event is None:
            return
        body = json.dumps(event).encode()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + 30_000))
        self.send_header(
            "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-north-1:123456789012:function:mittari"
        )
        # The runtime's client ends in a crash where this one is missing.
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.answers.put((self.path.rpartition("/")[2], json.loads(body)))

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing."""


@dataclass
class Lambda:
    """A function under the runtime that Lambda itself runs it by."""

    api: RuntimeAPI
    process: subprocess.Popen[bytes]
    kind: str
    log_path: Path

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] = {}, body: bytes = b"") -> Answer:
        self.api.events.put(lambda_event(self.kind, method, path, headers, body))
        what, answer = self._next()
        assert what == "response", (what, answer, self.log())
        text = answer["body"]
        data = base64.b64decode(text, validate=True) if answer["isBase64Encoded"] else text.encode()
        found = {name.lower(): value for name, value in answer["headers"].items()}
        return Answer(answer["statusCode"], found, data)

    def _next(self) -> tuple[str, Any]:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(queue.Empty):
                return self.api.answers.get(timeout=0.2)
        raise AssertionError(f"no answer, the process says {self.process.poll()}: {self.log()[-3000:]}")

    def log(self) -> str:
        return self.log_path.read_text()


@contextlib.contextmanager
def aws_lambda(unpacked: Path, environ: Mapping[str, str], folder: Path, kind: str = "api-gateway") -> Iterator[Lambda]:
    """Runs the unpacked zip. Of the packages of the tests the runtime alone is there, as on Lambda."""
    beside = folder / "runtime"
    beside.mkdir()
    for name in ("awslambdaric", "simplejson", "snapshot_restore_py"):
        spec = find_spec(name)
        assert spec and spec.origin
        (beside / name).symlink_to(Path(spec.origin).parent)
    (client,) = Path(find_spec("awslambdaric").origin).parents[1].glob("runtime_client*.so")  # type: ignore[union-attr,arg-type]
    (beside / client.name).symlink_to(client)
    with RuntimeAPI() as api:
        thread = threading.Thread(target=api.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        given = {
            **environ,
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api.server_address[1]}",
            "LAMBDA_TASK_ROOT": str(unpacked),
            "PYTHONPATH": f"{unpacked}:{beside}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, "-S", "-m", "awslambdaric", "aws_lambda.handler"]
        try:
            with running(command, unpacked, given, folder / "log") as process:
                yield Lambda(api, process, kind, folder / "log")
        finally:
            api.events.put(None)
            api.shutdown()
            thread.join()


# --- Azure Functions ------------------------------------------------------------------------------

AZURE_HOST = """
import base64, json, sys
import azure.functions as func
from azure.functions.http import HttpRequestConverter, HttpResponseConverter
from azure.functions.meta import Datum
import function_app
(function,) = function_app.app.get_functions()
says = lambda text: Datum(type="string", value=text)
for line in sys.stdin:
    asked = json.loads(line)
    request = HttpRequestConverter.decode(Datum(type="http", value={
        "method": says(asked["method"]), "url": says(asked["url"]), "query": {}, "params": {},
        "headers": {name: says(value) for name, value in asked["headers"].items()},
        "body": Datum(type="bytes", value=base64.b64decode(asked["body"])),
    }), trigger_metadata=None)
    call = function.get_user_function()
    answer = call(request, None) if "context" in call.__code__.co_varnames else call(request)
    sent = HttpResponseConverter.encode(answer, expected_type=None).value
    print(json.dumps({
        "status": int(sent["status_code"].value), "cookies": sent["cookies"],
        "headers": {name.lower(): value.value for name, value in sent["headers"].items()},
        "body": base64.b64encode(sent["body"].value).decode(),
    }), flush=True)
"""


@dataclass
class AzureFunctions:
    """A function called as the worker of Azure does it, by the converters that it uses; the host is not there."""

    process: subprocess.Popen[bytes]
    log_path: Path

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] = {}, body: bytes = b"") -> Answer:
        asked = {
            "method": method,
            "url": f"https://mittari.azurewebsites.net{path}",
            "headers": dict(headers),
            "body": base64.b64encode(body).decode(),
        }
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.log()
        answer = json.loads(line)
        assert not answer["cookies"]
        return Answer(answer["status"], answer["headers"], base64.b64decode(answer["body"]))

    def log(self) -> str:
        return self.log_path.read_text()


@contextlib.contextmanager
def azure_functions(
    made: Path, environ: Mapping[str, str], folder: Path, *, instead: Path | None = None
) -> Iterator[AzureFunctions]:
    """Loads function_app.py with the packages beside it, or another one, in the folder `instead`."""
    packages = made / ".python_packages" / "lib" / "site-packages"
    before = f"{instead}:" if instead else ""
    given = {**environ, "PYTHONPATH": f"{before}{made}:{packages}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-S", "-c", AZURE_HOST]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with running(command, folder, given, folder / "log", **pipes) as process:
        yield AzureFunctions(process, folder / "log")


# --- over HTTP: Google's framework, and servers of any kind ---------------------------------------


@dataclass
class Server:
    """Something that listens on loopback."""

    address: str
    log_path: Path

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] = {}, body: bytes = b"") -> Answer:
        parts = urlsplit(self.address)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=SECONDS)
        try:
            line.request(method, path, body or None, dict(headers))
            answer = line.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            line.close()

    def log(self) -> str:
        return self.log_path.read_text()


def wait_for(server: Server, process: subprocess.Popen[bytes], path: str = "/") -> None:
    """Asks until there is an answer. Each question is answered or refused at once."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.ask("GET", path)
            return
        except (OSError, http.client.HTTPException):
            threading.Event().wait(0.05)
    raise AssertionError(f"nothing answers at {server.address}: {server.log()[-3000:]}")


def environment_of(made: Path, folder: Path) -> Path:
    """A Python with the packages of a folder's requirements.txt and no others, as Google's build makes it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    done = subprocess.run(
        [*install, "--disable-pip-version-check", "--require-hashes", "-r", str(made / "requirements.txt")],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return folder / "bin"


@contextlib.contextmanager
def google_functions(made: Path, programs: Path, environ: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Google's own server over the folder."""
    (port,) = free_ports(1)
    command = [str(programs / "functions-framework"), "--target", "collect", "--source", "main.py"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    given = {**environ, "PYTHONDONTWRITEBYTECODE": "1"}
    server = Server(f"http://127.0.0.1:{port}", folder / "log")
    with running(command, made, given, folder / "log") as process:
        wait_for(server, process)
        yield server
