"""What a locked version protects: each way to change what was asked gives its one line, and what is free gives none."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey import locked, reading, versions
from survey.model import Instrument, Item, Library, Option, Row, Section, meaning
from survey.versions import Change, compare
from tests import recorded
from tests.survey.test_reading import INSTRUMENT, SERVICES, SITE

DAY = date(2026, 11, 24)
SECOND = INSTRUMENT.replace("version: 1", "version: 2")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small library whose one instrument is locked, as the current folder."""
    (tmp_path / "site.yaml").write_text(SITE)
    (tmp_path / "services.yaml").write_text(SERVICES)
    (tmp_path / "koe.yaml").write_text(INSTRUMENT)
    monkeypatch.chdir(tmp_path)
    lock("koe@1")
    return tmp_path


def lock(*keys: str) -> None:
    """Writes the files of locked versions, as `mittari lock` does."""
    found = reading.read_library(Path()).versions
    Path("locked").mkdir(exist_ok=True)
    for key in keys:
        path = Path("locked", locked.file_name(found[key].instrument))
        path.write_bytes(locked.encode(found[key].instrument, day=DAY))


def lines(*paths: str) -> list[str]:
    return [str(problem) for problem in reading.check([Path(path) for path in paths or (".",)])]


def library() -> Library:
    found = reading.read_library(Path())
    assert found.library is not None, found.problems
    return found.library


# --- the same version -----------------------------------------------------------------------------

