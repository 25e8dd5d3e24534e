"""The named examples of docs/examples, one for each type of question: what a form may say, and what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from markupsafe import Markup

from build import read_messages
from survey import answers
from survey.answers import AnswerProblem, judge
from survey.model import Instrument, ItemType, Library, Section, meaning
from survey.pages import Assets, Form, QuestionPage, problem_text, questionnaire
from survey.reading import read_library

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
TODAY = date(2026, 11, 24)
WORK = {"single": "full"}
"""What shows the section about numbers and times."""


@pytest.fixture(scope="module")
def library() -> Library:
    read = read_library(EXAMPLES)
    assert read.library is not None and read.problems == (), read.problems
    return read.library


@pytest.fixture(scope="module")
def examples(library: Library) -> Instrument:
    return library.instruments["kentat@1"]


def judged(examples: Instrument, fields: Mapping[str, str]) -> answers.Judged:
    return judge(examples, "end", {name: [value] for name, value in fields.items()}, today=TODAY)


def test_every_type_has_an_example(examples: Instrument) -> None:
    """And there is one under the type's own name."""
    named = {item.id: item.type for section in examples.sections for item in section.items}
    assert {named[type] for type in get_args(ItemType)} == set(get_args(ItemType))


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"likert": "3"}, {"likert": 3}),
        ({"likert_then": "2"}, {"likert_then": 2}),
        ({"single": "something", "single.other_text": " Opiskelen "}, {"single": "something", "single.other_text": "Opiskelen"}),
        ({"yes_no": "no"}, {"yes_no": "no"}),
        ({"dropdown": "keuruu", "dropdown.other_text": ""}, {"dropdown": "keuruu"}),
        ({"dropdown": ""}, {}),
        ({"multiple.group": "group", "multiple.coach": "coach"}, {"multiple": ["coach", "group"]}),
        ({"multiple.own": "own", "multiple.other_text": "Kahvi"}, {"multiple": ["own"], "multiple.other_text": "Kahvi"}),
        ({"multiple.nothing": "nothing"}, {"multiple": ["nothing"]}),
        ({"scale": "0"}, {"scale": 0}),
        ({"grid_mood": "1", "grid_plans": "3"}, {"grid_mood": 1, "grid_plans": 3}),
        ({"rank.hours": "1", "rank.pay": "2", "rank.people": ""}, {"rank": ["hours", "pay"]}),
        ({"rank.people": "1"}, {"rank": ["people"]}),
        ({"integer": "37"}, {"integer": 37}),
        ({"decimal": "14,50"}, {"decimal": 14.5}),
        ({"decimal": "1 400"}, {"decimal": 1400}),
        ({"decimal": "1\u202f234\u00a0567,5"}, {"decimal": 1234567.5}),
        ({"decimal": "1.234,5"}, {"decimal": 1234.5}),
        ({"decimal": "1,234.5"}, {"decimal": 1234.5}),
        ({"decimal": "1.234.567"}, {"decimal": 1234567}),
        ({"decimal": "0,250"}, {"decimal": 0.25}),
        ({"decimal": "١٤٫٥"}, {"decimal": 14.5}),
        ({"decimal": "١٤،٥"}, {"decimal": 14.5}),
        ({"decimal": "١٬٢٣٤٫٥"}, {"decimal": 1234.5}),
        ({"decimal": "۱۴٫۵"}, {"decimal": 14.5}),
        ({"decimal": "\u200f۱۴\u200f"}, {"decimal": 14}),
        ({"decimal": "１４．５"}, {"decimal": 14.5}),
        ({"integer": "10", "decimal": "14.55"}, {"integer": 10, "decimal": 14.55, "calculated": 146}),
        ({"date.day": "1", "date.month": "09", "date.year": "2026"}, {"date": "2026-09-01"}),
        ({"date.day": "٢٩", "date.month": "2", "date.year": "2024"}, {"date": "2024-02-29"}),
        ({"date.day": "１.", "date.month": "۹", "date.year": "۲۰۲۶"}, {"date": "2026-09-01"}),
        ({"month.month": "3", "month.year": "2027"}, {"month": "2027-03"}),
        ({"year": "1999"}, {"year": 1999}),
        ({"year": "١٩٩٩"}, {"year": 1999}),
        ({"time": "8.30"}, {"time": "08:30"}),
        ({"time": "٨:٣٠"}, {"time": "08:30"}),
        ({"time": "8,30"}, {"time": "08:30"}),
        ({"time": "0830", "time_end": "16:00"}, {"time": "08:30", "time_end": "16:00"}),
        ({"text": "Levyseppähitsaaja"}, {"text": "Levyseppähitsaaja"}),
        ({"long_text": "Yksi\r\nkaksi"}, {"long_text": "Yksi\nkaksi"}),
        ({"consent": "yes", "email": "a.b@example.fi"}, {"consent": "yes", "email": "a.b@example.fi"}),
        ({"consent": "yes", "phone": "+358 40 123-4567"}, {"consent": "yes", "phone": "+358401234567"}),
        ({"consent": "yes", "phone": "(٠٤٠) ١٢٣–٤٥٦٧"}, {"consent": "yes", "phone": "0401234567"}),
        ({"email": "a.b@example.fi"}, {}),
        ({"hidden": "sms"}, {"hidden": "sms"}),
        ({"hidden": "paper"}, {"hidden": "paper"}),
    ],
)  # fmt: skip
def test_what_is_stored(examples: Instrument, fields: dict[str, str], stored: dict[str, object]) -> None:
    """Values as the instrument writes them; dates ISO, places in order, words beside the option that they go with."""
    found = judged(examples, WORK | fields)
    assert found.problems == ()
    expected = ({} if "single" in stored else WORK) | stored
    assert found.answers == expected
    ids = {item.id for item in examples.items("end")}
    assert ids == {name for name in found.answers if "." not in name} ^ set(found.absent)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"scale": "99"}, ("scale", "prefer_not")), ({"likert": "9"}, ("likert", "dont_know")), ({}, ("date", "skipped"))],
)
def test_reasons_to_be_absent(examples: Instrument, fields: dict[str, str], reason: tuple[str, str]) -> None:
    """The option's own reason, or that the question was left."""
    assert judged(examples, WORK | fields).absent[reason[0]] == reason[1]


