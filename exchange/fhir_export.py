"""An instrument as FHIR R5 Questionnaires, one for each wave."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange import fhir
from exchange.context import Context
from exchange.elements import PICTURES_LEFT, RECORDINGS_LEFT, judged, losses
from exchange.elements import Element as Part
from exchange.fhir import Json, coded, extension, texts
from exchange.loss import Converted, ExchangeError, Kind
from survey import logic, pages
from survey.answers import OTHER
from survey.logic import All, AnyOf, Comparison, Condition, Not
from survey.model import ONE_OF, PLACEHOLDERS, Alarm, Dimension, Instrument, Item, Option, Row, Section, scale_ends

_TYPES = {
    "likert": "coding",
    "single": "coding",
    "dropdown": "coding",
    "yes_no": "coding",
    "multiple": "coding",
    "scale": "integer",
    "integer": "integer",
    "decimal": "decimal",
    "date": "date",
    "month": "date",
    "year": "date",
    "time": "time",
    "text": "string",
    "long_text": "text",
    "email": "string",
    "phone": "string",
    "consent": "boolean",
    "hidden": "string",
}
_CONTROLS = {"dropdown": "drop-down", "multiple": "check-box", "scale": "slider", "consent": "check-box"}
_FORMATS = {"month": "YYYY-MM", "year": "YYYY"}
_RANK = "FHIR has no question that puts options in order."
_CALCULATED = "FHIR works answers out with FHIRPath, in which it is not written."


def write(instrument: Instrument, context: Context) -> Converted:
    """`<instrument>.v<version>-<wave>.fhir.json` for each wave wanted. Raises ExchangeError where there is none."""
    waves = [wave for wave in instrument.waves if not context.waves or wave in context.waves]
    if not waves:
        raise ExchangeError(
            f"{instrument.key} is not asked at {', '.join(context.waves)}. "
            f"It has the waves {', '.join(instrument.waves)}."
        )
    files, unsaid = {}, set[str]()
    for wave in waves:
        form = _Form(instrument=instrument, context=context, wave=wave)
        data = json.dumps(form.questionnaire(), ensure_ascii=False, indent=1) + "\n"
        files[f"{instrument.instrument}.v{instrument.version}-{wave}.fhir.json"] = data.encode()
        unsaid |= form.unsaid
    return Converted(files=files, losses=losses(instrument, lambda element: _judge(instrument, unsaid, element)))


# --- what became of elements -----------------------------------------------------------------------------------------


def _judge(instrument: Instrument, unsaid: set[str], element: Part) -> tuple[Kind, str]:
    match element.value:
        case ("waves", _value) if len(instrument.waves) > 1:
            return judged(changed="FHIR has no waves, so each wave has a questionnaire of its own.")
        case (("respondent" | "review" | "target_minutes"), _value):
            return judged(left="A Questionnaire does not say it.")
        case Dimension():
            return judged(left="A Questionnaire has no scores; the weights of options came over.")
        case Alarm():
            return judged(left="A Questionnaire has no alarms.")
        case Section():
            number = int(element.what.removeprefix("section "))
            return judged(changed=_UNSAID if f"section_{number}" in unsaid else "")
        case Item(type="rank"):
            return judged(left=_RANK)
        case Item(type="calculated"):
            return judged(left=_CALCULATED)
        case Item() as item:
            return judged(changed=" ".join(_changes(instrument, unsaid, item)))
        case Row(audio=audio) if audio:
            return judged(changed=RECORDINGS_LEFT)
    return judged()


_UNSAID = "Its condition cannot be said with enableWhen, so it is asked of everybody."


def _changes(instrument: Instrument, unsaid: set[str], item: Item) -> list[str]:
    """What of an item a Questionnaire cannot say."""
    options = () if item.type == "note" else instrument.options(item)
    reasons, numbers = any(option.missing for option in options), item.type == "scale"
    found = {
        _UNSAID: item.id in unsaid,
        "An option that stands for no answer is an option like others.": reasons and not numbers,
        "Options that stand for no answer are left out: the question need not be answered.": reasons and numbers,
        PICTURES_LEFT: any(o.image for o in options),
        RECORDINGS_LEFT: bool(item.audio),
        "Nothing reminds of an answer that was left out.": item.required == "soft",
        "That it is sensitive is not said, nor the ground.": item.sensitive,
        "What must hold between answers would need FHIRPath.": bool(item.constraints),
        "That the day of answering is a limit is not said.": "today" in (item.minimum, item.maximum),
        "That it counts reversed is not said.": item.reverse,
        "That it asks about the time before the service is not said.": item.then,
        "That it is an outcome is not said.": bool(item.outcome),
        "That it is an anchor is not said.": item.anchor,
        "That it was reworded is not said.": bool(item.reworded),
        "The values that a link may give are left out.": item.type == "hidden" and bool(options),
        "Translations of the unit are left out.": bool(item.unit) and len(instrument.languages) > 1,
        "The names in braces have to be filled in.": any(
            f"{{{name}}}" in words for words in item.text.values() for name in PLACEHOLDERS
        ),
    }  # fmt: skip
    return [reason for reason, holds in found.items() if holds]


# --- the form --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Form:
    """A questionnaire in the making. `unsaid` collects what has a condition that cannot be said."""

    instrument: Instrument
    context: Context
    wave: str
    unsaid: set[str] = field(default_factory=set)

    @property
    def origin(self) -> str:
        return self.instrument.languages[0]

    @property
    def base(self) -> str:
        return f"{self.context.library.site.address}{self.instrument.instrument}"

    def questionnaire(self) -> Json:
        instrument, site = self.instrument, self.context.library.site
        name = f"{instrument.instrument}-{self.wave}".replace("_", "-")
        publisher = site.organisation.name
        return {
            "resourceType": "Questionnaire",
            "id": name[:64],
            "language": self.origin,
            "url": f"{self.base}/{self.wave}",
            "version": str(instrument.version),
            "name": "".join(part.capitalize() for part in name.split("-")),
            **texts("title", instrument.title, self.origin),
            "status": "active",
            "date": self.context.made[:10],
            "publisher": publisher.get(self.origin, publisher[site.languages[0]]),
            **(texts("description", instrument.intro, self.origin) if instrument.intro else {}),
            **(texts("copyright", instrument.source, self.origin) if instrument.source else {}),
            "item": [
                self._section(section, n) for n, section in enumerate(instrument.sections, 1) if self._asked(section)
            ],
        }

    def _asked(self, section: Section) -> list[Item]:
        return [item for item in section.asked(self.wave) if item.type not in ("rank", "calculated")]

    def _section(self, section: Section, number: int) -> Json:
        id = f"section_{number}"
        intro = [self._display(f"{id}.intro", section.intro, _INSTRUCTIONS)] if section.intro else []
        inside = [part for item in self._asked(section) for part in self._item(item)]
        title = texts("text", section.title, self.origin) if section.title else {}
        return {"linkId": id, **title, "type": "group", **self._when(id, section.show_if), "item": [*intro, *inside]}

    def _display(self, id: str, text: object, *extensions: Json) -> Json:
        return {"extension": list(extensions), "linkId": id, **texts("text", text, self.origin), "type": "display"}  # type: ignore[arg-type]

    def _item(self, item: Item) -> list[Json]:
        if item.type == "note":
            return [
                {
                    "linkId": item.id,
                    **texts("text", item.text, self.origin),
                    "type": "display",
                    **self._when(item.id, item.show_if),
                }
            ]
        if item.type == "grid":
            rows = [self._question(self.instrument.item(row.id), None) for row in item.rows]
            within = [*self._help(item), *rows]
            head = {"extension": [coded(fhir.CONTROL, fhir.CONTROLS, "htable")], "linkId": item.id}
            return [
                {
                    **head,
                    **texts("text", item.text, self.origin),
                    "type": "group",
                    **self._when(item.id, item.show_if),
                    "item": within,
                }
            ]
        return [self._question(item, item.show_if)]

    def _help(self, item: Item) -> list[Json]:
        help = coded(fhir.CONTROL, fhir.CONTROLS, "help")
        return [self._display(f"{item.id}.help", item.hint, help)] if item.hint else []

    def _question(self, item: Item, show_if: str | None) -> Json:
        within = self._help(item)
        for end, control in ((item.low, "lower"), (item.high, "upper")):
            if end:
                within.append(self._display(f"{item.id}.{control}", end, coded(fhir.CONTROL, fhir.CONTROLS, control)))
        within += [self._other(item, option) for option in self.instrument.options(item) if option.other]
        extensions = self._extensions(item)
        return {
            **({"extension": extensions} if extensions else {}),
            "linkId": item.id,
            **texts("text", item.text, self.origin),
            "type": "boolean" if self._is_boolean(item) else _TYPES[item.type],
            **self._when(item.id, show_if),
            **({"required": True} if item.required == "hard" else {}),
            **({"repeats": True} if item.type == "multiple" else {}),
            **({"readOnly": True} if item.type == "hidden" else {}),
            **({"maxLength": item.max_length} if item.max_length else {}),
            **self._options(item),
            **({"initial": [{"valueString": item.value}]} if item.type == "hidden" else {}),
            **({"item": within} if within else {}),
        }

    def _is_boolean(self, item: Item) -> bool:
        """Whether a yes_no item has only yes and no, as a boolean has."""
        return item.type == "yes_no" and not item.options

    def _other(self, item: Item, option: Option) -> Json:
        """The question for words beside an option."""
        words = {
            tag: self.context.words(tag).get(pages.OWN_WORDS, option.label[tag]) for tag in self.instrument.languages
        }
        when = {"question": item.id, "operator": "=", "answerCoding": self._coding(item, option.value)}
        return {
            "linkId": f"{item.id}.{OTHER}",
            **texts("text", words, self.origin),
            "type": "string",
            "enableWhen": [when],
        }

    def _coding(self, item: Item, value: object) -> Json:
        return {"system": f"{self.base}/{item.grid or item.id}", "code": str(value)}

    def _options(self, item: Item) -> Json:
        if item.type in ("scale", "hidden", "consent") or self._is_boolean(item) or not self.instrument.options(item):
            return {}
        return {
            "answerConstraint": "optionsOnly",
            "answerOption": [self._option(item, o) for o in self.instrument.options(item)],
        }

    def _option(self, item: Item, option: Option) -> Json:
        coding = {**self._coding(item, option.value), **texts("display", option.label, self.origin)}
        number = option.score if option.score is not None else option.value
        if option.missing is None and isinstance(number, int | float):
            coding = {"extension": [extension(fhir.WEIGHT, valueDecimal=number)], **coding}
        alone = {"extension": [extension(fhir.EXCLUSIVE, valueBoolean=True)]} if option.exclusive else {}
        return {**alone, "valueCoding": coding}

    def _extensions(self, item: Item) -> list[Json]:
        found = []
        if item.type in _CONTROLS:
            found.append(coded(fhir.CONTROL, fhir.CONTROLS, _CONTROLS[item.type]))
        if item.type == "likert" and not item.grid:
            found.append(extension(fhir.ORIENTATION, valueCode="horizontal"))
        if item.type in _FORMATS:
            found.append(extension(fhir.FORMAT, valueString=_FORMATS[item.type]))
        if item.type in ("email", "phone"):
            found.append(extension(fhir.KEYBOARD, valueCoding={"code": item.type}))
        if item.type == "hidden":
            found.append(extension(fhir.HIDDEN, valueBoolean=True))
        if item.unit:
            found.append(extension(fhir.UNIT, valueCoding={"display": item.unit[self.origin]}))
        if item.decimals is not None:
            found.append(extension(fhir.DECIMALS, valueInteger=item.decimals))
        for url, number in ((fhir.MIN_OCCURS, item.at_least), (fhir.MAX_OCCURS, item.at_most)):
            if number is not None:
                found.append(extension(url, valueInteger=number))
        return [*found, *_limits(item)]

    # --- conditions --------------------------------------------------------------------------------------------------

    def _when(self, id: str, show_if: str | None) -> Json:
        """enableWhen and enableBehavior; nothing at all where a condition cannot be said so."""
        if show_if is None:
            return {}
        said = self._said(logic.parse(show_if))
        if said is None:
            self.unsaid.add(id)
            return {}
        behaviour, tests = said
        return {"enableWhen": tests, **({"enableBehavior": behaviour} if len(tests) > 1 else {})}

    def _said(self, condition: Condition) -> tuple[str, list[Json]] | None:
        match condition:
            case Comparison():
                return self._test(condition)
            case Not(Comparison() as part):
                return self._negated(part)
            case All(parts):
                return self._joined("all", parts)
            case AnyOf(parts):
                return self._joined("any", parts)
            case Not(AnyOf(parts)):
                return self._joined("all", [Not(part) for part in parts])
        return None

    def _joined(self, behaviour: str, parts: Sequence[Condition]) -> tuple[str, list[Json]] | None:
        found: list[Json] = []
        for part in parts:
            said = self._said(part)
            if said is None or (len(said[1]) > 1 and said[0] != behaviour):
                return None
            found += said[1]
        return behaviour, found

    def _controller(self, id: str) -> Item | None:
        """The item that a condition names, where the form has it."""
        asked = {item.id: item for item in self.instrument.items(self.wave)}
        found = asked.get(id)
        return found if found is not None and found.type in _TYPES else None

    def _test(self, comparison: Comparison) -> tuple[str, list[Json]] | None:
        item = self._controller(comparison.item)
        if item is None:
            return None
        if item.type == "consent":
            return ("all", [self._equal(item, "yes")]) if logic.holds(comparison, {item.id: "yes"}) else None
        options = [o for o in self.instrument.options(item) if o.missing is None]
        whole = comparison.operator == "answered" and not any(o.missing for o in self.instrument.options(item))
        if item.type in ONE_OF and item.type != "scale" and not whole:
            fits = [o.value for o in options if logic.holds(comparison, {item.id: o.value})]
            return ("any", [self._equal(item, value) for value in fits]) if fits else None
        if comparison.operator == "answered":
            return "all", [{"question": item.id, "operator": "exists", "answerBoolean": True}]
        if comparison.operator == "!=":
            exists = {"question": item.id, "operator": "exists", "answerBoolean": True}
            return "all", [exists, {**self._equal(item, comparison.values[0]), "operator": "!="}]
        operator = "=" if comparison.operator in ("==", "in") else comparison.operator
        return "any", [{**self._equal(item, value), "operator": operator} for value in comparison.values]

    def _negated(self, comparison: Comparison) -> tuple[str, list[Json]] | None:
        item = self._controller(comparison.item)
        if item is None or any(o.missing for o in self.instrument.options(item)) or item.type == "consent":
            return None
        if comparison.operator == "answered":
            return "all", [{"question": item.id, "operator": "exists", "answerBoolean": False}]
        if comparison.operator in ("==", "in"):
            return "all", [{**self._equal(item, value), "operator": "!="} for value in comparison.values]
        return None

    def _equal(self, item: Item, value: object) -> Json:
        """That an item's answer is a value."""
        kind = "boolean" if self._is_boolean(item) else _TYPES[item.type]
        answer: object = value
        if kind == "coding":
            answer = self._coding(item, value)
        elif kind == "boolean":
            answer = value == "yes"
        elif kind == "time":
            answer = f"{value}:00"
        elif kind in ("date", "string", "text"):
            answer = str(value)
        name = "String" if kind == "text" else kind.capitalize()
        return {"question": item.id, "operator": "=", f"answer{name}": answer}


_INSTRUCTIONS = coded(fhir.CATEGORY, fhir.CATEGORIES, "instructions")


def _limits(item: Item) -> list[Json]:
    """The extensions for the least and the greatest value."""
    low, high = scale_ends(item) if item.type == "scale" else (item.minimum, item.maximum)
    kind = {"scale": "Integer", "integer": "Integer", "decimal": "Decimal", "time": "Time"}.get(item.type, "Date")
    found = []
    for url, limit in ((fhir.MIN_VALUE, low), (fhir.MAX_VALUE, high)):
        if limit is not None and limit != "today":
            value: object = f"{limit}:00" if kind == "Time" else str(limit) if kind == "Date" else limit
            found.append(extension(url, **{f"value{kind}": value}))
    return found
