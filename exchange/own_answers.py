"""A person's own answers as a page to read and print, in the language in which each questionnaire was answered."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from exchange.context import Context
from exchange.papers import Paper
from survey import pages
from survey.answers import OTHER
from survey.locales import format_date, format_number
from survey.marking import _
from survey.model import WORDS, Instrument, Item
from survey.records import PURGED, Answer, Participation, Submission

_CHANNELS = {
    "own_device": _("On an own device"),
    "shared_device": _("On a shared device"),
    "paper_keyed": _("On paper, entered by staff"),
    "interview": _("In an interview"),
}
_ABSENT = {
    "skipped": _("Not answered"),
    "not_shown": _("Not asked of you"),
    PURGED: _("Removed: it had been kept long enough"),
}


@dataclass(frozen=True, kw_only=True)
class Answered(Paper):
    """A questionnaire with the answers that were given to it."""

    submission: Submission

    @property
    def received(self) -> str:
        """When the answers came, as a sentence."""
        moment = datetime.fromisoformat(self.submission.received)
        zone = ZoneInfo(self.context.library.site.time_zone)
        return self.say(_("Answered on {day}"), day=format_date(moment.astimezone(zone).date(), self.language))

    @property
    def way(self) -> str:
        """On what it was answered."""
        return self.say(_CHANNELS[self.submission.channel])

    @property
    def helper(self) -> str:
        """Who helped."""
        return self.say(pages.HELPER_LABELS[self.submission.helper]) if self.submission.helper else ""

    def given(self) -> Iterator[tuple[Item, str]]:
        """Each question with its answer in words, in the order of the page; those of a grid one by one."""
        for item in self.worded.items(self.submission.wave):
            if item.type not in ("note", "grid"):
                yield item, self.answer(item)

    def answer(self, item: Item) -> str:
        """What was answered, or why nothing was."""
        if item.id in self.submission.absent:
            return self._reason(item, self.submission.absent[item.id])
        if item.id not in self.submission.answers:
            return ""
        words = self.submission.answers.get(f"{item.id}.{OTHER}")
        return self._said(item, self.submission.answers[item.id]) + (f": {words}" if words else "")

    def _reason(self, item: Item, reason: str) -> str:
        if reason in _ABSENT:
            return self.say(_ABSENT[reason])
        return next((self.text(option.label) for option in self.options(item) if option.missing == reason), reason)

    def _said(self, item: Item, answer: Answer) -> str:
        labels = {option.value: self.text(option.label) for option in self.options(item)}
        if isinstance(answer, list):
            named = [labels.get(value, str(value)) for value in answer]
            if item.type == "rank":
                named = [f"{place}. {words}" for place, words in enumerate(named, 1)]
            return "; ".join(named)
        if not isinstance(answer, float) and answer in labels and item.type not in WORDS:
            return labels[answer]
        if item.type == "date":
            return format_date(date.fromisoformat(str(answer)), self.language)
        if item.type in ("integer", "decimal", "calculated") and not isinstance(answer, str):
            return format_number(answer, self.language)
        return str(answer)


def own_answers(submissions: Sequence[Submission], participation: Participation | None, context: Context) -> str:
    """One page of all that somebody answered, newest last. Raises KeyError where an instrument is not in
    the library."""
    answered = [_answered(submission, context) for submission in submissions]
    first = answered[0] if answered else None
    site = context.library.site
    language = first.language if first else site.languages[0]
    instrument = next(iter(context.library.instruments.values()))
    head = first or Paper(instrument=instrument, context=context, language=language)
    service = context.library.services.service(participation.service) if participation else None
    return head.render(
        "papers-answers.html.j2",
        answered=answered,
        participation=participation,
        service=head.text(service.title) if service else "",
        day=lambda text: format_date(date.fromisoformat(text[:10]), language),
    )


def _answered(submission: Submission, context: Context) -> Answered:
    instrument: Instrument = context.library.instruments[f"{submission.instrument}@{submission.version}"]
    spoken = submission.language if context.papers(submission.language) else context.library.site.languages[0]
    return Answered(
        instrument=instrument,
        context=dataclasses.replace(context),
        language=spoken,
        wave=submission.wave,
        service=context.library.services.service(submission.service),
        submission=submission,
    )
