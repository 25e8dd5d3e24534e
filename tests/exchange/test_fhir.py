"""FHIR Questionnaires: what is written is valid R5 and comes back whole; what is read is accounted for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fhir.resources.questionnaire import Questionnaire

from exchange import fhir_export, fhir_import
from exchange.context import Source
from exchange.formats import read
from exchange.loss import ExchangeError, Imported, Loss
from survey import reading
from survey.model import Instrument, Item, Section
from survey.writing import written
from tests.exchange.exporting import EXAMPLES, INSTRUMENTS, check_losses, context, entries, instrument, library

Json = dict[str, Any]
FORMS = [(id, wave) for id in INSTRUMENTS for wave in instrument(id).waves]


def exported(one: Instrument, id: str, wave: str) -> Json:
    """The Questionnaire of an instrument at a wave."""
    (data,) = fhir_export.write(one, context(id, waves=(wave,))).files.values()
    form: Json = json.loads(data)
    return form


def imported(form: Json, *, library: Any = None, waves: tuple[str, ...] = ("start",)) -> Imported:
    """The instrument of a Questionnaire."""
    data = json.dumps({"resourceType": "Questionnaire", "status": "active", **form}).encode()
    return fhir_import.imported(Source(name="form.json", data=data, instrument="form", library=library, waves=waves))


def items_in(form: Json) -> list[Json]:
    """Every item of a form, however deep."""
    return [one for item in form.get("item", ()) for one in (item, *items_in(item))]


# --- writing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", INSTRUMENTS)
def test_what_is_written_is_valid(id: str) -> None:
    """Each wave is a valid R5 Questionnaire whose link ids are unique and whose conditions name questions before."""
    converted = fhir_export.write(instrument(id), context(id))
    check_losses(id, converted)
    assert len(converted.files) == len(instrument(id).waves)
    for data in converted.files.values():
        form = json.loads(data)
        Questionnaire.model_validate(form)
        links = [item["linkId"] for item in items_in(form)]
        assert len(links) == len(set(links))
        for item in items_in(form):
            for test in item.get("enableWhen", ()):
                assert links.index(test["question"]) < links.index(item["linkId"])


@pytest.mark.parametrize(("id", "wave"), FORMS)
def test_a_round_trip_loses_nothing_that_fhir_can_say(id: str, wave: str) -> None:
    """A form that is read and written again is the same in every element, in every language."""
    one = instrument(id)
    form = exported(one, id, wave)
    data = json.dumps(form).encode()
    back = fhir_import.imported(
        Source(name="x.json", data=data, instrument=one.instrument, library=context(id).library, waves=(wave,))
    )
    assert exported(back.instrument, id, wave) == form
    assert [loss for loss in back.losses if loss.kind == "left" and loss.where.startswith("item ")] == []
    assert len([loss for loss in back.losses if loss.where.startswith("item ")]) == len(items_in(form))


def item_of(form: Json, link: str) -> Json:
    """One item of a form."""
    (found,) = [item for item in items_in(form) if item["linkId"] == link]
    return found


def test_conditions_as_tests() -> None:
    """A list of options is any of them, a box is ticked, and a condition that FHIR cannot say is reported."""
    form = exported(instrument("kentat"), "kentat", "end")
    system = "https://kysely.example.fi/kentat/single"
    assert item_of(form, "section_2")["enableWhen"] == [
        {"question": "single", "operator": "=", "answerCoding": {"system": system, "code": code}}
        for code in ("full", "part", "something")
    ]
    assert item_of(form, "section_2")["enableBehavior"] == "any"
    assert item_of(form, "email")["enableWhen"] == [{"question": "consent", "operator": "=", "answerBoolean": True}]


CONDITIONS = {
    "likert == 3": ("any", [("=", "3")]),
    "likert < 3": ("any", [("=", "1"), ("=", "2")]),
    "likert != 3": ("any", [("=", "1"), ("=", "2")]),
    "scale >= 5": (None, [(">=", 5)]),
    "not (yes_no == 'yes')": (None, [("!=", True)]),
    "not answered(yes_no)": (None, [("exists", False)]),
    "multiple != 'coach'": ("all", [("exists", True), ("!=", "coach")]),
    "scale > 5 and yes_no == 'no'": ("all", [(">", 5), ("=", False)]),
}
UNSAID = ("not (likert == 3)", "likert < 3 and scale > 5", "rank == 'pay'", "not (scale > 5)")


def with_condition(show_if: str) -> Instrument:
    """The examples with one more question that has a condition."""
    one = instrument("kentat")
    words = dict.fromkeys(one.languages, "?")
    item = Item(id="last", type="text", text=words, show_if=show_if)
    return Instrument(
        instrument=one.instrument, version=1, languages=one.languages, title=one.title, waves=one.waves,
        scales=one.scales, sections=(*one.sections, Section(items=(item,))),
    )  # fmt: skip


@pytest.mark.parametrize("show_if", CONDITIONS)
def test_each_condition_that_fhir_can_say(show_if: str) -> None:
    """The operator and the answer of each test, and whether all or any have to hold."""
    last = item_of(exported(with_condition(show_if), "kentat", "start"), "last")
    behaviour, tests = CONDITIONS[show_if]
    found = []
    for test in last["enableWhen"]:
        answer = next(value for key, value in test.items() if key.startswith("answer"))
        found.append((test["operator"], answer["code"] if isinstance(answer, dict) else answer))
    assert found == tests
    assert last.get("enableBehavior") == (behaviour if len(tests) > 1 else None)


@pytest.mark.parametrize("show_if", UNSAID)
def test_a_condition_that_fhir_cannot_say_is_reported(show_if: str) -> None:
    """The question is asked of everybody, and the report says so."""
    one = with_condition(show_if)
    assert "enableWhen" not in item_of(exported(one, "kentat", "start"), "last")
    (found,) = [loss for loss in fhir_export.write(one, context("kentat")).losses if loss.what == "text last"]
    assert found.why == "Its condition cannot be said with enableWhen, so it is asked of everybody."


def test_what_fhir_has_no_words_for() -> None:
    """Ranks, calculations, scores and alarms are left; limits that move with the day are said to be lost."""
    found = entries(fhir_export.write, "kentat")
    assert found["rank rank"] == ("left", "FHIR has no question that puts options in order.")
    assert found["calculated calculated"][0] == "left"
    assert found["dimension coping"][0] == "left"
    assert found["year year"] == ("changed", "That the day of answering is a limit is not said.")
    assert found["multiple multiple"] == ("came", "")
    assert found["waves"] == ("changed", "FHIR has no waves, so each wave has a questionnaire of its own.")


# --- reading ---------------------------------------------------------------------------------------------------------

FORM: Json = {
    "title": "Health & work",
    "language": "en",
    "url": "https://example.org/form",
    "contained": [
        {
            "resourceType": "ValueSet",
            "id": "often",
            "compose": {
                "include": [{"concept": [{"code": "N", "display": "Never"}, {"code": "D", "display": "Daily"}]}]
            },
        }
    ],
    "item": [
        {"linkId": "0", "type": "display", "text": "Welcome"},
        {
            "linkId": "1",
            "type": "group",
            "text": "Basics",
            "item": [
                {"linkId": "1.1", "type": "boolean", "text": "Do you smoke?", "prefix": "1)"},
                {
                    "linkId": "1.2",
                    "type": "choice",
                    "text": "How often?",
                    "answerValueSet": "#often",
                    "required": True,
                    "enableWhen": [{"question": "1.1", "operator": "=", "answerBoolean": True}],
                    "item": [{"linkId": "1.2.1", "type": "integer", "text": "How many a day?"}],
                },
                {
                    "linkId": "1.3",
                    "type": "group",
                    "text": "More",
                    "repeats": True,
                    "enableWhen": [{"question": "1.2", "operator": "=", "answerCoding": {"code": "D"}}],
                    "item": [
                        {"linkId": "1.3.1", "type": "quantity", "text": "Weight"},
                        {"linkId": "1.3.2", "type": "attachment", "text": "A picture"},
                        {
                            "linkId": "1.3.3",
                            "type": "open-choice",
                            "text": "Which?",
                            "repeats": True,
                            "answerOption": [{"valueString": "Pipe"}, {"valueString": "Cigar"}],
                        },
                        {
                            "linkId": "1.3.4",
                            "type": "string",
                            "text": "Why?",
                            "maxLength": 90,
                            "enableWhen": [{"question": "1.3.2", "operator": "exists", "answerBoolean": True}],
                        },
                    ],
                },
                {
                    "linkId": "1.4",
                    "type": "choice",
                    "text": "Which town?",
                    "answerValueSet": "https://example.org/towns",
                },
                {"linkId": "1.5", "type": "decimal", "text": "BMI", "readOnly": True},
            ],
        },
    ],
}


def became(found: Imported) -> dict[str, Loss]:
    """What became of each element, by its place."""
    return {loss.where: loss for loss in found.losses}


def test_a_form_of_another_tool() -> None:
    """Groups, value sets, nested questions and conditions come over; the rest is said, each item once."""
    found = imported(FORM)
    items = {item.id: item for section in found.instrument.sections for item in section.items}
    assert [(item.id, item.type, item.show_if) for item in items.values()] == [
        ("note_0", "note", None),
        ("q_1_1", "yes_no", None),
        ("q_1_2", "single", "q_1_1 == 'yes'"),
        ("q_1_2_1", "integer", None),
        ("note_1_3", "note", "q_1_2 == 'd'"),
        ("q_1_3_1", "decimal", "q_1_2 == 'd'"),
        ("q_1_3_3", "multiple", "q_1_2 == 'd'"),
        ("q_1_3_4", "text", "q_1_2 == 'd'"),
        ("q_1_4", "text", None),
    ]
    assert [(o.value, o.label["en"], o.other) for o in items["q_1_3_3"].options] == [
        ("pipe", "Pipe", False), ("cigar", "Cigar", False), ("other", "Other, what?", True),
    ]  # fmt: skip
    assert (items["q_1_2"].required, items["q_1_3_4"].max_length) == ("hard", 90)
    assert [section.title and section.title["en"] for section in found.instrument.sections] == [None, "Basics"]
    assert len([loss for loss in found.losses if loss.where.startswith("item ")]) == len(items_in(FORM))


def test_what_of_another_form_does_not_come_over() -> None:
    """Each has its reason in whole sentences."""
    found = became(imported(FORM))
    assert (found["item 1.3.2"].kind, found["item 1.3.2"].why) == (
        "left", "Mittari takes no files from those who answer.",
    )  # fmt: skip
    assert found["item 1.5"].why == "Its answer is not given by people, but worked out or filled in."
    assert found["item 1.3"].why == (
        "Its questions are asked once: groups that repeat have no counterpart. "
        "A group within a group is a note with its title."
    )
    assert "Its options are in another file, so it is asked in words." in found["item 1.4"].why
    assert (
        "A part of its condition was left out: '1.3.2' did not come over, or comes later. It is asked of everybody."
        in found["item 1.3.4"].why
    )
    assert found["url"].kind == "left"
    assert found["contained, often"].kind == "came"


def test_what_is_read_checks_clean(tmp_path: Any) -> None:
    """The instrument that a form became is a file without an error, in the languages that the site requires."""
    found = imported(FORM, library=library(EXAMPLES))
    for name in ("site.yaml", "services.yaml"):
        (tmp_path / name).write_text((EXAMPLES / name).read_text().replace("kentat@1", "form@1"))
    (tmp_path / "form.yaml").write_text(written(found.instrument))
    assert [str(problem) for problem in reading.read_library(tmp_path).errors] == []
    assert found.instrument.languages == ("en", "fi")


def test_weights_are_scores_and_what_has_none_is_no_answer() -> None:
    """R4's ordinalValue counts; an option without, among others with, stands for no answer."""
    weight = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
    options = [
        {"extension": [{"url": weight, "valueDecimal": 2.5}], "valueCoding": {"code": "a", "display": "A"}},
        {"valueCoding": {"code": "b", "display": "B"}},
    ]
    found = imported({"title": "T", "language": "en", "item": [
        {"linkId": "x", "type": "choice", "text": "X", "answerOption": options},
    ]})  # fmt: skip
    (item,) = found.instrument.items()
    assert [(o.value, o.score, o.missing) for o in item.options] == [("a", 2.5, None), ("b", None, "not_applicable")]
    assert became(found)["item x"].why == "An option without a weight counts as no answer, 'not_applicable'."


