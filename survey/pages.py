"""The pages that a respondent meets, as strings. The frozen page is the re-render with a blank form.

Every function takes a `Page`: what is shown, in which language, and how to reach the rest of the site from there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

import jinja2

from survey import codes, logic
from survey.answers import AnswerProblem, Fields, control
from survey.marking import _
from survey.model import HELPERS, Instrument, Item, Library, Section, Service, Site, Text, direction, meaning

TEMPLATES = Path(__file__).parent.parent / "site_templates"
Messages = Mapping[str, str]
"""Every interface message in one language, by its English wording."""


@dataclass(frozen=True, kw_only=True)
class Assets:
    """Paths of the style sheets and the script below the root of the site."""

    stylesheet: str
    script: str
    stylesheets: Mapping[str, str]
    """The style sheet of each instrument version, by `id@version`."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """What every page needs. `root` leads from the page to the root of the site: empty, `../` or `../../`."""

    library: Library
    language: str
    messages: Messages
    assets: Assets
    root: str = "../"

    @property
    def site(self) -> Site:
        return self.library.site

    def say(self, message: str, **values: object) -> str:
        """A message in the page's language, with its placeholders filled. KeyError where a catalogue lacks it."""
        return self.messages[message].format(**values)

    def text(self, text: Text) -> str:
        """A text of the site or of services in the page's language."""
        return text[self.language]


@dataclass(frozen=True, kw_only=True)
class QuestionPage(Page):
    """A questionnaire: an instrument at a wave."""

    instrument: Instrument
    wave: str
    service: Service | None = None
    """The service that anybody may answer about without a code; None where a code says which."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a form was sent with. `notice` is one of the messages of this module, shown above the questions."""

    fields: Fields = field(default_factory=dict)
    problems: tuple[AnswerProblem, ...] = ()
    id: str = ""
    code: str = ""
    helper: str = "none"
    channel: str = "own_device"
    notice: str = ""

    def value(self, name: str) -> str:
        """What was typed or chosen under a field name, or nothing."""
        return next(iter(self.fields.get(name, ())), "")

    def problem(self, name: str) -> AnswerProblem | None:
        """What is wrong with a field, if anything."""
        return next((problem for problem in self.problems if problem.name == name), None)


BLANK = Form()
CONFIRM = _("Your answers are not sent yet. Check them, then press “Send answers”.")
CHANGED = _("The questionnaire has changed since you opened it. Check your answers, then press “Send answers”.")
TROUBLE = _("The answers could not be stored just now. They are still on this page. Wait a moment and send them again.")
CODE_WRONG = _("The code is not right. Check it on your slip or in the message, and type it again.")
CODE_MISSING = _("Type the code that you were given.")
HELPER_LABELS = {
    "none": _("Nobody helped me"),
    "interpreter": _("An interpreter"),
    "relative": _("A relative or a friend"),
    "coach": _("A coach or a trainer"),
    "area_staff": _("A person at the employment services"),
}


# --- addresses ------------------------------------------------------------------------------------


def questionnaire_path(instrument: Instrument, wave: str, language: str, service: Service | None = None) -> str:
    """Where a questionnaire stands below the root of the site; that of an open service has a page of its own."""
    own = f"--{service.id}" if service else ""
    return f"{language}/{instrument.instrument}-v{instrument.version}-{wave}{own}.html"


def front_path(language: str) -> str:
    return f"{language}/index.html"


def notice_path(notice: str, language: str) -> str:
    return f"{language}/{notice}.html"


# --- pages ----------------------------------------------------------------------------------------


def questionnaire(page: QuestionPage, form: Form = BLANK) -> str:
    """A questionnaire, blank as it is published or with answers and problems as it comes back."""
    instrument, language = page.instrument, page.language
    return _render(
        "questionnaire.html.j2",
        page,
        form=form,
        instrument=instrument,
        wave=page.site.waves[page.wave],
        sections=list(_sections(instrument, page.wave)),
        optional=all(item.required == "no" for item in instrument.items(page.wave)),
        meaning=meaning(instrument, language),
        code_shown=_code_shown(form.code),
        service=page.service,
        helpers=[(helper, HELPER_LABELS[helper]) for helper in HELPERS],
        stylesheet=page.assets.stylesheets[instrument.key],
        languages=[
            (other, questionnaire_path(instrument, page.wave, other, page.service))
            for other in page.site.languages
            if other in instrument.languages
        ],
        when=functools.partial(when, page),
        question=lambda id: instrument.item(id).text[language] if not id.startswith("_") else "",
    )


def front(page: Page, form: Form = BLANK) -> str:
    """The start page: who asks, and a field for the code."""
    languages = [(other, front_path(other)) for other in page.site.languages]
    to_all = [
        (questionnaire_path(q.instrument, q.wave, page.language, q.service), f"{q.title}: {q.service_title}")
        for q in open_questionnaires(page.library, page.language)
    ]
    code_shown = _code_shown(form.code)
    return _render("front.html.j2", page, form=form, code_shown=code_shown, languages=languages, to_all=to_all)


