"""Instruments as XLSForms: a converter accepts them, nothing that a form can say is lost, and the rest is told."""

from __future__ import annotations

import dataclasses
import io
import shutil
from pathlib import Path
from typing import Any

import pytest
from pyxform.xls2xform import convert

from exchange import spreadsheet
from exchange.context import Context, Source
from exchange.loss import Converted, counts
from exchange.xlsform_export import exported
from exchange.xlsform_import import imported
from survey import logic, reading, writing
from survey.model import Instrument, Item, Library, Option, Row, Section, as_data, from_data, scale_ends

ROOT = Path(__file__).parent.parent.parent
FOLDERS = (ROOT / "instruments", ROOT / "docs" / "examples")


def _library(folder: Path) -> Library:
    library = reading.read_library(folder).library
    assert library is not None
    return library


LIBRARIES = {folder: _library(folder) for folder in FOLDERS}
EVERY = [(folder, key) for folder, library in LIBRARIES.items() for key in library.instruments]
"""Every shipped instrument, and the one of docs/examples that has each type of item."""


def export(folder: Path, key: str) -> tuple[Instrument, Converted]:
    library = LIBRARIES[folder]
    instrument = library.instruments[key]
    images = {name: (folder / name).read_bytes() for name in instrument.images}
    recordings = {name: (folder / name).read_bytes() for name in instrument.recordings}
    context = Context(library=library, made="2026-11-24", images=images, recordings=recordings)
    return instrument, exported(instrument, context)


def form(converted: Converted) -> bytes:
    (data,) = [content for name, content in converted.files.items() if name.endswith(".xlsx")]
    return data


def back(folder: Path, converted: Converted) -> Instrument:
    """The instrument that the form becomes when it is imported again, with its pictures and recordings beside it."""
    files = {name.rpartition("/")[2]: content for name, content in converted.files.items()}
    source = Source(name="x.xlsx", data=form(converted), library=LIBRARIES[folder], beside=files.get)
    return imported(source).instrument


@pytest.mark.parametrize(("folder", "key"), EVERY, ids=lambda value: str(value).rpartition("/")[2])
def test_a_converter_of_forms_accepts_it(folder: Path, key: str) -> None:
    """Pyxform makes an XForm of the file, in every language, and warns of nothing but unofficial codes of languages."""
    instrument, converted = export(folder, key)
    made = convert(io.BytesIO(form(converted)), file_type=".xlsx")
    for tag in instrument.languages:
        assert f"({tag})" in made.xform
    assert [
        warning for warning in made.warnings if "machine-readable codes: Selkosuomi (fi-simple)" not in warning
    ] == []


@pytest.mark.parametrize(("folder", "key"), EVERY, ids=lambda value: str(value).rpartition("/")[2])
def test_what_a_form_can_say_comes_back(folder: Path, key: str) -> None:
    """Ids, types, texts in all languages, options, conditions, limits and what is required are the same after import."""
    instrument, converted = export(folder, key)
    again = back(folder, converted)
    assert (again.key, again.languages) == (key, instrument.languages)
    instrument = spoken(instrument)
    assert again.title == instrument.title
    assert _stripped(again.intro) == _stripped(instrument.intro)
    assert [(s.title, _stripped(s.intro)) for s in again.sections] == [
        (s.title, _stripped(s.intro)) for s in instrument.sections
    ]
    assert [one.id for one in again.items()] == [one.id for one in instrument.items()]
    notes = [[one for s in i.sections for one in s.items if one.type in ("note", "grid")] for i in (again, instrument)]
    with_unit = {item.id for item in instrument.items() if item.unit}
    for one, other in [*zip(again.items(), instrument.items(), strict=True), *zip(*notes, strict=True)]:
        # A unit stands in the hint of a form.
        same = dataclasses.replace(one, hint=other.hint) if one.id in with_unit else one
        assert _sayable(again, same) == _sayable(instrument, other)


