"""What is told apart in a report: memories, other respondents, unreviewed words, and shares of answers."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pytest

from analysis import pairing
from analysis.change import Grouped, uncertainty
from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.report import render
from analysis.results import results
from analysis.scores import measures, score_column
from analysis.tables import tables
from analysis.wording import Words
from survey.model import Instrument, Item
from tests.analysis.test_report import MADE, Outline, messages

Data = Mapping[str, Any]
FIGURES = ("measures", "looking_back", "outcomes", "feedback", "choices")


def figures(dataset: Dataset) -> Data:
    """The content of results.json, as it is read."""
    return json.loads(json.dumps(results(tables(dataset, Release()), MADE)))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def data(whole: Dataset) -> Data:
    return figures(whole)


@pytest.fixture(scope="module")
def page(whole: Dataset) -> str:
    return render(tables(whole, Release()), Words("en", {}), MADE)


def section(page: str, id: str) -> str:
    """A section of the page, by its id, as words."""
    start = page.index(f'<section id="{id}"')
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[start : page.index("\n</section>", start)]))


def overall(rows: list[dict[str, Any]], **wanted: object) -> dict[str, Any]:
    """The row of all services of the intervention."""
    (row,) = (
        row
        for row in rows
        if row["level"] == "all" and row["arm"] == "intervention" and all(row[k] == v for k, v in wanted.items())
    )
    return row


def with_rows(dataset: Dataset, keep: pd.Series[bool]) -> Dataset:
    return dataclasses.replace(dataset, responses=dataset.responses[keep])


# --- memories --------------------------------------------------------------------------------------------------------


def test_memories_are_apart_from_change_and_feedback(data: Data, page: str) -> None:
    """In a list and a section of their own, with a sentence that says what they are, and nowhere else."""
    assert {row["id"] for row in data["looking_back"]} == {"before", "before1", "before2"}
    assert "before" not in {row["dimension"] for row in data["measures"]}
    assert not {"before", "before1", "before2"} & {row["id"] for row in data["feedback"]}
    told = section(page, "looking-back")
    assert (
        "Here people say afterwards how things were before the service. These are memories of that time and not "
        "measured starts, and memories also change with how things are now. They are in no figure of change."
    ) in told
    assert "Muisto alusta (0\u2013100)" in told
    assert "Muisto alusta" not in page.replace(page[page.index('<section id="looking-back"') :], "")
    assert {row["id"] for row in data["choices"] if row["then"]} == {"could"}
    assert "Kysymys could" in told
    assert "Kysymys could" not in section(page, "feedback")


def test_a_memory_at_start_and_end_is_no_change(whole: Dataset) -> None:
    """Even a dimension asked at both waves has no change where it is about the time before."""
    core = whole.library.instruments["asiakasmuutosmittari@3"]
    sections = tuple(
        dataclasses.replace(part, items=tuple(dataclasses.replace(i, then=i.id.startswith("wb")) for i in part.items))
        for part in core.sections
    )
    changed = dataclasses.replace(
        whole,
        library=dataclasses.replace(
            whole.library,
            instruments={**whole.library.instruments, core.key: dataclasses.replace(core, sections=sections)},
        ),
    )
    found = figures(changed)
    rows = [row for row in found["measures"] if row["dimension"] == "wellbeing"]
    assert {tuple(row["instruments"]) for row in rows} == {("tyohonvalmennus@1",)}
    waves = {row["wave"] for row in found["looking_back"] if row["id"] == "wellbeing"}
    assert waves == {"start", "end", "followup_6"}


def test_the_mean_of_a_memory_agrees_with_an_estimate_by_hand(whole: Dataset, data: Data) -> None:
    """Mean and interval over groups, of those who answered in time."""
    measure = next(m for m in measures(whole.library.instruments) if m.dimension == "before")
    rows = pairing.rows_of(measure.sources, whole.responses[pairing.timely(whole)])
    rows = rows[rows["service"] != "verrokki"]
    scores = score_column(measure.key, rows).dropna()
    clusters = (rows["service"] + "/" + rows["group"]).fillna("")[scores.index]
    values = Grouped.of(scores, clusters)
    estimate = uncertainty(values, float(scores.mean()))
    assert estimate is not None
    row = overall(data["looking_back"], id="before")
    assert (row["n_answered"], row["mean"]) == (len(scores), round(scores.mean(), 1))
    assert row["interval"] == [round(end, 1) for end in estimate.interval]


# --- other respondents -----------------------------------------------------------------------------------------------


def test_coaches_and_employers_have_sections_of_their_own(data: Data, page: str) -> None:
    """Their measures, outcomes and feedback are in no list of the clients'."""
    coach, employer = data["others"]
    assert (coach["respondent"], employer["respondent"]) == ("coach", "employer")
    assert {row["dimension"] for row in coach["measures"]} == {"seen"}
    assert overall(coach["measures"])["change"] is not None
    assert {row["item"] for row in coach["outcomes"]} == {"seen_work"}
    assert {row["id"] for row in employer["feedback"]} == {"fit"}
    assert {row["id"] for row in employer["choices"]} == {"hire"}
    theirs = {"seen", "seen_work", "fit", "hire"}
    own = {row.get("dimension") or row.get("item") or row["id"] for name in FIGURES for row in data[name]}
    assert not theirs & own
    assert "Coach&#39;s assessment" in page and "Valmentajan näkemä" in section(page, "coach")
    assert "Employers&#39; feedback" in page and "Kysymys fit" in section(page, "employer")
    for id in ("change", "outcomes", "feedback", "looking-back"):
        assert not re.search("Valmentajan näkemä|Kysymys (fit|hire)", section(page, id)), id


