"""HTML as plain text, and what another program would fill in."""

from __future__ import annotations

import re

import pytest

from exchange.markup import gaps, in_a_line, plain

FORMATTED = "The formatting of the text was taken out."


@pytest.mark.parametrize(
    ("text", "expected", "reasons"),
    [
        ("Pelkkä teksti < 5 & muuta", "Pelkkä teksti < 5 & muuta", ()),
        ("1 &lt; 2&nbsp;&amp;  3", "1 < 2 &  3", ()),
        ("rivi\r\ntoinen\n\n\n\nkolmas ", "rivi\ntoinen\n\nkolmas", ()),
        ("<p>Eka  rivi\njatkuu.</p><p>Toka.</p>", "Eka rivi jatkuu.\n\nToka.", ()),
        ("Eka<br/>toka<br>kolmas", "Eka\ntoka\nkolmas", ()),
        ("<div>a</div><div>b</div>", "a\nb", ()),
        ("<div><p>a</p></div><p>b</p>", "a\n\nb", ()),
        ("<b>Tärkeää:</b> <em>lue</em>", "Tärkeää: lue", (FORMATTED,)),
        ("<ul><li>yksi</li><li>kaksi</li></ul>loppu", "• yksi\n• kaksi\n\nloppu", (FORMATTED,)),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc", (FORMATTED,)),
        ('<a href="https://example.org/x/">tästä</a>', "tästä (https://example.org/x)", ()),
        ('<a href="https://example.org">example.org, https://example.org</a>', "example.org, https://example.org", ()),
        ('<a href="mailto:a@example.fi">kirjoita</a>', "kirjoita (a@example.fi)", ()),
        ('<a href="javascript:x()">a</a>', "a", ("A link in the text was taken out.",)),
        ('Kuva: <img src="x.png" alt="kissa">', "Kuva: kissa", ("A picture in the text was left out.",)),
        ("a<script>alert('<b>')</script>b", "ab", ("A script in the text was taken out.",)),
        ("<style>p {color: red}</style>a", "a", ("The style sheet in the text was taken out.",)),
        ("<iframe src='x'>vanha</iframe>a", "a", ("What the text shows of another page was taken out.",)),
        ("<select><option>a</option></select>b", "b", ("Form fields in the text were taken out.",)),
        ("a<!-- piilossa -->b", "ab", ()),
        ("<b>auki", "auki", (FORMATTED,)),
        ("kiinni</b></script>", "kiinni", ()),
        ("<p> </p>", "", ()),
    ],
)
def test_a_text_without_markup(text: str, expected: str, reasons: tuple[str, ...]) -> None:
    """Paragraphs stay, entities are characters, and each kind of loss is told once."""
    assert plain(text) == (expected, reasons)


def test_what_another_program_fills_in() -> None:
    """Brackets stand there, with a short name where there is one; the report names the whole."""
    pattern = re.compile(r"\{([^{}]+)\}")
    filled, reasons = gaps("Hei {nimi}, {a + b} ja {nimi}!", pattern, lambda name: name if name.isalpha() else None)
    assert filled == "Hei [nimi], […] ja [nimi]!"
    assert reasons == ("The text has {nimi}, {a + b}, which is not filled in here; brackets [ ] stand in its place.",)


def test_braces_that_mean_nothing() -> None:
    """No brace is left that could be taken for a placeholder of ours."""
    assert gaps("{ a } ja {}", re.compile(r"\{(\w+)\}"), lambda name: name) == (
        "[ a ] ja []",
        ("Words in braces { } stand in brackets [ ].",),
    )
    assert gaps("a", re.compile(r"\{(\w+)\}"), lambda name: name) == ("a", ())


def test_a_text_in_a_line() -> None:
    """A label has no paragraphs."""
    assert in_a_line(" a\n\nb  c ") == "a b c"
