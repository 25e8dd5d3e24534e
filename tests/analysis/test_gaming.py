"""Signs of gaming: Fisher's test as a special case, planted signs found, and none where there is nothing to find."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from analysis import AnalysisError, pairing
from analysis.dataset import Dataset
from analysis.gaming import (
    ALL_ALIKE,
    COLUMNS,
    NO_RANKING,
    NOBODY,
    ONE_GROUP,
    QUESTION,
    SENTENCES,
    Flag,
    Flags,
    Kind,
    answers_of,
    flags,
)
from analysis.multiplicity import benjamini_hochberg
from analysis.providers import ONE_UNIT
from analysis.scores import measures
from survey.model import Instrument

MONDAY = date(2026, 3, 2)


def clean(rng: np.random.Generator, *, units: int = 6, groups: int = 6, size: int = 10) -> pd.DataFrame:
    """Units that do nothing odd, whose groups differ much: some fill the form in with the coach, on a shared device, in
    one session; some come in a better position; of some few answer at the end."""
    unit = np.repeat(np.arange(units), groups * size)
    group = np.repeat(np.arange(units * groups), size)
    n = len(unit)

    def by_group(middle: float, spread: float = 1.5) -> np.ndarray:
        return rng.random(n) < special.expit(middle + spread * rng.normal(size=units * groups)[group])

    missing, late = by_group(-1.5), by_group(-3)
    ended = np.array([MONDAY + timedelta(days=int(day)) for day in rng.integers(0, 200, units * groups)])[group]
    hour = (rng.integers(-10, 3, units * groups) * 24 + rng.integers(9, 16, units * groups))[group]
    # Most answer in the session, some at home.
    hour = np.where(rng.random(n) < 0.7, hour, rng.integers(-240, 240, n))
    received = pd.to_datetime(pd.Series(ended)) + pd.to_timedelta(hour, unit="h") + pd.Timedelta(minutes=10)
    return pd.DataFrame(
        {
            "provider": [f"u{k}" for k in unit],
            "contract": [f"c{k}" for k in unit],
            "service": [f"s{k}" for k in unit],
            "group": [f"g{k}" for k in group],
            "ended": ended,
            "exit_reason": rng.choice(["completed", "work", "illness"], n),
            "end_due": True,
            "start_answered": rng.random(n) < 0.9,
            "end_answered": ~missing & ~late,
            "end_late": late & ~missing,
            "start_helper": rng.choice(["none", "interpreter", "coach"], n, p=[0.8, 0.1, 0.1]),
            "end_helper": np.where(by_group(-2), "coach", "none"),
            "start_channel": np.where(by_group(-1), "shared_device", "own_device"),
            "end_received": received.where(~missing & ~late),
            "end_alike": pd.array(rng.random(n) < 0.05, dtype="boolean"),
            "start_score": 50 + 15 * rng.normal(size=n) + 6 * rng.normal(size=units * groups)[group],
        }
    )


def found(frame: pd.DataFrame, *, draws: int = 1999, seed: int = 1) -> Flags:
    return flags(frame, by="provider", generator=np.random.default_rng(seed), draws=draws)


def one(flags: Flags, kind: Kind, unit: str) -> Flag:
    return next(flag for flag in flags.flags if (flag.kind, flag.unit) == (kind, unit))


def raised(flags: Flags) -> set[tuple[str, str]]:
    return {(flag.kind, flag.unit) for flag in flags.raised}


# --- the test --------------------------------------------------------------------------------------------------------


def alone(rows: list[tuple[str, bool]]) -> pd.DataFrame:
    """People who came alone, of whom only the unit and the device at the start are known."""
    frame = pd.DataFrame({name: pd.Series([None] * len(rows), dtype=object) for name in COLUMNS})
    return frame.assign(
        provider=[unit for unit, _ in rows],
        service="s",
        start_channel=["shared_device" if shared else "own_device" for _, shared in rows],
        start_score=np.nan,
    )


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), min_size=2, max_size=13))
@settings(deadline=None, max_examples=40)
def test_of_people_alone_it_is_fishers_exact_test(rows: list[tuple[str, bool]]) -> None:
    """One-sided, as scipy computes it; figures are the shares."""
    result = found(alone(rows), draws=1)
    for unit in dict.fromkeys(unit for unit, _ in rows):
        own, rest = ([shared for name, shared in rows if (name == unit) == mine] for mine in (True, False))
        flag = one(result, "shared_device", unit)
        if not rest:
            assert flag.reasons == (ONE_UNIT,)
        elif sum(own) + sum(rest) in (0, len(rows)):
            assert (flag.p, flag.reasons) == (None, (ALL_ALIKE,))
        else:
            cells = [[sum(own), len(own) - sum(own)], [sum(rest), len(rest) - sum(rest)]]
            assert flag.p == pytest.approx(stats.fisher_exact(cells, alternative="greater").pvalue, rel=1e-9)
            assert (flag.figure, flag.rest) == pytest.approx((np.mean(own), np.mean(rest)))
            assert flag.n == len(own)


def test_drawn_groups_come_near_to_all_groups() -> None:
    """Of people alone in numbers that are drawn, p is Fisher's but for the error of drawing."""
    rng = np.random.default_rng(4)
    rows = [(str(rng.choice(["a", "b"])), bool(rng.random() < 0.3)) for _ in range(200)]
    flag = one(found(alone(rows), draws=9999), "shared_device", "a")
    own, rest = ([shared for name, shared in rows if (name == "a") == mine] for mine in (True, False))
    cells = [[sum(own), len(own) - sum(own)], [sum(rest), len(rest) - sum(rest)]]
    p = stats.fisher_exact(cells, alternative="greater").pvalue
    assert flag.p == pytest.approx(p, abs=4 * (p * (1 - p) / 9999) ** 0.5)


