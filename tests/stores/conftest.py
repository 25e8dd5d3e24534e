"""Servers of stores, each once for all tests and from nothing; and a store of its own in them for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import obstore
import psycopg
import pytest
from obstore.store import S3Store

from tests.stores import postgresql
from tests.stores.object_servers import Azurite, SeaweedFS, azurite, seaweedfs

NUMBERS = itertools.count()
S3_KEY, S3_SECRET = "test-key", "test-secret"


@pytest.fixture(scope="session")
def server() -> Iterator[postgresql.Server]:
    with postgresql.running() as running:
        yield running


@pytest.fixture
def database(server: postgresql.Server) -> str:
    """The address of an empty database."""
    name = f"test_{next(NUMBERS)}"
    with psycopg.connect(server.address(), autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return server.address(name)


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """An S3 server with buckets `records` and `open`, whose first write, which makes its volumes, is done."""
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs"), key=S3_KEY, secret=S3_SECRET) as running:
        for bucket in ("records", "open"):
            first = S3Store(
                bucket,
                endpoint=f"http://127.0.0.1:{running.port}",
                access_key_id=S3_KEY,
                secret_access_key=S3_SECRET,
                region="us-east-1",
                client_options={"allow_http": True},
            )
            obstore.put(first, "first", b"x")
        yield running


@pytest.fixture(scope="session")
def s3_port(s3_server: SeaweedFS) -> int:
    return s3_server.port


@pytest.fixture
def s3_environment(s3_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says where S3 is, and with which key."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3_port}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", S3_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", S3_SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture
def bucket(s3_environment: None) -> str:
    """The address of an empty store in S3."""
    return f"s3://records/test-{next(NUMBERS)}/kept"


@pytest.fixture(scope="session")
def azure_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
def azure_environment(azure_server: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says where Azure is, and with which key."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", Azurite.ACCOUNT)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", Azurite.KEY)
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", f"http://127.0.0.1:{azure_server.port}/{Azurite.ACCOUNT}")
    monkeypatch.setenv("AZURE_ALLOW_HTTP", "true")


@pytest.fixture
def container(azure_environment: None) -> str:
    """The address of an empty store in Azure's dialect."""
    return f"azure://records/test-{next(NUMBERS)}/kept"
