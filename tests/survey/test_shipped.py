"""The instruments, services and site that ship with Mittari are what the project promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from survey import reading
from survey.model import Library
from survey.wording import estimated_minutes

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
    followed = any(key in s.instruments and "seuranta@1" in s.instruments for s in library.services.services)
    assert own.waves == (("start", "end") if followed else core.waves)
    assert own.extends == core.key and sorted(own.languages) == sorted(core.languages)
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


def test_integration_training_is_in_easy_language_first(library: Library) -> None:
    """Easy Finnish stands first and waits for its review; the own section says the same in ordinary Finnish; each of
    its questions has a picture beside every option."""
    own = library.instruments["kotokoulutus@1"]
    assert own.languages == ("fi-simple", "fi", "sv", "en", "uk", "ru", "ar", "so")
    assert own.review["fi-simple"] == "needed"
    assert [one.key for one in library.instruments.values() if one.languages[0] != "fi"] == [own.key]
    for item in (item for item in own.items() if item.origin == own.instrument):
        options = own.options(item)
        assert options and all(option.image for option in options), item.id
        for text in (item.text, item.hint, *(option.label for option in options)):
            assert text is None or text["fi"] == text["fi-simple"], item.id


def test_each_service_uses_the_instrument_of_its_kind(library: Library) -> None:
    """First that of its kind, and the feedback."""
    for service in library.services.services:
        assert service.instruments[0] == OWN[service.kind] and "palvelupalaute@1" in service.instruments, service.id


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
        assert instrument.source is not None and set(instrument.source) == set(instrument.languages)
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


def test_feedback_half_way(library: Library) -> None:
    """Overall, needs, guidance, what comes next, pace, what to change now; bad answers are acted on within a week."""
    midway = library.instruments["valipalaute@1"]
    assert midway.waves == ("middle",) and midway.languages == EIGHT and midway.respondent == "client"
    ids = ["mf_overall", "mf_needs", "mf_guidance", "mf_next", "mf_pace", "mf_change"]
    assert [item.id for item in midway.items()] == ids and midway.item("mf_change").type == "long_text"
    assert [alarm.item for alarm in midway.alarms] == ["mf_overall", "mf_needs"]
    assert all(alarm.answer_within_days == 7 and "provider" in alarm.to for alarm in midway.alarms)


def test_the_employers_form(library: Library) -> None:
    """Need met, participants ready, cooperation; hired, how many; once more; own words. No outcome of participants."""
    form = library.instruments["tyonantajapalaute@1"]
    assert (form.respondent, form.waves, form.languages) == ("employer", ("end",), ("fi", "sv", "en"))
    types = {item.id: item.type for item in form.items()}
    assert types == {
        **dict.fromkeys(["em_need", "em_ready", "em_cooperation"], "likert"),
        "em_hired": "yes_no", "em_hired_number": "integer", "em_again": "yes_no", "em_comment": "long_text",
    }  # fmt: skip
    assert form.item("em_hired_number").show_if == "em_hired == 'yes'"
    assert not any(item.outcome for item in form.items())


def test_the_coachs_assessment_stays_apart(library: Library) -> None:
    """Five dimensions of the core seen by the coach, under ids of its own; “cannot say” everywhere; a frank intro."""
    coach = library.instruments["valmentajan-arvio@1"]
    assert (coach.respondent, coach.waves, coach.languages) == ("coach", ("start", "end"), ("fi", "sv", "en"))
    assert coach.extends is None and list(coach.dimensions) == [f"co_{id}" for id in SIX[1:]]
    for instrument in library.instruments.values():
        others = set(instrument.dimensions) | {item.id for item in instrument.items()}
        assert instrument is coach or not any(id.startswith("co_") for id in others), instrument.key
    for dimension, item in zip(coach.dimensions.values(), coach.items(), strict=True):
        assert dimension.items == (item.id,) and item.id.startswith("co_")
        assert [option.value for option in coach.options(item) if option.missing == "dont_know"] == [9]
    assert coach.intro is not None
    assert "Asiakkaalla on oikeus nähdä tämä arvio." in coach.intro["fi"] and "ei ole päätös" in coach.intro["fi"]
    assert "The client has the right to see this assessment." in coach.intro["en"]


def test_the_follow_up(library: Library) -> None:
    """Work and studies as outcomes at three, six and twelve months, details for who works, contact for who agrees."""
    follow = library.instruments["seuranta@1"]
    assert follow.waves == ("followup_3", "followup_6", "followup_12") and follow.languages == EIGHT
    assert all(item.id.startswith("fu_") and item.waves is None for item in follow.items())
    assert {item.id: item.outcome for item in follow.items() if item.outcome} == {
        "fu_work": "employment", "fu_study": "education",
    }  # fmt: skip
    working = "fu_work in ['employed', 'employed_subsidised', 'self_employed']"
    assert {item.id: item.show_if for item in follow.items() if item.show_if} == {
        "fu_contract": "fu_work in ['employed', 'employed_subsidised']",
        "fu_hours": working, "fu_began": working, "fu_match": working,
        "fu_email": "answered(fu_contact)", "fu_phone": "answered(fu_contact)",
    }  # fmt: skip
    assert follow.item("fu_began").type == "month" and follow.item("fu_began").maximum == "today"
    assert follow.item("fu_contact").type == "consent"


@pytest.mark.parametrize(("own", "core"), [("fu_work", "work_now"), ("fu_study", "study_now")])
def test_the_follow_up_counts_as_the_core_does(library: Library, own: str, core: str) -> None:
    """A value that both questions have counts in both or in neither, and is worded alike, or only lengthened."""
    follow, measure = library.instruments["seuranta@1"], library.instruments["asiakasmuutosmittari@1"]
    theirs = {option.value: option for option in measure.options(measure.item(core))}
    ours = {option.value: option for option in follow.options(follow.item(own))}
    assert {value for value, option in ours.items() if option.achieved} == {
        value for value, option in theirs.items() if option.achieved
    }
    for value in set(ours) & set(theirs):
        assert ours[value].label["fi"].endswith(theirs[value].label["fi"]) or value == "other", value


def test_nobody_is_asked_about_work_twice(library: Library) -> None:
    """No service asks for the same outcome in two instruments at one wave."""
    for service in library.services.services:
        pinned = [library.instruments[key] for key in service.instruments]
        for wave in library.site.waves:
            asked = [item for each in pinned if wave in each.waves for item in each.items(wave)]
            asking = [item.outcome for item in asked if item.outcome]
            assert len(asking) == len(set(asking)), (service.id, wave)


def test_ideas_for_services(library: Library) -> None:
    """Six ideas, to rate and to rank; proposals and reasons; a workshop for who agrees to be invited."""
    ideas = library.instruments["kehitysideat@1"]
    assert ideas.waves == ("end",) and ideas.languages == EIGHT and not ideas.dimensions
    rows, best = ideas.grid("ki_ideas").rows, ideas.item("ki_best")
    assert len(rows) == 6 and best.type == "rank" and best.at_most == 3
    assert [(row.id, row.text) for row in rows] == [(f"ki_{o.value}", o.label) for o in ideas.options(best)]
    assert [item.type for item in ideas.items()][7:] == ["long_text", "long_text", "consent", "email"]
    assert ideas.item("ki_email").show_if == "answered(ki_join)"


def test_which_services_use_them(library: Library) -> None:
    """Half-way feedback in services of four months and more; each of the others where it belongs."""
    services = library.services.services
    using = {key: {s.id for s in services if key in s.instruments} for key in library.instruments}
    assert using["valipalaute@1"] == {s.id for s in services if s.length_days >= 120}
    assert using["tyonantajapalaute@1"] == {s.id for s in services if s.kind == "recruitment_training"}
    assert using["valmentajan-arvio@1"] == {s.id for s in services if s.kind == "job_coaching"}
    assert len(using["seuranta@1"]) == 2 and len(using["kehitysideat@1"]) == 1


@pytest.mark.parametrize(("heading", "client"), [("tiedosto", "asiakkaalta"), ("file", "client")])
def test_the_guide_has_the_whole_shelf(library: Library, heading: str, client: str) -> None:
    """In both languages: each instrument, whom it asks and for how many minutes."""
    guide = (INSTRUMENTS / "README.md").read_text(encoding="utf-8")
    table = guide.split(f"| {heading} |")[1].split("\n\n")[0]
    rows = {row[0]: row for row in ([c.strip() for c in line.split("|")[1:-1]] for line in table.splitlines()[2:])}
    for instrument in library.instruments.values():
        _, _, whom, _, minutes = rows.pop(f"`{instrument.instrument}.yaml`")
        assert minutes == f"{instrument.target_minutes:g}", instrument.key
        assert (whom == client) == (instrument.respondent == "client"), instrument.key
    assert not rows


def test_the_site(library: Library) -> None:
    """Eight languages, each named in itself; six waves in the order of time; grounds for what is sensitive."""
    site = library.site
    assert site.languages == ("fi", "sv", "en", "fi-simple", "uk", "ru", "ar", "so")
    assert list(site.language_names) == list(site.languages) and site.required_languages == ("fi", "sv")
    assert list(site.waves) == ["start", "middle", "end", "followup_3", "followup_6", "followup_12"]
    assert {wave.title["en"] for wave in site.waves.values() if wave.anchor == "start"} == {
        "At the start of the service",
        "Halfway through the service",
    }
    assert list(site.grounds) == ["health", "background"]
    assert all("9(2)(g)" in ground.basis and "1050/2018, 6 §" in ground.basis for ground in site.grounds.values())


@pytest.mark.parametrize("language", EIGHT)
def test_the_minutes_promised(library: Library, language: str) -> None:
    """The promise on the page holds at every wave: six minutes for the change measure and what extends it, seven with
    the questions on job-search coaching."""
    for key in ("asiakasmuutosmittari@1", *OWN.values()):
        assert library.instruments[key].target_minutes == (7 if key == "tyonhakuvalmennus@1" else 6)
    for instrument in library.instruments.values():
        assert instrument.target_minutes is not None
        for wave in instrument.waves if language in instrument.languages else ():
            estimate = estimated_minutes(instrument, wave, language)
            assert round(estimate, 1) <= instrument.target_minutes, (instrument.key, wave, estimate)


def test_nothing_is_to_be_said_but_that_texts_wait_for_a_native_speaker() -> None:
    """One warning for each instrument, with the languages that it names itself; no other warning and no error."""
    said = {(problem.code, problem.severity, Path(problem.place.file).name) for problem in reading.check([INSTRUMENTS])}
    names = {path.name for path in INSTRUMENTS.glob("*.yaml")} - {"site.yaml", "services.yaml"}
    assert said == {("REVIEW-NEEDED", "warning", name) for name in names}