def test_a_group_moves_as_a_whole() -> None:
    """Three groups of ten, one of them on a shared device: a third of all ways put it into a unit of one group."""
    rows = [(unit, unit == "a") for unit in "abc" for _ in range(10)]
    together = alone(rows).assign(group=[unit for unit, _ in rows])
    assert one(found(together, draws=1), "shared_device", "a").p == pytest.approx(1 / 3)
    assert (one(found(alone(rows)), "shared_device", "a").p or 1) < 1e-3


def test_the_same_seed_gives_the_same_flags_and_units_keep_their_order() -> None:
    """Never a ranking: kind by kind, units in the order of the data, adjusted together."""
    frame = clean(np.random.default_rng(2))
    result = found(frame)
    assert result == found(frame)
    kinds, units = [*SENTENCES], [f"u{k}" for k in range(6)]
    assert kinds == [*get_args(Kind)]
    assert [(flag.kind, flag.unit) for flag in result.flags] == [(kind, unit) for kind in kinds for unit in units]
    p = [flag.p for flag in result.flags if flag.p is not None]
    assert result.tests == len(p) == 42
    assert [flag.adjusted for flag in result.flags] == pytest.approx(benjamini_hochberg(p).p)
    assert result.words == (QUESTION, NO_RANKING)
    backwards = found(frame.iloc[::-1])
    assert [flag.unit for flag in backwards.flags[:6]] == units[::-1]


# --- planted ---------------------------------------------------------------------------------------------------------


def _missing(frame: pd.DataFrame, own: pd.Series) -> pd.DataFrame:
    gone = own & (frame.index % 4 > 0)
    return frame.assign(
        end_answered=frame["end_answered"] & ~gone, end_late=frame["end_late"] & ~gone,
        end_received=frame["end_received"].mask(gone),
    )  # fmt: skip


def _late(frame: pd.DataFrame, own: pd.Series) -> pd.DataFrame:
    late = own & (frame.index % 4 > 0)
    return frame.assign(end_late=frame["end_late"] | late, end_answered=frame["end_answered"] & ~late)


def _same_hour(frame: pd.DataFrame, own: pd.Series) -> pd.DataFrame:
    """The coach keys the pile in on one afternoon."""
    there = own & frame["end_received"].notna()
    return frame.assign(end_received=frame["end_received"].mask(there, pd.Timestamp("2026-06-01 14:20")))


PLANTED = {
    "missing_end": _missing,
    "late_end": _late,
    "coach_at_end": lambda frame, own: frame.assign(end_helper=frame["end_helper"].mask(own, "coach")),
    "shared_device": lambda frame, own: frame.assign(start_channel=frame["start_channel"].mask(own, "shared_device")),
    "same_hour": _same_hour,
    "straight_lining": lambda frame, own: frame.assign(
        end_alike=frame["end_alike"].mask(own & (frame.index % 3 == 0), True)
    ),
    "easy_clients": lambda frame, own: frame.assign(start_score=frame["start_score"] + 15 * own),
}


@pytest.mark.parametrize("kind", SENTENCES)
def test_what_is_planted_is_found_and_nothing_else(kind: Kind) -> None:
    """In one unit of six, and before it is planted nothing is raised."""
    frame = clean(np.random.default_rng(3), groups=8)
    assert raised(found(frame)) == set()
    own = frame["provider"] == "u2"
    result = found(PLANTED[kind](frame, own), draws=9999)
    assert raised(result) == {(kind, "u2")}
    # What was not drawn is not impossible.
    assert min(flag.p for flag in result.flags if flag.p is not None) >= 1 / 10_000
    flag = one(result, kind, "u2")
    assert flag.figure is not None and flag.rest is not None and flag.figure > flag.rest
    assert flag.sentence == SENTENCES[kind] and "Ask" in flag.sentence
    assert (flag.smd is not None and flag.smd > 0.5) == (kind == "easy_clients")


