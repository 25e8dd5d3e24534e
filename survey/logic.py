"""`show_if`: a small closed language, compiled to a tree, evaluated here by the collector and as CSS by the build.

    condition  = or;  or = and {"or" and};  and = not {"and" not};  not = "not" not | "(" or ")" | test
    test       = "answered(" item ")" | item operator literal | item ["not"] "in" "[" literal {"," literal} "]"
    operator   = "==" "!=" "<" "<=" ">" ">="

Two-valued: a comparison with an absent answer is false. For an item of type multiple, `==` and `in` ask whether an
option is among those ticked. Dates and times are ISO text. An item is shown only if the items that its condition names
are shown themselves. The rule of a constraint is written alike, and may have an item where a literal stands.
"""

from __future__ import annotations

import functools
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from survey import calculation
from survey.frozen import dataclass
from survey.marking import _
from survey.model import TICKED, YES, Instrument, Item
from survey.model import condition as section_condition
from survey.phrases import Phrase, said
from survey.tokens import Tokens


class ConditionError(ValueError):
    """A condition that cannot be read; `found` says what was found."""

    def __init__(self, found: Phrase) -> None:
        super().__init__(str(found))
        self.found = found


@dataclass(frozen=True)
class Other:
    """In the rule of a constraint: the answer to another item."""

    item: str


Value = int | float | str | Other


@dataclass(frozen=True)
class Comparison:
    """An item's answer compared with literals; `answered` has none."""

    item: str
    operator: Literal["==", "!=", "<", "<=", ">", ">=", "in", "answered"]
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Not:
    part: Condition


@dataclass(frozen=True)
class All:
    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple[Condition, ...]


Condition = Comparison | Not | All | AnyOf
Answers = Mapping[str, object]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?)(?![\w.])|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,))"
)
_DEEPEST = 20


@functools.lru_cache(maxsize=4096)
def parse(text: str, *, rule: bool = False) -> Condition:
    """The tree of a condition, or of the rule of a constraint. Raises ConditionError."""
    parser = _Parser(_Tokens(text, _TOKEN, ConditionError), rule)
    tree = parser.either(0)
    parser.tokens.end()
    return tree


_CURLY = "\N{RIGHT DOUBLE QUOTATION MARK}\N{LEFT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}"
_CURLY += "\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{ACUTE ACCENT}`"
_WORDS = {"ja": "and", "tai": "or", "ei": "not", "och": "and", "eller": "or", "inte": "not", "on": "=="}
"""What authors write for the words of the language in their own."""


class _Tokens(Tokens):
    """The tokens of a condition, with what was probably meant where one cannot stand."""

    def instead(self, token: str, expected: str) -> Phrase:
        return self.needless(token) if token in _WORDS else super().instead(token, expected)

    def needless(self, token: str) -> Phrase:
        if token in _WORDS:
            return said(_("'{token}' is not a word of conditions; '{word}' is"), token=token, word=_WORDS[token])
        return super().needless(token)

    def unread(self, text: str) -> Phrase:
        if text[0] == "=":
            return said(_("'=' alone compares nothing; '==' does"))
        if text[0] in _CURLY:
            return said(_("the quotes at '{text}' are curly; straight ones are ' and \""), text=text)
        return super().unread(text)


