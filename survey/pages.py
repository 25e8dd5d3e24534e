"""The pages that a respondent meets, as strings. The frozen page is the re-render with a blank form.

Every function takes a `Page`: what is shown, in which language, and how to reach the rest of the site from there.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from markupsafe import Markup

from survey import codes, logic, notices
from survey.answers import OTHER, PARTS, AnswerProblem, Fields, Judged, Shown, control, day_first, first
from survey.frozen import dataclass
from survey.locales import format_date, format_number, format_time
from survey.marking import _
from survey.model import (
    HELPERS,
    Instrument,
    Item,
    Library,
    Option,
    Section,
    Service,
    Site,
    Text,
    direction,
    filled,
    is_open,
    meaning,
)
from survey.notices import NoticeName, SharedNotices
from survey.result import OwnResult, Part, offered

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent.parent / "site_templates"
Messages = Mapping[str, str]
"""Every interface message in one language, by its English wording."""


@dataclass(frozen=True, kw_only=True)
class Assets:
    """What pages hold or load beside their own words. Paths stand below the root of the site."""

    style: str
    """The style sheet of all pages. It stands in each of them, so that nothing has to come before the first picture."""
    script: str
    """The path of the optional script."""
    images: Mapping[str, str] = field(default_factory=dict)
    """The paths of the pictures of options, by the names that instruments use."""
    recordings: Mapping[str, str] = field(default_factory=dict)
    """The paths of what questions are heard from, likewise."""


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
    kept: dict[str, Markup] | None = None
    """Parts of the blank page that are the same at every wave, for whoever renders several: filled and used here."""
    service: Service | None = None
    """The service that is asked about, where the page is open without a code or its words name the service."""

    @property
    def open(self) -> bool:
        """Whether anybody may answer, without a code."""
        return self.service is not None and is_open(self.service, self.instrument)

    @property
    def conditions(self) -> str:
        """The rules of style that hide questions."""
        if self.kept is None:
            return logic.css(self.instrument)
        if _CONDITIONS not in self.kept:
            self.kept[_CONDITIONS] = Markup(logic.css(self.instrument))
        return str(self.kept[_CONDITIONS])

    @property
    def worded(self) -> Instrument:
        """The instrument with the names of service, provider and organisation in its texts."""
        if not self.instrument.has_placeholders:
            return self.instrument
        words = {"organisation": self.site.organisation.name}
        if self.service is not None:
            provider = self.library.services.providers[self.service.provider].name
            words["service"] = self.service.title
            words["provider"] = dict.fromkeys(self.instrument.languages, provider)
        return filled(self.instrument, words)


@dataclass(frozen=True, kw_only=True)
class Form:
    """What a form was sent with. `notice` is one of the messages of this module, shown above the questions."""

    fields: Fields = field(default_factory=dict)
    problems: tuple[AnswerProblem, ...] = ()
    reminders: tuple[AnswerProblem, ...] = ()
    """Questions that should be answered and need not be."""
    asked: bool = False
    """Whether the person has been reminded of them: once is enough."""
    id: str = ""
    code: str = ""
    helper: str = "none"
    channel: str = "own_device"
    result: bool = False
    """Whether the person asked for what their own answers say."""
    earlier: str = ""
    """The receipt of an earlier time, as it was typed."""
    receipt: str = ""
    """The receipt whose answers somebody wants to see or is correcting."""
    notice: str = ""

    @classmethod
    def sent(cls, fields: Fields, judged: Judged, *, id: str) -> Form:
        """The form that somebody sent, as it is shown again; `id` is what it is sent with the next time."""
        asked = first(fields, "_asked") == "1"
        return cls(
            fields={name: values for name, values in fields.items() if not name.startswith("_")},
            problems=judged.problems,
            # Asked once, and then let go.
            reminders=() if asked else judged.reminders,
            asked=asked or bool(judged.reminders),
            id=id,
            code=first(fields, "_code"),
            helper=first(fields, "_helper") or "none",
            channel=first(fields, "_channel"),
            result=first(fields, "_result") == "1",
            earlier=first(fields, "_earlier"),
            receipt=first(fields, "_receipt"),
        )

    @property
    def shared(self) -> bool:
        """Whether several people answer on the device, one after another: nothing stays on it."""
        return self.channel == "shared_device"

    def value(self, name: str) -> str:
        """What was typed or chosen under a field name, or nothing."""
        return first(self.fields, name)

    def problem(self, name: str) -> AnswerProblem | None:
        """What is wrong with a field, if anything."""
        return next((problem for problem in (*self.problems, *self.reminders) if problem.name == name), None)


BLANK = Form()
CONFIRM = _("Your answers are not sent yet. Check them, then press “Send answers”.")
CHANGED = _("The questionnaire has changed since you opened it. Check your answers, then press “Send answers”.")
TROUBLE = _("The answers could not be stored just now. They are still on this page. Wait a moment and send them again.")
CODE_WRONG = _("The code is not right. Check it on your slip or in the message, and type it again.")
CORRECTING = _("These are the answers that you sent. Correct them, then press “Send answers”: the new ones hold.")
OWN_WORDS = _("In your own words")
RECEIPT_WRONG = _("The receipt is not right. Check it and type it again.")
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
    """Where a questionnaire stands below the root of the site. Given a service, it has a page of its own where it is
    open without a code or its words name the service."""
    own = f"--{service.id}" if service and (is_open(service, instrument) or instrument.by_service) else ""
    return f"{language}/{instrument.instrument}-v{instrument.version}-{wave}{own}.html"


def front_path(language: str) -> str:
    return f"{language}/index.html"


def notice_path(notice: str, language: str) -> str:
    return f"{language}/{notice}.html"


def shared_path(path: str) -> str:
    """Where a page stands for a device that several people use one after another: the collector's, never stored. The
    front page of a language is there by its tag alone too, which is soon typed."""
    return f"-/shared/{path}"


def questionnaire_at(library: Library, path: str) -> tuple[Instrument, str, str, Service | None] | None:
    """What is asked on the page at a path below the root of the site: instrument, wave, language, and the service where
    the page is its own. None where no questionnaire is published."""
    language, _slash, name = path.partition("/")
    for instrument in library.instruments.values():
        if not name.startswith(f"{instrument.instrument}-v{instrument.version}-"):
            continue
        for service in services_with_pages(library, instrument) if language in published(library, instrument) else ():
            for wave in instrument.waves:
                if questionnaire_path(instrument, wave, language, service) == path:
                    return instrument, wave, language, service
    return None


def published(library: Library, instrument: Instrument) -> list[str]:
    """The languages of an instrument. The site may have lost one since an old version was locked."""
    return [language for language in instrument.languages if language in library.site.languages]


def services_with_pages(library: Library, instrument: Instrument) -> Iterator[Service | None]:
    """The services that have pages of their own; None for pages that serve all the others."""
    if instrument.respondent != "employer" and not instrument.by_service:
        yield None
    for service in library.services.services:
        if instrument.key in service.instruments and (is_open(service, instrument) or instrument.by_service):
            yield service


# --- pages ----------------------------------------------------------------------------------------


def questionnaire(page: QuestionPage, form: Form = BLANK) -> str:
    """A questionnaire, blank as it is published or with answers and problems as it comes back."""
    sections, title = list(_sections(page.instrument, page.wave)), page.site.waves[page.wave].title
    if page.kept is None or form is not BLANK:
        return _questionnaire(page, form, sections, page.wave, title)
    # Waves at which the same is asked differ by no more than their names.
    asked = " ".join(f"{block.number}:{','.join(item.id for item in block.items)}" for block in sections)
    if asked not in page.kept:
        page.kept[asked] = Markup(_questionnaire(page, form, sections, _ID, {page.language: _TEXT}))
    # Markup escapes what it is given here.
    return str(page.kept[asked].replace(_ID, page.wave).replace(_TEXT, title[page.language]))


def questions(page: QuestionPage, form: Form, told: Page | None = None) -> Markup:
    """The questions of a questionnaire alone, for whoever keys answers in. `told` is as in FieldContext."""
    return _questions(page, form, told).blocks(list(_sections(page.worded, page.wave)))


def question(page: QuestionPage, form: Form, id: str, told: Page | None = None) -> Markup:
    """One of them."""
    return _questions(page, form, told).field(page.worded.item(id))


def _questions(page: QuestionPage, form: Form, told: Page | None) -> FieldContext:
    return FieldContext(replace(page, instrument=page.worded), form, told)


_CONDITIONS = "conditions"
"""Under which the rules of style are kept that an instrument adds."""
_ID, _TEXT = "\0", "\1"
"""Stand where the id of an item or a wave, and a question or a title, belong; no text of ours has them."""


def _questionnaire(page: QuestionPage, form: Form, sections: Sequence[Block], wave: str, title: Text) -> str:
    instrument, language = page.worded, page.language
    return _render(
        "questionnaire.html.j2",
        page,
        shared=form.shared,
        form=form,
        instrument=instrument,
        wave=wave,
        wave_title=title,
        sections=sections if instrument is page.instrument else list(_sections(instrument, page.wave)),
        draft=instrument.key in page.library.drafts,
        # Of the words as they are written: the names that are filled in change no meaning.
        meaning=meaning(page.instrument, language),
        service=page.service,
        style=page.assets.style + page.conditions,
        languages=[
            (other, questionnaire_path(page.instrument, wave, other, page.service)) for other in _languages(page)
        ],
        c=FieldContext(replace(page, instrument=instrument), form),
        question=lambda id: instrument.item(id).text[language] if not id.startswith("_") else "",
    )


def _languages(page: QuestionPage) -> Sequence[str]:
    """The languages of a questionnaire that the site has, in its own order."""
    return [tag for tag in page.instrument.languages if tag in page.site.languages]


@dataclass(frozen=True)
class FieldContext:
    """What the macros of response fields ask of the page that they stand on."""

    page: QuestionPage
    form: Form
    told: Page | None = None
    """A page in the language in which problems are told, where that is not the questionnaire's."""

    def part(self, name: str) -> Markup:
        """A part of the questionnaire around the questions, by its macro."""
        return self._kept(f"part {name} {self.optional} {self.offers_result} {self.sealed}", lambda: self._macro(name))

    @property
    def optional(self) -> bool:
        """Whether any question may be skipped."""
        return all(item.required != "hard" for item in self.page.instrument.items(self.page.wave))

    @property
    def languages(self) -> Sequence[str]:
        return _languages(self.page)

    def direction(self, language: str) -> str:
        return direction(language)

    @property
    def offers_result(self) -> bool:
        """Whether the person may ask for what their own answers say."""
        return offered(self.page.instrument, self.page.wave)

    @property
    def sealed(self) -> bool:
        """Whether answers cannot be looked at again, and so not compared with later ones."""
        return bool(self.page.site.sealed_to)

    @property
    def code_shown(self) -> str:
        return _code_shown(self.form.code)

    @property
    def helpers(self) -> Sequence[tuple[str, str]]:
        """Who may have helped, each with its message."""
        return [(helper, HELPER_LABELS[helper]) for helper in HELPERS]

    def blocks(self, blocks: Sequence[Block]) -> Markup:
        """The sections with their questions."""
        return self._macro("all_blocks", blocks)

    def field(self, item: Item) -> Markup:
        """The response field of an item. Items of one scale are the same but for id and question, where nothing else
        is said of them."""
        if not self._keeps(item) or item.type != "likert" or not self.is_bare(item):
            return self._kept(f"field {item.id}", lambda: self._macro("question", item))
        text = {self.page.language: _TEXT}
        asked = self._kept(f"asked {item.scale}", lambda: self._macro("question", replace(item, id=_ID, text=text)))
        # Markup escapes what it is given here.
        return asked.replace(_ID, item.id).replace(_TEXT, item.text[self.page.language])

    def radios(self, item: Item, options: Sequence[Option], *, first: bool = True) -> Markup:
        """Options to choose one of. Those of a scale are the same for each of its items, but for the id."""
        if not self._keeps(item):
            return self._macro("radios", item, options, first)

        def once() -> Markup:
            return self._macro("radios", replace(item, id=_ID), options, first)

        # Neither the options nor an id hold anything to escape that is not escaped already.
        return self._kept(f"scale {item.scale} {len(options)} {first}", once).replace(_ID, item.id)

    def _keeps(self, item: Item) -> bool:
        return self.page.kept is not None and self.form is BLANK and item.scale is not None

    def _kept(self, name: str, render: Callable[[], Markup]) -> Markup:
        kept = self.page.kept if self.form is BLANK else None
        if kept is None:
            return render()
        if name not in kept:
            kept[name] = render()
        return kept[name]

    def _macro(self, name: str, *subject: object) -> Markup:
        macro: Callable[..., Markup] = getattr(self._macros, name)
        return macro(*subject, self.form, self.page.language, self, self.page.say)

    @functools.cached_property
    def _macros(self) -> object:
        return _environment().get_template("fields.html.j2").module

    @property
    def root(self) -> str:
        return self.page.root

    @property
    def images(self) -> Mapping[str, str]:
        return self.page.assets.images

    def recording(self, item: Item) -> str:
        """Where the question is heard in the language of the page; empty where it is not."""
        file = (item.audio or {}).get(self.page.language)
        return self.root + self.page.assets.recordings[file] if file else ""

    def options(self, item: Item) -> Sequence[Option]:
        return self.page.instrument.options(item)

    def is_bare(self, item: Item) -> bool:
        """Whether nothing stands between a question and its answers: most are so, and are soon rendered."""
        described = item.show_if or item.hint or item.sensitive or item.low or item.type in ("multiple", "rank")
        apart = described or self.recording(item)
        return not apart and item.required != "hard" and self.form.problem(item.id) is None

    def other(self, item: Item) -> Option | None:
        """The option that opens a field for words."""
        return next((option for option in self.options(item) if option.other), None)

    def rows(self, grid: Item) -> Sequence[Item]:
        """The rows of a grid, as the items that they are."""
        return [self.page.instrument.item(row.id) for row in grid.rows]

    def when(self, show_if: str) -> str:
        return when(self.page, show_if)

    def ground(self, item: Item) -> str:
        """What stands beside a sensitive question: the ground on which it is asked."""
        ground = self.page.site.grounds.get(item.ground or "")
        return self.page.text(ground.title) if ground else ""

    def problem_text(self, problem: AnswerProblem) -> str:
        if self.told is None:
            return problem_text(self.page, problem)
        words, tag = problem_text(self.told, problem), self.told.language
        return Markup('<span lang="{}" dir="{}">{}</span>').format(tag, direction(tag), words)


