"""Reports and exports at the desk, made by the real analysis: who may make, open, give and save what."""

from __future__ import annotations

import io
import json
import random
import re
import shutil
import sys
import threading
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyrage
import pytest
import werkzeug.test

from build import Built
from collector import audit, inviting
from collector.desk.app import create_desk
from collector.desk.people import Person
from collector.desk.reports import Report, reports_in
from collector.desk.visit import Desk
from collector.desk.works import ReportMade
from collector.sealing import SealingStore
from collector.settings import Keys, Settings, write_keys
from collector.stores import Record, Store
from collector.stores.sqlite import SQLiteStore
from commands.desk import messages, works
from survey import codes, records
from survey.answers import in_words
from survey.model import Library
from survey.phrases import said
from survey.records import Submission
from tests.collector.desk.conftest import PEOPLE, WHO, Visit, Visitor, path_of, text_of
from tests.conftest import NOON, ROOT, Clock

PLACES = (("uravalmennus", "uv-1", "valmennus"), ("tyovoimakoulutus-kone", "tv-1", "koulutus"))
"""Services with a group and the provider of each."""
EVERY_PAGE = {f"for_{reader}": "1" for reader in ("analyst", "manager", "buyer", "provider", "clients")}


# --- what there is ----------------------------------------------------------------------------------------------------


def invited(store: Store, library: Library, keys: Keys, service: str, group: str, count: int) -> list[str]:
    """So many more people in a group."""
    plan = inviting.plan(library, service=service, group=group, start=None, end=None, today=date(2026, 9, 1))
    chance = random.Random(f"{service} {count}").randbytes
    made = inviting.invite(store, keys, [plan] * count, moment=NOON, random=chance)
    return [one.participation.id for one in made]


def answer(store: Store, service: str, participation: str, overall: int) -> None:
    """Somebody's feedback at the end of a service."""
    submission = Submission(
        id=codes.new_id(random.Random(participation).randbytes), participation=participation, service=service,
        instrument="palvelupalaute", version=1, meaning="", wave="end", language="fi", channel="own_device",
        helper="none", received="2026-11-02T10:00:00.000Z", answers={"overall": overall},
    )  # fmt: skip
    key = records.submission_key(submission.owner, submission.instrument, submission.wave, 1)
    assert store.create(key, records.encode(submission))


@pytest.fixture(scope="module")
def filled(library: Library, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> list[Record]:
    """The records of twelve people who answered in a group of each of two providers."""
    store = SQLiteStore(tmp_path_factory.mktemp("filled") / "store.sqlite")
    for service, group, _provider in PLACES:
        for n, one in enumerate(invited(store, library, keys, service, group, 12)):
            answer(store, service, one, 1 + n % 5)
    found = [(key, store.read(key) or b"") for key in store.scan("")]
    store.close()
    return found


@pytest.fixture
def answered(store: SQLiteStore, filled: list[Record]) -> None:
    store.create_all([filled])


@pytest.fixture(scope="module")
def made(
    built: Built, keys: Keys, filled: list[Record], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, werkzeug.test.TestResponse, str]]:
    """The folder of reports of a desk where a planner has made one with everything in it; the page to which the work
    led, and what its terminal showed, had it been one."""
    folder = tmp_path_factory.mktemp("results")
    write_keys(folder / "keys.json", keys)
    store = SQLiteStore(folder / "store.sqlite")
    store.create_all([filled])
    settings = Settings(
        bundle=built.bundle, site=built.site, store=f"sqlite:{folder / 'store.sqlite'}", secrets=folder / "keys.json",
        drafts=True,
    )  # fmt: skip
    desk = create_desk(
        settings, works=works(settings, ROOT / "instruments", folder / "desk"), messages=messages(),
        identify=lambda request: PEOPLE[request.headers[WHO]], store=store, clock=lambda: NOON,
    )  # fmt: skip
    planner = Visitor(desk, "planner")
    shown = io.StringIO()
    shown.isatty = lambda: True  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stderr", shown)
        response = finished(planner, planner.post("results/new", language="en", since="1.7.2026", **EVERY_PAGE))
    yield folder / "desk" / "reports", response, shown.getvalue()
    store.close()


@pytest.fixture
def report(desk: Desk, made: tuple[Path, werkzeug.test.TestResponse, str]) -> Report:
    """That report, at the desk of this test."""
    shutil.copytree(made[0], desk.works.reports.folder / "reports")
    (found,) = reports_in(desk.works.reports.folder)
    return found


