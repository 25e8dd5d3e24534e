"""The loss report: each element once, counts that add up, and pages for people."""

from __future__ import annotations

import build as publishing
from exchange.loss import Ledger, Loss, counts, markdown, plain_text, spoken, told, told_by
from survey.marking import _


def ledger() -> Ledger:
    """Four elements: one as it was, one changed twice, one left after a change, one left."""
    found = Ledger()
    found.add("survey, row 2", "text  q1")
    changed = found.add("survey, row 3", "select_one yn q2")
    changed.change("Its id is 'b'.", "It had no label.")
    changed.change("Its id is 'b'.")
    left = found.add("survey, row 4", "image | q3")
    left.change("Its id is 'c'.")
    left.leave("Mittari takes no files.")
    left.change("It had no label.")
    found.add("settings", "style: *pages*").leave("It has no counterpart.")
    return found


def test_an_element_is_in_one_of_the_three() -> None:
    """A reason is said once; what was left is left whatever else was said, and why comes first."""
    assert ledger().losses == (
        Loss(kind="came", where="survey, row 2", what="text q1"),
        Loss(kind="changed", where="survey, row 3", what="select_one yn q2", why="Its id is 'b'. It had no label."),
        Loss(kind="left", where="survey, row 4", what="image | q3", why="Mittari takes no files. It had no label."),
        Loss(kind="left", where="settings", what="style: *pages*", why="It has no counterpart."),
    )
    assert counts(ledger().losses) == {"came": 1, "changed": 1, "left": 2}


def test_the_report_for_a_terminal() -> None:
    """Counts first, then what was left and changed; what came over as it was needs no line."""
    assert plain_text(ledger().losses) == (
        """\
1 of 4 elements came over as they were, 1 changed, 2 were left out.
Left out, and why:
  survey, row 4: image | q3. Mittari takes no files. It had no label.
  settings: style: *pages*. It has no counterpart.
Changed:
  survey, row 3: select_one yn q2. Its id is 'b'. It had no label."""
    )
    assert plain_text(ledger().losses[:1]) == "1 of 1 elements came over as they were, 0 changed, 0 were left out."


def test_the_report_as_a_page() -> None:
    """All three parts with their counts; signs of Markdown in a form stay signs."""
    assert markdown(ledger().losses, title="x.xlsx as x.yaml") == (
        """\
# x.xlsx as x.yaml

1 of 4 elements came over as they were, 1 changed, 2 were left out.

## Left out, and why (2)

| where | what | why |
|---|---|---|
| survey, row 4 | image \\| q3 | Mittari takes no files. It had no label. |
| settings | style: \\*pages\\* | It has no counterpart. |

## Changed (1)

| where | what | why |
|---|---|---|
| survey, row 3 | select\\_one yn q2 | Its id is 'b'. It had no label. |

## Came over (1)

| where | what |
|---|---|
| survey, row 2 | text q1 |
"""
    )


def test_words_are_told_in_a_language() -> None:
    """What fills a gap is told in it too; words that are known in English alone stay as they are."""
    messages = publishing.read_messages("fi", catalogue="exchange")
    reason = told_by(ValueError(told(_("it uses '{name}'"), name="jr:choice-name")))
    sentence = told(_("Its calculation has no counterpart, since {reason}."), reason=reason)
    assert sentence == "Its calculation has no counterpart, since it uses 'jr:choice-name'."
    assert spoken(sentence, messages) == (
        "Laskukaavalle ei ole vastinetta. Syy: siinä käytetään sanaa 'jr:choice-name'."
    )
    assert spoken("Its id is 'c'.", messages) == "Its id is 'c'."


def test_the_report_in_finnish_and_swedish() -> None:
    """On the screen and as a page, place and reason alike."""
    found = Ledger()
    element = found.add(told(_("survey, row {number}"), number=3), "text q1")
    element.change(told(_("It had no label, so its name stands there.")), told(_("Only the date is asked.")))
    fi, sv = (publishing.read_messages(language, catalogue="exchange") for language in ("fi", "sv"))
    assert plain_text(found.losses, fi) == (
        "Osia oli 1: sellaisenaan tuli 0, muuttui 1, jäi pois 0.\nMuuttui:\n  survey, rivi 3: text q1. Siltä puuttui "
        "teksti, joten sen paikalla on nimi. Vain päivä kysytään."
    )
    assert markdown(found.losses, title="a.xlsx", messages=sv) == (
        """\
# a.xlsx

Av 1 delar kom 0 med som de var, 1 ändrades och 0 lämnades bort.

## Lämnades bort, och varför (0)

## Ändrades (1)

| var | vad | varför |
|---|---|---|
| survey, rad 3 | text q1 | Den saknade text, så namnet står där. Bara datumet frågas. |

## Kom med (0)
"""
    )