@dataclass(frozen=True)
class _FrontContext:
    """The same for the code field of the front page."""

    page: Page

    def problem_text(self, problem: AnswerProblem) -> str:
        return problem_text(self.page, problem)


def problem_text(page: Page, problem: AnswerProblem) -> str:
    """What is wrong with a field, in the page's language: in the instrument's own words where it has some."""
    if problem.own is not None:
        return problem.own[page.language]
    values = {name: _shown(value, page.language) for name, value in problem.values.items()}
    return page.say(problem.message, **values)


def _shown(value: Shown, language: str) -> str:
    """A value in a sentence, as the language writes it."""
    if isinstance(value, Mapping):
        return value[language]
    if isinstance(value, time):
        text = format_time(value, language)
    elif isinstance(value, int | float):
        text = format_number(value, language)
    else:
        text = value
    # Isolated, since groups of digits and a minus would else change places where writing runs from the right.
    return text if text.isdecimal() or direction(language) == "ltr" else f"\u2066{text}\u2069"


def front(page: Page, form: Form = BLANK) -> str:
    """The start page: who asks, and a field for the code."""
    languages = [(other, front_path(other)) for other in page.site.languages]
    to_all = list(_open_to_clients(page))
    return _render(
        "front.html.j2",
        page,
        shared=form.shared,
        form=form,
        c=_FrontContext(page),
        code_shown=_code_shown(form.code),
        languages=languages,
        to_all=to_all,
        # What is sealed cannot be shown later by anybody here.
        readable=not page.site.sealed_to,
        shows_results=not page.site.sealed_to
        and any(page.library.instruments[key].own_result for key in _asked_keys(page.library)),
    )