ADVICE = (
    " Put it back, or make a new version with 'version: 2'; koe@1 stays in use beside it. Titles, introductions, hints "
    "and notes may change, and languages may be added."
)
MUST = " LOCK-CHANGED koe@1 is locked and must not change: "
CHANGED: dict[str, tuple[str, str, list[str]]] = {
    "text of an item": (
        "{fi: Yksi, sv: Ett}", "{fi: Ensimmäinen, sv: Ett}",
        [f"koe.yaml:16:{MUST}item 'a1', text (fi): “Yksi” → “Ensimmäinen”.{ADVICE}"],
    ),
    "label of a scale, told once and not at each item": (
        "label: {fi: Kyllä, sv: Ja}", "label: {fi: Joo, sv: Ja}",
        [f"koe.yaml:7:{MUST}scale 'agree', label of option 2 (fi): “Kyllä” → “Joo”.{ADVICE}"],
    ),
    "option of a scale": (
        "      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n",
        "      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n      - {value: 3, label: {fi: x, sv: y}}\n",
        [f"koe.yaml:7:{MUST}scale 'agree', option 3 added.{ADVICE}"],
    ),
    "reverse": (
        "{id: a2, type: likert,", "{id: a2, reverse: true, type: likert,",
        [f"koe.yaml:17:{MUST}item 'a2', 'reverse': false → true.{ADVICE}"],
    ),
    "type": (
        "{id: more, type: text,", "{id: more, type: long_text,",
        [f"koe.yaml:18:{MUST}item 'more', 'type': text → long_text.{ADVICE}"],
    ),
    "condition": (
        '"a1 == 2"', '"a1 == 1"',
        [f"koe.yaml:18:{MUST}item 'more', 'show_if': a1 == 2 → a1 == 1.{ADVICE}"],
    ),
    "new item": (
        "      - {id: more,", "      - {id: b1, type: text, text: {fi: x, sv: y}}\n      - {id: more,",
        [f"koe.yaml:18:{MUST}item 'b1', added.{ADVICE}"],
    ),
    "item taken out": (
        '      - {id: more, type: text, text: {fi: Mitä, sv: Vad}, show_if: "a1 == 2"}\n', "",
        [f"koe.yaml:13:{MUST}item 'more', removed.{ADVICE}"],
    ),
    "waves": (
        "waves: [start, end]", "waves: [start]",
        [f"koe.yaml:5:{MUST}instrument 'koe', 'waves': [start, end] → [start].{ADVICE}"],
    ),
    "who is asked": (
        "version: 1\n", "version: 1\nrespondent: coach\n",
        [f"koe.yaml:3:{MUST}instrument 'koe', 'respondent': client → coach.{ADVICE}"],
    ),
    "dimension": (
        "minimum_answered: 1}", "minimum_answered: 2}",
        [f"koe.yaml:12:{MUST}dimension 'mood', 'minimum_answered': 1 → 2.{ADVICE}"],
    ),
    "dimension taken out": (
        "  mood: {title", "  moods: {title",
        [f"koe.yaml:11:{MUST}dimension 'mood', removed.{ADVICE}",
         f"koe.yaml:12:{MUST}dimension 'moods', added.{ADVICE}"],
    ),
    "order of questions": (
        "{id: a1, type: likert, scale: agree, text: {fi: Yksi, sv: Ett}}\n"
        "      - {id: a2, type: likert, scale: agree, text: {fi: Kaksi, sv: Två}}",
        "{id: a2, type: likert, scale: agree, text: {fi: Kaksi, sv: Två}}\n"
        "      - {id: a1, type: likert, scale: agree, text: {fi: Yksi, sv: Ett}}",
        [f"koe.yaml:13:{MUST}instrument 'koe', other order of the questions.{ADVICE}"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGED)
def test_a_locked_version_must_mean_the_same(folder: Path, name: str) -> None:
    """One line where it changed: what, from what, to what, what is free, and how to make a new version."""
    old, new, expected = CHANGED[name]
    assert INSTRUMENT.count(old) >= 1
    (folder / "koe.yaml").write_text(INSTRUMENT.replace(old, new, 1))
    assert lines() == expected


def test_many_changes_of_one_part_are_one_line(folder: Path) -> None:
    """The first three, and how many more; long texts are cut to where they differ."""
    long = "Minulla on nykyisin riittävästi voimia arkeen, työhön ja työnhakuun"
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("{fi: Yksi,", f"{{fi: '{long} joka päivä',"))
    (folder / "locked" / "koe.v1.json").unlink()
    lock("koe@1")
    (folder / "koe.yaml").write_text(
        INSTRUMENT.replace("{fi: Yksi, sv: Ett}", f"{{fi: '{long} joka viikko', sv: Först}}").replace(
            "{id: a1,", "{id: a1, required: hard, reverse: true, waves: [end],"
        ).replace("{id: a2,", "{id: a2, waves: [end],").replace("{id: more,", "{id: more, waves: [end],")
    )  # fmt: skip
    assert lines()[0] == (
        f"koe.yaml:16:{MUST}item 'a1', text (fi): “…voimia arkeen, työhön ja työnhakuun joka päivä” → “…voimia arkeen, "
        f"työhön ja työnhakuun joka viikko”, text (sv): “Ett” → “Först”, 'required': no → hard, and 2 more.{ADVICE}"
    )


def test_a_language_taken_out(folder: Path) -> None:
    """Whoever answers in it would meet no page."""
    (folder / "koe.yaml").write_text(
        INSTRUMENT.replace("[fi, sv]", "[fi]").replace(", sv: Prov", "").replace(", sv: Nej", "").replace(", sv: Ja", "")
        .replace(", sv: Humör", "").replace(", sv: Del", "").replace(", sv: Ett", "").replace(", sv: Två", "")
        .replace(", sv: Vad", "")
    )  # fmt: skip
    assert lines() == [f"koe.yaml:3:{MUST}instrument 'koe', language 'sv' removed.{ADVICE}"]


FREE = {
    "title": ("title: {fi: Koe, sv: Prov}", "title: {fi: Kysely, sv: Enkät}"),
    "heading of a section": ("title: {fi: Osa, sv: Del}", "title: {fi: Osio, sv: Avsnitt}"),
    "hint": ("{id: a1,", "{id: a1, hint: {fi: Vihje, sv: Tips},"),
    "introduction": ("version: 1\n", "version: 1\nintro: {fi: Hei, sv: Hej}\n"),
    "note": ("      - {id: more,", "      - {id: n1, type: note, text: {fi: Huomaa, sv: Obs}}\n      - {id: more,"),
    "name of a dimension": ("{fi: Mieli, sv: Humör}", "{fi: Mieliala, sv: Sinnesstämning}"),
    "reference": ("minimum_answered: 1}", "minimum_answered: 1, meaningful_change: 8}"),
    "alarm": ("below: 2", "below: 3"),
}


@pytest.mark.parametrize("name", FREE)
def test_what_may_change_freely(folder: Path, name: str) -> None:
    """No line, and the pages have the new words."""
    old, new = FREE[name]
    (folder / "koe.yaml").write_text(INSTRUMENT.replace(old, new, 1))
    assert lines() == []
    assert library().instruments["koe@1"] != locked.decode(Path("locked/koe.v1.json").read_bytes(), file="").instrument


def test_a_language_may_be_added(folder: Path) -> None:
    """The page in it is published; what was locked is not touched."""
    (folder / "site.yaml").write_text(SITE.replace("sv: ", "en: x, sv: ").replace("[fi, sv]", "[fi, sv, en]"))
    (folder / "services.yaml").write_text(SERVICES.replace("sv: ", "en: x, sv: "))
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("sv: ", "en: x, sv: ").replace("[fi, sv]", "[fi, sv, en]"))
    assert lines() == []
    assert library().instruments["koe@1"].languages == ("fi", "sv", "en")
    assert library().drafts == ()


# --- versions side by side ------------------------------------------------------------------------


