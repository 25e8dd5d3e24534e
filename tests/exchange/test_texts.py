"""Which languages an instrument gets, and what stands where one has no text."""

from __future__ import annotations

import dataclasses

import pytest

from exchange import texts
from exchange.loss import Element, Ledger
from exchange.texts import Texts
from survey.model import Library, Site


def as_it_is(text: str) -> tuple[str, tuple[str, ...]]:
    return text, ("Muuttui.",) if text.startswith("!") else ()


def made(*codes: str, site: Site | None = None) -> tuple[Texts, dict[str, Element], Element]:
    """The languages of a form with these codes, with their elements and that of the form."""
    ledger = Ledger()
    whole = ledger.add("form", "x")
    elements = {code: ledger.add("language", code) for code in codes}
    return texts.chosen(elements.items(), site, whole, as_it_is), elements, whole


@pytest.fixture
def site(library: Library) -> Site:
    return dataclasses.replace(library.site, languages=("fi", "sv", "en"), required_languages=("fi", "sv"))


def test_without_a_site_all_languages_come() -> None:
    """The original is the first; codes are written as ours are."""
    found, elements, _whole = made("en", "pt-BR", "en", "??")
    assert (found.chosen, found.origin) == (("en", "pt-br"), "en")
    assert elements["pt-BR"].reasons == ["Its code is 'pt-br' here."]
    assert (elements["??"].kind, elements["??"].reasons) == ("left", ["'??' is no code of a language."])


def test_two_codes_of_one_language() -> None:
    """The second is left."""
    _found, elements, _whole = made("fi", "FI")
    assert (elements["FI"].kind, elements["FI"].reasons) == ("left", ["Another is the same language."])


def test_with_a_site_its_languages_count(site: Site) -> None:
    """What it has not is left but fills gaps; what it requires is added."""
    found, elements, whole = made("de", "sv", site=site)
    assert (found.chosen, found.origin) == (("sv", "fi"), "de")
    assert elements["de"].reasons == ["The site has no pages in 'de'. Its texts stand where another language has none."]
    assert whole.reasons == ["The form has no texts in 'fi', which the site requires: those in 'de' stand there."]


def test_a_text_in_every_language(site: Site) -> None:
    """A gap that the form has is told; that it lacks the language altogether is told once, elsewhere."""
    found, _elements, whole = made("sv", "en", site=site)
    element = Ledger().add("question", "q")
    assert found.of({"sv": "Hej", "en": " "}, element) == {"sv": "Hej", "en": "Hej", "fi": "Hej"}
    assert element.reasons == ["There is no text in 'en': that in 'sv' stands in its place."]
    assert found.review == ("en", "fi")
    assert len(whole.reasons) == 1


def test_texts_of_no_language_and_of_every_one() -> None:
    """None is None unless something else stands there; one without a language is that of all."""
    found, _elements, _whole = made("fi", "sv")
    element = Ledger().add("question", "q")
    assert found.of({}, element) is None
    assert found.of({"fi": "", "de": "Hallo"}, element, otherwise="koodi") == {"fi": "koodi", "sv": "koodi"}
    assert element.reasons == ["It has no text; its code stands there."]
    assert found.of({"": "kaikki", "sv": "alla"}, element) == {"fi": "kaikki", "sv": "alla"}
    assert found.of({"fi": "a\n\nb"}, line=True) == {"fi": "a b", "sv": "a b"}


def test_what_cleaning_changes_is_told_of_each_element() -> None:
    """A reason stands once with each element that the text is of."""
    found, _elements, _whole = made("fi")
    one, other = Ledger().add("a", "a"), Ledger().add("b", "b")
    assert found.of({"fi": "!a"}, one, other) == {"fi": "!a"}
    assert one.reasons == other.reasons == ["Muuttui."]


def test_built_in_words() -> None:
    """A dialect has the words of its language; a language without words has English ones, to be reviewed."""
    found, _elements, _whole = made("fi-simple", "sv", "de")
    element = Ledger().add("question", "q")
    assert found.built_in({"fi": "Muu", "sv": "Annat", "en": "Other"}, element) == {
        "fi-simple": "Muu",
        "sv": "Annat",
        "de": "Other",
    }
    assert element.reasons == ["Words that the other tool has by itself stand in English in 'de'."]
    assert found.review == ("de",)
