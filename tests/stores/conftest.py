"""Servers of stores, each once for all tests and from nothing; and a store of its own in them for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import psycopg
import pytest

from tests.stores import postgresql

NUMBERS = itertools.count()


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
