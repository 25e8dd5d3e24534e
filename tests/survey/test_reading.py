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
from tests import recorded

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
  mood: {title: {fi: Mieli, sv: Humör}, measurement: formative, items: [a1, a2], minimum_answered: 1}
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


def test_an_area_has_kinds_of_service_of_its_own(folder: Path) -> None:
    """What a service is called is the area's to say."""
    kinds = SERVICES.replace("kinds:\n", "kinds:\n  workshop: {fi: Työpaja, sv: Verkstad}\n")
    (folder / "services.yaml").write_text(kinds.replace("kind: job_coaching", "kind: workshop"))
    read = reading.read_library(folder)
    assert read.problems == ()
    assert read.library and read.library.services.service("jt").kind == "workshop"


def test_what_is_sound_in_a_folder_with_errors(folder: Path) -> None:
    """Each part without an error of its own, and without one in what it extends; and every file that was looked at."""
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nlanguages: [fi, sv]\ntitle: {fi: Oma, sv: Egen}\nwaves: [start]\nextends: koe@1\n"
    )
    (folder / "muu.yaml").write_text(INSTRUMENT.replace("koe", "muu").replace("a1", "b1").replace("a2", "b2"))
    whole = reading.read_library(folder).sound
    assert sorted(whole.versions) == [str(folder / name) for name in ("koe.yaml", "muu.yaml", "oma.yaml")]
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("type: text", "type: txt"))
    (folder / "services.yaml").write_text(SERVICES.replace("provider: own", "provider: other"))
    sound = reading.read_library(folder).sound
    assert sorted(sound.versions) == [str(folder / "muu.yaml")]
    assert sound.site == whole.site and sound.site is not None and sound.services is None
    assert sound.files == whole.files and len(sound.files) == 5


def test_a_library_without_a_problem(folder: Path) -> None:
    """The file that the cases below change is fine, and the library comes out whole."""
    assert lines() == []
    library = reading.read_library(folder).library
    assert library is not None
    assert [item.id for item in library.instruments["koe@1"].items()] == ["a1", "a2", "more"]
    assert library.instruments["koe@1"].item("a1").origin == "koe"


Case = tuple[str, str, str, list[str]]
"""The file, a text in it, what stands there instead, and the whole lines that must come."""


def added(*items: str, said: list[str], change: tuple[str, str] = ("", "")) -> Case:
    """A case of items that stand after the others, from line 19 on. TEXT and LABEL are texts, LONG is a long sum."""
    lines = "".join(f"      - {item}\n" for item in items).replace("LONG", " + ".join(["a1"] * 300))
    lines = lines.replace("TEXT", "text: {fi: x, sv: y}").replace("LABEL", "label: {fi: x, sv: y}")
    return "koe.yaml", INSTRUMENT, INSTRUMENT.replace(*change, 1).replace("alarms:\n", f"{lines}alarms:\n"), said


