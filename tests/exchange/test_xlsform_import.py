"""XLSForms as instruments: every type of row, what becomes of each column, and reports that add up."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange.loss import ExchangeError, Imported, counts
from survey.model import Constraint, Library, Option, Section
from tests import recorded
from tests.exchange.forms import CHOICES, cells, import_form, item, problems, why

ROOT = Path(__file__).parent.parent.parent
PNG = b"\x89PNG\r\n\x1a\n..."
HEAD = "type | name | label::Suomi (fi) | label::Svenska (sv) | "


def one(row: str, columns: str = "hint") -> Imported:
    """A form of one row, with further columns. A question before it, `q0`, is there to be named."""
    filler = " | " * (columns.count("|") + 1)
    rows = [
        f"{HEAD}{columns}",
        f"select_one yn | q0 | Ensin? | Först? {filler}",
        f"integer | n0 | Montako? | Hur många? {filler}",
        row,
    ]
    return import_form("\n".join(rows))


# --- types ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "type", "fields"),
    [
        ("integer | q | K? | F?", "integer", {}),
        ("int | q | K? | F?", "integer", {}),
        ("decimal | q | K? | F?", "decimal", {}),
        ("text | q | K? | F?", "text", {}),
        ("string | q | K? | F?", "text", {}),
        ("text | q | K? | F? | multiline", "long_text", {}),
        ("date | q | K? | F?", "date", {}),
        ("date | q | K? | F? | month-year", "month", {}),
        ("date | q | K? | F? | year", "year", {}),
        ("time | q | K? | F?", "time", {}),
        ("acknowledge | q | K? | F?", "consent", {}),
        ("trigger | q | K? | F?", "consent", {}),
        ("note | q | K. | F.", "note", {}),
        ("select_one ab | q | K? | F?", "single", {"values": ["a", "b", "c"]}),
        ("select one ab | q | K? | F?", "single", {"values": ["a", "b", "c"]}),
        ("select_one ab | q | K? | F? | minimal", "dropdown", {"values": ["a", "b", "c"]}),
        ("select_one agree | q | K? | F? | likert", "likert", {"values": [1, 2, 3]}),
        ("select_one yn | q | K? | F?", "yes_no", {"values": ["yes", "no"]}),
        ("select_multiple ab | q | K? | F?", "multiple", {"values": ["a", "b", "c"]}),
        ("select all that apply from ab | q | K? | F?", "multiple", {"values": ["a", "b", "c"]}),
        ("rank ab | q | K? | F?", "rank", {"values": ["a", "b", "c"]}),
        ("select_one ab or_other | q | K? | F?", "single", {"values": ["a", "b", "c", "other"], "other": "other"}),
        (
            "select_multiple ab or_other | q | K? | F?",
            "multiple",
            {"values": ["a", "b", "c", "other"], "other": "other"},
        ),
        ("phone number | q | K? | F?", "phone", {}),
        ("percentage | q | K? | F?", "integer", {"minimum": 0, "maximum": 100}),
    ],
)
def test_types_that_come_over(row: str, type: str, fields: dict[str, Any]) -> None:
    """A row of this type is an item of that one, with nothing to say about it."""
    found = one(row + " | " * (4 - row.count("|")), "appearance")
    got = item(found, "q")
    assert got.type == type
    options = found.instrument.options(got)
    assert [option.value for option in options] == fields.pop("values", [])
    assert [option.value for option in options if option.other] == [v for v in [fields.pop("other", None)] if v]
    assert {key: getattr(got, key) for key in fields} == fields
    assert why(found, "survey, row 4") == ("came", "")


@pytest.mark.parametrize(
    ("type", "reason"),
    [
        *((type, "Mittari asks for no place on a map.") for type in ("geopoint", "geotrace", "geoshape", "start-geopoint")),
        *(
            (type, "Mittari takes no files, pictures or recordings from those who answer.")
            for type in ("image", "audio", "video", "file", "background-audio", "osm", "osm building_tags")
        ),
        ("barcode", "Mittari reads no bar codes."),
        *((type, "Mittari keeps the moment of answering by itself.") for type in ("start", "end", "today")),
        *(
            (type, "Mittari keeps nothing about the device or its user.")
            for type in ("deviceid", "username", "phonenumber", "email", "simserial", "subscriberid")
        ),
        ("audit", "Mittari keeps no record of how a form is filled in."),
        *((type, "Mittari reads no tables from other files.") for type in ("xml-external", "csv-external")),
        *(
            (type, "Its choices are in another file, or come from other answers.")
            for type in (
                "select_one_from_file x.csv", "select_multiple_from_file x.xml", "select_one_external x",
                "select_one ${q0}",
            )
        ),
        ("select_one nothing", "The sheet choices has no list 'nothing'."),
        ("include other", "The type 'include other' is not known."),
        ("calculate", "It has no calculation."),
        ("hidden", "It is never shown, and the form gives it no fixed value."),
        ("db:person", "The type 'db:person' is not known."),
        ("", "It has no type, so it is no question."),
    ],
)  # fmt: skip
def test_types_that_are_left(type: str, reason: str) -> None:
    """A row of this type is left, and the report says why."""
    found = one(f"{type} | q | K? | F? |")
    assert why(found, "survey, row 4") == ("left", reason)
    assert [each.id for each in found.instrument.items()] == ["q0", "n0"]


def test_the_heading_of_a_table_is_no_question() -> None:
    """A row that only shows the options above others takes no answer; its words are kept."""
    found = one("select_one ab | q | Arvioi! | Bedöm! | label", "appearance")
    assert (item(found, "q").type, item(found, "q").text) == ("note", {"fi": "Arvioi!", "sv": "Bedöm!"})
    assert why(found, "survey, row 4") == (
        "changed",
        "It is the heading of a table of questions: its words are a text to read.",
    )
    assert why(one("select_one ab | q | | | label", "appearance"), "survey, row 4") == ("left", "It has no words.")


def test_a_date_and_time_is_asked_as_a_date() -> None:
    """What has a near counterpart is changed into it, and that is said."""
    found = one("dateTime | q | K? | F? |")
    assert item(found, "q").type == "date"
    assert why(found, "survey, row 4") == ("changed", "Only the date is asked.")


@pytest.mark.parametrize(
    ("parameters", "type", "limits", "reason"),
    [
        (
            "start=0 end=10 step=1",
            "scale",
            (0, 10),
            "The ends of its scale have no words in the form: their numbers stand there.",
        ),
        (
            "start=1;end=5",
            "scale",
            (1, 5),
            "The ends of its scale have no words in the form: their numbers stand there.",
        ),
        (
            "start=0 end=100 step=5",
            "integer",
            (0, 100),
            "It is a number to write, from 0 to 100: steps of 5 have no counterpart.",
        ),
        (
            "start=1.5 end=5.5 step=0.5",
            "decimal",
            (1.5, 5.5),
            "It is a number to write, from 1.5 to 5.5: steps of 0.5 have no counterpart.",
        ),
        ("start=0 end=2 step=1 tick_labelset=agree", "scale", (0, 2), ""),
    ],
)
def test_ranges(parameters: str, type: str, limits: tuple[float, float], reason: str) -> None:
    """Whole steps of one are a scale, others a number to write."""
    found = one(f"range | q | K? | F? | {parameters}", "parameters")
    got = item(found, "q")
    assert (got.type, (got.minimum, got.maximum)) == (type, limits)
    assert why(found, "survey, row 4") == ("changed" if reason else "came", reason)
    if "labelset" in parameters:
        assert (got.low, got.high) == ({"fi": "0", "sv": "0"}, {"fi": "Osin", "sv": "Delvis"})


@pytest.mark.parametrize(
    ("calculation", "ours"),
    [("${n0} * 2", "n0 * 2"), ("round(${n0} div 3)", "round(n0 / 3)")],
)
def test_calculations_with_numbers(calculation: str, ours: str) -> None:
    """A calculation with numbers is an item that is never shown."""
    found = one(f"calculate | q | | | {calculation}", "calculation")
    assert (item(found, "q").type, item(found, "q").calculate) == ("calculated", ours)
    assert why(found, "survey, row 4") == ("came", "")


def test_calculations_that_stand_for_conditions() -> None:
    """A truth that is worked out stands in the conditions that ask for it; one that nobody asks for is left."""
    found = import_form(
        f"""
{HEAD} calculation | relevant
integer   | age   | Ikä? | Ålder? |
calculate | adult |      |        | ${{age}} >= 18
calculate | child |      |        | ${{age}} < 18
calculate | words |      |        | concat('a', ${{age}})
text      | q     | K?   | F?     | | ${{adult}}
"""
    )
    assert item(found, "q").show_if == "age >= 18"
    assert why(found, "survey, row 3") == ("changed", "It is no item: it stands in the conditions that ask for it.")
    assert why(found, "survey, row 4") == (
        "left",
        "What it works out is no number, and no condition that came over asks for it.",
    )
    assert why(found, "survey, row 5") == ("left", "Its calculation has no counterpart, since it uses 'concat'.")


def test_hidden_values() -> None:
    """A hidden question with a fixed value is hidden here, and conditions know its value."""
    found = import_form(
        f"""
{HEAD} default | relevant
hidden | way | | | SMS 2 |
text   | q   | K? | F? | | ${{way}} = 'SMS 2'
"""
    )
    assert item(found, "way").value == "sms_2"
    assert item(found, "q").show_if == "way == 'sms_2'"
    assert why(found, "survey, row 2") == (
        "changed",
        "Its value is 'sms_2', since values have other letters here.",
    )


# --- columns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "given", "key", "value", "reason"),
    [
        ("required", "yes", "required", "hard", ""),
        ("required", "true()", "required", "hard", ""),
        ("required", "no", "required", "no", ""),
        (
            "required",
            "${q0} = 'yes'",
            "required",
            "soft",
            "An answer is asked for once and need not be given: when it is needed was left out (${q0} = 'yes').",
        ),
        ("relevant", "${q0} = 'yes'", "show_if", "q0 == 'yes'", ""),
        ("relevant", "true()", "show_if", None, ""),
        (
            "relevant",
            "${q0} = today()",
            "show_if",
            None,
            "It is asked of all, since its condition could not be carried over: it compares with the day of answering "
            "(${q0} = today()).",
        ),
        (
            "relevant",
            "${q9} = 1",
            "show_if",
            None,
            "It is asked of all, since its condition could not be carried over: 'q9' is not asked before (${q9} = 1).",
        ),
        ("hint::fi", "Arvio riittää.", "hint", {"fi": "Arvio riittää.", "sv": "Arvio riittää."},
         "There is no text in 'sv': that in 'fi' stands in its place."),
        ("default", "4", "id", "q", "The answer that the form fills in beforehand was left out."),
        ("appearance", "w4 numbers", "id", "q", "How it looks is left to Mittari (w4)."),
        ("guidance_hint", "x", "id", "q", "Its guidance for interviewers was left out."),
        ("choice_filter", "x=1", "id", "q", "All options are offered: the form's filter of choices was left out."),
        ("media::image", "x.png", "id", "q", "Its picture was left out: only options have pictures."),
        ("audio", "x.mp3", "audio", None, "Its recording 'x.mp3' was left out: no such file lies beside the form."),
        ("video", "x.mp4", "id", "q", "Its film was left out."),
        ("trigger", "${q0}", "id", "q", "What sets it off was left out."),
        ("calculation", "1 + 1", "id", "q", "What the form works out as its answer was left out."),
        ("required_message", "Vastaa!", "id", "q",
         "Mittari's own words remind of an answer that is needed; the form's were left out."),
        ("constraint", ". >= 1 and . <= 60", "minimum", 1, ""),
        ("constraint", ". > 0 and 61 > .", "maximum", 60, ""),
        ("constraint", ". > ${n0}", "constraints",
         (Constraint(rule="q > n0", message={"fi": "Tarkista vastaus.", "sv": "Kontrollera svaret."}),), ""),
        ("constraint", "(. >= 0 and . <= 30) or . = 99", "constraints",
         (Constraint(rule="(q >= 0 and q <= 30) or q == 99",
                     message={"fi": "Tarkista vastaus.", "sv": "Kontrollera svaret."}),), ""),
        ("constraint", "regex(., '^[0-9]+$')", "constraints", (),
         "A part of its constraint was left out, since it uses 'regex'. The whole constraint in the form: "
         "regex(., '^[0-9]+$')."),
        ("constraint", ". >= 5 and . <= 1", "maximum", None,
         "Its limits leave no number between them, so they were left out."),
        ("constraint", "((", "constraints", (), "Its constraint was left out, since it ends too early (((" + ")."),
    ],
)  # fmt: skip
def test_columns(columns: str, given: str, key: str, value: object, reason: str) -> None:
    """What a cell becomes on a question with a number, and what is said of it."""
    found = one(f"integer | q | K? | F? | {given}", columns)
    assert getattr(item(found, "q"), key) == value
    assert why(found, "survey, row 4") == ("changed" if reason else "came", reason)


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ("decimal | q | K? | F? | . >= 0.5", {"minimum": 0.5, "constraints": ()}),
        ("date | q | K? | F? | . <= today()", {"maximum": "today"}),
        ("date | q | K? | F? | . > date('2020-01-31')", {"minimum": "2020-02-01"}),
        ("date | q | K? | F? | date('2020-12-31') >= .", {"maximum": "2020-12-31"}),
        ("time | q | K? | F? | decimal-time(.) >= decimal-time('08:30')", {"minimum": "08:30"}),
        ("text | q | K? | F? | string-length(.) < 100", {"type": "text", "max_length": 99}),
        ("text | q | K? | F? | regex(., '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$')", {"type": "email"}),
        ("select_multiple ab | q | K? | F? | count-selected(.) <= 2 and count-selected(.) >= 1",
         {"at_most": 2, "at_least": 1}),
        ("select_multiple ab | q | K? | F? | count-selected(.) = 2", {"at_most": 2, "at_least": 2}),
        ("select_multiple ab | q | K? | F? | not(selected(., 'c') and count-selected(.) > 1)", {"exclusive": ["c"]}),
        ("select_multiple ab | q | K? | F? | count-selected(.) = 1 or not(selected(., 'a'))", {"exclusive": ["a"]}),
        ("select_multiple ab | q | K? | F? | if(selected(., 'a'), count-selected(.) = 1, true())",
         {"exclusive": ["a"]}),
        ("integer | q | K? | F? | ${n0} = '' or . >= ${n0}", {"rule": "q >= n0"}),
        ("decimal | q | K? | F? | . > 0", {"rule": "q > 0", "minimum": None}),
    ],
)  # fmt: skip
def test_constraints(row: str, fields: dict[str, Any]) -> None:
    """Limits, lengths, numbers of choices and options that go alone are what they are here; the rest is a rule."""
    found = one(row, "constraint")
    got = item(found, "q")
    if "rule" in fields:
        assert [constraint.rule for constraint in got.constraints] == [fields.pop("rule")]
    if "exclusive" in fields:
        assert [o.value for o in found.instrument.options(got) if o.exclusive] == fields.pop("exclusive")
    assert {key: getattr(got, key) for key in fields} == fields
    assert why(found, "survey, row 4") == ("came", "")


def test_messages_of_constraints() -> None:
    """A rule keeps the form's own words; a limit has Mittari's, and the report says so."""
    found = import_form(
        f"""
{HEAD} constraint | constraint_message::fi | constraint_message::sv
integer | a | K? | F? | . > 3      | Yli kolme! | Över tre!
integer | b | K? | F? | . > ${{a}} | Enemmän!   | Mera!
"""
    )
    assert item(found, "a").minimum == 4
    assert why(found, "survey, row 2") == (
        "changed",
        "Mittari's own words tell of the limit; the form's were left out.",
    )
    assert item(found, "b").constraints == (Constraint(rule="b > a", message={"fi": "Enemmän!", "sv": "Mera!"}),)
    assert why(found, "survey, row 3") == ("came", "")


def test_columns_and_sheets_that_are_no_part_of_a_form() -> None:
    """Each has an entry of its own, with what it holds."""
    found = import_form(
        f"{HEAD} notes | \ntext | q | K? | F? | muistiin | x\ntext | r | K? | F? | lisää |",
        entities="dataset\npeople",
        muistio="a | b\n1 | 2\n3 | 4",
        choices="list_name | name | label::fi | region\nx | 1 | Yksi | pohjoinen\nx | | Kaksi |",
    )
    assert why(found, "sheet 'entities'") == ("left", "Records that a form makes for other forms have no counterpart.")
    assert why(found, "sheet 'muistio'") == ("left", "Only the sheets survey, choices and settings make a form.")
    assert [(loss.where, loss.what, loss.why) for loss in found.losses if "column" in loss.where] == [
        ("survey, a column", "'notes', 2 cells", "A column of this name has no counterpart."),
        ("survey, a column", "no heading, 1 cells", "A column of this name has no counterpart."),
        ("choices, a column", "'region', 1 cells", "A column of this name has no counterpart."),
    ]
    assert why(found, "choices, row 2") == ("left", "No question that came over has this list.")
    assert why(found, "choices, row 3") == (
        "left",
        "It has no name of a list, or none of its own, so it is no choice.",
    )


# --- choices --------------------------------------------------------------------------------------


def test_values_ids_and_conditions_follow_each_other() -> None:
    """Names that are not allowed here are changed, and conditions and rules follow."""
    found = import_form(
        f"""
{HEAD} relevant
select_one Lista | Työ-tilanne | K? | F? |
integer          | group       | K? | F? | ${{Työ-tilanne}} = 'On-Leave'
text             | q           | K? | F? | ${{group}} > 2 and selected(${{Työ-tilanne}}, '01')
""",
        choices="list_name | name | label::fi | label::sv\nLista | On-Leave | Vapaalla | Ledig\nLista | 01 | Yksi | En",
    )
    assert [one.id for one in found.instrument.items()] == ["tyo_tilanne", "q_group", "q"]
    assert item(found, "q_group").show_if == "tyo_tilanne == 'on_leave'"
    assert item(found, "q").show_if == "q_group > 2 and tyo_tilanne == '01'"
    assert why(found, "survey, row 2") == (
        "changed",
        "Its id is 'tyo_tilanne', since ids have other letters here, each once. Conditions follow.",
    )
    assert why(found, "choices, row 2") == (
        "changed",
        "Its value is 'on_leave', since values have other letters here, each once.",
    )
    assert why(found, "choices, row 3") == ("came", "")


def test_lists_that_several_questions_have_are_scales() -> None:
    """A list stands once where questions share it, and with its question where they do not."""
    found = import_form(
        f"{HEAD}\nselect_one agree | a | K? | F?\nselect_one agree | b | K? | F?\nselect_one ab | c | K? | F?"
    )
    assert list(found.instrument.scales) == ["agree"]
    assert [item(found, id).scale for id in "abc"] == ["agree", "agree", None]


def test_pictures_of_choices() -> None:
    """A picture that lies beside the form comes over under a name that pages can have; others are told."""
    choices = """
