"""Reading aloud with the device's own voice. Chromium here has no voice, so a pretended one notes what it is given."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

import build as publishing
from tests.browser.conftest import PHONE
from tests.survey.test_fields import EXAMPLES

pytestmark = pytest.mark.slow
SPEECH = """
window.spoken = [];
window.voices = %s;
class Speech extends EventTarget {
  getVoices() { return voices; }
  speak(part) { spoken.push(part); }
  cancel() { spoken.length = 0; }
}
Object.defineProperty(window, "speechSynthesis", {value: new Speech()});
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
FINNISH = '[{lang: "en-GB", localService: true}, {lang: "fi_FI", localService: true}]'
SPOKEN = "spoken.map(part => part.text)"


def opened(page: Page, address: str, path: str, voices: str) -> None:
    page.add_init_script(SPEECH % voices)
    page.goto(address + path)


@pytest.mark.parametrize("language", ["fi", "fi-simple"])
def test_a_question_is_read_with_its_hint_and_options(language: str, with_script: Page, address: str) -> None:
    """In the voice of the language; pressing again stops, and another question takes over."""
    page = with_script
    opened(page, address, f"{language}/kotokoulutus-v1-start.html", FINNISH)
    question = page.locator("fieldset.q:has(input[type=radio])").first
    button = question.get_by_role("button", name="Lue ääneen")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    options = question.locator("label span").all_inner_texts()
    assert page.evaluate(SPOKEN) == [question.locator("legend").inner_text(), *options]
    assert page.evaluate("spoken.every(part => part.lang === 'fi_FI')")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(SPOKEN) == []
    button.click()
    other = page.locator("#q-_code button, .q:has(#i-_code) button")
    other.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate(SPOKEN) == page.locator(".q:has(#i-_code)").locator("label, .hint").all_inner_texts()
    page.evaluate("spoken[spoken.length - 1].onend()")
    expect(other).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    "voices",
    ["[]", '[{lang: "en-GB", localService: true}]', '[{lang: "fi-FI", localService: false}]'],
    ids=["none", "another language", "a voice on a server"],
)
def test_where_no_voice_of_the_device_speaks_the_language(voices: str, with_script: Page, address: str) -> None:
    """There is no button."""
    opened(with_script, address, "fi/kotokoulutus-v1-start.html", voices)
    expect(with_script.locator("#i-_code")).to_be_visible()
    expect(with_script.locator(".read")).to_have_count(0)


def test_voices_that_come_later(with_script: Page, address: str) -> None:
    """Browsers load them after the page."""
    page = with_script
    opened(page, address, "fi/tyohonvalmennus-v1-end.html", "[]")
    page.evaluate(f"voices = {FINNISH}; speechSynthesis.onvoiceschanged(); speechSynthesis.onvoiceschanged()")
    questions = page.locator("main form .q").count()
    expect(page.locator("main form .read")).to_have_count(questions)


def test_every_type_of_question_is_read_as_it_is_seen(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A scale by its ends, an order without its numbers, a grid once, a list with its options; nothing that is hidden."""
    site = publishing.build(EXAMPLES, tmp_path_factory.mktemp("examples"), drafts=True).site
    (path,) = site.glob("fi/kentat-v1-end--*.html")
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.add_init_script(SPEECH % FINNISH)
    page.goto(path.as_uri())
    spoken = {}
    for name in ("scale", "rank", "grid", "dropdown"):
        page.locator(f"#q-{name} > .read").click()
        spoken[name] = page.evaluate(SPOKEN)
    context.close()
    # The field for own words is hidden until its option is chosen.
    assert spoken == {
        "scale": [
            "Millainen on työkykysi?",
            "Kysymys koskee terveyttä. Siihen ei tarvitse vastata.",
            "0 Huonoin mahdollinen 10 Paras mahdollinen",
            "En halua vastata",
        ],
        "rank": [
            "Mikä on sinulle tärkeintä työssä?",
            "Anna numero 1 ensimmäiselle, 2 toiselle ja niin edelleen. Suurin numero on 2.",
            *("Palkka", "Ihmiset", "Työajat"),
        ],
        "grid": [
            *("Miten hyvin nämä sopivat sinuun?", "Olen hyvällä mielellä."),
            *("Ei lainkaan", "Jonkin verran", "Täysin", "En osaa sanoa", "En tiedä mitä teen."),
        ],
        "dropdown": ["Missä kunnassa asut?", "Valitse luettelosta", "Jämsä", "Keuruu", "Muualla"],
    }