CASES: dict[str, Case] = {
    "unknown key": (
        "koe.yaml", "  mood: {title", "  mood: {titel: {fi: x, sv: y}, title",
        ["koe.yaml:12: KEY-UNKNOWN the dimension has no key 'titel'. Did you mean 'title'?"],
    ),
    "unknown key of an item": (
        "koe.yaml", "{id: a2, type: likert,", "{id: a2, colour: red, type: likert,",
        ["koe.yaml:17: KEY-UNKNOWN item 'a2' has no key 'colour'. Known here: accepted, anchor, audio, constraints, ground, "
         "hint, id, options, required, reverse, reworded, scale, sensitive, show_if, text, then, type, waves."],
    ),
    "unknown key of an item of an unknown type": (
        "koe.yaml", "{id: a2, type: likert,", "{id: a2, type: like, colour: red,",
        ["koe.yaml:17: KEY-UNKNOWN item 'a2' has no key 'colour'. Known here: accepted, anchor, at_least, at_most, audio, "
         "calculate, constraints, decimals, ground, high, hint, id, low, max_length, maximum, minimum, options, outcome, required, "
         "reverse, reworded, rows, scale, sensitive, show_if, text, then, type, unit, value, waves.",
         "koe.yaml:17: VALUE-UNKNOWN 'type' cannot be 'like'. Did you mean 'likert'?"],
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
    "support that no site names": (
        "koe.yaml", "minimum_answered: 1}", "minimum_answered: 1, support_below: 25}",
        ["koe.yaml:12: SUPPORT-MISSING dimension 'mood' has 'support_below', and site.yaml names nowhere to find help. Write "
         "the area's own contacts under 'support' in site.yaml, or remove 'support_below'."],
    ),
    "language without any text": (
        "koe.yaml", "languages: [fi, sv]", "languages: [fi, sv, se]",
        ["koe.yaml:3: LANGUAGE-UNKNOWN the site has no pages in the language 'se'. The pages have 'fi', 'sv'.",
         "koe.yaml:3: TRANSLATION-MISSING no text of the file is in the language 'se': 8 are missing. Write them, or take "
         "'se' out of 'languages'."],
    ),
    "empty translation": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", 'text: {fi: Kaksi, sv: " "}',
        ["koe.yaml:17: TRANSLATION-MISSING 'text' has no text in the language 'sv'. Add 'sv: …', or take the language "
         "out of 'languages'."],
    ),
    "text in another language": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", "text: {fi: Kaksi, sv: Två, en: Two}",
        ["koe.yaml:17: TRANSLATION-EXTRA 'text' has a text in 'en', which is not one of the languages of the file. Add "
         "'en' to 'languages', or remove every text in it from the file."],
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
        ["services.yaml:16: DATE-FORM 'start' is '1.9.2026', which is not a date. Write it like 2026-09-01."],
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
         "'sv' to 'languages', or remove every text in it from the file."],
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
        ["koe.yaml:18: ID-REUSED item 'a1' is on line 16 already. Give each one an id of its own."],
    ),
    "reused option": (
        "koe.yaml", "{value: 2, label", "{value: 1, label",
        ["koe.yaml:18: CONDITION-OPTION 'show_if' of item 'more' compares 'a1' with '2', which is not among its "
         "options. Its options are '1', '1'.",
         "koe.yaml:10: ID-REUSED option '1' exists already. Give each one an id of its own."],
    ),
    "no options": (
        "koe.yaml", "{id: a2, type: likert, scale: agree,", "{id: a2, type: likert,",
        ["koe.yaml:17: OPTIONS-MISSING item 'a2' (likert) has no options to choose from. Add 'scale' or 'options'."],
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
        ["koe.yaml:18: CONDITION-SYNTAX 'show_if' of item 'more' cannot be read: '=' alone compares nothing; '==' does. Write it like "
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
    "id that cannot be, which others name": (
        "koe.yaml", "{id: a1,", "{id: pätevä1,",
        ["koe.yaml:16: ID-FORM the id 'pätevä1' is not allowed. Use small letters a-z, digits and underscores, a letter "
         "first, like 'js1'."],
    ),
    "id of the question before, which others name": (
        "koe.yaml", "{id: a2,", "{id: a1,",
        ["koe.yaml:17: ID-REUSED item 'a1' is on line 16 already. Give each one an id of its own."],
    ),
    "instrument without its version": (
        "services.yaml", "[koe@1]", "[koe]",
        ["services.yaml:15: VALUE-FORM 'instruments' cannot be 'koe'. Write the instrument and its version, like "
         "'palvelupalaute@1'."],
    ),
    "kind that is nearly one": (
        "services.yaml", "kind: job_coaching", "kind: job_coching",
        ["services.yaml:8: KIND-UNKNOWN service 'jt' is of the kind 'job_coching', which is not listed. Did you mean "
         "'job_coaching'?"],
    ),
    "kind that is not listed": (
        "services.yaml", "kind: job_coaching", "kind: workshop",
        ["services.yaml:8: KIND-UNKNOWN service 'jt' is of the kind 'workshop', which is not listed. Add it under 'kinds', "
         "with its name in each language."],
    ),
    "name of a service in one language": (
        "services.yaml", "title: {fi: Valmennus, sv: Träning}", "title: {fi: Valmennus}",
        ["services.yaml:7: TRANSLATION-MISSING 'title' has no text in 'sv', which the site has (site.yaml). Add it in "
         "each; a name that has no translation may be the same in all languages."],
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
    "comparison with nothing": (
        "services.yaml", "    kind:", "    arm: comparison\n    kind:",
        ["services.yaml:8: SERVICES-COMPARISON warning: service 'jt' is a comparison, but no service of the kind "
         "'job_coaching' is an intervention. Correct 'arm' or 'kind', or add the service that it is compared with."],
    ),
    "group of another length": (
        "services.yaml", "length_days: 90", "length_days: 40",
        ["services.yaml:16: SERVICES-LENGTH warning: group 'g1' of service 'jt' lasts 91 days, and 'length_days' is 40. "
         "Correct the one that is wrong; 'length_days' gives the end to whoever has no group."],
    ),
    "group that ends before it starts": (
        "services.yaml", "end: 2026-12-01", "end: 2026-08-01",
        ["services.yaml:16: RANGE-ORDER 'start, end' does not go from smaller to larger. Put the smaller one first."],
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
        ["koe.yaml:1: FILE-NAME warning: the name of the file is not 'koke.yaml'. Rename the file to 'koke.yaml', or write 'instrument: koe' in it.",
         "services.yaml:15: INSTRUMENT-UNKNOWN service 'jt' uses 'koe@1', which does not exist. Did you mean 'koke@1'?"],
    ),
    "condition on a number, with words": added(
        "{id: n1, type: integer, TEXT}",
        "{id: n2, type: text, TEXT, show_if: \"n1 == 'many'\"}",
        said=["koe.yaml:20: CONDITION-KIND 'show_if' of item 'n2' compares 'n1' (integer) with what its answers can never "
              "be. Compare it with a number without quotes."],
    ),
    "condition on half a whole number": added(
        "{id: n1, type: integer, TEXT}",
        '{id: n2, type: text, TEXT, show_if: "n1 == 2.5"}',
        said=["koe.yaml:20: CONDITION-KIND 'show_if' of item 'n2' compares 'n1' (integer) with what its answers can never "
              "be. Compare it with a whole number."],
    ),
    "condition beyond the limits": added(
        "{id: n1, type: integer, maximum: 60, TEXT}",
        '{id: n2, type: text, TEXT, show_if: "n1 > 60"}',
        said=["koe.yaml:20: CONDITION-KIND 'show_if' of item 'n2' compares 'n1' (integer) with what its answers can never "
              "be. Compare it with what lies between its 'minimum' and 'maximum'."],
    ),
    "condition before the earliest date": added(
        "{id: n1, type: date, minimum: 2026-01-01, TEXT}",
        "{id: n2, type: text, TEXT, show_if: \"n1 < '2026-01-01'\"}",
        said=["koe.yaml:20: CONDITION-KIND 'show_if' of item 'n2' compares 'n1' (date) with what its answers can never be. "
              "Compare it with what lies between its 'minimum' and 'maximum'."],
    ),
    "condition on a date in another form": added(
        "{id: n1, type: date, TEXT}",
        "{id: n2, type: text, TEXT, show_if: \"n1 > '1.1.2026'\"}",
        said=["koe.yaml:20: CONDITION-KIND 'show_if' of item 'n2' compares 'n1' (date) with what its answers can never be. "
              "Compare it with a date like '2026-03-31', in quotes."],
    ),
    "condition on a time without quotes": added(
        "{id: n1, type: time, TEXT}",
        '{id: n2, type: text, TEXT, show_if: "n1 > 8"}',
        said=["koe.yaml:20: CONDITION-KIND 'show_if' of item 'n2' compares 'n1' (time) with what its answers can never be. "
              "Compare it with a time like '08:30', in quotes."],
    ),
    "condition on words with a number": added(
        '{id: n2, type: text, TEXT, show_if: "more == 1"}',
        said=["koe.yaml:19: CONDITION-KIND 'show_if' of item 'n2' compares 'more' (text) with what its answers can never "
              "be. Compare it with a text in quotes."],
    ),
    "condition on the order of words": added(
        "{id: n2, type: text, TEXT, show_if: \"more > 'a'\"}",
        said=["koe.yaml:19: CONDITION-KIND 'show_if' of item 'n2' compares 'more' (text) with what its answers can never "
              "be. Compare it with == or !=, since words have no order."],
    ),
    "condition on the order of several": added(
        "{id: n1, type: multiple, scale: agree, TEXT}",
        '{id: n2, type: text, TEXT, show_if: "n1 > 1"}',
        said=["koe.yaml:20: CONDITION-KIND 'show_if' of item 'n2' compares 'n1' (multiple) with what its answers can never "
              "be. Compare it with == or in, since several can be chosen."],
    ),
    "condition on a row of a grid": added(
        "{id: g, type: grid, scale: agree, TEXT, rows: [{id: g1, TEXT}, {id: g2, TEXT}]}",
        '{id: n2, type: text, TEXT, show_if: "g2 > 2"}',
        said=["koe.yaml:20: CONDITION-NEVER 'show_if' of item 'n2' asks of 'g2' what none of its options can be. Its "
              "options are '1', '2'."],
    ),
    "condition on a grid": added(
        "{id: g, type: grid, scale: agree, TEXT, rows: [{id: g1, TEXT}, {id: g2, TEXT}]}",
        '{id: n2, type: text, TEXT, show_if: "g == 1"}',
        said=["koe.yaml:20: ITEM-UNANSWERED 'show_if' of item 'n2' names item 'g' (grid), which has no answer of its own. "
              "Name one of its rows: 'g1', 'g2'."],
    ),
    "condition on a note": added(
        "{id: n1, type: note, TEXT}",
        '{id: n2, type: text, TEXT, show_if: "answered(n1)"}',
        said=["koe.yaml:20: ITEM-UNANSWERED 'show_if' of item 'n2' names item 'n1' (note), which has no answer of its own. "
              "Use the id of an item that is answered."],
    ),
    "condition on a ranking": added(
        "{id: n1, type: rank, scale: agree, TEXT}",
        '{id: n2, type: text, TEXT, show_if: "n1 == 1"}',
        said=["koe.yaml:20: CONDITION-ANSWERED 'show_if' of item 'n2' compares 'n1' (rank), whose answers cannot be "
              "compared. Write 'answered(n1)', or look at another item."],
    ),
    "condition on a reason not to answer": added(
        "{id: n1, type: single, TEXT, options: [{value: a, LABEL}, {value: b, LABEL}, {value: c, LABEL, missing: dont_know}]}",
        "{id: n2, type: text, TEXT, show_if: \"n1 == 'c'\"}",
        said=["koe.yaml:20: CONDITION-MISSING 'show_if' of item 'n2' compares 'n1' with 'c', which is a reason not to "
              "answer and so no answer. Compare it with an answer, or write 'not answered(n1)'."],
    ),
    "condition on what a link gives": added(
        "{id: n1, type: hidden, value: x, TEXT, options: [{value: y, LABEL}]}",
        "{id: n2, type: text, TEXT, show_if: \"n1 in ['x', 'y', 'z']\"}",
        said=["koe.yaml:20: CONDITION-OPTION 'show_if' of item 'n2' compares 'n1' with 'z', which is not among its options. "
              "Its options are 'x', 'y'."],
    ),
    "condition of a consent that is not given": added(
        "{id: n1, type: consent, TEXT}",
        "{id: n2, type: text, TEXT, show_if: \"n1 == 'no'\"}",
        said=["koe.yaml:20: CONDITION-OPTION 'show_if' of item 'n2' compares 'n1' with 'no', which is not among its "
              "options. Its options are 'yes'."],
    ),
    "condition at two waves": added(
        "{id: n1, type: text, waves: [end], TEXT}",
        '{id: n2, type: text, waves: [end, ende], TEXT, show_if: "answered(n1)"}',
        said=["koe.yaml:20: WAVE-UNKNOWN the wave 'ende' is not declared. Did you mean 'end'?"],
    ),
    "calculation that cannot be read": added(
        "{id: n1, type: calculated, calculate: 'a1 +', TEXT}",
        said=["koe.yaml:19: CALCULATION-SYNTAX 'calculate' of item 'n1' cannot be read: it ends too early. Write it like "
              "'hours * 4 + mean(a, b)'."],
    ),
    "calculation with an unknown function": added(
        "{id: n1, type: calculated, calculate: 'median(a1)', TEXT}",
        said=["koe.yaml:19: CALCULATION-SYNTAX 'calculate' of item 'n1' cannot be read: 'median' is none of sum, mean, min, "
              "max, count, round. Write it like 'hours * 4 + mean(a, b)'."],
    ),
    "calculation without end": added(
        "{id: n1, type: calculated, calculate: 'LONG', TEXT}",
        said=["koe.yaml:19: CALCULATION-SYNTAX 'calculate' of item 'n1' cannot be read: it is too long. Write it like "
              "'hours * 4 + mean(a, b)'."],
    ),
    "calculation with words": added(
        "{id: n1, type: calculated, calculate: 'a1 + more', TEXT}",
        said=["koe.yaml:19: CALCULATION-NUMBER 'calculate' of item 'n1' counts with 'more' (text), whose answers are no "
              "numbers. Use items that are answered with numbers."],
    ),
    "calculation with what comes later": added(
        "{id: n1, type: calculated, calculate: 'a1 + n2', TEXT}",
        "{id: n2, type: integer, TEXT}",
        said=["koe.yaml:19: CONDITION-ORDER 'calculate' of item 'n1' looks at 'n2', which comes later or is the item "
              "itself. Move the item after the question that it depends on."],
    ),
    "calculation with a grid": added(
        "{id: g, type: grid, scale: agree, TEXT, rows: [{id: g1, TEXT}, {id: g2, TEXT}]}",
        "{id: n1, type: calculated, calculate: 'mean(g)', TEXT}",
        said=["koe.yaml:20: ITEM-UNANSWERED 'calculate' of item 'n1' names item 'g' (grid), which has no answer of its own. "
              "Name one of its rows: 'g1', 'g2'."],
    ),
    "rule between a date and a number": added(
        "{id: n1, type: date, TEXT}",
        "{id: n2, type: integer, TEXT, constraints: [{rule: n2 > n1, message: {fi: x, sv: y}}]}",
        said=["koe.yaml:20: CONDITION-KIND a 'rule' of item 'n2' compares 'n2' (integer) with what its answers can never "
              "be. Compare it with an item that is answered in the same way."],
    ),
    "rule with several": added(
        "{id: n1, type: multiple, scale: agree, TEXT}",
        "{id: n2, type: likert, scale: agree, TEXT, constraints: [{rule: n2 == n1, message: {fi: x, sv: y}}]}",
        said=["koe.yaml:20: CONDITION-ANSWERED a 'rule' of item 'n2' compares 'n1' (multiple), whose answers cannot be "
              "compared. Write 'answered(n1)', or look at another item."],
    ),
    "rule that rests at every wave": added(
        "{id: n1, type: integer, waves: [start], TEXT}",
        "{id: n2, type: integer, waves: [end], TEXT, constraints: [{rule: n2 > n1, message: {fi: x, sv: y}}]}",
        said=["koe.yaml:20: CONDITION-WAVE a 'rule' of item 'n2' looks at 'n1', which is not asked at wave 'end'. Ask both "
              "at the same waves."],
    ),
    "date in another form": added(
        "{id: n1, type: date, minimum: 31.12.2026, TEXT}",
        said=["koe.yaml:19: LIMIT-FORM 'minimum' of item 'n1' (date) is not of the kind of its answers. Write it like "
              "'2026-12-31'."],
    ),
    "date that there is not": added(
        "{id: n1, type: date, minimum: 2026-02-30, TEXT}",
        said=["koe.yaml:19: LIMIT-FORM 'minimum' of item 'n1' (date) is not of the kind of its answers. Write a date like "
              "'2026-03-31', or today."],
    ),
    "wave that the instrument is not asked at": added(
        "{id: n1, type: text, waves: [start], TEXT}",
        change=("waves: [start, end]", "waves: [end]"),
        said=["koe.yaml:19: WAVE-UNKNOWN the instrument is not asked at the wave 'start'. Its waves are 'end'; add it to them "
              "at the head of the file, or name one of them."],
    ),
    "misspelt key that has the options": added(
        "{id: n1, type: single, optoins: [], TEXT}",
        said=["koe.yaml:19: KEY-UNKNOWN item 'n1' has no key 'optoins'. Did you mean 'options'?"],
    ),
    "month that there is not": added(
        "{id: n1, type: month, maximum: 2026-13, TEXT}",
        said=["koe.yaml:19: LIMIT-FORM 'maximum' of item 'n1' (month) is not of the kind of its answers. Write a month like "
              "'2026-03', or today."],
    ),
    "time that is a number": added(
        "{id: n1, type: time, minimum: 8, TEXT}",
        said=["koe.yaml:19: LIMIT-FORM 'minimum' of item 'n1' (time) is not of the kind of its answers. Write a time like "
              "'08:30', in quotes."],
    ),
    "year in quotes": added(
        "{id: n1, type: year, minimum: '2000', TEXT}",
        said=["koe.yaml:19: LIMIT-FORM 'minimum' of item 'n1' (year) is not of the kind of its answers. Write a year like "
              "2026, or today."],
    ),
    "whole number with decimals": added(
        "{id: n1, type: integer, maximum: 1.5, TEXT}",
        said=["koe.yaml:19: LIMIT-FORM 'maximum' of item 'n1' (integer) is not of the kind of its answers. Write a whole "
              "number."],
    ),
    "decimal that is a word": added(
        "{id: n1, type: decimal, maximum: many, TEXT}",
        said=["koe.yaml:19: LIMIT-FORM 'maximum' of item 'n1' (decimal) is not of the kind of its answers. Write a number."],
    ),
    "dates the wrong way": added(
        "{id: n1, type: date, minimum: 2026-03-01, maximum: 2026-02-01, TEXT}",
        said=["koe.yaml:19: RANGE-ORDER 'minimum, maximum' does not go from smaller to larger. Put the smaller one first."],
    ),
    "scale of one number": added(
        "{id: n1, type: scale, minimum: 3, maximum: 3, low: {fi: x, sv: y}, high: {fi: x, sv: y}, TEXT}",
        said=["koe.yaml:19: RANGE-ORDER 'minimum, maximum' does not go from smaller to larger. Put the smaller one first."],
    ),
    "scale without end": added(
        "{id: n1, type: scale, maximum: 999999999999, low: {fi: x, sv: y}, high: {fi: x, sv: y}, TEXT}",
        said=["koe.yaml:19: SCALE-LONG item 'n1' (scale) has 1000000000000 numbers to choose from. Keep it to 21 at most, "
              "or use the type 'integer'."],
    ),
    "scale without words at its ends": added(
        "{id: n1, type: scale, TEXT}",
        said=["koe.yaml:19: KEY-MISSING item 'n1' lacks the key 'high'. Add 'high:'.",
              "koe.yaml:19: KEY-MISSING item 'n1' lacks the key 'low'. Add 'low:'."],
    ),
    "scale with steps of its own": added(
        "{id: n1, type: scale, scale: agree, low: {fi: x, sv: y}, high: {fi: x, sv: y}, TEXT}",
        said=["koe.yaml:19: SCALE-OPTIONS item 'n1' (scale) has an option that is no reason not to answer. Its numbers make "
              "themselves: give the other options 'missing', or use the type 'likert'."],
    ),
    "scale with a number twice": added(
        "{id: n1, type: scale, low: {fi: x, sv: y}, high: {fi: x, sv: y}, TEXT, options: [{value: 10, LABEL, missing: dont_know}]}",
        said=["koe.yaml:19: ID-REUSED option '10' exists already. Give each one an id of its own."],
    ),
    "grid without rows": added(
        "{id: n1, type: grid, scale: agree, rows: [], TEXT}",
        said=["koe.yaml:19: KEY-MISSING item 'n1' lacks the key 'rows'. Add 'rows:'."],
    ),
    "grid with a row that is taken": added(
        "{id: n1, type: grid, scale: agree, TEXT, rows: [{id: a1, TEXT}]}",
        said=["koe.yaml:19: ID-REUSED item 'a1' is on line 16 already. Give each one an id of its own."],
    ),
    "grid with a row of its own name": added(
        "{id: n1, type: grid, scale: agree, TEXT, rows: [{id: n1, TEXT}]}",
        said=["koe.yaml:19: ID-REUSED item 'n1' exists already. Give each one an id of its own."],
    ),
    "grid with a bad row": added(
        "{id: n1, type: grid, scale: agree, TEXT, rows: [{id: G1, TEXT}]}",
        said=["koe.yaml:19: ID-FORM the id 'G1' is not allowed. Use small letters a-z, digits and underscores, a letter "
              "first, like 'js1'."],
    ),
    "option with a bad value": added(
        "{id: n1, type: single, TEXT, options: [{value: A-1, LABEL}]}",
        said=["koe.yaml:19: ID-FORM the id 'A-1' is not allowed. Use a whole number, or small letters a-z, digits and "
              "underscores."],
    ),
    "option alone where one is chosen": added(
        "{id: n1, type: single, TEXT, options: [{value: a, LABEL}, {value: b, LABEL, exclusive: true}]}",
        said=["koe.yaml:19: OPTION-KEY item 'n1' (single): option 'b' cannot have 'exclusive'. Remove 'exclusive'."],
    ),
    "option that is no answer and opens a field": added(
        "{id: n1, type: single, TEXT, options: [{value: a, LABEL}, {value: b, LABEL, missing: prefer_not, other: true}]}",
        said=["koe.yaml:19: OPTION-KEY item 'n1' (single): option 'b' cannot have 'other'. Remove 'other'."],
    ),
    "options with two fields": added(
        "{id: n1, type: single, TEXT, options: [{value: a, LABEL, other: true}, {value: b, LABEL, other: true}]}",
        said=["koe.yaml:19: OPTION-OTHER item 'n1' (single): more than one option has 'other'. Keep 'other: true' on one of "
              "them."],
    ),
    "option with a name of ours": added(
        "{id: n1, type: multiple, TEXT, options: [{value: a, LABEL}, {value: other_text, LABEL}]}",
        said=["koe.yaml:19: OPTION-RESERVED item 'n1' (multiple): option 'other_text' has a name that Mittari uses itself. "
              "Give the option another value."],
    ),
    "option reached without an outcome": added(
        "{id: n1, type: single, TEXT, options: [{value: a, LABEL, achieved: true}, {value: b, LABEL}]}",
        said=["koe.yaml:19: KEY-MISSING item 'n1' lacks the key 'outcome'. Add 'outcome:'."],
    ),
    "option with a value again": added(
        "{id: n1, type: single, TEXT, options: [{value: 1, LABEL}, {value: '1', LABEL}, {value: 1, LABEL}]}",
        said=["koe.yaml:19: ID-REUSED option '1' exists already. Give each one an id of its own."],
    ),
    "more to choose than can be chosen": added(
        "{id: n1, type: multiple, at_least: 2, TEXT, options: [{value: a, LABEL}, {value: b, LABEL, exclusive: true}]}",
        said=["koe.yaml:19: VALUE-RANGE 'at_least' cannot be 2. Write a number from 1 to 1."],
    ),
    "more ranks than options": added(
        "{id: n1, type: rank, scale: agree, at_most: 3, TEXT}",
        said=["koe.yaml:19: VALUE-RANGE 'at_most' cannot be 3. Write a number from 1 to 2."],
    ),
    "at least more than at most": added(
        "{id: n1, type: multiple, scale: agree, at_least: 2, at_most: 1, TEXT}",
        said=["koe.yaml:19: RANGE-ORDER 'at_least, at_most' does not go from smaller to larger. Put the smaller one first."],
    ),
    "yes_no with one of the two": added(
        "{id: n1, type: yes_no, TEXT, options: [{value: 'yes', LABEL}]}",
        said=["koe.yaml:19: YES-NO-OPTIONS item 'n1' (yes_no) can only have the options yes and no and reasons not to "
              "answer. Write both 'yes' and 'no' or neither; give the other options 'missing', or use the type 'single'."],
    ),
    "yes_no with a scale of steps": added(
        "{id: n1, type: yes_no, scale: agree, TEXT}",
        said=["koe.yaml:19: YES-NO-OPTIONS item 'n1' (yes_no) can only have the options yes and no and reasons not to "
              "answer. Write both 'yes' and 'no' or neither; give the other options 'missing', or use the type 'single'."],
    ),
    "hidden without a value": added(
        "{id: n1, type: hidden, TEXT}",
        "{id: n2, type: text, TEXT, show_if: \"n1 == 'x'\"}",
        said=["koe.yaml:19: KEY-MISSING item 'n1' lacks the key 'value'. Add 'value:'."],
    ),
    "hidden with a scale": added(
        "{id: n1, type: hidden, value: x, scale: agree, TEXT}",
        said=["koe.yaml:19: KEY-NEEDLESS item 'n1' (hidden) cannot have 'scale'. Remove 'scale'."],
    ),
    "consent that is required": added(
        "{id: n1, type: consent, required: soft, TEXT}",
        said=["koe.yaml:19: REQUIRED-NEVER item 'n1' (consent) cannot be required: it is for extras that nobody has to "
              "accept. Remove 'required'."],
    ),
    "sensitive and required": added(
        "{id: n1, type: text, sensitive: true, ground: health, required: hard, TEXT}",
        said=["koe.yaml:19: GROUND-UNKNOWN item 'n1' names ground 'health', which site.yaml does not have. Add it under "
              "'grounds' in site.yaml.",
              "koe.yaml:19: SENSITIVE-REQUIRED item 'n1' is sensitive and must be answered. Write 'required: no' or "
              "'required: soft': nobody may be made to answer a sensitive question."],
    ),
    "sensitive without a ground": added(
        "{id: n1, type: text, sensitive: true, TEXT}",
        said=["koe.yaml:19: SENSITIVE-GROUND item 'n1' is sensitive and does not say on which ground it is asked. Write the "
              "ground under 'grounds' in site.yaml, and its name as the item's 'ground:'."],
    ),
    "ground that is none": added(
        "{id: n1, type: text, sensitive: true, ground: Health, TEXT}",
        said=["koe.yaml:19: ID-FORM the id 'Health' is not allowed. Use small letters a-z, digits and underscores, a letter "
              "first, like 'js1'."],
    ),
    "ground of what is not sensitive": added(
        "{id: n1, type: text, ground: health, TEXT}",
        said=["koe.yaml:19: KEY-NEEDLESS item 'n1' (text) cannot have 'ground'. Remove 'ground'."],
    ),
    "contact detail without consent": added(
        "{id: n1, type: email, TEXT}",
        said=["koe.yaml:19: ITEM-IDENTIFIES warning: item 'n1' (email) asks for a contact detail, which tells who answered. "
              "Ask it only after a 'consent' that says what it is for: 'show_if: \"answered(the-consent)\"'."],
    ),
    "two things at once": added(
        "{id: n1, type: likert, scale: agree, text: {fi: Nukun hyvin ja syön hyvin., sv: Jag sover bra.}}",
        said=["koe.yaml:19: DOUBLE-BARRELLED warning: item 'n1' may ask two things at once: 'ja' (fi). Ask them apart, or "
              "write 'accepted: [DOUBLE-BARRELLED]' there."],
    ),
    "two things at once, accepted": added(
        "{id: n1, type: likert, accepted: [DOUBLE-BARRELLED], scale: agree, text: {fi: Nukun hyvin ja syön hyvin., sv: Ja.}}",
        said=[],
    ),
    "negation in a row": added(
        "{id: g, type: grid, scale: agree, TEXT, rows: [{id: g1, text: {fi: En nuku., sv: Jag sover inte.}}]}",
        said=["koe.yaml:19: NEGATED warning: item 'g1' is worded with a negation: 'En' (fi), 'inte' (sv). Say what is so, or "
              "write 'accepted: [NEGATED]' there."],
    ),
    "negation in a row, accepted": added(
        "{id: g, type: grid, scale: agree, TEXT, rows: [{id: g1, accepted: [NEGATED], text: {fi: En nuku., sv: Y.}}]}",
        said=[],
    ),
    "negation in the stem of a grid, accepted for all": added(
        "{id: g, type: grid, accepted: [NEGATED], scale: agree, text: {fi: En, sv: y}, rows: [{id: g1, text: {fi: Ei, sv: y}}]}",
        said=[],
    ),
    "negation in what is not rated": added(
        "{id: n1, type: yes_no, text: {fi: Etkö ole nyt työssä ja opiskelet päivisin, sv: Arbetar du inte}}",
        said=[],
    ),
    "accepted code that is none": added(
        "{id: n1, type: likert, scale: agree, accepted: [NEGATD, FEW-ITEMS], TEXT}",
        said=["koe.yaml:19: VALUE-UNKNOWN 'accepted' cannot be 'FEW-ITEMS'. Choose one of 'DOUBLE-BARRELLED', 'NEGATED', "
              "'OPTION-CUT', 'SAME-TEXT', 'ITEM-IDENTIFIES'.",
              "koe.yaml:19: VALUE-UNKNOWN 'accepted' cannot be 'NEGATD'. Did you mean 'NEGATED'?"],
    ),
    "chosen option that a phone cuts": added(
        "{id: n1, type: dropdown, TEXT, options: [{value: a, LABEL}, {value: b, label: {fi: x, sv: En utbildning på annan ort 300+}}]}",
        said=["koe.yaml:19: OPTION-CUT warning: item 'n1' (dropdown): a phone shows about 30 characters of "
              "option 'b' (sv). Shorten it, write 'type: single', which shows every option whole, or write 'accepted: [OPTION-CUT]' "
              "there."],
    ),
    "chosen option that just fits": added(
        "{id: n1, type: dropdown, TEXT, options: [{value: a, LABEL}, {value: b, label: {fi: x, sv: En utbildning på annan ort 30+}}]}",
        said=[],
    ),
    "chosen option that a phone cuts, accepted": added(
        "{id: n1, type: dropdown, accepted: [OPTION-CUT], TEXT, options: "
        "[{value: a, LABEL}, {value: b, label: {fi: x, sv: En utbildning på annan ort 300+}}]}",
        said=[],
    ),
    "long option that is shown whole": added(
        "{id: n1, type: single, TEXT, options: [{value: a, LABEL}, {value: b, label: {fi: x, sv: En utbildning på annan ort 300+}}]}",
        said=[],
    ),
    "few items": (
        "koe.yaml", "measurement: formative, ", "",
        ["koe.yaml:12: FEW-ITEMS warning: dimension 'mood' (reflective) has fewer than three items: 2. Add items, write "
         "'measurement: formative' if they add up to one thing, or 'accepted: [FEW-ITEMS]'."],
    ),
    "few items, accepted for the whole file": (
        "koe.yaml", "measurement: formative, ", "accepted: [FEW-ITEMS], ", [],
    ),
    "items in two directions": added(
        "{id: n1, type: likert, scale: agree, reverse: true, TEXT}",
        change=("measurement: formative, items: [a1, a2]", "items: [a1, n1, a2]"),
        said=["koe.yaml:12: MIXED-DIRECTION warning: dimension 'mood' mixes items with 'reverse' ('n1') and items without. "
              "Word all of them in one direction, or write 'accepted: [MIXED-DIRECTION]' there."],
    ),
    "items in two directions that make one thing up": added(
        "{id: n1, type: likert, scale: agree, reverse: true, TEXT}",
        change=("items: [a1, a2]", "items: [a1, n1, a2]"),
        said=[],
    ),
    "longer than promised": added(
        "{id: n1, type: long_text, TEXT}",
        "{id: n2, type: long_text, TEXT}",
        change=("version: 1\n", "version: 1\ntarget_minutes: 2\n"),
        said=["koe.yaml:3: TOO-LONG warning: a slow reader needs about 2.4 minutes at wave 'start' in the language 'sv', "
              "and 'target_minutes' promises 2. Ask less, or promise more."],
    ),
    "longer than promised, of what is not whole": added(
        "{id: n1, type: note, scale: none, TEXT}",
        change=("version: 1\n", "version: 1\ntarget_minutes: 1\n"),
        said=["koe.yaml:20: KEY-NEEDLESS item 'n1' (note) cannot have 'scale'. Remove 'scale'."],
    ),
    "the same text in two languages": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", "text: {fi: Menen usein ulos., sv: Menen usein ulos.}",
        ["koe.yaml:17: SAME-TEXT warning: the text in the language 'sv' is the same as in 'fi'. Translate it, or write "
         "'accepted: [SAME-TEXT]' there."],
    ),
    "the same texts in two languages": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}",
        "text: {fi: Menen usein ulos., sv: Menen usein ulos.}, hint: {fi: Edes kävelylle omin päin., sv: Edes kävelylle omin päin.}",
        ["koe.yaml:17: SAME-TEXT warning: 2 texts in the language 'sv' are the same as in 'fi'; the first is here. Translate "
         "it, or write 'accepted: [SAME-TEXT]' there."],
    ),
    "the same text in two languages, accepted": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", "accepted: [SAME-TEXT], text: {fi: Menen usein ulos., sv: Menen usein ulos.}",
        [],
    ),
    "the same name in two languages": (
        "koe.yaml", "text: {fi: Kaksi, sv: Två}", "text: {fi: Nuorten Ohjaamo Jämsä, sv: Nuorten Ohjaamo Jämsä}", [],
    ),
    "texts that nobody has reviewed": (
        "koe.yaml", "version: 1\n", "version: 1\nreview: {sv: needed}\n",
        ["koe.yaml:3: REVIEW-NEEDED warning: no native speaker has reviewed the texts in 'sv' yet. Have them read, and take "
         "them out of 'review'."],
    ),
    "limit of nought where there is none": added(
        "{id: n1, type: text, minimum: 0, TEXT}",
        said=["koe.yaml:19: KEY-NEEDLESS item 'n1' (text) cannot have 'minimum'. Remove 'minimum'."],
    ),
    "option of a scale that nobody can have": (
        "koe.yaml", "sv: Ja}}", "sv: Ja}, exclusive: true}",
        ["koe.yaml:10: OPTION-KEY scale 'agree': option '2' cannot have 'exclusive'. Remove 'exclusive'."],
    ),
    "scale without options": (
        "koe.yaml", "scales:\n", "scales:\n  none: {options: []}\n",
        ["koe.yaml:7: KEY-MISSING scale 'none' lacks the key 'options'. Add 'options:'.",
         "koe.yaml:7: SCALE-UNUSED warning: no item uses scale 'none'. Use it or remove it."],
    ),
    "item with one possible number in a dimension": added(
        "{id: n1, type: integer, minimum: 2, maximum: 2, TEXT}",
        change=("items: [a1, a2]", "items: [a1, n1]"),
        said=["koe.yaml:12: ITEM-NOT-SCORED dimension 'mood' counts item 'n1', whose answers are not numbers between two "
              "ends. Use an item with a scale of numbers, options with 'score', or a number with 'minimum' and 'maximum'."],
    ),
    "dimension with a grid": added(
        "{id: g, type: grid, scale: agree, TEXT, rows: [{id: g1, TEXT}, {id: g2, TEXT}]}",
        change=("items: [a1, a2]", "items: [a1, g]"),
        said=["koe.yaml:12: ITEM-UNANSWERED dimension 'mood' names item 'g' (grid), which has no answer of its own. Name "
              "one of its rows: 'g1', 'g2'."],
    ),
    "dimension with a calculated item": added(
        "{id: n1, type: calculated, calculate: a1 + a2, TEXT}",
        change=("items: [a1, a2]", "items: [a1, n1]"),
        said=["koe.yaml:12: ITEM-NOT-SCORED dimension 'mood' counts item 'n1', whose answers are not numbers between two "
              "ends. Use an item with a scale of numbers, options with 'score', or a number with 'minimum' and 'maximum'."],
    ),
    "dimension of nothing": (
        "koe.yaml", "items: [a1, a2]", "items: []",
        ["koe.yaml:12: KEY-MISSING dimension 'mood' lacks the key 'items'. Add 'items:'."],
    ),
    "dimension of then and now": (
        "koe.yaml", "{id: a2, type", "{id: a2, then: true, type",
        ["koe.yaml:12: DIMENSION-THEN dimension 'mood' mixes items about now with items about the time before ('then: "
         "true'). Put the items with 'then' into a dimension of their own: the two are never pooled."],
    ),
    "alarm about a grid": added(
        "{id: g, type: grid, scale: agree, TEXT, rows: [{id: g1, TEXT}, {id: g2, TEXT}]}",
        change=("{item: a1, below", "{item: g, below"),
        said=["koe.yaml:21: ITEM-UNANSWERED 'alarms' names item 'g' (grid), which has no answer of its own. Name one of its "
              "rows: 'g1', 'g2'."],
    ),
    "alarm about words": (
        "koe.yaml", "{item: a1, below", "{item: more, below",
        ["koe.yaml:20: ALARM-NUMBER the rule for item 'more' has a limit, but its answers are no numbers. Choose an "
         "item that is answered with numbers."],
    ),
    "review of another language": (
        "koe.yaml", "version: 1\n", "version: 1\nreview: {svv: needed}\n",
        ["koe.yaml:3: REVIEW-LANGUAGE 'review' names 'svv', which is not one of the languages of the file. Did you "
         "mean 'sv'?"],
    ),
    "placeholder that nothing fills": (
        "koe.yaml", "{fi: Kaksi, sv: Två}", "{fi: 'Kaksi {servce}', sv: 'Två {place}'}",
        ["koe.yaml:17: PLACEHOLDER-UNKNOWN a text has '{place}', which nothing fills in. Use one of '{service}', "
         "'{provider}', '{organisation}', or write the text without braces.",
         "koe.yaml:17: PLACEHOLDER-UNKNOWN a text has '{servce}', which nothing fills in. Did you mean '{service}'?"],
    ),
    "condition that rests on those of a hundred others": added(
        "{id: n0, type: yes_no, TEXT}",
        *(f"{{id: n{n}, type: yes_no, TEXT, show_if: \"n{n - 1} == 'yes'\"}}" for n in range(1, 150)),
        said=["koe.yaml:120: CONDITION-CHAIN item 'n101' is shown only where 101 conditions hold, with those of the items "
         "that they name. At most 100 are allowed: let it name items that rest on fewer."],
    ),
    "section that looks at itself": (
        "koe.yaml", "  - title: {fi: Osa, sv: Del}\n", '  - title: {fi: Osa, sv: Del}\n    show_if: "a1 == 2"\n',
        ["koe.yaml:15: CONDITION-ORDER 'show_if' of section 1 looks at 'a1', which comes later or is the item itself. "
         "Move the item after the question that it depends on."],
    ),
    "section without questions": (
        "koe.yaml", "sections:\n", "sections:\n  - {title: {fi: x, sv: y}, items: []}\n",
        ["koe.yaml:14: KEY-MISSING the section lacks the key 'items'. Add 'items:'."],
    ),
    "no language": (
        "koe.yaml", "languages: [fi, sv]", "languages: []",
        ["koe.yaml:3: KEY-MISSING instrument 'koe' lacks the key 'languages'. Add 'languages:'."],
    ),
    "wave that is misspelt at the top": added(
        "{id: n1, type: text, waves: [end], TEXT}",
        change=("waves: [start, end]", "waves: [start, ende]"),
        said=["koe.yaml:5: WAVE-UNKNOWN the wave 'ende' is not declared. Did you mean 'end'?"],
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


def test_one_id_asks_one_thing_in_a_folder(folder: Path) -> None:
    """A copied file with other words under the ids of the first; the same words, or none in common, are fine."""
    copy = INSTRUMENT.replace("instrument: koe", "instrument: oma")
    (folder / "oma.yaml").write_text(copy.replace("text: {fi: Kaksi, sv: Två}", "text: {fi: Toinen, sv: Två}"))
    assert lines() == [
        "oma.yaml:17: ITEM-WORDS item 'a2' is worded otherwise in 'koe@1'. Give it an id of its own, since all instruments "
        "share one table of answers.",
    ]
    (folder / "oma.yaml").write_text(copy)
    assert lines() == []


def test_two_files_of_one_kind(folder: Path) -> None:
    """Two files that say they are the same instrument, or both the site: told, and which one counts."""
    (folder / "kopio.yaml").write_text(INSTRUMENT)
    (folder / "site2.yaml").write_text(SITE)
    assert lines() == [
        "kopio.yaml:1: FILE-NAME warning: the name of the file is not 'koe.yaml'. Rename the file to 'koe.yaml', or write 'instrument: kopio' in it.",
        "kopio.yaml:1: ID-REUSED instrument 'koe@1' is in the file 'koe.yaml' already. Give each one an id of its own.",
        "site2.yaml:1: FILE-REPEATED the folder has another file of this kind, 'site.yaml', and only that one counts. "
        "Keep one of the two.",
    ]


def test_a_condition_on_what_closes_the_base(folder: Path) -> None:
    """It cannot be moved to after a question that the base asks last."""
    closing = "      - {id: now, type: yes_no, waves: [end], text: {fi: Nyt, sv: Nu}}\nalarms:"
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("alarms:", f"  - items:\n{closing}"))
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start, end]\nsections:\n"
        "  - items: [{id: own, type: text, waves: [end], show_if: \"now == 'yes'\", text: {fi: Oma}}]\n"
    )
    assert lines() == [
        "oma.yaml:8: CONDITION-ORDER 'show_if' of item 'own' looks at 'now', which comes later or is the item itself. It "
        "comes from koe@1, after the sections of this file: ask it in a question of your own."
    ]


