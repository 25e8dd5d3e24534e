"""A question of SurveyJS with the elements that it is made of: each is an entry of the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exchange.loss import Element, ExchangeError, Ledger, told
from exchange.making import number
from exchange.surveyjs_form import Data, code, entries, name_of, objects
from survey.marking import _

_SHOWN = 100
DEEPEST = 12
"""So deep panels and questions may lie within each other."""
SPECIAL = {
    "other": ("hasOther", "showOtherItem"),
    "none": ("hasNone", "showNoneItem"),
    "dontknow": ("showDontKnowItem",),
    "refused": ("showRefuseItem",),
}
"""Options that SurveyJS adds by itself, with the properties that turn them on."""
_COMMENT = ("hasComment", "showCommentArea", "showComment")
_OF_QUESTIONS = (
    *("type", "name", "title", "description", "isRequired", "validators", "visible", "valueName", "readOnly"),
    *("choices", "columns", "rows", "items", "rateValues", "elements", "questions"),
    *("templateElements", "detailElements"),
    *("visibleIf", "enableIf", "requiredIf", "commentText", "inputType", "cellType", "html", "expression", "value"),
    *("otherText", "noneText", "dontKnowText", "refuseText"),
    *(name for names in (*SPECIAL.values(), _COMMENT) for name in names),
)
"""Properties that make the question itself, or have an element of another kind."""
_WITHIN = ("templateElements", "detailElements", "elements", "questions")
CONDITIONS = ("visibleIf", "enableIf", "requiredIf")


@dataclass(kw_only=True)
class Entry:
    """A choice, row, column, item or validator with its element. `used`: a validator that came over."""

    data: Data
    element: Element
    used: bool = False

    @property
    def name(self) -> str:
        return name_of(self.data)


@dataclass(kw_only=True)
class Parts:
    """A question with the elements that it is made of in the report. `used` are the properties that came over."""

    data: Data
    type: str
    name: str
    element: Element
    choices: Sequence[Entry] = ()
    rows: Sequence[Entry] = ()
    columns: Sequence[Entry] = ()
    items: Sequence[Entry] = ()
    rates: Sequence[Entry] = ()
    special: Mapping[str, Element] = field(default_factory=dict)
    comment: Element | None = None
    settings: Mapping[str, Element] = field(default_factory=dict)
    conditions: Mapping[str, Element] = field(default_factory=dict)
    validators: Sequence[Entry] = ()
    nested: Sequence[Parts] = ()
    conditional: bool = False
    path: str = ""
    """For a part of a question: what its id is made of, where that is not its name."""
    used: set[str] = field(default_factory=set)

    def use(self, name: str) -> object:
        """The value of a property that comes over."""
        self.used.add(name)
        return self.data.get(name)

    def number(self, name: str) -> int | float | None:
        """A property that is a number; else it is not used."""
        found = number(code(self.data[name])) if name in self.data else None
        if found is not None:
            self.used.add(name)
        return found

    def every(self) -> Iterator[Element]:
        """All elements but the question's own."""
        for entry in (*self.choices, *self.rows, *self.columns, *self.items, *self.rates, *self.validators):
            yield entry.element
        yield from self.special.values()
        yield from self.settings.values()
        yield from self.conditions.values()
        if self.comment:
            yield self.comment
        for one in self.nested:
            yield one.element
            yield from one.every()


def parts(ledger: Ledger, data: Data, where: str = "", depth: int = 0) -> Parts:
    """The elements of a question and of all that is within it, as entries of the report. Raises ExchangeError."""
    if depth > DEEPEST:
        raise ExchangeError(
            told(_("The form has questions within questions, more than {DEEPEST} deep."), DEEPEST=DEEPEST)
        )
    name, kind = name_of(data), str(data.get("type", data.get("cellType", ""))).lower()
    where = where or told(_("question '{words}'"), words=_short(name))
    found = Parts(data=data, type=kind, name=name, element=ledger.add(where, kind or told(_("column"))))

    def listed(key: str, what: str) -> list[Entry]:
        return [
            Entry(data=one, element=ledger.add(where, told(what, name=_short(name_of(one)))))
            for one in entries(data, key)
        ]

    found.choices, found.rows = listed("choices", _("choice '{name}'")), listed("rows", _("row '{name}'"))
    found.columns = listed("columns", _("column '{name}'")) if kind == "matrix" else []
    found.items, found.rates = listed("items", _("item '{name}'")), listed("rateValues", _("value '{name}'"))
    found.validators = [
        Entry(data=one, element=ledger.add(where, told(_("validator {words}"), words=_short(str(one.get("type", ""))))))
        for one in objects(data, "validators")
    ]
    found.special = {
        kind: ledger.add(where, told(_("choice '{name}'"), name=kind))
        for kind, names in SPECIAL.items()
        if any(map(data.get, names))
    }
    if any(map(data.get, _COMMENT)):
        found.comment = ledger.add(where, told(_("comment")))
    found.conditions = {
        key: ledger.add(where, f"{key} {_short(data[key])}") for key in CONDITIONS if isinstance(data.get(key), str)
    }
    # The rows of a comment are how high its field is.
    high = kind == "comment" and not isinstance(data.get("rows"), list)
    known = set(_OF_QUESTIONS) - ({"rows"} if high else set())
    found.settings = {
        key: ledger.add(where, f"{key} = {_short(shown(value))}")
        for key, value in data.items()
        if key not in known and value not in (None, "", "default", [], {})
    }
    inner = [
        one for key in ("templateElements", "detailElements", "elements", "questions") for one in objects(data, key)
    ]
    own = [] if kind == "matrix" else entries(data, "columns")
    below = _("{where}, '{name}'")
    found.nested = [
        parts(ledger, one, told(below, where=where, name=_short(name_of(one))), depth + 1) for one in (*own, *inner)
    ]
    return found


def shown(value: object) -> str:
    """A value of a property, for the report."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(map(str, value))}}}"
    return f"{len(value)} entries" if isinstance(value, list) else code(value)


def _short(text: object) -> str:
    bare = " ".join(str(text).split())
    return bare if len(bare) <= _SHOWN else f"{bare[:_SHOWN]}…"
