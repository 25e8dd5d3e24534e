"""A questionnaire before somebody who keys it in: its questions as on the paper, and what is asked beside them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from werkzeug.wrappers import Response

from collector import keying, participations
from collector.desk.typed import Typed
from collector.desk.visit import Visit
from collector.participations import written
from collector.stores import StoreTrouble
from collector.web import log_by_place
from survey import logic, numbering, pages, schedule
from survey.answers import AnswerProblem, Fields
from survey.frozen import dataclass
from survey.marking import _
from survey.model import HELPERS, Instrument, direction, meaning
from survey.pages import Form, Page, QuestionPage
from survey.phrases import Phrase, said
from survey.records import Participation

OURS = ("_token", "_day", "_sure", "_n", "_second", "_more")
"""Fields of the desk's own beside those of a questionnaire."""
CHANNEL_NAMES: Mapping[str, tuple[str, str]] = {
    "paper_keyed": (_("A paper form"), _("The person filled it in, and you key it in.")),
    "interview": (_("An interview"), _("Somebody of the area asked, and you key in what the person said.")),
}
HELPER_NAMES: Mapping[str, str] = {
    "none": _("Nobody"),
    "interpreter": _("An interpreter"),
    "relative": _("A relative or a friend"),
    "coach": _("A coach or a trainer"),
    "area_staff": _("A person at the employment services"),
}
TAKEN_BACK = _("{number}: the invitation was taken back, so nothing is keyed in for it.")
NOT_LISTED = _("{number}: its service is no longer in services.yaml, so nothing is keyed in for it.")
NOT_OURS = _("Nothing was stored")
NOT_OURS_TEXT = _(
    "The questionnaire was renewed since you opened it, or the form did not arrive whole. All that you keyed is on "
    "this page. Try again; if that does not help, open the questionnaire anew in another tab and key it in from here."
)
NOT_YET = _("Not stored yet")
LONG_BEFORE = timedelta(days=60)
"""Days before anything of a participation can have been answered that are a mistyped year, and no paper that lay."""
TOO_EARLY = _("{day} is long before {first}, when the first of this could be answered. Check the day and the year.")
AHEAD = _("{day} has not come yet. Write the day on which it was answered.")
OUTSIDE = _(
    "{day} is not between {first} and {last}, when this could be answered. Check the day. If the paper says so, press "
    "the button once more: the answers are kept, but no change is counted from them."
)
SOME_WRONG = _("Some answers cannot be stored as they are. Check them on the paper.")
NOTICES: Mapping[str, str] = {
    pages.TROUBLE: _(
        "Nothing can be stored just now: the store cannot be reached. All that you keyed is on this page. Wait a "
        "moment and press the button again."
    ),
    pages.CHANGED: _("The questionnaire was worded anew since you opened it. Check the answers and press the button."),
    pages.CONFIRM: _("Nothing is stored yet. Check the answers and press the button."),
}


# --- numbers --------------------------------------------------------------------------------------


def of_number(view: Callable[[Visit, Participation], Response]) -> Callable[..., Response]:
    """A view of one number. Raises InviteError, which the desk tells, where there is none."""

    @functools.wraps(view)
    def found(visit: Visit, number: str) -> Response:
        participation = participations.by_number(visit.store, number)
        why = closed(visit, participation)
        if why is not None:
            return visit.message(409, said(NOT_OURS), why, back="keying")
        return view(visit, participation)

    return found


def kept(view: Callable[..., Response]) -> Callable[..., Response]:
    """A view that stores: where the store cannot be reached before the form can be shown again, all that came with it
    is kept on a page with a button that sends it once more."""

    @functools.wraps(view)
    def tried(visit: Visit, number: str) -> Response:
        try:
            return view(visit, number)
        except StoreTrouble as trouble:
            log_by_place("keying", trouble)
            return _again(visit, 503, NOT_YET, NOTICES[pages.TROUBLE])

    return tried


def not_ours(visit: Visit, status: int = 409, *, keyed: Fields | None = None) -> Response:
    """For a form of a questionnaire that is no longer asked as it was: nothing is stored, and what was keyed can be
    read, to be keyed in anew. `keyed` are its answers where the form holds them otherwise than as fields."""
    fields = {**(keyed or {}), **visit.typed.fields}
    return _again(visit, status, NOT_OURS, NOT_OURS_TEXT, keyed=list(_readable(visit, fields)))


def _again(visit: Visit, status: int, title: str, notice: str, *, keyed: Sequence[tuple[str, str]] = ()) -> Response:
    came = [(name, value) for name, values in visit.typed.fields.items() for value in values]
    return visit.page(
        "keying-again.html.j2",
        title=visit.say(title),
        status=status,
        notice=visit.say(notice),
        keyed=keyed,
        came=[(name, value) for name, value in came if name != "_token"],
        action=visit.request.path,
    )


def _readable(visit: Visit, fields: Fields) -> Iterator[tuple[str, str]]:
    """What was keyed, each with its question: in the words of whatever version is published now."""
    known, typed = visit.bundle.library.instruments, visit.typed
    named = typed.value("_instrument") or typed.value("_what").partition("@")[0]
    instrument = next((known[key] for key in known if key.startswith(f"{named}@")), None)
    items = {item.id: item for item in instrument.items()} if instrument else {}
    for name, values in fields.items():
        if name.startswith("_") or not any(values):
            continue
        id, _dot, part = name.partition(".")
        item = items.get(id)
        options = instrument.options(item) if instrument and item else ()
        labels = {str(option.value): visit.text(option.label) for option in options}
        question = visit.text(item.text) if item else name
        if item and item.type == "rank":
            # The field is the option, and what stands in it its place.
            yield question, f"{labels.get(part, part)}: {', '.join(values)}"
        else:
            yield question, ", ".join(labels.get(value, value) for value in values)


