"""`show_if` in a real browser: what Chromium computes from the style sheet is what Python evaluates."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from build import read_messages
from survey import logic
from survey.model import Instrument, Item, Library, Option, Row, Section, condition
from survey.pages import Assets, QuestionPage, questionnaire
from survey.reading import read_library

pytestmark = pytest.mark.slow
EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
TEXT = {"fi": "Kysymys"}
INSTRUMENTS, ANSWERS = 60, 8


def options(rng: random.Random, *, missing: bool = True) -> tuple[Option, ...]:
    values: list[int | str] = [1, 2, 3] if rng.random() < 0.5 else ["a", "b", "c"]
    made = [Option(value=value, label={"fi": f"vaihtoehto {value}"}) for value in values]
    if missing and rng.random() < 0.5:
        made.append(Option(value="na", label={"fi": "ei koske"}, missing="not_applicable"))
    return tuple(made)


def random_item(rng: random.Random, id: str) -> Item:
    kind = rng.choice(
        ["single", "likert", "dropdown", "multiple", "yes_no", "scale", "consent", "hidden", "grid", "integer"]
    )
    bare = Item(id=id, type=kind, text=TEXT)  # type: ignore[arg-type]
    if kind in ("single", "likert", "dropdown", "multiple"):
        return dataclasses.replace(bare, options=options(rng))
    if kind == "scale":
        return dataclasses.replace(bare, minimum=0, maximum=4, low=TEXT, high=TEXT)
    if kind == "hidden":
        return dataclasses.replace(bare, value="paper", options=(Option(value="sms", label=TEXT),))
    if kind == "grid":
        rows = (Row(id=f"{id}a", text=TEXT), Row(id=f"{id}b", text=TEXT))
        return dataclasses.replace(bare, rows=rows, options=options(rng))
    return bare


def random_test(rng: random.Random, instrument: Instrument, controller: Item) -> str:
    """A comparison that `check` would pass, and that some answers make true."""
    if rng.random() < 0.2:
        return f"answered({controller.id})"
    if controller.type == "integer":
        return f"{controller.id} {rng.choice(['<', '>=', '=='])} {rng.randint(0, 5)}"
    if controller.type == "consent":
        return f"{controller.id} == 'yes'"
    if controller.type == "hidden":
        return f"{controller.id} {rng.choice(['==', '!='])} '{rng.choice(['sms', 'paper'])}'"
    values = [option.value for option in instrument.options(controller)]
    value = repr(rng.choice(values))
    if rng.random() < 0.3:
        return f"{controller.id} {rng.choice(['in', 'not in'])} [{value}, {rng.choice(values)!r}]"
    signs = ["==", "!="]
    if controller.type != "multiple" and all(isinstance(one, int) for one in values):
        signs += ["<", "<=", ">", ">="]
    return f"{controller.id} {rng.choice(signs)} {value}"


def random_condition(rng: random.Random, instrument: Instrument, earlier: list[Item], depth: int = 0) -> str:
    if depth > 1 or rng.random() < 0.5:
        return random_test(rng, instrument, rng.choice(earlier))
    if rng.random() < 0.3:
        return f"not ({random_condition(rng, instrument, earlier, depth + 1)})"
    parts = [random_condition(rng, instrument, earlier, depth + 1) for _ in range(2)]
    return f"({parts[0]}) {rng.choice(['and', 'or'])} ({parts[1]})"


def random_instrument(rng: random.Random) -> Instrument:
    """Three sections of questions, most of which depend on earlier ones, chained; and some sections that do."""
    instrument = Instrument(
        instrument="satunnainen", version=1, languages=("fi",), title=TEXT, waves=("start",), sections=()
    )
    for number in range(3):
        earlier = list(instrument.items())
        asked: list[Item] = []
        show_if = random_condition(rng, instrument, earlier) if earlier and rng.random() < 0.5 else None
        for n in range(4):
            item = random_item(rng, f"q{number}{n}")
            if earlier and item.type != "hidden" and rng.random() < 0.7:
                item = dataclasses.replace(item, show_if=random_condition(rng, instrument, earlier))
            asked.append(item)
            section = Section(title=TEXT, show_if=show_if, items=tuple(asked))
            instrument = dataclasses.replace(instrument, sections=(*instrument.sections[:number], section))
            earlier = list(instrument.items())
    return instrument


def random_answers(rng: random.Random, instrument: Instrument) -> dict[str, object]:
    """What stands in each field, also in those that are hidden: answers left behind."""
    given: dict[str, object] = {}
    for item in instrument.items():
        values = [option.value for option in instrument.options(item)]
        if item.type == "hidden":
            given[item.id] = rng.choice(["paper", "sms"])
        elif rng.random() < 0.3:
            continue
        elif item.type == "multiple":
            given[item.id] = [value for value in values if rng.random() < 0.5]
        elif item.type == "consent":
            given[item.id] = "yes"
        elif item.type == "integer":
            given[item.id] = rng.randint(0, 5)
        else:
            given[item.id] = rng.choice(values)
    return given


def meant(instrument: Instrument, given: dict[str, object]) -> dict[str, object]:
    """The answers as the collector reads them: an option with a reason to be absent is none."""
    reasons = {(item.id, o.value) for item in instrument.items() for o in instrument.options(item) if o.missing}
    found: dict[str, object] = {}
    for id, answer in given.items():
        if isinstance(answer, list):
            found[id] = [value for value in answer if (id, value) not in reasons]
        elif (id, answer) not in reasons:
            found[id] = answer
    return found


FILL = """(given) => {
  document.querySelector("form").reset();
  for (const field of document.querySelectorAll("input[type=hidden]"))
    if (field.name in given) field.value = given[field.name];
  for (const field of document.querySelectorAll("input[type=radio],input[type=checkbox]")) {
    const [id] = field.name.split("."), answer = given[id];
    field.checked = Array.isArray(answer) ? answer.map(String).includes(field.value) : String(answer) === field.value;
  }
  for (const field of document.querySelectorAll("select,input[type=text]"))
    if (field.name in given) field.value = given[field.name];
  const shown = {}, sentences = {};
  for (const element of document.querySelectorAll("[id^='q-']")) {
    const id = element.id.slice(2), when = element.querySelector(":scope > .when");
    shown[id] = element.checkVisibility();
    if (when) sentences[id] = getComputedStyle(when).display !== "none";
  }
  return {shown, sentences};
}"""


@pytest.fixture(scope="module")
def library() -> Library:
    read = read_library(EXAMPLES)
    assert read.library is not None, read.problems
    return read.library


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(bypass_csp=True)
    yield context.new_page()
    context.close()


def opened(page: Page, library: Library, instrument: Instrument, css: str) -> None:
    """Shows the questionnaire as it is published, with these rules of style in the place of its own."""
    assets = Assets(style="", script="")
    html = questionnaire(
        QuestionPage(
            library=library,
            language="fi",
            messages=read_messages("fi"),
            assets=assets,
            instrument=instrument,
            wave="start",
        )
    )
    own = f"<style>{logic.css(instrument)}</style>"
    assert own in html
    page.set_content(html.replace(own, f"<style>{css}</style>"))


def expected(instrument: Instrument, given: dict[str, object]) -> tuple[dict[str, bool], dict[str, bool]]:
    """For each question its visibility, and for each conditional one whether its sentence stands there."""
    asked = logic.asked(instrument, "start", meant(instrument, given))
    visible: dict[str, bool] = {}
    sentences: dict[str, bool] = {}
    for section in instrument.sections:
        there = section.show_if is None or not css_sees(instrument, section.show_if)
        there = there or logic.holds(logic.closed(instrument, section.show_if or ""), asked)
        for item in section.items:
            if item.type == "hidden":
                continue
            ids = [item.id, *(row.id for row in item.rows)]
            text = condition(section, item)
            sees = text is not None and css_sees(instrument, text)
            for id in ids:
                visible[id] = there and (not sees or item.show_if is None or ids[-1] in asked)
            if item.show_if is not None:
                sentences[item.id] = not sees
    return visible, sentences


def css_sees(instrument: Instrument, text: str) -> bool:
    return logic.visible_to_css(instrument, logic.closed(instrument, text))


@pytest.mark.parametrize("seed", range(INSTRUMENTS))
def test_chromium_shows_what_python_evaluates(seed: int, page: Page, library: Library) -> None:
    """Random instruments and answers, chained conditions and conditional sections; answers are left in hidden fields."""
    rng = random.Random(seed)
    instrument = random_instrument(rng)
    opened(page, library, instrument, logic.css(instrument))
    for _ in range(ANSWERS):
        given = random_answers(rng, instrument)
        found = page.evaluate(FILL, given)
        visible, sentences = expected(instrument, given)
        assert found["shown"] == visible, (given, logic.css(instrument))
        assert found["sentences"] == sentences


HELD = [(0, "=="), (1, "!=")]


def chained_instrument(rng: random.Random) -> Instrument:
    """Sections of questions of which each names the two before it, in one of several ways."""
    items = [Item(id="q0", type="single", text=TEXT, options=options(rng, missing=False))]
    while len(items) < 40:
        # All hold where the first option is chosen everywhere.
        tests = [f"{one.id} {sign} {one.options[n].value!r}" for one in items[-2:] for n, sign in [rng.choice(HELD)]]
        show_if = f" {rng.choice(['and', 'and', 'or'])} ".join(tests)
        items.append(dataclasses.replace(items[0], id=f"q{len(items)}", options=options(rng), show_if=show_if))
    sections = [Section(title=TEXT, items=tuple(items[at : at + 10])) for at in range(0, 40, 10)]
    sections[2] = dataclasses.replace(sections[2], show_if=items[5].show_if)
    return Instrument(
        instrument="ketju", version=1, languages=("fi",), title=TEXT, waves=("start",), sections=tuple(sections)
    )


@pytest.mark.parametrize("seed", range(6))
def test_chromium_shows_what_python_evaluates_of_a_long_chain(seed: int, page: Page, library: Library) -> None:
    """Where each question names the two before it, the style sheet stays small and the answers stay equal."""
    rng = random.Random(seed)
    instrument = chained_instrument(rng)
    css = logic.css(instrument)
    assert len(css) < 20_000
    opened(page, library, instrument, css)
    seen = set()
    for _ in range(ANSWERS):
        # A long way down: most answers are those that the conditions name.
        given = random_answers(rng, instrument) | {item.id: item.options[0].value for item in instrument.items()}
        given |= {item.id: rng.choice(item.options).value for item in rng.sample(list(instrument.items()), 2)}
        found = page.evaluate(FILL, given)
        visible, _sentences = expected(instrument, given)
        assert found["shown"] == visible, (given, css)
        seen.add(sum(visible.values()))
    assert len(seen) > 1


def test_the_random_instruments_reach_every_case() -> None:
    """Each type is a controller, chains are three deep, and conditions hold and do not."""
    controllers, depths, outcomes = set(), set(), set()

    def depth(instrument: Instrument, item: Item) -> int:
        above = [instrument.item(id) for id in logic.named(logic.parse(item.show_if))] if item.show_if else []
        return 1 + max((depth(instrument, one) for one in above), default=0) if above else 0

    for seed in range(INSTRUMENTS):
        rng = random.Random(seed)
        instrument = random_instrument(rng)
        for item in instrument.items():
            depths.add(depth(instrument, item))
            if item.show_if:
                tree = logic.closed(instrument, item.show_if)
                controllers |= {instrument.item(id).type for id in logic.named(tree)}
                answers = meant(instrument, random_answers(rng, instrument))
                outcomes.add(logic.holds(tree, answers))
    assert controllers == {
        "single", "likert", "dropdown", "multiple", "yes_no", "scale", "consent", "hidden", "integer",
    }  # fmt: skip
    assert outcomes == {True, False} and max(depths) >= 3


def test_a_wrong_rule_would_be_seen(page: Page, library: Library) -> None:
    """The comparison is not blind: with one comparison turned round in the style sheet, the browser differs."""
    rng = random.Random(3)
    differing = 0
    for _ in range(10):
        instrument = random_instrument(rng)
        opened(page, library, instrument, logic.css(instrument).replace(":not(:has(", ":is(:has(", 1))
        for _ in range(ANSWERS):
            given = random_answers(rng, instrument)
            differing += page.evaluate(FILL, given)["shown"] != expected(instrument, given)[0]
    assert differing > 0


def test_where_has_is_unknown_every_question_shows_with_its_sentence(page: Page, library: Library) -> None:
    """A browser that does not know `:has()` skips the whole block."""
    rng = random.Random(5)
    instrument = random_instrument(rng)
    css = logic.css(instrument)
    assert css.startswith("@supports selector(:has(a)){") and css.count("@supports") == 1
    opened(page, library, instrument, css.replace("selector(:has(a))", "selector(:unknown-to-it(a))"))
    found = page.evaluate(FILL, random_answers(rng, instrument))
    assert all(found["shown"].values()) and found["sentences"] and all(found["sentences"].values())
