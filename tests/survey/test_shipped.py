"""The instruments, services and site that ship with Mittari are what the project promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from survey.model import TICKED, TYPED_NUMBERS, Instrument, Library

SIX = ["wellbeing", "everyday_life", "skills", "job_search", "networks", "outlook"]
EIGHT = ("fi", "sv", "en", "fi-simple", "uk", "ru", "ar", "so")

INSTRUMENTS = Path(__file__).parents[2] / "instruments"
OWN = {
    "labour_market_training": "tyovoimakoulutus@1",
    "recruitment_training": "rekrykoulutus@1",
    "integration_training": "kotokoulutus@1",
    "job_search_coaching": "tyonhakuvalmennus@1",
    "job_coaching": "tyohonvalmennus@1",
}
"""The instrument of each kind of service."""
SECONDS = {
    **dict.fromkeys(TICKED, 4),
    **dict.fromkeys(TYPED_NUMBERS, 10),
    "rank": 15,
    "text": 45,
    "long_text": 45,
}
"""What a slow reader needs to answer a question that has been read."""


def test_the_client_change_measure(library: Library) -> None:
    """Six dimensions of three items, one scale of five labelled options, nothing reversed, three waves."""
    measure = library.instruments["asiakasmuutosmittari@1"]
    assert measure.languages == EIGHT and measure.waves == ("start", "end", "followup_6")
    assert list(measure.dimensions) == SIX
    scored = [measure.item(id) for dimension in measure.dimensions.values() for id in dimension.items]
    assert len(scored) == 18 and {item.scale for item in scored} == {"holds_true"}
    assert all(not item.reverse and item.required == "no" and item.waves is None for item in scored)
    options = measure.options(scored[0])
    assert [option.value for option in options] == [1, 2, 3, 4, 5]
    for language in EIGHT:
        assert len({option.label[language] for option in options}) == 5
    assert [item.id for item in measure.items("start")] == [item.id for item in scored]
    outcomes = {item.outcome: item.waves for item in measure.items() if item.outcome}
    assert outcomes == {"employment": ("end", "followup_6"), "education": ("end", "followup_6")}
    (anchor,) = [item for item in measure.items() if item.anchor]
    assert anchor.waves == ("end",) and len(measure.options(anchor)) == 5


def test_feedback_in_opals_place(library: Library) -> None:
    """Usefulness, guidance, contents, arrangements, an overall grade, two open answers, alarms and thanks."""
    feedback = library.instruments["palvelupalaute@1"]
    assert list(feedback.dimensions) == ["usefulness", "guidance", "contents", "arrangements"]
    assert [item.type for item in feedback.items()].count("long_text") == 2
    assert feedback.item("overall").type == "likert" and feedback.waves == ("end",)
    assert feedback.alarms and feedback.thanks


@pytest.mark.parametrize("key", OWN.values())
def test_a_services_own_instrument_is_the_core_and_a_section(library: Library, key: str) -> None:
    """Every core item with its origin, and the same columns; its own section before what closes a wave."""
    core, own = library.instruments["asiakasmuutosmittari@1"], library.instruments[key]
    assert own.extends == core.key and own.waves == core.waves and own.languages == core.languages
    assert {item.id for item in core.items()} < {item.id for item in own.items()}
    assert {item.origin for item in own.items()} == {"asiakasmuutosmittari", own.instrument}
    assert own.sections[-1] == core.sections[-1]


@pytest.mark.parametrize("key", OWN.values())
def test_its_own_dimension_can_show_change(library: Library, key: str) -> None:
    """One dimension of its own, of three items or four with a scale of five steps, all asked at every wave."""
    own = library.instruments[key]
    (dimension,) = [each for each in own.dimensions.values() if each.origin == own.instrument]
    items = [own.item(id) for id in dimension.items]
    assert 3 <= len(items) <= 4 and dimension.minimum_answered == len(items) - 1
    for item in items:
        assert item.type == "likert" and not item.reverse and item.waves is None and item.show_if is None
        assert [option.value for option in own.options(item)] == [1, 2, 3, 4, 5]


def test_each_service_uses_the_instrument_of_its_kind(library: Library) -> None:
    """First that of its kind, then the feedback."""
    for service in library.services.services:
        assert service.instruments == (OWN[service.kind], "palvelupalaute@1"), service.id


def test_what_each_kind_asks_at_its_end(library: Library) -> None:
    """A qualification, a job offer, spoken Finnish, what helped most; a follow-up on the job that was offered."""
    training, recruitment, integration, coaching = [library.instruments[key] for key in list(OWN.values())[:4]]
    assert training.item("qualification").waves == ("end",)
    assert recruitment.item("job_offer").waves == ("end", "followup_6")
    assert recruitment.item("job_lasts").show_if == "job_offer == 'started'"
    assert integration.item("finnish_now").waves == ("start", "end")
    assert coaching.item("helped_most").type == "rank" and coaching.item("helped_most").at_most == 3


def test_pictures(library: Library) -> None:
    """Each picture beside an option exists, is used, and is a small drawing without words, styles or scripts."""
    pictures = {
        option.image
        for instrument in library.instruments.values()
        for item in instrument.items()
        for option in instrument.options(item)
        if option.image
    }
    assert {f"images/{file.name}" for file in (INSTRUMENTS / "images").iterdir()} == pictures
    for picture in pictures:
        drawing = (INSTRUMENTS / picture).read_text(encoding="utf-8")
        tags = set(re.findall(r"<(\w+)", drawing))
        assert len(drawing) < 2000 and tags <= {"svg", "path", "circle"} and 'viewBox="0 0 64 64"' in drawing, picture


def test_pictures_show_on_light_and_dark_pages() -> None:
    """Every colour of every picture has a contrast of 3:1 or more with the paper of both colour schemes."""
    for file in (INSTRUMENTS / "images").iterdir():
        for colour in re.findall(r"#[0-9a-f]{3,6}", file.read_text(encoding="utf-8")):
            assert contrast(colour, "#ffffff") >= 3 and contrast(colour, "#14181a") >= 3, (file.name, colour)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2 between two colours `#rrggbb`."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2 of `#rrggbb`, 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])


def test_each_says_who_worded_it(library: Library) -> None:
    """In every language, that the wording is the project's own."""
    for instrument in library.instruments.values():
        assert instrument.source is not None and set(instrument.source) == set(EIGHT)
        assert "Mittari" in instrument.source["en"] and "native" in instrument.source["en"]


