"""Reading strictly: each trap and each problem gives its one line, whole; and nothing ever ends in a traceback."""

from __future__ import annotations

import inspect
import os
import re
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey import problems, reading

SITE = """\
organisation: {name: {fi: Alue, sv: Område}, email: a@example.fi}
title: {fi: Kysely, sv: Enkät}
welcome: {fi: Tervetuloa, sv: Välkommen}
languages: [fi, sv]
required_languages: [fi]
language_names: {fi: Suomi, sv: Svenska}
address: https://kysely.example.fi/
time_zone: Europe/Helsinki
waves:
  start: {title: {fi: Alku, sv: Start}, at: start, open: [-14, 14]}
  end: {title: {fi: Loppu, sv: Slut}, at: end, open: [-14, 30]}
who_sees: {fi: Analyytikko, sv: Analytikern}
notices:
  privacy: {title: {fi: A, sv: B}, updated: 2026-11-24, sections: []}
  accessibility: {title: {fi: A, sv: B}, updated: 2026-11-24, sections: []}
"""
SERVICES = """\
kinds:
  job_coaching: {fi: Työhönvalmennus, sv: Arbetsträning}
providers:
  own: {name: Alue}
services:
  - id: jt
    title: {fi: Valmennus, sv: Träning}
    kind: job_coaching
    provider: own
    sourcing: own
    buyer: Alue
    municipality: Jämsä
    length_days: 90
    number_prefix: JT
    instruments: [koe@1]
    groups: [{id: g1, start: 2026-09-01, end: 2026-12-01}]
"""
INSTRUMENT = """\
instrument: koe
version: 1
languages: [fi, sv]
title: {fi: Koe, sv: Prov}
waves: [start, end]
scales:
  agree:
    options:
      - {value: 1, label: {fi: Ei, sv: Nej}}
      - {value: 2, label: {fi: Kyllä, sv: Ja}}
dimensions:
  mood: {title: {fi: Mieli, sv: Humör}, items: [a1, a2], minimum_answered: 1}
sections:
  - title: {fi: Osa, sv: Del}
    items:
      - {id: a1, type: likert, scale: agree, text: {fi: Yksi, sv: Ett}}
      - {id: a2, type: likert, scale: agree, text: {fi: Kaksi, sv: Två}}
      - {id: more, type: text, text: {fi: Mitä, sv: Vad}, show_if: "a1 == 2"}
alarms:
  - {item: a1, below: 2, to: [area]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small library without a problem, as the current folder."""
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "services.yaml").write_text(SERVICES)
    (tmp_path / "koe.yaml").write_text(INSTRUMENT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(*paths: str) -> list[str]:
    return [str(problem) for problem in reading.check([Path(path) for path in paths or (".",)])]


def test_a_library_without_a_problem(folder: Path) -> None:
    """The file that the cases below change is fine, and the library comes out whole."""
    assert lines() == []
    library = reading.read_library(folder).library
    assert library is not None
    assert [item.id for item in library.instruments["koe@1"].items()] == ["a1", "a2", "more"]
    assert library.instruments["koe@1"].item("a1").origin == "koe"


# Each case: the file, a text in it, what stands there instead, and the whole lines that must come.
CASES: dict[str, tuple[str, str, str, list[str]]] = {
    "unknown key": (
        "koe.yaml", "  mood: {title", "  mood: {titel: {fi: x, sv: y}, title",
        ["koe.yaml:12: KEY-UNKNOWN the dimension has no key 'titel'. Did you mean 'title'?"],
    ),
    "unknown key of an item": (
        "koe.yaml", "{id: a2, type: likert,", "{id: a2, colour: red, type: likert,",
        ["koe.yaml:17: KEY-UNKNOWN item 'a2' has no key 'colour'. Known here: anchor, at_least, at_most, calculate, "
         "constraints, decimals, ground, high, hint, id, low, max_length, maximum, minimum, options, outcome, required, "
         "reverse, reworded, rows, scale, sensitive, show_if, text, then, type, unit, value, waves."],
    ),
    "missing key": (
        "koe.yaml", "version: 1\n", "",
        ["koe.yaml:1: KEY-MISSING instrument 'koe' lacks the key 'version'. Add 'version:'."],
    ),
    "duplicate key": (
        "koe.yaml", "version: 1\n", "version: 1\nversion: 2\n",
        ["koe.yaml:3: KEY-DUPLICATE the key 'version' was given on line 2 already. Keep one of the two."],
    ),
    "wrong type": (
        "koe.yaml", "version: 1\n", "version: one\n",
        ["koe.yaml:2: VALUE-TYPE 'version' is the text 'one'. Write a whole number."],
    ),
    "text where languages belong": (
        "koe.yaml", "title: {fi: Koe, sv: Prov}", "title: Koe",
        ["koe.yaml:4: VALUE-TYPE 'title' is the text 'Koe'. Write a text for each language, like {fi: …, sv: …}."],
    ),
    "list of the wrong length": (
        "koe.yaml", "minimum_answered: 1}", "minimum_answered: 1, range: [1]}",
        ["koe.yaml:12: VALUE-TYPE 'range' is a list. Write a list of 2."],
    ),
    "unknown value": (
        "koe.yaml", "{id: a2, type: likert,", "{id: a2, type: likret,",
        ["koe.yaml:17: VALUE-UNKNOWN 'type' cannot be 'likret'. Did you mean 'likert'?"],
    ),
    "id of a wrong form": (
        "koe.yaml", "{id: more,", "{id: More-2,",
        ["koe.yaml:18: ID-FORM the id 'More-2' is not allowed. Use small letters a-z, digits and underscores, a letter "
         "first, like 'js1'."],
    ),
    "No is a lookalike": (
        "koe.yaml", "{fi: Ei, sv: Nej}", "{fi: Ei, sv: No}",
        ["koe.yaml:9: YAML-LOOKALIKE warning: No is taken as text here, but many programs read it as true or false. "
         'Write "No" in quotes.'],
    ),
    "1:30 is a lookalike": (
        "koe.yaml", "{fi: Ei, sv: Nej}", "{fi: 1:30, sv: Nej}",
        ["koe.yaml:9: YAML-LOOKALIKE warning: 1:30 is taken as text here, but many programs read it as a number of "
         'minutes. Write "1:30" in quotes.'],
    ),
    "tab": (
        "koe.yaml", "  agree:\n", "\tagree:\n",
        ["koe.yaml:7: YAML-TAB a tab stands where spaces belong. Replace each tab with two spaces."],
    ),
    "syntax": (
        "koe.yaml", "waves: [start, end]", "waves: [start, end",
        ["koe.yaml:5: YAML-SYNTAX the line cannot be read: a comma or a closing bracket ']' was expected; a text with ? : , { } or [ ] in it needs quotes. Compare it with the lines "
         "around it."],
    ),
    "alias": (
        "koe.yaml", "title: {fi: Koe, sv: Prov}", "title: &t {fi: Koe, sv: Prov}",
        ["koe.yaml:4: YAML-ALIAS anchors and aliases (& and *) are not used here. Write the text out where it belongs."],
    ),
    "object tag": (
        "koe.yaml", "version: 1", "version: !!python/object/apply:os.system ['true']",
        ["koe.yaml:2: YAML-TAG the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not allowed. Remove the tag, "
         "or put the text in quotes."],
    ),
    "deep nesting": (
        "koe.yaml", "version: 1", "version: " + "[" * 1000 + "]" * 1000,
        ["koe.yaml:2: YAML-DEEP the nesting is deeper than 24 levels. Close the brackets or indents above."],
    ),
    "second document": (
        "koe.yaml", "alarms:", "---\nalarms:",
        ["koe.yaml:19: YAML-DOCUMENTS a second document begins here ('---'). Keep one document in a file."],
    ),
    "missing translation": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", "text: {fi: Kaksi}",
        ["koe.yaml:17: TRANSLATION-MISSING 'text' has no text in the language 'sv'. Add 'sv: …', or take the language "
         "out of 'languages'."],
    ),
    "empty translation": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", 'text: {fi: Kaksi, sv: " "}',
        ["koe.yaml:17: TRANSLATION-MISSING 'text' has no text in the language 'sv'. Add 'sv: …', or take the language "
         "out of 'languages'."],
    ),
    "text in another language": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", "text: {fi: Kaksi, sv: Två, en: Two}",
        ["koe.yaml:17: TRANSLATION-EXTRA 'text' has a text in 'en', which is not one of the languages of the file. Add "
         "'en' to 'languages', or remove the text."],
    ),
    "unknown scale, near miss": (
        "koe.yaml", "{id: a2, type: likert, scale: agree,", "{id: a2, type: likert, scale: agre,",
        ["koe.yaml:17: SCALE-UNKNOWN item 'a2' uses scale 'agre', which is not defined. Did you mean 'agree'?"],
    ),
    "unused scale": (
        "koe.yaml", "scales:\n", "scales:\n  spare: {options: [{value: 1, label: {fi: x, sv: y}}]}\n",
        ["koe.yaml:7: SCALE-UNUSED warning: no item uses scale 'spare'. Use it or remove it."],
    ),
    "number out of range": (
        "koe.yaml", "version: 1\n", "version: 0\n",
        ["koe.yaml:2: VALUE-RANGE 'version' cannot be 0. Write a number from 1 to 9999.",
         "services.yaml:15: INSTRUMENT-UNKNOWN service 'jt' uses 'koe@1', which does not exist. Did you mean 'koe@0'?"],
    ),
    "number below the least": (
        "koe.yaml", "{item: a1, below: 2,", "{item: a1, below: 2, at_least: 0,",
        ["koe.yaml:20: VALUE-RANGE 'at_least' cannot be 0. Write a number that is at least 1."],
    ),
    "address without its end": (
        "site.yaml", "https://kysely.example.fi/", "kysely.example.fi",
        ["site.yaml:7: VALUE-FORM 'address' cannot be 'kysely.example.fi'. Write the whole address with 'https://' and a "
         "'/' at its end."],
    ),
    "date of another form": (
        "services.yaml", "start: 2026-09-01", "start: 1.9.2026",
        ["services.yaml:16: DATE-FORM 'start' is '1.9.2026', which is not a date. Write it like 2026-03-31."],
    ),
    "outcome that nobody reaches": (
        "koe.yaml", "      - {id: more,",
        "      - {id: now, type: single, outcome: employment, text: {fi: x, sv: y}, options: [{value: a, label: {fi: x, sv: y}}]}\n"
        "      - {id: more,",
        ["koe.yaml:18: OUTCOME-UNREACHABLE item 'now' has an outcome, but none of its options counts as reached. Write "
         "'achieved: true' on the options that count."],
    ),
    "condition that can never hold": (
        "koe.yaml", '"a1 == 2"', '"a1 > 7"',
        ["koe.yaml:18: CONDITION-NEVER 'show_if' of item 'more' asks of 'a1' what none of its options can be. Its options "
         "are '1', '2'."],
    ),
    "condition with a number in quotes": (
        "koe.yaml", '"a1 == 2"', "\"a1 == '2'\"",
        ["koe.yaml:18: CONDITION-QUOTES 'show_if' of item 'more' compares 'a1' with '2', but its options are written "
         "otherwise. Write 2 without quotes."],
    ),
    "text cut by a comment": (
        "koe.yaml", "title: {fi: Koe, sv: Prov}", "title:\n  fi: Koe #avoin\n  sv: Prov",
        ["koe.yaml:5: YAML-COMMENT warning: what follows '#' on this line is a comment and is not part of the text. If it "
         "belongs to the text, put the text in quotes."],
    ),
    "control character": (
        "koe.yaml", "fi: Koe", "fi: K\x07oe",
        ["koe.yaml:4: YAML-SYNTAX the line cannot be read: it holds an invisible character that cannot be in a text. "
         "Compare it with the lines around it."],
    ),
    "missing colon": (
        "koe.yaml", "version: 1\n", "version 1\n",
        ["koe.yaml:2: YAML-SYNTAX the line cannot be read: a colon is missing after a key. Compare it with the lines "
         "around it."],
    ),
    "quote that is not closed": (
        "koe.yaml", "title: {fi: Koe, sv: Prov}", 'title: {fi: "Koe, sv: Prov}',
        ["koe.yaml:4: YAML-SYNTAX the line cannot be read: a comma or a closing brace '}' was expected; a text with ? : , { } "
         "or [ ] in it needs quotes. Compare it with the lines around it."],
    ),
    "needed key, nearly right": (
        "koe.yaml", "minimum_answered: 1", "minimum_answred: 1",
        ["koe.yaml:12: KEY-UNKNOWN the dimension has no key 'minimum_answred'. Did you mean 'minimum_answered'?"],
    ),
    "language, nearly right": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", "text: {fi: Kaksi, svv: Två}",
        ["koe.yaml:17: TRANSLATION-EXTRA 'text' has a text in 'svv', which is not one of the languages of the file. Did "
         "you mean 'sv'?"],
    ),
    "language of a wrong form": (
        "koe.yaml", "languages: [fi, sv]", "languages: [fi, sv, fi_simple]",
        ["koe.yaml:3: ID-FORM the id 'fi_simple' is not allowed. Use a language tag like 'fi', 'sv' or 'fi-simple'."],
    ),
    "language taken out": (
        "koe.yaml", "languages: [fi, sv]", "languages: [fi]",
        ["koe.yaml:4: TRANSLATION-EXTRA 'title' has a text in 'sv', which is not one of the languages of the file. Add "
         "'sv' to 'languages', or remove the text."],
    ),
    "scale that is misspelt where it is defined": (
        "koe.yaml", "  agree:\n", "  agrree:\n",
        ["koe.yaml:16: SCALE-UNKNOWN item 'a1' and 1 more use scale 'agree', which is not defined. Did you mean 'agrree'?"],
    ),
    "options that are texts": (
        "koe.yaml", "{value: 2, label", '{value: "2x", label',
        ["koe.yaml:12: ITEM-NOT-SCORED dimension 'mood' counts item 'a1', whose answers are not numbers between two "
         "ends. Use an item with a scale of numbers, options with 'score', or a number with 'minimum' and 'maximum'.",
         "koe.yaml:18: CONDITION-OPTION 'show_if' of item 'more' compares 'a1' with '2', which is not among its options. "
         "Its options are '1', '2x'.",
         "koe.yaml:20: ALARM-NUMBER the rule for item 'a1' has a limit, but its answers are no numbers. Choose an item "
         "that is answered with numbers."],
    ),
    "sections, nearly right": (
        "koe.yaml", "sections:\n", "section:\n",
        ["koe.yaml:13: KEY-UNKNOWN instrument 'koe' has no key 'section'. Did you mean 'sections'?"],
    ),
    "item twice in a dimension": (
        "koe.yaml", "items: [a1, a2]", "items: [a1, a1]",
        ["koe.yaml:12: ID-REUSED dimension 'mood': item 'a1' exists already. Give each one an id of its own."],
    ),
    "window of centuries": (
        "site.yaml", "at: start, open: [-14, 14]", "at: start, open: [-14, 300000]",
        ["site.yaml:10: VALUE-RANGE 'open' cannot be 300000. Write a number from -3650 to 3650."],
    ),
    "window that is no list": (
        "site.yaml", "at: start, open: [-14, 14]", "at: start, open: -14..14",
        ["site.yaml:10: VALUE-TYPE 'open' is the text '-14..14'. Write a list, like [first, second]."],
    ),
    "time zone that is a folder": (
        "site.yaml", "Europe/Helsinki", "Europe",
        ["site.yaml:8: TIME-ZONE-UNKNOWN the time zone 'Europe' is not known. Write 'Europe/Helsinki'."],
    ),
    "reserved id": (
        "koe.yaml", "{id: more,", "{id: wave,",
        ["koe.yaml:18: ID-RESERVED the id 'wave' is the name of a column of the dataset. Choose another id for the item."],
    ),
    "reused id": (
        "koe.yaml", "{id: more,", "{id: a1,",
        ["koe.yaml:18: ID-REUSED item 'a1' exists already. Give each one an id of its own."],
    ),
    "reused option": (
        "koe.yaml", "{value: 2, label", "{value: 1, label",
        ["koe.yaml:18: CONDITION-OPTION 'show_if' of item 'more' compares 'a1' with '2', which is not among its "
         "options. Its options are '1', '1'.",
         "koe.yaml:7: ID-REUSED option '1' exists already. Give each one an id of its own."],
    ),
    "no options": (
        "koe.yaml", "{id: a2, type: likert, scale: agree,", "{id: a2, type: likert,",
        ["koe.yaml:12: ITEM-NOT-SCORED dimension 'mood' counts item 'a2', whose answers are not numbers between two "
         "ends. Use an item with a scale of numbers, options with 'score', or a number with 'minimum' and 'maximum'.",
         "koe.yaml:17: OPTIONS-MISSING item 'a2' (likert) has no options to choose from. Add 'scale' or 'options'."],
    ),
    "needless key": (
        "koe.yaml", "{id: more, type: text,", "{id: more, type: text, minimum: 1,",
        ["koe.yaml:18: KEY-NEEDLESS item 'more' (text) cannot have 'minimum'. Remove 'minimum'."],
    ),
    "item of a dimension that is not there": (
        "koe.yaml", "items: [a1, a2]", "items: [a1, a3]",
        ["koe.yaml:12: ITEM-UNKNOWN dimension 'mood' names item 'a3', which does not exist. Use the id of an item of this instrument."],
    ),
    "dimension at some waves": (
        "koe.yaml", "{id: a2, type", "{id: a2, waves: [end], type",
        ["koe.yaml:12: DIMENSION-WAVES the items of dimension 'mood' are not all asked at wave 'start'. Ask all items of "
         "a dimension at the same waves, or change could not be computed."],
    ),
    "dimension wants too many": (
        "koe.yaml", "minimum_answered: 1", "minimum_answered: 3",
        ["koe.yaml:12: DIMENSION-MINIMUM dimension 'mood' wants 3 answered items and has 2. Write 'minimum_answered' "
         "between 1 and 2."],
    ),
    "range the wrong way": (
        "koe.yaml", "minimum_answered: 1}", "minimum_answered: 1, range: [100, 0]}",
        ["koe.yaml:12: RANGE-ORDER 'range' does not go from smaller to larger. Put the smaller one first."],
    ),
    "condition that cannot be read": (
        "koe.yaml", '"a1 == 2"', '"a1 = 2"',
        ["koe.yaml:18: CONDITION-SYNTAX 'show_if' of item 'more' cannot be read: '= 2' is not understood. Write it like "
         "\"work == 'employed'\"."],
    ),
    "condition on a later item": (
        "koe.yaml", "{id: a1, type: likert,", '{id: a1, type: likert, show_if: "a2 == 1",',
        ["koe.yaml:16: CONDITION-ORDER 'show_if' of item 'a1' looks at 'a2', which comes later or is the item itself. "
         "Move the item after the question that it depends on."],
    ),
    "condition at another wave": (
        "koe.yaml", "      - {id: more,",
        "      - {id: b1, type: text, waves: [end], text: {fi: x, sv: y}}\n"
        '      - {id: b2, type: text, text: {fi: x, sv: y}, show_if: "answered(b1)"}\n      - {id: more,',
        ["koe.yaml:19: CONDITION-WAVE 'show_if' of item 'b2' looks at 'b1', which is not asked at wave 'start'. Ask both "
         "at the same waves."],
    ),
    "condition on nothing": (
        "koe.yaml", '"a1 == 2"', '"aa1 == 2"',
        ["koe.yaml:18: ITEM-UNKNOWN 'show_if' of item 'more' names item 'aa1', which does not exist. Did you mean 'a1'?"],
    ),
    "wave that is not declared": (
        "koe.yaml", "waves: [start, end]", "waves: [start, ende]",
        ["koe.yaml:5: WAVE-UNKNOWN the wave 'ende' is not declared. Did you mean 'end'?"],
    ),
    "language that the area requires": (
        "site.yaml", "required_languages: [fi]", "required_languages: [fi, en]",
        ["koe.yaml:3: LANGUAGE-REQUIRED the area requires the language 'en' of every instrument (site.yaml). Add 'en' to "
         "'languages', and its texts.",
         "site.yaml:5: LANGUAGE-UNKNOWN the site has no pages in the language 'en'. The pages have 'fi', 'sv'."],
    ),
    "alarm without a limit": (
        "koe.yaml", "{item: a1, below: 2, to", "{item: a1, to",
        ["koe.yaml:20: ALARM-LIMIT the rule for item 'a1' has no limit. Write 'below: 3' or 'above: 4'."],
    ),
    "base that is not there": (
        "koe.yaml", "version: 1\n", "version: 1\nextends: kantta@1\n",
        ["koe.yaml:3: EXTENDS-UNKNOWN the instrument 'kantta@1' to extend is not in this folder. Put the file of that "
         "instrument in the same folder."],
    ),
    "base that is itself": (
        "koe.yaml", "version: 1\n", "version: 1\nextends: koe@1\n",
        ["koe.yaml:3: EXTENDS-CIRCULAR 'extends' goes round in a circle: koe@1 → koe@1. Let one of them stand alone."],
    ),
    "instrument that a service lacks": (
        "services.yaml", "[koe@1]", "[koe@2]",
        ["services.yaml:15: INSTRUMENT-UNKNOWN service 'jt' uses 'koe@2', which does not exist. Did you mean 'koe@1'?"],
    ),
    "provider that is not listed": (
        "services.yaml", "provider: own", "provider: owen",
        ["services.yaml:9: PROVIDER-UNKNOWN service 'jt' has provider 'owen', which is not listed. Did you mean 'own'?"],
    ),
    "date that is none": (
        "services.yaml", "start: 2026-09-01", "start: 2026-02-30",
        ["services.yaml:16: DATE-FORM 'start' is '2026-02-30', which is not a date. Write it like 2026-03-31."],
    ),
    "time zone that is none": (
        "site.yaml", "Europe/Helsinki", "Europe/Helsingfors",
        ["site.yaml:8: TIME-ZONE-UNKNOWN the time zone 'Europe/Helsingfors' is not known. Write 'Europe/Helsinki'."],
    ),
    "wave that opens backwards": (
        "site.yaml", "at: start, open: [-14, 14]", "at: start, open: [14, -14]",
        ["site.yaml:10: RANGE-ORDER 'open' does not go from smaller to larger. Put the smaller one first."],
    ),
    "empty file": ("koe.yaml", INSTRUMENT, "", ["koe.yaml:1: FILE-EMPTY the file is empty. Write its content or remove the file."]),
    "only a comment": ("koe.yaml", INSTRUMENT, "# nothing\n", ["koe.yaml:1: FILE-EMPTY the file is empty. Write its content or remove the file."]),
    "a file of something else": (
        "koe.yaml", INSTRUMENT, "name: x\n",
        ["koe.yaml:1: FILE-UNKNOWN the file has neither 'instrument', 'services' nor 'organisation' at the top, so it is "
         "not a file of Mittari. Begin an instrument with the line 'instrument: its-name'."],
    ),
    "a name that differs": (
        "koe.yaml", "instrument: koe\n", "instrument: koke\n",
        ["koe.yaml:1: FILE-NAME warning: the name of the file is not 'koke.yaml'. Rename the file to 'koke.yaml'.",
         "services.yaml:15: INSTRUMENT-UNKNOWN service 'jt' uses 'koe@1', which does not exist. Did you mean 'koke@1'?"],
    ),
}  # fmt: skip
# A file that cannot be read is missing from the library, so the service that uses it is told as well.
CONSEQUENCE = (
    "services.yaml:15: INSTRUMENT-UNKNOWN service 'jt' uses 'koe@1', which does not exist. Put its file in this folder."
)


