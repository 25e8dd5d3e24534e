"""What papers have in common: an instrument in one language, its numbers and sentences, and the templates."""

from __future__ import annotations

import base64
import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import jinja2

from exchange.context import Context
from exchange.elements import RECORDINGS_LEFT, Element, judged, losses
from exchange.loss import ExchangeError, Kind, Loss
from survey import numbering, pages
from survey.answers import OTHER
from survey.locales import format_date
from survey.model import (
    PLACEHOLDERS,
    Alarm,
    Dimension,
    Instrument,
    Item,
    Option,
    Row,
    Section,
    Service,
    Text,
    direction,
    filled,
    is_open,
    meaning,
    waves_of,
)
from survey.pages import Assets, QuestionPage

BLANK = "……………………………"
"""Stands for the name of a service that is not known when the paper is printed."""
DRAFT = "Draft – answers are for trying out only."
"""A message of the catalogue `pages`."""
_KINDS = {"svg": "svg+xml", "jpg": "jpeg", "png": "png", "webp": "webp"}


@dataclass(frozen=True, kw_only=True)
class Paper:
    """An instrument in one language, at a wave or (without one) at all of them, and what says its words.

    `service` is the service that is asked about, where the paper is about one.
    """

    instrument: Instrument
    context: Context
    language: str
    wave: str | None = None
    service: Service | None = None

    def say(self, message: str, **values: object) -> str:
        """A sentence of papers or of pages, in the paper's language. KeyError where both catalogues lack it."""
        return self._words[message].format(**values)

    @functools.cached_property
    def _words(self) -> Mapping[str, str]:
        return {**self.context.words(self.language), **self.context.papers(self.language)}

    def text(self, text: Text | None) -> str:
        """A text in the paper's language; of the site, in the site's first language where it has none in this."""
        if text is None:
            return ""
        return text[self.language] if self.language in text else text[self.context.library.site.languages[0]]

    @functools.cached_property
    def page(self) -> QuestionPage:
        """The page that this is the paper of."""
        return QuestionPage(
            library=self.context.library,
            language=self.language,
            messages=self.context.words(self.language),
            assets=Assets(style="", script=""),
            instrument=self.instrument,
            wave=self.wave or self.instrument.waves[0],
            service=self.service,
        )

    @functools.cached_property
    def worded(self) -> Instrument:
        """The instrument with names in its texts; at a wave, a line to write on where a name is not known."""
        worded = self.page.worded
        if self.wave is None:
            return worded
        return filled(worded, {name: dict.fromkeys(worded.languages, BLANK) for name in PLACEHOLDERS})

    @functools.cached_property
    def numbers(self) -> Mapping[str, str]:
        """The number that each question has on this paper, by its id: `7`, and `7a` for a row of a grid."""
        return numbering.numbers(self.worded, self.wave)

    def asked(self) -> Iterator[Item]:
        """What stands on the paper, in order: questions, grids as one, and notes."""
        return numbering.printed(self.worded, self.wave)

    def items(self, section: Section) -> list[Item]:
        """What a section has on the paper."""
        return [item for item in section.asked(self.wave) if item.type not in numbering.NOT_PRINTED]

    @property
    def sections(self) -> list[Section]:
        """The sections that have something on the paper."""
        return [section for section in self.worded.sections if self.items(section)]

    def options(self, item: Item) -> tuple[Option, ...]:
        return self.worded.options(item)

    def answers(self, item: Item) -> list[Option]:
        """The options that are answers."""
        return [option for option in self.options(item) if option.missing is None]

    def reasons(self, item: Item) -> list[Option]:
        """The options that say why there is no answer."""
        return [option for option in self.options(item) if option.missing is not None]

    def rows(self, grid: Item) -> list[Item]:
        """The rows of a grid, as the items that they are."""
        return [self.worded.item(row.id) for row in grid.rows]

    @functools.cached_property
    def _numbered(self) -> QuestionPage:
        """The page with each question's number before its text, for sentences that name questions."""
        return dataclasses.replace(self.page, instrument=numbering.numbered(self.worded, self.wave))

    def when(self, show_if: str) -> str:
        """The sentence that says whom a question is for, with the numbers of the questions that it names."""
        return pages.when(self._numbered, show_if)

    def in_words(self, show_if: str, *, numbered: bool = True) -> str:
        """A condition as a part of a sentence, with or without the numbers of the questions that it names."""
        page = self._numbered if numbered else dataclasses.replace(self.page, instrument=self.worded)
        return pages.in_words(page, show_if)

    def ground(self, item: Item) -> str:
        """The ground on which a sensitive question is asked, as respondents are told."""
        ground = self.context.library.site.grounds.get(item.ground or "")
        return self.text(ground.title) if ground else ""

    def wave_title(self, wave: str) -> str:
        """The name of a wave; its id where the site does not know it."""
        known = self.context.library.site.waves.get(wave)
        return self.text(known.title) if known else wave

    def image(self, option: Option) -> str:
        """The picture of an option as a data address; empty where there is none."""
        data = self.context.images.get(option.image or "")
        if not option.image or data is None:
            return ""
        kind = _KINDS[option.image.rpartition(".")[2]]
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"

    @property
    def open(self) -> bool:
        """Whether the questionnaire is answered without a code."""
        if self.service is not None:
            return is_open(self.service, self.instrument)
        return self.instrument.respondent == "employer"

    @property
    def address(self) -> str:
        """Where the questionnaire stands on the web."""
        page = self.page
        return self.context.library.site.address + pages.questionnaire_path(
            self.instrument, page.wave, self.language, self.service
        )

    @property
    def draft(self) -> str:
        """What a paper says of a version that is not locked, in the words of its page; nothing of one that is."""
        drafts = self.context.library.drafts
        return self.say(DRAFT) if self.instrument.key in drafts else ""

    @property
    def meaning(self) -> str:
        return meaning(self.instrument, self.language)

    @property
    def made(self) -> str:
        """The day as it is written in the language."""
        return format_date(date.fromisoformat(self.context.made[:10]), self.language)

    def render(self, template: str, **values: object) -> str:
        """A template of site_templates/ filled in. `p` is this paper."""
        site = self.context.library.site
        return (
            _environment()
            .get_template(template)
            .render(
                p=self,
                instrument=self.worded,
                language=self.language,
                direction=direction(self.language),
                site=site,
                organisation=self.text(site.organisation.name),
                css=(pages.TEMPLATES / "papers.css").read_text(encoding="utf-8"),
                large=self.context.large,
                by_number=self.context.by_number,
                _=self.say,
                **values,
            )
        )


