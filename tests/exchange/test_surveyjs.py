"""SurveyJS's forms: each type of question, conditions, settings, and a report that adds up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange import formats, surveyjs, surveyjs_words
from exchange.context import Source
from exchange.loss import ExchangeError, Imported, Loss, counts
from exchange.surveyjs_parts import SPECIAL
from survey.model import Library
from tests.exchange.imported import brief, items, told
from tests.exchange.read_back import errors

Form = Mapping[str, Any]


def import_form(form: object, *, library: Library | None = None) -> Imported:
    """What a form becomes."""
    data = json.dumps(form).encode()
    return surveyjs.imported(Source(name="lomake.json", data=data, instrument="lomake", library=library))


def import_questions(*questions: Form, **keys: Any) -> Imported:
    """What a form of one page with these questions becomes."""
    return import_form(
        {"locale": "fi", "title": "Kysely", **keys, "pages": [{"name": "p1", "elements": list(questions)}]}
    )


def question(type: str, **keys: Any) -> dict[str, Any]:
    return {"type": type, "name": "q", **keys}


# --- types ----------------------------------------------------------------------------------------

ENDS = {"minRateDescription": "Ei lainkaan", "maxRateDescription": "Täysin"}
ROWS = ["r1", {"value": "r2", "text": "Toka"}]
TYPES: list[tuple[Form, list[dict[str, Any]]]] = [
    (question("text"), [{"id": "q", "type": "text"}]),
    (
        question("text", isRequired=True, maxLength=9),
        [{"id": "q", "type": "text", "required": "hard", "max_length": 9}],
    ),
    (
        question("text", inputType="number", min=0, max=7.5),
        [{"id": "q", "type": "decimal", "minimum": 0, "maximum": 7.5}],
    ),
    (
        question("text", inputType="number", min=1, max=7, step=1),
        [{"id": "q", "type": "integer", "minimum": 1, "maximum": 7}],
    ),
    (
        question("text", inputType="date", min="2020-01-31"),
        [{"id": "q", "type": "date", "minimum": "2020-01-31"}],
    ),
    (question("text", inputType="month"), [{"id": "q", "type": "month"}]),
    (question("text", inputType="time", max="16:00"), [{"id": "q", "type": "time", "maximum": "16:00"}]),
    (question("text", inputType="datetime-local"), [{"id": "q", "type": "date"}, {"id": "q_time", "type": "time"}]),
    (question("text", inputType="email"), [{"id": "q", "type": "email"}]),
    (question("text", inputType="tel"), [{"id": "q", "type": "phone"}]),
    (question("text", inputType="url"), [{"id": "q", "type": "text"}]),
    (
        question("text", validators=[{"type": "numeric", "minValue": 1, "maxValue": 5}]),
        [{"id": "q", "type": "decimal", "minimum": 1, "maximum": 5}],
    ),
    (question("text", validators=[{"type": "email"}]), [{"id": "q", "type": "email"}]),
    (
        question("comment", validators=[{"type": "text", "maxLength": 30}]),
        [{"id": "q", "type": "long_text", "max_length": 30}],
    ),
    (question("radiogroup", choices=["a", "b"]), [{"id": "q", "type": "single", "options": ["a", "b"]}]),
    (
        question("dropdown", choices=[1, {"value": 2, "text": "Kaksi"}], hasOther=True),
        [{"id": "q", "type": "dropdown", "options": [1, 2, "other"]}],
    ),
    (
        question("dropdown", choicesMin=1, choicesMax=4, choicesStep=2),
        [{"id": "q", "type": "dropdown", "options": [1, 3]}],
    ),
    (
        question("checkbox", choices=["a", "b"], showNoneItem=True, hasSelectAll=True, maxSelectedChoices=2),
        [{"id": "q", "type": "multiple", "options": ["a", "b", "none"], "at_most": 2}],
    ),
    (
        question("tagbox", choices=["a", "b"], validators=[{"type": "answercount", "minCount": 1}]),
        [{"id": "q", "type": "multiple", "options": ["a", "b"], "at_least": 1}],
    ),
    (
        question("radiogroup", choices=["a"], showDontKnowItem=True, showRefuseItem=True),
        [{"id": "q", "type": "single", "options": ["a", "dont_know", "refused"]}],
    ),
    (question("boolean"), [{"id": "q", "type": "yes_no"}]),
    (question("boolean", labelTrue="Joo", labelFalse="Ei"), [{"id": "q", "type": "yes_no", "options": ["yes", "no"]}]),
    (question("rating"), [{"id": "q", "type": "likert", "options": [1, 2, 3, 4, 5]}]),
    (question("rating", rateCount=3), [{"id": "q", "type": "likert", "options": [1, 2, 3]}]),
    (
        question("rating", rateMin=0, rateMax=10, **ENDS),
        [
            {"id": "q", "type": "scale", "minimum": 0, "maximum": 10}
            | {"low": {"fi": "Ei lainkaan"}, "high": {"fi": "Täysin"}}
        ],
    ),
    (
        question("rating", rateValues=[1, {"value": 2, "text": "Hyvä"}]),
        [{"id": "q", "type": "likert", "options": [1, 2]}],
    ),
    (question("slider", max=20), [{"id": "q", "type": "integer", "minimum": 0, "maximum": 20}]),
    (
        question("matrix", columns=[1, 2], rows=ROWS, eachRowRequired=True),
        [{"id": "q", "type": "grid", "options": [1, 2], "rows": ["q_r1", "q_r2"], "required": "hard"}],
    ),
    (
        question("matrix", columns=[1, 2], rows=ROWS, cellType="checkbox"),
        [
            {"id": "q_intro", "type": "note"},
            {"id": "q_r1", "type": "multiple", "options": [1, 2]},
            {"id": "q_r2", "type": "multiple", "options": [1, 2]},
        ],
    ),
    (
        question(
            "matrixdropdown",
            choices=[1, 2],
            rows=ROWS,
            columns=[
                "c1",
                {"name": "c2", "cellType": "text", "inputType": "number"},
                {"name": "c3", "cellType": "boolean"},
            ],
        ),
        [
            {"id": "q_intro", "type": "note"},
            {"id": "q_c1", "type": "grid", "options": [1, 2], "rows": ["q_r1_c1", "q_r2_c1"]},
            {"id": "q_r1_c2", "type": "decimal"},
            {"id": "q_r2_c2", "type": "decimal"},
            {"id": "q_r1_c3", "type": "yes_no"},
            {"id": "q_r2_c3", "type": "yes_no"},
        ],
    ),
    (
        question("multipletext", items=[{"name": "a", "isRequired": True}, {"name": "b", "inputType": "number"}]),
        [
            {"id": "q_intro", "type": "note"},
            {"id": "q_a", "type": "text", "required": "hard"},
            {"id": "q_b", "type": "decimal"},
        ],
    ),
    (
        question("ranking", choices=["a", "b", "c"], selectToRankEnabled=True, maxSelectedChoices=2),
        [{"id": "q", "type": "rank", "options": ["a", "b", "c"], "at_most": 2}],
    ),
    (
        question("imagepicker", choices=[{"value": "lion", "imageLink": "https://example.org/lion.png"}]),
        [{"id": "q", "type": "single", "options": ["lion"]}],
    ),
    (question("imagepicker", multiSelect=True, choices=["a"]), [{"id": "q", "type": "multiple", "options": ["a"]}]),
    (question("html", html="<p>Hei</p>"), [{"id": "q", "type": "note"}]),
    (
        question("radiogroup", choices=["a"], hasComment=True, commentText="Miksi?"),
        [{"id": "q", "type": "single", "options": ["a"]}, {"id": "q_comment", "type": "long_text"}],
    ),
]


@pytest.mark.parametrize(("form", "expected"), TYPES, ids=[f"{n}-{q['type']}" for n, (q, _) in enumerate(TYPES)])
def test_a_type_becomes_items(form: Form, expected: list[dict[str, Any]]) -> None:
    """Each type of SurveyJS has its items."""
    assert [brief(item) for item in items(import_questions(form, {"type": "boolean", "name": "z"}))][:-1] == expected


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (question("file"), "Files cannot be sent with the answers."),
        (question("signaturepad"), "Signatures cannot be given."),
        (question("image"), "Pictures outside options are not shown."),
        (question("matrixdynamic", columns=[{"name": "c"}]), "Rows that respondents add have no counterpart."),
        (
            question("paneldynamic", templateElements=[question("text", choices=["a"])]),
            "Questions that respondents repeat as often as they like have no counterpart.",
        ),
        (question("own-type"), "The type 'own-type' is none of SurveyJS's own."),
        (question("radiogroup"), "It has no choices of its own to choose from."),
        (question("radiogroup", choicesByUrl={"url": "x"}), "It has no choices of its own to choose from."),
        (question("radiogroup", choices=["a", "a"]), "Two of its choices have the value 'a'."),
        (question("matrix", columns=["a"]), "It has no rows."),
        (question("matrix", rows=["a"]), "It has no columns."),
        (question("multipletext"), "It has no fields."),
        (question("html"), "It has no text."),
        (question("text", visible=False), "It is hidden, and shown by the form itself at most."),
        (question("text", readOnly=True), "It is only read, not answered."),
        (question("text", visibleIf="false"), "It is never asked, since its condition never holds."),
        (question("rating", rateMax=50), "It has 50 values to choose from; at most 21 stand in a row."),
        (question("rating", rateStep=0.5), "Its values are not whole numbers in order."),
        (question("slider", sliderType="range"), "A range of values cannot be given."),
        (question("expression", expression="today()"), "It cannot be worked out here, since it uses 'today'."),
        (
            question("matrixdropdown", columns=[{"name": "c", "cellType": "text"}], rows=list(range(61))),
            "It has 61 fields; at most 60 are made of a matrix.",
        ),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else "",
)
def test_a_question_that_cannot_be_asked_is_left(form: Form, why: str) -> None:
    """It is left with the reason, and all that it is made of with it, questions within it too."""
    found = import_questions(form, {"type": "boolean", "name": "z"})
    own = [loss for loss in found.losses if loss.where.startswith("question 'q'")]
    assert (own[0].kind, own[0].why) == ("left", why)
    assert {(loss.kind, loss.why) for loss in own[1:]} <= {("left", "Its question did not come over.")}
    assert [item.id for item in items(found)] == ["z"]


def test_options_that_surveyjs_adds() -> None:
    """Each has its meaning: words of one's own, alone, or no answer."""
    form = question(
        "checkbox",
        choices=["a"],
        hasOther=True,
        showNoneItem=True,
        showDontKnowItem=True,
        showRefuseItem=True,
        noneText="Ei",
    )
    (item,) = items(import_questions(form))
    assert [(o.value, o.label["fi"], o.other, o.exclusive, o.missing) for o in item.options] == [
        ("a", "a", False, False, None),
        ("other", "Muu, mikä?", True, False, None),
        ("none", "Ei", False, True, None),
        ("dont_know", "En osaa sanoa", False, True, "dont_know"),
        ("refused", "En halua vastata", False, True, "prefer_not"),
    ]


