"""The desk and the public collector are two applications: what is at the one is not at the other."""

from __future__ import annotations

import subprocess
import sys

import pytest

from collector.desk.app import OWN_FILES, PLACES
from collector.desk.login import LEAVE
from collector.desk.openid_login import BACK, BEGIN
from collector.desk.visit import LANGUAGES
from tests.collector.desk.test_app import _path
from tests.conftest import ROOT, Client

OF_THE_SITE = {"/fi/", "/sv/", "/en/"}
"""Front pages, which the public site has too."""


def _addresses() -> set[str]:
    own = {BEGIN, BACK, LEAVE, "/fi/as/planner", *(f"/{name}" for name in OWN_FILES)}
    return own | {f"/{language}/{_path(place)}" for place in PLACES for language in LANGUAGES}


def test_the_public_collector_has_no_page_of_the_desk(client: Client) -> None:
    """Whatever the method, at each address of the desk; front pages are its own."""
    addresses = _addresses()
    assert len(addresses) > 60 and addresses >= OF_THE_SITE
    for address in sorted(addresses):
        page = client.get(address)
        assert page.status_code == (200 if address in OF_THE_SITE else 404), address
        assert "desk.css" not in page.text and "_token" not in page.text, address
        sent = client.post(address, data={"_token": "x"})
        assert sent.status_code in (404, 405), address


@pytest.mark.parametrize(
    "modules", ["collector, collector.stores.sqlite", "collector.app, collector.web, collector.serving"]
)
def test_importing_the_collector_loads_nothing_of_the_desk(modules: str) -> None:
    """Neither its pages nor what its logins need."""
    code = f"import sys, {modules}; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert "collector.app" in loaded
    own = ("collector.desk", "authlib", "joserfc", "itsdangerous", "requests", "cryptography")
    assert [name for name in loaded if name.startswith(own)] == []


def test_the_desk_asks_no_login_service_unless_it_is_told_to() -> None:
    """What speaks OpenID Connect is loaded where desk.yaml says so alone."""
    code = "import sys, collector.desk.app, collector.desk.login; print('\\n'.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = run.stdout.split()
    assert "collector.desk.app" in loaded
    assert [
        name for name in loaded if name.startswith(("authlib", "joserfc", "requests", "yaml", "pandas", "flask"))
    ] == []
