"""LimeSurvey's surveys: each type of question, conditions, settings, and a report that adds up."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import build as publishing
from exchange import formats, limesurvey_words, loss
from exchange.context import Source
from exchange.loss import ExchangeError, counts
from survey.model import Library
from tests.exchange.imported import brief, items, told
from tests.exchange.lime import Answer, Group, Layout, Q, Sub, import_questions, import_survey, read, survey
from tests.exchange.read_back import errors

AGREE = {"1": "Ei", "2": "Osin", "3": "Joo"}
PLACES = {"A1": "Kotona", "A2": "Töissä"}


# --- types ----------------------------------------------------------------------------------------

GRID = {"S1": "Eka", "S2": "Toka"}
TYPES: list[tuple[Q, list[dict[str, Any]]]] = [
    (
        Q(code="Q", type="L", answers=PLACES, mandatory="Y"),
        [{"id": "q", "type": "single", "options": ["a1", "a2"], "required": "hard"}],
    ),
    (
        Q(code="Q", type="!", answers=AGREE, mandatory="S"),
        [{"id": "q", "type": "dropdown", "options": [1, 2, 3], "required": "soft"}],
    ),
    (
        Q(code="Q", type="O", answers=PLACES),
        [{"id": "q", "type": "single", "options": ["a1", "a2"]}, {"id": "q_comment", "type": "long_text"}],
    ),
    (Q(code="Q", type="5"), [{"id": "q", "type": "likert", "options": [1, 2, 3, 4, 5]}]),
    (Q(code="Q", type="Y"), [{"id": "q", "type": "yes_no"}]),
    (Q(code="Q", type="G"), [{"id": "q", "type": "single", "options": ["f", "m"]}]),
    (
        Q(code="Q", type="F", subs=GRID, answers=AGREE),
        [{"id": "q", "type": "grid", "options": [1, 2, 3], "rows": ["q_s1", "q_s2"]}],
    ),
    (
        Q(code="Q", type="H", subs=GRID, answers=AGREE),
        [{"id": "q", "type": "grid", "options": [1, 2, 3], "rows": ["q_s1", "q_s2"]}],
    ),
    (
        Q(code="Q", type="A", subs={"S1": "Eka"}),
        [{"id": "q", "type": "grid", "options": [1, 2, 3, 4, 5], "rows": ["q_s1"]}],
    ),
    (
        Q(code="Q", type="B", subs={"S1": "Eka"}),
        [{"id": "q", "type": "grid", "options": list(range(1, 11)), "rows": ["q_s1"]}],
    ),
    (
        Q(code="Q", type="C", subs={"S1": "Eka"}),
        [{"id": "q", "type": "grid", "options": ["y", "u", "n"], "rows": ["q_s1"]}],
    ),
    (
        Q(code="Q", type="E", subs={"S1": "Eka"}),
        [{"id": "q", "type": "grid", "options": ["i", "s", "d"], "rows": ["q_s1"]}],
    ),
    (
        Q(
            code="Q",
            type="1",
            subs=GRID,
            answers=[("1", Answer(text="Ei")), ("2", Answer(text="Joo")), ("9", Answer(scale=1))],
        ),
        [
            {"id": "q_0", "type": "grid", "options": [1, 2], "rows": ["q_s1_0", "q_s2_0"]},
            {"id": "q_1", "type": "grid", "options": [9], "rows": ["q_s1_1", "q_s2_1"]},
        ],
    ),
    (
        Q(
            code="Q",
            type=":",
            subs={"R1": "Rivi", "C1": Sub(text="Sarake", scale=1)},
            attributes={"multiflexible_max": "3"},
        ),
        [{"id": "q_c1", "type": "grid", "options": [1, 2, 3], "rows": ["q_r1_c1"]}],
    ),
    (
        Q(
            code="Q",
            type=":",
            subs={"R1": "Rivi", "C1": Sub(text="Sarake", scale=1)},
            attributes={"input_boxes": "1", "multiflexible_max": "24"},
        ),
        [{"id": "q_intro", "type": "note"}, {"id": "q_r1_c1", "type": "decimal", "maximum": 24}],
    ),
    (
        Q(
            code="Q",
            type=":",
            subs={"R1": "Rivi", "C1": Sub(text="Yksi", scale=1), "C2": Sub(text="Kaksi", scale=1)},
            attributes={"multiflexible_checkbox": "1"},
        ),
        [{"id": "q_intro", "type": "note"}, {"id": "q_r1", "type": "multiple", "options": ["c1", "c2"]}],
    ),
    (
        Q(code="Q", type=";", subs={"R1": "Rivi", "C1": Sub(text="Sarake", scale=1)}, text=""),
        [{"id": "q_r1_c1", "type": "text"}],
    ),
    (
        Q(
            code="Q",
            type="M",
            subs={"A": "Aa", "B": "Bee"},
            other=True,
            attributes={"min_answers": "1", "max_answers": "2", "exclude_all_others": "B"},
        ),
        [{"id": "q", "type": "multiple", "options": ["a", "b", "other"], "at_least": 1, "at_most": 2}],
    ),
    (
        Q(code="Q", type="P", subs={"A": "Aa", "1": "Yksi"}),
        [
            {"id": "q", "type": "multiple", "options": ["a", "1"]},
            {"id": "q_acomment", "type": "text", "show_if": "q == 'a'"},
            {"id": "q_1comment", "type": "text", "show_if": "q == '1'"},
        ],
    ),
    (
        Q(code="Q", type="R", answers=PLACES, attributes={"max_answers": "1"}, subs={"1": ""}),
        [{"id": "q", "type": "rank", "options": ["a1", "a2"], "at_most": 1}],
    ),
    (Q(code="Q", type="R", subs=PLACES), [{"id": "q", "type": "rank", "options": ["a1", "a2"]}]),
    (
        Q(code="Q", type="N", attributes={"num_value_int_only": "1", "min_num_value_n": "0", "max_num_value_n": "12"}),
        [{"id": "q", "type": "integer", "minimum": 0, "maximum": 12}],
    ),
    (
        Q(code="Q", type="N", attributes={"max_num_value_n": "2.5", "suffix": "tuntia"}),
        [{"id": "q", "type": "decimal", "maximum": 2.5, "unit": {"fi": "tuntia"}}],
    ),
    (
        Q(code="Q", type="K", subs=GRID, help="Arvioi", attributes={"min_num_value_n": "1"}),
        [
            {"id": "q_intro", "type": "note"},
            {"id": "q_s1", "type": "decimal", "minimum": 1},
            {"id": "q_s2", "type": "decimal", "minimum": 1},
        ],
    ),
    (
        Q(code="Q", type="Q", subs={"S1": "Eka"}, text="", attributes={"maximum_chars": "20"}),
        [{"id": "q_s1", "type": "text", "max_length": 20}],
    ),
    (
        Q(code="Q", type="S", attributes={"maximum_chars": "9"}, help="Lyhyt"),
        [{"id": "q", "type": "text", "max_length": 9, "hint": {"fi": "Lyhyt"}}],
    ),
    (Q(code="Q", type="S", attributes={"numbers_only": "1"}), [{"id": "q", "type": "decimal"}]),
    (Q(code="Q", type="T"), [{"id": "q", "type": "long_text"}]),
    (Q(code="Q", type="U"), [{"id": "q", "type": "long_text"}]),
    (
        Q(code="Q", type="D", attributes={"date_min": "2020-01-31", "date_max": '"now"'}),
        [{"id": "q", "type": "date", "minimum": "2020-01-31", "maximum": "today"}],
    ),
    (
        Q(code="Q", type="D", attributes={"date_format": "dd.mm.yyyy HH:MM"}),
        [{"id": "q", "type": "date"}, {"id": "q_time", "type": "time"}],
    ),
    (Q(code="Q", type="D", attributes={"date_format": "HH:MM"}), [{"id": "q", "type": "time"}]),
    (Q(code="Q", type="D", attributes={"date_format": "mm/yyyy"}), [{"id": "q", "type": "month"}]),
    (
        Q(code="Q", type="D", attributes={"date_format": "yyyy", "date_min": "1990"}),
        [{"id": "q", "type": "year", "minimum": 1990}],
    ),
    (Q(code="Q", type="X", help="Lisää"), [{"id": "q", "type": "note"}]),
    (
        Q(code="Q", type="S", attributes={"hidden": "1"}, default="Syksy"),
        [{"id": "q", "type": "hidden", "value": "syksy"}],
    ),
]


@pytest.mark.parametrize(("question", "expected"), TYPES, ids=[f"{n}-{q.type}" for n, (q, _) in enumerate(TYPES)])
@pytest.mark.parametrize("layout", ["rows", "l10ns"])
def test_a_type_becomes_items(question: Q, expected: list[dict[str, Any]], layout: Layout) -> None:
    """Each letter has its items, whichever generation of LimeSurvey wrote the file."""
    filler = Q(code="Z", type="Y")
    assert [brief(item) for item in items(import_questions(question, filler, layout=layout))][:-1] == expected


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (Q(code="Q", type="|"), "Files cannot be sent with the answers."),
        (Q(code="Q", type="I"), "Every page offers its languages already."),
        (Q(code="Q", type="&"), "The type '&' is not known."),
        (Q(code="Q", type="L"), "It has no answers to choose from."),
        (Q(code="Q", type="M"), "It has no answers to choose from."),
        (Q(code="Q", type="R"), "It has no answers to rank."),
        (Q(code="Q", type="F", answers=AGREE), "It has no rows."),
        (Q(code="Q", type="F", subs=GRID), "It has no answers to choose from."),
        (Q(code="Q", type=";", subs=GRID), "It has no rows or no columns."),
        (Q(code="Q", type="K"), "It has no fields."),
        (Q(code="Q", type="X", text="<p> </p>"), "It has no text."),
        (Q(code="Q", type="T", relevance="0"), "It is never asked, since its condition never holds."),
        (
            Q(code="Q", type="S", attributes={"hidden": "1"}),
            "LimeSurvey hides it and fills it in by itself or from the address of the survey.",
        ),
        (
            Q(code="Q", type=";", subs={str(n): Sub(text="x", scale=n % 2) for n in range(20)}),
            "It has 100 fields; at most 60 are made of an array.",
        ),
        (
            Q(
                code="Q",
                type=":",
                subs={"R": "r", "C": Sub(text="c", scale=1)},
                attributes={"multiflexible_max": "sum(a)"},
            ),
            "Its numbers are worked out, or too many to choose from.",
        ),
    ],
    ids=lambda value: value.type if isinstance(value, Q) else "",
)
def test_a_question_that_cannot_be_asked_is_left(question: Q, why: str) -> None:
    """It is left with the reason, and all that it is made of with it."""
    found = import_questions(question, Q(code="Z", type="Y"))
    own = [loss for loss in found.losses if loss.where == "question 'Q'"]
    assert (own[0].kind, own[0].why) == ("left", why)
    assert {(loss.kind, loss.why) for loss in own[1:]} <= {("left", "Its question did not come over.")}
    assert [item.id for item in items(found)] == ["z"]


def test_exclusive_options_and_the_other_option() -> None:
    """What goes with no other is exclusive; the option that LimeSurvey adds opens a field for words."""
    question = Q(
        code="Q",
        type="M",
        subs={"A": "Aa", "N": "Ei mikään"},
        other=True,
        attributes={"exclude_all_others": "N", "other_replace_text": "Jokin muu"},
    )
    (item,) = items(import_questions(question))
    assert [(o.value, o.label["fi"], o.exclusive, o.other) for o in item.options] == [
        ("a", "Aa", False, False),
        ("n", "Ei mikään", True, False),
        ("other", "Jokin muu", False, True),
    ]


def test_points_of_answers_are_scores() -> None:
    """Assessment values count, where they differ from each other and from the value."""
    answers = {"1": Answer(text="Ei", points=1), "2": Answer(text="Osin", points=5), "3": Answer(text="Joo", points=9)}
    (item,) = items(import_questions(Q(code="Q", type="L", answers=answers), settings={"assessments": "Y"}))
    assert [option.score for option in item.options] == [None, 5.0, 9.0]
    (item,) = items(import_questions(Q(code="Q", type="L", answers={"a": Answer(points=1), "b": Answer(points=1)})))
    assert [option.score for option in item.options] == [None, None]


def test_codes_become_ids_and_values() -> None:
    """Small letters are a rule told once; what changes beyond that is told where it does."""
    found = import_questions(
        Q(code="Wave", type="L", answers={"A-1": "Yksi", "Ä": "Kaksi", "3": "Kolme"}),
        Q(code="Oikea", type="L", answers={"01": "Yksi", "02": "Kaksi"}),
    )
    first, second = items(found)
    assert (first.id, [option.value for option in first.options]) == ("q_wave", ["a_1", "a", "3"])
    assert (second.id, [option.value for option in second.options]) == ("oikea", ["01", "02"])
    assert told(found, "survey 12345") == ("changed", "Codes of questions and answers stand in small letters.")
    assert told(found, "answer 'A-1'") == ("changed", "Its value is 'a_1'.")
    assert told(found, "answer '3'") == ("came", "")
    changed = [loss for loss in found.losses if loss.where == "question 'Wave'" and loss.what == "list of options"]
    assert [(loss.kind, loss.why) for loss in changed] == [("changed", "Its id is 'q_wave'. Conditions follow.")]


def test_options_that_several_questions_have_are_a_scale() -> None:
    """What a person would write once stands once."""
    found = import_questions(
        Q(code="A", type="F", subs=GRID, answers=AGREE),
        Q(code="B", type="F", subs=GRID, answers=AGREE),
        Q(code="C", type="L", answers=PLACES),
    )
    assert list(found.instrument.scales) == ["a_scale"]
    assert [(item.id, item.scale, len(item.options)) for item in items(found)] == [
        ("a", "a_scale", 0),
        ("b", "a_scale", 0),
        ("c", None, 2),
    ]


# --- conditions -----------------------------------------------------------------------------------

ASKED = (
    Q(code="L", type="L", answers={"A1": "Yksi", "A2": "Kaksi"}, other=True),
    Q(code="M", type="M", subs={"SQ1": "Yksi", "SQ2": "Kaksi"}),
    Q(code="N", type="N"),
    Q(code="Y", type="Y"),
    Q(code="F", type="F", subs={"S1": "Eka", "S2": "Toka"}, answers=AGREE),
    Q(code="T", type="S"),
    Q(code="D", type="D"),
    Q(code="R", type="R", answers={"A": "a", "B": "b"}),
    Q(code="W", type="1", subs={"S1": "Eka"}, answers={"1": Answer(text="x"), "2": Answer(text="y", scale=1)}),
)


@pytest.mark.parametrize(
    ("relevance", "show_if"),
    [
        ('((L.NAOK == "A1"))', "l == 'a1'"),
        ('L != "A1"', "not (l == 'a1')"),
        ('L.NAOK == "-oth-"', "l == 'other'"),
        ("!is_empty(L_other)", "l == 'other'"),
        ('(M_SQ1.NAOK == "Y") and (M_SQ2.NAOK != "Y")', "m == 'sq1' and not (m == 'sq2')"),
        ("is_empty(M_SQ1)", "not (m == 'sq1')"),
        ("count(that.M.NAOK) > 0", "m in ['sq1', 'sq2']"),
        ("count(M_SQ1, M_SQ2) == 2", "m == 'sq1' and m == 'sq2'"),
        ("N >= 2.5 && N < 10", "n >= 2.5 and n < 10"),
        ("!is_empty(N)", "answered(n)"),
        ("! (N > 3)", "not (n > 3)"),
        ('Y == "Y" or Y == "N"', "y in ['yes', 'no']"),
        ('F_S1.NAOK == "3"', "f_s1 == 3"),
        ("F_S2 gt 1", "f_s2 > 1"),
        ("!is_empty(that.F)", "answered(f_s1) or answered(f_s2)"),
        ('T == "" || T ne "kyllä"', "not (answered(t)) or not (t == 'kyllä')"),
        ('D >= "2026-01-31"', "d >= '2026-01-31'"),
        ("!is_empty(R_1)", "answered(r)"),
        ('W_S1_0 == "1"', "w_s1_0 == 1"),
        ('12345X1X100.NAOK == "A2"', "l == 'a2'"),
        ('12345X1X101SQ2 == "Y"', "m == 'sq2'"),
        ("true", None),
        ("1 == 1", None),
    ],
)
def test_relevance_is_a_condition(relevance: str, show_if: str | None) -> None:
    """What LimeSurvey asks about other answers, a condition asks too."""
    found = import_questions(*ASKED, Q(code="Z", type="T", relevance=relevance))
    assert items(found)[-1].show_if == show_if
    assert told(found, f"condition {relevance}")[0] in ("came", "changed")


@pytest.mark.parametrize(
    ("relevance", "why"),
    [
        ('ZZ == "1"', "'ZZ' is not asked before"),
        ("N + 1 > 3", "it uses '+'"),
        ("regexMatch('/a/', T)", "it uses 'regexMatch'"),
        ('R_2 == "A"', "it names a place in a ranking"),
        ('R_1 == "A"', "an answer to 'r' cannot be compared here"),
        ("count(that.M) > 1", "it counts what was chosen or written"),
        ("T > 5", "it compares words by size"),
        ('L.shown == "Yksi"', "it uses 'L.shown', which is not the answer itself"),
        ('M_SQ1 == "N"', "a box to tick is compared with 'N'"),
        ("N > Y", "it compares two answers with each other"),
        ("L = 'A1'", "'=' is not understood there"),
        ("L ==", "it ends too early"),
        ("((((", "it ends too early"),
        ("is_empty(N + 1)", "it asks whether something worked out is empty"),
    ],
)
def test_a_condition_that_cannot_be_said_is_left(relevance: str, why: str) -> None:
    """The question is asked of everybody, and the report says why."""
    found = import_questions(*ASKED, Q(code="Z", type="T", relevance=relevance))
    assert items(found)[-1].show_if is None
    sentence = f"It cannot be said here, since {why}. So it is asked of everybody."
    assert told(found, f"condition {relevance}") == ("left", sentence)


def test_conditions_of_the_older_table() -> None:
    """Files without expressions have rows: those on one question under 'or', questions under 'and'."""
    conditions = (("+M_SQ1", "==", "Y"), ("+M_SQ2", "==", "Y"), ("N", ">=", "3"), ("L", "==", "A1"))
    found = import_questions(*ASKED, Q(code="Z", type="T", relevance="", conditions=conditions))
    assert items(found)[-1].show_if == "m in ['sq1', 'sq2'] and n >= 3 and l == 'a1'"
    rows = [loss for loss in found.losses if loss.what.startswith("older condition")]
    assert [loss.kind for loss in rows] == ["came"] * 4
    unanswered = import_questions(
        *ASKED, Q(code="Z", type="T", relevance="", conditions=(("M", "==", "SQ1"), ("N", "==", " ")))
    )
    assert items(unanswered)[-1].show_if == "m == 'sq1' and not (answered(n))"


def test_a_row_of_the_older_table_that_cannot_be_said() -> None:
    """Its condition as a whole is left: half of it would ask the wrong people."""
    conditions = (("L", "==", "A1"), ("N", "RX", "/5/"))
    found = import_questions(*ASKED, Q(code="Z", type="T", relevance="", conditions=conditions))
    assert items(found)[-1].show_if is None
    rows = [(loss.kind, loss.why) for loss in found.losses if loss.what.startswith("older condition")]
    why = "It cannot be said here, since it compares with a pattern. So it is asked of everybody."
    assert rows == [("left", why)] * 2


def test_a_group_is_a_section_with_its_condition() -> None:
    """Its questions are conditional, and so are those that name them."""
    found = import_survey(
        Group(questions=[Q(code="A", type="Y")], title="Alku", description="<p>Eka.</p><p>Toka.</p>"),
        Group(questions=[Q(code="B", type="Y")], title="Työ", relevance='A == "Y"', randomized="g"),
        Group(questions=[Q(code="C", type="T", relevance='B != "Y"')], title="Loppu"),
        Group(questions=[], title="Tyhjä"),
    )
    assert [(one.title, one.intro, one.show_if) for one in found.instrument.sections] == [
        ({"fi": "Alku"}, {"fi": "Eka.\n\nToka."}, None),
        ({"fi": "Työ"}, None, "a == 'yes'"),
        ({"fi": "Loppu"}, None, None),
    ]
    note = "It is asked only where the questions that its condition names are asked too."
    assert told(found, 'condition B != "Y"') == ("changed", note)
    assert told(found, "'Tyhjä'") == ("left", "It has no questions.")
    assert told(found, "randomization_group = g") == ("left", "The order is the same for everybody.")


def test_a_group_that_is_never_asked() -> None:
    """Its questions are left one by one, and then the group."""
    found = import_survey(
        Group(questions=[Q(code="A", type="Y")]), Group(questions=[Q(code="B", type="Y")], title="Ei", relevance="0")
    )
    assert [item.id for item in items(found)] == ["a"]
    assert told(found, "'Ei'") == ("left", "None of its questions came over.")
    assert told(found, "condition 0") == ("changed", "It never holds.")


def test_conditions_of_subquestions() -> None:
    """Fields of their own have them; rows and options are offered to everybody."""
    own = Sub(text="Kuinka monta?", relevance='A == "Y"')
    found = import_questions(
        Q(code="A", type="Y"),
        Q(code="K", type="K", subs={"S1": own, "S2": "Toinen", "S3": Sub(text="Ei", relevance="0")}),
        Q(code="M", type="M", subs={"S1": own, "S2": "Toinen"}),
    )
    assert [(item.id, item.show_if) for item in items(found)] == [
        ("a", None),
        ("k_intro", None),
        ("k_s1", "a == 'yes'"),
        ("k_s2", None),
        ("m", None),
    ]
    rows = [loss for loss in found.losses if loss.what == "condition of subquestion 'S1': A == \"Y\""]
    assert [(loss.kind, loss.why) for loss in rows] == [
        ("came", ""),
        ("left", "Rows and options are offered to everybody who is asked the question."),
    ]


@pytest.mark.parametrize(
    ("equation", "calculate"),
    [
        ("{N * 4 + M2}", "n * 4 + m2"),
        ("<p>{sum(N, M2) / 2}</p>", "sum(n, m2) / 2"),
        ("{sum(that.F)}", "sum(f_s1, f_s2)"),
        ("{round(N.NAOK, 1)}", "round(n * 10) / 10"),
    ],
)
def test_an_equation_is_calculated(equation: str, calculate: str) -> None:
    """Arithmetic with numbers is worked out here too, and conditions can name it."""
    found = import_questions(
        *ASKED,
        Q(code="M2", type="N"),
        Q(code="E", type="*", text=equation),
        Q(code="Z", type="T", relevance="E > 3"),
    )
    assert [(item.id, item.type, item.calculate, item.show_if) for item in items(found)[-2:]] == [
        ("e", "calculated", calculate, None),
        ("z", "long_text", None, "e > 3"),
    ]


def test_an_equation_that_gives_words_stands_in_conditions() -> None:
    """What names it has what it depends on."""
    found = import_questions(
        *ASKED,
        Q(code="E", type="*", text="{if(N > 5, 'paljon', 'vähän')}"),
        Q(code="Z", type="T", relevance="E == 'paljon'"),
        Q(code="X", type="*", text="{N} ja {N}"),
    )
    assert items(found)[-1].show_if == "n > 5"
    why = "It gives a text, which is not kept; conditions that name it have what it depends on."
    assert [(one.kind, one.why) for one in found.losses if one.what == "equation"] == [
        ("left", why),
        ("left", "It is more than one equation, or none."),
    ]


def test_a_rule_is_a_constraint() -> None:
    """A validation equation that compares answers is checked here, with its tip."""
    tip = {"em_validation_q": "this >= N", "em_validation_q_tip": "Vähintään yhtä monta."}
    found = import_questions(
        Q(code="N", type="N"),
        Q(code="B", type="N", attributes=tip),
        Q(code="C", type="N", attributes={"em_validation_q": "this % 5 == 0"}),
    )
    _n, b, c = items(found)
    assert [(one.rule, one.message) for one in b.constraints] == [("b >= n", {"fi": "Vähintään yhtä monta."})]
    assert c.constraints == ()
    assert told(found, "em_validation_q = this % 5 == 0") == ("left", "It cannot be said here, since it uses 'mod'.")


# --- texts and languages --------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["rows", "l10ns"])
def test_every_language_comes_over(layout: Layout) -> None:
    """Texts stand in every language; what one lacks stands in the base language, and is to be reviewed."""
    found = import_questions(
        Q(
            code="Q",
            type="L",
            text={"fi": "Missä?", "sv": "Var?"},
            help={"sv": "Välj en."},
            answers={"A": Answer(text={"fi": "Kotona"})},
        ),
        languages=("fi", "sv"),
        layout=layout,
    )
    (item,) = items(found)
    assert found.instrument.languages == ("fi", "sv")
    assert (item.text, item.hint) == ({"fi": "Missä?", "sv": "Var?"}, {"fi": "Välj en.", "sv": "Välj en."})
    assert item.options[0].label == {"fi": "Kotona", "sv": "Kotona"}
    assert found.instrument.review == {"sv": "needed"}
    assert told(found, "answer 'A'") == ("changed", "There is no text in 'sv': that in 'fi' stands in its place.")


def test_languages_are_those_of_the_site(library: Library) -> None:
    """One that the site does not have is left; one that it requires is filled in."""
    found = import_questions(
        Q(code="Q", type="Y", text={"de-informal": "Wo?", "sv": "Var?"}),
        languages=("de-informal", "sv"),
        library=library,
    )
    required = [tag for tag in library.site.required_languages if tag != "sv"]
    assert found.instrument.languages == ("sv", *required)
    assert items(found)[0].text == {"sv": "Var?", **dict.fromkeys(required, "Wo?")}
    why = "The site has no pages in 'de-informal'. Its texts stand where another language has none."
    assert told(found, "'de-informal'") == ("left", why)


def test_words_that_limesurvey_has_by_itself() -> None:
    """Its own answers stand in our words; in a language that we have none for they stand in English, which is told."""
    found = import_questions(Q(code="Q", type="C", subs={"S": "x"}), languages=("fi", "de"))
    (item,) = items(found)
    assert [option.label for option in item.options] == [
        {"fi": "Kyllä", "de": "Yes"},
        {"fi": "En osaa sanoa", "de": "Uncertain"},
        {"fi": "Ei", "de": "No"},
    ]
    why = "Words that the other tool has by itself stand in English in 'de'."
    assert told(found, "array of yes, no, uncertain") == ("changed", why)


def test_texts_are_plain() -> None:
    """HTML becomes words; what LimeSurvey would fill in stands in brackets and is named."""
    found = import_questions(
        Q(code="A", type="S"),
        Q(
            code="B",
            type="X",
            text='<p>Hei {A.NAOK}, {TOKEN:FIRSTNAME}!</p><p>{if(A=="x","<b>1</b>","2")} &amp; <b>työ</b></p>',
        ),
        Q(code="C", type="S", text='<img src="a.png"/>'),
    )
    _a, b, c = items(found)
    assert b.text == {"fi": "Hei [A], [FIRSTNAME]!\n\n[…] & työ"}
    assert told(found, "text display") == (
        "changed",
        "The formatting of the text was taken out. The text has {A.NAOK}, {TOKEN:FIRSTNAME}, "
        '{if(A=="x","1","2")}, which is not filled in here; brackets [ ] stand in its place.',
    )
    assert c.text == {"fi": "C"}
    why = "A picture in the text was left out. It has no text; its code stands there."
    assert [(one.kind, one.why) for one in found.losses if one.where == "question 'C'"] == [("changed", why)]


def test_texts_of_the_survey() -> None:
    """Title and welcome come over; what Mittari says by itself is left."""
    found = import_questions(
        Q(code="A", type="Y"),
        texts={
            "surveyls_title": "Kysely",
            "surveyls_description": "Lyhyt.",
            "surveyls_welcometext": "<p>Tervetuloa.</p>",
            "surveyls_endtext": "Kiitos.",
            "surveyls_email_invite": "Hei",
            "surveyls_email_invite_subj": "Kutsu",
            "surveyls_policy_notice": "Seloste",
        },
    )
    assert (found.instrument.title, found.instrument.intro) == ({"fi": "Kysely"}, {"fi": "Lyhyt.\n\nTervetuloa."})
    assert told(found, "endtext") == ("left", "After the last question Mittari shows its own page of thanks.")
    assert told(found, "2 texts of e-mails") == ("left", "Mittari sends no e-mail of its own to those who answer.")
    assert told(found, "policy_notice") == ("left", "The privacy notice stands in site.yaml.")


def test_a_welcome_that_is_not_shown_is_left() -> None:
    """What respondents did not see in LimeSurvey they do not see here."""
    found = import_questions(
        Q(code="A", type="Y"), texts={"surveyls_welcometext": "Tervetuloa."}, settings={"showwelcome": "N"}
    )
    assert found.instrument.intro is None
    assert told(found, "welcometext") == ("left", "The survey does not show it.")


def test_settings_and_other_tables_are_left() -> None:
    """Each with its reason; addresses of people are not repeated."""
    found = import_questions(
        Q(
            code="A",
            type="L",
            answers=PLACES,
            pattern="/x/",
            default="A1",
            attributes={
                "random_order": "1",
                "array_filter": "B",
                "time_limit": "30",
                "page_break": "0",
                "cssclass": "x",
            },
        ),
        settings={"adminemail": "a@example.fi", "anonymized": "Y", "allowprev": "N", "listpublic": "Y", "format": "A"},
        tables={"quota": [{"name": "Naiset"}], "assessments": [{"name": "Hyvä"}], "themes": [{}, {}]},
    )
    left = {loss.what: loss.why for loss in found.losses if loss.kind == "left"}
    assert left == {
        "adminemail": "Whom to write to stands in site.yaml.",
        "anonymized = Y": "Answers given with a code belong to a participation; a service that is 'open' needs no codes.",
        "listpublic = Y": "Who is asked, and when, stands in services.yaml and site.yaml.",
        "format = A": "How one moves through the questions is settled by Mittari's pages.",
        "Naiset": "There are no quotas.",
        "Hyvä": "Texts that depend on points have no counterpart; results are shown by Mittari's report.",
        "2 rows": "How a question looks is settled by Mittari's pages.",
        "default value A1": "Questions begin empty.",
        "validation /x/": "Patterns that an answer must have are not checked.",
        "random_order = 1": "The order is the same for everybody.",
        "array_filter = B": "Which rows or options are offered cannot depend on other answers: all are offered.",
        "time_limit = 30": "There are no time limits.",
        "cssclass = x": "How a question looks is settled by Mittari's pages.",
    }


# --- the report adds up, and the instrument is one ------------------------------------------------

LARGE = (
    Group(
        questions=ASKED,
        title={"fi": "Alku", "sv": "Början"},
        relevance="1",
    ),
    Group(
        questions=[
            *(
                Q(**{**vars(question), "code": f"T{n}", "relevance": 'L == "A1"' if n % 3 == 0 else "1"})
                for n, (question, _) in enumerate(TYPES)
            ),
            Q(code="File", type="|", attributes={"max_filesize": "5"}),
            Q(code="Old", type="T", relevance="", conditions=[("L", "==", "A1"), ("N", "<", "4")]),
            Q(code="Bad", type="T", relevance="foo(L) == 1"),
        ],
        title={"fi": "Kaikki"},
        description="Selitys",
        relevance="!is_empty(L)",
    ),
    Group(questions=[], title="Tyhjä", randomized="g"),
)
SETTINGS = {"admin": "Ylläpito", "format": "G", "allowsave": "N", "anonymized": "Y", "sid": "12345"}
TEXTS = {"surveyls_welcometext": "Hei", "surveyls_endtext": {"fi": "Kiitos"}, "email_admin_notification": "x"}


def counted(data: bytes) -> Counter[str]:
    """The elements of a file by kind, counted in its XML."""
    root = ElementTree.fromstring(data)

    def rows(table: str, *keys: str) -> list[dict[str, str]]:
        found = [{cell.tag: cell.text or "" for cell in row} for row in root.iterfind(f"{table}/rows/row")]
        return list({tuple(row.get(key, "") for key in keys) or n: row for n, row in enumerate(found)}.values())

    def conditions(found: list[dict[str, str]], column: str) -> int:
        return sum(row.get(column, "") not in ("", "1") for row in found)

    questions, subs, groups = rows("questions", "qid"), rows("subquestions", "qid"), rows("groups", "gid")
    (settings,) = rows("surveys")
    texts = {name for row in rows("surveys_languagesettings") for name, text in row.items() if text}
    texts -= {"surveyls_survey_id", "surveyls_language"}
    usual = limesurvey_words.USUAL_SETTINGS
    return Counter(
        survey=1,
        languages=1 + len(settings["additional_languages"].split()),
        settings=sum(
            value not in (*limesurvey_words.INHERITED, *usual.get(name, ()))
            for name, value in settings.items()
            if name not in limesurvey_words.NO_SETTINGS
        ),
        texts=sum("email" not in name for name in texts) + any("email" in name for name in texts),
        groups=len(groups),
        randomized=sum(bool(row["randomization_group"]) for row in groups),
        questions=len(questions),
        subquestions=len(subs),
        answers=len(rows("answers", "qid", "code", "scale_id")) + sum(row["other"] == "Y" for row in questions),
        conditions=conditions(groups, "grelevance")
        + conditions(questions, "relevance")
        + conditions(subs, "relevance"),
        older=len(rows("conditions")),
        patterns=sum(bool(row["preg"]) for row in questions),
        defaults=len(rows("defaultvalues", "qid")),
        attributes=sum(
            limesurvey_words.says_something(row["attribute"], row["value"]) for row in rows("question_attributes")
        ),
    )


@pytest.mark.parametrize("layout", ["rows", "l10ns"])
def test_every_element_of_the_file_has_one_entry(layout: Layout, tmp_path: Path) -> None:
    """Came, changed and left add up to what the XML holds, and the instrument is read without an error."""
    data = survey(*LARGE, languages=("fi", "sv"), layout=layout, settings=SETTINGS, texts=TEXTS)
    found = read(data)
    elements = counted(data)
    assert sum(counts(found.losses).values()) == len(found.losses) == elements.total()
    kinds = Counter(loss.what.split(" ")[0] for loss in found.losses)
    assert kinds["subquestion"] == elements["subquestions"]
    assert kinds["answer"] == elements["answers"]
    assert kinds["condition"] == elements["conditions"]
    assert kinds["older"] == elements["older"]
    assert sum(loss.what in limesurvey_words.TYPES.values() for loss in found.losses) == elements["questions"]
    assert all(loss.why.endswith(".") for loss in found.losses if loss.kind != "came")
    assert not any(loss.why for loss in found.losses if loss.kind == "came")
    assert errors(found.instrument, tmp_path) == []


_CODES = st.sampled_from(["A", "a", "SQ001", "1", "01", "-3", "other", "other_text", "Ä", "x" * 45, "wave"])
_WORDS = st.sampled_from(
    ["", "Teksti", "<p>Eka</p><p>{A.NAOK} {2}</p>", "a|b", '{if(A=="1","x","y")}', "<img src='x'>", "ä & <b>ö</b>"]
)
_NUMBERS = st.sampled_from(["0", "1", "2", "-5", "2.5", "40", "A + 1", "x", '"now"', "2026-01-31"])
_TESTS = st.sampled_from(
    [
        "1",
        "",
        "0",
        'A == "1"',
        "!is_empty(Q1)",
        "Q0 > 1",
        'Q0_A.NAOK == "Y"',
        "count(that.Q0) > 0",
        "Q1_A_1 != 2",
        "foo(",
        "{A}",
    ]
)
_SUBS = st.builds(Sub, text=_WORDS, scale=st.integers(0, 1), relevance=_TESTS, help=_WORDS)
_ANSWERS = st.builds(Answer, text=_WORDS, scale=st.integers(0, 1), points=st.integers(0, 2))
_QUESTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(sorted(limesurvey_words.TYPES)),
            "text": _WORDS,
            "help": _WORDS,
            "relevance": _TESTS,
            "mandatory": st.sampled_from("YNS"),
            "other": st.booleans(),
            "default": st.sampled_from(["", "x", "Ö"]),
            "subs": st.dictionaries(_CODES, _SUBS, max_size=4),
            "answers": st.dictionaries(_CODES, _ANSWERS, max_size=4),
            "attributes": st.fixed_dictionaries(
                {},
                optional={
                    **dict.fromkeys(("min_answers", "max_answers", "min_num_value_n", "max_num_value_n"), _NUMBERS),
                    **dict.fromkeys(("multiflexible_min", "multiflexible_max", "date_min", "date_max"), _NUMBERS),
                    **dict.fromkeys(("maximum_chars", "slider_min", "slider_max", "max_subquestions"), _NUMBERS),
                    **dict.fromkeys(("suffix", "prefix", "dualscale_headerA", "other_replace_text"), _WORDS),
                    **dict.fromkeys(("input_boxes", "multiflexible_checkbox", "numbers_only"), st.just("1")),
                    **dict.fromkeys(("num_value_int_only", "slider_layout"), st.just("1")),
                    "exclude_all_others": _CODES,
                    "date_format": st.sampled_from(["HH:MM", "yyyy", "mm/yyyy", "dd.mm.yyyy HH:MM"]),
                    "em_validation_q": st.sampled_from(["this > 1", "this != Q0", "self == 'x'"]),
                    "hidden": st.sampled_from("01"),
                },
            ),
        }
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_QUESTIONS, st.sampled_from(["rows", "l10ns"]))
def test_whatever_a_survey_holds_is_an_instrument_or_refused(
    tmp_path: Path, questions: list[dict[str, Any]], layout: Layout
) -> None:
    """However odd: either a plain sentence, or an instrument that reads without errors and a report that adds up."""
    data = survey(Group(questions=[Q(code=f"Q{n}", **one) for n, one in enumerate(questions)]), layout=layout)
    try:
        found = read(data)
    except ExchangeError as error:
        assert len(error.losses) == counted(data).total()
        return
    assert len(found.losses) == counted(data).total()
    assert errors(found.instrument, tmp_path) == []


def test_both_layouts_give_the_same() -> None:
    """A file of version 3 and one of version 6 that hold the same survey become the same instrument and report."""
    one, other = (read(survey(*LARGE, languages=("fi", "sv"), layout=layout)) for layout in ("rows", "l10ns"))
    assert one.instrument == other.instrument
    assert Counter(one.losses) == Counter(other.losses)


def test_ids_of_other_instruments_are_not_taken(library: Library) -> None:
    """An id that means another question in the folder is given up, and conditions follow."""
    taken = next(library.instruments["palvelupalaute@1"].items()).id
    data = survey(
        Group(questions=[Q(code=taken.upper(), type="Y"), Q(code="B", type="T", relevance=f'{taken.upper()} == "Y"')])
    )
    found = formats.read(Source(name="kysely.lss", data=data, library=library))
    assert [(item.id, item.show_if) for item in items(found)] == [(f"{taken}_2", None), ("b", f"{taken}_2 == 'yes'")]


# --- files that are none --------------------------------------------------------------------------

XML = '<?xml version="1.0"?>'
HEAD = f"{XML}<document><LimeSurveyDocType>Survey</LimeSurveyDocType>"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b"",
            "The file is no XML that can be read. Export the survey from LimeSurvey again as 'Survey structure (.lss)'.",
        ),
        (b"PK\x03\x04", "The file is a packed archive. Export 'Survey structure (.lss)' and import that."),
        (
            b"\xff\xfe\x00<",
            "The file is no XML that can be read. Export the survey from LimeSurvey again as 'Survey structure (.lss)'.",
        ),
        (
            f"{XML}<html/>".encode(),
            "The file is XML, but not of LimeSurvey. Export the survey as 'Survey structure (.lss)'.",
        ),
        (
            f"{XML}<document/>".encode(),
            "The file is XML, but not of LimeSurvey. Export the survey as 'Survey structure (.lss)'.",
        ),
        (
            f"{XML}<document><LimeSurveyDocType>Group</LimeSurveyDocType></document>".encode(),
            "The file holds a LimeSurvey group, not a whole survey. Export 'Survey structure (.lss)' and import that.",
        ),
        (f"{HEAD}</document>".encode(), "The file has no survey in it: its table 'surveys' is empty or missing."),
        (
            f'{XML}<!DOCTYPE x [<!ENTITY a "aaaa">]><document>&a;</document>'.encode(),
            "The file holds declarations that LimeSurvey does not write; it was not read.",
        ),
        (
            f'{XML}<!DOCTYPE x SYSTEM "file:///etc/passwd"><document/>'.encode(),
            "The file holds declarations that LimeSurvey does not write; it was not read.",
        ),
        (
            f"{HEAD}<surveys><rows><row><sid>1</sid></row></rows></surveys></document>".encode(),
            "No question of the survey can be asked with Mittari, so there is no instrument.",
        ),
    ],
    ids=["empty", "packed", "utf16", "html", "other", "group", "no survey", "entities", "outside", "no questions"],
)
def test_a_file_that_holds_no_survey_is_refused(data: bytes, message: str) -> None:
    """One plain sentence says why and what to do."""
    with pytest.raises(ExchangeError) as refused:
        read(data)
    assert str(refused.value) == message


def test_a_file_that_is_too_large_is_refused() -> None:
    """It is not even parsed."""
    with pytest.raises(ExchangeError) as refused:
        read(b"<" * 20_000_001)
    assert str(refused.value) == (
        "The file has 20.0 MB; at most 20 MB are read. The structure of a survey needs far less: export it from "
        "LimeSurvey again as 'Survey structure (.lss)'."
    )


def test_what_belongs_to_nothing_is_told() -> None:
    """Questions without a group, and parts without a question, are elements too."""
    data = survey(Group(questions=[Q(code="A", type="Y"), Q(code="B", type="L", answers={"X": "x"}, subs={"S": "s"})]))
    text = data.decode().replace("<type>L</type><title>B</title>", "<type>L</type><title>B</title>", 1)
    orphan = text.replace("<gid>1</gid><type>L</type>", "<gid>9</gid><type>L</type>").encode()
    found = read(orphan)
    assert told(found, "question 'B'") == ("left", "It belongs to no group.")
    gone = text.replace("<parent_qid>101</parent_qid>", "<parent_qid>77</parent_qid>").encode()
    assert told(read(gone), "subquestion 'S'") == ("left", "It belongs to no question.")


def test_the_report_speaks_finnish() -> None:
    """Places, names and reasons of a survey are all in the catalogue."""
    found = import_survey(
        Group(
            questions=[
                Q(code="Q1", type="L", text="<b>Miten</b> meni?", answers={"A1": "Hyvin", "A2": "Huonosti"}),
                Q(code="Q2", type="|", text="Lähetä todistus"),
                Q(code="Q3", type="S", text="Muuta?", relevance="regexMatch('/a/', Q1)"),
            ]
        )
    )
    messages = publishing.read_messages("fi", catalogue="exchange")
    assert loss.plain_text(found.losses, messages) == (
        """\
Osia oli 10: sellaisenaan tuli 6, muuttui 2, jäi pois 2.
Jäi pois, ja miksi:
  kysymys 'Q2': lähetettävät tiedostot. Vastausten mukana ei voi lähettää tiedostoja.
  kysymys 'Q3': ehto regexMatch('/a/', Q1). Ehtoa ei voi sanoa tässä. Syy: siinä käytetään sanaa 'regexMatch'. Siksi kysytään kaikilta.
Muuttui:
  kysely: kysely 12345. Kysymysten ja vastausten tunnukset ovat pienillä kirjaimilla.
  kysymys 'Q1': vaihtoehtojen luettelo. Tekstin muotoilu poistettiin."""
    )