def test_choices_of_another_question() -> None:
    """Where only what was chosen before would be offered, all is, and the report says so."""
    found = import_questions(
        {"type": "checkbox", "name": "a", "choices": ["x", "y"], "hasOther": True},
        {"type": "ranking", "name": "b", "choicesFromQuestion": "a", "choicesFromQuestionMode": "selected"},
        {"type": "text", "name": "c", "visibleIf": "{b} notempty"},
    )
    _a, b, c = items(found)
    assert ([option.value for option in b.options], c.show_if) == (["x", "y"], "answered(b)")
    assert told(found, "ranking") == ("changed", "Its choices are those of 'a', all of them.")


def test_points_are_scores_where_all_have_them() -> None:
    """A point that is the value itself needs no score."""
    choices = [{"value": 1, "text": "Ei", "score": 1}, {"value": 2, "text": "Joo", "score": 5}]
    (item,) = items(import_questions(question("radiogroup", choices=choices)))
    assert [option.score for option in item.options] == [None, 5.0]
    found = import_questions(question("checkbox", choices=choices))
    assert told(found, "choice '2'") == ("changed", "Its points were left out.")


def test_names_become_ids_and_values() -> None:
    """A name that is no id is told where it stands; conditions follow."""
    found = import_questions(
        {"type": "radiogroup", "name": "Tyytyväisyys-1", "choices": ["Erittäin hyvä", 2]},
        {"type": "text", "name": "wave", "visibleIf": "{Tyytyväisyys-1} = 'Erittäin hyvä'"},
    )
    first, second = items(found)
    assert [option.value for option in first.options] == ["erittain_hyva", "2"]
    assert (first.id, second.id, second.show_if) == ("tyytyvaisyys_1", "q_wave", "tyytyvaisyys_1 == 'erittain_hyva'")
    assert told(found, "radiogroup") == ("changed", "Its id is 'tyytyvaisyys_1'. Conditions follow.")
    assert told(found, "choice 'Erittäin hyvä'") == ("changed", "Its value is 'erittain_hyva'.")