list_name | name | label::fi | label::sv | media::image
k | 1 | Yksi  | En  | Iloinen Naama.PNG
k | 2 | Kaksi | Två | puuttuu.svg
k | 3 | Kolme | Tre | vanha.gif
k | 4 | Neljä | Fyra | feikki.png
"""
    files = {"Iloinen Naama.PNG": PNG, "feikki.png": b"<html>"}
    found = import_form(f"{HEAD}\nselect_one k | q | K? | F?", choices=choices, beside=files.get)
    assert [option.image for option in found.instrument.options(item(found, "q"))] == [
        "images/iloinen-naama.png", None, None, None,
    ]  # fmt: skip
    assert found.images == {"images/iloinen-naama.png": PNG}
    assert why(found, "choices, row 3") == (
        "changed",
        "Its picture 'puuttuu.svg' was left out: no such file lies beside the form.",
    )
    assert why(found, "choices, row 4") == (
        "changed",
        "Its picture 'vanha.gif' was left out: pictures are .svg, .png, .jpg or .webp.",
    )
    assert why(found, "choices, row 5") == (
        "changed",
        "Its picture 'feikki.png' was left out: it is no plain picture of its kind.",
    )


def test_recordings_of_questions() -> None:
    """A recording that lies beside the form comes over under a name that pages can have; others are told."""
    files = {
        "Kysymys 1.FI.MP3": recorded.mp3(), "k.m4a": recorded.m4a(), "feikki.mp3": b"<html>", "k.ogg": b"OggS",
        "muistio.mp3": recorded.mp3(3),
    }  # fmt: skip
    found = import_form(
        """
