"""Conditions: parsed strictly, two-valued, chained; in Python here, in a real browser in tests/browser."""

from __future__ import annotations

import dataclasses

import pytest

from survey import logic
from survey.logic import All, AnyOf, Comparison, ConditionError, Not
from survey.model import Instrument, Item, Option, Section


def options(*values: int | str, missing: str | None = None) -> tuple[Option, ...]:
    made = [Option(value=value, label={"fi": f"vaihtoehto {value}"}) for value in values]
    if missing is not None:
        made.append(Option(value=missing, label={"fi": "ei koske"}, missing="not_applicable"))
    return tuple(made)


def instrument(*items: Item) -> Instrument:
    return Instrument(
        instrument="koe", version=1, languages=("fi",), title={"fi": "Koe"}, waves=("start",),
        sections=(Section(title={"fi": "Osa"}, items=items),),
    )  # fmt: skip


WORK = Item(id="work", type="single", text={"fi": "Työ"}, options=options("yes", "no", missing="na"))
KINDS = Item(id="kinds", type="multiple", text={"fi": "Millaista"}, options=options("a", "b", missing="none"))
HOURS_BARE = Item(id="count", type="integer", text={"fi": "Tunnit"})
HOURS = Item(id="hours", type="integer", text={"fi": "Tunnit"}, show_if="work == 'yes'")
MORE = Item(id="more", type="text", text={"fi": "Lisää"}, show_if="hours >= 30")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("work == 'yes'", Comparison("work", "==", ("yes",))),
        ('work != "no"', Comparison("work", "!=", ("no",))),
        ("hours >= 30", Comparison("hours", ">=", (30,))),
        ("hours > -1", Comparison("hours", ">", (-1,))),
        ("kinds in ['a', 'b']", Comparison("kinds", "in", ("a", "b"))),
        ("kinds not in ['a']", Not(Comparison("kinds", "in", ("a",)))),
        ("answered(work)", Comparison("work", "answered")),
        ("not a == 1 and b == 2 or c == 3", AnyOf((All((Not(Comparison("a", "==", (1,))), Comparison("b", "==", (2,)))), Comparison("c", "==", (3,))))),
        ("(a == 1 or b == 2) and c == 3", All((AnyOf((Comparison("a", "==", (1,)), Comparison("b", "==", (2,)))), Comparison("c", "==", (3,))))),
    ],
)  # fmt: skip
def test_conditions_are_read(text: str, tree: logic.Condition) -> None:
    """Precedence: not, then and, then or."""
    assert logic.parse(text) == tree


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "it ends too early"),
        ("work ==", "it ends too early"),
        ("work = 'yes'", "'=' alone compares nothing; '==' does"),
        (
            "\N{RIGHT DOUBLE QUOTATION MARK}work == 1",
            "the quotes at '\N{RIGHT DOUBLE QUOTATION MARK}work == 1' are curly; straight ones are ' and \"",
        ),
        ("a == 1 ja b == 1", "'ja' is not a word of conditions; 'and' is"),
        ("a on 1", "'on' is not a word of conditions; '==' is"),
        ("work == yes", "'yes' stands where a number or a text in quotes was expected"),
        ("work == 'yes' 'no'", "''no'' is not expected there"),
        ("(work == 'yes'", "it ends too early"),
        ("'yes' == work", "''yes'' stands where the id of an item was expected"),
        ("kinds in 'a'", "''a'' stands where '[' was expected"),
        ("__import__('os')", "'(' stands where '==' was expected"),
        ("(" * 30 + "a == 1" + ")" * 30, "its brackets are too deep"),
        ("not " * 30 + "a == 1", "its brackets are too deep"),
        ("a == 1.5.2", "'1.5.2' is not understood"),
    ],
)
def test_what_is_no_condition_is_said(text: str, found: str) -> None:
    """The message names what stands there."""
    with pytest.raises(ConditionError) as error:
        logic.parse(text)
    assert str(error.value) == found


