"""What a page says in each language, as strings."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import build as publishing
from survey import pages, templates
from survey.locales import format_date
from survey.model import Instrument, Library
from survey.pages import Assets, Page, QuestionPage, front, questionnaire


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("fi", "31. maaliskuuta 2027"),
        ("sv", "31 mars 2027"),
        ("en", "31 March 2027"),
        ("fi-simple", "31. maaliskuuta 2027"),
        ("uk", "31 березня 2027\u202fр."),
        ("ru", "31 марта 2027\u202fг."),
        ("ar", "31 مارس 2027"),
        ("so", "Maarso 31, 2027"),
    ],
)
def test_a_date_in_words(language: str, written: str) -> None:
    """As CLDR writes long dates in Finland; easy Finnish as Finnish. In Ukrainian and Russian a narrow space and an abbreviation
    of 'year' follow."""
    assert format_date(date(2027, 3, 31), language) == written


@pytest.mark.parametrize(("language", "met"), [("fi", "fi-simple"), ("fi-simple", "fi-simple"), ("sv", "sv")])
def test_an_open_questionnaire_is_met_in_easy_language(library: Library, language: str, met: str) -> None:
    """The front page leads to the easy form where the instrument lists it first, and otherwise to its own language."""
    services = tuple(replace(s, open=s.id == "kotokoulutus") for s in library.services.services)
    opened = replace(library, services=replace(library.services, services=services))
    assets = Assets(style="", script="")
    page = Page(library=opened, language=language, messages=publishing.read_messages(language), assets=assets)
    assert re.findall(r'href="\.\./(\S+--kotokoulutus\.html)"', front(page)) == [
        *(f"{met}/kotokoulutus-v1-{wave}--kotokoulutus.html" for wave in ("start", "end", "followup_6")),
        f"{language}/valipalaute-v1-middle--kotokoulutus.html",
        f"{language}/palvelupalaute-v1-end--kotokoulutus.html",
    ]


def test_parts_kept_between_pages_change_nothing(library: Library) -> None:
    """Every wave of instruments whose questions hold marks that HTML uses: the same with kept parts as without."""
    for instrument in map(marked, library.instruments.values()):
        assets = Assets(style="", script="", images=Anything())
        service = next(iter(library.services.services)) if instrument.by_service else None
        for language in instrument.languages:
            page = QuestionPage(
                library=library,
                language=language,
                messages=publishing.read_messages(language),
                assets=assets,
                kept={},
                instrument=instrument,
                wave="",
                service=service,
            )
            for wave in instrument.waves:
                kept = questionnaire(replace(page, wave=wave))
                assert kept == questionnaire(replace(page, wave=wave, kept=None))
                assert "&lt;i&gt;" in kept and "<i>" not in kept and "&amp;lt;" not in kept


def marked(instrument: Instrument) -> Instrument:
    """An instrument with marks in each of its questions."""
    sections = [
        replace(
            section,
            items=tuple(
                replace(item, text={tag: f'{text} & <i> "{item.id}"' for tag, text in item.text.items()})
                for item in section.items
            ),
        )
        for section in instrument.sections
    ]
    return replace(instrument, sections=tuple(sections))


class Anything(dict[str, str]):
    """A name for every picture."""

    def __missing__(self, name: str) -> str:
        return f"assets/{name}"


@pytest.mark.parametrize("kept", [True, False])
def test_templates_are_kept_as_they_were_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    """Beside modules, and by the next process not compiled again; where nothing can be kept, each time."""
    folder = tmp_path / "kept"
    if not kept:
        folder.write_text("a file where the folder would be")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    compiled: list[str] = []
    for _ in range(2):
        pages._environment.cache_clear()
        environment = pages._environment()
        assert isinstance(environment.bytecode_cache, templates._Compiled)
        environment.bytecode_cache.directory = str(folder)
        compile = environment._generate
        monkeypatch.setattr(environment, "_generate", lambda *a, c=compile, **n: compiled.append(a[1]) or c(*a, **n))
        assert environment.get_template("message.html.j2").blocks
    pages._environment.cache_clear()
    assert compiled == ["message.html.j2"] * (1 if kept else 2)
    assert (sorted(folder.glob("*.jinja")) != []) is kept
