"""A FHIR Questionnaire (R4 or R5, JSON) as an instrument, with an entry for each element of it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from exchange import expressions, fhir, languages, naming, wording
from exchange.context import Source
from exchange.fhir import Json
from exchange.loss import Element, ExchangeError, Imported, Ledger
from survey.answers import OTHER
from survey.logic import Comparison, Condition, Not
from survey.model import FORMS, NO, YES, Instrument, Item, Limit, Option, Row, Section, Text, Value

_KEPT = ("title", "description", "copyright", "version", "language", "item", "resourceType", "id")
_IGNORED = "Mittari keeps nothing of this with an instrument."
_FILES = "Mittari takes no files from those who answer."
_LEFT = {
    "attachment": _FILES,
    "reference": "Mittari points at no other records.",
    "question": "It has no type of answer of its own.",
}
_CODED = ("choice", "open-choice", "coding")
_TYPES = {
    "decimal": "decimal",
    "quantity": "decimal",
    "integer": "integer",
    "date": "date",
    "dateTime": "date",
    "time": "time",
    "string": "text",
    "text": "long_text",
    "url": "text",
}
_LONGEST_TEXT = 20_000
_OPERATORS = {"=": "==", "!=": "!=", ">": ">", "<": "<", ">=": ">=", "<=": "<="}
_NEEDLESS = {
    "prefix": "Its number or letter before the text was left out.",
    "code": "Its codes of other vocabularies were left out.",
    "definition": "What it is defined as elsewhere was left out.",
    "disabledDisplay": "How it looks when it is not asked was left out.",
    "answerConstraint": "",
    "designNote": "The note to designers was left out.",
    "modifierExtension": "An extension that may change its meaning was left out.",
}
"""What is said of a key that an item of ours has no use for."""
_WORKED_OUT = {
    "enableWhenExpression": "Its condition is written in FHIRPath, so it is asked of everybody.",
    "initialExpression": "The answer that the form works out beforehand was left out.",
    "calculatedExpression": "The answer that the form works out is asked for instead.",
    "answerExpression": "The options that the form works out were left out.",
    "cqf-expression": "The text that the form works out was left out.",
    "questionnaire-constraint": "The rule that its answer has to keep was left out.",
    "targetConstraint": "The rule that its answer has to keep was left out.",
    "regex": "The pattern that its answer has to fit was left out.",
}
"""What is said of an extension with an expression, by its name."""
_SAID = {
    "extension",
    "linkId",
    "text",
    "type",
    "item",
    "enableWhen",
    "enableBehavior",
    "required",
    "repeats",
    "initial",
}
_SAID |= {"maxLength", "answerOption", "answerValueSet", "readOnly", "initialSelected"}
_USED = (
    *(fhir.CONTROL, fhir.CATEGORY, fhir.ORIENTATION, fhir.HIDDEN, fhir.MIN_VALUE, fhir.MAX_VALUE, fhir.MIN_OCCURS),
    *(fhir.MAX_OCCURS, fhir.DECIMALS, fhir.UNIT, fhir.FORMAT, fhir.KEYBOARD, fhir.EXCLUSIVE, fhir.OPEN_LABEL),
    *fhir.WEIGHTS,
)


def imported(source: Source) -> Imported:
    """The instrument of a Questionnaire. Raises ExchangeError where the file is none, or no question comes over."""
    if not fhir.is_questionnaire(source.data):
        raise ExchangeError(f"'{source.name}' is no FHIR Questionnaire in JSON. Its resourceType has to say so.")
    resource: Json = json.loads(source.data)
    ledger = Ledger()
    tongues = _tongues(resource, source, ledger)
    form = _Form(source=source, resource=resource, tongues=tongues, ledger=ledger)
    frame = form.frame()
    form.read()
    sections = tuple(section for section in form.sections() if section.items)
    instrument = Instrument(
        instrument=source.instrument or naming.Names().take(_name(resource, source), otherwise="form", hyphens=True),
        version=frame.version,
        languages=tongues.chosen,
        title=frame.title,
        waves=source.waves or _first_wave(source),
        source=frame.source,
        review={tag: "needed" for tag in tongues.chosen if tag != tongues.origin},
        intro=frame.intro,
        sections=sections,
    )
    if not any(True for _ in instrument.items()):
        raise ExchangeError(
            "No question of the form can be asked with Mittari, so there is no instrument.", ledger.losses
        )
    return Imported(instrument=instrument, losses=ledger.losses)


def _name(resource: Json, source: Source) -> str:
    return str(resource.get("name") or resource.get("id") or PurePath(source.name).stem)


def _first_wave(source: Source) -> tuple[str, ...]:
    return tuple(source.library.site.waves)[:1] if source.library else ("start",)


# --- languages -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Tongues:
    """The languages of the instrument, the first of them the form's own."""

    origin: str
    chosen: tuple[str, ...]

    def text(self, holder: Json, key: str, element: Element, otherwise: str = "") -> dict[str, str] | None:
        """A text in every language; where one lacks it, in the form's own. None where there is none at all."""
        own = str(holder.get(key) or otherwise)
        found = {self.origin: own, **{_tag(tag): words for tag, words in _translations(holder.get(f"_{key}"))}}
        cleaned = {}
        for tag, words in found.items():
            cleaned[tag], reasons = wording.plain(words)
            element.change(*reasons)
        if not cleaned[self.origin].strip():
            return None
        lacking = [tag for tag in self.chosen if not cleaned.get(tag, "").strip()]
        if lacking:
            element.change(f"It has no text in {', '.join(lacking)}, so that in '{self.origin}' stands there.")
        return {tag: cleaned[tag] if tag not in lacking else cleaned[self.origin] for tag in self.chosen}


