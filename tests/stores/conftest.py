"""What the tests of several stores share: servers that run once for all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stores.object_servers import seaweedfs

S3_KEY, S3_SECRET = "test-key", "test-secret"


@pytest.fixture(scope="session")
def s3_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an S3 server."""
    with seaweedfs(tmp_path_factory.mktemp("seaweedfs"), key=S3_KEY, secret=S3_SECRET) as port:
        yield port


@pytest.fixture
def s3_environment(s3_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says where S3 is, and with which key."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3_port}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", S3_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", S3_SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.fixture
def bucket(request: pytest.FixtureRequest, s3_environment: None) -> str:
    """The address of an empty store in S3, of this test alone."""
    number = len(_used)
    _used.append(request.node.nodeid)
    return f"s3://records/test-{number}/kept"


_used: list[str] = []