def finished(visitor: Visitor, begun: werkzeug.test.TestResponse) -> werkzeug.test.TestResponse:
    """Waits for the work that a form has begun; the page that it led to, or the one that says why it failed."""
    assert begun.status_code == 303, text_of(begun)
    visitor.app.jobs.end()
    response = visitor.get(begun.headers["Location"])
    return visitor.get(response.headers["Location"]) if response.status_code == 303 else response


def logged(store: Store, action: str) -> list[tuple[str, str, dict[str, str | int]]]:
    """Who did something, on what, and the counts."""
    found = [one for one in audit.entries(store) if one.action == action]
    return [(one.actor, one.about, {n: v for n, v in one.details.items() if n != "desk"}) for one in found]


# --- making -----------------------------------------------------------------------------------------------------------


def test_a_report_is_made(made: tuple[Path, werkzeug.test.TestResponse, str]) -> None:
    """The work leads to its page, which says what it is of and has every page; nothing is shown on a terminal."""
    folder, response, shown = made
    text = text_of(response)
    assert response.status_code == 200 and "The report is ready." in response.text
    assert "Report of 24 November 2026 12.00" in text
    assert "in English · 24 answered questionnaires · trends since 1 July 2026" in text
    for page in ("Analysts’ page", "Managers’ page", "Clients’ page", "Provider Järviseudun Valmennus (esimerkki)"):
        assert page in text
    assert "not given out" in text
    assert shown == ""
    assert [path.name for path in folder.iterdir()] == ["20261124T100000Z"], "no work of it is left behind"
    assert folder.stat().st_mode & 0o777 == 0o700 and not list((folder.parent / "exports").iterdir())


def test_a_form_that_cannot_be_used_keeps_what_was_typed(visitor: Visit, answered: None) -> None:
    """No page chosen, and a day that is still to come."""
    planner = visitor("planner")
    response = planner.post("results/new", language="sv", since="1.1.2027")
    assert response.status_code == 422
    text = text_of(response)
    assert "This day is still to come. Choose one that has been, or leave it empty." in text
    assert "Choose at least one sort of page." in text
    assert 'value="1.1.2027"' in response.text and re.search(r'value="sv" checked', response.text)


def test_nobody_has_answered(visitor: Visit) -> None:
    """Pages say so, and so does the work, should it be asked for all the same."""
    planner = visitor("planner")
    assert "Nobody has answered yet, so there are no results." in text_of(planner.get("results"))
    assert "Nobody has answered yet, so there is nothing to make a report of." in text_of(planner.get("results/new"))
    response = finished(planner, planner.post("results/new", language="en", for_manager="1"))
    assert (
        "Nobody has answered yet, so there is nothing to make it of. Make it when the first answers have come."
        in text_of(response)
    )
    assert reports_in(planner.app.works.reports.folder) == []


def test_sealed_answers_are_told(visitor: Visit, store: SQLiteStore, library: Library, keys: Keys) -> None:
    """Neither a report nor an export can be made of them here."""
    words = {key: in_words(instrument) for key, instrument in library.instruments.items()}
    sealing = SealingStore(store, [str(pyrage.x25519.Identity.generate().to_public())], words)
    (one,) = invited(store, library, keys, *PLACES[0][:2], 1)
    answer(sealing, PLACES[0][0], one, 3)
    told = "Only the holder of a key can read them."
    analyst = visitor("analyst")
    assert told in text_of(finished(analyst, analyst.post("results/new", language="en", for_manager="1")))
    assert told in text_of(finished(analyst, analyst.post("results/exports/dataset", sure_dataset="1")))
    assert reports_in(analyst.app.works.reports.folder) == []


@pytest.mark.slow
def test_the_gate_refuses_and_says_what_to_do(
    visitor: Visit, store: SQLiteStore, library: Library, keys: Keys, report: Report, answered: None, clock: Clock
) -> None:
    """One more person has answered since a report was given: beside it, a new one would show what they said."""
    report.mark("given")
    planner = visitor("planner")
    assert "Reports given out earlier: 1." in text_of(planner.get("results/new"))
    (one,) = invited(store, library, keys, "uravalmennus", "uv-1", 1)
    answer(store, "uravalmennus", one, 1)
    clock.advance(days=1)
    response = finished(planner, planner.post("results/new", language="en", **EVERY_PAGE))
    text = text_of(response)
    assert "it would show what some few people have answered since. It is about: " in text
    assert "Job-search and career coaching" in text
    assert "Make the report again when more people have answered there; until then, go on showing the earlier" in text
    assert "If you need the figures yourselves, make a report for the area’s own use." in text
    assert [one.id for one in reports_in(planner.app.works.reports.folder)] == [report.id]