@pytest.mark.parametrize("name", CASES)
def test_each_problem_is_said_whole(folder: Path, name: str) -> None:
    """One mistake gives its line, with place, code, sentence and what to do, and nothing else."""
    file, old, new, expected = CASES[name]
    text = (folder / file).read_text()
    assert text.count(old) >= 1
    (folder / file).write_text(text.replace(old, new, 1))
    assert sorted(line for line in lines() if line != CONSEQUENCE) == sorted(expected)


BYTES = {
    "byte order mark": (
        b"\xef\xbb\xbf" + INSTRUMENT.encode(),
        "koe.yaml:1: FILE-BOM the file begins with a byte order mark. Save it as 'UTF-8', not as 'UTF-8 with BOM'.",
    ),
    "UTF-16": (
        INSTRUMENT.encode("utf-16"),
        "koe.yaml:1: FILE-NOT-UTF-8 the file is not UTF-8 text; it looks like UTF-16. Save it again as UTF-8.",
    ),
    "Latin-1": (
        INSTRUMENT.encode("latin-1"),
        "koe.yaml:10: FILE-NOT-UTF-8 the file is not UTF-8 text; it looks like Windows-1252 or Latin-1. Save it again "
        "as UTF-8.",
    ),
    "binary": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "koe.yaml:1: FILE-BINARY the file is not text. Save it as plain text (UTF-8), not as a document or a picture.",
    ),
    "too large": (
        b"# " + b"x" * 10_000_000,
        "koe.yaml:1: FILE-TOO-LARGE the file is larger than 1,000,000 bytes. Split the instrument, or take out what is "
        "not questions.",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_text(folder: Path, name: str) -> None:
    """Encodings and sizes are told before YAML sees anything."""
    data, expected = BYTES[name]
    (folder / "koe.yaml").write_bytes(data)
    assert [line for line in lines() if line != CONSEQUENCE] == [expected]


def test_deep_aliases_are_refused_at_the_first(folder: Path) -> None:
    """A bomb of aliases is one line, at once."""
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    (folder / "koe.yaml").write_text(bomb)
    assert lines("koe.yaml") == [
        "koe.yaml:1: YAML-ALIAS anchors and aliases (& and *) are not used here. Write the text out where it belongs."
    ]


DEEP = {
    "keys in keys, by indents": "\n".join(f"{' ' * n}a:" for n in range(1000)),
    "lists in lists, by hyphens": "a:\n  " + "- " * 1000 + "x",
    "keys in keys, by braces": "a: " + "{a: " * 1000 + "}" * 1000,
    "brackets that are never closed": "a: " + "[" * 900_000,
    "keys that are keys": "? " * 1000 + "x",
}


@pytest.mark.parametrize("name", DEEP)
def test_a_thousand_levels_are_one_line(folder: Path, name: str) -> None:
    """However the nesting is written, it is refused at the first level too many."""
    (folder / "koe.yaml").write_text(DEEP[name])
    (line,) = lines("koe.yaml")
    assert re.fullmatch(
        r"koe\.yaml:\d+: YAML-DEEP the nesting is deeper than 24 levels\. Close the brackets or indents above\.", line
    )


def test_merged_keys_are_aliases(folder: Path) -> None:
    """What other readers of YAML merge is refused by its first alias."""
    (folder / "koe.yaml").write_text("instrument: koe\nversion: {<<: *base}\n")
    assert lines("koe.yaml") == [
        "koe.yaml:2: YAML-ALIAS anchors and aliases (& and *) are not used here. Write the text out where it belongs."
    ]


def test_of_a_large_file_only_the_beginning_is_read(folder: Path) -> None:
    """A file of 10 MB costs no more memory than the largest that is allowed."""
    (folder / "koe.yaml").write_bytes(b"[" * 10_000_000)
    tracemalloc.start()
    try:
        found = lines("koe.yaml")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == [
        "koe.yaml:1: FILE-TOO-LARGE the file is larger than 1,000,000 bytes. Split the instrument, or take out what is "
        "not questions."
    ]
    assert peak < 3_000_000


def test_a_sentence_repeats_little_of_a_file(folder: Path) -> None:
    """A key as long as a book does not make a line as long as a book."""
    (folder / "koe.yaml").write_text(INSTRUMENT + f"{'x' * 500}: 1\n? |-\n  {'y' * 200_000}\n: 1\n")
    assert [len(line) < 600 for line in lines("koe.yaml")] == [True, True]


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    """What is no plain file is told, and the check goes on."""
    (folder / "koe.yaml").unlink()
    os.mkfifo(folder / "koe.yaml")
    assert lines("koe.yaml") == [
        "koe.yaml:1: FILE-UNREADABLE the file cannot be read (it is not a plain file). Check its permissions."
    ]


def test_files_that_are_passed_over_are_told(folder: Path) -> None:
    """A wrong ending or a folder too deep: one warning for each, with where the file would be read."""
    (folder / "old" / "older").mkdir(parents=True)
    files = ("koe.yaml.txt", "KOE.YML.docx", "koe.v1.txt", "old/koe.yaml", "old/older/services.yml")
    for name in files:
        (folder / name).write_text(INSTRUMENT if "services" not in name else SERVICES)
    sentence = (
        "FILE-IGNORED warning: the file is not read: only .yaml files right in the folder are. Its place would be"
    )
    assert lines() == [
        f"KOE.YML.docx:1: {sentence} 'KOE.YML'. Move it there, or out of the folder.",
        f"koe.v1.txt:1: {sentence} 'koe.v1.yaml'. Move it there, or out of the folder.",
        f"koe.yaml.txt:1: {sentence} 'koe.yaml'. Move it there, or out of the folder.",
        f"old/koe.yaml:1: {sentence} 'koe.yaml'. Move it there, or out of the folder.",
        f"old/older/services.yml:1: {sentence} 'services.yml'. Move it there, or out of the folder.",
    ]
    assert lines("koe.yaml") == []
    assert reading.read_library(folder).library is not None


def test_what_is_no_concern_of_ours_is_passed_over(folder: Path) -> None:
    """Backups, hidden files, notes, other programs' YAML and the folders with a purpose give no line."""
    for name in ("images", "locked", ".git", "notes"):
        (folder / name).mkdir()
        (folder / name / "koe.yaml").write_text("steps: []\n" if name == "notes" else INSTRUMENT)
    for name in ("koe.yaml~", "koe.yaml.bak", ".koe.yaml.swp", "README.md", "koe.json"):
        (folder / name).write_text(INSTRUMENT)
    (folder / "notes.txt").write_text("Our instrument: later.\n")
    assert lines() == []


def test_a_folder_with_a_misnamed_file_only(folder: Path) -> None:
    """Nothing to read, and why."""
    (folder / "own").mkdir()
    (folder / "own" / "koe.yaml.txt").write_text(INSTRUMENT)
    assert lines("own") == [
        "own:1: FOLDER-EMPTY the folder holds no .yaml file. Give a folder with instruments, or a file.",
        "own/koe.yaml.txt:1: FILE-IGNORED warning: the file is not read: only .yaml files right in the folder are. Its "
        "place would be 'own/koe.yaml'. Move it there, or out of the folder.",
    ]


def test_a_circle_of_two(folder: Path) -> None:
    """Each file of the circle is told."""
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("version: 1\n", "version: 1\nextends: toinen@1\n"))
    other = INSTRUMENT.replace("instrument: koe", "instrument: toinen").replace(
        "version: 1\n", "version: 1\nextends: koe@1\n"
    )
    (folder / "toinen.yaml").write_text(other)
    found = lines("koe.yaml", "toinen.yaml")
    assert (
        "koe.yaml:3: EXTENDS-CIRCULAR 'extends' goes round in a circle: toinen@1 → koe@1 → toinen@1. Let one of them stand alone."
        in found
    )
    assert (
        "toinen.yaml:3: EXTENDS-CIRCULAR 'extends' goes round in a circle: koe@1 → toinen@1 → koe@1. Let one of them stand alone."
        in found
    )