@pytest.mark.parametrize(
    ("fields", "control", "said"),
    [
        ({"single": ""}, "i-single", "Valitse vastaus tähän kysymykseen."),
        ({"multiple.nothing": "nothing", "multiple.coach": "coach"}, "i-multiple",
         "Valitsit kohdan ”Ei mikään” ja muutakin. Poista jompikumpi."),
        ({"multiple.coach": "coach", "multiple.group": "group", "multiple.visits": "visits"}, "i-multiple",
         "Valitse enintään 2."),
        ({"multiple.coach": "coach", "multiple.other_text": "Kahvi"}, "i-multiple.other_text",
         "Kirjoitit tähän jotain. Valitse myös ”Jokin muu” tai poista teksti."),
        ({"dropdown.other_text": "Turku"}, "i-dropdown.other_text",
         "Kirjoitit tähän jotain. Valitse myös ”Muualla” tai poista teksti."),
        ({"rank.pay": "1", "rank.people": "1"}, "i-rank", "Anna kukin numero vain yhdelle vaihtoehdolle."),
        ({"rank.pay": "2"}, "i-rank", "Aloita numerosta 1 äläkä jätä numeroita välistä."),
        ({"integer": "61"}, "i-integer", "Kirjoita luku väliltä 1–60."),
        ({"decimal": "paljon"}, "i-decimal", "Kirjoita luku, esimerkiksi 0."),
        ({"decimal": "1,2345"}, "i-decimal", "Desimaaleja enintään: 2."),
        ({"decimal": "1,234"}, "i-decimal", "”1,234” voi tarkoittaa kahta lukua. Kirjoita joko 1234 tai 1,23."),
        ({"decimal": "1.500"}, "i-decimal", "”1.500” voi tarkoittaa kahta lukua. Kirjoita joko 1500 tai 1,5."),
        ({"integer": "1.500"}, "i-integer", "Kirjoita kokonaisluku, esimerkiksi 1500."),
        ({"decimal": "1 5"}, "i-decimal", "Kirjoita luku, esimerkiksi 0."),
        ({"decimal": "1.500.5"}, "i-decimal", "Kirjoita luku, esimerkiksi 0."),
        ({"decimal": "10-15"}, "i-decimal", "Kirjoita luku, esimerkiksi 0."),
        ({"decimal": "-1"}, "i-decimal", "Kirjoita luku, joka on vähintään 0."),
        ({"date.day": "31", "date.month": "2", "date.year": "2026"}, "i-date",
         "Kirjoita päivä, kuukausi ja vuosi numeroina, esimerkiksi 24.11.2026."),
        ({"date.day": "1", "date.month": "13", "date.year": "2026"}, "i-date.month",
         "Kirjoita päivä, kuukausi ja vuosi numeroina, esimerkiksi 24.11.2026."),
        ({"date.day": "1", "date.month": "3"}, "i-date.year",
         "Kirjoita päivä, kuukausi ja vuosi numeroina, esimerkiksi 24.11.2026."),
        ({"date.day": "25", "date.month": "11", "date.year": "2026"}, "i-date",
         "Kirjoita aika, joka on viimeistään 24.11.2026."),
        ({"date.day": "31", "date.month": "12", "date.year": "2019"}, "i-date",
         "Kirjoita aika, joka on aikaisintaan 1.1.2020."),
        ({"month.year": "2026"}, "i-month", "Kirjoita kuukausi ja vuosi numeroina, esimerkiksi 11/2026."),
        ({"month.month": "1", "month.year": "2019"}, "i-month", "Tarkista vuosi."),
        ({"year": "2027"}, "i-year", "Kirjoita luku väliltä 1950–2026."),
        ({"date.day": "1 2", "date.month": "3", "date.year": "2026"}, "i-date",
         "Kirjoita päivä, kuukausi ja vuosi numeroina, esimerkiksi 24.11.2026."),
        ({"year": "99"}, "i-year", "Kirjoita vuosi neljällä numerolla, esimerkiksi 2026."),
        ({"time": "25:00"}, "i-time", "Kirjoita kellonaika tunteina ja minuutteina, esimerkiksi 8.30."),
        ({"time": "16:00", "time_end": "8:00"}, "i-time_end", "Loppuaika on ennen alkuaikaa."),
        ({"text": "x" * 81}, "i-text", "Tekstissä on 81 merkkiä. Lyhennä se enintään 80 merkkiin."),
        ({"consent": "yes", "email": "minä"}, "i-email", "Kirjoita koko sähköpostiosoite, esimerkiksi nimi@example.fi."),
        ({"consent": "yes", "phone": "soita"}, "i-phone",
         "Kirjoita puhelinnumero pelkkinä numeroina, esimerkiksi 040 123 4567."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(
    examples: Instrument, library: Library, fields: dict[str, str], control: str, said: str
) -> None:
    """The sentence in Finnish, at the first control that has to be mended; and that control is on the page."""
    found = judged(examples, WORK | fields)
    assert [problem.control for problem in found.problems] == [control]
    html = rendered(library, examples, fields=WORK | fields, problems=found.problems)
    assert f'<a href="#{control}">' in html and f'id="{control}"' in html
    # Once in the summary and once beside the field.
    assert html.count(said) == 2


def rendered(
    library: Library, examples: Instrument, *, fields: Mapping[str, str], problems: tuple[AnswerProblem, ...] = ()
) -> str:
    page = QuestionPage(
        library=library,
        language="fi",
        messages=read_messages("fi"),
        assets=Assets(
            style="", script="",
            images={f"images/{name}.svg": f"assets/{name}.svg" for name in ("cup", "tools")},
            recordings={name: name.replace("audio", "assets") for name in examples.recordings},
        ),
        instrument=examples,
        wave="end",
        service=library.services.services[0],
    )  # fmt: skip
    return questionnaire(page, Form(fields={name: [value] for name, value in fields.items()}, problems=problems))


def test_everything_typed_comes_back(examples: Instrument, library: Library) -> None:
    """A page that returns holds each answer where it was given, right or wrong."""
    given = WORK | {
        "likert": "2", "dropdown": "elsewhere", "dropdown.other_text": "Turku", "multiple.own": "own",
        "multiple.other_text": "Kahvi", "scale": "7", "grid_mood": "3", "rank.pay": "2", "integer": "sata", "decimal": "1,5",
        "date.day": "31", "date.month": "2", "date.year": "2026", "month.month": "3", "year": "99", "time": "8", "text": "Sana",
        "long_text": "Rivi", "consent": "yes", "email": "minä", "phone": "+358", "hidden": "sms", "yes_no": "yes",
    }  # fmt: skip
    html = rendered(library, examples, fields=given)
    for name in ("likert", "scale", "grid_mood", "yes_no", "multiple.own", "consent"):
        assert f'name="{name}" value="{given[name]}" checked' in html, name
    for name in ("dropdown", "rank.pay"):
        assert f'<option value="{given[name]}" class="opens" selected>' in html or (
            f'<option value="{given[name]}" selected>' in html
        ), name
    for name in (
        "integer",
        "decimal",
        "date.day",
        "date.year",
        "month.month",
        "year",
        "time",
        "text",
        "email",
        "phone",
    ):
        assert f'value="{given[name]}"' in html.partition(f'name="{name}"')[2].partition(">")[0], name
    assert 'name="hidden" value="sms"' in html and ">\nRivi</textarea>" in html
    assert 'name="dropdown.other_text" type="text"' in html and 'value="Turku"' in html


def test_a_reminder_is_no_problem(examples: Instrument) -> None:
    """`required: soft` reminds, and does not forbid."""
    found = judged(examples, WORK)
    assert found.problems == ()
    assert found.reminders == (AnswerProblem("likert", "i-likert", answers.REMIND),)
    assert judged(examples, WORK | {"likert": "9"}).reminders == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"likert": "4"}, {"multiple.coach": "yes"}, {"rank.pay": "3"}, {"rank.pay": "first"}, {"hidden": "flyer"},
        {"consent": "no"}, {"yes_no": "kyllä"}, {"scale": "11"}, {"dropdown": "turku"},
    ],
)  # fmt: skip
def test_answers_that_no_page_sends(examples: Instrument, fields: dict[str, str]) -> None:
    """Whatever a page could not have sent is malformed, not a mistake to mend."""
    with pytest.raises(answers.MalformedForm):
        judged(examples, WORK | fields)


