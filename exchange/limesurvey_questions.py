"""LimeSurvey's types of questions as items: what each letter becomes, and what its names stand for in conditions."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence

from exchange import expression_manager as em
from exchange import expressions, limesurvey_words, wording
from exchange.expressions import Untranslatable
from exchange.limesurvey_maker import Maker, Parts, required
from exchange.loss import told, told_by
from exchange.lss import Subquestion, Words
from exchange.making import (
    COMMENT,
    MOST_FIELDS,
    Left,
    asked,
    choosable,
    chosen,
    in_order,
    iso,
    joined,
    number,
    numbered,
    tell_value,
    values_of,
)
from survey.marking import _
from survey.model import FORMS, NO, YES, YES_NO_WORDS, Constraint, Item, ItemType, Limit, Option, Text, Value

_CODE_OF_OTHER = "-oth-"


def items(maker: Maker, parts: Parts) -> list[Item]:
    """The items that a question becomes. Raises Left."""
    question = parts.question
    if question.on("hidden") and question.type != "*":
        return [_hidden(maker, parts)]
    parts.used.add("hidden")
    make = _BY_TYPE.get(question.type)
    if make is None:
        raise Left(_WITHOUT.get(question.type, told(_("The type '{type}' is not known."), type=question.type)))
    made = make(maker, parts)
    maker.variables.aliases.setdefault(maker.old(parts), parts.code)
    return made


def _hidden(maker: Maker, parts: Parts) -> Item:
    """A hidden question with a fixed value; what LimeSurvey fills in otherwise cannot come over."""
    value = (parts.default or "").lower()
    if not re.fullmatch(FORMS["value"][0], value):
        raise Left(told(_("LimeSurvey hides it and fills it in by itself or from the address of the survey.")))
    parts.used.add("hidden")
    text = dict.fromkeys(maker.texts.chosen, parts.code)
    item = Item(id=maker.id(parts.code, parts.element), type="hidden", text=text, value=value)
    parts.element.change(told(_("It is a hidden field with its default value.")))
    maker.ask(parts, item, "choice", {parts.default or "": value}, parts.code, "")
    return item


# --- one of several options -----------------------------------------------------------------------


def _list(maker: Maker, parts: Parts) -> list[Item]:
    options, known = maker.options(parts, parts.question.options())
    other = maker.other(parts, known.values())
    if other is not None:
        options = (*options, other)
        known[_CODE_OF_OTHER] = other.value
    if not options:
        raise Left(told(_("It has no answers to choose from.")))
    item = maker.item(parts, "dropdown" if parts.question.type == "!" else "single", options=options)
    maker.ask(parts, item, "choice", known, parts.code, "")
    if other is not None:
        maker.variables.tick(f"{parts.code}_other", parts.code, _CODE_OF_OTHER, old=maker.old(parts, "other"))
    return [item]


def _list_with_comment(maker: Maker, parts: Parts) -> list[Item]:
    (item,) = _list(maker, parts)
    words = maker.texts.built_in(COMMENT, parts.element)
    comment = Item(id=maker.names.take(f"{parts.code}_comment"), type="long_text", text=words)
    parts.element.change(told(_("Its comment is a question of its own, '{id}'."), id=comment.id))
    maker.ask(parts, comment, "text", {}, f"{parts.code}_comment", "comment")
    return [item, comment]


def _yes_no(maker: Maker, parts: Parts) -> list[Item]:
    tags = maker.texts.chosen
    options: tuple[Option, ...] = ()
    if any(tag not in YES_NO_WORDS for tag in tags):
        options = tuple(
            Option(
                value=value,
                label=maker.texts.built_in({tag: words[n] for tag, words in YES_NO_WORDS.items()}, parts.element),
            )
            for n, value in enumerate((YES, NO))
        )
    item = maker.item(parts, "yes_no", options=options)
    maker.ask(parts, item, "choice", {"Y": YES, "N": NO}, parts.code, "")
    return [item]


def _gender(maker: Maker, parts: Parts) -> list[Item]:
    words = {"F": limesurvey_words.FEMALE, "M": limesurvey_words.MALE}
    options, known = _built_in(maker, parts, words)
    item = maker.item(parts, "single", options=options)
    maker.ask(parts, item, "choice", known, parts.code, "")
    return [item]


def _built_in(
    maker: Maker, parts: Parts, words: Mapping[str, Mapping[str, str]]
) -> tuple[tuple[Option, ...], dict[str, Value]]:
    """Answers that LimeSurvey has words for by itself."""
    known: dict[str, Value] = {code: code.lower() for code in words}
    options = [
        Option(value=known[code], label=maker.texts.built_in(said, parts.element)) for code, said in words.items()
    ]
    return tuple(options), known


def _numbers(maker: Maker, last: int, first: int = 1, step: int = 1) -> tuple[tuple[Option, ...], dict[str, Value]]:
    options = numbered(maker.texts.chosen, first, last, step)
    return options, {str(option.value): option.value for option in options}


def _five_points(maker: Maker, parts: Parts) -> list[Item]:
    options, known = _numbers(maker, 5)
    item = maker.item(parts, "likert", options=options)
    maker.ask(parts, item, "choice", known, parts.code, "")
    return [item]


# --- arrays ---------------------------------------------------------------------------------------


def _array(maker: Maker, parts: Parts) -> list[Item]:
    kind = parts.question.type
    if kind in "AB":
        options, known = _numbers(maker, 5 if kind == "A" else 10)
    elif kind in "CE":
        said = {
            "C": {
                "Y": {tag: yes for tag, (yes, _no) in YES_NO_WORDS.items()},
                "U": limesurvey_words.UNCERTAIN,
                "N": {tag: no for tag, (_yes, no) in YES_NO_WORDS.items()},
            },
            "E": {
                "I": limesurvey_words.INCREASE,
                "S": limesurvey_words.SAME,
                "D": limesurvey_words.DECREASE,
            },
        }
        options, known = _built_in(maker, parts, said[kind])
    else:
        options, known = maker.options(parts, parts.question.options())
    if kind == "H":
        parts.element.change(told(_("Its columns are the rows of a grid.")))
    return [_grid(maker, parts, options, known)]


def _grid(
    maker: Maker,
    parts: Parts,
    options: tuple[Option, ...],
    known: Mapping[str, Value],
    *,
    scale: str = "",
    heading: Mapping[str, str] | None = None,
) -> Item:
    """A grid of the subquestions; `scale` ends the names of its rows where an array becomes several."""
    subs = parts.question.subs()
    if not subs:
        raise Left(told(_("It has no rows.")))
    if not options:
        raise Left(told(_("It has no answers to choose from.")))
    text = maker.text(parts)
    grid = Item(
        id=maker.id(f"{parts.code}{scale}", parts.element),
        type="grid",
        text=joined(text, heading),
        hint=maker.hint(parts),
        rows=maker.rows(parts, subs, scale),
        options=options,
        required=required(parts.question),
    )
    for sub, row in zip(subs, grid.rows, strict=True):
        name = f"{parts.code}_{sub.code}{scale}"
        maker.ask(parts, row, "choice", known, name, sub.code + scale.replace("_", "#" if scale in _DUAL else "_"))
        if any(option.score is not None for option in options):
            maker.variables.scored.add(name)
    members = tuple(f"{parts.code}_{sub.code}{scale}" for sub in subs)
    maker.variables.members[parts.code] = (*maker.variables.members.get(parts.code, ()), *members)
    return grid


_DUAL = ("_0", "_1")


def _two_scales(maker: Maker, parts: Parts) -> list[Item]:
    grids: list[Item] = []
    for n, scale in enumerate(_DUAL):
        answers = parts.question.options(n)
        if not answers and n == 1 and grids:
            break
        options, known = maker.options(parts, answers)
        name = f"dualscale_header{'AB'[n]}"
        heading = maker.texts.of(parts.question.attributes.get(name, {}), parts.element, line=True)
        parts.used.add(name)
        grids.append(_grid(maker, parts, options, known, scale=scale, heading=heading))
    parts.element.change(told(_("It is {words} grids, one for each scale."), words=len(grids)))
    return list(grids)


def _array_of_numbers(maker: Maker, parts: Parts) -> list[Item]:
    question = parts.question
    rows, columns = question.subs(0), question.subs(1)
    if not rows or not columns:
        raise Left(told(_("It has no rows or no columns.")))
    if question.on("multiflexible_checkbox"):
        parts.used.add("multiflexible_checkbox")
        return _boxes_by_row(maker, parts, rows, columns)
    first, last, step = (
        _number(question.attribute(f"multiflexible_{name}"), default)
        for name, default in (("min", 1), ("max", 10), ("step", 1))
    )
    if question.on("input_boxes"):
        parts.used.add("input_boxes")
        return _cells(maker, parts, rows, columns)
    whole = all(isinstance(one, int) for one in (first, last, step))
    if not whole or not isinstance(step, int) or step < 1 or not 1 <= (last - first) / step <= 20:
        raise Left(told(_("Its numbers are worked out, or too many to choose from.")))
    parts.used |= {"multiflexible_min", "multiflexible_max", "multiflexible_step"}
    options, known = _numbers(maker, int(last), int(first), step)
    grids = []
    for column in columns:
        heading = maker.label(parts, column)
        grids.append(_grid(maker, parts, options, known, scale=f"_{column.code}", heading=heading))
    if len(grids) > 1:
        parts.element.change(told(_("It is {words} grids, one for each column."), words=len(grids)))
    return list(grids)


def _number(text: str, default: int) -> int | float:
    """A number of an attribute; not a whole one where it is worked out."""
    if not text:
        return default
    return int(text) if re.fullmatch(r"-?\d{1,6}", text) else 0.5


def _boxes_by_row(
    maker: Maker, parts: Parts, rows: Sequence[Subquestion], columns: Sequence[Subquestion]
) -> list[Item]:
    known = values_of([column.code for column in columns])
    options = []
    for column, value in zip(columns, known, strict=True):
        tell_value(parts.subs[column.qid], column.code, value)
        options.append(Option(value=value, label=maker.label(parts, column)))
    made = maker.stem(parts)
    for row in rows:
        name = f"{parts.code}_{row.code}"
        item = Item(
            id=maker.id(name, parts.subs[row.qid]),
            type="multiple",
            text=maker.label(parts, row),
            options=tuple(options),
            required=required(parts.question),
        )
        made.append(item)
        parts.split[row.qid] = item.id
        by_code = {column.code: value for column, value in zip(columns, known, strict=True)}
        maker.scope.ask(name, asked(item, "several", by_code, conditional=parts.conditional))
        for column in columns:
            old = maker.old(parts, f"{row.code}_{column.code}")
            maker.variables.tick(f"{name}_{column.code}", name, column.code, old=old)
    parts.element.change(told(_("Each row is a question where several can be chosen.")))
    maker.variables.members[parts.code] = tuple(f"{parts.code}_{r.code}_{c.code}" for r in rows for c in columns)
    return made


def _cells(maker: Maker, parts: Parts, rows: Sequence[Subquestion], columns: Sequence[Subquestion]) -> list[Item]:
    """A field for each cell, of numbers or texts."""
    if len(rows) * len(columns) > MOST_FIELDS:
        raise Left(
            told(
                _("It has {words} fields; at most {MOST_FIELDS} are made of an array."),
                words=len(rows) * len(columns),
                MOST_FIELDS=MOST_FIELDS,
            )
        )
    made = maker.stem(parts)
    limits = _limits(parts, "multiflexible_min", "multiflexible_max") if parts.question.type == ":" else {}
    names = []
    for row in rows:
        for column in columns:
            text = joined(maker.label(parts, row), maker.label(parts, column))
            name = f"{parts.code}_{row.code}_{column.code}"
            item = _field(parts, maker.id(name, parts.subs[row.qid]), text, limits)
            made.append(item)
            names.append(name)
            kind = "text" if item.type == "text" else "number"
            maker.ask(parts, item, kind, {}, name, f"{row.code}_{column.code}")
    parts.element.change(told(_("It is {words} fields."), words=len(rows) * len(columns)))
    maker.variables.members[parts.code] = tuple(names)
    return made


def _array_of_texts(maker: Maker, parts: Parts) -> list[Item]:
    rows, columns = parts.question.subs(0), parts.question.subs(1)
    if not rows or not columns:
        raise Left(told(_("It has no rows or no columns.")))
    return _cells(maker, parts, rows, columns)


# --- several of some options ----------------------------------------------------------------------


def _multiple(maker: Maker, parts: Parts) -> list[Item]:
    subs = parts.question.subs()
    exclusive = {code.strip() for code in parts.question.attribute("exclude_all_others").split(";") if code.strip()}
    if exclusive <= {sub.code for sub in subs}:
        parts.used.add("exclude_all_others")
    options = []
    known: dict[str, Value] = {}
    for sub in subs:
        if sub.code in known:
            raise Left(told(_("Two of its answers have the code '{code}'."), code=sub.code))
        known[sub.code] = ""
    for sub, value in zip(subs, values_of(list(known)), strict=True):
        tell_value(parts.subs[sub.qid], sub.code, value)
        options.append(Option(value=value, label=maker.label(parts, sub), exclusive=sub.code in exclusive))
        known[sub.code] = value
    other = maker.other(parts, known.values())
    if other is not None:
        options.append(other)
        known["other" if "other" not in known else _CODE_OF_OTHER] = other.value
    if not options:
        raise Left(told(_("It has no answers to choose from.")))
    item = maker.item(
        parts,
        "multiple",
        options=tuple(options),
        at_least=parts.whole("min_answers", 1, choosable(options)),
        at_most=parts.whole("max_answers", 1, choosable(options)),
    )
    if item.at_least and item.at_most and item.at_least > item.at_most:
        item = dataclasses.replace(item, at_least=None, at_most=None)
        parts.used -= {"min_answers", "max_answers"}
    maker.scope.ask(parts.code, asked(item, "several", known, conditional=parts.conditional))
    for code in known:
        maker.variables.tick(f"{parts.code}_{code}", parts.code, code, old=maker.old(parts, code))
    maker.variables.members[parts.code] = tuple(f"{parts.code}_{code}" for code in known)
    return [item]


def _multiple_with_comments(maker: Maker, parts: Parts) -> list[Item]:
    made = _multiple(maker, parts)
    item = made[0]
    words = maker.texts.built_in(COMMENT, parts.element)
    codes = list(maker.scope.asked[parts.code].values)
    for code, option in zip(codes, item.options, strict=True):
        name = f"{parts.code}_{code}comment"
        text = {tag: f"{words[tag]}: {option.label[tag]}" for tag in words}
        comment = Item(id=maker.names.take(name), type="text", text=text, show_if=chosen(item.id, option.value))
        made.append(comment)
        maker.ask(dataclasses.replace(parts, conditional=True), comment, "text", {}, name, f"{code}comment")
    parts.element.change(told(_("Its comments are questions of their own.")))
    return made


def _ranking(maker: Maker, parts: Parts) -> list[Item]:
    answers, subs = parts.question.options(), parts.question.subs()
    options: tuple[Option, ...]
    if answers:
        options, _known = maker.options(parts, answers, scored=False)
        for sub in subs:
            parts.subs[sub.qid].change(told(_("It is a place in the ranking, which needs no entry here.")))
    else:
        known = values_of([sub.code for sub in subs])
        options = tuple(Option(value=v, label=maker.label(parts, s)) for s, v in zip(subs, known, strict=True))
    if not options:
        raise Left(told(_("It has no answers to rank.")))
    most = parts.whole("max_answers", 1, len(options)) or parts.whole("max_subquestions", 1, len(options))
    least = parts.whole("min_answers", 1, most or len(options))
    item = maker.item(parts, "rank", options=options, at_least=least, at_most=most)
    maker.scope.ask(parts.code, asked(item, "answered", {}, conditional=parts.conditional))
    maker.variables.add(f"{parts.code}_1", parts.code, old=maker.old(parts, "1"))
    for n in range(2, len(options) + 1):
        maker.scope.lost[f"{parts.code}_{n}"] = told(_("it names a place in a ranking"))
    return [item]


# --- fields to fill in ----------------------------------------------------------------------------


def _limits(parts: Parts, low: str, high: str) -> dict[str, Limit]:
    """The limits that two attributes give as numbers; those that are worked out are left."""
    found: dict[str, Limit] = {}
    for key, name in (("minimum", low), ("maximum", high)):
        limit = number(parts.question.attribute(name))
        if limit is not None:
            found[key] = limit
            parts.used.add(name)
    return in_order(found, parts.element)


def _field(parts: Parts, id: str, text: Text, limits: Mapping[str, Limit]) -> Item:
    """A field of one of several, for a number or a line of text."""
    if parts.question.type in "K:" or parts.question.on("numbers_only"):
        parts.used.add("numbers_only")
        item = Item(id=id, type="decimal", text=text, required=required(parts.question))
        return _whole(parts, dataclasses.replace(item, **limits))  # type: ignore[arg-type]
    length = parts.whole("maximum_chars", 1, 20_000)
    return Item(id=id, type="text", text=text, required=required(parts.question), max_length=length)


def _whole(parts: Parts, item: Item) -> Item:
    """A decimal as an integer where only whole numbers are taken, with its unit."""
    if parts.question.on("num_value_int_only"):
        parts.used.add("num_value_int_only")
        limits = {key: int(v) for key in ("minimum", "maximum") if isinstance(v := getattr(item, key), int | float)}
        item = dataclasses.replace(item, type="integer", **limits)  # type: ignore[arg-type]
    return item


def _unit(maker: Maker, parts: Parts) -> dict[str, str] | None:
    """What stands beside the field: LimeSurvey's suffix, or its prefix."""
    for name in ("suffix", "prefix"):
        element = parts.attributes.get(name)
        if element is not None:
            parts.used.add(name)
            if name == "prefix":
                element.change(told(_("It stands after the field.")))
            return maker.texts.of(parts.question.attributes[name], element, line=True)
    return None


