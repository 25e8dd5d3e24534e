"""desk.yaml under a running desk, and the command that begins it."""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from collector.bundle import BundleError
from collector.settings import Settings
from commands.desk_staff import StaffFile, identify_of
from commands.failures import Failure
from survey.model import Library
from tests.collector.desk.test_login import BY_PROXY, PROXY_SECRET
from tests.conftest import ROOT, Run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(BY_PROXY, encoding="utf-8")
    return path


def change(path: Path, old: str, new: str) -> None:
    """As an editor does: another file in the place of the one before."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    new_file = path.with_name("new")
    new_file.write_text(text.replace(old, new), encoding="utf-8")
    before = path.stat().st_mtime_ns
    os.utime(new_file, ns=(before + 1, before + 1))
    new_file.replace(path)


def test_a_change_holds_at_once(path: Path, library: Library, caplog: pytest.LogCaptureFixture) -> None:
    """Who is added is in, who is taken away is out, without beginning the desk again."""
    caplog.set_level(logging.INFO)
    staff = StaffFile(path, lambda: library)
    assert staff() is staff() and staff().of("new@example.fi", []) == ()
    change(path, "planner@example.fi", "new@example.fi")
    assert [one.roles for one in staff().of("new@example.fi", [])] == [("planner",)]
    assert staff().of("planner@example.fi", []) == ()
    assert caplog.messages == ["the staff file was read again"]


def test_a_mistake_is_not_taken(path: Path, library: Library, caplog: pytest.LogCaptureFixture) -> None:
    """What the file said before holds, and the log says which line is wrong; a file that is away for a moment is none."""
    staff = StaffFile(path, lambda: library)
    change(path, "[planner]", "[planer]")
    assert [one.roles for one in staff().of("planner@example.fi", [])] == [("planner",)]
    assert caplog.messages == [
        f"{path}:4: VALUE-UNKNOWN 'roles' cannot be 'planer'. Did you mean 'planner'?",
        "the staff file was not taken; what it said before holds",
    ]
    path.unlink()
    assert len(staff().people) == 2


def test_a_provider_that_is_not_known_shuts_out_its_own_people_alone(
    path: Path, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    """Who leaves with the same change is out at once; the log says which line opens nothing."""
    staff = StaffFile(path, lambda: library)
    change(path, "provider: koulutus", "provider: nobody")
    path.write_text(path.read_text(encoding="utf-8").replace("planner@", "new@"), encoding="utf-8")
    assert staff().of("planner@example.fi", []) == ()
    assert [one.roles for one in staff().of("new@example.fi", [])] == [("planner",)]
    assert caplog.messages == [
        f"{path}:9: STAFF-PROVIDER-UNKNOWN services.yaml has no provider 'nobody'. Write its id as services.yaml does under "
        "'providers'.",
        "nothing is open to whom these entries name, until services.yaml has their provider",
    ]


def test_providers_are_those_of_now(path: Path, library: Library, caplog: pytest.LogCaptureFixture) -> None:
    """The desk takes a new build without being begun again, and the file is looked at with that."""
    now = [library]
    staff = StaffFile(path, lambda: now[0])
    providers = {**library.services.providers, "new": library.services.providers["koulutus"]}
    now[0] = replace(library, services=replace(library.services, providers=providers))
    change(path, "provider: koulutus", "provider: new")
    assert [one.provider for one in staff().of("a", ["others"])] == ["new"] and caplog.messages == []


def test_services_that_cannot_be_read_keep_nobody_in(
    path: Path, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    """While a build is under way: the change holds, and the log says what was not looked at."""
    found: list[Library] = [library]

    def now() -> Library:
        if not found:
            raise BundleError("There is no bundle.")
        return found.pop()

    staff = StaffFile(path, now)
    change(path, "planner@example.fi", "new@example.fi")
    assert staff().of("planner@example.fi", []) == ()
    assert caplog.messages == ["the providers in the staff file were not looked at: There is no bundle."]


def test_a_file_that_cannot_be_read_for_a_while(
    path: Path, library: Library, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it said before holds, the log has one line, and it is read as soon as it can be, though neither its time nor
    its size has changed by then."""
    staff = StaffFile(path, lambda: library)
    change(path, "planner@example.fi", "new@example.fi")
    with monkeypatch.context() as denied:
        # Whoever runs the tests may be somebody to whom nothing is denied.
        denied.setattr(Path, "read_bytes", _denied)
        for _time in range(2):
            assert [one.roles for one in staff().of("planner@example.fi", [])] == [("planner",)]
    assert caplog.messages == ["the staff file cannot be read; what it said before holds: Permission denied"]
    assert staff().of("planner@example.fi", []) == ()


def _denied(path: Path) -> bytes:
    raise PermissionError(13, "Permission denied")


def test_how_people_log_in_stays(path: Path, library: Library, caplog: pytest.LogCaptureFixture) -> None:
    """Until the desk is begun again: those who are at it stay."""
    staff = StaffFile(path, lambda: library)
    change(path, "X-Forwarded-Email", "X-Other")
    assert staff().login.header == "X-Forwarded-Email"
    assert caplog.messages == ["the login of the staff file has changed; it holds when the desk is begun again"]