# --- conditions -----------------------------------------------------------------------------------

ASKED: tuple[Form, ...] = (
    {"type": "radiogroup", "name": "r", "choices": ["a", "b", "c-1"]},
    {"type": "checkbox", "name": "c", "choices": ["x", "y", 3]},
    {"type": "text", "name": "n", "inputType": "number"},
    {"type": "boolean", "name": "b"},
    {"type": "boolean", "name": "v", "valueTrue": "on", "valueFalse": "off"},
    {"type": "matrix", "name": "m", "rows": ["r 1"], "columns": [1, 2, 3]},
    {"type": "multipletext", "name": "mt", "items": [{"name": "i"}]},
    {"type": "text", "name": "t"},
    {"type": "text", "name": "d", "inputType": "date"},
    {"type": "rating", "name": "s"},
)


@pytest.mark.parametrize(
    ("visible_if", "show_if"),
    [
        ("{r} = 'a'", "r == 'a'"),
        ("{r} <> 'a'", "not (r == 'a')"),
        ("{r} notempty and {n} empty", "answered(r) and not (answered(n))"),
        ("{r} anyof ['a', 'b']", "r in ['a', 'b']"),
        ("{r} noneof ['a', 'c-1']", "r not in ['a', 'c_1']"),
        ("{r} contains 'c'", "r == 'c_1'"),
        ("{c} contains 'x'", "c == 'x'"),
        ("{c} notcontains 3", "not (c == '3')"),
        ("{c} allof ['x', 'y']", "c == 'x' and c == 'y'"),
        ("{c} anyof ['x', 3]", "c in ['x', '3']"),
        ("{n} >= 2.5 && {n} < 10", "n >= 2.5 and n < 10"),
        ("({s} > 3 or {s} = 1) and !({r} = 'b')", "(s > 3 or s == 1) and not (r == 'b')"),
        ("{b} = true", "b == 'yes'"),
        ("{b} = false", "b == 'no'"),
        ("!{b}", "not (b == 'yes')"),
        ("{v} = 'on'", "v == 'yes'"),
        ("{m.r 1} = 2", "m_r_1 == 2"),
        ("{mt.i} notempty", "answered(mt_i)"),
        ("{t} equal yes", "t == 'yes'"),
        ("{d} > '2026-01-31'", "d > '2026-01-31'"),
        ("iif({n} > 3, 'x', 'y') = 'x'", None),
        ("true", None),
    ],
)
def test_visible_if_is_a_condition(visible_if: str, show_if: str | None) -> None:
    """What SurveyJS asks about other answers, a condition asks too."""
    found = import_questions(*ASKED, {"type": "text", "name": "z", "visibleIf": visible_if})
    assert items(found)[-1].show_if == show_if


