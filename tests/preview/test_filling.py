"""The states of a page: answered without a problem, and wrong in every question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from preview import filling
from survey import answers, logic
from survey.model import Instrument
from survey.reading import read_library
from tests.preview.conftest import ROOT, TODAY


def cases() -> Iterator[tuple[Instrument, str]]:
    """Every shipped instrument and the examples of every type, at each wave."""
    for folder in (ROOT / "instruments", ROOT / "docs" / "examples"):
        library = read_library(Path(folder)).library
        assert library is not None
        for instrument in library.instruments.values():
            yield from ((instrument, wave) for wave in instrument.waves)


CASES = pytest.mark.parametrize(
    ("instrument", "wave"), list(cases()), ids=lambda value: value if isinstance(value, str) else value.instrument
)


@CASES
def test_answered(instrument: Instrument, wave: str) -> None:
    """Every question that is shown has an answer, and none a problem or a reminder."""
    form = filling.plausible(instrument, wave, words="Esimerkki", today=TODAY)
    answers.check_fields(instrument, wave, form.fields)
    judged = answers.judge(instrument, wave, form.fields, today=TODAY)
    assert judged.problems == judged.reminders == ()
    typed = {id for id in logic.shown(instrument, wave, judged.answers) if instrument.item(id).type != "calculated"}
    assert typed <= set(judged.answers)
    assert set(judged.absent.values()) <= {"not_shown"}


@CASES
def test_wrong(instrument: Instrument, wave: str) -> None:
    """Every question that can have a problem has one, once, in the order of the page; the code first where there is one."""
    form = filling.wrong(instrument, wave, code=True, today=TODAY)
    answers.check_fields(instrument, wave, form.fields)
    asked = [item.id for item in instrument.items(wave) if item.type not in ("hidden", "calculated", "consent")]
    assert [problem.name for problem in form.problems] == ["_code", *asked]
    without = filling.wrong(instrument, wave, code=False, today=TODAY)
    assert without.problems == form.problems[1:] and without.code == ""


def test_each_type_is_wrong_in_its_own_way() -> None:
    """What is typed or chosen wrongly gets the sentence for that, not only that it is missing."""
    instrument = next(instrument for instrument, _ in cases() if instrument.instrument == "kentat")
    form = filling.wrong(instrument, "end", code=False, today=TODAY)
    said = {problem.name: problem.message for problem in form.problems}
    assert {said[id] for id in ("integer", "decimal", "date", "month", "year", "time", "email", "phone", "text")} == {
        answers.WHOLE_NUMBER, answers.NUMBER, answers.DATE, answers.MONTH, answers.YEAR, answers.TIME, answers.EMAIL,
        answers.PHONE, answers.SHORTEN,
    }  # fmt: skip
    assert said["multiple"] == answers.EXCLUSIVE and said["rank"] == answers.RANK_ONCE
    assert said["dropdown"] == answers.OTHER_UNCHOSEN


def test_reminded() -> None:
    """The questions that are softly required, and whether there are any."""
    instrument = next(instrument for instrument, _ in cases() if instrument.instrument == "kentat")
    form = filling.reminded(instrument, "end")
    soft = [item.id for item in instrument.items("end") if item.required == "soft"]
    assert soft and [problem.name for problem in form.reminders] == soft and form.asked
    assert filling.reminds(instrument, "end") and form.problems == ()
    plain = next(instrument for instrument, _ in cases() if instrument.instrument == "asiakasmuutosmittari")
    assert not filling.reminds(plain, "start")
