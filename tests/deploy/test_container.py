"""The container, without an engine: its steps are run as they stand in the Containerfile, in the folder that
`deploy/pack container` makes, and what it starts is started so. And the files that say where it runs."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Any

import psycopg
import pytest
import yaml

from collector.aside import THREADS
from collector.headers import HEADERS
from survey import codes
from survey.model import Library
from tests.collector.forms import Page, body, fields
from tests.deploy.places import ROOT, Server, deployable, running, wait_for
from tests.stores import postgresql
from tests.stores.object_servers import free_ports

DEPLOY = ROOT / "deploy"
CONTAINERFILE = DEPLOY / "container" / "Containerfile"
INSIDE = "/srv/mittari"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Containerfile and what it says."""
    lines = [line for line in CONTAINERFILE.read_text().splitlines() if line and not line.startswith("#")]
    return [(line.split()[0], line.partition(" ")[2]) for line in lines]


def last(name: str) -> str:
    return [value for each, value in instructions() if each == name][-1]


def test_it_is_of_debian_and_runs_as_nobody() -> None:
    """A base by its name, an own user without rights, and instructions that every engine knows."""
    assert last("FROM") == "debian:trixie-slim"
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last("USER"))
    names = [name for name, _ in instructions()]
    assert set(names) <= {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
    assert names.index("USER") > max(at for at, name in enumerate(names) if name in ("RUN", "COPY"))
    assert last("WORKDIR") == INSIDE


@dataclass
class Image:
    """What the steps made."""

    folder: Path

    def inside(self, text: str) -> str:
        """A text of the Containerfile, where its folder is another."""
        return text.replace(INSIDE, str(self.folder))

    @property
    def environ(self) -> dict[str, str]:
        return dict(word.split("=", 1) for word in shlex.split(self.inside(last("ENV"))))

    @property
    def entry(self) -> list[str]:
        words: list[str] = json.loads(self.inside(last("ENTRYPOINT")))
        return words

    def files(self) -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def image(locked_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """A folder in which each COPY and RUN was done in turn, but for Debian's packages and the owner of a folder."""
    made = deployable("container", locked_build, tmp_path_factory.mktemp("context"))
    image = Image(tmp_path_factory.mktemp("image"))
    path = tmp_path_factory.mktemp("path")
    (path / "python3").symlink_to(sys.executable)
    for name, what in instructions():
        if name == "COPY":
            source, target = what.split()
            assert target == "./" and (made / source).exists(), what
            if source == ".":
                shutil.copytree(made, image.folder, dirs_exist_ok=True)
            else:
                shutil.copy2(made / source, image.folder)
        if name == "RUN" and not what.startswith(("apt-get ", "install -d ")):
            environ = {"PATH": f"{path}:{os.environ['PATH']}", **{k: v for k, v in os.environ.items() if k.startswith("PIP_")}}  # fmt: skip
            done = subprocess.run(["sh", "-c", image.inside(what)], cwd=image.folder, env=environ, capture_output=True, text=True, timeout=300)  # fmt: skip
            assert done.returncode == 0, done.stderr
    return image


@dataclass
class Container:
    """The image, running, with what compose.yaml gives it."""

    image: Image
    environ: dict[str, str]
    server: Server
    process: subprocess.Popen[bytes]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command in it."""
        command = [*self.image.entry, *arguments]
        return subprocess.run(command, cwd=self.image.folder, env=self.environ, capture_output=True, text=True, timeout=60)  # fmt: skip

    def healthy(self) -> bool:
        """What the HEALTHCHECK says."""
        command = json.loads(last("HEALTHCHECK").partition("CMD ")[2])
        return subprocess.run(command, cwd=self.image.folder, env=self.environ, capture_output=True).returncode == 0


def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text())


@pytest.fixture
def container(image: Image, secrets_text: str, tmp_path: Path) -> Iterator[Container]:
    """Over a real PostgreSQL at a socket, by the address that compose.yaml has."""
    (port,) = free_ports(1)
    secrets = tmp_path / "keys.json"
    secrets.write_text(secrets_text)
    secrets.chmod(0o600)
    given = compose()["services"]["collector"]["environment"]
    with postgresql.running() as database:
        with psycopg.connect(database.address(), autocommit=True) as connection:
            connection.execute("create database mittari")
        store = given["MITTARI_STORE"].replace("/var/run/postgresql", str(database.folder))
        environ = {**image.environ, "MITTARI_STORE": store, "MITTARI_SECRETS": str(secrets), "MITTARI_PORT": str(port)}
        assert set(given) == {"MITTARI_STORE", "MITTARI_SECRETS", "MITTARI_ERASURES", "MITTARI_ADDRESS"}
        environ |= {
            "MITTARI_ERASURES": given["MITTARI_ERASURES"].replace("/kept", str(tmp_path)),
            "MITTARI_HOST": "127.0.0.1",
            "MITTARI_ADDRESS": "https://kysely.example.fi/",
            "PATH": os.environ["PATH"],
        }
        server = Server(f"http://127.0.0.1:{port}", tmp_path / "log")
        command = [*image.entry, *json.loads(last("CMD"))]
        with running(command, image.folder, environ, tmp_path / "log") as process:
            wait_for(server, process)
            yield Container(image, environ, server, process)


@pytest.mark.slow
def test_the_steps_make_what_serves(container: Container, library: Library, tmp_path: Path) -> None:
    """Pages; an invitation, its answer once, a backup and an erasure by the container's own commands; the check of its
    health; an end that waits for what is under way; and nothing is written into the image."""
    before = container.image.files()
    front = container.server.ask("GET", "/")
    assert front.status == 200 and {name: front.headers[name.lower()] for name in HEADERS} == HEADERS
    sheet = ["--csv", str(tmp_path / "codes.csv"), "--sheet", str(tmp_path / "slips.html")]
    invited = container.run("invite", "--service", "tyohonvalmennus", "--count", "1", *sheet)
    assert invited.returncode == 0, invited.stderr
    with (tmp_path / "codes.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    code = row["code"]
    form = body(fields(library, code, wb1="4", id=codes.new_id(token_bytes)))
    first, again = (container.server.ask("POST", "/-/submit", headers=FORM, body=form) for _ in range(2))
    assert (first.status, again.status) == (201, 201), first.body
    assert Page(first.body.decode()).texts["receipt"] == Page(again.body.decode()).texts["receipt"]
    assert container.run("status").returncode == 0
    backup = container.run("backup", str(tmp_path / "backup.sqlite"))
    assert backup.returncode == 0 and (tmp_path / "backup.sqlite").exists(), backup.stderr
    erased = container.run("erase", "--yes", row["number"])
    assert erased.returncode == 0 and list((tmp_path / "erasures").rglob("*")), erased.stderr
    assert container.healthy()
    container.process.send_signal(getattr(signal, last("STOPSIGNAL")))
    assert container.process.wait(30) == 0
    assert not container.healthy()
    assert container.image.files() == before


def test_the_analysis_is_not_in_it(image: Image) -> None:
    """It serves and invites; what reads answers runs on the analyst's own machine. No key and no store came along."""
    names = {path.name for path in image.folder.glob(".venv/lib/python*/site-packages/*")}
    assert "werkzeug" in names and not names & {"pandas", "pyarrow", "scipy", "matplotlib"}
    left = {path.relative_to(image.folder).parts[0] for path in image.folder.rglob("*")}
    assert not left & {"var", "instruments", "tests", ".git", "docs"}


# --- compose and Cloud Run ------------------------------------------------------------------------


def check_schema(path: Path) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("check-jsonschema"))
    command = [program, "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_compose_takes_the_file(tmp_path: Path) -> None:
    """By the schema of the Compose specification, which refuses a slip."""
    path = DEPLOY / "compose" / "compose.yaml"
    assert check_schema(path).returncode == 0, check_schema(path).stdout
    (tmp_path / "compose.yaml").write_text(path.read_text().replace("read_only: true", "readonly: true", 1))
    assert check_schema(tmp_path / "compose.yaml").returncode == 1


def test_compose_names_what_is_there() -> None:
    """Every volume, network and secret that a service uses is declared; what is built and mounted is what is shipped."""
    file = compose()
    for service in file["services"].values():
        named = {each.partition(":")[0] for each in service["volumes"]}
        assert {name for name in named if not name.startswith(".")} <= set(file["volumes"])
        # The folder that step 2 makes, and what is shipped.
        mounted = {name for name in named if name.startswith(".")} - {"./kept"}
        assert all((DEPLOY / "compose" / name).exists() for name in mounted)
        assert set(service.get("networks", [])) <= set(file["networks"])
        assert set(service.get("secrets", [])) <= set(file["secrets"])
    assert file["services"]["collector"]["build"] == "../../var/container"
    caddy = file["services"]["caddy"]["environment"]
    assert set(caddy) == set(re.findall(r"\{\$(\w+):", (DEPLOY / "caddy" / "Caddyfile").read_text()))
    assert caddy["COLLECTOR"] == f"collector:{last('EXPOSE')}"


def test_compose_opens_as_little_as_can_be() -> None:
    """Only Caddy is seen from outside; the database has no network, the collector none that leads out; what faces
    requests has no rights and a root that cannot be written."""
    file = compose()
    assert [name for name, service in file["services"].items() if "ports" in service] == ["caddy"]
    assert file["services"]["database"]["network_mode"] == "none"
    assert file["services"]["collector"]["networks"] == ["inside"] and file["networks"]["inside"]["internal"]
    for name in ("collector", "caddy"):
        service = file["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_cloud_run_runs_the_container() -> None:
    """Its port, its threads and its path of health; what it sets is a setting, and the keys come from the secret."""
    file = yaml.safe_load((DEPLOY / "google-cloud-run" / "service.yaml").read_text())
    template = file["spec"]["template"]
    (container,) = template["spec"]["containers"]
    assert [port["containerPort"] for port in container["ports"]] == [int(last("EXPOSE"))]
    assert template["spec"]["containerConcurrency"] == THREADS
    assert int(template["metadata"]["annotations"]["autoscaling.knative.dev/maxScale"]) <= 10
    for probe in ("startupProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in last("HEALTHCHECK")
    variables = {each["name"]: each for each in container["env"]}
    assert "secretKeyRef" in variables["MITTARI_SECRETS_JSON"]["valueFrom"]
    settings = (ROOT / "collector" / "settings.py").read_text()
    assert all(f'"{name}"' in settings for name in variables)