@pytest.mark.parametrize(
    ("visible_if", "why"),
    [
        ("{zz} = 1", "'zz' is not asked before"),
        ("{n} + 1 > 3", "it uses '+'"),
        ("age({d}) > 18", "it uses 'age'"),
        ("{c} = ['x', 'y']", "it compares with several values at once"),
        ("{t} contains 'x'", "it looks for words within a text"),
        ("{n} > {s}", "it compares two answers with each other"),
        ("{c} anyof {r}", "it compares two answers with each other"),
        ("{r} = ", "it ends too early"),
        ("{{", "'{{' is not understood"),
        ("[1", "it ends too early"),
        ("(" * 50, "its brackets are too deep"),
        ("{n} = 1 " * 3000, "it is too long"),
    ],
)
def test_a_condition_that_cannot_be_said_is_left(visible_if: str, why: str) -> None:
    """The question is asked of everybody, and the report says why."""
    found = import_questions(*ASKED, {"type": "text", "name": "z", "visibleIf": visible_if})
    assert items(found)[-1].show_if is None
    (loss,) = [one for one in found.losses if one.what.startswith("visibleIf")]
    assert (loss.kind, loss.why) == ("left", f"It cannot be said here, since {why}. So it is asked of everybody.")


def test_enabled_and_required_by_condition() -> None:
    """What could not be answered is not shown; what is needed of some is needed of nobody."""
    found = import_questions(
        *ASKED,
        {"type": "text", "name": "z", "visibleIf": "{b} = true", "enableIf": "{n} > 1", "requiredIf": "{r} = 'a'"},
    )
    assert (items(found)[-1].show_if, items(found)[-1].required) == ("(b == 'yes') and (n > 1)", "no")
    assert told(found, "enableIf {n} > 1") == ("changed", "It is not shown where it could not be answered.")
    why = "Whether an answer is needed cannot depend on other answers: it is not needed."
    assert told(found, "requiredIf {r} = 'a'") == ("left", why)


def test_pages_and_panels_are_sections() -> None:
    """A panel with words is a section of its own; one without gives its questions its condition."""
    form = {
        "locale": "fi",
        "pages": [
            {"name": "p1", "title": "Alku", "elements": [{"type": "boolean", "name": "a"}]},
            {
                "name": "p2",
                "title": "Työ",
                "description": "Nyt",
                "visibleIf": "{a} = true",
                "elements": [
                    {"type": "boolean", "name": "b"},
                    {
                        "type": "panel",
                        "name": "x",
                        "title": "Tunnit",
                        "visibleIf": "{b} = true",
                        "elements": [question("text")],
                    },
                    {"type": "text", "name": "c"},
                    {
                        "type": "panel",
                        "name": "y",
                        "visibleIf": "{b} = false",
                        "elements": [{"type": "text", "name": "d"}],
                    },
                ],
            },
            {"name": "p3", "elements": []},
        ],
    }
    found = import_form(form)
    assert [
        (one.title and one.title["fi"], one.intro, one.show_if, [(i.id, i.show_if) for i in one.items])
        for one in found.instrument.sections
    ] == [
        ("Alku", None, None, [("a", None)]),
        ("Työ", {"fi": "Nyt"}, "a == 'yes'", [("b", None)]),
        ("Tunnit", None, "(a == 'yes') and (b == 'yes')", [("q", None)]),
        (None, None, "a == 'yes'", [("c", None), ("d", "b == 'no'")]),
    ]
    assert told(found, "'p3'") == ("left", "It has no questions.")


def test_what_is_hidden_with_its_page() -> None:
    """Its questions are left with the reason, and then the page."""
    form = {
        "pages": [
            {"elements": [question("text")]},
            {"name": "x", "visible": False, "elements": [{"type": "text", "name": "b"}]},
        ]
    }
    found = import_form(form)
    (loss,) = [one for one in found.losses if one.where == "question 'b'"]
    assert (loss.kind, loss.why) == ("left", "The page that it is on is hidden.")
    assert told(found, "'x'") == ("left", "None of its questions came over.")


def test_a_form_without_pages_and_in_older_words() -> None:
    """Version 1 had `questions`; a form may have no pages at all."""
    for form in (
        {"elements": [question("text")]},
        {"pages": [{"questions": [question("text")]}]},
        {"questions": [question("text")]},
    ):
        assert [item.id for item in items(import_form(form))] == ["q"]