# --- who sees what ----------------------------------------------------------------------------------------------------


def test_a_coach_sees_their_own_page_once_it_is_given(visitor: Visit, report: Report, store: SQLiteStore) -> None:
    """Nothing before; then that page alone, no other of the report; nothing again when it is taken back."""
    planner, coach = visitor("planner"), visitor("provider")
    own, others = f"results/{report.id}/provider-valmennus.html", [page.name for page in report.pages]
    others.remove("provider-valmennus.html")
    assert "There is no report for you yet." in text_of(coach.get("results"))
    assert coach.get(own).status_code == coach.get(f"results/{report.id}").status_code == 404

    response = planner.done(f"results/{report.id}/give")
    assert "The report was given to the providers." in response.text
    assert logged(store, "give report") == [("planner", report.id, {})]

    listed = coach.get("results")
    assert re.findall(r'href="/en/(results/[^"]+)"', listed.text) == [
        own,
        f"results/{report.id}/save/provider-valmennus.html",
    ]
    page = coach.get(own)
    assert page.status_code == 200 and "Järviseudun Valmennus" in page.text and "Koulutus" not in page.text
    for name in [*others, "results.json"]:
        assert coach.get(f"results/{report.id}/{name}").status_code == 404, name
        assert coach.get(f"results/{report.id}/save/{name}").status_code == 404, name
    assert names_in(coach.get(f"results/{report.id}/save")) == ["provider-valmennus.html"]
    other = visitor("other")
    assert other.get(own).status_code == 404
    assert other.get(f"results/{report.id}/provider-koulutus.html").status_code == 200
    assert sorted(logged(store, "open report")) == [
        ("coach", f"{report.id}/provider-valmennus.html", {}),
        ("other-coach", f"{report.id}/provider-koulutus.html", {}),
    ]

    planner.done(f"results/{report.id}/take-back")
    assert coach.get(own).status_code == 404
    assert "taken back, but coaches have seen it" in text_of(planner.get("results"))


