"""What people said in their own words, as the area's named role released it: by question and kind of service.

A text stands beside others of its kind of service, never of a group or a service, and in an order that tells nothing of
who wrote it or when. It is shown where enough people wrote to the same question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.dataset import Dataset
from analysis.disclosure import Release
from survey.answers import OTHER
from survey.marking import _
from survey.model import Instrument, Library, Respondent, Text

ABOUT = _(
    "Somebody in a named role of the employment area has read each of these texts before it stood here, and has taken "
    "out what could tell who wrote it. “[…]” stands in its place."
)
ORDER = _("The texts stand in the order of the alphabet. One that was written more than once stands here once.")
NOTHING = _("No open answers have been released.")


@dataclass(frozen=True, kw_only=True)
class KindWords:
    """What was released of one kind of service: its id, its title, and each text once, in the order of the alphabet."""

    kind: str
    title: Text
    texts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class QuestionWords:
    """What was released of one question at a wave. `beside` says that the words stood beside an option of it;
    `respondent` who was asked."""

    instrument: str
    wave: str
    item: str
    beside: bool
    respondent: Respondent
    title: Text
    question: Text
    kinds: tuple[KindWords, ...]


@dataclass(frozen=True, kw_only=True)
class WordsTable:
    """What may be shown, by wave, questionnaire and question. `shown` and `too_few` are numbers of texts: those shown,
    and those left out since fewer people than may be told of wrote to the question in their kind of service."""

    questions: tuple[QuestionWords, ...]
    shown: int
    too_few: int

    def of(self, respondent: Respondent) -> tuple[QuestionWords, ...]:
        """The questions that clients, or employers, were asked."""
        return tuple(question for question in self.questions if question.respondent == respondent)


def released_words(dataset: Dataset, release: Release) -> WordsTable:
    """What was released of open answers, as far as a release shows it. Wording is that of each questionnaire's newest
    version that asks."""
    shown: list[QuestionWords] = []
    too_few = 0
    for instrument, wave, item in _asked(dataset):
        name = item.removesuffix(f".{OTHER}")
        released = _rows(dataset.words, instrument.instrument, wave, item)
        writers = _writers(dataset, instrument.instrument, wave, item)
        enough = {kind for kind, number in writers.items() if number >= release.policy.minimum_count}
        too_few += int((~released["kind"].isin(enough)).sum())
        kinds = tuple(_kinds(dataset.library, released, enough))
        if kinds:
            shown.append(
                QuestionWords(
                    instrument=instrument.instrument,
                    wave=wave,
                    item=name,
                    beside=name != item,
                    respondent=instrument.respondent,
                    title=instrument.title,
                    question=instrument.item(name).text,
                    kinds=kinds,
                )
            )
    texts = sum(len(kind.texts) for question in shown for kind in question.kinds)
    return WordsTable(questions=tuple(shown), shown=texts, too_few=too_few)


def _asked(dataset: Dataset) -> Iterator[tuple[Instrument, str, str]]:
    """The questions with texts, in the order of asking, each with the newest version that has it."""
    library, words = dataset.library, dataset.words
    known = set(zip(words["instrument"], words["wave"], words["item"], strict=True))
    newest = sorted(library.instruments.values(), key=lambda one: (one.instrument, -one.version))
    for wave in library.site.waves:
        seen: set[tuple[str, str, str]] = set()
        for instrument in newest:
            for item in instrument.items():
                for name in (item.id, f"{item.id}.{OTHER}"):
                    question = (instrument.instrument, wave, name)
                    if question in known - seen:
                        seen.add(question)
                        yield instrument, wave, name


def _rows(frame: pd.DataFrame, instrument: str, wave: str, item: str) -> pd.DataFrame:
    return frame[(frame["instrument"] == instrument) & (frame["wave"] == wave) & (frame["item"] == item)]


def _writers(dataset: Dataset, instrument: str, wave: str, item: str) -> dict[str, int]:
    """How many people wrote to a question, by kind of service; a person who took part twice is one."""
    responses = dataset.responses
    if item not in responses:
        return {}
    wrote = (responses["instrument"] == instrument) & (responses["wave"] == wave) & responses[item].notna()
    rows = responses[wrote]
    who = rows["person"].fillna(rows["participation"]).fillna(rows["submission"])
    kinds = {service.id: service.kind for service in dataset.library.services.services}
    counts = who.groupby(rows["service"].map(kinds)).nunique()
    return {str(kind): int(number) for kind, number in counts.items()}


def _kinds(library: Library, released: pd.DataFrame, enough: set[str]) -> Iterator[KindWords]:
    for kind, title in library.services.kinds.items():
        texts = released.loc[released["kind"] == kind, "text"] if kind in enough else ()
        if len(texts):
            yield KindWords(kind=kind, title=title, texts=_in_order(list(texts)))


def _in_order(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts), key=lambda text: (text.casefold(), text)))