def test_what_is_worked_out() -> None:
    """Numbers are calculated once all that they need is asked; words stand in the conditions that name them."""
    found = import_questions(
        {"type": "text", "name": "a", "inputType": "number"},
        {"type": "text", "name": "b", "inputType": "number"},
        {"type": "expression", "name": "e", "expression": "{a} * 2"},
        {"type": "text", "name": "z", "visibleIf": "{sum} > 3 and {kind} = 'paljon' and {many}"},
        calculatedValues=[
            {"name": "sum", "expression": "{a} + {b}"},
            {"name": "kind", "expression": "iif({a} > 5, 'paljon', 'vähän')"},
            {"name": "many", "expression": "{b} > 1"},
            {"name": "lost", "expression": "{nothing} + 1"},
        ],
    )
    assert [(item.id, item.calculate, item.show_if) for item in items(found)] == [
        ("a", None, None),
        ("b", None, None),
        ("sum", "a + b", None),
        ("e", "a * 2", None),
        ("z", None, "sum > 3 and a > 5 and b > 1"),
    ]
    why = "It gives a text, which is not kept; conditions that name it have what it depends on."
    assert told(found, "calculated value 'kind'") == ("changed", why)
    why = "What it is worked out from did not come over, so 'lost' has no value."
    assert told(found, "calculated value 'lost'") == ("left", why)


def test_a_value_is_tried_only_when_something_that_it_names_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many questions and many values, each is tried at the first question and again at what it names: not at
    every question."""
    tried: list[str] = []
    work_out = surveyjs.worked_out

    def counted(maker: Any, name: str, *rest: Any, **keys: Any) -> Any:
        tried.append(name)
        return work_out(maker, name, *rest, **keys)

    monkeypatch.setattr(surveyjs, "worked_out", counted)
    last = 40
    values = [{"name": f"v{n}", "expression": f"{{q{last - n}}} * 2"} for n in range(last)]
    values.append({"name": "all", "expression": "{v0} + {v39}"})
    questions = [{"type": "text", "name": f"q{n}", "inputType": "number"} for n in range(last + 1)]
    found = import_questions(*questions, calculatedValues=values)
    calculated = [(item.id, item.calculate) for item in items(found) if item.calculate]
    assert calculated[0] == ("v39", "q1 * 2") and calculated[-2:] == [("v0", "q40 * 2"), ("all", "v0 + v39")]
    assert max(Counter(tried).values()) <= 5 and len(tried) == 2 * last + 4


def test_values_that_are_worked_out_from_themselves() -> None:
    """They are found out, however they go round, and however much they name."""
    values = [{"name": f"v{n}", "expression": " or ".join([f"{{v{n + 1}}}"] * 20)} for n in range(6)]
    values += [{"name": "v6", "expression": "{v0}"}]
    found = import_questions({"type": "text", "name": "z", "visibleIf": "{v0}"}, calculatedValues=values)
    why = "It cannot be said here, since 'v0' is worked out from itself, or from too much. So it is asked of everybody."
    assert told(found, "visibleIf {v0}") == ("left", why)


@pytest.mark.parametrize(
    ("validator", "outcome"),
    [
        ({"type": "regex", "regex": "^x"}, ("left", "Patterns that an answer must have are not checked.")),
        ({"type": "expression", "expression": "{z} % 2 = 0"}, ("left", "It cannot be said here, since it uses 'mod'.")),
        ({"type": "expression", "expression": "true"}, ("left", "It always or never holds.")),
        ({"type": "own"}, ("left", "What it asks for cannot be checked here.")),
        ({"type": "numeric", "maxValue": 9}, ("came", "")),
    ],
)
def test_a_validator_that_cannot_be_checked_is_left(validator: Form, outcome: tuple[str, str]) -> None:
    """Each has an entry of its own."""
    found = import_questions({"type": "text", "name": "z", "inputType": "number", "validators": [validator]})
    assert told(found, f"validator {validator['type']}") == outcome


def test_an_expression_validator_is_a_constraint() -> None:
    """Two answers can be compared, with the form's own words."""
    rule = {"type": "expression", "expression": "{z} >= {n}", "text": "Enemmän."}
    found = import_questions(*ASKED, {"type": "text", "name": "z", "inputType": "number", "validators": [rule]})
    assert [(one.rule, one.message) for one in items(found)[-1].constraints] == [("z >= n", {"fi": "Enemmän."})]


# --- texts and languages --------------------------------------------------------------------------


def test_texts_by_language() -> None:
    """`default` is the form's locale; what a language lacks stands in that one, and is to be reviewed."""
    found = import_form(
        {
            "locale": "fi",
            "title": {"default": "Kysely", "sv": "Enkät"},
            "pages": [{"elements": [question("text", title={"default": "Missä?"}, description={"sv": "Kort"})]}],
        }
    )
    (item,) = items(found)
    assert (found.instrument.languages, found.instrument.title) == (("fi", "sv"), {"fi": "Kysely", "sv": "Enkät"})
    assert (item.text, item.hint) == ({"fi": "Missä?", "sv": "Missä?"}, {"fi": "Kort", "sv": "Kort"})
    assert found.instrument.review == {"sv": "needed"}
    assert told(found, "text") == (
        "changed",
        "There is no text in 'sv': that in 'fi' stands in its place. There is no text in 'fi': that in 'sv' stands in its place.",
    )