def test_a_condition_in_fhirpath_is_reported() -> None:
    """It cannot be read, and the report says what that means."""
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"
    item = {"linkId": "x", "type": "string", "text": "X", "extension": [{"url": url, "valueExpression": {}}]}
    found = became(imported({"title": "T", "language": "en", "item": [item]}))
    assert found["item x"].why == "Its condition is written in FHIRPath, so it is asked of everybody."


def test_files_are_known_by_a_look_inside() -> None:
    """A .json that is a Questionnaire is read as one; another is no file of this format."""
    data = json.dumps({"resourceType": "Questionnaire", "status": "active", **FORM}).encode()
    assert read(Source(name="a.json", data=data, instrument="a")).instrument.title == {"en": "Health & work"}
    with pytest.raises(ExchangeError):
        read(Source(name="a.json", data=b'{"resourceType": "Patient"}', instrument="a"))
    with pytest.raises(ExchangeError) as caught:
        fhir_import.imported(Source(name="a.json", data=b"{}", instrument="a"))
    assert str(caught.value) == "'a.json' is no FHIR Questionnaire in JSON. Its resourceType has to say so."


def test_a_form_without_a_question_is_an_error() -> None:
    """Nothing that can be asked makes no instrument, and what was looked at is told."""
    with pytest.raises(ExchangeError) as caught:
        imported({"title": "T", "language": "en", "item": [{"linkId": "x", "type": "attachment", "text": "X"}]})
    assert str(caught.value) == "No question of the form can be asked with Mittari, so there is no instrument."
    assert [loss.where for loss in caught.value.losses] == ["language", "title", "status", "item x"]
