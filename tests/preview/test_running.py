"""Starting and ending: one address on this machine, and nothing left behind."""

from __future__ import annotations

import contextlib
import functools
import http.client
import json
import re
import shutil
import socket
import threading
import urllib.request
from pathlib import Path

import pytest
from waitress.trigger import trigger

import build
from preview import running
from preview.material import Preview
from preview.running import PreviewError, follow
from preview.watching import Watch
from survey import pages
from survey.pages import TEMPLATES
from tests.preview.conftest import Edit


def test_the_folder_is_read_when_it_has_changed(folder: Path, edit: Edit) -> None:
    """Once for each change, and not at all without one; sooner while a change has not come to rest."""
    preview = Preview(folder)
    looks = [{"x": (n, n)} for n in (1, 1, 2, 2, 2, 3, 3)]
    watch = Watch(lambda: looks.pop(0))
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return not looks

    follow(preview, watch, wait)
    assert preview.revision == "2"
    assert waits == [0.3, 0.3, 0.15, 0.3, 0.3, 0.15, 0.3]


def ask(address: str) -> dict[str, str]:
    with urllib.request.urlopen(address, timeout=60) as answer:
        return dict(json.loads(answer.read()))


def wait_for_more(address: str) -> None:
    """An answer or a connection that was closed: a browser takes both."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        ask(address)


def test_ctrl_c_ends_it(folder: Path) -> None:
    """Also while a browser waits for a change: it is let go, the threads end, the port is free, nothing is raised."""
    said: list[str] = []
    waiting: list[threading.Thread] = []
    threads = threading.active_count()

    def interrupted(seconds: float) -> bool:
        (address,) = re.findall(r"http://\S+/", said[0])
        revision = ask(f"{address}-/preview/now")["revision"]
        waiting.append(threading.Thread(target=wait_for_more, args=(f"{address}-/preview/after/{revision}",)))
        waiting[0].start()
        raise KeyboardInterrupt

    running.run(folder, port=0, language="en", say=said.append, wait=interrupted)
    waiting[0].join(timeout=10)
    assert not waiting[0].is_alive() and threading.active_count() == threads
    (port,) = re.findall(r":(\d+)/", said[0])
    assert said == [
        f"Preview of {folder}: http://127.0.0.1:{port}/ – stop with Ctrl-C.",
        "The preview has ended.",
    ]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_templates_and_style_sheets_are_followed(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A designer's save shows as an author's does."""
    templates = Path(shutil.copytree(TEMPLATES, tmp_path / "site_templates"))
    monkeypatch.setattr(running, "TEMPLATES", templates)
    monkeypatch.setattr(build, "TEMPLATES", templates)
    monkeypatch.setattr(pages, "TEMPLATES", templates)
    monkeypatch.setattr(pages, "_environment", functools.cache(pages._environment.__wrapped__))
    said: list[str] = []
    seen: list[tuple[str, bool, bool]] = []

    def wait(seconds: float) -> bool:
        (address,) = re.findall(r"http://\S+/", said[0])
        now = ask(f"{address}-/preview/now")
        with urllib.request.urlopen(f"{address}{now['page']}", timeout=60) as answer:
            html = answer.read().decode()
        seen.append((now["revision"].rpartition("-")[2], "#designer {" in html, '<meta name="designer">' in html))
        if len(seen) in (1, 3):
            path = templates / ("base.css" if len(seen) == 1 else "layout.html.j2")
            text = path.read_text(encoding="utf-8") + "\n#designer { color: red; }\n"
            path.write_text(text.replace("</head>", '<meta name="designer">\n</head>'), encoding="utf-8")
        return len(seen) == 5

    running.run(folder, port=0, language="en", say=said.append, wait=wait)
    assert [seen[0], seen[2], seen[4]] == [("0", False, False), ("1", True, False), ("2", True, True)]


def test_a_port_that_is_taken(folder: Path) -> None:
    """One plain sentence with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        with pytest.raises(PreviewError) as error:
            running.run(folder, port=port, language="en", say=print, wait=lambda seconds: True)
    assert str(error.value) == (
        f"The preview cannot be shown at 127.0.0.1:{port}: it is taken. "
        "Choose another port: mittari preview --port 8101"
    )


def test_who_wakes_the_loop_at_the_end_may_be_slow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another waker can come between; then the end must not write to what the loop has closed already."""
    write = trigger._physical_pull

    def slowly(self: trigger) -> None:
        write(self)
        threading.Event().wait(0.3)
        write(self)

    monkeypatch.setattr(trigger, "_physical_pull", slowly)
    running.run(folder, port=0, language="en", say=lambda line: None, wait=lambda seconds: True)