def spoken(instrument: Instrument) -> Instrument:
    """The instrument without texts in other languages, which it has where it extends one that has more of them."""

    def bare(data: Any) -> Any:
        if isinstance(data, dict):
            texts = bool(data) and all(isinstance(words, str) for words in data.values())
            kept = (
                data
                if not texts or "fi" not in data
                else {tag: data[tag] for tag in instrument.languages if tag in data}
            )
            return {key: bare(entry) for key, entry in kept.items()}
        return [bare(entry) for entry in data] if isinstance(data, list) else data

    return from_data(Instrument, bare(as_data(instrument)))


def _stripped(text: object) -> object:
    return {tag: words.strip() for tag, words in text.items()} if isinstance(text, dict) else text


def _sayable(instrument: Instrument, item: Item) -> dict[str, object]:
    """What an XLSForm can say of an item."""
    options = instrument.options(item) if item.type not in ("note", "scale", "hidden") else ()
    limits = {"minimum": item.minimum, "maximum": item.maximum}
    if item.type == "scale":
        limits = dict(zip(limits, scale_ends(item), strict=True))
    rules = [constraint.rule for constraint in item.constraints]
    if item.id == "month":
        # The one rule of the examples that is a plain limit comes back as one.
        assert rules == ["month >= '2020-01'"] or item.minimum == "2020-01"
        limits, rules = {}, []
    known = any(option.missing for option in options)
    return {
        **{key: getattr(item, key) for key in ("id", "text", "low", "high", "max_length", "at_least", "value", "grid")},
        # A form does not know which options are no answer, and has two words of its own for yes and no without them.
        "type": "single" if item.type == "yes_no" and known else item.type,
        "hint": item.hint,
        "audio": {tag: file for tag, file in (item.audio or {}).items() if tag in instrument.languages},
        "options": [(o.value, o.label, o.other, o.exclusive, o.image) for o in options],
        "condition": item.show_if and logic.parse(item.show_if),
        "required": item.required == "hard",
        "at_most": None if item.type == "rank" else item.at_most,
        "rules": rules,
        "calculate": item.calculate,
        **limits,
    }


def test_yes_and_no_with_a_third_option_come_back_as_a_list() -> None:
    """A form does not know which options are no answer, so only plain yes and no is known again."""
    both = LIBRARIES[ROOT / "instruments"].instruments["tyonantajapalaute@1"]
    again = back(*(lambda pair: (ROOT / "instruments", pair[1]))(export(ROOT / "instruments", both.key)))
    kinds = {item.id: (item.type, again.item(item.id).type) for item in both.items() if item.type == "yes_no"}
    assert kinds == {"em_hired": ("yes_no", "single"), "em_again": ("yes_no", "single")}


def test_every_part_has_an_entry() -> None:
    """Settings, scales, sections, items, rows, dimensions and alarms are in the report, each once."""
    for folder, key in EVERY:
        instrument, converted = export(folder, key)
        items = [item for section in instrument.sections for item in section.items]
        parts = len(instrument.sections) + len(items) + sum(len(item.rows) for item in items)
        parts += len(instrument.scales) + len(instrument.dimensions) + len(instrument.alarms) + len(instrument.thanks)
        frame = sum(loss.where == "instrument" for loss in converted.losses)
        assert len(converted.losses) == parts + frame
        assert all(loss.why for loss in converted.losses if loss.kind != "came")
        assert counts(converted.losses)["left"] >= len(instrument.dimensions)


def _instrument(*items: Item, **more: object) -> Instrument:
    frame = Instrument(
        instrument="koe",
        version=2,
        languages=("fi", "sv"),
        title={"fi": "Koe", "sv": "Koe"},
        waves=("start", "end"),
        sections=(Section(items=items),),
    )
    return dataclasses.replace(frame, **more)  # type: ignore[arg-type]


def _text(words: str) -> dict[str, str]:
    return {"fi": words, "sv": words}


