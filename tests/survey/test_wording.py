"""Which wording is worth a look: few false alarms, in three languages; and how long answering takes."""

from __future__ import annotations

import dataclasses

import pytest

from survey.model import Instrument, Item, Option, Row, Section
from survey.wording import estimated_minutes, joined, negation

TWO_THINGS = {
    "fi": [
        "Nukun hyvin ja syön säännöllisesti.",
        "Ohjaaja kuunteli minua ja otti toiveeni huomioon.",
        "Tiedän, mistä saan apua tai keneltä voin kysyä.",
        "Haen työtä aktiivisesti, mutta en löydä sopivia paikkoja.",
        "Minulla on selvä tavoite sekä suunnitelma sen saavuttamiseksi.",
        "Tunnen ihmisiä, joilta voin kysyä työpaikoista tai pyytää suositusta.",
    ],
    "sv": [
        "Jag sover gott varje natt och jag äter regelbundet.",
        "Handledaren lyssnade på mig och tog hänsyn till mina önskemål.",
        "Jag söker jobb varje vecka men jag hittar inget som passar.",
    ],
    "en": [
        "I sleep well and I eat regular meals.",
        "My coach listened to me and took my wishes into account.",
        "I look for jobs every week, but I cannot find any that suit me.",
        "How satisfied are you with the contents and the quality of the service?",
    ],
}
ONE_THING = {
    "fi": [
        "Sain riittävästi ohjausta ja tukea.",
        "Esimerkiksi hakemukset, laskut ja ilmoitukset.",
        "Osaan lukea ja kirjoittaa suomea hyvin.",
        "Tiedän, mitä oikeuksia ja velvollisuuksia minulla on.",
        "Osaan sovittaa yhteen työn ja perheen tarpeet.",
        "Minulla on aikaa työhön tai opiskeluun joka arkipäivä.",
        "Pystyn enemmän tai vähemmän vaikuttamaan siihen, mitä teen.",
        "Jaksan, ja jatkan.",
        "Tiedän, mitä haluan oppia seuraavaksi.",
        "Jatkan tai keskeytän.",
    ],
    "sv": [
        "Jag fick tillräckligt med handledning och stöd.",
        "Jag ligger och tänker på jobbet på nätterna.",
        "Jag kan läsa och skriva på svenska utan hjälp.",
        "Det är för mig svårt eller lätt att tala svenska.",
        "Jag har en balans mellan mitt arbete och mitt liv med familjen.",
        "Jag vet vad jag ska göra härnäst.",
    ],
    "en": [
        "I got enough guidance and support.",
        "Is it hard or easy for you to speak Finnish in a shop?",
        "I know my rights and duties as a jobseeker in Finland.",
        "I can find a balance between my own time and my work.",
        "I know sooner or later that I can do it.",
        "Do you feel that your family and friends support you?",
        "I can phone, write or visit.",
    ],
    "ru": ["Я сплю хорошо и ем регулярно."],
}
NEGATIVE = {
    "fi": ["En osaa hakea työtä.", "Palvelu ei auttanut minua.", "Asiani jäävät hoitamatta.", "Eikö sinua kuunneltu?"],
    "fi-simple": ["He eivät auttaneet minua."],
    "sv": ["Jag sover inte gott.", "Ingen lyssnade på mig.", "Jag blir aldrig klar."],
    "en": ["I do not sleep well.", "I don’t sleep well.", "Nobody listened.", "I can't cope.", "I never finish."],
    "uk": ["Я не сплю добре."],
    "ru": ["Мне никто не помог."],
    "ar": ["لا أنام جيدًا."],
}
POSITIVE = {
    "fi": [
        "Sain mitä tarvitsin siitä huolimatta.",
        "Tunnen mahdollisuuteni ja terveyttäni edistävät asiat.",
        "Se on totta.",
        "Menetteleekö se?",
        "Sain ei vain ohjeita.",
        "Ennen kesää eteni uutta matkaa.",
    ],
    "sv": ["Jag fick inte bara råd utan också stöd.", "Jag når mitt mål.", "Ingenjörens råd hjälpte."],
    "en": ["I got not only advice but help.", "I know now.", "I noticed a change.", "I can do it no matter what."],
    "so": ["Waan ku faraxsanahay ma jirto."],
}


def pairs(sentences: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in sentences.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), pairs(TWO_THINGS))
def test_two_things_at_once(language: str, text: str) -> None:
    """Two clauses or longer parts that a word joins."""
    assert joined(text, language) is not None


