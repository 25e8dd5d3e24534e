"""The report: protected figures only, a page that everyone can read, and words in every language."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from analysis import dataset as datasets
from analysis import pairing
from analysis.change import ChangeSummary, mean_change
from analysis.cohort import Design
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.report import ReportError, render, write_report
from analysis.results import results
from analysis.scores import measures
from analysis.tables import tables
from analysis.wording import UntranslatedError, Words
from survey.folders import NotOursError
from survey.model import Library
from survey.records import Participation
from tests.analysis.conftest import submissions

MADE = "2026-12-16T07:00:00.000Z"
ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "site_templates"
KEYWORDS = {"_": None, "N_": None}


def messages(language: str) -> dict[str, str]:
    """A catalogue as the command line reads it."""
    if language == "en":
        return {}
    with (TEMPLATES / "messages" / f"report.{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalogue if message.id and not message.fuzzy}


@pytest.fixture(scope="module")
def page(dataset: Dataset) -> str:
    return render(tables(dataset, Release()), Words("en", {}), MADE)


@pytest.fixture(scope="module")
def data(dataset: Dataset) -> Mapping[str, list[dict[str, object]]]:
    return json.loads(json.dumps(results(tables(dataset, Release()), MADE)))  # type: ignore[no-any-return]


# --- words -----------------------------------------------------------------------------------------------------------


def _in_source() -> set[str]:
    found = set()
    for file in (ROOT / "analysis").rglob("*.py"):
        found |= {str(message) for _, message, *_ in extract_from_file("python", file, keywords=KEYWORDS)}
    for template in TEMPLATES.glob("report*.html.j2"):
        extracted = extract_from_file("jinja2.ext:babel_extract", template, keywords={"_": None})
        found |= {str(message) for _, message, *_ in extracted}
    return found


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_catalogues_are_complete(language: str) -> None:
    """Every message has a translation with the same placeholders, and none is left over."""
    catalogue = messages(language)
    assert set(catalogue) == _in_source()
    for message, translation in catalogue.items():
        assert translation, message
        placeholders = [sorted(re.findall(r"%\(\w+\)s", text)) for text in (message, translation)]
        assert placeholders[0] == placeholders[1], message


def test_a_missing_translation_is_an_error(dataset: Dataset, tmp_path: Path) -> None:
    """No silent English in a Finnish report, and nothing is written."""
    with pytest.raises(ReportError) as error:
        write_report(dataset, tmp_path / "r", language="fi", messages={}, made=MADE)
    assert str(error.value).startswith("The message '")
    assert str(error.value).endswith("is not translated to 'fi'. Add it to site_templates/messages/report.fi.po.")
    assert not (tmp_path / "r").exists()
    with pytest.raises(UntranslatedError):
        Words("sv", {})("Change")


def test_numbers_are_written_in_the_language() -> None:
    """Decimal comma, true minus, a space before the per cent, dates written out on the site's calendar."""
    fi, en = Words("fi", {"{low} to {high}": "{low} … {high}"}), Words("en", {})
    assert fi.number(-1234.5, 1) == "\u22121\u00a0234,5"
    assert en.number(4.25, 2, sign=True) == "+4.25"
    assert fi.percent(34) == "34\u00a0%"
    assert fi.interval((-1.5, 2.0)) == "\u22121,5 … 2,0"
    assert fi.date("2026-12-15T23:00:00.000Z", "Europe/Helsinki") == "16. joulukuuta 2026"


# --- figures ---------------------------------------------------------------------------------------------------------


