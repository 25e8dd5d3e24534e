"""XPath as our conditions, rules and calculations, and back; what cannot be said is said."""

from __future__ import annotations

from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import expressions, xpath
from exchange.expressions import Asked, Cases, Scope, Untranslatable
from exchange.xpath import Unsayable, Writer
from survey import calculation, logic
from survey.logic import All, AnyOf, Comparison, Condition, Not
from survey.model import Instrument, Item, Option, Section

SCOPE = Scope(
    asked={
        "yn": Asked("yn", "choice", {"yes": "yes", "no": "no"}),
        "Steps": Asked("steps", "choice", {"1": 1, "2": 2, "3": 3}, numeric=True),
        "many": Asked("many", "several", {"a": "a", "b": "b"}),
        "age": Asked("age", "number", numeric=True),
        "hours": Asked("hours", "number", conditional=True, numeric=True),
        "born": Asked("born", "date"),
        "other_born": Asked("other_born", "date"),
        "month": Asked("month", "month"),
        "year": Asked("year", "year", numeric=True),
        "clock": Asked("clock", "time"),
        "words": Asked("words", "text"),
        "ok": Asked("ok", "ticked"),
        "order": Asked("order", "answered"),
    },
    lost={"where": "'where' did not come over"},
)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("${yn} = 'yes'", "yn == 'yes'"),
        ("${yn}=‘yes’", "yn == 'yes'"),
        ("'yes' = ${yn}", "yn == 'yes'"),
        ("selected(${yn}, 'yes')", "yn == 'yes'"),
        ("${yn} != 'yes'", "not (yn == 'yes')"),
        ("${yn} != '' and ${yn} != 'yes'", "yn != 'yes'"),
        ("${yn} != ''", "answered(yn)"),
        ("${yn} = ''", "not (answered(yn))"),
        ("string-length(${words}) > 0", "answered(words)"),
        ("count-selected(${many}) >= 1", "answered(many)"),
        ("${yn}", "answered(yn)"),
        ("not(selected(${many}, 'a'))", "not (many == 'a')"),
        ("selected(${many}, 'a') or selected(${many}, 'b')", "many in ['a', 'b']"),
        ("not(${Steps} = 1 or ${Steps} = 2)", "steps not in [1, 2]"),
        ("${Steps} >= 2", "steps >= 2"),
        ("2 <= ${Steps}", "steps >= 2"),
        ("number(${age}) > 17.5", "age > 17.5"),
        ("${age} >= 18 and (${yn} = 'no' or ${ok} = 'OK')", "age >= 18 and (yn == 'no' or ok == 'yes')"),
        ("${age} > 17 or ${yn} = 'no' and ${Steps} = '3'", "age > 17 or (yn == 'no' and steps == 3)"),
        ("${born} >= date('2001-02-03')", "born >= '2001-02-03'"),
        ("${born} < '2001-02-03'", "born < '2001-02-03'"),
        ("${month} >= date('2001-02-01')", "month >= '2001-02'"),
        ("${year} = '1990-01-01'", "year == 1990"),
        ("decimal-time(${clock}) >= decimal-time('08:30')", "clock >= '08:30'"),
        ('${words} = "it\'s"', 'words == "it\'s"'),
        ("${order} != ''", "answered(order)"),
        ("if(${yn} = 'yes', ${age} > 17, true())", "(yn == 'yes' and age > 17) or not (yn == 'yes')"),
        ("(${yn} = 'yes') = true()", "yn == 'yes'"),
        ("../group/yn = 'yes'", "yn == 'yes'"),
        ("${yn} = 'yes' and true()", "yn == 'yes'"),
    ],
)
def test_conditions(text: str, condition: str) -> None:
    """An expression becomes the condition that holds of the same answers."""
    assert expressions.condition(xpath.parse(text), SCOPE).text == condition
    logic.parse(condition)


