"""Recordings of questions in a real Chromium, which plays the silent ones of docs/examples/audio: MP3 and AAC."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Response, expect

import build as publishing
from collector.app import Collector, create_app
from collector.serving import served
from collector.settings import Keys, Settings, write_keys
from tests.browser.conftest import PHONE, overflow, violations
from tests.browser.test_reading_aloud import FINNISH, SPEECH, SPOKEN
from tests.survey.test_fields import EXAMPLES

pytestmark = pytest.mark.slow
NAME = "kentat-v1-start--tyohonvalmennus.html"
HEARD = {"fi": ("Kuuntele: Pärjään arjessa.", "mp3", 1.0), "ar": ("استمع: أتدبّر أمور الحياة اليومية.", "m4a", 1.7)}
"""By language: what the recording of the first question is called, what it is, and its length in seconds."""


@pytest.fixture(scope="module")
def examples(tmp_path_factory: pytest.TempPathFactory) -> publishing.Built:
    return publishing.build(EXAMPLES, tmp_path_factory.mktemp("examples"), drafts=True)


@pytest.fixture
def app(examples: publishing.Built, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Collector:
    """The collector with the instruments of docs/examples."""
    folder = tmp_path_factory.mktemp("collector")
    write_keys(folder / "keys.json", keys)
    store = f"sqlite:{folder / 'store.sqlite'}"
    secrets = folder / "keys.json"
    return create_app(
        Settings(bundle=examples.bundle, site=examples.site, store=store, secrets=secrets, port=0, drafts=True)
    )


@pytest.fixture
def there(app: Collector) -> Iterator[str]:
    with served(app) as address:
        yield address


def sounds(page: Page) -> list[Response]:
    """What the page fetches of recordings, from now on."""
    found: list[Response] = []
    page.on("response", lambda answer: found.append(answer) if answer.url.endswith((".mp3", ".m4a")) else None)
    return found


def player(page: Page, language: str) -> Locator:
    found = page.locator("#q-likert > audio")
    expect(found).to_have_attribute("aria-label", HEARD[language][0])
    return found


def length(audio: Locator) -> float:
    """In seconds, once it has been heard to its end."""
    expect(audio).to_have_js_property("ended", True)
    duration, heard = audio.evaluate("audio => [audio.duration, audio.currentTime]")
    assert heard == duration
    return float(duration)


@pytest.mark.parametrize("language", HEARD)
def test_a_recording_is_heard(language: str, there: str, without_script: Page, browser: Browser) -> None:
    """Without JavaScript: from its place under the question, by keyboard, with nothing loaded before; no rule is broken."""
    page = without_script
    fetched = sounds(page)
    page.goto(f"{there}{language}/{NAME}")
    audio = player(page, language)
    assert page.locator("#q-likert > legend + audio").count() == 1
    assert fetched == [] and audio.evaluate("audio => [audio.readyState, audio.paused]") == [0, True]
    box = audio.bounding_box()
    assert box and box["width"] == PHONE["width"] - 36 and box["height"] >= 44
    assert overflow(page) <= 0
    audio.focus()
    page.keyboard.press("Space")
    assert length(audio) == pytest.approx(HEARD[language][2], abs=0.15)
    assert {(answer.status, answer.header_value("content-type")) for answer in fetched} == {
        (206, {"mp3": "audio/mpeg", "m4a": "audio/mp4"}[HEARD[language][1]])
    }
    assert violations(browser, page.content(), page.url) == []


def test_languages_without_a_recording(there: str, without_script: Page) -> None:
    """The question is as it is without any."""
    without_script.goto(f"{there}en/{NAME}")
    expect(without_script.locator("#q-likert")).to_be_visible()
    expect(without_script.locator("#q-likert audio")).to_have_count(0)


def test_recordings_are_not_printed_and_can_be_seen_in_forced_colours(there: str, without_script: Page) -> None:
    """On paper nothing can be pressed."""
    page = without_script
    page.goto(f"{there}fi/{NAME}")
    page.emulate_media(forced_colors="active")
    expect(player(page, "fi")).to_be_visible()
    page.emulate_media(media="print", forced_colors="none")
    expect(player(page, "fi")).to_be_hidden()


@pytest.mark.parametrize("width", [320, 1000])
def test_a_row_of_a_grid_is_heard(width: int, there: str, without_script: Page) -> None:
    """Under its own words, and beside its answers where they stand in columns."""
    page = without_script
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{there}fi/{NAME}")
    row = page.locator("#q-grid_mood")
    audio, legend, steps = (row.locator(each).bounding_box() for each in ("audio", "legend", ".steps"))
    assert audio and legend and steps
    assert audio["y"] >= legend["y"] + legend["height"] - 1 and overflow(page) <= 0
    if width == 320:
        assert steps["y"] >= audio["y"] + audio["height"]
    else:
        assert audio["x"] + audio["width"] <= steps["x"] and steps["y"] < audio["y"] + audio["height"]
    row.locator("audio").focus()
    page.keyboard.press("Space")
    assert length(row.locator("audio")) == pytest.approx(2.0, abs=0.15)


def test_one_voice_at_a_time(there: str, with_script: Page) -> None:
    """A recorded question has no button of the browser's voice; whatever starts stops the rest."""
    page = with_script
    page.add_init_script(SPEECH % FINNISH)
    page.goto(f"{there}fi/{NAME}")
    expect(page.locator("#q-single > .read")).to_be_visible()
    expect(page.locator("#q-likert > .read")).to_have_count(0)
    # A grid whose row is recorded has its button: nobody has read its question.
    expect(page.locator("#q-grid > .read")).to_be_visible()
    first, second = page.locator("#q-likert > audio"), page.locator("#q-grid_mood > audio")
    for audio in (first, second):
        audio.evaluate("audio => { audio.loop = true; }")
    button = page.locator("#q-single > .read")
    button.click()
    assert page.evaluate(SPOKEN) != []
    first.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(SPOKEN) == []
    expect(first).to_have_js_property("paused", False)
    second.focus()
    page.keyboard.press("Space")
    expect(first).to_have_js_property("paused", True)
    expect(second).to_have_js_property("paused", False)
    button.click()
    expect(second).to_have_js_property("paused", True)
    assert page.evaluate(SPOKEN) != []