def test_the_language_of_a_form_that_does_not_say() -> None:
    """It is told by the words where there are enough, and otherwise guessed, and either way said."""
    texts = ["Mitä mieltä olet siitä, että palvelu on nyt auki?", "Oletko ollut mukana ja voit sen vuoksi kertoa?"] * 2
    long = import_form({"elements": [question("text", name=f"q{n}", title=text) for n, text in enumerate(texts)]})
    assert (
        told(long, "'fi'")[1] == "It was taken for 'fi' by its words. If it is another, set 'locale' and import again."
    )
    short = import_form({"elements": [question("text", title="Missä?")]})
    why = "It was taken for 'en' since the form does not say. If it is another, set 'locale' and import again."
    assert told(short, "'en'") == ("changed", why)


def test_languages_are_those_of_the_site(library: Library) -> None:
    """One that the site does not have is left; one that it requires is filled in."""
    found = import_form(
        {"locale": "et", "elements": [question("text", title={"default": "Kus?", "sv": "Var?"})]}, library=library
    )
    required = [tag for tag in library.site.required_languages if tag != "sv"]
    assert found.instrument.languages == ("sv", *required)
    assert items(found)[0].text == {"sv": "Var?", **dict.fromkeys(required, "Kus?")}
    assert told(found, "'et'")[0] == "left"


def test_texts_are_plain() -> None:
    """HTML becomes words, and what SurveyJS would fill in stands in brackets."""
    found = import_questions(
        question("html", html="<p>Hei {name}!</p><p>Katso <a href='https://example.org'>tästä</a>.</p>"),
        question("text", name="b"),
    )
    assert items(found)[0].text == {"fi": "Hei [name]!\n\nKatso tästä (https://example.org)."}
    assert told(found, "html") == (
        "changed",
        "The text has {name}, which is not filled in here; brackets [ ] stand in its place.",
    )


def test_settings_are_left_with_their_reasons() -> None:
    """Every property has an entry; what is a part of the question has not."""
    found = import_questions(
        question(
            "text",
            placeholder="…",
            defaultValue="x",
            startWithNewLine=False,
            myProperty={"a": 1},
            setValueIf="{x} = 1",
            clearIfInvisible="default",
        ),
        showProgressBar="top",
        completedHtml="Kiitos",
        triggers=[{"type": "complete", "expression": "{q} = 1"}],
        maxTextLength=50,
    )
    assert items(found)[0].max_length == 50
    assert {
        loss.what: (loss.kind, loss.why) for loss in found.losses if " = " in loss.what or "triggers" in loss.what
    } == {
        "placeholder = …": ("left", "How a question looks is settled by Mittari's pages."),
        "defaultValue = x": ("left", "Questions begin empty."),
        "startWithNewLine = false": ("left", "How a question looks is settled by Mittari's pages."),
        "myProperty = {a}": ("left", "It has no counterpart."),
        "setValueIf = {x} = 1": ("left", "What is worked out while the form is filled in cannot come over."),
        "showProgressBar = top": ("left", "How one moves through the questions is settled by Mittari's pages."),
        "completedHtml = Kiitos": ("left", "After the last question Mittari shows its own page of thanks."),
        "triggers: complete {q} = 1": (
            "left",
            "What the form does by itself when an answer is given has no counterpart.",
        ),
        "maxTextLength = 50": ("came", ""),
    }


# --- the report adds up, and the instrument is one ------------------------------------------------

_CONDITIONS = ("visibleIf", "enableIf", "requiredIf")
_STRUCTURE = {
    *(
        "type",
        "name",
        "title",
        "description",
        "isRequired",
        "validators",
        "visible",
        "valueName",
        "readOnly",
        "choices",
    ),
    *(
        "columns",
        "rows",
        "items",
        "rateValues",
        "templateElements",
        "detailElements",
        "elements",
        "questions",
        *_CONDITIONS,
    ),
    *("commentText", "inputType", "cellType", "html", "expression", "value", "otherText", "noneText", "dontKnowText"),
    *("refuseText", "hasComment", "showCommentArea", "showComment", "pages", "locale"),
    *(name for names in SPECIAL.values() for name in names),
}


def _settings(data: Form, also: set[str] = frozenset()) -> int:  # type: ignore[assignment]
    """The properties that are elements by themselves."""
    return sum(
        key not in _STRUCTURE | also and value not in (None, "", "default", [], {}) for key, value in data.items()
    )


def _list(data: Form, key: str) -> list[Any]:
    found = data.get(key)
    return [one for one in found if one is not None] if isinstance(found, list) else []


