"""Languages of forms: by code, by name, by their words."""

from __future__ import annotations

import pytest

from exchange import languages


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("Suomi (fi)", "fi"),
        ("Selkosuomi (fi-simple)", "fi-simple"),
        ("fi", "fi"),
        ("FI", "fi"),
        ("pt_BR", "pt-br"),
        ("English", "en"),
        ("english(en)", "en"),
        ("Svenska", "sv"),
        ("ruotsi", "sv"),
        ("العربية", "ar"),
        ("हिन्दी (Hindi)", "hi"),
        ("Selkosuomi", "fi-simple"),
        ("default", None),
        ("Tigirigna", None),
        ("", None),
    ],
)
def test_names(name: str, tag: str | None) -> None:
    """A code in brackets counts, then a code, then a name in English, Finnish, Swedish or the language itself."""
    assert languages.tag_of(name) == tag


def test_names_that_are_written() -> None:
    """The site's own name of a language with its code, else the language's; each is known when it comes back."""
    assert languages.name_of("fi-simple", {"fi-simple": "Selkosuomi"}) == "Selkosuomi (fi-simple)"
    assert languages.name_of("sv", {}) == "Svenska (sv)"
    assert languages.name_of("xx-yy", {}) == "Xx-yy (xx-yy)"
    assert languages.tag_of(languages.name_of("uk", {})) == "uk"


@pytest.mark.parametrize(
    ("texts", "tag"),
    [
        (["What is your name?", "How old are you?", "Do you have a job?"], "en"),
        (["Mikä on nimesi?", "Oletko nyt työssä?", "Onko sinulla perhe ja koti?"], "fi"),
        (["Vad heter du?", "Har du ett jobb?", "Är du nöjd med det?"], "sv"),
        (["ما مدى صحة هذه العبارات بالنسبة إليك؟"], "ar"),
        (["Как вас зовут?"], "ru"),
        (["Як вас звати? Де ви живете і працюєте, її ім'я, підприємство, їжа, гідно"], "uk"),
        (["ok", "a", "1"], None),
        ([], None),
    ],
)
def test_guesses(texts: list[str], tag: str | None) -> None:
    """The letters and the most frequent words tell the language, and too few of them tell nothing."""
    assert languages.guess(texts) == tag