@dataclass(frozen=True, kw_only=True)
class OpenQuestionnaire:
    """A questionnaire about a service that anybody may answer, in a language that it has."""

    instrument: Instrument
    wave: str
    service: Service
    language: str

    @property
    def title(self) -> str:
        return self.instrument.title[self.language]

    @property
    def service_title(self) -> str:
        return self.service.title[self.language]


def open_questionnaires(library: Library, language: str) -> Iterator[OpenQuestionnaire]:
    """Every questionnaire of every open service that there is in a language."""
    for service in library.services.services:
        for key in service.instruments if service.open else ():
            instrument = library.instruments[key]
            for wave in instrument.waves if language in instrument.languages else ():
                yield OpenQuestionnaire(instrument=instrument, wave=wave, service=service, language=language)


def notice(page: Page, name: Literal["privacy", "accessibility"]) -> str:
    """The privacy notice or the accessibility statement."""
    shown = page.site.notices[name]
    languages = [(other, notice_path(name, other)) for other in page.site.languages]
    updated = format_date(date.fromisoformat(shown.updated), page.language)
    return _render("notice.html.j2", page, notice=shown, updated=updated, languages=languages)


def thanks(page: Page, *, receipt: str, code: str = "", more: bool = False) -> str:
    """The page after answers were stored. `more` says that another questionnaire is due under the code."""
    return _render("thanks.html.j2", page, receipt=codes.receipt_shown(receipt), code=code, more=more)


def message(page: Page, *, title: str, text: str, **values: object) -> str:
    """A page that only says something. Title and text are messages; values fill the text's placeholders."""
    return _render("message.html.j2", page, title=page.say(title), message=page.say(text, **values))


def slips(page: Page, slips: Sequence[Mapping[str, str | None]]) -> str:
    """A sheet of slips for staff to print: each with service, number, group, code, address and a QR code as SVG."""
    return _render("slips.html.j2", page, slips=slips)


def format_date(day: date, language: str) -> str:
    """A calendar date as it is written in a language, such as `31. maaliskuuta 2026`."""
    # Babel is slow to import and few answers of the collector hold a date.
    import babel.dates

    return str(babel.dates.format_date(day, format="long", locale=babel.Locale.parse(language.split("-")[0])))


# --- parts ----------------------------------------------------------------------------------------


def when(page: QuestionPage, item: Item) -> str:
    """The sentence that says whom a conditional question is for."""
    condition = logic.parse(item.show_if or "")
    return page.say(_("Answer this only if: {condition}."), condition=_condition(page, condition))


def _condition(page: QuestionPage, condition: logic.Condition) -> str:
    match condition:
        case logic.Not(part):
            return page.say(_("not ({condition})"), condition=_condition(page, part))
        case logic.All(parts):
            return page.say(_(" and ")).join(_condition(page, part) for part in parts)
        case logic.AnyOf(parts):
            return page.say(_(" or ")).join(_condition(page, part) for part in parts)
        case logic.Comparison(id, operator, values):
            question = page.instrument.item(id).text[page.language].rstrip(".:")
            if operator == "answered":
                return page.say(_("you answered “{question}”"), question=question)
            return page.say(_SENTENCES[operator], question=question, answer=_named_answers(page, id, values))


_SENTENCES = {
    "==": _("your answer to “{question}” is {answer}"),
    "in": _("your answer to “{question}” is {answer}"),
    "!=": _("your answer to “{question}” is not {answer}"),
    "<": _("your answer to “{question}” is less than {answer}"),
    "<=": _("your answer to “{question}” is at most {answer}"),
    ">": _("your answer to “{question}” is more than {answer}"),
    ">=": _("your answer to “{question}” is at least {answer}"),
}


def _named_answers(page: QuestionPage, id: str, values: Sequence[int | str]) -> str:
    options = page.instrument.options(page.instrument.item(id))
    labels = {option.value: f"“{option.label[page.language]}”" for option in options}
    return page.say(_(" or ")).join(labels.get(value, str(value)) for value in values)


def _sections(instrument: Instrument, wave: str) -> Iterator[tuple[Section, list[Item]]]:
    """The sections that have questions at a wave, with those questions."""
    asked = {item.id for item in instrument.items(wave)}
    for section in instrument.sections:
        items = [item for item in section.items if item.id in asked]
        if items:
            yield section, items


def _code_shown(code: str) -> str:
    normal = codes.normalised(code)
    return codes.shown(normal) if normal else code


def _render(template: str, page: Page, **values: object) -> str:
    defaults: dict[str, object] = {
        "page": page,
        "site": page.site,
        "language": page.language,
        "direction": direction(page.language),
        "direction_of": direction,
        "root": page.root,
        "stylesheet": page.assets.stylesheet,
        "script": page.assets.script,
        "form": BLANK,
        "languages": [],
        "_": page.say,
        "text": page.text,
        "front_path": front_path(page.language),
        "notice_path": functools.partial(notice_path, language=page.language),
        "control": control,
    }
    return _environment().get_template(template).render({**defaults, **values})


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["paragraphs"] = lambda text: [part for part in text.strip().split("\n\n") if part.strip()]
    return environment