def counted(form: Form) -> int:
    """The elements of a form, counted in its JSON."""

    def of_question(data: Form) -> int:
        plain = data.get("type") == "matrix"
        lists = ("choices", "rows", "items", "rateValues", *(["columns"] if plain else []))
        own = 1 + sum(len(_list(data, key)) for key in lists)
        own += sum(isinstance(one, dict) for one in _list(data, "validators"))
        own += sum(any(data.get(name) for name in names) for names in SPECIAL.values())
        own += any(data.get(name) for name in ("hasComment", "showCommentArea", "showComment"))
        own += sum(isinstance(data.get(key), str) for key in _CONDITIONS)
        own += _settings(data) + (data.get("type") == "comment" and isinstance(data.get("rows"), int))
        columns = [] if plain else [one if isinstance(one, dict) else {"value": one} for one in _list(data, "columns")]
        within = [*_list(data, "templateElements"), *_list(data, "detailElements"), *_list(data, "elements")]
        return own + sum(of_question(one) for one in (*columns, *within) if isinstance(one, dict))

    def of_container(data: Form) -> int:
        own = 1 + sum(isinstance(data.get(key), str) for key in _CONDITIONS) + _settings(data)
        inner = [one for key in ("elements", "questions") for one in _list(data, key) if isinstance(one, dict)]
        return own + sum(of_container(one) if one.get("type") == "panel" else of_question(one) for one in inner)

    lists = ("calculatedValues", *surveyjs_words.LISTS)
    own = 1 + sum(key in form for key in ("title", "description")) + _settings(form, set(lists))
    own += sum(len(_list(form, key)) for key in lists)
    pages = form["pages"] if "pages" in form else [{"elements": _list(form, "elements")}]
    return own + sum(of_container(page) for page in pages)


def languages_of(found: Imported) -> list[Loss]:
    return [loss for loss in found.losses if loss.where == "language"]


LARGE = {
    "title": {"default": "Kysely", "sv": "Enkät", "de": "Umfrage"},
    "locale": "fi",
    "description": "Lyhyt",
    "showTOC": True,
    "triggers": [{"type": "complete", "expression": "{r} = 'a'"}],
    "calculatedValues": [{"name": "w", "expression": "{n} * 2"}],
    "pages": [
        {"name": "p1", "title": "Alku", "elements": [*ASKED, question("file", maxSize=5, name="f")]},
        {
            "name": "p2",
            "visibleIf": "{b} = true",
            "navigationTitle": "x",
            "elements": [
                {
                    "type": "panel",
                    "name": "x",
                    "title": "Kaikki",
                    "state": "expanded",
                    "elements": [
                        {**form, "name": f"t{n}", **({"visibleIf": "{c} contains 'x'"} if n % 3 == 0 else {})}
                        for n, (form, _) in enumerate(TYPES)
                    ],
                },
                {
                    "type": "paneldynamic",
                    "name": "pd",
                    "panelCount": 2,
                    "templateElements": [{"type": "checkbox", "name": "i", "choices": ["a", "b"], "colCount": 2}],
                },
                {"type": "matrixdynamic", "name": "md", "columns": [{"name": "c", "choices": [1]}], "choices": [1, 2]},
                {"type": "comment", "name": "rows", "rows": 3, "visibleIf": "nonsense(("},
            ],
        },
    ],
}


def test_every_element_of_the_form_has_one_entry(tmp_path: Path) -> None:
    """Came, changed and left add up to what the JSON holds, and the instrument is read without an error."""
    found = import_form(LARGE)
    assert sum(counts(found.losses).values()) == len(found.losses) == counted(LARGE) + len(languages_of(found))
    assert [loss.what for loss in languages_of(found)] == ["'fi'", "'sv'", "'de'"]
    kinds = Counter(loss.what.split(" ")[0] for loss in found.losses)
    assert kinds["row"] == sum(len(_list(q, "rows")) for q in [*ASKED, *(form for form, _ in TYPES)])
    assert all(loss.why.endswith(".") for loss in found.losses if loss.kind != "came")
    assert not any(loss.why for loss in found.losses if loss.kind == "came")
    assert errors(found.instrument, tmp_path) == []


