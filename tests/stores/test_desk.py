"""The staff desk over every kind of store: a day of a planner's, and of whoever comes after."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector import audit
from collector.desk.app import create_desk
from collector.settings import Settings
from collector.stores import Store, open_store
from commands.desk import messages, works
from tests.collector.desk.answering import TODAY, Answering
from tests.collector.desk.conftest import PEOPLE, WHO, Visitor, text_of
from tests.collector.desk.test_keying import filled, form_of
from tests.conftest import NOON, ROOT, Clock

pytestmark = pytest.mark.slow


@pytest.fixture(params=["folder", "database", "bucket", "container"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Store]]:
    """An empty store: files, PostgreSQL, S3, Azure."""
    address = f"folder:{tmp_path / 'records'}" if request.param == "folder" else request.getfixturevalue(request.param)
    store = open_store(address)
    yield address, store
    store.close()


def test_a_day_at_the_desk(kept: tuple[str, Store], settings: Settings, tmp_path: Path) -> None:
    """A list is invited, a paper keyed in, an exit told, a group has answered and its alarm is replied to; today, rates,
    reminders, report and log know of it, and who comes with another store open sees the same."""
    address, store = kept
    settings = dataclasses.replace(settings, store=address, address="https://kysely.example.fi/")
    clock = Clock()
    desk = create_desk(
        settings,
        works=works(settings, ROOT / "instruments", tmp_path / "desk"),
        messages=messages(),
        identify=lambda request: PEOPLE[request.headers[WHO]],
        store=store,
        clock=clock,
        random=random.Random(5).randbytes,
    )
    planner = Visitor(desk, "planner")
    sent = planner.post("import", kind="people", pasted="palvelu;ryhmä;kieli\nUravalmennus;uv-2;ar\nJT;-;\n")
    chosen = dict(
        re.findall(
            r'<select id="f-(\w+)".*?<option value="([^"]*)" selected', planner.get(sent.headers["Location"]).text, re.S
        )
    )
    check = planner.post(sent.headers["Location"], **chosen).headers["Location"]
    assert "Invite 2 people" in text_of(planner.get(check))
    assert "UV-2026-001" in planner.done(check.removesuffix("/check") + "/send").text
    path = "keying/number/JT-2026-001/form"
    form = form_of(planner.get(f"{path}?what=tyohonvalmennus@1/start&language=fi"))
    told = planner.done(path, **filled(form, _day="24.11.2026", wb1="4"))
    assert "Stored: JT-2026-001" in text_of(told)
    seen = re.findall(r'name="seen" value="([^"]+)"', planner.get("participations/UV-2026-001/exit").text)[0]
    left = planner.done("participations/UV-2026-001/exit", seen=seen, day="24.11.2026", reason="work")
    assert "Stored: UV-2026-001 left on 24.11.2026." in text_of(left)
    reminded = text_of(planner.get("reminders"))
    assert "UV-2026-001" in reminded and "JT-2026-001" not in reminded
    Answering(store, desk.bundle.library, settings.keys())("uravalmennus", "uv-1", [2] * 9 + [4] * 8)
    clock.now = TODAY
    assert "uv-1" in text_of(planner.get("rates?level=group"))
    looked = planner.post("alarms/look")
    desk.jobs.end()
    alarms = planner.get("alarms")
    assert looked.status_code == 303 and "uv-1" in text_of(alarms)
    begun = planner.post("results/new", language="fi", for_manager="1")
    assert begun.status_code == 303
    desk.jobs.end()
    assert planner.get(begun.headers["Location"]).status_code == 303
    again = open_store(address)
    actions = [one.action for one in audit.entries(again)]
    assert {"list", "invite", "key in", "exit", "remind", "make report"} <= set(actions)
    assert NOON.isoformat(timespec="milliseconds").replace("+00:00", "Z") in {one.at for one in audit.entries(again)}
    again.close()