type    | name | label::fi | label::sv | audio::fi        | media::audio::sv | audio::en
text    | a    | K?        | F?        | Kysymys 1.FI.MP3 | k.m4a            |
text    | b    | K?        | F?        | feikki.mp3       | k.ogg            |
text    | c    | K?        | F?        | puuttuu.mp3      |                  | k.m4a
note    | d    | Lue       | Läs       | muistio.mp3      |                  |
""",
        beside=files.get,
    )
    items = {item.id: item for section in found.instrument.sections for item in section.items}
    assert {id: item.audio for id, item in items.items()} == {
        "a": {"fi": "audio/kysymys-1.fi.mp3", "sv": "audio/k.m4a"}, "b": None, "c": None, "d": {"fi": "audio/muistio.mp3"},
    }  # fmt: skip
    assert found.recordings == {
        "audio/kysymys-1.fi.mp3": recorded.mp3(), "audio/k.m4a": recorded.m4a(), "audio/muistio.mp3": recorded.mp3(3),
    }  # fmt: skip
    assert why(found, "survey, row 2") == ("came", "")
    assert why(found, "survey, row 3") == (
        "changed",
        "Its recording 'feikki.mp3' was left out: it is not what its name says. "
        "Its recording 'k.ogg' was left out: recordings are .mp3 or .m4a.",
    )
    assert why(found, "survey, row 4") == (
        "changed",
        "Its recording 'puuttuu.mp3' was left out: no such file lies beside the form. "
        "Its recording 'k.m4a' was left out: there are no texts in its language.",
    )


def test_a_field_for_words_beside_an_option() -> None:
    """A text that is asked right after of those who chose one option is that option's field; else it is a question."""
    found = import_form(
        f"""
{HEAD} relevant
select_multiple ab | q       | K?   | F?   |
text               | q_other | Mikä? | Vad? | selected(${{q}}, 'c')
select_one ab      | r       | K?   | F?   |
text               | r_other | See  | C    | ${{r}} = 'c'
select_one ab      | s       | K?   | F?   |
text               | s_other | Mikä? | Vad? | ${{r}} = 'c'
"""
    )
    assert [one.id for one in found.instrument.items()] == ["q", "r", "s", "s_other"]
    assert [o.value for o in found.instrument.options(item(found, "q")) if o.other] == ["c"]
    assert why(found, "survey, row 3") == (
        "changed",
        "It is the field for words beside the option 'c' of 'q', without its own text.",
    )
    assert why(found, "survey, row 5") == ("came", "")
    assert item(found, "s_other").show_if == "r == 'c'"


