"""Paper forms, interviews and codebooks: everything that is asked stands in them, in every language."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from exchange import codebook, interview, paper
from exchange.context import Context
from exchange.interview import Script
from exchange.loss import Converted, ExchangeError
from exchange.papers import papers
from survey.model import Instrument, meaning
from survey.variables import FIXED, formula, variables
from tests.browser.conftest import AXE_OPTIONS
from tests.exchange.exporting import INSTRUMENTS, check_losses, context, entries, instrument, languages

EVERY = [pytest.param(False, id="first"), pytest.param(True, id="all", marks=pytest.mark.slow)]
NO_QUESTIONS = ("note", "hidden", "calculated")


class _Text(HTMLParser):
    """The words of a page, without its style."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.style = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.style = False
        if tag in ("dt", "dd", "th", "td", "li", "p"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self.style:
            self.parts.append(data)


def text(page: bytes) -> str:
    """The words of a page, with single spaces."""
    parser = _Text()
    parser.feed(page.decode())
    return re.sub(r"\s+", " ", "".join(parser.parts))


def asked(one: Instrument, wave: str) -> list[str]:
    """The ids of the questions of a wave, as papers show them."""
    return [item.id for item in one.items(wave) if item.type not in NO_QUESTIONS]


# --- paper -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("id", INSTRUMENTS)
def test_a_paper_form_has_every_question(id: str, every: bool) -> None:
    """Each wave and language has a form with each question's words, id and options' values, and nothing to fetch."""
    one, given = instrument(id), context(id, languages=languages(id, every))
    converted = paper.write(one, given)
    check_losses(id, converted)
    sheets = list(papers(one, given))
    assert list(converted.files) == [f"{name}.html" for name, _ in sheets]
    for name, sheet in sheets:
        page = converted.files[f"{name}.html"]
        said = text(page)
        for question in asked(one, sheet.wave or ""):
            item = sheet.worded.item(question)
            assert re.sub(r"\s+", " ", item.text[sheet.language]).strip() in said, f"{name}: {question}"
            assert f"<code>{question}</code>" in page.decode()
        assert not re.search(rb"<(script|link|img src=\"(?!data:))|url\(", page)


def test_a_paper_form_numbers_questions_and_says_whom_they_are_for() -> None:
    """Questions are numbered in order, rows of grids by letters, and a condition names its question by its number."""
    one, given = instrument("kentat"), context("kentat", languages=("en",), waves=("end",))
    ((_, sheet),) = papers(one, given)
    numbers = sheet.numbers
    assert [numbers[id] for id in ("likert", "likert_then", "single", "grid", "grid_mood", "grid_plans", "rank")] == [
        "1", "2", "3", "8", "8a", "8b", "9",
    ]  # fmt: skip
    said = text(next(iter(paper.write(one, given).files.values())))
    assert "Answer this only if: you answered “20. I may be invited to an interview”." in said
    assert "Weekly pay" not in said


def test_a_paper_form_of_a_coach_or_an_employer_has_its_own_words() -> None:
    """What only clients are told is not on the employers' paper, which asks for no code."""
    one, given = instrument("tyonantajapalaute"), context("tyonantajapalaute", languages=("en",))
    for page in paper.write(one, given).files.values():
        said = text(page)
        assert "Your code" not in said
        assert "Answering is voluntary. It does not affect your benefits" not in said
        assert "Answering is voluntary." in said


@pytest.mark.parametrize("write", [paper.write, interview.write])
def test_what_is_printed_of_a_draft_says_so(write: Callable[[Instrument, Context], Converted]) -> None:
    """Whoever prints a version that is not locked sees that its words may still change; a locked one says nothing."""
    one, given = instrument("valipalaute"), context("valipalaute", languages=("fi",))
    locked = dataclasses.replace(given, library=dataclasses.replace(given.library, drafts=()))
    for draft, marked in ((given, True), (locked, False)):
        pages = [page for name, page in write(one, draft).files.items() if name.endswith(".html")]
        assert pages and all(("Luonnos – vastaukset ovat vain kokeilua." in text(page)) is marked for page in pages)


def test_large_print_is_larger() -> None:
    """With large print the form says so to its style sheet, and else it is the same."""
    one = instrument("palvelupalaute")
    small, large = (
        next(iter(paper.write(one, context("palvelupalaute", languages=("fi",), large=size)).files.values()))
        for size in (False, True)
    )
    assert small.decode().replace("<body>", '<body class="large">') == large.decode()


@pytest.mark.parametrize("write", [paper.write, interview.write])
def test_papers_for_the_desk_ask_for_the_number_in_place_of_the_code(
    write: Callable[[Instrument, Context], Converted],
) -> None:
    """In every language: room for the number on the slip and the day, and nowhere a code to write; what is asked of
    employers, who have no number, stays as it is."""
    one, given = instrument("palvelupalaute"), context("palvelupalaute")
    desk = dataclasses.replace(given, by_number=True)
    for (name, page), by_code in zip(write(one, desk).files.items(), write(one, given).files.values(), strict=True):
        say = dataclasses.replace(next(sheet for _, sheet in papers(one, desk)), language=name.split(".")[2]).say
        said, before = text(page), text(by_code)
        for sentence in ("Number on the slip", "Day of answering"):
            assert say(sentence) in said and say(sentence) not in before, name
        for sentence in ("Your code" if write is paper.write else "Code of the person interviewed", "Address"):
            assert say(sentence) in before and say(sentence) not in said, name
        assert given.library.site.address not in said and given.library.site.address in before
    employers = instrument("tyonantajapalaute")
    assert "Number on the slip" not in text(next(iter(write(employers, desk).files.values())))


def test_what_a_paper_form_cannot_say() -> None:
    """What the collector checks, what is worked out and what is for analysts alone is reported."""
    found = entries(paper.write, "kentat")
    assert found["calculated calculated"] == (
        "left", "It is worked out from other answers when they have been entered.",
    )  # fmt: skip
    assert found["dropdown dropdown"] == ("changed", "All options of the closed list are printed.")
    assert found["dimension coping"] == ("left", "Answers on paper are scored when they have been entered.")
    assert found["multiple multiple"] == ("came", "")


def test_a_paper_form_and_an_interview_tell_the_same_of_what_is_only_done_when_answers_are_entered() -> None:
    """Both are entered on the page later; the form alone has nobody to remind of an answer, and prints long lists."""
    form, script = entries(paper.write, "kentat"), entries(interview.write, "kentat")
    told = {what for what in form if form[what] != script[what]}
    assert told == {"likert likert", "single single", "dropdown dropdown"}
    assert form["likert likert"] == (
        "changed", "Nothing reminds of an answer that was left out. Recordings of it are left out; its words stand.",
    )  # fmt: skip
    assert script["row grid_mood"] == form["row grid_mood"] == (
        "changed", "Recordings of it are left out; its words stand.",
    )  # fmt: skip
    assert form["dropdown dropdown"] == ("changed", "All options of the closed list are printed.")
    assert script["hidden hidden"] == (
        "changed", "Its value stands in the box for the person who enters the answers.",
    )  # fmt: skip
    assert script["integer integer"] == ("changed", "Its limits are checked when the answers are entered.")


def test_languages_without_words_are_reported() -> None:
    """A language that the interface does not speak has no paper; that is said, and nothing else is lost."""
    given = dataclasses.replace(
        context("kentat"), papers=lambda tag: context("kentat").papers(tag) if tag == "fi" else {}
    )
    converted = paper.write(instrument("kentat"), given)
    assert all(".fi." in name for name in converted.files)
    (found,) = [loss for loss in converted.losses if loss.what == "languages"]
    assert (found.kind, found.why) == (
        "changed", "There are no interface words in en, ar, so there is no paper in them.",
    )  # fmt: skip


@pytest.mark.parametrize("write", [paper.write, interview.write])
def test_nothing_to_print_is_an_error(write: object) -> None:
    """A wave that the instrument does not have leaves nothing to write, and the message says what there is."""
    with pytest.raises(ExchangeError) as caught:
        write(instrument("kentat"), context("kentat", waves=("middle",)))  # type: ignore[operator]
    assert str(caught.value).endswith(
        "of kentat@1 in the languages and at the waves that were asked for. "
        "It has the languages fi, en, ar and the waves start, end."
    )


# --- interviews ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("id", INSTRUMENTS)
def test_an_interview_reads_every_question(id: str, every: bool) -> None:
    """Each script has each question's words and every option's value, as a page and as plain text."""
    one, given = instrument(id), context(id, languages=languages(id, every))
    converted = interview.write(one, given)
    check_losses(id, converted)
    for name, sheet in papers(one, given):
        page, plain = (converted.files[f"{name}.interview.{ending}"] for ending in ("html", "txt"))
        said, lines = text(page), re.sub(r"\s+", " ", plain.decode())
        for question in asked(one, sheet.wave or ""):
            item = sheet.worded.item(question)
            words = re.sub(r"\s+", " ", item.text[sheet.language]).strip()
            assert words in said and words in lines, f"{name}: {question}"
            for option in sheet.options(item):
                assert f"[ ] {option.value} {option.label[sheet.language]}" in lines, f"{name}: {question}"
        assert "&#" not in plain.decode() and "<" not in plain.decode()


def script(id: str, wave: str) -> Script:
    """The English script of an instrument at a wave."""
    _name, sheet = next(iter(papers(instrument(id), context(id, languages=("en",), waves=(wave,)))))
    return Script(**{f.name: getattr(sheet, f.name) for f in dataclasses.fields(sheet)})


def test_an_interview_says_where_to_go_next() -> None:
    """An answer that makes the next questions fall away leads past them; one that does not needs no words."""
    followup = script("asiakasmuutosmittari", "followup_6")
    item = followup.worded.item("work_now")
    routes = {option.value: followup.route(item, option) for option in followup.options(item)}
    asked_if = next(i for i in followup.worded.items("followup_6") if i.show_if and "work_now" in i.show_if)
    after = str(int(followup.numbers[asked_if.id]) + 1)
    assert routes["employed"] == routes["self_employed"] == ""
    assert routes["not_working"] == routes["work_trial"] == after
    assert followup.route(item, None) == after


def test_cards_show_each_scale_once_and_no_way_out() -> None:
    """Questions of one scale share a card; options that are no answer are on none."""
    end = script("kentat", "end")
    assert [end.card(end.worded.item(id)) for id in ("likert", "likert_then", "single", "yes_no", "scale")] == [
        1, 1, 2, 0, 4,
    ]  # fmt: skip
    assert [option.label["en"] for option in end.cards[0].options] == ["Not at all", "Somewhat", "Completely"]
    assert (end.cards[3].low, end.cards[3].high) == ("The worst possible", "The best possible")


# --- codebooks -------------------------------------------------------------------------------------------------------


def table(data: bytes) -> list[dict[str, str]]:
    """The rows of a CSV file, as spreadsheets read it."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("id", INSTRUMENTS)
def test_a_codebook_has_every_variable(id: str, every: bool) -> None:
    """Each variable, value and dimension stands in the tables and in the page of each language, with the digests."""
    one, tags = instrument(id), languages(id, every)
    converted = codebook.write(one, context(id, languages=tags))
    check_losses(id, converted)
    rows = table(converted.files[f"{id}.v1.variables.csv"])
    assert [row["variable"] for row in rows if row["in_dataset"] == "yes"] == [v.name for v in variables(one)]
    assert {row["item"] for row in rows} == {item.id for item in one.items()}
    assert [row["dimension"] for row in table(converted.files[f"{id}.v1.dimensions.csv"])] == list(one.dimensions)
    assert {row["language"]: row["meaning"] for row in table(converted.files[f"{id}.v1.languages.csv"])} == {
        tag: meaning(one, tag) for tag in one.languages
    }
    for tag in tags:
        page = converted.files[f"{id}.v1.codebook.{tag}.html"].decode()
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        assert {f"v-{item.id}" for item in one.items()} | {f"d-{d}" for d in one.dimensions} <= set(ids)
        assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
        assert all(meaning(one, other) in page for other in one.languages)


def test_a_codebook_tells_all_of_a_variable() -> None:
    """A page says the condition in words, the range, the unit, the legal ground and why a value is no answer."""
    said = text(
        codebook.write(instrument("kentat"), context("kentat", languages=("en",))).files["kentat.v1.codebook.en.html"]
    )
    for part in (
        "Asked only if your answer to “3. Are you working now?” is “Full time” or “Part time” or “Something else”",
        "Range 1 – 60",
        "Unit hours a week",
        "Sensitive GDPR 9(2)(g)",
        "Calculated as round(integer * decimal)",
        "None: contact details are in no dataset",
        "Does not know",
        "coping = 100 × mean((likert − 1) / 2, (grid_mood − 1) / 2, (3 − grid_plans) / 2)",
        "2 of 3; the mean is of those given",
        "Time asked about Before the service; reported apart",
    ):
        assert part in said, part


def test_a_formula_starts_from_the_low_end_of_the_range() -> None:
    """A dimension from 1 to 5 adds one; options with scores count by them."""
    one = instrument("kentat")
    changed = dataclasses.replace(one.dimensions["before"], range=(1.0, 5.0), items=("scored",))
    scored = dataclasses.replace(one, dimensions={"before": changed})
    assert formula(scored, "before") == "before = 1 + 4 × mean(score(scored) / 4.5)"


def test_cells_are_no_formulas() -> None:
    """A text that begins like a formula is quoted, so that no spreadsheet works it out."""
    one = instrument("kentat")
    title = dict.fromkeys(one.languages, "=1+1")
    changed = dataclasses.replace(one, title=title)
    rows = table(codebook.write(changed, context("kentat", languages=("fi",))).files["kentat.v1.languages.csv"])
    assert {row["title"] for row in rows} == {"'=1+1"}


# --- in a browser ----------------------------------------------------------------------------------------------------


def pages(id: str, tag: str) -> dict[str, bytes]:
    """Every page of one language that is made of an instrument."""
    given = context(id, languages=(tag,))
    found: dict[str, bytes] = {}
    for write in (paper.write, interview.write, codebook.write):
        found |= {name: data for name, data in write(instrument(id), given).files.items() if name.endswith(".html")}
    return found


@pytest.mark.slow
@pytest.mark.parametrize("tag", ["fi", "ar"])
@pytest.mark.parametrize("id", ["kotokoulutus", "palvelupalaute", "kentat"])
def test_papers_in_a_browser(browser: Browser, tmp_path: Path, id: str, tag: str) -> None:
    """No rule of axe is broken, and no page is wider than a phone."""
    wrong = []
    opened = browser.new_page(viewport={"width": 390, "height": 800})
    for name, data in pages(id, tag).items():
        (tmp_path / name).write_bytes(data)
        opened.goto((tmp_path / name).as_uri())
        if (wider := opened.evaluate("document.documentElement.scrollWidth")) > 390:
            wrong.append(f"{name}: {wider} px wide")
        violations = Axe().run(opened, options=AXE_OPTIONS).response["violations"]
        wrong += [f"{name}: {v['id']} {v['nodes'][0]['html'][:120]}" for v in violations]
    opened.close()
    assert wrong == []


CUT = """
[...document.querySelectorAll('.q:not(.long), .card, .frame')].filter(part => {
  const height = part.getBoundingClientRect().height;
  return height > %d;
}).map(part => part.id || part.className)
"""


@pytest.mark.slow
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("tag", ["fi", "ar"])
@pytest.mark.parametrize("id", ["kotokoulutus", "palvelupalaute", "kentat"])
def test_a_paper_form_prints_on_a4(browser: Browser, tmp_path: Path, id: str, tag: str, large: bool) -> None:
    """Every question fits on a page, as wide as the paper's text, and the pages are A4 and few."""
    opened = browser.new_page(viewport={"width": 672, "height": 900})  # 210 mm less the margins, at 96 dpi
    opened.emulate_media(media="print")
    given = context(id, languages=(tag,), large=large)
    for name, data in paper.write(instrument(id), given).files.items():
        (tmp_path / name).write_bytes(data)
        opened.goto((tmp_path / name).as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= 672, name
        assert opened.evaluate(CUT % 990) == [], name  # 297 mm less the margins
        pdf = opened.pdf(prefer_css_page_size=True)
        boxes = re.findall(rb"/MediaBox\s*\[([\d. ]+)\]", pdf)
        assert {tuple(round(float(n)) for n in box.split()) for box in boxes} == {(0, 0, 595, 842)}
        assert len(boxes) <= (14 if large else 7), f"{name}: {len(boxes)} pages"
    opened.close()


def test_the_fixed_columns_are_named_once() -> None:
    """No item's column has the name of one that every row has."""
    for id in INSTRUMENTS:
        assert not {variable.name for variable in variables(instrument(id))} & set(FIXED)
