"""SurveyJS's types of questions as items."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from exchange import expressions, surveyjs_words, wording
from exchange.expressions import Untranslatable
from exchange.loss import Element, told, told_by
from exchange.making import (
    MOST_FIELDS,
    Left,
    asked,
    choosable,
    in_order,
    iso,
    joined,
    leave_parts,
    number,
    numbered,
    told_id,
)
from exchange.surveyjs_expressions import parse, resolved
from exchange.surveyjs_form import Data, code, entries, objects
from exchange.surveyjs_maker import SEVERAL, Maker, part_id, required
from exchange.surveyjs_parts import Entry, Parts
from survey.marking import _
from survey.model import NO, YES, YES_NO_WORDS, Constraint, Item, ItemType, Limit, Option, Row, Value


def items(maker: Maker, parts: Parts) -> list[Item]:
    """The items that a question becomes. Raises Left."""
    data = parts.data
    if data.get("visible") is False and "visibleIf" not in data:
        raise Left(told(_("It is hidden, and shown by the form itself at most.")))
    if data.get("readOnly") is True:
        raise Left(told(_("It is only read, not answered.")))
    if data.get("valueName") and code(data["valueName"]) != parts.name:
        parts.element.change(
            told(_("It shared its answer with what is called '{words}'."), words=code(data["valueName"]))
        )
    make = _BY_TYPE.get(parts.type)
    if make is None:
        why = (
            told(_("The type '{type}' is none of SurveyJS's own."), type=parts.type)
            if parts.type
            else told(_("It has no type."))
        )
        raise Left(surveyjs_words.WITHOUT.get(parts.type, why))
    made = make(maker, parts)
    for key, types in _USES.items():
        for entry in getattr(parts, key) if parts.type not in types else ():
            entry.element.leave(told(_("A question of this type has none.")))
    if parts.comment:
        made = [*made, maker.comment(parts)]
    return made


# --- choices --------------------------------------------------------------------------------------


def _choices(maker: Maker, parts: Parts) -> tuple[tuple[Option, ...], dict[str, Value]]:
    options, known = maker.options(parts, parts.choices)
    first, last = parts.number("choicesMin"), parts.number("choicesMax")
    step = parts.number("choicesStep") or 1
    if isinstance(first, int) and isinstance(last, int) and isinstance(step, int) and 0 < (last - first) / step <= 300:
        for option in numbered(maker.texts.chosen, first, last, max(step, 1)):
            if str(option.value) not in {str(one.value) for one in options}:
                options.append(option)
                known[str(option.value)] = option.value
    copied = code(parts.data.get("choicesFromQuestion", ""))
    if copied and copied in maker.copies:
        parts.used.add("choicesFromQuestion")
        parts.element.change(told(_("Its choices are those of '{copied}', all of them."), copied=copied))
        taken = {str(option.value) for option in options}
        own, values = maker.copies[copied]
        options += [option for option in own if str(option.value) not in taken]
        known = {**values, **known}
    maker.special(parts, options, known)
    if not any(option.missing is None for option in options):
        raise Left(told(_("It has no choices of its own to choose from.")))
    maker.copies[parts.name] = (tuple(o for o in options if not (o.other or o.missing or o.exclusive)), dict(known))
    return tuple(options), known


def _one(maker: Maker, parts: Parts) -> list[Item]:
    options, known = _choices(maker, parts)
    item = maker.item(parts, "dropdown" if parts.type == "dropdown" else "single", options=options)
    maker.ask(parts, item, "choice", known)
    return [item]


def _several(maker: Maker, parts: Parts) -> list[Item]:
    options, known = _choices(maker, parts)
    least, most = _how_many(parts, choosable(options))
    item = maker.item(parts, "multiple", options=options, at_least=least, at_most=most)
    if parts.type == "tagbox":
        parts.element.change(told(_("Its choices are boxes to tick.")))
    maker.ask(parts, item, "several", known)
    return [item]


def _how_many(parts: Parts, count: int) -> tuple[int | None, int | None]:
    """The fewest and the most that can be chosen."""
    found: dict[str, int | None] = {"minSelectedChoices": None, "maxSelectedChoices": None}
    for name in found:
        limit = parts.number(name)
        found[name] = limit if isinstance(limit, int) and 1 <= limit <= count else None
        if found[name] is None:
            parts.used.discard(name)
    for entry in parts.validators:
        if _kind(entry) == "answercount":
            for key, name in (("minCount", "minSelectedChoices"), ("maxCount", "maxSelectedChoices")):
                limit = number(code(entry.data.get(key, "")))
                if isinstance(limit, int) and 1 <= limit <= count:
                    found[name] = limit
                elif limit:
                    entry.element.change(told(_("It asks for more than there are.")))
            entry.used = True
    least, most = found.values()
    if least and most and least > most:
        parts.element.change(told(_("It asked for more choices than it allows, so neither limit is kept.")))
        return None, None
    return least, most


def _image(maker: Maker, parts: Parts) -> list[Item]:
    parts.used |= {"multiSelect", "showLabel"}
    return _several(maker, parts) if parts.data.get("multiSelect") is True else _one(maker, parts)


def _ranking(maker: Maker, parts: Parts) -> list[Item]:
    options, _known = _choices(maker, parts)
    options = tuple(dataclasses.replace(o, other=False, exclusive=False) for o in options if o.missing is None)
    least, most = _how_many(parts, len(options))
    item = maker.item(parts, "rank", options=options, at_least=least, at_most=most)
    maker.ask(parts, item, "answered", {})
    return [item]


def _boolean(maker: Maker, parts: Parts) -> list[Item]:
    data = parts.data
    parts.used |= {"labelTrue", "labelFalse", "valueTrue", "valueFalse", "label"}
    own = any(name in data for name in ("labelTrue", "labelFalse"))
    options: tuple[Option, ...] = ()
    if own or any(tag not in YES_NO_WORDS for tag in maker.texts.chosen):
        words = [{tag: pair[n] for tag, pair in YES_NO_WORDS.items()} for n in (0, 1)]
        options = tuple(
            Option(
                value=value,
                label=maker.of(data.get(name), parts.element, line=True)
                or maker.texts.built_in(words[n], parts.element),
            )
            for n, (value, name) in enumerate(((YES, "labelTrue"), (NO, "labelFalse")))
        )
    item = maker.item(parts, "yes_no", options=options)
    if "title" not in data and "label" in data:
        item = dataclasses.replace(item, text=maker.of(data["label"], parts.element) or item.text)
    known: dict[str, Value] = {"true": YES, "false": NO}
    for name, value in (("valueTrue", YES), ("valueFalse", NO)):
        if data.get(name) is not None:
            known[code(data[name])] = value
    maker.ask(parts, item, "choice", known)
    return [item]


# --- ratings --------------------------------------------------------------------------------------


def _rating(maker: Maker, parts: Parts) -> list[Item]:
    parts.used |= {"autoGenerate", "rateMin", "rateMax", "rateStep", "rateCount"}
    parts.used |= {"minRateDescription", "maxRateDescription"}
    low = maker.of(parts.data.get("minRateDescription"), parts.element, line=True)
    high = maker.of(parts.data.get("maxRateDescription"), parts.element, line=True)
    if parts.rates:
        options, known = maker.options(parts, parts.rates)
        return _likert(maker, parts, _with_ends(options, low, high), known)
    first = parts.number("rateMin")
    first = first if isinstance(first, int) else 1
    step = parts.number("rateStep") or 1
    last = parts.number("rateMax")
    if last is None:
        count = parts.number("rateCount") or 5
        last = first + (count - 1) * step
    if not isinstance(last, int) or not isinstance(step, int) or step < 1 or last <= first:
        raise Left(told(_("Its values are not whole numbers in order.")))
    if step == 1 and low and high and last - first <= 20:
        item = maker.item(parts, "scale", minimum=first, maximum=last, low=low, high=high)
        maker.ask(parts, item, "choice", {str(n): n for n in range(first, last + 1)})
        return [item]
    if (last - first) / step > 20:
        raise Left(
            told(
                _("It has {words} values to choose from; at most 21 stand in a row."), words=(last - first) // step + 1
            )
        )
    options = list(numbered(maker.texts.chosen, first, last, step))
    return _likert(maker, parts, _with_ends(options, low, high), {str(o.value): o.value for o in options})


def _with_ends(
    options: Sequence[Option], low: Mapping[str, str] | None, high: Mapping[str, str] | None
) -> tuple[Option, ...]:
    """Options with what is said of the first and the last one in their labels."""
    found = list(options)
    for at, words in ((0, low), (-1, high)):
        if words and found:
            found[at] = dataclasses.replace(found[at], label=joined(found[at].label, words))
    return tuple(found)


def _likert(maker: Maker, parts: Parts, options: tuple[Option, ...], known: Mapping[str, Value]) -> list[Item]:
    item = maker.item(parts, "likert", options=options)
    maker.ask(parts, item, "choice", known)
    return [item]


def _slider(maker: Maker, parts: Parts) -> list[Item]:
    if parts.data.get("sliderType") == "range":
        raise Left(told(_("A range of values cannot be given.")))
    parts.used.add("sliderType")
    low, high, step = parts.number("min"), parts.number("max"), parts.number("step")
    whole = all(isinstance(one, int) for one in (low or 0, high or 100, step or 1))
    type: ItemType = "integer" if whole else "decimal"
    limits: dict[str, Limit] = {"minimum": 0 if low is None else low, "maximum": 100 if high is None else high}
    item = maker.item(parts, type, **in_order(limits, parts.element))
    parts.element.change(told(_("It is a field for a number.")))
    maker.ask(parts, item, "number", {})
    return [item]


# --- fields to fill in ----------------------------------------------------------------------------

_INPUTS: Mapping[str, ItemType] = {
    **dict.fromkeys(("number", "range"), "decimal"),
    **dict.fromkeys(("date", "datetime", "datetime-local"), "date"),
    "month": "month",
    "time": "time",
    "email": "email",
    "tel": "phone",
}
_KINDS: Mapping[str, str] = {"decimal": "number", "integer": "number", "date": "date", "month": "month", "time": "time"}


def _text(maker: Maker, parts: Parts) -> list[Item]:
    given = code(parts.data.get("inputType", "text")).lower()
    type = _INPUTS.get(given, "text")
    kinds = {_kind(entry) for entry in parts.validators}
    if type == "text" and ("numeric" in kinds or parts.data.get("maskType") in ("numeric", "currency")):
        type = "decimal"
    if type == "text" and "email" in kinds:
        type = "email"
    if given in ("color", "week", "url", "password"):
        parts.element.change(told(_("It is a line of text; that it is '{given}' is not checked."), given=given))
    if type in ("email", "phone"):
        parts.element.change(told(_("It is a contact detail, which never comes into a dataset.")))
    item = maker.item(parts, type, **_bounds(parts, type), max_length=_length(maker, parts, type))
    if type == "decimal" and isinstance(step := parts.number("step"), int) and step:
        limits = {key: getattr(item, key) for key in ("minimum", "maximum")}
        if all(one is None or isinstance(one, int) for one in limits.values()):
            item = dataclasses.replace(item, type="integer")
    maker.ask(parts, item, _KINDS.get(type, "text"), {})
    if given not in ("datetime", "datetime-local"):
        return [item]
    time = Item(id=maker.names.take(f"{parts.name}_time"), type="time", text=item.text, required=item.required)
    parts.element.change(told(_("Its time of day is a question of its own, '{id}'."), id=time.id))
    return [item, time]


def _comment(maker: Maker, parts: Parts) -> list[Item]:
    item = maker.item(parts, "long_text", max_length=_length(maker, parts, "long_text"))
    maker.ask(parts, item, "text", {})
    return [item]


def _bounds(parts: Parts, type: str) -> dict[str, Limit]:
    """The limits that properties and validators give."""
    found: dict[str, Limit] = {}
    for key, name in (("minimum", "min"), ("maximum", "max")):
        limit: Limit | None = parts.number(name) if type == "decimal" else None
        day = iso(type, code(parts.data.get(name, ""))[: 10 if type == "date" else None])
        if limit is not None or day is not None:
            found[key] = limit if day is None else day  # type: ignore[assignment]
            parts.used.add(name)
    for entry in parts.validators:
        if _kind(entry) == "numeric" and type == "decimal":
            limits = {"minimum": entry.data.get("minValue", ""), "maximum": entry.data.get("maxValue", "")}
            found |= {key: limit for key, given in limits.items() if (limit := number(code(given))) is not None}
            entry.used = True
        elif _kind(entry) == "email" and type == "email":
            entry.used = True
    return in_order(found, parts.element)


def _length(maker: Maker, parts: Parts, type: str) -> int | None:
    """The longest text that properties and validators allow."""
    if type not in ("text", "long_text"):
        return None
    length = parts.number("maxLength")
    for entry in parts.validators:
        if _kind(entry) == "text":
            length = number(code(entry.data.get("maxLength", ""))) or length
            if entry.data.get("minLength"):
                entry.element.change(told(_("How short a text may be is not checked.")))
            entry.used = True
    length = length if isinstance(length, int) and length > 0 else maker.length
    return length if isinstance(length, int) and 1 <= length <= 20_000 else None


def _kind(entry: Entry) -> str:
    return code(entry.data.get("type", "")).lower().removesuffix("validator")


def _fields(maker: Maker, parts: Parts) -> list[Item]:
    """Several lines of text under one title."""
    if not parts.items:
        raise Left(told(_("It has no fields.")))
    made = maker.stem(parts)
    for entry in parts.items:
        name = f"{parts.name}.{entry.name}"
        whole = required({"isRequired": entry.data.get("isRequired") is True or parts.data.get("isRequired") is True})
        own = _cell(entry.data, "text", name, entry.element, parts)
        made += [
            dataclasses.replace(item, text=maker.label(entry) if n == 0 else item.text, required=whole)
            for n, item in enumerate(_text(maker, own))
        ]
        _leave_rest(own, entry.element)
    parts.element.change(
        told(_("It is {words} fields."), words=len(parts.items))
        if len(parts.items) > 1
        else told(_("It is one field."))
    )
    return made


def _cell(data: Data, kind: str, name: str, element: Element, whole: Parts) -> Parts:
    """A part of a question as a question of its own, told of under one element."""
    return Parts(
        data={**data, "title": data.get("title", data.get("text"))},
        type=kind,
        name=name,
        path=name.replace(".", "_"),
        element=element,
        choices=[Entry(data=one, element=element) for one in entries(data, "choices")],
        validators=[Entry(data=one, element=element) for one in objects(data, "validators")],
        conditional=whole.conditional,
    )


_OF_CELLS = ("name", "title", "text", "value", "inputType", "isRequired", "cellType", "choices", "validators", "type")


def _leave_rest(own: Parts, element: Element) -> None:
    """Tells what a part of a question has and did not come over."""
    for entry in own.validators:
        if not entry.used:
            element.change(told(_("What the validator '{words}' asks for is not checked."), words=_kind(entry)))
    for name in own.data:
        if name not in (*_OF_CELLS, *own.used) and own.data[name] not in (None, "", False, "default", [], {}):
            element.change(told(_("'{name}' was left: {words}"), name=name, words=surveyjs_words.reason(name)))


# --- matrices -------------------------------------------------------------------------------------


def _matrix(maker: Maker, parts: Parts) -> list[Item]:
    if not parts.rows:
        raise Left(told(_("It has no rows.")))
    if not parts.columns:
        raise Left(told(_("It has no columns.")))
    parts.used |= {"eachRowRequired", "isAllRowRequired"}
    options, known = maker.options(parts, parts.columns)
    if parts.data.get("cellType") == "checkbox":
        return _boxes(maker, parts, options, known)
    return [_grid(maker, parts, options, known, maker.title(parts))]


def _grid(
    maker: Maker,
    parts: Parts,
    options: Sequence[Option],
    known: Mapping[str, Value],
    text: Mapping[str, str],
    ending: str = "",
) -> Item:
    grid_id = part_id(maker, parts.element, parts.name, ending)
    rows = []
    for entry in parts.rows:
        row = Row(id=part_id(maker, entry.element, parts.name, entry.name, ending), text=maker.label(entry))
        rows.append(row)
        maker.ask(parts, row, "choice", known, ".".join(filter(None, (parts.name, entry.name, ending))))
    needed = required(parts.data)
    item = Item(id=grid_id, type="grid", text=text, rows=tuple(rows), options=tuple(options), required=needed)
    return dataclasses.replace(item, hint=maker.hint(parts))


def _boxes(maker: Maker, parts: Parts, options: Sequence[Option], known: Mapping[str, Value]) -> list[Item]:
    """A question where several can be chosen for each row."""
    made = maker.stem(parts)
    for entry in parts.rows:
        name = f"{parts.name}.{entry.name}"
        item = Item(
            id=part_id(maker, entry.element, parts.name, entry.name),
            type="multiple",
            text=maker.label(entry),
            options=tuple(options),
            required=required(parts.data),
        )
        made.append(item)
        maker.ask(parts, item, "several", known, name)
    parts.element.change(told(_("Each row is a question where several can be chosen.")))
    return made


def _matrix_of_questions(maker: Maker, parts: Parts) -> list[Item]:
    """A grid for each column of choices, and a field for each cell of another column."""
    if not parts.rows:
        raise Left(told(_("It has no rows.")))
    columns = parts.nested[: len(entries(parts.data, "columns"))]
    if not columns:
        raise Left(told(_("It has no columns.")))
    kind = code(parts.data.get("cellType", "dropdown")).lower()
    cells = sum(len(parts.rows) for one in columns if _cell_type(one, kind) not in _IN_GRIDS)
    if cells > MOST_FIELDS:
        raise Left(
            told(
                _("It has {cells} fields; at most {MOST_FIELDS} are made of a matrix."),
                cells=cells,
                MOST_FIELDS=MOST_FIELDS,
            )
        )
    made = maker.stem(parts)
    for column in columns:
        made += _column(maker, parts, column, _cell_type(column, kind))
    for detail in parts.nested[len(columns) :]:
        detail.element.leave(told(_("Details of rows have no counterpart.")))
        leave_parts(detail.every())
    parts.element.change(told(_("Its columns are questions of their own.")))
    parts.used |= {"cellType"}
    return made


_IN_GRIDS = ("dropdown", "radiogroup", "rating", "boolean")


def _cell_type(column: Parts, otherwise: str) -> str:
    found = code(column.data.get("cellType", "default")).lower()
    return otherwise if found in ("default", "") else found


def _column(maker: Maker, parts: Parts, column: Parts, kind: str) -> list[Item]:
    heading = maker.of(column.data.get("title"), column.element, line=True, otherwise=column.name or "…") or {}
    for element in (*column.conditions.values(), *column.settings.values()):
        element.leave(told(_("What a column sets for its cells has no counterpart.")))
    if kind in ("dropdown", "radiogroup") or (kind in ("checkbox", "tagbox") and not column.special):
        as_question = dataclasses.replace(column, type=kind)
        options, known = maker.options(as_question, column.choices or parts.choices)
        maker.special(as_question, options, known)
        options = [dataclasses.replace(one, other=False) for one in options]
        if not options:
            column.element.leave(told(_("It has no choices to choose from.")))
            return []
        if kind in ("dropdown", "radiogroup"):
            options = [dataclasses.replace(one, exclusive=False) for one in options]
            return [_grid(maker, parts, options, known, heading, column.name)]
    made: list[Item] = []
    for row in parts.rows:
        name = f"{parts.name}.{row.name}.{column.name}"
        data = {**column.data, "choices": column.data.get("choices") or parts.data.get("choices"), "visible": True}
        own = _cell(data, kind, name, column.element, parts)
        if kind not in _BY_TYPE or kind in ("matrix", "matrixdropdown", "expression"):
            column.element.leave(told(_("Cells of the type '{kind}' cannot be asked here."), kind=kind))
            return []
        try:
            items = _BY_TYPE[kind](maker, own)
        except Left as left:
            column.element.leave(*left.args)
            return []
        made += [dataclasses.replace(item, text=joined(maker.label(row), heading)) for item in items]
    return made


# --- what is not asked ----------------------------------------------------------------------------


def _note(maker: Maker, parts: Parts) -> list[Item]:
    text = maker.of(parts.data.get("html"), parts.element)
    title = maker.of(parts.data.get("title"), parts.element) if "title" in parts.data else None
    given = [one for one in (title, text) if one]
    if not given:
        raise Left(told(_("It has no text.")))
    whole = {tag: "\n\n".join(one[tag] for one in given) for tag in maker.texts.chosen}
    return [Item(id=told_id(maker.names, parts.name, parts.element), type="note", text=whole)]


def _expression(maker: Maker, parts: Parts) -> list[Item]:
    item = worked_out(maker, parts.name, code(parts.data.get("expression", "")), parts.element, parts.conditional)
    if item is None:
        raise Left(told(_("It gives a text, which is not kept; conditions that name it have what it depends on.")))
    parts.element.change(told(_("It is worked out and not shown.")))
    return [item]


def worked_out(maker: Maker, name: str, expression: str, element: Element, conditional: bool) -> Item | None:
    """A calculated item; None where it gives one of some texts, which conditions can then name. Raises Left."""
    try:
        tree = resolved(parse(expression), maker.scope, maker.known)
        try:
            calculate = expressions.calculated(tree, maker.scope)
        except Untranslatable as error:
            try:
                maker.scope.cases[name] = expressions.cases(tree, maker.scope)
            except Untranslatable:
                raise error from None
            return None
    except Untranslatable as error:
        raise Left(told(_("It cannot be worked out here, since {reason}."), reason=told_by(error))) from error
    text = dict.fromkeys(maker.texts.chosen, name)
    item = Item(id=told_id(maker.names, name, element), type="calculated", text=text, calculate=calculate)
    if name not in maker.scope.asked:
        maker.scope.ask(name, asked(item, "number", {}, conditional=conditional))
    return item


# --- rules ----------------------------------------------------------------------------------------


def checked(maker: Maker, parts: Parts, made: list[Item]) -> list[Item]:
    """The items with the rules of the question's validators; those that cannot be said here are left."""
    for entry in parts.validators:
        if entry.used:
            continue
        kind = _kind(entry)
        if kind != "expression" or len(made) != 1 or made[0].type in ("grid", "note", "calculated", "multiple", "rank"):
            entry.element.leave(_WHY_UNCHECKED.get(kind, told(_("What it asks for cannot be checked here."))))
            continue
        made = [_constrained(maker, entry, made[0])]
    return made