@pytest.mark.slow
def test_clean_units_are_rarely_flagged() -> None:
    """Twenty times six units that do nothing odd. Were people taken as independent, most would be asked for nothing."""
    rng, clustered, independent = np.random.default_rng(5), 0, 0
    for _ in range(20):
        frame = clean(rng, groups=4)
        clustered += bool(found(frame, draws=999).raised)
        independent += bool(found(frame.assign(group=None), draws=999).raised)
    assert clustered <= 3
    assert independent >= 15


def test_missing_ends_are_compared_among_those_who_left_alike() -> None:
    """Who leaves for work answers less everywhere; a unit that places many is not asked why, unless reasons are lost."""
    rng = np.random.default_rng(6)
    frame = clean(rng, groups=10)
    placing = frame["provider"] == "u0"
    left = np.where(rng.random(len(frame)) < np.where(placing, 0.8, 0.1), "work", "completed")
    gone = rng.random(len(frame)) < np.where(left == "work", 0.7, 0.1)
    frame = frame.assign(exit_reason=left, end_answered=~gone, end_late=False)
    fair, blind = (one(found(f), "missing_end", "u0") for f in (frame, frame.assign(exit_reason=None)))
    assert (fair.raised, blind.raised) == (False, True)
    rest = frame[~placing & frame["start_answered"]]
    share = (~rest["end_answered"]).groupby(rest["exit_reason"]).mean()
    own = frame[placing & frame["start_answered"]]
    assert fair.rest == pytest.approx(own["exit_reason"].map(share).mean())
    assert blind.rest == pytest.approx((~rest["end_answered"]).mean())
    assert fair.figure == blind.figure == pytest.approx((~own["end_answered"]).mean())


def test_whom_each_question_concerns() -> None:
    """By hand: who began, whose window has closed, who had no coach at the start, who answered at all."""
    frame = alone([("a", False)] * 6 + [("b", False)] * 2).assign(
        end_due=[True, True, True, False, None, True, True, True],
        start_answered=[True, True, False, True, True, True, True, True],
        end_answered=[True, False, False, False, False, False, True, True],
        end_late=[False, False, False, False, False, True, False, False],
        start_helper=["coach", "none", None, "none", "none", "relative", "none", "none"],
        end_helper=["coach", None, None, "coach", "none", "coach", "none", "none"],
        start_channel=["own_device", None, None, "shared_device", None, None, None, "own_device"],
    )
    result = found(frame, draws=1)

    def shown(kind: Kind) -> tuple[int, float | None]:
        flag = one(result, kind, "a")
        return flag.n, flag.figure

    assert shown("missing_end") == (3, pytest.approx(1 / 3))
    assert shown("late_end") == (2, 0.5)
    assert shown("coach_at_end") == (3, pytest.approx(2 / 3))
    assert shown("shared_device") == (2, 0.5)
    assert shown("straight_lining") == (0, None)
    assert one(result, "straight_lining", "a").reasons == (NOBODY,)
    assert one(result, "same_hour", "a").reasons == (ONE_GROUP,)


