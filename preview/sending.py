"""What becomes of a form that is sent in the preview: judged as the collector judges it, and stored nowhere."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from preview.choosing import RECEIPT, Say
from preview.material import Material, Place
from survey import answers, pages, scoring
from survey.answers import OTHER, Fields, Judged, MalformedForm, first
from survey.marking import _
from survey.model import CONTACT, Instrument, Item
from survey.pages import Form
from survey.records import Answer

REASONS: Mapping[str, str] = {
    "not_shown": _("Not asked: its condition does not hold"),
    "skipped": _("Left unanswered"),
    "not_applicable": _("Does not concern the person"),
    "dont_know": _("The person cannot say"),
    "prefer_not": _("The person does not want to say"),
}
CALCULATED = _("calculated")
CONTACT_DETAILS = _("contact details: kept, and never given to the analysis")
TOO_FEW = _("no score: {answered} answered, at least {least} are needed")


@dataclass(frozen=True)
class Row:
    """A line of what would be stored: the id, the question in words, what stands beside it, and a remark."""

    id: str
    text: str
    value: str
    remark: str = ""


@dataclass(frozen=True)
class Stored:
    """What the collector would store of a form."""

    place: Place
    answers: Sequence[Row]
    absent: Sequence[Row]
    scores: Sequence[Row]


@dataclass(frozen=True)
class Outcome:
    """The page that the respondent would see, with its HTTP status; `stored` where all was right."""

    status: int
    page: str
    stored: Stored | None = None


def sent(material: Material, fields: Fields, say: Say, *, id: str, today: date) -> Outcome | None:
    """What becomes of the fields of a form; None if they are not those of a page that is shown now. A code is not asked
    for. `id` is given to a form that has none yet. With a field `_back` the form is shown again as it was; with
    `_chosen` too, in that language."""
    if "_chosen" in fields:
        rest = {name: values for name, values in fields.items() if name != "_chosen"}
        fields = {**rest, "_language": fields["_chosen"], "_back": ("1",)}
    place = _place(material, fields)
    if place is None:
        return None
    page = material.question_page(place)
    try:
        answers.check_fields(place.instrument, place.wave, fields)
        judged = answers.judge(place.instrument, place.wave, fields, today=today)
    except MalformedForm:
        return None
    form = Form.sent(fields, judged, id=first(fields, "_id") or id)
    if "_back" in fields:
        blank = dataclasses.replace(form, problems=(), reminders=(), asked=False)
        return Outcome(200, pages.questionnaire(page, blank))
    if judged.problems or form.reminders:
        return Outcome(422, pages.questionnaire(page, form))
    if not first(fields, "_id"):
        return Outcome(200, pages.questionnaire(page, dataclasses.replace(form, notice=pages.CONFIRM)))
    return Outcome(201, pages.thanks(page, receipt=RECEIPT), _stored(place, judged, say))


def _place(material: Material, fields: Fields) -> Place | None:
    wanted = tuple(first(fields, name) for name in ("_instrument", "_version", "_wave", "_language", "_service"))
    for place in material.places.values():
        instrument, service = place.instrument, place.service.id if place.service else ""
        if (instrument.instrument, str(instrument.version), place.wave, place.language, service) == wanted:
            return place
    return None


# --- what would be stored -------------------------------------------------------------------------


def _stored(place: Place, judged: Judged, say: Say) -> Stored:
    return Stored(
        place,
        tuple(_answered(place, id, answer, say) for id, answer in judged.answers.items()),
        tuple(Row(id, _question(place, id), say(REASONS[why]), why) for id, why in judged.absent.items()),
        tuple(_scores(place, judged.answers, say)),
    )


def _question(place: Place, id: str) -> str:
    return place.instrument.item(id.removesuffix(f".{OTHER}")).text[place.language]


def _answered(place: Place, id: str, answer: Answer, say: Say) -> Row:
    item = place.instrument.item(id.removesuffix(f".{OTHER}"))
    remark = say(CALCULATED) if item.type == "calculated" else say(CONTACT_DETAILS) if item.type in CONTACT else ""
    return Row(id, _question(place, id), _value(place.instrument, item, answer, place.language), remark)


def _value(instrument: Instrument, item: Item, answer: Answer, language: str) -> str:
    """What is stored, with the label of each option beside it."""
    labels = {option.value: option.label[language] for option in instrument.options(item)}

    def one(value: int | float | str) -> str:
        label = labels.get(value) if isinstance(value, int | str) else None
        return f"{value} – {label}" if label and label != str(value) else str(value)

    return "\n".join(map(one, answer)) if isinstance(answer, list) else one(answer)


def _scores(place: Place, given: Mapping[str, Answer], say: Say) -> Iterator[Row]:
    waves = {item.id for item in place.instrument.items(place.wave)}
    for key in scoring.scoring_key(place.instrument):
        asked = [item.item for item in key.items if item.item in waves]
        if not asked:
            continue
        title = place.instrument.dimensions[key.dimension].title[place.language]
        score = scoring.score(key, given)
        low, high = key.range
        if score is not None:
            yield Row(key.dimension, title, f"{score:.1f}", f"{low:g}–{high:g}")
        else:
            answered = sum(isinstance(given.get(id), int | float | str) for id in asked)
            yield Row(key.dimension, title, say(TOO_FEW, answered=answered, least=key.minimum_answered))