def _numbers(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _numbers(entry, key)
    elif isinstance(value, list):
        for entry in value:
            yield from _numbers(entry, name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield name, value


def test_no_small_figure_is_in_the_data(data: Mapping[str, list[dict[str, object]]]) -> None:
    """No count under 5, no mean of fewer than 10, no more decimals; and both sides of an outcome are 5."""
    for part in ("invited", "responses", "measures", "outcomes", "feedback"):
        for name, number in _numbers(data[part]):
            assert number == round(number, 2)
            if name.startswith("n_"):
                assert number >= 5, name
    assert all(row["n_pairs"] is None or row["n_pairs"] >= 10 for row in data["measures"])  # type: ignore[operator]
    for row in data["outcomes"]:
        if row["n_answered"] is not None:
            assert row["n_answered"] - row["n_reached"] >= 5  # type: ignore[operator]


def test_every_service_kind_and_all_have_a_row(data: Mapping[str, list[dict[str, object]]], library: Library) -> None:
    """For each dimension, with the level whose figures it shows."""
    rows = [row for row in data["measures"] if row["dimension"] == "wellbeing" and row["arm"] == "intervention"]
    services = {s.id for s in library.services.services if s.arm == "intervention"}
    assert {row["service"] for row in rows if row["level"] == "service"} == services
    kinds = {row["kind"] for row in rows if row["level"] == "kind"}
    assert kinds == {"labour_market_training", "job_search_coaching", "job_coaching"}
    total = next(row for row in rows if row["level"] == "all")
    assert total["shown_level"] == "all"
    assert total["standardised_change"]["name"] == "change in baseline standard deviations"  # type: ignore[index]
    small = next(row for row in rows if row["service"] == "tyonhaku")
    assert small["shown_level"] == "kind"
    assert str(small["note"]).startswith("A number behind the row's own figure is under 5 (under 10 for means)")


def test_provisional_bases_are_labelled(data: Mapping[str, list[dict[str, object]]], page: str) -> None:
    """A dimension with a reference is judged by it; without one, provisionally; a formative one not at all."""
    total = {r["dimension"]: r for r in data["measures"] if r["level"] == "all" and r["arm"] == "intervention"}
    assert total["job_search"]["reliable"]["provisional"] is False  # type: ignore[index]
    assert total["wellbeing"]["reliable"]["provisional"] is True  # type: ignore[index]
    assert total["circumstances"]["reliable"] is None
    assert "no reliability" in str(total["circumstances"]["reliable_note"])
    assert "Provisional: judged by this data" in page


def test_the_data_agree_with_an_estimate_by_hand(dataset: Dataset, data: Mapping[str, list[dict[str, object]]]) -> None:
    """The row of all services equals the estimate from the frames, rounded."""
    measure = next(m for m in measures(dataset.library.instruments) if m.dimension == "wellbeing")
    pairs = pairing.pair(pairing.scored(measure, dataset.responses[pairing.timely(dataset)]), "start", "end")
    own = pairs.service != "verrokki"
    estimate = mean_change(ChangeSummary.of(pairs.start[own], pairs.end[own], pairs.cluster[own]))
    row = next(r for r in data["measures"] if r["dimension"] == "wellbeing" and r["level"] == "all")
    assert row["n_pairs"] == estimate.n
    assert row["change"] == round(estimate.change, 1)
    assert estimate.interval is not None
    assert row["interval"] == [round(end, 1) for end in estimate.interval]


def test_answered_of_a_measure_is_of_its_own_instruments(dataset: Dataset) -> None:
    """Whoever answered only the feedback at the end has not answered the measure."""
    core = dataset.responses["instrument"] != "palvelupalaute"
    gone = core & (dataset.responses["wave"] == "end") & (dataset.responses["service"] == "hitsaus")
    gone &= dataset.responses["participation"].str[-1].isin(list("0246"))
    less = dataclasses.replace(dataset, responses=dataset.responses[~gone])
    timely = less.responses[pairing.timely(less)]
    own = timely[(timely["service"] == "hitsaus") & (timely["wave"] == "end")]
    expected = own[own["instrument"] == "asiakasmuutosmittari"]["participation"].nunique()
    rows = json.loads(json.dumps(results(tables(less, Release()), MADE)))["measures"]
    row = next(r for r in rows if r["service"] == "hitsaus" and r["dimension"] == "wellbeing")
    assert row["answered"]["end"] == expected < own["participation"].nunique()
    assert row["n_invited"] == (dataset.participations["service"] == "hitsaus").sum()


def test_the_provisional_basis_counts_people(dataset: Dataset) -> None:
    """A second questionnaire with the same measure changes nothing: the first received counts."""
    again = dataset.responses[dataset.responses["instrument"] != "palvelupalaute"]
    again = again.assign(received=again["received"] + pd.Timedelta(minutes=1), submission=again["submission"] + "z")
    # Turned round, so that it would show.
    again = again.assign(**{f"wb{n}": 6 - again[f"wb{n}"] for n in (1, 2)})
    twice = dataclasses.replace(dataset, responses=pd.concat([dataset.responses, again], ignore_index=True))
    found = [
        next(t for t in tables(d, Release()).clients.measures if t.measure.dimension == "wellbeing").basis.figures
        for d in (dataset, twice)
    ]
    assert found[0] is not None
    assert found[0] == found[1]


def test_a_service_with_nobody_left_is_a_row(dataset: Dataset) -> None:
    """Null means withheld: where all of a service answered in time, its row climbs like one of few late answers."""
    timely = dataset.responses[pairing.timely(dataset)]
    there = timely.loc[timely["wave"] == "start", "participation"]
    people = dataset.participations
    people = people[(people["service"] != "hitsaus") | people["id"].isin(there)]
    rows = dataset.responses[dataset.responses["participation"].isin(people["id"])]
    full = tables(dataclasses.replace(dataset, participations=people, responses=rows), Release())
    found = json.loads(json.dumps(results(full, MADE)))["responses"]
    row = next(r for r in found if r["service"] == "hitsaus" and r["wave"] == "start")
    assert row["n_answered"] == row["n_due"]
    assert row["outside_window"]["shown_level"] in ("kind", "all")


# --- the page --------------------------------------------------------------------------------------------------------


class Outline(HTMLParser):
    """Elements with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_the_page_is_accessible_in_its_structure(dataset: Dataset, language: str) -> None:
    """Language, one h1, landmarks, a skip link, captions, scopes, named scrolling regions, unique ids, no script."""
    html = render(tables(dataset, Release()), Words(language, messages(language)), MADE)
    outline = Outline(html)
    assert outline.all("html") == [{"lang": language}]
    for landmark in ("h1", "header", "nav", "main", "footer"):
        assert len(outline.all(landmark)) == 1, landmark
    assert outline.all("a")[0] == {"class": "skip", "href": "#main"}
    assert len(outline.all("table")) == len(outline.all("caption")) > 20
    assert all("scope" in attributes for attributes in outline.all("th"))
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for attributes in outline.all("div"):
        if attributes.get("class") == "scroll":
            assert (attributes["role"], attributes["tabindex"]) == ("region", "0")
            assert attributes["aria-labelledby"] in ids
    for attributes in outline.all("a"):
        href = attributes["href"]
        assert href is not None
        assert href.removeprefix("#") in ids, href
    assert not outline.all("script")
    assert "http" not in re.sub(r'xmlns:xlink="[^"]*"', "", html)


def test_plots_are_named_and_described(page: str) -> None:
    """Each has a role, a title and a description of its own, with the figures in words."""
    outline = Outline(page)
    plots = outline.all("svg")
    assert len(plots) == 7
    for attributes in plots:
        assert attributes["role"] == "img"
        for id in str(attributes["aria-labelledby"]).split():
            assert re.search(rf'id="{re.escape(id)}">[^<]{{5,}}<', page), id
    assert re.search(r"<desc [^>]*>Job-search skills: \+\d+\.\d \(", page)


def test_the_summary_says_plainly_what_chance_may_explain(page: str) -> None:
    """A manager reads whether a change can be told from chance."""
    assert "The interval does not include zero, so chance alone is an unlikely explanation." in page
    assert "The interval includes zero: no change can be told from chance." in page
    assert "A change is not yet what the service brought about" in page


def two_versions(dataset: Dataset) -> Dataset:
    """The dataset with a later version that scores a dimension otherwise, answered by half."""
    core = dataset.library.instruments["asiakasmuutosmittari@3"]
    wellbeing = dataclasses.replace(core.dimensions["wellbeing"], minimum_answered=4)
    newer = dataclasses.replace(core, version=4, dimensions={**core.dimensions, "wellbeing": wellbeing})
    library = dataclasses.replace(dataset.library, instruments={**dataset.library.instruments, newer.key: newer})
    rows = dataset.responses
    moved = (rows["instrument"] == core.instrument) & rows["participation"].str[-1].isin(list("13579"))
    return dataclasses.replace(dataset, library=library, responses=rows.assign(version=rows["version"].mask(moved, 4)))


def test_versions_that_score_otherwise_are_told_apart(dataset: Dataset) -> None:
    """Headings name the versions, and ids are unique."""
    html = render(tables(two_versions(dataset), Release()), Words("en", {}), MADE)
    ids = [attributes["id"] for _, attributes in Outline(html).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    headings = re.findall(r'<h3 id="[^"]*">([^<]*)<', html)
    assert {"Well-being (version 3)", "Well-being (version 4)", "Job-search skills"} <= set(headings)


def test_a_rough_interval_is_no_finding(library: Library, people: list[Participation], tmp_path: Path) -> None:
    """With three groups the summary does not say that chance is unlikely."""
    three = [p for p in people if p.group in ("ura-0", "ura-1", "ura-2")]
    answers = submissions(
        library, three, Design(usual_change=2.0, group_change_sd=0.0, attrition={}, usual_attrition=0)
    )
    datasets.write(tmp_path / "d", library=library, participations=three, submissions=answers, made=MADE)
    html = render(tables(datasets.read(tmp_path / "d"), Release()), Words("en", {}), MADE)
    assert "for the better" in html
    assert "so the interval is rough: this is not yet a finding to lean on." in html
    assert "an unlikely explanation" not in html


def test_the_page_says_who_was_invited_and_that_the_comparison_is_apart(page: str) -> None:
    """A row for each service and kind, with who answered each wave; a number under 5 is a dash."""
    section = page[page.index('<table id="invited">') :]
    section = section[: section.index("</table>")]
    row = re.search(r"Welding course</th>(.*?)</tr>", section)
    assert row
    assert re.fullmatch(r'(<td class="number">\d+( \(\d+%\))?</td>){4}', row.group(1)), row.group(1)
    assert "All services, without the comparison</th>" in section
    assert "invited (comparison apart)" in page
    assert "The comparison stands apart" in page


def test_rows_that_would_repeat_all_services_are_one_line(library: Library, dataset: Dataset) -> None:
    """Three kinds and six services whose figures may not be shown alone: named together, without rows."""
    few = dataset.participations["id"].str[-1].isin(list("05"))
    people = dataset.participations[few]
    rows = dataset.responses[dataset.responses["participation"].isin(people["id"])]
    html = render(
        tables(dataclasses.replace(dataset, participations=people, responses=rows), Release()), Words("en", {}), MADE
    )
    assert "Only in the figures of all services: " in html


def test_the_page_is_the_same_from_equal_input(dataset: Dataset, page: str) -> None:
    """Byte by byte, plots too."""
    assert render(tables(dataset, Release()), Words("en", {}), MADE) == page


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_have_contrast() -> None:
    """Text 4.5:1 and marks 3:1 or more on both grounds, in light and in dark."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    for block in re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)[:2]:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for ground in ("paper", "soft"):
            for name in ("ink", "quiet", "accent", "good", "bad"):
                light, dark = sorted((_luminance(colours[name]), _luminance(colours[ground])), reverse=True)
                assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


def test_an_empty_dataset_makes_a_report(tmp_path: Path, library: Library, people: list[Participation]) -> None:
    """Before the first answer: a page that says so, and empty tables."""
    for name, invited in (("none", []), ("some", people)):
        folder = tmp_path / name
        datasets.write(folder, library=library, participations=invited, submissions=[], made="2026-01-20T06:00:00.000Z")
        write_report(datasets.read(folder), tmp_path / "r", language="en", messages={}, made=MADE)
        assert "<h1>" in (tmp_path / "r" / "index.html").read_text(encoding="utf-8")
        assert json.loads((tmp_path / "r" / "results.json").read_text())["outcomes"] == []


def test_a_report_is_replaced_and_nothing_else_is(dataset: Dataset, tmp_path: Path) -> None:
    """An empty folder and an old report are; a folder with other files is left alone."""
    (tmp_path / "r").mkdir()
    for _ in range(2):
        write_report(dataset, tmp_path / "r", language="en", messages={}, made=MADE)
    assert sorted(file.name for file in (tmp_path / "r").iterdir()) == [
        "clients.html", "index.html", "manager.html", "provider-taito.html", "results.json"
    ]  # fmt: skip
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("cat")
    with pytest.raises(NotOursError, match="holds files that Mittari did not make, so it was left alone"):
        write_report(dataset, tmp_path / "photos", language="en", messages={}, made=MADE)


# --- the room --------------------------------------------------------------------------------------------------------

RENDERERS = (
    "page", "page_answers", "page_change", "page_feedback", "page_depth", "page_register", "page_trends", "page_readers",
    "writer", "plots", "flow_plot", "series_plot", "share_plots", "results", "report", "wording", "alarm_words",
)  # fmt: skip


def _imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def test_renderers_never_see_rows_of_people() -> None:
    """No frames, pairs or estimators in what draws and writes; only `report` is handed the dataset, to protect it."""
    for name in RENDERERS:
        imported = _imports(ROOT / "analysis" / f"{name}.py")
        assert not imported & {"pandas", "analysis.pairing", "analysis.scores", "analysis.outcomes"}, name
        assert name == "report" or "analysis.dataset" not in imported