def test_groups_that_end_together_may_answer_together() -> None:
    """Sessions at the end of the last day share an hour because they share a day: the exchange changes nothing."""
    frame = clean(np.random.default_rng(7), units=2, groups=8)
    day = [MONDAY + timedelta(days=7 * (int(str(g)[1:]) // 2)) for g in frame["group"]]
    frame = frame.assign(ended=day, end_received=pd.to_datetime(pd.Series(day)) + pd.Timedelta(hours=14))
    frame["end_answered"] = True
    flag = one(found(frame), "same_hour", "u0")
    assert (flag.n, flag.figure, flag.rest, flag.p) == (8, 1, 1, 1)


def test_a_column_that_is_not_there() -> None:
    """It is named, and where such a table comes from."""
    with pytest.raises(AnalysisError, match="has no column 'end_due'. `answers_of` makes one from a dataset"):
        found(clean(np.random.default_rng(1)).drop(columns="end_due"))


# --- from a dataset --------------------------------------------------------------------------------------------------


@pytest.fixture
def contracted(dataset: Dataset) -> Dataset:
    """The cohort, with a contract for each service but one."""
    services = dataset.services
    named = services.assign(contract=services["id"].where(services["id"] != "verrokki").astype("string"))
    return dataclasses.replace(dataset, services=named)


def test_a_dataset_has_what_is_asked(contracted: Dataset) -> None:
    """Answers in time, late ones, scores: as the report's own functions count them; nobody games a simulation."""
    measure = next(m for m in measures(contracted.library.instruments) if m.dimension == "strain")
    frame = answers_of(contracted, measure=measure)
    assert {*frame.columns} == {*COLUMNS} and frame.index.tolist() == contracted.participations["id"].tolist()
    timely = contracted.responses[pairing.timely(contracted)]
    for wave, column in (("start", "start_answered"), ("end", "end_answered")):
        assert set(frame.index[frame[column]]) == set(timely.loc[timely["wave"] == wave, "participation"])
    outside = contracted.responses.loc[~pairing.timely(contracted) & (contracted.responses["wave"] == "end")]
    assert set(frame.index[frame["end_late"]]) == set(outside["participation"]) - set(
        frame.index[frame["end_answered"]]
    )
    scores = pairing.scored(measure, timely)
    scores = scores[scores["wave"] == "start"].set_index("participation")["score"]
    assert frame["start_score"].dropna().to_dict() == (-scores).to_dict()
    result = flags(frame, by="contract", generator=np.random.default_rng(1), draws=999)
    assert [flag.unit for flag in result.flags[:6]] == [*pd.unique(frame["contract"].dropna())]
    assert raised(result) == set()
    assert one(flags(frame, by="provider", generator=np.random.default_rng(1)), "missing_end", "taito").reasons == (
        ONE_UNIT,
    )


def test_helpers_devices_and_hours_come_from_the_answers(contracted: Dataset) -> None:
    """The first in time at each wave; hours on the site's clock, two or three later than UTC."""
    rows = contracted.responses
    own = (rows["service"] == "hitsaus") & (rows["wave"] == "end")
    changed = rows.assign(
        helper=rows["helper"].mask(own, "coach"), channel=rows["channel"].mask(rows["wave"] == "start", "shared_device")
    )
    frame = answers_of(dataclasses.replace(contracted, responses=changed))
    assert set(frame.loc[frame["end_helper"] == "coach", "service"]) == {"hitsaus"}
    assert set(frame["start_channel"].dropna()) == {"shared_device"}
    assert set(frame["end_received"].dropna().dt.hour) <= {11, 12}
    flag = next(
        f for f in flags(frame, by="contract", generator=np.random.default_rng(1)).raised if f.kind == "coach_at_end"
    )
    assert (flag.unit, flag.figure) == ("hitsaus", 1)


def test_a_window_that_is_open_is_not_yet_missed(contracted: Dataset) -> None:
    """As of the day of the export: it closes 30 days after the end."""
    people = contracted.participations.set_index("id")
    end: date = people["planned_end"].iloc[0]
    for days, due in ((30, False), (31, True)):
        made = datetime(end.year, end.month, end.day, 12, tzinfo=UTC) + timedelta(days=days)
        frame = answers_of(dataclasses.replace(contracted, made=made.isoformat()))
        assert frame["end_due"].iloc[0] == due


def test_who_ticks_one_column_all_the_way_down(contracted: Dataset) -> None:
    """One answer to reversed items and others alike is told; where it cannot be told, it is missing."""
    core: Instrument = contracted.library.instruments["asiakasmuutosmittari@3"]
    ids = [item.id for item in core.items() if item.type == "likert"]
    rows = contracted.responses
    end = rows[(rows["wave"] == "end") & (rows["instrument"] == core.instrument) & pairing.timely(contracted)]
    someone = end["participation"].iloc[0]
    at = end.index[end["participation"] == someone][0]
    changed = rows.copy()
    changed.loc[at, ids] = 2
    assert answers_of(contracted)["end_alike"].sum() == 0
    frame = answers_of(dataclasses.replace(contracted, responses=changed))
    assert frame.index[frame["end_alike"].fillna(False).astype(bool)].tolist() == [someone]
    assert frame["end_alike"].isna()[~frame["end_answered"]].all()


def test_a_site_without_a_start_or_an_end(contracted: Dataset) -> None:
    """There is nothing to compare, and it says what to do."""
    library = contracted.library
    waves = {name: wave for name, wave in library.site.waves.items() if name != "start"}
    site = dataclasses.replace(library.site, waves=waves)
    with pytest.raises(AnalysisError, match="has no wave at the start or none at the end. Declare both in site.yaml."):
        answers_of(dataclasses.replace(contracted, library=dataclasses.replace(library, site=site)))