def test_a_version_without_its_file_is_still_there(folder: Path) -> None:
    """Two versions are in the field: one from its file, one from its lock; services and extensions use either."""
    before = meaning(library().instruments["koe@1"], "sv")
    (folder / "koe.yaml").write_text(SECOND.replace("{id: more,", "{id: more, hint: {fi: x, sv: y},"))
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start]\n"
    )
    (folder / "services.yaml").write_text(SERVICES.replace("[koe@1]", "[koe@1, oma@1]"))
    assert lines() == []
    found = library()
    assert list(found.instruments) == ["koe@2", "oma@1", "koe@1"] and found.drafts == ("koe@2", "oma@1")
    assert meaning(found.instruments["koe@1"], "sv") == before
    assert [item.origin for item in found.instruments["oma@1"].items()] == ["koe"] * 3
    (folder / "services.yaml").write_text(SERVICES.replace("[koe@1]", "[koe@2]"))
    assert lines() == []


def test_an_extension_follows_the_lock_of_an_edited_base(folder: Path) -> None:
    """A base that no longer means what was locked is told once, and not again in what extends it."""
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start, end]\n"
    )
    lock("oma@1")
    (folder / "koe.yaml").write_text(INSTRUMENT.replace("fi: Yksi", "fi: Eka"))
    assert lines() == [f"koe.yaml:16:{MUST}item 'a1', text (fi): “Yksi” → “Eka”.{ADVICE}"]


def test_an_extension_of_another_base_is_another_thing(folder: Path) -> None:
    """What a base brings is told where it is named."""
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 1\nextends: koe@1\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start, end]\n"
    )
    lock("oma@1")
    (folder / "koe.yaml").write_text(SECOND.replace("{id: a1,", "{id: a1, required: hard,"))
    (folder / "oma.yaml").write_text((folder / "oma.yaml").read_text().replace("koe@1", "koe@2"))
    assert lines() == [
        f"oma.yaml:3:{MUST.replace('koe@1', 'oma@1')}item 'a1', 'required': no → hard."
        f"{ADVICE.replace('koe@1', 'oma@1')}"
    ]


def test_one_service_asks_one_version(folder: Path) -> None:
    """Who has answered one has answered the other, so both in one service is a slip."""
    (folder / "koe.yaml").write_text(SECOND)
    (folder / "services.yaml").write_text(SERVICES.replace("[koe@1]", "[koe@1, koe@2]"))
    assert lines() == [
        "services.yaml:15: ID-REUSED service 'jt': instrument 'koe' exists already. Give each one an id of its own."
    ]


# --- what a new version may not reuse -------------------------------------------------------------

OTHER = "means something else than in koe@1, which is locked: "
NEW_ID = " Give what is new a new id or value, and leave the old one out."
JUDGE = " Give what is new a new id or value; or, if the answers stay comparable, write 'reworded: 2' beside it."
COUNTED = (
    " No change can be computed from one version to the other: who began with koe@1 should end with it. If that is not "
    "meant, put it back."
)
REUSED: dict[str, tuple[str, str, list[str]]] = {
    "new words under an id": (
        "fi: Yksi", "fi: Eka", [f"koe.yaml:16: LOCK-REUSED item 'a1' {OTHER}text (fi): “Yksi” → “Eka”.{JUDGE}"],
    ),
    "new words that were judged": ("{id: a1, type: likert, scale: agree, text: {fi: Yksi",
                                   "{id: a1, reworded: 2, type: likert, scale: agree, text: {fi: Eka", []),
    "new words that were judged of an earlier version": (
        "{id: a1, type: likert, scale: agree, text: {fi: Yksi",
        "{id: a1, reworded: 1, type: likert, scale: agree, text: {fi: Eka",
        [f"koe.yaml:16: LOCK-REUSED item 'a1' {OTHER}text (fi): “Yksi” → “Eka”.{JUDGE}"],
    ),
    "label of a value": (
        "fi: Kyllä", "fi: Joo",
        [f"koe.yaml:7: LOCK-REUSED scale 'agree' {OTHER}label of option 2 (fi): “Kyllä” → “Joo”.{JUDGE}"],
    ),
    "label that was judged": (
        "  agree:\n    options:\n      - {value: 1, label: {fi: Ei,",
        "  agree:\n    reworded: 2\n    options:\n      - {value: 1, label: {fi: Ei ollenkaan,", [],
    ),
    "type of another column, however judged": (
        "{id: more, type: text,", "{id: more, reworded: 2, type: integer,",
        [f"koe.yaml:18: LOCK-REUSED item 'more' {OTHER}'type': text → integer.{NEW_ID}"],
    ),
    "type of the same column": ("{id: more, type: text,", "{id: more, type: long_text,", []),
    "turned round, however judged": (
        "{id: a2, type: likert,", "{id: a2, reworded: 2, reverse: true, type: likert,",
        [f"koe.yaml:12: LOCK-SCORING warning: dimension 'mood' is counted otherwise than in koe@1, which is locked: item "
         f"'a2' counts otherwise.{COUNTED}",
         f"koe.yaml:17: LOCK-REUSED item 'a2' {OTHER}'reverse': false → true.{NEW_ID}"],
    ),
    "score of a value": (
        "{value: 2, label", "{value: 2, score: 5, label",
        [f"koe.yaml:12: LOCK-SCORING warning: dimension 'mood' is counted otherwise than in koe@1, which is locked: item "
         f"'a1' counts otherwise, item 'a2' counts otherwise.{COUNTED}",
         f"koe.yaml:7: LOCK-REUSED scale 'agree' {OTHER}'score' of option 2: nothing → 5.{NEW_ID}"],
    ),
    "ends of a scale": (
        "      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n",
        "      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n      - {value: 3, label: {fi: x, sv: y}}\n",
        [f"koe.yaml:13: LOCK-SCORING warning: dimension 'mood' is counted otherwise than in koe@1, which is locked: item "
         f"'a1' counts otherwise, item 'a2' counts otherwise.{COUNTED}"],
    ),
    "items of a dimension": (
        "items: [a1, a2]", "items: [a1]",
        [f"koe.yaml:12: LOCK-SCORING warning: dimension 'mood' is counted otherwise than in koe@1, which is locked: "
         f"'items': [a1, a2] → [a1].{COUNTED}"],
    ),
    "who is asked": (
        "version: 2\n", "version: 2\nrespondent: coach\n",
        [f"koe.yaml:3: LOCK-REUSED instrument 'koe' {OTHER}'respondent': client → coach.{NEW_ID}"],
    ),
    "a reason not to answer more": (
        "      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n",
        "      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n      - {value: 9, missing: dont_know, label: {fi: x, sv: y}}\n",
        [],
    ),
    "asked otherwise": ('"a1 == 2"', '"a1 == 1"', []),
    "another id": ("{id: more,", "{id: what,", []),
}  # fmt: skip