@pytest.mark.parametrize(
    ("text", "answers", "true"),
    [
        ("a == 1", {"a": 1}, True),
        ("a == 1", {}, False),
        ("a != 1", {}, False),
        ("a != 1", {"a": 2}, True),
        ("not a == 1", {}, True),
        ("a < 3", {"a": 2}, True),
        ("a < 3", {"a": "2"}, False),
        ("a in [1, 2]", {"a": 2}, True),
        ("a == 'x'", {"a": ["x", "y"]}, True),
        ("a != 'x'", {"a": ["x", "y"]}, False),
        ("a != 'x'", {"a": ["y"]}, True),
        ("a in ['z']", {"a": ["x", "y"]}, False),
        ("answered(a)", {"a": []}, False),
        ("answered(a)", {"a": "x"}, True),
        ("a >= 2.5", {"a": 2.5}, True),
        ("a < 2.5", {"a": 2.75}, False),
        ("a >= '2026-09-01'", {"a": "2026-10-01"}, True),
        ("a < '08:30'", {"a": "08:29"}, True),
        ("a < 3", {"a": "2026-01-01"}, False),
    ],
)
def test_conditions_are_two_valued(text: str, answers: dict[str, object], true: bool) -> None:
    """A comparison with an absent answer is false; lists ask whether one is among them."""
    assert logic.holds(logic.parse(text), answers) is true


def test_a_hidden_answer_counts_for_nothing() -> None:
    """Chains close: an answer left behind in a hidden question shows nothing further on."""
    asked = instrument(WORK, HOURS, MORE)
    assert logic.shown(asked, "start", {"work": "yes", "hours": 40}) == {"work", "hours", "more"}
    assert logic.shown(asked, "start", {"work": "no", "hours": 40}) == {"work"}
    assert logic.shown(asked, "start", {"hours": 40}) == {"work"}


def test_a_negation_below_a_hidden_question_stays_hidden() -> None:
    """A compiled condition includes its controllers' conditions, also where its own would hold."""
    less = Item(id="less", type="text", text={"fi": "Vähän"}, show_if="not hours >= 30")
    asked = instrument(WORK, HOURS, less)
    assert "less" not in logic.shown(asked, "start", {})
    assert "less" in logic.shown(asked, "start", {"work": "yes"})


def test_css_covers_what_it_can_see() -> None:
    """Options to tick become rules; typed numbers do not, so their questions stay with their sentence."""
    rules = logic.css(instrument(WORK, HOURS, MORE))
    assert rules == (
        "@supports selector(:has(a)){"
        'form:not(:has(#q-work [value="yes"]:checked)) #q-hours{display:none}#q-hours>.when{display:none}}'
    )
    assert logic.css(instrument(WORK)) == ""


@pytest.mark.parametrize("show_if", ["answered(invite)", "invite == 'yes'"])
def test_css_sees_the_box_of_a_consent(show_if: str) -> None:
    """Contact details stay out of sight until the box that they belong to is ticked."""
    consent = Item(id="invite", type="consent", text={"fi": "Saa kutsua"})
    address = Item(id="address", type="email", text={"fi": "Osoite"}, show_if=show_if)
    assert logic.css(instrument(consent, address)) == (
        "@supports selector(:has(a)){"
        'form:not(:has(#q-invite [value="yes"]:checked)) #q-address{display:none}#q-address>.when{display:none}}'
    )


def test_a_rule_compares_two_items() -> None:
    """Only the rule of a constraint may: what stands on the right is another item."""
    rule = logic.parse("finished >= began and hours != 0", rule=True)
    assert logic.named(rule) == ("finished", "began", "hours")
    assert logic.holds(rule, {"began": "2026-01", "finished": "2026-02", "hours": 5})
    assert not logic.holds(rule, {"began": "2026-03", "finished": "2026-02", "hours": 5})
    assert not logic.holds(rule, {"finished": "2026-02", "hours": 5})
    with pytest.raises(ConditionError):
        logic.parse("finished >= began")