def _decimal(maker: Maker, parts: Parts) -> list[Item]:
    limits = _limits(parts, "min_num_value_n", "max_num_value_n")
    parts.used.add("numbers_only")
    item = _whole(parts, maker.item(parts, "decimal", unit=_unit(maker, parts), **limits))
    maker.ask(parts, item, "number", {}, parts.code, "")
    return [item]


def _several(maker: Maker, parts: Parts) -> list[Item]:
    subs = parts.question.subs()
    if not subs:
        raise Left(told(_("It has no fields.")))
    limits: dict[str, Limit] = {}
    if parts.question.type == "K":
        limits = _limits(parts, "min_num_value_n", "max_num_value_n")
        if parts.question.on("slider_layout"):
            limits = in_order(limits | _limits(parts, "slider_min", "slider_max"), parts.element)
            parts.element.change(told(_("Its sliders are fields for numbers.")))
            parts.used |= {"slider_layout", "slider_accuracy", "slider_separator"}
    made = maker.stem(parts)
    unit = _unit(maker, parts)
    names = []
    for sub in subs:
        name = f"{parts.code}_{sub.code}"
        item = _field(parts, maker.id(name, parts.subs[sub.qid]), maker.label(parts, sub), limits)
        parts.split[sub.qid] = item.id
        if item.type in ("integer", "decimal") and unit:
            item = dataclasses.replace(item, unit=unit)
        made.append(dataclasses.replace(item, hint=maker.texts.of(sub.help, parts.subs[sub.qid])))
        maker.ask(parts, item, "text" if item.type == "text" else "number", {}, name, sub.code)
        names.append(name)
    if unit and parts.question.type == "Q" and not parts.question.on("numbers_only"):
        parts.used -= {"suffix", "prefix"}
    parts.element.change(
        told(_("It is {words} fields."), words=len(subs)) if len(subs) > 1 else told(_("It is one field."))
    )
    maker.variables.members[parts.code] = tuple(names)
    return made