@pytest.mark.parametrize(
    ("text", "tree", "notes"),
    [
        ("true()", True, ()),
        ("yes", True, ()),
        ("false", False, ()),
        ("0", False, ()),
        ("1 = 1", True, ()),
        ("${yn} = 'maybe'", False, ("'maybe' is no option of 'yn', so nobody can have chosen it.",)),
        ("${yn} != 'maybe'", True, ("'maybe' is no option of 'yn', so nobody can have chosen it.",)),
        ("${Steps} > 5", False, ("No option of 'steps' is > 5.",)),
        (
            "${many} = 'a'",
            Comparison("many", "==", ("a",)),
            ("The condition asks whether the option is among those ticked in 'many'.",),
        ),
        (
            "not(${hours} > 3)",
            Not(Comparison("hours", ">", (3,))),
            ("It is asked only where the questions that its condition names are asked too.",),
        ),
        (
            "${yn} = 'yes' or ${hours} > 3",
            AnyOf((Comparison("yn", "==", ("yes",)), Comparison("hours", ">", (3,)))),
            ("It is asked only where the questions that its condition names are asked too.",),
        ),
        ("${yn} = 'yes' and ${hours} > 3", None, ()),
    ],
)
def test_what_is_not_quite_the_same(text: str, tree: Condition | bool | None, notes: tuple[str, ...]) -> None:
    """What always or never holds is worked out, and what differs is said."""
    found = expressions.condition(xpath.parse(text), SCOPE)
    assert found.notes == notes
    assert tree is None or found.tree == tree


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${where} = 'x'", "'where' did not come over"),
        ("${later} = 'x'", "'later' is not asked before"),
        ("${age} = ${hours}", "it compares two answers with each other"),
        ("${born} > today()", "it compares with the day of answering"),
        ("regex(${words}, 'x')", "it uses 'regex'"),
        ("${age} + 1 > 3", "it uses '+'"),
        ("count-selected(${many}) > 1", "it counts what was chosen or written"),
        ("${many} > 1", "it compares 'many', where several can be chosen, by size"),
        ("${yn} > 1", "it compares words by size"),
        ("${words} < 'b'", "it compares words by size"),
        ("${age} = 'many'", "'many' is no number"),
        ("${born} = 'soon'", "'soon' is no date"),
        ("${order} = 'a b'", "an answer to 'order' cannot be compared here"),
        ("${last-saved#age} > 1", "it uses an answer of an earlier form"),
        ("1 > 2", "it compares two fixed values"),
        ("${age} >", "it ends too early"),
        ("${age} > 1)", "')' is not understood there"),
        ("((${age} > 1)", "it ends too early"),
        ("{age}", "'{age}' is not understood"),
        ("instance('x')/list/item[name=1]/y = 1", "'/list/item[name=1]' is not understood there"),
        ("(" * 70 + "1" + ")" * 70, "its brackets are too deep"),
        ("not(" * 30 + "selected(${yn}, 'yes') and ${age} > 1" + ")" * 30, None),
        (
            "(${age} > 1 and (${yn} = 'yes' or " * 25 + "${age} = 3" + "))" * 25,
            "it is too long or too deep (its brackets are too deep)",
        ),
    ],
)
def test_what_cannot_be_said(text: str, why: str | None) -> None:
    """A clause says why, and nothing ends in a traceback."""
    if why is None:
        assert expressions.condition(xpath.parse(text), SCOPE).text == "yn == 'yes' and age > 1"
        return
    with pytest.raises(Untranslatable) as found:
        expressions.condition(xpath.parse(text), SCOPE)
    assert str(found.value) == why


def test_calculations_that_stand_for_a_condition() -> None:
    """A truth or fixed words, by conditions, take the place of what asks for them."""
    scope = Scope(asked=dict(SCOPE.asked))
    scope.cases["adult"] = expressions.cases(xpath.parse("${age} >= 18"), scope)
    scope.cases["kind"] = expressions.cases(xpath.parse("if(${yn} = 'yes', 'a', if(${adult}, 'b', ''))"), scope)
    assert scope.used == {"adult"}

    def text(condition: str) -> str | None:
        return expressions.condition(xpath.parse(condition), scope).text

    assert text("${adult}") == text("${adult} = 'true'") == text("${adult} = true()") == "age >= 18"
    assert text("not(${adult})") == "not (age >= 18)"
    assert text("${kind} = 'a'") == "yn == 'yes'"
    assert text("${kind} = 'b'") == "not (yn == 'yes') and age >= 18"
    assert text("${kind} != ''") == "yn == 'yes' or (not (yn == 'yes') and age >= 18)"
    assert expressions.condition(xpath.parse("${kind} = 'c'"), scope).tree is False
    assert scope.used == {"adult", "kind"}
    with pytest.raises(Untranslatable, match="it compares 'kind', which is worked out, by size"):
        text("${kind} > 'a'")
    assert isinstance(scope.cases["kind"], Cases)


class _Unlisted(dict[str, Asked]):
    """Questions by their names, which may be looked up and not gone through."""

    def values(self) -> NoReturn:
        raise AssertionError("all questions are gone through for one condition")

    items = __iter__ = values  # type: ignore[assignment]