def _asked_keys(library: Library) -> Iterator[str]:
    """The instruments that services ask, each once."""
    yield from dict.fromkeys(key for service in library.services.services for key in service.instruments)


def _open_to_clients(page: Page) -> Iterator[tuple[str, str]]:
    """Path and title of each questionnaire that clients may answer without a code, as who reads the page meets it."""
    for each in open_questionnaires(page.library):
        language = each.instrument.met_in(page.language, page.site.languages)
        # Employers get their link from the area: the front page is the clients'.
        if language is not None and each.instrument.respondent == "client":
            path = questionnaire_path(each.instrument, each.wave, language, each.service)
            title = f"{each.instrument.title[language]}: {page.text(each.service.title)}"
            # Two links of one name would be two pages that nobody can tell apart.
            waves = len(each.instrument.waves) > 1
            yield path, f"{title}, {page.text(page.site.waves[each.wave].title)}" if waves else title


@dataclass(frozen=True, kw_only=True)
class OpenQuestionnaire:
    """A questionnaire about a service that anybody may answer."""

    instrument: Instrument
    wave: str
    service: Service


def open_questionnaires(library: Library) -> Iterator[OpenQuestionnaire]:
    """Every questionnaire that is answered without a code."""
    for service in library.services.services:
        for key in service.instruments:
            instrument = library.instruments[key]
            for wave in instrument.waves if is_open(service, instrument) else ():
                yield OpenQuestionnaire(instrument=instrument, wave=wave, service=service)