# --- groups ---------------------------------------------------------------------------------------


def test_groups_are_sections() -> None:
    """Headings, conditions and introductions of groups are those of sections; groups within add theirs."""
    found = import_form(
        f"""
{HEAD} relevant
text        | a       | K?    | F?    |
begin group | g       | Työ   | Jobb  | ${{a}} != ''
note        | g_intro | Ensin | Först |
text        | b       | K?    | F?    |
begin_group | h       | Arki  | Vardag | ${{b}} = 'x'
text        | c       | K?    | F?    |
end_group   |         |       |       |
text        | d       | K?    | F?    |
end group   |         |       |       |
begin group | empty   | Tyhjä | Tom   |
image       | e       | K?    | F?    |
end group   |         |       |       |
"""
    )
    a, b, c, d = (item(found, id) for id in "abcd")
    assert found.instrument.sections == (
        Section(items=(a,)),
        Section(
            title={"fi": "Työ", "sv": "Jobb"},
            intro={"fi": "Ensin", "sv": "Först"},
            show_if="answered(a)",
            items=(b,),
        ),
        Section(title={"fi": "Arki", "sv": "Vardag"}, show_if="answered(a) and b == 'x'", items=(c,)),
        Section(show_if="answered(a)", items=(d,)),
    )
    assert why(found, "survey, row 11") == ("left", "No question in it came over.")
    assert why(found, "survey, row 13") == ("came", "")