def test_a_broken_base_is_told_once(folder: Path) -> None:
    """One mistake in the core is one line, also for whoever extends or uses it, and also when only they are checked."""
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start]\n"
    )
    (folder / "services.yaml").write_text(SERVICES.replace("[koe@1]", "[koe@1, oma@1]"))
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("version: 1", "version 1"))
    line = (
        "koe.yaml:2: YAML-SYNTAX the line cannot be read: a colon is missing after a key. Compare it with the lines "
        "around it."
    )
    assert lines() == [line]
    assert lines("oma.yaml") == [line]


def test_a_base_without_the_language(folder: Path) -> None:
    """An extension cannot have a language that its base lacks."""
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi, en]\ntitle: {fi: Oma, en: Own}\nwaves: [start]\n"
    )
    assert lines("oma.yaml") == [
        "oma.yaml:4: EXTENDS-LANGUAGE 'koe@1' has no texts in the language 'en'. Take the language out, or add it to the "
        "instrument that is extended.",
        "oma.yaml:4: LANGUAGE-UNKNOWN the site has no pages in the language 'en'. The pages have 'fi', 'sv'.",
    ]


def test_an_extension_adds_its_own_before_what_closes_some_waves(folder: Path) -> None:
    """Core items keep their origin; own sections come after what is asked at every wave."""
    text = INSTRUMENT.replace(
        "alarms:", "  - title: {fi: Nyt, sv: Nu}\n    items:\n"
        "      - {id: now, type: text, waves: [end], text: {fi: Nyt, sv: Nu}}\nalarms:",
    )  # fmt: skip
    (folder / "koe.yaml").write_text(text)
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start, end]\n"
        "sections:\n  - title: {fi: Oma osa}\n    items: [{id: o1, type: likert, scale: agree, text: {fi: Oma}}]\n"
    )
    assert lines() == []
    library = reading.read_library(folder).library
    assert library is not None
    own = library.instruments["oma@1"]
    assert [(item.id, item.origin) for item in own.items()] == [
        ("a1", "koe"), ("a2", "koe"), ("more", "koe"), ("o1", "oma"), ("now", "koe"),
    ]  # fmt: skip
    assert list(own.dimensions) == ["mood"]