def test_a_file_that_cannot_be_used(path: Path, library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    """Every problem is told before anybody is let in."""
    change(path, "way: proxy", "way: proxi")
    with pytest.raises(Failure):
        StaffFile(path, lambda: library)
    assert "'way' cannot be 'proxi'. Did you mean 'proxy'?" in capsys.readouterr().out


def test_the_command_says_what_is_missing(run: Run, path: Path) -> None:
    """Each as one sentence, with what to do; nothing listens meanwhile."""
    assert run("desk", "--host", "0.0.0.0").stderr == (
        "Without a login the desk is for this machine alone. Leave --host out, or give --staff.\n"
    )
    assert run("desk", "--check").stderr == "Give --staff, or set MITTARI_DESK_STAFF.\n"
    assert run("desk", "--staff", path, "--check").stderr.startswith("The proxy must prove that it is the proxy.")
    checked = run("desk", "--check", MITTARI_DESK_STAFF=str(path), MITTARI_DESK_SECRET=PROXY_SECRET)
    assert (checked.exit_code, checked.stdout) == (0, "No problems in the staff file.\n")
    change(path, "roles: [analyst]", "role: [analyst]")
    checked = run("desk", "--staff", path, "--check", MITTARI_DESK_SECRET=PROXY_SECRET)
    assert (checked.exit_code, checked.stdout) == (
        1, f"{path}:7: KEY-UNKNOWN the group has no key 'role'. Did you mean 'roles'?\n",
    )  # fmt: skip
    change(path, "role: [analyst]", "roles: [analyst]")
    change(path, "provider: koulutus", "provider: nobody")
    checked = run("desk", "--staff", path, "--check", MITTARI_DESK_SECRET=PROXY_SECRET)
    assert (checked.exit_code, checked.stdout, checked.stderr) == (
        1, f"{path}:9: STAFF-PROVIDER-UNKNOWN services.yaml has no provider 'nobody'. Write its id as services.yaml does "
        "under 'providers'.\n", "1 problem, 0 warnings.\n",
    )  # fmt: skip


def test_the_desk_begins_though_a_provider_is_not_known(
    settings: Settings, path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A build that no longer has a provider shuts out nobody else; it says which line, and what comes of it."""
    monkeypatch.setenv("LC_ALL", "C")
    change(path, "provider: koulutus", "provider: nobody")
    identify_of(replace(settings, desk_staff=path, desk_secret_text=PROXY_SECRET))
    assert capsys.readouterr().out == (
        f"{path}:9: STAFF-PROVIDER-UNKNOWN services.yaml has no provider 'nobody'. Write its id as services.yaml does under "
        "'providers'.\n"
    )
    assert caplog.messages == ["nothing is open to whom these entries name, until services.yaml has their provider"]


def test_a_login_service_needs_the_desks_address(run: Run, path: Path) -> None:
    """And what asks it, which is installed with the stores."""
    change(path, "way: proxy, header: X-Forwarded-Email, groups_header: X-Forwarded-Groups, logout: /oauth2/sign_out",
           "way: oidc, issuer: 'https://login.example.fi', client: desk")  # fmt: skip
    assert run("desk", "--staff", path, "--check").stderr.startswith(
        "Set MITTARI_DESK_ADDRESS to the address of the desk"
    )
    good = run("desk", "--staff", path, "--check", MITTARI_DESK_ADDRESS="https://desk.example.fi/")
    assert good.stdout == "No problems in the staff file.\n"
    code = "import sys; sys.modules['authlib'] = None; import collector.desk.openid"
    failed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert failed.stderr.splitlines()[-1] == (
        "collector.settings.SettingsError: What asks a login service is not installed. Install it: deploy/checkout/set-up "
        "stores"
    )


def test_without_a_staff_file_whoever_runs_it_is_there(settings: Settings) -> None:
    """On one's own machine everything but other people's roles is open."""
    import werkzeug.test

    from collector.web import Request

    person = identify_of(settings)(Request(werkzeug.test.EnvironBuilder(base_url="http://localhost").get_environ()))
    assert person.roles == {"planner", "analyst", "officer"} and person.chooses_role  # type: ignore[union-attr]


@contextlib.contextmanager
def begun(settings: Settings, path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`mittari desk --staff`, as an operator starts it, at a port of its own."""
    environ = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MITTARI_BUNDLE": str(settings.bundle),
        "MITTARI_STORE": settings.store, "MITTARI_SECRETS": str(settings.secrets), "PYTHONUNBUFFERED": "1",
        "MITTARI_DESK_SECRET": PROXY_SECRET, "MITTARI_DESK_OUTPUT": str(path.parent / "made"),
    }  # fmt: skip
    command = [sys.executable, str(ROOT / "mittari.py"), "desk", "--staff", str(path), "--port", "0"]
    process = subprocess.Popen(
        command, cwd=path.parent, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        assert said.startswith("Staff desk: http://127.0.0.1:"), said + process.communicate()[1]
        yield process, urlsplit(said.split()[2]).port or 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_the_desk_runs_behind_a_proxy(settings: Settings, path: Path) -> None:
    """Served as it is: the proxy is believed, nobody else, a change of the file holds, and it ends when it is told to."""
    with begun(settings, path) as (process, port):

        def status(login: str, secret: str = PROXY_SECRET) -> int:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            line.request("GET", "/en/log", headers={"X-Mittari-Proxy": secret, "X-Forwarded-Email": login})
            answer = line.getresponse()
            line.close()
            return answer.status

        assert (status("planner@example.fi"), status("planner@example.fi", "x"), status("new@example.fi")) == (
            200,
            403,
            403,
        )
        change(path, "planner@example.fi", "new@example.fi")
        assert (status("planner@example.fi"), status("new@example.fi")) == (403, 200)
        process.send_signal(signal.SIGTERM)
        said, logged = process.communicate(timeout=60)
        assert process.returncode == 0 and said == "Stopped.\n"
        assert logged.splitlines() == [
            "login refused: no X-Mittari-Proxy, or a wrong one", "the staff file was read again",
        ]  # fmt: skip