@pytest.mark.parametrize("name", REUSED)
def test_a_new_version_reuses_nothing_for_another_meaning(folder: Path, name: str) -> None:
    """One line where an id or a value means something else; none for what is allowed."""
    old, new, expected = REUSED[name]
    assert SECOND.count(old) >= 1
    (folder / "koe.yaml").write_text(SECOND.replace(old, new, 1))
    assert sorted(lines()) == sorted(expected)


def test_the_line_is_told_in_the_words_of_the_newest_version_that_has_it(folder: Path) -> None:
    """What was judged once need not be judged again; a change after that must be."""
    judged = SECOND.replace("{id: a1, type: likert, scale: agree, text: {fi: Yksi",
                            "{id: a1, reworded: 2, type: likert, scale: agree, text: {fi: Eka")  # fmt: skip
    (folder / "koe.yaml").write_text(judged)
    lock("koe@2")
    third = judged.replace("version: 2", "version: 3")
    (folder / "koe.yaml").write_text(third)
    assert lines() == []
    (folder / "koe.yaml").write_text(third.replace("fi: Eka", "fi: Ykkönen"))
    assert lines() == [
        f"koe.yaml:16: LOCK-REUSED item 'a1' {OTHER.replace('koe@1', 'koe@2')}text (fi): “Eka” → “Ykkönen”."
        f"{JUDGE.replace('2', '3')}"
    ]


def test_what_is_retired_does_not_come_back_as_something_else(folder: Path) -> None:
    """Ids and values of every locked version count, not of the last alone."""
    without = SECOND.replace('      - {id: more, type: text, text: {fi: Mitä, sv: Vad}, show_if: "a1 == 2"}\n', "")
    single = "      - {id: pick, type: single, text: {fi: P, sv: P}, options: [{value: a, label: {fi: A, sv: A}}, {value: b, label: {fi: B, sv: B}}]}\n"
    first = INSTRUMENT.replace("version: 1", "version: 3").replace("alarms:", f"{single}alarms:")
    (folder / "koe.yaml").write_text(first)
    lock("koe@3")
    (folder / "koe.yaml").write_text(
        without.replace("version: 2", "version: 4").replace(
            "alarms:",
            f"{single.replace('{value: b, label: {fi: B, sv: B}}', '{value: c, label: {fi: C, sv: C}}')}alarms:",
        )
    )
    assert lines() == []
    lock("koe@4")
    (folder / "koe.yaml").write_text(
        without.replace("version: 2", "version: 5").replace(
            "alarms:",
            "      - {id: more, type: integer, text: {fi: Mitä, sv: Vad}}\n"
            + single.replace("{fi: B, sv: B}", "{fi: Muu, sv: B}") + "alarms:",
        )
    )  # fmt: skip
    assert lines() == [
        f"koe.yaml:18: LOCK-REUSED item 'more' {OTHER.replace('koe@1', 'koe@3')}'type': text → integer.{NEW_ID}",
        f"koe.yaml:19: LOCK-REUSED item 'pick' {OTHER.replace('koe@1', 'koe@3')}label of option b (fi): “B” → “Muu”."
        f"{JUDGE.replace('2', '5')}",
    ]