_WORDS = st.sampled_from(["a", "B", "Kyllä", "wave", "1", "x y", "{a}", "<b>x</b>", "other_text", "…", "ä" * 50])
_TEXT = st.one_of(_WORDS, st.fixed_dictionaries({"default": _WORDS, "sv": _WORDS}), st.just({}), st.just(None))
_VALUE = st.one_of(_WORDS, st.integers(-3, 12), st.booleans(), st.floats(-2, 2, width=16), st.none())
_ENTRY = st.one_of(_VALUE, st.fixed_dictionaries({"value": _VALUE, "text": _TEXT}))
_NAMES = st.sampled_from(["a", "b", "A", "and", "q 1", "9", "c"])
_TESTS = st.sampled_from(
    [
        "{a} = 'a'",
        "{b} notempty",
        "{a} contains 1",
        "{A} > 3",
        "{c.a} = true",
        "!{a} or {b} anyof ['a', 1]",
        "true",
        "false",
        "x (",
    ]
)
_NUMBERS = st.one_of(st.integers(-5, 30), st.floats(-9, 9), st.just("2026-01-31"), st.none())
_QUESTION = st.fixed_dictionaries(
    {
        "type": st.sampled_from(sorted({form["type"] for form, _ in TYPES} | {"expression", "paneldynamic"})),
        "name": _NAMES,
    },
    optional={
        "title": _TEXT,
        "choices": st.lists(_ENTRY, max_size=4),
        "rows": st.lists(_ENTRY, max_size=3),
        "columns": st.lists(_ENTRY, max_size=3),
        "items": st.lists(st.fixed_dictionaries({"name": _NAMES}), max_size=2),
        "rateValues": st.lists(_ENTRY, max_size=3),
        **dict.fromkeys(("min", "max", "step", "rateMin", "rateMax", "minSelectedChoices", "maxLength"), _NUMBERS),
        **dict.fromkeys(("visibleIf", "enableIf", "expression"), _TESTS),
        **dict.fromkeys(("hasOther", "showNoneItem", "showDontKnowItem", "hasComment", "isRequired"), st.booleans()),
        "inputType": st.sampled_from(["number", "date", "time", "email", "datetime-local", "color"]),
        "cellType": st.sampled_from(["dropdown", "checkbox", "text", "boolean", "rating", "matrix"]),
        "validators": st.lists(
            st.fixed_dictionaries(
                {"type": st.sampled_from(["numeric", "text", "email", "expression", "answercount"])},
                optional={"minValue": _NUMBERS, "maxLength": _NUMBERS, "minCount": _NUMBERS, "expression": _TESTS},
            ),
            max_size=2,
        ),
        "templateElements": st.lists(st.fixed_dictionaries({"type": st.just("text"), "name": _NAMES}), max_size=1),
        "odd": _VALUE,
    },
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_QUESTION, min_size=1, max_size=6))
def test_whatever_a_form_holds_is_an_instrument_or_refused(tmp_path: Path, questions: list[dict[str, Any]]) -> None:
    """However odd: either a plain sentence, or an instrument that reads without errors and a report that adds up."""
    form = {"locale": "fi", "pages": [{"name": "p", "elements": questions}]}
    try:
        found = import_form(form)
    except ExchangeError as error:
        assert len(error.losses) - sum(loss.where == "language" for loss in error.losses) == counted(form)
        return
    assert len(found.losses) - len(languages_of(found)) == counted(form)
    assert errors(found.instrument, tmp_path) == []


def test_ids_of_other_instruments_are_not_taken(library: Library) -> None:
    """An id that means another question in the folder is given up, and conditions follow."""
    taken = next(library.instruments["palvelupalaute@1"].items()).id
    form = {
        "elements": [
            {"type": "boolean", "name": taken},
            {"type": "text", "name": "oma", "visibleIf": f"{{{taken}}} = true"},
        ]
    }
    found = formats.read(Source(name="lomake.json", data=json.dumps(form).encode(), library=library))
    assert [(item.id, item.show_if) for item in items(found)] == [(f"{taken}_2", None), ("oma", f"{taken}_2 == 'yes'")]


# --- files that are none --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "The file is no JSON that can be read. Save the form in SurveyJS again (JSON Editor) and import that."),
        (
            b"\xff\xff",
            "The file is no JSON that can be read. Save the form in SurveyJS again (JSON Editor) and import that.",
        ),
        (
            b"[" * 100_000,
            "The file is no JSON that can be read. Save the form in SurveyJS again (JSON Editor) and import that.",
        ),
        (
            b'{"items": []}',
            "The file is JSON, but neither a SurveyJS form, which has 'pages' or 'elements' with questions, nor a FHIR Questionnaire.",
        ),
        (
            b'[{"type": "text"}]',
            "The file is JSON, but neither a SurveyJS form, which has 'pages' or 'elements' with questions, nor a FHIR Questionnaire.",
        ),
        (
            b'{"elements": [{"type": "html", "name": "a", "html": "x"}]}',
            "No question of the form can be asked with Mittari, so there is no instrument.",
        ),
    ],
    ids=["empty", "bytes", "deep", "other", "list", "no questions"],
)
def test_a_file_that_holds_no_form_is_refused(data: bytes, message: str) -> None:
    """One plain sentence says why and what to do."""
    with pytest.raises(ExchangeError) as refused:
        formats.read(Source(name="lomake.json", data=data))
    assert str(refused.value) == message


def test_a_file_that_is_too_large_is_refused() -> None:
    """It is not even parsed."""
    with pytest.raises(ExchangeError) as refused:
        surveyjs.imported(Source(name="lomake.json", data=b" " * 5_000_001))
    assert str(refused.value) == (
        "The file has 5.0 MB; at most 5 MB are read. A form needs far less: take out pictures that are written into it."
    )


@pytest.mark.parametrize("key", ["elements", "templateElements"])
def test_a_form_that_is_too_deep_is_refused(key: str) -> None:
    """Panels within panels have an end."""
    inner: dict[str, Any] = question("text")
    for n in range(40):
        inner = {"type": "panel" if key == "elements" else "paneldynamic", "name": f"x{n}", key: [inner]}
    with pytest.raises(ExchangeError, match="more than 12 deep"):
        import_form({"elements": [question("text", name="a"), inner]})