def notice(page: Page, name: NoticeName, same: SharedNotices, *, shared: bool = False) -> str:
    """The privacy notice or the accessibility statement. `same` is what it says as everywhere, `shared` that several
    people use the device."""
    shown = page.site.notices[name]
    languages = [(other, notice_path(name, other)) for other in page.site.languages]

    def day(text: str) -> str:
        return format_date(date.fromisoformat(text), page.language)

    parts = list(notices.parts(name, page.site, same, page.language, day))
    return _render(
        "notice.html.j2",
        page,
        shared=shared,
        notice=shown,
        parts=parts,
        updated=day(shown.updated),
        languages=languages,
    )


def thanks(
    page: Page,
    *,
    receipt: str,
    code: str = "",
    more: bool = False,
    result: OwnResult | None = None,
    compared: bool = True,
    changed: bool = False,
    shared: bool = False,
) -> str:
    """The page after answers were stored. `more` says that another questionnaire is due under the code, `shared` that
    the device goes to the next person; `result` is what the person asked to see, `compared` whether the earlier
    receipt that they gave, if any, was of use. `changed` says that other answers had come with the same form before,
    and that these are not stored."""
    return _render(
        "thanks.html.j2",
        page,
        shared=shared,
        receipt=codes.receipt_shown(receipt),
        code=code,
        more=more,
        r=_ResultContext(page, result) if result else None,
        compared=compared,
        changed=changed,
    )