def test_one_id_means_one_thing_in_a_folder(folder: Path) -> None:
    """All instruments share one table of answers."""
    (folder / "oma.yaml").write_text(
        INSTRUMENT.replace("instrument: koe", "instrument: oma")
        .replace("{value: 2,", "{value: 3,")
        .replace("a1 == 2", "a1 == 3")
    )
    assert lines() == [
        "oma.yaml:16: ITEM-MEANING item 'a1' is of another type or has other options in 'koe@1'. Give it an id of its "
        "own, since all instruments share one table of answers.",
        "oma.yaml:17: ITEM-MEANING item 'a2' is of another type or has other options in 'koe@1'. Give it an id of its "
        "own, since all instruments share one table of answers.",
    ]


def test_two_files_of_one_kind(folder: Path) -> None:
    """Two files that say they are the same instrument, or both the site: told, and which one counts."""
    (folder / "kopio.yaml").write_text(INSTRUMENT)
    (folder / "site2.yaml").write_text(SITE)
    assert lines() == [
        "kopio.yaml:1: FILE-NAME warning: the name of the file is not 'koe.yaml'. Rename the file to 'koe.yaml'.",
        "kopio.yaml:1: ID-REUSED instrument 'koe@1' exists already. Give each one an id of its own.",
        "site2.yaml:1: FILE-REPEATED the folder has another file of this kind, 'site.yaml', and only that one counts. "
        "Keep one of the two.",
    ]