def _tag(code: str) -> str:
    return languages.tag_of(code) or code


def _translations(primitive: object) -> Iterator[tuple[str, str]]:
    """The translations beside a text, as pairs of language and words."""
    for one in primitive.get("extension", ()) if isinstance(primitive, dict) else ():
        if one.get("url") == fhir.TRANSLATION:
            parts = {part.get("url"): _value(part) for part in one.get("extension", ())}
            yield str(parts.get("lang", "")), str(parts.get("content", ""))


def _every_translation(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for tag, _words in _translations(value):
            yield tag
        for inner in value.values():
            yield from _every_translation(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _every_translation(inner)


def _tongues(resource: Json, source: Source, ledger: Ledger) -> _Tongues:
    site = source.library.site if source.library else None
    own = str(resource.get("language") or "")
    element = ledger.add("language", own or "none named")
    origin = languages.tag_of(own) if own else None
    if origin is None:
        guess = languages.guess(str(item.get("text", "")) for item in _every_item(resource))
        origin = guess or (site.languages[0] if site else "en")
        element.change(f"It was taken for '{origin}', since the form does not say.")
    spoken = {origin: element}
    for code in dict.fromkeys(_every_translation(resource)):
        if _tag(code) not in spoken and re.fullmatch(FORMS["language"][0], _tag(code)):
            spoken[_tag(code)] = ledger.add("language", f"translations into {code}")
    if site is None:
        return _Tongues(origin=origin, chosen=tuple(spoken))
    chosen = [tag for tag in spoken if tag in site.languages]
    for tag, one in spoken.items():
        if tag not in chosen:
            one.leave(f"The site has no pages in '{tag}'. Its texts stand where another language has none.")
    lacking = [tag for tag in site.required_languages if tag not in chosen]
    for tag in lacking:
        missing = ledger.add("language", f"'{tag}', that the form lacks")
        missing.change(f"The form has no texts in '{tag}', which the site requires: those in '{origin}' stand there.")
    return _Tongues(origin=origin, chosen=tuple([*chosen, *lacking] or site.languages[:1]))


def _every_item(holder: Json) -> Iterator[Json]:
    for item in holder.get("item", ()):
        yield item
        yield from _every_item(item)


# --- JSON ------------------------------------------------------------------------------------------------------------


def _value(holder: Json) -> Any:
    """The value[x] of an element, or None."""
    return next((value for key, value in holder.items() if key.startswith("value")), None)


def _extensions(holder: Json, *urls: str) -> list[Json]:
    return [one for one in holder.get("extension", ()) if one.get("url") in urls]


def _extended(holder: Json, *urls: str) -> Any:
    """The value of the first of some extensions, or None."""
    return next((_value(one) for one in _extensions(holder, *urls)), None)


def _codes(concept: object) -> list[str]:
    return [str(one.get("code")) for one in concept.get("coding", ())] if isinstance(concept, dict) else []


def _control(holder: Json) -> str:
    """The code of how an item looks, or of what kind of display it is."""
    return next(iter([*_codes(_extended(holder, fhir.CONTROL)), *_codes(_extended(holder, fhir.CATEGORY))]), "")


# --- the form --------------------------------------------------------------------------------------------------------


@dataclass
class _Part:
    """A section that is being filled."""

    title: Text | None = None
    intro: Text | None = None
    show_if: Condition | bool = True
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Frame:
    title: Text
    intro: Text | None
    source: Text | None
    version: int


@dataclass(frozen=True)
class _Known:
    """A question that came over: its item, and the values of its options by their codes."""

    item: Item
    values: Mapping[str, Value]


@dataclass(kw_only=True)
class _Form:
    source: Source
    resource: Json
    tongues: _Tongues
    ledger: Ledger
    parts: list[_Part] = field(default_factory=list)
    known: dict[str, _Known] = field(default_factory=dict)
    conditions: dict[str, Condition | bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = naming.Names(self.source.taken)

    # --- what is around the questions --------------------------------------------------------------------------------

    def frame(self) -> _Frame:
        """Title, introduction, source and version; each key of the resource has an entry."""
        resource = self.resource
        element = self.ledger.add("title", "title")
        title = self.tongues.text(resource, "title", element, otherwise=_name(resource, self.source))
        if not resource.get("title"):
            element.change("The form has no title, so its name stands there.")
        texts = {key: self._framed(key) for key in ("description", "copyright")}
        version = 1
        if "version" in resource:
            said = self.ledger.add("version", str(resource["version"]))
            if re.fullmatch(r"[1-9]\d{0,3}", str(resource["version"])):
                version = int(resource["version"])
            else:
                said.change("Versions are whole numbers here, so it is version 1.")
        for key in resource:
            if key not in _KEPT and not key.startswith("_") and key not in ("contained", "extension"):
                self.ledger.add(key, key).leave(_IGNORED)
        for one in resource.get("extension", ()):
            self.ledger.add("extension", _short(one)).leave(_IGNORED)
        self._contained()
        return _Frame(title=title or {}, intro=texts["description"], source=texts["copyright"], version=version)

    def _framed(self, key: str) -> Text | None:
        if not self.resource.get(key):
            return None
        return self.tongues.text(self.resource, key, self.ledger.add(key, key))

    def _contained(self) -> None:
        self.sets: dict[str, list[Json]] = {}
        for one in self.resource.get("contained", ()):
            element = self.ledger.add(f"contained, {one.get('id')}", f"{one.get('resourceType')} {one.get('id')}")
            options = _concepts(one) if one.get("resourceType") == "ValueSet" else []
            if options:
                self.sets[f"#{one.get('id')}"] = options
            else:
                element.leave("It lists no options that can be read here.")

    def read(self) -> None:
        """Takes every item of the form, in order."""
        for item in self.resource.get("item", ()):
            if item.get("type") == "group" and not self._is_grid(item):
                self.parts.append(_Part())
                self._group(item, top=True)
                self.parts.append(_Part())
            else:
                if not self.parts:
                    self.parts.append(_Part())
                self._take(item, True)

    def sections(self) -> Iterator[Section]:
        for part in self.parts:
            yield Section(title=part.title, intro=part.intro, show_if=_written(part.show_if), items=tuple(part.items))

    # --- items -------------------------------------------------------------------------------------------------------

    def _element(self, item: Json) -> Element:
        return self.ledger.add(f"item {item.get('linkId')}", f"{item.get('type')} {item.get('linkId')}")

    def _take(self, item: Json, around: Condition | bool) -> None:
        """One item, with those in it. `around` is the condition of the groups that it stands in, below the section."""
        if item.get("type") == "group" and not self._is_grid(item):
            self._group(item, around=around)
            return
        element = self._element(item)
        if item.get("type") == "display":
            self._display(item, element, around)
        elif why := self._unasked(item):
            element.leave(why)
            self._leave_all(item, f"Its question '{item.get('linkId')}' did not come over.")
        elif self._is_grid(item):
            self._grid(item, element, around)
        else:
            self._question(item, element, around)

    def _leave_all(self, item: Json, why: str) -> None:
        for inner in item.get("item", ()):
            self._element(inner).leave(why)
            self._leave_all(inner, why)

    def _unasked(self, item: Json) -> str:
        """Why an item cannot be asked; empty where it can."""
        kind = str(item.get("type"))
        if kind in _LEFT:
            return _LEFT[kind]
        hidden = _extended(item, fhir.HIDDEN) is True
        if hidden and _fixed(item):
            return ""
        if hidden:
            return "It is hidden, and has no fixed value that can be kept."
        if item.get("readOnly"):
            return "Its answer is not given by people, but worked out or filled in."
        return "" if kind in (*_CODED, *_TYPES, "boolean", "group") else f"Mittari has no items of the type '{kind}'."

    def _group(self, item: Json, *, top: bool = False, around: Condition | bool = True) -> None:
        element = self._element(item)
        if _extended(item, fhir.HIDDEN) is True:
            element.leave("It is hidden.")
            self._leave_all(item, "Its group is hidden.")
            return
        self._mention(item, element)
        title = self.tongues.text(item, "text", element)
        condition = self._condition(item, element)
        if item.get("repeats"):
            element.change("Its questions are asked once: groups that repeat have no counterpart.")
        if item.get("required"):
            element.change("Only questions can be required, not groups.")
        part = self.parts[-1]
        if top:
            part.title, part.show_if, within = title, condition, around
        else:
            within = expressions.joined("and", [around, condition])
            if title:
                self._note(item, title, within)
                element.change("A group within a group is a note with its title.")
        for inner in item.get("item", ()):
            if top and not part.items and part.intro is None and _is_intro(inner):
                part.intro = self.tongues.text(inner, "text", self._element(inner))
            else:
                self._take(inner, within)

    def _note(self, item: Json, text: Text, condition: Condition | bool) -> None:
        id = self.names.take(str(item.get("linkId")), otherwise="note")
        self.parts[-1].items.append(Item(id=id, type="note", text=text, show_if=_written(condition)))

    def _display(self, item: Json, element: Element, around: Condition | bool) -> None:
        self._mention(item, element)
        text = self.tongues.text(item, "text", element)
        own = self._condition(item, element)
        if text is None:
            element.leave("It has no text.")
        else:
            self._note(item, text, expressions.joined("and", [around, own]))
        for inner in item.get("item", ()):
            self._take(inner, around)

    def _question(self, item: Json, element: Element, around: Condition | bool) -> None:
        own = self._condition(item, element)
        made = self._made(item, element)
        show_if = expressions.joined("and", [around, own])
        made = dataclasses.replace(made, show_if=_written(show_if))
        self.parts[-1].items.append(made)
        for inner in item.get("item", ()):
            if not self._within(inner, item, made):
                self._take(inner, around)

    def _within(self, inner: Json, outer: Json, made: Item) -> bool:
        """Whether an item within a question is a part of it: its help, the words at its ends, or those of an option."""
        control = _control(inner) if inner.get("type") == "display" else ""
        place = {
            "help": "hint",
            "instructions": "hint",
            "flyover": "hint",
            "lower": "low",
            "upper": "high",
            "unit": "unit",
        }
        key = place.get(control, "")
        fits = key == "hint" or (key in ("low", "high") and made.type == "scale") or (
            key == "unit" and made.type in ("integer", "decimal")
        )  # fmt: skip
        current = self.parts[-1].items[-1]
        if fits and current.id == made.id and getattr(current, key) is None:
            text = self.tongues.text(inner, "text", self._element(inner))
            changes: dict[str, Any] = {key: text}
            self.parts[-1].items[-1] = dataclasses.replace(current, **changes)
            return True
        if current.id != made.id or made.type not in ("single", "dropdown", "multiple", "likert"):
            return False
        option = self._option_of_words(inner, outer)
        if option is None:
            return False
        self._element(inner)
        options = tuple(
            dataclasses.replace(one, other=True, missing=None) if one.value == option else one
            for one in current.options
        )
        kind = "single" if current.type == "likert" else current.type
        self.parts[-1].items[-1] = dataclasses.replace(current, type=kind, options=options)
        return True

    def _option_of_words(self, inner: Json, outer: Json) -> Value | None:
        """The option that a text within a question asks to be put in words."""
        tests = inner.get("enableWhen", ())
        if inner.get("type") not in ("string", "text") or len(tests) != 1 or inner.get("item"):
            return None
        (test,) = tests
        if test.get("question") != outer.get("linkId") or test.get("operator") != "=":
            return None
        known = self.known[str(outer.get("linkId"))]
        return known.values.get(_answer_code(test))

    # --- questions ---------------------------------------------------------------------------------------------------

    def _made(self, item: Json, element: Element) -> Item:
        """The item of a question, without its condition; it can be named in conditions from here on."""
        self._mention(item, element)
        link = str(item.get("linkId"))
        id = self.names.take(link)
        if id != link:
            element.change(f"Its id is '{id}', since ids have other letters here, each once.")
        text = self.tongues.text(item, "text", element, otherwise=link) or {}
        if not item.get("text"):
            element.change("It had no text, so its id stands there.")
        base = Item(id=id, type="text", text=text, required="hard" if item.get("required") else "no")
        made, values = self._typed(item, base, element)
        if made.type == "hidden":
            made = dataclasses.replace(made, required="no")
        self._unused(item, made, element)
        self.known[link] = _Known(made, values)
        return made

    def _unused(self, item: Json, made: Item, element: Element) -> None:
        """Says of keys that hold for other types what became of them."""
        if item.get("initial") and made.type != "hidden":
            element.change("The answer that the form fills in beforehand was left out.")
        if item.get("repeats") and made.type != "multiple":
            element.change("It is asked once: it could be answered several times.")
        if item.get("maxLength") and made.max_length is None:
            element.change("The greatest length of its answer was left out.")

    def _typed(self, item: Json, base: Item, element: Element) -> tuple[Item, Mapping[str, Value]]:
        kind = str(item.get("type"))
        if _extended(item, fhir.HIDDEN) is True:
            return dataclasses.replace(base, type="hidden", value=_fixed(item)), {}
        if kind == "boolean":
            return self._boolean(item, base, element)
        if kind in _CODED or item.get("answerOption") or item.get("answerValueSet"):
            return self._coded(item, base, element)
        if kind in ("integer", "decimal", "quantity"):
            return self._number(item, base, element), {}
        if kind in ("date", "dateTime", "time"):
            return self._moment(item, base, element), {}
        keyboard = (_extended(item, fhir.KEYBOARD) or {}).get("code") if kind == "string" else None
        if keyboard in ("email", "phone"):
            return dataclasses.replace(base, type=keyboard), {}
        if kind == "url":
            element.change("An address on the web is asked for as words.")
        length = item.get("maxLength")
        limit = min(int(length), _LONGEST_TEXT) if isinstance(length, int) and length > 0 else None
        return dataclasses.replace(base, type=_TYPES[kind], max_length=limit), {}  # type: ignore[arg-type]

    def _boolean(self, item: Json, base: Item, element: Element) -> tuple[Item, Mapping[str, Value]]:
        if _control(item) == "check-box":
            if base.required != "no":
                element.change("A box to tick need not be ticked here.")
            return dataclasses.replace(base, type="consent", required="no"), {"true": YES, "false": NO}
        return dataclasses.replace(base, type="yes_no"), {"true": YES, "false": NO}

    def _number(self, item: Json, base: Item, element: Element) -> Item:
        kind = "integer" if item.get("type") == "integer" else "decimal"
        if item.get("type") == "quantity":
            element.change("It asks for the number alone; its unit stands in words, or not at all.")
        low, high = (_number_limit(_extended(item, url), kind) for url in (fhir.MIN_VALUE, fhir.MAX_VALUE))
        ends = {_control(inner) for inner in item.get("item", ())} >= {"lower", "upper"}
        if _control(item) == "slider" and ends and isinstance(low, int) and isinstance(high, int) and kind == "integer":
            return dataclasses.replace(base, type="scale", minimum=low, maximum=high)
        unit = _extended(item, fhir.UNIT)
        said = str(unit.get("display") or unit.get("code") or "") if isinstance(unit, dict) else ""
        words, reasons = wording.plain(said)
        element.change(*reasons)
        places = _extended(item, fhir.DECIMALS)
        return dataclasses.replace(
            base,
            type=kind,  # type: ignore[arg-type]
            minimum=low,
            maximum=high,
            unit=dict.fromkeys(self.tongues.chosen, words) if words else None,
            decimals=min(places, 6) if kind == "decimal" and isinstance(places, int) and places > 0 else None,
        )

    def _moment(self, item: Json, base: Item, element: Element) -> Item:
        kind = str(_TYPES[str(item.get("type"))])
        if item.get("type") == "dateTime":
            element.change("It asks for the day alone, without the time.")
        if kind == "date":
            kind = {"YYYY-MM": "month", "YYYY": "year"}.get(str(_extended(item, fhir.FORMAT)), "date")
        low, high = (_moment_limit(item, url, kind) for url in (fhir.MIN_VALUE, fhir.MAX_VALUE))
        return dataclasses.replace(base, type=kind, minimum=low, maximum=high)  # type: ignore[arg-type]

    # --- options -----------------------------------------------------------------------------------------------------

    def _listed(self, item: Json) -> list[Json]:
        """The options of a question; none where they are in another file."""
        return item.get("answerOption") or self.sets.get(str(item.get("answerValueSet")), [])

    def _coded(self, item: Json, base: Item, element: Element) -> tuple[Item, Mapping[str, Value]]:
        listed = [one for one in self._listed(item) if _code(one)]
        if len(listed) < len(self._listed(item)):
            element.change("Options that are references or have no code were left out.")
        if not listed:
            element.change("Its options are in another file, so it is asked in words.")
            return dataclasses.replace(base, type="text"), {}
        values = naming.values(_code(one) for one in listed)
        values = ["other_words" if value == OTHER else value for value in values]
        options = [self._option(one, value, element) for one, value in zip(listed, values, strict=True)]
        if any(str(value) != _code(one) for one, value in zip(listed, values, strict=True)):
            element.change("Values of options have other letters here, each once.")
        if item.get("type") == "open-choice" or item.get("answerConstraint") in ("optionsOrString", "optionsOrType"):
            options.append(self._open(item, values, element))
            element.change("An answer in words of one's own is an option of its own.")
        known = {_code(one): value for one, value in reversed(list(zip(listed, values, strict=True)))}
        return self._chosen(item, base, element, tuple(options)), known

    def _chosen(self, item: Json, base: Item, element: Element, options: tuple[Option, ...]) -> Item:
        control = _control(item)
        least, most = (_extended(item, url) for url in (fhir.MIN_OCCURS, fhir.MAX_OCCURS))
        if item.get("repeats"):
            together = len([option for option in options if not option.exclusive])
            counts = [n if isinstance(n, int) and 0 < n <= together else None for n in (least, most)]
            # Scores are of one answer.
            bare = tuple(dataclasses.replace(option, score=None) for option in options)
            if bare != options:
                element.change("The weights of its options were left out: several can be chosen.")
            return dataclasses.replace(base, type="multiple", options=bare, at_least=counts[0], at_most=counts[1])
        options = _weighed(self._listed(item), options, element)
        if control in ("drop-down", "autocomplete", "lookup"):
            return dataclasses.replace(base, type="dropdown", options=options)
        steps = _extended(item, fhir.ORIENTATION) == "horizontal" and not any(option.other for option in options)
        return dataclasses.replace(base, type="likert" if steps else "single", options=options)

    def _option(self, listed: Json, value: Value, element: Element) -> Option:
        coding = listed.get("valueCoding")
        holder = coding if isinstance(coding, dict) else {"display": str(_value(listed))}
        label = self.tongues.text(holder, "display", element, otherwise=_code(listed)) or {}
        weight = _weight(listed)
        score = float(weight) if isinstance(weight, int | float) and weight != value else None
        if listed.get("initialSelected"):
            element.change("The option that the form chooses beforehand is not chosen.")
        return Option(value=value, label=label, score=score, exclusive=_extended(listed, fhir.EXCLUSIVE) is True)

    def _open(self, item: Json, values: Sequence[Value], element: Element) -> Option:
        own, reasons = wording.plain(str(_extended(item, fhir.OPEN_LABEL) or ""))
        element.change(*reasons)
        label = dict.fromkeys(self.tongues.chosen, own) if own else wording.built_in(wording.OTHER, self.tongues.chosen)
        free = next(name for name in ("other", "another", "something_else", "open_answer") if name not in values)
        return Option(value=free, label=label, other=True)

    # --- grids -------------------------------------------------------------------------------------------------------

    def _is_grid(self, item: Json) -> bool:
        """Whether a group is a table of questions with the same options."""
        if item.get("type") != "group" or _control(item) not in ("table", "htable", "gtable") or item.get("repeats"):
            return False
        rows = [row for row in item.get("item", ()) if row.get("type") != "display"]
        options = [[(_code(one), _value(one)) for one in self._listed(row)] for row in rows]
        codes = [[code for code, _ in one] for one in options]
        plain = all(
            row.get("type") in ("choice", "coding") and not row.get("repeats") and not row.get("enableWhen")
            and all(inner.get("type") == "display" for inner in row.get("item", ()))
            for row in rows
        )  # fmt: skip
        return len(rows) > 1 and plain and bool(codes[0]) and all(one == codes[0] for one in codes)

    def _grid(self, item: Json, element: Element, around: Condition | bool) -> None:
        own = self._condition(item, element)
        self._mention(item, element)
        id = self.names.take(str(item.get("linkId")), otherwise="grid")
        text = self.tongues.text(item, "text", element, otherwise=str(item.get("linkId"))) or {}
        rows: list[Row] = []
        options: tuple[Option, ...] = ()
        hint: Text | None = None
        needed = []
        for inner in item.get("item", ()):
            within = self._element(inner)
            if inner.get("type") == "display":
                if hint is None:
                    hint = self.tongues.text(inner, "text", within)
                else:
                    within.leave("A table has one text of help.")
                continue
            made = self._made(inner, within)
            options = made.options
            needed.append(made.required)
            rows.append(Row(id=made.id, text=made.text, hint=self._row_hint(inner)))
        required = needed[0] if len(set(needed)) == 1 else "no"
        if len(set(needed)) > 1:
            element.change("Some of its rows were required; a table is required as a whole, or not.")
        show_if = _written(expressions.joined("and", [around, own]))
        grid = Item(id=id, type="grid", text=text, hint=hint, options=options, rows=tuple(rows), show_if=show_if)
        self.parts[-1].items.append(dataclasses.replace(grid, required=required))

    def _row_hint(self, row: Json) -> Text | None:
        hint = None
        for inner in row.get("item", ()):
            within = self._element(inner)
            if hint is None:
                hint = self.tongues.text(inner, "text", within)
            else:
                within.leave("A row has one text of help.")
        return hint

    # --- conditions and what is left out -----------------------------------------------------------------------------

    def _condition(self, item: Json, element: Element) -> Condition | bool:
        """The condition of an item; True where there is none."""
        tests = item.get("enableWhen", ())
        found = [self._test(test, element) for test in tests]
        parts = [part for part in found if part is not None]
        if found and not parts:
            element.change("It is asked of everybody.")
        either = item.get("enableBehavior") == "any"
        return expressions.joined("or" if either else "and", parts) if parts else True

    def _test(self, test: Json, element: Element) -> Condition | None:
        """One test of a condition; None where it cannot be said."""
        link = str(test.get("question"))
        known = self.known.get(link)
        if known is None:
            element.change(f"A part of its condition was left out: '{link}' did not come over, or comes later.")
            return None
        id, operator = known.item.id, str(test.get("operator"))
        if operator == "exists":
            answered = Comparison(id, "answered")
            return answered if test.get("answerBoolean", True) else Not(answered)
        value = self._literal(known, test)
        if value is None or operator not in _OPERATORS:
            element.change(f"A part of its condition was left out: what '{link}' is compared with is no answer to it.")
            return None
        if operator == "!=":
            return Not(Comparison(id, "==", (value,)))
        ordered = operator != "="
        if ordered and (known.values or isinstance(value, str)) and known.item.type not in ("date", "time", "month"):
            element.change(f"A part of its condition was left out: answers to '{link}' have no order.")
            return None
        return Comparison(id, _OPERATORS[operator], (value,))  # type: ignore[arg-type]

    def _literal(self, known: _Known, test: Json) -> Value | float | None:
        answer = next((value for key, value in test.items() if key.startswith("answer")), None)
        if known.values:
            found = known.values.get(_answer_code(test))
            return None if known.item.type == "consent" and found != YES else found
        if isinstance(answer, dict):
            answer = answer.get("value", answer.get("code"))
        if isinstance(answer, bool) or answer is None:
            return None
        if known.item.type in ("integer", "decimal", "scale", "year"):
            return _as_number(answer)
        text = str(answer)
        if known.item.type == "time":
            return text[:5]
        return None if "'" in text and '"' in text else text

    def _mention(self, item: Json, element: Element) -> None:
        """Says what of an item's keys and extensions has no counterpart."""
        for key in item:
            if key in _NEEDLESS:
                element.change(*filter(None, [_NEEDLESS[key]]))
            elif key not in _SAID and not key.startswith("_"):
                element.change(f"Its '{key}' was left out.")
        for one in item.get("extension", ()):
            if one.get("url") not in _USED:
                why = _WORKED_OUT.get(_short(one).removeprefix("sdc-questionnaire-"))
                element.change(why or f"Its extension '{_short(one)}' has no counterpart.")


# --- small parts -----------------------------------------------------------------------------------------------------


def _written(condition: Condition | bool) -> str | None:
    return None if isinstance(condition, bool) else expressions.written(condition)


def _short(one: Json) -> str:
    return str(one.get("url", "")).rpartition("/")[2]


def _is_intro(item: Json) -> bool:
    return item.get("type") == "display" and _control(item) == "instructions" and not item.get("enableWhen")


def _fixed(item: Json) -> str | None:
    """The value of a hidden item that has one for everybody, and one that can be kept."""
    initial: list[Json] = item.get("initial") or []
    value = _value(initial[0]) if len(initial) == 1 else None
    text = value.get("code") if isinstance(value, dict) else str(value).lower() if isinstance(value, bool) else value
    return str(text) if text is not None and re.fullmatch(FORMS["value"][0], str(text)) else None


def _code(option: Json) -> str:
    """What an option is known by in the form."""
    value = _value(option)
    if isinstance(value, dict):
        return str(value.get("code") or value.get("display") or "")
    return "" if value is None else str(value)


def _weight(listed: Json) -> object:
    """The weight of an option, which may stand at the option or at its code."""
    coding = listed.get("valueCoding")
    inner = _extended(coding, *fhir.WEIGHTS) if isinstance(coding, dict) else None
    return _extended(listed, *fhir.WEIGHTS) if inner is None else inner


def _weighed(listed: Sequence[Json], options: tuple[Option, ...], element: Element) -> tuple[Option, ...]:
    """Options of which one is chosen. One without a weight, where others have one, counts for nothing."""
    weightless = {_code(one) for one in listed if _weight(one) is None}
    alone = tuple(dataclasses.replace(option, exclusive=False) for option in options)
    if not weightless or len(weightless) >= len([one for one in listed if _code(one)]):
        return alone
    element.change("An option without a weight counts as no answer, 'not_applicable'.")
    with_code = [_code(one) for one in listed if _code(one)]
    codes = [*with_code, *[""] * (len(alone) - len(with_code))]
    return tuple(
        dataclasses.replace(option, missing="not_applicable") if code in weightless else option
        for code, option in zip(codes, alone, strict=True)
    )


def _answer_code(test: Json) -> str:
    """What an answer in a condition is known by."""
    answer = next((value for key, value in test.items() if key.startswith("answer")), None)
    if isinstance(answer, dict):
        return str(answer.get("code") or answer.get("display") or "")
    return str(answer).lower() if isinstance(answer, bool) else str(answer)


def _concepts(value_set: Json) -> list[Json]:
    """The options that a value set lists."""
    expanded = value_set.get("expansion", {}).get("contains", ())
    included = [one for part in value_set.get("compose", {}).get("include", ()) for one in part.get("concept", ())]
    return [{"valueCoding": one} for one in (expanded or included)]


def _as_number(value: object) -> int | float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return int(number) if number == int(number) else number


def _number_limit(value: object, kind: str) -> Limit | None:
    found = _as_number(value["value"] if isinstance(value, dict) and "value" in value else value)
    return found if found is None or kind == "decimal" or isinstance(found, int) else None


def _moment_limit(item: Json, url: str, kind: str) -> Limit | None:
    for one in _extensions(item, url):
        if "today()" in json.dumps(one) and kind != "time":
            return "today"
        value = str(_value(one) or "")
        if kind == "time" and re.match(r"\d\d:\d\d", value):
            return value[:5]
        if kind == "year" and re.match(r"\d{4}", value):
            return int(value[:4])
        if re.fullmatch({"date": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d"}.get(kind, "$"), value):
            return value
    return None