def _words(maker: Maker, parts: Parts) -> list[Item]:
    if parts.question.on("numbers_only"):
        return _decimal(maker, parts)
    length = parts.whole("maximum_chars", 1, 20_000)
    type: ItemType = "text" if parts.question.type == "S" else "long_text"
    item = maker.item(parts, type, max_length=length)
    maker.ask(parts, item, "text", {}, parts.code, "")
    return [item]


def _date(maker: Maker, parts: Parts) -> list[Item]:
    form = parts.use("date_format").lower()
    day = "d" in form or not form
    clock = "h" in form
    type: ItemType = "date" if day else "time" if clock else "month" if "m" in form else "year"
    limits: dict[str, Limit] = {}
    for key, name in (("minimum", "date_min"), ("maximum", "date_max")):
        limit = _day(type, parts.question.attribute(name).strip("\"' "))
        if limit is not None:
            limits[key] = limit
            parts.used.add(name)
    item = maker.item(parts, type, **in_order(limits, parts.element))
    maker.ask(parts, item, type, {}, parts.code, "")
    if not (day and clock):
        return [item]
    time = Item(id=maker.names.take(f"{parts.code}_time"), type="time", text=item.text, required=item.required)
    parts.element.change(told(_("Its time of day is a question of its own, '{id}'."), id=time.id))
    return [item, time]