def test_groups_that_are_never_shown_and_loops_go_with_all_in_them() -> None:
    """Every row in them has its own entry."""
    found = import_form(
        f"""
{HEAD} relevant
text        | a | K? | F? |
begin group | g | G  | G  | false()
text        | b | K? | F? |
end group   |   |    |    |
begin loop over ab | l | L | L |
text        | c | K? | F? |
end loop    |   |    |    |
text        | d | K? | F? | ${{b}} = 'x'
end group   |   |    |    |
"""
    )
    assert [each.id for each in found.instrument.items()] == ["a", "d"]
    told = {row: why(found, f"survey, row {row}") for row in range(3, 11)}
    assert told == {
        3: ("left", "Its condition never holds."),
        4: ("left", "The condition of its group never holds."),
        5: ("left", "Its group did not come over."),
        6: ("left", "It is asked in a loop over a list, which has no counterpart."),
        7: ("left", "It is asked in a loop over a list, which has no counterpart."),
        8: ("left", "Its group did not come over."),
        9: (
            "changed",
            "It is asked of all, since its condition could not be carried over: 'b' did not come over (${b} = 'x').",
        ),
        10: ("left", "No group is open there."),
    }


def test_questions_that_repeat_are_asked_once() -> None:
    """The report says so at the row where they begin."""
    found = import_form(
        f"{HEAD} repeat_count\nbegin repeat | r | Lapsi | Barn | 3\ntext | a | K? | F? |\nend repeat | | | |"
    )
    assert found.instrument.sections[0].title == {"fi": "Lapsi", "sv": "Barn"}
    assert why(found, "survey, row 2") == (
        "changed",
        "Its questions are asked once: questions that repeat have no counterpart. How many times it is asked was left "
        "out.",
    )


