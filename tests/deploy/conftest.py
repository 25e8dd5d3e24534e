"""What is deployed in the tests: one locked build of the shipped instruments, and what `deploy/pack` makes of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from collector.settings import Keys, write_keys
from tests.deploy import places
from tests.stores.conftest import S3_KEY, S3_SECRET, database, s3_environment, s3_port, s3_server, server

__all__ = ["database", "s3_environment", "s3_port", "s3_server", "server"]


@pytest.fixture(scope="session")
def locked_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped instruments locked, and a build of them: a collector takes no drafts."""
    folder = tmp_path_factory.mktemp("locked")
    shutil.copytree(places.ROOT / "instruments", folder / "instruments")
    mittari = [sys.executable, str(places.ROOT / "mittari.py")]
    for command in (["lock", "--all"], ["build", "instruments", "--output", "build"]):
        done = subprocess.run([*mittari, *command], cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build"


@pytest.fixture(scope="session")
def aws_zip(locked_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip for AWS Lambda."""
    made = places.deployable("aws-lambda", locked_build, tmp_path_factory.mktemp("aws"))
    shutil.rmtree(made)
    return made.with_name("aws-lambda.zip")


@pytest.fixture(scope="session")
def unpacked(aws_zip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """It, unpacked: nothing that is not in it is there."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(aws_zip) as packed:
        packed.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def azure_folder(locked_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for Azure Functions."""
    return places.deployable("azure-functions", locked_build, tmp_path_factory.mktemp("azure"))


@pytest.fixture(scope="session")
def google_folder(locked_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for Google Cloud Functions."""
    return places.deployable("google-cloud-functions", locked_build, tmp_path_factory.mktemp("google"))


@pytest.fixture(scope="session")
def google_programs(google_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return places.environment_of(google_folder, tmp_path_factory.mktemp("environment") / "venv")


@pytest.fixture(scope="session")
def secrets_text(keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The text of a secrets file."""
    path = tmp_path_factory.mktemp("secrets") / "keys.json"
    write_keys(path, keys)
    assert json.loads(path.read_text())["format"] == 1
    return path.read_text()


@pytest.fixture(scope="session")
def function_environ(s3_port: int, secrets_text: str) -> dict[str, str]:
    """What a function is given: where S3 is, and the keys as a variable."""
    return {
        "MITTARI_SECRETS_JSON": secrets_text,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{s3_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": S3_KEY,
        "AWS_SECRET_ACCESS_KEY": S3_SECRET,
        "AWS_REGION": "us-east-1",
    }