def _day(type: str, text: str) -> Limit | None:
    """A limit of a date, month or year; None where it is worked out."""
    if type == "time":
        return None
    if re.fullmatch(r"(?i)now|today|\(?date\(['\"]y-m-d['\"]\)\)?", text):
        return "today"
    if type == "year":
        return int(text) if re.fullmatch(r"\d{4}", text) else None
    return iso(type, text)


# --- what is not asked ----------------------------------------------------------------------------


def _note(maker: Maker, parts: Parts) -> list[Item]:
    made = maker.stem(parts, "{}")
    if not made:
        raise Left(told(_("It has no text.")))
    return made


def _equation(maker: Maker, parts: Parts) -> list[Item]:
    text = parts.use("equation") or next(iter(parts.question.text.values()), "")
    parts.used.add("hidden")
    within = re.fullmatch(r"\s*(?:<[^<>]*>\s*)*\{([^{}]*)\}\s*(?:<[^<>]*>\s*)*", text)
    if within is None:
        raise Left(told(_("It is more than one equation, or none.")))
    try:
        tree = em.resolved(em.parse(_unescaped(within[1])), maker.variables, parts.code)
        try:
            calculate = expressions.calculated(tree, maker.scope)
        except Untranslatable as error:
            try:
                maker.scope.cases[parts.code] = expressions.cases(tree, maker.scope)
            except Untranslatable:
                raise error from None
            maker.variables.add(parts.code, parts.code, old=maker.old(parts))
            raise Left(
                told(_("It gives a text, which is not kept; conditions that name it have what it depends on."))
            ) from None
    except Untranslatable as error:
        raise Left(told(_("It cannot be worked out here, since {reason}."), reason=told_by(error))) from error
    item = Item(
        id=maker.id(parts.code, parts.element),
        type="calculated",
        text=dict.fromkeys(maker.texts.chosen, parts.code),
        calculate=calculate,
    )
    maker.ask(parts, item, "number", {}, parts.code, "")
    return [item]