@pytest.mark.parametrize(
    "rows",
    [
        "begin_group | g | Miten? | Hur? | table-list |\n{rows}",
        "begin_group | g | Miten? | Hur? | field-list |\n{rows}",
        "begin_group | g | | | field-list |\nselect_one agree | h | Miten? | Hur? | label |\n{rows}",
        "begin_group | g | | | table-list |\nnote | h | Miten? | Hur? | |\n{rows}",
    ],
)
def test_grids(rows: str) -> None:
    """Questions of one list under one stem are a grid, however the form says so."""
    nolabel = "list-nolabel" if "| label |" in rows else ""
    inner = (
        f"select_one agree | a | Arki? | Vardag? | {nolabel} | yes\n"
        f"select_one agree | b | Työ? | Jobb? | {nolabel} | yes\nend_group | | | | |"
    )
    text = "text | q | K? | F? | |"
    found = import_form(f"{HEAD} appearance | required\n{rows.format(rows=inner)}\n{text}")
    grid = item(found, "g")
    assert (grid.type, grid.required, grid.text) == ("grid", "hard", {"fi": "Miten?", "sv": "Hur?"})
    assert [(row.id, row.text["fi"]) for row in grid.rows] == [("a", "Arki?"), ("b", "Työ?")]
    assert [each.id for each in found.instrument.items()] == ["a", "b", "q"]
    assert counts(found.losses)["left"] == 5, "choices of other lists"


def test_what_is_no_grid() -> None:
    """Questions of different lists, or with conditions of their own, stay questions."""
    found = import_form(
        f"""
{HEAD} appearance | relevant
begin_group      | g | Miten? | Hur? | field-list |
select_one agree | a | K? | F? | |
select_one ab    | b | K? | F? | |
end_group        |   |    |    | |
begin_group      | h | Miten? | Hur? | field-list |
select_one agree | c | K? | F? | |
select_one agree | d | K? | F? | | ${{c}} = 1
end_group        |   |    |    | |
"""
    )
    assert [one.type for section in found.instrument.sections for one in section.items] == ["single"] * 4


def test_ratings_and_rankings_of_kobotoolbox() -> None:
    """KoboToolbox writes these two in rows of its own: a grid, and an order with a number of places."""
    found = import_form(
        f"""
{HEAD} kobo--score-choices | kobo--rank-items | required
begin_score | g | Miten? | Hur?    | agree | | yes
score__row  | a | Arki?  | Vardag? |       | | yes
score__row  | b | Työ?   | Jobb?   |       | | yes
end_score   |   |        |         |       | |
begin_rank  | r | Tärkein? | Viktigast? | | ab |
rank__level | r1 | 1.    | 1.      |       | |
rank__level | r2 | 2.    | 2.      |       | |
end_rank    |   |        |         |       | |
begin_score | h | Miten? | Hur?    | zzz   | |
score__row  | c | Arki?  | Vardag? |       | |
end_score   |   |        |         |       | |
"""
    )
    grid, rank = item(found, "g"), item(found, "r")
    assert (grid.type, grid.required, [row.id for row in grid.rows]) == ("grid", "hard", ["a", "b"])
    assert (rank.type, rank.at_most, len(rank.options)) == ("rank", 2, 3)
    assert why(found, "survey, row 7") == ("changed", "Mittari numbers the places by itself.")
    assert why(found, "survey, row 11") == ("left", "The sheet choices has no list 'zzz'.")
    assert [each.id for each in found.instrument.items()] == ["a", "b", "r"]


# --- languages and settings -----------------------------------------------------------------------