def test_another_instrument_does_not_take_an_id(folder: Path) -> None:
    """All share one table of answers, so a locked id is taken for the whole folder, and nobody's judgement helps."""
    (folder / "oma.yaml").write_text(
        "instrument: oma\nversion: 2\nlanguages: [fi]\ntitle: {fi: Oma}\nwaves: [start]\nsections:\n  - title: {fi: O}\n"
        "    items:\n      - {id: more, type: text, reworded: 2, text: {fi: Muuta}}\n"
    )
    assert lines() == [
        f"oma.yaml:9: LOCK-REUSED item 'more' {OTHER}text (fi): “Mitä” → “Muuta”.{NEW_ID}",
    ]


def test_a_value_is_an_answer_or_a_reason(folder: Path) -> None:
    """What stood for an answer cannot stand for a reason not to answer."""
    pick = "      - {id: pick, type: single, text: {fi: P, sv: P}, options: [{value: a, label: {fi: A, sv: A}}, {value: b, label: {fi: B, sv: B}}]}\n"
    (folder / "koe.yaml").write_text(SECOND.replace("alarms:", f"{pick}alarms:"))
    lock("koe@2")
    third = SECOND.replace("version: 2", "version: 3").replace("alarms:", f"{pick}alarms:")
    (folder / "koe.yaml").write_text(third.replace("{value: b,", "{value: b, missing: dont_know,"))
    assert lines() == [
        f"koe.yaml:19: LOCK-REUSED item 'pick' {OTHER.replace('koe@1', 'koe@2')}'missing' of option b: nothing → "
        f"dont_know.{NEW_ID}"
    ]


def test_an_outcome_with_other_options_is_counted_apart(folder: Path) -> None:
    """The report joins two versions only where the same options count as reached."""
    work = (
        "      - {id: work, type: single, outcome: employment, text: {fi: T, sv: A}, options: [{value: yes, achieved: true, "
        "label: {fi: K, sv: J}}, {value: no, label: {fi: E, sv: N}}]}\n"
    )
    (folder / "koe.yaml").write_text(SECOND.replace("alarms:", f"{work}alarms:"))
    lock("koe@2")
    third = SECOND.replace("version: 2", "version: 3").replace("alarms:", f"{work}alarms:")
    (folder / "koe.yaml").write_text(third.replace("{value: no,", "{value: no, achieved: true,"))
    assert [line for line in lines() if "LOOKALIKE" not in line] == [
        "koe.yaml:19: LOCK-SCORING warning: item 'work' is counted otherwise than in koe@2, which is locked: 'achieved': "
        f"[yes] → [yes, no].{COUNTED.replace('koe@1', 'koe@2')}"
    ]


def test_a_recording_of_other_words(folder: Path) -> None:
    """What is worded anew and heard as it was; not where the words are the same, the file is another, or nothing else
    is than the other language."""
    heard = "{id: a1, audio: {fi: audio/a1.fi.mp3, sv: audio/a1.sv.mp3},"
    Path("audio").mkdir()
    for name in ("a1.fi", "a1.sv", "a1b.fi"):
        Path("audio", f"{name}.mp3").write_bytes(recorded.mp3())
    first = SECOND.replace("{id: a1,", heard)
    assert first != SECOND
    (folder / "koe.yaml").write_text(first)
    lock("koe@2")
    third = first.replace("version: 2", "version: 3")
    (folder / "koe.yaml").write_text(third)
    assert not [line for line in lines() if "AUDIO" in line]
    worded = third.replace("{fi: Yksi, sv: Ett}", "{fi: Ensimmäinen, sv: Ett}")
    (folder / "koe.yaml").write_text(worded)
    assert [line for line in lines() if "AUDIO" in line] == [
        "koe.yaml:16: AUDIO-OLD warning: item 'a1' reads otherwise in the language 'fi' than in koe@2, and has its recording "
        "'audio/a1.fi.mp3'. Record it again under another name, since koe@2 keeps the old one."
    ]
    (folder / "koe.yaml").write_text(worded.replace("audio/a1.fi.mp3", "audio/a1b.fi.mp3"))
    assert not [line for line in lines() if "AUDIO" in line]
    (folder / "koe.yaml").write_text(third.replace("label: {fi: Kyllä, sv: Ja}", "label: {fi: Kyllä, sv: Jo}"))
    (line,) = [line for line in lines() if "AUDIO" in line]
    assert (
        line.partition(",")[0]
        == "koe.yaml:16: AUDIO-OLD warning: item 'a1' reads otherwise in the language 'sv' than in koe@2"
    )


def test_two_drafts_of_one_instrument_may_have_other_options(folder: Path) -> None:
    """Options come and go between versions; another type of column does not."""
    (folder / "locked" / "koe.v1.json").unlink()
    (folder / "koe.v1.yaml").write_text(INSTRUMENT)
    (folder / "koe.yaml").write_text(SECOND.replace("      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n",
        "      - {value: 2, label: {fi: Kyllä, sv: Ja}}\n      - {value: 3, label: {fi: x, sv: y}}\n"))  # fmt: skip
    assert lines() == []
    (folder / "koe.yaml").write_text(SECOND.replace("{id: more, type: text,", "{id: more, type: integer,"))
    assert lines() == [
        "koe.yaml:18: ITEM-MEANING item 'more' is of another type or has other options in 'koe@1'. Give it an id of its "
        "own, since all instruments share one table of answers."
    ]


