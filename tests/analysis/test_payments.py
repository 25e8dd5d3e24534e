"""What a tariff would have paid is told of contracts whose own figures are, and questions are asked, not answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analysis.dataset import Dataset
from analysis.disclosure import Release
from analysis.payment_sheets import question_sheet, tariff_sheets
from analysis.report import units_of
from analysis.tables import tables
from analysis.tariff import participations_of, shadow
from survey.tariff import Result, Tariff, Window

TARIFF = Tariff(
    tariff="koe",
    version=1,
    contracts=("S-alfa", "S-beeta", "S-gamma"),
    fixed_fee=500,
    results=(Result(change="wellbeing", per_point=10, adjusted=False, floor=0, cap=300),),
    window=Window(first="2020-01-01", last="2029-12-31"),
)


def test_figures_are_those_of_the_shadow(shared: Dataset) -> None:
    """What is told of a contract is what the tariff's own functions say, rounded to euros."""
    found = tables(shared, Release(units=units_of(shared.library)), in_depth=True, tariff=TARIFF).tariff
    rows, points = participations_of(shared, TARIFF)
    by_hand = shadow(rows, TARIFF, points=points, covariates=rows[["wellbeing.start"]])
    assert list(found) == [one.contract for one in by_hand.contracts]
    for one in by_hand.contracts:
        told = {row.name: row.cell.figures for row in found[one.contract].rows}
        paid = told["paid"]
        assert paid is not None and paid.value == pytest.approx(one.payment, abs=0.501) and paid.n == one.n


def test_a_contract_whose_own_change_is_hidden_is_paid_nothing_in_public(shared: Dataset) -> None:
    """Without rows of contracts there is nothing that a payment could be told beside."""
    sheets = tariff_sheets(shared, TARIFF, is_told=lambda name: name != "S-beeta")
    released = {name: Release().sheet(sheet) for name, sheet in sheets.items()}
    assert all(row.cell.figures is None for row in released["S-beeta"].rows)
    assert any(row.cell.figures is not None for row in released["S-alfa"].rows)


def test_who_is_outside_the_window_is_not_told_by_subtraction(shared: Dataset) -> None:
    """One participation outside it: what it earned would follow from the whole contract."""
    people = shared.participations.sort_values("start")
    ours = people[people["service"].isin(["kone", "ura", "tyonhaku"])]
    last = ours["start"].iloc[-1]
    narrow = replace(TARIFF, window=Window(first="2020-01-01", last=str(last)))
    late = shared.participations.copy()
    late.loc[ours.index[-1], "start"] = last.replace(year=last.year + 1)
    found = tariff_sheets(replace(shared, participations=late), narrow, is_told=lambda _name: True)
    row = Release().sheet(found["S-beeta"]).rows[0]
    assert row.name == "paid" and row.cell.figures is None


def test_questions_say_how_many_were_looked_at(shared: Dataset) -> None:
    """A clean cohort raises none; the number of comparisons stands there all the same."""
    names = {id: {"en": one.name} for id, one in shared.library.services.providers.items()}
    sheet = question_sheet(shared, None, names)
    assert sheet.rows[0].name == "questions_looked_at"
    assert sheet.rows[0].value is not None and sheet.rows[0].value > 0
