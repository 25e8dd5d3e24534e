"""What is looked at: one questionnaire in one state, out of what the material has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from build import shared_notices
from preview import filling
from preview.material import Material, Place
from survey import pages
from survey.marking import _
from survey.model import Instrument, Text
from survey.pages import Form

Say = Callable[..., str]
"""A message of the preview in the author's language, with its placeholders filled."""
STATES: Mapping[str, str] = {
    "blank": _("Blank, as it is published"),
    "filled": _("Answered"),
    "wrong": _("Every question wrong"),
    "reminded": _("Reminder of unanswered questions"),
    "thanks": _("Thank-you page"),
    "front": _("Front page"),
    "privacy": _("Privacy notice"),
    "accessibility": _("Accessibility statement"),
}
ANSWER = _("An example of an answer")
RECEIPT = "0123456789ABCDEFGHJK"


@dataclass(frozen=True)
class Picker:
    """The values that something can have, each with its label, and the one that it has."""

    options: Sequence[tuple[str, str]]
    value: str


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What is looked at. `place` is None for an instrument that never was without errors; `name` is its id."""

    name: str
    place: Place | None
    state: str
    pickers: Mapping[str, Picker]

    @property
    def path(self) -> str:
        """The address of the page below the root, or nothing where there is none."""
        if self.place is None:
            return ""
        if self.state == "front":
            return pages.front_path(self.place.language)
        if self.state in ("privacy", "accessibility"):
            return pages.notice_path(self.state, self.place.language)
        return self.place.path + ("" if self.state == "blank" else f"?state={self.state}")


def choose(material: Material, asked: Mapping[str, str], say: Say, language: str) -> Choice:
    """What was asked for, or what comes nearest to it. `language` is the author's, for the labels."""
    places = list(material.places.values())
    ids = list(dict.fromkeys([*(place.instrument.instrument for place in places), *material.unshown]))
    if not ids:
        return Choice(name="", place=None, state="blank", pickers={})
    name = _kept(asked.get("instrument", ""), ids)
    pickers = {"instrument": Picker([(id, _title(material, id, language)) for id in ids], name)}
    found = [place for place in places if place.instrument.instrument == name]
    if not found:
        return Choice(name=name, place=None, state="blank", pickers=pickers)
    narrowing: Mapping[str, Callable[[Place], tuple[str, str]]] = {
        "version": lambda place: (str(place.instrument.version), _version(material, place.instrument, say)),
        "service": lambda place: _service(place, language),
        "wave": lambda place: (place.wave, _wave(material, place.wave, language)),
        "language": lambda place: (place.language, _language(material, place.language)),
    }
    for picker, labelled in narrowing.items():
        options = dict(labelled(place) for place in found)
        if picker == "version":
            options = dict(sorted(options.items(), key=lambda option: -int(option[0])))
        value = _kept(asked.get(picker, ""), list(options))
        found = [place for place in found if labelled(place)[0] == value]
        pickers[picker] = Picker(list(options.items()), value)
    (place,) = found
    states = {id: say(label) for id, label in STATES.items() if id != "reminded" or _reminds(place)}
    state = _kept(asked.get("state", ""), list(states))
    pickers["state"] = Picker(list(states.items()), state)
    return Choice(name=name, place=place, state=state, pickers=pickers)


def _kept(asked: str, known: Sequence[str]) -> str:
    return asked if asked in known else known[0]


def _reminds(place: Place) -> bool:
    return filling.reminds(place.instrument, place.wave)


def in_words(text: Text, language: str) -> str:
    """A text in the author's language, or in its first."""
    return text.get(language) or next(iter(text.values()), "")


def _title(material: Material, id: str, language: str) -> str:
    found = [one for one in material.instruments.values() if one.instrument == id]
    newest = max(found, key=lambda one: one.version, default=None)
    return in_words(newest.title, language) if newest else f"{id}.yaml"


def _version(material: Material, instrument: Instrument, say: Say) -> str:
    number = str(instrument.version)
    return number if instrument.key in material.locked else say(_("{version}, draft"), version=number)


def _service(place: Place, language: str) -> tuple[str, str]:
    return (place.service.id, in_words(place.service.title, language)) if place.service else ("", "–")


def _wave(material: Material, wave: str, language: str) -> str:
    assert material.library
    return in_words(material.library.site.waves[wave].title, language)


def _language(material: Material, tag: str) -> str:
    assert material.library
    return material.library.site.language_names.get(tag, tag)


def of_path(material: Material, path: str) -> Mapping[str, str]:
    """What to ask `choose` for, so that it gives the page at a path. Nothing for pages that are no questionnaire."""
    place = material.places.get(path)
    if place is None:
        return {}
    return {
        "instrument": place.instrument.instrument,
        "version": str(place.instrument.version),
        "wave": place.wave,
        "language": place.language,
        "service": place.service.id if place.service else "",
    }


# --- rendering ------------------------------------------------------------------------------------


def render(material: Material, path: str, state: str, say: Say, today: date) -> str | None:
    """The page at a path in a state; None where there is none. Blank, it is the page that is published."""
    library = material.library
    if library is None:
        return None
    if path in material.places:
        return _questionnaire(material, material.places[path], state, say, today)
    if path == "index.html":
        return pages.front(material.page(library.site.languages[0], root=""))
    for language in library.site.languages:
        if path == pages.front_path(language):
            return pages.front(material.page(language))
        for notice in library.site.notices:
            if path == pages.notice_path(notice, language):
                return pages.notice(material.page(language), notice, shared_notices())
    return None


def _questionnaire(material: Material, place: Place, state: str, say: Say, today: date) -> str:
    page = material.question_page(place)
    if state == "thanks":
        return pages.thanks(page, receipt=RECEIPT)
    instrument, wave = place.instrument, place.wave
    forms: Mapping[str, Callable[[], Form]] = {
        "filled": lambda: filling.plausible(instrument, wave, words=say(ANSWER), today=today),
        "wrong": lambda: filling.wrong(instrument, wave, code=not page.open, today=today),
        "reminded": lambda: filling.reminded(instrument, wave),
    }
    return pages.questionnaire(page, forms.get(state, lambda: pages.BLANK)())