# --- the file of a locked version -----------------------------------------------------------------


def test_the_file_of_a_locked_version(folder: Path) -> None:
    """Format, the whole instrument in the order of the model, a meaning for each language, the day; indented by one."""
    text = (folder / "locked" / "koe.v1.json").read_text()
    data = json.loads(text)
    koe = library().instruments["koe@1"]
    assert list(data) == ["format", "instrument", "meanings", "locked"]
    assert (data["format"], data["locked"]) == (1, "2026-11-24")
    assert data["meanings"] == {language: meaning(koe, language) for language in ("fi", "sv")}
    assert text.startswith('{\n "format": 1,\n "instrument": {\n  "instrument": "koe",\n  "version": 1,\n')
    assert text == json.dumps(data, ensure_ascii=False, indent=1) + "\n"


EDITED = (
    "locked/koe.v1.json:1: LOCK-EDITED the file of a locked version no longer has the meaning that was locked. Bring it "
    "back from version control or a backup; it is never edited."
)


def unreadable(found: str, name: str = "koe.v1.json") -> str:
    return (
        f"locked/{name}:1: LOCK-UNREADABLE the file of a locked version cannot be read: {found}. Bring it back from "
        "version control or a backup; it is never edited."
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Yksi", "Eka", EDITED),
        ('"minimum_answered": 1', '"minimum_answered": 2', EDITED),
        ('"format": 1', '"format": 2', unreadable("it is of format 2, which is not known here")),
        ('"version": 1', '"version": "1"', unreadable("a value in it is not of its kind")),
        ('"version": 1', '"version": 2', unreadable("it is not called 'koe.v2.json'")),
        ('"title": {', '"tittle": {', unreadable("it is not what was written")),
        ('"scale": "agree"', '"scale": "disagree"', unreadable("it is not what was written")),
        ('"meanings": {', '"meanings": [', unreadable("it is not what was written")),
    ],
)
def test_an_edited_lock_is_told(folder: Path, old: str, new: str, expected: str) -> None:
    """Nobody answers to a version that is not what was locked."""
    path = folder / "locked" / "koe.v1.json"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    assert lines("locked/koe.v1.json") == [expected]
    assert reading.read_library(folder).library is None


def test_a_lock_that_cannot_be_opened(folder: Path) -> None:
    """The machine's reason, in one line."""
    path = folder / "locked" / "koe.v1.json"
    path.unlink()
    path.symlink_to(path)
    assert lines() == [
        "locked/koe.v1.json:1: FILE-UNREADABLE the file cannot be read (Too many levels of symbolic links). Check its "
        "permissions."
    ]


@given(st.data())
def test_no_slip_in_a_lock_ends_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """One wrong character anywhere is told, or changes only what is free."""
    folder = tmp_path_factory.getbasetemp() / "slips-of-locks"
    (folder / "locked").mkdir(parents=True, exist_ok=True)
    for name, text in (("site.yaml", SITE), ("services.yaml", SERVICES), ("koe.yaml", INSTRUMENT)):
        (folder / name).write_text(text)
    path = folder / "locked" / "koe.v1.json"
    path.unlink(missing_ok=True)
    whole = locked.encode(reading.read_library(folder).versions["koe@1"].instrument, day=DAY).decode()
    at = data.draw(st.integers(0, len(whole) - 1))
    slip = data.draw(st.sampled_from([*'{}[]:,"\\9ex', "", "\x00", "é", "null", "true"]))
    path.write_text(whole[:at] + slip + whole[at + 1 :])
    (folder / "koe.yaml").unlink()
    read = reading.read_library(folder)
    assert (read.library is None) == bool(read.errors)
    if read.library is not None:
        koe = read.library.instruments["koe@1"]
        assert {language: meaning(koe, language) for language in koe.languages} == json.loads(whole)["meanings"]