def test_what_others_say_changes_no_figure_of_the_clients(whole: Dataset, data: Data) -> None:
    """Nor does it make somebody one who answered: without it, all but their own lists is the same."""
    clients = whole.responses["instrument"].isin(["arvio", "tyonantaja"])
    without = figures(with_rows(whole, ~clients))
    names = ("invited", "responses", *FIGURES)
    assert {name: without[name] for name in names} == {name: data[name] for name in names}
    assert without["others"] != data["others"]


def test_an_origin_shared_by_two_respondents_is_two_measures(whole: Dataset) -> None:
    """A coach's version of the clients' own questions is not averaged with them."""
    library = whole.library
    core = library.instruments["asiakasmuutosmittari@3"]
    coach = dataclasses.replace(core, instrument="arvio", version=1, respondent="coach")
    changed = dataclasses.replace(library, instruments={**library.instruments, "arvio@1": coach})
    rows = whole.responses.copy()
    theirs = rows["instrument"] == "arvio"
    # Not all the same, as the mean of people who all said the same is not shown.
    for n in (1, 2):
        rows.loc[theirs & (rows.index % 2 == n - 1), ["wb1", "wb2", "wb3", "wb4"]] = n
    found = figures(dataclasses.replace(whole, library=changed, responses=rows))
    (others,) = (o for o in found["others"] if o["respondent"] == "coach")
    assert 0 < overall(others["measures"], dimension="wellbeing")["mean_start"] < 25
    own = overall(found["measures"], dimension="wellbeing")
    assert own == overall(figures(whole)["measures"], dimension="wellbeing")
    html = render(tables(dataclasses.replace(whole, library=changed, responses=rows), Release()), Words("en", {}), MADE)
    ids = [attributes["id"] for _, attributes in Outline(html).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


# --- words under review ----------------------------------------------------------------------------------------------


def under_review(dataset: Dataset, *languages: str) -> Dataset:
    """The dataset with the words of every instrument in these languages not reviewed yet."""

    def waiting(instrument: Instrument) -> Instrument:
        tags = {tag: "needed" for tag in languages if tag in instrument.languages}
        return dataclasses.replace(instrument, review=tags)  # type: ignore[arg-type]

    instruments = {key: waiting(instrument) for key, instrument in dataset.library.instruments.items()}
    return dataclasses.replace(dataset, library=dataclasses.replace(dataset.library, instruments=instruments))


def test_answers_in_unreviewed_words_change_no_figure(whole: Dataset) -> None:
    """Change, reliable change, outcomes, feedback, memories and shares are those of the reviewed languages alone."""
    swedish = whole.responses["language"] == "sv"
    assert 300 < swedish.sum() < len(swedish) / 2
    waiting = figures(under_review(whole, "sv"))
    without = figures(with_rows(under_review(whole, "sv"), ~swedish))
    for mine, other in ((waiting, without), *zip(waiting["others"], without["others"], strict=True)):
        for name in FIGURES:
            bare = [
                [{k: v for k, v in row.items() if k != "answered"} for row in found[name]] for found in (mine, other)
            ]
            assert bare[0] == bare[1], name
    assert waiting["measures"] != figures(whole)["measures"]


def test_who_answered_in_unreviewed_words_has_answered(whole: Dataset, data: Data) -> None:
    """Invitations, answers by wave, and who answered a measure count every language."""
    waiting = figures(under_review(whole, "sv"))
    assert (waiting["invited"], waiting["responses"]) == (data["invited"], data["responses"])
    assert [row["answered"] for row in waiting["measures"]] == [row["answered"] for row in data["measures"]]


def test_the_report_says_how_many_were_left_out_and_why(whole: Dataset, data: Data, page: str) -> None:
    """By language, of those in time or without a window; nothing is said where no language awaits a review."""
    waiting = under_review(whole, "sv", "en")
    rows = waiting.responses
    swedish = rows[(rows["language"] == "sv") & (pairing.timely(waiting) | rows["participation"].isna())]
    told = figures(waiting)["left_out"]
    withheld = (
        "Withheld: a number behind the figure is under 5 (under 10 for means) even for all services together, or one "
        "that is could be worked out from it."
    )
    # Nobody answered in English: that is as small as four, and the whole would give it away with the Swedish.
    assert told == [
        {"language": "sv", "reason": "review", "n_submissions": None, "note": withheld},
        {"language": "en", "reason": "review", "n_submissions": None, "note": withheld},
        {"language": None, "reason": "review", "n_submissions": len(swedish), "note": None},
    ]
    html = render(tables(under_review(whole, "sv"), Release()), Words("fi", messages("fi")), MADE)
    words = section(html, "answers")
    assert "Joissakin kyselyissä on kieliversioita, joita äidinkielinen puhuja ei ole vielä tarkistanut." in words
    assert re.search(rf"ruotsi\s+{len(swedish)}\s", words.replace("\xa0", ""))
    assert data["left_out"] == []
    assert "left-out" not in page


def test_few_submissions_in_a_language_are_not_told(whole: Dataset) -> None:
    """Of four people, however many they sent."""
    rows = whole.responses
    four = rows.loc[rows["language"] == "sv", "participation"].dropna().unique()[:4]
    few = with_rows(under_review(whole, "sv"), (rows["language"] != "sv") | rows["participation"].isin(four))
    assert few.responses["language"].eq("sv").sum() > 5
    assert [row["n_submissions"] for row in figures(few)["left_out"]] == [None, None]


# --- shares of answers -----------------------------------------------------------------------------------------------


def test_shares_agree_with_counts_by_hand(whole: Dataset, data: Data) -> None:
    """One of several answers, several, yes and no, what was put first: each of those who answered in time."""
    rows = whole.responses[pairing.timely(whole) & (whole.responses["service"] != "verrokki")]
    rows = rows[rows["instrument"] == "mielipide"]
    told = {row["id"]: row for row in data["choices"] if row["level"] == "all" and row["arm"] == "intervention"}
    assert {id: row["sort"] for id, row in told.items()} == {
        "again": "one", "length": "one", "helped": "several", "best": "first", "could": "one",
    }  # fmt: skip
    for id in ("again", "length"):
        counts = rows[id].value_counts()
        assert told[id]["n_answered"] == counts.sum()
        assert {a["values"][0]: a["n_chosen"] for a in told[id]["answers"]} == counts.to_dict()
    helped = rows[[f"helped.{value}" for value in ("cv", "calls", "practice", "rare")]].dropna()
    assert told["helped"]["n_answered"] == len(helped)
    assert {a["values"][0]: a["n_chosen"] for a in told["helped"]["answers"]} == {
        name.removeprefix("helped."): n for name, n in helped.sum().to_dict().items()
    }
    first = {value: int((rows[f"best.{value}"] == 1).sum()) for value in ("staff", "group", "tasks")}
    assert {a["values"][0]: a["n_chosen"] for a in told["best"]["answers"]} == first
    assert sum(a["percent"] for a in told["best"]["answers"]) in (99, 100, 101)


def test_scales_and_rows_of_grids_have_means(data: Data) -> None:
    """As steps do; each with the ends of its own numbers."""
    ranges = {row["id"]: row["range"] for row in data["feedback"] if row["instrument"] == "mielipide"}
    assert ranges == {"heard": [1, 5], "advice": [0, 10], "room": [1, 5], "food": [1, 5]}
    assert all(overall(data["feedback"], id=id)["mean"] is not None for id in ranges)


def test_rare_answers_are_told_together(whole: Dataset, page: str) -> None:
    """An answer of too few is part of the others, and the table says which these are."""
    rows = whole.responses.copy()
    rare = rows.index[rows["length"] == "short"]
    rows.loc[rare[3:], "length"] = "right"
    changed = dataclasses.replace(whole, responses=rows)
    row = overall(figures(changed)["choices"], id="length")
    assert [answer["values"] for answer in row["answers"]] in (
        [["right"], ["short", "long"]],
        [["long"], ["short", "right"]],
    )
    html = render(tables(changed, Release()), Words("en", {}), MADE)
    assert "Other answers: valinta short, valinta " in section(html, "feedback")
    assert "Other answers" not in section(page, "feedback")


def test_versions_with_other_options_are_told_apart(whole: Dataset, data: Data) -> None:
    """A question that lost an option in the next version has two tables, which say which versions; the rest is one."""
    opinion = whole.library.instruments["mielipide@1"]

    def shorter(item: Item) -> Item:
        options = tuple(option for option in item.options if option.value != "short")
        return dataclasses.replace(item, options=options) if item.id == "length" else item

    sections = tuple(dataclasses.replace(part, items=tuple(map(shorter, part.items))) for part in opinion.sections)
    newer = dataclasses.replace(opinion, version=2, sections=sections)
    rows = whole.responses.copy()
    moved = (rows["instrument"] == "mielipide") & rows["participation"].str[-1].isin(list("13579"))
    rows["version"] = rows["version"].mask(moved, 2)
    rows.loc[moved & (rows["length"] == "short"), "length"] = "long"
    library = dataclasses.replace(whole.library, instruments={**whole.library.instruments, newer.key: newer})
    changed = dataclasses.replace(whole, library=library, responses=rows)
    found = figures(changed)
    own = pairing.timely(changed) & (rows["service"] != "verrokki") & rows["length"].notna()
    told = [
        (row["n_answered"], len(row["answers"]))
        for row in found["choices"]
        if (row["id"], row["level"], row["arm"]) == ("length", "all", "intervention")
    ]
    assert told == [((own & moved).sum(), 2), ((own & ~moved).sum(), 3)]
    assert overall(found["choices"], id="again") == overall(data["choices"], id="again")
    html = render(tables(changed, Release()), Words("en", {}), MADE)
    assert "Kysymys length (version 2)" in html and "Kysymys length (version 1)" in html


def test_a_questionnaire_without_dimensions_tells_each_of_its_waves(whole: Dataset) -> None:
    """Its questions are feedback at every wave; each table says which."""
    opinion = whole.library.instruments["mielipide@1"]
    follow = dataclasses.replace(opinion, waves=("start", "end"), dimensions={})
    library = dataclasses.replace(whole.library, instruments={**whole.library.instruments, follow.key: follow})
    changed = dataclasses.replace(whole, library=library)
    found = figures(changed)
    assert {row["wave"] for row in found["choices"] if row["id"] == "again"} == {"start", "end"}
    html = render(tables(changed, Release()), Words("en", {}), MADE)
    assert "Kysymys again: Start" in section(html, "feedback") and "Kysymys again: End" in section(html, "feedback")
    ids = [attributes["id"] for _, attributes in Outline(html).elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_an_outcome_may_be_a_yes_or_a_choice_from_a_list(whole: Dataset, data: Data) -> None:
    """Yes counts as reached, and so does an option that is `achieved`, whatever the sort of question."""
    coach = next(found for found in data["others"] if found["respondent"] == "coach")
    rows = whole.responses[pairing.timely(whole) & (whole.responses["wave"] == "end")]
    rows = rows[(rows["service"] != "verrokki") & rows["seen_work"].notna()]
    total = overall(coach["outcomes"], item="seen_work")
    assert (total["n_answered"], total["n_reached"]) == (len(rows), (rows["seen_work"] == "yes").sum())


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_of_everything_is_accessible_in_its_structure(whole: Dataset, language: str) -> None:
    """Unique ids and captions, one for every table, and links that lead somewhere, with all sections there."""
    html = render(tables(under_review(whole, "en"), Release()), Words(language, messages(language)), MADE)
    outline = Outline(html)
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {"looking-back", "coach", "employer", "left-out"} <= set(ids)
    captions = re.findall(r"<caption[^>]*>(.*?)</caption>", html)
    assert len(outline.all("table")) == len(captions) == len(set(captions))
    assert all(str(link["href"]).removeprefix("#") in ids for link in outline.all("a"))