def test_the_words_of_the_service_are_filled_in(examples: Instrument, library: Library) -> None:
    """`{service}` in a text, while the meaning is that of the words as written."""
    html = rendered(library, examples, fields={})
    assert "Esimerkkejä palvelusta Työhönvalmennus." in html and "{service}" not in html
    assert examples.by_service


PLAYER = '<audio controls preload="none" src="../assets/{}" aria-label="{}"></audio>'


@pytest.mark.parametrize("type", [type for type in get_args(ItemType) if type not in ("hidden", "calculated")])
def test_any_question_can_be_heard(type: str, examples: Instrument, library: Library) -> None:
    """Once, right after its text, in the languages that have a recording; its name holds no markup."""
    text = dict.fromkeys(examples.languages, 'Yksi & <i> "kaksi"\n\nKolme')
    sections = tuple(
        replace(
            section,
            items=tuple(
                replace(item, text=text, audio={"ar": "audio/likert.ar.m4a"} if item.id == type else None)
                for item in section.items
            ),
        )
        for section in examples.sections
    )
    spoken = replace(examples, sections=sections)
    assert meaning(spoken, "ar") == meaning(replace(spoken, sections=silent(sections)), "ar")
    player = PLAYER.format("likert.ar.m4a", "استمع: Yksi &amp; &lt;i&gt; &#34;kaksi&#34;")
    html = blank(library, spoken, "ar", kept=None)
    assert html.count("<audio") == 1 and html.count(player) == 1
    question = html.partition(f'id="q-{type}"')[2]
    ahead = question.partition("<audio")[0]
    assert ahead.count("<label") + ahead.count("<legend") == (0 if type in ("note", "consent") else 1), ahead
    assert html == blank(library, spoken, "ar", kept={})
    # That of a row of the grid.
    assert blank(library, spoken, "fi", kept={}).count("<audio") == 1


def silent(sections: tuple[Section, ...]) -> tuple[Section, ...]:
    return tuple(replace(one, items=tuple(replace(item, audio=None) for item in one.items)) for one in sections)


def blank(library: Library, instrument: Instrument, language: str, *, kept: dict[str, Markup] | None) -> str:
    assets = Assets(
        style="", script="", images={f"images/{name}.svg": name for name in ("cup", "tools")},
        recordings={name: name.replace("audio", "assets") for name in instrument.recordings},
    )  # fmt: skip
    page = QuestionPage(
        library=library, language=language, messages=read_messages(language), assets=assets, instrument=instrument,
        wave="end", service=library.services.services[0], kept=kept,
    )  # fmt: skip
    return questionnaire(page)


def test_an_example_keeps_its_order_where_writing_runs_from_the_right(examples: Instrument, library: Library) -> None:
    """The groups of a telephone number would else change places in Arabic."""
    page = QuestionPage(
        library=library, language="ar", messages=read_messages("ar"), assets=Assets(style="", script=""),
        instrument=examples, wave="end",
    )  # fmt: skip
    (problem,) = judged(examples, WORK | {"consent": "yes", "phone": "soita"}).problems
    assert "\u2066040 123 4567\u2069" in problem_text(page, problem)
