"""Watching a folder: what counts as a change, and when it is told."""

from __future__ import annotations

import os
from pathlib import Path

from preview.watching import OF_TEMPLATES, Stamps, Watch, stamps


def watch(*looks: dict[str, tuple[int, int]]) -> list[bool]:
    """What is told at each look after the first."""
    left: list[Stamps] = list(looks)
    watch = Watch(lambda: left.pop(0), patience=3)
    return [watch.changed() for _ in range(len(looks) - 1)]


def test_a_change_is_told_once_and_when_it_rests() -> None:
    """Two looks in a row must be equal; the same is not told again."""
    a, b = {"x": (1, 10)}, {"x": (2, 11)}
    assert watch(a, a, b, b, b) == [False, False, True, False]


def test_a_file_that_is_written_in_steps_is_told_when_whole() -> None:
    """Each step is another size; what was half written is never told."""
    steps = [{"x": (n, n * 100)} for n in (1, 2, 3)]
    assert watch(*steps, steps[-1]) == [False, False, True]


def test_a_file_that_never_rests_is_told_all_the_same() -> None:
    """After as many looks as patience lasts."""
    assert watch(*({"x": (n, n)} for n in range(8))) == [False, False, True, False, False, True, False]


def test_a_change_that_is_taken_back_is_none() -> None:
    """As an editor does that writes a file anew under another name."""
    a = {"x": (1, 10)}
    assert watch(a, {}, a, a) == [False, False, False]


def test_what_is_watched(tmp_path: Path) -> None:
    """Instruments, pictures and recordings, also in folders; nothing hidden, nothing else, and nothing that is gone."""
    for name in ("a.yaml", "B.YML", "images/a.svg", "images/b.png", "audio/a.mp3", "audio/a.m4a", "locked/a.v1.json", ".a.yaml.swp", "notes.txt",
                 ".git/a.yaml", "one/two/a.yaml", "one/two/three/a.yaml"):  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere.yaml")
    seen = {Path(file).relative_to(tmp_path).as_posix() for file in stamps(tmp_path)}
    assert seen == {
        "a.yaml", "B.YML", "images/a.svg", "images/b.png", "audio/a.mp3", "audio/a.m4a", "locked/a.v1.json",
        "one/two/a.yaml",
    }  # fmt: skip
    assert stamps(tmp_path / "nowhere") == {}


def test_what_is_watched_of_the_templates(tmp_path: Path) -> None:
    """Templates, style sheets, scripts and pictures, also in folders; not the words, which translators check."""
    for name in ("a.html.j2", "base.css", "page.js", "assets/icon.svg", "preview/b.txt.j2", "messages/pages.fi.po"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    seen = {Path(file).relative_to(tmp_path).as_posix() for file in stamps(tmp_path, OF_TEMPLATES)}
    assert seen == {"a.html.j2", "base.css", "page.js", "assets/icon.svg", "preview/b.txt.j2"}


def test_each_save_changes_the_stamps(tmp_path: Path) -> None:
    """Another size, or the same size at another time."""
    path = tmp_path / "a.yaml"
    path.write_text("one")
    os.utime(path, ns=(1, 1_000_000_000))
    first = stamps(tmp_path)
    path.write_text("two")
    os.utime(path, ns=(1, 2_000_000_000))
    second = stamps(tmp_path)
    assert first != second
    path.write_text("three")
    os.utime(path, ns=(1, 2_000_000_000))
    assert stamps(tmp_path) != second