def test_an_earlier_version_beside_the_present_one(folder: Path) -> None:
    """Still in the field, under a name with its number, and without a warning."""
    (folder / "koe.v1.yaml").write_text(INSTRUMENT)
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("version: 1", "version: 2"))
    assert lines() == []


def test_every_problem_of_a_file_at_once(folder: Path) -> None:
    """Nobody has to run the check once per mistake."""
    text = INSTRUMENT.replace("version: 1", "version: one").replace(
        "scale: agree, text: {fi: Kaksi", "scale: agre, text: {fi: Kaksi"
    )
    text = text.replace("{fi: Osa, sv: Del}", "{fi: Osa}").replace("version: one", "version: 1\ncolour: red")
    (folder / "koe.yaml").write_text(text)
    assert [line.split()[1] for line in lines("koe.yaml")] == ["KEY-UNKNOWN", "TRANSLATION-MISSING", "SCALE-UNKNOWN"]


def test_a_file_alone_is_read_with_its_own_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Checking one file tells about that file; a folder without a site is told so once, gently."""
    (folder / "site.yaml").write_text(SITE.replace("Europe/Helsinki", "Mars"))
    assert lines("koe.yaml") == []
    lonely = tmp_path_factory.mktemp("lonely")
    (lonely / "koe.yaml").write_text(INSTRUMENT)
    assert lines(str(lonely / "koe.yaml")) == []
    assert lines(str(lonely)) == [
        f"{lonely}:1: SERVICES-MISSING warning: the folder has no services.yaml, so nobody can be invited and nothing can "
        "be built. Add a services.yaml; instruments/services.yaml is a model.",
        f"{lonely}:1: SITE-MISSING warning: the folder has no site.yaml, so waves and languages are unknown and nothing "
        "can be built. Add a site.yaml; instruments/site.yaml is a model.",
    ]


def test_paths_that_are_not_there(folder: Path) -> None:
    """A mistyped path and an empty folder are problems, not silence."""
    (folder / "empty").mkdir()
    assert lines("none.yaml", "empty") == [
        "empty:1: FOLDER-EMPTY the folder holds no .yaml file. Give a folder with instruments, or a file.",
        "none.yaml:1: FILE-MISSING the file or folder does not exist. Check the path.",
    ]


def test_a_file_that_cannot_be_opened(folder: Path) -> None:
    """A broken link is told with the machine's reason."""
    (folder / "koe.yaml").unlink()
    (folder / "koe.yaml").symlink_to(folder / "koe.yaml")
    found = lines(".")
    assert (
        "koe.yaml:1: FILE-UNREADABLE the file cannot be read (Too many levels of symbolic links). Check its permissions."
        in found
    )