def test_a_condition_looks_only_at_the_questions_that_it_names() -> None:
    """Forms have tens of thousands of questions, and as many conditions; what is not asked of everybody is still told."""
    asked = Asked("later", "number", numeric=True, conditional=True)
    scope = Scope()
    scope.asked = _Unlisted()
    scope.ask("first", Asked("first", "number", numeric=True))
    scope.ask("later", asked)
    inner = scope.within({".": asked})
    note = "It is asked only where the questions that its condition names are asked too."
    for text, where, notes in [
        ("not(${later} = 1)", scope, (note,)),
        ("not(. = 1)", inner, (note,)),
        ("not(${first} = 1)", inner, ()),
        ("${later} = 1", scope, ()),
    ]:
        assert expressions.condition(xpath.parse(text), where).notes == notes, text


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("${age} + ${hours} * 4", "age + hours * 4"),
        ("(${age} + ${hours}) * 4 div 2", "(age + hours) * 4 / 2"),
        ("${age} - (${hours} - 1)", "age - (hours - 1)"),
        ("-${age} div (2 * ${hours})", "-age / (2 * hours)"),
        ("round(${age} div 3)", "round(age / 3)"),
        ("round(${age} div 3, 2)", "round(age / 3 * 100) / 100"),
        ("number(${Steps}) * 2.5", "steps * 2.5"),
        ("coalesce(${age}, 0) + coalesce(${hours}, 0)", "sum(age, hours)"),
        (
            "(coalesce(${age}, 0) + coalesce(${hours}, 0)) div (if(${age} != '', 1, 0) + if(${hours} != '', 1, 0))",
            "mean(age, hours)",
        ),
        ("if(${age} != '', 1, 0) + if(${hours} != '', 1, 0)", "count(age, hours)"),
        ("max(${age}, ${hours})", "max(age, hours)"),
        ("coalesce(${age}, 0) * 2", "sum(age, 0) * 2"),
        ("${age} * -1.5", "age * (-1.5)"),
    ],
)
def test_calculations(text: str, ours: str) -> None:
    """Arithmetic with numbers comes over."""
    assert expressions.calculated(xpath.parse(text), SCOPE) == ours
    calculation.parse(ours)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("concat(${words}, 'x')", "it uses 'concat'"),
        ("${words} + 1", "the answers to 'words' are no numbers"),
        ("${yn} + 1", "the answers to 'yn' are no numbers"),
        ("1 + 1", "it does not depend on any answer"),
        ("'x'", "it is no calculation with numbers"),
        ("${age} mod 2", "it uses 'mod'"),
    ],
)
def test_calculations_that_cannot_be_said(text: str, why: str) -> None:
    """A clause says why."""
    with pytest.raises(Untranslatable) as found:
        expressions.calculated(xpath.parse(text), SCOPE)
    assert str(found.value) == why


# --- there and back -------------------------------------------------------------------------------


def _label(value: object) -> dict[str, str]:
    return {"fi": str(value)}


INSTRUMENT = Instrument(
    instrument="x",
    version=1,
    languages=("fi",),
    title=_label("x"),
    waves=("start",),
    sections=(
        Section(
            items=(
                Item(
                    id="steps",
                    type="likert",
                    text=_label("x"),
                    options=(
                        *(Option(value=n, label=_label(n)) for n in (1, 2, 3)),
                        Option(value=9, label=_label(9), missing="dont_know"),
                    ),
                ),
                Item(id="words", type="text", text=_label("x")),
                Item(id="number", type="decimal", text=_label("x")),
                Item(
                    id="many",
                    type="multiple",
                    text=_label("x"),
                    options=(
                        *(Option(value=n, label=_label(n)) for n in ("a", "b")),
                        Option(value="none", label=_label("none"), missing="not_applicable"),
                    ),
                ),
                Item(id="born", type="date", text=_label("x")),
                Item(id="month", type="month", text=_label("x")),
                Item(id="year", type="year", text=_label("x")),
                Item(id="ok", type="consent", text=_label("x")),
            )
        ),
    ),
)
ANSWERS = {
    "steps": [1, 2, 3, None],
    "words": ["x", "it's", None],
    "number": [0, 2.5, 7, None],
    "many": [["a"], ["a", "b"], None],
    "born": ["2000-01-31", "2026-11-24", None],
    "month": ["2000-01", "2026-11", None],
    "year": [1999, 2026, None],
    "ok": ["yes", None],
}
LITERALS = {**ANSWERS, "steps": [1, 2, 3], "many": ["a", "b"]}