def test_an_extension_has_ids_of_its_own(folder: Path) -> None:
    """Its items, scales and dimensions do not take the names of the base, also not of what closes the base's waves; and
    what is wrong with the base is told in the base alone."""
    closing = "      - {id: now, type: text, waves: [end], text: {fi: Nyt, sv: Nu}}\nalarms:"
    (folder / "koe.yaml").write_text(
        INSTRUMENT.replace("alarms:", f"  - items:\n{closing}").replace("{item: a1, below: 2,", "{item: a1,")
    )
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nrespondent: coach\nlanguages: [fi]\ntitle: {fi: Oma}\n"
        "waves: [start, end]\nscales:\n  agree: {options: [{value: 1, label: {fi: a}}, {value: 2, label: {fi: b}}]}\n"
        "dimensions:\n  mood: {title: {fi: x}, measurement: formative, items: [a1, a2], minimum_answered: 1}\n"
        "sections:\n  - items: [{id: now, type: text, text: {fi: Oma}}]\n"
        "alarms:\n  - {item: a2, below: 2, to: [area]}\n  - {item: a2, to: [area]}\n"
    )
    assert lines() == [
        "koe.yaml:22: ALARM-LIMIT the rule for item 'a1' has no limit. Write 'below: 3' or 'above: 4'.",
        "oma.yaml:4: RESPONDENT-EXTENDS the instrument asks 'coach' and extends 'koe@1', which asks 'client'. Let it stand "
        "alone: answers of different people are never averaged.",
        "oma.yaml:9: ID-REUSED scale 'agree' comes from 'koe@1' already. Give each one an id of its own.",
        "oma.yaml:11: ID-REUSED dimension 'mood' comes from 'koe@1' already. Give each one an id of its own.",
        "oma.yaml:13: ID-REUSED item 'now' comes from 'koe@1' already. Give each one an id of its own.",
        "oma.yaml:16: ALARM-LIMIT the rule for item 'a2' has no limit. Write 'below: 3' or 'above: 4'.",
    ]


