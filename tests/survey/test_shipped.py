"""The instruments, services and site that ship with Mittari are what the project promises."""

from __future__ import annotations

import pytest

from survey.model import WITH_OPTIONS, Instrument, Library

SIX = ["wellbeing", "everyday_life", "skills", "job_search", "networks", "outlook"]
EIGHT = ("fi", "sv", "en", "fi-simple", "uk", "ru", "ar", "so")


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


def test_a_services_own_instrument_is_the_core_and_a_section(library: Library) -> None:
    """Every core item with its origin, and the same columns; its own section before what closes a wave."""
    core, own = library.instruments["asiakasmuutosmittari@1"], library.instruments["tyohonvalmennus@1"]
    assert own.extends == core.key
    assert {item.id for item in core.items()} < {item.id for item in own.items()}
    assert {item.origin for item in own.items()} == {"asiakasmuutosmittari", "tyohonvalmennus"}
    assert own.sections[-1] == core.sections[-1]


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
    """A slow reader: 110 words a minute over questions, hints and each scale's labels once; then 4 seconds to choose,
    10 to type a number, 45 for an open answer."""
    words, seconds, seen = 0, 0, set()
    for item in instrument.items(wave):
        words += len(item.text[language].split()) + len((item.hint or {language: ""})[language].split())
        labels = tuple(option.label[language] for option in instrument.options(item))
        if labels not in seen:
            words += sum(len(label.split()) for label in labels)
            seen.add(labels)
        seconds += 4 if item.type in WITH_OPTIONS else 10 if item.type == "integer" else 45
    return words / 110 + seconds / 60


@pytest.mark.parametrize("language", EIGHT)
def test_at_most_six_minutes(library: Library, language: str) -> None:
    """The promise on the page, for every wave of the change measure and of what extends it."""
    for key in ("asiakasmuutosmittari@1", "tyohonvalmennus@1"):
        instrument = library.instruments[key]
        assert instrument.target_minutes == 6
        for wave in instrument.waves:
            assert estimated_minutes(instrument, wave, language) <= 6, (key, wave)
