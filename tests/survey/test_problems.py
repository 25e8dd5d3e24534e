"""Problems in every language: nothing of one language is left in a sentence of another."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import build as publishing
from survey import problems, reading, strict_yaml
from survey.calculation import FUNCTIONS
from survey.marking import _
from survey.model import NO, PLACEHOLDERS, YES, Instrument, Services, Site, WarningCode, field_types
from survey.phrases import ENGLISH, Phrase, said
from survey.problems import Place, Problem
from tests.survey.test_reading import BYTES, CASES, INSTRUMENT, SERVICES, SITE

ROOT = Path(__file__).parent.parent.parent
LANGUAGES = ("fi", "sv")


@pytest.fixture(scope="module")
def words() -> Mapping[str, Mapping[str, str]]:
    """The messages of problems in each language."""
    return {language: publishing.read_messages(language, catalogue="problems") for language in LANGUAGES}


def found(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> tuple[Problem, ...]:
    """The problems of a case of test_reading."""
    monkeypatch.chdir(folder)
    files = {"site.yaml": SITE, "services.yaml": SERVICES, "koe.yaml": INSTRUMENT}
    if name in BYTES:
        Path("koe.yaml").write_bytes(BYTES[name][0])
        files.pop("koe.yaml")
    else:
        file, old, new, _lines = CASES[name]
        files[file] = files[file].replace(old, new, 1)
    for file, text in files.items():
        Path(file).write_text(text, encoding="utf-8")
    return reading.check([Path()])


# --- phrases --------------------------------------------------------------------------------------


def test_a_phrase_is_said_with_what_fills_it() -> None:
    """Phrases inside phrases, lists, and numbers as they are written in the files."""
    messages = {"{a}: {b}, {c}.": "{c} – {b} – {a}", "yes": "kyllä", "no {n}": "ei {n}"}
    phrase = said("{a}: {b}, {c}.", a=said("yes"), b=("x", said("no {n}", n=1.5)), c=-3.0)
    assert str(phrase) == "yes: x, no 1.5, -3."
    assert phrase.say(messages) == "-3 – x, ei 1.5 – kyllä"


def test_what_fills_a_phrase_is_not_filled_again() -> None:
    """Braces of a file stay braces, and braces of a message that are no gap stay too."""
    assert str(said("'}' in '{text}' of { }", text="{text} {0}")) == "'}' in '{text} {0}' of { }"


def test_a_problem_is_one_line() -> None:
    """Line breaks and what would steer a terminal are shown, not done."""
    problem = problems.key_unknown(Place("x\n.yaml"), key="a\r\n\x1b[31m\u2028å", within=said("y"), known=["b"])
    assert str(problem) == "x\\n.yaml:1: KEY-UNKNOWN y has no key 'a\\r\\n\\x1b[31m\\u2028å'. Known here: b."


def test_phrases_are_values_in_the_order_of_their_english() -> None:
    """Equal phrases are one; sorted are problems by place, code and English sentence."""
    assert {said("{a}", a="x"), said("{a}", a="x")} == {Phrase("{a}", (("a", "x"),))}
    second = Problem(Place("a", 2), "A", said("{a}", a="b"), said(""))
    first = Problem(Place("a", 2), "A", said("{z}", z="a"), said(""))
    assert sorted([Problem(Place("b"), "A", said("a"), said("")), second, first])[:2] == [first, second]


def test_english_needs_no_catalogue() -> None:
    """str() says the problem in English, the same as the English messages do."""
    problem = problems.file_too_large(Place("x.yaml"), limit=1_234_567)
    assert str(problem) == (
        "x.yaml:1: FILE-TOO-LARGE the file is larger than 1,234,567 bytes. Split the instrument, or take out what is "
        "not questions."
    )
    assert problem.say(publishing.read_messages("en", catalogue="problems")) == problem.say(ENGLISH) == str(problem)


def test_a_missing_translation_is_never_passed_over() -> None:
    """A catalogue without a message gives an error, not English."""
    with pytest.raises(KeyError):
        problems.file_empty(Place("x.yaml")).say({})


# --- whole sentences ------------------------------------------------------------------------------

WHOLE = {
    "unknown scale, near miss": [
        "koe.yaml:17: SCALE-UNKNOWN kysymyksen 'a2' asteikkoa 'agre' ei ole määritelty. Tarkoititko 'agree'?",
        "koe.yaml:17: SCALE-UNKNOWN skalan 'agre' i frågan 'a2' är inte definierad. Menade du 'agree'?",
    ],
    "needed key, nearly right": [
        "koe.yaml:12: KEY-UNKNOWN ulottuvuus: avainta 'minimum_answred' ei tunneta. Tarkoititko 'minimum_answered'?",
        "koe.yaml:12: KEY-UNKNOWN dimensionen: nyckeln 'minimum_answred' är okänd. Menade du 'minimum_answered'?",
    ],
    "missing key": [
        "koe.yaml:1: KEY-MISSING mittari 'koe': avain 'version' puuttuu. Lisää 'version:'.",
        "koe.yaml:1: KEY-MISSING formuläret 'koe': nyckeln 'version' saknas. Lägg till 'version:'.",
    ],
    "No is a lookalike": [
        "koe.yaml:9: YAML-LOOKALIKE varoitus: No luetaan tässä tekstinä, mutta moni ohjelma lukee sen toisin: true tai "
        'false. Kirjoita se lainausmerkkeihin: "No".',
        "koe.yaml:9: YAML-LOOKALIKE varning: No läses här som text, men många program läser det som något annat: true "
        'eller false. Skriv det inom citattecken: "No".',
    ],
    "text where languages belong": [
        "koe.yaml:4: VALUE-TYPE avaimen 'title' arvo on teksti 'Koe'. Kirjoita teksti joka kielellä, esimerkiksi "
        "{fi: …, sv: …}.",
        "koe.yaml:4: VALUE-TYPE värdet för nyckeln 'title' är texten 'Koe'. Skriv en text för varje språk, till exempel "
        "{fi: …, sv: …}.",
    ],
    "quote that is not closed": [
        "koe.yaml:4: YAML-SYNTAX riviä ei voi lukea: tähän kuuluu pilkku tai sulkeva aaltosulje '}'; jos tekstissä on "
        "merkki ? : , { } tai [ ], kirjoita teksti lainausmerkkeihin. Vertaa sitä ympärillä oleviin riveihin.",
        "koe.yaml:4: YAML-SYNTAX raden kan inte läsas: här väntas ett kommatecken eller en avslutande klammer '}'; en "
        "text som innehåller ? : , { } eller [ ] skrivs inom citattecken. Jämför den med raderna runt omkring.",
    ],
    "condition that cannot be read": [
        "koe.yaml:18: CONDITION-SYNTAX kysymyksen 'more' ehto 'show_if' ei ole luettavissa: yksi '=' ei vertaa mitään; "
        "vertailu on '=='. Kirjoita se näin: \"work == 'employed'\".",
        "koe.yaml:18: CONDITION-SYNTAX villkoret 'show_if' i frågan 'more' kan inte läsas: ett ensamt '=' jämför "
        "ingenting; det gör '=='. Skriv det så här: \"work == 'employed'\".",
    ],
    "condition on nothing": [
        "koe.yaml:18: ITEM-UNKNOWN kysymyksen 'more' ehto 'show_if' mainitsee kysymyksen 'aa1', jota ei ole. "
        "Tarkoititko 'a1'?",
        "koe.yaml:18: ITEM-UNKNOWN villkoret 'show_if' i frågan 'more' nämner frågan 'aa1', som inte finns. Menade du "
        "'a1'?",
    ],
    "item twice in a dimension": [
        "koe.yaml:12: ID-REUSED ulottuvuus 'mood': kysymys 'a1' on jo olemassa. Anna kullekin oma tunnus.",
        "koe.yaml:12: ID-REUSED dimensionen 'mood': frågan 'a1' finns redan. Ge var och en ett eget id.",
    ],
    "window of centuries": [
        "site.yaml:10: VALUE-RANGE avaimen 'open' arvo ei voi olla 300000. Kirjoita luku, joka on vähintään -3650 ja "
        "enintään 3650.",
        "site.yaml:10: VALUE-RANGE värdet för nyckeln 'open' kan inte vara 300000. Skriv ett tal som är minst -3650 och "
        "högst 3650.",
    ],
    "id of a wrong form": [
        "koe.yaml:18: ID-FORM tunnus 'More-2' ei ole sallittu. Sallittu muoto: pieniä kirjaimia a–z, numeroita ja "
        "alaviivoja, kirjain ensin, esimerkiksi 'js1'.",
        "koe.yaml:18: ID-FORM id 'More-2' är inte tillåtet. Tillåten form: små bokstäver a–z, siffror och understreck, "
        "en bokstav först, till exempel 'js1'.",
    ],
    "missing translation": [
        "koe.yaml:17: TRANSLATION-MISSING avaimelta 'text' puuttuu teksti kielellä 'sv'. Lisää 'sv: …' tai poista kieli "
        "avaimesta 'languages'.",
        "koe.yaml:17: TRANSLATION-MISSING nyckeln 'text' saknar text på språket 'sv'. Lägg till 'sv: …' eller ta bort "
        "språket ur 'languages'.",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_problems_are_said_whole_in_finnish_and_swedish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Mapping[str, Mapping[str, str]], name: str
) -> None:
    """The line, as the person at the screen reads it."""
    problem = found(tmp_path, monkeypatch, name)[0]
    assert [problem.say(words[language]) for language in LANGUAGES] == WHOLE[name]


def test_the_last_lines_count_in_every_language(words: Mapping[str, Mapping[str, str]]) -> None:
    """One and several of each kind, and what a build says when it stops."""
    error, warning = problems.file_empty(Place("x")), problems.yaml_comment(Place("x"))
    several, single = problems.counted([error, error, warning]), problems.counted([error, warning, warning])
    assert [several.say(words["fi"]), single.say(words["fi"])] == ["2 virhettä, 1 varoitus.", "1 virhe, 2 varoitusta."]
    assert [several.say(words["sv"]), single.say(words["sv"])] == ["2 fel, 1 varning.", "1 fel, 2 varningar."]
    assert [str(several), str(single)] == ["2 problems, 1 warning.", "1 problem, 2 warnings."]
    assert problems.not_built().say(words["fi"]) == (
        "Mitään ei julkaistu. Korjaa yllä olevat rivit; myös `mittari check` näyttää ne."
    )


# --- nothing is left in another language ----------------------------------------------------------


def _leaves(value: object) -> Iterator[str]:
    """What fills the gaps of a phrase and is no phrase: it is the same in every language."""
    if isinstance(value, Phrase):
        for _name, inner in value.values:
            yield from _leaves(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield str(value)


def _names(kind: Any, seen: dict[str, type]) -> Iterator[str]:
    """Every key and every word that a file may have, from the model."""
    if typing.get_origin(kind) is typing.Literal:
        yield from map(str, typing.get_args(kind))
    if dataclasses.is_dataclass(kind) and isinstance(kind, type) and kind.__name__ not in seen:
        seen[kind.__name__] = kind
        for name, inner in field_types(kind).items():
            yield name
            yield from _names(inner, seen)
    for argument in typing.get_args(kind):
        yield from _names(argument, seen)


CLASSES: dict[str, type] = {}
KNOWN = {name for root in (Instrument, Services, Site) for name in _names(root, CLASSES)}
KNOWN |= {*FUNCTIONS, *PLACEHOLDERS, YES, NO, "today", *"-".join(typing.get_args(WarningCode)).split("-")}
SAME = r"UTF-16|Windows-1252|Latin-1|tag:\S+|\S+\.yaml"
"""Encodings, tags and names of files."""


@pytest.mark.parametrize("name", [*CASES, *BYTES])
def test_what_fills_a_sentence_is_the_same_in_every_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: Mapping[str, Mapping[str, str]], name: str
) -> None:
    """Every word that is not translated stands in the files, or is a key: none is English that slipped through."""
    files = " ".join([SITE, SERVICES, INSTRUMENT, *(CASES[name][2:3] if name in CASES else [])])
    for problem in found(tmp_path, monkeypatch, name):
        for leaf in [*_leaves(problem.sentence), *_leaves(problem.advice)]:
            strange = set(re.findall(r"[^\W\d]{2,}", re.sub(SAME, "", leaf))) - KNOWN
            assert all(re.search(rf"(?<![^\W\d]){word}(?![^\W\d])", files) for word in strange), (leaf, problem)
        for language in LANGUAGES:
            assert problem.say(words[language]) != str(problem)


def test_no_message_stays_english(words: Mapping[str, Mapping[str, str]]) -> None:
    """Every message with words of its own has other words in each language."""
    for language in LANGUAGES:
        for message, text in words[language].items():
            assert text != message or not re.search(r"\w", re.sub(r"{\w+}", "", message)), (language, message)


FILLINGS: Mapping[str, object] = {"int": 2, "float": 2.0, "float | None": 2.0, "Phrase": said(_("a text")), "str": "x"}


def test_every_problem_can_be_said_in_every_language(words: Mapping[str, Mapping[str, str]]) -> None:
    """Each function of the catalogue makes a line without a gap left open."""
    made = 0
    for name, make in inspect.getmembers(problems, inspect.isfunction):
        signature = inspect.signature(make)
        if signature.return_annotation != "Problem":
            continue
        gaps = {
            gap: ["x"] if "Sequence" in str(parameter.annotation) else FILLINGS.get(str(parameter.annotation), "x")
            for gap, parameter in list(signature.parameters.items())[1:]
        }
        problem = make(Place("x.yaml"), **gaps)
        made += 1
        for language in LANGUAGES:
            line = problem.say(words[language])
            assert line.startswith(f"x.yaml:1: {problem.code} "), name
            assert not any(f"{{{gap}}}" in line for gap in gaps), (name, line)
    assert made > 50


def test_every_class_of_the_files_has_a_name_in_sentences() -> None:
    """`the dimension`, `item 'js1'`: a class that a file can hold is called something."""
    for name in CLASSES:
        assert str(problems.part(name)).startswith("the ") and str(problems.part(name, "x")), name


def test_what_the_parser_says_is_known_to_the_catalogue(words: Mapping[str, Mapping[str, str]]) -> None:
    """Each of its errors that has plain words has them in every language; one that has none says whose words it is."""
    for plain in strict_yaml._PLAIN_WORDS.values():
        assert all(plain in words[language] for language in LANGUAGES), plain
    line: list[Problem] = []
    strict_yaml.load(b"%YAML 1.999999999999\n---\na: 1\n", file="x.yaml", report=line.append)
    assert [problem.say(words["fi"]) for problem in line] == [
        "x.yaml:1: YAML-SYNTAX riviä ei voi lukea: YAML-kielen lukija sanoo englanniksi ”found extremely long version "
        "number”. Vertaa sitä ympärillä oleviin riveihin."
    ]


# --- marked ---------------------------------------------------------------------------------------


def _literals(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    else:
        yield node


def test_every_phrase_is_marked_and_filled() -> None:
    """`said` gets a message marked with `_`, or one from a table of such; its gaps are what it is called with."""
    calls = 0
    for path in sorted((ROOT / "survey").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "said"):
                continue
            given = {keyword.arg for keyword in node.keywords}
            for message in _literals(node.args[0]):
                where = f"{path.name}:{node.lineno}"
                assert not isinstance(message, ast.Constant | ast.JoinedStr), f"{where} is not marked with _"
                if isinstance(message, ast.Call):
                    (literal,) = message.args
                    assert isinstance(literal, ast.Constant) and isinstance(literal.value, str), where
                    assert set(re.findall(r"{(\w+)}", literal.value)) <= given, where
                    calls += 1
    assert calls > 100