def test_a_long_chain_of_extensions(folder: Path) -> None:
    """Instruments that build on one another a thousand times over are read like any other."""
    for n in range(1100):
        extends = f"extends: x{n - 1}@1\n" if n else "sections: [{items: [{id: b1, type: text, text: {fi: B}}]}]\n"
        (folder / f"x{n}.yaml").write_text(
            f"instrument: x{n}\nversion: 1\n{extends}languages: [fi]\ntitle: {{fi: X}}\nwaves: [start]\n"
        )
    library = reading.read_library(folder).library
    assert library is not None and library.instruments["x1099@1"].item("b1").origin == "x0"


def test_an_earlier_version_beside_the_present_one(folder: Path) -> None:
    """Still in the field, under a name with its number, and without a warning."""
    (folder / "koe.v1.yaml").write_text(INSTRUMENT)
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("version: 1", "version: 2"))
    assert lines() == []


def test_a_contact_detail_after_a_consent(folder: Path) -> None:
    """A condition of the item or of its section is enough."""
    consent = "      - {id: may, type: consent, text: {fi: x, sv: y}}\n"
    email = "{id: mail, type: email, text: {fi: x, sv: y}"
    own = f"""{consent}      - {email}, show_if: "answered(may)"}}\nalarms:"""
    section = f"""{consent}  - show_if: "answered(may)"\n    items: [{email}}}]\nalarms:"""
    for text in (own, section):
        (folder / "koe.yaml").write_text(INSTRUMENT.replace("alarms:", text))
        assert lines() == []