def test_the_condition_of_a_section_is_that_of_its_items() -> None:
    """With their own, and hidden as a whole in CSS."""
    more = Item(id="more", type="text", text={"fi": "Lisää"}, show_if="kinds == 'a'")
    section = Section(title={"fi": "Osa"}, show_if="work == 'yes'", items=(HOURS_BARE, more))
    asked = dataclasses.replace(instrument(WORK, KINDS), sections=(*instrument(WORK, KINDS).sections, section))
    assert logic.shown(asked, "start", {"work": "yes"}) == {"work", "kinds", "count"}
    assert logic.shown(asked, "start", {"work": "yes", "kinds": ["a"]}) == {"work", "kinds", "count", "more"}
    assert logic.shown(asked, "start", {"work": "no", "kinds": ["a"]}) == {"work", "kinds"}
    assert 'form:not(:has(#q-work [value="yes"]:checked)) #s-1{display:none}' in logic.css(asked)


def chain(length: int) -> Instrument:
    """Questions of which each names the two before it."""
    first = [dataclasses.replace(WORK, id="q0"), dataclasses.replace(WORK, id="q1")]
    later = [
        dataclasses.replace(WORK, id=f"q{n}", show_if=f"q{n - 1} == 'yes' and q{n - 2} == 'yes'")
        for n in range(2, length)
    ]
    return instrument(*first, *later)


def test_a_condition_is_written_once_for_all_that_rest_on_it() -> None:
    """In Python and in the style sheet, whatever way leads to it; questions that rest on the same share a rule."""
    assert logic.closed(chain(4), "q3 == 'no' and q2 == 'yes'") == All(
        (
            Comparison("q3", "==", ("no",)),
            Comparison("q2", "==", ("yes",)),
            Comparison("q1", "==", ("yes",)),
            Comparison("q0", "==", ("yes",)),
        )
    )
    yes = [f'form:not(:has(#q-q{n} [value="yes"]:checked))' for n in range(3)]
    both = ":is({}):is({})".format(*(rule.removeprefix("form:not(")[:-1] for rule in (yes[1], yes[0])))
    assert logic.css(chain(4)) == (
        "@supports selector(:has(a)){"
        f"form:not({both}) .q:is(#q-q2,#q-q3){{display:none}}"
        f"{yes[2]} #q-q3{{display:none}}"
        "#q-q2>.when,#q-q3>.when{display:none}}"
    )


def test_a_long_chain_is_compiled_and_answered() -> None:
    """Doubling a chain of questions that each name the two before doubles each one's style sheet and no more; and
    thousands in a row are worked out, where answers end the chain too."""
    sizes = [len(logic.css(chain(length))) / length for length in (40, 80)]
    assert sizes[1] < 2 * sizes[0] and sizes[0] < 500
    long = chain(3000)
    given: dict[str, object] = {f"q{n}": "yes" for n in range(3000)}
    assert len(logic.shown(long, "start", given)) == 3000
    assert len(logic.shown(long, "start", given | {"q1000": "no"})) == 1001


def test_what_is_worked_out_can_be_looked_at() -> None:
    """A calculated item counts in later conditions; where it has no value the condition is false."""
    total = Item(id="total", type="calculated", text={"fi": "Yhteensä"}, calculate="count * 2")
    much = Item(id="much", type="text", text={"fi": "Paljon"}, show_if="total >= 10")
    asked = instrument(HOURS_BARE, total, much)
    assert logic.asked(asked, "start", {"count": 5}) == {"count": 5, "total": 10, "much": None}
    assert logic.asked(asked, "start", {}) == {"count": None, "total": None}
    # A value for it that came with the form counts for nothing.
    assert "much" not in logic.asked(asked, "start", {"total": 99})