def closed(visit: Visit, participation: Participation) -> Phrase | None:
    """Why nothing can be keyed in for a participation; None where something can."""
    if participation.revoked:
        return said(TAKEN_BACK, number=participation.number)
    if keying.service_of(visit.bundle, participation) is None:
        return said(NOT_LISTED, number=participation.number)
    return None


def facts(visit: Visit, participation: Participation) -> str:
    """What tells whether it is the right number."""
    group = f", {participation.group}" if participation.group else ""
    spell = f"{written(participation.start_date)}–{written(participation.end_date)}"
    return f"{visit.service_title(participation.service)}{group}, {spell}"


def languages(visit: Visit, instrument: Instrument) -> list[str]:
    """The languages in which a questionnaire can be keyed in."""
    return [tag for tag in pages.published(visit.bundle.library, instrument) if tag in visit.bundle.messages]


def language_name(visit: Visit, tag: str) -> str:
    return visit.bundle.library.site.language_names.get(tag, tag)


# --- questions ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A questionnaire of one number, at a wave and in a language."""

    participation: Participation
    instrument: Instrument
    wave: str
    language: str

    @property
    def what(self) -> str:
        """Its name in addresses."""
        return f"{self.instrument.key}/{self.wave}"

    @property
    def direction(self) -> str:
        return direction(self.language)

    def title(self, visit: Visit) -> str:
        return f"{visit.text(self.instrument.title)} – {visit.wave_title(self.wave)}"

    def page(self, visit: Visit) -> QuestionPage:
        """Its page, with what stands on the paper beside the questions."""
        service = keying.service_of(visit.bundle, self.participation)
        page = visit.bundle.question_page(self.instrument, self.wave, self.language, service)
        # Whoever reads the language finds what is marked without the values.
        values = self.language.partition("-")[0] != visit.language
        marked = numbering.for_keying(page.worded, self.wave, values=values)
        return visit.bundle.question_page(marked, self.wave, self.language)

    def told(self, visit: Visit) -> Page | None:
        """In whose language problems are told: in that of the desk, where the questionnaire has it."""
        known = visit.language in self.instrument.languages and visit.language in visit.bundle.messages
        return visit.bundle.page(visit.language) if known and visit.language != self.language else None

    @property
    def hidden(self) -> dict[str, str]:
        """What its form says of it."""
        return {
            "_instrument": self.instrument.instrument,
            "_version": str(self.instrument.version),
            "_meaning": meaning(self.instrument, self.language),
            "_wave": self.wave,
            "_language": self.language,
        }


def shown(
    visit: Visit,
    template: str,
    sheet: Sheet,
    typed: Typed,
    form: Form,
    *,
    status: int = 200,
    notice: Phrase | None = None,
    **more: object,
) -> Response:
    """A page with all the questions of a sheet, and what is to be mended in them. `notice` is what is told first, where
    the form itself says nothing."""
    page, told = sheet.page(visit), sheet.told(visit)
    if form.problems:
        typed.wrong("questions", said(SOME_WRONG))
    return visit.page(
        template,
        title=sheet.title(visit),
        status=status,
        form=typed,
        number=sheet.participation.number,
        facts=facts(visit, sheet.participation),
        sheet=sheet,
        language_name=language_name(visit, sheet.language),
        asked=pages.questions(page, form, told),
        wrong=[wrong(page, told, problem) for problem in form.problems],
        notice=visit.say(NOTICES[form.notice]) if form.notice else visit.phrase(notice or ""),
        conditions=visit.to("keying/conditions", what=sheet.what),
        helpers=helpers(visit),
        **more,
    )


def wrong(page: QuestionPage, told: Page | None, problem: AnswerProblem) -> tuple[str, str, str]:
    """The control of a problem, its question in the words of the paper, and what is wrong."""
    question = page.instrument.item(problem.name).text[page.language]
    return problem.control, question, pages.problem_text(told or page, problem)


def helpers(visit: Visit) -> list[tuple[str, str, str]]:
    return [(id, visit.say(HELPER_NAMES[id]), "") for id in HELPERS]


def conditions(visit: Visit) -> Response:
    """The rules of style that hide the questions of a questionnaire which nobody is asked."""
    instrument = visit.bundle.library.instruments.get(visit.asked.get("what", "").partition("/")[0])
    return Response(logic.css(instrument) if instrument else "", mimetype="text/css")


# --- what was sent --------------------------------------------------------------------------------


def fields(typed: Typed) -> Fields:
    """The questionnaire's own fields, in the order in which they came."""
    return {name: values for name, values in typed.fields.items() if name not in OURS}


def day(visit: Visit, typed: Typed, participation: Participation, wave: str) -> date | None:
    """The day that was typed. One outside the time to answer is asked for twice: it is easily mistyped, and decides
    whether the answers count."""
    found = typed.day("_day", needed=True)
    if found is None:
        return None
    if found > visit.today:
        typed.wrong("_day", said(AHEAD, day=written(found)))
        return None
    window = schedule.window(participation, visit.bundle.library.site.waves[wave])
    if found < window.first - LONG_BEFORE:
        typed.wrong("_day", said(TOO_EARLY, day=written(found), first=written(window.first)))
        return None
    if found not in window and typed.value("_sure") != found.isoformat():
        typed.fields["_sure"] = [found.isoformat()]
        limits = {"first": written(window.first), "last": written(window.last)}
        typed.wrong("_day", said(OUTSIDE, day=written(found), **limits))
        return None
    return found