_WHY_UNCHECKED: Mapping[str, str] = {
    "regex": told(_("Patterns that an answer must have are not checked.")),
    "expression": told(_("A rule about a question that became something else cannot be checked here.")),
}


def _constrained(maker: Maker, entry: Entry, item: Item) -> Item:
    try:
        tree = resolved(parse(code(entry.data.get("expression", ""))), maker.scope, maker.known)
        found = expressions.condition(tree, maker.scope, rule=True)
    except Untranslatable as error:
        entry.element.leave(told(_("It cannot be said here, since {reason}."), reason=told_by(error)))
        return item
    if isinstance(found.tree, bool) or found.text is None:
        entry.element.leave(told(_("It always or never holds.")))
        return item
    entry.element.change(*found.notes)
    message = maker.of(entry.data.get("text"), entry.element, line=True)
    rule = Constraint(rule=found.text, message=message or maker.texts.built_in(wording.CHECK_ANSWER, entry.element))
    return dataclasses.replace(item, constraints=(*item.constraints, rule))


_USES: Mapping[str, tuple[str, ...]] = {
    "choices": ("radiogroup", "dropdown", "buttongroup", *SEVERAL, "imagepicker", "ranking", "matrixdropdown"),
    "rows": ("matrix", "matrixdropdown"),
    "columns": ("matrix",),
    "items": ("multipletext",),
    "rates": ("rating",),
}
"""Which types have which lists."""
_BY_TYPE: Mapping[str, Callable[[Maker, Parts], list[Item]]] = {
    **dict.fromkeys(("radiogroup", "dropdown", "buttongroup"), _one),
    **dict.fromkeys(SEVERAL, _several),
    "imagepicker": _image,
    "ranking": _ranking,
    "boolean": _boolean,
    "rating": _rating,
    "slider": _slider,
    "text": _text,
    "comment": _comment,
    "multipletext": _fields,
    "matrix": _matrix,
    "matrixdropdown": _matrix_of_questions,
    "html": _note,
    "expression": _expression,
}