def test_yes_and_no_are_written_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in words may become others; those of a locked version do not."""
    item = "      - {id: yn, type: yes_no, text: {fi: K, sv: J}}\n"
    (folder / "koe.yaml").write_text(SECOND.replace("alarms:", f"{item}alarms:"))
    lock("koe@2")
    (folder / "koe.yaml").unlink()
    monkeypatch.setattr("survey.model.YES_NO_WORDS", {"fi": ("Juu", "Ei"), "sv": ("Jo", "Nej")})
    assert lines() == []
    koe = library().instruments["koe@2"]
    assert [option.label["fi"] for option in koe.options(koe.item("yn"))] == ["Kyllä", "Ei"]


def test_languages_that_were_added_can_be_locked_too(folder: Path) -> None:
    """In a file beside the first, which is never written again; the two must agree."""
    test_a_language_may_be_added(folder)
    whole = library().instruments["koe@1"]
    (folder / "locked" / "koe.v1.2.json").write_bytes(locked.encode(whole, day=DAY))
    text = (folder / "koe.yaml").read_text()
    (folder / "koe.yaml").write_text(text.replace("{fi: Yksi, en: x,", "{fi: Yksi, en: y,"))
    assert lines() == [f"koe.yaml:16:{MUST}item 'a1', text (en): “x” → “y”.{ADVICE}"]
    (folder / "koe.yaml").write_text(text)
    other = dataclasses.replace(whole, waves=("start",))
    (folder / "locked" / "koe.v1.2.json").write_bytes(locked.encode(other, day=DAY))
    assert lines("locked/koe.v1.2.json") == [EDITED.replace("v1.json", "v1.2.json")]


def test_what_only_a_lock_holds_needs_its_waves(folder: Path) -> None:
    """A wave that answers were given at does not leave site.yaml; a language may, while another is left."""
    (folder / "koe.yaml").unlink()
    (folder / "site.yaml").write_text(
        SITE.replace("  end: {title: {fi: Loppu, sv: Slut}, at: end, open: [-14, 30]}\n", "")
    )
    assert lines("locked/koe.v1.json") == [
        "locked/koe.v1.json:1: WAVE-UNKNOWN the wave 'end' is not declared. The waves are 'start'."
    ]
    only = SITE.replace("[fi, sv]", "[sv]").replace("[fi]", "[sv]").replace("fi: Suomi, ", "").replace("fi: A, ", "")
    for word in ("Alue", "Kysely", "Tervetuloa", "Alku", "Loppu", "Analyytikko"):
        only = only.replace(f"fi: {word}, ", "")
    (folder / "site.yaml").write_text(only)
    assert lines("locked/koe.v1.json") == []
    (folder / "site.yaml").write_text(only.replace("sv", "en"))
    assert lines("locked/koe.v1.json") == [
        "locked/koe.v1.json:1: LANGUAGE-UNKNOWN the site has no pages in the language 'fi'. The pages have 'en'."
    ]


def test_what_only_a_lock_holds_needs_its_pictures(folder: Path) -> None:
    """A picture that a locked version shows beside an option stays in the folder."""
    (folder / "images").mkdir()
    (folder / "images" / "x.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    item = "      - {id: pic, type: single, text: {fi: K, sv: B}, options: [{value: x, image: images/x.svg, label: {fi: X, sv: X}}]}\n"
    (folder / "koe.yaml").write_text(SECOND.replace("alarms:", f"{item}alarms:"))
    lock("koe@2")
    (folder / "koe.yaml").unlink()
    assert lines() == []
    (folder / "images" / "x.svg").unlink()
    assert lines() == [
        "locked/koe.v2.json:1: IMAGE-MISSING the picture 'images/x.svg' does not exist. Put the file beside the "
        "instruments, in the folder 'images'."
    ]


def test_a_recording_is_no_part_of_what_is_locked(folder: Path) -> None:
    """It can be added, mended and left out while the version is in the field; what only a lock holds needs it."""
    (folder / "audio").mkdir()
    (folder / "audio" / "x.mp3").write_bytes(recorded.mp3())
    item = "      - {id: heard, type: text, text: {fi: K, sv: B}AUDIO}\n"
    plain = SECOND.replace("alarms:", f"{item.replace('AUDIO', '')}alarms:")
    spoken = SECOND.replace("alarms:", f"{item.replace('AUDIO', ', audio: {sv: audio/x.mp3}')}alarms:")
    (folder / "koe.yaml").write_text(plain)
    lock("koe@2")
    (folder / "koe.yaml").write_text(spoken)
    assert lines() == []
    (folder / "audio" / "x.mp3").write_bytes(recorded.mp3(10))
    assert lines() == []
    (folder / "koe.yaml").write_text(plain)
    (folder / "locked" / "koe.v2.json").unlink()
    (folder / "koe.yaml").write_text(spoken)
    lock("koe@2")
    (folder / "koe.yaml").unlink()
    assert lines() == []
    (folder / "audio" / "x.mp3").unlink()
    assert lines() == [
        "locked/koe.v2.json:1: AUDIO-MISSING the recording 'audio/x.mp3' does not exist. Put the file beside the "
        "instruments, in the folder 'audio', or take its name out."
    ]


# --- comparing ------------------------------------------------------------------------------------


def instrument(*items: Item, **more: object) -> Instrument:
    given = {"instrument": "x", "version": 1, "languages": ("fi", "sv"), "title": {}, "waves": ("start", "end"), **more}
    return Instrument(sections=(Section(items=items),), **given)  # type: ignore[arg-type]


def words(text: str) -> dict[str, str]:
    return {"fi": text, "sv": f"{text} på svenska"}


OPTIONS = tuple(Option(value=value, label=words(str(value))) for value in ("a", "b", 3))
ITEM = st.builds(
    Item,
    id=st.sampled_from(["i1", "i2", "i3"]),
    type=st.sampled_from(["single", "multiple", "likert", "rank", "scale"]),
    text=st.builds(words, st.sampled_from(["Yksi", "Kaksi"])),
    options=st.permutations(OPTIONS).map(tuple) | st.just(OPTIONS[:2]),
    low=st.none() | st.just(words("low")),
    reverse=st.booleans(),
    required=st.sampled_from(["no", "hard"]),
    show_if=st.none() | st.just("i0 == 1"),
    waves=st.none() | st.just(("end",)),
    minimum=st.none() | st.integers(0, 2),
    at_most=st.none() | st.just(2),
)
GRID = st.builds(
    Item,
    id=st.just("g"),
    type=st.just("grid"),
    text=st.builds(words, st.sampled_from(["Runko", "Kanta"])),
    options=st.just(OPTIONS),
    rows=st.lists(
        st.builds(Row, id=st.sampled_from(["r1", "r2"]), text=st.just(words("Rivi")), reverse=st.booleans()),
        min_size=1,
        max_size=2,
        unique_by=lambda row: row.id,
    ).map(tuple),
)
INSTRUMENTS = st.builds(
    lambda items, grid, respondent: instrument(*items, grid, respondent=respondent),
    st.lists(ITEM, min_size=1, max_size=3, unique_by=lambda item: item.id),
    GRID,
    st.sampled_from(["client", "coach"]),
)


@given(INSTRUMENTS, INSTRUMENTS)
def test_a_difference_in_meaning_is_always_said(one: Instrument, other: Instrument) -> None:
    """Two versions have the same hashes exactly where nothing is found to differ."""
    same = all(meaning(one, language) == meaning(other, language) for language in one.languages)
    found = compare(one, other)
    changes = [*found.frame, *(change for item in found.items for change in item.changes)]
    assert same == (not changes)
    assert all(str(change.phrase) for change in changes)


def test_what_only_one_language_says_is_compared_in_that_language() -> None:
    """With no language in common the structure is compared all the same."""
    one = instrument(Item(id="i1", type="text", text={"fi": "Yksi"}), languages=("fi",))
    other = instrument(Item(id="i1", type="integer", text={"sv": "Ett"}), languages=("sv",))
    (item,) = compare(one, other).items
    assert item.changes == (Change(aspect="type", kind="fixed", old="text", new="integer"),)
    assert (item.status, item.comparable) == ("changed", "no")


def test_judgements_are_read_between_the_two_versions() -> None:
    """Of a row, of its grid for the common words, of a scale; never of a version outside."""

    def grid(version: int, text: str, stem: str, row: int | None = None, whole: int | None = None) -> Instrument:
        rows = (Row(id="r1", text=words(text), reworded=row),)
        return instrument(
            Item(id="g", type="grid", text=words(stem), rows=rows, options=OPTIONS, reworded=whole), version=version
        )

    def judged(old: Instrument, new: Instrument) -> str:
        (item,) = compare(old, new).items
        return item.comparable

    first = grid(1, "Rivi", "Runko")
    assert judged(first, grid(3, "Toinen", "Runko")) == "if_judged"
    assert judged(first, grid(3, "Toinen", "Runko", whole=3)) == "if_judged"
    assert judged(first, grid(3, "Toinen", "Runko", row=2)) == "judged"
    assert judged(grid(3, "Toinen", "Runko", row=2), first) == "judged"
    assert judged(first, grid(3, "Toinen", "Runko", row=4)) == "if_judged"
    assert judged(grid(2, "Rivi", "Runko"), grid(3, "Toinen", "Runko", row=2)) == "if_judged"
    assert judged(first, grid(3, "Rivi", "Kanta", whole=3)) == "judged"
    assert judged(first, grid(3, "Toinen", "Kanta", whole=3)) == "if_judged"


def test_the_lineage_of_items() -> None:
    """Each item of each version against the version before; what is gone has a row where it is gone."""
    one = instrument(*(Item(id=id, type="text", text=words(id)) for id in ("a", "b", "c")))
    two = instrument(
        Item(id="a", type="text", text=words("a")),
        Item(id="b", type="text", text=words("B"), reworded=4),
        Item(id="d", type="text", text=words("d")),
        version=4,
    )
    three = instrument(Item(id="a", type="text", text=words("a"), max_length=5), version=5)
    steps = list(versions.lineage([three, one, two]))
    found = [(s.instrument.version, s.item.id, s.status, s.previous.version if s.previous else None) for s in steps]
    assert found == [
        (1, "a", "first", None), (1, "b", "first", None), (1, "c", "first", None),
        (4, "a", "same", 1), (4, "b", "reworded", 1), (4, "d", "new", 1), (4, "c", "retired", 1),
        (5, "a", "changed", 4), (5, "b", "retired", 4), (5, "d", "retired", 4),
    ]  # fmt: skip