def test_yes_and_no_in_a_language_without_words(folder: Path) -> None:
    """They are written out there."""
    text = "instrument: koe\nversion: 1\nlanguages: [fi, so, de]\ntitle: {fi: K, so: K, de: K}\nwaves: [start]\nsections:\n"
    texts = "{fi: x, so: x, de: y}"
    options = f"options: [{{value: 'yes', label: {texts}}}, {{value: 'no', label: {texts}}}]"
    (folder / "site.yaml").unlink()
    (folder / "koe.yaml").write_text(f"{text}  - items: [{{id: n1, type: yes_no, text: {texts}}}]\n")
    assert lines("koe.yaml") == [
        "koe.yaml:7: YES-NO-WORDS item 'n1' (yes_no) has no words for yes and no in the language 'de'. Write its options "
        "'yes' and 'no' with labels."
    ]
    (folder / "koe.yaml").write_text(f"{text}  - items: [{{id: n1, type: yes_no, text: {texts}, {options}}}]\n")
    assert lines("koe.yaml") == []


def test_a_ground_of_the_site(folder: Path) -> None:
    """A sensitive question names one of site.yaml's grounds; a near miss is a question."""
    grounds = "grounds: {health: {title: {fi: x, sv: y}, basis: GDPR 9}}\n"
    (folder / "site.yaml").write_text(SITE + grounds)
    sensitive = INSTRUMENT.replace("{id: more,", "{id: more, sensitive: true, ground: health,")
    (folder / "koe.yaml").write_text(sensitive)
    assert lines() == []
    (folder / "koe.yaml").write_text(sensitive.replace("ground: health", "ground: helth"))
    assert lines() == [
        "koe.yaml:18: GROUND-UNKNOWN item 'more' names ground 'helth', which site.yaml does not have. Did you mean 'health'?"
    ]
    (folder / "koe.yaml").write_text(sensitive.replace(" ground: health,", ""))
    assert lines() == [
        "koe.yaml:18: SENSITIVE-GROUND item 'more' is sensitive and does not say on which ground it is asked. Write "
        "'ground:' with one of the grounds of site.yaml: 'health'."
    ]


