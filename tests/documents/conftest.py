"""Libraries to fill documents from: the shipped one, one that has nothing it need not have, one that has everything."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date

import pytest

from commands.papers import staff
from documents.filling import Document, filled
from survey.model import (
    Instrument,
    Item,
    Library,
    Notice,
    NoticeSection,
    Organisation,
    OwnRetention,
    Retention,
    Section,
    Services,
    Site,
    Wave,
)

DAY = date(2026, 11, 29)
Fill = Callable[[str, str, str], Document]
LIBRARIES = ("shipped", "minimal", "everything")
AWKWARD = "Alue | *Itä* _ja_ <b>Länsi</b> [x](y) `z` & 1. kunta"


def minimal() -> Library:
    """No optional key anywhere, no service, one language."""
    said = {"fi": "Teksti."}
    notice = Notice(title=said, updated="2026-11-24", sections=(NoticeSection(title=said, text=said),))
    site = Site(
        organisation=Organisation(name={"fi": "Pieni alue"}, email="kysely@example.fi"),
        title=said,
        welcome=said,
        languages=("fi",),
        required_languages=("fi",),
        language_names={"fi": "Suomi"},
        address="https://kysely.example.fi/",
        time_zone="Europe/Helsinki",
        waves={"start": Wave(title=said, at="start", open=(0, 7))},
        who_sees=said,
        notices={"privacy": notice, "accessibility": notice},
    )
    return Library(site=site, services=Services(kinds={}, providers={}, services=()), instruments={})


def everything(library: Library) -> Library:
    """The shipped library sealed, with a sensitive question, times of its own for one instrument, and awkward names."""
    site = dataclasses.replace(
        library.site,
        organisation=dataclasses.replace(library.site.organisation, name={"fi": AWKWARD, "sv": AWKWARD}),
        retention=Retention(codes=1, instruments={"palvelupalaute": OwnRetention(words=6, answers=24)}),
        sealed_to=("age1a", "age1b"),
    )
    feedback = library.instruments["palvelupalaute@1"]
    asked = Item(id="health", type="text", text={"fi": "Miten voit?"}, sensitive=True, ground="health")
    sections = (*feedback.sections, Section(items=(asked,)))
    changed: dict[str, Instrument] = {
        **library.instruments, "palvelupalaute@1": dataclasses.replace(feedback, sections=sections)
    }  # fmt: skip
    return dataclasses.replace(library, site=site, instruments=changed)


@pytest.fixture(scope="session")
def libraries(library: Library) -> dict[str, Library]:
    """Each of them by its name."""
    return {"shipped": library, "minimal": minimal(), "everything": everything(library)}


@pytest.fixture(scope="session")
def fill(libraries: dict[str, Library]) -> Fill:
    """A document by its name, filled in a language from one of the libraries."""

    def document(name: str, language: str, which: str) -> Document:
        return filled(libraries[which], name, language, made=DAY, version="0.1.0", staff=staff(language))

    return document