def languages(instrument: Instrument, context: Context) -> tuple[str, ...]:
    """The languages to write papers in: those wanted that the instrument and the interface have."""
    wanted = context.languages or instrument.languages
    return tuple(tag for tag in instrument.languages if tag in wanted and context.papers(tag) and context.words(tag))


def papers(instrument: Instrument, context: Context) -> Iterator[tuple[str, Paper]]:
    """A paper for each language and wave wanted (and for each service that the words name), with its file's name
    without ending."""
    for language in languages(instrument, context):
        for wave in instrument.waves:
            if context.waves and wave not in context.waves:
                continue
            for service in services(instrument, context):
                own = f"-{service.id}" if service else ""
                name = f"{instrument.instrument}.v{instrument.version}-{wave}{own}.{language}"
                yield name, Paper(instrument=instrument, context=context, language=language, wave=wave, service=service)


def services(instrument: Instrument, context: Context) -> list[Service | None]:
    """The services that papers are made for: the one wanted; where the words name the service or anybody may answer,
    each that uses the instrument; else none in particular."""
    known = context.library.services.services
    if context.service is not None:
        return [service for service in known if service.id == context.service]
    by_service = [
        s for s in known if instrument.key in s.instruments and (is_open(s, instrument) or instrument.by_service)
    ]
    whole = not by_service or (not instrument.by_service and instrument.respondent != "employer")
    return [*([None] if whole else []), *by_service]


def unspoken(instrument: Instrument, context: Context) -> str:
    """What to say of the languages that have no papers; empty where all have."""
    wanted = [tag for tag in instrument.languages if tag in (context.languages or instrument.languages)]
    missing = [tag for tag in wanted if tag not in languages(instrument, context)]
    return f"There are no interface words in {', '.join(missing)}, so there is no paper in them." if missing else ""


def none_wanted(instrument: Instrument, what: str) -> ExchangeError:
    """That the wanted languages and waves leave nothing to write; `what` is "paper" or "interview"."""
    return ExchangeError(
        f"There is no {what} of {instrument.key} in the languages and at the waves that were asked for. "
        f"It has the languages {', '.join(instrument.languages)} and the waves {', '.join(instrument.waves)}."
    )


def losses_on_paper(
    instrument: Instrument, context: Context, beside: Callable[[Item], Iterable[str]] = lambda item: ()
) -> tuple[Loss, ...]:
    """What becomes of each element where answers are written on paper and entered later. `beside` has sentences on what
    else is not quite the same of an item in one kind of paper."""
    return losses(instrument, lambda element: _judge(instrument, context, beside, element))


def _judge(
    instrument: Instrument, context: Context, beside: Callable[[Item], Iterable[str]], element: Element
) -> tuple[Kind, str]:
    match element.value:
        case ("languages", _value):
            return judged(changed=unspoken(instrument, context))
        case (("source" | "review" | "target_minutes"), _value):
            return judged(left="It is not told to respondents. The codebook has it.")
        case Dimension():
            return judged(left="Answers on paper are scored when they have been entered.")
        case Alarm():
            return judged(left="Alarms are looked at when answers have been entered.")
        case Item(type="calculated"):
            return judged(left="It is worked out from other answers when they have been entered.")
        case Item(type="hidden"):
            return judged(changed="Its value stands in the box for the person who enters the answers.")
        case Item() as item:
            heard = [RECORDINGS_LEFT] if item.audio else []
            return judged(changed=" ".join([*_entered(item), *beside(item), *heard]))
        case Row(audio=audio) if audio:
            return judged(changed=RECORDINGS_LEFT)
    return judged()


def _entered(item: Item) -> Iterator[str]:
    """What is only checked when the answers to an item are entered."""
    if item.type != "scale" and (item.minimum is not None or item.maximum is not None):
        yield "Its limits are checked when the answers are entered."
    if item.constraints:
        yield "What must hold between answers is checked when they are entered."


def waves_in_words(paper: Paper, item: Item) -> str:
    """The waves at which an item is asked."""
    return " · ".join(paper.wave_title(wave) for wave in waves_of(item, paper.instrument))


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(pages.TEMPLATES),
        autoescape=lambda name: name is None or name.endswith(".html.j2"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(OTHER=OTHER, HELPER_LABELS=pages.HELPER_LABELS)
    environment.filters["paragraphs"] = lambda text: [part for part in text.strip().split("\n\n") if part.strip()]
    environment.filters["number"] = lambda value: f"{value:g}" if isinstance(value, float) else str(value)
    return environment