# --- pictures -------------------------------------------------------------------------------------

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'
UNSAFE = {
    "<script>1</script>": "<script>",
    "<g><foreignObject/></g>": "<foreignObject>",
    '<p xmlns="http://www.w3.org/1999/xhtml"><iframe/></p>': "<iframe>",
    '<path onclick="go()"/>': "onclick",
    '<a href="https://x.example/"/>': "href=https://x.example/",
    '<use xlink:href="other.svg#a"/>': "href=other.svg#a",
    '<image href="data:image/svg+xml,AAAA"/>': "href=data:image/svg+xml,AAAA",
    '<set attributeName="onclick" to="go()"/>': "attributeName=onclick",
    '<set attributeName="xlink:href" to="#a"/>': "attributeName=xlink:href",
    '<path fill="url( https://x.example/#a)"/>': "url( https://x.example/#a)",
    "<path style=\"fill:url('x.svg#a')\"/>": "url('x.svg#a')",
    "<style>path{fill:url(x.png)}</style>": "url(x.png)",
    "<style>@import 'x.css';</style>": "@import 'x.css';",
    "<?xml-stylesheet href='x.css'?>": "<?xml-stylesheet",
}
SAFE = [
    '<defs><path id="a"/></defs><use xlink:href="#a"/><use href="#a"/>',
    '<path fill="url(#a)" style="stroke:url( \'#b\')"/><style>path{fill:url("#c")}</style>',
    '<image href="data:image/png;base64,AAAA"/>',
    "<title>Url(x) and href</title>",
]