class _Parser:
    def __init__(self, tokens: Tokens, rule: bool) -> None:
        self.tokens = tokens
        self.take = tokens.take
        self.rule = rule

    def either(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            raise ConditionError(said(_("its brackets are too deep")))
        parts = [self.both(depth)]
        while self.tokens.ahead == "or":
            self.take()
            parts.append(self.both(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def both(self, depth: int) -> Condition:
        parts = [self.negation(depth)]
        while self.tokens.ahead == "and":
            self.take()
            parts.append(self.negation(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def negation(self, depth: int) -> Condition:
        if depth > _DEEPEST:
            raise ConditionError(said(_("its brackets are too deep")))
        if self.tokens.ahead == "not":
            self.take()
            return Not(self.negation(depth + 1))
        if self.tokens.ahead == "(":
            self.take()
            tree = self.either(depth + 1)
            self.take(")")
            return tree
        return self.test()

    def test(self) -> Condition:
        item = self.take()
        if not re.fullmatch(r"[A-Za-z_]\w*", item) or item in ("and", "or", "in", "not"):
            raise ConditionError(said(_("'{token}' stands where the id of an item was expected"), token=item))
        if item == "answered" and self.tokens.ahead == "(":
            self.take()
            name = self.take()
            self.take(")")
            return Comparison(name, "answered")
        operator = self.take("==", "!=", "<=", ">=", "<", ">", "in", "not")
        if operator == "not":
            self.take("in")
            return Not(Comparison(item, "in", self.values()))
        if operator == "in":
            return Comparison(item, "in", self.values())
        return Comparison(item, operator, (self.literal(),))  # type: ignore[arg-type]

    def values(self) -> tuple[Value, ...]:
        self.take("[")
        found = [self.literal()]
        while self.take(",", "]") == ",":
            found.append(self.literal())
        return tuple(found)

    def literal(self) -> Value:
        token = self.take()
        if token[0] in "'\"":
            return token[1:-1]
        if re.fullmatch(r"-?\d+", token):
            return int(token)
        if re.fullmatch(r"-?\d+\.\d+", token):
            return float(token)
        if self.rule and re.fullmatch(r"[a-z]\w*", token):
            return Other(token)
        raise ConditionError(said(_("'{token}' stands where a number or a text in quotes was expected"), token=token))


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Every comparison in a condition."""
    match condition:
        case Comparison():
            yield condition
        case Not(part):
            yield from comparisons(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from comparisons(part)


def named(condition: Condition) -> tuple[str, ...]:
    """The ids of the items that a condition names, each once."""
    found: dict[str, None] = {}
    for comparison in comparisons(condition):
        found[comparison.item] = None
        found.update({value.item: None for value in comparison.values if isinstance(value, Other)})
    return tuple(found)


def holds(condition: Condition, answers: Answers) -> bool:
    """Whether a condition is true of some answers."""
    match condition:
        case Comparison(item, operator, values):
            literals = tuple(answers.get(value.item) if isinstance(value, Other) else value for value in values)
            return _test_holds(operator, answers.get(item), literals)
        case Not(part):
            return not holds(part, answers)
        case All(parts):
            return all(holds(part, answers) for part in parts)
        case AnyOf(parts):
            return any(holds(part, answers) for part in parts)


def _test_holds(operator: str, answer: object, values: Sequence[object]) -> bool:
    if answer is None or answer == []:
        return False
    if operator == "answered":
        return True
    if isinstance(answer, list):
        ticked = any(value in answer for value in values)
        return not ticked if operator == "!=" else ticked
    if operator in ("==", "in"):
        return answer in values
    value = values[0]
    if operator == "!=":
        return answer != value
    if isinstance(answer, int | float) and isinstance(value, int | float):
        return _in_order(operator, answer, value)
    # ISO dates, months and times are in the order of their letters.
    if isinstance(answer, str) and isinstance(value, str):
        return _in_order(operator, answer, value)
    return False


def _in_order(operator: str, a: Any, b: Any) -> bool:
    return {"<": bool(a < b), "<=": bool(a <= b), ">": bool(a > b), ">=": bool(a >= b)}[operator]


def asked(instrument: Instrument, wave: str, answers: Answers) -> Mapping[str, object]:
    """The id of every item shown at a wave, in order, with its answer or None; what is calculated is filled in.

    Answers of hidden items do not count, so chains close.
    """
    shown: dict[str, object] = {}
    standing: dict[str, bool] = {}
    for item in instrument.items():
        standing[item.id] = item.show_if is None or _stands(parse(item.show_if), standing, shown)
        if not standing[item.id] or (item.waves is not None and wave not in item.waves):
            continue
        if item.calculate is not None:
            shown[item.id] = calculation.value(calculation.parse(item.calculate), shown)
        else:
            shown[item.id] = answers.get(item.id)
    return shown


def _stands(condition: Condition, standing: Mapping[str, bool], shown: Mapping[str, object]) -> bool:
    """Whether a condition holds, and those of the items that it names do: all of these have been looked at before."""
    return all(standing.get(id, True) for id in named(condition)) and holds(condition, shown)


def shown(instrument: Instrument, wave: str, answers: Answers) -> frozenset[str]:
    """The ids of the items shown at a wave."""
    return frozenset(asked(instrument, wave, answers))


def effective(instrument: Instrument, item: Item) -> Condition:
    """An item's condition with those of the items that it names, all the way up."""
    assert item.show_if is not None
    return closed(instrument, item.show_if)


def closed(instrument: Instrument, text: str) -> Condition:
    """A condition with those of the items that it names, all the way up; what must hold twice stands there once."""
    parts = _closed(instrument, text)
    return parts[0] if len(parts) == 1 else All(parts)


def _closed(instrument: Instrument, text: str) -> tuple[Condition, ...]:
    found = dict.fromkeys(conjuncts(parse(text)))
    ahead, seen = deque(found), set[str]()
    while ahead:
        for name in named(ahead.popleft()):
            controller = instrument.item(name)
            if controller.show_if is None or name in seen:
                continue
            seen.add(name)
            ahead += [one for one in conjuncts(parse(controller.show_if)) if one not in found]
            found |= dict.fromkeys(ahead)
    return tuple(found)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """The parts of a condition that must all hold; one that is no `and` is its only part."""
    if not isinstance(condition, All):
        return (condition,)
    return tuple(one for part in condition.parts for one in conjuncts(part))


MOST_CONJUNCTS = 100
"""So many conditions an item may rest on at the most, its own and those of the items that they name, all the way up:
each stands in the style sheet, and whoever edits the questionnaire has to see through them."""


# --- CSS ------------------------------------------------------------------------------------------


def visible_to_css(instrument: Instrument, condition: Condition) -> bool:
    """Whether every comparison is about options to choose, which `:checked` can see, or about the value of a hidden
    field; typed answers it cannot see."""
    return all(
        instrument.item(comparison.item).type in (*TICKED, "consent", "hidden") for comparison in comparisons(condition)
    )


def css(instrument: Instrument) -> str:
    """Rules that hide the questions whose condition does not hold. Browsers without `:has()` show every question,
    each with the sentence that says whom it is for (class `when`). Conditions are the same at every wave.

    A condition is written once, with all questions that rest on it. What hides a section hides its questions.
    """
    rules: list[str] = []
    hidden: dict[Condition, list[str]] = {}
    said: list[str] = []
    for n, section in enumerate(instrument.sections):
        above = _seen(instrument, section.show_if)
        if above:
            rules.append(f"form:not({_selector_of_all(instrument, above)}) #s-{n}{{display:none}}")
            said.append(f"#s-{n}>.when")
        for item in section.items:
            if item.show_if is None:
                continue
            parts = _seen(instrument, section_condition(section, item))
            for part in parts:
                if part not in above:
                    hidden.setdefault(part, []).append(f"#q-{item.id}")
            if parts:
                said.append(f"#q-{item.id}>.when")
    together: dict[tuple[str, ...], list[Condition]] = {}
    for part, items in hidden.items():
        together.setdefault(tuple(items), []).append(part)
    for elements, parts in together.items():
        # With a class a browser finds the few elements that a long list can be about.
        which = elements[0] if len(elements) == 1 else f".q:is({','.join(elements)})"
        rules.append(f"form:not({_selector_of_all(instrument, parts)}) {which}{{display:none}}")
    if said:
        rules.append(",".join(said) + "{display:none}")
    return "@supports selector(:has(a)){" + "".join(rules) + "}" if rules else ""


def _seen(instrument: Instrument, text: str | None) -> Sequence[Condition]:
    """All that must hold for a condition; nothing where CSS cannot see it."""
    parts = _closed(instrument, text) if text is not None else ()
    return parts if all(visible_to_css(instrument, part) for part in parts) else ()


def _selector_of_all(instrument: Instrument, parts: Sequence[Condition]) -> str:
    return _selector(instrument, parts[0] if len(parts) == 1 else All(tuple(parts)))


def _selector(instrument: Instrument, condition: Condition) -> str:
    """A compound selector of the form that matches exactly where the condition holds."""
    match condition:
        case Comparison(item, operator, values):
            controller = instrument.item(item)
            options = instrument.options(controller)
            if controller.type == "hidden":
                known = dict.fromkeys([str(controller.value), *(str(option.value) for option in options)])
                matching = [value for value in known if _test_holds(operator, value, values)]
                return _any_of(f'[name="{item}"][value="{value}"]' for value in matching)
            if controller.type == "consent":
                return _any_of([_box(item, YES)] if _test_holds(operator, YES, values) else [])
            # An option with a reason to be absent is no answer, and counts for no comparison.
            chosen = [
                option.value
                for option in options
                if option.missing is None and _test_holds(operator, option.value, values)
            ]
            if operator == "!=" and controller.type == "multiple":
                real = [option.value for option in options if option.missing is None]
                ticked = [value for value in real if value == values[0]]
                without = f":not({_any_of(_box(item, value) for value in ticked)})" if ticked else ""
                return _any_of(_box(item, value) for value in real) + without
            return _any_of(_box(item, value) for value in chosen)
        case Not(part):
            return f":not({_selector(instrument, part)})"
        case All(parts):
            return "".join(f":is({_selector(instrument, part)})" for part in parts)
        case AnyOf(parts):
            return ":is(" + ",".join(_selector(instrument, part) for part in parts) + ")"


def _any_of(selectors: Iterable[str]) -> str:
    joined = ",".join(selectors)
    return f":has({joined})" if joined else ":not(*)"


def _checked(item: str, values: Sequence[object]) -> str:
    return ",".join(_box(item, value) for value in values)


def _box(item: str, value: object) -> str:
    return f'#q-{item} [value="{value}"]:checked'