def _comparisons() -> st.SearchStrategy[Condition]:
    def made(item: str, operator: str, values: list[object]) -> Condition:
        if operator == "answered":
            return Comparison(item, "answered")
        return Comparison(item, operator, tuple(values if operator == "in" else values[:1]))  # type: ignore[arg-type]

    def of(item: str) -> st.SearchStrategy[Condition]:
        known = [value for value in LITERALS[item] if value is not None]
        sized = [] if item in ("words", "many", "ok") else ["<", "<=", ">", ">="]
        return st.builds(
            made,
            st.just(item),
            st.sampled_from(["==", "!=", "in", "answered", *sized]),
            st.lists(st.sampled_from(known), min_size=1, max_size=2, unique=True),
        )

    return st.sampled_from(sorted(LITERALS)).flatmap(of)


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    _comparisons(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=6,
)


def _scope() -> Scope:
    """What an importer knows of the same questions: it does not know which options are no answer."""
    kinds = {"words": "text", "number": "number", "born": "date", "month": "month", "year": "year", "ok": "ticked"}
    asked = {id: Asked(id, kind) for id, kind in kinds.items()}
    asked["steps"] = Asked("steps", "choice", {"1": 1, "2": 2, "3": 3, "9": 9})
    asked["many"] = Asked("many", "several", {"a": "a", "b": "b", "none": "none"})
    return Scope(asked)


@settings(max_examples=300, deadline=None)
@given(tree=CONDITIONS, chosen=st.fixed_dictionaries({id: st.sampled_from(known) for id, known in ANSWERS.items()}))
def test_a_condition_means_the_same_when_it_comes_back(tree: Condition, chosen: dict[str, object]) -> None:
    """Written as XPath and read again, a condition holds of the same answers; options that are no answer, which the
    form takes for some, change nothing."""
    text = Writer(INSTRUMENT, {id: id for id in ANSWERS}).condition(tree)
    back = expressions.condition(xpath.parse(text), _scope()).tree
    held = back if isinstance(back, bool) else logic.holds(back, chosen)
    assert held == logic.holds(tree, chosen), text
    absent = {**chosen, "steps": 9, "many": ["none"]}
    none = {**chosen, "steps": None, "many": None}
    held = back if isinstance(back, bool) else logic.holds(back, absent)
    assert held == logic.holds(tree, none), text


@settings(max_examples=200)
@given(tree=CONDITIONS)
def test_a_written_condition_is_read_as_itself(tree: Condition) -> None:
    """The text of a tree parses to a tree that holds of the same answers."""
    again = logic.parse(expressions.written(tree))
    for steps in (1, 3, None):
        for words in ("x", None):
            answers = {"steps": steps, "words": words, "many": ["a"], "number": 7, "born": "2000-01-31"}
            assert logic.holds(again, answers) == logic.holds(tree, answers)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("number >= 1", "(. >= 1)"),
        ("number > steps", "(${steps} = '' or ${steps} = '9' or (. > ${steps}))"),
        ("born <= '2026-01-01'", "(${born} = '' or (${born} <= date('2026-01-01')))"),
    ],
)
def test_rules_hold_where_something_is_not_answered(rule: str, text: str) -> None:
    """The rule of a constraint, in a form, lets through what is not answered."""
    writer = Writer(INSTRUMENT, {id: id for id in ANSWERS}, own="number")
    assert writer.rule(logic.parse(rule, rule=True)) == text


def test_what_xpath_cannot_say() -> None:
    """Texts with both kinds of quotes have no XPath."""
    with pytest.raises(Unsayable, match="a text has both kinds of quotes"):
        Writer(INSTRUMENT, {"words": "words"}).condition(Comparison("words", "==", ("'\"",)))


@pytest.mark.parametrize(
    "text",
    ["number * 4 + year", "-(number - year) / 2", "mean(number, year)", "sum(number, year) / count(number, year)",
     "round(number * 2.5)", "max(number, year, 3)", "number - (year - 1) - 2", "min(number + 1, year)"],
)  # fmt: skip
@pytest.mark.parametrize("answers", [{"number": 2.5, "year": 1999}, {"number": 7, "year": 2026}])
def test_a_calculation_gives_the_same_when_it_comes_back(text: str, answers: dict[str, object]) -> None:
    """Written as XPath and read again, a calculation gives the same number."""
    tree = calculation.parse(text)
    scope = Scope({id: Asked(id, "number", numeric=True) for id in ("number", "year")})
    written = Writer(INSTRUMENT, {"number": "number", "year": "year"}).calculation(tree)
    back = calculation.parse(expressions.calculated(xpath.parse(written), scope))
    assert calculation.value(back, answers) == calculation.value(tree, answers)