@pytest.fixture
def picture(folder: Path) -> Path:
    """A picture beside an option of the small library, which is drawn anew by each test."""
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("sv: Ja}}", "sv: Ja}, image: images/a.svg}"))
    (folder / "images").mkdir()
    return folder / "images" / "a.svg"


@pytest.mark.parametrize("drawing", SAFE)
def test_a_plain_drawing(picture: Path, drawing: str) -> None:
    """What names only parts of itself is a picture."""
    picture.write_text(SVG.format(drawing))
    assert lines() == []


@pytest.mark.parametrize("drawing", UNSAFE)
def test_a_drawing_that_could_run_or_load_something(picture: Path, drawing: str) -> None:
    """Scripts, handlers, links, styles and documents from elsewhere are named."""
    picture.write_text(SVG.format(drawing))
    assert lines() == [
        f"koe.yaml:10: IMAGE-UNSAFE the picture 'images/a.svg' holds '{UNSAFE[drawing]}', which a picture must not. Save it "
        "again as a plain drawing, without scripts and links."
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_drawing_with_entities(picture: Path, encoding: str) -> None:
    """A document type is refused before its entities are read, however the file is encoded."""
    entities = "".join(f'<!ENTITY e{n + 1} "&e{n};&e{n};">' for n in range(40))
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    picture.write_bytes(f'{head}<!DOCTYPE svg [<!ENTITY e0 "x">{entities}]><svg>&e40;</svg>'.encode(encoding))
    assert lines() == [
        "koe.yaml:10: IMAGE-UNSAFE the picture 'images/a.svg' holds '<!DOCTYPE', which a picture must not. Save it again "
        "as a plain drawing, without scripts and links."
    ]


@pytest.mark.parametrize("data", [b"", b"<svg>", b"<html/>", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_a_drawing_that_is_none(picture: Path, data: bytes) -> None:
    """What is not an SVG, or not whole, is told by its name."""
    picture.write_bytes(data)
    assert lines() == [
        "koe.yaml:10: IMAGE-KIND the picture 'images/a.svg' cannot be read as SVG, which its name says it is. Save it again "
        "as SVG, or give the file the ending of what it is."
    ]


def test_pictures_that_are_not_what_their_names_say(folder: Path) -> None:
    """PNG, JPEG and WebP are known by their first bytes; a folder and a missing file are no picture."""
    (folder / "images").mkdir()
    kinds = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff\xe0", "webp": b"RIFF\x10\0\0\0WEBPVP8 "}
    for ending, data in kinds.items():
        (folder / "images" / f"good.{ending}").write_bytes(data + b"...")
        (folder / "images" / f"bad.{ending}").write_bytes(b"<svg/>")
    (folder / "images" / "folder.png").mkdir()
    names = [
        *(f"{name}.{ending}" for name in ("good", "bad") for ending in kinds),
        "folder.png",
        "none.svg",
        "none.svg",
    ]
    items = "".join(
        f"      - {{id: i{n}, type: single, text: {{fi: x, sv: y}}, options: [{{value: a, label: {{fi: x, sv: y}}, "
        f"image: images/{name}}}, {{value: b, label: {{fi: x, sv: y}}}}]}}\n"
        for n, name in enumerate(names)
    )
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("alarms:\n", f"{items}alarms:\n"))
    kind = "the picture 'images/bad.{0}' cannot be read as {1}, which its name says it is. Save it again as {1}, or give the "
    missing = "the picture 'images/{}' does not exist. Put the file beside the instruments, in the folder 'images'."
    assert lines() == [
        f"koe.yaml:22: IMAGE-KIND {kind.format('png', 'PNG')}file the ending of what it is.",
        f"koe.yaml:23: IMAGE-KIND {kind.format('jpg', 'JPEG')}file the ending of what it is.",
        f"koe.yaml:24: IMAGE-KIND {kind.format('webp', 'WebP')}file the ending of what it is.",
        f"koe.yaml:25: IMAGE-MISSING {missing.format('folder.png')}",
        f"koe.yaml:26: IMAGE-MISSING {missing.format('none.svg')}",
    ]


def test_a_picture_that_is_long_to_wait_for(picture: Path) -> None:
    """More than 60 kB is a warning, and the library comes out all the same."""
    picture.write_text(SVG.format(f"<path d='M0 0{' 1 1' * 15_000}'/>"))
    assert lines() == [
        "koe.yaml:10: IMAGE-LARGE warning: the picture 'images/a.svg' has 60,105 bytes, which is long to wait for on a "
        "slow connection. Make it smaller than 60,000 bytes."
    ]
    assert reading.read_library(Path()).library is not None


# --- recordings -----------------------------------------------------------------------------------

MENDED = "Save it as MP3 (.mp3) or AAC in MP4 (.m4a), which every phone plays; another name is not enough."


def heard(folder: Path, audio: str) -> None:
    """Gives the first question of the small library recordings."""
    text = INSTRUMENT.replace("{id: a1, type: likert,", f"{{id: a1, type: likert, audio: {audio},")
    assert text != INSTRUMENT
    (folder / "koe.yaml").write_text(text)


@pytest.fixture
def recording(folder: Path) -> Path:
    """A recording of a question of the small library, which each test makes."""
    heard(folder, "{fi: audio/a1.fi.mp3}")
    (folder / "audio").mkdir()
    return folder / "audio" / "a1.fi.mp3"


@pytest.mark.parametrize(
    "data", [recorded.mp3(), b"ID3\x04\0\0\0\0\0\0" + recorded.mp3(), b"\xff\xfb\x90\x00" + bytes(413)]
)
def test_a_recording_in_one_of_the_languages(recording: Path, data: bytes) -> None:
    """With a tag or without, of either version of MPEG; the other languages need none."""
    recording.write_bytes(data)
    assert lines() == []


def test_recordings_of_an_instrument(folder: Path) -> None:
    """Of both kinds, of a question and of a row of a grid; those of a base come along with what extends it."""
    (folder / "audio").mkdir()
    for name, data in (("a1.mp3", recorded.mp3()), ("a1.sv.m4a", recorded.m4a()), ("r.mp3", recorded.mp3())):
        (folder / "audio" / name).write_bytes(data)
    heard(folder, "{fi: audio/a1.mp3, sv: audio/a1.sv.m4a}")
    text = (folder / "koe.yaml").read_text()
    grid = (
        "      - {id: g, type: grid, scale: agree, text: {fi: G, sv: G}, "
        "rows: [{id: r, text: {fi: R, sv: R}, audio: {fi: audio/r.mp3}}]}\n"
    )
    (folder / "koe.yaml").write_text(text.replace("alarms:\n", f"{grid}alarms:\n"))
    (folder / "more.yaml").write_text(
        "instrument: more\nversion: 1\nlanguages: [fi, sv]\ntitle: {fi: M, sv: M}\nwaves: [start, end]\nextends: koe@1\n"
    )
    assert lines() == []
    read = reading.read_library(folder)
    assert read.library is not None
    files = {"audio/a1.mp3", "audio/a1.sv.m4a", "audio/r.mp3"}
    assert {key: version.recordings for key, version in read.versions.items()} == {"koe@1": files, "more@1": files}
    more = read.library.instruments["more@1"]
    assert more.recordings == files
    assert more.item("a1").audio == {"fi": "audio/a1.mp3", "sv": "audio/a1.sv.m4a"}
    assert more.item("r").audio == {"fi": "audio/r.mp3"} and more.grid("g").audio is None


@pytest.mark.parametrize(
    "data",
    [
        b"<html>", b"OggS" + bytes(60), b"RIFF\x10\0\0\0WAVEfmt ", b"\xff\xf1\x50\x80" + bytes(60), b"\xff\xfd\x90\x00",
        b"\xff\xeb\x90\x00", b"\xff\xfb\xf0\x00", b"\xff\xfb\x9c\x00", b"\xff\xfb", recorded.m4a(),
    ],
)  # fmt: skip
def test_a_recording_that_is_no_mp3(recording: Path, data: bytes) -> None:
    """Text, Ogg, WAV, AAC without a container, other layers, what no frame can be, and AAC under the wrong name."""
    recording.write_bytes(data)
    assert lines() == [
        "koe.yaml:16: AUDIO-KIND the recording 'audio/a1.fi.mp3' cannot be read as MP3, which its name says it is. "
        f"{MENDED}"
    ]


@pytest.mark.parametrize("data", [recorded.mp3(), recorded.m4a().replace(b"mp4a", b"alac"), b"\0\0\0\x18ftypqt  moov"])
def test_a_recording_that_is_no_aac(recording: Path, data: bytes) -> None:
    """MP3 under the wrong name, Apple's lossless coding, a film without sound."""
    heard(recording.parent.parent, "{sv: audio/a.m4a}")
    recording.with_name("a.m4a").write_bytes(data)
    assert lines() == [
        f"koe.yaml:16: AUDIO-KIND the recording 'audio/a.m4a' cannot be read as AAC (MP4), which its name says it is. {MENDED}"
    ]


def test_a_recording_that_is_not_there(recording: Path) -> None:
    """A folder of the name is none either; an empty file is told as such."""
    missing = (
        "koe.yaml:16: AUDIO-MISSING the recording 'audio/a1.fi.mp3' does not exist. Put the file beside the instruments, "
        "in the folder 'audio', or take its name out."
    )
    assert lines() == [missing]
    recording.mkdir()
    assert lines() == [missing]
    recording.rmdir()
    recording.write_bytes(b"")
    assert lines() == [
        "koe.yaml:16: AUDIO-EMPTY the recording 'audio/a1.fi.mp3' is empty or cannot be opened. Save the recording again."
    ]


def test_a_recording_that_is_too_long(recording: Path) -> None:
    """More than a megabyte is a warning, and the library comes out all the same."""
    recording.write_bytes(recorded.mp3(50_000))
    assert lines() == [
        "koe.yaml:16: AUDIO-LARGE warning: the recording 'audio/a1.fi.mp3' has 1,200,000 bytes, far more than a question "
        "read aloud needs. Save it in one channel at 64 kbit/s or less; make it smaller than 1,000,000 bytes."
    ]
    assert reading.read_library(Path()).library is not None


FORM = "Write a file like 'audio/js1.fi.mp3' (.mp3 or .m4a)."


@pytest.mark.parametrize(
    ("audio", "told"),
    [
        ("{fi: ../a.mp3}", f"VALUE-FORM 'audio.fi' cannot be '../a.mp3'. {FORM}"),
        ("{fi: audio/../../a.mp3}", f"VALUE-FORM 'audio.fi' cannot be 'audio/../../a.mp3'. {FORM}"),
        ("{sv: 'https://x.example/a.mp3'}", f"VALUE-FORM 'audio.sv' cannot be 'https://x.example/a.mp3'. {FORM}"),
        ("{fi: audio/a.ogg}", f"VALUE-FORM 'audio.fi' cannot be 'audio/a.ogg'. {FORM}"),
        ("{en: audio/a1.fi.mp3}",
         "TRANSLATION-EXTRA 'audio' has a text in 'en', which is not one of the languages of the file. Add 'en' to "
         "'languages', or remove every text in it from the file."),
        ("audio/a1.fi.mp3",
         "VALUE-TYPE 'audio' is the text 'audio/a1.fi.mp3'. Write a file for each language that has one, like {fi: "
         "audio/js1.mp3}."),
    ],
)  # fmt: skip
def test_where_recordings_are(recording: Path, audio: str, told: str) -> None:
    """In the folder audio and nowhere else, by language."""
    recording.write_bytes(recorded.mp3())
    heard(recording.parent.parent, audio)
    assert lines() == [f"koe.yaml:16: {told}"]


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
    """No code is left without a test: each function of the catalogue is seen in this file, beside it, or where answers
    from elsewhere are read."""
    here = Path(__file__).parent
    files = [*here.glob("test_*.py"), here.parent / "analysis" / "test_elsewhere.py"]
    source = "".join(path.read_text() for path in files)
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
    path = tmp_path_factory.getbasetemp() / "bytes" / "any.yaml"
    path.parent.mkdir(exist_ok=True)
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