def names_in(response: werkzeug.test.TestResponse) -> list[str]:
    """The files of a ZIP that was sent."""
    assert response.status_code == 200 and response.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_a_coach_without_a_provider_sees_nothing(
    visitor: Visit, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of the pages that are of no provider."""
    monkeypatch.setitem(PEOPLE, "lost", Person(login="lost", roles=frozenset({"provider"})))
    report.mark("given")
    for page in report.pages:
        assert visitor("lost").get(f"results/{report.id}/{page.name}").status_code == 404


def test_a_report_is_shown_as_it_is(visitor: Visit, report: Report) -> None:
    """With its own style, and nothing else let in; no browser keeps it."""
    response = visitor("planner").get(f"results/{report.id}/index.html")
    assert response.data == (report.folder / "pages" / "index.html").read_bytes()
    assert response.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "{id}/results.json", "{id}/made.json", "{id}/given", "{id}/../made.json", "{id}/%2e%2e%2fmade.json",
        "{id}/save/made.json", "{id}/save/..%2f..%2fkeys.json", "../reports/{id}/index.html", "%2e%2e/index.html",
        "./index.html", ".{id}/index.html",
    ],
)  # fmt: skip
def test_no_other_name_leads_to_a_file(path: str, visitor: Visit, report: Report) -> None:
    """Only pages that the report has, by their very names."""
    report.mark("given")
    response = visitor("planner").get(f"/en/results/{path.format(id=report.id)}")
    assert response.status_code == 404


def test_figures_are_for_analysts(visitor: Visit, report: Report, store: SQLiteStore) -> None:
    """A planner saves all pages, an analyst the figures too."""
    planner, analyst = visitor("planner"), visitor("analyst")
    pages = [page.name for page in report.pages]
    assert names_in(planner.get(f"results/{report.id}/save")) == pages
    assert names_in(analyst.get(f"results/{report.id}/save")) == [*pages, "results.json"]
    assert planner.get(f"results/{report.id}/save/results.json").status_code == 404
    figures = analyst.get(f"results/{report.id}/save/results.json")
    assert json.loads(figures.data)["format"] == 1
    page = planner.get(f"results/{report.id}/save/index.html")
    assert page.headers["Content-Disposition"] == "attachment; filename=2026-11-24-en-analyst.html"
    assert ("planner", report.id, {"files": len(pages)}) in logged(store, "download report")


def test_who_makes_and_who_gives(visitor: Visit, report: Report, store: SQLiteStore) -> None:
    """Coaches make none, analysts give none and delete none."""
    report.mark("given")
    for path in ("results/new", f"results/{report.id}/remove", f"results/{report.id}/give"):
        assert visitor("provider").post(path, sure="1").status_code == 403, path
    assert visitor("provider").get("results/new").status_code == 403
    for action in ("give", "take-back", "sent", "not-sent", "remove"):
        response = visitor("analyst").post(f"results/{report.id}/{action}", sure="1")
        assert response.status_code == 403, action
        assert "Only a planner of the area gives out or deletes reports." in text_of(response)
    assert report.has("given") and report.folder.is_dir()


def test_a_report_is_deleted_that_nobody_knows(visitor: Visit, report: Report, store: SQLiteStore) -> None:
    """When one is sure, and only as long as nobody else has it."""
    planner = visitor("planner")
    unsure = planner.post(f"results/{report.id}/remove")
    assert unsure.status_code == 422 and "Tick this if you are sure." in text_of(unsure)
    planner.done(f"results/{report.id}/sent")
    kept = planner.post(f"results/{report.id}/remove", sure="1")
    assert kept.status_code == 409 and report.folder.is_dir()
    assert "Others know this report" in text_of(kept)
    planner.done(f"results/{report.id}/not-sent")
    assert "The report was deleted." in planner.done(f"results/{report.id}/remove", sure="1").text
    assert not list(report.folder.parent.iterdir())
    assert logged(store, "delete report") == [("planner", report.id, {})]


def test_a_report_without_providers_pages_is_not_given(visitor: Visit, report: Report) -> None:
    """There is nothing to give, and that is said."""
    head = json.loads((report.folder / "made.json").read_text())
    head["pages"] = [page for page in head["pages"] if page["reader"] != "provider"]
    (report.folder / "made.json").write_text(json.dumps(head))
    planner = visitor("planner")
    assert "This report has no pages for providers" in text_of(planner.get(f"results/{report.id}"))
    assert planner.post(f"results/{report.id}/give").status_code == 422
    assert not report.has("given")


def twin(report: Report, day: str, **head: object) -> Report:
    """The same report as if it had been made on another day, with other words in its manifest."""
    folder = report.folder.with_name(f"{day}T100000Z")
    shutil.copytree(report.folder, folder)
    (folder / "made.json").write_text(json.dumps(json.loads((folder / "made.json").read_text()) | head))
    (found,) = (one for one in reports_in(folder.parent.parent) if one.folder == folder)
    return found


@pytest.mark.parametrize("action", ["give", "sent"])
def test_two_reports_that_were_never_checked_beside_each_other(action: str, visitor: Visit, report: Report) -> None:
    """Of two made one after the other, neither given, one can be given out: whichever is first."""
    later, planner = twin(report, "20261125"), visitor("planner")
    planner.done(f"results/{later.id}/{action}")
    response = planner.post(f"results/{report.id}/give")
    assert response.status_code == 409 and not report.told
    told = "Make it again: since it was made another report has been given out that it was not checked beside."
    assert told in text_of(response) and told in text_of(planner.get(f"results/{report.id}"))
    assert f'action="/en/results/{report.id}/give"' not in planner.get(f"results/{report.id}").text
    # What was given out all the same must be known, so that later reports are checked beside it.
    planner.done(f"results/{report.id}/sent")
    assert report.has("sent") and later.told
    planner.done(f"results/{report.id}/not-sent")
    planner.done(f"results/{later.id}/{'take-back' if action == 'give' else 'not-sent'}")
    planner.done(f"results/{report.id}/give")


def test_a_report_that_was_seen_still_counts(visitor: Visit, report: Report) -> None:
    """Also where it was taken back."""
    later, planner = twin(report, "20261125"), visitor("planner")
    planner.done(f"results/{report.id}/give")
    assert visitor("provider").get(f"results/{report.id}/provider-valmennus.html").status_code == 200
    planner.done(f"results/{report.id}/take-back")
    assert planner.post(f"results/{later.id}/give").status_code == 409


def test_reports_that_were_checked_beside_each_other_can_both_be_given(visitor: Visit, report: Report) -> None:
    """In whichever order they are given in the end."""
    later, planner = twin(report, "20261125", beside=[report.id]), visitor("planner")
    planner.done(f"results/{later.id}/give")
    planner.done(f"results/{report.id}/give")
    assert report.has("given") and later.has("given")


@pytest.mark.slow
def test_a_report_says_what_it_was_checked_beside(
    visitor: Visit, report: Report, answered: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were given out when its making began; one that is given meanwhile is none of them."""
    meanwhile, planner = twin(report, "20261123", beside=[report.id]), visitor("planner")
    planner.done(f"results/{report.id}/give")
    clock.advance(days=1)
    real = type(planner.app.works.reports).report

    def given_meanwhile(*args: Any, **options: Any) -> ReportMade:
        planner.done(f"results/{meanwhile.id}/give")
        return real(*args, **options)

    monkeypatch.setattr(type(planner.app.works.reports), "report", given_meanwhile)
    finished(planner, planner.post("results/new", language="en", use="given", for_provider="1"))
    made = reports_in(planner.app.works.reports.folder)[0]
    assert made.beside == (report.id,) and not made.own
    assert planner.post(f"results/{made.id}/give").status_code == 409


@pytest.mark.slow
def test_a_report_for_own_use_is_never_given(
    visitor: Visit, store: SQLiteStore, library: Library, keys: Keys, report: Report, answered: None, clock: Clock
) -> None:
    """It is made where one to be given out would be refused."""
    report.mark("given")
    planner = visitor("planner")
    (one,) = invited(store, library, keys, "uravalmennus", "uv-1", 1)
    answer(store, "uravalmennus", one, 1)
    clock.advance(days=1)
    page = finished(planner, planner.post("results/new", language="en", use="own", **EVERY_PAGE))
    assert "for the area’s own use" in text_of(page)
    assert "It was made for the area’s own use, and was not checked beside the reports" in text_of(page)
    own = reports_in(planner.app.works.reports.folder)[0]
    assert own.own and own.beside == () and own.submissions == 25
    assert "/give" not in page.text
    assert planner.post(f"results/{own.id}/give").status_code == 409
    assert not own.told
    planner.done(f"results/{own.id}/remove", sure="1")


def test_a_browser_that_looks_ahead_has_seen_nothing(visitor: Visit, report: Report, store: SQLiteStore) -> None:
    """Only somebody who wants to see a page does."""
    report.mark("given")
    coach, page = visitor("provider"), "provider-valmennus.html"
    for path in (page, "save", f"save/{page}"):
        for name, value in (("HTTP_SEC_PURPOSE", "prefetch;prerender"), ("HTTP_PURPOSE", "prefetch")):
            response = coach.get(f"results/{report.id}/{path}", environ_overrides={name: value})
            assert response.status_code == 204 and response.data == b""
    assert not report.has("seen") and logged(store, "open report") == []
    assert coach.get(f"results/{report.id}/{page}").status_code == 200 and report.has("seen")


def test_a_coach_is_not_told_how_many_answered(visitor: Visit, report: Report) -> None:
    """Neither in the list, nor beside the page, nor in it: counts of two days tell who answered between them."""
    report.mark("given")
    coach = visitor("provider")
    for path in ("results", f"results/{report.id}"):
        assert "24" not in re.sub(r"2026\S*|24 November", "", text_of(coach.get(path)))
        assert "24 answered questionnaires" in text_of(visitor("planner").get(path))
    page = text_of(coach.get(f"results/{report.id}/provider-valmennus.html"))
    assert "invited 12" in page and "Who answered in time" not in page and "Pairs" not in page
    assert not re.search(r"\bAnswered\b|\banswered: ", page) and "100 %" not in page and "100%" not in page


def test_a_report_under_way_is_told(visitor: Visit, desk: Desk) -> None:
    """To whoever asked for it, as long as it is being made."""
    planner = visitor("planner")
    going, title = threading.Event(), said("Making a report")
    job = desk.jobs.begin("planner", title, lambda tell: str(going.wait(20)), back="results/new")
    other = desk.jobs.begin("planner", said("Something else"), lambda tell: "", back="")
    page = planner.get("results")
    assert "A report is being made." in text_of(page)
    assert f'href="/en/under-way/{job.id}"' in page.text and other.id not in page.text
    assert "A report is being made." not in text_of(visitor("analyst").get("results"))
    going.set()
    desk.jobs.end()
    assert desk.jobs.under_way("planner") == []
    assert "A report is being made." not in text_of(planner.get("results"))


# --- exports ----------------------------------------------------------------------------------------------------------


def test_a_dataset_for_whoever_made_it(
    visitor: Visit, answered: None, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies here for its maker's eyes alone, until they remove it."""
    monkeypatch.setitem(PEOPLE, "second", Person(login="second", roles=frozenset({"analyst"})))
    analyst, second = visitor("analyst"), visitor("second")
    unsure = analyst.post("results/exports/dataset")
    assert unsure.status_code == 422 and "Tick this when you have read what is said above." in text_of(unsure)
    page = finished(analyst, analyst.post("results/exports/dataset", sure_dataset="1"))
    assert "These files are personal data, and nothing in them is protected." in text_of(page)
    assert logged(store, "export") == [("analyst", "dataset", {"submissions": 24})]

    (folder,) = (analyst.app.works.reports.folder / "exports").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    (file,) = folder.glob("*.zip")
    assert file.stat().st_mode & 0o777 == 0o600
    saved = analyst.get(f"results/exports/{folder.name}/file")
    assert saved.headers["Content-Disposition"] == "attachment; filename=mittari-dataset-2026-11-24.zip"
    assert saved.headers["Cache-Control"] == "no-store"
    assert {"dataset.json", "participations.parquet"} <= set(names_in(saved))
    with zipfile.ZipFile(io.BytesIO(saved.data)) as archive:
        assert json.loads(archive.read("dataset.json"))["counts"]["responses"] == 24

    for response in (
        second.get(f"results/exports/{folder.name}/file"),
        second.post(f"results/exports/{folder.name}/remove"),
    ):
        assert response.status_code == 404
    assert "Your files" not in text_of(second.get("results/exports"))
    assert folder.is_dir(), "whoever saves them has them, and then removes them"
    assert f"results/exports/{folder.name}/take" not in analyst.get("results/exports").text
    assert analyst.post(f"results/exports/{folder.name}/take").status_code == 404
    analyst.done(f"results/exports/{folder.name}/remove")
    assert not folder.exists()
    assert analyst.get(f"results/exports/{folder.name}/file").status_code == 404


def test_files_for_other_programs(visitor: Visit, answered: None, store: SQLiteStore, clock: Clock) -> None:
    """Those that were chosen, with what is to be known of them; a day later they are gone."""
    analyst = visitor("analyst")
    nothing = analyst.post("results/exports/files", language="sv", sure_files="1")
    assert nothing.status_code == 422 and "Choose at least one kind of file." in text_of(nothing)
    wanted = {"format_csv": "1", "format_star": "1"}
    page = finished(analyst, analyst.post("results/exports/files", language="en", sure_files="1", **wanted))
    assert "Files: CSV, Power BI" in text_of(page) and "24 answered questionnaires" in text_of(page)
    assert logged(store, "export") == [("analyst", "csv star", {"submissions": 24})]
    (folder,) = (analyst.app.works.reports.folder / "exports").iterdir()
    names = names_in(analyst.get(f"results/exports/{folder.name}/file"))
    assert "README.txt" in names and "csv/responses.csv" in names
    assert {name.partition("/")[0] for name in names if "/" in name} == {"csv", "star"}
    clock.advance(hours=23, minutes=59)
    assert visitor("planner").get("").status_code == 200 and folder.is_dir()
    clock.advance(minutes=1)
    # Whoever comes, to whatever page.
    visitor("planner").get("")
    assert not folder.exists()


def test_files_are_removed_when_asked(visitor: Visit, answered: None, store: SQLiteStore) -> None:
    """At once, and it is written down."""
    analyst = visitor("analyst")
    finished(analyst, analyst.post("results/exports/dataset", sure_dataset="1"))
    (folder,) = (analyst.app.works.reports.folder / "exports").iterdir()
    response = analyst.post(f"results/exports/{folder.name}/remove")
    assert path_of(response) == "/en/results/exports" and not folder.exists()
    assert logged(store, "remove export") == [("analyst", folder.name, {})]


def test_a_full_disk_leaves_nothing_half_made(visitor: Visit, answered: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says what to do."""

    def full(*_args: object, **_options: object) -> None:
        raise OSError(28, "No space left on device")

    analyst = visitor("analyst")
    monkeypatch.setattr("analysis.dataset.write", full)
    response = finished(analyst, analyst.post("results/exports/dataset", sure_dataset="1"))
    assert "The disk is full, so nothing was written. Free some room on it, and ask once more." in text_of(response)
    assert not list((analyst.app.works.reports.folder / "exports").iterdir())