def test_services(library: Library) -> None:
    """Six services of the five kinds from three providers, one a comparison arm, own and bought, with groups."""
    services = library.services.services
    assert len(services) == 6 and len({s.kind for s in services}) == 5 and len({s.provider for s in services}) == 3
    assert [s.arm for s in services].count("comparison") == 1
    assert {s.sourcing for s in services} == {"own", "bought"}
    assert all(s.contract for s in services if s.sourcing == "bought") and any(s.lot for s in services)
    assert any(len(s.groups) > 1 for s in services) and any(not s.groups for s in services)
    assert len({s.number_prefix for s in services}) == 6


def estimated_minutes(instrument: Instrument, wave: str, language: str) -> float:
    """A slow reader: 110 words a minute over questions, hints and each scale's labels once; then the time to choose, to
    put in order, to type a number or to write an open answer."""
    words, seconds, seen = 0, 0, set[object]()
    for item in instrument.items(wave):
        stem = instrument.grid(item.grid).text if item.grid and item.grid not in seen else {language: ""}
        seen.add(item.grid)
        words += sum(len((text or {language: ""})[language].split()) for text in (stem, item.text, item.hint))
        labels = tuple(option.label[language] for option in instrument.options(item))
        if labels not in seen:
            words += sum(len(label.split()) for label in labels)
            seen.add(labels)
        seconds += SECONDS[item.type]
    return words / 110 + seconds / 60


@pytest.mark.parametrize("language", EIGHT)
def test_at_most_six_minutes(library: Library, language: str) -> None:
    """The promise on the page, for every wave of the change measure and of what extends it."""
    for key in ("asiakasmuutosmittari@1", *OWN.values()):
        instrument = library.instruments[key]
        assert instrument.target_minutes == 6
        for wave in instrument.waves:
            assert estimated_minutes(instrument, wave, language) <= 6, (key, wave)