def _unescaped(text: str) -> str:
    from exchange.markup import plain

    return plain(text)[0]


# --- rules ----------------------------------------------------------------------------------------


def constraint(maker: Maker, parts: Parts, item: Item) -> Item:
    """The item with the rule that LimeSurvey checks it by, where that can be said here."""
    element = parts.attributes.get("em_validation_q")
    if element is None or item.type in ("grid", "note", "hidden", "calculated", "multiple", "rank"):
        return item
    parts.used.add("em_validation_q")
    try:
        tree = em.resolved(em.parse(parts.question.attribute("em_validation_q")), maker.variables, parts.code)
        found = expressions.condition(tree, maker.scope, rule=True)
    except Untranslatable as error:
        element.leave(told(_("It cannot be said here, since {reason}."), reason=told_by(error)))
        return item
    if isinstance(found.tree, bool) or found.text is None:
        element.leave(told(_("It always or never holds.")))
        return item
    element.change(*found.notes)
    tip: Words = parts.question.attributes.get("em_validation_q_tip", {})
    parts.used.add("em_validation_q_tip")
    message = maker.texts.of(tip, parts.attributes.get("em_validation_q_tip", element), line=True)
    rule = Constraint(rule=found.text, message=message or maker.texts.built_in(wording.CHECK_ANSWER, element))
    return dataclasses.replace(item, constraints=(rule,))


_BY_TYPE: Mapping[str, Callable[[Maker, Parts], list[Item]]] = {
    **dict.fromkeys("L!", _list),
    "O": _list_with_comment,
    "5": _five_points,
    "Y": _yes_no,
    "G": _gender,
    **dict.fromkeys("FHABCE", _array),
    "1": _two_scales,
    ":": _array_of_numbers,
    ";": _array_of_texts,
    "M": _multiple,
    "P": _multiple_with_comments,
    "R": _ranking,
    "N": _decimal,
    **dict.fromkeys("KQ", _several),
    **dict.fromkeys("STU", _words),
    "D": _date,
    "X": _note,
    "*": _equation,
}
_WITHOUT: Mapping[str, str] = {
    "|": told(_("Files cannot be sent with the answers.")),
    "I": told(_("Every page offers its languages already.")),
}