def _option(value: int | str, **more: object) -> Option:
    return Option(value=value, label=_text(str(value)), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (Item(id="q", type="text", text=_text("K?")), ""),
        (
            Item(id="q", type="text", text=_text("K?"), required="soft"),
            "The form does not remind of an answer that is wanted and not needed.",
        ),
        (
            Item(id="q", type="text", text=_text("K?"), waves=("end",)),
            "It is asked whenever the form is: that it is asked at end was left out.",
        ),
        (
            Item(id="q", type="text", text=_text("Auttoiko {service}?")),
            "Words in braces { } stand as they are: the form does not fill them in.",
        ),
        (
            Item(id="q", type="text", text=_text("K?"), then=True, sensitive=True, ground="health"),
            "That it asks about the time before the service was left out. That it is sensitive, and on which ground it "
            "is asked, was left out.",
        ),
        (
            Item(id="q", type="decimal", text=_text("K?"), unit=_text("tuntia"), decimals=1),
            "How many decimals an answer can have was left out. Its unit stands in its hint.",
        ),
        (
            Item(
                id="q",
                type="likert",
                text=_text("K?"),
                reverse=True,
                anchor=True,
                options=(_option(1, score=2.5), _option(9, missing="dont_know")),
            ),
            "That a high answer counts as low was left out. That it asks how much has changed was left out. Of its "
            "options was left out that choosing some is no answer and what they count for.",
        ),
        (
            Item(id="q", type="rank", text=_text("K?"), at_most=1, options=(_option("a"), _option("b"))),
            "All options are put in order: a form cannot ask for the first few only.",
        ),
        (
            Item(id="q", type="scale", text=_text("K?"), low=_text("a"), high=_text("b"),
                 options=(_option("x", missing="dont_know"),)),
            "Its options beside the numbers were left out.",
        ),
        (
            Item(id="q", type="hidden", text=_text("K?"), value="a", options=(_option("b"),)),
            "The other values that a link can give it were left out.",
        ),
        (
            Item(id="q", type="text", text=_text("K?"), show_if="before == 'x' and order == 'a'"),
            "It is asked of all, since the order of 'order' cannot be compared. Its condition is: before == 'x' and order "
            "== 'a'.",
        ),
        (
            Item(id="q", type="calculated", text=_text("K?"), calculate="count(steps, steps * 2)"),
            "The form works out nothing, since it counts what is worked out.",
        ),
        (
            Item(id="q", type="calculated", text=_text("K?"), calculate="steps * 2"),
            "Options that are no answer count with their numbers in the form.",
        ),
    ],
)  # fmt: skip
def test_what_a_form_cannot_say(item: Item, why: str) -> None:
    """Each thing that a form cannot say is told at its item."""
    before = Item(id="before", type="text", text=_text("K?"))
    order = Item(id="order", type="rank", text=_text("K?"), options=(_option("a"), _option("b")))
    steps = Item(id="steps", type="likert", text=_text("K?"), options=(_option(1), _option(9, missing="dont_know")))
    library = LIBRARIES[ROOT / "instruments"]
    converted = exported(_instrument(before, order, steps, item), Context(library=library, made="2026-11-24"))
    (loss,) = [loss for loss in converted.losses if loss.what.endswith(" q")]
    assert (loss.kind, loss.why) == ("changed" if why else "came", why)
    assert convert(io.BytesIO(form(converted)), file_type=".xlsx").warnings == []


def test_languages_waves_and_the_service_can_be_chosen() -> None:
    """The form has the languages that are wanted, what is asked at the waves wanted, and the names of the service."""
    folder = ROOT / "instruments"
    library = LIBRARIES[folder]
    start = Item(id="a", type="text", text=_text("Auttaako {service}?"), waves=("start",))
    grid = Item(
        id="g", type="grid", text=_text("K?"), rows=(Row(id="g1", text=_text("K?")),), options=(_option(1),),
        waves=("end",),
    )  # fmt: skip
    service = library.services.services[0]
    context = Context(
        library=library, made="2026-11-24", languages=("sv",), waves=("start",), service=service.id
    )  # fmt: skip
    converted = exported(_instrument(start, grid), context)
    survey = next(sheet for sheet in spreadsheet.read(form(converted)) if sheet.name == "survey")
    assert survey.columns == ("type", "name", "label::Svenska (sv)")
    assert [row.cells for row in survey.rows] == [
        ("begin_group", "section_1", ""),
        ("text", "a", f"Auttaako {service.title['sv']}?"),
        ("end_group", "section_1", ""),
    ]
    told = {loss.what: (loss.kind, loss.why) for loss in converted.losses}
    assert told["languages"] == ("changed", "Those that were not wanted are left out: fi.")
    assert told["text a"] == ("came", "")
    assert told["grid g"] == told["row g1"] == ("left", "It is not asked at start.")


