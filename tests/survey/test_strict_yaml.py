"""Slips of whoever writes by hand: each is one problem, on the line that is to be mended, which says what is wrong."""

from __future__ import annotations

import pytest

from survey import strict_yaml
from survey.problems import Problem

TEXT = """\
instrument: koe
sections:
  - items:
      - id: q1
        type: likert
        text:
          fi: Saan työn valmiiksi.
          sv: Jag blir klar.
      - id: q2
        type: likert
        text:
          fi: Osaan neuvoa muita.
          sv: Jag kan visa andra.
"""
COMPARE = "Compare it with the lines around it."
SPACE = "a space is missing after the colon of a key"
DASH = "a space is missing after the dash that begins an entry"
DEEPER = "it is indented deeper than the line that it belongs beside"
INDENT = "its indent is that of no line above that it could belong to"
COLON = "a colon is missing after a key"
IN_TEXT = "a colon stands in a text; put the text in quotes"
QUOTE = "a text in quotes ends at the second quote and goes on after it; put the whole text in quotes of the other kind"
BRACED = "a text that begins with { or [ needs quotes"
MERGE = "it is a mark of two versions that were not put together (<<<<<<<, =======, >>>>>>>)"
SLIPS = {
    "no space after the colon of a text": ("fi: Saan", "fi:Saan", 7, SPACE),
    "no space after the colon of a key": ("type: likert", "type:likert", 5, SPACE),
    "no colon after a language": ("fi: Saan", "fi Saan", 7, COLON),
    "no colon after a key that holds others": ("        text:\n", "        text\n", 6, COLON),
    "no space after a dash": ("- id: q2", "-id: q2", 9, DASH),
    "deeper than the line above": ("          sv: Jag blir", "            sv: Jag blir", 8, DEEPER),
    "deeper than a key that holds others": ("        type: likert", "          type: likert", 5, DEEPER),
    "less deep than any line above": ("          sv: Jag blir", "         sv: Jag blir", 8, INDENT),
    "colon in a text": ("fi: Saan työn", "fi: Arvioi: saan työn", 7, IN_TEXT),
    "colon in a text, where a space is missing further up": (
        "fi: Saan työn valmiiksi.\n          sv: Jag",
        "fi: Klo 8:30 alkaa.\n          sv: Obs: jag",
        8,
        IN_TEXT,
    ),
    "quotes around a part of the text": ("fi: Saan työn valmiiksi.", 'fi: "Saan työn" valmiiksi.', 7, QUOTE),
    "an apostrophe in single quotes": ("fi: Saan työn", "fi: 'Saan vaa'an", 7, QUOTE),
    "a placeholder at the beginning": ("fi: Saan työn", "fi: {service} auttoi", 7, BRACED),
    "two versions that were not put together": ("      - id: q2", "<<<<<<< HEAD\n      - id: q2", 9, MERGE),
}


def found_in(text: str) -> list[Problem]:
    found: list[Problem] = []
    strict_yaml.load(text.encode(), file="koe.yaml", report=found.append)
    return found


def said_of(text: str) -> list[str]:
    return [str(problem) for problem in found_in(text)]


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_told_where_it_was_made(name: str) -> None:
    """Also where the parser stumbles only on a later line."""
    old, new, line, said = SLIPS[name]
    assert old in TEXT
    expected = f"koe.yaml:{line}: YAML-SYNTAX the line cannot be read: {said}. {COMPARE}"
    assert said_of(TEXT.replace(old, new, 1)) == [expected]


@pytest.mark.parametrize(("old", "new"), [("          fi: Saan", "{10}fi: Saan"), ("fi: Saan", "fi:{1}Saan")])
def test_a_space_from_elsewhere_is_told(old: str, new: str) -> None:
    """Word and web pages bring spaces that look like any other and are none to YAML."""
    new = new.replace("{10}", "\N{NO-BREAK SPACE}" * 10).replace("{1}", "\N{NO-BREAK SPACE}")
    assert said_of(TEXT.replace(old, new, 1)) == [
        "koe.yaml:7: YAML-SPACE a no-break space, as Word and web pages have it, stands where a plain space belongs. "
        "Delete the spaces at the beginning of the line and after the colon, and type them anew."
    ]


def test_a_comma_between_braces_is_told() -> None:
    """It ends the text, and what follows looks like a key."""
    text = "label: {fi: Muut, ystävät, sv: Andra}\n"
    assert said_of(text) == [
        "koe.yaml:1: YAML-COMMA between braces a comma ends a text, so 'ystävät' stands by itself. Put the whole text in "
        'quotes, like {fi: "Kyllä, usein", sv: "Ja, ofta"}.'
    ]
    assert said_of("label: {fi: , sv: Andra}\n") == []


def test_a_question_without_its_dash_is_told_once() -> None:
    """All its keys would be those of the question before."""
    assert said_of(TEXT.replace("- id: q2", "  id: q2")) == [
        "koe.yaml:9: YAML-SYNTAX the line cannot be read: 'id' stands on line 4 already; where the next one begins, "
        f"a dash is missing: '- id:'. {COMPARE}"
    ]
