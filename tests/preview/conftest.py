"""A copy of the shipped instruments to edit, and the preview of it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from preview.app import create_app
from preview.material import Preview

ROOT = Path(__file__).parent.parent.parent
TODAY = date(2026, 11, 24)
Edit = Callable[[str, str, str], None]


def line_of(path: Path, text: str) -> int:
    """The number of the first line that holds a text."""
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "instruments", tmp_path / "instruments"))


@pytest.fixture
def preview(folder: Path) -> Preview:
    return Preview(folder)


@pytest.fixture
def edit(folder: Path) -> Edit:
    """Replaces the first of a text in a file of the folder."""

    def replace(name: str, old: str, new: str) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def browser_client(preview: Preview) -> FlaskClient:
    """A client of the preview, in English."""
    app = create_app(preview, language="en", random=random.Random(5).randbytes, today=lambda: TODAY)
    client = app.test_client()
    client.environ_base["HTTP_HOST"] = "127.0.0.1:8100"
    return client
