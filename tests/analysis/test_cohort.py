"""The simulated cohort answers every sort of question, the same way whenever it is asked."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from analysis.cohort import Cohort, Design, Planned
from analysis.fieldwork import form_fields
from survey.answers import OTHER, judge
from survey.model import Instrument, Item, Library, Section
from tests.analysis.vocabulary import assessment, employer, everything, opinion

PLANNED = [
    Planned(service="tuettu", group=None if n % 4 == 0 else f"g{n % 3}", start="2026-01-12", end="2026-04-12")
    for n in range(60)
]
EVERYONE = Design(attrition={}, usual_attrition=0.0, skipping=0.0)


def _instrument(library: Library) -> Instrument:
    return library.instruments["tyohonvalmennus@1"]


def test_answers_do_not_hang_on_the_order_of_asking(library: Library) -> None:
    """The same seed, person, questionnaire and wave give the same answers; another seed gives others."""
    cohort = Cohort(library=library, planned=PLANNED, seed=3)
    forward = [cohort.answers(n, _instrument(library), wave) for n in range(20) for wave in ("start", "end")]
    again = Cohort(library=library, planned=PLANNED, seed=3)
    backward = [again.answers(n, _instrument(library), wave) for n in range(19, -1, -1) for wave in ("end", "start")]
    assert forward == backward[::-1]
    other = Cohort(library=library, planned=PLANNED, seed=4)
    assert forward != [other.answers(n, _instrument(library), wave) for n in range(20) for wave in ("start", "end")]


def test_every_answer_is_one_that_can_be_given(library: Library) -> None:
    """Options of the item, numbers within its limits, ticked options as a list, and nothing that is not shown."""
    instrument = _instrument(library)
    cohort = Cohort(library=library, planned=PLANNED, design=EVERYONE)
    for n in range(len(PLANNED)):
        answers = cohort.answers(n, instrument, "end")
        assert answers is not None
        for id, answer in answers.items():
            item = instrument.item(id)
            values = [option.value for option in instrument.options(item)]
            if isinstance(answer, list):
                assert answer
                assert set(answer) <= set(values)
            elif values:
                assert answer in values
            elif item.type == "integer":
                assert isinstance(answer, int)
                assert 1 <= answer <= 60
        assert ("hours" in answers) == (answers["work"] == "employed")


def test_nobody_has_reached_an_outcome_before_the_service(library: Library) -> None:
    """Outcomes are asked from the end on; every answer at the end is one of both."""
    cohort = Cohort(library=library, planned=PLANNED, design=EVERYONE)
    start = [cohort.answers(n, _instrument(library), "start") for n in range(len(PLANNED))]
    end = [cohort.answers(n, _instrument(library), "end") for n in range(len(PLANNED))]
    assert all(answers is not None and "work" not in answers for answers in start)
    employed = sum(answers is not None and answers["work"] == "employed" for answers in end)
    assert 10 < employed < 35


def test_reversed_items_run_the_other_way(library: Library) -> None:
    """With hardly any error, a reversed item mirrors its neighbour."""
    cohort = Cohort(
        library=library,
        planned=PLANNED,
        design=Design(attrition={}, usual_attrition=0.0, skipping=0.0, reliability=0.999999),
    )
    pairs = []
    for n in range(len(PLANNED)):
        answers = cohort.answers(n, library.instruments["asiakasmuutosmittari@3"], "start")
        assert answers is not None
        pairs.append((answers["js1"], answers["js3"]))
    assert sum(isinstance(a, int) and isinstance(b, int) and a + b == 6 for a, b in pairs) >= 55


@pytest.mark.parametrize("by_change", [0.0, 3.0])
def test_attrition_follows_the_design(library: Library, by_change: float) -> None:
    """A quarter leaves before the end; whoever hangs on change leaves more unevenly, not much more often."""
    design = Design(attrition_by_change=by_change)
    people = [PLANNED[n % len(PLANNED)] for n in range(400)]
    cohort = Cohort(library=library, planned=people, design=design)
    gone = sum(cohort.answers(n, library.instruments["palvelupalaute@2"], "end") is None for n in range(400))
    assert 0.18 < gone / 400 < 0.42


@pytest.mark.parametrize("make", [everything, opinion, assessment, employer])
def test_every_type_is_answered_as_its_form_takes_it(library: Library, make) -> None:  # type: ignore[no-untyped-def]
    """The fields that a browser would send are stored as what was answered: limits, rules and conditions are kept."""
    instrument, day = make(), date(2026, 2, 3)
    cohort = Cohort(library=library, planned=PLANNED, design=Design(attrition={}, usual_attrition=0, answering={}))
    answered: set[str] = set()
    for n in range(len(PLANNED)):
        given = cohort.answers(n, instrument, instrument.waves[-1], day)
        if given is None:
            continue
        fields = {name: [value] for name, value in form_fields(instrument, given).items()}
        judged = judge(instrument, instrument.waves[-1], fields, today=day)
        assert judged.problems == ()
        missing = {
            id
            for id, a in given.items()
            if id in judged.absent and any(o.missing and o.value == a for o in instrument.options(instrument.item(id)))
        }
        stored = {
            id: a
            for id, a in judged.answers.items()
            if instrument.item(id.removesuffix(f".{OTHER}")).type != "calculated"
        }
        assert stored == {id: answer for id, answer in given.items() if id not in missing}
        answered |= set(judged.answers)
    words = {f"{i.id}.{OTHER}" for i in instrument.items() if any(o.other for o in instrument.options(i))}
    assert answered == {item.id for item in instrument.items(instrument.waves[-1])} | words


def test_a_type_that_is_not_known_is_passed_over(library: Library) -> None:
    """A later vocabulary does not stop the simulation."""
    strange = Item(id="strange", type="hologram", text={"fi": "?"})  # type: ignore[arg-type]
    instrument = dataclasses.replace(_instrument(library), sections=(Section(items=(strange,)),), dimensions={})
    cohort = Cohort(library=library, planned=PLANNED, design=EVERYONE)
    assert cohort.answers(0, instrument, "end") == {}


def test_others_answer_now_and_then(library: Library) -> None:
    """Coaches about most of their clients, employers about few; neither hangs on whether the client answers."""
    nobody = Design(attrition={"start": 1.0, "end": 1.0}, usual_attrition=1.0)
    cohort = Cohort(library=library, planned=PLANNED, design=nobody)
    shares = [
        sum(cohort.answers(n, instrument, "end") is not None for n in range(len(PLANNED))) / len(PLANNED)
        for instrument in (assessment(), employer(), _instrument(library))
    ]
    assert 0.5 < shares[0] < 0.9
    assert 0.02 < shares[1] < 0.3
    assert shares[2] == 0


def test_memories_do_not_move(library: Library) -> None:
    """What is asked about the time before shows no change, whenever it is asked."""
    instrument = dataclasses.replace(opinion(), waves=("start", "end"))
    cohort = Cohort(library=library, planned=PLANNED, design=dataclasses.replace(EVERYONE, usual_change=5.0))
    means = []
    for wave in instrument.waves:
        given = [cohort.answers(n, instrument, wave) for n in range(len(PLANNED))]
        values = [answers["before1"] for answers in given if answers is not None]
        means.append(sum(int(value) for value in values if isinstance(value, int) and value < 9) / len(values))
    assert abs(means[0] - means[1]) < 0.5
