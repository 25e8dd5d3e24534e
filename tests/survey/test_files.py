"""Reading many files: on all processors as on one, and no slower for each the more there are."""

from __future__ import annotations

import gc
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from survey import files, reading
from tests.survey.test_reading import INSTRUMENT, SERVICES, SITE

SHIPPED = Path(__file__).parents[2] / "instruments"


def wrong(folder: Path) -> None:
    """Some of everything that can be wrong in a file, in its neighbours and in a base."""
    (folder / "a.yaml").write_text(INSTRUMENT.replace("instrument: koe", "instrument: a").replace("a1 == 2", "aa == 2"))
    (folder / "b.yaml").write_text(
        INSTRUMENT.replace("instrument: koe", "instrument: b").replace("value: 2", "value: 3")
    )
    (folder / "c.yaml").write_text("instrument: c\nversion: 1\n\tlanguages: [fi]\n")
    (folder / "d.yaml").write_text("name: x\n")
    (folder / "e.yaml").write_text(INSTRUMENT.replace("instrument: koe", "instrument: e\nextends: c@1"))
    (folder / "f.yaml").write_text(INSTRUMENT.replace("instrument: koe", "instrument: f\nextends: a@1"))
    (folder / "g.yaml").write_text(INSTRUMENT.replace("instrument: koe", "instrument: a"))
    (folder / "h.yaml").write_text(
        INSTRUMENT.replace("instrument: koe", "instrument: h").replace("Ja}}", "Ja}, image: images/x.svg}")
    )
    (folder / "i.yaml").write_text(SITE)
    (folder / "j.yaml").write_text(SERVICES)


def shipped(folder: Path) -> None:
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)


def small(folder: Path) -> None:
    (folder / "site.yaml").write_text(SITE)
    (folder / "services.yaml").write_text(SERVICES)
    (folder / "koe.yaml").write_text(INSTRUMENT)


def without_a_site(folder: Path) -> None:
    small(folder)
    (folder / "site.yaml").rename(folder / "other.yaml")


def with_a_broken_site(folder: Path) -> None:
    small(folder)
    (folder / "site.yaml").write_text(SITE.replace("languages: [fi, sv]", "languages: [fi, sv", 1))


def with_a_site_that_is_none(folder: Path) -> None:
    small(folder)
    (folder / "site.yaml").write_text(SERVICES)


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets other processes help from the second file on, also where there is one processor only."""

    def set() -> None:
        monkeypatch.setattr(files, "MANY", 2)
        monkeypatch.setattr(reading, "MANY", 2)
        monkeypatch.setattr(files, "cpu_count", lambda: 2)

    return set


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("fill", [small, shipped, without_a_site, with_a_broken_site, with_a_site_that_is_none])
def test_other_processes_change_nothing(
    tmp_path: Path, together: Callable[[], None], fill: Callable[[Path], None], broken: bool
) -> None:
    """The same library, versions and problems, to the last line."""
    fill(tmp_path)
    if broken:
        wrong(tmp_path)
    alone = reading.read_library(tmp_path)
    together()
    assert reading.read_library(tmp_path) == alone
    assert not broken or len(alone.problems) > 8


@pytest.mark.parametrize("many", [False, True])
def test_progress(tmp_path: Path, together: Callable[[], None], many: bool) -> None:
    """Every file counts once, and the last is the last."""
    small(tmp_path)
    if many:
        together()
    told: list[tuple[int, int]] = []
    reading.check([tmp_path], progress=lambda done, of: told.append((done, of)))
    of = 2 if many else 3
    assert told[-1] == (of, of) and [done for done, _ in told] == sorted({done for done, _ in told})


def test_the_collector_of_garbage_comes_back(tmp_path: Path) -> None:
    """It rests while files are read, and only then; where it was off before it stays off."""
    small(tmp_path)
    reading.read_library(tmp_path)
    assert gc.isenabled()
    with files.collection_paused():
        assert not gc.isenabled()
        reading.read_library(tmp_path)
        assert not gc.isenabled()
    assert gc.isenabled()


# --- growth ---------------------------------------------------------------------------------------


def calls(run: Callable[[], object]) -> int:
    """How many functions are called in a run, in Python and in C."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        run()
    finally:
        sys.setprofile(None)
    return count


def many_files(folder: Path, count: int) -> None:
    small(folder)
    for n in range(count):
        (folder / f"m{n}.yaml").write_text(INSTRUMENT.replace("instrument: koe", f"instrument: m{n}"))


def many_extensions(folder: Path, count: int) -> None:
    small(folder)
    for n in range(count):
        own = f"sections: [{{items: [{{id: own, type: text, text: {{fi: x}}, show_if: 'a1 == {1 + n % 2}'}}]}}]\n"
        (folder / f"m{n}.yaml").write_text(
            f"instrument: m{n}\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {{fi: x}}\nwaves: [start, end]\n{own}"
        )


def many_items(folder: Path, count: int) -> None:
    """Each hangs on the one before, has a rule, and every other one looks at an item that there is not."""
    small(folder)
    items = "".join(
        f"      - {{id: n{n}, type: integer, minimum: 0, maximum: 9, text: {{fi: x, sv: y}}, "
        f"show_if: '{f'n{n - 1} > 2' if n % 2 else f'm{n} > 2'}', "
        f"constraints: [{{rule: 'n{n} > a1', message: {{fi: x, sv: y}}}}]}}\n"
        for n in range(count)
    )
    named = ", ".join(f"n{n}" for n in range(count))
    text = INSTRUMENT.replace("items: [a1, a2]", f"items: [a1, a2, {named}]")
    (folder / "koe.yaml").write_text(text.replace("alarms:", f"{items}alarms:"))


def many_scales(folder: Path, count: int) -> None:
    small(folder)
    scales = "".join(
        f"  s{n}: {{options: [{{value: 1, label: {{fi: x, sv: y}}}}, {{value: 2, label: {{fi: x, sv: y}}}}]}}\n"
        for n in range(count)
    )
    items = "".join(f"      - {{id: n{n}, type: likert, scale: s{n}, text: {{fi: x, sv: y}}}}\n" for n in range(count))
    (folder / "koe.yaml").write_text(
        INSTRUMENT.replace("scales:\n", f"scales:\n{scales}").replace("alarms:", f"{items}alarms:")
    )


@pytest.mark.parametrize("fill", [many_files, many_extensions, many_items, many_scales])
def test_twice_as_much_is_twice_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fill: Callable[[Path, int], None]
) -> None:
    """No step looks through everything for each of everything."""
    monkeypatch.setattr(files, "MANY", sys.maxsize)
    counted = []
    for count in (20, 40, 80):
        folder = tmp_path / str(count)
        folder.mkdir()
        fill(folder, count)
        reading.check([folder])
        counted.append(calls(lambda folder=folder: reading.check([folder])))  # type: ignore[misc]
    # What is added by forty more is twice what is added by twenty more.
    assert counted[2] - counted[1] < 2.2 * (counted[1] - counted[0])