def test_a_name_that_forms_keep_for_themselves() -> None:
    """An item called `meta` gets another name in the form, and conditions follow."""
    meta = Item(id="meta", type="text", text=_text("K?"))
    other = Item(id="q", type="text", text=_text("K?"), show_if="meta == 'x'")
    converted = exported(_instrument(meta, other), Context(library=LIBRARIES[FOLDERS[0]], made="2026-11-24"))
    survey = next(sheet for sheet in spreadsheet.read(form(converted)) if sheet.name == "survey")
    rows = [dict(zip(survey.columns, row.cells, strict=False)) for row in survey.rows]
    assert [(row["name"], row["relevant"]) for row in rows] == [
        ("section_1", ""), ("meta_2", ""), ("q", "${meta_2} = 'x'"), ("section_1", ""),
    ]  # fmt: skip


def test_a_condition_that_holds_of_the_unasked_asks_what_it_needs() -> None:
    """Here an item is shown only where those that its condition names are; in a form that has to be said."""
    a = Item(id="a", type="yes_no", text=_text("K?"))
    b = Item(id="b", type="yes_no", text=_text("K?"), show_if="a == 'yes'")
    c = Item(id="c", type="text", text=_text("K?"), show_if="not (b == 'yes')")
    converted = exported(_instrument(a, b, c), Context(library=LIBRARIES[FOLDERS[0]], made="2026-11-24"))
    survey = next(sheet for sheet in spreadsheet.read(form(converted)) if sheet.name == "survey")
    relevant = {
        row.cells[survey.columns.index("name")]: row.cells[survey.columns.index("relevant")] for row in survey.rows
    }
    assert relevant["c"] == "not(${b} = 'yes') and ${a} = 'yes'"


def test_the_file_is_the_same_every_time() -> None:
    """An instrument that has not changed makes the same bytes."""
    folder, key = EVERY[0]
    assert export(folder, key)[1] == export(folder, key)[1]


def test_recordings_go_there_and_back() -> None:
    """In the columns of their languages, of questions and of rows of a grid; the files lie beside the form."""
    folder = ROOT / "docs" / "examples"
    before, converted = export(folder, "kentat@1")
    (survey, *_) = spreadsheet.read(form(converted))
    columns = [column for column in survey.columns if column.startswith("audio")]
    assert columns == ["audio::Suomi (fi)", "audio::English (en)", "audio::العربية (ar)"]
    heard = {
        row.cells[1]: [row.cells[survey.columns.index(column)] for column in columns]
        for row in survey.rows
        if row.cells[1] in ("likert", "likert_then", "grid_mood")
    }
    assert heard == {
        "likert": ["likert.fi.mp3", "", "likert.ar.m4a"], "likert_then": ["", "", ""],
        "grid_mood": ["grid_mood.fi.mp3", "grid_mood.en.mp3", ""],
    }  # fmt: skip
    for name in before.recordings:
        assert converted.files[f"kentat-media/{name.removeprefix('audio/')}"] == (folder / name).read_bytes()
    again = back(folder, converted)
    assert {item.id: item.audio for item in again.items() if item.audio} == {
        "likert": {"fi": "audio/likert.fi.mp3", "ar": "audio/likert.ar.m4a"},
        "grid_mood": {"fi": "audio/grid_mood.fi.mp3", "en": "audio/grid_mood.en.mp3"},
    }


def test_what_comes_back_can_be_written(tmp_path: Path) -> None:
    """The way round ends in a file that passes the reader beside the original."""
    folder = ROOT / "docs" / "examples"
    _, converted = export(folder, "kentat@1")
    again = back(folder, converted)
    for name in ("site.yaml", "services.yaml"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    for name in ("images", "audio"):
        shutil.copytree(folder / name, tmp_path / name)
    path = tmp_path / "kentat.yaml"
    path.write_text(writing.written(again), encoding="utf-8")
    assert [str(problem) for problem in reading.check([path]) if problem.severity == "error"] == []