def test_languages_that_the_site_has(library: Library) -> None:
    """Texts come in the site's languages, the original first; what a language lacks is filled, and that is said."""
    found = import_form(
        """
type | name | label::English (en) | label::Deutsch (de) | label::Xyzzyan | label::Suomi (fi)
text | a    | Where?              | Wo?                 | nuqDaq         | Missä?
text | b    | When?               |                     |                |
""",
        library=library,
        choices="",
        settings="form_title | default_language\nMatka | English (en)",
    )
    instrument = found.instrument
    assert instrument.languages == ("en", "fi", "sv")
    assert item(found, "a").text == {"en": "Where?", "fi": "Missä?", "sv": "Where?"}
    assert item(found, "b").text == {"en": "When?", "fi": "When?", "sv": "When?"}
    assert instrument.title == {"en": "Matka", "fi": "Matka", "sv": "Matka"}
    assert instrument.review == {"fi": "needed", "sv": "needed"}
    told = {loss.what: (loss.kind, loss.why) for loss in found.losses if loss.where == "language"}
    assert told == {
        "'English (en)'": ("came", ""),
        "'Deutsch (de)'": (
            "left",
            "The site has no pages in 'de'. Its texts stand where another language has none.",
        ),
        "'Xyzzyan'": (
            "left",
            "It is not known which language this is. Write its code in the heading of the column, like "
            "'label::Xyzzyan (fi)', and import again.",
        ),
        "'Suomi (fi)'": ("came", ""),
        "'sv', that the form lacks": (
            "changed",
            "The form has no texts in 'sv', which the site requires: those in 'en' stand there.",
        ),
    }
    assert why(found, "survey, row 2") == ("came", "")
    assert why(found, "survey, row 3") == (
        "changed",
        "There is no text in 'fi': that in 'en' stands in its place.",
    )


def test_a_form_that_does_not_name_its_language() -> None:
    """It is told by its words; where they say too little, the first of the site is taken, and the report asks."""
    told = import_form("type | name | label\ntext | a | What is your name and how old are you?", choices="")
    assert told.instrument.languages == ("en",)
    assert why(told, "language") == (
        "changed",
        "It was taken for 'en' by its words. If it is another, write its code in the heading of the column.",
    )
    untold = import_form("type | name | label::Foo\ntext | a | Xyzzy", choices="")
    assert untold.instrument.languages == ("en",)
    assert why(untold, "language") == (
        "changed",
        "It is not known which language this is, so it was taken for 'en'. Write its code in the heading of the column, "
        "like 'label::Foo (fi)', and import again.",
    )


@pytest.mark.parametrize(
    ("heading", "given", "kind", "reason"),
    [
        ("form_id", "oma", "came", ""),
        ("id_string", "Oma lomake", "changed", "The instrument is called 'oma_lomake'."),
        ("version", "3", "came", ""),
        ("version", "2024-01", "changed", "The version is 1: versions are small whole numbers here."),
        ("form_title", "Otsikko", "changed", "The title is the same in every language: a form has only one."),
        ("default_language", "sv", "came", ""),
        ("default_language", "et", "changed", "No text of the form is in this language, so another came first."),
        ("style", "pages", "left", "This setting has no counterpart."),
        ("instance_name", "x", "left", "This setting has no counterpart."),
    ],
)
def test_settings(heading: str, given: str, kind: str, reason: str) -> None:
    """Each setting has an entry."""
    found = import_form(f"{HEAD}\ntext | q | K? | F?", settings=f"{heading}\n{given}")
    assert why(found, "settings") == (kind, reason)
    if (heading, given) == ("default_language", "sv"):
        assert found.instrument.languages == ("sv", "fi")


def test_names_of_instruments() -> None:
    """The given id counts, then the form's own, then the name of the file."""
    form = f"{HEAD}\ntext | q | K? | F?"
    assert import_form(form, instrument="oma").instrument.instrument == "oma"
    assert import_form(form, settings="form_id\nKysely-2").instrument.instrument == "kysely-2"
    assert import_form(form, name="Oma lomake.v2.xlsx").instrument.instrument == "oma_lomake_v2"


def test_when_it_is_asked(library: Library) -> None:
    """At the given waves, else at the first of the site."""
    form = f"{HEAD}\ntext | q | K? | F?"
    assert import_form(form, library=library).instrument.waves == (next(iter(library.site.waves)),)
    assert import_form(form, library=library, waves=("end",)).instrument.waves == ("end",)


@pytest.mark.parametrize(
    ("sheets", "sentence"),
    [
        (
            {"survey": "name | label\nq | K?"},
            "The first row of the sheet 'survey' has no column 'type', so it is no XLSForm. The names of the columns "
            "stand in the first row.",
        ),
        (
            {"survey": f"{HEAD}\nimage | q | K? | F?"},
            "No question of the form can be asked with Mittari, so there is no instrument.",
        ),
        (
            {"survey": HEAD},
            "No question of the form can be asked with Mittari, so there is no instrument.",
        ),
    ],
)
def test_forms_that_make_no_instrument(sheets: dict[str, str], sentence: str) -> None:
    """A sentence says why, with the entries of what was looked at."""
    with pytest.raises(ExchangeError) as refused:
        import_form(**sheets)  # type: ignore[arg-type]
    assert str(refused.value) == sentence


