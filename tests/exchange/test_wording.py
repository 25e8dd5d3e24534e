"""Texts of forms as plain words."""

from __future__ import annotations

import pytest

from exchange import wording

FORMATTING = "The formatting of the text was taken out."
ANSWER = "An answer that the text repeats is no longer filled in; its name stands in brackets [ ]."
BRACES = "Words in braces { } stand in brackets [ ]."


@pytest.mark.parametrize(
    ("text", "plain", "reasons"),
    [
        ("Oletko työssä?", "Oletko työssä?", ()),
        ("2 * 3 * 4 < 5 & a_b_c", "2 * 3 * 4 < 5 & a_b_c", ()),
        ("**Tärkeä:** vastaa", "Tärkeä: vastaa", (FORMATTING,)),
        ("# Otsikko\nteksti", "Otsikko\nteksti", (FORMATTING,)),
        ('<span style="color:red">Punainen</span><br/>rivi &amp; toinen', "Punainen\nrivi & toinen", (FORMATTING,)),
        ("Lue [ohje](https://example.fi/ohje).", "Lue ohje (https://example.fi/ohje).", (FORMATTING,)),
        ("Onko ${name} kotona?", "Onko [name] kotona?", (ANSWER,)),
        ("Auttoiko {service} sinua, {nimi}?", "Auttoiko {service} sinua, [nimi]?", (BRACES,)),
        ("{{nimi on}} {}", "[[nimi on]] {}", (BRACES,)),
        ("<b></b>", "", (FORMATTING,)),
    ],
)
def test_plain(text: str, plain: str, reasons: tuple[str, ...]) -> None:
    """Markup goes, what only another program could fill in stands in brackets, and each change is said."""
    assert wording.plain(text) == (plain, reasons)


def test_built_in_words() -> None:
    """A language that has no words of its own gets those of its base, or English ones."""
    found = wording.built_in(wording.CHECK_ANSWER, ["fi", "sv-fi", "de"])
    assert found == {"fi": "Tarkista vastaus.", "sv-fi": "Kontrollera svaret.", "de": "Check the answer."}
