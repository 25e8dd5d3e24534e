"""A map of columns: what it may say, and every mistake in it as one sentence with its line."""

from __future__ import annotations

import pytest

from survey import column_map

LONG = """\
responses: Spring
participation: Id
wave: {column: When, values: {Before: start, After: end}}
items:
  a: {column: A, minimum: 1, maximum: 5}
  b: {column: B, values: {Low: 1, High: 2}, minimum: 1, maximum: 2, reverse: true}
dimensions:
  d: {title: D, items: [a, b]}
"""


def told(text: str) -> list[str]:
    """What is wrong with a map, sorted."""
    return [str(problem) for problem in column_map.read(text.encode(), file="m.yaml")[1]]


def test_a_map_that_is_right() -> None:
    """Keys are the fields; what is not said has its default; columns come with where they are named."""
    read, problems = column_map.read(LONG.encode(), file="m.yaml")
    assert read is not None and problems == ()
    assert (
        read.value.waves == ("start", "end")
        and not read.value.wide
        and read.value.items["b"].values == {"Low": 1, "High": 2}
    )
    assert dict(read.value.columns()) == {
        ("participation",): "Id", ("wave", "column"): "When", ("items", "a", "column"): "A", ("items", "b", "column"): "B",
    }  # fmt: skip
    assert read.place("items", "b", "nothing").line == 6 and read.place("nowhere").line == 1


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("responses: Spring", "answers: Spring",
         ["m.yaml:1: MAP-UNKNOWN the file has no 'responses' at the top, so it is not a map of columns. Make a first one "
          "to edit with: mittari map FILE"]),
        ("{column: A, minimum", "{colunm: A, minimum",
         ["m.yaml:5: KEY-UNKNOWN the question has no key 'colunm'. Did you mean 'column'?",
          "m.yaml:5: MAP-COLUMN-NONE 'a' names no column. Write 'column', or 'columns' with one for each wave."]),
        ("wave: {column: When, values: {Before: start, After: end}}\n", "",
         ["m.yaml:4: MAP-COLUMN-ONE 'a' has one column for all waves, and no 'wave' says which row is of which. Write "
          "'columns' with one for each of start, end, or 'wave' where each row is of one wave.",
          "m.yaml:5: MAP-COLUMN-ONE 'b' has one column for all waves, and no 'wave' says which row is of which. Write "
          "'columns' with one for each of start, end, or 'wave' where each row is of one wave."]),
        ("{column: A,", "{columns: {start: A1, end: A2},",
         ["m.yaml:5: MAP-COLUMN-MANY 'a' has a column for each wave, and 'wave' says that each row is of one. Write "
          "'column', or take 'wave' away."]),
        ("After: end", "After: ende",
         ["m.yaml:3: MAP-WAVE the wave 'ende' is not one of 'waves'. Did you mean 'end'?"]),
        ("items: [a, b]", "items: [a, c]",
         ["m.yaml:8: MAP-ITEM dimension 'd' counts 'c', which is not under 'items'. Add it under 'items'."]),
        ("{column: A, minimum: 1, maximum: 5}", "{column: A, minimum: 1}",
         ["m.yaml:5: MAP-LIMITS 'a' counts for a dimension, and its ends are not known. Write 'minimum' and a larger "
          "'maximum': the ends of what could be answered, not of what was."]),
        ("{column: A, minimum: 1, maximum: 5}", "{column: A, minimum: 5, maximum: 1}",
         ["m.yaml:5: MAP-LIMITS 'a' counts for a dimension, and its ends are not known. Write 'minimum' and a larger "
          "'maximum': the ends of what could be answered, not of what was."]),
        ("dimensions:", "  w: {column: W, outcome: employment}\ndimensions:",
         ["m.yaml:7: MAP-ACHIEVED 'w' is about an outcome, and nothing says which answers reach it. Write 'achieved' with "
          "those cells, like [Kyllä]."]),
        ("participation: Id", "participation: Id\ninstrument: ours@2",
         ["m.yaml:8: MAP-DIMENSIONS the map has dimensions of its own, and ours@2 has its own too. Take 'dimensions' away, "
          "or 'instrument'."]),
        ("participation: Id", "participation: Id\narm: {column: Arm, values: {A: treated}}",
         ["m.yaml:3: VALUE-UNKNOWN 'arm.A' cannot be 'treated'. Choose one of 'intervention', 'comparison'."]),
    ],
)  # fmt: skip
def test_mistakes_in_a_map(old: str, new: str, sentences: list[str]) -> None:
    """Each is told with its line and what to do."""
    assert LONG.count(old) == 1
    assert told(LONG.replace(old, new)) == sentences


def test_the_end_of_numbers_may_be_left_out_where_words_have_them() -> None:
    """With words for every step nobody types a number."""
    assert told(LONG.replace(", minimum: 1, maximum: 2, reverse", ", reverse")) == []


@pytest.mark.parametrize("text", ["", "- a\n", "responses", "responses: [", "\0"])
def test_what_is_no_map(text: str) -> None:
    """There is no map, and at least one problem."""
    read, problems = column_map.read(text.encode(), file="m.yaml")
    assert read is None and problems