# --- all in all -----------------------------------------------------------------------------------


def elements(survey: str, choices: str = CHOICES, settings: str = "") -> int:
    """How many elements a form has by its own count: rows, settings and languages."""
    rows = len(cells(survey)) - 1 + len(cells(choices)) - 1
    languages = len({cell for cell in cells(survey)[0] if cell.startswith("label")})
    return rows + languages + (len([c for c in cells(settings)[1] if c]) if settings else 0)


def test_the_counts_add_up() -> None:
    """Every row, setting and language of a form has one entry, and no more."""
    survey = f"""
{HEAD} relevant
begin group | g | G | G |
text        | a | K? | F? |
image       | b | K? | F? |
            | c | K? | F? |
select_one ab | d | K? | F? | ${{b}} = 1
text        | d_other | K? | F? | ${{d}} = 'a'
end group   |   |    |    |
calculate   | e |    |    |
"""
    settings = "form_title | style | version\nX | pages | 1"
    found = import_form(survey, settings=settings)
    assert len(found.losses) == elements(survey, settings=settings) == 8 + 8 + 2 + 3
    assert counts(found.losses) == {"came": 9, "changed": 3, "left": 9}
    assert all(loss.why for loss in found.losses if loss.kind != "came")
    assert not any(loss.why for loss in found.losses if loss.kind == "came")


ODD: dict[str, list[str]] = {
    "type": """integer|decimal|text|note|date|time|dateTime|select_one yn|select_one agree|select_multiple ab|range|rank ab|
select_one ab or_other|acknowledge|calculate|hidden|begin group|end group|begin repeat|end repeat|geopoint|audit|
select_one ${q1}||weird|begin loop over a|phone number|percentage""".replace("\n", "").split("|"),
    "name": ["q1", "q2", "Q3", "age", "group", "and", "1x", "q1_other", "a b", "ä", "", "wave", "sum", "other_text", "form_title", "in"],
    "label::Suomi (fi)": ["Mitä?", "{x} ja {service}", "${q1} vuotta", "<b>x</b>", "", "a: b #c", "no", "عربي", "- x"],
    "label::Foo": ["", "Foo?"],
    "required": ["", "yes", "no", "${q1} = 1"],
    "relevant": """||${q1} = 'yes'|selected(${q1}, 'a')|${q2} > 3|not(${q1} = '1')|${q1} != ''|false()|${q1}|((|
count-selected(${q2}) > 1|${q1} = ${q2}|${q1} = 'it''s'|${age} >= 18 and (${q2} = 1 or ${Q3} = 'x')|${sum} > 2.5"""
    .replace("\n", "").split("|"),
    "constraint": """||. > 3|. >= 1 and . <= 60|. <= today()|count-selected(.) <= 2|regex(., '@')|string-length(.) < 10|
. > ${q1}|. = ''|. < 1 and . > 5|. >= 0.5|(. >= 0 and . <= 30) or . = 99|count-selected(.) > 50|. >= date('2020-13-01')|
not(selected(., 'a') and count-selected(.) > 1)|string-length(.) <= 0""".replace("\n", "").split("|"),
    "appearance": ["", "", "minimal", "likert", "multiline", "field-list", "table-list", "label", "month-year", "year", "w4", "hidden"],
    "calculation": ["", "", "${q1} + 2", "${q2} * ${age} div 3", "if(${q1} = '1', 'a', 'b')", "${q1} = 1", "-${age}"],
    "default": ["", "", "5", "x y"],
    "parameters": ["", "start=0 end=10 step=1", "start=1;end=5;step=0.5", "start=5 end=5", "start=3 end=-3 step=-1"],
}  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_whatever_a_form_holds_the_instrument_passes_the_reader(seed: int, library: Library, tmp_path: Path) -> None:
    """A form of odd rows makes an instrument without errors in a folder with a site, and an entry for each row."""
    chance: Callable[[list[str]], str] = random.Random(seed).choice
    rows = [list(ODD), *([chance(known) for known in ODD.values()] for _ in range(20))]
    try:
        found = import_form(rows, library=library)
    except ExchangeError as error:
        assert str(error) == "No question of the form can be asked with Mittari, so there is no instrument."
        return
    said = problems(found.instrument, tmp_path, ROOT / "instruments")
    assert [str(problem) for problem in said if problem.severity == "error"] == []
    assert sum(loss.where.startswith("survey, row") for loss in found.losses) == sum(any(row) for row in rows[1:])


def test_options_are_never_shared_by_mistake() -> None:
    """A list with an added option is not the list without it."""
    found = import_form(
        f"{HEAD}\nselect_one ab | a | K? | F?\nselect_one ab or_other | b | K? | F?\nselect_one ab | c | K? | F?"
    )
    assert [len(found.instrument.options(item(found, id))) for id in "abc"] == [3, 4, 3]
    assert found.instrument.options(item(found, "b"))[3] == Option(
        value="other", label={"fi": "Muu, mikä?", "sv": "Annat, vad?"}, other=True
    )
