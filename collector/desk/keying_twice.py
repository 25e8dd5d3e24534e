"""Keying the same paper in a second time, and settling where the two keyings differ."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from werkzeug.wrappers import Response

from collector import audit, keying
from collector.desk import sheets
from collector.desk.sheets import HELPER_NAMES, Sheet, not_ours, of_number
from collector.desk.typed import Typed
from collector.desk.visit import Place, Visit
from collector.keying import DAY, HELPER, Difference, NotAgain, Source, Standing, Value
from collector.participations import written
from collector.receive import NOT_JUDGED, Invalid, Refused, Sent
from collector.stores import StoreTrouble
from collector.web import log_by_place
from survey import pages
from survey.answers import PARTS, Fields, Judged, MalformedForm, day_first
from survey.frozen import dataclass
from survey.locales import format_number
from survey.marking import _
from survey.model import HELPERS, Item
from survey.pages import Form, Page, QuestionPage
from survey.phrases import Phrase, said
from survey.records import Participation, SealedRecord

SOURCES: tuple[Source, ...] = ("first", "second", "third")
RIGHT = "_right."
"""What the field begins with that says which keying is right of an item."""

BESIDE = (DAY, HELPER)
"""What is asked beside the questions."""
COMPARED = _("Where the two keyings differ")
EMPTY = _("left empty")
SAME = _("{number}: both keyings are the same. Nothing had to be corrected.")
SETTLED = _("{number}: {differences} fields differed, {corrected} of them were corrected.")
SETTLED_BEFORE = _("{number}: what you chose is stored.")
MEANWHILE = _("The answers were corrected or erased meanwhile")
MEANWHILE_TEXT = _("Nothing was stored. Look at the number again.")
CHOOSE = _("Choose which is right.")
MORE = _("After what you chose, more questions are asked. Key in what the paper says.")
KEYED_BEFORE = _(
    "This paper was keyed in already, so nothing was stored now. All that you keyed is on this page. Press “Compare”: "
    "it then counts as the second keying."
)
CANNOT = _("This cannot be keyed in a second time")
NOT_AGAIN: Mapping[NotAgain, str] = {
    "unanswered": _("There are no answers to compare with."),
    "own": _("The person sent these answers. Nobody else changes them: the person can, with the receipt."),
    "gone": _("The questionnaire is no longer published in this version or language, so it cannot be compared."),
    "changed": _("The questionnaire has been worded anew since it was keyed in, so it cannot be compared."),
}
SEALED = _(
    "Answers are sealed here when they are stored, and the desk cannot open them. So two keyings cannot be compared. "
    "Let two people look at each paper before it is stored."
)


# --- the second keying ----------------------------------------------------------------------------


def _of_standing(view: Callable[[Visit, Participation, Standing], Response]) -> Callable[..., Response]:
    """A view of answers that can be keyed in a second time."""

    @of_number
    def found(visit: Visit, participation: Participation) -> Response:
        what = visit.typed.value("_what") if visit.request.method == "POST" else visit.asked.get("what", "")
        key, _slash, wave = what.partition("/")
        back = f"keying/number/{participation.number}"
        try:
            standing = keying.standing(visit.bundle, visit.store, participation, key.partition("@")[0], wave)
        except SealedRecord:
            return visit.message(409, said(CANNOT), said(SEALED), back=back)
        if not isinstance(standing, Standing):
            return visit.message(409, said(CANNOT), said(NOT_AGAIN[standing]), back=back)
        return view(visit, participation, standing)

    return found


def _sheet(participation: Participation, standing: Standing) -> Sheet:
    return Sheet(
        participation=participation,
        instrument=standing.instrument,
        wave=standing.submission.wave,
        language=standing.submission.language,
    )


@_of_standing
def second_page(visit: Visit, participation: Participation, standing: Standing) -> Response:
    """The questions, blank: whoever keys in a second time does not see what was keyed first."""
    return _questions(visit, participation, standing, Typed(), Form())


def instead(visit: Visit, sheet: Sheet, typed: Typed, form: Form) -> Response | None:
    """The second keying of a paper, with what was keyed as if for the first time; None where there is nothing to
    compare it with."""
    wanted = sheet.instrument
    try:
        found = keying.standing(visit.bundle, visit.store, sheet.participation, wanted.instrument, sheet.wave)
    except SealedRecord:
        return None
    if not isinstance(found, Standing) or found.instrument.key != wanted.key:
        return None
    return _questions(visit, sheet.participation, found, typed, form, status=409, notice=said(KEYED_BEFORE))


def _questions(
    visit: Visit,
    participation: Participation,
    standing: Standing,
    typed: Typed,
    form: Form,
    *,
    status: int = 200,
    notice: Phrase | None = None,
) -> Response:
    sheet = _sheet(participation, standing)
    return sheets.shown(
        visit,
        "keying-second.html.j2",
        sheet,
        typed,
        form,
        status=status,
        notice=notice,
        same_person=_was_keyed_by(visit, sheet),
        hidden={"_what": sheet.what, "_channel": standing.submission.channel, **sheet.hidden},
        action=visit.to(f"keying/number/{participation.number}/second"),
    )


def _was_keyed_by(visit: Visit, sheet: Sheet) -> bool:
    """Whether whoever is here keyed these answers in the first time."""
    found = [
        one.actor
        for one in audit.entries(visit.store)
        if one.action == "key in"
        and one.about == sheet.participation.number
        and str(one.details.get("questionnaire", "")).partition("@")[0] == sheet.instrument.instrument
        and one.details.get("wave") == sheet.wave
    ]
    return found[-1:] == [visit.person.login]


@sheets.kept
@_of_standing
def second(visit: Visit, participation: Participation, standing: Standing) -> Response:
    """Compares what was keyed with what stands."""
    typed = visit.typed
    day = sheets.day(visit, typed, participation, standing.submission.wave)
    fields = {name: values for name, values in sheets.fields(typed).items() if name != "_what"}
    sent = _judged(visit, participation, standing, fields, day or visit.today)
    if isinstance(sent, Refused):
        return not_ours(visit)
    if isinstance(sent, Invalid):
        if sent.trouble is not None:
            log_by_place("keying", sent.trouble)
        return _questions(visit, participation, standing, typed, sent.form, status=503)
    typed.choice("_helper", HELPERS)
    if day is None or not sent.ready or not typed.ok:
        return _questions(visit, participation, standing, typed, sent.form, status=422)
    keyed = Second(fields=fields, judged=sent.judged, day=day, helper=sent.form.helper)
    found = keying.differences(standing, keyed.judged, day=day, helper=keyed.helper)
    try:
        if not found:
            return _done(visit, _sheet(participation, standing), differences=0, corrected=0)
    except StoreTrouble as trouble:
        log_by_place("keying", trouble)
        form = dataclasses.replace(sent.form, notice=pages.TROUBLE)
        return _questions(visit, participation, standing, typed, form, status=503)
    return _compared(visit, participation, standing, keyed, Choice(typed=Typed(), form=Form()))


def _judged(
    visit: Visit, participation: Participation, standing: Standing, fields: Fields, day: date
) -> Sent | Invalid | Refused:
    """A second keying, judged as of the day of answering; Refused where it is of another questionnaire."""
    moment = keying.moment_of(day, visit.bundle, visit.moment)
    sent = keying.judged(fields, participation, bundle=visit.bundle, moment=moment, random=visit.desk.random)
    if not isinstance(sent, Sent):
        return sent
    here, stands = sent.address, standing.submission
    same = (here.instrument.key, here.wave, here.language) == (standing.instrument.key, stands.wave, stands.language)
    if not same or sent.form.channel != stands.channel:
        return Refused(status=409, language=here.language, title="", text="")
    return sent


def _done(visit: Visit, sheet: Sheet, *, differences: int, corrected: int, again: bool = False) -> Response:
    number = sheet.participation.number
    visit.log(
        "key in twice",
        number,
        questionnaire=sheet.instrument.key,
        wave=sheet.wave,
        differences=differences,
        corrected=corrected,
        **({"again": 1} if again else {}),
    )
    if again:
        return visit.go("keying", said(SETTLED_BEFORE, number=number))
    told = said(SETTLED, number=number, differences=differences, corrected=corrected)
    return visit.go("keying", told if differences else said(SAME, number=number))


# --- where they differ ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Second:
    """What was keyed the second time."""

    fields: Fields
    judged: Judged
    day: date
    helper: str

    def kept(self) -> str:
        """All of it, for a field of the page: nothing of it is stored before it is settled."""
        return json.dumps({"day": self.day.isoformat(), "fields": list(self.fields.items())})


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What was chosen of each difference. `more` are questions that are asked only after that."""

    typed: Typed
    form: Form
    judged: Judged = NOT_JUDGED
    day: date | None = None
    helper: str = ""
    found: Sequence[Difference] = ()
    more: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A difference as it is shown: the question (empty for what is asked beside them), what each keying says and
    whether that is in the words of the paper, and the field to key in what neither does."""

    name: str
    question: str
    values: Sequence[tuple[str, bool]]
    field: str


def _compared(
    visit: Visit,
    participation: Participation,
    standing: Standing,
    keyed: Second,
    choice: Choice,
    *,
    status: int = 200,
) -> Response:
    """The differences, to be settled one by one."""
    sheet = _sheet(participation, standing)
    page, told, form, more = sheet.page(visit), sheet.told(visit), choice.form, choice.more
    found = keying.differences(standing, keyed.judged, day=keyed.day, helper=keyed.helper)
    here = {one.name for one in found} | {*more}
    return visit.page(
        "keying-compared.html.j2",
        title=visit.say(COMPARED),
        status=status,
        form=choice.typed,
        number=participation.number,
        facts=sheets.facts(visit, participation),
        sheet=sheet,
        sheet_title=sheet.title(visit),
        differences=[_shown(visit, page, told, one, form) for one in found],
        more=[pages.question(page, form, name, told) for name in more],
        # What is wrong may be asked elsewhere: then there is nothing here to go to.
        wrong=[
            (control if problem.name in here else "", question, words)
            for problem in form.problems
            for control, question, words in [sheets.wrong(page, told, problem)]
        ],
        notice=visit.say(sheets.NOTICES[form.notice]) if form.notice else "",
        helpers=sheets.helpers(visit),
        right=RIGHT,
        questions={
            f"{RIGHT}{one.name}": page.instrument.item(one.name).text[page.language]
            for one in found
            if one.name not in BESIDE
        },
        hidden={"_what": sheet.what, "_n": str(standing.place.n), "_second": keyed.kept(), "_more": " ".join(more)},
        action=visit.to(f"keying/number/{participation.number}/compare"),
    )


def _shown(visit: Visit, page: QuestionPage, told: Page | None, one: Difference, form: Form) -> Shown:
    values = [_said(visit, page, one.name, value) for value in (one.first, one.second)]
    if one.name in BESIDE:
        return Shown(name=one.name, question="", values=values, field="")
    question = page.instrument.item(one.name).text[page.language]
    return Shown(name=one.name, question=question, values=values, field=pages.question(page, form, one.name, told))


def _said(visit: Visit, page: QuestionPage, name: str, value: Value) -> tuple[str, bool]:
    """What stands in one keying, and whether it is in the language of the paper."""
    if name == DAY:
        return written(date.fromisoformat(str(value.answer))), False
    if name == HELPER:
        return visit.say(HELPER_NAMES.get(str(value.answer), HELPER_NAMES["none"])), False
    if value == Value():
        return visit.say(EMPTY), False
    item = page.instrument.item(name)
    text = _answer(page, item, value)
    return (f"{text}: “{value.words}”" if value.words else text), True


def _answer(page: QuestionPage, item: Item, value: Value) -> str:
    labels = {option.value: option.label[page.language] for option in page.instrument.options(item)}
    reasons = {str(option.missing): option.label[page.language] for option in page.instrument.options(item)}
    answer = value.answer
    if answer is None:
        return reasons.get(value.reason, value.reason)
    if isinstance(answer, list):
        named = [labels.get(one, str(one)) for one in answer]
        return ", ".join(f"{at}. {one}" for at, one in enumerate(named, 1)) if item.type == "rank" else ", ".join(named)
    if item.type == "consent":
        return item.text[page.language]
    if item.type in PARTS:
        return day_first(str(answer))
    if isinstance(answer, float) or answer not in labels:
        return format_number(answer, page.language) if isinstance(answer, int | float) else answer
    return labels[answer]


@sheets.kept
@_of_standing
def settle(visit: Visit, participation: Participation, standing: Standing) -> Response:
    """Stores what is right of each difference."""
    keyed = _kept(visit, participation, standing)
    if keyed is None:
        return not_ours(visit, keyed=_second_of(visit)[1])
    try:
        choice = _chosen(visit, participation, standing, keyed)
    except MalformedForm:
        return not_ours(visit, keyed=keyed.fields)
    if choice.day is None or not choice.typed.ok:
        return _compared(visit, participation, standing, keyed, choice, status=422)
    try:
        return _revised(visit, participation, standing, choice, choice.day)
    except StoreTrouble as trouble:
        log_by_place("keying", trouble)
        form = dataclasses.replace(choice.form, notice=pages.TROUBLE)
        choice = dataclasses.replace(choice, form=form)
        return _compared(visit, participation, standing, keyed, choice, status=503)


def _kept(visit: Visit, participation: Participation, standing: Standing) -> Second | None:
    """The second keying, as the page kept it; None for what no page of ours sends."""
    day, fields = _second_of(visit)
    sent = _judged(visit, participation, standing, fields, day) if fields and day else None
    if day is None or not isinstance(sent, Sent) or not sent.ready:
        return None
    return Second(fields=fields, judged=sent.judged, day=day, helper=sent.form.helper)


def _second_of(visit: Visit) -> tuple[date | None, Fields]:
    try:
        kept = json.loads(visit.typed.value("_second"))
        fields = {str(name): [str(value) for value in values] for name, values in kept["fields"]}
        return date.fromisoformat(kept["day"]), fields
    except (ValueError, KeyError, TypeError):
        return None, {}


def _chosen(visit: Visit, participation: Participation, standing: Standing, keyed: Second) -> Choice:
    """What was chosen of each difference, with what is to be mended in it."""
    typed, wave = visit.typed, standing.submission.wave
    found = keying.differences(standing, keyed.judged, day=keyed.day, helper=keyed.helper)
    more = [name for name in typed.value("_more").split() if name in keying.names(standing)]
    right: dict[str, Source] = dict.fromkeys(more, "third")
    for one in found:
        source = typed.choice(f"{RIGHT}{one.name}", SOURCES, needed=False)
        if not source:
            typed.wrong(f"{RIGHT}{one.name}", said(CHOOSE))
        right[one.name] = next((each for each in SOURCES if each == source), "first")
    day: date | None = {"first": standing.day, "second": keyed.day}.get(right.get(DAY, "first"))
    if day is None:
        day = sheets.day(visit, typed, participation, wave)
    helper = {"first": standing.submission.helper, "second": keyed.helper}.get(right.get(HELPER, "first"))
    if helper is None:
        helper = typed.choice(HELPER, HELPERS)
    third = {name: values for name, values in typed.fields.items() if name in keying.field_names(standing, right)}
    fields = keying.settled(standing, {"second": keyed.fields, "third": third}, right)
    judged = keying.judge(standing, fields, day=day or keyed.day)
    if judged.problems:
        typed.wrong("questions", said(sheets.SOME_WRONG))
    new = [name for name in keying.newly_asked(standing, keyed.judged, judged) if name not in more]
    if new:
        typed.wrong("more", said(MORE))
    form = Form(fields=third, problems=judged.problems)
    return Choice(typed=typed, form=form, judged=judged, day=day, helper=helper, found=found, more=(*more, *new))


def _revised(visit: Visit, participation: Participation, standing: Standing, choice: Choice, day: date) -> Response:
    """Stores what is right, where something was wrong, and says how much."""
    n = visit.typed.value("_n")
    revised = keying.revise(
        standing,
        choice.judged,
        day=day,
        helper=choice.helper,
        n=int(n) if n.isdecimal() else 0,
        bundle=visit.bundle,
        store=visit.store,
        keys=visit.desk.keys,
        moment=visit.moment,
    )
    if revised is None:
        back = f"keying/number/{participation.number}"
        return visit.message(409, said(MEANWHILE), said(MEANWHILE_TEXT), back=back)
    sheet = _sheet(participation, standing)
    return _done(visit, sheet, differences=len(choice.found), corrected=revised.corrected, again=revised.again)


PLACES = (
    Place(path="keying/number/<number>/second", view=second_page, area="keying"),
    Place(path="keying/number/<number>/second", view=second, area="keying", method="POST"),
    Place(path="keying/number/<number>/compare", view=settle, area="keying", method="POST"),
)