def test_every_problem_code_has_its_sentence_asserted() -> None:
    """No code is left without a test: each function of the catalogue is seen in this file."""
    source = Path(__file__).read_text()
    for name, function in inspect.getmembers(problems, inspect.isfunction):
        if inspect.signature(function).return_annotation == "Problem":
            code = (
                inspect.getsource(function).split("place,")[1].split('"')[1]
                if "place," in inspect.getsource(function)
                else ""
            )
            assert code and f" {code} " in source, f"{name} ({code}) has no test"


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_no_bytes_end_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever a file holds, the check comes back with lines."""
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    assert all(problem.place.line >= 1 for problem in reading.check([path]))


@given(st.integers(0, len(INSTRUMENT) - 1), st.sampled_from([*"{}[]:,'\"\t\n#&*!|>-?% @`", "", "\x00", "é"]))
@settings(max_examples=300, deadline=None)
def test_no_slip_of_a_key_ends_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, at: int, slip: str) -> None:
    """One wrong character anywhere gives lines, and a library only where there is no error."""
    folder = tmp_path_factory.getbasetemp() / "slips"
    folder.mkdir(exist_ok=True)
    (folder / "site.yaml").write_text(SITE)
    (folder / "services.yaml").write_text(SERVICES)
    (folder / "koe.yaml").write_text(INSTRUMENT[:at] + slip + INSTRUMENT[at + 1 :])
    read = reading.read_library(folder)
    assert (read.library is None) == bool(read.errors)