def own_result(page: Page, result: OwnResult, *, compared: bool = True, shared: bool = False) -> str:
    """The same result once more, for whoever has the receipt."""
    return _render("result.html.j2", page, shared=shared, r=_ResultContext(page, result), compared=compared)


@dataclass(frozen=True)
class _ResultContext:
    """What the page of an own result asks: each figure as it is shown."""

    page: Page
    result: OwnResult

    @property
    def since(self) -> str:
        """The day of the earlier answers, in words."""
        moment = datetime.fromisoformat(self.result.since).astimezone(ZoneInfo(self.page.site.time_zone))
        return format_date(moment.date(), self.page.language)

    def number(self, value: float, part: Part) -> str:
        """A score: whole on a wide range, with one decimal on a narrow one."""
        low, high = part.range
        return _shown(round(value) if high - low >= 20 else round(value, 1), self.page.language)

    def limit(self, value: float) -> str:
        """An end of a range."""
        return _shown(int(value) if value == int(value) else value, self.page.language)

    def points(self, part: Part) -> str:
        """The change in points, without its sign: of the scores as they are shown, so that it can be checked."""
        return self.number(abs(self.change(part)), part)

    def change(self, part: Part) -> float:
        """The change between the scores as they are shown."""
        places = 0 if part.range[1] - part.range[0] >= 20 else 1
        return round(round(part.score or 0, places) - round(part.before or 0, places), places)

    def place(self, value: float, part: Part) -> str:
        """Where a score stands on a line from 3 to 97, from the side where reading begins."""
        low, high = part.range
        share = (value - low) / (high - low)
        return f"{3 + 94 * (1 - share if direction(self.page.language) == 'rtl' else share):.1f}"


def to_erase(page: Page, *, receipt: str, title: Text, received: str, shared: bool = False) -> str:
    """The question before answers are erased. `received` is when they came, as in records."""
    moment = datetime.fromisoformat(received).astimezone(ZoneInfo(page.site.time_zone))
    day = format_date(moment.date(), page.language)
    return _render("erase.html.j2", page, shared=shared, receipt=receipt, asked=page.text(title), day=day)