@pytest.mark.parametrize(("language", "text"), pairs(ONE_THING))
def test_one_thing(language: str, text: str) -> None:
    """Pairs of words, fixed pairs, lists and languages without a word list are left alone."""
    assert joined(text, language) is None


@pytest.mark.parametrize(("language", "text"), pairs(NEGATIVE))
def test_negations(language: str, text: str) -> None:
    """The verb of negation, and doing without, in every language that has a list."""
    assert negation(text, language) is not None


@pytest.mark.parametrize(("language", "text"), pairs(POSITIVE))
def test_no_negations(language: str, text: str) -> None:
    """Words that only look like it, and “not only”."""
    assert negation(text, language) is None


# --- time -----------------------------------------------------------------------------------------

OPTIONS = (Option(value=1, label={"en": "Yes"}), Option(value=2, label={"en": "Not quite yes"}))
ITEMS = {
    "likert": {"options": OPTIONS},
    "single": {"options": OPTIONS},
    "dropdown": {"options": OPTIONS},
    "multiple": {"options": OPTIONS},
    "rank": {"options": OPTIONS},
    "grid": {"options": OPTIONS, "rows": (Row(id="g1", text={"en": "One"}), Row(id="g2", text={"en": "Two"}))},
    "scale": {"low": {"en": "Not at all"}, "high": {"en": "Fully"}},
    "integer": {"unit": {"en": "hours a week"}},
}
# Words to read beside the four of the question, and seconds to answer.
NEEDED = {
    "likert": (4, 4), "single": (4, 4), "dropdown": (4, 4), "yes_no": (2, 4), "scale": (4, 4), "grid": (6, 8),
    "multiple": (4, 4), "rank": (4, 15), "integer": (3, 10), "decimal": (0, 10), "date": (0, 10), "month": (0, 10),
    "year": (0, 10), "time": (0, 10), "text": (0, 45), "long_text": (0, 45), "email": (0, 20), "phone": (0, 20),
    "consent": (0, 4), "note": (0, 0), "hidden": (-4, 0), "calculated": (-4, 0),
}  # fmt: skip


def asking(*items: Item) -> Instrument:
    return Instrument(
        instrument="x", version=1, languages=("en",), title={"en": "X"}, waves=("start", "end"),
        sections=(Section(items=items),),
    )  # fmt: skip


@pytest.mark.parametrize("kind", NEEDED)
def test_the_time_of_each_type(kind: str) -> None:
    """110 words a minute, then the time to choose, to order, to type or to write."""
    item = Item(id="a", type=kind, text={"en": "Four words to read"}, **ITEMS.get(kind, {}))  # type: ignore[arg-type]
    words, seconds = NEEDED[kind]
    assert estimated_minutes(asking(item), "start", "en") == pytest.approx((4 + words) / 110 + seconds / 60)


def test_the_time_of_several() -> None:
    """Labels are read once, what hangs on a condition is counted, and only what is asked at the wave."""
    first = Item(id="a", type="likert", text={"en": "One"}, options=OPTIONS)
    second = dataclasses.replace(first, id="b", hint={"en": "A hint"}, show_if="a == 1")
    later = dataclasses.replace(first, id="c", waves=("end",))
    instrument = asking(first, second, later)
    assert estimated_minutes(instrument, "start", "en") == pytest.approx((1 + 4 + 3) / 110 + 8 / 60)
    assert estimated_minutes(instrument, "end", "en") == pytest.approx((1 + 4 + 3 + 1) / 110 + 12 / 60)


def test_the_time_of_introductions() -> None:
    """That of a section is read once on each page on which something below it stands; what stands nowhere is not."""
    first = Item(id="a", type="likert", text={"en": "One"}, options=OPTIONS)
    later = [dataclasses.replace(first, id=id, waves=("end",)) for id in ("b", "c")]
    unseen = Item(id="d", type="hidden", text={"en": "Where from"}, value="x")
    sections = (
        Section(intro={"en": "Two words"}, items=(first,)),
        Section(intro={"en": "And three more"}, items=tuple(later)),
        Section(intro={"en": "Nobody reads these words"}, items=(unseen,)),
    )
    instrument = dataclasses.replace(asking(), intro={"en": "Not this"}, sections=sections)
    assert estimated_minutes(instrument, "start", "en") == pytest.approx((1 + 4 + 2) / 110 + 4 / 60)
    assert estimated_minutes(instrument, "end", "en") == pytest.approx((1 + 4 + 2 + 2 + 3) / 110 + 12 / 60)
