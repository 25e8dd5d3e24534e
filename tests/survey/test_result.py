"""What one person's own answers say: each figure by hand, and no comparison that does not hold."""

from __future__ import annotations

from dataclasses import replace

from survey.model import Dimension, Instrument, Library
from survey.result import Earlier, offered, own_result

LOW = {"wb1": 1, "wb2": 1, "wb3": 2}
"""On five steps: (0 + 0 + 25) / 3 = 8.3 of 100."""


def core(library: Library) -> Instrument:
    return library.instruments["asiakasmuutosmittari@1"]


def wellbeing(instrument: Instrument, **changed: object) -> Instrument:
    """The instrument with the dimension of well-being otherwise."""
    dimension: Dimension = replace(instrument.dimensions["wellbeing"], **changed)  # type: ignore[arg-type]
    return replace(instrument, dimensions={**instrument.dimensions, "wellbeing": dimension})


def test_figures_and_words_by_hand(library: Library) -> None:
    """The score, the nearest option, and nothing where too few were answered."""
    found = own_result(core(library), "start", {**LOW, "el1": 5})
    first, second = found.parts[0], found.parts[1]
    assert first.score is not None and round(first.score, 2) == 8.33 and first.range == (0, 100)
    assert first.near is not None and first.near["fi"] == "Ei pidä lainkaan paikkaansa"
    assert second.score is None and second.near is None
    assert first.title["en"] == "Wellbeing" and len(found.parts) == 6
    assert found.since == "" and all(part.before is None for part in found.parts)


def test_the_nearest_option_is_the_nearest(library: Library) -> None:
    """Answers 4, 4, 5 have the mean 4.33."""
    near = own_result(core(library), "start", {"wb1": 4, "wb2": 4, "wb3": 5}).parts[0].near
    labels = {option.value: option.label for option in core(library).scales["holds_true"].options}
    assert near == labels[4]


def test_a_reversed_item_leaves_no_nearest_option(library: Library) -> None:
    """The words of the scale would then say the opposite of the score."""
    instrument = core(library)
    sections = tuple(
        replace(s, items=tuple(replace(i, reverse=i.id == "wb1") for i in s.items)) for s in instrument.sections
    )
    found = own_result(replace(instrument, sections=sections), "start", LOW).parts[0]
    assert found.near is None and found.score is not None and round(found.score, 1) == 41.7


def test_support_stands_beside_a_low_result_alone(library: Library) -> None:
    """Below the limit and not at it; and not where no score can be made."""
    assert own_result(core(library), "start", LOW).support
    assert not own_result(core(library), "start", {"wb1": 2, "wb2": 2, "wb3": 2}).support
    assert not own_result(core(library), "start", {"wb1": 1}).support
    assert not own_result(wellbeing(core(library), support_below=None), "start", LOW).support


def test_what_has_changed(library: Library) -> None:
    """From 8.3 to 50, with the day of the earlier answers."""
    earlier = Earlier(instrument=core(library), answers=LOW, received="2026-11-24T10:00:00.000Z")
    found = own_result(core(library), "end", {"wb1": 3, "wb2": 3, "wb3": 3}, earlier)
    part = found.parts[0]
    assert part.score == 50 and part.before is not None and round(part.before, 1) == 8.3
    assert found.since == "2026-11-24T10:00:00.000Z" and found.parts[1].before is None


def test_only_what_is_scored_alike_is_compared(library: Library) -> None:
    """Another range, other items, or a dimension that another instrument brought: no change is shown, nor a day."""
    now = {"wb1": 3, "wb2": 3, "wb3": 3}
    for other in (
        wellbeing(core(library), range=(0, 10)),
        wellbeing(core(library), items=("wb1", "wb2")),
        wellbeing(core(library), origin="toinen"),
    ):
        earlier = Earlier(instrument=other, answers=LOW, received="2026-11-24T10:00:00.000Z")
        found = own_result(core(library), "end", now, earlier)
        assert found.parts[0].before is None and found.since == ""
    own = library.instruments["kotokoulutus@1"]
    earlier = Earlier(instrument=own, answers=LOW, received="2026-11-24T10:00:00.000Z")
    assert own_result(core(library), "end", now, earlier).parts[0].before is not None


def test_where_it_is_offered(library: Library) -> None:
    """The core and what extends it; neither feedback, nor what others than clients answer."""
    offering = {key for key, each in library.instruments.items() if any(offered(each, wave) for wave in each.waves)}
    assert offering == {
        key
        for key, each in library.instruments.items()
        if key == core(library).key or each.extends == core(library).key
    }
    assert not offered(replace(core(library), respondent="coach"), "start")
    assert not offered(replace(core(library), dimensions={}), "start")