def message(page: Page, *, title: str, text: str, shared: bool = False, **values: object) -> str:
    """A page that only says something. Title and text are messages; values fill the text's placeholders."""
    return _render("message.html.j2", page, shared=shared, title=page.say(title), message=page.say(text, **values))


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What one person is handed: in the language of `page`, with a QR code as SVG."""

    page: Page
    qr: str
    service: str
    number: str
    group: str | None
    code: str
    address: str


def slips(page: Page, slips: Sequence[Slip], *, shared_qr: str = "", shared_address: str = "") -> str:
    """A sheet of slips for staff to print, each with its own QR code; or, for a group that shares a device, with one QR
    code for all and the address where its device begins. What staff read is in the language of `page`."""
    return _render("slips.html.j2", page, slips=slips, shared_qr=shared_qr, shared_address=shared_address)


# --- parts ----------------------------------------------------------------------------------------


def when(page: QuestionPage, show_if: str) -> str:
    """The sentence that says whom a conditional question is for."""
    return page.say(_("Answer this only if: {condition}."), condition=in_words(page, show_if))


def in_words(page: QuestionPage, show_if: str) -> str:
    """A condition as the part of a sentence."""
    return _condition(page, logic.parse(show_if))


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


def _named_answers(page: QuestionPage, id: str, values: Sequence[logic.Value]) -> str:
    item = page.instrument.item(id)
    options = page.instrument.options(item)
    labels: dict[logic.Value, str] = {
        option.value: page.say(_("“{answer}”"), answer=option.label[page.language]) for option in options
    }
    return page.say(_(" or ")).join(labels.get(value, _literal(item, value, page.language)) for value in values)


def _literal(item: Item, value: logic.Value, language: str) -> str:
    if item.type in PARTS and isinstance(value, str):
        return _shown(day_first(value), language)
    if item.type == "time" and isinstance(value, str):
        return _shown(time.fromisoformat(value), language)
    return _shown(value, language) if isinstance(value, int | float | str) else ""


@dataclass(frozen=True)
class Block:
    """A section at a wave: its place in the instrument, and what stands in it."""

    number: int
    section: Section
    items: tuple[Item, ...]


def _sections(instrument: Instrument, wave: str) -> Iterator[Block]:
    """The sections that have something at a wave."""
    for number, section in enumerate(instrument.sections):
        items = tuple(item for item in section.asked(wave) if item.type != "calculated")
        if items:
            yield Block(number, section, items)


def _code_shown(code: str) -> str:
    normal = codes.normalised(code)
    return codes.shown(normal) if normal else code


def _render(template: str, page: Page, *, shared: bool = False, **values: object) -> str:
    """A page. On a device that several people use (`shared`) its links lead to pages for such a device."""

    def link(path: str) -> str:
        return page.root + (shared_path(path) if shared else path)

    defaults: dict[str, object] = {
        "page": page,
        "site": page.site,
        "language": page.language,
        "direction": direction(page.language),
        "direction_of": direction,
        "root": page.root,
        "script": page.assets.script,
        "form": BLANK,
        "languages": [],
        "_": page.say,
        "text": page.text,
        "shared": shared,
        "link": link,
        "front_path": front_path(page.language),
        "shared_front": page.root + shared_path(front_path(page.language)),
        "notice_path": functools.partial(notice_path, language=page.language),
        "control": control,
    }
    shown = {"style": page.assets.style, **defaults, **values}
    # Rules of style are not escaped within their element; the policy of the page allows them by their digest.
    shown["style"] = Markup(shown["style"])
    shown["style_digest"] = base64.b64encode(hashlib.sha256(str(shown["style"]).encode()).digest()).decode()
    return _environment().get_template(template).render(shown)


_NAMES = "layout fields questionnaire front notice message thanks result results erase slips"


def warm() -> None:
    """Compiles the templates, so that processes begun afterwards need not."""
    for name in _NAMES.split():
        _environment().get_template(f"{name}.html.j2")


@functools.cache
def _environment() -> jinja2.Environment:
    # Whoever sends a file or tells that all is well need not wait for Jinja.
    from survey import templates

    environment = templates.environment(TEMPLATES)
    environment.globals.update(OTHER=OTHER, PARTS=PARTS)
    environment.filters["paragraphs"] = lambda text: [part for part in text.strip().split("\n\n") if part.strip()]
    return environment
